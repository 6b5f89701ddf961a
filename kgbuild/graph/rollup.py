"""MeSH's tree, so that mentions of a concept can count for its ancestors.

A descriptor stands at one or more places of the tree, each a *tree number* such as
``C14.907.489``; cutting the last part gives the parent's. Supplementary concepts
(``C…``) have none and stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import inner_suffix

if TYPE_CHECKING:
    from collections.abc import Iterable


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
        How many steps to go up; by default all.

    Raises
    ------
    InputError
        The file is neither.
    """
    from kgbuild.normalize.sources import mesh_tsv, mesh_xml

    path = Path(path)
    source = mesh_xml if inner_suffix(path) == ".xml" else mesh_tsv
    return make_tree(source.places(path), top=top, levels=levels)


def make_tree(
    places: Iterable[tuple[str, str, list[str]]],
    *,
    top: int = 2,
    levels: int | None = None,
) -> Tree:
    """Make a tree of concepts with their names and tree numbers.

    Examples
    --------
    >>> tree = make_tree([
    ...     ("mesh:D014652", "Vascular Diseases", ["C14.907"]),
    ...     ("mesh:D006973", "Hypertension", ["C14.907.489"]),
    ... ])
    >>> tree.ancestors["mesh:D006973"]
    ('mesh:D014652',)
    """
    at: dict[str, str] = {}
    names: dict[str, str] = {}
    numbers: dict[str, list[str]] = {}
    for concept, name, own in places:
        names[concept] = name
        numbers.setdefault(concept, []).extend(own)
        at.update(dict.fromkeys(own, concept))
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
