"""Speed and memory of building a graph, beside pandas and networkx.

    python benchmarks/graph.py --shared ../shared [--sizes 10000 100000 1000000]

Abstracts are made from the gold corpora: each takes the sentences, spans and types of a
real one, and for every concept in it another of the same type, drawn as often as the
corpora name it. Every measurement runs in a process of its own, which reads the tables
from Parquet; its peak memory counts all of it. ``--python`` names a Python that has
pandas and networkx, where this one lacks pandas.

Each program counts, for all pairs, the sentences that name both, the documents that
hold such a sentence, and the first and last year. The digests show that all three find
the same figures; kgbuild's time includes statistics, names, evidence and sorting. On a
machine that does other work the CPU seconds tell more than the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

MENTIONS_A_SHARD = 600_000


def main() -> None:
    """Print one row a program and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000]
    )
    parser.add_argument("--level", default="sentence")
    parser.add_argument("--min-documents", type=int, default=1)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--peers-up-to", type=int, default=100_000)
    parser.add_argument("--run", nargs=2, metavar=("PROGRAM", "FOLDER"))
    options = parser.parse_args()
    if options.run:
        program, folder = options.run
        print(json.dumps(measure(program, Path(folder), options)))
        return
    work = options.work or Path(tempfile.mkdtemp(prefix="kgbuild-graph-"))
    print(
        "| abstracts | program | mentions | pairs | seconds | mentions/s | CPU s |"
        " peak GB | digest |"
    )
    print("|--:|---|--:|--:|--:|--:|--:|--:|---|")
    for size in options.sizes:
        folder = work / str(size)
        if not (folder / "documents.parquet").exists():
            make_corpus(options.shared, folder, size)
        for program in ("kgbuild", "pandas", "networkx"):
            if program != "kgbuild" and size > options.peers_up_to:
                continue
            print(row(size, program, folder, options), flush=True)


def row(size: int, program: str, folder: Path, options: argparse.Namespace) -> str:
    """Run one program in a process of its own; return its row of the table."""
    python = sys.executable if program == "kgbuild" else options.python
    command = [
        python, __file__, "--level", options.level, "--min-documents",
        str(options.min_documents), "--run", program, str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1] if done.stderr else "killed"
        return f"| {size:,} | {program} | – | – | did not finish: {reason} | | | | |"
    told = json.loads(done.stdout)
    speed = told["mentions"] / told["seconds"]
    return (
        f"| {size:,} | {program} | {told['mentions']:,} | {told['pairs']:,} | "
        f"{told['seconds']:.2f} | {speed:,.0f} | {told['cpu']:.1f} | "
        f"{told['peak'] / 1e9:.2f} | "
        f"{told['digest']} |"
    )


# -- the corpus ------------------------------------------------------------------------


