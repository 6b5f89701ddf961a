"""A graph as a picture: to look at, to click in, to save."""

from __future__ import annotations

import base64
import math
import textwrap
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import write_atomically
from kgbuild._io.html import escape
from kgbuild._io.markup import chip, fallback, plain, type_order
from kgbuild.entity_types import colour_of
from kgbuild.errors import ConfigError, MissingExtraError, at_least, required
from kgbuild.widgets._labels import FONT
from kgbuild.widgets._picture import (
    INK,
    KEY_LINE,
    MARGIN,
    NARROW,
    PAPER,
    Edge,
    Node,
    Picture,
    edge_title,
    picture,
    strength_of,
)
from kgbuild.widgets.explorer import Explorer, graph_given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import plotly.graph_objects as go
    import polars as pl

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph
    from kgbuild.graph.ranks import Rank

#: Lines are drawn in so many thicknesses: a trace each, however many lines there are.
_THICKNESSES = 4
_HOVER_WIDTH = 70
#: Around the picture, in pixels; the key of colours has the first line above.
_AROUND, _ABOVE = 10, 16
#: Around letters, so that a line behind them does not cross them out.
_HALO = ", ".join(f"{x}px {y}px 2px {PAPER}" for x in (-1, 1) for y in (-1, 1))
#: What Plotly calls the sides of :class:`Picture`.
_POSITIONS = {
    (x, y): f"{down} {across}"
    for x, across in ((-1, "left"), (0, "center"), (1, "right"))
    for y, down in ((-1, "top"), (0, "middle"), (1, "bottom"))
}


