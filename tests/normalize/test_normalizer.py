from __future__ import annotations

import pickle
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kgbuild.document import Document, Mention, Passage
from kgbuild.errors import ConfigError, InputError, ResourceMissingError
from kgbuild.normalize import Normalizer, build_vocabulary, normalize
from kgbuild.normalize.calibration import Calibration
from kgbuild.normalize.disambiguation import DocumentContext
from kgbuild.normalize.explanation import explain_mention
from kgbuild.normalize.name_index import Neighbour
from kgbuild.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def document(text: str, /, *, title: str | None = None, **mentions: str) -> Document:
    """Mark every occurrence; a blank in a mention is written ``_`` in the keyword."""
    found = Document.from_text(text, id="1", title=title)
    marked = [
        Mention(
            start=hit.start(), end=hit.end(), text=hit.group(), type=kind,
            recognizer="test",
        )
        for key, kind in mentions.items()
        for hit in re.finditer(
            rf"(?<!\w){re.escape(key.replace('_', ' '))}(?!\w)", found.text
        )
    ]  # fmt: skip
    assert marked
    return found.with_mentions(marked)


def ids(annotated: Document, text: str) -> list[tuple[str, ...]]:
    return [m.concepts for m in annotated.mentions if m.text == text]


@pytest.mark.parametrize(
    ("text", "kind", "concepts", "method"),
    [
        ("Hypertension", "Disease", ("mesh:D006973",), "exact"),
        ("HYPERTENSION", "Disease", ("mesh:D006973",), "simplified"),
        ("type II diabetes mellitus", "Disease", ("mesh:D003924",), "words"),
        ("tumours of the breast", "Disease", ("mesh:D001943",), "words"),
        (
            "breast and ovarian cancer",
            "Disease",
            ("mesh:D001943", "mesh:D010051"),
            "composite",
        ),
        ("hypertensive", "Disease", ("mesh:D006973",), "rule"),
        ("severe hypertension", "Disease", ("mesh:D006973",), "rule"),
        ("breast carcinoma", "Disease", ("mesh:D001943",), "rule"),
        ("captopril hydrochloride", "Chemical", ("mesh:D002216",), "rule"),
        ("valproate", "Chemical", ("mesh:D014635",), "rule"),
        ("Ca2+", "Chemical", ("mesh:D002118",), "rule"),
        ("MMP-2/-9", "Gene", ("ncbigene:4313", "ncbigene:4318"), "composite"),
        ("hMLH1", "Gene", ("ncbigene:4292",), "rule"),
        ("TGF-β1", "Gene", ("ncbigene:7040",), "simplified"),
        ("ACE gene", "Gene", ("ncbigene:1636",), "rule"),
        ("HeLa cells", "CellLine", ("cellosaurus:CVCL_0030",), "rule"),
        ("HEK-293T", "CellLine", ("cellosaurus:CVCL_0063",), "simplified"),
        ("Wistar rats", "Species", ("ncbitaxon:10116",), "rule"),
    ],
)
def test_cascade(
    normalizer: Normalizer,
    text: str,
    kind: str,
    concepts: tuple[str, ...],
    method: str,
) -> None:
    link = normalizer.link(text, kind)
    assert (link.concepts, link.method) == (concepts, method)
    assert link.score is not None
    assert 0.5 <= link.score <= 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("zorbatinib", "Chemical"),
        ("zorbatinib hydrochloride", "Chemical"),
        ("blorposis", "Disease"),
        ("---", "Gene"),
        ("anything", "Anatomy"),
    ],
)
def test_what_no_vocabulary_has_stays_unlinked(
    normalizer: Normalizer, text: str, kind: str
) -> None:
    link = normalizer.link(text, kind)
    assert link.concepts == ()
    assert link.method == "unlinked"
    assert link.score is None


def test_candidates_carry_their_facts(normalizer: Normalizer) -> None:
    first, *rest = normalizer.candidates("P53", "Gene", taxa=[9606, 10090])
    assert first.concept == "ncbigene:7157"
    assert first.facts.matched == "P53"
    assert first.facts.difference == "none"
    assert [c.concept for c in rest] == ["ncbigene:22059"]
    assert first.score > rest[0].score


def test_document_defined_short_form_takes_the_long_forms_id(
    normalizer: Normalizer,
) -> None:
    text = "Atopic dermatitis (AD) is common. AD itches, and AD patients suffer."
    found = normalizer(document(text, AD="Disease", AD_patients="Disease"))
    assert set(ids(found, "AD")) == {("mesh:D003876",)}
    assert {m.method for m in found.mentions if m.text == "AD"} == {"abbreviation"}
    other = normalizer(
        document("Alzheimer's disease (AD) is common. AD is cruel.", AD="Disease")
    )
    assert set(ids(other, "AD")) == {("mesh:D000544",)}


def test_equal_candidates_are_decided_by_the_rest_of_the_document(
    normalizer: Normalizer,
) -> None:
    text = "AD worsened. The atopic dermatitis was treated."
    found = normalizer(document(text, AD="Disease", atopic_dermatitis="Disease"))
    assert ids(found, "AD") == [("mesh:D003876",)]


def test_gene_takes_the_species_of_its_sentence(normalizer: Normalizer) -> None:
    text = "In mice p53 was lost. In patients p53 was mutated."
    found = normalizer(document(text, p53="Gene", mice="Species", patients="Species"))
    assert ids(found, "p53") == [("ncbigene:22059",), ("ncbigene:7157",)]


def test_yeast_abstract_yields_no_human_gene_unless_asked(
    normalizer: Normalizer, lists: Path
) -> None:
    text = "GAL4 and TP53 in Saccharomyces cerevisiae. The yeast grew."
    marked = document(text, GAL4="Gene", TP53="Gene")
    found = normalizer(marked)
    assert ids(found, "GAL4") == [("ncbigene:852",)]
    assert ids(found, "TP53") == [()]
    human = Normalizer.load([lists, "none"], taxa=[9606])(marked)
    assert ids(human, "GAL4") == [("ncbigene:2583",)]
    assert ids(human, "TP53") == [("ncbigene:7157",)]


def test_taxa_are_tried_in_the_users_order(lists: Path) -> None:
    text = "The p53 protein."
    for taxa, concept in (([9606, 10090], "7157"), ([10090, 9606], "22059")):
        found = Normalizer.load([lists, "none"], taxa=taxa)(document(text, p53="Gene"))
        assert ids(found, "p53") == [(f"ncbigene:{concept}",)]


def test_genes_of_a_virus_stand_beside_its_hosts(normalizer: Normalizer) -> None:
    text = "HIV-1 infection raised TP53."
    hyphenated = document(text, TP53="Gene")
    virus = Mention(start=0, end=5, text="HIV-1", type="Species", recognizer="test")
    found = normalizer(hyphenated.with_mentions([*hyphenated.mentions, virus]))
    assert ids(found, "TP53") == [("ncbigene:7157",)]


def test_cell_line_tells_the_species(normalizer: Normalizer) -> None:
    text = "In NIH 3T3 cells p53 was lost."
    found = normalizer(document(text, p53="Gene", NIH_3T3="CellLine"))
    assert ids(found, "NIH 3T3") == [("cellosaurus:CVCL_0123",)]


