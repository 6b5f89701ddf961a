from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kgbuild import corpus
from kgbuild.corpus.conll import detokenize
from kgbuild.document import Document, Mention, Passage
from kgbuild.errors import ConfigError, DocumentFailure, InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def read(tmp_path: Path):
    def call(text: str) -> tuple[list[Document], list[DocumentFailure]]:
        path = tmp_path / "in.conll"
        path.write_text(text, encoding="utf-8")
        failures: list[DocumentFailure] = []
        return list(corpus.read(path, on_error=failures.append)), failures

    return call


def _rows(*tags: str) -> str:
    return "".join(f"w{n}\t{tag}\n" for n, tag in enumerate(tags))


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (("B-G", "I-G", "O", "B-G"), ["w0 w1", "w3"]),
        (("I-G", "I-G", "B-G", "O"), ["w0 w1", "w2"]),
        (("B-G", "I-D", "I-D", "I-G"), ["w0", "w1 w2", "w3"]),
        (("S-G", "B-G", "I-G", "E-G"), ["w0", "w1 w2 w3"]),
        (("S-G", "I-G", "E-G", "E-G"), ["w0", "w1 w2", "w3"]),
        (("U-G", "B-G", "L-G", "I-G"), ["w0", "w1 w2", "w3"]),
        (("O", "O-Gene", "I-G", "O"), ["w2"]),
        (("B-G", "B-G", "B-D", "B-D"), ["w0", "w1", "w2", "w3"]),
    ],
)
def test_every_tag_scheme(read, tags: tuple[str, ...], spans: list[str]) -> None:
    (document,), failures = read(_rows(*tags))
    assert failures == []
    assert [m.text for m in document.mentions] == spans


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (("B-A|B-B", "I-A|I-B", "O"), [("w0 w1", "A"), ("w0 w1", "B")]),
        (("B-A|B-B", "I-B", "I-B"), [("w0", "A"), ("w0 w1 w2", "B")]),
        (("B-A", "I-A|B-B", "I-A"), [("w0 w1 w2", "A"), ("w1", "B")]),
        (("S-A|B-B", "E-B", "B-B|O"), [("w0", "A"), ("w0 w1", "B"), ("w2", "B")]),
        (("O|B-A", "O|I-A", "O"), [("w0 w1", "A")]),
        (("B-A|x", "I-A|x", "O"), [("w0 w1", "A|x")]),
    ],
)
def test_tags_of_several_mentions(read, tags: tuple[str, ...], spans: object) -> None:
    (document,), failures = read(_rows(*tags))
    assert failures == []
    assert sorted((m.text, m.type) for m in document.mentions) == spans


def test_tags_that_stanza_writes(read) -> None:
    columns = "BRCA1\tPROPN\tNNP\t_\t0\troot\t_\tstart_char={0}|{1}\n"
    (document,), failures = read(
        "# text = ACE2 works.\n"
        "1\tACE2\t" + columns.format(0, "end_char=4|ner=S-GENE")
        + "2\tworks\t" + columns.format(5, "ner=O|SpaceAfter=No")
        + "3\t.\t" + columns.format(10, "ner=O")
    )  # fmt: skip
    assert (document.text, failures) == ("ACE2 works.", [])
    assert [(m.text, m.type) for m in document.mentions] == [("ACE2", "Gene")]


@pytest.mark.parametrize("last", ["_", "SpaceAfter=No", "Entity=(Gene-1)"])
def test_conll_u_without_mentions_gets_its_name(tmp_path: Path, last: str) -> None:
    path = tmp_path / "a.conllu"
    path.write_text(
        f"# sent_id = 1\n1\tACE\tACE\tPROPN\tNNP\t_\t0\troot\t_\t{last}\n"
        "2\tworks\twork\tVERB\tVBZ\t_\t1\tdep\t_\t_\n"
    )
    with pytest.raises(InputError, match=r"CoNLL-U without mentions.*ner=B-Gene"):
        corpus.read(path)


def test_types_are_canonical_and_the_label_stays(read) -> None:
    (document,), _ = read("HeLa B-cell_line\ncells I-cell_line\n.\tO\n")
    (mention,) = document.mentions
    assert (mention.type, mention.attribute("label")) == ("CellLine", "cell_line")
    assert (mention.method, mention.concepts) == (None, ())
    assert document.text == "HeLa cells."


