"""Train a tagger from a recipe: resumable, logged, reproducible."""

from __future__ import annotations

import logging
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from kgbuild._io.paths import weights_path
from kgbuild._io.progress import progress_log
from kgbuild._version import __version__
from kgbuild.encoder.backbone import load_encoder
from kgbuild.encoder.scorer import TorchScorer
from kgbuild.encoder.settings import StudentSettings
from kgbuild.encoder.shrinking import shrink
from kgbuild.encoder.training import Loop, Next, batches
from kgbuild.errors import ConfigError
from kgbuild.evaluation import PRF
from kgbuild.ner.corpora import (
    gold_mentions,
    held_out_of,
    measured_corpora,
    mixture,
    training_documents,
    written_names,
)
from kgbuild.ner.frameworks import framework_of
from kgbuild.ner.soft_labels import LabelledWords, SoftLabels
from kgbuild.ner.storage import (
    checked_threshold,
    load_network,
    read_card,
    save_tagger,
)
from kgbuild.ner.tagger import Tagger
from kgbuild.ner.windows import units_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.corpus.held_out import HeldOut
    from kgbuild.document import Document
    from kgbuild.ner.recipe import CorpusUse, Recipe, TrainingSettings

logger = logging.getLogger(__name__)

#: Tokens of text that a unit must have room for.
_LEAST_ROOM = 16
#: Steps below which a training is said to be short.
_FEW_STEPS = 100


def train(
    recipe: Recipe,
    output: Path | str,
    *,
    start_from: Path | str | None = None,
    read_names: Callable[[Path], Iterable[str]] | None = None,
) -> Path:
    """Train a tagger; return its folder.

    Killed and started again with the same recipe and output, it goes on after its last
    checkpoint and ends with the same weights.

    Parameters
    ----------
    recipe
        See :class:`kgbuild.ner.recipe.Recipe`.
    output
        Folder for the tagger, ``log.jsonl`` and the checkpoint.
    start_from
        A trained tagger to fine-tune instead of the recipe's encoder (AIONER's
        "pre-trained" way of adding a type), a folder or, in a checkout, the name of the
        one that ships. It keeps its tasks and kind of head; the recipe's tasks are
        added.
    read_names
        Reads the names of a file that the recipe's ``names`` list.

    Raises
    ------
    ResourceMissingError
        ``start_from`` holds no weights.
    ConfigError
        The recipe has no name, or its corpora hold nothing to train on or to measure;
        ``start_from`` has another head than the recipe asks for; or a threshold is of
        no task.
    """
    output, settings = Path(output), recipe.training
    if not recipe.name:
        msg = 'The recipe has no name for its tagger: add name = "my-tagger".'
        raise ConfigError(msg)
    torch.manual_seed(settings.seed)
    held_out = held_out_of(recipe)
    measured = measured_corpora(recipe, held_out)
    network, tokenizer = _network(recipe, start_from, held_out)
    reader = network.reader(tokenizer)
    if settings.limit - reader.added < _LEAST_ROOM:
        msg = (
            f"training.limit must leave {_LEAST_ROOM} tokens of text beside the "
            f"{reader.added} that the framework {recipe.framework!r} adds. Got "
            f"{settings.limit}."
        )
        raise ConfigError(msg)
    checked_threshold(recipe.threshold, reader.tasks)
    examples: list[Any] = []
    weights: list[float] = []
    for use, weight, documents in mixture(recipe, held_out, read_names=read_names):
        before = len(examples)
        for document in documents:
            gold = gold_mentions(document, use.labels, nested=reader.nested)
            for unit in units_for(
                reader, document, budget=settings.budget, limit=settings.limit
            ):
                examples += network.examples(unit, gold, task=use.task, reader=reader)
        weights += [weight] * (len(examples) - before)
        logger.info(
            "%s: %d examples for %s", use.file, len(examples) - before, use.task
        )
    for labels in recipe.distil.labels:
        before = len(examples)
        examples += _taught(labels.file, network, reader, settings, held_out)
        weights += [labels.repeat] * (len(examples) - before)
        logger.info("%s: %d examples", labels.file, len(examples) - before)
    if not examples:
        msg = f"The corpora of the recipe {recipe.name!r} hold nothing to train on."
        raise ConfigError(msg)
    objective = _Tagging(
        network, tokenizer, recipe, examples=examples, weights=np.array(weights),
        measured=measured,
    )  # fmt: skip
    if objective.steps < _FEW_STEPS:
        progress_log.warning(
            "The recipe %r trains for %d steps, and fewer than %d seldom teach a task: "
            "raise epochs in [training] (now %d), or lower tokens_per_batch (now %d).",
            recipe.name, objective.steps, _FEW_STEPS, settings.epochs,
            settings.tokens_per_batch,
        )  # fmt: skip
    Loop(objective, output, settings).run()
    return output


