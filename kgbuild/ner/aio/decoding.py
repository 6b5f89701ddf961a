"""Read mentions off the scores of an output layer: softmax, CRF or multilabel.

All of it is numpy: what a tagger needs at run time must not need torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kgbuild.ner.aio.labels import LabelScheme, Tagging
    from kgbuild.ner.framework import Span

#: File of a CRF's transitions, for decoding without torch.
TRANSITIONS = "transitions.npy"
#: Score of what cannot be; far below any real one, and finite, so that sums stay so.
FORBIDDEN = -1e4
#: Log of a chance that counts for nothing, and the lead behind which chances do.
_NEVER, _SURE = -30.0, 7.0
#: Share of a type that has more than all else together.
_MOST = 0.5


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

    def __call__(self, scores: NDArray[np.float32], task: str) -> list[Span]:
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
            ``(first word, one past the last word, type, score)``; see
            :func:`decode_one`, for a multilabel head :func:`decode_each`.
        """
        scheme = self.scheme
        types = scheme.tasks[task]
        scores = scores[:, scheme.allowed(task)]
        if not len(scores):
            return []
        if scheme.head == "multilabel":
            return decode_each(scores, types, tagging=scheme.tagging)
        best = None
        if scheme.head == "crf":
            best, scores = self._path(scores, task)
        return decode_one(scores, types, tagging=scheme.tagging, best=best)

    def log_probabilities(
        self, scores: NDArray[np.float32], task: str
    ) -> NDArray[np.float32]:
        """Return what a student learns: how likely each label of a task is.

        Parameters
        ----------
        scores
            ``(n_words, n_labels) float32`` logits.
        task
            The task that the text was read under.

        Returns
        -------
        numpy.ndarray
            ``(n_words, n_allowed) float32``, of :meth:`.LabelScheme.allowed`.

        Raises
        ------
        ConfigError
            The head is multilabel, whose labels do not share one probability.
        """
        if self.scheme.head == "multilabel":
            msg = (
                "A multilabel tagger cannot teach by soft labels: take one with the "
                "head softmax or crf."
            )
            raise ConfigError(msg)
        scores = scores[:, self.scheme.allowed(task)]
        if self.scheme.head == "crf":
            return self._log_marginals(scores, task)
        shifted = scores - scores.max(axis=1, keepdims=True)
        total = np.exp(shifted).sum(axis=1, keepdims=True)
        logarithms: NDArray[np.float32] = shifted - np.log(total)
        return logarithms

    def _path(
        self, scores: NDArray[np.float32], task: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the best labels of one text, and how likely each label is, as logs.

        The path decides, and how sure each word is, the marginals say. Words that are
        nothing whatever their neighbors are part the text; most are.
        """
        whole = self._transitions[task]
        n = scores.shape[1]
        best = np.zeros(len(scores), dtype=np.int64)
        logarithms = np.full(scores.shape, _NEVER, dtype=np.float32)
        logarithms[:, 0] = 0.0
        doubtful = ~_surely_nothing(scores, whole, tagging=self.scheme.tagging)
        edges = np.flatnonzero(np.diff(doubtful, prepend=False, append=False))
        for first, end in edges.reshape(-1, 2).tolist():
            part = whole.copy()
            if first:
                part[n] = whole[0]
            if end < len(scores):
                part[:, n] = whole[:, 0]
            best[first:end] = viterbi(scores[first:end], part)
            chances = marginals(scores[first:end], part)
            logarithms[first:end] = np.log(np.maximum(chances, 1e-30))
        return best, logarithms

    def _log_marginals(
        self, scores: NDArray[np.float32], task: str
    ) -> NDArray[np.float32]:
        chances = marginals(scores, self._transitions[task])
        logarithms: NDArray[np.float32] = np.log(np.maximum(chances, 1e-30))
        return logarithms


def _surely_nothing(
    scores: NDArray[np.float32], transitions: NDArray[np.float32], *, tagging: Tagging
) -> NDArray[np.bool_]:
    """Mark the words that no path of a CRF could better take for something.

    To make a word nothing changes three transitions at most, and has an ``I`` behind it
    begin its mention; what the word's own score gains by it must be more than both can
    lose, by ``_SURE`` more, so that paths that differ there weigh nothing either.
    """
    possible = transitions[transitions > FORBIDDEN / 2]
    loss = np.full(len(scores), 3 * (possible.max() - possible.min()))
    if tagging == "BIO":
        begun = (scores[1:, 2::2] - scores[1:, 1::2]).max(axis=1)
        loss[:-1] += np.maximum(begun, 0.0)
    surely: NDArray[np.bool_] = scores[:, 0] - scores[:, 1:].max(axis=1) > loss + _SURE
    return surely


def decode_one(
    scores: NDArray[np.float32],
    types: Sequence[str],
    *,
    tagging: Tagging = "BIO",
    best: NDArray[np.int64] | None = None,
) -> list[Span]:
    """Read mentions off the scores of one text of which every word has one label.

    Parameters
    ----------
    scores
        ``(n_words, n_labels) float32``: logits in the order of
        :meth:`.LabelScheme.allowed`.
    types
        The task's types in that order.
    tagging
        ``BIO`` or ``IO``; with the latter, neighbors of one type are one mention.
    best
        ``(n_words,) int64``: the labels, where something else than the highest score
        decides.

    Returns
    -------
    list of tuple
        ``(first word, one past the last word, type, probability)``; the probability is
        the mean over the mention's words of the probability of being something of the
        task's types: where two share it, as for hormones that are drugs, too, the name
        is no less a name, and what it is called elsewhere in the document decides.
        Where the chosen type has less than half, it is that of this type. An ``I``
        that continues nothing of its type begins a mention.
    """
    if not len(scores):
        return []
    if best is None:
        best = scores.argmax(axis=1)
    if not best.any():
        return []
    per_type = len(tagging) - 1
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    shifted /= shifted.sum(axis=1, keepdims=True)
    inside = shifted[:, 1:].reshape(len(scores), -1, per_type).sum(axis=2)
    something = 1 - shifted[:, 0]
    spans: list[Span] = []
    # Most words are nothing: look at the others alone, and at an end behind them.
    places = np.flatnonzero(best)
    labels = [*zip(places.tolist(), best[places].tolist(), strict=True), (-9, 0)]
    open_type, first, last = -1, 0, -2
    for i, label in labels:
        kind = (label - 1) // per_type
        begins = per_type == 2 and label % 2 == 1
        if open_type >= 0 and (i != last + 1 or kind != open_type or begins):
            end = last + 1
            # Of a handful of numbers, Python's sum is faster than numpy's.
            score = sum(inside[first:end, open_type].tolist()) / (end - first)
            if score >= _MOST:
                score = sum(something[first:end].tolist()) / (end - first)
            spans.append((first, end, types[open_type], score))
            open_type = -1
        if open_type < 0:
            open_type, first = kind, i
        last = i
    return spans


def decode_each(
    scores: NDArray[np.float32], types: Sequence[str], *, tagging: Tagging = "BIO"
) -> list[Span]:
    """Read mentions off the scores of one text, every type by itself.

    Parameters
    ----------
    scores
        Logits, each by itself, in the order of :meth:`.LabelScheme.allowed`; the first
        column is not read.
    types, tagging
        See :func:`decode_one`.

    Returns
    -------
    list of tuple
        See :func:`decode_one`, in the order of their words, the longer first. Mentions
        of different types overlap freely; of one type, a mention may begin inside
        another and ends with it.
    """
    per_type = len(tagging) - 1
    chances = 1 / (1 + np.exp(-np.clip(scores[:, 1:], -30, 30)))
    chances = chances.reshape(len(scores), len(types), per_type)
    spans: list[Span] = []
    for kind in np.flatnonzero((chances > 0.5).any(axis=(0, 2))).tolist():
        top = chances[:, kind].max(axis=1).tolist()
        inside = [*(chances[:, kind, -1] > 0.5).tolist(), False]
        begins = (chances[:, kind, 0] > 0.5).tolist() if per_type == 2 else inside[:-1]
        for first, begun in enumerate(begins):
            continued = first > 0 and (begins[first - 1] or inside[first - 1])
            orphan = inside[first] and not continued
            if not (orphan or (begun and per_type == 2)):
                continue
            end = first + 1
            while inside[end]:
                end += 1
            score = sum(top[first:end]) / (end - first)
            spans.append((first, end, types[kind], score))
    return sorted(spans, key=lambda m: (m[0], -m[1]))


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
    scores: NDArray[np.float32], transitions: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Find the best path of labels of one text.

    Parameters
    ----------
    scores
        ``(n_words, n_labels) float32``, at least one word.
    transitions
        ``(n_labels + 1, n_labels + 1) float32``; see :class:`Decoder`.

    Returns
    -------
    numpy.ndarray
        ``(n_words,) int64``.
    """
    n = scores.shape[1]
    between, begin, end = transitions[:n, :n], transitions[n, :n], transitions[:n, n]
    best = begin + scores[0]
    back = np.zeros(scores.shape, dtype=np.int64)
    for word in range(1, len(scores)):
        paths = best[:, None] + between
        back[word] = paths.argmax(axis=0)
        best = paths.max(axis=0) + scores[word]
    path = np.zeros(len(scores), dtype=np.int64)
    path[-1] = (best + end).argmax()
    for word in range(len(scores) - 1, 0, -1):
        path[word - 1] = back[word, path[word]]
    return path


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
    normalized: NDArray[np.float32] = shares / shares.sum(axis=1, keepdims=True)
    return normalized


def _log_sum(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    top = values.max(axis=axis, keepdims=True)
    shares = np.exp(values - top).sum(axis=axis)
    total: NDArray[np.float32] = np.log(shares) + top.squeeze(axis)
    return total
