"""CoNLL: one token a line with its tag behind it, sentences between blank lines.

Reading:

* Columns lie between tabs or blanks. The tags stand in the last column that nearly
  always holds one; before the token may stand its number (as in CoNLL-U, whose ranges
  ``1-2`` and empty nodes ``1.1`` are passed over).
* IOB1, IOB2 (BIO), IOBES, BILOU and BMEWO tags are read by one rule: ``B-``, ``S-``,
  ``U-`` and ``W-`` begin a mention, ``I-``, ``M-``, ``E-`` and ``L-`` go on with one of
  the same type or begin one; ``O``, and ``O-Task`` as AIONER has it, are outside. Tags
  without a type (``B``, ``I``, ``O``) need ``entity_type``. Tags between bars
  (``B-Gene|I-Disease``) are of several mentions. Where a column holds pairs as in
  CoNLL-U's last, the tag is that of ``ner=``, as Stanza writes it.
* A document begins with ``-DOCSTART- (name)``, ``# doc_id = name`` (a new name),
  ``# newdoc id = name``, ``#begin document (name)`` or ``###MEDLINE:name``; its
  sentences are its passages. In a file without, every sentence is a document,
  ``name:17``. Other lines that begin with ``#`` are comments.
* A sentence between the tokens ``<Task>`` and ``</Task>`` is one that AIONER marks for
  a task; both are dropped, the passage's metadata say ``task``.
* The running text is that of two columns of offsets behind the token, or of a comment
  ``# text = …``, where the tokens stand there. Otherwise it is rebuilt: no blank before
  ``.,;:!?)]}%``, none behind ``([{``, none around a hyphen or slash (but one in "T- and
  B-cells"), quotation marks in pairs.
* Types become canonical; there are no identifiers, so ``method`` is ``None``.

Writing gives ``token<TAB>tag`` with BIO or BIOES tags and ``-DOCSTART- (id)`` lines.
Tokens are runs of letters and digits, and single other characters; mentions begin and
end tokens; sentences that a document has stay. A type keeps its blanks, as columns
lie between tabs; one that a column cannot hold is written otherwise, which is said.
Of mentions that overlap the longest is written; how many were left out is said once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from kgbuild._io.files import lines, stem
from kgbuild._io.markup import counted
from kgbuild.corpus._mentions import make_mention, written_label
from kgbuild.corpus._writing import Reporter, Writer, one_column
from kgbuild.document import Document, Mention, Passage, Sentence, longest_first
from kgbuild.errors import InputError, KgbuildError, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.corpus._writing import OnFailure

Span = tuple[int, int]
#: Tags that are written.
Scheme = Literal["BIO", "BIOES"]
#: Whether the mention is that of the token before, and of the one behind → letter.
_LETTERS = {
    "BIO": {(False, True): "B", (True, True): "I", (True, False): "I",
            (False, False): "B"},
    "BIOES": {(False, True): "B", (True, True): "I", (True, False): "E",
              (False, False): "S"},
}  # fmt: skip

#: A document of more tokens than this is none: the file is damaged or hostile.
MAX_TOKENS = 5_000_000
#: How many lines are looked at to tell what the columns are.
_HEAD_LINES = 1000
#: More blanks than this between two tokens are taken for one.
_MAX_GAP = 1000

_TAG = re.compile(r"[BIESLUMW](?:-(\S.*))?|O(?:-\S.*|(?:\|(?:[BIESLUMW]-[^|]+|O))+)?")
_MEMBER = re.compile(r"[BIESLUMW]-[^|]+|O")
_NER = re.compile(r"(?:.*\|)?(?:ner|NER)=([BIESLUMW]-[^|\s]+|O)(?:\|.*)?")
_START = re.compile(
    r"""-DOCSTART-(?:\s+\((?P<docstart>.*)\))?
    | \#\s*(?:newdoc\s+id|doc(?:ument)?[_ ]?id)\s*[=:]\s*(?P<comment>\S.*)
    | \#\s*newdoc\s*$
    | \#begin\ document\ \((?P<begin>.*)\)
    | \#\#\#(?P<medline>MEDLINE:\d+)\s*$""",
    re.VERBOSE,
)
_FIELD = re.compile(r"# ?[\w.]+ ?=")
_TEXT = re.compile(r"#\s*text\s*=\s?(.*)")
_TASK = re.compile(r"<([A-Za-z][\w-]*)>")
_NO_BLANK_BEFORE = frozenset([*".,;:!?)]}%'’”°′″", "''"])
_NO_BLANK_AFTER = frozenset([*"([{“‘", "``"])
_CONTRACTION = re.compile(r"(?i)['’](s|re|ve|ll|d|m)|n['’]t")
_QUOTES = frozenset('"')
_HYPHENS = frozenset("-‐‑")
_TIGHT = _HYPHENS | frozenset("/_")
#: "T- and B-cells": a blank stands behind the first hyphen.
_AFTER_OPEN_HYPHEN = frozenset({"and", "or", "to", "versus", "vs"})


