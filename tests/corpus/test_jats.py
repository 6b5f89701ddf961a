"""Whole articles in JATS."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import pytest

from kgbuild.corpus.jats import (
    merged,
    parse_article,
    read_jats,
    record_key,
    section_type,
)
from kgbuild.corpus.pubmed_xml import parse_record
from kgbuild.errors import InputError

ARTICLE = """<article xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:mml="http://www.w3.org/1998/Math/MathML" article-type="research-article">
<front><journal-meta><journal-title-group><journal-title>Invented J</journal-title>
</journal-title-group></journal-meta><article-meta>
<article-id pub-id-type="pmid">90000001</article-id>
<article-id pub-id-type="pmc">9000001</article-id>
<article-id pub-id-type="doi">10.9999/x</article-id>
<title-group><article-title>Captopril and <italic>ACE</italic><sup>a</sup>
</article-title><subtitle>a trial</subtitle></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Doe</surname>
<given-names>Jane</given-names></name></contrib><contrib contrib-type="author">
<collab>The Group</collab></contrib><contrib contrib-type="editor"><name>
<surname>Ed</surname></name></contrib></contrib-group>
<pub-date pub-type="epub"><year>2019</year></pub-date>
<pub-date pub-type="ppub"><year>2020</year></pub-date>
<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/">
<license-p>Open.</license-p></license></permissions>
<abstract><title>Abstract</title><sec><title>Background</title><p>Why.</p></sec>
<sec><title>Results</title><p>What <sub>2</sub>.</p></sec></abstract>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<kwd-group><kwd>cough</kwd><kwd/></kwd-group></article-meta></front>
<body><sec sec-type="intro"><title>1. Introduction</title>
<p>ACE inhibitors lower pressure<sup><xref ref-type="bibr" rid="b1">1</xref>,<xref
 ref-type="bibr" rid="b2">2</xref></sup> in IL-6<xref ref-type="bibr" rid="b3"><sup>3
</sup></xref> mice [<xref ref-type="bibr" rid="b4">4</xref>].</p></sec>
<sec><title>Patients and <italic>methods</italic></title><sec><title>Results of
calibration</title><p>We used <inline-formula><alternatives><tex-math>\\documentclass
\\begin{document}$$x^2$$\\end{document}</tex-math><mml:math><mml:msup><mml:mi>x</mml:mi>
<mml:mn>2</mml:mn></mml:msup></mml:math></alternatives></inline-formula> and
<inline-formula><tex-math>\\begin{document}$y$\\end{document}</tex-math
></inline-formula>.<fig id="f1"><label>Fig. 1</label><caption><title>Flow.</title>
<p>Who came in.</p></caption><graphic xlink:href="f1"/></fig> Then<list><list-item>
<p>one</p></list-item><list-item><p>two</p></list-item></list> more.</p></sec></sec>
<sec><title>Captopril in the wild</title><p>Nothing tells what this is.</p>
<table-wrap><label>Table 1</label><caption><p>Doses</p></caption><table><thead><tr>
<th>Drug</th><th>mg</th></tr></thead><tbody><tr><td>Captopril</td><td>25 <p>bid</p></td>
</tr></tbody></table><table-wrap-foot><fn><label>a</label><p>Oral.</p></fn>
</table-wrap-foot></table-wrap></sec></body>
<back><ack><title>Acknowledgements</title><p>Thanks.</p></ack><fn-group><fn
 fn-type="coi-statement"><p>No conflict.</p></fn></fn-group><ref-list><ref>
