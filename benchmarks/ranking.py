"""Does the order of a graph put what is true first? Every statistic against gold.

Co-occurring pairs whose two ends a set of known pairs names are ranked; those that it
knows are true. A gold set is never complete: figures compare orders, and say little of
themselves.

    kgbuild run abstracts.toml                       # [graph] level = "document"
    python benchmarks/ranking.py RUN GOLD            # GOLD: folder of *.tsv.gz
    python benchmarks/ranking.py RUN GOLD --fit      # learn the weights anew

GOLD holds the four sets of ``MODEL_OF`` as ``NAME.tsv.gz`` with the columns
``source_id`` and ``target_id``. "learned, cross-validated" are weights learned without
the pair's first concept (five parts by a hash of it); "score" are those that kgbuild
comes with, which have seen the gold. The ± is the standard error over resamples of
first concepts.
"""

from __future__ import annotations

import argparse
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import average_precision_score, roc_auc_score

from kgbuild.graph import GraphBuilder, ranking, statistics
from kgbuild.graph.packing import stable_hash

PARTS = 5
#: Strength of the pull of all weights to zero, per set.
RIDGE = 1e-3
#: Types of the pairs that have weights, of how many features, and of which sets.
LEARNED = {
    ("Chemical", "Disease"): (5, ("drug_disease_indication", "drug_side_effect")),
    ("Chemical", "Gene"): (7, ("drug_gene_binding",)),
    # Of all other pairs; the set of diseases and genes is none of those learned from.
    (): (5, ("drug_disease_indication", "drug_side_effect")),
}
#: Which of these ranks the pairs of a set.
MODEL_OF = {
    "drug_disease_indication": ("Chemical", "Disease"),
    "drug_side_effect": ("Chemical", "Disease"),
    "drug_gene_binding": ("Chemical", "Gene"),
    "disease_gene_association": (),
}


@dataclass(frozen=True, kw_only=True)
class Gold:
    """Rows of co-occurring pairs that a set could know, and whether it does."""

    rows: NDArray[np.int64]
    true: NDArray[np.bool_]
    first: list[str]
    part: NDArray[np.int64]


def read_gold(path: Path, pairs: pl.DataFrame) -> Gold:
    """Find the pairs whose ends the set knows."""
    with gzip.open(path) as stream:
        known = pl.read_csv(stream, separator="\t")
    one, other = set(known["source_id"]), set(known["target_id"])
    true = {frozenset(pair) for pair in known.select("source_id", "target_id").rows()}
    rows, labels, first = [], [], []
    for row, (a, b) in enumerate(pairs.select("source", "target").iter_rows()):
        if (a in one and b in other) or (b in one and a in other):
            rows.append(row)
            labels.append(frozenset((a, b)) in true)
            first.append(a if a in one and b in other else b)
    part = np.array([zlib.crc32(name.encode()) % PARTS for name in first])
    return Gold(rows=np.array(rows), true=np.array(labels), first=first, part=part)


def orders(
    pairs: pl.DataFrame, n: int, counts: dict[str, NDArray]
) -> dict[str, NDArray[np.float64]]:
    """Return every statistic; more is stronger."""
    both, x, y = (
        pairs[c].to_numpy()
        for c in ("documents", "source_documents", "target_documents")
    )
    log10_p = statistics.log10_hypergeometric_tail(both, x, y, n=n)
    ends, types, kinds = numbers(pairs)
    out = {
        "npmi": statistics.npmi(both, x, y, n=n),
        "log_odds": statistics.log_odds(both, x, y, n=n),
        "documents": both.astype(float),
        "sentences": pairs["sentences"].to_numpy().astype(float),
        "p_value, q_value": -log10_p,
    }
    close = pairs["close"].to_numpy()
    for weights, exponent in (((1, 0), 0.6), ((1, 3), 0.6), ((1, 3), 0.8)):
        out[f"STRING {weights[0]}:{weights[1]}, {exponent}"] = ranking.string_score(
            both, close, ends=ends, weights=weights, exponent=exponent
        )
    learned = ranking.score(counts, types=types, ends=kinds)
    out["score as learned"] = learned
    out["score"] = ranking.less_where_denied(
        learned, *(pairs[c].to_numpy() for c in ("negated", "sentences"))
    )
    return out


def numbers(
    pairs: pl.DataFrame,
) -> tuple[tuple[NDArray, NDArray], list[str], tuple[NDArray, NDArray]]:
    """Return concepts as numbers, the names of types, and types as numbers."""
    concepts = sorted({*pairs["source"], *pairs["target"]})
    types = sorted({*pairs["source_type"], *pairs["target_type"]})
    code = {name: i for i, name in enumerate(concepts)}
    kind = {name: i for i, name in enumerate(types)}
    sides = ("source", "target")
    ends = tuple(np.array([code[c] for c in pairs[side]]) for side in sides)
    kinds = tuple(np.array([kind[t] for t in pairs[f"{side}_type"]]) for side in sides)
    return ends, types, kinds


def counts_of(pairs: pl.DataFrame, n: int) -> dict[str, NDArray]:
    """Return what scores are worked out from."""
    counts = {c: pairs[c].to_numpy() for c in ("share", "near")}
    ends, _, _ = numbers(pairs)
    concepts = sorted({*pairs["source"], *pairs["target"]})
    named = np.zeros(len(concepts), dtype=np.int64)
    for side, end in zip(("source", "target"), ends, strict=True):
        counts[side] = pairs[f"{side}_documents"].to_numpy()
        named[end] = counts[side]
    hashes = np.array([stable_hash(c) for c in concepts], dtype=np.uint64)
    close = {c: pairs[c].to_numpy() for c in ("documents", "close")}
    return counts | ranking.standing(close, named, ends=ends, n=n, hashes=hashes)


