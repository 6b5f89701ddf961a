"""Counting which concepts are named together: the arithmetic of the graph.

Mentions become integers (document, sentence, concept, span); pairs are generated and
counted with vectorised numpy, batch by batch, and the counts of batches add up. Nothing
here depends on how the documents were cut into batches.

Definitions
-----------
unit
    Where two concepts must meet, by level: a document, a sentence, or a window of
    ``window + 1`` consecutive sentences.
co-mention
    Two different concepts named in one unit by two mentions that do not overlap, and
    neither of which carries the ids of both (a composite mention, alternatives).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgbuild.graph.adding import added, added_pairs, added_years, best, taken
from kgbuild.graph.packing import (
    LOW,
    SHIFT,
    changes,
    is_range,
    mix,
    ordinals,
    pack,
    pair_order,
    stable_order,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor, Future


Level = Literal["sentence", "window", "document"]

#: Pairs generated at a time: bounds memory at some 60 bytes each.
_MAX_PAIRS = 4_000_000
#: Mentions of a concept in a unit that are compared with another's, where the two may
#: overlap: bounds what one text can ask for.
_MAX_ROWS = 1_000

#: Counts of pairs of concept codes; ``key`` is ``low code << 32 | high code``.
PAIRS = {
    "key": pl.UInt64(),
    "documents": pl.UInt32(),
    "sentences": pl.UInt32(),
    "negated": pl.UInt32(),
    "hedged": pl.UInt32(),
    # What scores are made of: documents in which one sentence names both; documents,
    # each shared among the concepts that it names; sentences, less where the two stand
    # apart. Whole numbers of 1 / ONE, so that sums are the same in any order.
    "close": pl.UInt32(),
    "share": pl.UInt64(),
    "near": pl.UInt64(),
}
_OF_SENTENCES = ["sentences", "negated", "hedged", "close", "near"]
#: The unit of ``share`` and ``near``.
ONE = 1 << 16
#: How many characters between two mentions halve what their sentence counts.
_HALF = 50
YEARS = {"key": pl.UInt64(), "year": pl.Int16(), "documents": pl.UInt32()}
#: Evidence of pairs; ``a`` is the concept of the low code, ``b`` of the high one.
#: ``sentence`` is null where the spans stand in different sentences.
SPANS = {
    "key": pl.UInt64(),
    "document": pl.UInt32(),
    "sentence": pl.UInt32(),
    "a_start": pl.UInt32(),
    "a_end": pl.UInt32(),
    "b_start": pl.UInt32(),
    "b_end": pl.UInt32(),
    "score": pl.Float32(),
    "negated": pl.Boolean(),
    "hedged": pl.Boolean(),
}
CONCEPTS = {
    "code": pl.UInt32(),
    "mentions": pl.UInt32(),
    "documents": pl.UInt32(),
}
NAMES = {
    "code": pl.UInt32(),
    "name": pl.String(),
    "preferred": pl.Boolean(),
    "count": pl.UInt32(),
}
TYPES = {"code": pl.UInt32(), "type": pl.String(), "count": pl.UInt32()}


@dataclass(slots=True, kw_only=True)
class Rows:
    """Mentions as integers, one row per mention and concept, documents contiguous.

    Attributes
    ----------
    document, sentence, concept, start, end
        uint32 ``(n_rows,)``; within a document sorted by start, then longest first.
    score
        float32 ``(n_rows,)``, NaN where unknown.
    negated, hedged
        bool ``(n_rows,)``.
    """

    document: NDArray[np.uint32]
    sentence: NDArray[np.uint32]
    concept: NDArray[np.uint32]
    start: NDArray[np.uint32]
    end: NDArray[np.uint32]
    score: NDArray[np.float32]
    negated: NDArray[np.bool_]
    hedged: NDArray[np.bool_]

    def take(self, index: Any) -> Rows:
        """Return these rows, in this order."""
        return Rows(
            document=self.document[index],
            sentence=self.sentence[index],
            concept=self.concept[index],
            start=self.start[index],
            end=self.end[index],
            score=self.score[index],
            negated=self.negated[index],
            hedged=self.hedged[index],
        )

    def __len__(self) -> int:
        return len(self.document)


@dataclass(slots=True, kw_only=True)
class Counts:
    """What one or more batches came to; parts are added up by :meth:`compact`."""

    concepts: list[pl.DataFrame] = field(default_factory=list)
    names: list[pl.DataFrame] = field(default_factory=list)
    types: list[pl.DataFrame] = field(default_factory=list)
    pairs: list[pl.DataFrame] = field(default_factory=list)
    years: list[pl.DataFrame] = field(default_factory=list)
    spans: list[pl.DataFrame] = field(default_factory=list)

    def extend(self, other: Counts) -> None:
        """Take over the parts of another."""
        for name in SCHEMAS:
            getattr(self, name).extend(getattr(other, name))

    def rows(self) -> int:
        """Rows of pairs that are held, compacted or not."""
        return sum(part.height for part in self.pairs)

    def compacting(
        self, pool: Executor, *, rank: NDArray[np.uint32], max_evidence: int
    ) -> dict[str, Future[pl.DataFrame]]:
        """Add up the parts, table by table, while others go on.

        Parameters
        ----------
        pool
            Where the work is done, in the order of the tables here: one may begin with
            the first while the others are added up. The counts must be left alone
            until all are.
        rank
            uint32 ``(n_documents,)``: place of every document code in the order in
            which evidence is preferred.
        max_evidence
            How many documents to keep as evidence of a pair.

        Returns
        -------
        dict
            The tables of :data:`SCHEMAS`, by name.
        """
        do = partial(self.compacted, rank=rank, max_evidence=max_evidence)
        return {name: pool.submit(do, name) for name in SCHEMAS}

    def compacted(
        self, name: str, *, rank: NDArray[np.uint32], max_evidence: int
    ) -> pl.DataFrame:
        """Add up the parts of one table; the sum is its one part then."""
        parts, schema = getattr(self, name), SCHEMAS[name]
        # Parts are given up as they are put together: twice is too much.
        if name == "pairs":
            frame = added_pairs(taken(parts, schema), [])
        elif name == "years":
            frame = added_years(taken(parts, schema))
        elif name == "spans":
            columns = taken(parts, schema).get_columns()
            frame = best(columns, rank=rank, max_evidence=max_evidence)
        else:
            frame = added(parts, _ADDED_BY[name], schema)
        setattr(self, name, [frame])
        return frame


SCHEMAS: dict[str, dict[str, Any]] = {
    "concepts": CONCEPTS,
    "names": NAMES,
    "types": TYPES,
    "pairs": PAIRS,
    "spans": SPANS,
    "years": YEARS,
}

_ADDED_BY = {
    "concepts": ["code"],
    "names": ["code", "name", "preferred"],
    "types": ["code", "type"],
}


def fingerprints(
    rows: Rows, hashes: NDArray[np.uint64], n_documents: int
) -> NDArray[np.uint64]:
    """Return a number per document that depends on its rows, not on their order.

    Parameters
    ----------
    rows
        Of any documents, in any order.
    hashes
        uint64 ``(n_concepts,)``: :func:`stable_hash` of every concept.
    n_documents
        Documents are coded from 0.

    Returns
    -------
    numpy.ndarray
        uint64 ``(n_documents,)``; 0 for a document without rows.
    """
    out = np.zeros(n_documents, dtype=np.uint64)
    if not len(rows):
        return out
    with np.errstate(over="ignore"):
        mixed = mix(hashes[rows.concept])
        mixed = mix(mixed + ((rows.start.astype(np.uint64) << SHIFT) | rows.end))
        mixed = mix(mixed + rows.sentence)
        first = np.flatnonzero(changes(rows.document))
        np.add.at(out, rows.document[first], np.add.reduceat(mixed, first))
    return out


def count(
    rows: Rows,
    *,
    level: Level,
    window: int,
    years: NDArray[np.int32],
    sentences: NDArray[np.uint32],
    max_evidence: int,
    trivial: NDArray[np.uint64] | None = None,
) -> Counts:
    """Count concepts and pairs in rows whose documents ascend.

    Parameters
    ----------
    rows
        Documents ascending in the order in which evidence is preferred.
    level, window
        What a unit is.
    years
        int32 ``(n_documents,)``, a number below -32768 where unknown; equal years
        must be contiguous among the documents.
    sentences
        uint32 ``(n_documents,)``: number of sentences.
    max_evidence
        How many documents to keep as evidence of a pair.
    trivial
        Sorted keys of pairs that say nothing (a concept and its ancestor).

    Returns
    -------
    Counts
        Without names and types.
    """
    out = Counts()
    if not len(rows):
        return out
    alone = _alone(rows)
    named = _by_unit(rows, pack(rows.document, rows.sentence), alone)
    if level == "sentence":
        units = named
    elif level == "document":
        units = _by_unit(rows, rows.document.astype(np.uint64) << SHIFT, alone)
    else:
        units = _windows(rows, sentences, window, alone)
    concepts, breadth = _concept_counts(rows, named, len(years))
    out.concepts.append(concepts)
    for piece in _pieces(units):
        pairs = _pairs(piece, trivial)
        if level == "sentence":
            tallied = _tally(pairs, piece.rows, years, breadth, max_evidence)
            frame, spans = tallied.pairs, tallied.spans
        else:
            # The sentences that name both are a fact at every level, and the better
            # evidence where there are any.
            first, last = piece.document[0], piece.document[-1]
            part = named.between(first, last)
            close = _tally(_pairs(part, trivial), part.rows, years, breadth, None)
            tallied = _tally(pairs, piece.rows, years, breadth, max_evidence)
            frame = (
                tallied.pairs.drop(_OF_SENTENCES)
                .join(
                    close.pairs.select("key", *_OF_SENTENCES),
                    on="key",
                    how="left",
                    maintain_order="left",
                )
                .with_columns(pl.col(_OF_SENTENCES).fill_null(0))
            )
            spans = _prefer(close.spans, tallied.spans)
        out.pairs.append(frame.select(list(PAIRS)))
        out.years.append(tallied.years)
        out.spans.append(spans.select(list(SPANS)))
    return out


# -- units -----------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Units:
    """One entry per unit and concept, sorted by both."""

    rows: Rows
    members: NDArray[np.int64]  # rows, entry by entry
    first: NDArray[np.int64]  # of an entry's rows in ``members``
    size: NDArray[np.int64]
    place: NDArray[np.int64]  # of the row to quote: one that stands alone, or the first
    alone: NDArray[np.bool_]  # whether any row of the entry does
    unit: NDArray[np.uint64]
    document: NDArray[np.uint32]
    concept: NDArray[np.uint32]

    def take(self, index: slice) -> _Units:
        return _Units(
            rows=self.rows,
            members=self.members,
            first=self.first[index],
            size=self.size[index],
            place=self.place[index],
            alone=self.alone[index],
            unit=self.unit[index],
            document=self.document[index],
            concept=self.concept[index],
        )

    def between(self, first: int, last: int) -> _Units:
        document = self.document
        return self.take(
            slice(
                np.searchsorted(document, first, "left"),
                np.searchsorted(document, last, "right"),
            )
        )


def _alone(rows: Rows) -> NDArray[np.bool_]:
    """Whether the span of a row overlaps no other row's of its document."""
    document = rows.document.astype(np.uint64) << SHIFT
    start, end = document | rows.start, document | rows.end
    out = np.ones(len(rows), dtype=bool)
    out[1:] = np.maximum.accumulate(end)[:-1] <= start[1:]
    out[:-1] &= end[:-1] <= start[1:]
    return out


