"""Fetching: whole, polite, robust, once; against a server with every fault."""

from __future__ import annotations

import datetime as dt
import logging
import subprocess
import sys
import warnings
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from eutils_server import (
    FAULTS,
    EutilsServer,
    Faults,
    Record,
    make_record,
    small_records,
)

from kgbuild.errors import (
    ConfigError,
    DocumentFailure,
    EntrezError,
    InputError,
    ShortfallError,
)
from kgbuild.pubmed import EntrezClient, EntrezSettings, fetch
from kgbuild.pubmed.eutils import NCBI_URL
from kgbuild.pubmed.search import date_term

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kgbuild.document import Document

SECRET = "0123456789abcdef-secret"
FAST: dict[str, Any] = {
    "wait_initial_s": 0.01, "wait_max_s": 0.05, "timeout_s": 2.0, "attempts": 6,
    "requests_per_second": 1000,
}  # fmt: skip


def settings(server: EutilsServer, **options: Any) -> EntrezSettings:
    values = {"email": "me@example.org", "base_url": server.url, **FAST, **options}
    return EntrezSettings(**values)


@contextmanager
def client(server: EutilsServer, cache: Path, **options: Any) -> Iterator[EntrezClient]:
    with EntrezClient(settings(server, cache=cache, **options)) as made:
        yield made


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "entrez.sqlite"


@pytest.fixture(scope="module")
def many() -> list[Record]:
    return small_records(25_000)


@pytest.fixture
def few() -> list[Record]:
    return small_records(450)


def expected(records: list[Record]) -> list[str]:
    return [str(record.pmid) for record in sorted(records, key=lambda r: r.pmid)]


def all_of(
    made: EntrezClient, pmids: Any, **options: Any
) -> tuple[list[Document], dict[str, str]]:
    failures: dict[str, str] = {}

    def note(failure: DocumentFailure) -> None:
        assert failure.stage == "fetch"
        failures[str(failure.document_id)] = failure.reason

    return list(made.documents(pmids, on_failure=note, **options)), failures


# -- settings -------------------------------------------------------------------------


def test_an_address_is_needed():
    with pytest.raises(ConfigError, match=r"e-mail address.*NCBI_EMAIL"):
        EntrezSettings.resolve()
    with pytest.raises(ConfigError, match="e-mail address"):
        EntrezSettings(email="no address")
    with pytest.raises(ConfigError, match="e-mail address"):
        next(fetch("q"))


def test_settings_come_from_arguments_then_environment_then_file(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = tmp_path / "kgbuild" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[entrez]\nemail = "file@example.org"\napi_key = "filekey"\n')
    found = EntrezSettings.resolve()
    assert (found.email, found.api_key) == ("file@example.org", "filekey")
    monkeypatch.setenv("NCBI_EMAIL", "env@example.org")
    monkeypatch.setenv("KGBUILD_EUTILS_URL", "http://127.0.0.1:1/x")
    found = EntrezSettings.resolve(api_key="argument")
    assert (found.email, found.api_key) == ("env@example.org", "argument")
    assert found.base_url == "http://127.0.0.1:1/x/"
    other = tmp_path / "other.toml"
    monkeypatch.setenv("KGBUILD_CONFIG", str(other))
    with pytest.raises(InputError, match=r"other\.toml"):
        EntrezSettings.resolve()
    other.write_text("[entrez]\nmail = 'x'\ncache = 'answers.sqlite'\n")
    with pytest.raises(ConfigError, match=r"mail is not a .*did you mean 'email'"):
        EntrezSettings.resolve()
    other.write_text("[entrez]\ncache = 'answers.sqlite'\n")
    assert EntrezSettings.resolve().cache == tmp_path / "answers.sqlite"
    other.write_text("entrez = [")
    with pytest.raises(ConfigError, match="no TOML"):
        EntrezSettings.resolve()
    monkeypatch.delenv("KGBUILD_CONFIG")
    with pytest.raises(ConfigError, match=r"ofline is not a .*did you mean 'offline'"):
        EntrezSettings.resolve(ofline=True)


def test_secrets_are_not_shown():
    made = EntrezSettings(email="me@example.org", api_key=SECRET)
    assert SECRET not in repr(made)
    assert "example.org" not in repr(made)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://eutils.example.org/", "plain http"),
        ("http://127.0.0.1.example.org/", "plain http"),
        ("http://10.0.0.1/", "plain http"),
        ("ftp://127.0.0.1/", "must be an https URL"),
        ("file:///etc/passwd", "must be an https URL"),
        ("eutils", "must be an https URL"),
        ("https://user:pass@example.org/", "without user, password"),
        ("https://example.org/?q=1", "without user, password, query"),
        ("http://[::1", "is no URL"),
        ("https://x:port/", "is no URL"),
    ],
)
def test_addresses_that_are_refused(url, message):
    with pytest.raises(ConfigError, match=message):
        EntrezSettings(email="me@example.org", base_url=url)


