"""A germ is a species wherever it stands, and its infection a disease."""

from __future__ import annotations

import re
import time

import pytest

from kgbuild.document import Mention
from kgbuild.ner.consistency import make_consistent
from kgbuild.ner.pathogens import name_germs

TYPES = ("Disease", "Chemical", "Species")


def _mentions(text: str, *names: tuple[str, str]) -> list[Mention]:
    return [
        Mention(
            start=text.index(name), end=text.index(name) + len(name), text=name,
            type=kind, recognizer="t", score=0.97,
        )
        for name, kind in names
    ]  # fmt: skip


def _found(
    text: str, *names: tuple[str, str], types: tuple[str, ...] = TYPES
) -> list[tuple[str, str]]:
    found = make_consistent(text, _mentions(text, *names), types=types)
    return [(m.text, m.type) for m in found]


@pytest.mark.parametrize(
    ("text", "pieces", "whole"),
    [
        (
            "Cheese held Yersinia pestis.",
            [("Yersinia", "Species"), ("pestis", "Disease")],
            ("Yersinia pestis", "Species"),
        ),
        (
            "Ticks carry Babesia microti.",
            [("Babesia microti", "Disease")],
            ("Babesia microti", "Species"),
        ),
        (
            "Nurses feared Shigella sonnei infection most.",
            [("Shigella", "Chemical"), ("sonnei infection", "Disease")],
            ("Shigella sonnei infection", "Disease"),
        ),
        (
            "VIBRIO CHOLERAE IN WELLS",
            [("VIBRIO CHOLERAE", "Disease")],
            ("VIBRIO CHOLERAE", "Species"),
        ),
        (
            "Sputum had Mycobacterium tuberculosis.",
            [("Mycobacterium", "Species"), ("tuberculosis", "Disease")],
            ("Mycobacterium tuberculosis", "Species"),
        ),
        (
            "Soil held Coccidioides immitis.",
            [("Coccidioides immitis", "Disease")],
            ("Coccidioides immitis", "Species"),
        ),
        (
            "Some had P. vivax.",
            [("P. vivax", "Disease")],
            ("P. vivax", "Species"),
        ),
        ("HSV-1 hides.", [("HSV-1", "Disease")], ("HSV-1", "Species")),
        (
            "We cultured Rotavirus.",
            [("Rotavirus", "Disease")],
            ("Rotavirus", "Species"),
        ),
        (
            "He caught human immunodeficiency virus early.",
            [("human", "Species"), ("immunodeficiency virus", "Disease")],
            ("human immunodeficiency virus", "Species"),
        ),
    ],
)
def test_a_germ_taken_for_a_disease_is_a_species(
    text: str, pieces: list[tuple[str, str]], whole: tuple[str, str]
) -> None:
    assert _found(text, *pieces) == [whole]


def test_a_germ_in_brackets_before_its_infection_is_the_germ() -> None:
    text = "Bartonella henselae (B. henselae) infection"
    pieces = [
        ("Bartonella henselae (", "Disease"), ("B.", "Species"),
        ("henselae) infection", "Disease"),
    ]  # fmt: skip
    expected = [("Bartonella henselae", "Species"), ("B. henselae", "Species")]
    assert _found(text, *pieces) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Listeria meningitis", "Chlamydia pneumonia", "rotavirus diarrhea",
        "congenital cytomegalovirus", "HIV infection", "Nocardia infection",
        "Proteus colonization", "SHIGELLA SEPSIS", "Yersinia antigens", "M. tumor",
        "Lifelong anti-rotavirus", "Candida osteomyelitis", "Brucella invasion",
    ],
)  # fmt: skip
def test_the_illness_stays_one(text: str) -> None:
    assert _found(text, (text, "Disease")) == [(text, "Disease")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ten HIV-negative nuns came.", "HIV"),
        ("The HIV-infected cook left.", "HIV"),
        ("Women with HIV wrote letters.", "HIV"),
        ("Forty CMV patients slept well.", "CMV"),
        ("Before the HIV epidemic they danced.", "HIV"),
        ("High plasma viscosity (HPV) was rare; HPV harms.", "HPV"),
    ],
)
def test_a_virus_that_people_have_or_that_is_none_stays(text: str, name: str) -> None:
    assert _found(text, (name, "Disease"))[0] == (name, "Disease")


def test_what_cells_are_infected_with_is_a_virus() -> None:
    text = "Blood was infected with CMV."
    assert _found(text, ("CMV", "Disease")) == [("CMV", "Species")]


def test_many_germs_take_no_longer_each() -> None:
    text = "Yersinia pestis infection, E. coli; " * 3000
    mentions = [
        Mention(
            start=m.start(), end=m.end(), text=m.group(), type="Disease",
            recognizer="t", score=0.97,
        )
        for m in re.finditer("Yersinia|pestis infection|E. coli", text)
    ]  # fmt: skip
    began = time.perf_counter()
    found = name_germs(text, mentions, TYPES)
    assert time.perf_counter() - began < 1
    assert [m.type for m in found] == ["Disease", "Species"] * 3000


def test_a_task_without_species_makes_none() -> None:
    found = _found("HIV", ("HIV", "Disease"), types=("Disease",))
    assert found == [("HIV", "Disease")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("mumps virus NS2", ["mumps virus", "NS2"]),
        ("Cowpox virus C7L", ["Cowpox virus", "C7L"]),
        ("HPV-18 E7", ["HPV-18", "E7"]),
        ("UL97", ["UL97"]),
    ],
)
def test_proteins_behind_a_virus_are_genes(text: str, parts: list[str]) -> None:
    found = _found(text, (text, "Species"), types=(*TYPES, "Gene"))
    kinds = ["Species", "Gene"][-len(parts) :]
    assert found == list(zip(parts, kinds, strict=True))
    assert _found(text, (text, "Species")) == [(p, "Species") for p in parts[:-1]]


@pytest.mark.parametrize(
    "text",
    [
        "influenza A H7N9", "Influenza virus PR8", "HCV-1b", "HIV-1", "SARS-CoV-2",
        "herpes simplex virus type 1", "enterovirus D68", "Echovirus E6",
        "Sindbis virus AR339", "parvovirus B19", "A/WSN/33",
    ],
)  # fmt: skip
def test_strains_are_part_of_the_virus(text: str) -> None:
    assert _found(text, (text, "Species"), types=(*TYPES, "Gene")) == [
        (text, "Species")
    ]
