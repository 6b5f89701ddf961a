"""Why this identifier, why this edge."""

from __future__ import annotations

import captopril
import pytest

import kgbuild as kg
from kgbuild.errors import ConfigError, NotFoundError

FATIGUE = (
    "Chronic fatigue (CF) in mice. CF was treated with captopril. Mice lacked p53."
)


def test_a_name_out_of_context():
    why = kg.explain("EPO", "Gene", vocabulary="starter")
    assert why.concepts == ("ncbigene:2056",)
    assert "ncbigene:2056" in why.summary
    assert why.table.columns == ["concept", "name", "matched", "step", "score", "facts"]
    assert why.table["concept"][0] == "ncbigene:2056"
    assert "preferred name" in why.table["facts"][0]
    assert str(why).startswith(why.summary)


def test_a_mention_is_explained_by_its_document():
    (document,) = kg.annotate([FATIGUE], vocabulary="starter")
    why = kg.explain("CF", document=document, vocabulary="starter")
    assert why.concepts == ("mesh:D005221",)
    assert "the document defines the short form" in why.summary
    (p53,) = [m for m in document.mentions if m.text == "p53"]
    assert kg.explain(p53, document=document).concepts == p53.concepts


def test_what_is_unlinked_says_so():
    why = kg.explain("zorbifloxamide", "Chemical")
    assert why.concepts == ()
    assert "nothing found is likely enough" in why.summary


def test_what_cannot_be_explained():
    (document,) = kg.annotate([FATIGUE], vocabulary="starter")
    with pytest.raises(ConfigError, match="type"):
        kg.explain("EPO")
    with pytest.raises(NotFoundError, match="no mention 'EPO'"):
        kg.explain("EPO", document=document)


def test_hostile_names_stay_text():
    why = kg.explain("<script>alert(1)</script>", "Disease")
    assert "<script>" not in why._repr_html_()


def test_an_edge_in_words_with_its_sentences():
    documents = captopril.documents()
    graph = kg.build_graph(documents)
    row = graph.top(1).row(0, named=True)
    why = graph.explain(row["target_name"], row["source_name"], documents=documents)
    said = str(why)
    assert f"named together in {row['documents']} document" in said
    assert f"{graph.counts['documents']} documents in all" in said
    assert len(why.evidence) == len(why.rows[0]["evidence"])
    for piece in why.evidence:
        assert piece.text is not None
        assert piece.text in said
    assert "blockquote" in why._repr_html_()
    with pytest.raises(NotFoundError):
        graph.explain(row["source"], "no such concept")


def test_two_concepts_that_never_met():
    graph = kg.build_graph(captopril.documents())
    met = {frozenset(pair) for pair in graph.associations[["source", "target"]].rows()}
    ids = graph.concepts["concept_id"].to_list()
    apart = next((a, b) for a in ids for b in ids if a != b and {a, b} not in met)
    with pytest.raises(NotFoundError, match="no association"):
        graph.explain(*apart)
