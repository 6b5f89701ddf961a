"""Reading comprehension beside softmax and CRF: same encoder, data and tokens seen.

    python benchmarks/reading.py OUTPUT [--encoder FOLDER] [--corpora FOLDER]
        [--tasks NCBI BC2GM …] [--ways softmax mrc …] [--seeds 1 2 3] [--tokens 400000]

Trains one tagger a task of ``benchmarks/reading.toml``, way and seed; killed and begun
again, it goes on. A query makes a text longer, and a type more is a text more, so the
ways without queries see their texts oftener, until all have seen as many tokens. What
is "transferred" starts from the reading tagger of another corpus, same seed, which has
to be trained here as well. Prints the F1 of strict spans of the output layer (int8, no
threshold, no agreement) on the held-out documents, with its 95 % interval over
documents; then of each task the means of the seeds and their differences from the first
way (bootstrap, 1,000 draws, the same documents for both).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kgbuild.encoder.backbone import load_encoder
from kgbuild.evaluation import PRF
from kgbuild.ner.corpora import (
    gold_mentions,
    held_out_documents,
    held_out_of,
    training_documents,
    written_names,
)
from kgbuild.ner.export import export
from kgbuild.ner.frameworks import framework_of
from kgbuild.ner.recipe import Recipe, load_recipe
from kgbuild.ner.tagger import load_tagger
from kgbuild.ner.training import train
from kgbuild.ner.windows import units_for

if TYPE_CHECKING:
    from kgbuild.document import Document
    from kgbuild.ner.recipe import CorpusUse

#: Way → framework and its table ``[model]``.
WAYS = {
    "softmax": ("aio", {"head": "softmax"}),
    "crf": ("aio", {"head": "crf"}),
    "mrc": ("mrc", {"query": "examples", "end_sees_start": True}),
    "mrc, ends alone": ("mrc", {"query": "examples", "end_sees_start": False}),
    "mrc, simple query": ("mrc", {"query": "simple", "end_sees_start": True}),
    "mrc, no query": ("mrc", {"query": "none", "end_sees_start": True}),
}
#: As "mrc", from a tagger that is trained already.
TRANSFERRED = "mrc, transferred"
WAYS[TRANSFERRED] = WAYS["mrc"]
#: Where it starts: the tagger "mrc" of another corpus of the type.
TRANSFERRED_FROM = {"NCBI": "CDRDisease", "CDRDisease": "NCBI"}
#: A query is needed to tell one type from another.
NEED_ONE_TYPE = {"mrc, no query"}
RECIPE = Path(__file__).with_suffix(".toml")


def recipe_of(
    task: str, way: str, seed: int, whole: Recipe, arguments: argparse.Namespace
) -> Recipe:
    """Return the recipe of one task, way and seed."""
    framework, model = WAYS[way]
    return replace(
        whole, name=f"{way} {seed}", framework=framework, model=model,
        encoder=arguments.encoder, tasks={task: whole.tasks[task]},
        corpora=tuple(u for u in whole.corpora if u.task == task),
        evaluate=tuple(u for u in whole.evaluate if u.task == task),
        training=replace(
            whole.training, seed=seed, epochs=1,
            learning_rate=arguments.learning_rate, threads=1,
            checkpoint_every=25, tokens_per_batch=arguments.tokens_per_batch,
        ),
    )  # fmt: skip


def tokens(recipe: Recipe) -> int:
    """Count the tokens of one epoch of the recipe's texts, with what is added."""
    held_out = held_out_of(recipe)
    encoder, tokenizer = load_encoder(recipe.encoder)
    network = framework_of(recipe.framework).new_network(
        encoder, tokenizer, tasks=recipe.tasks, model=recipe.model, dropout=0.0,
        names=lambda: written_names(recipe, held_out),
    )  # fmt: skip
    reader, settings = network.reader(tokenizer), recipe.training
    counted = sum(
        use.repeat * len(example.ids)
        for use in recipe.corpora
        for document in training_documents(recipe, use, held_out)
        for unit in units_for(
            reader, document, budget=settings.budget, limit=settings.limit
        )
        for example in network.examples(unit, (), task=use.task, reader=reader)
    )  # fmt: skip
    return round(counted)


def counts(use: CorpusUse, documents: list[Document], folder: Path) -> list[PRF]:
    """Compare strict spans of the held-out documents, document by document."""
    tagger = load_tagger(folder, threshold=0.0, consistent=False, threads=1)
    tagger.tasks = {use.task: tagger.reader.tasks[use.task]}
    rows = []
    for document in documents:
        gold = set(gold_mentions(document, use.labels))
        found = tagger(document.with_mentions(())).mentions
        rows.append(PRF())
        rows[-1].add({(m.start, m.end, m.type) for m in found}, gold)
    return rows


