"""Measure predictions against gold: spans, identifiers, concepts, pairs, relations.

Counts are kept as counts and added; ratios are formed at the end (micro average).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from kgbuild._io.markup import counted
from kgbuild._io.options import known_types
from kgbuild.errors import InputError
from kgbuild.inputs import documents_from
from kgbuild.predicates import predicate, spelled_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping
    from pathlib import Path

    from kgbuild.document import Document, Mention

_GENE_OF_VARIANT = re.compile(r"^tmvar:\d+\|")


@dataclass(slots=True)
class PRF:
    """Counts behind precision, recall and F1.

    Attributes
    ----------
    right, predicted, gold
        Items in both, in the prediction, in gold.
    """

    right: int = 0
    predicted: int = 0
    gold: int = 0

    def add(self, predicted: set[Any], gold: set[Any]) -> None:
        """Count one document."""
        self.right += len(predicted & gold)
        self.predicted += len(predicted)
        self.gold += len(gold)

    @property
    def precision(self) -> float:
        """Share of the prediction that is right, in [0, 1]; 0 where it is empty."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of gold that was found, in [0, 1]; 0 where gold is empty."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        total = self.predicted + self.gold
        return 2 * self.right / total if total else 0.0

    def to_dict(self) -> dict[str, float | int]:
        """Return counts and ratios (percent, two decimals)."""
        return {
            "right": self.right,
            "predicted": self.predicted,
            "gold": self.gold,
            "precision": round(100 * self.precision, 2),
            "recall": round(100 * self.recall, 2),
            "f1": round(100 * self.f1, 2),
        }


