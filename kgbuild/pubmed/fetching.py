"""Fetch a query or PMIDs: as a stream of documents, or to a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import check_writable, lines, write_atomically
from kgbuild._io.progress import track
from kgbuild._io.streams import is_stream
from kgbuild._io.warn import warn_user
from kgbuild.corpus import OnError, write
from kgbuild.corpus.formats import format_for_writing
from kgbuild.errors import ConfigError, DocumentFailure, InputError
from kgbuild.pubmed.client import DateType, EntrezClient, pmid_of
from kgbuild.pubmed.eutils import EntrezSettings
from kgbuild.pubmed.search import SearchResult

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from kgbuild.document import Document

#: What a line of a list of failures holds.
_ROW = ("pmid", "stage", "reason")


def fetch(
    query_or_pmids: str | int | Iterable[int | str],
    *,
    since: str | int | dt.date | None = None,
    until: str | int | dt.date | None = None,
    date_type: DateType = "pdat",
    limit: int | None = None,
    full_text: bool = False,
    on_error: OnError = "warn",
    settings: EntrezSettings | None = None,
    **options: Any,
) -> Iterator[Document]:
    """Fetch all PubMed records of a query, or those of given PMIDs.

    Uses the network, unless the cache holds everything. A run that was stopped is taken
    up where it stopped by running it again.

    Parameters
    ----------
    query_or_pmids
        A string is a query, as typed into PubMed; numbers are PMIDs.
    since, until, date_type
        See :meth:`EntrezClient.search`; for queries.
    limit
        The newest so many of a query, or the first so many PMIDs.
    full_text
        Take the open full text from PMC where there is one.
    on_error
        What to do about PMIDs that cannot be had: ``"warn"`` at the end, ``"raise"`` at
        the first, or a function that gets each
        :class:`~kgbuild.errors.DocumentFailure`.
    settings
        Whom to ask, and how; :meth:`EntrezSettings.resolve` by default.
    options
        Fields of :class:`EntrezSettings`, such as ``email``, ``api_key``, ``cache``,
        ``offline``, ``refresh``.

    Returns
    -------
    Iterator of Document
        In ascending order of PMID for a query (the newest first under a ``limit``), in
        the order given for PMIDs. The search itself runs when the first is asked for.

    Raises
    ------
    ShortfallError
        The query's result cannot be listed whole.
    EntrezError
        The E-utilities refuse or do not answer.
    ConfigError
        A setting is wrong.

    Examples
    --------
    >>> for document in fetch("ACE inhibitors AND cough", email="me@example.org"):
    ...     print(document.id, document.title)  # doctest: +SKIP
    """
    if on_error not in {"warn", "raise"} and not callable(on_error):
        msg = f"on_error must be 'warn', 'raise' or a function. Got {on_error!r}."
        raise ConfigError(msg)
    chosen = _settings(settings, options)

    def stream() -> Iterator[Document]:
        failures: list[DocumentFailure] = []
        handler = on_error if callable(on_error) else failures.append
        with EntrezClient(chosen) as client:
            hits = _select(
                client, query_or_pmids,
                since=since, until=until, date_type=date_type, limit=limit,
            )  # fmt: skip
            if hits.warnings:
                warn_user(f"PubMed on this query: {'; '.join(hits.warnings)}.")
            yield from client.documents(
                hits.pmids,
                full_text=full_text,
                on_failure=None if on_error == "raise" else handler,
            )
        if failures:
            shown = "; ".join(f"{f.document_id}: {f.reason}" for f in failures[:3])
            warn_user(
                f"{len(failures)} PMIDs could not be fetched ({shown}"
                f"{'; …' if len(failures) > 3 else ''}). Pass on_error= to get them "
                "all."
            )

    return stream()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSummary:
    """What a fetch wrote, and what it could not.

    Attributes
    ----------
    documents
        How many were written.
    count
        How many hits PubMed counts, or how many PMIDs were asked for.
    failures
        PMIDs that could not be had, and why.
    failed_path
        JSON lines with ``pmid``, ``stage``, ``reason``; can be given as PMIDs again.
        ``None`` where the documents went to a stream, and no place was named.
    without_abstract
        How many documents have a title alone.
    without_abstract_path
        Their list, in the same form.
    notes
        What PubMed said about the query.
    """

    documents: int
    count: int
    failures: tuple[DocumentFailure, ...]
    failed_path: Path | None
    without_abstract: int
    without_abstract_path: Path | None
    notes: tuple[str, ...]


def fetch_file(
    query_or_pmids: str | Iterable[int | str],
    output: Path | str,
    *,
    since: str | int | dt.date | None = None,
    until: str | int | dt.date | None = None,
    date_type: DateType = "pdat",
    limit: int | None = None,
    full_text: bool = False,
    to_format: str | None = None,
    failed: Path | str | None = None,
    settings: EntrezSettings | None = None,
    **options: Any,
) -> FetchSummary:
    """Fetch a query or PMIDs into a file.

    The file appears when it is whole. Beside it, ``NAME.failed.jsonl`` and
    ``NAME.no_abstract.jsonl`` list, in this order of PMIDs, what is missing from it or
    has a title alone; where there is nothing to list there is no such file.

    Parameters
    ----------
    query_or_pmids, since, until, date_type, limit, full_text, settings, options
        See :func:`fetch`.
    output
        Its suffix tells the format, unless ``to_format`` does.
    failed
        Where to list what is missing instead; written even where nothing is.

    Raises
    ------
    ConfigError
        A setting is wrong; or one of the lists would replace a file that is none.
    EntrezError
        The result cannot be had whole, or the E-utilities do not answer.
    """
    output = Path(output)
    # An unknown format must not be found out about after an hour of fetching.
    format_for_writing(output, name=to_format)
    failed_path, bare_path = (
        None if is_stream(output, writing=True) else output.with_name(name)
        for name in (f"{output.name}.failed.jsonl", f"{output.name}.no_abstract.jsonl")
    )
    if failed is not None:
        failed_path = Path(failed)
        check_writable(failed_path)
    elif failed_path is not None:
        _check_ours(failed_path)
    if bare_path is not None:
        _check_ours(bare_path)
    check_writable(output)
    failures: list[DocumentFailure] = []
    bare: list[DocumentFailure] = []
    with EntrezClient(_settings(settings, options)) as client:
        hits = _select(
            client, query_or_pmids,
            since=since, until=until, date_type=date_type, limit=limit,
        )  # fmt: skip
        documents = client.documents(
            hits.pmids, full_text=full_text, on_failure=failures.append
        )
        shown = track(documents, description="fetch", total=len(hits.pmids))
        written = write(_noting(shown, bare), output, format=to_format)
    if failed is not None:
        _list(Path(failed), failures)
    elif failed_path is not None:
        _list_if_any(failed_path, failures)
    if bare_path is not None:
        _list_if_any(bare_path, bare)
    return FetchSummary(
        documents=written,
        count=hits.count,
        failures=tuple(failures),
        failed_path=failed_path,
        without_abstract=len(bare),
        without_abstract_path=bare_path,
        notes=hits.warnings,
    )


def _settings(
    settings: EntrezSettings | None, options: dict[str, Any]
) -> EntrezSettings:
    if settings is None:
        return EntrezSettings.resolve(**options)
    return replace(settings, **options)


def _select(
    client: EntrezClient,
    query_or_pmids: str | int | Iterable[int | str],
    *,
    since: str | int | dt.date | None,
    until: str | int | dt.date | None,
    date_type: DateType,
    limit: int | None,
) -> SearchResult:
    """Return the hits of a query, or given PMIDs as if they were hits."""
    if isinstance(query_or_pmids, str):
        return client.search(
            query_or_pmids, since=since, until=until, date_type=date_type, limit=limit
        )
    if since is not None or until is not None:
        msg = "since and until are for queries, and PMIDs were given: drop them."
        raise ConfigError(msg)
    given = [query_or_pmids] if isinstance(query_or_pmids, int) else query_or_pmids
    pmids = tuple(dict.fromkeys(map(pmid_of, given)))[:limit]
    return SearchResult(pmids=pmids, count=len(pmids))


def _noting(
    documents: Iterable[Document], bare: list[DocumentFailure]
) -> Iterator[Document]:
    for document in documents:
        if len(document.passages) < 2:
            reason = "the record has no abstract"
            bare.append(
                DocumentFailure(document_id=document.id, stage="fetch", reason=reason)
            )
        yield document


def _check_ours(path: Path) -> None:
    """Refuse to write a list over what is none: the user did not name this file."""
    if not path.exists():
        return
    try:
        first = next((line for _, line in lines(path)), None)
        ours = first is None or {*json.loads(first)} == {*_ROW}
    except (InputError, ValueError, TypeError):
        ours = False
    if not ours:
        msg = (
            f"{path} is no list of an earlier fetch, and one would replace it: move it "
            "away, or name another output."
        )
        raise ConfigError(msg)


def _list_if_any(path: Path, failures: list[DocumentFailure]) -> None:
    """Write failures, or remove an older list: its name is the output's own."""
    if failures:
        _list(path, failures)
    else:
        path.unlink(missing_ok=True)


def _list(path: Path, failures: list[DocumentFailure]) -> None:
    with write_atomically(path) as stream:
        for item in failures:
            values = (item.document_id, item.stage, item.reason)
            row = dict(zip(_ROW, values, strict=True))
            stream.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
