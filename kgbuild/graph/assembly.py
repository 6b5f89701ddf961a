"""From counts to the two tables of a knowledge graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from kgbuild.entity_types import served_by, wider_type
from kgbuild.graph import ranking
from kgbuild.graph.cells import rated_pairs
from kgbuild.graph.counting import ONE
from kgbuild.graph.model import KnowledgeGraph
from kgbuild.graph.packing import (
    changes,
    pack,
    pair_order,
    stable_hash,
    unpack,
)
from kgbuild.graph.statements import associations as stated_associations
from kgbuild.predicates import CO_MENTION
from kgbuild.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from concurrent.futures import Executor, Future

    from numpy.typing import NDArray

    from kgbuild.graph.background import Background

#: Type of concepts that statements name and no mention does.
UNKNOWN_TYPE = "Unknown"

#: How many of a concept's texts are kept as synonyms.
_MAX_SYNONYMS = 10


def assemble(
    pool: Executor,
    *,
    counts: Mapping[str, Future[pl.DataFrame]],
    concept_ids: list[str],
    trivial: NDArray[np.uint64] | None,
    documents: pl.DataFrame,
    flagged: bool,
    min_documents: int,
    type_pairs: Collection[tuple[str, str]] | None,
    names: Mapping[str, str],
    edges: str,
    statements: pl.DataFrame,
    max_evidence: int,
    types: Collection[str] | None,
    provenance: dict[str, str],
    settings: dict[str, Any],
    corpus: Mapping[str, int],
    background: Background | None,
) -> KnowledgeGraph:
    """Name, rate, filter and sort what was counted."""
    rank = _ranks(concept_ids)
    concepts = concept_table(counts, concept_ids, names)
    marginal = np.zeros(len(concept_ids), dtype=np.int64)
    by_code = counts["concepts"].result()
    marginal[by_code["code"].to_numpy()] = by_code["documents"].to_numpy()

    pairs = counts["pairs"].result()
    n_documents, everything = corpus["documents"], pairs
    if background is not None:
        n_documents += background.documents
        marginal += background.marginal(marginal.size)
        everything = background.behind(pairs)
    pooled = everything.head(pairs.height)
    type_of, type_names = concept_types(counts, concept_ids)
    group_of, allowed = wanted_pairs(counts, concept_ids, type_pairs)
    if type_pairs is not None:
        low, high = unpack(pairs["key"].to_numpy())
        wanted = allowed[group_of[low], group_of[high]]
        pairs, pooled = pairs.filter(wanted), pooled.filter(wanted)
    there = by_code["code"].to_numpy()
    # Of a graph of statements they are counted only to rank these.
    shown, tested = edges != "statements", 0
    if shown:
        tested = possible(group_of[there], allowed)
        if trivial is not None:
            tested -= possible_of(trivial, there, group_of, allowed)
    supported = (pairs["documents"] >= min_documents) & shown
    keys = pairs["key"].filter(supported)
    swap, order = _by_id(keys.to_numpy(), rank)
    # Evidence and years are put together while the pairs are rated, all in the order of
    # the ids, source before target. No name that they read is given another value.
    turned = swap[order]
    evidence = pool.submit(
        lambda: evidence_of(
            counts["spans"].result(),
            *rows_of(counts["spans"].result(), keys, order),
            swap=turned,
            documents=documents,
            flagged=flagged,
        )
    )
    years = pool.submit(
        lambda: years_of(
            counts["years"].result(), *rows_of(counts["years"].result(), keys, order)
        )
    )
    statistics_of = rated_pairs(pooled, marginal, n_documents, tested=tested)
    standing = standing_of(everything, marginal, n_documents, concept_ids)
    if pooled.height < everything.height:
        standing = pooled.select("key").join(standing, on="key", maintain_order="left")
    rated = pairs.with_columns(
        pooled["share"],
        pooled["near"],
        *statistics_of,
        *standing.drop("key").get_columns(),
    )
    associations = co_mentions(
        rated.filter(supported)[order],
        turned,
        ids=pl.Series(concept_ids, dtype=pl.String),
        marginal=marginal,
        types=(type_names, type_of),
        told=[*years.result(), evidence.result()],
        flagged=flagged,
    )
    if edges != "co-mentions":
        stated = stated_associations(
            statements, documents, max_evidence=max_evidence, flagged=flagged
        )
        scores = scores_of_statements(
            stated, rated, concept_ids, marginal=marginal,
            types=(type_names, type_of), flagged=flagged,
        )  # fmt: skip
        stated = stated.with_columns(scores).filter(
            pl.col("documents") >= min_documents
        )
        if types is None:
            concepts = _with_stated(concepts, statements, names)
        stated = _between(stated, concepts, type_pairs)
        associations = pl.concat(
            [
                associations.with_columns(
                    qualifiers=pl.lit([], stated["qualifiers"].dtype)
                ),
                stated,
            ]
        ).sort(TABLES["associations"].key)
    if not shown:  # which have none
        associations = associations.drop("log10_p")
    return KnowledgeGraph._trusted(
        concepts=concepts,
        associations=associations,
        provenance=provenance,
        settings={**settings, "min_documents": min_documents},
        counts={
            **corpus,
            "pairs_tested": tested,
            **({"background_documents": background.documents} if background else {}),
        },
    )


def co_mentions(
    rated: pl.DataFrame,
    turned: NDArray[np.bool_],
    *,
    ids: pl.Series,
    marginal: NDArray[np.int64],
    types: tuple[list[str], NDArray[np.int64]],
    told: list[pl.Series],
    flagged: bool,
) -> pl.DataFrame:
    """Return associations of rated pairs, with years and evidence ``told`` of them."""
    low, high = unpack(rated["key"].to_numpy())
    score = scores_of(rated, marginal=marginal, types=types, flagged=flagged)
    return rated.with_columns(
        pl.Series("score", score),
        ids.gather(np.where(turned, high, low)).alias("source"),
        ids.gather(np.where(turned, low, high)).alias("target"),
        pl.lit(CO_MENTION, pl.Categorical).alias("predicate"),
        pl.lit(value=False).alias("directed"),
        pl.lit(None, pl.Float64).alias("probability"),
        *told,
        *(
            pl.lit(None, pl.UInt32).alias(name)
            for name in ("negated", "hedged")
            if not flagged
        ),
    ).select([c for c in TABLES["associations"].columns if c != "qualifiers"])


def scores_of(
    rated: pl.DataFrame,
    *,
    marginal: NDArray[np.int64],
    types: tuple[list[str], NDArray[np.int64]],
    flagged: bool,
    stated: Mapping[str, NDArray[Any]] | None = None,
) -> NDArray[np.float64]:
    """Return the scores of rated pairs, or of what is ``stated`` of each.

    ``stated`` has the ``predicate`` and what :func:`ranking.features` takes.
    """
    ends = unpack(rated["key"].to_numpy())
    said = dict(stated or {})
    predicates = said.pop("predicate", None)
    score = ranking.score(
        {
            "share": rated["share"].to_numpy() / ONE,
            "near": rated["near"].to_numpy() / ONE,
            "source": marginal[ends[0]],
            "target": marginal[ends[1]],
            **{name: rated[name].to_numpy() for name in ranking.STANDING},
            **said,
        },
        types=types[0],
        ends=(types[1][ends[0]], types[1][ends[1]]),
        predicates=predicates,
    )
    if flagged:
        score = ranking.less_where_denied(
            score, *(rated[name].to_numpy() for name in ("negated", "sentences"))
        )
    return score


def scores_of_statements(
    stated: pl.DataFrame,
    rated: pl.DataFrame,
    concept_ids: list[str],
    *,
    marginal: NDArray[np.int64],
    types: tuple[list[str], NDArray[np.int64]],
    flagged: bool,
) -> pl.Series:
    """Return the scores of statements; null where no unit names both concepts.

    Parameters
    ----------
    stated
        **All** associations that are statements.
    rated
        Pairs, sorted by key.
    concept_ids
        By number.
    marginal, types, flagged
        As for :func:`scores_of`.
    """
    ids = list(dict.fromkeys([*concept_ids, *stated["source"], *stated["target"]]))
    code = {concept: number for number, concept in enumerate(ids)}
    ends = tuple(
        np.array([code[c] for c in stated[end]], dtype=np.int64)
        for end in ("source", "target")
    )
    low, high = np.minimum(*ends), np.maximum(*ends)
    rows = (
        pl.DataFrame({"key": pack(low, high)})
        .join(rated.with_row_index("row").select("key", "row"), on="key", how="left",
              maintain_order="left")["row"]
    )  # fmt: skip
    at = np.flatnonzero(rows.is_not_null())
    said = {
        "source": ends[0], "target": ends[1],
        "predicate": stated["predicate"].cast(pl.String).to_numpy(),
        "probability": stated["probability"].to_numpy(),
    }  # fmt: skip
    leaning = ranking.leaning(said, of=(low[at], high[at]), n=len(ids))
    scores = np.full(stated.height, np.nan)
    scores[at] = scores_of(
        rated[rows.drop_nulls()],
        marginal=marginal,
        types=types,
        flagged=flagged,
        stated={
            "predicate": said["predicate"][at],
            "stated": ranking.evidence(said["probability"][at]),
            "source_leaning": leaning[0],
            "target_leaning": leaning[1],
        },
    )
    return pl.Series("score", scores).fill_nan(None)


def _with_stated(
    concepts: pl.DataFrame, statements: pl.DataFrame, names: Mapping[str, str]
) -> pl.DataFrame:
    """Add the concepts that statements name and no mention does."""
    ends = pl.concat(
        statements.select(pl.col(end).alias("concept_id"), "document")
        for end in ("source", "target")
    )
    more = (
        ends.join(concepts, on="concept_id", how="anti")
        .group_by("concept_id")
        .agg(pl.col("document").n_unique().alias("documents"))
        .with_columns(
            pl.lit(UNKNOWN_TYPE).alias("type"),
            # A name without an identifier is one of ours.
            pl.col("concept_id")
            .replace(names)
            .str.strip_prefix("kgbuild:")
            .alias("name"),
            pl.lit(0).alias("mentions"),
            *(pl.lit([], pl.List(pl.String)).alias(c) for c in ("types", "synonyms")),
        )
        .select(pl.col(c).cast(t) for c, t in concepts.schema.items())
    )
    return pl.concat([concepts, more]).sort("concept_id")


def _between(
    associations: pl.DataFrame,
    concepts: pl.DataFrame,
    type_pairs: Collection[tuple[str, str]] | None,
) -> pl.DataFrame:
    """Keep associations of concepts that are there, and of wanted pairs of types."""
    kinds = concepts.select("concept_id", pl.col("type").cast(pl.String), "types")
    of = {concept: _with_wider([kind, *more]) for concept, kind, more in kinds.rows()}
    return associations.filter(
        [
            a in of
            and b in of
            and (type_pairs is None or _paired(of[a], of[b], type_pairs))
            for a, b in associations.select("source", "target").iter_rows()
        ]
    )


def _with_wider(types: Iterable[str]) -> frozenset[str]:
    """Return types and those that they lie within."""
    return frozenset(name for t in types for name in (t, wider_type(t)))


def _paired(
    one: frozenset[str], other: frozenset[str], pairs: Iterable[tuple[str, str]]
) -> bool:
    """Whether concepts of such types are one of the pairs, in either order."""
    return any((a in one and b in other) or (a in other and b in one) for a, b in pairs)


def _ranks(concept_ids: list[str]) -> NDArray[np.int64]:
    order = sorted(range(len(concept_ids)), key=concept_ids.__getitem__)
    rank = np.zeros(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def concept_table(
    counts: Mapping[str, Future[pl.DataFrame]],
    concept_ids: list[str],
    names: Mapping[str, str],
) -> pl.DataFrame:
    """Return the concepts with their types, names and counts, sorted by id."""
    ids = pl.DataFrame(
        {"code": range(len(concept_ids)), "concept_id": concept_ids},
        schema={"code": pl.UInt32, "concept_id": pl.String},
    )
    given = pl.DataFrame(
        {"concept_id": list(names), "given": list(names.values())},
        schema={"concept_id": pl.String, "given": pl.String},
    )
    down = [False, True, False]
    types = (
        commonest_first(counts["types"].result())
        .group_by("code", maintain_order=True)
        .agg(pl.col("type").alias("types"))
    )
    called = counts["names"].result().sort("code", "count", "name", descending=down)
    preferred = (
        called.filter("preferred").group_by("code").agg(pl.col("name").first())
    ).rename({"name": "preferred"})
    texts = (
        called.filter(~pl.col("preferred"))
        .group_by("code", maintain_order=True)
        .agg(pl.col("name").head(_MAX_SYNONYMS).alias("synonyms"))
    )
    frame = counts["concepts"].result().join(ids, on="code")
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


def commonest_first(types: pl.DataFrame) -> pl.DataFrame:
    """Sort ``code, type, count`` by concept, and each one's types by how common.

    Of equally common types those come last that another type serves, so that a disease
    is one whoever else found cancers; then the alphabet decides.
    """
    served = {t: served_by(t) for t in types["type"].unique()}
    key = pl.col("type").replace(served) != pl.col("type")
    return types.sort(
        "code", "count", key, "type", descending=[False, True, False, False]
    )


def concept_types(
    counts: Mapping[str, Future[pl.DataFrame]], concept_ids: list[str]
) -> tuple[NDArray[np.int64], list[str]]:
    """Return the commonest types of concepts as numbers, and their names."""
    commonest = (
        commonest_first(counts["types"].result())
        .group_by("code")
        .agg(pl.col("type").first())
    )
    names = sorted({*commonest["type"]})
    place = {name: i for i, name in enumerate(names)}
    type_of = np.zeros(len(concept_ids), dtype=np.int64)
    type_of[commonest["code"].to_numpy()] = [place[t] for t in commonest["type"]]
    return type_of, names


def wanted_pairs(
    counts: Mapping[str, Future[pl.DataFrame]],
    concept_ids: list[str],
    type_pairs: Collection[tuple[str, str]] | None,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the group of each concept, and which pairs of groups are wanted.

    A group has the same ones of the types that are asked for, among all its types and
    those that these lie within.
    """
    group_of = np.zeros(len(concept_ids), dtype=np.int64)
    if type_pairs is None:
        return group_of, np.ones((1, 1), dtype=bool)
    asked = {name for pair in type_pairs for name in pair}
    types = counts["types"].result().group_by("code").agg(pl.col("type").unique())
    groups = {frozenset[str](): 0}
    for code, kinds in types.select("code", "type").iter_rows():
        group_of[code] = groups.setdefault(_with_wider(kinds) & asked, len(groups))
    allowed = [[_paired(one, other, type_pairs) for other in groups] for one in groups]
    return group_of, np.array(allowed)


