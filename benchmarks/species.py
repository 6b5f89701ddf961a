"""How often the species of a gene mention is right, and the weights behind it.

    python benchmarks/species.py --shared ../shared --vocabulary DIR [--fit]

Gold gene mentions whose species the gene vocabulary (or a document with one other
species) tells. Species mentions are found as for any document without marks. ``--fit``
learns the weights of ``kgbuild/normalize/rules.toml`` from the training documents: a
conditional logit, the species of the document being the choices; it needs torch. The
development documents are measured only.
"""

from __future__ import annotations

import argparse
import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.corpus import read
from kgbuild.normalize import Normalizer, Vocabulary
from kgbuild.normalize.disambiguation import ConceptLookup, DocumentContext
from kgbuild.normalize.species import HUMAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.document import Document

CORPORA = ("GNormPlus_Train", "NLMgene_Train", "BioRED_TrainDev")
PENALTY = 1e-3

#: Facts of every choice, and which choices are right.
Example = tuple[str, dict[int, dict[str, float]], frozenset[int], int]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--vocabulary", type=Path, required=True)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)

    given = {
        kind: [Vocabulary.open(options.vocabulary / f"{kind.lower()}.vocab")]
        for kind in ("Gene", "Species")
    }
    normalizer = Normalizer(given)
    dev = frozenset((options.shared / "corpora/dev_pmids.txt").read_text().split())
    examples: dict[str, list[Example]] = {"training": [], "development": []}
    for name in CORPORA:
        path = options.shared / f"corpora/pubtator/{name}.PubTator.gz"
        for document in read(path, on_error=lambda _: None):
            held_out = document.id.partition("#")[0] in dev
            split = "development" if held_out else "training"
            examples[split].extend(_examples(name, document, normalizer))
    for split, found in examples.items():
        print(f"\n{split}\n| corpus | mentions | right | of several species | right |")
        print("|---|--:|--:|--:|--:|")
        for name in CORPORA:
            _report(name, [e for e in found if e[0] == name])
    if options.fit:
        for fact, weight in _fit(examples["training"]).items():
            print(f'"{fact}" = {weight:.2f}')


def _examples(
    corpus: str, document: Document, normalizer: Normalizer
) -> Iterator[Example]:
    early = document.with_mentions(
        replace(m, concepts=(), method=None)
        for m in document.mentions
        if m.type == "Species"
    )
    (genes,) = normalizer.vocabularies["Gene"]
    linked = normalizer(early)
    marked = linked.with_mentions(
        [*linked.mentions, *(m for m in document.mentions if m.type == "Gene")]
    )
    lookup = ConceptLookup(normalizer.vocabularies)
    context = DocumentContext(lookup, marked, {}).species_context()
    covered = set(genes.taxa())
    for mention in document.mentions:
        if mention.type != "Gene" or not mention.concepts:
            continue
        facts = context.facts_of(mention)
        known = {k[2] for k in map(genes.concept, mention.concepts) if k and k[2]}
        if not known:
            others = set(facts) - covered
            if len(others) != 1:
                continue
            known = others
        yield corpus, facts, frozenset(known), context.taxa_of(mention)[0]


def _report(name: str, examples: list[Example]) -> None:
    several = [e for e in examples if len(set(e[1]) - {HUMAN}) > 0]
    shares = [
        f"{len(chosen)} | {100 * sum(e[3] in e[2] for e in chosen) / len(chosen):.1f}"
        for chosen in (examples, several)
    ]
    print(f"| {name} | " + " | ".join(shares) + " |")


def _fit(examples: list[Example]) -> dict[str, float]:
    import torch

    useful = [e for e in examples if len(e[1]) > 1 and e[2] & set(e[1])]
    names = sorted(Counter(f for e in useful for own in e[1].values() for f in own))
    place = {name: i for i, name in enumerate(names)}
    most = max(len(e[1]) for e in useful)
    facts = torch.zeros(len(useful), most, len(names))
    absent = torch.ones(len(useful), most, dtype=torch.bool)
    wrong = torch.ones(len(useful), most, dtype=torch.bool)
    for row, (_, choices, right, _) in enumerate(useful):
        for column, (taxon, own) in enumerate(choices.items()):
            absent[row, column] = False
            wrong[row, column] = taxon not in right
            for fact, value in own.items():
                facts[row, column, place[fact]] = value
    weights = torch.zeros(len(names), requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights], max_iter=200, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        chances = torch.log_softmax(
            (facts @ weights).masked_fill(absent, -1e9), dim=1
        ).masked_fill(wrong, -1e9)
        value = -torch.logsumexp(chances, 1).mean() + PENALTY * weights.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return dict(zip(names, weights.tolist(), strict=True))


if __name__ == "__main__":
    main()
