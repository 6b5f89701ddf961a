"""How the grammar's matches are read: one reader per kind of shape.

A reader turns the named groups of a match into a variant, or refuses it: figures and
cell lines look like substitutions, temperatures like alleles.
"""

from __future__ import annotations

import re
from typing import cast

from kgbuild.variants._letters import NUCLEOBASES, one_letter, residues, translate
from kgbuild.variants.false_positives import (
    LABEL_REACH,
    NAMES_LIKE_VARIANTS,
    is_labelled,
)
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
    if match.text.startswith("RS") and len(number) < 7 and not has_cue(match, reach=40):
        return None  # RS67333 is a compound
    return Variant(level="", operator="RS", mutant=f"rs{number}")


def _bases(text: str) -> str:
    return re.sub(r"[^A-Za-z]", "", text).upper()


def read_dna(match: Fields, *, level: str = "") -> Variant | None:
    """Read position and change in base letters, with or without a level."""
    if match.get("same"):
        return None  # c.123= says that nothing changed
    known = cast("Level", level or match.get("lvl").lower() or "c")
    raw = match.get("pos")
    if match.get("wt") and match.get("mut"):
        # Small letters are bases of introns, of old; RNA says "r." (tmVar: all are).
        wild, mutant = _bases(match["wt"]), match["mut"].upper()
        mutant = ",".join(
            _bases(m) for m in re.split(r"[/,]|\bOR\b|\bAND\b", mutant) if m.strip()
        )
        position = _position(match, raw, length=len(wild))
        return Variant(
            level=known, operator="SUB", wild=wild, position=position, mutant=mutant
        )
    if match.get("put"):
        return Variant(
            level=known, operator="INDEL", position=_position(match, raw),
            mutant=_bases(match["put"]),
        )  # fmt: skip
    return read_dna_indel(match, known, raw)


#: What stands between the level and a further member of an allele.
_ALLELE = re.compile(
    r"(?P<lvl>[cgmnr])\.(?:\[|\[?[^\s\[\]]{2,60}(?:\];\s?\[|;\s?|\(;\)))$"
)


def read_dna_member(match: Fields) -> Variant | None:
    """Read 83G>C in "c.[76A>C];[83G>C]"."""
    before = _ALLELE.search(match.before(80))
    return None if before is None else read_dna(match, level=before["lvl"])


def _position(match: Fields, raw: str, *, length: int | None = None) -> str:
    """Read a position; behind a level HGVS numbers stand for themselves."""
    if match.get("ivs"):
        raw = re.sub(r"^nt\s?", "", raw)
        sign = "+" if raw[:1].isdigit() else ""
        return read_position(f"{match['ivs']} {sign}{raw}")
    return read_position(raw, length=length, signs=not match.get("lvl"))


_OPERATORS: dict[str, Operator] = {
    "del": "DEL", "deletion": "DEL", "ins": "INS", "insertion": "INS", "dup": "DUP",
    "duplication": "DUP", "inv": "INV", "delins": "INDEL", "indel": "INDEL",
    "ins/del": "INDEL", "del/ins": "INDEL", "ins>del": "INDEL", ">": "INDEL",
    "=": "SUB",
}  # fmt: skip


def operator_of(text: str) -> Operator:
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
    operator = operator_of(match["op"])
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
    if not mutant and match.get("length"):  # p.Met1ext-5 keeps its residue
        return Variant(
            level="p", operator="SUB", wild=wild, position=position,
            extra=match.get("length"),
        )  # fmt: skip
    listed = re.findall(r"\b(?!or\b|and\b)[A-Za-z]+|\*", mutant)
    if "[" in match.text and len(mutant) > 1 and mutant.isalpha():
        listed = list(residues(mutant) or "")  # G12[CDV]
    found = [one_letter(m) for m in listed]
    if mutant in ("TAG", "TAA", "TGA"):
        found = ["X"]
    if not all(found):
        return None
    return Variant(
        level="p", operator="SUB", wild=wild, position=position,
        mutant=",".join(str(f) for f in found), extra=match.get("length").strip("?"),
    )  # fmt: skip


