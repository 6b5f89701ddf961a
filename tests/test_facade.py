"""The first minute: what users of pandas, spaCy and scanpy type, and what they get."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kgbuild as kg
from kgbuild.document import Document
from kgbuild.errors import ConfigError, InputError, KgbuildError, ValidationError
from kgbuild.pipeline import AnnotationSettings
from kgbuild.tables import TABLES
from kgbuild.text import SentenceSplitter

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "Captopril inhibits ACE. BRAF V600E is common in melanoma."


@pytest.fixture(scope="module")
def annotated() -> kg.AnnotatedCorpus:
    return kg.annotate([TEXT, "Losartan blocks AGTR1."])


def test_a_text_is_annotated() -> None:
    document = kg.annotate(TEXT)
    assert isinstance(document, kg.Document)
    assert {"Captopril", "ACE", "V600E"} <= {m.text for m in document.mentions}


def test_one_stage_by_its_name() -> None:
    document = kg.annotate(TEXT, stages="recognize")
    assert kg.annotate(document, stages="normalize").mentions[0].concepts
    with pytest.raises(ConfigError, match="Got 'normalise': did you mean 'normalize'"):
        kg.annotate(TEXT, stages="normalise")


def test_one_type_by_its_name() -> None:
    for stages in ("recognize", "recognize,variants", kg.AnnotationSettings().stages):
        found = kg.annotate(TEXT, types="Gene", stages=stages)
        assert {m.type for m in found.mentions} == {"Gene"}
        assert found == kg.annotate(TEXT, types=["Gene"], stages=stages)


def test_types_restrict_the_grammar_and_the_genes_that_it_adds() -> None:
    for types, texts in (
        ("Variant", {"V617F"}),
        (["gene", "Variant"], {"JAK2", "V617F"}),
        ("Disease", set()),
    ):
        found = kg.annotate("JAK2V617F is common.", types=types, stages="variants")
        assert {m.text for m in found.mentions} == texts
    with pytest.raises(ConfigError, match=r"types must be among .*mean 'Variant'"):
        kg.annotate(TEXT, types="Varant", stages="variants")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"types": []}, "types must be .* Got none at all"),
        ({"types": [None]}, "types must be .* Got None"),
        ({"types": ["Gen"]}, "Got 'Gen': did you mean 'Gene'"),
        ({"stages": 3}, "stages must be .* Got 3"),
        ({"stages": None}, "stages must be .* Got None"),
        ({"stages": [None]}, "stages must be .* Got None"),
        ({"stages": []}, "stages must be .* Got none at all"),
        ({"threshold": 5}, "threshold must be a number from 0 to 1. Got 5"),
        ({"threshold": "0.5"}, "threshold must be a number from 0 to 1. Got '0.5'"),
        ({"species": ["man"]}, "NCBI taxon numbers"),
        ({"tagger": 123}, "tagger must be a folder or a name, .* Got int 123"),
        ({"tagger": ""}, "tagger must be a folder or a name, .* Got ''"),
        ({"corrections": 5}, "corrections must be a file, .* Got int 5"),
        ({"linking": 5}, "must be one of balanced, precise.* Got 5"),
        ({"linking": ["precise"]}, "must be one of .* Got .'precise'."),
    ],
)
def test_a_wrong_option_gets_a_sentence(options: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        kg.annotate(TEXT, **options)


@pytest.mark.parametrize("size", [0, -1, 1.5, "2", None])
def test_a_batch_is_a_whole_number_of_documents(size: Any) -> None:
    with pytest.raises(ConfigError, match="batch_size must be a whole number"):
        list(kg.pipe([TEXT], batch_size=size))
    with pytest.raises(ConfigError, match="batch_size must be a whole number"):
        list(kg.load_tagger().stream([], batch_size=size))


def test_stages_with_commas_are_those_of_the_command_line() -> None:
    for stages in ("recognize,normalize", ["recognize", "normalize"]):
        done = kg.annotate(TEXT, stages=stages)
        assert any(m.concepts for m in done.mentions)
        assert not done.sentences


def test_names_with_commas_are_as_good_as_a_list() -> None:
    alike = {
        "types": ("Gene, Disease", ["Gene", "Disease"]),
        "species": ("9606,10090", [9606, 10090]),
        "relations": ("BioRED,CID", ["BioRED", "CID"]),
        "stages": ("sentences, relate", ["sentences", "relate"]),
    }
    for option, (text, names) in alike.items():
        one, other = (
            AnnotationSettings(**{"stages": "all", option: given})
            for given in (text, names)
        )
        assert one == other, option
    assert set(kg.load_tagger(types="Gene,Disease").types) == {"Gene", "Disease"}
    assert list(kg.load_extractor(tasks="BioRED,CID").tasks) == ["BioRED", "CID"]


@pytest.mark.parametrize("half", ["\ud800", "\udfff"])
def test_half_a_surrogate_pair_in_a_text_is_read_as_no_character(half: str) -> None:
    text = f"Captopril {half} inhibits ACE in patients{half} with hypertension."
    whole = text.replace(half, "\ufffd")
    for given in (text, [text], [{"abstract": text}]):
        done = kg.annotate(given, stages="all")
        [document] = [done] if isinstance(done, Document) else done
        assert document.text == whole
        assert {m.text for m in document.mentions} >= {"Captopril", "hypertension"}
    # A Document stays as it is, and what cannot hold it says so.
    own = kg.annotate(Document.from_text(text), stages="all")
    assert own.text == text
    assert [m.span for m in own.mentions] == [m.span for m in document.mentions]
    with pytest.raises(ValidationError, match="lone surrogate"):
        kg.build_graph([own])


def test_a_name_has_one_type_that_is_known() -> None:
    link = kg.normalize("asthma", "Disease")
    assert link.concepts
    assert kg.normalize(["asthma", None], "Disease") == [link, kg.Link()]
    with pytest.raises(ConfigError, match=r"type must be among .*mean 'Disease'"):
        kg.normalize("asthma", type="Diseas")
    assert [*inspect.signature(kg.normalize).parameters][:2] == ["texts", "type"]
    assert "texts" in repr(kg.normalize)


@pytest.mark.parametrize(
    "call",
    [
        kg.link_variants,
        kg.VariantRecognizer(),
        lambda text: kg.Normalizer({})(text),
        lambda text: kg.load_tagger()(text),
        SentenceSplitter(),
    ],
    ids=["link_variants", "recognizer", "normalizer", "tagger", "splitter"],
)
def test_a_stage_that_is_called_with_a_text_says_what_it_takes(call: Any) -> None:
    with pytest.raises(InputError, match=r"Document\.from_text\(\.\.\.\).* Got str"):
        call(TEXT)


def test_variants_are_looked_for_in_one_text() -> None:
    for given in ([TEXT], pl.DataFrame({"text": [TEXT]}), None):
        with pytest.raises(InputError, match="takes one text"):
            kg.find_variants(given)  # type: ignore[arg-type]


def test_evaluate_takes_documents(annotated: kg.AnnotatedCorpus) -> None:
    assert kg.evaluate(annotated, iter(list(annotated))).spans["all"].f1 == 1
    for wrong in (annotated.mentions, annotated.documents, TEXT, [TEXT]):
        with pytest.raises(InputError, match="Expected annotated Documents"):
            kg.evaluate(annotated, wrong)  # type: ignore[arg-type]
    spent = (document for document in annotated)
    list(spent)
    for gold, predicted in ((spent, annotated), (annotated, spent)):
        with pytest.raises(InputError, match="used up before"):
            kg.evaluate(gold, predicted)
    with pytest.raises(ConfigError, match=r"types must be among .*mean 'Gene'"):
        kg.evaluate(annotated, annotated, types="Gen")


def test_an_iterator_that_was_used_up_says_so() -> None:
    for spent in (map(str, [TEXT]), iter([TEXT]), (t for t in [TEXT])):
        assert len(kg.annotate(spent, pipeline=[])) == 1
        with pytest.raises(InputError, match="used up before"):
            kg.annotate(spent, pipeline=[])


def test_ids_at_the_door_are_unique_as_those_of_readers() -> None:
    rows = {"pmid": [1, 1, None, None], "id": [None, None, None, "row-3"]}
    frame = pl.DataFrame({**rows, "text": [TEXT] * 4})
    done = kg.annotate(frame, pipeline=[])
    assert [d.id for d in done] == ["1", "1#2", "row-3", "row-3#2"]
    assert done[1].pmid == done[0].pmid == 1
    own = [kg.Document.from_text(TEXT, id=f"text-{i}") for i in (2, 3)]
    mixed = kg.annotate([own[0], TEXT, TEXT, own[1]], pipeline=[])
    assert [d.id for d in mixed] == ["text-2", "text-2#2", "text-3", "text-3#2"]
    # A document that comes twice is the same one, of which a graph knows.
    assert [d.id for d in kg.annotate([own[0]] * 2, pipeline=[])] == ["text-2"] * 2


def test_frames_that_are_lazy_dated_or_ambiguous(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    assert len(kg.annotate(pl.LazyFrame({"text": [TEXT]}), pipeline=[])) == 1
    when = pandas.Timestamp("2020-01-02")
    frame = pandas.DataFrame({"text": [TEXT], "when": [when]})
    done = kg.annotate(frame, pipeline=[])
    assert done[0].metadata["when"] == "2020-01-02T00:00:00"
    assert kg.write(done, tmp_path / "out.jsonl") == 1
    with pytest.raises(InputError, match="'text' and 'body' both mean text"):
        kg.annotate(pl.DataFrame({"text": [TEXT], "body": ["ACE"]}), pipeline=[])


@pytest.mark.parametrize("first", ["", "import kgbuild.normalize; "])
def test_names_are_normalized_whatever_was_imported_before(first: str) -> None:
    code = (
        f"{first}import kgbuild as kg; "
        "link = kg.normalize('type 2 diabetes', type='Disease'); "
        "import kgbuild.normalize; from kgbuild.normalize import Normalizer; "
        "assert link == kg.normalize(['type 2 diabetes'], type='Disease')[0]; "
        "print(link.concepts[0], link.candidates[0].concept)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["mesh:D003924", "mesh:D003924"]


def _inputs() -> dict[str, Any]:
    pandas = pytest.importorskip("pandas")
    rows = {"pmid": [1, 2], "title": ["Captopril inhibits ACE.", "Losartan."]}
    return {
        "texts": rows["title"],
        "generator of texts": (text for text in rows["title"]),
        "polars": pl.DataFrame(rows),
        "pandas": pandas.DataFrame(rows),
        "pandas with gaps": pandas.DataFrame({**rows, "abstract": [None, "ACE."]}),
        "column of pandas": pandas.DataFrame(rows)["title"],
        "column of polars": pl.DataFrame(rows)["title"],
        "records": [
            dict(zip(rows, row, strict=True))
            for row in zip(*rows.values(), strict=True)
        ],
        "documents": [kg.Document.from_text(t, id=t) for t in rows["title"]],
        "documents table": kg.AnnotatedCorpus(
            [kg.Document.from_text(t, id=t) for t in rows["title"]]
        ).documents,
    }


@pytest.mark.parametrize("kind", list(_inputs()))
def test_whatever_holds_texts_is_welcome_everywhere(kind: str, tmp_path: Path) -> None:
    stages = [kg.VariantRecognizer()]
    corpus = kg.annotate(_inputs()[kind], pipeline=stages)
    assert isinstance(corpus, kg.AnnotatedCorpus)
    assert len(corpus) == len({d.id for d in corpus}) == 2
    assert corpus[0].text.startswith("Captopril inhibits ACE.")
    assert len(list(kg.Pipeline(stages)(_inputs()[kind]))) == 2
    assert kg.write(_inputs()[kind], tmp_path / "out.jsonl") == 2
    assert "Captopril" in kg.show(_inputs()[kind]).to_html()


def test_pandas_identifiers_stay_numbers_without_fractions() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"PMID": [7.0, None], "Title": ["ACE", "AGTR1"]})
    for form in (frame, frame.convert_dtypes()):
        corpus = kg.annotate(form, pipeline=[])
        assert [d.id for d in corpus] == ["7", "row-2"]
    texts = pandas.DataFrame({"text": ["ACE", None]}).convert_dtypes()
    assert [d.text for d in kg.annotate(texts, pipeline=[])] == ["ACE", ""]


def test_a_generator_that_was_used_up_says_so() -> None:
    documents = (text for text in [TEXT])
    assert len(kg.annotate(documents, pipeline=[])) == 1
    for call in (kg.annotate, kg.pipe, kg.build_graph, kg.show):
        with pytest.raises(InputError, match="used up before"):
            call(documents)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nosuch.jsonl", "names a file, and there is none"),
        ("corpus/own.PubTator.gz", "names a file"),
        ("<html><body>Aspirin</body></html>", "this is HTML"),
        (" <!DOCTYPE html><p>Aspirin", "this is HTML"),
        ("%PDF-1.4 abc", "this is a PDF file"),
    ],
)
def test_what_is_no_text_is_not_annotated_as_one(given: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        kg.annotate(given, pipeline=[])
    # One among many does not end the others.
    assert len(kg.annotate([given, TEXT], pipeline=[])) == 2


def test_a_text_may_be_longer_than_a_file_s_name() -> None:
    text = "BRCA1-" * 60
    assert kg.annotate(text, pipeline=[]).text == text
    assert [d.text for d in kg.annotate([text], pipeline=[])] == [text]


def test_nothing_in_gives_empty_tables() -> None:
    corpus = kg.annotate([], pipeline=[])
    assert len(corpus) == corpus.documents.height == corpus.mentions.height == 0
    assert corpus.statements.height == 0
    assert corpus.mentions.columns == list(TABLES["mentions"].columns)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (7, "Expected a text, a Document.* Got int 7"),
        (None, "nothing to annotate"),
        ([TEXT, 7], "Got int 7 at place 2"),
        (b"ACE", "Got bytes"),
        (pl.DataFrame({"name": ["ACE"]}), "needs a column title, abstract or text"),
        (pl.DataFrame({"text": ["A"], "start": [0], "end": [1]}), "a row a document"),
    ],
)
def test_what_holds_no_text_gets_a_sentence(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        kg.annotate(given, pipeline=[])


def test_an_empty_text_among_many_stops_nothing() -> None:
    texts = [TEXT, "", None, {"text": None}, TEXT]
    corpus = kg.annotate(texts, pipeline=[])
    assert [bool(document.text) for document in corpus] == [
        True, False, False, False, True,
    ]  # fmt: skip


def test_a_file_is_not_a_text(tmp_path: Path) -> None:
    file = tmp_path / "abstracts.xml"
    file.write_text("<x/>")
    for given in (file, str(file)):
        with pytest.raises(InputError, match=r"kgbuild\.read"):
            kg.annotate(given, pipeline=[])


def test_an_annotated_corpus_has_its_tables(annotated: kg.AnnotatedCorpus) -> None:
    assert annotated.documents["document_id"].to_list() == ["text-1", "text-2"]
    assert "Losartan" in annotated.mentions["text"].to_list()
    assert annotated.mentions is annotated.mentions
    pytest.importorskip("pandas")
    frame = annotated.to_pandas()
    assert list(frame["text"]) == annotated.mentions["text"].to_list()
    assert list(annotated.to_pandas("documents")["pmid"].isna()) == [True, True]


def test_what_is_not_there_is_one_error(annotated: kg.AnnotatedCorpus) -> None:
    with pytest.raises(kg.NotFoundError, match="has the id 'x'") as caught:
        annotated.get("x")
    assert isinstance(caught.value, KgbuildError)
    assert isinstance(caught.value, KeyError)


def test_a_graph_is_built_of_pandas(annotated: kg.AnnotatedCorpus) -> None:
    pytest.importorskip("pandas")
    expected = kg.build_graph(annotated.mentions)
    graph = kg.build_graph(annotated.to_pandas())
    assert graph.concepts.equals(expected.concepts)
    assert graph.concepts.height > 0
    both = kg.build_graph((annotated.to_pandas("documents"), annotated.to_pandas()))
    assert both.associations.equals(kg.build_graph(annotated).associations)
    with pytest.raises(ValidationError, match="lacks the column"):
        kg.build_graph(annotated.to_pandas()[["text", "start"]])


def test_own_stages_and_options_of_the_built_in_ones_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="one or the other"):
        kg.annotate(TEXT, pipeline=[kg.VariantRecognizer()], types="Gene")


def test_a_graph_knows_what_made_its_mentions(tmp_path: Path) -> None:
    corpus = kg.annotate([TEXT], vocabulary="starter")
    made = kg.build_graph(corpus).provenance
    lines = [document.to_json() for document in corpus]
    read = map(kg.Document.from_json, lines)
    for documents in ([*corpus], iter(corpus), read):
        assert kg.build_graph(documents).provenance == made
    assert {"recognize", "variants", "normalize", "kgbuild"} <= set(made)
    assert made["recognize"] == corpus.versions["recognize"]
    kg.run(kg.load_settings("quickstart.toml", output=tmp_path / "run"))
    again = kg.build_graph(tmp_path / "run").provenance
    assert again["recognize"] == made["recognize"]
