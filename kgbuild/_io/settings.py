"""Read settings from TOML: checked against dataclasses, every fault in one sentence."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from kgbuild._io.files import check_readable, open_binary
from kgbuild._io.paths import BUNDLED, checked_place
from kgbuild._io.streams import is_stream
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

T = TypeVar("T")


def load_toml(
    path: Path | str,
    kind: type[T],
    *,
    changes: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    table: str | None = None,
) -> T:
    """Read and check a TOML file.

    Values of fields whose type is a :class:`~pathlib.Path` are relative to the folder
    of the file that states them; ``bundled:`` paths stay as they are. Where the type
    is ``Path | str``, values that begin with a dot or a slash are paths.

    Parameters
    ----------
    path
        The file. A top-level key ``extends`` names another one, which this one
        changes: of tables it replaces the keys that it has, to lists it adds, and all
        other values it replaces.
    kind
        A dataclass; its fields may be dataclasses, and containers of them. One that has
        a ``SHORTHAND`` may be given as a value: that of the field of this name.
    changes
        Values that replace the file's, unless they are ``None``, and of tables those of
        their keys; paths among them are relative to the working folder.
    defaults
        Top-level values for what neither has.
    table
        Read this table of the file alone.

    Raises
    ------
    ConfigError
        The file is no TOML, or keys or values are wrong; all of them are named.
    InputError
        There is no such file.
    """
    path = checked_place("path", path, what="a TOML file")
    faults: list[str] = []
    data = _read(path, kind, faults, table=table, seen=())
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if isinstance(field.default, Path):
            data.setdefault(field.name, path.parent / field.default)
    data = merged({**(defaults or {}), **data}, changes or {})
    try:
        return checked(data, kind, faults=faults)
    except ConfigError as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from error


def merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables with some values replaced; ``None`` replaces nothing.

    Raises
    ------
    ConfigError
        Keys are to change in what is no table.

    Examples
    --------
    >>> merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'a': 1, 'b': {'c': 4, 'd': 3}}
    """
    out = dict(old)
    for key, value in changes.items():
        if isinstance(value, dict):
            before = out.get(key)
            if before is None or isinstance(before, dict):
                out[key] = merged(before or {}, value)
            elif inner := merged({}, value):
                msg = (
                    f"{key} is given as {before!r} and as a table with "
                    f"{', '.join(inner)}: drop one of them."
                )
                raise ConfigError(msg)
        elif value is not None:
            out[key] = value
    return out


def checked(
    data: Mapping[str, Any], kind: type[T], *, faults: list[str] | None = None
) -> T:
    """Turn plain values by field into a dataclass, or name every one that does not fit.

    Raises
    ------
    ConfigError
        Something does not fit; said beside the ``faults`` that were known before.
    """
    from pydantic import TypeAdapter, ValidationError

    faults = list(faults or ())
    known = _walk(dict(data), kind, Path(), "", faults)
    try:
        result = TypeAdapter(kind).validate_python(known)
    except ValidationError as error:
        faults += _sentences(error, kind)
    except ConfigError as error:
        faults.append(str(error).removesuffix("."))
    if faults:
        msg = "; ".join(dict.fromkeys(faults)) + "."
        raise ConfigError(msg)
    return result


def _read(
    path: Path,
    kind: type,
    faults: list[str],
    *,
    table: str | None,
    seen: tuple[Path, ...],
) -> dict[str, Any]:
    """Read a file and what it extends; paths in it become relative to its folder."""
    check_readable(path)
    if path.resolve() in seen:
        msg = f"{path} extends itself: its chain of `extends` must have an end."
        raise ConfigError(msg)
    try:
        with open_binary(path) as stream:
            data = tomllib.load(stream)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: this is no TOML: {error}."
        raise ConfigError(msg) from error
    if table is not None:
        data = data.get(table, {})
        if not isinstance(data, dict):
            msg = f"{path}: {table} must be a table. Got {data!r}."
            raise ConfigError(msg)
    extended = data.pop("extends", None)
    folder = Path() if is_stream(path) else path.parent
    data = dict(_walk(data, kind, folder, "", faults))
    if extended is None:
        return data
    if not isinstance(extended, str):
        msg = f"{path}: extends must name a file, like 'base.toml'. Got {extended!r}."
        raise ConfigError(msg)
    whole = _read(
        folder / extended, kind, faults,
        table=table, seen=(*seen, path.resolve()),
    )  # fmt: skip
    for key, value in data.items():
        old = whole.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            whole[key] = {**old, **value}
        elif isinstance(old, list) and isinstance(value, list):
            whole[key] = [*old, *value]
        else:
            whole[key] = value
    return whole


