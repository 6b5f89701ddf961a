"""The table of shapes that variants have in text, and how each is read.

Every family is one pattern with one reader. Patterns repeat nothing without a bound, so
each place in a text costs a bounded number of steps: the time is linear in the text,
whatever the text. Written for this project from the shapes in the tmVar3 and BioRED
training documents and from the HGVS recommendations (https://hgvs-nomenclature.org).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from kgbuild.variants._letters import one_letter, residues, translate
from kgbuild.variants.language import (
    BASES as BASE_NAMES,
)
from kgbuild.variants.language import (
    NAMES,
    NUMBERS,
    THREE,
    read_language,
    read_repeat,
    read_size,
)
from kgbuild.variants.normal_form import Level, Operator, Variant
from kgbuild.variants.positions import DASHES, read_position

if TYPE_CHECKING:
    from collections.abc import Iterable

#: ``symbolic``: a notation, trusted by itself. ``weak``: a notation that means other
#: things too, kept where the document supports it. ``language``: told in words.
Tier = Literal["symbolic", "weak", "language"]

#: What must stand in the document before a weak match is kept.
Support = Literal["none", "cue", "variant", "position"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One shape of variant mention.

    Attributes
    ----------
    name
        Goes to the mention's attribute ``family``.
    tier
        See :data:`Tier`; decides who wins where matches overlap.
    precision
        Measured on the training documents (exact span), rounded; the mention's score.
    pattern
        Compiled; named groups are what ``read`` needs.
    read
        Match → variant, or ``None`` where a filter refuses it.
    triggers
        The family is tried only on lower-cased texts that hold one of these; empty for
        families whose pattern is cheap.
    support
        See :data:`Support`.
    """

    name: str
    tier: Tier
    precision: float
    pattern: re.Pattern[str]
    read: Callable[[Fields], Variant | None]
    triggers: tuple[str, ...] = ()
    support: Support = "none"


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


class Fields:
    """Named groups of a match and the text around it.

    ``pos2`` reads as ``pos``: alternatives of one pattern may not share a name.
    """

    __slots__ = ("_match", "_values")

    def __init__(self, match: re.Match[str]) -> None:
        self._match = match
        self._values = {
            name.rstrip("0123456789"): value
            for name, value in match.groupdict().items()
            if value is not None
        }

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def get(self, name: str) -> str:
        """Return a group, or the empty string where it took no part."""
        return self._values.get(name, "")

    @property
    def text(self) -> str:
        """The whole match."""
        return self._match.group()

    def before(self, length: int) -> str:
        """Return up to ``length`` characters in front of the match."""
        start = self._match.start()
        return self._match.string[max(0, start - length) : start]

    def after(self, length: int) -> str:
        """Return up to ``length`` characters behind the match."""
        end = self._match.end()
        return self._match.string[end : end + length]


# --- what patterns are made of ------------------------------------------------------

_D = f"[-{DASHES}]"
_SIGN = rf"(?:[+*]|{_D})"
_S = "[ \u00a0\u2009\u202f]?"
_BEGIN = r"(?<![A-Za-z0-9_.])(?<!\d,)"
_END = r"(?![A-Za-z0-9_])"
_B = "[ACGTU]"
#: How text draws an arrow.
_TO = rf"{_S}(?:-{{1,3}}>|{_D}>|>|→|➔|⟶|=>|&gt;){_S}"
_TO_OR_SLASH = rf"(?:{_TO}|{_S}/{_S})"
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,3}(?!\d)|\d{1,9})"
#: 76, -14, *46, 88+1, 89 - 2
_PLACE = rf"{_SIGN}?{_NUMBER}(?:{_S}(?:\+|{_D}){_S}\d{{1,6}}(?![\d]))?"
_RANGE = rf"{_PLACE}(?:{_S}(?:_|\.\.\.?|{_D}){_S}{_PLACE})?"
_A1 = "[ACDEFGHIKLMNPQRSTVWYU]"
_A3 = f"(?:{THREE}|{THREE.upper()})"
_STOP = r"(?:\*|X|Ter|TER|[Ss]top|STOP|Term)"
_AA = f"(?:{_A3}|{_A1})"
_AAX = f"(?:{_A3}|Ter|{_A1}|\\*|X)"
_A_NAME = rf"(?:{NAMES}|{THREE})"
_STOP_NAME = (
    r"(?:(?:a\s|an\s)?(?:premature\s)?(?:stop|termination|nonsense|amber|ochre)"
    r"(?:\scodon)?|Term?\b|Stop)"
)
_IVS = rf"(?:IVS|[Ii]ntron){_S}-?(?:\d{{1,3}}|[IVX]{{1,5}}(?![a-z]))"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE)


# --- readers ------------------------------------------------------------------------


def _read_rs(match: Fields) -> Variant | None:
    return Variant(level="", operator="RS", mutant=f"rs{match['number']}")


def _bases(text: str) -> str:
    return re.sub(r"[^A-Za-z]", "", text).upper()


def _read_dna(match: Fields) -> Variant | None:
    """Read position and change in base letters, with or without a level."""
    level: Level = match.get("lvl") or "c"  # type: ignore[assignment]
    raw = match.get("pos")
    if match.get("wt"):
        wild, mutant = _bases(match["wt"]), match["mut"].upper()
        mutant = ",".join(_bases(m) for m in re.split(r"[/,]", mutant))
        position = read_position(raw, length=len(wild))
        if match.get("ivs"):
            position = read_position(match["ivs"] + " " + raw)
        if match["wt"].islower() and level == "c":
            level = "r"  # RNA is written in lower case
        return Variant(
            level=level, operator="SUB", wild=wild, position=position, mutant=mutant
        )
    return _read_dna_indel(match, level, raw)


_OPERATORS: dict[str, Operator] = {
    "del": "DEL", "deletion": "DEL", "ins": "INS", "insertion": "INS", "dup": "DUP",
    "duplication": "DUP", "inv": "INV", "delins": "INDEL", "indel": "INDEL",
    "ins/del": "INDEL", "del/ins": "INDEL", "ins>del": "INDEL", "=": "SUB",
}  # fmt: skip


def _operator(text: str) -> Operator:
    return _OPERATORS[re.sub(r"[\s.]", "", text.lower())]


