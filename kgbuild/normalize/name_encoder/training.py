"""Train a name encoder: synonyms close together, other concepts' names apart.

The recipe of SapBERT (Liu et al. 2021, NAACL) for a small encoder: pairs of names of
one concept, in batches whose concepts lie close to each other ("hard" ones, mined with
the encoder as it is at that point), under a contrastive loss. Vectors of the last
steps serve as further negatives (cross-batch memory, Wang et al. 2020, CVPR).
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
import torch
from torch import nn

from kgbuild._io.files import lines
from kgbuild.corpus import read
from kgbuild.encoder.backbone import add_token_types, load_encoder
from kgbuild.encoder.training import Loop, Next
from kgbuild.errors import ConfigError
from kgbuild.normalize.name_encoder.encoder import inputs_of
from kgbuild.normalize.name_encoder.names import NameSet, collect, questions
from kgbuild.normalize.name_encoder.network import NameNetwork, cut, encode, save
from kgbuild.normalize.name_encoder.variation import vary

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.normalize.name_encoder.recipe import NameRecipe

logger = logging.getLogger(__name__)

#: How many close concepts of each concept are kept when they are mined.
_CLOSE = 12
#: Names encoded together: small enough to stay in the cache of one core.
_CHUNK = 128


def train(recipe: NameRecipe, output: Path | str) -> Path:
    """Train, or go on after the last checkpoint in ``output``; return that.

    Parameters
    ----------
    recipe
        See :class:`~kgbuild.normalize.name_encoder.recipe.NameRecipe`.
    output
        Folder for weights, tokenizer, ``names.json``, ``log.jsonl`` and the checkpoint.

    Raises
    ------
    ConfigError
        A vocabulary gives no concept with two names.
    """
    output, settings = Path(output), recipe.training
    without: frozenset[str] = frozenset()
    if recipe.held_out is not None:
        held_out = lines(recipe.folder / recipe.held_out)
        without = frozenset(line.strip() for _, line in held_out if line.strip())
    documents = [
        document
        for file in recipe.corpora
        for document in read(recipe.folder / file, on_error=lambda _: None)
    ]
    sets = collect(recipe, documents, without=without)
    for names in sets:
        logger.info(
            "%s: %d names, %d classes", names.kind, len(names.texts), len(names.classes)
        )
    torch.manual_seed(settings.seed)
    encoder, tokenizer = load_encoder(recipe.encoder)
    add_token_types(encoder)
    cut(encoder, layers=settings.layers)
    objective = _Synonyms(
        NameNetwork(encoder, dimension=settings.dimension), tokenizer, recipe,
        sets=sets, asked=[questions(documents, n, among=without) for n in sets],
    )  # fmt: skip
    loop = Loop(objective, output, settings)
    loop.run()
    accuracy = objective.mine(loop)
    loop.log(step=settings.steps, of=settings.steps, **accuracy)
    card: dict[str, Any] = {
        "name": recipe.name,
        "dimension": settings.dimension,
        "limit": settings.limit,
        "training": asdict(settings),
        "held_out_accuracy": accuracy,
    }
    save(objective.network, tokenizer, output, card=card)
    return output


class _Synonyms:
    """See :class:`kgbuild.encoder.training.Objective`."""

    def __init__(
        self,
        network: NameNetwork,
        tokenizer: Tokenizer,
        recipe: NameRecipe,
        *,
        sets: list[NameSet],
        asked: list[list[tuple[str, frozenset[int]]]],
    ) -> None:
        settings = self.settings = recipe.training
        self.network, self.tokenizer, self.recipe = network, tokenizer, recipe
        self.steps, self.asked = settings.steps, asked
        self.samplers = [_Sampler(names) for names in sets]
        self.queues = [_Queue(settings.queue, settings.dimension) for _ in sets]
        shares = np.array([use.share for use in recipe.vocabularies])
        self.shares = shares / shares.sum()
        self.mine_at = {int(share * self.steps) for share in settings.mine_at}

    def loss(self, step: int, loop: Loop) -> tuple[torch.Tensor, int]:
        settings = self.settings
        if step in self.mine_at:
            loop.log(step=step, of=self.steps, **self.mine(loop))
        rng = np.random.default_rng((settings.seed, step))
        which = int(rng.choice(len(self.samplers), p=self.shares))
        sampler, queue = self.samplers[which], self.queues[which]
        names = sampler.names
        first, second = sampler.draw(settings.pairs, hard=settings.hard, rng=rng)
        rows = np.concatenate([first, second])
        texts = [vary(names.texts[row], rng=rng) for row in rows]
        inputs = inputs_of(texts, self.tokenizer, limit=settings.limit)
        vectors = encode(self.network, inputs, chunk=_CHUNK)
        with torch.autocast(loop.device.type, enabled=False):
            loss = _loss(vectors, rows, names, queue, temperature=settings.temperature)
        # Early vectors would soon be out of date.
        if step >= settings.warmup * self.steps:
            queue.put(vectors.detach(), names.concepts[rows], names.keys[rows])
        return loss, sum(len(ids) for ids, _ in inputs)

    def after(self, step: int, loop: Loop) -> Next:  # noqa: ARG002
        return "go on"

    def state(self) -> dict[str, Any]:
        close = [s.close for s in self.samplers]
        return {
            "close": [None if c is None else torch.from_numpy(c) for c in close],
            "queues": [queue.state() for queue in self.queues],
        }

    def restore(self, state: dict[str, Any]) -> None:
        for sampler, close in zip(self.samplers, state["close"], strict=True):
            sampler.close = None if close is None else close.cpu().numpy()
        for queue, values in zip(self.queues, state["queues"], strict=True):
            queue.restore(*values)

    def mine(self, loop: Loop) -> dict[str, float]:
        """Find each concept's closest others; return the accuracy on held-out names."""
        faiss.omp_set_num_threads(torch.get_num_threads())
        accuracy: dict[str, float] = {}
        uses = zip(self.recipe.vocabularies, self.samplers, self.asked, strict=True)
        with loop.measuring(), torch.no_grad(), loop.low_precision():
            for use, sampler, asked in uses:
                names = sampler.names
                rows = _reference(names, per_concept=use.mined_names)
                if use.mined_names:
                    # Concepts of one name are never drawn: they serve nobody.
                    rows = rows[sampler.weights[names.concepts[rows]] > 0]
                table = self._encoded([names.texts[row] for row in rows])
                sampler.set_close(rows, _nearest(table, table, _CLOSE * 3))
                if asked and not use.mined_names:
                    vectors = self._encoded([text for text, _ in asked])
                    best = names.concepts[rows][_nearest(vectors, table, 1)[:, 0]]
                    right = [
                        b in gold for b, (_, gold) in zip(best, asked, strict=True)
                    ]
                    accuracy[names.kind] = round(100 * float(np.mean(right)), 2)
        return accuracy

    def _encoded(self, texts: list[str]) -> NDArray[np.float32]:
        pieces = []
        for start in range(0, len(texts), 4096):
            some = texts[start : start + 4096]
            inputs = inputs_of(some, self.tokenizer, limit=self.settings.limit)
            pieces.append(encode(self.network, inputs, chunk=_CHUNK).cpu().numpy())
        return np.concatenate(pieces)


