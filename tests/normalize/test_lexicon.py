from __future__ import annotations

import csv
import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize import Normalizer
from kgbuild.normalize.layers import (
    identity,
    open_starter,
    open_vocabularies,
    starter_vocabulary,
)
from kgbuild.normalize.lexicon import COLUMNS, FILE, lexicon_path, open_lexicon
from kgbuild.normalize.species import words_for
from kgbuild.normalize.vocabulary import file_stem

if TYPE_CHECKING:
    from pathlib import Path

ROWS = (
    "Disease\tmesh:D000001\tblorposis\t\t3\n"
    "Disease\tmesh:D000002\tblorposis\t\t1\n"
    "Disease\tmesh:C000009\tzorbing fever\t\t2\n"
    "Gene\tncbigene:1\tZRB\t9606\t2\n"
    "Gene\tncbigene:2\tZRB\t10090\t9\n"
)


@pytest.fixture(autouse=True)
def _nothing_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGBUILD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def table(tmp_path: Path) -> Path:
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


@pytest.mark.parametrize("damage", ["missing", "cut", "no contents"])
def test_a_cache_that_is_damaged_is_made_again(table: Path, damage: str) -> None:
    gene = open_lexicon(table)[1].path
    whole = gene.read_bytes()
    if damage == "cut":
        gene.write_bytes(whole[:5000])
    else:
        (gene if damage == "missing" else gene.with_name("contents")).unlink()
    assert [v.path for v in open_lexicon(table)][1] == gene
    assert gene.read_bytes() == whole


def test_what_one_process_compiles_no_other_need(tmp_path: Path) -> None:
    """Though both begin at the same time; nothing but whole folders is left."""
    with ThreadPoolExecutor(4) as threads:
        made = [*threads.map(lambda _: open_starter(), range(4))]
    assert len({tuple(v.path for v in each) for each in made}) == 1
    assert {v.path.parent for v in made[0]} == {*(tmp_path / "cache").glob("[!l]*")}
    assert [len(v) for v in made[0]] == [
        len(v) for v in open_vocabularies(starter_vocabulary())
    ]


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
    rows = "Disease\tmesh:D000001\tquax\t\t1\nDisease\tmesh:D000001\tzorb\t\t1\n"
    normalizer = layered(table, tmp_path, names=names, rows=rows)
    assert normalizer.link("zorb", "Disease").concepts == ("mesh:D000088",)
    assert normalizer.link("quax", "Disease").concepts == ("mesh:D000001",)


def layered(table: Path, folder: Path, *, names: str, rows: str) -> Normalizer:
    """Lay a lexicon of such rows beneath an official vocabulary of such names."""
    (folder / "disease.tsv").write_text(f"id\tname\tsynonyms\n{names}")
    table.write_bytes(gzip.compress(("\t".join(COLUMNS) + "\n" + rows).encode()))
    (lexicon,) = open_lexicon(table)
    lexicon.layer = "lexicon"
    (official,) = open_vocabularies(folder / "disease.tsv")
    official.layer = "official"
    return Normalizer({"Disease": [official, lexicon]})


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((1, 0), 88), ((9, 8), 88), ((2, 0), 1), ((8, 2), 1)],
)
def test_annotators_beat_a_synonym_by_a_clear_majority(
    table: Path, tmp_path: Path, counts: tuple[int, int], expected: int
) -> None:
    rows = "".join(
        f"Disease\tmesh:D00000{number}\tquax\t\t{count}\n"
        for number, count in enumerate(counts, 1)
        if count
    )
    names = "mesh:D000088\tZorbing\tquax\n"
    normalizer = layered(table, tmp_path, names=names, rows=rows)
    assert normalizer.link("quax", "Disease").concepts == (f"mesh:D{expected:06}",)


def test_annotators_never_beat_a_preferred_name(table: Path, tmp_path: Path) -> None:
    rows = "Disease\tmesh:D000001\tquax\t\t50\n"
    normalizer = layered(table, tmp_path, names="mesh:D000088\tQuax\t\n", rows=rows)
    assert normalizer.link("quax", "Disease").concepts == ("mesh:D000088",)


def test_rewrites_need_more_than_a_single_document(table: Path, tmp_path: Path) -> None:
    rows = "Disease\tmesh:D000001\tquax\t\t{}\n"
    for documents, expected in ((1, ()), (2, ("mesh:D000001",))):
        normalizer = layered(
            table, tmp_path, names="mesh:D000088\tZorbing\t\n",
            rows=rows.format(documents),
        )  # fmt: skip
        assert normalizer.link("severe quax", "Disease").concepts == expected


def test_genes_of_the_lexicon_have_a_species() -> None:
    packed = gzip.decompress((lexicon_path() / FILE).read_bytes()).decode()
    rows = [line.split("\t") for line in packed.splitlines()[1:]]
    genes = [row for row in rows if row[0] == "Gene"]
    assert len(genes) > 5_000
    assert all(row[3].isdigit() for row in genes)


def test_yeast_genes_are_not_those_of_dogs() -> None:
    normalizer = Normalizer.load(["starter", "lexicon"], index=None)
    assert normalizer.link("Rad51", "Gene", taxa=[9615]).concepts == ()


@pytest.mark.parametrize("kind", ["Disease", "Chemical", "Gene", "Species", "CellLine"])
def test_names_of_the_starter_mean_what_it_says(kind: str) -> None:
    normalizer = Normalizer.load(["starter", "lexicon"], index=None)
    file = starter_vocabulary() / f"{file_stem(kind)}.tsv"
    lines = [line for line in file.read_text("utf-8").splitlines() if line[:1] != "#"]
    wrong = set()
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        taxa = [int(row["taxon"])] if row.get("taxon") else None
        names = [row["name"], *filter(None, (row["synonyms"] or "").split("|"))]
        for name in names:
            link = normalizer.link(name, kind, taxa=taxa)
            if link.concepts != (row["id"],):
                wrong.add((name, row["id"]))
    assert not wrong


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
        gzip.compress(b"type\tid\n", mtime=0),
        gzip.compress("\t".join(COLUMNS).encode() + b"\nGene\tx\n", mtime=0),
        gzip.compress(b"\xff\xfe", mtime=0),
        gzip.compress(("\t".join(COLUMNS) + "\n" + ROWS).encode(), mtime=0)[:-20],
    ],
    ids=["no gzip", "other columns", "short row", "no UTF-8", "cut short"],
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
