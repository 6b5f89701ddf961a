"""The graph as files for other programs, one module a format.

Every file is whole or as it was, and the same graph gives the same bytes. How values
are encoded that a format cannot hold: see :mod:`kgbuild.graph.export.records`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import inner_suffix
from kgbuild._io.streams import is_stream
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from kgbuild.graph.export.records import GraphTables, Texts

__all__ = ["formats", "suffix_of", "write"]

#: Format → its suffix, if it has one; the module ``graph/export/<format>.py`` has a
#: function ``write(graph, path)`` that returns the files it wrote.
_SUFFIXES: dict[str, str | None] = {
    "cytoscape": ".cyjs",
    "gexf": ".gexf",
    "graphml": ".graphml",
    "kgx": None,
    "neo4j-csv": None,
    "node-link": None,
    "parquet": None,
}

#: Formats with a place for the sentences of statements.
_QUOTING = _SUFFIXES.keys() - {"parquet"}
_FOLDERS = {"kgx", "neo4j-csv", "parquet"}


def formats() -> tuple[str, ...]:
    """Return the names of the formats that :func:`write` knows."""
    return tuple(sorted(_SUFFIXES))


def suffix_of(format: str) -> str | None:  # noqa: A002 - the word users know
    """Return the suffix of a format's file, if it has one."""
    return _SUFFIXES[format]


def write(
    graph: GraphTables,
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word users know
    documents: Texts | None = None,
) -> list[Path]:
    """Write a graph; see :meth:`KnowledgeGraph.write`."""
    path = Path(path)
    if format is None:
        suffixes = {path.suffix, inner_suffix(path)}
        format = next((f for f, s in _SUFFIXES.items() if s in suffixes), None)  # noqa: A001
        if format is None:
            msg = (
                f"The suffix of {path} names no format of graphs: give one of "
                f"{', '.join(formats())}."
            )
            raise ConfigError(msg)
    if format not in _SUFFIXES:
        known = ", ".join(formats())
        msg = f"The format of a graph must be one of {known}. Got {format!r}."
        raise ConfigError(msg)
    if format in _FOLDERS and (is_stream(path, writing=True) or path.is_file()):
        msg = f"{format} is several files, which {path} cannot hold: name a folder."
        raise ConfigError(msg)
    if format not in _FOLDERS and path.is_dir():
        msg = f"{format} is one file, and {path} is a folder: name a file."
        raise ConfigError(msg)
    if documents is not None and format in _QUOTING:
        from kgbuild.graph.export.records import quoted

        graph = quoted(graph, documents)
    module = import_module(f"{__name__}.{format.replace('-', '_')}")
    files: list[Path] = module.write(graph, path)
    return files
