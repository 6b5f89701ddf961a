"""Against a real Neo4j server."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import command_line
import numpy as np
import polars as pl
import pytest
from graphs import NASTY, Address, annotated, made_graph

import kgbuild
from kgbuild._io.paths import data_path
from kgbuild.document import Statement
from kgbuild.errors import ConfigError, ValidationError
from kgbuild.graph import build_graph, find_problems
from kgbuild.neo4j import loading
from kgbuild.neo4j.loading import Writers, edge_cells, merge_batch
from kgbuild.neo4j.server import QUICK, Neo4jServer, ServerError
from kgbuild.neo4j.store import Neo4jError, Neo4jStore

if TYPE_CHECKING:
    from kgbuild.pipeline import AnnotatedCorpus

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
        assert store.check(graph).complete
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
    graph = made_graph(200, 4_000, seed=3)
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
            store.load(graph, batch_size=5)
        assert len(tried) < 30  # of some 800
        monkeypatch.undo()
        store.load(graph)
        assert store.check(graph).complete


def test_a_killed_loader_is_completed_by_the_next(neo4j_empty, tmp_path):
    graph = made_graph(2_000, 12_000, seed=2)
    graph.save(tmp_path / "graph")
    luck = random.Random(4)
    partial = 0
    with neo4j_empty.store() as store:
        for _ in range(3):
            process = loader(tmp_path / "graph", neo4j_empty, "--batch-size", "200")
            # Kill it once something of the associations is there.
            deadline = time.monotonic() + 300
            before = store.counts()["associations"]
            while process.poll() is None and time.monotonic() < deadline:
                if store.counts()["associations"] > before:
                    break
                time.sleep(0.05)
            time.sleep(luck.uniform(0, 0.4))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            there = store.counts()["associations"]
            partial += 0 < there < len(graph)
            if there == len(graph):
                store.clear()
        assert partial >= 1
        process = loader(tmp_path / "graph", neo4j_empty)
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        counts = store.counts()
        assert (counts["concepts"], counts["associations"]) == (2_000, len(graph))
        assert store.check(graph).complete


def test_four_loads_at_once_are_as_one(neo4j_empty, tmp_path):
    whole = made_graph(300, 6_000, seed=3)
    n = len(whole)
    parts = [whole.associations.slice(i * n // 8, n // 2) for i in range(5)][:4]
    for i, part in enumerate(parts):
        # Every part has all concepts and shares most associations with the next.
        replace(whole, associations=part).save(tmp_path / str(i))
    running = [
        loader(tmp_path / str(i), neo4j_empty, "--batch-size", "150", "--writers", "4")
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
        for i in range(4):
            part = replace(whole, associations=parts[i])
            assert store.check(part).complete


def test_a_server_that_stops_is_told_and_a_rerun_completes(neo4j_address, tmp_path):
    if os.environ.get("NEO4J_URI"):
        pytest.skip("the server of NEO4J_URI is not ours to stop")
    graph = made_graph(1_000, 8_000, seed=5)
    home = tmp_path / "home"
    server = Neo4jServer(home, password="a-good-password", java_options=QUICK).start()
    address = Address(server.uri, server.password)
    try:
        with address.store(retry_s=2.0) as store:
            store.load(graph.filter(min_documents=8))
            before = store.counts()["associations"]

            import threading

            def stop_soon():
                while store.counts()["associations"] <= before:
                    time.sleep(0.02)
                server.stop(kill=True)

            killer = threading.Thread(target=stop_soon)
            killer.start()
            with pytest.raises(Neo4jError, match="start the server and do the same"):
                store.load(graph, batch_size=100)
            killer.join()
        server.start()
        with address.store() as store:
            there = store.counts()["associations"]
            assert 0 < there < len(graph)
            store.load(graph)
            assert store.check(graph).complete
            assert store.counts()["associations"] == len(graph)
    finally:
        server.stop()


def test_admin_import_has_the_same_counts(neo4j_address, documents, tmp_path):
    if os.environ.get("NEO4J_URI"):
        pytest.skip("neo4j-admin needs a server of our own")
    ends = {"subject": "ncbigene:1636", "object": "mesh:D002216"}
    stated = annotated("Captopril and ACE.", id="stated").with_statements(
        Statement(predicate=predicate, directed=directed, **ends)
        for predicate, directed in (("CID", True), ("own", True), ("Bind", False))
    )
    graph = build_graph([*documents, stated], level="document", edges="both")
    assert set(graph.associations["predicate"]) > {"CID", "own", "Bind"}
    names = [NASTY[i % len(NASTY)] for i in range(graph.concepts.height)]
    # The delimiter of lists is the one character that the encoding gives up.
    plain = [name.replace("\x1f", " ") for name in names]
    graph = replace(
        graph,
        concepts=graph.concepts.with_columns(
            pl.Series("name", names), pl.Series("synonyms", [[n] for n in plain])
        ),
    )
    graph.write(tmp_path / "csv", format="neo4j-csv")
    password = "--help $HOME 'x"  # any that is long enough will do
    server = Neo4jServer(tmp_path / "home", password=password, java_options=QUICK)
    told = server.import_csv(tmp_path / "csv")
    assert f"{len(graph)} relationships" in told
    try:
        server.start()
        with Address(server.uri, server.password).store() as store:
            assert store.check(graph).complete
            assert store.read().equals(graph)
            # A load on top finds everything there.
            store.load(graph)
            counts = store.counts()
        assert (counts["concepts"], counts["associations"], counts["runs"]) == (
            graph.concepts.height,
            len(graph),
            1,
        )
    finally:
        server.stop()


def test_a_failed_import_says_why(neo4j_address, tmp_path):
    if os.environ.get("NEO4J_URI"):
        pytest.skip("neo4j-admin needs a server of our own")
    for name in ("concepts.csv", "associations.csv", "runs.csv"):
        (tmp_path / name).write_text("no header at all\n")
    server = Neo4jServer(tmp_path / "home", password="a-good-password")
    with pytest.raises(ServerError, match="neo4j-admin database failed"):
        server.import_csv(tmp_path)


@pytest.fixture(scope="module")
def sample() -> AnnotatedCorpus:
    """The bundled corpus, as ``kgbuild run pipelines/quickstart.toml`` annotates it."""
    return kgbuild.annotate(kgbuild.read(data_path("sample/raas.xml")))


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_the_example_queries_answer_on_the_bundled_corpus(neo4j_empty, sample, path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// "), "the first line is the question"
    parameters = {
        name: value.strip("'") if value.startswith("'") else int(value)
        for name, value in re.findall(r"^// :param (\w+) => (.+)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\$(\w+)", text)) == set(parameters)
    statement = re.sub(r"^//.*\n", "", text, flags=re.MULTILINE).strip().rstrip(";")
    graph = build_graph(sample)
    with neo4j_empty.store() as store:
        store.load(graph, documents=sample.documents)
        answer = store.query(statement, **parameters)
    assert answer.height, "the query answers something as it stands"
    if "$words" in text:  # a name that no text has
        assert answer["name"][0] == "Myocardial Infarction"


def test_documents_and_their_sentences_can_be_read(neo4j_empty, sample):
    graph = build_graph(sample)
    with neo4j_empty.store() as store:
        store.load(graph, documents=sample.documents)
        nodes = store.query(
            "MATCH (d:Document) RETURN d.document_id AS document_id, d.title AS title, "
            "d.year AS year, d.journal AS journal, d.pmid AS pmid"
        )
        rows = sample.documents.select(nodes.columns)
        joined = nodes.join(rows, on="document_id", suffix="_table")
        assert joined.height == nodes.height > 20
        for column in ("title", "year", "journal", "pmid"):
            assert joined[column].to_list() == joined[f"{column}_table"].to_list()
        quotes = store.query(
            "MATCH ()-[r:CO_MENTION]-() UNWIND r.quotes AS quote RETURN DISTINCT quote"
        )["quote"]
        texts = dict(sample.documents.select("document_id", "text").iter_rows())
        for quote in quotes:
            sentence, _, document = quote.removesuffix(")").rpartition(" (")
            assert sentence.split(" […] ")[0] in texts[document]
        assert store.check(graph).complete
        # A load that knows less keeps what is known of the documents.
        store.load(graph, documents=True)
        nameless = "MATCH (d:Document) WHERE d.title IS NULL RETURN d"
        assert store.query(nameless).is_empty()


# -- what goes wrong -------------------------------------------------------------------


def test_a_wrong_password_is_told(neo4j_address):
    with pytest.raises(Neo4jError, match="refuses the user name or password"):
        replace(neo4j_address, password="wrong").store()


def test_a_short_password_is_refused(neo4j_address, tmp_path):
    with pytest.raises(ConfigError, match=r"8 characters or more\. Got 5"):
        Neo4jServer(tmp_path, password="short")


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


def test_serve_runs_until_it_is_told_to_stop(neo4j_address, documents, tmp_path):
    if os.environ.get("NEO4J_URI"):
        pytest.skip("serve starts a server of its own")
    graph = build_graph(documents)
    graph.save(tmp_path / "graph")
    process = subprocess.Popen(
        [
            *COMMAND, "serve", "--graph",
            str(tmp_path / "graph"), "--heap", "400",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        told = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
        address = Address(told["NEO4J_URI"], told["NEO4J_PASSWORD"])
        with address.store() as store:
            assert store.check(graph).complete
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    with pytest.raises(Neo4jError, match="cannot be reached"):
        address.store(retry_s=1.0)
    json.dumps(told)
