"""Where the shards of a run are worked on; one module an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kgbuild.errors import one_of
from kgbuild.pipeline.executors.local import LocalExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["EXECUTORS", "Executor", "LocalExecutor", "make_executor"]

#: Names that settings know.
EXECUTORS = ("local", "ray")


class Executor(Protocol):
    """Applies work to items, somewhere.

    ``work`` is pickled once for each worker and keeps what it loads, so that models are
    loaded once per process. Items are taken as workers come free, a bounded number
    ahead. Results come in any order. An exception stops everything and is raised.

    Work may have more members, for workers that are processes of their own:

    ``started()``
        Called once in each.
    ``tired()``
        Whether a fresh one should take the place of this one, asked after each item.
    ``again(item, how)``
        What to do in place of an item whose worker ended, and how it ended. Without it
        that is an error.
    ``patience_s``, ``sign(item)``
        For how many seconds what ``sign`` returns may stay the same while a worker has
        the item; then the worker is ended. Asked where the items come from.
    """

    def __call__(
        self, work: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[Any]:
        """Yield ``work(item)`` for each item."""
        ...


def make_executor(name: str, *, processes: int) -> Executor:
    """Return an executor by its name.

    Raises
    ------
    ConfigError
        There is none of that name.
    MissingExtraError
        Its package is not installed.
    """
    one_of("executor", name, EXECUTORS)
    if name == "local":
        return LocalExecutor(processes)
    from kgbuild.pipeline.executors.ray import RayExecutor

    return RayExecutor(processes)
