"""A knowledge graph in Neo4j: load, read back, check, search, clear."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from kgbuild.errors import ConfigError, KgbuildError, ValidationError, at_least
from kgbuild.neo4j import schema
from kgbuild.neo4j.loading import BUCKETS, delete, load_graph, run_statement, value_of
from kgbuild.neo4j.reading import (
    Difference,
    difference,
    read_graph,
    records_of,
    rows_of,
)
from kgbuild.tables import documents_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import neo4j
    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph

#: Of a search; Lucene refuses queries of more than some thousand clauses.
_MAX_WORDS, _MAX_LETTERS = 100, 200

_SEARCH = (
    "CALL db.index.fulltext.queryNodes($index, $query) YIELD node, score "
    "WHERE node:Kgbuild "
    "WITH node, score, any(name IN [node.name] + coalesce(node.synonyms, []) "
    "+ coalesce(node.vocabulary_names, []) WHERE toLower(name) = $whole) AS whole "
    "RETURN node{.concept_id, .name, .type, .documents, score: score} AS row "
    "ORDER BY whole DESC, score DESC, node.documents DESC, node.concept_id LIMIT $n"
)

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
    replaced
        Associations of an older graph of the same name that the new one lacks, and that
        were deleted.
    """

    concepts: int
    associations: int
    documents: int
    run_id: str
    replaced: int = 0


class Neo4jStore:
    """A Neo4j database that holds knowledge graphs.

    It may hold other things too. kgbuild's own nodes are labelled ``Kgbuild``, and only
    they are ever changed or deleted.

    Parameters
    ----------
    uri
        For example ``"neo4j://localhost:7687"``; by default the
        environment's ``NEO4J_URI``.
    user, password
        By default the environment's ``NEO4J_USERNAME`` (else ``neo4j``) and
        ``NEO4J_PASSWORD``.
    database
        By default the user's home database.
    retry_s
        How long transient errors and lost connections are retried, in seconds.

    Raises
    ------
    ConfigError
        No URI or no password is given.
    Neo4jError
        The server cannot be reached or refuses the password.

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
        expected = "The address of a Neo4j server is like neo4j://localhost:7687."
        if uri.lower().startswith(("http:", "https:")):
            msg = f"{expected} Got {uri!r}, the address of its browser page."
            raise ConfigError(msg)
        import neo4j

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
            msg = f"{expected} Got {uri!r} ({error})."
            raise ConfigError(msg) from error
        try:
            with self._translated("connect"):
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
        with self._translated("make constraints"), self._session() as session:
            for statement in schema.SCHEMA:
                session.execute_write(run_statement, statement)
            session.execute_read(run_statement, "CALL db.awaitIndexes(300)")

    def load(
        self,
        graph: KnowledgeGraph,
        *,
        batch_size: int = 2_000,
        writers: int = 2,
        documents: bool | pl.DataFrame | Iterable[Document] = False,
        name: str | None = None,
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
            mentions. Given the documents, or their table, nodes have title, year,
            journal and PMID, and the texts in the property ``evidence`` of
            associations begin with the sentence.
        name
            What the store had of an older graph of this name, and the new one lacks, is
            deleted in the end. Without a name everything older stays.

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
            The graph has an id of many kilobytes.
        """
        for option, value, most in (
            ("batch_size", batch_size, 100_000), ("writers", writers, BUCKETS // 2),
        ):  # fmt: skip
            if not 1 <= value <= most:
                msg = f"The option {option} must be from 1 to {most}. Got {value!r}."
                raise ConfigError(msg)
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
        if not isinstance(documents, bool | pl.DataFrame):
            documents = documents_table(documents)
        self.prepare()
        with self._translated("load"):
            run_id, n_documents, replaced = load_graph(
                self._session,
                graph,
                batch_size=batch_size,
                writers=writers,
                documents=documents,
                name=name,
            )
        return Loaded(
            concepts=graph.concepts.height,
            associations=graph.associations.height,
            documents=n_documents,
            run_id=run_id,
            replaced=replaced,
        )

    def clear(self, *, batch_size: int = 10_000) -> int:
        """Delete all that kgbuild ever loaded; constraints and indexes stay.

        What somebody else wrote stays too, and so does a node of ours on which a
        relationship of somebody else hangs; :meth:`counts` tells of both.

        Returns
        -------
        int
            How many nodes were deleted.
        """
        with self._translated("clear"), self._session() as session:
            runs = session.execute_read(
                rows_of, "MATCH (n:Run:Kgbuild) RETURN n.run_id AS row"
            )
            deleted = delete(session, runs, batch_size)
            n = deleted["concepts"] + deleted["documents"]
            left = "MATCH (x:Kgbuild) WHERE NOT x:Run RETURN count(x)"
            # Runs stay as long as anything names them.
            own = ["KgbuildCell", "KgbuildBucket"]
            if not session.execute_read(value_of, left):
                own.insert(0, "Run:Kgbuild")
            for label in own:
                n += session.execute_write(
                    value_of, f"MATCH (x:{label}) DETACH DELETE x RETURN count(*)"
                )
        return n

    # -- reading -----------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Return the numbers of nodes and relationships that kgbuild wrote.

        Returns
        -------
        dict
            ``concepts, associations, documents, runs``, and ``others``: how many nodes
            somebody else wrote.
        """
        types = schema.ANY_TYPE
        statements = {
            "concepts": "MATCH (n:Concept:Kgbuild) RETURN count(n)",
            "associations": f"MATCH (:Kgbuild)-[r:{types}]->(:Kgbuild) "
            "WHERE r.run IS NOT NULL RETURN count(r)",
            "documents": "MATCH (n:Document:Kgbuild) RETURN count(n)",
            "runs": "MATCH (n:Run:Kgbuild) RETURN count(n)",
            "others": "MATCH (n) WHERE NOT n:Kgbuild|KgbuildCell|KgbuildBucket "
            "RETURN count(n)",
        }
        with self._translated("count"), self._session() as session:
            return {
                name: session.execute_read(value_of, statement)
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
        with self._translated("answer a query"), self._session("READ") as session:
            names, rows = session.execute_read(records_of, cypher, parameters)
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
        with self._translated("read"), self._session() as session:
            return session.execute_read(read_graph)

    def check(self, graph: KnowledgeGraph) -> Difference:
        """Compare the store with a graph, value by value.

        Raises
        ------
        Neo4jError
            The server refuses, or went away.
        """
        return difference(graph, self.read())

    def search(self, text: str, *, n: int = 10) -> pl.DataFrame:
        """Find concepts by words of their names, in texts or in vocabularies.

        What has the whole text for a name comes first.

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
        at_least(1, n=n)
        words = [w for w in text.split() if any(c.isalnum() for c in w)]
        words = [word[:_MAX_LETTERS] for word in words[:_MAX_WORDS]]
        if not words:
            return pl.DataFrame(schema=schema_of_answer)
        query = " ".join(
            '"' + w.replace("\\", "\\\\").replace('"', '\\"') + '"' for w in words
        )
        with self._translated("search"), self._session() as session:
            rows = session.execute_read(
                rows_of,
                _SEARCH,
                index=schema.FULLTEXT,
                query=query,
                n=n,
                whole=" ".join(words).lower(),
            )
        return pl.DataFrame(rows, schema=schema_of_answer)

    # -- inside ------------------------------------------------------------------------

    def _session(self, access: str = "WRITE") -> neo4j.Session:
        return self._driver.session(database=self.database, default_access_mode=access)

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
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


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
