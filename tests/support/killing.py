"""The command line in a process of its own, killed while it writes."""

from __future__ import annotations

import os
import subprocess
import sys

_PROGRAM = """
import os, sys
from kgbuild.cli import main
from kgbuild.encoder import training
from kgbuild.ner import soft_labels

written = []

def killing(honest):
    def write(*given):
        honest(*given)
        written.append(1)
        if len(written) == int(os.environ["KILL_AT"]):
            # In the middle: the file beside it is whole, its name is not.
            os.kill(os.getpid(), 9)
    return write

training.torch.save = killing(training.torch.save)
soft_labels._write = killing(soft_labels._write)
sys.argv = ["kgbuild", *sys.argv[1:]]
main()
"""


def run_and_kill(*arguments: object, kill_at: int) -> int:
    """Run a command, killed at its n-th checkpoint or portion of soft labels."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *map(str, arguments)], capture_output=True,
        check=False,
        env={**os.environ, "KILL_AT": str(kill_at), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return done.returncode
