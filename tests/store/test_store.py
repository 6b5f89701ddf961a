from __future__ import annotations

import importlib
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import kgbuild as kg
from kgbuild.errors import (
    ConfigError,
    InputError,
    MissingExtraError,
    NotFoundError,
    ValidationError,
)
from kgbuild.store import open_store

V1, V2 = {"recognize": "small 1"}, {"recognize": "small 2"}


def paper(
    number: int, text: str = "Losartan blocks AGTR1 — β-arrestin 𝛼."
) -> kg.Document:
    mention = kg.Mention(start=0, end=8, text=text[:8], type="Chemical")
    return kg.Document.from_text(text, id=str(number)).with_mentions([mention])


def test_what_is_put_comes_back(store):
    papers = [paper(3), paper(1), paper(20)]
    assert store.put(papers, versions=V1) == 3
    assert store.get("20") == paper(20)
    assert store.get(["1", "2", "3"]) == {"1": paper(1), "3": paper(3)}
    assert store.missing(["4", "3", "5"]) == ["4", "5"]
    assert (len(store), "3" in store, "4" in store) == (3, True, False)
    assert sorted(store.ids()) == ["1", "20", "3"]
    assert {d.id for d in store} == {"1", "3", "20"}
    assert store.versions_of("3") == {**V1, "settings": "{}"}
    with pytest.raises(NotFoundError, match="no document with the id '4': annotate"):
        store.get("4")
    with pytest.raises(NotFoundError, match="no document with the id '4': annotate"):
        store.versions_of("4")


def test_other_versions_are_outdated_until_they_are_redone(store):
    store.put([paper(1), paper(2)], versions=V1)
    store.put([paper(3)], versions=V2)
    assert store.outdated(V1) == ["3"]
    assert sorted(store.outdated(V2)) == ["1", "2"]
    assert store.outdated(V2, ids=["2", "3", "9"]) == ["2"]
    assert store.outdated({**V2, "link": "1"}, ids=["3"]) == ["3"]
    store.put([paper(1, "Ramipril.")], versions=V2)
    assert store.outdated(V2) == ["2"]
    assert store.get("1").text == "Ramipril."
    assert store.tally() == [
        ({**V2, "settings": "{}"}, 2), ({**V1, "settings": "{}"}, 1),
    ]  # fmt: skip


def test_other_settings_are_other_annotations(store):
    genes, drugs = {"types": ["Gene"]}, {"types": ["Chemical"]}
    store.put([paper(1, "Losartan, for genes.")], versions=V1, settings=genes)
    assert store.missing(["1"], settings=drugs) == ["1"]
    store.put([paper(1, "Losartan, for drugs.")], versions=V1, settings=drugs)
    assert store.get("1", settings=genes).text == "Losartan, for genes."
    assert store.get("1").text == "Losartan, for drugs."  # the one stored last
    assert (len(store), len(list(store))) == (1, 1)
    assert store.outdated(V2, settings=genes) == ["1"]


def test_more_than_fit_in_one_question(store):
    count = 1203
    store.put(map(paper, range(1, count + 1)), versions=V1)
    ids = [str(i) for i in range(1, count + 3)]
    assert store.missing(ids) == ids[-2:]
    assert list(store.get(ids)) and len(store.get(ids)) == count
    assert len(list(store.ids())) == len(set(store.ids())) == count


def test_texts_that_are_no_unicode_come_back(store):
    odd = kg.Document.from_text("half \ud83d of a pair, NUL \0, \x1b", id="PMC:7 ü")
    store.put([odd], versions=V1)
    assert store.get("PMC:7 ü") == odd


@pytest.mark.parametrize("name", ["x" * 401, "a\0b", "\udc00"])
def test_an_id_that_is_no_key_is_refused_and_nothing_written(store, name):
    papers = [paper(1), kg.Document.from_text("ACE", id=name)]
    with pytest.raises(ValidationError, match="cannot be a key of a store"):
        store.put(papers, versions=V1)
    assert len(store) == 0


PUT_MANY = """
import sys
from kgbuild import Document
from kgbuild.store import open_store
first = int(sys.argv[2])
with open_store(sys.argv[1]) as store:
    for start in range(first, first + 60, 20):
        # Ids overlap with those of other processes.
        ids = map(str, range(start, start + 40))
        store.put((Document.from_text("ACE", id=i) for i in ids), versions={"v": "1"})
"""


def test_processes_and_threads_share_a_store(place):
    started = [
        subprocess.Popen([sys.executable, "-c", PUT_MANY, str(place), str(first)])
        for first in (1, 31, 61)
    ]
    assert [process.wait(timeout=300) for process in started] == [0, 0, 0]
    with open_store(place) as store, ThreadPoolExecutor(4) as threads:
        found = [*threads.map(lambda n: store.get(str(n)).id, range(1, 121))]
        assert found == [str(n) for n in range(1, 121)]
        assert len(store) == 140


