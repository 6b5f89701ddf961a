"""Plain text: one document a file (``text``), or one a line (``text-lines``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import lines, lines_with_ends, stem
from kgbuild.corpus._writing import Writer, one_line
from kgbuild.document import Document
from kgbuild.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.corpus._writing import OnFailure

#: A document of more characters than this is no single text.
MAX_CHARACTERS = 16 * 2**20


def sniff_text(head: str) -> bool:
    """Whether this can be text at all."""
    return "\0" not in head


def read_text(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    r"""Read a whole file as one document; its id is the file's name without suffix.

    Line breaks stay (``\r\n`` becomes ``\n``), so that offsets are the file's own.
    """
    del on_failure
    path = Path(path)
    pieces, size = [], 0
    for _, line in lines_with_ends(path):
        pieces.append(line.replace("\r\n", "\n"))
        size += len(pieces[-1])
        if size > MAX_CHARACTERS:
            reason = (
                f"This text is over {MAX_CHARACTERS // 2**20} million characters long, "
                "too much for one document: if each line is one, name the format "
                "'text-lines'."
            )
            raise InputError(reason, path=path)
    text = "".join(pieces).rstrip()
    if not text:
        reason = "The file holds no text: a document in UTF-8 was expected."
        raise InputError(reason, path=path)
    yield Document.from_text(text, id=stem(path))


def read_text_lines(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read every line that is not blank as a document, named ``file:line``."""
    del on_failure
    path = Path(path)
    for number, line in lines(path):
        if line.strip():
            yield Document.from_text(line, id=f"{stem(path)}:{number}")


def text_writer() -> Writer:
    """Return the writer of one document as text."""
    count = 0

    def encode(document: Document) -> bytes:
        nonlocal count
        count += 1
        if count > 1:
            msg = (
                "The format 'text' holds one document a file, and there are more: "
                "name the format 'text-lines', which holds one a line."
            )
            raise ConfigError(msg)
        return f"{document.text}\n".encode()

    return Writer(encode=encode)


def text_lines_writer() -> Writer:
    """Return the writer of one document a line; line breaks become blanks."""
    return Writer(encode=lambda document: f"{one_line(document.text)}\n".encode())
