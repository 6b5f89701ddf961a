"""What every parser of a vocabulary file yields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

#: How a name belongs to its concept, strongest first. ``preferred``: heading or
#: official symbol. ``synonym``: means the same. ``related``: a broader, narrower,
#: former or loosely kept name. ``observed``: annotators gave this id to this text.
Status = Literal["preferred", "synonym", "related", "observed"]

STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record of a vocabulary file.

    Attributes
    ----------
    concept
        CURIE; empty in sources that only add names to concepts of others.
    name
        Preferred name.
    names
        Further names, each with its status.
    taxon
        NCBI taxon number of a gene's, a cell line's species.
    weight
        Prior among concepts of the same name: higher wins a tie. 0 is ordinary.
    aliases
        Other identifiers of the very same concept (merged or alternative ids).
    xrefs
        CURIEs of corresponding concepts elsewhere.
    parents
        CURIEs of broader concepts.
    count
        How often annotators used ``names`` (only for observed names).
    """

    concept: str
    name: str
    names: tuple[tuple[str, Status], ...] = ()
    taxon: int | None = None
    weight: int = 0
    aliases: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    count: int = 0
