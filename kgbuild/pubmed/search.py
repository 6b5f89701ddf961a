"""All PMIDs of a query, though PubMed lists no more than 9,999 at a time."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kgbuild._io.http import AnswerError
from kgbuild.errors import ConfigError, ShortfallError
from kgbuild.pubmed.eutils import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kgbuild.pubmed.eutils import Utilities

#: ESearch lists no more hits of a PubMed query than this.
LIST_LIMIT: Final = 9999

#: By which dates a large result is split, in this order: every record has a date of
#: entry, and the others tell apart what was entered on one day.
_SPLITTERS: Final = ("edat", "pdat", "crdt", "mdat")
_EARLIEST, _LATEST = dt.date(1000, 1, 1), dt.date(3000, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The hits of a query.

    Attributes
    ----------
    pmids
        All of them, without duplicates: ascending, or with a ``limit`` the newest
        first.
    count
        How many PubMed says there are; more than ``len(pmids)`` only under a limit.
    translation
        How PubMed understood the query.
    warnings
        What PubMed could not make sense of, such as phrases it ignored.
    """

    pmids: tuple[int, ...]
    count: int
    translation: str = ""
    warnings: tuple[str, ...] = ()


def _read_listing(body: bytes, *, wanted: int) -> SearchResult:
    root = parsed(body)
    error_text = root.findtext(".//ERROR")
    if error_text:
        reason = f"the server answered with an error ({error_text[:200]})"
        raise AnswerError(reason)
    stated = root.findtext("Count") or ""
    if root.tag != "eSearchResult" or not stated.isdigit():
        reason = f"the answer is no eSearchResult with a count, but <{root.tag}>"
        raise AnswerError(reason)
    count = int(stated)
    texts = [(element.text or "").strip() for element in root.iterfind("IdList/Id")]
    if not all(text.isascii() and text.isdigit() for text in texts):
        reason = "the list of ids holds something that is no number"
        raise AnswerError(reason)
    expected = min(count, wanted)
    if len(texts) != expected or len(set(texts)) != expected:
        reason = f"the list holds {len(set(texts))} ids, {expected} were expected"
        raise AnswerError(reason)
    notes = [
        f"{element.tag}: {element.text}"
        for name in ("ErrorList", "WarningList")
        for element in root.iterfind(f"{name}/*")
        if element.text and element.text != "No items found."
    ]
    return SearchResult(
        pmids=tuple(map(int, texts)), count=count,
        translation=root.findtext("QueryTranslation") or "", warnings=tuple(notes),
    )  # fmt: skip


