from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest

from kgbuild.errors import ConfigError
from kgbuild.graph import KnowledgeGraph
from kgbuild.widgets.explorer import Explorer, Filters

CAPTOPRIL, ACE = "mesh:D002216", "ncbigene:1636"


@pytest.fixture
def explorer(graph, documents):
    return Explorer(graph, documents=documents)


def names(found):
    return [item.name for item in found.items]


def test_search_by_name_part_id_and_case(explorer):
    assert names(explorer.search("capt")) == ["captopril"]
    assert names(explorer.search("FAILURE heart")) == ["heart failure"]
    assert names(explorer.search("1636")) == ["ACE"]
    assert names(explorer.search("ncbigene:5972")) == ["REN"]
    assert explorer.search("no such thing").total == 0


def test_whole_names_come_before_beginnings_before_parts():
    rows = {
        "concept_id": ["a:1", "a:2", "a:3", "a:4"],
        "type": ["Gene"] * 4,
        "name": ["replacement", "ace inhibitor", "the ace gene", "ACE"],
        "mentions": [9, 9, 9, 1],
        "documents": [9, 9, 9, 1],
        "synonyms": [["x"], ["x"], ["x"], ["ﬁbre"]],
    }
    graph = KnowledgeGraph(
        concepts=pl.DataFrame(rows), associations=_associations([], [])
    )
    explorer = Explorer(graph)
    expected = ["ACE", "ace inhibitor", "the ace gene", "replacement"]
    assert names(explorer.search("ace")) == expected
    by_documents = explorer.search("ace", order="documents")
    assert names(by_documents) == [
        "replacement",
        "ace inhibitor",
        "the ace gene",
        "ACE",
    ]
    # A ligature folds to its letters.
    assert names(explorer.search("FIBRE")) == ["ACE"]


@pytest.mark.parametrize(
    "query", ["sjogren", "SJÖGREN", "Sjo\u0308gren's", "tgf-beta", "TGF-β", "β"]
)
def test_accents_and_greek_letters_need_not_be_typed(query):
    rows = {
        "concept_id": ["a:1"],
        "type": ["Gene"],
        "name": ["Sjögren's TGF-β"],
        "mentions": [1],
        "documents": [1],
    }
    graph = KnowledgeGraph(
        concepts=pl.DataFrame(rows), associations=_associations([], [])
    )
    assert Explorer(graph).search(query).total == 1


def test_concepts_by_their_surest_association(explorer, graph):
    found = explorer.search(order="strength", limit=100)
    best = {}
    for row in graph.associations.iter_rows(named=True):
        for end in (row["source"], row["target"]):
            key = (row["q_value"], -row["npmi"])
            best[end] = min(best.get(end, key), key)
    keys = [best[hit.concept_id] for hit in found.items]
    assert len(keys) == 8
    assert keys == sorted(keys)
    late = Filters(years=(2001, 2020))
    ends = {hit.name for hit in explorer.search(order="strength", filters=late).items}
    assert ends == {"captopril", "ACE", "REN"}


def test_the_strongest_of_every_type_are_the_first_of_its_list(explorer):
    strongest = explorer.strongest(CAPTOPRIL, limit=1)
    assert sorted(strongest) == ["Chemical", "Disease", "Gene", "Species"]
    for kind, (first,) in strongest.items():
        assert first == explorer.neighbors(CAPTOPRIL, types=[kind]).items[0]
    strong = explorer.strongest(CAPTOPRIL, filters=Filters(min_documents=2))
    assert {kind: [n.name for n in near] for kind, near in strong.items()} == {
        "Gene": ["ACE"],
        "Disease": ["heart failure"],
    }


def test_nothing_asked_lists_everything_by_support(explorer):
    found = explorer.search()
    assert found.total == 8
    assert names(found)[:2] == ["captopril", "ACE"] or names(found)[0] == "ACE"
    documents = [hit.documents for hit in found.items]
    assert documents == sorted(documents, reverse=True)


def test_pages_of_a_list_join_up(explorer):
    whole = explorer.search(limit=100).items
    parts = [explorer.search(start=i, limit=3) for i in range(0, 9, 3)]
    assert [hit for part in parts for hit in part.items] == list(whole)
    assert {part.total for part in parts} == {8}
    assert explorer.search(start=50).items == ()


