from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.text import token_spans


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in token_spans(text)]


@given(st.text())
def test_every_character_but_white_space_is_in_exactly_one_token(text):
    place = 0
    for start, end in token_spans(text):
        assert place <= start < end <= len(text)
        assert not text[place:start].strip()
        assert not any(c.isspace() for c in text[start:end])
        place = end
    assert not text[place:].strip()


@given(st.text(), st.data())
def test_a_stretch_keeps_the_offsets_of_the_text(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    expected = [(a + start, b + start) for a, b in token_spans(text[start:end])]
    assert token_spans(text, start=start, end=end) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BRCA1/2", ["BRCA", "1", "/", "2"]),
        ("c.76A>T", ["c", ".", "76", "A", ">", "T"]),
        ("TGF-β1-induced", ["TGF", "-", "β", "1", "-", "induced"]),
        ("nai\u0308ve T_cells", ["nai\u0308ve", "T", "_", "cells"]),
        ("\U0001d6fc-actin \U0001f9ec", ["\U0001d6fc", "-", "actin", "\U0001f9ec"]),
        ("a\x00b\u00a0c", ["a", "\x00", "b", "c"]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize("unit", ["e\u0301", "\u0301", "a1", "_", " \n", "(-"])
def test_a_hostile_megabyte_is_split_in_linear_time(unit):
    begun = time.process_time()
    token_spans((unit * 1_000_000)[:1_000_000])
    assert time.process_time() - begun < 5
