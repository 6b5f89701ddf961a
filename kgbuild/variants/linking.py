"""From a variant's normal form to its gene, its rs number and its other names.

Runs after genes are normalized. What is decided, in this order: which mentions name one
variant (groups), which gene each belongs to, and which rs number the text or a table
states for it. The concept id is the rs number where one is known, else the gene and the
core; a variant without a gene keeps its core alone and says so.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.document import NAME_SEPARATOR
from kgbuild.stage import require_document
from kgbuild.variants._letters import CODONS
from kgbuild.variants.genes import corresponding_genes
from kgbuild.variants.mentions import concept_of, facts_of, read_mentions, variant_of
from kgbuild.variants.mrna_counts import TODAY, counts_from_mrna
from kgbuild.variants.search import from_hgvs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kgbuild.document import Document, Mention
    from kgbuild.variants.genes import Evidence
    from kgbuild.variants.normal_form import Variant
    from kgbuild.variants.rs_table import VariantTable

#: Operators that say what changes: an rs number or a band of a chromosome does not.
_CHANGES = ("SUB", "DEL", "INS", "INDEL", "DUP", "INV", "FS")

#: Between a variant and the rs number that stands for it: "V600E (rs113488022)",
#: "the -930A>G CYBA polymorphism (rs9932581", "rs763780: 7488T/C".
_PAIRED = re.compile(
    r"[\s,;:/=(\[]{1,4}(?:(?:SNP|dbSNP)(?:\sID)?:?|or|i\.e\.,?)?[\s,;:(\[]{0,3}"
    r"|(?:\s[\w/+-]{1,14}){1,3}\s?[(\[]"
)
#: From an rs number to what it does: "rs6232, encoding the amino acid exchange N221D".
_SAYING = re.compile(
    r",?\s(?:at\sposition|encoding|encodes|which\s(?:leads\sto|results\sin|causes|"
    r"encodes|changes|produces)|(?:resulting|results)\sin|causing|leading\sto)\s"
    r"(?:[\w-]{1,14}\s){0,8}"
)
_PAIR_REACH = 80
#: "positions -1123 (rs2488457), +1858 (rs2476601"
_PLACED = re.compile(r"(?<![\w.])([-+]?\d[\d,]{0,9})\s?[(\[](rs[1-9]\d{2,9})\b")
#: Between a base change and the residue change that it makes: "1858C>T (R620W)".
_SAME_CHANGE = re.compile(r"\s?[(\[]\s?|[,;/]\s?(?=$)")
#: Between members of a list.
_LISTED = re.compile(r"\s?(?:[,;]\s?)?(?:(?:and|or|as well as)\s)?")


def link_variants(document: Document, *, table: VariantTable | None = None) -> Document:
    """Give every variant its gene, its group, its rs number and its concept id.

    Parameters
    ----------
    document
        With normalized genes. Variants from any recogniser; those that carry no core
        are read first. Concepts that a corpus states (``method="gold"``) stay.
    table
        Compiled table of gene, change and rs number (:mod:`kgbuild.variants.rs_table`).

    Returns
    -------
    Document
        Its variants carry these further attributes: ``gene`` (CURIE, absent where
        there is none), ``gene_evidence`` (``adjacent``, ``sentence``, ``document`` or
        ``none``), ``variant_group`` (number within the document), ``rs`` and
        ``rs_evidence`` (``mention``, ``text`` or ``table``) where one is known, and
        ``name``, gene and change (``BRAF V600E``), where both are known; or, without a
        normal form, ``unread`` with the reason.

    Examples
    --------
    >>> from kgbuild.document import Document, Mention
    >>> from kgbuild.variants import VariantRecognizer
    >>> text = "BRAF V600E (rs113488022) and p.Val600Glu."
    >>> gene = Mention(start=0, end=4, text="BRAF", type="Gene",
    ...                concepts=("ncbigene:673",))
    >>> found = VariantRecognizer()(Document.from_text(text).with_mentions([gene]))
    >>> [m.concepts for m in link_variants(found).mentions if m.type == "Variant"]
    [('dbsnp:rs113488022',), ('dbsnp:rs113488022',), ('dbsnp:rs113488022',)]
    """
    require_document(document)
    indices = [i for i, m in enumerate(document.mentions) if m.type == "Variant"]
    if not indices:
        return document
    mentions = read_mentions([document.mentions[i] for i in indices])
    variants = [variant_of(m) for m in mentions]
    genes = corresponding_genes(document, mentions)
    text = document.text
    groups = _groups(text, mentions, variants, genes, by=_by_position)
    changes = _groups(text, mentions, variants, genes, by=_by_change)
    numbers = _rs_numbers(variants, changes)
    if table is not None:
        _look_up(table, variants, genes, changes, numbers)
    linked = list(document.mentions)
    names = _names_of_genes(document)
    for k, i in enumerate(indices):
        linked[i] = _linked(
            mentions[k], variants[k], genes[k], groups[k], numbers[k], names, table
        )
    return document.with_mentions(linked)


# --- groups -------------------------------------------------------------------------


class _Partition:
    """Disjoint sets of the numbers below ``n`` (union by the smaller number)."""

    def __init__(self, n: int) -> None:
        self._parent = list(range(n))

    def root(self, i: int) -> int:
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def join(self, i: int, j: int) -> None:
        first, second = sorted((self.root(i), self.root(j)))
        self._parent[second] = first

    def numbers(self) -> list[int]:
        """Return each member's set, numbered in the order of first members."""
        seen: dict[int, int] = {}
        roots = [self.root(i) for i in range(len(self._parent))]
        return [seen.setdefault(root, len(seen)) for root in roots]


