"""Variants that stick to the name of their gene: BRAFV600E, BRAF_V600E.

Markup that is lost glues them (``JAK2<sup>V617F</sup>``), and so do tables and files.
Codes are glued as well (GADD45A, TMEM126A, D11S287E), so the name in front must be
known, look like a gene's, or have a word such as "mutation" nearby.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from kgbuild._io.paths import data_path
from kgbuild.variants._interpret import has_cue, read_ambiguous, read_protein

if TYPE_CHECKING:
    from kgbuild.variants._interpret import Fields
    from kgbuild.variants.normal_form import Variant

#: Genes whose usual variants are named by bases: MTHFRC677T.
NAMED_BY_BASES = frozenset(
    ["MTHFR", "MTRR", "MTR", "F2", "F5", "TERT", "HTERT", "PTERT"]
)
#: Further genes without a number at their end whose variants are often glued to them.
_FURTHER = frozenset(
    """
    HBA HBB HBD HBG TTR ATTR LMNA ALK RET KIT MET TERT VHL APC ATM BLM NBN PTCH SMO MPL
    CALR FUS TARDBP TDP SNCA MAPT TAU CFTR GBA LDLR GNAQ GNAS ARAF HFE TYR OCA PAH GAA
    GLA IDS RHO PRNP VCP HTT FXN MYOC DES TTN RYR AKT SRC LCK FYN RAS RAN MYC YAP TAZ
    H3 H3.1 H3.2 H3.3 H4 SHH WAS BTK PIK3CA CACNA1C SCN1A SCN2A SCN5A SCN8A SCN9A
    GRIN2A GRIN2B CDKN2A
    F2 F5 F8 F9 CEBPA GRN MITF GALT HEXA HEXB
    DNMT3A PDGFRA CSF1R CSF3R POLE POLG TPMT DPYD COMT BDNF IDUA UROD ALPL EGF INS
    """.split()  # noqa: SIM905 - so many literals are no easier to read
)
#: Genes that read like a variant glued to another gene.
_GENES = frozenset(["H3F3A", "H3F3B", "H3F3C"])
#: What looks like a gene that ends in a number: SOD1, Stat1, TDP43.
_NUMBERED = re.compile(r"[A-Za-z]{2,6}\d{1,2}")
#: Symbols with a number inside, which no word or code before a variant has: SF3B1,
#: ATP7B, U2AF1, TM6SF2, CYP2C19. A first letter that can be a residue needs a second:
#: A51R in front of F51A is a variant itself.
_MIXED = re.compile(r"h?(?:[A-Z]{2,6}|[BJOUXZ])\d{1,2}[A-Z]{1,3}(?:\d{1,2})?")
_ENDS_IN_CHANGE = re.compile(r"[ACDEFGHIKLMNPQRSTVWY]\d{2,4}[ACDEFGHIKLMNPQRSTVWY]$")
#: Markers (D11S287E), open reading frames (HTCC2503T) and families of such names
#: (SLC2A10A) are no variants.
_CODES = re.compile(
    r"(?:D\d{1,2}|DXY|DX|DY|SLC\d{1,2}|UGT\d|CYP\d{1,2}|HSD\d{1,2}|NCI|HEK|HCC|HTCC|ATCC)",
    re.IGNORECASE,
)
#: Members of families whose letter and number read like a change: AVPR1A, TGFBR3L.
_MEMBERS = re.compile(
    r"(?:[A-Z]{2,}[RL]|PPP\dR|TBC1D|PLA2G)\d{1,2}[A-EL]|GADD45[ABG]|TMEM\d{1,3}[A-L]"
)
#: What members end in. A name that nobody knows is taken for such a one: TNFRSF11A.
_MEMBER = re.compile(r"[A-Z]\d{1,2}[A-EL]")
_NAME_IN_FRONT = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9]{1,11}|H3\.[1-3])$")


def read_attached(match: Fields) -> Variant | None:
    """Read BRAFV600E: a gene must stand directly in front."""
    name = name_in_front(match.before(13))
    whole = name + match.text
    if not name or whole in _GENES or _MEMBERS.fullmatch(whole):
        return None
    known = name.upper() in _symbols()
    if len(match["pos"]) == 1 and not known:
        return None
    bases = not set(match["wt"] + match.get("mut")) - set("ACGTU/")
    if bases and name.upper() in NAMED_BY_BASES:
        return read_ambiguous(match)
    numbered = _NUMBERED.fullmatch(name) and not _CODES.fullmatch(name)
    # "ATG16L1T300A variant": whoever glues a change to such a name means the protein's.
    told = has_cue(match)
    mixed = _is_mixed(name) and len(match["pos"]) > 1 and (told or not bases)
    named = told and not bases and not _MEMBER.fullmatch(match.text)
    if known or numbered or mixed or named:
        return read_protein(match)
    return None


def name_in_front(before: str) -> str:
    """Return what can be the name of a gene at the end of a text, or nothing.

    Parameters
    ----------
    before
        What stands in front of a variant; 13 characters are enough.

    Examples
    --------
    >>> name_in_front("oncogenic BRAF"), name_in_front("KRAS_"), name_in_front("see 3")
    ('BRAF', 'KRAS', '')
    """
    name = _NAME_IN_FRONT.search(before.removesuffix("_"))
    if name is None:
        return ""
    if sum(c.isdigit() for c in name.group()) > 2 and not _is_mixed(name.group()):
        return ""
    short = len(name.group()) < 3 and name.group() not in _FURTHER
    return "" if short else name.group()


def _is_mixed(name: str) -> bool:
    return _MIXED.fullmatch(name) is not None and not _ENDS_IN_CHANGE.search(name)


@cache
def _symbols() -> frozenset[str]:
    lines = data_path("vocabulary/gene.tsv").read_text("utf-8").splitlines()
    names = (name for line in lines for name in line.split("\t")[1:3])
    return _FURTHER | {
        symbol.upper()
        for listed in names
        for symbol in listed.split("|")
        if symbol.isalnum() and 3 <= len(symbol) <= 8 and symbol[0].isalpha()
    }
