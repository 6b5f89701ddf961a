"""CTD's vocabulary files (``CTD_diseases.tsv``, ``CTD_chemicals.tsv``).

Comment lines start with ``#``; the one after ``# Fields:`` names the columns, whose
number has changed over the years, so they are read by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.curies import to_curie
from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KINDS = ("Disease", "Chemical")


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the concepts of a CTD vocabulary.

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        ``"Disease"`` or ``"Chemical"``.

    Raises
    ------
    InputError
        The line that names the columns is missing, or a line has too few.
    """
    columns: dict[str, int] = {}
    kind = ""
    for number, line in bounded_lines(path):
        if line.startswith("#"):
            names = [name.strip() for name in line.lstrip("# ").split("\t")]
            for candidate in _KINDS:
                if f"{candidate}Name" in names and f"{candidate}ID" in names:
                    columns = {name: i for i, name in enumerate(names)}
                    kind = candidate
            continue
        if not line.strip():
            continue
        if not kind:
            reason = (
                "No comment line names the columns DiseaseName and DiseaseID, or "
                "ChemicalName and ChemicalID: check that this is CTD's TSV."
            )
            raise InputError(reason, path=path, line=number)
        if kind != entity_type:
            reason = f"This file is not of the type {entity_type} but {kind}."
            raise InputError(reason, path=path, line=number)
        fields = line.split("\t")
        row = {
            name: fields[i].strip() for name, i in columns.items() if i < len(fields)
        }
        curie = to_curie(entity_type, row.get(f"{kind}ID", ""))
        name = row.get(f"{kind}Name", "")
        if curie is None or not name:
            reason = (
                f"This line has {len(fields)} columns and no {kind}ID or {kind}Name: "
                "copy or download the file again."
            )
            raise InputError(reason, path=path, line=number)
        yield Entry(
            concept=curie,
            name=name,
            names=tuple((text, "synonym") for text in _parts(row, "Synonyms")),
            aliases=_curies(row, f"Alt{kind}IDs", entity_type),
            parents=_curies(row, "ParentIDs", entity_type),
        )


def _parts(row: dict[str, str], column: str) -> list[str]:
    return [part.strip() for part in row.get(column, "").split("|") if part.strip()]


def _curies(row: dict[str, str], column: str, entity_type: str) -> tuple[str, ...]:
    ids = (to_curie(entity_type, part) for part in _parts(row, column))
    return tuple(curie for curie in ids if curie)
