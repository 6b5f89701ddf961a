"""What the literature says of two concepts: the sentences that name both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kgbuild.errors import ConfigError
from kgbuild.widgets._html import chip, concept_link, counted, escape
from kgbuild.widgets._quotes import Quotes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One piece of evidence.

    Attributes
    ----------
    document_id
        Which document.
    text
        The sentence, or the two that name one concept each; ``None`` where the text is
        not at hand.
    negated, hedged
        Whether it holds such a cue ("no effect", "may"); ``None`` where nobody looked.
    html
        The sentence with both concepts marked, and its source below.
    """

    document_id: str
    text: str | None
    negated: bool | None
    hedged: bool | None
    html: str


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
    sentences: tuple[Sentence, ...]
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
    ValidationError
        The graph has no such concept.
    ConfigError
        ``limit`` is below 1, or both are the same concept.
    """
    import polars as pl

    if limit < 1:
        msg = f"limit must be at least 1. Got {limit}."
        raise ConfigError(msg)
    ends = sorted(map(graph.concept, (one, other)), key=lambda c: c["concept_id"])
    source, target = ends
    if source["concept_id"] == target["concept_id"]:
        msg = (
            f"Evidence is of two concepts, and {one!r} and {other!r} are the same, "
            f"{source['concept_id']}: name two different ones."
        )
        raise ConfigError(msg)
    rows = graph.associations.filter(
        (pl.col("source") == source["concept_id"])
        & (pl.col("target") == target["concept_id"])
    )
    pieces = [piece for row in rows["evidence"].to_list() for piece in row or ()]
    quotes = Quotes(documents)
    return EvidenceView(
        source=source,
        target=target,
        sentences=tuple(
            _sentence(piece, quotes, ends=(source, target)) for piece in pieces[:limit]
        ),
        documents=int(rows["documents"].max() or 0) if rows.height else 0,  # type: ignore[arg-type]
        total=len(pieces),
    )


def _sentence(
    piece: dict[str, Any], quotes: Quotes, *, ends: tuple[dict[str, Any], ...]
) -> Sentence:
    document_id, spans = piece["document_id"], piece["spans"]
    quote = quotes.quote(
        document_id,
        spans,
        types=[str(end["type"]) for end in ends],
        names=[end["name"] for end in ends],
    )
    flags = [word for word in ("negated", "hedged") if piece.get(word) is True]
    remark = f" · {escape(', '.join(flags))}" if flags else ""
    html = (
        '<blockquote style="margin:.4em 0;padding-left:.8em;'
        f'border-left:3px solid rgba(128,128,128,.4)">{quote or ""}'
        f'<div style="opacity:.7">{quotes.source(document_id)}{remark}</div>'
        "</blockquote>"
    )
    return Sentence(
        document_id=document_id,
        text=quotes.sentence(document_id, spans),
        negated=piece.get("negated"),
        hedged=piece.get("hedged"),
        html=html,
    )
