"""Why an association stands in the graph: counts, statistics in words, sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild._io.html import escape
from kgbuild._io.markup import counted
from kgbuild.errors import NotFoundError
from kgbuild.graph.quotes import Evidence, Quotes
from kgbuild.graph.statistics import figure
from kgbuild.predicates import CO_MENTION
from kgbuild.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kgbuild.document import Document
    from kgbuild.graph.model import KnowledgeGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeExplanation:
    """What speaks for the associations of two concepts.

    Attributes
    ----------
    lines
        Sentences in plain words.
    evidence
        Where it was read; with the sentence where the documents were given.
    rows
        The associations, as the table has them.
    """

    lines: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    rows: tuple[Mapping[str, Any], ...]

    def __str__(self) -> str:
        quoted = [f"  {e.document_id}: {e.text}" for e in self.evidence if e.text]
        return "\n".join([*self.lines, *quoted, *self._unread()])

    def _unread(self) -> list[str]:
        """Say of which documents the texts are not at hand, and what helps."""
        ids = dict.fromkeys(e.document_id for e in self.evidence if not e.text)
        if not ids:
            return []
        return [f"Give documents=… to read the sentences of {', '.join(ids)}."]

    def _repr_html_(self) -> str:
        lines = [*self.lines, *self._unread()]
        said = "".join(f"<p>{escape(line)}</p>" for line in lines)
        return said + "".join(piece.html for piece in self.evidence)


def explain(
    graph: KnowledgeGraph,
    source: str,
    target: str,
    *,
    documents: pl.DataFrame | Iterable[Document] | None = None,
) -> EdgeExplanation:
    """Say why two concepts are associated; see :meth:`KnowledgeGraph.explain`."""
    ends = [graph.concept(query) for query in (source, target)]
    places = graph.query.between(*(end["concept_id"] for end in ends))
    if not places:
        names = " and ".join(str(end["name"]) for end in ends)
        msg = (
            f"The graph has no association of {names}: they are not named together, or "
            "too rarely for what was kept."
        )
        raise NotFoundError(msg)
    rows = graph.associations[places].to_dicts()
    if documents is None and graph._folder is not None:
        named = {p["document_id"] for row in rows for p in row.get("evidence") or ()}
        documents = _documents_beside(graph._folder, named)
    quotes = Quotes(documents)
    lines: list[str] = []
    evidence: list[Evidence] = []
    for row in rows:
        pair = ends if row["source"] == ends[0]["concept_id"] else ends[::-1]
        lines += in_words(row, pair, documents=graph.counts.get("documents"))
        evidence += [quotes.evidence(p, ends=pair) for p in row.get("evidence") or ()]
    return EdgeExplanation(
        lines=tuple(lines), evidence=tuple(evidence), rows=tuple(rows)
    )


def _documents_beside(folder: Path, ids: set[str]) -> pl.DataFrame | None:
    """Return some documents of the run that left a folder, where it holds any."""
    found = []
    for file in sorted((folder / "documents").glob("*.parquet")):
        # Of a large corpus few parts hold any of them: texts are read of these alone.
        there = read_table(file, name="documents", columns=["document_id"])
        if not ids.isdisjoint(there["document_id"]):
            part = read_table(file, name="documents")
            found.append(part.filter(pl.col("document_id").is_in(ids)))
    return pl.concat(found, how="diagonal") if found else None


def why_empty(graph: KnowledgeGraph) -> str:
    """Say why a graph has no associations, and what helps."""
    support = graph.settings.get("min_documents", 1)
    level = graph.settings.get("level", "document")
    types = graph.settings.get("types")
    wanted = f"the types asked for ({', '.join(types)})" if types else ""
    if graph.concepts.height < 2:
        found = counted(graph.concepts.height, "concept")
        if types:
            return (
                f"no association, since the graph has {found} of {wanted}: ask for "
                "more types, or link more mentions."
            )
        return f"no association, since the graph has {found}: link more mentions."
    if graph.settings.get("edges") == "statements":
        if support <= 1 and types:
            return (
                f"no association, since the documents state nothing of two concepts of "
                f"{wanted}: ask for more types, annotate the documents with the stage "
                "relate ('all' has it), or take co-mentions."
            )
        if support <= 1:
            return (
                "no association, since the documents have no statements: annotate "
                "them with the stage relate ('all' has it), or take co-mentions."
            )
        return (
            f"no association, since no {counted(support, 'document')} or more state "
            "the same of two concepts: lower min_documents, or take co-mentions."
        )
    return (
        f"no association, since no two concepts that may be associated stand in one "
        f"{level} in {counted(support, 'document')} or more: lower min_documents, or "
        "take another level."
    )


def in_words(
    row: Mapping[str, Any],
    ends: Sequence[Mapping[str, Any]],
    *,
    documents: int | None,
) -> list[str]:
    """Say in sentences what an association rests on.

    Parameters
    ----------
    row
        Of the associations table.
    ends
        Rows of the concepts table.
    documents
        Of the whole corpus.
    """
    one, other = (f"{end['name']} ({end['type']})" for end in ends)
    papers = counted(row["documents"], "document")
    if row["predicate"] != CO_MENTION:
        joint = "→" if row["directed"] else "–"
        said = f"{one} {joint} {other}: {papers} say {row['predicate']}"
        if row.get("probability") is not None:
            said += f", with a probability of {row['probability']:.2f}"
        return [f"{said}."]
    years = sorted({row["first_year"], row["last_year"]} - {None})
    period = f", {' to '.join(map(str, years))}" if years else ""
    lines = [
        f"{one} and {other} are named together in {papers} "
        f"({counted(row['sentences'], 'sentence')}{period})."
    ]
    if row["negated"] or row["hedged"]:
        lines.append(
            f"Of these sentences {row['negated']} hold a word of denial and "
            f"{row['hedged']} one of doubt."
        )
    if documents:
        counts = [int(end["documents"]) for end in ends]
        chance = counts[0] * counts[1] / documents
        lines.append(
            f"Of {counted(documents, 'document')} in all, {counts[0]:,} name "
            f"{ends[0]['name']} and {counts[1]:,} name {ends[1]['name']}: by chance "
            f"{chance:.2g} would name both (p {_p(row)})."
        )
    lines.append(_of_chance(row))
    return lines


def _p(row: Mapping[str, Any]) -> str:
    """Say p, and its logarithm only where a number cannot be as small."""
    said = figure(row, "p_value")
    underflows = said.startswith("<") and row.get("log10_p") is not None
    return f"10^{figure(row, 'log10_p')}" if underflows else said


def _of_chance(row: Mapping[str, Any]) -> str:
    q = row.get("q_value")
    if q is None:
        return f"NPMI {figure(row, 'npmi')}."
    meaning = (
        f"at most {q:.0%} of all associations with a q as low are expected to be chance"
        if q < 0.2
        else "chance explains it in this corpus, which does not make it untrue"
    )
    return (
        f"NPMI {figure(row, 'npmi')}, q {figure(row, 'q_value')}: {meaning}. Score "
        f"{figure(row, 'score')}, which orders lists."
    )
