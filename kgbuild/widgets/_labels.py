"""How wide names are, and on which side of its circle a name covers least."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from kgbuild._io.markup import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: To the right and down, in the order of preference.
SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
#: Of names, in pixels: their size, their first line, each further one.
FONT, FIRST, FURTHER = 12, 14.0, 15.6
#: A name of more letters has two lines of so many at most; longer ones are cut.
_SHORT, _LINE, _NAME = 16, 22, 40
#: Widths of letters in the widest of the usual fonts (DejaVu Sans, Verdana), in ems.
_NARROW, _USUAL, _CAPITAL, _WIDE = 0.4, 0.64, 0.76, 1.0
_EMS = dict.fromkeys("iIjJlfrt.,:;|'!/\\-()[]{} ", _NARROW) | dict.fromkeys(
    "mwMW@%…", _WIDE
)
#: Names change sides in so many rounds; of more circles nobody reads the names.
_ROUNDS = 4
#: What it costs to cover a circle or a name: more than all lines together, whose cost
#: is their pixels.
_COVERED = 1e6


def width_of(text: str) -> float:
    """Return how wide a line is at most, in pixels."""
    return FONT * sum(
        _EMS.get(letter)
        or (_WIDE if unicodedata.east_asian_width(letter) in "WF" else None)
        or (_CAPITAL if letter.isupper() else _USUAL)
        for letter in text
    )


def lines_of(name: str) -> tuple[str, ...]:
    """Return a name on one line or two, broken where both are shortest.

    Examples
    --------
    >>> lines_of("Angiotensin-Converting Enzyme Inhibitors")
    ('Angiotensin-Converting', 'Enzyme Inhibitors')
    >>> lines_of("Heart Failure")
    ('Heart Failure',)
    """
    text = plain(name, longest=_NAME)
    if len(text) <= _SHORT:
        return (text,)
    # After a blank or within a word, at its hyphen.
    breaks = [i + 1 for i, c in enumerate(text[:-1]) if c in " -/" and i]
    if not breaks:
        return (plain(text, longest=_LINE),)
    at = min(breaks, key=lambda i: (max(i, len(text) - i), i))
    return tuple(plain(part, longest=_LINE) for part in (text[:at], text[at:]))


def size_of(lines: Sequence[str]) -> tuple[float, float]:
    """Return width and height of lines, in pixels."""
    return max(map(width_of, lines)), FIRST + FURTHER * (len(lines) - 1)


def reach(radii: Floats) -> Floats:
    """Return how far from a circle's centre its name begins, as Plotly has it."""
    return 1.25 * radii + 1


def boxes(
    centres: Floats, radii: Floats, sizes: Floats, sides: NDArray[np.int64]
) -> Floats:
    """Return left, top, right and bottom of names on sides of circles.

    Parameters
    ----------
    centres
        Of the circles, shape ``(n, 2)``, y downwards.
    radii
        Of the circles, shape ``(n,)``.
    sizes
        Widths and heights of the names, shape ``(n, 2)``.
    sides
        Of :data:`SIDES`, shape ``(n, 2)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 4)``.
    """
    middle = centres + sides * (reach(radii)[:, None] + sizes / 2)
    return np.hstack([middle - sizes / 2, middle + sizes / 2])


def choose_sides(
    centres: Floats,
    radii: Floats,
    sizes: Floats,
    lines: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    width: float,
) -> NDArray[np.int64]:
    """Return the side of each name on which it covers least, given the others.

    Parameters
    ----------
    centres, radii
        Of all circles, as for :func:`boxes`.
    sizes
        Widths and heights of the names of the first circles, shape ``(n, 2)``.
    lines
        Numbers of the circles that lines join.
    width
        Of the picture: what is left of 0 or right of it is cut.

    Returns
    -------
    numpy.ndarray
        Rows of :data:`SIDES`. Names that cover nothing where all of them are below
        cover nothing on these sides.
    """
    n = len(sizes)
    sides: NDArray[np.int64] = np.array(SIDES)
    circles = np.hstack([centres - radii[:, None], centres + radii[:, None]])
    starts, ends = centres[lines[0]], centres[lines[1]]
    # What stays where it is: per name and side, preference, circles, lines.
    fixed = np.empty((n, len(SIDES)))
    tried = np.empty((n, len(SIDES), 4))
    for i in range(n):
        own = np.full(len(SIDES), i)
        tried[i] = boxes(centres[own], radii[own], sizes[own], sides)
        others = np.delete(circles, i, axis=0)
        cut = (tried[i, :, 0] < 0) | (tried[i, :, 2] > width)
        fixed[i] = np.arange(len(SIDES))
        fixed[i] += _COVERED * (_covered(tried[i], others) + cut)
        fixed[i] += _lengths(tried[i], starts, ends).sum(axis=1)
    place = np.zeros(n, dtype=np.int64)
    for _ in range(_ROUNDS):
        before = place.copy()
        for i in range(n):
            now = np.delete(tried[np.arange(n), place], i, axis=0)
            place[i] = (fixed[i] + _COVERED * _covered(tried[i], now)).argmin()
        if (place == before).all():
            break
    chosen: NDArray[np.int64] = sides[place]
    return chosen


def readable(names: Floats) -> NDArray[np.bool_]:
    """Return which boxes of names to draw: those that cover none that is drawn before.

    Parameters
    ----------
    names
        As :func:`boxes` returns them, the most important first.
    """
    drawn: NDArray[np.bool_] = np.ones(len(names), dtype=bool)
    for i in range(len(names)):
        drawn[i] = not _covered(names[i : i + 1], names[:i][drawn[:i]])[0]
    return drawn


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
