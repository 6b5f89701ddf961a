"""Which species a gene mention belongs to.

The same name means another gene in every species, so a gene's species is decided first.
The order of the rules was measured on four corpora; for each mention, the first that
fires puts its species in front, and the document's other species follow by weight:

1. a species named right beside the gene (at most 15 characters between, same sentence);
2. a species letter glued to the name (``hMLH1``) whose species the document names;
3. the only species of the sentence;
4. the document's major species: every mention counts 1, in the title 2; between human
   and rodent, the symbol's capitals decide (``TP53``, ``Trp53``);
5. human, where the document names no species, or only viruses and mice that carry
   foreign cells.

The rules are those of SR4GN (Wei et al. 2012) less the one that cost accuracy there
("same mention earlier"); capitals help only where the document names both species. The
name decides among the document's species where it exists in one of them only.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from kgbuild.normalize.keys import simplified_key, token_key
from kgbuild.normalize.rules import glued_taxon, merged_rows, rule_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kgbuild.document import Document, Mention
    from kgbuild.normalize.vocabulary import NameRow, Vocabulary

HUMAN = 9606
RODENTS = frozenset({10090, 10116})
#: Longest text that is a symbol rather than a name.
_SYMBOL_LENGTH = 8
_SHORT_SYMBOL = 4
#: Characters between a gene and a species that still stand beside each other.
ADJACENT = 15

_HOST_WORD = re.compile(r"[a-z/]+")
_TOOL_WORD = re.compile(r"\s+(?:laevis\s+)?([A-Za-z0-9-]+)")
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*\.?")


@dataclass(frozen=True, slots=True)
class SpeciesMention:
    """A species named in a text.

    Attributes
    ----------
    start, end
        Half-open offsets in the document's text.
    taxon
        NCBI taxon number.
    guest
        Whether genes beside it are rather another species': it is a virus, a mouse
        that carries foreign cells ("nude mice"), or a tool ("yeast two-hybrid").
    """

    start: int
    end: int
    taxon: int
    guest: bool = False


@dataclass(frozen=True, slots=True)
class SpeciesContext:
    """What a document says about species.

    Attributes
    ----------
    mentions
        In document order.
    ranking
        Taxa of the document, heaviest first.
    sentences
        Half-open offsets.
    """

    mentions: tuple[SpeciesMention, ...] = ()
    ranking: tuple[int, ...] = (HUMAN,)
    sentences: tuple[tuple[int, int], ...] = ()
    _starts: tuple[int, ...] = field(default=(), repr=False)

    def taxa_of(self, mention: Mention) -> tuple[int, ...]:
        """Return the taxa a gene mention may belong to, likeliest first."""
        first = self._beside(mention) or self._glued(mention) or self._only(mention)
        first = self._written_like(mention, first or self.ranking[0])
        return (first, *(taxon for taxon in self.ranking if taxon != first))

    def _beside(self, mention: Mention) -> int | None:
        start, end = self._sentence(mention)
        near = []
        for species in self._within(start, end):
            gap = max(mention.start - species.end, species.start - mention.end, 0)
            if gap <= ADJACENT and not species.guest:
                # English puts the species before the gene: on a tie it wins.
                after = int(species.start > mention.start)
                near.append((gap, after, species.start, species.taxon))
        return min(near)[-1] if near else None

    def _glued(self, mention: Mention) -> int | None:
        glued = glued_taxon(mention.text)
        return glued[1] if glued and glued[1] in self.ranking else None

    def _only(self, mention: Mention) -> int | None:
        start, end = self._sentence(mention)
        taxa = {s.taxon for s in self._within(start, end) if not s.guest}
        return taxa.pop() if len(taxa) == 1 else None

    def _written_like(self, mention: Mention, first: int) -> int:
        """Let capitals decide between a document's human and rodent: TP53, Trp53."""
        letters = [c for c in mention.text if c.isalpha()]
        if len(mention.text) > _SYMBOL_LENGTH or len(letters) < 2:
            return first
        rodents = [taxon for taxon in self.ranking if taxon in RODENTS]
        human = HUMAN in self.ranking
        if first in RODENTS and human and all(c.isupper() for c in letters):
            return HUMAN
        # "Trp53" and "Fos" are symbols, "Insulin" is a word that begins a sentence.
        symbol = len(letters) < len(mention.text) or len(letters) <= _SHORT_SYMBOL
        like_rodent = (
            symbol and mention.text[0].isupper() and mention.text[1:].islower()
        )
        if first == HUMAN and rodents and like_rodent:
            return rodents[0]
        return first

    def _within(self, start: int, end: int) -> tuple[SpeciesMention, ...]:
        low = bisect.bisect_left(self._starts, start)
        high = bisect.bisect_left(self._starts, end)
        return self.mentions[low:high]

    def _sentence(self, mention: Mention) -> tuple[int, int]:
        index = bisect.bisect_right(self.sentences, (mention.start, 1 << 60)) - 1
        if index >= 0:
            return self.sentences[index]
        return mention.start, mention.end


