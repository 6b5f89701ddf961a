"""Look-up steps: they take a :class:`Query`, return candidates, and never decide."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kgbuild.normalize.candidates import (
    Candidate,
    Facts,
    Method,
    difference,
    ranked,
    score,
)
from kgbuild.normalize.joining import PREFERENCE
from kgbuild.normalize.keys import simplified_key, token_key, words
from kgbuild.normalize.layers import identity, merged_rows
from kgbuild.normalize.species import HUMAN, RODENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.normalize.vocabulary import NameRow, Vocabulary


#: Types whose names belong to a species.
TAXON_TYPES = frozenset({"Gene", "Protein", "FamilyName"})

#: "CDKN1B pseudogene 1", "INS-IGF2 readthrough"; a "(gene/pseudogene)" is a gene.
_BY_PRODUCT = re.compile(
    r"(?i)(?<!gene/)\bpseudogene\b|\bread-?through\b|\bantisense\b"
)

#: A symbol with a number is a receptor's own: AT1, "AT(1)", ET-A2, P2Y12. (The last has
#: its ligand's name nowhere in it.)
_PURINOCEPTOR = re.compile(r"P2[XY]\d+")
_NUMBERED_SYMBOL = re.compile(rf"[A-Z]{{1,3}}[-(]?\d[A-Za-z)]?|{_PURINOCEPTOR.pattern}")

#: Species whose genes are called after those of people, and how long a name may be
#: that others gave without a thought of these: amn, put, pan.
_OWN_NAME = 3
VERTEBRATES = frozenset({
    HUMAN, *RODENTS, 7955, 8355, 8364, 9031, 9544, 9598, 9615, 9796, 9823, 9913,
})  # fmt: skip

#: What a symbol that another species' gene led to costs, how many are tried, and how
#: much that gene must be called so: a fish's "ef1" says nothing of EF1.
_ORTHOLOG = 0.88
_LEAST_ALIKE = 0.8
_MOST_SYMBOLS = 3

#: Two letters name too much in some species or other: NO, DA, BP.
_LEAST_LETTERS = 3

#: How much worse a concept of the preferred name space may be than one of another.
_NAME_SPACE = 0.15

#: What a capital makes of a score.
_CAPITAL = 0.01

#: In how many documents annotators must have used a name, and what share of them for
#: one concept, to go before a dictionary's synonym.
_LEAST_DOCUMENTS = 2
MAJORITY = 2 / 3

#: A few capitals and numbers, one or several: GR, COX-1, D(2), GLUTs. A rodent's own
#: symbol is written otherwise: Trif. How many letters genes of a family share.
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9()-]{0,7}s?", re.ASCII)
_FAMILY = 3


class Query(NamedTuple):
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
    listed
        Whether the user's lists alone are asked.
    """

    text: str
    type: str
    taxa: tuple[int, ...] = ()
    rule: str | None = None
    penalty: float = 1.0
    listed: bool = False


def names_like(query: Query, vocabularies: Sequence[Vocabulary]) -> list[NameRow]:
    """Return the names that have the query's simplified key."""
    key = simplified_key(query.text)
    return merged_rows(vocabularies, key, listed=query.listed) if key else []


def by_letters(
    query: Query, rows: list[NameRow], vocabularies: Sequence[Vocabulary]
) -> list[Candidate]:
    """Take the names that equal the query, but for case, dashes, blanks, Greek letters.

    Those that equal it letter by letter come first.

    Parameters
    ----------
    query
        What is looked up.
    rows
        Of :func:`names_like`.
    vocabularies
        Of the type.
    """
    if not rows:
        return []
    rows = sorted(rows, key=lambda row: row.text != query.text)
    return _candidates(query, rows, vocabularies)


