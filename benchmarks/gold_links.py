"""Gold mentions and what a normalizer makes of them, for scripts that measure it."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgbuild.corpus import read
from kgbuild.document import Document, Mention
from kgbuild.normalize.layers import identity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from kgbuild.normalize import Normalizer

#: What a user has: vocabularies that ``kgbuild vocab install`` gave and the shipped
#: lexicon.
INSTALLED = ("installed", "starter", "lexicon")

#: Rat genes that have an identifier of RGD's alone are compared by their symbols, with
#: the publishers' list; see :func:`rat_numbers`.
RAT_NUMBERS: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A gold mention, and the same mention as it was linked."""

    label: str
    document: Document
    gold: Mention
    found: Mention
    right: bool

    def row(self, normalizer: Normalizer) -> str:
        """Return it as a line of a table."""
        names = [normalizer.name_of(c) or "?" for c in self.gold.concepts]
        return "\t".join(
            (
                self.label, self.document.id, self.gold.text,
                ",".join(self.gold.concepts), "; ".join(names),
                ",".join(self.found.concepts), self.found.attribute("name") or "",
                str(self.found.method), str(self.found.link_score),
            )
        )  # fmt: skip


def gold_documents(shared: Path, corpus: str) -> Iterator[Document]:
    """Yield the documents of a corpus."""
    path = shared / f"corpora/pubtator/{corpus}.PubTator.gz"
    return read(path, on_error=lambda _: None)


def development_ids(shared: Path) -> frozenset[str]:
    """Return the ids of the documents that figures are measured on."""
    return frozenset((shared / "corpora/dev_pmids.txt").read_text("utf-8").split())


def own_id(document: Document) -> str:
    """Return a document's id without the number of its part."""
    return document.id.partition("#")[0]


def without_links(document: Document) -> Document:
    """Return the document with its mentions as a recognizer gives them."""
    return document.with_mentions(
        replace(m, concepts=(), method=None, composite=False, attributes=())
        for m in document.mentions
    )


def answers(
    normalizer: Normalizer, document: Document, *, corpus: str, kinds: Collection[str]
) -> Iterator[Answer]:
    """Link a document's mentions; yield those of some types that have gold ids."""
    linked = normalizer(without_links(document))
    found = {(m.start, m.end, m.type): m for m in linked.mentions}
    for gold in document.mentions:
        if gold.type in kinds and gold.concepts:
            answer = found[gold.start, gold.end, gold.type]
            right = is_same(gold.concepts, answer.concepts, gold.type, normalizer)
            label = f"{corpus.partition('_')[0]}:{gold.type}"
            yield Answer(label, document, gold, answer, right)


def is_same(
    gold: tuple[str, ...], answer: tuple[str, ...], kind: str, normalizer: Normalizer
) -> bool:
    """Whether two sets of ids share one; alternative ids of a concept count as it."""
    return bool(
        _canonical(gold, kind, normalizer) & _canonical(answer, kind, normalizer)
    )


def _canonical(
    concepts: tuple[str, ...], kind: str, normalizer: Normalizer
) -> set[str]:
    layers = tuple(normalizer.vocabularies.get(kind, ()))
    if not layers:
        return set(concepts)
    return {
        RAT_NUMBERS.get(name, curie) if curie.startswith("rgd:") else curie
        for curie, name, *_ in (identity(concept, layers) for concept in concepts)
    }


def rat_numbers(shared: Path) -> dict[str, str]:
    """Return rat gene symbol → CURIE of NCBI's, of symbols that one gene has."""
    packed = shared / "vocab/Rattus_norvegicus_rgd_ncbigene.tsv.gz"
    with gzip.open(packed, "rt", encoding="utf-8") as lines:
        rows = [line.split("\t")[:2] for line in lines][1:]
    often = Counter(symbol for _, symbol in rows)
    return {symbol: curie for curie, symbol in rows if often[symbol] == 1}
