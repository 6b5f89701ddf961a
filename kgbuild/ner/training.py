"""Train a tagger from a recipe: resumable, logged, reproducible."""

from __future__ import annotations

import json
import logging
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from kgbuild._io.paths import weights_path
from kgbuild._version import __version__
from kgbuild.document import longest_first
from kgbuild.ner.aio.dataset import (
    N_BEFORE,
    Example,
    batches,
    corpus_label,
    document_units,
    held_out_documents,
    make_examples,
    training_documents,
    wrap,
)
from kgbuild.ner.aio.labels import decode_bio
from kgbuild.ner.aio.network import (
    Batch,
    TaggerNetwork,
    add_task_tags,
    add_token_types,
    load_encoder,
    load_tagger_network,
    pad,
    save_tagger,
)
from kgbuild.ner.augmentation import NamePool, swap_names, vocabulary_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenizers import Tokenizer

    from kgbuild.document import Document
    from kgbuild.ner.recipe import CorpusUse, Recipe

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives of strict spans."""

    right: int = 0
    predicted: int = 0
    gold: int = 0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]."""
        total = self.predicted + self.gold
        return 2 * self.right / total if total else 0.0


def train(
    recipe: Recipe, output: Path | str, *, start_from: Path | str | None = None
) -> Path:
    """Train a tagger.

    Started again with the same recipe and output, it goes on from the last finished
    epoch.

    Parameters
    ----------
    recipe
        See :class:`kgbuild.ner.recipe.Recipe`.
    output
        Folder for the tagger, ``log.jsonl`` and the checkpoint.
    start_from
        A trained tagger to fine-tune instead of the recipe's encoder (AIONER's
        "pre-trained" way of adding a type), a folder or, in a checkout, the name of the
        one that ships; its tasks are kept and the recipe's added.

    Returns
    -------
    Path
        ``output``.

    Raises
    ------
    ResourceMissingError
        ``start_from`` holds no weights.
    ValueError
        The recipe's corpora hold no documents to train on.
    """
    output = Path(output)
    settings = recipe.training
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    network, tokenizer = _network(recipe, start_from)
    output.mkdir(parents=True, exist_ok=True)
    scheme = network.scheme
    tasks = {task: i for i, task in enumerate(scheme.tasks)}

    held_out = frozenset[str]()
    if recipe.held_out:
        held_out = frozenset(
            (recipe.corpora_folder / recipe.held_out).read_text("utf-8").split()
        )
    examples, weights = _examples(recipe, network, tokenizer, held_out)
    if not examples:
        msg = "The recipe's corpora hold no documents to train on."
        raise ValueError(msg)
    measured = [
        (use, held_out_documents(recipe, use, held_out)) for use in recipe.evaluate
    ]
    logger.info(
        "%d examples, %d tokens", len(examples), sum(len(e.ids) for e in examples)
    )

    plan = [
        _epoch_batches(examples, weights, settings, e) for e in range(settings.epochs)
    ]
    steps = sum(map(len, plan))
    head = list(network.output.parameters())
    body = list(network.encoder.parameters())
    optimizer = torch.optim.AdamW(
        [
            {"params": body, "lr": settings.learning_rate},
            {"params": head, "lr": settings.head_learning_rate},
        ],
        weight_decay=settings.weight_decay,
        fused=True,
    )
    warmup = max(1, int(settings.warmup * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(
            (step + 1) / warmup, max(0.0, (steps - step) / (steps - warmup or 1))
        ),
    )
    average = [p.detach().clone() for p in network.parameters()]
    first, best, since_best = 0, -1.0, 0
    checkpoint = output / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        average = state["average"]
        first, best, since_best = state["epoch"], state["best"], state["since_best"]
        logger.info("going on after epoch %d", first)

    mask_id = tokenizer.token_to_id("[MASK]") or 0
    seen = sum(map(len, plan[:first]))
    low_precision = (
        torch.autocast("cpu", torch.bfloat16)
        if torch.backends.mkldnn.is_available()
        else nullcontext()
    )
    for epoch in range(first, settings.epochs):
        if settings.patience and since_best >= settings.patience:
            break
        started, losses, tokens = time.perf_counter(), [], 0
        rng = np.random.default_rng((settings.seed, 11, epoch))
        # An epoch's dropout must not depend on whether the run was resumed.
        torch.manual_seed(1000 * settings.seed + epoch)
        network.train()
        for number, rows in enumerate(plan[epoch]):
            batch = collate([examples[i] for i in rows], tasks)
            hide_words(batch, share=settings.hide_words, mask_id=mask_id, rng=rng)
            with low_precision:
                loss = network.loss(batch)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            seen += 1
            # Early on the average must forget the start faster.
            decay = min(settings.averaging, (1 + seen) / (10 + seen))
            _follow(average, network, decay=decay if settings.averaging else 0.0)
            losses.append(loss.item())
            tokens += batch.input_ids.numel()
            if (number + 1) % 200 == 0:
                _log(output, epoch=epoch + 1, step=number + 1, of=len(plan[epoch]),
                     loss=round(float(np.mean(losses[-200:])), 4))  # fmt: skip
        row: dict[str, Any] = {
            "epoch": epoch + 1,
            "loss": round(float(np.mean(losses)), 4),
            "tokens_per_s": round(tokens / (time.perf_counter() - started)),
        }
        with _OtherWeights(network, average if settings.averaging else None):
            row["f1"] = {}
            for use, documents in measured:
                per_type = measure(network, tokenizer, documents, use, recipe)
                name = f"{Path(use.file).name.split('.')[0]}:{use.task}"
                row["f1"][name] = {t: round(100 * c.f1, 2) for t, c in per_type.items()}
            score = next(iter(row["f1"].values()), {}).get("all", 0.0)
            since_best = 0 if score > best else since_best + 1
            if score > best or not measured:
                best = max(best, score)
                card = {"name": recipe.name, "kgbuild": __version__,
                        "budget": settings.budget, "limit": settings.limit,
                        "threshold": recipe.threshold,
                        "consistent": recipe.consistent,
                        "epoch": epoch + 1, "f1": row["f1"]}  # fmt: skip
                save_tagger(network, tokenizer, output, card=card)
        _log(output, **row)
        beside = checkpoint.with_suffix(".tmp")
        torch.save(
            {
                "network": network.state_dict(), "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(), "average": average,
                "epoch": epoch + 1, "best": best, "since_best": since_best,
            },
            beside,
        )  # fmt: skip
        beside.replace(checkpoint)
    return output


def collate(examples: Sequence[Example], tasks: dict[str, int]) -> Batch:
    """Pad examples into one batch."""
    input_ids = pad([e.ids for e in examples])
    lengths = torch.tensor([len(e.ids) for e in examples])
    attention = (torch.arange(input_ids.shape[1])[None] < lengths[:, None]).long()
    rows = np.repeat(np.arange(len(examples)), [len(e.labels) for e in examples])
    word_tasks = np.repeat(
        [tasks[e.task] for e in examples], [len(e.labels) for e in examples]
    )
    return Batch(
        input_ids=input_ids,
        attention_mask=attention,
        token_type_ids=pad([e.types for e in examples]),
        word_rows=torch.from_numpy(rows),
        word_columns=torch.from_numpy(
            np.concatenate([e.first_pieces for e in examples])
        ),
        labels=torch.from_numpy(np.concatenate([e.labels for e in examples])),
        word_tasks=torch.from_numpy(word_tasks),
    )


def hide_words(
    batch: Batch, *, share: float, mask_id: int, rng: np.random.Generator
) -> None:
    """Replace the first piece of some words by the mask, in place."""
    if share <= 0 or not mask_id:
        return
    picked = torch.from_numpy(rng.random(len(batch.word_rows)) < share)
    batch.input_ids[batch.word_rows[picked], batch.word_columns[picked]] = mask_id


@torch.inference_mode()
def predict(
    network: TaggerNetwork,
    tokenizer: Tokenizer,
    document: Document,
    *,
    task: str,
    budget: int,
    limit: int,
) -> list[tuple[int, int, str, float]]:
    """Return ``(start, end, type, score)`` of one document; for measuring only."""
    units = document_units(document, tokenizer, budget=budget, limit=limit)
    if not units:
        return []
    network.eval()
    wrapped = [wrap(unit, task, tokenizer) for unit in units]
    input_ids = pad([ids for ids, _ in wrapped])
    lengths = torch.tensor([len(ids) for ids, _ in wrapped])
    attention = (torch.arange(input_ids.shape[1])[None] < lengths[:, None]).long()
    logits = network(input_ids, attention, pad([types for _, types in wrapped])).numpy()
    allowed = network.scheme.allowed(task)
    types = network.scheme.tasks[task]
    found = []
    for row, unit in enumerate(units):
        kept = slice(*unit.keep)
        scores = logits[row][(unit.first_pieces + N_BEFORE)[kept]][:, allowed]
        words = unit.words[kept]
        found += [
            (int(words[a][0]), int(words[b - 1][1]), kind, score)
            for a, b, kind, score in decode_bio(scores, types)
        ]
    return found


def measure(
    network: TaggerNetwork,
    tokenizer: Tokenizer,
    documents: Iterable[Document],
    use: CorpusUse,
    recipe: Recipe,
) -> dict[str, Counts]:
    """Strict span and type against gold: counts per type and for ``"all"``."""
    totals: dict[str, list[int]] = {}
    for document in documents:
        found = predict(
            network, tokenizer, document, task=use.task,
            budget=recipe.training.budget, limit=recipe.training.limit,
        )  # fmt: skip
        predicted = {(a, b, t) for a, b, t, _ in found}
        gold = {
            (m.start, m.end, use.labels[corpus_label(m)])
            for m in longest_first(
                m for m in document.mentions if corpus_label(m) in use.labels
            )
        }
        wanted = set(use.labels.values())
        predicted = {p for p in predicted if p[2] in wanted}
        for name in (*sorted(wanted), "all"):
            mine = [
                {x for x in group if name in (x[2], "all")}
                for group in (predicted & gold, predicted, gold)
            ]
            row = totals.setdefault(name, [0, 0, 0])
            for i, group in enumerate(mine):
                row[i] += len(group)
    return {name: Counts(*row) for name, row in totals.items()}


def _network(
    recipe: Recipe, start_from: Path | str | None
) -> tuple[TaggerNetwork, Tokenizer]:
    if start_from is None:
        encoder, tokenizer = load_encoder(recipe.encoder)
        add_task_tags(encoder, tokenizer, recipe.scheme)
        add_token_types(encoder)
        network = TaggerNetwork(encoder, recipe.scheme, dropout=recipe.training.dropout)
        return network, tokenizer
    from kgbuild.ner.aio.labels import LabelScheme

    old, tokenizer, _ = load_tagger_network(weights_path(start_from))
    tasks = {**old.scheme.tasks, **recipe.scheme.tasks}
    scheme = LabelScheme(tasks)
    add_task_tags(old.encoder, tokenizer, scheme)
    network = TaggerNetwork(old.encoder, scheme, dropout=recipe.training.dropout)
    with torch.no_grad():
        for label, column in scheme.index.items():
            if label in old.scheme.index:
                row = old.scheme.index[label]
                network.output.weight[column] = old.output.weight[row]
                network.output.bias[column] = old.output.bias[row]
    return network, tokenizer


def _examples(
    recipe: Recipe,
    network: TaggerNetwork,
    tokenizer: Tokenizer,
    held_out: frozenset[str],
) -> tuple[list[Example], np.ndarray[Any, Any]]:
    examples: list[Example] = []
    weights: list[float] = []
    pools = name_pools(recipe, held_out)
    for number, use in enumerate(recipe.corpora):
        documents = list(training_documents(recipe, use, held_out))
        made = _made(documents, use, recipe, network, tokenizer)
        logger.info("%s: %d examples for %s", use.file, len(made), use.task)
        examples += made
        weights += [use.repeat] * len(made)
        copies = recipe.training.swap_copies if use.swapped else 0
        for copy in range(copies):
            rng = np.random.default_rng((recipe.training.seed, 5, number, copy))
            swapped = [
                swap_names(
                    document, pools, rng=rng, share=recipe.training.swap_share,
                    types=lambda m, use=use: use.labels.get(corpus_label(m)),
                )
                for document in documents
            ]  # fmt: skip
            made = _made(swapped, use, recipe, network, tokenizer)
            examples += made
            weights += [use.swapped / copies] * len(made)
    return examples, np.array(weights)


def _made(
    documents: Sequence[Document],
    use: CorpusUse,
    recipe: Recipe,
    network: TaggerNetwork,
    tokenizer: Tokenizer,
) -> list[Example]:
    return list(
        make_examples(
            documents, task=use.task, scheme=network.scheme, tokenizer=tokenizer,
            rename=use.labels, budget=recipe.training.budget,
            limit=recipe.training.limit,
        )
    )  # fmt: skip


def name_pools(
    recipe: Recipe, held_out: frozenset[str]
) -> dict[str, tuple[NamePool, ...]]:
    """Collect the names to swap in: of the corpora, and of the recipe's vocabularies.

    Parameters
    ----------
    recipe
        Its ``corpora`` are read without the held-out documents.
    held_out
        PMIDs of the development split.

    Returns
    -------
    dict
        Entity type → pools, for the types that ``recipe.names`` lists; empty where no
        corpus asks for swapping.
    """
    if not any(use.swapped for use in recipe.corpora):
        return {}
    written: dict[str, set[str]] = {}
    for use in recipe.corpora:
        for document in training_documents(recipe, use, held_out):
            for mention in document.mentions:
                kind = use.labels.get(corpus_label(mention))
                if kind in recipe.names:
                    written.setdefault(kind, set()).add(mention.text)
    pools = {kind: (NamePool.of(names),) for kind, names in written.items()}
    for kind, files in recipe.names.items():
        names = {n for file in files for n in vocabulary_names(file)}
        pools[kind] = (*pools.get(kind, ()), NamePool.of(names))
    return pools


def _epoch_batches(
    examples: Sequence[Example],
    weights: np.ndarray[Any, Any],
    settings: Any,
    epoch: int,
) -> list[np.ndarray[Any, Any]]:
    """Draw this epoch's examples (``repeat`` times each) and batch them."""
    rng = np.random.default_rng((settings.seed, epoch))
    whole = np.floor(weights).astype(int)
    times = whole + (rng.random(len(weights)) < weights - whole)
    chosen = np.repeat(np.arange(len(examples)), times)
    lengths = np.array([len(examples[i].ids) for i in chosen])
    return [
        chosen[rows]
        for rows in batches(lengths, tokens=settings.tokens_per_batch, rng=rng)
    ]


@torch.no_grad()
def _follow(average: list[torch.Tensor], network: nn.Module, *, decay: float) -> None:
    """Move the running average of the weights towards the weights."""
    if decay:
        torch._foreach_lerp_(average, list(network.parameters()), 1 - decay)


class _OtherWeights:
    """Context in which a network has other weights."""

    def __init__(self, network: nn.Module, weights: list[torch.Tensor] | None) -> None:
        self.network, self.weights = network, weights

    def __enter__(self) -> None:
        if self.weights is not None:
            self.own = [p.detach().clone() for p in self.network.parameters()]
            self._set(self.weights)

    def __exit__(self, *_: object) -> None:
        if self.weights is not None:
            self._set(self.own)

    @torch.no_grad()
    def _set(self, weights: list[torch.Tensor]) -> None:
        for parameter, value in zip(self.network.parameters(), weights, strict=True):
            parameter.copy_(value)


def _log(output: Path, **row: Any) -> None:
    with (output / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")
    logger.info("%s", row)
