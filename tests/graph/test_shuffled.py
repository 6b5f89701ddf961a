"""Chance alone makes no association: shuffled corpora and made-up documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import kgbuild as kg
from kgbuild.graph import build_graph
from kgbuild.tables import tables

CORPORA = Path(__file__).parents[3] / "shared/corpora/relations"


def mentions_of(rows):
    """Make a mentions table of rows ``(document, place, concept)``."""
    return pl.DataFrame(
        [
            {
                "document_id": str(document),
                "sentence": 0,
                "start": 20 * place,
                "end": 20 * place + len(concept),
                "text": concept,
                "type": "Disease",
                "recognizer": "test",
                "score": 1.0,
                "concepts": [concept],
                "method": "exact",
                "link_score": 1.0,
            }
            for document, place, concept in rows
        ]
    )


def shuffled(mentions, *, seed):
    """Let every mention keep its place and take the concepts of a random other."""
    order = np.random.default_rng(seed).permutation(mentions.height)
    carried = ["type", "concepts", "name", "method", "link_score"]
    return mentions.with_columns(mentions[c].gather(order) for c in carried)


@pytest.mark.parametrize("name", ["BioRED_TrainDev", "BC5CDR_TrainDev"])
@pytest.mark.parametrize("level", ["document", "sentence"])
def test_shuffled_mentions_have_no_significant_pair(name, level):
    path = CORPORA / f"{name}.PubTator.gz"
    if not path.exists():
        pytest.skip("the shared corpora are not here")
    documents, mentions = tables(kg.read(path))
    for seed in range(3):
        graph = build_graph((documents, shuffled(mentions, seed=seed)), level=level)
        assert len(graph) > 1000
        assert (graph.associations["q_value"] <= 0.05).sum() == 0
    # Order is what tells: as they stand, pairs are significant.
    assert (build_graph((documents, mentions)).associations["q_value"] < 0.05).any()


def test_concepts_seen_once_meet_by_chance():
    draw = np.random.default_rng(0)
    once = [(draw.integers(1000), i, f"mesh:D{i:06d}") for i in range(400)]
    rest = [(d, 999, "mesh:D999999") for d in range(1000)]
    graph = build_graph(mentions_of(sorted(once + rest)))
    pairs = graph.associations.filter(pl.col("target") != "mesh:D999999")
    assert pairs.height > 40
    assert graph.counts["pairs_tested"] == 401 * 400 // 2
    assert pairs["q_value"].min() == 1.0


def test_family_is_every_pair_of_the_types_asked_for():
    rows = mentions_of([(d, i, f"mesh:D00000{i}") for d in range(9) for i in range(4)])
    kinds = pl.Series("type", ["Disease", "Disease", "Chemical", "Gene"] * 9)
    rows = rows.with_columns(kinds)
    assert build_graph(rows).counts["pairs_tested"] == 6
    pairs = [("Disease", "Chemical"), ("Disease", "Disease")]
    assert build_graph(rows, type_pairs=pairs).counts["pairs_tested"] == 3
    assert build_graph(rows, exclude=["mesh:D000000"]).counts["pairs_tested"] == 3
    # A concept and what it is a kind of are no pair.
    parents = {"mesh:D000000": ["mesh:D000001"]}
    assert build_graph(rows, parents=parents).counts["pairs_tested"] == 5


def test_p_values_that_underflow_are_still_ranked():
    often = [(d, p, f"mesh:D00000{p}") for d in range(1500) for p in range(2)]
    less = [(d, p, f"mesh:D00000{p}") for d in range(1500, 2900) for p in range(2, 4)]
    other = [(d, 9, "mesh:D000009") for d in range(2900, 9000)]
    graph = build_graph(mentions_of(often + less + other))
    assert graph.associations["p_value"].to_list() == [0.0, 0.0]
    assert graph.associations["log10_p"].is_finite().all()
    for by in ("p_value", "log10_p", "q_value"):
        assert graph.top(by=by)["documents"].to_list() == [1500, 1400]
