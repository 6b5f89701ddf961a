"""Standard input and output, pipes and devices, where a file may be named too.

``-`` is standard input where one reads and standard output where one writes. What comes
through a pipe can be read only once, and kgbuild looks at its beginning first, to tell
its format: it is kept in a temporary file as far as it has been read, for as long as
the process lives.
"""

from __future__ import annotations

import atexit
import io
import os
import re
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

STDOUT = 1

_NAMES = {"/dev/stdin": 0, "/dev/stdout": STDOUT, "/dev/stderr": 2}
_NUMBERED = re.compile(r"(?:/dev|/proc/self)/fd/(\d+)")


def descriptor(path: Path | str, *, writing: bool) -> int | None:
    """Return the open file that a path stands for, if it does.

    Examples
    --------
    >>> descriptor("-", writing=True), descriptor("/dev/fd/63", writing=False)
    (1, 63)
    """
    text = str(path)
    if text == "-":
        return STDOUT if writing else 0
    numbered = _NUMBERED.fullmatch(text)
    return int(numbered.group(1)) if numbered else _NAMES.get(text)


def is_stream(path: Path | str, *, writing: bool = False) -> bool:
    """Whether a path names no file of its own: ``-``, a pipe, a device."""
    if descriptor(path, writing=writing) is not None:
        return True
    path = Path(path)
    return path.exists() and not path.is_file() and not path.is_dir()


def open_input(path: Path | str) -> BinaryIO:
    """Open a file or stream for reading, from its beginning every time."""
    if not is_stream(path):
        return Path(path).open("rb")
    with _LOCK:
        name = str(path)
        if name not in _SPOOLS:
            number = descriptor(path, writing=False)
            # A copy: closing it leaves the process's own standard input open.
            source = path if number is None else os.dup(number)
            _SPOOLS[name] = _Spool(open(source, "rb", buffering=0))  # noqa: PTH123, SIM115
    return io.BufferedReader(_Replay(_SPOOLS[name]), 2**17)


@contextmanager
def open_output(path: Path | str) -> Iterator[BinaryIO]:
    """Open a stream for writing: into it, never in its place."""
    number = descriptor(path, writing=True)
    if number == STDOUT:
        sys.stdout.flush()
    target = path if number is None else os.dup(number)
    with open(target, "wb") as stream:  # noqa: PTH123 - descriptors too
        yield stream


class _Spool:
    """What came through a pipe so far."""

    def __init__(self, source: io.RawIOBase) -> None:
        self._source = source
        self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._size = 0
        self._ended = False
        self._lock = threading.Lock()
        atexit.register(self._close)

    def _close(self) -> None:
        self._source.close()
        self._kept.close()

    def read_at(self, position: int, count: int) -> bytes:
        with self._lock:
            if position < self._size:
                self._kept.seek(position)
                return self._kept.read(min(count, self._size - position))
            data = b"" if self._ended else self._source.read(count) or b""
            self._ended = not data
            self._kept.seek(self._size)
            self._kept.write(data)
            self._size += len(data)
            return data


class _Replay(io.RawIOBase):
    """Reads a spool from its beginning."""

    def __init__(self, spool: _Spool) -> None:
        self._spool, self._position = spool, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence == os.SEEK_END:
            msg = "the end of a stream is not known"
            raise io.UnsupportedOperation(msg)
        self._position = offset + (self._position if whence == os.SEEK_CUR else 0)
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._spool.read_at(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


_SPOOLS: dict[str, _Spool] = {}
_LOCK = threading.Lock()
