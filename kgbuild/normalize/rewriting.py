"""What the rewrites of all types are made of: rewrites, word lists, swaps of words."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from kgbuild.normalize.keys import stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@cache
def rule_data() -> dict[str, Any]:
    """Return the word lists of ``rules.toml``."""
    text = (files("kgbuild.normalize") / "rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def word_set(table: str, *lists: str) -> frozenset[Any]:
    """Return what lists of a table of ``rules.toml`` have, together."""
    known = rule_data()[table]
    return frozenset(word for name in lists for word in known[name])


@cache
def same_meaning(table: str) -> dict[str, tuple[str, ...]]:
    """Return word → the others of its classes in a table of ``rules.toml``."""
    others: dict[str, tuple[str, ...]] = {}
    for members in rule_data()[table]["classes"]:
        for word in members:
            rest = tuple(other for other in members if other != word)
            others[word] = (*others.get(word, ()), *rest)
    return others


class Rewrite(NamedTuple):
    """What a rule made of a text.

    Attributes
    ----------
    text
        The new text.
    rule
        Name of the rule.
    penalty
        Factor in (0, 1] that it costs.
    taxon
        Taxon the rule read off the text (the ``h`` of "hMLH1"), or ``None``.
    """

    text: str
    rule: str
    penalty: float
    taxon: int | None = None


_LETTER = {"a": "alpha", "b": "beta", "g": "gamma", "d": "delta", "e": "epsilon"}
#: A Greek letter that a careless conversion left as a Latin one: b-catenin, IFN-g.
_LATIN_GREEK = re.compile(
    r"(?:(?<=^)|(?<=[\s-]))([abgde])(?=[-\s]|\d?$)|(?<=[A-Z])([abgde])(?=-|\d$)"
)


def spelled_greek(text: str) -> str:
    """Write the Greek letters that stand as Latin ones: "b-catenin"."""
    return _LATIN_GREEK.sub(lambda m: f" {_LETTER[m.group(1) or m.group(2)]}", text)


_BETWEEN_WORDS = re.compile(r"([\s-]+)")


@lru_cache(maxsize=1_024)
def pieces(text: str) -> tuple[list[str], list[str]]:
    """Return words and what stands between them, in turn, and the stem of each."""
    words = _BETWEEN_WORDS.split(text.lower())
    return words, [stem(word) for word in words]


def class_swaps(text: str, others: Mapping[str, tuple[str, ...]]) -> Iterator[Rewrite]:
    """Yield the text with each word written as each of those of the same meaning."""
    words, stems = pieces(text)
    if others.keys().isdisjoint(stems):
        return
    for position, bare in enumerate(stems):
        for other in others.get(bare, ()):
            changed = [*words[:position], other, *words[position + 1 :]]
            yield Rewrite("".join(changed), "same meaning", 0.88)


def without_words(
    text: str, words: frozenset[str], *, penalty: float
) -> Iterator[Rewrite]:
    """Drop such words from the end, then from the start, then from both."""
    parts = text.split()
    end = len(parts)
    while end > 1 and parts[end - 1].lower().strip("(),.") in words:
        end -= 1
        yield Rewrite(" ".join(parts[:end]), "surroundings", penalty)
    start = 0
    while start < len(parts) - 1 and parts[start].lower().strip("(),.") in words:
        start += 1
        yield Rewrite(" ".join(parts[start:]), "surroundings", penalty)
        if start < end < len(parts):
            yield Rewrite(" ".join(parts[start:end]), "surroundings", penalty)
