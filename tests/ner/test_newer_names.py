from __future__ import annotations

import pytest

from kgbuild.document import Mention
from kgbuild.ner.brand_names import BRANDS
from kgbuild.ner.newer_names import with_newer_names
from kgbuild.ner.usage import usual_type

_TYPES = ("Gene", "Disease", "Chemical", "Species", "Variant", "CellLine")


def _mention(text: str, name: str, kind: str) -> Mention:
    start = text.index(name)
    return Mention(
        start=start, end=start + len(name), text=name, type=kind, recognizer="test",
        score=0.9,
    )  # fmt: skip


def _named(
    text: str, *mentions: Mention, types: tuple[str, ...] = _TYPES
) -> list[tuple[str, str]]:
    found = with_newer_names(text, mentions, types=types, recognizer="test")
    assert all(text[m.start : m.end] == m.text for m in found)
    return [(m.text, m.type) for m in found]


@pytest.mark.parametrize("dash", ["-", "\u2010", "\u2011", "–", "—", "\u2212", " ", ""])
def test_the_virus_and_its_disease_have_any_dash(dash: str) -> None:
    disease, virus = f"COVID{dash}19", f"SARS{dash}CoV{dash}2"
    text = f"Deaths of {disease} rose while {virus} spread."
    both = [(disease, "Disease"), (virus, "Species")]
    wrong = _mention(text, disease[-3:], "Species")
    cut = _mention(text, "SARS", "Disease")
    assert _named(text, wrong, cut) == both
    assert _named(text, wrong, cut, types=("Disease",)) == both[:1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Half took trastuzumab duocarmazine weekly.", "trastuzumab duocarmazine"),
        ("Tisotumab vedotin was withheld.", "Tisotumab vedotin"),
        ("Naratuximab emtansine-abcd was used.", "Naratuximab emtansine-abcd"),
        ("Children had eladocagene exuparvovec.", "eladocagene exuparvovec"),
        ("After elivaldogene autotemcel he walked.", "elivaldogene autotemcel"),
        ("Equecabtagene autoleucel persisted.", "Equecabtagene autoleucel"),
    ],
)
def test_a_biologic_of_two_words_is_one_name(text: str, name: str) -> None:
    first, second = (_mention(text, word, "Chemical") for word in name.split())
    assert _named(text, first, second) == [(name, "Chemical")]


@pytest.mark.parametrize(
    "text",
    [
        "We gave cetuximab irinotecan and topotecan.",
        "The transgene parcel and the oncogene excel.",
        "A trastuzumab biosimilar was cheaper.",
    ],
)
def test_two_drugs_or_plain_words_are_no_such_name(text: str) -> None:
    assert _named(text) == []


def test_brands_are_drugs_in_capitals_alone() -> None:
    text = "Zolgensma, VICTOZA and Rybelsus® were paid; lyrica and Lyricas were not."
    wrong = _mention(text, "VICTOZA", "Species")
    brands = ["Zolgensma", "VICTOZA", "Rybelsus"]
    assert _named(text, wrong) == [(brand, "Chemical") for brand in brands]
    assert _named(text, wrong, types=("Species",)) == []


def test_no_brand_is_usually_something_else() -> None:
    assert len(BRANDS) > 600
    for brand in BRANDS:
        for name in (brand, brand.lower(), brand.upper()):
            assert usual_type(name) in (None, "Chemical"), name


def test_what_stands_in_brackets_behind_a_drug_is_its_brand() -> None:
    text = "He took felodipine (Plendil®, Felodur) and sitagliptin (Xelevia)."
    drugs = [_mention(text, name, "Chemical") for name in ("felodipine", "sitagliptin")]
    brands = ["Plendil", "Felodur", "Xelevia"]
    found = [name for name, kind in _named(text, *drugs) if kind == "Chemical"]
    assert found == ["felodipine", *brands[:2], "sitagliptin", brands[2]]


@pytest.mark.parametrize(
    "brackets",
    [
        "Sigma",
        "Marlowe, 1995",
        "Marlowe and Quill",
        "Felo",
        "FELO",
        "oral",
        "Group A",
        "Quillheim, Germany",
        "Quillheim, Nycomed",
    ],
)
def test_sellers_places_authors_and_short_forms_are_no_brands(brackets: str) -> None:
    text = f"We gave felodipine ({brackets}) daily."
    drug = _mention(text, "felodipine", "Chemical")
    assert _named(text, drug) == [("felodipine", "Chemical")]


def test_peptides_have_no_brands() -> None:
    text = "High natriuretic peptide (Ventricle) was seen."
    peptide = _mention(text, "natriuretic peptide", "Chemical")
    assert _named(text, peptide) == [("natriuretic peptide", "Chemical")]


def test_only_an_illness_after_covid_has_its_name() -> None:
    text = "In the post COVID-19 era the post-COVID-19 syndrome stayed."
    assert _named(text) == [("COVID-19", "Disease"), ("post-COVID-19", "Disease")]
