"""Reading a graph back from Neo4j, and comparing it with one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild.errors import ValidationError
from kgbuild.graph import KnowledgeGraph
from kgbuild.graph.export.records import WHOLE
from kgbuild.neo4j import schema
from kgbuild.tables import TABLES, TableName

if TYPE_CHECKING:
    import neo4j


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How the store differs from a graph.

    Attributes
    ----------
    missing_concepts, missing_associations
        Of the graph, that the store lacks.
    changed_concepts, changed_associations
        In both, with other values.
    other_concepts, other_associations
        In the store alone; no fault where it holds several graphs.
    """

    missing_concepts: int
    missing_associations: int
    changed_concepts: int
    changed_associations: int
    other_concepts: int
    other_associations: int

    @property
    def complete(self) -> bool:
        """Whether the store holds the whole graph, with the same values."""
        return not (
            self.missing_concepts
            or self.missing_associations
            or self.changed_concepts
            or self.changed_associations
        )


def rows_of(
    tx: neo4j.ManagedTransaction, /, statement: str, **parameters: Any
) -> list[Any]:
    """Run a statement for what it returns as ``row``."""
    return [record["row"] for record in tx.run(statement, parameters)]


def records_of(
    tx: neo4j.ManagedTransaction, statement: str, parameters: dict[str, Any]
) -> tuple[list[str], list[list[Any]]]:
    """Run a statement for its columns and plain values."""
    result = tx.run(statement, parameters)
    names = list(result.keys())
    return names, [[_plain(value) for value in record] for record in result]


def _plain(value: Any) -> Any:
    """Turn the driver's values into plain ones."""
    from neo4j.graph import Entity, Path

    if isinstance(value, Path):
        return [_plain(node) for node in value.nodes]
    if isinstance(value, Entity):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, (list, tuple)):  # a point is a tuple
        return [_plain(v) for v in value]
    return value.to_native() if hasattr(value, "to_native") else value


def read_graph(tx: neo4j.ManagedTransaction) -> KnowledgeGraph:
    """Read everything; see :meth:`kgbuild.neo4j.store.Neo4jStore.read`."""
    runs = rows_of(tx, "MATCH (n:Run:Kgbuild) RETURN n{.*} AS row")
    concepts = rows_of(tx, "MATCH (n:Concept:Kgbuild) RETURN n{.*} AS row")
    found = rows_of(
        tx,
        f"MATCH (a:Kgbuild)-[r:{schema.ANY_TYPE}]->(b:Kgbuild) "
        "WHERE r.run IS NOT NULL RETURN r{.*, "
        "source: a.concept_id, target: b.concept_id, kind: type(r)} AS row",
    )
    associations = [schema.from_properties(row) for row in found]
    named = {row.get("run") for row in associations}
    ours = [run for run in runs if run["run_id"] in named] or runs
    whole: dict[str, Any] = {}
    if len(ours) == 1:
        whole = {name: json.loads(ours[0].get(name) or "{}") for name in WHOLE}
    elif ours:
        ids = ", ".join(sorted(run["run_id"] for run in ours))
        whole = {"provenance": {"runs": ids}}
    return KnowledgeGraph(
        concepts=_frame("concepts", concepts),
        associations=_frame("associations", associations),
        **whole,
    )


def _frame(name: TableName, rows: list[dict[str, Any]]) -> pl.DataFrame:
    columns = dict(TABLES[name].columns)
    if name == "associations":
        # A graph of statements alone has no scores, one of co-mentions no qualifiers.
        scores = ("score", "log10_p") if rows else ()
        for column in ("qualifiers", *scores):
            if not any(column in row for row in rows):
                del columns[column]
        rows = [{"qualifiers": [], **row} for row in rows]
    # A bulk import leaves out what is empty.
    empty: dict[str, list[str]] = {"synonyms": [], "types": []}
    try:
        return pl.DataFrame(
            [[row.get(c, empty.get(str(c))) for c in columns] for row in rows],
            schema=columns,
            orient="row",
        ).sort(TABLES[name].key)
    except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        msg = (
            f"The store's {name} are not as kgbuild writes them ({error}): it may "
            "hold another program's nodes of the same labels."
        )
        raise ValidationError(msg) from error


def difference(graph: KnowledgeGraph, there: KnowledgeGraph) -> Difference:
    """Compare a graph with what the store holds, value by value."""
    nodes = _compare(graph.concepts, there.concepts, TABLES["concepts"].key)
    edges = _compare(graph.associations, there.associations, TABLES["associations"].key)
    return Difference(
        missing_concepts=nodes[0],
        missing_associations=edges[0],
        changed_concepts=nodes[1],
        changed_associations=edges[1],
        other_concepts=nodes[2],
        other_associations=edges[2],
    )


def _compare(
    mine: pl.DataFrame, theirs: pl.DataFrame, key: tuple[str, ...]
) -> tuple[int, int, int]:
    """Return how many rows are missing, changed, and in the store alone."""
    columns = [c for c in mine.columns if c in theirs.columns]
    same = {c: pl.String for c in ("type", "predicate") if c in columns}
    mine = mine.select(columns).cast(same)  # type: ignore[arg-type]
    theirs = theirs.select(columns).cast(same)  # type: ignore[arg-type]
    missing = mine.join(theirs, on=key, how="anti").height
    other = theirs.join(mine, on=key, how="anti").height
    both = [
        a.join(b, on=key, how="semi").sort(key)
        for a, b in ((mine, theirs), (theirs, mine))
    ]
    changed = pl.Series([False] * both[0].height, dtype=pl.Boolean)
    for column in columns:
        changed = changed | both[0][column].ne_missing(both[1][column])
    return missing, int(changed.sum()), other
