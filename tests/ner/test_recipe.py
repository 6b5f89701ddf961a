"""Recipes: those that come with kgbuild, and one that extends another."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuild.errors import ConfigError
from kgbuild.ner.aio.framework import FRAMEWORK
from kgbuild.ner.recipe import load_recipe

RECIPES = Path(__file__).parents[2] / "pipelines" / "training"
NAMES = (
    "anatomy", "anatomy-merged", "biored", "further", "mrc", "nested", "paper",
    "paper-bioformer", "shipped", "thirteen",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_recipes_that_come_with_kgbuild_are_sound(name: str) -> None:
    recipe = load_recipe(RECIPES / f"{name}.toml")
    assert recipe.corpora
    assert recipe.evaluate
    # What trains must not be what measures.
    measured = {u.file for u in recipe.evaluate}
    for use in recipe.corpora:
        whole = "devel" in use.file and not use.hold_out_every
        assert not (whole and use.file in measured)
    assert recipe.held_out or all("devel" in u.file for u in recipe.evaluate)


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_their_corpora_are_where_they_say(name: str, shared_dir: Path) -> None:
    recipe = load_recipe(
        RECIPES / f"{name}.toml", corpora_folder=shared_dir / "corpora"
    )
    for use in (*recipe.corpora, *recipe.evaluate):
        assert (recipe.corpora_folder / use.file).exists()


def test_the_paper_s_defaults() -> None:
    recipe = load_recipe(RECIPES / "paper-bioformer.toml")
    settings = recipe.training
    assert "bioformer" in str(recipe.encoder)
    assert settings.learning_rate == settings.head_learning_rate == 5e-6
    assert (settings.examples_per_batch, settings.limit, settings.patience) == (
        32, 256, 5,
    )  # fmt: skip
    assert settings.budget == 0
    assert all(use.repeat == 1.0 for use in recipe.corpora)


def test_the_head_is_part_of_the_scheme(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    head = '[tasks]\nGene = ["Gene"]\n[model]\nhead = "crf"\nscheme = "IO"\n'
    file.write_text('name = "x"\n' + head, "utf-8")
    recipe = load_recipe(file)
    scheme = FRAMEWORK.check(recipe.tasks, recipe.model)
    assert (scheme.head, scheme.tagging) == ("crf", "IO")
    assert scheme.labels == ("O-Gene", "I-Gene")
    file.write_text('name = "x"\n' + head.replace('"crf"', '"crv"'), "utf-8")
    with pytest.raises(ConfigError, match=r"model\.head"):
        load_recipe(file)
    file.write_text('name = "x"\nframework = "mrc2"\n' + head, "utf-8")
    with pytest.raises(
        ConfigError, match=r"framework must be one of aio, mrc\. Got 'mrc2'"
    ):
        load_recipe(file)


def test_a_recipe_extends_another(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(
        'name = "base"\n[training]\nepochs = 3\nbudget = 9\n[tasks]\n'
        'Gene = ["Gene"]\n[[corpora]]\nfile = "a"\ntask = "Gene"\n'
        'labels = { g = "Gene" }\n',
        "utf-8",
    )
    more = tmp_path / "more.toml"
    more.write_text(
        'extends = "base.toml"\nname = "more"\n[training]\nepochs = 5\n[tasks]\n'
        'Cell = ["Cell"]\n[[corpora]]\nfile = "b"\ntask = "Cell"\n'
        'labels = { c = "Cell" }\n',
        "utf-8",
    )
    recipe = load_recipe(more)
    assert recipe.name == "more"
    assert (recipe.training.epochs, recipe.training.budget) == (5, 9)
    assert list(recipe.tasks) == ["Gene", "Cell"]
    assert [use.file for use in recipe.corpora] == ["a", "b"]


def test_a_circle_of_recipes_is_refused(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text('extends = "two.toml"\n', "utf-8")
    two.write_text('extends = "one.toml"\n', "utf-8")
    with pytest.raises(ConfigError, match="extends itself"):
        load_recipe(one)
    one.write_text("extends = 3\n", "utf-8")
    with pytest.raises(ConfigError, match="extends must name a file"):
        load_recipe(one)


def test_an_encoder_beside_the_recipe_goes_before_the_hub_s(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "config.json").write_text("{}")
    recipe = RECIPES / "biored.toml"
    mine = tmp_path / "mine.toml"
    mine.write_text(f'extends = "{recipe}"\nencoder = "tiny"\n')
    assert load_recipe(mine).encoder == tmp_path / "tiny"
    assert load_recipe(mine, encoder="minilm").encoder == "minilm"


@pytest.mark.parametrize(
    ("top", "table", "said"),
    [
        ("threshold = 1.5", "", "threshold must be a number from 0 to 1. Got 1.5"),
        ("threshold = nan", "", "threshold must be a number from 0 to 1. Got nan"),
        ('threshold = "0.5"', "", "threshold must be a number, got '0.5'"),
        ("threshold = { ALL = 2 }", "", r"threshold\['ALL'\] must be .* Got 2"),
        ("", "[training]\nthreads = -1", "threads must be a whole .* 0. Got -1"),
        ("", "[training]\nthreads = 1.5", r"training\.threads.* got 1\.5"),
        ("", '[training]\nthreads = "2"', "threads must be a number, got '2'"),
        ("", "[training]\nepochs = 0", "epochs must be a whole .* 1. Got 0"),
        ("", "[training]\nseed = -1", "seed must be a whole number"),
        ("", "[training]\ndropout = 1.5", "dropout must be a number from 0 to 1"),
        ("", "[training]\nlearning_rate = 0", "learning_rate must be .* above 0"),
        ("", "[training]\nlearning_rate = inf", "learning_rate must be .* Got inf"),
        ("", "[distil]\ntemperature = 0", "temperature must be a number above 0"),
        ("", "[distil.student]\nlayers = [-1]", "layers must be a whole number"),
        ("", "CORPUS\nrepeat = -1", "repeat of a.tsv must be .* Got -1"),
        ("", "CORPUS\nhold_out_every = -2", "hold_out_every of a.tsv must be a whole"),
    ],
)
def test_numbers_that_cannot_be_are_named(
    tmp_path: Path, top: str, table: str, said: str
) -> None:
    corpus = '[[corpora]]\nfile = "a.tsv"\ntask = "Gene"\nlabels = { G = "Gene" }'
    file = tmp_path / "recipe.toml"
    file.write_text(
        f'name = "x"\n{top}\n[tasks]\nGene = ["Gene"]\n'
        + table.replace("CORPUS", corpus)
        + "\n",
        "utf-8",
    )
    with pytest.raises(ConfigError, match=said) as error:
        load_recipe(file)
    # One fault is said once, and with the file's name.
    assert str(error.value).startswith(f"{file}: ")
    assert "; " not in str(error.value)


def test_a_threshold_of_every_task_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(
        'name = "x"\n[tasks]\nGene = ["Gene"]\n[threshold]\nGene = 1\nothers = 0.5\n'
    )
    assert load_recipe(file).threshold == {"Gene": 1.0, "others": 0.5}
