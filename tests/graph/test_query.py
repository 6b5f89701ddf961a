"""Search, neighbors and strongest associations."""

from __future__ import annotations

import time

import captopril
import numpy as np
import polars as pl
import pytest

from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError, NotFoundError, ValidationError
from kgbuild.graph import KnowledgeGraph, build_graph
from kgbuild.graph.answers import Filters
from kgbuild.tables import TABLES, empty_table
from kgbuild.widgets.explorer import Explorer

CAPTOPRIL, ACE = "mesh:D002216", "ncbigene:1636"


@pytest.fixture(scope="module")
def graph():
    return build_graph(captopril.documents(), exclude=())


@pytest.fixture
def query(graph):
    return graph.query


def names(found):
    return [item.name for item in found.items]


def test_search_by_name_part_id_and_case(query):
    assert names(query.search("capt")) == ["captopril"]
    assert names(query.search("FAILURE heart")) == ["heart failure"]
    assert names(query.search("1636")) == ["ACE"]
    assert names(query.search("ncbigene:5972")) == ["REN"]
    assert query.search("no such thing").total == 0


@pytest.mark.parametrize(
    "typed", ["MESH:D002216", "D002216", "https://identifiers.org/mesh:D002216"]
)
def test_identifiers_as_people_type_them(graph, typed):
    assert graph.concept(typed)["concept_id"] == CAPTOPRIL
    assert graph.neighbors(typed).equals(graph.neighbors(CAPTOPRIL))


def named(*rows):
    """Return a graph of concepts ``(id, type, name, documents, synonyms)`` alone."""
    ids, types, called, documents, synonyms = zip(*rows, strict=True)
    columns = {
        "concept_id": ids, "type": types, "name": called, "mentions": documents,
        "documents": documents, "synonyms": synonyms,
    }  # fmt: skip
    return KnowledgeGraph(
        concepts=pl.DataFrame(
            columns, schema_overrides={"synonyms": pl.List(pl.String)}
        ),
        associations=empty_table("associations"),
    )


@pytest.mark.parametrize(
    ("typed", "concept_id"),
    [
        ("heart attack", "mesh:D009203"),
        ("Vasotec", "mesh:D004656"),
        ("high blood pressure", "mesh:D006973"),
    ],
)
def test_what_vocabularies_call_a_concept_finds_it(typed, concept_id):
    graph = named(
        ("mesh:D004656", "Chemical", "Enalapril", 3, []),
        ("mesh:D006331", "Disease", "Heart Diseases", 9, ["attack of the heart"]),
        ("mesh:D006973", "Disease", "Hypertension", 5, []),
        ("mesh:D009203", "Disease", "Myocardial Infarction", 2, ["infarction"]),
    )
    first = graph.search(typed).items[0]
    assert (first.concept_id, first.matched) == (concept_id, typed)
    assert graph.concept(typed)["concept_id"] == concept_id
    with pytest.raises(NotFoundError):
        graph.concept("headache")


def test_a_name_of_several_concepts_is_asked_for():
    graph = named(
        ("ncbigene:21803", "Gene", "Tgfb1", 3, ["TGF-β1"]),
        ("ncbigene:59086", "Gene", "Tgfb1", 5, ["TGF-β1"]),
        ("ncbigene:7040", "Gene", "TGFB1", 9, []),
    )
    with pytest.raises(ValidationError, match=r"2 .*:59086 .*5 doc.*:21803") as error:
        graph.concept("Tgfb1")
    assert "give the id" in str(error.value)
    # Spelled just so, it is one; in another case it may be any of the three.
    assert graph.concept("TGFB1")["concept_id"] == "ncbigene:7040"
    with pytest.raises(ValidationError, match="3 concepts"):
        graph.concept("tgfb1")
    said = "2 concepts .* The first was taken"
    with pytest.warns(UserWarning, match=said) as warned:
        assert graph.concept("TGF-β1")["concept_id"] == "ncbigene:59086"
    with pytest.warns(UserWarning, match=said) as deeper:
        assert graph.neighbors("TGF-β1").is_empty()
    # Whoever asks sees the own line, not one of kgbuild's.
    assert {w.filename for w in [*warned, *deeper]} == {__file__}


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
    query = graph.query
    expected = ["ACE", "ace inhibitor", "the ace gene", "replacement"]
    assert names(query.search("ace")) == expected
    by_documents = query.search("ace", order="documents")
    assert names(by_documents) == [
        "replacement",
        "ace inhibitor",
        "the ace gene",
        "ACE",
    ]
    # A ligature folds to its letters.
    assert names(query.search("FIBRE")) == ["ACE"]


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
    assert graph.query.search(query).total == 1


