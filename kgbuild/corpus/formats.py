"""The file formats that kgbuild knows: names, suffixes, how to tell them, who reads.

A format is one entry of :data:`FORMATS`; adding one costs its own lines here and the
module that they name. Readers and writers are imported when they are first used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kgbuild._io.files import check_readable, first_bytes, inner_suffix
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
        ``"module:function"`` of ``read(path, *, on_failure) -> Iterator[Document]``,
        which raises ``InputError`` where the file as a whole is bad; ``None`` where the
        format is only written.
    sniffer
        ``"module:function"`` of ``sniff(head: str) -> bool``, ``head`` being the first
        64 KiB; ``None`` where content does not tell.
    writer
        ``"module:function"`` of ``writer() -> Writer``; ``None`` where the format is
        only read.
    keeps_mentions
        Whether mentions survive being written.
    """

    name: str
    description: str
    suffixes: tuple[str, ...] = ()
    reader: str | None = None
    sniffer: str | None = None
    writer: str | None = None
    keeps_mentions: bool = True

    def read(
        self, path: Path | list[Path], *, on_failure: OnFailure
    ) -> Iterator[Document]:
        """Read a file, or several where the reader takes them."""
        if self.reader is None:
            raise _not_readable(self)
        found = _load(self.reader)(path, on_failure=on_failure)
        return cast("Iterator[Document]", found)

    def sniffs(self, head: str) -> bool:
        """Whether a file that begins so looks like this format."""
        return self.sniffer is not None and bool(_load(self.sniffer)(head))

    def make_writer(self) -> Writer:
        """Return a fresh writer."""
        if self.writer is None:
            raise _not_writable(self)
        return cast("Writer", _load(self.writer)())


_HERE = "kgbuild.corpus"

#: All formats by name; the order decides between several that fit.
FORMATS: dict[str, Format] = {
    made.name: made
    for made in (
        Format(
            name="pubtator",
            description="PubTator",
            suffixes=(".pubtator", ".txt"),
            reader=f"{_HERE}.pubtator:read_pubtator",
            sniffer=f"{_HERE}.pubtator:sniff_pubtator",
            writer=f"{_HERE}.pubtator:pubtator_writer",
        ),
        Format(
            name="bioc-xml",
            description="BioC XML",
            suffixes=(".xml", ".bioc", ".biocxml"),
            reader=f"{_HERE}.bioc:read_bioc_xml",
            sniffer=f"{_HERE}.bioc:sniff_bioc_xml",
            writer=f"{_HERE}.bioc:bioc_xml_writer",
        ),
        Format(
            name="pubmed-xml",
            description="PubMed XML, as EFetch and the baseline files have it",
            suffixes=(".xml",),
            reader=f"{_HERE}.pubmed_xml:read_pubmed_xml",
            sniffer=f"{_HERE}.formats:sniff_pubmed_xml",
        ),
        Format(
            name="jats",
            description="JATS XML, the full texts of PubMed Central",
            suffixes=(".xml", ".nxml"),
            reader=f"{_HERE}.jats:read_jats",
            sniffer=f"{_HERE}.formats:sniff_jats",
        ),
        Format(
            name="bioc-json",
            description="BioC JSON, also as PubTator's API has it",
            suffixes=(".json", ".biocjson"),
            reader=f"{_HERE}.bioc:read_bioc_json",
            sniffer=f"{_HERE}.bioc:sniff_bioc_json",
            writer=f"{_HERE}.bioc:bioc_json_writer",
        ),
        Format(
            name="jsonl",
            description="JSON Lines: kgbuild's documents, or records with a title and "
            "an abstract",
            suffixes=(".jsonl", ".ndjson", ".json"),
            reader=f"{_HERE}.jsonl:read_jsonl",
            sniffer=f"{_HERE}.jsonl:sniff_jsonl",
            writer=f"{_HERE}.jsonl:jsonl_writer",
        ),
        Format(
            name="conll",
            description="CoNLL: a token and its tag a line",
            suffixes=(".conll", ".iob", ".iob2", ".bio", ".tsv", ".txt"),
            reader=f"{_HERE}.conll:read_conll",
            sniffer=f"{_HERE}.conll:sniff_conll",
            writer=f"{_HERE}.conll:conll_writer",
        ),
        Format(
            name="csv",
            description="CSV with a header line",
            suffixes=(".csv",),
            reader=f"{_HERE}.delimited:read_csv",
            sniffer=f"{_HERE}.delimited:sniff_csv",
            writer=f"{_HERE}.delimited:csv_writer",
            keeps_mentions=False,
        ),
        Format(
            name="tsv",
            description="TSV with a header line",
            suffixes=(".tsv", ".tab"),
            reader=f"{_HERE}.delimited:read_tsv",
            sniffer=f"{_HERE}.delimited:sniff_tsv",
            writer=f"{_HERE}.delimited:tsv_writer",
            keeps_mentions=False,
        ),
        Format(
            name="text",
            description="plain text, one document a file",
            suffixes=(".txt", ".text"),
            reader=f"{_HERE}.plain:read_text",
            sniffer=f"{_HERE}.plain:sniff_text",
            writer=f"{_HERE}.plain:text_writer",
            keeps_mentions=False,
        ),
        Format(
            name="text-lines",
            description="plain text, one document a line",
            reader=f"{_HERE}.plain:read_text_lines",
            writer=f"{_HERE}.plain:text_lines_writer",
            keeps_mentions=False,
        ),
        Format(
            name="pubannotation",
            description="PubAnnotation JSON (only written)",
            writer=f"{_HERE}.pubannotation:pubannotation_writer",
        ),
    )
}

