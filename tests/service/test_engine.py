from __future__ import annotations

import threading
import time

import pytest

import kgbuild as kg
from kgbuild.service.engine import AnnotatorError, BusyError, Engine


class Slow:
    """A stage that the tests hold up, break or send away."""

    name, version = "slow", "1"

    def __init__(self):
        self.batches, self.gate = [], threading.Event()
        self.gate.set()

    def __call__(self, document):
        return next(self.stream([document], batch_size=1))

    def stream(self, documents, *, batch_size):
        self.batches.append([d.id for d in documents])
        self.gate.wait(30)
        for document in documents:
            if "exit" in document.text:
                raise SystemExit(3)
            if "memory" in document.text:
                raise MemoryError
            if "fail" in document.text:
                msg = "cannot"
                raise ValueError(msg)
        yield from documents


@pytest.fixture
def stage():
    return Slow()


@pytest.fixture
def chain(stage):
    return kg.Pipeline([stage])


@pytest.fixture
def engine(stage):
    made = Engine(batch_size=4, waiting=10)
    yield made
    stage.gate.set()
    made.stop()


def docs(*texts):
    return [kg.Document.from_text(text, id=text) for text in texts]


def ids(futures):
    return [future.result(20).id for future in futures]


def held(stage, engine, chain, text="first"):
    """Begin a batch that is held up."""
    stage.gate.clear()
    futures = engine.submit(docs(text), chain)
    while not stage.batches:
        time.sleep(0.005)
    return futures


def test_what_gathers_while_one_batch_runs_is_the_next(stage, engine, chain):
    first = held(stage, engine, chain)
    others = [engine.submit(docs(f"a{i}", f"b{i}"), chain) for i in range(3)]
    stage.gate.set()
    assert ids(first) == ["first"]
    assert [ids(futures) for futures in others] == [
        [f"a{i}", f"b{i}"] for i in range(3)
    ]
    assert stage.batches == [["first"], ["a0", "b0", "a1", "b1"], ["a2", "b2"]]


def test_batches_are_of_one_pipeline(stage, engine, chain):
    other = kg.Pipeline([stage])
    first = held(stage, engine, chain)
    mixed = [*engine.submit(docs("a"), chain), *engine.submit(docs("b"), other)]
    mixed += engine.submit(docs("c"), chain)
    stage.gate.set()
    assert ids([*first, *mixed]) == ["first", "a", "b", "c"]
    assert stage.batches == [["first"], ["a", "c"], ["b"]]


def test_what_is_too_much_is_turned_away_with_a_time(stage, engine, chain):
    first = held(stage, engine, chain)
    kept = engine.submit(docs(*map(str, range(10))), chain)
    with pytest.raises(BusyError, match=r"ask again in \d+ s") as caught:
        engine.submit(docs("one more"), chain)
    assert caught.value.retry_after_s >= 1
    stage.gate.set()
    assert ids([*first, *kept]) == ["first", *map(str, range(10))]
    assert ids(engine.submit(docs("later"), chain)) == ["later"]


@pytest.mark.parametrize("fault", ["exit", "memory"])
def test_one_that_kills_the_annotator_fails_alone(stage, engine, chain, fault):
    held(stage, engine, chain)
    futures = engine.submit(docs("a", fault, "b"), chain)
    stage.gate.set()
    assert futures[0].result(20).id == "a"
    assert futures[2].result(20).id == "b"
    if fault == "exit":
        with pytest.raises(AnnotatorError, match=r"broke down .*\(SystemExit\)"):
            futures[1].result(20)
        assert engine.replaced >= 1
    else:
        assert futures[1].result(20).stage("slow").state == "failed"
    assert ids(engine.submit(docs("later"), chain)) == ["later"]


def test_one_that_fails_says_so_and_the_others_do_not(engine, chain):
    found = [f.result(20) for f in engine.submit(docs("a", "fail", "b"), chain)]
    assert [d.stage("slow").state for d in found] == ["done", "failed", "done"]


def test_one_that_never_ends_is_left_behind(stage, chain):
    engine = Engine(batch_size=4, patience_s=0.05)
    stuck = held(stage, engine, chain)
    hold = stage.gate
    stage.gate = threading.Event()
    stage.gate.set()
    time.sleep(0.1)
    assert ids(engine.submit(docs("next"), chain)) == ["next"]
    with pytest.raises(AnnotatorError, match="took too long"):
        stuck[0].result(0)
    hold.set()
    assert ids(engine.submit(docs("and on"), chain)) == ["and on"]
    engine.stop()


def test_what_was_given_up_is_not_annotated(stage, engine, chain):
    first = held(stage, engine, chain)
    given_up, wanted = engine.submit(docs("given up", "wanted"), chain)
    assert len(engine) == 2
    assert given_up.cancel()
    assert len(engine) == 1
    stage.gate.set()
    assert ids([*first, wanted]) == ["first", "wanted"]
    assert stage.batches == [["first"], ["wanted"]]


def test_stopping_finishes_what_waits(stage, engine, chain):
    first = held(stage, engine, chain)
    waiting = engine.submit(docs("a", "b"), chain)
    threading.Timer(0.1, stage.gate.set).start()
    engine.stop()
    assert ids([*first, *waiting]) == ["first", "a", "b"]
    with pytest.raises(BusyError):
        engine.submit(docs("late"), chain)
