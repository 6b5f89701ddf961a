from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kgbuild.normalize.candidates import Facts, difference, score
from kgbuild.normalize.composites import splits
from kgbuild.normalize.gene_rewrites import glued_taxon
from kgbuild.normalize.rewrites import rewrites

TYPES = ("Disease", "Chemical", "Gene", "CellLine", "Species", "Anatomy")


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("hepatocyte nuclear factor (HNF)-6", "Gene", "hepatocyte nuclear factor-6"),
        ("T-cell factor (TCF)-4", "Gene", "TCF-4"),
        ("b-catenin", "Gene", "beta-catenin"),
        ("FGF receptor 4", "Gene", "FGFR4"),
        ("miRNA-193a", "Gene", "mir-193a"),
        ("STAT3KO", "Gene", "STAT3"),
        ("NF-kappaB p65", "Gene", "p65"),
        ("TGF-beta II", "Gene", "TGF-beta2"),
        ("Cdc28p", "Gene", "Cdc28"),
        ("phospho-ERK", "Gene", "ERK"),
        ("alpha2(I)", "Gene", "collagen alpha-2(I) chain"),
        ("pro-α1(V) collagen", "Gene", "collagen alpha-1(V) chain"),
        ("factor XII", "Gene", "coagulation factor XII"),
        ("FVIIa", "Gene", "coagulation factor VII"),
        ("TGF-betaRII", "Gene", "TGF-beta receptor II"),
        ("insulin receptor type 2", "Gene", "insulin receptor 2"),
        ("FLNBv2", "Gene", "FLNB"),
        ("serotonin 2C receptor", "Gene", "5-hydroxytryptamine 2c receptor"),
        ("rhBMP-2", "Gene", "BMP-2"),
        ("rHuEpo", "Gene", "Epo"),
        ("hGRalpha", "Gene", "GR"),
        ("hKv beta 1.3", "Gene", "Kv beta 1"),
        ("OCT4A", "Gene", "OCT4"),
        ("GR alpha", "Gene", "GR"),
        ("sICAM-1", "Gene", "ICAM-1"),
        ("v-Src", "Gene", "Src"),
        ("DNp63", "Gene", "p63"),
        ("SOCS3flox", "Gene", "SOCS3"),
        ("neuronal NO synthase", "Gene", "neuronal nitric oxide synthase"),
        ("type IV collagen", "Gene", "COL4A1"),
        ("collagen XVIII", "Gene", "COL18A1"),
        ("PKC isoform epsilon", "Gene", "PKC epsilon"),
        ("phospholipase Cg2", "Gene", "phospholipase C gamma2"),
        ("Aβ42", "Gene", "amyloid beta precursor protein"),
        ("Abeta(1-42)", "Gene", "amyloid beta precursor protein"),
        ("miR-483-3p", "Gene", "mir-483"),
        ("miR-124", "Gene", "mir-124-1"),
        ("cytochrome P-450 2D6", "Gene", "CYP2D6"),
        ("leukemic", "Disease", "leukemia"),
        ("HBV", "Disease", "HBV infection"),
        ("adenovirus disease", "Disease", "adenovirus infection"),
        ("X-linked intellectual disability", "Disease", "x-linked mental retardation"),
        ("peptic ulcer disease", "Disease", "peptic ulcer"),
        ("renal failure", "Disease", "kidney failure"),
        ("Severe chronic asthma", "Disease", "asthma"),
        ("diltiazem hydrochloride", "Chemical", "diltiazem"),
        ("d-amphetamine", "Chemical", "amphetamine"),
        ("antipsychotic drugs", "Chemical", "antipsychotic agent"),
        ("H2O2", "Chemical", "hydrogen peroxide"),
        ("ZnSO(4)", "Chemical", "zinc sulfate"),
        ("[(3)H]-glucose", "Chemical", "glucose"),
        ("Salvia alba leaf extract", "Chemical", "plant extract"),
        ("reduction in systolic blood pressure", "Disease", "hypotension"),
        ("elevated BP", "Disease", "hypertension"),
        ("heart rate increase", "Disease", "tachycardia"),
        ("valvular abnormalities", "Disease", "heart valve disease"),
        ("lower-limb ischemia", "Disease", "limb ischemia"),
        ("deficiency of the enzyme arginase", "Disease", "arginase deficiency"),
        ("deficient in C7", "Disease", "C7 deficiency"),
        ("EGF receptor tyrosine kinase", "Gene", "EGF receptor"),
        ("MOG35-55", "Gene", "MOG"),
        ("OVA(323-339) peptide", "Gene", "OVA"),
        ("TGF-beta RI", "Gene", "TGF-beta receptor type I"),
        ("adenylyl cyclase type 9", "Gene", "adenylate cyclase type 9"),
        ("deficient activity of arginase", "Disease", "arginase deficiency"),
        ("deficiency of mitochondrial arginase", "Disease", "arginase deficiency"),
        ("stress incontinence", "Disease", "stress urinary incontinence"),
        ("malignant disease", "Disease", "cancer"),
        ("dermatological disorder", "Disease", "skin disease"),
        ("precancerous", "Disease", "precancerous condition"),
        (
            "absence of the sixth component of complement",
            "Disease",
            "6 component of complement deficiency",
        ),
        ("decreased renal function", "Disease", "renal insufficiency"),
        ("impairment of cognitive function", "Disease", "cognitive impairment"),
        ("impaired consciousness", "Disease", "consciousness disorder"),
        ("retinoblastoma tumours", "Disease", "retinoblastoma"),
        ("malaria infection", "Disease", "malaria"),
        ("acromegalic", "Disease", "acromegaly"),
        ("diabetics", "Disease", "diabetes"),
        ("eye anomalies", "Disease", "eye abnormality"),
        ("ocular anomalies", "Disease", "eye abnormality"),
        ("cleft palate only", "Disease", "cleft palate"),
        ("microphthalmic", "Disease", "microphthalmos"),
        ("lymphomagenesis", "Disease", "lymphoma"),
        ("arterial thromboemboli", "Disease", "arterial thromboembolism"),
        ("hepatic vein thrombosis", "Disease", "venous thrombosis"),
        ("asthma attacks", "Disease", "asthma"),
        ("streptococcus infection", "Disease", "streptococcal infection"),
        ("epileptiform", "Disease", "epilepsy"),
        ("adiposity", "Disease", "obesity"),
        ("[(3)H]-2-deoxyglucose", "Chemical", "2-deoxyglucose"),
        ("HeLa cell line", "CellLine", "HeLa"),
        ("Sprague-Dawley rats", "Species", "rats"),
        ("Escherichia coli K12", "Species", "Escherichia coli"),
        ("adenoviral", "Species", "adenovirus"),
        (
            "Salmonella dublin",
            "Species",
            "Salmonella enterica subsp. enterica serovar Dublin",
        ),
    ],
)
def test_rewrites(text: str, kind: str, wanted: str) -> None:
    assert wanted in [rewrite.text for rewrite in rewrites(text, kind)]


