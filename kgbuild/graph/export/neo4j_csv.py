"""The graph as nodes and relationships of Neo4j, and as CSV for ``neo4j-admin``.

Labels and relationship types are from closed sets, so that nothing from a text or a
vocabulary ever becomes Cypher. The picture is in ``neo4j/README.md``.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild._io.warn import warn_user
from kgbuild.curies import url_of
from kgbuild.entity_types import entity_types
from kgbuild.graph.export import records
from kgbuild.graph.export._rows import write_csv
from kgbuild.predicates import CO_MENTION, known_predicates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from kgbuild.graph.quotes import Quotes

#: Relationship type of predicates outside the closed set; ``predicate`` tells which.
STATEMENT = "STATEMENT"

#: Label of every node that kgbuild wrote, so that nobody else's is ever deleted.
OURS = "Kgbuild"

#: Between the elements of a list in CSV; in an element a blank stands for it.
ARRAY_DELIMITER = "\x1f"

#: Properties besides the id, with their types in CSV.
NODE_TYPES = {
    "name": "string", "type": "string", "mentions": "long", "documents": "long",
    "types": "string[]", "synonyms": "string[]", "vocabulary_names": "string[]",
    "url": "string", "run": "string",
}  # fmt: skip
_EDGE_TYPES = {
    "documents": "long", "sentences": "long", "npmi": "double", "log_odds": "double",
    "p_value": "double", "log10_p": "double", "score": "double", "q_value": "double",
    "first_year": "long", "last_year": "long", "negated": "long", "hedged": "long",
    "evidence": "string[]", "evidence_documents": "string[]",
    "years": "long[]", "year_counts": "long[]",
    "predicate": "string", "directed": "boolean", "probability": "double",
    "qualifiers": "string[]", "evidence_json": "string", "qualifiers_json": "string",
    "run": "string",
}  # fmt: skip
#: Columns of lists of structures, which no property can hold: a list of texts for
#: people under the column's name, and JSON beside it for reading back.
AS_JSON = {"evidence": "evidence_json", "qualifiers": "qualifiers_json"}
#: Properties that co-mentions do without.
_OF_STATEMENTS = (
    "predicate", "directed", "probability", "qualifiers", "qualifiers_json",
)  # fmt: skip


@cache
def relationship_types() -> dict[str, str]:
    """Return predicate → relationship type, of the closed set but :data:`STATEMENT`."""
    return {p: re.sub("[^A-Z0-9]+", "_", p.upper()) for p in known_predicates()}


def relationship_type(predicate: str) -> str:
    """Return the relationship type of a predicate."""
    return relationship_types().get(predicate, STATEMENT)


def predicate_of(kind: str, named: str | None) -> str:
    """Return the predicate of a relationship, by its type or its own property."""
    if named is not None:
        return named
    return next(p for p, k in relationship_types().items() if k == kind)


def label_of(entity_type: str) -> str | None:
    """Return the label of a type, or ``None`` for a type outside the closed set."""
    return entity_type if entity_type in entity_types() else None


def run_of(graph: records.GraphTables, *, name: str | None = None) -> dict[str, str]:
    """Return the properties of the node that says where a graph comes from.

    One of a name is known by what it holds too: it replaces what an older one held.
    """
    whole = {} if name is None else {"name": name}
    whole |= {
        name: json.dumps(value, sort_keys=True, ensure_ascii=False)
        for name, value in records.whole(graph).items()
    }
    text = json.dumps(whole, sort_keys=True)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    if name is not None:
        for frame, key in (
            (graph.concepts, ("concept_id",)),
            (graph.associations, ("source", "target", "predicate")),
        ):
            for column in key:
                ids = "\n".join(frame[column].cast(pl.String))
                digest.update(ids.encode("utf-8", "surrogatepass") + b"\0")
    return {"run_id": digest.hexdigest(), **whole}


def node_columns(concepts: pl.DataFrame) -> dict[str, list[Any]]:
    """Return the properties of concepts, one list each.

    ``vocabulary_names`` is of the vocabularies in force, so that who searches the
    database finds a concept by names that no text has.
    """
    from kgbuild.normalize import names_of

    columns = {
        name: concepts[name].cast(pl.String).to_list()
        if name == "type"
        else concepts[name].to_list()
        for name in ("concept_id", *NODE_TYPES)
        if name in concepts.columns
    }
    ids = columns["concept_id"]
    columns["url"] = [url_of(concept) for concept in ids]
    named = zip(ids, columns["type"], strict=True)
    columns["vocabulary_names"] = [[*names_of(*concept)] for concept in named]
    return columns


def edge_names(associations: pl.DataFrame) -> list[str]:
    """Return the properties that associations of such a table have, but ``run``."""
    there = {*associations.columns}
    there |= {name for name, (column, _) in _LISTS.items() if column in there}
    there |= {text for column, text in AS_JSON.items() if column in there}
    if (associations["predicate"] == CO_MENTION).all():
        there -= {*_OF_STATEMENTS}
    return [name for name in _EDGE_TYPES if name in there]


def edge_columns(associations: pl.DataFrame) -> dict[str, list[Any]]:
    """Return ends and properties of associations, one list each.

    Evidence is one text a piece, that of the column ``quotes`` where there is one; its
    documents are a list beside it, to be queried. A predicate that the relationship
    type tells is null.
    """
    columns: dict[str, list[Any]] = {
        end: associations[end].to_list() for end in ("source", "target")
    }
    as_json = {text: name for name, text in AS_JSON.items()}
    for name in edge_names(associations):
        if name == "evidence" and "quotes" in associations.columns:
            columns[name] = associations["quotes"].to_list()
        elif name in _LISTS:
            column, inside = _LISTS[name]
            columns[name] = associations[column].list.eval(inside).to_list()
        elif name in as_json:
            columns[name] = _as_json(associations, as_json[name])
        elif name == "predicate":
            known = relationship_types()
            given = associations[name].cast(pl.String)
            columns[name] = [None if p in known else p for p in given]
        else:
            columns[name] = associations[name].to_list()
    return columns


def with_quotes(
    associations: pl.DataFrame, quotes: Quotes, *, most: int, co_mentions: bool = True
) -> pl.DataFrame:
    """Give each piece of evidence its sentence, to be read in any client.

    Parameters
    ----------
    associations
        With the column ``evidence``.
    quotes
        Texts of their documents.
    most
        Pieces of an association that are quoted; the others are named.
    co_mentions
        Whether these are quoted, too.

    Returns
    -------
    polars.DataFrame
        With a column ``quotes`` more: for each piece the sentence, if there is a text,
        and its source.
    """
    sources = associations["evidence"].list.eval(records.source_of_evidence())
    lists = []
    for predicate, pieces, named in zip(
        associations["predicate"], associations["evidence"].to_list(),
        sources.to_list(), strict=True,
    ):  # fmt: skip
        for i, piece in enumerate(pieces[:most]):
            if predicate == CO_MENTION and not co_mentions:
                break
            sentence = quotes.sentence(piece)
            if sentence is not None:
                named[i] = f"{sentence} {named[i]}"
        lists.append(named)
    column = pl.Series("quotes", lists, dtype=pl.List(pl.String))
    return associations.with_columns(column)


def _field(name: str) -> pl.Expr:
    return pl.element().struct.field(name)


#: Property → column of lists of structures, and what of a structure is in the list.
_LISTS = {
    "evidence": ("evidence", records.source_of_evidence()),
    "evidence_documents": ("evidence", _field("document_id").fill_null("")),
    "years": ("years", _field("year")),
    "year_counts": ("years", _field("documents")),
    "qualifiers": (
        "qualifiers",
        pl.concat_str(_field("name"), _field("value").fill_null(""), separator=": "),
    ),
}


def _as_json(frame: pl.DataFrame, name: str) -> list[str]:
    """Return a column of lists as JSON texts."""
    if not frame.height:
        return []
    inside = f'{{"{name}":'
    whole = frame.select(pl.struct(name).struct.json_encode()).to_series().to_list()
    return [text[len(inside) : -1] for text in whole]


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write ``concepts.csv``, ``associations.csv`` and ``runs.csv`` into a folder."""
    run = run_of(graph)
    nodes = node_columns(graph.concepts)
    nodes["run"] = [run["run_id"]] * graph.concepts.height
    names = [name for name in NODE_TYPES if name in nodes]
    labels = [
        ARRAY_DELIMITER.join(["Concept", OURS, *([kind] if label_of(kind) else [])])
        for kind in nodes["type"]
    ]
    associations = graph.associations
    if isinstance(graph, records.Quoted):
        associations = with_quotes(
            associations, graph.quotes, most=records.QUOTED, co_mentions=False
        )
    edges = edge_columns(associations)
    edges["run"] = [run["run_id"]] * graph.associations.height
    fields = [name for name in _EDGE_TYPES if name in edges]
    kinds = map(relationship_type, graph.associations["predicate"].cast(pl.String))
    ends = [":START_ID(Concept)", ":END_ID(Concept)"]
    tables = {
        "concepts": (
            ["concept_id:ID(Concept)", *_heads(NODE_TYPES, names), ":LABEL"],
            _rows([nodes[n] for n in ("concept_id", *names)], labels),
        ),
        "associations": (
            [*ends, *_heads(_EDGE_TYPES, fields), ":TYPE"],
            _rows([edges[n] for n in ("source", "target", *fields)], [*kinds]),
        ),
        "runs": (
            ["run_id:ID(Run)", *records.WHOLE, ":LABEL"],
            iter([[*run.values(), f"Run{ARRAY_DELIMITER}{OURS}"]]),
        ),
    }
    marked = sum(
        ARRAY_DELIMITER in item
        for column in (*nodes.values(), *edges.values())
        for value in column
        if isinstance(value, list)
        for item in value
        if isinstance(item, str)
    )
    if marked:
        warn_user(
            f"{marked} names in lists hold U+001F, which parts lists in these files: "
            "a blank stands for it, so that 'kgbuild neo4j check' finds them changed."
        )
    for name, (head, rows) in tables.items():
        write_csv(path / f"{name}.csv", head, rows)
    return [path / f"{name}.csv" for name in tables]


def _heads(types: Mapping[str, str], names: list[str]) -> list[str]:
    return [f"{name}:{types[name]}" for name in names]


def _rows(columns: list[list[Any]], last: list[str]) -> Iterator[list[Any]]:
    for row in zip(*columns, last, strict=True):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ARRAY_DELIMITER.join(
            str(_cell(v)).replace(ARRAY_DELIMITER, " ") for v in value
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
