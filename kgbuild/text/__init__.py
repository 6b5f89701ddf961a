"""Sentences and their cues, abbreviations: on rules, keeping offsets."""

from __future__ import annotations

from kgbuild.text.abbreviations import Abbreviation, find_abbreviations
from kgbuild.text.cues import is_hedged, is_negated
from kgbuild.text.sentences import document_sentences, sentence_spans
from kgbuild.text.splitter import SentenceSplitter, with_sentences

__all__ = [
    "Abbreviation",
    "SentenceSplitter",
    "document_sentences",
    "find_abbreviations",
    "is_hedged",
    "is_negated",
    "sentence_spans",
    "with_sentences",
]
