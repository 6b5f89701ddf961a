"""A worker process, and how it ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

from kgbuild.pipeline.executors.frames import read_frame, write_frame

if TYPE_CHECKING:
    import queue
    from collections.abc import Iterator

#: What a worker runs. No ``__main__`` of the caller is imported, as multiprocessing
#: would: a script needs no guard.
_PROGRAM = (
    "import sys; sys.path[:0] = {path!r}; "
    "from kgbuild.pipeline.executors.frames import serve; serve()"
)


class Worker:
    """A process that is started when it is first given something.

    Parameters
    ----------
    work
        Pickled.
    answers
        Gets ``(worker, "done" | "raised" | "ended", value)`` for each item.
    """

    def __init__(
        self, work: bytes, answers: queue.SimpleQueue[tuple[Worker, str, Any]]
    ) -> None:
        self._work, self._answers = work, answers
        self._process: subprocess.Popen[bytes] | None = None

    def give(self, item: Any) -> None:
        """Hand over an item; the answer comes by the queue."""
        frames = [bytes(ForkingPickler.dumps(item))]
        if self._process is None:
            with _no_interrupts():
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            frames.insert(0, self._work)
        # One that is stopped reads nothing: nobody else may wait for it.
        threading.Thread(
            target=self._ask, args=(self._process, frames), daemon=True
        ).start()

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

    def kill(self) -> None:
        """End a process that does not answer, and do not wait for that either."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _ask(self, process: subprocess.Popen[bytes], frames: list[bytes]) -> None:
        with suppress(OSError, ValueError):  # it has ended, or was stopped
            for frame in frames:
                write_frame(process.stdin, frame)
        answer = read_frame(process.stdout)
        if answer is not None:
            self._answers.put((self, *ForkingPickler.loads(answer)))
            return
        code = process.wait()
        _close(process)
        if self._process is process:  # nobody stopped it
            self._process = None
            self._answers.put((self, "ended", _how(code)))


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Keep Ctrl-C from what is started here, from its first instruction on.

    It goes to all processes of a terminal. One that is still importing would say so by
    a traceback; the mask of this thread is inherited, a handler is not there yet.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
