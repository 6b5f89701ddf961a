"""The entity types, read from ``entity_types.toml`` beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityType:
    """One entity type.

    Attributes
    ----------
    name
        Canonical name, for example ``"CellLine"``.
    prefixes
        CURIE prefixes of its identifiers; the first is assumed for bare ids.
    biolink
        Biolink category.
    colour
        Hexadecimal colour for widgets and figures.
    """

    name: str
    prefixes: tuple[str, ...]
    biolink: str
    colour: str


@cache
def entity_types() -> dict[str, EntityType]:
    """Return all entity types by canonical name, in the order of the file."""
    return {
        name: EntityType(
            name=name,
            prefixes=tuple(fields["prefixes"]),
            biolink=fields["biolink"],
            colour=fields["colour"],
        )
        for name, fields in _table().items()
    }


@lru_cache(maxsize=1_024)
def canonical_type(label: str) -> str:
    """Map a corpus' or a tool's label to the canonical entity type.

    A narrower type, such as an organ, becomes the type that it lies within. Unknown
    labels come back unchanged: a user's own types are as good as ours.

    Parameters
    ----------
    label
        For example ``"SequenceVariant"`` or ``"cell line"``.

    Examples
    --------
    >>> canonical_type("SequenceVariant"), canonical_type("cell line")
    ('Variant', 'CellLine')
    >>> canonical_type("Organ"), canonical_type("Plasmid")
    ('Anatomy', 'Plasmid')
    """
    return wider_type(asked_type(label))


def asked_type(name: str) -> str:
    """Return the type that somebody asks for by a name, narrower ones as themselves.

    Examples
    --------
    >>> asked_type("organ"), asked_type("SequenceVariant"), asked_type("Plasmid")
    ('Organ', 'Variant', 'Plasmid')
    """
    return _names().get(_key(name), name)


def wider_type(name: str) -> str:
    """Return the type that a narrower type lies within; of all others themselves.

    Examples
    --------
    >>> wider_type("Organ"), wider_type("Gene"), wider_type("Drug")
    ('Anatomy', 'Gene', 'Drug')
    """
    within: str = _table().get(name, {}).get("within", name)
    return within


def names_for(name: str) -> tuple[str, str, str]:
    """Return what may answer to a type that is asked for by a name, best first.

    The very name, since a tagger's own need not be ours; the type's; the wider type's.

    Examples
    --------
    >>> names_for("organ")
    ('organ', 'Organ', 'Anatomy')
    """
    return name, asked_type(name), canonical_type(name)


def served_by(entity_type: str) -> str:
    """Return the type whose vocabularies and rules name the concepts of a type.

    Examples
    --------
    >>> served_by("Cancer"), served_by("Organ"), served_by("Plasmid")
    ('Disease', 'Anatomy', 'Plasmid')
    """
    canonical = canonical_type(entity_type)
    served: str = _table().get(canonical, {}).get("served_by", canonical)
    return served


def colour_of(entity_type: str) -> str:
    """Return the colour of a type; grey for a type that the table does not know."""
    known = entity_types().get(asked_type(entity_type))
    return known.colour if known else "#777777"


def _key(label: str) -> str:
    return "".join(c for c in label.lower() if c not in " -_")


@cache
def _names() -> dict[str, str]:
    return {
        _key(alias): name
        for name, fields in _table().items()
        for alias in (name, *fields.get("aliases", ()))
    }


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = (files("kgbuild") / "entity_types.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
