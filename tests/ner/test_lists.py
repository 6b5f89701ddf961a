"""Beside a known name in a list, a code is one of its type."""

from __future__ import annotations

import pytest

from kgbuild.document import Mention
from kgbuild.ner.consistency import make_consistent
from kgbuild.ner.usage import usual_type

TYPES = ("CellLine", "Gene", "Disease")


def _mention(text: str, name: str, kind: str) -> Mention:
    at = text.index(name)
    return Mention(
        start=at, end=at + len(name), text=name, type=kind, recognizer="t", score=0.6
    )


def _taken(text: str, kind: str, *names: str) -> list[str]:
    unsure = [_mention(text, name, kind) for name in names]
    return [m.text for m in make_consistent(text, [], unsure=unsure, types=TYPES)]


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        ("BRCA1, QZF7 and QZF8B", "Gene", ["BRCA1", "QZF7", "QZF8B"]),
        ("QZ-17, K562 or QZ-19 lines", "CellLine", ["QZ-17", "K562", "QZ-19"]),
    ],
)
def test_codes_in_a_list_with_a_known_name_are_taken(
    text: str, kind: str, names: list[str]
) -> None:
    assert [usual_type(name) for name in names].count(kind) == 1
    assert _taken(text, kind, *names) == names


@pytest.mark.parametrize(
    ("text", "names", "known"),
    [
        ("QZF7 and QZF8B", ["QZF7", "QZF8B"], []),
        ("BRCA1 binds QZF7", ["BRCA1", "QZF7"], ["BRCA1"]),
        ("BRCA1 and MOVE", ["BRCA1", "MOVE"], ["BRCA1"]),
        ("BRCA1 and CD998 cells", ["BRCA1", "CD998"], ["BRCA1"]),
    ],
)
def test_others_stay_as_unsure_as_they_are(
    text: str, names: list[str], known: list[str]
) -> None:
    assert _taken(text, "Gene", *names) == known
