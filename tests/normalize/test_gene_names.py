"""Kinds of names that led to a wrong gene, as abstracts write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kgbuild.document import Document, Mention
from kgbuild.normalize import Normalizer, build_vocabulary
from kgbuild.normalize.germs import is_germs_protein

if TYPE_CHECKING:
    from pathlib import Path

#: As NCBI Gene has them: mice have GR for the glucagon receptor, CD3 for one chain.
RODENTS = """\
id\tname\tsynonyms\ttaxon
ncbigene:2908\tNR3C1\tGR\t9606
ncbigene:14815\tNr3c1\t\t10090
ncbigene:14527\tGcgr\tGR\t10090
ncbigene:267\tAMFR\tgp78\t9606
rgd:1311551\tAmfr\t\t10116
ncbigene:915\tCD3D\tCD3\t9606
ncbigene:12500\tCd3d\t\t10090
ncbigene:12501\tCd3e\tCD3\t10090
ncbigene:123\tTRIM69\tTRIF\t9606
ncbigene:70928\tTrim69\t\t10090
ncbigene:106759\tTicam1\tTrif\t10090
"""


@pytest.fixture(scope="module")
def normalizer() -> Normalizer:
    return Normalizer.load(["starter", "lexicon"], index=None)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("cytochrome P450 2D6 and 3A4", "CYP2D6; CYP3A4"),
        ("CYP2C9, 2C19 and 3A4", "CYP2C9; CYP2C19; CYP3A4"),
        ("CYP1A2, 2C9, and CYP3A4", "CYP1A2; CYP2C9; CYP3A4"),
        ("CYP 1A2/2D6", "CYP1A2; CYP2D6"),
        ("P450 2C19", "CYP2C19"),
        ("TLR2, 3, or 4", "TLR2; TLR3; TLR4"),
        ("peroxisomal proliferator activated receptor alpha", "PPARA"),
    ],
)
def test_members_of_a_family_are_named_by_their_codes(
    normalizer: Normalizer, text: str, symbols: str
) -> None:
    assert normalizer.link(text, "Gene", taxa=[9606]).name == symbols


@pytest.mark.parametrize(
    "text",
    [
        "beta-adrenoceptor", "beta-adrenoceptors", "cyclooxygenase isoforms", "IgG",
        "cyclooxygenase", "proinflammatory cytokines", "GABA(A)",
        "angiotensin II (ATII) receptor", "monoamine oxidase", "LH/hCG receptor",
        "GABA(A) alpha1 and alpha2",
    ],
)  # fmt: skip
def test_a_class_is_none_of_its_members(normalizer: Normalizer, text: str) -> None:
    assert normalizer.link(text, "Gene", taxa=[9606]).concepts == ()


@pytest.mark.parametrize(
    ("text", "mention", "symbol"),
    [
        ("Dopamine acts on D(2) sites in patients.", "D(2)", "DRD2"),
        ("Angiotensin II acts on AT(1) receptors in men.", "AT(1) receptors", "AGTR1"),
        ("In patients, AII rose.", "AII", "AGT"),
        ("In patients, HbA1e rose.", "HbA1e", None),
        ("In patients, HbA(1c) rose.", "HbA(1c)", None),
        ("In patients, p300 binds CREB.", "p300", "EP300"),
        ("In patients, Rho kinase rose as Rho did.", "Rho", None),
    ],
)
def test_a_symbol_means_what_the_document_is_about(
    normalizer: Normalizer, text: str, mention: str, symbol: str | None
) -> None:
    start = text.index(mention)
    gene = Mention(start=start, end=start + len(mention), text=mention, type="Gene")
    document = normalizer(Document.from_text(text).with_mentions([gene]))
    assert document.mentions[0].attribute("name") == symbol


@pytest.mark.parametrize(
    ("text", "taxa", "concept"),
    [
        ("GR", [10090, 9606], "ncbigene:14815"),
        # The rat has no such synonym, and is likelier than people are.
        ("gp78", [10116, 9606], "rgd:1311551"),
        # Another chain of the same, and what is written as mouse genes are.
        ("CD3", [10090, 9606], "ncbigene:12501"),
        ("Trif", [10090, 9606], "ncbigene:106759"),
    ],
)
def test_what_a_symbol_means_in_people_goes_before_a_rodents_synonym(
    tmp_path: Path, text: str, taxa: list[int], concept: str
) -> None:
    (tmp_path / "gene.tsv").write_text(RODENTS, encoding="utf-8")
    rodents = Normalizer.load([tmp_path, "none"], index=None)
    assert rodents.link(text, "Gene", taxa=taxa).concepts == (concept,)


def test_one_sentence_may_name_a_gene_of_two_species(tmp_path: Path) -> None:
    rows = (
        "id\tname\tsynonyms\ttaxon\nncbigene:7040\tTGFB1\t\t9606\n"
        "ncbigene:21803\tTgfb1\t\t10090\n"
    )
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    text = "In patients, the mouse TGFB1 promoter was as strong as that of human TGFB1."
    genes = [
        Mention(start=m.start(), end=m.end(), text=m[0], type="Gene")
        for m in re.finditer("TGFB1", text)
    ]
    linker = Normalizer.load([tmp_path, "starter"], index=None)
    document = linker(Document.from_text(text).with_mentions(genes))
    assert [m.concepts for m in document.mentions] == [
        ("ncbigene:21803",), ("ncbigene:7040",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "concepts"),
    [("Pol rose in patients; pol fell.", ("ncbigene:1",)), ("HIV lost its pol.", ())],
)
def test_genes_of_a_virus_are_no_genes_of_its_host(
    tmp_path: Path, text: str, concepts: tuple[str, ...]
) -> None:
    rows = "id\tname\tsynonyms\ttaxon\nncbigene:1\tERVW-4\tpol\t9606\n"
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    start = text.index("pol")
    gene = Mention(start=start, end=start + 3, text="pol", type="Gene")
    linker = Normalizer.load([tmp_path, "none"], index=None)
    document = linker(Document.from_text(text).with_mentions([gene]))
    assert document.mentions[0].concepts == concepts


@pytest.mark.parametrize(
    ("text", "gene", "hosts"),
    [
        ("In HCV infection, NS5A binds hepatocytes.", "NS5A", False),
        ("In hepatitis C, the NS3/4A protease cuts it.", "NS3/4A protease", False),
        ("Noonan syndrome is due to NS5A.", "NS5A", True),
        ("Antibodies to HIV-1 gp120 fell.", "HIV-1 gp120", False),
        ("In archives of serum, gp120 rose.", "gp120", True),
        ("Cancer by HPV16 keeps its E6 and E7 oncoproteins.", "E6 and E7", False),
        ("Influenza A changes its NS1 protein.", "NS1 protein", False),
        ("Adenoviral E1A was lost.", "E1A", False),
        ("EBV has LMP1.", "LMP1", False),
        ("SARS-CoV-2 has nsp1.", "nsp1", False),
        ("SARS-CoV-2 binds the spike receptor.", "spike receptor", True),
        ("It binds DNA of Escherichia coli beside LacI.", "LacI", False),
        ("E. coli made human RAF1.", "RAF1", True),
        ("Strains of H. pylori with iceA1 grow.", "iceA1", False),
        ("A Helicobacter pylori isolate had dupA and sabA.", "dupA and sabA", False),
        ("Carbapenem-resistant Klebsiella had NDM-1.", "NDM-1", False),
        ("TEM-1 is a beta-lactamase of bacteria.", "TEM-1", False),
        ("Vessels of tumors make TEM1.", "TEM1", True),
        ("Salmonella without invA and hilD is weak.", "invA", False),
    ],
)
def test_proteins_of_germs_are_no_genes_of_their_hosts(
    text: str, gene: str, *, hosts: bool
) -> None:
    assert is_germs_protein(gene, text.lower()) is not hosts


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        # "Type" is a word of ZGLP1's name, too.
        ("GLP-1 lowers glucose in patients with type 2 diabetes.", "GCG"),
        ("Of patients, GLP-1 and the GLP-1 receptor rose.", "GCG"),
        ("In patients, GLP-1 bound GATA with a zinc finger.", "ZGLP1"),
    ],
)
def test_words_of_any_name_put_no_gene_before_the_usual_one(
    tmp_path: Path, text: str, symbol: str
) -> None:
    # As lists have it: the usual one first, and two that have its short form as well.
    head = "id\tname\tsynonyms\ttaxon\n"
    layers = []
    for number, rows in enumerate((
        "ncbigene:2641\tGCG\tGLP-1|glucagon-like peptide 1\t9606\n",
        "ncbigene:2740\tGLP1R\tGLP-1|glucagon like peptide 1 receptor\t9606\n"
        "ncbigene:100125288\tZGLP1\tGLP-1|GATA-type zinc finger protein 1\t9606\n",
    )):  # fmt: skip
        (tmp_path / f"{number}.tsv").write_text(head + rows, encoding="utf-8")
        layers.append(build_vocabulary("Gene", [tmp_path / f"{number}.tsv"]))
    linker = Normalizer({"Gene": layers}, taxa=[9606])
    genes = [
        Mention(start=m.start(), end=m.end(), text=m[0], type="Gene")
        for m in re.finditer("GLP-1(?: receptor)?", text)
    ]
    document = linker(Document.from_text(text).with_mentions(genes))
    assert document.mentions[0].attribute("name") == symbol


def test_transaminases_are_meant_in_rats_as_well(tmp_path: Path) -> None:
    rows = (
        "id\tname\tsynonyms\ttaxon\nrgd:1\tSlc17a5\tAST\t10116\n"
        "rgd:2\tGot1\tglutamic-oxaloacetic transaminase 1\t10116\n"
    )
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    rats = Normalizer({"Gene": [build_vocabulary("Gene", [tmp_path / "gene.tsv"])]})
    assert rats.link("AST", "Gene", taxa=[10116]).name == "Got1"


@pytest.mark.parametrize("taxon", [9606, 11676])
def test_a_virus_keeps_the_genes_that_a_vocabulary_has_of_it(
    tmp_path: Path, taxon: int
) -> None:
    (tmp_path / "gene.tsv").write_text(
        f"id\tname\tsynonyms\ttaxon\nncbigene:1\tX1\tgp120\t{taxon}\n",
        encoding="utf-8",
    )
    text = "In patients, gp120 of HIV-1 rose."
    start = text.index("gp120")
    gene = Mention(start=start, end=start + 5, text="gp120", type="Gene")
    linker = Normalizer.load([tmp_path, "starter"], index=None)
    document = linker(Document.from_text(text).with_mentions([gene]))
    assert document.mentions[0].concepts == (("ncbigene:1",) if taxon != 9606 else ())


def test_a_definition_does_not_deny_a_gene_of_which_only_symbols_are_listed(
    tmp_path: Path,
) -> None:
    rows = (
        "id\tname\tsynonyms\ttaxon\nncbigene:1\tfmo-1\tK08 I.2\t6239\n"
        "ncbigene:2\tmts-1\tmetallothionein of some kind\t6239\n"
        "ncbigene:3\tpkx-1\tprotein kinase X1|PKX\t6239\n"
    )
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    text = (
        "In C. elegans, flavin monooxygenase 1 (FMO-1) binds multiple tail segment 1 "
        "(MTS-1), and FMO-1 MTS-1. Protein kinase X (PKX) fell."
    )
    genes = [
        Mention(start=at, end=at + len(name), text=name, type="Gene")
        for name in ("FMO-1", "MTS-1", "PKX")
        for at in {text.index(name), text.rindex(name)}
    ]
    linker = Normalizer.load([tmp_path, "starter"], index=None)
    linked = linker(Document.from_text(text).with_mentions(genes)).mentions
    assert {m.text: m.concepts for m in linked} == {
        "FMO-1": ("ncbigene:1",), "MTS-1": (),
        # The first of what is called so.
        "PKX": ("ncbigene:3",),
    }  # fmt: skip


def test_a_gene_is_found_by_the_symbol_of_any_that_is_called_so(tmp_path: Path) -> None:
    rows = (
        "id\tname\tsynonyms\ttaxon\nncbigene:1\tABCX\t\t9606\nncbigene:2\tAbcx\t\t10090\n"
        "ncbigene:3\tABcx\t\t9913\nncbigene:4\tXbca\tABCX\t10116\nncbigene:5\txbca\t\t6239\n"
        "ncbigene:6\tHeart1\tef1\t7955\nncbigene:7\tHEART1\t\t9606\n"
    )
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    linker = Normalizer.load([tmp_path, "none"], index=None)
    assert linker.link("ABCX", "Gene", taxa=[6239]).concepts == ("ncbigene:5",)
    # But not by a fish's synonym that only its small letters make.
    assert linker.link("EF1", "Gene", taxa=[9606]).concepts == ()


def test_what_a_fly_calls_so_is_no_gene_of_mice_by_its_symbol(tmp_path: Path) -> None:
    rows = (
        "id\tname\tsynonyms\ttaxon\nncbigene:1\tamn\tlong memory peptide\t7227\n"
        "ncbigene:2\tAmn\t\t10090\nncbigene:3\tABC\tshort memory peptide\t9606\n"
        "ncbigene:4\tAbc\t\t10090\n"
    )
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    linker = Normalizer.load([tmp_path, "none"], index=None)
    assert linker.link("long memory peptide", "Gene", taxa=[10090]).concepts == ()
    short = linker.link("short memory peptide", "Gene", taxa=[10090])
    assert short.concepts == ("ncbigene:4",)


@pytest.mark.parametrize(
    ("text", "taxa", "concepts"),
    [
        ("stem cell thing", [10116, 9606], ("ncbigene:2",)),
        ("stem cell thing", [9606, 10116], ("ncbigene:1",)),
        # What the likelier species' gene is called as well, and what only flies have.
        ("cell thing", [10116, 9606], ("ncbigene:3",)),
        ("wing thing", [10116, 7227], ("ncbigene:5",)),
        ("vacuolar ATPase", [9606], ()),
    ],
)
def test_the_likeliest_species_gene_goes_before_its_like(
    tmp_path: Path, text: str, taxa: list[int], concepts: tuple[str, ...]
) -> None:
    rows = (
        "id\tname\tsynonyms\ttaxon\n"
        "ncbigene:1\tKITX\tstem cell thing|cell thing\t9606\n"
        "ncbigene:2\tKitx\t\t10116\nncbigene:3\tOther\tcell thing\t10116\n"
        "ncbigene:4\tWing\t\t10116\nncbigene:5\tWing\twing thing\t7227\n"
        "ncbigene:6\tDNAHX\tATPase\t9606\n"
    )
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    linker = Normalizer.load([tmp_path, "none"], index=None)
    assert linker.link(text, "Gene", taxa=taxa).concepts == concepts


#: As lists have them: of rats and cows symbols alone, of pigs nothing.
ANIMALS = """\
id\tname\tsynonyms\ttaxon
ncbigene:1440\tCSF3\tgranulocyte colony stimulating factor|G-CSF\t9606
ncbigene:12985\tCsf3\tG-CSF\t10090
ncbigene:25610\tCsf3\t\t10116
ncbigene:280760\tCSF3\t\t9913
ncbigene:5028\tP2RY1\tP2Y1|P2Y1 receptor\t9606
ncbigene:25265\tP2ry1\tP2Y1\t10116
"""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        # What rats are given is whose the phrase says, whether the tagger marked that
        # word as a species or took it into the gene's name.
        ("Rats were given <recombinant human G-CSF> daily.", "1440"),
        ("Rats were given human <G-CSF> daily.", "1440"),
        ("Patients had antibodies to <bovine G-CSF>.", "280760"),
        ("Rats had anti-mouse <G-CSF> antibodies.", "12985"),
        # An animal whose genes no list has: none, and no other animal's.
        ("Patients were given <porcine G-CSF>.", ""),
        ("Patients were given recombinant ovine <G-CSF>.", ""),
        # No animal's own: several at once, a host, an antibody's.
        ("In rats, human and mouse <G-CSF> were alike.", "25610"),
        ("In rats, mouse anti-<G-CSF> was used.", "25610"),
        ("In nude mouse <G-CSF> models of rats.", "25610"),
        ("In mice, the <rat P2Y1 receptor> was blocked.", "25265"),
        ("Mice were given <chicken ovalbumin>.", ""),
    ],
)
def test_a_species_in_the_genes_own_phrase_decides(
    tmp_path: Path, text: str, numbers: str
) -> None:
    (tmp_path / "gene.tsv").write_text(ANIMALS, encoding="utf-8")
    animals = Normalizer.load([tmp_path, "starter"], index=None)
    start, end = text.index("<"), text.index(">") - 1
    text = text.replace("<", "").replace(">", "")
    mentions = [Mention(start=start, end=end, text=text[start:end], type="Gene")]
    found = re.search("rats|mice|patients", text, re.IGNORECASE)
    mentions.append(
        Mention(start=found.start(), end=found.end(), text=found[0], type="Species")
    )
    document = animals(Document.from_text(text).with_mentions(mentions))
    (gene,) = (m for m in document.mentions if m.type == "Gene")
    assert gene.concepts == tuple(f"ncbigene:{n}" for n in numbers.split())


#: Aliases as NCBI Gene and HGNC list them.
ALIASES = """\
id\tname\tsynonyms\ttaxon
ncbigene:1119\tCHKA\tCK\t9606
ncbigene:9734\tHDAC9\tHDAC|histone deacetylase\t9606
ncbigene:8074\tFGF23\tFGF\t9606
ncbigene:501\tALDH7A1\tPDE\t9606
ncbigene:10316\tNMUR1\tGPC-R|G protein-coupled receptor\t9606
ncbigene:109\tADCY3\tadenylyl cyclase\t9606
ncbigene:1800\tDPEP1\tbeta-lactamase|beta-lactamase inhibitor\t9606
ncbigene:3009\tH1-5\tH1\t9606
ncbigene:3269\tHRH1\thistamine receptor H1\t9606
ncbigene:3274\tHRH2\thistamine receptor H2\t9606
ncbigene:920\tCD4\tT4\t9606
ncbigene:2099\tESR1\tESR|estrogen receptor 1\t9606
ncbigene:6606\tSMN1\tSMA\t9606
ncbigene:300795\tNs5atp9\tPAF\t10116
ncbigene:9768\tPCLAF\tPCNA clamp associated factor|PAF\t9606
ncbigene:306510\tTal1\tSCL\t10116
ncbigene:6886\tTAL1\tT-cell acute lymphocytic leukemia 1\t9606
"""


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("Patients took <HDAC> inhibitors.", None),
        ("Patients took inhibitors of <histone deacetylases>.", None),
        ("In patients, <HDAC9> rose.", "HDAC9"),
        ("In patients, <FGF> signals.", None),
        ("In patients, <PDE> and <GPCRs> were found.", None),
        ("In patients, a <G-protein-coupled receptor> was found.", None),
        ("In patients, <adenylyl cyclase> was blocked.", None),
        ("In patients, serum <CK> rose.", None),
        ("Patients took a <beta-lactamase inhibitor>.", None),
        ("Isolates of patients made <beta-lactamase>.", None),
        # Hormones, measures and places, by what else the document says.
        ("In hypothyroid patients, <T4> fell.", None),
        ("In patients, <T4> lymphocytes fell.", "CD4"),
        ("In patients, <ESR> and C-reactive protein rose.", None),
        ("In patients with breast cancer, <ESR> was mutated.", "ESR1"),
        ("Finger movements of patients activated <pre-SMA>.", None),
        # A drug acts on a receptor.
        ("Patients took <H2> blockers.", "HRH2"),
        ("Patients took an <H1>-receptor antagonist.", "HRH1"),
        ("Patients took <H1-antagonists>.", "HRH1"),
        ("In patients, <H1> binds chromatin.", "H1-5"),
        # Of rats, lists have symbols alone; what they mean is spelled out in people.
        ("Platelet activating factor (<PAF>) of rats.", None),
        ("Leukemic stem protein (<SCL>) of rats.", "Tal1"),
    ],
)
def test_an_alias_is_not_what_everybody_means_by_it(
    tmp_path: Path, text: str, symbol: str | None
) -> None:
    assert set(symbols(text, tmp_path)) == {symbol}


def test_what_stands_behind_a_name_says_nothing_of_its_other_places(
    tmp_path: Path,
) -> None:
    text = "Patients took an <H1>-receptor antagonist. Their <H1> binds chromatin."
    assert symbols(text, tmp_path) == ["HRH1", "H1-5"]


def symbols(text: str, tmp_path: Path, rows: str = ALIASES) -> list[str | None]:
    """Return what the genes in angle brackets are linked to."""
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    built = {"Gene": [build_vocabulary("Gene", [tmp_path / "gene.tsv"])]}
    species = Normalizer.load(["starter"], index=None).vocabularies["Species"]
    linker = Normalizer({**built, "Species": species})
    genes, plain = [], ""
    for number, piece in enumerate(re.split("[<>]", text)):
        if number % 2:
            start, end = len(plain), len(plain) + len(piece)
            genes.append(Mention(start=start, end=end, text=piece, type="Gene"))
        plain += piece
    document = linker(Document.from_text(plain).with_mentions(genes))
    return [m.attribute("name") for m in document.mentions]


#: Two interleukins, pumps, receptors and enzymes, as lists mix them up.
MIXED = """\
id\tname\tsynonyms\ttaxon
ncbigene:27178\tIL37\tIL-23|interleukin-23|interleukin 37|IL-37\t9606
ncbigene:51561\tIL23A\tIL-23|interleukin 23 subunit alpha\t9606
ncbigene:83430\tIl23a\t\t10090
ncbigene:3606\tIL18\tIL-1g|interleukin 18\t9606
ncbigene:5008\tOSM\tIL-99|oncostatin M\t9606
ncbigene:3593\tIL12B\tIL-12\t9606
ncbigene:479\tATP12A\tH-K-ATPase\t9606
ncbigene:495\tATP4A\tATPase H+/K+ transporting subunit alpha\t9606
ncbigene:10724\tOGA\tbeta-hexosaminidase\t9606
ncbigene:3073\tHEXA\tbeta-hexosaminidase subunit alpha\t9606
ncbigene:3355\tHTR1F\t5HT6\t9606
ncbigene:3362\tHTR6\t5-HT6\t9606
ncbigene:3439\tIFNA1\tIFN-alpha\t9606
ncbigene:338374\tIfnl3\tinterferon alpha\t10090
ncbigene:15962\tIfna1\t\t10090
ncbigene:19885\tRorc\tTOR\t10090
ncbigene:56717\tMtor\t\t10090
ncbigene:4878\tNPPA\tatrial natriuretic factor\t9606
ncbigene:644943\tRASSF10\tN-terminal\t9606
"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Normalizer:
    path = tmp_path_factory.mktemp("mixed") / "gene.tsv"
    path.write_text(MIXED, encoding="utf-8")
    return Normalizer({"Gene": [build_vocabulary("Gene", [path])]})


