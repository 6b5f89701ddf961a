"""Cut documents into the stretches of text that the tagger sees at once.

A unit is as many consecutive sentences of one passage as fit a budget of tokens: more
context than AIONER's single sentences give, and fewer special tokens. A sentence
that alone is over the model's limit becomes overlapping windows, so nothing is cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kgbuild.encoder.files import encode
from kgbuild.encoder.token_types import token_types
from kgbuild.text.sentences import document_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenizers import Encoding, Tokenizer

    from kgbuild.document import Document
    from kgbuild.ner.framework import Gold, Reader


@dataclass(frozen=True, slots=True)
class Unit:
    """One stretch of text, ready for the encoder but for special tokens.

    Attributes
    ----------
    ids
        ``(n_tokens,) int64``, word pieces without special tokens.
    types
        ``(n_tokens,) int64``, see :func:`kgbuild.encoder.token_types.token_types`.
    first_pieces
        ``(n_words,) int64``: index in ``ids`` of each word's first piece.
    words
        ``(n_words, 2) int64``: half-open offsets of each word in the document.
    keep
        Half-open range of words whose labels count here; the others are context that
        another window labels.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    first_pieces: NDArray[np.int64]
    words: NDArray[np.int64]
    keep: tuple[int, int]

    @property
    def own(self) -> slice:
        """The words ``keep``, to index ``words`` and ``first_pieces`` by."""
        return slice(*self.keep)

    def near(self, gold: Iterable[Gold]) -> list[Gold]:
        """Return those of a document's gold mentions that touch the unit."""
        begin, end = int(self.words[0][0]), int(self.words[-1][1])
        return [g for g in gold if g[0] < end and begin < g[1]]


@dataclass(frozen=True, slots=True)
class Example:
    """One unit as the network gets it, with what its words are to teach.

    Attributes
    ----------
    ids, types
        ``(n_tokens,) int64``, with special tokens.
    first_pieces
        ``(n_words,) int64``: index in ``ids`` of the first piece of each word that
        teaches.
    labels
        ``(n_words, …)``: the framework's labels of these words.
    task
        Name of the task.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    first_pieces: NDArray[np.int64]
    labels: NDArray[np.int64] | NDArray[np.bool_]
    task: str


def document_units(
    document: Document, tokenizer: Tokenizer, *, budget: int, limit: int
) -> list[Unit]:
    """Cut one document into units, none of which spans two passages.

    Parameters
    ----------
    document
        Its sentences are encoded without special tokens; those of passages in another
        language than English are passed over.
    tokenizer
        Of the encoder.
    budget
        Sentences are joined up to so many tokens; 0 keeps each by itself.
    limit
        No unit has more tokens than this.

    Returns
    -------
    list of Unit
        Every word of every sentence is to be labeled in exactly one.
    """
    foreign = document.foreign_offsets()
    sentences = [
        (start, end)
        for start, end in document_sentences(document)
        if not any(a <= start < b for a, b in foreign)
    ]
    starts = np.array([start for start, _ in sentences])
    passages = [start for start, _ in document.passage_offsets()]
    breaks = set(np.searchsorted(starts, passages).tolist())
    units: list[Unit] = []
    pending: list[tuple[NDArray[np.int64], ...]] = []
    size = 0
    for i, (start, end) in enumerate(sentences):
        text = document.text[start:end]
        # On the calling thread: a document's few sentences are encoded before the
        # threads of the tokenizer's own pool have begun.
        encoding = encode(tokenizer, text)
        part = _tokens(text, encoding, base=start)
        n = len(part[0])
        if n == 0:
            continue
        if pending and (i in breaks or size + n > min(budget, limit)):
            units.append(_join(pending))
            pending, size = [], 0
        if n > limit:
            units += _windows(part, limit=limit)
        else:
            pending.append(part)
            size += n
    if pending:
        units.append(_join(pending))
    return units


def units_for(
    reader: Reader, document: Document, *, budget: int, limit: int
) -> list[Unit]:
    """Cut one document into units that stay under a limit when a reader wraps them."""
    return document_units(
        document, reader.tokenizer, budget=budget, limit=limit - reader.added
    )


def _tokens(
    text: str, encoding: Encoding, *, base: int
) -> tuple[NDArray[np.int64], ...]:
    ids = np.array(encoding.ids, dtype=np.int64)
    kinds = token_types(text, encoding.offsets)
    first_pieces: list[int] = []
    words: list[list[int]] = []
    last: int | None = None
    for i, (word, (start, end)) in enumerate(
        zip(encoding.word_ids, encoding.offsets, strict=True)
    ):
        if word != last or word is None:
            first_pieces.append(i)
            words.append([base + start, base + end])
            last = word
        else:
            words[-1][1] = base + end
    return (
        ids,
        kinds,
        np.array(first_pieces, dtype=np.int64),
        np.array(words, dtype=np.int64).reshape(-1, 2),
    )


def _join(parts: Sequence[tuple[NDArray[np.int64], ...]]) -> Unit:
    bases = np.cumsum([0, *(len(ids) for ids, *_ in parts)])[:-1]
    words = np.concatenate([p[3] for p in parts])
    return Unit(
        ids=np.concatenate([p[0] for p in parts]),
        types=np.concatenate([p[1] for p in parts]),
        first_pieces=np.concatenate(
            [p[2] + base for p, base in zip(parts, bases, strict=True)]
        ),
        words=words,
        keep=(0, len(words)),
    )


def _windows(part: tuple[NDArray[np.int64], ...], *, limit: int) -> Iterator[Unit]:
    """Cut one long sentence into windows that overlap by a quarter on either side."""
    ids, kinds, first_pieces, words = part
    ends = np.append(first_pieces[1:], len(ids))
    overlap = limit // 4
    done = 0
    n = len(words)
    while done < n:
        # The window begins up to `overlap` tokens before the first word to keep.
        lowest = first_pieces[done] - overlap
        begin = int(np.searchsorted(first_pieces, lowest)) if done else 0
        stop = begin + int(
            np.searchsorted(ends[begin:] - first_pieces[begin], limit, side="right")
        )
        if stop <= done:
            # One word of more pieces than fit: its first pieces stand for it.
            begin, stop = done, done + 1
        if stop >= n:
            stop = keep_until = n
        else:
            highest = ends[stop - 1] - overlap
            keep_until = int(np.searchsorted(ends, highest, side="right"))
            keep_until = min(max(keep_until, done + 1), stop)
        a = int(first_pieces[begin])
        b = min(int(ends[stop - 1]), a + limit)
        yield Unit(
            ids=ids[a:b],
            types=kinds[a:b],
            first_pieces=first_pieces[begin:stop] - a,
            words=words[begin:stop],
            keep=(done - begin, keep_until - begin),
        )
        done = keep_until
