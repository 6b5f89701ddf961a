"""The command line in this process: what a process would print, without its start."""

from __future__ import annotations

import io
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess
from unittest import mock

from kgbuild import cli


def kgbuild(*words: object) -> CompletedProcess[str]:
    """Run ``kgbuild`` with these words; signals and pipes need a process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    code: object = 0
    arguments = list(map(str, words))
    with (
        mock.patch.object(sys, "argv", ["kgbuild", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("default")
        try:
            cli.main()
        except SystemExit as end:
            code = end.code
    said = []
    for stream in (out, err):
        stream.flush()
        said.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    assert isinstance(code, int)
    return CompletedProcess(arguments, code, *said)
