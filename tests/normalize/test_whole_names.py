from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kgbuild.document import Document, Mention
from kgbuild.normalize import Normalizer

if TYPE_CHECKING:
    from pathlib import Path

LISTS = {
    "disease": """\
id\tname\tsynonyms
mesh:D006973\tHypertension\t
mesh:D006977\tHypertension, Renal\trenal hypertension
mesh:D010661\tPhenylketonurias\tphenylketonuria
mesh:D017042\tPhenylketonuria, Maternal\tmaternal phenylketonuria
mesh:D007674\tKidney Diseases\tnephropathy
mesh:D005922\tGlomerulonephritis, IGA\tIgA nephropathy
mesh:D014376\tTuberculosis\t
mesh:D004679\tEncephalomyelitis\t
mesh:D004681\tEncephalomyelitis, Autoimmune, Experimental\texperimental autoimmune \
encephalomyelitis
""",
    "chemical": """\
id\tname\tsynonyms
mesh:D004656\tEnalapril\t
mesh:D006852\tHydrochlorothiazide\t
mesh:C000001\tenalapril, hydrochlorothiazide drug combination\t\
enalapril/hydrochlorothiazide
mesh:D013481\tSuperoxides\tsuperoxide
mesh:D013482\tSuperoxide Dismutase\t
mesh:D005947\tGlucose\t
mesh:D001786\tBlood Glucose\tplasma glucose
""",
    "gene": """\
id\tname\tsynonyms\ttaxon
ncbigene:695\tBTK\tBruton's tyrosine kinase\t9606
ncbigene:6647\tSOD1\tsuperoxide dismutase\t9606
ncbigene:5716\tPSMD10\tgankyrin\t9606
ncbigene:5147\tPDE6D\tprotein p17\t9606
ncbigene:6360\tCCL16\tLEC\t9606
""",
    "species": """\
id\tname\tsynonyms
ncbitaxon:9606\tHomo sapiens\thuman|patients
ncbitaxon:1773\tMycobacterium tuberculosis\t
ncbitaxon:10090\tMus musculus\tmouse|murine
""",
}


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Normalizer:
    folder: Path = tmp_path_factory.mktemp("whole")
    for name, text in LISTS.items():
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    return Normalizer.load([folder, "none"])


def marked(text: str, *found: tuple[str, str], recognizer: str = "tagger") -> Document:
    document = Document.from_text(text)
    return document.with_mentions(
        Mention(
            start=text.index(part), end=text.index(part) + len(part), text=part,
            type=kind, recognizer=recognizer,
        )
        for part, kind in found
    )  # fmt: skip


def answers(document: Document) -> list[tuple[str, str, tuple[str, ...]]]:
    for mention in document.mentions:
        assert document.text[mention.start : mention.end] == mention.text
    return [(m.text, m.type, m.concepts) for m in document.mentions]


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        # It takes in another mention, whatever type that has.
        (
            "We gave enalapril/hydrochlorothiazide daily.",
            [("enalapril", "Chemical"), ("hydrochlorothiazide", "Chemical")],
            ("enalapril/hydrochlorothiazide", "Chemical", ("mesh:C000001",)),
        ),
        (
            "We saw IgA nephropathy often.",
            [("IgA", "Gene"), ("nephropathy", "Disease")],
            ("IgA nephropathy", "Disease", ("mesh:D005922",)),
        ),
        # Half of an enzyme is a chemical, the whole is a gene's product.
        (
            "We measured superoxide dismutase.",
            [("superoxide", "Chemical"), ("dismutase", "Gene")],
            ("superoxide dismutase", "Gene", ("ncbigene:6647",)),
        ),
        # The mention alone means nothing, or something by less than its words.
        (
            "We blocked Bruton's tyrosine kinase.",
            [("Bruton", "Gene")],
            ("Bruton's tyrosine kinase", "Gene", ("ncbigene:695",)),
        ),
        (
            "We induced experimental autoimmune encephalomyelitis.",
            [("autoimmune encephalomyelitis", "Disease")],
            (
                "experimental autoimmune encephalomyelitis", "Disease",
                ("mesh:D004681",),
            ),
        ),
        # A disease with one more word before it is a kind of it.
        (
            "We saw maternal phenylketonuria.",
            [("phenylketonuria", "Disease")],
            ("maternal phenylketonuria", "Disease", ("mesh:D017042",)),
        ),
    ],
)  # fmt: skip
def test_a_longer_stretch_that_is_a_name_is_the_mention(
    linked: Normalizer,
    text: str,
    found: list[tuple[str, str]],
    whole: tuple[str, str, tuple[str, ...]],
) -> None:
    assert answers(linked(marked(text, *found))) == [whole]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Two names with a word between them that joins, or a mark that parts.
        (
            "Enalapril and hydrochlorothiazide fell.",
            [("Enalapril", "Chemical"), ("hydrochlorothiazide", "Chemical")],
        ),
        ("It is renal. Hypertension fell.", [("Hypertension", "Disease")]),
        ("It is maternal (phenylketonuria).", [("phenylketonuria", "Disease")]),
        # What a chemical is called where is often told apart from it.
        ("We measured plasma glucose.", [("glucose", "Chemical")]),
        # "protein" says of no gene which one it is.
        ("We measured protein p17.", [("p17", "Gene")]),
    ],
)
def test_what_stands_beside_a_name_is_not_always_of_it(
    linked: Normalizer, text: str, found: list[tuple[str, str]]
) -> None:
    annotated = linked(marked(text, *found))
    assert [(m.text, m.type) for m in annotated.mentions] == found


def test_a_name_of_another_type_gives_its_type(linked: Normalizer) -> None:
    text = "Mycobacterium tuberculosis raised gankyrin in murine cells, and LEC."
    found = [
        ("Mycobacterium tuberculosis", "Disease"), ("gankyrin", "Chemical"),
        ("murine", "CellLine"), ("LEC", "Chemical"),
    ]  # fmt: skip
    patients = marked(f"{text} All were patients.", *found, ("patients", "Species"))
    assert answers(linked(patients))[:4] == [
        ("Mycobacterium tuberculosis", "Species", ("ncbitaxon:1773",)),
        ("gankyrin", "Gene", ("ncbigene:5716",)),
        ("murine", "Species", ("ncbitaxon:10090",)),
        # Three letters stand for much else.
        ("LEC", "Chemical", ()),
    ]
    asked = linked.restricted(["Species"])(patients)
    assert [m.type for m in asked.mentions[:2]] == ["Species", "Chemical"]
    assert linked(patients).mentions[1].type == "Gene"


def test_mentions_that_are_given_stay_as_they_are(linked: Normalizer) -> None:
    text = "We saw maternal phenylketonuria and gankyrin."
    found = [("phenylketonuria", "Disease"), ("gankyrin", "Chemical")]
    annotated = linked(marked(text, *found, recognizer="gold"))
    assert [(m.text, m.type) for m in annotated.mentions] == found
