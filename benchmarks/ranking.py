"""Does the order of a graph put what is true first? Every statistic against gold.

Co-occurring pairs whose two ends a set of known pairs names are ranked; those that it
knows are true. A gold set is never complete: figures compare orders, and say little of
themselves.

    kgbuild annotate SUBJECT.jsonl.gz -o ANNOTATED --stages all   # for each subject
    python benchmarks/ranking.py ANNOTATED… GOLD         # GOLD: folder of *.tsv.gz
    python benchmarks/ranking.py ANNOTATED… GOLD --fit   # learn the weights anew

ANNOTATED is a file of annotated documents or the folder of a run. People ask one
question or many: each corpus is ranked alone, and all of them as one. Where documents
have statements, these are ranked, too: every pair by what is stated of it, and those
pairs alone of which a predicate that asks for the set is stated (``STATED_AS``).

GOLD holds the four sets of ``MODEL_OF`` as ``NAME.tsv.gz`` with the columns
``source_id`` and ``target_id``. "learned, cross-validated" are weights learned without
the pair's first concept (five parts by a hash of it); "score" are those that kgbuild
comes with, which have seen the gold. The ± is the standard error over resamples of
first concepts; figures of single corpora are means over those with at least
``LEAST_TRUE`` known pairs.
"""

from __future__ import annotations

import argparse
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import average_precision_score, roc_auc_score

import kgbuild as kg
from kgbuild.graph import GraphBuilder, ranking, statistics
from kgbuild.graph.packing import stable_hash

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

PARTS = 5
#: Strength of the pull of all weights to zero, per set.
RIDGE = 1e-3
#: Known pairs that a single corpus must name to be measured, or learned from.
LEAST_TRUE = 5


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which features weights are learned for, from which sets.

    ``alone``: from every corpus alone, too, which together weigh as much as the pool.
    What tells a common gene in a pool tells the gene that a corpus is about.
    """

    features: tuple[str, ...]
    sets: tuple[str, ...]
    alone: bool = False


#: Types of the two concepts, and the predicate of statements.
Model = tuple[tuple[str, ...], str]
_DISEASES = Plan(
    features=("share", "near", "first", "second", "alike"),
    sets=("drug_disease_indication", "drug_side_effect"),
)
_DRUG_DISEASE = ("Chemical", "Disease")
#: What asks for the pairs of a set.
STATED_AS = {
    "drug_disease_indication": "Negative_Correlation",
    "drug_side_effect": "Positive_Correlation",
}
LEARNED: dict[Model, Plan] = {
    **{
        (_DRUG_DISEASE, predicate): Plan(
            features=(*_DISEASES.features, "stated", "second_leaning"), sets=(name,)
        )
        for name, predicate in STATED_AS.items()
    },
    (_DRUG_DISEASE, ""): _DISEASES,
    (("Chemical", "Gene"), ""): Plan(
        features=("second_few", "second_strength", "second_best"),
        sets=("drug_gene_binding",),
        alone=True,
    ),
    # Of all other pairs; the set of diseases and genes is none of those learned from.
    ((), ""): _DISEASES,
}
#: Which of these ranks the pairs of a set.
MODEL_OF: dict[str, Model] = {
    "drug_disease_indication": (_DRUG_DISEASE, ""),
    "drug_side_effect": (_DRUG_DISEASE, ""),
    "drug_gene_binding": (("Chemical", "Gene"), ""),
    "disease_gene_association": ((), ""),
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


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Pairs of a corpus, and what is known of them."""

    documents: int
    pairs: pl.DataFrame
    golds: dict[str, Gold]
    counts: dict[str, NDArray]
    types: list[str]
    kinds: tuple[NDArray, NDArray]
    ends: tuple[NDArray, NDArray]
    stated: pl.DataFrame

    def features(self, model: Model, names: tuple[str, ...]) -> NDArray[np.float64]:
        """Return what ranks the pairs, a column for each name."""
        wanted, predicate = model
        return ranking.features(
            self.counts | {"stated": self.surely(predicate)},
            types=self.types, ends=self.kinds, wanted=wanted, names=names,
        )  # fmt: skip

    def surely(self, predicate: str) -> NDArray[np.float64]:
        """Return how surely it is stated of each pair; without a name, anything."""
        some = self.of(predicate)
        surely = ranking.evidence(some["probability"].to_numpy())
        return np.bincount(some["row"].to_numpy(), surely, self.pairs.height)

    def scored(self, predicate: str) -> NDArray[np.float64]:
        """Return the highest score of these statements of each pair, as of a graph."""
        some, out = self.of(predicate), np.zeros(self.pairs.height)
        np.maximum.at(out, some["row"].to_numpy(), some["score"].to_numpy())
        return out

    def of(self, predicate: str) -> pl.DataFrame:
        """Return these statements, or all."""
        if not predicate:
            return self.stated
        return self.stated.filter(pl.col("predicate") == predicate)


