"""BioC's XML as dictionaries in the form of BioC JSON, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml import etree

Json = dict[str, Any]

#: Characters that XML 1.0 has no way to write.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def dictionary_of(element: etree._Element) -> Json:
    """Turn a document, passage, sentence, annotation or relation into a dictionary."""
    out: Json = {}
    if element.get("id") is not None:
        out["id"] = element.get("id")
    for child in element:
        tag = child.tag
        if tag == "infon":
            _add_infon(out.setdefault("infons", {}), child)
        elif tag in {"id", "text", "offset"}:
            out[tag] = child.text or ""
        elif tag == "location":
            where = {"offset": child.get("offset"), "length": child.get("length")}
            out.setdefault("locations", []).append(where)
        elif tag == "node":
            node = {"refid": child.get("refid"), "role": child.get("role")}
            out.setdefault("nodes", []).append(node)
        elif tag in {"passage", "sentence", "annotation", "relation"}:
            out.setdefault(f"{tag}s", []).append(dictionary_of(child))
    if element.tag == "document":
        out.setdefault("passages", [])
    return out


def _add_infon(infons: Json, element: etree._Element) -> None:
    key, value = element.get("key") or "", "".join(element.itertext())
    infons[key] = f"{infons[key]}; {value}" if key in infons else value


def xml_of(document: Json) -> bytes:
    """Write a document as BioC XML."""
    from lxml import etree

    root = _to_xml("document", document)
    return bytes(etree.tostring(root, encoding="utf-8")) + b"\n"


def _to_xml(tag: str, data: Json) -> etree._Element:
    """Build an element, its parts in the order that BioC's DTD asks for."""
    from lxml import etree

    element = etree.Element(tag)
    if tag == "document":
        etree.SubElement(element, "id").text = _allowed(data["id"])
    elif "id" in data:
        element.set("id", data["id"])
    for key, value in data["infons"].items():
        infon = etree.SubElement(element, "infon", key=_allowed(key))
        infon.text = _allowed(value)
    if "offset" in data:
        etree.SubElement(element, "offset").text = str(data["offset"])
    for location in data.get("locations", ()):
        values = {key: str(value) for key, value in location.items()}
        etree.SubElement(element, "location", values)
    for node in data.get("nodes", ()):
        etree.SubElement(element, "node", node)
    if "text" in data:
        etree.SubElement(element, "text").text = _allowed(data["text"])
    for plural in ("passages", "annotations", "relations"):
        for item in data.get(plural, ()):
            element.append(_to_xml(plural[:-1], item))
    return element


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
