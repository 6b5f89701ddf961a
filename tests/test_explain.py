"""Why this identifier, why this edge."""

from __future__ import annotations

import html
from pathlib import Path

import captopril
import polars as pl
import pytest

import kgbuild as kg
from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError, NotFoundError
from kgbuild.normalize import layers
from kgbuild.tables import tables, write_table

FATIGUE = (
    "Chronic fatigue (CF) in mice. CF was treated with captopril. Mice lacked p53."
)


def test_a_name_out_of_context():
    why = kg.explain("EPO", "Gene", vocabulary="starter")
    assert why.concepts == ("ncbigene:2056",)
    assert "ncbigene:2056" in why.summary
    assert why.table.columns == ["concept", "name", "matched", "step", "score", "facts"]
    assert why.table["concept"][0] == "ncbigene:2056"
    assert "preferred name" in why.table["facts"][0]
    assert str(why).startswith(why.summary)


ROW = {"source": "mesh:D000068579", "target": "ncbigene:5743", "documents": 3}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (ROW, r"use graph\.explain\(source, target\)\.$"),
        (pl.DataFrame([ROW]), r"use graph\.explain\(source, target\)\.$"),
        ({"text": "EPO"}, r"^Give a mention, .* Got dict\.$"),
        (7, r"^Give a mention, .* Got int\.$"),
        ("", r"^Give a name to explain"),
        (" \n", r"^Give a name to explain"),
    ],
)
def test_what_is_no_mention_gets_a_sentence(given, said):
    with pytest.raises(ConfigError, match=said):
        kg.explain(given, "Gene")


def test_a_mention_is_explained_by_its_document():
    (document,) = kg.annotate([FATIGUE], vocabulary="starter")
    why = kg.explain("CF", document=document, vocabulary="starter")
    assert why.concepts == ("mesh:D005221",)
    assert "as the document explains it" in why.summary
    (p53,) = [m for m in document.mentions if m.text == "p53"]
    assert kg.explain(p53, document=document).concepts == p53.concepts


def test_the_long_form_that_decided_is_named_with_what_it_brought_up():
    (document,) = kg.annotate([FATIGUE], vocabulary="starter")
    why = kg.explain("CF", document=document, vocabulary=["starter", "lexicon"])
    assert "'Chronic fatigue'" in why.summary
    # What the letters mean elsewhere stands behind, for all its better score.
    assert why.table["concept"].to_list()[:2] == ["mesh:D005221", "mesh:D003550"]
    assert str(why).splitlines()[1].startswith("> ")


@pytest.mark.parametrize("text", ["MMP-9", "p53", "Tgfb1", "ERK1/2", "COX-2", "IL-6"])
def test_a_text_is_explained_as_it_would_be_annotated(text):
    mention = kg.Mention(start=0, end=len(text), text=text, type="Gene")
    alone = kg.Document.from_text(text, id="1").with_mentions([mention])
    document = kg.annotate(alone, stages="normalize")
    (linked,) = document.mentions
    for why in (kg.explain(text, "Gene"), kg.explain(linked, document=document)):
        assert (why.concepts, why.name) == (linked.concepts, linked.attribute("name"))
        assert set(why.concepts) <= set(why.table["concept"])
        assert why.species[0] == "Homo sapiens"


def test_the_species_that_decided_is_named():
    (document,) = kg.annotate(["MMP-9 was raised in mice and in patients."])
    why = kg.explain("MMP-9", document=document)
    assert "Homo sapiens" in why.summary
    assert why.table["score"].is_sorted(descending=True)
    assert "Mus musculus" in str(why).splitlines()[2]
    asked = kg.explain("MMP-9", "Gene", species=10090)
    assert asked.concepts == ("ncbigene:17395",)


def test_every_part_of_a_composite_is_explained():
    why = kg.explain("MMP-2/-9", "Gene", vocabulary=["starter", "lexicon"])
    assert why.concepts == ("ncbigene:4313", "ncbigene:4318")
    said = str(why)
    assert "for its part 'MMP-2'" in said
    assert "for its part 'MMP-9'" in said


