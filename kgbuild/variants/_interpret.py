"""How the grammar's matches are read: one reader per kind of shape.

A reader turns the named groups of a match into a variant, or refuses it: figures and
cell lines look like substitutions, temperatures like alleles.
"""

from __future__ import annotations

import re
from functools import cache

from kgbuild._io.paths import data_path
from kgbuild.variants._letters import NUCLEOBASES, one_letter, residues, translate
from kgbuild.variants.normal_form import Level, Operator, Variant
from kgbuild.variants.positions import read_position
from kgbuild.variants.spelled_out import read_language, read_size, repeat_unit


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

    @property
    def alone(self) -> bool:
        """Whether the match is the whole string: a mention, not a text."""
        return self._match.group() == self._match.string

    def before(self, length: int) -> str:
        """Return up to ``length`` characters in front of the match."""
        start = self._match.start()
        return self._match.string[max(0, start - length) : start]

    def after(self, length: int) -> str:
        """Return up to ``length`` characters behind the match."""
        end = self._match.end()
        return self._match.string[end : end + length]


def read_rs(match: Fields) -> Variant | None:
    number = match["number"].replace(",", "")
    return Variant(level="", operator="RS", mutant=f"rs{number}")


def _bases(text: str) -> str:
    return re.sub(r"[^A-Za-z]", "", text).upper()


def read_dna(match: Fields) -> Variant | None:
    """Read position and change in base letters, with or without a level."""
    if match.get("same"):
        return None  # c.123= says that nothing changed
    level: Level = match.get("lvl") or "c"  # type: ignore[assignment]
    raw = match.get("pos")
    if match.get("wt") and match.get("mut"):
        wild, mutant = _bases(match["wt"]), match["mut"].upper()
        mutant = ",".join(_bases(m) for m in re.split(r"[/,]", mutant))
        position = _position(match, raw, length=len(wild))
        if match["wt"].islower() and level == "c" and "(" not in match.text:
            level = "r"  # RNA is written in lower case
        return Variant(
            level=level, operator="SUB", wild=wild, position=position, mutant=mutant
        )
    if match.get("put"):
        return Variant(
            level=level, operator="INDEL", position=_position(match, raw),
            mutant=_bases(match["put"]),
        )  # fmt: skip
    return read_dna_indel(match, level, raw)


def _position(match: Fields, raw: str, *, length: int | None = None) -> str:
    """Read a position; behind a level HGVS numbers stand for themselves."""
    if match.get("ivs"):
        return read_position(match["ivs"] + " " + raw)
    return read_position(raw, length=length, signs=not match.get("lvl"))


