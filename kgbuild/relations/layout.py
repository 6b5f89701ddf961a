"""What the network sees of a document: word pieces, entities, pairs of their mentions.

Everything here is arrays of numbers, worked out the same way for training and for use.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kgbuild.encoder.files import encode
from kgbuild.encoder.token_types import token_types
from kgbuild.entity_types import wider_type
from kgbuild.relations.tasks import TYPES, seen_type
from kgbuild.text import with_sentences
from kgbuild.text.evidence import concepts_named

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tokenizers import Tokenizer

    from kgbuild.document import Document, Mention

#: Word pieces of a window, with the special tokens around.
WINDOW = 128
#: Of two entities, so many pairs of mentions are looked at: the nearest.
PLACES = 6
#: Mentions of an entity that make its picture: the first ones, as in training. Where it
#: is near another one, and whether that is denied, all of them say, up to so many.
MENTIONS, MOST_MENTIONS = 24, 200
#: Entities and pairs of a document that are looked at; the others are counted.
MOST_ENTITIES, MOST_PAIRS = 300, 4000
#: What may stand at a token: no mention, or the first or a further piece of a mention
#: of one of the types.
N_MARKS = 1 + 2 * len(TYPES)
#: Upper ends of classes of distance in word pieces.
_DISTANCES = np.array([1, 2, 3, 5, 8, 12, 18, 26, 40, 80, 160])
#: How many values each fact of a place may have; see `_places`.
FACTS = (len(_DISTANCES) + 1, 4, 2, 5, 8, 2)
#: How many numbers there are of a pair; see `_numbers`.
N_NUMBERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A concept of a document.

    Attributes
    ----------
    concept
        Its CURIE.
    type
        Number in :data:`kgbuild.relations.tasks.TYPES`.
    mentions
        Numbers of its mentions, in the text's order.
    asked
        Whether it may be related; the network sees it in any case.
    """

    concept: str
    type: int
    mentions: tuple[int, ...]
    asked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A document as the network sees it.

    Attributes
    ----------
    ids, types, marks
        Per window ``(tokens,) int64``: word pieces with special tokens, token types,
        and which type of mention stands there (see :data:`N_MARKS`).
    mention_tokens
        ``(mentions, 2) int64``: half-open places among the tokens of all windows,
        special ones left out; the first token for mentions that are not read.
    entities
        Sorted by type, then by their first mention.
    entity_mentions
        ``(entities, longest) int64``; -1 behind the last.
    pairs
        ``(pairs, 2) int64``: numbers of two entities, the smaller one first.
    places
        ``(pairs, PLACES, 2) int64``: mentions of the two, nearest first; -1 where
        there are no more.
    facts
        ``(pairs, PLACES, len(FACTS)) int64``: classes of distance, sentences between,
        which comes first, mentions between, cues, title.
    numbers
        ``(pairs, N_NUMBERS) float32``.
    sentences
        ``(mentions,) int64``: the sentence of each mention.
    spans
        Of all sentences.
    left_out
        Pairs that were not looked at, because there are too many.
    """

    ids: list[NDArray[np.int64]]
    types: list[NDArray[np.int64]]
    marks: list[NDArray[np.int64]]
    mention_tokens: NDArray[np.int64]
    entities: list[Entity]
    entity_mentions: NDArray[np.int64]
    pairs: NDArray[np.int64]
    places: NDArray[np.int64]
    facts: NDArray[np.int64]
    numbers: NDArray[np.float32]
    sentences: NDArray[np.int64]
    spans: list[tuple[int, int]] = field(repr=False)
    left_out: int = 0


def lay_out(
    document: Document,
    tokenizer: Tokenizer,
    *,
    allowed: Collection[tuple[int, int]],
    types: Collection[str] | None = None,
) -> Layout:
    """Work out what the network sees of a document.

    Parameters
    ----------
    document
        With mentions. Those that normalization left without an id take no part.
    tokenizer
        Of the encoder.
    allowed
        Pairs of types, as :data:`kgbuild.relations.tasks.TYPES` numbers them, the
        smaller number first. Sentences that name no concept of a pair are not read.
    types
        Entity types of which both concepts of a pair must be, also by the wider type
        of a narrower one; ``None`` for any.
    """
    split = with_sentences(document).sentences or ()
    mentions = taking_part(document)
    kinds = [seen_type(m.type) for m in mentions]
    encoding = encode(tokenizer, document.text)
    spans = _mention_tokens(encoding.offsets, mentions)
    starts = [s.start for s in split]
    sentences, of_tokens = (
        np.maximum(np.searchsorted(starts, places, side="right") - 1, 0)
        for places in ([m.start for m in mentions], [a for a, _ in encoding.offsets])
    )
    asked = [
        types is None or not {m.type, wider_type(m.type)}.isdisjoint(types)
        for m in mentions
    ]
    entities, dropped = _entities(mentions, kinds, asked, allowed)
    longest = max((min(len(e.mentions), MENTIONS) for e in entities), default=1)
    table = np.full((len(entities), longest), -1, dtype=np.int64)
    for row, entity in enumerate(entities):
        first = entity.mentions[:MENTIONS]
        table[row, : len(first)] = first
    pairs, places, left_out = _pairs(entities, table, spans, sentences, allowed)
    titled = len(document.title) if document.title else 0
    cues = np.array(
        [("negated" in s.cues) + 2 * ("hedged" in s.cues) for s in split] or [0]
    )
    facts = _facts(places, spans, sentences, cues)
    in_title = np.array([m.end <= titled for m in mentions], dtype=bool)
    if mentions:
        facts[..., 5] = (places >= 0).all(-1) & in_title[places].any(-1)
    numbers = _numbers(entities, pairs, places, sentences, in_title)
    named = np.union1d(table[pairs], places)
    named = named[named >= 0]
    read = np.isin(of_tokens, sentences[named])
    for first, last in spans[named]:
        read[first:last] = True  # also where a sentence ends inside a mention
    cls, sep = (tokenizer.token_to_id(t) for t in ("[CLS]", "[SEP]"))
    windows = _windows(of_tokens[read], most=WINDOW - 2)
    ids, kinds_of_tokens, marks = (
        [np.concatenate([[before], row[read][a:b], [behind]]) for a, b in windows]
        for row, before, behind in (
            (np.array(encoding.ids, dtype=np.int64), cls, sep),
            (token_types(document.text, encoding.offsets), 0, 0),
            (_marks(spans, kinds, n=len(read)), 0, 0),
        )
    )
    among_read = np.append(0, np.cumsum(read))[spans]
    is_read = among_read[:, :1] < among_read[:, 1:]
    return Layout(
        ids=ids, types=kinds_of_tokens, marks=marks,
        mention_tokens=np.where(is_read, among_read, (0, 1)),
        entities=entities, entity_mentions=table, pairs=pairs, places=places,
        facts=facts, numbers=numbers, sentences=sentences,
        spans=[(s.start, s.end) for s in split], left_out=left_out + dropped,
    )  # fmt: skip


def taking_part(document: Document) -> list[Mention]:
    """Return the mentions that stand for concepts.

    Those with an id; all where none has one, so that names are related by themselves.
    """
    # What has neither letter nor digit has no word piece to be read.
    written = [m for m in document.mentions if any(c.isalnum() for c in m.text)]
    return [m for m in written if m.concepts] or written


def _mention_tokens(
    offsets: Sequence[tuple[int, int]], mentions: Sequence[Mention]
) -> NDArray[np.int64]:
    """Return the places of the mentions among a text's tokens, half open."""
    starts, ends = [a for a, _ in offsets], [b for _, b in offsets]
    spans = np.zeros((len(mentions), 2), dtype=np.int64)
    for row, mention in enumerate(mentions):
        first = min(bisect_right(ends, mention.start), max(len(ends) - 1, 0))
        spans[row] = first, max(bisect_left(starts, mention.end), first + 1)
    return spans