def _what(seq: str) -> tuple[str, str]:
    """Read what an indel changes: bases, a length or a repeat; and its copies."""
    text = seq.strip().lstrip("-( ").strip()
    if re.fullmatch(r"[ACGTUNacgtu ]+", text):
        return _bases(text), ""
    size = re.fullmatch(r"(\d+)\s?(?:bp|nt|N)?\)?", text)
    if size:
        return size[1], ""
    if re.match(r"\(?[ACGT]+\)", seq):
        unit, copies = read_repeat(seq)
        return (f"{unit}({copies})" if copies else unit), ""
    found = residues(text)
    if found:
        return found, ""
    return read_size(text)[0], ""


def _read_dna_indel(match: Fields, level: Level, raw: str) -> Variant | None:
    operator = _operator(match["op"])
    what, extra = _what(match.get("seq"))
    position = read_position(
        raw, length=len(what) if what.isalpha() else 2 if operator == "INS" else None
    )
    if match.get("ivs"):
        position = read_position(match["ivs"] + " " + raw)
    if match.get("inserted"):
        operator, what = "INDEL", _bases(match["inserted"])
    if match["op"] == "=":
        return None
    if what and what.isalpha() and set(what) - set("ACGTUN"):
        if not match.get("lvl"):
            level = "p"  # 157delMTTTVP
        elif level != "p":
            return None
    return Variant(
        level=level, operator=operator, position=position, mutant=what, extra=extra
    )


def _read_protein(match: Fields) -> Variant | None:
    """Read a residue, a place and what became of it."""
    wild = one_letter(match["wt"])
    position = read_position(match["pos"])
    if wild is None:
        return None
    kind = match.get("kind")
    mutant = match.get("mut")
    if match.get("fs"):
        new = one_letter(mutant) if mutant else ""
        stop = match.get("stop").strip("?")
        return Variant(
            level="p", operator="FS", wild=wild, position=position,
            mutant=new or "", extra=stop,
        )  # fmt: skip
    if kind:
        return _read_protein_indel(match, wild, position)
    if mutant == "=":
        mutant = wild
    found = [one_letter(m.strip("-")) for m in mutant.split("/")]
    if mutant.strip("-") in ("TAG", "TAA", "TGA"):
        found = ["X"]
    if not all(found):
        return None
    return Variant(
        level="p", operator="SUB", wild=wild, position=position,
        mutant=",".join(str(f) for f in found),
    )  # fmt: skip


def _read_protein_indel(match: Fields, wild: str, position: str) -> Variant | None:
    operator = _operator(match["kind"])
    last, end = match.get("last"), match.get("end")
    ends = wild
    if last:
        position = f"{position}_{last}"
        ends += one_letter(end) or ""
    what = residues(match.get("seq")) if match.get("seq") else ""
    if what is None:
        return None
    if operator in ("DEL", "DUP") and not last:
        what = wild
    return Variant(
        level="p", operator=operator, position=position, mutant=what,
        ends=ends if len(ends) == (2 if last else 1) else "",
    )  # fmt: skip


def _read_protein_allele(match: Fields) -> Variant | None:
    if _FIGURE.search(match.before(15)):
        return None
    letters = residues(match["allele"]) or one_letter(match["allele"])
    if not letters:
        return None
    if len(set(letters)) == 1:
        letters = letters[0]
    return Variant(
        level="p", operator="Allele", mutant=letters,
        position=read_position(match["pos"]),
    )  # fmt: skip


def _read_dna_allele(match: Fields) -> Variant | None:
    allele = _bases(match["allele"].split("+")[0])
    if match.get("ivs"):
        position = read_position(match["ivs"] + " " + match["pos"])
    else:
        position = read_position(match["pos"])
        if len(set(allele)) == 1:
            allele = allele[0]  # "-889TT" is the T allele twice
    return Variant(level="c", operator="Allele", mutant=allele, position=position)


def _read_ambiguous(match: Fields) -> Variant | None:
    """Read C677T or A49T: base letters that are residues too.

    From position 100 on it is DNA; :func:`find_variants` corrects by the document.
    """
    position = read_position(match["pos"])
    mutant = ",".join(re.split("/", match["mut"]))
    signed = not position.isdigit()
    level: Level = "c" if signed or int(position) >= 100 else "p"
    return Variant(
        level=level, operator="SUB", wild=match["wt"], position=position, mutant=mutant
    )


#: What has the shape of a substitution and is none: cell lines, strains, genes,
#: receptors, histones, vitamins, grades.
_NAMES_LIKE_VARIANTS = frozenset(
    [
        "T47D",
        "C3H",
        "C3A",
        "C4A",
        "C4B",
        "C1R",
        "C1S",
        "C1Q",
        "C5A",
        "C2C",
        "H1N",
        "H2A",
        "H2B",
        "H2K",
        "H2D",
        "H3K",
        "H3F",
        "E2F",
        "E2A",
        "E2C",
        "S100A",
        "S100B",
        "S100P",
        "A1C",
        "A2A",
        "A2B",
        "A2M",
        "A1R",
        "A3R",
        "D1R",
        "D2R",
        "D2L",
        "D2S",
        "D3R",
        "D4R",
        "H1R",
        "H2R",
        "H3R",
        "H4R",
        "P2X",
        "P2Y",
        "P1A",
        "P2A",
        "P3A",
        "M1G",
        "M2H",
        "G0S",
        "T1D",
        "T2D",
        "T3D",
        "L1R",
        "V1A",
        "V1B",
        "V2R",
        "Y1R",
        "Y2R",
        "Y5R",
        "N2A",
        "N2O",
        "E1A",
        "E1B",
        "E3L",
        "E4F",
        "F1A",
        "F2A",
        "F2R",
        "F8A",
        "K1A",
        "L1A",
        "R1A",
        "R2A",
        "Q1D",
        "S1P",
        "S6K",
        "S1R",
        "W3A",
        "P4A",
        "P4C",
        "G6P",
        "C2A",
        "C2B",
        "A4B",
        "P5C",
        "H2S",
        "K562R",
        "D10G",
        "I2C",
        "M1A",
        "M2A",
        "T4G",
    ]
)
_FIGURE = re.compile(
    r"(?:Fig(?:ure|\.)?s?|Tab(?:le|\.)?s?)[\s.:]*[\w(]{0,6}$", re.IGNORECASE
)
_CUE = re.compile(
    r"mutat|mutant|varia|polymorphi|allel|genotyp|substitut|\bSNPs?\b|carrier|"
    r"homozyg|heterozyg|missense|nonsense|transition|transversion|haplotyp|amino[ -]acid",
    re.IGNORECASE,
)


def _has_cue(match: Fields, reach: int = 80) -> bool:
    return bool(_CUE.search(match.before(reach)) or _CUE.search(match.after(reach)))


