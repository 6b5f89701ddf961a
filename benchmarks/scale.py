"""How time, memory and disk grow with the number of abstracts.

    python benchmarks/scale.py --shared ../shared --work FOLDER --sizes 10000 5000000

The abstracts are made as in ``benchmarks/graph.py``: structure of real ones, concepts
drawn as often as the gold corpora name them. For each number of them a graph is put
together on disk (``[graph] on_disk = true``) and, up to ``--memory-up-to``, in memory,
each in a process of its own. The digest is of all columns of all associations, also
evidence and q values: it is the same where the graphs are. ``disk`` is the most that
the counts took on the way, ``graph`` what is left.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from graph import make_corpus


def main() -> None:
    """Print one row a way and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+",
                        default=[10_000, 100_000, 1_000_000])  # fmt: skip
    parser.add_argument("--memory-up-to", type=int, default=1_000_000)
    parser.add_argument("--min-documents", type=int, default=3)
    parser.add_argument("--run", nargs=2, metavar=("WAY", "FOLDER"))
    options = parser.parse_args()
    if options.run:
        way, folder = options.run
        print(json.dumps(measure(way, Path(folder), options.min_documents)))
        return
    print(
        "| abstracts | way | mentions | associations | seconds | CPU s | peak GB | "
        "disk GB | graph GB | load | digest |"
    )
    print("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|---|")
    for size in options.sizes:
        folder = options.work / str(size)
        if not (folder / "documents.parquet").exists():
            make_corpus(options.shared, folder, size)
        ways = ["disk", "memory"] if size <= options.memory_up_to else ["disk"]
        for way in ways:
            print(row(size, way, folder, options.min_documents), flush=True)


def row(size: int, way: str, folder: Path, min_documents: int) -> str:
    """Measure in a process of its own; return the row of the table."""
    command = [
        sys.executable, __file__, "--work", str(folder.parent),
        "--min-documents", str(min_documents), "--run", way, str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["killed"])[-1]
        return f"| {size:,} | {way} | did not finish: {reason} | | | | | | | | |"
    told = json.loads(done.stdout)
    return (
        f"| {size:,} | {way} | {told['mentions']:,} | {told['associations']:,} | "
        f"{told['seconds']:.0f} | {told['cpu']:.0f} | {told['peak'] / 1e9:.2f} | "
        f"{told['disk'] / 1e9:.2f} | {told['graph'] / 1e9:.2f} | {told['load']:.0f} | "
        f"{told['digest']} |"
    )


def measure(way: str, folder: Path, min_documents: int) -> dict:
    """Build one graph here."""
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    from kgbuild.graph import build_graph
    from kgbuild.graph.on_disk import build_graph_on_disk

    output = folder / f"graph-{way}"
    shutil.rmtree(output, ignore_errors=True)
    disk = _Disk(output / ".counts~")
    started, worked = time.perf_counter(), time.process_time()
    if way == "disk":
        counts = build_graph_on_disk(folder, output, min_documents=min_documents)
    else:
        graph = build_graph(folder, min_documents=min_documents)
        graph.save(output)
        counts = {**graph.counts, "associations": len(graph)}
    told = {
        "mentions": counts["mentions"],
        "associations": counts["associations"],
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - worked,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "disk": disk.most(),
        "load": os.getloadavg()[0],
    }
    told["graph"] = sum(f.stat().st_size for f in output.rglob("*") if f.is_file())
    told["digest"] = digest(output / "associations")
    return told


class _Disk:
    """Looks how much a folder holds."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._most, self._done = folder, 0, False
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def most(self) -> int:
        """Return the most that was seen, in bytes."""
        self._done = True
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._done:
            total = 0
            for file in self._folder.rglob("*"):
                try:
                    total += file.stat().st_size
                except OSError:  # gone meanwhile
                    continue
            self._most = max(self._most, total)
            time.sleep(0.5)


def digest(folder: Path) -> str:
    """Return a digest of the rows of a table, whatever its parts."""
    import polars as pl

    total = 0
    for file in sorted(folder.glob("*.parquet")):
        frame = pl.read_parquet(file).with_columns(pl.col(pl.Categorical).cast(str))
        for part in frame.iter_slices(200_000):
            hashes = part.with_columns(
                pl.col(name).list.eval(pl.element().struct.json_encode()).list.join(",")
                for name, kind in part.schema.items()
                if isinstance(kind, pl.List) and isinstance(kind.inner, pl.Struct)
            ).hash_rows(seed=1)
            total = (total + int(hashes.cast(pl.UInt128).sum())) % 2**64
    return f"{total:016x}"


if __name__ == "__main__":
    main()
