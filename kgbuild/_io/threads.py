"""Work on several things at the same time, and hand them on in their order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def in_order(
    function: Callable[[_Given], _Made],
    items: Iterable[_Given],
    *,
    workers: int,
    ahead: int,
) -> Iterator[_Made]:
    """Call a function with each item, on threads; yield the results in order.

    Parameters
    ----------
    function
        Lets go of Python's lock, or threads gain nothing.
    items
        Streamed.
    workers
        Threads; 1: none but the caller's.
    ahead
        How many items may be begun before the first of their results is taken.
    """
    if workers == 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(workers)
    waiting: deque[Future[_Made]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > max(ahead, workers):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
