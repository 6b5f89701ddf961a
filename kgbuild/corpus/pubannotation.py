"""PubAnnotation JSON: text, denotations, attributes, relations.

One object a document, alone, in an array or one a line. Offsets are code points, half
open, as in :class:`kgbuild.document.Document`; discontinuous mentions have a list of
spans. Concept ids, methods and scores are attributes of their denotation; what else a
statement says is attributes of its relation. A relation stands between the mentions of
its concepts; one whose concepts are mentioned nowhere has no place in the format and is
counted in a note. Divisions that tile the text become passages. Where several projects
annotated a text (``tracks``), their mentions have the attribute ``project``; a
document's own ``project`` and its ``blocks`` (sentences, zones) stay as they are in its
metadata.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from kgbuild._io.files import open_binary, stem
from kgbuild.corpus._json_stream import iter_values
from kgbuild.corpus._mentions import make_mention
from kgbuild.corpus._statements import make_statements, stated_pairs
from kgbuild.corpus._writing import Reporter, Writer
from kgbuild.document import Document, Mention, Passage, Statement
from kgbuild.errors import KgbuildError, ValidationError
from kgbuild.text.evidence import concepts_named, with_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kgbuild.corpus._writing import OnFailure


#: What stays as it is, in the document's metadata.
_KEPT = ("project", "blocks")
#: Attributes of a denotation that are fields of a mention, where of this JSON type.
_OWN = {
    "method": str, "composite": bool, "recognizer": str, "score": float,
    "link_score": float,
}  # fmt: skip


def sniff_pubannotation(head: str) -> bool:
    """Whether the file begins like PubAnnotation's objects."""
    named = re.search(r'"(denotations|sourcedb|tracks|blocks)"\s*:', head)
    return head.lstrip().startswith(("{", "[")) and named is not None


def read_pubannotation(
    path: Path | str, *, on_failure: OnFailure
) -> Iterator[Document]:
    """Read PubAnnotation JSON."""
    path = Path(path)
    report = Reporter(path, on_failure)
    with open_binary(path) as stream:
        for number, (line, value) in enumerate(iter_values(stream, path=path), start=1):
            try:
                yield document_from_pubannotation(
                    value,
                    fallback_id=f"{stem(path)}:{number}",
                    line=line,
                    report=report,
                )
            except (KgbuildError, ValueError, TypeError, AttributeError) as error:
                reason = f"This is no document of PubAnnotation ({error})."
                report(reason, line=line)


def document_from_pubannotation(
    data: Mapping[str, Any], *, fallback_id: str, line: int, report: Reporter
) -> Document:
    """Make a document of one in PubAnnotation's JSON form.

    What has to be left out goes to ``report``, with this line. The ``fallback_id`` is
    for one without a ``sourceid`` or ``target``.

    Raises
    ------
    ValueError, TypeError, AttributeError, ValidationError
        This is no document of PubAnnotation.
    """
    text = data.get("text")
    if not isinstance(text, str):
        msg = f"'text' must be a string, got {text!r:.40}"
        raise TypeError(msg)
    name = _name(data) or fallback_id
    passages = tuple(_passages(text, data.get("divisions") or data.get("div") or ()))
    whole = " ".join(passage.text for passage in passages)
    mentions: list[Mention] = []
    statements: list[Statement] = []
    for track in (data, *(data.get("tracks") or ())):
        project = None if track is data else track.get("project")
        found, stated = _annotations(
            whole,
            track,
            [("project", str(project))] if project else [],
            lambda reason: report(reason, line=line, document_id=name),
        )
        mentions += found
        statements += stated
    return with_evidence(
        Document(
            id=name,
            passages=passages,
            mentions=tuple(mentions),
            statements=tuple(statements),
            metadata={key: data[key] for key in _KEPT if data.get(key)},
        )
    )


def _name(data: Mapping[str, Any]) -> str:
    """Return the id that the source's database gives, or the empty string."""
    database, number = data.get("sourcedb"), data.get("sourceid")
    if not number:
        target = unquote(str(data.get("target") or ""))
        found = re.search(r"/sourcedb/([^/]+)/sourceid/([^/?#]+)", target)
        database, number = found.groups() if found else (None, "")
    is_pmcid = str(database).upper() == "PMC" and str(number).isdecimal()
    return f"PMC{number}" if is_pmcid else str(number or "")


def _annotations(
    whole: str,
    data: Mapping[str, Any],
    source: list[tuple[str, Any]],
    report: Callable[[str], None],
) -> tuple[list[Mention], list[Statement]]:
    """Read denotations, their attributes and relations: ids hold within one track."""
    said: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for attribute in data.get("attributes") or ():
        said[str(attribute.get("subj"))].append(
            (str(attribute.get("pred")), attribute.get("obj"))
        )
    mentions: dict[str, Mention] = {}
    for denotation in data.get("denotations") or ():
        known_as = str(denotation.get("id") or f"#{len(mentions)}")
        try:
            pairs = [*said[known_as], *source]
            mentions[known_as] = _mention(whole, denotation, pairs)
        except (ValueError, TypeError, ValidationError) as error:
            report(f"The denotation {known_as!r} cannot be read ({error}).")
    statements: list[Statement] = []
    for relation in data.get("relations") or ():
        try:
            pairs = [*said[str(relation.get("id"))], *source]
            statements += _statements(relation, mentions, pairs)
        except ValueError as error:
            report(str(error))
    return list(mentions.values()), statements


