"""A signal stops a program wherever it comes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

#: The signal comes while a destructor runs, where an exception goes no further.
PROGRAM = """
import os, signal, time
from kgbuild._io.stopping import stopped_by

class Slow:
    def __del__(self):
        os.kill(os.getpid(), {number})
        time.sleep(0.01)

def stop(number):
    return SystemExit(128 + number)

with stopped_by([{number}], stop, second=signal.{second}):
    try:
        thing = Slow()
        del thing
        time.sleep({rest})
        print("nobody stopped it")
    finally:
        print("in order")
"""


@pytest.mark.parametrize("second", ["SIG_DFL", "SIG_IGN"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_a_destructor_is_not_lost(number: int, second: str) -> None:
    program = PROGRAM.format(number=int(number), second=second, rest=30)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=25,
        check=False,
    )  # fmt: skip
    assert done.returncode == 128 + number
    assert done.stdout == "in order\n"
    assert done.stderr == ""
