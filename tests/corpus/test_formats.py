"""Telling formats, errors of whole files, and what happens to failures."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

import pytest
import zstandard

from kgbuild import corpus
from kgbuild._io.unique_ids import SeenIds
from kgbuild.corpus.formats import Format
from kgbuild.document import Document, Mention, Passage
from kgbuild.errors import ConfigError, DocumentFailure, InputError, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

PUBTATOR = "1|t|ACE\n1|a|\n1\t0\t3\tACE\tGene\t1636\n\n"
RECORDS = b'{"title": "x"}\n' * 9000
BAD_PUBTATOR = "1|t|ACE\n1|a|\n1\t0\t3\tREN\tGene\n\n2|t|B\n2|a|\n"


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("a.PubTator", "anything", "pubtator"),
        ("a.txt", "\n\n1|t|ACE\n1|a|B\n", "pubtator"),
        ("a.txt", "ACE\tB-Gene\nhelps\tO\n.\tO\n", "conll"),
        ("a.txt", "Plain | text, with O\n", "text"),
        ("a.tsv", "ACE\tB-Gene\nhelps\tO\n.\tO\n", "conll"),
        ("a.tsv", "pmid\ttitle\n1\tACE\n", "tsv"),
        ("a.xml", "<?xml version='1.0'?>\n<collection><source/>", "bioc-xml"),
        ("a.xml", "<!DOCTYPE x>\n<PubmedArticleSet>", "pubmed-xml"),
        ("a.xml", "<!-- <collection> --><PubmedArticle>", "pubmed-xml"),
        ("a.xml", '<?xml version="1.0"?>\n<pmc-articleset>', "jats"),
        ("a.nxml", "anything", "jats"),
        ("a.json", '{"source": "", "documents": [', "bioc-json"),
        ("a.json", '[{"id": "1", "passages": [{"infons": {}', "bioc-json"),
        ("a.json", '[{"pmid": 1, "title": "T"}]', "jsonl"),
        ("a.json", '{"version":1,"id":"1","passages":[{"text":"x"}]}\n', "jsonl"),
        ("a", "1|a|ACE\n", "pubtator"),
        ("a.nbib", "anything", "medline"),
        ("a.txt", "\nPMID- 7\nTI  - ACE\n", "medline"),
        ("a", "PMID- 7\n", "medline"),
        ("a.txt", "TY  - JOUR\nTI  - ACE\nER  - \n", "ris"),
        ("a.ris", "anything", "ris"),
        ("a.txt", "# doc_id = 1\nACE\t0\t3\tS-Gene\n.\t3\t4\tO\n\n", "conll"),
        ("a.dat", '{"pmid": 1, "title": "T"}\n', "jsonl"),
        ("a.dat", "id;title\n1;T\n", "csv"),
        ("a.txt", "PMID,Title,Authors,Journal/Book,Publication Year\n", "csv"),
        ("a.txt", "PMID\tTitle\n1\tT\n", "tsv"),
        ("a.ndjson", "", "jsonl"),
        # JSON and XML are what they are, whatever a text's suffix says.
        ("a.txt", '{"text": "ACE", "denotations": []}', "pubannotation"),
        ("a.txt", '{"source": "", "documents": [', "bioc-json"),
        ("a.txt", "<?xml version='1.0'?>\n<collection><source/>", "bioc-xml"),
        ("a.text", "<collection>\n <source/>", "bioc-xml"),
        ("a.txt", "<!DOCTYPE x>\n<PubmedArticleSet>", "pubmed-xml"),
        ("a.txt", "<article><front>", "jats"),
        ("a.txt", '{"pmid": 1, "title": "T"}\n{"pmid": 2, "title": "U"}\n', "jsonl"),
        ("a.txt", ' [\n {"pmid": 1, "title": "T"}]', "jsonl"),
    ],
)
def test_formats_are_told(tmp_path: Path, name: str, text: str, form: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert corpus.format_of(path).name == form
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert corpus.format_of(packed).name == form


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.pubtator.gz", "pubtator"), ("a.xml", "bioc-xml"), ("a.json", "bioc-json"),
     ("a.jsonl.zst", "jsonl"), ("a.tsv", "tsv"), ("a.txt", "text"), ("a.csv", "csv"),
     ("a.conll", "conll")],
)  # fmt: skip
def test_what_is_written_is_told_by_the_suffix(name: str, form: str) -> None:
    assert corpus.format_for_writing(name).name == form


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.pdf", b"%PDF-1.7\n", "a PDF"),
        ("a.txt", b"%PDF-1.7\n", "a PDF"),
        ("a.docx", b"PK\x03\x04\x14\0[Content_Types].xml..word/document.xml", "DOCX"),
        ("a.csv", b"PK\x03\x04\x14\0[Content_Types].xml..xl/workbook.xml", "Excel"),
        ("a.zip", b"PK\x03\x04\x14\0a/b.txt", "ZIP"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Word"),
        ("a.rtf", b"{\\rtf1\\ansi", "RTF"),
        ("a.parquet", b"PAR1\x15\x04", "Parquet"),
        ("a.db", b"SQLite format 3\0", "SQLite"),
        ("a.pkl", b"\x80\x04\x95\x10", "pickle"),
        ("a.spacy", zlib.compress(b"\x86\xa7version\xa30.1" * 9), "DocBin"),
        ("a.txt", b"\n<!DOCTYPE html>\n<html>", "HTML"),
        ("a.html", b"<HTML lang='en'>", "HTML"),
        ("a.xml", b"<?xml version='1.0'?><xml><records><record>", "EndNote XML"),
        ("a.enw", b"%0 Journal Article\n%T x", "EndNote"),
        ("a.txt", b"% mine\n@article{a,\n title={x}}", "BibTeX"),
        ("a.txt", b"FN Clarivate Analytics Web of Science\nVR 1.0", "Web of Science"),
        ("a.ann", b"T1\tGene 0 3\tACE\n", "brat"),
        ("a.txt", b"T1\tGene 0 3;5 8\tACE ACE\n", "brat"),
        ("pmid-set.txt", b"41000001\n41000002\n", "list of PMIDs"),
        ("a.xml", b"<TEI xmlns='x'>", "TEI"),
        ("a.txt", b"<p>ACE <b>works</b></p>", "a piece of HTML"),
        ("a.txt", b"<div class='x'>\nACE", "a piece of HTML"),
        ("a.txt", b"1. J Clin. 2020 Jan 2;5(3):1-9. doi: 10.1000/x.\n\nACE works.\n\n"
         b"Smith J(1).\n\nBACKGROUND: x\n\nDOI: 10.1000/x\nPMID: 32000001\n\n\n",
         "Abstract (text)"),
        ("a.txt", b"1: Smith J, Doe A. ACE works. J Clin. 2020 Jan 2;5(3):1-9. doi:\n"
         b"10.1000/x. PMID: 32000001; PMCID: PMC7.\n\n2: ", "Summary (text)"),
        ("a.xml", b"<eSearchResult>", "ESearch"),
        ("a.tsv", b"#FORMAT=WebAnno TSV 3.3\n", "WebAnno TSV"),
        ("a.json", b'[{"annotations": [{"result": []}], "data": {"text": "x"}}]',
         "Label Studio"),
        ("a.jsonl", b'{"doc_key": "a", "sentences": [["ACE"]], "ner": [[]]}', "DyGIE"),
        ("a.json", b'{"version": "6.9", "hitCount": 1, "resultList": {"result": []}}',
         "Europe PMC"),
        ("a.json", b'{"idx": "a", "sections": [{"text": "x", "entities": '
         b'[{"match": "ACE", "entity_class": "gene"}]}]}', "KAZU"),
    ],
)  # fmt: skip
def test_what_no_reader_takes_is_named(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match="which kgbuild does not read") as caught:
        corpus.read(path)
    assert what in str(caught.value)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize(
    "text",
    ["X-ray of 12 mice.", "@ 5 mg/kg {n = 3}", "T1 mapping 0 3", "12 mice\n",
     "%WBC was high", "12345\n", "PT JA is no export",
     "<p 0.05 and ACE", "[Article in French] ACE", "{x} is a set", "[1] ACE works.",
     "<x> was the mean", "<ACE> and <REN> were low",
     "Abstract\nACE works.", "<i>E. coli</i> grows",
     "1. Introduction. In 2020 ACE was new (PMID: 32000001).", "1: 2020 was a year."],
)  # fmt: skip
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert corpus.format_of(tmp_path / "a.txt").name == "text"


def test_structured_files_of_no_format_are_no_text(tmp_path: Path) -> None:
    for content in ("<foo><bar>ACE</bar></foo>", "<foo>ACE works</foo>", '["a", "b"]'):
        (tmp_path / "a.txt").write_text(content)
        with pytest.raises(InputError, match="does not tell the format"):
            corpus.format_of(tmp_path / "a.txt")
        assert corpus.format_of(tmp_path / "a.txt", name="text").name == "text"


@pytest.mark.parametrize("field", ["label", "spans", "ents", "entities"])
@pytest.mark.parametrize("value", [[[0, 3, "Gene"]], [{"start": 0, "end": 3}]])
def test_records_with_spans_do_not_lose_them_in_silence(
    tmp_path: Path, field: str, value: list[object]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "ACE works", field: value}) + "\n")
    failures: list[DocumentFailure] = []
    assert list(corpus.read(path, on_error=failures.append)) == []
    assert f"mentions in its field {field!r}" in failures[0].reason
    path.write_text(json.dumps({"text": "ACE works", field: ["a", 1]}) + "\n")
    assert [d.text for d in corpus.read(path)] == ["ACE works"]


def test_every_entry_of_the_registry_holds() -> None:
    for name, entry in corpus.FORMATS.items():
        assert name == entry.name
        assert entry.reader or entry.writer
        assert entry.description
        if entry.writer is not None:
            assert isinstance(entry.make_writer(), corpus.Writer)
        if entry.sniffer is not None:
            assert entry.sniffs("\x00nothing") in {True, False}
        assert all(s == s.lower() and s.startswith(".") for s in entry.suffixes)


def _only_reads(path: Path, *, on_failure: object):
    yield Document.from_text(path.read_text(), id="mine")


def test_adding_a_format_is_one_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys
    import types

    module = types.ModuleType("my_format")
    module.read_mine = _only_reads
    monkeypatch.setitem(sys.modules, "my_format", module)
    entry = Format(
        name="mine",
        description="mine",
        suffixes=(".mine",),
        reader="my_format:read_mine",
    )
    monkeypatch.setitem(corpus.FORMATS, "mine", entry)
    path = tmp_path / "a.mine"
    path.write_text("hello")
    assert [d.text for d in corpus.read(path)] == ["hello"]
    with pytest.raises(ConfigError, match="only read, not written"):
        corpus.write([], tmp_path / "b.mine", format="mine")


def test_an_unknown_format_lists_the_known(tmp_path: Path) -> None:
    path = tmp_path / "a.pubtator"
    path.write_text(PUBTATOR)
    with pytest.raises(ConfigError) as reading:
        corpus.read(path, format="docx")
    with pytest.raises(ConfigError) as writing:
        corpus.write([], path, format="docx")
    for caught in (reading, writing):
        assert "'docx'" in str(caught.value)
        assert all(name in str(caught.value) for name in corpus.FORMATS)
    assert path.read_text() == PUBTATOR


def test_formats_that_are_only_written_or_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_text("[]")
    monkeypatch.setitem(
        corpus.FORMATS, "mine", Format(name="mine", description="", writer="m:w")
    )
    with pytest.raises(ConfigError, match="only written"):
        corpus.read(path, format="mine")
    with pytest.raises(ConfigError, match="only read"):
        corpus.write([], tmp_path / "a.xml", format="pubmed-xml")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", b"PK\x03\x04\x00\x00rest", "This is a ZIP archive, which"),
        ("a.docx", b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml",
         "file of Word, Excel"),
        ("a.odt", b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.open",
         "an OpenDocument file"),
        ("a.xml", b"", "and it is empty"),
        ("a.xyz", b"some words\n", "name one of pubtator, bioc-xml"),
        ("a.xml", b"<html></html>", "This is an HTML page, which"),
        ("a.pubtator", b"\x00\x01\x02", "binary"),
        ("a.jsonl", b"\x00" * 10**6, "binary"),
        ("a.pubtator", b"1|t|caf\xe9\n", "line 1: This is not UTF-8"),
        ("a.csv", b"id,title\n1,caf\xe9\n", "line 2: This is not UTF-8"),
        ("a.json", b'{"documents": [\n{"id": "\xe9"}]}', "line 2: This is not UTF-8"),
        ("a.xml", b"<collection><document><id>\xe9</id></document></collection>",
         "UTF-8|well-formed|No document|no id"),
        ("a.jsonl.gz", gzip.compress(RECORDS, mtime=0)[:-200], "ends too early"),
        ("a.jsonl.zst", zstandard.compress(RECORDS)[:-20],
         "ends too early"),
        ("a.jsonl.gz", b"not packed", "not a sound .gz file"),
        ("a.pubtator", b"1|t|A\n1|a|\n1\t0\t1", "cut off"),
    ],
)  # fmt: skip
def test_bad_files_are_told_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    target = tmp_path / "out.jsonl"
    with pytest.raises(InputError, match=said) as caught:
        corpus.convert(path, target)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_missing_files_and_folders_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        corpus.read(tmp_path / "none.pubtator")
    with pytest.raises(InputError, match="folder"):
        corpus.read(tmp_path)
    with pytest.raises(InputError, match="folder"):
        corpus.write([], tmp_path, format="jsonl")


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file, not a folder"):
        corpus.write([], tmp_path / "file" / "a.jsonl")


@pytest.mark.parametrize("form", list(corpus.FORMATS))
def test_no_documents_make_a_sound_file(tmp_path: Path, form: str) -> None:
    if corpus.FORMATS[form].writer is None:
        pytest.skip("only read")
    path = tmp_path / "empty"
    assert corpus.write([], path, format=form) == 0
    if corpus.FORMATS[form].reader is not None and form != "text":
        assert list(corpus.read(path, format=form)) == []


def test_one_warning_says_how_many_and_which(tmp_path: Path) -> None:
    path = tmp_path / "a.pubtator"
    path.write_text("".join(BAD_PUBTATOR.replace("1", str(n)) for n in range(3, 8)))
    with pytest.warns(corpus.CorpusWarning) as caught:
        documents = list(corpus.read(path))
    assert len(documents) == 10
    (warning,) = caught
    message = str(warning.message)
    assert warning.filename == __file__
    assert f"reading {path}, documents, mentions or relations" in message
    assert "were left out, 5 in all:" in message
    assert "line 3, document 3: The mention 'REN'" in message
    assert message.endswith("and 2 more")


def test_raise_stops_at_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.pubtator"
    path.write_text(BAD_PUBTATOR)
    with pytest.raises(InputError, match="line 3: 1: The mention 'REN'"):
        list(corpus.read(path, on_error="raise"))


def test_a_function_gets_each_failure_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.pubtator"
    path.write_text(BAD_PUBTATOR)
    failures: list[DocumentFailure] = []
    reader = corpus.read(path, on_error=failures.append)
    next(reader)
    (failure,) = failures
    assert (failure.stage, failure.path, failure.line) == ("read", str(path), 3)


def test_other_policies_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pubtator"
    path.write_text(PUBTATOR)
    with pytest.raises(ConfigError, match="'ignore'"):
        corpus.read(path, on_error="ignore")
    with pytest.raises(ConfigError, match="'ignore'"):
        corpus.write([], path, on_error="ignore")


def test_writing_fails_whole_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old")
    documents = [Document.from_text("x", id="1"), Document.from_text("\ud800", id="2")]
    with pytest.raises(ValidationError, match=r"Document 2: .*lone surrogate"):
        corpus.write(documents, path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


def test_the_folder_of_a_run_is_told_from_other_folders(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    with pytest.raises(InputError, match=r"folder of a run: .*KnowledgeGraph\.load"):
        list(corpus.read(tmp_path))


def test_half_a_character_in_json_is_a_failure_of_its_document(tmp_path: Path) -> None:
    path, failures = tmp_path / "a.jsonl", list[DocumentFailure]()
    path.write_text(
        '{"pmid": "1", "abstract": "ACE"}\n{"pmid": "2", "abstract": "A \\ud800"}\n'
    )
    read = corpus.read(path, on_error=failures.append)
    assert [document.id for document in read] == ["1"]
    assert [(f.document_id, f.stage) for f in failures] == [("2", "read")]
    assert "lone surrogate ('\\ud800')" in failures[0].reason


def test_writing_may_go_on_without_what_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a.pubtator"
    documents = [
        Document.from_text("\ud800", id="1"),
        Document(
            id="2",
            passages=(Passage(text="ACE"),),
            mentions=(
                Mention(start=0, end=3, text="ACE", type="Gene", concepts=("oops",)),
            ),
        ),
        Document(id="3", passages=(Passage(text="x"),), metadata={"x": {1, 2}}),
        Document.from_text("good", id="4"),
    ]
    failures: list[DocumentFailure] = []
    assert corpus.write(documents, path, on_error=failures.append) == 2
    assert [f.document_id for f in failures] == ["1", "2"]
    assert corpus.write(documents, tmp_path / "a.xml", on_error=failures.append) == 1
    assert [f.document_id for f in failures[2:]] == ["1", "2", "3"]
    with pytest.warns(corpus.CorpusWarning, match="2 in all"):
        corpus.write(documents, path, on_error="warn")


def test_ids_are_made_unique() -> None:
    seen = SeenIds()
    ids = [seen.unique(name) for name in ["a", "a", "a#2", "b", "a", "a#2", "a#2#2"]]
    assert ids == ["a", "a#2", "a#2#2", "b", "a#3", "a#2#3", "a#2#2#2"]
    many = [f"{n}" for n in range(20_000)]
    assert [seen.unique(name) for name in many] == many
    assert seen.unique("77") == "77#2"


def test_repeated_ids_in_any_format(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("pmid,title\n5,A\n5,B\nx,C\nx,D\n")
    documents = list(corpus.read(path))
    assert [d.id for d in documents] == ["5", "5#2", "x", "x#2"]
    assert [d.pmid for d in documents] == [5, 5, None, None]


def test_converting(tmp_path: Path) -> None:
    source = tmp_path / "a.pubtator"
    source.write_text(BAD_PUBTATOR)
    done = corpus.convert(source, tmp_path / "a.xml.gz")
    assert done.documents == 2
    assert [f.line for f in done.failures] == [3]
    assert [d.id for d in corpus.read(tmp_path / "a.xml.gz")] == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.jsonl", "what\nis this\n"), ("a.pubtator", ""), ("a.csv", "")],
)
def test_nothing_to_convert_is_an_error(tmp_path: Path, name: str, text: str) -> None:
    source = tmp_path / name
    source.write_text(text)
    with pytest.raises(InputError, match=r"[Nn]o document"):
        corpus.convert(source, tmp_path / "b.xml")
    assert not (tmp_path / "b.xml").exists()


def test_a_file_is_not_converted_onto_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"pmid": 5, "title": "T"}\n')
    (tmp_path / "link.jsonl").symlink_to(path)
    for target in (path, tmp_path / "link.jsonl"):
        with pytest.raises(InputError, match="name another file to write"):
            corpus.convert(path, target)
    assert path.read_text() == '{"pmid": 5, "title": "T"}\n'


@pytest.mark.parametrize("header", ["id,title,Article Title", "id,title,title"])
def test_two_columns_of_one_text_are_named(tmp_path, header):
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n1,ACE,Renin\n", "utf-8")
    with pytest.raises(
        InputError, match=r"line 1: The columns 'title' and .* both mean"
    ):
        list(corpus.read(path))
