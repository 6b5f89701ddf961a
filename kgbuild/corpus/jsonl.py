"""JSON Lines: kgbuild's own documents, or any records with a title and an abstract.

One JSON object a line (or one array of them), each of

* a document as :meth:`kgbuild.document.Document.to_json` writes it: nothing is lost;
* a BioC document (``passages`` with offsets), or one of PubAnnotation;
* a record ``{"pmid" or "id", "title", "abstract" or "text", "year", "journal", …}``.
  One without an id gets the file's name and its line: ``cohort:17``; one with a row
  number for an id, which is no PMID, ``id:17``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import lines, open_binary, stem
from kgbuild.corpus._json_stream import iter_values, loads, seems_cut
from kgbuild.corpus._writing import Reporter, Writer
from kgbuild.document import Document
from kgbuild.errors import InputError, KgbuildError
from kgbuild.records import OwnNumbers, document_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.corpus._writing import OnFailure


def sniff_jsonl(head: str) -> bool:
    """Whether the file begins with a JSON object that is no BioC collection."""
    text = head.lstrip().lstrip("[").lstrip()
    if not text.startswith("{"):
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        # One longer than the head: a name in quotes must follow.
        return text[1:].lstrip().startswith('"') and '"documents"' not in text
    return '"documents"' not in text[:end]


def read_jsonl(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read JSON Lines, or one JSON array."""
    path = Path(path)
    report, numbers = Reporter(path, on_failure), OwnNumbers()
    if _is_one_value(path):
        with open_binary(path) as stream:
            for number, (line, value) in enumerate(
                iter_values(stream, path=path), start=1
            ):
                name = f"{stem(path)}:{number}"
                yield from _document(value, line, name, report, numbers)
        report.numbered(numbers)
        return
    broken: tuple[int, str, str] | None = None
    for line, text in lines(path):
        if not text.strip():
            continue
        if broken is not None:
            report(broken[1], line=broken[0])
            broken = None
        try:
            value = loads(text)
        except ValueError as error:
            broken = line, f"{error} One object a line was expected.", text
            continue
        yield from _document(value, line, f"{stem(path)}:{line}", report, numbers)
    report.numbered(numbers)
    if broken is not None:
        if seems_cut(broken[2]):
            reason = "The file ends within a JSON object: copy or download it again."
            raise InputError(reason, path=path, line=broken[0])
        report(broken[1], line=broken[0])


def _is_one_value(path: Path) -> bool:
    """Whether the file is an array or an object written over several lines."""
    first = next((text.strip() for _, text in lines(path) if text.strip()), "")
    return first.startswith("[") or first == "{"


def _document(
    value: Any, line: int, fallback_id: str, report: Reporter, numbers: OwnNumbers
) -> Iterator[Document]:
    name = None
    try:
        if not isinstance(value, dict):
            msg = f"A document is a JSON object. Got {type(value).__name__}."
            raise ValueError(msg)
        if value.get("id") is not None:
            name = str(value["id"])
        yield _read_object(value, line, fallback_id, report, numbers)
    except (KgbuildError, ValueError, TypeError, AttributeError) as error:
        report(str(error), line=line, document_id=name)


def _read_object(
    value: dict[str, Any],
    line: int,
    fallback_id: str,
    report: Reporter,
    numbers: OwnNumbers,
) -> Document:
    passages = value.get("passages")
    if isinstance(value.get("text"), str) and any(
        isinstance(value.get(field), list)
        for field in ("denotations", "tracks", "blocks")
    ):
        from kgbuild.corpus.pubannotation import document_from_pubannotation

        return document_from_pubannotation(
            value, fallback_id=fallback_id, line=line, report=report
        )
    if not isinstance(passages, list):
        _refuse_what_would_be_lost(value)
        return document_of(value, fallback_id=fallback_id, numbers=numbers)
    if any(isinstance(p, dict) and not p.keys().isdisjoint(_BIOC) for p in passages):
        from kgbuild.corpus.bioc import document_from_bioc

        return document_from_bioc(
            value, line=line, report=report, fallback_id=fallback_id
        )
    if not isinstance(value.get("id"), str):
        value = {**value, "id": str(value.get("id") or fallback_id)}
    fields = {str(key) for p in passages if isinstance(p, dict) for key in p}
    if not fields <= {"text", "section", "metadata"}:
        msg = (
            "The record has passages of another schema (fields "
            f"{', '.join(sorted(fields))[:100]}): kgbuild's have text, section and "
            "metadata; convert it to BioC JSON or PubAnnotation."
        )
        raise ValueError(msg)
    return Document.from_dict(value)


#: Fields in which annotation tools put spans of a text, as pairs of offsets.
_PAIRS = ("label", "labels", "spans", "ents", "entities", "annotations")
#: How objects that are stretches of a text say where they begin.
_BEGINS = frozenset(
    ["start", "begin", "start_offset", "startOffset", "start_char", "span", "offsets"]
)
#: Fields in which tokens have their tags.
_TAGS = ("ner_tags", "ner", "tags", "bio_tags")
#: Fields of other schemas that hold text → whose they are.
_TEXTS = {"abstract_inverted_index": "OpenAlex", "body_text": "CORD-19"}


def _refuse_what_would_be_lost(value: dict[str, Any]) -> None:
    """Raise ``ValueError`` where a record has mentions or texts of another schema."""
    for field, content in value.items():
        if field in _TEXTS and content:
            msg = (
                f"The record is of {_TEXTS[field]} and has text in its field "
                f"{field!r}, which would be lost: put it into a field 'abstract' or "
                "'text', or take the field out."
            )
            raise ValueError(msg)
        listed = content if isinstance(content, list) else []
        of_tokens = field in _TAGS and "tokens" in value and bool(listed)
        if of_tokens or any(_is_span(item, field) for item in listed):
            msg = (
                f"The record has mentions in its field {field!r} (as of doccano, "
                "Prodigy or spaCy), which would be lost: convert it to "
                "PubAnnotation or BioC JSON, or take the field out."
            )
            raise ValueError(msg)


def _is_span(item: Any, field: str) -> bool:
    """Whether an item of a list is a stretch of text with a label or offsets."""
    if isinstance(item, dict):
        return not _BEGINS.isdisjoint(item)
    pair = isinstance(item, list) and [type(part) for part in item[:2]] == [int, int]
    return pair and field in _PAIRS


#: Fields that BioC's passages have and kgbuild's have not.
_BIOC = frozenset({"offset", "infons", "annotations", "sentences"})


def jsonl_writer() -> Writer:
    """Return the writer of JSON Lines."""
    return Writer(encode=lambda document: f"{document.to_json()}\n".encode())