def _marks(
    spans: NDArray[np.int64], kinds: Sequence[int], *, n: int
) -> NDArray[np.int64]:
    """Return the marks of so many tokens; of overlapping mentions, the longest's."""
    marks = np.zeros(n, dtype=np.int64)
    for row in np.argsort(spans[:, 1] - spans[:, 0], kind="stable").tolist():
        first, last = spans[row]
        marks[first:last] = 2 + 2 * kinds[row]
        marks[first : first + 1] -= 1
    return marks


def _windows(sentences: NDArray[np.int64], *, most: int) -> list[tuple[int, int]]:
    """Cut tokens, given the sentence of each, where sentences begin, if they can be."""
    borders = (np.flatnonzero(np.diff(sentences)) + 1).tolist()
    windows, begin, n = [], 0, len(sentences)
    while n - begin > most:
        at = bisect_right(borders, begin + most) - 1
        end = borders[at] if at >= 0 and borders[at] > begin else begin + most
        windows.append((begin, end))
        begin = end
    windows.append((begin, n))
    return windows


def _entities(
    mentions: Sequence[Mention],
    kinds: Sequence[int],
    asked: Sequence[bool],
    allowed: Collection[tuple[int, int]],
) -> tuple[list[Entity], int]:
    """Return the entities, and how many pairs are lost with those left out."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        for concept in dict.fromkeys(concepts_named(mention)):
            found[concept].append(number)
    entities = [
        Entity(
            concept=c, type=kinds[rows[0]], mentions=tuple(rows[:MOST_MENTIONS]),
            asked=any(asked[row] for row in rows),
        )
        for c, rows in found.items()
    ]  # fmt: skip
    dropped = 0
    if len(entities) > MOST_ENTITIES:
        # Of those that can be related, the ones that are named most are kept.
        related = {kind for pair in allowed for kind in pair}
        entities.sort(
            key=lambda e: (
                e.type not in related or not e.asked, -len(found[e.concept]), e.mentions
            )
        )  # fmt: skip
        kept = entities[:MOST_ENTITIES]
        dropped = _n_pairs(entities, allowed) - _n_pairs(kept, allowed)
        entities = kept
    entities.sort(key=lambda e: (e.type, e.mentions, e.concept))
    return entities, dropped


def _n_pairs(entities: Sequence[Entity], allowed: Collection[tuple[int, int]]) -> int:
    """Count the pairs of entities of types that are related."""
    counts = Counter(e.type for e in entities if e.asked)
    return sum(
        counts[a] * (counts[a] - 1) // 2 if a == b else counts[a] * counts[b]
        for a, b in set(allowed)
    )


def _pairs(
    entities: Sequence[Entity],
    table: NDArray[np.int64],
    spans: NDArray[np.int64],
    sentences: NDArray[np.int64],
    allowed: Collection[tuple[int, int]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return pairs of entities, the nearest places of each, and what was left out."""
    kinds = np.array([e.type for e in entities], dtype=np.int64)
    ok = np.zeros((len(TYPES), len(TYPES)), dtype=bool)
    for kind, other in allowed:
        ok[kind, other] = True
    first, second = np.triu_indices(len(entities), 1)
    asked = np.array([e.asked for e in entities], dtype=bool)
    wanted = ok[kinds[first], kinds[second]] & asked[first] & asked[second]
    pairs = np.stack([first[wanted], second[wanted]], axis=1).astype(np.int64)
    places = np.full((len(pairs), PLACES, 2), -1, dtype=np.int64)
    if not len(pairs):
        return pairs, places, 0
    nearest = np.empty(len(pairs))
    often = np.array([len(e.mentions) > MENTIONS for e in entities], dtype=bool)
    alone = often[pairs].any(axis=1)
    rows = np.flatnonzero(~alone)
    for some in (rows[at : at + 512] for at in range(0, len(rows), 512)):
        places[some], nearest[some] = _nearest(
            table[pairs[some, 0]], table[pairs[some, 1]], spans, sentences
        )
    for row in np.flatnonzero(alone).tolist():
        one, two = (np.array([entities[i].mentions]) for i in pairs[row].tolist())
        places[[row]], nearest[[row]] = _nearest(one, two, spans, sentences)
    real = np.isfinite(nearest)
    pairs, places, nearest = pairs[real], places[real], nearest[real]
    left_out = max(len(pairs) - MOST_PAIRS, 0)
    if left_out:
        keep = np.sort(np.argsort(nearest, kind="stable")[:MOST_PAIRS])
        pairs, places = pairs[keep], places[keep]
    return pairs, places, left_out


