"""Writing a graph into Neo4j: cells, batches, writers, transactions.

What kgbuild writes, it marks: nodes by the label ``Kgbuild``, nodes and relationships
by the ``run`` that wrote them last. What has no mark is somebody else's: it stays as it
is, and ours of the same id or type stands beside it.

Loading is idempotent: concepts and associations are merged on their keys, and what a
later load says replaces what an earlier one said. A load that is killed leaves whole
batches; the same load again completes it. Any number of loads may run at once: the
concepts are dealt into buckets by a hash of their ids, every transaction first takes
the locks of its buckets, in order, and touches no concept outside them. So no circle of
waiting for concepts can arise; Neo4j's own locks on chains of relationships may still
form one, rarely, and the driver retries these as it does all transient errors.

Associations are dealt into cells, by the buckets of their two concepts and their
relationship type. A cell that nobody but this load has written to is filled by
``CREATE``, which need not look for what is there; its node says who wrote to it and up
to which batch, so that a transaction whose answer got lost is not done twice. All other
cells are merged.
"""

from __future__ import annotations

import secrets
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from kgbuild._io.progress import track
from kgbuild.graph.export import neo4j_csv
from kgbuild.graph.quotes import Quotes
from kgbuild.neo4j.schema import ANY_TYPE
from kgbuild.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import neo4j
    from kgbuild.graph import KnowledgeGraph

#: Into how many buckets concepts are dealt. All loaders must agree on it.
BUCKETS = 8

#: What a node says of its document, besides the id.
_DESCRIBED = ("title", "year", "journal", "pmid")

#: Sentences that an association quotes; its other evidence is named.
_QUOTED = 10

#: Who wrote to a cell: nobody yet, or more than one load.
_NOBODY, _SEVERAL = "", "*"


def load_graph(
    open_session: Callable[[], neo4j.Session],
    graph: KnowledgeGraph,
    *,
    batch_size: int,
    writers: int,
    documents: bool | pl.DataFrame,
    name: str | None,
) -> tuple[str, int, int]:
    """Write a graph; see :meth:`kgbuild.neo4j.store.Neo4jStore.load`.

    Returns
    -------
    tuple
        Id of the run, how many documents were written, and how many associations of
        older loads of that name were deleted.
    """
    run = neo4j_csv.run_of(graph, name=name)
    run_id = run["run_id"]
    kinds = {*map(neo4j_csv.relationship_type, _predicates(graph))}
    with open_session() as session:
        session.execute_write(run_statement, _MERGE_BUCKETS, buckets=_ALL_BUCKETS)
        session.execute_write(run_statement, _MERGE_RUN, run=run)
        session.execute_write(_open_cells, sorted(kinds))
    associations = graph.associations
    named = None if documents is False else _documents(associations)
    if named is not None:
        texts = documents if isinstance(documents, pl.DataFrame) else None
        named = _described(named, texts)
        if texts is not None:
            associations = neo4j_csv.with_quotes(
                associations, Quotes(texts), most=_QUOTED
            )
    parts = {
        "concepts": node_cells(graph.concepts, batch_size, run_id),
        "associations": edge_cells(associations, batch_size, run_id),
    }
    if named is not None:
        parts["documents"] = [_document_batches(named, batch_size, run_id)]
    with Writers(writers) as pool:
        for what, cells in parts.items():
            write = partial(
                _write, load=secrets.token_hex(8), pool=pool, open_session=open_session
            )
            progress = track(
                pool.each(write, cells),
                description=f"Neo4j: {what}",
                total=len(cells),
                unit="cell",
            )
            deque(progress, maxlen=0)
    replaced = 0
    if name is not None:
        with open_session() as session:
            replaced = _replace(session, name, run_id, batch_size)
    return run_id, 0 if named is None else named["document_id"].n_unique(), replaced


def _replace(session: neo4j.Session, name: str, run_id: str, size: int) -> int:
    """Delete what is left of older loads of that name; return how many associations."""
    old = session.execute_read(
        lambda tx: tx.run(_OLDER, name=name, run=run_id).single(strict=True)["row"]
    )
    if not old:
        return 0
    deleted = delete(session, old, size)
    # What others' relationships, or another graph's, hang on stays.
    for statement in (
        "MATCH (x:Kgbuild) WHERE x.run IN $old WITH x LIMIT $n SET x.run = $run "
        "RETURN count(*)",
        "MATCH (x:Run:Kgbuild) WHERE x.run_id IN $old WITH x LIMIT $n DELETE x "
        "RETURN count(*)",
    ):
        while session.execute_write(value_of, statement, old=old, run=run_id, n=size):
            pass
    return deleted["associations"]