@dataclass(slots=True)
class _Sentence:
    """A sentence as the file has it."""

    rows: list[list[str]]
    text: str | None


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns hold the token and (from the right) its tag."""

    token: int = 0
    tag: int = -1

    @classmethod
    def of(cls, head: Iterable[str]) -> _Layout:
        """Tell the columns from the first lines of a file."""
        rows: list[list[str]] = []
        numbered = 0
        for line in head:
            columns = [] if _is_comment(line) or _START.match(line) else _columns(line)
            if not columns:
                rows.append([])
            elif not re.fullmatch(r"\d+[-.]\d+", columns[0]):
                rows.append(columns)
        tokens = [row for row in rows if row]
        for before, after in pairwise(rows):
            if before and after:
                follows = f"{int(before[0]) + 1}" if before[0].isdecimal() else ""
                if follows != after[0] or len(after) < 3:
                    numbered = 0
                    break
                numbered += 1
        token = int(numbered > 0)
        width = min(map(len, tokens), default=2) - token
        for tag in range(-1, -width, -1):
            tagged = sum(_TAG.fullmatch(row[tag]) is not None for row in tokens)
            if tagged >= 0.9 * len(tokens):
                return cls(token=token, tag=tag)
        return cls(token=token)


def sniff_conll(head: str) -> bool:
    """Whether nearly all lines end in a tag such as ``O`` or ``B-Gene``."""
    filled = (line for line in head.splitlines()[:200] if line.strip())
    rows = [line for line in filled if not _is_comment(line)][:-1]
    layout = _Layout.of(rows)
    tagged = 0
    for line in rows:
        columns = _columns(line)
        tagged += line.startswith("-DOCSTART-") or (
            len(columns) > 1
            and len(columns) >= -layout.tag
            and _TAG.fullmatch(columns[layout.tag]) is not None
        )
    return len(rows) > 0 and tagged >= 0.9 * len(rows)


def read_conll(
    path: Path | str, *, on_failure: OnFailure, entity_type: str | None = None
) -> Iterator[Document]:
    """Read a CoNLL file; ``entity_type`` is what tags without a type mean."""
    path = Path(path)
    report = Reporter(path, on_failure)
    layout = _Layout.of(line for _, line in islice(lines(path), _HEAD_LINES))
    name: str | None = None
    sentences: list[_Sentence] = []
    number = tokens = 0
    for first, found in _blocks(path, layout, report):
        if isinstance(found, str):
            if name is not None:
                yield _document(name, sentences, layout, entity_type)
            number += 1
            name, sentences, tokens = found or f"{stem(path)}:{number}", [], 0
            continue
        if entity_type is None and any(
            len(row[layout.tag]) == 1 and row[layout.tag] != "O" for row in found.rows
        ):
            reason = (
                "The tags of this file name no type (B, I, O): say what its mentions "
                "are with entity_type='Gene' (--type Gene)."
            )
            raise InputError(reason, path=path, line=first)
        if name is not None:
            sentences.append(found)
            tokens += len(found.rows)
            if tokens > MAX_TOKENS:
                reason = (
                    f"The document {name[:40]!r} has over {MAX_TOKENS} tokens: put "
                    "-DOCSTART- lines between documents."
                )
                raise InputError(reason, path=path, line=first)
        else:
            number += 1
            try:
                yield _document(f"{stem(path)}:{number}", [found], layout, entity_type)
            except KgbuildError as error:
                report(str(error), line=first)
    if name is not None:
        yield _document(name, sentences, layout, entity_type)


def _blocks(
    path: Path, layout: _Layout, report: Reporter
) -> Iterator[tuple[int, _Sentence | str]]:
    """Yield sentences with their first line; a string is a document's beginning."""
    rows: list[list[str]] = []
    text: str | None = None
    broken: tuple[int, str] | None = None
    first, last = 0, 0
    named: str | None = None
    for number, line in lines(path):
        start = _START.match(line)
        if start is None and _is_comment(line):
            stated = _TEXT.match(line)
            text = stated.group(1) if stated else text
            continue
        if line.strip() and start is None:
            last = number
            first = first or number
            columns = _columns(line)
            if layout.token and re.fullmatch(r"\d+[-.]\d+", columns[0]):
                continue
            if len(columns) < layout.token - layout.tag + 1 or (
                _TAG.fullmatch(columns[layout.tag]) is None
            ):
                shown = line if len(line) <= 60 else line[:57] + "…"
                reason = (
                    f"The line {shown!r} is no token with a tag such as O or B-Gene "
                    "in its last column."
                )
                broken = broken or (number, reason)
            else:
                rows.append(columns)
                if len(rows) > MAX_TOKENS:
                    reason = f"This sentence has over {MAX_TOKENS} tokens."
                    raise InputError(reason, path=path, line=number)
            continue
        if broken is not None:
            report(broken[1], line=broken[0])
        elif rows:
            yield first, _Sentence(rows, text)
        if rows or broken is not None:
            text = None
        rows, broken, first = [], None, 0
        if start is not None:
            name = next((found for found in start.groups() if found), "").strip()
            # Some tools repeat the comment before every sentence.
            if not start["comment"] or name != named:
                yield number, name
            named = name
    if broken is not None and broken[0] == last:
        reason = f"{broken[1]} As it is the last, the file seems to be cut off."
        raise InputError(reason, path=path, line=last)
    if broken is not None:
        report(broken[1], line=broken[0])
    elif rows:
        yield first, _Sentence(rows, text)


