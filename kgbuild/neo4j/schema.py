"""How the graph looks in Neo4j: labels, relationship types, properties, Cypher.

Labels and types are from a closed set, so that nothing from a text or a vocabulary ever
becomes Cypher. The picture is in ``neo4j/README.md``.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild.curies import url_of
from kgbuild.entity_types import entity_types
from kgbuild.errors import ValidationError
from kgbuild.graph.assembly import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kgbuild.graph.model import KnowledgeGraph

#: Relation → relationship type.
RELATIONSHIP_TYPES = {relation: relation.upper() for relation in RELATIONS.values()}

#: Any of them, for a pattern.
ANY_TYPE = "|".join(RELATIONSHIP_TYPES.values())

#: Constraints and indexes, made before anything is loaded. Names have a full-text
#: index only: others refuse values of some kilobytes, and so would the whole load.
SCHEMA = (
    "CREATE CONSTRAINT kgbuild_concept IF NOT EXISTS "
    "FOR (n:Concept) REQUIRE n.concept_id IS UNIQUE",
    "CREATE CONSTRAINT kgbuild_document IF NOT EXISTS "
    "FOR (n:Document) REQUIRE n.document_id IS UNIQUE",
    "CREATE CONSTRAINT kgbuild_run IF NOT EXISTS "
    "FOR (n:Run) REQUIRE n.run_id IS UNIQUE",
    "CREATE CONSTRAINT kgbuild_bucket IF NOT EXISTS "
    "FOR (n:KgbuildBucket) REQUIRE n.bucket IS UNIQUE",
    "CREATE CONSTRAINT kgbuild_cell IF NOT EXISTS "
    "FOR (n:KgbuildCell) REQUIRE n.cell IS UNIQUE",
    "CREATE FULLTEXT INDEX kgbuild_concept_names IF NOT EXISTS "
    "FOR (n:Concept) ON EACH [n.name, n.synonyms]",
)
FULLTEXT = "kgbuild_concept_names"

#: Ids are indexed by value, which Neo4j takes up to some 8 kB.
MAX_ID_BYTES = 4_000

#: Between the elements of a list in CSV; stands in no name that is worth keeping.
ARRAY_DELIMITER = "\x1f"

#: Properties besides the id, with their types in CSV.
NODE_TYPES = {
    "name": "string", "type": "string", "mentions": "long", "documents": "long",
    "types": "string[]", "synonyms": "string[]", "url": "string",
}  # fmt: skip
_EDGE_TYPES = {
    "documents": "long", "sentences": "long", "npmi": "double", "log_odds": "double",
    "p_value": "double", "q_value": "double", "first_year": "long",
    "last_year": "long", "negated": "long", "hedged": "long",
    "evidence_documents": "string[]", "evidence": "string", "years": "string",
    "run": "string",
}  # fmt: skip


def label_of(entity_type: str) -> str | None:
    """Return the label of a type, or ``None`` for a type outside the closed set."""
    return entity_type if entity_type in entity_types() else None


def relationship_type(relation: str) -> str:
    """Return the relationship type of a relation.

    Raises
    ------
    ValidationError
        The relation is not of the closed set.
    """
    if relation not in RELATIONSHIP_TYPES:
        msg = (
            f"Neo4j takes the relations {', '.join(sorted(RELATIONSHIP_TYPES))}. Got "
            f"{relation!r}: rename it."
        )
        raise ValidationError(msg)
    return RELATIONSHIP_TYPES[relation]


def run_of(graph: KnowledgeGraph) -> dict[str, str]:
    """Return the properties of the node that says where a graph comes from."""
    facts = {
        fact: json.dumps(dict(getattr(graph, fact)), sort_keys=True, ensure_ascii=False)
        for fact in ("provenance", "settings", "counts")
    }
    text = json.dumps(facts, sort_keys=True)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    return {"run_id": digest.hexdigest(), **facts}


def node_columns(concepts: pl.DataFrame) -> dict[str, list[Any]]:
    """Return the properties of concepts, one list each."""
    columns = {
        name: concepts[name].cast(pl.String).to_list()
        if name == "type"
        else concepts[name].to_list()
        for name in ("concept_id", *NODE_TYPES)
        if name in concepts.columns
    }
    columns["url"] = [url_of(concept) for concept in columns["concept_id"]]
    return columns


def edge_names(associations: pl.DataFrame) -> list[str]:
    """Return the properties that associations of such a table have, but ``run``."""
    there = {*associations.columns, "evidence_documents"}
    return [name for name in _EDGE_TYPES if name in there]


def edge_columns(associations: pl.DataFrame) -> dict[str, list[Any]]:
    """Return ends and properties of associations of one relation, one list each.

    Neo4j holds no lists of structures: ``evidence`` and ``years`` are JSON, and the
    documents of the evidence are a list beside it, to be queried.
    """
    columns = {
        name: associations[name].to_list()
        for name in ("source", "target", *_EDGE_TYPES)
        if name in associations.columns and not associations.schema[name].is_nested()
    }
    evidence = associations["evidence"]
    named = pl.element().struct.field("document_id").fill_null("")
    columns["evidence_documents"] = evidence.list.eval(named).to_list()
    for name in ("evidence", "years"):
        if name in associations.columns:
            columns[name] = _as_json(associations, name)
    return columns


def _as_json(frame: pl.DataFrame, name: str) -> list[str]:
    """Return a column of lists as JSON texts."""
    if not frame.height:
        return []
    inside = f'{{"{name}":'
    whole = frame.select(pl.struct(name).struct.json_encode()).to_series().to_list()
    return [text[len(inside) : -1] for text in whole]


def from_properties(edge: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the properties of a relationship back into a row of associations.

    Raises
    ------
    ValidationError
        They are not as kgbuild writes them.
    """
    row = dict(edge)
    for name in ("evidence", "years"):
        try:
            row[name] = json.loads(edge.get(name) or "[]")
        except (ValueError, TypeError) as error:
            msg = (
                f"The {name} of {edge.get('source')} – {edge.get('target')} are not "
                "JSON, as kgbuild writes them: load the graph again."
            )
            raise ValidationError(msg) from error
    return row