class _Queue:
    """The vectors of the last steps."""

    def __init__(self, size: int, width: int) -> None:
        self.vectors = torch.zeros((0, width))
        self.concepts = np.zeros(0, dtype=np.int32)
        self.keys = np.zeros(0, dtype=np.int32)
        self._size = size

    def put(
        self,
        vectors: torch.Tensor,
        concepts: NDArray[np.int32],
        keys: NDArray[np.int32],
    ) -> None:
        """Add new vectors and forget the oldest."""
        self.vectors = torch.cat([self.vectors.to(vectors.device), vectors])[
            -self._size :
        ]
        self.concepts = np.concatenate([self.concepts, concepts])[-self._size :]
        self.keys = np.concatenate([self.keys, keys])[-self._size :]

    def state(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return what the queue holds."""
        concepts, keys = torch.from_numpy(self.concepts), torch.from_numpy(self.keys)
        return self.vectors, concepts, keys

    def restore(
        self, vectors: torch.Tensor, concepts: torch.Tensor, keys: torch.Tensor
    ) -> None:
        """Take over what :meth:`state` returned."""
        self.vectors = vectors
        self.concepts, self.keys = concepts.cpu().numpy(), keys.cpu().numpy()


class _Sampler:
    """Draws pairs of names, each of another concept, many of close concepts."""

    def __init__(self, names: NameSet) -> None:
        n_classes = int(names.concepts.max(initial=-1)) + 1
        self.names = names
        self.starts = np.searchsorted(names.concepts, np.arange(n_classes + 1))
        counts = np.diff(self.starts)
        seen = np.zeros(n_classes)
        np.add.at(seen, names.concepts[names.observed], 1)
        weights = np.where(counts > 1, np.sqrt(np.minimum(counts, 9)), 0)
        weights = weights * np.where(seen > 0, 2.5, 1.0)
        if not weights.any():
            msg = (
                f"The names of {names.kind} teach nothing: no concept has two names. "
                "Add files with synonyms, or leave this type out."
            )
            raise ConfigError(msg)
        self.weights = weights / weights.sum()
        self.close: NDArray[np.int32] | None = None

    def draw(
        self, pairs: int, *, hard: float, rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of the two names of every pair, ``(≤ pairs,) int64`` each."""
        chosen: dict[int, None] = {}
        seeds = pairs
        if self.close is not None:
            seeds = max(1, round(pairs * (1 - hard)))
        possible = int(np.count_nonzero(self.weights))
        drawn = rng.choice(
            len(self.weights), size=min(seeds, possible), replace=False, p=self.weights
        )
        chosen.update(dict.fromkeys(drawn.tolist()))
        if self.close is not None:
            # Neighbours of the first seeds, until the step is full.
            for seed in drawn.tolist():
                near = self.close[seed]
                near = near[near >= 0]
                near = near[self.weights[near] > 0]
                for other in rng.permutation(near)[:3].tolist():
                    if len(chosen) < pairs:
                        chosen[other] = None
        rows = [self._pair(concept, rng=rng) for concept in chosen]
        both = np.array(rows, dtype=np.int64)
        return both[:, 0], both[:, 1]

    def set_close(self, rows: NDArray[np.int64], near: NDArray[np.int64]) -> None:
        """Remember the concepts that lie closest to each other.

        Parameters
        ----------
        rows
            ``(n,)``: the names that were compared.
        near
            ``(n, count)``: per name, numbers into ``rows``, nearest first.
        """
        names, concepts = self.names, self.names.concepts[rows]
        close = np.full((len(self.weights), _CLOSE), -1, dtype=np.int32)
        neighbors: dict[int, dict[int, None]] = {}
        for place, row in enumerate(rows):
            same = set(names.classes_of_key[names.keys[row]].tolist())
            own = neighbors.setdefault(int(concepts[place]), {})
            for other in concepts[near[place]].tolist():
                if other not in same and len(own) < _CLOSE * 2:
                    own[other] = None
        for concept, others in neighbors.items():
            nearest = list(others)[:_CLOSE]
            close[concept, : len(nearest)] = nearest
        self.close = close

    def _pair(self, concept: int, *, rng: np.random.Generator) -> tuple[int, int]:
        """Draw two names of a concept; one from a text, where there is one."""
        rows = np.arange(self.starts[concept], self.starts[concept + 1])
        seen = rows[self.names.observed[rows]]
        if len(seen) and rng.random() < 0.6:
            first = int(rng.choice(seen))
        else:
            first = int(rng.choice(rows))
        others = rows[self.names.keys[rows] != self.names.keys[first]]
        if not len(others):
            others = rows[rows != first]
        return first, int(rng.choice(others))


def _loss(
    vectors: torch.Tensor,
    rows: NDArray[np.int64],
    names: NameSet,
    queue: _Queue,
    *,
    temperature: float,
) -> torch.Tensor:
    """Cross entropy of finding a name's partner among all others (InfoNCE)."""
    n = len(rows)
    everything = torch.cat([vectors, queue.vectors.to(vectors.device)])
    concepts = np.concatenate([names.concepts[rows], queue.concepts])
    keys = np.concatenate([names.keys[rows], queue.keys])
    scores = vectors @ everything.T / temperature
    hidden = np.zeros(scores.shape, dtype=np.bool_)
    for i, row in enumerate(rows):
        same = np.isin(concepts, names.classes_of_key[names.keys[row]])
        hidden[i] = same | (keys == names.keys[row])
    partner = (np.arange(n) + n // 2) % n
    hidden[np.arange(n), partner] = False
    barred, wanted = (torch.from_numpy(x).to(vectors.device) for x in (hidden, partner))
    scores = scores.masked_fill(barred, float("-inf"))
    return nn.functional.cross_entropy(scores, wanted)


def _reference(names: NameSet, *, per_concept: int) -> NDArray[np.int64]:
    """Return one row per concept and key, at most so many a concept (0: all)."""
    chosen, seen, counts = [], set(), {}  # type: ignore[var-annotated]
    pairs = zip(names.concepts.tolist(), names.keys.tolist(), strict=True)
    for row, pair in enumerate(pairs):
        if pair in seen or (per_concept and counts.get(pair[0], 0) >= per_concept):
            continue
        seen.add(pair)
        counts[pair[0]] = counts.get(pair[0], 0) + 1
        chosen.append(row)
    return np.array(chosen, dtype=np.int64)


def _nearest(
    queries: NDArray[np.float32], table: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """Return the rows of the table that are nearest, ``(n, count) int64``."""
    rows: NDArray[np.int64]
    _, rows = faiss.knn(queries, table, count, metric=faiss.METRIC_INNER_PRODUCT)
    return rows
