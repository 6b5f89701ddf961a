"""Sentences, tokens and abbreviations: on rules, without a model, keeping offsets."""

from __future__ import annotations

from kgbuild.text.abbreviations import Abbreviation, find_abbreviations
from kgbuild.text.sentences import document_sentences, sentence_spans
from kgbuild.text.tokens import token_spans

__all__ = [
    "Abbreviation",
    "document_sentences",
    "find_abbreviations",
    "sentence_spans",
    "token_spans",
]
