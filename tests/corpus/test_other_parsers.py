"""Every reader against somebody else's parser, on the same files.

Where the two differ on purpose, the test says so and why. bconv pins an lxml of before
2023 and cannot be in the ``test`` extra; `make test` installs it without its pins.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from kgbuild import corpus
from kgbuild.corpus.sample import sample_corpus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kgbuild.document import Document

pytestmark = pytest.mark.filterwarnings("ignore")

Entities = dict[str, list[tuple[int, int, str, str]]]

GOLD = ["BC5CDR_TrainDev", "BioRED_TrainDev", "NCBIdisease_TrainDev", "NLMgene_Train",
        "Linnaeus_Train", "tmVar3_Train"]  # fmt: skip


def ours(documents: Iterable[Document]) -> Entities:
    return {
        d.id: sorted(
            (m.start, m.end, m.text, m.attribute("label") or m.type) for m in d.mentions
        )
        for d in documents
    }


def read(path: Path, **options: Any) -> list[Document]:
    return list(corpus.read(path, on_error="raise", **options))


@pytest.fixture(params=GOLD)
def gold(request, shared_dir: Path) -> list[Document]:
    """Ten documents of a gold corpus, with Greek letters, nested and moved mentions."""
    path = shared_dir / f"corpora/pubtator/{request.param}.PubTator.gz"
    return list(itertools.islice(corpus.read(path), 10))


def bconvs(path: Path, form: str) -> Entities:
    bconv = pytest.importorskip("bconv", reason="bconv pins lxml<5: see above")
    loaded = bconv.load(str(path), fmt=form)
    return {
        d.id: sorted((e.start, e.end, e.text, e.metadata["type"]) for e in entities)
        for d in loaded.units("document")
        for entities in [list(d.iter_entities())]
    }


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "form"),
    [("a.pubtator", "pubtator"), ("a.json", "bioc_json"), ("a.xml", "bioc_xml")],
)
def test_bconv_on_mentions(gold, tmp_path: Path, name: str, form: str) -> None:
    plain = [d.with_mentions(m for m in d.mentions if not m.fragments) for d in gold]
    corpus.write(plain, tmp_path / name)
    assert ours(read(tmp_path / name)) == bconvs(tmp_path / name, form) == ours(plain)


@pytest.mark.shared
def test_bconv_on_pubannotation(gold, tmp_path: Path) -> None:
    corpus.write(gold, tmp_path / "all.json", format="pubannotation")
    for document, value in zip(
        read(tmp_path / "all.json"),
        json.loads((tmp_path / "all.json").read_text()),
        strict=True,
    ):
        path = tmp_path / "one.json"
        path.write_text(json.dumps(value))
        theirs = bconvs(path, "pubanno_json")[document.id]
        # PubAnnotation has no other label than the type.
        assert theirs == sorted((m.start, m.end, m.text, m.type)
                                for m in document.mentions)  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("tags", ["IOBES", "IOB", "IO"])
@pytest.mark.parametrize("offsets", [True, False])
def test_bconvs_own_conll(gold, tmp_path: Path, tags: str, offsets: bool) -> None:
    bconv = pytest.importorskip("bconv", reason="bconv pins lxml<5: see above")
    corpus.write(gold, tmp_path / "a.pubtator")
    loaded = bconv.load(str(tmp_path / "a.pubtator"), fmt="pubtator")
    path = tmp_path / "b.conll"
    with path.open("w", encoding="utf-8") as stream:
        bconv.dump(loaded, stream, fmt="conll", tagset=tags, include_offsets=offsets)
    documents = read(path)
    assert [d.id for d in documents] == [d.id for d in gold]
    if offsets:
        assert ours(documents) == bconvs(path, "conll")
        return
    # bconv cannot read files without offsets; the same file with them says how many.
    with (tmp_path / "c.conll").open("w", encoding="utf-8") as stream:
        bconv.dump(loaded, stream, fmt="conll", tagset=tags)
    theirs = bconvs(tmp_path / "c.conll", "conll")
    assert {d.id: len(d.mentions) for d in documents} == {
        name: len(entities) for name, entities in theirs.items()
    }


@pytest.mark.parametrize(
    ("scheme", "rows"),
    [
        ("IOB2", "B-G I-G O B-G B-G I-G B-D"),
        ("IOB1", "I-G I-G B-G O I-D I-D O"),
        ("IOBES", "S-G O B-D I-D E-D S-D B-G E-G"),
        ("BILOU", "U-G O B-D I-D L-D U-D B-G L-G"),
    ],
)
def test_seqeval_on_tags(tmp_path: Path, scheme: str, rows: str) -> None:
    seqeval = pytest.importorskip("seqeval.scheme")
    path = tmp_path / "a.conll"
    path.write_text("".join(f"w{n}\t{tag}\n" for n, tag in enumerate(rows.split())))
    theirs = seqeval.Entities([rows.split()], scheme=getattr(seqeval, scheme)).entities[
        0
    ]
    (document,) = read(path)
    assert [(m.text.split(), m.attribute("label") or m.type)
            for m in document.mentions] == [
        ([f"w{n}" for n in range(e.start, e.end)], e.tag) for e in theirs
    ]  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("name", ["a.xml", "a.json"])
def test_bioc_on_bioc(gold, tmp_path: Path, name: str) -> None:
    pytest.importorskip("bioc")
    from bioc import biocjson, biocxml

    corpus.write(gold, tmp_path / name)
    library = biocxml if name == "a.xml" else biocjson
    with (tmp_path / name).open(encoding="utf-8") as stream:
        collection = library.load(stream)
    documents = read(tmp_path / name)
    assert ours(documents) == {
        d.id: sorted(
            (a.total_span.offset, a.total_span.end, a.text, a.infons["type"])
            for p in d.passages
            for a in p.annotations
        )
        for d in collection.documents
    }
    assert [[p.text for p in d.passages] for d in documents] == [
        [p.text for p in d.passages] for d in collection.documents
    ]
    assert sum(len(d.statements) for d in documents) == sum(
        len(d.relations) for d in collection.documents
    )


#: Of these files pubmed_parser leaves out formulas and the numbers of isotopes.
LOSES_FORMULAS = {6, 7}


@pytest.mark.shared
@pytest.mark.parametrize("number", [1, 2, 4, 5, 6, 7])
def test_pubmed_parser_on_pubmed_xml(
    shared_dir: Path, tmp_path: Path, number: int
) -> None:
    parser = pytest.importorskip("pubmed_parser")
    source = shared_dir / f"corpora/entrez/pubmed{number}.xml"
    packed = tmp_path / "pubmed.xml.gz"  # it reads nothing else
    packed.write_bytes(gzip.compress(source.read_bytes()))
    theirs = {r["pmid"]: r for r in parser.parse_medline_xml(str(packed))}
    documents = read(packed)
    assert [d.id for d in documents] == list(theirs)
    for document in documents:
        record = theirs[document.id]
        # It puts the labels of a structured abstract into the text.
        abstract = [
            p.text if p.section == "abstract" else f"{p.section} {p.text}"
            for p in document.passages[1:]
        ]
        words, theirs_words = " ".join(abstract).split(), record["abstract"].split()
        if number in LOSES_FORMULAS:
            rest = iter(words)
            assert all(word in rest for word in theirs_words)
            assert len(words) > len(theirs_words)
        else:
            assert words == theirs_words
        assert document.title == record["title"]
        assert str(document.year) == record["pubdate"][:4]
        assert document.metadata.get("journal", "") == record["journal"]
        assert document.metadata.get("doi", "") == record["doi"]
        # Of these records it gives no PMCID, though all but two state one.
        assert record["pmc"] in {"", document.metadata.get("pmcid")}


@pytest.mark.shared
def test_pubmed_parser_on_jats(shared_dir: Path) -> None:
    parser = pytest.importorskip("pubmed_parser")
    path = shared_dir / "corpora/entrez/efetch_pmc.xml"
    (document,) = read(path)
    theirs = parser.parse_pubmed_xml(str(path))
    assert document.id == theirs["pmid"]
    assert document.title == " ".join(theirs["full_title"].split())  # ours is one line
    assert document.metadata["pmcid"] == f"PMC{theirs['pmc']}"
    assert document.metadata["doi"] == theirs["doi"]
    assert document.year == theirs["publication_year"]
    paragraphs = parser.parse_pubmed_paragraph(str(path), all_paragraph=True)
    body = [p.text for p in document.passages if p.metadata["part"] == "body"]
    assert body == [" ".join(p["text"].split()) for p in paragraphs]


NBIB = """
PMID- 41000001
OWN - NLM
STAT- MEDLINE
DP  - 2019 Jan-Feb
TI  - Olmesartan and the angiotensin-converting enzyme: a trial of 12 centres in two
      countries.
