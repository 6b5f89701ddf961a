from __future__ import annotations

import pytest

from kgbuild.document import Document, Mention
from kgbuild.pipeline import Pipeline
from kgbuild.stage import Stage
from kgbuild.variants import VariantRecognizer


def test_is_a_stage():
    assert isinstance(VariantRecognizer(), Stage)
    assert VariantRecognizer().name == "variants"


def test_mentions_carry_the_normal_form():
    document = Document.from_text(
        "Melanomas with BRAF p.V600E (rs113488022) respond.", title="A c.35G>A carrier"
    )
    found = VariantRecognizer()(document).mentions
    assert [(m.text, m.type, m.recognizer, m.method) for m in found] == [
        ("c.35G>A", "Variant", "variant-grammar", "variant"),
        ("p.V600E", "Variant", "variant-grammar", "variant"),
        ("rs113488022", "Variant", "variant-grammar", "variant"),
    ]
    assert [m.attribute("tmvar") for m in found] == [
        "c|SUB|G|35|A", "p|SUB|V|600|E", "rs113488022",
    ]  # fmt: skip
    assert [m.attribute("hgvs") for m in found] == ["c.35G>A", "p.Val600Glu", None]
    assert found[2].concepts == ("dbsnp:rs113488022",)


def test_running_twice_changes_nothing():
    recognize = VariantRecognizer()
    once = recognize(Document.from_text("The MTHFR C677T polymorphism."))
    assert recognize(once) == once


def test_no_mention_crosses_passages():
    document = Document.from_text("A (rs334) allele", title="The carriers of c.35G>")
    assert [m.text for m in VariantRecognizer()(document).mentions] == ["rs334"]


def test_stream_keeps_order_and_records_the_status():
    documents = [Document.from_text(t, id=t) for t in ("rs334", "nothing", "V600E")]
    out = list(Pipeline([VariantRecognizer()])(documents))
    assert [d.id for d in out] == ["rs334", "nothing", "V600E"]
    assert [d.stage("variants").state for d in out] == ["done"] * 3
    assert [len(d.mentions) for d in out] == [1, 0, 1]


def test_places_are_reported_on_request():
    document = Document.from_text("The RefSeq NM_000546.5 lies on 17p13.1.")
    assert VariantRecognizer()(document).mentions == ()
    asked = VariantRecognizer(places=("RefSeq", "Chromosome"))(document).mentions
    assert [m.text for m in asked] == ["NM_000546.5", "17p13.1"]


@pytest.mark.parametrize(
    ("text", "gene", "variant"),
    [
        ("The JAK2V617F mutation is common.", "JAK2", "V617F"),
        ("We studied KRASG12C inhibitors.", "KRAS", "G12C"),
        ("Blood with FLT3D835Y was drawn.", "FLT3", "D835Y"),
        ("Sickling by HBBE6V is known.", "HBB", "E6V"),
        ("The ATG16L1T300A variant raises the risk.", "ATG16L1", "T300A"),
        ("The label was BRAF_V600E here.", "BRAF", "V600E"),
        ("The label was BRAF_p.V600E here.", "BRAF", "p.V600E"),
        ("The label was JAK2c.1849G>T here.", "JAK2", "c.1849G>T"),
    ],
)
def test_a_glued_variant_is_cut_off_its_gene(text, gene, variant):
    start = text.index(gene)
    whole = Mention(
        start=start,
        end=text.index(variant) + len(variant),
        text=text[start : text.index(variant) + len(variant)],
        type="Gene",
        recognizer="tagger",
        score=0.9,
    )
    alone = Document.from_text(text)
    for document in (alone, alone.with_mentions([whole])):
        mentions = VariantRecognizer()(document).mentions
        assert [(m.text, m.type) for m in mentions] == [
            (gene, "Gene"),
            (variant, "Variant"),
        ]


def test_gold_genes_are_never_cut():
    text = "The JAK2V617F mutation is common."
    gold = Mention(start=4, end=13, text="JAK2V617F", type="Gene")
    mentions = VariantRecognizer()(
        Document.from_text(text).with_mentions([gold])
    ).mentions
    assert gold in mentions
