"""One parser per official vocabulary format: a file in, entries out.

A parser is a function ``read(path, *, entity_type) -> Iterator[Entry]``. Adding a
format costs one module and one line of :data:`FORMATS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from kgbuild.errors import ConfigError
from kgbuild.normalize.sources._entry import STATUSES, Entry, Status
from kgbuild.normalize.sources._reading import bounded_lines, open_bounded, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = [
    "FORMATS",
    "STATUSES",
    "Entry",
    "Format",
    "Status",
    "bounded_lines",
    "detect_format",
    "open_bounded",
    "read_entries",
    "sha256_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A vocabulary format.

    Attributes
    ----------
    name
        As the user names it.
    description
        One line for ``kgbuild vocab``'s help.
    module
        Module of this package that has its ``read``.
    """

    name: str
    description: str
    module: str


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(name="tsv", module="tsv", description="id, name, synonyms[, taxon]"),
    )
}


def detect_format(path: Path) -> str:
    """Tell the format of a file from its name and first lines."""
    del path
    return "tsv"


def read_entries(
    path: Path,
    *,
    entity_type: str,
    format: str | None = None,  # noqa: A002
) -> Iterator[Entry]:
    """Yield the entries of a vocabulary file of any known format.

    Parameters
    ----------
    path
        The file.
    entity_type
        Gives bare identifiers their prefix, and selects records where a file holds
        several types (MeSH).
    format
        A key of :data:`FORMATS`; detected unless told.

    Raises
    ------
    ConfigError
        There is no such format.
    InputError
        The file is not of this format.
    """
    name = format or detect_format(path)
    if name not in FORMATS:
        msg = f"format must be one of {', '.join(FORMATS)}. Got {name!r} instead."
        raise ConfigError(msg)
    module = import_module(f"kgbuild.normalize.sources.{FORMATS[name].module}")
    read = cast("Callable[..., Iterator[Entry]]", module.read)
    return read(path, entity_type=entity_type)
