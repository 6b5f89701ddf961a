"""PubMed's XML: answers of EFetch, baseline files and update files.

Every record becomes one :class:`~kgbuild.document.Document` whose id is the PMID. The
title is the first passage (section ``"title"``), then one passage per ``AbstractText``
(its label as section, ``"abstract"`` where it has none; a list in it keeps its lines),
then those of other abstracts
(``"other abstract"``, their language and kind in the passage's metadata).

The metadata, each only where the record states it:

=====================  ==============================================================
``year``               int: of ``PubDate``, its ``MedlineDate`` ("1998 Dec-1999 Jan"
                       is 1998), or ``ArticleDate``
``date``               as written: ``"2001 Jun 4"``, ``"1990 Spring"``
``electronic_date``    ``"2017-03-01"``
``journal``, ``journal_abbreviation``, ``issn``, ``volume``, ``issue``, ``pages``
``book``, ``publisher``, ``section_titles``  of book articles
``authors``            list of ``"Olivero, J Michael"``, or a group's name
``mesh``               list of ``{id, name, major, qualifiers: [{id, name, major}]}``
``supplementary``      list of ``{id, name, type}``: supplementary concepts of MeSH
``chemicals``          list of ``{id, name, registry_number}``
``keywords``           list of str
``publication_types``  list of str
``doi``, ``pmcid``     str; the PMCID with ``PMC`` before it
``languages``          list of three-letter codes
``notices``            list of ``{type, pmid, source}``: retractions, errata, …
``retracted``          ``True`` for a retracted paper
``vernacular_title``, ``copyright``, ``revised``, ``status``, ``version``
=====================  ==============================================================

Ids of MeSH are CURIEs. The format: https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/.
"""

from __future__ import annotations

import logging
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias, cast

from kgbuild._io.files import open_binary
from kgbuild._io.xml import RawRecord, safe_parser, split_records, syntax_error
from kgbuild.corpus._markup import NOT_IN_RECORD, collapse, plain_lines, plain_text
from kgbuild.corpus._pubmed_versions import (
    DELETIONS,
    contents_of,
    record_keys,
    which_count,
)
from kgbuild.corpus._pubmed_versions import (
    Contents as Contents,  # for kgbuild.pipeline
)
from kgbuild.corpus._pubmed_versions import (
    oldest_first as oldest_first,  # for kgbuild.pipeline
)
from kgbuild.corpus._pubmed_versions import (
    pubmed_files as pubmed_files,  # for kgbuild.pipeline
)
from kgbuild.corpus._pubmed_versions import (
    record_key as record_key,  # for kgbuild.pubmed
)
from kgbuild.corpus._writing import OnFailure, Reporter
from kgbuild.corpus.formats import root_name
from kgbuild.document import Document, Passage
from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lxml import etree

logger = logging.getLogger(__name__)

ROOTS: Final = ("PubmedArticleSet", "PubmedBookArticleSet", "BookDocumentSet")
RECORDS: Final = ("PubmedArticle", "PubmedBookArticle", "BookDocument")

_PartReader: TypeAlias = "Callable[[etree._Element, _Draft], None]"

_YEAR: Final = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")

#: Kinds of CommentsCorrections that say something about the paper itself; the others
#: are its references and letters about it.
NOTICES: Final = frozenset(
    {
        *("RetractionIn", "RetractionOf"),
        *("PartialRetractionIn", "PartialRetractionOf"),
        *("ErratumIn", "ErratumFor"),
        *("ExpressionOfConcernIn", "ExpressionOfConcernFor"),
        *("CorrectedandRepublishedIn", "CorrectedandRepublishedFrom"),
        *("RetractedandRepublishedIn", "RetractedandRepublishedFrom"),
        *("RepublishedIn", "RepublishedFrom"),
        *("UpdateIn", "UpdateOf"),
    }
)


