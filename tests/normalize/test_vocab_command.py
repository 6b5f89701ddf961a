from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from kgbuild.cli import main
from kgbuild.commands import vocab
from kgbuild.errors import ConfigError, InputError, KgbuildError
from kgbuild.normalize import build_vocabulary, starter_vocabulary


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    vocab.register(made)

    @made.command()
    def other() -> None:
        """Keep ``vocab`` a group."""

    return made


def run(app: typer.Typer, *words: str) -> str:
    result = CliRunner().invoke(app, ["vocab", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_build_info_and_search(app: typer.Typer, lists: Path, tmp_path: Path) -> None:
    said = run(app, "build", "disease", str(lists / "disease.tsv"), "-o", str(tmp_path))
    assert "8 concepts" in said
    assert "Disease, list: 8 concepts" in run(app, "info", str(tmp_path))
    (facts,) = json.loads(run(app, "info", str(tmp_path), "--json"))
    assert facts["sources"][0]["file"] == "disease.tsv"
    found = run(app, "search", "high blood", "--vocabulary", str(tmp_path))
    assert "mesh:D006973" in found
    assert "(high blood pressure)" in found


def test_info_of_a_folder_of_variants(app: typer.Typer, tmp_path: Path) -> None:
    forms = tmp_path / "forms.tsv"
    forms.write_text("form\trs\tncbigene\np|SUB|V|600|E\trs113488022\t673\n")
    folder = tmp_path / "voc"
    run(app, "build", "variants", str(forms), "-o", str(folder))
    for place in (folder, folder / "variants.table"):
        said = run(app, "info", str(place))
        assert "Variant, official: 1 changes" in said
        assert "forms.tsv" in said
        (facts,) = json.loads(run(app, "info", str(place), "--json"))
        assert (facts["type"], facts["changes"]) == ("Variant", 1)
    (folder / "disease.tsv").write_text("id\tname\nmesh:D1\tzorb\n")
    said = run(app, "info", str(folder))
    assert said.index("Disease, list: 1 concept,") < said.index("Variant, official")


def test_search_by_type(app: typer.Typer, lists: Path) -> None:
    everywhere = run(app, "search", "ace", "--vocabulary", str(lists))
    assert "ncbigene:1636" in everywhere
    genes = run(app, "search", "ad", "--vocabulary", str(lists), "--type", "gene")
    assert genes.startswith("Nothing is called 'ad' or begins so among Gene")


def test_list_names_files_and_formats(app: typer.Typer) -> None:
    said = run(app, "list")
    assert "ctd-diseases" in said
    assert "gene-info" in said


def test_download_from_a_mirror(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "cellosaurus.txt").write_text("ID   HeLa\n")
    out = tmp_path / "out"
    said = run(
        app, "download", "cellosaurus", "-o", str(out), "--mirror", str(tmp_path)
    )
    assert said.strip() == str(out / "cellosaurus.txt")


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["build", "disese", "x.tsv"], "TYPE must be one of Gene"),
        (["download", "mondo", "--host", "nonsense"], "HOST=ADDRESS"),
    ],
)
def test_wrong_words(app: typer.Typer, words: list[str], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        CliRunner().invoke(app, ["vocab", *words], catch_exceptions=False)


def test_build_indexes_the_names_unless_told_not_to(
    app: typer.Typer, lists: Path, tmp_path: Path
) -> None:
    source = str(lists / "disease.tsv")
    said = run(app, "build", "disease", source, "-o", str(tmp_path), "--no-index")
    assert "names, exact search" not in said
    assert not (tmp_path / "disease.neighbours").exists()
    assert "names, exact search" in run(app, "index", str(tmp_path))
    assert (tmp_path / "disease.neighbours" / "facts.json").is_file()
    said = run(app, "build", "species", str(lists / "species.tsv"), "-o", str(tmp_path))
    assert "rules alone" in said


def test_lists_cannot_be_indexed(app: typer.Typer, lists: Path) -> None:
    with pytest.raises(ConfigError, match="vocab build"):
        run(app, "index", str(lists))


@pytest.mark.parametrize("bad", ["a file", "none there"])
def test_a_bad_data_folder_is_one_sentence(
    bad: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "data" if bad == "a file" else Path("/proc/none")
    if bad == "a file":
        folder.write_text("")
    monkeypatch.setenv("KGBUILD_DATA", str(folder))
    monkeypatch.setattr(sys, "argv", ["kgbuild", "vocab", "install", "species"])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr().err
    assert (stopped.value.code, said.count("\n")) == (2, 1)
    assert str(folder) in said
    assert ("name a folder with KGBUILD_DATA" in said) == (bad == "a file")


def test_search_shows_a_concept_once(app: typer.Typer) -> None:
    said = run(app, "search", "ACE", "--type", "gene")
    assert said.count("ncbigene:1636 ") == 1


def test_search_shows_what_is_called_so_first(app: typer.Typer, tmp_path: Path) -> None:
    taxonomy = tmp_path / "taxa.obo"
    taxonomy.write_text(
        "format-version: 1.2\nontology: ncbitaxon\n\n[Term]\nid: NCBITaxon:10088\n"
        'name: Mus\nsynonym: "mice" EXACT []\n\n[Term]\nid: NCBITaxon:1\n'
        "name: Micetoid\n"
    )
    folder = tmp_path / "data" / "vocabulary"
    build_vocabulary("Species", [taxonomy], output=folder)
    (tmp_path / "cell_type.tsv").write_text(
        "id\tname\ncl:0000236\tB cell\ncl:0000540\tneuron\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGBUILD_DATA", str(tmp_path / "data"))
        lines = run(app, "search", "mice", "--type", "species").splitlines()
        assert lines[0].split()[1] == "ncbitaxon:10090"
        assert lines[1].split()[1] == "ncbitaxon:10088"
        assert run(app, "search", "mice").startswith("Species ")
        assert "ncbitaxon:1 " not in run(
            app, "search", "mice", "--type", "species", "--limit", "2"
        )
    # As texts have them: in the plural, their words in another order.
    own = str(tmp_path / "cell_type.tsv")
    for text, concept in (("B cells", "cl:0000236"), ("neurons", "cl:0000540")):
        assert concept in run(app, "search", text, "--vocabulary", own)


def test_a_narrower_type_is_searched_for_in_what_serves_it(app: typer.Typer) -> None:
    assert "mesh:D001943" in run(app, "search", "breast cancer", "--type", "cancer")


def test_layers_have_names(app: typer.Typer) -> None:
    said = run(app, "search", "mice", "--vocabulary", "starter")
    assert "ncbitaxon:10090" in said
    assert "Species, starter" in run(app, "info", "starter")
    assert "lexicon" not in run(app, "info", "starter", "--json")
    for words, match in (
        (["info", "none"], "leaves no vocabulary"),
        (["info", "installed"], "vocab install"),
        (["index", "starter"], "compile them first"),
    ):
        with pytest.raises(KgbuildError, match=match):
            run(app, *words)


def test_what_comes_with_kgbuild_has_a_licence(app: typer.Typer) -> None:
    lines = [line for line in run(app, "info").splitlines() if "entries" in line]
    assert all("Apache-2.0" in line for line in lines)
    assert not any("undated" in line for line in lines)


def test_a_list_of_another_type_with_the_same_prefix_is_refused() -> None:
    drugs = starter_vocabulary() / "chemical.tsv"
    with pytest.raises(InputError, match=r"not of the type Disease: .* Chemical"):
        build_vocabulary("disease", [drugs], format="tsv")
    assert len(build_vocabulary("chemical", [drugs], format="tsv"))
