"""GraphML, for Gephi, yEd, Cytoscape, igraph and networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgbuild.graph.export import _xml, records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SPACE = "http://graphml.graphdrawing.org/xmlns"


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write one file; where two concepts have several associations, edges have ids."""
    from lxml import etree

    whole = _xml.whole(graph)
    types = {"graph": dict.fromkeys(whole, "string"), **_xml.columns_of(graph)}
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
            for node, fields in records.nodes(graph):
                with xml.element("node", id=_xml.clean(node)):
                    write_data("node", fields)
                xml.write("\n")
            for i, (source, target, fields) in enumerate(records.edges(graph)):
                ends = {"source": _xml.clean(source), "target": _xml.clean(target)}
                with xml.element("edge", {"id": f"e{i}", **ends} if several else ends):
                    write_data("edge", fields)
                xml.write("\n")
        xml.write("\n")
    return [path]
