from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
import zlib
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from kgbuild.errors import ConfigError, InputError, ResourceMissingError
from kgbuild.normalize.sources import (
    FORMATS,
    Entry,
    detect_format,
    read_entries,
    stated_release,
)
from kgbuild.normalize.sources.taxdump import abbreviated

if TYPE_CHECKING:
    from pathlib import Path

GENE_INFO = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\t"
    "description\ttype_of_gene\tSymbol_from_nomenclature_authority\t"
    "Full_name_from_nomenclature_authority\tNomenclature_status\tOther_designations\t"
    "Modification_date\tFeature_type\n"
    "9606\t1636\tACE\t-\tACE1|CD143\tMIM:106180|HGNC:HGNC:2707\t17\t17q23\t"
    "angiotensin I converting enzyme\tprotein-coding\tACE\t"
    "angiotensin I converting enzyme\tO\tkininase II|-\t20260101\t-\n"
    "7227\t37892\tAnce\tDmel_CG8827\tDmel\\CG8827|Ace-1\tFLYBASE:FBgn0012037\t2L\t34E\t"
    "Angiotensin converting enzyme\tpseudo\tAnce\t-\tO\t-\t20260101\t-\n"
    "9606\t99\tNEWENTRY\t-\t-\t-\t-\t-\tnew\tother\t-\t-\t-\t-\t20260101\t-\n"
)
MEDIC = (
    "D006973||Hypertension|High Blood Pressure\n"
    "C567755|613097||Tooth Agenesis, Selective, 6\n"
    "604370||Some inherited disease\n"
)
CTD = (
    "# Report created: Mon Nov 02 10:00:00 EST 2026\n# Fields:\n"
    "# DiseaseName\tDiseaseID\tAltDiseaseIDs\tDefinition\tParentIDs\tTreeNumbers\t"
    "ParentTreeNumbers\tSynonyms\tSlimMappings\n#\n"
    "Hypertension\tMESH:D006973\tOMIM:145500|DO:DOID:10763\tHigh.\tMESH:D014652\t"
    "C14\tC14\tHigh Blood Pressure|HTN\tVascular disease\n"
)
MESH = """<?xml version="1.0"?>
<!DOCTYPE DescriptorRecordSet SYSTEM "https://example.org/desc.dtd">
<DescriptorRecordSet LanguageCode="eng">
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D006973</DescriptorUI>
<DescriptorName><String>Hypertension</String></DescriptorName>
<TreeNumberList><TreeNumber>C14.907.489</TreeNumber></TreeNumberList>
<ConceptList><Concept PreferredConceptYN="Y"><TermList>
<Term><String>Hypertension</String></Term>
<Term><String>Blood Pressure, High</String></Term></TermList></Concept>
<Concept PreferredConceptYN="N"><TermList>
<Term><String>Raised tension</String></Term></TermList></Concept></ConceptList>
</DescriptorRecord>
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D002216</DescriptorUI>
<DescriptorName><String>Captopril</String></DescriptorName>
<TreeNumberList><TreeNumber>D02.886.489</TreeNumber></TreeNumberList>
</DescriptorRecord></DescriptorRecordSet>"""
SUPP = """<SupplementalRecordSet><SupplementalRecord SCRClass="1">
<SupplementalRecordUI>C000002</SupplementalRecordUI>
<SupplementalRecordName><String>zorbatinib</String></SupplementalRecordName>
<HeadingMappedToList><HeadingMappedTo><DescriptorReferredTo>
<DescriptorUI>*D010880</DescriptorUI></DescriptorReferredTo></HeadingMappedTo>
</HeadingMappedToList></SupplementalRecord>
<SupplementalRecord SCRClass="3"><SupplementalRecordUI>C535702</SupplementalRecordUI>
<SupplementalRecordName><String>Rare disease</String></SupplementalRecordName>
</SupplementalRecord></SupplementalRecordSet>"""
CELLOSAURUS = """----------------
 Version: 50.0
----------------
ID   HeLa
AC   CVCL_0030
AS   CVCL_9Z99
SY   He La; HELA
DR   ATCC; CCL-2
OX   NCBI_TaxID=9606; ! Homo sapiens (Human)
HI   CVCL_0001 ! Parent
//
ID   Mixed
AC   CVCL_0002
OX   NCBI_TaxID=9606; ! Homo sapiens (Human)
OX   NCBI_TaxID=10090; ! Mus musculus (Mouse)
//
"""
OBO = r"""format-version: 1.2
data-version: 2026-10-01
ontology: doid

[Term]
id: DOID:10763
name: hypertension
alt_id: DOID:1
synonym: "high blood \"pressure\"" EXACT []
synonym: "HTN" RELATED [X:1]
xref: MESH:D006973
xref: http://example.org/page
is_a: DOID:0050828 ! artery disease

[Term]
id: DOID:2
name: gone
is_obsolete: true

[Term]
id: HP:0000822
name: imported

[Typedef]
id: part_of
name: part of
"""
NAMES = (
    "1\t|\troot\t|\t\t|\tscientific name\t|\n"
    "561\t|\tEscherichia\t|\t\t|\tscientific name\t|\n"
    "562\t|\tEscherichia coli\t|\t\t|\tscientific name\t|\n"
    "562\t|\tBacterium coli\t|\t\t|\tsynonym\t|\n"
    "562\t|\tATCC 11775\t|\t\t|\ttype material\t|\n"
    "83333\t|\tEscherichia coli K-12\t|\t\t|\tscientific name\t|\n"
)
NODES = (
    "1\t|\t1\t|\tno rank\t|\n561\t|\t1\t|\tgenus\t|\n"
    "562\t|\t561\t|\tspecies\t|\n83333\t|\t562\t|\tstrain\t|\n"
)
MERGED = "469598\t|\t562\t|\n"


