"""Papers by PMID: from the store at once, the others fetched, annotated and kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
from command_line import kgbuild
from eutils_server import EutilsServer, make_record, small_records

import kgbuild as kg
from kgbuild.errors import ConfigError, InputError
from kgbuild.store import open_store


@pytest.fixture
def server():
    with EutilsServer(small_records(30)) as running:
        yield running


@pytest.fixture
def entrez(server, tmp_path):
    return {
        "email": "me@example.org", "base_url": server.url, "requests_per_second": 500,
        "cache": tmp_path / "entrez", "wait_initial_s": 0.01,
    }  # fmt: skip


def pmids(server):
    return sorted(server.records)


class Marker:
    """A stage whose version and behaviour the tests choose."""

    name = "marker"

    def __init__(self, version="1", fails=()):
        self.version, self.fails, self.seen = version, set(fails), []

    def __call__(self, document):
        self.seen.append(document.id)
        if document.id in self.fails:
            msg = "cannot"
            raise ValueError(msg)
        mention = kg.Mention(
            start=0, end=1, text=document.text[0], type="Gene", recognizer=self.version
        )
        return document.with_mentions([mention])


def test_the_first_time_is_fetched_and_the_second_is_not(server, entrez, tmp_path):
    ids = pmids(server)[:5]
    place, stage = tmp_path / "a.db", Marker()
    first = kg.annotate(pmids=ids, store=place, pipeline=[stage], entrez=entrez)
    asked = len(server.log)
    assert [d.id for d in first] == [str(i) for i in ids] == stage.seen
    # Neither the network nor an e-mail address is needed for what is there.
    second = kg.annotate(pmids=ids[::-1], store=place, pipeline=[stage])
    assert list(second) == list(first)[::-1]
    assert (len(server.log), stage.seen) == (asked, [str(i) for i in ids])
    more = kg.annotate(
        pmids=[*ids, *pmids(server)[5:7], ids[0]], store=place, pipeline=[stage],
        entrez=entrez,
    )  # fmt: skip
    assert [d.id for d in more] == [str(i) for i in pmids(server)[:7]]
    assert stage.seen[5:] == [str(i) for i in pmids(server)[5:7]]
    assert list(kg.annotate(pmids=ids, pipeline=[stage], entrez=entrez)) == list(first)


def test_outdated_ones_are_redone_when_asked(server, entrez, tmp_path):
    ids, place = pmids(server)[:3], tmp_path / "a.db"
    options = {"store": place, "entrez": entrez}
    kg.annotate(pmids=ids, pipeline=[Marker("1")], **options)
    with pytest.warns(UserWarning, match="3 of them were made by other versions"):
        as_it_was = kg.annotate(pmids=ids, pipeline=[Marker("2")], **options)
    assert {m.recognizer for d in as_it_was for m in d.mentions} == {"1"}
    redone = kg.annotate(
        pmids=ids, pipeline=[Marker("2")], redo_outdated=True, **options
    )
    assert {m.recognizer for d in redone for m in d.mentions} == {"2"}


def test_failures_are_told_and_tried_again(server, entrez, tmp_path):
    ids, place = pmids(server)[:3], tmp_path / "a.db"
    stage = Marker(fails=[str(ids[1])])
    options = {"store": place, "entrez": entrez, "pipeline": [stage]}
    corpus = kg.annotate(pmids=[*ids, 4_000_000], **options)
    assert [d.id for d in corpus] == [str(i) for i in ids]
    assert {(f.document_id, f.stage) for f in corpus.failures} == {
        ("4000000", "fetch"), (str(ids[1]), "marker"),
    }  # fmt: skip
    stage.fails.clear()
    corpus = kg.annotate(pmids=ids, **options)
    assert corpus.failures == []
    assert stage.seen == [*map(str, ids), str(ids[1])]


def test_other_types_are_not_answered_from_what_was_stored(server, entrez, tmp_path):
    options = {"pmids": pmids(server)[:1], "store": tmp_path / "a", "entrez": entrez}
    for types in (["Gene"], ["Disease", "Gene"], ["Gene", "Disease"]):
        assert len(kg.annotate(types=types, stages="recognize", **options)) == 1
    with open_store(tmp_path / "a") as store:
        assert len(store.tally()) == 2


def test_what_a_run_annotated_need_not_be_fetched(tmp_path):
    few = {"limit": 5}
    settings = kg.load_settings("quickstart.toml", output=tmp_path / "run", run=few)
    kg.run(settings)
    with open_store(tmp_path / "a.db") as store:
        store.import_run(tmp_path / "run")
        ids = list(store.ids())[:3]
    found = kg.annotate(pmids=ids, store=tmp_path / "a.db")
    assert [d.id for d in found] == ids
    assert found.failures == []


def test_options_that_do_not_go_together(tmp_path):
    with pytest.raises(ConfigError, match="documents or pmids, and not both"):
        kg.annotate("ACE", pmids=[1])
    with pytest.raises(ConfigError, match="are for pmids"):
        kg.annotate("ACE", store=tmp_path / "a.db")
    with pytest.raises(InputError, match="nothing to annotate"):
        kg.annotate()
    with pytest.raises(ConfigError, match="e-mail"):
        kg.annotate(pmids=[1], store=tmp_path / "a.db")


# -- the command line -----------------------------------------------------------------


@pytest.fixture
def asked(server, monkeypatch):
    monkeypatch.setenv("KGBUILD_EUTILS_URL", server.url)
    monkeypatch.setenv("NCBI_EMAIL", "me@example.org")
    return server


def test_a_list_of_pmids_to_a_store_and_a_file(asked, tmp_path):
    ids = pmids(asked)[:4]
    (tmp_path / "list.txt").write_text("".join(f"{i}\n" for i in [*ids, 4_000_000]))
    words = ["annotate", "--pmids", tmp_path / "list.txt", "--store", tmp_path / "a.db"]
    done = kgbuild(*words)
    assert done.returncode == 1
    assert done.stdout.startswith("0 documents from the store, 4 annotated\n")
    assert "failed: 4000000 in fetch" in done.stderr
    (tmp_path / "list.txt").write_text("".join(f"{i}\n" for i in ids))
    done = kgbuild(*words, "-o", tmp_path / "out.jsonl", "--offline")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("4 documents from the store, 0 annotated, written")
    written = list(kg.read(tmp_path / "out.jsonl"))
    assert [d.id for d in written] == [str(i) for i in ids]
    assert all(d.stage("normalize").state == "done" for d in written)
    done = kgbuild("store", "info", tmp_path / "a.db")
    assert done.stdout.startswith("4 documents, the latest of 2")
    assert "normalize rules" in done.stdout
    done = kgbuild("store", "export", tmp_path / "a.db", "-o", tmp_path / "o.pubtator")
    assert done.stdout.startswith("4 documents written")
    done = kgbuild("store", "info", tmp_path / "none.db")
    assert (done.returncode, (tmp_path / "none.db").exists()) == (2, False)
    done = kgbuild("annotate", "--pmids", tmp_path / "list.txt")
    assert (done.returncode, "Say where to write" in done.stderr) == (2, True)


@pytest.mark.slow
def test_killed_it_goes_on_from_what_it_kept(tmp_path, monkeypatch):
    records = [
        make_record(i, title=f"Losartan in trial {i}.", abstract="AGTR1 fell. " * 9)
        for i in range(1, 301)
    ]
    with EutilsServer(records) as server:
        monkeypatch.setenv("KGBUILD_EUTILS_URL", server.url)
        monkeypatch.setenv("NCBI_EMAIL", "me@example.org")
        (tmp_path / "list.txt").write_text("\n".join(map(str, range(1, 301))))
        words = [
            "annotate",
            "--pmids",
            tmp_path / "list.txt",
            "--store",
            tmp_path / "a",
        ]
        program = "from kgbuild.cli import main; main()"
        process = [sys.executable, "-c", program, *map(str, words)]
        with subprocess.Popen(process) as killed:
            kept = 0
            while not kept:
                time.sleep(0.1)
                assert killed.poll() is None, "it ended before anything was kept"
                if (tmp_path / "a").exists():
                    with open_store(tmp_path / "a") as store:
                        kept = len(store)
            killed.send_signal(signal.SIGKILL)
        with open_store(tmp_path / "a") as store:
            kept = len(store)
        assert 0 < kept < 300
        done = kgbuild(*words)
        assert done.stdout.startswith(
            f"{kept} documents from the store, {300 - kept} annotated\n"
        )
