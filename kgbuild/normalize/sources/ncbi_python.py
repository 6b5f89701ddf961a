"""NCBI Gene as the package ``goatools`` holds it: a Python table, read as text.

A line is ``21846 : NtData(tax_id=10090, …, GeneID=21846, Symbol='Tie1', Aliases='TIE,
tie-1', description='…', other_designations='…|…', …),``; nothing of it is run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines
from kgbuild.normalize.sources.gene_info import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROW = re.compile(r"\s*\d+ : NtData\((.*)\),?$")
_FIELD = re.compile(
    r"""(\w+)=(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+))(?:, |$)"""
)
_ESCAPE = re.compile(r"\\(.)")


def read(path: Path) -> Iterator[Entry]:
    """Yield the genes of a table, all of which make a protein.

    Raises
    ------
    InputError
        A row has no number or no symbol.
    """
    for number, line in bounded_lines(path):
        found = _ROW.match(line)
        if not found:
            continue
        row = {
            name: _ESCAPE.sub(r"\1", one or other or digits)
            for name, one, other, digits in _FIELD.findall(found.group(1))
        }
        taxon, gene, symbol = row.get("tax_id"), row.get("GeneID"), row.get("Symbol")
        if not (taxon and taxon.isdigit() and gene and gene.isdigit() and symbol):
            reason = "This row has no tax_id, GeneID and Symbol: check the file."
            raise InputError(reason, path=path, line=number)
        yield Entry(
            concept=f"ncbigene:{gene}",
            name=symbol,
            names=tuple(
                names_of(
                    symbol=symbol,
                    synonyms=row.get("Aliases", "").split(", "),
                    full=(row.get("description", ""),),
                    designations=row.get("other_designations", "").split("|"),
                )
            ),
            taxon=int(taxon),
            weight=3,
        )
