"""What the vocabularies in force call by a name, for those who search."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING

from kgbuild.entity_types import served_by
from kgbuild.errors import KgbuildError
from kgbuild.normalize.keys import simplified_key
from kgbuild.normalize.layers import merged_rows, open_layers

if TYPE_CHECKING:
    from kgbuild.normalize.vocabulary import Vocabulary

_log = logging.getLogger(__name__)

#: Longer texts are no names, and no search should cost more for them.
_LONGEST = 200
#: Of a concept's names; some chemicals have hundreds.
_MOST = 100


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
        for row in merged_rows(vocabularies, key)
    )


def names_of(concept: str, entity_type: str) -> tuple[str, ...]:
    """Return what the same vocabularies call a concept of a type, strongest first.

    Examples
    --------
    >>> "heart attack" in names_of("mesh:D009203", "Disease")
    True
    >>> "malignant melanoma" in names_of("mesh:D008545", "Cancer")
    True
    """
    names = [
        name
        for kind in dict.fromkeys((entity_type, served_by(entity_type)))
        for vocabulary in _in_force().get(kind, ())
        for name, status in vocabulary.names(concept)
        # What is only related is another concept's name.
        if status != "related" and len(name) <= _LONGEST
    ]
    return tuple(dict.fromkeys(names))[:_MOST]


@lru_cache(maxsize=1)
def _in_force() -> dict[str, list[Vocabulary]]:
    try:
        return open_layers()
    except KgbuildError as error:
        _log.warning("Searches know no synonyms of vocabularies: %s", error)
        return {}
