"""Full articles in JATS, the XML of PubMed Central.

A document's passages are the title, the abstract, and then every paragraph, heading,
caption and table of the article in reading order. Their ``section`` is the kind of
section they stand in, by the names that PMC's BioC service uses: ``INTRO``,
``METHODS``, ``RESULTS``, ``DISCUSS``, ``CONCL``, ``CASE``, ``FIG``, ``TABLE``,
``SUPPL``, ``ABBR``, ``COMP_INT``, ``AUTH_CONT``, ``ACK_FUND``, ``APPENDIX``, or
``body`` where the heading does not tell. A passage's metadata hold ``part`` (``front``,
``body`` or ``back``), ``kind`` (``title``, ``paragraph``, ``caption``, ``table``,
``footnote``) and ``heading``, the headings above it.

Where the nearest ``xml:lang`` above it is not English, a passage says its ``language``.

Lists of references are left out, and so are reviews and answers printed with an
article (``sub-article``, ``response``).
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from kgbuild._io.files import open_binary, stem
from kgbuild._io.xml import safe_parser, split_records, syntax_error
from kgbuild.corpus._markup import MATHML, collapse, mathml_text, plain_text
from kgbuild.corpus._writing import OnFailure, Reporter
from kgbuild.corpus.formats import root_name
from kgbuild.document import Document, Passage
from kgbuild.errors import InputError
from kgbuild.records import doi_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
ROOTS: Final = ("pmc-articleset", "article")
#: ``Reply`` is what EFetch gives for an article that PMC does not have.
RECORDS: Final = ("article", "Reply")

#: What a section is, by its ``sec-type`` or heading; the first that fits.
_SECTION_TYPES: Final = (
    ("SUPPL", r"supplement|supporting information|additional file|data availab"),
    ("COMP_INT", r"(competing|conflicts?|declaration|disclosure).*interest|coi"),
    ("AUTH_CONT", r"authors?['’]? *contribution|contributors"),
    ("ACK_FUND", r"acknowledg|funding|financial|grant"),
    ("ABBR", r"abbreviation|glossary|nomenclature"),
    ("CASE", r"case (report|presentation|description|study)|^cases?$"),
    ("INTRO", r"introduction|^intro|background|^objectives?$|^aims?$"),
    ("METHODS", r"method|materials|subjects|patients|procedure|statistical analys"),
    ("RESULTS", r"result|findings"),
    ("DISCUSS", r"discussion|limitations"),
    ("CONCL", r"conclusion|concluding|summary|perspectives|future directions"),
    ("APPENDIX", r"appendix|appendices"),
)
_FLOATS: Final = frozenset(
    ["fig", "fig-group", "table-wrap", "table-wrap-group", "boxed-text", "list",
     "def-list", "disp-quote", "supplementary-material", "media", "chem-struct-wrap",
     "statement", "fn", "array"]
)  # fmt: skip
_LEFT_OUT: Final = frozenset(
    ["ref-list", "sub-article", "response", "processing-meta", "object-id", "graphic",
     "inline-graphic", "permissions", "sec-meta", "alt-text", "long-desc", "xref-group"]
)  # fmt: skip
_PMCID: Final = re.compile(
    rb"""<article-id\s[^>]*pub-id-type\s*=\s*["']pmc(?:id|aid)?["'][^>]*>\s*"""
    rb"""(?:PMC)?(\d{1,10})\s*<"""
)
_REPLY: Final = re.compile(rb"""<Reply\s[^>]*\bId\s*=\s*["'](?:PMC)?(\d{1,10})["']""")


def read_jats(
    source: Path | str | IO[bytes],
    *,
    on_failure: OnFailure | None = None,
) -> Iterator[Document]:
    """Read a file of one article or a set of articles, one by one.

    Parameters
    ----------
    source
        A file (``.gz`` and ``.zst`` are decompressed) or a stream of bytes.
    on_failure
        Called for each article that cannot be read, and reading goes on; without it
        such an article raises.

    Yields
    ------
    Document
        In the order of the file; the id is the PMID, else ``PMC…``, else ``doi:…``,
        else another that it has, else the file's name and the article's number.

    Raises
    ------
    InputError
        The file cannot be read, is not JATS, is refused (see :mod:`kgbuild._io.xml`),
        or breaks off.
    """
    opened: AbstractContextManager[IO[bytes]]
    path = source if isinstance(source, (str, Path)) else None
    if isinstance(source, (str, Path)):
        opened = open_binary(source)
    else:
        opened = nullcontext(source)
    report = Reporter(path, on_failure)
    name = "article" if path is None else stem(Path(path))
    number = 0
    with opened as stream:
        for raw in split_records(stream, RECORDS, roots=ROOTS, path=path):
            try:
                if raw.problem is not None:
                    raise InputError(raw.problem)
                number += 1
                yield parse_article(raw.data, fallback_id=f"{name}:{number}")
            except InputError as error:
                line = raw.line + (error.line - 1 if error.line else 0)
                key = record_key(raw.data)
                known_as = None if key is None else f"PMC{key}"
                report(error.reason, line=line, document_id=known_as)