def entries(path: Path, kind: str, **options: object) -> list[Entry]:
    return list(read_entries(path, entity_type=kind, **options))  # type: ignore[arg-type]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("Homo_sapiens.gene_info.gz", GENE_INFO, "gene-info"),
        ("medic.txt", MEDIC, "medic"),
        ("CTD_diseases.tsv.gz", CTD, "ctd"),
        ("desc2026.xml.gz", MESH, "mesh-xml"),
        ("cellosaurus.txt", CELLOSAURUS, "cellosaurus"),
        ("any.obo", OBO, "obo"),
        ("renamed.txt", OBO, "obo"),
        ("names.dmp", NAMES, "taxdump"),
        ("own.tsv", "a:1\tName\n", "tsv"),
        ("own.txt", "id\tname\tsynonyms\n", "tsv"),
        ("m.tsv", "mesh_id\tmesh_name\n", "mesh-tsv"),
        ("gold.txt", "12|t|Title\n12|a|Text\n", "corpus"),
    ],
)
def test_formats_are_told_apart(
    tmp_path: Path, name: str, text: str, known: str
) -> None:
    assert detect_format(write(tmp_path, name, text)) == known


def test_unknown_format_is_an_error_that_lists_the_known(tmp_path: Path) -> None:
    path = write(tmp_path, "prose.txt", "It was a dark and stormy night.\n")
    with pytest.raises(InputError, match="name it, one of tsv, gene-info"):
        detect_format(path)
    with pytest.raises(ConfigError, match="format must be one of"):
        read_entries(path, entity_type="Gene", format="excel")


def test_every_format_has_its_parser(tmp_path: Path) -> None:
    for name in FORMATS:
        with pytest.raises((InputError, ResourceMissingError)):
            entries(tmp_path / "missing", "Gene", format=name)


def test_gene_info(tmp_path: Path) -> None:
    ace, fly = entries(write(tmp_path, "x.gene_info.gz", GENE_INFO), "Gene")
    assert ace.concept == "ncbigene:1636"
    assert (ace.name, ace.taxon, ace.weight) == ("ACE", 9606, 3)
    assert dict(ace.names) == {
        "ACE1": "synonym",
        "CD143": "synonym",
        "angiotensin I converting enzyme": "synonym",
        "kininase II": "related",
    }
    assert (ace.xrefs, ace.aliases) == (("omim:106180",), ("hgnc:2707",))
    assert (fly.taxon, fly.weight) == (7227, 0)
    assert "CG8827" in dict(fly.names)