@pytest.mark.parametrize(
    "url",
    ["https://mirror.example.org/eutils", "http://localhost:1/", "http://[::1]:8/x/",
     "http://127.8.9.1/"],
)  # fmt: skip
def test_addresses_that_are_accepted(url):
    assert EntrezSettings(email="me@example.org", base_url=url).base_url.endswith("/")


def test_nobody_can_be_faster_than_ncbi_allows():
    EntrezSettings(email="me@example.org", requests_per_second=2)
    with pytest.raises(ConfigError, match="from 1 to 3 for NCBI without an API key"):
        EntrezSettings(email="me@example.org", requests_per_second=4)
    EntrezSettings(email="me@example.org", requests_per_second=10, api_key="k")
    with pytest.raises(ConfigError, match="from 1 to 10 for NCBI with an API key"):
        EntrezSettings(email="me@example.org", requests_per_second=11, api_key="k")
    with pytest.raises(ConfigError, match=r"batch_size must be at least 1\. Got 0"):
        EntrezSettings(email="me@example.org", batch_size=0)
    with pytest.raises(ConfigError, match="max_cache_bytes must be at least 1"):
        EntrezSettings(email="me@example.org", max_cache_bytes=0)
    with pytest.raises(ConfigError, match="printable ASCII"):
        EntrezSettings(email="me@example.org", api_key="a b")
    assert EntrezSettings(email="me@example.org").base_url == NCBI_URL


@pytest.mark.parametrize(
    ("value", "first", "final"),
    [
        (2019, "2019/01/01", "2019/12/31"),("2020", "2020/01/01", "2020/12/31"),
        ("2020-02", "2020/02/01", "2020/02/29"),
        ("2020/12", "2020/12/01", "2020/12/31"),
        ("2020-5-17", "2020/05/17", "2020/05/17"),
        (dt.date(2021, 3, 4), "2021/03/04", "2021/03/04"),
    ],
)  # fmt: skip
def test_dates(value, first, final):
    assert (date_term(value), date_term(value, last=True)) == (first, final)


@pytest.mark.parametrize("value", ["20", "2020-13", "2020-02-30", "May 2020", ""])
def test_what_is_no_date(value):
    with pytest.raises(ConfigError, match="A date must look like"):
        date_term(value)


# -- calls ----------------------------------------------------------------------------


def test_requests_name_tool_and_address_and_hide_the_key(few, cache, caplog):
    caplog.set_level(logging.DEBUG)
    with (
        EutilsServer(few, keys=[SECRET]) as server,
        client(server, cache, api_key=SECRET) as made,
    ):
        server.faults.next.extend(["500", "429"])
        found = made.search("captopril")
        all_of(made, found.pmids)
    assert {request.parameters["tool"] for request in server.log} == {"kgbuild"}
    assert {request.parameters["email"] for request in server.log} == {"me@example.org"}
    assert {request.parameters["api_key"] for request in server.log} == {SECRET}
    assert {request.method for request in server.log} == {"POST"}
    assert not any(SECRET in request.path for request in server.log)
    assert len(caplog.records) >= 2
    assert SECRET not in caplog.text
    assert "me@example.org" not in caplog.text


