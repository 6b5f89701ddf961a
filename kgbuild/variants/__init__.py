"""Genetic variants: recognition by a grammar, normal form, linking to genes and rs.

Replaces tmVar (Wei et al. 2022, PMC9477515) without using it: the grammar, its filters
and the identifiers' conventions are written for this project from the gold corpora.
"""

from __future__ import annotations

from kgbuild.variants.genes import corresponding_genes
from kgbuild.variants.grammar import FAMILIES, Family
from kgbuild.variants.linking import VariantLinker, link_variants
from kgbuild.variants.mentions import variant_of
from kgbuild.variants.merging import merge_variants
from kgbuild.variants.normal_form import Variant, from_core, same_change
from kgbuild.variants.recognizer import VariantRecognizer
from kgbuild.variants.rs_table import (
    TABLE_NAME,
    TableSummary,
    VariantTable,
    build_variant_table,
)
from kgbuild.variants.search import (
    VariantMatch,
    find_variants,
    from_hgvs,
    read_variant,
)

__all__ = [
    "FAMILIES",
    "TABLE_NAME",
    "Family",
    "TableSummary",
    "Variant",
    "VariantLinker",
    "VariantMatch",
    "VariantRecognizer",
    "VariantTable",
    "build_variant_table",
    "corresponding_genes",
    "find_variants",
    "from_core",
    "from_hgvs",
    "link_variants",
    "merge_variants",
    "read_variant",
    "same_change",
    "variant_of",
]  # fmt: skip
