"""Strict span-and-type F1 of a tagger on the development part of every corpus.

    python benchmarks/recognition.py [--tagger FOLDER] [--corpora FOLDER]

Prints one Markdown table. The corpora are listed in ``recognition.toml``; documents of
the development split never train, and the official test parts are not looked at.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from kgbuild.document import Document, longest_first
from kgbuild.evaluation import PRF
from kgbuild.ner.dataset import corpus_label, held_out_documents
from kgbuild.ner.recipe import CorpusUse, load_recipe
from kgbuild.ner.tagger import Tagger, load_tagger


def measure(
    tagger: Tagger, use: CorpusUse, documents: list[Document]
) -> dict[str, PRF]:
    """Count strict spans per type, and ``"all"``, under the corpus' own task."""
    types = sorted(set(use.labels.values()))
    counts = {name: PRF() for name in (*types, "all")}
    bare = [d.with_mentions(()) for d in documents]
    for gold, found in zip(documents, tagger.stream(bare), strict=True):
        ours = {
            (m.start, m.end, use.labels[corpus_label(m)])
            for m in longest_first(
                m for m in gold.mentions if corpus_label(m) in use.labels
            )
        }
        theirs = {(m.start, m.end, m.type) for m in found.mentions}
        for name, row in counts.items():
            row.add(
                {x for x in theirs if name in (x[2], "all")},
                {x for x in ours if name in (x[2], "all")},
            )
    return counts


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
    held_out = frozenset(
        (recipe.corpora_folder / str(recipe.held_out)).read_text("utf-8").split()
    )
    print("| corpus | task | type | documents | gold | precision | recall | F1 |")
    print("|---|---|---|--:|--:|--:|--:|--:|")
    started = time.perf_counter()
    for use in recipe.evaluate:
        if arguments.only not in use.file:
            continue
        tagger = load_tagger(arguments.tagger, backend=arguments.backend)
        if use.task not in tagger.scheme.tasks:
            continue
        tagger.tasks = {use.task: tagger.scheme.tasks[use.task]}
        documents = held_out_documents(recipe, use, held_out)
        for name, row in measure(tagger, use, documents).items():
            corpus = Path(use.file).name.split(".")[0].removesuffix("_TrainDev")
            print(
                f"| {corpus} | {use.task} | {name} | {len(documents)} | {row.gold} | "
                f"{100 * row.precision:.1f} | {100 * row.recall:.1f} | "
                f"{100 * row.f1:.1f} |",
                flush=True,
            )
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
