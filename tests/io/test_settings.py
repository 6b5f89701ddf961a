"""One loader of TOML: paths, wrong keys, all faults at once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from kgbuild._io.settings import load_toml, merged
from kgbuild.errors import ConfigError, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    epochs: int = 1
    weights: Path | None = None
    names: dict[str, list[Path]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    title: str
    folder: Path = Path("here")
    source: Path | str = "bundled:x"
    files: tuple[Path, ...] = ()
    inner: Inner = field(default_factory=Inner)
    inners: tuple[Inner, ...] = ()
    key: str | None = field(default=None, repr=False)
    numbers: tuple[int, ...] | Path = ()
    pairs: tuple[tuple[str, str], ...] | None = None


def load(folder: Path, text: str, **options: object) -> Outer:
    folder.mkdir(exist_ok=True)
    (folder / "s.toml").write_text(text, "utf-8")
    return load_toml(folder / "s.toml", Outer, **options)  # type: ignore[arg-type]


def test_paths_are_relative_to_the_file_that_states_them(tmp_path: Path) -> None:
    got = load(
        tmp_path,
        'title = "a/b"\nfiles = ["x", "/y"]\nsource = "./z"\n'
        '[inner]\nweights = "w"\n[inner.names]\nGene = ["g"]\n'
        '[[inners]]\nweights = "../v"\n',
    )
    assert got.title == "a/b"
    assert got.files == (tmp_path / "x", Path("/y"))
    assert got.source == str(tmp_path / "z")
    assert got.folder == tmp_path / "here"
    assert got.inner.weights == tmp_path / "w"
    assert got.inner.names == {"Gene": [tmp_path / "g"]}
    assert got.inners[0].weights == tmp_path / "../v"


def test_a_file_that_is_extended_keeps_its_own_folder(tmp_path: Path) -> None:
    load(tmp_path / "base", 'title = "t"\nfiles = ["x"]\n[inner]\nweights = "w"')
    got = load(
        tmp_path / "own",
        'extends = "../base/s.toml"\nfiles = ["y"]\n[inner]\nepochs = 2',
    )
    # extends is resolved from the extending file, paths from the stating file.
    assert got.files == (tmp_path / "own/../base/x", tmp_path / "own/y")
    assert got.inner == Inner(epochs=2, weights=tmp_path / "own/../base/w")


def test_a_name_or_path_is_a_path_where_it_looks_like_one(tmp_path: Path) -> None:
    assert load(tmp_path, 'title = "t"\nsource = "hub/name"').source == "hub/name"
    assert load(tmp_path, 'title = "t"\nsource = "/a/b"').source == "/a/b"


def test_a_bundled_path_and_a_change_stay_as_they_are(tmp_path: Path) -> None:
    got = load(
        tmp_path, 'title = "t"\nsource = "bundled:a.xml"', changes={"folder": "out"}
    )
    assert got.source == "bundled:a.xml"
    assert got.folder == Path("out")


def test_all_faults_are_named_at_once_with_the_nearest_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(
            tmp_path,
            'title = 3\nfodler = "x"\n[inner]\nepoch = 2\n'
            '[[inners]]\nqqq = 1\n[[inners]]\nepochs = "many"\n',
        )
    said = str(caught.value)
    assert str(tmp_path / "s.toml") in said
    assert (
        "fodler is not a known key (did you mean 'folder'? the keys are title" in said
    )
    assert "inner.epoch is not a known key (did you mean 'epochs'? " in said
    assert "the keys of [inner] are epochs, weights, names)" in said
    assert "inners.0.qqq is not a known key (the keys of [inners.0] are" in said
    assert "title: input should be a valid string, got 3" in said
    assert "inners.1.epochs" in said


def test_a_key_in_the_wrong_table_is_told_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'inner\.epochs'"):
        load(tmp_path, 'title = "t"\nepochs = 2')


def test_one_value_is_a_list_of_one(tmp_path: Path) -> None:
    got = load(tmp_path, 'title = "t"\nfiles = "x"\nnumbers = 3')
    assert (got.files, got.numbers) == ((tmp_path / "x",), (3,))
    assert load(tmp_path, 'title = "t"\nnumbers = "x"').numbers == tmp_path / "x"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, 'title = "t"\nnumbers = ["a"]\npairs = "Gene"')
    said = str(caught.value)
    assert "numbers.0: input should be a valid integer" in said
    assert "pairs: must be a list, in square brackets, got 'Gene'" in said
    assert "tuple" not in said


@pytest.mark.parametrize("value", ["3", '"x"', "true", "[1]"])
@pytest.mark.parametrize("place", ["the file", "changes"])
def test_a_value_in_place_of_a_table_is_refused(
    tmp_path: Path, place: str, value: str
) -> None:
    given = f"\ninner = {value}" if place == "the file" else ""
    inner = {"inner": tomllib.loads(f"v = {value}")["v"]}
    changes = inner if place == "changes" else {}
    with pytest.raises(
        ConfigError, match=r"s\.toml: inner must be a table, got .*\] are epochs"
    ) as caught:
        load(tmp_path, f'title = "t"{given}', changes=changes)
    assert str(caught.value).count("must be") == 1
    # Nor is it forgotten where something else goes into that table.
    with pytest.raises(ConfigError, match=r"inner is given as .* with epochs: drop"):
        merged(inner, {"inner": {"epochs": 2}})
    assert merged(inner, {"inner": {"epochs": None}}) == inner


def test_yes_is_no_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, 'title = "t"\nnumbers = [true]\n[inner]\nepochs = false')
    assert "numbers.0 must be a number, got true" in str(caught.value)
    assert "inner.epochs must be a number, got false" in str(caught.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    SHORTHAND: ClassVar[str] = "files"
    files: tuple[Path, ...] | Path = ()
    limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    short: Short | None = None


def test_a_value_stands_for_a_table_and_changes_go_into_it(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('short = "x"', "utf-8")
    got = load_toml(tmp_path / "s.toml", Whole, changes={"short": {"limit": 3}})
    assert got == Whole(short=Short(files=tmp_path / "x", limit=3))
    changes = {"short": {"limits": 3}}
    with pytest.raises(ConfigError, match=r"short\.limits .*'limit'\? the keys"):
        load_toml(tmp_path / "s.toml", Whole, changes=changes)


def test_the_value_of_a_secret_is_in_no_message(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="key: input should be") as caught:
        load(tmp_path, 'title = "t"\nkey = 424242')
    assert "424242" not in str(caught.value)


def test_a_table_alone(tmp_path: Path) -> None:
    text = '[other]\nnoise = 1\n[mine]\ntitle = "t"'
    assert load(tmp_path, text, table="mine").title == "t"
    with pytest.raises(ConfigError, match="mine must be a table"):
        load(tmp_path, "mine = 3", table="mine")


def test_no_toml_no_file_and_a_circle(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no TOML"):
        load(tmp_path, "title = ")
    with pytest.raises(ConfigError, match="extends itself"):
        load(tmp_path, 'extends = "s.toml"')
    with pytest.raises(InputError, match="no such file"):
        load_toml(tmp_path / "absent.toml", Outer)
