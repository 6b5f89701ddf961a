"""What is somebody else's in a database stays as it is; what is older goes by name."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from graphs import made_graph

from kgbuild.graph import build_graph

pytestmark = pytest.mark.neo4j

#: Another program's graph, with labels, ids and types as ours.
OTHERS = """
CREATE (c:Concept {concept_id: 'mesh:D002216', name: 'theirs', run: 'nightly'}),
       (n:Concept {name: 'without an id'}),
       (d:Document {document_id: '1000', title: 'their document'}),
       (r:Run {run_id: 'nightly'}),
       (d)-[:MENTIONS {weight: 3}]->(c),
       (n)-[:CO_MENTION {score: 1}]->(c),
       (:Concept {concept_id: 'ncbigene:1636'})-[:CO_MENTION {documents: -7}]->(c),
       (c)-[:CO_MENTION {documents: -8}]->(:Concept {concept_id: 'mesh:D006973'})
"""
EVERYTHING = (
    "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) "
    "RETURN labels(n) AS labels, properties(n) AS properties, type(r) AS kind, "
    "properties(r) AS edge, properties(m) AS other"
)


def _snapshot(store):
    with store._session() as session:
        return sorted(map(repr, session.run(EVERYTHING).data()))


@pytest.fixture
def shared(neo4j_empty):
    """A database in which somebody else has a graph."""
    with neo4j_empty.store() as store:
        store.prepare()
        store._driver.execute_query(OTHERS)
        yield store
        store._driver.execute_query("MATCH (n) DETACH DELETE n")


def test_loading_and_clearing_leave_what_is_not_ours(shared, documents):
    graph = build_graph(documents)
    assert {"mesh:D002216", "ncbigene:1636"} <= {*graph.concepts["concept_id"]}
    before = _snapshot(shared)
    for _ in range(2):
        shared.load(graph, documents=True)
        # Ours stand beside theirs, whole, whatever ids and types these have.
        assert shared.check(graph).complete
    counts = shared.counts()
    assert counts["others"] == 6
    assert counts["concepts"] == graph.concepts.height
    names = shared.query("MATCH (c:Concept {concept_id: 'mesh:D002216'}) RETURN c.name")
    ours = graph.concepts.row(by_predicate=pl.col("concept_id") == "mesh:D002216")
    assert {*names["c.name"]} == {"theirs", ours[graph.concepts.columns.index("name")]}
    assert shared.search("theirs").height == 0
    assert shared.clear(batch_size=7) > 0
    assert _snapshot(shared) == before
    assert shared.counts() == dict.fromkeys(counts, 0) | {"others": 6}


def test_relationships_of_others_between_our_nodes_stay(neo4j_empty, documents):
    graph = build_graph(documents)
    ends = graph.associations.row(0, named=True)
    theirs = "MATCH (a)-[r:CO_MENTION {by: 'hand'}]->(b) RETURN properties(r) AS r"
    with neo4j_empty.store() as store:
        store.load(replace(graph, associations=graph.associations.clear()))
        store._driver.execute_query(
            "MATCH (a:Concept {concept_id: $a}), (b:Concept {concept_id: $b}) "
            "CREATE (a)-[:CO_MENTION {by: 'hand'}]->(b)",
            a=ends["source"],
            b=ends["target"],
        )
        for _ in range(2):
            store.load(graph)
            assert store.check(graph).complete
            assert store.counts()["associations"] == len(graph)
        assert store.query(theirs)["r"].to_list() == [{"by": "hand"}]
        store._driver.execute_query("MATCH (n) DETACH DELETE n")


def test_others_are_under_no_constraint_of_ours(neo4j_empty, documents):
    with neo4j_empty.store() as store:
        store.load(build_graph(documents), documents=True)
        try:
            store._driver.execute_query(
                "UNWIND [1, 2] AS i "
                "CREATE (:Concept {concept_id: 'x'}), (:Document {document_id: '1'}), "
                "(:Run {run_id: 'nightly'})"
            )
            assert store.counts()["others"] == 6
        finally:
            store._driver.execute_query("MATCH (n) WHERE NOT n:Kgbuild DETACH DELETE n")


def test_a_node_on_which_others_hang_something_stays(neo4j_empty, documents):
    with neo4j_empty.store() as store:
        store.load(build_graph(documents))
        store._driver.execute_query(
            "MATCH (c:Concept {concept_id: 'ncbigene:1636'}) "
            "CREATE (:Note {text: 'mine'})-[:ABOUT]->(c)"
        )
        store.clear()
        left = store.query("MATCH (n:Note)-[:ABOUT]->(c) RETURN c.concept_id AS id")
        assert left.rows() == [("ncbigene:1636",)]
        counts = store.counts()
        assert (counts["concepts"], counts["associations"]) == (1, 0)
        store._driver.execute_query("MATCH (n:Note) DETACH DELETE n")
        store.clear()
        assert not any(store.counts().values())


def test_a_newer_graph_of_a_name_replaces_the_older(neo4j_empty, documents):
    older, newer = build_graph(documents), build_graph(documents[:20])
    other = made_graph(30, 60, seed=3)
    assert len(older) > len(newer)
    gone = older.concepts.join(newer.concepts, on="concept_id", how="anti")
    with neo4j_empty.store() as store:
        store.load(other)
        assert store.load(older, name="cough", documents=True).replaced == 0
        assert store.load(newer, name="cough").replaced == len(older) - len(newer)
        assert store.check(newer).complete
        difference = store.check(newer)
        assert difference.other_associations == len(other)
        assert difference.other_concepts == other.concepts.height
        assert store.check(other).complete
        counts = store.counts()
        assert (counts["runs"], counts["documents"]) == (2, 0)
        # Again, and nothing happens; without a name, what is older stays.
        assert store.load(newer, name="cough").replaced == 0
        store.load(older)
        assert store.load(newer).replaced == 0
        assert store.check(newer).other_associations > len(other)
        store.clear()
        assert not any(store.counts().values())
    assert gone.height >= 0


def test_what_two_graphs_share_stays_when_one_is_replaced(neo4j_empty, documents):
    one = build_graph(documents)
    half = replace(one, associations=one.associations.head(3)).connected()
    empty = replace(
        one, concepts=one.concepts.clear(), associations=one.associations.clear()
    )
    with neo4j_empty.store() as store:
        store.load(half, name="half")
        store.load(one, name="one")
        store.load(half, name="half")  # the later has what both have
        store.load(empty, name="one")
        assert store.check(half).complete
        assert store.counts()["associations"] == 3
        store.load(empty, name="half")
        assert store.counts()["associations"] == 0
