"""Where a sentence names a thing by its kind: "captopril, an ACE inhibitor"."""

from __future__ import annotations

import re

from kgbuild.text.targets import is_behind_anti

#: Of a kind's name or of a list: what a preposition joins is more than a kind.
_WORD = r"""(?:(?!(?:of|to|for|by|with|from|in|on|at|as|is|was|are|were|than|not|no
    |versus|vs|plus)\b)[\w-]+)"""
#: How far apart the two may stand, in characters.
_REACH = 200
_KIND_BETWEEN = re.compile(
    rf"""(?:
      \s*(?:\([^()]*\))?,\s+(?:an?|the|another|one\s+of\s+the)\s+(?:{_WORD}\s+){{0,5}}
    | \s+(?:\([^()]*\)\s*)?(?:is|was|are|were)\s+(?:an?|the|another)\s+
      (?:{_WORD}\s+){{0,4}}
    | \s*,?\s*(?:{_WORD}\s+){{0,3}}\(?(?:such\s+as|including|e\.g\.,?|like|namely
      |i\.e\.,?|for\s+example,?|especially)\s+(?:{_WORD},?\s+){{0,8}}
    | \s*,?\s*(?:and|or)\s+(?:other|related|similar)\s+(?:{_WORD}\s+){{0,2}}
    | \s+(?:(?:drugs?|agents?|antibiotics?|compounds?|hormones?)\s+)?
    | \s*\((?:{_WORD},?\s+){{0,8}}
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: What makes the second a target: "diltiazem, a calcium channel blocker".
_TARGET_BEHIND = re.compile(
    r"""[-\s]*(?:\([^()]*\)\s*)?(?:\w+[-\s]){0,2}?(?:inhibit\w+|block\w+|antagonis\w+
    |agonis\w+|channels?|receptors?|depend\w+|transport\w*|metabolites?|prodrugs?
    |precursors?|bind\w+|sensi\w+|synth\w+)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def is_apposition(sentence: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether of two things a sentence says no more than that one is of the other kind.

    Parameters
    ----------
    sentence
        Its text.
    one, other
        Half-open offsets of the two in it, in either order.

    Examples
    --------
    >>> is_apposition("Captopril, a carboxylic acid, is cheap.", (0, 9), (13, 28))
    True
    >>> is_apposition("Codeine is a prodrug of morphine.", (0, 7), (24, 32))
    False
    """
    first, second = sorted((one, other))
    if not 0 <= second[0] - first[1] <= _REACH:
        return False
    between = re.sub(r"\s+", " ", sentence[first[1] : second[0]])
    return (
        _KIND_BETWEEN.fullmatch(between) is not None
        and _TARGET_BEHIND.match(sentence, second[1]) is None
        and not is_behind_anti(sentence, first[0])
        and not is_behind_anti(sentence, second[0])
    )