_OPERATORS: dict[str, Operator] = {
    "del": "DEL", "deletion": "DEL", "ins": "INS", "insertion": "INS", "dup": "DUP",
    "duplication": "DUP", "inv": "INV", "delins": "INDEL", "indel": "INDEL",
    "ins/del": "INDEL", "del/ins": "INDEL", "ins>del": "INDEL", ">": "INDEL",
    "=": "SUB",
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
        unit, copies = repeat_unit(seq)
        return (f"{unit}({copies})" if copies else unit), ""
    found = residues(text)
    if found:
        return found, ""
    return read_size(text)[0], ""


def read_dna_indel(match: Fields, level: Level, raw: str) -> Variant | None:
    operator = _operator(match["op"])
    what, extra = _what(match.get("seq"))
    length = len(what) if what.isalpha() else 2 if operator == "INS" else None
    position = _position(match, raw, length=length)
    if match.get("inserted"):
        operator, what = "INDEL", _bases(match["inserted"])
    elif operator == "INDEL" and "delins" not in match["op"].lower():
        extra = "ins/del"
    if what and what.isalpha() and set(what) - set("ACGTUN"):
        if not match.get("lvl"):
            level = "p"  # 157delMTTTVP
        elif level != "p":
            return None
    return Variant(
        level=level, operator=operator, position=position, mutant=what, extra=extra
    )


def read_protein(match: Fields) -> Variant | None:
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
        return read_protein_indel(match, wild, position)
    if mutant == "=":
        mutant = wild
    mutant = mutant.removeprefix(" to ").strip("-")
    found = [one_letter(m) for m in mutant.split("/")]
    if mutant in ("TAG", "TAA", "TGA"):
        found = ["X"]
    if not all(found):
        return None
    return Variant(
        level="p", operator="SUB", wild=wild, position=position,
        mutant=",".join(str(f) for f in found), extra=match.get("length").strip("?"),
    )  # fmt: skip


def read_protein_indel(match: Fields, wild: str, position: str) -> Variant | None:
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


def read_protein_allele(match: Fields) -> Variant | None:
    if _FIGURE.search(match.before(_BEFORE)):
        return None
    written = match["allele"]
    letters = residues(written) or one_letter(written)
    if not match.alone and (
        _MODIFIED.search(match.before(30)) or _MODIFIED.search(match.after(30))
    ):
        return None  # a residue that is phosphorylated is not one that is changed
    if "/" in match["pos"] and not (match.alone or _CODONS_NEAR.match(match.after(40))):
        return None
    if not letters:
        return None
    if len(letters) > 1 and len(set(letters)) > 1:
        return None  # 1082 IL
    if len(set(letters)) == 1:
        letters = letters[0]
    return Variant(
        level="p", operator="Allele", mutant=letters,
        position=read_position(match["pos"]),
    )  # fmt: skip


def read_dna_allele(match: Fields) -> Variant | None:
    if _FIGURE.search(match.before(_BEFORE)):
        return None
    written = match["allele"].split("+")[0]
    allele = NUCLEOBASES.get(written.lower()) or _bases(written)
    place = match["pos"]
    if place.isdigit() and int(place) < 10:
        return None
    if allele == "C" and re.fullmatch(r"\D(?:[2-8]\d|1[134])", place):
        temperature = re.search(r"(?:at|to|stored|frozen)\s$", match.before(8))
        if temperature or place[1:] in ("11", "13", "14"):
            return None  # stored at -80C; 3,4-14C labelled
    if match.get("ivs"):
        position = read_position(match["ivs"] + " " + match["pos"])
    else:
        position = read_position(match["pos"])
        if len(set(allele)) == 1:
            allele = allele[0]  # "-889TT" is the T allele twice
    return Variant(level="c", operator="Allele", mutant=allele, position=position)


def read_ambiguous(match: Fields) -> Variant | None:
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
    """
    T47D T98G C3H C3A C4A C4B C1R C1S C1Q C5A C6D C2C H1N H2A H2B H2K H2D H3K H3F
    E2F E2A E2C S100A S100B S100P A1C A2A A2B A2M A1R A3R D1R D2R D2L D2S D3R D4R
    H1R H2R H3R H4R P2X P2Y P1A P2A P3A M1G M2H G0S T1D T2D T3D L1R V1A V1B V2R Y1R
    Y2R Y5R N2A N2O E1A E1B E3L E4F F1A F2A F2R F8A K1A L1A M6P M3G M6G G6P F6P T6P
    I3P R1A R2A Q1D S1P S6K S1R W3A P4A P4C C2A C2B P5C H2S D10G I2C M1A M2A
    """.split()  # noqa: SIM905 - a list of 90 literals is no easier to read
)
#: What stands before a label: of a figure, a sample, an article of a catalogue.
_FIGURE = re.compile(
    r"(?:Fig(?:ure|\.)?s?|Tab(?:le|\.)?s?)[\s.:]*[\w(]{0,6}$"
    r"|\b(?:samples?|specimens?|panels?|lanes?|wells?|lots?|batch|isolates?|primers?|"
    r"plasmids?|catalog(?:ue)?|cat\.|(?:cat|catalog(?:ue)?|order|product|item|part|"
    r"model|lot|art(?:icle)?|ref)[\s.]*(?:#|no|nr|num|number|id))[\s.:#]*$",
    re.IGNORECASE,
)
_MODIFIED = re.compile(
    r"(?:phosphory|ubiquity|sumoy|acety|methy|glycosy|palmitoy)lat|SUMO|disulfide"
)
#: Characters in front in which the word before a label is sought.
_BEFORE = 24
_CODONS_NEAR = re.compile(
    r"\s(?:[\w-]{1,14}\s)?(?:mutat|mutant|variant|hotspot|substitution|codon)"
)
CUE = re.compile(
    r"mutat|mutant|varia|polymorphi|allel|genotyp|substitut|\bSNPs?\b|carrier|"
    r"homozyg|heterozyg|missense|nonsense|transition|transversion|"
    r"haplotyp|amino[ -]acid",
    re.IGNORECASE,
)


