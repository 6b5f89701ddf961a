"""Bars for people, lines for logs, nothing for who wants nothing."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from kgbuild._io import progress
from kgbuild._io.paths import data_path
from kgbuild.cli import make_app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say often how far it is, as if this were no notebook and no terminal."""
    monkeypatch.setattr(progress, "_EVERY_S", 0.02)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)


def items(n: int):
    for i in range(n):
        time.sleep(0.01)
        yield i


def test_a_log_gets_lines_with_the_total(no_terminal, caplog):
    caplog.set_level(logging.INFO, "kgbuild.progress")
    done = list(progress.track(items(12), description="annotate", total=1200))
    assert done == list(range(12))
    assert caplog.messages
    assert "annotate: " in caplog.text
    assert " of 1,200 docs, " in caplog.text


def test_a_log_gets_lines_while_one_item_takes_long(no_terminal, caplog):
    caplog.set_level(logging.INFO, "kgbuild.progress")
    for _ in progress.track([1], description="annotate"):
        time.sleep(0.2)
    said = len(caplog.messages)
    assert said >= 2
    assert "annotate: 0 docs" in caplog.text
    time.sleep(0.1)
    assert len(caplog.messages) == said


def test_quiet_is_quiet(no_terminal, caplog, monkeypatch):
    caplog.set_level(logging.INFO, "kgbuild.progress")
    monkeypatch.setattr(progress.progress_log, "disabled", True)
    assert list(progress.track(items(12), description="annotate")) == list(range(12))
    assert not caplog.messages


@pytest.mark.parametrize("place", ["before", "after"])
def test_verbose_says_what_happens(tmp_path: Path, place: str) -> None:
    call = "from kgbuild.cli import main; main()"
    words = [
        "annotate",
        str(data_path("sample/raas.xml")),
        "-o",
        str(tmp_path / "a.jsonl"),
    ]
    words.insert(0 if place == "before" else len(words), "-v")
    done = subprocess.run(
        [sys.executable, "-c", call, *words], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "stage recognize ready" in done.stderr
    assert done.stderr.count(f"written: {tmp_path / 'a.jsonl'}") == 1
    assert "stage recognize ready" not in done.stdout


@pytest.mark.parametrize(
    "words", ["-q taggers", "taggers -q", "vocab list --quiet", "vocab -q list"]
)
def test_quiet_stands_before_a_command_or_after_it(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress.progress_log, "disabled", False)
    assert CliRunner().invoke(make_app(), words.split()).exit_code == 0
    assert progress.progress_log.disabled
    # The next command begins anew.
    assert CliRunner().invoke(make_app(), ["taggers"]).exit_code == 0
    assert not progress.progress_log.disabled
