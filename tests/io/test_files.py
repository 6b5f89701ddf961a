from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from kgbuild._io.files import (
    inner_suffix,
    lines,
    open_binary,
    write_atomically,
)
from kgbuild.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "α line\nsecond\n"


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.txt.zst"])
def test_what_is_written_reads_back_and_is_reproducible(
    tmp_path: Path, name: str
) -> None:
    first, second = tmp_path / name, tmp_path / "other" / name
    for path in (first, second):
        with write_atomically(path) as stream:
            stream.write(TEXT.encode())
    assert first.read_bytes() == second.read_bytes()
    assert list(lines(first)) == [(1, "α line"), (2, "second")]
    assert inner_suffix(first) == ".txt"


def test_a_failure_leaves_nothing_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with write_atomically(path) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_the_byte_order_mark_and_windows_lines_are_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\r\ntwo".encode())
    assert list(lines(path)) == [(1, "one"), (2, "two")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.gz", gzip.compress(b"text " * 999, mtime=0)[:40], "ends too early"),
        ("a.gz", b"no gzip at all", "not a sound .gz file"),
        ("a.zst", b"no zstd at all", "not a sound .zst file"),
        ("a.txt", b"\xff\xfe\x00b", "binary file"),
        ("a.txt", "caf\xe9".encode("latin-1"), "not UTF-8"),
        ("a.txt", b"a\x00b", "binary file"),
    ],
)
def test_broken_files_are_told_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(lines(path))
    assert told in str(caught.value)
    assert str(path) in str(caught.value)


def test_folders_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"), open_binary(tmp_path):
        pass
    with pytest.raises(InputError, match="no such file"), open_binary(tmp_path / "x"):
        pass
