"""Look-up steps: they take a :class:`Query`, return candidates, and never decide."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from kgbuild.normalize.candidates import (
    Candidate,
    Facts,
    Method,
    difference,
    ranked,
    score,
)
from kgbuild.normalize.keys import simplified_key, token_key
from kgbuild.normalize.layers import merged_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.normalize.vocabulary import NameRow, Vocabulary


#: Types whose names belong to a species.
TAXON_TYPES = frozenset({"Gene", "FamilyName"})

#: "CDKN1B pseudogene 1", "INS-IGF2 readthrough".
_BY_PRODUCT = re.compile(r"(?i)\bpseudogene\b|\bread-?through\b")

#: What a symbol that another species' gene led to costs, and how many are tried.
_ORTHOLOG = 0.88
_MOST_SYMBOLS = 3


@dataclass(frozen=True, slots=True)
class Query:
    """A text to look up.

    Attributes
    ----------
    text
        The mention, or what a rule made of it.
    type
        Canonical entity type.
    taxa
        Taxa that a gene may belong to, likeliest first; empty where any will do.
    rule
        The rule that made ``text``, or ``None``.
    penalty
        Factor in (0, 1] that the rule costs.
    """

    text: str
    type: str
    taxa: tuple[int, ...] = ()
    rule: str | None = None
    penalty: float = 1.0


def names_like(query: Query, vocabularies: Sequence[Vocabulary]) -> list[NameRow]:
    """Return the names that have the query's simplified key."""
    key = simplified_key(query.text)
    return merged_rows(vocabularies, lambda v: v.lookup(key)) if key else []


def exact(
    query: Query, rows: list[NameRow], vocabularies: Sequence[Vocabulary]
) -> list[Candidate]:
    """Take the names that equal the query letter by letter.

    Parameters
    ----------
    query
        What is looked up.
    rows
        Of :func:`names_like`.
    vocabularies
        Of the type.
    """
    kept = [row for row in rows if row.text == query.text]
    if not kept:
        return []
    return _candidates(query, kept, rows, method="exact", vocabularies=vocabularies)


def simplified(
    query: Query, rows: list[NameRow], vocabularies: Sequence[Vocabulary]
) -> list[Candidate]:
    """Take the names that equal the query but for case, dashes, blanks, Greek letters.

    Parameters
    ----------
    query
        What is looked up.
    rows
        Of :func:`names_like`.
    vocabularies
        Of the type.
    """
    kept = [row for row in rows if row.text != query.text]
    if not kept:
        return []
    return _candidates(
        query, kept, rows, method="simplified", vocabularies=vocabularies
    )


def by_words(query: Query, vocabularies: Sequence[Vocabulary]) -> list[Candidate]:
    """Find names of the same words: order, plural, stop words, numerals aside."""
    tokens = token_key(query.text)
    if not tokens:
        return []
    rows = merged_rows(vocabularies, lambda v: v.lookup_tokens(tokens))
    if " " not in tokens:
        rows += merged_rows(vocabularies, lambda v: v.lookup(tokens))
    if query.type in TAXON_TYPES:
        rows = [row for row in rows if not _adds_s(query.text, row.text)]
    if not rows:
        return []
    return _candidates(query, rows, rows, method="words", vocabularies=vocabularies)


def _adds_s(text: str, name: str) -> bool:
    """Whether a name is a symbol with an s more: FPG is no FPGS, "FPGs" are FPG."""
    return text.isalnum() and text.isupper() and name.lower() == f"{text.lower()}s"


def orthologs(
    query: Query, vocabularies: Sequence[Vocabulary]
) -> tuple[Candidate, ...]:
    """Find the gene of the wanted species that is called like another species' gene.

    Authors call a mouse gene by what only the human gene is called in vocabularies:
    that gene's symbol leads back to the mouse.
    """
    if not query.taxa:
        return ()
    anywhere = Query(query.text, query.type)
    rows = names_like(anywhere, vocabularies)
    if rows:
        found = exact(anywhere, rows, vocabularies) + simplified(
            anywhere, rows, vocabularies
        )
    else:
        found = by_words(anywhere, vocabularies)
    # Genes that no species is known of are no species' gene.
    symbols = {c.name: None for c in ranked(found) if c.taxon is not None}
    for symbol in list(symbols)[:_MOST_SYMBOLS]:
        again = Query(
            symbol, query.type, query.taxa, "ortholog", _ORTHOLOG * query.penalty
        )
        rows = [r for r in names_like(again, vocabularies) if r.status == "preferred"]
        candidates = exact(again, rows, vocabularies)
        candidates += simplified(again, rows, vocabularies)
        if candidates:
            return ranked(candidates)
    return ()


@lru_cache(maxsize=100_000)
def is_by_product(
    text: str, concept: str, vocabularies: tuple[Vocabulary, ...]
) -> bool:
    """Whether a name is rather another gene's than this one's.

    Pseudogenes and read-throughs bear the names of the genes they come from, and
    receptors, in some lists, those of their ligands.
    """
    receptor = simplified_key(f"{text} receptor")
    return any(
        _BY_PRODUCT.search(name) or simplified_key(name) == receptor
        for vocabulary in vocabularies
        for name, _ in vocabulary.names(concept)
    )


def _candidates(
    query: Query,
    rows: list[NameRow],
    all_rows: list[NameRow],
    *,
    method: Method,
    vocabularies: Sequence[Vocabulary],
) -> list[Candidate]:
    """Make candidates of names; shares are among all names of the key and species."""
    vocabularies = tuple(vocabularies)
    ranks = {taxon: rank for rank, taxon in enumerate(query.taxa)}
    if ranks:
        # A concept whose species nobody states counts only where no other fits.
        of_taxa = [row for row in all_rows if row.taxon in ranks]
        all_rows = of_taxa or [row for row in all_rows if row.taxon is None]
        kept = {id(row) for row in all_rows}
        rows = [row for row in rows if id(row) in kept]
    observed: Counter[str] = Counter()
    total: Counter[int | None] = Counter()
    for row in all_rows:
        observed[row.concept] += row.count
        # How often the human gene is meant says nothing about the mouse's.
        total[row.taxon] += row.count
    found = []
    for row in rows:
        rank = None
        if ranks:
            rank = len(ranks) + 2 if row.taxon is None else ranks[row.taxon]
        facts = Facts(
            query=query.text,
            matched=row.text,
            status=row.status,
            difference=difference(query.text, row.text),
            rule=query.rule,
            penalty=query.penalty,
            observed=(
                observed[row.concept] / total[row.taxon] if total[row.taxon] else None
            ),
            taxon_rank=rank,
            by_product=(
                query.type in TAXON_TYPES
                and row.status not in {"preferred", "observed"}
                and is_by_product(query.text, row.concept, vocabularies)
            ),
        )
        found.append(
            Candidate(
                concept=row.concept,
                name=row.name,
                taxon=row.taxon,
                method="rule" if query.rule else method,
                facts=facts,
                score=score(facts),
                weight=row.weight,
            )
        )
    return found
