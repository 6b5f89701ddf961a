"""Tagged records of text: MEDLINE (PubMed's "Save" as PubMed or nbib) and RIS.

Both are lines of a tag, a hyphen and a value; longer values go on in further lines. The
metadata are named as in :mod:`kgbuild.corpus.pubmed_xml`. The id of a RIS record
is a PMID where its database or address says PubMed, else its DOI, its ``ID`` or its
accession number; a bare number among these is no PMID and gets its tag before it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kgbuild._io.files import lines, stem
from kgbuild.corpus._markup import NOT_IN_RECORD
from kgbuild.corpus._writing import Reporter
from kgbuild.document import Document, Passage
from kgbuild.records import doi_of, year_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kgbuild.corpus._writing import OnFailure

Fields = dict[str, list[str]]

_MEDLINE_LINE: Final = re.compile(r"([A-Z][A-Z0-9]{1,3}) {0,2}- ?(.*)")
_RIS_LINE: Final = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*)|$)")
#: Metadata of one value and of several → the tags that hold it, the best first.
_MEDLINE: Final = {
    "journal": "JT TA BTI", "journal_abbreviation": "TA", "date": "DP", "volume": "VI",
    "issue": "IP", "pages": "PG", "book": "BTI", "publisher": "PB", "copyright": "CI",
    "vernacular_title": "TT", "pmcid": "PMC",
}  # fmt: skip
_MEDLINE_LISTS: Final = {
    "authors": "FAU AU CN", "keywords": "OT", "publication_types": "PT",
    "languages": "LA",
}  # fmt: skip
_RIS: Final = {
    "journal": "JF T2 JO JA", "journal_abbreviation": "JA J2", "volume": "VL",
    "issue": "IS", "issn": "SN", "publisher": "PB", "date": "DA PY Y1", "book": "BT",
}  # fmt: skip
_RIS_LISTS: Final = {"authors": "AU A1", "keywords": "KW", "languages": "LA"}


def sniff_medline(head: str) -> bool:
    """Whether the file begins with the first tag of a MEDLINE record."""
    return re.match(r"\s*(?:PMID- ?\d|UI {2}- ?\d|(?:OWN|STAT) ?- )", head) is not None


def sniff_ris(head: str) -> bool:
    """Whether the file begins with the type of a RIS record."""
    return re.match(r"\s*TY {2}?- ?[A-Z]", head) is not None


def read_medline(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read records between blank lines."""
    path = Path(path)
    report = Reporter(path, on_failure)
    for line, fields in _medline_records(path):
        number = next(iter(fields.get("PMID") or fields.get("UI") or ()), "")
        document = _medline_document(
            number if number.isdecimal() else "",
            fields,
            fallback_id=f"{stem(path)}:{line}",
        )
        if not number.isdecimal() and not document.text.strip():
            report("This record has neither a PMID nor a text.", line=line)
            continue
        yield document


def read_ris(path: Path | str, *, on_failure: OnFailure) -> Iterator[Document]:
    """Read records from ``TY`` to ``ER``."""
    path = Path(path)
    report = Reporter(path, on_failure)
    for line, fields in _ris_records(path):
        passages = _passages(fields, "TI T1 CT BT", "AB N2")
        if not any(passage.text for passage in passages):
            reason = "This record has neither a title (TI) nor an abstract (AB)."
            report(reason, line=line)
            continue
        yield _ris_document(passages, fields, fallback_id=f"{stem(path)}:{line}")


def _medline_records(path: Path) -> Iterator[tuple[int, Fields]]:
    fields: Fields = defaultdict(list)
    begun = 0
    tag = ""
    for number, line in lines(path):
        found = _MEDLINE_LINE.match(line)
        if (not line.strip() or (found and found[1] == "PMID")) and fields:
            yield begun, fields
            fields, tag = defaultdict(list), ""
        if found:
            begun = begun if fields else number
            tag = found[1]
            fields[tag].append(found[2].strip())
        elif tag and line.strip():
            fields[tag][-1] += f" {line.strip()}"
    if fields:
        yield begun, fields


def _ris_records(path: Path) -> Iterator[tuple[int, Fields]]:
    fields: Fields = {}
    begun = 0
    tag = ""
    for number, line in lines(path):
        found = _RIS_LINE.match(line)
        if found and found[1] in {"TY", "ER"}:
            if fields:
                yield begun, fields
            fields, begun, tag = {}, number, ""
        if found and found[1] != "ER":
            tag = found[1]
            fields.setdefault(tag, []).append((found[2] or "").strip())
        elif tag and line.strip():
            fields[tag][-1] = f"{fields[tag][-1]} {line.strip()}".strip()
    if fields:
        yield begun, fields


