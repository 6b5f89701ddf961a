"""The one door for what users pass as documents: texts, data frames, documents."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from kgbuild.document import Document
from kgbuild.errors import InputError
from kgbuild.records import document_of, field_kinds, has_text

#: A text, a document, a pandas or polars data frame, or any number of texts, documents
#: and records (mappings with a title, an abstract or a text).
DocumentSource: TypeAlias = "str | Document | Iterable[Any]"

_EXPECTED = "a text, a Document, a data frame, or a list of texts or Documents"


def documents_from(source: DocumentSource) -> Iterator[Document]:
    """Turn whatever a user has into documents.

    Parameters
    ----------
    source
        A text; a document; texts, documents or records, mixed and streamed; a pandas
        or polars data frame with a column title, abstract or text (the names known are
        :data:`kgbuild.records.FIELD_NAMES`), or a documents table. A text gets the id
        ``text``, texts among others ``text-1``, ``text-2``, … by their place; rows
        without an id ``row-1``, ``row-2``, …. A missing value is an empty text.

    Returns
    -------
    iterator of Document
        In the order given.

    Raises
    ------
    InputError
        It is something else, or a generator that was used up before; at the call, or
        for one of many when it is reached.
    ValidationError
        A row has no text.

    Examples
    --------
    >>> [d.id for d in documents_from(["BRAF V600E.", Document.from_text("ACE.")])]
    ['text-1', 'text']
    >>> [(d.id, d.title) for d in documents_from([{"pmid": 7, "title": "ACE"}])]
    [('7', 'ACE')]
    """
    if isinstance(source, str):
        return iter([_of_text(source, "text")])
    if isinstance(source, Document):
        return iter([source])
    if isinstance(source, (Path, bytes, Mapping)) or not isinstance(source, Iterable):
        hint = ": read it with kgbuild.read" if isinstance(source, Path) else ""
        msg = f"Expected {_EXPECTED}. Got {type(source).__name__} {source!r:.60}{hint}."
        raise InputError(msg)
    if (columns := getattr(source, "columns", None)) is not None:
        return _rows(source, list(map(str, columns)))
    if (
        inspect.isgenerator(source)
        and inspect.getgeneratorstate(source) == inspect.GEN_CLOSED
    ):
        msg = (
            "These documents were used up before: a generator gives each once. Keep "
            "them as a list, documents = list(…), or read them again."
        )
        raise InputError(msg)
    return _each(source)


def _each(source: Iterable[Any]) -> Iterator[Document]:
    for number, item in enumerate(source, start=1):
        if isinstance(item, Document):
            yield item
        elif isinstance(item, str):
            yield _of_text(item, f"text-{number}")
        elif _is_missing(item):
            yield _of_text("", f"text-{number}")
        elif isinstance(item, Mapping):
            kinds = field_kinds(list(item))
            yield document_of(item, fallback_id=f"row-{number}", kinds=kinds)
        else:
            msg = (
                f"Each of many documents must be a text, a Document or a record. Got "
                f"{type(item).__name__} {item!r:.60} at place {number}."
            )
            raise InputError(msg)


def _rows(frame: Any, columns: list[str]) -> Iterator[Document]:
    if {"document_id", "text", "passages"} <= set(columns):
        from kgbuild.tables import as_frame, documents_from_tables

        return documents_from_tables(cast("Any", as_frame(frame)))
    kinds = field_kinds(columns)
    if not has_text(kinds) or {"start", "end"} <= set(columns):
        msg = (
            "A data frame of documents needs a column title, abstract or text, a row a "
            f"document. Its columns are {', '.join(map(repr, columns)) or 'none'}."
        )
        raise InputError(msg)
    return (
        document_of(row, fallback_id=f"row-{number}", kinds=kinds)
        for number, row in enumerate(_records(frame), start=1)
    )


def _records(frame: Any) -> Iterator[dict[str, Any]]:
    if hasattr(frame, "iter_rows"):
        yield from frame.iter_rows(named=True)
        return
    names = list(map(str, frame.columns))
    for row in frame.itertuples(index=False, name=None):
        yield {
            name: None if _is_missing(value) else value
            for name, value in zip(names, row, strict=True)
        }


def _is_missing(value: object) -> bool:
    """Whether it is ``None``, a NaN, or one of the two other nothings of pandas."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(value, float) and value != value


def _of_text(text: str, document_id: str) -> Document:
    if len(text) < 1024 and len(text.split()) == 1 and Path(text).is_file():
        msg = f"{text!r} is a file, not a text: read it with kgbuild.read({text!r})."
        raise InputError(msg)
    return Document.from_text(text, id=document_id)
