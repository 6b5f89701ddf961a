from __future__ import annotations

import numpy as np
import pytest

from kgbuild._io.options import known_types
from kgbuild.curies import (
    is_valid,
    parse_curie,
    pubtator_id,
    split_curie,
    taxon_number,
    to_curie,
    url_of,
)
from kgbuild.entity_types import (
    asked_type,
    canonical_type,
    colour_of,
    entity_types,
    served_by,
)
from kgbuild.errors import ConfigError


@pytest.mark.parametrize(
    ("entity_type", "raw", "curie"),
    [
        ("Disease", "D003924", "mesh:D003924"),
        ("Disease", "MESH:C535434", "mesh:C535434"),
        ("Disease", " OMIM:604370 ", "omim:604370"),
        ("Disease", "OMIM_604370", "omim:604370"),
        ("Disease", "OMOM:604370", "omim:604370"),
        ("Chemical", "CHEBI:15377", "chebi:15377"),
        ("Gene", "3175", "ncbigene:3175"),
        ("Gene", "EntrezGene:3175", "ncbigene:3175"),
        ("Species", "9606", "ncbitaxon:9606"),
        ("Species", "NCBI:txid9606", "ncbitaxon:9606"),
        ("CellLine", "CVCL_0030", "cellosaurus:CVCL_0030"),
        ("CellLine", "9606", "ncbitaxon:9606"),
        ("CellLine", "RRID:CVCL_0030", "cellosaurus:CVCL_0030"),
        ("Variant", "rs334", "dbsnp:rs334"),
        ("Variant", "RS#:334", "dbsnp:rs334"),
        ("Variant", "c|SUB|C|677|T", "tmvar:c|SUB|C|677|T"),
        ("Variant", "c|DEL||3.5K", "tmvar:c|DEL||3.5K"),
        ("Own", "x 1", "kgbuild:x 1"),
        ("Own", "foo:1", "foo:1"),
    ],
)
def test_identifiers_as_corpora_write_them(
    entity_type: str, raw: str, curie: str
) -> None:
    assert to_curie(entity_type, raw) == curie


@pytest.mark.parametrize("raw", ["", " ", "-", "-1", "None", "CUI-less"])
def test_no_identifier_is_none(raw: str) -> None:
    assert to_curie("Gene", raw) is None


@pytest.mark.parametrize(
    ("entity_type", "curie"),
    [
        ("Disease", "mesh:D003924"), ("Disease", "omim:604370"),
        ("Gene", "ncbigene:3175"), ("Species", "ncbitaxon:9606"),
        ("CellLine", "cellosaurus:CVCL_0030"), ("Variant", "dbsnp:rs334"),
        ("Variant", "tmvar:p|SUB|V|600|E"), ("Chemical", "chebi:15377"),
    ],
)  # fmt: skip
def test_what_pubtator_files_get_reads_back(entity_type: str, curie: str) -> None:
    assert to_curie(entity_type, pubtator_id(curie)) == curie


@pytest.mark.parametrize(
    ("text", "entity_type", "curie"),
    [
        ("MESH:D009101", None, "mesh:D009101"),
        ("mesh:d009101", None, "mesh:D009101"),
        ("D009101", None, "mesh:D009101"),
        ("MESH:MESH:D009101", None, "mesh:D009101"),
        ("https://identifiers.org/mesh:D009101", None, "mesh:D009101"),
        ("http://id.nlm.nih.gov/mesh/D009101", None, "mesh:D009101"),
        ("https://meshb.nlm.nih.gov/record/ui?ui=D009101", None, "mesh:D009101"),
        ("GeneID:1636", None, "ncbigene:1636"),
        ("NCBIGene:1636", None, "ncbigene:1636"),
        ("ncbigene:01636", None, "ncbigene:1636"),
        ("01636", "Gene", "ncbigene:1636"),
        ("https://identifiers.org/ncbigene/1636", None, "ncbigene:1636"),
        ("https://www.ncbi.nlm.nih.gov/gene/1636", None, "ncbigene:1636"),
        ("9606", "Species", "ncbitaxon:9606"),
        ("NCBI:txid9606", None, "ncbitaxon:9606"),
        ("http://purl.obolibrary.org/obo/NCBITaxon_9606", None, "ncbitaxon:9606"),
        ("HP_0000118", None, "hp:0000118"),
        ("MONDO:MONDO:0005148", None, "mondo:0005148"),
        ("https://bioregistry.io/chebi:15377", None, "chebi:15377"),
        ("http://purl.obolibrary.org/obo/CHEBI_15377", None, "chebi:15377"),
        ("https://www.cellosaurus.org/CVCL_0030", None, "cellosaurus:CVCL_0030"),
        ("MeSH D009101", None, "mesh:D009101"),
        ("d009101", None, "mesh:D009101"),
        ("MESH ID: d009101", None, "mesh:D009101"),
        ("Gene ID: 1636", None, "ncbigene:1636"),
        ("NCBI Gene:1636", None, "ncbigene:1636"),
        ("breast cancer:1", None, None),
        ("NCBI Gene 1636", None, "ncbigene:1636"),
        ("OMIM #114480", None, "omim:114480"),
        ("taxon:9606", None, "ncbitaxon:9606"),
        ("txid9606", None, "ncbitaxon:9606"),
        ("dbSNP rs334", None, "dbsnp:rs334"),
        ("cvcl_0030", None, "cellosaurus:CVCL_0030"),
        # What looks like it and is a name.
        ("gene 33", "Gene", None),
        ("HP 1", "Gene", None),
        ("MeSH terms", None, None),
        ("UniProt protein", None, None),
        ("type 2 diabetes", "Disease", None),
        ("RS334", None, "dbsnp:rs334"),
        ("dbSNP:334", None, "dbsnp:rs334"),
        ("hgnc:HGNC:1100", None, "hgnc:1100"),
        ("own:A b", None, "own:A b"),
        ("1636", None, None),
        ("hypertension", "Disease", None),
        ("https://example.org/x", None, None),
        ("", "Gene", None),
    ],
)
def test_what_users_type(text: str, entity_type: str | None, curie: str | None) -> None:
    assert parse_curie(text, entity_type=entity_type) == curie


