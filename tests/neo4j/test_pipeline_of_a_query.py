"""pipelines/query.toml as it ships, from PubMed's stand-in to a real Neo4j."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest
from eutils_server import EutilsServer, small_records

from kgbuild import cli
from kgbuild.graph import KnowledgeGraph

pytestmark = pytest.mark.neo4j

PIPELINE = Path(__file__).resolve().parents[2] / "pipelines" / "query.toml"


@pytest.fixture
def kgbuild(monkeypatch, tmp_path, neo4j_empty, capsys):
    """Run the command line in a folder with a copy of the pipeline."""
    shutil.copy(PIPELINE, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NCBI_EMAIL", "me@example.org")
    for name, value in (
        ("URI", neo4j_empty.uri),
        ("USERNAME", neo4j_empty.user),
        ("PASSWORD", neo4j_empty.password),
    ):
        monkeypatch.setenv(f"NEO4J_{name}", value)

    def call(server, *words):
        monkeypatch.setenv("KGBUILD_EUTILS_URL", server.url)
        options = ["--set", "fetch.requests_per_second=500"]
        monkeypatch.setattr(
            sys, "argv", ["kgbuild", "run", "query.toml", *options, *words]
        )
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call


def test_a_query_becomes_a_database_and_new_papers_join(kgbuild, neo4j_empty):
    word = "angiotensin-converting enzyme inhibitors"
    records = small_records(120, word=word)
    hits = [r for r in records if "cough" in r.words]
    assert 10 < len(hits) < 60
    with EutilsServer(r for r in records if r is not hits[3]) as server:
        code, out, err = kgbuild(server)
        assert (code, err) == (0, "")
        assert f"{len(hits) - 1} documents" in out
        assert "reused" not in out
        server.records[hits[3].pmid] = hits[3]
        served = server.served.copy()
        code, out, _ = kgbuild(server)
        assert code == 0
        assert f"{len(hits) - 1} documents as they were, 1 document worked on" in out
        assert server.served - served == {hits[3].pmid: 1}
        graph = KnowledgeGraph.load("out/query")
        with neo4j_empty.store() as store:
            assert store.check(graph).complete
            assert store.counts()["associations"] == len(graph) > 0
            assert store.counts()["documents"] > 0
            titles = store.query("MATCH (d:Document) RETURN d.title AS title")
            assert titles["title"].null_count() == 0
        # Another option of the graph: what the new one lacks goes from the database.
        code, out, _ = kgbuild(server, "--set", "graph.min_documents=5")
        assert code == 0
        fewer = KnowledgeGraph.load("out/query")
        assert 0 < len(fewer) < len(graph)
        with neo4j_empty.store() as store:
            assert store.counts()["associations"] == len(fewer)
    assert {"Chemical", "Disease"} <= {*graph.concepts["type"].cast(pl.String)}
    record = json.loads(Path("out/query/run.json").read_text("utf-8"))
    assert "me@example.org" not in json.dumps(record)
    assert record["input"]["query"].endswith("AND cough")
    assert record["neo4j"]["associations"] == len(fewer)


def test_a_database_that_is_not_there_is_told_before_the_work(
    kgbuild, monkeypatch, neo4j_empty
):
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    with EutilsServer(small_records(3)) as server:
        code, _, err = kgbuild(server)
        assert code == 2
        assert len(err.strip().splitlines()) == 1
        assert "bolt://127.0.0.1:9" in err
        assert not server.log
    assert not Path("out").exists()
