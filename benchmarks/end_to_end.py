"""From text to concept pairs, on BioRED's development documents.

    python benchmarks/end_to_end.py --shared ../shared --work /tmp/normalization

The documents are given as text alone to the stages of a run (tagger, variants,
normalization); what comes out is compared with the gold spans, identifiers, concepts
of a document, and pairs of concepts, which become a graph's edges. ``--work`` is the
folder of ``benchmarks/normalization.py``, which compiles the vocabularies:

- ``starter``: what ships;
- ``official``: those compiled from the official files;
- ``+ training names``: and what annotators of training documents called what.
"""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import kgbuild as kg
from kgbuild.errors import ResourceMissingError
from kgbuild.evaluation import evaluate

if TYPE_CHECKING:
    from kgbuild.evaluation import PRF


def percent(counts: PRF) -> str:
    """Return precision, recall and F1 in per cent."""
    return " / ".join(
        f"{100 * x:.1f}" for x in (counts.precision, counts.recall, counts.f1)
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tagger", default=None)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    corpora = options.shared / "corpora"
    dev = frozenset((corpora / "dev_pmids.txt").read_text("utf-8").split())
    gold = [
        document
        for document in kg.read(corpora / "pubtator/BioRED_TrainDev.PubTator.gz")
        if document.id in dev
    ]
    bare = [document.with_mentions(()) for document in gold]
    base, observed = options.work / "base", options.work / "observed"
    if not base.is_dir() or not observed.is_dir():
        msg = (
            f"{options.work} has no compiled vocabularies: run benchmarks/"
            "normalization.py with the same --work first."
        )
        raise ResourceMissingError(msg)
    settings = {
        "starter": None,
        "official": (base,),
        "+ training names": (base, observed),
    }
    spans = {}
    print(
        "| vocabulary | ids right of right spans | linked | concepts P / R / F1 | "
        "concept pairs P / R / F1 |\n|---|--:|--:|--:|--:|"
    )
    started = time.perf_counter()
    for name, vocabulary in settings.items():
        found = list(kg.annotate(bare, tagger=options.tagger, vocabulary=vocabulary))
        result = evaluate(gold, found)
        spans = result.spans
        ids = result.identifiers["all"]
        print(
            f"| {name} | {100 * ids.right / ids.gold:.1f} | "
            f"{100 * ids.predicted / ids.gold:.1f} | "
            f"{percent(result.concepts['all'])} | {percent(result.concept_pairs)} |",
            flush=True,
        )
    print("\n| spans | gold | P / R / F1 |\n|---|--:|--:|")
    for name, counts in spans.items():
        print(f"| {name} | {counts.gold} | {percent(counts)} |")
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