@pytest.mark.parametrize(
    ("address", "curie"),
    [
        ("www.ncbi.nlm.nih.gov/datasets/gene/1636/", "ncbigene:1636"),
        ("www.ncbi.nlm.nih.gov/datasets/gene/id/1636/products/", "ncbigene:1636"),
        ("www.ncbi.nlm.nih.gov/gene/1636#summary", "ncbigene:1636"),
        ("www.ncbi.nlm.nih.gov/gene?cmd=Retrieve&list_uids=1636", "ncbigene:1636"),
        ("www.ncbi.nlm.nih.gov/mesh/?term=D009101", "mesh:D009101"),
        ("id.nlm.nih.gov/mesh/2024/D009101", "mesh:D009101"),
        ("meshb.nlm.nih.gov/#/record/ui?ui=D009101", "mesh:D009101"),
        ("web.expasy.org/cellosaurus/CVCL_0030", "cellosaurus:CVCL_0030"),
        ("www.ncbi.nlm.nih.gov/snp/rs334", "dbsnp:rs334"),
        ("www.ncbi.nlm.nih.gov/projects/SNP/snp_ref.cgi?rs=334", "dbsnp:rs334"),
        ("www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?lvl=3&id=9606",
         "ncbitaxon:9606"),
        ("www.ebi.ac.uk/ols4/ontologies/mondo/classes/http%253A%252F%252Fpurl."
         "obolibrary.org%252Fobo%252FMONDO_0005148", "mondo:0005148"),
        ("monarchinitiative.org/disease/MONDO:0005148", "mondo:0005148"),
        ("www.uniprot.org/uniprotkb/P12821/entry", "uniprot:P12821"),
        ("hpo.jax.org/app/browse/term/HP:0000118", "hp:0000118"),
        ("www.ncbi.nlm.nih.gov/pubmed/1636", None),
    ],
)  # fmt: skip
def test_addresses_old_and_new(address: str, curie: str | None) -> None:
    typed = [address, f"http://{address}", f"<https://{address}>"]
    assert [parse_curie(t) for t in typed] == [curie] * 3


@pytest.mark.parametrize(
    "curie",
    [
        "mesh:D009101", "omim:114480", "ncbigene:1636", "ncbitaxon:9606",
        "cellosaurus:CVCL_0030", "dbsnp:rs334", "chebi:15377", "drugbank:DB00945",
        "mondo:0005148", "doid:9352", "hp:0000118", "cl:0000084", "uberon:0000955",
        "go:0006915", "uniprot:P12821", "hgnc:2707", "umls:C0027051", "cas:50-78-2",
        "mgi:87874", "rgd:2493", "zfin:ZDB-GENE-990415-270",
    ],
)  # fmt: skip
def test_the_page_of_a_concept_names_it(curie: str) -> None:
    assert parse_curie(url_of(curie) or "") == curie


def test_species_are_read_as_other_identifiers_are() -> None:
    typed = ["txid10090", "taxid:10090", "https://www.ncbi.nlm.nih.gov/taxonomy/10090"]
    assert set(map(taxon_number, typed)) == {10090}
    for wrong in ("mouse", "GeneID:10090", "0x1"):
        with pytest.raises(ConfigError, match="species must be NCBI taxon numbers"):
            taxon_number(wrong)


@pytest.mark.parametrize("curie", ["mesh:D1", "hp:1", "omim:PS100", "tmvar:g:x:1"])
def test_what_has_no_known_shape_stays_as_it_is(curie: str) -> None:
    assert to_curie("", curie) == curie


