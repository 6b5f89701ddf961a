"""Turn documents into tables and tables back into documents."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import polars as pl

from kgbuild.document import (
    Document,
    Mention,
    Passage,
    Sentence,
    StageStatus,
    Statement,
)
from kgbuild.errors import ValidationError
from kgbuild.tables.schema import TABLES, empty_table, validate
from kgbuild.text import with_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kgbuild.tables.schema import TableName

#: The tables that documents are kept in.
CorpusTable = Literal["documents", "mentions", "statements"]

_Record = TypeVar("_Record")

#: Documents turned into rows at a time: bounds memory, does not change the result.
_BATCH = 4096


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
    names: Sequence[CorpusTable] = ("documents", "mentions"),
) -> tuple[pl.DataFrame, ...]:
    """Make tables of documents, of their mentions and statements, in one pass.

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
        A document id occurs twice, or a text has half of a surrogate pair.
    """
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in names}
    stream = iter(documents)
    while batch := list(islice(stream, _BATCH)):
        batch = [with_sentences(document) for document in batch]
        for name in names:
            rows = [
                row
                for document in batch
                for row in _ROWS[name](document, document.sentences or ())
            ]
            try:
                frame = pl.DataFrame(rows, schema=TABLES[name].columns, orient="row")
            except UnicodeEncodeError as error:
                half = error.object[error.start]
                msg = (
                    f"A document holds a lone surrogate ({half!r}), which is no "
                    "character and fits no table: mend its source."
                )
                raise ValidationError(msg) from error
            parts[name].append(frame)
    made = []
    for name in names:
        frame = pl.concat(parts[name]) if parts[name] else empty_table(name)
        if name == "documents":
            frame = validate(frame, name)
        made.append(frame)
    return tuple(made)


def documents_from_tables(
    documents: pl.DataFrame,
    mentions: pl.DataFrame | None = None,
    statements: pl.DataFrame | None = None,
) -> Iterator[Document]:
    """Turn tables back into documents.

    Parameters
    ----------
    documents
        A documents table. Without its detail columns a document comes back with its
        title as one passage and the rest as another.
    mentions, statements
        Tables of the same corpus; joined by ``document_id``. Mentions may come in any
        order, statements keep theirs.

    Yields
    ------
    Document
        In the order of the documents table.

    Raises
    ------
    ValidationError
        A table breaks its schema, a mention or statement names a document that is not
        there, or its offsets do not fit the text.
    """
    documents = validate(documents, "documents")
    mentions_of = _by_document(documents, mentions, "mentions", _mention)
    statements_of = _by_document(documents, statements, "statements", _statement)
    for row in documents.iter_rows(named=True):
        document = _document(row)
        yield replace(
            document,
            mentions=tuple(mentions_of.get(document.id, ())),
            statements=tuple(statements_of.get(document.id, ())),
        )


def _by_document(
    documents: pl.DataFrame,
    frame: pl.DataFrame | None,
    name: TableName,
    build: Callable[[Mapping[str, Any]], _Record],
) -> dict[str, list[_Record]]:
    """Build the records of a table; every one must be of a document that is there."""
    records: dict[str, list[_Record]] = {}
    if frame is None:
        return records
    frame = validate(frame, name)
    orphans = frame.join(documents, on="document_id", how="anti")
    if orphans.height:
        msg = (
            f"The {name} table names the document {orphans['document_id'][0]!r}, which "
            f"the documents table lacks ({orphans.height} {name} in all): give tables "
            "of one corpus."
        )
        raise ValidationError(msg)
    for row in frame.iter_rows(named=True):
        records.setdefault(row["document_id"], []).append(build(row))
    return records


# -- rows ------------------------------------------------------------------------------


def _document_rows(
    document: Document, sentences: Sequence[Sentence]
) -> Iterator[tuple[Any, ...]]:
    journal = document.metadata.get("journal")
    year = document.year
    yield (
        document.id,
        document.pmid,
        document.title,
        document.text,
        year if year is not None and -(2**15) <= year < 2**15 else None,
        journal if isinstance(journal, str) else None,
        [
            {"stage": s.stage, "state": s.state, "reason": s.reason}
            for s in document.status
        ],
        len(sentences),
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
        [{"start": s.start, "end": s.end, "cues": list(s.cues)} for s in sentences],
    )


def _mention_rows(
    document: Document, sentences: Sequence[Sentence]
) -> Iterator[tuple[Any, ...]]:
    spans = [(s.start, s.end) for s in sentences]
    starts = [start for start, _ in spans]
    for m in document.mentions:
        index = sentence_index(starts, spans, m.start)
        cues = sentences[index].cues if sentences else ()
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
            _bounds(m.fragments),
            _named(pair for pair in m.attributes if pair[0] != "name"),
            "negated" in cues,
            "hedged" in cues,
        )


def _statement_rows(
    document: Document, sentences: Sequence[Sentence]
) -> Iterator[tuple[Any, ...]]:
    spans = [(s.start, s.end) for s in sentences]
    starts = [start for start, _ in spans]
    for s in document.statements:
        yield (
            document.id,
            s.subject,
            s.predicate,
            s.object,
            s.extractor,
            s.directed,
            s.score,
            [sentence_index(starts, spans, start) for start, _ in s.spans],
            _bounds(s.spans),
            _named(s.qualifiers),
        )


_ROWS: dict[CorpusTable, Callable[..., Iterator[tuple[Any, ...]]]] = {
    "documents": _document_rows,
    "mentions": _mention_rows,
    "statements": _statement_rows,
}


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


def _bounds(spans: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"start": start, "end": end} for start, end in spans]


def _spans(bounds: Iterable[Mapping[str, int]] | None) -> tuple[tuple[int, int], ...]:
    return tuple((b["start"], b["end"]) for b in bounds or ())


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
        fragments=_spans(row.get("fragments")),
        attributes=tuple(sorted(attributes)),
    )


def _statement(row: Mapping[str, Any]) -> Statement:
    return Statement(
        subject=row["subject"],
        predicate=row["predicate"],
        object=row["object"],
        directed=row["directed"],
        extractor=row["extractor"],
        score=_shortest(row["score"]),
        spans=_spans(row["spans"]),
        qualifiers=tuple((q["name"], q["value"]) for q in row["qualifiers"]),
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
    return Document(
        id=row["document_id"],
        passages=passages,
        metadata=metadata,
        status=tuple(StageStatus(**status) for status in row["statuses"]),
        sentences=(
            None
            if row.get("sentence_spans") is None
            else tuple(
                Sentence(start=s["start"], end=s["end"], cues=tuple(s["cues"]))
                for s in row["sentence_spans"]
            )
        ),
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