def make_corpus(shared: Path, folder: Path, size: int) -> None:
    """Write tables of made-up abstracts that are like real ones."""
    import polars as pl

    from kgbuild import corpus, tables

    draw = np.random.default_rng(20261121)
    real = [
        document
        for path in sorted((shared / "corpora/pubtator").glob("*.PubTator.gz"))
        if path.name.startswith(("BioRED", "BC5CDR", "NCBI", "NLMgene", "GNormPlus"))
        for document in corpus.read(path, format="pubtator", on_error=lambda _: None)
    ]
    unique = list({d.id: d for d in real if d.mentions}.values())
    documents, mentions = tables.tables(unique)
    linked = mentions.filter(pl.col("concepts").list.len() > 0).with_columns(
        concept=pl.col("concepts").list.first(), type=pl.col("type").cast(pl.String)
    )
    types = sorted(linked["type"].unique())
    pools = {t: linked.filter(pl.col("type") == t) for t in types}
    # Ids of one span are no association, which the peers do not know: one id a start.
    linked = linked.unique(["document_id", "start"], keep="first", maintain_order=True)
    # One template per real document: its mentions, and which share a concept.
    template = linked.with_columns(
        place=pl.col("concept").rank("dense").over("document_id") - 1,
        document=pl.col("document_id").rank("dense") - 1,
    ).sort("document", "start", "end", descending=[False, False, True])
    first = np.flatnonzero(np.diff(template["document"].to_numpy(), prepend=-1))
    count = np.diff(np.append(first, template.height))
    columns = {c: template[c].to_numpy() for c in ("sentence", "start", "end", "place")}
    type_codes = np.searchsorted(types, template["type"].to_list())
    pool_concepts = [pools[t]["concept"].to_numpy() for t in types]
    pool_texts = [pools[t]["text"].to_numpy() for t in types]
    n_sentences = dict(documents.select("document_id", "sentences").iter_rows())
    names = template["document_id"].to_numpy()[first]
    # At PubMed's density: more abstracts a template where it names more.
    chosen = draw.integers(0, len(first), size)
    lengths = count[chosen]
    folder.mkdir(parents=True, exist_ok=True)
    begin = shard = 0
    while begin < size:
        end = begin + int(
            np.searchsorted(np.cumsum(lengths[begin:]), MENTIONS_A_SHARD, "left") + 1
        )
        part, n = chosen[begin:end], lengths[begin:end]
        row_of = np.repeat(first[part], n) + (
            np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        )
        document = np.repeat(np.arange(begin, min(end, size)), n)
        concept = np.empty(len(row_of), dtype=object)
        text = np.empty(len(row_of), dtype=object)
        # One draw per concept of a document: its mentions stay mentions of one thing.
        key = document.astype(np.int64) * 4096 + columns["place"][row_of]
        _, same = np.unique(key, return_inverse=True)
        luck = draw.random(same.max() + 1)[same]
        for code in range(len(types)):
            here = np.flatnonzero(type_codes[row_of] == code)
            at = (luck[here] * len(pool_concepts[code])).astype(np.int64)
            concept[here] = pool_concepts[code][at]
            text[here] = pool_texts[code][at]
        start = columns["start"][row_of]
        end_of = start + np.array([len(t) for t in text], dtype=np.uint32)
        # Mentions that overlap are no pair, which the peers do not know either: each
        # ends where the next of its document begins.
        same = document[1:] == document[:-1]
        end_of[:-1][same] = np.minimum(end_of[:-1], start[1:])[same]
        text = [t[:n] for t, n in zip(text, (end_of - start).tolist(), strict=True)]
        frame = pl.DataFrame(
            {
                "document_id": (document + 10_000_000).astype(str),
                "sentence": columns["sentence"][row_of],
                "start": start,
                "end": end_of,
                "text": text,
                "type": np.array(types)[type_codes[row_of]],
                "recognizer": ["aio"] * len(row_of),
                "score": draw.random(len(row_of)),
                "concepts": concept.astype(str),
                "method": ["exact"] * len(row_of),
                "link_score": draw.random(len(row_of)),
                "negated": draw.random(len(row_of)) < 0.1,
                "hedged": draw.random(len(row_of)) < 0.2,
            }
        ).with_columns(pl.concat_list("concepts"))
        path = folder / "mentions" / f"part-{shard:05d}.parquet"
        tables.write_table(frame, path, name="mentions")
        begin, shard = end, shard + 1
    made = pl.DataFrame(
        {
            "document_id": (np.arange(size) + 10_000_000).astype(str),
            "title": "",
            "text": "",
            "year": draw.integers(1975, 2026, size),
            "sentences": [n_sentences[names[t]] for t in chosen],
        }
    ).with_columns(
        pmid=pl.col("document_id").cast(pl.UInt32),
        journal=pl.lit(None, pl.String),
        statuses=pl.lit([], tables.TABLES["documents"].core["statuses"]),
    )
    tables.write_table(made, folder / "documents.parquet", name="documents")


# -- the programs ----------------------------------------------------------------------


def measure(program: str, folder: Path, options: argparse.Namespace) -> dict:
    """Run one program here."""
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    started, worked = time.perf_counter(), time.process_time()
    result = {"kgbuild": by_kgbuild, "pandas": by_pandas, "networkx": by_networkx}[
        program
    ](folder, options)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    peak = _peak()
    mentions, pairs, figures = result()
    digest = np.bitwise_xor.reduce(figures) if len(figures) else 0
    return {
        "mentions": mentions,
        "pairs": pairs,
        "seconds": seconds,
        "cpu": cpu,
        "peak": peak,
        "digest": f"{int(digest):016x}",
    }


