"""A picture of some concepts and associations, as SVG without a script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild._io.html import escape
from kgbuild._io.markup import counted, plain, type_order
from kgbuild.entity_types import colour_of
from kgbuild.predicates import CO_MENTION
from kgbuild.widgets import _labels
from kgbuild.widgets._labels import FONT, FURTHER, width_of
from kgbuild.widgets._layout import positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: In pixels: the narrowest page that shows a picture, such as a notebook's cell in a
#: small window, and what is around circles and names.
NARROW, MARGIN = 620.0, 8.0
_INSIDE = NARROW - 2 * MARGIN
#: How much wider a picture is that is scaled as a whole, its letters too.
_WIDER = 1.45
#: Of more concepts nobody reads the names: those in most documents have theirs.
_NAMED = 100
#: Of a line of the key of colours, and of a picture that has one.
KEY_LINE, _NARROWEST = 18.0, 300.0
#: Of names and lines where the picture has a background of its own, and that.
INK, PAPER = "#1b1f24", "#ffffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A concept in a picture."""

    id: str
    name: str
    type: str
    documents: int

    @property
    def lines(self) -> tuple[str, ...]:
        """Its name as it is drawn, on one line or two."""
        return _labels.lines_of(self.name)

    @property
    def title(self) -> str:
        """What its tooltip says (plain text)."""
        told = counted(self.documents, "document")
        return f"{self.name} ({self.type}, {self.id}): {told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An association in a picture.

    Attributes
    ----------
    source, target
        Ids of nodes.
    documents
        Of the association.
    strength
        Its score, see :func:`strength_of`; ``None`` where nothing is known.
    directed
        Whether to draw an arrow to the target.
    title
        What its tooltip says (plain text).
    href
        Where a click leads; ``None`` for nowhere.
    """

    source: str
    target: str
    documents: int
    strength: float | None
    title: str
    directed: bool = False
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Nodes, edges and where the nodes are.

    Attributes
    ----------
    nodes
        By id, sorted.
    edges
        Each pair once, strongest first.
    places
        Node → ``(x, y)``, in pixels of a picture :data:`NARROW` pixels wide, y
        downwards. In a wider one names are as far apart or farther.
    sides
        Node → where its name stands: to the right (1) or left (-1), below (1) or
        above (-1). Nodes that have no name in the picture are left out.
    """

    nodes: Mapping[str, Node]
    edges: Sequence[Edge]
    places: Mapping[str, tuple[float, float]]
    sides: Mapping[str, tuple[int, int]]

    @property
    def named(self) -> list[Node]:
        """The nodes that have a name in the picture."""
        return [self.nodes[node] for node in self.sides]

    def boxes(self) -> Floats:
        """Left, top, right and bottom of names in pixels, shape ``(n_named, 4)``."""
        named = self.named
        return _labels.boxes(
            np.array([self.places[node.id] for node in named]).reshape(-1, 2),
            np.array([self.radius(node) for node in named]),
            np.array([_labels.size_of(node.lines) for node in named]).reshape(-1, 2),
            np.array([*self.sides.values()], dtype=np.int64).reshape(-1, 2),
        )

    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all circles and names, in pixels."""
        centres = np.array([self.places[node] for node in self.nodes])
        radii = np.array([self.radius(node) for node in self.nodes.values()])[:, None]
        around = np.vstack(
            [np.hstack([centres - radii, centres + radii]), self.boxes()]
        )
        left, top = around[:, :2].min(axis=0) - MARGIN
        right, bottom = around[:, 2:].max(axis=0) + MARGIN
        return float(left), float(top), float(right), float(bottom)

    def wider(self) -> Picture:
        """Return the picture as wide as a page, for what scales all of it alike."""
        places = {node: (x * _WIDER, y) for node, (x, y) in self.places.items()}
        return replace(self, places=places)

    def key(self, width: float) -> list[list[tuple[float, str]]]:
        """Return lines of types, each with its left edge: which has which colour."""
        lines: list[list[tuple[float, str]]] = [[]]
        left = 0.0
        for kind in type_order(node.type for node in self.nodes.values()):
            wide = width_of(plain(kind, longest=30)) + 2.5 * FONT
            if lines[-1] and left + wide > width:
                lines.append([])
                left = 0.0
            lines[-1].append((left, kind))
            left += wide
        return lines

    def with_key(
        self,
    ) -> tuple[tuple[float, float, float, float], list[tuple[float, float, str]]]:
        """Return the extent with a key above, and what the key says where."""
        left, top, right, bottom = self.extent()
        right = max(right, left + _NARROWEST)
        lines = self.key(right - left - 2 * MARGIN)
        top -= KEY_LINE * len(lines)
        entries = [
            (left + MARGIN + x, top + MARGIN + KEY_LINE * (number + 0.5), kind)
            for number, line in enumerate(lines)
            for x, kind in line
        ]
        return (left, top, right, bottom), entries

    def radius(self, node: Node) -> float:
        """Radius in pixels: the area grows with the documents."""
        most = max(n.documents for n in self.nodes.values())
        return 5 + 11 * math.sqrt(node.documents / max(most, 1))

    def width(self, edge: Edge) -> float:
        """Width in pixels, by documents."""
        most = max(e.documents for e in self.edges)
        return 1 + 4 * math.sqrt(edge.documents / max(most, 1))

    def opacity(self, edge: Edge) -> float:
        """Opacity of a line, by strength: that of the strongest line is 0.85."""
        known = [e.strength for e in self.edges if e.strength is not None]
        most = max(known, default=0.0)
        if edge.strength is None or most <= 0:
            return 0.25
        return 0.25 + 0.6 * max(0.0, edge.strength) / most

    def _arrow(self, edge: Edge, ink: str) -> str:
        """Draw a triangle that touches the circle of the target."""
        (x1, y1), (x2, y2) = self.places[edge.source], self.places[edge.target]
        angle = math.atan2(y2 - y1, x2 - x1)
        gap = self.radius(self.nodes[edge.target])
        corners = []
        for back, side in ((0.0, 0.0), (9.0, 4.0), (9.0, -4.0)):
            x, y = gap + back, side
            corners.append(
                f"{x2 - x * math.cos(angle) + y * math.sin(angle):.1f},"
                f"{y2 - x * math.sin(angle) - y * math.cos(angle):.1f}"
            )
        return f'<polygon points="{" ".join(corners)}" fill="{escape(ink)}"/>'

    def svg(
        self,
        *,
        ink: str = "currentColor",
        background: str | None = None,
        key: bool = False,
    ) -> str:
        """Return the picture as one ``<svg>`` element, as wide as a page.

        Parameters
        ----------
        ink
            CSS colour of names and lines.
        background
            CSS colour behind; by default the page's own. Names get a border in it.
        key
            Say above which colour is which type.
        """
        if not self.nodes:
            return ""
        drawn = self.wider()
        left, top, right, bottom = drawn.extent()
        entries: list[tuple[float, float, str]] = []
        if key:
            (left, top, right, bottom), entries = drawn.with_key()
        width, height = right - left, bottom - top
        halo = (
            f' stroke="{escape(background)}" stroke-width="3" paint-order="stroke"'
            if background
            else ""
        )
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" '
            f'height="{height:.0f}" style="max-width:100%;height:auto" role="img" '
            f'aria-label="Network of associations" font-family="sans-serif" '
            f'font-size="{FONT}" text-anchor="middle">'
        ]
        if background:
            parts.append(
                f'<rect x="{left:.0f}" y="{top:.0f}" width="100%" height="100%" '
                f'fill="{escape(background)}"/>'
            )
        parts += [
            f'<rect x="{x:.1f}" y="{y - 5:.1f}" width="10" height="10" rx="5" '
            f'fill="{colour_of(kind)}"/><text x="{x + 14:.1f}" y="{y + 4:.1f}" '
            f'text-anchor="start" fill="{escape(ink)}">'
            f"{escape(plain(kind, longest=30))}</text>"
            for x, y, kind in entries
        ]
        parts += [drawn._line(edge, ink) for edge in drawn.edges]
        parts += [drawn._circle(node) for node in drawn.nodes.values()]
        parts += [
            drawn._name(node, box, f' fill="{escape(ink)}"{halo}')
            for node, box in zip(drawn.named, drawn.boxes().tolist(), strict=True)
        ]
        return "".join([*parts, "</svg>"])

    def _line(self, edge: Edge, ink: str) -> str:
        (x1, y1), (x2, y2) = self.places[edge.source], self.places[edge.target]
        line = (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{escape(ink)}" stroke-width="{self.width(edge):.1f}" '
            f'stroke-opacity="{self.opacity(edge):.2f}">'
            f"<title>{escape(edge.title)}</title></line>"
        )
        if edge.directed:
            line += self._arrow(edge, ink)
        return (
            line if edge.href is None else f'<a href="{escape(edge.href)}">{line}</a>'
        )

    def _circle(self, node: Node) -> str:
        x, y = self.places[node.id]
        return (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{self.radius(node):.1f}" '
            f'fill="{colour_of(node.type)}"><title>{escape(node.title)}</title>'
            "</circle>"
        )

    def _name(self, node: Node, box: list[float], style: str) -> str:
        # The edge at the circle is where the name begins, however wide letters are.
        side = self.sides[node.id][0]
        at = {-1: box[2], 0: self.places[node.id][0], 1: box[0]}[side]
        anchor = {-1: ' text-anchor="end"', 0: "", 1: ' text-anchor="start"'}[side]
        return "".join(
            f'<text x="{at:.1f}" y="{box[1] + FONT * 0.9 + FURTHER * number:.1f}"'
            f"{anchor}{style}>{escape(line)}</text>"
            for number, line in enumerate(node.lines)
        )


def picture(
    nodes: Mapping[str, Node], edges: Sequence[Edge], *, seed: int = 0
) -> Picture:
    """Lay out nodes and edges; a pair that comes twice is drawn once."""
    import networkx as nx

    network: nx.Graph = nx.Graph()
    network.add_nodes_from(nodes)
    kept: list[Edge] = []
    for edge in edges:
        if not network.has_edge(edge.source, edge.target):
            kept.append(edge)
            weight = 1 + math.log(max(edge.documents, 1))
            network.add_edge(edge.source, edge.target, weight=weight)
    nodes = dict(sorted(nodes.items()))
    drawn = Picture(nodes=nodes, edges=kept, places={}, sides={})
    common = sorted(nodes.values(), key=lambda node: (-node.documents, node.id))
    named = [node.id for node in common[:_NAMED]]
    names = {node: _labels.size_of(nodes[node].lines) for node in named}
    radii = {node: drawn.radius(nodes[node]) for node in nodes}
    # A box has the circle above and the name below.
    offsets = {
        node: float(_labels.reach(np.array(radii[node]))) + size[1]
        for node, size in names.items()
    }
    middles = positions(
        network,
        {
            node: (
                max(2 * radius, names.get(node, (0.0, 0.0))[0]),
                radius + offsets.get(node, radius),
            )
            for node, radius in radii.items()
        },
        width=_INSIDE,
        seed=seed,
    )
    places = {
        node: (x, y + (radii[node] - offsets.get(node, radii[node])) / 2)
        for node, (x, y) in middles.items()
    }
    order = [*named, *(node for node in nodes if node not in names)]
    numbers = {node: number for number, node in enumerate(order)}
    sides = _labels.choose_sides(
        np.array([places[node] for node in order]).reshape(-1, 2),
        np.array([radii[node] for node in order]),
        np.array([names[node] for node in named]).reshape(-1, 2),
        (
            np.array([numbers[edge.source] for edge in kept], dtype=np.int64),
            np.array([numbers[edge.target] for edge in kept], dtype=np.int64),
        ),
        width=_INSIDE,
    )
    at = {node: (int(x), int(y)) for node, (x, y) in zip(named, sides, strict=True)}
    drawn = replace(drawn, places=places, sides=at)
    # There may be too many circles to push all of them apart.
    shown = zip(at.items(), _labels.readable(drawn.boxes()), strict=True)
    return replace(drawn, sides=dict(side for side, clear in shown if clear))


def edge_title(row: Mapping[str, Any], source: str, target: str) -> str:
    """Say in plain text what an association of two named concepts is."""
    said = "" if row["predicate"] == CO_MENTION else f" {row['predicate']}"
    arrow = " →" if row["directed"] else "" if said else " –"
    labels = {"score": "score", "npmi": "NPMI", "probability": "probability"}
    strength = "".join(
        f", {label} {row[column]:.2f}"
        for column, label in labels.items()
        if row.get(column) is not None
    )
    documents = counted(row["documents"], "document")
    return f"{source}{said}{arrow} {target}: {documents}{strength}"


def strength_of(row: Mapping[str, Any]) -> float | None:
    """Return what makes a line dark: the score, else the probability, else the NPMI."""
    for column in ("score", "probability", "npmi"):
        value = row.get(column)
        if value is not None and not math.isnan(value):
            return float(value)
    return None
