"""Shards on this machine: in worker processes that may die, or in this process."""

from __future__ import annotations

import queue
from collections import deque
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

from kgbuild.pipeline.executors.ended import END, LOOKS_S, Silence, do_again
from kgbuild.pipeline.executors.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class LocalExecutor:
    """Works in so many processes; with 0 in this one, where a crash ends everything."""

    def __init__(self, processes: int = 1) -> None:
        self.processes = processes

    def __call__(
        self, work: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[Any]:
        """Yield ``work(item)`` for each item; see :class:`.Executor`."""
        if self.processes == 0:
            yield from map(work, items)
            return
        source = iter(items)
        before: deque[Any] = deque()
        answers: queue.SimpleQueue[tuple[Worker, str, Any]] = queue.SimpleQueue()
        frame = bytes(ForkingPickler.dumps(work))
        idle = [Worker(frame, answers) for _ in range(self.processes)]
        busy: dict[Worker, Any] = {}
        silence = Silence(work)
        try:
            while True:
                while idle:
                    item = before.popleft() if before else next(source, END)
                    if item is END:
                        break
                    worker = idle.pop()
                    busy[worker] = item
                    worker.give(item)
                if not busy:
                    return
                for worker in silence.look(busy.items()):
                    worker.kill()
                    before.append(do_again(work, busy.pop(worker), silence.how))
                    idle.append(Worker(frame, answers))
                try:
                    worker, kind, value = answers.get(timeout=LOOKS_S)
                except queue.Empty:
                    continue
                if worker not in busy:  # given up: another does what it had
                    continue
                item = busy.pop(worker)
                idle.append(worker)
                if kind == "done":
                    result, tired = value
                    if tired:
                        worker.stop()
                    yield result
                elif kind == "raised":
                    raise value
                else:
                    before.append(do_again(work, item, value))
        finally:
            for worker in [*idle, *busy]:
                worker.stop()