@pytest.mark.parametrize(
    ("text", "taxon", "symbols"),
    [
        # A number that a gene has goes before an alias of another number.
        ("IL-23", 9606, "IL23A"),
        ("interleukin-23", 9606, "IL23A"),
        ("IL-12/23", 9606, "IL12B; IL23A"),
        ("IL-37", 9606, "IL37"),
        # No gene has it, so the alias counts.
        ("IL-99", 9606, "OSM"),
        # What signs and brackets run together.
        ("H+,K(+)-ATPase", 9606, "ATP4A"),
        ("(H+/K+)-ATPase", 9606, "ATP4A"),
        # One kind of several; its A is no article.
        ("beta-hexosaminidase A", 9606, "HEXA"),
        ("beta-hexosaminidase", 9606, "OGA"),
        ("interferon-alpha", 9606, "IFNA1"),
        ("Interferon alpha", 10090, "Ifna1"),
        ("N-terminal proatrial natriuretic factor", 9606, "NPPA"),
        ("N-terminal fragment of atrial natriuretic factor", 9606, "NPPA"),
    ],
)
def test_a_name_is_of_the_gene_that_has_its_number_or_letter(
    mixed: Normalizer, text: str, taxon: int, symbols: str
) -> None:
    assert mixed.link(text, "Gene", taxa=[taxon]).name == symbols


