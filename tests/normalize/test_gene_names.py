"""Kinds of names that led to a wrong gene, as abstracts write them."""

from __future__ import annotations

import pytest

from kgbuild.normalize import Normalizer


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
    ],
)
def test_members_of_a_family_are_named_by_their_codes(
    normalizer: Normalizer, text: str, symbols: str
) -> None:
    assert normalizer.link(text, "Gene", taxa=[9606]).name == symbols


@pytest.mark.parametrize(
    "text", ["beta-adrenoceptor", "beta-adrenoceptors", "cyclooxygenase isoforms"]
)
def test_a_class_is_none_of_its_members(normalizer: Normalizer, text: str) -> None:
    assert normalizer.link(text, "Gene", taxa=[9606]).concepts == ()
