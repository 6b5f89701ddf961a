"""The file formats that kgbuild knows: names, suffixes, how to tell them, who reads.

A format is one line of :data:`FORMATS` and the module that it names. Readers and
writers are imported when they are first used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kgbuild._io.files import check_readable, first_bytes, inner_suffix
from kgbuild._io.streams import is_stream
from kgbuild.corpus._foreign import foreign
from kgbuild.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.corpus._writing import OnFailure, Writer
    from kgbuild.document import Document

#: How many decompressed bytes are looked at to tell a format.
HEAD_BYTES = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format.

    Attributes
    ----------
    name
        As the user writes it: ``"bioc-xml"``.
    description
        A few words for lists and errors.
    suffixes
        Lower case, below the compression. Several formats may share one: a file is then
        told by its first bytes; what is written gets the first format of the table.
    reader
        ``"module:function"`` of ``read(path, *, on_failure) -> Iterator[Document]``. It
        decompresses ``.gz`` and ``.zst``, gives ``on_failure`` every document, mention
        or relation that it has to leave out, and raises ``InputError`` where the file
        as a whole is bad. ``None`` where the format is only written.
    sniffer
        ``"module:function"`` of ``sniff(head: str) -> bool``, ``head`` being the first
        64 KiB; ``None`` where content does not tell.
    writer
        ``"module:function"`` of ``writer() -> Writer``; ``None`` where the format is
        only read.
    keeps_mentions, keeps_statements
        Whether they survive being written.
    """

    name: str
    description: str
    suffixes: tuple[str, ...] = ()
    reader: str | None = None
    sniffer: str | None = None
    writer: str | None = None
    keeps_mentions: bool = True
    keeps_statements: bool = True

    def read(
        self,
        path: Path | list[Path],
        *,
        on_failure: OnFailure,
        entity_type: str | None = None,
    ) -> Iterator[Document]:
        """Read a file, or several where the reader takes them."""
        if self.reader is None:
            raise _unable(self, "read")
        options = {} if entity_type is None else {"entity_type": entity_type}
        if options and self.name != "conll":
            msg = (
                f"A type of entity is given for CoNLL files whose tags name none. Got "
                f"{entity_type!r} for {self.name}: leave it out."
            )
            raise ConfigError(msg)
        found = _load(self.reader)(path, on_failure=on_failure, **options)
        return cast("Iterator[Document]", found)

    def sniffs(self, head: str) -> bool:
        """Whether a file that begins so looks like this format."""
        return self.sniffer is not None and bool(_load(self.sniffer)(head))

    def make_writer(self, *, scheme: str | None = None) -> Writer:
        """Return a fresh writer; ``scheme`` is that of the tags of CoNLL."""
        if self.writer is None:
            raise _unable(self, "written")
        options = {} if scheme is None else {"scheme": scheme}
        if options and self.name != "conll":
            msg = (
                f"A scheme of tags is for CoNLL files. Got {scheme!r} for "
                f"{self.name}: leave it out."
            )
            raise ConfigError(msg)
        return cast("Writer", _load(self.writer)(**options))


def _format(
    name: str,
    description: str,
    suffixes: str = "",
    *,
    module: str | None = None,
    does: str = "read sniff write",
    keeps_mentions: bool = True,
    keeps_statements: bool | None = None,
) -> Format:
    """Make the entry of a module whose functions are called after the format."""
    plain = name.replace("-", "_")
    home = f"kgbuild.corpus.{module or plain}"
    return Format(
        name=name,
        description=description,
        suffixes=tuple(suffixes.split()),
        reader=f"{home}:read_{plain}" if "read" in does else None,
        sniffer=f"{home}:sniff_{plain}" if "sniff" in does else None,
        writer=f"{home}:{plain}_writer" if "write" in does else None,
        keeps_mentions=keeps_mentions,
        keeps_statements=(
            keeps_mentions if keeps_statements is None else keeps_statements
        ),
    )


#: All formats by name; the order decides between several that fit.
FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        _format("pubtator", "PubTator", ".pubtator .txt"),
        _format("bioc-xml", "BioC XML", ".xml .bioc .biocxml", module="bioc"),
        _format("pubmed-xml", "PubMed XML", ".xml", does="read sniff"),
        _format("jats", "JATS XML of PMC", ".xml .nxml", does="read sniff"),
        _format("bioc-json", "BioC JSON", ".json .biocjson", module="bioc"),
        _format("pubannotation", "PubAnnotation JSON", ".json"),
        _format("jsonl", "JSON Lines", ".jsonl .ndjson .json"),
        _format("medline", "MEDLINE (PubMed, nbib)", ".nbib .medline .txt",
                module="tagged", does="read sniff"),
        _format("ris", "RIS", ".ris .txt", module="tagged", does="read sniff"),
        _format("conll", "CoNLL", ".conll .iob .iob2 .bio .tsv .txt",
                keeps_statements=False),
        _format("csv", "CSV", ".csv .txt", module="delimited", keeps_mentions=False),
        _format("tsv", "TSV", ".tsv .tab .txt", module="delimited",
                keeps_mentions=False),
        _format("text", "text", ".txt .text", module="plain", keeps_mentions=False),
        _format(
            "text-lines", "a document a line", module="plain", does="read write",
            keeps_mentions=False,
        ),
    )
}  # fmt: skip

#: Where several formats share a suffix, this one is written.
_WRITTEN = {".txt": "text", ".tsv": "tsv"}


