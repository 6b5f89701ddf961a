"""XML from strangers: the one door through which all XML comes in.

Every XML reader of kgbuild goes through this module, so that all refuse the same
things in the same words:

* declarations of entities (the "billion laughs" bomb and external entities alike), and
  so every expansion: nothing that a file says makes kgbuild open a file or a
  connection;
* encodings other than Unicode, ISO 8859 and Windows code pages, under which a
  declaration could hide;
* single records over a limit, nesting over 256 levels, single texts over 10 MB;
* anything that is not well-formed.

DTDs are named by most biomedical XML and are never loaded. The parser is not even shown
what stands before the root element: no declaration can have an effect, and a reference
to any entity but XML's own five is an error.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from lxml import etree

#: A single record above this many bytes is refused. The largest PubMed records (author
#: lists of several thousand physicists) have some 5 MB, the largest articles of PMC 20.
MAX_RECORD_BYTES: Final = 32 * 2**20

#: What stands before the root element may not be longer than this, in bytes.
MAX_PROLOG_BYTES: Final = 2**20

CHUNK_BYTES: Final = 2**17

_ENCODINGS: Final = re.compile(
    r"utf-?8|utf-?16(le|be)?|utf-?32(le|be)?|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1"
    r"|(windows-|cp)125\d",
    re.IGNORECASE,
)
#: First bytes → encoding: byte-order marks; without one, the first character is "<".
_HEADS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARATION: Final = re.compile(
    rb"\s*<\?xml\s[^>]*?\?>", re.DOTALL
)  # Leading space is an error in XML; editors and proxies add it all the same.
_DECLARED: Final = re.compile(rb"""encoding\s*=\s*["']([^"']{1,40})["']""")
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
#: What may stand before the root element.
_PROLOG: Final = re.compile(
    rb"""(?:\s++|<!--.*?-->|<\?.*?\?>|<!DOCTYPE(?:[^\[<>"']++|"[^"]*+"|'[^']*+'"""
    rb"""|\[(?:[^\]<"']++|"[^"]*+"|'[^']*+'|<!--.*?-->|<)*+\])*+>)*+""",
    re.DOTALL,
)
#: A declaration of an entity, or the use of one that declares others.
_ENTITY: Final = re.compile(rb"<!ENTITY|\[[^\]]*?(%[\w.:-]+;)")
#: A name that is known to be whole.
_TAG: Final = re.compile(rb"<[^\s/>!?<]+[\s/>]")
_NAME: Final = re.compile(rb"<([^\s/>!?<]+)")


def safe_parser(**options: Any) -> etree.XMLParser:
    """Return a parser that loads no DTD, no network and expands no entity."""
    from lxml import etree

    return etree.XMLParser(**_SAFE, **options)


_SAFE: Final[dict[str, Any]] = {
    # None can be declared, for the parser never sees a DOCTYPE. With False, lxml's feed
    # parser (6.1) stops at an undeclared entity without raising.
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "encoding": "utf-8",
}


def parse_bytes(data: bytes) -> etree._Element:
    """Return the root element of a small XML document, without comments.

    Raises
    ------
    InputError
        The document is refused (see the module's text) or not well-formed.
    """
    import io

    from lxml import etree

    if len(data) > MAX_RECORD_BYTES:
        raise _too_large(MAX_RECORD_BYTES, None, None)
    source = Utf8Source(io.BytesIO(data))
    body = b"".join(iter(source.read, b""))
    try:
        return etree.fromstring(body, safe_parser())
    except etree.XMLSyntaxError as error:
        raise syntax_error(error, first_line=source.line) from error


def iter_elements(
    stream: IO[bytes],
    tags: Collection[str],
    *,
    path: Path | str | None = None,
    max_record_bytes: int = MAX_RECORD_BYTES,
) -> Iterator[etree._Element]:
    """Yield each element of these names when its end is reached, in flat memory.

    Names are written as lxml does (``"{namespace}name"``); such elements should not lie
    inside one another. An element is emptied, and what stands before it in the file
    dropped, when the next one is asked for: take what you need before that. Attributes
    of the elements around it can be read through ``getparent()``.

    Raises
    ------
    InputError
        The document is refused (see the module's text), has too many bytes between the
        ends of two such elements, or is not well-formed; the message names the line.
        Elements before that have been yielded.
    """
    from lxml import etree

    parser = etree.XMLPullParser(events=("end",), tag=tuple(tags), **_SAFE)
    source = Utf8Source(stream, path=path)
    since_last = 0
    ended = False
    while not ended:
        chunk = source.read()
        ended = not chunk
        since_last += len(chunk)
        try:
            if ended:
                parser.close()
            else:
                parser.feed(chunk)
            failure = None
        except etree.XMLSyntaxError as error:
            # What was whole before the fault is still handed out.
            failure, ended = error, True
        for _, element in parser.read_events():
            since_last = 0
            yield element
            _drop(element)
        if failure is not None:
            raise syntax_error(failure, path=path, first_line=source.line) from failure
        if since_last > max_record_bytes:
            raise _too_large(max_record_bytes, path, None)


def _drop(element: etree._Element) -> None:
    """Free an element and all that stands before it, at every level above it."""
    element.clear()
    node: etree._Element | None = element
    while node is not None:
        parent = node.getparent()
        while node.getprevious() is not None and parent is not None:
            del parent[0]
        node = parent


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record cut out of a file, not parsed yet.

    Attributes
    ----------
    tag
        Name of its element.
    data
        Its bytes in UTF-8, from ``<tag`` to ``</tag>``.
    line
        1-based line where it begins.
    problem
        Why this is no record, where the file holds something else between its records;
        ``data`` is then the first bytes of that.
    """

    tag: str
    data: bytes
    line: int
    problem: str | None = None


def split_records(  # noqa: C901 - one state machine over a stream
    stream: IO[bytes],
    tags: Collection[str],
    *,
    roots: Collection[str],
    path: Path | str | None = None,
    max_record_bytes: int = MAX_RECORD_BYTES,
) -> Iterator[RawRecord]:
    """Cut a file into its records without parsing it.

    For formats that are a long row of like elements below a root, as PubMed's: each
    record is then parsed alone, so that a broken one stops no other, a declaration in
    the head of the file can mean nothing inside it, and memory is bounded by the
    longest record. Files laid end to end (``cat a.xml b.xml``) are read as one. The
    names of the records' elements are without a prefix; none lies inside another of its
    name.

    Raises
    ------
    InputError
        The file is refused, has another root, or ends before its root does; whole
        records before that have been yielded.
    """
    source = Utf8Source(stream, path=path)
    buffer = source.read()
    while b">" not in buffer and (more := source.read()):
        buffer += more
        if len(buffer) > max_record_bytes:
            raise _too_large(max_record_bytes, path, source.line)
    name = _NAME.match(buffer)
    root = name.group(1).decode("utf-8", "replace") if name else ""
    if root not in roots:
        wanted = " or ".join(f"<{name}>" for name in sorted(roots))
        what = f"The root element is <{root[:60]}>" if root else "This is not XML"
        reason = f"{what}; {wanted} was expected: check the file and its format."
        raise InputError(reason, path=path, line=source.line)
    records = frozenset(tag.encode() for tag in tags)
    token, between = _patterns(records, {name.encode() for name in roots})
    line, depth, ended = source.line, 0, False
    # A record, or what stands between two, begins at `begin`; `tag` is the record's.
    begin, searched, tag = 0, 0, b""
    while True:
        match = token.search(buffer, searched)
        if (match is None or match["unfinished"]) and not ended:
            if len(buffer) - begin > max_record_bytes:
                raise _too_large(max_record_bytes, path, line)
            searched = (match.start() if match else searched) - begin
            buffer = buffer[begin:]
            begin = 0
            # Grow by doubling: a long record is not searched once per chunk.
            pieces = [buffer]
            goal = min(2 * len(buffer) + CHUNK_BYTES, max_record_bytes + CHUNK_BYTES)
            size = len(buffer)
            while size < goal and not ended:
                pieces.append(source.read())
                size += len(pieces[-1])
                ended = not pieces[-1]
            buffer = b"".join(pieces)
            continue
        if match is None:
            break
        searched = match.end()
        element, closes = match["name"], bool(match["close"])
        if element not in records:
            if element is not None and not tag:
                depth += -1 if closes else not match["empty"]
            continue
        if element != tag and (tag or closes):
            continue
        # No record holds one of its own kind: where one begins inside, the end of the
        # first is missing, and what comes next must not go down with it.
        end = match.end() if closes else match.start()
        data = buffer[begin:end]
        if len(data) > max_record_bytes:
            raise _too_large(max_record_bytes, path, line)
        if tag:
            yield RawRecord(tag=tag.decode(), data=data, line=line)
        else:
            yield from _strange(data, between, line)
        line += data.count(b"\n")
        begin, tag = end, b"" if closes else element
        if match["empty"] and not closes:
            yield RawRecord(tag=element.decode(), data=match.group(), line=line)
            begin, tag = match.end(), b""
    if tag:
        reason = (
            f"The file ends inside a <{tag.decode()}>: it was cut off; copy or "
            "download it again."
        )
        raise InputError(reason, path=path, line=line)
    yield from _strange(buffer[begin:], between, line)
    if depth > 0:
        line += buffer.count(b"\n", begin)
        reason = (
            f"The file ends before </{root}>: it was cut off; copy or download it "
            "again."
        )
        raise InputError(reason, path=path, line=line)


def _patterns(
    tags: Collection[bytes], roots: Collection[bytes]
) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return what begins, ends or hides records, and what may stand between them."""
    names, outer = (
        b"|".join(re.escape(name) for name in sorted(group))
        for group in ({*tags, *roots}, roots)
    )
    # A comment or a CDATA section quotes tags; one that has no end yet is a token too.
    token = re.compile(
        rb"<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|(?P<unfinished>!--|!\[CDATA\[)"
        rb"|(?P<close>/?)(?P<name>" + names + rb")(?=[\s/>])[^<>]*?(?P<empty>/?)>)",
        re.DOTALL,
    )
    # Space, comments, the root's own tags, and a further head where files were laid end
    # to end.
    between = re.compile(
        rb"(?:\s+|\xef\xbb\xbf|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*>|</?(?:"
        + outer
        + rb")(?:\s[^<>]*)?/?>)*",
        re.DOTALL,
    )
    return token, between


def _strange(gap: bytes, between: re.Pattern[bytes], line: int) -> Iterator[RawRecord]:
    """Report what stands between two records and should not."""
    clean = between.match(gap)
    rest = gap[clean.end() if clean else 0 :]
    if rest:
        yield RawRecord(
            tag="",
            data=rest[:200],
            line=line + gap.count(b"\n", 0, len(gap) - len(rest)),
            problem=(
                f"{len(rest)} bytes between two records are no record "
                f"({_excerpt(rest)})"
            ),
        )


class Utf8Source:
    """A stream of XML as UTF-8 without its XML declaration, its head checked.

    Attributes
    ----------
    line
        1-based line on which the root element begins, counted as in the file; known
        after the first :meth:`read`.
    """

    def __init__(self, stream: IO[bytes], *, path: Path | str | None = None) -> None:
        self._stream = stream
        self._path = path
        self._decoder: codecs.IncrementalDecoder | None = None
        self._started = False
        self.line = 1

    def read(self) -> bytes:
        """Return the next bytes, from the root element on; empty at the end.

        Raises
        ------
        InputError
            The head declares entities, is too long, or the encoding is not known; or
            bytes are not of the declared encoding.
        """
        if not self._started:
            self._started = True
            return self._head()
        return self._next()

    def _next(self) -> bytes:
        chunk = self._stream.read(CHUNK_BYTES)
        if self._decoder is None:
            return chunk
        while True:
            out = self._decode(chunk)
            if out or not chunk:
                return out
            chunk = self._stream.read(CHUNK_BYTES)

    def _decode(self, chunk: bytes) -> bytes:
        assert self._decoder is not None  # noqa: S101 - for the type checker
        try:
            return self._decoder.decode(chunk, final=not chunk).encode("utf-8")
        except UnicodeError as error:
            reason = (
                f"The bytes are not of the encoding that the file states ({error}): "
                "convert the file to UTF-8, for example with iconv."
            )
            raise InputError(reason, path=self._path) from error

    def _head(self) -> bytes:
        """Read up to the root element, checking what stands before it."""
        raw = self._stream.read(CHUNK_BYTES)
        # A pipe may give a byte at a time; mark and declaration must be whole.
        while len(raw) < 1024 and (more := self._stream.read(CHUNK_BYTES)):
            raw += more
        encoding = next((n for head, n in _HEADS if raw.startswith(head)), None)
        if encoding == "utf-8-sig":
            raw = raw.removeprefix(codecs.BOM_UTF8)
        elif encoding is not None:
            self._decoder = codecs.getincrementaldecoder(encoding)()
            raw = self._decode(raw)
        declaration = _DECLARATION.match(raw)
        if declaration is not None:
            stated = _DECLARED.search(declaration.group())
            if stated is not None and self._decoder is None:
                raw = self._restate(raw, stated.group(1).decode("ascii", "replace"))
            self.line += declaration.group().count(b"\n")
            raw = _DECLARATION.sub(b"", raw, count=1)
        while True:
            start = self._prolog_end(raw)
            if start is not None:
                self.line += raw.count(b"\n", 0, start)
                return raw[start:]
            if len(raw) > MAX_PROLOG_BYTES:
                reason = (
                    "No root element within the first "
                    f"{MAX_PROLOG_BYTES // 2**20} MB: this is not XML of a kind that "
                    "kgbuild reads."
                )
                raise InputError(reason, path=self._path)
            more = self._next()
            if not more:
                reason = (
                    "This is not XML: no element was found"
                    + (" (the file is empty)" if not raw.strip() else "")
                    + "; check the file and its format."
                )
                raise InputError(reason, path=self._path)
            raw += more

    def _restate(self, raw: bytes, stated: str) -> bytes:
        """Set up decoding from the encoding that the XML declaration names."""
        if _ENCODINGS.fullmatch(stated) is None:
            reason = (
                f"The file states the encoding {stated!r}; UTF-8, UTF-16, ISO 8859 or "
                "a Windows code page was expected: convert it, for example with iconv."
            )
            raise InputError(reason, path=self._path)
        plain = stated.lower().replace("-", "")
        # A declaration readable as ASCII is not UTF-16, whatever it says.
        if plain in {"utf8", "ascii", "usascii"} or plain.startswith(
            ("utf16", "utf32")
        ):
            return raw
        name = re.sub(r"^iso8859-?", "iso8859-", stated.lower().replace("iso-", "iso"))
        self._decoder = codecs.getincrementaldecoder(name)()
        return self._decode(raw)

    def _prolog_end(self, raw: bytes) -> int | None:
        """Index of the root element's ``<``; ``None`` where more must be read."""
        match = _PROLOG.match(raw)
        end = match.end() if match else 0
        doctype = raw.startswith(b"<!DOCTYPE", end)
        head = _COMMENT.sub(
            lambda m: b"\n" * m.group().count(b"\n"), raw if doctype else raw[:end]
        )
        if declared := _ENTITY.search(head):
            reason = (
                "The file declares entities of its own in its DOCTYPE; kgbuild "
                "expands none, because they can make a small file swell without "
                "bound or read other files: remove the declarations."
            )
            line = self.line + head.count(b"\n", 0, declared.end())
            raise InputError(reason, path=self._path, line=line)
        short = len(raw) - end < 9 and not _TAG.match(raw, end)
        if short or doctype or raw.startswith((b"<!--", b"<?"), end):
            return None
        if not _NAME.match(raw, end):
            reason = (
                f"This is not XML: it begins with {_excerpt(raw[end:])}; check the "
                "file and its format."
            )
            raise InputError(reason, path=self._path)
        return end


def syntax_error(
    error: etree.XMLSyntaxError,
    *,
    path: Path | str | None = None,
    first_line: int = 1,
) -> InputError:
    """Say in one sentence why XML from this line of the file on is not well-formed."""
    said = (error.msg or "no reason given").split(", line ")[0].strip().rstrip(".")
    line = None if not error.lineno else error.lineno + first_line - 1
    lower = said.lower()
    if "depth" in lower:
        reason = (
            f"Elements lie more than 256 deep ({said}): the file is damaged or hostile."
        )
    elif "huge" in lower or "too long" in lower or "limit" in lower:
        reason = (
            f"A single text or name is beyond what kgbuild accepts, 10 MB ({said}): "
            "the file is damaged or hostile."
        )
    elif said.startswith("Entity "):
        reason = (
            f"{said}: only XML's own five are known, for DTDs are never loaded; write "
            "it as a character, for example with xmllint --noent --loaddtd if you "
            "trust the file."
        )
    elif "bytes in character encoding" in said or "not proper UTF-8" in said:
        reason = (
            f"It holds bytes that are not UTF-8 ({said}): convert it, for example with "
            "iconv, or download it again."
        )
    elif "Premature end" in said or "EndTag: '</' not found" in said:
        reason = (
            f"The XML ends too early ({said}): it was cut off; copy or download it "
            "again."
        )
    else:
        reason = f"This is not well-formed XML ({said}): mend or download it again."
    return InputError(reason, path=path, line=line)


def _too_large(limit: int, path: Path | str | None, line: int | None) -> InputError:
    reason = (
        f"A single record is over the limit of {limit / 2**20:.0f} MB: the file is "
        "damaged or hostile, or not of this format."
    )
    return InputError(reason, path=path, line=line)


def _excerpt(data: bytes) -> str:
    text = data[:40].decode("utf-8", "replace").strip()
    return repr(text + ("…" if len(data) > 40 else ""))
