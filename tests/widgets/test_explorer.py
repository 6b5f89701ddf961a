from __future__ import annotations

import pytest

from kgbuild.errors import ConfigError, NotFoundError
from kgbuild.widgets.explorer import Explorer

CAPTOPRIL, ACE = "mesh:D002216", "ncbigene:1636"


@pytest.fixture
def explorer(graph, documents):
    return Explorer(graph, documents=documents)


def test_the_page_of_a_concept(explorer):
    page = explorer.concept(CAPTOPRIL)
    assert (page.name, page.type, page.documents) == ("captopril", "Chemical", 4)
    assert page.years == {1991: 1, 1992: 1, 1999: 1, 2001: 1}
    assert page.neighbors == {"Disease": 2, "Gene": 2, "Species": 1, "Chemical": 1}
    assert page.synonyms == ("captopril",)


def test_evidence_quotes_the_sentence(explorer):
    (cough,) = [
        n for n in explorer.query.neighbors(CAPTOPRIL).items if n.name == "cough"
    ]
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


@pytest.mark.parametrize("method", ["concept", "open", "put"])
def test_concepts_that_are_not_there_get_a_sentence(explorer, method):
    with pytest.raises(NotFoundError, match=r"^The graph has no concept"):
        getattr(explorer, method)("mesh:D999999")


@pytest.mark.parametrize("row", [-1, 10**6])
def test_rows_that_are_not_there_get_a_sentence(explorer, row):
    with pytest.raises(ConfigError, match=f"Got {row}"):
        explorer.evidence(row)