def date_term(value: str | int | dt.date, *, last: bool = False) -> str:
    """Return a date as PubMed's queries write it.

    Parameters
    ----------
    value
        A date, a year, or ``"2020"``, ``"2020-05"``, ``"2020/05/17"``.
    last
        Take the last day that the value can mean, not the first.

    Raises
    ------
    ConfigError
        It is no date.

    Examples
    --------
    >>> date_term(2020), date_term("2020-02", last=True)
    ('2020/01/01', '2020/02/29')
    """
    if isinstance(value, dt.date):
        return f"{value:%Y/%m/%d}"
    match = re.fullmatch(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?", str(value))
    try:
        if match is None:
            raise ValueError
        year, month, day = (int(part) if part else None for part in match.groups())
        if year is None:
            raise ValueError
        start = dt.date(year, month or 1, day or 1)
    except ValueError as error:
        msg = (
            f"A date must look like 2020, 2020-05 or 2020-05-17. Got {value!r}: "
            "correct it."
        )
        raise ConfigError(msg) from error
    if last and day is None:
        month = month or 12
        start = start.replace(month=month, day=monthrange(year, month)[1])
    return f"{start.year:04d}/{start.month:02d}/{start.day:02d}"


def search(
    utilities: Utilities, term: str, *, limit: int | None = None
) -> SearchResult:
    """Find all PMIDs of a term; see :meth:`kgbuild.pubmed.client.EntrezClient.search`.

    Raises
    ------
    ShortfallError
        PubMed lists fewer than it counts, and no split helps.
    AnswerError
        A request failed for good.
    """
    first = list_ids(utilities, term, wanted=min(limit or LIST_LIMIT, LIST_LIMIT))
    pmids, count = first.pmids, first.count
    if len(pmids) not in (count, limit):
        pmids, count = _split(utilities, balanced(term), count, limit)
    if limit is None:
        pmids = tuple(sorted(pmids))
    return replace(first, pmids=pmids, count=count)


def _split(
    utilities: Utilities, term: str, count: int, limit: int | None
) -> tuple[tuple[int, ...], int]:
    """List a result that is too long for one list; the count may have grown."""
    pmids: dict[int, None] = {}
    for _ in range(3):
        for pmid in _parts(utilities, term, count, _SPLITTERS):
            pmids[pmid] = None
            if limit is not None and len(pmids) == limit:
                return tuple(pmids), count
        if len(pmids) < count:
            # PubMed changes by the hour; what counts is that nothing is missing now.
            count = list_ids(utilities, term, wanted=1).count
        if len(pmids) >= count:
            return tuple(pmids), max(count, len(pmids))
    reason = (
        f"PubMed counts {count} records, its lists split by date hold "
        f"{len(pmids)}, so {count - len(pmids)} are missing: try again later, or "
        "split the query."
    )
    raise ShortfallError(reason, expected=count, received=len(pmids))


def _parts(
    utilities: Utilities, term: str, count: int, splitters: Sequence[str]
) -> Iterator[int]:
    """Yield the ids of a result, part by part, the newest part first."""
    if not splitters:
        reason = (
            f"{count} records share all their dates, of which PubMed lists "
            f"{LIST_LIMIT}, so {count - LIST_LIMIT} would be missing: narrow "
            f"the query. The part that cannot be split is: {term[-200:]}"
        )
        raise ShortfallError(reason, expected=count, received=LIST_LIMIT)
    name, others = splitters[0], splitters[1:]
    today = dt.datetime.now(dt.UTC).date()
    tomorrow = today + dt.timedelta(days=1)
    # Nearly all lie in the middle one; where years do not matter, few requests go.
    spans = [
        (_EARLIEST, dt.date(1959, 12, 31)), (dt.date(1960, 1, 1), today),
        (tomorrow, _LATEST),
    ]  # fmt: skip
    total = 0
    while spans:
        low, high = spans.pop()
        part = f"({term}) AND {date_term(low)}:{date_term(high)}[{name}]"
        listing = list_ids(utilities, part, wanted=LIST_LIMIT)
        if listing.count <= LIST_LIMIT:
            total += listing.count
            yield from listing.pmids
        elif low == high:
            total += listing.count
            yield from _parts(utilities, part, listing.count, others)
        else:
            middle = low + (high - low) // 2
            spans.append((low, middle))
            spans.append((middle + dt.timedelta(days=1), high))
    if total < count:
        # Records without such a date, if there are any.
        rest = f"({term}) NOT {date_term(_EARLIEST)}:{date_term(_LATEST)}[{name}]"
        listing = list_ids(utilities, rest, wanted=LIST_LIMIT)
        if listing.count <= LIST_LIMIT:
            yield from listing.pmids
        else:
            yield from _parts(utilities, rest, listing.count, others)


def list_ids(utilities: Utilities, term: str, *, wanted: int) -> SearchResult:
    """List up to ``wanted`` ids of a term, with the whole count."""
    return utilities.call(
        "esearch",
        lambda body: _read_listing(body, wanted=wanted),
        db="pubmed", term=term, retmax=wanted, retstart=0, retmode="xml",
    )  # fmt: skip


def balanced(query: str) -> str:
    """Return a query that can be put in brackets.

    Raises
    ------
    ConfigError
        Its own brackets or quotes do not close.
    """
    depth = 0
    bare = re.sub(r'"[^"]*"', "", query)
    for character in bare:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
    if depth != 0 or '"' in bare:
        msg = (
            f"The brackets or quotes of the query do not close: {query!r}. Close them, "
            "so that dates can be added to it."
        )
        raise ConfigError(msg)
    return query
