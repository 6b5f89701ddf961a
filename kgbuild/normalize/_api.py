"""The one-line use: a default normalizer behind a function."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, overload

from kgbuild.document import Document
from kgbuild.normalize.normalizer import Normalizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


@overload
def normalize(
    documents: Document,
    *,
    vocabulary: Path | str | None = None,
    taxa: Sequence[int] | None = None,
) -> Document: ...


@overload
def normalize(
    documents: Iterable[Document],
    *,
    vocabulary: Path | str | None = None,
    taxa: Sequence[int] | None = None,
) -> Iterator[Document]: ...


def normalize(
    documents: Document | Iterable[Document],
    *,
    vocabulary: Path | str | None = None,
    taxa: Sequence[int] | None = None,
) -> Document | Iterator[Document]:
    """Give the mentions of documents their concept identifiers.

    Parameters
    ----------
    documents
        One document, or any number of them (streamed, order kept).
    vocabulary
        Folder of compiled vocabularies; the starter vocabulary unless told.
    taxa
        NCBI taxon numbers that genes may belong to, likeliest first; read off each
        document unless told.

    Returns
    -------
    Document or iterator of Document
        With ``concepts``, ``method``, ``link_score`` and the attribute ``name`` on the
        mentions. Mentions that already had concepts keep them. Of many documents, each
        has the status of this stage; of a single one, an error is raised.
    """
    place = None if vocabulary is None else str(vocabulary)
    normalizer = _loaded(place, None if taxa is None else tuple(taxa))
    if isinstance(documents, Document):
        return normalizer(documents).with_status(normalizer.name, "done")
    return normalizer.stream(documents)


@lru_cache(maxsize=4)
def _loaded(vocabulary: str | None, taxa: tuple[int, ...] | None) -> Normalizer:
    return Normalizer.load(vocabulary, taxa=taxa)