def _groups(  # noqa: C901 - one rule after another, in order
    text: str,
    mentions: Sequence[Mention],
    variants: Sequence[Variant | None],
    genes: Sequence[tuple[str | None, Evidence]],
    *,
    by: Callable[[Sequence[Variant | None]], list[str]],
) -> list[int]:
    """Give mentions of one variant the same number.

    Parameters
    ----------
    by
        What mentions of one variant share: :func:`_by_position`, :func:`_by_change`.
    """
    sets = _Partition(len(mentions))
    shared: dict[str, list[int]] = defaultdict(list)
    for i, key in enumerate(by(variants)):
        if key:
            shared[key].append(i)
    for members in shared.values():
        for i in members[1:]:
            if _same_gene(genes[members[0]], genes[i]):
                sets.join(members[0], i)
    # One mention of each change and gene stands for all.
    first: dict[tuple[str, tuple[str | None, Evidence]], int] = {}
    for i, variant in enumerate(variants):
        if variant is not None:
            sets.join(first.setdefault((variant.core, genes[i]), i), i)
    acids: dict[str, list[int]] = defaultdict(list)
    for j in first.values():
        variant = variants[j]
        if variant is not None and variant.level == "p":
            acids[variant.position].append(j)
    for i in first.values():
        one = variants[i]
        if one is None or one.level == "p":
            continue
        for j in acids.get(_codon(one), ()):
            other = variants[j]
            if other is None or not _same_gene(genes[i], genes[j]):
                continue
            if codes_for(one, other) or _shifts(one, other):
                sets.join(i, j)
    for i, j in _bare_and_placed(variants):
        sets.join(i, j)
    for i in range(len(mentions) - 1):
        if _rs_beside(text, mentions, variants, i) or _in_bracket(
            text, mentions, variants, i
        ):
            sets.join(i, i + 1)
    _join_placed(text, variants, sets)
    return sets.numbers()


def _by_position(variants: Sequence[Variant | None]) -> list[str]:
    """Mentions at one position are one variant: tmVar's groups."""
    return [
        "" if v is None else f"{v.level == 'p'} {v.position.lstrip('+') or v.core}"
        for v in variants
    ]


def _by_change(variants: Sequence[Variant | None]) -> list[str]:
    """Mentions of one change, its alleles and genotypes: they share an rs number.

    Bases at one position do (dbSNP's records have several alleles), residues do not:
    V600E and V600K are different changes of bases.
    """
    changes: dict[str, set[str]] = defaultdict(set)
    for v in variants:
        if v is not None and v.level == "p" and v.operator == "SUB":
            changes[v.position].add("".join(sorted({v.wild, v.mutant})))
    keys = []
    for key, v in zip(_by_position(variants), variants, strict=True):
        if v is None or not v.position:
            keys.append(key)
        elif v.operator not in ("SUB", "Allele"):
            keys.append(f"{key} {v.operator} {v.mutant}")
        elif v.level == "p":
            letters = {v.wild, v.mutant} - {""}
            whole = [
                c
                for c in sorted(changes[v.position])
                if len(c) > 1 and letters <= set(c)
            ]
            keys.append(f"{key} {whole[0] if len(whole) == 1 else sorted(letters)}")
        else:
            keys.append(key)
    return keys


