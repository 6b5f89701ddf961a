"""Answers in BERN2's shape, so that what was written for BERN2 goes on working.

The fields are those of BERN2 1.1 (Sung et al. 2022): ``annotations`` of ``id``,
``is_neural_normalized``, ``mention``, ``obj``, ``prob`` and ``span``, then ``text`` and
``timestamp``; papers have a ``pmid`` too. Unlike BERN2's, the text is what was sent,
character for character, and offsets count its code points.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgbuild.document import Document, Mention
    from kgbuild.errors import DocumentFailure

#: Our type → BERN2's ``obj``. Mentions of other types are left out: BERN2 has nine.
OBJECTS = {
    "Gene": "gene",
    "Disease": "disease",
    "Chemical": "drug",
    "Species": "species",
    "Variant": "mutation",
    "CellLine": "cell_line",
    "CellType": "cell_type",
    "DNA": "DNA",
    "RNA": "RNA",
}

#: Our prefix → BERN2's, where they differ.
_PREFIXES = {
    "ncbigene": "NCBIGene", "ncbitaxon": "NCBITaxon", "omim": "mim", "cl": "CL",
}  # fmt: skip

_UNLINKED = ["CUI-less"]


def answer(document: Document, *, pmid: str | None = None) -> dict[str, Any]:
    """Return an annotated document as BERN2 shows it."""
    annotations = [_annotation(m) for m in document.mentions if m.type in OBJECTS]
    annotations.sort(key=lambda a: (a["span"]["begin"], a["obj"]))
    shown: dict[str, Any] = {
        "annotations": annotations,
        "text": document.text,
        "timestamp": datetime.now(tz=UTC).strftime("%a %b %d %H:%M:%S %z %Y"),
    }
    return shown if pmid is None else {**shown, "pmid": pmid}


def failed(failure: DocumentFailure) -> dict[str, Any]:
    """Return the entry of a paper that cannot be had, among those that can."""
    return {
        "pmid": failure.document_id,
        "annotations": [],
        "text": "",
        "error_message": f"{failure.stage}: {failure.reason}",
    }


def _annotation(mention: Mention) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": [*map(_identifier, mention.concepts)] or _UNLINKED,
        "is_neural_normalized": mention.method == "neural",
        "mention": mention.text,
        "obj": OBJECTS[mention.type],
        "prob": mention.score,
        "span": {"begin": mention.start, "end": mention.end},
    }
    if mention.type == "Variant":
        shown["mutationType"] = mention.attribute("class") or "Mutation"
        shown["normalizedName"] = mention.attribute("tmvar") or mention.text
    return shown


def _identifier(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return f"{_PREFIXES.get(prefix, prefix)}:{local}"
