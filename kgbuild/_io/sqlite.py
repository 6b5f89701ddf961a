"""Open SQLite files: from any thread, after a fork, read-only where they are data."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zstandard

from kgbuild._io.files import replace_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: A packed value that says it is larger is refused.
MAX_VALUE_BYTES = 32 * 2**20

_FULL, _IO_ERROR = sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR


class Database:
    """One SQLite file; each thread of each process has a connection of its own.

    A file that is opened for reading is taken as immutable, and as hostile: no function
    or trigger of its schema can run.

    Parameters
    ----------
    path
        The file; ``None`` for a database in memory, which all threads share.
    writable
        Open for reading and writing, and make the file where there is none.
    prepare
        Called with each new connection, for pragmas and checks. Where it raises, the
        connection is closed.

    Raises
    ------
    sqlite3.Error
        The file cannot be opened.
    """

    def __init__(
        self,
        path: Path | str | None,
        *,
        writable: bool = False,
        prepare: Callable[[sqlite3.Connection], object] | None = None,
    ) -> None:
        self.path = None if path is None else Path(path).absolute()
        self._writable, self._prepare = writable, prepare
        # A thread that ended leaves its number, and so its connection, to another.
        self._connections: dict[tuple[int, int], sqlite3.Connection] = {}
        weakref.finalize(self, _close, self._connections)
        _ = self.connection

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        thread = 0 if self.path is None else threading.get_ident()
        key = (os.getpid(), thread)
        if (connection := self._connections.get(key)) is None:
            connection = self._connections[key] = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        if self.path is None:
            uri = ":memory:"
        else:
            mode = "rwc" if self._writable else "ro&immutable=1"
            uri = f"{self.path.as_uri()}?mode={mode}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=60, isolation_level=None, check_same_thread=False,
            cached_statements=32,
        )  # fmt: skip
        try:
            if not self._writable:
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.execute("PRAGMA cell_size_check = ON")
            if self._prepare is not None:
                self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a query."""
        return self.connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of it or, where the block raises, nothing."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections of all threads."""
        _close(self._connections)


@contextmanager
def new_database(path: Path | str) -> Iterator[sqlite3.Connection]:
    """Fill a new SQLite file beside its place, then put it there whole.

    Raises
    ------
    OSError
        The disk is full.
    """
    with replace_atomically(path) as beside:
        connection = sqlite3.connect(beside, isolation_level=None)
        try:
            yield connection
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in {_FULL, _IO_ERROR}:
                full = errno.ENOSPC
                raise OSError(full, os.strerror(full), str(path)) from error
            raise
        finally:
            connection.close()


def write_ahead(connection: sqlite3.Connection) -> None:
    """Turn on the write-ahead log; another process may be about to do the same."""
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            # SQLite does not wait for this lock, whatever the timeout says.
            if attempt == 99:
                raise
            time.sleep(0.05)
        else:
            return


def unpacked(raw: bytes) -> bytes | None:
    """Return what zstd packed into a value; ``None`` where it is damaged or a bomb."""
    try:
        size = zstandard.frame_content_size(raw)
        if not 0 <= size <= MAX_VALUE_BYTES:
            return None
        return zstandard.ZstdDecompressor().decompress(
            raw, max_output_size=MAX_VALUE_BYTES
        )
    except zstandard.ZstdError:
        return None


def _close(connections: dict[tuple[int, int], sqlite3.Connection]) -> None:
    """Close this process' connections; a fork's parent still uses its own."""
    for key in list(connections):
        connection = connections.pop(key)
        if key[0] == os.getpid():
            connection.close()
