"""Which associations to show first: STRING's co-mention score, and a score from gold.

All functions are vectorised over pairs. The statistics of
:mod:`kgbuild.graph.statistics` say how surprising a pair is in its corpus; what is true
of the world also shows in where the two stand: in one sentence, side by side, in
documents that name little else, among the same neighbours. What is stated of a pair is
ranked by the same counts, and by how surely it is stated.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild.graph import neighbourhood

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: What the score is made of: documents that name both, each shared among all that it
#: names; sentences that name both, less where they stand apart; documents that name
#: either concept; how alike their neighbours are; documents that name the second one,
#: up to :data:`FEW`; how strongly it is tied to all of its neighbours; and the pair's
#: STRING score over the highest of the second; of a statement :func:`evidence`, and
#: which way the second concept leans (:func:`leaning`). All but ``alike`` as
#: logarithms. Of :data:`EVIDENCE` more is never weaker.
FEATURES = (
    "share", "near", "first", "second", "alike",
    "second_few", "second_strength", "second_best", "stated", "second_leaning",
)  # fmt: skip
EVIDENCE = frozenset({"share", "near", "alike", "second_best", "stated"})

#: Between which predicates a concept leans: drugs make a symptom worse, or a disease
#: better.
LEANING = ("Positive_Correlation", "Negative_Correlation")

#: What :func:`standing` tells.
STANDING = (
    "alike", "source_strength", "target_strength", "source_best", "target_best",
)  # fmt: skip

#: From so many documents on, how often a gene is named says nothing of whether a drug
#: binds it: in many corpora at once it may be one of those that all studies measure, in
#: a corpus on one subject it is the subject.
FEW = 10

#: What is left of the score of a pair that no sentence affirms.
DENIED = 1e-3

#: Of STRING's score, where it is part of ours.
BEST_EXPONENT = 0.8


def string_score(
    documents: ArrayLike,
    close: ArrayLike,
    *,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    weights: tuple[int, int] = (1, 3),
    exponent: float = 0.6,
    sums: Floats | None = None,
) -> Floats:
    r"""Return the co-mention score of STRING and DISEASES.

    ``S = C_xy ** a * (C_xy * C / (C_x * C_y)) ** (1 - a)`` where ``C_xy`` is the number
    of documents that name both, each with a weight, and ``C_x`` and ``C`` are sums over
    all pairs of a concept and over all pairs (Szklarczyk et al. 2019,
    doi:10.1093/nar/gky1131; Pletscher-Frankild et al. 2015,
    doi:10.1016/j.ymeth.2014.11.020).

    Parameters
    ----------
    documents
        Documents that name both, shape ``(n_pairs,)``.
    close
        Documents in which one sentence names both.
    ends
        Numbers of the two concepts, from 0.
    weights
        Of a document, and what a sentence adds; whole numbers, so that sums do not
        depend on their order. An abstract is one paragraph, which has no weight of its
        own.
    exponent
        ``a``: 1 ranks by counts alone, 0 by observed over expected.
    sums
        :func:`string_sums` of all pairs, where these are some of them.

    Returns
    -------
    numpy.ndarray
        float64, at least 0.

    Examples
    --------
    >>> ends = np.array([0, 0, 1]), np.array([1, 2, 2])
    >>> string_score([4, 1, 1], [2, 0, 1], ends=ends).round(2).tolist()
    [3.94, 0.59, 2.16]
    """
    count = weights[0] * np.asarray(documents, dtype=np.float64)
    count += weights[1] * np.asarray(close, dtype=np.float64)
    if sums is None:
        n = 1 + max((int(end.max(initial=-1)) for end in ends), default=-1)
        sums = string_sums(documents, close, ends=ends, n_concepts=n, weights=weights)
    # Each pair is in the sums of two concepts.
    expected = sums[ends[0]] * sums[ends[1]] / max(sums.sum() / 2, 1.0)
    ratio = np.divide(count, expected, out=np.zeros_like(count), where=expected > 0)
    scores: Floats = np.power(count, exponent) * np.power(ratio, 1.0 - exponent)
    return scores


def string_sums(
    documents: ArrayLike,
    close: ArrayLike,
    *,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    n_concepts: int,
    weights: tuple[int, int] = (1, 3),
) -> Floats:
    """Return the sum over the pairs of every concept, of which STRING's score is made.

    Sums of parts add up; shape ``(n_concepts,)``.
    """
    count = weights[0] * np.asarray(documents, dtype=np.float64)
    count += weights[1] * np.asarray(close, dtype=np.float64)
    out = np.zeros(n_concepts)
    for end in ends:
        out += np.bincount(end, count, minlength=n_concepts)
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A logistic regression on :data:`FEATURES`.

    Attributes
    ----------
    types
        The entity types of the first and the second concept; of no types the weights
        are for all other pairs, the rarer concept first.
    predicate
        Of the statements that they are for; without one they are for co-mentions, and
        for statements that have no weights of their own.
    intercept, weights
        Of the log odds that a pair is known to be true.
    """

    types: tuple[str, ...]
    predicate: str = ""
    intercept: float
    weights: tuple[float, ...]


