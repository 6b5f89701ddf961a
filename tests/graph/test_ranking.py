"""Scores by hand, their direction, and that they order what people see."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from graphs import annotated, random_corpus

from kgbuild.graph import (
    GraphBuilder,
    KnowledgeGraph,
    build_graph,
    neighbourhood,
    packing,
    ranking,
    statistics,
)


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
        "share": 2.0, "near": 1.0, "source": 5, "target": 9, "alike": 0.2,
        "source_strength": 4.0, "target_strength": 7.0,
        "source_best": 0.5, "target_best": 0.25,
    }  # fmt: skip
    return {name: np.array([changes.get(name, v)]) for name, v in values.items()}


@pytest.mark.parametrize("ends", [(0, 1), (1, 0), (0, 2), (1, 2), (2, 2), (0, 3)])
def test_more_evidence_is_never_weaker(ends):
    types = ["Chemical", "Disease", "Gene", "Species"]
    numbers = tuple(np.array([end]) for end in ends)

    def score(**changes):
        return float(ranking.score(counts(**changes), types=types, ends=numbers)[0])

    assert 0 < score() < 1
    learned = next(
        (
            m
            for m in ranking.learned()[1]
            if not m.predicate and {*m.types} == {types[e] for e in ends}
        ),
        ranking.learned()[1][-1],
    )
    weights = dict(zip(ranking.FEATURES, learned.weights, strict=True))
    assert all(weights[name] >= 0 for name in ranking.EVIDENCE)
    assert any(weights[name] > 0 for name in ranking.EVIDENCE)
    for name, given in (
        ("share", ("share",)), ("near", ("near",)), ("alike", ("alike",)),
        ("second_best", ("source_best", "target_best")),
    ):  # fmt: skip
        low, mid, high = (
            score(**dict.fromkeys(given, value)) for value in (0.1, 0.4, 0.9)
        )
        if weights[name] > 0:
            assert low < mid < high
        else:
            assert low == mid == high


def test_the_order_of_the_ends_does_not_matter():
    one = {
        "source": 5, "target": 9, "source_strength": 4.0, "target_strength": 7.0,
        "source_best": 0.5, "target_best": 0.25,
    }  # fmt: skip
    other = {
        "source": 9, "target": 5, "source_strength": 7.0, "target_strength": 4.0,
        "source_best": 0.25, "target_best": 0.5,
    }  # fmt: skip
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


@pytest.mark.parametrize("predicate", ["", *ranking.LEANING])
def test_statements_have_weights_of_their_own(predicate):
    """Surer is never lower; what other drugs cause is rather caused than treated."""
    ends, types = (np.array([0]), np.array([1])), ["Chemical", "Disease"]

    def score(stated, leaning):
        said = {"stated": stated, "source_leaning": 1.0, "target_leaning": leaning}
        values = counts() | {name: np.array([v]) for name, v in said.items()}
        return float(
            ranking.score(
                values, types=types, ends=ends, predicates=np.array([predicate])
            )[0]
        )

    without = float(ranking.score(counts(), types=types, ends=ends)[0])
    if not predicate:
        assert score(2.0, 9.0) == score(0.5, 0.1) == without
        return
    assert score(0.5, 1.0) < score(2.0, 1.0) != without
    rises = score(2.0, 9.0) > score(2.0, 0.1)
    assert rises == (predicate == "Positive_Correlation")


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


def test_what_a_corpus_is_about_does_not_come_last():
    """Pairs of 150 abstracts on NSAIDs, of which 90 name PTGS2."""
    of = {
        "celecoxib, PTGS2": counts(
            share=7.9, near=37.4, source=44, target=90, alike=0.52,
            source_strength=20.5, target_strength=17.4, source_best=1.0,
            target_best=0.81,
        ),
        "valdecoxib, PTGS1": counts(
            share=1.6, near=1.3, source=12, target=37, alike=0.47,
            source_strength=27.3, target_strength=22.7, source_best=0.78,
            target_best=0.2,
        ),
        "a rare pair": counts(
            share=0.3, near=0.0, source=4, target=4, alike=0.51,
            source_strength=19.0, target_strength=19.6, source_best=0.27,
            target_best=0.18,
        ),
    }  # fmt: skip
    ends = np.array([0]), np.array([1])
    scores = [
        float(ranking.score(values, types=["Chemical", "Gene"], ends=ends)[0])
        for values in of.values()
    ]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 1.5 * scores[1]


def test_what_is_only_denied_comes_last():
    denied = "No ramipril changed AGT. Still, ramipril was independent of AGT."
    documents = [
        *(annotated(denied, id=str(i)) for i in range(5)),
        annotated("Captopril blocks ACE. Captopril, not ACE.", id="7"),
        annotated("Captopril and cough.", id="8"),
    ]
    graph = build_graph(documents)
    rows = graph.top(9)
    assert sorted(rows["negated"][:2]) == [0, 1]
    assert {rows["source_name"][2], rows["target_name"][2]} == {"ramipril", "AGT"}
    assert rows.select("documents", "sentences", "negated").row(2) == (5, 10, 10)
    assert rows["score"].is_sorted(descending=True)
    assert graph.top(1, by="documents")["negated"].item() == 10


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


def test_neighbours_that_are_alike_against_the_whole_lists():
    """The squeezed cosine is that of the lists themselves, but for some 1/16."""
    draw = np.random.default_rng(0)
    n = 120
    pairs = np.array(list(itertools.combinations(range(n), 2)))
    # Two halves that keep to themselves, and some noise.
    same = (pairs[:, 0] < n // 2) == (pairs[:, 1] < n // 2)
    pairs = pairs[draw.random(len(pairs)) < np.where(same, 0.5, 0.05)]
    weights = draw.integers(0, 100, len(pairs))
    ends = pairs[:, 0], pairs[:, 1]
    hashes = np.array([packing.stable_hash(f"my:{i}") for i in range(n)], np.uint64)
    found = neighbourhood.alike(weights, ends=ends, hashes=hashes)
    lists = np.zeros((n, n))
    lists[ends], lists[ends[::-1]] = weights, weights
    lists /= np.linalg.norm(lists, axis=1)[:, None]
    expected = (lists[ends[0]] * lists[ends[1]]).sum(axis=1)
    assert np.abs(found - expected).std() < 1.2 / 16
    assert np.corrcoef(found, expected)[0, 1] > 0.8
    within = (ends[0] < n // 2) == (ends[1] < n // 2)
    assert found[within].mean() > 0.2 > 0.1 > found[~within].mean()
    # Neither the order of pairs and ends nor the numbers of concepts show.
    order, renamed = draw.permutation(len(pairs)), draw.permutation(n)
    moved = np.zeros_like(hashes)
    moved[renamed] = hashes
    again = neighbourhood.alike(
        weights[order], ends=(renamed[ends[1][order]], renamed[ends[0][order]]),
        hashes=moved,
    )  # fmt: skip
    assert again.tolist() == found[order].tolist()


def test_large_graphs_do_without_neighbours(monkeypatch):
    monkeypatch.setattr(neighbourhood, "MOST_PAIRS", 2)
    ends = np.array([0, 0, 1]), np.array([1, 2, 2])
    hashes = np.arange(3, dtype=np.uint64)
    weights = np.array([50, 60, 70])
    assert neighbourhood.alike(weights, ends=ends, hashes=hashes).tolist() == [0] * 3
    monkeypatch.undo()
    assert (neighbourhood.alike(weights, ends=ends, hashes=hashes) != 0).all()


def test_where_a_pair_stands_among_those_of_its_concepts():
    builder = GraphBuilder(level="document")
    builder.add(random_corpus(60, seed=5))
    frame = builder.pair_counts()
    ids = sorted({*frame["source"], *frame["target"]})
    ends = tuple(
        np.array([ids.index(c) for c in frame[end]]) for end in ("source", "target")
    )
    named = np.zeros(len(ids), dtype=np.int64)
    for end, codes in zip(("source", "target"), ends, strict=True):
        named[codes] = frame[f"{end}_documents"]
    documents, close = (frame[name].to_numpy() for name in ("documents", "close"))
    found = ranking.standing(
        {"documents": documents, "close": close}, named,
        ends=ends, n=60, hashes=np.arange(len(ids), dtype=np.uint64),
    )  # fmt: skip
    scores = ranking.string_score(documents, close, ends=ends, exponent=0.8)
    npmi = statistics.npmi(documents, named[ends[0]], named[ends[1]], n=60)
    for side, codes in zip(("source", "target"), ends, strict=True):
        for row, code in enumerate(codes):
            mine = (ends[0] == code) | (ends[1] == code)
            best = scores[row] / scores[mine].max()
            assert found[f"{side}_best"][row] == pytest.approx(best)
            tied = np.round(np.maximum(npmi[mine], 0), 2).sum()
            assert found[f"{side}_strength"][row] == pytest.approx(tied)
    assert (np.abs(found["alike"]) <= 1).all()
