"""Why a mention has its identifier, asked of the stage that gave it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kgbuild._io.options import known_types, names_in
from kgbuild.curies import taxon_number
from kgbuild.document import Document, Mention
from kgbuild.entity_types import canonical_type
from kgbuild.errors import ConfigError, NotFoundError
from kgbuild.normalize.explanation import explain_mention
from kgbuild.normalize.normalizer import SELF_LINKED, Normalizer

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    mention
        A mention, or a text with its type; of a text that stands in the document, its
        first mention is meant.
    type
        Entity type, where a text is given.
    document
        The document of the mention: what it says of species, abbreviations and other
        names decides as it did when it was annotated. Without one, the text is taken
        for all that the document says. Identifiers that came with the input, or of a
        corrections file, are explained as such; the others are found anew.
    vocabulary, species, linking
        As for :func:`kgbuild.annotate`; give those that the document was annotated
        with.

    Returns
    -------
    Explanation
        It prints itself, and shows itself in notebooks.

    Raises
    ------
    ConfigError
        A text is empty, comes without a type, or of one that nothing identifies; or
        what is given is an association, which its graph explains.
    NotFoundError
        The document has no such mention.

    Examples
    --------
    >>> why = explain("high blood pressure", "Disease")
    >>> why.concepts, why.method
    (('mesh:D006973',), 'exact')
    >>> explain("V600E", "Variant").concepts
    ('tmvar:p|SUB|V|600|E',)
    """
    _check_mention(mention)
    if isinstance(vocabulary, (str, Path)):
        vocabulary = (vocabulary,)
    taxa = names_in("species", species, kinds=(int, str)) if species else ()
    normalizer = _loaded(
        None if not vocabulary else tuple(map(str, vocabulary)),
        tuple(map(taxon_number, taxa)),
        linking,
    )
    if document is not None:
        return explain_mention(
            _of_document(mention, type, document), document, normalizer
        )
    if isinstance(mention, Mention):
        text, kind = mention.text, mention.type
    elif type is None:
        msg = f"Give the type of {mention!r:.60} too, for example type='Disease'."
        raise ConfigError(msg)
    else:
        text, also = mention, {*normalizer.vocabularies, *SELF_LINKED}
        [kind] = known_types("type", type, also=also)
    document = _alone(text, kind)
    whole = next(m for m in document.mentions if m.span == (0, len(text)))
    return explain_mention(whole, document, normalizer)


def _check_mention(given: object) -> None:
    """Refuse what is no mention; of an association say what explains it."""
    if isinstance(given, str):
        if not given.strip():
            msg = f"Give a name to explain, such as 'EPO'. Got {given!r:.60}."
            raise ConfigError(msg)
        return
    if isinstance(given, Mention):
        return
    columns = getattr(given, "columns", given if isinstance(given, Mapping) else ())
    if {"source", "target"} <= set(columns):
        msg = (
            "This is an association, which is explained by its graph: use "
            "graph.explain(source, target)."
        )
    elif {"text", "type"} <= set(columns):
        msg = (
            "This is a table's row: give its text and type, such as "
            "explain(row['text'], row['type']), or a mention of the document."
        )
    else:
        msg = f"Give a mention, or a text and its type. Got {type(given).__name__}."
    raise ConfigError(msg)


def _alone(text: str, kind: str) -> Document:
    """Return a document that is one mention, variants as their stages read them."""
    document = Document.from_text(text)
    whole = Mention(start=0, end=len(text), text=text, type=kind)
    if canonical_type(kind) not in SELF_LINKED:
        return document.with_mentions([whole])
    from kgbuild.variants import VariantRecognizer, link_variants

    document = VariantRecognizer()(document)
    if all(mention.span != whole.span for mention in document.mentions):
        document = document.with_mentions([whole])
    return link_variants(document)


def _of_document(
    wanted: Mention | str, kind: str | None, document: Document
) -> Mention:
    for mention in document.mentions:
        if mention == wanted or (
            isinstance(wanted, str)
            and mention.text == wanted
            and kind in (None, mention.type)
        ):
            return mention
    shown = wanted if isinstance(wanted, str) else wanted.text
    msg = (
        f"Document {document.id} has no mention {shown!r:.60}: annotate it first, or "
        "give a text that is one of its mentions."
    )
    raise NotFoundError(msg)


@lru_cache(maxsize=2)
def _loaded(
    vocabulary: tuple[str, ...] | None,
    taxa: tuple[int, ...],
    linking: Literal["balanced", "precise"],
) -> Normalizer:
    return Normalizer.load(
        vocabulary, taxa=taxa or None, thresholds=linking, existing="replace"
    )
