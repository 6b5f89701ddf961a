"""GraphML, for Gephi, yEd, Cytoscape, igraph, JGraphT and networkx.

Besides the columns of the tables, nodes have a ``label`` and edges a ``weight`` (their
number of documents) and an ``interaction``, which Gephi and Cytoscape look for. Ids are
concept ids as far as GraphML's schema takes them; ``concept_id`` has them as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kgbuild.graph.export import _xml, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: What is not in such an id, and an underscore that would read as the start of a code.
_NOT_IN_IDS = re.compile(r"[^-.0-9:A-Z_a-z]|_(?=x[0-9A-F]+_)")

_SPACE = "http://graphml.graphdrawing.org/xmlns"


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write one file; where two concepts have several associations, edges have ids."""
    from lxml import etree

    whole = _xml.whole(graph)
    types = {
        "graph": dict.fromkeys(whole, "string"),
        "node": _xml.columns(fields for _, fields in _nodes(graph)),
        "edge": _xml.columns(fields for _, _, fields in _edges(graph)),
    }
    keys: dict[str, list[str]] = {}
    directed, several = records.shape(graph)
    with _xml.document(path) as xml, xml.element("graphml", nsmap={None: _SPACE}):
        xml.write("\n")
        number = 0
        for domain, columns in types.items():
            keys[domain] = [f"d{number + i}" for i in range(len(columns))]
            number += len(columns)
            for key, (name, kind) in zip(keys[domain], columns.items(), strict=True):
                field = {
                    "id": key, "for": domain, "attr.name": name, "attr.type": kind,
                }  # fmt: skip
                xml.write(etree.Element("key", field), "\n")

        def write_data(domain: str, fields: Mapping[str, Any]) -> None:
            texts = _xml.values(fields, types[domain])
            for key, text in zip(keys[domain], texts, strict=True):
                if text is not None:
                    element = etree.Element("data", key=key)
                    element.text = text
                    xml.write(element)

        default = "directed" if directed else "undirected"
        with xml.element("graph", edgedefault=default):
            xml.write("\n")
            write_data("graph", whole)
            for node, fields in _nodes(graph):
                with xml.element("node", id=node_id(node)):
                    write_data("node", fields)
                xml.write("\n")
            for i, (source, target, fields) in enumerate(_edges(graph)):
                ends = {"source": node_id(source), "target": node_id(target)}
                with xml.element("edge", {"id": f"e{i}", **ends} if several else ends):
                    write_data("edge", fields)
                xml.write("\n")
        xml.write("\n")
    return [path]


def node_id(concept_id: str) -> str:
    """Return an id that GraphML's schema takes (an NMTOKEN), another for each concept.

    Examples
    --------
    >>> node_id("mesh:D006973"), node_id("tmvar:p|SUB|V|600|E")
    ('mesh:D006973', 'tmvar:p_x7C_SUB_x7C_V_x7C_600_x7C_E')
    """
    return _NOT_IN_IDS.sub(lambda found: f"_x{ord(found.group()):X}_", concept_id)


def _nodes(graph: records.GraphTables) -> Iterator[tuple[str, dict[str, Any]]]:
    for node, fields in records.nodes(graph):
        yield node, {"concept_id": node, "label": fields["name"], **fields}


def _edges(graph: records.GraphTables) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for source, target, fields in records.edges(graph):
        read = {
            "weight": float(fields["documents"]),
            "interaction": fields["predicate"],
        }
        yield source, target, {**read, **fields}
