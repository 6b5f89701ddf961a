"""One limit on requests for all threads and processes of a user on a machine."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.sqlite import Database
from kgbuild.errors import ConfigError, at_least

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEMA = """
CREATE TABLE IF NOT EXISTS slots (
    id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, sent REAL NOT NULL,
    answered REAL, expires REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS pause (id INTEGER PRIMARY KEY CHECK (id = 1), until REAL);
"""


class Limiter:
    """At most so many requests in any second, as the *server* sees them.

    A request is counted from when it is sent until one second after its answer has
    begun, for it can reach the server at any moment between. So however the network
    delays single requests, no second at the server holds more than the limit.

    The requests in flight stand in a small SQLite file that all processes share. Times
    are of the system's monotonic clock, which is one for all processes.

    Parameters
    ----------
    name
        What the limit is for: requests under the same name count together. Only a hash
        of it is written, so it may hold a secret.
    per_second
        Most requests in any second.
    spacing_s
        Least time between two requests, in seconds.
    folder
        Where the shared file lies; ``KGBUILD_LIMITER_DIR``, or a folder of the user's
        own, by default.

    Raises
    ------
    ConfigError
        The folder cannot be written.
    """

    def __init__(
        self,
        name: str,
        *,
        per_second: int,
        spacing_s: float = 0.0,
        folder: Path | str | None = None,
    ) -> None:
        at_least(1, per_second=per_second)
        self.per_second = per_second
        self.spacing_s = spacing_s
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        self._path = _folder(folder) / f"requests-{digest}.sqlite"
        try:
            self._database = Database(self._path, writable=True, prepare=_prepare)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    @contextmanager
    def slot(self, *, timeout_s: float) -> Iterator[None]:
        """Wait for one's turn; leave the block when the answer has begun.

        Parameters
        ----------
        timeout_s
            Longest time that the request can take. A slot whose process died is given
            up at once, one that was never left for another reason after this time.
        """
        number = self._enter(timeout_s)
        try:
            yield
        finally:
            self._leave(number)

    def pause(self, seconds: float) -> None:
        """Let nobody send for so long, because the server said so."""
        until = time.monotonic() + seconds
        with self._transaction() as db:
            db.execute(
                "INSERT INTO pause VALUES (1, ?) "
                "ON CONFLICT (id) DO UPDATE SET until = max(until, excluded.until)",
                (until,),
            )

    def _enter(self, timeout_s: float) -> int:
        while True:
            now = time.monotonic()
            with self._transaction() as db:
                self._forget(db, now)
                wait = self._wait(db, now)
                if wait <= 0:
                    slot = db.execute(
                        "INSERT INTO slots (pid, sent, expires) VALUES (?, ?, ?)",
                        (os.getpid(), now, now + timeout_s + 1),
                    )
                    return int(slot.lastrowid or 0)
            time.sleep(wait)

    def _leave(self, number: int) -> None:
        with self._transaction() as db:
            db.execute(
                "UPDATE slots SET answered = ? WHERE id = ?", (time.monotonic(), number)
            )

    def _wait(self, db: sqlite3.Connection, now: float) -> float:
        """Seconds until a request may be tried again; zero where it may go now."""
        row = db.execute("SELECT until FROM pause").fetchone()
        # An hour is more than any pause here: a later time is from before a reboot.
        if row is not None and now < row[0] < now + 3600:
            return float(row[0] - now)
        slots = db.execute("SELECT sent, answered FROM slots ORDER BY sent").fetchall()
        if slots and now - slots[-1][0] < self.spacing_s:
            return float(self.spacing_s - (now - slots[-1][0]))
        if len(slots) < self.per_second:
            return 0.0
        # Enough of the oldest must have left the window; those not answered yet are
        # looked at again soon.
        answered = sorted(a for _, a in slots if a is not None)
        surplus = len(slots) - self.per_second
        if len(answered) <= surplus:
            return 0.01
        return max(float(answered[surplus] + 1 - now), 0.001)

    def _forget(self, db: sqlite3.Connection, now: float) -> None:
        """Drop what no longer counts, of processes that died too."""
        db.execute(
            "DELETE FROM slots WHERE answered <= ? OR expires <= ? OR sent > ?",
            (now - 1, now, now + 1),
        )
        open_slots = "SELECT DISTINCT pid FROM slots WHERE answered IS NULL"
        for (pid,) in db.execute(open_slots).fetchall():
            if not _alive(pid):
                # Its request may have reached the server a moment ago.
                db.execute(
                    "UPDATE slots SET answered = ? WHERE pid = ? AND answered IS NULL",
                    (now, pid),
                )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._database.transaction() as db:
                yield db
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.Error) -> ConfigError:
        return ConfigError(
            f"The file {self._path}, in which all processes keep NCBI's limit "
            f"together, cannot be used ({error}): delete it, or name another folder in "
            "KGBUILD_LIMITER_DIR."
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _prepare(db: sqlite3.Connection) -> None:
    # The file is worth nothing after a crash of the machine.
    db.execute("PRAGMA synchronous = OFF")
    db.executescript(_SCHEMA)


def _folder(named: Path | str | None) -> Path:
    if named is None:
        named = os.environ.get("KGBUILD_LIMITER_DIR")
    if named is not None:
        folder = Path(named)
    else:
        # Not below the cache folder, which may differ between two runs of one user.
        user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
        folder = Path(tempfile.gettempdir()) / f"kgbuild-{user}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        msg = (
            f"The folder {folder}, in which all processes keep NCBI's limit together, "
            f"cannot be made ({error.strerror}): name another in KGBUILD_LIMITER_DIR."
        )
        raise ConfigError(msg) from error
    if named is None and hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
        msg = (
            f"The folder {folder} belongs to another user: remove it, or name another "
            "in KGBUILD_LIMITER_DIR."
        )
        raise ConfigError(msg)
    return folder


def _alive(pid: int) -> bool:
    if os.name == "nt":  # pragma: no cover - os.kill would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
