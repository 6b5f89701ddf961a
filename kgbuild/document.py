"""The one data model: documents, passages, mentions and statements.

Offsets are Unicode code points, half open, absolute in ``Document.text``. At every
boundary ``document.text[m.start:m.end] == m.text`` holds. Records are frozen: a stage
returns a new document, so a notebook cell can be run twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, Literal, get_args

from kgbuild.errors import ValidationError
from kgbuild.predicates import CO_MENTION, predicate

State = Literal["done", "failed", "skipped"]

#: Version of the JSON form of documents; readers refuse a newer one. Version 1 had
#: relations of any number of arguments instead of statements.
JSON_VERSION = 2

#: Between the preferred names of a mention's several concepts, which stand in their
#: order.
NAME_SEPARATOR = "; "

Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A stretch of text that names something.

    Mentions may nest and overlap.

    Attributes
    ----------
    start, end
        Half-open code-point offsets in the document's text.
    text
        The text between them.
    type
        Entity type, see :mod:`kgbuild.entity_types`.
    recognizer
        What found it: ``"gold"``, the tagger's name, ``"variant-grammar"``, …
    score
        Recogniser's confidence in [0, 1], or ``None``.
    concepts
        CURIEs; empty where the mention is unlinked or was never normalized.
    method
        How ``concepts`` came about (``"exact"``, ``"abbreviation"``, ``"gold"``, …);
        ``"unlinked"`` where normalization ran and found nothing good enough; ``None``
        where it never ran.
    link_score
        Normalizer's confidence in [0, 1], or ``None``.
    composite
        ``True`` where the mention names all its concepts together ("breast and ovarian
        cancer"), ``False`` where they are alternatives or members.
    fragments
        Offsets of the parts of a discontinuous mention, of which ``start`` and ``end``
        are the hull; empty for an ordinary mention.
    attributes
        Further facts as name-value pairs, sorted by name, for example
        ``(("tmvar", "p|SUB|V|600|E"),)``.
    """

    start: int
    end: int
    text: str
    type: str
    recognizer: str = "gold"
    score: float | None = None
    concepts: tuple[str, ...] = ()
    method: str | None = None
    link_score: float | None = None
    composite: bool = False
    fragments: tuple[tuple[int, int], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            msg = (
                f"Mention offsets must hold 0 <= start < end. Got {self.start} and "
                f"{self.end} for {self.text!r}: check the source of the annotation."
            )
            raise ValidationError(msg)
        if len(self.text) != self.end - self.start:
            msg = (
                f"The mention {self.text!r} is {len(self.text)} characters long, its "
                f"offsets {self.start} to {self.end} say {self.end - self.start}: "
                "count offsets in Unicode code points, not bytes."
            )
            raise ValidationError(msg)
        if not self.type:
            msg = f"The mention {self.text!r} at {self.start} has no type: give it one."
            raise ValidationError(msg)
        for name, score in (("score", self.score), ("link_score", self.link_score)):
            if score is not None and not 0 <= score <= 1:
                msg = (
                    f"The {name} of the mention {self.text!r} must be from 0 to 1, or "
                    f"None. Got {score}."
                )
                raise ValidationError(msg)
        previous = self.start
        for start, end in self.fragments:
            if not previous <= start < end <= self.end:
                msg = (
                    f"The fragments {self.fragments} of {self.text!r} must be sorted, "
                    f"disjoint and inside {self.start} to {self.end}."
                )
                raise ValidationError(msg)
            previous = end

    @property
    def span(self) -> tuple[int, int]:
        """Half-open offsets ``(start, end)``."""
        return self.start, self.end

    def attribute(self, name: str) -> str | None:
        """Return the attribute of that name, or ``None``."""
        return next((value for key, value in self.attributes if key == name), None)

    def with_attributes(self, **values: str) -> Mention:
        """Return a copy with these attributes added or replaced."""
        merged = {**dict(self.attributes), **values}
        return replace(self, attributes=tuple(sorted(merged.items())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A title, an abstract section, a paragraph.

    Attributes
    ----------
    text
        May be empty (a title without an abstract keeps its empty abstract).
    section
        ``"title"``, ``"abstract"``, or a label such as ``"METHODS"``.
    metadata
        Anything JSON can hold.
    """

    text: str
    section: str = ""
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A relation between two concepts that a document states.

    Attributes
    ----------
    subject, object
        CURIEs, in the source's order; ``kgbuild:`` and the mention's text where the
        source gives no identifier.
    predicate
        As the source writes it, for example ``"CID"`` or ``"Positive_Correlation"``;
        :mod:`kgbuild.predicates` knows the usual ones.
    directed
        Whether subject and object may not be exchanged; by default what
        :mod:`kgbuild.predicates` says of the predicate.
    extractor
        Where it comes from: ``"gold"``, or the name of a stage.
    score
        Extractor's confidence in [0, 1], or ``None``.
    spans
        Half-open offsets of the sentences that are its evidence, sorted.
    qualifiers
        What else the source says, as name-value pairs, for example
        ``(("novelty", "Novel"),)``. Of a relation between more than two concepts, the
        further ones are here as ``argument3``, ``argument4``, …
    """

    subject: str
    predicate: str
    object: str
    directed: bool = None  # type: ignore[assignment] # never None once it is built
    extractor: str = "gold"
    score: float | None = None
    spans: tuple[tuple[int, int], ...] = ()
    qualifiers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("subject", "predicate", "object", "extractor"):
            if not getattr(self, name):
                msg = (
                    f"The statement {self.subject!r} {self.predicate!r} "
                    f"{self.object!r} has an empty {name}: give it one."
                )
                raise ValidationError(msg)
        if self.predicate == CO_MENTION:
            msg = f"{CO_MENTION!r} is what pairs named together have: state another."
            raise ValidationError(msg)
        if self.directed is None:
            object.__setattr__(self, "directed", predicate(self.predicate).directed)
        if self.score is not None and not 0 <= self.score <= 1:
            msg = (
                f"The score of {self.subject} {self.predicate} {self.object} must be "
                f"from 0 to 1, or None. Got {self.score}."
            )
            raise ValidationError(msg)
        for start, end in self.spans:
            if not 0 <= start < end:
                msg = (
                    f"The spans of the statement {self.subject} {self.predicate} "
                    f"{self.object} must hold 0 <= start < end. Got {start}, {end}."
                )
                raise ValidationError(msg)

    def qualifier(self, name: str) -> str | None:
        """Return the qualifier of that name, or ``None``."""
        return next((value for key, value in self.qualifiers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a document.

    Attributes
    ----------
    start, end
        Half-open offsets, without the white space around.
    cues
        What it holds, for example ``"negated"``, ``"hedged"``.
    """

    start: int
    end: int
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStatus:
    """What one stage did with one document.

    Attributes
    ----------
    stage
        ``"recognize"``, ``"variants"``, ``"normalize"``, …
    state
        ``"done"``, ``"failed"`` or ``"skipped"``. An empty result of a stage that ran
        is ``"done"``; a stage that did not run has no status or is ``"skipped"``.
    reason
        Why it failed or was skipped.
    version
        Of the stage, where it ran. Tables have it as their provenance, so that it does
        not count in comparisons.
    """

    stage: str
    state: State
    reason: str | None = None
    version: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.state not in get_args(State):
            msg = (
                f"The state of a stage must be one of {', '.join(get_args(State))}. "
                f"Got {self.state!r} for the stage {self.stage!r}."
            )
            raise ValidationError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text with everything that is known about it.

    Attributes
    ----------
    id
        Unique in a corpus; the PMID for PubMed records.
    passages
        In reading order; ``text`` is their texts joined by one space each.
    metadata
        Year, journal, authors, MeSH headings, …: anything JSON can hold. ``"year"`` is
        an integer where it is known.
    mentions
        Sorted by :func:`mention_order`.
    statements
        Relations between concepts, as the source or an extractor states them.
    status
        One entry per stage that met the document.
    sentences
        Sorted and disjoint; ``None`` where no stage worked them out. They follow from
        the text and do not count in comparisons.
    """

    id: str
    passages: tuple[Passage, ...]
    metadata: Metadata = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    statements: tuple[Statement, ...] = ()
    status: tuple[StageStatus, ...] = ()
    sentences: tuple[Sentence, ...] | None = field(
        default=None, repr=False, compare=False
    )
    #: The whole text; made from the passages, never given.
    text: str = field(init=False, repr=False, compare=False, default="")

    def __post_init__(self) -> None:
        if not self.id:
            msg = (
                "A document needs an id that is not empty: give it its PMID or a name."
            )
            raise ValidationError(msg)
        object.__setattr__(self, "text", " ".join(p.text for p in self.passages))
        for mention in self.mentions:
            found = self.text[mention.start : mention.end]
            if found != mention.text:
                msg = (
                    f"Document {self.id}: the text from {mention.start} to "
                    f"{mention.end} is {found!r}, the mention says {mention.text!r}: "
                    "correct the offsets (Unicode code points, half open)."
                )
                raise ValidationError(msg)
        for statement in self.statements:
            for start, end in statement.spans:
                if end > len(self.text):
                    msg = (
                        f"Document {self.id}: the evidence of {statement.subject} "
                        f"{statement.predicate} {statement.object} is said to stand at "
                        f"{start} to {end} of a text of {len(self.text)} characters."
                    )
                    raise ValidationError(msg)
        previous = 0
        for sentence in self.sentences or ():
            if not previous <= sentence.start < sentence.end <= len(self.text):
                msg = (
                    f"Document {self.id}: sentences must be sorted, disjoint, inside "
                    f"the text. Got {sentence.start} to {sentence.end}."
                )
                raise ValidationError(msg)
            previous = sentence.end
        ordered = tuple(sorted(self.mentions, key=mention_order))
        object.__setattr__(self, "mentions", ordered)

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        id: str = "text",  # noqa: A002 - the field's own name
        title: str | None = None,
    ) -> Document:
        """Make a document of one string, and a title if there is one.

        Examples
        --------
        >>> Document.from_text("Captopril inhibits ACE.").text
        'Captopril inhibits ACE.'
        """
        passages = [Passage(text=text, section="abstract")]
        if title is not None:
            passages.insert(0, Passage(text=title, section="title"))
        return cls(id=id, passages=tuple(passages))

    @property
    def pmid(self) -> int | None:
        """The PMID, where the id is one (or ``metadata["pmid"]`` says so)."""
        stated = self.metadata.get("pmid")
        value = str(stated) if stated is not None else self.id
        if value.isascii() and value.isdigit() and 0 < int(value) < 2**32:
            return int(value)
        return None

    @property
    def title(self) -> str:
        """Text of the title passage, or the empty string."""
        return next((p.text for p in self.passages if p.section == "title"), "")

    @property
    def year(self) -> int | None:
        """Year of publication, where it is known."""
        year = self.metadata.get("year")
        return year if isinstance(year, int) and not isinstance(year, bool) else None

    def passage_offsets(self) -> tuple[tuple[int, int], ...]:
        """Half-open offsets of every passage in ``text``."""
        offsets, start = [], 0
        for passage in self.passages:
            offsets.append((start, start + len(passage.text)))
            start += len(passage.text) + 1
        return tuple(offsets)

    def foreign_offsets(self) -> tuple[tuple[int, int], ...]:
        """Offsets of passages whose metadata state a language other than English.

        Recognizers pass over them; take ``language`` out of their metadata to have
        them tagged all the same.
        """
        return tuple(
            span
            for passage, span in zip(self.passages, self.passage_offsets(), strict=True)
            if not str(passage.metadata.get("language") or "en")
            .lower()
            .startswith("en")
        )

    def stage(self, name: str) -> StageStatus | None:
        """Return the status of that stage, or ``None`` where it never ran."""
        return next((s for s in self.status if s.stage == name), None)

    def with_mentions(self, mentions: Iterable[Mention]) -> Document:
        """Return a copy that has these mentions instead."""
        return replace(self, mentions=tuple(mentions))

    def with_statements(self, statements: Iterable[Statement]) -> Document:
        """Return a copy that has these statements instead."""
        return replace(self, statements=tuple(statements))

    def with_status(
        self,
        stage: str,
        state: State,
        *,
        reason: str | None = None,
        version: str | None = None,
    ) -> Document:
        """Return a copy on which that stage has this status."""
        others = tuple(s for s in self.status if s.stage != stage)
        own = StageStatus(stage=stage, state=state, reason=reason, version=version)
        return replace(self, status=(*others, own))

    def to_dict(self) -> dict[str, Any]:
        """Return a plain dictionary that JSON can hold."""
        data = {
            "version": JSON_VERSION,
            "id": self.id,
            "metadata": dict(self.metadata),
            "passages": [
                _without_defaults(p, metadata=dict(p.metadata)) for p in self.passages
            ],
            "mentions": [_without_defaults(m) for m in self.mentions],
            "statements": [_without_defaults(s) for s in self.statements],
            "status": [_without_defaults(s) for s in self.status],
        }
        if self.sentences is not None:
            data["sentences"] = [[s.start, s.end, *s.cues] for s in self.sentences]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Document:
        """Read what :meth:`to_dict` wrote.

        Raises
        ------
        ValidationError
            The dictionary is not a document, or of a newer version.
        """
        version = data.get("version", JSON_VERSION)
        if version not in range(1, JSON_VERSION + 1):
            msg = (
                f"This document is of version {version!r}; this kgbuild reads versions "
                f"up to {JSON_VERSION}: install the kgbuild that wrote it."
            )
            raise ValidationError(msg)
        _check_types(data)
        try:
            return cls(
                id=data["id"],
                metadata=dict(data.get("metadata", {})),
                passages=tuple(Passage(**p) for p in data["passages"]),
                mentions=tuple(_mention(m) for m in data.get("mentions", ())),
                statements=(
                    *map(_statement_of_relation, data.get("relations", ())),
                    *map(_statement, data.get("statements", ())),
                ),
                status=tuple(StageStatus(**s) for s in data.get("status", ())),
                sentences=_sentences(data.get("sentences")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = (
                "This is not a document as kgbuild writes it (an object with id, "
                f"passages, mentions): {_said(error)}."
            )
            raise ValidationError(msg) from error

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Document:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        ValidationError
            The line is not JSON or not a document.
        """
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            msg = f"This is not JSON: {error}."
            raise ValidationError(msg) from error
        if not isinstance(data, dict):
            msg = f"A document is a JSON object. Got {type(data).__name__}."
            raise ValidationError(msg)
        return cls.from_dict(data)

    def _repr_html_(self) -> str:
        from kgbuild._io.document_html import highlight_html

        return highlight_html(self)


def mention_order(mention: Mention) -> tuple[Any, ...]:
    """Sort key of mentions: by start, longest first, then type, recogniser, ids."""
    return (
        mention.start,
        -mention.end,
        mention.type,
        mention.recognizer,
        mention.concepts,
        mention.fragments,
    )


def longest_first(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Drop mentions that overlap a longer one (of equal ones the first stays).

    Parameters
    ----------
    mentions
        Of one document, in any order.

    Returns
    -------
    tuple of Mention
        Disjoint, in document order.
    """
    return _disjoint(
        sorted(mentions, key=lambda m: (m.start - m.end, *mention_order(m)))
    )


def surest_first(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Drop mentions that overlap one of a higher score, or a longer one of the same.

    Parameters
    ----------
    mentions
        Of one document, in any order; no score is the lowest.

    Returns
    -------
    tuple of Mention
        Disjoint, in document order.
    """
    return _disjoint(
        sorted(
            mentions,
            key=lambda m: (-(m.score or 0.0), m.start - m.end, *mention_order(m)),
        )
    )


def _disjoint(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Keep each mention that overlaps none before it; in document order."""
    chosen: list[Mention] = []
    taken: set[int] = set()
    for mention in mentions:
        places = range(mention.start, mention.end)
        if taken.isdisjoint(places):
            taken.update(places)
            chosen.append(mention)
    return tuple(sorted(chosen, key=mention_order))


def _without_defaults(record: Any, **replaced: Any) -> dict[str, Any]:
    """Return the fields that differ from their default: most mentions use few."""
    out: dict[str, Any] = {}
    for name, default in _defaults(record.__class__):
        value = replaced[name] if name in replaced else getattr(record, name)
        if value != default and value != () and value != {}:
            out[name] = value
    return out


@cache
def _defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple((spec.name, spec.default) for spec in fields(kind))


#: Of a document in JSON; ``relations`` are those of the first version.
_KEYS = frozenset(
    {"version", "id", "metadata", "passages", "mentions", "relations", "statements",
     "status", "sentences"}
)  # fmt: skip


def _check_types(data: Mapping[str, Any]) -> None:
    """Refuse JSON whose values have the shape of a document but not its types."""
    wrong = None
    if not isinstance(data.get("id"), str):
        wrong = f"id must be text, got {data.get('id')!r}"
    for name in ("passages", "mentions", "relations", "statements", "status"):
        if not isinstance(data.get(name, []), list | tuple):
            wrong = f"{name} must be a list, got {data[name]!r:.60}"
    if unknown := data.keys() - _KEYS:
        wrong = f"a Document has no {min(map(str, unknown))!r:.60}"
    if wrong is None:
        for mention in data.get("mentions", ()):
            for name in ("concepts", "fragments", "attributes"):
                value = mention.get(name, ()) if isinstance(mention, Mapping) else 0
                if not isinstance(value, list | tuple):
                    wrong = f"{name} of a mention must be a list, got {value!r:.60}"
    if wrong is not None:
        msg = f"This is not a document as kgbuild writes it: {wrong}."
        raise ValidationError(msg)


def _said(error: Exception) -> str:
    """Say what is wrong with the values of an object, not with a call of ours."""
    said = str(error).rstrip(".")
    if isinstance(error, KeyError):
        return f"{said} is missing"
    if found := re.match(r"(\w+)\.__init__\(\) got an unexpected .* ('.*')$", said):
        return f"a {found[1]} has no {found[2]}"
    if found := re.match(r"(\w+)\.__init__\(\) missing \d+ .*: (.*)$", said):
        return f"a {found[1]} lacks {found[2]}"
    if isinstance(error, TypeError | AttributeError):
        return "a value has the wrong type"
    return said


def _sentences(rows: Iterable[Sequence[Any]] | None) -> tuple[Sentence, ...] | None:
    if rows is None:
        return None
    return tuple(
        Sentence(start=int(start), end=int(end), cues=tuple(map(str, cues)))
        for start, end, *cues in rows
    )


def _mention(data: Mapping[str, Any]) -> Mention:
    values = dict(data)
    values["concepts"] = tuple(values.get("concepts", ()))
    values["fragments"] = _spans(values.get("fragments", ()))
    values["attributes"] = _pairs(values.get("attributes", ()))
    return Mention(**values)


def _statement(data: Mapping[str, Any]) -> Statement:
    values = dict(data)
    values["spans"] = _spans(values.get("spans", ()))
    values["qualifiers"] = _pairs(values.get("qualifiers", ()))
    return Statement(**values)


def _statement_of_relation(data: Mapping[str, Any]) -> Statement:
    """Read a relation of version 1."""
    subject, target, *further = data["arguments"]
    return Statement(
        subject=subject,
        predicate=data["type"],
        object=target,
        qualifiers=(
            *_pairs(data.get("attributes", ())),
            *((f"argument{at}", curie) for at, curie in enumerate(further, start=3)),
        ),
    )


def _spans(values: Iterable[Iterable[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((int(start), int(end)) for start, end in values)


def _pairs(values: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in values)