PG  - 11-9
LID - 10.1000/xyz.1 [doi]
AB  - BACKGROUND: Blood pressure - a burden. METHODS: 12 mice
      had 5 mg/kg (i.p.). CONCLUSIONS: It helps.
FAU - Olivero, J Michael
AU  - Olivero JM
FAU - Murphy, Anna
AU  - Murphy A
LA  - eng
LA  - fre
PT  - Journal Article
TT  - Olmesartan et l'enzyme.
MH  - *Hypertension/drug therapy
MH  - Mice
TA  - J Hypertens
JT  - Journal of hypertension
PMC - PMC7000001
OAB - Publisher: L'olmesartan aide.
OABL- fre
OT  - ACE
AID - 10.1000/xyz.1 [doi]

PMID- 41000002
OWN - NLM
TI  - A note without an abstract.
DP  - 2020
OAB - Publisher: Abstract available from the publisher.
OABL- ger
JT  - Notes
"""


def _wrapped(tag: str, value: str) -> str:
    body = textwrap.fill(value, 82, break_on_hyphens=False, break_long_words=False)
    return f"{tag:<4}- " + body.replace("\n", "\n      ") + "\n"


@pytest.mark.parametrize("handwritten", [True, False])
def test_bio_medline_on_medline(tmp_path: Path, handwritten: bool) -> None:
    medline = pytest.importorskip("Bio.Medline")
    path = tmp_path / "pubmed-set.txt"
    path.write_text(NBIB)
    if not handwritten:
        with path.open("w", encoding="utf-8") as stream:
            for number, d in enumerate(sample_corpus(), start=1):
                words = [" ".join(p.text.split()) for p in d.passages]
                stream.write(f"PMID- {number}\n" + _wrapped("TI", words[0]))
                abstract = " ".join(words[1:]).strip()
                stream.write((_wrapped("AB", abstract) if abstract else "") + "\n")
    assert corpus.format_of(path).name == "medline"
    documents = read(path)
    with path.open(encoding="utf-8") as stream:
        theirs = list(medline.parse(stream))
    assert len(theirs) > 1
    for document, record in zip(documents, theirs, strict=True):
        facts = document.metadata
        assert document.id == record["PMID"]
        assert document.title == record["TI"]
        assert [p.text for p in document.passages[1:2]] == (
            [record["AB"]] if "AB" in record else []
        )
        for name, tag in (("journal", "JT"), ("journal_abbreviation", "TA"),
                          ("authors", "FAU"), ("keywords", "OT"), ("languages", "LA"),
                          ("publication_types", "PT"), ("pages", "PG"),
                          ("date", "DP"), ("pmcid", "PMC")):  # fmt: skip
            assert facts.get(name) == record.get(tag), name
        assert [
            "/".join(["*" * h["major"] + h["name"],
                      *("*" * q["major"] + q["name"] for q in h.get("qualifiers", ()))])
            for h in facts.get("mesh", ())
        ] == record.get("MH", [])  # fmt: skip
        assert f"{facts.get('doi')} [doi]" == record.get("LID", "None [doi]")
    if handwritten:
        first, second = documents
        assert (first.year, second.year) == (2019, 2020)
        assert len(second.passages) == 1  # PubMed has no text of its other abstract
        assert first.passages[2].metadata == {"language": "fre", "type": "Publisher"}
        assert first.foreign_offsets() == (first.passage_offsets()[2],)


RIS = """TY  - JOUR
AU  - Olivero, J. M.
AU  - Murphy, Anna
TI  - Olmesartan and ACE
AB  - It helps; 12 mice
had 5 mg/kg.
PY  - 2019/01/02/
JF  - Journal of hypertension
VL  - 3
SP  - 11
EP  - 19
DO  - 10.1000/xyz.1
KW  - ACE
KW  - mice
AN  - 41000001
DB  - PubMed
UR  - https://example.org/a
ER  - 

