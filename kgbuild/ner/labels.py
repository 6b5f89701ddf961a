"""The AIO label scheme: one output layer for corpora that annotate different things.

Every text is wrapped in the tags of a *task*, ``<Gene> … </Gene>``; what is not an
entity of that task is labelled ``O-Gene``, not ``O``. A corpus without diseases thus
never teaches the model that diseases are nothing. Source: AIONER (Luo et al. 2023),
section 2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

#: The task that recognises all of BioRED's six types in one pass.
ALL = "ALL"


@dataclass(frozen=True)
class LabelScheme:
    """Tasks, the entity types each can find, and the labels of the output layer.

    Attributes
    ----------
    tasks
        Task name → entity types, in a fixed order.
    """

    tasks: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if not self.tasks or not all(self.tasks.values()):
            msg = (
                "Every task needs at least one entity type, for example "
                f"Gene = ['Gene']. Got {dict(self.tasks)!r}."
            )
            raise ConfigError(msg)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """All entity types, in the order in which the tasks name them."""
        return tuple(dict.fromkeys(t for types in self.tasks.values() for t in types))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All labels: ``O-<task>`` per task, then ``B-`` and ``I-`` per type."""
        outside = [f"O-{task}" for task in self.tasks]
        inside = [f"{prefix}-{t}" for t in self.types for prefix in "BI"]
        return (*outside, *inside)

    @cached_property
    def index(self) -> dict[str, int]:
        """Label → column of the output layer."""
        return {label: i for i, label in enumerate(self.labels)}

    def allowed(self, task: str) -> NDArray[np.int64]:
        """Columns that may be chosen under a task, ``O`` first, then B, I, B, I, ….

        Returns
        -------
        numpy.ndarray
            ``(1 + 2 * n_types,) int64``.

        Raises
        ------
        ConfigError
            The scheme has no such task.
        """
        if task not in self.tasks:
            msg = (
                f"The tagger has no task {task!r}; it has {', '.join(self.tasks)}: "
                "choose one of these or train a tagger for it."
            )
            raise ConfigError(msg)
        columns = [self.index[f"O-{task}"]]
        for entity_type in self.tasks[task]:
            columns += [self.index[f"B-{entity_type}"], self.index[f"I-{entity_type}"]]
        return np.array(columns, dtype=np.int64)

    def tasks_for(self, types: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Choose the fewest tasks that find these types.

        ``ALL`` takes every type it knows; each further type takes the first task that
        has it.

        Returns
        -------
        dict
            Task → the wanted types it is to find.

        Raises
        ------
        ConfigError
            No task finds one of the types.
        """
        chosen: dict[str, list[str]] = {}
        order = sorted(self.tasks, key=lambda task: task != ALL)
        for wanted in dict.fromkeys(types):
            task = next((t for t in order if wanted in self.tasks[t]), None)
            if task is None:
                msg = (
                    f"The tagger does not know the entity type {wanted!r}; it knows "
                    f"{', '.join(self.types)}: choose among these or train a tagger."
                )
                raise ConfigError(msg)
            chosen.setdefault(task, []).append(wanted)
        return {task: tuple(found) for task, found in chosen.items()}

    def tag_tokens(self) -> list[str]:
        """Return the special tokens of all tasks, opening and closing."""
        return [tag for task in self.tasks for tag in tags_of(task)]

    def to_dict(self) -> dict[str, list[str]]:
        """Return a plain dictionary that JSON can hold."""
        return {task: list(types) for task, types in self.tasks.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Sequence[str]]) -> LabelScheme:
        """Read what :meth:`to_dict` wrote."""
        return cls({task: tuple(types) for task, types in data.items()})


def tags_of(task: str) -> tuple[str, str]:
    """Return the opening and closing special token of a task.

    Examples
    --------
    >>> tags_of("Gene")
    ('<Gene>', '</Gene>')
    """
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


def decode_bio(
    scores: NDArray[np.float32], types: Sequence[str]
) -> list[tuple[int, int, str, float]]:
    """Read mentions off the scores of one text.

    Parameters
    ----------
    scores
        ``(n_words, 1 + 2 * n_types) float32``: logits in the order of
        :meth:`LabelScheme.allowed`.
    types
        The task's types in that order.

    Returns
    -------
    list of tuple
        ``(first word, one past the last word, type, probability)``; the probability is
        the mean over the mention's words of the probability of being in that type. An
        ``I`` that continues nothing of its type begins a mention.
    """
    if not len(scores):
        return []
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = shifted / shifted.sum(axis=1, keepdims=True)
    best = probabilities.argmax(axis=1)
    if not best.any():
        return []
    found: list[tuple[int, int, str, float]] = []
    open_type, first = -1, 0
    for i, label in enumerate([*best.tolist(), 0]):
        kind, begins = ((label - 1) // 2, label % 2 == 1) if label else (-1, False)
        if open_type >= 0 and (kind != open_type or begins):
            columns = slice(1 + 2 * open_type, 3 + 2 * open_type)
            inside = float(probabilities[first:i, columns].sum(axis=1).mean())
            found.append((first, i, types[open_type], inside))
            open_type = -1
        if kind >= 0 and open_type < 0:
            open_type, first = kind, i
    return found


def scheme_of(settings: Mapping[str, Any]) -> LabelScheme:
    """Make the scheme of a ``[tasks]`` table of a training recipe.

    Raises
    ------
    ConfigError
        A task does not list its types.
    """
    for task, types in settings.items():
        if not isinstance(types, list) or not all(isinstance(t, str) for t in types):
            msg = f"The task {task!r} must list its entity types. Got {types!r}."
            raise ConfigError(msg)
    return LabelScheme.from_dict(settings)
