"""Runs that are killed again and again, and what is left of them.

    python benchmarks/faults.py --work FOLDER [--points 100] [--kills 100]

First a run of 60 documents is killed by ``kill -9`` at points drawn at random among all
that it does to files, once a point, and started again. Then one of 3,000 documents, in
two worker processes, is killed at random times, over and over, until it has been killed
so often. Both must leave the bytes of a run that nobody disturbed.
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

SUPPORT = Path(__file__).resolve().parents[1] / "tests" / "support"
TOML = """
input = "in.jsonl"
[annotation]
stages = ["sentences", "variants", "link"]
[graph]
exclude = []
[run]
shard_size = {shard_size}
processes = {processes}
"""


def main() -> None:
    """Print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--kills", type=int, default=100)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    told = killed_while_writing(options.work / "points", points=options.points)
    print(json.dumps(told), flush=True)
    told = killed_at_times(options.work / "times", kills=options.kills)
    print(json.dumps(told), flush=True)


def killed_while_writing(
    work: Path, *, points: int, documents: int = 60, seed: int = 19
) -> dict[str, float]:
    """Kill a run once at each of some points, and start it again."""
    expected = _prepared(work, documents=documents, shard_size=16, processes=0)
    number = json.loads(_counted(work))
    draw, same = random.Random(seed), 0
    chosen = draw.sample(range(1, number + 1), min(points, number))
    for at in chosen:
        shutil.rmtree(work / "out", ignore_errors=True)
        done = subprocess.run(_faulty(work, at), capture_output=True, check=False)
        if done.returncode != -signal.SIGKILL:
            raise RuntimeError(done.stderr.decode())
        subprocess.run(_command(work), check=True, capture_output=True)
        same += _bytes(work / "out") == expected
    return {"points": len(chosen), "of": number, "same": same}


def killed_at_times(
    work: Path, *, kills: int, documents: int = 3_000, seed: int = 19
) -> dict[str, float]:
    """Kill a run at random times until it was killed so often."""
    expected = _prepared(work, documents=documents, shard_size=100, processes=2)
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
    return {"kills": killed, "runs_finished": finished + 1, "same": same}


def _prepared(
    work: Path, *, documents: int, shard_size: int, processes: int
) -> dict[str, bytes]:
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
    text = TOML.format(shard_size=shard_size, processes=processes)
    (work / "run.toml").write_text(text, "utf-8")
    subprocess.run(_command(work), check=True, capture_output=True)
    (work / "out").rename(work / "expected")
    return _bytes(work / "expected")


def _command(work: Path) -> list[str]:
    program = "from kgbuild.cli import main; main()"
    return [sys.executable, "-c", program, *_words(work)]


def _words(work: Path) -> list[str]:
    return ["run", str(work / "run.toml"), "--output", str(work / "out")]


def _faulty(work: Path, at: int) -> list[str]:
    faulty = str(SUPPORT / "faulty_files.py")
    return [sys.executable, faulty, str(work / "out"), str(at), *_words(work)]


def _counted(work: Path) -> str:
    """Count what a run does to files."""
    program = (
        f"import sys; sys.path.insert(0, {str(SUPPORT)!r}); sys.argv = ['kgbuild', "
        f"*{_words(work)!r}]\n"
        "from kgbuild import cli; from faulty_files import FaultyFiles\n"
        f"layer = FaultyFiles({str(work / 'out')!r})\n"
        "try:\n    with layer.installed(): cli.main()\n"
        "except SystemExit: print('\\n', layer.count)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    shutil.rmtree(work / "out")
    return done.stdout.split()[-1]


def _bytes(folder: Path) -> dict[str, bytes]:
    kept = [*folder.glob("*/*.parquet"), folder / "graph.graphml",
            folder / "failed.jsonl"]  # fmt: skip
    return {str(p.relative_to(folder)): p.read_bytes() for p in kept}


if __name__ == "__main__":
    main()
