"""Types of several taggers that ship: who answers for which, and what is recorded.

Beside the default tagger stands a copy of it that calls diseases cancers, and anatomy
organs: weights as real as any, and its answers are known.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import kgbuild as kg
from kgbuild._io import paths
from kgbuild.errors import ConfigError
from kgbuild.ner import storage
from kgbuild.ner.consistency import AGREEMENT
from kgbuild.ner.tagger import Tagger, Taggers, load_tagger
from kgbuild.ner.together import share_out
from kgbuild.pipeline import (
    AnnotationSettings,
    ExecutionSettings,
    InputSettings,
    make_pipeline,
)
from kgbuild.service.chains import Chains, Options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHER_NAMES = {"Disease": "Cancer", "Anatomy": "Organ", "CellType": "Cell"}
TEXT = "Mutations of TP53 cause breast cancer in the liver."


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let a second tagger ship; return the folder of all."""
    real = storage.tagger_folder(None)
    for name in (storage.DEFAULT, "other"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        card = json.loads((real / storage.CARD_FILE).read_text("utf-8"))
        if name == "other":
            card |= {"name": name, "measured": []}
            card["tasks"] = {
                task: [OTHER_NAMES.get(kind, kind) for kind in kinds]
                for task, kinds in card["tasks"].items()
            }
        (folder / storage.CARD_FILE).write_text(json.dumps(card))
        for file in (storage.ONNX_FILES["int8"], storage.TOKENIZER_FILE):
            (folder / file).symlink_to(real / file)
    (tmp_path / "models" / "lexicon").symlink_to(real.parent / "lexicon")
    monkeypatch.setattr(paths, "_MODELS", tmp_path / "models")
    yield tmp_path / "models"
    make_pipeline.__globals__["_loaded"].cache_clear()


def test_the_first_that_knows_a_type_answers_for_it(shelf: Path) -> None:
    assert share_out(["Organ", "Gene", "cancer", "Anatomy", "Cell", "Drug"]) == {
        "aio-small": ["Gene", "Anatomy", "Chemical"],
        "other": ["Organ", "Cancer", "Cell"],
    }
    assert share_out(["all"]) == {"aio-small": ["all"]}
    assert share_out(["all", "Organ"]) == {"aio-small": ["all"], "other": ["Organ"]}
    # Nobody knows tissues: the wider type is found, and said.
    with pytest.warns(UserWarning, match="Tissue is not told from other Anatomy here"):
        assert share_out(["Tissue"]) == {"aio-small": ["Anatomy"]}
    with pytest.raises(
        ConfigError, match=r"Complex, Cancer, Cell, Organ\. Got 'Orgam'"
    ):
        share_out(["Orgam"])


def test_only_those_are_loaded_that_are_asked(shelf: Path) -> None:
    for types, name in ((["Gene"], "aio-small"), (["Organ", "Cancer"], "other")):
        tagger = load_tagger(types=types, threads=1)
        assert isinstance(tagger, Tagger)
        assert tagger.recognizer == name
    (shelf / "other" / storage.CARD_FILE).write_text("damaged")
    assert isinstance(load_tagger(threads=1), Tagger)


def test_a_tagger_lists_the_types_of_its_mentions(shelf: Path) -> None:
    def types(source: str | None = None, **asked: list[str] | str) -> tuple[str, ...]:
        return load_tagger(source, threads=1, **asked).types  # type: ignore[arg-type]

    six = ("Gene", "Disease", "Chemical", "Species", "Variant", "CellLine")
    every = types(types="all")
    assert types() == six
    assert every[:6] == six
    assert len(every) == len({*every}) > 6
    assert types(types=["Organ", "drug"]) == ("Chemical", "Organ")
    assert types(types=["all", "Organ", "Gene"]) == (*every, "Organ")
    assert types("other", types=["Cancer"]) == types("other", types="cancer")
    with pytest.raises(ConfigError, match="types must be str, one or a list"):
        types(types=[])
    with pytest.warns(UserWarning, match="Organ is not told from other Anatomy here"):
        assert types("aio-small", types=["Organ"]) == ("Anatomy",)


def test_all_beside_others_is_all_for_every_stage(shelf: Path) -> None:
    settings = AnnotationSettings(types=("all", "Organ"))
    assert "variants" in [stage.name for stage in make_pipeline(settings).stages]
    chains = Chains(make_pipeline(), AnnotationSettings())
    asked = chains.of(Options(types=("all", "Organ")))
    assert "variants" in [stage.name for stage in asked.stages]


def test_mentions_of_both_are_kept_where_they_overlap(shelf: Path) -> None:
    done = kg.annotate(TEXT, types=["Disease", "Cancer", "Organ"], stages="recognize")
    assert {(m.text, m.type, m.recognizer) for m in done.mentions} == {
        ("breast cancer", "Disease", "aio-small"),
        ("breast cancer", "Cancer", "other"), ("breast cancer", "Organ", "other"),
        ("liver", "Organ", "other"),
    }  # fmt: skip
    both = load_tagger(types=["Disease", "Cancer", "Organ"], threads=1)
    assert isinstance(both, Taggers)
    # Run again, as a stage alone or over many, nothing is there twice.
    (again,) = both.stream([both(done)])
    assert set(again.mentions) == set(done.mentions)


def test_versions_name_both_and_settings_tell_runs_apart(
    shelf: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "a", "text": TEXT}) + "\n")
    runs = {}
    for name, types in {"one": ("Gene",), "two": ("Gene", "Cancer")}.items():
        settings = kg.RunSettings(
            output=tmp_path / name, input=InputSettings(files=tmp_path / "in.jsonl"),
            annotation=AnnotationSettings(types=types),
            run=ExecutionSettings(processes=0),
        )  # fmt: skip
        kg.run(settings)
        record = json.loads((tmp_path / name / "run.json").read_text("utf-8"))
        runs[name] = record["versions"]["recognize"]
    one, two = runs.values()
    assert one.startswith("aio-small ")
    assert two == f"{one} + other {one.removeprefix('aio-small ')}"
    # What rules made that have changed since is made anew.
    tagger = load_tagger()
    assert one == f"{tagger.weights} {AGREEMENT}"
    assert load_tagger(consistent=False).version == tagger.weights


def test_a_service_takes_types_of_any_tagger_that_ships(shelf: Path) -> None:
    settings = AnnotationSettings(stages=("recognize",), threads=1)
    chains = Chains(make_pipeline(settings), settings)
    for types, found in (("organ",), {"Organ"}), (("Gene", "Organ"), {"Gene", "Organ"}):
        (done,) = chains.of(Options(types=types))(TEXT)
        assert {m.type for m in done.mentions} == found
    assert chains.count_tokens("TP53") == 3