def test_comments_numbers_and_boundaries_of_conll_u(read) -> None:
    documents, failures = read(
        "# global.columns = ID FORM UPOS NER\n"
        "# newdoc id = 12 (a)\n# sent_id = 1\n# text = The ACE-inhibitor  (new).\n"
        "1\tThe\tDET\tO\n2-3\tACE-inhibitor\t_\t_\n2\tACE\tN\tB-Gene\n3\t-\tP\tO\n"
        "3.1\t-\tP\tO\n4\tinhibitor\tN\tO\n5\t(\tP\tO\n6\tnew\tA\tO\n7\t)\tP\tO\n"
        "8\t.\tP\tO\n\n# a note\n1\t#\tP\tO\n2\tREN\tN\tB-Gene\n\n"
        "# newdoc id = b\n1\tp53\tN\tB-Gene\n\n"
    )
    assert failures == []
    assert [(d.id, d.text) for d in documents] == [
        ("12 (a)", "The ACE-inhibitor  (new). # REN"), ("b", "p53")
    ]  # fmt: skip
    assert [[m.text for m in d.mentions] for d in documents] == [
        ["ACE", "REN"], ["p53"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    "border",
    ["# doc_id = {}", "# doc_id={}", "#begin document ({}); part 000",
     "# newdoc id = {}", "-DOCSTART- ({})\tO", "-DOCSTART- ({})", "# document id: {}"],
)  # fmt: skip
def test_every_way_to_begin_a_document(read, border: str) -> None:
    both = "".join(f"{border.format(n)}\n\nACE\tB-Gene\n.\tO\n\n" for n in "ab")
    documents, failures = read(both)
    assert failures == []
    assert [(d.id, d.text) for d in documents] == [("a", "ACE."), ("b", "ACE.")]


def test_a_comment_before_every_sentence_begins_no_document(read) -> None:
    documents, _ = read("".join(f"# doc_id = {n}\nACE\tO\n\n" for n in "aab"))
    assert [(d.id, len(d.passages)) for d in documents] == [("a", 2), ("b", 1)]
    documents, _ = read("###MEDLINE:95369245\n\nIL-2\tB-DNA\ngene\tI-DNA\n\n")
    assert [d.id for d in documents] == ["MEDLINE:95369245"]


def test_offsets_give_the_text_back(read) -> None:
    documents, failures = read(
        "# doc_id = 1\nNF\t5\t7\tB-Gene\n-\t7\t8\tI-Gene\nκB\t9\t11\tE-Gene\n\n"
        "(\t11\t12\tO\nACE\t12\t15\tS-Gene\n\nREN\t16\t19\tS-Gene\n\n"
        "far\t9000\t9003\tO\n\nno\t1\t9\tO\noffsets\t9\t1\tO\n"
    )
    assert failures == []
    assert [p.text for p in documents[0].passages] == [
        "NF- κB(ACE", "REN", "far", "no offsets"
    ]  # fmt: skip
    assert [(m.start, m.end, m.text) for m in documents[0].mentions] == [
        (0, 6, "NF- κB"), (7, 10, "ACE"), (11, 14, "REN")
    ]  # fmt: skip


def test_tags_without_a_type(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text("ACE\tB\n2\tI\nworks\tO\nREN\tB\n")
    with pytest.raises(InputError, match=r"name no type.*--type Gene"):
        list(corpus.read(path))
    (document,) = corpus.read(path, entity_type="Gene")
    assert [(m.text, m.type) for m in document.mentions] == [
        ("ACE 2", "Gene"), ("REN", "Gene")
    ]  # fmt: skip
    with pytest.warns(corpus.CorpusWarning, match="'Banana' is none of kgbuild's"):
        (document,) = corpus.read(path, entity_type="Banana")
    assert {m.type for m in document.mentions} == {"Banana"}
    with pytest.raises(ConfigError, match=r"must be a name such as 'Gene'\. Got ' '"):
        corpus.read(path, entity_type=" ")
    (tmp_path / "a.csv").write_text("id,title\n1,x\n")
    with pytest.raises(ConfigError, match="Got 'Gene' for csv"):
        list(corpus.read(tmp_path / "a.csv", entity_type="Gene"))


def test_a_token_that_is_a_number_sign(read) -> None:
    (document,), failures = read("#\tO\n#1=\tO\nACE\tB-Gene\n")
    assert (document.text, failures) == ("# #1= ACE", [])
    (document,), failures = read("# O\nACE B-Gene\n")
    assert (document.text, failures) == ("# ACE", [])


def test_middle_columns_are_passed_over(read) -> None:
    (document,), _ = read("ACE NN B-NP B-Gene\nworks VB B-VP O\n")
    assert [m.text for m in document.mentions] == ["ACE"]


def test_sentences_are_documents_without_docstart(read) -> None:
    documents, _ = read("A\tO\n\n\nB\tB-Gene\n\nC\tO")
    assert [d.id for d in documents] == ["in:1", "in:2", "in:3"]


def test_docstart_makes_documents_of_sentences(read) -> None:
    documents, _ = read(
        "-DOCSTART-\tO\n\nA\tO\n\nB\tB-Gene\n\n-DOCSTART- (PMID (7))\tO\n\nC\tO\n\n"
    )
    assert [(d.id, d.text) for d in documents] == [("in:1", "A B"), ("PMID (7)", "C")]
    assert len(documents[0].passages) == 2
    assert documents[0].mentions[0].span == (2, 3)


def test_task_tokens_of_aioner_are_dropped(read) -> None:
    (document,), _ = read("<Gene>\tO\nACE\tB-Gene\nhelps\tO-Gene\n</Gene>\tO\n")
    assert document.text == "ACE helps"
    assert document.passages[0].metadata == {"task": "Gene"}


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("IL - 2 ( p < 0.05 ) .", "IL-2 (p < 0.05)."),
        ('the " NF - kappaB / Rel " family', 'the "NF-kappaB/Rel" family'),
        ("5 ' end , 50 % ; yes : [ 3 ]", "5' end, 50%; yes: [3]"),
        ("the e \u0301 mark", "the e\u0301 mark"),
        ("T - and B - cells", "T- and B-cells"),
        ("`` octamer '' of Ig 's", "``octamer'' of Ig's"),
    ],
)
def test_running_text_is_rebuilt(tokens: str, text: str) -> None:
    found, places = detokenize(tokens.split(" "))
    assert found == text
    assert [found[a:b] for a, b in places] == tokens.split(" ")