def _join_placed(
    text: str, variants: Sequence[Variant | None], sets: _Partition
) -> None:
    """Join "-1123G>C" and "position -1123 (rs2488457)"."""
    at: dict[str, int] = {}
    for i, variant in enumerate(variants):
        if variant is not None and variant.level != "p":
            named = variant.operator == "RS"
            at.setdefault(variant.mutant if named else variant.position.lstrip("+"), i)
    for found in _PLACED.finditer(text):
        place, rs = found[1].lstrip("+").replace(",", ""), found[2]
        if place in at and rs in at:
            sets.join(at[place], at[rs])


def _same_gene(
    one: tuple[str | None, Evidence], other: tuple[str | None, Evidence]
) -> bool:
    """Whether nothing speaks against one gene: distant genes are guesses."""
    if one[0] is None or other[0] is None or one[0] == other[0]:
        return True
    return "adjacent" not in (one[1], other[1]) and "document" in (one[1], other[1])


def _bare_and_placed(variants: Sequence[Variant | None]) -> list[tuple[int, int]]:
    """Pair "C>T" with the document's only positioned C>T."""
    placed: dict[tuple[bool, str, str], set[str]] = defaultdict(set)
    first: dict[tuple[bool, str, str], int] = {}
    for i, v in enumerate(variants):
        if v is not None and v.operator == "SUB" and v.position:
            key = (v.level == "p", v.wild, v.mutant)
            placed[key].add(v.position)
            first.setdefault(key, i)
    pairs = []
    for i, v in enumerate(variants):
        if v is not None and v.operator == "SUB" and not v.position:
            key = (v.level == "p", v.wild, v.mutant)
            if len(placed[key]) == 1:
                pairs.append((first[key], i))
    return pairs


