"""``kgbuild neo4j load | check | clear | serve``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from kgbuild._io.markup import counted

Uri = Annotated[
    str | None,
    typer.Option(help="Address, e.g. neo4j://localhost:7687.", envvar="NEO4J_URI"),
]
User = Annotated[str | None, typer.Option(help="User.", envvar="NEO4J_USERNAME")]
Password = Annotated[
    str | None,
    typer.Option(
        help="Better in the environment, where no list of processes shows it.",
        envvar="NEO4J_PASSWORD",
    ),
]
Database = Annotated[
    str | None, typer.Option(help="The user's home database if missing.")
]
Folder = Annotated[
    Path, typer.Argument(help="Folder of a graph: concepts and associations.")
]


def register(app: typer.Typer) -> None:
    """Add ``neo4j`` to the command line."""
    group = typer.Typer(no_args_is_help=True, help="Neo4j: load, check, clear, serve.")
    app.add_typer(group, name="neo4j")

    @group.command()
    def load(
        graph: Folder,
        uri: Uri = None,
        user: User = None,
        password: Password = None,
        database: Database = None,
        batch_size: Annotated[
            int, typer.Option(help="Associations per transaction.")
        ] = 2_000,
        writers: Annotated[
            int, typer.Option(help="Connections that write at the same time.")
        ] = 2,
        documents: Annotated[
            bool,
            typer.Option(
                "--documents",
                help="Make nodes of the documents too; where GRAPH is the folder of a "
                "run, with title, year and journal, and evidence with its sentence.",
            ),
        ] = False,
        name: Annotated[
            str | None,
            typer.Option(
                help="Of the graph: what an older one of this name had, and this one "
                "lacks, is deleted in the end."
            ),
        ] = None,
    ) -> None:
        """Merge a graph into a database; doing it again changes nothing."""
        from kgbuild.graph import KnowledgeGraph
        from kgbuild.neo4j.loading import documents_of
        from kgbuild.neo4j.store import Neo4jStore

        loaded = KnowledgeGraph.load(graph)
        started = time.perf_counter()
        with Neo4jStore(uri, user=user, password=password, database=database) as store:
            done = store.load(
                loaded, batch_size=batch_size, writers=writers, name=name,
                documents=documents and documents_of(graph),
            )  # fmt: skip
            there = store.counts()
        seconds = time.perf_counter() - started
        print(
            f"{counted(done.concepts, 'concept')}, "
            f"{counted(done.associations, 'association')}, "
            f"{counted(done.documents, 'document')} in {seconds:.1f} s; "
            f"the database holds {there['concepts']:,}, {there['associations']:,} and "
            f"{there['documents']:,}"
        )
        if done.replaced:
            replaced = counted(done.replaced, "association")
            print(f"{replaced} of an older {name!r} deleted")
        stay = there["associations"] - done.associations
        if stay > 0:
            print(
                f"kept of other loads: {counted(stay, 'association')}; for a newer "
                "graph to replace an older one, load both with the same --name"
            )
        if there["others"]:
            print(f"{there['others']:,} nodes of others stay as they are")

    @group.command()
    def check(
        graph: Folder,
        uri: Uri = None,
        user: User = None,
        password: Password = None,
        database: Database = None,
    ) -> None:
        """Compare a database with a graph, value by value; 1 where they differ."""
        from kgbuild.graph import KnowledgeGraph
        from kgbuild.neo4j.store import Neo4jStore

        expected = KnowledgeGraph.load(graph)
        with Neo4jStore(uri, user=user, password=password, database=database) as store:
            found = store.check(expected)
        for what in ("concepts", "associations"):
            missing, changed, other = (
                getattr(found, f"{kind}_{what}")
                for kind in ("missing", "changed", "other")
            )
            print(
                f"{what}: {missing:,} missing, {changed:,} with other values, "
                f"{other:,} of other graphs"
            )
        if not found.complete:
            print("The database does not hold this graph: load it.", file=sys.stderr)
            raise typer.Exit(1)

    @group.command()
    def clear(
        uri: Uri = None,
        user: User = None,
        password: Password = None,
        database: Database = None,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Delete what kgbuild wrote to a database, and nothing else."""
        from kgbuild.neo4j.store import Neo4jStore

        with Neo4jStore(uri, user=user, password=password, database=database) as store:
            there = store.counts()
            if not yes:
                typer.confirm(
                    f"Delete {counted(there['concepts'], 'concept')}, "
                    f"{counted(there['associations'], 'association')} and "
                    f"{counted(there['documents'], 'document')} that kgbuild wrote to "
                    f"{store.uri}? {there['others']:,} other nodes stay.",
                    abort=True,
                )
            deleted, left = store.clear(), store.counts()
        hung = left["concepts"] + left["documents"]
        print(
            f"{deleted:,} nodes (those of book-keeping among them) and "
            f"{counted(there['associations'], 'association')} deleted; "
            f"{left['others']:,} nodes of others stay"
            + (f", and {hung:,} of ours that these hang on" if hung else "")
        )

    @group.command()
    def serve(
        home: Annotated[
            Path | None,
            typer.Option(help="Folder of the database; a temporary one if missing."),
        ] = None,
        password: Annotated[
            str | None,
            typer.Option(help="Of the user neo4j.", envvar="NEO4J_PASSWORD"),
        ] = None,
        graph: Annotated[
            Path | None,
            typer.Option(help="Load this graph once it is up, with a run's documents."),
        ] = None,
        heap: Annotated[int, typer.Option(help="Java heap in MiB.")] = 1024,
        page_cache: Annotated[int, typer.Option(help="Page cache in MiB.")] = 256,
        bolt_port: Annotated[int | None, typer.Option(help="A free one.")] = None,
        http_port: Annotated[int | None, typer.Option(help="A free one.")] = None,
    ) -> None:
        """Run a Neo4j Community server here, without Docker, until Ctrl-C.

        Fetches the server from Maven Central the first time; needs Java 17 and Maven.
        """
        import signal
        import threading

        from kgbuild.graph import KnowledgeGraph
        from kgbuild.neo4j.loading import documents_of
        from kgbuild.neo4j.server import Neo4jServer
        from kgbuild.neo4j.store import Neo4jStore

        loaded = None if graph is None else KnowledgeGraph.load(graph)
        server = Neo4jServer(
            home,
            password=password,
            heap_mb=heap,
            page_cache_mb=page_cache,
            bolt_port=bolt_port,
            http_port=http_port,
        )
        asked = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: asked.set())
        with server:
            # At once: a home may have another password than the one given.
            with Neo4jStore(server.uri, password=server.password) as store:
                if graph is not None and loaded is not None:
                    texts = documents_of(graph, otherwise=False)
                    store.load(loaded, documents=texts)
            print(f"NEO4J_URI={server.uri}")
            print("NEO4J_USERNAME=neo4j")
            print(f"NEO4J_PASSWORD={server.password}")
            # The jars have no page of their own; this is for programs, and for browsers
            # of elsewhere.
            print(f"HTTP: http://127.0.0.1:{server.http_port}", flush=True)
            while not asked.wait(1.0):
                if server.pid is None:
                    print("The server stopped.", file=sys.stderr)
                    raise typer.Exit(1)