@cache
def learned() -> tuple[str, tuple[Weights, ...]]:
    """Return the version of the weights, and those of ``ranking.toml``."""
    text = (files("kgbuild.graph") / "ranking.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return table["version"], tuple(
        Weights(
            types=tuple(entry["types"]),
            predicate=entry.get("predicate", ""),
            intercept=entry["intercept"],
            weights=tuple(entry.get(name, 0.0) for name in FEATURES),
        )
        for entry in table["pairs"]
    )


def standing(
    counts: Mapping[str, ArrayLike],
    named: NDArray[np.int64],
    *,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    n: int,
    hashes: NDArray[np.uint64],
) -> dict[str, Floats]:
    """Return where pairs stand among all pairs, for :func:`features`.

    Parameters
    ----------
    counts
        ``documents`` and ``close`` of **all** pairs, shape ``(n_pairs,)``.
    named
        Documents that name each concept, shape ``(n_concepts,)``.
    ends
        Numbers of the two concepts.
    n
        Documents in all.
    hashes
        uint64 ``(n_concepts,)``: :func:`kgbuild.graph.packing.stable_hash` of the ids.

    Returns
    -------
    dict
        ``alike``; and ``source_strength``, ``source_best`` and the same of targets:
        float64 ``(n_pairs,)``.
    """
    documents = np.asarray(counts["documents"], dtype=np.int64)
    surprising = neighbourhood.surprise(documents, named, ends=ends, n=n)
    tied = neighbourhood.strength(surprising, ends=ends, n_concepts=named.size)
    scores = string_score(documents, counts["close"], ends=ends, exponent=BEST_EXPONENT)
    best = neighbourhood.share_of_best(scores, ends=ends, n_concepts=named.size)
    return {
        "alike": neighbourhood.alike(surprising, ends=ends, hashes=hashes),
        "source_strength": tied[ends[0]],
        "target_strength": tied[ends[1]],
        "source_best": best[0],
        "target_best": best[1],
    }


def evidence(probability: ArrayLike) -> Floats:
    """Return how surely something is stated: what adds up over documents, -log(1 - p).

    Examples
    --------
    >>> evidence([0.0, 0.5, 0.75, 1.0]).round(2).tolist()
    [0.0, 0.69, 1.39, 27.63]
    """
    unsure = np.maximum(1.0 - np.asarray(probability, dtype=np.float64), 1e-12)
    surely: Floats = np.log(1.0 / unsure)
    return surely


def leaning(
    stated: Mapping[str, NDArray[Any]],
    *,
    of: tuple[NDArray[np.int64], NDArray[np.int64]],
    n: int,
) -> tuple[Floats, Floats]:
    """Return which way the two concepts of pairs lean, by what is stated of others.

    Parameters
    ----------
    stated
        ``source``, ``target`` (numbers of concepts), ``predicate`` and ``probability``
        of statements, each summed over its documents.
    of
        Numbers of the concepts of pairs.
    n
        Concepts in all.

    Returns
    -------
    tuple
        For either end :func:`evidence` of the first predicate of :data:`LEANING` over
        that of the second, 1 added to each; what is stated of the pair itself is left
        out, so that a pair is not its own witness.

    Examples
    --------
    >>> stated = {
    ...     "source": np.array([0, 1]), "target": np.array([2, 2]),
    ...     "predicate": np.array(["Positive_Correlation"] * 2),
    ...     "probability": np.array([0.5, 0.75]),
    ... }
    >>> of = np.array([0, 1]), np.array([2, 2])
    >>> [x.round(2).tolist() for x in leaning(stated, of=of, n=3)]
    [[1.0, 1.0], [2.39, 1.69]]
    """
    ends = stated["source"], stated["target"]
    sides = [np.concatenate(both) for both in zip(ends, of, strict=True)]
    # Numbers of pairs, whichever end comes first.
    key = np.minimum(*sides).astype(np.int64) * n + np.maximum(*sides)
    number = np.unique(key, return_inverse=True)[1]
    said, asked = np.split(number, [len(ends[0])])
    surely = evidence(stated["probability"])
    out = [np.ones(len(of[0])) for _ in of]
    for predicate, power in zip(LEANING, (1, -1), strict=True):
        weights = np.where(stated["predicate"] == predicate, surely, 0.0)
        own = np.bincount(said, weights, minlength=number.size)[asked]
        total = np.bincount(np.concatenate(ends), np.tile(weights, 2), minlength=n)
        for values, end in zip(out, of, strict=True):
            values *= np.maximum(1.0 + total[end] - own, 1.0) ** power
    return out[0], out[1]


