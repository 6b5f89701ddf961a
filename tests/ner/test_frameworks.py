"""A framework of one's own goes through training, export and annotation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from invented import invented, write_corpus, write_encoder, write_recipe

from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.evaluation import evaluate
from kgbuild.ner import frameworks
from kgbuild.ner.recipe import load_recipe

if TYPE_CHECKING:
    from pathlib import Path

TYPES = ["Gene", "Disease"]


@pytest.mark.train
def test_a_second_framework_stands_beside_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kgbuild.ner.export import export
    from kgbuild.ner.tagger import load_tagger
    from kgbuild.ner.training import train

    monkeypatch.setitem(frameworks.FRAMEWORKS, "other", "other_framework")
    write_encoder(tmp_path / "encoder")
    write_corpus(tmp_path / "ALL.jsonl", invented(200, seed=1, types=TYPES))
    (tmp_path / "held_out.txt").write_text("1000 1001 1002 1003 1004 1005 1006 1007")
    file = write_recipe(
        tmp_path / "recipe.toml", tasks={"ALL": TYPES}, encoder=tmp_path / "encoder"
    )
    file.write_text('framework = "other"\n' + file.read_text("utf-8"), "utf-8")
    trained = train(load_recipe(file), tmp_path / "trained")
    export(trained, tmp_path / "exported", precision="int8")
    gold = invented(40, seed=7, types=TYPES)
    for folder in (trained, tmp_path / "exported"):
        assert json.loads((folder / "tagger.json").read_text())["framework"] == "other"
        tagger = load_tagger(folder, threads=1)
        found = list(tagger.stream([d.with_mentions(()) for d in gold]))
        assert evaluate(gold, found).spans["all"].f1 > 0.85
    aio = load_recipe(file, framework="aio")
    with pytest.raises(ConfigError, match="of the framework 'other', which cannot"):
        train(aio, tmp_path / "tuned", start_from=trained)
    card = tmp_path / "exported" / "tagger.json"
    card.write_text(card.read_text().replace('"format": 3', '"format": 4'))
    with pytest.raises(ResourceMissingError, match="has the format 4"):
        load_tagger(tmp_path / "exported")