def test_medic(tmp_path: Path) -> None:
    first, second, third = entries(write(tmp_path, "medic.txt", MEDIC), "Disease")
    assert (first.concept, first.name) == ("mesh:D006973", "Hypertension")
    assert first.names == (("High Blood Pressure", "synonym"),)
    assert (second.concept, second.aliases) == ("mesh:C567755", ("omim:613097",))
    assert third.concept == "omim:604370"


def test_ctd(tmp_path: Path) -> None:
    (entry,) = entries(write(tmp_path, "CTD_diseases.tsv", CTD), "Disease")
    assert (entry.concept, entry.name) == ("mesh:D006973", "Hypertension")
    assert "omim:145500" in entry.aliases
    assert entry.parents == ("mesh:D014652",)
    assert ("HTN", "synonym") in entry.names


def test_mesh_xml_selects_the_type(tmp_path: Path) -> None:
    path = write(tmp_path, "desc2026.xml.gz", MESH)
    (disease,) = entries(path, "Disease")
    assert (disease.concept, disease.name) == ("mesh:D006973", "Hypertension")
    assert dict(disease.names) == {
        "Blood Pressure, High": "synonym",
        "Raised tension": "related",
    }
    (chemical,) = entries(path, "Chemical")
    assert chemical.name == "Captopril"
    supplementary = write(tmp_path, "supp2026.xml", SUPP)
    (drug,) = entries(supplementary, "Chemical")
    assert (drug.name, drug.parents) == ("zorbatinib", ("mesh:D010880",))
    assert [e.name for e in entries(supplementary, "Disease")] == ["Rare disease"]


def test_mesh_tables(tmp_path: Path) -> None:
    trees = (
        "mesh_id\tmesh_name\tmesh_tree_number\nD006973\tHypertension\tC14.1\n"
        "D006973\tHypertension\tC14.2\nD002216\tCaptopril\tD02.1\n"
    )
    path = write(tmp_path, "trees.tsv", trees)
    assert [e.name for e in entries(path, "Disease")] == ["Hypertension"]
    mapping = (
        "MESH\tC000002\tbevonium\tCHEBI\tCHEBI:135495\tbevonium ion\n"
        "MESH\tD006973\tHypertension\tDOID\tDOID:10763\thypertension\n"
    )
    path = write(tmp_path, "mapping.tsv", mapping)
    (chemical,) = entries(path, "Chemical")
    assert (chemical.concept, chemical.xrefs) == ("mesh:C000002", ("chebi:135495",))
    assert chemical.names == (("bevonium ion", "synonym"),)


def test_cellosaurus(tmp_path: Path) -> None:
    hela, mixed = entries(write(tmp_path, "cellosaurus.txt", CELLOSAURUS), "CellLine")
    assert (hela.concept, hela.taxon) == ("cellosaurus:CVCL_0030", 9606)
    assert hela.names == (("He La", "synonym"), ("HELA", "synonym"))
    assert hela.aliases == ("cellosaurus:CVCL_9Z99",)
    assert hela.parents == ("cellosaurus:CVCL_0001",)
    assert mixed.taxon is None


def test_obo(tmp_path: Path) -> None:
    (entry,) = entries(write(tmp_path, "doid.obo", OBO), "Disease")
    assert (entry.concept, entry.name) == ("doid:10763", "hypertension")
    assert dict(entry.names) == {'high blood "pressure"': "synonym", "HTN": "related"}
    assert entry.aliases == ("doid:1",)
    assert entry.xrefs == ("mesh:D006973",)
    assert entry.parents == ("doid:0050828",)


def archive(folder: Path, **members: str) -> Path:
    path = folder / "taxdump.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        for name, text in members.items():
            info = tarfile.TarInfo(f"{name}.dmp")
            info.size = len(text.encode())
            packed.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize("packed", [True, False])