def test_a_curie_needs_a_colon() -> None:
    with pytest.raises(ValueError, match="'D003924'"):
        split_curie("D003924")


@pytest.mark.parametrize(
    ("curie", "valid"),
    [("mesh:D003924", True), ("mesh:3924", False), ("nope:1", False),
     ("cellosaurus:CVCL_0030", True), ("ncbigene:12a", False)],
)  # fmt: skip
def test_shape_of_local_identifiers(curie: str, valid: bool) -> None:
    assert is_valid(curie) is valid


def test_web_pages_are_escaped() -> None:
    assert url_of('mesh:"><script>') == (
        "https://meshb.nlm.nih.gov/record/ui?ui=%22%3E%3Cscript%3E"
    )
    assert url_of("tmvar:p|SUB|V|600|E") is None


def test_every_type_has_a_colour_of_its_own() -> None:
    colours = [t.colour for t in entity_types().values()]
    assert len(set(colours)) == len(colours)
    assert colour_of("Plasmid") == "#777777"
    assert colour_of("organ") == entity_types()["Organ"].colour


THIRTEEN = (
    "Anatomy", "Gene", "Chemical", "Disease", "Protein", "Organism", "Cancer", "Organ",
    "Cell", "Tissue", "Pathology", "Complex", "Taxon",
)  # fmt: skip


def test_narrower_types_are_known_and_served_by_the_wider() -> None:
    assert {t: served_by(t) for t in THIRTEEN if served_by(t) != t} == {
        "Protein": "Gene", "Organism": "Species", "Taxon": "Species",
        "Cell": "CellType", "Organ": "Anatomy", "Tissue": "Anatomy",
        "Cancer": "Disease", "Pathology": "Disease", "Complex": "CellComponent",
    }  # fmt: skip
    assert set(THIRTEEN) <= entity_types().keys()
    # Corpora are read as the wider type, people mean the narrower one.
    assert (canonical_type("organ"), asked_type("organ")) == ("Anatomy", "Organ")
    assert known_types("types", ["organ", "drug"]) == ["Organ", "Chemical"]
    assert known_types("types", ["organ", "drug"], also=["Anatomy"])[0] == "Anatomy"
    with pytest.raises(ConfigError, match="called 'Anatomy' here"):
        known_types("types", "organ", also=["Anatomy"], exact=True)


#: What protanopes and deuteranopes see of red, green and blue (Machado et al. 2009).
_SEEN = {
    "all": np.eye(3),
    "no red": np.array(
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.052]]
    ),
    "no green": np.array(
        [[0.3673, 0.8607, -0.2279], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]
    ),
}


def _oklab(colour: str, seen: np.ndarray) -> np.ndarray:
    """Return a colour in Oklab, where a hundredth is about what can be told apart."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    cones = np.array(
        [
            [0.4122, 0.5363, 0.0514],
            [0.2119, 0.6807, 0.1074],
            [0.0883, 0.2817, 0.6300],
        ]
    ) @ np.clip(seen @ light, 0, 1)
    turned = np.array(
        [
            [0.2105, 0.7936, -0.0041],
            [1.9780, -2.4286, 0.4506],
            [0.0259, 0.7828, -0.8087],
        ]
    )
    return turned @ np.cbrt(cones)


@pytest.mark.parametrize("seen", _SEEN)
def test_colours_of_types_can_be_told_apart(seen: str) -> None:
    types = [*entity_types().values()]
    places = [_oklab(kind.colour, _SEEN[seen]) for kind in types]
    near = {
        (one.name, other.name): float(np.linalg.norm(places[i] - places[j]))
        for i, one in enumerate(types)
        for j, other in enumerate(types[:i])
    }
    assert {pair: apart for pair, apart in near.items() if apart < 0.07} == {}


@pytest.mark.parametrize(
    ("label", "name"),
    [("SequenceVariant", "Variant"), ("cell_line", "CellLine"), ("gene", "Gene"),
     ("Simple chemical", "Chemical"), ("Plasmid", "Plasmid")],
)  # fmt: skip
def test_labels_of_corpora_become_canonical(label: str, name: str) -> None:
    assert canonical_type(label) == name


@pytest.mark.parametrize(
    ("typed", "curie"),
    [
        ("C0027051", "umls:C0027051"), ("UMLS:C0027051", "umls:C0027051"),
        ("C000009", "mesh:C000009"), ("C000600000", "mesh:C000600000"),
        ("50-78-2", "cas:50-78-2"), ("CAS:50-78-2", "cas:50-78-2"),
        ("DB00945", "drugbank:DB00945"), ("MGI:87874", "mgi:87874"),
        ("RGD:2493", "rgd:2493"), ("HGNC:HGNC:2707", "hgnc:2707"),
    ],
)  # fmt: skip
def test_identifiers_that_say_what_they_are(typed: str, curie: str) -> None:
    assert parse_curie(typed) == curie
