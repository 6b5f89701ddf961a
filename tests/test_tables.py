"""The tables: schemas, round trips, and what they refuse."""

from __future__ import annotations

import errno
import io
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuild.document import Document, Mention, Passage, Sentence, Statement
from kgbuild.errors import InputError, ValidationError
from kgbuild.tables import (
    TABLES,
    documents_from_tables,
    documents_table,
    empty_table,
    mentions_table,
    read_provenance,
    read_table,
    sentence_index,
    tables,
    validate,
    write_parquet,
    write_table,
)
from kgbuild.text import with_sentences


def mention(document: Document, text: str, **fields: object) -> Mention:
    start = document.text.index(text)
    return Mention(start=start, end=start + len(text), text=text, **fields)


@pytest.fixture
def document() -> Document:
    document = Document(
        id="101",
        passages=(
            Passage(text="β-blockers 😀 and ACE.", section="title"),
            Passage(
                text="Ramipril may inhibit ACE. Atenolol did not.",
                section="RESULTS",
                metadata={"n": 1},
            ),
        ),
        metadata={"year": 1999, "journal": "Heart", "mesh": ["A", None]},
        statements=(
            Statement(
                subject="mesh:D017257",
                predicate="CID",
                object="ncbigene:1636",
                directed=True,
                score=0.9,
                spans=((0, 21), (48, 65)),
                qualifiers=(("novel", "yes"),),
            ),
        ),
    )
    return (
        document.with_mentions(
            [
                mention(
                    document,
                    "Ramipril",
                    type="Chemical",
                    recognizer="aio",
                    score=0.9,
                    concepts=("mesh:D017257",),
                    method="exact",
                    link_score=1.0,
                    attributes=(("name", "Ramipril"), ("z", "1")),
                ),
                mention(
                    document,
                    "Atenolol did not",
                    type="Chemical",
                    method="unlinked",
                    composite=True,
                    fragments=((49, 54), (61, 64)),
                ),
                mention(document, "β-blockers", type="Chemical"),
            ]
        )
        .with_status("recognize", "done")
        .with_status("normalize", "failed", reason="no vocabulary")
        .with_status("own", "skipped", reason="asked to")
    )


def test_core_columns_are_those_of_the_architecture(document):
    names = ("documents", "mentions", "statements")
    made = dict(zip(names, tables([document], names=names), strict=True))
    for name, frame in made.items():
        core = TABLES[name].core
        assert frame.columns[: len(core)] == list(core)
        assert frame.schema == pl.Schema(TABLES[name].columns)
    assert list(TABLES["mentions"].core) == [
        "document_id", "sentence", "start", "end", "text", "type", "recognizer",
        "score", "concepts", "method", "link_score",
    ]  # fmt: skip


def test_documents_survive_tables_and_parquet(document, tmp_path):
    other = Document.from_text("", id="empty")
    names = ("documents", "mentions", "statements")
    for name, frame in zip(names, tables([document, other], names=names), strict=True):
        path = write_table(frame, tmp_path / f"{name}.parquet", name=name)
        back = read_table(path, name=name)
        assert back.equals(frame, null_equal=True)
        assert back.schema == frame.schema
    back = list(
        documents_from_tables(
            *(read_table(tmp_path / f"{name}.parquet", name=name) for name in names)
        )
    )
    assert back == [document, other]


def test_core_columns_alone_keep_text_and_mentions(document):
    documents, mentions = tables([document])
    (back,) = documents_from_tables(
        documents.select(list(TABLES["documents"].core)),
        mentions.select(list(TABLES["mentions"].core)),
    )
    assert back.text == document.text
    assert back.title == document.title
    assert (back.year, back.pmid) == (1999, 101)
    assert [m.span for m in back.mentions] == [m.span for m in document.mentions]
    assert back.stage("normalize") == document.stage("normalize")


