"""What a disease without a name is called in general: by its place, or by heredity.

Annotators give "reduced glomerular number" the heading of kidney diseases. Only what
nothing else links comes here, so no name gives way to it.
"""

from __future__ import annotations

import re
from functools import cache

from kgbuild.normalize.rewriting import rule_data, word_set

_WORD = re.compile(r"[a-z0-9]+")
_INHERITED = "Genetic Diseases, Inborn"
_SEX_LINKED = "Genetic Diseases, X-Linked"

#: "OMIM 150800", "MIM #605839", "Mendelian Inheritance in Man [MIM] 604367".
_CATALOGUE_NUMBER = re.compile(
    r"(?:O?MIM|(?:Online )?Mendelian Inheritance in Man)\W*(?:O?MIM\W*)?(?:no\W*)?"
    r"(\d{6})",
    re.IGNORECASE,
)


def catalogued(text: str) -> str | None:
    """Return the CURIE of what stands as a number of OMIM's catalogue, or ``None``.

    Examples
    --------
    >>> catalogued("OMIM 150800"), catalogued("MIM#605839")
    ('omim:150800', 'omim:605839')
    """
    found = _CATALOGUE_NUMBER.fullmatch(text.strip(" ()[]"))
    return found and f"omim:{found[1]}"


def general_name(text: str) -> str | None:
    """Return what a disease of no known name is called in general, or ``None``.

    Parameters
    ----------
    text
        A mention of a disease.

    Examples
    --------
    >>> general_name("reduction in glomerular number")
    'kidney diseases'
    >>> general_name("autosomal codominant disorder")
    'Genetic Diseases, Inborn'
    """
    lowered = text.lower()
    inherited = _heredity(lowered)
    if inherited is not None:
        return inherited
    if not _harm().search(lowered):
        return None
    return next((name for place, name in _places() if place.search(lowered)), None)


def _heredity(lowered: str) -> str | None:
    """Return what diseases that are told by their heredity alone are called."""
    words = _WORD.findall(lowered)
    said = word_set("disease", "inheritance")
    if not words or said.isdisjoint(words):
        return None
    singular = {word.removesuffix("s") for word in words}
    if not singular <= said | word_set("disease", "generic", "modifiers", "scope"):
        return None
    return _SEX_LINKED if {"x", "linked"} <= singular else _INHERITED


@cache
def _harm() -> re.Pattern[str]:
    return re.compile("|".join(rule_data()["disease"]["harm"]))


@cache
def _places() -> tuple[tuple[re.Pattern[str], str], ...]:
    table: dict[str, str] = rule_data()["disease"]["places"]
    return tuple((re.compile(rf"\b(?:{place})"), name) for place, name in table.items())