@pytest.mark.parametrize(
    ("text", "mention", "taxon", "symbol"),
    [
        ("Serotonin acts on 5-ht6 receptors.", "5-ht6", 9606, "HTR6"),
        # The long form's last word is another gene.
        ("Mammalian TOR (MTOR) was blocked.", "Mammalian TOR", 10090, "Mtor"),
    ],
)
def test_a_gene_is_what_the_document_calls_it(
    mixed: Normalizer, text: str, mention: str, taxon: int, symbol: str
) -> None:
    linker = Normalizer(mixed.vocabularies, taxa=[taxon])
    start = text.index(mention)
    gene = Mention(start=start, end=start + len(mention), text=mention, type="Gene")
    document = linker(Document.from_text(text).with_mentions([gene]))
    assert document.mentions[0].attribute("name") == symbol


def test_antibodies_that_are_called_by_letters_are_no_gene(tmp_path: Path) -> None:
    rows = "id\tname\tsynonyms\ttaxon\nncbigene:31\tACACA\tACCA\t9606\n"
    (tmp_path / "gene.tsv").write_text(rows, encoding="utf-8")
    linker = Normalizer.load([tmp_path, "none"], index=None)

    def concepts(text: str) -> tuple[str, ...]:
        start = text.index("ACCA")
        gene = Mention(start=start, end=start + 4, text="ACCA", type="Gene")
        document = linker(Document.from_text(text).with_mentions([gene]))
        return document.mentions[0].concepts

    assert concepts("We found anti-chitobioside antibodies (ACCA) in serum.") == ()
    assert concepts("We used antibodies to ACCA in serum.") == ("ncbigene:31",)


