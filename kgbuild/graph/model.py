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

associations — one row per pair, sorted by source, target, relation; undirected, the
source is the one whose id comes first

======================  ================================================================
source, target          str, concept ids
relation                cat, for example ``co_mentioned_in_sentence``
documents               u32, documents in which a sentence (window) names both
sentences               u32, sentences that name both
npmi, log_odds          f64, see :mod:`kgbuild.graph.statistics`; all of documents
p_value, q_value        f64, hypergeometric test and false discovery rate
first_year, last_year   i16 or null
evidence                list of ``{document_id, sentence, spans, score, negated,
                        hedged}``; ``spans`` are those of source and target
*negated, hedged*       u32 or null, sentences naming both that hold such a cue
*years*                 list of ``{year, documents}``
======================  ================================================================
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from kgbuild._io.files import check_readable, write_atomically
from kgbuild._io.html import escape
from kgbuild.curies import url_of
from kgbuild.entity_types import canonical_type, colour_of
from kgbuild.errors import ConfigError, InputError, ValidationError
from kgbuild.tables import read_table, validate, write_table

if TYPE_CHECKING:
    import networkx as nx

#: By what associations can be ranked, and whether more is stronger.
_RANKS = {
    "npmi": True, "log_odds": True, "documents": True, "sentences": True,
    "p_value": False, "q_value": False,
}  # fmt: skip
Rank = Literal["npmi", "log_odds", "documents", "sentences", "p_value", "q_value"]