def learn(sets: list[tuple[NDArray, NDArray]]) -> tuple[NDArray, float]:
    """Fit one logistic regression to several sets that weigh the same.

    The sets share the weights and have an intercept each, the mean of which is given;
    weights of the evidence (``ranking.EVIDENCE``) are not below 0.
    """
    k = sets[0][0].shape[1]

    def loss(w: NDArray) -> tuple[float, NDArray]:
        total, slope = RIDGE * w[:k] @ w[:k], np.zeros_like(w)
        slope[:k] = 2 * RIDGE * w[:k]
        for i, (matrix, true) in enumerate(sets):
            z = matrix @ w[:k] + w[k + i]
            total += np.mean(np.logaddexp(0, np.where(true, -z, z)))
            residual = (1 / (1 + np.exp(-z)) - true) / len(true)
            slope[:k] += matrix.T @ residual
            slope[k + i] = residual.sum()
        return total, slope

    bounds = [
        (0 if name in ranking.EVIDENCE else None, None) for name in ranking.FEATURES[:k]
    ] + [(None, None)] * len(sets)
    start = np.zeros(k + len(sets))
    w = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return w[:k], float(w[k:].mean())


def models(
    pairs: pl.DataFrame,
    golds: dict[str, Gold],
    counts: dict[str, NDArray],
    *,
    without: int = -1,
) -> dict[tuple[str, ...], tuple[NDArray, float]]:
    """Learn the weights of every model without one part of all sets."""
    _, types, kinds = numbers(pairs)
    out = {}
    for wanted, (n, names) in LEARNED.items():
        matrix = ranking.features(counts, types=types, ends=kinds, wanted=wanted)
        sets = []
        for gold in (golds[name] for name in names):
            keep = gold.part != without
            sets.append((matrix[gold.rows[keep], :n], gold.true[keep]))
        out[wanted] = learn(sets)
    return out


def cross_validated(
    pairs: pl.DataFrame, golds: dict[str, Gold], counts: dict[str, NDArray]
) -> dict[str, NDArray[np.float64]]:
    """Score every pair of every set by weights that have not seen its first concept."""
    _, types, kinds = numbers(pairs)
    out = {name: np.zeros(len(gold.rows)) for name, gold in golds.items()}
    for part in range(PARTS):
        learned = models(pairs, golds, counts, without=part)
        for name, gold in golds.items():
            wanted = MODEL_OF[name]
            matrix = ranking.features(counts, types=types, ends=kinds, wanted=wanted)
            weights, intercept = learned[wanted]
            here = gold.part == part
            out[name][here] = (
                matrix[gold.rows[here], : len(weights)] @ weights + intercept
            )
    return out


def measure(values: NDArray, gold: Gold) -> str:
    """Return AUROC and average precision, with standard errors."""
    groups: dict[str, list[int]] = {}
    for i, name in enumerate(gold.first):
        groups.setdefault(name, []).append(i)
    members = [np.array(group) for group in groups.values()]
    draw = np.random.default_rng(0)
    samples = []
    for _ in range(40):
        chosen = draw.integers(len(members), size=len(members))
        index = np.concatenate([members[c] for c in chosen])
        if gold.true[index].any():
            samples.append(both(values[index], gold.true[index]))
    auroc, precision = both(values, gold.true)
    spread = np.std(samples, axis=0)
    return f"{auroc:.3f}±{spread[0]:.3f} {precision:.3f}±{spread[1]:.3f}"


def both(values: NDArray, true: NDArray) -> tuple[float, float]:
    """Return AUROC and average precision."""
    return roc_auc_score(true, values), average_precision_score(true, values)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path, help="output folder of kgbuild run")
    parser.add_argument("gold", type=Path, help="folder of *.tsv.gz")
    parser.add_argument("--level", default="document")
    parser.add_argument("--fit", action="store_true", help="print weights")
    options = parser.parse_args()
    builder = GraphBuilder(level=options.level)
    added = builder.add(options.run)
    pairs = builder.pair_counts().sort("source", "target")
    golds = {
        path.name.partition(".")[0]: read_gold(path, pairs)
        for path in sorted(options.gold.glob("*.tsv.gz"))
    }
    counts = counts_of(pairs, added.documents)
    print(f"{added.documents:,} documents, {pairs.height:,} pairs")
    print("AUROC and average precision, ± standard error")
    print(f"{'':26}" + "".join(f"{name[:26]:28}" for name in golds))
    print(
        f"{'pairs, true':26}"
        + "".join(f"{len(g.rows)}, {g.true.sum()}".ljust(28) for g in golds.values())
    )
    ranked = {
        name: {gold: values[golds[gold].rows] for gold in golds}
        for name, values in orders(pairs, added.documents, counts).items()
    }
    ranked["learned, cross-validated"] = cross_validated(pairs, golds, counts)
    for name, values in ranked.items():
        figures = (measure(values[gold], golds[gold]) for gold in golds)
        print(f"{name:26}" + "".join(f"{figure:28}" for figure in figures))
    if options.fit:
        for types, (weights, intercept) in models(pairs, golds, counts).items():
            print(f"\n[[pairs]]\ntypes = {list(types)}".replace("'", '"'))
            print(f"intercept = {intercept:.3f}")
            for name, weight in zip(ranking.FEATURES, weights, strict=False):
                print(f"{name} = {weight:.3f}")


if __name__ == "__main__":
    main()
