"""Where a service's questions are answered: texts, papers, and the graph."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from kgbuild._version import __version__
from kgbuild.document import Document
from kgbuild.errors import (
    ConfigError,
    DocumentFailure,
    KgbuildError,
    NotFoundError,
    ValidationError,
)
from kgbuild.pipeline import failures_of, make_pipeline
from kgbuild.pipeline.stored import settings_of
from kgbuild.pubmed import EntrezClient, EntrezSettings
from kgbuild.service.chains import NO_OPTIONS, Chains, Options
from kgbuild.service.engine import AnnotatorError, Engine
from kgbuild.service.formats import check_unicode
from kgbuild.service.knowledge import Knowledge
from kgbuild.store import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kgbuild.pipeline import Pipeline
    from kgbuild.service.settings import ServiceSettings

logger = logging.getLogger(__name__)

_WARM_UP = "Losartan lowered the expression of AGTR1 in mice."


class UnavailableError(KgbuildError):
    """Something that the service stands on cannot be used at the moment."""


@dataclass(slots=True)
class Answer:
    """Annotated documents, in the order asked for, and what became of the others.

    Of papers there are the versions that made them; where these differ, all.
    """

    documents: list[Document]
    failures: list[DocumentFailure]
    versions: dict[str, str] = field(default_factory=dict)


class Desk:
    """Answers what REST and tools ask; one for a process.

    Parameters
    ----------
    settings
        What to answer from.
    pipeline
        In place of ``settings.annotation``.

    Raises
    ------
    KgbuildError
        A model, a vocabulary, the store or the run cannot be opened.
    """

    def __init__(
        self, settings: ServiceSettings, *, pipeline: Pipeline | None = None
    ) -> None:
        self.settings = settings
        base = pipeline or make_pipeline(settings.annotation)
        self.chains = Chains(base, settings.annotation)
        self._made_by = settings_of(settings.annotation, pipeline)
        self.engine = Engine(
            batch_size=settings.batch_size, waiting=settings.waiting,
            patience_s=2 * settings.request_s,
        )  # fmt: skip
        self.store = None if settings.store is None else open_store(settings.store)
        self.knowledge = Knowledge(run=settings.run, store=self.store)
        self._client: EntrezClient | None = None
        self._opening = threading.Lock()
        # Threads of their own: a PubMed that is slow must not hold up everything else.
        self._fetchers = ThreadPoolExecutor(4, thread_name_prefix="kgbuild-fetch")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm_up(self) -> None:
        """Load what is loaded at its first use, so that nobody waits for it."""
        list(self.chains.base([Document.from_text(_WARM_UP)]))
        if self.settings.run is not None:
            self.knowledge.held()

    def close(self) -> None:
        """Finish what waits; let go of store and connections."""
        self.engine.stop()
        self._fetchers.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()
        if self.store is not None:
            self.store.close()

    def about(self) -> dict[str, Any]:
        """Return versions and sizes."""
        about: dict[str, Any] = {
            "kgbuild": __version__,
            "stages": self.chains.base.versions,
            "settings": self._made_by,
            "store": None if self.store is None else {"documents": len(self.store)},
        }
        if self.settings.run is not None:
            graph = self.knowledge.held().graph
            about["graph"] = {
                "concepts": graph.concepts.height,
                "associations": graph.associations.height,
                "provenance": dict(graph.provenance),
            }
        return about

    # -- texts -------------------------------------------------------------------------

    async def annotate(
        self,
        documents: Sequence[Document],
        options: Options = NO_OPTIONS,
        *,
        unread: Sequence[DocumentFailure] = (),
    ) -> Answer:
        """Annotate documents; one that fails is among the failures too.

        Parameters
        ----------
        documents
            Each is checked by itself.
        options
            How to annotate them.
        unread
            Others of the request, which could not be read.

        Raises
        ------
        ConfigError
            An option is unknown.
        ValidationError
            There are too many, or none of them is sound.
        BusyError
            Too much waits already.
        """
        limits = self.settings
        number = len(documents) + len(unread)
        if number > limits.max_documents:
            msg = (
                f"A request may have {limits.max_documents} documents. Got {number}: "
                "send several."
            )
            raise ValidationError(msg)
        unsound = list(unread)
        sound = self._sound(documents, unsound)
        # There are no more word pieces than characters: few requests need counting.
        if sum(len(document.text) for document in sound) > limits.max_tokens:
            sound = await asyncio.to_thread(self._affordable, sound, unsound)
        if not sound:
            raise ValidationError(_reasons(unsound))
        answer = await self._annotated(sound, options)
        return Answer(answer.documents, unsound + answer.failures)

    async def _annotated(
        self, documents: Sequence[Document], options: Options = NO_OPTIONS
    ) -> Answer:
        chain = self.chains.base
        if options != NO_OPTIONS:
            chain = await asyncio.to_thread(self.chains.of, options)
        done, failures = [], []
        futures = self.engine.submit(documents, chain)
        try:
            for document, future in zip(documents, futures, strict=True):
                try:
                    annotated = await asyncio.wrap_future(future)
                except AnnotatorError as error:
                    reason = str(error)
                    failures.append(_failure(document.id, "annotate", reason))
                else:
                    done.append(annotated)
                    failures += failures_of(annotated)
        finally:
            # Nobody waits for the rest, where the request was given up.
            for future in futures:
                future.cancel()
        return Answer(done, failures)

    # -- papers ------------------------------------------------------------------------

    async def papers(self, pmids: Sequence[str]) -> Answer:
        """Return annotated papers: from the store, else fetched, annotated and kept.

        Raises
        ------
        ValidationError
            Too many are asked for.
        UnavailableError
            The store cannot be used.
        """
        if len(pmids) > self.settings.max_documents:
            msg = (
                f"A request may name {self.settings.max_documents} PMIDs. Got "
                f"{len(pmids)}: ask several times."
            )
            raise ValidationError(msg)
        found = await asyncio.to_thread(self._kept, pmids)
        made_by = await asyncio.to_thread(self._made, list(found))
        failures: list[DocumentFailure] = []
        missing = [pmid for pmid in dict.fromkeys(pmids) if pmid not in found]
        if missing:
            fetched = await asyncio.get_running_loop().run_in_executor(
                self._fetchers, self._fetched, missing, failures
            )
            answer = await self._annotated(self._sound(fetched, failures))
            failures += answer.failures
            await asyncio.to_thread(self._keep, answer)
            found |= {document.id: document for document in answer.documents}
            if answer.documents:
                made_by.append(self.chains.base.versions)
        documents = [found[pmid] for pmid in pmids if pmid in found]
        return Answer(documents, failures, _merged(made_by))

    async def document(self, document_id: str) -> tuple[Document, dict[str, str]]:
        """Return an annotated document of the store or of the run, and its versions.

        Raises
        ------
        NotFoundError
            Neither has one of that id.
        """
        found = await asyncio.to_thread(self._kept, [document_id], by_any=True)
        if document_id not in found:
            msg = f"There is no annotated document with the id {document_id!r:.80}."
            raise NotFoundError(msg)
        made_by = await asyncio.to_thread(self._made, [document_id], by_any=True)
        return found[document_id], _merged(made_by)

    def _made(
        self, ids: Sequence[str], *, by_any: bool = False
    ) -> list[Mapping[str, str]]:
        """Return the versions that made what :meth:`_kept` finds, each kind once."""
        known: dict[str, dict[str, str]] = {}
        if self.store is not None:
            try:
                known = self.store.made_by(ids, settings=self._made_by)
                if by_any and len(known) < len(ids):
                    known = {**self.store.made_by(ids), **known}
            except ConfigError as error:
                raise UnavailableError(str(error)) from error
        kinds: list[Mapping[str, str]] = []
        for versions in known.values():
            if versions not in kinds:
                kinds.append(versions)
        if len(known) < len(ids):
            kinds.append(self.knowledge.run_versions())
        return kinds

    def _kept(self, ids: Sequence[str], *, by_any: bool = False) -> dict[str, Document]:
        """Return what store and run have, of these settings or of any."""
        found: dict[str, Document] = {}
        if self.store is not None:
            wished = list(dict.fromkeys(ids))
            try:
                found = self.store.get(wished, settings=self._made_by)
                if by_any and len(found) < len(wished):
                    found = {**self.store.get(wished), **found}
            except ConfigError as error:
                raise UnavailableError(str(error)) from error
        left = [name for name in dict.fromkeys(ids) if name not in found]
        return {**self.knowledge.documents(left), **found}

    def _keep(self, answer: Answer) -> None:
        if self.store is None:
            return
        failed = {failure.document_id for failure in answer.failures}
        sound = [d for d in answer.documents if d.id not in failed]
        try:
            self.store.put(
                sound, versions=self.chains.base.versions, settings=self._made_by
            )
        except ConfigError as error:
            raise UnavailableError(str(error)) from error

    def _fetched(
        self, pmids: list[str], failures: list[DocumentFailure]
    ) -> list[Document]:
        try:
            with self._opening:
                if self._client is None:
                    options = {"timeout_s": 10.0, "attempts": 3, "wait_max_s": 5.0}
                    chosen = EntrezSettings.resolve(
                        **{**options, **self.settings.entrez}
                    )
                    self._client = EntrezClient(chosen)
            return list(self._client.documents(pmids, on_failure=failures.append))
        except KgbuildError as error:
            logger.warning("papers cannot be fetched: %s", type(error).__name__)
            reason = f"It is not in the store and cannot be fetched: {error}"
            failures += [_failure(pmid, "fetch", reason) for pmid in pmids]
            return []

    def _affordable(
        self, documents: Sequence[Document], failures: list[DocumentFailure]
    ) -> list[Document]:
        """Return the documents that a request may have; why not the others is added."""
        left, affordable = self.settings.max_tokens, []
        for document in documents:
            tokens = self.chains.count_tokens(document.text)
            if tokens > left:
                reason = (
                    f"The texts of a request may have {self.settings.max_tokens:,} "
                    f"word pieces; this one's {tokens:,} are too many: send it by "
                    "itself, or in parts."
                )
                failures.append(_failure(document.id, "read", reason))
            else:
                left -= tokens
                affordable.append(document)
        return affordable

    def _sound(
        self, documents: Sequence[Document], failures: list[DocumentFailure]
    ) -> list[Document]:
        """Return the documents that can be annotated; why others cannot is added."""
        sound: dict[str, Document] = {}
        for document in documents:
            try:
                _check(document, self.settings.max_characters)
                if document.id in sound:
                    msg = (
                        "Another document of the request has this id: give it its own."
                    )
                    raise ValidationError(msg)
            except ValidationError as error:
                failures.append(_failure(document.id, "read", str(error)))
            else:
                sound[document.id] = document
        return list(sound.values())


def _failure(document_id: str, stage: str, reason: str) -> DocumentFailure:
    return DocumentFailure(document_id=document_id, stage=stage, reason=reason)


def _merged(made_by: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return stage → version; where several made documents, with commas."""
    merged: dict[str, list[str]] = {}
    for versions in made_by:
        for stage, version in versions.items():
            known = merged.setdefault(stage, [])
            if version not in known:
                known.append(version)
    return {stage: ", ".join(known) for stage, known in merged.items()}


def _reasons(failures: Sequence[DocumentFailure]) -> str:
    """Say why there is no sound document, of a few by name."""
    if len(failures) == 1:
        return failures[0].reason
    some = " ".join(f"{f.document_id}: {f.reason}" for f in failures[:3])
    return f"None of the {len(failures)} documents is sound. {some}"


def _check(document: Document, longest: int) -> None:
    check_unicode(document.id)
    check_unicode(document.text)
    if len(document.text) > longest:
        msg = (
            f"A text may have {longest:,} characters. Got {len(document.text):,}: "
            "send it in parts."
        )
        raise ValidationError(msg)
