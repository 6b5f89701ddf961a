"""The four tables: their schemas, to and from documents, Parquet.

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
status                struct of the stages recognize, variants, normalize, each a struct
                      ``{state, reason}``, null where the stage never met the document
*sentences*           u32, number of sentences
*passages*            list of ``{section, start, end, metadata}`` (metadata is JSON)
*metadata*            str, JSON
*relations*           list of ``{type, arguments, attributes}``
*other_status*        list of ``{stage, state, reason}``: stages other than the three
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
*name*                str, preferred name of the concept where normalization gave one
*composite*           bool
*fragments*           list of ``{start, end}``
*attributes*          list of ``{name, value}``, without ``name``
*negated*, *hedged*   bool, whether its sentence holds such a cue
====================  ==================================================================

concepts — key ``concept_id``; associations — key ``source, target, relation``: see
:mod:`kgbuild.graph.model`, which makes them.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
import polars as pl

from kgbuild._io.files import check_readable, write_atomically
from kgbuild.document import (
    Document,
    Mention,
    Passage,
    Relation,
    StageStatus,
    State,
)
from kgbuild.errors import InputError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

TableName = Literal["documents", "mentions", "concepts", "associations"]

#: The stages that have a place of their own in ``documents.status``.
STAGES = ("recognize", "variants", "normalize")

#: Documents turned into rows at a time: bounds memory, does not change the result.
_BATCH = 4096

_STATE = pl.Struct({"state": pl.String(), "reason": pl.String()})
_SPAN = pl.Struct({"start": pl.UInt32(), "end": pl.UInt32()})
_PAIR = pl.Struct({"name": pl.String(), "value": pl.String()})

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
        ``"documents"``, ``"mentions"``, ``"concepts"`` or ``"associations"``.
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
            "status": pl.Struct(dict.fromkeys(STAGES, _STATE)),
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
            "relations": pl.List(
                pl.Struct(
                    {
                        "type": pl.String(),
                        "arguments": pl.List(pl.String()),
                        "attributes": pl.List(_PAIR),
                    }
                )
            ),
            "other_status": pl.List(
                pl.Struct(
                    {"stage": pl.String(), "state": pl.String(), "reason": pl.String()}
                )
            ),
        },
        nullable=frozenset({"pmid", "year", "journal", "status"}),
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
            "relation": pl.Categorical(),
            "documents": pl.UInt32(),
            "sentences": pl.UInt32(),
            "npmi": pl.Float64(),
            "log_odds": pl.Float64(),
            "p_value": pl.Float64(),
            "q_value": pl.Float64(),
            "first_year": pl.Int16(),
            "last_year": pl.Int16(),
            "evidence": pl.List(EVIDENCE),
        },
        detail={
            "negated": pl.UInt32(),
            "hedged": pl.UInt32(),
            "years": pl.List(pl.Struct({"year": pl.Int16(), "documents": pl.UInt32()})),
        },
        nullable=frozenset({"first_year", "last_year", "negated", "hedged"}),
        key=("source", "target", "relation"),
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


def documents_table(documents: Iterable[Document]) -> pl.DataFrame:
    """Make the documents table.

    Parameters
    ----------
    documents
        Streamed once; order kept.

    Returns
    -------
    polars.DataFrame
        As the module describes it.

    Raises
    ------
    ValidationError
        A document id occurs twice.

    Examples
    --------
    >>> from kgbuild.document import Document
    >>> frame = documents_table([Document.from_text("ACE lowers it.", id="7")])
    >>> frame.select("document_id", "pmid", "sentences").rows()
    [('7', 7, 1)]
    """
    return tables(documents, names=("documents",))[0]


def mentions_table(documents: Iterable[Document]) -> pl.DataFrame:
    """Make the mentions table.

    Parameters
    ----------
    documents
        Streamed once; order kept.

    Returns
    -------
    polars.DataFrame
        As the module describes it.

    Examples
    --------
    >>> from kgbuild.document import Document, Mention
    >>> document = Document.from_text("Captopril inhibits ACE.", id="7").with_mentions(
    ...     [Mention(start=19, end=22, text="ACE", type="Gene",
    ...              concepts=("ncbigene:1636",))]
    ... )
    >>> frame = mentions_table([document])
    >>> frame.select("document_id", "sentence", "start", "end", "concepts").rows()
    [('7', 0, 19, 22, ['ncbigene:1636'])]
    """
    return tables(documents, names=("mentions",))[0]


def tables(
    documents: Iterable[Document],
    *,
    names: tuple[Literal["documents", "mentions"], ...] = ("documents", "mentions"),
) -> tuple[pl.DataFrame, ...]:
    """Make the documents and the mentions table in one pass.

    Parameters
    ----------
    documents
        Streamed once; order kept.
    names
        Which tables to make.

    Returns
    -------
    tuple of polars.DataFrame
        One per name, in their order.

    Raises
    ------
    ValidationError
        A document id occurs twice.
    """
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in names}
    stream = iter(documents)
    while batch := list(islice(stream, _BATCH)):
        sentences = [_sentences(document) for document in batch]
        if "documents" in parts:
            parts["documents"].append(
                pl.DataFrame(
                    [
                        _document_row(d, len(s))
                        for d, s in zip(batch, sentences, strict=True)
                    ],
                    schema=TABLES["documents"].columns,
                    orient="row",
                )
            )
        if "mentions" in parts:
            rows = [
                row
                for document, spans in zip(batch, sentences, strict=True)
                for row in _mention_rows(document, spans)
            ]
            parts["mentions"].append(
                pl.DataFrame(rows, schema=TABLES["mentions"].columns, orient="row")
            )
    made = []
    for name in names:
        frame = pl.concat(parts[name]) if parts[name] else empty_table(name)
        if name == "documents":
            frame = validate(frame, name)
        made.append(frame)
    return tuple(made)


def documents_from_tables(
    documents: pl.DataFrame, mentions: pl.DataFrame | None = None
) -> Iterator[Document]:
    """Turn tables back into documents.

    Parameters
    ----------
    documents
        A documents table. Without its detail columns a document comes back with its
        title as one passage and the rest as another.
    mentions
        A mentions table, in any order; joined by ``document_id``.

    Yields
    ------
    Document
        In the order of the documents table.

    Raises
    ------
    ValidationError
        A table breaks its schema, a mention names a document that is not there, or
        its offsets do not fit the text.
    """
    documents = validate(documents, "documents")
    by_document: dict[str, list[Mention]] = {}
    if mentions is not None:
        mentions = validate(mentions, "mentions")
        orphans = mentions.join(documents, on="document_id", how="anti")
        if orphans.height:
            msg = (
                f"The mentions table names the document "
                f"{orphans['document_id'][0]!r}, which the documents table lacks "
                f"({orphans.height} mentions in all): give both tables of one corpus."
            )
            raise ValidationError(msg)
        for row in mentions.iter_rows(named=True):
            by_document.setdefault(row["document_id"], []).append(_mention(row))
    for row in documents.iter_rows(named=True):
        document = _document(row)
        yield document.with_mentions(by_document.get(document.id, ()))


def write_table(
    frame: pl.DataFrame,
    path: Path | str,
    *,
    name: TableName,
    provenance: Mapping[str, str] | None = None,
) -> Path:
    """Write a table as one Parquet file: whole or not at all, reproducibly.

    Parameters
    ----------
    frame
        Checked against its schema first.
    path
        Of the file.
    name
        Which table it is.
    provenance
        Versions of code, models and vocabularies; kept in the file, see
        :func:`read_provenance`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValidationError
        The table breaks its schema.
    """
    frame = validate(frame, name)
    path = Path(path)
    kept = json.dumps(dict(provenance or {}), sort_keys=True, ensure_ascii=False)
    with write_atomically(path) as stream:
        frame.write_parquet(
            stream,
            compression="zstd",
            metadata={"kgbuild.table": name, "kgbuild.provenance": kept},
        )
    return path


def read_table(
    path: Path | str, *, name: TableName, columns: Collection[str] | None = None
) -> pl.DataFrame:
    """Read a table from a Parquet file, or from all those in a folder.

    Parameters
    ----------
    path
        A file, or a folder of shards (``*.parquet``), which are read in the order of
        their names.
    name
        Which table it is.
    columns
        Read these only, as far as they are there; all unless told.

    Raises
    ------
    InputError
        There is nothing there, or it is not Parquet.
    ValidationError
        It is another table, or breaks the schema.
    """
    parts = [_read_parquet(file, name, columns) for file in table_files(path)]
    frame = pl.concat(parts, how="diagonal") if len(parts) > 1 else parts[0]
    return validate(frame, name, columns=columns)


def table_files(path: Path | str) -> list[Path]:
    """Return the Parquet files of a table: the file itself or a folder's shards.

    Raises
    ------
    InputError
        There are none.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(path.glob("*.parquet"))
        if not files:
            reason = "This folder holds no *.parquet files: name a folder of shards."
            raise InputError(reason, path=path)
        return files
    check_readable(path)
    return [path]


