"""Probabilities that can be believed, and where to draw the line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild._io.files import write_atomically
from kgbuild.relations.dataset import documents_of, held_out_of, make_example
from kgbuild.relations.extractor import load_extractor
from kgbuild.relations.storage import CARD_FILE, read_card
from kgbuild.relations.tasks import ASKED, TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from kgbuild.relations.recipe import RelationRecipe

#: Scales that are tried: logits times the scale, so that less is less sure.
_SCALES = np.arange(0.4, 1.61, 0.05)
#: Thresholds that are tried.
_THRESHOLDS = np.arange(0.2, 0.81, 0.02)


def calibrate(folder: Path, recipe: RelationRecipe) -> dict[str, Any]:
    """Set the scale and the threshold of each task in an exported extractor's card.

    Parameters
    ----------
    folder
        As :func:`kgbuild.relations.export.export` writes it.
    recipe
        Its held-out documents are what scale and threshold are chosen on.

    Returns
    -------
    dict
        The card, as it is written now.
    """
    card = {**read_card(folder), "calibration": {}, "threshold": {}}
    held_out = held_out_of(recipe)
    for corpus in recipe.corpora:
        if corpus.task not in ASKED:
            continue
        extractor = load_extractor(folder, tasks=corpus.task)
        # Logits up to a constant of each pair, which changes nothing.
        extractor.scale[corpus.task] = 1.0
        task, logits, labels, gold = TASKS[corpus.task], [], [], 0
        for document in documents_of(
            corpus, recipe.corpora_folder, held_out=held_out, held=True
        ):
            _, scores = extractor.probabilities(document, task=corpus.task)
            example = make_example(document, extractor.tokenizer, task=task)
            logits.append(np.log(scores + 1e-9))
            labels.append(example.labels)
            gold += len({frozenset((s.subject, s.object)) for s in document.statements})
        known, given = np.concatenate(labels), np.concatenate(logits)
        scale = best_scale(given, known)
        scores = probabilities(given, scale)
        card["calibration"][corpus.task] = scale
        card["threshold"][corpus.task] = best_threshold(
            1 - scores[:, 0], known > 0, scores[:, 1:].argmax(1) + 1 == known, gold=gold
        )
    with write_atomically(folder / CARD_FILE) as stream:
        stream.write((json.dumps(card, indent=1) + "\n").encode())
    return card


def probabilities(
    logits: NDArray[np.float32], scale: float = 1.0
) -> NDArray[np.float32]:
    """Return the softmax of logits ``(pairs, labels)``, sharper for a larger scale."""
    scaled = logits * scale
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    out: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return out


def best_scale(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Return the scale under which the labels are most likely.

    Temperature scaling: Guo et al., "On Calibration of Modern Neural Networks", ICML
    2017, section 4.2; the scale is one over the temperature.

    Parameters
    ----------
    logits
        ``(pairs, labels)``.
    labels
        ``(pairs,)``: the gold label of each.

    Examples
    --------
    >>> import numpy as np
    >>> sure = np.array([[4.0, 0.0]] * 10, dtype=np.float32)
    >>> best_scale(sure, np.array([0] * 7 + [1] * 3)) < 0.5
    True
    """
    rows = np.arange(len(labels))
    losses = [
        -np.log(probabilities(logits, float(s))[rows, labels] + 1e-9).mean()
        for s in _SCALES
    ]
    return round(float(_SCALES[int(np.argmin(losses))]), 2)


def best_threshold(
    related: NDArray[np.float32],
    right: NDArray[np.bool_],
    typed: NDArray[np.bool_],
    *,
    gold: int,
) -> float:
    """Return the threshold with the best mean of two F1: of pairs, and with predicate.

    Parameters
    ----------
    related
        ``(pairs,)``: how probable it is that a pair is related.
    right
        ``(pairs,)``: whether it is.
    typed
        ``(pairs,)``: whether its most probable predicate is right, too.
    gold
        How many pairs are related, those that were not looked at included.
    """
    scores: Sequence[float] = [
        float((right[said].sum() + typed[said].sum()) / (said.sum() + gold))
        for said in (related >= t for t in _THRESHOLDS)
    ]
    return round(float(_THRESHOLDS[int(np.argmax(scores))]), 2)
