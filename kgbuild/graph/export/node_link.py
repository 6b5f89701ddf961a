"""Node-link JSON, as ``networkx.node_link_graph(data, edges="edges")`` reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.graph.export import records

if TYPE_CHECKING:
    from pathlib import Path


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write one file."""
    directed, several = records.shape(graph)
    return records.write_json_graph(
        path,
        {
            "directed": directed,
            "multigraph": several,
            "graph": records.whole(graph),
        },
        nodes=({"id": n, **fields} for n, fields in records.nodes(graph)),
        edges=(
            {
                "source": source,
                "target": target,
                **({"key": fields["predicate"]} if several else {}),
                **fields,
            }
            for source, target, fields in records.edges(graph)
        ),
    )