def read_provenance(path: Path | str) -> dict[str, str]:
    """Return the versions that :func:`write_table` kept in a file.

    Raises
    ------
    InputError
        The file is missing or not Parquet.
    """
    file = table_files(path)[0]
    try:
        kept = pl.read_parquet_metadata(file).get("kgbuild.provenance", "{}")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(_not_parquet(error), path=file) from error
    return dict(json.loads(kept))


# -- rows ------------------------------------------------------------------------------


def _sentences(document: Document) -> list[tuple[int, int]]:
    from kgbuild.text.sentences import document_sentences

    return document_sentences(document)


def _document_row(document: Document, n_sentences: int) -> tuple[Any, ...]:
    by_stage = {s.stage: s for s in document.status}
    status = {
        stage: (
            {"state": by_stage[stage].state, "reason": by_stage[stage].reason}
            if stage in by_stage
            else None
        )
        for stage in STAGES
    }
    journal = document.metadata.get("journal")
    year = document.year
    return (
        document.id,
        document.pmid,
        document.title,
        document.text,
        year if year is not None and -(2**15) <= year < 2**15 else None,
        journal if isinstance(journal, str) else None,
        status,
        n_sentences,
        [
            {
                "section": passage.section,
                "start": start,
                "end": end,
                "metadata": _json(passage.metadata),
            }
            for passage, (start, end) in zip(
                document.passages, document.passage_offsets(), strict=True
            )
        ],
        _json(document.metadata),
        [
            {
                "type": r.type,
                "arguments": list(r.arguments),
                "attributes": _named(r.attributes),
            }
            for r in document.relations
        ],
        [
            {"stage": s.stage, "state": s.state, "reason": s.reason}
            for s in document.status
            if s.stage not in STAGES
        ],
    )


