"""CPU seconds that a run takes before its first document is given to a worker.

    python benchmarks/start_up.py [--times 5] [--also CHECKOUT]

That is Python, imports, settings, models, vocabularies and the look at the input, each
time in a process of its own; with another checkout, by turns with that. What is
compiled once a user, is compiled before.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
import os, sys, time
from kgbuild.pipeline import load_settings, run
def first(work, shards):
    next(iter(shards))
    print(time.process_time(), flush=True)
    os._exit(0)
run(load_settings("quickstart.toml", output=sys.argv[1]), executor=first)
"""


def main() -> None:
    """Print the median of each checkout, and each time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--also", type=Path)
    options = parser.parse_args()
    checkouts = [Path(__file__).resolve().parents[1]]
    checkouts += [] if options.also is None else [options.also.resolve()]
    found: dict[Path, list[float]] = {checkout: [] for checkout in checkouts}
    for number in range(options.times + 1):
        for checkout, times in found.items():
            spent = seconds(checkout)
            if number:  # the first time, files are compiled
                times.append(spent)
    for checkout, times in found.items():
        each = " ".join(f"{spent:.2f}" for spent in times)
        print(f"{statistics.median(times):.2f} CPU s  {checkout} ({each})")


def seconds(checkout: Path) -> float:
    """Begin with a run of a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(Path(folder) / "out")],
            env={**os.environ, "PYTHONPATH": str(checkout)}, cwd=folder,
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return float(done.stdout)


if __name__ == "__main__":
    main()
