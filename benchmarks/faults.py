"""Runs that are killed again and again, and what is left of them.

    python benchmarks/faults.py --work FOLDER [--points 200] [--kills 100]

A run of 3,000 documents, in two worker processes, is killed at random times, over and
over, until it has been killed so often. Then whatever writes files (a run, graphs and
their exports, a fetch) fails once at each of its writes, and is killed by ``kill -9``
at so many of them, drawn at random; see ``tests/support/fault_scenarios.py``. What is
done again must leave the bytes of what nobody disturbed; where it does not, the program
stops.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "support"))

if TYPE_CHECKING:
    from collections.abc import Iterator

TOML = """
input = "in.jsonl"
[annotation]
stages = ["sentences", "variants", "link"]
[graph]
exclude = []
[run]
shard_size = 100
processes = 2
"""


def main() -> None:
    """Print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.kills:
        told = killed_at_times(options.work / "times", kills=options.kills)
        print(json.dumps(told), flush=True)
    for told in disturbed(options.work / "points", points=options.points):
        print(json.dumps(told), flush=True)


def disturbed(work: Path, *, points: int | None) -> Iterator[dict[str, Any]]:
    """Fail, and kill, at the writes of everything that writes."""
    from fault_scenarios import SCENARIOS, failed_at_each, killed_at_each

    for name in SCENARIOS:
        for way, most in ((failed_at_each, None), (killed_at_each, points)):
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            done = way(name, work, points=most)
            yield {"what": name, "way": way.__name__, "points": done}


def killed_at_times(
    work: Path, *, kills: int, documents: int = 3_000, seed: int = 19
) -> dict[str, float]:
    """Kill a run at random times until it was killed so often."""
    expected = _prepared(work, documents=documents)
    draw, killed, finished, same = random.Random(seed), 0, 0, 0
    started = time.perf_counter()
    subprocess.run(_command(work), check=True, capture_output=True)
    whole = time.perf_counter() - started
    shutil.rmtree(work / "out")
    while killed < kills:
        process = subprocess.Popen(
            _command(work), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(timeout=draw.uniform(0.1, 1.1) * whole)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
            continue
        finished += 1
        same += _bytes(work / "out") == expected
        shutil.rmtree(work / "out")
    subprocess.run(_command(work), check=True, capture_output=True)
    same += _bytes(work / "out") == expected
    return {
        "kills": killed,
        "documents": documents,
        "runs_finished": finished + 1,
        "same": same,
    }


def _prepared(work: Path, *, documents: int) -> dict[str, bytes]:
    """Write corpus and settings; return what an undisturbed run leaves."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    draw = random.Random(7)
    genes, acids = ("BRAF", "TP53", "EGFR", "KRAS"), ("Gly", "Val", "Arg", "Ser")
    with (work / "in.jsonl").open("w", encoding="utf-8") as stream:
        for pmid in range(1, documents + 1):
            said = " and ".join(
                f"{draw.choice(genes)} p.{draw.choice(acids)}{draw.randint(1, 30)}Leu"
                for _ in range(3)
            )
            row = {"pmid": pmid, "title": f"Study {pmid}.", "abstract": f"{said}."}
            stream.write(json.dumps(row) + "\n")
    (work / "run.toml").write_text(TOML, "utf-8")
    subprocess.run(_command(work), check=True, capture_output=True)
    (work / "out").rename(work / "expected")
    return _bytes(work / "expected")


def _command(work: Path) -> list[str]:
    program = "from kgbuild.cli import main; main()"
    words = ["run", str(work / "run.toml"), "--output", str(work / "out")]
    return [sys.executable, "-c", program, *words]


def _bytes(folder: Path) -> dict[str, bytes]:
    kept = [*folder.glob("*/*.parquet"), folder / "graph.graphml",
            folder / "failed.jsonl"]  # fmt: skip
    return {str(p.relative_to(folder)): p.read_bytes() for p in kept}


if __name__ == "__main__":
    main()
