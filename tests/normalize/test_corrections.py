"""Corrections: rows of a file in the place of what normalization gave."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kgbuild as kg
from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError, InputError
from kgbuild.normalize import (
    Correction,
    Corrector,
    Normalizer,
    change_corrections,
    read_corrections,
)
from kgbuild.pipeline import annotate_file
from kgbuild.testing import check_stage

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "Captopril and EPO in eosinophils. EPO rose, captopril did not help."


def corrected(path: Path, rows: str) -> dict[str, set[tuple[str, ...]]]:
    path.write_text(rows, "utf-8")
    (document,) = kg.annotate([TEXT], corrections=path, vocabulary="starter")
    found: dict[str, set[tuple[str, ...]]] = {}
    for mention in document.mentions:
        found.setdefault(mention.text, set()).add(mention.concepts)
    return found


@pytest.mark.parametrize(
    ("rows", "text", "concepts"),
    [
        ("text,id\ncaptopril,mesh:D000001\n", "Captopril", ("mesh:D000001",)),
        ("text,id\nCAPTOPRIL,MESH:D000001\n", "captopril", ("mesh:D000001",)),
        ("text\tid\ncaptopril\tnone\n", "captopril", ()),
        ("text,type,id\nEPO,Gene,8288\n", "EPO", ("ncbigene:8288",)),
        ("text,type,id\nEPO,Disease,mesh:D1\n", "EPO", ("ncbigene:2056",)),
        ("text,context,id\nEPO,eosinophil,ncbigene:8288\n", "EPO", ("ncbigene:8288",)),
        ("text,context,id\nEPO,kidney,ncbigene:8288\n", "EPO", ("ncbigene:2056",)),
        ("text,document,id\nEPO,text-1,ncbigene:7\n", "EPO", ("ncbigene:7",)),
        ("text,document,id\nEPO,text-2,ncbigene:7\n", "EPO", ("ncbigene:2056",)),
        (
            "text,context,id\nEPO,,ncbigene:5\nEPO,eosinophil,ncbigene:6\n",
            "EPO",
            ("ncbigene:6",),
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:1 of the corrections changed no mention")
def test_the_row_that_says_most_holds(tmp_path, rows, text, concepts):
    assert corrected(tmp_path / "corrections.csv", rows)[text] == {concepts}


def test_a_corrected_mention_says_so_and_has_the_name(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text("text,id\ncaptopril,mesh:D004656\n", "utf-8")
    annotated = kg.annotate([TEXT], corrections=path, vocabulary="starter")
    rows = annotated.mentions.filter(annotated.mentions["text"] == "captopril")
    assert rows["method"].to_list() == ["correction"]
    assert rows["name"].to_list() == ["Enalapril"]
    (document,) = annotated
    assert document.stage("correct").state == "done"


def test_a_mended_file_counts_at_once_and_is_another_version(tmp_path):
    path = tmp_path / "corrections.csv"
    first = corrected(path, "text,id\ncaptopril,mesh:D000001\n")
    again = corrected(path, "text,id\ncaptopril,mesh:D0000022\n")
    assert first["captopril"] != again["captopril"]
    versions = {
        Corrector(read_corrections(path)).version,
        Corrector([]).version,
    }
    assert len(versions) == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "text and id"),
        ("name,id\na,none\n", "'name,id'"),
        ("text,id\ncaptopril\n", "1 cells"),
        ("text,id\n,none\n", "needs a text"),
        ("text,id\ncaptopril,blood pressure\n", "'blood pressure' is no identifier"),
        ("text,id\nEPO,ncbigene:1\nepo,ncbigene:2\n", "line 2"),
        ("text,id\nEPO,none\nEPO,ncbigene:2056\n", "here and to none in line 2"),
        ("text,id\nEPO,ncbigene:1|blood\n", "'ncbigene:1.blood' is no identifier"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path, rows, said):
    path = tmp_path / "corrections.csv"
    path.write_text(rows, "utf-8")
    with pytest.raises(InputError, match=said) as error:
        read_corrections(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("EPO,ncbigene:8288,Gens", "did you mean 'Gene'"),
        ("EPO,mesh:D004656,Gene", "of Chemical and of no Gene"),
        ("captopril,mesh:D006973,Chemical", "of Disease and of no Chemical"),
        ("captopril,ncbigene:1636,Chemical", "of Gene and of no Chemical"),
        ("captopril,ncbitaxon:1,Chemical", "another type of thing"),
    ],
)
def test_a_type_that_cannot_be_is_one_sentence(tmp_path, row, said):
    path = tmp_path / "corrections.csv"
    path.write_text(f"text,id,type\n{row}\n", "utf-8")
    with pytest.raises(InputError, match=said) as error:
        kg.annotate([TEXT], corrections=path, vocabulary="starter")
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "rows",
    [
        "text,id\nnosuchthing,none\n",
        "text,document,id\nEPO,text-2,none\n",
        "text,context,id\nEPO,kidney,none\n",
        # A gene is no chemical, whatever a row without a type says.
        "text,id\nEPO,mesh:D004656\n",
    ],
)
def test_rows_that_fit_nothing_are_said(tmp_path, rows):
    path = tmp_path / "corrections.csv"
    path.write_text(rows, "utf-8")
    said = rf"1 of the corrections changed no mention.*{rows.splitlines()[1][:3]}"
    with pytest.warns(UserWarning, match=said):
        (document,) = kg.annotate([TEXT], corrections=path, vocabulary="starter")
    assert all(m.concepts for m in document.mentions if m.text == "EPO")
    corpus = tmp_path / "corpus.txt"
    corpus.write_text(TEXT, "utf-8")
    settings = kg.AnnotationSettings(corrections=path, vocabulary=("starter",))
    with pytest.warns(UserWarning, match=said):
        annotate_file(corpus, tmp_path / "out.jsonl", settings=settings)


def test_a_run_says_which_rows_fit_nothing(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text("text,id\nnosuchthing,none\nCAPTOPRIL,mesh:D004656\n", "utf-8")
    (tmp_path / "corpus.txt").write_text(TEXT, "utf-8")
    settings = kg.RunSettings(
        input=tmp_path / "corpus.txt",
        output=tmp_path / "out",
        annotation=kg.AnnotationSettings(corrections=path, vocabulary=("starter",)),
    )
    said = r"1 of the corrections changed no mention.*: 'nosuchthing'\."
    with pytest.warns(UserWarning, match=said):
        kg.run(settings)


def test_several_identifiers_are_several_concepts(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text("text,id\nEPO,ncbigene:2056 | GeneID:1636\n", "utf-8")
    (document,) = kg.annotate([TEXT], corrections=path, vocabulary="starter")
    mention = next(m for m in document.mentions if m.text == "EPO")
    assert mention.concepts == ("ncbigene:2056", "ncbigene:1636")
    assert mention.composite
    assert mention.attribute("name") == "EPO; ACE"
    variant = Correction.of({"text": "V600E", "id": "tmvar:673|p|SUB|V|600|E"})
    assert variant.concepts == ("tmvar:673|p|SUB|V|600|E",)


def test_a_concept_that_no_vocabulary_has_is_called_by_its_identifier(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text("text,context,id\nEPO,eosinophil,ncbigene:8288\n", "utf-8")
    graph = kg.build_graph(
        kg.annotate([TEXT, "EPO rose."], corrections=path, vocabulary="starter")
    )
    names = dict(graph.concepts.select("concept_id", "name").iter_rows())
    assert names["ncbigene:8288"] == "ncbigene:8288"
    assert names["ncbigene:2056"] == "EPO"


def test_corrections_need_normalization(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text("text,id\ncaptopril,none\n", "utf-8")
    with pytest.raises(ConfigError, match="'normalize'"):
        kg.annotate([TEXT], corrections=path, stages="recognize")


def test_it_is_a_sound_stage(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text("text,id\ncaptopril,mesh:D004656\n", "utf-8")
    check_stage(Corrector(path))


def test_a_run_takes_them_from_its_toml_and_again_when_they_change(tmp_path):
    rows = tmp_path / "corrections.csv"
    rows.write_text("text,id\ncaptopril,mesh:D000001\n", "utf-8")
    toml = tmp_path / "run.toml"
    toml.write_text(
        'input = "bundled:sample/raas.xml"\noutput = "out"\n'
        '[annotation]\nvocabulary = ["starter"]\ncorrections = "corrections.csv"\n'
        "[run]\nlimit = 3\n",
        "utf-8",
    )

    def concepts() -> set[str]:
        kg.run(kg.load_settings(toml))
        rows = pl.read_parquet(tmp_path / "out" / "mentions" / "*.parquet")
        rows = rows.filter(pl.col("text").str.to_lowercase() == "captopril")
        return set(rows["concepts"].explode())

    assert concepts() == {"mesh:D000001"}
    rows.write_text("text,id\ncaptopril,mesh:D000002\n", "utf-8")
    assert concepts() == {"mesh:D000002"}


def test_a_change_keeps_what_else_a_file_holds_and_its_shape(tmp_path):
    path = tmp_path / "corrections.tsv"
    path.write_text("text\tid\ncontrol\tnone\nEPO\tncbigene:2056\n", "utf-8")
    first = Correction.of({"text": "epo", "id": "ncbigene:8288"})
    before = change_corrections(path, put=first)
    assert before.concept == "ncbigene:2056"
    other = Correction.of(
        {"text": 'a "b",\tc', "id": "none", "type": "gene", "document": "7"}
    )
    assert change_corrections(path, put=other) is None
    assert path.read_text("utf-8").startswith("text\ttype\tcontext\tdocument\tid\n")
    rows = read_corrections(path)
    assert [(r.text, r.concept) for r in rows] == [
        ("control", None), ("epo", "ncbigene:8288"), ('a "b", c', None),
    ]  # fmt: skip
    assert change_corrections(path, drop=other).document == "7"
    assert change_corrections(path, put=before) == first
    assert [row.concept for row in read_corrections(path)] == [None, "ncbigene:2056"]


def test_a_file_that_holds_no_corrections_is_not_written_over(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("name,id\na,b\n", "utf-8")
    with pytest.raises(InputError, match="text and id"):
        change_corrections(path, put=Correction(text="a", concept=None))
    assert path.read_text("utf-8") == "name,id\na,b\n"


def test_a_correction_has_the_identifier_that_the_vocabularies_have(tmp_path):
    # One list joins what two data bases call differently.
    (tmp_path / "chemical.tsv").write_text(
        "id\tname\tsynonyms\nmesh:D000001|chebi:15365\tZorbacillin\tzorbal\n", "utf-8"
    )
    path = tmp_path / "corrections.csv"
    path.write_text("text,type,id\nEPO,Chemical,CHEBI_15365\n", "utf-8")
    linker = Normalizer.load([tmp_path / "chemical.tsv", "none"], index=None)
    corrector = Corrector(
        path, name_of=linker.name_of, types_of=linker.types_of, known_as=linker.known_as
    )
    text = "EPO and zorbal"
    mentions = [
        Mention(start=m.start(), end=m.end(), text=m[0], type="Chemical")
        for m in re.finditer("EPO|zorbal", text)
    ]
    document = corrector(linker(Document.from_text(text).with_mentions(mentions)))
    assert {m.concepts for m in document.mentions} == {("mesh:D000001",)}
    assert document.mentions[0].attribute("name") == "Zorbacillin"
    assert document.mentions[0].method == "correction"