def corpus(builder: GraphBuilder, documents: int, gold: Path) -> Corpus:
    """Return what a builder has counted, beside what is known."""
    pairs = builder.pair_counts().sort("source", "target")
    ends, types, kinds = numbers(pairs)
    counts = counts_of(pairs, documents, ends=ends)
    stated = statements(builder, pairs)
    said = {
        "source": ends[0][stated["row"].to_numpy()],
        "target": ends[1][stated["row"].to_numpy()],
        "predicate": stated["predicate"].to_numpy(),
        "probability": stated["probability"].to_numpy(),
    }
    n = int(max(end.max(initial=0) for end in ends)) + 1
    leaning = ranking.leaning(said, of=ends, n=n)
    counts |= {"source_leaning": leaning[0], "target_leaning": leaning[1]}
    return Corpus(
        documents=documents,
        pairs=pairs,
        golds={
            path.name.partition(".")[0]: read_gold(path, pairs)
            for path in sorted(gold.glob("*.tsv.gz"))
        },
        counts=counts,
        types=types,
        kinds=kinds,
        ends=ends,
        stated=stated,
    )


def statements(builder: GraphBuilder, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return what is stated of pairs, by their row."""
    rows = pairs.select("source", "target").with_row_index("row")
    turned = rows.rename({"source": "target", "target": "source"})
    return (
        builder.graph()
        .associations.filter(pl.col("probability").is_not_null())
        .select("source", "target", pl.col("predicate").cast(pl.String),
                "probability", "score")
        .join(pl.concat([rows, turned], how="diagonal"), on=["source", "target"])
    )  # fmt: skip


def orders(corpus: Corpus) -> dict[str, NDArray[np.float64]]:
    """Return every statistic; more is stronger."""
    pairs, n = corpus.pairs, corpus.documents
    both, x, y = (
        pairs[c].to_numpy()
        for c in ("documents", "source_documents", "target_documents")
    )
    log10_p = statistics.log10_hypergeometric_tail(both, x, y, n=n)
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
            both, close, ends=corpus.ends, weights=weights, exponent=exponent
        )
    learned = ranking.score(corpus.counts, types=corpus.types, ends=corpus.kinds)
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


def counts_of(
    pairs: pl.DataFrame, n: int, *, ends: tuple[NDArray, NDArray]
) -> dict[str, NDArray]:
    """Return what scores are worked out from."""
    counts = {c: pairs[c].to_numpy() for c in ("share", "near")}
    concepts = sorted({*pairs["source"], *pairs["target"]})
    named = np.zeros(len(concepts), dtype=np.int64)
    for side, end in zip(("source", "target"), ends, strict=True):
        counts[side] = pairs[f"{side}_documents"].to_numpy()
        named[end] = counts[side]
    hashes = np.array([stable_hash(c) for c in concepts], dtype=np.uint64)
    close = {c: pairs[c].to_numpy() for c in ("documents", "close")}
    return counts | ranking.standing(close, named, ends=ends, n=n, hashes=hashes)


def learn(
    sets: list[tuple[NDArray, NDArray, float]], names: tuple[str, ...]
) -> tuple[NDArray, float]:
    """Fit one logistic regression to several weighted sets.

    The sets share the weights and have an intercept each, the mean of which is given;
    weights of the evidence (``ranking.EVIDENCE``) are not below 0.
    """
    k = len(names)

    def loss(w: NDArray) -> tuple[float, NDArray]:
        total, slope = RIDGE * w[:k] @ w[:k], np.zeros_like(w)
        slope[:k] = 2 * RIDGE * w[:k]
        for i, (matrix, true, weight) in enumerate(sets):
            z = matrix @ w[:k] + w[k + i]
            total += weight * np.mean(np.logaddexp(0, np.where(true, -z, z)))
            residual = weight * (1 / (1 + np.exp(-z)) - true) / len(true)
            slope[:k] += matrix.T @ residual
            slope[k + i] = residual.sum()
        return total, slope

    bounds = [(0 if name in ranking.EVIDENCE else None, None) for name in names]
    bounds += [(None, None)] * len(sets)
    start = np.zeros(k + len(sets))
    w = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    share = np.array([weight for *_, weight in sets])
    return w[:k], float(w[k:] @ share / share.sum())


def models(
    pool: Corpus, corpora: list[Corpus], *, without: int = -1
) -> dict[Model, tuple[NDArray, float]]:
    """Learn the weights of every model without one part of all sets."""
    out = {}
    for wanted, plan in LEARNED.items():
        if wanted[1] and not pool.stated.height:
            continue
        sets = []
        for one in [pool, *corpora] if plan.alone else [pool]:
            matrix = one.features(wanted, plan.features)
            for name in plan.sets:
                gold = one.golds[name]
                keep = gold.part != without
                true = gold.true[keep]
                if true.sum() >= LEAST_TRUE:
                    weight = 1.0 if one is pool else 1 / len(corpora)
                    sets.append((matrix[gold.rows[keep]], true, weight))
        out[wanted] = learn(sets, plan.features)
    return out


def cross_validated(
    pool: Corpus, corpora: list[Corpus], *, stated: bool = False
) -> list[dict[str, NDArray[np.float64]]]:
    """Score every pair of every set by weights that have not seen its first concept.

    ``stated``: by what is stated of it, where the set asks for a predicate.
    """
    everywhere = [pool, *corpora]
    out = [
        {name: np.zeros(len(gold.rows)) for name, gold in one.golds.items()}
        for one in everywhere
    ]
    for part in range(PARTS):
        learned = models(pool, corpora, without=part)
        for one, scores in zip(everywhere, out, strict=True):
            for name, gold in one.golds.items():
                wanted = MODEL_OF[name]
                if stated:
                    wanted = (wanted[0], STATED_AS.get(name, ""))
                weights, intercept = learned[wanted]
                here = gold.part == part
                matrix = one.features(wanted, LEARNED[wanted].features)
                scores[name][here] = matrix[gold.rows[here]] @ weights + intercept
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


def ranked(
    one: Corpus, learned: dict[str, NDArray[np.float64]]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return the values of every order for the pairs of every set."""
    out = {
        order: {name: values[gold.rows] for name, gold in one.golds.items()}
        for order, values in orders(one).items()
    }
    return out | {"learned, cross-validated": learned}


def of_pool(pool: Corpus, values: dict[str, dict[str, NDArray]]) -> None:
    """Print the table of all corpora as one."""
    print(f"{pool.documents:,} documents, {pool.pairs.height:,} pairs")
    print("AUROC and average precision, ± standard error")
    of_all(pool.golds, values)


def of_all(golds: dict[str, Gold], values: dict[str, dict[str, NDArray]]) -> None:
    """Print a table of all sets."""
    head("pairs, true", golds, lambda g: f"{len(g.rows)}, {g.true.sum()}")
    for order, of in values.items():
        figures = (measure(of[name], gold) for name, gold in golds.items())
        print(f"{order:26}" + "".join(f"{figure:28}" for figure in figures))


def of_statements(pool: Corpus, values: dict[str, dict[str, NDArray]]) -> None:
    """Print the table of the pairs of which something is stated."""
    golds, orders = {}, {name: dict(of) for name, of in values.items()}
    for order in ("probability", "score of statements"):
        orders[order] = {}
    for name, gold in pool.golds.items():
        predicate = STATED_AS.get(name, "")
        surely = pool.surely(predicate)[gold.rows]
        orders["probability"][name] = surely
        orders["score of statements"][name] = pool.scored(predicate)[gold.rows]
        keep = np.flatnonzero(surely > 0)
        golds[name] = Gold(
            rows=gold.rows[keep],
            true=gold.true[keep],
            first=[gold.first[i] for i in keep],
            part=gold.part[keep],
        )
        for of in orders.values():
            of[name] = of[name][keep]
    print("\nPairs of which it is stated: " + ", ".join(STATED_AS.values()) + ", any")
    of_all(golds, orders)


def of_each(corpora: list[Corpus], values: list[dict[str, dict[str, NDArray]]]) -> None:
    """Print the table of every corpus alone."""
    measured = {
        name: [
            i for i, c in enumerate(corpora) if c.golds[name].true.sum() >= LEAST_TRUE
        ]
        for name in corpora[0].golds
    }
    print("\nEach alone: mean AUROC and average precision")
    head("corpora", measured, lambda which: str(len(which)))
    for order in values[0]:
        line = f"{order:26}"
        for name, which in measured.items():
            mean = (
                np.mean(
                    [
                        both(values[i][order][name], corpora[i].golds[name].true)
                        for i in which
                    ],
                    axis=0,
                ).tolist()
                if which
                else [np.nan, np.nan]
            )
            line += f"{mean[0]:.3f} {mean[1]:.3f}".ljust(28)
        print(line)


def head(title: str, sets: dict[str, T], figure: Callable[[T], str]) -> None:
    """Print names of the sets, and a figure of each."""
    print(f"{'':26}" + "".join(f"{name[:26]:28}" for name in sets))
    print(f"{title:26}" + "".join(figure(value).ljust(28) for value in sets.values()))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "annotated", type=Path, nargs="+", help="files of annotated documents, or runs"
    )
    parser.add_argument("gold", type=Path, help="folder of *.tsv.gz")
    parser.add_argument("--level", default="document")
    parser.add_argument("--fit", action="store_true", help="print weights")
    options = parser.parse_args()
    how = {"level": options.level, "edges": "both"}
    together, corpora, documents = GraphBuilder(**how), [], 0
    for path in options.annotated:
        builder = GraphBuilder(**how)
        read = list(kg.read(path)) if path.is_file() else path
        corpora.append(corpus(builder, builder.add(read).documents, options.gold))
        documents += together.add(read).documents
    pool = corpus(together, documents, options.gold)
    learned = cross_validated(pool, corpora)
    values = ranked(pool, learned[0])
    if pool.stated.height:
        by_what_is_stated = cross_validated(pool, corpora, stated=True)
        values["statements, cross-validated"] = by_what_is_stated[0]
    of_pool(pool, values)
    if pool.stated.height:
        of_statements(pool, values)
    if len(corpora) > 1:
        each = [
            ranked(c, scores) for c, scores in zip(corpora, learned[1:], strict=True)
        ]
        of_each(corpora, each)
    if options.fit:
        for types, (weights, intercept) in models(pool, corpora).items():
            print(f"\n[[pairs]]\ntypes = {list(types[0])}".replace("'", '"'))
            if types[1]:
                print(f'predicate = "{types[1]}"')
            print(f"intercept = {intercept:.3f}")
            for name, weight in zip(LEARNED[types].features, weights, strict=True):
                print(f"{name} = {weight:.3f}")


if __name__ == "__main__":
    main()
