"""Cellosaurus' text file: records of two-letter line codes, ended by ``//``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ACCESSION = re.compile(r"CVCL_[A-Z0-9]{4}")
_TAXON = re.compile(r"NCBI_TaxID=(\d{1,9})")


def read(path: Path) -> Iterator[Entry]:
    """Yield the cell lines.

    Parameters
    ----------
    path
        ``cellosaurus.txt``, compressed or not.

    Raises
    ------
    InputError
        A record has no name or no accession, or the last one is cut off.
    """
    record: dict[str, list[str]] = {}
    number = 0
    in_header = True
    for number, line in bounded_lines(path):
        if in_header:
            # The header is prose; the first record starts at the first ID line.
            if not line.startswith("ID   "):
                continue
            in_header = False
        if line.startswith("//"):
            yield _entry(record, path, number)
            record = {}
        elif len(line) > 5 and line[2:5] == "   ":
            record.setdefault(line[:2], []).append(line[5:].strip())
    if in_header:
        reason = "No line starts with 'ID   ': expected Cellosaurus' text file."
        raise InputError(reason, path=path)
    if record:
        reason = "The last record does not end with '//': download the file again."
        raise InputError(reason, path=path, line=number)


def _entry(record: dict[str, list[str]], path: Path, number: int) -> Entry:
    name = "".join(record.get("ID", ()))
    accession = "".join(record.get("AC", ())).rstrip(";")
    if not name or not _ACCESSION.fullmatch(accession):
        reason = (
            f"The record that ends here has the name {name!r} and the accession "
            f"{accession!r}; expected a name and CVCL_ with four signs."
        )
        raise InputError(reason, path=path, line=number)
    synonyms = _parts(record, "SY")
    taxa = _TAXON.findall(" ".join(record.get("OX", ())))
    parents = _ACCESSION.findall(" ".join(record.get("HI", ())))
    return Entry(
        concept=f"cellosaurus:{accession}",
        name=name,
        names=tuple((text, "synonym") for text in synonyms),
        # A hybrid has several species and belongs to none.
        taxon=int(taxa[0]) if len(taxa) == 1 else None,
        # Of lines of one name, the one that most databases hold is meant.
        weight=len(record.get("DR", ())),
        aliases=tuple(
            f"cellosaurus:{part}"
            for part in _parts(record, "AS")
            if _ACCESSION.fullmatch(part)
        ),
        parents=tuple(f"cellosaurus:{parent}" for parent in parents),
    )


def _parts(record: dict[str, list[str]], code: str) -> list[str]:
    joined = " ".join(record.get(code, ()))
    return [part.strip() for part in joined.split(";") if part.strip()]