def test_concepts_by_their_best_association(query, graph):
    found = query.search(order="strength", limit=100)
    best = {}
    for row in graph.associations.iter_rows(named=True):
        for end in (row["source"], row["target"]):
            key = (-row["score"], -row["npmi"])
            best[end] = min(best.get(end, key), key)
    keys = [best[hit.concept_id] for hit in found.items]
    assert len(keys) == 8
    assert keys == sorted(keys)
    late = Filters(years=(2001, 2020))
    ends = {hit.name for hit in query.search(order="strength", filters=late).items}
    assert ends == {"captopril", "ACE", "REN"}


def test_the_strongest_of_every_type_are_the_first_of_its_list(query):
    strongest = query.strongest(CAPTOPRIL, limit=1)
    assert sorted(strongest) == ["Chemical", "Disease", "Gene", "Species"]
    for kind, (first,) in strongest.items():
        assert first == query.neighbors(CAPTOPRIL, types=[kind]).items[0]
    strong = query.strongest(CAPTOPRIL, filters=Filters(min_documents=2))
    assert {kind: [n.name for n in near] for kind, near in strong.items()} == {
        "Gene": ["ACE"],
        "Disease": ["heart failure"],
    }


def test_nothing_asked_lists_everything_by_support(query):
    found = query.search()
    assert found.total == 8
    assert names(found)[:2] == ["captopril", "ACE"] or names(found)[0] == "ACE"
    documents = [hit.documents for hit in found.items]
    assert documents == sorted(documents, reverse=True)


def test_pages_of_a_list_join_up(query):
    whole = query.search(limit=100).items
    parts = [query.search(start=i, limit=3) for i in range(0, 9, 3)]
    assert [hit for part in parts for hit in part.items] == list(whole)
    assert {part.total for part in parts} == {8}
    assert query.search(start=50).items == ()


def test_filters_of_the_search(query):
    genes = query.search(types=["Gene"])
    assert sorted(names(genes)) == ["ACE", "REN"]
    with pytest.raises(ConfigError, match="Got 'Unheard'"):
        query.search(types=["Unheard"])
    strong = query.search(filters=Filters(min_documents=2))
    assert set(names(strong)) == {"captopril", "ACE", "heart failure"}
    late = query.search(filters=Filters(years=(2001, 2020)))
    assert set(names(late)) == {"captopril", "ACE", "REN"}


def test_neighbors_are_ranked_filtered_and_typed(query):
    found = query.neighbors(CAPTOPRIL, by="documents")
    assert found.total == 6
    assert {n.name for n in found.items[:2]} == {"ACE", "heart failure"}
    genes = query.neighbors(CAPTOPRIL, types=["Gene"])
    assert {n.name for n in genes.items} == {"ACE", "REN"}
    sure = query.neighbors(CAPTOPRIL, filters=Filters(min_documents=2))
    assert {n.name for n in sure.items} == {"ACE", "heart failure"}
    q_values = [n.q_value for n in query.neighbors(CAPTOPRIL).items]
    assert q_values == sorted(q_values)


def test_neighbors_agree_with_the_graph(query, graph):
    for concept_id in graph.concepts["concept_id"]:
        ours = query.neighbors(concept_id, limit=100)
        theirs = graph.neighbors(concept_id)
        assert [n.concept_id for n in ours.items] == theirs["concept_id"].to_list()
        assert [n.npmi for n in ours.items] == theirs["npmi"].to_list()


@pytest.mark.parametrize(
    ("method", "arguments", "options", "error"),
    [
        ("hit", ["mesh:D999999"], {}, NotFoundError),
        ("concept", ["no such name"], {}, NotFoundError),
        ("neighbors", ["mesh:D999999"], {}, NotFoundError),
        ("between", [ACE, "mesh:D999999"], {}, NotFoundError),
        ("neighbors", [ACE], {"by": "name"}, ConfigError),
        ("search", ["x"], {"order": "q_value"}, ConfigError),
        ("search", ["x"], {"start": -1}, ConfigError),
        ("search", ["x"], {"limit": 0}, ConfigError),
        ("search", ["x"], {"limit": -1}, ConfigError),
        ("neighbors", [ACE], {"limit": -1}, ConfigError),
        ("strongest", [ACE], {"limit": -1}, ConfigError),
        ("neighbors_table", [ACE], {"n": -1}, ConfigError),
        ("top", [-1], {}, ConfigError),
        ("top", ["all"], {}, ConfigError),
    ],
)
def test_wrong_questions_get_a_sentence(query, method, arguments, options, error):
    said = r"Got |^The graph has no concept"
    with pytest.raises(error, match=said):
        getattr(query, method)(*arguments, **options)