def test_filters_of_the_search(explorer):
    genes = explorer.search(types=["Gene"])
    assert sorted(names(genes)) == ["ACE", "REN"]
    assert explorer.search(types=["Unheard"]).total == 0
    strong = explorer.search(filters=Filters(min_documents=2))
    assert set(names(strong)) == {"captopril", "ACE", "heart failure"}
    late = explorer.search(filters=Filters(years=(2001, 2020)))
    assert set(names(late)) == {"captopril", "ACE", "REN"}


def test_the_page_of_a_concept(explorer):
    page = explorer.concept(CAPTOPRIL)
    assert (page.name, page.type, page.documents) == ("captopril", "Chemical", 4)
    assert page.years == {1991: 1, 1992: 1, 1999: 1, 2001: 1}
    assert page.neighbors == {"Disease": 2, "Gene": 2, "Species": 1, "Chemical": 1}
    assert page.synonyms == ("captopril",)


def test_neighbors_are_ranked_filtered_and_typed(explorer):
    found = explorer.neighbors(CAPTOPRIL, order="documents")
    assert found.total == 6
    assert {n.name for n in found.items[:2]} == {"ACE", "heart failure"}
    genes = explorer.neighbors(CAPTOPRIL, types=["Gene"])
    assert {n.name for n in genes.items} == {"ACE", "REN"}
    sure = explorer.neighbors(CAPTOPRIL, filters=Filters(min_documents=2))
    assert {n.name for n in sure.items} == {"ACE", "heart failure"}
    q_values = [n.q_value for n in explorer.neighbors(CAPTOPRIL).items]
    assert q_values == sorted(q_values)


def test_neighbors_agree_with_the_graph(explorer, graph):
    for concept_id in graph.concepts["concept_id"]:
        ours = explorer.neighbors(concept_id, limit=100)
        theirs = graph.neighbors(concept_id)
        assert [n.concept_id for n in ours.items] == theirs["concept_id"].to_list()
        assert [n.npmi for n in ours.items] == theirs["npmi"].to_list()


def test_evidence_quotes_the_sentence(explorer):
    (cough,) = [n for n in explorer.neighbors(CAPTOPRIL).items if n.name == "cough"]
    found = explorer.evidence(cough.row)
    assert found.total == 1
    assert ">cough</mark> was seen with <mark" in found.items[0].quote
    assert "acts on" not in found.items[0].quote
    assert "https://pubmed.ncbi.nlm.nih.gov/101/" in found.items[0].source
    assert explorer.years_of(cough.row) == {1992: 1}


def test_without_texts_there_is_a_source_and_no_quote(graph):
    explorer = Explorer(graph)
    found = explorer.evidence(0)
    assert found.items[0].quote is None
    assert "PMID" in found.items[0].source
    assert explorer.concept(ACE).years == {}


def test_going_back_and_forward(explorer):
    heard: list[str] = []
    stop = explorer.on_open(heard.append)
    assert explorer.current is None
    explorer.back()
    for concept_id in (CAPTOPRIL, ACE, ACE, "mesh:D003371"):
        explorer.open(concept_id)
    explorer.back()
    assert explorer.current == ACE
    assert explorer.can_go_back
    assert explorer.can_go_forward
    explorer.forward()
    assert explorer.current == "mesh:D003371"
    explorer.back()
    explorer.back()
    assert not explorer.can_go_back
    explorer.open("ncbigene:5972")
    assert not explorer.can_go_forward
    expected = [CAPTOPRIL, ACE, "mesh:D003371", ACE, "mesh:D003371", ACE, CAPTOPRIL]
    assert heard == [*expected, "ncbigene:5972"]
    stop()
    explorer.back()
    assert len(heard) == 8


def test_memory_of_the_way_is_bounded(explorer):
    for _ in range(600):
        explorer.open(CAPTOPRIL)
        explorer.open(ACE)
    assert len(explorer._history) == 500
    assert explorer.current == ACE


def test_the_basket_becomes_a_graph(explorer):
    with pytest.raises(ConfigError, match="The basket is empty"):
        explorer.basket_graph()
    for concept_id in (CAPTOPRIL, ACE, CAPTOPRIL):
        explorer.put(concept_id)
    assert [hit.concept_id for hit in explorer.basket] == [CAPTOPRIL, ACE]
    chosen = explorer.basket_graph()
    assert chosen.concepts["concept_id"].to_list() == [CAPTOPRIL, ACE]
    assert chosen.associations.height == 1
    assert explorer.basket_graph(hops=1).concepts.height == 8
    explorer.take_out(ACE)
    explorer.take_out(ACE)
    assert [hit.concept_id for hit in explorer.basket] == [CAPTOPRIL]


