"""Candidates: facts first, then a score that is a function of the facts alone.

The idea is gilda's (Gyori et al. 2022, Bioinformatics Advances 2:vbac034): what was
compared is recorded before it becomes a number, so that every identifier can be
explained. The numbers are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from kgbuild.document import NAME_SEPARATOR, Mention
from kgbuild.normalize.keys import simplified_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kgbuild.normalize.sources import Status

#: Steps of the cascade, in their order.
Method = Literal["exact", "simplified", "words", "rule", "neural"]

#: How a name differs from the text that was looked up.
Difference = Literal["none", "initial", "case", "clash", "punctuation", "words"]

_STATUS: dict[Status, float] = {
    "preferred": 1.0,
    "synonym": 0.95,
    "related": 0.85,
    "observed": 0.9,
}
_DIFFERENCE: dict[Difference, float] = {
    "none": 1.0,
    "initial": 0.995,
    "case": 0.97,
    "clash": 0.8,
    "punctuation": 0.96,
    "words": 0.92,
}


class Facts(NamedTuple):
    """What is known about one candidate before it is scored.

    Attributes
    ----------
    query
        The text that was looked up: the mention, its long form, or a variant of it.
    matched
        The name that was found.
    status
        How that name belongs to the concept.
    difference
        How ``matched`` differs from ``query``. ``clash``: a short name in capitals
        against one in small letters ("CAT", "cat").
    rule
        Name of the rule that made ``query`` of the mention, or ``None``.
    penalty
        Factor in (0, 1] that the rule costs.
    observed
        Share of this concept among what annotators gave to this name, in [0, 1], or
        ``None`` where the name was never observed.
    documents
        In how many documents annotators used this very name for it.
    rivals
        How many other concepts have the name equally.
    taxon_rank
        Place of the concept's taxon in the species of the mention, 0 is the first;
        ``None`` where species play no part.
    similarity
        Cosine of the name encoder in [-1, 1], or ``None``.
    chance
        That a nearest name is right, in [0, 1]; see ``normalize.calibration``.
    by_product
        Whether the name is rather that of the gene whose pseudogene, read-through or
        receptor this one is.
    context
        Whether the document names this concept elsewhere without doubt.
    """

    query: str
    matched: str
    status: Status
    difference: Difference
    rule: str | None = None
    penalty: float = 1.0
    observed: float | None = None
    documents: int = 0
    rivals: int = 0
    taxon_rank: int | None = None
    similarity: float | None = None
    chance: float | None = None
    by_product: bool = False
    context: bool = False


class Candidate(NamedTuple):
    """A concept that a mention may mean.

    Attributes
    ----------
    concept, name, taxon
        CURIE, preferred name, and the taxon number of genes.
    method
        Step of the cascade that found it.
    facts
        Why.
    score
        In [0, 1]; of the facts alone.
    weight
        Prior of the concept among concepts of the same name; higher first.
    """

    concept: str
    name: str
    taxon: int | None
    method: Method
    facts: Facts
    score: float
    weight: int = 0


class Link(NamedTuple):
    """What a mention was linked to.

    Attributes
    ----------
    concepts
        CURIEs; empty where unlinked.
    name
        Preferred name; of a composite, its parts' names, see
        :data:`~kgbuild.document.NAME_SEPARATOR`.
    method
        Step that decided, or ``"unlinked"``.
    score
        In [0, 1]; of a composite, the lowest of its parts. ``None`` where unlinked.
    composite
        Whether the concepts are parts of one mention.
    candidates
        Ranked, with facts; of several parts each part's, in their order.
    taxa
        Of a gene: the taxa that it may belong to, likeliest first.
    """

    concepts: tuple[str, ...] = ()
    name: str | None = None
    method: str = "unlinked"
    score: float | None = None
    composite: bool = False
    candidates: tuple[Candidate, ...] = ()
    taxa: tuple[int, ...] = ()

    def on(self, mention: Mention) -> Mention:
        """Return the mention with this link written on it."""
        attributes = mention.attributes
        if attributes:
            attributes = tuple(a for a in attributes if a[0] != "name")
        if self.name is not None:
            attributes = tuple(sorted((*attributes, ("name", self.name))))
        # Three times as fast as dataclasses.replace, and done for every mention.
        return Mention(
            start=mention.start,
            end=mention.end,
            text=mention.text,
            type=mention.type,
            recognizer=mention.recognizer,
            score=mention.score,
            concepts=self.concepts,
            method=self.method,
            link_score=self.score,
            composite=self.composite,
            fragments=mention.fragments,
            attributes=attributes,
        )


UNLINKED = Link()


def link_of(candidates: tuple[Candidate, ...]) -> Link:
    """Link to the first of several candidates."""
    best = candidates[0]
    return Link(
        concepts=(best.concept,),
        name=best.name,
        method=best.method,
        score=best.score,
        candidates=candidates,
    )


def led_by(link: Link, best: Candidate, candidates: Iterable[Candidate]) -> Link:
    """Let another of a link's candidates, and its score, decide.

    Parameters
    ----------
    link
        What was decided before.
    best
        What is meant.
    candidates
        Those that are kept; ``best`` comes first, whether it is among them or not.
    """
    rest = (c for c in candidates if c.concept != best.concept)
    return link._replace(
        concepts=(best.concept,), name=best.name, score=best.score,
        candidates=(best, *rest),
    )  # fmt: skip


def link_of_parts(parts: Sequence[Sequence[Candidate]]) -> Link:
    """Link to the first candidate of each part of a mention."""
    best = {of_part[0].concept: of_part[0] for of_part in parts}
    return Link(
        concepts=tuple(best),
        name=NAME_SEPARATOR.join(c.name for c in best.values()),
        method="composite",
        score=min(c.score for c in best.values()),
        composite=len(best) > 1,
        candidates=tuple(c for of_part in parts for c in of_part),
    )


def by_abbreviation(link: Link) -> Link:
    """Note on a link that it is that of what a short form stands for."""
    return link._replace(method="abbreviation") if link.concepts else link


def is_own_name(link: Link) -> bool:
    """Whether a name says it, and not one of HP's own: its words are for doctors."""
    named = link.method in {"exact", "simplified"}
    return named and not link.concepts[0].startswith("hp:")


