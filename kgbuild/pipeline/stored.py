"""Annotate by PMID: what a store has at once, the rest fetched, annotated and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kgbuild import corpus
from kgbuild._io.progress import track
from kgbuild.errors import DocumentFailure
from kgbuild.pipeline.annotated import failures_of
from kgbuild.pipeline.builtin import make_pipeline
from kgbuild.pipeline.chain import BATCH_SIZE, Pipeline
from kgbuild.pubmed import EntrezClient, EntrezSettings
from kgbuild.pubmed.client import pmid_of
from kgbuild.store import open_store
from kgbuild.store.store import annotation_settings, batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from kgbuild.document import Document
    from kgbuild.pipeline.builtin import AnnotationSettings
    from kgbuild.store import AnnotationStore

#: Annotated documents that are read from the store at a time.
_AT_A_TIME = 256


@dataclass(slots=True)
class StoreCounts:
    """What came of a list of PMIDs.

    Attributes
    ----------
    found
        Documents that the store had.
    annotated
        Documents that were fetched and annotated.
    outdated
        Documents among those found that other versions made.
    """

    found: int = 0
    annotated: int = 0
    outdated: int = 0

    @property
    def remark(self) -> str:
        """What is to be known of documents that other versions made, if any."""
        if not self.outdated:
            return ""
        return (
            f"{self.outdated:,} of them were made by other versions of models, rules "
            "or vocabularies: --redo-outdated (redo_outdated=True) annotates them anew."
        )


def annotate_pmids(
    pmids: Iterable[int | str],
    *,
    chain: Pipeline,
    settings: dict[str, Any],
    store: AnnotationStore | None = None,
    redo_outdated: bool = False,
    entrez: EntrezSettings | Mapping[str, Any] | None = None,
    on_failure: Callable[[DocumentFailure], None],
    counts: StoreCounts | None = None,
) -> Iterator[Document]:
    """Yield the annotated papers of PMIDs, in flat memory.

    Parameters
    ----------
    pmids
        Each is taken once.
    chain
        Annotates.
    settings
        Of it, as :func:`settings_of` gives them.
    store
        Where what is there need not be annotated, and what is annotated is kept, batch
        by batch: a killed process leaves all that it finished. Documents on which a
        stage failed are not kept, so that they are tried again.
    redo_outdated
        Annotate anew what other versions of the stages made.
    entrez
        Whom to ask for papers, or options of :meth:`EntrezSettings.resolve`. Nobody is
        asked where nothing is missing.
    on_failure
        Called for each paper that cannot be had.
    counts
        Filled in as it goes.

    Yields
    ------
    Document
        In the order of ``pmids``.

    Raises
    ------
    EntrezError
        The E-utilities do not answer.
    ConfigError
        Something is no PMID, or the store cannot be used.
    """
    ids = list(dict.fromkeys(str(pmid_of(value)) for value in pmids))
    counts = StoreCounts() if counts is None else counts
    if store is None:
        for document in chain(_fetched(ids, entrez, on_failure)):
            counts.annotated += 1
            yield document
        return
    todo = store.missing(ids, settings=settings)
    outdated = store.outdated(chain.versions, ids=ids, settings=settings)
    if redo_outdated:
        todo += outdated
    else:
        counts.outdated = len(outdated)
    counts.found = len(ids) - len(todo)
    unsound: dict[str, Document] = {}
    annotated = chain(_fetched(todo, entrez, on_failure))
    shown = track(annotated, description="annotate", total=len(todo))
    for batch in batches(shown, BATCH_SIZE):
        counts.annotated += len(batch)
        unsound |= {d.id: d for d in batch if failures_of(d)}
        sound = (d for d in batch if d.id not in unsound)
        store.put(sound, versions=chain.versions, settings=settings)
    for some in batches(ids, _AT_A_TIME):
        found = {**store.get(some, settings=settings), **unsound}
        yield from (found[name] for name in some if name in found)


def annotate_pmids_file(
    pmids: Iterable[int | str],
    target: Path | None,
    *,
    settings: AnnotationSettings,
    store: AnnotationStore | Path | str | None = None,
    redo_outdated: bool = False,
    entrez: EntrezSettings | Mapping[str, Any] | None = None,
    to_format: str | None = None,
    on_document: Callable[[Document], object] = lambda _: None,
) -> tuple[StoreCounts, list[DocumentFailure]]:
    """Annotate the papers of PMIDs into a store, a file, or both, in flat memory.

    Parameters
    ----------
    pmids, redo_outdated, entrez
        As for :func:`annotate_pmids`.
    target
        File, which appears whole or not at all; ``None`` where the store is enough.
    settings
        Of the annotation.
    store
        As :func:`kgbuild.open_store` takes it.
    to_format
        Name of the target's format; by default its suffix tells.
    on_document
        Called with every annotated document.

    Returns
    -------
    StoreCounts
        What was in the store, and what was annotated.
    list of DocumentFailure
        Papers that cannot be had, and stages that failed.
    """
    counts, failures = StoreCounts(), list[DocumentFailure]()
    opened = None if store is None else open_store(store)
    documents = annotate_pmids(
        pmids, chain=make_pipeline(settings), settings=settings_of(settings),
        store=opened, redo_outdated=redo_outdated, entrez=entrez,
        on_failure=failures.append, counts=counts,
    )  # fmt: skip

    def noted() -> Iterator[Document]:
        for document in documents:
            failures.extend(failures_of(document))
            on_document(document)
            yield document

    try:
        if target is None:
            for _ in noted():
                pass
        else:
            corpus.write(noted(), target, format=to_format)
    finally:
        if opened is not None and opened is not store:
            opened.close()
    return counts, failures


def settings_of(
    settings: AnnotationSettings, pipeline: Pipeline | None = None
) -> dict[str, Any]:
    """Return what tells annotations of one paper apart, besides versions.

    Of a pipeline of one's own these are the names of its stages.
    """
    if pipeline is not None:
        return annotation_settings({"stages": [s.name for s in pipeline.stages]})
    names = (
        "stages", "types", "threshold", "linking", "species", "corrections",
        "relation_threshold",
    )  # fmt: skip
    return annotation_settings({name: getattr(settings, name) for name in names})


def _fetched(
    ids: list[str],
    entrez: EntrezSettings | Mapping[str, Any] | None,
    on_failure: Callable[[DocumentFailure], None],
) -> Iterator[Document]:
    if not ids:
        return
    if not isinstance(entrez, EntrezSettings):
        entrez = EntrezSettings.resolve(**(entrez or {}))
    with EntrezClient(entrez) as client:
        yield from client.documents(ids, on_failure=on_failure)
