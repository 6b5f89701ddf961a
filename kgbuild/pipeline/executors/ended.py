"""What is done about a worker that ended, or is silent, while it was working."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kgbuild.errors import KgbuildError

if TYPE_CHECKING:
    from collections.abc import Collection

#: Stands where there are no more items.
END = object()

#: How often silent workers are looked for, in seconds.
LOOKS_S = 1.0


class WorkerEndedError(KgbuildError):
    """A worker process ended, and nothing that it worked on can be blamed."""


def do_again(work: Any, item: Any, how: str) -> Any:
    """Return what to do in place of an item whose worker ended.

    Raises
    ------
    WorkerEndedError
        The work does not say.
    """
    again = getattr(work, "again", None)
    if again is None:
        msg = f"A worker process ended ({how}) while it was working on {item!r:.80}."
        raise WorkerEndedError(msg)
    return again(item, how)


class Silence:
    """Tells which items got on no further for longer than the work has patience.

    Time counts while this process looks: not where it was stopped itself.

    Parameters
    ----------
    work
        See :class:`.Executor`.
    """

    def __init__(self, work: Any) -> None:
        self.patience_s: float | None = getattr(work, "patience_s", None)
        self._sign = getattr(work, "sign", lambda _: None)
        self._looked = time.monotonic()
        #: For each key, its last sign and for how long it has been the same.
        self._seen: dict[Any, tuple[Any, float]] = {}

    def look(self, items: Collection[tuple[Any, Any]]) -> list[Any]:
        """Return the keys, of keys and items that are worked on, of silent ones."""
        now = time.monotonic()
        passed = min(now - self._looked, 2 * LOOKS_S)
        self._looked = now
        seen = {}
        for key, item in items:
            sign = id(item), self._sign(item)
            last, silent_s = self._seen.get(key, (None, 0.0))
            seen[key] = sign, silent_s + passed if sign == last else 0.0
        self._seen = seen
        if self.patience_s is None:
            return []
        return [key for key, (_, silent) in seen.items() if silent > self.patience_s]

    @property
    def how(self) -> str:
        """How a worker ended that was silent."""
        return f"no sign of life for {self.patience_s:g} s"
