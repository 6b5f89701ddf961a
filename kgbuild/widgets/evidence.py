"""What the literature says of two concepts: the sentences that name both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kgbuild._io.markup import chip, concept_link, counted
from kgbuild.errors import ConfigError, at_least
from kgbuild.graph.quotes import Evidence, Quotes
from kgbuild.widgets.explorer import graph_given

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """Evidence as a notebook shows it.

    Attributes
    ----------
    source, target
        Rows of the concepts table.
    sentences
        In the graph's order: the newest document first.
    documents
        How many documents support the association; the graph keeps the evidence of
        some of them (``max_evidence`` of :func:`kgbuild.build_graph`).
    total
        How many pieces of evidence the graph keeps.
    """

    source: dict[str, Any]
    target: dict[str, Any]
    sentences: tuple[Evidence, ...]
    documents: int
    total: int

    def __repr__(self) -> str:
        return (
            f"EvidenceView({self.source['name']} – {self.target['name']}: "
            f"{counted(self.documents, 'document')})"
        )

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """Return the piece of HTML that a notebook shows; all text is escaped."""
        ends = " – ".join(
            f"{chip(str(end['type']))} "
            f"{concept_link(end['concept_id'], text=end['name'])}"
            for end in (self.source, self.target)
        )
        if not self.total:
            return (
                f'<div class="kgb-evidence"><p>{ends}: the graph has no association '
                "between them.</p></div>"
            )
        quotes = "".join(sentence.html for sentence in self.sentences)
        left = self.total - len(self.sentences)
        more = f"<p>{left:,} more: see the option limit.</p>" if left else ""
        return (
            f'<div class="kgb-evidence" style="line-height:1.5"><p>{ends}: '
            f"{counted(self.documents, 'document')}</p>{quotes}{more}</div>"
        )


def evidence(
    graph: KnowledgeGraph,
    one: str,
    other: str,
    *,
    documents: pl.DataFrame | Iterable[Document] | None = None,
    limit: int = 10,
) -> EvidenceView:
    """Quote the sentences that name two concepts.

    Parameters
    ----------
    graph
        The graph.
    one, other
        Ids or names of the concepts, in either order.
    documents
        Documents or their table, from which is quoted; without them the view tells
        only where to look.
    limit
        How many pieces of evidence to quote.

    Returns
    -------
    EvidenceView
        As the last line of a cell it is shown. Empty where nothing associates the two.

    Raises
    ------
    NotFoundError
        The graph has no such concept.
    ConfigError
        ``limit`` is below 1, or both are the same concept.
    InputError
        It is no graph.
    """
    at_least(1, limit=limit)
    graph = graph_given(graph)
    ends = sorted(map(graph.concept, (one, other)), key=lambda c: c["concept_id"])
    ids = [end["concept_id"] for end in ends]
    if ids[0] == ids[1]:
        msg = (
            f"Evidence is of two concepts, and {one!r} and {other!r} are the same, "
            f"{ids[0]}: name two different ones."
        )
        raise ConfigError(msg)
    by_id = dict(zip(ids, ends, strict=True))
    quotes = Quotes(documents)
    rows = graph.between(*ids)
    pieces = [
        (piece, (by_id[row["source"]], by_id[row["target"]]))
        for row in rows.iter_rows(named=True)
        for piece in row["evidence"] or ()
    ]
    return EvidenceView(
        source=ends[0],
        target=ends[1],
        sentences=tuple(quotes.evidence(p, ends=e) for p, e in pieces[:limit]),
        documents=max(rows["documents"].to_list(), default=0),
        total=len(pieces),
    )
