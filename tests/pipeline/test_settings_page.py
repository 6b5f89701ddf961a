"""The pages of settings, and the pipelines that come with kgbuild."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from pathlib import Path

import pytest

from kgbuild.graph import build_graph
from kgbuild.pipeline import GraphSettings, load_settings

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
try:
    import draw_settings as drawn
finally:
    sys.path.pop(0)

PIPELINES = sorted((ROOT / "pipelines").glob("*.toml"))


def test_the_pages_are_current_and_each_table_has_one() -> None:
    assert drawn.stale() == [], "run python docs/draw_settings.py"
    assert {path.stem for path in drawn.FOLDER.glob("*.md")} == {
        name or "top" for name in drawn.TABLES
    }


@pytest.mark.parametrize("kind", drawn.TABLES.values())
def test_every_key_is_described(kind: type) -> None:
    described = drawn.described(kind)
    assert [*described] == [field.name for field in dataclasses.fields(kind)]
    assert all(described.values())


def test_the_graph_of_a_run_has_every_option_of_the_graph() -> None:
    options = set(inspect.signature(build_graph).parameters)
    # Those come from the tables, the tree and the stages.
    options -= {"source", "parents", "names", "provenance"}
    own = {field.name for field in dataclasses.fields(GraphSettings)}
    assert own - options == {"mesh_tree", "on_disk", "exports"}
    assert options <= own


@pytest.mark.parametrize("file", PIPELINES, ids=lambda file: file.name)
def test_pipelines_are_sound_and_named_on_the_page(file: Path) -> None:
    assert load_settings(file).output == Path("out") / file.stem
    assert f"`{file.name}`" in drawn.PAGE.read_text("utf-8")
