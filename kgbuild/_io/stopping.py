"""Signals that stop a program by an exception, and are not lost on the way.

An exception that a handler raises while a destructor, or a callback of the garbage
collector, happens to run goes no further: Python prints "Exception ignored in …" and
the program goes on as if nobody had asked it to stop.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Until the signal is sent again: a destructor is over by then.
_AGAIN_S = 0.02


@contextmanager
def stopped_by(
    numbers: Iterable[int],
    error: Callable[[int], BaseException],
    *,
    second: signal.Handlers = signal.SIG_DFL,
) -> Iterator[None]:
    """Raise an exception in the main thread where one of these signals comes.

    Parameters
    ----------
    numbers
        Of signals. Those that are ignored now (as under nohup) stay so.
    error
        Makes the exception to raise of a signal's number.
    second
        What the signal does when it comes again: by default it ends the process at
        once.
    """
    pending: list[int] = []

    def stop(number: int, _: object) -> None:
        signal.signal(number, second)
        pending.append(number)
        raise error(number)

    def unraisable(lost: sys.UnraisableHookArgs) -> None:
        if not (pending and lost.exc_type is type(error(pending[-1]))):
            hook(lost)
            return
        number = pending.pop()
        signal.signal(number, stop)
        again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number))
        again.daemon = True
        again.start()

    before = {
        number: signal.signal(number, stop)
        for number in numbers
        if signal.getsignal(number) != signal.SIG_IGN
    }
    hook, sys.unraisablehook = sys.unraisablehook, unraisable
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