def by_words(query: Query, vocabularies: Sequence[Vocabulary]) -> list[Candidate]:
    """Find names of the same words: order, plural, stop words, numerals aside."""
    tokens = token_key(query.text)
    if not tokens:
        return []
    rows = merged_rows(vocabularies, tokens, by_words=True, listed=query.listed)
    if " " not in tokens:
        rows += merged_rows(vocabularies, tokens, listed=query.listed)
    rows = [row for row in rows if not _is_another(query, row.text)]
    if not rows:
        return []
    return _candidates(query, rows, vocabularies, method="words")


#: Letters and numbers that stand for a name.
_SHORT_FORM = re.compile(r"(?=.*[A-Z])[A-Za-z0-9-]{2,5}")


def _is_another(query: Query, name: str) -> bool:
    """Whether a name of the same words is that of another thing."""
    text, gene = query.text, query.type in TAXON_TYPES
    if gene and (
        _adds_s(text, name)
        or _repeats_number(text, name)
        # "Hexosaminidase A" is one of several; its A is no article.
        or (_LONE_A.search(text) is not None and _LONE_A.search(name) is None)
    ):
        return True
    if query.type == "Species" and (
        _is_latin_with_s(text, name) or _lacks_genus(text, name)
    ):
        return True
    # Genes have names of many words, and dashes come and go in their symbols.
    spelled_out = gene and (" " in name or "-" in text)
    return (
        not spelled_out
        and _SHORT_FORM.fullmatch(text) is not None
        and _hides_letters(text, name)
    )


#: A letter that names the kind: at the end, or before what else it is.
_LONE_A = re.compile(r"(?<=[\w)] )A\b(?!\.)|(?<=[a-z])-A\b(?!-)")


def _hides_letters(text: str, name: str) -> bool:
    """Whether a name has letters more than a short form: DHA is no "DHA-As"."""
    if name in {f"{text}S", f"{text}-S"}:
        return True  # ARM is no ARMS, and HLA no HLA-S
    given, other = simplified_key(text), simplified_key(name)
    return other.removesuffix("s") != given.removesuffix("s")


def _adds_s(text: str, name: str) -> bool:
    """Whether a name is a symbol with an s more: FPG is no FPGS, "FPGs" are FPG."""
    symbol = text.isalnum() and text[0].isupper() and text[-1].isupper()
    return symbol and name.lower() == f"{text.lower()}s"


def _is_latin_with_s(text: str, name: str) -> bool:
    """Whether a genus is no plural of the text: Typhi are no snails of Typhis.

    Nor is a family's name that of its genus: "Candida sp." is none of Candidae.
    """
    genus = text.partition(" ")[0]
    if genus[:1].isupper() and name.partition(" ")[0] == f"{genus}e":
        return True
    return (
        name[:1].isupper()
        and " " not in name
        and name.lower().endswith(f"{text.lower().rpartition(' ')[2]}s")
    )


def _lacks_genus(text: str, name: str) -> bool:
    """Whether a name's genus, shortened, is lost: a mare is no Angustonicus mare."""
    return name[1:2] == "." and not text.startswith(name[:1])


def _repeats_number(text: str, name: str) -> bool:
    """Whether a name has a number of the text once more: 5-HT is no 5-HT-5."""
    given, other = (
        [word for word in words(value) if word.isdigit()] for value in (text, name)
    )
    return len(given) < len(other) and set(given) == set(other)


def orthologs(
    query: Query, vocabularies: Sequence[Vocabulary]
) -> tuple[Candidate, ...]:
    """Find the gene of the wanted species that is called like another species' gene.

    Authors call a mouse gene by what only the human gene is called in vocabularies:
    that gene's symbol leads back to the mouse.
    """
    if not query.taxa or len(simplified_key(query.text)) < _LEAST_LETTERS:
        return ()
    anywhere = Query(query.text, query.type)
    rows = names_like(anywhere, vocabularies)
    found = (
        by_letters(anywhere, rows, vocabularies)
        if rows
        else by_words(anywhere, vocabularies)
    )
    # Genes that no species is known of are no species' gene. The fly's amn is no Amn.
    symbols: dict[str, str] = {}
    for c in ranked(found):
        short = c.taxon not in VERTEBRATES and len(c.name) <= _OWN_NAME
        if c.taxon is None or short or c.facts.by_product or c.score < _LEAST_ALIKE:
            continue
        symbols.setdefault(c.name.lower(), c.name)
    tried = list(symbols.values())[:_MOST_SYMBOLS]
    # TP53 is Trp53 in mice: HGNC says which genes of mouse and rat are the same.
    concepts = [c.concept for c in ranked(found) if c.name in tried]
    tried += _names_elsewhere(concepts, query.taxa, tuple(vocabularies))
    return _with_symbols(tried, query, vocabularies)