def read_protein_indel(match: Fields, wild: str, position: str) -> Variant | None:
    operator = operator_of(match["kind"])
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
    if is_labelled(match.before(LABEL_REACH)):
        return None
    written = match["allele"]
    letters = residues(written) or one_letter(written)
    if not match.alone and (
        _MODIFIED.search(match.before(30)) or _MODIFIED.search(match.after(30))
    ):
        return None  # a residue that is phosphorylated is not one that is changed
    if len(set(re.findall(r"\d+", match["pos"]))) < match["pos"].count("/") + 1:
        return None  # M12/M12 is a genotype
    if "/" in match["pos"] and not (
        match.alone
        or _CODONS_NEAR.match(match.after(40))
        or _CODONS_AHEAD.search(match.before(40))
    ):
        return None
    if not letters:
        return None
    if len(letters) > 1 and len(set(letters)) > 1:
        return None  # 1082 IL
    if len(set(letters)) == 1:
        letters = letters[0]
    return Variant(
        level="p", operator="Allele", mutant=letters,
        position=read_position(match["pos"].replace("/" + written, "/")),
    )  # fmt: skip


def read_dna_allele(match: Fields) -> Variant | None:
    if is_labelled(match.before(LABEL_REACH)):
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


_MODIFIED = re.compile(
    r"(?:phosphory|ubiquity|sumoy|acety|methy|glycosy|palmitoy)lat|SUMO|disulfide"
)
_CODONS_NEAR = re.compile(
    r"[\s)]{1,2}(?:[\w-]{1,14}\s)?"
    r"(?:mutat|mutant|variant|hot[ -]?spot|substitution|codon)"
)
_CODONS_AHEAD = re.compile(
    r"(?i:mutat\w{1,5}|mutants?|codons?|variants?|substitutions?)[\s(]{1,2}$"
    r"|\b[KNH]-?(?i:ras)[\s(]{1,2}$"
)
CUE = re.compile(
    r"mutat|mutant|varia|polymorphi|allel|genotyp|substitut|\bSNPs?\b|carrier|"
    r"homozyg|heterozyg|missense|nonsense|transition|transversion|"
    r"haplotyp|amino[ -]acid",
    re.IGNORECASE,
)


def has_cue(match: Fields, reach: int = 80) -> bool:
    return match.alone or bool(
        CUE.search(match.before(reach)) or CUE.search(match.after(reach))
    )


def read_one_letter(match: Fields) -> Variant | None:
    """Read V600E unless it is a figure, a cell line, a receptor or far too long."""
    if match.text in NAMES_LIKE_VARIANTS or is_labelled(match.before(LABEL_REACH)):
        return None
    position = int(match["pos"])
    letters = match["wt"] + match["mut"]
    if not set(letters) - set("ACGTU/"):
        return None  # the family base-position-base reads these
    if match.text.startswith("P450"):
        return None  # cytochrome P4503A
    if position >= 6000 or (position < 10 and not has_cue(match)):
        return None
    return read_protein(match)


def read_protein_pair(match: Fields) -> Variant | None:
    """Read KM670/671NL: two neighbours replaced together."""
    place = match["pos"].replace("/", "_")
    first, last = (int(n) for n in place.split("_"))
    if last != first + 1:
        return None
    return Variant(
        level="p", operator="INDEL", position=place, mutant=match["mut"],
        ends=match["wt"],
    )  # fmt: skip


def read_arrow(match: Fields) -> Variant | None:
    """Read R506->Q; C677->T, all of base letters, is a change of bases from 100 on."""
    if not set(match["wt"] + match["mut"]) - set("ACGTU"):
        return read_ambiguous(match)
    return read_protein(match)


