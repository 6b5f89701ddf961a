"""PubTator: the format of most gold corpora, and of PubTator itself.

::

    8528200|t|Title of the article.
    8528200|a|Its abstract.
    8528200<TAB>0<TAB>5<TAB>Title<TAB>Disease<TAB>D001943
    8528200<TAB>CID<TAB>D000305<TAB>D001943
    (a blank line)

The document's text is title, one space, abstract. What reader and writer do with the
oddities of real files:

* Bodies may hold tabs. A block begins with its title line, whatever stands between
  blocks; a PMID that comes again makes a further document (``8528200#2``), never adds
  to the first.
* A missing sixth column says nothing about identifiers (``method`` is ``None``);
  ``-``, ``-1`` and the like say that there is none (``"unlinked"``). See
  :mod:`kgbuild.corpus.identifiers` for lists.
* Offsets that disagree with the text are put right where that is certain; the rule is
  in :mod:`kgbuild.corpus._mentions`.
* A line that is neither body, mention nor relation is reported and left out; where it
  is the last of the file, the file was cut off, and nothing is made of its last block.
* Relation lines become statements, whose evidence are the sentences that mention both
  ends. Identifiers are looked up among those of the block's mentions; further columns
  are kept: the first as ``novelty``, ``name=value`` under its name (``directed``,
  ``extractor``, ``score`` and ``spans`` are the statement's own).
* The writer puts what is no title into the abstract line; line breaks become blanks,
  one for one; ``|``, tabs and line breaks in document ids are written ``%7C`` etc. It
  cannot hold metadata, fragments, scores and statuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import lines
from kgbuild.corpus._mentions import (
    Placer,
    canonical_type,
    make_mention,
    written_label,
)
from kgbuild.corpus._statements import (
    Resolver,
    make_statements,
    stated_pairs,
    unescape_value,
)
from kgbuild.corpus._writing import Reporter, Writer, one_column, one_line, repeated_id
from kgbuild.corpus.identifiers import identifier_column
from kgbuild.document import Document, Mention, Passage, Statement
from kgbuild.errors import InputError
from kgbuild.text.evidence import with_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.corpus._writing import OnFailure

#: A document of more mentions than this is none: the file is damaged or hostile.
MAX_ROWS = 1_000_000

_BODY = re.compile(r"([^|\t]+)\|([ta])\|(.*)", re.DOTALL)
_PLAIN_NUMBERS = re.compile(r"[0-9]{1,15},[0-9]{1,15}")
#: A type of these characters alone is taken for a damaged offset, not a relation.
_NUMERIC = " +-0123456789"
_NAMED = re.compile(r"([A-Za-z][\w.:-]*)=(.*)", re.DOTALL)
_ID_SPECIAL = re.compile(r"[|%\t\r\n]")
_ID_ESCAPED = re.compile(r"%(7C|25|09|0D|0A)")


def sniff_pubtator(head: str) -> bool:
    """Whether the first line that is not blank is a title or an abstract line."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    return _BODY.match(first) is not None


