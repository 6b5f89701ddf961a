"""On which side of its circle a name covers least: lines, circles, other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: To the right and down, in the order of preference.
SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
#: Of a letter and of a line, in pixels; and between a circle and its name.
LETTER, LINE, GAP = 6.4, 13.0, 3.0
#: Of a letter in a picture that a narrow window squeezes, which leaves letters alone.
WIDE_LETTER = 9.5
#: Names change sides in so many rounds; of more circles nobody reads the names.
_ROUNDS, _MOST = 4, 600
#: What it costs to cover a circle or a name, and a pixel of a line.
_COVERED, _CROSSED = 40.0, 1.0


def boxes(
    centres: Floats, radii: Floats, widths: Floats, sides: NDArray[np.int64]
) -> Floats:
    """Return left, top, right and bottom of names on sides of circles.

    Parameters
    ----------
    centres
        Of the circles, shape ``(n, 2)``, y downwards.
    radii, widths
        Of circles and names, shape ``(n,)``.
    sides
        Of :data:`SIDES`, shape ``(n, 2)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 4)``.
    """
    # In a corner a name begins where the circle's edge is.
    reach = np.where((sides != 0).all(axis=1), 0.7, 1.0) * radii + GAP
    half = np.column_stack([widths / 2, np.full(len(widths), LINE / 2)])
    middle = centres + sides * (reach[:, None] + half)
    return np.hstack([middle - half, middle + half])


def choose_sides(
    centres: Floats,
    radii: Floats,
    names: Sequence[str],
    lines: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.int64]:
    """Return the side of each name on which it covers least, given the others.

    Parameters
    ----------
    centres, radii
        As for :func:`boxes`.
    names
        As they are written.
    lines
        Numbers of the circles that lines join.

    Returns
    -------
    numpy.ndarray
        Rows of :data:`SIDES`; all below where there are too many to tell.
    """
    n = len(names)
    sides: NDArray[np.int64] = np.array(SIDES)
    if n > _MOST or n < 2:
        return np.tile(sides[0], (n, 1))
    widths = WIDE_LETTER * np.array([len(name) for name in names], dtype=float)
    circles = np.hstack([centres - radii[:, None], centres + radii[:, None]])
    starts, ends = centres[lines[0]], centres[lines[1]]
    # What stays where it is: per name and side, preference, circles, lines.
    fixed = np.empty((n, len(SIDES)))
    tried = np.empty((n, len(SIDES), 4))
    for i in range(n):
        own = np.full(len(SIDES), i)
        tried[i] = boxes(centres[own], radii[own], widths[own], sides)
        others = np.delete(circles, i, axis=0)
        fixed[i] = np.arange(len(SIDES))
        fixed[i] += _COVERED * _covered(tried[i], others)
        fixed[i] += _CROSSED * _lengths(tried[i], starts, ends).sum(axis=1)
    place = fixed.argmin(axis=1)
    for _ in range(_ROUNDS):
        before = place.copy()
        for i in range(n):
            now = np.delete(tried[np.arange(n), place], i, axis=0)
            place[i] = (fixed[i] + _COVERED * _covered(tried[i], now)).argmin()
        if (place == before).all():
            break
    chosen: NDArray[np.int64] = sides[place]
    return chosen


def _covered(one: Floats, other: Floats) -> NDArray[np.int64]:
    """Return how many of other boxes each box overlaps, shape ``(n_one,)``."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared: NDArray[np.int64] = (high > low).all(axis=2).sum(axis=1)
    return shared


def _lengths(box: Floats, starts: Floats, ends: Floats) -> Floats:
    """Return how much of each line lies in each box, in pixels (Liang and Barsky)."""
    along = ends - starts
    with np.errstate(divide="ignore", invalid="ignore"):
        near = (box[:, None, :2] - starts[None]) / along[None]
        far = (box[:, None, 2:] - starts[None]) / along[None]
    # A line along an axis is between the edges all the way, or nowhere.
    within = (starts[None] >= box[:, None, :2]) & (starts[None] <= box[:, None, 2:])
    level = np.broadcast_to(along[None] == 0, near.shape)
    low = np.where(level, np.where(within, 0.0, 2.0), np.minimum(near, far))
    high = np.where(level, np.where(within, 1.0, -1.0), np.maximum(near, far))
    share = np.minimum(high.min(axis=2), 1.0) - np.maximum(low.max(axis=2), 0.0)
    lengths: Floats = np.clip(share, 0.0, None) * np.hypot(*along.T)[None]
    return lengths