def _columns(line: str) -> list[str]:
    split = line.split("\t") if "\t" in line else line.split()
    columns = [column.strip() for column in split if column.strip()]
    if columns and (found := _NER.fullmatch(columns[-1])):
        columns[-1] = found.group(1)
    return columns


def _is_comment(line: str) -> bool:
    """Whether the line is none of a token that begins with a number sign."""
    if not line.startswith("#") or ("\t" in line and not line.startswith("# ")):
        return False
    if "\t" in line or _FIELD.match(line):
        return True
    columns = _columns(line)
    return len(columns) < 2 or _TAG.fullmatch(columns[-1]) is None


def _document(
    name: str,
    sentences: Iterable[_Sentence],
    layout: _Layout,
    entity_type: str | None,
) -> Document:
    passages: list[Passage] = []
    spans: list[tuple[int, int, str]] = []
    own: list[Sentence] = []
    start = 0
    ended: int | None = None
    for sentence in sentences:
        rows, metadata = sentence.rows, {}
        tokens = [row[layout.token] for row in rows]
        tags = [row[layout.tag] for row in rows]
        task = _TASK.fullmatch(tokens[0])
        if task and len(rows) > 1 and tokens[-1] == f"</{task.group(1)}>":
            tokens, tags, rows = tokens[1:-1], tags[1:-1], rows[1:-1]
            metadata = {"task": task.group(1)}
        if not rows:
            continue
        stated = _stated_places(rows, layout)
        gap = 1
        if stated is not None:
            text, places = _spaced(tokens, stated)
            gap = 1 if ended is None else stated[0][0] - ended
            ended = stated[-1][1]
        else:
            text, places = _aligned(tokens, sentence.text) or detokenize(tokens)
        base = start
        if passages and gap != 1 and 0 <= gap <= _MAX_GAP:
            # Passages lie one blank apart: what lies otherwise is one passage.
            base += gap - 1
            start -= len(passages[-1].text) + 1
            text = passages.pop().text + " " * gap + text
        for first, last, label in _tagged(tags, entity_type):
            spans.append((base + places[first][0], base + places[last][1], label))
        own.append(Sentence(start=base + places[0][0], end=base + places[-1][1]))
        passages.append(Passage(text=text, metadata=metadata))
        start += len(text) + 1
    whole = " ".join(p.text for p in passages)
    mentions = [
        make_mention(whole, begin, end, label=label, identifier=None)
        for begin, end, label in spans
    ]
    return Document(
        id=name, passages=tuple(passages), mentions=tuple(mentions),
        sentences=tuple(own),
    )  # fmt: skip