@pytest.mark.parametrize(
    ("method", "arguments", "options"),
    [
        ("concept", ["mesh:D999999"], {}),
        ("open", ["mesh:D999999"], {}),
        ("put", ["mesh:D999999"], {}),
        ("neighbors", ["mesh:D999999"], {}),
        ("neighbors", [ACE], {"order": "name"}),
        ("search", ["x"], {"order": "q_value"}),
        ("search", ["x"], {"start": -1}),
        ("search", ["x"], {"limit": 0}),
        ("evidence", [-1], {}),
        ("evidence", [10**6], {}),
    ],
)
def test_wrong_questions_get_a_sentence(explorer, method, arguments, options):
    with pytest.raises(ConfigError, match=r"(Got |The graph has no concept)"):
        getattr(explorer, method)(*arguments, **options)


def test_an_empty_graph_can_be_explored():
    graph = KnowledgeGraph(
        concepts=pl.DataFrame(schema=_CONCEPTS), associations=_associations([], [])
    )
    explorer = Explorer(graph)
    assert explorer.search("x").total == 0
    assert explorer.search().total == 0
    assert explorer.types == {}
    assert explorer.year_range is None


def test_year_range_and_types(explorer):
    assert explorer.year_range == (1991, 2001)
    assert explorer.types == {"Chemical": 3, "Disease": 2, "Gene": 2, "Species": 1}


_CONCEPTS = {
    "concept_id": pl.String,
    "type": pl.Categorical,
    "name": pl.String,
    "mentions": pl.UInt32,
    "documents": pl.UInt32,
}


def _associations(source, target):
    n = len(source)
    evidence = [
        {
            "document_id": "1",
            "sentence": 0,
            "spans": [{"start": 0, "end": 1}, {"start": 2, "end": 3}],
            "score": 1.0,
            "negated": False,
            "hedged": False,
        }
    ]
    from kgbuild.tables import TABLES

    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "source": source,
            "target": target,
            "relation": ["r"] * n,
            "documents": rng.integers(1, 50, n),
            "sentences": rng.integers(1, 50, n),
            "npmi": rng.random(n),
            "log_odds": rng.random(n),
            "p_value": rng.random(n),
            "q_value": rng.random(n),
            "first_year": rng.integers(1980, 2000, n),
            "last_year": rng.integers(2000, 2020, n),
            "evidence": [evidence] * min(n, 1) + [None] * (n - 1),
        },
        schema_overrides=TABLES["associations"].core,
    ).with_columns(pl.col("evidence").forward_fill())


def test_every_step_is_quick_on_a_large_graph():
    # 50,000 concepts, 300,000 associations, one of the concepts with 20,000 of them.
    n = 50_000
    ids = [f"mesh:D{i:06d}" for i in range(n)]
    rng = np.random.default_rng(1)
    hub = np.arange(1, 20_001)
    a, b = rng.integers(0, n, 280_000), rng.integers(0, n, 280_000)
    low = np.concatenate([np.zeros_like(hub), np.minimum(a, b)])
    high = np.concatenate([hub, np.maximum(a, b)])
    keys = np.unique((low * n + high)[low != high])
    column = pl.Series(ids)
    graph = KnowledgeGraph(
        concepts=pl.DataFrame(
            {
                "concept_id": ids,
                "type": ["Gene", "Disease"] * (n // 2),
                "name": [f"concept {i} of acid {i % 97}" for i in range(n)],
                "mentions": range(1, n + 1),
                "documents": range(1, n + 1),
            },
            schema_overrides=_CONCEPTS,
        ),
        associations=_associations(column.gather(keys // n), column.gather(keys % n)),
    )
    explorer = Explorer(graph)
    steps = {
        "list": lambda: explorer.search(),
        "type a letter": lambda: explorer.search("a"),
        "strength": lambda: explorer.search("a", order="strength"),
        "overview": lambda: explorer.strongest(ids[0], filters=Filters(max_q=0.5)),
        "filter": lambda: explorer.search("acid 5", filters=Filters(max_q=0.5)),
        "open": lambda: explorer.concept(ids[0]),
        "neighbors": lambda: explorer.neighbors(ids[0], order="npmi", start=900),
        "narrow": lambda: explorer.neighbors(ids[0], filters=Filters(max_q=0.3)),
        "evidence": lambda: explorer.evidence(5),
    }
    for name, step in steps.items():
        begun = time.process_time()
        step()
        # The claim is 0.2 s; a loaded machine and several threads' time are allowed.
        assert time.process_time() - begun < 0.6, name