#: What a piece of a name, or its last letter written otherwise, led to.
PIECES = """\
id\tname\tsynonyms\ttaxon
ncbigene:2549\tGAB1\t\t9606
ncbigene:2638\tGC\t\t9606
ncbigene:5313\tPKLR\tPK1\t9606
ncbigene:23\tABCB6\tABC\t9606
ncbigene:987\tLRBA\tBGL\t9606
ncbigene:6690\tSPINK1\tPSTI\t9606
ncbigene:10079\tATP9A\tIIa\t9606
ncbigene:2523\tFUT1\tH\t9606
ncbigene:4760\tNEUROD1\tbeta2\t9606
ncbigene:1991\tELANE\tNE\t9606
ncbigene:942\tCD86\tB72\t9606
ncbigene:3972\tLHB\t\t9606
ncbigene:539\tATP5PO\tOSCP\t9606
ncbigene:207\tAKT1\tAKT\t9606
ncbigene:6337\tSCNN1A\tENaC\t9606
ncbigene:861\tRHD\tRh blood group D antigen|CDE\t9606
"""


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("GABA receptor", None),
        ("G gamma", None),
        ("GC kinase", None),
        ("PKA", None),
        ("chondroitinase ABC", None),
        ("Bgl II", None),
        ("Pst I", None),
        ("PSTI", "SPINK1"),
        ("IIa", None),
        ("H+", None),
        ("beta(2)-", None),
        ("NE and", None),
        ("NE", "ELANE"),
        ("MAb B72.3", None),
        ("LHbeta", "LHB"),
        ("ATPase OSCP", "ATP5PO"),
        ("phospho AKT", "AKT1"),
        ("sodium channel (ENaC) subunit", "SCNN1A"),
        ("blood CDE", "RHD"),
    ],
)
def test_a_piece_of_a_name_needs_ground(
    tmp_path: Path, text: str, symbol: str | None
) -> None:
    assert symbols(f"<{text}>", tmp_path, PIECES) == [symbol]