def test_a_key_that_is_refused_is_said_without_it(few, cache):
    with EutilsServer(few) as server, client(server, cache, api_key=SECRET) as made:
        with pytest.raises(EntrezError, match="API key invalid") as caught:
            made.search("captopril")
        assert SECRET not in str(caught.value)
        assert len(server.log) == 1  # asking again is useless


def test_the_users_own_biopython_stays_as_it_is(few, cache):
    from Bio import Entrez

    before = dict(vars(Entrez))
    with EutilsServer(few) as server, client(server, cache) as made:
        made.search("captopril")
    assert {k: v for k, v in vars(Entrez).items() if k in before} == before
    assert Entrez.email is None


def test_retry_after_stops_every_thread(few, cache):
    with (
        EutilsServer(few, faults=Faults(retry_after="0.7")) as server,
        client(server, cache, batch_size=20) as made,
    ):
        pmids = made.search("captopril").pmids
        server.faults.next.extend(["", "", "", "429"])
        documents, failures = all_of(made, pmids)
        assert len(documents) == 450
        assert not failures
        (busy,) = (i for i, r in enumerate(server.log) if r.fault == "429")
        # Two others may be under way; then nobody comes for the time.
        later = [r.time - server.log[busy].time for r in server.log[busy + 1 :]]
        assert sum(wait < 0.6 for wait in later) <= 2
        assert max(later) >= 0.7


@pytest.mark.parametrize("told", ["Wed, 21 Oct 2015 07:28:00 GMT", "nonsense", None])
def test_retry_after_as_a_date_or_nothing(few, cache, told):
    faults = Faults(retry_after=told)
    with EutilsServer(few, faults=faults) as server, client(server, cache) as made:
        server.faults.next.append("503")
        assert made.search("captopril").count == 450


def test_a_pause_of_hours_is_an_error_at_once(few, cache):
    faults = Faults(retry_after="7200")
    with EutilsServer(few, faults=faults) as server, client(server, cache) as made:
        server.faults.next.append("429")
        with pytest.raises(EntrezError, match="asks for a pause of 7200 s"):
            made.search("captopril")


def test_nobody_there(few, cache):
    server = EutilsServer(few)
    server._server.server_close()
    with client(server, cache, attempts=2) as made:
        with pytest.raises(EntrezError, match=r"no connection to 127\.0\.0\.1"):
            made.search("captopril")
        with pytest.raises(EntrezError, match="run the same again to go on"):
            list(made.documents([1, 2]))


# -- searching ------------------------------------------------------------------------


def test_25000_hits_are_25000_pmids(many, cache):
    with EutilsServer(many) as server, client(server, cache) as made:
        found = made.search("captopril")
        assert found.count == 25_000
        assert len(found.pmids) == 25_000
        assert [str(pmid) for pmid in found.pmids] == expected(many)
        assert server.counts()["esearch"] < 30


def test_a_search_survives_every_fault(many, cache):
    faults = Faults(rate=0.4, seed=5, hang_s=0.3)
    with (
        EutilsServer(many, faults=faults) as server,
        client(server, cache, attempts=30, timeout_s=0.25) as made,
    ):
        for _ in range(2):
            assert len(made.search("captopril").pmids) == 25_000
        assert len(server.faults_met) > 5


def on_one_day(count: int, *, spread: str | None) -> list[Record]:
    day = dt.date(2001, 5, 5)
    records = []
    for number in range(count):
        dates = dict.fromkeys(("edat", "pdat", "crdt", "mdat"), day)
        if spread is not None:
            dates[spread] = dt.date(1980, 1, 1) + dt.timedelta(days=number % 5000)
        records.append(
            Record(1000 + number, b"", frozenset({"statin"}), "statin", dates)
        )
    return records


