"""A picture of some concepts and associations, as SVG without a script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgbuild._io.html import escape
from kgbuild._io.markup import counted, plain
from kgbuild.entity_types import colour_of
from kgbuild.predicates import CO_MENTION
from kgbuild.widgets._layout import positions

_UNIT = 78.0
_NAME = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A concept in a picture."""

    id: str
    name: str
    type: str
    documents: int

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
    """

    nodes: Mapping[str, Node]
    edges: Sequence[Edge]
    places: Mapping[str, tuple[float, float]]

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
                f"{x2 * _UNIT - x * math.cos(angle) + y * math.sin(angle):.1f},"
                f"{y2 * _UNIT - x * math.sin(angle) - y * math.cos(angle):.1f}"
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
        width = (max(x for x, _ in self.places.values()) + 0.6) * _UNIT
        height = (max(y for _, y in self.places.values()) + 0.6) * _UNIT
        halo = (
            f' stroke="{escape(background)}" stroke-width="3" paint-order="stroke"'
            if background
            else ""
        )
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" style="max-width:100%;height:auto" role="img" '
            f'aria-label="Network of associations" font-family="sans-serif" '
            f'font-size="11" text-anchor="middle">'
        ]
        if background:
            parts.append(
                f'<rect width="100%" height="100%" fill="{escape(background)}"/>'
            )
        for edge in self.edges:
            (x1, y1), (x2, y2) = self.places[edge.source], self.places[edge.target]
            line = (
                f'<line x1="{x1 * _UNIT:.1f}" y1="{y1 * _UNIT:.1f}" '
                f'x2="{x2 * _UNIT:.1f}" y2="{y2 * _UNIT:.1f}" stroke="{escape(ink)}" '
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
        for node in self.nodes.values():
            x, y = (value * _UNIT for value in self.places[node.id])
            radius = self.radius(node)
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" '
                f'fill="{colour_of(node.type)}"><title>{escape(node.title)}</title>'
                "</circle>"
            )
            labels.append(
                f'<text x="{x:.1f}" y="{y + radius + 11:.1f}" fill="{escape(ink)}"'
                f"{halo}>{escape(plain(node.name, longest=_NAME))}</text>"
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
    return Picture(
        nodes=dict(sorted(nodes.items())),
        edges=kept,
        places=positions(network, seed=seed, aspect=1.6),
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