def _mention_rows(
    document: Document, sentences: list[tuple[int, int]]
) -> Iterator[tuple[Any, ...]]:
    from kgbuild.text.cues import is_hedged, is_negated

    starts = [start for start, _ in sentences]
    flags: dict[int, tuple[bool, bool]] = {}
    for m in document.mentions:
        index = sentence_index(starts, sentences, m.start)
        if index not in flags:
            first, last = sentences[index] if sentences else m.span
            sentence = document.text[first:last]
            flags[index] = is_negated(sentence), is_hedged(sentence)
        yield (
            document.id,
            index,
            m.start,
            m.end,
            m.text,
            m.type,
            m.recognizer,
            m.score,
            list(m.concepts),
            m.method,
            m.link_score,
            m.attribute("name"),
            m.composite,
            [{"start": start, "end": end} for start, end in m.fragments],
            _named(pair for pair in m.attributes if pair[0] != "name"),
            *flags[index],
        )


def sentence_index(
    starts: list[int], sentences: list[tuple[int, int]], offset: int
) -> int:
    """Return the index of the sentence at an offset.

    Parameters
    ----------
    starts
        First offsets of ``sentences``.
    sentences
        Half-open offsets, sorted and disjoint.
    offset
        White space between two sentences belongs to the later one.

    Returns
    -------
    int
        0 where there are no sentences.

    Examples
    --------
    >>> [sentence_index([0, 10], [(0, 9), (10, 20)], at) for at in (0, 8, 9, 10, 25)]
    [0, 0, 1, 1, 1]
    """
    index = max(bisect_right(starts, offset) - 1, 0)
    if index + 1 < len(sentences) and offset >= sentences[index][1]:
        index += 1
    return index


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _json(value: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)
    except TypeError as error:
        msg = (
            f"The metadata of a document must be what JSON can hold. Got {error}: "
            "turn that value into text or a number."
        )
        raise ValidationError(msg) from error


