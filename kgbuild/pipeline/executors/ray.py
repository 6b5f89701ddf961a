"""Shards on the machines of a Ray cluster; the folder must be one for all of them."""

from __future__ import annotations

import logging
import os
import queue
import sys
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, Any

from kgbuild.errors import ConfigError, MissingExtraError
from kgbuild.pipeline.executors.ended import (
    END,
    LOOKS_S,
    Silence,
    WorkerEndedError,
    do_again,
)
from kgbuild.pipeline.executors.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Actors that may fail to start, one after the other.
_MOST_FAILED = 8


class RayExecutor:
    """Works in so many actors of the cluster that is at hand.

    That is the one of ``RAY_ADDRESS`` (or of a call of ``ray.init`` before); without
    one, a cluster of this machine is started and ended again. Actors are spread over
    the machines, and each has one shard at a time: nothing piles up. What an actor had
    that is gone, with its machine or without, another one does again. The machines of
    a cluster need kgbuild, the modules of own stages, and the output folder, at the
    same place.

    Parameters
    ----------
    processes
        How many actors.

    Raises
    ------
    MissingExtraError
        Ray is not installed.
    """

    def __init__(self, processes: int = 1) -> None:
        try:
            import ray
        except ImportError as error:
            package, extra = "ray", "ray"
            raise MissingExtraError(package, extra) from error
        self.processes, self._ray = processes, ray

    def __call__(
        self, work: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[Any]:
        """Yield ``work(item)`` for each item; see :class:`.Executor`."""
        source = iter(items)
        first = next(source, END)
        if first is END:  # all was done before: no cluster is needed
            return
        own = not self._ray.is_initialized()
        if own:
            address = os.environ.get("RAY_ADDRESS")
            options: dict[str, Any] = {}
            if address is None:  # workers of this machine find what this process finds
                path = os.pathsep.join(filter(None, sys.path))
                options["runtime_env"] = {"env_vars": {"PYTHONPATH": path}}
                options["include_dashboard"] = False
            try:
                self._ray.init(address=address, logging_level=logging.ERROR, **options)
            except Exception as error:  # Ray has many, and no class for them
                why = str(error).partition("\n")[0][:200]
                msg = (
                    f"Ray has no cluster for this run ({why}): "
                    + ("look at RAY_ADDRESS" if address else "the machine may be busy")
                    + ", or take --executor local."
                )
                raise ConfigError(msg) from error
        try:
            yield from self._each(work, chain([first], source))
        finally:
            if own:
                self._ray.shutdown()

    def _each(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        ray = self._ray
        gone = (ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError)
        actors = _Actors(ray, work, self.processes)
        source, before = iter(items), deque[Any]()
        silence = Silence(work)
        try:
            while True:
                while actors.idle:
                    item = before.popleft() if before else next(source, END)
                    if item is END:
                        break
                    actors.give(item)
                if not actors.busy and actors.idle:
                    return
                for answer in silence.look(actors.busy_with()):
                    before.append(do_again(work, actors.give_up(answer), silence.how))
                done = actors.wait()
                if done is None:
                    continue
                answer, worker, item = done
                try:
                    kind, value = ray.get(answer)
                except gone:
                    before.append(do_again(work, item, "its machine was lost"))
                    actors.start()
                    continue
                actors.idle.append(worker)
                if kind == "done":
                    yield value
                elif kind == "raised":
                    raise value
                else:
                    before.append(do_again(work, item, value))
        finally:
            actors.end()


class _Actors:
    """Actors that start, are idle, or are busy.

    One that starts gets nothing to do before it stands: it may have to wait for a
    machine for as long as the run lasts, while others go on.
    """

    def __init__(self, ray: Any, work: Any, number: int) -> None:
        self._ray, self._work = ray, ray.put(ray.cloudpickle.dumps(work))
        self._make = ray.remote(
            num_cpus=1, scheduling_strategy="SPREAD", max_restarts=0,
            concurrency_groups={"ending": 1},
        )(_Actor)  # fmt: skip
        self.idle: list[Any] = []
        self.busy: dict[Any, tuple[Any, Any]] = {}
        self._starting: dict[Any, Any] = {}
        self._failed = 0
        for _ in range(number):
            self.start()

    def start(self) -> None:
        """Start another one."""
        worker = self._make.remote(self._work)
        self._starting[worker.stands.remote()] = worker

    def give(self, item: Any) -> None:
        """Give an idle one something to do."""
        worker = self.idle.pop()
        self.busy[worker.do.remote(item)] = worker, item

    def busy_with(self) -> list[tuple[Any, Any]]:
        """Return the answers that are awaited, each with its item."""
        return [(answer, item) for answer, (_, item) in self.busy.items()]

    def give_up(self, answer: Any) -> Any:
        """End the one that owes an answer, start another, and return the item."""
        worker, item = self.busy.pop(answer)
        ended = worker.end.options(concurrency_group="ending").remote()
        self._ray.wait([ended], timeout=LOOKS_S)  # it may be the machine that is silent
        self._ray.kill(worker)
        self.start()
        return item

    def wait(self) -> tuple[Any, Any, Any] | None:
        """Return an answer, whose it is and to what.

        ``None`` where there is none yet, or one stands now.
        """
        waited_for = [*self.busy, *self._starting]
        found, _ = self._ray.wait(waited_for, num_returns=1, timeout=LOOKS_S)
        if not found:
            return None
        (ref,) = found
        if ref in self.busy:
            return ref, *self.busy.pop(ref)
        worker = self._starting.pop(ref)
        try:
            self._ray.get(ref)
        except self._ray.exceptions.RayActorError as error:
            self._failed += 1
            if self._failed > _MOST_FAILED:
                msg = f"Workers cannot be started on the Ray cluster: {error}"
                raise WorkerEndedError(msg) from error
            self.start()
        else:
            self.idle.append(worker)
        return None

    def end(self) -> None:
        """End them all."""
        busy = [worker for worker, _ in self.busy.values()]
        for worker in [*self.idle, *busy, *self._starting.values()]:
            self._ray.kill(worker)


class _Actor:
    """Has a worker process, and so can tell how that ended."""

    def __init__(self, work: bytes) -> None:
        self._answers: queue.SimpleQueue[tuple[Worker, str, Any]] = queue.SimpleQueue()
        self._worker = Worker(work, self._answers)

    def stands(self) -> None:
        """Answer, once there is an answer at all."""

    def do(self, item: Any) -> tuple[str, Any]:
        """Return ``"done"``, ``"raised"`` or ``"ended"``, and the value of that."""
        self._worker.give(item)
        _, kind, value = self._answers.get()
        if kind == "done":
            value, tired = value
            if tired:
                self._worker.stop()
        return kind, value

    def end(self) -> None:
        """End the worker, whatever it does."""
        self._worker.kill()
