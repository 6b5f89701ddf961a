"""CoNLL: one token a line with its tag behind it, sentences between blank lines.

Reading:

* The first column is the token, the last its tag; columns lie between tabs or blanks.
* IOB, IOB2 (BIO), IOBES and BILOU tags are read by one rule: ``B-``, ``S-`` and ``U-``
  begin a mention, ``I-``, ``E-`` and ``L-`` go on with one of the same type or begin
  one; ``O``, and ``O-Task`` as AIONER has it, are outside.
* ``-DOCSTART-`` begins a document, whose sentences are its passages; ``-DOCSTART-
  (name)`` names it. In a file without it, every sentence is a document, ``name:17``.
* A sentence between the tokens ``<Task>`` and ``</Task>`` is one that AIONER marks for
  a task; both are dropped, the passage's metadata say ``task``.
* The running text is rebuilt: no blank before ``.,;:!?)]}%``, none behind ``([{``, none
  around a hyphen or slash (but one in "T- and B-cells"), quotation marks in pairs. What
  stood there first is not in the file; the tokens are.
* Types become canonical; there are no identifiers, so ``method`` is ``None``.

Writing gives ``token<TAB>tag`` with BIO tags and ``-DOCSTART- (id)`` lines. Tokens are
runs of letters and digits, and single other characters; mentions begin and end tokens.
Of mentions that overlap the longest is written; how many were left out is said once.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import lines, stem
from kgbuild.corpus._mentions import make_mention, written_label
from kgbuild.corpus._writing import Reporter, Writer
from kgbuild.document import Document, Mention, Passage, longest_first
from kgbuild.errors import InputError, KgbuildError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.corpus._writing import OnFailure

Row = tuple[str, str]

#: A document of more tokens than this is none: the file is damaged or hostile.
MAX_TOKENS = 5_000_000

_TAG = re.compile(r"([BIESLU])-(\S.*)|O(?:-\S.*)?")
_START = re.compile(r"-DOCSTART-(?:\s+\((.*)\))?")
_TASK = re.compile(r"<([A-Za-z][\w-]*)>")
_NO_BLANK_BEFORE = frozenset([*".,;:!?)]}%'’”°′″", "''"])
_NO_BLANK_AFTER = frozenset([*"([{“‘", "``"])
_CONTRACTION = re.compile(r"(?i)['’](s|re|ve|ll|d|m)|n['’]t")
_QUOTES = frozenset('"')
_HYPHENS = frozenset("-‐‑")
_TIGHT = _HYPHENS | frozenset("/_")
#: "T- and B-cells": a blank stands behind the first hyphen.
_AFTER_OPEN_HYPHEN = frozenset({"and", "or", "to", "versus", "vs"})


def sniff_conll(head: str) -> bool:
    """Whether nearly all lines end in a tag such as ``O`` or ``B-Gene``."""
    rows = [line for line in head.splitlines()[:200] if line.strip()][:-1]
    tagged = 0
    for line in rows:
        columns = _columns(line)
        tagged += line.startswith("-DOCSTART-") or (
            len(columns) > 1 and _TAG.fullmatch(columns[-1]) is not None
        )
    return len(rows) > 0 and tagged >= 0.9 * len(rows)


def read_conll(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read a CoNLL file."""
    path = Path(path)
    report = Reporter(path, on_failure)
    name: str | None = None
    sentences: list[list[Row]] = []
    number = tokens = 0
    for first, found in _blocks(path, report):
        if isinstance(found, str):
            if name is not None:
                yield _document(name, sentences)
            number += 1
            name, sentences, tokens = found or f"{stem(path)}:{number}", [], 0
        elif name is not None:
            sentences.append(found)
            tokens += len(found)
            if tokens > MAX_TOKENS:
                reason = (
                    f"The document {name[:40]!r} has over {MAX_TOKENS} tokens: put "
                    "-DOCSTART- lines between documents."
                )
                raise InputError(reason, path=path, line=first)
        else:
            number += 1
            try:
                yield _document(f"{stem(path)}:{number}", [found])
            except KgbuildError as error:
                report(str(error), line=first)
    if name is not None:
        yield _document(name, sentences)


