"""The example queries, and what people read in a loaded database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kgbuild
from kgbuild._io.paths import data_path
from kgbuild.graph import KnowledgeGraph, build_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphs import Address

    from kgbuild.neo4j.store import Neo4jStore

pytestmark = pytest.mark.neo4j

QUERIES = sorted(Path(__file__).parents[2].glob("neo4j/queries/*.cypher"))


@pytest.fixture(scope="module")
def loaded(
    neo4j_address: Address,
) -> Iterator[tuple[Neo4jStore, KnowledgeGraph, pl.DataFrame]]:
    """Load the bundled corpus, as ``pipelines/quickstart.toml`` annotates it."""
    corpus = kgbuild.annotate(kgbuild.read(data_path("sample/raas.xml")))
    graph = build_graph(corpus)
    with neo4j_address.store() as store:
        store.clear()
        store.load(graph, documents=corpus.documents)
        yield store, graph, corpus.documents


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_the_example_queries_answer_on_the_bundled_corpus(loaded, path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// "), "the first line is the question"
    parameters = {
        name: value.strip("'") if value.startswith("'") else int(value)
        for name, value in re.findall(r"^// :param (\w+) => (.+)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\$(\w+)", text)) == set(parameters)
    statement = re.sub(r"^//.*\n", "", text, flags=re.MULTILINE).strip().rstrip(";")
    answer = loaded[0].query(statement, **parameters)
    assert answer.height, "the query answers something as it stands"
    for column in answer.select(pl.col(pl.List(pl.String))):
        assert not any("{" in item for value in column for item in value), "no JSON"
    if path.stem == "06_doubtful":
        assert any(e.endswith("d)") for value in answer["evidence"] for e in value)
    if "$words" in text:  # a name that no text has
        assert answer["name"][0] == "Myocardial Infarction"


def test_documents_and_their_sentences_can_be_read(loaded):
    store, graph, documents = loaded
    nodes = store.query(
        "MATCH (d:Document) RETURN d.document_id AS document_id, d.title AS title, "
        "d.year AS year, d.journal AS journal, d.pmid AS pmid"
    )
    rows = documents.select(nodes.columns)
    joined = nodes.join(rows, on="document_id", suffix="_table")
    assert joined.height == nodes.height > 20
    for column in ("title", "year", "journal", "pmid"):
        assert joined[column].to_list() == joined[f"{column}_table"].to_list()
    found = store.query(
        "MATCH (a)-[r:CO_MENTION]->(b) RETURN a.concept_id AS source, "
        "b.concept_id AS target, r.evidence AS evidence, r.years AS years, "
        "r.year_counts AS year_counts"
    )
    rows = found.join(graph.associations, on=["source", "target"], suffix="_table")
    assert rows.height == len(graph)
    texts = dict(documents.select("document_id", "text").iter_rows())
    cues = []
    for row in rows.iter_rows(named=True):
        counted = zip(row["years"], row["year_counts"], strict=True)
        assert [*counted] == [(y["year"], y["documents"]) for y in row["years_table"]]
        for said, piece in zip(row["evidence"], row["evidence_table"], strict=True):
            sentence, _, source = said.rpartition(" (")
            assert sentence.split(" […] ")[0] in texts[piece["document_id"]]
            told = [cue for cue in ("negated", "hedged") if piece[cue]]
            assert source == ", ".join([f"PMID {piece['document_id']}", *told]) + ")"
            cues += told
    assert {*cues} == {"negated", "hedged"}
    assert store.check(graph).complete
    # A load that knows less keeps what is known of the documents.
    store.load(graph, documents=True)
    nameless = "MATCH (d:Document) WHERE d.title IS NULL RETURN d"
    assert store.query(nameless).is_empty()