def _by_unit(rows: Rows, unit: NDArray[np.uint64], alone: NDArray[np.bool_]) -> _Units:
    """Merge the mentions of a concept in a unit; ``unit`` ascends with the document."""
    order = stable_order(unit)
    if not is_range(order):
        rows, unit, alone = rows.take(order), unit[order], alone[order]
    # The unit's number, not its packed name, leaves room for the concept.
    number = np.cumsum(changes(unit)).astype(np.uint64)
    bits = np.uint64(int(rows.concept.max(initial=0)).bit_length())
    key = (number << bits) | rows.concept
    members = stable_order(key)
    first = np.flatnonzero(changes(key[members]))
    size = np.diff(np.append(first, members.size))
    some = np.ones(first.size, dtype=bool)
    quoted = first
    if not alone.all():
        ordinal = np.where(alone[members], np.arange(members.size), members.size)
        earliest = np.minimum.reduceat(ordinal, first)
        some = earliest < members.size
        quoted = np.where(some, earliest, first)
    place = members[quoted]
    return _Units(
        rows=rows,
        members=members,
        first=first,
        size=size,
        place=place,
        alone=some,
        unit=unit[place],
        document=rows.document[place],
        concept=rows.concept[place],
    )


def _windows(
    rows: Rows,
    sentences: NDArray[np.uint32],
    window: int,
    alone: NDArray[np.bool_],
) -> _Units:
    """Cover every document with windows of ``window + 1`` sentences, moved by one."""
    last = n_windows(sentences, window)[rows.document] - 1
    high = np.minimum(rows.sentence.astype(np.int64), last)
    low = np.clip(rows.sentence.astype(np.int64) - window, 0, high)
    repeats = high - low + 1
    index = np.repeat(np.arange(len(rows)), repeats)
    place = low[index] + ordinals(repeats)
    unit = (rows.document[index].astype(np.uint64) << SHIFT) | place.astype(np.uint64)
    return _by_unit(rows.take(index), unit, alone[index])


