"""MeSH's tree, so that mentions of a concept can count for its ancestors.

A descriptor stands at one or more places of the tree, each a *tree number* such as
``C14.907.489``; cutting the last part gives the parent's. Supplementary concepts
(``C…``) have none and stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import inner_suffix, lines, open_binary
from kgbuild._io.xml import iter_elements
from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Ancestors and names of MeSH descriptors.

    Attributes
    ----------
    ancestors
        Concept id → ids above it, for ``build_graph(…, parents=tree.ancestors)``.
    names
        Concept id → preferred name, for ``names=tree.names``.
    """

    ancestors: dict[str, tuple[str, ...]]
    names: dict[str, str]


def read_mesh_tree(
    path: Path | str, *, top: int = 2, levels: int | None = None
) -> Tree:
    """Read ancestors from MeSH's descriptor file.

    Parameters
    ----------
    path
        ``descYYYY.xml`` as NLM publishes it, or a tab separated table with the columns
        ``mesh_id``, ``mesh_name``, ``mesh_tree_number`` (one row per place). Either may
        be compressed.
    top
        Leave out ancestors whose tree number has fewer parts: "Diseases" or
        "Cardiovascular Diseases" say too little. 1 keeps all.
    levels
        How many steps to go up; all unless told.

    Raises
    ------
    InputError
        The file is neither.
    """
    places = _xml(path) if inner_suffix(Path(path)) == ".xml" else _table(path)
    return make_tree(places, top=top, levels=levels)


def make_tree(
    places: Iterable[tuple[str, str, str]], *, top: int = 2, levels: int | None = None
) -> Tree:
    """Make a tree of rows ``(MeSH id, name, tree number)``.

    Examples
    --------
    >>> tree = make_tree([
    ...     ("D014652", "Vascular Diseases", "C14.907"),
    ...     ("D006973", "Hypertension", "C14.907.489"),
    ... ])
    >>> tree.ancestors["mesh:D006973"]
    ('mesh:D014652',)
    """
    at: dict[str, str] = {}
    names: dict[str, str] = {}
    numbers: dict[str, list[str]] = {}
    for identifier, name, number in places:
        concept = f"mesh:{identifier}"
        names[concept] = name
        if number:
            at[number] = concept
            numbers.setdefault(concept, []).append(number)
    ancestors = {}
    for concept, mine in numbers.items():
        above = set()
        for number in mine:
            parts = number.split(".")
            lowest = 0 if levels is None else len(parts) - levels
            for n in range(max(top, lowest, 1), len(parts)):
                other = at.get(".".join(parts[:n]))
                if other is not None and other != concept:
                    above.add(other)
        if above:
            ancestors[concept] = tuple(sorted(above))
    return Tree(ancestors=ancestors, names=names)


def _table(path: Path | str) -> Iterator[tuple[str, str, str]]:
    rows = lines(path)
    _, head = next(rows, (1, ""))
    columns = head.split("\t")
    try:
        places = [
            columns.index(c) for c in ("mesh_id", "mesh_name", "mesh_tree_number")
        ]
    except ValueError as error:
        reason = (
            "The first line must name the columns mesh_id, mesh_name and "
            f"mesh_tree_number, tab separated. Got {head[:80]!r}."
        )
        raise InputError(reason, path=path, line=1) from error
    for number, line in rows:
        fields = line.split("\t")
        if len(fields) <= max(places):
            reason = f"This line has {len(fields)} fields, {len(columns)} are needed."
            raise InputError(reason, path=path, line=number)
        identifier, name, tree = (fields[i] for i in places)
        yield identifier, name, tree


def _xml(path: Path | str) -> Iterator[tuple[str, str, str]]:
    with open_binary(path) as stream:
        for record in iter_elements(stream, ("DescriptorRecord",), path=path):
            identifier = (record.findtext("DescriptorUI") or "").strip()
            name = (record.findtext("DescriptorName/String") or "").strip()
            places = record.findall("TreeNumberList/TreeNumber")
            for number in [(place.text or "").strip() for place in places] or [""]:
                yield identifier, name, number
