"""What files are that kgbuild does not read: known by their first bytes."""

from __future__ import annotations

import re
from typing import Final

_AS_PUBMED: Final = "save the search in the format PubMed, or use `kgbuild fetch`"
_AS_LINES: Final = "write its texts as JSON Lines"
#: Pattern of the head (as Latin-1) → what the file is, and what to do with it.
_FOREIGN: Final = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), name, advice)
    for pattern, name, advice in (
        (r"%PDF-", "a PDF", "extract its text, or fetch the article from PMC"),
        (r"PK\x03\x04.*?word/", "a Word document (DOCX)", "save it as text"),
        (r"PK\x03\x04.*?xl/", "an Excel workbook", "save it as CSV"),
        (r"PK\x03\x04.*?(?:\[Content_Types\]\.xml|ppt/)",
         "a file of Word, Excel or PowerPoint", "save it as text or CSV"),
        (r"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", "an OpenDocument file",
         "save it as text or CSV"),
        (r"PK\x03\x04", "a ZIP archive", "unpack it and name a file in it"),
        (r".{257}ustar", "a TAR archive", "unpack it and name a file in it"),
        (r"\xd0\xcf\x11\xe0", "an old Word or Excel file", "save it as text or CSV"),
        (r"\{\\rtf", "a rich text file (RTF)", "save it as text"),
        (r"PAR1|ARROW1", "a Parquet or Arrow table",
         "read it with polars and hand the frame to kgbuild.annotate"),
        (r"SQLite format 3\0", "an SQLite database", "export its table as CSV"),
        (r"\x80[\x02-\x05][\x95}\]c(]", "a Python pickle", "write its texts as JSON "
         "Lines; pickles run code and are never read"),
        (r"x[\x01\x5e\x9c\xda].{0,64}[^\t\n\r -~]", "zlib data such as spaCy's binary "
         "DocBin", "write its documents as JSON Lines"),
        (r"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,999}?-->\s*)*(?:<!doctype\s+html|<html)",
         "an HTML page", "save its text, or the XML behind it"),
        (r"(?:\xef\xbb\xbf)?\s*<(?:p|div|body|head|meta|span|section|table|[uo]l|br|hr"
         r"|h[1-6])(?:\s+[a-z-]+=[^>]*)?\s*/?>",
         "a piece of HTML", "save its text, or the XML behind it"),
        (r"(?:\xef\xbb\xbf)?\s*1\. [^\n]{2,200}?\. (?:18|19|20)\d\d[ ;.]"
         r".{0,20000}?\nPMID: ?\d", 'PubMed\'s "Abstract (text)"', _AS_PUBMED),
        (r"(?:\xef\xbb\xbf)?\s*1: .{5,3000}?\s(?:18|19|20)\d\d[ ;.].{0,500}?"
         r"\sPMID: ?\d", 'PubMed\'s "Summary (text)"', _AS_PUBMED),
        (r"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,999}?-->\s*)*"
         r"<xml>\s*<records>", "EndNote XML", "export it as RIS"),
        (r"(?:\xef\xbb\xbf)?\s*Record #\d+ of \d+\s*\n",
         "an export of the Cochrane Library", "export it as RIS"),
        (r"(?:\xef\xbb\xbf)?\s*<1> ?\r?\n(?:Unique Identifier|Accession Number|VN)",
         "an Ovid export", "export it as RIS"),
        (r"\s*%0 [A-Z]", "an EndNote export", "export it as RIS"),
        (r"\s*(?:%[^\n]*\n\s*)*@[A-Z]+\s*\{", "BibTeX", "export it as RIS"),
        (r"(?:\xef\xbb\xbf)?(?:FN (?:Clarivate|ISI|Thomson)|PT J\s*\n)",
         "a Web of Science export", "export it as RIS"),
        (r"T\d+\t[^\t\n]+ \d+ \d+(?:;\d+ \d+)*(?:\t|\r?\n|$)", "brat standoff (.ann)",
         "convert it with its text to BioC or PubAnnotation"),
        (r"(?:\s*#[^\n]*\n)*\s*1(?:-\d+)?\t(?:[^\t\n]*\t){8}"
         r"(?!(?-i:[BIESLUMWO])(?:-|\s)|(?:[^\n]*\|)?ner=)[^\t\n]+\n",
         "CoNLL-U without mentions in its last column",
         "put a tag such as B-Gene or O there, or ner=B-Gene"),
        (r"(?:\xef\xbb\xbf)?#FORMAT=WebAnno", "WebAnno TSV (of INCEpTION?)",
         "export it as CoNLL 2002"),
        (r"(?:\xef\xbb\xbf)?\s*\[?\s*\{(?=.{0,60000}\"(?:entity_class|mention_conf"
         r"idence)\"\s*:)(?=.{0,60000}\"sections\"\s*:)", "KAZU's JSON", _AS_LINES),
        (r"(?:\xef\xbb\xbf)?\s*\[?\s*\{(?=.{0,60000}\"(?:annotations|completions|pred"
         r"ictions)\"\s*:\s*\[)(?=.{0,60000}\"data\"\s*:\s*\{)", "Label Studio's JSON",
         _AS_LINES + ", or export it as CoNLL 2003"),
        (r"(?:\xef\xbb\xbf)?\s*\[?\s*\{(?=.{0,60000}\"sentences\"\s*:\s*\[\s*\[)"
         r"(?=.{0,60000}\"(?:doc_key|ner)\"\s*:)", "DyGIE++'s JSON Lines", _AS_LINES),
        (r"(?:\xef\xbb\xbf)?\s*\[?\s*\{(?=.{0,60000}\"(?:resultList|extId)\"\s*:)",
         "an answer of Europe PMC", _AS_LINES + ", or use `kgbuild fetch`"),
        (r"\s*(?:\d{5,8}\s+){2,}$", "a list of PMIDs",
         "fetch its records with `kgbuild fetch`"),
    )
)  # fmt: skip
#: Root element → what the XML is.
_ROOTS: Final = {
    "TEI": "TEI XML (of GROBID?)", "xmi:XMI": "UIMA's XMI", "mods": "MODS XML",
    "modsCollection": "MODS XML", "OAI-PMH": "an OAI-PMH answer", "rss": "an RSS feed",
    "rdf:RDF": "RDF", "eSearchResult": "an answer of ESearch (a list of PMIDs)",
    "eSummaryResult": "an answer of ESummary (no abstracts)", "svg": "a picture (SVG)",
    "responseWrapper": "an answer of Europe PMC", "feed": "an Atom feed (of arXiv?)",
    "full-text-retrieval-response": "Elsevier's XML", "drugbank": "DrugBank's XML",
    "clinical_study": "a record of ClinicalTrials.gov",
    "DescriptorRecordSet": "MeSH's descriptors, a vocabulary",
}  # fmt: skip


def foreign(head: bytes, root: str) -> str | None:
    """Tell what a file is that no reader takes: its name and what to do with it.

    Parameters
    ----------
    head
        The first bytes, decompressed.
    root
        Name of the root element of XML.
    """
    text = head.decode("latin-1")
    for pattern, name, advice in _FOREIGN:
        if pattern.match(text):
            return f"{name}, which kgbuild does not read: {advice}"
    if root in _ROOTS:
        return f"{_ROOTS[root]}, which kgbuild does not read: export another format"
    return None
