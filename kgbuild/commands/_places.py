"""Callbacks for every option that names a place to write to."""

from __future__ import annotations

import sys
from pathlib import Path

from kgbuild._io.files import check_writable
from kgbuild._io.streams import STDOUT, descriptor, is_stream
from kgbuild.errors import ConfigError


def written_file(path: Path | None) -> Path | None:
    """Check a file before the work; where standard output is one, it is data alone.

    Raises
    ------
    InputError
        It cannot be written.
    """
    if path is not None:
        check_writable(path)
        if descriptor(path, writing=True) == STDOUT:
            sys.stdout = sys.stderr  # where all messages go then
    return path


def written_folder(path: Path | None) -> Path | None:
    """Check a folder before the work.

    Raises
    ------
    ConfigError
        It is something else.
    InputError
        It cannot be written.
    """
    if path is not None:
        if is_stream(path, writing=True) or path.is_file():
            msg = f"A folder to write is expected, and {path} is none: name another."
            raise ConfigError(msg)
        check_writable(path)
    return path
