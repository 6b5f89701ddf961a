"""Accuracy and speed of variants: spans, normal form, genes, groups, rs numbers.

    python benchmarks/variants.py --shared ../shared [--tagger aio-small]

Rules were written on the training documents; the development split is measured. With
``--tagger`` its documents are tagged, and grammar, tagger and their union compared.
Spans count as found where start and end are the gold's. A gold mention of BioRED whose
identifier is an rs number that the mention does not say is left out of the normal form.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kgbuild.corpus import read
from kgbuild.document import Document
from kgbuild.errors import ValidationError
from kgbuild.text.sentences import sentence_spans
from kgbuild.variants import (
    VariantRecognizer,
    VariantTable,
    build_variant_table,
    corresponding_genes,
    from_core,
    link_variants,
    merge_variants,
)
from kgbuild.variants.grammar import FAMILIES
from kgbuild.variants.mentions import read_mentions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgbuild.document import Mention

CORPORA = {"tmVar3": "tmVar3_Train", "BioRED": "BioRED_TrainDev"}
#: Annotated by other guidelines, never looked at while rules were written: spans alone.
FOREIGN = {"SETH": "SETH", "nala": "nala_IDP4"}
#: tmVar's classes of positioned changes and rs numbers.
POSITIONED = ("DNAMutation", "ProteinMutation", "SNP")


@dataclass
class Spans:
    """Exact spans: right, predicted and gold ones of every document."""

    rows: list[tuple[int, int, int]] = field(default_factory=list)

    def count(self, gold: set[tuple[int, int]], said: set[tuple[int, int]]) -> None:
        """Add one document."""
        self.rows.append((len(gold & said), len(said), len(gold)))

    def __str__(self) -> str:
        """Return precision, recall, and F1 with its 95 % interval over documents."""
        rows = np.array(self.rows)
        right, said, gold = rows.sum(0)
        rng = np.random.default_rng(13)
        draws = rows[rng.integers(0, len(rows), (1000, len(rows)))].sum(1)
        scores = 2 * draws[:, 0] / np.maximum(1, draws[:, 1] + draws[:, 2])
        low, high = np.quantile(scores, (0.025, 0.975))
        f1 = 2 * right / max(1, said + gold)
        return (
            f"{right / max(1, said):.3f} | {right / max(1, gold):.3f} | "
            f"{f1:.3f} ({low:.3f} to {high:.3f})"
        )


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--tagger", help="name or folder of a tagger")
    parser.add_argument("--errors", action="store_true", help="errors of training")
    options = parser.parse_args()
    logging.getLogger("kgbuild").setLevel(logging.ERROR)
    dev = set((options.shared / "corpora/dev_pmids.txt").read_text().split())
    parts: dict[tuple[str, str], list[Document]] = {}
    for name, stem in {**CORPORA, **FOREIGN}.items():
        path = options.shared / f"corpora/pubtator/{stem}.PubTator.gz"
        for document in read(path):
            part = "dev" if document.id in dev else "train"
            parts.setdefault((name, part), []).append(document)
    spans(parts)
    parts = {key: value for key, value in parts.items() if key[0] in CORPORA}
    families(parts)
    normal_form(parts, errors=options.errors)
    linking(parts, table=None)
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "variants.table"
        forms = options.shared / "vocab/tmvar_forms_to_rs.tsv.gz"
        print(f"\n{build_variant_table(forms, compiled)}")
        linking(parts, table=VariantTable(compiled))
    if options.tagger:
        union(parts, options.tagger)
    throughput(options.shared)


def variants_of(document: Document) -> list[Mention]:
    """Return the gold variants."""
    return [m for m in document.mentions if m.type == "Variant"]


def spans(parts: dict[tuple[str, str], list[Document]]) -> None:
    """Grammar alone, exact spans."""
    print("\n| exact spans, grammar alone | documents | mentions | P | R | F1 |")
    print("|---|--:|--:|--:|--:|--:|")
    recognize = VariantRecognizer()
    for (name, part), documents in sorted(parts.items()):
        everything, positioned, by_class = Spans(), Spans(), Counter[str]()
        total = Counter[str]()
        for document in documents:
            gold = variants_of(document)
            said = recognize.mentions(document)
            everything.count({m.span for m in gold}, {m.span for m in said})
            found = {m.span for m in said}
            for m in gold:
                label = m.attribute("label") or "Variant"
                total[label] += 1
                by_class[label] += m.span in found
            positioned.count(
                {m.span for m in gold if m.attribute("label") in POSITIONED},
                {m.span for m in said if m.attribute("class") in POSITIONED},
            )
        n = sum(total.values())
        print(f"| {name} {part}, all | {len(documents)} | {n} | {everything} |")
        if name == "tmVar3":
            n = sum(total[c] for c in POSITIONED)
            print(f"| {name} {part}, DNA + protein + SNP | | {n} | {positioned} |")
            classes = ", ".join(f"{c} {by_class[c]}/{total[c]}" for c in sorted(total))
            print(f"| recall by class: {classes} | | | | | |")


def families(parts: dict[tuple[str, str], list[Document]]) -> None:
    """Precision of each family on the training documents: the mentions' scores."""
    print("\n| family | tier | score | right/found in training |")
    print("|---|---|--:|--:|")
    found, right = Counter[str](), Counter[str]()
    recognize = VariantRecognizer()
    for (_, part), documents in parts.items():
        for document in documents if part == "train" else ():
            gold = {m.span for m in variants_of(document)}
            for mention in recognize.mentions(document):
                family = mention.attribute("family") or ""
                found[family] += 1
                right[family] += mention.span in gold
    for family in FAMILIES:
        if found[family.name]:
            n = f"{right[family.name]}/{found[family.name]}"
            print(f"| {family.name} | {family.tier} | {family.precision} | {n} |")


