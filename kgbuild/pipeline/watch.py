"""Documents that kill or stall their worker: noticed, found, and left out.

A worker watches itself. A timer that needs no Python to run ends it where a batch, or a
document alone, takes too long; a thread ends it where it holds too much memory; a crash
ends it anyway. One that the system has stopped can do none of this: so it gives a sign
of life whenever it begins with something, and where there is none for too long, whoever
gave it the shard ends it. The shard is then done again *with care*: one document at a
time, with a note of each document and stage before it begins, and of each document that
is done. The next end of a worker so tells which document it was.
"""

from __future__ import annotations

import faulthandler
import json
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Why a worker ended itself, in its notes.
MEMORY, TIRED = "memory", "tired"

#: What a worker may take for all that is no document: to load, to read, to write.
GRACE_S = 300.0

_LOOKS_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a worker may take.

    Attributes
    ----------
    seconds
        For a document.
    memory_mb
        For the whole process, in MB; 0 for four fifths of the machine's, shared among
        the workers.
    processes
        How many workers share it.
    """

    seconds: float = 300.0
    memory_mb: int = 0
    processes: int = 1

    @property
    def bytes(self) -> int:
        """The most that a worker may hold."""
        if self.memory_mb:
            return self.memory_mb * 2**20
        return machine_memory() * 4 // 5 // max(1, self.processes)

    @property
    def patience_s(self) -> float:
        """How long a worker may give no sign of life, in seconds."""
        return self.seconds + GRACE_S


class Notes:
    """What is known of a shard in trouble, in files that outlive the worker.

    Parameters
    ----------
    folder
        For files of this kind.
    place
        Of the shard.
    """

    def __init__(self, folder: Path, place: str) -> None:
        stem = folder / f"trouble-{place}"
        self.at, self.why, self.done, self.trace = (
            stem.with_name(f"{stem.name}.{kind}")
            for kind in ("at", "why", "done", "trace")
        )

    def now(self, digest: str, stage: str) -> None:
        """Note which document a stage begins with."""
        with write_atomically(self.at) as stream:
            stream.write(json.dumps([digest, stage]).encode())

    def add(self, entry: dict[str, Any]) -> None:
        """Add a line to what is done; one that is cut off does not count."""
        self.done.parent.mkdir(parents=True, exist_ok=True)
        with self.done.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield what :meth:`add` added."""
        try:
            lines = self.done.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:  # cut off
                continue

    def ended(self) -> tuple[str | None, list[str] | None]:
        """Return why a worker ended itself and where it was, and forget both.

        Returns
        -------
        tuple
            :data:`MEMORY`, :data:`TIRED`, ``"time"`` or ``None``; digest and stage, or
            ``None`` where it was not careful.
        """
        why = None
        if self.trace.exists() and self.trace.stat().st_size:
            why = "time"
        if self.why.exists():
            why = self.why.read_text("utf-8")
        try:
            at: list[str] | None = json.loads(self.at.read_text("utf-8"))
        except (OSError, ValueError):
            at = None
        for file in (self.at, self.why, self.trace):
            file.unlink(missing_ok=True)
        return why, at

    def sign(self) -> int | None:
        """Return something that changes as long as a worker gets on with the shard."""
        try:
            return self.trace.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def clear(self) -> None:
        """Forget everything."""
        for file in (self.at, self.why, self.done, self.trace):
            file.unlink(missing_ok=True)


class Watch:
    """Ends this process where a limit is passed, having noted why.

    Parameters
    ----------
    limits
        See :class:`Limits`.
    """

    def __init__(self, limits: Limits) -> None:
        import psutil

        self._limits, self._process = limits, psutil.Process()
        self._notes: Notes | None = None
        self._parent = os.getppid()
        self._base = self.memory()
        threading.Thread(target=self._look, daemon=True).start()

    def memory(self) -> int:
        """Return the bytes that this process holds."""
        return int(self._process.memory_info().rss)

    @property
    def age_s(self) -> float:
        """For how many seconds the process has been there."""
        return time.time() - float(self._process.create_time())

    @property
    def base(self) -> int:
        """Bytes that the process held when all was loaded."""
        return self._base

    def tired(self) -> bool:
        """Whether half of the room that there was for documents is taken."""
        return self.memory() > (self._base + self._limits.bytes) // 2

    @contextmanager
    def over(self, notes: Notes) -> Iterator[None]:
        """Watch while a shard is worked on."""
        self._notes = notes
        notes.trace.parent.mkdir(parents=True, exist_ok=True)
        with notes.trace.open("wb") as self._trace:
            try:
                yield
            finally:
                faulthandler.cancel_dump_traceback_later()
                self._notes = None
        notes.trace.unlink(missing_ok=True)

    def begin(self) -> None:
        """Begin with a batch or a document: from now on its time counts."""
        self._sign()
        faulthandler.dump_traceback_later(
            self._limits.seconds, exit=True, file=self._trace
        )

    def rest(self) -> None:
        """Begin with something that is no document."""
        faulthandler.cancel_dump_traceback_later()
        self._sign()

    def end(self, why: str) -> None:
        """End the process, having noted why."""
        if self._notes is not None:
            with write_atomically(self._notes.why) as stream:
                stream.write(why.encode())
            os._exit(1)

    def _sign(self) -> None:
        os.utime(self._trace.fileno())

    def _look(self) -> None:
        while True:
            time.sleep(_LOOKS_S)
            if os.getppid() != self._parent:  # nobody waits for this any more
                os._exit(1)
            if self._notes is not None and self.memory() > self._limits.bytes:
                self.end(MEMORY)


def machine_memory() -> int:
    """Return the bytes of memory that this machine, or its container, has."""
    import psutil

    total = int(psutil.virtual_memory().total)
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text("ascii"))
    except (OSError, ValueError):  # "max"
        return total
    return min(total, limit)
