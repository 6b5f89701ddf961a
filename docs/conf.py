"""How the documentation site is built: ``make docs``.

Notebooks are executed before, see ``executed_notebooks.py``; pages of the command line
and of the public functions are made from the code.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from executed_notebooks import NOTEBOOKS, executed  # noqa: E402
from pygments.lexers.special import TextLexer  # noqa: E402
from sphinx.highlighting import lexers  # noqa: E402

from kgbuild._version import __version__  # noqa: E402

# The diagram is drawn where the repository is shown; here its text must do, since what
# draws it comes from the network.
lexers["mermaid"] = TextLexer()

project = "kgbuild"
author = copyright = "The kgbuild developers"  # noqa: A001 - Sphinx's word
version = release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]

smartquotes = False  # options begin with two dashes
autodoc_typehints = "none"
autodoc_member_order = "alphabetical"
napoleon_google_docstring = False
napoleon_use_rtype = False

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
# Model cards and results are written for those who read the repository too.
# Figures come as images too, which the pages show.
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_output_stderr = "remove"  # progress bars
nb_ipywidgets_js: dict[str, Any] = {}  # from the network; every view has a static one
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
]

html_theme = "pydata_sphinx_theme"
html_title = "kgbuild"
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": True,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}

#: Packages whose ``__all__`` is public, with the words of their page.
PACKAGES = {
    "kgbuild": "The facade",
    "kgbuild.corpus": "File formats",
    "kgbuild.pubmed": "PubMed",
    "kgbuild.variants": "Variants",
    "kgbuild.normalize": "Normalization",
    "kgbuild.relations": "Relations",
    "kgbuild.graph": "The graph",
    "kgbuild.pipeline": "Pipelines and runs",
    "kgbuild.store": "The store",
    "kgbuild.tables": "Tables",
}


def _write(path: Path, text: str) -> None:
    # Sphinx reads again what is newer: a page that did not change is left alone.
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def _notebook_pages(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    # Without what they show, the pages are there in seconds.
    bare = os.environ.get("KGBUILD_DOCS_NOTEBOOKS") == "off"
    for notebook in NOTEBOOKS:
        shown = notebook if bare else executed(notebook) / notebook.name
        _write(folder / notebook.name, shown.read_text("utf-8"))


def _api_pages(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    facade = importlib.import_module("kgbuild")
    public = {id(getattr(facade, name)): name for name in facade.__all__}
    for package, title in PACKAGES.items():
        module = importlib.import_module(package)
        lines = [f"# {title}: `{package}`\n", (inspect.getdoc(module) or "") + "\n"]
        shared = []
        for name in sorted(module.__all__):
            value = getattr(module, name)
            if not callable(value) or inspect.ismodule(value):
                continue
            if package != "kgbuild" and id(value) in public:
                shared.append(f"{{py:obj}}`kgbuild.{public[id(value)]}`")
                continue
            kind = "class" if inspect.isclass(value) else "function"
            members = "   :members:\n" if kind == "class" else ""
            lines.append(
                f"```{{eval-rst}}\n.. auto{kind}:: {package}.{name}\n{members}```\n"
            )
        if shared:
            lines.append(f"Described with the facade: {', '.join(shared)}.\n")
        _write(folder / f"{package}.md", "\n".join(lines))


def _command_pages(path: Path) -> None:
    import typer

    from kgbuild.cli import make_app

    lines = [
        "# Commands\n",
        "`-` is standard input or output wherever a file may be named. Exit codes: 0 "
        "all went well, 1 some documents failed (they are listed with reasons), 2 "
        "nothing was done because of bad input.\n",
    ]

    def describe(command: Any, name: str) -> None:
        inner = getattr(command, "commands", None)
        if inner:
            for key in sorted(inner):
                describe(inner[key], f"{name} {key}")
            return
        lines.append(f"## `{name}`\n\n{inspect.cleandoc(command.help or '')}\n")
        for parameter in command.params:
            if parameter.name == "help":
                continue
            names = ", ".join(f"`{o}`" for o in parameter.opts) or parameter.name
            if getattr(parameter, "param_type_name", "") == "argument":
                names = f"`{(parameter.metavar or parameter.name).upper()}`"
            said = " ".join((getattr(parameter, "help", None) or "").split())
            default = parameter.default
            shown = f" Default: `{default}`." if _is_shown(default) else ""
            lines.append(f"- {names}: {_plain(said)}{shown}")
        lines.append("")

    describe(typer.main.get_command(make_app()), "kgbuild")
    _write(path, "\n".join(lines) + "\n")


def _licence_page(path: Path) -> None:
    """List what kgbuild installs directly, with versions and licences."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {"base": table["dependencies"], **table["optional-dependencies"]}
    lines = [
        "# Licences\n",
        "kgbuild is Apache-2.0. What it installs directly, as found where these pages "
        "were built:\n",
        "| package | version | licence | for |\n|---|---|---|---|",
    ]
    for extra, packages in needed.items():
        for package in packages:
            name = re.split(r"[\[<>=~! ;]", package, maxsplit=1)[0]
            try:
                found = importlib.metadata.metadata(name)
            except importlib.metadata.PackageNotFoundError:
                continue
            licence = found.get("License-Expression") or _classified(found)
            lines.append(f"| {name} | {found['Version']} | {licence} | {extra} |")
    _write(path, "\n".join(lines) + "\n")


def _classified(found: Any) -> str:
    kinds = [
        kind.rpartition(" :: ")[2]
        for kind in found.get_all("Classifier") or ()
        if kind.startswith("License :: OSI")
    ]
    lines = (found.get("License") or "").splitlines()
    return ", ".join(kinds) or (lines[0][:60] if lines else "not stated")


def _is_shown(default: Any) -> bool:
    return isinstance(default, (str, int, float)) and default not in ("", False)


def _plain(text: str) -> str:
    return text.replace("<", "\\<").replace("*", "\\*")


_HERE = Path(__file__).parent
_notebook_pages(_HERE / "notebooks")
_api_pages(_HERE / "reference")
_command_pages(_HERE / "reference" / "commands.md")
_licence_page(_HERE / "reference" / "licences.md")


def _is_field(*given: Any) -> bool | None:
    """Leave out the fields of named tuples: their attributes are in the docstring."""
    _, _, _, value, *_ = given  # application, kind, name, object, …
    return True if type(value).__name__ == "_tuplegetter" else None


def setup(app: Any) -> None:
    """Sphinx's hook."""
    app.connect("autodoc-skip-member", _is_field)
