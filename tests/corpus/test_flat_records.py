"""JSON Lines, CSV and TSV, plain text, PubAnnotation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kgbuild import corpus
from kgbuild.document import Document, Mention, Passage, StageStatus, Statement
from kgbuild.errors import ConfigError, DocumentFailure, InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def read(tmp_path: Path):
    def call(
        name: str, text: str, *, form: str | None = None
    ) -> tuple[list[Document], list[DocumentFailure]]:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        failures: list[DocumentFailure] = []
        found = corpus.read(path, format=form, on_error=failures.append)
        return list(found), failures

    return call


# -- JSON Lines ------------------------------------------------------------------------


def test_records_of_abstracts(read) -> None:
    (first, second, third, fourth), failures = read(
        "cohort.jsonl",
        '{"pmid": "10", "title": "T", "abstract": "A", "keywords": ["k"], '
        '"year": "1999.0"}\n\n'
        '{"pmid": null, "title": "T2", "abstract": "", "year": null}\n'
        '{"id": 7000000.0, "text": "Body", "journal": "J", "x": {"y": 1}}\n'
        '{"pmid": 11, "id": "a", "title": null, "abstract": ["p", "q"]}\n',
    )
    assert failures == []
    assert (first.id, first.pmid, first.year) == ("10", 10, 1999)
    assert first.metadata == {"year": 1999, "keywords": ["k"]}
    assert (second.id, second.pmid, second.text) == ("cohort:3", None, "T2 ")
    assert (third.id, third.text) == ("7000000", "Body")
    assert third.metadata == {"journal": "J", "x": {"y": 1}}
    assert (fourth.id, fourth.text) == ("11", "p q")
    assert fourth.metadata == {"source_id": "a"}


@pytest.mark.parametrize(
    ("year", "read_as"),
    [(1999, 1999), ("1999.0", 1999), (1999.0, 1999), ("2001-05-03", 2001),
     ("2001 May", 2001), ("n.d.", None), (True, None), (99, None), (1999.5, None)],
    ids=repr,
)  # fmt: skip
def test_years(read, year: object, read_as: int | None) -> None:
    (document,), _ = read("a.jsonl", json.dumps({"title": "T", "year": year}))
    assert document.year == read_as
    if read_as is None:
        assert document.metadata["date"] == year


def test_sections_of_an_abstract(read) -> None:
    (document,), _ = read(
        "a.jsonl",
        '{"pmid": "1", "title": "T", "abstract": [{"label": "AIM", "text": "x"}, '
        '{"label": "END", "text": "y"}]}',
    )
    assert [p.section for p in document.passages] == ["title", "AIM", "END"]


def test_own_documents_come_back_whole(tmp_path: Path) -> None:
    document = Document(
        id="1",
        passages=(Passage(text="α😀\n\te\u0301", section="title"), Passage(text="")),
        metadata={"year": 2004, "x": [1, {"y": None}]},
        mentions=(
            Mention(
                start=0,
                end=5,
                text="α😀\n\te",
                type="Gene",
                fragments=((0, 1), (4, 5)),
                score=0.1,
                composite=True,
                attributes=(("a", "b"),),
            ),
        ),
        statements=(Statement(subject="a:1", predicate="r", object="b:2"),),
        status=(StageStatus(stage="recognize", state="done"),),
    )
    path = tmp_path / "a.jsonl.zst"
    corpus.write([document], path)
    assert list(corpus.read(path)) == [document]


def test_bioc_documents_in_lines(read) -> None:
    (document,), failures = read(
        "a.jsonl", '{"id": "1", "passages": [{"offset": 0, "text": "ACE"}]}'
    )
    assert (document.text, failures) == ("ACE", [])


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_records(read, indent: int | None) -> None:
    records = [{"pmid": n, "title": f"T{n}"} for n in (1, 2)]
    documents, failures = read("a.json", json.dumps(records, indent=indent))
    assert [d.id for d in documents] == ["1", "2"]
    assert failures == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no json", "not JSON"),
        ('{"a": 1}', "title, abstract or text"),
        ("[1]", "Got list"),
        ("3", "Got int"),
        ("[" * 100_000, "JSON"),
        ('{"id": "1", "passages": [{"text": 5}]}', "not a document"),
        ('{"id": "1", "passages": [], "mentions": [{"start": 0, "end": 3, '
         '"text": "ACE", "type": "Gene"}]}', "the mention says 'ACE'"),
        ('{"version": 99, "id": "1", "passages": []}', "version 99"),
    ],
    ids=range(8),
)  # fmt: skip
def test_a_bad_line_is_reported_and_the_rest_goes_on(
    read, line: str, said: str
) -> None:
    good = '{"pmid": "%s", "title": "T"}'
    documents, (failure,) = read("a.jsonl", f"{good % 1}\n{line}\n{good % 2}\n")
    assert [d.id for d in documents] == ["1", "2"]
    assert failure.line == 2
    assert said in failure.reason


def test_nan_is_nothing(read) -> None:
    (document,), _ = read("a.jsonl", '{"title": "T", "year": NaN, "pmid": NaN}')
    assert (document.id, document.year) == ("a:1", None)


def test_a_last_object_cut_off_stops(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"pmid": "1", "title": "T"}\n{"pmid": "2", "tit')
    with pytest.raises(InputError, match=r"line 2: .*ends within"):
        list(corpus.read(path))


# -- CSV and TSV -----------------------------------------------------------------------


def test_columns_by_name(read) -> None:
    documents, failures = read(
        "a.csv",
        "\ufeffPMID,Article Title,Journal/Book,Publication Year,DOI\n"
        '5,"A ""b"", c",J,2004,10.1/x\n,"Two\nlines",,,\n',
    )
    assert failures == []
    assert [d.id for d in documents] == ["5", "a:3"]
    assert documents[0].text == 'A "b", c '
    assert documents[0].year == 2004
    assert documents[0].metadata["journal"] == "J"
    assert documents[0].metadata["DOI"] == "10.1/x"
    assert documents[1].title == "Two\nlines"
    assert documents[1].year is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_of_csv(read, delimiter: str) -> None:
    rows = [["pmid", "title", "abstract"], ["1", "T", "A"]]
    (document,), _ = read("a.csv", "\n".join(delimiter.join(r) for r in rows))
    assert (document.id, document.text) == ("1", "T A")


def test_huge_cells(read) -> None:
    (document,), failures = read("a.csv", f"pmid,text\n1,{'x' * 1_000_000}\n")
    assert (len(document.text), failures) == (1_000_000, [])


def test_rows_that_are_none_are_reported(read) -> None:
    documents, failures = read("a.csv", 'pmid,title\n1,T\n2\n3,"a" b\n\n4,U\n')
    assert [d.id for d in documents] == ["1", "4"]
    assert [f.line for f in failures] == [3, 4]
    assert "1 cells, the header 2" in failures[0].reason
    assert "not sound CSV" in failures[1].reason


def test_quotation_marks_in_tsv_may_be_just_that(read) -> None:
    documents, failures = read(
        "a.tsv", 'pmid\ttitle\n1\t"Odd" genes\n2\t"Quoted\ttab"\n'
    )
    assert failures == []
    assert [d.title for d in documents] == ['"Odd" genes', "Quoted\ttab"]


def test_a_header_without_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,year\n1,2004\n")
    with pytest.raises(InputError, match="'id,year' names no column"):
        list(corpus.read(path))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "{0},title\n1,ACE\n250000,Rats\n,Pain\n"),
        ("a.tsv", "{0}\ttitle\n0\tACE\n250000\tRats\n\tPain\n"),
        ("a.jsonl", '{{"{0}": 1, "title": "ACE"}}\n{{"{0}": 250000, "title": "Rats"}}\n'
         '{{"title": "Pain"}}\n'),
        ("a.csv", "{0},pmid,title\n31234567,,ACE\n31234568,5,Rats\n,,Pain\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["id", "record_id"])
def test_row_numbers_are_no_pmids(tmp_path: Path, name: str, text: str, field) -> None:
    path = tmp_path / name
    path.write_text(text.format(field))
    with pytest.warns(corpus.CorpusWarning, match=f"numbers in '{field}' .* of rows"):
        documents = list(corpus.read(path))
    first, second, third = documents
    number = first.metadata["source_id"]
    assert (first.id, first.pmid) == (f"{field}:{number}", None)
    assert second.pmid == (5 if "pmid" in text else None)
    assert third.pmid is None
    # Nor where they are written down, in whatever format.
    for suffix in ("pubtator", "xml", "jsonl", "csv"):
        again = tmp_path / f"again.{suffix}"
        corpus.write(documents, again)
        assert [d.pmid for d in corpus.read(again)] == [d.pmid for d in documents]


def test_pmids_may_stand_in_a_column_id(read) -> None:
    documents, failures = read("a.csv", "id,title\n31234567,ACE\n17,Old\n")
    assert failures == []
    assert [d.pmid for d in documents] == [31234567, 17]


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_low_pmids_survive_tables(tmp_path: Path, suffix: str) -> None:
    texts = [Document.from_text("One", id=name) for name in ("7", "7#2", "x")]
    path = tmp_path / f"a{suffix}"
    corpus.write(texts, path)
    assert [(d.id, d.pmid) for d in corpus.read(path, on_error="raise")] == [
        ("7", 7), ("7#2", None), ("x", None),
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_tables_read_back(tmp_path: Path, suffix: str) -> None:
    document = Document(
        id="a,b",
        passages=(
            Passage(text='T, "q"\tα😀', section="title"),
            Passage(text="line\nline\r\n", section="abstract"),
        ),
        metadata={"year": 2004, "journal": "J; K"},
    )
    path = tmp_path / f"a{suffix}"
    corpus.write([document], path)
    assert list(corpus.read(path, on_error="raise")) == [document]


def test_that_tables_hold_no_mentions_is_said(tmp_path: Path) -> None:
    document = Document(
        id="1",
        passages=(Passage(text="ACE"),),
        mentions=(Mention(start=0, end=3, text="ACE", type="Gene"),),
    )
    with pytest.warns(
        corpus.CorpusWarning, match="csv holds only text: left out 1 mention"
    ):
        corpus.write([document], tmp_path / "a.csv")


def test_that_a_format_holds_no_statements_is_said(tmp_path: Path) -> None:
    ids = ("ncbigene:1636", "mesh:D002216")
    document = Document(
        id="1",
        passages=(Passage(text="ACE captopril"),),
        mentions=tuple(
            Mention(start=a, end=b, text=text, type=kind, concepts=(one,))
            for (a, b, text, kind), one in zip(
                ((0, 3, "ACE", "Gene"), (4, 13, "captopril", "Chemical")),
                ids, strict=True,
            )
        ),
        statements=(
            Statement(subject=ids[1], predicate="Negative_Correlation", object=ids[0]),
        ),
    )  # fmt: skip
    for name, said in (
        ("a.csv", "only text: left out 2 mentions and 1 statement"),
        ("a.conll", "text and mentions: left out 1 statement"),
    ):
        with pytest.warns(corpus.CorpusWarning, match=said):
            corpus.write([document], tmp_path / name)


# -- plain text ------------------------------------------------------------------------


def test_a_text_is_a_document(read) -> None:
    (document,), _ = read("note.txt", "\ufeffOne α.\r\n\r\n  Two 😀.\n\n")
    assert (document.id, document.text) == ("note", "One α.\n\n  Two 😀.")


def test_a_line_is_a_document_if_one_says_so(read) -> None:
    documents, _ = read("notes.txt", "One.\n\n Two.\n", form="text-lines")
    assert [(d.id, d.text) for d in documents] == [
        ("notes:1", "One."), ("notes:3", " Two."),
    ]  # fmt: skip


def test_an_empty_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(" \n")
    with pytest.raises(InputError, match="no text"):
        list(corpus.read(path))


def test_text_holds_one_document(tmp_path: Path) -> None:
    documents = [Document.from_text(f"Text\n{n}", id=str(n)) for n in range(2)]
    with pytest.raises(ConfigError, match="'text-lines'"):
        corpus.write(documents, tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []
    corpus.write(documents[:1], tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "Text\n0\n"
    corpus.write(documents, tmp_path / "b.txt", format="text-lines")
    assert (tmp_path / "b.txt").read_text() == "Text 0\nText 1\n"


# -- PubAnnotation ---------------------------------------------------------------------


def test_pubannotation(tmp_path: Path) -> None:
    text = "β-blockers help breast and ovarian cancer"
    document = Document(
        id="5",
        passages=(Passage(text=text, section="title"),),
        mentions=(
            Mention(start=0, end=10, text=text[:10], type="Chemical",
                    concepts=("mesh:D000319",), method="exact", link_score=1.0),
            Mention(start=16, end=41, text=text[16:], type="Disease",
                    fragments=((16, 22), (35, 41)), concepts=("mesh:D001943",)),
        ),
        statements=(
            Statement(
                subject="mesh:D000319", predicate="treats", object="mesh:D001943"
            ),
            Statement(subject="mesh:D000319", predicate="lost", object="mesh:D9"),
        ),
    )  # fmt: skip
    path = tmp_path / "a.json"
    with pytest.warns(corpus.CorpusWarning, match="2 relations"):
        corpus.write([document, document], path, format="pubannotation")
    first, second = json.loads(path.read_text())
    assert first == second
    assert (first["sourcedb"], first["sourceid"]) == ("PubMed", "5")
    one, two = first["denotations"]
    assert text[one["span"]["begin"] : one["span"]["end"]] == "β-blockers"
    assert [text[s["begin"] : s["end"]] for s in two["span"]] == ["breast", "cancer"]
    facts = {(a["subj"], a["pred"], a["obj"]) for a in first["attributes"]}
    assert ("T1", "identifier", "mesh:D000319") in facts
    assert ("T1", "method", "exact") in facts
    assert first["relations"] == [
        {"id": "R1", "subj": "T1", "pred": "treats", "obj": "T2"}
    ]


def test_pubannotation_of_several_projects(read) -> None:
    """Ids hold within a track only, and each says whose it is."""
    denotation = {"id": "T1", "span": {"begin": 0, "end": 3}, "obj": "Gene"}
    other = {"id": "T1", "begin": 4, "end": 8, "obj": "Disease"}
    data = {
        "text": "ACE pain", "sourcedb": "PMC", "sourceid": "77",
        "tracks": [
            {"project": "A", "denotations": [denotation],
             "attributes": [{"subj": "T1", "pred": "identifier", "obj": "1636"}]},
            {"project": "B", "denotations": [denotation, other | {"id": "T2"}],
             "relations": [{"id": "R1", "subj": "T1", "pred": "causes", "obj": "T2"}]},
        ],
    }  # fmt: skip
    for name in ("a.json", "a.jsonl"):
        (document,), failures = read(name, json.dumps(data))
        assert failures == []
        assert document.id == "PMC77"
        assert {
            (m.text, m.attribute("project"), m.concepts) for m in document.mentions
        } == {
            ("ACE", "A", ("ncbigene:1636",)),
            ("ACE", "B", ()),
            ("pain", "B", ()),
        }
        (statement,) = document.statements
        assert (statement.predicate, statement.qualifier("project")) == ("causes", "B")


def test_blocks_and_project_of_pubannotation_come_back(read, tmp_path: Path) -> None:
    blocks = [{"id": "B1", "span": {"begin": 0, "end": 3}, "obj": "Sentence"}]
    data = {
        "project": "mine", "sourcedb": "PMC", "sourceid": "77", "text": "ACE pain",
        "denotations": [{"id": "T1", "span": {"begin": 0, "end": 3}, "obj": "Gene"}],
        "blocks": blocks,
    }  # fmt: skip
    for name in ("a.json", "a.jsonl"):
        (document,), failures = read(name, json.dumps(data))
        assert failures == []
        assert [m.text for m in document.mentions] == ["ACE"]
        corpus.write([document], tmp_path / "b.json", format="pubannotation")
        (again,) = json.loads((tmp_path / "b.json").read_text())
        kept = ("project", "sourcedb", "sourceid", "text", "blocks")
        assert {key: again[key] for key in kept} == {key: data[key] for key in kept}


def test_pubannotation_names_its_source_by_address(read) -> None:
    data = {
        "target": "https://pubannotation.org/docs/sourcedb/PubMed/sourceid/25314077",
        "text": "ACE", "denotations": [
            {"id": "T1", "begin": 0, "end": 3, "obj": "Gene"},
            {"id": "T2", "obj": "Gene"},
        ],
    }  # fmt: skip
    (document,), (failure,) = read("a.json", json.dumps(data))
    assert (document.pmid, [m.text for m in document.mentions]) == (25314077, ["ACE"])
    assert "'T2' cannot be read (it has no span with begin and end)" in failure.reason


def test_passages_of_another_schema_are_told(read) -> None:
    passage = {"id": "p", "type": "title", "text": ["ACE"], "offsets": [[0, 3]]}
    found, (failure,) = read("a.jsonl", json.dumps({"id": "1", "passages": [passage]}))
    assert found == []
    assert "another schema (fields id, offsets, text, type)" in failure.reason


@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        ({"label": [[0, 3, "Gene"]]}, "'label'"),
        ({"spans": [{"start": 0, "end": 3, "label": "Gene"}]}, "'spans'"),
        ({"entities": [{"start_offset": 0, "end_offset": 3}]}, "'entities'"),
        ({"catanns": [{"span": {"begin": 0, "end": 3}}]}, "'catanns'"),
        ({"tokens": ["ACE"], "ner_tags": [1]}, "'ner_tags'"),
        ({"body_text": [{"text": "More."}]}, "CORD-19 and has text in its field"),
        ({"abstract_inverted_index": {"ACE": [0]}}, "OpenAlex and has text"),
    ],
)
def test_mentions_and_texts_of_other_schemas_are_not_lost_in_silence(
    read, fields: dict[str, object], lost: str
) -> None:
    found, (failure,) = read(
        "a.jsonl", json.dumps({"title": "x", "text": "ACE"} | fields)
    )
    assert found == []
    assert lost in failure.reason
    assert "would be lost" in failure.reason


# -- Tagged records --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "name", "doi", "source_id"),
    [
        ("DO  - https://doi.org/10.1000/DEF", "doi:10.1000/DEF", "10.1000/DEF", None),
        ("DO  - doi:10.1000/DEF\nID  - x1", "doi:10.1000/DEF", "10.1000/DEF", "x1"),
        ("M3  - Review\nID  - x1", "x1", None, None),
        ("ID  - 123", "ID:123", None, None),
        ("DB  - PubMed\nAN  - 123\nDO  - 10.1/b", "123", "10.1/b", None),
        ("KW  - x", "a:1", None, None),
    ],
)
def test_ids_of_ris(
    read, tags: str, name: str, doi: str | None, source_id: str | None
) -> None:
    record = f"TY  - JOUR\nTI  - T\n{tags}\nAB  - one\nAB  - two\nER  - \n"
    (document,), _ = read("a.ris", record)
    assert (document.id, document.metadata.get("doi")) == (name, doi)
    assert document.metadata.get("source_id") == source_id
    assert document.pmid == (123 if name == "123" else None)
    assert document.text == "T one two"


def test_medline_without_a_pmid(read) -> None:
    found, failures = read(
        "a.nbib",
        "OWN - X\nTI  - A\n\nOWN - X\nTI  - B\nLID - 10.1/b [doi]\n\nOWN - X\n",
    )
    assert [document.id for document in found] == ["a:1", "doi:10.1/b"]
    assert [failure.line for failure in failures] == [8]


@pytest.mark.parametrize("name", ["abst", "abstrct", "Abstracts"])
def test_a_misspelled_abstract_is_said(read, name: str) -> None:
    with pytest.warns(UserWarning, match=f"'{name}' is not read: call it 'abstract'"):
        [document], _ = read("a.jsonl", f'{{"title": "T", "{name}": "ACE"}}\n')
    assert document.metadata[name] == "ACE"
