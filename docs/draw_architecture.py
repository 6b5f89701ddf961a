"""Draw kgbuild's packages and who imports whom, from the code.

    python docs/draw_architecture.py           rewrite the picture in architecture.md
    python docs/draw_architecture.py --check   exit with 1 where it is not current

The picture is Mermaid, which GitHub and JupyterLab draw. An arrow goes from a package
to one that it builds on; arrows that others imply are left out.
"""

from __future__ import annotations

import argparse
import ast
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by docs/draw_architecture.py -->\n", "<!-- end -->\n"

#: Everything builds on these; no arrows are drawn to them.
GROUND = frozenset(
    {"errors", "_version", "entity_types", "curies", "predicates", "_io"}
)


@cache
def imports() -> dict[str, set[str]]:
    """Return module → modules of kgbuild that it imports, in functions too.

    Imports for type checkers alone are left out.
    """
    files = sorted((ROOT / "kgbuild").rglob("*.py"))
    names = {_name(file) for file in files}
    return {
        _name(file): _imported(ast.parse(file.read_text("utf-8")), names)
        - {_name(file)}
        for file in files
    }


def package(module: str) -> str:
    """Return the package, or the module of the top level, that a module is part of."""
    return module.split(".")[1] if "." in module else module


def package_imports() -> dict[str, set[str]]:
    """Return package → packages that it imports."""
    out: dict[str, set[str]] = {}
    for module, others in imports().items():
        mine = package(module)
        out.setdefault(mine, set()).update(package(o) for o in others)
        out[mine].discard(mine)
    return out


def drawing() -> str:
    """Return the picture as Mermaid, what builds on nothing first."""
    import networkx as nx

    edges = [(a, b) for a, bs in package_imports().items() for b in bs - GROUND]
    reduced = nx.transitive_reduction(nx.DiGraph(edges))
    order = [*nx.lexicographical_topological_sort(reduced.reverse())]
    arrows = sorted(reduced.edges, key=lambda e: (order.index(e[0]), e[1]))
    lines = [*order, *(f"{a} --> {b}" for a, b in arrows)]
    return "\n  ".join(["```mermaid\nflowchart BT", *lines]) + "\n```\n"


def redrawn(text: str) -> str:
    """Return a page with the picture put in the place of the one that it has."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + drawing() + END + after


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.AST, names: set[str]) -> set[str]:
    out: set[str] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            out |= {alias.name for alias in node.names if alias.name in names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in names:
                    out.add(whole)
                elif node.module in names:
                    out.add(node.module)
        waiting += ast.iter_child_nodes(node)
    return out


def main() -> int:
    """Rewrite the page, or look whether it is current."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only look")
    check = parser.parse_args().check
    old = PAGE.read_text("utf-8")
    new = redrawn(old)
    if not check:
        PAGE.write_text(new, "utf-8")
    return int(check and old != new)


if __name__ == "__main__":
    sys.exit(main())