class NetworkView:
    """Concepts and associations as a picture.

    As the last line of a cell it is a figure to zoom and hover in where Plotly is
    installed (extra ``notebook``); else, and in a notebook that is saved or converted,
    it is a static picture.

    Parameters
    ----------
    drawn
        What is where.
    hovers
        Edge → what its tooltip adds, for example a sentence (plain text).
    """

    def __init__(self, drawn: Picture, *, hovers: dict[tuple[str, str], str]) -> None:
        self.picture = drawn
        self.selected: str | None = None
        self._hovers = hovers
        self._listeners: list[Callable[[str], None]] = []
        self._widget: Any = None

    # -- selection ---------------------------------------------------------------------

    def select(self, concept_id: str | None) -> None:
        """Mark a concept; one that is not in the picture marks nothing."""
        if concept_id not in self.picture.nodes:
            concept_id = None
        if concept_id == self.selected:
            return
        self.selected = concept_id
        if self._widget is not None:
            with self._widget.batch_update():
                line = self._widget.data[-1].marker.line
                line.width, line.color = self._outlines()
            self._widget.keep()

    def on_select(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call ``listener`` with the id of every concept that is clicked.

        Returns
        -------
        Callable
            Call it to hear no more.
        """
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def click(self, concept_id: str) -> None:
        """Do what a click on a concept does."""
        if concept_id not in self.picture.nodes:
            msg = (
                f"The picture has no concept {concept_id!r}: it shows "
                f"{len(self.picture.nodes)} concepts."
            )
            raise ConfigError(msg)
        self.select(concept_id)
        for listener in [*self._listeners]:
            listener(concept_id)

    # -- forms -------------------------------------------------------------------------

    def figure(self) -> go.Figure:
        """Return the picture as a Plotly figure.

        Raises
        ------
        MissingExtraError
            Plotly is not installed.
        """
        plotly = required("plotly.graph_objects", extra="notebook")
        figure: go.Figure = plotly.Figure(
            data=self._traces(), layout=_layout(self.picture)
        )
        return figure

    @property
    def widget(self) -> go.FigureWidget:
        """The figure as a widget that tells of clicks.

        Raises
        ------
        MissingExtraError
            Plotly or anywidget is not installed.
        """
        if self._widget is None:
            required("plotly.graph_objects", extra="notebook")
            required("anywidget", extra="notebook")
            from kgbuild.widgets._figure import whole_widget

            widget = whole_widget(data=self._traces(), layout=_layout(self.picture))
            widget.data[-1].on_click(self._clicked)
            self._widget = widget
        return self._widget

    def _clicked(self, trace: Any, points: Any, state: Any) -> None:  # noqa: ARG002
        for index in points.point_inds[:1]:
            self.click([*self.picture.nodes][index])

    def to_svg(self) -> str:
        """Return the picture as SVG, on white."""
        drawn = self.picture.svg(ink=INK, background=PAPER, key=True)
        return drawn or '<svg xmlns="http://www.w3.org/2000/svg"></svg>'

    def to_html(self) -> str:
        """Return a page that stands alone: Plotly's script is in it, nothing is loaded.

        Raises
        ------
        MissingExtraError
            Plotly is not installed.
        """
        page: str = self.figure().to_html(
            include_plotlyjs=True, full_html=True, config={"displaylogo": False}
        )
        return page

    def save(self, path: Path | str) -> Path:
        """Write the picture: ``.html`` (interactive), ``.svg`` or ``.png``.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        ConfigError
            The suffix is another.
        MissingExtraError
            Plotly (for HTML) or Matplotlib (for PNG) is not installed.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix == ".html":
            data = self.to_html().encode()
        elif suffix == ".svg":
            data = self.to_svg().encode()
        elif suffix == ".png":
            data = _png(self.picture)
        else:
            msg = (
                f"A picture is saved as .html, .svg or .png. Got {path.name!r}: "
                "choose one of these endings."
            )
            raise ConfigError(msg)
        with write_atomically(path) as stream:
            stream.write(data)
        return path

    def static_html(self) -> str:
        """Return the static picture with its legend, for a notebook."""
        if not self.picture.nodes:
            return "<p>There is nothing to draw: no association passes.</p>"
        return f"<div><p>{self._legend()}</p>{self.picture.svg()}</div>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = {
            "text/plain": (
                f"NetworkView({len(self.picture.nodes)} concepts, "
                f"{len(self.picture.edges)} associations)"
            ),
            "text/html": self.static_html(),
        }
        if self.picture.nodes:
            with suppress(MissingExtraError):
                bundle.update(self.widget._repr_mimebundle_())
        return bundle

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        bundle = self._repr_mimebundle_()
        alone = len(bundle) == 2
        # A page that does not trust the notebook shows the HTML, not the widget: the
        # second output would say the same again.
        shown = bundle if alone else {k: bundle[k] for k in bundle if k != "text/html"}
        display(shown, raw=True)
        if not alone:
            # An image, for what shows notebooks strips drawings out of foreign HTML.
            data = base64.b64encode(self.to_svg().encode()).decode()
            image = (
                f'<img alt="{escape(bundle["text/plain"])}" '
                f'src="data:image/svg+xml;base64,{data}">'
            )
            body = f"<p>{self._legend()}</p>{image}"
            display(HTML(fallback(body, live="js-plotly-plot")))

    def _legend(self) -> str:
        kinds = type_order(node.type for node in self.picture.nodes.values())
        return " ".join(chip(kind) for kind in kinds)

    # -- traces ------------------------------------------------------------------------

    def _traces(self) -> list[dict[str, Any]]:
        """Lines, points in the middle of lines that carry their tooltips, and nodes."""
        places, sides = self.picture.places, self.picture.sides
        edges = self.picture.edges
        groups: list[list[Edge]] = [[] for _ in range(_THICKNESSES)]
        for edge in edges:
            share = (self.picture.width(edge) - 1) / 4
            groups[min(int(share * _THICKNESSES), _THICKNESSES - 1)].append(edge)
        traces: list[dict[str, Any]] = []
        for number, group in enumerate(groups):
            xs: list[float | None] = []
            ys: list[float | None] = []
            for edge in group:
                (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
                xs += [x1, x2, None]
                ys += [y1, y2, None]
            mean = sum(self.picture.opacity(e) for e in group) / max(len(group), 1)
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": xs,
                    "y": ys,
                    "hoverinfo": "skip",
                    "line": {
                        "width": 1 + number * 4 / _THICKNESSES,
                        "color": f"rgba(110,120,130,{mean:.2f})",
                    },
                }
            )
        middle = [
            tuple((a + b) / 2 for a, b in zip(places[e.source], places[e.target]))  # noqa: B905
            for e in edges
        ]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [x for x, _ in middle],
                "y": [y for _, y in middle],
                "marker": {"size": 9, "opacity": 0},
                "hoverinfo": "text",
                "hovertext": [self._edge_hover(edge) for edge in edges],
            }
        )
        nodes = [*self.picture.nodes.values()]
        widths, colours = self._outlines()
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [places[n.id][0] for n in nodes],
                "y": [places[n.id][1] for n in nodes],
                "text": [
                    "<br>".join(map(plotly_text, n.lines)) if n.id in sides else ""
                    for n in nodes
                ],
                "textposition": [_POSITIONS[sides.get(n.id, (0, 1))] for n in nodes],
                "cliponaxis": False,
                "textfont": {"size": FONT, "shadow": _HALO},
                "customdata": [n.id for n in nodes],
                "hoverinfo": "text",
                "hovertext": [plotly_text(plain(n.title, longest=200)) for n in nodes],
                "marker": {
                    "size": [2 * self.picture.radius(n) for n in nodes],
                    "color": [colour_of(n.type) for n in nodes],
                    "opacity": 1,
                    "line": {"width": widths, "color": colours},
                },
            }
        )
        return traces

    def _edge_hover(self, edge: Edge) -> str:
        lines = [plotly_text(plain(edge.title, longest=200))]
        more = self._hovers.get((edge.source, edge.target))
        if more:
            wrapped = textwrap.wrap(plain(more, longest=400), _HOVER_WIDTH)
            lines += [plotly_text(line) for line in wrapped]
        return "<br>".join(lines)

    def _outlines(self) -> tuple[list[float], list[str]]:
        chosen = [node == self.selected for node in self.picture.nodes]
        return (
            [4.0 if c else 1.0 for c in chosen],
            ["#F0E442" if c else "rgba(255,255,255,0.7)" for c in chosen],
        )


