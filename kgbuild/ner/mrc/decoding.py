"""Pair the words where answers begin with those where they end.

All of it is numpy: what a tagger needs at run time must not need torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def chances(
    scores: NDArray[np.float32], start_to_end: float | None
) -> NDArray[np.float64]:
    """Turn logits into the chances that a mention begins, and that one ends.

    Parameters
    ----------
    scores
        ``(n_words, 2) float32``: logits of start and end.
    start_to_end
        What the chance of a start adds to the logit of an end; ``None``: nothing.

    Returns
    -------
    numpy.ndarray
        ``(n_words, 2) float64`` between 0 and 1.
    """
    start = _sigmoid(scores[:, 0])
    end = _sigmoid(scores[:, 1] + (start_to_end or 0.0) * start)
    return np.stack([start, end], axis=1)


def _sigmoid(values: NDArray[np.floating]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 1 / (1 + np.exp(-values.astype(np.float64)))
    return result


def flat_pairs(starts: Sequence[bool], ends: Sequence[bool]) -> list[tuple[int, int]]:
    """Pair each end with the nearest start before it, and each start with one end.

    A start without an end before the next start is nothing, nor is an end without a
    start behind the last end.

    Returns
    -------
    list of (int, int)
        First word, one past the last word; disjoint, in order.

    Examples
    --------
    >>> flat_pairs([1, 0, 1, 0, 0], [0, 1, 0, 1, 1])
    [(0, 2), (2, 4)]
    """
    pairs = []
    begun: int | None = None
    for word, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start:
            begun = word
        if end and begun is not None:
            pairs.append((begun, word + 1))
            begun = None
    return pairs


def nested_pairs(starts: Sequence[bool], ends: Sequence[bool]) -> list[tuple[int, int]]:
    """Pair starts and ends as brackets, so that mentions may lie inside each other.

    One start may begin several mentions, and one end may end several: what no bracket
    closes takes the nearest end behind it, and what none opened the nearest start
    before it.

    Returns
    -------
    list of (int, int)
        First word, one past the last word; in order, the longer first.

    Examples
    --------
    >>> nested_pairs([1, 1, 0, 0], [0, 0, 1, 1])
    [(0, 4), (1, 3)]
    >>> nested_pairs([1, 0, 0], [0, 1, 1])
    [(0, 3), (0, 2)]
    """
    pairs = set()
    open_: list[int] = []
    last_start: int | None = None
    for word, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start:
            open_.append(word)
            last_start = word
        if end and last_start is not None:
            pairs.add((open_.pop() if open_ else last_start, word + 1))
    behind = np.flatnonzero(ends).tolist()
    for word in open_:
        nearest = next((end for end in behind if end >= word), None)
        if nearest is not None:
            pairs.add((word, nearest + 1))
    return sorted(pairs, key=lambda pair: (pair[0], -pair[1]))
