"""An exon has a gene, and a mutation is one's."""

from __future__ import annotations

import pytest

from kgbuild.document import Mention
from kgbuild.ner.consistency import make_consistent
from kgbuild.ner.gene_context import follow_gene_words

TYPES = ("Gene", "Disease", "Chemical")


def _mention(text: str, name: str, kind: str) -> Mention:
    at = text.index(name)
    return Mention(
        start=at, end=at + len(name), text=name, type=kind, recognizer="t", score=0.99
    )


def _type_of(
    text: str, name: str, kind: str = "Disease", types: tuple[str, ...] = TYPES
) -> str:
    (found,) = make_consistent(text, [_mention(text, name, kind)], types=types)
    assert found.text == name
    return found.type


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DMD exon 45 was skipped.", "DMD"),
        ("They read the VHL promoter.", "VHL"),
        ("We found mutations in NF1 early.", "NF1"),
        ("Somatic mutations in APC or VHL abound.", "VHL"),
        ("An NF2-null mouse was born.", "NF2"),
        ("Codon 12 of MEN1 was changed.", "MEN1"),
        ("Several WAS missense mutations segregate.", "WAS"),
        ("The QZD gene was cloned, not its promoter.", "QZD"),
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
        ("They sought variants in T1DM and in health.", "T1DM"),
        ("Two QZD7 mutations were new.", "QZD7"),
        ("This was a promoter of NF2-associated pain.", "NF2"),
        ("An AIDS gene therapy failed.", "AIDS"),
        ("Anemia mutations are rare.", "Anemia"),
    ],
)
def test_other_diseases_stay_what_they_are(text: str, name: str) -> None:
    assert _type_of(text, name) == "Disease"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mutations in H2O2-treated yeast were counted.", "H2O2"),
        ("Mutations in CCL4-exposed rats were counted.", "CCL4"),
        ("MDA isoforms", "MDA"),
    ],
)
def test_chemicals_with_digits_stay_chemicals(text: str, name: str) -> None:
    found = follow_gene_words(text, [_mention(text, name, "Chemical")], TYPES)
    assert [m.type for m in found] == ["Chemical"]


def test_a_task_without_genes_makes_none() -> None:
    assert _type_of("DMD exon 45", "DMD", types=("Disease",)) == "Disease"
