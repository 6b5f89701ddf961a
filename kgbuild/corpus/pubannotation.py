"""PubAnnotation JSON, for output: text, denotations, attributes, relations.

One JSON array with an object a document. Offsets are code points, half open, as in
:class:`kgbuild.document.Document`; discontinuous mentions have a list of spans. Concept
ids, methods and scores are PubAnnotation attributes of their denotation. A relation
stands between the first mentions of its concepts; one whose concepts are mentioned
nowhere has no place in the format and is counted in a note.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from kgbuild.corpus._writing import Writer

if TYPE_CHECKING:
    from kgbuild.document import Document, Mention


def pubannotation_writer() -> Writer:
    """Return the writer of PubAnnotation JSON."""
    left_out = 0

    def encode(document: Document) -> bytes:
        nonlocal left_out
        data, missing = document_to_pubannotation(document)
        left_out += missing
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()

    def notes() -> tuple[str, ...]:
        if not left_out:
            return ()
        return (
            f"{left_out} relations between concepts that no mention has were left "
            "out, because PubAnnotation cannot hold them.",
        )

    return Writer(
        head=b"[\n", between=b",\n", tail=b"\n]\n", encode=encode, notes=notes
    )


def document_to_pubannotation(document: Document) -> tuple[dict[str, Any], int]:
    """Return a document in PubAnnotation's JSON form.

    Returns
    -------
    dict
        ``text``, ``sourcedb``, ``sourceid``, ``divisions`` (passages), ``denotations``,
        ``attributes``, ``relations``.
    int
        How many relations have no place in it.
    """
    pmid = document.pmid
    denotations: list[dict[str, Any]] = []
    attributes: list[dict[str, Any]] = []
    relations: list[dict[str, Any]] = []
    first: dict[str, str] = {}
    for number, mention in enumerate(document.mentions, start=1):
        name = f"T{number}"
        spans = [
            {"begin": start, "end": end}
            for start, end in mention.fragments or (mention.span,)
        ]
        span: Any = spans if len(spans) > 1 else spans[0]
        denotations.append({"id": name, "span": span, "obj": mention.type})
        for curie in mention.concepts:
            first.setdefault(curie, name)
        for predicate, value in _facts(mention):
            attributes.append(
                {
                    "id": f"A{len(attributes) + 1}",
                    "subj": name,
                    "pred": predicate,
                    "obj": value,
                }
            )
    missing = 0
    for statement in document.statements:
        ends = [first.get(statement.subject), first.get(statement.object)]
        if None in ends:
            missing += 1
            continue
        relations.append(
            {
                "id": f"R{len(relations) + 1}",
                "subj": ends[0],
                "pred": statement.predicate,
                "obj": ends[1],
            }
        )
    data: dict[str, Any] = {
        "sourcedb": "PubMed" if pmid is not None else "kgbuild",
        "sourceid": str(pmid) if pmid is not None else document.id,
        "text": document.text,
        "divisions": [
            {
                "span": {"begin": start, "end": end},
                "label": re.sub(r"\s+", "_", passage.section or "passage"),
            }
            for passage, (start, end) in zip(
                document.passages, document.passage_offsets(), strict=True
            )
        ],
        "denotations": denotations,
        "attributes": attributes,
        "relations": relations,
    }
    return data, missing


def _facts(mention: Mention) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [("identifier", c) for c in mention.concepts]
    if mention.method is not None:
        facts.append(("method", mention.method))
    if mention.composite:
        facts.append(("composite", True))
    if mention.recognizer != "gold":
        facts.append(("recognizer", mention.recognizer))
    if mention.score is not None:
        facts.append(("score", mention.score))
    if mention.link_score is not None:
        facts.append(("link_score", mention.link_score))
    facts += [(k, v) for k, v in mention.attributes if k != "identifier"]
    return facts