def test_unlinked_mentions_stay_and_say_so(normalizer: Normalizer) -> None:
    found = normalizer(document("Zorbatinib helped.", Zorbatinib="Chemical"))
    (mention,) = found.mentions
    assert mention.method == "unlinked"
    assert mention.concepts == ()
    assert mention.link_score is None
    assert mention.attribute("name") is None


def test_preferred_name_is_on_the_mention(normalizer: Normalizer) -> None:
    found = normalizer(document("High blood pressure.", High_blood_pressure="Disease"))
    (mention,) = found.mentions
    assert mention.attribute("name") == "Hypertension"


def test_concepts_of_the_input_are_kept_unless_told_otherwise(
    normalizer: Normalizer, lists: Path
) -> None:
    marked = document("Hypertension.", Hypertension="Disease")
    gold = replace(marked.mentions[0], concepts=("mesh:D001943",), method="gold")
    given = marked.with_mentions([gold])
    (kept,) = normalizer(given).mentions
    assert (kept.concepts, kept.method) == (("mesh:D001943",), "gold")
    assert kept.attribute("name") == "Breast Neoplasms"
    (anew,) = Normalizer.load([lists, "none"], existing="replace")(given).mentions
    assert (anew.concepts, anew.method) == (("mesh:D006973",), "exact")


def test_names_of_other_types_are_those_of_the_type_that_serves_them(
    normalizer: Normalizer,
) -> None:
    read = document(
        "Breast cancer of women and Trp53 in mice.",
        Breast_cancer="Cancer", mice="Organism", Trp53="Protein",
    )  # fmt: skip
    linked = {m.type: m.concepts for m in normalizer(read).mentions}
    assert linked == {
        "Cancer": ("mesh:D001943",), "Organism": ("ncbitaxon:10090",),
        "Protein": ("ncbigene:22059",),
    }  # fmt: skip


def test_narrower_types_have_the_rules_of_the_wider(normalizer: Normalizer) -> None:
    # A mouse tells the species of a protein, and parts of a cancer's name are cancers.
    read = document(
        "Protein p53 of mice in breast and ovarian cancer.",
        p53="Protein", mice="Organism", breast_and_ovarian_cancer="Cancer",
    )  # fmt: skip
    as_wider = document(
        "Protein p53 of mice in breast and ovarian cancer.",
        p53="Gene", mice="Species", breast_and_ovarian_cancer="Disease",
    )  # fmt: skip
    links, wider = normalizer.links(read), normalizer.links(as_wider)
    assert links == wider
    assert all(link.concepts for link in links.values())
    assert {m.type for m in normalizer(read).mentions} == {
        m.type for m in read.mentions
    }
    explained = explain_mention(read.mentions[0], read, normalizer)
    assert (explained.type, explained.concepts) == ("Protein", ("ncbigene:22059",))


def test_variants_with_ids_are_left_alone(lists: Path) -> None:
    text = "The mutation V600E."
    variant = Mention(
        start=13, end=18, text="V600E", type="Variant", recognizer="variant-grammar",
        concepts=("tmvar:p|SUB|V|600|E",), method="variant",
    )  # fmt: skip
    given = Document.from_text(text).with_mentions([variant])
    replacing = Normalizer.load([lists, "none"], existing="replace")
    assert replacing(given).mentions == (variant,)


def test_composite_mention_is_marked(normalizer: Normalizer) -> None:
    found = normalizer(
        document("Breast and ovarian cancer.", Breast_and_ovarian_cancer="Disease")
    )
    (mention,) = found.mentions
    assert mention.composite
    assert mention.concepts == ("mesh:D001943", "mesh:D010051")
    assert mention.attribute("name") == "Breast Neoplasms; Ovarian Neoplasms"


def test_text_and_offsets_do_not_change(normalizer: Normalizer) -> None:
    marked = document("α😀 TGF-β1, hypertension", hypertension="Disease")
    found = normalizer(marked)
    assert found.text == marked.text
    assert [m.span for m in found.mentions] == [m.span for m in marked.mentions]


def test_short_form_of_an_unknown_drug_stays_unlinked(normalizer: Normalizer) -> None:
    text = "Zorbatinib (CA) was given. CA helped, calcium did not."
    found = normalizer(document(text, CA="Chemical", calcium="Chemical"))
    assert set(ids(found, "CA")) == {()}
    assert ids(found, "calcium") == [("mesh:D002118",)]


def test_short_forms_within_a_mention_are_spelled_out(normalizer: Normalizer) -> None:
    text = (
        "Breast cancer (BRC) is common. BRCs grow; BRC-like growth. Much metastatic "
        "breast cancer (BRC) grows. Hereditary BRC too."
    )
    marked = document(text, BRCs="Disease", Hereditary_BRC="Disease")
    found = normalizer(marked)
    assert ids(found, "BRCs") == [("mesh:D001943",)]
    assert ids(found, "Hereditary BRC") == [("mesh:D001943",)]


def test_long_form_takes_the_short_forms_id(normalizer: Normalizer) -> None:
    text = "Angiotensin cutting enzyme (ACE). The angiotensin cutting enzyme acts."
    found = normalizer(document(text, angiotensin_cutting_enzyme="Gene"))
    (mention,) = found.mentions
    assert (mention.concepts, mention.method) == (("ncbigene:1636",), "abbreviation")


@pytest.mark.parametrize(
    ("thresholds", "linked"),
    [("balanced", True), ("precise", False), ({"disease": 0.99}, False)],
)
def test_thresholds(lists: Path, thresholds: object, linked: bool) -> None:
    made = Normalizer.load([lists, "none"], thresholds=thresholds)  # type: ignore[arg-type]
    link = made.link("severe hypertension", "Disease")
    assert bool(link.concepts) is linked
    assert link.candidates[0].concept == "mesh:D006973"


class Neighbours:
    """Knows one name, and what is near to it."""

    version = "fake-1"
    calibration = {  # noqa: RUF012
        "Disease": Calibration(bias=-6, similarity=10, share=0, likeness=0, numbers=0)
    }

    def nearest(
        self, texts: Sequence[str], *, entity_type: str, limit: int
    ) -> list[list[Neighbour]]:
        assert limit > 1
        assert entity_type == "Disease"
        near = {
            "pressure trouble": 0.9, "some trouble": 0.3, "severe": 0.9,
            "non-hypertension trouble": 0.9,
        }  # fmt: skip
        return [
            [Neighbour("hypertension", near[text])] if text in near else []
            for text in texts
        ]


@pytest.mark.parametrize(
    ("text", "concepts", "method"),
    [
        ("pressure trouble", ("mesh:D006973",), "neural"),
        ("some trouble", (), "unlinked"),
        ("severe", (), "unlinked"),
        ("non-hypertension trouble", (), "unlinked"),
        ("breast cancer", ("mesh:D001943",), "exact"),
    ],
)
def test_neighbours_are_asked_last(
    lists: Path, text: str, concepts: tuple[str, ...], method: str
) -> None:
    made = Normalizer.load([lists, "none"], index=Neighbours())
    link = made.link(text, "Disease")
    assert (link.concepts, link.method) == (concepts, method)
    assert "fake-1" in made.version


