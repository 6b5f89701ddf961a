from __future__ import annotations

import pytest

from kgbuild.document import Mention
from kgbuild.variants import find_variants, merge_variants
from kgbuild.variants.false_positives import is_code


@pytest.mark.parametrize(
    "text", ["A 23187", "DuP 753", "SKF 1016", "125I-351A", "[3H]-118G", "-124 U"]
)
def test_codes_are_no_variants(text: str) -> None:
    assert is_code(text)
    mention = Mention(
        start=0, end=len(text), text=text, type="Variant", recognizer="tagger",
        score=0.9,
    )  # fmt: skip
    assert merge_variants([mention], ()) == ()


@pytest.mark.parametrize(
    "text",
    ["A118G", "A 1166C", "M 235", "Arg 506", "del 508", "-308 G/A", "118G", "rs699"],
)
def test_variants_are_no_codes(text: str) -> None:
    assert not is_code(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Human NCI-H295R cells were grown.", []),
        ("The H295R mutation of the receptor.", ["H295R"]),
        ("A C677T polymorphism; renin was -124 U.", ["C677T"]),
        ("Antibodies (anti-FLAG, F1804M; Sigma) were used.", []),
        ("Kinases (B-RAF, V600E; Millipore) were used.", ["V600E"]),
        ("The C-14-C bond was broken.", []),
    ],
)
def test_codes_in_text(text: str, found: list[str]) -> None:
    assert [text[m.start : m.end] for m in find_variants(text)] == found