def root_name(head: str) -> str:
    """Return the name of the root element of XML, or the empty string."""
    bare = re.sub(r"<!--.*?-->", "", head, flags=re.DOTALL)
    found = re.match(r"[^<]*(?:<[?!][^<]*)*<([A-Za-z][\w.:-]*)", bare)
    return found.group(1) if found else ""


#: How JSON of objects or texts begins; "[Article in French]" is none.
_JSON = re.compile(r"\{\s*\"|\[\s*[{\"]")
_XML = re.compile(r"<(?:\?xml\s|!DOCTYPE\s)")
#: Tags that stand in plain text: <i>E. coli</i> was grown.
_INLINE = frozenset({"b", "em", "i", "strong", "sub", "sup", "u"})


def _is_structured(head: str) -> bool:
    """Whether a text begins as JSON or XML does."""
    text = head.lstrip()
    if _JSON.match(text) or _XML.match(text):
        return True
    root = root_name(text) if text.startswith("<") else ""
    if not root or root.lower() in _INLINE:
        return False
    tag = re.escape(root)
    opened = re.compile(rf"<{tag}(?:\s[^<>]*)?/?>\s*(?:<|$)").search(text)
    return opened is not None or text.rstrip().endswith(f"</{root}>")


def format_of(path: Path | str, *, name: str | None = None) -> Format:
    """Tell the format of a file that is to be read.

    By the name given, else by the suffix, else (where several formats have that suffix,
    or none) by the first bytes.

    Parameters
    ----------
    path
        The file.
    name
        Name of a format, if the caller knows it.

    Raises
    ------
    ConfigError
        There is no format of that name.
    InputError
        The file cannot be read, or looks like none of the formats.
    """
    path = Path(path)
    check_readable(path)
    if name is not None:
        chosen = _named(name)
        if chosen.reader is None:
            raise _unable(chosen, "read")
        return chosen
    raw = first_bytes(path, HEAD_BYTES)
    head = _head(raw)
    other = foreign(raw, root_name(head))
    if other is not None:
        reason = f"This is {other} (if it is not, name its format)."
        raise InputError(reason, path=path)
    readable = [f for f in FORMATS.values() if f.reader is not None]
    suffix = inner_suffix(path)
    claimed = [f for f in readable if suffix in f.suffixes]
    if FORMATS["text"] in claimed and _is_structured(head):
        claimed = []  # whatever its suffix, JSON and XML are no plain text
    if len(claimed) == 1:
        return claimed[0]
    # Plain text fits anything; it needs a suffix that says so.
    for candidate in claimed or [f for f in readable if f.name != "text"]:
        if candidate.sniffs(head):
            return candidate
    if "\0" in head:
        reason = (
            "This is a binary file, of none of the formats that kgbuild reads: save "
            "its text in UTF-8, or name its format."
        )
        raise InputError(reason, path=path)
    if not head.strip():
        begins = "and it is empty"
    elif head.lstrip().startswith("<") and root_name(head):
        begins = f"nor does its root element <{root_name(head)[:40]}>"
    else:
        begins = f"nor does its beginning {' '.join(head[:200].split())[:40]!r}"
    reason = (
        f"The suffix {suffix!r} does not tell the format of this file, {begins}: name "
        f"one of {_listed(readable)}."
    )
    raise InputError(reason, path=path)


def format_for_writing(path: Path | str, *, name: str | None = None) -> Format:
    """Tell the format in which a file is to be written, by name or suffix.

    A stream without a suffix, such as standard output, gets JSON Lines.

    Raises
    ------
    ConfigError
        There is no such format, it cannot be written, or the suffix is unknown.
    """
    path = Path(path)
    if name is not None:
        chosen = _named(name)
        if chosen.writer is None:
            raise _unable(chosen, "written")
        return chosen
    suffix = inner_suffix(path)
    if not suffix and is_stream(path, writing=True):
        return FORMATS["jsonl"]
    if suffix in _WRITTEN:
        return FORMATS[_WRITTEN[suffix]]
    writable = [f for f in FORMATS.values() if f.writer is not None]
    for candidate in writable:
        if suffix in candidate.suffixes:
            return candidate
    msg = (
        f"{path}: the suffix {suffix!r} tells no format to write: give the file a "
        f"suffix such as .pubtator or .jsonl, or name one of {_listed(writable)}."
    )
    raise ConfigError(msg)


def _named(name: str) -> Format:
    chosen = FORMATS.get(name.lower())
    if chosen is None:
        msg = (
            f"The format must be one of {_listed(FORMATS.values())}. Got {name!r} "
            "instead."
        )
        raise ConfigError(msg)
    return chosen


def _listed(formats: Iterable[Format]) -> str:
    return ", ".join(f.name for f in formats)


def _unable(chosen: Format, verb: str) -> ConfigError:
    """Say that a format is only read or only written, and which are not."""
    other, field = ("written", "reader") if verb == "read" else ("read", "writer")
    able = _listed(f for f in FORMATS.values() if getattr(f, field) is not None)
    return ConfigError(
        f"The format {chosen.name!r} is only {other}, not {verb}: name one of {able}."
    )


def _head(raw: bytes) -> str:
    text = raw.decode("utf-8-sig", errors="replace")
    # XML says itself in which encoding it is.
    if "\0" in text and raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = raw.decode("utf-16", errors="replace")
    return text


def _load(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)
