"""Which concepts are left out of graphs, since they say too little."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from kgbuild._io.options import listed
from kgbuild.curies import parse_curie
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection


@cache
def generic_concepts() -> frozenset[str]:
    """Return the concepts that say too little: "disease", "drug", "patients", ….

    They are left out of graphs unless ``exclude`` says otherwise. The list is
    ``kgbuild/graph/generic.toml``.
    """
    text = (files("kgbuild.graph") / "generic.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)["concepts"])


def to_exclude(exclude: str | Collection[str] | None) -> frozenset[str]:
    """Return the concepts that the option ``exclude`` leaves out.

    Raises
    ------
    ConfigError
        One is no identifier.
    """
    if exclude is None:
        return generic_concepts()
    if not exclude:
        return frozenset()
    return frozenset(map(_concept, listed("exclude", exclude)))


def _concept(typed: str) -> str:
    """Return the CURIE of a concept that is to be left out, as a user types it."""
    # A number alone is a gene's, as in relation lines of PubTator files.
    curie = parse_curie(typed, entity_type="Gene")
    if curie is None:
        msg = (
            "exclude takes identifiers with their prefix, such as 'mesh:D009101' or "
            f"'GeneID:1636'. Got {typed!r}: 'kgbuild vocab search' finds them."
        )
        raise ConfigError(msg)
    return curie
