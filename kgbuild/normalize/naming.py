"""What the vocabularies in force call by a name, for those who search."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING

from kgbuild.errors import KgbuildError
from kgbuild.normalize.keys import simplified_key
from kgbuild.normalize.layers import merged_rows, open_layers

if TYPE_CHECKING:
    from kgbuild.normalize.vocabulary import Vocabulary

_log = logging.getLogger(__name__)

#: Longer texts are no names, and no search should cost more for them.
_LONGEST = 200


@lru_cache(maxsize=1_000)
def concepts_called(name: str) -> frozenset[str]:
    """Return the concepts that installed vocabularies, starter or lexicon call so.

    Parameters
    ----------
    name
        A whole name; case, dashes, blanks and Greek letters do not matter.

    Examples
    --------
    >>> "mesh:D009203" in concepts_called("heart attack")
    True
    """
    key = simplified_key(name) if len(name) <= _LONGEST else ""
    if not key:
        return frozenset()
    return frozenset(
        row.concept
        for vocabularies in _in_force().values()
        for row in merged_rows(vocabularies, lambda v: v.lookup(key))
    )


@lru_cache(maxsize=1)
def _in_force() -> dict[str, list[Vocabulary]]:
    try:
        return open_layers()
    except KgbuildError as error:
        _log.warning("Searches know no synonyms of vocabularies: %s", error)
        return {}