def read_pubtator(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read a PubTator file, block by block."""
    path = Path(path)
    report = Reporter(path, on_failure)
    block: _Block | None = None
    broken: tuple[int, str] | None = None
    for number, line in lines(path):
        if not line or line.isspace():
            if block is not None:
                block.closed = True
            continue
        if broken is not None:
            report(
                broken[1],
                line=broken[0],
                document_id=block.name.strip() if block else None,
            )
            broken = None
        body = _BODY.fullmatch(line)
        if body is not None:
            name, tag, text = body.groups()
            if block is None or not block.takes(name, tag):
                if block is not None:
                    yield from block.finish()
                block = _Block(report=report, name=name, line=number)
            block.bodies.append((tag, text))
            continue
        reason = _sort_in(line, number, block)
        if reason is not None:
            broken = number, reason
        elif block is not None and len(block.mentions) > MAX_ROWS:
            reason = f"The document {block.name[:40]!r} has over {MAX_ROWS} mentions."
            raise InputError(reason, path=path, line=number)
    if broken is not None:
        reason = (
            f"{broken[1]} As it is the last line, the file seems to be cut off: copy "
            "or download it again, or remove the line."
        )
        raise InputError(reason, path=path, line=broken[0])
    if block is not None:
        yield from block.finish()


def _sort_in(line: str, number: int, block: _Block | None) -> str | None:
    """Add a line with tabs to its block, or say why that is impossible."""
    fields = line.split("\t")
    if (
        block is not None
        and len(fields) >= 5
        and fields[0] == block.name
        and _PLAIN_NUMBERS.fullmatch(f"{fields[1]},{fields[2]}")
    ):
        # What nearly all lines are.
        block.mentions.append((number, fields))
        return None
    shown = line if len(line) <= 60 else line[:57] + "…"
    if block is None:
        return (
            f"The line {shown!r} stands before the first title line; a line such as "
            "'123|t|Title' was expected."
        )
    numbers = [_is_number(value) for value in fields[1:3]]
    if len(fields) >= 5 and all(numbers):
        kind = block.mentions
    elif len(fields) >= 4 and fields[1].strip(_NUMERIC):
        kind = block.relations
    else:
        return (
            f"The line {shown!r} is neither a body ('PMID|t|…'), a mention (PMID, "
            "start, end, text, type, identifier between tabs) nor a relation."
        )
    if fields[0].strip() != block.name.strip():
        return (
            f"The line {shown!r} has the id {fields[0]!r} and stands below the "
            f"document {block.name!r}: move it to its document."
        )
    kind.append((number, fields))
    return None


def _is_number(value: str) -> bool:
    value = value.strip()
    return value.isascii() and value.isdigit() and len(value) < 16


@dataclass(slots=True, kw_only=True)
class _Block:
    """The lines of one document."""

    report: Reporter
    name: str
    line: int
    bodies: list[tuple[str, str]] = field(default_factory=list)
    mentions: list[tuple[int, list[str]]] = field(default_factory=list)
    relations: list[tuple[int, list[str]]] = field(default_factory=list)
    closed: bool = False

    def takes(self, name: str, tag: str) -> bool:
        """Whether this body line belongs to the block."""
        if name != self.name or self.closed or self.mentions or self.relations:
            return False
        return tag == "a" or all(t != "t" for t, _ in self.bodies)

    def finish(self) -> Iterator[Document]:
        """Make the document."""
        identifier = _ID_ESCAPED.sub(
            lambda found: chr(int(found.group(1), 16)), self.name.strip()
        )
        if not identifier:
            reason = "The title line has an empty id before its '|t|': give it one."
            self.report(reason, line=self.line)
            return
        ordered = sorted(self.bodies, key=lambda body: body[0] == "a")
        passages = tuple(
            Passage(text=text, section="title" if tag == "t" else "abstract")
            for tag, text in ordered
        )
        text = " ".join(p.text for p in passages)
        mentions = self._mentions(text)
        yield with_evidence(
            Document(
                id=identifier,
                passages=passages,
                metadata=repeated_id(identifier),
                mentions=tuple(mentions),
                statements=tuple(self._statements(mentions)),
            )
        )

    def _leave_out(self, reason: str, line: int) -> None:
        self.report(reason, line=line, document_id=self.name.strip())

    def _mentions(self, text: str) -> list[Mention]:
        placer = Placer(
            text,
            (
                (int(row[1]), int(row[2]), row[3], canonical_type(row[4].strip()))
                for _, row in self.mentions
            ),
        )
        mentions = []
        for number, fields in self.mentions:
            start, end, said = int(fields[1]), int(fields[2]), fields[3]
            label = fields[4].strip()
            try:
                if not label:
                    msg = f"The mention {said!r} has no type in its fifth column."
                    raise ValueError(msg)
                where = placer.place(start, end, said, canonical_type(label))
            except ValueError as error:
                self._leave_out(str(error), number)
                continue
            extra = {}
            for at, value in enumerate(fields[6:], start=7):
                if value.strip():
                    extra[f"column{at}"] = value
            if where != (start, end):
                extra["source_offsets"] = f"{start}-{end}"
            mentions.append(
                make_mention(
                    text,
                    *where,
                    label=label,
                    identifier=fields[5] if len(fields) > 5 else None,
                    extra=extra,
                )
            )
        self.report.differs(placer.differing)
        return mentions

    def _statements(self, mentions: list[Mention]) -> Iterator[Statement]:
        if not self.relations:
            return
        resolver = Resolver(mentions)
        for number, fields in self.relations:
            pairs = []
            for at, value in enumerate(fields[4:], start=5):
                named = _NAMED.fullmatch(value)
                if named is not None:
                    pairs.append((named.group(1), unescape_value(named.group(2))))
                elif value.strip():
                    name = "novelty" if at == 5 else f"column{at}"
                    pairs.append((name, value.strip()))
            ends = [resolver.curies(raw) for raw in fields[2:4]]
            try:
                yield from make_statements(
                    unescape_value(fields[1].strip()), ends, pairs
                )
            except ValueError as error:
                self._leave_out(str(error), number)


def pubtator_writer() -> Writer:
    """Return the writer of PubTator files."""
    return Writer(encode=encode_pubtator, between=b"\n")


def encode_pubtator(document: Document) -> bytes:
    """Write one document as a PubTator block, without the blank line behind it.

    Raises
    ------
    ValidationError
        A concept cannot be written so that it reads back.
    """
    name = _ID_SPECIAL.sub(lambda c: f"%{ord(c.group()):02X}", document.id)
    text = one_line(document.text)
    cut = len(document.passages[0].text) if document.passages else 0
    out = [f"{name}|t|{text[:cut]}", f"{name}|a|{text[cut + 1 :]}"]
    for mention in document.mentions:
        columns = [
            name,
            str(mention.start),
            str(mention.end),
            one_column(text[mention.start : mention.end]),
            one_column(written_label(mention)),
        ]
        identifier = identifier_column(mention)
        if identifier is not None:
            columns.append(identifier)
            further = mention.attribute("column7")
            if further is not None:
                columns.append(one_column(further))
        out.append("\t".join(columns))
    if document.statements:
        resolver = Resolver(document.mentions)
        for statement, pairs in stated_pairs(document):
            out.append(_relation_line(name, statement, resolver, pairs))
    return ("\n".join(out) + "\n").encode("utf-8")


def _relation_line(
    document: str,
    statement: Statement,
    resolver: Resolver,
    pairs: list[tuple[str, str]],
) -> str:
    predicate = _escape(statement.predicate)
    if not predicate.strip(_NUMERIC):
        # Or the line would be a mention's.
        predicate = f"%{ord(predicate[0]):02X}{predicate[1:]}"
    ends = (resolver.written(statement.subject), resolver.written(statement.object))
    columns = [document, predicate, *ends]
    for key, value in pairs:
        plain = key == "novelty" and len(columns) == 4 and _NAMED.match(value) is None
        name = re.sub(r"^[^A-Za-z]|[^\w.:-]", "_", key)
        columns.append(one_column(value) if plain else f"{name}={_escape(value)}")
    return "\t".join(columns)


def _escape(text: str) -> str:
    return re.sub(r"[%\t\r\n]", lambda c: f"%{ord(c.group()):02X}", text)