def normal_form(parts: dict[tuple[str, str], list[Document]], *, errors: bool) -> None:
    """Gold mention → core, read with the other mentions of its document."""
    print(
        "\n| normal form of gold mentions | mentions | core | without level | class |"
    )
    print("|---|--:|--:|--:|--:|")
    wrong: list[tuple[str, str, str]] = []
    for (name, part), documents in sorted(parts.items()):
        n = exact = levelless = classes = 0
        for document in documents:
            gold = variants_of(document)
            blank = [replace(m, concepts=(), method=None, attributes=()) for m in gold]
            for truth, said in zip(gold, read_mentions(blank), strict=True):
                core = _gold_core(truth)
                if core is None:
                    continue
                n += 1
                own = said.attribute("tmvar") or ""
                exact += own == core
                levelless += _levelless(own) == _levelless(core)
                classes += said.attribute("class") == truth.attribute("label")
                if own != core and part == "train":
                    wrong.append((truth.text, core, own))
        shown = f"{classes / n:.3f}" if name == "tmVar3" else ""
        print(
            f"| {name} {part} | {n} | {exact / n:.3f} | {levelless / n:.3f} | {shown} |"
        )
    if errors:
        for text, core, own in sorted(set(wrong)):
            print(f"  {text} | {core} | {own}")


def _gold_core(mention: Mention) -> str | None:
    """Core as the corpus has it; fields that it sometimes leaves out are filled in."""
    core = mention.attribute("tmvar")
    if core is None:
        concept = mention.concepts[0] if mention.concepts else ""
        if not concept.startswith("dbsnp:"):
            return None
        said = re.match(r"[rR][sS]", mention.text)
        return concept.removeprefix("dbsnp:") if said else None
    try:
        return from_core(core).core
    except ValidationError:
        return core


def _levelless(core: str) -> str:
    return re.sub(r"^[a-z]?\|", "|", core)


