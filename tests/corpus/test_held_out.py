"""Documents that training must not see, under whatever id."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from kgbuild.corpus import read
from kgbuild.corpus.held_out import HeldOut
from kgbuild.document import Document

if TYPE_CHECKING:
    from pathlib import Path

WORDS = [f"word{i}" for i in range(500)]


def _text(n: int, *, seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=n))


@pytest.mark.parametrize(
    ("identifier", "listed"),
    [("77", True), ("77#2", True), ("BioRED.d77.s1", False), ("PPI_77-1", True),
     ("177", False)],
)  # fmt: skip
def test_ids_are_listed_whole_or_as_a_part(identifier: str, listed: bool) -> None:
    assert HeldOut(["77"]).lists(Document.from_text("x", id=identifier)) == listed


def test_the_same_text_in_other_tokens_is_shared() -> None:
    held_out = HeldOut()
    held_out.add("IL-2 gene expression and NF-kappa B activation by CD28")
    tokens = "il - 2 gene  expression\nand NF - kappa B activation by CD28"
    assert held_out.shares(tokens)


@pytest.mark.parametrize(
    ("shared", "others", "left_out"),
    [(19, 200, True), (18, 200, False), (12, 0, True), (12, 40, False), (0, 0, False)],
)
def test_long_texts_may_share_nine_runs_and_short_ones_a_part(
    shared: int, others: int, left_out: bool
) -> None:
    whole = _text(300, seed=1)
    held_out = HeldOut()
    held_out.add(whole)
    text = " ".join([*whole.split()[:shared], _text(others, seed=2)])
    assert held_out.shares(text) == left_out


@pytest.mark.shared
def test_texts_of_jnlpba_are_found_in_its_other_file(shared_dir: Path) -> None:
    training = HeldOut()
    for document in read(shared_dir / "corpora/pubtator/JNLPBA_Train.PubTator.gz"):
        training.add(document.text)
    documents = list(read(shared_dir / "corpora/conll/JNLPBA_devel.tsv.gz"))
    assert len(documents) == 200
    assert all(training.shares(d.text) for d in documents)
