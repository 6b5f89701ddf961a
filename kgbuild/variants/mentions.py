"""Variants as mentions: their attributes and their concept ids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.document import Mention
from kgbuild.errors import ValidationError
from kgbuild.variants.glued import name_in_front
from kgbuild.variants.normal_form import Variant, from_core
from kgbuild.variants.search import in_context, read_variant

if TYPE_CHECKING:
    from collections.abc import Sequence

RECOGNIZER = "variant-grammar"


def with_variant(mention: Mention, variant: Variant) -> Mention:
    """Return a mention with a normal form and the concept id that follows from it."""
    return replace(
        mention, concepts=(concept_of(variant),), method="variant"
    ).with_attributes(**facts_of(variant))


def part_from_genes(
    mentions: Sequence[Mention], variants: Sequence[Mention], *, text: str
) -> tuple[Mention, ...]:
    """Cut variants off the genes that they are glued to: JAK2V617F is JAK2 and V617F.

    Parameters
    ----------
    mentions
        Of other types, of one document; a gene that runs into a glued variant ends
        where that begins.
    variants
        Of the grammar.
    text
        The document's.

    Returns
    -------
    tuple of Mention
        ``mentions``, and the genes that no recognizer had marked.
    """
    glued = {v.start: v for v in variants if _is_glued(v, text)}
    if not glued:
        return tuple(mentions)
    # Where the gene's name ends: BRAF_V600E has a line between.
    glued = {at - (text[at - 1] == "_"): variant for at, variant in glued.items()}
    out: list[Mention] = []
    marked: set[int] = set()
    for mention in mentions:
        cut = next((e for e in glued if mention.start < e <= mention.end), None)
        if mention.type != "Gene" or cut is None:
            out.append(mention)
            continue
        marked.add(cut)
        if mention.recognizer == "gold":
            out.append(mention)
            continue
        gene = text[mention.start : cut]
        out.append(replace(mention, end=cut, text=gene, fragments=()))
    for end, variant in glued.items():
        symbol = name_in_front(text[max(0, end - 13) : end])
        if symbol and end not in marked:
            out.append(
                Mention(
                    start=end - len(symbol), end=end, text=symbol, type="Gene",
                    recognizer=RECOGNIZER, score=variant.score,
                )
            )  # fmt: skip
    return tuple(out)


def _is_glued(variant: Mention, text: str) -> bool:
    before = text[max(0, variant.start - 1) : variant.start]
    return variant.text[:1].isalpha() and (before.isalnum() or before == "_")


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