def sniff_jats(head: str) -> bool:
    """Whether the root element is an article, or a set of them from PMC."""
    return root_name(head) in {"article", "pmc-articleset"}


def record_key(data: bytes) -> int | None:
    """Return the number of the PMCID in an article's bytes, or ``None``."""
    found = _PMCID.search(data) or _REPLY.match(data)
    return int(found.group(1)) if found else None


def parse_article(data: bytes, *, fallback_id: str | None = None) -> Document:
    """Parse one article, from ``<article`` to ``</article>``, in UTF-8.

    Its id is the PMID, else ``PMC…``, ``doi:…``, another that it has, or
    ``fallback_id``.

    Raises
    ------
    InputError
        It is not well-formed, refused (see :mod:`kgbuild._io.xml`), has no id at
        all, or PMC says that it does not have it.
    """
    from lxml import etree

    try:
        # Articles' cross references and links carry namespaces that only the set
        # declares in some files.
        element = etree.fromstring(_with_namespaces(data), safe_parser())
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from error
    if element.tag == "Reply":
        said = element.get("error") or "no reason given"
        reason = f"PMC does not have this article ({said[:200]})."
        raise InputError(reason)
    language = element.get(_LANG, "")
    reader = _Reader(language=language)
    for part in element:
        place = _Place(part="back" if part.tag == "back" else "body", language=language)
        if part.tag == "front":
            reader.front(part)
        elif part.tag in {"body", "floats-group", "back"}:
            if part.tag == "body":
                reader.metadata["has_body"] = True
            reader.blocks(part, "body", place)
    return reader.document(fallback_id)


def merged(document: Document, article: Document) -> Document:
    """Return a PubMed document with the text of PMC's article behind its abstract."""
    front = document.passages
    if len(front) < 2:
        front = (
            *front,
            *(
                passage
                for passage in article.passages
                if passage.metadata.get("part") == "front"
                and passage.section != "title"
            ),
        )
    rest = tuple(p for p in article.passages if p.metadata.get("part") != "front")
    facts = {
        name: article.metadata[name]
        for name in ("license", "article_type")
        if name in article.metadata
    }
    return replace(
        document,
        passages=(*front, *rest),
        metadata={**document.metadata, **facts, "full_text": "pmc"},
    )


def section_type(heading: str, *, stated: str | None = None) -> str | None:
    """Tell the kind of a section from its ``sec-type`` and heading.

    Examples
    --------
    >>> section_type("2.1. Materials and methods"), section_type("Captopril")
    ('METHODS', None)
    """
    for text in (stated or "", heading):
        plain = re.sub(r"^[\divx.:)\s]+(?=\s)", "", text.replace("|", " ").lower())
        for name, pattern in _SECTION_TYPES:
            if plain and re.search(pattern, plain.strip()):
                return name
    return None


