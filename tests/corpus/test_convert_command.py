"""``kgbuild convert``: exit codes, messages, nothing half-written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import kgbuild

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "1|t|ACE\n1|a|\n1\t0\t3\tACE\tGene\t1636\n\n"


def test_all_goes_well(tmp_path: Path) -> None:
    (tmp_path / "a.pubtator").write_text(GOOD)
    done = kgbuild("convert", tmp_path / "a.pubtator", tmp_path / "b.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 document written" in done.stdout


def test_some_failed(tmp_path: Path) -> None:
    (tmp_path / "a.pubtator").write_text(f"{GOOD}2|t|B\n2|a|\n2\t0\t3\tREN\tGene\n")
    done = kgbuild("convert", tmp_path / "a.pubtator", tmp_path / "b.json")
    assert done.returncode == 1
    assert "line 7, document 2: The mention 'REN'" in done.stderr
    assert "1 in all, documents, mentions or relations." in done.stderr
    assert (tmp_path / "b.json").exists()


@pytest.mark.parametrize("case", ["missing", "cut", "format", "unwritable"])
def test_bad_input(tmp_path: Path, case: str) -> None:
    source, target, options = tmp_path / "a.pubtator", tmp_path / "b.json", []
    if case != "missing":
        source.write_text(GOOD + ("2|t|B\n2\t0\t" if case == "cut" else ""))
    if case == "format":
        options = ["--from", "word"]
    if case == "unwritable":
        target = tmp_path / "b.docx"
    done = kgbuild("convert", source, target, *options)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not target.exists()


def test_formats_by_name_and_notes(tmp_path: Path) -> None:
    (tmp_path / "a.data").write_text(GOOD)
    options = ("--from", "pubtator", "--to", "text-lines")
    done = kgbuild("convert", tmp_path / "a.data", tmp_path / "b", *options)
    assert done.returncode == 0
    assert "left out 1 mention." in done.stderr
    assert (tmp_path / "b").read_text() == "ACE \n"
