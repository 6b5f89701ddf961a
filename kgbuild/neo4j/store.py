"""A knowledge graph in Neo4j: load, read back, check, search, clear.

Loading is idempotent: concepts and associations are merged on their keys, and what a
later load says replaces what an earlier one said. A load that is killed leaves whole
batches; the same load again completes it. Any number of loads may run at once: the
concepts are dealt into buckets by a hash of their ids, every transaction first takes
the locks of its buckets, in order, and touches no concept outside them. So no circle of
waiting for concepts can arise; Neo4j's own locks on chains of relationships may still
form one, rarely, and the driver retries these as it does all transient errors.

Associations are dealt into cells, by the buckets of their two concepts and their
relation. A cell that nobody but this load has written to is filled by ``CREATE``, which
need not look for what is there; its node says who wrote to it and up to which batch, so
that a transaction whose answer got lost is not done twice. All other cells are merged.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from kgbuild._io.progress import track
from kgbuild.errors import ConfigError, KgbuildError, MissingExtraError, ValidationError
from kgbuild.graph.model import KnowledgeGraph
from kgbuild.neo4j import schema
from kgbuild.tables import TABLES

if TYPE_CHECKING:
    import neo4j

#: Of a search; Lucene refuses queries of more than some thousand clauses.
_MAX_WORDS, _MAX_LETTERS = 100, 200

#: Into how many buckets concepts are dealt. All loaders must agree on it.
BUCKETS = 8

#: Who wrote to a cell: nobody yet, or more than one load.
_NOBODY, _SEVERAL = "", "*"

# The driver tells of every retry: of interest to those who ask for logs alone.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


class Neo4jError(KgbuildError):
    """The Neo4j server cannot be reached, refuses, or went away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one load wrote.

    Attributes
    ----------
    concepts, associations, documents
        How many were merged, new or not.
    run_id
        Of the ``Run`` node that holds provenance, settings and counts.
    """

    concepts: int
    associations: int
    documents: int
    run_id: str


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


class Neo4jStore:
    """A Neo4j database that holds knowledge graphs.

    Give kgbuild a database of its own: :meth:`clear` deletes all nodes labelled
    ``Concept``, ``Document``, ``Run``, ``KgbuildBucket`` and ``KgbuildCell``.

    Parameters
    ----------
    uri
        For example ``"neo4j://localhost:7687"``; the environment's ``NEO4J_URI``
        unless told.
    user, password
        The environment's ``NEO4J_USERNAME`` (else ``neo4j``) and ``NEO4J_PASSWORD``
        unless told.
    database
        The user's home database unless told.
    retry_s
        How long transient errors and lost connections are retried, in seconds.

    Raises
    ------
    ConfigError
        No URI or no password is given.
    Neo4jError
        The server cannot be reached or refuses the password.
    MissingExtraError
        The driver is not installed.

    Examples
    --------
    >>> with Neo4jStore("neo4j://localhost:7687", password="…") as store:
    ...     store.load(graph)  # doctest: +SKIP
    """

    def __init__(
        self,
        uri: str | None = None,
        *,
        user: str | None = None,
        password: str | None = None,
        database: str | None = None,
        retry_s: float = 60.0,
    ) -> None:
        uri = uri or os.environ.get("NEO4J_URI")
        user = user or os.environ.get("NEO4J_USERNAME", "neo4j")
        password = password or os.environ.get("NEO4J_PASSWORD")
        if not uri:
            msg = (
                "Neo4j needs the address of a server: give uri (--uri), for example "
                "neo4j://localhost:7687, or set NEO4J_URI."
            )
            raise ConfigError(msg)
        if not password:
            msg = "Neo4j needs a password: give password, or set NEO4J_PASSWORD."
            raise ConfigError(msg)
        try:
            import neo4j
        except ImportError as error:
            package, extra = "neo4j", "neo4j"
            raise MissingExtraError(package, extra) from error
        self.uri, self.database = uri, database
        try:
            self._driver = neo4j.GraphDatabase.driver(
                uri,
                auth=(user, password),
                max_transaction_retry_time=retry_s,
                initial_retry_delay=0.1,
                connection_acquisition_timeout=retry_s,
                notifications_min_severity="OFF",
            )
        except (ValueError, neo4j.exceptions.ConfigurationError) as error:
            msg = (
                f"The address of a Neo4j server is like neo4j://localhost:7687. Got "
                f"{uri!r} ({error})."
            )
            raise ConfigError(msg) from error
        try:
            with self._told("connect"):
                self._driver.verify_connectivity()
        except Neo4jError:
            self._driver.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    # -- writing -----------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the constraints and indexes, where they are not there yet.

        Raises
        ------
        Neo4jError
            The store holds two concepts of one id, or the server refuses.
        """
        with self._told("make constraints"), self._session() as session:
            for statement in schema.SCHEMA:
                session.execute_write(_run, statement)
            session.execute_read(_run, "CALL db.awaitIndexes(300)")

    def load(
        self,
        graph: KnowledgeGraph,
        *,
        batch_size: int = 2_000,
        writers: int = 2,
        documents: bool = False,
    ) -> Loaded:
        """Merge a graph into the store.

        Parameters
        ----------
        graph
            What it says of concepts and associations replaces what the store said.
        batch_size
            Concepts or associations per transaction.
        writers
            Connections that write at the same time, at most half as many as there are
            buckets; more do not help.
        documents
            Make a node of every document that is evidence, linked to the concepts it
            mentions.

        Returns
        -------
        Loaded
            What was written.

        Raises
        ------
        Neo4jError
            The server refuses, or went away for longer than ``retry_s``. What was
            written until then stays; the same load again completes it.
        ValidationError
            The graph has relations outside the closed set, or an id of many kilobytes.
        """
        for name, value, most in (
            ("batch_size", batch_size, 100_000), ("writers", writers, BUCKETS // 2),
        ):  # fmt: skip
            if not 1 <= value <= most:
                msg = f"The option {name} must be from 1 to {most}. Got {value!r}."
                raise ConfigError(msg)
        for relation in graph.associations["relation"].unique().cast(pl.String):
            schema.relationship_type(relation)
        long = graph.concepts.filter(
            pl.col("concept_id").str.len_bytes() > schema.MAX_ID_BYTES
        )
        if long.height:
            msg = (
                f"Neo4j takes concept ids of up to {schema.MAX_ID_BYTES} bytes. Got "
                f"{long['concept_id'][0][:60]!r}… and {long.height - 1} others: leave "
                "these concepts out."
            )
            raise ValidationError(msg)
        run = schema.run_of(graph)
        self.prepare()
        frame = graph.associations.with_columns(_bucket("source"), _bucket("target"))
        kinds = sorted(
            schema.relationship_type(relation)
            for relation in frame["relation"].unique().cast(pl.String)
        )
        with self._told("load"), _Writers(writers) as pool:
            with self._session() as session:
                session.execute_write(_run, _MERGE_BUCKETS, buckets=_ALL_BUCKETS)
                session.execute_write(_run, _MERGE_RUN, run=run)
                session.execute_write(_open_cells, kinds)
            concepts = graph.concepts.with_columns(_bucket("concept_id"))
            self._fill(_node_cells(concepts, batch_size), pool, "concepts")
            self._fill(
                _edge_cells(frame, batch_size, run["run_id"]), pool, "associations"
            )
            made = 0
            if documents:
                named = _documents(graph.associations)
                made = named["document_id"].n_unique()
                self._fill([_document_batches(named, batch_size)], pool, "documents")
        return Loaded(
            concepts=graph.concepts.height,
            associations=graph.associations.height,
            documents=made,
            run_id=run["run_id"],
        )

    def clear(self, *, batch_size: int = 10_000) -> int:
        """Delete all that kgbuild ever loaded; constraints and indexes stay.

        Returns
        -------
        int
            How many nodes were deleted.
        """
        deleted = 0
        with self._told("clear"), self._session() as session:
            # Relationships first: a transaction that detaches a hub may be too large.
            for pattern in (
                f"(:Concept)-[x:{schema.ANY_TYPE}]->(:Concept)",
                "(:Document)-[x:MENTIONS]->(:Concept)",
                "(x:Concept)", "(x:Document)", "(x:Run)", "(x:KgbuildCell)",
                "(x:KgbuildBucket)",
            ):  # fmt: skip
                verb = "DELETE" if "[x" in pattern else "DETACH DELETE"
                statement = (
                    f"MATCH {pattern} WITH x LIMIT $n {verb} x RETURN count(*) AS n"
                )
                while n := session.execute_write(_value, statement, n=batch_size):
                    deleted += 0 if "[x" in pattern else n
        return deleted

    # -- reading -----------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Return the numbers of nodes and relationships by label and type."""
        types = schema.ANY_TYPE
        statements = {
            "concepts": "MATCH (n:Concept) RETURN count(n)",
            "associations": f"MATCH (:Concept)-[r:{types}]->(:Concept) RETURN count(r)",
            "documents": "MATCH (n:Document) RETURN count(n)",
            "runs": "MATCH (n:Run) RETURN count(n)",
        }
        with self._told("count"), self._session() as session:
            return {
                name: session.execute_read(_value, statement)
                for name, statement in statements.items()
            }

    def query(self, cypher: str, /, **parameters: Any) -> pl.DataFrame:
        """Ask the database in Cypher; only reading is allowed.

        Parameters
        ----------
        cypher
            One statement, for example one of ``neo4j/queries``. What varies belongs
            into parameters, ``$name``, and never into the text of the statement.
        **parameters
            Their values: numbers, texts, lists and maps of them.

        Returns
        -------
        polars.DataFrame
            One row per record, its columns named as the statement returns them. Nodes
            and relationships are structs of their properties.

        Raises
        ------
        Neo4jError
            The statement is wrong, would write, or lacks a parameter; or the server
            went away.

        Examples
        --------
        >>> store.query(  # doctest: +SKIP
        ...     "MATCH (c:Concept {concept_id: $id})--(d:Disease) RETURN d.name",
        ...     id="mesh:D002216",
        ... )
        """
        with self._told("answer a query"), self._session("READ") as session:
            names, rows = session.execute_read(_records, cypher, parameters)
        return pl.DataFrame(
            {
                name: pl.Series(name, [row[i] for row in rows], strict=False)
                for i, name in enumerate(names)
            }
        )

    def read(self) -> KnowledgeGraph:
        """Read everything back.

        Provenance, settings and counts are those of the ``Run`` that the associations
        name; where they name several, provenance says which.

        Raises
        ------
        Neo4jError
            The server refuses, or went away.
        """
        with self._told("read"), self._session() as session:
            runs = session.execute_read(_rows, "MATCH (n:Run) RETURN n{.*} AS row")
            concepts = session.execute_read(
                _rows, "MATCH (n:Concept) RETURN n{.*} AS row"
            )
            types = schema.ANY_TYPE
            associations = session.execute_read(
                _rows,
                f"MATCH (a:Concept)-[r:{types}]->(b:Concept) RETURN "
                "r{.*, source: a.concept_id, target: b.concept_id, "
                "relation: toLower(type(r))} AS row",
            )
        return _graph(concepts, associations, runs)

    def check(self, graph: KnowledgeGraph) -> Difference:
        """Compare the store with a graph, value by value.

        Raises
        ------
        Neo4jError
            The server refuses, or went away.
        """
        there = self.read()
        nodes = _compare(graph.concepts, there.concepts, ["concept_id"])
        edges = _compare(
            graph.associations, there.associations, ["source", "target", "relation"]
        )
        return Difference(
            missing_concepts=nodes[0],
            missing_associations=edges[0],
            changed_concepts=nodes[1],
            changed_associations=edges[1],
            other_concepts=nodes[2],
            other_associations=edges[2],
        )

    def search(self, text: str, *, n: int = 10) -> pl.DataFrame:
        """Find concepts by words of their names and synonyms.

        Parameters
        ----------
        text
            Words; taken literally. Only the first hundred count.
        n
            At most so many.

        Returns
        -------
        polars.DataFrame
            ``concept_id, name, type, documents, score``, best first.
        """
        schema_of_answer = {
            "concept_id": pl.String, "name": pl.String, "type": pl.String,
            "documents": pl.Int64, "score": pl.Float64,
        }  # fmt: skip
        words = [w for w in text.split() if any(c.isalnum() for c in w)]
        words = [word[:_MAX_LETTERS] for word in words[:_MAX_WORDS]]
        if not words:
            return pl.DataFrame(schema=schema_of_answer)
        query = " ".join(
            '"' + w.replace("\\", "\\\\").replace('"', '\\"') + '"' for w in words
        )
        with self._told("search"), self._session() as session:
            rows = session.execute_read(
                _rows, _SEARCH, index=schema.FULLTEXT, query=query, n=n
            )
        return pl.DataFrame(rows, schema=schema_of_answer)

    # -- inside ------------------------------------------------------------------------

    def _session(self, access: str = "WRITE") -> neo4j.Session:
        return self._driver.session(database=self.database, default_access_mode=access)

    def _fill(self, cells: list[list[_Batch]], pool: _Writers, what: str) -> None:
        """Write cells; those that are written at the same time share no bucket."""
        write = partial(self._write, load=secrets.token_hex(8), pool=pool)
        for _ in track(
            pool.each(write, cells),
            description=f"Neo4j: {what}",
            total=len(cells),
            unit="cell",
        ):
            pass

    def _write(self, cell: list[_Batch], *, load: str, pool: _Writers) -> None:
        """Write the batches of a cell, one after the other."""
        # Parameters are made once, however often a transaction is tried, and while the
        # server is busy with the batch before.
        coming = pool.ahead.submit(_parameters, cell[0])
        with self._session() as session:
            for number, batch in enumerate(cell):
                parameters = coming.result()
                if pool.stopped.is_set():  # another writer failed, or the user stops
                    return
                if number + 1 < len(cell):
                    coming = pool.ahead.submit(_parameters, cell[number + 1])
                session.execute_write(_merge, batch, parameters, load, number)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn the driver's errors into one clear sentence each."""
        from neo4j import exceptions

        try:
            yield
        except exceptions.AuthError as error:
            msg = (
                f"Neo4j at {self.uri} refuses the user name or password: give user and "
                "password, or set NEO4J_USERNAME and NEO4J_PASSWORD."
            )
            raise Neo4jError(msg) from error
        except (
            exceptions.ServiceUnavailable,
            exceptions.SessionExpired,
            exceptions.ConnectionAcquisitionTimeoutError,
            OSError,
        ) as error:
            msg = (
                f"Neo4j at {self.uri} cannot be reached, or stopped while kgbuild was "
                f"about to {what} ({_first_line(error)}): start the server and do the "
                "same again; what is written already stays."
            )
            raise Neo4jError(msg) from error
        except exceptions.Neo4jError as error:
            msg = f"Neo4j at {self.uri} refused to {what}: {_first_line(error)}"
            raise Neo4jError(msg) from error
        except exceptions.DriverError as error:
            msg = f"The Neo4j driver failed to {what}: {_first_line(error)}"
            raise Neo4jError(msg) from error


# -- batches ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
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
_MERGE_RUN = "MERGE (n:Run {run_id: $run.run_id}) SET n = $run"
_SEARCH = (
    "CALL db.index.fulltext.queryNodes($index, $query) YIELD node, score "
    "RETURN node{.concept_id, .name, .type, .documents, score: score} AS row "
    "ORDER BY score DESC, node.documents DESC, node.concept_id LIMIT $n"
)


def _merge_nodes(label: str | None, names: Iterable[str]) -> str:
    """Return the Cypher that merges concepts of one label.

    >>> print(_merge_nodes("Gene", ["name"]))
    UNWIND range(0, size($concept_id) - 1) AS i
    MERGE (n:Concept {concept_id: $concept_id[i]})
    SET n = {concept_id: $concept_id[i], name: $name[i]}, n:Gene
    """
    properties = ", ".join(f"{name}: ${name}[i]" for name in ("concept_id", *names))
    others = f", n:{label}" if label else ""
    return (
        "UNWIND range(0, size($concept_id) - 1) AS i\n"
        "MERGE (n:Concept {concept_id: $concept_id[i]})\n"
        f"SET n = {{{properties}}}{others}"
    )


def _edges(verb: str, kind: str, names: Iterable[str]) -> str:
    """Return the Cypher that writes associations of one type, source by source.

    Those of source ``j`` are the rows from ``first[j]`` to ``first[j + 1]``. One list
    per property is half the bytes, and half the time, of one map per row.

    >>> print(_edges("MERGE", "CO_MENTIONED_IN_SENTENCE", ["npmi"]))
    UNWIND range(0, size($source) - 1) AS j
    MATCH (a:Concept {concept_id: $source[j]})
    UNWIND range($first[j], $first[j + 1] - 1) AS i
    MATCH (b:Concept {concept_id: $target[i]})
    MERGE (a)-[r:CO_MENTIONED_IN_SENTENCE]->(b)
    SET r = {npmi: $npmi[i], run: $run}
    >>> print(_edges("CREATE", "CO_MENTIONED_IN_SENTENCE", ["npmi"]).splitlines()[-1])
    CREATE (a)-[:CO_MENTIONED_IN_SENTENCE {npmi: $npmi[i], run: $run}]->(b)
    """
    inside = ", ".join([*(f"{name}: ${name}[i]" for name in names), "run: $run"])
    write = (
        f"MERGE (a)-[r:{kind}]->(b)\nSET r = {{{inside}}}"
        if verb == "MERGE"
        else f"CREATE (a)-[:{kind} {{{inside}}}]->(b)"
    )
    return (
        "UNWIND range(0, size($source) - 1) AS j\n"
        "MATCH (a:Concept {concept_id: $source[j]})\n"
        "UNWIND range($first[j], $first[j + 1] - 1) AS i\n"
        "MATCH (b:Concept {concept_id: $target[i]})\n"
        f"{write}"
    )


_MERGE_DOCUMENTS = (
    "UNWIND range(0, size($document_id) - 1) AS i\n"
    "MATCH (c:Concept {concept_id: $concept_id[i]})\n"
    "MERGE (d:Document {document_id: $document_id[i]})\n"
    "MERGE (d)-[:MENTIONS]->(c)"
)


def _bucket(column: str) -> pl.Expr:
    """Deal ids into buckets, the same in every process and version."""
    return (
        pl.col(column)
        .map_elements(
            lambda text: zlib.crc32(text.encode("utf-8", "surrogatepass")) % BUCKETS,
            return_dtype=pl.Int64,
        )
        .alias(f"{column}_bucket")
    )


def _node_cells(concepts: pl.DataFrame, size: int) -> list[list[_Batch]]:
    """Return the cells of concepts, one a bucket."""
    labels = {
        name: schema.label_of(name)
        for name in concepts["type"].unique().cast(pl.String).sort()
    }
    names = [name for name in schema.NODE_TYPES if name != "concept_id"]
    names = [name for name in names if name in concepts.columns or name == "url"]
    cells = []
    for bucket in range(BUCKETS):
        mine = concepts.filter(pl.col("concept_id_bucket") == bucket)
        cells.append(
            [
                _Batch(
                    buckets=(bucket,),
                    merge=_merge_nodes(label, names),
                    parameters=partial(schema.node_columns, part),
                )
                for name, label in labels.items()
                for part in mine.filter(
                    pl.col("type").cast(pl.String) == name
                ).iter_slices(size)
                if part.height
            ]
        )
    return [cell for cell in cells if cell]


def _edge_cells(frame: pl.DataFrame, size: int, run_id: str) -> list[list[_Batch]]:
    """Return the cells of associations, one a relation and pair of buckets.

    The largest come first, so that the writers end at the same time.
    """
    low = pl.min_horizontal("source_bucket", "target_bucket")
    high = pl.max_horizontal("source_bucket", "target_bucket")
    relation = pl.col("relation").cast(pl.String).alias("named")
    cells = frame.with_columns(
        low.alias("low"), high.alias("high"), relation
    ).partition_by("low", "high", "named", as_dict=True, maintain_order=True)
    names = schema.edge_names(frame)
    out = []
    for (a, b, named), cell in sorted(
        cells.items(), key=lambda item: (-item[1].height, item[0])
    ):
        kind = schema.relationship_type(named)
        merge, create = _edges("MERGE", kind, names), _edges("CREATE", kind, names)
        out.append(
            [
                _Batch(
                    buckets=tuple(sorted({a, b})),
                    merge=merge,
                    create=create,
                    cell=_name_of_cell(kind, a, b),
                    parameters=partial(_edge_parameters, part, run_id),
                )
                for part in cell.iter_slices(size)
            ]
        )
    return out


def _name_of_cell(kind: str, low: int, high: int) -> str:
    return f"{kind} {low} {high}"


def _edge_parameters(part: pl.DataFrame, run_id: str) -> dict[str, Any]:
    """Name every source once: half as many concepts to look up."""
    columns = schema.edge_columns(part)
    first = part["source"].ne_missing(part["source"].shift(1)).arg_true()
    return {
        **columns,
        "source": part["source"].gather(first).to_list(),
        "first": [*first.to_list(), part.height],
        "run": run_id,
    }


def _document_batches(named: pl.DataFrame, size: int) -> list[_Batch]:
    # A document is linked to concepts of all buckets: its transactions take all locks.
    return [
        _Batch(
            buckets=tuple(_ALL_BUCKETS),
            merge=_MERGE_DOCUMENTS,
            parameters=partial(part.to_dict, as_series=False),
        )
        for part in named.iter_slices(size)
    ]


class _Column(list[Any]):
    """A list that is not spelled out.

    The driver makes the text of all parameters for its log, whether or not anybody
    reads it.
    """

    def __repr__(self) -> str:
        return f"<{len(self)} values>"


def _parameters(batch: _Batch) -> dict[str, Any]:
    return {
        name: _Column(value) if isinstance(value, list) else value
        for name, value in batch.parameters().items()
    }


class _Writers:
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
        self, write: Callable[[list[_Batch]], None], cells: Iterable[list[_Batch]]
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


# -- transactions ----------------------------------------------------------------------


def _open_cells(tx: neo4j.ManagedTransaction, kinds: list[str]) -> None:
    """Make the nodes of the cells, where they are not there yet."""
    tx.run(_LOCK, buckets=_ALL_BUCKETS, cell="").consume()
    for kind in kinds:
        found = "MATCH (c:KgbuildCell {type: $kind}) RETURN count(c)"
        if _value(tx, found, kind=kind):
            continue
        # Associations that are there already came from elsewhere: an import, say.
        there = _value(tx, f"MATCH ()-[r:{kind}]->() RETURN count(r)")
        cells = [
            _name_of_cell(kind, a, b) for a in range(BUCKETS) for b in range(a, BUCKETS)
        ]
        load = _SEVERAL if there else _NOBODY
        tx.run(_OPEN_CELLS, cells=cells, kind=kind, load=load).consume()


def _merge(
    tx: neo4j.ManagedTransaction,
    batch: _Batch,
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


def _run(tx: neo4j.ManagedTransaction, /, statement: str, **parameters: Any) -> None:
    tx.run(statement, parameters).consume()


def _value(tx: neo4j.ManagedTransaction, /, statement: str, **parameters: Any) -> int:
    record = tx.run(statement, parameters).single()
    return int(record[0]) if record is not None else 0


def _rows(
    tx: neo4j.ManagedTransaction, /, statement: str, **parameters: Any
) -> list[dict[str, Any]]:
    return [record["row"] for record in tx.run(statement, parameters)]


def _records(
    tx: neo4j.ManagedTransaction, statement: str, parameters: dict[str, Any]
) -> tuple[list[str], list[list[Any]]]:
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


# -- reading back ----------------------------------------------------------------------


def _graph(
    concepts: list[dict[str, Any]],
    associations: list[dict[str, Any]],
    runs: list[dict[str, Any]],
) -> KnowledgeGraph:
    import json

    associations = [schema.from_properties(row) for row in associations]
    frames = {}
    for name, rows in (("concepts", concepts), ("associations", associations)):
        columns = TABLES[name].columns  # type: ignore[index]
        try:
            frames[name] = pl.DataFrame(
                [[row.get(c) for c in columns] for row in rows],
                schema=columns,
                orient="row",
            ).sort(TABLES[name].key)  # type: ignore[index]
        except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
            msg = (
                f"The store's {name} are not as kgbuild writes them ({error}): it may "
                "hold another program's nodes of the same labels."
            )
            raise ValidationError(msg) from error
    named = {row.get("run") for row in associations}
    ours = [run for run in runs if run["run_id"] in named] or runs
    facts: dict[str, Any] = {}
    if len(ours) == 1:
        facts = {
            fact: json.loads(ours[0].get(fact) or "{}")
            for fact in ("provenance", "settings", "counts")
        }
    elif ours:
        ids = ", ".join(sorted(run["run_id"] for run in ours))
        facts = {"provenance": {"runs": ids}}
    return KnowledgeGraph(
        concepts=frames["concepts"], associations=frames["associations"], **facts
    )


def _compare(
    mine: pl.DataFrame, theirs: pl.DataFrame, key: list[str]
) -> tuple[int, int, int]:
    """Return how many rows are missing, changed, and in the store alone."""
    columns = [c for c in mine.columns if c in theirs.columns]
    same = {c: pl.String for c in ("type", "relation") if c in columns}
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


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
