"""What docs/architecture.md says of the code, held against the code."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))
try:
    import draw_architecture as drawn
finally:
    sys.path.pop(0)

PAGE = drawn.PAGE.read_text("utf-8")


# -- the page -------------------------------------------------------------------------


def test_the_picture_is_current() -> None:
    assert drawn.redrawn(PAGE) == PAGE, "run python docs/draw_architecture.py"


def test_every_package_has_its_row() -> None:
    table = PAGE.partition("| package or module |")[2].partition("\n\n")[0]
    rows = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")
    }
    there = {drawn.package(module) for module in drawn.imports()}
    assert rows == there - {"_version"}


def test_contributing_names_folders_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    folders = "kgbuild|docs|data|pipelines|notebooks|neo4j|benchmarks|tests"
    named = re.findall(rf"`((?:{folders})/[\w./]*)`", text)
    assert len(named) > 10
    assert not [name for name in named if not (ROOT / name).exists()]


# -- to add X, touch Y ----------------------------------------------------------------

#: What is added: the module, the line of the registry and what stands before it, and a
#: program that uses what was added.
ADDED = {
    "a file format": (
        "from kgbuild.document import Document\n"
        "def read(path, *, on_failure):\n"
        "    yield Document.from_text(path.read_text(), id='1')\n",
        r"    for \w+ in \(\n",
        '        Format(name="dummy", description="-", suffixes=(".dummy",),\n'
        '               reader="kgbuild.corpus.dummy:read"),\n',
        "import kgbuild as kg, pathlib; p = pathlib.Path('x.dummy');"
        "p.write_text('BRCA1 here'); (d,) = kg.read(p); print(d.text)",
        "BRCA1 here",
    ),
    "a vocabulary source": (
        "from kgbuild.normalize.sources import Entry\n"
        "def read(path):\n"
        "    yield Entry(concept='ncbigene:672', name=path.read_text())\n",
        r"    for f in \(\n",
        '        Format("dummy", "-"),\n',
        "import pathlib; from kgbuild.normalize import build_vocabulary;"
        "p = pathlib.Path('genes.dummy'); p.write_text('BRCA1');"
        "v = build_vocabulary('Gene', [p], format='dummy');"
        "print(v.name_of('ncbigene:672'))",
        "BRCA1",
    ),
    "an export of graphs": (
        "def write(graph, path):\n"
        "    path.write_text(str(graph.concepts.height))\n    return [path]\n",
        r"_SUFFIXES: [^\n]*\{\n",
        '    "dummy": ".dummy",\n',
        "import kgbuild as kg, pathlib;"
        "m = kg.Mention(start=0, end=3, text='ACE', type='Gene',"
        " concepts=('ncbigene:1636',));"
        "d = kg.Document.from_text('ACE').with_mentions([m]);"
        "g = kg.build_graph([d]);"
        "g.write('g.dummy'); print(pathlib.Path('g.dummy').read_text())",
        r"\d+",
    ),
    "a command": (
        "import typer\n"
        "def register(app: typer.Typer) -> None:\n"
        "    @app.command()\n"
        "    def dummy() -> None:\n"
        "        typer.echo('here')\n",
        "",
        "",
        "import sys; sys.argv = ['kgbuild', 'dummy'];"
        "from kgbuild.cli import main; main()",
        "here",
    ),
}


@pytest.mark.parametrize("what", ADDED)
def test_to_add_something_takes_the_files_that_are_named(
    what: str, tmp_path: Path
) -> None:
    module, before, line, program, said = ADDED[what]
    (row,) = re.findall(rf"^\| {what} \|(.*)\|$", PAGE, re.MULTILINE)
    named = re.findall(r"`([^`]+)`", row)
    shutil.copytree(
        ROOT / "kgbuild", tmp_path / "kgbuild",
        ignore=shutil.ignore_patterns("models", "__pycache__"),
    )  # fmt: skip
    for name in ("models", "data"):
        target = tmp_path / ("kgbuild/models" if name == "models" else "data")
        target.symlink_to(ROOT / ("kgbuild/models" if name == "models" else "data"))
    (tmp_path / named[0].replace("NAME", "dummy")).write_text(module, "utf-8")
    for registry in named[1:]:
        file = tmp_path / registry
        text, count = re.subn(
            before, lambda m: m.group() + line, file.read_text("utf-8"), count=1
        )
        assert count == 1
        file.write_text(text, "utf-8")
    assert bool(named[1:]) == bool(line)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert re.fullmatch(said, done.stdout.strip()), done.stderr


# -- extras ---------------------------------------------------------------------------


def test_extras_are_those_that_are_named() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    there = set(table["optional-dependencies"])
    named: set[str] = set()
    for pattern in ("kgbuild/**/*.py", "tests/**/*.py", "docs/*.md", "*.md"):
        for file in ROOT.glob(pattern):
            text = file.read_text("utf-8")
            for extras in re.findall(r"kgbuild\[([a-z, ]+)\]", text):
                named |= {extra.strip() for extra in extras.split(",")}
            if file.suffix == ".py":
                named |= {extra for _, extra in _missed(ast.parse(text))}
    assert named == there


def test_an_extra_brings_what_an_error_misses() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    brought = {
        extra: {re.split(r"[\s<>=\[;]", each)[0] for each in requirements}
        for extra, requirements in table["optional-dependencies"].items()
    }
    missed = [
        pair
        for file in sorted((ROOT / "kgbuild").rglob("*.py"))
        for pair in _missed(ast.parse(file.read_text("utf-8")))
    ]
    assert len(missed) > 5
    assert not [(p, extra) for p, extra in missed if p not in brought.get(extra, ())]


#: What says that a package of an extra is not installed.
_MISSING = {"MissingExtraError", "required"}


def _missed(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield package and extra of each error that says that one is not installed."""
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _MISSING:
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Tuple)
            and ast.unparse(node.targets[0]) == "(package, extra)"
        ):
            values = node.value.elts
        texts = [v.value for v in values if isinstance(v, ast.Constant)]
        if len(texts) == 2:
            yield str(texts[0]).partition(".")[0], str(texts[1])
