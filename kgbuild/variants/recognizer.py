"""The stage that finds variants in documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.document import Document, Mention
from kgbuild.stage import stream_each
from kgbuild.variants.finding import PLACES, VariantMatch, find_in_passages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from kgbuild.variants.normal_form import Variant

RECOGNIZER = "variant-grammar"


class VariantRecognizer:
    """Find variants by the grammar and give each its normal form.

    Parameters
    ----------
    places
        Classes of places and references to report as well: any of
        ``"GenomicRegion"``, ``"Chromosome"``, ``"RefSeq"``. None of them is a variant,
        so none is a mention unless asked for.

    Examples
    --------
    >>> recognize = VariantRecognizer()
    >>> document = recognize(Document.from_text("BRAF V600E is common."))
    >>> [(m.text, m.attribute("hgvs")) for m in document.mentions]
    [('V600E', 'p.Val600Glu')]
    """

    name = "variants"
    version = "grammar-1"

    def __init__(self, *, places: Collection[str] = ()) -> None:
        self._hidden = PLACES - set(places)

    def __call__(self, document: Document) -> Document:
        """Return the document with this recogniser's mentions added.

        Earlier mentions of this recogniser are replaced; all others stay.
        """
        others = [m for m in document.mentions if m.recognizer != RECOGNIZER]
        return document.with_mentions((*others, *self.mentions(document)))

    def mentions(self, document: Document) -> tuple[Mention, ...]:
        """Return the variants that the grammar finds in a document."""
        text = document.text
        found = find_in_passages(
            text, document.passage_offsets(), places=self._hidden != PLACES
        )
        return tuple(
            to_mention(match, text)
            for match in found
            if match.variant.variant_class not in self._hidden
        )

    def stream(
        self, documents: Iterable[Document], *, batch_size: int = 64
    ) -> Iterator[Document]:
        """Yield every document in order, with the status of the stage ``variants``."""
        del batch_size  # the grammar gains nothing from batches
        yield from stream_each(self, documents)


def to_mention(match: VariantMatch, text: str) -> Mention:
    """Make a mention of a match."""
    concept = concept_of(match.variant)
    return Mention(
        start=match.start,
        end=match.end,
        text=text[match.start : match.end],
        type="Variant",
        recognizer=RECOGNIZER,
        score=match.family.precision,
        concepts=(concept,),
        method="variant",
        attributes=tuple(
            sorted({**facts_of(match.variant), "family": match.family.name}.items())
        ),
    )


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
