"""A store in one SQLite file: a write-ahead log, readers beside one writer."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kgbuild._io.files import cannot_write
from kgbuild._io.sqlite import Database, write_ahead
from kgbuild.errors import ConfigError
from kgbuild.store.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: "kgbS" in ASCII; tells this file from other SQLite files.
_APPLICATION_ID: Final = 0x6B676253
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS documents (
    document_id TEXT NOT NULL, settings TEXT NOT NULL, versions TEXT NOT NULL,
    stored REAL NOT NULL, body BLOB NOT NULL, PRIMARY KEY (document_id, settings)
);
CREATE INDEX IF NOT EXISTS documents_by_time ON documents (stored);
CREATE TABLE IF NOT EXISTS versions (digest TEXT PRIMARY KEY, text TEXT NOT NULL);
"""


class SqliteBackend:
    """Rows in an SQLite file.

    Parameters
    ----------
    path
        The file; made where there is none.

    Raises
    ------
    ConfigError
        The file cannot be written, or is something else.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = Database(self.path, writable=True, prepare=self._prepare)
        except OSError as error:
            msg = f"The store {self.path} cannot be opened: {cannot_write(error)}"
            raise ConfigError(msg) from error
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # Tables first: another process may be making them, in one transaction with
        # the marks.
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if tables and (application, version) != (_APPLICATION_ID, _VERSION):
            newer = application == _APPLICATION_ID
            what = "of a newer kgbuild" if newer else "another SQLite file"
            msg = f"{self.path} is {what}, not a store of annotations: name another."
            raise ConfigError(msg)
        connection.execute("PRAGMA trusted_schema = OFF")
        write_ahead(connection)
        # What was answered outlives a loss of power too.
        connection.execute("PRAGMA synchronous = FULL")
        if not tables:
            connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA}"
                f"PRAGMA application_id = {_APPLICATION_ID};"
                f"PRAGMA user_version = {_VERSION}; COMMIT;"
            )

    def read(self, ids: Sequence[str], settings: str | None) -> list[Row]:
        """Return rows of these ids, the latest stored last."""
        columns = "document_id, settings, versions, stored, body"
        return [Row(*row) for row in self._of(columns, ids, settings)]

    def known(self, ids: Sequence[str], settings: str | None) -> list[tuple[str, str]]:
        """Return id and digest of versions of rows, the latest stored last."""
        return self._of("document_id, versions", ids, settings)

    def _of(self, columns: str, ids: Sequence[str], settings: str | None) -> list[Any]:
        marks = ",".join("?" * len(ids))
        query = f"SELECT {columns} FROM documents WHERE document_id IN ({marks})"  # noqa: S608 - marks alone
        values = [*ids]
        if settings is not None:
            query, values = f"{query} AND settings = ?", [*ids, settings]
        with self._explained():
            return self._database.rows(f"{query} ORDER BY stored", values)

    def write(self, rows: Sequence[Row], versions: tuple[str, str]) -> None:
        """Keep rows, all or none of them."""
        with self._explained(), self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO versions VALUES (?, ?)", versions)
            connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", rows
            )

    def page(self, after: str, limit: int) -> list[str]:
        """Return the next ids after one, in order."""
        query = (
            "SELECT DISTINCT document_id FROM documents WHERE document_id > ? "
            "ORDER BY document_id LIMIT ?"
        )
        with self._explained():
            return [name for (name,) in self._database.rows(query, (after, limit))]

    def versions(self) -> dict[str, str]:
        """Return digest → text of all versions."""
        with self._explained():
            return dict(self._database.rows("SELECT digest, text FROM versions"))

    def tally(self) -> dict[str, int]:
        """Return digest of versions → rows that they made."""
        query = "SELECT versions, count(*) FROM documents GROUP BY versions"
        with self._explained():
            return dict(self._database.rows(query))

    def stamp(self) -> tuple[int, float]:
        """Return how many documents there are, and when the latest was stored."""
        query = "SELECT count(DISTINCT document_id), max(stored) FROM documents"
        with self._explained():
            ((count, latest),) = self._database.rows(query)
        return int(count), float(latest or 0)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.Error) -> ConfigError:
        return ConfigError(
            f"The store {self.path} cannot be used ({error}): check that it is a store "
            "of annotations, that its folder may be written and the disk has room."
        )
