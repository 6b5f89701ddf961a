"""The one door for what users pass as documents: texts, data frames, documents."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias, cast

from kgbuild._io.paths import is_file
from kgbuild._io.surrogates import without_halves
from kgbuild._io.unique_ids import SeenIds
from kgbuild.document import Document
from kgbuild.errors import InputError
from kgbuild.records import OwnNumbers, document_of, field_kinds, has_text, same_texts

#: A text, a document, a pandas or polars data frame, or any number of texts, documents
#: and records (mappings with a title, an abstract or a text).
DocumentSource: TypeAlias = "str | Document | Iterable[Any]"

_EXPECTED = "a text, a Document, a data frame, or a list of texts or Documents"


def documents_from(
    source: DocumentSource, *, annotated: bool = False
) -> Iterator[Document]:
    """Turn whatever a user has into documents.

    Parameters
    ----------
    source
        A text; a document; texts, documents or records, mixed and streamed; a pandas
        or polars data frame with a column title, abstract or text (the names known are
        :data:`kgbuild.records.FIELD_NAMES`), or a documents table. A text gets the id
        ``text``, texts among others ``text-1``, ``text-2``, … by their place; rows
        without an id ``row-1``, ``row-2``, …; a column ``id`` of row numbers, which
        are no PMIDs, makes ``id:1``, ``id:2``, …. A missing value is an empty text, and
        half of a surrogate pair is read as U+FFFD. Of texts and records with one id,
        the second is ``ID#2``, as :func:`kgbuild.read` does.
    annotated
        Whether only documents will do: texts and frames carry no mentions.

    Returns
    -------
    iterator of Document
        In the order given.

    Raises
    ------
    InputError
        It is something else, or an iterator that was used up before; at the call, or
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
    if type(source).__module__.startswith("polars") and hasattr(source, "collect"):
        source = cast("Any", source).collect()
    columns = getattr(source, "columns", None)
    if annotated and (isinstance(source, str) or columns is not None):
        raise _unread(source)
    if isinstance(source, str):
        _check_text(source)
        return iter([_of_text(source, "text")])
    if isinstance(source, Document):
        return iter([source])
    if isinstance(source, (Path, bytes, Mapping)) or not isinstance(source, Iterable):
        hint = ": read it with kgbuild.read" if isinstance(source, Path) else ""
        msg = f"Expected {_EXPECTED}. Got {type(source).__name__} {source!r:.60}{hint}."
        raise InputError(msg)
    if columns is not None:
        return _rows(source, list(map(str, columns)))
    used_up = False
    if inspect.isgenerator(source):
        used_up = inspect.getgeneratorstate(source) == inspect.GEN_CLOSED
    elif isinstance(source, Iterator):
        # Others do not tell; one that was empty from the start is as surprising.
        first = list(islice(source, 1))
        used_up, source = not first, chain(first, source)
    if used_up:
        msg = (
            "These documents were used up before: a generator or iterator gives each "
            "once. Keep them as a list, documents = list(…), or read them again."
        )
        raise InputError(msg)
    return _each(source, annotated=annotated)


def _unread(source: object) -> InputError:
    shown = f" {source!r:.60}" if isinstance(source, (str, int)) else ""
    return InputError(
        f"Expected annotated Documents. Got {type(source).__name__}{shown}: "
        "annotate texts first: kgbuild.annotate(texts)."
    )


def _each(source: Iterable[Any], *, annotated: bool) -> Iterator[Document]:
    seen, own, numbers = SeenIds(), set[str](), OwnNumbers()
    for number, item in enumerate(source, start=1):
        if isinstance(item, Document):
            # Documents that come twice are the caller's; made-up ids are ours.
            if item.id in own:
                item = unlike(item, seen)
            elif item.id.startswith(("text-", "row-")):
                seen.unique(item.id)
            yield item
            continue
        if annotated:
            raise _unread(item)
        if isinstance(item, str) or _is_missing(item):
            text = item if isinstance(item, str) else ""
            document = _of_text(text, f"text-{number}")
        elif isinstance(item, Mapping):
            kinds = _kinds(list(item))
            document = _whole(
                document_of(
                    item, fallback_id=f"row-{number}", kinds=kinds, numbers=numbers
                )
            )
        else:
            msg = (
                f"Each of many documents must be a text, a Document or a record. Got "
                f"{type(item).__name__} {item!r:.60} at place {number}."
            )
            raise InputError(msg)
        document = unlike(document, seen)
        own.add(document.id)
        yield document


def unlike(document: Document, seen: SeenIds) -> Document:
    """Return the document, by another id where one of that id was seen before."""
    name = seen.unique(document.id)
    if name == document.id:
        return document
    metadata = {**document.metadata, "source_id": document.id}
    if document.pmid is not None:
        metadata["pmid"] = document.pmid
    return replace(document, id=name, metadata=metadata)


def _kinds(columns: list[str]) -> dict[str, str]:
    if (fault := same_texts(columns)) is not None:
        raise InputError(fault)
    return field_kinds(columns)


def _rows(frame: Any, columns: list[str]) -> Iterator[Document]:
    if {"document_id", "text", "passages"} <= set(columns):
        from kgbuild.tables import as_frame, documents_from_tables

        return documents_from_tables(cast("Any", as_frame(frame)))
    kinds = _kinds(columns)
    if not has_text(kinds) or {"start", "end"} <= set(columns):
        msg = (
            "A data frame of documents needs a column title, abstract or text, a row a "
            f"document. Its columns are {', '.join(map(repr, columns)) or 'none'}."
        )
        raise InputError(msg)
    seen, numbers = SeenIds(), OwnNumbers()
    return (
        _whole(
            unlike(
                document_of(
                    row, fallback_id=f"row-{number}", kinds=kinds, numbers=numbers
                ),
                seen,
            )
        )
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


#: What a word ends with that was meant as the name of a file.
_FILE = re.compile(
    r"\S+\.(?:jsonl?|xml|txt|[ct]sv|pubtator|nbib|ris|conll|parquet|pdf|html?)"
    r"(?:\.gz|\.zst)?",
    re.IGNORECASE,
)


def _check_text(text: str) -> None:
    """Refuse what is given as the one text and is none."""
    if text.lstrip()[:14].lower().startswith(("<!doctype html", "<html")):
        msg = f"A text was expected, and this is HTML: {text!r:.60}. Give its text."
        raise InputError(msg)
    if text.startswith("%PDF-"):
        msg = (
            f"A text was expected, and this is a PDF file: {text!r:.60}. Give its text."
        )
        raise InputError(msg)
    if _FILE.fullmatch(text) and not is_file(text):
        msg = (
            f"{text!r:.80} names a file, and there is none: check the path, then read "
            "it with kgbuild.read."
        )
        raise InputError(msg)


def _of_text(text: str, document_id: str) -> Document:
    if len(text) < 1024 and len(text.split()) == 1 and is_file(text):
        msg = f"{text!r} is a file, not a text: read it with kgbuild.read({text!r})."
        raise InputError(msg)
    return Document.from_text(without_halves(text), id=document_id)


def _whole(document: Document) -> Document:
    """Return a document of a record with whole characters; it has no mentions yet."""
    passages = tuple(
        replace(passage, text=without_halves(passage.text))
        for passage in document.passages
    )
    return replace(document, passages=passages)