def _mention(row: Mapping[str, Any]) -> Mention:
    attributes = [(p["name"], p["value"]) for p in row.get("attributes") or ()]
    if row.get("name") is not None:
        attributes.append(("name", row["name"]))
    return Mention(
        start=row["start"],
        end=row["end"],
        text=row["text"],
        type=row["type"],
        recognizer=row["recognizer"],
        score=_shortest(row["score"]),
        concepts=tuple(row["concepts"]),
        method=row["method"],
        link_score=_shortest(row["link_score"]),
        composite=bool(row.get("composite")),
        fragments=tuple((f["start"], f["end"]) for f in row.get("fragments") or ()),
        attributes=tuple(sorted(attributes)),
    )


def _shortest(score: float | None) -> float | None:
    """Return the shortest decimal that is this f32: 0.9 stays 0.9."""
    return None if score is None else float(str(np.float32(score)))


def _document(row: Mapping[str, Any]) -> Document:
    text: str = row["text"]
    if row.get("passages") is not None:
        passages = tuple(
            Passage(
                text=text[p["start"] : p["end"]],
                section=p["section"],
                metadata=_from_json(p["metadata"]),
            )
            for p in row["passages"]
        )
    else:
        passages = _guess_passages(row["title"], text)
    if row.get("metadata") is not None:
        metadata = _from_json(row["metadata"])
    else:
        metadata = {
            key: row[key] for key in ("journal", "pmid", "year") if row[key] is not None
        }
    status = [
        StageStatus(stage=stage, state=entry["state"], reason=entry["reason"])
        for stage, entry in (row["status"] or {}).items()
        if entry is not None and entry["state"] is not None
    ]
    status += [
        StageStatus(
            stage=s["stage"], state=cast("State", s["state"]), reason=s["reason"]
        )
        for s in row.get("other_status") or ()
    ]
    return Document(
        id=row["document_id"],
        passages=passages,
        metadata=metadata,
        relations=tuple(
            Relation(
                type=r["type"],
                arguments=tuple(r["arguments"]),
                attributes=tuple((a["name"], a["value"]) for a in r["attributes"]),
            )
            for r in row.get("relations") or ()
        ),
        status=tuple(status),
    )


def _guess_passages(title: str, text: str) -> tuple[Passage, ...]:
    """Split text without passages: offsets must stay, so only a true prefix is cut."""
    if title and text.startswith(f"{title} "):
        return (
            Passage(text=title, section="title"),
            Passage(text=text[len(title) + 1 :], section="abstract"),
        )
    return (Passage(text=text, section="title" if title == text else "abstract"),)


def _from_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        msg = f"The metadata {text[:80]!r} is not JSON: {error}."
        raise ValidationError(msg) from error
    if not isinstance(value, dict):
        msg = f"Metadata must be a JSON object. Got {text[:80]!r}."
        raise ValidationError(msg)
    return value


# -- checks ----------------------------------------------------------------------------


def _cast(
    frame: pl.DataFrame, column: str, dtype: Any, name: TableName
) -> pl.DataFrame:
    found = frame.schema[column]
    try:
        turned = frame[column].cast(dtype, strict=True)
        lossless = not (found.is_float() and dtype.is_integer()) or bool(
            (turned.cast(found) == frame[column]).all()
        )
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        msg = (
            f"The column {column!r} of the {name} table must be {_said(dtype)}. Got "
            f"{_said(found)}, which does not turn into it ({reason})."
        )
        raise ValidationError(msg) from error
    if not lossless:
        msg = (
            f"The column {column!r} of the {name} table must be {_said(dtype)}. Got "
            f"{_said(found)} with fractions: round them first."
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


def _read_parquet(
    path: Path, name: TableName, columns: Collection[str] | None
) -> pl.DataFrame:
    try:
        stated = pl.read_parquet_metadata(path).get("kgbuild.table", name)
        there = pl.read_parquet_schema(path)
        wanted = [c for c in there if columns is None or c in columns]
        frame = pl.read_parquet(path, columns=wanted, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(_not_parquet(error), path=path) from error
    if stated != name:
        msg = f"{path}: this is a {stated} table, a {name} table was expected."
        raise ValidationError(msg)
    return frame


def _not_parquet(error: Exception) -> str:
    first = (str(error).splitlines() or ["no reason given"])[0]
    return f"This is not a sound Parquet file ({first}): write or copy it again."