def _taught(
    file: Path,
    network: Any,
    reader: Any,
    settings: TrainingSettings,
    held_out: HeldOut,
) -> Iterator[Any]:
    """Read the examples of a file of soft labels."""
    if not hasattr(network, "taught_examples"):
        msg = "Only taggers of the framework 'aio' learn from soft labels: leave out "
        msg += "the recipe's [distil], or its `framework`."
        raise ConfigError(msg)
    with closing(SoftLabels(file)) as labels:
        known = reader.labels(labels.task) if labels.task in reader.tasks else []
        if known != list(labels.labels):
            msg = (
                f"{file} teaches the task {labels.task!r} by the labels "
                f"{', '.join(labels.labels)}; the student has "
                f"{', '.join(known) or 'none'}: list that task and its types in "
                "[tasks] as the teacher does."
            )
            raise ConfigError(msg)
        for document, words in _unseen(labels, held_out):
            for unit in units_for(
                reader, document, budget=settings.budget, limit=settings.limit
            ):
                yield from network.taught_examples(
                    unit, words.of_unit(unit), task=labels.task, reader=reader
                )


def _unseen(
    labels: SoftLabels, held_out: HeldOut
) -> Iterator[tuple[Document, LabelledWords]]:
    """Yield labelled documents that are not held out; say how many are."""
    left_out = 0
    for document, words in labels:
        if held_out.lists(document) or held_out.shares(document.text):
            left_out += 1
        else:
            yield document, words
    if left_out:
        progress_log.info("%s: left out %d held-out documents", labels.path, left_out)


def _network(
    recipe: Recipe, start_from: Path | str | None, held_out: HeldOut
) -> tuple[Any, Tokenizer]:
    old = None
    if start_from is None:
        framework = framework_of(recipe.framework)
        encoder, tokenizer = load_encoder(recipe.encoder)
    else:
        folder = weights_path(start_from)
        _, framework = read_card(folder)
        if framework.name != recipe.framework:
            msg = (
                f"The tagger in {folder} is of the framework {framework.name!r}, which "
                f"cannot be changed. Got a recipe of {recipe.framework!r}: to start "
                "from its encoder alone, give that folder as the encoder."
            )
            raise ConfigError(msg)
        old, tokenizer, _ = load_network(folder)
        encoder = old.encoder
    if recipe.distil.student != StudentSettings():
        tokenizer = _shrunk(encoder, tokenizer, recipe, held_out)
    network = framework.new_network(
        encoder, tokenizer, tasks=recipe.tasks, model=recipe.model,
        dropout=recipe.training.dropout, old=old,
        names=partial(written_names, recipe, held_out),
    )  # fmt: skip
    network.distillation = recipe.distil
    return network, tokenizer


def _shrunk(
    encoder: Any, tokenizer: Tokenizer, recipe: Recipe, held_out: HeldOut
) -> Tokenizer:
    texts = [
        document.text
        for use in recipe.corpora
        for document in training_documents(recipe, use, held_out)
    ]
    for labels in recipe.distil.labels:
        with closing(SoftLabels(labels.file)) as taught:
            texts += [document.text for document, _ in taught]
    tags = [t.content for t in tokenizer.get_added_tokens_decoder().values()]
    return shrink(encoder, tokenizer, recipe.distil.student, texts=texts, tags=tags)


