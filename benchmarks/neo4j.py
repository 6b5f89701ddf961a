"""Speed of loading a graph into Neo4j, beside loading it row by row.

    python benchmarks/neo4j.py --shared ../shared [--edges 200000] [--faults]

The graph is built from made-up abstracts (see ``graph.py`` beside this file), with up
to ten pieces of evidence an association. The server is that of ``NEO4J_URI``, whose
database must be empty, or Neo4j 5.26 on this machine. Java compiles as it goes: the
first load is told apart, and more warm the server before those that are compared. Row
by row is what most loaders do: the same properties, one MERGE in one transaction each;
it is timed on a sample. CPU seconds are those of this process and of the server: on a
machine that does other work they tell more than the clock.

With ``--faults``: loaders that are killed, four loads at once, a server that is killed
during a load, and an import of the CSV set; each compared with the graph, all values.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

# This file has the driver's name: its folder must come behind the driver's.
_HERE = str(Path(__file__).resolve().parent)
sys.path[:] = [p for p in sys.path if str(Path(p).resolve()) != _HERE] + [_HERE]

import polars as pl  # noqa: E402

from kgbuild.graph import KnowledgeGraph, build_graph  # noqa: E402
from kgbuild.graph.export import neo4j_csv  # noqa: E402
from kgbuild.neo4j.loading import edge_parameters, edges_cypher  # noqa: E402
from kgbuild.neo4j.server import Neo4jServer  # noqa: E402
from kgbuild.neo4j.store import Neo4jError, Neo4jStore  # noqa: E402


class Retries(logging.Handler):
    """Counts what the driver tried again."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        self.count += "will be retried" in record.getMessage()


RETRIES = Retries()
SERVER: Neo4jServer | None = None


def main() -> None:
    """Print one row a way of loading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--edges", type=int, default=200_000)
    parser.add_argument("--row-sample", type=int, default=2_000)
    parser.add_argument("--heap", type=int, default=1024)
    parser.add_argument("--page-cache", type=int, default=512)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--writers", type=int, nargs="+", default=[1, 2, 2, 2])
    parser.add_argument("--batch-size", type=int, nargs="+", default=[2_000])
    parser.add_argument("--warm", type=int, default=4, help="loads before")
    parser.add_argument("--faults", action="store_true")
    options = parser.parse_args()
    logging.getLogger("neo4j").addHandler(RETRIES)
    work = options.work or Path(tempfile.mkdtemp(prefix="kgbuild-neo4j-"))
    graph = made(options.shared, work, options.edges)
    evidence = graph.associations["evidence"].list.len().sum()
    print(
        f"{graph.concepts.height:,} concepts, {len(graph):,} associations, "
        f"{evidence:,} pieces of evidence; packing by {packer()}"
    )
    with ExitStack() as stack:
        store = stack.enter_context(opened(stack, options))
        if any(store.counts().values()):
            print("The database is not empty.", file=sys.stderr)
            raise SystemExit(2)
        if options.faults:
            faults(graph, store, work, options)
            return
        print(
            "\n| way | associations | seconds | associations/s | CPU s, client | "
            "CPU s, server | tried again |\n|---|--:|--:|--:|--:|--:|--:|"
        )
        for turn in range(options.warm):
            if turn:
                store.load(graph)
            else:
                timed("the first load of a server that has just started", graph, store)
            store.clear()
        for batch_size in options.batch_size:
            for writers in options.writers:
                store.clear()
                way = f"kgbuild, {writers} writers, {batch_size:,} a transaction"
                timed(way, graph, store, writers=writers, batch_size=batch_size)
        timed("the same again, all there", graph, store)
        started = clocks()
        same = store.check(graph).complete
        told("read back and compare", len(graph), started)
        if not same:
            msg = "The database differs from the graph."
            raise SystemExit(msg)
        store.clear()
        by_row(graph, store, options.row_sample)
        store.clear()


def packer() -> str:
    """Return what packs the driver's messages."""
    try:
        import neo4j._rust
    except ImportError:
        return "Python"
    return f"Rust ({neo4j._rust.__name__})"


