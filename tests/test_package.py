"""The package as a whole: what importing costs, what the public functions look like."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import kgbuild

if TYPE_CHECKING:
    import types
    from collections.abc import Iterator

HEAVY = {
    "Bio", "faiss", "ipywidgets", "lxml", "neo4j", "networkx", "numpy", "onnxruntime",
    "pandas", "plotly", "polars", "pyarrow", "pydantic", "tokenizers", "torch",
    "transformers", "typer",
}  # fmt: skip

#: Modules without an ``__all__`` whose names are public all the same.
PUBLIC_MODULES = (
    "kgbuild.curies", "kgbuild.document", "kgbuild.entity_types", "kgbuild.evaluation",
    "kgbuild.inputs", "kgbuild.ner.aio.dataset", "kgbuild.ner.aio.labels",
    "kgbuild.ner.corpora", "kgbuild.ner.frameworks", "kgbuild.ner.recipe",
    "kgbuild.ner.storage", "kgbuild.ner.tagger", "kgbuild.ner.windows",
    "kgbuild.records", "kgbuild.stage", "kgbuild.testing",
)  # fmt: skip


def test_importing_is_fast_and_loads_nothing_heavy() -> None:
    code = (
        "import json, sys, time; t = time.process_time(); import kgbuild;"
        "s = time.process_time() - t;"
        "print(json.dumps([s, sorted({m.split('.')[0] for m in sys.modules})]))"
    )
    seconds = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        took, modules = json.loads(done.stdout)
        seconds.append(took)
        assert HEAVY.isdisjoint(modules)
    assert min(seconds) < 0.3


def test_the_facade_resolves_every_name_it_lists() -> None:
    for name in kgbuild.__all__:
        assert getattr(kgbuild, name) is not None
    assert set(dir(kgbuild)) == set(kgbuild.__all__)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"has no 'anotate'; it has .*annotate"):
        _ = kgbuild.anotate


def _public_things() -> Iterator[tuple[str, object]]:
    """Everything in the ``__all__`` of every public package, and the modules above."""
    for path in sorted(Path(kgbuild.__file__).parent.rglob("__init__.py")):
        parts = path.parent.relative_to(Path(kgbuild.__file__).parent).parts
        if parts and (parts[0] == "commands" or any(p.startswith("_") for p in parts)):
            continue
        package = import_module(".".join(["kgbuild", *parts]))
        for name in getattr(package, "__all__", ()):
            yield f"{package.__name__}.{name}", getattr(package, name)
    for name in PUBLIC_MODULES:
        module = import_module(name)
        for public, thing in vars(module).items():
            if not public.startswith("_") and _home(thing) == name:
                yield f"{name}.{public}", thing


def _home(thing: object) -> str:
    return str(getattr(thing, "__module__", ""))


def _public_functions() -> dict[str, types.FunctionType]:
    functions: dict[types.FunctionType, str] = {}
    for name, thing in _public_things():
        if inspect.ismodule(thing) and callable(thing):
            thing = getattr(thing, name.rpartition(".")[2])
        if not _home(thing).startswith("kgbuild"):
            continue
        if inspect.isfunction(thing):
            functions.setdefault(thing, name)
        elif inspect.isclass(thing):
            for attribute, member in vars(thing).items():
                function = getattr(member, "__func__", member)
                if inspect.isfunction(function) and not attribute.startswith("_"):
                    functions.setdefault(function, f"{name}.{attribute}")
    return {name: function for function, name in functions.items()}


def test_the_walk_sees_the_facade_and_every_package() -> None:
    names = set(_public_functions().values())
    facade = [getattr(kgbuild, name) for name in kgbuild.__all__]
    functions = [thing for thing in facade if inspect.isfunction(thing)]
    assert len(functions) > 20
    assert set(functions) <= names


@pytest.mark.parametrize(
    "function", [pytest.param(f, id=name) for name, f in _public_functions().items()]
)
def test_public_signatures_keep_the_conventions(function: types.FunctionType) -> None:
    """At most three positional parameters, no positional booleans, all typed."""
    signature = inspect.signature(function)
    positional = [
        p
        for p in signature.parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        and p.name not in ("self", "cls")
    ]
    assert len(positional) <= 3, "more than three positional parameters"
    for parameter in signature.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        assert parameter.annotation is not parameter.empty, f"{parameter} has no type"
    assert not any(isinstance(p.default, bool) for p in positional)
    assert signature.return_annotation is not signature.empty
    assert inspect.getdoc(function), "no docstring"
