"""Files that fail: an error that is named, and the same bytes after a rerun."""

from __future__ import annotations

import errno
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eutils_server import EutilsServer, small_records
from faulty_files import FaultyFiles
from graphs import random_corpus
from quick_runs import bytes_of, corpus, pipeline, settings

from kgbuild.errors import KgbuildError
from kgbuild.graph import GraphBuilder, KnowledgeGraph, build_graph
from kgbuild.graph.on_disk import build_graph_on_disk
from kgbuild.pipeline import run
from kgbuild.pubmed import fetch_file
from kgbuild.tables import tables, write_table

if TYPE_CHECKING:
    from collections.abc import Callable

ERRORS = (errno.ENOSPC, errno.EIO)


def fails_once(
    do: Callable[[], Any], folder: Path, *, check: Callable[[], None], points: int
) -> None:
    """Fail at some of all points; the same again must then do, and be the same."""
    counted = FaultyFiles(folder)
    with counted.installed():
        do()
    check()
    draw = random.Random(points)
    chosen = sorted(
        draw.sample(range(1, counted.count + 1), min(points, counted.count))
    )
    for number, at in enumerate(chosen):
        faulty = FaultyFiles(folder, at=at, error=ERRORS[number % 2])
        with faulty.installed():
            try:
                do()
            except OSError as error:
                assert error.errno in ERRORS, faulty.failed
            except KgbuildError as error:
                assert "This cannot be written" in str(error), faulty.failed
        do()
        check()
        assert not [*folder.rglob("*~")], faulty.failed


def test_a_run_over_a_disk_that_fails(tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 31))
    other = corpus(tmp_path / "other.jsonl", range(20, 41))
    expected = settings(tmp_path / "expected", file)
    run(expected, pipeline=pipeline()[0])
    chosen = settings(tmp_path / "out", file)

    def do() -> None:
        # What is there belongs to another state, so that all is written each time.
        if (chosen.output / "run.json").exists():
            run(
                settings(chosen.output, other),
                pipeline=pipeline(known=1)[0],
                overwrite=True,
            )
        run(chosen, pipeline=pipeline()[0], overwrite=True)

    def check() -> None:
        assert bytes_of(chosen.output) == bytes_of(expected.output)

    fails_once(do, chosen.output, check=check, points=12)


def test_a_graph_on_a_disk_that_fails(tmp_path: Path) -> None:
    documents = random_corpus(40, seed=1)
    for name, frame in zip(("documents", "mentions"), tables(documents), strict=True):
        write_table(frame, tmp_path / f"in/{name}/part-00000.parquet", name=name)  # type: ignore[arg-type]
    graph = build_graph(documents)
    out = tmp_path / "out"

    def do() -> None:
        build_graph_on_disk(tmp_path / "in", out, rows=5)
        graph.save(out)
        for suffix in ("graphml", "gexf", "cyjs"):
            graph.write(out / f"graph.{suffix}")
        graph.write(out / "kgx", format="kgx")
        graph.write(out / "csv", format="neo4j-csv")
        builder = GraphBuilder()
        builder.add(documents)
        builder.save(out / "counts")

    first: dict[str, bytes] = {}

    def check() -> None:
        found = {
            str(p.relative_to(out)): p.read_bytes()
            for p in sorted(out.rglob("*"))
            if p.is_file() and p.suffix != ".lock"
        }
        first.update({k: v for k, v in found.items() if k not in first})
        assert found == first
        assert KnowledgeGraph.load(out).associations.equals(graph.associations)
        assert len(GraphBuilder.load(out / "counts").graph()) == len(graph)

    fails_once(do, out, check=check, points=25)


def test_a_fetch_to_a_disk_that_fails(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with EutilsServer(small_records(30)) as server:
        options = {
            "email": "me@example.org", "base_url": server.url,
            "requests_per_second": 500, "cache": tmp_path / "cache.sqlite",
        }  # fmt: skip

        def do() -> None:
            fetch_file("captopril", out / "corpus.jsonl.zst", **options)

        first: list[bytes] = []

        def check() -> None:
            first.append((out / "corpus.jsonl.zst").read_bytes())
            assert first[-1] == first[0]

        fails_once(do, out, check=check, points=8)


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_writes(tmp_path: Path) -> None:
    """By ``kill -9`` at points drawn at random; benchmarks/faults.py draws more."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    try:
        import faults
    finally:
        sys.path.pop(0)
    told = faults.killed_while_writing(tmp_path, points=3, documents=60)
    assert told["points"] == 3
    assert told["same"] == 3