def test_a_variant_is_explained_by_the_stages_that_read_it():
    why = kg.explain("V600E", "Variant")
    assert why.concepts == ("tmvar:p|SUB|V|600|E",)
    assert "p.Val600Glu" in why.summary
    (document,) = kg.annotate(["BRAF V600E (rs113488022) is common."])
    said = kg.explain("V600E", document=document).summary
    assert "dbsnp:rs113488022" in said
    assert "stands beside it" in said
    unread = kg.explain("mutation", "Variant")
    assert unread.concepts == ()
    assert "names no change" in unread.summary


def test_a_class_of_genes_is_none_of_them():
    vocabulary = ["starter", "lexicon"]
    (document,) = kg.annotate(
        ["Aspirin inhibits COX. Celecoxib inhibits COX-2."], vocabulary=vocabulary
    )
    linked = {m.text: m.concepts for m in document.mentions if m.type == "Gene"}
    assert linked == {"COX": (), "COX-2": ("ncbigene:5743",)}
    why = kg.explain("COX", document=document, vocabulary=vocabulary)
    assert "names a class or another molecule" in why.summary
    assert "vocab install" not in why.summary


def test_what_the_document_holds_instead_is_said():
    (document,) = kg.annotate(["MMP-9 was raised."], species=10090)
    why = kg.explain("MMP-9", document=document)
    assert "the document holds ncbigene:17395 instead" in why.summary
    same = kg.explain("MMP-9", document=document, species=10090)
    assert "instead" not in same.summary


