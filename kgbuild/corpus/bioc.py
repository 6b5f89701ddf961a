"""BioC, as XML and as JSON.

Both are one structure: a collection of documents of passages (of sentences), each with
*infons* (name-value pairs), annotations and relations. It is read and written here as
BioC JSON has it; XML is changed into it and back.

Reading:

* Passages become passages, joined by one space whatever their offsets are; mentions
  move along. Where a passage has no text of its own, its sentences give it.
* A location may count from the document's start, as BioC says, or from its passage's or
  sentence's, as some tools have it: where the text agrees decides. Text that stands
  nowhere near is reported (the rule is in :mod:`kgbuild.corpus._mentions`). Several
  locations make a discontinuous mention. Annotations without any location are kept in
  the document's metadata, ``unplaced_annotations``.
* The infon ``type`` is the mention's type, ``identifier`` (or ``MESH``, ``NCBI Gene``,
  …) its concepts, see :mod:`kgbuild.corpus.identifiers`; all others become attributes.
* Relations may point at annotations, or name identifiers in the infons ``entity1``,
  ``entity2`` (BioRED) or ``role1``, ``role2`` (PubTator). A mention without identifier
  stands in a relation as ``kgbuild:`` and its text.

Writing keeps everything a document has: what BioC has no place for goes into infons
whose names begin with ``kgbuild:``. Characters that XML forbids become U+FFFD.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io import xml
from kgbuild._io.files import open_binary, stem
from kgbuild.corpus._bioc_xml import dictionary_of, xml_of
from kgbuild.corpus._json_stream import iter_values
from kgbuild.corpus._mentions import (
    Placer,
    alike,
    canonical_type,
    make_mention,
    written_label,
)
from kgbuild.corpus._statements import Resolver, make_statements, stated_pairs
from kgbuild.corpus._writing import Reporter, Writer
from kgbuild.corpus.formats import root_name
from kgbuild.corpus.identifiers import identifier_column, parse_identifiers
from kgbuild.document import Document, Mention, Passage, StageStatus, Statement
from kgbuild.errors import InputError, ValidationError
from kgbuild.text.evidence import concepts_named, with_evidence

if TYPE_CHECKING:
    from kgbuild.corpus._writing import OnFailure

#: Infons that name a concept without being called ``identifier`` → CURIE prefix.
_NAME_SPACES = {
    "mesh": "mesh", "omim": "omim", "mim": "omim", "chebi": "chebi",
    "ncbigene": "ncbigene", "entrezgene": "ncbigene", "geneid": "ncbigene",
    "ncbitaxonomy": "ncbitaxon", "ncbitaxon": "ncbitaxon", "taxonomy": "ncbitaxon",
    "cellosaurus": "cellosaurus", "dbsnp": "dbsnp",
}  # fmt: skip
_OWN = "kgbuild:"
_DOCUMENT_FIELDS = frozenset(
    {"id", "infons", "passages", "relations", "annotations", "text"}
)

Json = dict[str, Any]


# -- reading ---------------------------------------------------------------------------


def sniff_bioc_xml(head: str) -> bool:
    """Whether the root element is a BioC collection."""
    return root_name(head) == "collection"


def sniff_bioc_json(head: str) -> bool:
    """Whether the file begins like a BioC collection or BioC document in JSON."""
    if not head.lstrip().startswith(("{", "[")):
        return False
    if re.search(r'"(documents|PubTator3)"\s*:\s*\[', head):
        return True
    named = re.search(r'"(offset|infons)"\s*:', head)
    return '"passages"' in head and named is not None


def read_bioc_xml(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read BioC XML, document by document."""
    path = Path(path)
    report = Reporter(path, on_failure)
    number = 0
    with open_binary(path) as stream:
        records = xml.split_records(
            stream, {"document"}, roots={"collection"}, path=path
        )
        for record in records:
            if record.problem is not None:
                # What a collection says of itself: source, date, key, infons.
                if not re.match(rb"<(source|date|key|infon|version)\b", record.data):
                    report(record.problem, line=record.line)
                continue
            try:
                element = xml.parse_bytes(record.data)
            except InputError as error:
                line = record.line + (error.line or 1) - 1
                report(error.reason, line=line)
                continue
            number += 1
            yield from _safely(dictionary_of(element), record.line, number, report)


