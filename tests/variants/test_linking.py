from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import kgbuild as kg
from kgbuild.document import Document, Mention
from kgbuild.pipeline import Pipeline
from kgbuild.stage import Stage
from kgbuild.variants import (
    VariantLinker,
    VariantRecognizer,
    VariantTable,
    build_variant_table,
    from_core,
    link_variants,
)
from kgbuild.variants.genes import corresponding_genes
from kgbuild.variants.linking import codes_for

if TYPE_CHECKING:
    from pathlib import Path

GENES = {
    "BRAF": "673", "KRAS": "3845", "MTHFR": "4524", "TNF": "7124", "IL6": "3569",
    "BRCA1": "672", "BRCA2": "675", "CFTR": "1080",
    "PTPN22": "26191", "CYBA": "1535", "DBH": "1621", "MLYCD": "23417", "EGFR": "1956",
}  # fmt: skip


def annotated(text: str, *, title: str | None = None, **attributes: str) -> Document:
    """Recognise variants; genes are the known symbols of the text."""
    document = Document.from_text(text, title=title)
    genes = []
    for symbol, number in GENES.items():
        start = document.text.find(symbol)
        while start >= 0:
            end = start + len(symbol)
            genes.append(
                Mention(
                    start=start,
                    end=end,
                    text=symbol,
                    type="Gene",
                    recognizer="test",
                    concepts=(f"ncbigene:{number}",),
                    method="exact",
                )
            )
            start = document.text.find(symbol, end)
    return VariantRecognizer()(document.with_mentions(genes))


def linked(text: str, *, title: str | None = None) -> dict[str, Mention]:
    """Return the linked variants by their text (the last of each)."""
    document = link_variants(annotated(text, title=title))
    return {m.text: m for m in document.mentions if m.type == "Variant"}


def test_gene_beside_the_variant_wins_over_a_nearer_one():
    found = linked("Unlike KRAS, the p.Val600Glu mutation of BRAF was found.")
    assert found["p.Val600Glu"].attribute("gene") == "ncbigene:673"
    assert found["p.Val600Glu"].attribute("gene_evidence") == "adjacent"
    assert found["p.Val600Glu"].concepts == ("tmvar:673|p|SUB|V|600|E",)


@pytest.mark.parametrize(
    ("text", "genes"),
    [
        ("Unlike KRAS, V600E in BRAF activates it.", {"V600E": "BRAF"}),
        ("In contrast to EGFR, V600E of BRAF is frequent.", {"V600E": "BRAF"}),
        ("BRAF V600E in KRAS wild-type tumours", {"V600E": "BRAF"}),
        ("BRAF mutations (V600E) in KRAS wild-type tumours", {"V600E": "BRAF"}),
        ("V600E-mutant BRAF and G12D-mutant KRAS", {"V600E": "BRAF", "G12D": "KRAS"}),
        ("T790M in EGFR, G12C in KRAS and V600E in BRAF",
         {"T790M": "EGFR", "G12C": "KRAS", "V600E": "BRAF"}),
        ("EGFR mutations such as L858R and T790M, KRAS G12C",
         {"L858R": "EGFR", "T790M": "EGFR", "G12C": "KRAS"}),
        ("rs1801133 (MTHFR), rs1800629 (TNF)",
         {"rs1801133": "MTHFR", "rs1800629": "TNF"}),
        ("C/T-13910 of MTHFR and G/C-174 of IL6 were typed.",
         {"C/T-13910": "MTHFR", "G/C-174": "IL6"}),
        ("C/T-13910 of LCT and G/C-174 of IL6 were typed.",
         {"C/T-13910": None, "G/C-174": "IL6"}),
        ("BRAF_V600E, KRAS_p.G12D and EGFRL858R were labels.",
         {"V600E": "BRAF", "p.G12D": "KRAS", "L858R": "EGFR"}),
        ("The factor V R506Q and BRAFV600E mutations were typed.",
         {"R506Q": None, "V600E": "BRAF"}),
        ("R506Q, BRAFV600E and MTHFR C677T",
         {"R506Q": "MTHFR", "V600E": "BRAF", "C677T": "MTHFR"}),
    ],
)  # fmt: skip
def test_what_the_words_between_say(text, genes):
    said = {name: m.attribute("gene") for name, m in linked(text).items()}
    assert said == {
        name: gene and f"ncbigene:{GENES[gene]}" for name, gene in genes.items()
    }


def test_gene_of_the_sentence_wins_over_a_nearer_one_of_another():
    found = linked(
        "In MTHFR we looked at many known sites, among them 677C>T. EGFR was not typed."
    )
    assert found["677C>T"].attribute("gene") == "ncbigene:4524"
    assert found["677C>T"].attribute("gene_evidence") == "sentence"


