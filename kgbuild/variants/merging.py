"""The union of the grammar and a neural tagger: one policy, in one table.

The grammar knows the exact ends of what it finds, so its spans win; notations that mean
other things too need a good record where the tagger found nothing, and the tagger's own
finds need to be read, or to be very sure.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from kgbuild.variants.false_positives import is_code, is_labelled
from kgbuild.variants.grammar import FAMILIES, Tier
from kgbuild.variants.mentions import RECOGNIZER, read_mentions, variant_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kgbuild.document import Mention


#: Tier of the family → lowest score (its precision) with which a mention stays where
#: the tagger found nothing. All numbers here were chosen on the development split
#: (benchmarks/variants.py --tagger).
ALONE: Mapping[Tier, float] = {"symbolic": 0.0, "weak": 0.6, "language": 0.6}
#: Lowest score with which the tagger's mention stays where the grammar found nothing:
#: one that has a normal form, and one that nobody can read.
TAGGER_ALONE_READ = 0.95
TAGGER_ALONE_UNREAD = 0.995

_TIERS: dict[str, Tier] = {family.name: family.tier for family in FAMILIES}


def merge_variants(
    document_mentions: Iterable[Mention],
    grammar_mentions: Iterable[Mention],
    *,
    text: str = "",
) -> tuple[Mention, ...]:
    """Merge a tagger's variants with the grammar's, all of one document.

    Parameters
    ----------
    document_mentions
        Mentions of any recogniser; those that are no variants, the grammar's own and
        a corpus' are passed over.
    grammar_mentions
        From :meth:`~kgbuild.variants.VariantRecognizer.mentions`.

    text
        The document's: what stands around a tagger's mention tells codes and labels.

    Returns
    -------
    tuple of Mention
        Disjoint, in the order of the text. Each keeps its recogniser and score; where
        both found a variant the attribute ``support`` names the other. The tagger's
        mentions have a normal form where their text can be read.
    """
    tagged = sorted(
        (
            m
            for m in document_mentions
            if m.type == "Variant" and m.recognizer not in (RECOGNIZER, "gold")
        ),
        key=lambda m: (m.start, -m.end),
    )
    grammar = sorted(grammar_mentions, key=lambda m: m.start)
    kept: list[Mention] = []
    by_tagger, by_grammar = _Places(tagged), _Places(grammar)
    for mention in grammar:
        winner = _against(mention, by_tagger.overlapping(mention))
        if winner is not None:
            kept.append(winner)
    kept.extend(
        m for m in tagged if not by_grammar.overlapping(m) and _stays_alone(m, text)
    )
    # The tagger's mentions may overlap each other: the surer stays.
    order = sorted(
        kept,
        key=lambda m: (
            m.recognizer != RECOGNIZER, -(m.score or 0.0), m.start, -m.end,
        ),
    )  # fmt: skip
    chosen: list[Mention] = []
    covered: set[int] = set()
    for mention in order:
        places = range(mention.start, mention.end)
        if covered.isdisjoint(places):
            covered.update(places)
            chosen.append(mention)
    return tuple(read_mentions(sorted(chosen, key=lambda m: m.start)))


def keep_support(
    mentions: Sequence[Mention], earlier: Sequence[Mention]
) -> tuple[Mention, ...]:
    """Carry over what supported a grammar's mention when the stage ran before."""
    said = {m.span: m.attribute("support") for m in earlier}
    return tuple(
        m if (by := said.get(m.span)) is None else m.with_attributes(support=by)
        for m in mentions
    )


class _Places:
    """Mentions sorted by start, asked which overlap another."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._mentions = mentions
        self._starts = [m.start for m in mentions]
        self._longest = max((m.end - m.start for m in mentions), default=0)

    def overlapping(self, mention: Mention) -> list[Mention]:
        first = bisect_left(self._starts, mention.start - self._longest)
        last = bisect_left(self._starts, mention.end)
        return [m for m in self._mentions[first:last] if m.end > mention.start]


def _against(mention: Mention, tagged: Sequence[Mention]) -> Mention | None:
    """Return a grammar's mention, as far as it stays beside those that it overlaps."""
    if tagged:
        best = max(tagged, key=lambda m: (m.score or 0.0, m.end - m.start))
        return mention.with_attributes(support=best.recognizer)
    tier = _TIERS.get(mention.attribute("family") or "", "weak")
    supported = mention.attribute("support") is not None
    return mention if supported or (mention.score or 0.0) >= ALONE[tier] else None


def _stays_alone(mention: Mention, text: str) -> bool:
    before, after = text[: mention.start][-60:], text[mention.end :][:60]
    if is_code(mention.text, before=before, after=after) or is_labelled(before):
        return False
    score = 1.0 if mention.score is None else mention.score
    read = variant_of(mention) is not None
    return score >= (TAGGER_ALONE_READ if read else TAGGER_ALONE_UNREAD)