def features(
    counts: Mapping[str, ArrayLike],
    *,
    types: Sequence[str],
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    wanted: tuple[str, ...],
    names: Sequence[str] = FEATURES,
) -> Floats:
    """Return the features of pairs.

    Parameters
    ----------
    counts
        ``share`` and ``near`` of pairs (see :data:`kgbuild.graph.counting.PAIRS`, as
        documents); ``source`` and ``target``, documents that name each concept;
        what :func:`standing` gives; and of statements ``stated`` (:func:`evidence`),
        ``source_leaning`` and ``target_leaning``.
    types
        Names of types.
    ends
        Number of the type of either concept.
    wanted
        As :attr:`Weights.types`.
    names
        Which of :data:`FEATURES`.

    Returns
    -------
    numpy.ndarray
        float64, shape ``(n_pairs, n_names)``.
    """
    if wanted:
        turned = np.array([name == wanted[1] for name in types], dtype=bool)[ends[0]]
        turned &= wanted[0] != wanted[1]
    else:
        turned = np.asarray(counts["source"]) > np.asarray(counts["target"])

    def of(end: str, name: str) -> Floats:
        """Return what is known of the ``first`` or the ``second`` concept."""
        ends = (counts[f"source{name}"], counts[f"target{name}"])
        side = np.where(turned, *(ends if end == "second" else ends[::-1]))
        return np.asarray(side, dtype=np.float64)

    def column(name: str) -> Floats:
        if name == "alike":
            return np.asarray(counts[name], dtype=np.float64)
        if name == "near":
            return np.log1p(np.asarray(counts[name], dtype=np.float64))
        if name == "stated":
            return np.log(0.1 + np.asarray(counts[name], dtype=np.float64))
        if name == "second_strength":  # some pairs are no surprise at all
            return np.log(0.1 + of("second", "_strength"))
        if name == "second_few":
            return np.log(np.clip(of("second", ""), 1, FEW))
        if name == "share":
            values = np.asarray(counts[name], dtype=np.float64)
        else:
            end, _, rest = name.partition("_")
            values = of(end, f"_{rest}" if rest else "")
        logarithms: Floats = np.log(np.maximum(values, 1e-6))
        return logarithms

    return np.column_stack([column(name) for name in names])


def score(
    counts: Mapping[str, ArrayLike],
    *,
    types: Sequence[str],
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    predicates: NDArray[Any] | None = None,
) -> Floats:
    """Return how likely pairs are to be known as true, by weights learned from gold.

    Parameters
    ----------
    counts, types, ends
        As for :func:`features`.
    predicates
        What is stated of each, where these are statements.

    Returns
    -------
    numpy.ndarray
        float64 in (0, 1). It orders associations; it is a probability only for a corpus
        and pairs like those of ``benchmarks/ranking.py``.
    """
    out = np.zeros(len(ends[0]))
    rest = np.ones(len(ends[0]), dtype=bool)
    for model in sorted(learned()[1], key=lambda m: (not m.predicate, not m.types)):
        if model.predicate and predicates is None:
            continue
        here = rest
        if model.types:
            is_of = [np.array([t == name for t in types], bool) for name in model.types]
            here = is_of[0][ends[0]] & is_of[1][ends[1]]
            here |= is_of[1][ends[0]] & is_of[0][ends[1]]
            here &= rest
        if model.predicate:
            here = here & (predicates == model.predicate)
        at = np.flatnonzero(here)
        weights = {n: w for n, w in zip(FEATURES, model.weights, strict=True) if w}
        matrix = features(
            {name: np.asarray(values)[at] for name, values in counts.items()},
            types=types,
            ends=(ends[0][at], ends[1][at]),
            wanted=model.types,
            names=tuple(weights),
        )
        # Added column by column: the same sum for a pair wherever it stands.
        total = np.full(at.size, model.intercept)
        for weight, column in zip(weights.values(), matrix.T, strict=True):
            total += weight * column
        out[at] = 1.0 / (1.0 + np.exp(-total))
        rest = rest & ~here
    return out


def less_where_denied(
    score: Floats, negated: ArrayLike, sentences: ArrayLike
) -> Floats:
    """Put pairs behind all others of which every sentence holds a word of denial.

    Known pairs are hardly rarer among them, so that nothing of it can be learned; but
    a list that begins with "A did not change B" misleads.

    Parameters
    ----------
    score
        Of pairs.
    negated, sentences
        Sentences that name both: those with such a word, and all.

    Examples
    --------
    >>> less_where_denied(np.array([0.5, 0.5, 0.5]), [0, 1, 2], [0, 2, 2]).tolist()
    [0.5, 0.5, 0.0005]
    """
    denied = denied_altogether(np.asarray(negated), np.asarray(sentences))
    return np.where(denied, score * DENIED, score)


def denied_altogether(negated: Any, sentences: Any) -> Any:
    """Whether there are sentences, and each of them holds a word of denial."""
    return (sentences > 0) & (negated >= sentences)
