"""The central claim of AIONER on one encoder: four ways to use many corpora.

    python benchmarks/aio_claim.py --encoder FOLDER [--steps 400] [--log FILE]

Every way trains the same encoder for the same number of steps over texts of the same
size, and is measured on BioRED's development documents (strict span and type):

- ``alone``: BioRED and nothing else;
- ``naive``: all corpora as if they annotated the same things, no task tags: what a
  corpus does not annotate counts as no entity;
- ``heads``: no task tags, one output layer per corpus on the shared encoder;
- ``aio``: task tags around the text and an ``O`` of its own for every task.

The three ways that mix corpora see the same examples in the same order, BioRED at
``--share`` of the tokens, the others by their size. The corpora and what their labels
mean are those of the recipe of the shipped tagger, as far as they feed BioRED's types.
A finished way is written to ``--log`` and not run again.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from kgbuild.encoder.backbone import add_token_types, add_tokens, load_encoder
from kgbuild.encoder.scorer import TorchScorer
from kgbuild.encoder.training import batches
from kgbuild.ner.aio.dataset import AioReader
from kgbuild.ner.aio.decoding import Decoder
from kgbuild.ner.aio.labels import LabelScheme
from kgbuild.ner.aio.network import TaggerNetwork
from kgbuild.ner.corpora import (
    gold_mentions,
    held_out_documents,
    held_out_of,
    training_documents,
)
from kgbuild.ner.recipe import CorpusUse, Recipe, load_recipe
from kgbuild.ner.tagger import ALL, Tagger
from kgbuild.ner.training import measure
from kgbuild.ner.windows import Example, units_for

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from kgbuild.document import Document

WAYS = ("alone", "naive", "heads", "aio")
_RECIPE = Path(__file__).parents[1] / "pipelines" / "training" / "shipped.toml"


@dataclass(frozen=True)
class Way:
    """How one way labels the corpora.

    Attributes
    ----------
    scheme
        Its labels.
    tasks
        One per corpus: the task that the corpus is labelled under.
    tagged
        One per corpus: the task whose tags stand around its texts.
    """

    scheme: LabelScheme
    tasks: list[str]
    tagged: list[str]


def way_of(name: str, recipe: Recipe, uses: list[CorpusUse]) -> Way:
    """Set up one of the four ways."""
    six = tuple(recipe.tasks[ALL])
    if name == "alone" or name == "naive":
        alone = LabelScheme({ALL: six})
        return Way(alone, [ALL] * len(uses), [ALL] * len(uses))
    if name == "aio":
        tasks = {use.task: tuple(recipe.tasks[use.task]) for use in uses}
        used = [use.task for use in uses]
        return Way(LabelScheme(tasks), used, used)
    # Disjoint columns and a loss among each corpus' own: one layer per corpus. The
    # number of the layer stands behind its types, so that none are shared.
    layers = {
        f"{ALL}" if i == 0 else f"{use.task}.{i}": tuple(
            t if i == 0 else f"{t}.{i}" for t in dict.fromkeys(use.labels.values())
        )
        for i, use in enumerate(uses)
    }
    return Way(LabelScheme(layers), list(layers), [ALL] * len(uses))


def examples_of(
    way: Way,
    name: str,
    uses: list[CorpusUse],
    documents: list[list[Document]],
    tokenizer: Tokenizer,
    recipe: Recipe,
) -> list[list[Example]]:
    """Make every corpus' examples, in an order that is the same for all ways."""
    made = []
    reader = AioReader(tokenizer, Decoder(way.scheme))
    for i, (use, mine) in enumerate(zip(uses, documents, strict=True)):
        task = way.tasks[i]
        suffix = f".{i}" if name == "heads" and i else ""
        rename = {label: kind + suffix for label, kind in use.labels.items()}
        opening, closing = wrap_tags(tokenizer, way.tagged[i])
        rows = []
        for document in mine:
            gold = gold_mentions(document, rename)
            for unit in units_for(
                reader, document, budget=recipe.training.budget,
                limit=recipe.training.limit,
            ):  # fmt: skip
                example = reader.example(unit, gold, task)
                ids = example.ids.copy()
                ids[1], ids[-2] = opening, closing
                rows.append(replace(example, ids=ids))
        made.append(rows)
    return made


def wrap_tags(tokenizer: Tokenizer, task: str) -> tuple[int, int]:
    """Ids of the two tags of a task."""
    return tokenizer.token_to_id(f"<{task}>"), tokenizer.token_to_id(f"</{task}>")


def plan_of(
    lengths: list[list[int]], *, share: float, steps: int, tokens: int, seed: int
) -> list[np.ndarray[Any, Any]]:
    """Draw the examples of every step, as numbers over all corpora in a row."""
    rng = np.random.default_rng(seed)
    sizes = np.array([sum(row) for row in lengths], dtype=float)
    parts = np.zeros(len(sizes))
    parts[0] = share if len(sizes) > 1 else 1.0
    if len(sizes) > 1:
        parts[1:] = (1 - share) * sizes[1:] / sizes[1:].sum()
    first = np.cumsum([0, *map(len, lengths)])
    flat = np.concatenate([np.array(row) for row in lengths])
    made: list[np.ndarray[Any, Any]] = []
    while len(made) < steps:
        # One round: each corpus gives its part of some 60 steps, in random order.
        chosen: list[int] = []
        for corpus, row in enumerate(lengths):
            left = parts[corpus] * 60 * tokens
            while left > 0 and row:
                for i in rng.permutation(len(row)).tolist():
                    if left <= 0:
                        break
                    chosen.append(int(first[corpus]) + i)
                    left -= row[i]
        picked = np.array(chosen)
        made += [picked[rows] for rows in batches(flat[picked], tokens=tokens, rng=rng)]
    return made[:steps]