def is_labelled(before: str) -> bool:
    """Whether a text ends with what stands before a label: "cat. no.", "sample"."""
    return _FIGURE.search(before[-_BEFORE:]) is not None


def _has_cue(match: Fields, reach: int = 80) -> bool:
    return match.alone or bool(
        CUE.search(match.before(reach)) or CUE.search(match.after(reach))
    )


def read_one_letter(match: Fields) -> Variant | None:
    """Read V600E unless it is a figure, a cell line, a receptor or far too long."""
    if match.text in _NAMES_LIKE_VARIANTS or _FIGURE.search(match.before(_BEFORE)):
        return None
    position = int(match["pos"])
    letters = match["wt"] + match["mut"]
    if not set(letters) - set("ACGTU/"):
        return None  # the family base-position-base reads these
    if match.text.startswith("P450"):
        return None  # cytochrome P4503A
    if position >= 6000 or (position < 10 and not _has_cue(match)):
        return None
    return read_protein(match)


#: Genes whose usual variants are named by bases: MTHFRC677T.
_NAMED_BY_BASES = frozenset(["MTHFR", "MTRR", "MTR", "F2", "F5"])
_NAME_IN_FRONT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]{2,11}$")


def read_attached(match: Fields) -> Variant | None:
    """Read BRAFV600E: a gene must stand directly in front.

    A symbol of the bundled vocabulary (BRAF, JAK2) is enough, another name needs a word
    such as "mutation" nearby.
    """
    name = name_in_front(match.before(13))
    if not name:
        return None
    known = name.upper() in _symbols()
    if not set(match["wt"] + match["mut"]) - set("ACGTU/"):
        if name.upper() in _NAMED_BY_BASES:
            return read_ambiguous(match)
        return read_protein(match) if known else None
    return read_protein(match) if known or _has_cue(match) else None


def name_in_front(before: str) -> str:
    """Return what can be the name of a gene at the end of a text, or nothing.

    Parameters
    ----------
    before
        What stands in front of a variant; 13 characters are enough.

    Examples
    --------
    >>> name_in_front("oncogenic BRAF"), name_in_front("see table 3")
    ('BRAF', '')
    """
    name = _NAME_IN_FRONT.search(before)
    if name is None or sum(c.isdigit() for c in name.group()) > 2:
        return ""
    return name.group()


@cache
def _symbols() -> frozenset[str]:
    lines = data_path("vocabulary/gene.tsv").read_text("utf-8").splitlines()
    names = (name for line in lines for name in line.split("\t")[1:3])
    return frozenset(
        symbol.upper()
        for listed in names
        for symbol in listed.split("|")
        if symbol.isalnum() and 3 <= len(symbol) <= 8 and symbol[0].isalpha()
    )


def read_arrow(match: Fields) -> Variant | None:
    """Read R506->Q; C677->T, all of base letters, is a change of bases from 100 on."""
    if not set(match["wt"] + match["mut"]) - set("ACGTU"):
        return read_ambiguous(match)
    return read_protein(match)


