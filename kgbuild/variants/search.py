"""Finding variants in text: run the grammar, then choose among what it found."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgbuild.errors import InputError, ValidationError
from kgbuild.variants._interpret import CUE, Fields
from kgbuild.variants.false_positives import is_code
from kgbuild.variants.glued import NAMED_BY_BASES
from kgbuild.variants.grammar import FAMILIES, Family
from kgbuild.variants.normal_form import Variant
from kgbuild.variants.spelled_out import read_language

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


#: Classes that are places or references, not changes; not mentions by default.
PLACES = frozenset({"GenomicRegion", "Chromosome", "RefSeq"})

#: Families that stand by themselves, those that lean on another variant of the
#: document, and those of places.
_PLACE = tuple(f for f in FAMILIES if f.name in ("band", "refseq"))
_LEANING = tuple(f for f in FAMILIES if f.support in ("variant", "position"))
_FREE = tuple(f for f in FAMILIES if f not in _PLACE and f not in _LEANING)

_HGVS = tuple(
    f
    for f in FAMILIES
    if f.name in ("hgvs-dna", "hgvs-dna-old", "hgvs-protein", "hgvs-protein-allele")
)

#: Texts that can be read in two ways: letters that are bases and residues, and words
#: for a replacement, which authors use in both directions.
_LETTERS = re.compile(r"[ACGT]\d{1,4}[ACGT]")
_BASE = re.compile(r"[ACGT]\d{1,4}")
_RESIDUE = re.compile(r"[A-Za-z]{3}-\d{1,2}")
_BACKWARD = re.compile(r"\b(?:for|instead of|in place of|rather than|replac\w+)\b")
_OPEN = re.compile(rf"^{_LETTERS.pattern}$|{_BACKWARD.pattern}")

#: Between members of a list.
_LISTED = re.compile(r"\s?(?:[,;/]\s?)?(?:(?:and|or)\s)?")
#: Between members of a list of which each has its gene: " and SOD1", ", TDP-43 ".
_GENE = r"[A-Za-z]{0,2}[A-Z][A-Za-z0-9]{1,8}(?:-\d{1,3})?"
_SYMBOL = re.compile(rf"(?<![A-Za-z0-9-])({_GENE})\s$")
_GENES_LISTED = re.compile(rf"{_LISTED.pattern}{_GENE}\s?")
_BLANK = re.compile(r"\s")

#: Characters on each side in which a word such as "polymorphism" supports a match.
_REACH = 80
#: Characters on each side that tell a code from a variant.
_BESIDE = 60
#: A notation that fills this share of a mention is the mention's meaning.
_MOST = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantMatch:
    """A variant found in a text.

    Attributes
    ----------
    start, end
        Half-open code-point offsets.
    variant
        Its normal form.
    family
        The family that found it.
    """

    start: int
    end: int
    variant: Variant
    family: Family


def find_variants(text: str) -> list[VariantMatch]:
    """Find all variants in one text.

    Parameters
    ----------
    text
        A passage or a whole abstract.

    Returns
    -------
    list of VariantMatch
        Disjoint, in the order of the text.

    Examples
    --------
    >>> [m.variant.core for m in find_variants("BRAF V600E and c.35G>A in KRAS")]
    ['p|SUB|V|600|E', 'c|SUB|G|35|A']
    """
    if not isinstance(text, str):
        msg = (
            f"find_variants takes one text. Got {type(text).__name__}: "
            "kgbuild.annotate(texts, stages='variants') takes many."
        )
        raise InputError(msg)
    return find_in_passages(text, [(0, len(text))])


def find_in_passages(
    text: str, passages: Sequence[tuple[int, int]], *, places: bool = False
) -> list[VariantMatch]:
    """Find all variants of a document; none crosses the border of a passage.

    Parameters
    ----------
    text
        The document's text.
    passages
        Half-open offsets of its passages.
    places
        Whether to look for cytogenetic bands and reference sequences as well.

    Returns
    -------
    list of VariantMatch
        Disjoint, in the order of the text.
    """
    free = (*_FREE, *_PLACE) if places else _FREE
    found: list[VariantMatch] = []
    for families in (free, _LEANING):
        # Without a variant that stands by itself the others need not be tried.
        if families is _LEANING and not found:
            break
        for start, end in passages:
            found.extend(candidates(text[start:end], families=families, offset=start))
    return settle(found, text) if found else []


def candidates(
    text: str, *, families: Sequence[Family] = FAMILIES, offset: int = 0
) -> list[VariantMatch]:
    """Find all matches of families, overlapping and unsupported ones too.

    Parameters
    ----------
    text
        A passage.
    families
        Which to try; all by default.
    offset
        Where the passage begins in its document: added to all offsets.
    """
    lowered = text.lower()
    # By id: to hash a pattern is to hash all of its code.
    seen: dict[int, bool] = {}

    def worth(family: Family) -> bool:
        if any(map(lowered.__contains__, family.triggers)):
            return True
        for clue in family.clues:
            told = seen.get(id(clue))
            if told is None:
                told = seen[id(clue)] = clue.search(text) is not None
            if told:
                return True
        return not family.triggers and not family.clues

    found: list[VariantMatch] = []
    for family in families:
        if not worth(family):
            continue
        at = 0
        while (match := family.pattern.search(text, at)) is not None:
            variant = family.read(Fields(match))
            if variant is None:
                # In "A deletion of G" the article is refused, the rest is not.
                blank = _BLANK.search(match.group())
                at = match.end() if blank is None else match.start() + blank.end()
                continue
            at = match.end()
            found.append(
                VariantMatch(
                    start=match.start() + offset,
                    end=match.end() + offset,
                    variant=variant,
                    family=family,
                )
            )
    return found


def settle(found: Iterable[VariantMatch], text: str) -> list[VariantMatch]:
    """Choose among the matches of a document.

    Symbolic matches win over others, longer ones over shorter; weak ones stay where
    the document supports them; letters that are bases and residues are read as the
    rest of the document has it.

    Parameters
    ----------
    found
        From :func:`candidates`, of all passages.
    text
        The document's text.
    """
    order = sorted(
        (
            m
            for m in found
            if not is_code(
                text[m.start : m.end],
                before=text[max(0, m.start - _BESIDE) : m.start],
                after=text[m.end : m.end + _BESIDE],
            )
        ),
        key=lambda m: (m.family.tier != "symbolic", m.start - m.end, m.start),
    )
    taken: list[VariantMatch] = []
    covered: set[int] = set()
    for match in order:
        places = range(match.start, match.end)
        if covered.isdisjoint(places):
            covered.update(places)
            taken.append(match)
    taken = _supported(taken, text)
    return _in_context(sorted(taken, key=lambda m: m.start), text)


def _supported(matches: list[VariantMatch], text: str) -> list[VariantMatch]:
    sure = [
        m for m in matches
        if m.family.support == "none" and m.variant.variant_class not in PLACES
    ]  # fmt: skip
    positions = {
        m.variant.position.lstrip("+-") for m in sure
        if m.variant.operator in ("SUB", "FS", "DEL", "INS", "DUP", "INDEL")
    } - {""}  # fmt: skip
    kept = []
    for match in matches:
        support = match.family.support
        if support == "cue":
            near = text[max(0, match.start - _REACH) : match.end + _REACH]
            if not (sure or CUE.search(near)):
                continue
        elif support == "variant" and not sure:
            continue
        elif support == "position":
            place = match.variant.position.lstrip("+-")
            if place not in positions:
                continue
        kept.append(match)
    return kept


def _in_context(matches: list[VariantMatch], text: str) -> list[VariantMatch]:
    matches = _as_in_the_list(matches, text)
    read = [(m.variant, text[m.start : m.end]) for m in matches]
    return [
        match if variant is match.variant else replace(match, variant=variant)
        for match, variant in zip(matches, in_context(read), strict=True)
    ]


def _as_in_the_list(matches: list[VariantMatch], text: str) -> list[VariantMatch]:
    """Read G719A in "G719A, S768I and L861Q" as the change of residues that it is."""
    out = list(matches)
    of_bases = {
        m.variant.core
        for m in out
        if m.variant.level != "p" and not _LETTERS.fullmatch(text[m.start : m.end])
    }
    for step in (1, -1):
        for i in range(len(out))[::-step]:
            if not 0 <= i + step < len(out):
                continue
            match, beside = out[i], out[i + step]
            first, last = sorted((match, beside), key=lambda m: m.start)
            variant = match.variant
            if (
                variant.operator == "SUB"
                and variant.level == "c"
                and variant.core not in of_bases
                and _LETTERS.fullmatch(text[match.start : match.end])
                and beside.variant.level == "p"
                and beside.variant.operator == "SUB"
                and (
                    _LISTED.fullmatch(text[first.end : last.start])
                    or _of_another_gene(text, match, beside)
                )
            ):
                out[i] = replace(match, variant=replace(variant, level="p"))
    return out


def _of_another_gene(text: str, match: VariantMatch, glued: VariantMatch) -> bool:
    """Whether A315T stands beside a glued one: "TDP-43 A315T and SOD1G93A".

    Authors glue changes of residues; few genes have changes that go by their bases.
    """
    if not glued.family.name.startswith("protein-attached"):
        return False
    first, last = sorted((match, glued), key=lambda m: m.start)
    if not _GENES_LISTED.fullmatch(text[first.end : last.start]):
        return False
    symbol = _SYMBOL.search(text[max(0, match.start - 14) : match.start])
    return symbol is not None and symbol[1].upper() not in NAMED_BY_BASES


def in_context(read: Sequence[tuple[Variant, str]]) -> list[Variant]:
    """Let the variants of a document explain each other.

    A467T is a change of residues where the document also writes Ala467Thr, and
    "arginine for proline at position 12" goes the way in which R12P or P12R stands in
    the document.

    Parameters
    ----------
    read
        Variants of one document, each with its text.

    Returns
    -------
    list of Variant
        As many, in the same order.
    """
    known = {
        v.core
        for v, text in read
        if v.operator == "SUB" and v.position and not _OPEN.search(text)
    }
    residues = {(v.wild, v.position) for v, _ in read if v.level == "p" and v.wild}
    out = []
    for variant, text in read:
        if variant.operator == "Allele":
            out.append(_allele_in_context(variant, text, residues))
            continue
        other = variant
        if variant.operator == "SUB" and variant.position:
            if _LETTERS.fullmatch(text):
                other = replace(variant, level="p")
            elif _BACKWARD.search(text):
                other = replace(variant, wild=variant.mutant, mutant=variant.wild)
        keep = variant.core in known or other.core not in known
        out.append(variant if keep else other)
    return out


def _allele_in_context(
    variant: Variant, text: str, residues: Collection[tuple[str, str]]
) -> Variant:
    """Read "Arg-4" beside R-4Q as before the start, "G12" beside G12D as a residue."""
    before_start = f"-{variant.position}"
    if _RESIDUE.fullmatch(text) and (variant.mutant, before_start) in residues:
        return replace(variant, position=before_start)
    if _BASE.fullmatch(text) and (variant.mutant, variant.position) in residues:
        return replace(variant, level="p")
    return variant


def read_variant(text: str) -> Variant | None:
    """Bring one mention to its normal form.

    Parameters
    ----------
    text
        A mention from anywhere: this grammar, a tagger, a corpus.

    Returns
    -------
    Variant or None
        ``None`` where nothing can be read from it.

    Examples
    --------
    >>> read_variant("Val600Glu").core, read_variant("-308 G/A").core
    ('p|SUB|V|600|E', 'c|SUB|G|-308|A')
    """
    stripped = text.strip().strip(".,;")
    if _UNCERTAIN.search(stripped):
        return None
    inside: list[tuple[int, int, Variant]] = []
    for rank, family in enumerate(FAMILIES):
        if family in _PLACE:
            continue
        for match in family.pattern.finditer(stripped):
            variant = family.read(Fields(match))
            if variant is None:
                continue
            if match.span() == (0, len(stripped)):
                return variant
            if family.tier != "language":
                weak = 1000 * (family.tier == "weak")
                inside.append((match.end() - match.start() - weak, -rank, variant))
    best = max(inside, key=lambda entry: entry[:2], default=None)
    if best is not None and best[0] >= _MOST * len(stripped):
        return best[2]
    return read_language(stripped) or (None if best is None else best[2])


#: Ends that are not known, as of whole exons: c.(67+1_68-1)_(316+1_317-1)dup.
_UNCERTAIN = re.compile(r"\?_|_\?|\)_\(|[-+]\?")
_REFERENCE = re.compile(r"[NXL][CGMPRTW]_?\d{3,12}(?:\.\d{1,3})?(?:\([^()]{1,40}\))?:")


def from_hgvs(hgvs: str) -> Variant:
    """Read one HGVS description.

    Parameters
    ----------
    hgvs
        ``"c.1799T>A"``, ``"p.(Val600Glu)"``; a reference sequence in front is allowed.

    Raises
    ------
    ValidationError
        This is no HGVS description that the grammar knows.

    Examples
    --------
    >>> from_hgvs("NM_004333.6(BRAF):c.1799T>A").core
    'c|SUB|T|1799|A'
    """
    text = _REFERENCE.sub("", hgvs.strip(), count=1)
    for family in _HGVS:
        match = family.pattern.fullmatch(text)
        if match is not None:
            variant = family.read(Fields(match))
            if variant is not None:
                return variant
    msg = (
        "An HGVS description must look like 'c.1799T>A' or 'p.Val600Glu'. "
        f"Got {hgvs!r}."
    )
    raise ValidationError(msg)
