"""Chain the annotation stages over documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal, overload

from kgbuild._io.progress import track
from kgbuild.document import Document
from kgbuild.errors import ConfigError, DocumentFailure
from kgbuild.stage import Stage

#: The stages in the order in which they run.
STAGES = ("recognize", "variants", "normalize")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationSettings:
    """What to do with each document.

    Attributes
    ----------
    stages
        Which of :data:`STAGES` run. With ``recognize`` or ``variants`` among them,
        mentions that the input carries are dropped first; with ``normalize`` alone
        they are kept and get ids.
    tagger
        A shipped tagger's name or a folder; the default one where it is ``None``.
    types
        Entity types to recognise; BioRED's six where it is ``None``.
    threshold
        Tagger's mentions that score lower are dropped; the tagger's own value where it
        is ``None``.
    vocabulary
        Compiled vocabularies or TSV files; the starter vocabulary where it is empty.
    linking
        ``"balanced"``, or ``"precise"``: fewer links, nearly all of them right.
    taxa
        NCBI taxon numbers that genes may come from, best first; empty for all.
    threads
        CPU threads of the tagger; all cores where it is 0.
    """

    stages: tuple[str, ...] = STAGES
    tagger: str | None = None
    types: tuple[str, ...] | None = None
    threshold: float | None = None
    vocabulary: tuple[Path, ...] = ()
    linking: Literal["balanced", "precise"] = "balanced"
    taxa: tuple[int, ...] = ()
    threads: int = 0

    def __post_init__(self) -> None:
        unknown = [s for s in self.stages if s not in STAGES]
        if unknown or not self.stages:
            got = ", ".join(unknown) or "none"
            msg = f"stages must be among {', '.join(STAGES)}. Got {got}."
            raise ConfigError(msg)


class AnnotatedCorpus(Sequence[Document]):
    """Annotated documents, in the order of the input.

    Parameters
    ----------
    documents
        Annotated.
    versions
        Stage → version of the model, rules or vocabulary behind it.
    """

    def __init__(
        self, documents: Iterable[Document], *, versions: dict[str, str] | None = None
    ) -> None:
        self._documents = list(documents)
        self.versions = dict(versions or {})

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> AnnotatedCorpus: ...
    def __getitem__(self, index: int | slice) -> Document | AnnotatedCorpus:
        """Return one document, or a part of the corpus for a slice."""
        if isinstance(index, slice):
            return AnnotatedCorpus(self._documents[index], versions=self.versions)
        return self._documents[index]

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self._documents)

    def get(self, document_id: str) -> Document:
        """Return the document of that id.

        Raises
        ------
        KeyError
            There is none.
        """
        for document in self._documents:
            if document.id == document_id:
                return document
        raise KeyError(document_id)

    @property
    def failures(self) -> list[DocumentFailure]:
        """Every stage that failed on a document, with the reason."""
        return list(chain.from_iterable(map(failures_of, self._documents)))

    def counts(self) -> dict[str, dict[str, int]]:
        """Count mentions and linked mentions per entity type."""
        mentions: Counter[str] = Counter()
        linked: Counter[str] = Counter()
        for document in self._documents:
            for mention in document.mentions:
                mentions[mention.type] += 1
                linked[mention.type] += bool(mention.concepts)
        return {
            name: {"mentions": n, "linked": linked[name]}
            for name, n in mentions.most_common()
        }

    def __repr__(self) -> str:
        n = sum(len(d.mentions) for d in self._documents)
        return f"AnnotatedCorpus({len(self)} documents, {n} mentions)"

    def _repr_html_(self) -> str:
        from kgbuild.widgets._html import escape

        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{c['mentions']:,}</td>"
            f"<td>{c['linked']:,}</td></tr>"
            for name, c in self.counts().items()
        )
        failed = len({f.document_id for f in self.failures})
        note = f", <b>{failed} with failures</b>" if failed else ""
        return (
            f"<p>{len(self):,} documents{note}</p><table><thead><tr><th>type</th>"
            f"<th>mentions</th><th>linked</th></tr></thead><tbody>{rows}</tbody></table>"
        )


@dataclass(slots=True)
class Pipeline:
    """The stages of some settings, loaded once.

    Attributes
    ----------
    stages
        In the order in which they run.
    settings
        What they were made of.
    """

    stages: list[Stage]
    settings: AnnotationSettings = field(default_factory=AnnotationSettings)

    @property
    def versions(self) -> dict[str, str]:
        """Stage → version."""
        return {stage.name: stage.version for stage in self.stages}

    def __call__(
        self, documents: Iterable[Document], *, batch_size: int = 128
    ) -> Iterator[Document]:
        """Annotate documents; order and number stay.

        Parameters
        ----------
        documents
            Streamed.
        batch_size
            Documents that a stage looks at together; it never changes results.

        Yields
        ------
        Document
            With one status per stage of :data:`STAGES`.
        """
        stream: Iterable[Document] = documents
        ran = self.settings.stages
        if "recognize" in ran or "variants" in ran:
            stream = (document.with_mentions(()) for document in stream)
        for stage in self.stages:
            stream = stage.stream(stream, batch_size=batch_size)
        for document in stream:
            done = document
            for name in STAGES:
                if name not in ran:
                    done = done.with_status(name, "skipped", reason="switched off")
            yield done


def make_stages(settings: AnnotationSettings | None = None) -> Pipeline:
    """Load what the settings name, once per process: the last few are kept.

    Raises
    ------
    ResourceMissingError
        A model or vocabulary is not there.
    ConfigError
        A setting is wrong.
    """
    return _loaded(settings or AnnotationSettings())


@lru_cache(maxsize=4)
def _loaded(settings: AnnotationSettings) -> Pipeline:
    stages: list[Stage] = []
    if "recognize" in settings.stages:
        from kgbuild.ner.tagger import load_tagger

        stages.append(
            load_tagger(
                settings.tagger,
                types=settings.types,
                threshold=settings.threshold,
                threads=settings.threads or None,
            )
        )
    if "variants" in settings.stages:
        from kgbuild.variants import VariantRecognizer

        stages.append(VariantRecognizer())
    if "normalize" in settings.stages:
        from kgbuild.normalize import Normalizer
        from kgbuild.variants import TABLE_NAME, VariantLinker, VariantTable

        vocabulary = settings.vocabulary or None
        stages.append(
            Normalizer.load(
                vocabulary, taxa=settings.taxa or None, thresholds=settings.linking
            )
        )
        # A variant's identifier needs its gene's, so it comes last.
        tables = [f / TABLE_NAME for f in settings.vocabulary if f.is_dir()]
        table = next((VariantTable(t) for t in tables if t.exists()), None)
        stages.append(VariantLinker(table=table))
    return Pipeline(stages=stages, settings=settings)


def pipe(
    documents: Iterable[Document],
    *,
    settings: AnnotationSettings | None = None,
    batch_size: int = 128,
) -> Iterator[Document]:
    """Annotate a stream of documents of any length in flat memory.

    Parameters
    ----------
    documents
        Streamed; order is kept, length out is length in.
    settings
        See :class:`AnnotationSettings`.
    batch_size
        Documents that a stage looks at together; it never changes results.

    Yields
    ------
    Document
        With one status per stage.
    """
    yield from make_stages(settings)(documents, batch_size=batch_size)


@overload
def annotate(
    documents: Document,
    *,
    stages: Sequence[str] = ...,
    types: Sequence[str] | None = ...,
    tagger: str | None = ...,
    threshold: float | None = ...,
    vocabulary: Path | str | Sequence[Path | str] | None = ...,
    linking: Literal["balanced", "precise"] = ...,
    taxa: Sequence[int] | None = ...,
) -> Document: ...
@overload
def annotate(
    documents: Iterable[Document],
    *,
    stages: Sequence[str] = ...,
    types: Sequence[str] | None = ...,
    tagger: str | None = ...,
    threshold: float | None = ...,
    vocabulary: Path | str | Sequence[Path | str] | None = ...,
    linking: Literal["balanced", "precise"] = ...,
    taxa: Sequence[int] | None = ...,
) -> AnnotatedCorpus: ...
def annotate(
    documents: Document | Iterable[Document],
    *,
    stages: Sequence[str] = STAGES,
    types: Sequence[str] | None = None,
    tagger: str | None = None,
    threshold: float | None = None,
    vocabulary: Path | str | Sequence[Path | str] | None = None,
    linking: Literal["balanced", "precise"] = "balanced",
    taxa: Sequence[int] | None = None,
) -> Document | AnnotatedCorpus:
    """Find and identify the entities of one document or of many.

    Parameters
    ----------
    documents
        One document, or any iterable of them, for example from :func:`kgbuild.read`.
    stages
        Which of ``"recognize"``, ``"variants"`` and ``"normalize"`` run. With
        ``"normalize"`` alone, the mentions that the documents carry are kept and get
        identifiers; otherwise they are dropped first.
    types
        Entity types to recognise, for example ``["Gene", "Disease"]``; BioRED's six
        unless told; ``["all"]`` for everything the tagger knows.
    tagger
        A folder, or the name of a tagger that ships; the default one unless told.
    threshold
        The tagger's mentions that score lower are dropped; the tagger's own value
        unless told, 0 keeps all.
    vocabulary
        Compiled vocabularies or TSV lists; the starter vocabulary unless told.
    linking
        ``"balanced"``, or ``"precise"``: fewer mentions get an identifier, and nearly
        all of those that do get the right one.
    taxa
        NCBI taxon numbers that genes may come from, best first.

    Returns
    -------
    Document or AnnotatedCorpus
        A new document for one; a sequence, in the order given, for many. For more
        documents than fit in memory take :func:`pipe`.

    Raises
    ------
    KgbuildError
        For one document whose stage failed; of many, failures are in
        ``.failures`` and the rest goes on.

    Examples
    --------
    >>> import kgbuild as kg
    >>> document = kg.Document.from_text("Losartan blocks the receptor AGTR1.")
    >>> [m.text for m in kg.annotate(document).mentions]
    ['Losartan', 'AGTR1']
    """
    from kgbuild.errors import KgbuildError

    if isinstance(vocabulary, (str, Path)):
        vocabulary = (vocabulary,)
    pipeline = make_stages(
        AnnotationSettings(
            stages=tuple(stages),
            types=None if types is None else tuple(types),
            tagger=tagger,
            threshold=threshold,
            vocabulary=tuple(map(Path, vocabulary or ())),
            linking=linking,
            taxa=tuple(taxa or ()),
        )
    )
    if isinstance(documents, Document):
        done = next(pipeline([documents]))
        for failure in failures_of(done):
            msg = f"Document {done.id}: {failure.stage} failed: {failure.reason}"
            raise KgbuildError(msg)
        return done
    total = len(documents) if isinstance(documents, Sequence) else None
    stream = track(pipeline(documents), description="annotate", total=total)
    return AnnotatedCorpus(stream, versions=pipeline.versions)


def failures_of(document: Document) -> list[DocumentFailure]:
    """Return the stages that failed on a document, with their reasons."""
    return [
        DocumentFailure(
            document_id=document.id, stage=s.stage, reason=s.reason or "unknown"
        )
        for s in document.status
        if s.state == "failed"
    ]
