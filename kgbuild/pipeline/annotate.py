"""Annotate documents in one call, as a stream, or from file to file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from kgbuild import corpus
from kgbuild._io.files import check_apart, check_readable
from kgbuild._io.markup import counted
from kgbuild._io.progress import track
from kgbuild._io.warn import warn_user
from kgbuild.document import Document
from kgbuild.errors import ConfigError, InputError, KgbuildError, whole_number
from kgbuild.inputs import DocumentSource, documents_from
from kgbuild.pipeline.annotated import AnnotatedCorpus, failures_of
from kgbuild.pipeline.builtin import STAGES, AnnotationSettings, make_pipeline
from kgbuild.pipeline.chain import BATCH_SIZE, Pipeline
from kgbuild.pipeline.linking import unmet_corrections, vocabularies_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kgbuild.errors import DocumentFailure
    from kgbuild.pubmed import EntrezSettings
    from kgbuild.stage import Stage
    from kgbuild.store import AnnotationStore


def pipe(
    documents: DocumentSource,
    *,
    settings: AnnotationSettings | None = None,
    batch_size: int = BATCH_SIZE,
) -> Iterator[Document]:
    """Annotate a stream of documents of any length in flat memory.

    Parameters
    ----------
    documents
        As for :func:`annotate`; streamed, order is kept, length out is length in.
    settings
        See :class:`~kgbuild.pipeline.AnnotationSettings`.
    batch_size
        Documents that a stage looks at together; it never changes results.

    Returns
    -------
    iterator of Document
        With one status per stage.
    """
    return make_pipeline(settings)(documents_from(documents), batch_size=batch_size)


@overload
def annotate(
    documents: Document | str,
    *,
    pipeline: Pipeline | Sequence[Stage] | None = ...,
    stages: Sequence[str] | str = ...,
    types: Sequence[str] | str | None = ...,
    tagger: str | None = ...,
    threshold: float | None = ...,
    vocabulary: Path | str | Sequence[Path | str] = ...,
    corrections: Path | str | None = ...,
    linking: Literal["balanced", "precise"] = ...,
    species: Sequence[int | str] | int | str = ...,
    relations: Sequence[str] | str = ...,
    relation_threshold: float | None = ...,
) -> Document: ...
@overload
def annotate(
    documents: Iterable[Any],
    *,
    pipeline: Pipeline | Sequence[Stage] | None = ...,
    stages: Sequence[str] | str = ...,
    types: Sequence[str] | str | None = ...,
    tagger: str | None = ...,
    threshold: float | None = ...,
    vocabulary: Path | str | Sequence[Path | str] = ...,
    corrections: Path | str | None = ...,
    linking: Literal["balanced", "precise"] = ...,
    species: Sequence[int | str] | int | str = ...,
) -> AnnotatedCorpus: ...
@overload
def annotate(
    *,
    pmids: Iterable[int | str] | int | str,
    store: AnnotationStore | Path | str | None = ...,
    redo_outdated: bool = ...,
    entrez: EntrezSettings | Mapping[str, Any] | None = ...,
    pipeline: Pipeline | Sequence[Stage] | None = ...,
    stages: Sequence[str] | str = ...,
    types: Sequence[str] | str | None = ...,
    tagger: str | None = ...,
    threshold: float | None = ...,
    vocabulary: Path | str | Sequence[Path | str] = ...,
    linking: Literal["balanced", "precise"] = ...,
    species: Sequence[int | str] | int | str = ...,
    relations: Sequence[str] | str = ...,
    relation_threshold: float | None = ...,
) -> AnnotatedCorpus: ...
def annotate(
    documents: DocumentSource | None = None,
    *,
    pmids: Iterable[int | str] | int | str | None = None,
    store: AnnotationStore | Path | str | None = None,
    redo_outdated: bool = False,
    entrez: EntrezSettings | Mapping[str, Any] | None = None,
    pipeline: Pipeline | Sequence[Stage] | None = None,
    stages: Sequence[str] | str = STAGES,
    types: Sequence[str] | str | None = None,
    tagger: str | None = None,
    threshold: float | None = None,
    vocabulary: Path | str | Sequence[Path | str] = (),
    corrections: Path | str | None = None,
    linking: Literal["balanced", "precise"] = "balanced",
    species: Sequence[int | str] | int | str = (),
    relations: Sequence[str] | str = ("BioRED",),
    relation_threshold: float | None = None,
) -> Document | AnnotatedCorpus:
    """Find and identify the entities of one document or of many.

    Parameters
    ----------
    documents
        One document or text; or any iterable of them, for example from
        :func:`kgbuild.read`; or a pandas or polars data frame, a row a document, with
        a column title, abstract or text.
    pmids
        Instead of documents: papers of PubMed, fetched as by :func:`kgbuild.fetch`.
    store
        For ``pmids``: a file or URL as :func:`kgbuild.open_store` takes it, or an open
        store. What it has of these settings is taken from there, the rest is fetched,
        annotated and kept there.
    redo_outdated
        Annotate anew what other versions of models, rules or vocabularies made.
    entrez
        For ``pmids``: :class:`~kgbuild.pubmed.EntrezSettings`, or options of theirs
        such as ``{"email": "…"}``.
    pipeline
        Stages of your own, or a :class:`~kgbuild.Pipeline` of them, in place of what
        the other options describe.
    stages
        Which of ``"sentences"``, ``"recognize"``, ``"variants"``, ``"normalize"``,
        ``"link"`` and ``"relate"`` run; all but the last by default, ``"all"`` for
        all. With ``"recognize"`` or ``"variants"``, the mentions that the documents
        carry are dropped first, and with ``"relate"`` their statements; otherwise they
        are kept.
    types
        Entity types to recognise, for example ``["Gene", "Disease"]``; by default
        BioRED's six; ``"all"`` for everything the tagger knows. Without a stage that
        recognizes, ``"relate"`` relates these alone.
    tagger
        A folder, or the name of a tagger that ships; by default the first of these that
        knows a type (``kgbuild taggers`` lists them).
    threshold
        The tagger's mentions that score lower are dropped; by default the tagger's own
        value, 0 keeps all.
    vocabulary
        Compiled vocabularies or TSV lists; by default the starter vocabulary.
    corrections
        A table of corrections to the identifiers, with the columns ``text``, ``id``
        and, as wanted, ``type``, ``context`` and ``document``.
    linking
        ``"balanced"``, or ``"precise"``: fewer mentions get an identifier, and nearly
        all of those that do get the right one.
    species
        That genes may come from, best first, for example ``[9606, "ncbitaxon:10090"]``;
        by default the document tells.
    relations
        What ``"relate"`` states, by the corpora that taught it: ``"BioRED"``,
        ``"DrugProt"``, ``"CID"``, …; see :func:`kgbuild.load_extractor`.
    relation_threshold
        Pairs that are related with a lower probability are not stated; by default the
        extractor's own value.

    Returns
    -------
    Document or AnnotatedCorpus
        A new document for one; a sequence, in the order given, for many. For more
        documents than fit in memory take :func:`pipe`.

    Raises
    ------
    InputError
        The input is nothing that can be annotated.
    KgbuildError
        For one document whose stage failed; of many, failures are in
        ``.failures`` and the rest goes on. PMIDs that cannot be fetched are there too.

    Examples
    --------
    >>> import kgbuild as kg
    >>> [m.text for m in kg.annotate("Losartan blocks the receptor AGTR1.").mentions]
    ['Losartan', 'AGTR1']
    """
    # Settings take single values for tuples too.
    settings = AnnotationSettings(
        stages=stages,  # type: ignore[arg-type]
        types=types,  # type: ignore[arg-type]
        tagger=tagger,
        threshold=threshold,
        vocabulary=vocabulary,  # type: ignore[arg-type]
        corrections=corrections,  # type: ignore[arg-type]
        linking=linking,
        species=species,  # type: ignore[arg-type]
        relations=relations,  # type: ignore[arg-type]
        relation_threshold=relation_threshold,
    )
    if pipeline is None:
        chain = make_pipeline(settings)
    elif settings != AnnotationSettings():
        msg = "pipeline stands for stages and all their options: give one or the other."
        raise ConfigError(msg)
    else:
        chain = pipeline if isinstance(pipeline, Pipeline) else Pipeline(pipeline)
    if pmids is not None:
        if documents is not None:
            msg = "Give documents or pmids, and not both."
            raise ConfigError(msg)
        from kgbuild.pipeline.stored import settings_of

        own = None if pipeline is None else chain
        return _annotated_pmids(
            [pmids] if isinstance(pmids, (int, str)) else pmids, chain, store,
            settings=settings_of(settings, own), redo_outdated=redo_outdated,
            entrez=entrez,
        )  # fmt: skip
    if store is not None or redo_outdated or entrez is not None:
        msg = "store, redo_outdated and entrez are for pmids: annotate(pmids=[…], …)."
        raise ConfigError(msg)
    if documents is None:
        msg = "There is nothing to annotate: give documents, or pmids=[…]."
        raise InputError(msg)
    unmet = unmet_corrections(chain)
    if isinstance(documents, (Document, str)):
        [done] = chain(documents)
        unmet.add(done)
        unmet.warn()
        for failure in failures_of(done):
            msg = f"Document {done.id}: {failure.stage} failed: {failure.reason}"
            raise KgbuildError(msg)
        return done
    total = len(documents) if isinstance(documents, Sequence) else None
    stream = track(
        chain(documents_from(documents)), description="annotate", total=total
    )
    annotated = AnnotatedCorpus(
        stream, versions=chain.versions, vocabularies=vocabularies_of(chain)
    )
    for document in annotated:
        unmet.add(document)
    unmet.warn()
    return annotated


def _annotated_pmids(
    pmids: Iterable[int | str],
    chain: Pipeline,
    place: AnnotationStore | Path | str | None,
    **options: Any,
) -> AnnotatedCorpus:
    from kgbuild.pipeline.stored import StoreCounts, annotate_pmids
    from kgbuild.store import open_store

    failures: list[DocumentFailure] = []
    counts = StoreCounts()
    opened = None if place is None else open_store(place)
    try:
        found = list(
            annotate_pmids(
                pmids, chain=chain, store=opened, on_failure=failures.append,
                counts=counts, **options,
            )
        )  # fmt: skip
    finally:
        if opened is not None and opened is not place:
            opened.close()
    if counts.remark:
        warn_user(f"Of {counted(len(found), 'paper')}, {counts.remark}")
    return AnnotatedCorpus(
        found, versions=chain.versions, vocabularies=vocabularies_of(chain),
        not_fetched=failures,
    )  # fmt: skip


def annotate_file(
    source: Path,
    target: Path,
    *,
    from_format: str | None = None,
    to_format: str | None = None,
    settings: AnnotationSettings | None = None,
    batch_size: int = BATCH_SIZE,
    on_document: Callable[[Document], object] = lambda _: None,
) -> tuple[int, list[DocumentFailure]]:
    """Annotate all documents of a file, in flat memory.

    Parameters
    ----------
    source, target
        Files; the target appears whole or not at all.
    from_format, to_format
        Names of formats; by default the files tell them.
    settings, batch_size
        As for :func:`pipe`.
    on_document
        Called with every annotated document, in order.

    Returns
    -------
    int
        Documents written.
    list of DocumentFailure
        Documents that could not be read, or that a stage failed on (those are written
        with what they have).

    Raises
    ------
    InputError
        The source cannot be read at all, or is the target.
    ConfigError
        The batch size is below 1.
    """
    check_readable(source)
    check_apart(source, target)
    whole_number(1, batch_size=batch_size)
    failures: list[DocumentFailure] = []
    unmet = unmet_corrections(make_pipeline(settings))
    read = corpus.read(source, format=from_format, on_error=failures.append)

    def annotated() -> Iterator[Document]:
        stream = pipe(read, settings=settings, batch_size=batch_size)
        for document in track(stream, description="annotate"):
            failures.extend(failures_of(document))
            on_document(document)
            unmet.add(document)
            yield document

    written = corpus.write(annotated(), target, format=to_format)
    unmet.warn()
    if not written and not failures:
        warn_user(f"{source} holds no document: there was nothing to annotate.")
    return written, failures
