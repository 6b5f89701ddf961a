"""The AIO label scheme: one output layer for corpora that annotate different things.

Every text is wrapped in the tags of a *task*, ``<Gene> … </Gene>``; what is not an
entity of that task is labeled ``O-Gene``, not ``O``. A corpus without diseases thus
never teaches the model that diseases are nothing. Source: AIONER (Luo et al. 2023),
section 2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from kgbuild.errors import one_of
from kgbuild.ner.framework import checked_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

#: Kinds of output layer: one label a word, one path of labels a text (linear chain), or
#: every label by itself, so that mentions may lie inside each other.
Head = Literal["softmax", "crf", "multilabel"]
#: With or without a label of its own for a mention's first word.
Tagging = Literal["BIO", "IO"]


@dataclass(frozen=True)
class LabelScheme:
    """Tasks, the entity types each can find, and the labels of the output layer.

    Attributes
    ----------
    tasks
        Task name → entity types, in a fixed order.
    head
        Kind of the output layer. ``multilabel`` has the columns of the others, but its
        ``O`` are never read: nothing is what no label claims.
    tagging
        ``BIO``, or ``IO``, which cannot part neighbors of one type.
    """

    tasks: Mapping[str, tuple[str, ...]]
    head: Head = "softmax"
    tagging: Tagging = "BIO"

    def __post_init__(self) -> None:
        one_of("head", self.head, get_args(Head))
        one_of("tagging", self.tagging, get_args(Tagging))
        checked_tasks(self.tasks)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """All entity types, in the order in which the tasks name them."""
        return tuple(dict.fromkeys(t for types in self.tasks.values() for t in types))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All labels: ``O-<task>`` per task, then ``B-`` and ``I-`` per type.

        With ``IO`` there is no ``B-``.
        """
        outside = [f"O-{task}" for task in self.tasks]
        prefixes = self.tagging.removesuffix("O")
        inside = [f"{prefix}-{t}" for t in self.types for prefix in prefixes]
        return (*outside, *inside)

    @cached_property
    def index(self) -> dict[str, int]:
        """Label → column of the output layer; with ``IO``, ``B-x`` is ``I-x``."""
        index = {label: i for i, label in enumerate(self.labels)}
        for entity_type in self.types:
            index.setdefault(f"B-{entity_type}", index[f"I-{entity_type}"])
        return index

    def allowed(self, task: str) -> NDArray[np.int64]:
        """Columns that may be chosen under a task, ``O`` first, then B, I, B, I, ….

        Returns
        -------
        numpy.ndarray
            ``(1 + 2 * n_types,) int64``; ``(1 + n_types,)`` with ``IO``.
        """
        columns = [self.index[f"O-{task}"]]
        for entity_type in self.tasks[task]:
            both = self.index[f"B-{entity_type}"], self.index[f"I-{entity_type}"]
            columns += dict.fromkeys(both)
        return np.array(columns, dtype=np.int64)

    def encode(
        self,
        words: Sequence[tuple[int, int]],
        mentions: Iterable[tuple[int, int, str]],
        *,
        task: str,
    ) -> NDArray[np.int64] | NDArray[np.bool_]:
        """Turn gold mentions into what the output layer learns.

        Parameters
        ----------
        words
            Half-open offsets, sorted and disjoint.
        mentions
            ``(start, end, type)``: disjoint, but for a multilabel head, which learns
            overlapping ones too.
        task
            Whose ``O`` stands for nothing.

        Returns
        -------
        numpy.ndarray
            ``(n_words,) int64`` columns; for a multilabel head
            ``(n_words, n_labels) bool``, true where a label holds.
        """
        if self.head != "multilabel":
            names = bio_labels(words, mentions)
            columns = [self.index[f"O-{task}" if n == "O" else n] for n in names]
            return np.array(columns, dtype=np.int64)
        holds = np.zeros((len(words), len(self.labels)), dtype=bool)
        for mention in mentions:
            for row, name in enumerate(bio_labels(words, [mention])):
                if name != "O":
                    holds[row, self.index[name]] = True
        return holds

    def tag_tokens(self) -> list[str]:
        """Return the special tokens of all tasks, opening and closing."""
        return [tag for task in self.tasks for tag in tags_of(task)]

    def to_dict(self) -> dict[str, list[str]]:
        """Return a plain dictionary that JSON can hold."""
        return {task: list(types) for task, types in self.tasks.items()}

    @classmethod
    def from_dict(
        cls,
        data: Mapping[str, Sequence[str]],
        *,
        head: Head = "softmax",
        tagging: Tagging = "BIO",
    ) -> LabelScheme:
        """Read what :meth:`to_dict` wrote, and what stands beside it."""
        return cls(checked_tasks(data), head=head, tagging=tagging)


def tags_of(task: str) -> tuple[str, str]:
    """Return the opening and closing special token of a task."""
    return f"<{task}>", f"</{task}>"


def bio_labels(
    words: Sequence[tuple[int, int]], mentions: Iterable[tuple[int, int, str]]
) -> list[str]:
    """Label words with ``O``, ``B-<type>`` and ``I-<type>``.

    A mention that cuts a word takes the whole word.

    Parameters
    ----------
    words
        Half-open offsets, sorted and disjoint.
    mentions
        Disjoint ``(start, end, type)``.

    Examples
    --------
    >>> bio_labels([(0, 3), (4, 9), (10, 12)], [(4, 12, "Gene")])
    ['O', 'B-Gene', 'I-Gene']
    """
    labels = ["O"] * len(words)
    for start, end, entity_type in sorted(mentions):
        first = True
        for i, (word_start, word_end) in enumerate(words):
            if word_start >= end:
                break
            if word_end > start and labels[i] == "O":
                labels[i] = f"{'B' if first else 'I'}-{entity_type}"
                first = False
    return labels
