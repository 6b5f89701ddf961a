"""Adding up: short ways give what long ways give."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from kgbuild.graph import adding
from kgbuild.graph.assembly import _distinct_cells
from kgbuild.graph.counting import YEARS
from kgbuild.graph.packing import stable_order


def years_of(*, highest, seed, size=4_000):
    draw = np.random.default_rng(seed)
    high, low = draw.integers(0, highest, (2, size)).astype(np.uint64)
    return pl.DataFrame(
        {
            "key": (high << np.uint64(32)) | low,
            "year": draw.integers(1780, 2027, size),
            "documents": draw.integers(1, 400, size),
        },
        schema=YEARS,
    )


@pytest.mark.parametrize("highest", [1, 12, 70_000, 2**32 - 1])
@pytest.mark.parametrize("seed", range(3))
def test_years_add_up_with_keys_of_any_width(highest, seed):
    # The widest keys leave no room for year and count in one word.
    frame = years_of(highest=highest, seed=seed)
    expected = (
        frame.group_by("key", "year").agg(pl.col("documents").sum()).sort("key", "year")
    )
    assert_frame_equal(
        adding.added_years(frame),
        expected.select(list(YEARS)).cast(YEARS),
        check_exact=True,
    )


def test_years_before_christ_and_none_at_all():
    frame = pl.DataFrame(
        {"key": [7, 7, 7], "year": [-44, 2026, -44], "documents": [1, 2, 3]},
        schema=YEARS,
    )
    assert adding.added_years(frame).rows() == [(7, -44, 4), (7, 2026, 2)]
    nothing = frame.clear()
    assert_frame_equal(adding.added_years(nothing), nothing)


@pytest.mark.parametrize("bits", [4, 30, 64])
def test_equal_keys_keep_their_order(bits):
    draw = np.random.default_rng(bits)
    key = draw.integers(0, 2**bits - 1, 5_000, dtype=np.uint64, endpoint=True)
    key[::3] = key[0]
    assert np.array_equal(stable_order(key), np.argsort(key, kind="stable"))


def test_counts_that_repeat_are_found_once():
    draw = np.random.default_rng(5)
    marginal = draw.integers(0, 40, 60)
    low, high = draw.integers(0, 60, (2, 3_000)).astype(np.uint64)
    pairs = pl.DataFrame(
        {
            "key": (low << np.uint64(32)) | high,
            "documents": draw.integers(1, 9, 3_000).astype(np.uint32),
        }
    )
    place, cells = _distinct_cells(pairs, marginal)
    x, y = marginal[low.astype(int)], marginal[high.astype(int)]
    both = pairs["documents"].to_numpy()
    expected = np.stack([both, np.minimum(x, y), np.maximum(x, y)])
    assert np.array_equal(np.stack(cells)[:, place], expected)
    assert len(cells[0]) == len(np.unique(expected, axis=1).T)