def read_genomic(match: Fields) -> Variant | None:
    """Read chr7:140453136A>T, counted along the chromosome."""
    return Variant(
        level="g", operator="SUB", wild=match["wt"], mutant=match["mut"],
        position=read_position(match["pos"]),
    )  # fmt: skip


def read_propeptide(match: Fields) -> Variant | None:
    """Read R-4Q, a residue before the mature protein, where mutations are the topic."""
    letters = match["wt"] + match["mut"]
    if not set(letters) - set("ACGTU") or not _has_cue(match, reach=40):
        return None
    return read_protein(match)


def read_one_letter_pair(match: Fields) -> Variant | None:
    if not set(match["wt"] + match["mut"]) - set("ACGTU"):
        return None
    return read_protein(match)


_CHANGE_BEHIND = re.compile(
    r"[\s),-]{0,3}(?:[\w-]{1,15}\s){0,3}?"
    r"(?:substitution|transition|transversion|mutation|"
    r"polymorphi|SNP|change|conversion|variant|variation|base\b|exchange)"
)
_CHANGE_BEFORE = re.compile(
    r"(?:conversions?\sof|substitutions?\sof|mutations?|transitions?|changes?|SNPs?|"
    r"transversions?|polymorphisms?|from)[\s(,:a-z]{0,12}$"
)


_GENOTYPE_BEHIND = re.compile(
    r"[\s),]{0,2}(?:and|or|versus|vs|\+)?\s?(?:\S{1,9}\s)?genotype"
)


def _change_near(match: Fields) -> bool:
    return match.alone or bool(
        _CHANGE_BEHIND.match(match.after(60)) or _CHANGE_BEFORE.search(match.before(40))
    )


def read_bare_to(match: Fields) -> Variant | None:
    """Read "C to T", where the words around speak of a change."""
    return read_bare(match) if _change_near(match) else None


def read_bare_slash(match: Fields) -> Variant | None:
    """Read G/A and Val/Met, unless it is a genotype."""
    if _GENOTYPE_BEHIND.match(match.after(30)):
        return None
    return read_bare(match) if _change_near(match) else None


def read_allele_words(match: Fields) -> Variant | None:
    """Read "T allele at -31", "(R) allele at codon 620"."""
    letter = match["allele"]
    if match.get("where") in ("codon", "residue") or set(letter) - set("ACGTU"):
        return read_protein_allele(match)
    return read_dna_allele(match)


def read_sized(match: Fields) -> Variant | None:
    """Read "22-bp deletion"; "single-nucleotide deletion" alone names a kind."""
    kind = r"(?i:single|one)[\s-][a-z]+(?:[\s-]pair)?[\s-](?:[a-z]+[\s-])?[a-z/]+"
    if not match.alone and re.fullmatch(kind, match.text):
        return None
    return read_words(match)


def read_indel_size(match: Fields) -> Variant | None:
    """Read "ins/del 6 bp"."""
    return Variant(level="c", operator="INDEL", mutant=match["seq"], extra="ins/del")


def read_minus_bases(match: Fields) -> Variant | None:
    """Read "-611 (-T)" and "-AAGC at -222 to -225": the minus deletes."""
    return Variant(
        level="c", operator="DEL", position=read_position(match["pos"]),
        mutant=match["seq"],
    )  # fmt: skip


def read_numbered(match: Fields) -> Variant | None:
    """Read "Gln-191 to a stop"; Arg130-Ala131 is a bond, not a change."""
    if match.get("again") not in ("", match["pos"]):
        return None
    return read_words(match)


def read_stop(match: Fields) -> Variant | None:
    """Read "stop codon at position 372"; exercise is terminated at 24 hours."""
    if not re.search(r"codon|position|residue|amino|nucleotide|\bnt\b", match.text):
        return None
    return read_words(match)