def test_stream_keeps_order_and_skips_what_failed_before(
    normalizer: Normalizer,
) -> None:
    good = document("Hypertension.", Hypertension="Disease")
    failed = replace(good, id="2").with_status("recognize", "failed", reason="cut")
    out = list(Pipeline([normalizer])([good, failed, replace(good, id="3")]))
    assert [d.id for d in out] == ["1", "2", "3"]
    states = [d.stage("normalize") for d in out]
    assert [s.state for s in states if s] == ["done", "skipped", "done"]


def test_normalizer_crosses_process_borders(normalizer: Normalizer) -> None:
    again = pickle.loads(pickle.dumps(normalizer))
    marked = document("In mice p53.", p53="Gene", mice="Species")
    assert again(marked) == normalizer(marked)
    assert again.version == normalizer.version


def test_normalize_takes_one_name_or_many(lists: Path) -> None:
    one = normalize("Hypertension", type="Disease", vocabulary=lists)
    (many,) = normalize(["Hypertension"], type="Disease", vocabulary=lists)
    assert one == many
    assert one.concepts == ("mesh:D006973",)
    assert one.candidates[0].name == "Hypertension"
    with pytest.raises(InputError, match="stages='normalize'"):
        normalize(document("ACE.", ACE="Gene"), type="Gene", vocabulary=lists)


GENES = """\
id\tname\tsynonyms\ttaxon
ncbigene:7434\tVIPR2\tvasoactive peptide receptor 2\t9606
ncbigene:22355\tVipr2\t\t10090
ncbigene:10923\tSUB1\tPC4|positive cofactor 4\t9606
ncbigene:3475\tIFRD1\tPC4|interferon related regulator 1\t9606
ncbigene:2155\tF7\tcoagulation factor VII\t9606
"""


@pytest.fixture
def homonyms(tmp_path: Path, lists: Path) -> Normalizer:
    for file in lists.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "gene.tsv").write_text(GENES, encoding="utf-8")
    return Normalizer.load(tmp_path)


def test_a_gene_called_like_the_human_one_is_the_mouse_gene(
    homonyms: Normalizer,
) -> None:
    found = homonyms.link("vasoactive peptide receptor 2", "Gene", taxa=[10090])
    assert found.concepts == ("ncbigene:22355",)
    assert found.candidates[0].facts.rule == "ortholog"
    assert homonyms.link("VIPR2", "Gene", taxa=[4932]).concepts == ()


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Human PC4 is a cofactor.", "ncbigene:10923"),
        ("Human PC4 needs interferon.", "ncbigene:3475"),
    ],
)
def test_words_of_the_document_tell_homonyms_apart(
    homonyms: Normalizer, text: str, concept: str
) -> None:
    start = text.index("PC4")
    mention = Mention(start=start, end=start + 3, text="PC4", type="Gene")
    document = homonyms(Document.from_text(text).with_mentions([mention]))
    assert document.mentions[0].concepts == (concept,)


def test_titles_count(normalizer: Normalizer) -> None:
    passages = (
        Passage(text="p53 of the mouse", section="title"),
        Passage(text="Here p53 was lost; patients differ. More on p53.", section="x"),
    )
    plain = Document(id="1", passages=passages)
    marked = plain.with_mentions(
        Mention(start=h.start(), end=h.end(), text=h.group(), type=kind, recognizer="t")
        for name, kind in (("p53", "Gene"), ("mouse", "Species"))
        for h in re.finditer(name, plain.text)
    )
    assert ids(normalizer(marked), "p53")[0] == ("ncbigene:22059",)
    assert ids(normalizer(marked), "p53")[-1] == ("ncbigene:22059",)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"existing": "drop"}, "existing must be 'keep' or 'replace'"),
        ({"taxa": ["human"]}, "taxa must be NCBI taxon numbers"),
        ({"thresholds": "strict"}, "thresholds must be one of balanced, precise"),
        ({"thresholds": {"Gene": 7}}, "threshold of Gene must be a number from 0 to 1"),
    ],
)
def test_wrong_options(lists: Path, options: dict[str, object], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        Normalizer.load([lists, "none"], **options)  # type: ignore[arg-type]


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(ResourceMissingError, match="There is no vocabulary folder"):
        Normalizer.load(tmp_path / "nowhere")
    with pytest.raises(ResourceMissingError, match="holds no vocabulary"):
        Normalizer.load(tmp_path)


def test_a_file_that_is_no_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "gene.vocab").write_bytes(b"SQLite format 3\0" + b"x" * 200)
    with pytest.raises(InputError, match=r"gene\.vocab"):
        Normalizer.load(tmp_path)


