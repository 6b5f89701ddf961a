"""The one-line use: a default normalizer behind a function."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, overload

from kgbuild.curies import taxon_number
from kgbuild.errors import InputError
from kgbuild.normalize.normalizer import Normalizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kgbuild.normalize.candidates import Link


@overload
def normalize(  # type: ignore[overload-overlap]  # str is iterable
    texts: str,
    *,
    type: str,
    vocabulary: Path | str | None = ...,
    species: Sequence[int | str] = ...,
) -> Link: ...
@overload
def normalize(
    texts: Iterable[str],
    *,
    type: str,
    vocabulary: Path | str | None = ...,
    species: Sequence[int | str] = ...,
) -> list[Link]: ...
def normalize(
    texts: str | Iterable[str],
    *,
    type: str,  # noqa: A002 - what a mention's field is called
    vocabulary: Path | str | None = None,
    species: Sequence[int | str] = (),
) -> Link | list[Link]:
    """Link names out of context to concepts.

    Mentions of documents are linked, with their context, by
    ``kgbuild.annotate(documents, stages="normalize")``.

    Parameters
    ----------
    texts
        One name or many.
    type
        Entity type of all of them, for example ``"Disease"``.
    vocabulary
        Folder of compiled vocabularies; by default the starter vocabulary.
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

    Examples
    --------
    >>> normalize("high blood pressure", type="Disease").concepts
    ('mesh:D006973',)
    """
    place = None if vocabulary is None else str(vocabulary)
    normalizer = _loaded(place, tuple(map(taxon_number, species)))
    if isinstance(texts, str):
        return normalizer.link(texts, type)
    links = []
    for text in texts if isinstance(texts, Iterable) else [texts]:
        if not isinstance(text, str):
            msg = (
                f"A name is a text. Got {text!r:.60}: documents are linked by "
                "kgbuild.annotate(documents, stages='normalize')."
            )
            raise InputError(msg)
        links.append(normalizer.link(text, type))
    return links


@lru_cache(maxsize=4)
def _loaded(vocabulary: str | None, taxa: tuple[int, ...]) -> Normalizer:
    return Normalizer.load(vocabulary, taxa=taxa or None)
