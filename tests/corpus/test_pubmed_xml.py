"""PubMed XML: every oddity, hostile files, newest versions, flat memory."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eutils_server import make_record, pubmed_file, small_records
from hypothesis import given, settings
from hypothesis import strategies as st

import kgbuild.corpus
from kgbuild.corpus._pubmed_versions import PmidSet
from kgbuild.corpus.pubmed_xml import (
    parse_record,
    read_deletions,
    read_pubmed_xml,
    split_pubmed_xml,
)
from kgbuild.errors import ConfigError, DocumentFailure, InputError

if TYPE_CHECKING:
    from kgbuild.document import Document

QUIRKS = Path(__file__).parent / "data" / "pubmed_quirks.xml"


@pytest.fixture(scope="module")
def quirks() -> dict[str, Document]:
    return {document.id: document for document in read_pubmed_xml(QUIRKS)}


def sections(document: Document) -> list[tuple[str, str]]:
    return [(passage.section, passage.text) for passage in document.passages]


def record(pmid: int, title: str, *, version: int = 1) -> bytes:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID>'
        f"<Article><ArticleTitle>{title}</ArticleTitle></Article></MedlineCitation>"
        "</PubmedArticle>"
    ).encode()


def file(*records: bytes, deleted: tuple[int, ...] = ()) -> bytes:
    gone = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in deleted)
    tail = f"<DeleteCitation>{gone}</DeleteCitation>".encode() if gone else b""
    return b"<PubmedArticleSet>" + b"\n".join(records) + tail + b"</PubmedArticleSet>"


def titles(*args: object, **options: object) -> dict[str, str]:
    found = list(read_pubmed_xml(*args, **options))
    assert len({document.id for document in found}) == len(found)
    return {document.id: document.title for document in found}


# -- one record -----------------------------------------------------------------------


def test_inline_tags_lose_no_text(quirks):
    assert sections(quirks["90000001"]) == [
        (
            "title",
            "Loss of Ace2-/- raises [Ca2+]i in β-cells & islets: a post hoc nested "
            "look.",
        ),
        (
            "BACKGROUND & AIMS",
            "Angiotensin-(1-7) acts on the Mas1 receptor. Doses of 10-7 M and "
            "p\u00a0<\u20090.05 were set beforehand.",
        ),
        ("METHODS", "We gave H2O2 to Rattus norvegicus islets (n = 12)."),
        ("RESULTS", "Of the Ace2fl/fl mice, 3 > 2 had raised insulin."),
    ]


def test_a_list_in_an_abstract_keeps_its_lines():
    from kgbuild.text.sentences import document_sentences

    xml = (
        b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>"
        b"<ArticleTitle>Wrapped\n- over - lines</ArticleTitle><Abstract>"
        b"<AbstractText>\n  We found\n   - a change of <i>BRAF</i>\n"
        b"   - none of\n     <b>KRAS</b>\n"
        b"</AbstractText><AbstractText>* one\n* two</AbstractText>"
        b"<AbstractText>One line\nis wrapped.</AbstractText></Abstract>"
        b"</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )
    (document,) = read_pubmed_xml(io.BytesIO(xml))
    assert [p.text for p in document.passages] == [
        "Wrapped - over - lines",
        "We found\n- a change of BRAF\n- none of\nKRAS",
        "* one\n* two",
        "One line is wrapped.",
    ]
    sentences = [document.text[a:b] for a, b in document_sentences(document)]
    assert sentences[1:3] == ["We found", "- a change of BRAF"]


def test_metadata_of_a_record_that_has_everything(quirks):
    assert quirks["90000001"].metadata == {
        "authors": [
            "Núñez, Ana María",
            "Smith, John, Jr",
            "The ACE2 Study Group",
        ],
        "chemicals": [
            {"id": "mesh:D000804", "name": "Angiotensin II"},
            {
                "id": "mesh:D006861",
                "name": "Hydrogen Peroxide",
                "registry_number": "BBX060AN9V",
            },
        ],
        "copyright": "© 2017 The Inventors.",
        "date": "2017 Jun 28",
        "doi": "10.9999/inv.2017.101",
        "electronic_date": "2017-05-03",
        "issn": "2000-0001",
        "issue": "4",
        "journal": "Journal of invented results",
        "journal_abbreviation": "J Invent Res",
        "languages": ["eng"],
        "mesh": [
            {"id": "mesh:D000818", "name": "Animals", "major": False},
            {
                "id": "mesh:D007515",
                "name": "Islets of Langerhans",
                "major": False,
                "qualifiers": [
                    {"id": "mesh:Q000187", "name": "drug effects", "major": True},
                    {"id": "mesh:Q000378", "name": "metabolism", "major": False},
                ],
            },
        ],
        "pages": "101-9",
        "pmcid": "PMC9000001",
        "publication_types": ["Journal Article", "Randomized Controlled Trial"],
        "revised": "2018-12-02",
        "status": "MEDLINE",
        "supplementary": [
            {"id": "mesh:C535575", "name": "Invented syndrome", "type": "Disease"}
        ],
        "volume": "7",
        "year": 2017,
    }
    assert quirks["90000001"].passages[1].metadata == {"category": "OBJECTIVE"}
    assert quirks["90000001"].year == 2017
    assert quirks["90000001"].pmid == 90000001


def test_formulas_can_be_read(quirks):
    assert sections(quirks["90000002"]) == [
        ("title", "Release of Ca2+ from stores."),
        (
            "abstract",
            "With k = 3×10^-4 per second and (a+b)/√n, the label 13C-glucose and "
            "VO2 max were measured in E. coli.",
        ),
    ]


def test_parts_without_a_label_are_abstract(quirks):
    assert sections(quirks["90000003"])[1:] == [
        ("abstract", "This part had no label in the journal."),
        ("RESULTS", "First results on KRAS G12D."),
        ("RESULTS", "Second results."),
        ("abstract", "A part without any attribute."),
    ]


def test_no_abstract_and_a_date_in_words(quirks):
    document = quirks["90000004"]
    assert sections(document) == [("title", "[Captopril and cough].")]
    assert document.year == 1998
    assert document.metadata["date"] == "1998 Dec-1999 Jan"
    assert document.metadata["vernacular_title"] == "Captopril et toux*."
    assert document.metadata["languages"] == ["fre", "eng"]
    assert document.metadata["authors"] == ["Dupont, É"]
    assert document.metadata["pages"] == "7"
    assert document.metadata["journal_abbreviation"] == "Winter J"


def test_other_abstracts_follow_with_their_language(quirks):
    document = quirks["90000005"]
    assert sections(document)[1:] == [
        ("abstract", "The main abstract."),
        ("OBJETIVO", "Resumen en español."),
        ("other abstract", "Sin etiqueta."),
        ("other abstract", "In plain words, memory fades."),
    ]
    assert [p.metadata.get("language") for p in document.passages] == [
        None, None, "spa", "spa", "eng",
    ]  # fmt: skip
    assert document.passages[2].metadata["abstract"] == "other abstract"
    assert document.passages[4].metadata["type"] == "plain-language-summary"
    assert document.metadata["keywords"] == ["dementia", "APOE ε4", "ethics"]
    assert document.metadata["date"] == "2020 Spring"


def test_retractions_are_marked(quirks):
    document = quirks["90000006"]
    assert document.metadata["retracted"] is True
    assert document.metadata["notices"] == [
        {"type": "RetractionIn", "source": "Withdrawn. 2012;1:1", "pmid": "90000007"},
        {
            "type": "ErratumIn",
            "source": "Withdrawn. 2011;9:9",
            "note": "Dosage error.",
        },
    ]
    notice = quirks["90000007"]
    assert "retracted" not in notice.metadata
    assert notice.metadata["notices"][0]["type"] == "RetractionOf"
    assert not any("retracted" in d.metadata for d in quirks.values() if d != document)


def test_ids_of_references_are_not_the_papers_own(quirks):
    assert quirks["90000006"].metadata["doi"] == "10.9999/retracted.6"
    assert "pmcid" not in quirks["90000006"].metadata


def test_the_electronic_date_gives_the_year_where_no_other_does(quirks):
    assert quirks["90000007"].year == 2012
    assert quirks["90000007"].metadata["date"] == "Spring"


def test_book_chapters_and_books(quirks):
    chapter, book = quirks["90000009"], quirks["90000010"]
    assert sections(chapter) == [
        ("title", "Invented BRCA1 disease"),
        ("CLINICAL CHARACTERISTICS", "It begins in childhood."),
        ("MANAGEMENT", "Surveillance: yearly."),
    ]
    assert chapter.metadata["book"] == "InventedReviews®"
    assert chapter.metadata["publisher"] == "Invented Press"
    assert chapter.metadata["authors"] == ["Writer, Will"]
    assert chapter.metadata["section_titles"] == [
        "Diagnosis",
        "Management",
        "Treatment",
    ]
    assert chapter.metadata["publication_types"] == ["Review"]
    assert chapter.metadata["doi"] == "10.9999/book.9"
    assert chapter.year == 1993
    assert book.title == "A whole book on Danio rerio"
    assert book.year == 2004


def test_comments_sections_and_odd_characters(quirks):
    document = quirks["90000012"]
    assert document.title == "𝛼-Synuclein, I\u0307stanbul and nai\u0308ve T\u00a0cells."
    assert document.passages[1].text == (
        "A section with < & > and </PubmedArticle> in it, 🧬."
    )


def test_a_title_in_its_own_language_alone(quirks):
    assert sections(quirks["90000013"]) == [("title", "Nur ein deutscher Titel.")]


def test_all_records_but_the_deleted_one_are_there_in_order(quirks):
    assert list(quirks) == [f"900000{n:02}" for n in range(1, 14) if n != 11]


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("1998 Dec-1999 Jan", 1998), ("Winter 1984-1985", 1984), ("1976-1977", 1976),
        ("2000 Spring", 2000), ("ca. 1890", 1890), ("Spring", None), ("19761", None),
        ("1000", None),
    ],
)  # fmt: skip
def test_years_in_words(written, year):
    data = (
        "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal><JournalIssue>"
        f"<PubDate><MedlineDate>{written}</MedlineDate></PubDate></JournalIssue>"
        "</Journal><ArticleTitle>T</ArticleTitle></Article></MedlineCitation>"
        "</PubmedArticle>"
    )
    assert parse_record(data.encode()).year == year


_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"), max_size=30
)


@st.composite
def _mixed(draw: st.DrawFn) -> tuple[str, str]:
    """Markup, and its text."""
    from xml.sax.saxutils import escape

    pieces = draw(
        st.lists(st.tuples(st.sampled_from(["", "i", "sub", "sup", "b"]), _text))
    )
    markup = "".join(
        f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)
        for tag, text in pieces
    )
    return markup, "".join(text for _, text in pieces)


@settings(deadline=None)
@given(_mixed(), _mixed())
def test_any_text_comes_through(title, abstract):
    data = (
        "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>"
        f"{title[0]}</ArticleTitle><Abstract><AbstractText>{abstract[0]}"
        "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    )
    document = parse_record(data.encode())
    assert document.title == re.sub(" +", " ", title[1]).strip(" ")
    found = document.passages[1].text if len(document.passages) > 1 else ""
    assert found == re.sub(" +", " ", abstract[1]).strip(" ")
    assert document == type(document).from_json(document.to_json())


# -- whole files ----------------------------------------------------------------------


def test_kgbuild_reads_it_by_its_suffix(tmp_path):
    path = tmp_path / "pubmed26n0001.xml.gz"
    path.write_bytes(gzip.compress(QUIRKS.read_bytes()))
    assert [d.id for d in kgbuild.corpus.read(path)] == [
        d.id for d in read_pubmed_xml(QUIRKS)
    ]


def test_the_newest_version_wins_in_one_file(quirks):
    assert quirks["90000008"].title == "Third version."
    assert quirks["90000008"].metadata["version"] == 3


def test_the_later_record_wins_in_one_file():
    data = file(record(1, "old"), record(2, "other"), record(1, "new"))
    assert titles(io.BytesIO(data)) == {"1": "new", "2": "other"}


def test_deletions_are_honoured_and_can_be_asked_for():
    data = file(record(1, "a"), record(2, "b"), deleted=(2, 5))
    assert titles(io.BytesIO(data)) == {"1": "a"}
    assert list(read_deletions(io.BytesIO(data))) == [2, 5]


@pytest.fixture
def updates(tmp_path: Path) -> list[Path]:
    files = [
        # The baseline.
        file(record(1, "one"), record(2, "two"), record(3, "three"), record(4, "four"),
             record(5, "five, version 2", version=2), record(6, "six")),
        # Revises 1 and 5's first version, deletes 2 and 6.
        file(record(1, "one, revised"), record(5, "five, version 1"), deleted=(2, 6)),
        # 6 comes back, 3 goes, 7 comes and goes.
        file(record(6, "six, again"), record(7, "seven"), deleted=(3, 7)),
        file(record(1, "one, revised twice")),
    ]  # fmt: skip
    paths = []
    for number, data in enumerate(files):
        path = tmp_path / f"pubmed26n{number:04}.xml.gz"
        path.write_bytes(gzip.compress(data))
        paths.append(path)
    return paths


def test_several_files_give_the_newest_state(updates):
    assert titles(updates) == {
        "1": "one, revised twice",
        "4": "four",
        "5": "five, version 2",
        "6": "six, again",
    }
    assert titles(updates[:2]) == {
        "1": "one, revised",
        "3": "three",
        "4": "four",
        "5": "five, version 2",
    }


def test_kgbuild_reads_a_folder_of_baseline_and_update_files(updates, tmp_path):
    newest = {"1", "4", "5", "6"}
    (tmp_path / "README.txt").write_text("not a PubMed file")
    (tmp_path / "pubmed26n0001.xml.gz.md5").write_text("MD5 = x")
    assert {d.id for d in kgbuild.corpus.read(tmp_path)} == newest
    assert {d.id for d in kgbuild.corpus.read(updates)} == newest
    other = tmp_path / "a.jsonl"
    other.write_text('{"pmid": 1, "title": "T"}\n')
    mixed = kgbuild.corpus.read([*updates, other], once=True)
    with pytest.warns(kgbuild.corpus.CorpusWarning, match="different texts"):
        assert {d.id for d in mixed} == newest
    with pytest.raises(ConfigError, match="There is no file"):
        kgbuild.corpus.read([])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="This is a folder"):
        kgbuild.corpus.read(tmp_path / "empty")


def test_the_numbers_in_their_names_tell_which_file_is_older(updates, tmp_path):
    """Not the order they are named in; another file is as old as its place."""
    newest = titles(updates)
    (tmp_path / "new").mkdir()
    for place in (2, 3):
        updates[place] = updates[place].rename(tmp_path / "new" / updates[place].name)
    assert titles([*updates[2:], *updates[:2]]) == newest
    # The baseline of a year replaces those before it.
    next_year = tmp_path / "pubmed27n0001.xml.gz"
    next_year.write_bytes(gzip.compress(file(record(1, "of the next year"))))
    assert titles([next_year, *updates])["1"] == "of the next year"
    own = tmp_path / "own.xml"
    own.write_bytes(file(record(4, "four, from elsewhere")))
    assert titles([*updates[::-1], own])["4"] == "four, from elsewhere"
    assert titles([own, *updates[::-1]])["4"] == "four"


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(1, 6), st.integers(1, 2)), max_size=6),
            st.lists(st.integers(1, 6), max_size=2),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_several_files_agree_with_loading_them_into_a_table(contents):
    table: dict[tuple[int, int], str] = {}
    sources = []
    for number, (records, deleted) in enumerate(contents):
        made = []
        for place, (pmid, version) in enumerate(records):
            title = f"{number}.{place}"
            table[pmid, version] = title
            made.append(record(pmid, title, version=version))
        for pmid in deleted:
            table.pop((pmid, 1), None)
        sources.append(io.BytesIO(file(*made, deleted=tuple(deleted))))
    expected = {}
    for (pmid, _version), title in sorted(table.items()):
        expected[str(pmid)] = title
    assert titles(sources) == expected


def test_a_stream_that_cannot_go_back(tmp_path):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

    with pytest.raises(InputError, match="stream that can go back was expected"):
        titles(Pipe(file(record(1, "a"))))


def test_a_stream_is_read_from_where_it_stands():
    stream = io.BytesIO(b"HEAD" + file(record(1, "a")))
    stream.read(4)
    assert titles(stream) == {"1": "a"}


def test_a_stream_of_text_is_refused():
    with pytest.raises(InputError, match="stream of bytes was expected"):
        list(read_pubmed_xml(io.StringIO("<PubmedArticleSet/>")))  # type: ignore[arg-type]


# -- what is wrong --------------------------------------------------------------------

BROKEN = {
    "a < b in the title": (b"not well-formed", 3),
    "&alpha;-chain": (b"Entity 'alpha' not defined", 3),
    "<i>open": (b"not well-formed", 3),
}


@pytest.mark.parametrize("title", BROKEN)
def test_one_broken_record_is_reported_and_the_rest_goes_on(title, tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(
        b"<PubmedArticleSet>\n"
        + b"\n".join([record(1, "a"), record(2, title), record(3, "c")])
        + b"\n</PubmedArticleSet>"
    )
    failures: list[DocumentFailure] = []
    assert titles(path, on_failure=failures.append) == {"1": "a", "3": "c"}
    reason, line = BROKEN[title]
    (failure,) = failures
    assert (failure.document_id, failure.line, failure.path) == ("2", line, str(path))
    assert reason.decode() in failure.reason
    with pytest.raises(InputError, match=": 2: ") as caught:
        titles(path)
    assert caught.value.line == line


def test_a_record_without_its_end_takes_no_other_with_it():
    failures: list[DocumentFailure] = []
    cut = record(2, "b").replace(b"</Article></MedlineCitation></PubmedArticle>", b"")
    data = file(record(1, "a"), cut, record(3, "c"))
    found = titles(io.BytesIO(data), on_failure=failures.append)
    assert found == {"1": "a", "3": "c"}
    assert [failure.document_id for failure in failures] == ["2"]


def test_a_broken_newest_record_does_not_bring_back_an_old_one():
    failures: list[DocumentFailure] = []
    sources = [
        io.BytesIO(file(record(1, "old"), record(2, "x"))),
        io.BytesIO(file(record(1, "<broken"))),
    ]
    assert titles(sources, on_failure=failures.append) == {"2": "x"}
    assert [failure.document_id for failure in failures] == ["1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<PubmedArticle><MedlineCitation/></PubmedArticle>", "has no PMID"),
        (
            b"<PubmedArticle><MedlineCitation><PMID>x1</PMID></MedlineCitation>"
            b"</PubmedArticle>",
            "it says 'x1'",
        ),
        (
            b"<PubmedArticle><MedlineCitation><PMID>99999999999</PMID>"
            b"</MedlineCitation></PubmedArticle>",
            "has no PMID",
        ),
        (
            b"<PubmedArticle><!-- <PMID>1</PMID> --><MedlineCitation><PMID>2</PMID>"
            b"</MedlineCitation></PubmedArticle>",
            "states two PMIDs, 1 and 2",
        ),
        (b"<Article>stray</Article>", "are no record"),
        (b"stray text", "are no record"),
    ],
)
def test_what_is_no_record_of_pubmed(content, message):
    failures: list[DocumentFailure] = []
    data = file(content, record(3, "c"))
    assert titles(io.BytesIO(data), on_failure=failures.append) == {"3": "c"}
    assert message in failures[0].reason


def test_a_file_that_is_cut_gives_what_is_whole_then_raises(tmp_path):
    path = tmp_path / "a.xml"
    data = file(record(1, "a"), record(2, "b"))
    path.write_bytes(data[:-80])
    with pytest.raises(InputError, match="cut off"):
        titles(path)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.xml", b"<html><body/></html>", "root element is <html>"),
        ("a.xml", b"<collection></collection>", "root element is <collection>"),
        ("a.xml", b"", "the file is empty"),
        ("a.xml.gz", b"no gzip", "not a sound .gz file"),
        (
            "a.xml.gz",
            gzip.compress(file(record(1, "a")), mtime=0)[:-12],
            "ends too early",
        ),
    ],
)
def test_bad_files(tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        titles(path, on_failure=pytest.fail)
    with pytest.raises(InputError, match="no such file"):
        titles(tmp_path / "missing.xml")


def test_bytes_that_are_no_utf_8_spoil_one_record():
    failures: list[DocumentFailure] = []
    bad = file(record(1, "CAFE").replace(b"CAFE", b"Caf\xe9"), record(2, "b"))
    assert titles(io.BytesIO(bad), on_failure=failures.append) == {"2": "b"}
    assert "UTF-8" in failures[0].reason


def test_other_encodings_are_read():
    data = (
        "<?xml version='1.0' encoding='ISO-8859-1'?>" + file(record(1, "Café")).decode()
    )
    assert titles(io.BytesIO(data.encode("latin-1"))) == {"1": "Café"}


def test_entities_and_giant_records_are_refused():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + file(record(1, "&a;"))
    with pytest.raises(InputError, match="declares entities"):
        titles(io.BytesIO(bomb))
    giant = file(record(1, "<b>bold</b> and plain, " * 1_500_000))
    with pytest.raises(InputError, match="over the limit of 32 MB"):
        titles(io.BytesIO(giant))


# -- memory ---------------------------------------------------------------------------

_MEASURE = """
import sys
from kgbuild.corpus.pubmed_xml import read_pubmed_xml
n = sum(1 for _ in read_pubmed_xml(sys.argv[1]))
# Not ru_maxrss: a child process begins with its parent's.
status = open("/proc/self/status").read()
print(n, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def _peak_mb(path: Path, expected: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    count, peak = done.stdout.split()
    assert int(count) == expected
    return int(peak)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_does_not_grow_with_the_file(tmp_path):
    """8,000 records take no more memory than 1,000."""
    records = small_records(1000)
    small, large = tmp_path / "small.xml.gz", tmp_path / "large.xml.gz"
    small.write_bytes(gzip.compress(pubmed_file(records), 1))
    with gzip.open(large, "wb", 1) as out:
        out.write(b"<PubmedArticleSet>")
        for turn in range(8):
            for item in records:
                pmid = f'"1">{item.pmid + 10_000 * turn}<'.encode()
                out.write(item.xml.replace(f'"1">{item.pmid}<'.encode(), pmid))
        out.write(b"</PubmedArticleSet>")
    assert _peak_mb(large, 8000) - _peak_mb(small, 1000) < 5


@settings(deadline=None)
@given(st.sets(st.integers(1, 2**32 - 1)), st.sets(st.integers(1, 2**32 - 1)))
def test_a_set_of_pmids_is_a_set(inside, asked):
    known = PmidSet()
    for pmid in inside:
        known.add(pmid)
    assert all(pmid in known for pmid in inside)
    assert {pmid for pmid in asked if pmid in known} == asked & inside


# -- against real answers -------------------------------------------------------------


def _segments(element: ET.Element) -> list[tuple[bool, str]]:
    """Text of an element by an independent parser: runs, and formulas apart."""
    out: list[tuple[bool, str]] = [(False, element.text or "")]
    for child in element:
        if child.tag.endswith("}math"):
            out.append((True, "".join(child.itertext())))
        else:
            out += _segments(child)
        out.append((False, child.tail or ""))
    return out


def _assert_whole(element: ET.Element, text: str) -> None:
    """All of an element's text is there; formulas may be written differently."""
    pattern, formulas, run = "", [], ""
    for is_math, piece in _segments(element):
        if is_math:
            pattern += re.escape(run) + "(.*?)"
            formulas.append(piece)
            run = ""
        else:
            run += piece
    pattern += re.escape(run)
    pattern = re.sub(r"(\\[ \n\t\r])+", " *", pattern.strip())
    found = re.fullmatch(r"\s*" + pattern + r"\s*", text, re.DOTALL)
    assert found is not None, (pattern, text)
    for formula, read in zip(formulas, found.groups(), strict=True):
        assert not Counter("".join(formula.split())) - Counter(read)


@pytest.mark.shared
def test_real_answers_lose_no_text(shared_dir):
    checked = formulas = 0
    for path in sorted((shared_dir / "corpora/entrez").glob("pubmed*.xml")):
        documents = {document.id: document for document in read_pubmed_xml(path)}
        tree = ET.parse(path)
        articles = list(tree.iter("PubmedArticle"))
        assert len(articles) == len(documents)
        for article in articles:
            document = documents[article.findtext("MedlineCitation/PMID", "")]
            _assert_whole(article.find(".//ArticleTitle"), document.title)
            parts = [
                part
                for part in article.iter("AbstractText")
                if "".join(part.itertext()).strip()
            ]
            assert len(parts) == len(document.passages) - 1
            for part, passage in zip(parts, document.passages[1:], strict=True):
                _assert_whole(part, passage.text)
                assert passage.section == part.get("Label", "abstract")
                formulas += len(part.findall(".//{*}math"))
                checked += 1
            assert len(article.findall(".//MeshHeading")) == len(
                document.metadata.get("mesh", ())
            )
            assert len(article.findall(".//AuthorList/Author")) == len(
                document.metadata["authors"]
            )
            assert document.metadata["journal"] == article.findtext(".//Journal/Title")
            own = "PubmedData/ArticleIdList/ArticleId[@IdType='doi']"
            assert document.metadata.get("doi") == article.findtext(own)
            assert document.year == int(article.findtext(".//PubDate/Year", "0"))
    assert checked >= 13
    assert formulas >= 7


@pytest.mark.shared
def test_real_abstracts_come_through_the_format(shared_dir):
    from eutils_server import records_of_abstracts

    path = shared_dir / "corpora/abstracts/estrogens.jsonl.gz"
    records = records_of_abstracts([path])
    documents = list(read_pubmed_xml(io.BytesIO(pubmed_file(records))))
    assert [document.id for document in documents] == [str(r.pmid) for r in records]
    for document, item in zip(documents, records, strict=True):
        plain = " ".join(item.text.split(" "))
        assert re.sub(r"\s+", "", document.text.lower()) == re.sub(r"\s+", "", plain)


def test_splitting_keeps_the_bytes():
    records = [make_record(n, title=f"T{n}", abstract="A") for n in range(1, 20)]
    raw = list(split_pubmed_xml(io.BytesIO(pubmed_file(records))))
    assert [item.data for item in raw] == [item.xml for item in records]


def test_an_abstract_that_pubmed_lacks_is_no_passage(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>"
        "<ArticleTitle>ACE</ArticleTitle></Article>"
        '<OtherAbstract Type="Publisher" Language="fre"><AbstractText>Abstract '
        "available from the publisher.</AbstractText></OtherAbstract>"
        '<OtherAbstract Type="Publisher" Language="ger"><AbstractText>ACE hilft.'
        "</AbstractText></OtherAbstract>"
        "</MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )
    [document] = kgbuild.corpus.read(path)
    assert [p.text for p in document.passages] == ["ACE", "ACE hilft."]
