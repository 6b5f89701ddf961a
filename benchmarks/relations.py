"""Relations: what the extractor finds, what co-mentions find, and how sure it is.

    python benchmarks/relations.py --shared ../shared
    python benchmarks/relations.py --shared ../shared --vocabulary FOLDER …

On development documents alone:

- BioRED with gold entities: co-mentions as baselines (in a sentence, in the document,
  in so many sentences, by the score of the graph of all BioRED documents with a
  threshold; numbers chosen on training documents), then the extractor; pairs, pairs
  with predicate, and with novelty, as BioCreative VIII counts them;
- BioRED from text: tagger, variants, normalization and extractor of kgbuild;
- other corpora, each under its own task;
- how often what is said with a certain probability is right;
- the sentences of ``relation_sentences.txt``, which were written for this project.

Behind a figure stands the interval that holds 95 % of 1,000 draws of documents.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import kgbuild as kg
from kgbuild.corpus.held_out import HeldOut
from kgbuild.document import Mention, Statement
from kgbuild.evaluation import PRF, evaluate
from kgbuild.relations import TASKS, Extractor, load_extractor
from kgbuild.relations.dataset import documents_of, make_example
from kgbuild.relations.recipe import RelationCorpus
from kgbuild.relations.tasks import LEARNT_AS
from kgbuild.text import document_sentences
from kgbuild.variants import TABLE_NAME, VariantLinker, VariantTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kgbuild.document import Document

N_DRAWS = 1_000
RELATIONS = "relations/"
CORPORA = {
    "BioRED": RelationCorpus(
        file=f"{RELATIONS}BioRED_TrainDev.PubTator.gz", task="BioRED", passes=1
    ),
    "BC5CDR": RelationCorpus(
        file=f"{RELATIONS}BC5CDR_TrainDev.PubTator.gz", task="CID", passes=1
    ),
    "DrugProt (half)": RelationCorpus(
        file=f"{RELATIONS}DrugProt_half.PubTator.gz", task="DrugProt", passes=1,
        relations=f"{RELATIONS}DrugProt_half.relations.tsv.gz",
    ),
    "BC6PM": RelationCorpus(
        file=f"{RELATIONS}BC6PM_train.PubTator.gz", task="PPIm", passes=1
    ),
    "PPI5": RelationCorpus(
        file=f"{RELATIONS}PPI5_train.PubTator.gz", task="PPI", passes=1,
        relations=f"{RELATIONS}PPI5_train.relations.tsv.gz",
    ),
}  # fmt: skip
#: What a statement says that comes from a co-mention: BioRED's commonest predicate.
COMMONEST = "Association"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--extractor", default=None, help="a folder or a name")
    parser.add_argument("--vocabulary", type=Path, action="append", default=[])
    parser.add_argument("--plot", type=Path, help="file for the reliability plot")
    parser.add_argument(
        "--only", default="gold,text,corpora,calibration,sentences", help="which tables"
    )
    options = parser.parse_args()
    wanted = options.only.split(",")
    corpora = options.shared / "corpora"
    held_out = HeldOut((corpora / "dev_pmids.txt").read_text("utf-8").split())
    biored, training = (
        list(documents_of(CORPORA["BioRED"], corpora, held_out=held_out, held=held))
        for held in (True, False)
    )
    extractor = load_extractor(options.extractor)
    print(extractor.version)
    if "gold" in wanted:
        gold_table(biored, training, extractor)
    if "text" in wanted:
        text_table(biored, extractor, options.vocabulary)
    if "corpora" in wanted:
        corpora_table(corpora, held_out, options.extractor)
    if "calibration" in wanted:
        calibration_table(biored, extractor, options.plot)
    if "sentences" in wanted:
        sentences_table(extractor)


def gold_table(
    gold: Sequence[Document], training: Sequence[Document], extractor: Extractor
) -> None:
    """Baselines and the extractor on gold entities."""
    print("\n| BioRED, gold entities | pair P | R | F1 | pair, predicate F1 | "
          "with novelty F1 |\n|---|--:|--:|--:|--:|--:|")  # fmt: skip
    scores = graph_scores([*gold, *training])
    most = best_number(training, lambda d, k: co_mentions(d, sentences=k), range(1, 6))
    least = best_number(
        training,
        lambda d, k: co_mentions(d, sentences=1, scores=scores, least=k),
        np.quantile(list(scores.values()), np.arange(0, 1, 0.05)),
    )
    contenders: dict[str, Callable[[Document], Document]] = {
        "co-mention in the document": lambda d: co_mentions(d, sentences=0),
        "co-mention in a sentence": lambda d: co_mentions(d, sentences=1),
        f"co-mention in {most} or more sentences": lambda d: co_mentions(
            d, sentences=most
        ),
        f"co-mention in a sentence, graph score ≥ {least:.2f}": lambda d: co_mentions(
            d, sentences=1, scores=scores, least=least
        ),
        extractor.extractor: lambda d: extractor(d.with_statements(())),
    }
    for name, contender in contenders.items():
        found = [contender(d) for d in gold]
        whole = evaluate(gold, found).relations["pair"]
        cells = [interval(gold, found, key) for key in (
            "pair", "pair, predicate", "pair, predicate, novelty")]  # fmt: skip
        print(f"| {name} | {100 * whole.precision:.1f} | {100 * whole.recall:.1f} | "
              f"{' | '.join(cells)} |", flush=True)  # fmt: skip
    result = evaluate(gold, found)
    print("\n| predicate | gold | P | R | F1 |\n|---|--:|--:|--:|--:|")
    for name, counts in result.predicates.items():
        print(f"| {name} | {counts.gold} | {100 * counts.precision:.1f} | "
              f"{100 * counts.recall:.1f} | {100 * counts.f1:.1f} |")  # fmt: skip


def co_mentions(
    document: Document,
    *,
    sentences: int,
    scores: dict[frozenset[str], float] | None = None,
    least: float = 0.0,
) -> Document:
    """State an association of all pairs of related types named together so often."""
    kinds: dict[str, str] = {}
    at: dict[str, set[int]] = defaultdict(set)
    spans = document_sentences(document)
    for mention in document.mentions:
        number = next(
            (i for i, (a, b) in enumerate(spans) if a <= mention.start < b), 0
        )
        for concept in mention.concepts:
            kinds.setdefault(concept, mention.type)
            at[concept].add(number)
    pairs = {frozenset(p) for p in TASKS["BioRED"].pairs}
    names = sorted(kinds)
    return document.with_statements(
        Statement(subject=a, predicate=COMMONEST, object=b, extractor="co-mention")
        for i, a in enumerate(names) for b in names[i + 1 :]
        if frozenset((kinds[a], kinds[b])) in pairs
        and len(at[a] & at[b]) >= sentences
        and (scores is None or scores.get(frozenset((a, b)), -1.0) >= least)
    )  # fmt: skip


def graph_scores(documents: Iterable[Document]) -> dict[frozenset[str], float]:
    """Return the score of every pair in the graph of co-mentions."""
    graph = kg.build_graph(documents, exclude=())
    rows = graph.associations.select("source", "target", "score").iter_rows()
    return {frozenset((a, b)): score for a, b, score in rows}


def best_number(
    documents: Sequence[Document], make: Callable[..., Document], numbers: Iterable
) -> float:
    """Return the number with the best F1 of pairs."""
    return max(
        numbers,
        key=lambda k: (
            evaluate(documents, [make(d, k) for d in documents]).relations["pair"].f1
        ),
    )


def text_table(
    gold: Sequence[Document], extractor: Extractor, vocabulary: Sequence[Path]
) -> None:
    """All stages from text, and the extractor on found mentions."""
    below = ("installed", "starter", "lexicon")
    normalizer = kg.Normalizer.load([*vocabulary, *below] if vocabulary else None)
    tables = [folder / TABLE_NAME for folder in vocabulary]
    table = next((VariantTable(t) for t in tables if t.exists()), None)
    chain = kg.Pipeline(
        [kg.load_tagger(), kg.VariantRecognizer(), normalizer,
         VariantLinker(table=table)]
    )  # fmt: skip
    bare = [d.with_mentions(()).with_statements(()) for d in gold]
    linked = list(chain(bare))
    started = time.process_time()
    found = list(extractor.stream(linked))
    spent = 1000 * (time.process_time() - started) / len(gold)
    whole = evaluate(gold, found).relations
    print("\n| BioRED, from text | P | R | F1 |\n|---|--:|--:|--:|")
    for name, counts in whole.items():
        print(f"| {name} | {100 * counts.precision:.1f} | {100 * counts.recall:.1f} | "
              f"{interval(gold, found, name)} |")  # fmt: skip
    print(f"\nThe stage takes {spent:.0f} ms of CPU a document.")


def corpora_table(folder: Path, held_out: HeldOut, source: Path | str | None) -> None:
    """Each corpus under its own task."""
    print("\n| corpus | task | documents | gold | pair P | R | F1 | "
          "pair, predicate F1 |\n|---|---|--:|--:|--:|--:|--:|--:|")  # fmt: skip
    for name, corpus in CORPORA.items():
        if name == "BioRED":
            continue
        extractor = load_extractor(source, tasks=corpus.task)
        gold = [
            as_learnt(d, corpus.task)
            for d in documents_of(corpus, folder, held_out=held_out, held=True)
        ]
        found = [extractor(d.with_statements(())) for d in gold]
        whole = evaluate(gold, found).relations["pair"]
        cells = [interval(gold, found, key) for key in ("pair", "pair, predicate")]
        print(f"| {name} | {corpus.task} | {len(gold)} | {whole.gold} | "
              f"{100 * whole.precision:.1f} | {100 * whole.recall:.1f} | "
              f"{' | '.join(cells)} |", flush=True)  # fmt: skip
    biored = list(documents_of(CORPORA["BioRED"], folder, held_out=held_out, held=True))
    for task in ("PPIm", "PPI"):
        genes_table(biored, load_extractor(source, tasks=task), task)


def genes_table(gold: Sequence[Document], extractor: Extractor, task: str) -> None:
    """How many pairs of a document's genes a task relates where most do nothing."""
    counts: Counter[str] = Counter()
    for document in gold:
        genes = {c for m in document.mentions if m.type == "Gene" for c in m.concepts}
        related = {frozenset((s.subject, s.object)) for s in document.statements}
        said = extractor(document.with_statements(())).statements
        counts["pairs"] += len(genes) * (len(genes) - 1) // 2
        counts["said"] += len(said)
        counts["right"] += sum(
            frozenset((s.subject, s.object)) in related for s in said
        )
    print(f"\n{task} relates {counts['said']} of {counts['pairs']} pairs of genes of "
          f"BioRED's; BioRED relates {counts['right']} of these.")  # fmt: skip