def _walk(value: Any, kind: Any, folder: Path, where: str, faults: list[str]) -> Any:
    """Make paths relative to ``folder`` and one value a list of one, where one is due.

    What pydantic does not see, or would tell in Python's words, is noted: keys that no
    field has, values in place of tables, yes and no in place of numbers or the reverse.
    """
    choices = _choices(kind)
    dataclass = next((c for c in choices if dataclasses.is_dataclass(c)), None)
    short: str | None = getattr(dataclass, "SHORTHAND", None)
    plain = isinstance(value, str | int | float)
    if short is not None and (plain or isinstance(value, list | Path)):
        value = {short: value}
    if isinstance(value, dict) and dataclass is not None:
        hints = get_type_hints(dataclass)
        names = [f.name for f in dataclasses.fields(dataclass) if f.init]
        out = {}
        for key, inner in value.items():
            if key in names:
                out[key] = _walk(inner, hints[key], folder, f"{where}{key}.", faults)
            else:
                known = _known_keys(key, dataclass, where)
                faults.append(f"{where}{key} is not a known key ({known})")
        return out
    listed = isinstance(value, list)
    if (plain or listed) and dataclass and {*choices} <= {dataclass, NoneType}:
        keys = _known_keys("", dataclass, where)
        faults.append(f"{where.rstrip('.')} must be a table, got {value!r} ({keys})")
        return {}
    container = next((c for c in choices if get_args(c)), None)
    fits = {type(value), Path if isinstance(value, str) else None} & {*choices}
    if plain and get_origin(container) is tuple and not fits:
        item = get_args(container)[0]
        if not any(get_origin(c) is tuple for c in _choices(item)):
            value = [value]
    if plain and (wanted := _mistaken(value, choices, where)):
        got = str(value).lower() if isinstance(value, bool) else repr(value)
        faults.append(f"{where.rstrip('.')} must be {wanted}, got {got}")
        if not isinstance(value, bool):  # lest it is said again
            value = 1 if wanted == "a number" else False
    if isinstance(value, dict) and container is not None:
        item = get_args(container)[-1]
        return {
            key: _walk(inner, item, folder, f"{where}{key}.", faults)
            for key, inner in value.items()
        }
    if isinstance(value, list) and container is not None:
        item = get_args(container)[0]
        return [
            _walk(inner, item, folder, f"{where}{i}.", faults)
            for i, inner in enumerate(value)
        ]
    named = isinstance(value, str) and value != "-"  # which is standard input
    if named and Path in choices and not value.startswith(BUNDLED):
        if str not in choices:
            return folder / value
        if value.startswith((".", "/")):
            return str(folder / value)
    return value


def _mistaken(value: object, choices: tuple[Any, ...], where: str) -> str | None:
    """Return what is due in place of yes or no, or of a number; or where they are."""
    yes_or_no = isinstance(value, bool)
    numbers = {int, float} & {*choices}
    if yes_or_no and numbers and bool not in choices:
        return "a number"
    # A table of numbers may stand beside one; what lists hold may be written as text.
    others = {c for c in choices if get_origin(c) is not dict} - {int, float, NoneType}
    listed = where.rstrip(".").rpartition(".")[2].isdigit()
    if isinstance(value, str) and numbers and not (others or listed):
        return "a number"
    return "true or false" if not yes_or_no and {*choices} <= {bool, NoneType} else None


def _known_keys(key: str, kind: Any, where: str) -> str:
    """Say which key may be meant, and which keys the table has."""
    hints, table = get_type_hints(kind), where.rstrip(".")
    names = [f.name for f in dataclasses.fields(kind) if f.init]
    near = difflib.get_close_matches(key, names, n=1)
    if not near and not table:  # the right key at the wrong place
        near = [
            f"{name}.{key}"
            for name in names
            for inner in _choices(hints[name])
            if dataclasses.is_dataclass(inner)
            and key in {f.name for f in dataclasses.fields(inner)}
        ]
    mean = f"did you mean {near[0]!r}? " if near else ""
    keys = f"the keys of [{table}] are" if table else "the keys are"
    return f"{mean}{keys} {', '.join(names)}"


def _choices(kind: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type alone."""
    return get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)


def _sentences(error: ValidationError, kind: type) -> list[str]:
    secret = {f.name for f in dataclasses.fields(kind) if not f.repr}
    out = []
    for item in error.errors(include_url=False):
        # Of a union, pydantic says the type that it tried.
        steps = [str(step) for step in item["loc"] if "[" not in str(step)]
        where = ".".join(steps) or "the file"
        text = item["msg"][0].lower() + item["msg"][1:]
        if item["type"] == "tuple_type":
            text = "must be a list, in square brackets"
        elif item["type"] == "missing" and isinstance(item["loc"][-1], int):
            text = "a value is missing"
        hidden = item["type"].startswith("missing") or where in secret
        out.append(f"{where}: {text}" + ("" if hidden else f", got {item['input']!r}"))
    return out
