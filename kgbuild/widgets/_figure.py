"""Plotly figures that also stand where no script runs (extra ``notebook``).

Imports Plotly: import this module only where a figure is made.
"""

from __future__ import annotations

import html
import io
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from kgbuild.errors import MissingExtraError, required

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INCH, _DOTS = 80.0, 110
#: Says at once that it is there, and then loads Plotly, which is in the state: a page
#: waits two seconds for the script of a widget (anywidget 0.11), and hears nothing of
#: the kernel ever after.
_LOADER = """
export default () => {
  let loading;
  return {
    initialize({ model }) {
      const script = new Blob([model.get("_plotly")], { type: "text/javascript" });
      const url = URL.createObjectURL(script);
      loading = import(url).then(async (plotly) => {
        URL.revokeObjectURL(url);
        const figure = plotly.default();
        await figure.initialize({ model });
        return figure;
      });
    },
    async render(context) {
      return (await loading).render(context);
    },
  };
};
"""
#: More names than this at an axis cannot be read: they are left out of the image.
_MOST_TICKS = 60


class StaticFigure(go.Figure):
    """A Plotly figure that leaves an image beside itself in a notebook.

    JupyterLab draws the figure. Where nothing does, as in a converted notebook or one
    shown on the web, the image stands.
    """

    def _repr_mimebundle_(self, *args: Any, **options: Any) -> dict[str, Any]:
        bundle = dict(super()._repr_mimebundle_(*args, **options) or {})
        if "image/png" not in bundle:
            try:
                bundle["image/png"] = self.to_png()
            except MissingExtraError:
                # The figure itself is there; only the image needs Matplotlib.
                return bundle
        return bundle

    def _ipython_display_(self) -> None:
        import plotly.io as pio
        from IPython.display import HTML, display

        # Renderers that open a window of their own make no bundle.
        bundle = super()._repr_mimebundle_()
        if bundle and pio.renderers.render_on_display:
            display(self._repr_mimebundle_(), raw=True)
            # JupyterLab shows the image until the mouse is on it, as wide as it is.
            display(HTML("<style>.plot-img{max-width:100%}</style>"))
        else:
            super()._ipython_display_()

    def to_png(self) -> bytes:
        """Draw the same with Matplotlib: points, lines, bars and one matrix.

        Raises
        ------
        MissingExtraError
            Matplotlib is not installed.
        """
        required("matplotlib", extra="notebook")
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.ticker import MultipleLocator, NullFormatter

        height = (self.layout.height or 460) / _INCH
        figure = Figure(figsize=(9.0, height), dpi=_DOTS, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for trace in self.data:
            _DRAWERS[trace.type](axes, trace)
        layout = self.layout
        axes.set_title(_text(layout.title.text), fontsize=11)
        axes.set_xlabel(_text(layout.xaxis.title.text))
        axes.set_ylabel(_text(layout.yaxis.title.text))
        top = layout.xaxis.side == "top"
        if top:
            axes.xaxis.tick_top()
            axes.xaxis.set_label_position("top")
        if layout.xaxis.type == "log":
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
        if layout.xaxis.tickvals is not None:
            marks = list(layout.xaxis.tickvals)
            axes.set_xticks(marks, [f"{mark:g}" for mark in marks])
        elif layout.xaxis.dtick is not None:
            axes.xaxis.set_major_locator(MultipleLocator(layout.xaxis.dtick))
        if (
            layout.yaxis.tickvals is not None
            and len(layout.yaxis.tickvals) <= _MOST_TICKS
        ):
            axes.set_yticks(
                list(layout.yaxis.tickvals), [_text(t) for t in layout.yaxis.ticktext]
            )
        if len(self.data) > 1:
            # Beside the axes, so that it covers nothing.
            axes.legend(
                fontsize=10, frameon=False, borderaxespad=0.0, loc="upper left",
                bbox_to_anchor=(1.01, 1.0), markerscale=1.4,
            )  # fmt: skip
        axes.spines[["bottom" if top else "top", "right"]].set_visible(False)
        out = io.BytesIO()
        # No time stamp: the same figure gives the same bytes.
        figure.savefig(out, format="png", metadata={"Software": None})
        return out.getvalue()


@cache
def _script() -> str:
    """Return the script of Plotly's own widget."""
    path = files("plotly") / "package_data" / "widgetbundle.js"
    return path.read_text(encoding="utf-8")


def whole_widget(**options: Any) -> Any:
    """Make a figure widget that tells the page all of itself in its first message.

    Plotly's own tells of itself while it is still empty, and of its data in a second
    message. Changes that come while the page loads Plotly's script reach it by the
    state: call ``keep()`` after a change.

    Raises
    ------
    ImportError
        anywidget is not installed.
    """
    import traitlets

    class WholeFigureWidget(go.FigureWidget):
        _esm = _LOADER
        _plotly = traitlets.Unicode(_script()).tag(sync=True)
        _complete = False

        def open(self) -> None:
            if self._complete:
                super().open()

        def keep(self) -> None:
            self._widget_data = deepcopy(self._data)

    widget = WholeFigureWidget(**options)
    # As wide as its cell, also when the window changes.
    widget._config = {**widget._config, "responsive": True}
    widget._complete = True
    widget.open()
    return widget


def _scatter(axes: Axes, trace: Any) -> None:
    name = _text(trace.name)
    if "lines" in (trace.mode or ""):
        axes.plot(
            list(trace.x), list(trace.y), color=trace.line.color, label=name,
            marker="o", markersize=3, linewidth=1.5,
        )  # fmt: skip
        return
    axes.scatter(
        [float("nan") if x is None else x for x in trace.x],
        [float("nan") if y is None else y for y in trace.y],
        s=36,
        color=trace.marker.color,
        edgecolors=trace.marker.line.color or "none",
        linewidths=0.5,
        alpha=trace.marker.opacity,
        marker=_MARKERS.get(trace.marker.symbol, "o"),
        label=name,
    )


#: Shapes of Plotly → those of Matplotlib.
_MARKERS = {
    "square": "s", "diamond": "D", "cross": "P", "x": "X", "triangle-up": "^",
    "triangle-down": "v", "pentagon": "p", "hexagon": "h", "star": "*",
}  # fmt: skip


def _bar(axes: Axes, trace: Any) -> None:
    colours = trace.marker.color
    lengths = [0.0 if x is None else x for x in trace.x]
    axes.barh(list(trace.y), lengths, color=None if colours is None else list(colours))


def _heatmap(axes: Axes, trace: Any) -> None:
    cells = [[*row] for row in trace.z]
    if not cells:
        return
    axes.imshow(cells, cmap="Blues", aspect="auto")
    names = [_text(name) for name in trace.x]
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=8)
    names = [_text(name) for name in trace.y]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    most = max(max(row) for row in cells) or 1
    for down, row in enumerate(cells):
        for across, value in enumerate(row):
            axes.text(
                across, down, _text(trace.text[down][across]), fontsize=8,
                ha="center", va="center",
                color="white" if value > 0.6 * most else "black",
            )  # fmt: skip


_DRAWERS = {
    "bar": _bar,
    "heatmap": _heatmap,
    "scatter": _scatter,
    "scattergl": _scatter,
}


def _text(text: str | None) -> str:
    """Return a label of Plotly, which reads entities, as one of Matplotlib."""
    # A dollar sign would start a formula, a leading underscore hide a label.
    plain = html.unescape(text or "").replace("$", r"\$")
    return plain if not plain.startswith("_") else " " + plain