#: Below PubMed's own: what lies above it is split all the same, and is listed sooner.
CAP = 999


@pytest.fixture
def low_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgbuild.pubmed.search.LIST_LIMIT", CAP)


@pytest.mark.parametrize("spread", ["pdat", "crdt", "mdat"])
def test_a_day_over_the_cap_is_split_by_another_date(spread, low_cap, cache):
    records = on_one_day(1_200, spread=spread)
    with EutilsServer(records, list_limit=CAP) as server, client(server, cache) as made:
        assert len(made.search("statin").pmids) == 1_200


def test_what_cannot_be_split_is_an_error_that_names_the_shortfall(low_cap, cache):
    records = on_one_day(1_200, spread=None)
    with EutilsServer(records, list_limit=CAP) as server, client(server, cache) as made:
        with pytest.raises(ShortfallError, match="1200 records share all") as caught:
            made.search("statin")
        assert (caught.value.expected, caught.value.received) == (1_200, CAP)


def test_records_without_a_date_are_not_forgotten(low_cap, cache):
    records = on_one_day(600, spread=None)
    for number, record in enumerate(on_one_day(500, spread=None)):
        del record.dates["edat"]
        record.pmid = 500_000 + number
        records.append(record)
    with EutilsServer(records, list_limit=CAP) as server, client(server, cache) as made:
        assert len(made.search("statin").pmids) == 1_100


def test_lists_that_hold_fewer_than_counted_are_an_error(low_cap, cache):
    class Short(EutilsServer):
        def search(self, term: str, unknown: list[str] | None = None) -> list[int]:
            found = super().search(term, unknown)
            return found if ":" not in term else [n for n in found if n % 100]

    records = on_one_day(1_200, spread="edat")
    with Short(records, list_limit=CAP) as server, client(server, cache) as made:
        with pytest.raises(ShortfallError, match="so 12 are missing") as caught:
            made.search("statin")
        assert (caught.value.expected, caught.value.received) == (1_200, 1_188)


def test_pubmed_may_grow_while_it_is_searched(low_cap, cache):
    records = on_one_day(1_200, spread="edat")

    class Growing(EutilsServer):
        def search(self, term: str, unknown: list[str] | None = None) -> list[int]:
            self.records.setdefault(900_000 + len(self.log), records[0])
            record = make_record(900_000 + len(self.log), title="Statin", abstract="")
            self.records[record.pmid] = record
            return super().search(term, unknown)

    with Growing(records, list_limit=CAP) as server, client(server, cache) as made:
        found = made.search("statin")
        assert len(found.pmids) == found.count >= 1_200


def test_limits_and_dates(many, cache):
    with EutilsServer(many) as server, client(server, cache) as made:
        newest = [int(pmid) for pmid in reversed(expected(many))]
        assert list(made.search("captopril", limit=7).pmids) == newest[:7]
        large = made.search("captopril", limit=12_000)
        assert len(set(large.pmids)) == 12_000
        assert large.count == 25_000
        since = {r.pmid for r in many if r.dates["pdat"] >= dt.date(2015, 1, 1)}
        assert set(made.search("captopril", since=2015).pmids) == since
        month = {
            r.pmid
            for r in many
            if dt.date(2003, 2, 1) <= r.dates["edat"] <= dt.date(2003, 2, 28)
        }
        found = made.search(
            "captopril OR nothing", since="2003-02", until="2003-02", date_type="edat"
        )
        assert set(found.pmids) == month