def read_three_letter(match: Fields) -> Variant | None:
    """Read Ser-9-Gly and Val600Glu; D-Ala2-Met-enkephalin is a peptide."""
    lopsided = re.fullmatch(r"[A-Za-z]{3}\d{1,2}-[A-Z][a-z]{2}", match.text)
    if lopsided and re.match(r"[-(]", match.after(1)):
        return None
    return read_protein(match)


def read_letters(match: Fields) -> Variant | None:
    """Read "R to G mutation at position 16" where the letters are no bases."""
    if not set(match["wt"] + match["mut"]) - set("ACGTU"):
        return None
    return read_protein(match)


def read_sequence(match: Fields) -> Variant | None:
    """Read "TTAT insertion"; "A deletion" at the start of a sentence is an article."""
    if re.match(r"[\s-](?:tube|cell|wave|loop|protein)", match.after(9)):
        return None
    if re.match(r"A[\s-]", match.text) and not match.alone:
        before = match.before(4)
        if re.match(r"\sof\b", match.after(4)) or not re.search(r"[a-z,(]\s?$", before):
            return None
    return read_words(match)


def read_base_position_base(match: Fields) -> Variant | None:
    if match.text in _NAMES_LIKE_VARIANTS or _FIGURE.search(match.before(_BEFORE)):
        return None
    position = match["pos"]
    spaced = " " in match.text
    if position.isdigit() and int(position) < 10:
        return None
    if (spaced or (position.isdigit() and int(position) < 20)) and not _has_cue(match):
        return None
    return read_ambiguous(match)


def read_position_change(match: Fields) -> Variant | None:
    """Read 677C>T, -308 G/A, unless a slash stands between two plain words."""
    raw = match["pos"]
    wild, mutant = match["wt"], match["mut"].split("/")[0]
    front = match.before(1) + raw if raw.startswith("-") else match.before(2) + raw
    if re.match(r"[A-Za-z]-\d{1,2}\s", front):
        return None  # the number is the gene's: IL-6 -174 G/C
    if "/" in match.text:
        if len(wild) != len(mutant):
            return None
        if raw.isdigit() and int(raw) < 10:
            return None
    exon = re.match(r"Ex\d{1,2}\s?", raw)
    variant = read_dna(match)
    if variant is not None and exon:
        return None if not exon else variant
    return variant


def read_old_indel(match: Fields) -> Variant | None:
    raw = match["pos"]
    if raw.isdigit() and int(raw) < 3 and match.get("op") != "dup":
        return None
    if match.text.startswith("CD"):
        raw = f"CD{raw}"  # counted from the end of the coding sequence
    return read_dna_indel(match, "c", raw)


def read_intron_range(match: Fields) -> Variant | None:
    what, _ = _what(match["seq"])
    place = read_position(match["ivs"])
    inside = read_position(match["pos"])
    return Variant(
        level="c", operator=_operator(match["op"]), position=f"{place}({inside})",
        mutant=what,
    )  # fmt: skip


def read_protein_deletion(match: Fields) -> Variant | None:
    wild = one_letter(match["wt"])
    if wild is None:
        return None
    kind = match["kind"].lower()
    if kind not in ("delins", "dup", "ins"):
        kind = "del"
    last, end = match.get("last"), one_letter(match.get("end")) or ""
    operator = _operator(kind)
    what = residues(match.get("seq")) or "" if match.get("seq") else ""
    position = match["pos"] + (f"_{last}" if last else "")
    if operator in ("DEL", "DUP") and not last:
        what = wild
    elif operator in ("DEL", "DUP") and last and int(last) - int(match["pos"]) == 1:
        what = wild + end
    return Variant(
        level="p", operator=operator, position=position, mutant=what,
        ends=wild + end if last else wild,
    )  # fmt: skip


def read_residue_list(match: Fields) -> Variant | None:
    pairs = re.findall(r"([A-Z][A-Za-z]{2}|[A-Z])(\d{1,4})", match["list"])
    letters = "".join(one_letter(a) or "" for a, _ in pairs)
    return Variant(
        level="p", operator=_operator(match["op"]), mutant=letters,
        position=f"{pairs[0][1]}_{pairs[-1][1]}",
    )  # fmt: skip


