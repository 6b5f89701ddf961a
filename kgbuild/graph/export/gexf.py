"""GEXF 1.2, for Gephi and networkx."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kgbuild.graph.export import _xml, records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write one file; the weight of an edge is its number of documents."""
    from lxml import etree

    types = _xml.columns_of(graph)
    directed, _ = records.shape(graph)

    def item(domain: str, ids: dict[str, str], fields: Mapping[str, Any]) -> Any:
        element = etree.Element(domain, {k: _xml.clean(v) for k, v in ids.items()})
        values = etree.SubElement(element, "attvalues")
        for i, text in enumerate(_xml.values(fields, types[domain])):
            if text is not None:
                field = {"for": f"{domain}{i}", "value": text}
                etree.SubElement(values, "attvalue", field)
        return element

    space = {None: "http://www.gexf.net/1.2draft"}
    with _xml.document(path) as xml, xml.element("gexf", nsmap=space, version="1.2"):
        xml.write("\n")
        meta = etree.Element("meta")
        etree.SubElement(meta, "creator").text = "kgbuild"
        etree.SubElement(meta, "description").text = _xml.clean(
            json.dumps(_xml.whole(graph), ensure_ascii=False, sort_keys=True)
        )
        xml.write(meta, "\n")
        default = "directed" if directed else "undirected"
        with xml.element("graph", defaultedgetype=default, mode="static"):
            xml.write("\n")
            for domain, columns in types.items():
                titles = etree.Element("attributes", {"class": domain})
                for i, (name, kind) in enumerate(columns.items()):
                    field = {"id": f"{domain}{i}", "title": name, "type": kind}
                    etree.SubElement(titles, "attribute", field)
                xml.write(titles, "\n")
            with xml.element("nodes"):
                for node, fields in records.nodes(graph):
                    ids = {"id": node, "label": fields["name"]}
                    xml.write(item("node", ids, fields), "\n")
            with xml.element("edges"):
                for i, (source, target, fields) in enumerate(records.edges(graph)):
                    ids = {
                        "id": str(i), "source": source, "target": target,
                        "weight": str(fields["documents"]),
                    }  # fmt: skip
                    xml.write(item("edge", ids, fields), "\n")
    return [path]
