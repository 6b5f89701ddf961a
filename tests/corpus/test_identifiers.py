from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.corpus.identifiers import (
    escape,
    identifier_column,
    parse_identifiers,
    render_identifiers,
    unescape,
)
from kgbuild.document import Mention
from kgbuild.errors import ValidationError


@pytest.mark.parametrize(
    ("kind", "raw", "concepts", "composite"),
    [
        ("Disease", "D001943", ("mesh:D001943",), False),
        ("Disease", " D001943", ("mesh:D001943",), False),
        ("Disease", "OMIM:114480 ", ("omim:114480",), False),
        ("Disease", "OMIM_114480", ("omim:114480",), False),
        ("Disease", "OMOM_114480,C535702", ("omim:114480", "mesh:C535702"), False),
        ("Disease", "D001943|D010051", ("mesh:D001943", "mesh:D010051"), True),
        ("Disease", "D004829+D003294", ("mesh:D004829", "mesh:D003294"), True),
        ("Disease", "D002544|-1", ("mesh:D002544",), True),
        ("Disease", "D001943,D010051", ("mesh:D001943", "mesh:D010051"), False),
        ("Chemical", "MESH:D000305,-,MESH:D000305", ("mesh:D000305",), False),
        ("Gene", "40178(Tax:6239)", ("ncbigene:40178",), False),
        ("Gene", "1(Tax:9),2(tax:10),3",
         ("ncbigene:1", "ncbigene:2", "ncbigene:3"), False),
        ("Gene", "1,2;3,4",
         ("ncbigene:1", "ncbigene:2", "ncbigene:3", "ncbigene:4"), True),
        ("Gene", "10,11,", ("ncbigene:10", "ncbigene:11"), False),
        ("Species", "9606", ("ncbitaxon:9606",), False),
        ("Species", "NCBI:txid9606", ("ncbitaxon:9606",), False),
        ("CellLine", " CVCL_0030", ("cellosaurus:CVCL_0030",), False),
        ("CellLine", "9606", ("ncbitaxon:9606",), False),
        ("Variant", "rs1801133", ("dbsnp:rs1801133",), False),
        ("Variant", "rs1,rs2", ("dbsnp:rs1", "dbsnp:rs2"), False),
        ("Variant", "p|SUB|V|600|E", ("tmvar:p|SUB|V|600|E",), False),
        ("Variant", "c|DEL||(GCG)7", ("tmvar:c|DEL||(GCG)7",), False),
        ("Variant", "10510452_139", ("tmvar:10510452_139",), False),
        ("Variant", "tmVar:p|SUB|V|600|E;HGVS:p.V600E;VariantGroup:0;"
         "CorrespondingGene:673;RS#:113488022;CorrespondingSpecies:9606;CA#:123643",
         ("dbsnp:rs113488022",), False),
    ],
)  # fmt: skip
def test_what_corpora_write(
    kind: str, raw: str, concepts: tuple[str, ...], composite: bool
) -> None:
    says = parse_identifiers(kind, raw)
    assert says.concepts == concepts
    assert says.composite is composite
    assert says.method == "gold"


@pytest.mark.parametrize("raw", ["-", "-1", "None", "CUI-less", "-|-", " - ", "-1,-1"])
@pytest.mark.parametrize("kind", ["Disease", "Variant", "Gene", "Plasmid"])
def test_none_found_is_unlinked(kind: str, raw: str) -> None:
    says = parse_identifiers(kind, raw)
    assert (says.concepts, says.composite, says.method) == ((), False, "unlinked")


@pytest.mark.parametrize("raw", [None, "", "   "])
def test_missing_and_blank_columns_say_nothing(raw: str | None) -> None:
    says = parse_identifiers("Disease", raw)
    assert (says.concepts, says.method, says.attributes) == ((), None, ())


def test_attributes_of_a_variant() -> None:
    raw = "c|SUB|C|677|T;Gene:4524,1;RS#:1801133;Disease:OMIM_236250,D1;VariantGroup:3"
    says = parse_identifiers("Variant", raw)
    assert says.concepts == ("dbsnp:rs1801133",)
    assert dict(says.attributes) == {
        "identifier": raw,
        "tmvar": "c|SUB|C|677|T",
        "gene": "ncbigene:4524,ncbigene:1",
        "disease": "omim:236250,mesh:D1",
        "variant_group": "3",
    }


def test_noise_in_a_variant_is_kept_but_means_nothing() -> None:
    says = parse_identifiers("Variant", "c|DEL|194|6;Gene1234;VariantGroup:1,2")
    assert says.concepts == ("tmvar:c|DEL|194|6",)
    assert dict(says.attributes)["identifier"].startswith("c|DEL|194|6;Gene1234")


