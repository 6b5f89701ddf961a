"""Readers of changes whose parts stand apart: "677 C to T", R506 to Q, E487-K.

Blanks, hyphens and "to" mean many things, so that the words around must help.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.variants._interpret import (
    has_cue,
    read_ambiguous,
    read_dna,
    read_protein,
)
from kgbuild.variants.false_positives import (
    LABEL_REACH,
    NAMES_LIKE_VARIANTS,
    is_labelled,
)

if TYPE_CHECKING:
    from kgbuild.variants._interpret import Fields
    from kgbuild.variants.normal_form import Variant

_OF_RESIDUE = re.compile(r"phosphory|ubiquit|acetyl|methylat|sumoy|bond|binding")


def read_position_to(match: Fields) -> Variant | None:
    """Read "677 C to T"; with a blank, words such as "polymorphism" must be near."""
    spaced = match.text.partition(match["wt"])[0][-1:].isspace()
    if spaced and not has_cue(match):
        at = re.search(
            r"(?:[Pp]osition|[Nn]ucleotide|nt|base|codon)\s$", match.before(12)
        )
        if at is None and match["pos"].isdigit():
            return None
    if re.search(r"[A-Za-z]$", match.before(1)) and len(match["pos"]) < 4:
        return None  # the number is the gene's: IL-10 A to G
    return read_dna(match)


def read_hyphened_bases(match: Fields) -> Variant | None:
    """Read "1691 G-A mutation"; "12 G-C base pairs" are none."""
    behind = re.match(r"\s(?:mutat|mutant|variant|substitut|polymorphi|SNP|transi|trans"
                      r"ver|allele|genotype)", match.after(16))  # fmt: skip
    return read_dna(match) if behind or match.alone else None


def read_apart(match: Fields) -> Variant | None:
    """Read R506 to Q and E487-K where mutations are the topic."""
    written = match["wt"] + match["pos"] + match["mut"]
    if written in NAMES_LIKE_VARIANTS or is_labelled(match.before(LABEL_REACH)):
        return None
    if match["wt"] == match["mut"] or not has_cue(match, reach=40):
        return None
    if not set(match["wt"] + match["mut"]) - set("ACGTU"):
        return read_ambiguous(match)
    return read_protein(match)


def read_residue_slash(match: Fields) -> Variant | None:
    """Read Val158/Met, unless the residue is phosphorylated or bound."""
    near = match.before(30) + match.after(30)
    if not has_cue(match, reach=60) or _OF_RESIDUE.search(near):
        return None
    return read_protein(match)


def read_several_places(match: Fields) -> Variant | None:
    """Read S774/778D: the same change at two places."""
    if is_labelled(match.before(LABEL_REACH)):
        return None
    first, last = (int(n) for n in match["pos"].split("/"))
    if first >= last or last > 4000:
        return None
    return read_protein(match)


def read_choice(match: Fields) -> Variant | None:
    """Read G12C, D, R and V; "S100A, B and C" are proteins, others are labels."""
    first = re.match(r"[A-Z][a-z]{0,2}\d+[\s(\[]?[A-Z]", match.text)
    if first and first.group() in NAMES_LIKE_VARIANTS:
        return None
    return None if is_labelled(match.before(LABEL_REACH)) else read_protein(match)
