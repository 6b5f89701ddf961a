"""Why a mention has its identifier, asked of the stage that gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kgbuild.document import Document, Mention
from kgbuild.entity_types import canonical_type
from kgbuild.normalize.explanation import explain as explain_link

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kgbuild.normalize import Explanation


def explain(
    mention: Mention | str,
    type: str | None = None,  # noqa: A002 - what a mention's field is called
    *,
    document: Document | None = None,
    vocabulary: Path | str | Sequence[Path | str] | None = None,
    species: Sequence[int | str] | int | str = (),
    linking: Literal["balanced", "precise"] = "balanced",
) -> Explanation:
    """Say why a mention has its identifier, or has none.

    Parameters
    ----------
    mention, type, document, vocabulary, species, linking
        See :func:`kgbuild.normalize.explain`; of a variant without a document, its
        text alone is read.

    Returns
    -------
    Explanation
        It prints itself, and shows itself in notebooks.

    Raises
    ------
    ConfigError
        A text comes without a type, or of one that nothing identifies.
    NotFoundError
        The document has no such mention.

    Examples
    --------
    >>> print(explain("V600E", "Variant").concepts)
    ('tmvar:p|SUB|V|600|E',)
    """
    kind = mention.type if isinstance(mention, Mention) else type
    if document is None and kind and canonical_type(kind) == "Variant":
        mention = mention if isinstance(mention, str) else mention.text
        document = _read(mention)
    return explain_link(
        mention, type, document=document, vocabulary=vocabulary, species=species,
        linking=linking,
    )  # fmt: skip


def _read(text: str) -> Document:
    """Let the stages of variants read a text that is one."""
    from kgbuild.variants import VariantRecognizer, link_variants

    document = VariantRecognizer()(Document.from_text(text))
    whole = Mention(start=0, end=len(text), text=text, type="Variant")
    if all(mention.span != whole.span for mention in document.mentions):
        document = document.with_mentions([whole])
    return link_variants(document)
