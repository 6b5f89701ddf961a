r"""OBO 1.2 and 1.4: Mondo, DOID, CL, Uberon, ChEBI, HPO, or any other ontology.

Read are the ``[Term]`` stanzas of the ontology itself (the header's ``ontology:`` says
which identifiers are its own; terms it imports are left out), without obsolete ones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.curies import to_curie
from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry, Status
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s*([A-Z]*)')
_ESCAPES = {"n": " ", "W": " ", "t": " "}
#: Ontologies whose header does not say the prefix of their identifiers.
_PREFIXES = {"disease_ontology": "doid", "human_phenotype": "hp"}


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the terms of an ontology.

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        Gives identifiers without a prefix theirs.

    Raises
    ------
    InputError
        There is no stanza, or a term has no id.
    """
    own: str | None = None
    stanza: str | None = None
    values: dict[str, list[str]] = {}
    began = 0
    for number, line in bounded_lines(path):
        if line.startswith("["):
            if stanza == "[Term]":
                yield from _terms(values, own, entity_type, path, began)
            stanza, values, began = line.strip(), {}, number
            continue
        tag, colon, value = line.partition(":")
        if not colon:
            continue
        if stanza is None:
            if tag == "ontology":
                own = value.strip().lower()
                own = _PREFIXES.get(own, own.partition("/")[0])
        else:
            values.setdefault(tag, []).append(value.strip())
    if stanza is None:
        reason = "There is no '[Term]' in this file: expected an ontology in OBO."
        raise InputError(reason, path=path)
    if stanza == "[Term]":
        yield from _terms(values, own, entity_type, path, began)


def _terms(
    values: dict[str, list[str]],
    own: str | None,
    entity_type: str,
    path: Path,
    line: int,
) -> Iterator[Entry]:
    if "id" not in values:
        reason = "This term has no 'id:': check the file."
        raise InputError(reason, path=path, line=line)
    curie = to_curie(entity_type, values["id"][0])
    name = _plain(values.get("name", [""])[0])
    obsolete = values.get("is_obsolete", ["false"])[0].startswith("true")
    if curie is None or not name or obsolete:
        return
    if own is not None and curie.partition(":")[0] != own:
        return
    names: dict[str, Status] = {}
    for synonym in values.get("synonym", ()):
        found = _SYNONYM.match(synonym)
        if found:
            status: Status = "synonym" if found.group(2) == "EXACT" else "related"
            names.setdefault(_plain(found.group(1)), status)
    names.pop(name, None)
    yield Entry(
        concept=curie,
        name=name,
        names=tuple(names.items()),
        aliases=_curies(values, "alt_id", entity_type),
        xrefs=_curies(values, "xref", entity_type),
        parents=_curies(values, "is_a", entity_type),
    )


def _curies(
    values: dict[str, list[str]], tag: str, entity_type: str
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values.get(tag, ()):
        first = value.split(" ")[0] if value else ""
        # Web pages and free text stand among cross-references.
        if ":" in first and "//" not in first:
            curie = to_curie(entity_type, first)
            if curie:
                found[curie] = None
    return tuple(found)


def _plain(text: str) -> str:
    text = text.partition(" {")[0] if text.endswith("}") else text
    return re.sub(
        r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), text
    ).strip()
