"""Units of text between the tags of a task, and back: inputs, examples, mentions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kgbuild.ner.aio.labels import LabelScheme, tags_of
from kgbuild.ner.windows import Example

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tokenizers import Tokenizer

    from kgbuild.ner.aio.decoding import Decoder
    from kgbuild.ner.framework import Gold, Span
    from kgbuild.ner.windows import Unit

#: Special tokens before a unit, and in all: ``[CLS] <Task> … </Task> [SEP]``.
N_BEFORE, N_AROUND = 2, 4


class AioReader:
    """See :class:`kgbuild.ner.framework.Reader`.

    Parameters
    ----------
    tokenizer
        Knows the tags of all tasks.
    decoder
        Of the network's labels.
    """

    added = N_AROUND

    def __init__(self, tokenizer: Tokenizer, decoder: Decoder) -> None:
        self.tokenizer, self.decoder, self.scheme = tokenizer, decoder, decoder.scheme
        self.tasks: Mapping[str, tuple[str, ...]] = self.scheme.tasks
        self.nested = self.scheme.head == "multilabel"

    def questions(self, task: str, types: Sequence[str]) -> tuple[str]:  # noqa: ARG002
        """Return the task: one pass finds all its types."""
        return (task,)

    def wrap(
        self, unit: Unit, task: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ids and token types of a unit between its special tokens."""
        return wrap(unit, task, self.tokenizer)

    def spans(self, scores: NDArray[np.float32], unit: Unit, task: str) -> list[Span]:
        """Read the mentions of a unit's own words off the scores of its tokens."""
        first, last = unit.keep
        rows = unit.first_pieces[first:last] + N_BEFORE
        spans = self.decoder(scores[rows], task)
        return [(a + first, b + first, kind, score) for a, b, kind, score in spans]

    def labels(self, task: str) -> list[str]:
        """Return the names of the labels that a task allows."""
        return [self.scheme.labels[i] for i in self.scheme.allowed(task)]

    def log_probabilities(
        self, scores: NDArray[np.float32], unit: Unit, task: str
    ) -> NDArray[np.float32]:
        """Return how likely each label is at a unit's own words, for students."""
        rows = unit.first_pieces[slice(*unit.keep)] + N_BEFORE
        return self.decoder.log_probabilities(scores[rows], task)


@dataclass(frozen=True, slots=True)
class TaughtExample(Example):
    """An example whose labels are the best ones of a teacher.

    Attributes
    ----------
    losses
        Of the teacher, ``(n_words, n_allowed) uint8``; see
        :class:`kgbuild.ner.soft_labels.LabelledWords`.
    """

    losses: NDArray[np.uint8]


def wrap(
    unit: Unit, task: str, tokenizer: Tokenizer
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and token types of a unit between its special tokens."""
    opening, closing = (tokenizer.token_to_id(tag) for tag in tags_of(task))
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    ids = np.concatenate([[cls, opening], unit.ids, [closing, sep]]).astype(np.int64)
    types = np.concatenate([[0, 0], unit.types, [0, 0]]).astype(np.int64)
    return ids, types


def make_example(
    unit: Unit,
    gold: Iterable[Gold],
    *,
    task: str,
    scheme: LabelScheme,
    tokenizer: Tokenizer,
) -> Example:
    """Turn a unit into an example of one task.

    Parameters
    ----------
    unit
        Of a document.
    gold
        Mentions of the document; see :meth:`.LabelScheme.encode`.
    task
        Whose tags go around the text and whose ``O`` means "nothing of this task".
    scheme, tokenizer
        Of the model; the tokenizer knows the task's tags.
    """
    ids, types = wrap(unit, task, tokenizer)
    own, words = slice(*unit.keep), unit.words.tolist()
    labels = scheme.encode(words, unit.near(gold), task=task)
    first_pieces = (unit.first_pieces + N_BEFORE)[own]
    return Example(ids, types, first_pieces, labels[own], task)


def taught_example(
    unit: Unit,
    losses: NDArray[np.uint8],
    *,
    task: str,
    scheme: LabelScheme,
    tokenizer: Tokenizer,
) -> TaughtExample:
    """Turn a unit and a teacher's soft labels of its words into an example."""
    ids, types = wrap(unit, task, tokenizer)
    first_pieces = (unit.first_pieces + N_BEFORE)[slice(*unit.keep)]
    labels = scheme.allowed(task)[losses.argmin(axis=1)]
    return TaughtExample(ids, types, first_pieces, labels, task, losses)
