"""Settings of a run from its TOML, with what the command line changes."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.paths import pipeline_path
from kgbuild._io.settings import load_toml, merged
from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.pipeline.builtin import in_folder
from kgbuild.pipeline.settings import RunSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Settings of ``[annotation]`` that a stage's own table may state too.
_OF_STAGES = (
    "types", "vocabulary", "species", "tagger", "threshold", "linking",
    "relation_threshold",
)  # fmt: skip


def load_settings(path: Path | str, **changes: Any) -> RunSettings:
    """Read and check the TOML of a run.

    Parameters
    ----------
    path
        A file, or the name of one of the bundled pipelines, such as ``"quickstart"``,
        where no file is called so. Paths in it are relative to its folder.
    changes
        Settings that replace the file's, unless they are ``None``; for a table a
        dictionary of what changes in it, such as ``graph={"min_documents": 3}``. What
        changes in ``annotation`` holds for the tables of ``[[stages]]`` too. Without an
        ``output`` in either, it is ``out/NAME`` in the working folder.

    Raises
    ------
    ConfigError
        The file is no TOML, or a key or value is wrong; all are named.
    InputError
        There is no such file.
    """
    path = Path(path)
    if not path.exists() and path.parent == Path():
        with suppress(ResourceMissingError):
            path = pipeline_path(f"{path.name.removesuffix('.toml')}.toml")
    settings = load_toml(
        path,
        RunSettings,
        changes=changes,
        defaults={"output": Path("out") / path.stem},
    )
    annotation = changes.get("annotation") or {}
    replaced = {name for name in _OF_STAGES if annotation.get(name) is not None}
    stages = [
        item
        if isinstance(item, str) or ":" in str(item.get("use"))
        else {key: value for key, value in item.items() if key not in replaced}
        for item in settings.annotation.stages
    ]
    tables = in_folder(stages, path.parent.resolve())
    return replace(settings, annotation=replace(settings.annotation, stages=tables))


def parse_changes(assignments: Iterable[str]) -> dict[str, Any]:
    """Return what ``--set`` says, as tables.

    Parameters
    ----------
    assignments
        ``KEY=VALUE``, the key with its tables, the value as TOML writes it; a text
        needs no quotes.

    Raises
    ------
    ConfigError
        One is none.

    Examples
    --------
    >>> parse_changes(["graph.min_documents=3", "graph.level=document"])
    {'graph': {'min_documents': 3, 'level': 'document'}}
    """
    out: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        keys = [key.strip() for key in name.split(".")]
        if not equals or not all(keys):
            msg = f"Give --set as KEY=VALUE, like graph.min_documents=3. Got {text!r}."
            raise ConfigError(msg)
        change: Any = _value(value.strip())
        if isinstance(change, dict):
            key = next(iter(change), "KEY")
            msg = (
                f"Give --set a key of the table {name.strip()}, one at a time, like "
                f"{name.strip()}.{key}=VALUE. Got {text!r}."
            )
            raise ConfigError(msg)
        for key in reversed(keys):
            change = {key: change}
        out = merged(out, change)
    return out


def with_changes(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return layers of changes as one; later ones win, ``None`` changes nothing."""
    out: dict[str, Any] = {}
    for layer in layers:
        out = merged(out, layer)
    return out


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