def read_pubmed_xml(
    source: Path | str | IO[bytes] | Sequence[Path | str],
    *,
    on_failure: OnFailure | None = None,
) -> Iterator[Document]:
    """Read PubMed XML record by record, in memory that does not grow with the file.

    The newest version of each PMID is given, and none that a ``DeleteCitation``
    deletes. For that the input is scanned twice. What is remembered between is one bit
    per PMID (8 KiB for each 65,536 consecutive PMIDs in use; all of PubMed is 12 MB)
    and the few PMIDs that come twice in one file, have versions, or are deleted.

    Parameters
    ----------
    source
        A file (``.gz`` and ``.zst`` are decompressed), a seekable stream, or several
        files: the numbers in names such as ``pubmed26n0001.xml.gz`` tell which is
        older, else the order they are given in does, the oldest first. Several are read
        from the newest to the oldest, and a PMID is given as the newest file has it.
    on_failure
        Called for each record that cannot be read, and reading goes on; without it
        such a record raises.

    Yields
    ------
    Document
        In the order of the file; of several files, the newest file first.

    Raises
    ------
    InputError
        The file cannot be read, is not PubMed XML, is refused (see
        :mod:`kgbuild._io.xml`), or breaks off; records before the break have been
        yielded.

    Examples
    --------
    >>> import io
    >>> xml = (
    ...     b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>"
    ...     b"<ArticleTitle>Ca<sup>2+</sup> and <i>ACE</i>.</ArticleTitle>"
    ...     b"</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    ... )
    >>> [(d.id, d.title) for d in read_pubmed_xml(io.BytesIO(xml))]
    [('7', 'Ca2+ and ACE.')]
    """
    sources: list[Path | str | IO[bytes]]
    if isinstance(source, (str, Path)) or hasattr(source, "read"):
        sources = [cast("Path | str | IO[bytes]", source)]
    else:
        sources = oldest_first(list(source))
    files = PubmedFiles(sources)
    for number in files.order:
        yield from files.read(number, on_failure=on_failure)
    if files.left_out:
        logger.info(
            "%d records were left out: deleted, or there is a newer one",
            files.left_out,
        )


class PubmedFiles:
    """Files of PubMed, read one by one, the newest first.

    Parameters
    ----------
    sources
        From the oldest to the newest.
    contents
        What is known of each; a file of which nothing is known is scanned.

    Attributes
    ----------
    contents
        What each holds.
    counts
        For each, which of its records are given.
    order
        The numbers of the files, the newest first.
    """

    def __init__(
        self,
        sources: Sequence[Path | str | IO[bytes]],
        *,
        contents: Iterable[Contents | None] | None = None,
    ) -> None:
        self._files = [_Rewindable(one) for one in sources]
        self.contents = [
            contents_of(file.records()) if known is None else known
            for file, known in zip(
                self._files, contents or [None] * len(sources), strict=True
            )
        ]
        self.counts = which_count(self.contents)
        self.order = tuple(reversed(range(len(self._files))))

    @property
    def left_out(self) -> int:
        """How many records were deleted, or have a newer version."""
        return sum(counts.count(0) for counts in self.counts)

    def read(
        self, number: int, *, on_failure: OnFailure | None = None
    ) -> Iterator[Document]:
        """Yield the documents of a file that count."""
        file, counts = self._files[number], iter(self.counts[number])
        report = Reporter(file.path, on_failure)
        for raw in file.records():
            if raw.tag in DELETIONS:
                continue
            if raw.problem is not None:
                report(raw.problem, line=raw.line)
                continue
            if next(counts, 0):
                document = _document(raw, record_key(raw.data), report)
                if document is not None:
                    yield document


def sniff_pubmed_xml(head: str) -> bool:
    """Whether the root element is one of PubMed's."""
    return root_name(head).startswith("Pubmed")


def read_deletions(source: Path | str | IO[bytes]) -> Iterator[int]:
    """Yield the PMIDs that an update file deletes.

    For corpora that were read from earlier files; :func:`read_pubmed_xml` heeds the
    deletions of all files it is given by itself.

    Raises
    ------
    InputError
        As :func:`read_pubmed_xml`.
    """
    for raw in _Rewindable(source).records():
        if raw.tag in DELETIONS:
            for pmid, _ in record_keys(raw.data):
                yield pmid


def split_pubmed_xml(
    stream: IO[bytes], *, path: Path | str | None = None
) -> Iterator[RawRecord]:
    """Cut PubMed XML into its records, not parsed: articles, books and deletions.

    Raises
    ------
    InputError
        As :func:`kgbuild._io.xml.split_records`.
    """
    yield from split_records(stream, (*RECORDS, *DELETIONS), roots=ROOTS, path=path)


def parse_record(data: bytes) -> Document:
    """Parse one record, from ``<PubmedArticle`` to ``</PubmedArticle>``, in UTF-8.

    Raises
    ------
    InputError
        It is not well-formed, refused (see :mod:`kgbuild._io.xml`), or has no PMID; the
        line counts within the record.
    """
    from lxml import etree

    try:
        element = etree.fromstring(data, safe_parser())
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from error
    return document_of(element)


def document_of(element: etree._Element) -> Document:
    """Turn a parsed record (an element of :data:`RECORDS`) into a document.

    Raises
    ------
    InputError
        It is something else, or has no PMID.
    """
    if element.tag not in RECORDS:
        reason = (
            f"A record of PubMed is one of {', '.join(RECORDS)}. Got "
            f"<{str(element.tag)[:60]}>."
        )
        raise InputError(reason)
    draft = _Draft()
    _read(element, draft)
    return draft.document()


