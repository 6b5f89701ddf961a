"""Corpora of several formats and labels become one CoNLL file, and it says what not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import kgbuild as kg
from kgbuild.cli import main
from kgbuild.errors import ConfigError
from kgbuild.ner.corpora import corpus_label
from kgbuild.ner.merging import merge
from kgbuild.ner.recipe import Recipe, load_recipe

if TYPE_CHECKING:
    from pathlib import Path

CONLL = """\
The\tO
IL\tB-Protein
-\tI-Protein
2\tE-Protein
gene\tO
.\tO

Liver\tS-Organ
of\tO
rats\tB-Taxon

"""
AGAIN = "Liver\tB-Anatomy\nof\tO\nrats\tO\n\n"
PUBTATOR = """\
7|t|Ataxia in rats.
7|a|It is rare. Hepatic ataxia of rats is not.
7\t0\t6\tAtaxia\tSpecificDisease\t-
7\t28\t42\tHepatic ataxia\tSpecificDisease\t-
7\t36\t42\tataxia\tModifier\t-
7\t46\t50\trats\tSpecies\t-

8|t|Ataxia.
8|a|
8\t0\t6\tAtaxia\tSpecificDisease\t-

"""
RECIPE = """\
name = "merged"
held_out = "held_out.txt"
[tasks]
A = ["Protein", "Organ"]
B = ["Anatomy", "Species"]
C = ["Disease"]
[[corpora]]
file = "proteins.conll"
task = "A"
labels = { Protein = "Protein", Organ = "Organ" }
[[corpora]]
file = "diseases.PubTator"
task = "C"
labels = { SpecificDisease = "Disease", Modifier = "Disease" }
[[corpora]]
file = "organs.conll"
task = "B"
labels = { Anatomy = "Anatomy" }
[[corpora]]
file = "diseases.PubTator"
task = "B"
labels = { Species = "Species" }
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    (tmp_path / "proteins.conll").write_text(CONLL, "utf-8")
    (tmp_path / "organs.conll").write_text(AGAIN, "utf-8")
    (tmp_path / "diseases.PubTator").write_text(PUBTATOR, "utf-8")
    (tmp_path / "held_out.txt").write_text("8\n", "utf-8")
    (tmp_path / "recipe.toml").write_text(RECIPE, "utf-8")
    return load_recipe(tmp_path / "recipe.toml")


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
def test_one_file_with_one_table_of_labels(
    recipe: Recipe, tmp_path: Path, scheme: str
) -> None:
    output = tmp_path / "merged.conll"
    done = merge(recipe, output, scheme=scheme)  # type: ignore[arg-type]
    rows = output.read_text("utf-8").splitlines()
    # A label that kgbuild has another name for stays what the recipe calls it.
    last, one = ("E", "S") if scheme == "BIOES" else ("I", "B")
    assert rows[2:8] == [
        "The\tO", "IL\tB-Protein", "-\tI-Protein", f"2\t{last}-Protein", "gene\tO",
        ".\tO",
    ]  # fmt: skip
    assert f"Liver\t{one}-Organ" in rows
    assert f"Liver\t{one}-Anatomy" in rows
    documents = list(kg.read(output))
    assert [d.id for d in documents] == ["proteins:1", "proteins:2", "7", "organs:1"]
    assert [(m.text, corpus_label(m)) for d in documents for m in d.mentions] == [
        ("IL-2", "Protein"), ("Liver", "Organ"), ("Ataxia", "Disease"),
        ("Hepatic ataxia", "Disease"), ("rats", "Species"), ("Liver", "Anatomy"),
    ]  # fmt: skip
    assert dict(done.sentences) == {"proteins": 2, "diseases": 3, "organs": 1}
    assert done.mentions["diseases", "Disease"] == 2
    assert dict(done.left_out) == {
        ("proteins", "mention of Taxon, which the recipe does not list"): 1,
        ("diseases", "mention within a longer one, which CoNLL cannot hold"): 1,
        ("diseases", "document held out"): 1,
    }
    assert (done.repeated, done.contradicted) == (1, 1)


def test_a_label_has_one_meaning(recipe: Recipe, tmp_path: Path) -> None:
    recipe.corpora[3].labels["Modifier"] = "Anatomy"
    with pytest.raises(
        ConfigError, match=r"'Modifier' of .* means Disease and Anatomy"
    ):
        merge(recipe, tmp_path / "merged.conll")
    assert not (tmp_path / "merged.conll").exists()


def test_the_command_says_what_it_left_out(
    recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(*options: str) -> object:
        arguments = ["merge", "recipe.toml", "-o", "merged.conll", *options]
        monkeypatch.setattr("sys.argv", ["kgbuild", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code

    monkeypatch.chdir(tmp_path)
    assert run() == 0
    said = capsys.readouterr().out
    assert "  diseases: 1 document held out\n" in said
    assert "all                                      6         6\n" in said
    assert run("--scheme", "BILOU") == 2
    assert "scheme must be one of BIO, BIOES. Got 'BILOU'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["m1.PubTator", "m1.jsonl.gz", "m1.csv"])
def test_a_suffix_of_another_format_is_refused(
    recipe: Recipe, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ConfigError, match=r"writes CoNLL, and '\.\w+' is a suffix of"):
        merge(recipe, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_an_empty_corpus_has_a_row_and_nothing_at_all_is_refused(
    recipe: Recipe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "organs.conll").write_text("", "utf-8")
    text = merge(recipe, tmp_path / "merged.conll").to_text()
    assert "\norgans                                   0         0\n" in text
    assert "organs.conll holds no documents." in caplog.messages
    (tmp_path / "diseases.PubTator").write_text(PUBTATOR.partition("\n\n")[2], "utf-8")
    with pytest.raises(
        ConfigError, match=r"in diseases\.PubTator \(diseases: 1 document held out\)\."
    ):
        merge(replace(recipe, corpora=recipe.corpora[1:2]), tmp_path / "none.conll")
    assert not (tmp_path / "none.conll").exists()


def test_labels_that_match_nothing_are_said_or_refused(
    recipe: Recipe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe.corpora[0].labels["Nope"] = "Protein"
    merge(recipe, tmp_path / "merged.conll")
    assert caplog.messages == [
        "proteins.conll has no mention labelled 'Nope', which the recipe lists; it "
        "has 'Protein', 'Organ', 'Taxon'."
    ]
    recipe.corpora[0].labels.clear()
    recipe.corpora[0].labels["Nope"] = "Protein"
    with pytest.raises(
        ConfigError, match=r"labelled 'Nope', all that .*; it has 'Protein', 'Organ'"
    ):
        merge(recipe, tmp_path / "none.conll")
    assert not (tmp_path / "none.conll").exists()


def test_a_merge_needs_no_name(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE.partition("\n")[2], "utf-8")
    assert merge(load_recipe(tmp_path / "recipe.toml"), tmp_path / "m.conll").sentences
