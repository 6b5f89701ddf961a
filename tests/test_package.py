"""The package as a whole: what importing costs, what the public functions look like."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
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

PUBLIC_MODULES = (
    "kgbuild.corpus", "kgbuild.curies", "kgbuild.document", "kgbuild.entity_types",
    "kgbuild.evaluation", "kgbuild.graph", "kgbuild.ner.aio.dataset",
    "kgbuild.ner.aio.labels",
    "kgbuild.ner.recipe", "kgbuild.ner.tagger", "kgbuild.ner.windows",
    "kgbuild.normalize", "kgbuild.pipeline", "kgbuild.tables",
    "kgbuild.text.abbreviations", "kgbuild.text.sentences", "kgbuild.text.tokens",
    "kgbuild.variants",
)  # fmt: skip


def test_importing_is_fast_and_loads_nothing_heavy() -> None:
    code = (
        "import json, sys, time; t = time.perf_counter(); import kgbuild;"
        "s = time.perf_counter() - t;"
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


def _public_functions() -> Iterator[tuple[str, types.FunctionType]]:
    import importlib

    for module_name in PUBLIC_MODULES:
        module = importlib.import_module(module_name)
        names = getattr(module, "__all__", None) or [
            n for n in vars(module) if not n.startswith("_")
        ]
        for name in names:
            thing = getattr(module, name)
            if inspect.isfunction(thing) and thing.__module__.startswith("kgbuild"):
                yield f"{module_name}.{name}", thing
            elif inspect.isclass(thing) and thing.__module__.startswith("kgbuild"):
                for attribute, member in vars(thing).items():
                    if inspect.isfunction(member) and not attribute.startswith("_"):
                        yield f"{module_name}.{name}.{attribute}", member


@pytest.mark.parametrize(
    "function", [pytest.param(f, id=name) for name, f in _public_functions()]
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
