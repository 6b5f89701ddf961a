"""What docs/stages.md shows is run as it stands there."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kgbuild import tables

_PAGE = (Path(__file__).parents[2] / "docs" / "stages.md").read_text("utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gazetteer.py").write_text(_blocks("python")[0], "utf-8")
    (tmp_path / "herbs.tsv").write_text(_blocks("text")[0], "utf-8")
    (tmp_path / "herbs.toml").write_text(_blocks("toml")[0], "utf-8")
    (tmp_path / "texts.txt").write_text(
        "Aspirin with ginkgo raised the risk of bleeding.\nGinkgo is a tree.\n", "utf-8"
    )
    return tmp_path


def _run(folder: Path, *arguments: str) -> str:
    here = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), here])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_recogniser_is_short() -> None:
    tree = ast.parse(_blocks("python")[0])
    assert sum(isinstance(node, ast.stmt) for node in ast.walk(tree)) <= 20


def test_the_page_s_code_runs_up_to_the_graph(folder: Path) -> None:
    code = "\n".join(_blocks("python")[1:])
    shown = _run(
        folder,
        "-c",
        f"{code}\nprint(sorted(graph.concepts['concept_id']), corpus.failures)",
    )
    assert "'my:1', 'my:2'" in shown
    assert shown.rstrip().endswith("[]")
    assert "mesh:D001241" in shown


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_page_s_run_takes_the_stage_by_its_path(
    folder: Path, processes: str
) -> None:
    main = "from kgbuild.cli import main; main()"
    _run(folder, "-c", main, "run", "herbs.toml", "--processes", processes)
    record = json.loads((folder / "out" / "run.json").read_text("utf-8"))
    assert record["stages"]["gazetteer"] == {"done": 2}
    assert record["stages"]["variants"] == {"skipped": 2}
    assert record["versions"]["gazetteer"] == "1"
    mentions = tables.read_table(folder / "out" / "mentions", name="mentions")
    own = mentions.filter(mentions["recognizer"].cast(str) == "gazetteer")
    assert own["text"].to_list() == ["ginkgo"]
    assert set(mentions["type"]) <= {"Chemical", "Disease", "Herb"}
    page = (folder / "out" / "report.html").read_text("utf-8")
    assert "gazetteer" in page
