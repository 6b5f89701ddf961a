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


def one_ahead(
    function: Callable[[_Given], _Made], items: Iterable[_Given]
) -> Iterator[_Made]:
    """Call a function with each item on a thread, while the result before is used.

    Items are taken on the caller's thread, one more than there are results so far. What
    fails, an item or a call, is raised when all results before have been taken.

    Parameters
    ----------
    function
        Called with one item at a time.
    items
        Streamed.

    Yields
    ------
    object
        The results, in order.
    """
    source = iter(items)
    with ThreadPoolExecutor(1) as pool:
        begun: Future[_Made] | None = None
        while True:
            failure: Exception | None = None
            following: Future[_Made] | None = None
            try:
                following = pool.submit(function, next(source))
            except StopIteration:
                pass
            except Exception as error:  # noqa: BLE001 - raised in its turn
                failure = error
            if begun is not None:
                yield begun.result()
            if failure is not None:
                raise failure
            if following is None:
                return
            begun = following
