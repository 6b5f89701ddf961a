"""How often the species of a gene mention is right, and the weights behind it.

    python benchmarks/species.py --shared ../shared --vocabulary gene.vocab installed

Gold gene mentions whose species a gene vocabulary tells; the starter lies beneath those
that are named. Species mentions are those of the corpus where it has them, and else
those that are read off the text. ``--fit`` learns from the training documents; it needs
torch:

1. which words of a document speak for human, mouse and rat: a multinomial logistic
   regression of the shares of the three among a document's genes, on its words.
   Written to ``kgbuild/models/lexicon/species_words.tsv``;

2. the weights of ``kgbuild/normalize/rules.toml``, printed: a conditional logit,
   the species of the document being the choices. What the words say of a training
   document comes from a model that has not seen it (five folds).

The development documents are measured only.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild.corpus import read
from kgbuild.normalize import Normalizer
from kgbuild.normalize.concepts import ConceptLookup
from kgbuild.normalize.disambiguation import DocumentContext
from kgbuild.normalize.lexicon import lexicon_path
from kgbuild.normalize.species import HUMAN, MOUSE, RAT, WORDS_FILE, plain_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from kgbuild.document import Document

CORPORA = (
    "pubtator/GNormPlus_Train", "pubtator/NLMgene_Train", "pubtator/BioRED_TrainDev",
    "relations/BC6PM_train",
)  # fmt: skip
SPOKEN_OF = (HUMAN, MOUSE, RAT)
#: A word that so many training documents have may tell, and so many words are kept.
MIN_DOCUMENTS, N_WORDS = 8, 800
#: Ridge penalties of the two models.
PENALTY_OF_WORDS, PENALTY = 4e-3, 1e-3
N_FOLDS = 5


@dataclass
class Example:
    """A gold gene mention: what speaks for each choice, and which are right."""

    corpus: str
    document: str
    evidence: dict[int, dict[str, float]]
    right: frozenset[int]
    chosen: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--vocabulary", type=Path, nargs="*", default=[])
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)

    normalizer = Normalizer.load([*options.vocabulary, "starter"], index=None)
    corpora = options.shared / "corpora"
    dev = frozenset((corpora / "dev_pmids.txt").read_text("utf-8").split())
    examples: dict[str, list[Example]] = {"training": [], "development": []}
    texts: dict[str, set[str]] = {}
    for name in CORPORA:
        path = corpora / f"{name}.PubTator.gz"
        for document in read(path, on_error=lambda _: None):
            key = document.id.partition("#")[0]
            split = "development" if key in dev else "training"
            examples[split].extend(_examples(name, document, normalizer))
            if split == "training":
                texts.setdefault(key, set()).update(plain_words(document.text))
    # What names a species is counted by place already.
    lookup = ConceptLookup(normalizer.vocabularies)
    named = {w for w in set().union(*texts.values()) if lookup.species_name(w)}
    texts = {key: words - named for key, words in texts.items()}
    for split, found in examples.items():
        print(f"\n{split}\n| corpus | mentions | right | 95 % over documents |")
        print("|---|--:|--:|--:|")
        for name in CORPORA:
            _report(name, [e for e in found if e.corpus == name.partition("/")[2]])
    if options.fit:
        learn(examples["training"], texts)


def _examples(
    corpus: str, document: Document, normalizer: Normalizer
) -> Iterator[Example]:
    lookup = ConceptLookup(normalizer.vocabularies)
    early = document.with_mentions(
        replace(m, concepts=(), method=None)
        for m in document.mentions
        if m.type == "Species"
    )
    linked = normalizer(early)
    genes = [m for m in document.mentions if m.type == "Gene"]
    marked = linked.with_mentions([*linked.mentions, *genes])
    context = DocumentContext(lookup, marked, {}).species_context()
    for mention in genes:
        taxa = {lookup.taxon("Gene", concept) for concept in mention.concepts}
        right = frozenset(taxon for taxon in taxa if taxon is not None)
        if right:
            evidence = context.facts_of(mention)
            chosen = context.taxa_of(mention)[0]
            key = document.id.partition("#")[0]
            yield Example(corpus.partition("/")[2], key, evidence, right, chosen)


def _report(name: str, examples: Sequence[Example]) -> None:
    by_document: dict[str, list[bool]] = defaultdict(list)
    for example in examples:
        by_document[example.document].append(example.chosen in example.right)
    counts = np.array([(sum(hits), len(hits)) for hits in by_document.values()])
    draws = np.random.default_rng(0).integers(len(counts), size=(1000, len(counts)))
    shares = 100 * counts[draws, 0].sum(1) / counts[draws, 1].sum(1)
    low, high = np.percentile(shares, [2.5, 97.5])
    right, total = counts.sum(0)
    print(f"| {name} | {total} | {100 * right / total:.1f} | {low:.1f}–{high:.1f} |")


def learn(examples: Sequence[Example], texts: dict[str, set[str]]) -> None:
    """Fit both models, write the words and print the weights."""
    shares: dict[str, NDArray[np.float64]] = {}
    for example in examples:
        row = shares.setdefault(example.document, np.zeros(len(SPOKEN_OF)))
        for place, taxon in enumerate(SPOKEN_OF):
            row[place] += (taxon in example.right) / len(example.right)
    keys = sorted(key for key, row in shares.items() if row.sum())
    target = np.array([shares[key] / shares[key].sum() for key in keys])
    fold = np.array([int(hashlib.sha256(k.encode()).hexdigest(), 16) for k in keys])
    fold %= N_FOLDS
    said: dict[str, NDArray[np.float64]] = {}
    for held_out in range(N_FOLDS):
        inside = [k for k, f in zip(keys, fold, strict=True) if f != held_out]
        words = _fit_words([texts[k] for k in inside], target[fold != held_out])
        for key in (k for k in shares if k not in set(inside)):
            said.setdefault(key, _say(words, texts[key]))
    for example in examples:
        for place, taxon in enumerate(SPOKEN_OF):
            if taxon in example.evidence:
                example.evidence[taxon]["words"] = float(said[example.document][place])
    words = _fit_words([texts[key] for key in keys], target)
    lines = ["word\thuman\tmouse\trat"]
    lines += ["\t".join((w, *(f"{x:.2f}" for x in words[w]))) for w in sorted(words)]
    path = lexicon_path() / WORDS_FILE
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(words)} words: {path}")
    for name, weight in _fit_weights(examples).items():
        print(f'"{name}" = {weight:.2f}')


def _say(words: dict[str, NDArray[np.float64]], text: set[str]) -> NDArray[np.float64]:
    rows = [words[word] for word in text & words.keys()]
    return np.sum(rows, axis=0) if rows else np.zeros(len(SPOKEN_OF))


def _fit_words(
    texts: Sequence[set[str]], target: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Fit the words' weights twice: on all frequent words, then on the telling ones."""
    counts = Counter(word for text in texts for word in text)
    kept = sorted(w for w, n in counts.items() if n >= MIN_DOCUMENTS and len(w) > 1)
    weights = _multinomial(texts, kept, target)
    telling = np.argsort(-np.abs(weights).max(1), kind="stable")[:N_WORDS]
    kept = [kept[place] for place in sorted(telling)]
    return dict(zip(kept, _multinomial(texts, kept, target), strict=True))


