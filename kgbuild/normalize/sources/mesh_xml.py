"""MeSH's descriptor and supplementary XML (``desc2026.xml``, ``supp2026.xml``).

One file holds every type; the tree numbers of descriptors and the class of
supplementary records select those of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgbuild._io.xml import iter_elements
from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry, Status
from kgbuild.normalize.sources._reading import open_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Entity type → tree numbers it begins with; types not listed take every record.
TREES: dict[str, tuple[str, ...]] = {
    "Disease": ("C", "F01", "F03"),
    "Chemical": ("D",),
    "Species": ("B",),
    "Anatomy": ("A",),
    "CellType": ("A11",),
}
#: Entity type → ``SCRClass`` of supplementary records (NLM's documentation of the XML).
CLASSES: dict[str, tuple[str, ...]] = {
    "Disease": ("3",),
    "Chemical": ("1",),
    "Species": ("4",),
    "Anatomy": (),
    "CellType": (),
}


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield the records of one type.

    Parameters
    ----------
    path
        The file, compressed or not.
    entity_type
        Selects the records, see :data:`TREES`.

    Raises
    ------
    InputError
        The file is not well-formed, declares entities, or is no MeSH XML.
    """
    met = False
    with open_bounded(path) as stream:
        for element in iter_elements(
            stream, ("DescriptorRecord", "SupplementalRecord"), path=path
        ):
            met = True
            if element.tag == "DescriptorRecord":
                entry = _descriptor(element, entity_type)
            else:
                entry = _supplementary(element, entity_type)
            if entry is not None:
                yield entry
    if not met:
        reason = (
            "This XML has no DescriptorRecord or SupplementalRecord: expected MeSH's "
            "desc or supp file."
        )
        raise InputError(reason, path=path)


def places(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield concept, name and tree numbers of all descriptors."""
    with open_bounded(path) as stream:
        for record in iter_elements(stream, ("DescriptorRecord",), path=path):
            entry = _entry(record, "Descriptor")
            if entry is not None:
                yield entry.concept, entry.name, _trees(record)


def _trees(record: Any) -> list[str]:
    return [
        (node.text or "").strip()
        for node in record.iterfind("TreeNumberList/TreeNumber")
    ]


def _descriptor(record: Any, entity_type: str) -> Entry | None:
    wanted = TREES.get(entity_type)
    trees = _trees(record)
    if wanted is not None and not any(tree.startswith(wanted) for tree in trees):
        return None
    return _entry(record, "Descriptor")


def _supplementary(record: Any, entity_type: str) -> Entry | None:
    wanted = CLASSES.get(entity_type)
    if wanted is not None and record.get("SCRClass") not in wanted:
        return None
    parents = tuple(
        f"mesh:{(node.text or '').strip().lstrip('*')}"
        for node in record.iterfind(
            "HeadingMappedToList/HeadingMappedTo/DescriptorReferredTo/DescriptorUI"
        )
    )
    return _entry(record, "SupplementalRecord", parents=parents)


def _entry(record: Any, kind: str, parents: tuple[str, ...] = ()) -> Entry | None:
    ui = (record.findtext(f"{kind}UI") or "").strip()
    name = (record.findtext(f"{kind}Name/String") or "").strip()
    if not ui or not name:
        return None
    names: dict[str, Status] = {}
    for concept in record.iterfind("ConceptList/Concept"):
        # Terms of a record's other concepts are narrower or merely related.
        own = concept.get("PreferredConceptYN") == "Y"
        status: Status = "synonym" if own else "related"
        for term in concept.iterfind("TermList/Term/String"):
            text = (term.text or "").strip()
            if text and text != name:
                names.setdefault(text, status)
    return Entry(
        concept=f"mesh:{ui}", name=name, names=tuple(names.items()), parents=parents
    )
