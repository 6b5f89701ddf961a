"""Halves of surrogate pairs: broken files and JSON can hold one, no text can."""

from __future__ import annotations

import re

_HALVES = re.compile("[\ud800-\udfff]")


def without_halves(text: str) -> str:
    r"""Return a text with U+FFFD for every half of a pair, all else at its place.

    Examples
    --------
    >>> without_halves("a \ud800 b")
    'a \ufffd b'
    """
    return text if text.isascii() else _HALVES.sub("\ufffd", text)
