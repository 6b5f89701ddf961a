"""Where to draw the nodes of a graph: none on another, components side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Around a box, in pixels, so that lines have room between names.
_ROOM = np.array([10.0, 7.0])
#: Boxes overlap by more than this; less is lost in the room around them.
_TOUCH = 1.0
#: How much more than its boxes a component has, and its width over its height.
_SLACK, _ASPECT = 1.3, 1.5
#: Rounds of pushing boxes apart; more boxes are not worth the quadratic work.
_ROUNDS, MOST_APART = 100, 600
#: Springs of more nodes are not followed to the end.
_SPRINGS = 200


def positions(
    graph: nx.Graph,
    sizes: Mapping[Any, tuple[float, float]],
    *,
    width: float,
    seed: int = 0,
) -> dict[Any, tuple[float, float]]:
    """Lay out a graph.

    Each component is laid out by springs (Fruchterman and Reingold 1991), and then its
    boxes are pushed off one another; components are set side by side, the largest
    first, so that small ones do not drive large ones into a corner.

    Parameters
    ----------
    graph
        Undirected; ``weight`` on an edge draws its ends together.
    sizes
        Node → width and height of its box, in pixels.
    width
        Of the whole, in pixels; it is as high as it must be.
    seed
        Same seed and graph, same picture.

    Returns
    -------
    dict
        Node → ``(x, y)`` of the middle of its box, in pixels, y downwards. Up to
        :data:`MOST_APART` boxes of a component do not overlap.
    """
    import networkx as nx

    # Sorted throughout: the picture must not depend on the order of a set.
    components = sorted(
        (sorted(part, key=str) for part in nx.connected_components(graph)),
        key=lambda part: (-len(part), str(part[0])),
    )
    placed: dict[Any, tuple[float, float]] = {}
    taken: list[tuple[float, float, float]] = []
    for part in components:
        size = np.array([sizes[node] for node in part]) + _ROOM
        middles = _component(graph, part, size, width=width, seed=seed)
        middles -= (middles - size / 2).min(axis=0)
        wide, high = (float(v) for v in (middles + size / 2).max(axis=0))
        left, top = _free(taken, wide, width)
        taken.append((left, left + wide, top + high))
        # Rounded: the last bits differ from one processor to the next.
        for node, (x, y) in zip(part, middles.tolist(), strict=True):
            placed[node] = (round(x + left, 1), round(y + top, 1))
    return placed


def _free(
    taken: list[tuple[float, float, float]], wide: float, width: float
) -> tuple[float, float]:
    """Return the highest place for something so wide, below what stands there."""
    places = []
    for left in {0.0, *(right for _, right, _ in taken)}:
        if not left or left + wide <= width:
            below = [b for a, z, b in taken if a < left + wide and left < z]
            places.append((max(below, default=0.0), left))
    top, left = min(places)
    return left, top


def _component(
    graph: nx.Graph, nodes: list[Any], sizes: Floats, *, width: float, seed: int
) -> Floats:
    """Lay out one component; its corner is anywhere."""
    import networkx as nx

    if len(nodes) == 1:
        return np.zeros((1, 2))
    if len(nodes) == 2:
        apart = sizes[:, 0].mean() + 2 * _ROOM[0]
        # The upper edges are level, and so are the circles there.
        return np.column_stack([[0.0, apart], sizes[:, 1] / 2])
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
        iterations=150 if len(nodes) <= _SPRINGS else 50,
        k=1.6 / math.sqrt(len(nodes)),
    )
    springs = np.round(np.array([raw[node] for node in nodes], dtype=float), 6)
    area = _SLACK * float(sizes.prod(axis=1).sum())
    wide = min(max(math.sqrt(area * _ASPECT), float(sizes[:, 0].max())), width)
    box = np.array([wide, max(area / wide, float(sizes[:, 1].max()))])
    places = sizes / 2 + _spread(springs) * (box - sizes)
    if len(nodes) <= MOST_APART:
        places = _apart(places, sizes, wide=wide)
    return places


def _spread(places: Floats) -> Floats:
    """Return places between 0 and 1: half as they are, half evenly in their order.

    Springs crowd the middle, where most names are, and leave the rim empty.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    share = (places - low) / np.where(high > low, high - low, 1.0)
    order = places.argsort(axis=0, kind="stable").argsort(axis=0) / (len(places) - 1)
    spread: Floats = (share + order) / 2
    return spread


def _apart(places: Floats, sizes: Floats, *, wide: float) -> Floats:
    """Push boxes off one another, within a width."""
    order = np.sign(np.arange(len(places))[:, None] - np.arange(len(places)))
    room = (sizes[:, None] + sizes[None]) / 2
    for _ in range(_ROUNDS):
        between = places[:, None] - places[None]
        over = room - np.abs(between)
        hit: NDArray[np.bool_] = np.asarray((over > _TOUCH).all(axis=2))
        np.fill_diagonal(hit, val=False)
        if not hit.any():
            return places
        # Along the side on which less of the boxes overlaps; two in one place have no
        # direction: the first goes up, the second down.
        along: NDArray[np.int64] = np.asarray(over.argmin(axis=2))
        away = np.where(between == 0, order[..., None], np.sign(between))
        push = np.where(hit[..., None], away * over / 2, 0.0)
        push[along == 0, 1] = 0.0
        push[along == 1, 0] = 0.0
        places = places + push.sum(axis=1) / np.maximum(hit.sum(axis=1), 1)[:, None]
        places[:, 0] = np.clip(places[:, 0], sizes[:, 0] / 2, wide - sizes[:, 0] / 2)
    return _outwards(places, room)


def _outwards(places: Floats, room: Floats) -> Floats:
    """Move each box that still lies on another one up or down, away from the middle."""
    places = places.copy()
    middle = float(np.median(places[:, 1]))
    done: list[int] = []
    for i in np.abs(places[:, 1] - middle).argsort(kind="stable").tolist():
        down = 1.0 if places[i, 1] >= middle else -1.0
        while True:
            over = room[i, done] - np.abs(places[i] - places[done])
            hit = np.flatnonzero((over > _TOUCH).all(axis=1))
            if not len(hit):
                break
            free = places[done, 1] + down * room[i, done, 1]
            places[i, 1] = down * (down * free[hit]).max()
        done.append(i)
    return places