def test_nothing_found_and_words_that_pubmed_does_not_know(few, cache):
    with EutilsServer(few) as server, client(server, cache) as made:
        found = made.search("xyzzy")
        assert (found.pmids, found.count) == ((), 0)
        assert found.warnings == ("PhraseNotFound: xyzzy",)
        assert all_of(made, found.pmids) == ([], {})
    with (
        EutilsServer(few) as server,
        pytest.warns(UserWarning, match="PhraseNotFound: xyzzy"),
    ):
        assert not list(fetch("xyzzy", cache=cache, settings=settings(server)))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "The query is empty"),
        ("  ", "The query is empty"),
        ("captopril[nofield] AND (", "The search failed: the server answered with an "),
    ],
)
def test_bad_queries(few, cache, query, message):
    with EutilsServer(few) as server, client(server, cache, attempts=2) as made:
        with pytest.raises((ConfigError, EntrezError), match=message):
            made.search(query)
        with pytest.raises(ConfigError, match="do not close"):
            made.search("(captopril", since=2020)
        with pytest.raises(ConfigError, match="limit must be at least 1"):
            made.search("captopril", limit=0)


# -- fetching -------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_survived(few, cache, fault):
    """Twice in a row, on every utility; what comes is whole and in order."""
    with (
        EutilsServer(few, faults=Faults(hang_s=0.6)) as server,
        client(server, cache, batch_size=200, workers=1, timeout_s=0.4) as made,
    ):
        server.faults.next.extend([fault, fault])
        pmids = made.search("captopril").pmids
        server.faults.next.extend([fault, fault, "", fault, fault, ""])
        documents, failures = all_of(made, pmids)
        assert failures == {}
        assert [document.id for document in documents] == expected(few)
        for document, record in zip(documents, few, strict=True):
            assert document.text.lower() == record.text
        # A shuffled answer is no failure, so it is not asked for again.
        assert server.faults_met[fault] >= (4 if fault == "shuffled" else 6)


def test_records_are_joined_by_pmid(few, cache):
    """The history gives them in another order; so do shuffled answers."""
    wanted = [record.pmid for record in few]
    wanted = wanted[::3] + wanted[1::3] + wanted[2::3]
    faults = Faults(rate=1.0, kinds=("shuffled",))
    with EutilsServer(few, faults=faults) as server, client(server, cache) as made:
        documents, failures = all_of(made, [*wanted, wanted[0], str(wanted[1])])
        assert [document.id for document in documents] == [str(pmid) for pmid in wanted]
        titles = {str(record.pmid): record.text for record in few}
        assert all(d.text.lower() == titles[d.id] for d in documents)
        assert not failures


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("500", "the server answered 500"),
        ("malformed", "not well-formed XML"),
        ("unclosed", "the answer cannot be read"),
    ],
)
def test_a_batch_that_always_fails_is_halved_down_to_the_guilty(
    few, cache, kind, reason
):
    guilty = [few[3].pmid, few[4].pmid, few[301].pmid]
    faults = Faults(broken=dict.fromkeys(guilty, kind))
    with (
        EutilsServer(few, faults=faults) as server,
        client(server, cache, attempts=3) as made,
    ):
        documents, failures = all_of(made, [record.pmid for record in few])
        assert sorted(failures) == sorted(str(pmid) for pmid in guilty)
        assert any(reason in text for text in failures.values())
        assert not any("deleted" in text for text in failures.values())
        rest = [pmid for pmid in expected(few) if pmid not in failures]
        assert [document.id for document in documents] == rest
        assert len(server.log) < 160


def test_deleted_pmids_are_named(few, cache):
    with EutilsServer(few) as server, client(server, cache) as made:
        wanted = [few[0].pmid, 5, few[1].pmid, 6]
        documents, failures = all_of(made, wanted)
        assert [document.id for document in documents] == expected(few[:2])
        assert set(failures) == {"5", "6"}
        assert "deleted or never given" in failures["5"]
        assert len(server.log) == 3  # asked for together
        with pytest.raises(EntrezError, match="PMID 5 cannot be fetched"):
            list(made.documents([5]))


