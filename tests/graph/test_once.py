"""A paper that comes twice counts once, and another corpus as the background."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from graphs import annotated
from typer.testing import CliRunner

from kgbuild import corpus
from kgbuild.cli import make_app
from kgbuild.errors import ConfigError, InputError
from kgbuild.graph import GraphBuilder, KnowledgeGraph, build_graph, statistics
from kgbuild.tables import documents_table, mentions_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from kgbuild.document import Document

OLD = annotated("Captopril and ACE.", id="8528200", year=2001)
NEW = annotated("Captopril lowers ACE, not breast cancer.", id="8528200", year=2002)
OTHER = annotated("Captopril and hypertension.", id="9000001")


def _rows(graph):
    return graph.associations.select("source", "target", "documents").rows()


def _expected(*documents: Document):
    return _rows(build_graph(documents))


def _tables(*documents: Document) -> tuple[pl.DataFrame, pl.DataFrame]:
    named = [
        replace(d, id=f"{d.id}#{i}" if i > 1 else d.id)
        for i, d in enumerate(documents, start=1)
    ]
    return documents_table(named), mentions_table(named)


@pytest.mark.parametrize("as_tables", [True, False])
def test_versions_of_a_paper_in_memory(as_tables: bool) -> None:
    make = _tables if as_tables else lambda *d: [OTHER, *d]
    alone = () if as_tables else (OTHER,)
    assert _rows(build_graph(make(OLD, OLD, OLD))) == _expected(*alone, OLD)
    with pytest.warns(UserWarning, match=r"1 paper .*8528200.* newest"):
        graph = build_graph(make(OLD, NEW))
    assert _rows(graph) == _expected(*alone, NEW)
    assert graph.counts["documents"] == 1 + len(alone)


def test_a_stream_keeps_the_first_and_says_so() -> None:
    again = replace(NEW, id="8528200#2")
    with pytest.warns(UserWarning, match="other mentions.*; the first version stays"):
        graph = build_graph(iter([OLD, again]))
    assert _rows(graph) == _expected(OLD)


def test_the_same_paper_on_another_day(tmp_path: Path) -> None:
    builder = GraphBuilder()
    builder.add([OLD])
    again = builder.add([replace(OLD, id="8528200#2")])
    assert (again.documents, again.repeated) == (0, 1)
    assert _rows(builder.graph()) == _expected(OLD)


@pytest.mark.parametrize("suffix", [".jsonl", ".pubtator", ".xml"])
@pytest.mark.parametrize("several", [True, False])
def test_versions_of_a_paper_on_the_command_line(
    tmp_path: Path, suffix: str, several: bool
) -> None:
    files = [tmp_path / f"{name}{suffix}" for name in ("one", "two")]
    corpus.write([OLD, OTHER], files[0])
    corpus.write([NEW, OTHER], files[1])
    if not several:
        if suffix == ".xml":
            pytest.skip("XML is not joined by cat")
        (tmp_path / f"joined{suffix}").write_text("".join(f.read_text() for f in files))
        files = [tmp_path / f"joined{suffix}"]
    out = tmp_path / "graph"
    with pytest.warns(corpus.CorpusWarning, match=r"1 paper .*8528200"):
        done = CliRunner().invoke(
            make_app(), ["graph", *map(str, files), "-o", str(out)]
        )
    assert done.exit_code == 0, done.output
    assert _rows(KnowledgeGraph.load(out)) == _expected(OTHER, NEW)


# -- background ------------------------------------------------------------------------


def _corpora() -> tuple[list[Document], list[Document]]:
    """Return a corpus on a drug and its target, and one of other kinds."""
    own = [annotated("Captopril and ACE.", id=f"{n}00000001") for n in range(1, 9)]
    other = [annotated("Breast cancer hurts.", id=f"{n}00000002") for n in range(1, 41)]
    other += [annotated("Captopril and ACE.", id="100000003")]
    return own, other


def _folder(path: Path, documents: list[Document]) -> Path:
    for name, frame in (
        ("documents", documents_table(documents)),
        ("mentions", mentions_table(documents)),
    ):
        write_table(frame, path / f"{name}.parquet", name=name)
    return path


def test_another_corpus_is_the_background(tmp_path: Path) -> None:
    own, other = _corpora()
    alone = build_graph(own)
    assert alone.associations["q_value"].to_list() == [1.0]
    # What is in both counts once.
    folder = _folder(tmp_path / "other", [*other, own[0]])
    graph = build_graph(own, background=folder)
    whole = build_graph([*own, *other])
    both = ["npmi", "log_odds", "p_value", "q_value", "score"]
    row = graph.associations.row(0, named=True)
    expected = whole.associations.row(0, named=True)
    assert [row[c] for c in both[:3]] == [expected[c] for c in both[:3]]
    assert row["score"] == expected["score"]
    assert row["p_value"] == statistics.hypergeometric_tail(9, 9, 9, n=49)
    assert row["q_value"] < 1e-6
    # Counts and evidence stay those of the corpus.
    assert row["documents"] == 8
    assert graph.concepts.equals(alone.concepts)
    assert graph.associations["evidence"].equals(alone.associations["evidence"])
    assert graph.counts["background_documents"] == 41
    assert graph.counts["pairs_tested"] == alone.counts["pairs_tested"] == 1
    with pytest.raises(ConfigError, match="no document that this corpus has not"):
        build_graph(own, background=own[:3])


def test_the_background_does_not_change_the_counts(tmp_path: Path) -> None:
    own, other = _corpora()
    builder = GraphBuilder()
    builder.add(own)
    before = builder.graph()
    builder.graph(background=other)
    assert builder.graph().equals(before)


def test_background_and_order_on_the_command_line(tmp_path: Path) -> None:
    own, other = _corpora()
    source = _folder(tmp_path / "own", [*own, OTHER])
    folder = _folder(tmp_path / "other", other)
    out = tmp_path / "graph"
    arguments = ["graph", str(source), "-o", str(out), "--background", str(folder)]
    done = CliRunner().invoke(make_app(), [*arguments, "--by", "last_year"])
    assert done.exit_code == 0, done.output
    assert "last_year –" in done.stdout
    assert KnowledgeGraph.load(out).associations["q_value"].min() < 1e-6
    arguments[-1] = str(tmp_path)
    with pytest.raises(InputError, match="holds no mentions table"):
        CliRunner().invoke(make_app(), arguments, catch_exceptions=False)
