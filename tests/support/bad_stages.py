"""Stages that leak, hang, crash and raise on documents that say so."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

    from kgbuild.document import Document


class Bad:
    """Does to its process what the text says."""

    name, version = "bad", "1"

    #: What was leaked, in every process its own.
    leaked: ClassVar[list[bytes]] = []

    def __call__(self, document: Document) -> Document:
        text = document.text
        if "segfault" in text:
            ctypes.string_at(0)
        if "exit" in text:
            os._exit(3)
        if "killed" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "stopped" in text:
            os.kill(os.getpid(), signal.SIGSTOP)
        if "raise" in text:
            reason = "as it was told to"
            raise ValueError(reason)
        if "hang" in text:
            while True:
                time.sleep(0.01)
        if "regex" in text:  # which lets no other thread run
            re.match(r"(a+)+$", "a" * 60 + "b")
        if "leak" in text:
            while True:
                self.leaked.append(os.urandom(2**20) * 64)
        if "drip" in text:
            self.leaked.append(os.urandom(2**20) * 30)
        return document


class Behind(Bad):
    """Comes after; asks for nothing."""

    name = "behind"

    def __call__(self, document: Document) -> Document:
        return document


class Ends:
    """Work that ends its process."""

    def __call__(self, item: int) -> int:
        os._exit(item)


class Stops:
    """Work whose process is stopped by the system, but for what is done again.

    It gives signs of life until then, however long the process takes to start.
    """

    patience_s = 2

    def __init__(self, folder: Path) -> None:
        self._stopped = folder / "stopped"

    def __call__(self, item: int) -> int:
        if item > 0:
            self._stopped.touch()
            os.kill(os.getpid(), signal.SIGSTOP)
        return item

    def sign(self, item: int) -> float | None:
        return None if item > 0 and self._stopped.exists() else time.monotonic()

    def again(self, item: int, how: str) -> int:
        if how != "no sign of life for 2 s":
            raise ValueError(how)
        return -item


class Squares:
    """Work that is well, but for eleven."""

    def __call__(self, item: int) -> int:
        print("to standard output")  # noqa: T201
        if item == 11:
            reason = "eleven"
            raise KeyError(reason)
        return item * item
