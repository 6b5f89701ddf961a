"""HGNC's human genes as a custom download gives them, with NCBI's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.normalize.sources._entry import Entry, Status
from kgbuild.normalize.sources._reading import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ID = "HGNC ID"
_GENE = "NCBI Gene ID(supplied by NCBI)"
#: Column → how the names in it belong to the gene.
_NAMES: dict[str, Status] = {
    "Approved name": "synonym", "Alias symbols": "synonym",
    "Previous symbols": "related",
}  # fmt: skip
#: Columns of the genes of mouse and rat that are the same gene there.
_ORTHOLOGS = (
    "Mouse genome database ID(supplied by MGI)",
    "Rat genome database ID(supplied by RGD)",
)
_NEEDED = (_ID, "Approved symbol", "Status", "Locus type", _GENE, *_NAMES)

#: Of genes that share a name, one that makes a protein is meant.
_WEIGHTS = {
    "gene with protein product": 3, "immunoglobulin gene": 3, "T cell receptor gene": 3,
    "pseudogene": 0, "readthrough": 0, "immunoglobulin pseudogene": 0,
    "T cell receptor pseudogene": 0, "unknown": 0, "fragile site": -1,
}  # fmt: skip
_OTHER = 2


def read(path: Path) -> Iterator[Entry]:
    """Yield the approved genes that have a number of NCBI's.

    Raises
    ------
    InputError
        A column is missing.
    """
    for row in named_rows(path, needed=_NEEDED, of="HGNC"):
        gene, symbol = row.get(_GENE, ""), row.get("Approved symbol", "")
        if row.get("Status") != "Approved" or not gene.isdigit() or not symbol:
            continue
        yield Entry(
            concept=f"ncbigene:{gene}",
            name=symbol,
            names=tuple(
                (text, status)
                for column, status in _NAMES.items()
                for text in _texts(row.get(column, ""), column)
            ),
            taxon=9606,
            weight=_WEIGHTS.get(row.get("Locus type", ""), _OTHER),
            aliases=(row[_ID].lower(),) if row.get(_ID) else (),
            xrefs=tuple(
                text.lower()
                for column in _ORTHOLOGS
                for text in _texts(row.get(column, ""), column)
            ),
        )


def _texts(value: str, column: str) -> list[str]:
    """Return one name, or symbols that are joined by commas."""
    parts = [value] if column == "Approved name" else value.split(", ")
    return [text.strip() for text in parts if text.strip()]