@pytest.mark.parametrize("table", ["kgbuild_documents", "kgbuild_versions"])
def test_tables_that_another_makes_at_the_same_moment(tmp_path, table):
    sa = pytest.importorskip("sqlalchemy")
    sql = importlib.import_module("kgbuild.store.sql")
    made = sql._META.tables[table]
    other = sa.create_engine(f"sqlite:///{tmp_path}/other.db")

    def comes_first(target, connection, **rest):
        sql._META.create_all(other)
        met.append(target.name)

    met = []
    sa.event.listen(made, "before_create", comes_first, once=True)
    with open_store(f"sqlite:///{tmp_path}/other.db") as store:
        store.put([paper(1)], versions=V1)
        assert store.get("1").id == "1"
    assert met == [table]


WRITER = """
import sys
from kgbuild import Document
from kgbuild.store import open_store
with open_store(sys.argv[1]) as store:
    for n in range(1, 100000):
        ids = [f"{n}-{i}" for i in range(9)]
        texts = (Document.from_text(f"ACE {id}" * 50, id=id) for id in ids)
        store.put(texts, versions={"v": "1"})
        print(n, flush=True)
"""


def test_killed_while_writing_nothing_that_was_answered_is_lost(place):
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(place)],
            stdout=subprocess.PIPE, text=True,
        ) as writer:  # fmt: skip
            answered = [int(writer.stdout.readline()) for _ in range(20)]
            time.sleep(0.02)
            writer.send_signal(signal.SIGKILL)
            answered += [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        with open_store(place) as store:
            ids = [f"{n}-{i}" for n in answered for i in range(9)]
            assert store.missing(ids) == []
            # Batches are there whole or not at all.
            assert len(list(store)) == len(store)
            assert len(store) % 9 == 0


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A run over seven documents."""
    output = tmp_path_factory.mktemp("result") / "run"
    changes = {"limit": 7, "shard_size": 3}
    return kg.run(kg.load_settings("quickstart.toml", output=output, run=changes))


@pytest.fixture(scope="module")
def alone(result):
    """What is annotated where the same documents are not of a run."""
    return list(kg.annotate(list(kg.sample_corpus())[:7]))


def test_a_run_comes_in_and_files_go_out(store, result, alone, tmp_path):
    assert store.import_run(result.output) == 7
    ((versions, number),) = store.tally()
    assert number == 7
    assert versions["normalize"] == result.record["versions"]["normalize"]
    documents = {d.id: d for d in store}
    for document in alone:
        assert documents[document.id] == document
    out = tmp_path / "some.pubtator"
    names = sorted(documents)[:2]
    assert store.export(out, ids=names) == 2
    assert [d.id for d in kg.read(out)] == names
    with pytest.raises(InputError, match=r"run\.json"):
        store.import_run(tmp_path)
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(InputError, match="not what kgbuild run leaves"):
        store.import_run(tmp_path)


def test_what_is_no_store_is_refused(tmp_path):
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = other.read_bytes()
    with pytest.raises(ConfigError, match="is another SQLite file, not a store"):
        open_store(other)
    assert other.read_bytes() == before
    text = tmp_path / "text.db"
    text.write_text("no database at all" * 100)
    with pytest.raises(ConfigError, match=r"text\.db cannot be used"):
        open_store(text)
    with pytest.raises(InputError, match=r"none\.db"):
        open_store(tmp_path / "none.db", make=False)
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_store(text / "below.db")
    assert not (tmp_path / "none.db").exists()


def test_a_password_is_in_no_message():
    pytest.importorskip("psycopg")
    for url in (
        "postgresql://me:secret@127.0.0.1:1/none?connect_timeout=1",
        "post gres://me:secret@there/none",
        "nosuch://me:secret@there/none",
    ):
        with pytest.raises(ConfigError) as caught:
            open_store(url)
        assert "secret" not in str(caught.value)


def test_a_url_without_the_extra_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    monkeypatch.delitem(sys.modules, "kgbuild.store.sql", raising=False)
    with pytest.raises(MissingExtraError, match=r"kgbuild\[sql\]"):
        open_store("postgresql://there/none")


def test_a_damaged_document_is_named(tmp_path):
    with open_store(tmp_path / "a.db") as store:
        store.put([paper(1), paper(2)], versions=V1)
    connection = sqlite3.connect(tmp_path / "a.db")
    bomb = bytes.fromhex("28b52ffd") + b"\xe0" + b"\xff" * 8 + b"\0" * 20
    for body in (b"nothing", bomb):
        connection.execute(
            "UPDATE documents SET body = ? WHERE document_id='2'", (body,)
        )
        connection.commit()
        with open_store(tmp_path / "a.db") as store:
            assert store.get("1")
            with pytest.raises(InputError, match="document '2' is damaged"):
                store.get("2")
    connection.close()
    assert (tmp_path / "a.db").stat().st_size < 100_000