#: Where several formats share a suffix, this one is written.
_WRITTEN = {".txt": "text", ".tsv": "tsv"}


def root_name(head: str) -> str:
    """Return the name of the root element of XML, or the empty string."""
    bare = re.sub(r"<!--.*?-->", "", head, flags=re.DOTALL)
    found = re.match(r"[^<]*(?:<[?!][^<]*)*<([A-Za-z][\w.:-]*)", bare)
    return found.group(1) if found else ""


def sniff_pubmed_xml(head: str) -> bool:
    """Whether the root element is one of PubMed's."""
    return root_name(head).startswith("Pubmed")


def sniff_jats(head: str) -> bool:
    """Whether the root element is an article, or a set of them from PubMed Central."""
    return root_name(head) in {"article", "pmc-articleset"}


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
            raise _not_readable(chosen)
        return chosen
    readable = [f for f in FORMATS.values() if f.reader is not None]
    suffix = inner_suffix(path)
    claimed = [f for f in readable if suffix in f.suffixes]
    if len(claimed) == 1:
        return claimed[0]
    head = _head(path)
    # Plain text fits anything; it needs a suffix that says so.
    for candidate in claimed or [f for f in readable if f.name != "text"]:
        if candidate.sniffs(head):
            return candidate
    if not head.strip():
        begins = "and it is empty"
    elif "\0" in head:
        begins = "it is a binary file"
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

    Raises
    ------
    ConfigError
        There is no such format, it cannot be written, or the suffix is unknown.
    """
    path = Path(path)
    if name is not None:
        chosen = _named(name)
        if chosen.writer is None:
            raise _not_writable(chosen)
        return chosen
    suffix = inner_suffix(path)
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


def _not_readable(chosen: Format) -> ConfigError:
    able = _listed(f for f in FORMATS.values() if f.reader is not None)
    return ConfigError(
        f"The format {chosen.name!r} is only written, not read: name one of {able}."
    )


def _not_writable(chosen: Format) -> ConfigError:
    able = _listed(f for f in FORMATS.values() if f.writer is not None)
    return ConfigError(
        f"The format {chosen.name!r} is only read, not written: name one of {able}."
    )


def _head(path: Path) -> str:
    raw = first_bytes(path, HEAD_BYTES)
    text = raw.decode("utf-8-sig", errors="replace")
    # XML says itself in which encoding it is.
    if "\0" in text and raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = raw.decode("utf-16", errors="replace")
    return text


def _load(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)
