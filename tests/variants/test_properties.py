"""What holds for every HGVS description, every text and every mention."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuild.document import Document, Passage
from kgbuild.variants import (
    VariantRecognizer,
    find_variants,
    from_core,
    from_hgvs,
    read_variant,
)
from kgbuild.variants._letters import AMINO_ACIDS

THREE = [three for one, (three, _) in AMINO_ACIDS.items() if one not in "XU"]
acid = st.sampled_from(THREE)
base = st.sampled_from("ACGT")
bases = st.text("ACGT", min_size=1, max_size=8)
offset = st.integers(1, 400).flatmap(lambda n: st.sampled_from([f"+{n}", f"-{n}"]))


@st.composite
def coding_place(draw) -> str:
    sign = draw(st.sampled_from(["", "", "", "-", "*"]))
    # "c.1-2del" reads as a range: an intron's base before c.2 is nobody's.
    place = f"{sign}{draw(st.integers(500, 99_999))}"
    return place + draw(st.just("") | offset) if not sign else place


@st.composite
def dna(draw) -> str:
    level = draw(st.sampled_from("cccgmn"))
    place = str(draw(st.integers(1, 99_999)))
    if level in "cn":
        place = draw(coding_place())
    first = draw(st.integers(1, 9_000))
    kind = draw(st.sampled_from(["sub", "del", "dup", "ins", "delins", "inv", "range"]))
    if kind == "sub":
        wild, mutant = draw(st.lists(base, min_size=2, max_size=2, unique=True))
        return f"{level}.{place}{wild}>{mutant}"
    if kind in ("del", "dup"):
        return f"{level}.{place}{kind}{draw(st.just('') | base)}"
    sequence = draw(bases.filter(lambda s: len(s) > 1))
    span = f"{first}_{first + len(sequence) - 1}"
    if kind == "range":
        return f"{level}.{span}{draw(st.sampled_from(['del', 'dup']))}{sequence}"
    if kind == "ins":
        return f"{level}.{first}_{first + 1}ins{draw(bases)}"
    if kind == "inv":
        return f"{level}.{span}inv"
    return f"{level}.{span}delins{draw(bases)}"


@st.composite
def rna(draw) -> str:
    wild, mutant = draw(
        st.lists(st.sampled_from("acgu"), min_size=2, max_size=2, unique=True)
    )
    place = draw(st.integers(1, 9_999))
    return draw(
        st.sampled_from([f"r.{place}{wild}>{mutant}", f"r.{place}_{place + 3}del"])
    )


@st.composite
def protein(draw) -> str:
    first, last = draw(acid), draw(acid)
    place = draw(st.integers(1, 9_999))
    end = place + draw(st.integers(1, 30))
    inserted = "".join(draw(st.lists(acid, min_size=1, max_size=5)))
    forms = [
        f"p.{first}{place}Ter",
        f"p.{first}{place}=",
        f"p.{first}{place}fs",
        f"p.{first}{place}{last}fsTer{draw(st.integers(1, 200))}",
        f"p.{first}{place}del",
        f"p.{first}{place}dup",
        f"p.{first}{place}_{last}{end}del",
        f"p.{first}{place}_{last}{end}dup",
        f"p.{first}{place}_{last}{end}delins{inserted}",
        f"p.{first}{place}_{last}{place + 1}ins{inserted}",
        f"p.{first}{place}delins{inserted}",
    ]
    if first != last:
        forms.append(f"p.{first}{place}{last}")
    return draw(st.sampled_from(forms))


hgvs = st.one_of(dna(), rna(), protein())


@given(hgvs)
@settings(max_examples=400)
def test_every_hgvs_is_found_and_normalised_back_to_itself(description):
    text = f"We found {description} in the proband."
    found = find_variants(text)
    assert [(m.start, m.end, m.variant.hgvs) for m in found] == [
        (9, 9 + len(description), description)
    ]
    assert from_hgvs(description).hgvs == description
    assert read_variant(description).hgvs == description


@given(hgvs)
@settings(max_examples=300)
def test_core_and_hgvs_round_trip(description):
    variant = from_hgvs(description)
    again = from_core(variant.core)
    assert again.core == variant.core
    assert again.variant_class == variant.variant_class
    if again.hgvs is not None:  # residues that flank a range are not in the core
        assert again.hgvs == description


@given(protein().filter(lambda p: "_" not in p and "delins" not in p))
def test_residues_in_one_letter_or_in_brackets_mean_the_same(description):
    body = description.removeprefix("p.")
    assert from_hgvs(f"p.({body})").core == from_hgvs(description).core
    short = body
    for one, (three, _) in AMINO_ACIDS.items():
        short = short.replace(three, one)
    assert from_hgvs(f"p.{short}").core == from_hgvs(description).core


#: What adversaries and odd typesetting are made of.
pieces = st.sampled_from(
    """
    A C G T V600E c. p. g. IVS codon del ins dup delins fs Ter Val Met valine to by for
    -> --> → > / ( ) [ ] _ - – − + * . , ; : 1 12 677 1,298 -308 rs rs123 Δ delta
    deletion insertion of bp kb base pair position nucleotide allele Ala1 chr7: q21.3
    polymorphism mutation at in the was replaced é β-catenin 𝛽 é
    """.split()  # noqa: SIM905
)
blanks = st.sampled_from(["", " ", "  ", "\u00a0", "\n"])
noise = st.lists(st.tuples(pieces, blanks).map("".join), max_size=40).map("".join)


@given(noise | st.text(string.printable + "αβΔ→−–𝛽", max_size=200), noise)
@settings(max_examples=400)
def test_any_text_gives_sound_disjoint_mentions(title, abstract):
    document = Document(
        id="1",
        passages=(
            Passage(text=title, section="title"),
            Passage(text=abstract, section="abstract"),
        ),
    )
    found = VariantRecognizer(places=("Chromosome", "RefSeq", "GenomicRegion"))(
        document
    )
    end = 0
    borders = document.passage_offsets()
    for mention in found.mentions:  # Document itself checks text and offsets
        assert mention.start >= end
        end = mention.end
        assert any(a <= mention.start and mention.end <= b for a, b in borders)
        core = mention.attribute("tmvar")
        assert core
        if mention.attribute("class") not in (
            "SNP", "CopyNumberVariant", "GenomicRegion", "Chromosome", "RefSeq",
        ):  # fmt: skip
            assert from_core(core).core == core
        assert mention.attribute("label")


@given(noise)
@settings(max_examples=300)
def test_any_mention_can_be_tried(text):
    variant = read_variant(text)
    assert variant is None or variant.core
