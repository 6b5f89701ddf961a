"""Speed of loading a graph into Neo4j, beside loading it row by row.

    python benchmarks/neo4j.py --shared ../shared [--edges 200000]

The graph is built from made-up abstracts (see ``graph.py`` beside this file), with up
to ten pieces of evidence an association. The server is that of ``NEO4J_URI``, whose
database must be empty, or Neo4j 5.26 on this machine. Row by row is what most loaders
do: the same properties, one MERGE in one transaction each; it is timed on a sample.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

# This file has the driver's name: its folder must come behind the driver's.
_HERE = str(Path(__file__).resolve().parent)
sys.path[:] = [p for p in sys.path if str(Path(p).resolve()) != _HERE] + [_HERE]

import polars as pl  # noqa: E402

from kgbuild.graph import KnowledgeGraph, build_graph  # noqa: E402
from kgbuild.graph import _neo4j_schema as schema  # noqa: E402
from kgbuild.graph.neo4j import Neo4jStore, _merge_edges  # noqa: E402
from kgbuild.graph.neo4j_server import Neo4jServer  # noqa: E402


def main() -> None:
    """Print one row a way of loading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--edges", type=int, default=200_000)
    parser.add_argument("--row-sample", type=int, default=2_000)
    parser.add_argument("--heap", type=int, default=1024)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--writers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batch-size", type=int, nargs="+", default=[2_000])
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="kgbuild-neo4j-"))
    graph = made(options.shared, work, options.edges)
    evidence = graph.associations["evidence"].list.len().sum()
    print(
        f"{graph.concepts.height:,} concepts, {len(graph):,} associations, "
        f"{evidence:,} pieces of evidence"
    )
    print("\n| way | associations | seconds | associations/s |\n|---|---|---|---|")
    with ExitStack() as stack:
        store = stack.enter_context(opened(stack, options.heap))
        if any(store.counts().values()):
            print("The database is not empty.", file=sys.stderr)
            raise SystemExit(2)
        store.load(graph.filter(min_documents=10))  # warms the server
        for batch_size in options.batch_size:
            for writers in options.writers:
                store.clear()
                way = f"kgbuild, {writers} writers, {batch_size:,} a transaction"
                timed(way, graph, store, writers=writers, batch_size=batch_size)
        timed("the same again, all there", graph, store)
        started = time.perf_counter()
        same = store.check(graph).complete
        seconds = time.perf_counter() - started
        told("read back and compare", len(graph), seconds)
        if not same:
            msg = "The database differs from the graph."
            raise SystemExit(msg)
        store.clear()
        by_row(graph, store, options.row_sample)
        store.clear()


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
            associations=frame.sort("source", "target", "relation"),
            provenance=graph.provenance,
            settings=graph.settings,
            counts=graph.counts,
        )
        part.connected().save(folder)
    return KnowledgeGraph.load(folder)


def opened(stack: ExitStack, heap: int) -> Neo4jStore:
    """Open the server that the environment names, or one of our own."""
    if os.environ.get("NEO4J_URI"):
        return Neo4jStore()
    server = stack.enter_context(Neo4jServer(heap_mb=heap))
    return Neo4jStore(server.uri, password=server.password)


def timed(way: str, graph: KnowledgeGraph, store: Neo4jStore, **options: int) -> None:
    """Load and check the counts."""
    started = time.perf_counter()
    store.load(graph, **options)
    seconds = time.perf_counter() - started
    counts = store.counts()
    if (counts["concepts"], counts["associations"]) != (
        graph.concepts.height,
        len(graph),
    ):
        msg = f"The database holds {counts}."
        raise SystemExit(msg)
    told(way, len(graph), seconds)


def by_row(graph: KnowledgeGraph, store: Neo4jStore, n: int) -> None:
    """Load as loaders that send one association at a time do."""
    store.load(graph.filter(min_documents=10**9))  # the concepts
    part = graph.associations.head(n)
    columns = schema.edge_columns(part, "run")
    kind = schema.relationship_type(part["relation"].cast(pl.String)[0])
    names = [name for name in columns if name not in ("source", "target")]
    statement = _merge_edges(kind, names)
    started = time.perf_counter()
    with store._driver.session() as session:
        for i in range(part.height):
            row = {name: values[i : i + 1] for name, values in columns.items()}
            row["first"] = [0, 1]
            session.execute_write(lambda tx, row=row: tx.run(statement, row).consume())
    told(f"row by row ({n:,} of them)", n, time.perf_counter() - started)


def told(way: str, n: int, seconds: float) -> None:
    """Print a row."""
    print(f"| {way} | {n:,} | {seconds:.2f} | {n / seconds:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
