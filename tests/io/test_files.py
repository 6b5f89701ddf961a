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


def test_an_error_names_what_was_to_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "graph.xml"
    folder.mkdir()
    with pytest.raises(IsADirectoryError) as caught, write_atomically(folder) as stream:
        stream.write(b"whole")
    assert str(caught.value) == f"[Errno 21] Is a directory: '{folder}'"
    assert [*tmp_path.iterdir()] == [folder]


def test_a_long_name_of_letters_beyond_ascii_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("遺" * 85)
    with write_atomically(path) as stream:
        stream.write(b"whole")
    assert [*tmp_path.iterdir()] == [path]


def test_the_byte_order_mark_and_windows_lines_are_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\r\ntwo".encode())
    assert list(lines(path)) == [(1, "one"), (2, "two")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_utf_16_with_its_mark_is_text(tmp_path: Path, name: str, encoding: str) -> None:
    content = ("" if encoding == "utf-16" else "\ufeff") + "β\r\nt\u2028wo 💥"
    data = content.encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(data) if name[-1] == "z" else data)
    assert list(lines(tmp_path / name)) == [(1, "β"), (2, "t\u2028wo 💥")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.gz", gzip.compress(b"text " * 999, mtime=0)[:40], "ends too early"),
        ("a.gz", b"no gzip at all", "not a sound .gz file"),
        ("a.zst", b"no zstd at all", "not a sound .zst file"),
        ("a.txt", b"\xff\xfea\x00\n\x00b", "line 2: This is not the UTF-16"),
        ("a.txt", b"\xff\xfea\x00\x00\x00", "binary file"),
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
