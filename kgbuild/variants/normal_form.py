"""tmVar's normal form of a variant, and HGVS where the variant has one.

The *core* is the identifier grammar of tmVar (Wei et al. 2022, PMC9477515), for example
``p|SUB|V|600|E``. It holds what the text says and no more: a change without a position
has an empty field. HGVS (https://hgvs-nomenclature.org) is given where the core says
enough for a valid description; the numbering is always the author's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from kgbuild.errors import ValidationError
from kgbuild.variants._letters import AMINO_ACIDS, residues, three_letter

Level = Literal["c", "g", "m", "n", "r", "p", ""]
Operator = Literal[
    "SUB", "DEL", "INS", "INDEL", "DUP", "INV", "FS", "Allele",
    "RS", "CopyNumberVariant", "GenomicRegion", "Chromosome", "RefSeq",
]  # fmt: skip
VariantClass = Literal[
    "DNAMutation", "ProteinMutation", "SNP", "DNAAllele", "ProteinAllele",
    "AcidChange", "OtherMutation", "CopyNumberVariant", "GenomicRegion",
    "Chromosome", "RefSeq",
]  # fmt: skip

#: Operators whose core is written as it stands (``rs334``, ``Chr7:1M-2Mdel``).
_LITERAL = ("RS", "CopyNumberVariant", "GenomicRegion", "Chromosome", "RefSeq")

_C_POSITION = r"[-*]?[1-9]\d{0,8}(?:[+-][1-9]\d{0,6})?"
_G_POSITION = r"[1-9]\d{0,8}"
_HGVS_POSITION = {
    **dict.fromkeys(("c", "n", "r"), _C_POSITION),
    **dict.fromkeys(("g", "m"), _G_POSITION),
}
_BANDS = re.compile(r"(?:\d{0,2}|[XY])[pq][\d.pqXY_]*")
_BASES = re.compile(r"[ACGTUN]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant in tmVar's fields.

    Attributes
    ----------
    level
        ``c``, ``g``, ``m``, ``n``, ``r`` or ``p``; empty where nobody can tell.
    operator
        ``SUB``, ``DEL``, ``INS``, ``INDEL``, ``DUP``, ``INV``, ``FS``, ``Allele``; or
        ``RS``, ``CopyNumberVariant``, ``GenomicRegion``, ``Chromosome``, ``RefSeq``,
        whose core stands in ``mutant``. ``INV`` is an addition to tmVar's set.
    wild
        Bases or one-letter residues before the change; a stop is ``X``.
    position
        As the grammar of positions has it: ``600``, ``-308``, ``76+1``, ``*5``,
        ``112_117``, ``IVS2+1``, ``CODON158``; empty where none is stated.
    mutant
        Bases, residues or a length after the change; for ``DEL`` what is deleted, for
        ``Allele`` the allele.
    extra
        Copies of a repeat (``DUP``), place of the new stop (``FS``), length of an
        extension (``SUB``; with a minus, of the start); ``ins/del`` for
        an ``INDEL`` that is a polymorphism of presence, not a replacement (not part of
        the core, and it has no HGVS).
    ends
        First and last residue of a protein range. Not part of the core; needed for
        HGVS, which names them: ``p.Cys28_Lys29delinsTrp``.
    """

    level: Level
    operator: Operator
    wild: str = ""
    position: str = ""
    mutant: str = ""
    extra: str = ""
    ends: str = ""

    @property
    def core(self) -> str:
        """The tmVar identifier, for example ``p|SUB|V|600|E``."""
        start = f"{self.level}|{self.operator}|"
        if self.operator in _LITERAL:
            return self.mutant
        if self.operator == "SUB":
            return f"{start}{self.wild}|{self.position}|{self.mutant}"
        if self.operator == "FS":
            return f"{start}{self.wild}|{self.position}|{self.mutant}|{self.extra}"
        if self.operator == "Allele":
            return f"{start}{self.mutant}|{self.position}"
        if self.operator == "DUP":
            return f"{start}{self.position}|{self.mutant}|{self.extra}"
        return f"{start}{self.position}|{self.mutant}"

    @property
    def variant_class(self) -> VariantClass:
        """TmVar's entity class, for example ``ProteinMutation``."""
        protein = self.level == "p"
        if self.operator == "RS":
            return "SNP"
        if self.operator == "Allele":
            return "ProteinAllele" if protein else "DNAAllele"
        if self.operator == "CopyNumberVariant":
            return "CopyNumberVariant"
        if self.operator == "GenomicRegion":
            return "GenomicRegion"
        if self.operator == "Chromosome":
            return "Chromosome"
        if self.operator == "RefSeq":
            return "RefSeq"
        if self.operator == "SUB" and not self.position:
            # "(GCG)6 was replaced by (GCG)7" changes a repeat, not one acid.
            return "OtherMutation" if "(" in self.wild else "AcidChange"
        if not self.position or _BANDS.fullmatch(self.position):
            return "OtherMutation"
        return "ProteinMutation" if protein else "DNAMutation"

    @property
    def hgvs(self) -> str | None:
        """HGVS description, or ``None`` where the core says too little for one.

        Bases that the text states stay in (``c.313delT``, not ``c.313del``): they tell
        whether a reference sequence fits.
        """
        if self.level == "p":
            return self._hgvs_protein()
        pattern = _HGVS_POSITION.get(self.level)
        if pattern is None or not re.fullmatch(
            rf"{pattern}(?:_{pattern})?", self.position
        ):
            return None
        if not _rises(self.position):
            return None
        change = self._hgvs_bases()
        return None if change is None else f"{self.level}.{change}"

    @property
    def label(self) -> str:
        """Short name for people: ``V600E``, ``677C>T``, ``32-bp deletion``."""
        if self.operator in _LITERAL:
            return self.mutant
        if self.operator == "SUB":
            if self.level == "p" and self.position:
                moved = f"ext{self.extra}" if self.extra[:1] == "-" else ""
                return f"{self.wild}{self.position}{self.mutant}{moved}"
            if self.level == "p":
                return ">".join(_spelt(r) for r in (self.wild, self.mutant))
            return f"{_spaced(self.position)}{self.wild}>{self.mutant}"
        if self.operator == "FS":
            return f"{self.wild}{self.position}{self.mutant}fs" + (
                f"*{self.extra}" if self.extra else ""
            )
        if self.operator == "Allele":
            if self.level == "p":
                return f"{_spelt(self.mutant)}{self.position} allele"
            return f"{_spaced(self.position)}{self.mutant} allele"
        word = {
            "DEL": "deletion", "INS": "insertion", "DUP": "duplication",
            "INDEL": "insertion/deletion", "INV": "inversion",
        }[self.operator]  # fmt: skip
        if self.position:
            short = {"INDEL": "delins"}.get(self.operator, self.operator.lower())
            if self.operator == "INDEL" and self.extra:
                return f"{_spaced(self.position)}{self.mutant} {self.extra}"
            copies = f"({self.extra})" if self.extra else ""
            return f"{_spaced(self.position)}{short}{self.mutant}{copies}"
        if self.operator == "DUP" and self.mutant and not self.mutant[0].isdigit():
            return f"({self.mutant}){self.extra or 'n'} repeat"
        return f"{_sized(self.mutant, self.level)}{word}"

    def _hgvs_bases(self) -> str | None:
        position, bases = self.position, self.mutant
        stated = bases if _BASES.fullmatch(bases) else ""
        spelt, wild = stated, self.wild
        if self.level == "r":  # RNA is written in lower case
            spelt, wild = (x.lower().replace("t", "u") for x in (stated, wild))
        sized = bases == "" or bases.isdigit()
        if self.operator == "SUB":
            if not (_BASES.fullmatch(self.wild) and stated):
                return None
            if self.wild == self.mutant:
                return f"{position}="
            if len(self.wild) == len(self.mutant) == 1 and "_" not in position:
                return f"{position}{wild}>{spelt}"
            place = _stretch(position, len(self.wild))
            return None if place is None else f"{place}delins{spelt}"
        if self.operator in ("DEL", "DUP", "INV"):
            if not (stated or sized) or self.extra:
                return None
            length = len(stated) if stated else int(bases or 0)
            place = position if length < 2 else _stretch(position, length)
            if place is None or (self.operator == "INV" and "_" not in place):
                return None
            return f"{place}{self.operator.lower()}{spelt}"
        if self.operator == "INS":
            return f"{position}ins{spelt}" if stated and _flanks(position) else None
        if self.operator == "INDEL":
            replaced = stated and not self.extra
            return f"{position}delins{spelt}" if replaced else None
        return None

    def _hgvs_protein(self) -> str | None:
        if not re.fullmatch(r"[1-9]\d*(?:_[1-9]\d*)?", self.position):
            return None
        first, _, last = self.position.partition("_")
        if self.operator == "SUB":
            return None if last else self._hgvs_residue(first)
        if self.operator == "FS":
            if last or not _known(self.wild) or len(self.wild) != 1:
                return None
            start = f"p.{three_letter(self.wild)}{first}"
            if len(self.mutant) != 1 or not _known(self.mutant):
                return f"{start}fs"
            return f"{start}{three_letter(self.mutant)}fsTer{self.extra or '?'}"
        if self.operator not in ("DEL", "DUP", "INS", "INDEL"):
            return None
        ends = self.ends or self._ends_of_deleted()
        if not (_known(ends) and len(ends) == (2 if last else 1)):
            return None
        place = f"{three_letter(ends[0])}{first}"
        if last:
            place += f"_{three_letter(ends[1])}{last}"
        if self.operator in ("DEL", "DUP"):
            return f"p.{place}{self.operator.lower()}"
        if not _known(self.mutant) or (
            self.operator == "INS" and not _flanks(self.position)
        ):
            return None
        word = "ins" if self.operator == "INS" else "delins"
        return f"p.{place}{word}{''.join(three_letter(r) for r in self.mutant)}"

    def _hgvs_residue(self, place: str) -> str | None:
        """Describe the substitution of one residue."""
        if not _known(self.wild) or len(self.wild) != 1:
            return None
        start = f"p.{three_letter(self.wild)}{place}"
        extension = f"extTer{self.extra or '?'}" if self.wild == "X" else ""
        if self.wild == "M" and place == "1" and self.extra[:1] == "-":
            extension = f"ext{self.extra}"
            if not self.mutant:
                return start + extension
        if not _known(self.mutant) or len(self.mutant) != 1:
            return None
        if self.wild == self.mutant:
            return f"{start}="
        return f"{start}{three_letter(self.mutant)}{extension}"

    def _ends_of_deleted(self) -> str:
        """Take the ends from the deleted residues, where they fill the range."""
        if self.operator not in ("DEL", "DUP") or not _known(self.mutant):
            return ""
        first, _, last = self.position.partition("_")
        length = int(last) - int(first) + 1 if last else 1
        if length != len(self.mutant):
            return ""
        return self.mutant if length == 1 else self.mutant[0] + self.mutant[-1]


