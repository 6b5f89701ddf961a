"""One process at a time in a folder."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator


#: The lock of a folder of tables.
LOCK_FILE = ".kgbuild.lock"


@contextmanager
def alone(lock: Path | str, *, at: Path | str, wait_s: float = 0.0) -> Iterator[None]:
    """Hold a lock; the system lets go of it with the process.

    Parameters
    ----------
    lock
        File to make. Within one process it may be taken again.
    at
        What is written while it is held, for the error.
    wait_s
        How long to wait for another process, in seconds.

    Raises
    ------
    ConfigError
        Another process holds it.
    """
    from filelock import FileLock, Timeout

    lock = Path(lock)
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(lock.resolve(), is_singleton=True, thread_local=False)
    try:
        held.acquire(timeout=wait_s)
    except Timeout as error:
        msg = (
            f"Another process of kgbuild is writing to {at}: wait for it, or name "
            "another place."
        )
        raise ConfigError(msg) from error
    try:
        yield
    finally:
        held.release()
