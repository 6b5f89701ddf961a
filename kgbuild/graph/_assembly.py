"""From counts to the two tables of a knowledge graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from kgbuild.entity_types import canonical_type
from kgbuild.graph import statistics
from kgbuild.graph.comentions import changes, pair_order
from kgbuild.graph.knowledge_graph import KnowledgeGraph
from kgbuild.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from kgbuild.graph.builder import Added
    from kgbuild.graph.comentions import Counts, Level

#: Relation by level: what an association says, and no more.
RELATIONS: dict[Level, str] = {
    "sentence": "co_mentioned_in_sentence",
    "window": "co_mentioned_in_window",
    "document": "co_mentioned_in_document",
}

#: How many of a concept's texts are kept as synonyms.
_MAX_SYNONYMS = 10

_SHIFT = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


def assemble(
    *,
    counts: Counts,
    concept_ids: list[str],
    documents: pl.DataFrame,
    level: Level,
    flagged: bool,
    min_documents: int,
    type_pairs: Collection[tuple[str, str]] | None,
    names: Mapping[str, str],
    provenance: dict[str, str],
    settings: dict[str, Any],
    added: Added,
    n_failed: int,
) -> KnowledgeGraph:
    """Name, rate, filter and sort what was counted."""
    rank = _ranks(concept_ids)
    concepts = _concepts(counts, concept_ids, names)
    marginal = np.zeros(len(concept_ids), dtype=np.int64)
    by_code = counts.frame("concepts")
    marginal[by_code["code"].to_numpy()] = by_code["documents"].to_numpy()

    pairs = counts.frame("pairs")
    if type_pairs is not None:
        pairs = pairs.filter(_of_types(pairs, counts, concept_ids, type_pairs))
    tested = pairs.height
    n_documents = int(documents["counted"].sum())
    rated = _rated(pairs, marginal, n_documents)
    rated = rated.filter(pl.col("documents") >= min_documents)
    # Lists are made in the order of the keys, as the counts stand. Then all is put in
    # the order of the ids, source before target.
    swap, order = _by_id(rated["key"].to_numpy(), rank)
    lists = [
        *_years(_kept(counts.frame("years"), rated["key"])),
        _evidence(
            _kept(counts.frame("spans"), rated["key"]),
            swap,
            documents=documents,
            flagged=flagged,
        ),
    ]
    rated = rated.with_columns(*lists)[order]
    key, swap = rated["key"].to_numpy(), swap[order]
    low, high = (key >> _SHIFT).astype(np.int64), (key & _LOW).astype(np.int64)
    ids = pl.Series(concept_ids, dtype=pl.String)
    associations = rated.with_columns(
        ids.gather(np.where(swap, high, low)).alias("source"),
        ids.gather(np.where(swap, low, high)).alias("target"),
        pl.lit(RELATIONS[level], pl.Categorical).alias("relation"),
        *(
            pl.lit(None, pl.UInt32).alias(name)
            for name in ("negated", "hedged")
            if not flagged
        ),
    ).select(list(TABLES["associations"].columns))
    return KnowledgeGraph._trusted(
        concepts=concepts,
        associations=associations,
        provenance=provenance,
        settings={**settings, "min_documents": min_documents},
        counts={
            "documents": n_documents,
            "documents_left_out": n_failed + int((~documents["counted"]).sum()),
            "sentences": int(
                documents.filter("counted")["sentences"].cast(pl.UInt64).sum()
            ),
            "mentions": added.mentions,
            "mentions_unlinked": added.unlinked,
            "mentions_excluded": added.excluded,
            "pairs_tested": tested,
        },
    )


def _ranks(concept_ids: list[str]) -> NDArray[np.int64]:
    order = sorted(range(len(concept_ids)), key=concept_ids.__getitem__)
    rank = np.zeros(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _concepts(
    counts: Counts, concept_ids: list[str], names: Mapping[str, str]
) -> pl.DataFrame:
    ids = pl.DataFrame(
        {"code": range(len(concept_ids)), "concept_id": concept_ids},
        schema={"code": pl.UInt32, "concept_id": pl.String},
    )
    given = pl.DataFrame(
        {"concept_id": list(names), "given": list(names.values())},
        schema={"concept_id": pl.String, "given": pl.String},
    )
    # The commonest; of equally common ones the first of the alphabet.
    down = [False, True, False]
    types = (
        counts.frame("types")
        .sort("code", "count", "type", descending=down)
        .group_by("code", maintain_order=True)
        .agg(pl.col("type").alias("types"))
    )
    called = counts.frame("names").sort("code", "count", "name", descending=down)
    preferred = (
        called.filter("preferred").group_by("code").agg(pl.col("name").first())
    ).rename({"name": "preferred"})
    texts = (
        called.filter(~pl.col("preferred"))
        .group_by("code", maintain_order=True)
        .agg(pl.col("name").head(_MAX_SYNONYMS).alias("synonyms"))
    )
    frame = counts.frame("concepts").join(ids, on="code")
    for other, key in (
        (types, "code"),
        (preferred, "code"),
        (texts, "code"),
        (given, "concept_id"),
    ):
        frame = frame.join(other, on=key, how="left")
    nothing = pl.lit([], pl.List(pl.String))
    return (
        frame.with_columns(pl.col("types", "synonyms").fill_null(nothing))
        .with_columns(
            pl.col("types").list.first().cast(pl.Categorical).alias("type"),
            pl.coalesce(
                "given", "preferred", pl.col("synonyms").list.first(), "concept_id"
            ).alias("name"),
        )
        .select(list(TABLES["concepts"].columns))
        .sort("concept_id")
    )


def _of_types(
    pairs: pl.DataFrame,
    counts: Counts,
    concept_ids: list[str],
    type_pairs: Collection[tuple[str, str]],
) -> pl.Series:
    """Whether both concepts are of a wanted pair of types."""
    commonest = (
        counts.frame("types")
        .sort("code", "count", "type", descending=[False, True, False])
        .group_by("code")
        .agg(pl.col("type").first())
    )
    wanted = [tuple(map(canonical_type, pair)) for pair in type_pairs]
    names = sorted({*commonest["type"].to_list(), *(t for p in wanted for t in p)})
    place = {name: i for i, name in enumerate(names)}
    type_of = np.zeros(len(concept_ids), dtype=np.int64)
    type_of[commonest["code"].to_numpy()] = [place[t] for t in commonest["type"]]
    allowed = np.zeros((len(names), len(names)), dtype=bool)
    for a, b in wanted:
        allowed[place[a], place[b]] = allowed[place[b], place[a]] = True
    key = pairs["key"].to_numpy()
    low, high = (key >> _SHIFT).astype(np.int64), (key & _LOW).astype(np.int64)
    return pl.Series(allowed[type_of[low], type_of[high]])


def _rated(
    pairs: pl.DataFrame, marginal: NDArray[np.int64], n_documents: int
) -> pl.DataFrame:
    """Add the four statistics."""
    key = pairs["key"].to_numpy()
    x = marginal[(key >> _SHIFT).astype(np.int64)]
    y = marginal[(key & _LOW).astype(np.int64)]
    cells = pairs["documents"].to_numpy(), np.minimum(x, y), np.maximum(x, y)
    columns = [
        pl.Series(name, function(*cells, n=n_documents))
        for name, function in (
            ("npmi", statistics.npmi),
            ("log_odds", statistics.log_odds),
            ("p_value", statistics.hypergeometric_tail),
        )
    ]
    q_values = statistics.benjamini_hochberg(columns[-1].to_numpy())
    return pairs.with_columns(*columns, pl.Series("q_value", q_values))


def _by_id(
    key: NDArray[np.uint64], rank: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which pairs to turn around, and the order of all by the concepts' ids."""
    low = rank[(key >> _SHIFT).astype(np.int64)]
    high = rank[(key & _LOW).astype(np.int64)]
    by_rank = np.minimum(low, high).astype(np.uint64) << _SHIFT
    by_rank |= np.maximum(low, high).astype(np.uint64)
    return low > high, pair_order(by_rank)


