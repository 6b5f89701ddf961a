"""One CURIE per concept: tables may write a gene ``GeneID:7157`` here, ``7157`` there.

Documents keep identifiers as they were given. What is counted is counted by CURIE, so
that a gene is one node, and what is left out is left out however it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kgbuild.curies import parse_curie

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Most identifiers of most tables, which are CURIEs already.
_USUAL = (
    r"^(?:(?:ncbigene|ncbitaxon|chebi|hgnc|mgi|rgd):[1-9]\d*|mesh:[A-Z]\d+|"
    r"omim:\d{6}|(?:hp|mondo|go):\d{7}|dbsnp:rs\d+|cellosaurus:CVCL_[A-Z0-9]{4}|"
    r"(?:tmvar|kgbuild):.*)$"
)


def in_curies(identifiers: Iterable[str], entity_type: str | None) -> dict[str, str]:
    """Return the CURIEs of identifiers that are written otherwise.

    Parameters
    ----------
    identifiers
        As they stand in a table.
    entity_type
        Of their mentions: makes sense of bare numbers.

    Examples
    --------
    >>> in_curies(["GeneID:7157", "mesh:D003924", "672"], "Gene")
    {'GeneID:7157': 'ncbigene:7157', '672': 'ncbigene:672'}
    """
    written = (
        (text, parse_curie(text, entity_type=entity_type)) for text in identifiers
    )
    return {text: curie for text, curie in written if curie and curie != text}


def series_in_curies(identifiers: pl.Series, entity_type: str | None) -> pl.Series:
    """Return identifiers as CURIEs."""
    curies = in_curies(_unusual(identifiers), entity_type)
    return identifiers.cast(pl.String).replace(curies) if curies else identifiers


def mentions_in_curies(mentions: pl.DataFrame) -> pl.DataFrame:
    """Return a mentions table whose concepts are CURIEs; most tables are the same."""
    if not _unusual(mentions["concepts"].explode()).len():
        return mentions
    kinds = mentions["type"].cast(pl.String)
    column = pl.col("concepts")
    changed = column
    for kind in kinds.unique().drop_nulls().sort():
        here = mentions["concepts"].filter(kinds == kind)
        curies = in_curies(_unusual(here.explode()), kind)
        if curies:
            each = pl.element().cast(pl.String).replace(curies)
            changed = (
                pl.when(kinds == kind)
                .then(column.list.eval(each).list.unique(maintain_order=True))
                .otherwise(changed)
            )
    return mentions.with_columns(changed.cast(pl.List(pl.String)).alias("concepts"))


def statements_in_curies(statements: pl.DataFrame) -> pl.DataFrame:
    """Return a statements table whose ends are CURIEs.

    A number alone is a gene's, as in relation lines of PubTator files.
    """
    return statements.with_columns(
        series_in_curies(statements[end], "Gene") for end in ("subject", "object")
    )


def _unusual(identifiers: pl.Series) -> pl.Series:
    distinct = identifiers.unique().drop_nulls().cast(pl.String)
    return distinct.filter(~distinct.str.contains(_USUAL)).sort()