def draw(
    graph: KnowledgeGraph | Explorer,
    *,
    around: str | None = None,
    limit: int = 100,
    by: Rank = "score",
    min_documents: int = 1,
    documents: pl.DataFrame | Iterable[Document] | None = None,
    seed: int = 0,
) -> NetworkView:
    """Draw the strongest associations of a graph, or those around a concept.

    Parameters
    ----------
    graph
        A graph; or the explorer of a browser (``browse(graph).explorer``), and then a
        click in the picture opens the concept there, and what is opened there is marked
        in the picture.
    around
        Id or name of a concept: draw its strongest associations and those between its
        neighbours.
    limit
        How many associations to draw; around a concept, how many neighbours.
    by
        What makes an association strong.
    min_documents
        Leave out associations that fewer documents support.
    documents
        Documents or their table, from which tooltips quote a sentence.
    seed
        Of the layout.

    Returns
    -------
    NetworkView
        Colour is the type, size the documents, and darker lines have a higher score.

    Raises
    ------
    ConfigError
        ``limit`` is below 1.
    NotFoundError
        The graph has no such concept.
    InputError
        It is no graph.
    """
    from kgbuild.graph.quotes import Quotes

    at_least(1, limit=limit)
    explorer = graph if isinstance(graph, Explorer) else None
    whole = graph_given(graph)
    quotes = explorer.quotes if explorer and documents is None else Quotes(documents)
    rows = _rows(whole, around, limit=limit, by=by, min_documents=min_documents)
    view = network_view(
        whole, rows, quotes=quotes, seed=seed, keep=[around] if around else ()
    )
    if explorer is not None:
        view.on_select(explorer.open)
        _follow(explorer, weakref.ref(view))
        view.select(explorer.current)
    return view


def _follow(explorer: Explorer, seen: weakref.ref[NetworkView]) -> None:
    """Mark in the picture what is opened, as long as anyone holds the picture."""

    def mark(concept_id: str) -> None:
        view = seen()
        if view is None:
            # A cell that is run again leaves its old picture behind.
            stop()
        else:
            view.select(concept_id)

    stop = explorer.on_open(mark)


def network_view(
    graph: KnowledgeGraph,
    rows: pl.DataFrame,
    *,
    quotes: Any,
    seed: int = 0,
    keep: Iterable[str] = (),
) -> NetworkView:
    """Make a view of some rows of the associations table (with ``evidence``).

    Concepts to ``keep`` are drawn even where no row names them.
    """
    import polars as pl

    ends = {*rows["source"], *rows["target"], *keep}
    concepts = graph.concepts.filter(pl.col("concept_id").is_in(ends)).select(
        "concept_id", "name", pl.col("type").cast(pl.String), "documents"
    )
    nodes = {
        concept_id: Node(id=concept_id, name=name, type=kind, documents=n)
        for concept_id, name, kind, n in concepts.iter_rows()
    }
    edges = []
    hovers: dict[tuple[str, str], str] = {}
    for row in rows.iter_rows(named=True):
        source, target = row["source"], row["target"]
        edges.append(
            Edge(
                source=source,
                target=target,
                documents=row["documents"],
                strength=strength_of(row),
                directed=row["directed"],
                title=edge_title(row, nodes[source].name, nodes[target].name),
            )
        )
        for piece in (row["evidence"] or [])[:1]:
            at_ends = [graph.concept(row[end]) for end in ("source", "target")]
            sentence = quotes.evidence(piece, ends=at_ends).text
            if sentence:
                quoted = f"“{sentence}” ({piece['document_id']})"
                hovers.setdefault((source, target), quoted)
    return NetworkView(picture(nodes, edges, seed=seed), hovers=hovers)


