"""Whole runs on the bundled corpus, with the weights that ship."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kgbuild import corpus, pipeline, tables
from kgbuild._io.paths import data_path
from kgbuild.errors import ConfigError, InputError
from kgbuild.graph.statistics import figure
from kgbuild.pipeline import (
    AnnotationSettings,
    ExecutionSettings,
    GraphSettings,
    RunSettings,
    load_settings,
    run,
)
from kgbuild.pipeline.loading import parse_changes
from kgbuild.pipeline.summary import profile_text, summary_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SAMPLE = "bundled:sample/raas.xml"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> pipeline.RunResult:
    output = tmp_path_factory.mktemp("run") / "out"
    graph = GraphSettings(min_documents=2)
    return run(
        RunSettings(
            input=SAMPLE,
            output=output,
            run=ExecutionSettings(shard_size=16),
            graph=graph,
        )
    )


def _bytes(folder: Path) -> dict[str, bytes]:
    """Everything a run leaves that must not depend on how it went."""
    kept = [*folder.glob("*/*.parquet"), folder / "graph.graphml"]
    return {str(p.relative_to(folder)): p.read_bytes() for p in kept}


def test_everything_it_promises_is_there(finished: pipeline.RunResult) -> None:
    for name in ("documents", "mentions", "concepts", "associations"):
        frame = tables.read_table(finished.output / name, name=name)
        assert frame.height > 0
    for name in ("graph.graphml", "report.html", "run.json", "failed.jsonl"):
        assert (finished.output / name).exists()


def test_every_document_is_accounted_for(finished: pipeline.RunResult) -> None:
    n = data_path("sample/raas.xml").read_text("utf-8").count("<PubmedArticle>")
    record = json.loads((finished.output / "run.json").read_text("utf-8"))
    assert record["counts"]["documents"] + record["counts"]["not_read"] == n
    for states in record["stages"].values():
        assert sum(states.values()) == record["counts"]["documents"]
    assert record["complete"] is True
    documents = tables.read_table(finished.output / "documents", name="documents")
    states = documents["statuses"].explode().struct.unnest()
    assert states["stage"].to_list() == list(pipeline.STAGES) * n
    assert set(states["state"]) == {"done"}


def test_versions_say_what_made_it(finished: pipeline.RunResult) -> None:
    versions = finished.record["versions"]
    assert {"kgbuild", *pipeline.STAGES} <= set(versions)
    part = finished.output / "mentions" / "part-00000.parquet"
    assert tables.read_provenance(part)["recognize"] == versions["recognize"]


def test_mentions_stand_where_they_say(finished: pipeline.RunResult) -> None:
    documents = tables.read_table(finished.output / "documents", name="documents")
    mentions = tables.read_table(finished.output / "mentions", name="mentions")
    texts = dict(documents.select("document_id", "text").iter_rows())
    for row in mentions.iter_rows(named=True):
        assert texts[row["document_id"]][row["start"] : row["end"]] == row["text"]


def test_textbook_associations_are_found(finished: pipeline.RunResult) -> None:
    pairs = set(finished.graph.associations.select("source", "target").iter_rows())
    captopril, ace = "mesh:D002216", "ncbigene:1636"
    assert (captopril, ace) in pairs or (ace, captopril) in pairs


def test_shards_and_processes_change_nothing(
    finished: pipeline.RunResult, tmp_path: Path
) -> None:
    other = run(
        RunSettings(
            input=SAMPLE,
            output=tmp_path / "out",
            run=ExecutionSettings(shard_size=7, processes=2),
            graph=GraphSettings(min_documents=2),
        )
    )
    for name in ("documents", "mentions", "concepts", "associations"):
        mine = tables.read_table(finished.output / name, name=name)
        theirs = tables.read_table(other.output / name, name=name)
        assert mine.equals(theirs), name


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(
    finished: pipeline.RunResult, tmp_path: Path
) -> None:
    settings = RunSettings(
        input=SAMPLE, output=tmp_path / "out", run=ExecutionSettings(shard_size=16),
        graph=GraphSettings(min_documents=2),
    )  # fmt: skip

    def killed(work: Callable[[Any], Any], shards: Iterable[Any]) -> Iterator[Any]:
        yield work(next(iter(shards)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(settings, executor=killed)
    assert not (settings.output / "run.json").exists()
    result = run(settings)
    assert result.record["shards"]["found_finished"] == 1
    assert _bytes(settings.output) == _bytes(finished.output)


def test_a_second_run_with_other_settings_leaves_nothing_of_the_first(
    tmp_path: Path,
) -> None:
    settings = RunSettings(
        input=SAMPLE,
        output=tmp_path / "out",
        run=ExecutionSettings(shard_size=4, limit=14),
    )
    run(settings)
    assert len(list((settings.output / "mentions").iterdir())) == 4
    run(replace(settings, run=ExecutionSettings(shard_size=4, limit=6)))
    documents = tables.read_table(settings.output / "documents", name="documents")
    assert documents.height == 6
    assert len(list((settings.output / "mentions").iterdir())) == 2


def test_a_stage_that_is_switched_off_says_so(tmp_path: Path) -> None:
    settings = RunSettings(
        input=SAMPLE,
        output=tmp_path / "out",
        run=ExecutionSettings(limit=3),
        annotation=AnnotationSettings(stages=("recognize",)),
    )
    result = run(settings)
    assert result.record["stages"]["variants"] == {"skipped": 3}
    assert result.record["counts"]["linked_mentions"] == 0
    documents = tables.read_table(settings.output / "documents", name="documents")
    for statuses in documents["statuses"]:
        reasons = {s["stage"]: s["reason"] for s in statuses}
        assert reasons == dict.fromkeys(pipeline.STAGES, "switched off") | {
            "recognize": None
        }


def test_bad_documents_are_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = [
        json.dumps({"pmid": 1, "title": "ACE.", "abstract": "Captopril inhibits ACE."}),
        '{"pmid": 2, "title": ',
        json.dumps({"pmid": 4, "title": "Again.", "abstract": "Another id."}),
        json.dumps({"pmid": 3, "title": "AGTR1.", "abstract": "It is a receptor."}),
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(rows), "utf-8")
    result = run(RunSettings(input=str(source), output=tmp_path / "out"))
    failed = [
        json.loads(line)
        for line in (tmp_path / "out" / "failed.jsonl").read_text("utf-8").splitlines()
    ]
    counts = result.record["counts"]
    assert counts["documents"] + counts["not_read"] == len(rows)
    assert len(failed) == counts["not_read"] >= 1
    assert all(f["reason"] for f in failed)
    assert result.record["complete"] is False


def test_a_paper_of_several_inputs_is_annotated_and_counted_once(
    tmp_path: Path,
) -> None:
    texts = {1: "Captopril inhibits ACE.", 2: "Losartan blocks AGTR1."}
    for name, newer in (("one", 1), ("two", 2)):
        rows = [
            {"pmid": 31000000 + n, "title": text if n == 1 else f"{text} {newer}"}
            for n, text in texts.items()
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    file = tmp_path / "both.toml"
    file.write_text('input = ["one.jsonl", "two.jsonl"]\n[graph]\nlevel = "document"\n')
    settings = load_settings(file, output=tmp_path / "out")
    with pytest.warns(corpus.CorpusWarning, match=r"1 paper .*31000002"):
        result = run(settings)
    assert result.record["counts"]["documents"] == 2
    assert [Path(f["path"]).name for f in result.record["input"]["files"]] == [
        "one.jsonl", "two.jsonl",
    ]  # fmt: skip
    assert set(result.graph.associations["documents"]) == {1}
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<h1>Knowledge graph of one.jsonl and two.jsonl</h1>" in page
    table = tables.read_table(tmp_path / "out" / "documents", name="documents")
    assert sorted(table["text"].str.strip_chars()) == [texts[1], f"{texts[2]} 2"]


def test_no_document_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("\n", "utf-8")
    with pytest.raises(InputError):
        run(RunSettings(input=str(source), output=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('input = "x"\noutput = "y"\nshard_sise = 3', "shard_sise is not a known key"),
        ('output = "y"', "files or papers to fetch"),
        ('input = "x"\n[fetch]\nquery = "y"', "both given"),
        ('input = "x"\n[fetch]\nlimit = 3', "either query or pmids"),
        ('input = "x"\nshard_size = 3', "did you mean 'run.shard_size'?"),
        ('input = "x"\n[run]\nshard_size = 0', "at least 1"),
        ('input = "x"\n[graph]\nexports = ["svg"]', "exports must be among cytoscape"),
        (
            'input = "x"\n[graph]\nmin_docs = 2',
            "graph.min_docs is not a known key (did you mean 'min_documents'? the keys "
            "of [graph] are edges, level, window",
        ),
        ('input = "x"\noutput = "y"\n[graph]\nlevel = "page"', "graph.level"),
        ('input = "x"\noutput = "y"\n[annotation]\nstages = ["read"]', "Got 'read'"),
        ("input = ", "no TOML"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_table_is_set_key_by_key() -> None:
    with pytest.raises(ConfigError, match=r"like fetch\.pmids=VALUE\. Got 'fetch=\{"):
        parse_changes(["graph.level=document", "fetch={pmids = [1, 2]}"])


@pytest.mark.parametrize(
    "graph", [{"type_pairs": (("Gene", "Dsease"),)}, {"types": ("Dsease",)}]
)
def test_types_that_nothing_finds_are_refused_before_the_work(
    tmp_path: Path, graph: dict[str, Any]
) -> None:
    chosen = RunSettings(
        input=SAMPLE, output=tmp_path / "out", graph=GraphSettings(**graph)
    )
    with pytest.raises(ConfigError, match="did you mean 'Disease'"):
        run(chosen)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        ({"exclude": ("foo",)}, "exclude takes identifiers .* Got 'foo'"),
        ({"species": ("x",)}, "species must be NCBI taxon numbers.* Got 'x'"),
        ({"mesh_tree": Path("nope.xml")}, "nope.xml: There is no such file"),
    ],
)
def test_what_the_graph_refuses_is_refused_before_the_work(
    tmp_path: Path, graph: dict[str, Any], words: str
) -> None:
    chosen = RunSettings(
        input=SAMPLE, output=tmp_path / "out", graph=GraphSettings(**graph)
    )
    with pytest.raises((ConfigError, InputError), match=words):
        run(chosen)
    assert not (tmp_path / "out").exists()


def test_the_bundled_pipeline_is_found_by_its_name() -> None:
    settings = load_settings("quickstart.toml")
    assert load_settings("quickstart") == settings
    assert [str(file) for file in settings.input.files] == [SAMPLE]
    assert settings.output.as_posix() == "out/quickstart"


#: Columns of each table that do not depend on the last digit of a score → how the
#: SHA-256 of their rows as JSON lines begins. Of the 1,134 mentions 35 have another
#: link than at commit 54486c2, 27 of them "angiotensin II" and its kin, which the
#: lexicon knows; every one was read. Since then LDL is no LDL receptor, and the tagger
#: of 1558937 gives 1,129 mentions. Since a3bfefe "MEK" and "sodium-glucose
#: cotransporter" are families, no genes; two receptors are linked by another step.
GOLDEN: dict[str, tuple[tuple[str, ...], str]] = {
    "documents": (
        ("document_id", "pmid", "title", "text", "year", "sentences"),
        "881da7086d60d07a",
    ),
    "mentions": (
        (
            "document_id",
            "sentence",
            "start",
            "end",
            "text",
            "type",
            "recognizer",
            "concepts",
            "method",
            "name",
            "negated",
            "hedged",
        ),
        "1f238ce08155e170",
    ),
    "concepts": (
        ("concept_id", "type", "name", "mentions", "documents"),
        "b5bdeaebb38543cc",
    ),
    "associations": (
        ("source", "target", "documents", "sentences", "first_year", "last_year"),
        "6e5f68f04e32111a",
    ),
}


@pytest.mark.parametrize("name", list(GOLDEN))
def test_the_bundled_corpus_gives_the_tables_it_always_gave(
    finished: pipeline.RunResult, name: Any
) -> None:
    columns, digest = GOLDEN[name]
    frame = tables.read_table(finished.output / name, name=name).select(columns)
    assert hashlib.sha256(frame.write_ndjson().encode()).hexdigest()[:16] == digest


def test_tables_are_sorted(finished: pipeline.RunResult) -> None:
    frame = finished.graph.associations
    rows = list(frame.select("source", "target").iter_rows())
    assert rows == sorted(rows)


_OWN = """
from pathlib import Path