def test_a_sentence_with_a_bad_line_is_reported(read) -> None:
    documents, (failure,) = read("A\tO\n\nB\nC\tO\n\nD\tO\n")
    assert [d.text for d in documents] == ["A", "D"]
    assert failure.line == 3


def test_a_last_line_cut_off_stops(tmp_path: Path) -> None:
    path = tmp_path / "in.conll"
    path.write_text("A\tO\n\nB\tO\nC")
    with pytest.raises(InputError, match=r"line 4.*cut off"):
        list(corpus.read(path))


def test_writing_and_reading_again(tmp_path: Path) -> None:
    text = "ACE inhibitors lower pressure. Breast cancer (BC) is IL-2-like."
    spans = [(0, 14, "Chemical"), (31, 44, "Disease"), (46, 48, "Disease")]
    mentions = [Mention(start=a, end=b, text=text[a:b], type=t) for a, b, t in spans]
    document = Document(
        id="d 1", passages=(Passage(text=text),), mentions=tuple(mentions)
    )
    path = tmp_path / "out.conll"
    assert corpus.write([document], path) == 1
    rows = path.read_text().splitlines()
    assert rows[:5] == [
        "-DOCSTART- (d 1)\tO", "", "ACE\tB-Chemical", "inhibitors\tI-Chemical",
        "lower\tO",
    ]  # fmt: skip
    (again,) = corpus.read(path)
    assert again.id == "d 1"
    assert again.text == text
    assert [(m.span, m.type) for m in again.mentions] == [
        ((a, b), t) for a, b, t in spans
    ]


def test_both_schemes_of_tags_are_written(tmp_path: Path) -> None:
    source, path = tmp_path / "in.conll", tmp_path / "out.conll"
    source.write_text(_rows("B-G", "B-G", "I-G", "I-G", "O", "B-D", "I-D"), "utf-8")
    expected = {
        "BIO": ["B-G", "B-G", "I-G", "I-G", "O", "B-D", "I-D"],
        "BIOES": ["S-G", "B-G", "I-G", "E-G", "O", "B-D", "E-D"],
    }
    (document,) = corpus.read(source)
    for scheme, tags in expected.items():
        corpus.convert(source, path, scheme=scheme)  # type: ignore[arg-type]
        rows = path.read_text("utf-8").splitlines()[2:-1]
        assert [row.split("\t")[1] for row in rows] == tags
        (again,) = corpus.read(path)
        assert again.mentions == document.mentions
    with pytest.raises(ConfigError, match=r"one of BIO, BIOES\. Got 'BILOU'"):
        corpus.write([document], path, scheme="BILOU")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="Got 'BIO' for jsonl: leave it out"):
        corpus.write([document], tmp_path / "out.jsonl", scheme="BIO")