def score(facts: Facts) -> float:
    """Return how much the facts speak for a candidate.

    Parameters
    ----------
    facts
        Of one candidate.

    Returns
    -------
    float
        In [0, 1].
    """
    if facts.chance is not None:
        # Fitted to all that is known; nothing else may change it.
        return round(max(0.0, min(1.0, facts.chance)), 4)
    value = _STATUS[facts.status] * _DIFFERENCE[facts.difference]
    # What annotators meant by these very letters says more than a dictionary.
    if facts.observed is not None:
        value = 0.7 * value + 0.3 * facts.observed
    value *= facts.penalty
    if facts.taxon_rank is not None:
        value *= 0.93**facts.taxon_rank
    if facts.by_product:
        value *= 0.5
    if facts.rivals and not facts.context:
        value *= 0.9
    return round(max(0.0, min(1.0, value)), 4)


def difference(query: str, matched: str) -> Difference:
    """Tell how a name differs from a query that has its simplified or token key.

    Examples
    --------
    >>> difference("CAT", "Cat"), difference("CAT", "cat"), difference("IL2", "IL-2")
    ('case', 'clash', 'punctuation')
    """
    if query == matched:
        return "none"
    if query.lower() == matched.lower():
        if query[1:] == matched[1:]:
            return "initial"
        letters = sum(c.isalpha() for c in query)
        one_case = (query.isupper() and matched.islower()) or (
            query.islower() and matched.isupper()
        )
        return "clash" if letters <= 4 and one_case else "case"
    if simplified_key(query) == simplified_key(matched):
        return "punctuation"
    return "words"


def ranked(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Sort candidates, best first, and keep each concept's best."""
    best: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=_order):
        best.setdefault(candidate.concept, candidate)
    return tuple(best.values())


def _order(candidate: Candidate) -> tuple[object, ...]:
    # Shorter identifiers are older; an order by text alone would put 1000 before 672.
    concept = candidate.concept
    return (-candidate.score, -candidate.weight, len(concept), concept)
