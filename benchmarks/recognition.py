"""Strict span-and-type F1 of a tagger on the development part of every corpus.

    python benchmarks/recognition.py [--tagger FOLDER] [--corpora FOLDER]

Prints one Markdown table; in brackets the 95 % interval of the last F1 over documents
(bootstrap, 1,000 draws). The corpora are listed in ``recognition.toml``; documents of
the development split never train, and the official test parts are not looked at.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kgbuild.evaluation import PRF
from kgbuild.ner.corpora import gold_mentions, held_out_documents, held_out_ids
from kgbuild.ner.recipe import CorpusUse, load_recipe
from kgbuild.ner.tagger import Tagger, load_tagger
from kgbuild.variants import VariantRecognizer

if TYPE_CHECKING:
    from kgbuild.document import Document

#: What the columns measure: the output layer alone, with the threshold and agreement
#: within a document that the tagger ships with, and with the grammar of variants.
STEPS = ("raw", "tagger", "grammar")


def measure(
    tagger: Tagger, use: CorpusUse, documents: list[Document]
) -> tuple[dict[str, dict[str, PRF]], dict[str, list[PRF]]]:
    """Count strict spans per step, per type and ``"all"``, under the use's task.

    The second result has the last step's counts of every document.
    """
    types = sorted(set(use.labels.values()))
    counts = {step: {name: PRF() for name in (*types, "all")} for step in STEPS}
    each: dict[str, list[PRF]] = {name: [] for name in (*types, "all")}
    threshold, consistent = tagger.threshold, tagger.consistent
    tagger.threshold, tagger.consistent = 0.0, False
    bare = [d.with_mentions(()) for d in documents]
    raw = list(tagger.stream(bare))
    tagger.threshold, tagger.consistent = threshold, consistent
    grammar = VariantRecognizer()
    for gold, found in zip(documents, raw, strict=True):
        ours = set(gold_mentions(gold, use.labels, nested=tagger.reader.nested))
        agreed = found.with_mentions(
            tagger.agree(found.text, list(found.mentions), use.task)
        )
        steps = {"raw": found, "tagger": agreed, "grammar": agreed}
        if "Variant" in types:
            steps["grammar"] = grammar(agreed)
        for step, document in steps.items():
            theirs = {(m.start, m.end, m.type) for m in document.mentions}
            for name, row in counts[step].items():
                pair = (
                    {x for x in theirs if name in (x[2], "all")},
                    {x for x in ours if name in (x[2], "all")},
                )
                row.add(*pair)
                if step == STEPS[-1]:
                    each[name].append(PRF())
                    each[name][-1].add(*pair)
    return counts, each


def interval(rows: list[PRF]) -> str:
    """Return the 95 % interval of the F1 over documents drawn again and again."""
    counts = np.array([(r.right, r.predicted + r.gold) for r in rows])
    drawn = np.random.default_rng(0).integers(0, len(rows), (1000, len(rows)))
    sums = np.array([counts[pick].sum(axis=0) for pick in drawn])
    low, high = np.percentile(200 * sums[:, 0] / np.maximum(1, sums[:, 1]), [2.5, 97.5])
    return f"[{low:.1f}, {high:.1f}]"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tagger", default=None)
    parser.add_argument("--corpora", type=Path, default=None)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--only", default="", help="substring of the file's name")
    arguments = parser.parse_args()
    recipe = load_recipe(
        Path(__file__).with_suffix(".toml"), corpora_folder=arguments.corpora
    )
    held_out = held_out_ids(recipe)
    print(
        "| corpus | task | type | documents | gold | output layer F1 | precision | "
        "recall | F1 | F1 with the grammar | 95 % |"
    )
    print("|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|")
    started = time.perf_counter()
    for use in recipe.evaluate:
        if arguments.only not in use.file:
            continue
        tagger = load_tagger(arguments.tagger, backend=arguments.backend)
        if use.task not in tagger.reader.tasks:
            continue
        tagger.tasks = {use.task: tagger.reader.tasks[use.task]}
        documents = held_out_documents(recipe, use, held_out)
        counts, each = measure(tagger, use, documents)
        with_grammar = "Variant" in use.labels.values()
        for name, row in counts["tagger"].items():
            if name == "all" and len(counts["tagger"]) == 2:
                continue
            corpus = Path(use.file).name.split(".")[0].removesuffix("_TrainDev")
            union = f"{100 * counts['grammar'][name].f1:.1f}" if with_grammar else ""
            print(
                f"| {corpus} | {use.task} | {name} | {len(documents)} | {row.gold} | "
                f"{100 * counts['raw'][name].f1:.1f} | {100 * row.precision:.1f} | "
                f"{100 * row.recall:.1f} | {100 * row.f1:.1f} | {union} | "
                f"{interval(each[name])} |",
                flush=True,
            )
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