def possible(group_of: NDArray[np.int64], allowed: NDArray[np.bool_]) -> int:
    """Count the pairs of concepts that could have been seen together."""
    n = np.bincount(group_of, minlength=len(allowed))
    ordered = int((np.outer(n, n) * allowed).sum()) - int(n[np.diag(allowed)].sum())
    return ordered // 2


def possible_of(
    keys: NDArray[np.uint64],
    there: NDArray[Any],
    group_of: NDArray[np.int64],
    allowed: NDArray[np.bool_],
) -> int:
    """Count which of some pairs are among the possible ones."""
    low, high = unpack(keys)
    named = np.zeros(group_of.size, dtype=bool)
    named[there] = True
    possible = named[low] & named[high] & allowed[group_of[low], group_of[high]]
    return int(possible.sum())


def standing_of(
    pairs: pl.DataFrame,
    marginal: NDArray[np.int64],
    n_documents: int,
    concept_ids: list[str],
) -> pl.DataFrame:
    """Return where every pair stands among all of them, by ``key``."""
    ends = unpack(pairs["key"].to_numpy())
    found = ranking.standing(
        {name: pairs[name].to_numpy() for name in ("documents", "close")},
        marginal,
        ends=ends,
        n=n_documents,
        hashes=np.array([stable_hash(c) for c in concept_ids], dtype=np.uint64),
    )
    return pl.DataFrame({"key": pairs["key"], **found})


