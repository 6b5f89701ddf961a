"""What questions on a graph are narrowed by, and answered with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which associations count.

    Attributes
    ----------
    min_documents
        Supported by at least so many documents.
    max_q
        At most this false discovery rate; ``None`` for no bound.
    min_npmi
        At least this strong; ``None`` for no bound.
    years
        First and last year, themselves included: an association counts where the time
        from its first to its last report meets them; ``None`` for all. One of unknown
        years counts only then.
    """

    min_documents: int = 1
    max_q: float | None = None
    min_npmi: float | None = None
    years: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A concept that a search found.

    Attributes
    ----------
    concept_id, name, type
        Of the concept.
    documents
        How many name it.
    associations
        How many it has.
    matched
        The synonym that the question met; ``None`` where it met the name or the id, or
        nothing was asked.
    """

    concept_id: str
    name: str
    type: str
    documents: int
    associations: int
    matched: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbor:
    """A concept that another one is associated with.

    Attributes
    ----------
    concept_id, name, type
        Of the neighbor.
    row
        Of the association in ``graph.associations``.
    direction
        ``"out"`` where a directed association leads to the neighbor, ``"in"`` where it
        comes from there, ``None`` where it has no direction.
    predicate, documents, sentences, npmi, log_odds, q_value, score, probability, \
first_year, last_year
        As in the associations table.
    """

    concept_id: str
    name: str
    type: str
    row: int
    direction: str | None
    predicate: str
    documents: int
    sentences: int
    npmi: float | None
    log_odds: float | None
    q_value: float | None
    score: float | None
    probability: float | None
    first_year: int | None
    last_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[T]):
    """A part of a longer list.

    Attributes
    ----------
    items
        In order.
    start
        Place of the first one in the whole list, from 0.
    total
        Length of the whole list.
    """

    items: tuple[T, ...]
    start: int
    total: int
