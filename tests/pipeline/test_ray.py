"""The Ray executor on a real cluster of two nodes: the same bytes, nothing lost."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from bad_stages import Squares, Stops

from kgbuild.errors import ConfigError
from kgbuild.pipeline import (
    AnnotationSettings,
    ExecutionSettings,
    RunResult,
    RunSettings,
    run,
)
from kgbuild.pipeline.executors import make_executor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None,
        reason="needs the extra: pip install 'kgbuild[ray]'",
    ),
    # Ray's processes leave sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def _added(cluster: Any) -> Any:
    """Add a node with room for one actor.

    On a machine that does much else, Ray may give up on it too early.
    """
    before = _children()
    for last in (*([False] * 5), True):
        try:
            return cluster.add_node(
                num_cpus=1, object_store_memory=2**27,
                include_dashboard=False, include_log_monitor=False,
            )  # fmt: skip
        except Exception:
            # What is left of it would slow down the next.
            for process in _children() - before:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            if last:
                raise
    return None


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Start two nodes on this machine, and connect to them."""
    import ray
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        cluster = Cluster()
        for _ in range(2):
            _added(cluster)
        ray.init(
            address=cluster.address, logging_level=logging.ERROR, log_to_driver=False
        )
        yield cluster
        ray.shutdown()
        cluster.shutdown()


STAGES = ("sentences", "variants", {"use": "bad_stages:Bad"})


def corpus(file: Path, *, n: int, bad: str = "good") -> Path:
    rows = (
        {"pmid": i, "title": f"{bad if i == 9 else ''} BRAF V600E and p.Gly12{i}."}
        for i in range(1, n + 1)
    )
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def done(file: Path, output: Path, executor: str) -> RunResult:
    return run(
        RunSettings(
            input=file,
            output=output,
            annotation=AnnotationSettings(stages=STAGES),
            run=ExecutionSettings(
                executor=executor, processes=2, shard_size=4, seconds_per_document=2
            ),
        )
    )


def bytes_of(folder: Path) -> dict[str, bytes]:
    kept = [*folder.glob("*/*.parquet"), folder / "graph.graphml",
            folder / "failed.jsonl"]  # fmt: skip
    return {str(p.relative_to(folder)): p.read_bytes() for p in kept}


def test_two_executors_leave_the_same_bytes(cluster: Any, tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", n=40)
    result = done(file, tmp_path / "ray", "ray")
    done(file, tmp_path / "local", "local")
    assert result.record["counts"]["mentions"] > 40
    assert bytes_of(tmp_path / "ray") == bytes_of(tmp_path / "local")


@pytest.mark.parametrize("kind", ["segfault", "regex"])
def test_a_document_that_ends_its_actor_is_left_out(
    cluster: Any, tmp_path: Path, kind: str
) -> None:
    result = done(corpus(tmp_path / "in.jsonl", n=12, bad=kind), tmp_path / "o", "ray")
    (failure,) = result.failures
    assert (failure.document_id, failure.stage) == ("9", "bad")
    told = {
        "segfault": "ended its worker (signal 11, SIGSEGV)", "regex": "took over 2 s",
    }  # fmt: skip
    assert failure.reason == told[kind]
    assert result.record["stages"]["bad"] == {"done": 11, "failed": 1}


class Slow(Squares):
    """Says on which node it was."""

    def __call__(self, item: int) -> int:
        time.sleep(0.3)
        return super().__call__(item)

    def again(self, item: int, how: str) -> int:
        return item


def test_what_a_lost_node_had_is_done_again(cluster: Any) -> None:
    import ray

    ray.cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    lost = _added(cluster)
    cluster.wait_for_nodes()
    answers = make_executor("ray", processes=3)(Slow(), iter(range(20, 44)))
    found = [next(answers) for _ in range(4)]
    cluster.remove_node(lost)
    found += answers
    assert sorted(found) == [n * n for n in range(20, 44)]


def test_an_actor_that_is_stopped_is_ended(cluster: Any, tmp_path: Path) -> None:
    answers = make_executor("ray", processes=2)(Stops(tmp_path), [-3, 1, -4])
    assert sorted(answers) == [-4, -3, -1]


def test_errors_come_back_as_they_are(cluster: Any) -> None:
    with pytest.raises(KeyError, match="eleven"):
        list(make_executor("ray", processes=1)(Squares(), range(20)))
    with pytest.raises(ConfigError, match="executor must be one of local, ray"):
        make_executor("spark", processes=1)


def test_a_cluster_that_does_not_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ray's own failure stands in for a machine too busy to start it."""
    import ray

    def fails(**_: object) -> None:
        msg = "The current node timed out during startup.\nThis could happen because"
        raise Exception(msg)

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", fails)
    with pytest.raises(ConfigError, match=r"\(The current node .* startup\.\): the ma"):
        list(make_executor("ray", processes=1)(Squares(), [1]))
