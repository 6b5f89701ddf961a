"""Turn documents into tables and tables back into documents."""

from __future__ import annotations

import json
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import polars as pl

from kgbuild.document import (
    Document,
    Mention,
    Passage,
    StageStatus,
    State,
    Statement,
)
from kgbuild.errors import ValidationError
from kgbuild.tables.schema import STAGES, TABLES, empty_table, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
                "type": s.predicate,
                "arguments": [s.subject, s.object],
                "attributes": _named(s.qualifiers),
            }
            for s in document.statements
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
        statements=tuple(
            Statement(
                subject=r["arguments"][0],
                predicate=r["type"],
                object=r["arguments"][1],
                qualifiers=tuple((a["name"], a["value"]) for a in r["attributes"]),
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
