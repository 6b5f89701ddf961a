"""Figures of a graph, with Plotly (extra ``notebook``).

Each function returns a ``plotly.graph_objects.Figure``: show it, change it, save it
with ``figure.write_html(path)``. ``figure.to_png()`` draws the same for a paper, with
Matplotlib; that image also stands in a notebook that is converted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kgbuild._io.markup import counted, plain, type_order
from kgbuild.entity_types import colour_of
from kgbuild.errors import ConfigError, at_least
from kgbuild.graph.statistics import figure as figure_text
from kgbuild.widgets.network import plotly_text, require_plotly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import plotly.graph_objects as go
    import polars as pl

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph
    from kgbuild.graph.ranks import Rank

#: Of types, that have a colour each where associations are points.
_PAIRS, _GREY = 10, "#B8BEC4"
_TEMPLATE = {"margin": {"l": 60, "r": 20, "t": 50, "b": 50}, "height": 460}


def plot_associations(
    graph: KnowledgeGraph, *, limit: int = 5000, min_documents: int = 1
) -> go.Figure:
    """Plot associations by strength (NPMI) against support (documents).

    Parameters
    ----------
    graph
        The graph.
    limit
        Draw so many, those in most documents.
    min_documents
        Leave out associations that fewer documents support.

    Returns
    -------
    plotly.graph_objects.Figure
        A point per association, one trace per pair of types.

    Raises
    ------
    ConfigError
        ``limit`` is below 1.
    MissingExtraError
        Plotly is not installed.
    """
    at_least(1, limit=limit)
    frame = graph.top(limit, by="documents", min_documents=min_documents)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        pair = type_order([row["source_type"], row["target_type"]])
        groups.setdefault((pair[0], pair[-1]), []).append(row)
    # More colours nobody tells apart, and more lines the legend has no room for.
    rare = sorted(groups, key=lambda pair: (-len(groups[pair]), pair))[_PAIRS:]
    others = [row for pair in rare for row in groups.pop(pair)]
    figure = _figure(
        layout=_layout(
            "Associations",
            # At 1, 2, 5, 10, …: there is no half a document.
            xaxis={"title": "documents", "type": "log", "dtick": "D2"},
            yaxis={"title": "NPMI"},
        )
    )
    shown = {
        f"{one} – {other}": (colour_of(one), colour_of(other), rows)
        for (one, other), rows in sorted(groups.items())
    }
    if others:
        shown["other types"] = (_GREY, _GREY, others)
    for name, (inside, edge, rows) in shown.items():
        figure.add_scattergl(
            x=[r["documents"] for r in rows],
            y=[r["npmi"] for r in rows],
            mode="markers",
            name=_label(name),
            marker={
                "size": 8,
                "color": inside,
                "line": {"width": 2, "color": edge},
            },
            hoverinfo="text",
            hovertext=[
                _label(
                    f"{r['source_name']} – {r['target_name']}: "
                    f"{counted(r['documents'], 'document')}, NPMI {_two(r['npmi'])}"
                )
                for r in rows
            ],
        )
    return figure


#: Columns of which less is stronger, and what they are the logarithm or value of.
_SMALL = {"p_value": "p", "log10_p": "p", "q_value": "q"}


def _length(row: Mapping[str, Any], by: Rank) -> float | None:
    """Return how long a bar is, by the column that orders the bars."""
    column = "log10_p" if by == "p_value" and row.get("log10_p") is not None else by
    value = row.get(column)
    if value is None or column not in _SMALL:
        return None if value is None else float(value)
    return -float(value) if column == "log10_p" else -math.log10(max(value, 1e-300))


def plot_neighbors(
    graph: KnowledgeGraph, query: str, *, n: int = 20, by: Rank = "score"
) -> go.Figure:
    """Plot what a concept is associated with most strongly.

    Parameters
    ----------
    graph
        The graph.
    query
        Id or name of the concept.
    n
        How many neighbours.
    by
        What makes an association strong.

    Returns
    -------
    plotly.graph_objects.Figure
        A bar per neighbour: its length is the column that orders them (of p and q the
        number of zeros: minus the logarithm), the hover text says the rest.

    Raises
    ------
    NotFoundError
        The graph has no such concept.
    ConfigError
        ``n`` is below 1.
    MissingExtraError
        Plotly is not installed.
    """
    at_least(1, n=n)
    concept = graph.concept(query)
    near = graph.neighbors(concept["concept_id"], n=n, by=by)
    rows = near.to_dicts()[::-1]
    figure = _figure(
        layout=_layout(
            f"Neighbours of {concept['name']}",
            xaxis={"title": f"-log10 {_SMALL[by]}" if by in _SMALL else by},
            # Two concepts may have one name: the places are numbers.
            yaxis={
                "tickvals": list(range(len(rows))),
                "ticktext": [_label(r["name"], longest=40) for r in rows],
                "automargin": True,
            },
        )
    )
    figure.update_layout(height=max(260, 90 + 22 * len(rows)))
    figure.add_bar(
        x=[_length(r, by) for r in rows],
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": [colour_of(r["type"]) for r in rows]},
        hoverinfo="text",
        hovertext=[
            _label(
                f"{r['name']} ({r['type']}, {r['concept_id']}): "
                f"{counted(r['documents'], 'document')}, {by} {figure_text(r, by)}"
            )
            for r in rows
        ],
        textposition="none",
    )
    return figure


def plot_type_pairs(graph: KnowledgeGraph) -> go.Figure:
    """Plot how many associations there are between any two types.

    Returns
    -------
    plotly.graph_objects.Figure
        A matrix; directions are left out, so it is symmetric.

    Raises
    ------
    MissingExtraError
        Plotly is not installed.
    """
    counts = type_pair_counts(graph)
    names = type_order(name for pair in counts for name in pair)
    cells = [
        [counts.get((a, b) if a <= b else (b, a), 0) for b in names] for a in names
    ]
    labels = [_label(name) for name in names]
    figure = _figure(
        layout=_layout("Associations by type", yaxis={"autorange": "reversed"})
    )
    figure.add_heatmap(
        x=labels,
        y=labels,
        # Few types have nearly all associations: colours by the logarithm.
        z=[[math.log1p(n) for n in row] for row in cells],
        text=[[f"{n:,}" for n in row] for row in cells],
        texttemplate="%{text}",
        hoverinfo="x+y+text",
        colorscale="Blues",
        showscale=False,
    )
    return figure


def plot_years(
    documents: Iterable[Document] | pl.DataFrame,
    *,
    mentions: pl.DataFrame | None = None,
    concepts: Iterable[str] | None = None,
) -> go.Figure:
    """Plot mentions per year, by type; or documents per year that name some concepts.

    Parameters
    ----------
    documents
        Annotated documents; or the documents table, and then ``mentions`` is the
        mentions table.
    mentions
        The mentions table.
    concepts
        Ids of concepts: a line for each instead of one for each type.

    Returns
    -------
    plotly.graph_objects.Figure
        Documents without a year are left out; the title says how many.

    Raises
    ------
    ConfigError
        A table of documents came without one of mentions.
    MissingExtraError
        Plotly is not installed.
    """
    import polars as pl

    if not isinstance(documents, pl.DataFrame):
        from kgbuild.tables import tables

        documents, made = tables(documents)
        mentions = made if mentions is None else mentions
    if mentions is None:
        msg = "The documents are a table: give the mentions table as mentions."
        raise ConfigError(msg)
    undated = documents["year"].null_count()
    dated = mentions.join(
        documents.select("document_id", "year").drop_nulls(), on="document_id"
    )
    wanted = None if concepts is None else [*concepts]
    if wanted is None:
        what = "mentions"
        counts = dated.group_by(pl.col("type").cast(pl.String), "year").len()
    else:
        what = "documents"
        counts = (
            dated.select("document_id", "year", pl.col("concepts").alias("type"))
            .explode("type")
            .filter(pl.col("type").is_in(wanted))
            .unique()
            .group_by("type", "year")
            .len()
        )
    series: dict[str, dict[int, int]] = {}
    for kind, year, n in counts.sort("type", "year").iter_rows():
        series.setdefault(kind, {})[year] = n
    title = f"{what.capitalize()} per year"
    if undated:
        title += f" ({counted(undated, 'document')} without a year left out)"
    figure = _figure(
        layout=_layout(
            title,
            # A year between two is none, and has no thousands.
            xaxis={"title": "year", "tickformat": "d"},
            yaxis={"title": what},
        )
    )
    order = type_order(series) if wanted is None else wanted
    for kind in order:
        # A year without any is a zero, not a line drawn over it.
        years = series.get(kind, {})
        span = range(min(years), max(years) + 1) if years else ()
        style = {"color": colour_of(kind)} if wanted is None else {}
        figure.add_scatter(
            x=list(span),
            y=[years.get(year, 0) for year in span],
            mode="lines+markers",
            name=_label(kind),
            line=style,
        )
    return figure


def type_pair_counts(graph: KnowledgeGraph) -> dict[tuple[str, str], int]:
    """Count associations by the types of their ends, a pair in alphabetical order."""
    import polars as pl

    types = graph.concepts.select("concept_id", pl.col("type").cast(pl.String))
    pairs = (
        graph.associations.select("source", "target")
        .join(types.rename({"concept_id": "source", "type": "a"}), on="source")
        .join(types.rename({"concept_id": "target", "type": "b"}), on="target")
        .select(
            pl.min_horizontal("a", "b").alias("a"),
            pl.max_horizontal("a", "b").alias("b"),
        )
        .group_by("a", "b")
        .len()
        .sort("a", "b")
    )
    return {(a, b): n for a, b, n in pairs.iter_rows()}


def _figure(**options: Any) -> go.Figure:
    require_plotly()
    from kgbuild.widgets._figure import StaticFigure

    return StaticFigure(**options)


def _label(text: str, *, longest: int = 200) -> str:
    return plotly_text(plain(text, longest=longest))


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _layout(title: str, **axes: Any) -> dict[str, Any]:
    return {**_TEMPLATE, "title": {"text": _label(title)}, **axes}