def _stated_places(rows: list[list[str]], layout: _Layout) -> list[Span] | None:
    """Return the offsets behind the tokens, where all are theirs."""
    places: list[Span] = []
    for row in rows:
        stated = row[layout.token + 1 : layout.token + 3]
        if len(row) < 4 or not all(re.fullmatch("[0-9]{1,9}", n) for n in stated):
            return None
        start, end = map(int, stated)
        if end - start != len(row[layout.token]):
            return None
        if places and not 0 <= start - places[-1][1] <= _MAX_GAP:
            return None
        places.append((start, end))
    return places


def _spaced(tokens: list[str], stated: list[Span]) -> tuple[str, list[Span]]:
    """Put blanks between tokens so that they lie as far apart as stated."""
    shift = stated[0][0]
    text = ""
    for token, (start, _) in zip(tokens, stated, strict=True):
        text += " " * (start - shift - len(text)) + token
    return text, [(start - shift, end - shift) for start, end in stated]


def _aligned(tokens: list[str], text: str | None) -> tuple[str, list[Span]] | None:
    """Find the tokens in the text that a comment states, if nothing lies between."""
    if not text:
        return None
    places: list[Span] = []
    at = 0
    for token in tokens:
        start = text.find(token, at, at + _MAX_GAP + len(token))
        if start < 0 or text[at:start].strip():
            return None
        at = start + len(token)
        places.append((start, at))
    return None if text[at:].strip() else (text, places)


def _tagged(tags: list[str], entity_type: str | None) -> list[tuple[int, int, str]]:
    """Return (first token, last token, label) of every mention."""
    found: list[tuple[int, int, str]] = []
    # Label → place in ``found`` of the mention that may go on.
    inside: dict[str, int] = {}
    for at, tag in enumerate(tags):
        going_on: dict[str, int] = {}
        for one in _members(tag):
            if one == "O" or one.startswith("O-"):
                continue
            letter, label = one[0], one[2:] or entity_type or ""
            place = inside.get(label) if letter in "IELM" else None
            if place is None:
                place = len(found)
                found.append((at, at, label))
            else:
                found[place] = (found[place][0], at, label)
            if letter in "BIM":
                going_on[label] = place
        inside = going_on
    return found


def _members(tag: str) -> list[str]:
    """Return the tags of several mentions at one token, "B-Gene|I-Disease"."""
    members = tag.split("|")
    several = len(members) > 1 and all(_MEMBER.fullmatch(m) for m in members)
    return members if several else [tag]