def test_statuses_are_rows_in_the_order_of_the_stages(document):
    (statuses,) = documents_table([document])["statuses"].to_list()
    assert statuses == [
        {"stage": "recognize", "state": "done", "reason": None},
        {"stage": "normalize", "state": "failed", "reason": "no vocabulary"},
        {"stage": "own", "state": "skipped", "reason": "asked to"},
    ]
    (back,) = documents_from_tables(documents_table([document]))
    assert back.status == document.status


def test_sentences_and_their_flags(document):
    frame = mentions_table([document])
    found = {r["text"]: r for r in frame.iter_rows(named=True)}
    assert found["β-blockers"]["sentence"] == 0
    assert found["Ramipril"]["sentence"] == 1
    assert found["Atenolol did not"]["sentence"] == 2
    assert (found["Ramipril"]["hedged"], found["Ramipril"]["negated"]) == (True, False)
    assert found["Atenolol did not"]["negated"]
    assert documents_table([document])["sentences"].to_list() == [3]


def test_sentences_and_cues_come_back_and_are_those_of_the_document(document):
    own = replace(document, sentences=(Sentence(start=0, end=30, cues=("hedged",)),))
    documents, mentions = tables([own])
    assert documents["sentences"].to_list() == [1]
    assert mentions["hedged"].to_list() == [True] * 3
    assert not any(mentions["negated"])
    (back,) = documents_from_tables(documents, mentions)
    assert back.sentences == own.sentences
    (worked_out,) = documents_from_tables(*tables([document]))
    assert worked_out.sentences == with_sentences(document).sentences
    assert Document.from_json(own.to_json()).sentences == own.sentences
    assert tables([back])[1].equals(mentions)


def test_scores_keep_their_shortest_decimal(document):
    (back,) = documents_from_tables(*tables([document]))
    assert {m.score for m in back.mentions} == {0.9, None}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_document_survives(data):
    letters = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
    passages = data.draw(
        st.lists(
            st.builds(Passage, text=letters, section=st.sampled_from(["title", "X"])),
            min_size=1,
            max_size=3,
        )
    )
    document = Document(id=data.draw(letters.filter(bool)), passages=tuple(passages))
    mentions = []
    if document.text:
        for _ in range(data.draw(st.integers(0, 4))):
            start = data.draw(st.integers(0, len(document.text) - 1))
            end = data.draw(st.integers(start + 1, len(document.text)))
            mentions.append(
                Mention(
                    start=start,
                    end=end,
                    text=document.text[start:end],
                    type=data.draw(st.sampled_from(["Gene", "Own type"])),
                    concepts=tuple(data.draw(st.lists(letters, max_size=2))),
                )
            )
    document = document.with_mentions(mentions)
    assert list(documents_from_tables(*tables([document]))) == [document]


def test_batches_do_not_show(document, monkeypatch):
    many = [replace(document, id=str(i)) for i in range(7)]
    whole = tables(many)
    monkeypatch.setattr("kgbuild.tables.convert._BATCH", 2)
    for one, other in zip(whole, tables(many), strict=True):
        assert one.equals(other, null_equal=True)


def test_writing_twice_gives_the_same_bytes(document, tmp_path):
    frame = mentions_table([document])
    for name in ("a", "b"):
        write_table(
            frame, tmp_path / name, name="mentions", provenance={"kgbuild": "1"}
        )
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert read_provenance(tmp_path / "a") == {"kgbuild": "1"}


def test_shards_of_a_folder_are_read_in_order(document, tmp_path):
    for i in (1, 0, 2):
        shard = documents_table([replace(document, id=f"d{i}")])
        write_table(shard, tmp_path / f"part-{i}.parquet", name="documents")
    frame = read_table(tmp_path, name="documents")
    assert frame["document_id"].to_list() == ["d0", "d1", "d2"]


def test_empty_tables_have_every_column():
    for name, schema in TABLES.items():
        assert empty_table(name).schema == pl.Schema(schema.columns)
        assert validate(empty_table(name), name).height == 0