def n_windows(sentences: NDArray[np.uint32], window: int) -> NDArray[np.int64]:
    """Return how many windows cover each document: one where it is shorter."""
    return np.maximum(sentences.astype(np.int64) - window, 1)


def _concept_counts(
    rows: Rows, named: _Units, n_documents: int
) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """Count mentions and documents of concepts, and the concepts of documents."""
    # Pairs of document and concept, once each, as numbers.
    key = (named.document.astype(np.uint64) << SHIFT) | named.concept
    key.sort()
    key = key[changes(key)]
    documents = (key & LOW).astype(np.uint32)
    breadth = np.bincount((key >> SHIFT).astype(np.int64), minlength=n_documents)
    n = int(rows.concept.max()) + 1
    counted = {
        name: np.bincount(codes, minlength=n).astype(np.uint32)
        for name, codes in (
            ("mentions", _distinct_mentions(rows)),
            ("documents", documents),
        )
    }
    frame = pl.DataFrame({"code": np.arange(n, dtype=np.uint32), **counted})
    return frame.filter(pl.col("mentions") > 0), breadth


def _distinct_mentions(rows: Rows) -> NDArray[np.uint32]:
    """Return the concept of each document, span and concept, once.

    Two recognisers that mark the same span make one mention of its concept.
    """
    number = np.cumsum(changes(rows.document) | changes(pack(rows.start, rows.end)))
    key = (number.astype(np.uint64) << SHIFT) | rows.concept
    if (key[1:] > key[:-1]).all():
        return rows.concept
    key.sort()
    return (key[changes(key)] & LOW).astype(np.uint32)