def test_taxdump(tmp_path: Path, packed: bool) -> None:
    if packed:
        path = archive(tmp_path, names=NAMES, nodes=NODES, merged=MERGED)
    else:
        path = write(tmp_path, "names.dmp", NAMES)
        write(tmp_path, "nodes.dmp", NODES)
        write(tmp_path, "merged.dmp", MERGED)
    genus, coli, strain = entries(path, "Species")
    assert genus.name == "Escherichia"
    assert coli.concept == "ncbitaxon:562"
    assert dict(coli.names) == {"Bacterium coli": "synonym", "E. coli": "related"}
    assert coli.aliases == ("ncbitaxon:469598",)
    assert coli.parents == ("ncbitaxon:561",)
    assert coli.weight > strain.weight


def test_taxdump_refuses_a_circle(tmp_path: Path) -> None:
    nodes = "1\t|\t1\t|\tno rank\t|\n5\t|\t6\t|\tgenus\t|\n6\t|\t5\t|\tspecies\t|\n"
    path = archive(tmp_path, names=NAMES, nodes=nodes)
    with pytest.raises(InputError, match="their own ancestors"):
        entries(path, "Species")


def test_taxdump_lacks_a_member(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nodes\.dmp is not in this archive"):
        entries(archive(tmp_path, names=NAMES), "Species")
    with pytest.raises(InputError, match=r"nodes\.dmp is missing beside it"):
        entries(write(tmp_path, "names.dmp", NAMES), "Species")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Escherichia coli", "E. coli"),
        ("Human betaherpesvirus 5", None),
        ("Bacillus sp", None),
        ("Tobacco mosaic virus", None),
    ],
)
def test_abbreviated_binomials(name: str, short: str | None) -> None:
    assert abbreviated(name) == short


def test_tsv_columns_follow_the_header(tmp_path: Path) -> None:
    text = "# mine\nid\tsynonyms\tname\ttaxon\nncbigene:1|ncbigene:2\tx|y\tA1BG\t9606\n"
    (entry,) = entries(write(tmp_path, "gene.tsv", text), "Gene")
    assert (entry.name, entry.taxon) == ("A1BG", 9606)
    assert entry.aliases == ("ncbigene:2",)
    assert [name for name, _ in entry.names] == ["x", "y"]


def test_tsv_columns_that_no_list_has_are_said(tmp_path: Path) -> None:
    text = "id\tname\taliases\nmesh:D006973\tHypertension\tHTN\n"
    with pytest.warns(UserWarning, match=r"the column 'aliases' is not read; .*syno"):
        (entry,) = entries(write(tmp_path, "d.tsv", text), "Disease")
    assert entry.names == ()
    text = "concept\tlabel\tother\nmesh:D006973\tHypertension\tHTN\n"
    with pytest.raises(InputError, match=r"names columns .* call them id, name, syno"):
        list(entries(write(tmp_path, "e.tsv", text), "Disease"))


def test_corpus_counts_what_annotators_meant(tmp_path: Path) -> None:
    text = (
        "1|t|Hypertension and breast and ovarian cancer\n1|a|Hypertension.\n"
        "1\t0\t12\tHypertension\tDisease\tD006973\n"
        "1\t17\t42\tbreast and ovarian cancer\tDisease\tD001943|D010051\n"
        "1\t43\t55\tHypertension\tDisease\tD006973\n\n"
        "2|t|Hypertension\n2|a|.\n2\t0\t12\tHypertension\tDisease\tD000001\n\n"
    )
    path = write(tmp_path, "gold.PubTator", text)
    found = entries(path, "Disease")
    assert [(e.concept, e.count) for e in found] == [
        ("mesh:D000001", 1),
        ("mesh:D006973", 2),
    ]
    assert {e.names for e in found} == {(("Hypertension", "observed"),)}
    left = entries(path, "Disease", exclude={"2"})
    assert [e.concept for e in left] == ["mesh:D006973"]