def test_a_csv_s_wider_numbers_are_turned(document):
    wide = mentions_table([document]).with_columns(
        pl.col("start", "end").cast(pl.Int64), pl.col("type").cast(pl.String)
    )
    assert validate(wide, "mentions").schema == pl.Schema(TABLES["mentions"].columns)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop("concepts"), "lacks the column 'concepts'"),
        (lambda f: f.with_columns(start=pl.lit("x")), "'start'.* must be UInt32"),
        (lambda f: f.with_columns(start=pl.lit(-1)), "does not turn into it"),
        (lambda f: f.with_columns(start=pl.lit(1.5)), "with fractions"),
        (lambda f: f.with_columns(pl.col("end") + 1), "code points, half open"),
        (
            lambda f: f.with_columns(type=pl.lit(None, pl.Categorical)),
            "'type' .* must not hold nulls.*row 0",
        ),
    ],
)
def test_a_wrong_table_is_refused_with_its_reason(document, change, words):
    with pytest.raises(ValidationError, match=words):
        validate(change(mentions_table([document])), "mentions")


def test_a_repeated_document_is_refused(document):
    with pytest.raises(ValidationError, match="document_id '101' more than once"):
        documents_table([document, document])


def test_mentions_of_an_absent_document_are_refused(document):
    documents, mentions = tables([document])
    with pytest.raises(ValidationError, match="names the document '101'"):
        list(documents_from_tables(documents.clear(), mentions))


def test_an_unknown_table_is_refused(document):
    with pytest.raises(ValidationError, match="one of documents, mentions"):
        validate(mentions_table([document]), "edges")


def test_other_files_are_refused(document, tmp_path):
    path = tmp_path / "x.parquet"
    with pytest.raises(InputError, match="no such file"):
        read_table(path, name="mentions")
    path.write_text("not parquet")
    with pytest.raises(InputError, match="not a sound Parquet file"):
        read_table(path, name="mentions")
    write_table(documents_table([document]), path, name="documents")
    with pytest.raises(ValidationError, match="this is a documents table"):
        read_table(path, name="mentions")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=r"holds no \*.parquet"):
        read_table(tmp_path / "folder", name="mentions")


def test_nothing_is_written_of_a_wrong_table(document, tmp_path):
    with pytest.raises(ValidationError):
        write_table(mentions_table([document]), tmp_path / "x", name="documents")
    assert list(tmp_path.iterdir()) == []


def test_white_space_between_sentences_belongs_to_the_later():
    spans = [(0, 5), (6, 9)]
    starts = [0, 6]
    assert [sentence_index(starts, spans, at) for at in (4, 5, 6)] == [0, 1, 1]
    assert sentence_index([], [], 3) == 0


def test_statements_say_where_their_evidence_stands(document):
    (frame,) = tables([document], names=("statements",))
    (row,) = frame.rows(named=True)
    assert row["sentences"] == [0, 2]
    assert row["spans"] == [{"start": 0, "end": 21}, {"start": 48, "end": 65}]
    assert (row["subject"], row["predicate"], row["directed"]) == (
        "mesh:D017257", "CID", True,
    )  # fmt: skip
    documents = documents_table([Document.from_text("Other.", id="2")])
    with pytest.raises(ValidationError, match=r"statements table names .* '101'"):
        list(documents_from_tables(documents, None, frame))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_is_an_error_of_the_system(number):
    """At whichever write: polars forgets the reason at some."""
    frame = pl.DataFrame({"a": range(5_000), "b": [str(n) for n in range(5_000)]})

    class Failing(io.BytesIO):
        def __init__(self, most: int) -> None:
            super().__init__()
            self.left = most

        def write(self, data: bytes) -> int:
            self.left -= 1
            if self.left < 0:
                raise OSError(number, "no")
            return super().write(data)

    whole = Failing(10_000)
    write_parquet(frame, whole, data_page_size=1_000)
    writes = 10_000 - whole.left
    assert writes >= 3
    for most in range(writes):
        with pytest.raises(OSError, match="no") as caught:
            write_parquet(frame, Failing(most), data_page_size=1_000)
        assert caught.value.errno == number
