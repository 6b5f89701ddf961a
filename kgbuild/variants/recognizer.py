"""The stage that finds variants in documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.document import Document, Mention
from kgbuild.stage import require_document
from kgbuild.variants.mentions import RECOGNIZER, part_from_genes, with_variant
from kgbuild.variants.merging import keep_support, merge_variants
from kgbuild.variants.search import PLACES, VariantMatch, find_in_passages

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class VariantRecognizer:
    """Find variants by the grammar and give each its normal form.

    Parameters
    ----------
    places
        Classes of places and references to report as well: any of
        ``"GenomicRegion"``, ``"Chromosome"``, ``"RefSeq"``. None of them is a variant,
        so none is a mention unless asked for.
    genes
        Whether to add the genes that variants are glued to and nobody marked.

    Examples
    --------
    >>> recognize = VariantRecognizer()
    >>> document = recognize(Document.from_text("BRAF V600E is common."))
    >>> [(m.text, m.attribute("hgvs")) for m in document.mentions]
    [('V600E', 'p.Val600Glu')]
    """

    name = "variants"
    version = "grammar-2"

    def __init__(self, *, places: Collection[str] = (), genes: bool = True) -> None:
        self._genes = genes
        self._hidden = PLACES - set(places)

    def __call__(self, document: Document) -> Document:
        """Return the document with its variants found, read and merged.

        Variants that another recogniser found before are merged with the grammar's by
        :func:`~kgbuild.variants.merging.merge_variants`; those of corpora stay as they
        are. Earlier mentions of this recogniser are replaced.
        """
        require_document(document)
        earlier = [m for m in document.mentions if m.recognizer == RECOGNIZER]
        tagged = [
            m
            for m in document.mentions
            if m.type == "Variant" and m.recognizer not in (RECOGNIZER, "gold")
        ]
        others: Sequence[Mention] = [
            m
            for m in document.mentions
            if m.type != "Variant" or m.recognizer == "gold"
        ]
        found = keep_support(self.mentions(document), earlier)
        # A tagger was here where its mentions are, or where one lost to the grammar's.
        others_names = {m.recognizer for m in document.mentions} - {RECOGNIZER, "gold"}
        supported = any(m.attribute("support") for m in earlier)
        if others_names or supported:
            found = merge_variants(tagged, found, text=document.text)
        lines = {m.span for m in others if m.type == "CellLine"}
        found = tuple(m for m in found if m.span not in lines)
        others = [
            m
            for m in part_from_genes(others, found, text=document.text)
            if self._genes or m.recognizer != RECOGNIZER
        ]
        return document.with_mentions((*others, *found))

    def mentions(self, document: Document) -> tuple[Mention, ...]:
        """Return the variants that the grammar finds in a document's English parts."""
        text = document.text
        foreign = set(document.foreign_offsets())
        passages = [span for span in document.passage_offsets() if span not in foreign]
        found = find_in_passages(text, passages, places=self._hidden != PLACES)
        return tuple(
            to_mention(match, text)
            for match in found
            if match.variant.variant_class not in self._hidden
        )


def to_mention(match: VariantMatch, text: str) -> Mention:
    """Make a mention of a match."""
    mention = Mention(
        start=match.start,
        end=match.end,
        text=text[match.start : match.end],
        type="Variant",
        recognizer=RECOGNIZER,
        score=match.family.precision,
        attributes=(("family", match.family.name),),
    )
    return with_variant(mention, match.variant)
