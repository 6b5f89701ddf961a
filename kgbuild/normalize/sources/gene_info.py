"""NCBI Gene's ``gene_info``: one gene a line, sixteen columns named in the header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry, Status
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_NEEDED = ("tax_id", "GeneID", "Symbol", "Synonyms", "description")

#: Of genes that share a name, one that makes a protein is meant.
_WEIGHTS = {
    "protein-coding": 3, "ncRNA": 2, "snoRNA": 2, "rRNA": 2, "tRNA": 1, "snRNA": 2,
    "scRNA": 2, "miscRNA": 1, "other": 1, "pseudo": 0, "unknown": 0,
    "biological-region": -1,
}  # fmt: skip

_XREFS = {"MIM": "omim"}
#: Identifiers of the very gene in its species' own database.
_ALIASES = {"HGNC": "hgnc", "MGI": "mgi", "RGD": "rgd", "ZFIN": "zfin"}

#: "CD207 antigen, langerin", "CD207 molecule, langerin".
_FORMER = re.compile(r"\S+ (?:antigen|molecule),? \(?([^\s(),]{4,})\)?")
#: "… inhibitor, clade C (antithrombin), member 1": named after its first member.
_FOUNDER = re.compile(r"\(([^()]+)\),? member 1")
#: "ubiquitin carboxyl-terminal esterase L1 (ubiquitin thiolesterase)".
_EXPLAINED = re.compile(r"(\S+ \S.*\S) \([^()]+\)")


def read(path: Path) -> Iterator[Entry]:
    """Yield the genes of a ``gene_info`` file.

    Raises
    ------
    InputError
        The header is missing, or a line has too few columns or no number.
    """
    columns: dict[str, int] = {}
    for number, line in bounded_lines(path):
        fields = line.split("\t")
        if line.startswith("#"):
            if not columns:
                names = [name.strip() for name in line.lstrip("#").split("\t")]
                columns = {name: i for i, name in enumerate(names)}
            continue
        if not line:
            continue
        missing = [name for name in _NEEDED if name not in columns]
        if missing:
            reason = (
                f"The header lacks the column {missing[0]!r}; NCBI's gene_info begins "
                "with '#tax_id GeneID Symbol …': check the file."
            )
            raise InputError(reason, path=path, line=number)
        if len(fields) < len(columns):
            reason = (
                f"This line has {len(fields)} columns, the header {len(columns)}: "
                "copy or download the file again."
            )
            raise InputError(reason, path=path, line=number)

        row = {name: fields[i].strip() for name, i in columns.items()}
        taxon, gene = row["tax_id"], row["GeneID"]
        if not (_is_number(taxon) and _is_number(gene)):
            reason = (
                f"tax_id {taxon!r} and GeneID {gene!r} must be numbers: check the file."
            )
            raise InputError(reason, path=path, line=number)
        symbol = row["Symbol"]
        if symbol in {"-", "", "NEWENTRY"}:
            continue
        yield Entry(
            concept=f"ncbigene:{gene}",
            name=symbol,
            names=tuple(_names(row)),
            taxon=int(taxon),
            weight=_WEIGHTS.get(row.get("type_of_gene", ""), 0),
            aliases=tuple(_xrefs(row.get("dbXrefs", "-"), _ALIASES)),
            xrefs=tuple(_xrefs(row.get("dbXrefs", "-"), _XREFS)),
        )


def names_of(
    *,
    symbol: str,
    synonyms: Iterable[str],
    full: Iterable[str],
    designations: Iterable[str],
) -> Iterator[tuple[str, Status]]:
    """Yield the names of a gene beside its symbol, each once, strongest first.

    Parameters
    ----------
    symbol
        The official one.
    synonyms, full
        Other symbols, and full names.
    designations
        What else it was called; names within these are names too.
    """
    seen = {symbol, "-", ""}
    given: tuple[tuple[Status, Iterable[str]], ...] = (
        ("synonym", synonyms), ("synonym", full), ("related", designations),
    )  # fmt: skip
    for status, texts in given:
        for name in texts:
            # FlyBase writes Dmel\CG3038 for CG3038.
            text = name.strip().rpartition("\\")[2]
            if text not in seen:
                seen.add(text)
                yield text, status
            for inner in _names_within(text):
                if inner not in seen:
                    seen.add(inner)
                    yield inner, "related"


def _names(row: dict[str, str]) -> Iterator[tuple[str, Status]]:
    official = row.get("Symbol_from_nomenclature_authority", "-")
    if official not in {row["Symbol"], "-", ""}:
        yield official, "preferred"
    for name, status in names_of(
        symbol=row["Symbol"],
        synonyms=row["Synonyms"].split("|"),
        full=(
            row.get("Full_name_from_nomenclature_authority", "-"), row["description"],
        ),
        designations=(
            row.get("LocusTag", "-"), *row.get("Other_designations", "-").split("|"),
        ),
    ):  # fmt: skip
        if name != official:
            yield name, status


def _names_within(text: str) -> Iterator[str]:
    """Yield the names that a designation holds beside its own words."""
    former = _FORMER.fullmatch(text)
    if former:
        yield former.group(1)
    founder = _FOUNDER.search(text)
    if founder:
        yield from (part.strip() for part in founder.group(1).split(","))
    explained = _EXPLAINED.fullmatch(text)
    if explained:
        yield explained.group(1)


def _xrefs(joined: str, wanted: dict[str, str]) -> Iterator[str]:
    for xref in joined.split("|"):
        database, _, local = xref.partition(":")
        if database in wanted:
            yield f"{wanted[database]}:{local.rpartition(':')[2]}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12
