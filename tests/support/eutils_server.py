"""A server that answers as NCBI's E-utilities do, with every fault they have.

In memory, on this machine, for tests and benchmarks. It knows ESearch (words, phrases,
field tags, date ranges, AND, OR, NOT, brackets; no more than 9,999 ids of a PubMed
query), EPost, and EFetch of ``pubmed`` and ``pmc``, by id or from the history. It keeps
a log of all requests with their times, and fails on demand: see :class:`Faults`.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import random
import re
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LIST_LIMIT = 9999

#: Every way in which a request can go wrong.
FAULTS = (
    "429", "429-json", "500", "502", "503", "cut", "cut-silently", "reset",
    "error-body", "json-body", "html", "empty", "text", "short", "shuffled",
    "malformed", "hang",
)  # fmt: skip

_DATE_FIELDS = {
    "edat": "edat", "date - entry": "edat", "pdat": "pdat", "dp": "pdat",
    "date - publication": "pdat", "crdt": "crdt", "date - create": "crdt",
    "mdat": "mdat", "lr": "mdat", "date - modification": "mdat",
}  # fmt: skip


@dataclass(slots=True)
class Record:
    """One PubMed record: its XML, and what it is found by."""

    pmid: int
    xml: bytes
    words: frozenset[str]
    text: str
    dates: dict[str, dt.date]


@dataclass(slots=True)
class Faults:
    """What goes wrong.

    Attributes
    ----------
    rate
        Share of requests that fail.
    kinds
        In which ways, at random.
    seed
        Of the random choice.
    next
        Faults of the next requests, in order, before any random ones; ``""`` is none.
    broken
        PMIDs whose EFetch always fails: ``"500"`` takes the whole batch with it,
        ``"malformed"`` spoils one record, ``"unclosed"`` the whole answer.
    retry_after
        What 429 and 503 say, in seconds; ``None`` says nothing.
    hang_s
        How long ``"hang"`` keeps silent.
    """

    rate: float = 0.0
    kinds: tuple[str, ...] = FAULTS
    seed: int = 0
    next: deque[str] = field(default_factory=deque)
    broken: dict[int, str] = field(default_factory=dict)
    retry_after: str | None = "0.05"
    hang_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """A line of the log."""

    time: float
    utility: str
    parameters: Mapping[str, str]
    fault: str
    path: str
    method: str


class EutilsServer:
    """The server; a context manager that listens on a free port of this machine.

    Parameters
    ----------
    records
        What there is.
    articles
        Articles of PMC in JATS by the number of their PMCID.
    faults
        What goes wrong; nothing by default.
    keys
        API keys that are valid.
    enforce
        Answer 429 above 3 requests in a second without key, 10 with.
    list_limit
        How many ids ESearch lists.
    """

    def __init__(
        self,
        records: Iterable[Record],
        *,
        articles: Mapping[int, bytes] | None = None,
        faults: Faults | None = None,
        keys: Iterable[str] = ("key",),
        enforce: bool = False,
        list_limit: int = LIST_LIMIT,
    ) -> None:
        self.records = {record.pmid: record for record in records}
        self.articles = dict(articles or {})
        self.faults = faults or Faults()
        self.keys = frozenset(keys)
        self.enforce = enforce
        self.list_limit = list_limit
        self.log: list[Request] = []
        self.faults_met: Counter[str] = Counter()
        #: How often each PMID was in an answer of EFetch that was begun.
        self.served: Counter[int] = Counter()
        self._random = random.Random(self.faults.seed)
        self._lock = threading.Lock()
        self._history: dict[tuple[str, str], list[int]] = {}
        server = self

        class Handler(_Handler):
            eutils = server

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Base address for ``base_url``."""
        return f"http://127.0.0.1:{self._server.server_port}/entrez/eutils/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def most_in_a_second(self) -> int:
        """Most requests that arrived in any stretch of one second."""
        times = sorted(request.time for request in self.log)
        most = first = 0
        for last, moment in enumerate(times):
            while moment - times[first] >= 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most

    def counts(self) -> Counter[str]:
        """How many requests of each utility came."""
        return Counter(request.utility for request in self.log)

    # -- answers ----------------------------------------------------------------------

    def note(self, request: Request) -> str:
        """Log a request and choose its fault."""
        faults = self.faults
        with self._lock:
            fault = ""
            if faults.next:
                fault = faults.next.popleft()
            elif faults.rate and self._random.random() < faults.rate:
                fault = self._random.choice(faults.kinds)
            self.log.append(
                Request(
                    request.time, request.utility, request.parameters, fault,
                    request.path, request.method,
                )
            )  # fmt: skip
            if fault:
                self.faults_met[fault] += 1
            if self.enforce and not fault:
                key = request.parameters.get("api_key", "")
                recent = [
                    other
                    for other in self.log[-40:]
                    if other.time > request.time - 1
                    and other.parameters.get("api_key", "") == key
                ]
                if len(recent) > (10 if key else 3):
                    fault = "429-json"
        return fault

    def answer(self, utility: str, asked: Mapping[str, str], fault: str) -> bytes:
        """Build the sound answer to a request, as far as ``fault`` lets it be sound."""
        if utility == "esearch":
            return self._esearch(asked, fault)
        if utility == "epost":
            return self._epost(asked)
        if utility == "efetch":
            return self._efetch(asked, fault)
        raise _Refused(404, b"<html><head><title>404 Not Found</title></head></html>")

    def _esearch(self, asked: Mapping[str, str], fault: str) -> bytes:
        term = asked.get("term", "")
        if asked.get("mindate") and asked.get("maxdate"):
            field_name = asked.get("datetype", "pdat")
            term = f"({term}) AND {asked['mindate']}:{asked['maxdate']}[{field_name}]"
        if not term.strip():
            raise _Refused(200, _error("eSearchResult", "Empty term and query_key"))
        unknown: list[str] = []
        try:
            found = self.search(term, unknown)
        except ValueError as error:
            raise _Refused(200, _error("eSearchResult", str(error))) from error
        start, most = int(asked.get("retstart", 0)), int(asked.get("retmax", 20))
        if start >= self.list_limit and found:
            message = (
                "Search Backend failed: Exception: 'retstart' cannot be larger than "
                f"{self.list_limit - 1}. For PubMed, ESearch can only retrieve the "
                f"first {self.list_limit:,} records matching the query."
            )
            raise _Refused(200, _error("eSearchResult", message))
        shown = found[start : min(start + most, self.list_limit)]
        if fault == "short" and shown:
            shown = shown[: len(shown) // 2]
        history = ""
        if asked.get("usehistory") == "y":
            web, key = self._remember(found)
            history = f"<QueryKey>{key}</QueryKey><WebEnv>{web}</WebEnv>"
        errors = "".join(
            f"<PhraseNotFound>{escape(w)}</PhraseNotFound>" for w in unknown
        )
        ids = "".join(f"<Id>{pmid}</Id>\n" for pmid in shown)
        return (
            '<?xml version="1.0" encoding="UTF-8" ?>\n'
            '<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
            '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
            f"<eSearchResult><Count>{len(found)}</Count><RetMax>{len(shown)}</RetMax>"
            f"<RetStart>{start}</RetStart>{history}<IdList>\n{ids}</IdList>"
            f"<TranslationSet/><QueryTranslation>{escape(term)}</QueryTranslation>"
            + (f"<ErrorList>{errors}</ErrorList>" if errors else "")
            + (
                ""
                if found
                else "<WarningList><OutputMessage>No items found.</OutputMessage>"
                "</WarningList>"
            )
            + "</eSearchResult>\n"
        ).encode()

    def _epost(self, asked: Mapping[str, str]) -> bytes:
        ids = [int(text) for text in asked.get("id", "").split(",") if text.isdigit()]
        if not ids:
            raise _Refused(400, _error("ePostResult", "IDs contain invalid characters"))
        # NCBI gives a posted list back in an order of its own.
        web, key = self._remember(sorted(set(ids), reverse=True))
        return (
            '<?xml version="1.0" encoding="UTF-8" ?>\n'
            '<!DOCTYPE ePostResult PUBLIC "-//NLM//DTD epost 20090526//EN" '
            '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20090526/epost.dtd">'
            f"<ePostResult><QueryKey>{key}</QueryKey><WebEnv>{web}</WebEnv></ePostResult>"
        ).encode()

    def _efetch(self, asked: Mapping[str, str], fault: str) -> bytes:
        if "WebEnv" in asked:
            ids = self._history.get((asked["WebEnv"], asked.get("query_key", "")))
            if ids is None:
                message = "Unable to obtain query #1"
                raise _Refused(200, _error("eFetchResult", message))
            start, most = int(asked.get("retstart", 0)), int(asked.get("retmax", 20))
            ids = ids[start : start + most]
        else:
            ids = [
                int(text) for text in asked.get("id", "").split(",") if text.isdigit()
            ]
            if not ids:
                message = "ID list is empty! Possibly it has no correct IDs."
                raise _Refused(400, _error("eFetchResult", message))
        if asked.get("db") == "pmc":
            return self._articles(ids)
        if any(self.faults.broken.get(pmid) == "500" for pmid in ids):
            raise _Refused(
                500, b"<html><title>500 Internal Server Error</title></html>"
            )
        ids = [pmid for pmid in ids if pmid in self.records]
        if fault == "short":
            ids = ids[: len(ids) // 2]
        elif fault == "shuffled":
            ids = random.Random(len(ids)).sample(ids, len(ids))
        with self._lock:
            self.served.update(ids)
        pieces = []
        for pmid in ids:
            xml = self.records[pmid].xml
            state = self.faults.broken.get(pmid)
            if state == "malformed" or (fault == "malformed" and pmid == ids[0]):
                xml = xml.replace(b"<ArticleTitle>", b"<ArticleTitle>a < b <i>", 1)
            elif state == "unclosed":
                xml = xml.replace(b"</PubmedArticle>", b"", 1)
            pieces.append(xml)
        return (
            b'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
            b'"-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
            b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
            b"<PubmedArticleSet>\n" + b"\n".join(pieces) + b"\n</PubmedArticleSet>"
        )

    def _articles(self, ids: list[int]) -> bytes:
        pieces = [
            self.articles.get(
                number,
                f'<Reply Id="{number}" error="The following PMCID is not available">'
                "</Reply>".encode(),
            )
            for number in ids
        ]
        return (
            b'<?xml version="1.0" ?>\n<!DOCTYPE pmc-articleset PUBLIC '
            b'"-//NLM//DTD ARTICLE SET 2.0//EN" "https://dtd.nlm.nih.gov/ncbi/pmc/'
            b'articleset/nlm-articleset-2.0.dtd">\n<pmc-articleset>'
            + b"\n".join(pieces)
            + b"</pmc-articleset>"
        )

    def _remember(self, ids: list[int]) -> tuple[str, str]:
        with self._lock:
            web = f"MCID_{len(self._history):024x}"
            self._history[web, "1"] = ids
        return web, "1"

    # -- searching --------------------------------------------------------------------

    def search(self, term: str, unknown: list[str] | None = None) -> list[int]:
        """All PMIDs of a term, the newest first."""
        tokens = deque(_tokens(term))
        found = self._any(tokens, unknown if unknown is not None else [])
        if tokens:
            message = f"unexpected {tokens[0][1]!r} in the query"
            raise ValueError(message)
        return sorted(found, reverse=True)

    def _any(self, tokens: deque[Any], unknown: list[str]) -> set[int]:
        # PubMed takes AND, OR and NOT from left to right, without precedence.
        found = self._one(tokens, unknown)
        while tokens and tokens[0][0] != ")":
            operator = "AND"
            if tokens[0][0] == "op":
                operator = tokens.popleft()[1]
            other = self._one(tokens, unknown)
            if operator == "AND":
                found = found & other
            elif operator == "OR":
                found = found | other
            else:
                found = found - other
        return found

    def _one(self, tokens: deque[Any], unknown: list[str]) -> set[int]:
        if not tokens:
            message = "the query ends too early"
            raise ValueError(message)
        kind, value = tokens.popleft()
        if kind == "(":
            found = self._any(tokens, unknown)
            if not tokens or tokens.popleft()[0] != ")":
                message = "a bracket does not close"
                raise ValueError(message)
            return found
        if kind == "range":
            low, high, name = value
            return self._dated(_day(low, last=False), _day(high, last=True), name)
        if kind != "word":
            message = f"unexpected {value!r} in the query"
            raise ValueError(message)
        text, name = value
        if text == "all" and name in {"sb", "filter"}:
            return set(self.records)
        if name in {"pmid", "uid"}:
            return {int(text)} & set(self.records)
        if name in _DATE_FIELDS:
            return self._dated(_day(text, last=False), _day(text, last=True), name)
        text = text.lower()
        if " " in text:
            found = {r.pmid for r in self.records.values() if text in r.text}
        else:
            found = {r.pmid for r in self.records.values() if text in r.words}
        if not found:
            unknown.append(text)
        return found

    def _dated(self, low: dt.date, high: dt.date, name: str) -> set[int]:
        which = _DATE_FIELDS.get(name)
        if which is None:
            message = f"unknown field {name!r}"
            raise ValueError(message)
        return {
            record.pmid
            for record in self.records.values()
            if which in record.dates and low <= record.dates[which] <= high
        }


class _Refused(Exception):  # noqa: N818
    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body


def _error(root: str, message: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE {root} PUBLIC "-//NLM//DTD'
        f' x//EN" "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/x.dtd"><{root}>'
        f"<ERROR>{escape(message)}</ERROR></{root}>"
    ).encode()


_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<op>AND|OR|NOT)(?=[\s(]|$)
    |"?(?P<low>\d{4}(?:/\d\d?){0,2})"?\s*:\s*"?(?P<high>\d{4}(?:/\d\d?){0,2})"?
        \[(?P<range>[^\]]+)\]
    |"(?P<phrase>[^"]*)"(?:\[(?P<pfield>[^\]]+)\])?
    |(?P<word>[^\s()"\[\]]+)(?:\[(?P<wfield>[^\]]+)\])?)""",
    re.VERBOSE,
)


def _tokens(term: str) -> Iterator[tuple[str, Any]]:
    position = 0
    term = term.strip()
    while position < len(term):
        found = _TOKEN.match(term, position)
        if found is None:
            message = f"the query cannot be read at {term[position:][:20]!r}"
            raise ValueError(message)
        position = found.end()
        if found["open"]:
            yield "(", "("
        elif found["close"]:
            yield ")", ")"
        elif found["op"]:
            yield "op", found["op"]
        elif found["range"]:
            yield "range", (found["low"], found["high"], found["range"].lower())
        elif found["phrase"] is not None:
            yield "word", (found["phrase"], (found["pfield"] or "all").lower())
        else:
            yield "word", (found["word"], (found["wfield"] or "all").lower())


def _day(text: str, *, last: bool) -> dt.date:
    parts = [int(part) for part in text.split("/")]
    year = parts[0]
    month = parts[1] if len(parts) > 1 else (12 if last else 1)
    if len(parts) > 2:
        return dt.date(year, month, parts[2])
    if not last:
        return dt.date(year, month, 1)
    after = dt.date(year + month // 12, month % 12 + 1, 1)
    return after - dt.timedelta(days=1)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    eutils: EutilsServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Keep quiet; see EutilsServer.log."""

    def do_GET(self) -> None:
        self._handle(urlsplit(self.path).query)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._handle(self.rfile.read(length).decode())

    def _handle(self, encoded: str) -> None:
        arrived = time.monotonic()
        server = self.eutils
        asked = dict(parse_qsl(encoded))
        utility = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".fcgi")
        fault = server.note(
            Request(arrived, utility, asked, "", self.path, self.command)
        )
        key = asked.get("api_key")
        if key is not None and key not in server.keys:
            body = json.dumps(
                {"error": "API key invalid", "api-key": key, "type": "client"}
            )
            self._send(400, body.encode(), kind="application/json")
            return
        if self._fails(fault):
            return
        try:
            body, status = server.answer(utility, asked, fault), 200
        except _Refused as refused:
            body, status = refused.body, refused.status
        if fault == "cut":
            self._send(status, body, stop_at=len(body) * 2 // 3)
        elif fault == "cut-silently":
            # Without a length, the client cannot tell this from a whole answer.
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=UTF-8")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[: len(body) * 2 // 3])
            self.close_connection = True
        else:
            self._send(status, body)

    def _fails(self, fault: str) -> bool:
        """Answer with a fault that needs no sound answer; whether there was one."""
        faults = self.eutils.faults
        wait = {} if faults.retry_after is None else {"Retry-After": faults.retry_after}
        page = "<!DOCTYPE html><html><head><title>{}</title></head><body/></html>"
        if fault in {"500", "502"}:
            self._send(int(fault), page.format("Error").encode(), kind="text/html")
        elif fault in {"429", "503"}:
            self._send(int(fault), b"Too busy", kind="text/plain", headers=wait)
        elif fault == "429-json":
            body = b'{"error":"API rate limit exceeded","count":"11"}'
            self._send(429, body, kind="application/json", headers=wait)
        elif fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
        elif fault == "error-body":
            self._send(200, _error("eFetchResult", "Search Backend failed: timeout"))
        elif fault == "json-body":
            body = b'{"error":"API rate limit exceeded","count":"11"}'
            self._send(200, body, kind="application/json")
        elif fault == "html":
            body = page.format("NCBI - WWW Error Blocked Diagnostic").encode()
            self._send(200, body, kind="text/html")
        elif fault == "empty":
            self._send(200, b"")
        elif fault == "text":
            self._send(200, b"Error occurred: cannot get document summary\n")
        elif fault == "hang":
            time.sleep(faults.hang_s)
            self.close_connection = True
        else:
            return False
        return True

    def _send(
        self,
        status: int,
        body: bytes,
        *,
        kind: str = "text/xml; charset=UTF-8",
        headers: Mapping[str, str] | None = None,
        stop_at: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if stop_at is None else body[:stop_at])
        if stop_at is not None:
            self.wfile.flush()
            self.close_connection = True


# -- what there is to find ------------------------------------------------------------


def make_record(
    pmid: int,
    *,
    title: str,
    abstract: str,
    keywords: Iterable[str] = (),
    dates: Mapping[str, dt.date] | None = None,
    pmcid: int | None = None,
) -> Record:
    """Make a record in the shape of PubMed's XML."""
    dates = dict(
        dates
        if dates is not None
        else {name: dt.date(2000, 1, 1) for name in ("edat", "pdat", "crdt", "mdat")}
    )
    day = dates.get("pdat", dt.date(2000, 1, 1))
    mesh = "".join(
        f'<MeshHeading><DescriptorName UI="D{9000000 + i}" MajorTopicYN="N">'
        f"{escape(word)}</DescriptorName></MeshHeading>"
        for i, word in enumerate(keywords)
    )
    ids = f'<ArticleId IdType="pubmed">{pmid}</ArticleId>'
    ids += f'<ArticleId IdType="doi">10.9999/test.{pmid}</ArticleId>'
    if pmcid is not None:
        ids += f'<ArticleId IdType="pmc">PMC{pmcid}</ArticleId>'
    body = f"<Abstract><AbstractText>{escape(abstract)}</AbstractText></Abstract>"
    xml = (
        '<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">'
        f'<PMID Version="1">{pmid}</PMID><DateRevised><Year>{day.year}</Year>'
        "<Month>01</Month><Day>01</Day></DateRevised><Article>"
        '<Journal><ISSN IssnType="Print">1234-5678</ISSN><JournalIssue '
        'CitedMedium="Print"><Volume>12</Volume><Issue>3</Issue><PubDate>'
        f"<Year>{day.year}</Year><Month>{day:%b}</Month></PubDate></JournalIssue>"
        "<Title>Journal of tests</Title><ISOAbbreviation>J Tests</ISOAbbreviation>"
        f"</Journal><ArticleTitle>{escape(title)}</ArticleTitle>"
        "<Pagination><MedlinePgn>1-9</MedlinePgn></Pagination>"
        f"{body if abstract else ''}"
        '<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Doe</LastName>'
        "<ForeName>Jane</ForeName><Initials>J</Initials></Author></AuthorList>"
        "<Language>eng</Language><PublicationTypeList>"
        '<PublicationType UI="D016428">Journal Article</PublicationType>'
        "</PublicationTypeList></Article><MedlineJournalInfo><Country>Nowhere</Country>"
        "<MedlineTA>J Tests</MedlineTA></MedlineJournalInfo>"
        f"<MeshHeadingList>{mesh}</MeshHeadingList></MedlineCitation><PubmedData>"
        f"<ArticleIdList>{ids}</ArticleIdList></PubmedData></PubmedArticle>"
    ).encode()
    text = f"{title} {abstract}".lower()
    words = frozenset(re.findall(r"\w+", text)) | {
        word.lower() for keyword in keywords for word in keyword.split()
    }
    return Record(pmid, xml, words, text, dates)


def small_records(
    count: int, *, word: str = "captopril", seed: int = 0
) -> list[Record]:
    """Make records that share a word; dates spread over thirty years."""
    chance = random.Random(seed)
    genes = ("ACE", "AGT", "REN", "AGTR1", "NR3C2", "BRAF", "TP53", "EGFR")
    ills = ("hypertension", "heart failure", "cough", "angioedema", "proteinuria")
    start = dt.date(1990, 1, 1)
    records = []
    for number in range(count):
        day = start + dt.timedelta(days=chance.randrange(30 * 365))
        dates = {
            "edat": day,
            "crdt": day,
            "pdat": day + dt.timedelta(days=chance.randrange(200)),
            "mdat": day + dt.timedelta(days=chance.randrange(2000)),
        }
        gene, ill = chance.choice(genes), chance.choice(ills)
        records.append(
            make_record(
                10_000_000 + 7 * number,
                title=f"{gene} and {word} in {ill}: study {number} with α < β.",
                abstract=f"We gave {word} to {chance.randrange(10, 500)} patients with "
                f"{ill} and measured {gene} & its product. The response was "
                f"{chance.random():.3f} ± {chance.random():.3f} (p < 0.05).",
                keywords=(ill, "Humans"),
                dates=dates,
            )
        )
    return records


def records_of_abstracts(
    paths: Iterable[Path], *, limit: int | None = None
) -> list[Record]:
    """Make records of real abstracts (one JSON object a line) while a test runs."""
    records: dict[int, Record] = {}
    chance = random.Random(1)
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                data = json.loads(line)
                pmid = str(data.get("pmid") or "")
                if not pmid.isdigit() or int(pmid) in records:
                    continue
                day = dt.date(1975, 1, 1) + dt.timedelta(days=chance.randrange(12000))
                dates = dict.fromkeys(("edat", "crdt", "pdat", "mdat"), day)
                records[int(pmid)] = make_record(
                    int(pmid),
                    title=data.get("title") or "",
                    abstract=data.get("abstract") or "",
                    keywords=[str(k) for k in data.get("keywords") or ()][:10],
                    dates=dates,
                )
                if limit is not None and len(records) >= limit:
                    return list(records.values())
    return list(records.values())


def pubmed_file(records: Iterable[Record], *, deleted: Iterable[int] = ()) -> bytes:
    """A baseline or update file of these records."""
    gone = "".join(f'<PMID Version="1">{pmid}</PMID>\n' for pmid in deleted)
    return b"".join(
        [
            b'<?xml version="1.0" encoding="utf-8"?>\n'
            b'<!DOCTYPE PubmedArticleSet SYSTEM "http://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
            b"<PubmedArticleSet>\n",
            *(record.xml + b"\n" for record in records),
            f"<DeleteCitation>\n{gone}</DeleteCitation>\n".encode() if gone else b"",
            b"</PubmedArticleSet>\n",
        ]
    )


__all__ = [
    "FAULTS",
    "EutilsServer",
    "Faults",
    "Record",
    "make_record",
    "pubmed_file",
    "records_of_abstracts",
    "small_records",
]
