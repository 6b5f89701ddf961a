"""Units of text before a query, and back: inputs, labels, mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kgbuild.encoder.files import encode
from kgbuild.encoder.token_types import token_types
from kgbuild.ner.mrc.decoding import chances, flat_pairs, nested_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.ner.framework import Gold, Span
    from kgbuild.ner.mrc.queries import Queries
    from kgbuild.ner.windows import Unit

#: Task and entity type.
Question = tuple[str, str]
#: Special tokens before a unit: ``[CLS] context [SEP] query [SEP]``.
N_BEFORE = 1


class MrcReader:
    """See :class:`kgbuild.ner.framework.Reader`.

    Parameters
    ----------
    tokenizer
        Of the encoder.
    queries
        Of all tasks and types.
    nested
        Whether mentions of one type may overlap.
    start_to_end
        See :func:`kgbuild.ner.mrc.decoding.chances`.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        queries: Queries,
        *,
        nested: bool,
        start_to_end: float | None,
    ) -> None:
        self.tokenizer, self.nested = tokenizer, nested
        self.start_to_end = start_to_end
        self.tasks: Mapping[str, tuple[str, ...]] = {
            task: tuple(by_type) for task, by_type in queries.items()
        }
        cls, sep = (tokenizer.token_to_id(t) or 0 for t in ("[CLS]", "[SEP]"))
        self._before = [cls]
        #: Question → ids and token types of what stands behind the text.
        self._behind: dict[Question, tuple[list[int], list[int]]] = {}
        for task, by_type in queries.items():
            for kind, query in by_type.items():
                encoding = encode(tokenizer, query)
                types = token_types(query, encoding.offsets).tolist()
                closed = ([*encoding.ids, sep], [*types, 0]) if query else ([], [])
                self._behind[task, kind] = [sep, *closed[0]], [0, *closed[1]]
        self.added = N_BEFORE + max(len(ids) for ids, _ in self._behind.values())

    def questions(self, task: str, types: Sequence[str]) -> list[Question]:
        """Return one question for each type that is asked for."""
        return [(task, kind) for kind in types]

    def wrap(
        self, unit: Unit, question: Question
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ids and token types of a unit with its query behind it."""
        ids, types = self._behind[question]
        return (
            np.concatenate([self._before, unit.ids, ids]).astype(np.int64),
            np.concatenate([[0], unit.types, types]).astype(np.int64),
        )

    def spans(
        self, scores: NDArray[np.float32], unit: Unit, question: Question
    ) -> list[Span]:
        """Read the mentions that begin in a unit's own words off its tokens' scores."""
        of_words = chances(scores[unit.first_pieces + N_BEFORE], self.start_to_end)
        starts, ends = (of_words > 0.5).T.tolist()
        pairs = (nested_pairs if self.nested else flat_pairs)(starts, ends)
        first, last = unit.keep
        return [
            (a, b, question[1], float(of_words[a, 0] + of_words[b - 1, 1]) / 2)
            for a, b in pairs
            if first <= a < last
        ]


def borders(unit: Unit, gold: Iterable[Gold], kind: str) -> NDArray[np.bool_]:
    """Mark the words where mentions of a type begin and where they end.

    A mention that cuts a word takes the whole word.

    Returns
    -------
    numpy.ndarray
        ``(n_words, 2) bool`` of the unit's own words.
    """
    marks = np.zeros((len(unit.words), 2), dtype=bool)
    for start, end, name in unit.near(gold):
        if name == kind:
            first = np.searchsorted(unit.words[:, 1], start, side="right")
            behind = np.searchsorted(unit.words[:, 0], end)
            if first < behind:  # else it holds nothing but blanks
                marks[first, 0] = marks[behind - 1, 1] = True
    return marks[unit.own]
