"""What training must not see: documents by their ids, and what shares their text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgbuild.document import Document

#: Words in a row that count as shared, and how many such runs two texts may share: so
#: many, or this part of the runs of a shorter text.
_WORDS, _RUNS, _PART = 10, 10, 0.3


class HeldOut:
    """Documents that are held out.

    The same document stands in several corpora, under other ids and cut into other
    words; so what shares text with one that is held out is none to train on either.

    Parameters
    ----------
    ids
        Of documents, PMIDs for example.
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self.ids = frozenset(ids)
        self._runs: set[int] = set()

    def add(self, text: str) -> None:
        """Hold a text out, whatever the id of its document."""
        self._runs |= _runs(text)

    def lists(self, document: Document) -> bool:
        """Whether a document's id or PMID is listed, or a part of its id."""
        stated = {document.id, str(document.metadata.get("pmid", ""))}
        stated.update(re.split(r"[#._-]", document.id))
        return not stated.isdisjoint(self.ids)

    def shares(self, text: str) -> bool:
        r"""Whether a text shares ten runs of ten words, or three tenths of its own.

        A text of fewer words is a run by itself.

        Examples
        --------
        >>> held_out = HeldOut()
        >>> held_out.add("Captopril lowers ACE.")
        >>> held_out.shares("captopril lowers\nACE ."), held_out.shares("Captopril")
        (True, False)
        """
        own = _runs(text)
        return len(own & self._runs) >= max(1, min(_RUNS, _PART * len(own)))


def _runs(text: str) -> set[int]:
    """Return every ten words in a row, as numbers."""
    words = re.findall(r"\w+", text.casefold())
    starts = range(max(len(words) - _WORDS + 1, min(len(words), 1)))
    return {hash(tuple(words[i : i + _WORDS])) for i in starts}