def test_faults_of_every_kind_at_once(many, cache):
    """All but the truly broken, which are named; benchmarks/entrez.py does 25,000."""
    many = many[:4_000]
    guilty = {
        many[17].pmid: "500",
        many[2_000].pmid: "malformed",
        many[3_999].pmid: "unclosed",
    }
    missing = 77
    faults = Faults(rate=0.2, seed=2, broken=guilty, hang_s=0.6, retry_after="0.02")
    with (
        EutilsServer(many, faults=faults) as server,
        client(server, cache, timeout_s=0.5) as made,
    ):
        pmids = made.search("captopril").pmids
        assert len(set(pmids)) == 4_000
        failures: dict[str, str] = {}
        count = 0
        previous = 0
        for document in made.documents(
            [*pmids, missing],
            on_failure=lambda f: failures.update({str(f.document_id): f.reason}),
        ):
            assert int(document.id) > previous
            previous = int(document.id)
            count += 1
        assert count == 4_000 - 3
        assert sorted(failures) == sorted(str(n) for n in [*guilty, missing])
        assert len(server.faults_met) >= 5


def test_a_server_that_dies_stops_the_run_and_the_next_goes_on(few, cache):
    class Dying(EutilsServer):
        def answer(self, utility: str, *args: Any) -> bytes:
            if self.counts()["efetch"] > 4:
                self.faults.rate, self.faults.kinds = 1.0, ("500",)
            return super().answer(utility, *args)

    pmids = [record.pmid for record in few]
    with (
        Dying(few) as server,
        client(server, cache, attempts=2, batch_size=25, workers=1) as made,
    ):
        with pytest.raises(EntrezError, match="answer nothing any more"):
            all_of(made, pmids)
        assert len(server.log) < 400
    with EutilsServer(few) as server, client(server, cache) as made:
        documents, failures = all_of(made, pmids)
        assert (len(documents), failures) == (450, {})
        assert 0 < sum(server.served.values()) < 450


# -- once -----------------------------------------------------------------------------


def test_what_is_there_is_not_asked_for_again(few, cache):
    with EutilsServer(few) as server, client(server, cache) as made:
        first, _ = all_of(made, [record.pmid for record in few[:300]])
        assert server.served.total() == 300
        second, _ = all_of(made, [record.pmid for record in few])
        assert second[:300] == first
        assert server.served.total() == 450
        assert max(server.served.values()) == 1


def test_refresh_asks_again(few, cache):
    pmid = few[0].pmid
    with EutilsServer(few) as server:
        with client(server, cache) as made:
            assert all_of(made, [pmid])[0][0].title.startswith(few[0].text[:3].upper())
        server.records[pmid] = make_record(pmid, title="Revised.", abstract="")
        with client(server, cache) as made:
            assert all_of(made, [pmid])[0][0].title != "Revised."
        with client(server, cache, refresh=True) as made:
            assert all_of(made, [pmid])[0][0].title == "Revised."
        with client(server, cache) as made:
            assert all_of(made, [pmid])[0][0].title == "Revised."


def test_offline_everything_comes_from_the_cache(few, cache):
    with EutilsServer(few) as server, client(server, cache) as made:
        pmids = made.search("captopril").pmids
        documents, _ = all_of(made, pmids)
    # The server is gone.
    with client(server, cache, offline=True) as made:
        assert made.search("captopril").pmids == pmids
        again, failures = all_of(made, [*pmids, 5])
        assert again == documents
        assert failures == {
            "5": "it is not in the cache, and PubMed is not asked while offline."
        }
        with pytest.raises(EntrezError, match="not in the cache"):
            made.search("enalapril")
    found = list(fetch(pmids[:3], cache=cache, offline=True))
    assert found == documents[:3]
    with pytest.raises(ConfigError, match="choose one"):
        client(server, cache, offline=True, refresh=True).__enter__()


