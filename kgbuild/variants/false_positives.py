"""Notations that look like variants and are none.

Letters and digits also name compounds ("A 23187", "DuP 753"), labelled molecules
("125I-351A"), activities ("-124 U") and cell lines ("NCI-H295R").
"""

from __future__ import annotations

import re

#: A compound: letters, a blank, a number. A single letter may be a residue or a base
#: ("M 235"), but hardly before more than three digits.
_COMPOUND = re.compile(r"[A-Z] \d{4,6}|[A-Z][A-Za-z]{1,3} \d{3,6}")
#: Residues and the genome's own words may stand before a blank and a number.
_NOT_A_COMPANY = frozenset(
    [
        "Ala", "Arg", "Asn", "Asp", "Cys", "Del", "Dup", "Gln", "Glu", "Gly", "His",
        "Ile", "Ins", "Leu", "Lys", "Met", "Phe", "Pro", "SNP", "Ser", "Ter", "Thr",
        "Trp", "Tyr", "Val", "del", "dup", "ins",
    ]
)  # fmt: skip
#: A radioactive label and what it is on.
_LABELLED = re.compile(
    r"\[?(?:3H|14C|32P|33P|35S|45Ca|51Cr|99mTc|111In|12[35]I|131I)\]?-.*"
)
#: Units of an enzyme, in numbers.
_UNITS = re.compile(r"[-+~]?\d[\d,.]* ?m?U")
#: The collection that names its cell lines so.
_COLLECTION = re.compile(r"\bNCI[- ]?$")
_ONE_LETTER = re.compile(r"[A-Z]\d{1,4}[A-Z]")
#: Cell lines and strains of yeast whose names read like substitutions; a word for a
#: mutation beside them makes them one.
_LINES_AND_STRAINS = frozenset(
    [
        "H295A", "H295R", "H69C", "L1210S", "L5178Y", "M14K", "S288C", "T24S", "T24T",
        "W303A", "W303B",
    ]
)  # fmt: skip
_STRAIN_BEFORE = re.compile(r"\b(?:strains?|yeasts?|cerevisiae)\s(?:\w{1,12}\s)?$")
_CHANGE_BESIDE = re.compile(
    r"mutat|mutant|varia|polymorphi|allel|substitut|carrier|zygous|missense|knock"
    r"|transfect|harbo",
    re.IGNORECASE,
)


def is_code(text: str, *, before: str = "", after: str = "") -> bool:
    """Whether a text that reads like a variant is a code of another kind.

    Parameters
    ----------
    text
        What reads like a variant.
    before, after
        What stands around it in the document; 60 characters are enough.

    Examples
    --------
    >>> is_code("DuP 753"), is_code("A118G"), is_code("H295R", before="human NCI-")
    (True, False, True)
    >>> is_code("T24S", after=" cells were grown"), is_code("V600E", after=" cells")
    (True, False)
    """
    if _COMPOUND.fullmatch(text):
        return text.partition(" ")[0] not in _NOT_A_COMPANY
    if _LABELLED.fullmatch(text) or _UNITS.fullmatch(text):
        return True
    if text[:1] == "H" and _COLLECTION.search(before[-5:]) is not None:
        return True
    if _ONE_LETTER.fullmatch(text) and not _CHANGE_BESIDE.search(before + " " + after):
        if text in _LINES_AND_STRAINS:
            return True
        return _STRAIN_BEFORE.search(before) is not None
    return False
