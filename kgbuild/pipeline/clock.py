"""Where the time of a run goes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

T = TypeVar("T")


class Clock:
    """Adds up seconds by name; one thing is going on at a time.

    Examples
    --------
    >>> clock = Clock()
    >>> with clock.during("read"):
    ...     clock.begin("parse")  # ends what went on
    >>> [*clock.seconds]
    ['read', 'parse']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name: str | None = None
        self._since = 0.0

    def begin(self, name: str) -> None:
        """End what goes on, and begin with something."""
        self.end()
        self._name, self._since = name, time.perf_counter()

    def end(self) -> None:
        """End what goes on, if anything does."""
        if self._name is not None:
            spent = time.perf_counter() - self._since
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + spent
            self._name = None

    @contextmanager
    def during(self, name: str) -> Iterator[None]:
        """Add up the time of a block."""
        self.begin(name)
        try:
            yield
        finally:
            self.end()

    def each(self, items: Iterable[T], name: str) -> Iterator[T]:
        """Yield items, and add up how long they are waited for."""
        source = iter(items)
        while True:
            self.begin(name)
            try:
                item = next(source)
            except StopIteration:
                return
            finally:
                self.end()
            yield item

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add what another clock has counted."""
        for name, spent in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def rounded(self) -> dict[str, float]:
        """Return the seconds as people read them."""
        return {name: round(spent, 2) for name, spent in self.seconds.items()}
