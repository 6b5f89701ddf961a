"""What the pages of the documentation tell people to type works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

import kgbuild as kg
from kgbuild._io.paths import data_path

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ["index.md", "start.md", "howto/corpus.md"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the pages name."""
    documents = list(kg.read(data_path("sample/raas.xml")))[:15]
    for name in ("abstracts.jsonl.gz", "corpus.jsonl.zst"):
        kg.write(documents, tmp_path / name)
    kg.write(kg.annotate(documents), tmp_path / "gold.PubTator", format="pubtator")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_run(page: str, folder: Path) -> None:
    text = (DOCS / page).read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert blocks
    names: dict[str, object] = {
        "frame": pl.DataFrame({"text": ["Captopril and cough.", "ACE."]})
    }
    code = "\n".join(blocks)
    # The pair that the page asks about need not be in fifteen abstracts.
    graph = kg.build_graph(kg.annotate(kg.read(folder / "corpus.jsonl.zst")))
    row = graph.top(1).row(0, named=True)
    code = code.replace("enalapril", row["source_name"])
    code = code.replace("angioedema", row["target_name"])
    exec(compile(code, page, "exec"), names)


def test_every_page_is_in_the_site() -> None:
    pages = {
        path.relative_to(DOCS).with_suffix("").as_posix()
        for path in DOCS.rglob("*.md")
        if not path.is_relative_to(DOCS / "reference")
    }
    named = {"index"}
    for path in DOCS.rglob("*.md"):
        text = path.read_text("utf-8")
        for tree in re.findall(r"\{toctree\}\n(.*?)::::", text, flags=re.DOTALL):
            for line in tree.splitlines():
                if line and not line.startswith(":"):
                    target = (path.parent / line).resolve()
                    named.add(target.relative_to(DOCS.resolve()).as_posix())
    assert pages - named == set()
