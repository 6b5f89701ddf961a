"""What readers and writers of formats share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.document import Document
from kgbuild.errors import DocumentFailure, InputError

if TYPE_CHECKING:
    from kgbuild.records import OwnNumbers

#: Called with every document or mention that could not be read or written.
OnFailure = Callable[[DocumentFailure], None]


class Listener:
    """An ``OnFailure`` that also hears what is read otherwise than it looks.

    Attributes
    ----------
    differing
        Mentions that the document writes otherwise.
    row_numbers
        Fields that hold row numbers, where PMIDs might stand.
    """

    differing = 0

    def __init__(self) -> None:
        self.row_numbers: dict[str, None] = {}

    def __call__(self, failure: DocumentFailure) -> None:
        """Take a document or mention that was left out."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Reporter:
    """Tells what a reader had to leave out of a file; raises where nobody listens."""

    path: Path | str | None
    on_failure: OnFailure | None

    def __call__(
        self, reason: str, *, line: int | None = None, document_id: str | None = None
    ) -> None:
        """Report a document, mention or relation."""
        if self.on_failure is None:
            named = f"{document_id}: {reason}" if document_id else reason
            raise InputError(named, path=self.path, line=line)
        self.on_failure(
            DocumentFailure(
                document_id=document_id,
                stage="read",
                reason=reason,
                path=None if self.path is None else str(self.path),
                line=line,
            )
        )

    def differs(self, count: int) -> None:
        """Count mentions that stay though their text stands otherwise in the file."""
        if isinstance(self.on_failure, Listener):
            self.on_failure.differing += count

    def numbered(self, numbers: OwnNumbers) -> None:
        """Note a field whose numbers were taken for those of rows."""
        if numbers.field is not None and isinstance(self.on_failure, Listener):
            self.on_failure.row_numbers[numbers.field] = None


def _no_notes() -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """How documents become a file: head, documents with something between, tail.

    Attributes
    ----------
    encode
        One document → its bytes; raises :class:`~kgbuild.errors.ValidationError` where
        the format cannot hold it.
    head, between, tail
        Bytes before the first document, between two, after the last.
    notes
        Asked after the last document: what the format could not hold, as sentences.
    """

    encode: Callable[[Document], bytes]
    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""
    notes: Callable[[], tuple[str, ...]] = _no_notes


_REPEATED = re.compile(r"(.+)#(?!1$)[1-9][0-9]*", re.DOTALL)
_LINE_BREAKS = {ord(c): " " for c in "\n\r"}
_COLUMN_BREAKS = {ord(c): " " for c in "\n\r\t"}


def one_line(text: str) -> str:
    """Replace line breaks by blanks, one for one, so that offsets hold."""
    return text.translate(_LINE_BREAKS)


def one_column(text: str) -> str:
    """Replace line breaks and tabs by blanks, one for one."""
    return text.translate(_COLUMN_BREAKS)


def repeated_id(identifier: str) -> dict[str, object]:
    """Return the metadata of a document whose id says that it is a repetition.

    The second document of a file that has the id ``8528200`` gets the id ``8528200#2``
    and this metadata, so that its PMID is still known.

    Examples
    --------
    >>> repeated_id("8528200#2")
    {'source_id': '8528200', 'pmid': 8528200}
    >>> repeated_id("8528200")
    {}
    """
    found = _REPEATED.fullmatch(identifier)
    if found is None:
        return {}
    source = found.group(1)
    metadata: dict[str, object] = {"source_id": source}
    if source.isascii() and source.isdigit():
        metadata["pmid"] = int(source)
    return metadata
