"""The schemas of the five tables, and the check of a table against its schema.

Each table has *core* columns, which every such table must have, and *detail* columns,
which may be absent and which carry what else is known, so that documents survive the
way to tables and back without loss.

documents — one row per document, key ``document_id``

====================  ==================================================================
document_id           str
pmid                  u32, null where the id is not a PMID
title, text           str; offsets of mentions count code points of ``text``
year                  i16, null where unknown
journal               str, null where unknown
statuses              list of ``{stage, state, reason}``, the stages that met the
                      document, in the order in which they did
*sentences*           u32, number of sentences
*passages*            list of ``{section, start, end, metadata}`` (metadata is JSON)
*metadata*            str, JSON
*sentence_spans*      list of ``{start, end, cues}``, half-open code points
====================  ==================================================================

mentions — one row per mention, sorted as :func:`kgbuild.document.mention_order` within
a document, documents in the order given; key ``document_id, start, end, type,
recognizer`` (discontinuous mentions with one hull may share it)

====================  ==================================================================
document_id           str
sentence              u32, 0-based, the sentence that ``start`` is in
start, end            u32, half-open code points
text                  str
type, recognizer      cat
score                 f32 in [0, 1] or null
concepts              list of str, CURIEs; empty where unlinked
method                cat or null
link_score            f32 in [0, 1] or null
*name*                str, preferred name of the concept where normalization gave one;
                      of several concepts their names in order, joined by ``"; "``
*composite*           bool
*fragments*           list of ``{start, end}``
*attributes*          list of ``{name, value}``, without ``name``
*negated*, *hedged*   bool, whether its sentence holds such a cue
====================  ==================================================================

statements — one row per statement, in the documents' and their statements' order; key
``document_id, subject, predicate, object, extractor`` (statements that differ in their
evidence or qualifiers may share it)

====================  ==================================================================
document_id           str
subject, object       str, CURIEs
predicate, extractor  cat
directed              bool, whether subject and object may not be exchanged
score                 f32 in [0, 1] or null
sentences             list of u32, 0-based, those that ``spans`` start in
spans                 list of ``{start, end}``, code points: the sentences of evidence
qualifiers            list of ``{name, value}``
====================  ==================================================================

concepts — key ``concept_id``; associations — key ``source, target, predicate``: see
:mod:`kgbuild.graph.model`, which makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import polars as pl

from kgbuild.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Collection

TableName = Literal["documents", "mentions", "statements", "concepts", "associations"]

_SPAN = pl.Struct({"start": pl.UInt32(), "end": pl.UInt32()})
_PAIR = pl.Struct({"name": pl.String(), "value": pl.String()})

#: What documents say of a statement beyond it, and in how many of them.
QUALIFIER = pl.Struct(
    {"name": pl.String(), "value": pl.String(), "documents": pl.UInt32()}
)

#: One piece of evidence of an association. ``spans`` are those of source and target;
#: ``sentence`` is null where the two stand in different sentences.
EVIDENCE = pl.Struct(
    {
        "document_id": pl.String(),
        "sentence": pl.UInt32(),
        "spans": pl.List(_SPAN),
        "score": pl.Float32(),
        "negated": pl.Boolean(),
        "hedged": pl.Boolean(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """Columns of one table.

    Attributes
    ----------
    name
        One of :data:`TABLES`.
    core
        Columns that every such table has, with their dtypes, in order.
    detail
        Columns that may follow.
    nullable
        Those that may hold nulls.
    key
        Columns that name a row.
    unique
        Whether a key may occur only once.
    """

    name: TableName
    core: Mapping[str, Any]
    detail: Mapping[str, Any]
    nullable: frozenset[str]
    key: tuple[str, ...]
    unique: bool = True

    @property
    def columns(self) -> dict[str, Any]:
        """All columns, core first."""
        return {**self.core, **self.detail}


TABLES: Mapping[TableName, TableSchema] = {
    "documents": TableSchema(
        name="documents",
        core={
            "document_id": pl.String(),
            "pmid": pl.UInt32(),
            "title": pl.String(),
            "text": pl.String(),
            "year": pl.Int16(),
            "journal": pl.String(),
            "statuses": pl.List(
                pl.Struct(
                    {"stage": pl.String(), "state": pl.String(), "reason": pl.String()}
                )
            ),
        },
        detail={
            "sentences": pl.UInt32(),
            "passages": pl.List(
                pl.Struct(
                    {
                        "section": pl.String(),
                        "start": pl.UInt32(),
                        "end": pl.UInt32(),
                        "metadata": pl.String(),
                    }
                )
            ),
            "metadata": pl.String(),
            "sentence_spans": pl.List(
                pl.Struct(
                    {
                        "start": pl.UInt32(),
                        "end": pl.UInt32(),
                        "cues": pl.List(pl.String()),
                    }
                )
            ),
        },
        nullable=frozenset({"pmid", "year", "journal"}),
        key=("document_id",),
    ),
    "mentions": TableSchema(
        name="mentions",
        core={
            "document_id": pl.String(),
            "sentence": pl.UInt32(),
            "start": pl.UInt32(),
            "end": pl.UInt32(),
            "text": pl.String(),
            "type": pl.Categorical(),
            "recognizer": pl.Categorical(),
            "score": pl.Float32(),
            "concepts": pl.List(pl.String()),
            "method": pl.Categorical(),
            "link_score": pl.Float32(),
        },
        detail={
            "name": pl.String(),
            "composite": pl.Boolean(),
            "fragments": pl.List(_SPAN),
            "attributes": pl.List(_PAIR),
            "negated": pl.Boolean(),
            "hedged": pl.Boolean(),
        },
        nullable=frozenset({"score", "method", "link_score", "name"}),
        key=("document_id", "start", "end", "type", "recognizer"),
        unique=False,
    ),
    "statements": TableSchema(
        name="statements",
        core={
            "document_id": pl.String(),
            "subject": pl.String(),
            "predicate": pl.Categorical(),
            "object": pl.String(),
            "extractor": pl.Categorical(),
            "directed": pl.Boolean(),
            "score": pl.Float32(),
            "sentences": pl.List(pl.UInt32()),
            "spans": pl.List(_SPAN),
            "qualifiers": pl.List(_PAIR),
        },
        detail={},
        nullable=frozenset({"score"}),
        key=("document_id", "subject", "predicate", "object", "extractor"),
        unique=False,
    ),
    "concepts": TableSchema(
        name="concepts",
        core={
            "concept_id": pl.String(),
            "type": pl.Categorical(),
            "name": pl.String(),
            "mentions": pl.UInt32(),
            "documents": pl.UInt32(),
        },
        detail={
            "types": pl.List(pl.String()),
            "synonyms": pl.List(pl.String()),
        },
        nullable=frozenset(),
        key=("concept_id",),
    ),
    "associations": TableSchema(
        name="associations",
        core={
            "source": pl.String(),
            "target": pl.String(),
            "predicate": pl.Categorical(),
            "directed": pl.Boolean(),
            "documents": pl.UInt32(),
            "sentences": pl.UInt32(),
            "npmi": pl.Float64(),
            "log_odds": pl.Float64(),
            "p_value": pl.Float64(),
            "q_value": pl.Float64(),
            "probability": pl.Float64(),
            "first_year": pl.Int16(),
            "last_year": pl.Int16(),
            "evidence": pl.List(EVIDENCE),
        },
        detail={
            "score": pl.Float64(),
            "log10_p": pl.Float64(),
            "negated": pl.UInt32(),
            "hedged": pl.UInt32(),
            "years": pl.List(pl.Struct({"year": pl.Int16(), "documents": pl.UInt32()})),
            "qualifiers": pl.List(QUALIFIER),
        },
        nullable=frozenset(
            {
                "npmi",
                "log_odds",
                "p_value",
                "log10_p",
                "q_value",
                "score",
                "probability",
                "first_year",
                "last_year",
                "negated",
                "hedged",
            }
        ),
        key=("source", "target", "predicate"),
    ),
}


def schema_of(name: TableName) -> TableSchema:
    """Return the schema of a table.

    Raises
    ------
    ValidationError
        There is no such table.
    """
    if name not in get_args(TableName):
        msg = (
            f"The name of a table must be one of {', '.join(get_args(TableName))}. "
            f"Got {name!r}."
        )
        raise ValidationError(msg)
    return TABLES[name]


def as_frame(source: object) -> pl.DataFrame | None:
    """Return a polars or pandas data frame as a polars one; of others ``None``."""
    if isinstance(source, pl.LazyFrame):
        source = source.collect()
    if isinstance(source, pl.DataFrame):
        return source
    if type(source).__module__.partition(".")[0] == "pandas":
        return pl.from_pandas(cast("Any", source))
    return None


def shortest(column: str | pl.Expr) -> pl.Expr:
    """Return f32 as f64 of the same shortest decimal.

    Examples
    --------
    >>> frame = pl.DataFrame({"score": [0.72]}, schema={"score": pl.Float32})
    >>> frame["score"].cast(pl.Float64).item(), frame.select(shortest("score")).item()
    (0.7200000286102295, 0.72)
    """
    values = pl.col(column) if isinstance(column, str) else column
    return values.cast(pl.String).cast(pl.Float64)


def empty_table(name: TableName) -> pl.DataFrame:
    """Return a table without rows, with all its columns."""
    return pl.DataFrame(schema=schema_of(name).columns)


def validate(
    frame: pl.DataFrame, name: TableName, *, columns: Collection[str] | None = None
) -> pl.DataFrame:
    """Check a table against its schema.

    Parameters
    ----------
    frame
        With at least the core columns, in any order; a dtype that can be turned into
        the schema's without loss is turned (a CSV's i64 into u32, say).
    name
        Which table it is.
    columns
        Check these columns only: the table is a part of one.

    Returns
    -------
    polars.DataFrame
        Core columns, then the detail columns that were there; others follow as given.

    Raises
    ------
    ValidationError
        A column is missing, of a wrong dtype, null where it must not be; an offset
        does not fit its text; a key occurs twice.
    """
    schema = schema_of(name)
    core = [c for c in schema.core if columns is None or c in columns]
    missing = [column for column in core if column not in frame.columns]
    if missing:
        msg = (
            f"The {name} table lacks the column {', '.join(map(repr, missing))}; it "
            f"has {', '.join(map(repr, frame.columns)) or 'none'}: see "
            "kgbuild.tables for the columns of every table."
        )
        raise ValidationError(msg)
    order = [c for c in schema.columns if c in frame.columns]
    order += [c for c in frame.columns if c not in schema.columns]
    frame = frame.select(order)
    for column, dtype in schema.columns.items():
        if column in frame.columns and frame.schema[column] != dtype:
            frame = _cast(frame, column, dtype, name)
    for column in core:
        if column not in schema.nullable and frame[column].null_count():
            row = frame[column].is_null().arg_max()
            msg = (
                f"The column {column!r} of the {name} table must not hold nulls. Got "
                f"one in row {row}: {_row_key(frame, schema, row)}."
            )
            raise ValidationError(msg)
    if name == "mentions" and {"start", "end", "text"} <= set(frame.columns):
        _check_offsets(frame)
    if schema.unique and frame.height and set(schema.key) <= set(frame.columns):
        repeated = frame.select(schema.key).is_duplicated()
        if repeated.any():
            row = repeated.arg_max()
            msg = (
                f"The key {', '.join(schema.key)} of the {name} table must be unique. "
                f"Got {_row_key(frame, schema, row)} more than once: keep one of them."
            )
            raise ValidationError(msg)
    return frame


def _cast(
    frame: pl.DataFrame, column: str, dtype: Any, name: TableName
) -> pl.DataFrame:
    given = frame.schema[column]
    try:
        turned = frame[column].cast(dtype, strict=True)
        lossless = not (given.is_float() and dtype.is_integer()) or bool(
            (turned.cast(given) == frame[column]).all()
        )
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        msg = (
            f"The column {column!r} of the {name} table must be {_said(dtype)}. Got "
            f"{_said(given)}, which does not turn into it ({reason})."
        )
        raise ValidationError(msg) from error
    if not lossless:
        msg = (
            f"The column {column!r} of the {name} table must be {_said(dtype)}. Got "
            f"{_said(given)} with fractions: round them first."
        )
        raise ValidationError(msg)
    return frame.with_columns(turned)


def _said(dtype: Any) -> str:
    text = str(dtype)
    return text if len(text) <= 60 else text[:57] + "..."


def _check_offsets(mentions: pl.DataFrame) -> None:
    wrong = mentions.filter(
        (pl.col("start") >= pl.col("end"))
        | (pl.col("text").str.len_chars() != pl.col("end") - pl.col("start"))
    )
    if wrong.height:
        row = wrong.row(0, named=True)
        msg = (
            f"The mention {row['text']!r} of document {row['document_id']} is "
            f"{len(row['text'])} characters long; its offsets are {row['start']} to "
            f"{row['end']} ({wrong.height} such mentions): count offsets in Unicode "
            "code points, half open."
        )
        raise ValidationError(msg)


def _row_key(frame: pl.DataFrame, schema: TableSchema, row: int | None) -> str:
    values = frame.select(schema.key).row(row or 0, named=True)
    return ", ".join(f"{key} {value!r}" for key, value in values.items())
