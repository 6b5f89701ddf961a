"""The graph as files for other programs.

Encoding, where a format knows only plain values (GraphML, GEXF, CSV):

* a list or a structure is JSON text; lists of strings in TSV and CSV are joined by
  ``|`` (KGX) or ``;`` (neo4j-admin), with that character in a value replaced by a blank
* ``None`` is left out (an empty field in TSV and CSV)
* numpy and polars values are turned into Python's
* characters that XML cannot hold (most control characters) become U+FFFD

Every file is whole or as it was, and the same graph gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl

from kgbuild._io.files import inner_suffix, write_atomically
from kgbuild.curies import split_curie
from kgbuild.entity_types import entity_types
from kgbuild.errors import ConfigError
from kgbuild.graph.network import edges, nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from kgbuild.graph.model import KnowledgeGraph

#: Format by suffix; formats that are folders must be named.
_SUFFIXES = {".graphml": "graphml", ".gexf": "gexf", ".cyjs": "cytoscape"}

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Biolink's prefixes, where they differ from Bioregistry's in more than case.
_BIOLINK_PREFIXES = {
    "ncbigene": "NCBIGene",
    "ncbitaxon": "NCBITaxon",
    "uniprot": "UniProtKB",
    "refseq": "RefSeq",
    "cellosaurus": "Cellosaurus",
    "tmvar": "tmVar",
    "kgbuild": "kgbuild",
}

#: What a co-mention says in Biolink's terms, and no more.
BIOLINK_PREDICATE = "biolink:occurs_together_in_literature_with"
_BIOLINK_ASSOCIATION = "biolink:Association"


def formats() -> tuple[str, ...]:
    """Return the names of the formats that :func:`write` knows."""
    return tuple(sorted(_WRITERS))


def write(
    graph: KnowledgeGraph,
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word users know
) -> list[Path]:
    """Write a graph; see :meth:`KnowledgeGraph.write`."""
    path = Path(path)
    name = format or _SUFFIXES.get(inner_suffix(path)) or _SUFFIXES.get(path.suffix)
    if name is None:
        msg = (
            f"The suffix of {path} names no format of graphs: give one of "
            f"{', '.join(formats())}."
        )
        raise ConfigError(msg)
    if name not in _WRITERS:
        known = ", ".join(formats())
        msg = f"The format of a graph must be one of {known}. Got {name!r}."
        raise ConfigError(msg)
    return _WRITERS[name](graph, path)


def plain(value: Any) -> str | int | float | bool | None:
    """Return a value as formats without lists can hold it.

    Examples
    --------
    >>> plain(["a", "b"]), plain(None), plain({"n": 1})
    ('["a", "b"]', None, '{"n": 1}')
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return plain(value.item())
    return json.dumps(_jsonable(value), ensure_ascii=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _jsonable(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, pl.Series)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [_jsonable(v) for v in items]
    if hasattr(value, "tolist"):
        return _jsonable(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


# -- XML -------------------------------------------------------------------------------

_XML_TYPES = {bool: "boolean", int: "long", float: "double", str: "string"}


def _columns(
    records: Iterable[Mapping[str, Any]],
) -> dict[str, str]:
    """Return the type of every column in the records, in order of appearance."""
    found: dict[str, str] = {}
    for record in records:
        for name, value in record.items():
            kept = plain(value)
            if kept is None:
                continue
            kind = _XML_TYPES[type(kept)]
            before = found.setdefault(name, kind)
            if before != kind:
                numbers = {before, kind} <= {"long", "double"}
                found[name] = "double" if numbers else "string"
    return found


def _text(value: Any, kind: str) -> str | None:
    kept = plain(value)
    if kept is None:
        return None
    if kind == "boolean":
        return "true" if kept else "false"
    if isinstance(kept, float):
        if math.isinf(kept):  # XML Schema writes INF, networkx reads inf
            return "inf" if kept > 0 else "-inf"
        return repr(kept)
    return _NOT_XML.sub("\ufffd", str(kept))


def _facts(graph: KnowledgeGraph) -> dict[str, str]:
    return {
        fact: json.dumps(
            _jsonable(getattr(graph, fact)), ensure_ascii=False, sort_keys=True
        )
        for fact in ("provenance", "settings", "counts")
    }


def _graphml(graph: KnowledgeGraph, path: Path) -> list[Path]:
    from lxml import etree

    of_nodes = _columns(fields for _, fields in nodes(graph))
    of_edges = _columns(fields for _, _, fields in edges(graph))
    keys: dict[tuple[str, str], str] = {}
    with (
        write_atomically(path) as stream,
        etree.xmlfile(stream, encoding="utf-8") as xml,
    ):
        xml.write_declaration()
        space = "http://graphml.graphdrawing.org/xmlns"
        with xml.element("graphml", nsmap={None: space}):
            xml.write("\n")
            for domain, columns in (
                ("graph", dict.fromkeys(_facts(graph), "string")),
                ("node", of_nodes),
                ("edge", of_edges),
            ):
                for name, kind in columns.items():
                    keys[domain, name] = f"d{len(keys)}"
                    field = {
                        "id": keys[domain, name],
                        "for": domain,
                        "attr.name": name,
                        "attr.type": kind,
                    }
                    xml.write(etree.Element("key", field), "\n")
            with xml.element("graph", edgedefault="undirected"):
                xml.write("\n")
                for name, fact in _facts(graph).items():
                    _data(xml, etree, keys["graph", name], _NOT_XML.sub("\ufffd", fact))
                for node, fields in nodes(graph):
                    with xml.element("node", id=_NOT_XML.sub("\ufffd", node)):
                        for name, value in fields.items():
                            text = _text(value, of_nodes.get(name, "string"))
                            if text is not None:
                                _data(xml, etree, keys["node", name], text)
                    xml.write("\n")
                for source, target, fields in edges(graph):
                    ends = {
                        "source": _NOT_XML.sub("\ufffd", source),
                        "target": _NOT_XML.sub("\ufffd", target),
                    }
                    with xml.element("edge", ends):
                        for name, value in fields.items():
                            text = _text(value, of_edges.get(name, "string"))
                            if text is not None:
                                _data(xml, etree, keys["edge", name], text)
                    xml.write("\n")
            xml.write("\n")
    return [path]


def _data(xml: Any, etree: Any, key: str, text: str) -> None:
    element = etree.Element("data", key=key)
    element.text = text
    xml.write(element)


def _gexf(graph: KnowledgeGraph, path: Path) -> list[Path]:
    from lxml import etree

    of_nodes = _columns(fields for _, fields in nodes(graph))
    of_edges = _columns(fields for _, _, fields in edges(graph))
    with (
        write_atomically(path) as stream,
        etree.xmlfile(stream, encoding="utf-8") as xml,
    ):
        xml.write_declaration()
        space = "http://www.gexf.net/1.2draft"
        with xml.element("gexf", nsmap={None: space}, version="1.2"):
            xml.write("\n")
            meta = etree.Element("meta")
            etree.SubElement(meta, "creator").text = "kgbuild"
            etree.SubElement(meta, "description").text = _NOT_XML.sub(
                "\ufffd", json.dumps(_facts(graph), ensure_ascii=False, sort_keys=True)
            )
            xml.write(meta, "\n")
            with xml.element("graph", defaultedgetype="undirected", mode="static"):
                xml.write("\n")
                for domain, columns in (("node", of_nodes), ("edge", of_edges)):
                    titles = etree.Element("attributes", {"class": domain})
                    for i, (name, kind) in enumerate(columns.items()):
                        field = {"id": f"{domain}{i}", "title": name, "type": kind}
                        etree.SubElement(titles, "attribute", field)
                    xml.write(titles, "\n")
                with xml.element("nodes"):
                    for node, fields in nodes(graph):
                        element = etree.Element(
                            "node",
                            id=_NOT_XML.sub("\ufffd", node),
                            label=_NOT_XML.sub("\ufffd", fields["name"]),
                        )
                        _values(etree, element, "node", fields, of_nodes)
                        xml.write(element, "\n")
                with xml.element("edges"):
                    for i, (source, target, fields) in enumerate(edges(graph)):
                        element = etree.Element(
                            "edge",
                            id=str(i),
                            source=_NOT_XML.sub("\ufffd", source),
                            target=_NOT_XML.sub("\ufffd", target),
                            weight=str(fields["documents"]),
                        )
                        _values(etree, element, "edge", fields, of_edges)
                        xml.write(element, "\n")
    return [path]


def _values(
    etree: Any,
    element: Any,
    domain: str,
    fields: Mapping[str, Any],
    columns: Mapping[str, str],
) -> None:
    values = etree.SubElement(element, "attvalues")
    for i, (name, kind) in enumerate(columns.items()):
        text = _text(fields.get(name), kind)
        if text is not None:
            field = {"for": f"{domain}{i}", "value": text}
            etree.SubElement(values, "attvalue", field)


# -- JSON ------------------------------------------------------------------------------


def _json_line(value: Any) -> bytes:
    text = json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace")


def _json_lines(stream: BinaryIO, records: Iterable[Any]) -> None:
    for i, record in enumerate(records):
        stream.write(b",\n" if i else b"\n")
        stream.write(_json_line(record))


def _node_link(graph: KnowledgeGraph, path: Path) -> list[Path]:
    facts = {f: getattr(graph, f) for f in ("provenance", "settings", "counts")}
    several = graph.associations.select("source", "target").is_duplicated().any()
    with write_atomically(path) as stream:
        stream.write(b'{"directed": false, "multigraph": ')
        stream.write(b"true" if several else b"false")
        stream.write(b', "graph": ' + _json_line(facts) + b', "nodes": [')
        _json_lines(stream, ({"id": n, **fields} for n, fields in nodes(graph)))
        stream.write(b'], "edges": [')
        _json_lines(
            stream,
            (
                {
                    "source": a,
                    "target": b,
                    **({"key": fields["relation"]} if several else {}),
                    **fields,
                }
                for a, b, fields in edges(graph)
            ),
        )
        stream.write(b"]}\n")
    return [path]


def _cytoscape(graph: KnowledgeGraph, path: Path) -> list[Path]:
    facts = {f: getattr(graph, f) for f in ("provenance", "settings", "counts")}
    with write_atomically(path) as stream:
        stream.write(b'{"data": ' + _json_line({"name": "kgbuild", **facts}))
        stream.write(b', "directed": false, "multigraph": false, "elements": {')
        stream.write(b'"nodes": [')
        _json_lines(
            stream,
            ({"data": {"id": n, "value": n, **fields}} for n, fields in nodes(graph)),
        )
        stream.write(b'], "edges": [')
        _json_lines(
            stream,
            (
                {
                    "data": {
                        "id": f"{a} {fields['relation']} {b}",
                        "source": a,
                        "target": b,
                        "interaction": fields["relation"],
                        **fields,
                    }
                }
                for a, b, fields in edges(graph)
            ),
        )
        stream.write(b"]}}\n")
    return [path]


# -- TSV and CSV -----------------------------------------------------------------------


def biolink_curie(concept_id: str) -> str:
    """Return a concept id with Biolink's prefix.

    Examples
    --------
    >>> biolink_curie("mesh:D006973"), biolink_curie("ncbigene:1636")
    ('MESH:D006973', 'NCBIGene:1636')
    """
    prefix, local = split_curie(concept_id)
    return f"{_BIOLINK_PREFIXES.get(prefix, prefix.upper())}:{local}"


def _kgx(graph: KnowledgeGraph, path: Path) -> list[Path]:
    """Write KGX TSV: ``nodes.tsv`` and ``edges.tsv`` in a folder."""
    known = entity_types()
    versions = "; ".join(f"{k} {v}" for k, v in sorted(graph.provenance.items()))

    def of_nodes() -> Iterator[list[Any]]:
        for concept_id, fields in nodes(graph):
            kind = known.get(fields["type"])
            yield [
                biolink_curie(concept_id),
                kind.biolink if kind else "biolink:NamedThing",
                fields["name"],
                _joined(fields.get("synonyms") or (), "|"),
                fields["url"],
                fields["mentions"],
                fields["documents"],
            ]

    def of_edges() -> Iterator[list[Any]]:
        for source, target, fields in edges(graph):
            documents = [e["document_id"] for e in fields["evidence"]]
            yield [
                f"{biolink_curie(source)}-{fields['relation']}-{biolink_curie(target)}",
                biolink_curie(source),
                BIOLINK_PREDICATE,
                biolink_curie(target),
                _BIOLINK_ASSOCIATION,
                fields["relation"],
                "statistical_association",
                "text_mining_agent",
                _joined(map(_publication, documents), "|"),
                fields["documents"],
                fields["sentences"],
                fields["p_value"],
                fields["q_value"],
                fields["npmi"],
                fields["log_odds"],
                versions,
            ]

    files = [path / "nodes.tsv", path / "edges.tsv"]
    _write_rows(
        files[0],
        [
            "id", "category", "name", "synonym", "iri", "mentions", "documents",
        ],
        of_nodes(),
        delimiter="\t",
    )  # fmt: skip
    _write_rows(
        files[1],
        [
            "id", "subject", "predicate", "object", "category", "relation",
            "knowledge_level", "agent_type", "publications", "evidence_count",
            "sentence_count", "p_value", "adjusted_p_value", "npmi", "log_odds",
            "source_version",
        ],
        of_edges(),
        delimiter="\t",
    )  # fmt: skip
    return files


def _publication(document_id: str) -> str:
    if document_id.isascii() and document_id.isdigit():
        return f"PMID:{document_id}"
    return document_id


def _joined(values: Iterable[str], separator: str) -> str:
    return separator.join(v.replace(separator, " ") for v in values)


def _write_rows(
    path: Path, head: list[str], rows: Iterable[list[Any]], *, delimiter: str
) -> None:
    with write_atomically(path) as stream:
        text = io.TextIOWrapper(
            stream, encoding="utf-8", errors="replace", newline="", write_through=True
        )
        if delimiter == "\t":
            # KGX reads no quotes: blanks stand for what would break a line or column.
            text.write("\t".join(head) + "\n")
            for row in rows:
                text.write("\t".join(_tsv(value) for value in row) + "\n")
        else:
            table = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
            table.writerow(head)
            for row in rows:
                table.writerow(["" if v is None else v for v in row])
        text.flush()
        text.detach()


def _tsv(value: Any) -> str:
    kept = plain(value)
    return (
        "" if kept is None else re.sub(r"[\t\r\n\v\f\x85\u2028\u2029]+", " ", str(kept))
    )


def _neo4j_csv(graph: KnowledgeGraph, path: Path) -> list[Path]:
    from kgbuild.neo4j.schema import csv_tables

    files = []
    for name, head, rows in csv_tables(graph):
        files.append(path / name)
        _write_rows(files[-1], head, rows, delimiter=",")
    return files


def _parquet(graph: KnowledgeGraph, path: Path) -> list[Path]:
    graph.save(path)
    return [path / name for name in ("concepts", "associations", "graph.json")]


_WRITERS: dict[str, Callable[[KnowledgeGraph, Path], list[Path]]] = {
    "graphml": _graphml,
    "gexf": _gexf,
    "cytoscape": _cytoscape,
    "node-link": _node_link,
    "kgx": _kgx,
    "neo4j-csv": _neo4j_csv,
    "parquet": _parquet,
}