def linking(
    parts: dict[tuple[str, str], list[Document]], *, table: VariantTable | None
) -> None:
    """Corresponding genes, groups and rs numbers, gold genes and mentions given."""
    given = "without" if table is None else "with"
    print(f"\n| linking {given} a table, gold genes and mentions | right | of | |")
    print("|---|--:|--:|--:|")
    for part in ("train", "dev"):
        right = n = 0
        same = Counter[tuple[bool, bool]]()
        for document in parts["tmVar3", part]:
            gold = variants_of(document)
            chosen = corresponding_genes(document, gold)
            for truth, (gene, _) in zip(gold, chosen, strict=True):
                if truth.attribute("gene"):
                    n += 1
                    right += gene in str(truth.attribute("gene")).split(",")
            linked = variants_of(link_variants(_stripped(document)))
            pairs = zip(gold, linked, strict=True)
            grouped = [p for p in pairs if p[0].attribute("variant_group")]
            for one, other in combinations(grouped, 2):
                truth, said = (
                    a.attribute("variant_group") == b.attribute("variant_group")
                    for a, b in zip(one, other, strict=True)
                )
                same[truth, said] += 1
        print(f"| tmVar3 {part}: gene | {right} | {n} | {right / n:.3f} |")
        both, extra = same[True, True], same[False, True]
        precision = both / max(1, both + extra)
        of = both + extra
        print(f"| tmVar3 {part}: pairs grouped | {both} | {of} | {precision:.3f} |")
        recall = both / max(1, both + same[True, False])
        of = both + same[True, False]
        print(f"| tmVar3 {part}: gold pairs found | {both} | {of} | {recall:.3f} |")
    for part in ("train", "dev"):
        said = Counter[str]()
        right_by = Counter[str]()
        n = ids = 0
        for document in parts["BioRED", part]:
            linked = variants_of(link_variants(_stripped(document), table=table))
            for truth, own in zip(variants_of(document), linked, strict=True):
                evidence = own.attribute("rs_evidence")
                n += 1
                rs = f"dbsnp:{own.attribute('rs')}"
                core = f"tmvar:{own.attribute('tmvar')}"
                ids += (rs if evidence else core) in truth.concepts
                if evidence:
                    said[evidence] += 1
                    right_by[evidence] += rs in truth.concepts
        for evidence in sorted(said):
            share = right_by[evidence] / said[evidence]
            print(
                f"| BioRED {part}: rs from {evidence} | {right_by[evidence]} | "
                f"{said[evidence]} | {share:.3f} |"
            )
        print(f"| BioRED {part}: id {given} a table | {ids} | {n} | {ids / n:.3f} |")


def _stripped(document: Document) -> Document:
    return document.with_mentions(
        replace(m, concepts=(), method=None, attributes=())
        if m.type == "Variant"
        else m
        for m in document.mentions
    )


def union(parts: dict[tuple[str, str], list[Document]], name: str) -> None:
    """Grammar, tagger and union on the development documents."""
    from kgbuild.ner.tagger import load_tagger

    tagger = load_tagger(name)
    print(f"\n| development, exact spans ({tagger.version}) | P | R | F1 |")
    print("|---|--:|--:|--:|")
    recognize = VariantRecognizer()
    for corpus in CORPORA:
        counts = {"grammar": Spans(), "tagger": Spans(), "union": Spans()}
        documents = parts[corpus, "dev"]
        plain = [d.with_mentions(()) for d in documents]
        for truth, tagged in zip(documents, tagger.stream(plain), strict=True):
            gold = {m.span for m in variants_of(truth)}
            grammar = recognize.mentions(tagged)
            merged = merge_variants(tagged.mentions, grammar, text=tagged.text)
            for key, mentions in (
                ("grammar", grammar),
                ("tagger", variants_of(tagged)),
                ("union", merged),
            ):
                counts[key].count(gold, {m.span for m in mentions})
        for key, spans_found in counts.items():
            print(f"| {corpus} {key} | {spans_found} |")


def throughput(shared: Path) -> None:
    """Abstracts a second on one core, beside our sentence splitter."""
    documents = list(_abstracts(shared, limit=2000))
    recognize = VariantRecognizer()
    best = {"variants": float("inf"), "sentences": float("inf")}
    found = 0
    for _ in range(3):
        start = time.process_time()
        found = sum(len(recognize.mentions(d)) for d in documents)
        best["variants"] = min(best["variants"], time.process_time() - start)
        start = time.process_time()
        for document in documents:
            sentence_spans(document.text)
        best["sentences"] = min(best["sentences"], time.process_time() - start)
    characters = sum(len(d.text) for d in documents) / len(documents)
    speed = len(documents) / best["variants"]
    ratio = best["variants"] / best["sentences"]
    print(
        f"\n{speed:,.0f} abstracts/s on one core ({len(documents)} abstracts of "
        f"{characters:,.0f} characters, {found} variants), {ratio:.1f} times the time "
        "of splitting sentences"
    )
    rich = Path(shared / "corpora/pubtator/tmVar3_Train.PubTator.gz")
    documents = [d for d in read(rich) if variants_of(d)]
    start = time.process_time()
    found = sum(len(recognize.mentions(d)) for d in documents)
    speed = len(documents) / (time.process_time() - start)
    print(f"{speed:,.0f} abstracts/s where each has variants ({found} found)")


def _abstracts(shared: Path, *, limit: int) -> Iterable[Document]:
    count = 0
    for path in sorted((shared / "corpora/abstracts").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for line in stream:
                record = json.loads(line)
                text = record.get("abstract") or ""
                if len(text) > 200:
                    count += 1
                    title = record.get("title") or ""
                    yield Document.from_text(text, title=title, id=str(count))
                if count >= limit:
                    return


if __name__ == "__main__":
    main()