def test_without_a_gene_in_the_sentence_the_most_named_gene_wins():
    found = linked("TNF was typed. BRAF was sequenced. BRAF is long. V600E was common.")
    assert found["V600E"].attribute("gene") == "ncbigene:673"
    assert found["V600E"].attribute("gene_evidence") == "document"


def test_mentions_of_one_change_learn_from_each_other():
    document = link_variants(
        annotated("V600E was common. KRAS and KRAS and KRAS. BRAF V600E was rare.")
    )
    genes = [m.attribute("gene") for m in document.mentions if m.type == "Variant"]
    assert genes == ["ncbigene:673", "ncbigene:673"]


def test_a_variant_without_a_gene_keeps_its_core_and_says_so():
    found = linked("The V600E mutation was found.")
    assert found["V600E"].concepts == ("tmvar:p|SUB|V|600|E",)
    assert found["V600E"].attribute("gene") is None
    assert found["V600E"].attribute("gene_evidence") == "none"


def test_genes_of_the_documents_species_win():
    document = annotated("The V600E mutation was found.")
    variant = document.mentions[0]
    mouse, human = (
        Mention(
            start=0,
            end=3,
            text="The",
            type="Gene",
            concepts=(f"ncbigene:{number}",),
            attributes=(("taxon", f"ncbitaxon:{taxon}"),),
        )
        for number, taxon in (("109880", "10090"), ("673", "9606"))
    )
    species = Mention(
        start=19, end=22, text="was", type="Species", concepts=("ncbitaxon:10090",)
    )
    both = document.with_mentions([mouse, human, variant])
    assert corresponding_genes(both, [variant])[0][0] == "ncbigene:673"
    with_mice = document.with_mentions([mouse, human, variant, species])
    assert corresponding_genes(with_mice, [variant])[0][0] == "ncbigene:109880"


@pytest.mark.parametrize(
    ("text", "variant", "rs"),
    [
        ("BRAF V600E (rs113488022) was found.", "V600E", "rs113488022"),
        ("BRAF rs113488022 (V600E) was found.", "V600E", "rs113488022"),
        ("MTHFR rs1801133: 677C>T was found.", "677C>T", "rs1801133"),
        (
            "The -930A>G CYBA polymorphism (rs9932581) was found.",
            "-930A>G",
            "rs9932581",
        ),
        ("The DBH -1021T allele (rs1611115) was found.", "-1021T", "rs1611115"),
        (
            "In PTPN22 rs2476601, encoding the amino acid exchange R620W, was found.",
            "R620W",
            "rs2476601",
        ),
        (
            "SNPs of PTPN22 at -1123 (rs2488457) and +2740 (rs1217412) were typed: "
            "-1123G>C was rare.",
            "-1123G>C",
            "rs2488457",
        ),
    ],
)
def test_rs_numbers_of_the_text(text, variant, rs):
    found = linked(text)[variant]
    assert found.concepts == (f"dbsnp:{rs}",)
    assert found.attribute("rs") == rs
    assert found.attribute("rs_evidence") == "text"


def test_rs_number_reaches_all_mentions_and_both_levels():
    document = link_variants(
        annotated("MLYCD c.920T>G, p.Leu307Arg (rs121908080). The c.920T>G again.")
    )
    found = [m.concepts for m in document.mentions if m.type == "Variant"]
    assert found == [("dbsnp:rs121908080",)] * 4


def test_lists_of_rs_numbers_are_not_paired_with_the_next_variant():
    found = linked("IL6 rs1800795, rs1800796 and BRAF V600E were typed.")
    assert found["V600E"].attribute("rs") is None


def test_other_changes_of_the_residue_do_not_get_the_rs_number():
    found = linked(
        "BRAF V600E (rs113488022) and V600K were found; the V600 codon is hot. "
        "MTHFR 677C>T (rs1801133) made the 677TT genotype."
    )
    assert found["V600K"].concepts == ("tmvar:673|p|SUB|V|600|K",)
    assert found["V600"].attribute("rs") is None
    assert found["677TT"].concepts == ("dbsnp:rs1801133",)


def test_two_rs_numbers_for_one_group_contradict_each_other():
    found = linked("BRAF V600E (rs113488022) or V600E (rs121913377) was found.")
    assert found["V600E"].concepts == ("tmvar:673|p|SUB|V|600|E",)


def test_groups():
    found = linked(
        "MLYCD c.920T>G made p.Leu307Arg; another, c.370_371insA, made p.Ser124fs; "
        "BRAF V600E and V600K differ, L307R is the first one."
    )
    group = {text: m.attribute("variant_group") for text, m in found.items()}
    assert group["c.920T>G"] == group["p.Leu307Arg"]
    assert group["c.370_371insA"] == group["p.Ser124fs"]
    assert group["V600E"] == group["V600K"]  # as tmVar groups: by position
    assert len({group["c.920T>G"], group["c.370_371insA"], group["V600E"]}) == 3