@pytest.mark.parametrize(
    ("name", "text", "kind", "match"),
    [
        ("a.tsv", "mesh:D1\n", "Disease", "1 column"),
        ("a.tsv", "\tName\tx\n", "Disease", "no identifier"),
        ("a.tsv", "Asthma\tmesh:D001249\n", "Disease", "'mesh:D001249' is an ident"),
        ("a.tsv", "id\tname\ttaxon\nx:1\tN\tman\n", "Gene", "no NCBI taxon number"),
        ("a.tsv", "id\tsynonyms\n", "Gene", "no column 'name'"),
        ("a.gene_info", "9606\t1\tA\n", "Gene", "lacks the column 'tax_id'"),
        ("a.gene_info", GENE_INFO + "9606\t5\tX\n", "Gene", "This line has 3 columns"),
        ("a.gene_info", GENE_INFO.replace("1636", "x"), "Gene", "must be numbers"),
        ("a.xml", "<html/>", "Disease", "no DescriptorRecord"),
        ("a.xml", MESH[:600], "Disease", "too early|well-formed"),
        (
            "a.xml",
            '<!DOCTYPE a [<!ENTITY x "y">]><DescriptorRecordSet/>',
            "Disease",
            "declares entities",
        ),
        ("cellosaurus.txt", CELLOSAURUS[:-4], "CellLine", "does not end with '//'"),
        ("a.obo", "nothing here\n", "Disease", r"no '\[Term\]'"),
        ("a.obo", "[Term]\nname: x\n", "Disease", "no 'id:'"),
    ],
)
def test_broken_files_are_named_with_the_reason(
    tmp_path: Path, name: str, text: str, kind: str, match: str
) -> None:
    formats = {"gene_info": "gene-info", "xml": "mesh-xml", "txt": "cellosaurus"}
    suffix = name.rpartition(".")[2]
    path = write(tmp_path, name, text)
    with pytest.raises(InputError, match=match) as caught:
        entries(path, kind, format=formats.get(suffix, suffix))
    assert str(path) in str(caught.value)


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tsv", "mesh:D1\t" + "x" * 10_000_000)
    with pytest.raises(InputError, match="longer than 1,000,000 bytes"):
        entries(path, "Disease")


def test_bad_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(b"mesh:D1\tGood\nmesh:D2\t\xff\xfe\n")
    with pytest.raises(InputError, match=r"line 2: This is not UTF-8"):
        entries(path, "Disease")


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kgbuild.normalize.sources import _reading

    monkeypatch.setattr(_reading, "FREE_GROWTH", 1 << 16)
    path = tmp_path / "a.tsv.gz"
    path.write_bytes(gzip.compress(b"mesh:D1\tName\n" * 200_000, 9))
    with pytest.raises(InputError, match="grows more than 200 times"):
        entries(path, "Disease", format="tsv")


def test_half_a_gzip(tmp_path: Path) -> None:
    whole = gzip.compress(bytes(MEDIC * 500, "utf-8"))
    path = tmp_path / "a.txt.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="ends too early"):
        entries(path, "Disease", format="medic")
    assert zlib.crc32(whole)


@pytest.mark.parametrize(
    ("text", "release"),
    [
        (OBO, "2026-10-01"),
        (CTD, "Mon Nov 02 10:00:00 EST 2026"),
        (CELLOSAURUS, "50.0"),
        (MEDIC, ""),
    ],
)
def test_stated_release(tmp_path: Path, text: str, release: str) -> None:
    assert stated_release(write(tmp_path, "a.txt", text)) == release


@pytest.mark.shared
def test_official_files_are_read(shared_dir: Path) -> None:
    folder = shared_dir / "vocab"
    found: list[Entry] = []
    # The sample holds the first records of the official file and ends in the midst.
    with pytest.raises(InputError, match="too early"):
        for entry in read_entries(
            folder / "mesh_desc_sample_2015.xml.gz", entity_type="Chemical"
        ):
            found.append(entry)  # noqa: PERF402 - what came before the error counts
    assert found[0].name == "Calcimycin"
    assert "A-23187" in dict(found[0].names)
    names = {e.name for e in entries(folder / "CTD_MEDIC_2012-07-06.txt.gz", "Disease")}
    assert len(names) > 11_000
    assert "Hypertension" in names


def test_tsv_header_may_begin_with_another_column(tmp_path: Path) -> None:
    file = tmp_path / "list.tsv"
    file.write_text("name\tid\nCaptopril\tmesh:D002216\n", encoding="utf-8")
    (entry,) = read_entries(file, entity_type="Chemical", format="tsv")
    assert (entry.concept, entry.name) == ("mesh:D002216", "Captopril")


