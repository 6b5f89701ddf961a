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

from kgbuild.graph.packing import unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUMMED = ("documents", "share", "near")


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
        """Return pairs, in their order, with the counts of both corpora."""
        other = pl.col(*(f"{name}_right" for name in _SUMMED)).fill_null(0)
        both = pairs.join(
            self.pairs.select("key", *_SUMMED),
            on="key",
            how="left",
            maintain_order="left",
        ).with_columns(other)
        return both.with_columns(
            (pl.col(name) + pl.col(f"{name}_right")).alias(name) for name in _SUMMED
        ).select(pairs.columns)

    def marginal(self, n_concepts: int) -> NDArray[np.int64]:
        """Return how many of its documents name each concept."""
        out = np.zeros(n_concepts, dtype=np.int64)
        out[self.concepts["code"].to_numpy()] = self.concepts["documents"].to_numpy()
        return out


def partners_of(
    pairs: pl.DataFrame, background: Background | None, n_concepts: int
) -> NDArray[np.int64]:
    """Return with how many others each concept is named, in either corpus."""
    keys = pairs["key"]
    if background is not None:
        keys = pl.concat([keys, background.pairs["key"]]).unique()
    out = np.zeros(n_concepts, dtype=np.int64)
    for end in unpack(keys.to_numpy()):
        out += np.bincount(end, minlength=n_concepts)
    return out
