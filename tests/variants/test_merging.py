from __future__ import annotations

import pytest

from kgbuild.document import Document, Mention
from kgbuild.variants import VariantRecognizer, merge_variants
from kgbuild.variants.merging import TAGGER_ALONE_READ, TAGGER_ALONE_UNREAD


def tag(text: str, part: str, score: float | None = 0.8) -> Mention:
    start = text.index(part)
    return Mention(
        start=start,
        end=start + len(part),
        text=part,
        type="Variant",
        recognizer="tagger",
        score=score,
    )


def merged(text: str, *tagged: Mention) -> list[tuple[str, str]]:
    grammar = VariantRecognizer().mentions(Document.from_text(text))
    return [(m.text, m.recognizer) for m in merge_variants(tagged, grammar)]


def test_notations_win_on_spans():
    text = "The mutation c.35G>A (p.G12D) is common."
    assert merged(text, tag(text, "mutation c.35G>A (p.G12D)", 0.99)) == [
        ("c.35G>A", "variant-grammar"),
        ("p.G12D", "variant-grammar"),
    ]


@pytest.mark.parametrize("part", ["novel TTAT insertion", "insertion"])
def test_words_win_on_spans_too(part):
    text = "We found a novel TTAT insertion in the gene."
    assert merged(text, tag(text, part, 0.99)) == [
        ("TTAT insertion", "variant-grammar")
    ]


def test_a_repeat_stays_where_the_tagger_found_nothing():
    text = "The promoter allele (CCTTT)14 was longer than others."
    assert merged(text) == [("(CCTTT)14", "variant-grammar")]


def test_the_taggers_own_finds_stay_where_sure_enough():
    text = "An unstable haemoglobin was seen in two kindreds."
    unread = "unstable haemoglobin"
    assert merged(text, tag(text, unread, TAGGER_ALONE_UNREAD)) == [(unread, "tagger")]
    assert merged(text, tag(text, unread, TAGGER_ALONE_UNREAD - 0.01)) == []
    text = "The mutation was 22 bp deleted in all."
    read = "22 bp deleted"
    assert merged(text, tag(text, read, TAGGER_ALONE_READ)) == [(read, "tagger")]
    assert merged(text, tag(text, read, TAGGER_ALONE_READ - 0.01)) == []
    assert merged(text, tag(text, read, None)) == [(read, "tagger")]


def test_the_taggers_mentions_get_a_normal_form():
    text = "The mutation was 22 bp deleted in all."
    (found,) = merge_variants([tag(text, "22 bp deleted", 0.97)], ())
    assert found.attribute("tmvar") == "c|DEL||22"
    assert found.concepts == ("tmvar:c|DEL||22",)
    assert (found.recognizer, found.score) == ("tagger", 0.97)


def test_weak_families_of_low_precision_need_the_tagger():
    text = "The deletion DD32 of CCR5 was rare."
    assert merged(text) == []
    document = Document.from_text(text)
    tagged = document.with_mentions([tag(text, "deletion DD32", 0.5)])
    once = VariantRecognizer()(tagged)
    assert [m.text for m in once.mentions] == ["DD32"]
    assert once.mentions[0].attribute("support") == "tagger"
    # The tagger's mention is gone now, what it said is not.
    ran = once.with_status("recognize", "done")
    assert VariantRecognizer()(ran).mentions == once.mentions


@pytest.mark.parametrize("recognizer", ["gold", "variant-grammar"])
def test_corpora_and_the_grammar_itself_are_no_tagger(recognizer):
    mention = Mention(
        start=0, end=5, text="V600E", type="Variant", recognizer=recognizer, score=1.0
    )
    assert merge_variants([mention], ()) == ()


def test_other_types_are_passed_over():
    gene = Mention(start=0, end=4, text="BRAF", type="Gene", recognizer="tagger")
    assert merge_variants([gene], ()) == ()


def test_the_stage_merges_and_keeps_everything_else():
    text = "BRAF V600E in melanoma."
    gene = Mention(start=0, end=4, text="BRAF", type="Gene", recognizer="tagger")
    document = Document.from_text(text).with_mentions([gene, tag(text, "BRAF V600E")])
    found = VariantRecognizer()(document)
    assert [(m.text, m.type) for m in found.mentions] == [
        ("BRAF", "Gene"),
        ("V600E", "Variant"),
    ]


def test_the_result_is_disjoint():
    text = "c.35G>A, c.36G>A, c.37G>A and a TTAT insertion of 22 bp."
    tagged = [
        tag(text, "c.35G>A, c.36G>A", 0.99),
        tag(text, "c.37G>A and a TTAT insertion of 22 bp", 0.99),
        tag(text, "22 bp", 0.99),
    ]
    grammar = VariantRecognizer().mentions(Document.from_text(text))
    found = merge_variants(tagged, grammar)
    ends = [0, *(m.end for m in found)]
    assert all(m.start >= end for m, end in zip(found, ends, strict=False))
    assert {"c.35G>A", "c.36G>A", "c.37G>A"} <= {m.text for m in found}


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("Anti-FLAG antibody (catalog number F1804M) binds EGFR.", "F1804M"),
        ("H295R cells express CYP11B1.", "H295R"),
        ("Strain S288C was grown.", "S288C"),
    ],
)
def test_what_stands_around_refuses_the_tagger_s_too(text, variant):
    start = text.index(variant)
    mention = Mention(
        start=start,
        end=start + len(variant),
        text=variant,
        type="Variant",
        recognizer="tagger",
        score=0.99,
    )
    document = Document.from_text(text).with_mentions([mention])
    assert VariantRecognizer()(document).mentions == ()
