"""What a recipe's corpora teach, and what they must not."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from invented import invented, write_corpus

from kgbuild.ner.corpora import held_out_of, mixture
from kgbuild.ner.recipe import CorpusUse, Recipe

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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
        "taught.jsonl: left out 2 documents that share text with held-out ones",
        "taught.jsonl: left out 1 documents that are held out",
    ]