def as_learnt(document: Document, task: str) -> Document:
    """Give gold the predicates under which rare ones are learnt."""
    if task == "PPIm":
        renamed = (replace(s, predicate="PPIm") for s in document.statements)
    else:
        renamed = (
            replace(s, predicate=LEARNT_AS.get(s.predicate, s.predicate))
            for s in document.statements
        )
    return document.with_statements(renamed)


def calibration_table(
    gold: Sequence[Document], extractor: Extractor, plot: Path | None
) -> None:
    """How often what has a certain probability is right."""
    task = TASKS["BioRED"]
    said, right = [], []
    for document in gold:
        _, scores = extractor.probabilities(document, task="BioRED")
        example = make_example(document, extractor.tokenizer, task=task)
        for label in range(1, len(task.labels)):
            said.append(scores[:, label])
            right.append(example.labels == label)
    probability, truth = np.concatenate(said), np.concatenate(right)
    edges = np.linspace(0, 1, 11)
    at = np.clip(np.digitize(probability, edges) - 1, 0, 9)
    print("\n| probability | statements | mean said | right |\n|---|--:|--:|--:|")
    rows = []
    for i in range(10):
        inside = at == i
        if inside.any():
            rows.append(
                (probability[inside].mean(), truth[inside].mean(), inside.sum())
            )
            print(f"| {edges[i]:.1f}–{edges[i + 1]:.1f} | {inside.sum()} | "
                  f"{rows[-1][0]:.3f} | {rows[-1][1]:.3f} |")  # fmt: skip
    sure = probability >= 0.1
    error = sum(abs(a - b) * n for a, b, n in rows if a >= 0.1) / max(sure.sum(), 1)
    print(f"\nExpected calibration error of those over 0.1: {error:.3f}")
    if plot is not None:
        draw(rows, plot)