def detokenize(tokens: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """Rebuild running text from tokens.

    Returns
    -------
    str
        The text.
    list of (int, int)
        Half-open offsets of every token in it.

    Examples
    --------
    >>> detokenize(["NF", "-", "kappaB", "(", "p65", ")", "."])[0]
    'NF-kappaB (p65).'
    """
    parts: list[str] = []
    places = []
    size = 0
    previous = ""
    glued = True
    quoted = False
    for token in tokens:
        quotes = token in _QUOTES
        closes = quoted and quotes
        mark = bool(token) and unicodedata.category(token[0]).startswith("M")
        if previous in _HYPHENS and token.lower() in _AFTER_OPEN_HYPHEN:
            glued = False
        if not (glued or closes or mark or token in _TIGHT or _closes(token)):
            parts.append(" ")
            size += 1
        parts.append(token)
        places.append((size, size + len(token)))
        size += len(token)
        quoted ^= quotes
        opens = quotes and quoted
        glued = opens or token in _NO_BLANK_AFTER or token in _TIGHT
        previous = token
    return "".join(parts), places


def _closes(token: str) -> bool:
    return token in _NO_BLANK_BEFORE or _CONTRACTION.fullmatch(token) is not None


def conll_writer(*, scheme: Scheme = "BIO") -> Writer:
    """Return the writer of CoNLL files.

    Raises
    ------
    ConfigError
        The scheme is none of the two.
    """
    one_of("scheme", scheme, get_args(Scheme))
    left_out = 0
    renamed: dict[str, str] = {}

    def encode(document: Document) -> bytes:
        nonlocal left_out
        chosen = longest_first(document.mentions)
        left_out += len(document.mentions) - len(chosen)
        for label in {written_label(m) for m in chosen}:
            if (written := _in_column(label)) != label:
                renamed[label] = written
        return _encode(document, chosen, scheme)

    def notes() -> tuple[str, ...]:
        said = []
        if left_out:
            many = counted(left_out, "mention")
            said.append(
                f"CoNLL cannot hold mentions that overlap longer ones: left out {many}."
            )
        if renamed:
            pairs = ", ".join(f"{a!r} as {b!r}" for a, b in sorted(renamed.items()))
            said.append(f"A column of CoNLL cannot hold some types: wrote {pairs}.")
        return tuple(said)

    return Writer(encode=encode, notes=notes)


def _encode(document: Document, mentions: tuple[Mention, ...], scheme: Scheme) -> bytes:
    from kgbuild.text.sentences import document_sentences

    name = re.sub(r"\s+", " ", document.id)
    out = [f"-DOCSTART- ({name})\tO", ""]
    ends = {m.start for m in mentions} | {m.end for m in mentions}
    covering = {at: m for m in mentions for at in range(m.start, m.end)}
    for start, end in _unbroken(document_sentences(document), mentions):
        tokens = list(_tokens(document.text, start, end, ends))
        # Of every token the mention that it is in; a blank is no token.
        owners = [None, *(covering.get(begin) for begin, _ in tokens), None]
        for at, (begin, stop) in enumerate(tokens, 1):
            mention, tag = owners[at], "O"
            if mention is not None:
                begun, goes_on = (owners[at + i] is mention for i in (-1, 1))
                letter = _LETTERS[scheme][begun, goes_on]
                tag = f"{letter}-{_in_column(written_label(mention))}"
            out.append(f"{document.text[begin:stop]}\t{tag}")
        out.append("")
    return ("\n".join(out) + "\n").encode()


def _in_column(label: str) -> str:
    """Return a label as a tag can have it: without tabs, and of one mention."""
    label = one_column(label).strip()
    return label.replace("|", "/") if len(_members(f"B-{label}")) > 1 else label


def _unbroken(
    sentences: Iterable[tuple[int, int]], mentions: tuple[Mention, ...]
) -> list[tuple[int, int]]:
    """Join sentences that a mention runs across."""
    joined: list[tuple[int, int]] = []
    crossing = sorted(m.span for m in mentions)
    at = 0
    for start, end in sentences:
        while at < len(crossing) and crossing[at][1] <= start:
            at += 1
        if joined and at < len(crossing) and crossing[at][0] < joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _tokens(
    text: str, start: int, end: int, borders: set[int]
) -> Iterator[tuple[int, int]]:
    """Cut text into runs of letters, digits and marks, and single other characters."""
    begin = None
    for at in range(start, end):
        character = text[at]
        wordly = character.isalnum() or (
            begin is not None and unicodedata.category(character).startswith("M")
        )
        if begin is not None and (not wordly or at in borders):
            yield begin, at
            begin = None
        if wordly:
            begin = at if begin is None else begin
        elif not character.isspace() and unicodedata.category(character) != "Cc":
            yield at, at + 1
    if begin is not None:
        yield begin, end
