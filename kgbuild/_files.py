"""Reading and writing files: compressed or not, atomically, with clear errors."""

from __future__ import annotations

import gzip
import io
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPRESSIONS = (".gz", ".zst")


def inner_suffix(path: Path) -> str:
    """Return the suffix below the compression: ``.jsonl`` for ``a.jsonl.gz``."""
    suffixes = path.suffixes
    if suffixes and suffixes[-1].lower() in COMPRESSIONS:
        suffixes = suffixes[:-1]
    return suffixes[-1].lower() if suffixes else ""


def check_readable(path: Path) -> None:
    """Raise a clear error for a path that is missing, a folder, or not allowed.

    Raises
    ------
    InputError
        With the path and the reason.
    """
    if path.is_dir():
        reason = "This is a folder, a file was expected: name one of its files."
        raise InputError(reason, path=path)
    if not path.exists():
        reason = "There is no such file: check the path."
        raise InputError(reason, path=path)
    if not os.access(path, os.R_OK):
        reason = "This file may not be read: check its permissions."
        raise InputError(reason, path=path)


@contextmanager
def open_binary(path: Path | str) -> Iterator[BinaryIO]:
    """Open a file for reading bytes; ``.gz`` and ``.zst`` are decompressed on the way.

    Raises
    ------
    InputError
        The file is missing, a folder, or its compression is broken or cut off.
    """
    path = Path(path)
    check_readable(path)
    suffix = path.suffix.lower()
    try:
        if suffix == ".gz":
            with gzip.open(path, "rb") as stream:
                yield cast("BinaryIO", stream)
        elif suffix == ".zst":
            import zstandard

            with (
                path.open("rb") as raw,
                zstandard.ZstdDecompressor().stream_reader(
                    raw, read_across_frames=True
                ) as reader,
            ):
                yield cast("BinaryIO", io.BufferedReader(reader))
        else:
            with path.open("rb") as stream:
                yield stream
    except EOFError as error:
        reason = "The compressed file ends too early: copy or download it again."
        raise InputError(reason, path=path) from error
    except (gzip.BadGzipFile, _zstd_error(), _zlib_error()) as error:
        reason = (
            f"This is not a sound {suffix} file ({error}): copy it again, or rename "
            "it if it is not compressed."
        )
        raise InputError(reason, path=path) from error


@contextmanager
def open_text(path: Path | str) -> Iterator[IO[str]]:
    r"""Open a file for reading text: UTF-8, with or without a byte-order mark.

    Line ends are kept as they are, except that ``\r\n`` reads as ``\n``. Bytes that
    are not UTF-8 raise while reading; see :func:`lines` for errors with line numbers.
    """
    with open_binary(path) as stream:
        yield io.TextIOWrapper(stream, encoding="utf-8-sig", newline=None)


def lines(path: Path | str) -> Iterator[tuple[int, str]]:
    """Yield ``(line number, line without its end)`` of a UTF-8 text file.

    Raises
    ------
    InputError
        The file is binary or not UTF-8, with the number of the line; or as
        :func:`open_binary`.
    """
    path = Path(path)
    with open_binary(path) as stream:
        for number, raw in enumerate(stream, start=1):
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


@contextmanager
def write_atomically(path: Path | str) -> Iterator[BinaryIO]:
    """Write beside the target, then rename: the target is whole or not there.

    ``.gz`` and ``.zst`` are compressed on the way, reproducibly (no time stamp).
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.", suffix="~"
    )
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            if path.suffix.lower() == ".gz":
                with gzip.GzipFile(
                    filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0
                ) as packed:
                    yield cast("BinaryIO", packed)
            elif path.suffix.lower() == ".zst":
                import zstandard

                with zstandard.ZstdCompressor(level=9).stream_writer(
                    raw, closefd=False
                ) as packer:
                    yield cast("BinaryIO", packer)
            else:
                yield raw
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o666 & ~umask)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _zstd_error() -> type[Exception]:
    try:
        import zstandard
    except ImportError:  # pragma: no cover - a base dependency
        return EOFError
    return cast("type[Exception]", zstandard.ZstdError)


def _zlib_error() -> type[Exception]:
    import zlib

    return zlib.error
