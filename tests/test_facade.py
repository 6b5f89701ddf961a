"""The first minute: what users of pandas, spaCy and scanpy type, and what they get."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kgbuild as kg
from kgbuild.errors import ConfigError, InputError, KgbuildError, ValidationError
from kgbuild.tables import TABLES

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
    with pytest.raises(ConfigError, match="Got normalise"):
        kg.annotate(TEXT, stages="normalise")


def test_one_type_by_its_name() -> None:
    found = kg.annotate(TEXT, types="Gene", stages="recognize")
    assert {m.type for m in found.mentions} == {"Gene"}


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


def test_nothing_in_gives_empty_tables() -> None:
    corpus = kg.annotate([], pipeline=[])
    assert len(corpus) == corpus.documents.height == corpus.mentions.height == 0
    assert corpus.statements.height == 0
    assert corpus.mentions.columns == list(TABLES["mentions"].columns)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (7, "Expected a text, a Document.* Got int 7"),
        (None, "Got NoneType"),
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
        kg.build_graph(annotated.to_pandas()[["text"]])


def test_own_stages_and_options_of_the_built_in_ones_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="one or the other"):
        kg.annotate(TEXT, pipeline=[kg.VariantRecognizer()], types="Gene")