# -- files ----------------------------------------------------------------------------


class _Rewindable:
    """A file or stream that can be read from its beginning more than once."""

    def __init__(self, source: Path | str | IO[bytes]) -> None:
        self.path: Path | str | None = None
        self._stream: IO[bytes] | None = None
        self._start = 0
        if isinstance(source, (str, Path)):
            self.path = source
            return
        name = getattr(source, "name", None)
        self.path = name if isinstance(name, str) else None
        probe = source.read(0)
        if not isinstance(probe, bytes):
            reason = (
                "A stream of bytes was expected, this one gives text: open the file "
                "with mode 'rb'."
            )
            raise InputError(reason, path=self.path)
        if not source.seekable():
            reason = (
                "A stream that can go back was expected, since records are counted "
                "first: save it to a file and name that."
            )
            raise InputError(reason, path=self.path)
        self._stream = source
        self._start = source.tell()

    def records(self) -> Iterator[RawRecord]:
        opened: AbstractContextManager[IO[bytes]]
        if self._stream is None:
            opened = open_binary(cast("Path | str", self.path))
        else:
            self._stream.seek(self._start)
            opened = nullcontext(self._stream)
        with opened as stream:
            yield from split_pubmed_xml(stream, path=self.path)


def _document(
    raw: RawRecord,
    key: tuple[int, int] | None,
    report: Reporter,
) -> Document | None:
    stated = None if key is None else str(key[0])
    try:
        document = parse_record(raw.data)
    except InputError as error:
        line = raw.line + (error.line - 1 if error.line else 0)
        report(error.reason, line=line, document_id=stated)
        return None
    if stated is not None and document.id != stated:
        reason = f"This record states two PMIDs, {stated} and {document.id}."
        report(reason, line=raw.line, document_id=stated)
        return None
    return document


# -- one record -----------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    """What has been read of one record."""

    pmid: str = ""
    title: str = ""
    abstract: list[Passage] = field(default_factory=list)
    others: list[Passage] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    #: Year of the ArticleDate or another date that is second best.
    second_year: int | None = None
    electronic_doi: str | None = None

    def set(self, name: str, value: str) -> None:
        """Set metadata, where there is a value."""
        if value:
            self.metadata[name] = value

    def extend(self, name: str, values: Iterable[Any]) -> None:
        """Add what is not empty to a list in the metadata."""
        stated = [value for value in values if value]
        if stated:
            self.metadata.setdefault(name, []).extend(stated)

    def document(self) -> Document:
        stated = self.pmid
        known = stated.isascii() and stated.isdigit() and len(stated) <= 10
        if not (known and 0 < int(stated) < 2**32):
            reason = (
                "This record has no PMID"
                + (f" (it says {stated[:40]!r})" if stated else "")
                + "; a number in <PMID> was expected."
            )
            raise InputError(reason)
        metadata = self.metadata
        if not self.title:
            # The record of a whole book has the book's; rare papers have one in their
            # own language only.
            self.title = metadata.get("book") or metadata.get("vernacular_title", "")
        if "year" not in metadata and self.second_year is not None:
            metadata["year"] = self.second_year
        if "doi" not in metadata and self.electronic_doi:
            metadata["doi"] = self.electronic_doi
        if "Retracted Publication" in metadata.get("publication_types", ()) or any(
            notice["type"] == "RetractionIn" for notice in metadata.get("notices", ())
        ):
            metadata["retracted"] = True
        title = Passage(text=self.title, section="title")
        return Document(
            id=str(int(self.pmid)),
            passages=(title, *self.abstract, *self.others),
            metadata={name: metadata[name] for name in sorted(metadata)},
        )


def _read(element: etree._Element, draft: _Draft) -> None:
    """Read the parts of an element that :data:`_PARTS` knows."""
    for part in element:
        read = _PARTS.get(part.tag)
        if read is not None:
            read(part, draft)


def _read_citation(citation: etree._Element, draft: _Draft) -> None:
    draft.set("status", citation.get("Status", ""))
    _read(citation, draft)


def _read_pmid(pmid: etree._Element, draft: _Draft) -> None:
    draft.pmid = (pmid.text or "").strip()
    version = pmid.get("Version", "1")
    if version != "1" and version.isascii() and version.isdigit():
        draft.metadata["version"] = int(version)


def _read_title(title: etree._Element, draft: _Draft) -> None:
    draft.title = plain_text(title)


