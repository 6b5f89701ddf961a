"""Sentences that name two concepts."""

from __future__ import annotations

import pytest

from kgbuild.errors import ConfigError, NotFoundError
from kgbuild.widgets.evidence import evidence


def test_sentences_are_quoted_whichever_comes_first(graph, documents):
    here = evidence(graph, "captopril", "mesh:D003371", documents=documents)
    there = evidence(graph, "cough", "captopril", documents=documents)
    assert here == there
    assert here.documents == here.total == 1
    assert [s.text for s in here.sentences] == ["Much cough was seen with captopril."]
    assert here.sentences[0].document_id == "101"
    html = here._repr_html_()
    assert ">cough</mark>" in html
    assert ">captopril</mark>" in html
    assert "https://pubmed.ncbi.nlm.nih.gov/101" in html


def test_a_limit_says_what_it_leaves_out(graph, documents):
    view = evidence(graph, "captopril", "ACE", documents=documents, limit=1)
    assert (view.documents, view.total, len(view.sentences)) == (2, 2, 1)
    assert "1 more" in view.to_html()
    assert repr(view) == "EvidenceView(captopril – ACE: 2 documents)"


def test_without_texts_it_tells_where_to_look(graph):
    view = evidence(graph, "captopril", "cough")
    assert view.sentences[0].text is None
    assert "pubmed.ncbi.nlm.nih.gov/101" in view.to_html()


def test_no_association_is_no_error(graph, documents):
    view = evidence(graph, "cough", "REN", documents=documents)
    assert (view.documents, view.sentences) == (0, ())
    assert "no association" in view.to_html()


def test_text_stays_text(graph, documents):
    [attack] = [c for c in graph.concepts["concept_id"] if "<script>" in c]
    view = evidence(graph, attack, "ACE", documents=documents)
    assert view.sentences[0].text.startswith("Now <img src=x onerror=alert(1)>")
    html = view.to_html()
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;img src=x" in html


def test_what_is_wrong_is_named(graph):
    with pytest.raises(NotFoundError, match="aspirin"):
        evidence(graph, "aspirin", "ACE")
    with pytest.raises(ConfigError, match="same"):
        evidence(graph, "ACE", "ncbigene:1636")
    with pytest.raises(ConfigError, match="limit"):
        evidence(graph, "ACE", "REN", limit=0)
