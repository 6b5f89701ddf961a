"""ZFIN's tables of zebrafish genes: NCBI's numbers in one, full names in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ZEBRAFISH = 7955
#: What the tables call the symbol, the full name and NCBI's number. (A column "Gene ID"
#: beside human symbols has the number of the human gene.)
_SYMBOLS, _NAME, _NUMBER = ("Symbol", "ZFIN Symbol"), "ZFIN Name", "NCBI Gene ID"
_PROTEIN_CODING = "SO:0001217"


def read(path: Path) -> Iterator[Entry]:
    """Yield the genes of one of the tables.

    Genes without a number of NCBI's keep ZFIN's identifier, which is an alias of the
    others: a table of names, read after the one of numbers, adds to these.

    Raises
    ------
    InputError
        A column is missing.
    """
    seen: set[str] = set()
    for row in named_rows(path, needed=("ZFIN ID", _SYMBOLS), of="ZFIN"):
        symbol = next(row[name] for name in _SYMBOLS if name in row)
        zfin = row["ZFIN ID"]
        if not zfin or not symbol or zfin in seen:
            continue
        seen.add(zfin)
        gene = row.get(_NUMBER, "")
        own = f"zfin:{zfin}"
        name = row.get(_NAME, "")
        yield Entry(
            concept=f"ncbigene:{gene}" if gene.isdigit() else own,
            name=symbol,
            names=((name, "synonym"),) if name and name != symbol else (),
            taxon=_ZEBRAFISH,
            weight=3 if row.get("SO ID", _PROTEIN_CODING) == _PROTEIN_CODING else 2,
            aliases=(own,) if gene.isdigit() else (),
        )
