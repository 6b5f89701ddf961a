"""From nearest names to a concept, and to the chance that it is right.

A cosine alone says little: how near is near enough differs between diseases and
chemicals, and numbers and letters that differ ("type 1", "type 2") weigh little in a
learned space. So four facts are taken of the names around a mention, and a logistic
model of them, fitted to the development documents, gives the chance.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgbuild.normalize.candidates import ranked, score
from kgbuild.normalize.keys import simplified_key, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kgbuild.normalize.candidates import Candidate
    from kgbuild.normalize.name_index import Neighbour

#: How many names around a mention are looked at.
N_NEAREST = 12
#: How fast a vote fades with the distance behind the nearest name.
_FADE = 0.04

_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the names around a mention say for one concept.

    Attributes
    ----------
    similarity
        Cosine of the concept's nearest name.
    share
        Of the votes of the nearest names, each counting the less the farther it is.
    likeness
        Share of equal letters, in order, of mention and name, in [0, 1].
    numbers
        Whether mention and name have the same numbers.
    """

    similarity: float
    share: float
    likeness: float
    numbers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A logistic model of the evidence.

    Attributes
    ----------
    bias, similarity, share, likeness, numbers
        Coefficients.
    """

    bias: float
    similarity: float
    share: float
    likeness: float
    numbers: float

    def chance(self, evidence: Evidence) -> float:
        """Return the chance in [0, 1] that the concept is right."""
        value = (
            self.bias
            + self.similarity * evidence.similarity
            + self.share * evidence.share
            + self.likeness * evidence.likeness
            + self.numbers * evidence.numbers
        )
        # Beyond this the exponential says nothing more.
        value = max(-30.0, min(30.0, value))
        return 1 / (1 + math.exp(-value))


def is_askable(text: str) -> bool:
    """Tell whether a text is a name in words; symbols and formulas are not.

    Examples
    --------
    >>> [is_askable(t) for t in ("hepatic injury", "IL-13", "PTSD", "aspirin")]
    [True, False, False, True]
    """
    return any(not word.isupper() for word in _LONG_WORD.findall(text))


def weigh(
    text: str,
    neighbours: Sequence[Neighbour],
    *,
    look_up: Callable[[str], tuple[Candidate, ...]],
) -> list[tuple[Candidate, Evidence]]:
    """Return the concepts that have the nearest names, most votes first.

    Parameters
    ----------
    text
        The mention, or its long form.
    neighbours
        Names near it.
    look_up
        Returns what the name of a key means, best first.
    """
    from rapidfuzz.distance import Indel

    if not neighbours:
        return []
    nearest = neighbours[0].similarity
    votes: dict[str, float] = {}
    best: dict[str, tuple[Candidate, Neighbour]] = {}
    for neighbour in neighbours:
        found = look_up(neighbour.key)
        if not found:
            continue
        first = found[0]
        vote = math.exp((neighbour.similarity - nearest) / _FADE)
        votes[first.concept] = votes.get(first.concept, 0.0) + vote
        best.setdefault(first.concept, (first, neighbour))
    total = sum(votes.values())
    key, numbers = simplified_key(text), _numbers(text)
    weighed = []
    for concept, (candidate, neighbour) in best.items():
        evidence = Evidence(
            similarity=neighbour.similarity,
            share=round(votes[concept] / total, 4),
            likeness=round(Indel.normalized_similarity(key, neighbour.key), 4),
            numbers=numbers == _numbers(candidate.facts.matched),
        )
        weighed.append((candidate, evidence))
    weighed.sort(key=lambda pair: (-pair[1].share, pair[0].concept))
    return weighed


def candidates(
    text: str,
    weighed: Sequence[tuple[Candidate, Evidence]],
    *,
    calibration: Calibration,
) -> tuple[Candidate, ...]:
    """Score weighed concepts by their chance to be right, best first.

    Parameters
    ----------
    text
        The mention, or its long form.
    weighed
        From :func:`weigh`.
    calibration
        Of the entity type.
    """
    found = []
    for candidate, evidence in weighed:
        facts = candidate.facts._replace(
            query=text,
            difference="words",
            similarity=evidence.similarity,
            chance=round(calibration.chance(evidence), 4),
        )
        found.append(
            candidate._replace(method="neural", facts=facts, score=score(facts))
        )
    return ranked(found)


def read_calibration(
    facts: Mapping[str, Mapping[str, float]],
) -> dict[str, Calibration]:
    """Read the calibrations of an encoder's ``names.json``, by entity type.

    Raises
    ------
    TypeError
        A coefficient is missing or unknown.
    """
    return {kind: Calibration(**given) for kind, given in facts.items()}


def _numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of a text, Roman ones too, in ascending order."""
    return tuple(
        sorted(
            number.lstrip("0") or "0"
            for word in words(text)
            for number in _NUMBER.findall(word)
        )
    )