class Lists:
    name, version = "lists", "1"

    def __init__(self, names: Path | str, *, label: str = "") -> None:
        self.lines = Path(names).read_text("utf-8").split()
        self.label = label

    def __call__(self, document):
        return document
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the TOML of a stage whose list lies beside it, not in the work folder."""
    (tmp_path / "own_lists.py").write_text(_OWN, "utf-8")
    (tmp_path / "names.txt").write_text("ACE", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "run.toml"
    file.write_text(
        'input = "x"\n[[stages]]\nuse = "own_lists:Lists"\n'
        'names = "names.txt"\nlabel = "names.txt"\n',
        "utf-8",
    )
    return file


def test_paths_of_stages_are_relative_to_the_toml(own: Path) -> None:
    stage: Any = pipeline.make_pipeline(load_settings(own).annotation).stages[0]
    assert (stage.lines, stage.label) == (["ACE"], "names.txt")


def test_a_stage_that_cannot_be_made_is_one_sentence(own: Path) -> None:
    text = own.read_text("utf-8").replace('"names.txt"', '"absent.txt"', 1)
    own.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"cannot be made .*absent.txt.*mend") as told:
        pipeline.make_pipeline(load_settings(own).annotation)
    assert "\n" not in str(told.value)


def test_stages_named_twice_are_refused(own: Path) -> None:
    text = own.read_text("utf-8") + '[annotation]\nstages = ["link"]\nthreats = 1\n'
    own.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="named twice") as told:
        load_settings(own)
    assert "did you mean 'threads'" in str(told.value)


def test_the_graph_of_a_run_has_the_options_of_the_graph(tmp_path: Path) -> None:
    file = tmp_path / "stated.pubtator"
    file.write_text(
        "7|t|Captopril inhibits ACE.\n7|a|\n"
        "7\t0\t9\tCaptopril\tChemical\tMESH:D002216\n"
        "7\t19\t22\tACE\tGene\t1636\n7\tBind\tD002216\t1636\n\n",
        "utf-8",
    )
    annotation = AnnotationSettings(stages="sentences")  # type: ignore[arg-type]
    for edges, predicates in (
        ("co-mentions", ["co_mention"]),
        ("statements", ["Bind"]),
        ("both", ["Bind", "co_mention"]),
    ):
        toml = tmp_path / f"{edges}.toml"
        toml.write_text(
            f'input = "stated.pubtator"\n[graph]\nedges = "{edges}"\n'
            'type_pairs = [["Gene", "Chemical"]]\n',
            "utf-8",
        )
        settings = load_settings(toml, output=tmp_path / edges)
        graph = run(replace(settings, annotation=annotation)).graph
        assert graph.associations["predicate"].cast(str).to_list() == predicates


def test_a_graph_put_together_on_disk_is_the_same(
    finished: pipeline.RunResult, tmp_path: Path
) -> None:
    graph = GraphSettings(min_documents=2, on_disk=True)
    settings = RunSettings(input=SAMPLE, output=tmp_path / "out", graph=graph)
    whole = run(settings)
    assert whole.graph.associations.equals(finished.graph.associations)
    before = (settings.output / "graph.graphml").read_bytes()
    assert before == (finished.output / "graph.graphml").read_bytes()
    fewer = run(replace(settings, graph=replace(graph, exports=())))
    assert len(fewer.graph) == fewer.record["settings"]["report"]["top"]
    assert fewer.record["counts"] == whole.record["counts"]
    # What only the run before had written is gone.
    assert not (settings.output / "graph.graphml").exists()
    with pytest.raises(ConfigError, match="leave edges and background out"):
        GraphSettings(on_disk=True, edges="both")


def test_a_run_says_where_its_time_went(finished: pipeline.RunResult) -> None:
    seconds = finished.record["seconds"]
    each = seconds["each"]
    assert {*pipeline.STAGES, "read", "tables", "states"} <= {*each}
    assert {"start-up", "start-up of workers"} <= {*each}
    assert max(pipeline.STAGES, key=lambda name: float(each[name])) == "recognize"
    # The driver and its one worker work at the same time.
    assert 0 < sum(each.values()) <= 2.1 * seconds["all"]
    said = profile_text(finished)
    assert [line.split()[-1] for line in said.splitlines()].index("recognize") < 4
    assert "1 worker processes" in said
    assert "lost over" not in said
    finished.record["workers_lost"]["took over 3 s"] = 2
    assert profile_text(finished).endswith(
        "2 workers lost over a shard: 2 took over 3 s"
    )


def test_statements_are_listed_by_score_with_what_is_said(tmp_path):
    toml = tmp_path / "said.toml"
    toml.write_text(
        'input = "bundled:sample/raas.xml"\noutput = "out"\n'
        '[annotation]\nstages = "all"\nvocabulary = ["starter"]\n'
        '[graph]\nedges = "statements"\n'
    )
    result = run(load_settings(toml))
    rows = result.graph.top(30)
    assert rows["score"].fill_null(-1.0).is_sorted(descending=True)
    lines = summary_text(result, top=30).splitlines()[1:31]
    for line, row in zip(lines, rows.iter_rows(named=True), strict=True):
        assert f" {row['predicate']} " in line
        assert line.split()[0] == figure(row, "score")