def _codon(base: Variant) -> str:
    """Return the number of the codon where a change of bases begins, or nothing."""
    found = re.match(r"(\d+)(?:_|$)", base.position)
    return "" if found is None else str(-(-int(found[1]) // 3))


def _shifts(base: Variant, acid: Variant) -> bool:
    """Whether an indel of bases begins in the codon where the frame shifts."""
    shifting = base.operator in ("DEL", "INS", "DUP", "INDEL")
    return shifting and acid.operator == "FS" and acid.position == _codon(base)


def _is_base_change(variant: Variant) -> bool:
    return (
        variant.operator == "SUB"
        and variant.level != "p"
        and variant.position.isdigit()
        and len(variant.wild) == len(variant.mutant) == 1
    )


def _is_acid_change(variant: Variant) -> bool:
    return (
        variant.operator == "SUB"
        and variant.level == "p"
        and variant.position.isdigit()
        and len(variant.wild) == len(variant.mutant) == 1
    )


def codes_for(base: Variant, acid: Variant) -> bool:
    """Whether a base change can be what changes the residue.

    The base must lie in the residue's codon, ``3(P-1) < c <= 3P``, and some codon of
    the old residue must become one of the new residue by it.

    Parameters
    ----------
    base, acid
        Substitutions of one base and of one residue.

    Examples
    --------
    >>> from kgbuild.variants.normal_form import from_core
    >>> codes_for(from_core("c|SUB|T|920|G"), from_core("p|SUB|L|307|R"))
    True
    >>> codes_for(from_core("c|SUB|C|920|G"), from_core("p|SUB|L|307|R"))
    False
    """
    if not (_is_base_change(base) and _is_acid_change(acid)):
        return False
    place, codon = int(base.position), int(acid.position)
    if not 3 * (codon - 1) < place <= 3 * codon:
        return False
    offset = (place - 1) % 3
    wild, mutant = (x.replace("U", "T") for x in (base.wild, base.mutant))
    return any(
        residue == acid.wild
        and triplet[offset] == wild
        and CODONS[triplet[:offset] + mutant + triplet[offset + 1 :]] == acid.mutant
        for triplet, residue in CODONS.items()
    )


# --- rs numbers ---------------------------------------------------------------------


def _rs_beside(
    text: str,
    mentions: Sequence[Mention],
    variants: Sequence[Variant | None],
    first: int,
) -> bool:
    """Whether a mention and the next are a change and its rs number."""
    second = first + 1
    kinds = [v is not None and v.operator == "RS" for v in variants[first : first + 2]]
    if sum(kinds) != 1 or variants[first] is None or variants[second] is None:
        return False
    between = _between(text, mentions, first)
    if between is None:
        return False
    if kinds[0] and _SAYING.fullmatch(between):
        return True
    if not _PAIRED.fullmatch(between):
        return False
    if "(" in between or "[" in between:
        return True
    if not between.strip(" ,;") and (
        _LISTED.fullmatch(_between(text, mentions, first - 1) or "-")
        or _LISTED.fullmatch(_between(text, mentions, second) or "-")
    ):
        return False  # members of a list are different variants
    # In "rs1, V600E (rs2)" the bracket decides.
    behind = _between(text, mentions, second)
    return behind is None or not re.match(r"\s?[(\[]", behind)


def _in_bracket(
    text: str,
    mentions: Sequence[Mention],
    variants: Sequence[Variant | None],
    first: int,
) -> bool:
    """Whether a base change and a residue change stand as one: "1858C>T (R620W)"."""
    one, other = variants[first], variants[first + 1]
    if one is None or other is None or "RS" in (one.operator, other.operator):
        return False
    if (one.level == "p") == (other.level == "p"):
        return False
    if not (one.position and other.position):
        return False
    between = _between(text, mentions, first)
    if between is None or not _SAME_CHANGE.fullmatch(between):
        return False
    base, acid = (other, one) if one.level == "p" else (one, other)
    # In brackets authors may count bases otherwise, in a list the codon must agree.
    return between.strip()[:1] in ("(", "[") or _codon(base) == acid.position


def _between(text: str, mentions: Sequence[Mention], first: int) -> str | None:
    """Return the few characters between a mention and the next."""
    if first < 0 or first + 1 >= len(mentions):
        return None
    start, end = mentions[first].end, mentions[first + 1].start
    return text[start:end] if 0 <= end - start <= _PAIR_REACH else None


def _rs_numbers(
    variants: Sequence[Variant | None], groups: Sequence[int]
) -> list[tuple[str, str] | None]:
    """Return the rs number of each mention and where it comes from."""
    stated: dict[int, Counter[str]] = defaultdict(Counter)
    for variant, group in zip(variants, groups, strict=True):
        if variant is not None and variant.operator == "RS":
            stated[group][variant.mutant] += 1
    # Alleles and reversed forms lean on the same position; two rs numbers of one group
    # contradict each other, so nobody gets one.
    sure = {g: next(iter(c)) for g, c in stated.items() if len(c) == 1}
    out: list[tuple[str, str] | None] = []
    for variant, group in zip(variants, groups, strict=True):
        if variant is not None and variant.operator == "RS":
            out.append((variant.mutant, "mention"))
        elif group in sure:
            out.append((sure[group], "text"))
        else:
            out.append(None)
    return out


def _look_up(
    table: VariantTable,
    variants: Sequence[Variant | None],
    genes: Sequence[tuple[str | None, Evidence]],
    groups: Sequence[int],
    numbers: list[tuple[str, str] | None],
) -> None:
    """Fill in rs numbers from the table, then share them within groups."""
    merged = {n[0]: table.current(n[0]) for n in numbers if n is not None}
    for i, number in enumerate(numbers):
        if number is not None:
            numbers[i] = (merged[number[0]], number[1])
    found: dict[int, set[str]] = defaultdict(set)
    for variant, (gene, _), group in zip(variants, genes, groups, strict=True):
        if variant is None or gene is None or variant.operator == "RS":
            continue
        if not members_of(variant):
            found[group].update(table.find(gene, variant))
    for i, group in enumerate(groups):
        variant = variants[i]
        if variant is not None and members_of(variant):
            continue  # each member has a number of its own
        if numbers[i] is None and len(found[group]) == 1:
            numbers[i] = (next(iter(found[group])), "table")


def members_of(variant: Variant) -> list[Variant]:
    """Return the changes that a mention names together, or nothing where it names one.

    Examples
    --------
    >>> from kgbuild.variants.normal_form import from_core
    >>> [v.core for v in members_of(from_core("p|SUB|V|600|E,K"))]
    ['p|SUB|V|600|E', 'p|SUB|V|600|K']
    >>> members_of(from_core("p|SUB|V|600|E"))
    []
    """
    if variant.operator != "SUB" or "," not in variant.mutant:
        return []
    return [replace(variant, mutant=one) for one in variant.mutant.split(",") if one]


def _concepts_of(
    variant: Variant, gene: str | None, table: VariantTable | None
) -> tuple[str, ...]:
    """Return the concept of each change that a mention names."""
    concepts: dict[str, None] = {}  # in the order of the list, each once
    for one in members_of(variant) or [variant]:
        found = () if table is None or gene is None else table.find(gene, one)
        alone = members_of(variant) and len(found) == 1
        concept = f"dbsnp:{found[0]}" if alone else concept_of(one, gene=gene)
        concepts[concept] = None
    return tuple(concepts)


def _names_of_genes(document: Document) -> dict[str, str]:
    """Return a name per gene: the vocabulary's, else what the document calls it most.

    Mentions of several genes at once name none of them.
    """
    called: dict[str, Counter[tuple[bool, str]]] = defaultdict(Counter)
    for m in document.mentions:
        if m.type == "Gene" and len(m.concepts) == 1:
            given = m.attribute("name")
            called[m.concepts[0]][given is not None, given or m.text] += 1
    return {
        gene: max(counts, key=lambda name: (name[0], counts[name]))[1]
        for gene, counts in called.items()
    }


def _linked(
    mention: Mention,
    variant: Variant | None,
    gene: tuple[str | None, Evidence],
    group: int,
    number: tuple[str, str] | None,
    names: Mapping[str, str],
    table: VariantTable | None,
) -> Mention:
    # A core alone knows less than the text it was read from: keep what is there.
    read = variant is None or mention.attribute("class") is not None
    facts = {} if read or variant is None else facts_of(variant)
    stated = {**facts, "gene_evidence": gene[1], "variant_group": str(group)}
    if gene[0] is not None:
        stated["gene"] = gene[0]
    if number is not None:
        stated["rs"], stated["rs_evidence"] = number
    called = names.get(gene[0] or "")
    if variant is not None and variant.operator in _CHANGES:
        if number is not None and not variant.position:
            stated["name"] = number[0]  # C>T alone names nothing
        elif called is not None:
            labels = [one.label for one in members_of(variant)]
            labels = labels or [mention.attribute("label") or variant.label]
            names_of = (f"{called} {label}" for label in labels)
            stated["name"] = NAME_SEPARATOR.join(names_of)
    dropped = {"gene", "rs", "rs_evidence", "name"} - stated.keys()
    if variant is not None and counts_from_mrna(mention.text, variant, gene[0]):
        new = TODAY.get((gene[0] or "", variant.core))
        if new is None:
            dropped.add("hgvs")
        else:
            stated["hgvs"] = new
            variant = from_hgvs(new)
    kept = tuple((k, v) for k, v in mention.attributes if k not in dropped)
    linked = replace(mention, attributes=kept).with_attributes(**stated)
    if mention.method == "gold":
        return linked
    if number is not None:
        return replace(linked, concepts=(f"dbsnp:{number[0]}",), method="variant")
    if variant is None:
        unread = replace(linked, concepts=(), method="unlinked")
        return unread.with_attributes(unread=why_unread(mention.text))
    concepts = _concepts_of(variant, gene[0], table)
    return replace(
        linked, concepts=concepts, method="variant", composite=len(concepts) > 1
    )


_SAYS_CHANGE = re.compile(
    r"\d|>|→|delet|insert|dup|substit|repeat|fs|frame", re.IGNORECASE
)


def why_unread(text: str) -> str:
    """Say why a mention of a variant has no normal form.

    Examples
    --------
    >>> why_unread("mutation"), why_unread("exon 4 deletion")
    ('names no change', 'its notation is not in the grammar')
    """
    if _SAYS_CHANGE.search(text):
        return "its notation is not in the grammar"
    return "names no change"


class VariantLinker:
    """The step that follows normalization: genes, groups, rs numbers, identifiers.

    Parameters
    ----------
    table
        Gene, change → rs number; without it only what the text says is linked.
    """

    name = "link"
    requires = ("variants", "normalize")

    def __init__(self, *, table: VariantTable | None = None) -> None:
        self._table = table
        self.version = "linker-1" + (f" {table.version}" if table else "")

    def __call__(self, document: Document) -> Document:
        """Return the document with its variants linked, see :func:`link_variants`."""
        return link_variants(document, table=self._table)
