"""What GraphML and GEXF share: typed columns, texts that XML can hold, a stream."""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import write_atomically
from kgbuild.graph.export import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPES = {bool: "boolean", int: "long", float: "double", str: "string"}


def clean(text: str) -> str:
    """Replace characters that XML cannot hold, control characters mostly, by U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the type of every column in the rows, in order of appearance."""
    types: dict[str, str] = {}
    for row in rows:
        for name, value in row.items():
            value = records.plain(value)
            if value is None:
                continue
            kind = _TYPES[type(value)]
            before = types.setdefault(name, kind)
            if before != kind:
                numbers = {before, kind} <= {"long", "double"}
                types[name] = "double" if numbers else "string"
    return types


def columns_of(graph: records.GraphTables) -> dict[str, dict[str, str]]:
    """Return the columns of nodes and of edges, with their types."""
    return {
        "node": columns(fields for _, fields in records.nodes(graph)),
        "edge": columns(fields for _, _, fields in records.edges(graph)),
    }


def values(fields: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[str | None]:
    """Yield the text of every column, ``None`` where there is no value."""
    for name, kind in types.items():
        value = records.plain(fields.get(name))
        if value is None:
            yield None
        elif kind == "boolean":
            yield "true" if value else "false"
        elif isinstance(value, float):
            # As both Java and Python read it.
            infinite = "Infinity" if value > 0 else "-Infinity"
            yield infinite if math.isinf(value) else repr(value)
        else:
            yield clean(str(value))


def whole(graph: records.GraphTables) -> dict[str, str]:
    """Return what is known of the graph as a whole, as JSON texts."""
    return {
        name: json.dumps(records.jsonable(value), ensure_ascii=False, sort_keys=True)
        for name, value in records.whole(graph).items()
    }


@contextmanager
def document(path: Path) -> Iterator[Any]:
    """Open an XML file to be written element by element."""
    from lxml import etree

    with (
        write_atomically(path) as stream,
        etree.xmlfile(stream, encoding="utf-8") as xml,
    ):
        xml.write_declaration()
        yield xml
