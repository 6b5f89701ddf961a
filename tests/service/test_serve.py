"""``kgbuild serve`` as a process: started, asked, stopped, killed."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx2
import pytest
from eutils_server import EutilsServer, make_record
from running_service import raw

from kgbuild.store import open_store


@pytest.fixture
def serve(tmp_path):
    """Start ``kgbuild serve``; return the process and its address."""
    started = []

    def start(*words):
        run = "from kgbuild.cli import main; main()"
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", run, "serve", "--port", "0", *map(str, words)],
                stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        started.append(process)
        line = process.stdout.readline()
        address = re.search(r"http://\S+:\d+", line)
        return process, address.group() if address else None

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_it_answers_logs_and_ends_well(serve, tmp_path):
    process, address = serve()
    assert b"400" in raw(address.rstrip("/"), b"no HTTP\r\n\r\n")
    answer = httpx2.post(f"{address}/plain", json={"text": "ACE in mice."}, timeout=120)
    assert answer.json()["annotations"]
    asked = threading.Thread(
        target=lambda: answers.append(
            httpx2.post(f"{address}/plain", json={"text": "ACE. " * 4000}, timeout=120)
        )
    )
    answers = []
    asked.start()
    while httpx2.get(f"{address}/health").json()["waiting"] == 0 and asked.is_alive():
        if time.sleep(0.01) or (tmp_path / "log").stat().st_size > 2000:
            break
    process.send_signal(signal.SIGTERM)
    asked.join(120)
    assert answers[0].status_code == 200  # what came in before is answered
    assert process.wait(60) == 0
    assert "stopped" in process.stdout.read()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert {"/plain", "/health"} <= {line.get("route") for line in lines}
    (other,) = [line for line in lines if "route" not in line]
    assert other["message"] == "Invalid HTTP request received."


def test_killed_in_the_middle_nothing_that_was_answered_is_lost(
    serve, tmp_path, monkeypatch
):
    records = [
        make_record(i, title=f"Losartan {i}.", abstract="AGTR1.") for i in range(1, 400)
    ]
    with EutilsServer(records) as server:
        monkeypatch.setenv("KGBUILD_EUTILS_URL", server.url)
        monkeypatch.setenv("NCBI_EMAIL", "me@example.org")
        process, address = serve("--store", tmp_path / "a.db")
        answered = []

        def ask(first):
            for pmid in range(first, first + 100):
                try:
                    entry = httpx2.get(f"{address}/pubmed/{pmid}", timeout=60).json()[0]
                except httpx2.HTTPError:
                    return
                if entry["annotations"]:
                    answered.append(entry["pmid"])

        askers = [threading.Thread(target=ask, args=(n,)) for n in (1, 101, 201)]
        for asker in askers:
            asker.start()
        while len(answered) < 15:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        for asker in askers:
            asker.join(60)
    with open_store(tmp_path / "a.db") as store:
        assert store.missing(answered) == []
        assert len(list(store)) == len(store)


def test_what_cannot_be_started_says_why(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words, said in (
            (["--host", "0.0.0.0"], "set a token"),
            (["--run", tmp_path / "none"], "none"),
            (["--port", port], "cannot be listened on"),
        ):
            process, address = serve(*words)
            assert address is None
            assert process.wait(60) == 2
            assert said in (tmp_path / "log").read_text()
