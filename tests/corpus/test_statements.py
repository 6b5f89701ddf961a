"""Relations of gold corpora as statements: all of them, from file to file."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from kgbuild import corpus
from kgbuild.document import Document, Mention, Passage, Statement
from kgbuild.predicates import predicate
from kgbuild.tables import documents_from_tables, tables
from kgbuild.text.evidence import concepts_named

if TYPE_CHECKING:
    from pathlib import Path

    from kgbuild.errors import DocumentFailure

#: Corpus → (statements, of them within a sentence, directed ones).
CORPORA = {
    "relations/ADE": (6_782, 6_782, 6_782),
    "relations/BC5CDR_TrainDev": (2_008, 1_496, 2_008),
    "relations/BC6PM_train": (749, 680, 0),
    "relations/BioRED_TrainDev": (5_340, 4_564, 0),
    "relations/DrugProt_half": (8_177, 8_177, 8_177),
    "relations/PPI5_train": (3_376, 3_376, 0),
    "relations/noncommercial/DDI_train": (3_712, 3_712, 0),
    "relations/noncommercial/PGxCorpus": (2_429, 2_429, 1_518),
    "pubtator/GutBrainIE": (3_449, 3_449, 2_815),
    "pubtator/SETH": (588, 588, 0),
    "pubtator/Variome": (4_582, 4_582, 3_941),
}


def _gold(shared_dir: Path, name: str) -> list[Document]:
    path = shared_dir / "corpora" / f"{name}.PubTator.gz"
    table = path.with_name(path.name.replace("PubTator", "relations.tsv"))
    relations = table if table.exists() else None
    return list(corpus.read(path, on_error="raise", relations=relations))


@pytest.mark.shared
@pytest.mark.parametrize("name", CORPORA)
def test_every_relation_travels_through_files_and_tables(
    shared_dir: Path, tmp_path: Path, name: str
) -> None:
    documents = _gold(shared_dir, name)
    statements = [s for d in documents for s in d.statements]
    assert CORPORA[name] == (
        len(statements),
        sum(bool(s.spans) for s in statements),
        sum(s.directed for s in statements),
    )
    related = [d for d in documents if d.statements][:60]
    for suffix in (".pubtator", ".bioc.json", ".bioc.xml", ".jsonl"):
        path = tmp_path / f"again{suffix}"
        corpus.write(related, path)
        again = corpus.read(path, on_error="raise")
        assert [d.statements for d in again] == [d.statements for d in related]
    path = tmp_path / "again.json"
    corpus.write(related, path, format="pubannotation")
    assert corpus.format_of(path).name == "pubannotation"
    for before, after in zip(related, corpus.read(path), strict=True):
        mentioned = {c for m in before.mentions for c in concepts_named(m)}
        assert after.passages == before.passages
        assert [(m.span, m.type, m.concepts) for m in after.mentions] == [
            (m.span, m.type, m.concepts) for m in before.mentions
        ]
        assert after.statements == tuple(
            s for s in before.statements if {s.subject, s.object} <= mentioned
        )
    names = ("documents", "mentions", "statements")
    assert list(documents_from_tables(*tables(related, names=names))) == related


@pytest.mark.shared
def test_biored_keeps_predicates_and_novelty(shared_dir: Path) -> None:
    statements = [
        s for d in _gold(shared_dir, "relations/BioRED_TrainDev") for s in d.statements
    ]
    assert Counter(s.predicate for s in statements) == {
        "Association": 2_752, "Positive_Correlation": 1_441,
        "Negative_Correlation": 979, "Bind": 80, "Cotreatment": 41, "Comparison": 33,
        "Drug_Interaction": 11, "Conversion": 3,
    }  # fmt: skip
    novelty = Counter(s.qualifier("novelty") for s in statements)
    assert set(novelty) == {"Novel", "No"}
    assert novelty.total() == 5_340


TEXT = "Captopril inhibits ACE. Plasmin rose. ACE and plasmin fell."


def _document() -> Document:
    return Document(
        id="7",
        passages=(Passage(text=TEXT, section="abstract"),),
        mentions=(
            Mention(start=0, end=9, text="Captopril", type="Chemical",
                    concepts=("mesh:D002216",), method="gold"),
            Mention(start=19, end=22, text="ACE", type="Gene",
                    concepts=("ncbigene:1636", "ncbigene:11421"), method="gold"),
            Mention(start=24, end=31, text="Plasmin", type="Gene"),
            Mention(start=46, end=53, text="plasmin", type="Gene"),
        ),
    )  # fmt: skip


def _with_table(
    tmp_path: Path, *rows: str, head: str = ""
) -> tuple[list[Document], list[DocumentFailure]]:
    path, table = tmp_path / "a.jsonl", tmp_path / "a.tsv"
    corpus.write([_document()], path)
    header = "document_id\tpredicate\tstart1\tend1\tstart2\tend2" + head
    table.write_text("\n".join([header, *rows, ""]))
    failures: list[DocumentFailure] = []
    return list(corpus.read(path, on_error=failures.append, relations=table)), failures


def test_relations_between_mentions(tmp_path: Path) -> None:
    (document,), failures = _with_table(
        tmp_path,
        "7\tINHIBITOR\t0\t9\t19\t22\tyes",
        "7\tinteracts\t24\t31\t19\t22",
        "7\tINHIBITOR\t0\t9\t1\t2",
        "8\tINHIBITOR\t0\t9\t19\t22",
        head="\tsure",
    )
    first, second, third, _ = document.statements
    assert first == Statement(
        subject="mesh:D002216",
        predicate="INHIBITOR",
        object="ncbigene:1636",
        directed=True,
        spans=((0, 23),),
        qualifiers=(
            ("subject_mention", "0-9"), ("object_mention", "19-22"), ("sure", "yes"),
        ),
    )  # fmt: skip
    assert second.object == "ncbigene:11421"
    assert (third.subject, third.directed) == ("kgbuild:Plasmin", False)
    assert third.spans == ((0, 23), (24, 37))
    assert [(f.document_id, f.line) for f in failures] == [("7", 4), ("8", 5)]
    assert "no mention at 1-2" in failures[0].reason
    for form in ("pubtator", "bioc-xml", "bioc-json", "pubannotation"):
        path = tmp_path / form
        corpus.write([document], path, format=form)
        (again,) = corpus.read(path, format=form, on_error="raise")
        assert again.statements == document.statements


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="must name the columns document_id, predicate"):
        _with_table(tmp_path, head="x")


def test_known_predicates_and_others() -> None:
    assert not predicate("positive correlation").directed
    assert predicate("Positive_Correlation").biolink == (
        "biolink:positively_correlated_with"
    )
    assert predicate("INDIRECT-DOWNREGULATOR").directed
    assert predicate("co_mention").biolink == (
        "biolink:occurs_together_in_literature_with"
    )
    assert predicate("of one's own").directed


FOREIGN = """{"sourceid": "12", "text": "ACE\\nCaptopril lowers ACE.",
 "divid": 0, "denotations": [
  {"id": "T1", "span": {"begin": 0, "end": 3}, "obj": "Protein"},
  {"id": "T2", "span": {"begin": 4, "end": 13}, "obj": "Chemical"},
  {"id": "T3", "span": {"begin": 21, "end": 99}, "obj": "Protein"},
  {"span": [{"begin": 0, "end": 3}, {"begin": 21, "end": 24}], "obj": "Protein"}],
 "relations": [{"id": "R1", "pred": "inhibits", "subj": "T2", "obj": "T1"},
               {"id": "R2", "pred": "inhibits", "subj": "T2", "obj": "T3"}]}"""


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.dat"])
def test_pubannotation_of_others(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FOREIGN.replace("\n", " ") if name == "a.jsonl" else FOREIGN)
    failures: list[DocumentFailure] = []
    (document,) = corpus.read(path, on_error=failures.append)
    assert (document.id, document.text) == ("12", "ACE\nCaptopril lowers ACE.")
    assert [(m.text, m.type, m.method) for m in document.mentions] == [
        ("ACE\nCaptopril lowers ACE", "Gene", None), ("ACE", "Gene", None),
        ("Captopril", "Chemical", None),
    ]  # fmt: skip
    (statement,) = document.statements
    assert (statement.subject, statement.predicate, statement.object) == (
        "kgbuild:Captopril", "inhibits", "kgbuild:ACE",
    )  # fmt: skip
    assert len(failures) == 2
    assert "'T3'" in failures[0].reason
    assert "'inhibits'" in failures[1].reason


def test_documents_of_version_1_are_read(tmp_path: Path) -> None:
    old = {
        "version": 1, "id": "7", "metadata": {}, "passages": [{"text": "ACE and REN"}],
        "mentions": [], "status": [],
        "relations": [
            {"type": "Bind", "arguments": ["ncbigene:1636", "ncbigene:5972", "mesh:D1"],
             "attributes": [["novelty", "No"]]},
        ],
    }  # fmt: skip
    path = tmp_path / "old.jsonl"
    path.write_text(json.dumps(old) + "\n")
    (document,) = corpus.read(path, on_error="raise")
    (statement,) = document.statements
    assert (statement.subject, statement.predicate, statement.object) == (
        "ncbigene:1636", "Bind", "ncbigene:5972"
    )  # fmt: skip
    assert statement.qualifiers == (("novelty", "No"), ("argument3", "mesh:D1"))
    corpus.write([document], tmp_path / "new.jsonl")
    assert '"relations"' not in (tmp_path / "new.jsonl").read_text()
    assert list(corpus.read(tmp_path / "new.jsonl")) == [document]
