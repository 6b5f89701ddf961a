"""Shards on this machine: in worker processes that may die, or in this process."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

from kgbuild.pipeline.executors.ended import END, do_again
from kgbuild.pipeline.executors.frames import read_frame, write_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: What a worker runs. No ``__main__`` of the caller is imported, as multiprocessing
#: would: a script needs no guard.
_PROGRAM = (
    "import sys; sys.path[:0] = {path!r}; "
    "from kgbuild.pipeline.executors.frames import serve; serve()"
)


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
        answers: queue.SimpleQueue[tuple[_Worker, str, Any]] = queue.SimpleQueue()
        frame = bytes(ForkingPickler.dumps(work))
        idle = [_Worker(frame, answers) for _ in range(self.processes)]
        busy: dict[_Worker, Any] = {}
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
                worker, kind, value = answers.get()
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


class _Worker:
    """A process that is started when it is first given something.

    Parameters
    ----------
    work
        Pickled.
    answers
        Gets ``(worker, "done" | "raised" | "ended", value)`` for each item.
    """

    def __init__(
        self, work: bytes, answers: queue.SimpleQueue[tuple[_Worker, str, Any]]
    ) -> None:
        self._work, self._answers = work, answers
        self._process: subprocess.Popen[bytes] | None = None

    def give(self, item: Any) -> None:
        """Hand over an item; the answer comes by the queue."""
        if self._process is None:
            self._process = self._start()
        with suppress(OSError):  # It has ended: whoever listens to it tells.
            write_frame(self._process.stdin, bytes(ForkingPickler.dumps(item)))

    def stop(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close(process)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        with suppress(OSError):  # as above
            write_frame(process.stdin, self._work)
        return process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        while (frame := read_frame(process.stdout)) is not None:
            self._answers.put((self, *ForkingPickler.loads(frame)))
        code = process.wait()
        if self._process is process:  # nobody stopped it
            self._process = None
            _close(process)
            self._answers.put((self, "ended", _how(code)))


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):  # what was not handed over any more
                stream.close()


def _how(code: int) -> str:
    """Say how a process ended."""
    if code < 0:
        try:
            return f"signal {-code}, {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"
