"""KGX TSV with Biolink's categories and predicates: ``nodes.tsv`` and ``edges.tsv``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kgbuild.corpus.versions import paper_of
from kgbuild.curies import split_curie
from kgbuild.entity_types import asked_type, entity_types
from kgbuild.graph.export import records
from kgbuild.graph.export._rows import write_tsv
from kgbuild.predicates import CO_MENTION, predicate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: The prefixes of Biolink Model 4.4 that vocabularies and corpora use, as it writes
#: them; ``kgx validate`` counts an id with any other prefix as an error.
_KNOWN = (
    "BTO", "CAID", "CAS", "CHEBI", "CHEMBL.COMPOUND", "CHEMBL.TARGET", "CL",
    "CLINVAR", "CLO", "DBSNP", "DOID", "DRUGBANK", "DrugCentral", "EC", "ECO", "EFO",
    "ENSEMBL", "ENVO", "FB", "FMA", "FOODON", "GENO", "GO", "HGNC", "HGNC.FAMILY",
    "HMDB", "HP", "IAO", "ICD10", "ICD9", "IDO", "INCHIKEY", "interpro",
    "KEGG.COMPOUND", "KEGG.DISEASE", "KEGG.DRUG", "KEGG.PATHWAY", "LOINC", "MA",
    "MAXO", "medgen", "MEDDRA", "MESH", "MGI", "mirbase", "MI", "MONDO", "MP",
    "MPATH", "NBO", "NCBIGene", "NCBITaxon", "NCIT", "OBI", "OMIM", "OMIM.PS", "ORDO",
    "PATO", "PFAM", "PO", "PR", "PUBCHEM.COMPOUND", "PUBCHEM.SUBSTANCE", "PW",
    "REACT", "RFAM", "RGD", "RHEA", "RNACENTRAL", "RO", "RXCUI", "RXNORM", "SGD",
    "SIO", "SMPDB", "SNOMEDCT", "SO", "SPDI", "STATO", "TO", "UBERON", "UMLS", "UNII",
    "UniProtKB", "UPHENO", "WB", "WBbt", "WIKIDATA", "WIKIPATHWAYS", "Xenbase", "ZFA",
    "ZFIN",
)  # fmt: skip
_PREFIXES = {
    **{name.lower(): name for name in _KNOWN},
    "uniprot": "UniProtKB",
    "flybase": "FB",
    "reactome": "REACT",
    "wormbase": "WB",
}
#: Where ids of other prefixes go: Biolink's own name space.
_OTHER = "biolink"

#: Of what a local id may hold; letters and digits are anyhow.
_SAFE = "-._~+*@=,;!$'"

_NODE = [
    "id", "category", "name", "synonym", "xref", "iri", "mention_count",
    "document_count",
]  # fmt: skip
_EDGE = [
    "id", "subject", "predicate", "object", "category", "original_predicate",
    "knowledge_level", "agent_type", "publications", "supporting_text",
    "evidence_count", "sentence_count", "score", "p_value", "log10_p",
    "adjusted_p_value", "npmi", "log_odds", "has_confidence_score", "negated_count",
    "hedged_count", "qualifiers", "source_version",
]  # fmt: skip


def biolink_curie(concept_id: str) -> str:
    """Return a concept id with Biolink's prefix, and as KGX takes a CURIE.

    What KGX cuts lists at, or has in no CURIE, is percent-encoded. A prefix that
    Biolink does not know becomes a part of the local id in Biolink's own name space.

    Examples
    --------
    >>> biolink_curie("mesh:D006973"), biolink_curie("ncbigene:1636")
    ('MESH:D006973', 'NCBIGene:1636')
    >>> biolink_curie("tmvar:c|SUB|A|123|G"), biolink_curie("hgvs:NM_1.2:c.1A>G")
    ('biolink:tmvar_c%7CSUB%7CA%7C123%7CG', 'biolink:hgvs_NM_1.2%3Ac.1A%3EG')
    """
    prefix, local = split_curie(concept_id)
    known = _PREFIXES.get(prefix.lower())
    if known is None:
        return f"{_OTHER}:{quote(prefix, safe=_SAFE)}_{quote(local, safe=_SAFE)}"
    return f"{known}:{quote(local, safe=_SAFE)}"


def _xref(concept_id: str) -> str:
    """Return the id under its own prefix, where Biolink does not know that."""
    prefix, local = split_curie(concept_id)
    if prefix.lower() in _PREFIXES:
        return ""
    return f"{prefix}:{quote(local, safe=_SAFE)}"


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write two files into a folder; ``original_predicate`` is kgbuild's own."""
    files = [path / "nodes.tsv", path / "edges.tsv"]
    write_tsv(files[0], _NODE, _nodes(graph))
    write_tsv(files[1], _EDGE, _edges(graph))
    return files


def _nodes(graph: records.GraphTables) -> Iterator[list[Any]]:
    known = entity_types()
    for concept_id, fields in records.nodes(graph):
        kind = known.get(asked_type(fields["type"]))
        yield [
            biolink_curie(concept_id),
            kind.biolink if kind else "biolink:NamedThing",
            _joined([fields["name"]]),
            _joined(fields.get("synonyms") or ()),
            _xref(concept_id),
            fields["url"],
            fields["mentions"],
            fields["documents"],
        ]


def _edges(graph: records.GraphTables) -> Iterator[list[Any]]:
    versions = "; ".join(f"{k} {v}" for k, v in sorted(graph.provenance.items()))
    for source, target, fields in records.edges(graph):
        name = fields["predicate"]
        said = fields.get("qualifiers") or ()
        curated = any(q["name"] == "extractor" and q["value"] == "gold" for q in said)
        if name == CO_MENTION:
            level, agent = "statistical_association", "text_mining_agent"
        elif curated:
            level, agent = "knowledge_assertion", "manual_agent"
        else:
            level, agent = "not_provided", "text_mining_agent"
        yield [
            f"{biolink_curie(source)}-{quote(name)}-{biolink_curie(target)}",
            biolink_curie(source),
            predicate(name).biolink,
            biolink_curie(target),
            "biolink:Association",
            _joined([name]),
            level,
            agent,
            _joined(_publication(e["document_id"]) for e in fields["evidence"]),
            _joined(fields.get("quotes") or ()),
            fields["documents"],
            fields["sentences"],
            fields.get("score"),
            fields["p_value"],
            fields.get("log10_p"),
            fields["q_value"],
            fields["npmi"],
            fields["log_odds"],
            fields["probability"],
            # Biolink's "negated" says that an association does not hold. These count
            # sentences (documents, of statements) with such a word, for readers.
            fields.get("negated"),
            fields.get("hedged"),
            _joined(f"{q['name']}={q['value']}" for q in said),
            _joined([versions]),
        ]


def _publication(document_id: str) -> str:
    paper = paper_of(document_id)
    if paper is None:
        return document_id
    if paper.startswith("PMC"):
        return f"PMC:{paper[3:]}"
    return paper if paper.startswith("doi:") else f"PMID:{paper}"


def _joined(values: Iterable[str]) -> str:
    return "|".join(value.replace("|", " ") for value in values)
