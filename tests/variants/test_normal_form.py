from __future__ import annotations

import pytest

from kgbuild.errors import ValidationError
from kgbuild.variants import Variant, from_core, from_hgvs, same_change
from kgbuild.variants.positions import read_position


@pytest.mark.parametrize(
    ("core", "kind", "hgvs", "label"),
    [
        ("rs334", "SNP", None, "rs334"),
        ("p|SUB|V|600|E", "ProteinMutation", "p.Val600Glu", "V600E"),
        ("p|SUB|R|553|X", "ProteinMutation", "p.Arg553Ter", "R553X"),
        ("p|SUB|X|110|Q", "ProteinMutation", "p.Ter110GlnextTer?", "X110Q"),
        ("p|SUB|V||M", "AcidChange", None, "Val>Met"),
        ("c|SUB|C|677|T", "DNAMutation", "c.677C>T", "677C>T"),
        ("c|SUB|C||T", "AcidChange", None, "C>T"),
        ("c|SUB|G|IVS2+1|A", "DNAMutation", None, "IVS2+1 G>A"),
        ("c|SUB|G|CODON158|C", "DNAMutation", None, "CODON158 G>C"),
        ("|SUB|C|677|T", "DNAMutation", None, "677C>T"),
        ("m|SUB|A|3243|G", "DNAMutation", "m.3243A>G", "3243A>G"),
        ("g|SUB|A|-3|G", "DNAMutation", None, "-3A>G"),
        ("r|SUB|A|76|T", "DNAMutation", "r.76a>u", "76A>T"),
        ("r|INS|76_77|AU", "DNAMutation", "r.76_77insau", "76_77insAU"),
        ("c|SUB|C|1256088|C", "DNAMutation", "c.1256088=", "1256088C>C"),
        ("c|DEL|313|T", "DNAMutation", "c.313delT", "313delT"),
        ("c|DEL|185|AG", "DNAMutation", "c.185_186delAG", "185delAG"),
        ("c|DEL|-2|AGC", "DNAMutation", None, "-2delAGC"),
        ("c|DEL||32", "OtherMutation", None, "32-bp deletion"),
        ("c|DEL||3.5K", "OtherMutation", None, "3.5-kb deletion"),
        ("c|DEL||10-12MB", "OtherMutation", None, "10-12-Mb deletion"),
        ("p|INS||18", "OtherMutation", None, "18-aa insertion"),
        ("c|INS||TTAT", "OtherMutation", None, "TTAT insertion"),
        ("c|DUP||CAG|", "OtherMutation", None, "(CAG)n repeat"),
        ("c|DUP||CCTTT|14", "OtherMutation", None, "(CCTTT)14 repeat"),
        ("c|DUP|20||", "DNAMutation", "c.20dup", "20dup"),
        ("c|INDEL|112_117|TG", "DNAMutation", "c.112_117delinsTG", "112_117delinsTG"),
        ("c|INS|3020|C", "DNAMutation", None, "3020insC"),
        ("c|INS|2505_2511|C", "DNAMutation", None, "2505_2511insC"),
        ("c|INV|77_80|", "DNAMutation", "c.77_80inv", "77_80inv"),
        ("p|FS|R|97|P|23", "ProteinMutation", "p.Arg97ProfsTer23", "R97Pfs*23"),
        ("p|FS|R|97||", "ProteinMutation", "p.Arg97fs", "R97fs"),
        ("p|FS|R|97|P|", "ProteinMutation", "p.Arg97ProfsTer?", "R97Pfs"),
        ("p|DEL|508|F", "ProteinMutation", "p.Phe508del", "508delF"),
        ("p|DEL|487_489|DSF", "ProteinMutation", "p.Asp487_Phe489del", "487_489delDSF"),
        ("p|DEL|487_489|DS", "ProteinMutation", None, "487_489delDS"),
        ("p|DEL|439_443|", "ProteinMutation", None, "439_443del"),
        ("p|Allele|R|70", "ProteinAllele", None, "Arg70 allele"),
        ("c|Allele|A|-308", "DNAAllele", None, "-308A allele"),
        ("c|DEL|17p11.2_17p11.2|", "OtherMutation", None, "17p11.2_17p11.2del"),
    ],
)
def test_core(core, kind, hgvs, label):
    variant = from_core(core)
    assert variant.core == core
    assert (variant.variant_class, variant.hgvs, variant.label) == (kind, hgvs, label)


def test_a_missing_last_field_is_filled_in():
    assert from_core("c|DUP||28").core == "c|DUP||28|"


def test_attributes_behind_the_core_are_ignored():
    assert from_core("c|SUB|T|920|G;Gene:23417;VariantGroup:0").position == "920"


@pytest.mark.parametrize(
    "core",
    ["", "p|SUB|V|600", "x|SUB|V|600|E", "c|Aelle|C|262", "p.G593S", "|||", "rs"],
)
def test_what_is_no_core(core):
    with pytest.raises(ValidationError, match="must look like"):
        from_core(core)


@pytest.mark.parametrize(
    "text", ["", "V600E", "c.", "p.Val", "c.1799T>A and more", "x"]
)
def test_what_is_no_hgvs(text):
    with pytest.raises(ValidationError, match="must look like"):
        from_hgvs(text)


def test_the_level_of_bases_does_not_matter_for_the_change():
    assert same_change(from_core("c|SUB|C|677|T"), from_core("|SUB|C|677|T"))
    assert not same_change(from_core("c|SUB|A|53|T"), from_core("p|SUB|A|53|T"))
    assert not same_change(from_core("c|SUB|C|677|T"), from_core("c|SUB|C|678|T"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("13,910", "13910"),
        ("−308", "-308"),
        ("855 +1", "855+1"),
        ("357 - 3", "357-3"),
        ("899-1142", "899_1142"),
        ("IVS 9 + 217", "IVS9+217"),
        ("IVSIV-2", "IVS4-2"),
        ("1314 through nt 1328", "1314_1328"),
        ("-222 to -225", "-222_-225"),
        ("-39...-46", "-39_-46"),
        ("112_117", "112_117"),
        ("88+2_88+5", "88+2_88+5"),
    ],
)
def test_positions(written, read):
    assert read_position(written) == read


def test_a_variant_is_immutable():
    with pytest.raises(AttributeError):
        Variant(level="c", operator="DEL").level = "p"  # type: ignore[misc]
