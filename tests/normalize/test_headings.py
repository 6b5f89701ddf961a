"""Which heading a name leads to, where lists have several for it or none of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kgbuild.document import Document, Mention
from kgbuild.normalize import Normalizer, build_vocabulary
from kgbuild.normalize.compiler import compile_entries
from kgbuild.normalize.sources import Entry
from kgbuild.normalize.vocabulary import Source

if TYPE_CHECKING:
    from pathlib import Path

    from kgbuild.normalize.sources import Status
    from kgbuild.normalize.vocabulary import Vocabulary


def entry(
    concept: str, name: str, status: Status = "synonym", *others: str, parent: str = ""
) -> Entry:
    """Make a concept with other names of one status and a broader concept."""
    names = tuple((other, status) for other in others)
    parents = (parent,) if parent else ()
    return Entry(concept=concept, name=name, names=names, parents=parents)


DISEASES = [
    entry("mesh:D000081208", "Hereditary Complement Deficiency Diseases"),
    entry("mondo:0009006", "complement component 2 deficiency", "synonym",
          "C2 deficiency", parent="mesh:D000081208"),
    entry("mondo:0013720", "complement component 4b deficiency", "synonym",
          "C4B deficiency", parent="mesh:D000081208"),
    entry("mondo:0100001", "inherited complement deficiency", "synonym",
          parent="mesh:D000081208"),
    entry("mesh:D017180", "Tachycardia, Ventricular", "related",
          "paroxysmal supraventricular tachycardia",
          "paroxysmal ventricular tachycardia"),
    entry("mesh:D013617", "Tachycardia, Supraventricular"),
    entry("hp:0004763", "Paroxysmal supraventricular tachycardia",
          parent="mesh:D013617"),
    entry("mesh:D061325", "Hereditary Breast and Ovarian Cancer Syndrome", "synonym",
          "hereditary breast and ovarian cancer", "hereditary breast or ovarian cancer",
          "breast and ovarian cancer"),
    entry("mesh:C562840", "Breast Cancer, Familial", "synonym",
          "hereditary breast cancer"),
    entry("mesh:D001943", "Breast Neoplasms", "synonym", "breast cancer"),
    entry("mesh:D010051", "Ovarian Neoplasms", "synonym", "ovarian cancer"),
    entry("mesh:D007414", "Intestinal Neoplasms"),
    entry("mesh:D015179", "Colorectal Neoplasms", "synonym", "colorectal tumor"),
    entry("mondo:0021444", "benign colorectal tumor", parent="mesh:D007414"),
    entry("mesh:D002277", "Carcinoma", "synonym", "serous carcinoma"),
    entry("mondo:0006341", "ovarian serous carcinoma", parent="mesh:D010051"),
    entry("mesh:D014842", "von Willebrand Diseases", "synonym",
          "von Willebrand disease"),
    entry("mesh:D007674", "Kidney Diseases"),
    entry("mesh:D012509", "Sarcoma", "synonym", "reticulum sarcoma"),
    entry("mesh:D008223", "Lymphoma"),
    entry("mondo:0009975", "reticulum cell sarcoma", "synonym", "giant cell lymphoma",
          parent="mesh:D012509"),
    entry("mesh:D001927", "Brain Diseases"),
    entry("mesh:D006331", "Heart Diseases"),
    entry("mesh:D030342", "Genetic Diseases, Inborn"),
    entry("mesh:D040181", "Genetic Diseases, X-Linked"),
    entry("mesh:D005489", "Focal Dermal Hypoplasia"),
    entry("mesh:D020752", "Fanconi Syndrome", "synonym", "FACE"),
    entry("mesh:D007022", "Hypotension"),
    entry("mesh:D001919", "Bradycardia"),
    entry("mesh:D038901", "Mental Retardation, X-Linked", "synonym",
          "X-linked mental retardation"),
    replace(entry("mesh:C564591", "Lyase Deficiency"), aliases=("omim:143470",)),
    entry("mondo:0007744", "type L lyase deficiency", "synonym", "SFL deficiency",
          parent="mesh:C564591"),
]  # fmt: skip

CHEMICALS = [
    entry("mesh:C081643", "candesartan"),
    entry("mesh:C077793", "candesartan cilexetil", "preferred", "Candesartan"),
]


def compiled(kind: str, entries: list[Entry]) -> Vocabulary:
    source = Source(file="own", format="own", sha256="", bytes=0, date="")
    return compile_entries(kind, [(source, entries)])


@pytest.fixture(scope="module")
def normalizer() -> Normalizer:
    given = {"Disease": DISEASES, "Chemical": CHEMICALS}
    return Normalizer({kind: [compiled(kind, rows)] for kind, rows in given.items()})


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        # A number makes them two, whatever they have in common.
        ("C2 deficiency", ["mondo:0009006"]),
        ("type I C2 deficiency", ["mondo:0009006"]),
        ("C4B deficiency", ["mondo:0013720"]),
        ("inherited complement deficiency", ["mesh:D000081208"]),
        # A list that files it under another heading is not asked first.
        ("paroxysmal supraventricular tachycardia", ["mesh:D013617"]),
        ("paroxysmal ventricular tachycardia", ["mesh:D017180"]),
        # The syndrome's name but for "syndrome"; "or" and no heredity are two.
        ("hereditary breast and ovarian cancer", ["mesh:D061325"]),
        ("hereditary breast or ovarian cancer", ["mesh:C562840", "mesh:D010051"]),
        ("breast and ovarian cancer", ["mesh:D001943", "mesh:D010051"]),
        # Less one word is nearer than a broader heading that has another for it.
        ("benign colorectal tumor", ["mesh:D015179"]),
        ("ovarian serous carcinoma", ["mesh:D010051"]),
        # A list's synonym makes no sarcoma of what says that it is a lymphoma.
        ("giant cell lymphoma", ["mesh:D008223"]),
        ("reticulum cell sarcoma", ["mesh:D012509"]),
        # A kind that no list has, and a list of which one part is known.
        ("von Willebrand disease type 2Q", ["mesh:D014842"]),
        ("breast and zygomorphic cancer", ["mesh:D001943"]),
        # What nothing names is what is called of its place, if harm is spoken of.
        ("loss of glomerular podocytes", ["mesh:D007674"]),
        ("hippocampal damage", ["mesh:D001927"]),
        ("hippocampal volume", []),
        # All that is known of it is how it is inherited.
        ("autosomal codominant disorder", ["mesh:D030342"]),
        ("X-linked recessive diseases", ["mesh:D040181"]),
        ("inherited zygomorphism", []),
        # A number of OMIM's, as papers write it.
        ("OMIM 143470", ["mesh:C564591"]),
        ("(MIM #143470)", ["mesh:C564591"]),
        ("Mendelian Inheritance in Man [MIM] 143470", ["mesh:C564591"]),
        ("OMIM 143471", []),
        # Small words begin no name: the face is no "FACE".
        ("flushing of the face", []),
        # Both fall.
        ("decrease of MBP and HR", ["mesh:D007022", "mesh:D001919"]),
        ("reductions in mean arterial pressure", ["mesh:D007022"]),
    ],
)
def test_a_disease_is_under_the_heading_of_its_words(
    normalizer: Normalizer, text: str, concepts: list[str]
) -> None:
    assert list(normalizer.link(text, "Disease").concepts) == concepts


@pytest.mark.parametrize("text", ["candesartan", "Candesartan", "CANDESARTAN"])
def test_a_capital_makes_no_other_drug(normalizer: Normalizer, text: str) -> None:
    assert normalizer.link(text, "Chemical").concepts == ("mesh:C081643",)


@pytest.mark.parametrize("text", ["hippocampal damage", "inherited disorders"])
def test_what_is_said_in_general_is_not_precise(text: str) -> None:
    vocabularies = {"Disease": [compiled("Disease", DISEASES)]}
    precise = Normalizer(vocabularies, thresholds="precise")
    assert Normalizer(vocabularies).link(text, "Disease").concepts
    assert not precise.link(text, "Disease").concepts


def test_letters_are_the_first_ones_of_a_disease_beside_them() -> None:
    text = "X-linked mental retardation is rare. XLMR has many genes, XLMT none."
    mentions = [
        Mention(start=text.index(t), end=text.index(t) + len(t), text=t, type="Disease")
        for t in ("X-linked mental retardation", "XLMR", "XLMT")
    ]
    document = Document.from_text(text).with_mentions(mentions)
    found = Normalizer({"Disease": [compiled("Disease", DISEASES)]})(document)
    long, short, other = found.mentions
    assert short.concepts == long.concepts == ("mesh:D038901",)
    assert short.method == "abbreviation"
    assert not other.concepts


@pytest.mark.parametrize(
    ("documents", "concept"), [(2, "mondo:0007744"), (1, "mesh:C564591")]
)
def test_several_annotators_keep_a_concept_from_its_broader_one(
    documents: int, concept: str
) -> None:
    said = Entry(
        concept="mondo:0007744", name="SFL deficiency", count=documents,
        names=(("SFL deficiency", "observed"),),
    )  # fmt: skip
    lexicon = compiled("Disease", [said])
    lexicon.layer = "lexicon"
    normalizer = Normalizer({"Disease": [compiled("Disease", DISEASES), lexicon]})
    assert normalizer.link("SFL deficiency", "Disease").concepts == (concept,)


def test_what_is_called_so_alone_keeps_its_name(normalizer: Normalizer) -> None:
    link = normalizer.link("candesartan cilexetil", "Chemical")
    assert link.concepts == ("mesh:C077793",)


def test_a_germ_is_the_same_under_its_former_name() -> None:
    starter = Normalizer.load(["starter"], index=None)
    for name in ("C. pylori", "Campylobacter pylori", "H. pylori"):
        assert starter.link(name, "Species").concepts == ("ncbitaxon:210",)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Calcium channel blockers fell.", "mesh:D002121"),
        ("Calcium-channel blocker use fell.", "mesh:D002121"),
        ("Calcium antagonists fell.", "mesh:D002121"),
        ("Calcium channels fell.", "mesh:D002118"),
        ("Calcium antagonistic signals fell.", "mesh:D002118"),
        ("Sodium channel blockers fell.", None),
    ],
)
def test_an_ion_in_a_class_of_drugs_is_no_ion(text: str, concept: str | None) -> None:
    chemicals = [
        entry("mesh:D002118", "Calcium"),
        entry("mesh:D012964", "Sodium"),
        entry("mesh:D002121", "Calcium Channel Blockers", "synonym",
              "calcium antagonists"),
    ]  # fmt: skip
    source = Source(file="own", format="own", sha256="", bytes=0, date="")
    linker = Normalizer(
        {"Chemical": [compile_entries("Chemical", [(source, chemicals)])]}
    )
    word = text.split(maxsplit=1)[0].partition("-")[0]
    ion = Mention(start=0, end=len(word), text=word, type="Chemical")
    linked = linker(Document.from_text(text).with_mentions([ion])).mentions[0]
    assert linked.concepts == (() if concept is None else (concept,))


@pytest.mark.parametrize(
    ("text", "mention", "concept"),
    [
        ("Patients had arthritis (rheumatoid).", "arthritis", "mesh:D001172"),
        ("Patients had diabetes (type 2).", "diabetes", "mesh:D003924"),
        ("Patients had arthritis (see below).", "arthritis", "mesh:D001168"),
        ("Hepatitis B and C were found.", "C", "mesh:D006526"),
        ("Vitamins B and C were found.", "C", None),
    ],
)
def test_the_kind_of_a_disease_may_stand_beside_its_mention(
    tmp_path: Path, text: str, mention: str, concept: str | None
) -> None:
    rows = (
        "id\tname\tsynonyms\nmesh:D001168\tArthritis\t\nmesh:D006526\tHepatitis C\t\n"
        "mesh:D001172\tArthritis, Rheumatoid\t\n"
        "mesh:D003924\tDiabetes Mellitus, Type 2\tdiabetes, type 2\n"
    )
    (tmp_path / "disease.tsv").write_text(rows, encoding="utf-8")
    disease = build_vocabulary("Disease", [tmp_path / "disease.tsv"])
    start = text.index(f"{mention} (" if "(" in text else f"{mention} were")
    span = Mention(start=start, end=start + len(mention), text=mention, type="Disease")
    linker = Normalizer({"Disease": [disease]})
    document = linker(Document.from_text(text).with_mentions([span]))
    assert document.mentions[0].concepts == ((concept,) if concept else ())


def test_the_last_of_several_vitamins_is_one(tmp_path: Path) -> None:
    rows = (
        "id\tname\tsynonyms\nmesh:D001205\tAscorbic Acid\tvitamin C\n"
        "mesh:D014810\tVitamin E\t\nmesh:D017308\tEtodolac\tE\n"
    )
    (tmp_path / "chemical.tsv").write_text(rows, encoding="utf-8")
    linker = Normalizer(
        {"Chemical": [build_vocabulary("Chemical", [tmp_path / "chemical.tsv"])]}
    )
    text = "Vitamins C and E helped; hepatitis A and E did not."
    spans = [
        Mention(start=at, end=at + 1, text="E", type="Chemical")
        for at in (text.index("E helped"), text.index("E did"))
    ]
    document = linker(Document.from_text(text).with_mentions(spans))
    assert document.mentions[0].concepts == ("mesh:D014810",)
    assert document.mentions[1].concepts != ("mesh:D014810",)


#: What has a heading of its own under words of the same meaning.
OWN = """\
id\tname\tsynonyms
mesh:D014545\tUrinary Calculi\turinary tract stones
mesh:D002137\tCalculi\t
mesh:D014552\tUrinary Tract Infections\t
mesh:D014570\tUrologic Diseases\turinary disease
mesh:D002056\tBurns\tburn
mesh:D014947\tWounds and Injuries\tinjury
mesh:D013898\tThoracic Injuries\t
mesh:D013125\tSpinal Neoplasms\t
"""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("urinary tract calculi", "Urinary Calculi"),
        ("urinary infections", "Urinary Tract Infections"),
        ("burn injuries", "Burns"),
        ("chest trauma", "Thoracic Injuries"),
        ("spine tumors", "Spinal Neoplasms"),
    ],
)
def test_a_place_is_the_same_by_another_word(
    tmp_path: Path, text: str, name: str
) -> None:
    (tmp_path / "disease.tsv").write_text(OWN, encoding="utf-8")
    built = build_vocabulary("Disease", [tmp_path / "disease.tsv"])
    assert Normalizer({"Disease": [built]}).link(text, "Disease").name == name


def test_organs_go_by_their_everyday_names(tmp_path: Path) -> None:
    rows = (
        "id\tname\tsynonyms\nuberon:0000014\tzone of skin\tskin\n"
        "uberon:0002097\tskin of body\t\nuberon:0001474\tbone element\t\n"
    )
    (tmp_path / "anatomy.tsv").write_text(rows, encoding="utf-8")
    anatomy = build_vocabulary("Anatomy", [tmp_path / "anatomy.tsv"])
    linker = Normalizer({"Anatomy": [anatomy]})
    asked = ["skin", "Skin", "bones", "muscle", "zone of skin"]
    assert [linker.link(text, "Anatomy").name for text in asked] == [
        "skin of body", "skin of body", "bone element", None, "zone of skin",
    ]  # fmt: skip


#: Rare diseases that are called like everyday words.
RARE = """\
id\tname\tsynonyms
mesh:D053840\tBrugada Syndrome\tdream disease
mesh:C536030\tMASS syndrome\t
mesh:C536223\tSymphalangism\tVessel's syndrome
mesh:D020521\tStroke\tcerebrovascular stroke
mesh:D029424\tPulmonary Disease, Chronic Obstructive\tCOLD|cold
mesh:C565682\tAmputation, Congenital\t
mesh:D011665\tPulmonary Valve Insufficiency\tpulmonary insufficiency
mesh:D012131\tRespiratory Insufficiency\trespiratory failure
mesh:D006333\tHeart Failure\tcongestive heart failure
mesh:D004194\tDisease\t
mesh:D008223\tLymphoma\t
mesh:D012509\tSarcoma\t
mesh:D004827\tEpilepsy\taura
mesh:C000001\tRenal amyloidosis, familial\tAMYLOIDOSIS, FAMILIAL RENAL
mesh:D013577\tUlysses syndrome\t
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dreams", None),
        ("mass lesion", None),
        ("vessel disease", None),
        ("Vessel disease", None),
        ("fatal accidents", None),
        ("cerebrovascular accident", "Stroke"),
        ("cold", None),
        ("a cold", None),
        ("COLD", "Pulmonary Disease, Chronic Obstructive"),
        ("amputation", None),
        ("congenital amputation", "Amputation, Congenital"),
        ("pulmonary failure", "Respiratory Insufficiency"),
        (
            "pulmonary and congestive heart failure",
            "Respiratory Insufficiency; Heart Failure",
        ),
        ("type I and", None),
        ("with and without aura", None),
        # What is somebody's, or is written in capitals throughout, keeps its name.
        ("Ulysses", "Ulysses syndrome"),
        ("familial renal amyloidosis", "Renal amyloidosis, familial"),
    ],
)
def test_an_everyday_word_is_no_rare_disease(
    tmp_path: Path, text: str, names: str | None
) -> None:
    (tmp_path / "disease.tsv").write_text(RARE, encoding="utf-8")
    built = build_vocabulary("Disease", [tmp_path / "disease.tsv"])
    assert Normalizer({"Disease": [built]}).link(text, "Disease").name == names


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("In old people, zorb psychosis is frequent.", "mesh:D011618"),
        ("Zorbacillin: zorb psychosis after an overdose of the drug.", "mesh:D011605"),
        ("Zorbacillin had adverse effects: zorb psychosis.", "mesh:D011618"),
        ("This drug had adverse effects: zorb psychosis.", "mesh:D011605"),
    ],
)
def test_what_papers_on_drugs_meant_needs_one(text: str, concept: str) -> None:
    rows = [
        entry("mesh:D011605", "Psychoses, Substance-Induced", "observed",
              "zorb psychosis"),
        entry("mesh:D011618", "Psychosis"),
    ]  # fmt: skip
    linker = Normalizer({"Disease": [compiled("Disease", rows)]})
    start = text.index("zorb psychosis")
    end = start + len("zorb psychosis")
    mention = Mention(start=start, end=end, text=text[start:end], type="Disease")
    found = linker(Document.from_text(text).with_mentions([mention]))
    assert found.mentions[0].concepts == (concept,)
