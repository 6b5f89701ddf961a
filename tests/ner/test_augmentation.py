"""Swapped names stand where names stood, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.document import Document, Mention, Passage
from kgbuild.ner.augmentation import NamePool, as_written, is_symbol, swap_names
from kgbuild.normalize import build_vocabulary

if TYPE_CHECKING:
    from pathlib import Path

POOLS = {
    "Gene": [NamePool.of(["AGTR1", "REN", "renin receptor", "kallikrein"])],
    "Disease": [NamePool.of(["Gout", "Cushing Syndrome", "T1D"])],
}


def _document() -> Document:
    passages = (
        Passage(text="ACE in hypertension", section="title"),
        Passage(
            text="The ACE gene, ACE2 and hypertension: p<0.05.", section="abstract"
        ),
    )
    document = Document(id="1", passages=passages)
    mentions, text = [], document.text
    for name, kind in [("ACE", "Gene"), ("ACE2", "Gene"), ("hypertension", "Disease")]:
        at = text.find(name)
        while at >= 0:
            if not text[at + len(name)].isalnum():
                mentions.append(
                    Mention(start=at, end=at + len(name), text=name, type=kind)
                )
            at = text.find(name, at + 1)
    return document.with_mentions(mentions)


def _swap(document: Document, *, share: float = 1.0, seed: int = 0) -> Document:
    rng = np.random.default_rng(seed)
    return swap_names(document, POOLS, types=lambda m: m.type, share=share, rng=rng)


@given(st.integers(0, 999), st.floats(0, 1))
def test_only_names_change_and_offsets_stay_right(seed, share):
    before = _document()
    after = _swap(before, share=share, seed=seed)  # Document checks every offset.
    assert [m.type for m in after.mentions] == [m.type for m in before.mentions]
    assert _without_names(after) == _without_names(before)
    assert [p.section for p in after.passages] == ["title", "abstract"]
    swapped = {
        (b.text, a.text) for b, a in zip(before.mentions, after.mentions, strict=False)
    }
    assert len(swapped) == 3, "one string is swapped for one other throughout"


def _without_names(document: Document) -> str:
    text = document.text
    for mention in reversed(document.mentions):
        text = f"{text[: mention.start]}<>{text[mention.end :]}"
    return text


def test_names_are_written_as_what_they_replace():
    found = {
        m.text for seed in range(40) for m in _swap(_document(), seed=seed).mentions
    }
    assert found == {"AGTR1", "REN", "gout", "cushing syndrome"}


def test_nothing_is_swapped_without_names_or_share():
    document = _document()
    assert _swap(document, share=0.0).text == document.text
    unknown = swap_names(
        document, {}, types=lambda m: m.type, share=1.0, rng=np.random.default_rng(1)
    )
    assert unknown.text == document.text


def test_mentions_that_are_no_entities_here_vanish_and_their_text_stays():
    rng = np.random.default_rng(3)
    after = swap_names(
        _document(), POOLS, share=1.0, rng=rng,
        types=lambda m: m.type if m.type == "Gene" else None,
    )  # fmt: skip
    assert {m.type for m in after.mentions} == {"Gene"}
    assert after.text.count("hypertension") == 2


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("ACE", True), ("p53", True), ("gout", False), ("Gout", False), ("T2 D", False)],
)
def test_symbols_and_words(name, symbol):
    assert is_symbol(name) is symbol


def test_names_of_a_vocabulary_are_turned_round(tmp_path: Path):
    from kgbuild.commands.train import vocabulary_names

    table = tmp_path / "disease.tsv"
    table.write_text(
        "id\tname\tsynonyms\nmesh:D018288\tCarcinoma, Small Cell\tOat Cell Carcinoma\n",
        "utf-8",
    )
    build_vocabulary("Disease", [table], output=tmp_path)
    names = map(as_written, vocabulary_names(tmp_path / "disease.vocab"))
    assert sorted(names) == ["Oat Cell Carcinoma", "Small Cell Carcinoma"]


def test_what_lies_inside_a_name_stays_unless_the_name_is_swapped():
    text = "In ACE deficiency, ACE rises."
    spans = [(3, 17, "Disease"), (3, 6, "Gene"), (19, 22, "Gene")]
    document = Document.from_text(text).with_mentions(
        Mention(start=a, end=b, text=text[a:b], type=kind) for a, b, kind in spans
    )
    genes = {"Gene": [NamePool.of(["AGTR1"])]}
    rng = np.random.default_rng(0)
    after = swap_names(document, genes, types=lambda m: m.type, share=1.0, rng=rng)
    assert after.text == "In ACE deficiency, AGTR1 rises."
    assert [(m.text, m.type) for m in after.mentions] == [
        ("ACE deficiency", "Disease"), ("ACE", "Gene"), ("AGTR1", "Gene"),
    ]  # fmt: skip
    after = _swap(document)
    assert "ACE" not in after.text
    assert [m.type for m in after.mentions] == ["Disease", "Gene"]
