"""``kgbuild fetch``: files, lists of failures, exit codes, and being killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from command_line import kgbuild
from eutils_server import EutilsServer, Faults, make_record, small_records

from kgbuild import corpus
from kgbuild.errors import ConfigError
from kgbuild.pubmed import fetch_file

if TYPE_CHECKING:
    from pathlib import Path

BAD_INPUT, SOME_FAILED = 2, 1


def fetch(server: EutilsServer, *words: str | Path) -> list[str]:
    options = ["--email", "me@example.org", "--requests-per-second", "500"]
    return ["fetch", *map(str, words), *options, "--base-url", server.url]


def process(server: EutilsServer, *words: str | Path) -> list[str]:
    program = "from kgbuild.cli import main; main()"
    return [sys.executable, "-c", program, *fetch(server, *words)]


def run(server: EutilsServer, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return kgbuild(*fetch(server, *words))


def beside(output: Path, what: str) -> Path:
    return output.with_name(f"{output.name}.{what}.jsonl")


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_query_to_a_file_and_back(tmp_path):
    records = [
        *small_records(30),
        make_record(5, title="Captopril without an abstract.", abstract=""),
    ]
    output = tmp_path / "out" / "corpus.jsonl.zst"
    with EutilsServer(records) as server:
        done = run(server, "captopril", "-o", output, "--cache", tmp_path / "c")
        assert (done.returncode, done.stderr) == (0, "")
        assert "31 documents written to" in done.stdout
        assert "PubMed counts 31 hits" in done.stdout
        documents = list(corpus.read(output))
        assert [d.id for d in documents] == sorted(
            (str(r.pmid) for r in records), key=int
        )
        assert [row["pmid"] for row in rows(beside(output, "no_abstract"))] == ["5"]
        assert not beside(output, "failed").exists()
        some = tmp_path / "some.pubtator"
        done = run(server, "captopril", "-o", some, "--since", "2010", "--limit", "3")
        assert done.returncode == 0
        assert len(list(corpus.read(some))) == 3


def test_what_cannot_be_had_is_listed_and_said_by_the_exit_code(tmp_path):
    records = small_records(40)
    faults = Faults(broken={records[7].pmid: "malformed"})
    output = tmp_path / "corpus.jsonl"
    listed = tmp_path / "pmids.txt"
    listed.write_text("\n".join(str(r.pmid) for r in records) + "\n77\n")
    options = ("--cache", tmp_path / "cache.sqlite")
    with EutilsServer(records, faults=faults) as server:
        done = run(server, "--pmids", listed, "-o", output, *options)
        assert done.returncode == SOME_FAILED
        assert "2 could not be fetched" in done.stderr
        assert len(list(corpus.read(output))) == 39
        failed = rows(beside(output, "failed"))
        assert [row["pmid"] for row in failed] == [str(records[7].pmid), "77"]
        assert "not well-formed" in failed[0]["reason"]
        assert "deleted or never given" in failed[1]["reason"]
        # The list can be given back; what works now is no longer on it.
        faults.broken.clear()
        again = tmp_path / "again.jsonl"
        done = run(server, "--pmids", beside(output, "failed"), "-o", again, *options)
        assert done.returncode == SOME_FAILED
        assert [d.id for d in corpus.read(again)] == [str(records[7].pmid)]
        assert [row["pmid"] for row in rows(beside(again, "failed"))] == ["77"]
        done = run(server, "captopril", "-o", output, *options)
        assert done.returncode == 0
        assert not beside(output, "failed").exists()
        assert server.served.total() < 100


def test_lists_of_others_stay_and_a_bad_line_refuses_nothing(tmp_path):
    records = small_records(5)
    theirs = tmp_path / "failed.jsonl"
    theirs.write_text("theirs\n")
    output = tmp_path / "corpus.jsonl"
    listed = "\n".join(f"PMID: {r.pmid}" for r in records)
    with EutilsServer(records) as server:
        options = ("--cache", str(tmp_path / "cache.sqlite"))
        done = run(server, "captopril", "-o", output, *options)
        assert done.returncode == 0
        assert theirs.read_text() == "theirs\n"
        done = subprocess.run(
            process(server, "--pmids", "-", "-o", "-", *options),
            input=f"{listed}\nnone\n", capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == SOME_FAILED
    assert "line 6: A PMID is a number such as 31462531. Got 'none'" in done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [
        str(r.pmid) for r in records
    ]
    assert {p.name for p in tmp_path.iterdir()} >= {"corpus.jsonl", "failed.jsonl"}


@pytest.mark.parametrize("theirs", ["theirs\n", '{"id": "1"}\n', "[1]\n", "3\n"])
@pytest.mark.parametrize("which", ["failed", "no_abstract"])
def test_a_file_where_a_list_would_be_is_asked_for(tmp_path, which, theirs):
    output = tmp_path / "corpus.jsonl"
    beside(output, which).write_text(theirs)
    with pytest.raises(ConfigError, match="no list of an earlier fetch, and one would"):
        fetch_file([1], output, email="me@example.org", base_url="http://127.0.0.1:1/")
    assert beside(output, which).read_text() == theirs
    assert not output.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "either a query or PMIDs"),
        (("q", "--pmids", "x"), "either a query or PMIDs"),
        (("q", "--since", "soon"), "A date must look like"),
        (
            ("q", "--date-type", "day"),
            "--date-type must be one of pdat, edat",
        ),
        (("q", "--to", "docx"), "docx"),
        (("q", "--base-url", "http://example.org/"), "plain http"),
        (("q", "--refresh", "--offline"), "choose one"),
        (("q", "--email", "me"), "e-mail address"),
        (("--pmids", "missing.txt"), "no such file"),
        (("q", "--limit", "0"), "--limit must be at least 1"),
        (("q", "--base-url", "http://127.0.0.1:1/", "--offline"), "not in the cache"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(
    words, message, tmp_path, capsys, monkeypatch
):
    from kgbuild import cli

    output = tmp_path / "corpus.jsonl"
    monkeypatch.setenv("NCBI_EMAIL", "me@example.org")
    monkeypatch.setattr(
        sys, "argv", ["kgbuild", "fetch", *words, "--output", str(output)]
    )
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == BAD_INPUT
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not output.exists()


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
def test_killed_five_times_the_corpus_is_the_same(tmp_path):
    """A twentieth of all answers faulty, killed while they come in.

    benchmarks/entrez.py does the same with 25,000 hits.
    """
    records = small_records(6_000)
    broken = {records[100].pmid: "malformed", records[5_000].pmid: "malformed"}
    words = ("captopril", "--api-key", "key")
    expected = tmp_path / "whole" / "corpus.jsonl.zst"
    with EutilsServer(records, faults=Faults(broken=broken)) as server:
        done = run(server, *words, "-o", expected, "--cache", tmp_path / "a.sqlite")
    assert done.returncode == SOME_FAILED, done.stderr
    output = tmp_path / "killed" / "corpus.jsonl.zst"
    kinds = ("429", "500", "cut", "cut-silently", "reset", "html", "short", "malformed")
    faults = Faults(rate=0.05, kinds=kinds, broken=broken, seed=4)
    cache = tmp_path / "b.sqlite"
    with EutilsServer(records, faults=faults) as server:
        for turn in range(5):
            before = server.counts()["efetch"]
            killed = subprocess.Popen(
                process(server, *words, "-o", output, "--cache", cache),
                stdout=subprocess.DEVNULL,
            )
            deadline = time.monotonic() + 300
            # At another moment of the work each time, requests under way. Three threads
            # send them: when a fourth has begun, the answer to one is in the cache.
            while server.counts()["efetch"] < before + 4 + turn % 2:
                assert killed.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.002)
            killed.send_signal(signal.SIGKILL)
            assert killed.wait(60) == -signal.SIGKILL
            assert not output.exists()
        served = server.served.total()
        assert served
        done = run(server, *words, "-o", output, "--cache", cache)
        assert done.returncode == SOME_FAILED, done.stderr
        # What was in the cache was not fetched again.
        assert server.served.total() - served < 5_000
    assert output.read_bytes() == expected.read_bytes()
    for name in ("failed", "no_abstract"):
        assert beside(expected, name).exists() == beside(output, name).exists()
    pmids = [
        [row["pmid"] for row in rows(beside(path, "failed"))]
        for path in (expected, output)
    ]
    assert pmids[0] == pmids[1] == [str(pmid) for pmid in sorted(broken)]
    assert sum(1 for _ in corpus.read(output)) == 5_998
