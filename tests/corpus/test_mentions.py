from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild import corpus
from kgbuild.corpus._mentions import (
    WINDOW,
    Placer,
    alike,
    make_mention,
    written_label,
)

if TYPE_CHECKING:
    from pathlib import Path


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
    ("text", "start", "end", "said"),
    [
        ("of TNF-α here", 3, 8, "TNF-alpha"),
        ("of TNF-alpha here", 3, 12, "TNF-α"),
        ("of IFNγ here", 3, 7, "IFNg"),
        ("of Sjögren's", 3, 12, "Sjogren's"),
        ("of Sjo\u0308gren's", 3, 13, "Sjögren's"),
        ("of NF–κB here", 3, 8, "NF-kappaB"),
        ("of NFκB here", 3, 7, "NF kappa-B"),
        ("the left and right ventricle", 4, 28, "left ... ventricle"),
        ("the left and right ventricle", 4, 28, "left…ventricle"),
        ("breast, ovarian or lung cancer", 0, 30, "breast...lung ... cancer"),
        ("a beta  cell", 2, 12, "Beta cell"),
    ],
)
def test_the_span_is_right_though_the_text_is_written_otherwise(
    text: str, start: int, end: int, said: str
) -> None:
    placer = Placer(text)
    assert placer.place(start, end, said, "Gene") == (start, end)
    assert placer.differing == 1


@pytest.mark.parametrize(
    ("there", "said"),
    [("TNF-α", "TNF-beta"), ("α", "b"), ("left atrium", "left ... ventricle"),
     ("left and right ventricle", "left ... tricle"),
     ("left and right ventricle", "lef ... ventricle"),
     ("a big right ventricle", "a ... igh ... ventricle"),
     ("ventricle left", "left ... ventricle"), ("left", "left ... left"), ("+", "-"),
     ("p53 ", "p53"), ("   ", "ACE"), ("ACE", "...")],
)  # fmt: skip
def test_the_folding_keeps_what_is_different_apart(there: str, said: str) -> None:
    assert not alike(there, said)


@pytest.mark.parametrize("name", ["a.pubtator", "a.json"])
def test_what_the_file_writes_otherwise_is_counted_in_one_warning(
    tmp_path: Path, name: str
) -> None:
    if name == "a.pubtator":
        rows = "1\t0\t5\tTNF-alpha\tGene\t7124\n1\t9\t33\tleft ... ventricle\tOrgan\n"
        text = f"1|t|TNF-α in left and right ventricle\n1|a|\n{rows}\n"
    else:
        text = json.dumps({"documents": [{"id": "1", "passages": [{
            "offset": 0, "text": "TNF-α in left and right ventricle", "annotations": [
                {"id": "1", "text": "TNF-alpha", "infons": {"type": "Gene"},
                 "locations": [{"offset": 0, "length": 5}]},
                {"id": "2", "text": "left ... ventricle", "infons": {"type": "Organ"},
                 "locations": [{"offset": 9, "length": 4},
                               {"offset": 24, "length": 9}]},
            ]}]}]})  # fmt: skip
    (tmp_path / name).write_text(text)
    with pytest.warns(corpus.CorpusWarning, match="kept 2 mentions that") as caught:
        (document,) = corpus.read(tmp_path / name)
    assert len(caught) == 1
    assert [m.text for m in document.mentions] == ["TNF-α", "left and right ventricle"]
    with pytest.warns(corpus.CorpusWarning, match="kept 2 mentions"):
        done = corpus.convert(tmp_path / name, tmp_path / "b.jsonl")
    assert done == corpus.Conversion(documents=1)


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
