from __future__ import annotations

import gzip
import hashlib
import json
import pickle
import sqlite3
import threading
from typing import TYPE_CHECKING

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.errors import ConfigError, InputError, ResourceMissingError
from kgbuild.normalize import Normalizer, Vocabulary, build_vocabulary
from kgbuild.normalize._bloom import KeyFilter, filter_of, probe_of
from kgbuild.normalize.compiler import key_columns
from kgbuild.normalize.keys import simplified_key, token_key
from kgbuild.normalize.vocabulary import file_stem

if TYPE_CHECKING:
    from pathlib import Path

TREE = (
    "id\tname\tsynonyms\tparents\n"
    "doid:4\tdisease\t\t\n"
    "doid:1\tcancer\tmalignant tumor\tdoid:4\n"
    "doid:2\tbreast cancer\t\tdoid:1\n"
    "doid:3\tflu\tinfluenza\tdoid:4\n"
)


@pytest.fixture
def compiled(lists: Path, tmp_path: Path) -> Vocabulary:
    return build_vocabulary("Disease", [lists / "disease.tsv"], output=tmp_path)


def test_names_lead_to_concepts_and_back(compiled: Vocabulary) -> None:
    (row,) = compiled.lookup(simplified_key("HIGH blood-pressure"))
    assert (row.concept, row.name) == ("mesh:D006973", "Hypertension")
    assert (row.text, row.status) == ("high blood pressure", "synonym")
    assert compiled.names("mesh:D006973") == (
        ("Hypertension", "preferred"),
        ("high blood pressure", "synonym"),
    )
    (row,) = compiled.lookup_tokens(token_key("cancers of the ovary ovarian")) or (row,)
    assert compiled.lookup("nosuchname") == ()


def test_words_lead_to_concepts(compiled: Vocabulary) -> None:
    rows = compiled.lookup_tokens(token_key("Type II Diabetes Mellitus"))
    assert {row.concept for row in rows} == {"mesh:D003924"}


def test_other_identifiers_lead_to_the_concept(compiled: Vocabulary) -> None:
    assert compiled.concept("omim:119900") == ("mesh:D003027", "Clubfoot", None)
    assert compiled.aliases("mesh:D003027") == ("omim:119900",)
    assert compiled.name_of("omim:119900") == "Clubfoot"
    assert compiled.concept("mesh:D999999") is None


def test_source_is_on_record(compiled: Vocabulary, lists: Path) -> None:
    (source,) = compiled.sources
    data = (lists / "disease.tsv").read_bytes()
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert source.bytes == len(data)
    assert (source.file, source.format, source.concepts) == ("disease.tsv", "tsv", 8)
    assert len(compiled) == 8


def test_same_sources_give_the_same_bytes(lists: Path, tmp_path: Path) -> None:
    one, two = (
        build_vocabulary("Gene", [lists / "gene.tsv"], output=tmp_path / name)
        for name in ("one", "two")
    )
    assert one.version == two.version
    assert one.path is not None
    assert two.path is not None
    assert one.path.read_bytes() == two.path.read_bytes()


def test_version_follows_the_content(lists: Path, tmp_path: Path) -> None:
    other = tmp_path / "disease.tsv"
    other.write_text((lists / "disease.tsv").read_text() + "mesh:D1\tNew\t\n")
    one = build_vocabulary("Disease", [lists / "disease.tsv"])
    two = build_vocabulary("Disease", [other])
    assert one.version != two.version


def test_first_file_names_the_concept(tmp_path: Path) -> None:
    one, two = tmp_path / "one.tsv", tmp_path / "two.tsv"
    one.write_text("mesh:D1\tMine\tm\n")
    two.write_text("mesh:D1\tTheirs\tt\nmesh:D2\tOther\t\n")
    made = build_vocabulary("Disease", [one, two])
    assert made.name_of("mesh:D1") == "Mine"
    assert {text for text, _ in made.names("mesh:D1")} == {"Mine", "m", "Theirs", "t"}
    assert len(made) == 2


