"""Write a page per table of a run's TOML from the docstrings of the settings.

python docs/draw_settings.py           rewrite them, and their list in settings.md
python docs/draw_settings.py --check   exit with 1 where they are not current
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kgbuild.pipeline import settings  # noqa: E402
from kgbuild.pipeline.builtin import AnnotationSettings  # noqa: E402

PAGE = ROOT / "docs" / "settings.md"
FOLDER = PAGE.with_suffix("")
BEGIN, END = "<!-- drawn by docs/draw_settings.py -->\n", "<!-- end -->\n"

#: Tables of the TOML; the first is the top.
TABLES: dict[str, type] = {
    "": settings.RunSettings,
    "input": settings.InputSettings,
    "fetch": settings.FetchSettings,
    "annotation": AnnotationSettings,
    "graph": settings.GraphSettings,
    "neo4j": settings.Neo4jSettings,
    "report": settings.ReportSettings,
    "run": settings.ExecutionSettings,
}


def pages() -> dict[Path, str]:
    """Return all pages as the docstrings are now."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    drawn = {PAGE: before + BEGIN + "\n" + _list() + "\n" + END + after}
    return drawn | {_page(name): _table(name) for name in TABLES}


def stale() -> list[Path]:
    """Return the pages that are not as the docstrings are now, or are of no table."""
    drawn = pages()
    there = {PAGE, *FOLDER.glob("*.md")}
    changed = [p for p in drawn if p not in there or p.read_text("utf-8") != drawn[p]]
    return sorted([*changed, *(there - drawn.keys())])


def _page(name: str) -> Path:
    return FOLDER / f"{name or 'top'}.md"


def _title(name: str) -> str:
    return f"[{name}]" if name else "At the top"


def _intro(name: str) -> str:
    return _plain((inspect.getdoc(TABLES[name]) or "").partition("\n\nAttributes")[0])


def _list() -> str:
    lines = ["## The tables", "", "| table | what |", "|---|---|"]
    for name in TABLES:
        link = f"[{_title(name).strip('[]')}](settings/{_page(name).name})"
        lines.append(f"| {link} | {_intro(name)} |")
    lines += ["", "::::{toctree}", ":hidden:", ""]
    lines += [f"settings/{_page(name).stem}" for name in TABLES]
    return "\n".join([*lines, "::::", ""])


def described(kind: type) -> dict[str, str]:
    """Return what the docstring says of each attribute, as one line."""
    doc = inspect.getdoc(kind) or ""
    section = doc.partition("Attributes\n----------\n")[2]
    out = {}
    for names, text in re.findall(
        r"^(\w[\w, ]*)\n((?:    .*\n?|\n)+)", section, re.MULTILINE
    ):
        for name in names.split(", "):
            out[name] = _plain(text)
    return out


def _table(name: str) -> str:
    kind = TABLES[name]
    lines = [f"# {_title(name)}", "", _intro(name), "", "| key | by default | what |",
             "|---|---|---|"]  # fmt: skip
    texts = described(kind)
    for field in dataclasses.fields(kind):
        text = texts[field.name]
        see = re.fullmatch(r"See `(\w+)`(.*)", text)
        if see:
            page = _page(field.name).name
            text = f"The table [{field.name}]({page}){see.group(2)}"
        lines.append(f"| `{field.name}` | {_default(field)} | {text} |")
    lines += ["", "[All tables, and how to change them](../settings.md)", ""]
    return "\n".join(lines)


def _default(field: dataclasses.Field[Any]) -> str:
    value = field.default
    if field.default_factory is not dataclasses.MISSING or value is None:
        return ""
    if value is dataclasses.MISSING:
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{item}"' for item in value) + "]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _plain(text: str) -> str:
    """Return reStructuredText as one line of Markdown."""
    text = " ".join(text.split())
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", text)
    return text.replace("``", "`").replace("|", "\\|")


def main() -> int:
    """Rewrite, or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    if check:
        return int(bool(stale()))
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    for path in stale():
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
