"""Sentences and cues as facts of a document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kgbuild.document import Document, Passage, Sentence
from kgbuild.errors import ValidationError
from kgbuild.text import SentenceSplitter, document_sentences, with_sentences

DOCUMENT = Document(
    id="1",
    passages=(
        Passage(text="ACE in rats", section="title"),
        Passage(text="It may rise. It does not fall."),
    ),
)


def test_sentences_end_with_their_passage_and_know_their_cues() -> None:
    split = SentenceSplitter()(DOCUMENT)
    assert [DOCUMENT.text[s.start : s.end] for s in split.sentences or ()] == [
        "ACE in rats", "It may rise.", "It does not fall.",
    ]  # fmt: skip
    assert [s.cues for s in split.sentences or ()] == [(), ("hedged",), ("negated",)]


def test_a_splitter_of_ones_own_replaces_rules_and_cues() -> None:
    own = SentenceSplitter(
        split=lambda text: [(0, len(text))], cues={"rat": lambda s: "rat" in s}
    )
    split = own(SentenceSplitter()(DOCUMENT))
    assert document_sentences(split) == [(0, 11), (12, 42)]
    assert [s.cues for s in split.sentences or ()] == [("rat",), ()]
    assert with_sentences(split) is split


@pytest.mark.parametrize("spans", [[(5, 3)], [(0, 5), (4, 8)], [(0, 99)], [(-1, 4)]])
def test_sentences_outside_of_the_text_are_refused(
    spans: list[tuple[int, int]],
) -> None:
    sentences = tuple(Sentence(start=a, end=b) for a, b in spans)
    with pytest.raises(ValidationError, match="sentences must be sorted"):
        replace(DOCUMENT, sentences=sentences)
