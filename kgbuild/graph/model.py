"""The knowledge graph: a table of concepts and a table of associations.

concepts — one row per concept, sorted by id

====================  ==================================================================
concept_id            str, a CURIE
type                  cat, the type most of its mentions have
name                  str, the vocabulary's name, else the commonest text
mentions, documents   u32, how many name it
*types*               list of str, all types it was mentioned as, commonest first
*synonyms*            list of str, its commonest texts
====================  ==================================================================

associations — one row per pair and predicate, sorted by source, target, predicate

=======================  ===============================================================
source, target           str, concept ids; where an association has no direction, the
                         source is the one whose id comes first
predicate                cat, ``co_mention`` or what a statement says, for example
                         ``Positive_Correlation``
directed                 bool, whether it leads from the source to the target only
documents                u32, documents that support it: in which a sentence (window)
                         names both, or which state it
sentences                u32, sentences that name both, or that are named as evidence
npmi, log_odds           f64, see :mod:`kgbuild.graph.statistics`; all of documents;
                         null for statements, as p and q
*score*                  f64, learned from gold, see :mod:`kgbuild.graph.ranking`: the
                         order of every list unless another is asked for; null for
                         statements of concepts that are nowhere named together
p_value, *log10_p*       f64, hypergeometric test; p is 0 where it underflows
q_value                  f64, false discovery rate among all pairs that could have been
                         seen: of concepts that are there, of the types asked for
probability              f64, of a statement, over its documents; null for co-mentions
first_year, last_year    i16 or null
evidence                 list of ``{document_id, sentence, spans, score, negated,
                         hedged}``; ``spans`` are those of source and target, none where
                         the document does not mention both
*negated, hedged*        u32 or null, sentences naming both that hold such a cue
*years*                  list of ``{year, documents}``
*qualifiers*             list of ``{name, value, documents}``: what else is stated, the
                         extractor included, and by how many documents
=======================  ===============================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from kgbuild._io.html import escape
from kgbuild._io.markup import concept_link, counted, type_border
from kgbuild._io.options import known, names_in
from kgbuild.errors import ValidationError, at_least
from kgbuild.graph.query import GraphQuery, SearchOrder
from kgbuild.predicates import CO_MENTION, known_predicates
from kgbuild.tables import validate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import networkx as nx

    from kgbuild.document import Document
    from kgbuild.graph.answers import Filters, Hit, Slice
    from kgbuild.graph.explanation import EdgeExplanation
    from kgbuild.graph.export.records import Texts
    from kgbuild.graph.ranks import Rank


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class KnowledgeGraph:
    """Concepts, and what associates them.

    Methods never change a graph; those that narrow it down return another one.

    Attributes
    ----------
    concepts, associations
        The two tables, as the module describes them.
    provenance
        Versions of code, models and vocabularies.
    settings
        Options the graph was built with.
    counts
        Of the corpus: documents, sentences, mentions, mentions without a
        concept, ….

    Raises
    ------
    ValidationError
        A table breaks its schema, or an association names a concept that is not there.
    """

    concepts: pl.DataFrame
    associations: pl.DataFrame
    provenance: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    _query: GraphQuery | None = field(default=None, init=False, repr=False)
    #: Where it was read from: that of a run holds the documents, too.
    _folder: Path | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        concepts = validate(self.concepts, "concepts")
        associations = validate(self.associations, "associations")
        for end in ("source", "target"):
            dangling = associations.join(
                concepts, left_on=end, right_on="concept_id", how="anti"
            )
            if dangling.height:
                msg = (
                    f"The association {dangling['source'][0]} – "
                    f"{dangling['target'][0]} names a concept that the concepts table "
                    f"lacks ({dangling.height} such associations): add the concept or "
                    "drop the association."
                )
                raise ValidationError(msg)
        object.__setattr__(self, "concepts", concepts)
        object.__setattr__(self, "associations", associations)

    @classmethod
    def _trusted(cls, **fields: Any) -> KnowledgeGraph:
        """Make a graph of tables that kgbuild has just made: no checks."""
        graph = object.__new__(cls)
        for name, value in {"_query": None, "_folder": None, **fields}.items():
            object.__setattr__(graph, name, value)
        return graph

    def _with(
        self, concepts: pl.DataFrame, associations: pl.DataFrame
    ) -> KnowledgeGraph:
        return self._trusted(
            concepts=concepts,
            associations=associations,
            provenance=self.provenance,
            settings=self.settings,
            counts=self.counts,
            _folder=self._folder,
        )

    def __len__(self) -> int:
        """Return the number of associations."""
        return self.associations.height

    def __repr__(self) -> str:
        return (
            f"KnowledgeGraph({self.concepts.height} concepts, "
            f"{self.associations.height} associations)"
        )

    # -- looking -----------------------------------------------------------------------

    @property
    def query(self) -> GraphQuery:
        """The graph as something to ask: what the methods below use, and more."""
        if self._query is None:
            query = GraphQuery(self.concepts, self.associations)
            object.__setattr__(self, "_query", query)
            return query
        return self._query

    def concept(self, query: str) -> dict[str, Any]:
        """Return the row of a concept.

        Parameters
        ----------
        query
            Its id; or its name, or else what texts or vocabularies call it, with or
            without accents and in any case. Of several concepts that texts call so,
            the one named in most documents is taken, with a warning.

        Raises
        ------
        NotFoundError
            The graph has no such concept.
        ValidationError
            Several concepts have the name: mouse and rat both have a gene Tgfb1. The
            error lists their ids.
        """
        return self.query.concept(query)

    def search(
        self,
        query: str = "",
        *,
        types: Collection[str] | None = None,
        filters: Filters | None = None,
        order: SearchOrder = "match",
        start: int = 0,
        limit: int = 20,
    ) -> Slice[Hit]:
        """Find concepts by name, synonym or id, see :meth:`GraphQuery.search`."""
        return self.query.search(
            query, types=types, filters=filters, order=order, start=start, limit=limit
        )

    def top(
        self,
        n: int = 20,
        *,
        by: Rank = "score",
        types: tuple[str, str] | None = None,
        min_documents: int = 1,
    ) -> pl.DataFrame:
        """Return the strongest associations with the names of their concepts.

        Parameters
        ----------
        n
            How many.
        by
            Column to rank by, ``"probability"`` for statements; ties are broken by p
            (of ``"score"``, p and q), then NPMI, then documents, then ids.
        types
            Only between these two types, in either order, as :meth:`filter` reads them.
        min_documents
            Only associations that so many documents support.

        Returns
        -------
        polars.DataFrame
            ``source, source_name, source_type, target, target_name, target_type`` and
            the columns of the association that are no lists.

        Raises
        ------
        ConfigError
            ``by`` is no such column, or ``n`` is below 0.
        """
        return self.query.top(n, by=by, types=types, min_documents=min_documents)

    def explain(
        self,
        source: str,
        target: str,
        *,
        documents: pl.DataFrame | Iterable[Document] | None = None,
    ) -> EdgeExplanation:
        """Say in words why two concepts are associated, with the sentences.

        Parameters
        ----------
        source, target
            Ids or names, in either order.
        documents
            Documents, or their table, to quote from; by default those in the folder
            of the run that the graph was loaded from.

        Returns
        -------
        EdgeExplanation
            It prints itself, and shows itself in notebooks.

        Raises
        ------
        NotFoundError
            The graph has no such concept, or no association of the two.
        """
        from kgbuild.graph.explanation import explain

        return explain(self, source, target, documents=documents)

    def neighbors(
        self, query: str, *, n: int | None = None, by: Rank = "score"
    ) -> pl.DataFrame:
        """Return what a concept is associated with, strongest first.

        Parameters
        ----------
        query
            Id or name of the concept.
        n
            At most so many.
        by
            Column to rank by.

        Returns
        -------
        polars.DataFrame
            ``concept_id, name, type`` of the neighbor, ``direction`` (``"out"`` where
            the association leads there, ``"in"`` where it comes from there, null where
            it has no direction), and the columns of the association that are no lists.

        Raises
        ------
        NotFoundError
            The graph has no such concept.
        ConfigError
            ``by`` is no such column, or ``n`` is below 0.
        """
        here = self.concept(query)["concept_id"]
        return self.query.neighbors_table(here, n=n, by=by)

    def path(self, source: str, target: str) -> list[str]:
        """Return the shortest way between two concepts, over the fewest associations.

        Directions do not count. Of equally short ways it is the one whose associations
        have the highest NPMI in sum; ties go to the smaller ids.

        Returns
        -------
        list of str
            Concept ids from ``source`` to ``target``; empty where there is no way.

        Raises
        ------
        NotFoundError
            The graph has no such concept.
        """
        ends = (self.concept(end)["concept_id"] for end in (source, target))
        return self.query.path(*ends)

    def between(self, one: str, other: str) -> pl.DataFrame:
        """Return the associations that join two concepts, whatever their direction.

        Returns
        -------
        polars.DataFrame
            Rows of the associations table.

        Raises
        ------
        NotFoundError
            The graph has no such concept.
        """
        ends = (self.concept(end)["concept_id"] for end in (one, other))
        return self.associations[self.query.between(*ends)]

    def compare(self, other: KnowledgeGraph) -> pl.DataFrame:
        """Set two graphs side by side.

        Parameters
        ----------
        other
            For example the graph of another corpus or year.

        Returns
        -------
        polars.DataFrame
            One row per association of either: ``source, target, predicate, status``
            (``"both"``, ``"only here"``, ``"only there"``), and ``documents``,
            ``npmi`` and their counterparts ``_other``, with the differences.
        """
        key = ["source", "target", "predicate"]
        columns = [*key, "documents", "npmi"]
        here = self.associations.select(columns).cast({"predicate": pl.String})
        there = other.associations.select(columns).cast({"predicate": pl.String})
        joined = here.join(there, on=key, how="full", suffix="_other", coalesce=True)
        return joined.with_columns(
            pl.when(pl.col("documents").is_null())
            .then(pl.lit("only there"))
            .when(pl.col("documents_other").is_null())
            .then(pl.lit("only here"))
            .otherwise(pl.lit("both"))
            .alias("status"),
            (
                pl.col("documents").cast(pl.Int64).fill_null(0)
                - pl.col("documents_other").cast(pl.Int64).fill_null(0)
            ).alias("documents_difference"),
            (pl.col("npmi") - pl.col("npmi_other")).alias("npmi_difference"),
        ).sort(key)

    def equals(self, other: KnowledgeGraph) -> bool:
        """Whether both tables are the same, to the bit."""
        return self.concepts.equals(
            other.concepts, null_equal=True
        ) and self.associations.equals(other.associations, null_equal=True)

    # -- narrowing ---------------------------------------------------------------------

    def filter(
        self,
        *,
        min_documents: int = 1,
        min_npmi: float | None = None,
        max_q: float | None = None,
        min_probability: float | None = None,
        types: str | Iterable[str] | None = None,
        predicates: str | Iterable[str] | None = None,
    ) -> KnowledgeGraph:
        """Keep associations that are strong enough; all concepts of the types stay.

        Parameters
        ----------
        min_documents, min_npmi, max_q, min_probability
            Bounds, themselves included; what has no such value does not pass.
        types
            Keep concepts of these types only, and what associates them; all types of
            a concept count, and a wide type covers those within it.
        predicates
            Keep associations with these predicates only.

        Raises
        ------
        ConfigError
            A type or predicate is neither in the graph nor otherwise known.
        """
        frame = self.associations.filter(pl.col("documents") >= min_documents)
        if min_npmi is not None:
            frame = frame.filter(pl.col("npmi") >= min_npmi)
        if max_q is not None:
            frame = frame.filter(pl.col("q_value") <= max_q)
        if min_probability is not None:
            frame = frame.filter(pl.col("probability") >= min_probability)
        if predicates is not None:
            named = self.associations["predicate"].cast(pl.String)
            said = names_in("predicates", predicates)
            known("predicates", said, sorted({*named.unique(), *known_predicates()}))
            frame = frame.filter(pl.col("predicate").cast(pl.String).is_in(said))
        concepts = self.concepts
        if types is not None:
            concepts = concepts.filter(self.query.of_types(types))
        return self._of(concepts, frame)

    def subgraph(self, queries: Iterable[str], *, hops: int = 0) -> KnowledgeGraph:
        """Keep some concepts and the associations between them.

        Parameters
        ----------
        queries
            Ids or names of concepts.
        hops
            Keep their neighbours too, and theirs, so many steps away.

        Raises
        ------
        NotFoundError
            The graph has no such concept.
        ConfigError
            ``hops`` is below 0.
        """
        at_least(0, hops=hops)
        if isinstance(queries, str):
            queries = [queries]
        wanted = {self.concept(query)["concept_id"] for query in queries}
        for _ in range(hops):
            near = self.associations.filter(
                pl.col("source").is_in(wanted) | pl.col("target").is_in(wanted)
            )
            wanted |= {*near["source"], *near["target"]}
        kept = self.concepts.filter(pl.col("concept_id").is_in(wanted))
        return self._of(kept, self.associations)

    def connected(self) -> KnowledgeGraph:
        """Drop concepts that no association names."""
        ends = {*self.associations["source"], *self.associations["target"]}
        kept = self.concepts.filter(pl.col("concept_id").is_in(ends))
        return self._with(kept, self.associations)

    # -- elsewhere ---------------------------------------------------------------------

    def to_networkx(self) -> nx.Graph:
        """Return the graph for networkx.

        Returns
        -------
        networkx.Graph
            Nodes by concept id with the columns of the concepts table and ``url``,
            edges with those of the associations table; lists stay lists. It is a
            ``MultiDiGraph`` keyed by predicate where any association is directed
            (``directed`` tells which), a ``MultiGraph`` keyed by predicate where only
            two concepts have several associations, else a ``Graph``.
        """
        from kgbuild.graph.export import network

        return network.to_networkx(self)

    @classmethod
    def from_networkx(cls, network: nx.Graph) -> KnowledgeGraph:
        """Read back what :meth:`to_networkx` made, also after GraphML or GEXF.

        Raises
        ------
        ValidationError
            Nodes or edges lack what the tables need.
        """
        from kgbuild.graph.export.network import read

        return cls(**read(network))

    def write(
        self,
        path: Path | str,
        *,
        format: str | None = None,  # noqa: A002
        documents: Texts | None = None,
    ) -> list[Path]:
        """Write the graph for other programs.

        Parameters
        ----------
        path
            A file; a folder for the formats that are several files.
        format
            ``"graphml"``, ``"gexf"``, ``"cytoscape"``, ``"node-link"``, ``"kgx"``,
            ``"neo4j-csv"`` or ``"parquet"``; by default that of the suffix of ``path``.
        documents
            From which statements are quoted, a few sentences each: documents, their
            table, or the folder of a run; by default that which the graph was loaded
            from. All formats but the last one have a place for quotes.

        Returns
        -------
        list of pathlib.Path
            The files.

        Raises
        ------
        ConfigError
            There is no such format.
        """
        from kgbuild.graph.export import write

        texts = self._folder if documents is None else documents
        return write(self, path, format=format, documents=texts)

    def save(self, folder: Path | str) -> Path:
        """Write the folders ``concepts`` and ``associations``, and ``graph.json``.

        Each file is whole or as it was; ``graph.json`` comes last.
        """
        from kgbuild.graph.export import parquet

        return parquet.save(self, folder)

    @classmethod
    def load(cls, folder: Path | str) -> KnowledgeGraph:
        """Read what :meth:`save` wrote.

        Raises
        ------
        InputError
            The folder holds no graph, or that of a newer kgbuild.
        ValidationError
            A table breaks its schema.
        """
        from kgbuild.graph.export import parquet

        graph = cls(**parquet.load(folder))
        object.__setattr__(graph, "_folder", Path(folder).absolute())
        return graph

    def _of(self, concepts: pl.DataFrame, frame: pl.DataFrame) -> KnowledgeGraph:
        """Keep associations whose two concepts are kept."""
        for end in ("source", "target"):
            frame = frame.join(
                concepts.select(pl.col("concept_id").alias(end)),
                on=end,
                how="semi",
                maintain_order="left",
            )
        return self._with(concepts, frame)

    def _repr_html_(self) -> str:
        # One paper is little to begin with, where there is better.
        supported = self.top(10, min_documents=2)
        best = supported if supported.height else self.top(10)
        head = ["concept", "concept", "", "score", "documents", "NPMI", "log odds", "q"]
        rows = "".join(
            "<tr>"
            + "".join(_html_concept(row, end) for end in ("source", "target"))
            + f"<td>{_said(row)}</td>"
            + "".join(
                f"<td>{'–' if row.get(name) is None else format(row[name], spec)}</td>"
                for name, spec in (
                    ("score", ".3f"), ("documents", ","), ("npmi", ".2f"),
                    ("log_odds", ".1f"), ("q_value", ".1e"),
                )
            )
            + "</tr>"
            for row in best.iter_rows(named=True)
        )  # fmt: skip
        titles = "".join(f"<th>{title}</th>" for title in head)
        corpus = (
            f" from {counted(self.counts['documents'], 'document')}"
            if "documents" in self.counts
            else ""
        )
        said = ""
        if best.height:
            papers = "two documents or more" if supported.height else "one document"
            said = f"; the best by score, of {papers}:"
        return (
            "<div><p><b>Knowledge graph</b>: "
            f"{counted(self.concepts.height, 'concept')}, "
            f"{counted(self.associations.height, 'association')}{corpus}{said}</p>"
            f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table></div>"
        )


def _said(row: Mapping[str, Any]) -> str:
    if row["predicate"] == CO_MENTION:  # that is what a graph's edges are
        return ""
    return f"{escape(row['predicate'])}{' →' if row['directed'] else ''}"


def _html_concept(row: Mapping[str, Any], end: str) -> str:
    kind = row[f"{end}_type"]
    link = concept_link(row[end], text=row[f"{end}_name"])
    return (
        f'<td title="{escape(kind)}" style="{type_border(kind)};text-align:left">'
        f"{link}</td>"
    )
