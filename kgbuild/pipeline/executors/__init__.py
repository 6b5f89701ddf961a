"""Where the shards of a run are worked on; one module an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kgbuild.pipeline.executors.local import LocalExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Executor", "LocalExecutor"]


class Executor(Protocol):
    """Applies work to items, somewhere.

    ``work`` is pickled once for each worker and keeps what it loads, so that models are
    loaded once per process. Items are taken as workers come free, a bounded number
    ahead. Results come in any order. An exception stops everything and is raised.
    """

    def __call__(
        self, work: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[Any]:
        """Yield ``work(item)`` for each item."""
        ...
