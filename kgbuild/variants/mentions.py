"""Variants as mentions: their attributes and their concept ids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.errors import ValidationError
from kgbuild.variants.normal_form import Variant, from_core
from kgbuild.variants.search import in_context, read_variant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.document import Mention

RECOGNIZER = "variant-grammar"


def with_variant(mention: Mention, variant: Variant) -> Mention:
    """Return a mention with a normal form and the concept id that follows from it."""
    return replace(
        mention, concepts=(concept_of(variant),), method="variant"
    ).with_attributes(**facts_of(variant))


def facts_of(variant: Variant) -> dict[str, str]:
    """Return the attributes of a variant: class, core, label, and HGVS if valid."""
    facts = {
        "class": variant.variant_class,
        "tmvar": variant.core,
        "label": variant.label,
    }
    if variant.hgvs is not None:
        facts["hgvs"] = variant.hgvs
    return facts


def concept_of(variant: Variant, *, gene: str | None = None) -> str:
    """Return the concept id: the rs number, else gene and core.

    Parameters
    ----------
    variant
        The normal form.
    gene
        CURIE of the corresponding gene, where it is known.

    Examples
    --------
    >>> from kgbuild.variants.normal_form import from_core
    >>> concept_of(from_core("rs334"))
    'dbsnp:rs334'
    >>> concept_of(from_core("p|SUB|V|600|E"), gene="ncbigene:673")
    'tmvar:673|p|SUB|V|600|E'
    """
    if variant.operator == "RS":
        return f"dbsnp:{variant.mutant}"
    local = gene.partition(":")[2] + "|" if gene else ""
    return f"tmvar:{local}{variant.core}"


def variant_of(mention: Mention) -> Variant | None:
    """Return a mention's normal form: its attribute ``tmvar``, else read from text."""
    core = mention.attribute("tmvar")
    if core:
        try:
            return from_core(core)
        except ValidationError:
            pass  # regions, and the noise of corpora
    return read_variant(mention.text)


def read_mentions(mentions: Sequence[Mention]) -> list[Mention]:
    """Give mentions of one document their normal form, whoever found them.

    Mentions that cannot be read come back unchanged; those that have a normal form
    already keep it and help to read the others.
    """
    variants = [variant_of(m) for m in mentions]
    read = [
        (v, m.text) for v, m in zip(variants, mentions, strict=True) if v is not None
    ]
    better = iter(in_context(read))
    out = []
    for mention, variant in zip(mentions, variants, strict=True):
        if variant is None:
            out.append(mention)
            continue
        adapted = next(better)
        known = mention.attribute("tmvar") is not None
        out.append(mention if known else with_variant(mention, adapted))
    return out
