"""The file of raw answers."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kgbuild.errors import ConfigError
from kgbuild.pubmed.cache import RecordCache, default_cache_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "cache.sqlite"


def test_what_is_put_is_got(path):
    records = {n: f"<record>{n} β</record>".encode() for n in range(1, 2500)}
    with closing(RecordCache(path)) as cache:
        cache.put("pubmed", records)
        cache.put("pmc", {1: b"article"})
        assert cache.get("pubmed", list(range(5000))) == records
        assert cache.get("pmc", [1, 2]) == {1: b"article"}
    with closing(RecordCache(path)) as cache:
        assert cache.get("pubmed", [7]) == {7: records[7]}
        cache.put("pubmed", {7: b"newer"})
        assert cache.get("pubmed", [7]) == {7: b"newer"}


def test_searches_are_kept(path):
    with closing(RecordCache(path)) as cache:
        assert cache.search("q") is None
        cache.put_search("q", {"pmids": [1, 2]})
        cache.put_search("q", {"pmids": [3]})
        assert cache.search("q") == {"pmids": [3]}


def test_the_longest_unused_go_first_above_the_limit(path):
    import os

    with closing(RecordCache(path, max_bytes=400_000)) as cache:
        for start in range(0, 600, 100):
            # Random bytes do not compress.
            cache.put("pubmed", {start + n: os.urandom(1000) for n in range(100)})
            assert cache.size() <= 400_000
        held = cache.get("pubmed", list(range(600)))
        assert 1 <= len(held) < 400
        assert max(held) == 599
        counted = sum(
            row[0] for row in sqlite3.connect(path).execute(
                "SELECT length(raw) FROM records"
            )
        )  # fmt: skip
        assert cache.size() == counted


def test_using_a_record_keeps_it(path):
    import os

    with closing(RecordCache(path, max_bytes=300_000)) as cache:
        cache.put("pubmed", {n: os.urandom(1000) for n in range(256)})
        connection = sqlite3.connect(path)
        connection.execute("UPDATE records SET used = used - 90000")
        connection.commit()
        connection.close()
        cache.touch("pubmed", [5])
        cache.put("pubmed", {1000 + n: os.urandom(1000) for n in range(100)})
        assert 5 in cache.get("pubmed", [5])


def test_a_damaged_record_counts_as_not_there(path):
    with closing(RecordCache(path)) as cache:
        cache.put("pubmed", {1: b"one", 2: b"two"})
        other = sqlite3.connect(path)
        other.execute("UPDATE records SET raw = x'00ff' WHERE number = 1")
        other.commit()
        other.close()
        assert cache.get("pubmed", [1, 2]) == {2: b"two"}


def test_a_record_that_would_swell_is_not_unpacked(path):
    import zstandard

    bomb = zstandard.ZstdCompressor().compress(b"\0" * 100_000_000)
    assert len(bomb) < 20_000
    with closing(RecordCache(path)) as cache:
        cache.put("pubmed", {1: b"one"})
        other = sqlite3.connect(path)
        other.execute("UPDATE records SET raw = ?", (bomb,))
        other.commit()
        other.close()
        assert cache.get("pubmed", [1]) == {}


def test_files_that_are_no_cache(path, tmp_path):
    path.parent.mkdir()
    path.write_bytes(b"This is no database, whatever its name says. " * 100)
    with pytest.raises(ConfigError, match="cannot be opened"):
        RecordCache(path)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(ConfigError, match="another program's database"):
        RecordCache(other)
    newer = tmp_path / "newer.sqlite"
    RecordCache(newer).close()
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigError, match="of version 99"):
        RecordCache(newer)
    with pytest.raises(ConfigError, match="cannot be opened"):
        RecordCache(path / "below" / "a file")


def test_threads_share_it(path):
    with closing(RecordCache(path)) as cache:

        def work(start: int) -> None:
            for n in range(start, start + 50):
                cache.put("pubmed", {n: str(n).encode()})
                assert cache.get("pubmed", [n]) == {n: str(n).encode()}

        threads = [threading.Thread(target=work, args=(s,)) for s in range(0, 200, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(cache.get("pubmed", list(range(200)))) == 200


_WRITE = """
import sys
from contextlib import closing
from kgbuild.pubmed.cache import RecordCache
start = int(sys.argv[2])
with closing(RecordCache(sys.argv[1])) as cache:
    for n in range(start, start + 200):
        cache.put("pubmed", {n: b"x" * 500, 1_000_000: str(n).encode()})
"""


def test_two_processes_make_and_fill_it_at_once(path):
    running = [
        subprocess.Popen([sys.executable, "-c", _WRITE, str(path), str(start)])
        for start in (0, 1000, 2000)
    ]
    assert [process.wait(300) for process in running] == [0, 0, 0]
    with closing(RecordCache(path)) as cache:
        wanted = [s + n for s in (0, 1000, 2000) for n in range(200)]
        assert len(cache.get("pubmed", wanted)) == 600
        assert len(cache.get("pubmed", [1_000_000])) == 1


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("KGBUILD_CACHE", str(tmp_path / "a"))
    assert default_cache_path() == tmp_path / "a" / "entrez.sqlite"
    monkeypatch.delenv("KGBUILD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_path() == tmp_path / "kgbuild" / "entrez.sqlite"
