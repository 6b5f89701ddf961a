"""From counts to the two tables of a knowledge graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from kgbuild.entity_types import canonical_type
from kgbuild.graph import statistics
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
    n_units: int,
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
    marginal[by_code["code"].to_numpy()] = by_code["units"].to_numpy()

    pairs = counts.frame("pairs")
    if type_pairs is not None:
        pairs = pairs.filter(_of_types(pairs, counts, concept_ids, type_pairs))
    tested = pairs.height
    rated = _rated(pairs, marginal, n_units)
    rated = rated.filter(pl.col("documents") >= min_documents)

    # In the order of the ids, source before target.
    low = rank[(rated["key"].to_numpy() >> _SHIFT).astype(np.int64)]
    high = rank[(rated["key"].to_numpy() & _LOW).astype(np.int64)]
    source, target = np.minimum(low, high), np.maximum(low, high)
    rated = rated.with_columns(
        pl.Series("source_rank", source),
        pl.Series("target_rank", target),
        pl.Series("swap", low > high),
    ).sort("source_rank", "target_rank")
    sorted_ids = pl.Series(sorted(concept_ids), dtype=pl.String)
    associations = rated.select(
        sorted_ids.gather(rated["source_rank"]).alias("source"),
        sorted_ids.gather(rated["target_rank"]).alias("target"),
        pl.lit(RELATIONS[level], pl.Categorical).alias("relation"),
        *("documents", "sentences", "npmi", "log_odds", "p_value", "q_value"),
        *_years(counts.frame("years"), rated),
        _evidence(counts.frame("spans"), rated, documents, flagged=flagged),
        "units",
        *(
            pl.col(name) if flagged else pl.lit(None, pl.UInt32).alias(name)
            for name in ("negated", "hedged")
        ),
    ).select(list(TABLES["associations"].columns))
    return KnowledgeGraph(
        concepts=concepts,
        associations=associations,
        provenance=provenance,
        settings={**settings, "min_documents": min_documents},
        counts={
            "documents": int(documents["counted"].sum()),
            "documents_left_out": n_failed + int((~documents["counted"]).sum()),
            "sentences": int(
                documents.filter("counted")["sentences"].cast(pl.UInt64).sum()
            ),
            "units": n_units,
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
    pairs: pl.DataFrame, marginal: NDArray[np.int64], n_units: int
) -> pl.DataFrame:
    """Add the four statistics; equal counts are rated once."""
    key = pairs["key"].to_numpy()
    x = marginal[(key >> _SHIFT).astype(np.int64)]
    y = marginal[(key & _LOW).astype(np.int64)]
    frame = pairs.with_columns(
        pl.Series("rare", np.minimum(x, y)), pl.Series("common", np.maximum(x, y))
    )
    cells = ["units", "rare", "common"]
    distinct = frame.select(cells).unique()
    xy, rare, common = (distinct[cell].to_numpy() for cell in cells)
    distinct = distinct.with_columns(
        pl.Series("npmi", statistics.npmi(xy, rare, common, n=n_units)),
        pl.Series("log_odds", statistics.log_odds(xy, rare, common, n=n_units)),
        pl.Series(
            "p_value", statistics.hypergeometric_tail(xy, rare, common, n=n_units)
        ),
    )
    frame = frame.join(distinct, on=cells, how="left", maintain_order="left")
    q_values = statistics.benjamini_hochberg(frame["p_value"].to_numpy())
    return frame.with_columns(pl.Series("q_value", q_values))


def _places(frame: pl.DataFrame, rated: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows of rated pairs, with the place of the pair in the graph."""
    places = rated.select("key", "swap").with_row_index("place")
    return frame.join(places, on="key", how="inner")


def _years(years: pl.DataFrame, rated: pl.DataFrame) -> list[pl.Series]:
    told = _places(years, rated).sort("place", "year")
    lists = pa.StructArray.from_arrays(
        [told["year"].to_arrow(), told["documents"].to_arrow()],
        names=["year", "documents"],
    )
    counted = _lists(lists, told["place"], rated.height).alias("years")
    return [
        counted.list.first().struct.field("year").alias("first_year"),
        counted.list.last().struct.field("year").alias("last_year"),
        counted,
    ]


def _evidence(
    spans: pl.DataFrame, rated: pl.DataFrame, documents: pl.DataFrame, *, flagged: bool
) -> pl.Series:
    """Return a list per association, the preferred documents first."""
    told = _places(spans, rated)
    order = (
        documents.select("year", "document_id")
        .with_row_index("document")
        .sort("year", "document_id", descending=[True, False], nulls_last=True)
        .with_row_index("rank")
        .select("document", "rank", "document_id")
    )
    told = told.join(order, on="document", how="left").sort("place", "rank")
    ends = []
    for column in ("start", "end"):
        a, b = told[f"a_{column}"].to_numpy(), told[f"b_{column}"].to_numpy()
        swap = told["swap"].to_numpy()
        both = np.empty(2 * told.height, dtype=np.uint32)
        both[0::2], both[1::2] = np.where(swap, b, a), np.where(swap, a, b)
        ends.append(pa.array(both))
    pair = pa.StructArray.from_arrays(ends, names=["start", "end"])
    offsets = pa.array(np.arange(told.height + 1, dtype=np.int64) * 2)
    flags = [
        told[name].to_arrow() if flagged else pa.nulls(told.height, pa.bool_())
        for name in ("negated", "hedged")
    ]
    records = pa.StructArray.from_arrays(
        [
            told["document_id"].to_arrow(),
            told["sentence"].to_arrow(),
            pa.LargeListArray.from_arrays(offsets, pair),
            told["score"].to_arrow(),
            *flags,
        ],
        names=["document_id", "sentence", "spans", "score", "negated", "hedged"],
    )
    return _lists(records, told["place"], rated.height).alias("evidence")


def _lists(records: pa.Array, place: pl.Series, n: int) -> pl.Series:
    """Group records, which are sorted by place, into ``n`` lists."""
    sizes = np.bincount(place.to_numpy(), minlength=n)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(offsets, records)))