# -- pairs -----------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Pairs:
    """Rows that name two concepts, sorted by key, then as the units were."""

    key: NDArray[np.uint64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]


@dataclass(slots=True, kw_only=True)
class _Tally:
    pairs: pl.DataFrame
    years: pl.DataFrame
    spans: pl.DataFrame


def _pieces(units: _Units) -> Iterator[_Units]:
    """Cut at documents, so that no piece makes too many pairs (unless one must)."""
    first = np.flatnonzero(changes(units.unit))
    size = np.diff(np.append(first, len(units.unit)))
    pairs = np.cumsum(size * (size - 1) // 2)
    begin = 0
    document = units.document
    while begin < len(document):
        at = int(np.searchsorted(first, begin))
        done = int(pairs[at - 1]) if at else 0
        cut = int(np.searchsorted(pairs, done + _MAX_PAIRS, "right"))
        if cut >= len(first):
            end = len(document)
        else:
            here = document[first[max(cut, at)]]
            end = int(np.searchsorted(document, here, "left"))
            if end <= begin:
                end = int(np.searchsorted(document, here, "right"))
        yield units.take(slice(begin, end))
        begin = end


def _pairs(units: _Units, trivial: NDArray[np.uint64] | None) -> _Pairs:
    n = len(units.unit)
    if not n:
        nothing = np.zeros(0, dtype=np.int64)
        return _Pairs(key=nothing.astype(np.uint64), left=nothing, right=nothing)
    first = np.flatnonzero(changes(units.unit))
    size = np.diff(np.append(first, n))
    # Row i of a unit of m rows pairs with the m - 1 - i rows behind it.
    row = np.arange(n)
    behind = np.repeat(first + size, size) - row - 1
    left = np.repeat(row, behind)
    right = (row + 1 - (np.cumsum(behind) - behind))[left]
    right += np.arange(left.size)
    key = pack(units.concept[left], units.concept[right])
    if trivial is not None and trivial.size:
        at = np.minimum(np.searchsorted(trivial, key), trivial.size - 1)
        keep = trivial[at] != key
        key, left, right = key[keep], left[keep], right[keep]
    one, other = units.place[left], units.place[right]
    if not units.alone.all():
        doubtful = np.flatnonzero(~(units.alone[left] & units.alone[right]))
        sizes = _looked_at(units, left[doubtful]) * _looked_at(units, right[doubtful])
        for some in np.split(doubtful, _cuts(sizes)):
            one[some], other[some] = _apart(units, left[some], right[some])
        keep = one >= 0
        key, one, other = key[keep], one[keep], other[keep]
    order = pair_order(key)
    return _Pairs(key=key[order], left=one[order], right=other[order])


def _looked_at(units: _Units, entries: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.minimum(units.size[entries], _MAX_ROWS)


def _cuts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where to cut so that a part has about :data:`_MAX_PAIRS` or one entry."""
    return np.flatnonzero(changes(np.cumsum(sizes) // _MAX_PAIRS))[1:]


def _apart(
    units: _Units, left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first rows of two entries that do not overlap; -1 without any.

    Rows of a span that both entries have belong to a mention of both concepts.
    """
    widths = _looked_at(units, right)
    sizes = _looked_at(units, left) * widths
    pair = np.repeat(np.arange(left.size), sizes)
    within = ordinals(sizes)
    width = widths[pair]
    a = units.members[units.first[left][pair] + within // width]
    b = units.members[units.first[right][pair] + within % width]
    start, end = units.rows.start, units.rows.end
    good = (end[a] <= start[b]) | (end[b] <= start[a])
    # The spans that both have, as numbers of pair and row.
    same = (start[a] == start[b]) & (end[a] == end[b])
    if same.any():
        n = len(units.rows)
        for row in (a, b):
            number = pair * n + row
            good &= ~np.isin(number, number[same])
    chosen = np.flatnonzero(good)
    if chosen.size:
        # Those that are complete first; which concept has the lower number is chance.
        begins = np.flatnonzero(changes(pair[chosen]))
        late, early = np.maximum(a, b)[chosen], np.minimum(a, b)[chosen]
        place = late.astype(np.int64) * len(units.rows) + early
        least = np.minimum.reduceat(place, begins)
        chosen = chosen[place == np.repeat(least, np.diff(begins, append=chosen.size))]
    out = np.full((2, left.size), -1, dtype=np.int64)
    out[0, pair[chosen]], out[1, pair[chosen]] = a[chosen], b[chosen]
    return out[0], out[1]


def _tally(
    pairs: _Pairs,
    rows: Rows,
    years: NDArray[np.int32],
    breadth: NDArray[np.int64],
    max_evidence: int | None,
) -> _Tally:
    key = pairs.key
    if not key.size:
        return _Tally(
            pairs=pl.DataFrame(schema=PAIRS),
            years=pl.DataFrame(schema=YEARS),
            spans=pl.DataFrame(schema=SPANS),
        )
    document = rows.document[pairs.left]
    fresh = changes(key)
    first = np.flatnonzero(fresh)
    # One entry per pair and document, documents in the order of preference.
    at = np.flatnonzero(fresh | changes(document))
    keys, documents = key[at], document[at]
    starts = np.flatnonzero(fresh[at])
    sizes = np.diff(np.append(starts, at.size))
    frame = pl.DataFrame(
        {
            "key": key[first],
            "documents": sizes.astype(np.uint32),
            "sentences": np.diff(np.append(first, key.size)).astype(np.uint32),
            "negated": _flagged(_of_either(rows.negated, pairs), first),
            "hedged": _flagged(_of_either(rows.hedged, pairs), first),
            "close": sizes.astype(np.uint32),
            "share": np.add.reduceat(2 * ONE // breadth[documents], starts),
            "near": np.add.reduceat(ONE * _HALF // (_HALF + _gap(rows, pairs)), first),
        },
        schema=PAIRS,
    )
    year = years[documents]
    known = year >= -(2**15)
    run = np.flatnonzero(changes(keys) | changes(year))
    length = np.diff(np.append(run, at.size))
    told = known[run]
    by_year = pl.DataFrame(
        {
            "key": keys[run][told],
            "year": year[run][told].astype(np.int16),
            "documents": length[told].astype(np.uint32),
        },
        schema=YEARS,
    )
    if max_evidence is not None:
        keep = ordinals(sizes) < max_evidence
        at, keys, documents = at[keep], keys[keep], documents[keep]
    left, right = pairs.left[at], pairs.right[at]
    one_sentence = rows.sentence[left] == rows.sentence[right]
    return _Tally(
        pairs=frame,
        years=by_year,
        spans=pl.DataFrame(
            {
                "key": keys,
                "document": documents,
                "sentence": rows.sentence[left],
                "a_start": rows.start[left],
                "a_end": rows.end[left],
                "b_start": rows.start[right],
                "b_end": rows.end[right],
                "score": np.fmin(rows.score[left], rows.score[right]),
                "negated": _of_either(rows.negated, pairs)[at],
                "hedged": _of_either(rows.hedged, pairs)[at],
            },
            schema=SPANS,
        ).with_columns(
            pl.when(pl.Series(one_sentence)).then(pl.col("sentence")),
            pl.col("score").fill_nan(None),
        ),
    )


def _gap(rows: Rows, pairs: _Pairs) -> NDArray[np.int64]:
    """Count the characters between two mentions."""
    start = np.maximum(rows.start[pairs.left], rows.start[pairs.right])
    end = np.minimum(rows.end[pairs.left], rows.end[pairs.right])
    return start.astype(np.int64) - end


def _prefer(close: pl.DataFrame, wide: pl.DataFrame) -> pl.DataFrame:
    """Replace evidence by that from one sentence of the same document, if any."""
    fields = [c for c in SPANS if c not in ("key", "document")]
    found = wide.select("key", "document").join(
        close.with_columns(pl.lit(value=True).alias("close")),
        on=["key", "document"],
        how="left",
        maintain_order="left",
    )
    return wide.with_columns(
        pl.when(found["close"].is_not_null())
        .then(found[name])
        .otherwise(pl.col(name))
        .alias(name)
        for name in fields
    )


def _of_either(flags: NDArray[np.bool_], pairs: _Pairs) -> NDArray[np.bool_]:
    """Return whether one of the two mentions is flagged, as evidence says it."""
    either: NDArray[np.bool_] = flags[pairs.left] | flags[pairs.right]
    return either


def _flagged(flags: NDArray[np.bool_], first: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Count the flags of every run; few are set, so they are counted one by one."""
    run = np.searchsorted(first, np.flatnonzero(flags), "right") - 1
    return np.bincount(run, minlength=first.size).astype(np.uint32)
