"""JSON Lines: kgbuild's own documents, or any records with a title and an abstract.

One JSON object a line (or one array of them), each of

* a document as :meth:`kgbuild.document.Document.to_json` writes it: nothing is lost;
* a BioC document (``passages`` with offsets);
* a record ``{"pmid" or "id", "title", "abstract" or "text", "year", "journal", …}``.
  One without an id gets the file's name and its line: ``cohort:17``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import lines, open_binary, stem
from kgbuild.corpus._json_stream import iter_values, loads, seems_cut
from kgbuild.corpus._writing import Writer
from kgbuild.document import Document
from kgbuild.errors import DocumentFailure, InputError, KgbuildError
from kgbuild.records import document_of

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
    """Read JSON Lines, or one JSON array.

    Parameters
    ----------
    path
        The file; ``.gz`` and ``.zst`` are decompressed.
    on_failure
        Gets every line that is no document.

    Raises
    ------
    InputError
        The file cannot be read, or ends within an object.
    """
    path = Path(path)
    if _is_one_value(path):
        with open_binary(path) as stream:
            for number, (line, value) in enumerate(
                iter_values(stream, path=path), start=1
            ):
                yield from _document(
                    value, path, line, f"{stem(path)}:{number}", on_failure
                )
        return
    broken: tuple[int, str, str] | None = None
    for line, text in lines(path):
        if not text.strip():
            continue
        if broken is not None:
            on_failure(_failure(path, broken[0], broken[1]))
            broken = None
        try:
            value = loads(text)
        except ValueError as error:
            broken = line, f"{error} One object a line was expected.", text
            continue
        yield from _document(value, path, line, f"{stem(path)}:{line}", on_failure)
    if broken is not None:
        if seems_cut(broken[2]):
            reason = "The file ends within a JSON object: copy or download it again."
            raise InputError(reason, path=path, line=broken[0])
        on_failure(_failure(path, broken[0], broken[1]))


def _is_one_value(path: Path) -> bool:
    """Whether the file is an array or an object written over several lines."""
    first = next((text.strip() for _, text in lines(path) if text.strip()), "")
    return first.startswith("[") or first == "{"


def _document(
    value: Any, path: Path, line: int, fallback_id: str, on_failure: OnFailure
) -> Iterator[Document]:
    name = None
    try:
        if not isinstance(value, dict):
            msg = f"A document is a JSON object. Got {type(value).__name__}."
            raise ValueError(msg)
        if value.get("id") is not None:
            name = str(value["id"])
        yield _read_object(value, path, line, fallback_id, on_failure)
    except (KgbuildError, ValueError, TypeError, AttributeError) as error:
        on_failure(_failure(path, line, str(error), name))


def _read_object(
    value: dict[str, Any],
    path: Path,
    line: int,
    fallback_id: str,
    on_failure: OnFailure,
) -> Document:
    passages = value.get("passages")
    if not isinstance(passages, list):
        return document_of(value, fallback_id=fallback_id)
    if any(isinstance(p, dict) and not p.keys().isdisjoint(_BIOC) for p in passages):
        from kgbuild.corpus.bioc import document_from_bioc

        return document_from_bioc(value, path=path, line=line, on_failure=on_failure)
    if not isinstance(value.get("id"), str):
        value = {**value, "id": str(value.get("id") or fallback_id)}
    return Document.from_dict(value)


#: Fields that BioC's passages have and kgbuild's have not.
_BIOC = frozenset({"offset", "infons", "annotations", "sentences"})


def _failure(
    path: Path, line: int, reason: str, name: str | None = None
) -> DocumentFailure:
    return DocumentFailure(
        document_id=name, stage="read", reason=reason, path=str(path), line=line
    )


def jsonl_writer() -> Writer:
    """Return the writer of JSON Lines."""
    return Writer(encode=lambda document: f"{document.to_json()}\n".encode())
