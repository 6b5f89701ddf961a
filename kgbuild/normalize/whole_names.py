"""What a recognizer cut short or took for another type, as vocabularies have it.

Of "piperacillin/tazobactam" it may find two drugs, of "Bruton's tyrosine kinase" the
physician, and it may take a germ for the disease. A mention becomes the longer stretch
of the text around it that is a name of its type, letter by letter or but for case and
dashes, where

* the stretch takes in another mention, and no part of one;
* or the mention alone means nothing, or something by a rewrite that left words out;
* or it is a disease with one more word before it ("maternal phenylketonuria").

What means nothing as what it was taken for becomes the gene or the species whose name
it is. Mentions that were given to kgbuild stay as they are: only a recognizer's are
touched.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from kgbuild.normalize.disambiguation import is_short_form
from kgbuild.normalize.rewriting import word_set

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from kgbuild.document import Document, Mention
    from kgbuild.normalize.candidates import Link

#: Types whose names are long enough to be cut.
_TYPES = frozenset({"Disease", "Chemical", "Gene"})
_NAMED = frozenset({"exact", "simplified"})
#: How many words, dashes and slashes a stretch may have more than the mention.
_MOST = 3
#: How far before and behind a mention they are looked for.
_REACH = 40
#: How far apart mentions of one name are, of which one is sure.
_BESIDE = 12
#: What a disease with a word before it must score: a name of its own.
_SURE = 0.95

_PIECE = re.compile(r"[^\W_]+(?:['’]s\b)?|['’]s\b|[-/]")
#: The piece before an offset, a word whole or not at all.
_LAST = re.compile(rf"(?<![^\W_])({_PIECE.pattern})\s?$")
_BLANK = re.compile(r"\s?")
#: Words that join two names rather than being part of one.
_JOINING = frozenset(
    {"a", "an", "and", "are", "but", "in", "is", "or", "the", "was", "with"}
)
#: Words that no name of a disease begins with, the frequent ones before diseases.
_NEVER_FIRST = _JOINING | {
    "after", "as", "by", "for", "from", "had", "of", "on", "to", "with", "without",
}  # fmt: skip
#: Between two mentions of one name: nothing, a sign, or a word that joins no two.
_OF_ONE_NAME = re.compile(
    rf"[ /-](?:(?!(?:{'|'.join(sorted(_JOINING))})\b)[^\W_]+[ /-])?"
)
#: A germ of which the genus alone is said: "Listeria".
_GENUS = re.compile(r"[A-Z][a-z]{4,}")
#: "Neisseria meningitidis serogroup B": what is a kind of the species before it.
_KIND_BEHIND = re.compile(
    r"(?: (?:serovar|serotype|serogroup|pathovar|biovar|subsp\.|pv\.|bv\.))? [\w:-]+"
)
_OF_KIND = re.compile(
    r" (?:serovar|serotype|serogroup|pathovar|biovar|subsp\.|pv\.|bv\.) [\w:-]+\Z"
)
_LATIN = re.compile(r"[A-Z][a-z]+ [a-z]{3,}")
#: Letters of a name that is no symbol of something else.
_LETTERS = 5


def with_whole_names(
    document: Document,
    links: Mapping[int, Link],
    *,
    find: Callable[[str, str, Mention], Link],
    types: Collection[str] | None = None,
) -> Document:
    """Return the document with its recognizer's mentions as vocabularies have them.

    Parameters
    ----------
    document
        With mentions.
    links
        What mentions mean as they are, by their place.
    find
        Says what a text means as a type, where a mention stands.
    types
        Types that a mention may become; ``None`` for any.

    Returns
    -------
    Document
        The same object where nothing is to be changed.
    """
    mentions = document.mentions
    changed: dict[int, Mention] = {}
    dropped: set[int] = set()
    beside = _beside(document.text, mentions)
    for place, link in links.items():
        if place in dropped or not _is_found(mentions[place]):
            continue
        whole = _whole(document, place, links, find, beside=place in beside)
        if whole is not None:
            start, end, kind, inner = whole
            if dropped.isdisjoint(inner) and changed.keys().isdisjoint(inner):
                text = document.text[start:end]
                changed[place] = replace(
                    mentions[place], start=start, end=end, text=text, type=kind
                )
                dropped.update(i for i in inner if i != place)
        elif not link.concepts or link.method == "rule":
            other = _other_type(mentions[place], link, find)
            if other is not None and (types is None or other in types):
                changed[place] = replace(mentions[place], type=other)
    if not changed:
        return document
    return document.with_mentions(
        changed.get(place, mention)
        for place, mention in enumerate(mentions)
        if place not in dropped
    )


def _is_found(mention: Mention) -> bool:
    """Whether a recognizer found it in one piece."""
    return mention.recognizer != "gold" and not mention.fragments


def _whole(
    document: Document,
    place: int,
    links: Mapping[int, Link],
    find: Callable[[str, str, Mention], Link],
    *,
    beside: bool,
) -> tuple[int, int, str, list[int]] | None:
    """Return the longest stretch that is a name, its type, and the mentions in it."""
    mentions, link = document.mentions, links[place]
    mention = mentions[place]
    if mention.type == "Species":
        return _with_kind_behind(document, place, link, find)
    if mention.type not in _TYPES or link.composite:
        return None
    loose = not link.concepts or link.method == "rule"
    is_disease = mention.type == "Disease"
    # Most mentions end here, as nothing that may be joined with them is near.
    if not (loose or beside):
        return _with_word_before(document, place, link, find) if is_disease else None
    near = range(max(0, place - _MOST), min(len(mentions), place + _MOST + 1))
    for start, end in _stretches(document.text, mention):
        inner = _within(mentions, near, start, end)
        if inner is None or not links.keys() >= set(inner):
            continue
        joins = len(inner) > 1
        if not (joins or loose) or not all(_is_found(mentions[i]) for i in inner):
            continue
        added = document.text[start : mention.start] + document.text[mention.end : end]
        if mention.type == "Gene" and not joins and not _tells(added):
            continue
        text = document.text[start:end]
        # Of "superoxide dismutase" the first half is a chemical, the whole is none.
        has_gene = any(mentions[i].type == "Gene" for i in inner)
        for kind in dict.fromkeys((*["Gene"] * has_gene, mention.type)):
            found = find(text, kind, mention)
            if found.method in _NAMED and found.concepts != link.concepts:
                return start, end, kind, inner
    return _with_word_before(document, place, link, find) if is_disease else None


def _beside(text: str, mentions: Sequence[Mention]) -> set[int]:
    """Return the places of mentions so near to another that both may be of one name."""
    places: set[int] = set()
    for place, (one, other) in enumerate(pairwise(mentions)):
        gap = other.start - one.end
        if (
            0 <= gap <= _BESIDE
            and one.type in _TYPES
            and other.type in _TYPES
            and (gap == 0 or _OF_ONE_NAME.fullmatch(text, one.end, other.start))
        ):
            places |= {place, place + 1}
    return places


def _with_kind_behind(
    document: Document,
    place: int,
    link: Link,
    find: Callable[[str, str, Mention], Link],
) -> tuple[int, int, str, list[int]] | None:
    """Return a species with its serogroup or the like, where that is a name."""
    mention = document.mentions[place]
    behind = _KIND_BEHIND.match(document.text, mention.end)
    if behind is None or not _OF_KIND.search(
        document.text, mention.start, behind.end()
    ):
        return None
    end = behind.end()
    following = document.mentions[place + 1 : place + 2]
    if following and following[0].start < end:
        return None
    found = find(document.text[mention.start : end], "Species", mention)
    if found.method not in _NAMED or found.concepts == link.concepts:
        return None
    return mention.start, end, "Species", [place]


def _with_word_before(
    document: Document,
    place: int,
    link: Link,
    find: Callable[[str, str, Mention], Link],
) -> tuple[int, int, str, list[int]] | None:
    """Return a disease with the word before it, where that is a kind of it."""
    mention = document.mentions[place]
    before = document.text[max(0, mention.start - _REACH) : mention.start]
    word = before[:-1].rpartition(" ")[2]
    if before[-1:] != " " or not word.isalpha() or word.lower() in _NEVER_FIRST:
        return None
    start = mention.start - len(word) - 1
    if place and document.mentions[place - 1].end > start:
        return None
    found = find(document.text[start : mention.end], mention.type, mention)
    named = found.method in _NAMED and (found.score or 0) >= _SURE
    if not named or found.concepts == link.concepts:
        return None
    return start, mention.end, mention.type, [place]


def _stretches(text: str, mention: Mention) -> list[tuple[int, int]]:
    """Return longer stretches around a mention, the longest first."""
    starts = [mention.start, *_starts(text, mention.start)]
    ends = [mention.end, *_ends(text, mention.end)]
    found = [
        (start, end)
        for n_before, start in enumerate(starts)
        for n_behind, end in enumerate(ends)
        if 0 < n_before + n_behind <= _MOST
        and text[start].isalnum()
        and text[end - 1].isalnum()
    ]
    return sorted(found, key=lambda stretch: stretch[0] - stretch[1])


def _ends(text: str, end: int) -> Iterator[int]:
    """Yield where the pieces behind an offset end, up to what parts names."""
    for _ in range(_MOST):
        blank = _BLANK.match(text, end)
        piece = _PIECE.match(text, blank.end() if blank else end)
        if piece is None or piece[0].lower() in _JOINING:
            return
        end = piece.end()
        yield end


def _starts(text: str, start: int) -> Iterator[int]:
    """Yield where the pieces before an offset start, nearest first."""
    for _ in range(_MOST):
        piece = _LAST.search(text, max(0, start - _REACH), start)
        if piece is None or piece[1].lower() in _JOINING:
            return
        start = piece.start()
        yield start


def _within(
    mentions: Sequence[Mention], near: Iterable[int], start: int, end: int
) -> list[int] | None:
    """Return the mentions in a stretch; ``None`` where it cuts one, or has others'."""
    inner = []
    for i in near:
        mention = mentions[i]
        if mention.start < end and start < mention.end:
            if mention.start < start or mention.end > end or mention.type not in _TYPES:
                return None
            inner.append(i)
    return inner


def _tells(added: str) -> bool:
    """Whether words say of a gene which one it is."""
    pieces = (piece[0].lower() for piece in _PIECE.finditer(added))
    untelling = word_set("gene", "untelling")
    return any(len(p) >= _LETTERS and p not in untelling for p in pieces)


def _other_type(
    mention: Mention, link: Link, find: Callable[[str, str, Mention], Link]
) -> str | None:
    """Return the type whose name a mention has that means nothing as its own."""
    text, kind = mention.text, mention.type
    latin = kind in {"Disease", "Chemical"} and _LATIN.fullmatch(text)
    if (latin or kind == "CellLine") and find(
        text, "Species", mention
    ).method == "exact":
        return "Species"
    genus = kind == "Disease" and not link.concepts and _GENUS.fullmatch(text)
    if genus and find(text, "Species", mention).method == "exact":
        return "Species"
    if kind not in {"Chemical", "Species"} or link.concepts:
        return None
    if is_short_form(text) or sum(c.isalpha() for c in text) < _LETTERS:
        return None
    method = find(text, "Gene", mention).method
    named = method == "exact" or (method == "simplified" and " " in text)
    return "Gene" if named else None
