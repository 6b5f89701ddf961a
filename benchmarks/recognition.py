"""Strict span-and-type F1 of a tagger on the development part of every corpus.

    python benchmarks/recognition.py [--tagger FOLDER] [--corpora FOLDER] [--budget N]

Prints one Markdown table; in brackets the 95 % interval of the figure before it over
documents (bootstrap, 1,000 draws). The corpora are listed in ``recognition.toml``;
documents of the development split never train, and the official test parts are not
looked at. A name is unseen where no training part of any corpus of ``--trained-by`` has
it, of whatever type and in whatever case. Documents that share text with measured ones
are no part of the training, as for the weights that ship (their MODEL_CARD.md).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kgbuild.evaluation import PRF
from kgbuild.ner.corpora import (
    gold_mentions,
    held_out_documents,
    held_out_of,
    training_documents,
)
from kgbuild.ner.recipe import CorpusUse, Recipe, load_recipe
from kgbuild.ner.tagger import Tagger, load_tagger
from kgbuild.variants import VariantRecognizer

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from kgbuild.corpus.held_out import HeldOut
    from kgbuild.document import Document

#: What the columns measure: the output layer alone, with the threshold and agreement
#: within a document that the tagger ships with, with the grammar of variants, and this
#: on names that no training part has.
STEPS = ("raw", "tagger", "grammar", "unseen")
TRAINED_BY = Path(__file__).parents[1] / "pipelines/training/shipped.toml"


def names_of(recipe: Recipe, *, measured: HeldOut) -> set[str]:
    """Collect the names that a tagger has seen while it was trained."""
    return {
        folded(document.text[start:end])
        for use in recipe.corpora
        for document in training_documents(recipe, use, measured)
        for start, end, _ in gold_mentions(document, use.labels, nested=True)
    }


def folded(name: str) -> str:
    """Return a name without its case and its breaks of lines."""
    return " ".join(name.casefold().split())


def measure(
    tagger: Tagger, use: CorpusUse, documents: list[Document], *, seen: AbstractSet[str]
) -> dict[str, dict[str, list[PRF]]]:
    """Count strict spans of every document, per step, per type and for ``"all"``."""
    types = sorted(set(use.labels.values()))
    counts: dict[str, dict[str, list[PRF]]] = {
        step: {name: [] for name in (*types, "all")} for step in STEPS
    }
    threshold, consistent = tagger.threshold, tagger.consistent
    tagger.threshold, tagger.consistent = 0.0, False
    bare = [d.with_mentions(()) for d in documents]
    raw = list(tagger.stream(bare))
    tagger.threshold, tagger.consistent = threshold, consistent
    grammar = VariantRecognizer()
    for gold, found in zip(documents, raw, strict=True):
        ours = set(gold_mentions(gold, use.labels, nested=tagger.reader.nested))
        unseen = {x for x in ours if folded(gold.text[x[0] : x[1]]) not in seen}
        agreed = found.with_mentions(
            tagger.agree(found.text, list(found.mentions), use.task)
        )
        last = grammar(agreed) if "Variant" in types else agreed
        for step, document in zip(STEPS, (found, agreed, last, last), strict=True):
            wanted = unseen if step == "unseen" else ours
            theirs = {(m.start, m.end, m.type) for m in document.mentions}
            for name, rows in counts[step].items():
                rows.append(PRF())
                rows[-1].add(
                    {x for x in theirs if name in (x[2], "all")},
                    {x for x in wanted if name in (x[2], "all")},
                )
    return counts


def figures(rows: list[PRF]) -> dict[str, str]:
    """Return precision, recall and F1 of documents together, with their intervals."""
    counts = np.array([(r.right, r.predicted, r.gold) for r in rows])
    drawn = np.random.default_rng(0).integers(0, len(rows), (1000, len(rows)))
    sums = np.stack([counts.sum(axis=0), *(counts[pick].sum(axis=0) for pick in drawn)])
    right, predicted, gold = sums.T
    out = {}
    for name, (above, below) in {
        "precision": (right, predicted),
        "recall": (right, gold),
        "f1": (2 * right, predicted + gold),
    }.items():
        shares = 100 * above / np.maximum(1, below)
        low, high = np.percentile(shares[1:], [2.5, 97.5])
        out[name] = f"{shares[0]:.1f} [{low:.1f}, {high:.1f}]"
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tagger", default=None)
    parser.add_argument("--corpora", type=Path, default=None)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--only", default="", help="substring of the file's name")
    parser.add_argument("--trained-by", type=Path, default=TRAINED_BY)
    parser.add_argument(
        "--budget", type=int, default=0,
        help="tokens up to which sentences are read together; 0: the tagger's own",
    )  # fmt: skip
    arguments = parser.parse_args()
    recipe, trained_by = (
        load_recipe(file, corpora_folder=arguments.corpora)
        for file in (Path(__file__).with_suffix(".toml"), arguments.trained_by)
    )
    held_out = held_out_of(recipe)
    corpora = [
        (use, held_out_documents(recipe, use, held_out)) for use in recipe.evaluate
    ]
    seen = names_of(trained_by, measured=held_out)
    print(
        "| corpus | task | type | documents | gold | output layer F1 | precision | "
        "recall | F1 | F1 with the grammar | unseen | recall of unseen |"
    )
    print("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    started = time.process_time()
    for use, documents in corpora:
        if arguments.only not in use.file:
            continue
        tagger = load_tagger(arguments.tagger, backend=arguments.backend)
        if use.task not in tagger.reader.tasks:
            continue
        tagger.tasks = {use.task: tagger.reader.tasks[use.task]}
        tagger.budget = arguments.budget or tagger.budget
        counts = measure(tagger, use, documents, seen=seen)
        with_grammar = "Variant" in use.labels.values()
        names = list(counts["tagger"])
        for name in names[:-1] if len(names) == 2 else names:
            corpus = Path(use.file).name.split(".")[0].removesuffix("_TrainDev")
            of = {step: figures(rows[name]) for step, rows in counts.items()}
            gold, unseen = (
                sum(r.gold for r in counts[step][name]) for step in ("raw", "unseen")
            )
            shipped = of["tagger"]
            print(
                f"| {corpus} | {use.task} | {name} | {len(documents)} | {gold} | "
                f"{of['raw']['f1']} | {shipped['precision']} | {shipped['recall']} | "
                f"{shipped['f1']} | {of['grammar']['f1'] if with_grammar else ''} | "
                f"{unseen} | {of['unseen']['recall'] if unseen else ''} |",
                flush=True,
            )
    print(f"\n{time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