def made(shared: Path, work: Path, edges: int) -> KnowledgeGraph:
    """Build a graph of so many associations."""
    from graph import make_corpus

    folder = work / f"neo4j-{edges}"
    if not (folder / "graph.json").exists():
        size = max(200, edges // 10)
        while True:
            make_corpus(shared, work / f"corpus-{size}", size)
            graph = build_graph(work / f"corpus-{size}", exclude=())
            if len(graph) >= edges:
                break
            size *= 2
        kept = graph.top(edges, by="documents").select("source", "target")
        frame = graph.associations.join(kept, on=["source", "target"], how="semi")
        part = KnowledgeGraph(
            concepts=graph.concepts,
            associations=frame.sort("source", "target", "predicate"),
            provenance=graph.provenance,
            settings=graph.settings,
            counts=graph.counts,
        )
        part.connected().save(folder)
    return KnowledgeGraph.load(folder)


def opened(stack: ExitStack, options: argparse.Namespace) -> Neo4jStore:
    """Open the server that the environment names, or one of our own."""
    global SERVER
    if os.environ.get("NEO4J_URI"):
        return Neo4jStore()
    SERVER = stack.enter_context(
        Neo4jServer(heap_mb=options.heap, page_cache_mb=options.page_cache)
    )
    return Neo4jStore(SERVER.uri, password=SERVER.password)


def clocks() -> tuple[float, float, float, int]:
    """Return the time, CPU seconds of this process and of the server, and retries."""
    pid = SERVER.pid if SERVER else None
    server = 0.0
    if pid is not None and Path("/proc/self/stat").exists():
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        server = (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
    return time.perf_counter(), time.process_time(), server, RETRIES.count


def timed(way: str, graph: KnowledgeGraph, store: Neo4jStore, **options: int) -> None:
    """Load and check the counts."""
    started = clocks()
    store.load(graph, **options)
    told(way, len(graph), started)
    counts = store.counts()
    if (counts["concepts"], counts["associations"]) != (
        graph.concepts.height,
        len(graph),
    ):
        msg = f"The database holds {counts}."
        raise SystemExit(msg)


def by_row(graph: KnowledgeGraph, store: Neo4jStore, n: int) -> None:
    """Load as loaders that send one association at a time do."""
    store.load(graph.filter(min_documents=10**9))  # the concepts
    part = graph.associations.head(n)
    kind = neo4j_csv.relationship_type(part["predicate"].cast(pl.String)[0])
    statement = edges_cypher("MERGE", kind, neo4j_csv.edge_names(part))
    rows = [edge_parameters(part[i : i + 1], "run") for i in range(part.height)]
    started = clocks()
    with store._driver.session() as session:
        for row in rows:
            session.execute_write(lambda tx, row=row: tx.run(statement, row).consume())
    told(f"row by row ({n:,} of them)", n, started)


def told(way: str, n: int, started: tuple[float, float, float, int]) -> None:
    """Print a row."""
    seconds, here, there, again = (
        b - a for a, b in zip(started, clocks(), strict=True)
    )
    print(
        f"| {way} | {n:,} | {seconds:.2f} | {n / seconds:,.0f} | {here:.1f} | "
        f"{there:.1f} | {again} |",
        flush=True,
    )


# -- what goes wrong -------------------------------------------------------------------


def faults(
    graph: KnowledgeGraph, store: Neo4jStore, work: Path, options: argparse.Namespace
) -> None:
    """Load under mishaps; every one must end with the graph and nothing else."""
    folder = work / f"neo4j-{options.edges}"
    luck = random.Random(20261121)
    print("\n| mishap | associations there at it | after | as the graph |")
    print("|---|--:|--:|---|", flush=True)
    for turn in range(3):
        process = loader(folder, store)
        aim = luck.randrange(1, len(graph))
        while process.poll() is None and store.counts()["associations"] < aim:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        there = store.counts()["associations"]
        store.load(graph)
        outcome(f"loader killed, loaded again ({turn + 1})", graph, store, there)
        store.clear()
    n = len(graph)
    running = []
    for i in range(4):
        # Each has all concepts, and half of the associations: overlapping ones.
        part = replace(graph, associations=graph.associations.slice(i * n // 8, n // 2))
        running.append(loader(part.save(work / f"part-{options.edges}-{i}"), store))
    for process in running:
        _, errors = process.communicate()
        if process.returncode:
            raise SystemExit(errors)
    union = replace(graph, associations=graph.associations.head(3 * n // 8 + n // 2))
    outcome("four loads of overlapping halves at once", union, store, 0)
    if SERVER is None:
        return
    store.clear()
    server = SERVER

    def kill() -> None:
        with Neo4jStore(server.uri, password=server.password) as other:
            while other.counts()["associations"] < n // 3:
                time.sleep(0.02)
        server.stop(kill=True)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with Neo4jStore(server.uri, password=server.password, retry_s=2.0) as impatient:
            impatient.load(graph)
        msg = "The server was not killed in time."
        raise SystemExit(msg)
    except Neo4jError as error:
        message = str(error)
    killer.join()
    server.start()
    with Neo4jStore(server.uri, password=server.password) as again:
        there = again.counts()["associations"]
        again.load(graph)
        outcome("server killed, started, loaded again", graph, again, there)
        print(f"| it said: {message[:160]}… | | | |")
    graph.write(work / f"csv-{options.edges}", format="neo4j-csv")
    with tempfile.TemporaryDirectory(prefix="kgbuild-neo4j-") as home:
        other = Neo4jServer(home, heap_mb=options.heap)
        other.import_csv(work / f"csv-{options.edges}")
        with other, Neo4jStore(other.uri, password=other.password) as imported:
            outcome("neo4j-admin import", graph, imported, 0)


def loader(folder: Path, store: Neo4jStore) -> subprocess.Popen[str]:
    """Start ``kgbuild neo4j load`` in a process of its own."""
    password = SERVER.password if SERVER else os.environ["NEO4J_PASSWORD"]
    code = "from kgbuild.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "neo4j", "load", str(folder)],
        env={**os.environ, "NEO4J_URI": store.uri, "NEO4J_PASSWORD": password},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(what: str, graph: KnowledgeGraph, store: Neo4jStore, there: int) -> None:
    """Print a row; stop where the database holds anything else."""
    counts = store.counts()
    same = store.check(graph).complete and counts["associations"] == len(graph)
    print(
        f"| {what} | {there:,} | {counts['associations']:,} | "
        f"{'yes' if same else 'NO'} |",
        flush=True,
    )
    if not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
