"""Documents that kill or stall their worker are found, listed, and the run goes on."""

from __future__ import annotations

import json
import queue
import signal
import time
from contextlib import suppress
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING

import psutil
import pytest
from bad_stages import Ends, Squares, Stops

from kgbuild import tables
from kgbuild.errors import ConfigError
from kgbuild.pipeline import (
    AnnotationSettings,
    ExecutionSettings,
    RunResult,
    RunSettings,
    run,
)
from kgbuild.pipeline.executors import LocalExecutor
from kgbuild.pipeline.executors.ended import WorkerEndedError
from kgbuild.pipeline.executors.worker import Worker
from kgbuild.pipeline.watch import Notes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STAGES = ("sentences", {"use": "bad_stages:Bad"}, {"use": "bad_stages:Behind"})

#: What a document says → what the run says of it.
REASONS = {
    "segfault": "ended its worker (signal 11, SIGSEGV)",
    "killed": "ended its worker (signal 9, SIGKILL)",
    "exit": "ended its worker (exit code 3)",
    "leak": "took over 400 MB of memory",
    "raise": "ValueError: as it was told to",
}
LATE = "took over 1 s"


def corpus(folder: Path, bad: Mapping[int, str], *, n: int = 24) -> Path:
    file = folder / "in.jsonl"
    rows = ({"pmid": i, "title": f"{bad.get(i, 'good')} {i}."} for i in range(1, n + 1))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def done(file: Path, output: Path, **options: object) -> RunResult:
    return run(
        RunSettings(
            input=file,
            output=output,
            annotation=AnnotationSettings(stages=STAGES),
            run=ExecutionSettings(**{"shard_size": 8, "memory_mb": 400, **options}),
        )
    )


def test_each_kind_of_trouble_is_found_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = dict(zip((2, 3, 5, 11, 23), REASONS, strict=True))
    file = corpus(tmp_path, bad)
    result = done(file, tmp_path / "out", processes=2)
    rows = [
        json.loads(line)
        for line in (tmp_path / "out" / "failed.jsonl").read_text("utf-8").splitlines()
    ]
    assert [(r["document_id"], r["stage"], r["reason"]) for r in rows] == [
        (str(i), "bad", REASONS[kind]) for i, kind in bad.items()
    ]
    assert result.record["counts"]["documents"] == 24
    assert result.record["counts"]["documents_failed"] == len(bad)
    assert result.record["stages"]["bad"] == {"done": 19, "failed": 5}
    # One that raised is handed on; the others' processes are gone.
    assert result.record["stages"]["behind"] == {"done": 20, "skipped": 4}
    frame = tables.read_table(tmp_path / "out" / "documents", name="documents")
    assert frame["document_id"].to_list() == [str(i) for i in range(1, 25)]
    # In other shards and processes the same is said, and the tables are the same.
    other = done(file, tmp_path / "other", processes=1, shard_size=24)
    assert other.failures == result.failures
    again = tables.read_table(tmp_path / "other" / "documents", name="documents")
    assert again.equals(frame)
    assert not [*(tmp_path / "out" / ".shards").glob("trouble*")]


def test_what_takes_too_long_is_left_out(tmp_path: Path) -> None:
    bad = {2: "hang", 8: "regex"}
    file = corpus(tmp_path, bad, n=9)
    result = done(file, tmp_path / "out", shard_size=9, seconds_per_document=1)
    assert [(f.document_id, f.reason) for f in result.failures] == [
        ("2", LATE), ("8", LATE),
    ]  # fmt: skip
    assert result.record["stages"]["bad"] == {"done": 7, "failed": 2}
    assert result.record["workers_lost"] == {LATE: 5}  # all at once, each alone, again


def test_what_leaks_slowly_gets_fresh_workers_and_nobody_is_blamed(
    tmp_path: Path,
) -> None:
    bad = dict.fromkeys(range(1, 17), "drip")  # 480 MB in all
    result = done(corpus(tmp_path, bad, n=16), tmp_path / "out", shard_size=16)
    assert result.failures == []
    assert result.record["stages"]["bad"] == {"done": 16}
    assert result.record["workers_lost"] == {REASONS["leak"]: 1}  # with all at once


def test_models_that_do_not_fit_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"may hold 20 MB.*raise run\.memory_mb"):
        done(corpus(tmp_path, {}), tmp_path / "out", memory_mb=20)


def test_work_that_cannot_be_done_again_is_an_error() -> None:
    with pytest.raises(WorkerEndedError, match=r"exit code 7.*working on 7"):
        list(LocalExecutor(1)(Ends(), [7]))


def test_a_worker_that_is_stopped_is_ended(tmp_path: Path) -> None:
    assert sorted(LocalExecutor(2)(Stops(tmp_path), [-3, 1, -4])) == [-4, -3, -1]


@pytest.mark.slow
def test_a_document_that_stops_its_worker_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = Notes.sign

    def patient(notes: Notes) -> float | None:
        """Wait as long as it takes until a worker is stopped."""
        with suppress(psutil.NoSuchProcess):
            if any(p.status() == "stopped" for p in psutil.Process().children()):
                return sign(notes)
        return time.monotonic()

    monkeypatch.setattr(Notes, "sign", patient)
    monkeypatch.setattr("kgbuild.pipeline.watch.GRACE_S", 1)
    file = corpus(tmp_path, {5: "stopped"}, n=9)
    result = done(file, tmp_path / "out", processes=2, seconds_per_document=1)
    (failure,) = result.failures
    assert failure.document_id == "5"
    assert failure.reason == "ended its worker (no sign of life for 2 s)"
    assert result.record["stages"]["bad"] == {"done": 8, "failed": 1}
    assert result.record["workers_lost"] == {failure.reason: 3}


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_results_and_errors_come_back(processes: int) -> None:
    found = LocalExecutor(processes)(Squares(), iter(range(1, 10)))
    assert sorted(found) == [n * n for n in range(1, 10)]
    with pytest.raises(KeyError, match="eleven"):
        list(LocalExecutor(processes)(Squares(), range(20)))


def test_ctrl_c_means_nothing_to_a_worker_even_while_it_starts(capfd):
    work = bytes(ForkingPickler.dumps(Squares()))
    for milliseconds in range(0, 60, 6):
        answers = queue.SimpleQueue()
        worker = Worker(work, answers)
        worker.give(3)
        time.sleep(milliseconds / 1_000)
        worker._process.send_signal(signal.SIGINT)  # as a terminal does
        assert answers.get(timeout=60)[1:] == ("done", (9, False))
        worker.stop()
    assert set(capfd.readouterr().err.splitlines()) == {"to standard output"}
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
