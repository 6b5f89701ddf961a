"""Train a name encoder: synonyms close together, other concepts' names apart.

The recipe of SapBERT (Liu et al. 2021, NAACL) for a small encoder: pairs of names of
one concept, in batches whose concepts lie close to each other ("hard" ones, mined with
the encoder as it is at that point), under a contrastive loss. Vectors of the last
steps serve as further negatives (cross-batch memory, Wang et al. 2020, CVPR).
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from kgbuild._io.files import lines
from kgbuild.corpus import read
from kgbuild.errors import ConfigError
from kgbuild.ner.aio.network import add_token_types, load_encoder
from kgbuild.normalize.name_encoder.names import NameSet, collect, questions
from kgbuild.normalize.name_encoder.network import (
    NameNetwork,
    cut,
    encode,
    inputs_of,
    save,
)
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
    """Train, or go on after the last checkpoint in ``output``.

    Parameters
    ----------
    recipe
        See :class:`~kgbuild.normalize.name_encoder.recipe.NameRecipe`.
    output
        Folder for weights, tokenizer, ``names.json``, ``log.jsonl`` and the checkpoint.

    Returns
    -------
    Path
        ``output``.

    Raises
    ------
    ConfigError
        A vocabulary gives no concept with two names.
    """
    settings = recipe.training
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
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
    asked = [questions(documents, names, among=without) for names in sets]
    del documents
    for names in sets:
        logger.info(
            "%s: %d names, %d classes", names.kind, len(names.texts), len(names.classes)
        )
    samplers = [_Sampler(names) for names in sets]

    encoder, tokenizer = load_encoder(recipe.encoder)
    add_token_types(encoder)
    cut(encoder, layers=settings.layers)
    network = NameNetwork(encoder, dimension=settings.dimension)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=0.01, fused=True
    )
    steps = settings.steps
    warm = max(1.0, 0.05 * steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (steps - step) / steps)
    )
    checkpoint = output / "checkpoint.pt"
    done = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        done = state["step"]
        for sampler, close in zip(samplers, state["close"], strict=True):
            sampler.close = close.numpy() if close.numel() else None
    shares = np.array([use.share for use in recipe.vocabularies])
    shares = shares / shares.sum()
    queues = [_Queue(settings.queue, settings.dimension) for _ in sets]
    mine_at = {int(share * steps) for share in settings.mine_at}
    log = output / "log.jsonl"
    losses: list[float] = []
    started, tokens = time.perf_counter(), 0
    network.train()
    for step in range(done, steps):
        if step in mine_at:
            said = _mine(network, tokenizer, recipe, samplers, asked)
            _note(log, step=step, of=steps, **said)
        rng = np.random.default_rng((settings.seed, step))
        which = int(rng.choice(len(sets), p=shares))
        names, sampler = sets[which], samplers[which]
        first, second = sampler.draw(settings.pairs, hard=settings.hard, rng=rng)
        rows = np.concatenate([first, second])
        texts = [vary(names.texts[row], rng=rng) for row in rows]
        inputs = inputs_of(texts, tokenizer, limit=settings.limit)
        tokens += sum(len(ids) for ids, _ in inputs)
        with torch.autocast("cpu", torch.bfloat16):
            vectors = encode(network, inputs, chunk=_CHUNK)
        loss = _loss(
            vectors, rows, names, queues[which], temperature=settings.temperature
        )
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        # Early vectors would soon be out of date.
        if step >= warm:
            queues[which].put(vectors.detach(), names.concepts[rows], names.keys[rows])
        losses.append(loss.item())
        last = step + 1 == steps
        if (step + 1) % 50 == 0 or last:
            speed = tokens / (time.perf_counter() - started)
            mean = round(float(np.mean(losses)), 4)
            _note(log, step=step + 1, of=steps, loss=mean, tokens_per_s=round(speed))
            losses = []
        if (step + 1) % settings.checkpoint_every == 0 or last:
            _save_checkpoint(
                checkpoint, network, optimizer, schedule, samplers, step=step + 1
            )
    said = _mine(network, tokenizer, recipe, samplers, asked)
    _note(log, step=steps, of=steps, **said)
    facts: dict[str, Any] = {
        "name": recipe.name,
        "dimension": settings.dimension,
        "limit": settings.limit,
        "training": asdict(settings),
        "held_out_accuracy": said,
    }
    save(network, tokenizer, output, facts=facts)
    return output


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
        self.vectors = torch.cat([self.vectors, vectors])[-self._size :]
        self.concepts = np.concatenate([self.concepts, concepts])[-self._size :]
        self.keys = np.concatenate([self.keys, keys])[-self._size :]


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
    everything = torch.cat([vectors, queue.vectors])
    concepts = np.concatenate([names.concepts[rows], queue.concepts])
    keys = np.concatenate([names.keys[rows], queue.keys])
    scores = vectors @ everything.T / temperature
    hidden = np.zeros(scores.shape, dtype=np.bool_)
    for i, row in enumerate(rows):
        same = np.isin(concepts, names.classes_of_key[names.keys[row]])
        hidden[i] = same | (keys == names.keys[row])
    partner = (np.arange(n) + n // 2) % n
    hidden[np.arange(n), partner] = False
    scores = scores.masked_fill(torch.from_numpy(hidden), float("-inf"))
    return nn.functional.cross_entropy(scores, torch.from_numpy(partner))


def _mine(
    network: NameNetwork,
    tokenizer: Tokenizer,
    recipe: NameRecipe,
    samplers: list[_Sampler],
    asked: list[list[tuple[str, frozenset[int]]]],
) -> dict[str, float]:
    """Find each concept's closest others; return the accuracy on held-out mentions."""
    import faiss

    limit = recipe.training.limit
    faiss.omp_set_num_threads(torch.get_num_threads())
    said: dict[str, float] = {}
    network.eval()
    for use, sampler, asking in zip(recipe.vocabularies, samplers, asked, strict=True):
        names = sampler.names
        rows = _reference(names, per_concept=use.mined_names)
        if use.mined_names:
            # Concepts of one name are never drawn: as neighbours they serve nothing.
            rows = rows[sampler.weights[names.concepts[rows]] > 0]
            asking = []
        table = _encode_all(network, tokenizer, names, rows, limit=limit)
        concepts = names.concepts[rows]
        near = _nearest(table, table, _CLOSE * 3)
        close = np.full((len(sampler.weights), _CLOSE), -1, dtype=np.int32)
        found: dict[int, dict[int, None]] = {}
        for place in range(len(rows)):
            same = set(names.classes_of_key[names.keys[rows[place]]].tolist())
            own = found.setdefault(int(concepts[place]), {})
            for other in concepts[near[place]].tolist():
                if other not in same and len(own) < _CLOSE * 2:
                    own[other] = None
        for concept, others in found.items():
            kept = list(others)[:_CLOSE]
            close[concept, : len(kept)] = kept
        sampler.close = close
        if asking:
            texts = [text for text, _ in asking]
            vectors = _encode_texts(network, tokenizer, texts, limit=limit)
            best = concepts[_nearest(vectors, table, 1)[:, 0]]
            right = [b in gold for b, (_, gold) in zip(best, asking, strict=True)]
            said[names.kind] = round(100 * float(np.mean(right)), 2)
    network.train()
    return said


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


