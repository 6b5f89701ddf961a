"""How text writes positions, and how tmVar does."""

from __future__ import annotations

import re
from typing import Literal

from kgbuild.variants._letters import roman

#: What a hyphen between two numbers means: ``10-12`` a range, ``357-3`` an intron's
#: third base before exon base 357; ``"auto"`` decides by the numbers.
Hyphen = Literal["range", "auto"]

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
_TO_HYPHEN = str.maketrans(dict.fromkeys(DASHES, "-"))

_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BETWEEN = re.compile(
    r"\s*(?:_|\.{2,3}|…|/|\b(?:to|and|through|until)\b(?:\s+(?:nt|nucleotide)\b)?)\s*"
)
_INTRON = re.compile(r"(?:IVS|[Ii]ntron)[-\s]?(\d{1,3}|[IVX]{1,5}(?![a-z]))")
#: An intron without its number, or named by the last base before it: 1342IVS-2.
_SOME_INTRON = re.compile(r"(\d{0,6})\s?IVS(?=\s?[-+]\d)")
_ONE = r"[-+*]?\d{1,9}(?:[+-]\d{1,7})?"
_RANGE = re.compile(rf"({_ONE})_({_ONE})")
_HYPHENATED = re.compile(r"([-+*]?)(\d{1,9})-([-+]?)(\d{1,9})")


def plain_dashes(text: str) -> str:
    """Write every kind of dash and minus as ``-``; the length stays the same."""
    return text.translate(_TO_HYPHEN)


def read_position(
    written: str,
    *,
    hyphen: Hyphen = "auto",
    length: int | None = None,
    signs: bool = True,
) -> str:
    """Return a position or a range in tmVar's form.

    Parameters
    ----------
    written
        As the text has it: ``"13,910"``, ``"IVSII - 1"``, ``"1782-83"``.
    hyphen
        What a hyphen between two numbers means where it can be both.
    length
        Number of bases that the change spells out; decides ``"1782-83delAG"``.
    signs
        Whether the sign of a range's start is its end's too, where that has none:
        ``-603/604`` outside of HGVS.

    Examples
    --------
    >>> read_position("6573 + 1"), read_position("IVSII-1"), read_position("-13,910")
    ('6573+1', 'IVS2-1', '-13910')
    >>> read_position("1782-83", length=2), read_position("357-3", length=1)
    ('1782_1783', '357-3')
    >>> read_position("IVS+1"), read_position("1342IVS-2")
    ('IVS+1', '1342-2')
    >>> read_position("-603/604"), read_position("2057 and 2058")
    ('-603_-604', '2057_2058')
    """
    text = _COMMA.sub("", plain_dashes(written))
    prefix = ""
    some = _SOME_INTRON.match(text)
    intron = _INTRON.search(text)
    if some and (some[1] or not intron):
        prefix = some[1] or "IVS"
        text = text[some.end() :]
    elif intron:
        prefix = f"IVS{roman(intron[1])}"
        text = text[intron.end() :].lstrip(":; ")
    text = re.sub(r"\s+", "", _BETWEEN.sub("_", text.strip()).replace(" ", ""))
    found = _RANGE.fullmatch(text)
    if found:
        return f"{prefix}{found[1]}_{_whole_end(found[1], found[2], signs=signs)}"
    found = _HYPHENATED.fullmatch(text)
    if found and not prefix:
        sign, first, second_sign, last = found.groups()
        if sign == "-" or second_sign:
            return f"{sign}{first}_{second_sign or sign}{last}"
        if int(last) > int(first):
            return f"{sign}{first}_{last}"
        widened = _whole_end(first, last)
        if int(widened) > int(first) and (
            hyphen == "range" or length == int(widened) - int(first) + 1
        ):
            return f"{sign}{first}_{widened}"
    return prefix + text


def _whole_end(first: str, last: str, *, signs: bool = True) -> str:
    """Write an abbreviated end in full: 1782, 83 → 1783; -603, 604 → -604."""
    if first.isdigit() and last.isdigit() and len(last) < len(first):
        whole = first[: -len(last)] + last
        return whole if int(whole) > int(first) else last
    if signs and re.fullmatch(r"-\d+", first) and last.isdigit() and int(last) > 99:
        return f"-{last}"
    return last
