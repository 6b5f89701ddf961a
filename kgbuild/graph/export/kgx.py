"""KGX TSV with Biolink's categories and predicates: ``nodes.tsv`` and ``edges.tsv``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kgbuild.curies import split_curie
from kgbuild.entity_types import entity_types
from kgbuild.graph.export import records
from kgbuild.graph.export._rows import write_tsv
from kgbuild.predicates import CO_MENTION, predicate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: Biolink's prefixes, where they differ from Bioregistry's in more than case.
_PREFIXES = {
    "ncbigene": "NCBIGene",
    "ncbitaxon": "NCBITaxon",
    "uniprot": "UniProtKB",
    "refseq": "RefSeq",
    "cellosaurus": "Cellosaurus",
    "tmvar": "tmVar",
    "kgbuild": "kgbuild",
}

#: Of what a local id may hold; letters and digits are anyhow.
_SAFE = "-._~+*@=,;!$'"

_NODE = [
    "id", "category", "name", "synonym", "iri", "mention_count", "document_count",
]  # fmt: skip
_EDGE = [
    "id", "subject", "predicate", "object", "category", "original_predicate",
    "knowledge_level", "agent_type", "publications", "evidence_count",
    "sentence_count", "p_value", "adjusted_p_value", "npmi", "log_odds",
    "has_confidence_score", "qualifiers", "source_version",
]  # fmt: skip


def biolink_curie(concept_id: str) -> str:
    """Return a concept id with Biolink's prefix, and as KGX takes a CURIE.

    What KGX cuts lists at, or has in no CURIE, is percent-encoded.

    Examples
    --------
    >>> biolink_curie("mesh:D006973"), biolink_curie("ncbigene:1636")
    ('MESH:D006973', 'NCBIGene:1636')
    >>> biolink_curie("tmvar:c|SUB|A|123|G"), biolink_curie("hgvs:NM_1.2:c.1A>G")
    ('tmVar:c%7CSUB%7CA%7C123%7CG', 'HGVS:NM_1.2%3Ac.1A%3EG')
    """
    prefix, local = split_curie(concept_id)
    return f"{_PREFIXES.get(prefix, prefix.upper())}:{quote(local, safe=_SAFE)}"


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write two files into a folder; ``original_predicate`` is kgbuild's own."""
    files = [path / "nodes.tsv", path / "edges.tsv"]
    write_tsv(files[0], _NODE, _nodes(graph))
    write_tsv(files[1], _EDGE, _edges(graph))
    return files


def _nodes(graph: records.GraphTables) -> Iterator[list[Any]]:
    known = entity_types()
    for concept_id, fields in records.nodes(graph):
        kind = known.get(fields["type"])
        yield [
            biolink_curie(concept_id),
            kind.biolink if kind else "biolink:NamedThing",
            _joined([fields["name"]]),
            _joined(fields.get("synonyms") or ()),
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
            fields["documents"],
            fields["sentences"],
            fields["p_value"],
            fields["q_value"],
            fields["npmi"],
            fields["log_odds"],
            fields["probability"],
            _joined(f"{q['name']}={q['value']}" for q in said),
            _joined([versions]),
        ]


def _publication(document_id: str) -> str:
    if document_id.isascii() and document_id.isdigit():
        return f"PMID:{document_id}"
    return document_id


def _joined(values: Iterable[str]) -> str:
    return "|".join(value.replace("|", " ") for value in values)