def csv_tables(
    graph: KnowledgeGraph,
) -> Iterator[tuple[str, list[str], Iterator[list[Any]]]]:
    """Yield name, header and rows of the files for ``neo4j-admin database import``."""
    run = run_of(graph)
    nodes = node_columns(graph.concepts)
    names = [name for name in NODE_TYPES if name in nodes]

    def node_rows() -> Iterator[list[Any]]:
        for i, concept_id in enumerate(nodes["concept_id"]):
            label = label_of(nodes["type"][i])
            labels = f"Concept{ARRAY_DELIMITER}{label}" if label else "Concept"
            yield [concept_id, *(_csv(nodes[n][i]) for n in names), labels]

    yield (
        "concepts.csv",
        ["concept_id:ID(Concept)", *(f"{n}:{NODE_TYPES[n]}" for n in names), ":LABEL"],
        node_rows(),
    )
    edges = edge_columns(graph.associations)
    edges["run"] = [run["run_id"]] * graph.associations.height
    kinds = [
        relationship_type(relation)
        for relation in graph.associations["relation"].cast(pl.String)
    ]
    fields = [name for name in _EDGE_TYPES if name in edges]

    def edge_rows() -> Iterator[list[Any]]:
        for i, source in enumerate(edges["source"]):
            yield [
                source,
                edges["target"][i],
                *(_csv(edges[n][i]) for n in fields),
                kinds[i],
            ]

    head = [f"{n}:{_EDGE_TYPES[n]}" for n in fields]
    yield (
        "associations.csv",
        [":START_ID(Concept)", ":END_ID(Concept)", *head, ":TYPE"],
        edge_rows(),
    )
    yield (
        "runs.csv",
        ["run_id:ID(Run)", "provenance", "settings", "counts", ":LABEL"],
        iter([[*run.values(), "Run"]]),
    )


def _csv(value: Any) -> Any:
    if isinstance(value, list):
        return ARRAY_DELIMITER.join(_cell(v) for v in value)
    return value if not isinstance(value, bool) else _cell(value)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace(ARRAY_DELIMITER, " ")