def test_a_damaged_entry_of_the_cache_is_asked_for_again(few, cache):
    import sqlite3

    with EutilsServer(few) as server:
        with client(server, cache) as made:
            all_of(made, [few[0].pmid, few[1].pmid])
        connection = sqlite3.connect(cache)
        connection.execute(
            "UPDATE records SET raw = x'00' WHERE number = ?", (few[0].pmid,)
        )
        connection.commit()
        connection.close()
        with client(server, cache) as made:
            documents, failures = all_of(made, [few[0].pmid, few[1].pmid])
        assert (len(documents), failures) == (2, {})
        assert server.served == {few[0].pmid: 2, few[1].pmid: 1}


def test_a_cache_too_small_for_a_batch_loses_nothing(few, cache):
    with (
        EutilsServer(few) as server,
        client(server, cache, max_cache_bytes=20_000) as made,
    ):
        documents, failures = all_of(made, [record.pmid for record in few])
        assert (len(documents), failures) == (450, {})


# -- the limit of all processes -------------------------------------------------------

_FETCH = """
import sys
from kgbuild.pubmed import EntrezClient, EntrezSettings
url, key, cache, first, last = sys.argv[1:]
settings = EntrezSettings(
    email="me@example.org", api_key=key or None, base_url=url, batch_size=5, workers=6,
    cache=cache,
)
with EntrezClient(settings) as client:
    pmids = [10_000_000 + 7 * n for n in range(int(first), int(last))]
    print(sum(1 for _ in client.documents(pmids)))
"""


@pytest.mark.parametrize(("key", "limit", "count"), [("key", 10, 100), ("", 3, 25)])
def test_two_processes_keep_one_limit(few, tmp_path, key, limit, count):
    """By the server's log, which also answers 429 above the limit."""
    with EutilsServer(few, enforce=True) as server:
        running = [
            subprocess.Popen(
                [sys.executable, "-c", _FETCH, server.url, key,
                 str(tmp_path / f"{first}.sqlite"), str(first), str(first + count)],
                stdout=subprocess.PIPE, text=True,
            )
            for first in (0, 200)
        ]  # fmt: skip
        results = [process.communicate(timeout=300)[0] for process in running]
    assert results == [f"{count}\n"] * 2
    assert server.most_in_a_second() <= limit
    assert server.faults_met.total() == 0
    assert {r.parameters.get("api_key", "") for r in server.log} == {key}
    # And the limit is used, not only kept.
    times = sorted(request.time for request in server.log)
    assert len(times) / (times[-1] - times[0]) > limit / 4


# -- full text ------------------------------------------------------------------------


def test_full_text_where_it_is_open(cache):
    def article(number: int, body: str) -> bytes:
        return (
            "<article><front><article-meta><article-id pub-id-type='pmc'>"
            f"{number}</article-id><title-group><article-title>T</article-title>"
            f"</title-group></article-meta></front>{body}</article>"
        ).encode()

    section = "<sec sec-type='methods'><title>M</title><p>We <i>did</i>.</p></sec>"
    body = f"<body>{section}</body>"
    records = [
        make_record(1, title="Open", abstract="A.", pmcid=11),
        make_record(2, title="Closed", abstract="A.", pmcid=12),
        make_record(3, title="Gone", abstract="A.", pmcid=13),
        make_record(4, title="Elsewhere", abstract="A."),
    ]
    articles = {11: article(11, body), 12: article(12, "")}
    with (
        EutilsServer(records, articles=articles) as server,
        client(server, cache) as made,
    ):
        documents, failures = all_of(made, [1, 2, 3, 4], full_text=True)
        assert not failures
        assert [d.metadata["full_text"] for d in documents] == [
            "pmc",
            "PMC holds no open full text",
            "PMC does not have this article (The following PMCID is not available).",
            "not in PMC",
        ]
        assert [(p.section, p.text) for p in documents[0].passages] == [
            ("title", "Open"), ("abstract", "A."), ("METHODS", "M"),
            ("METHODS", "We did."),
        ]  # fmt: skip
        assert len(documents[1].passages) == 2
        asked = len(server.log)
        again, _ = all_of(made, [1], full_text=True)
        assert again == documents[:1]
        assert len(server.log) == asked


