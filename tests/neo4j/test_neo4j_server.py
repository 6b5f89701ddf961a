"""A server of one's own: its home, its ports, its password, what survives a crash."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import replace

import polars as pl
import pytest
from graphs import NASTY, Address, annotated, made_graph

from kgbuild.document import Statement
from kgbuild.errors import ConfigError
from kgbuild.graph import build_graph
from kgbuild.neo4j.server import QUICK, Neo4jServer, ServerError
from kgbuild.neo4j.store import Neo4jError

pytestmark = pytest.mark.neo4j

SERVE = [
    sys.executable, "-c", "from kgbuild.cli import main; main()", "neo4j", "serve",
]  # fmt: skip


@pytest.fixture
def stated(documents):
    """A graph with statements of all kinds and hostile names, for a bulk import."""
    ends = {"subject": "ncbigene:1636", "object": "mesh:D002216"}
    said = annotated("Captopril and ACE.", id="stated").with_statements(
        Statement(predicate=predicate, directed=directed, **ends)
        for predicate, directed in (("CID", True), ("own", True), ("Bind", False))
    )
    graph = build_graph([*documents, said], level="document", edges="both")
    assert set(graph.associations["predicate"]) > {"CID", "own", "Bind"}
    n = graph.concepts.height
    names = [NASTY[-1 - i % len(NASTY)] for i in range(n)]
    # The delimiter of lists is the one character that the encoding gives up.
    plain = [name.replace("\x1f", " ") for name in NASTY]
    return replace(
        graph,
        concepts=graph.concepts.with_columns(
            pl.Series("name", names), pl.Series("synonyms", [plain] * n)
        ),
    )


def test_a_home_from_its_import_to_its_end(neo4j_own, stated, tmp_path, monkeypatch):
    """One after the other: to start a server takes long."""
    home, password = tmp_path / "home", "--help $HOME 'x"  # any that is long enough
    stated.write(tmp_path / "csv", format="neo4j-csv")
    server = Neo4jServer(home, password=password, java_options=QUICK)
    told = server.import_csv(tmp_path / "csv")
    assert f"{len(stated)} relationships" in told
    graph = made_graph(300, 2_000, seed=5)
    try:
        server.start()
        assert (home / "password").stat().st_mode & 0o077 == 0
        _nobody_else_has_its_home_or_port(server, tmp_path)
        with Address(server.uri, password).store(retry_s=2.0) as store:
            _an_import_is_ours(store, stated)
            _a_crash_is_told(store, server, graph)
    finally:
        server.stop()

    # The next one knows the password; loading again completes what was broken off.
    graph.save(tmp_path / "graph")
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    process = subprocess.Popen(
        [*SERVE, "--home", str(home), "--graph", str(tmp_path / "graph"),
         "--heap", "400"],
        env={**os.environ, "JDK_JAVA_OPTIONS": QUICK[0]},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        lines = [process.stdout.readline().strip() for _ in range(4)]
        printed = dict(line.split("=", 1) for line in lines[:3])
        assert printed["NEO4J_PASSWORD"] == password
        address = Address(printed["NEO4J_URI"], password)
        with address.store() as store:
            assert store.check(graph).complete
            assert store.counts()["associations"] == len(graph)
            assert store.counts()["others"] == 1, "what was there before the crash"
        with pytest.raises(Neo4jError, match="refuses the user name or password"):
            replace(address, password="another-password").store()
        with urllib.request.urlopen(lines[3].removeprefix("HTTP: ")) as answer:
            assert b"neo4j_version" in answer.read()
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    with pytest.raises(Neo4jError, match="cannot be reached"):
        address.store(retry_s=1.0)

    (home / "password").unlink()
    with pytest.raises(ConfigError, match="has a password, and kgbuild does not know"):
        Neo4jServer(home)


def _nobody_else_has_its_home_or_port(server, tmp_path):
    done = subprocess.run(
        [*SERVE, "--home", str(server.home)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("kgbuild: Another process of kgbuild is writing")
    assert done.stderr.count("\n") == 1
    with pytest.raises(ServerError, match=f"Port {server.bolt_port} cannot be use"):
        Neo4jServer(tmp_path / "two", bolt_port=server.bolt_port).start()


def _an_import_is_ours(store, graph):
    assert store.read().equals(graph)
    # A load on top finds everything there.
    store.load(graph)
    assert store.check(graph).complete
    assert store.counts() == {
        "concepts": graph.concepts.height, "associations": len(graph),
        "documents": 0, "runs": 1, "others": 0,
    }  # fmt: skip
    store.clear()
    assert not any(store.counts().values())


def _a_crash_is_told(store, server, graph):
    store._driver.execute_query("CREATE (:Note {text: 'mine'})")
    there = []

    def kill():
        with Address(server.uri, server.password).store() as other:
            while not there or not there[-1]:
                time.sleep(0.02)
                there.append(other.counts()["associations"])
            server.stop(kill=True)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(Neo4jError, match="start the server and do the same"):
        store.load(graph, batch_size=10)
    killer.join()
    assert 0 < there[-1] < len(graph)


def test_a_failed_import_says_why(neo4j_own, tmp_path):
    for name in ("concepts.csv", "associations.csv", "runs.csv"):
        (tmp_path / name).write_text("no header at all\n")
    server = Neo4jServer(tmp_path / "home", password="a-good-password")
    with pytest.raises(ServerError, match="neo4j-admin database failed"):
        server.import_csv(tmp_path)


def test_a_busy_port_is_told_at_once(neo4j_own, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for option in ("bolt_port", "http_port"):
            server = Neo4jServer(tmp_path / "home", **{option: port})
            with pytest.raises(ServerError, match=f"Port {port} cannot be used"):
                server.start()


def test_a_short_password_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"8 characters or more\. Got 5"):
        Neo4jServer(tmp_path, password="short")
