"""Statistics of pairs, worked out once for all pairs of the same counts.

The counts of a pair are ``(n_xy, n_x, n_y)`` with ``n_x <= n_y``: as half of all pairs
are seen once, by concepts that are seen as often as many others, some half of them
repeat. They are packed into one word each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kgbuild.graph import statistics
from kgbuild.graph.packing import changes, stable_order, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Cells:
    """Packs the counts of pairs.

    Parameters
    ----------
    marginal
        int64 ``(n_concepts,)``: how many documents name each concept.
    """

    def __init__(self, marginal: NDArray[np.int64]) -> None:
        self._levels, self._level = np.unique(marginal, return_inverse=True)
        self._bits = np.uint64(self._levels.size.bit_length())

    def packed(self, pairs: pl.DataFrame) -> NDArray[np.uint64]:
        """Return a word for each pair; equal words have equal counts."""
        x, y = (self._level[code] for code in unpack(pairs["key"].to_numpy()))
        low = np.minimum(x, y).astype(np.uint64)
        high = np.maximum(x, y).astype(np.uint64)
        both = pairs["documents"].to_numpy().astype(np.uint64)
        return (((both << self._bits) | low) << self._bits) | high

    def rated(
        self,
        packed: NDArray[np.uint64],
        times: NDArray[np.int64],
        *,
        n_documents: int,
        tested: int,
    ) -> dict[str, NDArray[np.float64]]:
        """Return the statistics of distinct words.

        Parameters
        ----------
        packed
            uint64 ``(n,)``, sorted, each once.
        times
            int64 ``(n,)``: how many pairs have each.
        n_documents, tested
            How many documents, and how many pairs that could have been seen.
        """
        mask = np.uint64((1 << int(self._bits)) - 1)
        cells = (
            (packed >> (self._bits * np.uint64(2))).astype(np.int64),
            self._levels[((packed >> self._bits) & mask).astype(np.int64)],
            self._levels[(packed & mask).astype(np.int64)],
        )
        rated = {
            "npmi": statistics.npmi(*cells, n=n_documents),
            "log_odds": statistics.log_odds(*cells, n=n_documents),
            "log10_p": statistics.log10_hypergeometric_tail(*cells, n=n_documents),
        }
        rated["p_value"] = np.power(10.0, rated["log10_p"])
        rated["q_value"] = statistics.benjamini_hochberg(
            rated["p_value"], tests=tested, times=times
        )
        return rated


def rated_pairs(
    pairs: pl.DataFrame, marginal: NDArray[np.int64], n_documents: int, *, tested: int
) -> list[pl.Series]:
    """Return the statistics of pairs, in their order."""
    cells = Cells(marginal)
    packed = cells.packed(pairs)
    order = stable_order(packed)
    packed = packed[order]
    fresh = changes(packed)
    place = np.empty(packed.size, dtype=np.int64)
    place[order] = np.cumsum(fresh) - 1
    packed = packed[fresh]
    times = np.bincount(place, minlength=packed.size)
    rated = cells.rated(packed, times, n_documents=n_documents, tested=tested)
    return [pl.Series(name, values[place]) for name, values in rated.items()]
