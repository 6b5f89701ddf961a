"""A graph put together on disk is that of memory, to the bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphs import random_corpus

from kgbuild.errors import ConfigError, InputError
from kgbuild.graph import KnowledgeGraph, build_graph, encoding
from kgbuild.graph.on_disk import build_graph_on_disk, strongest
from kgbuild.tables import tables, write_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    documents = random_corpus(300, seed=3)
    for number in range(6):
        part = documents[number * 50 : number * 50 + 50]
        for name, frame in zip(("documents", "mentions"), tables(part), strict=True):
            path = folder / name / f"part-{number:05d}.parquet"
            write_table(frame, path, name=name)  # type: ignore[arg-type]
    return folder


@pytest.mark.parametrize("rows", [3, 40, 10**6])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"min_documents": 3, "max_evidence": 2},
        {"level": "document", "type_pairs": [("Gene", "Chemical")]},
        {"level": "window", "window": 2, "exclude": (), "species": 9606},
        {"types": ["Gene", "Disease"], "parents": {"ncbigene:183": ["my:1"]}},
        {"min_documents": 10**6},
    ],
    ids=str,
)
def test_it_is_the_graph_of_memory(
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    rows: int,
) -> None:
    # Pieces and parts of several documents, not of all.
    monkeypatch.setattr("kgbuild.graph.encoding.MENTIONS", 60)
    monkeypatch.setattr("kgbuild.graph.sources.MENTIONS", 60)
    expected = build_graph(corpus, **options)
    told = build_graph_on_disk(corpus, tmp_path / "out", rows=rows, **options)
    found = KnowledgeGraph.load(tmp_path / "out")
    assert found.concepts.equals(expected.concepts)
    assert found.associations.equals(expected.associations)
    assert (found.settings, found.counts) == (expected.settings, expected.counts)
    assert told["associations"] == len(expected)
    assert told["concepts"] == expected.concepts.height
    assert {p.name for p in (tmp_path / "out").iterdir()} <= {
        "concepts", "associations", "graph.json", ".kgbuild.lock",
    }  # fmt: skip
    if rows == 3 and len(expected) > 8:
        assert len([*(tmp_path / "out/associations").iterdir()]) > 3


@pytest.mark.parametrize("options", [{}, {"type_pairs": [("Gene", "Disease")]}])
def test_it_is_so_where_there_are_too_many_pairs_to_compare_neighbours(
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
) -> None:
    monkeypatch.setattr("kgbuild.graph.neighbourhood.MOST_PAIRS", 5)
    expected = build_graph(corpus, **options)
    build_graph_on_disk(corpus, tmp_path / "out", rows=7, **options)
    found = KnowledgeGraph.load(tmp_path / "out")
    assert found.associations.equals(expected.associations)


def test_a_smaller_graph_leaves_nothing_of_a_larger_one(
    corpus: Path, tmp_path: Path
) -> None:
    build_graph_on_disk(corpus, tmp_path / "out", rows=3)
    graph = build_graph(corpus, min_documents=5)
    graph.save(tmp_path / "out")
    assert KnowledgeGraph.load(tmp_path / "out").associations.equals(graph.associations)
    build_graph_on_disk(corpus, tmp_path / "out", rows=3)
    next((tmp_path / "out/associations").iterdir()).unlink()
    with pytest.raises(InputError, match="not those that its graph"):
        KnowledgeGraph.load(tmp_path / "out")


@pytest.mark.parametrize("by", ["score", "q_value", "log10_p", "npmi", "documents"])
def test_the_strongest_are_those_of_the_graph(
    corpus: Path, tmp_path: Path, by: Any
) -> None:
    build_graph_on_disk(corpus, tmp_path / "out", rows=20)
    graph = KnowledgeGraph.load(tmp_path / "out")
    first = strongest(tmp_path / "out", n=7, by=by)
    assert first.top(7, by=by).equals(graph.top(7, by=by))
    assert first.concepts.equals(graph.concepts)


def test_wrong_options_are_named(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="mean 'Gene'"):
        build_graph_on_disk(corpus, tmp_path / "out", type_pairs=[("Gen", "Disease")])
    with pytest.raises(InputError, match="no mentions table"):
        build_graph_on_disk(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out" / ".counts~").exists()
    assert encoding.MENTIONS > 10**6
