"""Which gene a variant is a variant of."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.document import Document, Mention

#: How the corresponding gene was found, best first.
Evidence = Literal["adjacent", "sentence", "document", "none"]

_RANK = {"adjacent": 3, "sentence": 2, "document": 1, "none": 0}

#: Between a gene and its variant: "BRAF V600E", "MTHFR gene C677T", "BRAF (V600E".
_GENE_BEFORE = re.compile(
    r"[\s(\[,:/_-]{0,3}(?:(?:gene|mRNA|protein|promoter|exon\s\d{1,3}|codon|variants?|"
    r"mutations?|polymorphisms?|alleles?|SNPs?|such\sas|including|e\.g\.|i\.e\.|namely)"
    r"[\s,:(-]{1,3}){0,4}"
    # other variants of a list, blotted out: "BRAF V600E, V600R and V600K"
    r"(?:\0{1,80}(?:[\s,;:/()+]|and|or|vs\.?|versus){1,8}){0,6}"
)
#: How far a gene's list of variants goes, in characters.
_LIST = 200
#: Between a variant and its gene: "V600E in the BRAF gene", "C677T MTHFR".
_GENE_AFTER = re.compile(
    r"[\s)\],]{0,3}(?:(?:point\s|missense\s|nonsense\s|nucleotide\s)?(?:mutations?|"
    r"polymorphisms?|variants?|variations?|alleles?|genotypes?|SNPs?|deletions?|"
    r"substitutions?|transitions?|transversions?|changes?)\s)?"
    r"(?:(?:in|of|on|within)\s)?(?:the\s|human\s){0,2}"
    r"|[\s-](?:mutant|mutated|variant|positive)\s|\s?[(\[]"
)
#: "C/T-13910 of LCT": what looks like a gene is one, though nobody marked it.
_OF_SYMBOL = re.compile(r"\sof\s(?:the\s)?(?=[A-Z][A-Z0-9]{2,7}(?![A-Za-z0-9-]))")
_SAYS_WHERE = re.compile(r"\b(?:in|of|on|within)\s")
#: "V600E in KRAS-wild-type tumours": what is behind the gene tells of the tumours.
_BACKGROUND = re.compile(
    r"[\s-](?:wild[\s-]?type|WT\b|mutant|mutated|null|negative|positive|driven|defici)"
)
#: A variant that stands directly behind a gene, blotted out.
_HAS_ITS_OWN = re.compile(r"[\s(:-]{0,2}\0")
#: Gene mentions on each side among which the corresponding one is sought.
_AROUND = 6


@dataclass(frozen=True, slots=True)
class _Gene:
    start: int
    end: int
    concepts: tuple[str, ...]
    sentence: int
    taxon: str | None


def corresponding_genes(
    document: Document, variants: Sequence[Mention]
) -> list[tuple[str | None, Evidence]]:
    """Choose the gene that each variant is a variant of.

    A gene beside the variant wins, then the nearest of the sentence, then the gene that
    the document names most; all mentions of one core follow the best evidence among
    them.
    Where a gene mention has several ids, or genes of several species are as near, those
    of the document's main species win.

    Parameters
    ----------
    document
        With gene mentions that have concepts.
    variants
        Mentions of the document.

    Returns
    -------
    list of (gene, evidence)
        Per variant: a CURIE or ``None``, and how it was found.
    """
    from kgbuild.text.sentences import document_sentences

    starts = [start for start, _ in document_sentences(document)]
    genes = [
        _Gene(
            m.start, m.end, m.concepts, bisect_right(starts, m.start),
            (m.attribute("taxon") or "").rpartition(":")[2] or None,
        )
        for m in document.mentions
        if m.type == "Gene"
    ]  # fmt: skip
    # A gene without an id cannot be chosen, but no other gene is meant beside it.
    unknown = [g for g in genes if not g.concepts]
    genes = [g for g in genes if g.concepts]
    if not genes:
        return [(None, "none")] * len(variants)
    main = _main_taxon(document)
    frequency = Counter(c for g in genes for c in g.concepts)
    # Where no gene of the sentence fits, the gene that the document names most.
    most = min(
        genes, key=lambda g: (-_frequency(g, frequency), _foreign(g, main), g.start)
    )
    text = _blotted(document.text, variants)
    gene_starts = [g.start for g in genes]
    marked = {m.start for m in document.mentions}
    choices: list[tuple[str | None, Evidence]] = []
    for mention in variants:
        at = bisect_right(gene_starts, mention.start)
        near = [*genes[max(0, at - _AROUND) : at + _AROUND], most]
        near = [gene for gene in near if not _is_anothers(text, mention, gene)]
        sentence = bisect_right(starts, mention.start)
        others = _beside(text, mention, unknown) and not _beside(text, mention, near)
        said = _OF_SYMBOL.match(text, mention.end)
        if not near or others or (said and said.end() not in marked):
            choices.append((None, "none"))
            continue
        choices.append(_nearest(text, mention, sentence, near, main, frequency))
    # One change is a change of one gene: mentions learn from each other.
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    best: dict[str, Evidence] = {}
    keys = [m.attribute("tmvar") or m.text for m in variants]
    for key, (gene, evidence) in zip(keys, choices, strict=True):
        if _RANK[evidence] > _RANK[best.get(key, "none")]:
            best[key] = evidence
            votes[key].clear()
        if gene is not None and evidence == best[key]:
            votes[key][gene] += 1
    out: list[tuple[str | None, Evidence]] = []
    for key, (gene, evidence) in zip(keys, choices, strict=True):
        if _RANK[evidence] < _RANK[best.get(key, "none")]:
            gene, evidence = votes[key].most_common(1)[0][0], best[key]
        out.append((gene, evidence))
    return out


def _beside(text: str, variant: Mention, genes: Sequence[_Gene]) -> bool:
    """Whether one of the genes stands right before the variant."""
    return any(
        0 <= variant.start - g.end <= _LIST
        and _GENE_BEFORE.fullmatch(text[g.end : variant.start])
        for g in genes
    )


def _main_taxon(document: Document) -> str:
    """NCBI taxon that the document speaks of most; man where it names none."""
    taxa = Counter(
        c.partition(":")[2]
        for m in document.mentions
        if m.type == "Species"
        for c in m.concepts
    )
    return taxa.most_common(1)[0][0] if taxa else "9606"


def _nearest(
    text: str,
    variant: Mention,
    sentence: int,
    genes: Sequence[_Gene],
    main: str,
    frequency: Counter[str],
) -> tuple[str, Evidence]:
    def key(gene: _Gene) -> tuple[int, int, bool, int, bool, int]:
        evidence = _evidence(text, variant, sentence, gene)
        gap = max(gene.start - variant.end, variant.start - gene.end, 0)
        if evidence == "document":
            gap = -_frequency(gene, frequency)
        close = _closeness(text, variant, gene)
        has_own = not close and _HAS_ITS_OWN.match(text[gene.end : gene.end + 3])
        foreign = _foreign(gene, main)
        return (-_RANK[evidence], -close, bool(has_own), gap, foreign, gene.start)

    best = min(genes, key=key)
    concept = max(best.concepts, key=lambda c: (frequency[c], -best.concepts.index(c)))
    return concept, _evidence(text, variant, sentence, best)


def _blotted(text: str, mentions: Sequence[Mention]) -> str:
    r"""Replace mentions by ``\0``, so that patterns see past them."""
    pieces, at = [], 0
    for mention in sorted(mentions, key=lambda m: m.start):
        if mention.start >= at:
            pieces += [text[at : mention.start], "\0" * (mention.end - mention.start)]
            at = mention.end
    return "".join([*pieces, text[at:]])


def _frequency(gene: _Gene, frequency: Counter[str]) -> int:
    return max(frequency[c] for c in gene.concepts)


def _foreign(gene: _Gene, main: str) -> bool:
    return gene.taxon is not None and gene.taxon != main


def _evidence(text: str, variant: Mention, sentence: int, gene: _Gene) -> Evidence:
    if _closeness(text, variant, gene):
        return "adjacent"
    return "sentence" if gene.sentence == sentence else "document"


def _closeness(text: str, variant: Mention, gene: _Gene) -> int:
    """How surely the words between say that a gene is the variant's: 0 to 5.

    "BRAF V600E" says it, then "V600E in BRAF", then a list that began with the gene;
    "V600E BRAF" and "V600E in BRAF-mutant cells" may mean another one, and so does
    "Unlike KRAS, V600E".
    """
    if 0 <= variant.start - gene.end <= _LIST:
        between = text[gene.end : variant.start]
        if _GENE_BEFORE.fullmatch(between):
            if between.lstrip()[:1] in (",", ";"):
                return 1
            return 3 if "\0" in between else 5
    if 0 <= gene.start - variant.end <= _LIST:
        between = text[variant.end : gene.start]
        if _GENE_AFTER.fullmatch(between):
            if _SAYS_WHERE.search(between):
                return 2 if _BACKGROUND.match(text[gene.end : gene.end + 12]) else 4
            return 0 if _HAS_ITS_OWN.match(text[gene.end : gene.end + 3]) else 2
    return 0


def _is_anothers(text: str, variant: Mention, gene: _Gene) -> bool:
    """Whether a gene behind the variant is glued to another: "R506Q and JAK2V617F"."""
    behind = gene.start >= variant.end and text[gene.end : gene.end + 1] == "\0"
    return behind and not _closeness(text, variant, gene)
