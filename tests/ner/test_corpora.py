"""What a recipe's corpora teach, and what they must not."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from invented import invented, write_corpus

from kgbuild.errors import ConfigError
from kgbuild.ner.corpora import (
    held_out_documents,
    held_out_of,
    measured_corpora,
    mixture,
)
from kgbuild.ner.recipe import CorpusUse, Recipe

if TYPE_CHECKING:
    from pathlib import Path


def test_measured_texts_never_train_whatever_their_ids(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taught = invented(40, seed=1, types=["Gene"])
    write_corpus(tmp_path / "taught.jsonl", taught)
    again = [replace(taught[i], id=f"other-{i}") for i in (3, 7)]
    write_corpus(tmp_path / "new_devel.jsonl", again)
    (tmp_path / "ids.txt").write_text("1011\n", "utf-8")

    def use(file: str) -> CorpusUse:
        return CorpusUse(file=file, task="Gene", labels={"Gene": "Gene"})

    recipe = Recipe(
        name="x", corpora_folder=tmp_path, held_out="ids.txt",
        tasks={"Gene": ["Gene"]}, corpora=(use("taught.jsonl"),),
        evaluate=(use("new_devel.jsonl"),),
    )  # fmt: skip
    with caplog.at_level(logging.INFO, logger="kgbuild.progress"):
        [(_, _, documents)] = mixture(recipe, held_out_of(recipe), read_names=None)
    left = {d.id for d in taught} - {d.id for d in documents}
    assert left == {"1003", "1007", "1011"}
    assert caplog.messages == [
        "taught.jsonl: left out 2 documents with text of held-out ones",
        "taught.jsonl: left out 1 document held out",
    ]


@pytest.mark.parametrize(
    ("listed", "learnt", "every", "measured"),
    [
        ("", False, 0, 6),  # there to be measured, and nothing says which part
        ("new-1\n", False, 0, 1),
        ("", True, 0, 0),
        ("new-1\n", True, 0, 1),
        ("", True, 4, 2),
        ("", False, 4, 2),
    ],
)
def test_what_is_measured_of_a_file(
    tmp_path: Path, *, listed: str, learnt: bool, every: int, measured: int
) -> None:
    taught = invented(20, seed=1, types=["Gene"])
    write_corpus(tmp_path / "taught.jsonl", taught)
    own = [replace(d, id=f"new-{i}") for i, d in enumerate(taught[:6])]
    write_corpus(tmp_path / "own.jsonl", own)
    (tmp_path / "ids.txt").write_text(listed, "utf-8")

    def use(file: str) -> CorpusUse:
        return CorpusUse(
            file=file, task="Gene", labels={"Gene": "Gene"},
            hold_out_every=every if file == "own.jsonl" else 0,
        )  # fmt: skip

    files = ["taught.jsonl", "./own.jsonl"] if learnt else ["taught.jsonl"]
    recipe = Recipe(
        name="x", corpora_folder=tmp_path, held_out="ids.txt",
        tasks={"Gene": ["Gene"]}, corpora=tuple(map(use, files)),
        evaluate=(use("own.jsonl"),),
    )  # fmt: skip
    held_out = held_out_of(recipe)
    assert len(held_out_documents(recipe, use("own.jsonl"), held_out)) == measured
    if not measured:
        with pytest.raises(ConfigError, match=r"Nothing of own\.jsonl is held out"):
            measured_corpora(recipe, held_out)
    else:
        [(_, documents)] = measured_corpora(recipe, held_out)
        texts = {d.text for d in documents}
        [(_, _, kept), *_] = mixture(recipe, held_out, read_names=None)
        assert len(kept) == len(taught) - measured
        assert texts.isdisjoint(d.text for d in kept)
