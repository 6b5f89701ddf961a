from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.text import find_abbreviations

PIECES = st.sampled_from(
    [
        *(
            "(",
            ")",
            "[",
            "]",
            " ",
            "ACE",
            "AT1R",
            "angiotensin ",
            "converting ",
            "enzyme ",
        ),
        *(
            "heart failure",
            "HF",
            ", ",
            "; ",
            ". The ",
            "İ",
            "ß",
            "β",
            "e\u0301",
            "\x00",
        ),
        *("\U0001d4b6", "-", "\n\n", "receptors ", "ARBs", "'", "“", "”", "\ud800"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


def pairs(text: str) -> list[tuple[str, str]]:
    return [(a.short, a.long) for a in find_abbreviations(text)]


@given(TEXTS)
def test_offsets_are_exact_ordered_and_never_overlap(text):
    last = 0
    for found in find_abbreviations(text):
        assert text[slice(*found.short_span)] == found.short
        assert text[slice(*found.long_span)] == found.long
        spans = sorted([found.short_span, found.long_span])
        assert last <= spans[0][0]
        assert spans[0][1] <= spans[1][0]
        last = spans[1][1]
        assert found.long == found.long.strip()
        assert len(found.long) > len(found.short) >= 2


@given(TEXTS)
def test_the_long_form_holds_the_characters_of_the_short_form_in_order(text):
    for found in find_abbreviations(text):
        rest = iter(found.long.lower())
        signs = [c for c in found.short.lower() if c.isalnum()]
        if found.short.endswith("s"):
            signs = signs[:-1]
        # Letters that have no lower case of one character are compared as they are.
        if all(len(c.lower()) == 1 for c in found.short + found.long):
            assert all(sign in rest for sign in signs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Angiotensin-converting enzyme (ACE) inhibitors",
            [("ACE", "Angiotensin-converting enzyme")],
        ),
        (
            "patients with chronic obstructive pulmonary disease [COPD].",
            [("COPD", "chronic obstructive pulmonary disease")],
        ),
        ("AF (atrial fibrillation) was seen", [("AF", "atrial fibrillation")]),
        (
            "angiotensin receptor blockers (ARBs) and others",
            [("ARBs", "angiotensin receptor blockers")],
        ),
        (
            "the tumor necrosis factor (TNF; also cachectin) gene",
            [("TNF", "tumor necrosis factor")],
        ),
        ("messenger RNA (mRNA)", [("mRNA", "messenger RNA")]),
        ("nuclear factor κB (NF-κB) rose", [("NF-κB", "nuclear factor κB")]),
        (
            "left ventricular (LV) mass and ejection fraction (EF)",
            [("LV", "left ventricular"), ("EF", "ejection fraction")],
        ),
        (
            "renin (the enzyme of the renin-angiotensin system (RAS))",
            [("RAS", "renin-angiotensin system")],
        ),
        ("heart failure (“HF”)", [("HF", "heart failure")]),
        ("atrial natriuretic peptide\n(ANP)", [("ANP", "atrial natriuretic peptide")]),
        # A text may define a short form twice.
        (
            "heart failure (HF). Hydrops fetalis (HF).",
            [("HF", "heart failure"), ("HF", "Hydrops fetalis")],
        ),
        # No definitions
        ("Patients (n = 20) were old (P < 0.05) (see Fig. 1) (II).", []),
        ("end-diastolic (EDX) and end-systolic (ESD)", []),
        (
            "angiotensin (I) converting enzyme (ACE)",
            [("ACE", "angiotensin (I) converting enzyme")],
        ),
        ("the ACE gene (ACE)", []),
        ("K+ released slowly at a given external [K+]", []),
        ("The heart stopped. Failures (HF) rose", []),
        ("some other words entirely (XYZ)", []),
        ("rats (control group)", []),
        ("captopril (25 mg)", []),
        ("()", []),
        ("(ACE)", []),
        ("ACE (", []),
        ("", []),
    ],
)
def test_definitions(text, expected):
    assert pairs(text) == expected


def test_letters_that_grow_in_lower_case_do_not_move_offsets():
    text = "İİİ İ heart failure (HF)"
    assert pairs(text) == [("HF", "heart failure")]
    assert find_abbreviations(text)[0].long_span == (6, 19)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "(",
            "[(",
            "(AB)",
            " (AB)",
            "A (AB) ",
            "aaa bbb (AB) ",
            "AB (",
            "     (A",
            "x",
        ),
        *("A (A B C) ", "AAAA ", "]) (", ". A", "“A” (", "AB (a b) "),
    ],
)
def test_hostile_text_is_read_in_linear_time(unit):
    begun = time.process_time()
    find_abbreviations((unit * 300_000)[:300_000])
    assert time.process_time() - begun < 1.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Initials come first: a doubled letter is not found twice in the last word.
        ("aplastic anemia (AA) and", [("AA", "aplastic anemia")]),
        ("multiple myelomas (MMs) and", [("MMs", "multiple myelomas")]),
        ("reactive oxygen species (ROSs) and", [("ROSs", "reactive oxygen species")]),
        ("In multiple myeloma (MM)", [("MM", "multiple myeloma")]),
        (
            "a proton pump inhibitor (PPI)",
            [("PPI", "proton pump inhibitor")],
        ),
        ("signs of hypoxia (HH) rose", []),
        ("cancer of the colon (CC)", [("CC", "cancer of the colon")]),
        # A word in brackets is a remark.
        ("more women than expected were old men (men)", []),
        ("patients wearing a device (ward)", []),
        ("the regulatory T cells (Treg)", []),
        ("T regulatory cells (Treg)", [("Treg", "T regulatory cells")]),
        ("cholesterol (Chol) and beats per minute (bpm)",
         [("Chol", "cholesterol"), ("bpm", "beats per minute")]),
        # Greek and Latin letters stand for each other.
        ("interferon-γ (IFN-g)", [("IFN-g", "interferon-γ")]),
        ("transforming growth factor beta (TGF-β)",
         [("TGF-β", "transforming growth factor beta")]),
        ("(relative risk [RR], 1.03)", [("RR", "relative risk")]),
        ("cyclosporin A (CyA)", [("CyA", "cyclosporin A")]),
        ("the properties of the (Na+,K+)-ATPase", []),
    ],
)  # fmt: skip
def test_initials_words_and_greek_letters(text, expected):
    assert pairs(text) == expected