def _multinomial(
    texts: Sequence[set[str]], words: Sequence[str], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    import torch

    place = {word: i for i, word in enumerate(words)}
    present = torch.zeros(len(texts), len(words))
    for row, text in enumerate(texts):
        present[row, [place[word] for word in text & place.keys()]] = 1
    wanted = torch.tensor(target, dtype=torch.float32)
    weights = torch.zeros(len(words), len(SPOKEN_OF), requires_grad=True)
    bias = torch.zeros(len(SPOKEN_OF), requires_grad=True)

    def loss() -> Any:
        chances = torch.log_softmax(present @ weights + bias, dim=1)
        ridge = PENALTY_OF_WORDS * weights.square().sum()
        return -(wanted * chances).sum(1).mean() + ridge

    _minimize(loss, [weights, bias])
    found = weights.detach().numpy()
    return found - found.mean(1, keepdims=True)


def _fit_weights(examples: Sequence[Example]) -> dict[str, float]:
    import torch

    useful = [e for e in examples if len(e.evidence) > 1 and e.right & set(e.evidence)]
    names = sorted({f for e in useful for own in e.evidence.values() for f in own})
    place = {name: i for i, name in enumerate(names)}
    most = max(len(e.evidence) for e in useful)
    evidence = torch.zeros(len(useful), most, len(names))
    absent = torch.ones(len(useful), most, dtype=torch.bool)
    wrong = torch.ones(len(useful), most, dtype=torch.bool)
    for row, example in enumerate(useful):
        for column, (taxon, own) in enumerate(example.evidence.items()):
            absent[row, column] = False
            wrong[row, column] = taxon not in example.right
            for name, value in own.items():
                evidence[row, column, place[name]] = value
    weights = torch.zeros(len(names), requires_grad=True)

    def loss() -> Any:
        chances = torch.log_softmax(
            (evidence @ weights).masked_fill(absent, -1e9), dim=1
        ).masked_fill(wrong, -1e9)
        return -torch.logsumexp(chances, 1).mean() + PENALTY * weights.square().sum()

    _minimize(loss, [weights])
    return dict(zip(names, weights.tolist(), strict=True))


def _minimize(loss: Any, parameters: list[Any]) -> None:
    import torch

    optimizer = torch.optim.LBFGS(
        parameters, max_iter=100, line_search_fn="strong_wolfe"
    )

    def closure() -> Any:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)


if __name__ == "__main__":
    main()
