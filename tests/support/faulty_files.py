"""A layer under files that fails once: the disk is full, breaks, or the power goes.

Whatever is done to files under a folder is counted: opening for writing, each write,
closing, renaming, removing, making a folder. The one of a given number raises, or ends
the process as ``kill -9`` does. What is written past Python (SQLite) is not seen.
"""

from __future__ import annotations

import errno
import io
import os
import signal
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KILL = -1


class FaultyFiles:
    """Counts, and fails once.

    Parameters
    ----------
    folder
        Where.
    at
        Number of what fails, from 1; with 0 nothing does.
    error
        ``errno.ENOSPC``, ``errno.EIO``, …, or :data:`KILL`.
    """

    def __init__(
        self, folder: Path | str, *, at: int = 0, error: int = errno.ENOSPC
    ) -> None:
        self._folder, self._at, self._error = Path(folder).absolute(), at, error
        self.count = 0
        #: What failed.
        self.failed: str | None = None

    def step(self, what: str, path: Any) -> None:
        """Count something done to a path; fail if it is its turn."""
        if not Path(os.fsdecode(path)).absolute().is_relative_to(self._folder):
            return
        self.count += 1
        if self.count == self._at:
            self.failed = f"{what} {path}"
            if self._error == KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            # As the system does it: with the name of what is opened, not written.
            named = () if what in {"write", "close"} else (os.fspath(path),)
            raise OSError(self._error, os.strerror(self._error), *named)

    @contextmanager
    def installed(self) -> Iterator[FaultyFiles]:
        """Put the layer under this process."""
        real_open = io.open

        def opened(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
            stream = real_open(file, mode, *rest, **options)
            if isinstance(file, int) or not set(mode) & set("wax+"):
                return stream
            try:
                self.step("open", file)
            except OSError:
                stream.close()
                raise
            return _Written(stream, file, self.step)

        def counted(name: str) -> Callable[..., Any]:
            real = getattr(os, name)

            def call(path: Any, *rest: Any, **options: Any) -> Any:
                if not isinstance(path, int):
                    self.step(name, path)
                return real(path, *rest, **options)

            return call

        with ExitStack() as stack:
            stack.enter_context(mock.patch("io.open", opened))
            stack.enter_context(mock.patch("builtins.open", opened))
            for name in ("replace", "rename", "unlink", "remove", "mkdir", "rmdir"):
                stack.enter_context(mock.patch(f"os.{name}", counted(name)))
            yield self


class _Written:
    """A file that counts writes and its end."""

    def __init__(
        self, stream: Any, path: Any, step: Callable[[str, Any], None]
    ) -> None:
        self._stream, self._path, self._step = stream, path, step

    def write(self, data: Any) -> int:
        self._step("write", self._path)
        return int(self._stream.write(data))

    def close(self) -> None:
        if not self._stream.closed:
            try:
                self._step("close", self._path)
            finally:
                self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