def _encode_all(
    network: NameNetwork,
    tokenizer: Tokenizer,
    names: NameSet,
    rows: NDArray[np.int64],
    *,
    limit: int,
) -> NDArray[np.float32]:
    pieces = []
    for start in range(0, len(rows), 4096):
        texts = [names.texts[row] for row in rows[start : start + 4096]]
        pieces.append(_encode_texts(network, tokenizer, texts, limit=limit))
    return np.concatenate(pieces)


def _encode_texts(
    network: NameNetwork, tokenizer: Tokenizer, texts: list[str], *, limit: int
) -> NDArray[np.float32]:
    inputs = inputs_of(texts, tokenizer, limit=limit)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        found: NDArray[np.float32] = encode(network, inputs, chunk=_CHUNK).numpy()
    return found


def _nearest(
    queries: NDArray[np.float32], table: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """Return the rows of the table that are nearest, ``(n, count) int64``."""
    import faiss

    _, rows = faiss.knn(queries, table, count, metric=faiss.METRIC_INNER_PRODUCT)
    found: NDArray[np.int64] = rows
    return found


def _save_checkpoint(
    path: Path,
    network: NameNetwork,
    optimizer: torch.optim.Optimizer,
    schedule: Any,
    samplers: list[_Sampler],
    *,
    step: int,
) -> None:
    close = [
        torch.zeros(0) if s.close is None else torch.from_numpy(s.close)
        for s in samplers
    ]
    beside = path.with_suffix(".tmp")
    state = {
        "network": network.state_dict(), "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(), "close": close, "step": step,
    }  # fmt: skip
    torch.save(state, beside)
    beside.replace(path)


def _note(log: Path, **facts: Any) -> None:
    with log.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(facts) + "\n")
    logger.info("%s", facts)