def test_no_steps_back_from_a_subgraph(graph):
    with pytest.raises(ConfigError, match=r"hops must be at least 0\. Got -1"):
        graph.subgraph([ACE], hops=-1)


def test_an_empty_graph_can_be_explored():
    graph = KnowledgeGraph(
        concepts=pl.DataFrame(schema=_CONCEPTS), associations=_associations([], [])
    )
    query = graph.query
    assert query.search("x").total == 0
    assert query.search().total == 0
    assert query.types == {}
    assert query.year_range is None


def test_year_range_and_types(query):
    assert query.year_range == (1991, 2001)
    assert query.types == {
        "Chemical": 3,
        "Disease": 2,
        "Gene": 2,
        "Species": 1,
    }


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
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "source": source,
            "target": target,
            "predicate": ["r"] * n,
            "directed": [False] * n,
            "documents": rng.integers(1, 50, n),
            "sentences": rng.integers(1, 50, n),
            "npmi": rng.random(n),
            "log_odds": rng.random(n),
            "p_value": rng.random(n),
            "q_value": rng.random(n),
            "probability": [None] * n,
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
    explorer, query = Explorer(graph), graph.query
    steps = {
        "list": lambda: query.search(),
        "type a letter": lambda: query.search("a"),
        "strength": lambda: query.search("a", order="strength"),
        "overview": lambda: query.strongest(ids[0], filters=Filters(max_q=0.5)),
        "filter": lambda: query.search("acid 5", filters=Filters(max_q=0.5)),
        "open": lambda: explorer.concept(ids[0]),
        "neighbors": lambda: query.neighbors(ids[0], by="npmi", start=900),
        "narrow": lambda: query.neighbors(ids[0], filters=Filters(max_q=0.3)),
        "evidence": lambda: explorer.evidence(5),
    }
    for name, step in steps.items():
        begun = time.process_time()
        step()
        # The claim is 0.2 s; a loaded machine and several threads' time are allowed.
        assert time.process_time() - begun < 0.6, name


def of_two_taggers():
    """Return a text whose mentions two taggers found, under types of their own."""
    text = "Melanoma in mice has BRAF."
    found = [
        ("Melanoma", "mesh:D008545", ("Disease", "Cancer")),
        ("mice", "ncbitaxon:10090", ("Organism", "Taxon")),
        ("BRAF", "ncbigene:673", ("Gene",)),
    ]
    mentions = [
        Mention(
            start=text.index(name),
            end=text.index(name) + len(name),
            text=name,
            type=kind,
            concepts=(concept,),
        )
        for name, concept, kinds in found
        for kind in kinds
    ]
    return Document.from_text(text, id="1").with_mentions(mentions)


def test_concepts_answer_to_all_their_types_and_to_wider_ones():
    document = of_two_taggers()
    graph = build_graph([document], exclude=())
    assert graph.query.types == {"Disease": 1, "Gene": 1, "Organism": 1}
    assert graph.concept("mesh:D008545")["types"] == ["Disease", "Cancer"]
    mouse, gene = "ncbitaxon:10090", "ncbigene:673"
    for kind in ("Species", "Organism", "taxon", "OrganismTaxon"):
        assert graph.filter(types=kind).concepts["concept_id"].to_list() == [mouse]
        found = graph.search("", types=[kind])
        assert [hit.concept_id for hit in found.items] == [mouse]
        near = graph.query.neighbors(gene, types=[kind])
        assert [one.concept_id for one in near.items] == [mouse]
        top = graph.top(types=(kind, "Gene"))
        assert top.select("source", "target").rows() == [(gene, mouse)]
        paired = build_graph([document], exclude=(), type_pairs=(kind, "Gene"))
        assert paired.associations["target"].to_list() == [mouse]
        assert paired.counts["pairs_tested"] == 1
    for kind in ("Disease", "Cancer"):
        assert graph.top(types=("Gene", kind)).height == 1
        assert build_graph([document], type_pairs=(kind, "Gene")).concept("BRAF")
        assert len(build_graph([document], type_pairs=(kind, "Gene"))) == 1
    assert not graph.top(types=("Protein", "CellLine")).height
    assert graph.query.neighbor_types(gene) == {"Disease": 1, "Organism": 1}