@pytest.mark.parametrize(
    "text", ["Quincke's disease", "rare syndrome", "liver toxicity"]
)
def test_a_disease_never_becomes_any_disease(text: str) -> None:
    generic = {"disease", "syndrome", "disorder", "toxicity", "damage"}
    assert not generic & {r.text for r in rewrites(text, "Disease")}


@pytest.mark.parametrize(
    ("text", "kind", "wrong"),
    [
        ("simian virus 40", "Species", "simian"),
        ("HbA(1c)", "Gene", "HbA"),
        ("I(Kr)", "Gene", "I protein"),
        ("mu receptor", "Gene", "muR"),
        ("H", "Disease", "H syndrome"),
        ("influenza A illness", "Disease", "a disease"),
    ],
)
def test_what_is_left_of_a_name_still_names_it(
    text: str, kind: str, wrong: str
) -> None:
    assert wrong not in [rewrite.text for rewrite in rewrites(text, kind)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("venous occlusion", "arterial occlusion"),
        ("artery stenosis", "venous stenosis"),
        ("retinal vascular occlusion", "retinal artery occlusion"),
        ("gastrointestinal ulcer", "gastric ulcer"),
        ("colorectal polyps", "colonic polyps"),
        ("inherited defect", "congenital defect"),
        ("memory disorder", "cognitive disorder"),
        ("absence seizure", "absence epilepsy"),
        ("lung cancer", "lung adenocarcinoma"),
        ("liver dysfunction", "liver failure"),
    ],
)
def test_neither_opposites_nor_parts_stand_for_a_word(text: str, wrong: str) -> None:
    assert wrong not in [rewrite.text for rewrite in rewrites(text, "Disease")]


#: What names are made of; any text at all seldom hits on brackets and words.
PIECES = (
    *("(", ")", "[", "]", " ", "-", "/", ",", ".", "+", "'", "α", "β", "p", "s", "a"),
    *("A", "ACE", "II", "1", "KO", "gene", "receptor", "type", "protein", "factor"),
    *("of", "cells", "disease", "mRNA"),
)