def from_core(core: str) -> Variant:
    """Read a tmVar identifier.

    Parameters
    ----------
    core
        For example ``p|SUB|V|600|E``, ``c|DUP||CAG|`` or ``rs334``; attributes behind
        a ``;`` are ignored. A ``DUP`` may lack its last field, as in the corpora.

    Raises
    ------
    ValidationError
        ``core`` is not in the identifier grammar.

    Examples
    --------
    >>> from_core("p|SUB|V|600|E").hgvs
    'p.Val600Glu'
    >>> from_core("c|DEL||32").label
    '32-bp deletion'
    """
    text = core.split(";")[0].strip()
    if re.fullmatch(r"rs\d+", text):
        return Variant(level="", operator="RS", mutant=text)
    level, _, rest = text.partition("|")
    operator, _, rest = rest.partition("|")
    parts = rest.split("|")
    problem = ValidationError(
        f"A tmVar identifier must look like 'p|SUB|V|600|E' or 'rs334'. Got {core!r}."
    )
    if level not in get_args(Level) or operator not in get_args(Operator):
        raise problem
    least, most = {
        "SUB": (3, 3), "FS": (4, 4), "DUP": (2, 3), "INDEL": (2, 3),
    }.get(operator, (2, 2))  # fmt: skip
    if operator in _LITERAL or not least <= len(parts) <= most:
        raise problem
    names = {
        "SUB": ("wild", "position", "mutant"),
        "FS": ("wild", "position", "mutant", "extra"),
        "Allele": ("mutant", "position"),
    }.get(operator, ("position", "mutant", "extra"))
    values = dict(zip(names, parts, strict=False))
    return Variant(
        level=cast("Level", level), operator=cast("Operator", operator), **values
    )


