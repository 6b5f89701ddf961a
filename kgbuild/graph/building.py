"""From annotated documents or tables to a knowledge graph, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild._io.warn import warn_user
from kgbuild.graph.builder import Edges, GraphBuilder
from kgbuild.graph.explanation import why_empty

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kgbuild.graph.counting import Level
    from kgbuild.graph.model import KnowledgeGraph
    from kgbuild.graph.sources import Source


def build_graph(
    source: Source,
    *,
    edges: Edges = "co-mentions",
    level: Level = "sentence",
    window: int = 1,
    min_documents: int = 1,
    types: str | Collection[str] | None = None,
    type_pairs: tuple[str, str] | Collection[tuple[str, str]] | None = None,
    exclude: str | Collection[str] | None = None,
    species: int | str | Collection[int | str] | None = None,
    parents: Mapping[str, Collection[str]] | None = None,
    names: Mapping[str, str] | None = None,
    max_evidence: int = 10,
    background: Source | None = None,
    provenance: Mapping[str, str] | None = None,
) -> KnowledgeGraph:
    """Build a knowledge graph of what is named together, or stated.

    Parameters
    ----------
    source
        Annotated documents; or a mentions table, alone or as ``(documents, mentions)``
        or ``(documents, mentions, statements)``, polars or pandas; or a folder with
        these tables as Parquet. A paper (PMID, ``PMC…``, ``doi:…``) counts once, in the
        newest of several versions; of an iterator, which can be read once only, in the
        first: ``kgbuild.read(…, once=True)`` gives the newest.
    edges
        ``"co-mentions"``; ``"statements"``, typed and perhaps directed, as gold files
        and relation extractors make them (:mod:`kgbuild.graph.statements`); or
        ``"both"``. Statements are no default: they come from few documents, are not
        tested against chance, and are listed beside the co-mentions of their pairs.
    level
        ``"sentence"``: concepts are associated where one sentence names both;
        ``"window"``: where ``window + 1`` consecutive sentences do; ``"document"``.
        The statistics count documents at every level: sentences of one document are
        no independent witnesses.
    window
        For the level ``"window"``: how many sentences apart two mentions may stand.
    min_documents
        Keep associations that so many documents support. q values are of all pairs,
        kept or not.
    types
        Keep concepts of these entity types only.
    type_pairs
        Keep associations between these pairs of types only, in either order. All types
        of a concept count, and a wide type covers those within it.
    exclude
        Concepts to leave out; by default those of :func:`generic_concepts`, ``()`` for
        none.
    species
        Count only documents that name one of these species (``ncbitaxon:…``) or none
        at all.
    parents
        Ancestors of concepts, for example from :func:`kgbuild.graph.read_mesh_tree`: a
        mention then counts for its concept and for all its ancestors.
    names
        Preferred names by concept. Otherwise the name is the one that normalization
        wrote on the mentions, else the commonest text of the mentions.
    max_evidence
        How many documents to keep as evidence of each association: the newest, then by
        id. Counts are always of all.
    background
        Another corpus, as ``source``, annotated with the same vocabularies: statistics
        and score are then of the documents of both, each counted once; associations,
        their counts and evidence stay those of ``source``.
    provenance
        Versions of models and vocabularies behind the mentions, kept in the graph;
        annotated documents, and the tables of a run, bring theirs.

    Returns
    -------
    KnowledgeGraph
        Sorted, and the same to the bit whatever the order or batches of ``source``.
        A warning says why a graph of statements has none.

    Raises
    ------
    ConfigError
        An option has a value it cannot have, or no document names the species.
    ValidationError
        A table breaks its schema.

    Examples
    --------
    >>> from kgbuild.document import Document, Mention
    >>> document = Document.from_text("Captopril inhibits ACE.", id="7").with_mentions([
    ...     Mention(start=0, end=9, text="Captopril", type="Chemical",
    ...             concepts=("mesh:D002216",)),
    ...     Mention(start=19, end=22, text="ACE", type="Gene",
    ...             concepts=("ncbigene:1636",)),
    ... ])
    >>> graph = build_graph([document])
    >>> graph.associations.select("source", "target", "documents").rows()
    [('mesh:D002216', 'ncbigene:1636', 1)]
    """
    builder = GraphBuilder(
        edges=edges,
        level=level,
        window=window,
        types=types,
        exclude=exclude,
        species=species,
        parents=parents,
        max_evidence=max_evidence,
        provenance=provenance,
    )
    builder.add(source)
    builder.check_met()
    graph = builder.graph(
        min_documents=min_documents,
        type_pairs=type_pairs,
        names=names,
        background=background,
    )
    # Who asks for support by several documents, or for pairs, may well get none.
    unasked = edges == "statements" and min_documents == 1 and not type_pairs
    if unasked and graph.counts["documents"] and not len(graph):
        said = why_empty(graph)
        warn_user(said[0].upper() + said[1:])
    return graph