def test_on_a_tie_the_earlier_file_wins(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "species.tsv", tmp_path / "later.tsv"
    mine.write_text("ncbitaxon:10116\tRattus norvegicus\trat\n")
    theirs.write_text("ncbitaxon:10114\tRattus\trat\n")
    for files, first in (([mine, theirs], "10116"), ([theirs, mine], "10114")):
        one = Normalizer({"Species": [build_vocabulary("Species", files)]})
        two = Normalizer({"Species": [build_vocabulary("Species", [f]) for f in files]})
        for made in (one, two):
            assert made.link("rat", "Species").concepts == (f"ncbitaxon:{first}",)


def test_a_later_file_adds_the_taxon(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine.tsv", tmp_path / "theirs.tsv"
    mine.write_text("ncbigene:1\tA1BG\t\n")
    theirs.write_text("id\tname\ttaxon\nncbigene:1\tA1BG\t9606\n")
    made = build_vocabulary("Gene", [mine, theirs])
    assert made.concept("ncbigene:1") == ("ncbigene:1", "A1BG", 9606)


def test_search(compiled: Vocabulary) -> None:
    assert [r.concept for r in compiled.search("breast")] == ["mesh:D001943"]
    for typed in (
        "mesh:D006973",
        "MESH:D006973",
        "https://identifiers.org/mesh:D006973",
    ):
        assert [r.name for r in compiled.search(typed)] == ["Hypertension"]
    assert compiled.search("???") == ()
    assert len(compiled.search("d", limit=2)) == 2
    with pytest.raises(ConfigError, match=r"limit must be at least 1\. Got -1"):
        compiled.search("d", limit=-1)


def test_subset_takes_what_lies_below(tmp_path: Path) -> None:
    path = tmp_path / "tree.tsv"
    path.write_text(TREE)
    made = build_vocabulary("Disease", [path], under=["doid:1"])
    assert {curie for curie, _, _ in made.concepts()} == {"doid:1", "doid:2"}
    for typed in ("DOID:1", "http://purl.obolibrary.org/obo/DOID_1", " doid:1"):
        again = build_vocabulary("Disease", [path], under=[typed])
        assert again.version == made.version
    assert made.ancestors("doid:2") == ("doid:1", "doid:4")
    assert made.version != build_vocabulary("Disease", [path]).version
    with pytest.raises(ConfigError, match="No concept is or lies below doid:99"):
        build_vocabulary("Disease", [path], under=["doid:99"])


def test_a_circle_of_parents_ends(tmp_path: Path) -> None:
    path = tmp_path / "circle.tsv"
    path.write_text("id\tname\tparents\na:1\tone\ta:2\na:2\ttwo\ta:1\n")
    made = build_vocabulary("Disease", [path])
    assert made.ancestors("a:1") == ("a:2",)
    assert len(build_vocabulary("Disease", [path], under=["a:1"])) == 2


def test_html_in_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("mesh:D1\tReed&apos;s   syndrome\t\n")
    assert build_vocabulary("Disease", [path]).name_of("mesh:D1") == "Reed's syndrome"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "mesh:D1\t--\t\n"])