FAULTS = {
    "gene": """\
id\tname\tsynonyms\ttaxon
ncbigene:1027\tCDKN1B\tp27|cyclin dependent kinase inhibitor 1B\t9606
ncbigene:391566\tH3P23\tp27|H3 histone pseudogene 23\t9606
ncbigene:3630\tINS\tinsulin\t9606
ncbigene:1234\tCCR5\tC-C motif chemokine receptor 5|CCR5 (gene/pseudogene)\t9606
ncbigene:723961\tINS-IGF2\tinsulin|INS-IGF2 readthrough\t9606
ncbigene:5351\tPLOD1\tLH|lysyl hydroxylase\t9606
ncbigene:3972\tLHB\tluteinizing hormone beta\t9606
ncbigene:2488\tFSHB\tfollicle stimulating hormone beta\t9606
ncbigene:185\tAGTR1\tAT1|AT1 receptor|angiotensin II receptor type 1\t9606
ncbigene:101054525\tPGR-AS1\tAT1|PGR antisense RNA 1\t9606
ncbigene:3949\tLDLR\tlow density lipoproteins|low density lipoprotein receptor\t9606
ncbigene:3361\tHTR5A\t5-HT-5|5-hydroxytryptamine receptor 5A\t9606
ncbigene:4842\tNOS1\tnitric oxide synthase 1\t9606
ncbigene:18125\tNos1\tNO|nitric oxide synthase 1, neuronal\t10090
ncbigene:33824\twg\twingless\t7227
ncbigene:7471\tWNT1\twingless\t9606
ncbigene:2492\tFSHR\tfollicle stimulating hormone receptor|FSH receptor\t9606
ncbigene:3290\tHSD11B1\tHDL\t9606
ncbigene:2356\tFPGS\tfolylpolyglutamate synthase\t9606
ncbigene:2944\tGSTM1\tH-B|glutathione S-transferase mu 1\t9606
ncbigene:3552\tIL1A\tinterleukin 1 alpha\t9606
ncbigene:3569\tIL6\tinterleukin 6\t9606
ncbigene:820\tCAMP\tcathelicidin\t9606
ncbigene:3664\tIRF6\tLPS\t9606
ncbigene:1756\tDMD\tBMD|dystrophin\t9606
ncbigene:283871\tPGP\tphosphoglycolate phosphatase\t9606
ncbigene:5243\tABCB1\tMDR1\t9606
ncbigene:1081\tCGA\tthyrotropin|glycoprotein hormones, alpha polypeptide\t9606
ncbigene:7252\tTSHB\tthyroid stimulating hormone subunit beta\t9606
ncbigene:1289\tCOL5A1\tcollagen type V alpha 1 chain\t9606
""",
    "disease": """\
id\tname\tsynonyms
mesh:D000544\tAlzheimer Disease\tAlzheimer's disease|AD
mesh:D003872\tDermatitis\t
mesh:D001172\tArthritis, Rheumatoid\trheumatoid arthritis|RA
mesh:D001249\tAsthma\t
mesh:D003550\tCystic Fibrosis\tCF|chronic lung disease of childhood
mesh:D009223\tMyotonic Dystrophy\tDM
mesh:D009103\tMultiple Sclerosis\tMS
mesh:D000741\tAnemia, Aplastic\taplastic anemia
mesh:D009101\tMultiple Myeloma\t
mesh:D006509\tHepatitis B\t
mesh:D006526\tHepatitis C\t
mesh:D003863\tDepression\tdepressive disorder
mesh:D003865\tDepressive Disorder, Major\tmajor depression
mesh:D001007\tAnxiety\t
mesh:D006938\tHyperlipoproteinemia Type II\tFH|familial hypercholesterolemia
mesh:D014947\tWounds and Injuries\tinjury
mesh:D003586\tCytomegalovirus Infections\tCMV infection|cytomegalovirus infection
mesh:D017086\tbeta-Thalassemia\t
mesh:D008607\tIntellectual Disability\t
mesh:D007177\tInappropriate ADH Syndrome\tSIADH
mesh:D000086382\tCOVID-19\tSARS-CoV-2 infection|coronavirus disease 2019
mesh:D061325\tHereditary Breast Syndrome\tbreast and ovarian cancer
mesh:D001943\tBreast Neoplasms\tbreast cancer
mesh:D010051\tOvarian Neoplasms\tovarian cancer
mesh:D006258\tHead and Neck Neoplasms\thead and neck cancer
mesh:D003928\tDiabetic Nephropathies\t
mesh:D007674\tKidney Diseases\tnephropathies
mesh:D012220\tRhinitis\t
mesh:D065631\tRhinitis, Allergic\tallergic rhinitis
mesh:D001289\tHyperactive Attention Deficit\tattention-deficit/hyperactivity disorder
mesh:D006948\tHyperkinesis\thyperactivity disorder|hyperactivity
mesh:D007022\tHypotension\t
mesh:D009362\tNeoplasm Metastasis\tmetastatic
hp:0012835\tUnilateral\t
hp:0031915\tStable\t
hp:0002527\tFalls\t
mesh:D003922\tDiabetes Mellitus, Type 1\ttype 1 diabetes
mesh:D003924\tDiabetes Mellitus, Type 2\ttype 2 diabetes
mondo:0005148\tnoninsulin diabetes\t
mesh:D018232\tRhabdomyosarcoma, Alveolar\tARMS
mesh:D020820\tDyskinesias\t
mesh:D004409\tDyskinesia, Drug-Induced\t
mesh:D020246\tVenous Thrombosis\t
mesh:D009203\tMyocardial Infarction\tMI
mesh:D004194\tDisease\tdiseases
mesh:D000163\tAcquired Immunodeficiency Syndrome\tAIDS|aids
mesh:D007239\tInfections\tinfection
mesh:D016481\tHelicobacter Infections\t
hp:0005202\tHelicobacter pylori infection\t
hp:0410030\tcleft lip/palate\t
mesh:D002971\tCleft Lip\t
mesh:D002972\tCleft Palate\t
mondo:0016063\tCowden zorb\tcancer syndrome
mondo:0018630\tzorbophthisis\t
mesh:C537699\tZorbophthisis, Type I\t
""",
    "chemical": """\
id\tname\tsynonyms
mesh:D000068677\tSildenafil Citrate\tViagra
chebi:9139\tsildenafil\t
chebi:81976\tTCA-sodium\t
mesh:C111716\tdocosahexaenoylascorbic acid\tDHA-As
mesh:C018824\tammonium acetate\t
mesh:D016572\tCyclosporine\tCsA
mesh:C050795\tN,N-dimethyl-4-anisidine\tDMPA
mesh:D000085\tAcetates\t
mesh:D012964\tSodium\t
mesh:D010100\tOxygen\t
mesh:D013481\tSuperoxides\tO2-
mesh:C036350\t3-chloro-4,4-dimethyl-2-oxazolidinone\tagent I
mesh:C000111\tformestane\t4-OHA
mesh:C018147\tSR-AT\tSR AT
""",
    "species": """\
id\tname\tsynonyms
ncbitaxon:9606\tHomo sapiens\thuman|humans|patients
ncbitaxon:10090\tMus musculus\tmouse|mice
ncbitaxon:28901\tSalmonella enterica\t
ncbitaxon:590\tSalmonella\t
ncbitaxon:210\tHelicobacter pylori\tH. pylori
ncbitaxon:306562\tAngustonicus mare\tA. mare
ncbitaxon:1050\tTyphis\t
ncbitaxon:1051\tDublin\t
ncbitaxon:317\tPseudomonas syringae\t
ncbitaxon:4081\tSolanum lycopersicum\ttomato
ncbitaxon:7215\tDrosophila\tfly|flies
ncbitaxon:7227\tDrosophila melanogaster\tfruit fly
ncbitaxon:2697049\tSARS-CoV-2\t
ncbitaxon:10239\tViruses\tvirus
""",
}


def _as_official(folder: Path) -> Normalizer:
    """Open tables as a publisher's: a list of one's own would decide for itself."""
    loaded = Normalizer.load([folder, "none"])
    for opened in loaded.vocabularies.values():
        for vocabulary in opened:
            vocabulary.layer = "official"
    return loaded


@pytest.fixture(scope="module")
def everyday(tmp_path_factory: pytest.TempPathFactory) -> Normalizer:
    folder = tmp_path_factory.mktemp("everyday")
    for name, text in FAULTS.items():
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    return _as_official(folder)


