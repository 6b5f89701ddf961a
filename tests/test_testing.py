"""check_stage: our own stages keep the contract, and each breach is named."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from kgbuild.document import Document, Mention, Passage
from kgbuild.errors import ValidationError
from kgbuild.pipeline import ALL_STAGES, AnnotationSettings, make_pipeline
from kgbuild.testing import check_stage, hostile_documents
from kgbuild.text import SentenceSplitter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@pytest.mark.parametrize("name", ALL_STAGES)
def test_the_stages_that_come_with_kgbuild_keep_the_contract(name: str) -> None:
    [stage] = make_pipeline(AnnotationSettings(stages=(name,), threads=1)).stages
    annotated = make_pipeline(AnnotationSettings(threads=1))(hostile_documents()[:2])
    named = [replace(d, id=f"annotated-{d.id}") for d in annotated]
    check_stage(stage, named)


class Broken:
    """Does what ``call`` says."""

    name, version = "broken", "1"

    def __init__(self, call: Callable[[Document], Any], **attributes: Any) -> None:
        self.call = call
        vars(self).update(attributes)

    def __call__(self, document: Document) -> Any:
        return self.call(document)


class BrokenStream(Broken):
    """Answers otherwise where there are many."""

    def stream(
        self, documents: Iterable[Document], *, batch_size: int
    ) -> Iterator[Document]:
        yield from list(documents)[: batch_size - 1]


def _mark(document: Document, recognizer: str) -> Document:
    if not document.text.startswith("ACE"):
        return document
    mention = Mention(start=0, end=3, text="ACE", type="Gene", recognizer=recognizer)
    return document.with_mentions([*document.mentions, mention])


_numbers = count()

BREACHES: dict[str, tuple[Any, str]] = {
    "text": (
        Broken(lambda d: replace(d, passages=(Passage(text="x"),), mentions=())),
        "changes id or text",
    ),
    "status": (Broken(lambda d: d.with_status("broken", "done")), "writes a status"),
    "twice": (Broken(lambda d: _mark(d, "own")), "run again on its own result"),
    "gold": (Broken(lambda d: _mark(d, "gold")), "call themselves 'gold'"),
    "chance": (
        Broken(lambda d: replace(d, metadata={"n": next(_numbers)})),
        "other results the second time",
    ),
    "in place": (
        Broken(lambda d: d.metadata.update(seen=True) or d),
        "changes the document that it is given",
    ),
    "batches": (
        BrokenStream(lambda d: replace(d, metadata={"alone": True})),
        "its stream gives other documents",
    ),
    "forgotten return": (Broken(lambda d: None), "must return a Document, got None"),
    "list": (Broken(lambda d: [d]), "must return a Document, got list"),
    "fails on all": (Broken(lambda d: d.nothing), "fails on every document"),
    "class": (SentenceSplitter, r"it is a class, .*SentenceSplitter\(\)"),
    "drops": (
        Broken(lambda d: d.with_mentions(())),
        "drops the mentions of others, such as",
    ),
    "stream without size": (
        Broken(lambda d: d, stream=lambda documents: documents),
        "batch_size.* must give documents .TypeError",
    ),
    "stream of nothing": (
        Broken(lambda d: d, stream=lambda documents, *, batch_size: None),
        "must give documents .TypeError",
    ),
    "name": (Broken(lambda d: d, name=""), "name and version must be texts"),
    "requires": (Broken(lambda d: d, requires="recognize"), "a tuple of stage names"),
}


@pytest.mark.parametrize("breach", list(BREACHES))
def test_every_breach_is_named(breach: str) -> None:
    stage, words = BREACHES[breach]
    with pytest.raises(ValidationError, match=words):
        check_stage(stage, pickles=False)


def test_a_stage_that_does_not_pickle_says_so() -> None:
    stage = Broken(lambda d: d)
    check_stage(stage, pickles=False)
    with pytest.raises(ValidationError, match="does not pickle"):
        check_stage(stage)


def test_a_stage_may_fail_on_a_document() -> None:
    def fails(document: Document) -> Document:
        if not document.text.strip():
            msg = "nothing to read"
            raise ValueError(msg)
        return document

    check_stage(Broken(fails), pickles=False)
