"""What is done about a worker that ended while it was working."""

from __future__ import annotations

from typing import Any

from kgbuild.errors import KgbuildError

#: Stands where there are no more items.
END = object()


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
