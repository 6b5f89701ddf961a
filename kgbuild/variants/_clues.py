"""Cheap clues that tell where the grammar's patterns may match, and their first parts.

A clue says that a text may hold a variant of a family; most texts hold none.
"""

from __future__ import annotations

import re

from kgbuild.variants.positions import DASHES
from kgbuild.variants.spelled_out import THREE

DASH = f"[-{DASHES}]"
BLANK = "[ \u00a0\u2009\u202f]?"
BASE = "[ACGTU]"
#: How text draws an arrow.
TO = rf"{BLANK}(?:-{{1,4}}>|{DASH}>|>|→|➔|⟶|=>|&gt;|-{{3,5}}){BLANK}"
TO_OR_SLASH = rf"(?:{TO}|{BLANK}/{BLANK})"
RESIDUE = "[ACDEFGHIKLMNPQRSTVWY]"

# Clues start with a set of characters: that is what makes them cheap.
CHANGE_CLUE = re.compile(rf"{BASE}{TO_OR_SLASH}{BASE}")
#: Parts of the arrows that :data:`TO` draws.
ARROWS = (">", "→", "➔", "⟶", "---")
#: V600(E/K), G12[CDV], V600E,K; V600E or K; V600E, -K and -R; V600E(K)
CHOICE_CLUES = (
    re.compile(r"\((?:(?<=\d\()|(?<=\d\s\())[A-Z][a-z]{0,2}[/,]"),
    re.compile(r"\[(?<=\d\[)[A-Z](?:[A-Z]{1,7}\]|[a-z]{0,2}[/,])"),
    re.compile(r"\([A-Z]\)(?<=\d[A-Z]...)"),
    re.compile(r",[A-Z](?<=\d[A-Z],.)"),
    re.compile(r", [A-Z](?:(?<=\d[A-Z], .)|(?<=\d[A-Z][a-z]{2}, .))"),
    re.compile(r" or [A-Z](?<=[A-Z] or .)(?![A-Za-z])"),
    re.compile(r" or [A-Z](?<=\d[A-Z][a-z]{2} or .)[a-z]{2}(?![A-Za-z])"),
    re.compile(rf"{DASH}[A-Z](?![A-Za-z0-9-])(?<=[ ,]..)"),
)
COLON_CLUES = (re.compile(r":(?:g\.)?[1-9]\d{4}"),)
RESIDUE_TO_CLUES = (re.compile(r" to [A-Z](?<=\d to .)(?![A-Za-z0-9])"),)
HYPHEN_CLUES = (re.compile(rf"{DASH}{RESIDUE}(?<=\d..)(?![A-Za-z0-9-])"),)
BASE_HYPHEN_CLUES = (re.compile(rf"{BASE}{DASH}{BASE}(?<=[\d ]...)(?![A-Za-z0-9-])"),)
#: C-677-T
HYPHENS_CLUES = (re.compile(rf"{DASH}[ACGT](?<=\d..)(?![A-Za-z0-9-])"),)
RESIDUE_SLASH_CLUES = (re.compile(r"\d/[A-Z][a-z]{2}(?![A-Za-z0-9])"),)
DOUBLE_CLUE = re.compile(r"/[1-9]\d{1,3}[A-Z]")
#: Numbers that all receptors of a family share: T6.34(279)K, D79(2.50)N.
GENERIC_CLUES = (re.compile(r"\.\d\d(?:x\d\d)?(?:\(\d|[)\]]?[A-Z])"),)
STOP_CLUES = tuple(re.compile(rf"{word}\d") for word in ("X", "top", "Ter"))
TO_CLUES = (
    re.compile(rf" to {BASE}(?<=\d{BASE} to .)(?![A-Za-z0-9])"),
    re.compile(rf" to {BASE}(?<=\d {BASE} to .)(?![A-Za-z0-9])"),
    re.compile(rf"-to-{BASE}"),
)
LOWER_CLUES = (
    re.compile(r"> ?[a-z]{3}(?![a-z])"),
    re.compile(rf"\d(?<=\d\d)-?(?:{THREE.lower()})(?![a-z])"),
)
NUCLEOTIDE_CLUE = re.compile(rf"\({BASE}(?:\sto\s|{TO_OR_SLASH}){BASE}\)")
PAIR_CLUE = re.compile(rf"{RESIDUE}{TO_OR_SLASH}{RESIDUE}")
INDEL_CLUES = (
    *(re.compile(rf"{word}(?![BDEFH-SU-Z])") for word in ("DEL", "INS", "DUP", "INV")),
    re.compile(
        rf"(?:del|ins|dup|inv)(?:ins|etion|ertion)?[.\s(/>{DASHES}-]{{0,2}}[A-Z0-9(]"
    ),
    re.compile(rf"\d[A-Z]?[a-z]{{0,2}}[\s{DASHES}-]?(?:[Dd]el|[Ii]ns|dup|inv)"),
)
TYPED = tuple(
    f"{kind}{gap}(" for kind in ("del", "dup", "inv", "ins") for gap in ("", " ")
)
SIGNED_CLUE = re.compile(
    rf"[-+*{DASHES}]\d{{1,3}}(?:,\d{{3}}|\d{{0,3}}){BLANK}[ACGTUacgtu]"
)
MINUS_CLUE = re.compile(rf"[-{DASHES}]{BASE}{{1,20}}(?:\)|\sat\s)")
#: Parts of lower-cased names that every full residue name holds one of.
RESIDUE_STEMS = (
    "alanine", "arginine", "aspar", "cysteine", "glutam", "glycine", "histidine",
    "leucine", "lysine", "methionine", "proline", "serine", "threonine", "tryptophan",
    "tyrosine", "valine",
)  # fmt: skip
BASE_STEMS = ("aden", "guan", "cyt", "thym", "urac", "urid")
