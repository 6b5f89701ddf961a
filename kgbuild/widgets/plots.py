"""Figures of a graph, with Plotly (extra ``notebook``).

Each function returns a ``plotly.graph_objects.Figure``: show it, change it, save it
with ``figure.write_html(path)``. ``figure.to_png()`` draws the same for a paper, with
Matplotlib; that image also stands in a notebook that is converted.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any

from kgbuild._io.markup import counted, plain, type_order
from kgbuild.entity_types import colour_of, entity_types
from kgbuild.errors import ConfigError, NotFoundError, at_least, required
from kgbuild.graph.statistics import figure as figure_text
from kgbuild.widgets.explorer import graph_given
from kgbuild.widgets.network import plotly_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import plotly.graph_objects as go
    import polars as pl

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph
    from kgbuild.graph.ranks import Rank

#: Of types, that are told apart where associations are points.
_PAIRS, _GREY = 10, "#B8BEC4"
#: Of the second type of a pair; the first has its colour.
_SHAPES = (
    "circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down",
    "pentagon", "hexagon", "star",
)  # fmt: skip
#: The legend stands beside the axes, where it covers nothing.
_TEMPLATE = {
    "margin": {"l": 60, "r": 20, "t": 50, "b": 50},
    "height": 460,
    "legend": {"font": {"size": 13}, "itemsizing": "constant", "x": 1.02, "y": 1},
}
#: Points of one number of documents are spread so far to either side of it: less than
#: half a document, so that none comes near the next number.
_SPREAD = 0.25
#: Bars of which the last are below the end of a window: the axis is above them.
_HIGH = 20
#: Years between marks of an axis, of which there are so many at most.
_YEARS, _MARKS = (1, 2, 5, 10, 20, 50, 100), 8


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
        A point per association, one trace per pair of types: its colour is that of the
        first type, its shape that of the second. Points of one number of documents are
        spread a little to its sides; the hover text says the number.

    Raises
    ------
    ConfigError
        ``limit`` is below 1.
    InputError
        It is no graph.
    MissingExtraError
        Plotly is not installed.
    """
    at_least(1, limit=limit)
    frame = graph_given(graph).top(limit, by="documents", min_documents=min_documents)
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
            xaxis={
                "title": "documents (points of one number spread to its sides)",
                "type": "log",
                "tickvals": _marks(frame),
            },
            yaxis={"title": "NPMI"},
        )
    )
    kinds = type_order([*entity_types(), *(other for _, other in groups)])
    shapes = {kind: _SHAPES[i % len(_SHAPES)] for i, kind in enumerate(kinds)}
    shown = {
        f"{one} – {other}": (colour_of(one), shapes[other], rows)
        for (one, other), rows in sorted(
            groups.items(), key=lambda g: _place(kinds, g[0])
        )
    }
    if others:
        shown["other types"] = (_GREY, "circle-open", others)
    for name, (colour, shape, rows) in shown.items():
        figure.add_scattergl(
            x=[r["documents"] + _aside(r) for r in rows],
            y=[r["npmi"] for r in rows],
            mode="markers",
            name=_label(name),
            marker={
                "size": 9,
                "color": colour,
                "symbol": shape,
                "opacity": 0.6,
                # What lies on another point is seen to be two.
                "line": {"width": 0.5, "color": "#ffffff"},
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


def _aside(row: Mapping[str, Any]) -> float:
    """Return how far a point stands beside its number, always the same for a pair."""
    pair = f"{row['source']} {row['predicate']} {row['target']}".encode()
    return _SPREAD * (2 * zlib.crc32(pair) / 0xFFFFFFFF - 1)


def _place(kinds: list[str], pair: tuple[str, str]) -> tuple[int, ...]:
    """Return where a pair of types stands in a legend."""
    return tuple(kinds.index(kind) if kind in kinds else -1 for kind in pair)


def _marks(frame: pl.DataFrame) -> list[int]:
    """Return 1, 2, 5, 10, … up to the most documents: there is no half a document."""
    most = int(frame["documents"].max() or 1)  # type: ignore[arg-type]
    marks = [step * 10**zeros for zeros in range(len(str(most))) for step in (1, 2, 5)]
    return [mark for mark in marks if mark <= 2 * most]


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
    InputError
        It is no graph.
    MissingExtraError
        Plotly is not installed.
    """
    import polars as pl

    at_least(1, n=n)
    graph = graph_given(graph)
    concept = graph.concept(query)
    near = graph.neighbors(concept["concept_id"], n=n, by=by)
    rows = near.to_dicts()[::-1]
    high = len(rows) > _HIGH
    figure = _figure(
        layout=_layout(
            f"Neighbours of {concept['name']}",
            xaxis={
                "title": f"-log10 {_SMALL[by]}" if by in _SMALL else by,
                "side": "top" if high else "bottom",
            },
            # Two concepts may have one name: the places are numbers.
            yaxis={
                "tickvals": list(range(len(rows))),
                "ticktext": [_label(r["name"], longest=40) for r in rows],
                "automargin": True,
            },
        )
    )
    figure.update_layout(height=max(260, 90 + 22 * len(rows)))
    if high:
        # The title stands above the axis's.
        title = {"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 12}}
        figure.update_layout(title=title, margin={"t": 90, "b": 20})
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
        showlegend=False,
    )
    for kind in type_order(near["type"].cast(pl.String)):
        # Bars have a colour each; what it means, points say that are nowhere.
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=_label(kind), showlegend=True,
            marker={"size": 14, "symbol": "square", "color": colour_of(kind)},
        )  # fmt: skip
    return figure


def plot_type_pairs(graph: KnowledgeGraph) -> go.Figure:
    """Plot how many associations there are between any two types.

    Returns
    -------
    plotly.graph_objects.Figure
        A matrix; directions are left out, so it is symmetric.

    Raises
    ------
    InputError
        It is no graph.
    MissingExtraError
        Plotly is not installed.
    """
    counts = type_pair_counts(graph_given(graph))
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
    concepts: Iterable[str] | str | None = None,
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
        Ids or names of concepts, as :meth:`kgbuild.KnowledgeGraph.concept` takes them:
        a line for each, under its name, instead of one for each type.

    Returns
    -------
    plotly.graph_objects.Figure
        Documents without a year are left out; the title says how many.

    Raises
    ------
    ConfigError
        A table of documents came without one of mentions.
    NotFoundError
        No document names such a concept.
    ValidationError
        Several concepts have the name.
    MissingExtraError
        Plotly is not installed.
    """
    import polars as pl

    if not isinstance(documents, pl.DataFrame):
        from kgbuild.inputs import documents_from
        from kgbuild.tables import tables

        documents, made = tables(documents_from(documents, annotated=True))
        mentions = made if mentions is None else mentions
    if mentions is None:
        msg = "The documents are a table: give the mentions table as mentions."
        raise ConfigError(msg)
    undated = documents["year"].null_count()
    dated = mentions.join(
        documents.select("document_id", "year").drop_nulls(), on="document_id"
    )
    wanted = None if concepts is None else _wanted(concepts, documents, mentions)
    if wanted is None:
        what = "mentions"
        counts = dated.group_by(pl.col("type").cast(pl.String), "year").len()
    else:
        what = "documents"
        counts = (
            dated.select("document_id", "year", pl.col("concepts").alias("type"))
            .explode("type")
            .filter(pl.col("type").is_in([*wanted]))
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
            xaxis={"title": "year", **_year_marks(series)},
            yaxis={"title": what},
        )
    )
    order = type_order(series) if wanted is None else [*wanted]
    for kind in order:
        # A year without any is a zero, not a line drawn over it.
        years = series.get(kind, {})
        span = range(min(years), max(years) + 1) if years else ()
        style = {"color": colour_of(kind)} if wanted is None else {}
        figure.add_scatter(
            x=list(span),
            y=[years.get(year, 0) for year in span],
            mode="lines+markers",
            name=_label(kind if wanted is None else wanted[kind]),
            line=style,
        )
    return figure


def _wanted(
    concepts: Iterable[str] | str, documents: pl.DataFrame, mentions: pl.DataFrame
) -> dict[str, str]:
    """Return concept → what its line is called; ids, where two have one name."""
    from kgbuild.graph import GraphBuilder
    from kgbuild.tables.schema import empty_table

    # A graph of no statements costs no pairs, and names concepts as every graph does.
    tables = (documents, mentions, empty_table("statements"))
    builder = GraphBuilder(edges="statements", exclude=())
    builder.add(tables)
    graph = builder.graph()
    names: dict[str, str] = {}
    for query in [concepts] if isinstance(concepts, str) else concepts:
        try:
            found = graph.concept(query)
        except NotFoundError:
            msg = (
                f"No document names a concept with the id or name {query!r:.80}: see "
                "the columns concepts and text of the mentions table."
            )
            raise NotFoundError(msg) from None
        names[found["concept_id"]] = found["name"]
    called = [*names.values()]
    return {
        concept: name if called.count(name) == 1 else f"{name} ({concept})"
        for concept, name in names.items()
    }


def _year_marks(series: Mapping[str, Mapping[int, int]]) -> dict[str, Any]:
    """Return whole years to mark, without thousands, so few that none overprint."""
    years = [year for counted in series.values() for year in counted]
    if not years:
        return {}
    span = max(years) - min(years)
    step = next((n for n in _YEARS if span / n <= _MARKS), _YEARS[-1])
    return {"tickformat": "d", "dtick": step, "tick0": min(years) // step * step}


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
    required("plotly.graph_objects", extra="notebook")
    from kgbuild.widgets._figure import StaticFigure

    return StaticFigure(**options)


def _label(text: str, *, longest: int = 200) -> str:
    return plotly_text(plain(text, longest=longest))


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _layout(title: str, **axes: Any) -> dict[str, Any]:
    return {**_TEMPLATE, "title": {"text": _label(title)}, **axes}