def _with_symbols(
    symbols: list[str], query: Query, vocabularies: Sequence[Vocabulary]
) -> tuple[Candidate, ...]:
    """Return the query's species' genes of the first symbol that has one."""
    for symbol in symbols:
        again = query._replace(
            text=symbol, rule="ortholog", penalty=_ORTHOLOG * query.penalty
        )
        rows = [r for r in names_like(again, vocabularies) if r.status == "preferred"]
        candidates = by_letters(again, rows, vocabularies)
        if candidates:
            return ranked(candidates)
    return ()


def as_in_people(
    query: Query,
    candidates: tuple[Candidate, ...],
    vocabularies: Sequence[Vocabulary],
) -> tuple[Candidate, ...]:
    """Put what a short symbol means in people before a rodent's synonym.

    "GR" is the glucocorticoid receptor, though the glucagon receptor of mice has it
    for a synonym and their glucocorticoid receptor has not.
    """
    if not candidates or not query.taxa or query.taxa[0] not in RODENTS:
        return candidates
    best = candidates[0]
    own = best.taxon in RODENTS
    if best.facts.status not in {"synonym", "related"} or not _SYMBOL.fullmatch(
        query.text if own else query.text.upper()
    ):
        return candidates
    people = look_up(query._replace(taxa=(HUMAN,)), vocabularies)
    if not people or people[0].facts.rivals or people[0].facts.by_product:
        return candidates
    # CD3 is a chain of CD3 in either.
    alike = people[0].name[:_FAMILY].lower() == best.name[:_FAMILY].lower()
    if own and alike and best.facts.difference == "none":
        return candidates
    symbols = [people[0].name]
    first = query._replace(taxa=query.taxa[:1])
    symbols += _names_elsewhere([people[0].concept], first.taxa, tuple(vocabularies))
    found = _with_symbols(symbols, first, vocabularies)
    if not found or found[0].concept == best.concept:
        return candidates
    return (found[0], *(c for c in candidates if c.concept != found[0].concept))


def of_likeliest_species(
    query: Query,
    candidates: tuple[Candidate, ...],
    vocabularies: Sequence[Vocabulary],
) -> tuple[Candidate, ...]:
    """Put the likeliest species' gene before its like that alone is called so.

    Of rat genes most lists have symbols only: in a paper on rats "stem cell factor" is
    no human gene because only that one is spelled out.
    """
    first = query.taxa[:1]
    taxa = {c.taxon for c in candidates}
    if len(query.taxa) < 2 or not taxa or not taxa <= VERTEBRATES.difference(first):
        return candidates
    symbols = [candidates[0].name]
    symbols += _names_elsewhere([candidates[0].concept], first, tuple(vocabularies))
    return (
        *_with_symbols(symbols, query._replace(taxa=first), vocabularies)[:1],
        *candidates,
    )


def _names_elsewhere(
    concepts: list[str], taxa: tuple[int, ...], layers: tuple[Vocabulary, ...]
) -> list[str]:
    """Return the symbols of the genes of some species that genes refer to."""
    found = []
    for layer in layers:
        for xref in (xref for concept in concepts for xref in layer.xrefs(concept)):
            if xref.startswith(("mgi:", "rgd:")):
                _, name, taxon, _ = identity(xref, layers)
                if taxon in taxa and name not in found:
                    found.append(name)
    return found


