"""Raw records by number in one SQLite file, safe under several processes."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from kgbuild._io.xml import MAX_RECORD_BYTES
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: "kgbE" in ASCII; tells this file from other SQLite files.
_APPLICATION_ID: Final = 0x6B676245
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS records (
    db TEXT NOT NULL, number INTEGER NOT NULL, raw BLOB NOT NULL,
    fetched REAL NOT NULL, used REAL NOT NULL, PRIMARY KEY (db, number)
);
CREATE INDEX IF NOT EXISTS records_by_use ON records (used);
CREATE TABLE IF NOT EXISTS searches (
    key TEXT PRIMARY KEY, answer BLOB NOT NULL, fetched REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS sizes (id INTEGER PRIMARY KEY CHECK (id = 1), bytes INTEGER);
INSERT OR IGNORE INTO sizes VALUES (1, 0);
CREATE TRIGGER IF NOT EXISTS records_in AFTER INSERT ON records BEGIN
    UPDATE sizes SET bytes = bytes + length(new.raw);
END;
CREATE TRIGGER IF NOT EXISTS records_out AFTER DELETE ON records BEGIN
    UPDATE sizes SET bytes = bytes - length(old.raw);
END;
"""
#: SQLite's own limit on parameters was 999 for long.
_AT_ONCE: Final = 900

DEFAULT_MAX_BYTES: Final = 20 * 2**30


def default_cache_path() -> Path:
    """Return where raw answers are kept: ``KGBUILD_CACHE``, or the user's cache folder.

    The file is ``entrez.sqlite`` in it.
    """
    named = os.environ.get("KGBUILD_CACHE")
    if named:
        return Path(named) / "entrez.sqlite"
    base = os.environ.get("XDG_CACHE_HOME")
    folder = Path(base) if base else Path.home() / ".cache"
    return folder / "kgbuild" / "entrez.sqlite"