def train(
    network: TaggerNetwork, examples: list[Example], plan: list[Any], *, rate: float
) -> float:
    """Train; return the mean loss of the last tenth of the steps."""
    torch.manual_seed(0)
    optimizer = torch.optim.AdamW(
        [
            {"params": list(network.encoder.parameters()), "lr": rate},
            {"params": list(network.output.parameters()), "lr": 1e-3},
        ],
        weight_decay=0.01,
        fused=True,
    )
    warmup = max(1, len(plan) // 16)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warmup, (len(plan) - step) / len(plan)),
    )
    losses = []
    network.train()
    for step, rows in enumerate(plan):
        batch = network.collate([examples[i] for i in rows])
        with torch.autocast("cpu", torch.bfloat16):
            loss = network.loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"  step {step + 1}, loss {np.mean(losses[-50:]):.4f}", flush=True)
    return float(np.mean(losses[-max(1, len(losses) // 10) :]))


def counts_of(
    network: TaggerNetwork,
    tokenizer: Tokenizer,
    documents: list[Document],
    use: CorpusUse,
    recipe: Recipe,
) -> dict[str, list[int]]:
    """Count right, predicted and gold mentions per type and for ``"all"``."""
    tagger = Tagger(
        scorer=TorchScorer(lambda: network), reader=network.reader(tokenizer),
        recognizer="way", version="1", budget=recipe.training.budget,
        limit=recipe.training.limit, types=network.scheme.tasks[ALL],
    )  # fmt: skip
    tagger.tasks = {ALL: network.scheme.tasks[ALL]}
    counts = measure(tagger, use, documents)
    return {name: [c.right, c.predicted, c.gold] for name, c in counts.items()}


def main() -> None:
    """Train and measure the ways that the log does not hold yet, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--recipe", type=Path, default=_RECIPE)
    parser.add_argument("--corpora", type=Path, default=None)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--tokens", type=int, default=2000, help="per step")
    parser.add_argument("--share", type=float, default=0.4, help="of BioRED")
    parser.add_argument("--documents", type=int, default=300, help="of other corpora")
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--log", type=Path, default=Path("aio_claim.jsonl"))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = load_recipe(arguments.recipe, corpora_folder=arguments.corpora)
    held_out = held_out_of(recipe)
    six = set(recipe.tasks[ALL])
    uses = [u for u in recipe.corpora if u.task in {ALL, "Protein", *six}]
    uses.sort(key=lambda use: use.task != ALL)
    done: dict[str, Any] = {}
    if arguments.log.exists():
        for line in arguments.log.read_text("utf-8").splitlines():
            row = json.loads(line)
            done[row["way"]] = row
    documents: list[list[Document]] = []
    if set(arguments.ways) - set(done):
        for i, use in enumerate(uses):
            rows = list(training_documents(recipe, use, held_out))
            if i and len(rows) > arguments.documents:
                rng = np.random.default_rng(i)
                kept = rng.choice(len(rows), arguments.documents, replace=False)
                rows = [rows[k] for k in sorted(kept.tolist())]
            documents.append(rows)
    gold = held_out_documents(recipe, uses[0], held_out)
    for name in arguments.ways:
        if name in done:
            continue
        started = time.perf_counter()
        mine = uses[:1] if name == "alone" else uses
        way = way_of(name, recipe, mine)
        encoder, tokenizer = load_encoder(arguments.encoder)
        # Tags of every way, so that all begin with the same vocabulary.
        tags = [*recipe.tasks, *way_of("heads", recipe, uses).tasks]
        every = LabelScheme(dict.fromkeys(tags, ("x",)))
        add_tokens(encoder, tokenizer, every.tag_tokens())
        add_token_types(encoder)
        torch.manual_seed(1)
        network = TaggerNetwork(encoder, way.scheme)
        made = examples_of(way, name, mine, documents[: len(mine)], tokenizer, recipe)
        plan = plan_of(
            [[len(e.ids) for e in rows] for rows in made], share=arguments.share,
            steps=arguments.steps, tokens=arguments.tokens, seed=7,
        )  # fmt: skip
        flat = [e for rows in made for e in rows]
        biored = sum(int(i) < len(made[0]) for rows in plan for i in rows)
        print(f"{name}: {len(flat)} examples, BioRED's {len(made[0])}", flush=True)
        loss = train(network, flat, plan, rate=arguments.rate)
        row = {
            "way": name, "loss": round(loss, 4), "steps": arguments.steps,
            "epochs_of_biored": round(biored / len(made[0]), 1),
            "counts": counts_of(network, tokenizer, gold, uses[0], recipe),
            "seconds": round(time.perf_counter() - started),
        }  # fmt: skip
        done[name] = row
        with arguments.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")
    types = sorted(six)
    print(f"| way | passes over BioRED | P | R | F1 | {' | '.join(types)} |")
    print(f"|---|--:|--:|--:|--:|{'--:|' * len(types)}")
    for name in [w for w in WAYS if w in done]:
        counts = done[name]["counts"]
        right, predicted, total = counts["all"]
        figures = [right / max(1, predicted), right / total]
        figures += [
            2 * counts[t][0] / max(1, counts[t][1] + counts[t][2])
            for t in ("all", *types)
        ]
        cells = " | ".join(f"{100 * figure:.1f}" for figure in figures)
        print(f"| {name} | {done[name]['epochs_of_biored']} | {cells} |")


if __name__ == "__main__":
    main()
