"""Fetch to a file, with lists of what could not be had."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from kgbuild._io.files import write_atomically
from kgbuild._io.progress import track
from kgbuild.corpus import write
from kgbuild.corpus.formats import format_for_writing
from kgbuild.errors import ConfigError, DocumentFailure
from kgbuild.pubmed.client import (
    DateType,
    EntrezClient,
    EntrezSettings,
    read_pmids,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a fetch did.

    Attributes
    ----------
    documents
        How many were written.
    count
        How many hits PubMed counts; ``None`` for PMIDs from a file.
    failures
        PMIDs that could not be had, and why.
    failed_path
        JSON lines with ``pmid``, ``stage``, ``reason``; can be given as PMIDs again.
    without_abstract
        How many documents have a title alone.
    without_abstract_path
        Their list, in the same form.
    notes
        What PubMed said about the query.
    """

    documents: int
    count: int | None
    failures: tuple[DocumentFailure, ...]
    failed_path: Path
    without_abstract: int
    without_abstract_path: Path
    notes: tuple[str, ...]


def fetch_file(
    output: Path | str,
    *,
    query: str | None = None,
    pmids: Path | str | Iterable[int] | None = None,
    since: str | None = None,
    until: str | None = None,
    date_type: str = "pdat",
    limit: int | None = None,
    full_text: bool = False,
    to_format: str | None = None,
    failed: Path | str | None = None,
    cache: Path | str | None = None,
    max_cache_bytes: int | None = None,
    refresh: bool = False,
    offline: bool = False,
    email: str | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
    requests_per_second: int | None = None,
) -> Fetched:
    """Fetch a query or PMIDs into a file.

    The file appears when it is whole. ``failed.jsonl`` and ``no_abstract.jsonl`` beside
    it list, in this order of PMIDs, what is missing from it or has a title alone; where
    there is nothing to list there is no such file.

    Parameters
    ----------
    output
        Its suffix tells the format, unless ``to_format`` does.
    query, pmids
        One of them; PMIDs as a file (see :func:`~kgbuild.pubmed.client.read_pmids`) or
        numbers.
    failed
        Another name for ``failed.jsonl``.
    max_cache_bytes
        See :class:`~kgbuild.pubmed.client.EntrezClient`.
    since, until, date_type, limit, full_text, to_format, cache, refresh, offline, email
        See :func:`~kgbuild.pubmed.client.fetch`.
    api_key, base_url, requests_per_second
        See :class:`~kgbuild.pubmed.client.EntrezSettings`.

    Raises
    ------
    ConfigError
        Query and PMIDs are both given or both missing, or a setting is wrong.
    EntrezError
        The result cannot be had whole, or the E-utilities do not answer.
    InputError
        The file of PMIDs cannot be read.
    """
    output = Path(output)
    if (query is None) == (pmids is None):
        msg = "Give either a query or PMIDs (--pmids FILE), and not both."
        raise ConfigError(msg)
    if date_type not in get_args(DateType):
        known = ", ".join(get_args(DateType))
        msg = f"date_type must be one of {known}. Got {date_type!r}."
        raise ConfigError(msg)
    if query is None and (since is not None or until is not None):
        msg = "since and until are for queries, and PMIDs were given: drop them."
        raise ConfigError(msg)
    if limit is not None and limit < 1:
        msg = f"limit must be at least 1. Got {limit}."
        raise ConfigError(msg)
    # An unknown format must not be found out about after an hour of fetching.
    format_for_writing(output, name=to_format)
    if offline:
        email = email or "nobody@localhost"
    settings = EntrezSettings.resolve(
        email=email, api_key=api_key, base_url=base_url,
        requests_per_second=requests_per_second,
    )  # fmt: skip
    further: dict[str, Any] = {}
    if max_cache_bytes is not None:
        further["max_cache_bytes"] = max_cache_bytes
    failures: list[DocumentFailure] = []
    bare: list[str] = []
    with EntrezClient(
        settings, cache=cache, refresh=refresh, offline=offline, **further
    ) as client:
        count: int | None = None
        notes: tuple[str, ...] = ()
        if query is not None:
            found = client.search(
                query,
                since=since,
                until=until,
                date_type=date_type,  # type: ignore[arg-type]
                limit=limit,
            )
            numbers, count, notes = list(found.pmids), found.count, found.warnings
        else:
            given = read_pmids(pmids) if isinstance(pmids, (str, Path)) else pmids
            numbers = list(dict.fromkeys(given or ()))[:limit]
        stream = client.documents(
            numbers, full_text=full_text, on_failure=failures.append
        )
        written = write(
            _noting(track(stream, description="fetch", total=len(numbers)), bare),
            output,
            format=to_format,
        )
    failed_path = Path(failed) if failed else output.parent / "failed.jsonl"
    bare_path = output.parent / "no_abstract.jsonl"
    _list(failed_path, [(str(f.document_id), f.stage, f.reason) for f in failures])
    _list(bare_path, [(pmid, "fetch", "the record has no abstract") for pmid in bare])
    return Fetched(
        documents=written,
        count=count,
        failures=tuple(failures),
        failed_path=failed_path,
        without_abstract=len(bare),
        without_abstract_path=bare_path,
        notes=tuple(notes),
    )


def _noting(documents: Iterable[Document], bare: list[str]) -> Iterator[Document]:
    for document in documents:
        if len(document.passages) < 2:
            bare.append(document.id)
        yield document


def _list(path: Path, rows: list[tuple[str, str, str]]) -> None:
    """Write the rows as JSON lines; remove an older list where there are none."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    with write_atomically(path) as stream:
        for pmid, stage, reason in rows:
            line = json.dumps(
                {"pmid": pmid, "stage": stage, "reason": reason}, ensure_ascii=False
            )
            stream.write(line.encode() + b"\n")