def test_nothing_is_left_of_a_failed_build(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text(text)
    out = tmp_path / "out"
    with pytest.raises(InputError, match="gave no name"):
        build_vocabulary("Disease", [path], output=out, format="tsv")
    assert not out.exists()


def test_a_failed_build_keeps_the_old_vocabulary(
    compiled: Vocabulary, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.tsv"
    bad.write_bytes(b"mesh:D1\tGood\t\n\xff\n")
    with pytest.raises(InputError, match="not UTF-8"):
        build_vocabulary("Disease", [bad], output=tmp_path)
    assert Vocabulary.open(tmp_path / "disease.vocab").version == compiled.version


def test_no_file_no_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least one file"):
        build_vocabulary("Disease", [])
    with pytest.raises(InputError, match="no such file"):
        build_vocabulary("Disease", [tmp_path / "missing.tsv"])
    with pytest.raises(ResourceMissingError, match="There is no vocabulary"):
        Vocabulary.open(tmp_path / "missing.vocab")


def test_other_sqlite_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "gene.vocab"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(InputError, match="no compiled vocabulary"):
        Vocabulary.open(path)


def test_newer_vocabularies_are_refused(compiled: Vocabulary) -> None:
    assert compiled.path is not None
    compiled.close()
    connection = sqlite3.connect(compiled.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="has format 99"):
        Vocabulary.open(compiled.path)


def test_damage_is_an_error_not_an_answer(compiled: Vocabulary) -> None:
    assert compiled.path is not None
    data = bytearray(compiled.path.read_bytes())
    compiled.close()
    data[5_000:] = b"\xa5" * (len(data) - 5_000)
    compiled.path.write_bytes(data)
    with pytest.raises(InputError, match=r"cannot be read|damaged"):
        Vocabulary.open(compiled.path).lookup(simplified_key("Hypertension"))


def test_a_vocabulary_serves_several_threads(compiled: Vocabulary) -> None:
    key = simplified_key("Hypertension")
    answers = []

    def ask() -> None:
        answers.extend(len(compiled.lookup(key)) for _ in range(200))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 800


def test_vocabularies_pickle_by_path(compiled: Vocabulary, lists: Path) -> None:
    in_memory = build_vocabulary("Disease", [lists / "disease.tsv"])
    for original in (compiled, in_memory):
        again = pickle.loads(pickle.dumps(original))
        assert again.version == original.version
        assert again.name_of("mesh:D006973") == "Hypertension"


def test_compiled_stands_before_the_list(lists: Path, tmp_path: Path) -> None:
    (tmp_path / "disease.tsv").write_text("mesh:D1\tFrom the list\t\n")
    build_vocabulary("Disease", [lists / "disease.tsv"], output=tmp_path)
    loaded = Normalizer.load([tmp_path, "none"])
    assert loaded.link("Hypertension", "Disease").concepts == ("mesh:D006973",)
    assert loaded.link("From the list", "Disease").concepts == ()


def test_several_folders_add_up(lists: Path, tmp_path: Path) -> None:
    (tmp_path / "disease.tsv").write_text(
        "id\tname\tsynonyms\nomim:119900\tIts OMIM name\tbent foot\nmesh:D1\tMine\t\n"
    )
    loaded = Normalizer.load([lists, tmp_path])
    assert loaded.link("Mine", "Disease").concepts == ("mesh:D1",)
    # The second knows the concept by another of its identifiers.
    bent = loaded.link("bent foot", "Disease")
    assert (bent.concepts, bent.name) == (("mesh:D003027",), "Clubfoot")


def test_observed_names_belong_to_known_concepts(lists: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.PubTator"
    gold.write_text(
        "1|t|The talipes deformity and AD\n1|a|.\n"
        "1\t4\t21\ttalipes deformity\tDisease\tOMIM:119900\n"
        "1\t26\t28\tAD\tDisease\tD003876\n\n"
        "2|t|This AD\n2|a|.\n2\t5\t7\tAD\tDisease\tD003876\n\n"
    )
    made = build_vocabulary("Disease", [gold, lists / "disease.tsv"])
    loaded = Normalizer({"Disease": [made]})
    assert loaded.link("talipes deformity", "Disease").concepts == ("mesh:D003027",)
    # Two diseases are called AD; annotators meant this one.
    link = loaded.link("AD", "Disease")
    assert link.concepts == ("mesh:D003876",)
    assert link.candidates[0].facts.observed == 1.0
    assert link.candidates[1].facts.observed == 0.0


@pytest.mark.parametrize(
    ("kind", "stem"), [("Gene", "gene"), ("CellLine", "cell_line"), ("DNA", "dna")]
)
def test_file_stems(kind: str, stem: str) -> None:
    assert file_stem(kind) == stem


#: Without halves of surrogate pairs, which no file in UTF-8 has.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.lists(
    TEXT | st.from_regex(r"([A-Za-z0-9α-ω]{1,9}[ \-/']?){1,5}", fullmatch=True),
    max_size=20,
)


@given(st.sets(TEXT, max_size=200), TEXT)
def test_filter_never_denies_a_key(keys: set[str], other: str) -> None:
    made = KeyFilter(filter_of(keys))
    assert all(probe_of(key) in made for key in keys)
    assert not keys or other in keys or isinstance(probe_of(other) in made, bool)


def test_filter_denies_most_others() -> None:
    made = KeyFilter(filter_of(f"name{number}" for number in range(5_000)))
    passed = sum(probe_of(f"other{number}") in made for number in range(5_000))
    assert passed < 250


@given(NAMES)
def test_columns_of_keys_are_the_keys(names: list[str]) -> None:
    keys, tokens = key_columns(pl.Series(names, dtype=pl.String))
    assert keys.to_list() == [simplified_key(name) for name in names]
    assert tokens.to_list() == [token_key(name) for name in names]


def test_many_names_lie_in_many_blocks(tmp_path: Path) -> None:
    path = tmp_path / "gene.tsv"
    rows = [f"ncbigene:{n}\tGENE{n}\tshared|protein of gene {n}" for n in range(3_000)]
    path.write_text("\n".join(rows), encoding="utf-8")
    made = build_vocabulary("Gene", [path], output=tmp_path)
    for n in (0, 31, 32, 63, 64, 1_999, 2_999):
        (row,) = made.lookup(f"gene{n}")
        assert (row.concept, row.status) == (f"ncbigene:{n}", "preferred")
        assert made.concept(f"ncbigene:{n}") == (f"ncbigene:{n}", f"GENE{n}", None)
        (row,) = made.lookup_tokens(token_key(f"gene {n} protein"))
        assert row.concept == f"ncbigene:{n}"
    assert len(made.lookup("shared")) == 3_000
    assert made.lookup("gene3000") == ()
    assert made.concept("ncbigene:3000") is None
    assert len(list(made.names_by_key())) == 6_001
    assert [r.concept for r in made.search("gene 17", limit=3)] == [
        "ncbigene:17", "ncbigene:170", "ncbigene:171",
    ]  # fmt: skip


def test_a_block_that_grows_too_far_is_damage(compiled: Vocabulary) -> None:
    assert compiled.path is not None
    path = compiled.path
    compiled.close()
    bomb = zstandard.ZstdCompressor().compress(b"x" * (1 << 27))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE name SET data = ?", (bomb,))
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="damaged"):
        Vocabulary.open(path).lookup(simplified_key("Hypertension"))


def test_a_source_is_dated_by_its_publisher(tmp_path: Path) -> None:
    bare, packed = tmp_path / "bare.tsv", tmp_path / "packed.tsv.gz"
    bare.write_text("mesh:D1\tOne\t\n")
    packed.write_bytes(gzip.compress(b"mesh:D2\tTwo\t\n", mtime=1_500_000_000))
    noted = tmp_path / "noted.tsv"
    noted.write_text("mesh:D3\tThree\t\n")
    note = {"last_modified": "Tue, 01 Jul 2025 10:00:00 GMT"}
    (tmp_path / "noted.tsv.source.json").write_text(json.dumps(note))
    made = build_vocabulary("Disease", [bare, packed, noted], format="tsv")
    assert [s.date for s in made.sources] == ["", "2017-07-14", "2025-07-01"]


def test_a_list_is_named_after_its_type(tmp_path: Path) -> None:
    for name in ("mine.tsv", "Plasmid.tsv"):
        (tmp_path / name).write_text("id\tname\nx:1\tpUC19\n")
    with pytest.raises(InputError, match=r"mine\.tsv is named after no entity type"):
        Normalizer.load(tmp_path / "mine.tsv")
    link = Normalizer.load(tmp_path / "Plasmid.tsv").link("pUC19", "Plasmid")
    assert link.concepts == ("x:1",)


def test_a_list_of_another_type_is_refused(tmp_path: Path) -> None:
    listed = tmp_path / "mine.tsv"
    listed.write_text("id\tname\nncbigene:1636\tACE\nncbigene:672\tBRCA1\nown:1\tx\n")
    with pytest.raises(InputError, match="not of the type Disease"):
        build_vocabulary("Disease", [listed], output=tmp_path / "new" / "folder")
    assert not (tmp_path / "new").exists()
    assert len(build_vocabulary("Gene", [listed])) == 3


@pytest.mark.parametrize(
    ("kind", "typed"), [("Gene", "TP53"), ("Disease", "mesh:heart"), ("Gene", "x 1")]
)
def test_what_is_no_identifier_becomes_no_concept(
    tmp_path: Path, kind: str, typed: str
) -> None:
    listed = tmp_path / "mine.tsv"
    listed.write_text(f"id\tname\n{typed}\tsomething\n")
    with pytest.raises(InputError, match=r"is no identifier of .*own:"):
        build_vocabulary(kind, [listed])


@pytest.mark.parametrize(
    "typed", ["taxonomy:9606", "NCBITaxon:9606", "txid9606", "9606"]
)
def test_a_taxon_as_it_is_typed(tmp_path: Path, typed: str) -> None:
    listed = tmp_path / "gene.tsv"
    listed.write_text(f"id\tname\tsynonyms\ttaxon\nncbigene:1636\tACE\t\t{typed}\n")
    (gene,) = build_vocabulary("Gene", [listed]).concepts()
    assert gene[2] == 9606


@pytest.mark.parametrize(
    "typed",
    [
        "8528200", "PMID:8528200", "pmid 8528200", "08528200",
        "https://identifiers.org/pubmed:8528200",
        "http://identifiers.org/pubmed/8528200",
        "https://pubmed.ncbi.nlm.nih.gov/8528200/",
        "https://www.ncbi.nlm.nih.gov/pubmed/8528200",
    ],
)  # fmt: skip
def test_documents_are_left_out_as_they_are_typed(tmp_path: Path, typed: str) -> None:
    corpus = tmp_path / "gold.PubTator"
    corpus.write_text(
        "8528200|t|Gout hurts.\n8528200\t0\t4\tGout\tDisease\tMESH:D006073\n\n"
        "7|t|Flu hurts.\n7\t0\t3\tFlu\tDisease\tMESH:D007251\n\n"
    )
    made = build_vocabulary("Disease", [corpus], exclude=[typed])
    assert [concept for concept, *_ in made.concepts()] == ["mesh:D007251"]
    with pytest.warns(UserWarning, match=r"no document of 1 of the 2 ids.* 'other'"):
        build_vocabulary("Disease", [corpus], exclude=[typed, "other"])


def test_of_lists_that_contradict_the_first_counts(tmp_path: Path) -> None:
    for name, line in (("a", "own:1\tZorbitis\tzz fever"), ("b", "own:2\tzz fever\t")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "disease.tsv").write_text(f"id\tname\tsynonyms\n{line}\n")
    places = [tmp_path / "a", tmp_path / "b"]
    for order, wanted in ((places, "own:1"), (places[::-1], "own:2")):
        loaded = Normalizer.load([*order, "none"])
        assert loaded.link("zz fever", "Disease").concepts == (wanted,)


@pytest.mark.parametrize(
    ("prefix", "fits"), [("MINE", True), ("GO", False), ("CHEBI", False)]
)
def test_an_ontology_of_ones_own(tmp_path: Path, prefix: str, fits: bool) -> None:
    written = tmp_path / "mine.obo"
    written.write_text(
        f"format-version: 1.2\nontology: {prefix.lower()}\n\n[Term]\nid: {prefix}:1\n"
        "name: zz fever\n"
    )
    if fits:
        assert len(build_vocabulary("Disease", [written])) == 1
    else:
        with pytest.raises(InputError, match="not of the type Disease"):
            build_vocabulary("Disease", [written])
