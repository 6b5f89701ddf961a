"""From text to concept pairs, on BioRED's development documents.

    kgbuild vocab install
    python benchmarks/end_to_end.py --shared ../shared --work /tmp/normalization

The documents are given as text alone to the stages of a run (tagger, variants,
normalization); what comes out is compared with the gold spans, identifiers, concepts
of a document, and pairs of concepts, which become a graph's edges. Behind each figure
stands the interval that holds 95 % of 1,000 draws of documents.

- ``starter``: what ships, without the lexicon;
- ``starter + lexicon``: what ships;
- ``installed``: and what ``kgbuild vocab install`` gives: the default of every command.
  Rat genes that have an identifier of RGD's alone are wrong there, and right, by their
  symbol, in the row beneath;
- ``+ publishers' files``: and NCBI Gene of man, mouse, rat, fish and fly, Cellosaurus,
  and a table of rs numbers, compiled from ``shared/vocab`` into ``--work``.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from gold_links import rat_numbers

import kgbuild as kg
from kgbuild.evaluation import Evaluation, evaluate
from kgbuild.ner.tagger import load_tagger
from kgbuild.normalize import Normalizer, build_vocabulary
from kgbuild.variants import (
    TABLE_NAME,
    VariantLinker,
    VariantRecognizer,
    VariantTable,
    build_variant_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kgbuild.document import Document
    from kgbuild.evaluation import PRF

N_DRAWS = 1_000
GENES = ("Homo_sapiens", "Mus_musculus", "Danio_rerio", "Drosophila_melanogaster")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--work", type=Path, default=Path("scratch/end_to_end"))
    parser.add_argument("--tagger", default=None)
    parser.add_argument("--no-neural", action="store_true", help="rules alone")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    corpora = options.shared / "corpora"
    dev = frozenset((corpora / "dev_pmids.txt").read_text("utf-8").split())
    gold = [
        document
        for document in kg.read(corpora / "pubtator/BioRED_TrainDev.PubTator.gz")
        if document.id in dev
    ]
    tagger, variants = load_tagger(options.tagger), VariantRecognizer()
    bare = (document.with_mentions(()) for document in gold)
    tagged = [variants(document) for document in tagger.stream(bare)]
    files = publishers_files(options.shared / "vocab", options.work / "publishers")
    table = VariantTable(files / TABLE_NAME)
    rats = rat_numbers(options.shared)
    settings: dict[str, tuple[list[Path | str], VariantTable | None]] = {
        "starter": (["starter"], None),
        "starter + lexicon": (["starter", "lexicon"], None),
        "installed": (["installed", "starter", "lexicon"], None),
        "+ publishers' files": ([files, "installed", "starter", "lexicon"], table),
    }
    print("| vocabulary | ids right of right spans | linked | concept F1 | pair F1 |")
    print("|---|--:|--:|--:|--:|")
    started = time.perf_counter()
    spans: dict[str, PRF] = {}
    for name, (vocabulary, rs_table) in settings.items():
        index = None if options.no_neural else "auto"
        normalizer = Normalizer.load(vocabulary, index=index)
        linker = VariantLinker(table=rs_table)
        linked = [linker(normalizer(document)) for document in tagged]
        cells = [
            interval(gold, linked, figure)
            for figure in (_ids_right, _linked, _concept_f1, _pair_f1)
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
        if name == "installed":
            numbered = [with_rat_numbers(d, rats) for d in linked]
            cells = [
                interval(gold, numbered, figure)
                for figure in (_ids_right, _linked, _concept_f1, _pair_f1)
            ]
            print("| the same, rat genes by symbol | " + " | ".join(cells) + " |")
        result = evaluate(gold, linked)
        spans = result.spans
        by_type = [
            f"{kind} {100 * counts.f1:.1f}" for kind, counts in result.concepts.items()
        ]
        print(f"| | concept F1 of {', '.join(by_type)} | | | |")
    print("\n| spans | gold | F1 |\n|---|--:|--:|")
    for name, counts in spans.items():
        print(f"| {name} | {counts.gold} | {100 * counts.f1:.1f} |")
    print(f"\n{time.perf_counter() - started:.0f} s")


def publishers_files(source: Path, output: Path) -> Path:
    """Compile the files that the publishers offer, where that is not yet done."""
    if not (output / "gene.vocab").is_file():
        rats = output / "rat.tsv"
        output.mkdir(parents=True, exist_ok=True)
        packed = source / "Rattus_norvegicus_rgd_ncbigene.tsv.gz"
        text = gzip.decompress(packed.read_bytes()).decode()
        rats.write_text(text.replace("symbol", "name", 1), encoding="utf-8")
        genes = [source / f"{name}.gene_info.gz" for name in GENES]
        build_vocabulary("Gene", [*genes, rats], output=output)
        rats.unlink()
    if not (output / "cell_line.vocab").is_file():
        build_vocabulary(
            "CellLine", [source / "cell_lines_cellosaurus.tsv.gz"], output=output
        )
    if not (output / TABLE_NAME).is_file():
        build_variant_table(source / "tmvar_forms_to_rs.tsv.gz", output / TABLE_NAME)
    return output


def with_rat_numbers(document: Document, numbers: dict[str, str]) -> Document:
    """Write NCBI's number of a rat gene for RGD's identifier, by their symbol."""
    return document.with_mentions(
        replace(mention, concepts=(numbers[str(mention.attribute("name"))],))
        if mention.concepts
        and mention.concepts[0].startswith("rgd:")
        and str(mention.attribute("name")) in numbers
        else mention
        for mention in document.mentions
    )


def interval(
    gold: Sequence[Document],
    linked: Sequence[Document],
    figure: Callable[[Evaluation], PRF],
) -> str:
    """Return a figure in per cent and the interval of its draws of documents."""
    counts = []
    for document, answer in zip(gold, linked, strict=True):
        prf = figure(evaluate([document], [answer]))
        counts.append((prf.right, prf.predicted, prf.gold))
    table = np.array(counts)
    draws = np.random.default_rng(0).integers(len(table), size=(N_DRAWS, len(table)))

    def f1(sums: np.ndarray) -> np.ndarray:
        return 200 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1)

    low, high = np.percentile(f1(table[draws].sum(1)), [2.5, 97.5])
    return f"{f1(table.sum(0)):.1f} ({low:.1f}–{high:.1f})"


def _ids_right(result: Evaluation) -> PRF:
    ids = result.identifiers["all"]
    return type(ids)(right=ids.right, predicted=ids.gold, gold=ids.gold)


def _linked(result: Evaluation) -> PRF:
    ids = result.identifiers["all"]
    return type(ids)(right=ids.predicted, predicted=ids.gold, gold=ids.gold)


def _concept_f1(result: Evaluation) -> PRF:
    return result.concepts["all"]


def _pair_f1(result: Evaluation) -> PRF:
    return result.concept_pairs


if __name__ == "__main__":
    main()
