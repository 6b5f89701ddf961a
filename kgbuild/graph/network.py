"""The graph in networkx, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild.curies import url_of
from kgbuild.errors import ValidationError
from kgbuild.graph.model import KnowledgeGraph
from kgbuild.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import networkx as nx

#: Facts of the whole graph, as attributes of the network.
_FACTS = ("provenance", "settings", "counts")


def to_networkx(graph: KnowledgeGraph) -> nx.Graph:
    """Return the graph for networkx; see :meth:`KnowledgeGraph.to_networkx`."""
    import networkx as nx

    pairs = graph.associations.select("source", "target")
    several = pairs.is_duplicated().any()
    network = nx.MultiGraph() if several else nx.Graph()
    network.graph.update({fact: dict(getattr(graph, fact)) for fact in _FACTS})
    network.add_nodes_from(nodes(graph))
    for source, target, fields in edges(graph):
        key = {"key": fields["relation"]} if several else {}
        network.add_edge(source, target, **key, **fields)
    return network


def nodes(graph: KnowledgeGraph) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield concept ids and their facts, sorted by id."""
    for row in graph.concepts.iter_rows(named=True):
        concept_id = row.pop("concept_id")
        yield concept_id, {**row, "url": url_of(concept_id)}


def edges(graph: KnowledgeGraph) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield source, target and the facts of associations, sorted."""
    for row in graph.associations.iter_rows(named=True):
        yield row.pop("source"), row.pop("target"), row


def from_networkx(network: nx.Graph) -> KnowledgeGraph:
    """Read back what :func:`to_networkx` made.

    Lists and structures may be JSON text, as the exports encode them, and what is
    missing is null.

    Raises
    ------
    ValidationError
        Nodes or edges lack what the tables need.
    """
    concepts = _frame(
        (
            {"concept_id": str(node), **fields}
            for node, fields in network.nodes(data=True)
        ),
        "concepts",
    )
    associations = _frame(
        (
            {**fields, "source": min(str(a), str(b)), "target": max(str(a), str(b))}
            for a, b, fields in network.edges(data=True)
        ),
        "associations",
    )
    facts = {fact: _decoded(network.graph.get(fact, {})) for fact in _FACTS}
    return KnowledgeGraph(
        concepts=concepts.sort("concept_id"),
        associations=associations.sort("source", "target", "relation"),
        **facts,
    )


def _frame(records: Iterator[Mapping[str, Any]], name: Any) -> pl.DataFrame:
    schema = TABLES[name]
    rows, met = [], set(schema.core)
    for record in records:
        row = {}
        for column, dtype in schema.columns.items():
            value = record.get(column)
            if dtype.is_nested():
                value = _decoded(value)
            if value is not None:
                met.add(column)
            row[column] = value
        rows.append(row)
    kept = {c: d for c, d in schema.columns.items() if c in met or not rows}
    try:
        return pl.DataFrame(
            [[row[c] for c in kept] for row in rows], schema=kept, orient="row"
        )
    except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        msg = (
            f"The network does not hold what the {name} table needs ({error}): read "
            "one that kgbuild wrote."
        )
        raise ValidationError(msg) from error


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        msg = f"The attribute {value[:60]!r} is not JSON, which lists are written as."
        raise ValidationError(msg) from error
