"""Read mentions off the scores of an output layer: softmax, CRF or multilabel.

All of it is numpy: what a tagger needs at run time must not need torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kgbuild.errors import ConfigError
from kgbuild.ner.aio.labels import decode_bio, decode_each, decode_io

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kgbuild.ner.aio.labels import LabelScheme

#: Score of what cannot be; far below any real one, and finite, so that sums stay so.
FORBIDDEN = -1e4


class Decoder:
    """From the scores of one text's words to its mentions.

    Parameters
    ----------
    scheme
        Tasks, labels and kind of output layer.
    transitions
        For a CRF ``(n_labels + 1, n_labels + 1) float32``: score of the column's label
        behind the row's; the last row is the beginning, the last column the end. What
        :func:`allowed_transitions` forbids is forbidden whatever stands here.

    Raises
    ------
    ConfigError
        A CRF without transitions, or with some of the wrong shape.
    """

    def __init__(
        self, scheme: LabelScheme, transitions: NDArray[np.float32] | None = None
    ) -> None:
        self.scheme = scheme
        self._transitions: dict[str, NDArray[np.float32]] = {}
        if scheme.head != "crf":
            return
        n = len(scheme.labels) + 1
        if transitions is None or transitions.shape != (n, n):
            got = "none" if transitions is None else transitions.shape
            msg = f"A CRF over {n - 1} labels needs transitions {(n, n)}. Got {got}."
            raise ConfigError(msg)
        whole = np.where(allowed_transitions(scheme), transitions, FORBIDDEN)
        for task in scheme.tasks:
            places = np.append(scheme.allowed(task), n - 1)
            self._transitions[task] = whole[np.ix_(places, places)].astype(np.float32)

    def __call__(
        self, scores: NDArray[np.float32], task: str
    ) -> list[tuple[int, int, str, float]]:
        """Decode one text.

        Parameters
        ----------
        scores
            ``(n_words, n_labels) float32`` logits.
        task
            The task that the text was read under.

        Returns
        -------
        list of tuple
            ``(first word, one past the last word, type, score)``. The score is the mean
            over the words of the probability of being inside that type.
        """
        scheme = self.scheme
        types = scheme.tasks[task]
        scores = scores[:, scheme.allowed(task)]
        if not len(scores):
            return []
        if scheme.head == "multilabel":
            return decode_each(scores, types, tagging=scheme.tagging)
        if scheme.head == "crf":
            transitions = self._transitions[task]
            best = viterbi(scores[None], np.array([len(scores)]), transitions)[0]
            # The path decides; how sure each word is, the marginals say.
            scores = np.log(np.maximum(marginals(scores, transitions), 1e-30))
            found = best
        else:
            found = None
        decode = decode_bio if scheme.tagging == "BIO" else decode_io
        return decode(scores, types, best=found)


def allowed_transitions(scheme: LabelScheme) -> NDArray[np.bool_]:
    """Which label may stand behind which.

    Two labels may stand in one text only if one task has both; ``I-x`` stands behind
    ``B-x`` or ``I-x`` alone, and begins no text.

    Returns
    -------
    numpy.ndarray
        ``(n_labels + 1, n_labels + 1) bool``; the last row is the beginning, the last
        column the end.
    """
    n = len(scheme.labels)
    allowed = np.zeros((n + 1, n + 1), dtype=bool)
    for task in scheme.tasks:
        places = scheme.allowed(task)
        allowed[np.ix_(places, places)] = True
    allowed[n, :n] = True
    allowed[:n, n] = True
    if scheme.tagging == "BIO":
        for entity_type in scheme.types:
            begin = scheme.index[f"B-{entity_type}"]
            inside = scheme.index[f"I-{entity_type}"]
            others = np.ones(n + 1, dtype=bool)
            others[[begin, inside]] = False
            allowed[others, inside] = False
    return allowed


def viterbi(
    scores: NDArray[np.float32],
    lengths: NDArray[np.int64],
    transitions: NDArray[np.float32],
) -> list[NDArray[np.int64]]:
    """Find the best path of every text of a batch.

    Parameters
    ----------
    scores
        ``(batch, n_words, n_labels) float32``.
    lengths
        ``(batch,) int64``: words of each text, at least one.
    transitions
        ``(n_labels + 1, n_labels + 1) float32``; see :class:`Decoder`.

    Returns
    -------
    list of numpy.ndarray
        Per text ``(n_words,) int64`` labels.
    """
    batch, longest, n = scores.shape
    between, begin, end = transitions[:n, :n], transitions[n, :n], transitions[:n, n]
    best = begin + scores[:, 0]
    back = np.zeros((batch, longest, n), dtype=np.int64)
    for word in range(1, longest):
        paths = best[:, :, None] + between
        back[:, word] = paths.argmax(axis=1)
        reached = paths.max(axis=1) + scores[:, word]
        best = np.where((word < lengths)[:, None], reached, best)
    last = (best + end).argmax(axis=1)
    found = []
    for row, length in enumerate(lengths.tolist()):
        path = np.zeros(length, dtype=np.int64)
        label = int(last[row])
        for word in range(length - 1, -1, -1):
            path[word] = label
            label = int(back[row, word, label])
        found.append(path)
    return found


def marginals(
    scores: NDArray[np.float32], transitions: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Probability of every label of every word, over all paths of one text.

    Parameters
    ----------
    scores
        ``(n_words, n_labels) float32``.
    transitions
        ``(n_labels + 1, n_labels + 1) float32``; see :class:`Decoder`.

    Returns
    -------
    numpy.ndarray
        ``(n_words, n_labels) float32``; rows sum to one.
    """
    words, n = scores.shape
    between, begin, end = transitions[:n, :n], transitions[n, :n], transitions[:n, n]
    before, behind = np.empty_like(scores), np.empty_like(scores)
    before[0], behind[-1] = begin + scores[0], end
    for word in range(1, words):
        before[word] = scores[word] + _log_sum(before[word - 1][:, None] + between, 0)
    for word in range(words - 2, -1, -1):
        behind[word] = _log_sum(between + scores[word + 1] + behind[word + 1], 1)
    whole = before + behind
    shares = np.exp(whole - whole.max(axis=1, keepdims=True))
    made: NDArray[np.float32] = shares / shares.sum(axis=1, keepdims=True)
    return made


def _log_sum(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    top = values.max(axis=axis, keepdims=True)
    made: NDArray[np.float32] = np.log(
        np.exp(values - top).sum(axis=axis)
    ) + top.squeeze(axis)
    return made