def test_species_of_a_gene_becomes_an_attribute() -> None:
    says = parse_identifiers("Gene", "1(Tax:6239),2(Tax:6239)")
    assert dict(says.attributes)["taxon"] == "ncbitaxon:6239"


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("Disease", "MESH:D001943", False),
        ("Disease", "MESH:D001943|MESH:D010051", False),
        ("Disease", "-", False),
        ("Disease", "D001943", True),
        ("Disease", "mesh:D001943", True),
        ("Disease", "MESH:D001943, MESH:D010051", True),
        ("Disease", "-1", True),
        ("Gene", "1;2", False),
        ("Variant", "rs12", False),
        ("Variant", "p|SUB|V|600|E", False),
        ("Variant", "RS12", True),
        ("Disease", "MESH:D1|-", False),
        ("Disease", "D1|-1", True),
        ("Disease", "-1|D1", True),
        ("Disease", "D1+D2", True),
        ("Gene", "1,2;3", True),
        ("Gene", "1(Tax:6239)", True),
        ("Variant", "rs12;VariantGroup:1", True),
    ],
)
def test_the_source_is_kept_where_it_is_not_our_writing(
    kind: str, raw: str, kept: bool
) -> None:
    attributes = dict(parse_identifiers(kind, raw).attributes)
    assert attributes.get("identifier") == (raw if kept else None)


def _mention(**values: object) -> Mention:
    return Mention(start=0, end=1, text="x", **{"type": "Disease", **values})


def test_column_of_a_mention() -> None:
    assert identifier_column(_mention()) is None
    assert identifier_column(_mention(method="unlinked")) == "-"
    one = _mention(concepts=("mesh:D1",), method="exact")
    assert identifier_column(one) == "MESH:D1"
    both = _mention(concepts=("mesh:D1", "omim:100000"), composite=True)
    assert identifier_column(both) == "MESH:D1|OMIM:100000"


def test_a_stale_source_writing_is_not_written() -> None:
    source = (("identifier", "D1+D2"),)
    fresh = _mention(concepts=("mesh:D1", "mesh:D2"), composite=True, attributes=source)
    assert identifier_column(fresh) == "D1+D2"
    changed = _mention(concepts=("mesh:D3",), method="exact", attributes=source)
    assert identifier_column(changed) == "MESH:D3"
    unlinked = _mention(method="unlinked", attributes=source)
    assert identifier_column(unlinked) == "-"


def test_what_is_no_curie_cannot_be_written() -> None:
    with pytest.raises(ValidationError, match=r"'D001943'.*cannot be written"):
        render_identifiers("Gene", ["mesh:D1", "D001943"])


def test_identifiers_of_another_type_keep_their_name_space() -> None:
    raw = render_identifiers("Gene", ["ncbitaxon:9606", "dbsnp:rs1", "ncbigene:5"])
    assert raw == "ncbitaxon:9606,dbsnp:rs1,5"
    assert parse_identifiers("Gene", raw).concepts[1:] == ("dbsnp:rs1", "ncbigene:5")


curies = st.one_of(
    st.integers(1, 10**6).map(lambda n: f"mesh:D{n:06}"),
    st.integers(1, 10**6).map(lambda n: f"ncbigene:{n}"),
    st.integers(1, 10**6).map(lambda n: f"ncbitaxon:{n}"),
    st.integers(1, 10**6).map(lambda n: f"dbsnp:rs{n}"),
    st.sampled_from([
        "tmvar:p|SUB|V|600|E", "tmvar:c|DUP||CAG|n", "tmvar:c|INS|1,2|A;B",
        "kgbuild:β-cells, (100%) + α|γ", "cellosaurus:CVCL_0030", "omim:114480",
        "tmvar:Chr7:100M", "tmvar:rs7", "cl:0000000", "kgbuild:a(Tax:9)",
    ]),
)  # fmt: skip


@given(
    kind=st.sampled_from(["Gene", "Disease", "Variant", "CellLine", "Plasmid"]),
    concepts=st.lists(curies, unique=True, max_size=4).map(tuple),
    composite=st.booleans(),
)
def test_any_concepts_read_back(
    kind: str, concepts: tuple[str, ...], composite: bool
) -> None:
    composite = composite and bool(concepts)
    raw = render_identifiers(kind, concepts, composite=composite)
    assert "\t" not in raw
    says = parse_identifiers(kind, raw)
    assert (says.concepts, says.composite) == (concepts, composite)
    assert "identifier" not in dict(says.attributes)


@given(st.text())
def test_escaping_is_undone(text: str) -> None:
    assert unescape(escape(text)) == text
    assert not set("|;,+\t\n") & set(escape(text))


@given(st.sampled_from(["Gene", "Variant", "Disease"]), st.text(max_size=30))
def test_any_column_can_be_read_and_written_again(kind: str, raw: str) -> None:
    says = parse_identifiers(kind, raw)
    mention = _mention(
        type=kind,
        concepts=says.concepts,
        composite=says.composite,
        method=says.method,
        attributes=says.attributes,
    )
    column = identifier_column(mention)
    again = parse_identifiers(kind, column)
    assert again.same_as(says)


def test_a_change_of_a_gene_keeps_its_core_apart() -> None:
    says = parse_identifiers("Variant", "3717|p|SUB|V|617|F")
    assert says.concepts == ("tmvar:3717|p|SUB|V|617|F",)
    assert dict(says.attributes) == {"gene": "ncbigene:3717", "tmvar": "p|SUB|V|617|F"}
