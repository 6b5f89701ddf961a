"""How right the links of ``thresholds="precise"`` are, on documents held out.

    kgbuild vocab install
    python benchmarks/precise.py --shared ../shared

The development documents are split into five folds, the same for all corpora. For each
fold, the lowest threshold is chosen with which 95 % of the links of the other four are
right, and what it gives on the fold is counted. Beside it stands what the shipped
thresholds give on all of them. Mentions are gold, rules alone.
"""

from __future__ import annotations

import argparse
import logging
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np
from gold_links import (
    INSTALLED,
    RAT_NUMBERS,
    answers,
    development_ids,
    gold_documents,
    own_id,
    rat_numbers,
)
from normalization import CORPORA

from kgbuild.normalize import Normalizer
from kgbuild.normalize.thresholds import DEFAULT_THRESHOLD, THRESHOLDS

N_FOLDS = 5
WANTED = 0.95


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    dev = development_ids(options.shared)
    RAT_NUMBERS.update(rat_numbers(options.shared))
    normalizer = Normalizer.load(INSTALLED, index=None)
    rows: dict[str, list[tuple[int, float, bool]]] = defaultdict(list)
    for corpus, kinds in CORPORA.items():
        for document in gold_documents(options.shared, corpus):
            if own_id(document) not in dev:
                continue
            fold = zlib.crc32(own_id(document).encode()) % N_FOLDS
            for answer in answers(normalizer, document, corpus=corpus, kinds=kinds):
                score = answer.found.link_score or 0.0
                rows[answer.gold.type].append((fold, score, answer.right))
    print(
        "| type | mentions | right of links, held out | linked | thresholds | "
        "shipped: right | linked |\n|---|--:|--:|--:|---|--:|--:|"
    )
    for kind, given in rows.items():
        fold, score, right = (np.array(column) for column in zip(*given, strict=True))
        chosen = [
            _threshold(score[fold != k], right[fold != k]) for k in range(N_FOLDS)
        ]
        kept = score >= np.array(chosen)[fold]
        least = THRESHOLDS["precise"].get(kind, DEFAULT_THRESHOLD)
        ours = score >= least
        print(
            f"| {kind} | {len(given)} | {100 * right[kept].mean():.1f} | "
            f"{100 * kept.mean():.0f} | {min(chosen):.3f}–{max(chosen):.3f} | "
            f"{100 * right[ours].mean():.1f} | {100 * ours.mean():.0f} |"
        )


def _threshold(score: np.ndarray, right: np.ndarray) -> float:
    """Return the lowest threshold with which enough links are right."""
    for least in np.arange(DEFAULT_THRESHOLD, 1.0, 0.0025):
        linked = score >= least
        if linked.any() and right[linked].mean() >= WANTED:
            return float(least)
    return 1.0


if __name__ == "__main__":
    main()