@pytest.mark.parametrize(
    ("text", "mention", "kind", "expected"),
    [
        # What the document defines counts, not what the letters mean elsewhere.
        ("Acute dermatitis (AD) itches. AD stays.", "AD", "Disease", ["mesh:D003872"]),
        ("Refractory asthma (RA). RA stays.", "RA", "Disease", ["mesh:D001249"]),
        ("Chronic fatigue (CF). CF stays.", "CF", "Disease", []),
        # Nor does a word shared make letters mean what they mean elsewhere.
        ("Carotid fibrosis (CF). CF stays.", "CF", "Disease", []),
        ("Carotid fibrosis (CF).", "Carotid fibrosis", "Disease", []),
        ("Multifocal sclerosis (MS). MS stays.", "MS", "Disease", []),
        ("Multiple sclerosis (MS). MS stays.", "MS", "Disease", ["mesh:D009103"]),
        # A long form's own short forms are spelled out; one at the end means nothing.
        ("Kidney MM (KMM) and multiple myeloma (MM).", "KMM", "Disease",
         ["mesh:D009101"]),
        ("It was kidney DM.", "kidney DM", "Disease", []),
        # Undefined, a disease's letters need a word of the document beside them.
        ("Men with DM came.", "DM", "Disease", []),
        ("Men with DM, a dystrophy, came.", "DM", "Disease", ["mesh:D009223"]),
        # A word goes with its non-, or not at all.
        ("With non-diabetic nephropathies.", "non-diabetic nephropathies", "Disease",
         ["mesh:D007674"]),
        ("With non-allergic rhinitis.", "non-allergic rhinitis", "Disease",
         ["mesh:D012220"]),
        # How it is, is not what it is.
        ("It was stable.", "stable", "Disease", []),
        ("It was unilateral.", "unilateral", "Disease", []),
        ("It was metastatic.", "metastatic", "Disease", ["mesh:D009362"]),
        ("When blood pressure falls.", "blood pressure falls", "Disease",
         ["mesh:D007022"]),
        ("When pressure falls.", "pressure falls", "Disease", []),
        # A stroke may be a part of one name.
        ("An attention-deficit/hyperactivity disorder.",
         "attention-deficit/hyperactivity disorder", "Disease", ["mesh:D001289"]),
        ("Human C-C motif chemokine receptor 5.", "C-C motif chemokine receptor 5",
         "Gene", ["ncbigene:1234"]),
        ("Paid in deutschmarks (DM). DM fell.", "DM", "Disease", []),
        ("Hemoglobin (Hb) fell.", "Hb", "Gene", []),
        ("Hemoglobin (Hb) fell.", "Hemoglobin", "Gene", []),
        # Doubled letters are initials.
        ("Aplastic anemia (AA). AA stays.", "AA", "Disease", ["mesh:D000741"]),
        ("Multiple myeloma (MM). MM stays.", "MM", "Disease", ["mesh:D009101"]),
        # Genes that make a protein go before what is named after them.
        ("Human p27 fell.", "p27", "Gene", ["ncbigene:1027"]),
        ("Human insulin fell.", "insulin", "Gene", ["ncbigene:3630"]),
        # Short forms that everybody uses mean what everybody means.
        ("Serum LH of patients.", "LH", "Gene", ["ncbigene:3972"]),
        ("Serum HDL of patients.", "HDL", "Gene", []),
        # A ligand is not its receptor, and a symbol takes no s.
        ("Human FSH rose.", "FSH", "Gene", ["ncbigene:2488"]),
        ("Human follicle stimulating hormone rose.", "follicle stimulating hormone",
         "Gene", ["ncbigene:2488"]),
        ("Patients with high FPG.", "FPG", "Gene", []),
        ("Human alpha1(V) chains.", "alpha1(V)", "Gene", ["ncbigene:1289"]),
        # Several things at once, and one thing with a conjunction in its name.
        ("Hepatitis B and C.", "Hepatitis B and C", "Disease",
         ["mesh:D006509", "mesh:D006526"]),
        ("Human interleukin-1 and -6 rose.", "interleukin-1 and -6", "Gene",
         ["ncbigene:3552", "ncbigene:3569"]),
        ("In type 1 and 2 diabetes.", "type 1 and 2 diabetes", "Disease",
         ["mesh:D003922", "mesh:D003924"]),
        ("In breast and ovarian cancer.", "breast and ovarian cancer", "Disease",
         ["mesh:D001943", "mesh:D010051"]),
        ("In head and neck cancer.", "head and neck cancer", "Disease",
         ["mesh:D006258"]),
        ("Human interleukin-1alpha and -6.", "interleukin-1alpha and -6", "Gene",
         ["ncbigene:3552", "ncbigene:3569"]),
        ("Men had anxiety and depression.", "anxiety and depression", "Disease",
         ["mesh:D001007", "mesh:D003863"]),
        # A word of two meanings.
        ("The ECG showed ST depression.", "ST depression", "Disease", []),
        ("It showed long-term depression.", "long-term depression", "Disease", []),
        ("The ECG showed ST depression.", "depression", "Disease", []),
        ("It showed long-term depression.", "depression", "Disease", []),
        ("After ST elevation and depression.", "depression", "Disease",
         ["mesh:D003863"]),
        ("It caused CNS depression.", "CNS depression", "Disease", []),
        ("The mother had severe depression.", "severe depression", "Disease",
         ["mesh:D003863"]),
        ("Patients had COVID-19.", "COVID-19", "Disease", ["mesh:D000086382"]),
        ("SARS-CoV-2 spread.", "SARS-CoV-2", "Species", ["ncbitaxon:2697049"]),
        # A serovar stays in its genus.
        ("Salmonella enterica serovar Typhi grew.", "Salmonella enterica serovar Typhi",
         "Species", ["ncbitaxon:28901"]),
        ("Salmonella Dublin grew.", "Salmonella Dublin", "Species", ["ncbitaxon:590"]),
        ("S. Typhi grew.", "S. Typhi", "Species", ["ncbitaxon:590"]),
        ("The serovar Typhi grew.", "serovar Typhi", "Species", []),
        ("Pseudomonas syringae pv. tomato.", "Pseudomonas syringae pv. tomato",
         "Species", ["ncbitaxon:317"]),
        ("Here Pseudomonas syringae pathovar tomato.",
         "Pseudomonas syringae pathovar tomato", "Species", ["ncbitaxon:317"]),
        # A numbered symbol is its receptor's own, no antisense RNA's.
        ("Human AT1 rose.", "AT1", "Gene", ["ncbigene:185"]),
        ("Human LDL rose.", "LDL", "Gene", []),
        # A number more is another thing; two letters name anything somewhere.
        ("Human 5-HT rose.", "5-HT", "Gene", []),
        ("Human NO rose.", "NO", "Gene", []),
        # What is measured, and other molecules, are no genes.
        ("Human BMD fell.", "BMD", "Gene", []),
        ("Human LPS rose.", "LPS", "Gene", []),
        ("Human cAMP rose.", "cAMP", "Gene", []),
        ("Human CAMP rose.", "CAMP", "Gene", ["ncbigene:820"]),
        ("Human P-gp rose.", "P-gp", "Gene", ["ncbigene:5243"]),
        # Of a hormone, one subunit tells the kind.
        ("Human thyrotropin rose.", "thyrotropin", "Gene", ["ncbigene:7252"]),
        # "FH deficiency" lacks a protein; "advanced disease" is no injury.
        ("In FH deficiency.", "FH deficiency", "Disease", []),
        ("In advanced disease.", "advanced disease", "Disease", []),
        # A virus, and a Latin letter for a Greek one.
        ("With CMV disease.", "CMV disease", "Disease", ["mesh:D003586"]),
        ("With b-thalassemia.", "b-thalassemia", "Disease", ["mesh:D017086"]),
        ("With mental retardation.", "mental retardation", "Disease",
         ["mesh:D008607"]),
        # Short forms: no salt is added, no letter dropped; most words count.
        ("They took TCA.", "TCA", "Chemical", []),
        ("They took DHA.", "DHA", "Chemical", []),
        ("Syndrome of inappropriate ADH (SIADH). SIADH stays.", "SIADH", "Disease",
         ["mesh:D007177"]),
        ("They had ARM.", "ARM", "Disease", []),
        # A plural defines its singular; what works against a virus is not it.
        ("Multiple myelomas (MMs) grew. One MM grew.", "MM", "Disease",
         ["mesh:D009101"]),
        ("By anti-cytomegalovirus (CMV) drugs. CMV stayed.", "CMV", "Disease",
         ["mesh:D003586"]),
        # No virus is just any virus.
        ("With Nipah virus.", "Nipah virus", "Species", []),
        # What blood flows to the heart in is not what it flows from it in.
        ("With arterial thrombosis.", "arterial thrombosis", "Disease", []),
        ("With vein thrombosis.", "vein thrombosis", "Disease", ["mesh:D020246"]),
        # One letter names nothing, and two substances are not the first of them.
        ("The allele DRD4 S.", "DRD4 S", "Disease", []),
        ("It was drug A.", "A", "Chemical", []),
        ("It had sodium potassium.", "sodium potassium", "Chemical", []),
        ("They breathed O2.", "O2", "Chemical", ["mesh:D010100"]),
        ("They made O2-.", "O2-", "Chemical", ["mesh:D013481"]),
        ("It had 4-OH there.", "4-OH", "Chemical", []),
        ("In SR they saw.", "SR", "Chemical", []),
        ("It was compound 1.", "compound 1", "Chemical", []),
        # Hearing aids are no disease.
        ("With memory aids.", "memory aids", "Disease", []),
        ("With acquired AIDS.", "AIDS", "Disease", ["mesh:D000163"]),
        # What infects is not left out.
        ("With H. pylori infections.", "H. pylori infections", "Disease",
         ["mesh:D016481"]),
        ("With Q. zorbii infection.", "Q. zorbii infection", "Disease", []),
        ("With Helicobacter pylori infection.", "Helicobacter pylori infection",
         "Disease", ["mesh:D016481"]),
        ("With a Kidney zorb infection.", "Kidney zorb infection", "Disease",
         ["mesh:D007239"]),
        # Of two things that MeSH has one by one, no other list makes one.
        ("With cleft lip/palate.", "cleft lip/palate", "Disease",
         ["mesh:D002971", "mesh:D002972"]),
        # A piece of a name is too far from what others call so.
        ("With a breast cancer syndrome.", "breast cancer syndrome", "Disease",
         ["mesh:D001943"]),
        # MeSH has the first of that name alone.
        ("With zorbophthisis.", "zorbophthisis", "Disease", ["mesh:C537699"]),
        # A mare is no flea of that name, however its genus is shortened.
        ("They saw mare 7.", "mare", "Species", []),
        # One name space: the salt that is sold is the drug.
        ("Men took sildenafil.", "sildenafil", "Chemical", ["mesh:D000068677"]),
    ],
)  # fmt: skip
def test_kinds_of_wrong_links(
    everyday: Normalizer, text: str, mention: str, kind: str, expected: list[str]
) -> None:
    found = everyday(document(text, **{mention.replace(" ", "_"): kind}))
    assert {tuple(m.concepts) for m in found.mentions} == {tuple(expected)}


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Levodopa-induced severe dyskinesias came. Dyskinesias went.", "D004409"),
        ("Levodopa dyskinesias came.", "D004409"),
        ("Levodopa and substance-induced dyskinesias came.", "D004409"),
        ("Dyskinesias caused by oral Levodopa came.", "D004409"),
        ("Dyskinesias came after Levodopa.", "D020820"),
        ("Dyskinesias came with Levodopa.", "D020820"),
        ("Stress-induced dyskinesias came with Levodopa.", "D020820"),
    ],
)
def test_what_a_drug_induces_has_a_name_of_its_own(
    everyday: Normalizer, text: str, concept: str
) -> None:
    found = everyday(
        document(
            text, Levodopa="Chemical", dyskinesias="Disease", Dyskinesias="Disease"
        )
    )
    linked = {m.concepts for m in found.mentions if m.type == "Disease"}
    assert linked == {(f"mesh:{concept}",)}


