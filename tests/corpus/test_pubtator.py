from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kgbuild import corpus
from kgbuild.corpus.pubtator import encode_pubtator
from kgbuild.document import Document, Mention, Passage, Statement
from kgbuild.errors import DocumentFailure, InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def read(tmp_path: Path):
    """Read PubTator text: its documents and its failures."""

    def call(text: str) -> tuple[list[Document], list[DocumentFailure]]:
        path = tmp_path / "in.pubtator"
        path.write_text(text, encoding="utf-8", newline="")
        failures: list[DocumentFailure] = []
        return list(corpus.read(path, on_error=failures.append)), failures

    return call


def test_a_plain_document(read) -> None:
    (document,), failures = read(
        "7|t|Captopril and β-blockers.\n7|a|Both lower blood pressure.\n"
        "7\t0\t9\tCaptopril\tChemicalEntity\tD002216\n"
        "7\t37\t51\tblood pressure\tPhenotype\t-\n\n"
    )
    assert failures == []
    assert [p.section for p in document.passages] == ["title", "abstract"]
    assert document.pmid == 7
    drug, pressure = document.mentions
    assert (drug.type, drug.concepts, drug.method) == (
        "Chemical", ("mesh:D002216",), "gold",
    )  # fmt: skip
    assert drug.attribute("label") == "ChemicalEntity"
    assert (pressure.type, pressure.concepts, pressure.method) == (
        "Phenotype", (), "unlinked",
    )  # fmt: skip


def test_missing_column_and_nil_are_told_apart(read) -> None:
    (document,), _ = read(
        "1|t|ACE ACE ACE\n1|a|\n1\t0\t3\tACE\tGene\n1\t4\t7\tACE\tGene\t-1\n"
        "1\t8\t11\tACE\tGene\t\n"
    )
    assert [m.method for m in document.mentions] == [None, "unlinked", None]
    assert [line.count("\t") for line in encode_pubtator(document).decode().split("\n")[2:5]] == [4, 5, 4]  # fmt: skip  # noqa: E501


def test_tabs_in_bodies_are_text(read) -> None:
    (document,), failures = read(
        "1|t|A table\n1|a|Row\t1\t2\tACE\tGene\t9\n1\t16\t19\tACE\tGene\t1636\n"
    )
    assert failures == []
    assert document.text == "A table Row\t1\t2\tACE\tGene\t9"
    assert document.mentions[0].text == "ACE"


def test_every_block_of_a_repeated_pmid_stays(read, tmp_path: Path) -> None:
    block = "8528200|t|{0}\n8528200|a|\n8528200\t0\t1\t{0}\tGene\t1\n"
    documents, failures = read("\n".join(block.format(c) for c in "ABC"))
    assert failures == []
    assert [d.id for d in documents] == ["8528200", "8528200#2", "8528200#3"]
    assert [d.title for d in documents] == ["A", "B", "C"]
    assert [d.pmid for d in documents] == [8528200] * 3
    assert documents[1].metadata["source_id"] == "8528200"
    again = tmp_path / "again.pubtator"
    corpus.write(documents, again)
    assert list(corpus.read(again)) == documents


def test_blocks_need_no_blank_line_and_bear_several(read) -> None:
    documents, failures = read(
        "\n\n1|t|A\n1|a|B\n\n1\t0\t1\tA\tGene\n2|t|C\n2|a|D\n\n\n3|t|E\n"
    )
    assert failures == []
    assert [(d.id, d.text, len(d.mentions)) for d in documents] == [
        ("1", "A B", 1), ("2", "C D", 0), ("3", "E", 0),
    ]  # fmt: skip


def test_windows_lines_and_byte_order_mark(read) -> None:
    (document,), _ = read("\ufeff1|t|A\r\n1|a|B\r\n1\t2\t3\tB\tGene\t5\r\n\r\n")
    assert document.text == "A B"
    assert document.mentions[0].concepts == ("ncbigene:5",)


def test_relations_are_kept_and_resolved(read) -> None:
    text = (
        "1|t|Captopril, ACE, cough\n1|a|V600E\n"
        "1\t0\t9\tCaptopril\tChemical\tD002216\n1\t11\t14\tACE\tGene\t1636\n"
        "1\t16\t21\tcough\tDisease\tD003371\n1\t22\t27\tV600E\tVariant\tp|SUB|V|600|E\n"
        "1\tCID\tD002216\tD003371\n"
        "1\tNegative_Correlation\tD002216\t1636\tNovel\n"
        "1\tBind\tp|SUB|V|600|E\t1636\tNo\tnote=seen twice\n"
        "1\tAssociation\t9606\trs5\n"
    )
    (document,), failures = read(text)
    assert failures == []
    assert document.statements == (
        Statement(
            subject="mesh:D002216",
            predicate="CID",
            object="mesh:D003371",
            directed=True,
            spans=((0, 21),),
        ),
        Statement(
            subject="mesh:D002216",
            predicate="Negative_Correlation",
            object="ncbigene:1636",
            spans=((0, 21),),
            qualifiers=(("novelty", "Novel"),),
        ),
        Statement(
            subject="tmvar:p|SUB|V|600|E",
            predicate="Bind",
            object="ncbigene:1636",
            qualifiers=(("novelty", "No"), ("note", "seen twice")),
        ),
        Statement(subject="ncbigene:9606", predicate="Association", object="dbsnp:rs5"),
    )
    (again,), _ = read(encode_pubtator(document).decode())
    assert again == document