def _kept(
    frame: pl.DataFrame, keys: pl.Series
) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """Return the rows of these pairs, and how many each has; all sorted by key."""
    key, wanted = frame["key"].to_numpy(), keys.to_numpy()
    first = np.flatnonzero(changes(key))
    sizes = np.diff(np.append(first, key.size))
    there = key[first]
    if np.array_equal(there, wanted):
        return frame, sizes
    if not there.size:
        return frame, np.zeros(wanted.size, dtype=np.int64)
    place = np.minimum(np.searchsorted(there, wanted), there.size - 1)
    found = there[place] == wanted
    keep = np.zeros(there.size, dtype=bool)
    keep[place[found]] = True
    return (
        frame.filter(pl.Series(np.repeat(keep, sizes))),
        np.where(found, sizes[place], 0),
    )


def _years(kept: tuple[pl.DataFrame, NDArray[np.int64]]) -> list[pl.Series]:
    told, sizes = kept
    records = pa.StructArray.from_arrays(
        [told["year"].to_arrow(), told["documents"].to_arrow()],
        names=["year", "documents"],
    )
    year = np.append(told["year"].to_numpy(), np.int16(0))
    ends = np.cumsum(sizes)
    none = pl.Series(sizes == 0)
    columns = [
        pl.select(pl.when(none).then(None).otherwise(pl.Series(values)).alias(name))
        for name, values in (
            ("first_year", year[np.where(sizes, ends - sizes, -1)]),
            ("last_year", year[np.where(sizes, ends - 1, -1)]),
        )
    ]
    return [*(c.to_series() for c in columns), _lists(records, sizes).alias("years")]


def _evidence(
    kept: tuple[pl.DataFrame, NDArray[np.int64]],
    swap: NDArray[np.bool_],
    *,
    documents: pl.DataFrame,
    flagged: bool,
) -> pl.Series:
    """Return a list per association, the preferred documents first."""
    told, sizes = kept
    turned = np.repeat(swap, sizes)
    ends = []
    for column in ("start", "end"):
        a, b = told[f"a_{column}"].to_numpy(), told[f"b_{column}"].to_numpy()
        both = np.empty(2 * told.height, dtype=np.uint32)
        both[0::2], both[1::2] = np.where(turned, b, a), np.where(turned, a, b)
        ends.append(pa.array(both))
    pair = pa.StructArray.from_arrays(ends, names=["start", "end"])
    offsets = pa.array(np.arange(told.height + 1, dtype=np.int64) * 2)
    flags = [
        told[name].to_arrow() if flagged else pa.nulls(told.height, pa.bool_())
        for name in ("negated", "hedged")
    ]
    records = pa.StructArray.from_arrays(
        [
            documents["document_id"].gather(told["document"]).to_arrow(),
            told["sentence"].to_arrow(),
            pa.LargeListArray.from_arrays(offsets, pair),
            told["score"].to_arrow(),
            *flags,
        ],
        names=["document_id", "sentence", "spans", "score", "negated", "hedged"],
    )
    return _lists(records, sizes).alias("evidence")


def _lists(records: pa.Array, sizes: NDArray[np.int64]) -> pl.Series:
    """Group records into lists of these sizes."""
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(offsets, records)))
