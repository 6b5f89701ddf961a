"""Vary names as writers do, so that training sees more than what vocabularies print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator

_INVERTED = re.compile(r"^([^,]+), ([^,]+)$")
_WORD = re.compile(r"[A-Za-z]{6,}")


def vary(text: str, *, rng: Generator) -> str:
    """Return a name, perhaps with other case, dashes, word order, number or a typo.

    Parameters
    ----------
    text
        A name.
    rng
        Source of chance.
    """
    draw = rng.random(6)
    if draw[0] < 0.25:
        turned = _INVERTED.match(text)
        if turned:
            text = f"{turned[2]} {turned[1]}"
    if draw[1] < 0.1:
        text = text.replace("-", " ")
    elif draw[1] < 0.15:
        text = text.replace("-", "")
    if draw[2] < 0.3:
        text = text.lower()
    elif draw[2] < 0.34:
        text = text[:1].upper() + text[1:]
    if draw[3] < 0.06:
        text = text[:-1] if text.endswith("s") else text + "s"
    if draw[4] < 0.06:
        text = _misspelled(text, rng=rng)
    if draw[5] < 0.03:
        text = f"the {text}"
    return text


def _misspelled(text: str, *, rng: Generator) -> str:
    """Drop, double or swap one letter inside a long word."""
    long = list(_WORD.finditer(text))
    if not long:
        return text
    word = long[int(rng.integers(len(long)))]
    at = int(rng.integers(word.start() + 1, word.end() - 1))
    kind = int(rng.integers(3))
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