def read_bioc_json(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read BioC JSON: a collection, an array of documents, or one a line."""
    path = Path(path)
    report = Reporter(path, on_failure)
    number = 0
    with open_binary(path) as stream:
        values = iter_values(stream, path=path, keys=("documents", "PubTator3"))
        for line, value in values:
            inner = value.get("documents") if isinstance(value, dict) else None
            for item in inner if isinstance(inner, list) else [value]:
                number += 1
                yield from _safely(item, line, number, report)


def _safely(data: Any, line: int, number: int, report: Reporter) -> Iterator[Document]:
    fallback_id = f"{stem(Path(report.path or 'bioc'))}:{number}"
    try:
        yield document_from_bioc(
            data, line=line, report=report, fallback_id=fallback_id
        )
    except (ValidationError, ValueError, TypeError, AttributeError, KeyError) as error:
        name = data.get("id") if isinstance(data, dict) else None
        reason = (
            str(error)
            if isinstance(error, ValidationError)
            else f"This is no BioC document ({type(error).__name__}: {error})."
        )
        report(reason, line=line, document_id=None if name is None else str(name))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A passage or sentence: where the file says it is, and where it is here."""

    offset: int
    length: int
    start: int


def document_from_bioc(
    data: Any, *, line: int, report: Reporter, fallback_id: str
) -> Document:
    """Make a document of one in BioC's JSON form.

    What has to be left out goes to ``report``, with this line; ``fallback_id`` names a
    document that states no id, neither itself nor as article id in an infon.

    Raises
    ------
    ValidationError
        This is no BioC document.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("passages"), list):
        msg = (
            "A BioC document is an object with an id and passages. Got "
            f"{type(data).__name__} with {sorted(data)[:6] if data else 'nothing'}."
        )
        raise ValidationError(msg)
    identifier = data.get("id") or data.get("pmid") or data.get("_id")
    name = "" if identifier is None else str(identifier)
    if not name.strip():
        if not data["passages"]:
            msg = "The BioC document has neither an id nor a passage."
            raise ValidationError(msg)
        name = _article_id(data) or fallback_id
    passages: list[Passage] = []
    found: list[tuple[Json, list[_Stretch]]] = []
    relations = list(data.get("relations") or ())
    stretches: list[_Stretch] = []
    start = 0
    for raw in data["passages"]:
        text, sentences = _passage_text(raw, start)
        offset = _whole(raw.get("offset"), default=start)
        stretch = _Stretch(offset, len(text), start)
        stretches.append(stretch)
        passages.append(_passage(raw, text))
        found += [(a, [stretch]) for a in raw.get("annotations") or ()]
        relations += raw.get("relations") or ()
        for sentence, place in sentences:
            found += [(a, [stretch, place]) for a in sentence.get("annotations") or ()]
            relations += sentence.get("relations") or ()
        start += len(text) + 1
    for annotation in data.get("annotations") or ():
        found.append((annotation, _holding(annotation, stretches)))
    reader = _Annotations(
        text=" ".join(p.text for p in passages),
        report=partial(report, line=line, document_id=name),
    )
    reader.read(found)
    report.differs(reader.differing)
    metadata, status = _metadata(data)
    if reader.unplaced:
        metadata["unplaced_annotations"] = reader.unplaced
    return with_evidence(
        Document(
            id=name,
            passages=tuple(passages),
            metadata=metadata,
            mentions=tuple(reader.mentions),
            statements=tuple(reader.statements(relations)),
            status=status,
        )
    )


def _article_id(data: Mapping[str, Any]) -> str | None:
    """Take a document's id from the infons of itself or of its first passage."""
    prefixes = {"pmid": "", "pmc": "PMC", "doi": "doi:"}
    for part in (data, *data["passages"][:1]):
        infons = part.get("infons") or {}
        for kind, prefix in prefixes.items():
            value = str(infons.get(f"article-id_{kind}") or "").strip()
            if value:
                return value if value.startswith(prefix) else prefix + value
    return None


def _passage_text(raw: Json, start: int) -> tuple[str, list[tuple[Json, _Stretch]]]:
    """Return a passage's text and its sentences with their places."""
    sentences = raw.get("sentences") or []
    base = _whole(raw.get("offset"), default=0)
    text = raw.get("text") or ""
    whole = bool(text)
    if not isinstance(text, str):
        msg = f"The text of a passage is a string. Got {type(text).__name__}."
        raise ValidationError(msg)
    places = []
    for sentence in sentences:
        own = sentence.get("text") or ""
        offset = _whole(sentence.get("offset"), default=base + len(text))
        if not whole:
            # Gaps between sentences are blanks; one that begins too early gets one.
            gap = offset - base - len(text)
            text += " " * (gap if 0 <= gap <= 1000 else bool(text)) + own
            at = len(text) - len(own)
        else:
            at = offset - base
        places.append((sentence, _Stretch(offset, len(own), start + at)))
    return text, places


def _holding(annotation: Json, stretches: list[_Stretch]) -> list[_Stretch]:
    """Find the passage of an annotation that hangs on the document."""
    for location in annotation.get("locations") or ():
        offset = _whole(location.get("offset"), default=-1)
        for stretch in stretches:
            if stretch.offset <= offset <= stretch.offset + stretch.length:
                return [stretch]
    return []


def _passage(raw: Json, text: str) -> Passage:
    infons = dict(raw.get("infons") or {})
    if "section_type" in infons:
        section = str(infons.pop("section_type"))
        if section.lower() in {"title", "abstract"}:
            section = section.lower()
    else:
        section = str(infons.pop("type", "") or "")
    return Passage(text=text, section=section, metadata=_plain(infons))


def _metadata(data: Mapping[str, Any]) -> tuple[Json, tuple[StageStatus, ...]]:
    infons = dict(data.get("infons") or {})
    status = infons.pop(f"{_OWN}status", None)
    metadata = {k: v for k, v in data.items() if k not in _DOCUMENT_FIELDS}
    metadata.pop("_id", None)
    metadata = {k: v for k, v in metadata.items() if v is not None and v != []}
    metadata.update(_plain(infons))
    year = metadata.get("year")
    if isinstance(year, str) and re.fullmatch(r"\d{4}", year):
        metadata["year"] = int(year)
    states = json.loads(status) if isinstance(status, str) else status or ()
    return metadata, tuple(StageStatus(**s) for s in states)


def _plain(infons: Json) -> Json:
    """Undo what :func:`_infons` did to names and values."""
    prefix = f"{_OWN}json:"
    return {
        key.removeprefix(prefix): json.loads(value) if key.startswith(prefix) else value
        for key, value in infons.items()
    }


class _Annotations:
    """Makes mentions of a document's annotations, and relations between them."""

    def __init__(self, *, text: str, report: Any) -> None:
        self._text = text
        self._report = report
        self._placer = Placer(text)
        self._by_id: dict[str, Mention] = {}
        self.mentions: list[Mention] = []
        self.unplaced: list[Json] = []
        self.differing = 0

    def read(self, found: list[tuple[Json, list[_Stretch]]]) -> None:
        moved = []
        for annotation, stretches in found:
            locations = annotation.get("locations") or []
            if not locations:
                infons = annotation.get("infons") or {}
                kept: Json = {"infons": dict(infons)}
                if annotation.get("text"):
                    kept["text"] = annotation["text"]
                self.unplaced.append(kept)
                continue
            moved.append((annotation, stretches, locations))
        rows = []
        for annotation, stretches, locations in moved:
            said = annotation.get("text") or ""
            try:
                spans = [
                    (_whole(where.get("offset")), _whole(where.get("length")))
                    for where in locations
                ]
                starts = self._shifts(spans, stretches, said)
                places = sorted(
                    (at, at + n) for at, (_, n) in zip(starts, spans, strict=True)
                )
            except ValueError as error:
                self._report(str(error))
                continue
            kind = canonical_type(str((annotation.get("infons") or {}).get("type")))
            rows.append((annotation, places, said, kind))
        self._placer = Placer(
            self._text,
            [
                (*where[0], said, kind)
                for _, where, said, kind in rows
                if len(where) == 1
            ],
        )
        for annotation, places, said, _ in rows:
            try:
                mention = self._mention(annotation, places, said)
            except ValueError as error:
                self._report(str(error))
                continue
            self.mentions.append(mention)
            self._by_id.setdefault(str(annotation.get("id")), mention)
        self.differing += self._placer.differing

    def _shifts(
        self, spans: list[tuple[int, int]], stretches: list[_Stretch], said: str
    ) -> list[int]:
        """Turn stated offsets into ours: the way under which the text agrees."""
        ways = [s.start - s.offset for s in stretches]  # absolute, as BioC says
        ways += [s.start for s in stretches]  # counted from the passage or sentence
        ways.append(0)
        if len(spans) == 1 and stretches:
            # What nearly always holds.
            start = spans[0][0] + ways[0]
            if start >= 0 and self._text[start : start + spans[0][1]] == said:
                return [start]
        for shift in ways:
            pieces = [self._text[max(a + shift, 0) : a + shift + n] for a, n in spans]
            if _letters("".join(pieces)) == _letters(said) and all(pieces):
                return [a + shift for a, _ in spans]
        return [a + ways[0] for a, _ in spans]

    def _mention(
        self, annotation: Json, places: list[tuple[int, int]], said: str
    ) -> Mention:
        infons = dict(annotation.get("infons") or {})
        label = str(infons.pop("type", "") or "").strip()
        shown = f"The annotation {annotation.get('id')!r} ({said[:40]!r})"
        if not label:
            msg = f"{shown} has no infon 'type': give it one."
            raise ValueError(msg)
        start, end = places[0][0], places[-1][1]
        fragments: tuple[tuple[int, int], ...] = ()
        extra = _attributes(infons)
        if len(places) == 1:
            where = start, end
            if said:
                where = self._placer.place(start, end, said, canonical_type(label))
            if where != (start, end):
                extra["source_offsets"] = f"{start}-{end}"
            start, end = where
        else:
            fragments = tuple(places)
            ok = places[0][0] >= 0 and places[-1][1] <= len(self._text)
            pieces = "".join(self._text[a:b] for a, b in places)
            whole = self._text[max(start, 0) : end]
            same = _letters(said) in {_letters(pieces), _letters(whole), ""}
            if ok and not same and (alike(pieces, said) or alike(whole, said)):
                same = True
                self.differing += 1
            if not ok or not same:
                msg = f"{shown} does not stand where its locations {places} say."
                raise ValueError(msg)
            if any(b > c for (_, b), (c, _) in itertools.pairwise(places)):
                msg = f"{shown} has locations {places} that overlap."
                raise ValueError(msg)
        if not 0 <= start < end <= len(self._text):
            msg = (
                f"{shown} is said to stand at {start} to {end} of a text of "
                f"{len(self._text)} characters: correct its location."
            )
            raise ValueError(msg)
        mention = make_mention(
            self._text,
            start,
            end,
            label=label,
            identifier=_identifier(infons),
            fragments=fragments,
            extra=extra,
        )
        return _with_own_infons(mention, infons)

    def statements(self, found: list[Any]) -> Iterator[Statement]:
        """Make statements, one for every combination of a relation's concepts."""
        if not found:
            return
        resolver = Resolver(self.mentions)
        for raw in found:
            infons = dict(raw.get("infons") or {})
            kind = str(infons.pop("type", "") or "relation")
            named: list[tuple[str, ...]] = []
            mentioned: list[tuple[str, str]] = []
            for number in itertools.count(1):
                value = infons.get(f"entity{number}", infons.get(f"role{number}"))
                if isinstance(value, Mapping):
                    label = canonical_type(str(value.get("type") or ""))
                    text = str(value.get("identifier") or "")
                    named.append(parse_identifiers(label, text).concepts)
                elif isinstance(value, str) and f"entity{number}" in infons:
                    named.append(resolver.curies(value))
                else:
                    break
                infons.pop(f"entity{number}", None)
                infons.pop(f"role{number}", None)
            if not named:
                nodes = raw.get("nodes") or ()
                named = [self._node(node) for node in nodes]
                for number, node in enumerate(nodes, start=1):
                    if str(node.get("role") or str(number)) != str(number):
                        infons.setdefault(f"role{number}", str(node["role"]))
                mentioned = [
                    (f"{end}_mention", f"{mention.start}-{mention.end}")
                    for end, node in zip(("subject", "object"), nodes, strict=False)
                    if (mention := self._by_id.get(str(node.get("refid")))) is not None
                ]
            pairs = [*mentioned, *_attributes(infons).items()]
            try:
                yield from make_statements(kind, named, pairs)
            except ValueError as error:
                self._report(f"{error} It is {raw.get('id')!r}.")

    def _node(self, node: Json) -> tuple[str, ...]:
        mention = self._by_id.get(str(node.get("refid")))
        return () if mention is None else concepts_named(mention)


def _identifier(infons: Json) -> str | None:
    """Take the identifier out of an annotation's infons."""
    for key in ("identifier", "Identifier"):
        if key in infons:
            value = infons.pop(key)
            if isinstance(value, (list, tuple)):
                value = ",".join(map(str, value))
            return None if value is None else str(value)
    named = [
        f"{prefix}:{part.strip()}"
        for key, value in infons.items()
        if (prefix := _NAME_SPACES.get(re.sub(r"[\s_-]", "", key.lower()))) is not None
        for part in re.split(r"[|;,]", str(value))
        if part.strip()
    ]
    return ",".join(re.sub(r"^(\w+):(?i:\1):", r"\1:", n) for n in named) or None


def _attributes(infons: Json) -> dict[str, str]:
    """Turn infons that are neither type, identifier nor our own into attributes."""
    prefix = f"{_OWN}attribute:"
    return {
        key.removeprefix(prefix): value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False)
        for key, value in infons.items()
        if (not key.startswith(_OWN) or key.startswith(prefix))
        and key not in {"identifier", "Identifier"}
        and value is not None
    }