@pytest.mark.parametrize(
    ("base", "acid", "fits"),
    [
        ("c|SUB|T|1799|A", "p|SUB|V|600|E", True),
        ("c|SUB|G|35|A", "p|SUB|G|12|D", True),
        ("g|SUB|G|35|A", "p|SUB|G|12|D", True),
        ("c|SUB|G|36|A", "p|SUB|G|12|D", False),
        ("c|SUB|G|35|C", "p|SUB|G|12|D", False),
        ("c|SUB|C|1657|T", "p|SUB|R|553|X", True),
        ("c|SUB|A|1798|G", "p|SUB|V|600|E", False),
        ("c|DEL|1799|A", "p|SUB|V|600|E", False),
    ],
)
def test_codes_for(base, acid, fits):
    assert codes_for(from_core(base), from_core(acid)) is fits


@pytest.mark.parametrize(
    ("text", "variant", "name"),
    [
        ("BRAF V600E was found.", "V600E", "BRAF V600E"),
        ("BRAF p.Val600Glu was found.", "p.Val600Glu", "BRAF V600E"),
        ("MTHFR C677T was found.", "C677T", "MTHFR 677C>T"),
        ("BRAF V600E (rs113488022) was found.", "V600E", "BRAF V600E"),
        # Neither says what changes in which gene.
        ("BRAF V600E (rs113488022) was found.", "rs113488022", None),
        ("V600E was found.", "V600E", None),
        # C>T alone names nothing.
        ("MTHFR rs1801133 (C>T) was typed.", "C>T", "rs1801133"),
        (
            "The rs1801133 C>T was typed in patients with a mutation.",
            "C>T",
            "rs1801133",
        ),
    ],
)
def test_variants_are_called_by_gene_and_change(text, variant, name):
    assert linked(text)[variant].attribute("name") == name


@pytest.mark.parametrize(
    ("text", "variant", "hgvs", "concept"),
    [
        ("BRCA1 185delAG", "185delAG", "c.68_69delAG", "tmvar:672|c|DEL|68_69|AG"),
        ("BRCA1 5382insC", "5382insC", "c.5266dupC", "tmvar:672|c|DUP|5266|C|"),
        ("BRCA2 6174delT", "6174delT", "c.5946delT", "tmvar:675|c|DEL|5946|T"),
        # Its place in the coding sequence is not known.
        ("BRCA1 3600del11", "3600del11", None, "tmvar:672|c|DEL|3600|11"),
        ("BRCA1 c.68_69delAG", "c.68_69delAG", "c.68_69delAG",
         "tmvar:672|c|DEL|68_69|AG"),
        ("KRAS 185delAG", "185delAG", "c.185_186delAG", "tmvar:3845|c|DEL|185|AG"),
        ("CFTR 621+1G>T", "621+1G>T", "c.489+1G>T", "tmvar:1080|c|SUB|G|489+1|T"),
    ],
)  # fmt: skip
def test_names_from_before_hgvs_are_counted_from_the_mrna(text, variant, hgvs, concept):
    found = linked(f"The mutation {text} was found.")[variant]
    assert found.attribute("hgvs") == hgvs
    assert found.concepts == (concept,)


def test_the_gene_s_name_is_the_vocabulary_s():
    document = annotated("BRAF1 V600E and BRAF1 V600K.")
    gene = Mention(
        start=0, end=5, text="BRAF1", type="Gene", concepts=("ncbigene:673",),
        attributes=(("name", "BRAF"),),
    )  # fmt: skip
    variants = [m for m in document.mentions if m.type == "Variant"]
    found = link_variants(document.with_mentions([gene, *variants]))
    names = [m.attribute("name") for m in found.mentions if m.type == "Variant"]
    assert names == ["BRAF V600E", "BRAF V600K"]
    # Without a gene the old name would be wrong.
    alone = [m for m in found.mentions if m.type == "Variant"]
    again = link_variants(found.with_mentions(alone))
    assert [m.attribute("name") for m in again.mentions] == [None, None]


def test_gold_concepts_stay():
    document = annotated("BRAF V600E was found.")
    gold = [
        replace(m, recognizer="gold", method="gold", concepts=("dbsnp:rs1",))
        if m.type == "Variant"
        else m
        for m in document.mentions
    ]
    found = link_variants(document.with_mentions(gold))
    variant = next(m for m in found.mentions if m.type == "Variant")
    assert variant.concepts == ("dbsnp:rs1",)
    assert variant.attribute("gene") == "ncbigene:673"