def look_up(query: Query, vocabularies: Sequence[Vocabulary]) -> tuple[Candidate, ...]:
    """Run the steps exact, simplified and words.

    Of names that are nearly as good, one of the preferred name space comes first.
    """
    rows = names_like(query, vocabularies)
    found = by_letters(query, rows, vocabularies) or by_words(query, vocabularies)
    if not found:
        return ()
    candidates = _with_rivals(ranked(found))
    if query.type in PREFERENCE:  # a capital does make another cell line
        candidates = _own_name_first(query, candidates)
    best, *others = candidates
    if not in_preferred_space(best.concept, query.type):
        for other in others:
            near = other.score >= best.score - _NAME_SPACE
            if near and in_preferred_space(other.concept, query.type):
                return (other, *(c for c in candidates if c is not other))
    return candidates


def _own_name_first(
    query: Query, candidates: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """Put the concept that is called so before one that is called so as well.

    Else a capital decides between candesartan and its ester, for which a list of
    brands has "Candesartan".
    """
    best = candidates[0]
    asked = query.text.lower()
    if best.name.lower() == asked:
        return candidates
    for other in candidates[1:]:
        if other.score >= best.score - _CAPITAL and other.name.lower() == asked:
            return (other, *(c for c in candidates if c is not other))
    return candidates


def in_preferred_space(concept: str, entity_type: str) -> bool:
    """Whether a concept is in the name space that its type prefers, if it has one."""
    spaces = PREFERENCE.get(entity_type, ())
    return not spaces or concept.startswith(f"{spaces[0]}:")


def _with_rivals(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Note on the best candidates how many others are as good."""
    top = candidates[0]
    level = [c for c in candidates if c.score == top.score and c.weight == top.weight]
    if len(level) == 1:
        return candidates
    noted = []
    for candidate in candidates:
        if candidate in level:
            facts = candidate.facts._replace(rivals=len(level) - 1)
            noted.append(candidate._replace(facts=facts, score=score(facts)))
        else:
            noted.append(candidate)
    return ranked(noted)


@lru_cache(maxsize=100_000)
def is_by_product(
    text: str, concept: str, vocabularies: tuple[Vocabulary, ...]
) -> bool:
    """Whether a name is rather another gene's than this one's.

    Pseudogenes, read-throughs and antisense RNAs bear the names of the genes they come
    from, and receptors, in some lists, those of their ligands.
    """
    own = _NUMBERED_SYMBOL.fullmatch(text) or "receptor" in words(text)
    receptor = None if own else token_key(f"{text} receptor")
    return any(
        _BY_PRODUCT.search(name) or ("eceptor" in name and token_key(name) == receptor)
        for vocabulary in vocabularies
        for name, _ in vocabulary.names(concept)
    )


def still_receptors(
    rewritten: Query,
    candidates: tuple[Candidate, ...],
    query: Query,
    vocabularies: Sequence[Vocabulary],
) -> tuple[Candidate, ...]:
    """Leave out what a receptor binds, where a rewrite has lost the receptor.

    Without its last word, the vasopressin receptor is vasopressin.
    """
    kept = (
        query.type not in TAXON_TYPES
        or "eceptor" in rewritten.text
        or _PURINOCEPTOR.fullmatch(rewritten.text)
    )
    if kept or "receptor" not in words(query.text):
        return candidates
    return tuple(
        c
        for c in candidates
        if any("eceptor" in n for v in vocabularies for n, _ in v.names(c.concept))
    )


def _observed_shares(
    rows: Sequence[NameRow],
) -> dict[tuple[int | None, str], float]:
    """Return each concept's share of what annotators meant by a name in its species.

    Nothing where a dictionary has the name as well, and annotators used it in a single
    document or for several concepts without a clear majority.
    """
    if not any(row.count for row in rows):
        return {}
    counts: dict[int | None, Counter[str]] = {}
    for row in rows:
        # How often the human gene is meant says nothing about the mouse's.
        counts.setdefault(row.taxon, Counter())[row.concept] += row.count
    listed = {row.taxon for row in rows if row.status != "observed"}
    shares = {}
    for taxon, of_concept in counts.items():
        total, most = of_concept.total(), max(of_concept.values())
        clear = total >= _LEAST_DOCUMENTS and most >= MAJORITY * total
        if total and (clear or taxon not in listed):
            for concept, count in of_concept.items():
                shares[taxon, concept] = count / total
    return shares


#: A short form among the words of a name, and whose name it is: MASS, Vessel's.
_LETTERS_IN_NAME = re.compile(r"\b[A-Z]{2,6}\b")
_LETTERS = 5
_WHOSE = re.compile(r"\b([A-Z][a-z]+)['’]s\b")


def _is_misread(query: Query, name: str, method: Method | None) -> bool:
    """Whether a word of a text is no word in a name that a rewrite or its words led to.

    A mass lesion is no MASS syndrome, a cold no COLD, and vessel diseases are not those
    that a Vessel described.
    """
    asked = query.text
    if method != "words" and query.rule is None:
        return asked.islower() and len(asked) <= _LETTERS and name == asked.upper()
    if name.islower():
        return False
    # Of a catalogue's names in capitals, no word is a short form.
    written = " " not in name or not name.isupper()
    letters = _LETTERS_IN_NAME.findall(name) if written else ()
    if letters and any(_has_word(asked, short.lower()) for short in letters):
        return True
    whose = None if "'" in asked or "’" in asked else _WHOSE.search(name)
    return whose is not None and _has_word(asked, whose[1].lower())


def _has_word(text: str, word: str) -> bool:
    """Whether a text has a word in just these letters."""
    return word in text and re.search(rf"\b{re.escape(word)}\b", text) is not None


def _candidates(
    query: Query,
    rows: list[NameRow],
    vocabularies: Sequence[Vocabulary],
    *,
    method: Method | None = None,
) -> list[Candidate]:
    """Make candidates of names; shares are among all names of the key and species.

    Without a ``method``, the letters tell it.
    """
    if query.type == "Disease":
        misread = {r.concept for r in rows if _is_misread(query, r.text, method)}
        rows = [row for row in rows if row.concept not in misread]
    vocabularies = tuple(vocabularies)
    ranks = {taxon: rank for rank, taxon in enumerate(query.taxa)}
    if ranks:
        # A concept whose species nobody states counts only where no other fits.
        of_taxa = [row for row in rows if row.taxon in ranks]
        rows = of_taxa or [row for row in rows if row.taxon is None]
    shares = _observed_shares(rows)
    if method == "words" or query.rule not in {None, "composite"}:
        # What one document calls so is no ground for what is not even called so.
        rows = [row for row in rows if row.status != "observed" or row.count > 1]
    found = []
    for row in rows:
        rank = None
        if ranks:
            rank = len(ranks) + 2 if row.taxon is None else ranks[row.taxon]
        found_by = method or ("exact" if row.text == query.text else "simplified")
        facts = Facts(
            query=query.text,
            matched=row.text,
            status=row.status,
            difference=difference(query.text, row.text),
            rule=query.rule,
            penalty=query.penalty,
            observed=shares.get((row.taxon, row.concept)),
            documents=row.count,
            taxon_rank=rank,
            by_product=(
                query.type in TAXON_TYPES
                and not query.listed
                and row.status != "preferred"
                and (row.status != "observed" or row.count == 1)
                and is_by_product(row.text, row.concept, vocabularies)
            ),
        )
        found.append(
            Candidate(
                concept=row.concept,
                name=row.name,
                taxon=row.taxon,
                method="rule" if query.rule else found_by,
                facts=facts,
                score=score(facts),
                weight=row.weight,
            )
        )
    return found
