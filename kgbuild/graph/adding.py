"""Adding up what batches counted, and keeping the preferred evidence."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl

from kgbuild.graph.packing import (
    LOW,
    SHIFT,
    changes,
    closer,
    is_range,
    ordinals,
    pair_order,
    stable_order,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kgbuild.graph.counting import Counts


def added(
    parts: list[pl.DataFrame], by: list[str], schema: dict[str, Any]
) -> pl.DataFrame:
    """Add up rows of the same key, in no order."""
    if not parts:
        return pl.DataFrame(schema=schema)
    if len(parts) == 1 and parts[0].height == 0:
        return parts[0]
    frame = pl.concat(parts)
    added = frame.group_by(by).agg(pl.exclude(by).sum())
    return added.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def taken(parts: list[pl.DataFrame], schema: dict[str, Any]) -> pl.DataFrame:
    """Put parts together; the list is emptied, as two copies are too much."""
    frame = pl.concat(parts, rechunk=True) if parts else pl.DataFrame(schema=schema)
    parts.clear()
    return frame


def added_pairs(frame: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Add up rows of the same key (and of the same other columns); sorted by them."""
    key = frame["key"].to_numpy()
    order = np.arange(frame.height)
    for name in by:
        values = frame[name].to_numpy().astype(np.int64)
        order = stable_order((values - values.min(initial=0)).astype(np.uint64))
    order = order[pair_order(key[order])]
    if not is_range(order):
        key = key[order]
    fresh = changes(key)
    for name in by:
        fresh |= changes(frame[name].to_numpy()[order])
    first = np.flatnonzero(fresh)
    if first.size == frame.height and is_range(order):
        return frame
    columns = {"key": key[first]}
    for name in frame.columns[1:]:
        values = frame[name].to_numpy()[order]
        columns[name] = (
            values[first]
            if name in by
            else (np.add.reduceat(values, first, dtype=values.dtype))
        )
    return pl.DataFrame(columns, schema=frame.schema)


def added_years(frame: pl.DataFrame) -> pl.DataFrame:
    """Add up documents of the same key and year; sorted by both.

    Key, year and count share one word where they fit, and are sorted as numbers: there
    is no order to carry out then.
    """
    key, year = frame["key"].to_numpy(), frame["year"].to_numpy()
    documents = frame["documents"].to_numpy()
    low, least = key & LOW, int(year.min(initial=0))
    since = (year.astype(np.int32) - least).astype(np.uint32)
    widths = [
        int(values.max(initial=0)).bit_length() for values in (low, since, documents)
    ]
    if sum(widths) + int(key.max(initial=0) >> SHIFT).bit_length() > 64:
        return added_pairs(frame, ["year"])
    low_bits, year_bits, count_bits = map(np.uint64, widths)
    low_mask, year_mask, count_mask = (np.uint64((1 << w) - 1) for w in widths)
    packed = closer(key, low, widths[0])
    del key, low
    for values, bits in ((since, year_bits), (documents, count_bits)):
        packed <<= bits
        packed |= values
    packed.sort()
    counts = packed & count_mask
    packed >>= count_bits
    first = np.flatnonzero(changes(packed))
    if first.size < packed.size:
        packed, counts = packed[first], np.add.reduceat(counts, first)
    years = (packed & year_mask).astype(np.int32) + least
    packed >>= year_bits
    low = packed & low_mask
    packed >>= low_bits
    packed <<= SHIFT
    packed |= low
    return pl.DataFrame(
        {"key": packed, "year": years, "documents": counts}, schema=frame.schema
    )


def best(
    columns: list[pl.Series], *, rank: NDArray[np.uint32], max_evidence: int
) -> pl.DataFrame:
    """Keep the preferred documents of every pair; sorted by pair and preference.

    The list is emptied: spans are the largest table, and twice is too much.
    """
    key, document = columns[0].to_numpy(), columns[1].to_numpy()
    order = stable_order(rank[document].astype(np.uint64))
    order = order[pair_order(key[order])]
    key = key[order]
    first = np.flatnonzero(changes(key))
    keep = ordinals(np.diff(np.append(first, key.size))) < max_evidence
    if not (is_range(order) and keep.all()):
        order = order[keep]
        del key, document, keep
        for _ in range(len(columns)):
            columns.append(columns.pop(0).gather(order))
    return pl.DataFrame(columns)


class Behind:
    """Counts one batch while the next is read and encoded; the order is kept."""

    def __init__(self, total: Counts) -> None:
        self._total = total
        self._worker = ThreadPoolExecutor(1)
        self._pending: deque[Future[Counts]] = deque()

    def do(self, count: Callable[[], Counts]) -> None:
        """Count behind; wait while more than one batch is ahead."""
        self._pending.append(self._worker.submit(count))
        while len(self._pending) > 1:
            self._total.extend(self._pending.popleft().result())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            while kind is None and self._pending:
                self._total.extend(self._pending.popleft().result())
        finally:
            self._worker.shutdown(cancel_futures=True)