def _read_one_letter(match: Fields) -> Variant | None:
    """Read V600E unless it is a figure, a cell line, a receptor or far too long."""
    if match.text in _NAMES_LIKE_VARIANTS or _FIGURE.search(match.before(15)):
        return None
    position = int(match["pos"])
    letters = match["wt"] + match["mut"]
    if not set(letters) - set("ACGTU"):
        return None  # the family base-position-base reads these
    if position >= 6000 or (position < 10 and not _has_cue(match)):
        return None
    return _read_protein(match)


def _read_one_letter_pair(match: Fields) -> Variant | None:
    if not set(match["wt"] + match["mut"]) - set("ACGTU"):
        return None
    return _read_protein(match)


def _read_base_position_base(match: Fields) -> Variant | None:
    if match.text in _NAMES_LIKE_VARIANTS or _FIGURE.search(match.before(15)):
        return None
    position = match["pos"]
    spaced = " " in match.text
    if position.isdigit() and int(position) < 10:
        return None
    if (spaced or (position.isdigit() and int(position) < 20)) and not _has_cue(match):
        return None
    return _read_ambiguous(match)


def _read_position_change(match: Fields) -> Variant | None:
    """Read 677C>T, -308 G/A, unless a slash stands between two plain words."""
    raw = match["pos"]
    wild, mutant = match["wt"], match["mut"]
    if "/" in match.text:
        if len(wild) != len(mutant):
            return None
        if raw.isdigit() and int(raw) < 10:
            return None
    exon = re.match(r"Ex\d{1,2}\s?", raw)
    variant = _read_dna(match)
    if variant is not None and exon:
        return None if not exon else variant
    return variant


def _read_old_indel(match: Fields) -> Variant | None:
    raw = match["pos"]
    if raw.isdigit() and int(raw) < 3 and match.get("op") != "dup":
        return None
    return _read_dna_indel(match, "c", raw)


def _read_intron_range(match: Fields) -> Variant | None:
    what, _ = _what(match["seq"])
    place = read_position(match["ivs"])
    inside = read_position(match["pos"])
    return Variant(
        level="c", operator=_operator(match["op"]), position=f"{place}({inside})",
        mutant=what,
    )  # fmt: skip


def _read_protein_deletion(match: Fields) -> Variant | None:
    wild = one_letter(match["wt"])
    if wild is None:
        return None
    kind = match["kind"]
    if kind not in ("delins", "dup"):
        kind = "del"
    last, end = match.get("last"), one_letter(match.get("end")) or ""
    operator = _operator(kind)
    what = residues(match.get("seq")) or "" if match.get("seq") else ""
    position = match["pos"] + (f"_{last}" if last else "")
    if operator != "INDEL" and not last:
        what = wild
    elif operator != "INDEL" and last and int(last) - int(match["pos"]) == 1:
        what = wild + end
    return Variant(
        level="p", operator=operator, position=position, mutant=what,
        ends=wild + end if last else wild,
    )  # fmt: skip


def _read_residue_list(match: Fields) -> Variant | None:
    pairs = re.findall(rf"({_AA})(\d{{1,4}})", match["list"])
    letters = "".join(one_letter(a) or "" for a, _ in pairs)
    return Variant(
        level="p", operator=_operator(match["op"]), mutant=letters,
        position=f"{pairs[0][1]}_{pairs[-1][1]}",
    )  # fmt: skip


def _read_codon_base(match: Fields) -> Variant | None:
    return Variant(
        level="c", operator="SUB", wild=match["wt"],
        position=f"CODON{match['pos']}", mutant=match["mut"],
    )  # fmt: skip


def _read_delta(match: Fields) -> Variant | None:
    if match.text[0] == "D" and not match.text.startswith(("Delta", "DELTA")):
        if not re.match(r"DD?\d", match.text):
            return None
        near = match.before(40) + match.after(40)
        if not re.search(r"CCR5|CKR5|delet|allele", near):
            return None
    return _read_size_only(match)


def _read_dna_allele_checked(match: Fields) -> Variant | None:
    if _FIGURE.search(match.before(15)):
        return None
    return _read_dna_allele(match)


def _read_codon_change(match: Fields) -> Variant | None:
    wild, mutant = translate(match["wt"]), translate(match["mut"])
    if wild is None or mutant is None:
        return None
    return Variant(
        level="p", operator="SUB", wild=wild, position=match.get("pos"),
        mutant=mutant,
    )  # fmt: skip


def _read_bare(match: Fields) -> Variant | None:
    wild, mutant = match["wt"], match["mut"]
    if re.fullmatch("[ACGTU]+", wild) and re.fullmatch("[ACGTU]+", mutant):
        if len(wild) != len(mutant):
            return None
        if len(wild) == 3:
            return _read_codon_change(match)
        if len(set(wild)) == 1 and len(set(mutant)) == 1:
            wild, mutant = wild[0], mutant[0]
        return Variant(level="c", operator="SUB", wild=wild, mutant=mutant)
    first, second = one_letter(wild), one_letter(mutant)
    if first is None or second is None:
        return None
    return Variant(level="p", operator="SUB", wild=first, mutant=second)


def _read_words(match: Fields) -> Variant | None:
    return read_language(match.text)


def _read_size_only(match: Fields) -> Variant | None:
    """Read Delta32, dup24bp, delTTCA."""
    operator = _operator(match.get("op") or "del")
    what, _ = _what(match["seq"])
    return Variant(level="c", operator=operator, mutant=what) if what else None


def _read_repeat(match: Fields) -> Variant | None:
    return Variant(
        level="c", operator="DUP", position=match.get("pos"),
        mutant=match["unit"], extra=match.get("copies"),
    )  # fmt: skip


def _read_protein_range(match: Fields) -> Variant | None:
    position = read_position(match["pos"], hyphen="range")
    what = residues(match.get("seq")) or ""
    return Variant(
        level="p", operator=_operator(match.get("op") or "del"),
        position=position, mutant=what,
    )  # fmt: skip


def _read_bands(match: Fields) -> Variant | None:
    operator = _operator(match["op"])
    bands = re.findall(r"[pq][\d.]*", match["bands"])
    chromosome = match["chromosome"]
    position = "_".join(f"{chromosome}{band}" for band in bands)
    return Variant(level="c", operator=operator, position=position)


def _megabases(start: str, end: str, unit: str) -> str:
    letter = unit[:1].upper() if unit else ""
    letter = letter if letter in ("M", "K") else ""
    return f"{start.replace(',', '')}-{end.replace(',', '')}{letter}"