def _passages(text: str, divisions: Iterable[Any]) -> Iterator[Passage]:
    """Cut the text into divisions if these leave out no more than a blank between."""
    spans = sorted((*_span(d.get("span") or d), str(d.get("label"))) for d in divisions)
    borders = [-1, *(end for _, end, _ in spans)]
    gaps = zip(borders, (*(start for start, _, _ in spans), len(text) + 1), strict=True)
    tiled = bool(spans) and all(
        start == end + 1 and (not 0 <= end < len(text) or text[end].isspace())
        for end, start in gaps
    )
    if not tiled:
        spans = [(0, len(text), "abstract")]
    for start, end, label in spans:
        yield Passage(text=text[start:end], section=label)


def _span(span: Mapping[str, Any]) -> tuple[int, int]:
    if not {"begin", "end"} <= span.keys():
        msg = "it has no span with begin and end"
        raise ValueError(msg)
    return int(span["begin"]), int(span["end"])


def _mention(
    text: str, denotation: Mapping[str, Any], pairs: list[tuple[str, Any]]
) -> Mention:
    stated = denotation.get("span") or denotation
    spans = sorted(map(_span, stated if isinstance(stated, list) else [stated]))
    if not all(0 <= start < end <= len(text) for start, end in spans):
        msg = f"it is said to stand at {spans} of {len(text)} characters"
        raise ValueError(msg)
    own: dict[str, Any] = {
        k: v for k, v in pairs if k in _OWN and isinstance(v, _OWN[k])
    }
    mention = make_mention(
        text,
        spans[0][0],
        spans[-1][1],
        label=str(denotation.get("obj") or ""),
        identifier=",".join(str(v) for k, v in pairs if k == "identifier") or None,
        fragments=tuple(spans) if len(spans) > 1 else (),
        extra={
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in pairs
            if key not in own and key != "identifier"
        },
    )
    return replace(mention, **own)


def _statements(
    relation: Mapping[str, Any],
    mentions: Mapping[str, Mention],
    pairs: list[tuple[str, Any]],
) -> list[Statement]:
    between = [mentions.get(str(relation.get(end))) for end in ("subj", "obj")]
    said = dict(pairs)
    ends: list[tuple[str, ...]] = []
    places = []
    for end, mention in zip(("subject", "object"), between, strict=True):
        if end in said:
            ends.append((str(said[end]),))
        else:
            ends.append(() if mention is None else concepts_named(mention))
            if mention is not None:
                places.append((f"{end}_mention", f"{mention.start}-{mention.end}"))
    further = [(k, str(v)) for k, v in pairs if k not in {"subject", "object"}]
    return make_statements(str(relation.get("pred")), ends, [*places, *further])


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
        for known_as in (f"{mention.start}-{mention.end}", *concepts_named(mention)):
            first.setdefault(known_as, name)
        attributes += _attributes(name, _stated(mention), len(attributes))
    missing = 0
    for statement, pairs in stated_pairs(document):
        ends = [
            first.get(statement.qualifier(f"{end}_mention") or "", first.get(curie))
            for end, curie in (
                ("subject", statement.subject), ("object", statement.object),
            )
        ]  # fmt: skip
        if None in ends:
            missing += 1
            continue
        name = f"R{len(relations) + 1}"
        relations.append(
            {"id": name, "subj": ends[0], "pred": statement.predicate, "obj": ends[1]}
        )
        named = (("subject", statement.subject), ("object", statement.object))
        attributes += _attributes(name, [*named, *pairs], len(attributes))
    source = "kgbuild", document.id
    if pmid is not None:
        source = "PubMed", str(pmid)
    elif re.fullmatch(r"PMC\d+", document.id):
        source = "PMC", document.id.removeprefix("PMC")
    data: dict[str, Any] = {
        **{key: document.metadata[key] for key in _KEPT if key in document.metadata},
        "sourcedb": source[0],
        "sourceid": source[1],
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


def _attributes(
    name: str, pairs: Iterable[tuple[str, Any]], count: int
) -> list[dict[str, Any]]:
    return [
        {"id": f"A{number}", "subj": name, "pred": predicate, "obj": value}
        for number, (predicate, value) in enumerate(pairs, start=count + 1)
    ]


def _stated(mention: Mention) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = [("identifier", c) for c in mention.concepts]
    if mention.method is not None:
        pairs.append(("method", mention.method))
    if mention.composite:
        pairs.append(("composite", True))
    if mention.recognizer != "gold":
        pairs.append(("recognizer", mention.recognizer))
    if mention.score is not None:
        pairs.append(("score", float(mention.score)))
    if mention.link_score is not None:
        pairs.append(("link_score", float(mention.link_score)))
    pairs += [(k, v) for k, v in mention.attributes if k != "identifier"]
    return pairs
