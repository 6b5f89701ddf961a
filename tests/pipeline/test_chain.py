"""Stages in a row: what is recorded, who is skipped, and that none stops the others."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError
from kgbuild.pipeline import (
    ALL_STAGES,
    AnnotationSettings,
    ExecutionSettings,
    InputSettings,
    Pipeline,
    RunSettings,
    make_pipeline,
    run,
)
from kgbuild.text import SentenceSplitter
from kgbuild.variants import VariantRecognizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class Tag:
    """Adds a mention of the first character; fails on texts with its ``poison``."""

    version = "1"

    def __init__(
        self, name: str = "tag", *, requires: tuple[str, ...] = (), poison: str = "☠"
    ) -> None:
        self.name, self.requires, self.poison = name, requires, poison

    def __call__(self, document: Document) -> Document:
        if self.poison in document.text:
            msg = f"{self.name} cannot read this"
            raise ValueError(msg)
        mention = Mention(
            start=0, end=1, text=document.text[0], type="Gene", recognizer=self.name
        )
        others = [m for m in document.mentions if m.recognizer != self.name]
        return document.with_mentions([*others, mention])


class Stream(Tag):
    """The same for many at a time; one bad document breaks the whole stream."""

    def __init__(self) -> None:
        super().__init__("stream")
        self.batches: list[int] = []

    def stream(
        self, documents: Iterable[Document], *, batch_size: int
    ) -> Iterator[Document]:
        documents = list(documents)
        self.batches.append(len(documents))
        assert batch_size == len(documents)
        yield from map(self, documents)


def states(document: Document) -> dict[str, str]:
    return {s.stage: s.state for s in document.status}


def test_what_requires_a_failed_stage_is_skipped_and_so_is_what_requires_that() -> None:
    chain = Pipeline(
        [
            Tag("first"),
            Tag("second", requires=("first",), poison="never"),
            Tag("third", requires=("second", "absent"), poison="never"),
            Tag("other", poison="never"),
        ]
    )
    good, bad = chain(["ACE", "☠"])
    assert set(states(good).values()) == {"done"}
    assert states(bad) == {
        "first": "failed", "second": "skipped", "third": "skipped", "other": "done",
    }  # fmt: skip
    assert bad.stage("first").reason == "ValueError: first cannot read this"
    assert bad.stage("third").reason == "first failed before"
    assert [m.recognizer for m in bad.mentions] == ["other"]


@pytest.mark.parametrize("bad", [{0}, {6}, {2, 3}, {0, 1, 2, 3, 4, 5, 6}, set()])
def test_a_broken_stream_costs_only_the_documents_that_break_it(bad: set[int]) -> None:
    texts = ["☠" if i in bad else f"text {i}" for i in range(7)]
    stage = Stream()
    done = list(Pipeline([stage])(texts, batch_size=4))
    assert [d.text for d in done] == texts
    assert {i for i, d in enumerate(done) if states(d) == {"stream": "failed"}} == bad
    assert all(d.mentions for i, d in enumerate(done) if i not in bad)
    assert max(stage.batches) == 4


class Threaded(Tag):
    """Works on threads, so that it may be a batch ahead."""

    threads = 2


@pytest.mark.parametrize("size", [1, 32, 40, 96, 200])
def test_a_stage_that_is_a_batch_ahead_changes_nothing(size: int) -> None:
    texts = ["☠" if i % 31 == 7 else f"text {i}" for i in range(96)]

    def chain(kind: type[Tag]) -> Pipeline:
        stages = [Tag("first", poison="9"), kind("second", requires=("first",)),
                  Tag("third", requires=("second",), poison="5")]  # fmt: skip
        return Pipeline(stages, switched_off=["other"])

    plain, ahead = (
        list(chain(kind)(texts, batch_size=size)) for kind in (Tag, Threaded)
    )
    assert [d.text for d in ahead] == texts
    assert [d.to_json() for d in ahead] == [d.to_json() for d in plain]


def test_the_next_batch_is_begun_while_this_one_goes_on() -> None:
    begun = threading.Event()

    class Ahead(Threaded):
        def __call__(self, document: Document) -> Document:
            if document.text == "text 32":
                begun.set()
            return super().__call__(document)

    class Behind(Tag):
        def __call__(self, document: Document) -> Document:
            assert begun.wait(20), "the next batch waits for this one"
            return super().__call__(document)

    texts = (f"text {i}" for i in range(64))
    done = list(Pipeline([Ahead("ahead"), Behind("behind")])(texts, batch_size=32))
    assert all(set(states(d).values()) == {"done"} for d in done)


def test_a_source_that_breaks_costs_no_document_before() -> None:
    def texts() -> Iterator[str]:
        yield from (f"text {i}" for i in range(64))
        msg = "the disk is gone"
        raise OSError(msg)

    done = []
    with pytest.raises(OSError, match="the disk is gone"):
        done.extend(Pipeline([Threaded()])(texts(), batch_size=32))
    # What `extend` had taken is there.
    assert [d.text for d in done] == [f"text {i}" for i in range(64)]


def test_no_small_batch_waits_for_another() -> None:
    read: list[int] = []
    texts = (read.append(i) or f"text {i}" for i in range(9))
    stream = Pipeline([Threaded()])(texts, batch_size=1)
    for i in range(9):
        assert next(stream).text == f"text {i}"
        assert read[-1] == i


@pytest.mark.parametrize("answer", [None, "text", Document.from_text("another")])
def test_a_stage_that_returns_something_else_has_failed(answer: Any) -> None:
    class Wrong(Tag):
        def __call__(self, document: Document) -> Document:
            return answer

    [document] = Pipeline([Wrong()])("ACE")
    assert states(document) == {"tag": "failed"}
    assert "must return the document" in (document.stage("tag").reason or "")


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ([Tag("a"), Tag("a")], "Two stages have the name 'a'"),
        ([Tag("b", requires=("c",)), Tag("c")], "'b' requires 'c', .* before it"),
        ([Tag("d"), len], "it needs a name"),
        (["recognize"], "'recognize' is no stage"),
    ],
)
def test_stages_that_do_not_fit_are_refused(stages: list[Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Pipeline(stages)


def test_mentions_are_dropped_only_where_that_is_asked_for() -> None:
    marked = Tag("gold")(Document.from_text("ACE"))
    [kept] = Pipeline([Tag()])(marked)
    assert [m.recognizer for m in kept.mentions] == ["gold", "tag"]
    [bare] = Pipeline([Tag()], drop_mentions=True)(marked)
    assert [m.recognizer for m in bare.mentions] == ["tag"]
    assert make_pipeline(AnnotationSettings(stages=("variants",))).drop_mentions
    assert not make_pipeline(AnnotationSettings(stages=("normalize",))).drop_mentions
    relating = make_pipeline(AnnotationSettings(stages="relate"))
    assert relating.drop_statements
    assert not relating.drop_mentions
    assert [part.drop_statements for part in relating.split(0)] == [True, False]


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ({"name": "x"}, "needs the key use"),
        ({"use": "recognize", "size": 3}, "no setting size"),
        ({"use": "nowhere_at_all:Stage"}, "cannot be imported"),
        ({"use": "kgbuild.text:NoSuchStage"}, "cannot be imported"),
        ({"use": "kgbuild.text:SentenceSplitter", "size": 3}, "with the settings"),
        ({"use": "kgbuild.text:document_sentences"}, "cannot be made"),
        ("recognise", "Got 'recognise'"),
    ],
)
def test_a_stage_that_settings_name_wrongly_is_named(stage: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_pipeline(AnnotationSettings(stages=(stage,)))


def test_settings_of_a_built_in_stage_stand_beside_it() -> None:
    one = {"use": "recognize", "types": "Gene", "threshold": 0.0}
    stage = make_pipeline(AnnotationSettings(stages=(one,), threads=1)).stages[0]
    found = stage(Document.from_text("BRCA1 causes breast cancer."))
    assert {m.type for m in found.mentions} == {"Gene"}


def test_stages_that_cannot_go_to_other_processes_are_named(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("BRAF V600E.\n", "utf-8")
    settings = RunSettings(
        input=InputSettings(files=tmp_path / "in.txt", format="text-lines"),
        output=tmp_path / "out",
        run=ExecutionSettings(processes=2),
    )  # fmt: skip
    own = Tag()
    own.poison = (letter for letter in "☠")  # type: ignore[assignment]
    with pytest.raises(ConfigError, match="cannot go to other processes"):
        run(settings, pipeline=Pipeline([own]))
    assert not settings.output.exists()


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_takes_stages_of_ones_own(tmp_path: Path, processes: int) -> None:
    (tmp_path / "in.txt").write_text("BRAF V600E.\nNothing here.\n" * 4, "utf-8")
    settings = RunSettings(
        input=InputSettings(files=tmp_path / "in.txt", format="text-lines"),
        output=tmp_path / "out",
        run=ExecutionSettings(shard_size=2, processes=processes),
    )
    chain = Pipeline([SentenceSplitter(), VariantRecognizer()])
    record = run(settings, pipeline=chain).record
    assert record["stages"] == {"sentences": {"done": 8}, "variants": {"done": 8}}
    assert record["counts"]["mentions"] == 4
    assert set(record["versions"]) == {"kgbuild", "python", "sentences", "variants"}


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        (None, "takes a list of stages. Got None"),
        ("link", "takes a list of stages. Got 'link'"),
        ([VariantRecognizer], r"it is a class, .*VariantRecognizer\(\)"),
        (VariantRecognizer, "takes a list of stages|it is a class"),
        ([Tag("")], "name and version must be texts, got ''"),
        ([Tag(3)], "name and version must be texts, got 3"),  # type: ignore[arg-type]
        ([Tag(requires="link")], "requires must be a tuple"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_stage_is_refused_in_a_sentence(stages: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Pipeline(stages)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "MemoryError"),
        (ValueError("bad \ud800"), "ValueError: bad \\ud800"),  # no file holds half
    ],
)
def test_the_reason_is_a_text_that_can_be_written(error, reason):
    class Stage:
        name, version = "weird", "1"

        def __call__(self, document):
            raise error

    (done,) = Pipeline([Stage()])([Document.from_text("ACE.")])
    assert done.stage("weird").reason == reason


def test_an_error_without_a_text_fails_its_document_alone():
    class WeirdError(Exception):
        def __str__(self):
            raise ValueError

    class Stage:
        name, version = "weird", "1"

        def __call__(self, document):
            if document.id == "b":
                raise WeirdError
            return document

    documents = [Document.from_text("ACE.", id=name) for name in "abc"]
    done = list(Pipeline([Stage()])(documents))
    assert [d.stage("weird").state for d in done] == ["done", "failed", "done"]
    assert done[1].stage("weird").reason == "WeirdError, which has no text"


@pytest.mark.parametrize(
    "options", [{"relations": "DrugProt"}, {"relation_threshold": 0.7}]
)
def test_options_of_relations_want_the_stage_that_relates(options: Any) -> None:
    (name,) = options
    with pytest.raises(ConfigError, match=f"{name} is for the stage relate"):
        AnnotationSettings(**options)
    assert AnnotationSettings(stages="all,relate", **options).stages == ALL_STAGES
