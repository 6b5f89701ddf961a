from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize import Normalizer
from kgbuild.normalize.layers import identity, open_vocabularies
from kgbuild.normalize.lexicon import COLUMNS, open_lexicon
from kgbuild.normalize.species import words_for

if TYPE_CHECKING:
    from pathlib import Path

ROWS = (
    "Disease\tmesh:D000001\tblorposis\t\t3\n"
    "Disease\tmesh:D000002\tblorposis\t\t1\n"
    "Disease\tmesh:C000009\tzorbing fever\t\t2\n"
    "Gene\tncbigene:1\tZRB\t9606\t2\n"
    "Gene\tncbigene:2\tZRB\t10090\t9\n"
)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KGBUILD_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "lexicon.tsv.gz"
    file.write_bytes(gzip.compress(("\t".join(COLUMNS) + "\n" + ROWS).encode()))
    return file


def test_a_lexicon_is_compiled_once_and_read_again(table: Path) -> None:
    first = open_lexicon(table)
    assert [(v.type, len(v)) for v in first] == [("Disease", 3), ("Gene", 2)]
    again = open_lexicon(table)
    assert [v.path for v in again] == [v.path for v in first]
    rows = {row.concept: row.count for row in again[0].lookup("blorposis")}
    assert rows == {"mesh:D000001": 3, "mesh:D000002": 1}


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    table: Path, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert [v.path for v in open_lexicon(table)] == [None, None]


def test_what_annotators_meant_most_is_meant(table: Path) -> None:
    disease, gene = open_lexicon(table)
    normalizer = Normalizer({"Disease": [disease], "Gene": [gene]})
    assert normalizer.link("Blorposis", "Disease").concepts == ("mesh:D000001",)
    # How often the mouse's gene is meant says nothing about the human one.
    for species, concept in (([9606, 10090], "1"), ([10090, 9606], "2")):
        link = normalizer.link("ZRB", "Gene", taxa=species)
        assert link.concepts == (f"ncbigene:{concept}",)


def test_one_document_is_no_reason_against_a_preferred_name(
    table: Path, tmp_path: Path
) -> None:
    names = "mesh:D000088\tzorb\t\nmesh:D000089\tZorbing fever\t\n"
    (tmp_path / "disease.tsv").write_text(f"id\tname\tsynonyms\n{names}")
    rows = "Disease\tmesh:D000001\tquax\t\t1\nDisease\tmesh:D000001\tzorb\t\t1\n"
    table.write_bytes(gzip.compress(("\t".join(COLUMNS) + "\n" + rows).encode()))
    (lexicon,) = open_lexicon(table)
    lexicon.layer = "lexicon"
    (official,) = open_vocabularies(tmp_path / "disease.tsv")
    official.layer = "official"
    normalizer = Normalizer({"Disease": [official, lexicon]})
    assert normalizer.link("zorb", "Disease").concepts == ("mesh:D000088",)
    assert normalizer.link("quax", "Disease").concepts == ("mesh:D000001",)


def test_a_number_of_former_years_leads_to_todays_concept(
    table: Path, tmp_path: Path
) -> None:
    (tmp_path / "disease.tsv").write_text(
        "id\tname\tsynonyms\nmesh:D000077\tZorbing Fever\t\n", encoding="utf-8"
    )
    layers = Normalizer.load([tmp_path / "disease.tsv", "none"]).vocabularies["Disease"]
    lexicon = open_lexicon(table)[0]
    lexicon.layer = "lexicon"
    found = identity("mesh:C000009", (*layers, lexicon))
    assert found[:2] == ("mesh:D000077", "Zorbing Fever")


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip",
        gzip.compress(b"type\tid\n"),
        gzip.compress(b"\t".join(c.encode() for c in COLUMNS) + b"\nGene\tx\n"),
        gzip.compress(b"\xff\xfe"),
        gzip.compress(("\t".join(COLUMNS) + "\n" + ROWS).encode())[:-20],
    ],
)
def test_a_wrong_table_is_one_sentence(table: Path, content: bytes) -> None:
    table.write_bytes(content)
    with pytest.raises(InputError, match="This is no lexicon"):
        open_lexicon(table)


def test_a_missing_table(table: Path) -> None:
    table.unlink()
    with pytest.raises(ResourceMissingError, match="reinstall kgbuild"):
        open_lexicon(table)


def test_the_lexicon_that_ships_knows_what_annotators_mean() -> None:
    normalizer = Normalizer.load(["lexicon"])
    assert normalizer.link("heart failure", "Disease").concepts == ("mesh:D006333",)
    assert normalizer.link("zorbatinib", "Chemical").concepts == ()


def test_words_speak_for_a_species() -> None:
    human = words_for("The clinical samples of patients with cancer.")
    mouse = words_for("Knockout of the gene in embryonic littermates.")
    assert human[9606] > human[10090]
    assert mouse[10090] > mouse[9606]
