"""Progress: a bar for people, a line a minute for logs."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

#: Says every minute how far a long job is, where no bar is shown. The command line
#: prints it; of the library it is quiet unless somebody listens.
progress_log = logging.getLogger("kgbuild.progress")

_EVERY_S = 60.0


def track(
    items: Iterable[T], *, description: str, total: int | None = None, unit: str = "doc"
) -> Iterator[T]:
    """Yield ``items`` and show a bar once it takes over two seconds.

    Where standard error is no terminal, and this no notebook, there is no bar:
    :data:`progress_log` says once a minute how far it is. ``kgbuild -q`` ends both.
    """
    if progress_log.disabled:
        yield from items
    elif sys.stderr.isatty() or "ipykernel" in sys.modules:
        from tqdm.auto import tqdm

        yield from tqdm(items, desc=description, total=total, unit=unit, delay=2.0)
    else:
        yield from _logged(items, description, total, unit)


def _logged(
    items: Iterable[T], description: str, total: int | None, unit: str
) -> Iterator[T]:
    started, number = time.monotonic(), 0
    ended = threading.Event()

    def tell() -> None:
        # Of its own: one item, or what is done with many, may take long.
        while not ended.wait(_EVERY_S):
            of = "" if total is None else f" of {total:,}"
            rate = number / (time.monotonic() - started)
            progress_log.info(
                "%s: %s%s %s, %.1f per second",
                description, f"{number:,}", of, f"{unit}s", rate,
            )  # fmt: skip

    threading.Thread(target=tell, name="progress", daemon=True).start()
    try:
        for item in items:
            yield item
            number += 1
    finally:
        ended.set()
