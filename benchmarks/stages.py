"""CPU time that each stage takes, and what all others add to the tagger.

    python benchmarks/stages.py ABSTRACTS.jsonl [--documents 600] [--times 3]
        [--also CHECKOUT]

The default pipeline, on one thread, with the vocabularies that are installed; what is
loaded or compiled at first use is counted. Each time is a process of its own, by turns
with that of another checkout; the least of each stage counts, for other work on the
machine makes them longer only. Whether all found the same is said.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import hashlib, json, sys, time
from itertools import islice
from kgbuild.corpus import read
from kgbuild.pipeline import AnnotationSettings
from kgbuild.pipeline.builtin import make_pipeline
pipeline = make_pipeline(AnnotationSettings(threads=1))
documents = list(islice(read(sys.argv[1]), int(sys.argv[2])))
spent = {}
for stage in pipeline.stages:
    before = time.process_time()
    documents = [stage(document) for document in documents]
    spent[stage.name] = 1000 * (time.process_time() - before) / len(documents)
found = hashlib.sha256("".join(d.to_json() for d in documents).encode()).hexdigest()
print(json.dumps([spent, found]))
"""


def main() -> None:
    """Print a line for each stage, and one for all but the tagger."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("abstracts", type=Path)
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--also", type=Path)
    options = parser.parse_args()
    checkouts = [Path(__file__).resolve().parents[1]]
    checkouts += [] if options.also is None else [options.also.resolve()]
    least: dict[Path, dict[str, float]] = {checkout: {} for checkout in checkouts}
    results = set()
    for _ in range(options.times):
        for checkout, known in least.items():
            spent, found = measured(checkout, options.abstracts, options.documents)
            results.add(found)
            known |= {s: min(ms, known.get(s, ms)) for s, ms in spent.items()}
    for checkout, known in least.items():
        print(f"{checkout}: CPU ms/document")
        for stage, milliseconds in known.items():
            print(f"  {milliseconds:8.2f}  {stage}")
        tagger = known.pop("recognize")
        print(f"  all but recognize take {sum(known.values()) / tagger:.1%} of it")
    print("the same found" if len(results) == 1 else "different things found")


def measured(
    checkout: Path, abstracts: Path, documents: int
) -> tuple[dict[str, float], str]:
    """Annotate by a checkout; return milliseconds by stage, and what tells results."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(abstracts.resolve()), str(documents)],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    spent, found = json.loads(done.stdout)
    return spent, found


if __name__ == "__main__":
    main()
