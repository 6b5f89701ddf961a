"""Two processes of one thread against one process of two, on the tagger that ships.

    python benchmarks/processes.py --corpus abstracts.jsonl.gz [--documents 240]

The two take turns, each in a run of its own over the same documents; the CPU seconds of
all processes together tell more than the clock on a machine that does other work.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from kgbuild.pipeline import ExecutionSettings, load_settings, run

WAYS = {"1 process x 2 threads": (1, 2), "2 processes x 1 thread": (2, 1)}


def main() -> None:
    """Print one row a way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--documents", type=int, default=240)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="kgbuild-processes-"))
    told: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(options.repeats):
        for way, (processes, threads) in WAYS.items():
            settings = load_settings(
                "quickstart.toml", input={"files": [options.corpus]}, output=work / "o"
            )
            settings = replace(
                settings,
                annotation=replace(settings.annotation, threads=threads),
                run=ExecutionSettings(
                    processes=processes, shard_size=20, limit=options.documents
                ),
            )
            before, started = _cpu(), time.perf_counter()
            run(settings)
            told[way].append((time.perf_counter() - started, _cpu() - before))
            shutil.rmtree(work / "o")
    print("| way | documents/s | CPU ms/document | runs |")
    print("|---|--:|--:|--:|")
    for way, runs in told.items():
        seconds, cpu = (statistics.median(each) for each in zip(*runs, strict=True))
        print(
            f"| {way} | {options.documents / seconds:.2f} | "
            f"{1000 * cpu / options.documents:.0f} | {len(runs)} |"
        )
    print(f"load {os.getloadavg()[0]:.0f} of {os.cpu_count()} cores")
    shutil.rmtree(work)


def _cpu() -> float:
    """Return the CPU seconds of this process and of its children that ended."""
    each = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(usage.ru_utime + usage.ru_stime for usage in each)


if __name__ == "__main__":
    main()
