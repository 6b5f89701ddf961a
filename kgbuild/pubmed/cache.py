"""Raw records by number in one SQLite file, safe under several processes."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import zstandard

from kgbuild._io.paths import user_cache
from kgbuild._io.sqlite import Database, unpacked, write_ahead
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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


def default_cache_path() -> Path:
    """Return where raw answers are kept by default."""
    return user_cache() / "entrez.sqlite"


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

    def __init__(self, path: Path | str, *, max_bytes: int = 20 * 2**30) -> None:
        self.path = Path(path)
        self.max_bytes = max_bytes
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = Database(self.path, writable=True, prepare=self._prepare)
        except (OSError, sqlite3.Error) as error:
            msg = (
                f"The cache {self.path} cannot be opened ({error}): check that its "
                "folder may be written, delete the file if it is damaged, or name "
                "another cache."
            )
            raise ConfigError(msg) from error

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
        query = "SELECT number, raw FROM records WHERE db = ? AND number IN "
        records: dict[int, bytes] = {}
        with self._explained():
            for start in range(0, len(numbers), _AT_ONCE):
                some = numbers[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                for number, raw in self._database.rows(
                    f"{query} ({marks})", (db, *some)
                ):
                    if (data := unpacked(raw)) is not None:
                        records[number] = data
        return records

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

    def search(self, key: str) -> Any | None:
        """Return what was stored under that key of a search, or ``None``."""
        with self._explained():
            rows = self._database.rows(
                "SELECT answer FROM searches WHERE key = ?", (key,)
            )
        data = unpacked(rows[0][0]) if rows else None
        return None if data is None else json.loads(data)

    def put_search(self, key: str, answer: Any) -> None:
        """Store the answer to a search (anything JSON can hold)."""
        packed = zstandard.ZstdCompressor().compress(json.dumps(answer).encode())
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO searches VALUES (?, ?, ?)",
                (key, packed, time.time()),
            )

    def size(self) -> int:
        """Bytes of compressed records."""
        with self._explained():
            return int(self._database.rows("SELECT bytes FROM sizes")[0][0])

    def close(self) -> None:
        """Close the file."""
        self._database.close()

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
        with self._explained(), self._database.transaction() as connection:
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            msg = (
                f"The cache {self.path} cannot be used ({error}): free space on the "
                "disk, delete the file, or name another cache."
            )
            raise ConfigError(msg) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # Tables first: another process may be making them, all in one transaction
        # with the marks.
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (stated,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if tables and (stated, version) != (_APPLICATION_ID, _VERSION):
            what = (
                f"of version {version}, this kgbuild uses {_VERSION}"
                if stated == _APPLICATION_ID
                else "another program's database"
            )
            msg = f"The cache {self.path} is {what}: name another cache."
            raise ConfigError(msg)
        write_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        if not tables:
            connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA}"
                f"PRAGMA application_id = {_APPLICATION_ID};"
                f"PRAGMA user_version = {_VERSION}; COMMIT;"
            )