def read_codon_base(match: Fields) -> Variant | None:
    return Variant(
        level="c", operator="SUB", wild=match["wt"],
        position=f"CODON{match['pos']}", mutant=match["mut"],
    )  # fmt: skip


def read_delta(match: Fields) -> Variant | None:
    if re.match(r"DD?\d", match.text) and not match.alone:  # Δ read badly
        near = match.before(60) + match.after(40)
        if not re.search(r"CC?R5|CKR5|receptor\s5|delet", near):
            return None
    return read_size_only(match)


def read_codon_change(match: Fields) -> Variant | None:
    wild, mutant = translate(match["wt"]), translate(match["mut"])
    if wild is None or mutant is None:
        return None
    return Variant(
        level="p", operator="SUB", wild=wild, position=match.get("pos"),
        mutant=mutant,
    )  # fmt: skip


def read_bare(match: Fields) -> Variant | None:
    wild, mutant = match["wt"], match["mut"]
    if re.fullmatch("[ACGTU]+", wild) and re.fullmatch("[ACGTU]+", mutant):
        if len(wild) != len(mutant):
            return None
        if len(wild) == 3:
            return read_codon_change(match)
        if len(set(wild)) == 1 and len(set(mutant)) == 1:
            wild, mutant = wild[0], mutant[0]
        return Variant(level="c", operator="SUB", wild=wild, mutant=mutant)
    first, second = one_letter(wild), one_letter(mutant)
    if first is None or second is None:
        return None
    return Variant(level="p", operator="SUB", wild=first, mutant=second)


def read_words(match: Fields) -> Variant | None:
    return read_language(match.text)


def read_size_only(match: Fields) -> Variant | None:
    """Read Delta32, dup24bp, delTTCA."""
    operator = _operator(match.get("op") or "del")
    what, _ = _what(match["seq"])
    return Variant(level="c", operator=operator, mutant=what) if what else None


def read_repeat(match: Fields) -> Variant | None:
    return Variant(
        level="c", operator="DUP", position=match.get("pos"),
        mutant=match["unit"], extra=match.get("copies"),
    )  # fmt: skip


def read_protein_range(match: Fields) -> Variant | None:
    position = read_position(match["pos"], hyphen="range")
    what = residues(match.get("seq")) or ""
    return Variant(
        level="p", operator=_operator(match.get("op") or "del"),
        position=position, mutant=what,
    )  # fmt: skip


def read_bands(match: Fields) -> Variant | None:
    operator = _operator(match["op"])
    bands = re.findall(r"[pq][\d.]*", match["bands"])
    chromosome = match["chromosome"]
    position = "_".join(f"{chromosome}{band}" for band in bands)
    return Variant(level="c", operator=operator, position=position)


def _megabases(start: str, end: str, unit: str) -> str:
    letter = unit[:1].upper() if unit else ""
    letter = letter if letter in ("M", "K") else ""
    return f"{start.replace(',', '')}-{end.replace(',', '')}{letter}"


def read_region(match: Fields) -> Variant | None:
    text = f"Chr{match['chromosome'].upper()}:" + _megabases(
        match["first"], match["last"], match.get("unit")
    )
    kind = match.get("kind").strip().lower()
    short = {"deletion": "del", "loss": "del", "duplication": "dup", "gain": "dup"}
    kind = short.get(kind, kind)
    if kind:
        return Variant(level="", operator="CopyNumberVariant", mutant=text + kind)
    return Variant(level="", operator="GenomicRegion", mutant=text)


def read_band(match: Fields) -> Variant | None:
    return Variant(level="", operator="Chromosome", mutant=match["band"])


def read_refseq(match: Fields) -> Variant | None:
    return Variant(level="", operator="RefSeq", mutant=match.text)
