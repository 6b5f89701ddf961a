"""Looking at a graph, narrowing it down, and taking it elsewhere."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import networkx as nx
import numpy as np
import polars as pl
import pytest
from graphs import NASTY, annotated, random_corpus
from lxml import etree

from kgbuild.errors import (
    ConfigError,
    InputError,
    NotFoundError,
    ValidationError,
)
from kgbuild.graph import KnowledgeGraph, build_graph
from kgbuild.graph.export import formats, records
from kgbuild.graph.export.records import plain
from kgbuild.tables import TABLES, empty_table


@pytest.fixture
def graph(documents) -> KnowledgeGraph:
    return build_graph(documents, provenance={"model": "m1"})


@pytest.fixture
def nasty(graph) -> KnowledgeGraph:
    names = [NASTY[i % len(NASTY)] for i in range(graph.concepts.height)]
    concepts = graph.concepts.with_columns(
        pl.Series("name", names), pl.Series("synonyms", [[n, n] for n in names])
    )
    return replace(graph, concepts=concepts)


def test_concepts_are_found_by_id_name_and_synonym(graph):
    assert graph.concept("ncbigene:1636")["name"] == "ACE"
    assert graph.concept("ace")["concept_id"] == "ncbigene:1636"
    renamed = graph.concepts.with_columns(
        name=pl.when(pl.col("concept_id") == "ncbigene:1636")
        .then(pl.lit("angiotensin converting enzyme"))
        .otherwise("name")
    )
    other = replace(graph, concepts=renamed)
    assert other.concept("Ace")["concept_id"] == "ncbigene:1636"
    with pytest.raises(NotFoundError, match=r"no concept .* name 'aceX'"):
        graph.concept("aceX")


def test_top_ranks_and_filters(graph):
    top = graph.top(5, by="npmi")
    assert top["npmi"].is_sorted(descending=True)
    assert graph.top(1000, by="q_value")["q_value"].is_sorted()
    pairs = graph.top(1000, types=("Gene", "drug"))
    assert 0 < pairs.height < len(graph)
    for row in pairs.iter_rows(named=True):
        assert {row["source_type"], row["target_type"]} == {"Gene", "Chemical"}
    assert graph.top(1000, min_documents=5)["documents"].min() >= 5
    with pytest.raises(ConfigError, match="by must be one of score, npmi"):
        graph.top(by="strength")


def test_neighbours_of_a_concept(graph):
    found = graph.neighbors("ACE")
    expected = graph.associations.filter(
        (pl.col("source") == "ncbigene:1636") | (pl.col("target") == "ncbigene:1636")
    )
    assert found.height == expected.height
    assert "ncbigene:1636" not in found["concept_id"].to_list()
    assert graph.neighbors("ACE", n=2).equals(found.head(2))


def test_paths_take_the_fewest_steps_then_the_strongest():
    texts = [
        "Captopril and ACE.", "ACE and cough.", "Captopril and AGT.", "AGT and cough.",
        "AGT and cough.", "rats and hypertension.",
    ]  # fmt: skip
    graph = build_graph([annotated(t, id=str(i)) for i, t in enumerate(texts)])
    way = graph.path("Captopril", "cough")
    assert len(way) == 3
    assert (way[0], way[2]) == ("mesh:D002216", "mesh:D003371")
    network = graph.to_networkx()
    best = max(
        nx.all_simple_paths(network, way[0], way[2], cutoff=2),
        key=lambda p: sum(network.edges[e]["npmi"] for e in nx.utils.pairwise(p)),
    )
    assert way == best
    assert graph.path("ACE", "ACE") == ["ncbigene:1636"]
    assert graph.path("ACE", "hypertension") == []


def test_one_does_for_a_list_and_what_is_unknown_gets_a_sentence(graph):
    for one, several in (
        (graph.filter(types="Gene"), graph.filter(types=["Gene"])),
        (
            graph.filter(predicates="co_mention"),
            graph.filter(predicates=["co_mention"]),
        ),
    ):
        assert one.equals(several)
        assert one.concepts.height
    assert graph.search(types="gene") == graph.search(types=["Gene"])
    assert graph.search(types="gene").total
    # Known, and not in this graph.
    assert not len(graph.filter(predicates="CID"))
    assert not graph.filter(types="CellLine").concepts.height
    for call in (
        lambda: graph.filter(types=["Gen"]),
        lambda: graph.search(types="Gen"),
        lambda: graph.top(types=("Gen", "Disease")),
        lambda: graph.query.neighbors("ncbigene:1636", types=["Gen"]),
    ):
        with pytest.raises(ConfigError, match=r"types must be among .*mean 'Gene'"):
            call()
    with pytest.raises(ConfigError, match="must hold pairs of types"):
        graph.top(types="Gene")
    with pytest.raises(ConfigError, match="Got none at all"):
        graph.filter(types=[])
    with pytest.raises(ConfigError, match=r"predicates must be among .*co_mention"):
        graph.filter(predicates=["co_mentions"])


def test_filter_and_subgraph(graph):
    q, weight = graph.associations.select("q_value", "npmi").median().row(0)
    strong = graph.filter(min_documents=2, max_q=q, min_npmi=weight)
    assert 0 < len(strong) < len(graph)
    assert strong.associations["q_value"].max() <= q
    assert strong.associations["npmi"].min() >= weight
    assert strong.concepts.equals(graph.concepts)
    genes = graph.filter(types=["protein"])
    assert set(genes.concepts["type"].cast(pl.String)) == {"Gene"}
    part = graph.subgraph(["ACE", "hypertension"])
    assert part.concepts.height == 2
    assert len(part) == 1
    wider = graph.subgraph("ACE", hops=1)
    assert wider.concepts.height == 1 + graph.neighbors("ACE").height
    alone = graph.filter(min_documents=10_000).connected()
    assert alone.concepts.height == 0


def test_compare(graph):
    other = build_graph(random_corpus(20, seed=9))
    found = graph.compare(other)
    assert found.height == len(
        {*graph.associations.select("source", "target").iter_rows()}
        | {*other.associations.select("source", "target").iter_rows()}
    )
    same = graph.compare(graph)
    assert set(same["status"]) == {"both"}
    assert same["documents_difference"].abs().sum() == 0
    assert set(graph.compare(graph.filter(min_documents=5))["status"]) == {
        "both",
        "only here",
    }


def test_networkx_and_back(graph):
    network = graph.to_networkx()
    assert type(network) is nx.Graph
    assert network.number_of_edges() == len(graph)
    node = network.nodes["ncbigene:1636"]
    assert node["url"] == "https://www.ncbi.nlm.nih.gov/gene/1636"
    assert isinstance(node["synonyms"], list)
    back = KnowledgeGraph.from_networkx(network)
    assert back.equals(graph)
    assert back.provenance == graph.provenance


def test_two_relations_of_a_pair_make_a_multigraph(documents, graph, tmp_path):
    wide = build_graph(documents, level="document")
    wide = replace(
        wide, associations=wide.associations.with_columns(predicate=pl.lit("near"))
    )
    both = KnowledgeGraph(
        concepts=wide.concepts,
        associations=pl.concat([graph.associations, wide.associations]).sort(
            "source", "target", "predicate"
        ),
        provenance=graph.provenance,
    )
    network = both.to_networkx()
    assert isinstance(network, nx.MultiGraph)
    assert network.number_of_edges() == len(graph) + len(wide)
    assert KnowledgeGraph.from_networkx(network).equals(both)
    both.write(tmp_path / "g.json", format="node-link")
    data = json.loads((tmp_path / "g.json").read_text())
    assert KnowledgeGraph.from_networkx(nx.node_link_graph(data, edges="edges")).equals(
        both
    )


def test_save_and_load(graph, tmp_path):
    graph.save(tmp_path / "g")
    back = KnowledgeGraph.load(tmp_path / "g")
    assert back.equals(graph)
    assert (back.provenance, back.settings, back.counts) == (
        graph.provenance,
        graph.settings,
        graph.counts,
    )

    def files():
        return {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    once = files()
    graph.save(tmp_path / "g")
    assert once == files()


def test_what_is_no_graph_is_refused(graph, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        KnowledgeGraph.load(tmp_path)
    graph.save(tmp_path)
    (tmp_path / "graph.json").write_text("{}")
    with pytest.raises(InputError, match="not the record of a graph"):
        KnowledgeGraph.load(tmp_path)
    (tmp_path / "graph.json").write_text('{"format": 99}')
    with pytest.raises(InputError, match="install the kgbuild that wrote it"):
        KnowledgeGraph.load(tmp_path)
    with pytest.raises(ValidationError, match="names a concept that the concepts"):
        replace(graph, concepts=graph.concepts.head(2))


def readers():
    return {
        "graphml": lambda p: nx.read_graphml(p),
        "gexf": lambda p: nx.read_gexf(p),
        "node-link": lambda p: nx.node_link_graph(
            json.loads(p.read_text(encoding="utf-8")), edges="edges"
        ),
        "cytoscape": lambda p: nx.cytoscape_graph(
            json.loads(p.read_text(encoding="utf-8"))
        ),
    }


@pytest.mark.parametrize("name", sorted(readers()))
def test_files_that_networkx_reads_lose_nothing(graph, tmp_path, name):
    path = tmp_path / "graph.file"
    assert graph.write(path, format=name) == [path]
    assert KnowledgeGraph.from_networkx(readers()[name](path)).equals(graph)
    once = path.read_bytes()
    graph.write(path, format=name)
    assert path.read_bytes() == once
    assert [p.name for p in tmp_path.iterdir()] == ["graph.file"]


@pytest.mark.parametrize("name", sorted(readers()))
def test_hostile_names_are_text_in_every_file(nasty, tmp_path, name):
    path = tmp_path / "graph.file"
    nasty.write(path, format=name)
    network = readers()[name](path)
    for row in nasty.concepts.iter_rows(named=True):
        expected = row["name"]
        if name in ("graphml", "gexf"):  # XML has no such characters
            expected = "".join(
                c if c in "\t\n\r" or ord(c) >= 32 else "\ufffd" for c in expected
            )
        assert network.nodes[row["concept_id"]]["name"] == expected


def test_graphml_declares_types_and_leaves_nulls_out(graph, tmp_path):
    path = tmp_path / "g.graphml"
    graph.write(path)
    root = etree.parse(path).getroot()
    space = {"g": "http://graphml.graphdrawing.org/xmlns"}
    keys = {
        (k.get("for"), k.get("attr.name")): k.get("attr.type")
        for k in root.findall("g:key", space)
    }
    assert keys["node", "documents"] == "long"
    assert keys["edge", "npmi"] == "double"
    assert keys["edge", "evidence"] == "string"
    assert keys["graph", "provenance"] == "string"
    without = graph.associations["first_year"].null_count()
    ids = {
        k.get("attr.name"): k.get("id")
        for k in root.findall("g:key", space)
        if k.get("for") == "edge"
    }
    edges = root.findall(".//g:edge", space)
    missing = [
        e for e in edges if e.find(f"g:data[@key='{ids['first_year']}']", space) is None
    ]
    assert len(missing) == without


def test_kgx(nasty, tmp_path):
    nodes, edges = nasty.write(tmp_path / "kgx", format="kgx")
    tables = []
    for path in (nodes, edges):
        lines = path.read_text(encoding="utf-8").split("\n")
        assert lines.pop() == ""
        head = lines[0].split("\t")
        assert all(len(line.split("\t")) == len(head) for line in lines)
        tables.append(
            [dict(zip(head, line.split("\t"), strict=True)) for line in lines[1:]]
        )
    assert len(tables[0]) == nasty.concepts.height
    assert len(tables[1]) == len(nasty)
    ids = {row["id"] for row in tables[0]}
    assert "NCBIGene:1636" in ids
    assert len(ids) == len(tables[0])
    for row in tables[1]:
        assert {row["subject"], row["object"]} <= ids
        assert row["predicate"] == "biolink:occurs_together_in_literature_with"
        assert row["publications"].startswith("PMID:")
    assert {row["category"] for row in tables[0]} <= {
        "biolink:Gene", "biolink:Disease", "biolink:ChemicalEntity",
        "biolink:OrganismTaxon",
    }  # fmt: skip


def test_neo4j_csv_has_no_duplicate_and_no_dangling_edge(nasty, tmp_path):
    with pytest.warns(UserWarning, match=r"names in lists hold U\+001F"):
        files = nasty.write(tmp_path / "csv", format="neo4j-csv")
    assert [f.name for f in files] == ["concepts.csv", "associations.csv", "runs.csv"]
    with files[0].open(encoding="utf-8", newline="") as stream:
        nodes = list(csv.DictReader(stream))
    with files[1].open(encoding="utf-8", newline="") as stream:
        edges = list(csv.DictReader(stream))
    ids = [n["concept_id:ID(Concept)"] for n in nodes]
    assert len(set(ids)) == len(ids) == nasty.concepts.height
    assert len(edges) == len(nasty)
    for edge in edges:
        assert {edge[":START_ID(Concept)"], edge[":END_ID(Concept)"]} <= set(ids)
        assert edge[":TYPE"] == "CO_MENTION"
        assert int(edge["documents:long"]) >= 1
    named = dict(zip(ids, (n["name:string"] for n in nodes), strict=True))
    assert named == dict(nasty.concepts.select("concept_id", "name").iter_rows())


def test_plain_values():
    assert plain(np.float64(0.5)) == 0.5
    assert plain(np.int64(3)) == 3
    assert plain(np.array([1, 2])) == "[1, 2]"
    assert plain({"a": None, "b": (1, {"c"})}) == '{"a": null, "b": [1, ["c"]]}'
    assert plain(True) is True


def test_a_failed_export_leaves_nothing(graph, tmp_path, monkeypatch):
    def broken(_graph):
        yield "mesh:D1", dict.fromkeys(TABLES["concepts"].columns, "x") | {"url": None}
        msg = "disk full"
        raise OSError(msg)

    monkeypatch.setattr(records, "nodes", broken)
    for name in ("graphml", "gexf", "node-link", "cytoscape", "kgx"):
        target = tmp_path / name
        with pytest.raises(OSError, match="disk full"):
            graph.write(target, format=name)
        left = [p for p in tmp_path.rglob("*") if p.is_file()]
        assert left == []


def test_unknown_formats_are_refused(graph, tmp_path):
    with pytest.raises(ConfigError, match=r"The suffix of .*g\.xyz names no format"):
        graph.write(tmp_path / "g.xyz")
    with pytest.raises(ConfigError, match="must be one of cytoscape, gexf"):
        graph.write(tmp_path / "g", format="dot")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match=r"graphml is one file, and .* is a folder"):
        graph.write(tmp_path, format="graphml")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"kgx is several files, which .*file cannot"):
        graph.write(tmp_path / "file", format="kgx")
    assert "parquet" in formats()


def test_html_escapes(nasty):
    page = nasty._repr_html_()
    assert "<script>" not in page
    assert "Knowledge graph" in page
    assert page.count("<tr>") == 11


def test_an_empty_graph_does_everything(tmp_path):
    empty = KnowledgeGraph(
        concepts=empty_table("concepts"), associations=empty_table("associations")
    )
    for name in formats():
        empty.write(tmp_path / name, format=name)
    assert empty.top(3).height == 0
    assert "0 concepts" in empty._repr_html_()
    assert KnowledgeGraph.from_networkx(empty.to_networkx()).equals(empty)
