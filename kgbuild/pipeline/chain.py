"""A pipeline: stages one after the other, and what each did with each document."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from kgbuild._io.threads import one_ahead
from kgbuild.document import Document
from kgbuild.errors import ConfigError, ValidationError, whole_number
from kgbuild.inputs import documents_from
from kgbuild.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kgbuild.inputs import DocumentSource

#: Documents that pass through the stages together; bounds memory, not results.
BATCH_SIZE = 128
#: From so many on, a batch is begun before the one before it is done. Smaller ones are
#: asked for where each document is waited for.
_OVERLAPPING = 32


class Pipeline:
    """Stages that annotate documents, one after the other.

    Parameters
    ----------
    stages
        In the order in which they run; see :class:`~kgbuild.stage.Stage`.
    drop_mentions
        Whether the mentions that documents bring along are dropped first.
    drop_statements
        Whether their statements are.
    switched_off
        Names of stages that every document is to say ``skipped`` of.

    Attributes
    ----------
    stages
        As given.
    versions
        Name of each stage → its version.

    Raises
    ------
    ConfigError
        Something is no stage, two have one name, or a stage requires a later one.

    Examples
    --------
    >>> from kgbuild.variants import VariantRecognizer
    >>> [document] = Pipeline([VariantRecognizer()])("BRAF V600E is common.")
    >>> [m.text for m in document.mentions], document.stage("variants").state
    (['V600E'], 'done')
    """

    def __init__(
        self,
        stages: Iterable[Stage],
        *,
        drop_mentions: bool = False,
        drop_statements: bool = False,
        switched_off: Iterable[str] = (),
    ) -> None:
        if isinstance(stages, Stage):
            stages = (stages,)
        elif isinstance(stages, str) or not isinstance(stages, Iterable):
            msg = f"A pipeline takes a list of stages. Got {stages!r:.80}."
            raise ConfigError(msg)
        self.stages = tuple(stages)
        self.drop_mentions, self.drop_statements = drop_mentions, drop_statements
        self.switched_off = tuple(switched_off)
        self._required = _required(self.stages)
        self.versions = {stage.name: stage.version for stage in self.stages}

    def __call__(
        self,
        documents: DocumentSource,
        *,
        batch_size: int = BATCH_SIZE,
        on_stage: Callable[[str], None] | None = None,
    ) -> Iterator[Document]:
        """Annotate documents; order and number stay.

        Parameters
        ----------
        documents
            Anything that :func:`kgbuild.inputs.documents_from` reads; streamed.
        batch_size
            Documents that a stage looks at together; it never changes results. Two
            batches are read before the first is done, if they are not small.
        on_stage
            Called with the name of a stage before it begins with a batch.

        Yields
        ------
        Document
            With one status per stage.
        """
        whole_number(1, batch_size=batch_size)
        batches = self._batches(documents_from(documents), batch_size)
        stages = self.stages
        threaded = [_has_threads(stage) for stage in stages]
        if any(threaded) and on_stage is None and batch_size >= _OVERLAPPING:
            # What works on threads already works on the next batch while the stages
            # behind it, most of which keep one core busy, work on this one.
            at = threaded.index(True)
            before, ahead, stages = stages[:at], stages[at], stages[at + 1 :]
            ready = (self._passed(batch, before) for batch in batches)
            batches = one_ahead(partial(self._through, ahead), ready)
        for batch in batches:
            passed = self._passed(batch, stages, on_stage=on_stage)
            for name in self.switched_off:
                passed = [
                    document.with_status(name, "skipped", reason="switched off")
                    for document in passed
                ]
            yield from passed

    def _batches(
        self, source: Iterator[Document], size: int
    ) -> Iterator[list[Document]]:
        while batch := list(islice(source, size)):
            if self.drop_mentions:
                batch = [document.with_mentions(()) for document in batch]
            if self.drop_statements:
                batch = [document.with_statements(()) for document in batch]
            yield batch

    def _passed(
        self,
        batch: list[Document],
        stages: Iterable[Stage],
        *,
        on_stage: Callable[[str], None] | None = None,
    ) -> list[Document]:
        for stage in stages:
            if on_stage is not None:
                on_stage(stage.name)
            batch = self._through(stage, batch)
        return batch

    def split(self, at: int) -> tuple[Pipeline, Pipeline]:
        """Return two pipelines that do the same, one after the other.

        Parameters
        ----------
        at
            How many stages the first one has.
        """
        first = Pipeline(
            (), drop_mentions=self.drop_mentions, drop_statements=self.drop_statements
        )
        second = Pipeline((), switched_off=self.switched_off)
        for part, stages in ((first, self.stages[:at]), (second, self.stages[at:])):
            part.stages = stages
            part.versions = {stage.name: stage.version for stage in stages}
            # Of the whole: a stage may require one of the other part.
            part._required = self._required
        return first, second

    def __repr__(self) -> str:
        return f"Pipeline({' → '.join(stage.name for stage in self.stages)})"

    def _through(self, stage: Stage, documents: list[Document]) -> list[Document]:
        required = self._required[stage.name]
        failed = [
            next((s.stage for s in d.status if s.state == "failed"
                  and s.stage in required), None)
            for d in documents
        ]  # fmt: skip
        ready = [d for d, name in zip(documents, failed, strict=True) if name is None]
        results = iter(_annotated(stage, ready))
        return [
            next(results)
            if name is None
            else d.with_status(stage.name, "skipped", reason=f"{name} failed before")
            for d, name in zip(documents, failed, strict=True)
        ]


def _has_threads(stage: Stage) -> bool:
    threads = getattr(stage, "threads", 1)
    return isinstance(threads, int) and threads > 1


def fault_of(stage: object) -> str | None:
    """Return why something cannot be a stage of a pipeline, or ``None``."""
    if isinstance(stage, type):
        return f"it is a class, and a stage is made of it: {stage.__name__}()"
    if not isinstance(stage, Stage):
        return "it needs a name, a version and a call with a document"
    texts = (stage.name, stage.version)
    if not all(isinstance(text, str) and text for text in texts):
        return f"name and version must be texts, got {texts[0]!r} and {texts[1]!r}"
    requires = getattr(stage, "requires", ())
    if not isinstance(requires, (tuple, list, set, frozenset)) or not all(
        isinstance(name, str) for name in requires
    ):
        return f"requires must be a tuple of stage names, got {requires!r}"
    return None


def _required(stages: Sequence[Stage]) -> dict[str, frozenset[str]]:
    """Return the stages that each requires, and those that they require in turn."""
    required: dict[str, frozenset[str]] = {}
    for stage in stages:
        if fault := fault_of(stage):
            msg = f"{stage!r:.80} is no stage: {fault}; see kgbuild.stage.Stage."
            raise ConfigError(msg)
    names = [stage.name for stage in stages]
    for stage in stages:
        if names.count(stage.name) > 1:
            msg = f"Two stages have the name {stage.name!r}: name one of them anew."
            raise ConfigError(msg)
        own = tuple(getattr(stage, "requires", ()))
        for name in own:
            if name in names and name not in required:
                msg = (
                    f"The stage {stage.name!r} requires {name!r}, which must come "
                    f"before it. Got the order {', '.join(names)}."
                )
                raise ConfigError(msg)
        required[stage.name] = frozenset(own).union(
            *(required.get(name, ()) for name in own)
        )
    return required


def _annotated(stage: Stage, documents: list[Document]) -> list[Document]:
    """Run one stage, and narrow a failure down to the document that it is of."""
    stream: Any = getattr(stage, "stream", None)
    if len(documents) > 1 and stream is None:
        return [_annotated(stage, [document])[0] for document in documents]
    try:
        if len(documents) > 1:
            results = list(stream(documents, batch_size=len(documents)))
        else:
            results = [stage(document) for document in documents]
        _check(stage, documents, results)
    except Exception as error:  # noqa: BLE001 - one document never stops a batch
        if len(documents) > 1:
            half = len(documents) // 2
            parts = documents[:half], documents[half:]
            return [done for part in parts for done in _annotated(stage, part)]
        try:
            said = str(error).encode("utf-8", "backslashreplace").decode()
            reason = f"{type(error).__name__}: {said}".removesuffix(": ")
        except Exception:  # noqa: BLE001 - what others wrote as the error's text
            reason = f"{type(error).__name__}, which has no text"
        failed = documents[0].with_status(
            stage.name, "failed", reason=reason, version=stage.version
        )
        return [failed]
    return [
        document.with_status(stage.name, "done", version=stage.version)
        for document in results
    ]


def _check(stage: Stage, given: list[Document], results: list[Document]) -> None:
    """Hold a stage to what every later one relies on."""
    if len(given) != len(results):
        msg = (
            f"The stage {stage.name!r} must return one document for each. Got "
            f"{len(results)} for {len(given)}."
        )
        raise ValidationError(msg)
    for before, after in zip(given, results, strict=True):
        if not isinstance(after, Document) or (after.id, after.text) != (
            before.id, before.text,
        ):  # fmt: skip
            msg = (
                f"The stage {stage.name!r} must return the document that it was "
                f"given, with its id and text as they were. Got {after!r:.80}."
            )
            raise ValidationError(msg)
