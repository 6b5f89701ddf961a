"""Genetic variants: recognition by a grammar, normal form, linking to genes and rs.

Replaces tmVar (Wei et al. 2022, PMC9477515) without using it: the grammar, its filters
and the identifiers' conventions are written for this project from the gold corpora.
"""

from __future__ import annotations

from kgbuild.variants.finding import (
    VariantMatch,
    find_variants,
    from_hgvs,
    read_variant,
)
from kgbuild.variants.grammar import FAMILIES, Family
from kgbuild.variants.normal_form import Variant, from_core
from kgbuild.variants.recognizer import VariantRecognizer

__all__ = [
    "FAMILIES", "Family", "Variant", "VariantMatch", "VariantRecognizer",
    "find_variants", "from_core", "read_variant",
]  # fmt: skip