def species_context(
    document: Document,
    species: Iterable[SpeciesMention],
    *,
    sentences: Sequence[tuple[int, int]],
) -> SpeciesContext:
    """Weigh the species that a document names.

    Parameters
    ----------
    document
        Gives the title's place.
    species
        Its species mentions in any order.
    sentences
        Half-open offsets of its sentences.

    Returns
    -------
    SpeciesContext
        With human alone where ``species`` is empty.
    """
    found = tuple(sorted(set(species), key=lambda s: (s.start, s.end, s.taxon)))
    title_end = len(document.title)
    weights: dict[int, float] = {}
    guests = {s.taxon for s in found if s.guest} - {
        s.taxon for s in found if not s.guest
    }
    for mention in found:
        weight = 2.0 if mention.end <= title_end else 1.0
        weights[mention.taxon] = weights.get(mention.taxon, 0.0) + weight
    if not weights or set(weights) == guests:
        weights.setdefault(HUMAN, 0.5)
    ranking = sorted(
        weights, key=lambda t: (t in guests, -weights[t], t != HUMAN, t)
    )  # fmt: skip
    return SpeciesContext(
        mentions=found,
        ranking=tuple(ranking),
        sentences=tuple(sentences),
        _starts=tuple(s.start for s in found),
    )


def find_species(
    text: str,
    vocabularies: Sequence[Vocabulary],
    *,
    lookup: Callable[[str], NameRow | None] | None = None,
) -> list[SpeciesMention]:
    """Find the species that a text names, as evidence for its genes.

    For documents whose species nobody marked. It prefers to miss a species over
    inventing one: a single word counts where it is a common name (small letters in the
    vocabulary) or was annotated as a species, two words where they are a name.

    Parameters
    ----------
    text
        Any text.
    vocabularies
        Of the type Species.
    lookup
        Replaces :func:`species_name`, for a cache of the caller's.

    Returns
    -------
    list of SpeciesMention
        Disjoint, in order.
    """
    find = lookup or (lambda name: species_name(name, vocabularies))
    tokens = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(text)]
    found: list[SpeciesMention] = []
    position = 0
    while position < len(tokens):
        step = 1
        # Names of several words begin with a capital or are two plain words.
        lengths = (3, 2, 1) if tokens[position][2][0].isalpha() else (1,)
        for length in lengths:
            window = tokens[position : position + length]
            if len(window) < length:
                continue
            start, end = window[0][0], window[-1][1]
            name = text[start:end].rstrip(".")
            end = start + len(name)
            if length > 1 and not _may_be_name(name):
                continue
            row = find(name)
            if row is not None:
                taxon = int(row.concept.partition(":")[2])
                guest = is_virus(row.name) or is_host(text, start, end)
                found.append(SpeciesMention(start, end, taxon, guest))
                step = length
                break
        position += step
    return found


def species_name(name: str, vocabularies: Sequence[Vocabulary]) -> NameRow | None:
    """Return the likeliest species of a name, or ``None`` where it may be a word."""
    if len(name) < 3 or name.isdigit() or name.lower() in _words("vague"):
        return None
    key = simplified_key(name)
    rows = merged_rows(vocabularies, lambda v: v.lookup(key))
    single = " " not in name
    if not rows and single and name.islower():
        tokens = token_key(name)
        rows = merged_rows(vocabularies, lambda v: v.lookup(tokens)) if tokens else []
    kept = [
        row
        for row in rows
        if row.concept.startswith("ncbitaxon:")
        and row.concept.partition(":")[2].isdigit()
        # Genes belong to species; higher taxa have names of one word.
        and (" " in row.name or is_virus(row.name))
        and (row.count > 1 or row.text.lower() == name.lower())
        and (row.count > 1 or not single or row.text.islower())
        # "cat" is an animal, "CAT" a gene.
        and not (single and name.isupper() and not row.text.isupper())
    ]
    if not kept:
        return None
    return min(kept, key=lambda r: (-r.count, -r.weight, len(r.concept), r.concept))


def is_host(text: str, start: int, end: int) -> bool:
    """Whether the species between the offsets serves another one's cells or genes."""
    near = text[max(0, start - 20) : end].lower()
    if any(word in _words("hosts") for word in _HOST_WORD.findall(near)):
        return True
    behind = _TOOL_WORD.match(text, end)
    return behind is not None and behind.group(1).lower() in _words("tools")


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(rule_data()["species"][name])


def is_virus(name: str) -> bool:
    """Whether a species' preferred name is that of a virus."""
    lowered = name.lower()
    return "virus" in lowered or "phage" in lowered


#: Two or three words that may name a species: Latin, a virus, or two plain words.
_JOINED = re.compile(
    r"[A-Z][a-z]*\.? ?[a-z]{3,}(?: [a-z]{3,})?|[A-Za-z-]+(?: [a-z-]+)? virus(?: \d)?|"
    r"[a-z]{3,} [a-z]{3,}"
)


def _may_be_name(text: str) -> bool:
    return _JOINED.fullmatch(text) is not None
