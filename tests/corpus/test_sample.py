"""The corpus that comes along."""

from __future__ import annotations

from kgbuild.corpus.sample import sample_corpus


def test_it_is_there_with_titles_texts_and_years():
    documents = sample_corpus()
    assert len({document.id for document in documents}) == len(documents) == 45
    assert all(document.title for document in documents)
    assert all(1990 < document.year < 2025 for document in documents)
    assert not any(document.mentions for document in documents)
    # One record without an abstract is there on purpose.
    assert [d.id for d in documents if len(d.passages) < 2] == ["99000035"]