def _blocks(path: Path, report: Reporter) -> Iterator[tuple[int, list[Row] | str]]:
    """Yield sentences with their first line; a string is a document's beginning."""
    rows: list[Row] = []
    broken: tuple[int, str] | None = None
    first, last = 0, 0
    for number, line in lines(path):
        start = _START.match(line)
        if line.strip() and start is None:
            last = number
            first = first or number
            columns = _columns(line)
            if len(columns) < 2 or _TAG.fullmatch(columns[-1]) is None:
                shown = line if len(line) <= 60 else line[:57] + "…"
                reason = (
                    f"The line {shown!r} is no token with a tag such as O or B-Gene "
                    "in its last column."
                )
                broken = broken or (number, reason)
            else:
                rows.append((columns[0], columns[-1]))
                if len(rows) > MAX_TOKENS:
                    reason = f"This sentence has over {MAX_TOKENS} tokens."
                    raise InputError(reason, path=path, line=number)
            continue
        if broken is not None:
            report(broken[1], line=broken[0])
        elif rows:
            yield first, rows
        rows, broken, first = [], None, 0
        if start is not None:
            yield number, (start.group(1) or "").strip()
    if broken is not None and broken[0] == last:
        reason = f"{broken[1]} As it is the last, the file seems to be cut off."
        raise InputError(reason, path=path, line=last)
    if broken is not None:
        report(broken[1], line=broken[0])
    elif rows:
        yield first, rows


def _columns(line: str) -> list[str]:
    columns = line.split("\t") if "\t" in line else line.split()
    return [column.strip() for column in columns if column.strip()]


def _document(name: str, sentences: Iterable[list[Row]]) -> Document:
    passages: list[Passage] = []
    spans: list[tuple[int, int, str]] = []
    start = 0
    for rows in sentences:
        metadata = {}
        task = _TASK.fullmatch(rows[0][0])
        if task and len(rows) > 1 and rows[-1][0] == f"</{task.group(1)}>":
            rows, metadata = rows[1:-1], {"task": task.group(1)}
        text, places = detokenize([token for token, _ in rows])
        for first, last, label in _tagged([tag for _, tag in rows]):
            spans.append((start + places[first][0], start + places[last][1], label))
        passages.append(Passage(text=text, metadata=metadata))
        start += len(text) + 1
    whole = " ".join(p.text for p in passages)
    mentions = [
        make_mention(whole, begin, end, label=label, identifier=None)
        for begin, end, label in spans
    ]
    return Document(id=name, passages=tuple(passages), mentions=tuple(mentions))


def _tagged(tags: list[str]) -> list[tuple[int, int, str]]:
    """Return (first token, last token, label) of every mention."""
    found: list[tuple[int, int, str]] = []
    inside = False
    for at, tag in enumerate(tags):
        if tag == "O" or tag.startswith("O-"):
            inside = False
            continue
        letter, label = tag[0], tag[2:]
        if inside and letter in "IEL" and found[-1][2] == label:
            found[-1] = (found[-1][0], at, label)
        else:
            found.append((at, at, label))
        inside = letter in "BI"
    return found


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


def conll_writer() -> Writer:
    """Return the writer of CoNLL files."""
    left_out = 0

    def encode(document: Document) -> bytes:
        nonlocal left_out
        chosen = longest_first(document.mentions)
        left_out += len(document.mentions) - len(chosen)
        return _encode(document, chosen)

    def notes() -> tuple[str, ...]:
        if not left_out:
            return ()
        return (
            f"{left_out} mentions that overlap longer ones were left out, because "
            "CoNLL cannot hold them.",
        )

    return Writer(encode=encode, notes=notes)


def _encode(document: Document, mentions: tuple[Mention, ...]) -> bytes:
    from kgbuild.text.sentences import document_sentences

    name = re.sub(r"\s+", " ", document.id)
    out = [f"-DOCSTART- ({name})\tO", ""]
    ends = {m.start for m in mentions} | {m.end for m in mentions}
    covering = {at: m for m in mentions for at in range(m.start, m.end)}
    for start, end in _unbroken(document_sentences(document), mentions):
        before: Mention | None = None
        for begin, stop in _tokens(document.text, start, end, ends):
            mention = covering.get(begin)
            tag = "O"
            if mention is not None:
                # Its first token may stand behind its start: a blank is no token.
                letter = "I" if mention is before else "B"
                tag = letter + "-" + re.sub(r"\s+", "_", written_label(mention))
            out.append(f"{document.text[begin:stop]}\t{tag}")
            before = mention
        out.append("")
    return ("\n".join(out) + "\n").encode()


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
