"""What writes files, to be disturbed at each of its writes: a run, graphs, a fetch.

Each is done undisturbed first; then a write fails, or the process is killed there, the
same is done again, and what it leaves must be the same.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import signal
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from eutils_server import EutilsServer, small_records
from faulty_files import KILL, FaultyFiles
from graphs import random_corpus
from quick_runs import bytes_of, corpus, pipeline, settings

from kgbuild.errors import KgbuildError
from kgbuild.graph import GraphBuilder, KnowledgeGraph, build_graph
from kgbuild.graph.on_disk import build_graph_on_disk
from kgbuild.pipeline import run
from kgbuild.pubmed import fetch_file
from kgbuild.tables import tables, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

ERRORS = (errno.ENOSPC, errno.EIO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Something that writes files.

    Attributes
    ----------
    folder
        Where.
    do
        Writes them, whatever is there.
    left
        What is there then, read as a user would.
    kept
        Fails where something is lost that no fault may take.
    """

    folder: Path
    do: Callable[[], Any]
    left: Callable[[], dict[str, Any]]
    kept: Callable[[], Any] = lambda: None


def a_run(work: Path) -> Scenario:
    """Run over what another run has left, so that all is written anew."""
    file = corpus(work / "in.jsonl", range(1, 17))
    other = corpus(work / "other.jsonl", range(10, 22))
    chosen = settings(work / "out", file)

    def do() -> None:
        if (chosen.output / "run.json").exists():
            run(
                settings(chosen.output, other),
                pipeline=pipeline(known=1)[0],
                overwrite=True,
            )
        run(chosen, pipeline=pipeline()[0], overwrite=True)

    return Scenario(folder=chosen.output, do=do, left=lambda: bytes_of(chosen.output))


def graphs(work: Path) -> Scenario:
    """Build graphs on disk and in memory, and write every export."""
    documents = random_corpus(20, seed=1)
    for name, frame in zip(("documents", "mentions"), tables(documents), strict=True):
        write_table(frame, work / f"in/{name}/part-00000.parquet", name=name)  # type: ignore[arg-type]
    graph = build_graph(documents)
    out = work / "out"

    def do() -> None:
        build_graph_on_disk(work / "in", out, rows=5)
        graph.save(out)
        for suffix in ("graphml", "gexf", "cyjs"):
            graph.write(out / f"graph.{suffix}")
        graph.write(out / "kgx", format="kgx")
        graph.write(out / "csv", format="neo4j-csv")
        builder = GraphBuilder()
        builder.add(documents)
        builder.save(out / "counts")

    def left() -> dict[str, Any]:
        return {
            **{
                str(p.relative_to(out)): p.read_bytes()
                for p in sorted(out.rglob("*"))
                if p.is_file() and p.suffix != ".lock" and not p.name.endswith("~")
            },
            "loaded": KnowledgeGraph.load(out).associations.to_dicts(),
            "counted": counted(),
        }

    def counted() -> int:
        return len(GraphBuilder.load(out / "counts").graph())

    return Scenario(folder=out, do=do, left=left, kept=counted)


def a_fetch(work: Path) -> Scenario:
    """Fetch papers of a query, from the server of :func:`served`."""
    out = work / "out"

    def do() -> None:
        fetch_file(
            "captopril", out / "corpus.jsonl.zst", email="me@example.org",
            requests_per_second=500, cache=work / "cache.sqlite",
        )  # fmt: skip

    return Scenario(
        folder=out,
        do=do,
        left=lambda: {p.name: p.read_bytes() for p in out.glob("corpus*")},
    )


SCENARIOS: dict[str, Callable[[Path], Scenario]] = {
    "run": a_run, "graph and export": graphs, "fetch": a_fetch,
}  # fmt: skip


@contextmanager
def served() -> Iterator[None]:
    """Answer as PubMed does, to this process and its children."""
    with (
        EutilsServer(small_records(30)) as server,
        mock.patch.dict(os.environ, {"KGBUILD_EUTILS_URL": server.url}),
    ):
        yield


def failed_at_each(name: str, work: Path, *, points: int | None = None) -> int:
    """Fail once at each write, or at so many of them; return at how many.

    By turns the disk is full and breaks; the error must be named, and nothing of the
    attempt be left.
    """
    with _undisturbed(name, work, points) as (scenario, chosen, expected):
        for number, at in enumerate(chosen):
            faulty = FaultyFiles(scenario.folder, at=at, error=ERRORS[number % 2])
            with faulty.installed():
                try:
                    scenario.do()
                except OSError as error:
                    assert error.errno in ERRORS, faulty.failed
                    assert error.filename, faulty.failed
                except KgbuildError as error:
                    assert "This cannot be written" in str(error), faulty.failed
            scenario.kept()
            scenario.do()
            assert scenario.left() == expected, faulty.failed
            assert not [*scenario.folder.rglob("*~")], faulty.failed
    return len(chosen)


def killed_at_each(name: str, work: Path, *, points: int | None = None) -> int:
    """Kill a process at each write, or at so many of them; return at how many."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    with _undisturbed(name, work, points) as (scenario, chosen, expected):
        for at in chosen:
            where = os.environ["KGBUILD_EUTILS_URL"]
            process = processes.Process(target=_disturbed, args=(name, work, at, where))
            process.start()
            process.join()
            assert process.exitcode == -signal.SIGKILL, at
            scenario.kept()
            scenario.do()
            assert scenario.left() == expected, at
            if name == "run":  # nobody else may write there
                assert not [*scenario.folder.rglob("*~")], at
    return len(chosen)


@contextmanager
def _undisturbed(
    name: str, work: Path, points: int | None
) -> Iterator[tuple[Scenario, list[int], dict[str, Any]]]:
    """Do it twice; yield what is to be left, and which writes to disturb."""
    with served():
        scenario = SCENARIOS[name](work)
        scenario.do()
        expected = scenario.left()
        counted = FaultyFiles(scenario.folder)
        with counted.installed():
            scenario.do()
        assert scenario.left() == expected
        chosen = [*range(1, counted.count + 1)]
        if points is not None and points < len(chosen):
            chosen = sorted(random.Random(points).sample(chosen, points))
        yield scenario, chosen, expected


def _disturbed(name: str, work: Path, at: int, server: str) -> None:
    """Do it until the write of a number, in a process that is killed there."""
    os.environ["KGBUILD_EUTILS_URL"] = server
    scenario = SCENARIOS[name](work)
    with FaultyFiles(scenario.folder, at=at, error=KILL).installed(), suppress(OSError):
        scenario.do()
