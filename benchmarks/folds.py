"""Mentions of training documents, each linked with a lexicon without its fold.

    kgbuild vocab install
    python benchmarks/folds.py --shared ../shared

The development documents are left out. The training documents are parted into five by
their ids, so that one that stands in several corpora is in one part; the mentions of a
part are linked by what is installed, the starter and the names of the other four parts.
(The words that speak for a gene's species were learned from all training documents.)
``--errors`` writes what was wrong, for these documents may be read: decide by them, and
confirm on the development documents (``normalization.py``).
"""

from __future__ import annotations

import argparse
import logging
import zlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from gold_links import (
    RAT_NUMBERS,
    answers,
    development_ids,
    gold_documents,
    own_id,
    rat_numbers,
)

from kgbuild.normalize import Normalizer
from kgbuild.normalize.compiler import compile_entries
from kgbuild.normalize.layers import open_layers
from kgbuild.normalize.sources.corpus import observe
from kgbuild.normalize.vocabulary import Source, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.document import Document

N_FOLDS = 5
CORPORA = {
    "NCBIdisease_TrainDev": ("Disease",),
    "BC5CDR_TrainDev": ("Disease", "Chemical"),
    "BioRED_TrainDev": ("Disease", "Chemical", "Gene"),
    "tmVar3_Train": ("Disease", "Gene"),
    "NLMgene_Train": ("Gene",),
    "GNormPlus_Train": ("Gene",),
}
KINDS = ("Disease", "Chemical", "Gene")
#: What tells the species of genes; not counted.
BESIDE = ("Species", "CellLine")


def main() -> None:
    """Link every fold and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--errors", type=Path, help="write wrong answers here (TSV)")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    dev = development_ids(options.shared)
    documents = {
        name: [d for d in gold_documents(options.shared, name) if own_id(d) not in dev]
        for name in CORPORA
    }
    RAT_NUMBERS.update(rat_numbers(options.shared))
    layers = open_layers(["installed", "starter"])
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    errors = []
    for fold in range(N_FOLDS):
        normalizer = Normalizer(
            {kind: [*layers[kind], lexicon(documents, kind, fold)] for kind in KINDS}
            | {kind: layers[kind] for kind in BESIDE}
        )
        for name, kinds in CORPORA.items():
            for document in documents[name]:
                if fold_of(document) != fold:
                    continue
                seen = document.with_mentions(
                    m for m in document.mentions if m.type in (*kinds, *BESIDE)
                )
                for answer in answers(normalizer, seen, corpus=name, kinds=kinds):
                    count = counts[answer.label]
                    count["mentions"] += 1
                    count["right"] += answer.right
                    count["linked"] += bool(answer.found.concepts)
                    if not answer.right:
                        errors.append(answer.row(normalizer))
    print("| corpus and type | mentions | right | right of linked |\n|---|--:|--:|--:|")
    for label, c in counts.items():
        print(
            f"| {label} | {c['mentions']} | {100 * c['right'] / c['mentions']:.1f} | "
            f"{100 * c['right'] / c['linked']:.1f} |"
        )
    if options.errors:
        options.errors.write_text("\n".join(errors), encoding="utf-8")


def fold_of(document: Document) -> int:
    """Return the part that a document belongs to, in whichever corpus it stands."""
    return zlib.crc32(own_id(document).encode()) % N_FOLDS


def lexicon(documents: dict[str, list[Document]], kind: str, fold: int) -> Vocabulary:
    """Compile the names of a type in all folds but one, as the shipped lexicon is."""
    source = Source(file="folds", format="corpus", sha256="", bytes=0, date="")
    entries = list(observe(_others(documents, kind, fold), entity_type=kind))
    compiled = compile_entries(kind, [(source, entries)])
    compiled.layer = "lexicon"
    return compiled


def _others(
    documents: dict[str, list[Document]], kind: str, fold: int
) -> Iterator[Document]:
    """Yield the documents of other folds, with each name and concept of an id once."""
    seen = set()
    for name, kinds in CORPORA.items():
        for document in documents[name] if kind in kinds else ():
            if fold_of(document) == fold:
                continue
            first = []
            for mention in document.mentions:
                once = (
                    own_id(document), " ".join(mention.text.split()),
                    mention.concepts,
                )  # fmt: skip
                if mention.type == kind and once not in seen and len(once[1]) < 100:
                    seen.add(once)
                    first.append(mention)
            yield document.with_mentions(first)


if __name__ == "__main__":
    main()