def drawn_f1(rows: list[PRF]) -> np.ndarray:
    """Return the F1 of documents drawn again and again, and of all as the first."""
    table = np.array([(r.right, r.predicted + r.gold) for r in rows])
    picks = np.random.default_rng(0).integers(0, len(rows), (1000, len(rows)))
    every = np.arange(len(rows))[None]
    sums = np.array([table[pick].sum(axis=0) for pick in [*every, *picks]])
    return 200 * sums[:, 0] / np.maximum(1, sums[:, 1])


def interval(values: np.ndarray) -> str:
    """Return a value with the 95 % interval of its draws."""
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return f"{values[0]:.2f} [{low:.2f}, {high:.2f}]"


def folder_of(task: str, way: str, seed: int, arguments: argparse.Namespace) -> Path:
    """Return where a tagger is trained."""
    name = f"{task}-{way}-{seed}".replace(", ", "-").replace(" ", "-")
    folder: Path = arguments.output / name
    return folder


def compare(
    task: str, ways: list[str], whole: Recipe, arguments: argparse.Namespace
) -> dict[str, dict[int, np.ndarray]]:
    """Train and measure ways of a task with every seed; return way → seed → F1."""
    ways = [w for w in ways
            if (w not in NEED_ONE_TYPE or len(whole.tasks[task]) == 1)
            and (w != TRANSFERRED or task in TRANSFERRED_FROM)]  # fmt: skip
    # The first seed's examples stand in for those of all.
    read = {way: tokens(recipe_of(task, way, 1, whole, arguments)) for way in ways}
    print(f"\n{task}: tokens of one pass: {read}\n\n| way | seed | F1 |\n|---|--:|---|")
    measured: dict[str, dict[int, np.ndarray]] = {way: {} for way in ways}
    for seed in arguments.seeds:
        for way in ways:
            recipe = recipe_of(task, way, seed, whole, arguments)
            (use,) = recipe.evaluate
            folder = folder_of(task, way, seed, arguments)
            start_from = (
                folder_of(TRANSFERRED_FROM[task], "mrc", seed, arguments)
                if way == TRANSFERRED else None
            )  # fmt: skip
            if not (folder / "int8/tagger.json").exists():
                repeat = arguments.tokens / read[way]
                uses = tuple(replace(use, repeat=repeat) for use in recipe.corpora)
                train(replace(recipe, corpora=uses), folder, start_from=start_from)
                export(folder, folder / "int8")
            documents = held_out_documents(recipe, use, held_out_of(recipe))
            values = drawn_f1(counts(use, documents, folder / "int8"))
            measured[way][seed] = values
            print(f"| {way} | {seed} | {interval(values)} |", flush=True)
    return measured


def main() -> None:
    """Train, measure and print."""
    whole = load_recipe(RECIPE)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--corpora", type=Path, default=None)
    parser.add_argument("--tasks", nargs="+", default=["NCBI"], choices=whole.tasks)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--tokens", type=int, default=400_000, help="that each reads")
    parser.add_argument("--tokens-per-batch", type=int, default=2000)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    arguments = parser.parse_args()
    if arguments.corpora:
        whole = load_recipe(RECIPE, corpora_folder=arguments.corpora)
    # What starts from another task's tagger comes behind all tasks.
    first = [way for way in arguments.ways if way != TRANSFERRED]
    every = {task: compare(task, first, whole, arguments) for task in arguments.tasks}
    if TRANSFERRED in arguments.ways:
        for task, measured in every.items():
            measured |= compare(task, [TRANSFERRED], whole, arguments)
    print("\n| task | way | seeds | mean | spread | minus the first way |")
    print("|---|---|---|---|--:|---|")
    for task, measured in every.items():
        means = {w: np.mean(list(s.values()), axis=0) for w, s in measured.items()}
        for way, seeds in measured.items():
            each = [values[0] for values in seeds.values()]
            spread = np.std(each, ddof=1) if len(each) > 1 else float("nan")
            less = interval(means[way] - means[next(iter(means))])
            listed = ", ".join(f"{value:.2f}" for value in each)
            print(f"| {task} | {way} | {listed} | {interval(means[way])} "
                  f"| {spread:.2f} | {less} |")  # fmt: skip


if __name__ == "__main__":
    main()
