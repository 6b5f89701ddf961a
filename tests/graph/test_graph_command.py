"""``kgbuild graph``."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from kgbuild import corpus
from kgbuild.cli import make_app
from kgbuild.document import Statement
from kgbuild.errors import ConfigError
from kgbuild.graph import KnowledgeGraph, build_graph
from kgbuild.tables import tables, write_table
from kgbuild.text import document_sentences


@pytest.fixture
def annotated_file(documents, tmp_path):
    path = tmp_path / "annotated.jsonl"
    corpus.write(documents, path, format="jsonl")
    return path


def run(*arguments: object, expected: int = 0) -> str:
    result = CliRunner().invoke(make_app(), ["graph", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == expected, result.output
    return result.output


def test_from_documents_to_a_folder(annotated_file, documents, tmp_path):
    told = run(annotated_file, "-o", tmp_path / "graph", "--level", "document")
    whole = build_graph(documents, level="document")
    assert KnowledgeGraph.load(tmp_path / "graph").equals(whole)
    assert f"60 documents, {whole.counts['mentions']:,} mentions" in told
    assert "ACE" in told


def test_from_tables_to_graphml(documents, tmp_path):
    for name, frame in zip(("documents", "mentions"), tables(documents), strict=True):
        write_table(
            frame, tmp_path / "run" / f"{name}.parquet", name=name,
            provenance={"recognize": "t1"},
        )  # fmt: skip
    import networkx as nx

    run(tmp_path / "run", "-o", tmp_path / "g.graphml", "--min-documents", 3)
    network = nx.read_graphml(tmp_path / "g.graphml")
    made = KnowledgeGraph.from_networkx(network)
    assert made.equals(build_graph(documents, min_documents=3))
    assert made.provenance["recognize"] == "t1"


def test_options_reach_the_builder(annotated_file, documents, tmp_path):
    run(
        annotated_file, "-o", tmp_path / "g", "--types", "Gene, species",
        "--keep-generic",
    )  # fmt: skip
    expected = build_graph(documents, types=["Gene", "Species"], exclude=())
    assert KnowledgeGraph.load(tmp_path / "g").equals(expected)


def test_pairs_of_types(annotated_file, documents, tmp_path):
    run(annotated_file, "-o", tmp_path / "g", "--pair", "Chemical:disease")
    expected = build_graph(documents, type_pairs=[("Disease", "Chemical")])
    graph = KnowledgeGraph.load(tmp_path / "g")
    assert graph.equals(expected)
    assert 0 < len(graph) < len(build_graph(documents))
    for wrong in ("Chemical", "Chemical:", "a:b:c"):
        with pytest.raises(ConfigError, match="two types, like Chemical:Disease"):
            run(annotated_file, "-o", tmp_path / "g", "--pair", wrong)


def test_adding_another_day(documents, tmp_path):
    for name, part in (("a", documents[:35]), ("b", documents[20:])):
        path = tmp_path / f"{name}.jsonl"
        corpus.write(part, path, format="jsonl")
        run(path, "-o", tmp_path / "g", "--add-to", tmp_path / "counts")
    assert KnowledgeGraph.load(tmp_path / "g").equals(build_graph(documents))
    with pytest.raises(ConfigError, match=r"with other options \(level\)"):
        run(
            tmp_path / "a.jsonl", "-o", tmp_path / "g", "--add-to",
            tmp_path / "counts", "--level", "document",
        )  # fmt: skip


def test_failed_documents_are_told(documents, tmp_path):
    failed = documents[0].with_status("normalize", "failed", reason="none")
    path = tmp_path / "a.jsonl"
    corpus.write([failed, *documents[1:]], path, format="jsonl")
    assert "Left out: 1 document." in run(path, "-o", tmp_path / "g", expected=1)


def test_wrong_options_are_refused(annotated_file, tmp_path):
    with pytest.raises(ConfigError, match="level must be one of"):
        run(annotated_file, "-o", tmp_path / "g", "--level", "chapter")
    with pytest.raises(ConfigError, match="not both"):
        run(
            annotated_file, "-o", tmp_path / "g", "--keep-generic", "--exclude",
            "mesh:D1",
        )  # fmt: skip
    with pytest.raises(ConfigError, match="names no format"):
        run(annotated_file, "-o", tmp_path / "g.dot")
    assert [p.name for p in tmp_path.iterdir()] == ["annotated.jsonl"]


def test_statements_of_standard_input_are_quoted(documents, tmp_path):
    """What comes through a pipe is read twice: for the graph, and for the sentences."""
    document = next(d for d in documents if len({m.concepts for m in d.mentions}) > 2)
    ends = sorted({c for m in document.mentions for c in m.concepts})
    said = Statement(
        subject=ends[0], predicate="inhibits", object=ends[1],
        spans=document_sentences(document)[:1],
    )  # fmt: skip
    corpus.write([document.with_statements([said])], tmp_path / "a.jsonl")
    command = (
        "from kgbuild.cli import make_app; make_app()(["
        "'graph', '-', '--from', 'jsonl', '-o', 'g.json', '--format', 'node-link',"
        "'--edges', 'statements', '--keep-generic'])"
    )
    with (tmp_path / "a.jsonl").open("rb") as stream:
        subprocess.run(
            [sys.executable, "-c", command], stdin=stream, cwd=tmp_path, check=True,
            stdout=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
    (edge,) = json.loads((tmp_path / "g.json").read_text("utf-8"))["edges"]
    start, end = said.spans[0]
    assert edge["quotes"][0].startswith(document.text[start:end][:40])