def _read_abstract(abstract: etree._Element, draft: _Draft) -> None:
    draft.abstract += _abstract(abstract, draft.metadata)


def _read_authors(authors: etree._Element, draft: _Draft) -> None:
    if authors.get("Type") != "editors":
        draft.extend("authors", _authors(authors))


def _read_doi(location: etree._Element, draft: _Draft) -> None:
    if location.get("EIdType") == "doi" and location.get("ValidYN") != "N":
        draft.electronic_doi = collapse(location.text or "")


def _read_article_date(date: etree._Element, draft: _Draft) -> None:
    draft.set("electronic_date", _iso_date(date))
    _read_second_date(date, draft)


def _read_second_date(date: etree._Element, draft: _Draft) -> None:
    if draft.second_year is None:
        draft.second_year = _year_of(date)


def _read_date(date: etree._Element, draft: _Draft) -> None:
    """Take year and wording of a PubDate."""
    words = [collapse(part.text or "") for part in date]
    draft.set("date", " ".join(word for word in words if word))
    year = _year_of(date)
    if year is not None:
        draft.metadata["year"] = year


def _read_abbreviation(name: etree._Element, draft: _Draft) -> None:
    if name.text:
        draft.metadata.setdefault("journal_abbreviation", collapse(name.text))


def _read_keywords(keywords: etree._Element, draft: _Draft) -> None:
    known = draft.metadata.get("keywords", [])
    # Several lists often agree.
    words = dict.fromkeys(map(plain_text, keywords))
    draft.extend("keywords", [word for word in words if word not in known])


def _text(name: str) -> _PartReader:
    """Make the reader of a part whose text is the metadata of that name."""
    return lambda part, draft: draft.set(name, plain_text(part))


def _list(name: str, values: Callable[[etree._Element], Iterable[Any]]) -> _PartReader:
    """Make the reader of a part whose values go to the metadata of that name."""
    return lambda part, draft: draft.extend(name, values(part))


def _abstract(
    abstract: etree._Element,
    metadata: dict[str, Any],
    *,
    section: str = "abstract",
    further: dict[str, str] | None = None,
) -> Iterator[Passage]:
    """Passages of an abstract: one for each part that has text."""
    for part in abstract:
        if part.tag == "AbstractText":
            text = plain_lines(part)
            if not text or NOT_IN_RECORD.fullmatch(text):
                continue
            label = collapse(part.get("Label", ""))
            facts = dict(further or {})
            category = part.get("NlmCategory")
            if category and category != "UNASSIGNED":
                facts["category"] = category
            if label and further:
                facts["abstract"] = section
            # What NLM writes where some parts of an abstract have labels, this not.
            named = label and label != "UNLABELLED"
            yield Passage(
                text=text, section=label if named else section, metadata=facts
            )
        elif part.tag == "CopyrightInformation" and plain_text(part):
            metadata["copyright"] = plain_text(part)


def _read_other_abstract(other: etree._Element, draft: _Draft) -> None:
    facts = {
        name: value
        for name, value in (
            ("language", other.get("Language")),
            ("type", other.get("Type")),
        )
        if value
    }
    own: dict[str, Any] = {}
    draft.others += _abstract(other, own, section="other abstract", further=facts)
    if "copyright" in own:
        draft.metadata.setdefault("copyright", own["copyright"])


def _read_ids(ids: etree._Element, draft: _Draft) -> None:
    metadata = draft.metadata
    for identifier in ids:
        kind, value = identifier.get("IdType"), collapse(identifier.text or "")
        if kind == "doi" and value:
            metadata["doi"] = value
        elif kind == "pmc" and value:
            found = re.search(r"\d+", value)
            if found:
                metadata["pmcid"] = f"PMC{found.group()}"


def _authors(authors: etree._Element) -> Iterator[str]:
    for author in authors:
        if author.get("ValidYN") == "N":
            continue
        last = first = initials = suffix = group = ""
        for part in author:
            tag = part.tag
            if tag == "LastName":
                last = plain_text(part)
            elif tag == "ForeName":
                first = plain_text(part)
            elif tag == "Initials":
                initials = plain_text(part)
            elif tag == "Suffix":
                suffix = plain_text(part)
            elif tag == "CollectiveName":
                group = plain_text(part)
        given = first or initials
        name = ", ".join(p for p in (last, given, suffix) if p) or group
        if name:
            yield name


def _mesh_heading(heading: etree._Element) -> dict[str, Any] | None:
    out: dict[str, Any] = {}
    qualifiers = []
    for part in heading:
        fact = {
            "id": _mesh_id(part.get("UI")),
            "name": plain_text(part),
            "major": part.get("MajorTopicYN") == "Y",
        }
        if part.tag == "DescriptorName":
            out = fact
        elif part.tag == "QualifierName":
            qualifiers.append(fact)
    if out and qualifiers:
        out["qualifiers"] = qualifiers
    return out or None