# -- the function ---------------------------------------------------------------------


def test_fetch_streams_documents_of_a_query(few, cache):
    with EutilsServer(few) as server:
        found = fetch("captopril", cache=cache, settings=settings(server))
        assert not server.log  # nothing happens before the first is asked for
        first = next(found)
        rest = list(found)
    assert [d.id for d in (first, *rest)] == expected(few)


def test_fetch_takes_pmids_in_any_form(few, cache):
    pmid = few[0].pmid
    with EutilsServer(few) as server:
        for given in (pmid, [pmid], [str(pmid)], iter([f"PMID: {pmid}"])):
            found = list(fetch(given, cache=cache, settings=settings(server)))
            assert [document.id for document in found] == [str(pmid)]
        pmids = [record.pmid for record in few]
        some = fetch(pmids, limit=2, cache=cache, settings=settings(server))
        assert len(list(some)) == 2
        for bad in (["x"], [0], [2**33], ["-1"]):
            with pytest.raises(ConfigError, match="A PMID is a number"):
                list(fetch(bad, cache=cache, settings=settings(server)))
        with pytest.raises(ConfigError, match="since and until are for queries"):
            list(fetch([1], since=2020, cache=cache, settings=settings(server)))


def test_fetch_says_what_could_not_be_had(few, cache):
    wanted = [5, few[0].pmid]
    with EutilsServer(few) as server:
        options: dict[str, Any] = {"cache": cache, "settings": settings(server)}
        with pytest.warns(UserWarning, match="1 PMIDs could not be fetched .5: PubMed"):
            assert len(list(fetch(wanted, **options))) == 1
        with pytest.raises(EntrezError, match="PMID 5 cannot be fetched"):
            list(fetch(wanted, on_error="raise", **options))
        failures: list[DocumentFailure] = []
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(list(fetch(wanted, on_error=failures.append, **options))) == 1
        assert [failure.document_id for failure in failures] == ["5"]
        with pytest.raises(ConfigError, match="on_error must be"):
            fetch(wanted, on_error="skip", **options)  # type: ignore[arg-type]


# -- the server itself ----------------------------------------------------------------


def test_the_server_answers_as_eutils_do(few):
    """Shapes of real answers: see efetch, epost and esearch of Biopython's tests."""
    import httpx2

    with EutilsServer(few) as server:

        def get(utility: str, **asked: Any) -> httpx2.Response:
            return httpx2.get(
                f"{server.url}{utility}.fcgi", params=asked, trust_env=False
            )

        body = get("esearch", db="pubmed", term="captopril", usehistory="y").text
        assert "<Count>450</Count><RetMax>20</RetMax><RetStart>0</RetStart>" in body
        assert body.count("<Id>") == 20
        assert "<WebEnv>MCID_" in body
        assert "<QueryKey>1</QueryKey>" in body
        late = get("esearch", db="pubmed", term="captopril", retstart=9999).text
        assert "'retstart' cannot be larger than 9998" in late
        dated = get("esearch", term="captopril", mindate="1995/01/01",
                    maxdate="1995/12/31", datetype="pdat", retmax=0).text  # fmt: skip
        in_1995 = sum(record.dates["pdat"].year == 1995 for record in few)
        assert f"<Count>{in_1995}</Count>" in dated
        phrase = server.search('"heart failure"[tiab] NOT (cough OR angioedema)')
        assert 0 < len(phrase) < 450
        assert get("efetch", db="pubmed", WebEnv="x", query_key="1").text.count("ERROR")
        assert get("efetch", db="pubmed", id="x").status_code == 400
        assert get("nothing").status_code == 404
        assert Counter(r.method for r in server.log)["GET"] == 6
