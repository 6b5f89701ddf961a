"""Bounded reading of files that nobody has checked."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from kgbuild._io.files import COMPRESSIONS, open_binary
from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: Longest line, in bytes. The longest of an official file (a record of Cellosaurus, a
#: gene with all its designations) has some tens of thousands.
MAX_LINE = 1_000_000

#: A compressed file may grow by this factor, and by this many bytes in any case.
#: Official dumps grow 4 to 30 times; gzip's own limit is 1,032.
MAX_GROWTH = 200
FREE_GROWTH = 64 * 1024 * 1024


#: Largest text that is parsed as a whole.
MAX_WHOLE = 128 * 1024 * 1024


class _BoundedReader(io.RawIOBase):
    """Reads from a decompressor and raises once too much has come out of it."""

    def __init__(self, stream: IO[bytes], path: Path, limit: int) -> None:
        self._stream, self._path, self._left = stream, path, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            reason = (
                f"This file grows more than {MAX_GROWTH} times when it is "
                "decompressed, which no vocabulary does: check where it comes from."
            )
            raise InputError(reason, path=self._path)
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_bounded(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, compressed or not, so that it cannot fill the memory.

    Raises
    ------
    InputError
        As :func:`kgbuild._io.files.open_binary`; or while reading, where the file grows
        beyond all measure.
    """
    with open_binary(path) as stream:
        if path.suffix.lower() not in COMPRESSIONS:
            yield stream
            return
        limit = FREE_GROWTH + MAX_GROWTH * path.stat().st_size
        yield io.BufferedReader(_BoundedReader(stream, path, limit), 1 << 18)


def read_bounded(path: Path) -> bytes:
    """Return all of a file, compressed or not, that is parsed as a whole.

    Raises
    ------
    InputError
        It is too large; or as :func:`open_bounded`.
    """
    with open_bounded(path) as stream:
        data = stream.read(MAX_WHOLE + 1)
    if len(data) > MAX_WHOLE:
        reason = f"This file has over {MAX_WHOLE >> 20} MB: check where it comes from."
        raise InputError(reason, path=path)
    return data


def bounded_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield ``(line number, line without its end)`` of a UTF-8 text file.

    Raises
    ------
    InputError
        A line is too long, binary or not UTF-8; or as :func:`open_bounded`.
    """
    with open_bounded(path) as stream:
        number = 0
        while raw := stream.readline(MAX_LINE + 1):
            number += 1
            if len(raw) > MAX_LINE:
                reason = (
                    f"This line is longer than {MAX_LINE:,} bytes; a record of a "
                    "vocabulary was expected: check the file."
                )
                raise InputError(reason, path=path, line=number)
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                kind = "a binary file" if b"\0" in raw else "not UTF-8"
                reason = (
                    f"This is {kind} (byte {error.start + 1} of the line); text in "
                    "UTF-8 was expected: convert it, for example with iconv."
                )
                raise InputError(reason, path=path, line=number) from error
            if "\0" in line:
                reason = "This is a binary file; text in UTF-8 was expected."
                raise InputError(reason, path=path, line=number)
            yield number, line.rstrip("\r\n")


def named_rows(
    path: Path, *, needed: Sequence[str | tuple[str, ...]], of: str
) -> Iterator[dict[str, str]]:
    """Yield the rows of a table whose first line names its columns, parted by tabs.

    Parameters
    ----------
    path
        The file, compressed or not.
    needed
        Columns that must be there; of several together, one.
    of
        Whose table it is, for the message.

    Yields
    ------
    dict
        Column → value without blanks around it; of a short row the rest is empty.

    Raises
    ------
    InputError
        A column is missing.
    """
    columns: list[str] = []
    for number, line in bounded_lines(path):
        fields = [field.strip() for field in line.split("\t")]
        if columns:
            fields += [""] * (len(columns) - len(fields))
            yield dict(zip(columns, fields, strict=False))
            continue
        columns = fields
        for names in needed:
            any_of = (names,) if isinstance(names, str) else names
            if not set(any_of) & set(columns):
                reason = f"{of}'s column {any_of[0]!r} is missing: check the file."
                raise InputError(reason, path=path, line=number)
