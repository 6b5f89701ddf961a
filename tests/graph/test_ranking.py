"""Scores by hand, their direction, and that they order what people see."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import annotated, random_corpus

from kgbuild.graph import GraphBuilder, KnowledgeGraph, build_graph, ranking


def test_string_score_by_hand():
    # Pairs 01, 02, 12 with counts 4 + 3 * 2, 1, 1 + 3: C is 15, C_0 11, C_1 14, C_2 5.
    ends = np.array([0, 0, 1]), np.array([1, 2, 2])
    scores = ranking.string_score([4, 1, 1], [2, 0, 1], ends=ends, exponent=0.6)
    expected = [
        10**0.6 * (10 * 15 / (11 * 14)) ** 0.4,
        1**0.6 * (1 * 15 / (11 * 5)) ** 0.4,
        4**0.6 * (4 * 15 / (14 * 5)) ** 0.4,
    ]
    assert scores == pytest.approx(expected)
    counts = ranking.string_score([4, 1, 1], [2, 0, 1], ends=ends, exponent=1)
    assert counts.tolist() == [10, 1, 4]
    nothing = np.zeros(0, dtype=np.int64)
    assert ranking.string_score([], [], ends=(nothing, nothing)).shape == (0,)


def counts(**changes):
    values = {
        "share": 2.0, "near": 1.0, "source": 5, "target": 9,
        "source_partners": 4, "target_partners": 7,
    }  # fmt: skip
    return {name: np.array([changes.get(name, v)]) for name, v in values.items()}


@pytest.mark.parametrize("ends", [(0, 1), (1, 0), (0, 2), (1, 2), (2, 2), (0, 3)])
def test_more_evidence_is_never_weaker(ends):
    types = ["Chemical", "Disease", "Gene", "Species"]
    numbers = tuple(np.array([end]) for end in ends)

    def score(**changes):
        return float(ranking.score(counts(**changes), types=types, ends=numbers)[0])

    assert 0 < score() < 1
    for name in ("share", "near"):
        assert score(**{name: 0.5}) < score(**{name: 2.0}) < score(**{name: 20.0})


def test_the_order_of_the_ends_does_not_matter():
    one = {"source": 5, "target": 9, "source_partners": 4, "target_partners": 7}
    other = {"source": 9, "target": 5, "source_partners": 7, "target_partners": 4}
    types = ["Chemical", "Disease", "Gene"]
    for a, b in [(0, 1), (0, 2), (1, 2), (1, 1)]:
        there = ranking.score(
            counts(**one), types=types, ends=(np.array([a]), np.array([b]))
        )
        back = ranking.score(
            counts(**other), types=types, ends=(np.array([b]), np.array([a]))
        )
        assert there.tolist() == back.tolist()


def test_weights_have_a_version_and_are_in_the_record():
    version, models = ranking.learned()
    assert [m.types for m in models][-1] == ()
    graph = build_graph(random_corpus(10, seed=1))
    assert graph.provenance["ranking"] == version


def test_what_scores_are_made_of():
    documents = [
        annotated("Captopril and ACE.", id="1"),
        annotated("Captopril here. ACE there. hypertension too. cough.", id="2"),
    ]
    builder = GraphBuilder(level="document")
    builder.add(documents)
    row = builder.pair_counts().filter(source="mesh:D002216", target="ncbigene:1636")
    assert row["documents"].to_list() == [2]
    assert row["close"].to_list() == [1]
    # One document of two concepts, one of four; five characters between the mentions.
    assert row["share"].to_list() == [2 / 2 + 2 / 4]
    assert row["near"][0] == pytest.approx(50 / 55, abs=1e-4)
    assert (row["source_documents"][0], row["target_type"][0]) == (2, "Gene")


@pytest.mark.parametrize("level", ["sentence", "document"])
def test_score_is_the_order_of_every_list(level):
    graph = build_graph(random_corpus(60, seed=5), level=level)
    scores = graph.associations["score"]
    assert scores.is_between(0, 1, closed="none").all()
    assert graph.top(1000)["score"].to_list() == sorted(scores, reverse=True)
    near = graph.neighbors("ncbigene:1636")["score"]
    assert near.to_list() == sorted(near, reverse=True)
    hits = graph.search(order="strength", limit=100).items
    best = [graph.neighbors(hit.concept_id)["score"].max() for hit in hits]
    assert best == sorted(best, key=lambda s: -1.0 if s is None else s, reverse=True)


def test_graphs_without_the_column_are_ranked_by_p():
    """As graphs of other programs and of older versions have it, so by NPMI then."""
    graph = build_graph(random_corpus(60, seed=5), level="document")
    for missing in (("score",), ("score", "log10_p")):
        bare = KnowledgeGraph(
            concepts=graph.concepts, associations=graph.associations.drop(missing)
        )
        rows = bare.top(99)
        assert rows["score"].null_count() == rows.height > 20
        first = "p_value" if len(missing) == 1 else "npmi"
        assert rows[first].is_sorted(descending=first == "npmi")
        assert rows["npmi"].n_unique() > 10
        # The one order is not the other, so that each is seen to be kept.
        assert not rows["npmi" if first == "p_value" else "p_value"].is_sorted(
            descending=first == "p_value"
        )
