"""The last step of the cascade: nearest names, where the rules leave a text unsure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from kgbuild.normalize.calibration import N_NEAREST, candidates, is_askable, weigh
from kgbuild.normalize.candidates import Link, link_of, ranked
from kgbuild.normalize.rewrites import is_no_disease, turns_round
from kgbuild.normalize.rules import Query, look_up
from kgbuild.normalize.sources import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kgbuild.normalize.calibration import Calibration
    from kgbuild.normalize.candidates import Candidate
    from kgbuild.normalize.concepts import ConceptLookup
    from kgbuild.normalize.name_index import Neighbour
    from kgbuild.normalize.thresholds import Thresholds
    from kgbuild.normalize.vocabulary import Vocabulary


class NeighbourIndex(Protocol):
    """Nearest names in a learned space; see :class:`kgbuild.normalize.name_index`."""

    version: str
    #: Types that are not listed are not asked for.
    calibration: Mapping[str, Calibration]

    def nearest(
        self, texts: Sequence[str], *, entity_type: str, limit: int
    ) -> Sequence[Sequence[Neighbour]]:
        """Return, for each text, the keys of near names, nearest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A text whose nearest names are wanted.

    Attributes
    ----------
    text, type
        Of the mention, its short forms spelled out.
    taxa
        Taxa that a gene may belong to.
    link
        What the rules left it with.
    """

    text: str
    type: str
    taxa: tuple[int, ...]
    link: Link


def may_be_nearer(link: Link) -> bool:
    """Tell whether a nearest name may say more than the rules do.

    A rewrite drops or changes words ("fever" for "yellow fever"); a name of the whole
    that lies near is the better answer where it is at least as sure.
    """
    return not link.concepts or link.method == "rule"


def by_nearest(
    questions: Sequence[Question],
    index: NeighbourIndex,
    lookup: ConceptLookup,
    *,
    thresholds: Thresholds,
) -> list[Link]:
    """Return what the nearest names of texts mean, or else what the rules found.

    Parameters
    ----------
    questions
        All at once, for an index is fastest so.
    index
        Nearest names.
    lookup
        What the vocabularies know.
    thresholds
        From which chance on a candidate is linked.
    """
    found = [question.link for question in questions]
    kinds = {question.type for question in questions}
    for kind in sorted(kinds & set(index.calibration)):
        rows = [
            row
            for row, asked in enumerate(questions)
            if asked.type == kind
            and is_askable(asked.text)
            and not (kind == "Disease" and is_no_disease(asked.text))
        ]
        texts = [" ".join(questions[row].text.split()) for row in rows]
        near = index.nearest(texts, entity_type=kind, limit=N_NEAREST)
        for row, text, neighbours in zip(rows, texts, near, strict=True):
            asked = questions[row]
            named = partial(
                concepts_of_key, vocabularies=lookup.of(kind), kind=kind,
                taxa=asked.taxa,
            )  # fmt: skip
            weighed = weigh(text, neighbours, look_up=named)
            known = candidates(text, weighed, calibration=index.calibration[kind])
            straight = tuple(_not_turned_round(text, known))
            found[row] = _better(asked.link, straight, thresholds.of_nearest(kind))
    return found


def _not_turned_round(
    text: str, candidates: Iterable[Candidate]
) -> Iterable[Candidate]:
    for candidate in candidates:
        names = candidate.facts.matched, candidate.name
        if not any(turns_round(text, name) for name in names):
            yield candidate


def _better(link: Link, near: tuple[Candidate, ...], least: float) -> Link:
    """Return the link of near names where it is as sure as what the rules found."""
    if not near or near[0].concept in link.concepts:
        return link
    if near[0].score >= max(least, link.score or 0.0):
        return link_of(near)
    if link.concepts:
        return link
    return link._replace(candidates=ranked([*link.candidates, *near]))


def concepts_of_key(
    key: str,
    *,
    vocabularies: Sequence[Vocabulary],
    kind: str,
    taxa: tuple[int, ...] = (),
) -> tuple[Candidate, ...]:
    """Return what the name with a simplified key means."""
    for vocabulary in vocabularies:
        rows = vocabulary.lookup(key)
        if rows:
            best = min(rows, key=lambda row: (STATUSES.index(row.status), row.text))
            query = Query(best.text, kind, taxa, "nearest name")
            return look_up(query, vocabularies)
    return ()