<mixed-citation>Old work.</mixed-citation></ref></ref-list></back>
<sub-article><front-stub/><body><p>A review.</p></body></sub-article>
</article>"""


@pytest.fixture(scope="module")
def article():
    return parse_article(ARTICLE.encode())


def rows(document):
    return [
        (p.section, p.metadata["part"], p.metadata["kind"], p.text)
        for p in document.passages
    ]


def test_passages_in_reading_order_with_their_kind_of_section(article):
    assert rows(article) == [
        ("title", "front", "title", "Captopril and ACEa: a trial"),
        ("Background", "front", "paragraph", "Why."),
        ("Results", "front", "paragraph", "What 2."),
        ("other abstract", "front", "paragraph", "A picture."),
        ("INTRO", "body", "title", "1. Introduction"),
        (
            "INTRO",
            "body",
            "paragraph",
            "ACE inhibitors lower pressure 1,2 in IL-6 3 mice [4].",
        ),
        ("METHODS", "body", "title", "Patients and methods"),
        ("METHODS", "body", "title", "Results of calibration"),
        ("METHODS", "body", "paragraph", "We used x^2 and y. Then more."),
        ("FIG", "body", "caption", "Fig. 1 Flow. Who came in."),
        ("METHODS", "body", "paragraph", "one"),
        ("METHODS", "body", "paragraph", "two"),
        ("body", "body", "title", "Captopril in the wild"),
        ("body", "body", "paragraph", "Nothing tells what this is."),
        ("TABLE", "body", "caption", "Table 1 Doses"),
        ("TABLE", "body", "table", "Drug | mg ; Captopril | 25 bid"),
        ("TABLE", "body", "footnote", "a Oral."),
        ("ACK_FUND", "back", "title", "Acknowledgements"),
        ("ACK_FUND", "back", "paragraph", "Thanks."),
        ("body", "back", "paragraph", "No conflict."),
    ]
    assert article.passages[8].metadata["heading"] == (
        "Patients and methods / Results of calibration"
    )


def test_metadata(article):
    assert article.id == "90000001"
    assert article.metadata == {
        "article_type": "research-article",
        "authors": ["Doe, Jane", "The Group"],
        "doi": "10.9999/x",
        "has_body": True,
        "journal": "Invented J",
        "keywords": ["cough"],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "pmcid": "PMC9000001",
        "year": 2020,
    }


def test_the_article_follows_pubmeds_abstract(article):
    record = (
        "<PubmedArticle><MedlineCitation><PMID>90000001</PMID><Article><ArticleTitle>T"
        "</ArticleTitle>{}</Article></MedlineCitation></PubmedArticle>"
    )
    abstract = "<Abstract><AbstractText>PubMed's own.</AbstractText></Abstract>"
    whole = merged(parse_record(record.format(abstract).encode()), article)
    assert [p.text for p in whole.passages[:3]] == [
        "T",
        "PubMed's own.",
        "1. Introduction",
    ]
    assert whole.metadata["full_text"] == "pmc"
    assert whole.metadata["license"].startswith("https://creativecommons.org")
    bare = merged(parse_record(record.format("").encode()), article)
    assert [p.text for p in bare.passages[:3]] == ["T", "Why.", "What 2."]


def test_no_text_is_lost(article):
    """Every word of the article, by an independent parser, is in the document."""
    root = ET.fromstring(ARTICLE)
    for gone in ("ref-list", "sub-article", "tex-math", "journal-meta", "permissions"):
        for parent in list(root.iter()):
            for child in list(parent):
                if child.tag == gone:
                    parent.remove(child)
    meta = root.find("front/article-meta")
    for gone in ("article-id", "contrib-group", "pub-date", "kwd-group"):
        for child in meta.findall(gone):
            meta.remove(child)
    words = set(re.findall(r"\w{2,}", " ".join(root.itertext())))
    # Headings of an abstract become the names of its sections.
    kept = " ".join(f"{p.section} {p.text}" for p in article.passages)
    assert words - {"Abstract"} <= set(re.findall(r"\w{2,}", kept))


@pytest.mark.parametrize(
    ("heading", "stated", "kind"),
    [
        ("Materials and Methods", None, "METHODS"),
        ("2. Experimental procedures", None, "METHODS"),
        ("II. RESULTS", None, "RESULTS"),
        ("Results and discussion", None, "RESULTS"),
        ("Discussion", None, "DISCUSS"),
        ("Anything", "conclusions", "CONCL"),
        ("Anything", "materials|methods", "METHODS"),
        ("Competing interests", None, "COMP_INT"),
        ("Authors’ contributions", None, "AUTH_CONT"),
        ("Case presentation", None, "CASE"),
        ("Funding", None, "ACK_FUND"),
        ("Supplementary Material", None, "SUPPL"),
        ("The renin system", None, None),
        ("", None, None),
    ],
)
def test_kinds_of_sections(heading, stated, kind):
    assert section_type(heading, stated=stated) == kind


def test_sets_single_articles_and_articles_that_pmc_lacks():
    reply = '<Reply Id="77" error="The following PMCID is not available"></Reply>'
    data = f"<pmc-articleset>{ARTICLE}\n{reply}</pmc-articleset>".encode()
    failures = []
    found = list(read_jats(io.BytesIO(data), on_failure=failures.append))
    assert [d.id for d in found] == ["90000001"]
    assert failures[0].document_id == "PMC77"
    assert "not available" in failures[0].reason
    assert record_key(reply.encode()) == 77
    head = b"<?xml version='1.0'?><!DOCTYPE article SYSTEM 'x.dtd'>\n"
    (single,) = read_jats(io.BytesIO(head + ARTICLE.encode()))
    assert single.id == "90000001"


def test_a_set_may_declare_the_namespaces():
    bare = ARTICLE.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "", 1)
    bare = bare.replace('\n xmlns:mml="http://www.w3.org/1998/Math/MathML"', "", 1)
    assert "xmlns" not in bare
    assert rows(parse_article(bare.encode())) == rows(parse_article(ARTICLE.encode()))


def test_broken_articles_name_file_and_line(tmp_path):
    path = tmp_path / "a.nxml"
    path.write_text("<pmc-articleset>\n<article>\n<front></article></pmc-articleset>")
    with pytest.raises(InputError, match="not well-formed") as caught:
        list(read_jats(path))
    assert caught.value.line == 3
    with pytest.raises(InputError, match="This article has no id"):
        parse_article(b"<article><front/></article>")


def test_an_article_without_an_id_is_called_after_its_file(tmp_path):
    path = tmp_path / "mine.nxml"
    front = "<article><front><article-meta>{}</article-meta></front></article>"
    doi = '<article-id pub-id-type="doi">doi:https://doi.org/10.1/B</article-id>'
    path.write_text(
        f"<pmc-articleset>{front.format(doi)}{front.format('')}</pmc-articleset>"
    )
    first, second = read_jats(path)
    assert (first.id, first.metadata["doi"]) == ("doi:10.1/B", "10.1/B")
    assert second.id == "mine:2"


@pytest.mark.shared
def test_a_real_answer(shared_dir):
    path = shared_dir / "corpora/entrez/efetch_pmc.xml"
    (document,) = read_jats(path)
    body = "".join(ET.parse(path).find(".//body").itertext())
    title = "".join(ET.parse(path).find(".//article-title").itertext())
    assert document.title == " ".join(title.split())
    assert document.passages[1].text == " ".join(body.split())
    assert document.pmid == 34527728
    assert document.metadata["pmcid"] == "PMC8435807"


@pytest.mark.parametrize(
    ("ids", "name"),
    [
        ('<article-id pub-id-type="doi">10.1/x</article-id>', "doi:10.1/x"),
        ('<article-id pub-id-type="publisher-id">e7</article-id>', "publisher-id:e7"),
        ('<article-id pub-id-type="doi">10.1/x</article-id>'
         '<article-id pub-id-type="pmcid">PMC7</article-id>', "PMC7"),
    ],
)  # fmt: skip
def test_articles_without_a_pmid(ids: str, name: str) -> None:
    text = f"<article><front><article-meta>{ids}</article-meta></front></article>"
    assert parse_article(text.encode()).id == name


def test_a_foreign_article_says_so_everywhere_but_where_it_is_english() -> None:
    document = parse_article(
        b'<article xml:lang="fr"><front><article-meta><article-id pub-id-type="doi">'
        b"10.1/x</article-id><title-group><article-title>Le BRAF</article-title>"
        b"</title-group><abstract><p>BRAF chez la souris.</p></abstract>"
        b'<trans-abstract xml:lang="en"><p>BRAF in mice.</p></trans-abstract>'
        b"<trans-abstract><p>BRAF.</p></trans-abstract></article-meta></front>"
        b"<body><sec><title>Introduction</title><p>Le texte.</p>"
        b'<p xml:lang="en-GB">The text.</p>'
        b'<sec xml:lang="es"><p>El texto.</p><fig><caption><p>Una.</p></caption></fig>'
        b"</sec></sec></body></article>"
    )
    assert [(p.text, p.metadata.get("language")) for p in document.passages] == [
        ("Le BRAF", "fr"), ("BRAF chez la souris.", "fr"), ("BRAF in mice.", "en"),
        ("BRAF.", "und"), ("Introduction", "fr"), ("Le texte.", "fr"),
        ("The text.", None), ("El texto.", "es"), ("Una.", "es"),
    ]  # fmt: skip
    foreign = document.foreign_offsets()
    assert [document.text[a:b] for a, b in foreign] == [
        "Le BRAF", "BRAF chez la souris.", "BRAF.", "Introduction", "Le texte.",
        "El texto.", "Una.",
    ]  # fmt: skip


def test_an_english_article_says_nothing_of_its_language() -> None:
    document = parse_article(
        b'<article xml:lang="EN"><front><article-meta><article-id pub-id-type="doi">'
        b"10.1/x</article-id><abstract><p>BRAF.</p></abstract></article-meta></front>"
        b"<body><p>Text.</p></body></article>"
    )
    assert [p.metadata.get("language") for p in document.passages] == [None] * 3


def test_the_language_of_further_abstracts_is_kept_and_not_tagged() -> None:
    from kgbuild.variants import VariantRecognizer

    document = parse_article(
        b'<article><front><article-meta><article-id pub-id-type="doi">10.1/x'
        b"</article-id><abstract><p>BRAF V600E in mice.</p></abstract>"
        b'<trans-abstract xml:lang="fr"><p>La BRAF V600E chez la souris.</p>'
        b"</trans-abstract><trans-abstract><p>Eine BRAF V600E.</p></trans-abstract>"
        b'<abstract abstract-type="summary" xml:lang="en"><p>A V600E.</p></abstract>'
        b"</article-meta></front></article>"
    )
    stated = [passage.metadata.get("language") for passage in document.passages]
    assert stated == [None, None, "fr", "und", "en"]
    offsets = document.passage_offsets()
    assert document.foreign_offsets() == (offsets[2], offsets[3])
    found = [m.start for m in VariantRecognizer()(document).mentions]
    assert len(found) == 2
    assert offsets[1][0] < found[0] < offsets[1][1]
    assert offsets[4][0] < found[1]