def test_a_corrected_mention_is_in_its_own_table(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text("text,id\nMMP-9,ncbigene:4313\n")
    (document,) = kg.annotate(["MMP-9 was raised."], corrections=path)
    why = kg.explain("MMP-9", document=document)
    assert "a corrections file says so" in why.summary
    assert why.table["concept"][0] == "ncbigene:4313"


def test_what_is_unlinked_says_so():
    why = kg.explain("zorbifloxamide", "Chemical", vocabulary=["starter", "lexicon"])
    assert why.concepts == ()
    assert "no vocabulary in force has such a name" in why.summary
    assert "kgbuild vocab install" in why.summary


def test_what_letters_mean_elsewhere_is_shown_with_what_speaks_against_it(tmp_path):
    table = tmp_path / "disease.tsv"
    table.write_text("id\tname\nmesh:D003550\tCF\n", "utf-8")
    text = "Crackling foot (CF) is rare. Mice with CF limp."
    short = Mention(start=39, end=41, text="CF", type="Disease")
    document = Document.from_text(text, id="1").with_mentions([short])
    why = kg.explain(short, document=document, vocabulary=table)
    assert why.concepts == ()
    assert why.table["concept"].to_list() == ["mesh:D003550"]
    here = "here it is 'Crackling foot', as the document explains it"
    assert f"{here}, and no vocabulary in force has such a name" in why.summary
    assert here in why.table["facts"][0]
    assert here in html.unescape(why._repr_html_()).rpartition("<table>")[2]


def test_a_type_of_no_vocabulary_in_force_is_named_as_the_reason(tmp_path):
    table = tmp_path / "disease.tsv"
    table.write_text("id\tname\nmesh:D003371\tcough\n", "utf-8")
    cell = Mention(start=0, end=4, text="Golf", type="Sport")
    document = Document.from_text("Golf", id="1").with_mentions([cell])
    why = kg.explain(cell, document=document, vocabulary=table)
    assert why.reason == "no vocabulary in force is of this type"
    assert kg.explain("cough", "Disease", vocabulary=table).concepts


def test_a_gene_that_only_other_species_have_says_so():
    text = "Gastritis of Mongolian gerbils raised cyclooxygenase-2."
    gerbils = Mention(
        start=13, end=30, text="Mongolian gerbils", type="Species",
        concepts=("ncbitaxon:10047",), method="gold",
    )  # fmt: skip
    gene = Mention(start=38, end=54, text="cyclooxygenase-2", type="Gene")
    document = Document.from_text(text, id="1").with_mentions([gerbils, gene])
    options = {"vocabulary": ["starter", "lexicon"]}
    assert kg.explain("cyclooxygenase-2", "Gene", **options).concepts
    for why in (
        kg.explain(gene, document=document, **options),
        kg.explain("cyclooxygenase-2", "Gene", species=10047, **options),
    ):
        assert why.concepts == ()
        assert "have such a gene, but none of" in why.reason


def test_larger_vocabularies_are_no_advice_once_they_are_installed(monkeypatch):
    monkeypatch.setattr(layers, "installed_vocabulary", lambda: Path("vocabulary"))
    named = kg.explain("zorbifloxamide", "Chemical", vocabulary=["starter"])
    assert "kgbuild vocab install" not in named.summary
    assert "what is installed was left out" in named.summary


def test_what_cannot_be_explained():
    (document,) = kg.annotate([FATIGUE], vocabulary="starter")
    with pytest.raises(ConfigError, match="type"):
        kg.explain("EPO")
    with pytest.raises(NotFoundError, match="no mention 'EPO'"):
        kg.explain("EPO", document=document)


def test_hostile_names_stay_text():
    why = kg.explain("<script>alert(1)</script>", "Disease")
    assert "<script>" not in why._repr_html_()


def test_an_edge_in_words_with_its_sentences():
    documents = captopril.documents()
    graph = kg.build_graph(documents)
    row = graph.top(1).row(0, named=True)
    why = graph.explain(row["target_name"], row["source_name"], documents=documents)
    said = str(why)
    assert f"named together in {row['documents']} document" in said
    assert f"{graph.counts['documents']} documents in all" in said
    assert len(why.evidence) == len(why.rows[0]["evidence"])
    for piece in why.evidence:
        assert piece.text is not None
        assert piece.text in said
    assert "blockquote" in why._repr_html_()
    with pytest.raises(NotFoundError):
        graph.explain(row["source"], "no such concept")


def test_an_edge_is_read_from_the_folder_of_its_run(tmp_path):
    documents = captopril.documents()
    made = kg.build_graph(documents)
    pair = made.top(1).select("source", "target").row(0)
    whole = str(made.explain(*pair, documents=documents))
    made.save(tmp_path)
    loaded = kg.KnowledgeGraph.load(tmp_path)
    bare = str(loaded.explain(*pair))
    assert bare.count("Give documents=… to read the sentences of ") == 1
    assert bare.splitlines()[:-1] == whole.splitlines()[: len(bare.splitlines()) - 1]
    table, _ = tables(documents)
    for number, part in enumerate((table[:2], table[2:])):
        write_table(
            part, tmp_path / "documents" / f"part-{number}.parquet", name="documents"
        )
    assert str(loaded.explain(*pair)) == whole
    assert str(loaded.filter(min_documents=1).explain(*pair)) == whole
    # What is given stands before what lies there.
    assert "Give documents=…" in str(loaded.explain(*pair, documents=[]))


def test_two_concepts_that_never_met():
    graph = kg.build_graph(captopril.documents())
    met = {frozenset(pair) for pair in graph.associations[["source", "target"]].rows()}
    ids = graph.concepts["concept_id"].to_list()
    apart = next((a, b) for a in ids for b in ids if a != b and {a, b} not in met)
    with pytest.raises(NotFoundError, match="no association"):
        graph.explain(*apart)


def test_an_ion_in_a_class_of_drugs_says_which_class() -> None:
    text = "Calcium channel blockers fell."
    ion = Mention(start=0, end=7, text="Calcium", type="Chemical")
    document = Document.from_text(text).with_mentions([ion])
    said = str(kg.explain(ion, document=document))
    assert "'Calcium channel blockers'" in said
    assert "None" not in said


def test_what_stands_beside_a_name_is_what_explains_it():
    text = "Zorbium X-1 (aspirin)."
    marked = [
        Mention(start=at, end=at + len(name), text=name, type="Chemical")
        for at, name in ((0, "Zorbium X-1"), (13, "aspirin"))
    ]
    document = Document.from_text(text, id="1").with_mentions(marked)
    why = kg.explain(marked[0], document=document, vocabulary="starter")
    assert why.method == "abbreviation"
    assert "what 'aspirin' means, as the document explains it" in why.summary


def test_what_letters_mean_to_everybody_is_not_the_documents(tmp_path):
    (tmp_path / "gene.tsv").write_text("id\tname\nown:1\tluteinizing hormone\n")
    letters = Mention(start=0, end=2, text="LH", type="Gene")
    document = Document.from_text("LH rose.", id="1").with_mentions([letters])
    why = kg.explain(letters, document=document, vocabulary=[tmp_path, "none"])
    assert why.concepts == ("own:1",)
    assert "everybody means by these letters" in why.summary