def _peak() -> int:
    """Return the peak of resident memory in bytes, of this process since its start."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def figures_of(columns: list) -> np.ndarray:
    """Return a hash of every row: the same rows in any order give the same digest."""
    import hashlib

    return np.array(
        [
            int.from_bytes(
                hashlib.blake2b(repr(row).encode(), digest_size=8).digest(), "little"
            )
            for row in zip(*columns, strict=True)
        ],
        dtype=np.uint64,
    )


def by_kgbuild(folder: Path, options: argparse.Namespace):
    """Count with kgbuild."""
    from kgbuild.graph import build_graph

    graph = build_graph(
        folder, level=options.level, min_documents=options.min_documents, exclude=()
    )

    def told():
        frame = graph.associations
        columns = [
            "source",
            "target",
            "documents",
            "sentences",
            "first_year",
            "last_year",
        ]
        return (
            graph.counts["mentions"],
            frame.height,
            figures_of([frame[c].to_list() for c in columns]),
        )

    return told


def by_pandas(folder: Path, options: argparse.Namespace):
    """Count with a self-join."""
    import pandas as pd

    mentions = pd.read_parquet(
        folder / "mentions", columns=["document_id", "sentence", "concepts"]
    )
    years = pd.read_parquet(
        folder / "documents.parquet", columns=["document_id", "year"]
    )
    n = len(mentions)
    unit = (
        ["document_id", "sentence"] if options.level == "sentence" else ["document_id"]
    )
    named = mentions.explode("concepts")[[*unit, "concepts"]].drop_duplicates()
    both = named.merge(named, on=unit)
    both = both[both["concepts_x"] < both["concepts_y"]]
    both = both.merge(years, on="document_id")
    counted = both.groupby(["concepts_x", "concepts_y"]).agg(
        documents=("document_id", "nunique"),
        units=("document_id", "size"),
        first=("year", "min"),
        last=("year", "max"),
    )
    counted = counted[counted["documents"] >= options.min_documents].reset_index()

    def told():
        columns = ["concepts_x", "concepts_y", "documents", "units", "first", "last"]
        return n, len(counted), figures_of([counted[c].tolist() for c in columns])

    return told


def by_networkx(folder: Path, options: argparse.Namespace):
    """Count with a loop over documents."""
    from itertools import combinations, groupby

    import networkx as nx
    import pyarrow.parquet as pq

    years = pq.read_table(folder / "documents.parquet", columns=["document_id", "year"])
    year_of = dict(
        zip(years["document_id"].to_pylist(), years["year"].to_pylist(), strict=True)
    )
    network = nx.Graph()
    n = 0
    for path in sorted((folder / "mentions").glob("*.parquet")):
        table = pq.read_table(path, columns=["document_id", "sentence", "concepts"])
        rows = zip(
            table["document_id"].to_pylist(),
            table["sentence"].to_pylist(),
            table["concepts"].to_pylist(),
            strict=True,
        )
        n += table.num_rows
        for document, mentions in groupby(rows, key=lambda r: r[0]):
            year = year_of[document]
            met = set()
            by_unit = {}
            for _, sentence, concepts in mentions:
                unit = sentence if options.level == "sentence" else 0
                by_unit.setdefault(unit, set()).update(concepts)
            for concepts in by_unit.values():
                for a, b in combinations(sorted(concepts), 2):
                    if not network.has_edge(a, b):
                        network.add_edge(
                            a, b, documents=0, units=0, first=year, last=year
                        )
                    edge = network.edges[a, b]
                    edge["units"] += 1
                    if (a, b) not in met:
                        met.add((a, b))
                        edge["documents"] += 1
                        edge["first"] = min(edge["first"], year)
                        edge["last"] = max(edge["last"], year)
    kept = [
        (*sorted((a, b)), e["documents"], e["units"], e["first"], e["last"])
        for a, b, e in network.edges(data=True)
        if e["documents"] >= options.min_documents
    ]

    def told():
        return n, len(kept), figures_of(list(zip(*kept, strict=True)))

    return told


if __name__ == "__main__":
    main()