def test_a_long_form_begins_where_its_name_does(everyday: Normalizer) -> None:
    text = (
        "The conversion in patients undergoing cyclosporine (CsA) failed. CsA stayed."
    )
    found = everyday(document(text, cyclosporine="Chemical", CsA="Chemical"))
    assert {m.concepts for m in found.mentions} == {("mesh:D016572",)}


@pytest.mark.parametrize(
    ("long", "short", "kind"),
    [
        ("Mixed incontinence", "MI", "Disease"),
        ("Depot medroxyprogesterone acetate", "DMPA", "Chemical"),
    ],
)
def test_letters_in_brackets_mean_what_stands_before(
    everyday: Normalizer, long: str, short: str, kind: str
) -> None:
    marked = {long.replace(" ", "_"): kind, short: kind}
    found = everyday(document(f"{long} ({short}) came. {short} stayed.", **marked))
    assert {m.concepts for m in found.mentions} == {()}


def test_annotators_letters_need_a_word_of_the_document(tmp_path: Path) -> None:
    names = "id\tname\tsynonyms\nmesh:D017239\tPaclitaxel\t\n"
    (tmp_path / "chemical.tsv").write_text(names, encoding="utf-8")
    linker = Normalizer.load([tmp_path, "lexicon"], index=None)
    alone = linker(document("They gave PAC.", PAC="Chemical"))
    beside = linker(document("They gave PAC; paclitaxel helped.", PAC="Chemical"))
    assert ids(alone, "PAC") == [()]
    assert ids(beside, "PAC") == [("mesh:D017239",)]


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("The zorb loss was small.", ()),
        ("The zorb loss, a postpartum hemorrhage, was small.", ("mesh:D006473",)),
        # One word says what kind of thing it is, and a like name what it is.
        ("Then zorb swelling came.", ("mesh:D004487",)),
        ("Then postpartum zorbs came.", ("mesh:D006473",)),
    ],
)
def test_what_one_annotator_meant_needs_a_document_that_says_so(
    tmp_path: Path, text: str, concept: tuple[str, ...]
) -> None:
    rows = ("D006473\tPostpartum Hemorrhage", "D004487\tEdema")
    names = "id\tname\tsynonyms\n" + "".join(f"mesh:{row}\t\n" for row in rows)
    (tmp_path / "disease.tsv").write_text(names, encoding="utf-8")
    gold = "1|t|A.\n1|a|B zorb loss, zorb swelling, postpartum zorbs.\n"
    for name, number in (
        ("zorb loss", "D006473"), ("zorb swelling", "D004487"),
        ("postpartum zorbs", "D006473"),
    ):  # fmt: skip
        start = gold.index(name) - len("1|t|1|a|")
        gold += f"1\t{start}\t{start + len(name)}\t{name}\tDisease\t{number}\n"
    (tmp_path / "gold.PubTator").write_text(gold + "\n", encoding="utf-8")
    files = [tmp_path / "disease.tsv", tmp_path / "gold.PubTator"]
    linker = Normalizer({"Disease": [build_vocabulary("Disease", files)]})
    marks = {"zorb_loss": "Disease", "zorb_swelling": "Disease",
             "postpartum_zorbs": "Disease"}  # fmt: skip
    (mention,) = linker(document(text, **marks)).mentions
    assert mention.concepts == concept


def test_what_is_named_twice_is_one_thing(everyday: Normalizer) -> None:
    text = "It was ammonium acetate (NH4Ac; 6 mmol), or XZ-1 in water. NH4Ac and XZ-1."
    marks = {"NH4Ac": "Chemical", "XZ-1": "Chemical"}
    found = everyday(document(text, ammonium_acetate="Chemical", **marks))
    assert set(ids(found, "NH4Ac")) == {("mesh:C018824",)}
    assert set(ids(found, "XZ-1")) == {()}
    # What has a class in front of it is not that class.
    for text in ("Cyclosporines (XZ-1) rose.", "We gave a cyclosporine (XZ-1)."):
        marks = {"XZ-1": "Chemical", "Cyclosporines": "Chemical"}
        found = everyday(document(text, cyclosporine="Chemical", **marks))
        assert ids(found, "XZ-1") == [()]
        assert {m.concepts for m in found.mentions} == {(), ("mesh:D016572",)}
    text = "We gave XZ-1 [ammonium acetate], in brackets (XZ-2)."
    marks = {"XZ-1": "Chemical", "XZ-2": "Chemical"}
    found = everyday(document(text, ammonium_acetate="Chemical", **marks))
    assert ids(found, "XZ-1") == [("mesh:C018824",)]
    assert ids(found, "XZ-2") == [()]


