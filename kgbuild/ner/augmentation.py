"""Swap the names in gold documents for others of the same type.

A small corpus shows a tagger few names in many sentences; after swapping it sees many
names in the same sentences and learns more from what stands around them. Names come
from vocabularies and from the gold mentions of all corpora of a recipe.

Notes
-----
Mention replacement as in Dai and Adel, "An Analysis of Simple Data Augmentation for
Named Entity Recognition", COLING 2020, section 3, with names from vocabularies too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgbuild.document import longest_first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np

    from kgbuild.document import Document, Mention, Passage

#: Longer names are whole descriptions that no author writes.
_LONGEST = 50

#: Names made by numbering, of which vocabularies hold tens of thousands.
_NUMBERED = re.compile(
    r"\d{5}|(?:LOC|RNU|RNA5|RN7SK|MIR|Gm|CG|OR)\d|(?:si|zgc|wu):|mir-|Rik$|-ps\d*$"
    r"|pseudogene"
)


@dataclass(frozen=True, slots=True)
class NamePool:
    """Names of one entity type: written as symbols, and as words.

    Attributes
    ----------
    symbols
        With capitals or digits inside and no blank: ``TNF``, ``p53``, ``T2D``.
    words
        All others.
    """

    symbols: tuple[str, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> NamePool:
        """Sort names into the two kinds, once each, in a fixed order."""
        usable = sorted({n for n in names if _usable(n)})
        return cls(
            tuple(n for n in usable if is_symbol(n)),
            tuple(n for n in usable if not is_symbol(n)),
        )

    def draw(self, like: str, rng: np.random.Generator) -> str | None:
        """Draw a name that is written as ``like`` is; ``None`` where there is none."""
        names = self.symbols if is_symbol(like) else self.words
        if not names:
            return None
        name = names[int(rng.integers(len(names)))]
        if is_symbol(name):
            return name
        if like[:1].islower():
            return " ".join(w.lower() if w.istitle() else w for w in name.split(" "))
        if like[:1].isupper() and name[:1].islower():
            return name[0].upper() + name[1:]
        return name


def is_symbol(name: str) -> bool:
    """Tell whether a name is a symbol or an abbreviation rather than words."""
    return " " not in name and (
        any(c.isupper() for c in name[1:]) or any(c.isdigit() for c in name)
    )


def as_written(name: str) -> str:
    """Turn a name round that a catalogue inverts.

    Examples
    --------
    >>> as_written("Carcinoma, Small Cell")
    'Small Cell Carcinoma'
    """
    return " ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name


def swap_names(
    document: Document,
    pools: Mapping[str, Sequence[NamePool]],
    *,
    types: Callable[[Mention], str | None],
    share: float,
    rng: np.random.Generator,
) -> Document:
    """Return a document in which some names stand for others of their type.

    Parameters
    ----------
    document
        With gold mentions; of overlapping ones the longest may be swapped.
    pools
        Entity type → pools, each drawn from equally often.
    types
        Entity type of a mention, ``None`` for one that is no entity here.
    share
        Share of the distinct names that are swapped, in [0, 1].
    rng
        The same state makes the same document.

    Returns
    -------
    Document
        One string is swapped for one other throughout; offsets are right again. What
        overlaps a swapped name is no mention anymore, nor is what spans passages.
    """
    chosen: dict[tuple[str, str], str] = {}
    swaps: list[tuple[int, int, str]] = []
    for mention in longest_first(m for m in document.mentions if types(m)):
        key = (str(types(mention)), mention.text)
        if key not in chosen:
            groups = pools.get(key[0], ())
            drawn = None
            if groups and rng.random() < share:
                drawn = groups[int(rng.integers(len(groups)))].draw(mention.text, rng)
            chosen[key] = drawn or mention.text
        if chosen[key] != mention.text:
            swaps.append((mention.start, mention.end, chosen[key]))
    passages: list[Passage] = []
    mentions: list[Mention] = []
    shift = 0
    for passage, (start, end) in zip(
        document.passages, document.passage_offsets(), strict=True
    ):
        inside = [s for s in swaps if start <= s[0] and s[1] <= end]
        for mention in document.mentions:
            if not (types(mention) and start <= mention.start and mention.end <= end):
                continue
            name = mention.text
            over = [s for s in inside if s[0] < mention.end and mention.start < s[1]]
            if over and over[0][:2] == mention.span:
                name = over[0][2]
            elif over:
                continue
            begin = mention.start + shift
            begin += sum(len(n) - (b - a) for a, b, n in inside if b <= mention.start)
            mentions.append(
                replace(
                    mention, start=begin, end=begin + len(name), text=name, fragments=()
                )
            )
        text, at = "", start
        for a, b, name in inside:
            text, at = text + document.text[at:a] + name, b
        text += document.text[at:end]
        shift += len(text) - (end - start)
        passages.append(replace(passage, text=text))
    return replace(
        document, passages=tuple(passages), mentions=tuple(mentions), sentences=None
    )


def _usable(name: str) -> bool:
    return (
        1 < len(name) <= _LONGEST
        and "," not in name
        and "\n" not in name
        and not _NUMBERED.search(name)
    )
