"""The known predicates of statements, read from ``predicates.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

#: What an association says that is no statement.
CO_MENTION = "co_mention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """What a predicate means.

    Attributes
    ----------
    name
        As it was asked for.
    directed
        Whether subject and object may not be exchanged.
    biolink
        CURIE of the Biolink model's predicate, for example ``"biolink:causes"``.
    """

    name: str
    directed: bool = True
    biolink: str = "biolink:related_to"


@cache
def predicate(name: str) -> Predicate:
    """Return what is known of a predicate.

    An unknown one counts as directed, so that no direction of a source is lost.

    Parameters
    ----------
    name
        As a corpus or tool writes it; case, blanks, hyphens and underscores do not
        matter.

    Examples
    --------
    >>> predicate("positive correlation").directed, predicate("CID").biolink
    (False, 'biolink:causes')
    >>> predicate("phosphorylates")
    Predicate(name='phosphorylates', directed=True, biolink='biolink:related_to')
    """
    directed, biolink = _table().get(spelled_alike(name), (True, "related_to"))
    return Predicate(name=name, directed=directed, biolink=f"biolink:{biolink}")


@cache
def known_predicates() -> tuple[str, ...]:
    """Return the names in the table, without their aliases."""
    return tuple(_entries())


def spelled_alike(name: str) -> str:
    """Return what all spellings of a predicate have in common.

    Examples
    --------
    >>> spelled_alike("Positive-Correlation") == spelled_alike("positive correlation")
    True
    """
    return "".join(c for c in name.lower() if c not in " -_")


@cache
def _table() -> dict[str, tuple[bool, str]]:
    return {
        spelled_alike(name): (fields["directed"], fields["biolink"])
        for entry, fields in _entries().items()
        for name in (entry, *fields.get("aliases", ()))
    }


@cache
def _entries() -> dict[str, Any]:
    text = (files("kgbuild") / "predicates.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