def delete(session: neo4j.Session, runs: list[str], size: int) -> dict[str, int]:
    """Delete what these runs wrote; nodes that anything else hangs on stay.

    Relationships come first: a transaction that detaches a hub may be too large.
    """
    alone = "WHERE x.run IN $runs AND NOT EXISTS { (x)--() }"
    patterns = {
        "associations": f"(:Concept)-[x:{ANY_TYPE}]->(:Concept) WHERE x.run IN $runs",
        "mentions": "(:Document)-[x:MENTIONS]->(:Concept) WHERE x.run IN $runs",
        "concepts": f"(x:Concept:Kgbuild) {alone}",
        "documents": f"(x:Document:Kgbuild) {alone}",
    }
    deleted = dict.fromkeys(patterns, 0)
    for what, pattern in patterns.items():
        statement = f"MATCH {pattern} WITH x LIMIT $n DELETE x RETURN count(*)"
        while n := session.execute_write(value_of, statement, runs=runs, n=size):
            deleted[what] += n
    return deleted


def _predicates(graph: KnowledgeGraph) -> list[str]:
    return graph.associations["predicate"].unique().cast(pl.String).to_list()


def _write(
    cell: list[Batch],
    *,
    load: str,
    pool: Writers,
    open_session: Callable[[], neo4j.Session],
) -> None:
    """Write the batches of a cell, one after the other."""
    # Parameters are made once, however often a transaction is tried, and while the
    # server is busy with the batch before.
    coming = pool.ahead.submit(_parameters, cell[0])
    with open_session() as session:
        for number, batch in enumerate(cell):
            parameters = coming.result()
            if pool.stopped.is_set():  # another writer failed, or the user stops
                return
            if number + 1 < len(cell):
                coming = pool.ahead.submit(_parameters, cell[number + 1])
            session.execute_write(merge_batch, batch, parameters, load, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One transaction.

    Attributes
    ----------
    buckets
        To lock, in order.
    merge
        The Cypher to run.
    parameters
        Makes its parameters: while another writer waits for the server.
    create
        What to run instead where nobody else has written to the cell, if there is such.
    cell
        The name of its cell, or the empty string.
    """

    buckets: tuple[int, ...]
    merge: str
    parameters: Callable[[], dict[str, Any]]
    create: str = ""
    cell: str = ""


_ALL_BUCKETS = list(range(BUCKETS))
_MERGE_BUCKETS = "UNWIND $buckets AS b MERGE (:KgbuildBucket {bucket: b})"
_LOCK = (
    "UNWIND $buckets AS b MATCH (n:KgbuildBucket {bucket: b}) SET n.locked = true "
    "WITH count(n) AS locked OPTIONAL MATCH (c:KgbuildCell {cell: $cell}) "
    "RETURN c.load AS load, c.batch AS batch"
)
_OPEN_CELLS = (
    "UNWIND $cells AS cell CREATE (:KgbuildCell {cell: cell, type: $kind, load: $load})"
)
_MARK = "MATCH (c:KgbuildCell {cell: $cell}) SET c.load = $load, c.batch = $batch"
_MERGE_RUN = "MERGE (n:Kgbuild {run_id: $run.run_id}) SET n = $run, n:Run"
_OLDER = (
    "MATCH (n:Run:Kgbuild) WHERE n.name = $name AND n.run_id <> $run "
    "RETURN collect(n.run_id) AS row"
)


def nodes_cypher(label: str | None, names: Iterable[str]) -> str:
    """Return the Cypher that merges concepts of one label.

    >>> print(nodes_cypher("Gene", ["name"]))
    UNWIND range(0, size($concept_id) - 1) AS i
    MERGE (n:Kgbuild {concept_id: $concept_id[i]})
    SET n = {concept_id: $concept_id[i], name: $name[i], run: $run}, n:Concept:Gene
    """
    properties = ", ".join(f"{name}: ${name}[i]" for name in ("concept_id", *names))
    labels = f"Concept:{label}" if label else "Concept"
    return (
        "UNWIND range(0, size($concept_id) - 1) AS i\n"
        f"MERGE (n:{neo4j_csv.OURS} {{concept_id: $concept_id[i]}})\n"
        f"SET n = {{{properties}, run: $run}}, n:{labels}"
    )


def edges_cypher(verb: str, kind: str, names: Iterable[str]) -> str:
    """Return the Cypher that writes associations of one type, source by source.

    Those of source ``j`` are the rows from ``first[j]`` to ``first[j + 1]``. One list
    per property is half the bytes, and half the time, of one map per row.

    >>> print(edges_cypher("MERGE", "CO_MENTION", ["npmi"]))
    UNWIND range(0, size($source) - 1) AS j
    MATCH (a:Kgbuild {concept_id: $source[j]})
    UNWIND range($first[j], $first[j + 1] - 1) AS i
    MATCH (b:Kgbuild {concept_id: $target[i]})
    OPTIONAL MATCH (a)-[r:CO_MENTION]->(b) WHERE r.run IS NOT NULL
    SET r = {npmi: $npmi[i], run: $run}
    WITH a, b, r, i WHERE r IS NULL
    CREATE (a)-[:CO_MENTION {npmi: $npmi[i], run: $run}]->(b)
    >>> print(edges_cypher("MERGE", "STATEMENT", ["predicate"]).splitlines()[4])
    OPTIONAL MATCH (a)-[r:STATEMENT {predicate: $predicate[i]}]->(b) WHERE r.run IS ...
    >>> print(edges_cypher("CREATE", "CO_MENTION", ["npmi"]).splitlines()[-1])
    CREATE (a)-[:CO_MENTION {npmi: $npmi[i], run: $run}]->(b)
    """
    inside = ", ".join([*(f"{name}: ${name}[i]" for name in names), "run: $run"])
    key = " {predicate: $predicate[i]}" if kind == neo4j_csv.STATEMENT else ""
    # MERGE would take another program's relationship of that type for ours.
    merge = (
        f"OPTIONAL MATCH (a)-[r:{kind}{key}]->(b) WHERE r.run IS NOT NULL\n"
        f"SET r = {{{inside}}}\n"
        "WITH a, b, r, i WHERE r IS NULL\n"
        if verb == "MERGE"
        else ""
    )
    return (
        "UNWIND range(0, size($source) - 1) AS j\n"
        f"MATCH (a:{neo4j_csv.OURS} {{concept_id: $source[j]}})\n"
        "UNWIND range($first[j], $first[j + 1] - 1) AS i\n"
        f"MATCH (b:{neo4j_csv.OURS} {{concept_id: $target[i]}})\n"
        f"{merge}CREATE (a)-[:{kind} {{{inside}}}]->(b)"
    )


_MERGE_DOCUMENTS = (
    "UNWIND range(0, size($document_id) - 1) AS i\n"
    "MATCH (c:Kgbuild {concept_id: $concept_id[i]})\n"
    "MERGE (d:Kgbuild {document_id: $document_id[i]})\n"
    # What is not known this time keeps what an earlier load knew.
    "SET d:Document, d.run = $run, d.title = coalesce($title[i], d.title),\n"
    "    d.year = coalesce($year[i], d.year), d.pmid = coalesce($pmid[i], d.pmid),\n"
    "    d.journal = coalesce($journal[i], d.journal)\n"
    "MERGE (d)-[m:MENTIONS]->(c)\n"
    "ON CREATE SET m.run = $run\n"
    "ON MATCH SET m.run = CASE WHEN m.run IS NULL THEN null ELSE $run END"
)


def bucket_of(column: str) -> pl.Expr:
    """Deal ids into buckets, the same in every process and version."""
    return (
        pl.col(column)
        .map_elements(
            lambda text: zlib.crc32(text.encode("utf-8", "surrogatepass")) % BUCKETS,
            return_dtype=pl.Int64,
        )
        .alias(f"{column}_bucket")
    )


def node_cells(concepts: pl.DataFrame, size: int, run_id: str) -> list[list[Batch]]:
    """Return the cells of concepts, one a bucket."""
    concepts = concepts.with_columns(bucket_of("concept_id"))
    labels = {
        name: neo4j_csv.label_of(name)
        for name in concepts["type"].unique().cast(pl.String).sort()
    }
    there = {*concepts.columns, "url", "vocabulary_names"}
    names = [name for name in neo4j_csv.NODE_TYPES if name in there]
    cells = []
    for bucket in range(BUCKETS):
        mine = concepts.filter(pl.col("concept_id_bucket") == bucket)
        cells.append(
            [
                Batch(
                    buckets=(bucket,),
                    merge=nodes_cypher(label, names),
                    parameters=partial(_node_parameters, part, run_id),
                )
                for name, label in labels.items()
                for part in mine.filter(
                    pl.col("type").cast(pl.String) == name
                ).iter_slices(size)
                if part.height
            ]
        )
    return [cell for cell in cells if cell]


def _node_parameters(part: pl.DataFrame, run_id: str) -> dict[str, Any]:
    return {**neo4j_csv.node_columns(part), "run": run_id}


def edge_cells(frame: pl.DataFrame, size: int, run_id: str) -> list[list[Batch]]:
    """Return the cells of associations, one a relationship type and pair of buckets.

    The largest come first, so that the writers end at the same time.
    """
    frame = frame.with_columns(bucket_of("source"), bucket_of("target"))
    ends = ("source_bucket", "target_bucket")
    kind_of = pl.col("predicate").cast(pl.String).replace_strict(
        neo4j_csv.relationship_types(), default=neo4j_csv.STATEMENT
    )  # fmt: skip
    cells = frame.with_columns(
        pl.min_horizontal(ends).alias("low"),
        pl.max_horizontal(ends).alias("high"),
        kind_of.alias("kind"),
    ).partition_by("low", "high", "kind", as_dict=True, maintain_order=True)
    out = []
    for (a, b, kind), cell in sorted(
        cells.items(), key=lambda item: (-item[1].height, item[0])
    ):
        names = neo4j_csv.edge_names(cell)
        out.append(
            [
                Batch(
                    buckets=tuple(sorted({a, b})),
                    merge=edges_cypher("MERGE", kind, names),
                    create=edges_cypher("CREATE", kind, names),
                    cell=_name_of_cell(kind, a, b),
                    parameters=partial(edge_parameters, part, run_id),
                )
                for part in cell.iter_slices(size)
            ]
        )
    return out


def _name_of_cell(kind: str, low: int, high: int) -> str:
    return f"{kind} {low} {high}"


def edge_parameters(part: pl.DataFrame, run_id: str) -> dict[str, Any]:
    """Name every source once: half as many concepts to look up."""
    columns = neo4j_csv.edge_columns(part)
    first = part["source"].ne_missing(part["source"].shift(1)).arg_true()
    return {
        **columns,
        "source": part["source"].gather(first).to_list(),
        "first": [*first.to_list(), part.height],
        "run": run_id,
    }


def _document_batches(named: pl.DataFrame, size: int, run_id: str) -> list[Batch]:
    # A document is linked to concepts of all buckets: its transactions take all locks.
    return [
        Batch(
            buckets=tuple(_ALL_BUCKETS),
            merge=_MERGE_DOCUMENTS,
            parameters=partial(_document_parameters, part, run_id),
        )
        for part in named.iter_slices(size)
    ]


def _document_parameters(part: pl.DataFrame, run_id: str) -> dict[str, Any]:
    return {**part.to_dict(as_series=False), "run": run_id}


class _Column(list[Any]):
    """A list that is not spelled out.

    The driver makes the text of all parameters for its log, whether or not anybody
    reads it.
    """

    def __repr__(self) -> str:
        return f"<{len(self)} values>"


def _parameters(batch: Batch) -> dict[str, Any]:
    return {
        name: _Column(value) if isinstance(value, list) else value
        for name, value in batch.parameters().items()
    }


class Writers:
    """Threads that write cells, never two that share a bucket at a time.

    Attributes
    ----------
    ahead
        Where the next batches are made ready.
    stopped
        Set at the end, or where it ends early: nothing more is to be written.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._pool = ThreadPoolExecutor(n)
        self.ahead = ThreadPoolExecutor(1)
        self.stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._pool.shutdown(cancel_futures=True)
        self.ahead.shutdown(cancel_futures=True)

    def each(
        self, write: Callable[[list[Batch]], None], cells: Iterable[list[Batch]]
    ) -> Iterator[None]:
        """Write all cells, and yield after each."""
        waiting = deque(cell for cell in cells if cell)
        busy: dict[Future[None], set[int]] = {}
        while waiting or busy:
            taken = set().union(*busy.values())
            for _ in range(len(waiting)):
                cell = waiting.popleft()
                buckets = set(cell[0].buckets)
                if len(busy) < self._n and taken.isdisjoint(buckets):
                    taken |= buckets
                    busy[self._pool.submit(write, cell)] = buckets
                else:  # all are looked at, so that their order stays
                    waiting.append(cell)
            for future in wait(busy, return_when=FIRST_COMPLETED).done:
                del busy[future]
                future.result()
                yield


def documents_of(folder: Path, *, otherwise: bool = True) -> pl.DataFrame | bool:
    """Return the documents of a run's folder; ``otherwise`` where there are none.

    ``True`` has :func:`load_graph` make documents of the ids that evidence names.
    """
    if not (folder / "documents").is_dir():
        return otherwise
    return read_table(folder / "documents", name="documents")


def _documents(associations: pl.DataFrame) -> pl.DataFrame:
    """Return which documents mention which concepts, as far as evidence tells."""
    evidence = associations.select(
        "source",
        "target",
        pl.col("evidence")
        .list.eval(pl.element().struct.field("document_id"))
        .alias("document_id"),
    ).explode("document_id")
    ends = [
        evidence.select("document_id", pl.col(end).alias("concept_id"))
        for end in ("source", "target")
    ]
    return pl.concat(ends).drop_nulls().unique().sort("document_id", "concept_id")


def _described(named: pl.DataFrame, texts: pl.DataFrame | None) -> pl.DataFrame:
    """Say what each document is called, and when and where it appeared."""
    if texts is None:
        return named.with_columns(
            pl.lit(None, pl.String).alias(column) for column in _DESCRIBED
        )
    described = texts.select("document_id", *_DESCRIBED)
    return named.join(
        described.unique("document_id", keep="first"), on="document_id", how="left"
    )


def _open_cells(tx: neo4j.ManagedTransaction, kinds: list[str]) -> None:
    """Make the nodes of the cells, where they are not there yet."""
    tx.run(_LOCK, buckets=_ALL_BUCKETS, cell="").consume()
    for kind in kinds:
        found = "MATCH (c:KgbuildCell {type: $kind}) RETURN count(c)"
        if value_of(tx, found, kind=kind):
            continue
        # Associations that are there already came from elsewhere: an import, say.
        there = value_of(tx, f"MATCH ()-[r:{kind}]->() RETURN count(r)")
        cells = [
            _name_of_cell(kind, a, b) for a in range(BUCKETS) for b in range(a, BUCKETS)
        ]
        load = _SEVERAL if there else _NOBODY
        tx.run(_OPEN_CELLS, cells=cells, kind=kind, load=load).consume()


def merge_batch(
    tx: neo4j.ManagedTransaction,
    batch: Batch,
    parameters: dict[str, Any],
    load: str,
    number: int,
) -> None:
    """Write one batch of a load."""
    cell = tx.run(_LOCK, buckets=list(batch.buckets), cell=batch.cell).single()
    statement = batch.merge
    owner = _SEVERAL if cell is None or cell["load"] is None else cell["load"]
    if owner in (_NOBODY, load):
        if owner == load and cell is not None and cell["batch"] >= number:
            return  # committed already: the answer got lost, and the driver tries again
        statement = batch.create
        tx.run(_MARK, cell=batch.cell, load=load, batch=number).consume()
    elif owner != _SEVERAL:
        tx.run(_MARK, cell=batch.cell, load=_SEVERAL, batch=-1).consume()
    tx.run(statement, parameters).consume()


def run_statement(
    tx: neo4j.ManagedTransaction, /, statement: str, **parameters: Any
) -> None:
    """Run a statement for what it does."""
    tx.run(statement, parameters).consume()


def value_of(tx: neo4j.ManagedTransaction, /, statement: str, **parameters: Any) -> int:
    """Run a statement for the one number it returns."""
    record = tx.run(statement, parameters).single()
    return int(record[0]) if record is not None else 0
