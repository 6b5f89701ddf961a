"""Shards on this machine: in this process, or in several."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Items that wait for a worker, per worker: bounds memory for endless input.
_QUEUED = 2


class LocalExecutor:
    """Works in so many processes; in this one where it is 1."""

    def __init__(self, processes: int = 1) -> None:
        self.processes = processes

    def __call__(
        self, work: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[Any]:
        """Yield ``work(item)`` for each item; see :class:`.Executor`."""
        if self.processes == 1:
            yield from map(work, items)
            return
        with ProcessPoolExecutor(
            self.processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(work,),
        ) as pool:
            waiting: set[Future[Any]] = set()
            try:
                for item in items:
                    waiting.add(pool.submit(_work, item))
                    if len(waiting) >= _QUEUED * self.processes:
                        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                yield from (future.result() for future in waiting)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


#: The process's own copy of the work.
_own: list[Callable[[Any], Any]] = []


def _start(work: Callable[[Any], Any]) -> None:
    # Ctrl-C goes to all processes of a terminal: the one that started them sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # An exit, not the end: files that are half-written are removed.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    _own[:] = [work]


def _work(item: Any) -> Any:
    return _own[0](item)