@dataclass(slots=True)
class Evaluation:
    """What :func:`evaluate` found, per entity type and over all.

    Attributes
    ----------
    documents
        Documents compared.
    spans
        Type → strict spans: start, end and type must agree.
    identifiers
        Type → among right spans whose gold mention has ids: predicted ids that share
        one with gold (``right``) of those (``gold``); ``predicted`` counts those that
        got any id.
    concepts
        Type → distinct (document, concept) pairs.
    concept_pairs
        Distinct (document, two concepts) triples: what becomes edges of the graph.
    relations
        Of statements, as BioCreative VIII (track 1) counts them: ``"pair"``, distinct
        (document, two concepts) in either order; ``"pair, predicate"``; ``"pair,
        predicate, novelty"``, where gold has novelty; and beyond that track ``"pair,
        predicate, direction"``, where gold has directed predicates: of these, subject
        and object must not be exchanged. Empty where nothing is stated.
        Predicates are compared as :func:`kgbuild.predicates.spelled_alike` has them.
    predicates
        Predicate → its ``"pair, predicate"``.
    """

    documents: int = 0
    spans: dict[str, PRF] = field(default_factory=dict)
    identifiers: dict[str, PRF] = field(default_factory=dict)
    concepts: dict[str, PRF] = field(default_factory=dict)
    concept_pairs: PRF = field(default_factory=PRF)
    relations: dict[str, PRF] = field(default_factory=dict)
    predicates: dict[str, PRF] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dictionaries, for JSON."""
        return {
            "documents": self.documents,
            "spans": {k: v.to_dict() for k, v in self.spans.items()},
            "identifiers": {
                k: {
                    "right": v.right, "linked": v.predicted, "of": v.gold,
                    "accuracy": round(100 * v.recall, 2),
                    "precision": round(100 * v.precision, 2),
                }
                for k, v in self.identifiers.items()
            },
            "concepts": {k: v.to_dict() for k, v in self.concepts.items()},
            "concept_pairs": self.concept_pairs.to_dict(),
            "relations": {k: v.to_dict() for k, v in self.relations.items()},
            "predicates": {k: v.to_dict() for k, v in self.predicates.items()},
        }  # fmt: skip

    def to_text(self) -> str:
        """Return a table for people."""
        lines = [counted(self.documents, "document"), ""]
        heads = ("precision", "recall", "F1", "gold")
        lines.append(_row("spans (strict)", *heads))
        for name, counts in self.spans.items():
            lines.append(_row(f"  {name}", *_percent(counts), counts.gold))
        if any(c.gold for c in self.identifiers.values()):
            lines += ["", _row("ids on right spans", "accuracy", "linked", "", "of")]
            for name, counts in self.identifiers.items():
                linked = counts.predicted / counts.gold if counts.gold else 0.0
                values = (f"{100 * counts.recall:.1f}", f"{100 * linked:.1f}", "")
                lines.append(_row(f"  {name}", *values, counts.gold))
            lines += ["", _row("concepts of a document", *heads)]
            for name, counts in self.concepts.items():
                lines.append(_row(f"  {name}", *_percent(counts), counts.gold))
            pairs = self.concept_pairs
            lines += ["", _row("concept pairs", *heads)]
            lines.append(_row("  all", *_percent(pairs), pairs.gold))
        for title, table in (
            ("relations", self.relations), ("predicates", self.predicates)
        ):  # fmt: skip
            if table:
                lines += ["", _row(title, *heads)]
            for name, counts in table.items():
                lines.append(_row(f"  {name}", *_percent(counts), counts.gold))
        return "\n".join(lines)


def evaluate(
    gold: Iterable[Document],
    predicted: Iterable[Document],
    *,
    types: Iterable[str] | None = None,
) -> Evaluation:
    """Compare predicted documents with gold ones, joined by id.

    Parameters
    ----------
    gold, predicted
        Documents; a gold document that was not predicted counts as one in which
        nothing was found, a predicted one without gold is left out.
    types
        Entity types to count; by default those of gold. Types that differ in case,
        blanks, hyphens and underscores alone are one, unless gold has both. Relations
        count where both ends are concepts of types that are given here.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        No document is in both, gold has no mentions, or the texts of one differ.
    """
    golden = {d.id: d for d in documents_from(gold, annotated=True)}
    theirs = documents_from(predicted, annotated=True)
    found = {d.id: d for d in theirs if d.id in golden}
    if not found:
        reason = (
            "None of the predicted documents is in the gold file: both need the same "
            "document ids."
        )
        raise InputError(reason)
    found = _spelled_as_in(golden.values(), found)
    wanted = None
    if types is not None:
        also = (m.type for d in (*golden.values(), *found.values()) for m in d.mentions)
        wanted = frozenset(known_types("types", types, also=also))
    if wanted is None:
        wanted = frozenset(m.type for d in golden.values() for m in d.mentions)
    if not wanted:
        reason = (
            "The gold documents carry no mentions, so nothing can be compared: give "
            "the annotated ones first, then the predicted ones."
        )
        raise InputError(reason)
    result = Evaluation(documents=len(golden))
    names = [*sorted(wanted), "all"]
    result.spans = {name: PRF() for name in names}
    result.identifiers = {name: PRF() for name in names}
    result.concepts = {name: PRF() for name in names}
    for key, document in golden.items():
        other = found.get(key)
        if other is not None and other.text != document.text:
            reason = (
                f"The text of document {key} differs between gold and prediction, so "
                "their offsets cannot be compared: predict on the gold file's text."
            )
            raise InputError(reason)
        predictions = _of_types(other.mentions if other else (), wanted)
        ours = _of_types(document.mentions, wanted)
        _count(result, ours, predictions)
    if types is not None:
        golden, found = (
            {key: _of_ends(document, wanted) for key, document in documents.items()}
            for documents in (golden, found)
        )
    _count_relations(result, golden, found)
    return result


def evaluate_files(
    gold: Path | str,
    predicted: Path | str,
    *,
    types: Iterable[str] | None = None,
    only: Path | str | None = None,
) -> Evaluation:
    """Compare two files; see :func:`evaluate`.

    Parameters
    ----------
    gold, predicted
        Corpora in any format that :func:`kgbuild.read` reads.
    types
        Entity types to count; by default those of gold.
    only
        File with one document id a line: only these documents count.

    Raises
    ------
    InputError
        A file cannot be read, or as :func:`evaluate`.
    """
    from kgbuild import corpus
    from kgbuild._io.files import lines

    documents = corpus.read(gold, on_error="raise")
    if only is not None:
        wanted = {line.strip() for _, line in lines(only)}
        documents = (d for d in documents if d.id in wanted)
    return evaluate(documents, corpus.read(predicted, on_error="raise"), types=types)


def _spelled_as_in(
    gold: Iterable[Document], found: Mapping[str, Document]
) -> dict[str, Document]:
    """Call types as gold does where they are spelled otherwise ("mast_cell")."""
    own = {m.type for document in gold for m in document.mentions}
    names = {spelled_alike(kind): kind for kind in own}

    def renamed(mention: Mention) -> Mention:
        kind = names.get(spelled_alike(mention.type), mention.type)
        return mention if mention.type in own else replace(mention, type=kind)

    return {
        key: document.with_mentions(tuple(map(renamed, document.mentions)))
        for key, document in found.items()
    }


def _count(result: Evaluation, gold: list[Mention], predicted: list[Mention]) -> None:
    _add(result.spans, predicted, gold, lambda m: [(m.start, m.end, m.type)])
    _add(result.concepts, predicted, gold, lambda m: [(m.type, c) for c in _ids(m)])
    result.concept_pairs.add(_pairs(predicted), _pairs(gold))
    by_span: dict[Hashable, list[Mention]] = {}
    for mention in predicted:
        by_span.setdefault((mention.start, mention.end, mention.type), []).append(
            mention
        )
    for mention in gold:
        twins = by_span.get((mention.start, mention.end, mention.type))
        if not twins or not mention.concepts:
            continue
        ids = {c for twin in twins for c in _ids(twin)}
        for name in (mention.type, "all"):
            counts = result.identifiers[name]
            counts.gold += 1
            counts.predicted += bool(ids)
            counts.right += not ids.isdisjoint(_ids(mention))


def _count_relations(
    result: Evaluation, golden: Mapping[str, Document], found: Mapping[str, Document]
) -> None:
    # Spelling → the predicate as it is printed; gold's own goes first.
    names: dict[str, str] = {}
    for documents in (golden, found):
        for name in sorted(
            {s.predicate for d in documents.values() for s in d.statements}
        ):
            names.setdefault(spelled_alike(name), name)
    if not names:
        return
    stated = [s for d in golden.values() for s in d.statements]
    compared = {"pair": 1, "pair, predicate": 2}
    if any(s.qualifier("novelty") for s in stated):
        compared["pair, predicate, novelty"] = 3
    result.relations = {name: PRF() for name in compared}
    directed = any(predicate(s.predicate).directed for s in stated)
    if directed:
        result.relations[_DIRECTION] = PRF()
    result.predicates = {name: PRF() for name in sorted(names.values())}
    for key, document in golden.items():
        gold = _stated(document)
        theirs = _stated(found[key]) if key in found else set()
        for name, n in compared.items():
            result.relations[name].add({s[:n] for s in theirs}, {s[:n] for s in gold})
        if directed:
            result.relations[_DIRECTION].add(
                {(s[1], s[3]) for s in theirs}, {(s[1], s[3]) for s in gold}
            )
        for name, counts in result.predicates.items():
            alike = spelled_alike(name)
            counts.add(
                {s[:2] for s in theirs if s[1] == alike},
                {s[:2] for s in gold if s[1] == alike},
            )


def _of_ends(document: Document, types: frozenset[str]) -> Document:
    """Leave out the statements with an end that is no concept of these types."""
    known = {c for m in document.mentions if m.type in types for c in m.concepts}
    return document.with_statements(
        s for s in document.statements if {s.subject, s.object} <= known
    )


_DIRECTION = "pair, predicate, direction"


def _stated(
    document: Document,
) -> set[tuple[frozenset[str], str, str | None, tuple[str, ...]]]:
    """Return pair, predicate, novelty, and the two in order, if that is one."""
    stated = set()
    for s in document.statements:
        ends = (_comparable(s.subject), _comparable(s.object))
        ordered = ends if predicate(s.predicate).directed else tuple(sorted(ends))
        alike = spelled_alike(s.predicate)
        stated.add((frozenset(ends), alike, s.qualifier("novelty"), ordered))
    return stated


def _add(
    table: Mapping[str, PRF],
    predicted: list[Mention],
    gold: list[Mention],
    key: Callable[[Mention], list[Hashable]],
) -> None:
    for name, counts in table.items():
        counts.add(
            {k for m in predicted if name in (m.type, "all") for k in key(m)},
            {k for m in gold if name in (m.type, "all") for k in key(m)},
        )


def _ids(mention: Mention) -> list[str]:
    """Return the ids to compare: of a variant, the change without its gene.

    Gold corpora write the change alone (``p|SUB|V|600|E``), kgbuild puts the gene's
    number before it, without which it names nothing.
    """
    return [_comparable(concept) for concept in mention.concepts]


def _comparable(concept: str) -> str:
    return _GENE_OF_VARIANT.sub("tmvar:", concept)


def _pairs(mentions: list[Mention]) -> set[tuple[str, str]]:
    concepts = sorted({c for m in mentions for c in _ids(m)})
    return set(combinations(concepts, 2))


def _of_types(mentions: Iterable[Mention], types: frozenset[str]) -> list[Mention]:
    return [m for m in mentions if m.type in types]


def _percent(counts: PRF) -> tuple[str, str, str]:
    return (
        f"{100 * counts.precision:.1f}",
        f"{100 * counts.recall:.1f}",
        f"{100 * counts.f1:.1f}",
    )


def _row(name: str, *cells: object) -> str:
    return f"{name:<28}" + "".join(f"{cell!s:>11}" for cell in cells)
