"""A second run in a folder does only what is new, and ends with the same bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from quick_runs import bytes_of, corpus, pipeline, settings

from kgbuild.errors import ConfigError, InputError
from kgbuild.pipeline import (
    GraphSettings,
    load_settings,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@pytest.mark.parametrize(
    "later",
    [
        pytest.param([*range(1, 31), 40, 41], id="at the end"),
        pytest.param([0, *range(1, 20), 35, *range(20, 31)], id="in between"),
        pytest.param([*range(30, 0, -1)], id="in another order"),
        pytest.param([*range(5, 31), 77], id="some gone"),
    ],
)
def test_new_papers_join(tmp_path: Path, later: list[int]) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 31))
    run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    corpus(file, later)
    chain, tagger, identify = pipeline()
    again = run(settings(tmp_path / "out", file), pipeline=chain)
    new = [str(n) for n in later if n not in range(1, 31)]
    assert tagger.seen == identify.seen == new
    assert again.record["reused"] == {
        "whole": len(later) - len(new), "tagged": 0, "new": len(new),
    }  # fmt: skip
    run(settings(tmp_path / "fresh", file), pipeline=pipeline()[0])
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")


def test_another_vocabulary_leaves_the_mentions(tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 31))
    run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    corpus(file, range(31))
    for known in (1, 3):
        chain, tagger, identify = pipeline(known=known)
        again = run(settings(tmp_path / "out", file), pipeline=chain)
        assert tagger.seen == (["0"] if known == 1 else [])
        assert len(identify.seen) == 31
        assert again.record["reused"]["tagged"] == 31 - len(tagger.seen)
        fresh = settings(tmp_path / f"fresh{known}", file)
        run(fresh, pipeline=pipeline(known=known)[0])
        assert bytes_of(tmp_path / "out") == bytes_of(fresh.output)
    # What is of no use any more is gone.
    assert len([*(tmp_path / "out/.shards/states").iterdir()]) == 2


def test_another_tagger_begins_anew(tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 9))
    run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    chain, tagger, _ = pipeline(tag="2")
    assert run(settings(tmp_path / "out", file), pipeline=chain).record["reused"] == {
        "whole": 0, "tagged": 0, "new": 8,
    }  # fmt: skip
    assert len(tagger.seen) == 8


def test_other_options_of_the_graph_annotate_nothing(tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 9))
    run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    chain, tagger, identify = pipeline()
    chosen = replace(
        settings(tmp_path / "out", file), graph=GraphSettings(min_documents=9)
    )
    assert run(chosen, pipeline=chain).graph.associations.height == 0
    assert tagger.seen == identify.seen == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_exports_of_runs_that_did_not_finish_do_not_stay(
    tmp_path: Path, overwrite: bool
) -> None:
    """Files of an older graph beside the tables of a newer one."""
    out = tmp_path / "out"
    base = settings(out, corpus(tmp_path / "a.jsonl", range(1, 8)))

    def again(**graph: Any) -> None:
        changed = replace(base, graph=GraphSettings(**graph))
        run(changed, pipeline=pipeline()[0], overwrite=overwrite)

    again(exports=("graphml",))
    with pytest.raises(ConfigError, match="did you mean 'Disease'"):
        again(exports=("graphml",), type_pairs=(("Gene", "Dsease"),))
    # Stopped when the graph was written, and the report could not be.
    (out / "report.html").unlink()
    (out / "report.html" / "full").mkdir(parents=True)
    with pytest.raises(OSError, match=r"report\.html"):
        again(exports=("gexf",))
    shutil.rmtree(out / "report.html")
    assert {f.name for f in out.glob("graph.g*")} == {"graph.gexf"}
    again(exports=())
    assert not [*out.glob("graph.g*")]


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 20), ill=11)
    first = run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    assert [f.document_id for f in first.failures] == ["11"]
    chain, tagger, _ = pipeline()
    again = run(settings(tmp_path / "out", file), pipeline=chain)
    assert tagger.seen == ["11"]
    assert again.failures == first.failures


def test_a_stop_on_the_way_to_other_results_mixes_nothing(tmp_path: Path) -> None:
    """Stopped while shards are replaced, then run as it was at first."""
    file = corpus(tmp_path / "in.jsonl", range(1, 31))
    chosen = settings(tmp_path / "out", file)
    run(chosen, pipeline=pipeline()[0])
    before = bytes_of(chosen.output)

    def stopped(work: Callable[[Any], Any], shards: Iterable[Any]) -> Iterator[Any]:
        for _ in range(2):
            yield work(next(iter(shards)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(chosen, pipeline=pipeline(known=1)[0], executor=stopped)
    assert not (chosen.output / "run.json").exists()
    chain, tagger, _ = pipeline()
    run(chosen, pipeline=chain)
    assert tagger.seen == []
    assert bytes_of(chosen.output) == before


def test_a_folder_of_another_run_is_asked_for(tmp_path: Path) -> None:
    one, other = (
        corpus(tmp_path / name, range(1, 9)) for name in ("one.jsonl", "other.jsonl")
    )
    out = tmp_path / "out"
    run(settings(out, one), pipeline=pipeline()[0])
    before = bytes_of(out)
    with pytest.raises(ConfigError, match=r"one\.jsonl.*other\.jsonl.*--overwrite"):
        run(settings(out, other), pipeline=pipeline()[0])
    assert bytes_of(out) == before
    assert (out / "run.json").exists()
    # More files of the same run are welcome; a paper of several counts once.
    both = run(settings(out, one, other), pipeline=pipeline()[0])
    assert both.record["reused"]["whole"] == 8
    assert both.record["counts"]["documents"] == 8
    run(settings(out, other), pipeline=pipeline()[0], overwrite=True)
    corpus(tmp_path / "fresh.jsonl", range(1, 9))
    assert bytes_of(out) == before


def test_overwriting_takes_over_nothing_but_what_it_has_done(tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 31))
    chosen = settings(tmp_path / "out", file)
    run(chosen, pipeline=pipeline()[0])

    def stopped(work: Callable[[Any], Any], shards: Iterable[Any]) -> Iterator[Any]:
        yield work(next(iter(shards)))
        raise KeyboardInterrupt

    chain, tagger, _ = pipeline()
    with pytest.raises(KeyboardInterrupt):
        run(chosen, pipeline=chain, overwrite=True, executor=stopped)
    assert len(tagger.seen) == 8
    run(chosen, pipeline=chain, overwrite=True)
    assert len(tagger.seen) == 30
    run(chosen, pipeline=chain, overwrite=True)
    assert len(tagger.seen) == 60


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("damage", [Path.unlink, _cut, _flip])
@pytest.mark.parametrize(
    ("kept", "seen"),
    [
        ("mentions/part-00001.parquet", 0),
        ("documents/part-00001.parquet", 0),
        (".shards/states/*/*.zst", 8),
        (".shards/states/*/*.ids", 8),
        (".shards/00001.json", 0),
    ],
)
def test_what_is_damaged_is_made_again(
    tmp_path: Path, kept: str, seen: int, damage: Callable[[Path], None]
) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 31))
    chosen = settings(tmp_path / "out", file)
    run(chosen, pipeline=pipeline()[0])
    report = (chosen.output / "report.html").read_bytes()
    before = bytes_of(chosen.output)
    if "states" in kept:  # asked only where shards are not as they were
        for manifest in (chosen.output / ".shards").glob("0*.json"):
            manifest.unlink()
    names = sorted(chosen.output.glob(kept), key=lambda path: path.stem)
    for path in names[:2]:  # of the same shard, at both levels
        damage(path)
    chain, tagger, _ = pipeline()
    run(chosen, pipeline=chain)
    assert bytes_of(chosen.output) == before
    assert (chosen.output / "report.html").read_bytes() == report
    assert len(tagger.seen) <= seen
    again = pipeline()[0]
    assert run(chosen, pipeline=again).record["reused"]["whole"] == 30


def test_a_damaged_owner_is_told(tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 9))
    run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    (tmp_path / "out/.shards/owner").write_text("{")
    with pytest.raises(ConfigError, match=r"owner is damaged.*--overwrite"):
        run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    run(settings(tmp_path / "out", file), pipeline=pipeline()[0], overwrite=True)


def test_tables_of_somebody_else_are_asked_for(tmp_path: Path) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 9))
    (tmp_path / "out" / "documents").mkdir(parents=True)
    with pytest.raises(ConfigError, match="no run of this kgbuild wrote there"):
        run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    run(settings(tmp_path / "out", file), pipeline=pipeline()[0], overwrite=True)


def test_files_are_named_by_patterns(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name, numbers in (("b.jsonl", range(3, 5)), ("a.jsonl", range(1, 4))):
        corpus(tmp_path / "corpus" / name, numbers)
    (tmp_path / "corpus" / "c.csv").write_text("pmid,title\n9,ACE\n", "utf-8")
    (tmp_path / "run.toml").write_text('input = ["corpus/*.jsonl", "corpus/c.csv"]')
    chosen = load_settings(tmp_path / "run.toml", output=tmp_path / "out")
    done = run(chosen, pipeline=pipeline()[0])
    names = [each["path"].rpartition("/")[2] for each in done.record["input"]["files"]]
    assert names == ["a.jsonl", "b.jsonl", "c.csv"]
    texts = (tmp_path / "out" / ".shards" / "00000.json").read_text("utf-8")
    assert json.loads(texts)["documents"] == 5  # one stands in two files
    chosen = load_settings(
        tmp_path / "run.toml", input={"files": [str(tmp_path / "*.xml")]}
    )
    with pytest.raises(InputError, match="No file is called so"):
        run(chosen, pipeline=pipeline()[0])
    chosen = load_settings(tmp_path / "run.toml", input={"files": [str(tmp_path)]})
    with pytest.raises(InputError, match="holds no file pubmed"):
        run(chosen, pipeline=pipeline()[0])


def test_a_change_of_the_annotation_holds_for_the_tables_of_stages(
    tmp_path: Path,
) -> None:
    (tmp_path / "names.tsv").write_text("id\tname\nmesh:D1\tcough\n")
    (tmp_path / "run.toml").write_text(
        'input = "x"\n[[stages]]\nuse = "normalize"\nvocabulary = "names.tsv"\n'
        'linking = "precise"\n'
    )
    loaded = load_settings(tmp_path / "run.toml").annotation
    assert loaded.stages[0]["vocabulary"] == "names.tsv"
    changed = load_settings(
        tmp_path / "run.toml", annotation={"vocabulary": ["other.tsv"]}
    ).annotation
    assert changed.stages == ({"use": "normalize", "linking": "precise"},)
    assert [str(place) for place in changed.vocabulary] == ["other.tsv"]


@pytest.mark.parametrize("name", ["report.html", "run.json", "graph.json"])
def test_files_of_somebody_else_are_asked_for(tmp_path: Path, name: str) -> None:
    file = corpus(tmp_path / "in.jsonl", range(1, 9))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(ConfigError, match=rf"holds {name} that no run of this"):
        run(settings(tmp_path / "out", file), pipeline=pipeline()[0])
    assert (tmp_path / "out" / name).read_text() == "mine"
    run(settings(tmp_path / "out", file), pipeline=pipeline()[0], overwrite=True)