def test_genes_of_a_genus_are_those_of_its_model_organism(everyday: Normalizer) -> None:
    found = everyday(
        document("The wingless of flies.", wingless="Gene", flies="Species")
    )
    assert [m.concepts for m in found.mentions] == [
        ("ncbigene:33824",), ("ncbitaxon:7215",)
    ]  # fmt: skip


def test_a_short_form_with_two_definitions_has_two_senses(everyday: Normalizer) -> None:
    text = (
        "Multiple sclerosis (MS) is rare. MS was seen. By mass spectrometry (MS) we "
        "saw it. MS failed."
    )
    found = everyday(document(text, MS="Disease"))
    senses = [m.concepts for m in found.mentions]
    assert senses == [("mesh:D009103",), ("mesh:D009103",), (), ()]


def test_a_name_said_again_is_spelled_out_by_the_sense_of_its_place(
    everyday: Normalizer,
) -> None:
    text = "Multiple sclerosis (MS) is rare. By mass spectrometry (MS) we saw MS data."
    context = DocumentContext(everyday._lookup, Document.from_text(text), {})
    said = [context.expand("MS data", at) for at in (20, 66, 20, 66)]
    assert said == ["Multiple sclerosis data", "mass spectrometry data"] * 2


def test_one_species_alone_joins_orthologs(lists: Path) -> None:
    human = Normalizer.load([lists, "none"], taxa=[9606], index=None)
    for name, gene in (("Tgfb1", "7040"), ("TGF-beta 1", "7040"), ("p53", "7157")):
        assert human.link(name, "Gene").concepts == (f"ncbigene:{gene}",)


def test_a_reference_leads_to_the_ortholog_of_another_symbol(tmp_path: Path) -> None:
    (tmp_path / "gene.tsv").write_text(
        "id\tname\tsynonyms\ttaxon\txrefs\n"
        "ncbigene:7157\tTP53\ttumor protein\t9606\tmgi:98834\n"
        "ncbigene:22059|mgi:98834\tTrp53\t\t10090\t\n"
    )
    mouse = Normalizer.load([tmp_path, "none"], taxa=[10090], index=None)
    for name in ("TP53", "tumor protein"):
        assert mouse.link(name, "Gene").concepts == ("ncbigene:22059",)


def test_letters_mean_their_long_form_and_no_kind_of_it_that_has_its_name(
    tmp_path: Path,
) -> None:
    rows = (
        "id\tname\tsynonyms\nmesh:D000001\tZorbal flux\t\n"
        "mesh:D000002\tZorbal Flux, Type 1\tZFX|flux zorbal\n"
    )
    (tmp_path / "disease.tsv").write_text(rows, encoding="utf-8")
    linker = Normalizer.load([tmp_path, "none"], index=None)
    text = "Zorbal flux (ZFX) is rare. ZFX was seen."
    marked = {"Zorbal_flux": "Disease", "ZFX": "Disease"}
    found = linker(document(text, **marked)).mentions
    assert {m.concepts for m in found} == {("mesh:D000001",)}


@pytest.mark.parametrize("text", ["ZFRs", "ZFR"])
def test_no_rewrite_goes_round_what_undefined_letters_need(
    tmp_path: Path, text: str
) -> None:
    rows = (
        "id\tname\tsynonyms\nmesh:C000001\tZorbal cavity\tZFR syndrome|ZFRs syndrome\n"
    )
    (tmp_path / "disease.tsv").write_text(rows, encoding="utf-8")
    linker = Normalizer.load([tmp_path, "none"], index=None)
    alone = linker(document(f"They saw {text}.", **{text: "Disease"}))
    beside = linker(document(f"They saw zorbal {text}.", **{text: "Disease"}))
    assert ids(alone, text) == [()]
    assert ids(beside, text) == [("mesh:C000001",)]


#: Of the last, an ontology says no more than that the name is related.
DRUGS = "format-version: 1.2\n" + "".join(
    f"\n[Term]\nid: CHEBI:{number}\nname: {name}\n{synonym}"
    for number, name, synonym in (
        (1, "zorbacillin", ""),
        (2, "zinc zorbonate", ""),
        (3, "zorbonates", 'synonym: "zorbonate" EXACT []\n'),
        (4, "zulphate", 'synonym: "Zo+" EXACT []\n'),
        (5, "zebraphosphate", 'synonym: "zebp" RELATED []\n'),
        (6, "quazodrine", ""),
        (7, "lithium", ""),
        (8, "lithium chloride", ""),
        (9, "oral sterilants", 'synonym: "oral contraceptive" EXACT []\n'),
    )
)


@pytest.mark.parametrize(
    ("text", "marks", "concept"),
    [
        # Letters that fit ill are the name's before them, wherever they stand.
        ("zorbacillin (ZO) helps. ZO", ("zorbacillin", "ZO"), "chebi:1"),
        ("zorbacillin (ZEBP) helps. ZEBP", ("zorbacillin", "ZEBP"), "chebi:1"),
        # A formula says more than the word before it.
        ("lithium (LiCl) helps. LiCl", ("lithium", "LiCl"), "chebi:8"),
        ("quazodrine (ZEBP) helps. ZEBP", ("quazodrine", "ZEBP"), None),
        # Alone, a name that has the letters in small says nothing.
        ("It was ZEBP", ("ZEBP",), None),
        # The letters fit the last word as well.
        ("zinc zorbonate (ZO) helps. ZO", ("zinc_zorbonate", "ZO"), "chebi:2"),
        # What is in brackets behind a class is one of it.
        (
            "oral contraceptive (Zasmin) or Zasmin",
            ("oral_contraceptive", "Zasmin"),
            None,
        ),
    ],
)
def test_letters_in_brackets_are_the_drugs_before_them(
    tmp_path: Path, text: str, marks: tuple[str, ...], concept: str | None
) -> None:
    (tmp_path / "chemical.obo").write_text(DRUGS, encoding="utf-8")
    built = build_vocabulary("Chemical", [tmp_path / "chemical.obo"])
    linker = Normalizer({"Chemical": [built]})
    found = linker(document(f"We saw that {text}.", **dict.fromkeys(marks, "Chemical")))
    assert found.mentions[-1].concepts == ((concept,) if concept else ())