def _read_region(match: Fields) -> Variant | None:
    text = f"Chr{match['chromosome'].upper()}:" + _megabases(
        match["first"], match["last"], match.get("unit")
    )
    kind = match.get("kind").strip().lower()
    short = {"deletion": "del", "loss": "del", "duplication": "dup", "gain": "dup"}
    kind = short.get(kind, kind)
    if kind:
        return Variant(level="", operator="CopyNumberVariant", mutant=text + kind)
    return Variant(level="", operator="GenomicRegion", mutant=text)


def _read_band(match: Fields) -> Variant | None:
    return Variant(level="", operator="Chromosome", mutant=match["band"])


def _read_refseq(match: Fields) -> Variant | None:
    return Variant(level="", operator="RefSeq", mutant=match.text)


# --- pieces for variants in words ---------------------------------------------------

_W = r"[\s-]"
#: "substitution at the amino acid position"
_CHANGE_WORD = (
    r"(?:(?:single|point|base|missense|nonsense|nucleotide|amino[\s-]acid)\s)?"
    r"(?:substitutions?|transitions?|transversions?|mutations?|changes?|exchanges?|"
    r"replacements?|polymorphisms?|variants?|conversions?|SNPs?)"
)
_POSITION_WORD = (
    r"(?:codons?|positions?|residues?|nucleotides?|amino[\s-]acids?|bases?|nt|bp|"
    r"cDNA|mRNA|promoter|coding|sequence|polymorphic|site)"
)
_WORD_PLACE = (
    rf"(?:\s(?:was\s(?:found|identified|detected|observed)\s)?(?:at|in|of|on)\s)"
    rf"(?:the\s|a\s)?"
    rf"(?:(?:exon\s\d{{1,2}},?\s)?(?:{_POSITION_WORD}\s){{1,3}}|(?=[-+]?\d{{2}}))"
    rf"(?:number\s|no\.\s|c\.)?"
    rf"{_SIGN}?{_NUMBER}(?:\s(?:position|bp\supstream))?"
)
_RESIDUE_NOTE = (
    r"(?:\s(?:residue|codon))?(?:\s?\((?:[ACGTU]{3}|[A-Z][a-z]{2}|[A-Z])\))?"
)
_FORTH = (
    r"(?:\s?(?:-{1,2}>|→|>)\s?|[\s-](?:to|into|by|with)(?:\sa|\san)?[\s-]|"
    r"\s(?:(?:is|was)\s)?(?:changed|replaced|substituted|converted|mutated)\s"
    r"(?:to|into|by|with|for)(?:\sa|\san)?\s)"
)
_BACK = r"\s(?:for|instead\sof|in\splace\sof|rather\sthan|replacing)(?:\sa|\san)?\s"
_BASE_WORD = rf"(?:{BASE_NAMES}|[ACGTU](?![A-Za-z]))"
_SIZE = (
    rf"(?:(?:{NUMBERS})|\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}(?:\.\d{{1,3}})?)"
    r"(?:\s?-\s?|\s)?(?:(?:additional|successive|extra)\s)?"
)
_SIZE_UNIT = (
    r"(?:base[\s-]?pairs?|basepairs?|bases?|bp|nucleotides?|nt|kbp?|kilobases?|"
    r"[Mm]bp?|megabases?|amino[\s-]acids?|codons?)"
)
_INDEL_WORD = (
    r"(?:(?i:insertion\s?[/-]\s?deletion|deletion\s?[/-]\s?insertion|"
    r"deletions?|insertions?|duplications?|indels?))"
)
_ADJECTIVES = (
    r"(?:(?:in-?frame|homozygous|heterozygous|tandem|interstitial|genomic|germline|"
    r"somatic|gene|nucleotide|novel|partial|frameshift|coding|intragenic|inverted|"
    r"terminal|exonic|intronic|promoter)[\s-]){0,2}"
)
_SEQUENCE = rf"(?:\(?{_B}{{1,30}}\)?(?![A-Za-z])|{BASE_NAMES})"


# --- the table ----------------------------------------------------------------------

