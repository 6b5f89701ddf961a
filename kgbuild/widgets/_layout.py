"""Where to draw the nodes of a graph: deterministic, components side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    from numpy.typing import NDArray

_GAP = 0.35
#: Larger components are not worth the quadratic work; nobody reads their names.
_MAX_APART, _ROUNDS = 200, 80


def positions(
    graph: nx.Graph, *, seed: int = 0, aspect: float = 1.5
) -> dict[Any, tuple[float, float]]:
    """Lay out a graph.

    Each component is laid out by springs (Fruchterman and Reingold 1991); components
    are set side by side, the largest first, so that small ones do not drive large ones
    into a corner.

    Parameters
    ----------
    graph
        Undirected; ``weight`` on an edge draws its ends together.
    seed
        Same seed and graph, same picture.
    aspect
        Width over height of the whole.

    Returns
    -------
    dict
        Node → ``(x, y)``; neighbours are about 1 apart.
    """
    import networkx as nx

    # Sorted throughout: the picture must not depend on the order of a set.
    components = sorted(
        (sorted(part, key=str) for part in nx.connected_components(graph)),
        key=lambda part: (-len(part), str(part[0])),
    )
    blocks = [_component(graph, part, seed) for part in components]
    area = sum((w + _GAP) * (h + _GAP) for _, w, h in blocks)
    limit = max([math.sqrt(area * aspect), *(w for _, w, _ in blocks)], default=1.0)
    placed: dict[Any, tuple[float, float]] = {}
    left = top = shelf = 0.0
    for block, width, height in blocks:
        if left and left + width > limit:
            left, top, shelf = 0.0, top + shelf + _GAP, 0.0
        for node, (x, y) in block.items():
            placed[node] = (x + left, y + top)
        left += width + _GAP
        shelf = max(shelf, height)
    return placed


def _component(
    graph: nx.Graph, nodes: list[Any], seed: int
) -> tuple[dict[Any, tuple[float, float]], float, float]:
    """Lay out one component in a box that grows with it, its corner at 0, 0."""
    import networkx as nx

    if len(nodes) == 1:
        return {nodes[0]: (0.5, 0.5)}, 1.0, 1.0
    if len(nodes) == 2:
        # Far enough for two names side by side.
        return {nodes[0]: (0.6, 0.5), nodes[1]: (2.0, 0.5)}, 2.6, 1.0
    # The subgraph view would hand its nodes out in the order of the graph.
    part: nx.Graph = nx.Graph()
    part.add_nodes_from(nodes)
    edges = sorted(
        ((min(a, b, key=str), max(a, b, key=str), d.get("weight", 1.0))
         for a, b, d in graph.subgraph(nodes).edges(data=True)),
        key=lambda e: (str(e[0]), str(e[1])),
    )  # fmt: skip
    part.add_weighted_edges_from(edges)
    raw = nx.spring_layout(
        part,
        seed=seed,
        iterations=150 if len(nodes) <= _MAX_APART else 50,
        k=1.6 / math.sqrt(len(nodes)),
    )
    import numpy as np

    places = np.array([raw[node] for node in nodes], dtype=float)
    places -= places.min(axis=0)
    extent = places.max(axis=0)
    side = 1.15 * math.sqrt(len(nodes))
    places *= np.array([1.25 * side, side]) / np.where(extent > 0, extent, 1.0)
    if len(nodes) <= _MAX_APART:
        places = _apart(places)
    places -= places.min(axis=0)
    width, height = (float(value) + 1 for value in places.max(axis=0))
    # Rounded: the last bits of the springs differ from one processor to the next.
    block = {
        node: (round(float(x) + 0.5, 4), round(float(y) + 0.5, 4))
        for node, (x, y) in zip(nodes, places, strict=True)
    }
    return block, width, height


def _apart(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Push nodes apart that are too close for two names side by side."""
    import numpy as np

    room = np.array([1.2, 0.5])
    for _ in range(_ROUNDS):
        between = (places[:, None, :] - places[None, :, :]) / room
        distance = np.sqrt((between**2).sum(axis=2))
        np.fill_diagonal(distance, np.inf)
        # Two in one place have no direction: the first goes up, the second down.
        same = distance < 1e-9
        order = np.sign(np.arange(len(places))[:, None] - np.arange(len(places)))
        between[..., 1] += np.where(same, order * 1e-3, 0.0)
        distance = np.where(same, 1e-3, distance)
        push = np.clip(1.0 - distance, 0.0, None) / distance
        if not (push > 1e-3).any():
            break
        places = places + 0.5 * (between * push[..., None]).sum(axis=1) * room
    return places
