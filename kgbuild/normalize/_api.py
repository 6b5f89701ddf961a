"""The one-line use: a default normalizer behind a function."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, overload

from kgbuild._io.options import known_types, names_in
from kgbuild.curies import taxon_number
from kgbuild.errors import ConfigError, InputError
from kgbuild.normalize.candidates import Link
from kgbuild.normalize.normalizer import Normalizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@overload
def normalize(  # type: ignore[overload-overlap]  # str is iterable
    texts: str,
    type: str | None = ...,
    *,
    vocabulary: Path | str | None = ...,
    species: Sequence[int | str] = ...,
) -> Link: ...
@overload
def normalize(
    texts: Iterable[str | None],
    type: str | None = ...,
    *,
    vocabulary: Path | str | None = ...,
    species: Sequence[int | str] = ...,
) -> list[Link]: ...
def normalize(
    texts: str | Iterable[str | None],
    type: str | None = None,  # noqa: A002 - what a mention's field is called
    *,
    vocabulary: Path | str | None = None,
    species: Sequence[int | str] = (),
) -> Link | list[Link]:
    """Link names out of context to concepts.

    Mentions of documents are linked, with their context, by
    ``kgbuild.annotate(documents, stages="normalize")``.

    Parameters
    ----------
    texts
        One name or many; of ``None`` among many the link is empty.
    type
        Entity type of all of them, for example ``"Disease"``; it must be given.
    vocabulary
        Folder of vocabularies, or a list; by default what is installed, the starter
        and the lexicon alone.
    species
        That genes may belong to, likeliest first: NCBI taxon numbers or CURIEs; by
        default any.

    Returns
    -------
    Link or list of Link
        With ``concepts``, ``name``, ``method``, ``score`` and ``candidates``.

    Raises
    ------
    InputError
        Something is no text.
    ConfigError
        Neither kgbuild nor the vocabulary knows the type.

    Examples
    --------
    >>> normalize("high blood pressure", type="Disease").concepts
    ('mesh:D006973',)
    """
    place = None if vocabulary is None else str(vocabulary)
    taxa = names_in("species", species, kinds=(int, str)) if species else ()
    normalizer = _loaded(place, tuple(map(taxon_number, taxa)))
    if not isinstance(type, str):
        msg = f"type must name one entity type, like 'Disease'. Got {type!r}."
        raise ConfigError(msg)
    [kind] = known_types("type", type, also=normalizer.vocabularies)
    if isinstance(texts, str):
        return normalizer.link(texts, kind)
    links = []
    for text in texts if isinstance(texts, Iterable) else [texts]:
        if text is None:
            links.append(Link())
            continue
        if not isinstance(text, str):
            msg = (
                f"A name is a text. Got {text!r:.60}: documents are linked by "
                "kgbuild.annotate(documents, stages='normalize')."
            )
            raise InputError(msg)
        links.append(normalizer.link(text, kind))
    return links


@lru_cache(maxsize=4)
def _loaded(vocabulary: str | None, taxa: tuple[int, ...]) -> Normalizer:
    return Normalizer.load(vocabulary, taxa=taxa or None)
