"""Write the tables of settings.md from the docstrings of the settings.

python docs/draw_settings.py           rewrite them
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


def redrawn(page: str) -> str:
    """Return the page with its tables as the docstrings are now."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return before + BEGIN + "\n" + "\n".join(map(_section, TABLES)) + "\n" + END + after


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


def _section(name: str) -> str:
    kind = TABLES[name]
    intro = (inspect.getdoc(kind) or "").partition("\n\nAttributes")[0]
    title = f"[{name}]" if name else "At the top"
    lines = [f"## {title}", "", _plain(intro), "", "| key | by default | what |",
             "|---|---|---|"]  # fmt: skip
    texts = described(kind)
    for field in dataclasses.fields(kind):
        text = texts[field.name]
        see = re.fullmatch(r"See `(\w+)`(.*)", text)
        if see:
            text = f"The table [{field.name}]{see.group(2)}"
        lines.append(f"| `{field.name}` | {_default(field)} | {text} |")
    return "\n".join([*lines, ""])


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
    page = PAGE.read_text("utf-8")
    if check:
        return int(redrawn(page) != page)
    PAGE.write_text(redrawn(page), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
