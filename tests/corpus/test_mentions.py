from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.corpus._mentions import WINDOW, Placer, make_mention, written_label


def test_right_offsets_stay() -> None:
    assert Placer("The ACE gene").place(4, 7, "ACE", "Gene") == (4, 7)


@pytest.mark.parametrize(
    ("text", "start", "said", "found"),
    [
        ("We saw ACE here", 8, "ACE", (7, 10)),
        ("We saw ACE here", 0, "ACE", (7, 10)),
        ("We saw ACE here", 8, "  ACE ", (7, 10)),
        ("PAX6gene is one", 1, "PAX6", (0, 4)),
        ("The XACEX and ACE", 12, "ACE", (14, 17)),
    ],
)
def test_a_mention_moves_to_where_its_text_stands(
    text: str, start: int, said: str, found: tuple[int, int]
) -> None:
    assert Placer(text).place(start, start + len(said), said, "Gene") == found


def test_case_and_punctuation_may_differ() -> None:
    text = 'phospho-Erk and " plus "'
    assert Placer(text).place(8, 11, "ERK", "Gene") == (8, 11)
    assert Placer(text).place(16, 24, "  plus  ", "Gene") == (16, 24)


@pytest.mark.parametrize(
    ("text", "start", "said"),
    [
        ("ACE or ACE then", 4, "ACE"),  # twice near by
        ("ACE" + " " * (WINDOW + 1) + "xyz", WINDOW + 4, "ACE"),  # too far away
        ("pacemaker", 4, "ace"),  # only inside a word, and short
        ("no such text", 3, "ACE"),
        ("short", 90, "ACE"),
        ("short", 2, "   "),
    ],
)
def test_what_is_not_certain_is_refused(text: str, start: int, said: str) -> None:
    with pytest.raises(ValueError, match="correct its offsets"):
        Placer(text).place(start, start + len(said), said, "Gene")


def test_the_last_shift_decides_between_two_places() -> None:
    text = "xxx KRAS, BRAF, KRAS, end"
    placer = Placer(text)
    with pytest.raises(ValueError, match="unmistakably"):
        placer.place(4 - 2, 8 - 2, "KRAS", "Gene")
    assert placer.place(10 - 2, 14 - 2, "BRAF", "Gene") == (10, 14)
    assert placer.place(4 - 2, 8 - 2, "KRAS", "Gene") == (4, 8)
    assert placer.place(16 - 2, 20 - 2, "KRAS", "Gene") == (16, 20)


def test_a_place_that_is_taken_is_no_place() -> None:
    text = "ACE then ACE"
    stated = [(0, 3, "ACE", "Gene"), (7, 10, "ACE", "Gene")]
    assert Placer(text, stated).place(7, 10, "ACE", "Gene") == (9, 12)
    with pytest.raises(ValueError, match="unmistakably"):
        Placer(text).place(7, 10, "ACE", "Gene")


@given(st.text("αβ e\u0301😀.-A1", min_size=1, max_size=40), st.data())
def test_whatever_is_placed_stands_there(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) + 3))
    said = data.draw(st.text("αβ e\u0301😀.-A1", min_size=1, max_size=5))
    try:
        begin, end = Placer(text).place(start, start + len(said), said, "Gene")
    except ValueError:
        return
    assert 0 <= begin < end <= len(text)
    there = text[begin:end]
    assert there == said.strip() or (begin, end) == (start, start + len(said))


def test_labels_are_kept_beside_the_canonical_type() -> None:
    mention = make_mention("V600E", 0, 5, label="ProteinMutation", identifier="rs1")
    assert (mention.type, written_label(mention)) == ("Variant", "ProteinMutation")
    plain = make_mention("V600E", 0, 5, label="Variant", identifier=None)
    assert plain.attributes == ()
