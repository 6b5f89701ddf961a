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
#: Cell lines, strains of yeast and inhibitors that read like substitutions; a word for
#: a mutation beside them makes them one.
_LINES_AND_STRAINS = frozenset(
    [
        "H295A", "H295R", "H69C", "K252A", "K252B", "L1210S", "L5178Y", "M14K", "S288C",
        "T24S", "T24T", "W303A", "W303B",
    ]
)  # fmt: skip
_KNOWN_LINES = "|".join(sorted(_LINES_AND_STRAINS))
#: Beside known lines in a list, others are lines too: cells (H295R, T24S and A549R).
_BETWEEN_LINES = r"(?:(?:,|;|/)\s?(?:and\s|or\s)?|\s(?:and|or)\s)"
_LINE_BEFORE = re.compile(
    rf"\b(?:{_KNOWN_LINES}){_BETWEEN_LINES}(?:[A-Z]\d{{1,4}}[A-Z]?{_BETWEEN_LINES}){{0,5}}$"
)
_LINE_BEHIND = re.compile(
    rf"{_BETWEEN_LINES}(?:[A-Z]\d{{1,4}}[A-Z]?{_BETWEEN_LINES}){{0,5}}(?:{_KNOWN_LINES})\b"
)
#: What has the shape of a substitution and is none: cell lines, strains, genes,
#: receptors, histones, vitamins, grades.
NAMES_LIKE_VARIANTS = frozenset(
    """
    T47D T98G C3H C3A C4A C4B C1R C1S C1Q C5A C6D C2C H1N H2A H2B H2K H2D H3K H3F
    E2F E2A E2C S100A S100B S100P A1C A2A A2B A2M A1R A3R D1R D2R D2L D2S D3R D4R
    H1R H2R H3R H4R P2X P2Y P1A P2A P3A M1G M2H G0S T1D T2D T3D L1R V1A V1B V2R Y1R
    Y2R Y5R N2A N2O E1A E1B E3L E4F F1A F2A F2R F8A K1A L1A M6P M3G M6G G6P F6P T6P
    I3P R1A R2A Q1D S1P S6K S1R W3A P4A P4C C2A C2B P5C H2S D10G I2C M1A M2A
    """.split()  # noqa: SIM905 - a list of 90 literals is no easier to read
)
#: What stands before a label: of a sample, a grant, an article of a catalogue.
_LABELLED_NOUN = (
    r"samples?|specimens?|panels?|lanes?|wells?|lots?|batch(?:es)?|isolates?|primers?|"
    r"oligos?|oligonucleotides?|probes?|si-?RNAs?|sh-?RNAs?|s?gRNAs?|plasmids?|clones?|"
    r"pumps?|reagents?|sensors?|rooms?|grants?|awards?|contracts?|inhibitors?|"
    r"compounds?|(?:ant)?agonists?|antibod(?:y|ies)|mAbs?|catalog(?:ue)?|cat\.|"
    r"cages?|columns?|filters?|detectors?|buffers?|gates?|posters?|visits?|sessions?|"
    r"patient|subject|volunteer|donor|chips?|arrays?|ICD-?(?:9|10)(?:\scodes?)?|"
    r"Agilent|Sigma|Aldrich|Shimadzu|Qiagen|Invitrogen|Abcam|Millipore|Promega|Merck|"
    r"BioLegend|Hamamatsu|Hewlett[- ]Packard|"
    r"movies?|videos?|schemes?|appendi(?:x|ces)|groups?|GenBank|RRIDs?|cell\slines?|"
    r"(?:cat|catalog(?:ue)?|order|product|item|part|model|lot|art(?:icle)?|ref|grant|"
    r"award|contract|project|sample|clone|patient|strain|accession)[\s.]*"
    r"(?:#|(?:nos?|nr|num|numbers?|ids?|codes?)\b)|accession"
)
#: Labels of a list in front of the last.
_LABELS = (
    r"(?:[A-Z]{0,3}\d[A-Z0-9-]{0,12}"
    r"(?:,\s?(?:and\s|or\s)?|/|[-\u2010-\u2015]|\s(?:and|or|to|through)\s)){0,8}"
)
#: "cat. no. F1804M"; behind a whole word a full stop ends the sentence.
_ABBREVIATED = r"(?:(?:(?<=\b[A-Za-z]{2})|(?<=\b[A-Za-z]{3}))\.)?"
_LABEL_BEFORE = re.compile(
    rf"\b(?:(?i:Fig(?:ure|\.)?s?|Tab(?:le|\.)?s?)[\s.:]*{_LABELS}[\w(]{{0,6}}"
    rf"|(?P<noun>(?i:{_LABELLED_NOUN})){_ABBREVIATED}[\s:#]*{_LABELS})$"
)
#: Characters in front in which the word before a label is sought.
LABEL_REACH = 80
#: Characters in front of that word in which "mutant" makes clones of variants.
_CLONES_OF = 24
#: Who sells what has a number: (Sigma, F1804M), (F1804M; Abcam).
_SELLERS = (
    r"(?:Sigma|Aldrich|Abcam|Millipore|Invitrogen|Thermo|Promega|Merck|Qiagen|Roche|"
    r"BioLegend|Santa\sCruz|Cell\sSignaling|Gibco|Agilent|Bio-?Rad|R&D\sSystems|Novus|"
    r"Cayman|Tocris|Selleck\w*|MedChemExpress|Calbiochem|Enzo|Proteintech|Addgene|ATCC)"
)
_SOLD_BEFORE = re.compile(rf"\((?:[^()]{{0,24}}\W)?{_SELLERS}[^();]{{0,20}}[,;:]\s?#?$")
_SOLD_BEHIND = re.compile(rf"[,;]\s{_SELLERS}\b[^()]{{0,40}}\)")
#: "antibodies (anti-FLAG, F1804M; Sigma)"
_ANTIBODY_BEFORE = re.compile(
    r"(?:\banti-|antibod|monoclonal|polyclonal|\bclone\b|\bIgG|\b(?:mouse|rabbit|goat)\b)"
    r"[^()]{0,50}[,;:]\s?$|\((?:clone|code)\s$",
    re.IGNORECASE,
)
#: Patients are called P101L; the letter is that of their label.
_PATIENTS_BEFORE = re.compile(
    r"\b[Pp](?:atients|robands|articipants)\s(?:P\d[\dA-Z]{0,5}(?:,\s|\s)(?:and\s)?){0,8}$"
)
_PATIENTS_BEHIND = re.compile(r"(?:,\s|\s)(?:and\s)?P\d")
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
    if _ONE_LETTER.fullmatch(text) and (
        before.endswith("#")
        or _SOLD_BEFORE.search(before)
        or (
            (before.endswith(("(", "#")) or _ANTIBODY_BEFORE.search(before))
            and _SOLD_BEHIND.match(after)
        )
    ):
        return True
    if _ONE_LETTER.fullmatch(text) and not _CHANGE_BESIDE.search(before + " " + after):
        if text in _LINES_AND_STRAINS:
            return True
        if _LINE_BEFORE.search(before) or _LINE_BEHIND.match(after):
            return True
        if text[0] == "P" and (patients := _PATIENTS_BEFORE.search(before)):
            others = patients.group().rstrip().count(" ") > 0
            return others or _PATIENTS_BEHIND.match(after) is not None
        return _STRAIN_BEFORE.search(before) is not None
    return False


def is_labelled(before: str) -> bool:
    """Whether a text ends with what stands before a label: "cat. no.", "samples A1,".

    Parameters
    ----------
    before
        What stands in front; :data:`LABEL_REACH` characters are enough.

    Examples
    --------
    >>> is_labelled("See samples S104T and "), is_labelled("the mutant clones ")
    (True, False)
    """
    found = _LABEL_BEFORE.search(before[-LABEL_REACH:])
    if found is None:
        return False
    ahead = before[-LABEL_REACH:][: found.start()][-_CLONES_OF:]
    return not (found["noun"] and _CHANGE_BESIDE.search(ahead))
