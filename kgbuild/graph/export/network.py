"""The graph in networkx, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild.errors import ValidationError
from kgbuild.graph.export import records
from kgbuild.tables import TABLES, TableName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import networkx as nx


def to_networkx(graph: records.GraphTables) -> nx.Graph:
    """Return the graph for networkx; see :meth:`KnowledgeGraph.to_networkx`."""
    import networkx as nx

    directed, several = records.shape(graph)
    kind = nx.MultiDiGraph if directed else nx.MultiGraph if several else nx.Graph
    network: nx.Graph = kind(**records.whole(graph))
    network.add_nodes_from(records.nodes(graph))
    for source, target, fields in records.edges(graph):
        key = {"key": fields["predicate"]} if several else {}
        network.add_edge(source, target, **key, **fields)
    return network


def read(network: nx.Graph) -> dict[str, Any]:
    """Return the fields of the graph that :func:`to_networkx` turned into a network.

    Lists and structures may be JSON text, as the exports encode them, and what is
    missing is null.

    Raises
    ------
    ValidationError
        Nodes or edges lack what the tables need.
    """
    concepts = [
        {"concept_id": str(node), **fields} for node, fields in network.nodes(data=True)
    ]
    # GraphML has other ids where a concept's is none that it takes.
    ids = dict(zip(network, (row["concept_id"] for row in concepts), strict=True))
    associations = []
    for a, b, fields in network.edges(data=True):
        source, target = ids[a], ids[b]
        if fields.get("directed"):
            if not network.is_directed():
                msg = (
                    f"The association {source} – {target} is directed, and the network "
                    "is not: read it as a directed one."
                )
                raise ValidationError(msg)
        else:
            source, target = min(source, target), max(source, target)
        associations.append({**fields, "source": source, "target": target})
    return {
        "concepts": _frame(concepts, "concepts"),
        "associations": _frame(associations, "associations"),
        **{name: _decoded(network.graph.get(name, {})) for name in records.WHOLE},
    }


def _frame(rows: Iterable[Mapping[str, Any]], name: TableName) -> pl.DataFrame:
    schema = TABLES[name]
    columns: dict[str, list[Any]] = {column: [] for column in schema.columns}
    for row in rows:
        for column, dtype in schema.columns.items():
            value = row.get(column)
            columns[column].append(_decoded(value) if dtype.is_nested() else value)
    there = {
        column: values
        for column, values in columns.items()
        if column in schema.core or not values or any(v is not None for v in values)
    }
    try:
        frame = pl.DataFrame(there, schema={c: schema.columns[c] for c in there})
    except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        msg = (
            f"The network does not hold what the {name} table needs ({error}): read "
            "one that kgbuild wrote."
        )
        raise ValidationError(msg) from error
    return frame.sort(schema.key)


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        msg = f"The attribute {value[:60]!r} is not JSON, which lists are written as."
        raise ValidationError(msg) from error
