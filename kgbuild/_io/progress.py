"""Progress bars that keep quiet where nobody looks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


def track(
    items: Iterable[T], *, description: str, total: int | None = None, unit: str = "doc"
) -> Iterator[T]:
    """Yield ``items`` and show a bar once it takes over two seconds.

    Quiet where standard error is not a terminal, except in a notebook.
    """
    from tqdm.auto import tqdm

    interactive = sys.stderr.isatty() or "ipykernel" in sys.modules
    yield from tqdm(
        items, desc=description, total=total, unit=unit, delay=2.0,
        disable=not interactive,
    )  # fmt: skip
