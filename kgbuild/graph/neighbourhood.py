"""Where a pair stands among all pairs of its concepts: evidence that counts lack.

All functions are vectorised over pairs, and depend neither on their order nor on the
numbers that concepts have.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from kgbuild.graph.packing import changes, mix, stable_order
from kgbuild.graph.statistics import npmi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ends = tuple[NDArray[np.int64], NDArray[np.int64]]

#: NPMI is added up in whole numbers of 1 / this: the same sum in any order.
UNIT = 100
#: Numbers that stand for the neighbours of a concept: errors of a cosine are 1/16.
_WIDTH = 256
#: Graphs of more pairs do without: these take a second or two.
MOST_PAIRS = 2_000_000
#: Pairs looked at together.
_PIECE = 1 << 12


def surprise(
    documents: NDArray[np.int64],
    named: NDArray[np.int64],
    *,
    ends: Ends,
    n: int,
) -> NDArray[np.int64]:
    """Return by how much pairs meet more often than by chance: NPMI, in hundredths.

    Parameters
    ----------
    documents
        Documents that name both, shape ``(n_pairs,)``.
    named
        Documents that name each concept, shape ``(n_concepts,)``.
    ends
        Numbers of the two concepts.
    n
        Documents in all.
    """
    values = npmi(documents, named[ends[0]], named[ends[1]], n=n)
    hundredths: NDArray[np.int64] = np.rint(UNIT * np.maximum(values, 0.0)).astype(
        np.int64
    )
    return hundredths


def strength(
    surprising: NDArray[np.int64], *, ends: Ends, n_concepts: int, unit: int = UNIT
) -> Floats:
    """Return the sum of the surprises of every concept, shape ``(n_concepts,)``.

    With a ``unit`` of 1 in hundredths: those of parts add up without rounding.

    Examples
    --------
    >>> ends = np.array([0, 0]), np.array([1, 2])
    >>> strength(np.array([50, 25]), ends=ends, n_concepts=3).tolist()
    [0.75, 0.5, 0.25]
    """
    out = np.zeros(n_concepts)
    for end in ends:
        out += np.bincount(end, surprising, minlength=n_concepts)
    return out / unit


def share_of_best(scores: Floats, *, ends: Ends, n_concepts: int) -> tuple[Floats, ...]:
    """Return scores over the highest of the first and of the second concept.

    Examples
    --------
    >>> ends = np.array([0, 0]), np.array([1, 2])
    >>> shares = share_of_best(np.array([4.0, 1.0]), ends=ends, n_concepts=3)
    >>> [share.tolist() for share in shares]
    [[1.0, 0.25], [1.0, 1.0]]
    """
    best = np.zeros(n_concepts)
    for end in ends:
        np.maximum.at(best, end, scores)
    return tuple(
        np.divide(scores, best[end], out=np.zeros_like(scores), where=best[end] > 0)
        for end in ends
    )


def alike(
    surprising: NDArray[np.int64], *, ends: Ends, hashes: NDArray[np.uint64]
) -> Floats:
    """Return how alike the neighbours of two concepts are: the cosine of their lists.

    Every concept is a list of its neighbours, weighted by surprise. Lists are squeezed
    into 256 numbers by random signs (Charikar 2002, doi:10.1145/509907.509965), drawn
    from the ids, so that the cost grows with the pairs alone.

    Parameters
    ----------
    surprising
        As :func:`surprise` gives it.
    ends
        Numbers of the two concepts.
    hashes
        uint64 ``(n_concepts,)``: :func:`kgbuild.graph.packing.stable_hash` of the ids.

    Returns
    -------
    numpy.ndarray
        float64 in [-1, 1], shape ``(n_pairs,)``; 0 for all where there are more than
        2,000,000 pairs.
    """
    out = np.zeros(ends[0].size)
    if not 0 < ends[0].size <= MOST_PAIRS:
        return out
    sketch, length = _sketches(surprising, ends=ends, hashes=hashes)
    for begin in range(0, out.size, _PIECE):
        piece = slice(begin, begin + _PIECE)
        one, other = ends[0][piece], ends[1][piece]
        products = np.einsum("ij,ij->i", sketch[one], sketch[other])
        scale = _WIDTH * length[one] * length[other]
        out[piece] = np.divide(products, scale, out=np.zeros(one.size), where=scale > 0)
    return np.clip(out, -1.0, 1.0)


def _sketches(
    surprising: NDArray[np.int64], *, ends: Ends, hashes: NDArray[np.uint64]
) -> tuple[NDArray[np.float32], Floats]:
    """Return 256 numbers and the length of the list of every concept."""
    here, there = np.concatenate(ends), np.concatenate(ends[::-1])
    weight = np.concatenate([surprising, surprising])
    order = stable_order(here.astype(np.uint64))
    order = order[weight[order] > 0]
    here, there, weight = here[order], there[order], weight[order].astype(np.float32)
    length = np.sqrt(np.bincount(here, weight.astype(np.float64) ** 2, len(hashes)))
    signs = _signs(hashes)
    sketch = np.zeros((len(hashes), _WIDTH), dtype=np.float32)
    borders = np.append(np.flatnonzero(changes(here)), here.size)
    # Whole numbers below 2**24: their sums are exact, in any order.
    for begin, end in itertools.pairwise(borders):
        sketch[here[begin]] = weight[begin:end] @ signs[there[begin:end]]
    return sketch, length


def _signs(hashes: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Draw +1 and -1 from the id of every concept, shape ``(n_concepts, 256)``."""
    words = np.stack(
        [mix(hashes ^ np.uint64(number)) for number in range(_WIDTH // 64)], axis=1
    )
    bits = np.unpackbits(words.astype("<u8").view(np.uint8), axis=1)
    return 2 * bits.astype(np.float32) - 1
