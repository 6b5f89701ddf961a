"""The union of the grammar and a neural tagger: one policy, in one table.

The grammar is precise on notations and knows their exact ends; the tagger reads
language. So notations win on spans, notations that mean other things too need support,
and words go to whoever is surer.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgbuild.variants._interpret import is_labelled
from kgbuild.variants.false_positives import is_code
from kgbuild.variants.grammar import FAMILIES, Tier
from kgbuild.variants.mentions import RECOGNIZER, read_mentions, variant_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kgbuild.document import Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of a grammar's mention.

    Attributes
    ----------
    span
        Lowest score with which its span wins where the tagger's overlaps. Below, the
        tagger's wins if it has the higher score and can be read.
    alone
        Lowest score with which it stays where the tagger found nothing.
    """

    span: float
    alone: float


#: Tier of the family → rule. The scores are the families' precision.
POLICY: Mapping[Tier, Rule] = {
    "symbolic": Rule(span=0.0, alone=0.0),
    "weak": Rule(span=0.0, alone=0.7),
    "language": Rule(span=0.7, alone=0.6),
}
#: Lowest score with which the tagger's mention stays where the grammar found nothing:
#: one that has a normal form, and one that nobody can read.
TAGGER_ALONE_READ = 0.6
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
    # Two of the grammar's mentions may have lost to one of the tagger's, and a winner
    # may reach into a neighbour: notations first, then the surer.
    order = sorted(
        kept, key=lambda m: (not _takes_span(m), -(m.score or 0.0), m.start, -m.end)
    )
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


def _rule(mention: Mention) -> Rule:
    return POLICY[_TIERS.get(mention.attribute("family") or "", "weak")]


def _takes_span(mention: Mention) -> bool:
    if mention.recognizer != RECOGNIZER:
        return False
    return (mention.score or 0.0) >= _rule(mention).span


def _against(mention: Mention, tagged: Sequence[Mention]) -> Mention | None:
    """Return who stays of a grammar's mention and those it overlaps."""
    score = mention.score or 0.0
    if not tagged:
        supported = mention.attribute("support") is not None
        return mention if supported or score >= _rule(mention).alone else None
    best = max(tagged, key=lambda m: (m.score or 0.0, m.end - m.start))
    if (
        not _takes_span(mention)
        and (best.score or 0.0) > score
        and best.span != mention.span
        and variant_of(best) is not None
    ):
        return best.with_attributes(support=RECOGNIZER)
    return mention.with_attributes(support=best.recognizer)


def _stays_alone(mention: Mention, text: str) -> bool:
    before, after = text[: mention.start][-60:], text[mention.end :][:60]
    if is_code(mention.text, before=before, after=after) or is_labelled(before):
        return False
    score = 1.0 if mention.score is None else mention.score
    read = variant_of(mention) is not None
    return score >= (TAGGER_ALONE_READ if read else TAGGER_ALONE_UNREAD)
