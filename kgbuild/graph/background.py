"""Counts of another corpus behind a graph's statistics and score.

A corpus is its own background otherwise: where half of all documents name a drug and
half its target, that both stand in a quarter of them is what chance gives. Among
documents of all kinds the same pair stands out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUMMED = ("documents", "close", "share", "near")


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What the documents of another corpus come to; codes are those of the graph.

    Attributes
    ----------
    documents
        How many there are that the graph has not counted itself.
    concepts, pairs
        As of :class:`kgbuild.graph.counting.Counts`.
    """

    documents: int
    concepts: pl.DataFrame
    pairs: pl.DataFrame

    def behind(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Return all pairs of both corpora with their counts, those given first."""
        kept = ["key", *_SUMMED]
        both = pairs.select(kept).join(
            self.pairs.select(kept), on="key", how="left", maintain_order="left"
        )
        own = both.select(
            "key",
            *(pl.col(n) + pl.col(f"{n}_right").fill_null(0) for n in _SUMMED),
        )
        others = self.pairs.select(kept).join(pairs, on="key", how="anti")
        return pl.concat([own, others.sort("key")])

    def marginal(self, n_concepts: int) -> NDArray[np.int64]:
        """Return how many of its documents name each concept."""
        out = np.zeros(n_concepts, dtype=np.int64)
        out[self.concepts["code"].to_numpy()] = self.concepts["documents"].to_numpy()
        return out
