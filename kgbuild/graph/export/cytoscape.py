"""Cytoscape's JSON, for Cytoscape, Cytoscape.js and ``networkx.cytoscape_graph``."""

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
            "data": {"name": "kgbuild", **records.whole(graph)},
            "directed": directed,
            "multigraph": several,
        },
        nodes=(
            {"data": {"id": n, "value": n, "label": fields["name"], **fields}}
            for n, fields in records.nodes(graph)
        ),
        edges=(
            {
                "data": {
                    "id": f"{source} {fields['predicate']} {target}",
                    "source": source,
                    "target": target,
                    "interaction": fields["predicate"],
                    "weight": fields["documents"],
                    **({"key": fields["predicate"]} if several else {}),
                    **fields,
                }
            }
            for source, target, fields in records.edges(graph)
        ),
        inside="elements",
    )