def _with_namespaces(data: bytes) -> bytes:
    head_end = data.find(b">")
    head = data[:head_end]
    for prefix, uri in (
        (b"xlink", b"http://www.w3.org/1999/xlink"),
        (b"mml", b"http://www.w3.org/1998/Math/MathML"),
        (b"ali", b"http://www.niso.org/schemas/ali/1.0/"),
        (b"xsi", b"http://www.w3.org/2001/XMLSchema-instance"),
    ):
        if prefix + b":" in data and b"xmlns:" + prefix not in head:
            name = re.match(rb"<[\w.-]+", data)
            if name is not None:
                at = name.end()
                data = data[:at] + b" xmlns:" + prefix + b'="' + uri + b'"' + data[at:]
    return data


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the article one is."""

    part: str
    headings: tuple[str, ...] = ()
    language: str = ""

    def inside(self, node: etree._Element) -> _Place:
        """Return the place with the language that the node states, if any."""
        stated = node.get(_LANG)
        return replace(self, language=stated) if stated else self

    @property
    def facts(self) -> dict[str, str]:
        """What a passage says of the language: where it is not English."""
        foreign = not self.language.lower().startswith("en")
        return {"language": self.language} if self.language and foreign else {}


@dataclass(slots=True)
class _Reader:
    """Collects what an article holds."""

    language: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    title: str = ""
    title_place: _Place = field(default_factory=lambda: _Place(part="front"))
    abstract: list[Passage] = field(default_factory=list)
    rest: list[Passage] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)

    def document(self, fallback_id: str | None) -> Document:
        pmid, pmcid = self.ids.get("pmid", ""), self.ids.get("pmc", "")
        doi = self.ids.get("doi", "")
        others = (f"{kind}:{value}" for kind, value in self.ids.items() if value)
        name = (
            pmid
            or (f"PMC{pmcid}" if pmcid else "")
            or (f"doi:{doi}" if doi else next(others, fallback_id))
        )
        if not name:
            reason = "This article has no id: give it an <article-id>."
            raise InputError(reason)
        if pmcid:
            self.metadata["pmcid"] = f"PMC{pmcid}"
        title = Passage(
            text=self.title,
            section="title",
            metadata={"part": "front", "kind": "title", **self.title_place.facts},
        )
        return Document(
            id=name,
            passages=(title, *self.abstract, *self.rest),
            metadata={name: self.metadata[name] for name in sorted(self.metadata)},
        )

    # -- the front --------------------------------------------------------------------

    def front(self, front: etree._Element) -> None:
        article = front.getparent()
        kind = None if article is None else article.get("article-type")
        if kind:
            self.metadata["article_type"] = kind
        for part in front:
            if part.tag == "journal-meta":
                self._journal(part)
            elif part.tag == "article-meta":
                self._article(part)

    def _journal(self, journal: etree._Element) -> None:
        title = journal.find("journal-title-group/journal-title")
        if title is None:
            title = journal.find("journal-title")
        if title is not None and plain_text(title):
            self.metadata["journal"] = plain_text(title)

    def _article(self, article: etree._Element) -> None:  # noqa: C901 - one branch a part of an article
        years: dict[str, int] = {}
        for part in article:
            tag = part.tag
            if tag == "article-id":
                self._id(part)
            elif tag == "title-group":
                self._titles(part)
            elif tag in {"abstract", "trans-abstract"}:
                self._abstract(part)
            elif tag == "contrib-group":
                names = [name for name in map(_author, part.iter("contrib")) if name]
                self.metadata.setdefault("authors", []).extend(names)
            elif tag == "pub-date":
                year = part.findtext("year", "").strip()
                if re.fullmatch(r"\d{4}", year):
                    kind = part.get("pub-type") or part.get("date-type") or ""
                    years.setdefault(kind, int(year))
            elif tag == "kwd-group":
                words = [plain_text(word) for word in part.iter("kwd")]
                self.metadata.setdefault("keywords", []).extend(w for w in words if w)
            elif tag == "volume" and part.text:
                self.metadata["volume"] = collapse(part.text)
            elif tag == "permissions":
                self._license(part)
            elif tag == "related-article":
                self._related(part)
        for kind in ("ppub", "collection", "pub", "epub"):
            if kind in years:
                self.metadata["year"] = years[kind]
                break
        else:
            if years:
                self.metadata["year"] = min(years.values())
        for name in ("authors", "keywords"):
            if not self.metadata.get(name, True):
                del self.metadata[name]

    def _id(self, part: etree._Element) -> None:
        kind, value = part.get("pub-id-type", ""), collapse(part.text or "")
        if kind in {"pmc", "pmcid", "pmcaid"}:
            kind, value = "pmc", value.removeprefix("PMC")
        if kind in {"pmc", "pmid"} and not (value.isascii() and value.isdigit()):
            return
        if kind == "doi":
            value = doi_of(value) or value
        self.ids.setdefault(kind, value)
        if kind == "doi" and value:
            self.metadata["doi"] = value

    def _titles(self, group: etree._Element) -> None:
        place = _Place(part="front", language=self.language).inside(group)
        for part in group:
            if part.tag == "article-title":
                self.title_place = place.inside(part)
                self.title = plain_text(part, special=_inline)
            elif part.tag == "subtitle" and plain_text(part):
                self.title = f"{self.title}: {plain_text(part, special=_inline)}"

    def _license(self, permissions: etree._Element) -> None:
        for part in permissions.iter():
            if not isinstance(part.tag, str):
                continue
            if part.tag.endswith("license_ref") and part.text:
                self.metadata["license"] = collapse(part.text)
                return
            if part.tag == "license":
                link = part.get("{http://www.w3.org/1999/xlink}href")
                if link:
                    self.metadata["license"] = link

    def _related(self, part: etree._Element) -> None:
        kind = part.get("related-article-type", "")
        link = part.get("{http://www.w3.org/1999/xlink}href", "")
        if kind in {"retracted-article", "corrected-article", "object-of-concern"}:
            notice = {"type": kind, "source": link}
            self.metadata.setdefault("notices", []).append(notice)

    def _abstract(self, abstract: etree._Element) -> None:
        kind = abstract.get("abstract-type")
        language = abstract.get(_LANG, "")
        if abstract.tag == "trans-abstract":
            language = language or "und"
        place = _Place(part="front", language=language or self.language)
        main = abstract.tag == "abstract" and kind in {None, "", "structured"}
        section = "abstract" if main else "other abstract"
        own = _Reader()
        own.blocks(abstract, section, place, typed=False)
        for passage in own.rest:
            if passage.metadata.get("kind") == "title":
                continue  # it is the section of those that follow
            headings = passage.metadata.get("heading", "")
            label = headings.split(" / ")[0] if headings else ""
            facts = {"part": "front", "kind": passage.metadata.get("kind", "paragraph")}
            if not main:
                facts["abstract"] = "other abstract"
                if kind:
                    facts["type"] = kind
            stated = passage.metadata.get("language", language)
            if stated:
                facts["language"] = stated
            passage_section = (
                label if label and label.lower() != "abstract" else section
            )
            self.abstract.append(
                Passage(text=passage.text, section=passage_section, metadata=facts)
            )

    # -- the text ---------------------------------------------------------------------

    def blocks(
        self,
        node: etree._Element,
        section: str,
        place: _Place,
        *,
        typed: bool = True,
    ) -> None:
        """Read the parts of a section, a list, a box, …."""
        place = place.inside(node)
        if node.text and node.text.strip():
            self._add(collapse(node.text), section, place, "paragraph")
        for child in node:
            tag = child.tag
            if not isinstance(tag, str) or tag in _LEFT_OUT:
                pass
            elif tag in {"sec", "app", "ack", "notes", "glossary", "fn-group"}:
                self._section(child, section, place, typed=typed)
            elif tag in {"title", "label"}:
                if tag == "title" and not typed:
                    place = replace(
                        place, headings=(*place.headings[:0], plain_text(child))
                    )
                elif tag == "title":
                    self._add(
                        plain_text(child, special=_inline), section, place, "title"
                    )
            elif tag == "p":
                self._paragraph(child, section, place, typed=typed)
            elif tag in {"fig", "table-wrap", "supplementary-material", "media"}:
                self._float(child, place)
            elif tag in _FLOATS or tag in {
                "list-item", "def-item", "def", "app-group", "fig-group", "front-stub",
                "sec-group", "fn", "bio",
            }:  # fmt: skip
                self.blocks(child, section, place, typed=typed)
            else:
                text = plain_text(child, special=_inline)
                self._add(text, section, place, "paragraph")
            if child.tail and child.tail.strip():
                self._add(collapse(child.tail), section, place, "paragraph")

    def _section(
        self, node: etree._Element, section: str, place: _Place, *, typed: bool
    ) -> None:
        place = place.inside(node)
        title = node.find("title")
        heading = "" if title is None else plain_text(title, special=_inline)
        if typed:
            stated = node.get("sec-type")
            named = {"ack": "ACK_FUND", "glossary": "ABBR", "app": "APPENDIX"}
            own = named.get(node.tag) or section_type(heading, stated=stated)
            # Below "Methods", a part on "Results of calibration" is still methods.
            section = own if own and section == "body" else section
        if heading:
            place = replace(place, headings=(*place.headings, heading))
        self.blocks(node, section, place, typed=typed)

    def _paragraph(
        self, node: etree._Element, section: str, place: _Place, *, typed: bool
    ) -> None:
        place = place.inside(node)
        floats: list[etree._Element] = []

        def special(child: etree._Element, parts: list[str]) -> bool:
            if child.tag in _FLOATS:
                floats.append(child)
                parts.append(" ")
                return True
            return _inline(child, parts)

        self._add(plain_text(node, special=special), section, place, "paragraph")
        for child in floats:
            if child.tag in {"fig", "table-wrap", "supplementary-material", "media"}:
                self._float(child, place)
            else:
                self.blocks(child, section, place, typed=typed)

    def _float(self, node: etree._Element, place: _Place) -> None:
        place = place.inside(node)
        section = {"fig": "FIG", "table-wrap": "TABLE"}.get(node.tag, "SUPPL")
        label = node.find("label")
        words = [] if label is None else [plain_text(label)]
        for caption in node.findall("caption"):
            words += [
                plain_text(part, special=_inline)
                for part in caption
                if isinstance(part.tag, str)
            ]
        self._add(" ".join(w for w in words if w), section, place, "caption")
        for part in node:
            tag = part.tag
            if tag in {"table", "alternatives", "oasis"}:
                for table in [part] if tag == "table" else part.iter("table"):
                    self._add(_table_text(table), section, place, "table")
                    break
            elif tag == "table-wrap-foot":
                text = plain_text(part, special=_spaced)
                self._add(text, section, place, "footnote")
            elif tag == "p":
                self._paragraph(part, section, place, typed=True)

    def _add(self, text: str, section: str, place: _Place, kind: str) -> None:
        if not text:
            return
        facts = {"part": place.part, "kind": kind, **place.facts}
        if place.headings:
            facts["heading"] = " / ".join(place.headings)
        self.rest.append(Passage(text=text, section=section, metadata=facts))


def _inline(child: etree._Element, parts: list[str]) -> bool:
    """Deal with what is special inside a line of JATS."""
    tag = child.tag
    if not isinstance(tag, str) or tag in _LEFT_OUT:
        return True
    if tag == "break":
        parts.append(" ")
        return True
    if tag in {"alternatives", "tex-math"}:
        parts.append(_formula(child))
        return True
    if tag in {"xref", "sup"} and _is_citation(child):
        # A raised reference number must not grow into the word before it.
        if parts and parts[-1][-1:].isalnum():
            parts.append(" ")
        parts.append(plain_text(child))
        return True
    return False


def _is_citation(child: etree._Element) -> bool:
    """Whether this is a raised reference to the literature."""
    if child.tag == "xref":
        raised = child.find("sup") is not None
        return child.get("ref-type") == "bibr" and raised
    inner = child.find("xref")
    return inner is not None and inner.get("ref-type") == "bibr"


def _formula(node: etree._Element) -> str:
    """Text of one of several forms of a formula: MathML first, TeX last."""
    if node.tag != "tex-math":
        for math in node.iter(f"{MATHML}math"):
            return mathml_text(math)
        tex = next(iter(node.iter("tex-math")), None)
        if tex is None:
            return plain_text(node)
        node = tex
    text = "".join(node.itertext())
    inside = re.search(r"\\begin\{document\}(.*?)\\end\{document\}", text, re.DOTALL)
    return collapse((inside.group(1) if inside else text).replace("$", ""))


def _spaced(child: etree._Element, parts: list[str]) -> bool:
    """Keep paragraphs inside an element apart."""
    if child.tag in {"p", "fn", "label"} and parts:
        parts.append(" ")
    return _inline(child, parts)


def _table_text(table: etree._Element) -> str:
    """Cells of a table: ``|`` between cells, ``;`` between rows."""
    rows = []
    for row in table.iter("tr"):
        cells = [plain_text(cell, special=_spaced) for cell in row]
        if any(cells):
            rows.append(" | ".join(cells))
    return " ; ".join(rows)


def _author(contributor: etree._Element) -> str:
    if contributor.get("contrib-type", "author") != "author":
        return ""
    name = contributor.find("name")
    if name is None:
        name = contributor.find("name-alternatives/name")
    if name is not None:
        parts = (name.findtext("surname", ""), name.findtext("given-names", ""))
        return ", ".join(collapse(part) for part in parts if part.strip())
    group = contributor.find("collab")
    return "" if group is None else plain_text(group)