def read_genomic(match: Fields) -> Variant | None:
    """Read chr7:140453136A>T, counted along the chromosome."""
    place = read_position(match["pos"])
    if match.get("op"):
        last = match.get("last")
        place += f"_{read_position(last)}" if last else ""
        return Variant(
            level="g", operator=operator_of(match["op"]), position=place,
            mutant=match.get("seq"),
        )  # fmt: skip
    return Variant(
        level="g", operator="SUB", wild=match["wt"], mutant=match["mut"],
        position=place,
    )  # fmt: skip


_MUTATION_BESIDE = re.compile(r"\s(?:mutat|mutant|variant|substitut|polymorphi|SNP)")


def read_spaced(match: Fields) -> Variant | None:
    """Read "E590 K", where it is a mention or a word for a change stands behind."""
    letters = match["wt"] + match["mut"]
    if not set(letters) - set("ACGTU"):
        return None
    beside = _MUTATION_BESIDE.match(match.after(16)) is not None
    return read_protein(match) if match.alone or beside else None


def read_propeptide(match: Fields) -> Variant | None:
    """Read R-4Q, a residue before the mature protein, where mutations are the topic."""
    letters = match["wt"] + match["mut"]
    if not set(letters) - set("ACGTU") or not has_cue(match, reach=40):
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


def read_codon_indel(match: Fields) -> Variant | None:
    """Read "codon 41/42 (-TTCT)", as of the thalassaemias."""
    place = re.sub(r"[/-]", "_", match["pos"])
    return Variant(
        level="c", operator="INS" if match["sign"] == "+" else "DEL",
        position=f"CODON{place}", mutant=match["seq"],
    )  # fmt: skip


def read_delta_of_gene(match: Fields) -> Variant | None:
    """Read CCR5-Δ32, the deletion that goes by its length alone."""
    if not re.search(r"CC?R-?5[-\s(]?$", match.before(8)):
        return None
    return read_size_only(match)


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


#: Words beside changes that are counted along the mitochondrial genome; enzymes of
#: mitochondria are coded for in the nucleus.
_MITOCHONDRIAL_AHEAD = re.compile(
    r"(?:\bmtDNA\b|\b[Mm]itochondrial(?:\s(?:DNA|genome))?)[\s(,:]{1,2}"
    r"(?:(?:point\s)?(?:mutation|variant|position|np|polymorphism)s?\s(?:at\s)?)?\(?$"
)
_MITOCHONDRIAL_BEHIND = re.compile(
    r"\s(?:\(?mtDNA\b|mitochondrial\s(?:DNA|mutation|variant|point|tRNA|rRNA))"
)


def is_mitochondrial(match: Fields) -> bool:
    return match["pos"].isdigit() and bool(
        _MITOCHONDRIAL_AHEAD.search(match.before(50))
        or _MITOCHONDRIAL_BEHIND.match(match.after(24))
    )


#: Changes of RAS that are all base letters at a low position.
_HOT_SPOTS = frozenset(["G12A", "G12C", "G13A", "G13C"])


def read_base_position_base(match: Fields) -> Variant | None:
    if match.text in NAMES_LIKE_VARIANTS or is_labelled(match.before(LABEL_REACH)):
        return None
    position = match["pos"]
    spaced = " " in match.text
    if position.isdigit() and int(position) < 10:
        return None
    if is_mitochondrial(match):
        return read_dna(match, level="m")
    early = position.isdigit() and int(position) < 20
    early = early and match.text.partition("/")[0] not in _HOT_SPOTS
    if (spaced or early) and not has_cue(match):
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
    return read_dna(match, level="m" if is_mitochondrial(match) else "")


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
        level="c", operator=operator_of(match["op"]), position=f"{place}({inside})",
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
    operator = operator_of(kind)
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
        level="p", operator=operator_of(match["op"]), mutant=letters,
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
    operator = operator_of(match.get("op") or "del")
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
    if match.get("op") == "ins" and not what:
        return None
    return Variant(
        level="p", operator=operator_of(match.get("op") or "del"),
        position=position, mutant=what,
    )  # fmt: skip