@given(
    st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
    st.sampled_from(TYPES),
)
@example("(ACE)", "Gene")
def test_rewrites_of_any_text_are_new_and_priced(text: str, kind: str) -> None:
    found = list(rewrites(text, kind))
    texts = [rewrite.text for rewrite in found]
    assert len(set(texts)) == len(texts)
    assert text not in texts
    assert all(0 < rewrite.penalty <= 1 for rewrite in found)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("breast and ovarian cancer", ("breast cancer", "ovarian cancer")),
        ("gut, liver and lung pain", ("gut pain", "liver pain", "lung pain")),
        ("pain of the leg and arm", ("pain of the leg", "pain of the arm")),
        ("MMP-2/-9", ("MMP-2", "MMP-9")),
        ("IL-1, -6 and -8", ("IL-1", "IL-6", "IL-8")),
        ("SMAD2/3", ("SMAD2", "SMAD3")),
        ("Cd79a/b", ("Cd79a", "Cd79b")),
        ("IL-1alpha/beta", ("IL-1alpha", "IL-1beta")),
        ("GLUT1-4", ("GLUT1", "GLUT2", "GLUT3", "GLUT4")),
        ("MMP-1 to 3", ("MMP-1", "MMP-2", "MMP-3")),
        ("PAK1-PAK3", ("PAK1", "PAK2", "PAK3")),
        ("PKC alpha and beta", ("PKC alpha", "PKC beta")),
        ("renal/hepatic failure", ("renal failure", "hepatic failure")),
        ("hypo- and hyperglycemia", ("hypoglycemia", "hyperglycemia")),
        ("hyper-/hypotension", ("hypertension", "hypotension")),
        ("captopril and enalapril", ("captopril", "enalapril")),
        ("cis- and trans-retinol", ("cis-retinol", "trans-retinol")),
    ],
)  # fmt: skip
def test_splits(text: str, parts: tuple[str, ...]) -> None:
    assert parts in list(splits(text))


@pytest.mark.parametrize(
    "text", ["TP53", "type 2 diabetes", "sand fly", "A/B", "Nkx2-2"]
)
def test_single_names_stay_whole(text: str) -> None:
    assert list(splits(text)) == []


def test_half_a_word_is_no_part() -> None:
    assert not [
        part
        for parts in splits("pre- and postmenopausal bleeding")
        for part in parts
        if part == "pre-"
    ]


@given(st.text(max_size=60))
def test_splits_of_any_text_have_parts(text: str) -> None:
    for parts in splits(text):
        assert len(parts) > 1
        assert all(parts)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("hMLH1", ("MLH1", 9606)),
        ("HumHtrA2", ("HtrA2", 9606)),
        ("mTOR", ("TOR", 10090)),
        ("zfShh", ("Shh", 7955)),
        ("p53", None),
        ("human", None),
    ],
)
def test_glued_letters(text: str, result: tuple[str, int] | None) -> None:
    assert glued_taxon(text) == result


@pytest.mark.parametrize(
    ("query", "matched", "expected"),
    [
        ("ACE", "ACE", "none"),
        ("Ace", "ace", "initial"),
        ("CAT", "cat", "clash"),
        ("HYPERTENSION", "hypertension", "case"),
        ("IL2", "IL-2", "punctuation"),
        ("breast tumor", "tumors of the breast", "words"),
    ],
)
def test_differences(query: str, matched: str, expected: str) -> None:
    assert difference(query, matched) == expected


def facts(**changes: object) -> Facts:
    base: dict[str, object] = {
        "query": "x", "matched": "x", "status": "preferred", "difference": "none",
    }  # fmt: skip
    return Facts(**{**base, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "worse",
    [
        {"status": "synonym"},
        {"difference": "clash"},
        {"penalty": 0.8},
        {"observed": 0.0},
        {"rivals": 1},
        {"taxon_rank": 2},
        {"chance": 0.7},
    ],
)
def test_every_fact_against_lowers_the_score(worse: dict[str, object]) -> None:
    assert score(facts(**worse)) < score(facts()) == 1.0


def test_context_outweighs_rivals() -> None:
    assert score(facts(rivals=1, context=True)) > score(facts(rivals=1))


@given(
    st.sampled_from(["preferred", "synonym", "related", "observed"]),
    st.sampled_from(["none", "initial", "case", "clash", "punctuation", "words"]),
    st.floats(0.01, 1),
    st.one_of(st.none(), st.floats(0, 1)),
    st.integers(0, 5),
    st.one_of(st.none(), st.floats(-1, 1)),
)
def test_score_stays_in_bounds(status, differs, penalty, observed, rivals, cosine):
    value = score(
        facts(
            status=status, difference=differs, penalty=penalty, observed=observed,
            rivals=rivals, similarity=cosine,
        )
    )  # fmt: skip
    assert 0 <= value <= 1
