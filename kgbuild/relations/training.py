"""Train the extractor: several corpora, one pass, resumable."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from kgbuild._io.paths import weights_path
from kgbuild.encoder.backbone import load_inner_encoder, padded, save_network
from kgbuild.encoder.training import Loop, Next
from kgbuild.evaluation import PRF
from kgbuild.relations.dataset import (
    Example,
    documents_of,
    examples_of,
    held_out_of,
    make_example,
)
from kgbuild.relations.network import RelationNetwork, inside
from kgbuild.relations.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.relations.recipe import RelationRecipe, RelationTraining

logger = logging.getLogger(__name__)

#: Weight of novelty beside the predicates.
_NOVELTY = 0.3


def train(recipe: RelationRecipe, output: Path | str) -> Path:
    """Train an extractor; return its folder.

    Killed and started again with the same recipe and output, it goes on after its last
    checkpoint.

    Parameters
    ----------
    recipe
        What to learn from, and how.
    output
        Folder for the weights, ``log.jsonl`` and the checkpoint.
    """
    output, settings = Path(output), recipe.training
    torch.manual_seed(settings.seed)
    encoder, tokenizer = load_inner_encoder(weights_path(recipe.encoder))
    for layer in encoder.encoder.layer[settings.frozen :]:
        layer.attention.output.dropout.p = settings.encoder_dropout
        layer.output.dropout.p = settings.encoder_dropout
    tasks = {c.task: TASKS[c.task] for c in recipe.corpora}
    network = RelationNetwork(
        encoder, tasks, frozen=settings.frozen, dropout=settings.dropout
    )
    held_out = held_out_of(recipe)
    examples: list[Example] = []
    passes: list[float] = []
    for corpus in recipe.corpora:
        found = examples_of(corpus, recipe.corpora_folder, tokenizer, held_out=held_out)
        logger.info("%s: %d documents for %s", corpus.file, len(found), corpus.task)
        examples += found
        passes += [corpus.passes] * len(found)
    first = recipe.corpora[0]
    measured = [
        (document, make_example(document, tokenizer, task=TASKS[first.task]))
        for document in documents_of(
            first, recipe.corpora_folder, held_out=held_out, held=True
        )
    ]
    objective = _Relating(
        network, tokenizer, settings, examples=examples, passes=np.array(passes),
        measured=measured,
    )  # fmt: skip
    Loop(objective, output, settings).run()
    return output


class _Relating:
    """See :class:`kgbuild.encoder.training.Objective`."""

    def __init__(
        self,
        network: RelationNetwork,
        tokenizer: Tokenizer,
        settings: RelationTraining,
        *,
        examples: Sequence[Example],
        passes: NDArray[np.float64],
        measured: Sequence[tuple[Any, Example]],
    ) -> None:
        self.network, self.tokenizer, self.settings = network, tokenizer, settings
        self.examples, self.measured = examples, measured
        self.states = LowerStates(network)
        self.plan = plan(examples, passes, settings)
        self.steps = len(self.plan)
        self.best = -1.0

    def loss(self, step: int, loop: Loop) -> tuple[torch.Tensor, int]:
        chosen = [self.examples[i] for i in self.plan[step]]
        rng = np.random.default_rng((self.settings.seed, 11, step))
        hide = [
            hidden_tokens(e, rng=rng, words=self.settings.hide_words,
                          mentions=self.settings.hide_mentions)
            for e in chosen
        ]  # fmt: skip
        logits = self.run(chosen, hide)
        total = sum(len(e.labels) for e in chosen)
        loss = torch.zeros((), device=loop.device)
        for example, of_one in zip(chosen, logits, strict=True):
            begin, end = self.network.columns[example.task]
            gold = torch.from_numpy(example.labels).to(loop.device)
            each = nn.functional.cross_entropy(
                of_one[:, begin:end].float(), gold, reduction="sum"
            )
            loss = loss + each
            novel = torch.from_numpy(example.novelty).to(loop.device)
            if (known := novel >= 0).any():
                loss = loss + _NOVELTY * nn.functional.binary_cross_entropy_with_logits(
                    of_one[known, -1].float(), novel[known], reduction="sum"
                )
        return loss / total, sum(len(w) for e in chosen for w in e.layout.ids)

    def after(self, step: int, loop: Loop) -> Next:
        over = step + 1 == self.steps
        if not over and (step + 1) % self.settings.measure_every:
            return "go on"
        with loop.measuring():
            scores = self.measure()
            row = {name: round(100 * counts.f1, 2) for name, counts in scores.items()}
            if row["type"] + row["pair"] > self.best:
                self.best = row["type"] + row["pair"]
                save_network(self.network, self.tokenizer, loop.output / "best")
        loop.log(measured=step + 1, **row)
        return "go on"

    def run(
        self,
        examples: Sequence[Example],
        hide: Sequence[NDArray[np.bool_]] | None = None,
    ) -> list[torch.Tensor]:
        return logits_of(self.network, examples, self.states(examples), hide)

    @torch.no_grad()
    def measure(self) -> dict[str, PRF]:
        """Count pairs, and pairs with their predicate, of held-out documents."""
        scores = {name: PRF() for name in ("pair", "type")}
        for document, example in self.measured:
            gold = {
                (frozenset((s.subject, s.object)), s.predicate)
                for s in document.statements
            }
            found: set[tuple[frozenset[str], str]] = set()
            begin, end = self.network.columns[example.task]
            names = TASKS[example.task].labels
            best = []
            if len(example.labels):
                best = self.run([example])[0][:, begin:end].argmax(1).tolist()
            for (a, b), label in zip(example.layout.pairs.tolist(), best, strict=True):
                ends = (example.layout.entities[i].concept for i in (a, b))
                if label:
                    found.add((frozenset(ends), names[label]))
            scores["type"].add(found, gold)
            scores["pair"].add({p for p, _ in found}, {p for p, _ in gold})
        return scores

    def state(self) -> dict[str, Any]:
        return {"best": self.best}

    def restore(self, state: dict[str, Any]) -> None:
        self.best = state["best"]


def plan(
    examples: Sequence[Example],
    passes: NDArray[np.float64],
    settings: RelationTraining,
) -> list[list[int]]:
    """Order what is seen: the first corpus until the end, others in the first 85 %."""
    rng = np.random.default_rng(settings.seed)
    whole = np.floor(passes).astype(int)
    times = whole + (rng.random(len(passes)) < passes - whole)
    chosen = np.repeat(np.arange(len(examples)), times)
    first = examples[0].task
    own = np.array([examples[i].task == first for i in chosen.tolist()])
    when = np.where(
        own, 0.05 + 0.95 * rng.random(len(own)), 0.85 * rng.random(len(own))
    )
    chosen = chosen[np.argsort(when, kind="stable")]
    lengths = np.array([max(map(len, e.layout.ids)) for e in examples])
    windows = np.array([len(e.layout.ids) for e in examples])
    batches: list[list[int]] = []
    # Texts of like length among neighbours, so that there is little padding.
    for begin in range(0, len(chosen), 64):
        near = chosen[begin : begin + 64]
        near = near[np.argsort(lengths[near], kind="stable")]
        group: list[list[int]] = [[]]
        for i in near.tolist():
            padded = lengths[i] * windows[[*group[-1], i]].sum()
            if group[-1] and padded > settings.tokens_per_batch:
                group.append([])
            group[-1].append(i)
        batches += [group[k] for k in rng.permutation(len(group))]
    return batches


def hidden_tokens(
    example: Example, *, rng: np.random.Generator, words: float, mentions: float
) -> NDArray[np.bool_]:
    """Choose tokens to hide, without special ones: some words, some mentions."""
    lengths = [len(w) - 2 for w in example.layout.ids]
    hide: NDArray[np.bool_] = rng.random(sum(lengths)) < words
    for begin, end in example.layout.mention_tokens.tolist():
        if rng.random() < mentions:
            hide[begin:end] = True
    return hide


class LowerStates:
    """Keeps what the frozen layers make of examples, in half precision."""

    def __init__(self, network: RelationNetwork) -> None:
        self._network = network
        # With the examples: of one that is gone, another might have the id.
        self._kept: dict[int, tuple[Example, torch.Tensor]] = {}

    def __call__(self, examples: Sequence[Example]) -> list[torch.Tensor]:
        """Return the states ``(tokens, width)`` of all windows of these examples."""
        device = next(self._network.parameters()).device
        for example in examples:
            if id(example) in self._kept:
                continue
            # Each by itself: padding changes the last bits, and which examples come
            # together depends on where a killed training goes on.
            windows = example.layout.ids
            inputs = [x.to(device) for x in padded(windows, example.layout.types)]
            rows = self._network.lower(*inputs)
            parts = [row[: len(w)] for row, w in zip(rows, windows, strict=True)]
            self._kept[id(example)] = example, torch.cat(parts).to(torch.float16)
        return [self._kept[id(e)][1] for e in examples]


def logits_of(
    network: RelationNetwork,
    examples: Sequence[Example],
    states: Sequence[torch.Tensor],
    hide: Sequence[NDArray[np.bool_]] | None = None,
) -> list[torch.Tensor]:
    """Return the logits ``(pairs, outputs)`` of each example.

    Parameters
    ----------
    network
        The extractor's.
    examples
        To score together.
    states
        Of each, from :class:`LowerStates`.
    hide
        Of each, the tokens whose states are hidden.
    """
    rows: list[torch.Tensor] = []
    for number, (example, of_one) in enumerate(zip(examples, states, strict=True)):
        lengths = [len(w) for w in example.layout.ids]
        windows = list(of_one.float().split(lengths))
        if hide is not None:
            at = 0
            for place, n in enumerate(lengths):
                kept = np.ones(n, dtype=np.float32)
                kept[1:-1] -= hide[number][at : at + n - 2]
                at += n - 2
                windows[place] = windows[place] * torch.from_numpy(kept)[:, None]
        rows += windows
    device = next(network.parameters()).device
    marks = [w for e in examples for w in e.layout.marks]
    _, mask, marked = (x.to(device) for x in padded(marks, marks))
    stacked = nn.utils.rnn.pad_sequence(rows, batch_first=True).to(device)
    # Padding of marks stands for lengths only: `padded` counts every position.
    hidden = network.upper(stacked, mask, marked).float()
    documents = inside(hidden, [[len(w) for w in e.layout.ids] for e in examples])
    return [
        network.head(of_one, *arguments(e, device))[0]
        for of_one, e in zip(documents, examples, strict=True)
    ]


def arguments(example: Example, device: torch.device) -> list[torch.Tensor]:
    """Return what the head takes beside the states of the tokens."""
    layout = example.layout
    kinds = np.array([e.type for e in layout.entities], dtype=np.int64)
    arrays = (
        layout.mention_tokens, layout.entity_mentions, kinds, layout.pairs,
        layout.places, layout.facts, layout.numbers,
    )  # fmt: skip
    return [torch.from_numpy(a).to(device) for a in arrays]