def _chemical(chemical: etree._Element) -> dict[str, Any] | None:
    number, name, identifier = "", "", None
    for part in chemical:
        if part.tag == "RegistryNumber":
            number = collapse(part.text or "")
        elif part.tag == "NameOfSubstance":
            name, identifier = plain_text(part), _mesh_id(part.get("UI"))
    if not name:
        return None
    out: dict[str, Any] = {"id": identifier, "name": name}
    if number and number != "0":
        out["registry_number"] = number
    return out


def _supplementary(concept: etree._Element) -> dict[str, Any] | None:
    name = plain_text(concept)
    if not name:
        return None
    return {
        "id": _mesh_id(concept.get("UI")), "name": name, "type": concept.get("Type"),
    }  # fmt: skip


def _notices(corrections: etree._Element) -> Iterator[dict[str, str]]:
    for correction in corrections:
        kind = correction.get("RefType", "")
        if kind not in NOTICES:
            continue
        notice = {"type": kind}
        for part in correction:
            if part.tag == "PMID":
                notice["pmid"] = collapse(part.text or "")
            elif part.tag == "RefSource":
                notice["source"] = plain_text(part)
            elif part.tag == "Note":
                notice["note"] = plain_text(part)
        yield notice


def _mesh_id(identifier: str | None) -> str | None:
    return f"mesh:{identifier.strip()}" if identifier and identifier.strip() else None


def _pages(pagination: etree._Element) -> str:
    given = {part.tag: collapse(part.text or "") for part in pagination}
    if given.get("MedlinePgn"):
        return given["MedlinePgn"]
    return "-".join(given[name] for name in ("StartPage", "EndPage") if given.get(name))


def _year_of(date: etree._Element) -> int | None:
    """First year in a date's ``Year`` or ``MedlineDate``."""
    for part in date:
        if part.tag in {"Year", "MedlineDate"}:
            found = _YEAR.search(part.text or "")
            if found:
                return int(found.group(1))
    return None


def _iso_date(date: etree._Element) -> str:
    given = {part.tag: collapse(part.text or "") for part in date}
    numbers = [given.get("Year", "")]
    for name in ("Month", "Day"):
        number = given.get(name, "")
        if not number:
            break
        numbers.append(number.zfill(2))
    return "-".join(numbers) if numbers[0] else ""


#: How the parts of records of articles and books are read. Parts that are not here are
#: left out, with what is in them.
_PARTS: Final[dict[str, _PartReader]] = {
    **dict.fromkeys(
        (
            "Article", "Journal", "JournalIssue", "MedlineJournalInfo", "PubmedData",
            "PublicationTypeList", "BookDocument", "Book", "Publisher",
            "PubmedBookData",
        ),
        _read,
    ),
    "MedlineCitation": _read_citation,
    "PMID": _read_pmid,
    "ArticleTitle": _read_title,
    "VernacularTitle": _text("vernacular_title"),
    "Abstract": _read_abstract,
    "OtherAbstract": _read_other_abstract,
    "Title": _text("journal"),
    "ISOAbbreviation": _text("journal_abbreviation"),
    "MedlineTA": _read_abbreviation,
    "ISSN": _text("issn"),
    "Volume": _text("volume"),
    "Issue": _text("issue"),
    "BookTitle": _text("book"),
    "PublisherName": _text("publisher"),
    "Sections": _list(
        "section_titles", lambda part: map(plain_text, part.iter("SectionTitle"))
    ),
    "PubDate": _read_date,
    "ArticleDate": _read_article_date,
    "ContributionDate": _read_second_date,
    "DateRevised": lambda part, draft: draft.set("revised", _iso_date(part)),
    "AuthorList": _read_authors,
    "Pagination": lambda part, draft: draft.set("pages", _pages(part)),
    "ELocationID": _read_doi,
    "ArticleIdList": _read_ids,
    "Language": _list("languages", lambda part: [collapse(part.text or "")]),
    "PublicationType": _list("publication_types", lambda part: [plain_text(part)]),
    "KeywordList": _read_keywords,
    "ChemicalList": _list("chemicals", lambda part: map(_chemical, part)),
    "SupplMeshList": _list("supplementary", lambda part: map(_supplementary, part)),
    "MeshHeadingList": _list("mesh", lambda part: map(_mesh_heading, part)),
    "CommentsCorrectionsList": _list("notices", _notices),
}  # fmt: skip
