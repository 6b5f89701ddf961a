"""Hand-checked sentences over all families, and sentences that hold no variant."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuild.variants import find_variants, read_variant


def _cases() -> list[tuple[str, str, str, str]]:
    lines = Path(__file__).with_name("cases.tsv").read_text(encoding="utf-8")
    rows = [line for line in lines.splitlines() if line and not line.startswith("#")]
    return [tuple(row.split("\t")) for row in rows]  # type: ignore[misc]


CASES = _cases()


@pytest.mark.parametrize(("marked", "kind", "core", "hgvs"), CASES)
def test_case(marked, kind, core, hgvs):
    before, _, rest = marked.partition("[[")
    mention, _, after = rest.rpartition("]]")
    found = find_variants(before + mention + after)
    assert [
        (
            m.start,
            m.end,
            m.variant.variant_class,
            m.variant.core,
            m.variant.hgvs or "-",
        )
        for m in found
    ] == [(len(before), len(before) + len(mention), kind, core, hgvs)]


@pytest.mark.parametrize(
    "text",
    [
        "T47D and T98G cells were grown with C3H mice.",
        "S100A and S100B are calcium-binding proteins; H2A and H3K are histones.",
        "The D2R agonist and the A2A antagonist were given.",
        "Samples were stored at -80C until use.",
        "Labelled with D-[3,4-14C]glucose and [U-14C]sucrose.",
        "The area under the curve (AUC) 0-24 was larger; (CC) 10-40 mg was given.",
        "Serum ACE ranged from 16-124 U/L in these patients.",
        "Insertion of a T tube was needed.",
        "A deletion of the gene was suspected.",
        "Exercise termination at 24 hours was frequent.",
        "See Table S2A and Figure S10C for details.",
        "Cytochrome P4503A was induced; M6P and M3G were measured.",
        "D-Ala2-Met-enkephalinamide was injected.",
        "The thrombin-cleaved bond at Arg130-Ala131 is exposed.",
        "Delta9-tetrahydrocannabinol and delta 9-THC were given.",
        "Blood pressure fell: delta -18.0% in the treated group.",
        "The mean dose rose from 5 to 10 mg/day in A and C.",
        "Patients A to C were excluded.",
        "Group A/B and group C/D were compared.",
        "Hepatitis B and/or C carriers (n = 12) were included.",
        "In 1998, 35 of 240 patients (14.6%) had relapsed by week 12.",
        "RS12 and rs1 and rs012345 are no identifiers.",
        "The c. elegans model and p. falciparum were used.",
        "The IC50 was 1.5-fold higher, P < 0.05.",
        "The valine to leucine ratio was unchanged at 37 degrees.",
        "Interleukin 10-1082 and CD4 T cells.",
        "The anti-FLAG antibody (Sigma, cat. no. F1804M) was diluted 1:1000.",
        "Beads (catalogue number A2220K) and plates (Cat# M8823L) were bought.",
        "The yeast strain S288C was grown; strain W303A was its control.",
        "Steroids were measured in H295R cells and in H295A cells.",
        "T24S cells and L5178Y lymphoma cells were exposed.",
        "See sample T12A, lane K14R and panel D10G.",
        "DNA from specimen R101H and isolate N501K was lost.",
        "The 3849 controls and 10 kb of DNA were sequenced.",
        "The p value fell from 341 to 12 and the A to Z list was read.",
        "Residues of JAK2 were aligned; G12/13 wells were empty.",
        "Samples S104T, A12C and K33R were sequenced.",
        "Clone A12C and clones B3D, C4F were picked.",
        "Pumps P12A and P14R were replaced.",
        "In cage A14D and room B12C patient P12R and volunteer V12A were kept.",
        "A filter F12A, a chip V4K and an Agilent G1530A were used; mAb G12A too.",
        "Posters P123A and S12C list the ICD-10 codes I21A and E11K.",
        "Primers A12F and G12R were used.",
        "Supported by grants R01A123C, K08A and R21G, and by grant no. K23A.",
        "The inhibitor K252A blocked TrkA; K252A and K252B were bought.",
        "RS67333 and RS 23597 are ligands of serotonin receptors.",
        "Sections of K14 (D, I, N, R) and of P13 (A, E, H, L) are shown.",
        "Mutant mice at P7/8 and at E14.5 were compared (Figure S2C).",
        "Expression of GADD45A, TMEM126A, TNFRSF11A and RASSF5A rose.",
        "Mutations of AVPR1A, AGTR1A, TGFBR3L and PPP1R12A cause autism.",
        "Variants: TNFRSF10A, METTL21C, ARHGEF10L, TMEM120A, PLA2G12A, GADD45G.",
        "Expression of TMEM126A, ZNF385F, SLC25A10F, CYP2C19 and LC3B rose in MC3T3E1.",
        "The marker D11S287E and line HTCC2503T were used with HEK293T.",
        "Wild-type loops L2/L3 were like M1/M1 mutants.",
        "Histone H3.3 is coded for by H3F3A and H3F3B.",
        "The antibody (Sigma, F1804M) and (F1804M; Sigma) and (#F1804M, Sigma).",
        "Cat# G1234A was bought; accession number A1234C, GenBank A1234T, RRID: A123C.",
        "(Figures S10A-S12G), Movie S12A, Scheme S12T and Appendix S12T, S13A.",
        "Those of group G12A and patients P101L and P102R died.",
        "The cell lines H295R, A123T and T24S and cells (H295R, T24S and A549R).",
        "S100A, B and C bind calcium; 12 G-C base pairs at 37 C to T.",
        "T47-D cells and F12-K media; Cdc42/Rac binds.",
        "Trimethylation H3K27me3 and acetylation H3K9ac were lost.",
    ],
)
def test_no_variant(text):
    assert find_variants(text) == []


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("Lys-302 and the mutant K302A", ["p|Allele|K|302", "p|SUB|K|302|A"]),
        ("Arg-4 became Gln: R-4Q was a mutation.", ["p|Allele|R|-4", "p|SUB|R|-4|Q"]),
        ("R620W; C1858T; 1858C>T",
         ["p|SUB|R|620|W", "c|SUB|C|1858|T", "c|SUB|C|1858|T"]),
        ("G12 and the mutation G12D", ["p|Allele|G|12", "p|SUB|G|12|D"]),
        ("c.[76A>C];[83del]", ["c|SUB|A|76|C", "c|DEL|83|"]),
        ("c.[76A>C(;)83del]", ["c|SUB|A|76|C", "c|DEL|83|"]),
        ("g.[76A>C;83G>C;90dup]",
         ["g|SUB|A|76|C", "g|SUB|G|83|C", "g|DUP|90||"]),
    ],
)  # fmt: skip
def test_variants_beside_each_other(text, cores):
    assert [m.variant.core for m in find_variants(text)] == cores


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("the V617F mutation", "p|SUB|V|617|F"),
        (" p.Val600Glu.", "p|SUB|V|600|E"),
        ("R469 to stop", "p|SUB|R|469|X"),
        ("DD32 deletion", "c|DEL||32"),
        ("-308 G to A", "c|SUB|G|-308|A"),
        ("deletion", None),
        ("mutation", None),
        ("", None),
        ("Asn-type", None),
        ("Ala -> Thr at 467", "p|SUB|A|467|T"),
        ("homozygous 22 bp deletion", "c|DEL||22"),
        ("Seven repeats", None),
        ("c.(67+1_68-1)_(316+1_317-1)dup", None),
        ("c.(?_-271)_(234_?)del", None),
        ("E590 K", "p|SUB|E|590|K"),
        ("Lys-302", "p|Allele|K|302"),
        ("Ser(180) and Ser(181) to Ala", "p|SUB|S|180_181|A"),
        ("Tyr697 and Tyr721 were replaced by phenylalanine", "p|SUB|Y|697_721|F"),
        ("cysteine 109 (Cys-109) to serine", "p|SUB|C|109|S"),
        ("Asp to Gly at the 128th position", "p|SUB|D|128|G"),
        ("alanine substitution of Asp-233", "p|SUB|D|233|A"),
        ("substitution of alanine by serine at position 5", "p|SUB|A|5|S"),
        ("G to C at the first nucleotide of the donor site", "c|SUB|G|IVS+1|C"),
    ],
)
def test_mentions_of_others_are_read(text, core):
    variant = read_variant(text)
    assert (variant.core if variant else None) == core
