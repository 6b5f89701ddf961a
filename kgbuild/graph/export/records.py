"""Nodes and edges of a graph as records, and what becomes of their values in files.

* a list or a structure is JSON text where a format knows only plain values (GraphML,
  GEXF, CSV); lists of strings in TSV and CSV are joined by ``|`` (KGX) or a unit
  separator (neo4j-admin), with that character in a value replaced by a blank
* ``None`` is left out (an empty field in TSV and CSV)
* numpy and polars values are turned into Python's
* a graph with a directed association is a directed one in every format, since none of
  their readers takes edges of both kinds; ``directed`` says of each edge which it is
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import polars as pl

from kgbuild.curies import url_of
from kgbuild.tables import shortest

if TYPE_CHECKING:
    from pathlib import Path

#: What is known of a graph as a whole.
WHOLE = ("provenance", "settings", "counts")


class GraphTables(Protocol):
    """What exports read of a :class:`kgbuild.graph.KnowledgeGraph`."""

    @property
    def concepts(self) -> pl.DataFrame: ...  # noqa: D102 - as there
    @property
    def associations(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def provenance(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def settings(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def counts(self) -> Mapping[str, int]: ...  # noqa: D102


def nodes(graph: GraphTables) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield concept ids and their columns, sorted by id."""
    for row in graph.concepts.iter_rows(named=True):
        concept_id = row.pop("concept_id")
        yield concept_id, {**row, "url": url_of(concept_id)}


def edges(graph: GraphTables) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield source, target and the columns of associations, sorted."""
    scored = pl.element().struct.with_fields(shortest(pl.field("score")))
    frame = graph.associations.with_columns(pl.col("evidence").list.eval(scored))
    for row in frame.iter_rows(named=True):
        yield row.pop("source"), row.pop("target"), row


def whole(graph: GraphTables) -> dict[str, dict[str, Any]]:
    """Return what is known of the graph as a whole."""
    return {name: dict(getattr(graph, name)) for name in WHOLE}


def shape(graph: GraphTables) -> tuple[bool, bool]:
    """Return whether a graph is directed, and whether it needs edges side by side."""
    frame = graph.associations
    directed = bool(frame["directed"].any())
    # The two directions of a pair are two edges of a directed graph, not side by side;
    # but with directions come predicates, which are keys.
    return directed, directed or bool(
        frame.select("source", "target").is_duplicated().any()
    )


def plain(value: Any) -> str | int | float | bool | None:
    """Return a value as formats without lists can hold it.

    Examples
    --------
    >>> plain(["a", "b"]), plain(None), plain({"n": 1})
    ('["a", "b"]', None, '{"n": 1}')
    """
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return plain(value.item())
    return json.dumps(jsonable(value), ensure_ascii=False)


def jsonable(value: Any) -> Any:
    """Return a value as JSON can hold it; what is not finite is null."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, pl.Series)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [jsonable(v) for v in items]
    if hasattr(value, "tolist"):
        return jsonable(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


def json_bytes(value: Any) -> bytes:
    """Return one line of JSON."""
    text = json.dumps(jsonable(value), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace")


def write_json_list(stream: BinaryIO, records: Iterable[Any]) -> None:
    """Write records one a line, without the brackets around them."""
    for i, record in enumerate(records):
        stream.write(b",\n" if i else b"\n")
        stream.write(json_bytes(record))


def write_json_graph(
    path: Path,
    head: Mapping[str, Any],
    *,
    nodes: Iterable[Any],
    edges: Iterable[Any],
    inside: str = "",
) -> list[Path]:
    """Write an object with the fields of ``head``, ``nodes`` and ``edges``.

    ``inside`` names the field that holds the last two, where one does.
    """
    from kgbuild._io.files import write_atomically

    with write_atomically(path) as stream:
        stream.write(json_bytes(head)[:-1] + b", ")
        if inside:
            stream.write(json_bytes(inside) + b": {")
        stream.write(b'"nodes": [')
        write_json_list(stream, nodes)
        stream.write(b'], "edges": [')
        write_json_list(stream, edges)
        stream.write(b"]}}\n" if inside else b"]}\n")
    return [path]
