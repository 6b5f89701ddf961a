"""Units of text between the tags of a task, and back: inputs, examples, mentions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kgbuild.ner.aio.labels import tags_of
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
        names = ("[CLS]", *tags_of(task), "[SEP]")
        cls, opening, closing, sep = map(self.tokenizer.token_to_id, names)
        ids = np.concatenate([[cls, opening], unit.ids, [closing, sep]])
        types = np.concatenate([[0, 0], unit.types, [0, 0]])
        return ids.astype(np.int64), types.astype(np.int64)

    def rows(self, unit: Unit) -> NDArray[np.int64]:
        """Return where the first pieces of a unit's own words stand when wrapped."""
        return unit.first_pieces[unit.own] + N_BEFORE

    def spans(self, scores: NDArray[np.float32], unit: Unit, task: str) -> list[Span]:
        """Read the mentions of a unit's own words off the scores of its tokens."""
        first = unit.keep[0]
        spans = self.decoder(scores[self.rows(unit)], task)
        return [(a + first, b + first, kind, score) for a, b, kind, score in spans]

    def labels(self, task: str) -> list[str]:
        """Return the names of the labels that a task allows."""
        return [self.scheme.labels[i] for i in self.scheme.allowed(task)]

    def log_probabilities(
        self, scores: NDArray[np.float32], unit: Unit, task: str
    ) -> NDArray[np.float32]:
        """Return how likely each label is at a unit's own words, for students."""
        return self.decoder.log_probabilities(scores[self.rows(unit)], task)

    def example(self, unit: Unit, gold: Iterable[Gold], task: str) -> Example:
        """Turn a unit and the gold mentions of its document into an example."""
        labels = self.scheme.encode(unit.words.tolist(), unit.near(gold), task=task)
        return Example(
            *self.wrap(unit, task), self.rows(unit), labels[unit.own], task
        )  # fmt: skip

    def taught_example(
        self, unit: Unit, losses: NDArray[np.uint8], task: str
    ) -> TaughtExample:
        """Turn a unit and a teacher's soft labels of its words into an example."""
        labels = self.scheme.allowed(task)[losses.argmin(axis=1)]
        return TaughtExample(
            *self.wrap(unit, task), self.rows(unit), labels, task, losses
        )


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
