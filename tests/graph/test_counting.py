"""Adding up: short ways give what long ways give."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from kgbuild.graph import adding, build_graph
from kgbuild.graph.cells import Cells
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
    packed = Cells(marginal).packed(pairs)
    x, y = marginal[low.astype(int)], marginal[high.astype(int)]
    counts = [pairs["documents"].to_numpy(), np.minimum(x, y), np.maximum(x, y)]
    _, place = np.unique(packed, return_inverse=True)
    _, expected = np.unique(np.stack(counts, axis=1), axis=0, return_inverse=True)
    # The words sort as the counts do.
    assert np.array_equal(place, expected.ravel())
    assert len({*packed}) < 2_900


@pytest.mark.parametrize("level", ["sentence", "document"])
@pytest.mark.parametrize("seed", range(3))
def test_numbers_of_concepts_are_chance(monkeypatch, level, seed):
    """Which of two concepts was met first decides nothing, not even in overlaps."""
    draw = np.random.default_rng(seed)
    rows = []
    for document in range(60):
        for _ in range(9):
            start, length = int(draw.integers(0, 40)), int(draw.integers(1, 9))
            rows.append(
                {
                    "document_id": str(document),
                    "sentence": start // 20,
                    "start": start,
                    "end": start + length,
                    "text": "x" * length,
                    "type": "Gene",
                    "recognizer": "r",
                    "score": float(draw.random()),
                    "concepts": [f"my:{draw.integers(0, 9)}"],
                    "link_score": 1.0,
                    "method": "exact",
                    "negated": bool(draw.random() < 0.3),
                    "hedged": bool(draw.random() < 0.3),
                }
            )
    frame = pl.DataFrame(rows).unique(
        ["document_id", "start", "end"], keep="first", maintain_order=True
    )
    frame = frame.sort("document_id", "start", "end", maintain_order=True)
    monkeypatch.setattr("kgbuild.graph.encoding.MENTIONS", 20)
    documents = frame["document_id"].unique(maintain_order=True).to_list()
    graphs = [
        build_graph(
            pl.concat([frame.filter(document_id=d) for d in order]), level=level
        )
        for order in (documents, documents[::-1], sorted(documents, key=hash))
    ]
    for graph in graphs[1:]:
        assert_frame_equal(graph.associations, graphs[0].associations, check_exact=True)
