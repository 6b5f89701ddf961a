"""A degree that is part of a disease's name is part of the mention."""

from __future__ import annotations

import pytest

from kgbuild.document import Mention
from kgbuild.ner.consistency import make_consistent

TYPES = ("Gene", "Disease", "Chemical")


def _found(text: str, *names: tuple[str, str]) -> list[tuple[str, str]]:
    mentions = [
        Mention(
            start=text.index(name), end=text.index(name) + len(name), text=name,
            type=kind, recognizer="t", score=0.97,
        )
        for name, kind in names
    ]  # fmt: skip
    return [(m.text, m.type) for m in make_consistent(text, mentions, types=TYPES)]


@pytest.mark.parametrize(
    ("text", "pieces", "whole"),
    [
        (
            "Elders with mild cognitive impairment read less.",
            [("cognitive impairment", "Disease")],
            "mild cognitive impairment",
        ),
        (
            "Severe combined immune-deficiency? Severe combined immunodeficiency!",
            [("combined immunodeficiency", "Disease")],
            "Severe combined immunodeficiency",
        ),
        (
            "Cooling for hypoxic-ischaemic encephalopathy.",
            [("hypoxic", "Disease"), ("ischaemic encephalopathy", "Disease")],
            "hypoxic-ischaemic encephalopathy",
        ),
        (
            "IgA nephropathy progresses.",
            [("IgA", "Gene"), ("nephropathy", "Disease")],
            "IgA nephropathy",
        ),
    ],
)
def test_the_first_word_of_a_name_belongs_to_it(
    text: str, pieces: list[tuple[str, str]], whole: str
) -> None:
    assert _found(text, *pieces) == [(whole, "Disease")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A severe anemia.", [("anemia", "Disease")]),
        ("With major depression scores.", [("depression scores", "Disease")]),
        ("End-stage renal disease: dialysis.", [("renal", "Disease")]),
        ("IgA nephropathy.", [("IgA", "Gene")]),
    ],
)
def test_others_stay_as_they_are(text: str, names: list[tuple[str, str]]) -> None:
    assert _found(text, *names) == names
