"""One way to open SQLite files."""

from __future__ import annotations

import os
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kgbuild._io.sqlite import Database, new_database

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with new_database(tmp_path / "deep" / "t.db") as connection:
        connection.execute("CREATE TABLE t (n INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?)", ((i,) for i in range(100)))
    return tmp_path / "deep" / "t.db"


def test_any_thread_may_read_on_a_connection_of_its_own(path: Path) -> None:
    seen = set()

    def total(_: int) -> int:
        seen.add(id(database.connection))
        return int(database.rows("SELECT sum(n) FROM t")[0][0])

    with closing(Database(path)) as database:
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(total, range(200))) == {4950}
        assert id(database.connection) not in seen


def test_threads_that_end_do_not_pile_up_connections(path: Path) -> None:
    with closing(Database(path)) as database:
        for _ in range(30):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(database.rows, "SELECT 1").result()
        assert len(database._connections) < 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_opens_its_own_connection(path: Path) -> None:
    with closing(Database(path)) as database:
        mine = database.connection
        child = os.fork()
        if child == 0:
            own = database.connection is not mine
            os._exit(0 if own and database.rows("SELECT sum(n) FROM t") else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert database.rows("SELECT count(*) FROM t") == [(100,)]


def test_what_is_data_cannot_be_written(path: Path) -> None:
    with (
        closing(Database(path)) as database,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        database.connection.execute("DELETE FROM t")


def test_a_transaction_is_whole_or_nothing(path: Path) -> None:
    with closing(Database(path, writable=True)) as database:
        with pytest.raises(ZeroDivisionError), database.transaction() as connection:
            connection.execute("DELETE FROM t")
            _ = 1 / 0
        assert database.rows("SELECT count(*) FROM t") == [(100,)]
        with database.transaction() as connection:
            connection.execute("DELETE FROM t WHERE n < 50")
        assert database.rows("SELECT count(*) FROM t") == [(50,)]


def test_a_new_file_that_fails_leaves_the_old_one(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(sqlite3.OperationalError), new_database(path) as connection:
        connection.execute("no SQL at all")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_check_that_fails_leaves_no_open_connection(path: Path) -> None:
    opened = []

    def refuse(connection: sqlite3.Connection) -> None:
        opened.append(connection)
        raise KeyError

    with pytest.raises(KeyError):
        Database(path, prepare=refuse)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_a_new_file_has_the_mode_of_the_umask(path: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_full_disk_is_no_fault_of_the_database(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    with (
        pytest.raises(OSError, match="No space left") as full,
        new_database(path) as connection,
    ):
        connection.execute("PRAGMA max_page_count = 3")
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert full.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []
