"""Tables made of MeSH: descriptors with tree numbers, and mappings to other namespaces.

Two forms, told apart by their columns:

* ``mesh_id  mesh_name  [mesh_tree_number]`` with this header (dhimmel/mesh). With tree
  numbers, only the descriptors of the wanted type are read.
* ``MESH  id  name  NAMESPACE  id  name`` without a header (INDRA, Gilda): the name of
  the other side is one more name of the MeSH concept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.curies import to_curie
from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines
from kgbuild.normalize.sources.mesh_xml import TREES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Entity type → namespaces of mappings that are of this type.
_NAMESPACES = {
    "Chemical": {"CHEBI", "DRUGBANK", "PUBCHEM", "CAS", "CHEMBL"},
    "Disease": {"DOID", "MONDO", "HP", "EFO", "ORPHANET", "NCIT", "OMIM"},
    "Species": {"TAXONOMY", "NCBITAXON"},
    "Anatomy": {"UBERON"},
    "CellType": {"CL"},
}


def places(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield concept, name and tree numbers of a table of descriptors.

    Raises
    ------
    InputError
        It has no tree numbers, or a line has too few columns.
    """
    for number, row in _rows(path):
        if isinstance(row, list) or "mesh_tree_number" not in row:
            reason = (
                "The first line must name the columns mesh_id, mesh_name and "
                "mesh_tree_number, tab separated."
            )
            raise InputError(reason, path=path, line=number)
        tree = row["mesh_tree_number"]
        yield f"mesh:{row['mesh_id']}", row["mesh_name"], [tree] if tree else []


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the concepts of a table.

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        Selects descriptors by tree, mappings by namespace.

    Raises
    ------
    InputError
        A line has too few columns.
    """
    seen: set[str] = set()
    for _, fields in _rows(path):
        if isinstance(fields, dict):
            tree = fields.get("mesh_tree_number")
            wanted = TREES.get(entity_type)
            if tree is not None and wanted is not None and not tree.startswith(wanted):
                continue
            if fields["mesh_id"] not in seen:
                seen.add(fields["mesh_id"])
                concept = f"mesh:{fields['mesh_id']}"
                yield Entry(concept=concept, name=fields["mesh_name"])
            continue
        first, local, name, namespace, other, other_name = fields[:6]
        if first != "MESH" or namespace not in _NAMESPACES.get(entity_type, ()):
            continue
        xref = to_curie(entity_type, other if ":" in other else f"{namespace}:{other}")
        yield Entry(
            concept=f"mesh:{local}",
            name=name,
            names=((other_name, "synonym"),) if other_name else (),
            xrefs=(xref,) if xref else (),
        )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str] | list[str]]]:
    """Yield lines as dictionaries where there is a header, else as fields."""
    header: list[str] | None = None
    for number, line in bounded_lines(path):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split("\t")]
        if number == 1 and fields[0].lower() == "mesh_id":
            header = [field.lower() for field in fields]
            continue
        needed = 6 if header is None else len(header)
        if len(fields) < needed:
            reason = f"This line has {len(fields)} columns, {needed} were expected."
            raise InputError(reason, path=path, line=number)
        yield (
            number,
            fields if header is None else dict(zip(header, fields, strict=False)),
        )
