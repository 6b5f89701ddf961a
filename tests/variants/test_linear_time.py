"""No text makes the grammar slower than linear."""

from __future__ import annotations

import time

import pytest

from kgbuild.document import Document
from kgbuild.variants import FAMILIES, VariantRecognizer, link_variants

#: Repeated, these drive the patterns furthest into what they refuse in the end.
UNITS = (
    "A", "1", " ", "-", "(", "p.", "c.", "A1", "1A", "1-", "1 - ", "-1", "1,", "1,000",
    "1_", "A>", "A/A ", "A to ", "deletion ", "deletion of ", "1 bp ",
    "1-bp deletion of ", "codon 1 ", "Ala", "Ala1", "Ala to ", "alanine to ",
    "alanine at position ", "IVS1 - ", "IVS1-1", "del", "1del", "delA", "(CA)", "(CA)1",
    "p.Ala1_", "A1_", "A1/", "Chr1:1,", "c.1-1_", "delta ", "1p1.", "Δ", "+1 ",
    "A (A) to ", "in exon 1 ", "amino acid position ", "base pair ", "1 (1) ",
    "A1(A/", "A1, A ", "A1A, -A", "c.[1A>C;", "CCR5-Δ", "at position +1 of the ",
    "of intron ", "the first nucleotide of the splice donor site of ", "A1.11(1)",
    "codon 1/1 (-A", "samples A1, ", "chr1-111-A-", "substitution of alanine 1 ",
    "NM_0", "p.(Ala1", "AAA ", "was replaced by ", "del(1)(p", "A deletion ",
)  # fmt: skip

_LENGTH = 10_000
#: Quadratic time would take seconds for so many characters, linear takes milliseconds.
_LIMIT_S = 0.5


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_every_pattern_is_linear(family):
    slowest = 0.0
    for unit in UNITS:
        text = (unit * (_LENGTH // len(unit) + 1))[:_LENGTH]
        start = time.process_time()
        for _ in family.pattern.finditer(text):
            pass
        slowest = max(slowest, time.process_time() - start)
    assert slowest < _LIMIT_S


@pytest.mark.parametrize("unit", ["A deletion of ", "V600E ", "c.1A>G (p.A1V) rs123 "])
def test_the_whole_stage_is_linear(unit):
    def seconds(length: int) -> float:
        document = Document.from_text((unit * (length // len(unit) + 1))[:length])
        start = time.process_time()
        link_variants(VariantRecognizer()(document))
        return time.process_time() - start

    seconds(2_000)
    assert seconds(60_000) < 12 * max(seconds(20_000), 0.02)
