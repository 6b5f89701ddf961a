r"""OBO 1.2 and 1.4: Mondo, DOID, CL, Uberon, ChEBI, HPO, or any other ontology.

Read are the ``[Term]`` stanzas of the ontology itself, without obsolete ones: the
header's ``ontology:`` says which identifiers are its own. Terms that it imports are
left out, and a warning counts them.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from typing import TYPE_CHECKING

from kgbuild.curies import to_curie
from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry, Status
from kgbuild.normalize.sources._reading import bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

logger = logging.getLogger(__name__)

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
    header = ""
    entries: list[Entry] = []
    for kind, values, line in _stanzas(path):
        if kind is None:
            header = values.get("ontology", [""])[0]
        elif kind == "[Term]":
            entries += _terms(values, entity_type, path, line)
    prefixes = Counter(entry.concept.partition(":")[0] for entry in entries)
    own = _own_prefix(header, prefixes)
    if own is not None and len(prefixes) > 1:
        others = ", ".join(
            f"{n:,} of {p}" for p, n in prefixes.most_common() if p != own
        )
        logger.warning(
            "%s: terms of other ontologies are left out (%s)", path.name, others
        )
    for entry in entries:
        if own is None or entry.concept.startswith(f"{own}:"):
            yield entry


def _own_prefix(header: str, prefixes: Counter[str]) -> str | None:
    """Return which identifiers are the ontology's own; ``None`` where all are.

    Headers say ``hp``, ``hp.obo``, ``http://purl.obolibrary.org/obo/hp.owl``,
    ``mondo/subset`` or a name of their own: then the commonest prefix is meant.
    """
    if not header.strip() or not prefixes:
        return None
    parts = [part for part in re.split(r"[/#.\s]+", header.lower()) if part]
    named = [_PREFIXES.get(part, part) for part in parts]
    known = [part for part in named if part in prefixes]
    return known[0] if known else prefixes.most_common(1)[0][0]


def _stanzas(path: Path) -> Iterator[tuple[str | None, dict[str, list[str]], int]]:
    """Yield kind, values by tag and first line of each stanza; no kind: the header."""
    kind: str | None = None
    values: dict[str, list[str]] = {}
    began = 0
    for number, line in bounded_lines(path):
        if line.startswith("["):
            yield kind, values, began
            kind, values, began = line.strip(), {}, number
        else:
            tag, colon, value = line.partition(":")
            if colon:
                values.setdefault(tag, []).append(value.strip())
    if kind is None:
        reason = "There is no '[Term]' in this file: expected an ontology in OBO."
        raise InputError(reason, path=path)
    yield kind, values, began


def _terms(
    values: dict[str, list[str]], entity_type: str, path: Path, line: int
) -> Iterator[Entry]:  # fmt: skip
    if "id" not in values:
        reason = "This term has no 'id:': check the file."
        raise InputError(reason, path=path, line=line)
    curie = to_curie(entity_type, values["id"][0])
    name = _plain(values.get("name", [""])[0])
    obsolete = values.get("is_obsolete", ["false"])[0].startswith("true")
    if curie is None or not name or obsolete:
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
