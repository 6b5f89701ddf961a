"""Amino acids, bases, codons and number words: the alphabet of variant names."""

from __future__ import annotations

#: one-letter code → (three-letter code, names in text)
AMINO_ACIDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "A": ("Ala", ("alanine",)),
    "R": ("Arg", ("arginine",)),
    "N": ("Asn", ("asparagine",)),
    "D": ("Asp", ("aspartic acid", "aspartate", "asparagic acid")),
    "C": ("Cys", ("cysteine",)),
    "Q": ("Gln", ("glutamine",)),
    "E": ("Glu", ("glutamic acid", "glutamate")),
    "G": ("Gly", ("glycine",)),
    "H": ("His", ("histidine",)),
    "I": ("Ile", ("isoleucine",)),
    "L": ("Leu", ("leucine",)),
    "K": ("Lys", ("lysine",)),
    "M": ("Met", ("methionine",)),
    "F": ("Phe", ("phenylalanine",)),
    "P": ("Pro", ("proline",)),
    "S": ("Ser", ("serine",)),
    "T": ("Thr", ("threonine",)),
    "W": ("Trp", ("tryptophan",)),
    "Y": ("Tyr", ("tyrosine",)),
    "V": ("Val", ("valine",)),
    "U": ("Sec", ("selenocysteine",)),
    "X": ("Ter", ()),
}

#: What a stop is called: all become ``X`` in a core and ``Ter`` in HGVS.
STOPS = ("Ter", "Term", "Stop", "stop", "STOP", "TER", "Amb", "Och", "Opa", "X", "*")

NUCLEOBASES = {
    "adenine": "A", "adenosine": "A", "cytosine": "C", "cytidine": "C",
    "guanine": "G", "guanosine": "G", "thymine": "T", "thymidine": "T",
    "uracil": "U", "uridine": "U",
}  # fmt: skip

NUMBER_WORDS = {
    "single": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
}  # fmt: skip

_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}

THREE_TO_ONE = {three: one for one, (three, _) in AMINO_ACIDS.items()}
NAME_TO_ONE = {name: one for one, (_, names) in AMINO_ACIDS.items() for name in names}

#: lower-cased name, three-letter or stop word → one-letter code
_TO_ONE = {
    **{three.lower(): one for three, one in THREE_TO_ONE.items()},
    **NAME_TO_ONE,
    **{stop.lower(): "X" for stop in STOPS},
    "termination": "X",
    "terminator": "X",
    "nonsense": "X",
}

_BASES = "TCAG"
_RESIDUES = "FFLLSSSSYYXXCCXWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
#: Standard genetic code (NCBI translation table 1), in NCBI's order TCAG.
CODONS = {
    a + b + c: _RESIDUES[16 * i + 4 * j + k]
    for i, a in enumerate(_BASES)
    for j, b in enumerate(_BASES)
    for k, c in enumerate(_BASES)
}


def one_letter(residue: str) -> str | None:
    """Return the one-letter code of a residue as text writes it, ``X`` for a stop.

    Examples
    --------
    >>> one_letter("Val"), one_letter("glutamic acid"), one_letter("*"), one_letter("W")
    ('V', 'E', 'X', 'W')
    """
    if len(residue) == 1 and residue.upper() in AMINO_ACIDS:
        return residue.upper()
    return _TO_ONE.get(" ".join(residue.lower().split()))


def three_letter(residue: str) -> str:
    """Return the three-letter code of a one-letter code.

    Examples
    --------
    >>> three_letter("V"), three_letter("X")
    ('Val', 'Ter')
    """
    return AMINO_ACIDS[residue][0]


def residues(text: str) -> str | None:
    """Read a run of residues in three- or one-letter code.

    Examples
    --------
    >>> residues("ArgSerGln"), residues("RSQ"), residues("Lys*"), residues("bp")
    ('RSQ', 'RSQ', 'KX', None)
    """
    compact = text.replace(" ", "").replace("-", "")
    if len(compact) >= 3:
        found = [
            _TO_ONE.get(compact[i : i + 3].lower()) for i in range(0, len(compact), 3)
        ]
        if all(found):
            return "".join(str(letter) for letter in found)
        if compact.endswith("*"):
            body = residues(compact[:-1])
            return None if body is None else body + "X"
    if compact and all(c in AMINO_ACIDS or c == "*" for c in compact):
        return compact.replace("*", "X")
    return None


def translate(codon: str) -> str | None:
    """Return the residue that a DNA or RNA codon codes for, ``X`` for a stop.

    Examples
    --------
    >>> translate("GUG"), translate("TAA"), translate("GA")
    ('V', 'X', None)
    """
    return CODONS.get(codon.upper().replace("U", "T"))


def roman(numeral: str) -> int:
    """Return the value of a small roman numeral; digits are read as they are.

    Examples
    --------
    >>> roman("II"), roman("IV"), roman("12")
    (2, 4, 12)
    """
    if numeral.isdigit():
        return int(numeral)
    values = [_ROMAN[c] for c in numeral.upper()]
    return sum(
        -v if i + 1 < len(values) and v < values[i + 1] else v
        for i, v in enumerate(values)
    )