TY  - CHAP
T1  - A chapter
N2  - What it says.
Y1  - 2001
ID  - ref7
ER  - 

TY  - BOOK
BT  - Genes and pressure
AU  - Murphy, Anna
AB  - All of it.
ER  - 

TY  - JOUR
TI  - By its DOI
DO  - 10.1000/b
ER  - 
"""  # noqa: W291


def test_rispy_on_ris(tmp_path: Path) -> None:
    rispy = pytest.importorskip("rispy")
    path = tmp_path / "export.txt"
    path.write_text(RIS)
    assert corpus.format_of(path).name == "ris"
    documents = read(path)
    theirs = rispy.loads(RIS)
    for document, record in zip(documents, theirs, strict=True):
        facts = document.metadata
        # rispy does not know BT, the title of a book that has no other.
        (book,) = record.get("unknown_tag", {}).get("BT", [None])
        title = record.get("title") or record.get("primary_title") or book
        assert document.title == title
        abstract = record.get("abstract") or record.get("notes_abstract")
        assert [p.text for p in document.passages[1:]] == [abstract] * bool(abstract)
        for name, key in (("authors", "authors"), ("keywords", "keywords"),
                          ("volume", "volume"), ("doi", "doi"),
                          ("journal", "alternate_title3")):  # fmt: skip
            assert facts.get(name) == record.get(key), name
    # rispy gives no ids.
    assert [d.id for d in documents] == [
        "41000001", "ref7", "export:27", "doi:10.1000/b",
    ]  # fmt: skip
    assert [d.year for d in documents] == [2019, 2001, None, None]
    assert documents[2].metadata["book"] == documents[2].title
    assert documents[0].metadata["pages"] == "11-19"


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_csv_on_tables(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    sample = sample_corpus()
    corpus.write(sample, path)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t" if suffix == ".tsv" else ","))
    documents = read(path)
    assert [(d.id, d.title, d.passages[1].text) for d in documents] == [
        (row["id"], row["title"], row["abstract"]) for row in rows
    ]
    assert len(rows) == len(sample)
