"""Proteins of viruses and bacteria that are called as genes of their hosts are.

NS5A is an alias of RAF1, gp120 of ITIH4 and LacI of TFPI, and papers mean none of them
where they name the germ that has such a protein (table ``germs`` of ``rules.toml``).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from kgbuild.normalize.rewriting import rule_data, word_set

_PIECES = re.compile(r"\s*(?:/|,|\band\b|\bor\b)\s*")
_WORD = re.compile(r"[^\s-]+")
#: "HIV-1 gp120": what a germ's name has behind it.
_STRAIN = re.compile(r"[\s-]*\d{0,2}[a-z]?[\s-]+")


def is_germs_protein(text: str, document: str) -> bool:
    """Whether a gene's name is that of a protein of a germ that a document names.

    Parameters
    ----------
    text
        Of a gene mention.
    document
        Text of the document in small letters.

    Examples
    --------
    >>> is_germs_protein("NS5A", "hcv replicates in hepatocytes")
    True
    >>> is_germs_protein("NS5A", "a child with noonan syndrome")
    False
    """
    return any(germ.search(document) for germ in _germs_with(text.lower()))


@lru_cache(maxsize=100_000)
def _germs_with(text: str) -> tuple[re.Pattern[str], ...]:
    """Return the names of germs that have a protein, or all that a text lists."""
    return tuple(
        germ
        for germ, proteins in _germs()
        if any(all(map(proteins.fullmatch, way)) for way in _ways(text, germ))
    )


def _ways(text: str, germ: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """Return the name, and those that it lists: less the germ's, and words behind."""
    said = germ.match(text)
    strain = said and _STRAIN.match(text, said.end())
    return _names(text[strain.end() :] if strain else text)


@lru_cache(maxsize=16)  # most germs leave a text as it is
def _names(text: str) -> tuple[list[str], list[str]]:
    """Return a text, and what it lists, without words behind."""
    return [_bare(text)], [_bare(piece) for piece in _PIECES.split(text)]


def _bare(name: str) -> str:
    around = word_set("gene", "around_germs")
    words = _WORD.findall(name)
    while len(words) > 1 and words[-1] in around:
        name = name[: name.rindex(words.pop())].rstrip(" -")
    return name


@cache
def _germs() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Return patterns of the names of germs, and of those of their proteins."""
    return tuple(
        (
            re.compile(rf"(?<![a-z0-9])(?:{'|'.join(germ['names'])})"),
            re.compile("|".join(germ["proteins"])),
        )
        for germ in rule_data()["germs"]
    )