def _with_own_infons(mention: Mention, infons: Json) -> Mention:
    changes: Json = {}
    for name in ("recognizer", "method", "score", "link_score", "composite"):
        value = infons.get(f"{_OWN}{name}")
        if value is None:
            continue
        if name in {"score", "link_score"}:
            try:
                changes[name] = float(value)
            except (TypeError, ValueError) as error:
                msg = f"The infon {_OWN}{name} must be a number. Got {value!r}."
                raise ValueError(msg) from error
        elif name == "composite":
            changes[name] = value == "true"
        else:
            changes[name] = str(value) or None
    return replace(mention, **changes) if changes else mention


def _letters(text: str) -> str:
    return "".join(text.split())


def _whole(value: Any, *, default: int | None = None) -> int:
    """Read a whole number that may be written as text."""
    if value is None and default is not None:
        return default
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,15}\s*", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    msg = f"An offset or length must be a whole number. Got {value!r}."
    raise ValidationError(msg) if default is not None else ValueError(msg)


# -- writing ---------------------------------------------------------------------------


def bioc_json_writer() -> Writer:
    """Return the writer of BioC JSON."""
    return Writer(
        head=b'{"source":"kgbuild","date":"","key":"","infons":{},"documents":[\n',
        between=b",\n",
        tail=b"\n]}\n",
        encode=lambda document: json.dumps(
            document_to_bioc(document), ensure_ascii=False, separators=(",", ":")
        ).encode(),
    )


