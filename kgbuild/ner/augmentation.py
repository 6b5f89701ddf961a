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
from kgbuild.normalize.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

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
        kept = sorted({n for n in names if _usable(n)})
        return cls(
            tuple(n for n in kept if is_symbol(n)),
            tuple(n for n in kept if not is_symbol(n)),
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


def vocabulary_names(path: Path | str) -> list[str]:
    """Read all names of a compiled vocabulary, inverted ones turned round.

    ``Carcinoma, Small Cell`` is what catalogues write; authors write ``Small Cell
    Carcinoma``.
    """
    vocabulary = Vocabulary.open(path)
    try:
        return [
            " ".join(reversed(text.split(", "))) if text.count(", ") == 1 else text
            for _, text in vocabulary.all_names()
        ]
    finally:
        vocabulary.close()


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
        With gold mentions; of overlapping ones the longest counts.
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
        One string is swapped for one other throughout; offsets are right again.
    """
    chosen: dict[tuple[str, str], str] = {}
    swaps: list[tuple[Mention, str]] = []
    kept: list[Mention] = []
    for mention in longest_first(m for m in document.mentions if types(m)):
        kind = types(mention)
        key = (str(kind), mention.text)
        if key not in chosen:
            groups = pools.get(key[0], ())
            drawn = None
            if groups and rng.random() < share:
                drawn = groups[int(rng.integers(len(groups)))].draw(mention.text, rng)
            chosen[key] = drawn or mention.text
        swaps.append((mention, chosen[key]))
    passages: list[Passage] = []
    begin = 0
    for passage, (start, end) in zip(
        document.passages, document.passage_offsets(), strict=True
    ):
        text, at = "", start
        for mention, name in swaps:
            # A mention across two passages cannot be kept whole.
            if start <= mention.start and mention.end <= end:
                text += document.text[at : mention.start]
                place = begin + len(text)
                text += name
                kept.append(
                    replace(
                        mention,
                        start=place,
                        end=place + len(name),
                        text=name,
                        fragments=(),
                    )
                )
                at = mention.end
        text += document.text[at:end]
        passages.append(replace(passage, text=text))
        begin += len(text) + 1
    return replace(document, passages=tuple(passages), mentions=tuple(kept))


def _usable(name: str) -> bool:
    return (
        1 < len(name) <= _LONGEST
        and "," not in name
        and "\n" not in name
        and not _NUMBERED.search(name)
    )
