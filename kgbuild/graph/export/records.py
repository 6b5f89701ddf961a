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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import polars as pl

from kgbuild.curies import url_of
from kgbuild.graph.quotes import Quotes
from kgbuild.inputs import documents_from
from kgbuild.predicates import CO_MENTION
from kgbuild.tables import documents_table, shortest

if TYPE_CHECKING:
    from kgbuild.document import Document

    #: Where texts are: documents, their table, or folders of runs.
    Texts = Path | list[Path | Iterator[Document]] | pl.DataFrame | Iterable[Document]

#: What is known of a graph as a whole.
WHOLE = ("provenance", "settings", "counts")
_TABLES = ("concepts", "associations", *WHOLE)
#: Sentences that a statement quotes.
QUOTED = 3


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A graph whose statements are quoted: each has the field ``quotes``.

    Attributes
    ----------
    concepts, associations, provenance, settings, counts
        Of the graph.
    quotes
        Texts of its documents.
    """

    concepts: pl.DataFrame
    associations: pl.DataFrame
    provenance: Mapping[str, str]
    settings: Mapping[str, Any]
    counts: Mapping[str, int]
    quotes: Quotes


def quoted(graph: GraphTables, documents: Texts) -> GraphTables:
    """Return a graph with the texts that its statements are quoted from.

    Parameters
    ----------
    graph
        It is returned as it is where it has no statements.
    documents
        Documents, their table, or folders that hold it, in a list also with streams of
        documents; only those that are quoted are kept.
    """
    named = (
        graph.associations.lazy()
        .filter(pl.col("predicate") != CO_MENTION)
        .select(pl.col("evidence").list.head(QUOTED).explode())
        .select(pl.col("evidence").struct.field("document_id"))
        .drop_nulls()
        .unique()
        .collect()
        .to_series()
    )
    if not len(named):
        return graph
    asked = pl.col("document_id").is_in(named.implode())
    if isinstance(documents, pl.DataFrame):
        frames = [documents.filter(asked)]
    else:
        folders: list[Path] = []
        ids = frozenset(named)
        given = documents_from(_apart(documents, folders))
        frames = [documents_table(d for d in given if d.id in ids)]
        frames += [
            pl.scan_parquet(file).filter(asked).collect()
            for folder in folders
            for file in sorted(folder.glob("documents/*.parquet"))
        ]
    frames = [frame for frame in frames if frame.height]
    if not frames:
        return graph
    texts = pl.concat(frames, how="diagonal_relaxed")
    return Quoted(
        quotes=Quotes(texts), **{name: getattr(graph, name) for name in _TABLES}
    )


def _apart(documents: Any, folders: list[Path]) -> Any:
    """Return documents but for the folders among them, which are put into a list."""
    if isinstance(documents, Path):
        documents = [documents]
    if not isinstance(documents, list):
        return documents

    def others() -> Iterator[Any]:
        for given in documents:
            if isinstance(given, Path):
                folders.append(given)
            elif isinstance(given, Iterator):
                yield from given
            else:
                yield given

    return others()


def nodes(graph: GraphTables) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield concept ids and their columns, sorted by id."""
    for row in graph.concepts.iter_rows(named=True):
        concept_id = row.pop("concept_id")
        yield concept_id, {**row, "url": url_of(concept_id)}


def edges(graph: GraphTables) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield source, target and the columns of associations, sorted.

    Statements of a graph that is :func:`quoted` have ``quotes``, too: the sentences of
    the first pieces of evidence, each with its source.
    """
    scored = pl.element().struct.with_fields(shortest(pl.field("score")))
    frame = graph.associations.with_columns(
        pl.col("evidence").list.eval(scored),
        sources=pl.col("evidence").list.head(QUOTED).list.eval(source_of_evidence()),
    )
    quotes = graph.quotes if isinstance(graph, Quoted) else None
    for row in frame.iter_rows(named=True):
        sources = row.pop("sources")
        if quotes is not None and row["predicate"] != CO_MENTION:
            pieces = zip(row["evidence"], sources, strict=False)
            said = [(quotes.sentence(piece), source) for piece, source in pieces]
            row["quotes"] = [f"{text} {source}" for text, source in said if text]
        yield row.pop("source"), row.pop("target"), row


def source_of_evidence() -> pl.Expr:
    """Return the document of a piece of evidence, and what its cues make of it.

    >>> piece = {"document_id": "12345678", "negated": True, "hedged": False}
    >>> pl.Series([[piece]]).list.eval(source_of_evidence()).item().to_list()
    ['(PMID 12345678, negated)']
    """
    piece = pl.element().struct
    document = piece.field("document_id").fill_null("")
    pmid = pl.when(document.str.contains("^[0-9]+$")).then(pl.lit("PMID "))
    cues = [
        pl.when(piece.field(cue)).then(pl.lit(f", {cue}")).otherwise(pl.lit(""))
        for cue in ("negated", "hedged")
    ]
    nothing = pl.lit("")
    return pl.concat_str(
        pl.lit("("), pmid.otherwise(nothing), document, *cues, pl.lit(")")
    )


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