def bioc_xml_writer() -> Writer:
    """Return the writer of BioC XML."""
    return Writer(
        head=(
            b'<?xml version="1.0" encoding="UTF-8"?>\n'
            b'<!DOCTYPE collection SYSTEM "BioC.dtd">\n'
            b"<collection><source>kgbuild</source><date></date><key></key>\n"
        ),
        tail=b"</collection>\n",
        encode=lambda document: xml_of(document_to_bioc(document)),
    )


def document_to_bioc(document: Document) -> dict[str, Any]:
    """Return a document in BioC's JSON form.

    Offsets are code points from the document's start, as in :class:`Document`.
    """
    passages: list[Json] = []
    offsets = document.passage_offsets()
    for passage, (start, _) in zip(document.passages, offsets, strict=True):
        infons = _infons(passage.metadata)
        if passage.section:
            # Where metadata have a "type" of their own, the section goes beside it.
            both = "type" in infons or "section_type" in infons
            infons["section_type" if both else "type"] = passage.section
        passages.append(
            {
                "offset": start,
                "infons": infons,
                "text": passage.text,
                "sentences": [],
                "annotations": [],
                "relations": [],
            }
        )
    ids: dict[str, str] = {}
    at = 0
    for number, mention in enumerate(document.mentions, start=1):
        # Mentions come in order; one in the gap belongs to the passage before.
        while at + 1 < len(offsets) and mention.start >= offsets[at + 1][0]:
            at += 1
        passages[at]["annotations"].append(_annotation(f"T{number}", mention, document))
        for known_as in (f"{mention.start}-{mention.end}", *concepts_named(mention)):
            ids.setdefault(known_as, f"T{number}")
    infons = _infons(document.metadata)
    if document.status:
        states = [
            {"stage": s.stage, "state": s.state, "reason": s.reason}
            | ({} if s.version is None else {"version": s.version})
            for s in document.status
        ]
        infons[f"{_OWN}status"] = json.dumps(states, ensure_ascii=False)
    resolver = Resolver(document.mentions)
    return {
        "id": document.id,
        "infons": infons,
        "passages": passages,
        "annotations": [],
        "relations": [
            _relation(f"R{number}", statement, pairs, ids, resolver)
            for number, (statement, pairs) in enumerate(stated_pairs(document), start=1)
        ],
    }


