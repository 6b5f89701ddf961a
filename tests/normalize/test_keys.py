from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.normalize.keys import simplified_key, stem, token_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TNF-α", "TNF alpha"),
        ("IL-1β", "il1beta"),
        ("Ménière's disease", "Meniere's Disease"),
        ("NF‑κB", "NF-kappaB"),  # a non-breaking hyphen
        ("Ca²⁺", "Ca2"),
        ("ß-catenin", "β-catenin"),
    ],
)
def test_simplified_key_ignores_how_a_name_is_written(one: str, other: str) -> None:
    assert simplified_key(one) == simplified_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("IL-2", "IL-12"), ("TGFB1", "TGFB2"), ("Weiß", "Weibeta"), ("p53", "p63")],
)
def test_simplified_key_keeps_what_tells_names_apart(one: str, other: str) -> None:
    assert simplified_key(one) != simplified_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Diabetes Mellitus, Type 2", "type II diabetes mellitus"),
        ("tumours of the breast", "Breast Tumor"),
        ("Anaemia, Sickle Cell", "sickle cell anemia"),
        ("viral hepatitis", "Hepatitis, Viral"),
        ("brain metastases", "brain metastasis"),
        ("coronary artery stenoses", "stenosis of the coronary arteries"),
        ("kidney diseases", "kidney disease"),
    ],
)
def test_token_key_ignores_order_number_and_spelling(one: str, other: str) -> None:
    assert token_key(one) == token_key(other)


def test_a_lone_roman_letter_is_no_number() -> None:
    assert token_key("V") != token_key("5")


def test_keys_of_text_without_letters_are_empty() -> None:
    assert simplified_key("± -- ()") == ""
    assert token_key("of the") == ""


@given(st.text(max_size=60))
def test_keys_take_any_text_and_are_stable(text: str) -> None:
    key = simplified_key(text)
    assert simplified_key(key) == key
    assert simplified_key(f" {text}-") == key
    assert token_key(text) == " ".join(token_key(text).split())


@given(st.from_regex(r"[a-z]{1,14}", fullmatch=True))
def test_stem_never_empties_a_word(word: str) -> None:
    assert stem(word)