def _by_id(
    key: NDArray[np.uint64], rank: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which pairs to turn around, and the order of all by the concepts' ids."""
    low, high = (rank[code] for code in unpack(key))
    return low > high, pair_order(pack(np.minimum(low, high), np.maximum(low, high)))


def rows_of(
    frame: pl.DataFrame, keys: pl.Series, order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the rows of pairs, put in this order; return them, and how many each has.

    Table and keys are sorted by key.
    """
    key, wanted = frame["key"].to_numpy(), keys.to_numpy()
    first = np.flatnonzero(changes(key))
    sizes = np.diff(np.append(first, key.size))
    there = key[first]
    if not there.size:
        return np.zeros(0, dtype=np.int64), np.zeros(wanted.size, dtype=np.int64)
    if not np.array_equal(there, wanted):
        place = np.minimum(np.searchsorted(there, wanted), there.size - 1)
        sizes = np.where(there[place] == wanted, sizes[place], 0)
        first = first[place]
    first, sizes = first[order], sizes[order]
    rows = np.repeat(first - (np.cumsum(sizes) - sizes), sizes)
    rows += np.arange(rows.size)
    return rows, sizes


def years_of(
    told: pl.DataFrame, rows: NDArray[np.int64], sizes: NDArray[np.int64]
) -> list[pl.Series]:
    """Return the first and last year of associations, and documents by year."""
    year, documents = told["year"].to_numpy()[rows], told["documents"].to_numpy()[rows]
    records = pa.StructArray.from_arrays(
        [pa.array(year), pa.array(documents)], names=["year", "documents"]
    )
    year = np.append(year, np.int16(0))
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


def evidence_of(
    told: pl.DataFrame,
    rows: NDArray[np.int64],
    sizes: NDArray[np.int64],
    *,
    swap: NDArray[np.bool_],
    documents: pl.DataFrame,
    flagged: bool,
) -> pl.Series:
    """Return a list per association, the preferred documents first."""
    turned = np.repeat(swap, sizes)
    ends = []
    for column in ("start", "end"):
        a = told[f"a_{column}"].to_numpy()[rows]
        b = told[f"b_{column}"].to_numpy()[rows]
        both = np.empty(2 * rows.size, dtype=np.uint32)
        both[0::2], both[1::2] = np.where(turned, b, a), np.where(turned, a, b)
        ends.append(pa.array(both))
    pair = pa.StructArray.from_arrays(ends, names=["start", "end"])
    offsets = pa.array(np.arange(rows.size + 1, dtype=np.int64) * 2)
    flags = [
        told[name].gather(rows).to_arrow()
        if flagged
        else pa.nulls(rows.size, pa.bool_())
        for name in ("negated", "hedged")
    ]
    ids = documents["document_id"].gather(told["document"].to_numpy()[rows])
    records = pa.StructArray.from_arrays(
        [
            # As views, which polars takes as they are.
            ids.to_arrow(compat_level=pl.CompatLevel.newest()),
            told["sentence"].gather(rows).to_arrow(),
            pa.LargeListArray.from_arrays(offsets, pair),
            told["score"].gather(rows).to_arrow(),
            *flags,
        ],
        names=["document_id", "sentence", "spans", "score", "negated", "hedged"],
    )
    return _lists(records, sizes).alias("evidence")


def _lists(records: pa.Array, sizes: NDArray[np.int64]) -> pl.Series:
    """Group records into lists of these sizes."""
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(offsets, records)))