def same_change(one: Variant, other: Variant) -> bool:
    """Whether two variants are one change but for the level (``c`` or ``g``).

    Examples
    --------
    >>> same_change(from_core("c|SUB|C|677|T"), from_core("g|SUB|C|677|T"))
    True
    """
    if (one.level == "p") != (other.level == "p"):
        return False
    return replace(one, level="", ends="") == replace(other, level="", ends="")


def _rises(position: str) -> bool:
    """Whether a range goes from 5' to 3', as HGVS wants it."""
    places = [re.match(r"([*]?)(-?\d+)", p) for p in position.split("_")]
    keys = [(m[1] == "*", int(m[2])) for m in places if m is not None]
    return keys == sorted(keys)


def _flanks(position: str) -> bool:
    """Whether two neighbours are named, between which something can be inserted."""
    first, _, last = position.partition("_")
    if first.isdigit() and last.isdigit():
        return int(last) == int(first) + 1
    return bool(last)


def _known(text: str) -> bool:
    return bool(text) and all(c in AMINO_ACIDS for c in text)


def _spelt(text: str) -> str:
    """Three-letter code of residues; anything else as it is."""
    return "".join(three_letter(c) for c in text) if _known(text) else text


def _spaced(position: str) -> str:
    return f"{position} " if position.startswith(("IVS", "CODON")) else position


def _sized(what: str, level: str) -> str:
    if not what:
        return ""
    if what.isdigit():
        unit = "aa" if level == "p" else "bp"
        return f"{what}-{unit} "
    found = re.fullmatch(r"([\d.,-]+)([KM])B?", what)
    if found:
        return f"{found[1]}-{'kb' if found[2] == 'K' else 'Mb'} "
    return f"{what} "


def _stretch(position: str, length: int) -> str | None:
    """Widen one position to the range of ``length`` bases that starts there."""
    if "_" in position or length == 1:
        return position
    if not re.fullmatch(r"[-*]?\d+", position):
        return None
    sign = "*" if position.startswith("*") else ""
    first = int(position.lstrip("*"))
    last = first + length - 1
    if first < 0 <= last:
        return None
    return f"{position}_{sign}{last}"


__all__ = [
    "Level", "Operator", "Variant", "VariantClass", "from_core", "residues",
    "same_change",
]  # fmt: skip
