"""A picture of some concepts and associations, as SVG without a script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kgbuild._io.html import escape
from kgbuild._io.markup import counted, plain
from kgbuild.entity_types import colour_of
from kgbuild.predicates import CO_MENTION
from kgbuild.widgets import _labels
from kgbuild.widgets._layout import positions

#: Between neighbours, and around the whole, in pixels.
UNIT, _MARGIN = 78.0, 8.0
_NAME = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A concept in a picture."""

    id: str
    name: str
    type: str
    documents: int

    @property
    def label(self) -> str:
        """Its name on one line, cut where it is long."""
        return plain(self.name, longest=_NAME)

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
        Node → ``(x, y)``, neighbours about 1 apart, y downwards.
    sides
        Node → where its name stands: to the right (1) or left (-1), below (1) or
        above (-1).
    """

    nodes: Mapping[str, Node]
    edges: Sequence[Edge]
    places: Mapping[str, tuple[float, float]]
    sides: Mapping[str, tuple[int, int]]

    def boxes(
        self, *, letter: float = _labels.LETTER
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Left, top, right and bottom of the names in pixels, shape ``(n, 4)``."""
        nodes = [*self.nodes.values()]
        return _labels.boxes(
            UNIT * np.array([self.places[node.id] for node in nodes]),
            np.array([self.radius(node) for node in nodes]),
            letter * np.array([float(len(node.label)) for node in nodes]),
            np.array([self.sides[node.id] for node in nodes]),
        )

    def extent(
        self, *, letter: float = _labels.LETTER
    ) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all circles and names, in pixels."""
        boxes = self.boxes(letter=letter)
        for node, box in zip(self.nodes.values(), boxes, strict=True):
            centre, radius = UNIT * np.array(self.places[node.id]), self.radius(node)
            box[:2] = np.minimum(box[:2], centre - radius)
            box[2:] = np.maximum(box[2:], centre + radius)
        left, top = boxes[:, :2].min(axis=0) - _MARGIN
        right, bottom = boxes[:, 2:].max(axis=0) + _MARGIN
        return float(left), float(top), float(right), float(bottom)

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
                f"{x2 * UNIT - x * math.cos(angle) + y * math.sin(angle):.1f},"
                f"{y2 * UNIT - x * math.sin(angle) - y * math.cos(angle):.1f}"
            )
        return f'<polygon points="{" ".join(corners)}" fill="{escape(ink)}"/>'

    def svg(self, *, ink: str = "currentColor", background: str | None = None) -> str:
        """Return the picture as one ``<svg>`` element.

        Parameters
        ----------
        ink
            CSS colour of names and lines.
        background
            CSS colour behind; by default the page's own. Names get a border in it.
        """
        if not self.nodes:
            return ""
        left, top, right, bottom = self.extent()
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
            f'font-size="12" text-anchor="middle">'
        ]
        if background:
            parts.append(
                f'<rect x="{left:.0f}" y="{top:.0f}" width="100%" height="100%" '
                f'fill="{escape(background)}"/>'
            )
        for edge in self.edges:
            (x1, y1), (x2, y2) = self.places[edge.source], self.places[edge.target]
            line = (
                f'<line x1="{x1 * UNIT:.1f}" y1="{y1 * UNIT:.1f}" '
                f'x2="{x2 * UNIT:.1f}" y2="{y2 * UNIT:.1f}" stroke="{escape(ink)}" '
                f'stroke-width="{self.width(edge):.1f}" '
                f'stroke-opacity="{self.opacity(edge):.2f}">'
                f"<title>{escape(edge.title)}</title></line>"
            )
            if edge.directed:
                line += self._arrow(edge, ink)
            if edge.href is not None:
                line = f'<a href="{escape(edge.href)}">{line}</a>'
            parts.append(line)
        labels = []
        for node, box in zip(self.nodes.values(), self.boxes(), strict=True):
            x, y = (value * UNIT for value in self.places[node.id])
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{self.radius(node):.1f}" '
                f'fill="{colour_of(node.type)}"><title>{escape(node.title)}</title>'
                "</circle>"
            )
            # The edge at the circle is where the name begins, however wide letters are.
            side = self.sides[node.id][0]
            at = {-1: box[2], 0: x, 1: box[0]}[side]
            anchor = {-1: ' text-anchor="end"', 0: "", 1: ' text-anchor="start"'}[side]
            labels.append(
                f'<text x="{at:.1f}" y="{box[3] - 3:.1f}"{anchor} fill="{escape(ink)}"'
                f"{halo}>{escape(node.label)}</text>"
            )
        return "".join([*parts, *labels, "</svg>"])


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
    places = positions(network, seed=seed, aspect=1.6)
    drawn = Picture(nodes=nodes, edges=kept, places=places, sides={})
    numbers = {node: number for number, node in enumerate(nodes)}
    sides = _labels.choose_sides(
        UNIT * np.array([places[node] for node in nodes]).reshape(-1, 2),
        np.array([drawn.radius(node) for node in nodes.values()]),
        [node.label for node in nodes.values()],
        (
            np.array([numbers[edge.source] for edge in kept], dtype=np.int64),
            np.array([numbers[edge.target] for edge in kept], dtype=np.int64),
        ),
    )
    return replace(
        drawn,
        sides={
            node: (int(x), int(y)) for node, (x, y) in zip(nodes, sides, strict=True)
        },
    )


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