def test_relations_of_three_and_of_taxa_read_back(read) -> None:
    statement = Statement(
        subject="ncbitaxon:9606",
        predicate="-1 2",
        object="kgbuild:a|b",
        extractor="a b",
        score=0.25,
        spans=((0, 1),),
        qualifiers=(("argument3", "mesh:D1"), ("score", "low"), ("novelty", "x=y")),
    )
    document = Document(
        id="1",
        passages=(Passage(text="a", section="title"), Passage(text="")),
        statements=(statement,),
    )
    (again,), failures = read(encode_pubtator(document).decode())
    assert failures == []
    assert again.statements == (statement,)


def test_a_mention_in_the_wrong_place_is_moved_or_reported(read) -> None:
    (document,), (failure,) = read(
        "1|t|The ACE gene\n1|a|and more\n1\t5\t8\tACE\tGene\t1636\n"
        "1\t0\t3\tREN\tGene\t5972\n1\t8\t12\tgene\tOther\n"
    )
    moved, kept = document.mentions
    assert moved.span == (4, 7)
    assert moved.attribute("source_offsets") == "5-8"
    assert kept.text == "gene"
    assert failure.line == 4
    assert failure.document_id == "1"
    assert "'REN'" in failure.reason
    assert "'The'" in failure.reason


@pytest.mark.parametrize(
    "line",
    [
        "1\t0\t3",
        "1\t0\t3\tACE",
        "rubbish",
        "1\t0",
        "1\tx\ty",
        "1\t9999999999999999\t1\tACE\tGene",
        "1\t0\tx\tACE\tGene",
    ],
)
def test_a_line_that_is_none_is_reported_and_the_rest_goes_on(read, line) -> None:
    documents, (failure,) = read(f"1|t|ACE\n1|a|\n{line}\n2|t|B\n2|a|\n")
    assert [d.id for d in documents] == ["1", "2"]
    assert (failure.line, failure.document_id) == (3, "1")
    assert repr(line)[1:-1] in failure.reason


def test_a_mention_of_another_document_is_reported(read) -> None:
    documents, (failure,) = read("1|t|ACE\n1|a|\n2\t0\t3\tACE\tGene\n\n2|t|B\n")
    assert [len(d.mentions) for d in documents] == [0, 0]
    assert "'2'" in failure.reason


def test_a_mention_without_type_is_reported(read) -> None:
    (document,), (failure,) = read("1|t|ACE\n1|a|\n1\t0\t3\tACE\t \t5\n\n")
    assert document.mentions == ()
    assert "no type" in failure.reason


@pytest.mark.parametrize("end", ["1\t0\t3\tAC", "1\t0", "1|t"])
def test_a_last_line_cut_in_the_middle_stops(tmp_path: Path, end: str) -> None:
    path = tmp_path / "cut.pubtator"
    path.write_text(f"1|t|ACE\n1|a|\n1\t0\t3\tACE\tGene\n{end}")
    found = corpus.read(path, on_error=lambda failure: None)
    with pytest.raises(InputError, match=r"line 4: .*cut off") as caught:
        list(found)
    assert caught.value.line == 4


def test_sections_beyond_title_share_the_abstract_line(read) -> None:
    document = Document(
        id="x|y\tz",
        passages=(
            Passage(text="Title\nof it", section="title"),
            Passage(text="AIM: ACE.", section="AIM"),
            Passage(text="End\r\nof it.", section="RESULTS"),
        ),
        mentions=(
            Mention(start=17, end=20, text="ACE", type="Gene"),
            Mention(start=22, end=29, text="End\r\nof", type="Other"),
        ),
    )
    (again,), failures = read(encode_pubtator(document).decode())
    assert failures == []
    assert again.id == document.id
    assert [p.text for p in again.passages] == [
        "Title of it", "AIM: ACE. End  of it.",
    ]  # fmt: skip
    assert [m.span for m in again.mentions] == [m.span for m in document.mentions]


def test_seventh_columns_come_back(read) -> None:
    text = (
        "1|t|breast and ovarian cancer\n1|a|\n1\t0\t25\tbreast and ovarian cancer"
        "\tDisease\tD001943|D010051\tbreast cancer|ovarian cancer\n"
    )
    (document,), _ = read(text)
    assert document.mentions[0].attribute("column7") == "breast cancer|ovarian cancer"
    assert (
        encode_pubtator(document)
        .decode()
        .splitlines()[2]
        .endswith("\tD001943|D010051\tbreast cancer|ovarian cancer")
    )


def test_identifiers_come_back_as_given_in_relations_too(read) -> None:
    text = (
        "1|t|captopril inhibits ACE and causes cough\n1|a|\n"
        "1\t0\t9\tcaptopril\tChemical\tD002216|D000001\n"
        "1\t19\t22\tACE\tGene\tNCBIGene:1636\n"
        "1\t34\t39\tcough\tDisease\tOMIM_300323\n"
        "1\tNegative_Correlation\tD002216\tNCBIGene:1636\tNovel\n"
        "1\tAssociation\tD000001\tOMIM_300323\tNo\n"
    )
    (document,), _ = read(text)
    assert [s.subject for s in document.statements] == ["mesh:D002216", "mesh:D000001"]
    assert encode_pubtator(document).decode() == text


def test_a_document_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgbuild.corpus.pubtator.MAX_ROWS", 3)
    path = tmp_path / "long.pubtator"
    path.write_text("1|t|A\n1|a|\n" + "1\t0\t1\tA\tGene\n" * 9)
    with pytest.raises(InputError, match=r"line 6: .*over 3 mentions"):
        list(corpus.read(path))
