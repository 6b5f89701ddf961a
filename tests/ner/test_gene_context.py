"""An exon has a gene, and a mutation is one's."""

from __future__ import annotations

import pytest

from kgbuild.document import Mention
from kgbuild.ner.consistency import make_consistent

TYPES = ("Gene", "Disease", "Chemical")


def _type_of(
    text: str, name: str, kind: str = "Disease", types: tuple[str, ...] = TYPES
) -> str:
    at = text.index(name)
    mention = Mention(
        start=at, end=at + len(name), text=name, type=kind, recognizer="t", score=0.99
    )
    (found,) = make_consistent(text, [mention], types=types)
    assert found.text == name
    return found.type


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DMD exon 45 was skipped.", "DMD"),
        ("They read the VHL promoter.", "VHL"),
        ("We found mutations in NF1 early.", "NF1"),
        ("Somatic mutations in APC or VHL abound.", "VHL"),
        ("A QZD7-null mouse was born.", "QZD7"),
        ("Codon 12 of QZD7 was changed.", "QZD7"),
        ("Several WAS missense mutations segregate.", "WAS"),
    ],
)
def test_a_symbol_with_what_only_genes_have_is_a_gene(text: str, name: str) -> None:
    assert _type_of(text, name) == "Gene"


def test_a_hormone_that_is_transcribed_is_a_gene() -> None:
    assert _type_of("AVP mRNA rose.", "AVP", "Chemical") == "Gene"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DMD boys lost strength.", "DMD"),
        ("We found mutations in NF1 patients.", "NF1"),
        ("Two QZDX mutations were new.", "QZDX"),
        ("Many T2D genes are known.", "T2D"),
        ("Anemia mutations are rare.", "Anemia"),
    ],
)
def test_other_diseases_stay_what_they_are(text: str, name: str) -> None:
    assert _type_of(text, name) == "Disease"


def test_a_task_without_genes_makes_none() -> None:
    assert _type_of("DMD exon 45", "DMD", types=("Disease",)) == "Disease"
