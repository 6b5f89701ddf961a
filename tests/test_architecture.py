"""Who may import whom: layers, no circles, no private names across packages.

``KNOWN`` lists what is still wrong. A violation that is not in it fails, and so does an
entry that is mended: the list only shrinks.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import kgbuild

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ROOT = Path(kgbuild.__file__).parent

#: Each may import from its own line and from those above.
LAYERS = (
    ("errors", "_version", "entity_types", "curies", "predicates", "_io"),
    ("document",),
    ("stage", "records"),
    ("text",),
    ("tables",),
    ("inputs",),
    ("corpus",),
    ("evaluation", "store"),
    ("pubmed", "encoder"),
    ("ner", "variants", "normalize", "relations"),
    ("explanation",),
    ("graph",),
    ("neo4j",),
    ("widgets",),
    ("pipeline",),
    ("testing", "service"),
    ("commands", "cli", "__init__"),
)

#: Packages of one layer that must not know one another.
APART = ({"ner", "variants", "normalize", "relations"},)

#: Violations that are still there, in the words in which the test finds them.
KNOWN: frozenset[str] = frozenset()


class _Imports(ast.NodeVisitor):
    """Names imported when the code runs: what only type checkers see is left out."""

    def __init__(self, module: str, *, is_package: bool) -> None:
        self.found: list[tuple[str, str | None]] = []
        self._package = module if is_package else module.rpartition(".")[0]

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [(alias.name, None) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parent = self._package.split(".")[: 1 - node.level or None]
            base = ".".join([*parent, *filter(None, [base])])
        self.found += [(base, alias.name) for alias in node.names]


@cache
def _modules() -> dict[str, Path]:
    modules = {}
    for path in sorted(_ROOT.rglob("*.py")):
        parts = ["kgbuild", *path.relative_to(_ROOT).with_suffix("").parts]
        modules[".".join(parts).removesuffix(".__init__")] = path
    return modules


@cache
def _imports() -> dict[str, tuple[tuple[str, str | None], ...]]:
    """Module → modules of kgbuild that it imports, each with the name taken from it."""
    imports = {}
    for module, path in _modules().items():
        visitor = _Imports(module, is_package=path.name == "__init__.py")
        visitor.visit(ast.parse(path.read_text("utf-8")))
        known = [
            # "from kgbuild import corpus" imports a module, not a name.
            (f"{base}.{name}", None) if f"{base}.{name}" in _modules() else (base, name)
            for base, name in visitor.found
            if base == "kgbuild" or base.startswith("kgbuild.")
        ]
        imports[module] = tuple(dict.fromkeys(known))
    return imports


def _room(module: str) -> str:
    """Return the package, or the file, directly in kgbuild that a module is of."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def _layers() -> Iterator[str]:
    level = {room: i for i, layer in enumerate(LAYERS) for room in layer}
    for module, imported in _imports().items():
        own = _room(module)
        if own not in level:
            yield f"{own} has no layer: give it one"
            continue
        for other, _ in imported:
            room = _room(other)
            if level.get(room, 0) > level[own]:
                yield f"{module} imports {other}, which is later"
            elif room != own and any({own, room} <= group for group in APART):
                yield f"{module} imports {other}, which is apart"


def _private_names() -> Iterator[str]:
    for module, imported in _imports().items():
        for other, name in imported:
            if _room(module) == _room(other) or _room(other) == "_io":
                continue
            private = [part for part in other.split(".")[2:] if part.startswith("_")]
            if name is not None and name.startswith("_") and not name.endswith("__"):
                private.append(name)
            if private and other != "kgbuild._version":
                yield f"{module} imports the private {other} {name or ''}".rstrip()


def _circles(edges: dict[str, set[str]]) -> Iterator[str]:
    """Name the nodes that reach themselves, one circle a group."""
    reach = {node: set(others) for node, others in edges.items()}
    changed = True
    while changed:
        changed = False
        for others in reach.values():
            more = set().union(*(reach.get(other, set()) for other in others)) - others
            if more:
                others |= more
                changed = True
    groups = {
        frozenset(other for other in others if node in reach.get(other, set()))
        for node, others in reach.items()
        if node in others
    }
    yield from (" ↔ ".join(sorted(group)) for group in sorted(groups, key=sorted))


def _package_circles() -> Iterator[str]:
    edges: dict[str, set[str]] = {}
    for module, imported in _imports().items():
        own = _room(module)
        rooms = {_room(other) for other, _ in imported} - {own, "__init__"}
        if own != "__init__":
            edges.setdefault(own, set()).update(rooms)
    yield from (f"packages in a circle: {circle}" for circle in _circles(edges))


def _file_circles() -> Iterator[str]:
    edges = {
        module: {
            other
            for other, _ in imported
            if _room(other) == _room(module)
            and other != module
            # A package's door opens onto its files; they do not go through it.
            and _modules()[other].name != "__init__.py"
        }
        for module, imported in _imports().items()
        if module != "kgbuild" and _modules()[module].name != "__init__.py"
    }
    yield from (f"files in a circle: {circle}" for circle in _circles(edges))


def _own_doors() -> Iterator[str]:
    """A file that imports from its own package's __init__ is in a circle with it."""
    for module, imported in _imports().items():
        for other, name in imported:
            package = module.rpartition(".")[0]
            while package.count("."):
                if other == package and name is not None:
                    yield f"{module} imports {name} from its own package {other}"
                package = package.rpartition(".")[0]


def _violations() -> set[str]:
    checks: Iterable[Iterator[str]] = (
        _layers(), _private_names(), _package_circles(), _file_circles(), _own_doors(),
    )  # fmt: skip
    return {violation for check in checks for violation in check}


def test_imports_follow_the_architecture() -> None:
    assert sorted(_violations() - KNOWN) == []


def test_the_list_of_known_violations_is_no_longer_than_it_must_be() -> None:
    assert sorted(KNOWN - _violations()) == []


def test_the_checks_see_what_they_are_for() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"e"}}
    assert list(_circles(edges)) == ["a ↔ b ↔ c", "e"]
    visitor = _Imports("kgbuild.graph.model", is_package=False)
    code = (
        "from kgbuild.tables import validate\n"
        "if TYPE_CHECKING:\n    from kgbuild.widgets import x\n"
        "def f():\n    from kgbuild import pipeline\n    from . import query\n"
    )
    visitor.visit(ast.parse(code))
    assert visitor.found == [
        ("kgbuild.tables", "validate"),
        ("kgbuild", "pipeline"),
        ("kgbuild.graph", "query"),
    ]