class RecordCache:
    """Raw answers of Entrez, compressed with zstd.

    Parameters
    ----------
    path
        The SQLite file (write-ahead log, so readers and one writer go side by side).
    max_bytes
        Above this many bytes of compressed records, those longest unused are dropped.

    Raises
    ------
    ConfigError
        The file cannot be written, or is not such a cache.
    """

    def __init__(self, path: Path | str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        if max_bytes < 1:
            msg = f"The cache's size limit must be at least 1 byte. Got {max_bytes}."
            raise ConfigError(msg)
        self.path = Path(path)
        self.max_bytes = max_bytes
        self._local = threading.local()
        self._made: list[sqlite3.Connection] = []
        self._connection()

    def get(self, db: str, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return the records that are there, decompressed.

        Records that turn out to be damaged count as not there.

        Parameters
        ----------
        db
            ``"pubmed"`` or ``"pmc"``.
        numbers
            PMIDs, or PMCIDs without their letters.
        """
        found: dict[int, bytes] = {}
        with self._explained() as connection:
            for some in _portions(numbers):
                marks = ",".join("?" * len(some))
                rows = connection.execute(
                    "SELECT number, raw FROM records "  # noqa: S608 - only question marks
                    f"WHERE db = ? AND number IN ({marks})",
                    (db, *some),
                )
                for number, raw in rows:
                    data = _unpacked(raw)
                    if data is not None:
                        found[number] = data
        return found

    def touch(self, db: str, numbers: Sequence[int]) -> None:
        """Note that these records were used now."""
        now = time.time()
        with self._transaction() as connection:
            # Once an hour is enough to tell old from new, and spares most writing.
            connection.executemany(
                "UPDATE records SET used = ? WHERE db = ? AND number = ? AND used < ?",
                ((now, db, number, now - 3600) for number in numbers),
            )

    def put(self, db: str, records: Mapping[int, bytes]) -> None:
        """Store records, and drop old ones where the limit is passed."""
        import zstandard

        packer = zstandard.ZstdCompressor(level=6)
        now = time.time()
        rows = [
            (db, number, packer.compress(data), now, now)
            for number, data in sorted(records.items())
        ]
        with self._transaction() as connection:
            connection.executemany(
                "DELETE FROM records WHERE db = ? AND number = ?",
                ((db, row[1]) for row in rows),
            )
            connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
            self._shrink(connection)

    def drop(self, db: str, numbers: Iterable[int]) -> None:
        """Forget records, for example damaged ones."""
        with self._transaction() as connection:
            connection.executemany(
                "DELETE FROM records WHERE db = ? AND number = ?",
                ((db, number) for number in numbers),
            )

    def search(self, key: str) -> Any | None:
        """Return what was stored under that key of a search, or ``None``."""
        with self._explained() as connection:
            row = connection.execute(
                "SELECT answer FROM searches WHERE key = ?", (key,)
            ).fetchone()
        data = None if row is None else _unpacked(row[0])
        return None if data is None else json.loads(data)

    def put_search(self, key: str, answer: Any) -> None:
        """Store the answer to a search (anything JSON can hold)."""
        import zstandard

        packed = zstandard.ZstdCompressor().compress(json.dumps(answer).encode())
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO searches VALUES (?, ?, ?)",
                (key, packed, time.time()),
            )

    def size(self) -> int:
        """Bytes of compressed records."""
        with self._explained() as connection:
            row = connection.execute("SELECT bytes FROM sizes").fetchone()
        return int(row[0])

    def close(self) -> None:
        """Close all connections that this process made."""
        for connection in self._made:
            connection.close()
        self._made.clear()
        self._local = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _shrink(self, connection: sqlite3.Connection) -> None:
        while True:
            (held,) = connection.execute("SELECT bytes FROM sizes").fetchone()
            if held <= self.max_bytes:
                return
            gone = connection.execute(
                "DELETE FROM records WHERE rowid IN "
                "(SELECT rowid FROM records ORDER BY used, db, number LIMIT 16)"
            )
            if gone.rowcount < 1:
                return

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._explained() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.Error as error:
            msg = (
                f"The cache {self.path} cannot be used ({error}): free space on the "
                "disk, delete the file, or name another cache."
            )
            raise ConfigError(msg) from error

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection; a forked child makes its own."""
        held = getattr(self._local, "held", None)
        if held is not None and held[0] == os.getpid():
            mine: sqlite3.Connection = held[1]
            return mine
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.path, timeout=60, isolation_level=None, check_same_thread=False
            )
            # Tables first: another process may be making them, all in one transaction
            # with the marks.
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            stated = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if tables[0] and (stated, version) != (_APPLICATION_ID, _VERSION):
                connection.close()
                what = (
                    f"of version {version}, this kgbuild uses {_VERSION}"
                    if stated == _APPLICATION_ID
                    else "another program's database"
                )
                msg = f"The cache {self.path} is {what}: name another cache."
                raise ConfigError(msg)
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            if not tables[0]:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {_SCHEMA}"
                    f"PRAGMA application_id = {_APPLICATION_ID};"
                    f"PRAGMA user_version = {_VERSION}; COMMIT;"
                )
        except (OSError, sqlite3.Error) as error:
            msg = (
                f"The cache {self.path} cannot be opened ({error}): check that its "
                "folder may be written, delete the file if it is damaged, or name "
                "another cache."
            )
            raise ConfigError(msg) from error
        self._local.held = (os.getpid(), connection)
        self._made.append(connection)
        return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
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


def _unpacked(raw: bytes) -> bytes | None:
    import zstandard

    try:
        size = zstandard.frame_content_size(raw)
        if not 0 <= size <= MAX_RECORD_BYTES:
            return None
        return zstandard.ZstdDecompressor().decompress(
            raw, max_output_size=MAX_RECORD_BYTES
        )
    except zstandard.ZstdError:
        return None


def _portions(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]