FAMILIES: tuple[Family, ...] = (
    Family(
        name="rs",
        tier="symbolic",
        precision=0.99,
        pattern=_compile(rf"{_BEGIN}[rR]s[#\ ]?(?P<number>[1-9]\d{{2,9}}){_END}"),
        read=_read_rs,
        triggers=("rs",),
    ),
    Family(
        name="hgvs-dna",
        tier="symbolic",
        precision=0.98,
        pattern=_compile(rf"""
            (?<![A-Za-z0-9_])(?P<lvl>[cgmnr])\.{_S}\[?\(?
            (?P<pos>(?:IVS{_S}(?:\d{{1,3}}|[IVX]{{1,5}})|ORF\d{{1,3}}{_S}\+{_S})?{_RANGE})\)?
            {_S}(?:
              (?P<wt>{_B}{{1,40}}|[acgtu]{{1,40}}){_TO_OR_SLASH}
              (?P<mut>{_B}{{1,40}}(?:/{_B})?|[acgtu]{{1,40}})
            | (?P<op>delins|indel|del|ins|dup|inv)\.?
              (?P<seq>(?:{_S}{_B}{{2,80}}|{_B}|[acgu]{{1,80}}(?![a-z])|\d{{1,5}}(?:bp)?|
                {_S}\({_B}{{1,20}}\){_S}\(?\d{{1,3}}\)?)
                (?:{_S}(?<=delT\ ){_B}{{2,80}})?)?
              (?:{_S}ins(?P<inserted>{_B}{{1,80}}|[acgu]{{1,80}}))?
            ){_END}"""),
        read=_read_dna,
        triggers=("c.", "g.", "m.", "n.", "r."),
    ),
    Family(
        name="hgvs-dna-old",
        tier="symbolic",
        precision=0.97,
        pattern=_compile(rf"""
            (?<![A-Za-z0-9_])(?P<lvl>[cgmn])\.{_S}(?P<wt>{_B}){_S}
            (?P<pos>{_PLACE}){_S}{_TO}?(?P<mut>{_B}){_END}"""),
        read=_read_dna,
        triggers=("c.", "g.", "m.", "n."),
    ),
    Family(
        name="hgvs-protein",
        tier="symbolic",
        precision=0.99,
        pattern=_compile(rf"""
            (?<![A-Za-z0-9_])p\.{_S}(?P<open>[(\[])?
            (?P<wt>{_A3}|Ter|{_A1}|\*|X){_S}(?P<pos>[1-9]\d{{0,4}})
            (?:
              _(?P<end>{_AAX})(?P<last>\d{{1,5}})
                (?P<kind>delins|del|dup|ins)(?P<seq>(?:{_A3}|Ter|\*){{1,30}}|[A-Z]{{1,60}})?
            | (?P<kind2>delins|del|dup)(?P<seq2>(?:{_A3}|Ter|\*){{1,30}}|[A-Z]{{1,60}})?
            | (?P<mut>{_A3}|{_A1})?{_S}(?P<fs>fs|Fs|FS){_S}
                (?:(?:\*|X|Ter|[Ss]top){_S}(?P<stop>\d{{1,5}}|\?)?|(?P<stop2>\d{{1,5}})X?)?
            | (?P<mut2>(?:{_A3}|{_STOP}|{_A1})(?:/(?:{_A3}|{_A1}))?|=)
                (?:ext(?:\*|X|Ter)(?:\d{{1,5}}|\?))?
            )(?(open)[)\]])(?![A-Za-z0-9])"""),
        read=_read_protein,
        triggers=("p.",),
    ),
    Family(
        name="hgvs-protein-allele",
        tier="symbolic",
        precision=0.85,
        pattern=_compile(rf"""
            (?<![A-Za-z0-9_])p\.{_S}(?P<allele>{_A3})(?P<pos>[1-9]\d{{0,4}})
            (?![A-Za-z0-9_*=])"""),
        read=_read_protein_allele,
        triggers=("p.",),
    ),
    Family(
        name="intron",
        tier="symbolic",
        precision=0.97,
        pattern=_compile(rf"""
            {_BEGIN}(?:c\.{_S})?(?P<ivs>{_IVS}){_S}:?{_S}
            (?:
              (?P<pos>{_SIGN}{_S}\d{{1,6}}){_S}[,:]?{_S}(?P<open>\()?
              (?P<wt>{_B}{{1,10}}|[acgtu]{{1,10}}){_TO_OR_SLASH}
              (?P<mut>{_B}{{1,10}}|[acgtu]{{1,10}})(?(open)\))
            | (?P<pos2>{_SIGN}{_S}\d{{1,6}}(?:{_S}(?:_|\.\.\.?){_S}{_SIGN}?\d{{1,6}})?){_S}
              (?P<op>delins|del|ins|dup){_S}(?P<seq>{_B}{{1,30}}|\d{{1,4}})?
            ){_END}"""),
        read=_read_dna,
        triggers=("ivs", "intron"),
    ),
    Family(
        name="intron-range",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?P<ivs>{_IVS}):{_S}(?P<op>del|ins|dup){_S}(?P<seq>{_B}{{1,30}}){_S}
            (?P<pos>{_SIGN}\d{{1,6}}(?:\.\.\.?|_){_SIGN}\d{{1,6}}){_END}"""),
        read=_read_intron_range,
        triggers=("ivs",),
    ),
    Family(
        name="intron-allele",
        tier="weak",
        precision=0.8,
        pattern=_compile(rf"""
            {_BEGIN}(?P<ivs>{_IVS}){_S}(?P<pos>{_SIGN}{_S}\d{{1,6}}){_S}
            (?P<allele>{_B}{{1,2}}(?:\+{_B}{{2}})?){_END}"""),
        read=_read_dna_allele,
        triggers=("ivs",),
    ),
    Family(
        name="frameshift",
        tier="symbolic",
        precision=0.97,
        pattern=_compile(rf"""
            {_BEGIN}(?P<wt>{_AA}){_S}(?P<pos>[1-9]\d{{0,4}})(?P<mut>{_AA})?{_S}-?
            (?P<fs>fs|Fs|FS|frameshift|{_S}frame{_S}shift){_S}-?
            (?:(?:\*|X|Ter|[Ss]top){_S}(?P<stop>\d{{1,5}})?|(?P<stop2>\d{{1,5}})(?:X|stop)?)?
            (?![A-Za-z0-9_])"""),
        read=_read_protein,
        triggers=("fs", "frame"),
    ),
    Family(
        name="protein-three-letter",
        tier="symbolic",
        precision=0.98,
        pattern=_compile(rf"""
            {_BEGIN}(?P<wt>{_A3})(?:{_S}|{_D}|\()(?P<pos>[1-9]\d{{0,4}})
            (?:{_S}|{_D}|\)|{_TO})
            (?P<mut>(?:{_A3}|Ter|TER|Term|\*|X(?![a-z])|[Ss]top|STOP|TAG|TAA|TGA)
              (?:/{_A3})?)
            (?![A-Za-z0-9_])"""),
        read=_read_protein,
    ),
    Family(
        name="protein-three-letter-pair",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?:codon{_S})?(?P<pos>[1-9]\d{{0,4}}){_S}-?
            (?P<wt>{_A3}){_TO_OR_SLASH}(?P<mut>{_A3}|Ter|[Ss]top){_END}
          | {_BEGIN}(?P<wt2>{_A3}){_TO_OR_SLASH}(?P<mut2>{_A3}|Ter|[Ss]top){_S}-?
            (?P<pos2>[1-9]\d{{1,4}}){_END}"""),
        read=_read_protein,
    ),
    Family(
        name="protein-one-letter",
        tier="symbolic",
        precision=0.95,
        pattern=_compile(rf"""
            {_BEGIN}(?P<wt>{_A1})(?P<pos>[1-9]\d{{0,3}})
            (?P<mut>(?:{_A1}|X|\*)(?:/{_A1})?|{_D}?(?:[Ss]top|STOP|Ter|TAG|TAA|TGA))
            {_END}"""),
        read=_read_one_letter,
    ),
    Family(
        name="protein-one-letter-pair",
        tier="weak",
        precision=0.8,
        pattern=_compile(rf"""
            {_BEGIN}(?P<pos>[1-9]\d{{1,3}}){_S}(?P<wt>{_A1}){_TO_OR_SLASH}(?P<mut>{_A1}){_END}"""),
        read=_read_one_letter_pair,
        triggers=("/", ">"),
        support="cue",
    ),
    Family(
        name="base-position-base",
        tier="symbolic",
        precision=0.96,
        pattern=_compile(rf"""
            {_BEGIN}(?P<wt>{_B}){_S}
            (?:(?P<pos>{_SIGN}\d{{1,3}},\d{{3}}|{_SIGN}?[1-9]\d{{0,8}})
              |\((?P<pos2>{_SIGN}?[1-9]\d{{1,6}})\)){_S}
            (?:{_TO})?(?P<mut>{_B}(?:/{_B})?){_END}"""),
        read=_read_base_position_base,
    ),
    Family(
        name="position-change",
        tier="symbolic",
        precision=0.95,
        pattern=_compile(rf"""
            (?:{_BEGIN}|(?<=[A-Za-z])(?={_D}\d))
            (?P<pos>(?:Ex\d{{1,2}}{_S})?{_RANGE}){_S}(?:bp{_S})?,?{_S}(?P<open>\()?
            (?P<wt>{_B}{{1,8}}){_TO_OR_SLASH}(?P<mut>{_B}{{1,8}})(?(open)\)){_END}"""),
        read=_read_position_change,
        triggers=("/", ">", "→", "➔", "⟶"),
    ),
    Family(
        name="old-indel",
        tier="symbolic",
        precision=0.95,
        pattern=_compile(rf"""
            (?:{_BEGIN}|(?<=[A-Za-z])(?={_D}\d))
            (?P<pos>{_RANGE}){_S}-?
            (?P<op>delins|indel|del|ins|dup|inv){_S}
            (?P<seq>{_B}{{1,60}}|[ACDEFGHIKLMNPQRSTVWY]{{1,30}}|
               \d{{1,4}}{_S}(?:bp|nt)?|\({_B}{{1,30}}\)(?:\d{{1,3}}|\(\d{{1,3}}\))?)
            (?:{_S}ins(?P<inserted>{_B}{{1,60}}))?{_END}"""),
        read=_read_old_indel,
        triggers=("del", "ins", "dup", "inv"),
    ),
    Family(
        name="old-indel-range",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?P<pos>{_PLACE}_{_PLACE}){_S}(?P<op>del|dup|inv){_END}"""),
        read=_read_old_indel,
        triggers=("del", "dup", "inv"),
    ),
    Family(
        name="insertion-deletion",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?P<pos>{_SIGN}?\d{{2,6}}){_S}(?P<seq>{_B}{{1,20}}|\d{{1,3}}N){_S}
            (?P<op>[Ii]ns{_S}[/>]{_S}[Dd]el|[Dd]el{_S}[/>]{_S}[Ii]ns|indel|del|ins){_END}"""),
        read=_read_old_indel,
        triggers=("del", "ins"),
    ),
    Family(
        name="indel-position",
        tier="symbolic",
        precision=0.93,
        pattern=_compile(rf"""
            {_BEGIN}(?P<op>del|ins|dup){_S}(?P<pos>\d{{2,6}}){_S}(?P<seq>{_B}{{1,30}}){_END}
          | {_BEGIN}(?P<seq2>{_B}{{1,30}})(?P<op2>del|ins|dup)(?P<pos2>\d{{2,6}}){_END}
          | {_BEGIN}(?P<op3>del|ins|dup)(?P<seq3>{_B}{{1,30}}){_S}?(?P<pos3>\d{{2,6}}){_END}"""),
        read=_read_old_indel,
        triggers=("del", "ins", "dup"),
    ),
    Family(
        name="protein-deletion",
        tier="symbolic",
        precision=0.95,
        pattern=_compile(rf"""
            {_BEGIN}(?P<wt>{_AA})(?P<pos>[1-9]\d{{0,3}})
              (?:{_S}(?:_|{_D}|/){_S}(?P<end>{_AA})(?P<last>[1-9]\d{{0,3}}))?
              {_S}(?P<kind>delins|deletion|del|dup)
              (?P<seq>(?<=ins)(?:{_A3}{{1,20}}|[A-Z]{{1,30}}))?{_END}
          | {_BEGIN}(?P<kind2>del|[Dd]elta{_S}-?|Δ|∆)(?P<wt2>{_AA}){_S}(?P<pos2>[1-9]\d{{1,3}})
              (?:{_S}(?:_|{_D}){_S}(?P<end2>{_AA})(?P<last2>[1-9]\d{{0,3}}))?{_END}"""),
        read=_read_protein_deletion,
        triggers=("del", "dup", "δ", "∆"),
    ),
    Family(
        name="protein-residue-list-deletion",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?P<list>(?:{_AA}\d{{1,4}}[_/,]\s?){{2,8}}{_AA}\d{{1,4}})\s
            (?P<op>deletion|duplication){_END}"""),
        read=_read_residue_list,
        triggers=("deletion", "duplication"),
    ),
    Family(
        name="protein-range",
        tier="symbolic",
        precision=0.85,
        pattern=_compile(rf"""
            {_BEGIN}(?:[Dd]elta|Δ|∆|del){_S}-?\(?(?P<pos>[1-9]\d{{0,3}}{_D}[1-9]\d{{1,3}})\)?{_END}
          | {_BEGIN}(?P<seq>{_A1}{{2,20}}){_S}(?P<pos2>[1-9]\d{{0,3}}{_D}[1-9]\d{{1,3}}){_S}
            (?P<op>del(?:etion)?|ins(?:ertion)?|dup(?:lication)?){_END}"""),
        read=_read_protein_range,
        triggers=("del", "δ", "∆", "ins", "dup"),
    ),
    Family(
        name="codon-change",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?:[Cc]odon(?:\s\(CD\))?|CD){_S}(?P<pos>[1-9]\d{{0,4}}){_S},?{_S}(?P<open>\()?
            (?P<wt>{_B}{{3}}){_TO_OR_SLASH}(?P<mut>{_B}{{3}})(?(open)\)){_END}
          | {_BEGIN}(?P<wt2>{_B}{{3}}){_S}\(?(?P<pos2>[1-9]\d{{0,4}})\)?{_S}(?:{_TO})?
            (?P<mut2>{_B}{{3}}){_END}"""),
        read=_read_codon_change,
        triggers=("codon", "cd", "("),
    ),
    Family(
        name="codon-base-change",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?:[Cc]odon){_S}(?P<pos>[1-9]\d{{0,4}}){_S},?{_S}(?P<open>\()?
            (?P<wt>{_B}){_TO_OR_SLASH}(?P<mut>{_B})(?(open)\)){_END}
          | \((?P<wt2>{_B}{{1,5}}){_TO}(?P<mut2>{_B}{{1,5}})\)\sat\scodon\s
            (?P<pos2>[1-9]\d{{0,4}}){_END}"""),
        read=_read_codon_base,
        triggers=("codon",),
    ),
    Family(
        name="repeat-copies",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?:(?P<pos>\d{{2,6}}))?\((?P<unit>{_B}{{2,20}})\){_S}
            (?:(?P<copies>n|\d{{1,3}}(?:{_D}\d{{1,3}})?){_END}
              |\((?P<copies2>n|\d{{1,3}}(?:{_D}\d{{1,3}})?)\))"""),
        read=_read_repeat,
        triggers=("(",),
    ),
    Family(
        name="cytogenetic",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?P<op>del|dup|inv|ins){_S}\({_S}(?P<chromosome>\d{{1,2}}|X|Y){_S}
            (?:\){_S}\({_S})?(?P<bands>[pq][\d.pq;{DASHES}-]{{0,24}})\)"""),
        read=_read_bands,
        triggers=("del(", "dup(", "inv(", "ins(", "del (", "dup ("),
    ),
    Family(
        name="region",
        tier="symbolic",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}[Cc]hr(?:omosome)?{_S}(?P<chromosome>\d{{1,2}}|[XYM])\s?:\s?(?:g\.)?
            (?P<first>\d[\d,]{{0,12}}(?:\.\d{{1,6}})?)\s?(?:{_D}|_)\s?
            (?P<last>\d[\d,]{{0,12}}(?:\.\d{{1,6}})?)\s?(?P<unit>[Mm]bp?|[Kk]bp?|bp)?
            (?P<kind>\s?(?:deletion|duplication|gain|loss|del|dup|ins))?{_END}"""),
        read=_read_region,
        triggers=("chr",),
    ),
    Family(
        name="refseq",
        tier="symbolic",
        precision=0.99,
        pattern=_compile(
            rf"{_BEGIN}[NX][MPGCRTW]_\d{{5,9}}(?:\.\d{{1,3}})?(?![A-Za-z0-9_])"
        ),
        read=_read_refseq,
        triggers=("_",),
    ),
    Family(
        name="band",
        tier="weak",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?:[Cc]hr(?:omosome)?\s)?(?P<band>(?:\d{{1,2}}|X|Y)[pq]
            (?:\d{{1,2}}(?:\.\d{{1,3}})?(?:{_D}(?:[pq]?\d{{1,2}}(?:\.\d{{1,3}})?|[pq]ter))?|ter))
            {_END}"""),
        read=_read_band,
    ),
    # Weak: notations that mean other things too.
    Family(
        name="delta-size",
        tier="weak",
        precision=0.85,
        pattern=_compile(rf"""
            {_BEGIN}(?:[Dd]elta|DELTA|Δ|∆|DD?){_S}-?(?P<seq>[1-9]\d{{1,3}}){_END}
            (?!{_S}-?(?:desat|tetra|THC|fatty|isom|hydro|keto|ste|acyl|°))"""),
        read=_read_delta,
        triggers=("delta", "δ", "∆", "d"),
        support="cue",
    ),
    Family(
        name="size-attached",
        tier="weak",
        precision=0.9,
        pattern=_compile(rf"""
            {_BEGIN}(?P<op>del|ins|dup){_S}(?P<seq>\d{{1,4}}{_S}(?:bp|nt|kb)|
            (?<!\s)\d{{1,2}}|{_B}{{2,30}}){_END}"""),
        read=_read_size_only,
        triggers=("del", "ins", "dup"),
        support="cue",
    ),
    Family(
        name="dna-allele",
        tier="weak",
        precision=0.8,
        pattern=_compile(rf"""
            {_BEGIN}(?P<pos>{_SIGN}?{_NUMBER}){_S}(?P<allele>{_B}{{1,2}}(?:/{_B})?){_END}
          | {_BEGIN}(?P<allele2>{_B}){_S}\(?(?P<pos2>{_SIGN}?{_NUMBER})\)?{_END}"""),
        read=_read_dna_allele_checked,
        support="position",
    ),
    Family(
        name="protein-allele",
        tier="weak",
        precision=0.8,
        pattern=_compile(rf"""
            {_BEGIN}(?P<allele>{_A3}|(?:{NAMES})|{_A1}){_S}-?(?P<pos>[1-9]\d{{0,3}}){_END}
          | {_BEGIN}(?P<pos2>[1-9]\d{{0,3}}){_S}-?
            (?P<allele2>{_A3}|(?:{NAMES})|{_A1}{{1,2}}|X){_END}"""),
        read=_read_protein_allele,
        support="position",
    ),
    Family(
        name="allele-words",
        tier="weak",
        precision=0.8,
        pattern=_compile(rf"""
            {_BEGIN}\(?(?P<allele>{_B})\)?\sallele\s(?:at|of|for|in)\s(?:the\s)?
            (?:(?:position|nucleotide)\s)?(?P<pos>{_SIGN}?\d{{2,6}}){_END}
          | {_BEGIN}(?P<allele2>{_B})\sat\sposition\s(?P<pos2>{_SIGN}?\d{{2,6}}){_END}"""),
        read=_read_dna_allele,
        triggers=("allele", "position"),
    ),
    Family(
        name="bare-change",
        tier="weak",
        precision=0.7,
        pattern=_compile(rf"""
            {_BEGIN}(?:
              (?P<wt>{_B}|{_B}{{3}}){_TO_OR_SLASH}(?P<mut>{_B}{{3}}|{_B})
            | (?P<wt2>{_B})(?:-to-|\sto\s)(?P<mut2>{_B})
            | (?P<wt4>CC)(?:-to-|\sto\s|{_TO})(?P<mut4>TT)
            | (?P<wt3>{_A3})(?:{_TO_OR_SLASH}|-to-|\sto\s)(?P<mut3>{_A3}|Ter|[Ss]top)
            ){_END}(?!{_S}[/>])(?<![/>]..)"""),
        read=_read_bare,
        support="variant",
    ),
    # Language.
    Family(
        name="residues-in-words",
        tier="language",
        precision=0.9,
        pattern=_compile(rf"""
            \b(?:(?:{_A_NAME}|{_STOP_NAME}){_RESIDUE_NOTE}(?:{_FORTH}|{_BACK})
              (?:{_A_NAME}|{_STOP_NAME}){_RESIDUE_NOTE}
              (?:\s{_CHANGE_WORD})?{_WORD_PLACE}
            | {_A_NAME}{_RESIDUE_NOTE}\s(?:at|in)\s(?:{_POSITION_WORD}\s){{1,2}}\d{{1,4}}
              {_FORTH}(?:{_A_NAME}|{_STOP_NAME}){_RESIDUE_NOTE}
            | [Cc]odon\s\d{{1,4}},?\s(?:from\s)?{_A_NAME}{_FORTH}(?:{_A_NAME}|{_STOP_NAME})
            ){_END}"""),
        read=_read_words,
        triggers=("codon", "position", "residue", "amino"),
    ),
    Family(
        name="residue-number-residue",
        tier="language",
        precision=0.9,
        pattern=_compile(rf"""
            \b(?:{_A_NAME})[\s-]\d{{1,4}}(?:[\s-]|{_FORTH}|[\s-]to[\s-])
            (?:{_A_NAME}|stop)(?![A-Za-z])"""),
        read=_read_words,
    ),
    Family(
        name="residues-without-place",
        tier="language",
        precision=0.6,
        pattern=_compile(rf"""
            \b(?:(?:{NAMES}){_RESIDUE_NOTE}(?:{_FORTH}|{_BACK})
              (?:(?:{NAMES})|{_STOP_NAME}){_RESIDUE_NOTE})(?![A-Za-z])"""),
        read=_read_words,
        support="cue",
    ),
    Family(
        name="bases-in-words",
        tier="language",
        precision=0.9,
        pattern=_compile(rf"""
            (?:(?<![A-Za-z0-9_/>])|(?<=\())\(?{_BASE_WORD}(?:{_FORTH}|{_TO}|-to-|/)
            {_BASE_WORD}\)?
            (?:\s(?:point\s)?{_CHANGE_WORD})?{_WORD_PLACE}(?![A-Za-z0-9])"""),
        read=_read_words,
        triggers=("position", "nucleotide", "codon", "base", "nt ", "at "),
    ),
    Family(
        name="codons-in-words",
        tier="language",
        precision=0.9,
        pattern=_compile(rf"""
            (?<![A-Za-z0-9_]){_B}{{3}}(?:{_TO}|\sto\s|/){_B}{{3}}
            (?:\s{_CHANGE_WORD})?{_WORD_PLACE}(?![A-Za-z0-9])"""),
        read=_read_words,
        triggers=("codon", "position", "residue"),
    ),
    Family(
        name="stop-in-words",
        tier="language",
        precision=0.7,
        pattern=_compile(rf"""
            \b(?:stop|termination)(?:\scodon)?{_WORD_PLACE}(?![A-Za-z0-9])"""),
        read=_read_words,
        triggers=("stop", "termination"),
    ),
    Family(
        name="sized-indel",
        tier="language",
        precision=0.7,
        pattern=_compile(rf"""
            (?<![A-Za-z0-9_.,])(?:{_SIZE}{_SIZE_UNIT}[\s-]{_ADJECTIVES}{_INDEL_WORD}
            | {_INDEL_WORD}\sof\s(?:a\s|an\s|the\s)?{_SIZE}{_SIZE_UNIT})
            (?:{_WORD_PLACE})?(?![A-Za-z0-9])"""),
        read=_read_words,
        triggers=("delet", "insert", "dup", "indel"),
    ),
    Family(
        name="sequence-indel",
        tier="language",
        precision=0.7,
        pattern=_compile(rf"""
            (?<![A-Za-z0-9_.,])(?:(?:nt\s)?(?:\d{{2,5}}\s)?{_SEQUENCE}[\s-]{_INDEL_WORD}
            | {_INDEL_WORD}\s(?:of\s(?:a\s|an\s|the\s)?)?{_SEQUENCE}(?:\snucleotide)?)
            (?:{_WORD_PLACE})?(?![A-Za-z0-9])"""),
        read=_read_words,
        triggers=("delet", "insert", "dup", "indel"),
    ),
    Family(
        name="repeat-in-words",
        tier="language",
        precision=0.5,
        pattern=_compile(rf"""
            (?<![A-Za-z0-9_.,])(?:\d{{1,3}}\s)?\(?{_B}{{2,8}}\)?\s(?:trinucleotide\s)?
            repeats?(?![A-Za-z0-9])"""),
        read=_read_words,
        triggers=("repeat",),
        support="cue",
    ),
)


# --- finding ------------------------------------------------------------------------

#: Classes that are places or references, not changes; not mentions by default.
PLACES = frozenset({"GenomicRegion", "Chromosome", "RefSeq"})


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
    return settle(candidates(text), text)


def candidates(text: str, *, offset: int = 0) -> list[VariantMatch]:
    """Find all matches of all families, overlapping and unsupported ones too.

    Parameters
    ----------
    text
        A passage.
    offset
        Where the passage begins in its document: added to all offsets.
    """
    lowered = text.lower()
    found = []
    for family in FAMILIES:
        if family.triggers and not any(t in lowered for t in family.triggers):
            continue
        for match in family.pattern.finditer(text):
            variant = family.read(Fields(match))
            if variant is not None:
                found.append(
                    VariantMatch(
                        start=match.start() + offset, end=match.end() + offset,
                        variant=variant, family=family,
                    )
                )  # fmt: skip
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
        found,
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
    return _in_context(sorted(taken, key=lambda m: m.start))


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
            near = text[max(0, match.start - 80) : match.end + 80]
            if not (sure or _CUE.search(near)):
                continue
        elif support == "variant" and not sure:
            continue
        elif support == "position":
            place = match.variant.position.lstrip("+-")
            if place not in positions:
                continue
        kept.append(match)
    return kept


def _in_context(matches: list[VariantMatch]) -> list[VariantMatch]:
    """Read A467T as residues where the document writes Ala467Thr or p.A467T."""
    protein = {
        (m.variant.wild, m.variant.position, m.variant.mutant)
        for m in matches
        if m.variant.level == "p" and m.variant.operator == "SUB"
        and m.family.name != "base-position-base"
    }  # fmt: skip
    out = []
    for match in matches:
        v = match.variant
        if (
            match.family.name == "base-position-base"
            and v.level == "c"
            and (v.wild, v.position, v.mutant) in protein
        ):
            changed = replace(v, level="p")
            match = replace(match, variant=changed)
        out.append(match)
    return out


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
    best: tuple[int, int, Variant] | None = None
    for rank, family in enumerate(FAMILIES):
        if family.name in ("band", "refseq"):
            continue
        for match in family.pattern.finditer(stripped):
            variant = family.read(Fields(match))
            if variant is None:
                continue
            if match.span() == (0, len(stripped)):
                return variant
            if family.tier == "symbolic":
                key = (match.start() - match.end(), rank)
                if best is None or key < best[:2]:
                    best = (*key, variant)
    if best is not None and -best[0] >= 0.6 * len(stripped):
        return best[2]
    return read_language(stripped) or (None if best is None else best[2])
