"""The annotator of a service: one thread, small batches, a queue that has an end."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from kgbuild.document import Document
from kgbuild.errors import KgbuildError
from kgbuild.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

#: Characters annotated together, unless one document alone has more.
_BATCH_CHARACTERS = 60_000


class BusyError(KgbuildError):
    """Too much waits already.

    Parameters
    ----------
    retry_after_s
        When to ask again, in whole seconds.
    """

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(
            f"The service has all the work it can take: ask again in {retry_after_s} s."
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the number, not from the message."""
        return (type(self), (self.retry_after_s,))


class AnnotatorError(KgbuildError):
    """The annotator broke down over a document."""


@dataclass(slots=True, eq=False)
class _Job:
    document: Document
    chain: Pipeline
    future: Future[Document] = field(default_factory=Future)
    alone: bool = False


class Engine:
    """Annotates what requests bring, some documents together, in one thread.

    While one batch is annotated, others' documents gather; the next batch is made of
    what is there, so nobody waits for a batch to fill. A batch that ends the thread (a
    stage that exits) is tried again document by document in a new thread; one that
    never ends is left behind, and a new thread goes on.

    Parameters
    ----------
    batch_size
        Most documents of a batch.
    waiting
        Most documents that wait.
    patience_s
        After so many seconds a batch counts as stuck.
    """

    def __init__(
        self, *, batch_size: int = 8, waiting: int = 256, patience_s: float = 120.0
    ) -> None:
        self.batch_size, self.waiting, self.patience_s = batch_size, waiting, patience_s
        self.replaced = 0
        self._queue: deque[_Job] = deque()
        self._ready = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._batch: list[_Job] = []
        self._since = 0.0
        #: Seconds that a document took lately.
        self._pace = 0.05

    def __len__(self) -> int:
        """Return the number of documents that wait."""
        with self._ready:
            self._forget()
            return len(self._queue)

    def submit(
        self, documents: Sequence[Document], chain: Pipeline
    ) -> list[Future[Document]]:
        """Queue documents, all or none of them.

        Raises
        ------
        BusyError
            So many wait already that these would be too many.
        """
        with self._ready:
            self._unstick()
            self._forget()
            full = len(self._queue) + len(documents) > self.waiting
            if self._stopping or (full and (self._queue or self._batch)):
                held = len(self._queue) + len(self._batch)
                raise BusyError(max(1, ceil(held * self._pace)))
            jobs = [_Job(document, chain) for document in documents]
            self._queue.extend(jobs)
            if self._thread is None:
                self._start()
            self._ready.notify()
        return [job.future for job in jobs]

    def stop(self, *, wait_s: float = 60.0) -> None:
        """Finish what waits, and end the thread."""
        with self._ready:
            self._stopping = True
            thread = self._thread
            self._ready.notify_all()
        if thread is not None:
            thread.join(wait_s)
        with self._ready:
            left, self._queue = self._queue, deque()
        for job in left:
            job.future.cancel()

    def _forget(self) -> None:
        """Drop what nobody waits for any more."""
        given_up = [job for job in self._queue if job.future.cancelled()]
        if given_up:
            left = (job for job in self._queue if not job.future.cancelled())
            self._queue = deque(left)

    def _start(self) -> None:
        self._thread = threading.Thread(
            target=self._live, name="kgbuild-annotator", daemon=True
        )
        self._thread.start()

    def _unstick(self) -> None:
        """Leave a thread behind that has been at one batch for too long."""
        if self._batch and time.monotonic() - self._since > self.patience_s:
            stuck, self._batch = self._batch, []
            for job in stuck:
                if not job.future.done():
                    job.future.set_exception(AnnotatorError(_STUCK))
            logger.error("annotator stuck, replaced")
            self.replaced += 1
            self._start()

    def _live(self) -> None:
        me = threading.current_thread()
        while jobs := self._take(me):
            try:
                self._annotate(jobs, me)
            except BaseException as error:  # noqa: BLE001 - it is passed on
                # Even SystemExit of a stage: who asked must hear of it.
                self._bury(jobs, error, me)
                if not isinstance(error, Exception):
                    return

    def _take(self, me: threading.Thread) -> list[_Job]:
        """Wait for jobs; those of one pipeline, oldest first."""
        with self._ready:
            while True:
                if self._thread is not me:
                    return []
                jobs = self._batch_of_queue()
                if jobs:
                    self._batch, self._since = jobs, time.monotonic()
                    return jobs
                if self._stopping:
                    return []
                self._ready.wait()

    def _batch_of_queue(self) -> list[_Job]:
        chosen: list[_Job] = []
        passed: list[_Job] = []
        characters = 0
        while self._queue and len(chosen) < self.batch_size:
            job = self._queue.popleft()
            first = chosen[0] if chosen else job
            size = len(job.document.text)
            if chosen and (
                job.chain is not first.chain
                or first.alone or job.alone
                or characters + size > _BATCH_CHARACTERS
            ):  # fmt: skip
                passed.append(job)
                if first.alone or len(passed) > self.batch_size:
                    break
                continue
            if job.future.set_running_or_notify_cancel():
                chosen.append(job)
                characters += size
        self._queue.extendleft(reversed(passed))
        return chosen

    def _annotate(self, jobs: list[_Job], me: threading.Thread) -> None:
        started = time.monotonic()
        documents = [job.document for job in jobs]
        done = list(jobs[0].chain(documents, batch_size=len(documents)))
        took = (time.monotonic() - started) / len(jobs)
        with self._ready:
            if self._thread is me:
                self._batch = []
                self._pace += 0.1 * (took - self._pace)
        for job, document in zip(jobs, done, strict=True):
            if not job.future.done():
                job.future.set_result(document)

    def _bury(
        self, jobs: list[_Job], error: BaseException, me: threading.Thread
    ) -> None:
        with self._ready:
            if self._thread is not me:
                return
            self._batch = []
            again = [j for j in jobs if len(jobs) > 1 and not j.future.done()]
            for job in again:
                waiting = _Job(job.document, job.chain, alone=True)
                _follow(waiting.future, job.future)
                self._queue.appendleft(waiting)
            logger.error("annotator died (%s), replaced", type(error).__name__)
            self.replaced += 1
            if not isinstance(error, Exception):
                self._start()
        if not again:
            reason = (
                f"The annotator broke down over this text ({type(error).__name__})."
            )
            jobs[0].future.set_exception(AnnotatorError(reason))


_STUCK = "The annotator took too long over this text and was replaced."


def _follow(leader: Future[Document], follower: Future[Document]) -> None:
    def pass_on(done: Future[Document]) -> None:
        if follower.done():
            return
        if done.cancelled():
            follower.set_exception(AnnotatorError(_STUCK))
        elif (error := done.exception()) is not None:
            follower.set_exception(error)
        else:
            follower.set_result(done.result())

    leader.add_done_callback(pass_on)