def _medline_document(number: str, fields: Fields, *, fallback_id: str) -> Document:
    metadata = _metadata(fields, _MEDLINE, _MEDLINE_LISTS)
    year = year_of(metadata.get("date"))
    if year is not None:
        metadata["year"] = year
    for value in (*fields.get("LID", ()), *fields.get("AID", ())):
        if value.endswith(" [doi]"):
            doi = value.removesuffix(" [doi]")
            metadata.setdefault("doi", doi_of(doi) or doi)
    headings = [_heading(value) for value in fields.get("MH", ())]
    if headings:
        metadata["mesh"] = headings
    passages = _passages(fields, "TI BTI", "AB")
    languages = fields.get("OABL", [])
    for at, text in enumerate(fields.get("OAB", ())):
        if NOT_IN_RECORD.fullmatch(text):
            continue
        facts = {"language": languages[at]} if at < len(languages) else {}
        kind, _, rest = text.partition(": ")
        if re.fullmatch(r"[A-Za-z-]+", kind) and rest:
            facts["type"], text = kind, rest
        passages.append(Passage(text=text, section="other abstract", metadata=facts))
    doi = f"doi:{metadata['doi']}" if "doi" in metadata else ""
    return Document(
        id=number or metadata.get("pmcid") or doi or fallback_id,
        passages=tuple(passages),
        metadata=metadata,
    )


def _ris_document(
    passages: list[Passage], fields: Fields, *, fallback_id: str
) -> Document:
    metadata = _metadata(fields, _RIS, _RIS_LISTS)
    stated = map(doi_of, (*fields.get("DO", ()), *fields.get("M3", ())))
    doi = next(filter(None, stated), None)
    if doi:
        metadata["doi"] = doi
    for value in (*fields.get("PY", ()), *fields.get("Y1", ()), *fields.get("DA", ())):
        year = year_of(value)
        if year is not None:
            metadata["year"] = year
            break
    pages = [fields[tag][0] for tag in ("SP", "EP") if fields.get(tag, [""])[0]]
    if pages:
        metadata["pages"] = "-".join(pages)
    tag = next((tag for tag in ("ID", "AN") if _first(fields, tag)), "")
    own = _first(fields, tag)
    database = " ".join((*fields.get("DB", ()), *fields.get("DP", ()))).lower()
    accession = _first(fields, "AN")
    address = re.search(
        r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(\d+)",
        " ".join((*fields.get("UR", ()), *fields.get("L2", ()))),
    )
    pmid = accession if re.search("pubmed|medline|nlm", database) else ""
    pmid = pmid if pmid.isdecimal() else (address[1] if address else "")
    known_as = pmid or (f"doi:{doi}" if doi else "")
    if known_as and own and own not in {pmid, doi}:
        metadata["source_id"] = own
    if own.isdecimal():
        own = f"{tag}:{own}"
    return Document(
        id=known_as or own or fallback_id,
        passages=tuple(passages),
        metadata=metadata,
    )


def _metadata(
    fields: Fields, single: Mapping[str, str], several: Mapping[str, str]
) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for name, tags in single.items():
        value = _first(fields, tags)
        if value:
            metadata[name] = value
    for name, tags in several.items():
        values = next((fields[tag] for tag in tags.split() if fields.get(tag)), [])
        if values:
            metadata[name] = [value for value in values if value]
    return metadata


def _passages(fields: Fields, title: str, abstract: str) -> list[Passage]:
    texts = next((fields[tag] for tag in abstract.split() if fields.get(tag)), [])
    return [
        Passage(text=_first(fields, title), section="title"),
        *(Passage(text=text, section="abstract") for text in texts if text),
    ]


def _first(fields: Fields, tags: str) -> str:
    return next((fields[tag][0] for tag in tags.split() if fields.get(tag)), "")


def _heading(value: str) -> dict[str, Any]:
    """Read a MeSH heading, ``Name/*qualifier``; the star marks the major topic."""
    name, *qualifiers = value.split("/")
    heading: dict[str, Any] = {
        "id": None, "name": name.lstrip("*"), "major": name.startswith("*"),
    }  # fmt: skip
    if qualifiers:
        heading["qualifiers"] = [
            {"id": None, "name": q.lstrip("*"), "major": q.startswith("*")}
            for q in qualifiers
        ]
    return heading
