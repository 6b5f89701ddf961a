"""Bodies of requests to documents, and documents to bodies of answers."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild import corpus
from kgbuild.document import Document
from kgbuild.errors import (
    DocumentFailure,
    InputError,
    KgbuildError,
    ValidationError,
)
from kgbuild.records import FIELD_NAMES, document_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Content type → format, of bodies that hold annotated documents; JSON and plain text
#: are told apart from these.
MEDIA = {
    "text/x-pubtator": "pubtator",
    "application/bioc+json": "bioc-json",
    "application/xml": "bioc-xml",
    "application/x-ndjson": "jsonl",
}
JSON, TEXT = "application/json", "text/plain"

#: What of ``/v1/annotate`` stands in its address.
OPTIONS = ("types", "stages", "species", "format")


def documents_of(
    body: bytes, content_type: str
) -> tuple[list[Document], list[DocumentFailure]]:
    """Read the documents of a request, and why some of them cannot be read.

    Raises
    ------
    ValidationError
        The body is not what its content type says, or holds no document.
    """
    media = content_type.partition(";")[0].strip().lower() or JSON
    if media == "text/xml":
        media = "application/xml"
    if media == TEXT:
        return [Document.from_text(_text(body))], []
    if media in MEDIA:
        return _of_file(body, MEDIA[media])
    if media != JSON:
        known = ", ".join((JSON, TEXT, *MEDIA))
        msg = f"The content type must be one of {known}. Got {media!r:.60}."
        raise ValidationError(msg)
    try:
        value = json.loads(_text(body))
    except (ValueError, RecursionError) as error:
        msg = f"The body is not JSON: {error}."
        raise ValidationError(msg) from error
    if isinstance(value, dict) and isinstance(value.get("documents"), list):
        _only_known(value, ("documents",))
        values = [(item, f"text-{n}") for n, item in enumerate(value["documents"], 1)]
    elif isinstance(value, dict) and "text" in value:
        _only_known(value, tuple(FIELD_NAMES))
        values = [(value, "text")]
    else:
        msg = 'The body must be {"text": "…"} or {"documents": [{…}, …]}.'
        raise ValidationError(msg)
    if not values:
        msg = "The list documents is empty: send at least one."
        raise ValidationError(msg)
    documents: list[Document] = []
    failures: list[DocumentFailure] = []
    for item, place in values:
        try:
            documents.append(_document(item, place))
        except ValidationError as error:
            own = item.get("id") if isinstance(item, dict) else None
            name = own if isinstance(own, str) else place
            failures.append(
                DocumentFailure(document_id=name, stage="read", reason=str(error))
            )
    return documents, failures


def _only_known(body: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse a body with a key that would have no effect, as options have there."""
    for key in body.keys() - set(known):
        said = f"The body's key {key!r:.60} is unknown; known are {', '.join(known)}."
        if key in OPTIONS:
            said = f"{said[:-1]}, and in the address {', '.join(OPTIONS)} (?{key}=…)."
        raise ValidationError(said)


def _document(value: Any, name: str) -> Document:
    """Read a document of kgbuild's own, or a record with a title, abstract or text."""
    if not isinstance(value, dict):
        msg = f"A document is a JSON object. Got {type(value).__name__}."
        raise ValidationError(msg)
    if "passages" in value:
        document = Document.from_dict(value)
    else:
        for field in ("id", "title", "abstract", "text"):
            given = value.get(field)
            if given is not None and not isinstance(given, str):
                msg = f"{field} must be a text. Got {type(given).__name__}."
                raise ValidationError(msg)
        document = document_of(value, fallback_id=name)
    return document


def _of_file(body: bytes, name: str) -> tuple[list[Document], list[DocumentFailure]]:
    """Read a format of files."""
    failures: list[DocumentFailure] = []
    with tempfile.TemporaryDirectory(prefix="kgbuild-") as folder:
        file = Path(folder) / "body"
        file.write_bytes(body)
        try:
            documents = list(corpus.read(file, format=name, on_error=failures.append))
        except KgbuildError as error:
            if isinstance(error, InputError):
                failures.append(
                    DocumentFailure(document_id=None, stage="read", reason=error.reason)
                )
            documents = []
    if not documents:
        msg = f"The body is not sound {name}."
        if failures:
            line, reason = failures[0].line, failures[0].reason
            where = "" if line is None else f" (line {line})"
            msg = f"The body is not sound {name}{where}: {reason}"
        raise ValidationError(msg)
    return documents, [_placed(failure) for failure in failures]


def _placed(failure: DocumentFailure) -> DocumentFailure:
    """Say in which line of the body a document stands; its path is ours."""
    place = failure.document_id or (
        f"line {failure.line}" if failure.line else "somewhere in the body"
    )
    return DocumentFailure(
        document_id=place, stage=failure.stage, reason=failure.reason
    )


def encoded(
    documents: Sequence[Document],
    failures: Sequence[DocumentFailure],
    *,
    media: str,
    about: Mapping[str, Any],
) -> bytes:
    """Write documents as the body of an answer.

    Parameters
    ----------
    documents, failures
        Of the answer.
    media
        Content type: JSON, or one of :data:`MEDIA`.
    about
        What else stands in the JSON.

    Raises
    ------
    ValidationError
        The format cannot hold one of the documents.
    """
    if media == JSON:
        shown = {
            "documents": [document.to_dict() for document in documents],
            "failures": [
                {"document_id": f.document_id, "stage": f.stage, "reason": f.reason}
                for f in failures
            ],
            **about,
        }
        return dumped(shown)
    writer = corpus.FORMATS[MEDIA[media]].make_writer()
    parts = writer.between.join(writer.encode(document) for document in documents)
    return writer.head + parts + writer.tail


def dumped(value: Any, *, sort_keys: bool = False) -> bytes:
    """Return JSON that is sound UTF-8 whatever the texts."""
    text = json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys
    )
    return text.encode("utf-8", "replace")


def wanted(accept: str, chosen: str | None) -> str:
    """Return the content type of an answer: a format's name, else what is accepted.

    Raises
    ------
    ValidationError
        There is no format of the name.
    """
    names = {"json": JSON, **{name: media for media, name in MEDIA.items()}}
    if chosen is not None:
        if chosen not in names:
            msg = f"format must be one of {', '.join(names)}. Got {chosen!r:.60}."
            raise ValidationError(msg)
        return names[chosen]
    given = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if JSON in given:
        return JSON
    # Browsers say that they like XML.
    if "text/html" in given:
        return JSON
    return next((media for media in given if media in MEDIA), JSON)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"The body is not UTF-8: byte {error.start} is wrong."
        raise ValidationError(msg) from error


def check_unicode(text: str) -> None:
    """Refuse half a surrogate pair: JSON can say it, no text has it.

    Raises
    ------
    ValidationError
        There is one.
    """
    place = next((i for i, c in enumerate(text) if "\ud800" <= c <= "\udfff"), None)
    if place is not None:
        msg = f"The text holds half of a surrogate pair, at {place}: send whole ones."
        raise ValidationError(msg)