def _nearest(
    one: NDArray[np.int64],
    two: NDArray[np.int64],
    spans: NDArray[np.int64],
    sentences: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest places of pairs, given their mentions, and how near they are.

    Mentions are ``(pairs, longest) int64``, -1 behind the last.
    """
    a, b = one[:, :, None], two[:, None, :]
    gap = np.maximum(spans[a, 0] - spans[b, 1], spans[b, 0] - spans[a, 1])
    far = np.maximum(gap, 0) + 200.0 * np.abs(sentences[a] - sentences[b])
    # One mention of two concepts is no place that relates them.
    far = np.where((a < 0) | (b < 0) | (a == b), np.inf, far)
    flat = far.reshape(len(far), -1)
    order = np.argsort(flat, axis=1, kind="stable")[:, :PLACES]
    reached = np.isfinite(np.take_along_axis(flat, order, 1))
    width = far.shape[2]
    rows = np.arange(len(far))[:, None]
    chosen = np.stack([a[rows, order // width, 0], b[rows, 0, order % width]], axis=-1)
    places = np.full((len(far), PLACES, 2), -1, dtype=np.int64)
    places[:, : order.shape[1]] = np.where(reached[..., None], chosen, -1)
    return places, flat.min(axis=1)


def _facts(
    places: NDArray[np.int64],
    spans: NDArray[np.int64],
    sentences: NDArray[np.int64],
    cues: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the classes of facts of each place; 0 where there is none."""
    facts = np.zeros((*places.shape[:2], len(FACTS)), dtype=np.int64)
    if not places.size:
        return facts
    a, b = places[..., 0], places[..., 1]
    gap = np.maximum(spans[a, 0] - spans[b, 1], spans[b, 0] - spans[a, 1])
    facts[..., 0] = np.searchsorted(_DISTANCES, gap)
    facts[..., 1] = np.minimum(np.abs(sentences[a] - sentences[b]), 3)
    facts[..., 2] = spans[a, 0] > spans[b, 0]
    starts, ends = np.sort(spans[:, 0]), np.sort(spans[:, 1])
    low, high = (
        np.minimum(spans[a, 1], spans[b, 1]),
        np.maximum(spans[a, 0], spans[b, 0]),
    )
    between = np.searchsorted(ends, high, "right") - np.searchsorted(starts, low)
    facts[..., 3] = np.clip(between, 0, 4)
    facts[..., 4] = cues[sentences[a]] + 4 * (sentences[a] != sentences[b])
    facts[places[..., 0] < 0] = 0
    return facts


def _numbers(
    entities: Sequence[Entity],
    pairs: NDArray[np.int64],
    places: NDArray[np.int64],
    sentences: NDArray[np.int64],
    in_title: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Return what else is known of pairs: counts in logarithms, and flags."""
    counts = np.log1p([min(len(e.mentions), MENTIONS) for e in entities])
    titled = np.array(
        [bool(in_title[list(e.mentions[:MENTIONS])].any()) for e in entities]
    )
    numbers = np.zeros((len(pairs), N_NUMBERS), dtype=np.float32)
    if not len(pairs):
        return numbers
    a, b = pairs.T
    there = places[..., 0] >= 0
    apart = np.abs(sentences[places[..., 0]] - sentences[places[..., 1]])
    apart = np.where(there, apart, 99)
    columns = (
        counts[a], counts[b], np.minimum(counts[a], counts[b]), titled[a], titled[b],
        np.log1p((apart == 0).sum(1)), apart.min(1) == 0, apart.min(1) == 1,
        np.full(len(pairs), np.log1p(len(entities))),
        np.log1p(np.minimum(apart.min(1), 30)),
    )  # fmt: skip
    for column, values in enumerate(columns):
        numbers[:, column] = values
    return numbers
