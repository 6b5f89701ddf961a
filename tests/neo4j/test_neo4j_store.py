"""Against a real Neo4j server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import command_line
import numpy as np
import polars as pl
import pytest
from graphs import NASTY, Address, made_graph

from kgbuild.errors import ConfigError, ValidationError
from kgbuild.graph import build_graph, find_problems
from kgbuild.neo4j import loading
from kgbuild.neo4j.loading import Writers, edge_cells, merge_batch
from kgbuild.neo4j.store import Neo4jError, Neo4jStore

pytestmark = pytest.mark.neo4j

COMMAND = [
    sys.executable, "-c", "from kgbuild.cli import main; main()", "neo4j",
]  # fmt: skip
QUERIES = sorted(Path(__file__).parents[2].glob("neo4j/queries/*.cypher"))


def loader(folder: Path, address: Address, *more: str) -> subprocess.Popen[str]:
    """Start `kgbuild neo4j load` in a process of its own."""
    environment = {
        **os.environ,
        "NEO4J_URI": address.uri,
        "NEO4J_USERNAME": address.user,
        "NEO4J_PASSWORD": address.password,
    }
    return subprocess.Popen(
        [*COMMAND, "load", str(folder), *more],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("level", ["sentence", "window", "document"])
def test_a_graph_comes_back_as_it_went(neo4j_empty, documents, level):
    graph = build_graph(documents, level=level, provenance={"model": "m1"})
    with neo4j_empty.store() as store:
        done = store.load(graph)
        assert (done.concepts, done.associations) == (
            graph.concepts.height,
            len(graph),
        )
        back = store.read()
    assert back.equals(graph)
    assert (back.provenance, back.settings, back.counts) == (
        graph.provenance,
        graph.settings,
        graph.counts,
    )
    assert find_problems(back, documents=documents) == []


def test_loading_again_changes_nothing(neo4j_empty, documents):
    graph = build_graph(documents)
    with neo4j_empty.store() as store:
        store.load(graph, documents=True)
        once = store.counts()
        store.load(graph, documents=True, writers=4, batch_size=3)
        assert store.counts() == once
        assert store.read().equals(graph)
    assert once["documents"] > 10
    assert once["runs"] == 1


def test_a_later_load_replaces_values_and_keeps_the_rest(neo4j_empty, documents):
    first, both = build_graph(documents[:30]), build_graph(documents)
    with neo4j_empty.store() as store:
        store.load(first)
        difference = store.check(both)
        assert difference.missing_associations > 0
        assert difference.changed_associations > 0
        assert not difference.complete
        store.load(both)
        assert store.check(both).complete
        assert store.check(first).missing_associations == 0
        assert set(store.read().provenance) == {"kgbuild", "ranking"}


def test_hostile_names_arrive_as_plain_text(neo4j_empty, documents):
    graph = build_graph(documents)
    n = graph.concepts.height
    names = [NASTY[i % len(NASTY)] for i in range(n)]
    graph = replace(
        graph,
        concepts=graph.concepts.with_columns(
            pl.Series("name", names), pl.Series("synonyms", [[x] for x in names])
        ),
    )
    with neo4j_empty.store() as store:
        store.load(graph)
        assert store.read().equals(graph)
        for name in NASTY:
            store.search(name)
        assert store.counts()["concepts"] == n


def test_types_of_ones_own_become_no_cypher(neo4j_empty, documents):
    graph = build_graph(documents)
    evil = "Gene`) DETACH DELETE n //"
    types = [evil, *graph.concepts["type"].cast(pl.String)[1:]]
    own = replace(graph, concepts=graph.concepts.with_columns(pl.Series("type", types)))
    with neo4j_empty.store() as store:
        store.load(own)
        assert store.read().equals(own)
        labels = store._driver.execute_query("MATCH (n:Concept) RETURN labels(n) AS l")
        found = {label for record in labels.records for label in record["l"]}
    assert found <= {"Concept", "Kgbuild", "Gene", "Disease", "Chemical", "Species"}


def test_predicates_outside_the_closed_set_are_properties(neo4j_empty, documents):
    graph = build_graph(documents)
    other = replace(
        graph,
        associations=graph.associations.with_columns(
            predicate=pl.lit("X]->() DELETE r //")
        ),
    )
    with neo4j_empty.store() as store:
        for _ in range(2):
            store.load(other)
            assert store.read().equals(other)
        kinds = store.query("MATCH ()-[r]->() RETURN DISTINCT type(r) AS kind")
        assert kinds["kind"].to_list() == ["STATEMENT"]


def test_an_endless_id_is_refused_before_anything_is_written(neo4j_empty, documents):
    graph = build_graph(documents)
    ids = [*graph.concepts["concept_id"][:-1], "tmvar:" + "x" * 9_000]
    endless = replace(
        graph,
        concepts=graph.concepts.with_columns(pl.Series("concept_id", ids)),
        associations=graph.associations.clear(),
    )
    with neo4j_empty.store() as store:
        with pytest.raises(ValidationError, match="ids of up to 4000 bytes"):
            store.load(endless)
        assert store.counts()["concepts"] == 0


def test_names_are_found_by_words(neo4j_empty, documents):
    with neo4j_empty.store() as store:
        store.load(build_graph(documents))
        found = store.search("captopril")
        assert set(found["concept_id"]) == {"mesh:D002216"}
        # What only names several things together is no name of each of them.
        assert store.search("ovarian")["concept_id"].to_list() == ["mesh:D010051"]
        assert store.search("ACE")["concept_id"].to_list() == ["ncbigene:1636"]
        # What a vocabulary calls it, and no text of the graph does.
        assert store.search("SQ-14225")["concept_id"].to_list() == ["mesh:D002216"]
        assert store.search("high blood pressure")["concept_id"][0] == "mesh:D006973"
        for text in ("", "  ", "()", 'a"b', "AND OR NOT", "ACE~ [x TO y] \\", "*:*"):
            store.search(text)
        assert store.search("*:*").height == 0


def test_questions_in_cypher(neo4j_empty, documents):
    graph = build_graph(documents)
    with neo4j_empty.store() as store:
        store.load(graph)
        here = "MATCH (c:Concept) WHERE c.concept_id IN $ids RETURN "
        ids = ["ncbigene:1636", "mesh:D002216"]
        answer = store.query(
            here + "c.concept_id AS id, c.mentions * 1.0 AS n, c.types AS types, "
            "null AS nothing, date('2020-01-02') AS day ORDER BY id",
            ids=ids,
        )
        expected = graph.concepts.filter(pl.col("concept_id").is_in(ids))
        assert answer["id"].to_list() == sorted(ids)
        assert answer["n"].to_list() == expected["mentions"].to_list()
        assert answer["types"].to_list() == [["Chemical"], ["Gene"]]
        assert answer["nothing"].to_list() == [None, None]
        assert answer["day"].to_list() == [date(2020, 1, 2)] * 2
        nodes = store.query(here + "c ORDER BY c.concept_id", ids=ids)["c"]
        assert nodes.struct.field("name").to_list() == expected["name"].to_list()
        assert store.query(here + "c.name AS name", ids=[]).rows() == []
        # What comes as a parameter is no Cypher, and nothing can be written.
        assert not store.query(here + "c", ids=["x'] DETACH DELETE c //"]).height
        for wrong in (
            "MATCH (n) DETACH DELETE n",
            "CREATE (n:Concept {concept_id: 'x'}) RETURN n",
            "RETURN $missing",
            "no Cypher at all",
        ):
            with pytest.raises(Neo4jError, match="refused to answer a query"):
                store.query(wrong)
        assert store.check(graph).complete


def test_a_cell_of_ones_own_is_filled_without_looking(neo4j_empty):
    graph = made_graph(60, 160, seed=6)
    half = replace(graph, associations=graph.associations.slice(0, 80))
    cells = "MATCH (c:KgbuildCell) WHERE c.load <> '' RETURN DISTINCT c.load AS load"
    with neo4j_empty.store() as store:
        store.load(half, batch_size=2)
        (first,) = store.query(cells)["load"]
        assert first != "*"
        # A transaction that was committed, but whose answer got lost, comes again.
        batch = edge_cells(half.associations, 2, "run")[0][0]
        with store._session() as session:
            session.execute_write(merge_batch, batch, batch.parameters(), first, 0)
        assert store.counts()["associations"] == len(half)
        store.load(graph)
        assert store.counts()["associations"] == len(graph)
        assert "*" in store.query(cells)["load"].to_list()
        assert store.check(graph).complete
        store.clear()
        store.load(half)
        assert store.check(half).complete


def test_associations_of_another_origin_are_merged(neo4j_empty):
    graph = made_graph(60, 160, seed=7)
    with neo4j_empty.store() as store:
        store.load(graph)
        # As after an import, or a load by an earlier version.
        store._driver.execute_query("MATCH (c:KgbuildCell) DELETE c")
        store.load(graph)
        assert store.counts()["associations"] == len(graph)
        assert store.query("MATCH (c:KgbuildCell) RETURN DISTINCT c.load").rows() == [
            ("*",)
        ]


def test_constraints_come_before_data(neo4j_empty):
    with neo4j_empty.store() as store:
        store.prepare()
        store.prepare()
        found = store._driver.execute_query("SHOW CONSTRAINTS YIELD name")
        names = {record["name"] for record in found.records}
    own = {f"kgbuild_own_{what}" for what in ("concept", "document", "run")}
    assert own <= names


@pytest.mark.parametrize("writers", [1, 2, 4])
def test_no_two_writers_share_a_bucket(writers):
    graph = made_graph(200, 2_000, seed=1)
    cells = edge_cells(graph.associations, 50, "run")
    busy, most, written = [], 0, []
    lock = threading.Lock()

    def write(cell):
        nonlocal most
        buckets = {bucket for batch in cell for bucket in batch.buckets}
        with lock:
            assert buckets.isdisjoint(set().union(*busy))
            busy.append(buckets)
            most = max(most, len(busy))
        time.sleep(0.002)
        with lock:
            busy.remove(buckets)
            for batch in cell:
                parameters = batch.parameters()
                ends = np.diff(parameters["first"])
                sources = np.repeat(parameters["source"], ends).tolist()
                written.extend(zip(sources, parameters["target"], strict=True))

    with Writers(writers) as pool:
        assert sum(1 for _ in pool.each(write, cells)) == len(cells)
    assert most == writers
    assert sorted(written) == graph.associations.select("source", "target").rows()


def test_a_writer_that_fails_stops_the_load():
    graph = made_graph(200, 2_000, seed=1)
    cells, begun = edge_cells(graph.associations, 50, "run"), []

    def write(cell):
        begun.append(cell)
        raise ConnectionError

    with pytest.raises(ConnectionError), Writers(2) as pool:
        list(pool.each(write, cells))
    assert len(begun) < len(cells)


def test_after_an_error_writers_end_at_their_next_batch(neo4j_empty, monkeypatch):
    graph = made_graph(200, 1_500, seed=3)
    tried = []

    def merge(tx, batch, *rest):
        tried.append(batch)
        if len(tried) == 20:
            raise ValueError
        return merge_batch(tx, batch, *rest)

    with neo4j_empty.store() as store:
        store.load(replace(graph, associations=graph.associations.clear()))
        monkeypatch.setattr(loading, "merge_batch", merge)
        with pytest.raises(ValueError, match=r"^$"):
            store.load(graph, batch_size=2)
        assert len(tried) < 30  # of some 750
        monkeypatch.undo()
        store.load(graph)
        assert store.check(graph).complete


def test_a_killed_loader_is_completed_by_the_next(neo4j_empty, tmp_path):
    graph = made_graph(500, 5_000, seed=2)
    graph.save(tmp_path / "graph")
    with neo4j_empty.store() as store:
        for _ in range(5):
            process = loader(tmp_path / "graph", neo4j_empty, "--batch-size", "40")
            # Kill it once something of the associations is there.
            while process.poll() is None and not store.counts()["associations"]:
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            there = store.counts()["associations"]
            if 0 < there < len(graph):
                break
            store.clear()  # on a busy machine the kill may come too late
        assert 0 < there < len(graph)
        process = loader(tmp_path / "graph", neo4j_empty)
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        counts = store.counts()
        assert (counts["concepts"], counts["associations"]) == (500, len(graph))
        assert store.check(graph).complete


def test_four_loads_at_once_are_as_one(neo4j_empty, tmp_path):
    whole = made_graph(300, 3_000, seed=3)
    n = len(whole)
    parts = [whole.associations.slice(i * n // 8, n // 2) for i in range(5)][:4]
    for i, part in enumerate(parts):
        # Every part has all concepts and shares most associations with the next.
        replace(whole, associations=part).save(tmp_path / str(i))
    running = [
        loader(tmp_path / str(i), neo4j_empty, "--batch-size", "75", "--writers", "4")
        for i in range(4)
    ]
    for process in running:
        output, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        assert "300 concepts" in output
    union = pl.concat(parts).unique(["source", "target"])
    with neo4j_empty.store() as store:
        counts = store.counts()
        assert (counts["concepts"], counts["associations"]) == (300, union.height)
        assert store.check(replace(whole, associations=union)).complete


# -- what goes wrong -------------------------------------------------------------------


def test_a_wrong_password_is_told(neo4j_address):
    with pytest.raises(Neo4jError, match="refuses the user name or password"):
        replace(neo4j_address, password="wrong").store()


def test_an_absent_server_is_told():
    with pytest.raises(Neo4jError, match="cannot be reached"):
        Neo4jStore("bolt://127.0.0.1:9", password="x", retry_s=1.0)


@pytest.mark.parametrize(
    ("uri", "password", "words"),
    [
        (None, "x", "Neo4j needs the address"),
        ("http://localhost:7474", "x", "Got 'http:.*, the address of its browser"),
        ("bolt://127.0.0.1:9", None, "Neo4j needs a password"),
        ("ftp://127.0.0.1", "x", "is like neo4j://localhost:7687. Got 'ftp:"),
    ],
)
def test_what_is_missing_is_asked_for(monkeypatch, uri, password, words):
    for name in ("NEO4J_URI", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match=words):
        Neo4jStore(uri, password=password)


def test_options_have_bounds(neo4j_empty, documents):
    with neo4j_empty.store() as store:
        for options in ({"writers": 0}, {"writers": 99}, {"batch_size": 0}):
            with pytest.raises(ConfigError, match="must be from 1 to"):
                store.load(build_graph(documents[:2]), **options)


def test_the_commands(neo4j_empty, documents, tmp_path, monkeypatch):
    graph = build_graph(documents)
    graph.save(tmp_path / "graph")
    monkeypatch.setenv("NEO4J_URI", neo4j_empty.uri)
    monkeypatch.setenv("NEO4J_USERNAME", neo4j_empty.user)
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_empty.password)
    run = partial(command_line.kgbuild, "neo4j")

    folder = str(tmp_path / "graph")
    before = run("check", folder)
    assert before.returncode == 1
    assert f"{len(graph):,} missing" in before.stdout
    loaded = run("load", folder, "--documents")
    assert loaded.returncode == 0, loaded.stderr
    assert run("check", folder).returncode == 0
    cleared = run("clear", "--yes")
    assert cleared.returncode == 0
    assert run("check", folder).returncode == 1
    missing = run("load", str(tmp_path / "nothing"))
    assert missing.returncode == 2
    assert "no such file" in missing.stderr
