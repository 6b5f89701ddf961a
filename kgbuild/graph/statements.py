"""From statements of documents to associations with a predicate and a direction.

Source and target of a directed statement are its subject and object; those of one
without direction are put in the order of their ids. Statements of the same two concepts
and predicate are one association; where one of them has no direction, neither has the
association. Its probability is that at least one document is right, the documents being
independent: 1 - Π (1 - p), p of a document being the highest score of its statements. A
statement without a score, as of a gold corpus, counts as certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kgbuild.tables import TABLES, shortest

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

_KEY = ("source", "target", "predicate")
_PAIR = pl.Struct({"name": pl.String(), "value": pl.String()})
#: What of a mention's place is kept, of the source's (``a``) and the target's (``b``).
_PLACE = ("start", "end", "sentence", "negated", "hedged")

#: One row per statement. The places are null where the document does not mention both.
ROWS = {
    "document": pl.UInt32(),
    "source": pl.String(),
    "target": pl.String(),
    "predicate": pl.String(),
    "directed": pl.Boolean(),
    "score": pl.Float32(),
    "sentences": pl.List(pl.UInt32()),
    "qualifiers": pl.List(_PAIR),
    "sentence": pl.UInt32(),
    "a_start": pl.UInt32(),
    "a_end": pl.UInt32(),
    "b_start": pl.UInt32(),
    "b_end": pl.UInt32(),
    "negated": pl.Boolean(),
    "hedged": pl.Boolean(),
}


def numbered(
    statements: pl.DataFrame, documents: pl.DataFrame, *, exclude: Collection[str]
) -> tuple[pl.DataFrame, set[str]]:
    """Find the documents of statements, and turn those that have no direction.

    Parameters
    ----------
    statements
        A statements table.
    documents
        ``document_id`` of the documents that count, by number.
    exclude
        Concepts that are left out, and what is stated of them.

    Returns
    -------
    tuple
        Rows as :data:`ROWS` without places; ids of documents that are not there.
    """
    known = documents.select("document_id").with_row_index("document")
    joined = statements.join(known, on="document_id", how="left", maintain_order="left")
    strange = joined.filter(pl.col("document").is_null())["document_id"]
    turn = ~pl.col("directed") & (pl.col("subject") > pl.col("object"))
    extractor = pl.concat_list(
        pl.struct(
            pl.lit("extractor").alias("name"),
            pl.col("extractor").cast(pl.String).alias("value"),
        )
    )
    rows = joined.filter(
        pl.col("document").is_not_null(),
        ~pl.col("subject").is_in(list(exclude)),
        ~pl.col("object").is_in(list(exclude)),
    ).select(
        "document",
        pl.when(turn).then("object").otherwise("subject").alias("source"),
        pl.when(turn).then("subject").otherwise("object").alias("target"),
        pl.col("predicate").cast(pl.String),
        "directed",
        "score",
        "sentences",
        extractor.list.concat("qualifiers").alias("qualifiers"),
    )
    return rows, set(strange)


def located(
    rows: pl.DataFrame, mentions: pl.DataFrame, document: NDArray[np.uint32]
) -> pl.DataFrame:
    """Find where the documents of statements mention their two concepts.

    Of several places those in a sentence that the statement names come first, then
    those in one sentence, then the closest.

    Parameters
    ----------
    rows
        Of :func:`numbered`.
    mentions
        Part of a mentions table that holds all mentions of their documents.
    document
        uint32 ``(n_mentions,)``: numbers of their documents.

    Returns
    -------
    polars.DataFrame
        As :data:`ROWS`.
    """
    flags = [
        name if name in mentions.columns else pl.lit(None, pl.Boolean).alias(name)
        for name in ("negated", "hedged")
    ]
    places = (
        mentions.select("start", "end", "sentence", *flags, concept="concepts")
        .with_columns(document=document)
        .join(rows.select("document").unique(), on="document", how="semi")
        .explode("concept")
    )
    numbered_rows = rows.with_row_index("row")
    pairs = numbered_rows.select("row", "document", "source", "target", "sentences")
    for end, side in (("source", "a"), ("target", "b")):
        pairs = pairs.join(
            places.rename({"concept": end} | {n: f"{side}_{n}" for n in _PLACE}),
            on=["document", end],
        )
    a_start, b_start = pl.col("a_start"), pl.col("b_start")
    apart = (a_start != b_start) | (pl.col("a_end") != pl.col("b_end"))
    together = pl.col("a_sentence") == pl.col("b_sentence")
    chosen = (
        pairs.filter(apart)
        .with_columns(
            together.alias("together"),
            (
                together & pl.col("sentences").list.contains(pl.col("a_sentence"))
            ).alias("named"),
            (a_start.cast(pl.Int64) - b_start).abs().alias("distance"),
        )
        .sort(
            "row", "named", "together", "distance", "a_start", "b_start",
            descending=[False, True, True, False, False, False],
        )
        .unique("row", keep="first", maintain_order=True)
        .select(
            "row", "a_start", "a_end", "b_start", "b_end",
            pl.when("together").then("a_sentence").alias("sentence"),
            *(
                (pl.col(f"a_{flag}") | pl.col(f"b_{flag}")).alias(flag)
                for flag in ("negated", "hedged")
            ),
        )
    )  # fmt: skip
    return (
        numbered_rows.join(chosen, on="row", how="left", maintain_order="left")
        .select(list(ROWS))
        .cast(ROWS)  # type: ignore[arg-type]
    )


def associations(
    rows: pl.DataFrame, documents: pl.DataFrame, *, max_evidence: int, flagged: bool
) -> pl.DataFrame:
    """Add statements up.

    Parameters
    ----------
    rows
        As :data:`ROWS`; only of documents that count.
    documents
        ``document_id`` and ``year`` by number.
    max_evidence
        How many documents to keep as evidence of an association.
    flagged
        Whether negation and hedging are known.

    Returns
    -------
    polars.DataFrame
        Rows of an associations table.
    """
    # The newest documents first, then by id, as for co-mentions.
    known = (
        documents.select("document_id", "year")
        .with_row_index("document")
        .sort("year", "document_id", descending=[True, False], nulls_last=True)
        .with_row_index("rank")
    )
    rows = (
        rows.with_columns(
            shortest("score").fill_null(1.0).alias("p"),
            pl.col("directed").min().over(_KEY),
        )
        .join(known, on="document", how="left", maintain_order="left")
        .sort(*_KEY, "rank", "p", "a_start", "b_start",
              descending=[False] * 4 + [True, False, False], nulls_last=True)
    )  # fmt: skip
    spans = pl.concat_list(
        pl.struct(
            pl.col(f"{side}_start").alias("start"), pl.col(f"{side}_end").alias("end")
        )
        for side in "ab"
    )
    evidence = pl.struct(
        "document_id",
        "sentence",
        pl.when(pl.col("a_start").is_null())
        .then(spans.list.head(0))
        .otherwise(spans)
        .alias("spans"),
        "score",
        "negated",
        "hedged",
    )
    per_document = rows.group_by(
        *_KEY, "directed", "document", maintain_order=True
    ).agg(
        pl.col("year").first(),
        pl.col("p").max(),
        pl.col("sentences").explode().drop_nulls().n_unique().alias("sentences"),
        evidence.first().alias("evidence"),
        pl.col("negated", "hedged").first(),
    )
    by_pair = [*_KEY, "directed"]
    summed = per_document.group_by(by_pair, maintain_order=True).agg(
        pl.len().alias("documents"),
        pl.col("sentences").sum(),
        (1 - (1 - pl.col("p")).product()).round(12).alias("probability"),
        pl.col("year").min().alias("first_year"),
        pl.col("year").max().alias("last_year"),
        pl.col("evidence").head(max_evidence),
        *(
            (pl.col(f).sum() if flagged else pl.lit(None))
            for f in ("negated", "hedged")
        ),
    )
    years = (
        per_document.filter(pl.col("year").is_not_null())
        .group_by(*_KEY, "year")
        .len("documents")
        .sort("year")
        .group_by(_KEY)
        .agg(pl.struct("year", "documents").alias("years"))
    )
    qualifiers = (
        rows.explode("qualifiers")
        .unnest("qualifiers")
        .group_by(*_KEY, "name", "value")
        .agg(pl.col("document").n_unique().alias("documents"))
        .sort("name", "value")
        .group_by(_KEY)
        .agg(pl.struct("name", "value", "documents").alias("qualifiers"))
    )
    columns = TABLES["associations"].columns
    frame = summed.join(years, on=_KEY, how="left").join(
        qualifiers, on=_KEY, how="left"
    )
    rated = ("npmi", "log_odds", "p_value", "log10_p", "q_value", "score")
    return (
        frame.with_columns(pl.lit(None).alias(name) for name in rated)
        .select(pl.col(name).cast(dtype) for name, dtype in columns.items())
        .with_columns(pl.col("years").fill_null([]))
    )


def hashes(rows: pl.DataFrame, n_documents: int) -> NDArray[np.uint64]:
    """Return a number per document that depends on its statements, not on their order.

    uint64 ``(n_documents,)``; 0 for a document without statements.
    """
    from kgbuild.graph.packing import stable_hash

    out = np.zeros(n_documents, dtype=np.uint64)
    columns = ("document", "source", "target", "predicate", "directed", "score")
    with np.errstate(over="ignore"):
        for document, *said in rows.select(columns).iter_rows():
            out[document] += np.uint64(stable_hash(repr(said)))
    return out