def draw(rows: Sequence[tuple[float, float, int]], file: Path) -> None:
    """Draw the reliability of probabilities."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1)
    axes.plot([r[0] for r in rows], [r[1] for r in rows], "o-", color="#0072B2")
    axes.set(
        xlabel="probability that is said", ylabel="share that is right",
        title="BioRED, development documents", xlim=(0, 1), ylim=(0, 1),
    )  # fmt: skip
    figure.savefig(file, dpi=120)


def sentences_table(extractor: Extractor) -> None:
    """Print what is said of our own sentences, twenty about each predicate."""
    file = Path(__file__).with_name("relation_sentences.txt")
    about, rows = "", []
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("## "):
            about = line[3:]
        elif line[:2] in ("+ ", "- "):
            rows.append((about, line[0] == "+", *marked(line[2:], number=len(rows))))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    lines = []
    for predicate, holds, document, ends in rows:
        found = extractor(document).statements
        said = next((s for s in found if {s.subject, s.object} == set(ends)), None)
        name = said.predicate if said else "–"
        right = name == predicate if holds else said is None
        key = "holds" if holds else "denied"
        counts[predicate][key] += 1
        counts[predicate][f"{key}, something stated"] += said is not None
        counts[predicate][f"{key}, right"] += right
        score = f"{said.score:.2f}" if said else ""
        lines.append(f"| {predicate if holds else '(none)'} | {name} | {score} | "
                     f"{document.text} |")  # fmt: skip
    print("\n| about | holds: predicate right | holds: something stated | "
          "denied: nothing stated |\n|---|--:|--:|--:|")  # fmt: skip
    for name, count in counts.items():
        print(f"| {name} | {count['holds, right']} of {count['holds']} | "
              f"{count['holds, something stated']} | {count['denied, right']} of "
              f"{count['denied']} |")  # fmt: skip
    print("\n| should be | is | probability | sentence |\n|---|---|--:|---|")
    print("\n".join(lines))


def marked(text: str, *, number: int) -> tuple[Document, list[str]]:
    """Turn ``[name|Type]`` into mentions; return the document and their concepts."""
    plain, spans = "", []
    for part in re.split(r"(\[[^\]]+\])", text):
        if part.startswith("["):
            name, _, kind = part[1:-1].partition("|")
            spans.append((len(plain), name, kind))
            plain += name
        else:
            plain += part
    mentions = [
        Mention(start=a, end=a + len(name), text=name, type=kind,
                concepts=(f"my:{i}",))
        for i, (a, name, kind) in enumerate(spans)
    ]  # fmt: skip
    document = kg.Document.from_text(plain, id=f"own-{number}")
    return document.with_mentions(mentions), [m.concepts[0] for m in mentions]


def interval(gold: Sequence[Document], found: Sequence[Document], key: str) -> str:
    """Return F1 in per cent and the interval of its draws of documents."""
    counts = []
    for before, after in zip(gold, found, strict=True):
        prf = evaluate([before], [after]).relations.get(key)
        if prf is None:  # nothing is gold here
            prf = PRF(predicted=said(after, key))
        counts.append((prf.right, prf.predicted, prf.gold))
    table = np.array(counts)
    draws = np.random.default_rng(0).integers(len(table), size=(N_DRAWS, len(table)))

    def f1(sums: np.ndarray) -> np.ndarray:
        return 200 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1)

    low, high = np.percentile(f1(table[draws].sum(1)), [2.5, 97.5])
    return f"{f1(table.sum(0)):.1f} ({low:.1f}–{high:.1f})"


def said(document: Document, key: str) -> int:
    """Return how many different things a document says."""
    parts = 1 + key.count(",")
    return len({
        (frozenset((s.subject, s.object)), s.predicate, s.qualifier("novelty"))[:parts]
        for s in document.statements
    })  # fmt: skip


if __name__ == "__main__":
    main()