class _Tagging:
    """See :class:`kgbuild.encoder.training.Objective`."""

    def __init__(
        self,
        network: Any,
        tokenizer: Tokenizer,
        recipe: Recipe,
        *,
        examples: Sequence[Any],
        weights: NDArray[np.float64],
        measured: Sequence[tuple[CorpusUse, Sequence[Document]]],
    ) -> None:
        self.network, self.tokenizer, self.recipe = network, tokenizer, recipe
        self.examples, self.measured = examples, measured
        self.mask_id = tokenizer.token_to_id("[MASK]") or 0
        self.plan: list[NDArray[np.int64]] = []
        self.ends: dict[int, int] = {}
        for epoch in range(recipe.training.epochs):
            self.plan += _epoch_batches(examples, weights, recipe.training, epoch)
            self.ends[len(self.plan) - 1] = epoch + 1
        self.steps = len(self.plan)
        self.losses: list[float] = []
        self.best, self.since_best = -1.0, 0

    def loss(self, step: int, loop: Loop) -> tuple[torch.Tensor, int]:  # noqa: ARG002
        settings = self.recipe.training
        batch = self.network.collate(
            [self.examples[i] for i in self.plan[step].tolist()]
        )
        rng = np.random.default_rng((settings.seed, 11, step))
        hide_words(batch, share=settings.hide_words, mask_id=self.mask_id, rng=rng)
        return self.network.loss(batch), batch.input_ids.numel()

    def after(self, step: int, loop: Loop) -> Next:
        self.losses.append(loop.last_loss)
        epoch, patience = self.ends.get(step), self.recipe.training.patience
        if epoch is None:
            return "go on"
        row: dict[str, Any] = {"epoch": epoch, "loss": round(np.mean(self.losses), 4)}
        self.losses = []
        with loop.measuring():
            row["f1"] = self._measures(loop)
            first = next(iter(row["f1"].values()), None)
            score = first["all"] if first else 0.0
            self.since_best = 0 if score > self.best else self.since_best + 1
            if score > self.best or not self.measured:
                self.best = max(self.best, score)
                self._save(loop.output, **row)
        loop.log(**row)
        return "stop" if 0 < patience <= self.since_best else "checkpoint"

    def _measures(self, loop: Loop) -> dict[str, dict[str, float]]:
        settings = self.recipe.training
        tagger = Tagger(
            scorer=TorchScorer(lambda: self.network, device=loop.device.type),
            reader=self.network.reader(self.tokenizer), recognizer=self.recipe.name,
            version="training", budget=settings.budget, limit=settings.limit,
        )  # fmt: skip
        measures = {}
        for use, documents in self.measured:
            tagger.tasks = {use.task: tagger.reader.tasks[use.task]}
            counts = measure(tagger, use, documents)
            name = f"{Path(use.file).name.split('.')[0]}:{use.task}"
            measures[name] = {t: round(100 * c.f1, 2) for t, c in counts.items()}
        return measures

    def _save(self, output: Path, **row: Any) -> None:
        recipe = self.recipe
        card = {
            "name": recipe.name, "kgbuild": __version__,
            "budget": recipe.training.budget, "limit": recipe.training.limit,
            "threshold": recipe.threshold, "consistent": recipe.consistent, **row,
        }  # fmt: skip
        save_tagger(self.network, self.tokenizer, output, card=card)

    def state(self) -> dict[str, Any]:
        return {
            "losses": self.losses, "best": self.best, "since_best": self.since_best
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        self.losses, self.best = state["losses"], state["best"]
        self.since_best = state["since_best"]


def hide_words(
    batch: Any, *, share: float, mask_id: int, rng: np.random.Generator
) -> None:
    """Replace the first piece of some words by the mask, in place."""
    if share <= 0 or not mask_id:
        return
    picked = torch.from_numpy(rng.random(len(batch.word_rows)) < share)
    picked = picked.to(batch.word_rows.device)
    batch.input_ids[batch.word_rows[picked], batch.word_columns[picked]] = mask_id


def measure(
    tagger: Tagger, use: CorpusUse, documents: Sequence[Document]
) -> dict[str, PRF]:
    """Compare strict spans and types with gold: counts per type and for ``"all"``.

    Parameters
    ----------
    tagger
        Set to the corpus' task.
    use
        Says which labels count.
    documents
        With gold mentions.
    """
    wanted = sorted(set(use.labels.values()))
    counts = {name: PRF() for name in (*wanted, "all")}
    bare = (document.with_mentions(()) for document in documents)
    for document, predicted in zip(documents, tagger.stream(bare), strict=True):
        gold = gold_mentions(document, use.labels, nested=tagger.reader.nested)
        ours = [(m.start, m.end, m.type) for m in predicted.mentions]
        for name, row in counts.items():
            types = {name} if name in wanted else set(wanted)
            row.add(
                {m for m in ours if m[2] in types}, {m for m in gold if m[2] in types}
            )
    return counts


def _epoch_batches(
    examples: Sequence[Any],
    weights: NDArray[np.float64],
    settings: TrainingSettings,
    epoch: int,
) -> list[NDArray[np.int64]]:
    """Draw this epoch's examples (``repeat`` times each) and batch them."""
    rng = np.random.default_rng((settings.seed, epoch))
    whole = np.floor(weights).astype(int)
    times = whole + (rng.random(len(weights)) < weights - whole)
    chosen = np.repeat(np.arange(len(examples)), times)
    lengths = np.array([len(examples[i].ids) for i in chosen.tolist()])
    groups = batches(
        lengths, tokens=settings.tokens_per_batch, rng=rng,
        examples=settings.examples_per_batch,
    )  # fmt: skip
    return [chosen[rows] for rows in groups]