def test_linking_twice_changes_nothing():
    once = link_variants(annotated("BRAF V600E (rs113488022), p.Lys23_Leu24insArg."))
    assert link_variants(once) == once
    kept = next(m for m in once.mentions if m.text.startswith("p."))
    assert kept.attribute("hgvs") == "p.Lys23_Leu24insArg"


def test_documents_without_variants_come_back_as_they_are():
    document = Document.from_text("Nothing here.")
    assert link_variants(document) is document


def test_the_linker_is_a_stage_that_skips_failures():
    linker = VariantLinker()
    assert isinstance(linker, Stage)
    done = annotated("BRAF V600E").with_status("variants", "done")
    failed = Document.from_text("V600E", id="2").with_status(
        "variants", "failed", reason="why"
    )
    first, second = Pipeline([linker])([done, failed])
    assert first.mentions[1].attribute("gene") == "ncbigene:673"
    assert first.stage("link").state == "done"
    assert second.stage("link").state == "skipped"
    assert second.stage("variants").reason == "why"


def test_a_glued_variant_is_never_that_of_the_next_gene():
    by_text = linked("BRAFV600E reduces EGFR; in FLT3D835Y mutated blasts EGFR is low.")
    assert by_text["V600E"].attribute("gene") == "ncbigene:673"
    assert by_text["D835Y"].attribute("gene") is None  # FLT3 has no id here
    assert by_text["D835Y"].concepts == ("tmvar:p|SUB|D|835|Y",)


def test_an_unread_mention_says_why():
    text = "A mutation and an exon 4 disruption were seen."
    spans = [(2, 10, "names no change"), (18, 35, "its notation is not in the grammar")]
    mentions = [
        Mention(start=a, end=b, text=text[a:b], type="Variant", recognizer="tagger")
        for a, b, _ in spans
    ]
    document = link_variants(Document.from_text(text).with_mentions(mentions))
    assert [(m.method, m.attribute("unread")) for m in document.mentions] == [
        ("unlinked", reason) for _, _, reason in spans
    ]


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        (
            "EGFR G719A, S768I and L861Q were found.",
            ["p|SUB|G|719|A", "p|SUB|S|768|I", "p|SUB|L|861|Q"],
        ),
        (
            "BRAF G469A, V600E and K601E were found.",
            ["p|SUB|G|469|A", "p|SUB|V|600|E", "p|SUB|K|601|E"],
        ),
        (
            "EGFR rs121434568, T790M and rs2227983 were typed.",
            ["rs121434568", "p|SUB|T|790|M", "rs2227983"],
        ),
    ],
)
def test_members_of_a_list_are_variants_of_their_own(text, cores):
    document = link_variants(annotated(text))
    variants = [m for m in document.mentions if m.type == "Variant"]
    assert [m.attribute("tmvar") for m in variants] == cores
    assert len({m.attribute("variant_group") for m in variants}) == 3
    assert all(m.attribute("rs") is None or m.text[0] == "r" for m in variants)


@pytest.mark.parametrize(
    "text", ["BRAF V600E/K and BRAF V600E.", "BRAF V600E or K, V600E."]
)
def test_a_list_means_each_of_its_changes(text: str, tmp_path: Path) -> None:
    gene = Mention(start=0, end=4, text="BRAF", type="Gene", concepts=("ncbigene:673",))
    document = Document.from_text(text, id="1").with_mentions([gene])
    linked = link_variants(VariantRecognizer()(document))
    several, alone = [m for m in linked.mentions if m.type == "Variant"]
    assert several.concepts == ("tmvar:673|p|SUB|V|600|E", "tmvar:673|p|SUB|V|600|K")
    assert several.composite
    assert several.attribute("name") == "BRAF V600E; BRAF V600K"
    assert alone.concepts == several.concepts[:1]
    assert not alone.composite
    kg.write([linked], tmp_path / "a.jsonl")
    (back,) = kg.read(tmp_path / "a.jsonl")
    assert back.mentions == linked.mentions


def test_each_change_of_a_list_has_its_own_number(tmp_path: Path) -> None:
    forms = tmp_path / "forms.tsv"
    forms.write_text(
        "form\trs\tncbigene\np|SUB|V|600|E\t113488022\t673\n"
        "p|SUB|V|600|K\t121913227\t673\n"
    )
    build_variant_table(forms, tmp_path / "variants.table")
    table = VariantTable(tmp_path / "variants.table")
    gene = Mention(start=0, end=4, text="BRAF", type="Gene", concepts=("ncbigene:673",))
    document = Document.from_text("BRAF V600E/K.").with_mentions([gene])
    linked = link_variants(VariantRecognizer()(document), table=table)
    assert linked.mentions[-1].concepts == ("dbsnp:rs113488022", "dbsnp:rs121913227")
