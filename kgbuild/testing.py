"""Checks for stages of your own: what every other part of kgbuild relies on."""

from __future__ import annotations

import pickle  # noqa: TID251 - of the stage at hand, made a moment before
from typing import TYPE_CHECKING, Any

from kgbuild.document import Document, Mention, Passage
from kgbuild.errors import ValidationError
from kgbuild.pipeline.chain import Pipeline, fault_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kgbuild.stage import Stage

#: Texts that break stages: combining marks, characters outside of the basic plane,
#: nothing at all, white space alone, one long line.
_HOSTILE = (
    "Captopril inhibits ACE. BRAF V600E is common.",
    "β-Catenin, naı\u0308ve T cells and 𝛼-synuclein 😀 in H₂O; IL-1β may not rise.",
    "",
    " \n\t\u00a0",
    "\ufeff\u200bp53\u202e(1-3]«",
    "ACE " * 400,
)


#: What a stage is said to do that returns something else.
_RETURNS = "it must return a Document, got"


def hostile_documents() -> list[Document]:
    """Return documents that stages tend to break on, some with mentions and statuses.

    Examples
    --------
    >>> len({document.id for document in hostile_documents()})
    9
    """
    documents = [
        Document(id=f"hostile-{i}", passages=(Passage(text=text, section="abstract"),))
        for i, text in enumerate(_HOSTILE)
    ]
    marked = documents[0].with_mentions(
        Mention(start=a, end=b, text=_HOSTILE[0][a:b], type=kind)
        for a, b, kind in ((0, 9, "Chemical"), (19, 22, "Gene"), (29, 34, "Variant"))
    )
    return [
        *documents,
        Document(id="marked", passages=marked.passages, mentions=marked.mentions),
        Document(id="title", passages=(Passage(text="ACE", section="title"),)),
        Document(id="none", passages=()),
    ]


def check_stage(
    stage: Stage,
    documents: Iterable[Document] | None = None,
    *,
    pickles: bool = True,
) -> None:
    """Check that a stage keeps the contract of :class:`kgbuild.stage.Stage`.

    Parameters
    ----------
    stage
        The stage.
    documents
        What to try it on, beside :func:`hostile_documents`. A stage may raise on any:
        a pipeline has to record that.
    pickles
        Whether the stage is meant to go to other processes.

    Raises
    ------
    ValidationError
        Naming every rule that the stage breaks.

    Examples
    --------
    >>> from kgbuild.variants import VariantRecognizer
    >>> check_stage(VariantRecognizer())
    """
    given = [*hostile_documents(), *(documents or ())]
    broken = list(_broken(stage, given, pickles=pickles))
    if broken:
        msg = f"The stage {stage!r:.60} breaks the contract: {'; '.join(broken)}."
        raise ValidationError(msg)


def _broken(
    stage: Stage, documents: Sequence[Document], *, pickles: bool
) -> Iterator[str]:
    if fault := fault_of(stage):
        yield fault
        return
    before = [document.to_json() for document in documents]
    alone = [_tried(stage, document) for document in documents]
    errors = [result for result in alone if isinstance(result, str)]
    if strange := next((e for e in errors if e.startswith(_RETURNS)), None):
        yield strange
        return
    if len(errors) == len(alone):
        yield f"it fails on every document ({errors[0]})"
        return
    for document, result in zip(documents, alone, strict=True):
        if isinstance(result, Document):
            yield from _faults(stage, document, result)
    if before != [document.to_json() for document in documents]:
        yield "it changes the document that it is given: return a new one"
    if alone != [_tried(stage, document) for document in documents]:
        yield "it gives other results the second time"
    if stream := getattr(stage, "stream", None):
        pairs = zip(documents, alone, strict=True)
        sound = [(d, result) for d, result in pairs if isinstance(result, Document)]
        try:
            together = list(stream([d for d, _ in sound], batch_size=len(sound)))
        except Exception as error:  # noqa: BLE001 - whatever the author wrote
            yield (
                "stream(documents, *, batch_size) must give documents "
                f"({type(error).__name__}: {error})"
            )
            return
        if together != [result for _, result in sound]:
            yield "its stream gives other documents than one call each"
    yield from _faults_in_pipeline(stage, documents, alone)
    if pickles:
        try:
            copy = pickle.loads(pickle.dumps(stage))  # noqa: S301 - our own bytes
        except Exception as error:  # noqa: BLE001 - whatever the stage holds
            yield f"it does not pickle ({type(error).__name__}: {error})"
        else:
            if alone != [_tried(copy, document) for document in documents]:
                yield "it gives other results once it was pickled"


def _tried(stage: Callable[[Document], Document], document: Document) -> Document | str:
    try:
        result: Any = stage(document)
    except Exception as error:  # noqa: BLE001 - a stage may raise, always the same
        return f"{type(error).__name__}: {error}"
    if isinstance(result, Document):
        return result
    return f"{_RETURNS} {type(result).__name__}"


def _faults(stage: Stage, document: Document, result: Document) -> Iterator[str]:
    where = f"on document {document.id!r}"
    if (result.id, result.passages) != (document.id, document.passages):
        yield f"it changes id or text {where}"
    if result.status != document.status:
        yield f"it writes a status {where}: the pipeline does that"
    new = set(result.mentions) - set(document.mentions)
    lost = [
        m.text
        for m in document.mentions
        if not any(n.start < m.end and m.start < n.end for n in result.mentions)
    ]
    if lost:
        yield f"it drops the mentions of others, such as {lost[0]!r}, {where}"
    if any(m.recognizer == "gold" for m in new) and not any(
        m.recognizer == "gold" for m in document.mentions
    ):
        yield f"its mentions call themselves 'gold' {where}: name a recognizer"
    if _tried(stage, result) != result:
        yield f"run again on its own result it gives another one {where}"


def _faults_in_pipeline(
    stage: Stage, documents: Sequence[Document], alone: Sequence[Document | str]
) -> Iterator[str]:
    for size in (1, 2, len(documents)):
        together = Pipeline([stage])(documents, batch_size=size)
        for document, own, done in zip(documents, alone, together, strict=True):
            status = done.stage(stage.name)
            if isinstance(own, str):
                right = status is not None and (status.state, status.reason) == (
                    "failed", own,
                )  # fmt: skip
            else:
                right = done == own.with_status(stage.name, "done")
            if not right:
                yield f"{document.id!r} comes out otherwise in batches of {size}"
