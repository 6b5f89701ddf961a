"""Gold relations: from their files through a graph into a real server and back."""

from __future__ import annotations

import pytest
from graphs import annotated, gold_statements

from kgbuild import corpus
from kgbuild.document import Statement
from kgbuild.graph import build_graph

pytestmark = pytest.mark.neo4j

CORPORA = ("BioRED_TrainDev", "BC5CDR_TrainDev", "BC6PM_train")


@pytest.mark.shared
@pytest.mark.parametrize("name", CORPORA)
def test_gold_relations_come_back_unchanged(neo4j_empty, shared_dir, name):
    path = shared_dir / f"corpora/relations/{name}.PubTator.gz"
    documents = list(corpus.read(path, on_error=lambda _: None))
    gold = gold_statements(documents)
    graph = build_graph(documents, edges="statements", exclude=(), max_evidence=10**6)
    with neo4j_empty.store() as store:
        store.load(graph)
        back = store.read()
    assert back.equals(graph)
    predicates = {predicate for _, predicate, *_ in gold}
    assert len(gold) > 300
    assert gold_statements(back.filter(predicates=predicates)) == gold


def test_directions_and_own_predicates(neo4j_empty):
    ends = {"subject": "ncbigene:1636", "object": "mesh:D002216"}
    strange = "x`]->() DELETE r //"
    said = [
        Statement(predicate="CID", directed=True, score=0.5, extractor="x", **ends),
        Statement(predicate="my_own", directed=True, **ends),
        Statement(
            predicate=strange,
            directed=False,
            qualifiers=(("novelty", "No"),),
            **ends,
        ),
    ]
    document = annotated("Captopril and ACE.", id="1").with_statements(said)
    graph = build_graph([document], edges="both")
    assert len(graph) == 4
    with neo4j_empty.store() as store:
        for _ in range(2):  # created, then merged
            store.load(graph)
            assert store.read().equals(graph)
        arrows = store.query(
            "MATCH (a:Concept)-[r]->(b:Concept) WHERE r.directed "
            "RETURN a.concept_id AS a, type(r) AS type, r.predicate AS p ORDER BY type"
        )
    assert arrows.rows() == [
        ("ncbigene:1636", "CID", None),
        ("ncbigene:1636", "STATEMENT", "my_own"),
    ]