#: Version of the folder that :meth:`KnowledgeGraph.save` writes.
_FORMAT = 1


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
        for name, value in fields.items():
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

    def concept(self, query: str) -> dict[str, Any]:
        """Return the row of a concept.

        Parameters
        ----------
        query
            Its id, or its name or a synonym in any case; of several concepts with that
            name the one named in most documents.

        Raises
        ------
        ValidationError
            The graph has no such concept.
        """
        found = self.concepts.filter(pl.col("concept_id") == query)
        if not found.height:
            lowered = query.lower()
            by_name = pl.col("name").str.to_lowercase() == lowered
            found = self.concepts.filter(by_name)
            if not found.height and "synonyms" in self.concepts.columns:
                called = pl.element().str.to_lowercase() == lowered
                found = self.concepts.filter(
                    pl.col("synonyms").list.eval(called).list.any()
                )
            found = found.sort("documents", "concept_id", descending=[True, False])
        if not found.height:
            msg = (
                f"The graph has no concept with the id or name {query!r}: look at "
                "graph.concepts for those it has."
            )
            raise ValidationError(msg)
        return found.row(0, named=True)

    def top(
        self,
        n: int = 20,
        *,
        by: Rank = "q_value",
        types: tuple[str, str] | None = None,
        min_documents: int = 1,
    ) -> pl.DataFrame:
        """Return the strongest associations with the names of their concepts.

        Parameters
        ----------
        n
            How many.
        by
            Column to rank by; ties are broken by NPMI, then by documents, then by ids.
        types
            Only between these two types, in either order.
        min_documents
            Only associations that so many documents support.

        Returns
        -------
        polars.DataFrame
            ``source, source_name, source_type, target, target_name, target_type`` and
            the numbers of the association.

        Raises
        ------
        ConfigError
            ``by`` is no such column.
        """
        if by not in _RANKS:
            msg = f"The option by must be one of {', '.join(_RANKS)}. Got {by!r}."
            raise ConfigError(msg)
        frame = self._named().filter(pl.col("documents") >= min_documents)
        if types is not None:
            a, b = map(canonical_type, types)
            one, other = pl.col("source_type"), pl.col("target_type")
            frame = frame.filter(
                ((one == a) & (other == b)) | ((one == b) & (other == a))
            )
        return frame.sort(
            by, "npmi", "documents", "source", "target", "relation",
            descending=[_RANKS[by], True, True, False, False, False],
        ).head(n)  # fmt: skip

    def neighbors(
        self, query: str, *, n: int | None = None, by: Rank = "q_value"
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
            ``concept_id, name, type`` of the neighbour and the numbers of the
            association.

        Raises
        ------
        ValidationError
            The graph has no such concept.
        """
        here = self.concept(query)["concept_id"]
        frame = self._named().filter(
            (pl.col("source") == here) | (pl.col("target") == here)
        )
        other = [
            pl.when(pl.col("source") == here)
            .then(pl.col(f"target{suffix}").cast(pl.String))
            .otherwise(pl.col(f"source{suffix}").cast(pl.String))
            .alias(name)
            for suffix, name in (
                ("", "concept_id"),
                ("_name", "name"),
                ("_type", "type"),
            )
        ]
        numbers = [c for c in frame.columns if not c.startswith(("source", "target"))]
        ranked = frame.select(*other, *numbers).sort(
            by, "npmi", "documents", "concept_id", "relation",
            descending=[_RANKS[by], True, True, False, False],
        )  # fmt: skip
        return ranked if n is None else ranked.head(n)

    def path(self, source: str, target: str) -> list[str]:
        """Return the shortest way between two concepts, over the fewest associations.

        Of equally short ways it is the one whose associations have the highest NPMI in
        sum; ties go to the smaller ids.

        Returns
        -------
        list of str
            Concept ids from ``source`` to ``target``; empty where there is no way.

        Raises
        ------
        ValidationError
            The graph has no such concept.
        """
        start = self.concept(source)["concept_id"]
        end = self.concept(target)["concept_id"]
        if start == end:
            return [start]
        near: dict[str, dict[str, float]] = {}
        for a, b, weight in self.associations.select(
            "source", "target", "npmi"
        ).iter_rows():
            for one, other in ((a, b), (b, a)):
                known = near.setdefault(one, {})
                known[other] = max(weight, known.get(other, weight))
        best: dict[str, tuple[float, list[str]]] = {start: (0.0, [start])}
        seen = {start}
        while best and end not in best:
            ahead: dict[str, tuple[float, list[str]]] = {}
            for here, (total, way) in sorted(best.items()):
                for other, weight in near.get(here, {}).items():
                    if other in seen:
                        continue
                    offer = (total + weight, [*way, other])
                    held = ahead.get(other)
                    if held is None or (-offer[0], offer[1]) < (-held[0], held[1]):
                        ahead[other] = offer
            seen |= ahead.keys()
            best = ahead
        return best[end][1] if end in best else []

    def compare(self, other: KnowledgeGraph) -> pl.DataFrame:
        """Set two graphs side by side.

        Parameters
        ----------
        other
            For example the graph of another corpus or year.

        Returns
        -------
        polars.DataFrame
            One row per association of either: ``source, target, relation, status``
            (``"both"``, ``"only here"``, ``"only there"``), and ``documents``,
            ``npmi`` and their counterparts ``_other``, with the differences.
        """
        key = ["source", "target", "relation"]
        columns = [*key, "documents", "npmi"]
        here = self.associations.select(columns).cast({"relation": pl.String})
        there = other.associations.select(columns).cast({"relation": pl.String})
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
        types: Iterable[str] | None = None,
    ) -> KnowledgeGraph:
        """Keep associations that are strong enough; all concepts of the types stay.

        Parameters
        ----------
        min_documents, min_npmi, max_q
            Bounds, themselves included.
        types
            Keep concepts of these types only, and what associates them.
        """
        frame = self.associations.filter(pl.col("documents") >= min_documents)
        if min_npmi is not None:
            frame = frame.filter(pl.col("npmi") >= min_npmi)
        if max_q is not None:
            frame = frame.filter(pl.col("q_value") <= max_q)
        concepts = self.concepts
        if types is not None:
            wanted = [canonical_type(t) for t in types]
            concepts = concepts.filter(pl.col("type").cast(pl.String).is_in(wanted))
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
        ValidationError
            The graph has no such concept.
        """
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
            Undirected, nodes by concept id with the columns of the concepts table and
            ``url``, edges with those of the associations table; lists stay lists.
            A ``networkx.MultiGraph`` keyed by relation where two concepts have more
            than one relation.
        """
        from kgbuild.graph.network import to_networkx

        return to_networkx(self)

    @classmethod
    def from_networkx(cls, network: nx.Graph) -> KnowledgeGraph:
        """Read back what :meth:`to_networkx` made, also after GraphML or GEXF.

        Raises
        ------
        ValidationError
            Nodes or edges lack what the tables need.
        """
        from kgbuild.graph.network import from_networkx

        return from_networkx(network)

    def write(self, path: Path | str, *, format: str | None = None) -> list[Path]:  # noqa: A002
        """Write the graph for other programs.

        Parameters
        ----------
        path
            A file; a folder for the formats that are several files.
        format
            ``"graphml"``, ``"gexf"``, ``"cytoscape"``, ``"node-link"``, ``"kgx"``,
            ``"neo4j-csv"`` or ``"parquet"``; by the suffix of ``path`` unless told.

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

        return write(self, path, format=format)

    def save(self, folder: Path | str) -> Path:
        """Write the folders ``concepts`` and ``associations``, and ``graph.json``.

        Each file is whole or as it was; ``graph.json`` comes last.
        """
        folder = Path(folder)
        for name, frame in (
            ("concepts", self.concepts),
            ("associations", self.associations),
        ):
            write_table(
                frame,
                folder / name / "part-00000.parquet",
                name=name,  # type: ignore[arg-type]
                provenance=self.provenance,
            )
        facts = {
            "format": _FORMAT,
            "provenance": dict(self.provenance),
            "settings": dict(self.settings),
            "counts": dict(self.counts),
        }
        with write_atomically(folder / "graph.json") as stream:
            stream.write(json.dumps(facts, indent=1, sort_keys=True).encode())
        return folder

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
        folder = Path(folder)
        path = folder / "graph.json"
        check_readable(path)
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            made = facts["format"]
        except (ValueError, KeyError, TypeError) as error:
            reason = f"This is not the record of a graph ({error}): save it again."
            raise InputError(reason, path=path) from error
        if made != _FORMAT:
            reason = (
                f"This graph is of format {made}, this kgbuild reads {_FORMAT}: "
                "install the kgbuild that wrote it."
            )
            raise InputError(reason, path=path)
        return cls(
            concepts=read_table(folder / "concepts", name="concepts"),
            associations=read_table(folder / "associations", name="associations"),
            provenance=facts.get("provenance", {}),
            settings=facts.get("settings", {}),
            counts=facts.get("counts", {}),
        )

    def _named(self) -> pl.DataFrame:
        """Return the associations with names and types, without lists."""
        frame = self.associations.select(
            [
                name
                for name, dtype in self.associations.schema.items()
                if not dtype.is_nested()
            ]
        )
        for end in ("source", "target"):
            names = self.concepts.select(
                pl.col("concept_id").alias(end),
                pl.col("name").alias(f"{end}_name"),
                pl.col("type").cast(pl.String).alias(f"{end}_type"),
            )
            frame = frame.join(names, on=end, how="left", maintain_order="left")
        first = [
            f"{end}{part}"
            for end in ("source", "target")
            for part in ("", "_name", "_type")
        ]
        return frame.select(*first, *(c for c in frame.columns if c not in first))

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
        shown = self.top(10)
        head = ["", "", "documents", "NPMI", "log odds", "q"]
        rows = "".join(
            "<tr>"
            + _html_concept(row, "source")
            + _html_concept(row, "target")
            + f"<td>{row['documents']}</td><td>{row['npmi']:.2f}</td>"
            f"<td>{row['log_odds']:.1f}</td><td>{row['q_value']:.1e}</td></tr>"
            for row in shown.iter_rows(named=True)
        )
        titles = "".join(f"<th>{title}</th>" for title in head)
        corpus = (
            f" from {self.counts['documents']:,} documents"
            if "documents" in self.counts
            else ""
        )
        return (
            f"<div><p><b>Knowledge graph</b>: {self.concepts.height:,} concepts, "
            f"{self.associations.height:,} associations{corpus}</p>"
            f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table></div>"
        )


def _html_concept(row: Mapping[str, Any], end: str) -> str:
    name = escape(row[f"{end}_name"])
    url = url_of(row[end])
    link = (
        f'<a href="{escape(url)}" target="_blank" rel="noopener">{name}</a>'
        if url
        else name
    )
    colour = colour_of(row[f"{end}_type"])
    title = escape(f"{row[f'{end}_type']} {row[end]}")
    return (
        f'<td title="{title}" style="border-left:4px solid {colour};'
        f'padding-left:6px;text-align:left">{link}</td>'
    )
