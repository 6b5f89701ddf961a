"""Statements of documents become typed, directed associations; they come back whole."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import networkx as nx
import polars as pl
import pytest
from graphs import annotated, gold_statements, random_corpus
from typer.testing import CliRunner

import kgbuild as kg
from kgbuild import corpus
from kgbuild.cli import make_app
from kgbuild.document import Statement
from kgbuild.errors import InputError, ValidationError
from kgbuild.graph import GraphBuilder, KnowledgeGraph, build_graph, find_problems
from kgbuild.graph.explanation import why_empty
from kgbuild.graph.export import records
from kgbuild.pipeline import AnnotationSettings, ExecutionSettings, InputSettings
from kgbuild.pipeline.outputs import export_name
from kgbuild.pipeline.settings import GraphSettings
from kgbuild.tables import documents_table, tables, write_table

ACE, AGT, CAPTOPRIL = "ncbigene:1636", "ncbigene:183", "mesh:D002216"
NAMES = ("documents", "mentions", "statements")


def stated(text, *statements, **options):
    return annotated(text, **options).with_statements(statements)


def inhibits(**more):
    values = {"subject": CAPTOPRIL, "predicate": "inhibits", "object": ACE}
    return Statement(**values | {"directed": True, "extractor": "x"} | more)


def edges_of(graph):
    return {
        (r["source"], r["predicate"], r["target"]): r
        for r in graph.associations.iter_rows(named=True)
    }


def test_statements_of_documents_are_added_up():
    documents = [
        stated(
            "Captopril is old. Captopril and ACE.",
            inhibits(score=0.5, spans=((18, 36),), qualifiers=(("novelty", "Novel"),)),
            id="1", year=1990,
        ),
        stated("ACE, then Captopril.", inhibits(score=0.6), inhibits(score=0.2), id="2",
               year=2000),
        stated("Nothing of them.", inhibits(score=0.5), id="3"),
    ]  # fmt: skip
    graph = build_graph(documents, edges="statements")
    (row,) = graph.associations.iter_rows(named=True)
    assert (row["source"], row["target"], row["directed"]) == (CAPTOPRIL, ACE, True)
    assert (row["documents"], row["sentences"]) == (3, 1)
    assert row["probability"] == pytest.approx(1 - 0.5 * 0.4 * 0.5)
    assert (row["first_year"], row["last_year"], row["npmi"]) == (1990, 2000, None)
    assert row["years"] == [
        {"year": 1990, "documents": 1},
        {"year": 2000, "documents": 1},
    ]
    assert row["qualifiers"] == [
        {"name": "extractor", "value": "x", "documents": 3},
        {"name": "novelty", "value": "Novel", "documents": 1},
    ]
    two, one, three = row["evidence"]
    assert [e["document_id"] for e in row["evidence"]] == ["2", "1", "3"]
    # The spans are those of the source and the target, in the sentence that is named.
    assert [(s["start"], s["end"]) for s in one["spans"]] == [(18, 27), (32, 35)]
    assert one["sentence"] == 1
    assert [(s["start"], s["end"]) for s in two["spans"]] == [(10, 19), (0, 3)]
    assert two["score"] == pytest.approx(0.6)
    assert three["spans"] == []
    assert find_problems(graph, documents=documents) == []


def test_directions_are_kept_and_what_has_none_is_one_association():
    documents = [
        stated("ACE and AGT.", inhibits(subject=AGT, object=ACE), id="1"),
        stated("ACE and AGT.", inhibits(subject=ACE, object=AGT), id="2"),
        stated(
            "ACE and AGT.",
            Statement(subject=AGT, predicate="Bind", object=ACE),
            Statement(subject=ACE, predicate="Bind", object=AGT),
            Statement(subject=ACE, predicate="Bind", object=ACE),
            id="3",
        ),
    ]
    graph = build_graph(documents, edges="both")
    assert {k: (v["directed"], v["documents"]) for k, v in edges_of(graph).items()} == {
        (ACE, "Bind", ACE): (False, 1),
        (ACE, "Bind", AGT): (False, 1),
        (ACE, "co_mention", AGT): (False, 3),
        (ACE, "inhibits", AGT): (True, 1),
        (AGT, "inhibits", ACE): (True, 1),
    }
    assert graph.filter(predicates=["co_mention"]).associations.equals(
        build_graph(documents).associations.with_columns(
            qualifiers=pl.lit([], graph.associations["qualifiers"].dtype)
        )
    )
    near = graph.neighbors("ACE").filter(pl.col("concept_id") == AGT)
    assert dict(near.select("predicate", "direction").rows()) | {} == {
        "co_mention": None, "Bind": None, "inhibits": near.filter(
            pl.col("predicate") == "inhibits")["direction"][-1],
    }  # fmt: skip
    assert sorted(
        near.filter(pl.col("predicate") == "inhibits")["direction"].to_list()
    ) == ["in", "out"]
    assert graph.between("AGT", "ACE").height == 4
    assert graph.top(1, by="probability")["predicate"].to_list() == ["Bind"]
    assert find_problems(graph, documents=documents) == []


def test_statements_do_not_come_unasked(documents):
    said = [d.with_statements([inhibits()]) for d in documents]
    assert build_graph(said).equals(build_graph(documents))


def test_tables_folders_and_builders_give_the_same_graph(tmp_path):
    documents = [
        d.with_statements([inhibits(), inhibits(score=0.3, predicate="lowers")])
        for d in random_corpus(30, seed=3)
    ]
    whole = build_graph(documents, edges="both")
    assert len(whole) == len(build_graph(documents)) + 2
    assert build_graph(tables(documents, names=NAMES), edges="both").equals(whole)
    for name, frame in zip(NAMES, tables(documents, names=NAMES), strict=True):
        write_table(frame, tmp_path / "run" / f"{name}.parquet", name=name)
    assert build_graph(tmp_path / "run", edges="both").equals(whole)
    builder = GraphBuilder(edges="both")
    builder.add(documents[:20])
    builder.save(tmp_path / "counts")
    builder = GraphBuilder.load(tmp_path / "counts")
    assert builder.add(documents[10:]).documents == 10
    assert builder.graph().equals(whole)
    assert builder.add(documents).repeated == 30
    assert builder.graph().equals(whole)
    changed = documents[0].with_statements([])
    with pytest.warns(UserWarning, match="graph already.* 1 document;"):
        builder.add([changed])


def test_options_hold_for_statements_too():
    cough = Statement(subject=CAPTOPRIL, predicate="CID", object="mesh:D003371")
    unknown = Statement(subject="ncbigene:9", predicate="Bind", object=ACE)
    document = stated("Captopril, ACE, cough.", inhibits(), cough, unknown, id="1")

    def predicates(**options):
        graph = build_graph([document], edges="statements", **options)
        return set(graph.associations["predicate"].cast(pl.String))

    assert predicates() == {"inhibits", "CID", "Bind"}
    assert predicates(types=["Chemical", "Disease"]) == {"CID"}
    assert predicates(type_pairs=[("Gene", "Chemical")]) == {"inhibits"}
    assert predicates(type_pairs=[("Gene", "Unknown")]) == {"Bind"}
    assert predicates(exclude=["mesh:D003371"]) == {"inhibits", "Bind"}
    assert predicates(min_documents=2) == set()
    graph = build_graph([document], edges="statements")
    assert graph.concept("ncbigene:9")["type"] == "Unknown"
    failed = document.with_status("extract", "failed", reason="no reason")
    assert len(build_graph([failed], edges="both")) == 0


def test_statements_that_are_not_there_are_asked_for(documents, tmp_path):
    with pytest.raises(ValidationError, match="the tables hold none"):
        build_graph(tables(documents), edges="both")
    for name, frame in zip(NAMES, tables(documents), strict=False):
        write_table(frame, tmp_path / f"{name}.parquet", name=name)
    with pytest.raises(InputError, match="no statements table"):
        build_graph(tmp_path, edges="statements")


@pytest.fixture(scope="module")
def typed():
    documents = []
    for i, document in enumerate(random_corpus(30, seed=4)):
        ends = (ACE, CAPTOPRIL) if i % 3 else (CAPTOPRIL, ACE)
        one = inhibits(subject=ends[0], object=ends[1], score=0.25)
        other = Statement(subject=AGT, predicate="Positive_Correlation", object=ACE)
        documents.append(document.with_statements([one, other]))
    return build_graph(documents, edges="both")


def test_networks_are_directed_where_an_association_is(typed):
    network = typed.to_networkx()
    assert type(network) is nx.MultiDiGraph
    assert network.edges[CAPTOPRIL, ACE, "inhibits"]["directed"] is True
    assert KnowledgeGraph.from_networkx(network).equals(typed)
    with pytest.raises(ValidationError, match="is directed, and the network is not"):
        KnowledgeGraph.from_networkx(nx.MultiGraph(network))
    plain = typed.filter(predicates=["co_mention", "Positive_Correlation"])
    assert type(plain.to_networkx()) is nx.MultiGraph
    assert KnowledgeGraph.from_networkx(plain.to_networkx()).equals(plain)


def test_statements_have_scores():
    """Of the pair, where nothing else is known; of what asks for it, where it is."""
    worse, better = (
        Statement(
            subject=CAPTOPRIL,
            predicate=f"{name}_Correlation",
            object="mesh:D003371",
            extractor="x",
            score=0.8,
        )
        for name in ("Positive", "Negative")
    )
    texts = {
        "Captopril causes cough.": worse,
        "Captopril against cough.": better,
        "Captopril blocks ACE.": inhibits(score=0.9),
    }
    documents = [stated(text, said, id=text) for text, said in texts.items()]
    both = build_graph(documents, edges="both").associations
    scores = {
        (row["target"], str(row["predicate"])): row["score"]
        for row in both.iter_rows(named=True)
    }
    assert len(scores) == both.height == 5
    of_cough = [score for (target, _), score in scores.items() if "mesh" in target]
    assert len({*of_cough}) == 3
    assert len({s for (target, _), s in scores.items() if "mesh" not in target}) == 1
    alone = build_graph(documents, edges="statements")
    said = both.filter(pl.col("probability").is_not_null())["score"]
    assert alone.associations["score"].to_list() == said.to_list()
    assert alone.top(9)["score"].is_sorted(descending=True)
    unseen = stated("Nothing.", worse, id="1")
    graph = build_graph([unseen], edges="statements")
    assert graph.associations["score"].to_list() == [None]


def test_scores_are_written_as_they_were_given(tmp_path):
    texts = ("Captopril did not change ACE.", "ACE. No, Captopril and ACE.")
    documents = [
        stated(text, inhibits(score=p), id=str(n), year=2000)
        for n, (text, p) in enumerate(zip(texts, (0.72, 0.93), strict=True))
    ]
    graph = build_graph(documents, edges="statements")
    assert graph.associations["probability"].to_list() == [0.9804]
    for name in ("kgx", "node-link", "cytoscape", "graphml"):
        graph.write(tmp_path / name, format=name)
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        assert not re.search(r"0\.(72|93|98)\d{5,}", file.read_text("utf-8")), file
    with (tmp_path / "kgx" / "edges.tsv").open(encoding="utf-8") as stream:
        (edge,) = csv.DictReader(stream, delimiter="\t")
    assert edge["has_confidence_score"] == "0.9804"
    assert (edge["negated_count"], edge["hedged_count"]) == ("2", "0")


QUOTE = "Captopril inhibits ACE. (PMID 31000001)"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("graphml", lambda file: nx.read_graphml(file).edges(data=True)),
        ("gexf", lambda file: nx.read_gexf(file).edges(data=True)),
        ("node-link", lambda file: (
            (0, 1, edge) for edge in json.loads(file.read_text("utf-8"))["edges"])),
        ("cytoscape", lambda file: (
            (0, 1, edge["data"])
            for edge in json.loads(file.read_text("utf-8"))["elements"]["edges"])),
    ],
)  # fmt: skip
def test_statements_are_quoted_where_texts_are_at_hand(tmp_path, name, read):
    documents = [
        stated(f"It was cold. {QUOTE[:23]} So it is.", inhibits(), id=f"3100000{n}")
        for n in range(1, 6)
    ]
    graph = build_graph(documents, edges="both")
    graph.write(tmp_path / "file", format=name, documents=documents)
    told = {edge["predicate"]: edge for _, _, edge in read(tmp_path / "file")}
    quotes = told["inhibits"]["quotes"]
    quotes = json.loads(quotes) if isinstance(quotes, str) else quotes
    # The first three of five, and no co-mention's.
    assert len(quotes) == 3
    assert quotes[0] == QUOTE
    assert not told["co_mention"].get("quotes")
    plain = graph.write(tmp_path / "plain", format=name)
    assert not any("quotes" in edge for _, _, edge in read(*plain))


def test_neo4j_csv_has_the_sentences_as_evidence(tmp_path):
    documents = [
        stated(f"It was cold. {QUOTE[:23]} So it is.", inhibits(), id=f"3100000{n}")
        for n in range(1, 6)
    ]
    graph = build_graph(documents, edges="both")
    _, file, _ = graph.write(tmp_path, format="neo4j-csv", documents=documents)
    with file.open(encoding="utf-8", newline="") as stream:
        said = {
            row[":TYPE"]: row["evidence:string[]"].split("\x1f")
            for row in csv.DictReader(stream)
        }
    assert said["STATEMENT"][0] == QUOTE
    assert said["STATEMENT"][3] == "(PMID 31000004)"
    assert said["CO_MENTION"][0] == "(PMID 31000001)"


def test_quotes_come_from_folders_and_documents_alike(tmp_path):
    one, other = (
        stated(f"It was cold. {QUOTE[:23]}", inhibits(), id=f"3100000{n}")
        for n in (1, 2)
    )
    graph = build_graph([one, other], edges="statements")
    (tmp_path / "run" / "documents").mkdir(parents=True)
    documents_table([one]).write_parquet(tmp_path / "run" / "documents" / "0.parquet")
    for parts in ([tmp_path / "run", iter([other])], [iter([one, other])]):
        quoted = records.quoted(graph, parts)
        [(_, _, edge)] = records.edges(quoted)
        assert edge["quotes"] == [QUOTE, QUOTE.replace("1)", "2)")]
    # A folder without texts: nothing to quote.
    assert records.quoted(graph, tmp_path / "nothing") is graph


def test_kgx_has_the_sentences_as_supporting_text(tmp_path):
    text = f"{'so ' * 2000}Captopril | inhibits ACE."
    document = stated(text, inhibits(), id="31000001")
    graph = build_graph([document], edges="statements")
    _, edges = graph.write(tmp_path, format="kgx", documents=[document])
    with edges.open(encoding="utf-8") as stream:
        (edge,) = csv.DictReader(stream, delimiter="\t")
    assert edge["supporting_text"].endswith("Captopril   inhibits ACE. (PMID 31000001)")
    assert len(edge["supporting_text"]) < 1000
    _, edges = graph.write(tmp_path, format="kgx")
    with edges.open(encoding="utf-8") as stream:
        (edge,) = csv.DictReader(stream, delimiter="\t")
    assert edge["supporting_text"] == ""


def test_the_commands_quote_statements(tmp_path):
    document = stated(QUOTE[:23], inhibits(), id="31000001")
    corpus.write([document], tmp_path / "in.jsonl")
    kg.run(kg.RunSettings(
        output=tmp_path / "run", input=InputSettings(files=tmp_path / "in.jsonl"),
        annotation=AnnotationSettings(stages=("sentences",)),
        graph=GraphSettings(edges="statements", exports=("graphml",)),
        run=ExecutionSettings(processes=0),
    ))  # fmt: skip
    for source in ("in.jsonl", "run"):
        command = f"graph {tmp_path / source} --edges statements -o {tmp_path / source}"
        CliRunner().invoke(
            make_app(), f"{command}.graphml".split(), catch_exceptions=False
        )
    files = [f"run/{export_name('graphml')}", "in.jsonl.graphml", "run.graphml"]
    KnowledgeGraph.load(tmp_path / "run").write(tmp_path / "loaded.graphml")
    for file in [*files, "loaded.graphml"]:
        assert QUOTE in (tmp_path / file).read_text("utf-8"), file


def test_kgx_says_biolink_s_predicates(typed, tmp_path):
    _, edges = typed.write(tmp_path, format="kgx")
    frame = pl.read_csv(edges, separator="\t", quote_char=None)
    told = dict(
        frame.unique("original_predicate")
        .select("original_predicate", "predicate")
        .rows()
    )
    assert told == {
        "co_mention": "biolink:occurs_together_in_literature_with",
        "inhibits": told["inhibits"],
        "Positive_Correlation": "biolink:positively_correlated_with",
    }
    one = frame.filter(
        (pl.col("original_predicate") == "inhibits")
        & (pl.col("subject") == "NCBIGene:1636")
    )
    assert one["object"].to_list() == ["MESH:D002216"]
    levels = set(frame.select("original_predicate", "knowledge_level").rows())
    assert ("Positive_Correlation", "knowledge_assertion") in levels
    assert ("inhibits", "not_provided") in levels


@pytest.mark.shared
@pytest.mark.parametrize("name", ["BioRED_TrainDev", "BC5CDR_TrainDev"])
def test_gold_relations_travel_through_every_file(shared_dir, tmp_path, name):
    path = shared_dir / f"corpora/relations/{name}.PubTator.gz"
    documents = list(corpus.read(path, on_error=lambda _: None))[:200]
    graph = build_graph(documents, edges="statements", exclude=(), max_evidence=10**6)
    gold = gold_statements(documents)
    assert len(gold) > 350
    assert gold_statements(graph) == gold
    readers = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}
    for kind, reader in readers.items():
        path = tmp_path / f"graph.{kind}"
        graph.write(path)
        back = KnowledgeGraph.from_networkx(reader(path))
        assert gold_statements(back) == gold
    back = KnowledgeGraph.from_networkx(graph.to_networkx())
    assert back.equals(graph)
    graph.save(tmp_path / "folder")
    assert gold_statements(KnowledgeGraph.load(tmp_path / "folder")) == gold
    assert replace(graph).equals(graph)


def test_pairs_of_types_read_all_types_of_stated_concepts_too():
    document = stated("Captopril, ACE.", inhibits(), id="1")
    mentions = [
        replace(m, type="Protein") if m.type == "Gene" else m for m in document.mentions
    ]
    document = document.with_mentions(mentions)
    options = {"edges": "statements", "type_pairs": [("Chemical", "Gene")]}
    assert len(build_graph([document], **options)) == 1


def test_documents_without_statements_are_told_which_stage_makes_them() -> None:
    """No number of documents that is asked for can be lower than one."""
    document = annotated("Captopril inhibits ACE.", id="1")
    told = "have no statements: annotate them with the stage relate"
    with pytest.warns(UserWarning, match=told):
        graph = build_graph([document], edges="statements")
    assert told in why_empty(graph)


@pytest.mark.parametrize(
    ("types", "said"),
    [
        ("Species", r"has 0 concepts of the types asked for \(Species\): ask for more"),
        ("Gene", r"of two concepts of the types asked for \(Gene\): ask for more"),
    ],
)
def test_types_that_leave_no_statement_are_said(types: str, said: str) -> None:
    document = stated("Captopril inhibits ACE, not AGT.", inhibits(), id="1")
    with pytest.warns(UserWarning, match=said):
        build_graph([document], edges="statements", types=types)


def test_what_has_no_identifier_is_called_as_the_text_calls_it() -> None:
    ends = {"subject": "kgbuild:mystery drug", "object": ACE}
    document = stated("A mystery drug inhibits ACE.", inhibits(**ends), id="1")
    graph = build_graph([document], edges="statements")
    names = dict(graph.concepts.select("concept_id", "name").iter_rows())
    assert names["kgbuild:mystery drug"] == "mystery drug"
