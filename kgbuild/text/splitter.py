"""The stage that works out a document's sentences and the cues in them, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.document import Document, Sentence
from kgbuild.stage import require_document
from kgbuild.text.cues import is_hedged, is_negated
from kgbuild.text.sentences import document_sentences, sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Name of each cue → whether a sentence holds it.
CUES: Mapping[str, Callable[[str], bool]] = {
    "negated": is_negated,
    "hedged": is_hedged,
}


class SentenceSplitter:
    """Gives documents their sentences; all later stages and the tables go by them.

    Documents without are split by the default rules wherever sentences are needed.

    Parameters
    ----------
    split
        Text of a passage → half-open offsets of its sentences, sorted and disjoint.
    cues
        Name of a cue → whether a sentence holds it. The tables have columns of their
        own for ``negated`` and ``hedged``.

    Examples
    --------
    >>> document = SentenceSplitter()(Document.from_text("It rose. ACE may not."))
    >>> [(s.start, s.end, s.cues) for s in document.sentences]
    [(0, 8, ()), (9, 21, ('negated', 'hedged'))]
    """

    name = "sentences"
    version = "rules-1"

    def __init__(
        self,
        *,
        split: Callable[[str], list[tuple[int, int]]] = sentence_spans,
        cues: Mapping[str, Callable[[str], bool]] = CUES,
    ) -> None:
        self._split, self._cues = split, dict(cues)

    def __call__(self, document: Document) -> Document:
        """Return the document with its sentences anew."""
        require_document(document)
        spans = document_sentences(replace(document, sentences=None), split=self._split)
        text = document.text
        return replace(
            document,
            sentences=tuple(
                Sentence(
                    start=start,
                    end=end,
                    cues=tuple(
                        name for name, holds in self._cues.items()
                        if holds(text[start:end])
                    ),
                )
                for start, end in spans
            ),
        )  # fmt: skip


def with_sentences(document: Document) -> Document:
    """Return the document with its sentences: its own, or those of the default rules.

    Examples
    --------
    >>> len(with_sentences(Document.from_text("It rose. It fell.")).sentences)
    2
    """
    return document if document.sentences is not None else SentenceSplitter()(document)
