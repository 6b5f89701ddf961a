"""Searches of PubMed and records by number, behind one limit and one cache."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, Self, get_args
from urllib.parse import urlsplit

from kgbuild._io.http import AnswerError
from kgbuild._io.xml import split_records
from kgbuild.corpus import jats, pubmed_xml
from kgbuild.errors import (
    ConfigError,
    DocumentFailure,
    EntrezError,
    InputError,
    at_least,
    one_of,
)
from kgbuild.pubmed.cache import RecordCache, default_cache_path
from kgbuild.pubmed.eutils import Utilities, parsed, refuse_error_body, said_by
from kgbuild.pubmed.limiter import Limiter
from kgbuild.pubmed.search import SearchResult, balanced, date_term, search

if TYPE_CHECKING:
    import datetime as dt

    from kgbuild.document import Document
    from kgbuild.pubmed.eutils import EntrezSettings

logger = logging.getLogger(__name__)

DateType = Literal["pdat", "edat", "crdt", "mdat"]

#: PMIDs posted to the history server at once, and documents in memory at once.
_GROUP: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """One database of Entrez, as far as it is fetched here."""

    db: str
    name: str
    roots: tuple[str, ...]
    tags: tuple[str, ...]
    key: Callable[[bytes], int | None]
    check: Callable[[bytes], object]
    batch_divisor: int = 1


def _pubmed_key(data: bytes) -> int | None:
    key = pubmed_xml.record_key(data)
    return None if key is None else key[0]


_PUBMED: Final = _Kind(
    db="pubmed", name="PMID", roots=pubmed_xml.ROOTS, tags=pubmed_xml.RECORDS,
    key=_pubmed_key, check=pubmed_xml.parse_record,
)  # fmt: skip
#: Whole articles are some twenty times as long as abstracts.
_PMC: Final = _Kind(
    db="pmc", name="PMCID", roots=jats.ROOTS, tags=jats.RECORDS,
    key=jats.record_key, check=jats.parse_article, batch_divisor=20,
)  # fmt: skip


@dataclass(slots=True)
class _Answer:
    """Records of one answer, by number, and those that cannot be read."""

    records: dict[int, bytes] = field(default_factory=dict)
    broken: dict[int, str] = field(default_factory=dict)


def _read_records(body: bytes, *, kind: _Kind) -> _Answer:
    refuse_error_body(body)
    answer = _Answer()
    try:
        for raw in split_records(io.BytesIO(body), kind.tags, roots=kind.roots):
            if raw.problem is not None:
                reason = f"the answer is damaged: {raw.problem}"
                raise AnswerError(reason)
            number = kind.key(raw.data)
            if number is None:
                reason = f"the answer holds a record without a {kind.name}"
                raise AnswerError(reason)
            try:
                kind.check(raw.data)
            except InputError as error:
                answer.broken[number] = error.reason
            else:
                answer.records[number] = raw.data
    except InputError as error:
        reason = f"the answer cannot be read: {error.reason.rstrip('.')}"
        raise AnswerError(reason) from error
    return answer


class EntrezClient:
    """Searches PubMed and fetches records, behind one limit and one cache.

    Use it as a context manager, from any number of threads.

    Parameters
    ----------
    settings
        Whom to ask, and how.

    Raises
    ------
    ConfigError
        The cache cannot be used.
    """

    def __init__(self, settings: EntrezSettings) -> None:
        self.settings = settings
        self._cache = RecordCache(
            settings.cache or default_cache_path(), max_bytes=settings.max_cache_bytes
        )
        limit = settings.requests_per_second or (10 if settings.api_key else 3)
        # Just 1/3 s apart is at times too fast for NCBI; 0.37 s was not (Biopython).
        spacing = 0.37 if limit == 3 else 1 / limit
        host = urlsplit(settings.base_url).netloc
        self._utilities = Utilities(
            settings,
            limiter=Limiter(
                f"{host} {settings.api_key or ''}",
                per_second=limit,
                spacing_s=spacing,
            ),
        )
        #: Requests that failed for good since one was answered.
        self._failed_in_a_row = 0
        #: A record that can be had, or the first of PubMed; an empty answer will do.
        self._sound = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and the cache."""
        self._utilities.close()
        self._cache.close()

    def search(
        self,
        query: str,
        *,
        since: str | int | dt.date | None = None,
        until: str | int | dt.date | None = None,
        date_type: DateType = "pdat",
        limit: int | None = None,
    ) -> SearchResult:
        """Find all PMIDs of a query.

        Parameters
        ----------
        query
            As typed into PubMed.
        since, until
            First and last date, for example ``2020`` or ``"2020-05-17"``.
        date_type
            Which date: of publication (``"pdat"``), entry into PubMed (``"edat"``),
            creation (``"crdt"``) or last change (``"mdat"``) of the record.
        limit
            The newest so many.

        Raises
        ------
        ShortfallError
            PubMed lists fewer than it counts, and no split helps.
        EntrezError
            The E-utilities refuse the query or do not answer.
        ConfigError
            The query is empty or a date is wrong.
        """
        query = query.strip()
        if not query:
            msg = "The query is empty: write what you would type into PubMed."
            raise ConfigError(msg)
        if limit is not None:
            at_least(1, limit=limit)
        one_of("date_type", date_type, get_args(DateType))
        term = query
        if since is not None or until is not None:
            first = date_term(since) if since is not None else "1000/01/01"
            final = date_term(until, last=True) if until is not None else "3000/12/31"
            term = f"({balanced(query)}) AND {first}:{final}[{date_type}]"
        key = json.dumps([self.settings.base_url, term, limit])
        if self.settings.offline:
            stored = self._cache.search(key)
            if stored is None:
                msg = (
                    "This query is not in the cache, and offline=True allows no "
                    "request: run it once without."
                )
                raise EntrezError(msg)
            lists = {name: tuple(stored[name]) for name in ("pmids", "warnings")}
            return SearchResult(**{**stored, **lists})
        try:
            result = search(self._utilities, term, limit=limit)
        except AnswerError as error:
            msg = f"The search failed: {error.reason}."
            raise EntrezError(msg) from error
        self._cache.put_search(key, asdict(result))
        return result

    def documents(
        self,
        pmids: Iterable[int | str],
        *,
        full_text: bool = False,
        on_failure: Callable[[DocumentFailure], None] | None = None,
    ) -> Iterator[Document]:
        """Fetch records by PMID.

        Parameters
        ----------
        pmids
            Duplicates are left out.
        full_text
            Put the open full text of PMC in place of the abstract, where there is one.
            The metadata say so: ``full_text`` is ``"pmc"``, or the reason why not.
        on_failure
            Called for each PMID that cannot be had; without it the first one raises.

        Yields
        ------
        Document
            In the order of ``pmids``.

        Raises
        ------
        EntrezError
            The E-utilities give no sound answer to anything; what was fetched before
            is in the cache. Or, without ``on_failure``, a PMID cannot be had.
        ConfigError
            Something in ``pmids`` is no PMID.
        """
        numbers = list(dict.fromkeys(pmid_of(value) for value in pmids))
        for start in range(0, len(numbers), _GROUP):
            group = numbers[start : start + _GROUP]
            records, failures = self._records(_PUBMED, group)
            documents = {}
            for number in list(records):
                documents[number] = pubmed_xml.parse_record(records.pop(number))
            if full_text:
                documents = self._with_full_text(documents)
            for number in group:
                if number in documents:
                    yield documents[number]
                    continue
                reason = failures[number]
                if on_failure is None:
                    msg = f"PMID {number} cannot be fetched: {reason}"
                    raise EntrezError(msg)
                on_failure(
                    DocumentFailure(
                        document_id=str(number), stage="fetch", reason=reason
                    )
                )

    def _with_full_text(self, documents: dict[int, Document]) -> dict[int, Document]:
        wanted = {
            number: int(document.metadata["pmcid"][3:])
            for number, document in documents.items()
            if "pmcid" in document.metadata
        }
        records, failures = self._records(_PMC, sorted(set(wanted.values())))
        out = {}
        for number, document in documents.items():
            pmcid = wanted.get(number)
            if pmcid is None:
                state = "not in PMC"
            elif pmcid not in records:
                state = failures[pmcid]
            else:
                article = jats.parse_article(records[pmcid])
                if article.metadata.get("has_body"):
                    out[number] = jats.merged(document, article)
                    continue
                state = "PMC holds no open full text"
            out[number] = replace(
                document, metadata={**document.metadata, "full_text": state}
            )
        return out

    def _records(
        self, kind: _Kind, numbers: list[int]
    ) -> tuple[dict[int, bytes], dict[int, str]]:
        """Return raw records from cache or server, and why others are missing."""
        records = {} if self.settings.refresh else self._cache.get(kind.db, numbers)
        # Cheap beside the request that a damaged entry saves.
        records = {n: data for n, data in records.items() if kind.key(data) == n}
        self._cache.touch(kind.db, list(records))
        missing = [number for number in numbers if number not in records]
        if not missing:
            return records, {}
        if self.settings.offline:
            reason = "it is not in the cache, and PubMed is not asked while offline."
            return records, dict.fromkeys(missing, reason)
        answer = self._download(kind, missing)
        records.update(answer.records)
        return records, answer.broken

    def _download(self, kind: _Kind, numbers: list[int]) -> _Answer:
        """Fetch records: first in windows of a posted list, then what is missing by id.

        Everything sound goes to the cache as soon as it is there.
        """
        result = _Answer()
        size = max(self.settings.batch_size // kind.batch_divisor, 1)
        with ThreadPoolExecutor(self.settings.workers) as pool:
            try:
                history = self._post(kind, numbers) if len(numbers) > size else None
                if history is not None:
                    wanted = frozenset(numbers)
                    starts = range(0, len(numbers), size)
                    for records in pool.map(
                        lambda start: self._window(kind, history, start, size, wanted),
                        starts,
                    ):
                        result.records.update(records)
                missing = [n for n in numbers if n not in result.records]
                batches = [
                    missing[start : start + size]
                    for start in range(0, len(missing), size)
                ]
                for by_id in pool.map(lambda b: self._by_id(kind, b), batches):
                    result.records.update(by_id.records)
                    result.broken.update(by_id.broken)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return result

    def _post(self, kind: _Kind, numbers: list[int]) -> tuple[str, str] | None:
        """Post ids to the history server; ``None`` where it will not have them."""

        def read(body: bytes) -> tuple[str, str]:
            root = parsed(body)
            web, key = root.findtext("WebEnv"), root.findtext("QueryKey")
            if not web or not key:
                reason = f"no history in the answer ({said_by(body)})"
                raise AnswerError(reason)
            return web, key

        try:
            return self._utilities.call(
                "epost", read, db=kind.db, id=",".join(map(str, numbers))
            )
        except AnswerError as error:
            self._stop_if_everywhere(error)
            logger.info("epost failed, records are fetched by id: %s", error.reason)
            return None

    def _window(
        self,
        kind: _Kind,
        history: tuple[str, str],
        start: int,
        size: int,
        wanted: frozenset[int],
    ) -> dict[int, bytes]:
        """Fetch a window of the posted list; what fails is fetched by id later."""
        try:
            answer = self._utilities.call(
                "efetch",
                lambda body: _read_records(body, kind=kind),
                attempts=min(self.settings.attempts, 3),
                db=kind.db, WebEnv=history[0], query_key=history[1],
                retstart=start, retmax=size, retmode="xml",
            )  # fmt: skip
        except AnswerError as error:
            self._stop_if_everywhere(error)
            logger.info("a window failed, fetched by id instead: %s", error.reason)
            return {}
        self._failed_in_a_row = 0
        records = {n: data for n, data in answer.records.items() if n in wanted}
        self._cache.put(kind.db, records)
        return records

    def _by_id(
        self, kind: _Kind, numbers: list[int], *, asked: int = 1, half: bool = False
    ) -> _Answer:
        """Fetch records by id; halve what fails until the guilty one is alone."""
        # A half of what failed for good is tried once: if it fails too, its own halves
        # tell more than asking again would.
        attempts = 4 if len(numbers) == 1 else (1 if half else 3)
        try:
            answer = self._utilities.call(
                "efetch",
                lambda body: _read_records(body, kind=kind),
                attempts=min(attempts, self.settings.attempts),
                db=kind.db, id=",".join(map(str, numbers)), retmode="xml",
            )  # fmt: skip
        except AnswerError as error:
            self._stop_if_everywhere(error)
            if len(numbers) == 1:
                self._failed_in_a_row += 1
                if self._failed_in_a_row >= 20:
                    self._stop_if_down(kind, error)
                return _Answer(broken={numbers[0]: f"{error.reason}."})
            if not half:
                self._stop_if_down(kind, error)
            middle = len(numbers) // 2
            halves = [
                self._by_id(kind, part, half=True)
                for part in (numbers[:middle], numbers[middle:])
            ]
            return _Answer(
                records={**halves[0].records, **halves[1].records},
                broken={**halves[0].broken, **halves[1].broken},
            )
        self._failed_in_a_row = 0
        wanted = set(numbers)
        records = {n: data for n, data in answer.records.items() if n in wanted}
        self._cache.put(kind.db, records)
        if records and kind is _PUBMED:
            self._sound = next(iter(records))
        rest = [n for n in numbers if n not in records]
        if not rest:
            return _Answer(records=records)
        if asked < 3:
            # An answer may be short for a moment; a record is missing if it always is.
            # Broken ones are asked for alone: they may spoil what stands beside them.
            absent = [n for n in rest if n not in answer.broken]
            parts = [[n] for n in rest if n in answer.broken]
            out = _Answer(records=records)
            for part in [absent, *parts] if absent else parts:
                again = self._by_id(kind, part, asked=asked + 1)
                out.records.update(again.records)
                out.broken.update(again.broken)
            return out
        where = "PubMed" if kind is _PUBMED else "PMC"
        nothing = (
            f"{where} gives no record for this {kind.name}: it was deleted or never "
            "given."
        )
        return _Answer(
            records=records, broken={n: answer.broken.get(n, nothing) for n in rest}
        )

    def _stop_if_everywhere(self, error: AnswerError) -> None:
        """End the run where other requests would fail alike."""
        if error.everywhere:
            msg = (
                f"The E-utilities cannot be used: {error.reason}. What was fetched is "
                "in the cache: run the same again to go on."
            )
            raise EntrezError(msg) from error

    def _stop_if_down(self, kind: _Kind, error: AnswerError) -> None:
        """After failures, ask for something simple, to see if anything is answered."""
        try:
            self._utilities.call(
                "efetch",
                lambda body: _read_records(body, kind=kind),
                attempts=3, db=kind.db, id=str(self._sound), retmode="xml",
            )  # fmt: skip
        except AnswerError:
            msg = (
                f"The E-utilities answer nothing any more: {error.reason}. What was "
                "fetched is in the cache: run the same again to go on."
            )
            raise EntrezError(msg) from error
        self._failed_in_a_row = 0


def pmid_of(value: int | str) -> int:
    """Return a PMID as a number.

    Raises
    ------
    ConfigError
        It is none.
    """
    text = str(value).strip()
    text = re.sub(r"(?i)^(pmid|pubmed):\s*", "", text)
    if not (text.isascii() and text.isdigit() and 0 < int(text[:12]) < 2**32):
        msg = f"A PMID is a number such as 31462531. Got {str(value)[:60]!r}."
        raise ConfigError(msg)
    return int(text)