@pytest.mark.parametrize(
    ("label", "written"),
    [("Wíərd thing", "Wíərd thing"), ("a  b", "a  b"), ("x\ty ", "x y"),
     ("A|B-C", "A/B-C"), ("A|b", "A|b")],
)  # fmt: skip
def test_a_type_comes_back_as_it_was_or_it_is_said(
    tmp_path: Path, recwarn: pytest.WarningsRecorder, label: str, written: str
) -> None:
    mention = Mention(start=0, end=5, text="ACE 2", type=label)
    document = Document(
        id="1", passages=(Passage(text="ACE 2 is."),), mentions=(mention,)
    )
    for _ in range(2):
        corpus.write([document], tmp_path / "out.conll")
        (document,) = corpus.read(tmp_path / "out.conll")
        assert [(m.text, m.type) for m in document.mentions] == [("ACE 2", written)]
    said = [str(w.message) for w in recwarn]
    assert len(said) == (label != written)
    assert all(f"wrote {label!r} as {written!r}." in text for text in said)


@pytest.mark.parametrize("stated", [False, True])
def test_the_sentences_of_a_file_stay(tmp_path: Path, stated: bool) -> None:
    # No rule would end a sentence behind "2." here, nor miss the end behind "rose.".
    lines = [["It", "rose", ".", "It", "fell"], ["IL", "-", "2", "."], ["of", "rats"]]
    source, path = tmp_path / "in.conll", tmp_path / "out.conll"
    at, text = 0, "-DOCSTART- (1)\tO\n\n"
    for tokens in lines:
        for token in tokens:
            places = f"\t{at}\t{at + len(token)}" if stated else ""
            text += f"{token}{places}\tO\n"
            at += len(token) + 1
        at += 1
        text += "\n"
    source.write_text(text, "utf-8")
    corpus.convert(source, path, scheme="BIO")
    blocks = path.read_text("utf-8").strip().split("\n\n")[1:]
    found = [[row.split("\t")[0] for row in block.split("\n")] for block in blocks]
    assert found == lines


def test_a_sentence_of_a_task_may_be_empty(read) -> None:
    documents, failures = read("<Gene>\tO\n</Gene>\tO\n\nACE\tB-Gene\n")
    assert [d.text for d in documents] == ["", "ACE"]
    assert failures == []


def test_mentions_cut_tokens_and_join_sentences(tmp_path: Path) -> None:
    text = "See p65. Rel family."
    mentions = (
        Mention(start=5, end=7, text="65", type="Number"),
        Mention(start=4, end=12, text="p65. Rel", type="Gene"),
    )
    document = Document(id="1", passages=(Passage(text=text),), mentions=mentions)
    path = tmp_path / "out.conll"
    with pytest.warns(corpus.CorpusWarning, match="longer ones: left out 1 mention\\."):
        corpus.write([document], path)
    (again,) = corpus.read(path)
    assert [(m.text, m.type) for m in again.mentions] == [("p65. Rel", "Gene")]
    assert len(again.passages) == 1
    only = document.with_mentions(mentions[:1])
    corpus.write([only], path)
    assert "p\tO\n65\tB-Number\n" in path.read_text()


@pytest.mark.parametrize("start", ["", "-DOCSTART-\tO\n\n"])
def test_a_document_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.setattr("kgbuild.corpus.conll.MAX_TOKENS", 3)
    path = tmp_path / "long.conll"
    path.write_text(start + "A\tO\n" * (9 if not start else 1) + "\nB\tO\n" * 9)
    with pytest.raises(InputError, match="over 3 tokens"):
        list(corpus.read(path))


def test_a_mention_that_begins_with_a_blank_is_one_of_its_own(
    tmp_path: Path,
) -> None:
    text = "ACE  ACE"
    spans = [(0, 3), (4, 8)]
    mentions = [
        Mention(start=a, end=b, text=text[a:b], type="Gene", recognizer="gold")
        for a, b in spans
    ]
    path = tmp_path / "out.conll"
    document = Document(
        id="1", passages=(Passage(text=text),), mentions=tuple(mentions)
    )
    corpus.write([document], path)
    (again,) = corpus.read(path)
    assert [m.text for m in again.mentions] == ["ACE", "ACE"]