NEARBY = {
    "disease": [
        "mesh:D020521\tStroke\tstroke",
        "mesh:D003866\tDepressive Disorder\tdepression",
        "mesh:D011471\tProstatic Neoplasms\tPC|prostate cancer",
        "mesh:D015451\tLeukemia, Lymphocytic, Chronic, B-Cell\tchronic lymphocytic "
        "leukemia of B cell type",
        "mesh:D003922\tDiabetes Mellitus, Type 1\ttype 1 diabetes mellitus",
        "mesh:D003924\tDiabetes Mellitus, Type 2\ttype 2 diabetes mellitus",
        "mesh:C565100\tDiabetes Mellitus, Insulin-Dependent, 2\ttype 1 diabetes "
        "mellitus 2",
        "mesh:D006506\tHepatitis A\t", "mesh:D006509\tHepatitis B\t",
        "mesh:D006526\tHepatitis C\t",
    ],
    "chemical": [
        "mesh:C041626\tdihydromethylphenazine\tMPH",
        "mesh:D000077146\tIrinotecan\tCPT-11",
    ],
    "species": [
        "ncbitaxon:10116\tRattus norvegicus\trat|rats",
        "ncbitaxon:10090\tMus musculus\tmouse|mice",
        "ncbitaxon:10181\tHeterocephalus glaber\tnaked mole-rat",
        "ncbitaxon:10129\tApodemus sylvaticus\twood mouse",
        "ncbitaxon:9689\tPanthera leo\tlion",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def nearby(tmp_path_factory: pytest.TempPathFactory) -> Normalizer:
    folder = tmp_path_factory.mktemp("nearby")
    for kind, rows in NEARBY.items():
        text = "\n".join(["id\tname\tsynonyms", *rows])
        (folder / f"{kind}.tsv").write_text(text, encoding="utf-8")
    return _as_official(folder)


@pytest.mark.parametrize(
    ("text", "mention", "kind", "expected"),
    [
        # What stands behind may make no disease of it.
        ("Their stroke volume fell, and heart rate.", "stroke", "Disease", []),
        ("Infarcts grew: stroke volume rose.", "stroke", "Disease", ["mesh:D020521"]),
        ("After a stroke they fell.", "stroke", "Disease", ["mesh:D020521"]),
        ("A depression of oxygen uptake.", "depression", "Disease", []),
        ("A depression in old age.", "depression", "Disease", ["mesh:D003866"]),
        ("Three small skin depressions.", "skin depressions", "Disease", []),
        # A group's short form is the document's own.
        ("A prewarmed cells group (PC group) had less prostate damage. PC helped.",
         "PC", "Disease", []),
        # Letters of what few papers are about need a word of the document.
        ("Children took MPH.", "MPH", "Chemical", []),
        ("They took CPT-11.", "CPT-11", "Chemical", ["mesh:D000077146"]),
        # The comma of an inverted name joins nothing, and a row has several members.
        ("Type 1 and type 2 diabetes mellitus.", "Type 1 and type 2 diabetes mellitus",
         "Disease", ["mesh:D003922", "mesh:D003924"]),
        ("Hepatitis A-C.", "Hepatitis A-C", "Disease",
         ["mesh:D006506", "mesh:D006509", "mesh:D006526"]),
        # What stands before an animal may make another of it, a strain does not.
        ("The naked mole rat.", "rat", "Species", ["ncbitaxon:10181"]),
        ("Two mole rats.", "rats", "Species", []),
        ("Two mole rats.", "mole rats", "Species", []),
        ("Many wood mice.", "wood mice", "Species", ["ncbitaxon:10129"]),
        ("Many deer mice.", "mice", "Species", []),
        ("A sea lion.", "sea lion", "Species", []),
        ("Many nude mice.", "nude mice", "Species", ["ncbitaxon:10090"]),
    ],
)  # fmt: skip
def test_words_around_a_name_may_make_another_of_it(
    nearby: Normalizer, text: str, mention: str, kind: str, expected: list[str]
) -> None:
    start = text.rindex(mention)
    found = Mention(start=start, end=start + len(mention), text=mention, type=kind)
    document = Document.from_text(text, id="1").with_mentions([found])
    (linked,) = nearby(document.with_status("recognize", "done")).mentions
    assert list(linked.concepts) == expected


def marked(text: str, *mentions: tuple[str, str]) -> Document:
    """Return a document with the first of each text marked as a recognizer does."""
    found = [
        Mention(
            start=(start := text.index(said)), end=start + len(said), text=said,
            type=kind, recognizer="tagger",
        )
        for said, kind in mentions
    ]  # fmt: skip
    document = Document.from_text(text, id="1").with_mentions(found)
    return document.with_status("recognize", "done")


def test_a_short_form_of_letters_all_over_a_name_means_the_whole(
    nearby: Normalizer,
) -> None:
    long = "Chronic lymphocytic leukemia of B cell type"
    mentions = nearby(
        marked(f"{long} (B-CLL).", (long, "Disease"), ("B-CLL", "Disease"))
    ).mentions
    assert [m.concepts for m in mentions] == [("mesh:D015451",)] * 2


def test_germs_are_species_and_have_their_serogroups(tmp_path: Path) -> None:
    rows = [
        "id\tname", "ncbitaxon:1637\tListeria", "ncbitaxon:487\tNeisseria meningitidis",
        "ncbitaxon:491\tNeisseria meningitidis serogroup B",
    ]  # fmt: skip
    (tmp_path / "species.tsv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "disease.tsv").write_text("id\tname\nmesh:D003371\tCough")
    load = Normalizer.load([tmp_path, "none"])
    document = marked(
        "Neisseria meningitidis serogroup B and Listeria, then Neisseria.",
        ("Neisseria meningitidis", "Species"), ("Listeria", "Disease"),
    )  # fmt: skip
    assert [(m.text, m.type, m.concepts) for m in load(document).mentions] == [
        ("Neisseria meningitidis serogroup B", "Species", ("ncbitaxon:491",)),
        ("Listeria", "Species", ("ncbitaxon:1637",)),
    ]


def test_a_letter_is_the_drug_that_it_stands_behind(tmp_path: Path) -> None:
    rows = ["id\tname", "mesh:D006852\tHydrochlorothiazide", "mesh:D006859\tH"]
    (tmp_path / "chemical.tsv").write_text("\n".join(rows), encoding="utf-8")
    load = Normalizer.load([tmp_path, "none"])
    drug = "hydrochlorothiazide"
    document = marked(f"{drug} (H) was given.", (drug, "Chemical"), ("H", "Chemical"))
    assert {m.concepts for m in load(document).mentions} == {("mesh:D006852",)}


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        # What is lacking is no disease of its letters, nor is lacking a place.
        ("PiMS deficiency", ()),
        ("spectrin deficiencies", ()),
        # The head of an organ is no head.
        ("gastric head cancers", ("mesh:D013274",)),
        ("head and neck cancers", ("mesh:D006258",)),
    ],
)
def test_letters_and_last_words_are_not_enough(
    tmp_path: Path, text: str, concepts: tuple[str, ...]
) -> None:
    rows = [
        "id\tname\tsynonyms", "mondo:0100163\tinflammatory syndrome\tPIMS",
        "mesh:D003677\tDeficiency Diseases\t",
        "mesh:D006258\tHead and Neck Neoplasms\thead cancers|head and neck cancers",
        "mesh:D013274\tStomach Neoplasms\tgastric cancers",
    ]  # fmt: skip
    (tmp_path / "disease.tsv").write_text("\n".join(rows), encoding="utf-8")
    assert (
        Normalizer.load([tmp_path, "none"]).link(text, "Disease").concepts == concepts
    )
