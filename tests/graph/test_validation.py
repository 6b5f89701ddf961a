"""The validator, and rolling up MeSH's tree."""

from __future__ import annotations

import gzip
from dataclasses import replace

import polars as pl
import pytest
from graphs import annotated

from kgbuild.errors import InputError, ValidationError
from kgbuild.graph import build_graph, find_problems, read_mesh_tree, require_sound
from kgbuild.graph.rollup import make_tree


@pytest.fixture
def graph(documents):
    return build_graph(documents)


def test_a_built_graph_is_sound(documents, graph):
    assert find_problems(graph, documents=documents) == []
    for level in ("window", "document"):
        wide = build_graph(documents, level=level)
        require_sound(wide, documents=documents)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"evidence": pl.col("evidence").list.head(0)}, "has no evidence"),
        ({"documents": pl.lit(0, pl.UInt32)}, "more evidence than documents"),
        ({"npmi": pl.lit(float("nan"))}, "not a number or out of its range"),
        ({"p_value": pl.lit(1.5)}, "not a number or out of its range"),
        ({"first_year": pl.lit(3000, pl.Int16)}, "after its last"),
        (
            {
                "evidence": pl.col("evidence").list.eval(
                    pl.element().struct.with_fields(document_id=pl.lit(""))
                )
            },
            "names no document",
        ),
        (
            {
                "evidence": pl.col("evidence").list.eval(
                    pl.element().struct.with_fields(
                        spans=pl.element().struct.field("spans").list.head(1)
                    )
                )
            },
            "has not two spans",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value[:20],
)
def test_each_fault_is_found(graph, change, words):
    broken = replace(graph, associations=graph.associations.with_columns(**change))
    problems = find_problems(broken)
    assert any(words in problem.what for problem in problems)
    assert all(problem.where for problem in problems)
    with pytest.raises(ValidationError, match="The graph is not sound: .*" + words):
        require_sound(broken)


def test_missing_versions_are_found(graph):
    assert find_problems(replace(graph, provenance={})) != []
    told = find_problems(graph, provenance=["kgbuild", "model"])
    assert [p.what for p in told] == ["The graph does not say the version of model."]


def test_evidence_that_points_elsewhere_is_found(documents, graph):
    moved = [
        replace(d, mentions=d.mentions[1:]) if d.mentions else d for d in documents
    ]
    problems = find_problems(graph, documents=moved)
    assert [p.what for p in problems] == [
        "Evidence points at text that does not mention the concept."
    ]


def test_ids_that_are_no_curies_are_found(graph):
    ids = ["nonsense", *graph.concepts["concept_id"][1:]]
    broken = replace(
        graph,
        concepts=graph.concepts.with_columns(pl.Series("concept_id", ids)),
        associations=graph.associations.clear(),
    )
    assert [p.where for p in find_problems(broken)] == ["nonsense"]


TREE = [
    ("D002318", "Cardiovascular Diseases", "C14"),
    ("D014652", "Vascular Diseases", "C14.907"),
    ("D006973", "Hypertension", "C14.907.489"),
    ("D006978", "Hypertension, Renovascular", "C14.907.489.631"),
    ("D006978", "Hypertension, Renovascular", "C12.777"),
    ("D052776", "Female Urogenital Diseases", "C12"),
]


PLACES = [(f"mesh:{i}", name, [number]) for i, name, number in TREE]


def test_ancestors_of_the_tree():
    tree = make_tree(PLACES)
    assert tree.ancestors["mesh:D006978"] == ("mesh:D006973", "mesh:D014652")
    assert "mesh:D014652" not in tree.ancestors
    assert make_tree(PLACES, top=1).ancestors["mesh:D006978"] == (
        "mesh:D002318", "mesh:D006973", "mesh:D014652", "mesh:D052776",
    )  # fmt: skip
    assert make_tree(PLACES, levels=1).ancestors["mesh:D006978"] == ("mesh:D006973",)
    assert tree.names["mesh:D006973"] == "Hypertension"


def test_rolled_up_evidence_is_sound(tmp_path):
    path = tmp_path / "trees.tsv"
    rows = [("mesh_id", "mesh_name", "mesh_tree_number"), *TREE]
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    tree = read_mesh_tree(path)
    documents = [annotated("Captopril treats hypertension.", id="1")]
    graph = build_graph(documents, parents=tree.ancestors, names=tree.names)
    assert graph.concept("Vascular Diseases")["documents"] == 1
    assert find_problems(graph, documents=documents) == []


def test_mesh_s_own_file(tmp_path):
    path = tmp_path / "desc.xml"
    records = "".join(
        f"<DescriptorRecord><DescriptorUI>{i}</DescriptorUI><DescriptorName><String>"
        f"{n}</String></DescriptorName><TreeNumberList><TreeNumber>{t}</TreeNumber>"
        "</TreeNumberList></DescriptorRecord>"
        for i, n, t in TREE
        if t != "C12.777"
    )
    path.write_text(f"<DescriptorRecordSet>{records}</DescriptorRecordSet>")
    tree = read_mesh_tree(path)
    assert tree.ancestors["mesh:D006978"] == ("mesh:D006973", "mesh:D014652")


def test_other_tables_are_refused(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\tc\td\te\tf\n")
    with pytest.raises(InputError, match="line 1: The first line must name"):
        read_mesh_tree(path)
    path.write_text("mesh_id\tmesh_name\tmesh_tree_number\nD1\tx\n")
    with pytest.raises(InputError, match="line 2: This line has 2 columns"):
        read_mesh_tree(path)


@pytest.mark.shared
def test_mesh_of_2015(shared_dir, tmp_path):
    table = read_mesh_tree(shared_dir / "vocab/mesh_descriptor_trees_2015.tsv.gz")
    assert table.names["mesh:D006973"] == "Hypertension"
    assert "mesh:D014652" in table.ancestors["mesh:D006973"]
    # The sample breaks off inside a record; NLM's own file does not.
    sample = gzip.decompress(
        (shared_dir / "vocab/mesh_desc_sample_2015.xml.gz").read_bytes()
    )
    whole, _, _ = sample.rpartition(b"<DescriptorRecord ")
    path = tmp_path / "desc2015.xml"
    path.write_bytes(whole + b"</DescriptorRecordSet>")
    xml = read_mesh_tree(path)
    assert len(xml.names) > 1
    for concept, name in xml.names.items():
        assert table.names[concept] == name