@pytest.mark.parametrize(
    ("kind", "name", "text", "said"),
    [
        ("Gene", "medic.txt", "D009203|608446||Myocardial Infarction|MI\n", "'mesh'"),
        (
            "Disease", "g.gene_info",
            "#tax_id\tGeneID\tSymbol\tSynonyms\tdescription\n9606\t1636\tACE\t-\tx\n",
            "'ncbigene'",
        ),
        (
            "Chemical", "CTD_diseases.tsv",
            "# DiseaseName\tDiseaseID\nHypertension\tMESH:D006973\n", "but Disease",
        ),
        ("CellLine", "x.obo", "[Term]\nid: HP:0000001\nname: All\n", "'hp'"),
    ],
)  # fmt: skip
def test_a_file_of_another_type_is_refused(
    tmp_path: Path, kind: str, name: str, text: str, said: str
) -> None:
    from kgbuild.normalize import build_vocabulary

    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"not of the type {kind}.*{said}"):
        build_vocabulary(kind, [path], output=tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(
    "header",
    ["hp", "hp.obo", "http://purl.obolibrary.org/obo/hp.owl", "hp/hp-base", "our-own"],
)
def test_obo_headers_of_any_kind(
    tmp_path: Path, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.obo"
    terms = ("HP:0000001", "HP:0000002", "CHEBI:15365")
    stanzas = "".join(f"\n[Term]\nid: {i}\nname: term {i}\n" for i in terms)
    path.write_text(f"format-version: 1.2\nontology: {header}\n{stanzas}")
    found = [e.concept for e in read_entries(path, entity_type="Disease")]
    assert found == ["hp:0000001", "hp:0000002"]
    assert "1 of chebi" in caplog.text


def test_terms_by_their_identifiers(tmp_path: Path) -> None:
    path = tmp_path / "UBERON-ontology-v2026.json"
    terms = {
        "UBERON:0002107": {"label": "liver", "deprecated": False},
        "UBERON:0002113": {
            "label": "kidney", "synonyms": ["ren"], "deprecated": False,
            "ancestors": {"UBERON:0000489": 1},
        },
        "UBERON:0000001": {"label": "old", "deprecated": True},
        "CL:0000182": {"label": "hepatocyte", "deprecated": False},
    }  # fmt: skip
    path.write_text(json.dumps(terms))
    liver, kidney = read_entries(path, entity_type="Anatomy", format="terms")
    assert (liver.concept, liver.name) == ("uberon:0002107", "liver")
    assert (kidney.names, kidney.parents) == ((("ren", "synonym"),), ())


def test_medic_is_called_by_its_number_of_mesh(tmp_path: Path) -> None:
    path = tmp_path / "medic.txt"
    path.write_text("608446|D009203||Myocardial Infarction|MI\n")
    (entry,) = read_entries(path, entity_type="Disease", format="medic")
    assert (entry.concept, entry.aliases) == ("mesh:D009203", ("omim:608446",))


ZFIN_NUMBERS = (
    "ZFIN ID\tSO ID\tSymbol\tNCBI Gene ID\t\n"
    "ZDB-GENE-1\tSO:0001217\tpax2a\t30425\n"
    "ZDB-GENE-2\tSO:0001217\tnew1\t\n"
)
ZFIN_NAMES = (
    "ZFIN ID\tZFIN Symbol\tZFIN Name\tHuman Symbol\tGene ID\n"
    "ZDB-GENE-1\tpax2a\tpaired box 2a\tPAX2\t5076\n"
    "ZDB-GENE-1\tpax2a\tpaired box 2a\tPAX2\t5076\n"
)


def test_zfin_numbers_and_names(tmp_path: Path) -> None:
    numbers, names = tmp_path / "numbers.txt", tmp_path / "names.txt"
    numbers.write_text(ZFIN_NUMBERS)
    names.write_text(ZFIN_NAMES)
    first, second = read_entries(numbers, entity_type="Gene", format="zfin")
    assert (first.concept, first.aliases) == ("ncbigene:30425", ("zfin:ZDB-GENE-1",))
    assert (second.concept, second.taxon) == ("zfin:ZDB-GENE-2", 7955)
    # The number beside a human symbol is the human gene's.
    (named,) = read_entries(names, entity_type="Gene", format="zfin")
    assert named.concept == "zfin:ZDB-GENE-1"
    assert named.names == (("paired box 2a", "synonym"),)
    names.write_text("gene\tname\n1\tx\n")
    with pytest.raises(InputError, match="ZFIN ID"):
        list(read_entries(names, entity_type="Gene", format="zfin"))


def test_micro_rnas_have_numbers(tmp_path: Path) -> None:
    table = tmp_path / "mirbase.tsv"
    table.write_text(
        "mirbase_id\tmirbase_name\tdatabase\tidentifier\tlabel\n"
        "MI1\tmmu-mir-223\tENTREZGENE\t723814\tMir223\n"
        "MI1\tmmu-mir-223\tMGI\t2676999\tMir223\n"
        "MI2\tath-MIR156a\tENTREZGENE\t5\tMIR156A\n"
    )
    (entry,) = read_entries(table, entity_type="Gene", format="mirbase")
    assert (entry.concept, entry.name, entry.taxon) == (
        "ncbigene:723814", "Mir223", 10090,
    )  # fmt: skip
    assert ("mir-223", "synonym") in entry.names
    table.write_text("mirbase_name\tlabel\nmmu-mir-223\tMir223\n")
    with pytest.raises(InputError, match="database"):
        list(read_entries(table, entity_type="Gene", format="mirbase"))


def test_genes_of_rat_and_mouse(tmp_path: Path) -> None:
    table = tmp_path / "rgd_entries.tsv"
    table.write_text(
        "ID\tsymbol\tsynonyms\tensembl\n"
        "69408\tLcn2\tNGAL;LOC123456\tENSRNOG1\n"
        "9\tLOC100911545\t\t\n"
    )
    (gene,) = read_entries(table, entity_type="Gene", format="model-organism")
    assert (gene.concept, gene.name, gene.taxon) == ("rgd:69408", "Lcn2", 10116)
    assert gene.names == (("NGAL", "synonym"),)
    other = table.rename(tmp_path / "dog_entries.tsv")
    with pytest.raises(InputError, match="mgi_ or rgd_"):
        list(read_entries(other, entity_type="Gene", format="model-organism"))


def test_numbers_of_other_registries(tmp_path: Path) -> None:
    table = tmp_path / "numbers.tsv"

    def aliases(text: str) -> list[tuple[str, tuple[str, ...]]]:
        table.write_text(text)
        found = read_entries(table, entity_type="Chemical", format="numbers")
        return [(entry.concept, entry.aliases) for entry in found]

    assert aliases("D001241\t50-78-2\nC1\t1-11-1\nC2\t1-11-1\n") == [
        ("mesh:D001241", ("cas:50-78-2",))
    ]
    assert aliases("CAS\tCHEBI\n50-78-2\t15365\n") == [
        ("chebi:15365", ("cas:50-78-2",))
    ]
    header = "DRUGBANK_ID\tNAMESPACE\tID\tSOURCE\n"
    rows = "DB00945\tCHEBI\t15365\tchebi\nDB00945\tNAME\tAcid\tdrugbank\n"
    assert aliases(header + rows) == [("chebi:15365", ("drugbank:DB00945",))]
    with pytest.raises(InputError, match="its number were expected"):
        aliases("D001241\n")


def test_name_dictionary_is_read_without_being_loaded(tmp_path: Path) -> None:
    path = tmp_path / "drug_ner_dictionary.pkl.bz2"

    def packed(held: object) -> Path:
        path.write_bytes(bz2.compress(pickle.dumps(held)))
        return path

    names = {"zyban": ["bupropion"], "vauthors = x": ["bupropion"], "b": ["x", "y"]}
    held = {
        "drug_variant_to_canonical": names,
        "drug_canonical_to_data": {
            "bupropion": {"name": "Bupropion", "drugbank_id": "DB01156", "mass": 2.5},
            "heparins": {"name": "Heparins", "synonyms": [], "is_brand": False},
        },
    }
    drug, group = entries(packed(held), "Chemical", format="name-dictionary")
    assert (drug.concept, drug.name) == ("drugbank:DB01156", "Bupropion")
    assert drug.names == (("zyban", "related"),)
    assert (group.concept, group.name, group.names) == ("", "Heparins", ())
    # What would run, were it loaded, is refused as any other thing.
    for other in (Entry, [1, 2], {"drug_variant_to_canonical": {}}, "text"):
        with pytest.raises(InputError, match="dictionary of names"):
            entries(packed(other), "Chemical", format="name-dictionary")
    path.write_bytes(bz2.compress(pickle.dumps(held))[:-20])
    with pytest.raises(InputError, match="dictionary of names"):
        entries(path, "Chemical", format="name-dictionary")


class _Made:
    """An object of a pickle: made with what is given, then filled with a state."""

    def __init__(self, *given: object, state: object = None) -> None:
        self._given, self._state = given, state

    def __reduce__(self) -> tuple[object, ...]:
        return (SimpleNamespace, self._given, self._state)


def _frame(columns: dict[str, list[object]]) -> _Made:
    """Return what a data frame of numbers and texts is pickled as."""
    places: dict[bool, list[int]] = {True: [], False: []}
    for place, cells in enumerate(columns.values()):
        places[isinstance(cells[0], int)].append(place)
    lists = list(columns.values())
    of_numbers, of_texts = (
        [cell for place in places[kind] for cell in lists[place]]
        for kind in (True, False)
    )

    def numbers(given: list[int]) -> _Made:
        return _Made(bytearray(struct.pack(f"{len(given)}q", *given)))

    blocks = [
        {"values": numbers(of_numbers), "mgr_locs": numbers(places[True])},
        {
            "values": _Made(state=(1, (1, 1), None, False, of_texts)),
            "mgr_locs": numbers(places[False]),
        },
    ]
    names = _Made(state=(1, (1,), None, False, list(columns)))
    axes = [_Made(None, {"data": names}), None]
    parts = {"0.14.1": {"axes": axes, "blocks": blocks}}
    return _Made(state={"_mgr": _Made(state=(axes, [], [], parts))})


def test_homologene_is_read_without_being_loaded(tmp_path: Path) -> None:
    path = tmp_path / "datafile_homology.pkl.xz"

    def packed(held: object) -> Path:
        path.write_bytes(lzma.compress(pickle.dumps(held, protocol=5)))
        return path

    columns: dict[str, list[object]] = {
        "homology_id": [1, 1, 1, 1, 2, 2, 2, 3, 4, 4, 5],
        "tax_id": [
            9606, 10116, 6239, 9913, 9606, 7227, 7227, 6239, 9606, 6239, 7227,
        ],
        "gene_id": [7157, 24842, 100, 101, 5, 6, 7, 8, 9, 10, 11],
        "gene_symbol": [
            "TP53", "Tp53", "cep-1", "LOC101", "DCC", "fra", "frb", "CELE_F52C6.2",
            "CEP-1", "other", float("nan"),
        ],
        "protein_accession": ["NP_1"] * 11,
    }  # fmt: skip
    found = entries(packed(_frame(columns)), "Gene", format="homologene")
    assert [(e.concept, e.name, e.names, e.taxon) for e in found] == [
        ("ncbigene:7157", "TP53", (), 9606),
        ("ncbigene:24842", "Tp53", (), 10116),
        # The symbol of the one human gene, where no gene of the species has it.
        ("ncbigene:100", "cep-1", (("TP53", "related"),), 6239),
        ("ncbigene:5", "DCC", (), 9606),
        ("ncbigene:6", "fra", (), 7227),
        ("ncbigene:7", "frb", (), 7227),
        ("ncbigene:8", "F52C6.2", (), 6239),
        ("ncbigene:9", "CEP-1", (), 9606),
        ("ncbigene:10", "other", (), 6239),
    ]
    del columns["gene_symbol"]
    for other in (Entry, {"_mgr": 1}, "text", _frame(columns)):
        with pytest.raises(InputError, match="table of HomoloGene"):
            entries(packed(other), "Gene", format="homologene")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="table of HomoloGene"):
        entries(path, "Gene", format="homologene")
