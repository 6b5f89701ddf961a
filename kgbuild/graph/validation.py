"""Is a graph fit to be used? Every association with evidence, every fact with versions.

Requirement: an association that cannot be traced to a sentence, or a graph whose
versions nobody knows, is a fault and never a detail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from kgbuild.curies import split_curie
from kgbuild.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kgbuild.document import Document
    from kgbuild.graph.export.records import GraphTables


_STATED = pl.col("probability").is_not_null()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a graph.

    Attributes
    ----------
    what
        One sentence.
    where
        The first association or concept it concerns, or the empty string.
    count
        How many it concerns.
    """

    what: str
    where: str = ""
    count: int = 1

    def __str__(self) -> str:
        place = f" (first: {self.where})" if self.where else ""
        return f"{self.what} [{self.count}]{place}"


def find_problems(
    graph: GraphTables,
    *,
    documents: Iterable[Document] | None = None,
    provenance: Collection[str] = ("kgbuild",),
) -> list[Problem]:
    """Look for what makes a graph unfit.

    Parameters
    ----------
    graph
        Any graph, also one read from elsewhere.
    documents
        The annotated documents it was built from: every piece of evidence that names
        one of them must point at mentions of its two concepts (or of concepts below
        them, where mentions were rolled up).
    provenance
        Names that ``graph.provenance`` must have, with versions.

    Returns
    -------
    list of Problem
        Empty where all is well.
    """
    problems = [
        Problem(what=f"The graph does not say the version of {name}.")
        for name in sorted(provenance)
        if not graph.provenance.get(name)
    ]
    frame = graph.associations.with_columns(
        pl.col("evidence").list.len().alias("pieces")
    )
    place = pl.concat_str("source", pl.lit(" – "), "target").alias("place")
    rules = [
        ("An association has no evidence.", pl.col("pieces") == 0),
        (
            "An association has more evidence than documents.",
            pl.col("pieces") > pl.col("documents"),
        ),
        (
            "A co-mention joins a concept to itself.",
            (pl.col("source") == pl.col("target")) & ~_STATED,
        ),
        (
            "The source of an association without direction comes after its target.",
            (pl.col("source") > pl.col("target")) & ~pl.col("directed"),
        ),
        (
            "A statistic is not a number or out of its range.",
            ~pl.when(_STATED)
            .then(pl.col("probability").is_between(0, 1))
            .otherwise(
                pl.col("npmi").is_between(-1, 1)
                & pl.col("log_odds").is_finite()
                & pl.col("p_value").is_between(0, 1)
                & pl.col("q_value").is_between(0, 1)
            )
            .fill_null(value=False),
        ),
        (
            "The first year of an association is after its last.",
            (pl.col("first_year") > pl.col("last_year")).fill_null(value=False),
        ),
    ]
    for what, rule in rules:
        wrong = frame.filter(rule).select(place)
        if wrong.height:
            problems.append(
                Problem(what=what, where=wrong["place"][0], count=wrong.height)
            )
    problems += _evidence_problems(graph)
    problems += _concept_problems(graph)
    if documents is not None:
        problems += _untrue_evidence(graph, documents)
    return problems


def require_sound(
    graph: GraphTables,
    *,
    documents: Iterable[Document] | None = None,
    provenance: Collection[str] = ("kgbuild",),
) -> None:
    """Raise where :func:`find_problems` finds any.

    Raises
    ------
    ValidationError
        With all problems.
    """
    problems = find_problems(graph, documents=documents, provenance=provenance)
    if problems:
        problem = "; ".join(map(str, problems))
        msg = f"The graph is not sound: {problem}"
        raise ValidationError(msg)


def _flat(graph: GraphTables) -> pl.DataFrame:
    """Return one row per piece of evidence."""
    return (
        graph.associations.select("source", "target", "probability", "evidence")
        .filter(pl.col("evidence").list.len() > 0)
        .explode("evidence")
        .unnest("evidence")
    )


def _evidence_problems(graph: GraphTables) -> list[Problem]:
    flat = _flat(graph)
    if not flat.height:
        return []
    span = pl.element().struct
    wrong_spans = pl.col("spans").list.eval(span.field("start") >= span.field("end"))
    place = pl.concat_str("source", pl.lit(" – "), "target").alias("place")
    problems = []
    for what, rule in (
        (
            "A piece of evidence names no document.",
            pl.col("document_id").is_null() | (pl.col("document_id") == ""),
        ),
        (
            "A piece of evidence has not two spans.",
            # A document may state what it does not name.
            ~(
                (pl.col("spans").list.len() == 2)
                | (_STATED & (pl.col("spans").list.len() == 0))
            ).fill_null(value=False),
        ),
        ("A span of evidence is empty.", wrong_spans.list.any()),
    ):
        wrong = flat.filter(rule.fill_null(value=True)).select(place)
        if wrong.height:
            problems.append(
                Problem(what=what, where=wrong["place"][0], count=wrong.height)
            )
    return problems


def _concept_problems(graph: GraphTables) -> list[Problem]:
    bad = []
    for concept in graph.concepts["concept_id"]:
        try:
            prefix, local = split_curie(concept)
        except ValueError:
            bad.append(concept)
            continue
        if not prefix or not local:
            bad.append(concept)
    problems = []
    if bad:
        what = "The id of a concept is not a CURIE."
        problems.append(Problem(what=what, where=bad[0], count=len(bad)))
    nameless = graph.concepts.filter(pl.col("name") == "")
    if nameless.height:
        where = nameless["concept_id"][0]
        what = "A concept has no name."
        problems.append(Problem(what=what, where=where, count=nameless.height))
    return problems


def _untrue_evidence(
    graph: GraphTables, documents: Iterable[Document]
) -> list[Problem]:
    """Look every piece of evidence up in its document."""
    below: dict[str, set[str]] = {}
    for child, above in (graph.settings.get("parents") or {}).items():
        for ancestor in above:
            below.setdefault(ancestor, set()).add(child)
    pieces: dict[str, list[tuple[str, str, list[dict[str, int]]]]] = {}
    for row in (
        _flat(graph).select("document_id", "source", "target", "spans").iter_rows()
    ):
        pieces.setdefault(row[0], []).append(row[1:])
    wrong: list[str] = []
    for document in documents:
        named: dict[tuple[int, int], set[str]] = {}
        for mention in document.mentions:
            named.setdefault(mention.span, set()).update(mention.concepts)
        for source, target, spans in pieces.get(document.id, ()):
            for concept, span in zip((source, target), spans, strict=False):
                there = named.get((span["start"], span["end"]), set())
                if concept not in there and not there & below.get(concept, set()):
                    wrong.append(f"{source} – {target} in document {document.id}")
                    break
    if not wrong:
        return []
    what = "Evidence points at text that does not mention the concept."
    return [Problem(what=what, where=wrong[0], count=len(wrong))]
