"""Reading and writing files: compressed or not, atomically, with clear errors.

Every path may be a stream, see :mod:`kgbuild._io.streams`: those are read and written
as they are, and never replaced.
"""

from __future__ import annotations

import codecs
import errno
import gzip
import hashlib
import io
import logging
import os
import shutil
import stat
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import zstandard

from kgbuild._io.streams import is_stream, open_input, open_output
from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_log = logging.getLogger(__name__)

COMPRESSIONS = (".gz", ".zst")

#: A line above this many bytes is refused: no text that people write has one.
MAX_LINE_BYTES = 64 * 2**20

#: What a disk or a quota that is full says.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_GZIP_MAGIC = b"\x1f\x8b\x08"
_UTF16_MARKS = {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def inner_suffix(path: Path) -> str:
    """Return the suffix below the compression: ``.jsonl`` for ``a.jsonl.gz``."""
    suffixes = path.suffixes
    if suffixes and suffixes[-1].lower() in COMPRESSIONS:
        suffixes = suffixes[:-1]
    return suffixes[-1].lower() if suffixes else ""


def stem(path: Path) -> str:
    """Return the name without compression and suffix: ``a`` for ``x/a.jsonl.gz``."""
    name = path.name
    if path.suffix.lower() in COMPRESSIONS:
        name = path.stem
    return Path(name).stem or path.name


def check_readable(path: Path) -> None:
    """Raise an InputError for a path that is missing, a folder, or not allowed."""
    if is_stream(path):
        return
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

    So are files that are gzip or zstd inside without saying so in their name.

    Raises
    ------
    InputError
        The file is missing, a folder, or its compression is broken or cut off.
    """
    path = Path(path)
    check_readable(path)
    kind = ""
    try:
        with open_input(path) as raw:
            kind = _compression(path, raw)
            if kind == ".gz":
                with gzip.GzipFile(fileobj=raw, mode="rb") as stream:
                    yield cast("BinaryIO", stream)
            elif kind == ".zst":
                with io.BufferedReader(_ZstdReader(raw), 2**17) as reader:
                    yield cast("BinaryIO", reader)
            else:
                yield raw
    except EOFError as error:
        reason = "The compressed file ends too early: copy or download it again."
        raise InputError(reason, path=path) from error
    except (gzip.BadGzipFile, zstandard.ZstdError, zlib.error) as error:
        reason = (
            f"This is not a sound {kind} file ({error}): copy it again, or rename "
            "it if it is not compressed."
        )
        raise InputError(reason, path=path) from error


def lines(path: Path | str) -> Iterator[tuple[int, str]]:
    """Yield ``(line number, line without its end)`` of a text file.

    UTF-8; or UTF-16 that says so by its mark, as spreadsheets and Windows save lists.

    Raises
    ------
    InputError
        The file is binary or in another encoding, with the number of the line; or as
        :func:`open_binary`.
    """
    for number, line in lines_with_ends(path):
        yield number, line.rstrip("\r\n")


def lines_with_ends(path: Path | str) -> Iterator[tuple[int, str]]:
    r"""As :func:`lines`, with ``\n`` and ``\r\n`` kept."""
    path = Path(path)
    with open_binary(path) as stream:
        number = 0
        mark = cast("io.BufferedReader", stream).peek(2)[:2]
        read = _as_utf8(stream) if mark in _UTF16_MARKS else stream.readline
        try:
            while raw := read(MAX_LINE_BYTES + 1):
                number += 1
                if b"\0" in raw:
                    reason = "This is a binary file; text in UTF-8 was expected."
                    raise InputError(reason, path=path, line=number)
                if len(raw) > MAX_LINE_BYTES:
                    reason = (
                        f"This line is over {MAX_LINE_BYTES // 2**20} MB long: the "
                        "file is damaged, or not of this format."
                    )
                    raise InputError(reason, path=path, line=number)
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            utf8 = mark not in _UTF16_MARKS
            reason = (
                f"This is not UTF-8 (byte {error.start + 1} of the line); text in "
                "UTF-8 was expected: convert it, for example with iconv."
                if utf8
                else "This is not the UTF-16 that its first bytes say it is: save it "
                "again, in UTF-8."
            )
            raise InputError(
                reason, path=path, line=number if utf8 else number + 1
            ) from error


def _as_utf8(stream: BinaryIO) -> Callable[[int], bytes]:
    """Return what reads lines of UTF-16 in UTF-8."""
    text = io.TextIOWrapper(stream, encoding="utf-16", newline="\n")
    return lambda size: text.readline(size).encode()


def first_bytes(path: Path | str, count: int) -> bytes:
    """Return the first decompressed bytes of a file, to tell its format."""
    with open_binary(path) as stream:
        return stream.read(count)


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 of a file as it lies on disk, in hexadecimal."""
    with open_input(path) as stream:
        return hashlib.file_digest(
            cast("io.BufferedReader", stream), "sha256"
        ).hexdigest()


def check_apart(source: Path | str, target: Path | str) -> None:
    """Refuse to write a file over the one it is made from.

    Raises
    ------
    InputError
        They are the same file, by whatever path.
    """
    try:
        same = Path(source).samefile(target)
    except OSError:  # one of them is not there
        return
    if same and not is_stream(Path(target), writing=True):
        reason = "This is read and cannot be written too: name another file to write."
        raise InputError(reason, path=target)


def check_writable(path: Path | str) -> None:
    """Raise a clear error where a file or folder could not be written, before the work.

    Raises
    ------
    InputError
        With the path and the reason.
    """
    path = Path(path)
    if is_stream(path, writing=True):
        return
    try:
        target = _target(path)
        if target.exists() and not os.access(target, os.W_OK):
            reason = "This may not be written: check its permissions, or name another."
            raise InputError(reason, path=path)
        folder = target if target.is_dir() else target.parent
        while not folder.exists():
            folder = folder.parent
    except OSError as error:
        raise InputError(cannot_write(error), path=path) from error
    if not folder.is_dir():
        reason = f"{folder} is a file, not a folder: name another place."
        raise InputError(reason, path=path)
    if not os.access(folder, os.W_OK | os.X_OK):
        reason = (
            f"Nothing may be written to the folder {folder}: check its permissions, or "
            "name another place."
        )
        raise InputError(reason, path=path)


def cannot_write(error: OSError) -> str:
    """Say why something cannot be written, in one sentence."""
    reason = error.strerror or str(error)
    fix = "make room" if error.errno in FULL else "name another place"
    return f"This cannot be written ({reason}): {fix}, and do the same again."


@contextmanager
def kept_if_used(folder: Path) -> Iterator[Path]:
    """Make a folder; where the block raises, take away what was made and is empty."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    except BaseException:
        for path in made:
            if next(path.iterdir(), None) is not None:
                break
            path.rmdir()
        raise


@contextmanager
def replace_atomically(path: Path | str) -> Iterator[Path]:
    """Yield an empty file beside the target, which takes its place at the end.

    Where the block raises, the target stays as it was. A symbolic link stays one, and
    what it names is written; a stream gets the contents at the end.
    """
    path = Path(path)
    stream = is_stream(path, writing=True)
    target = path if stream else _target(path)
    if not stream:
        target.parent.mkdir(parents=True, exist_ok=True)
    # A name may have 255 bytes, and a letter four.
    prefix, suffix = f".{target.name[:50]}.", "~"
    beside: Path | None = None
    try:
        handle, name = tempfile.mkstemp(
            dir=None if stream else target.parent, prefix=prefix, suffix=suffix
        )
        os.close(handle)
        beside = Path(name)
        yield beside
        if stream:
            with beside.open("rb") as source, open_output(path) as sink:
                shutil.copyfileobj(source, sink)
            return
        beside.chmod(_mode(target))
        beside.replace(target)
    except OSError as error:
        named = Path(os.fsdecode(error.filename or "")).name
        if not (named.startswith(prefix) and named.endswith(suffix)):
            raise
        # Nobody knows the file beside.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


@contextmanager
def write_atomically(path: Path | str) -> Iterator[BinaryIO]:
    """Write beside the target, then rename: the target is whole or not there.

    ``.gz`` and ``.zst`` are compressed on the way, reproducibly (no time stamp).
    """
    kind = Path(path).suffix.lower()
    with named(path), _opened(path) as raw:
        if kind == ".gz":
            with gzip.GzipFile(
                filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0
            ) as packed:
                yield cast("BinaryIO", packed)
        elif kind == ".zst":
            packer = zstandard.ZstdCompressor(level=9, write_checksum=True)
            with packer.stream_writer(raw, closefd=False) as stream:
                yield cast("BinaryIO", stream)
        else:
            yield raw


def remove_leftovers(folder: Path, name: str = "*") -> None:
    """Remove what killed processes have left of files that they were writing.

    Parameters
    ----------
    folder
        Where nobody else may be writing such files now.
    name
        Of the files, as a pattern.
    """
    for file in folder.glob(f".{name}.????????~"):
        file.unlink(missing_ok=True)


@contextmanager
def named(path: Path | str) -> Iterator[None]:
    """Say of which file it is that it cannot be written: the system does not."""
    try:
        yield
    except OSError as error:
        if error.errno in {*FULL, errno.EIO} and error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def _opened(path: Path | str) -> Iterator[BinaryIO]:
    if is_stream(path, writing=True):
        with open_output(path) as raw:
            yield raw
    else:
        with replace_atomically(path) as beside, beside.open("wb") as raw:
            yield raw
        _log.info("written: %s", path)


def _target(path: Path) -> Path:
    """Return what a symbolic link names, which need not be there yet."""
    try:
        return path.resolve() if path.is_symlink() else path
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


def _mode(target: Path) -> int:
    """Return the permissions that a file has, or that a new one gets."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _compression(path: Path, raw: BinaryIO) -> str:
    """Tell the compression: what the name says, else what the first bytes are."""
    suffix = path.suffix.lower()
    if suffix in COMPRESSIONS:
        return suffix
    head = raw.read(4)
    raw.seek(0)
    if head.startswith(_GZIP_MAGIC):
        return ".gz"
    return ".zst" if head == _ZSTD_MAGIC else ""


class _ZstdReader(io.RawIOBase):
    """Decompresses zstd frames laid end to end; a frame cut off raises.

    The package's own stream reader ends quietly where a frame is cut off.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        # Frames that ask for more than this much memory are refused.
        self._unpacker = zstandard.ZstdDecompressor(max_window_size=2**27)
        self._frame = self._unpacker.decompressobj()
        self._fresh = True
        self._ready = memoryview(b"")
        self._packed = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            if self._at >= len(self._packed):
                self._packed, self._at = self._raw.read(2**17), 0
                if not self._packed:
                    if self._fresh:
                        return 0
                    raise EOFError
            # In small bites: four bytes can hold a block of 128 KiB.
            bite = self._packed[self._at : self._at + 512]
            self._at += 512
            self._ready = memoryview(self._frame.decompress(bite))
            self._fresh = False
            if self._frame.eof:
                unused = len(self._frame.unused_data)
                self._at = min(self._at, len(self._packed)) - unused
                self._frame = self._unpacker.decompressobj()
                self._fresh = True
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count