#: Genes of people, of which one has a namesake in yeast.
BESIDE_OTHERS = """\
id\tname\tsynonyms\ttaxon
ncbigene:5743\tPTGS2\tCOX-2\t9606
ncbigene:854622\tCOX2\t\t4932
ncbigene:1576\tCYP3A4\t\t9606
ncbigene:3576\tCXCL8\tIL-8\t9606
ncbigene:2520\tGAST\tgastrin\t9606
ncbigene:1401\tCRP\t\t9606
ncbigene:5045\tFURIN\tFUR\t9606
ncbigene:5888\tRAD51\tRECA\t9606
ncbigene:856831\tRAD51\t\t4932
ncbigene:3565\tIL4\tIL-4\t9606
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("H. pylori raises <COX-2>, <CYP3A4> and <IL-8>.", "PTGS2 CYP3A4 CXCL8"),
        ("H. pylori raises <COX-2> and <CRP> in T84 and <IL-8>.", "PTGS2 CRP CXCL8"),
        ("Helicobacter pylori raises <gastrin> and <IL-8>.", "GAST CXCL8"),
        ("Escherichia coli has <CRP>, <FUR> and <RecA>.", "None None None"),
        # Of a plant, or of yeast, whatever else people have.
        ("Helicobacter pylori has <COX-2>.", "None"),
        ("S. cerevisiae lost <RAD51>, <IL-4> and <IL-8>.", "RAD51 None None"),
    ],
)
def test_what_a_plant_or_germ_does_to_genes_of_people(
    tmp_path: Path, text: str, found: str
) -> None:
    named = symbols(text, tmp_path, BESIDE_OTHERS)
    assert " ".join(map(str, named)) == found


#: Genes whose letters, or name, mean another gene or none.
LETTERS = """\
id\tname\tsynonyms\ttaxon
ncbigene:5313\tPKLR\tPKR\t9606
ncbigene:5610\tEIF2AK2\t\t9606
ncbigene:127343\tDMBX1\tATX\t9606
ncbigene:5168\tENPP2\t\t9606
ncbigene:7036\tTFR2\ttransferrin receptor\t9606
ncbigene:7037\tTFRC\ttransferrin receptor\t9606
ncbigene:10950\tBTG3\tANA\t9606
ncbigene:1421\tCRYGD\tCCP\t9606
ncbigene:351\tAPP\tAg\t9606
ncbigene:847\tCAT\t\t9606
ncbigene:2720\tGLB1\tbeta-galactosidase\t9606
ncbigene:566\tAZU1\theparin-binding protein\t9606
ncbigene:2004\tELK3\tNET\t9606
ncbigene:6530\tSLC6A2\tNET\t9606
ncbigene:6531\tSLC6A3\tDAT\t9606
"""


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("<PKR> stops translation.", "EIF2AK2"),
        ("<ATX> makes a lipid.", "ENPP2"),
        ("The <transferrin receptor> takes up iron.", "TFRC"),
        ("<ANA> of lupus, antinuclear ones, rose.", None),
        ("<ANA> binds a deadenylase.", "BTG3"),
        ("In rheumatoid arthritis <anti-CCP> rose.", None),
        ("<Ag> was shown to T cells.", None),
        ("A <CAT> reporter gene was made.", None),
        ("<CAT> removes peroxide.", "CAT"),
        ("X-gal showed <beta-galactosidase>.", None),
        ("<heparin-binding protein> rose.", None),
        ("They block transporters (<NET, DAT>).", "SLC6A2; SLC6A3"),
    ],
)
def test_letters_mean_what_most_papers_mean_by_them(
    tmp_path: Path, text: str, symbol: str | None
) -> None:
    assert symbols(text, tmp_path, LETTERS) == [symbol]


@pytest.mark.parametrize(
    ("text", "taxa"),
    [
        ("Rabbit anti-mouse <CD31> stained skin of patients.", (9606,)),
        ("Rats had anti-mouse <CD31> antibodies.", (10090,)),
        ("<CD31>, TP53 and PKC inhibitors in mice.", (10090,)),
    ],
)
def test_whose_a_stained_or_inhibited_gene_is(
    normalizer: Normalizer, text: str, taxa: tuple[int, ...]
) -> None:
    start = text.index("<")
    gene = Mention(start=start, end=start + 4, text="CD31", type="Gene")
    document = Document.from_text(re.sub("[<>]", "", text)).with_mentions([gene])
    (link,) = normalizer.links(document).values()
    assert link.taxa[:1] == taxa