def _rows(
    graph: KnowledgeGraph,
    around: str | None,
    *,
    limit: int,
    by: Rank,
    min_documents: int,
) -> pl.DataFrame:
    import polars as pl

    key = ["source", "target", "predicate"]
    if around is None:
        ranked = graph.top(limit, by=by, min_documents=min_documents).select(key)
        return ranked.join(
            graph.associations, on=key, how="left", maintain_order="left"
        )
    around = graph.concept(around)["concept_id"]
    near = graph.neighbors(around, by=by).filter(pl.col("documents") >= min_documents)
    kept = {around, *near["concept_id"].head(limit)}
    return graph.associations.filter(
        pl.col("source").is_in(kept)
        & pl.col("target").is_in(kept)
        & (pl.col("documents") >= min_documents)
    ).sort("documents", "source", "target", descending=[True, False, False])


def plotly_text(text: str) -> str:
    """Return text that Plotly shows as it is: it reads tags and entities in labels.

    Examples
    --------
    >>> plotly_text("<b>R&D</b>")
    '&lt;b&gt;R&amp;D&lt;/b&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _layout(drawn: Picture) -> dict[str, Any]:
    left, top, right, bottom = drawn.extent() if drawn.nodes else (0.0, 0.0, 1.0, 1.0)
    keys = drawn.key(NARROW - 2 * MARGIN)
    above = int(_ABOVE + KEY_LINE * len(keys))
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    return {
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": "pan",
        "margin": {"l": _AROUND, "r": _AROUND, "t": above, "b": _AROUND},
        "annotations": [_key(keys)] if drawn.nodes else [],
        # Pixels upright; across, the picture fills its box, and names get more room.
        "height": max(200, math.ceil(bottom - top) + above + _AROUND),
        "xaxis": {**hidden, "range": [left, right]},
        "yaxis": {**hidden, "range": [bottom, top]},
        # Names must be readable on any page.
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"color": INK},
    }


def _key(keys: list[list[tuple[float, str]]]) -> dict[str, Any]:
    """Say which colour is which type, above the picture."""
    return {
        "text": "<br>".join(
            "  ".join(
                f'<span style="color:{colour_of(kind)}">●</span> '
                f"{plotly_text(plain(kind, longest=30))}"
                for _, kind in line
            )
            for line in keys
        ),
        "align": "left",
        "xref": "paper", "yref": "paper", "x": 0, "y": 1,
        "xanchor": "left", "yanchor": "bottom", "showarrow": False,
    }  # fmt: skip


def _png(drawn: Picture) -> bytes:
    """Draw with Matplotlib, at twice the pixels of a page."""
    import io

    required("matplotlib", extra="notebook")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patheffects import withStroke

    drawn = drawn.wider()
    left, top, right, bottom = (0.0, 0.0, 99.0, 99.0)
    entries: list[tuple[float, float, str]] = []
    if drawn.nodes:
        (left, top, right, bottom), entries = drawn.with_key()
    # A point is a 72nd of an inch, of which a page has 96 pixels.
    point = 72 / 96
    figure = Figure(figsize=((right - left) / 96, (bottom - top) / 96))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    for edge in drawn.edges:
        (x1, y1), (x2, y2) = drawn.places[edge.source], drawn.places[edge.target]
        axes.plot(
            [x1, x2],
            [y1, y2],
            color="#59636e",
            alpha=drawn.opacity(edge),
            linewidth=drawn.width(edge) * point,
            zorder=1,
        )
    circles = [
        (*drawn.places[node.id], drawn.radius(node), node.type)
        for node in drawn.nodes.values()
    ]
    circles += [(x + 5, y, 5.0, kind) for x, y, kind in entries]
    for x, y, kind in entries:
        axes.text(
            x + 14, y, _dollars(plain(kind, longest=30)),
            fontsize=FONT * point, color=INK, va="center",
        )  # fmt: skip
    axes.scatter(
        [x for x, *_ in circles],
        [y for _, y, *_ in circles],
        s=[(2 * radius * point) ** 2 for *_, radius, _ in circles],
        c=[colour_of(kind) for *_, kind in circles],
        linewidths=0,
        zorder=2,
    )
    for node, box in zip(drawn.named, drawn.boxes().tolist(), strict=True):
        across = drawn.sides[node.id][0]
        axes.text(
            {-1: box[2], 0: drawn.places[node.id][0], 1: box[0]}[across],
            (box[1] + box[3]) / 2,
            "\n".join(map(_dollars, node.lines)),
            ha={-1: "right", 0: "center", 1: "left"}[across],
            va="center",
            fontsize=FONT * point,
            color=INK,
            path_effects=[withStroke(linewidth=2, foreground=PAPER)],
            zorder=3,
        )
    out = io.BytesIO()
    # No time stamp: the same picture gives the same bytes.
    figure.savefig(out, format="png", dpi=2 * 96, metadata={"Software": None})
    return out.getvalue()


def _dollars(text: str) -> str:
    """Return text for Matplotlib, where a dollar sign would start a formula."""
    return text.replace("$", r"\$")