def _infons(metadata: Mapping[str, Any]) -> Json:
    """Write metadata as strings; what is none is JSON under a name that says so."""
    out: Json = {}
    for key, value in metadata.items():
        plain = isinstance(value, str) and not key.startswith(_OWN)
        if key == "year" and isinstance(value, int) and 1000 <= value <= 9999:
            out[key] = str(value)
        elif plain and key not in {"year", "section_type"}:
            out[key] = value
        else:
            out[f"{_OWN}json:{key}"] = json.dumps(value, ensure_ascii=False)
    return out


def _annotation(name: str, mention: Mention, document: Document) -> Json:
    infons: Json = {"type": written_label(mention)}
    identifier = identifier_column(mention)
    if identifier is not None:
        infons["identifier"] = identifier
    read_back = parse_identifiers(mention.type, identifier)
    for key, value in mention.attributes:
        if key in {"identifier", "label"}:
            continue
        own = key.startswith(_OWN) or key in {"type", "Identifier"} or _is_name(key)
        infons[f"{_OWN}attribute:{key}" if own else key] = value
    if mention.recognizer != "gold":
        infons[f"{_OWN}recognizer"] = mention.recognizer
    if mention.method != read_back.method:
        infons[f"{_OWN}method"] = mention.method or ""
    if mention.composite != read_back.composite:
        infons[f"{_OWN}composite"] = "true" if mention.composite else "false"
    for key, score in (("score", mention.score), ("link_score", mention.link_score)):
        if score is not None:
            infons[f"{_OWN}{key}"] = repr(float(score))
    spans = mention.fragments or (mention.span,)
    return {
        "id": name,
        "infons": infons,
        "text": " ".join(document.text[start:end] for start, end in spans),
        "locations": [{"offset": s, "length": e - s} for s, e in spans],
    }


def _is_name(key: str) -> bool:
    return re.sub(r"[\s_-]", "", key.lower()) in _NAME_SPACES


def _relation(
    name: str,
    statement: Statement,
    pairs: list[tuple[str, str]],
    ids: Mapping[str, str],
    resolver: Resolver,
) -> Json:
    infons = {"type": statement.predicate}
    nodes = []
    ends = [statement.subject, statement.object]
    while pairs and pairs[0][0] == f"argument{len(ends) + 1}":
        ends.append(pairs.pop(0)[1])
    for number, curie in enumerate(ends, start=1):
        infons[f"entity{number}"] = resolver.written(curie)
        end = {1: "subject", 2: "object"}.get(number)
        span = statement.qualifier(f"{end}_mention") or ""
        mention = ids.get(span, ids.get(curie))
        if mention is not None:
            nodes.append({"refid": mention, "role": str(number)})
    for key, value in pairs:
        own = key.startswith(_OWN) or re.fullmatch(r"type|(entity|role)\d+", key)
        infons[f"{_OWN}attribute:{key}" if own else key] = value
    return {"id": name, "infons": infons, "nodes": nodes}
