"""The cascade on one text: what its names, parts and rewrites mean, by rules alone.

Steps 2 to 5 of :mod:`kgbuild.normalize.normalizer`; what the text's document says about
it is not known here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

from kgbuild.normalize.candidates import (
    UNLINKED,
    by_abbreviation,
    is_own_name,
    link_of,
    link_of_parts,
    ranked,
    score,
)
from kgbuild.normalize.composites import (
    CONJUNCTION,
    is_name_of_each,
    is_range,
    may_be_several,
    of_one_species,
    splits,
)
from kgbuild.normalize.concepts import CACHE_SIZE
from kgbuild.normalize.gene_rewrites import without_prefix, without_species
from kgbuild.normalize.general_diseases import catalogued, general_name
from kgbuild.normalize.joining import PREFERENCE
from kgbuild.normalize.keys import words
from kgbuild.normalize.layers import identity
from kgbuild.normalize.rewrites import (
    germ_of,
    is_no_gene,
    meaning_of_symbol,
    only_qualifies,
    rewrites,
    usual_meaning,
    without_brackets,
)
from kgbuild.normalize.rewriting import rule_data, word_set
from kgbuild.normalize.rules import (
    MAJORITY,
    TAXON_TYPES,
    VERTEBRATES,
    Query,
    as_in_people,
    in_preferred_space,
    look_up,
    of_likeliest_species,
    orthologs,
    still_receptors,
)
from kgbuild.normalize.species import HUMAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.normalize.candidates import Candidate, Link
    from kgbuild.normalize.concepts import ConceptLookup
    from kgbuild.normalize.thresholds import Thresholds

#: Rules that spell a gene's whole name in another way.
_SAME_NAME = frozenset((
    "same meaning", "type", "plural", "Greek letter", "receptor", "species",
))  # fmt: skip

#: Rules that leave the meaning, the least they may cost, and what a broader one and the
#: first of several of a name cost.
_SAFE = frozenset((
    "same meaning", "ending", "salt", "completed", "stereo", "first of its name",
    "measure", "P450",
))  # fmt: skip
_SAFE_PENALTY = 0.8

#: Rules that keep a piece of a text.
_PIECES = frozenset({"head", "general"})

#: Words that make a disease of any other.
_KINDS = frozenset({"condition", "disease", "disorder", "syndrome"})

#: Steps that find the text itself for a name.
_NAMED = frozenset({"exact", "simplified"})

_BROADER = 0.9
_GENERAL = 0.6
_HEAD = 0.65
_NUMBER_GIVEN = 0.98
_FIRST = 0.85

_NUMBER = re.compile(r"\d+")

#: A gene's name that ends in a number, and a symbol that has one: IL-23, IL23A.
_NUMBERED = re.compile(r"(?P<stem>.*[A-Za-z])[ -]?(?P<number>\d+)")
#: Two letters or more, and a number, or four capitals: NRG-1, OX40, OSCP.
_LONG_SYMBOL = re.compile(r"(?=.*\d)(?=.*[A-Z])[A-Za-z]{2}|[A-Z]{4}")
_NUMBERED_SYMBOL = re.compile(r"[A-Za-z]+(?P<number>\d+)[A-Za-z]?")
_ALIASES = frozenset({"synonym", "related"})
_FIRST_PART = "first of its name"

#: The least score of each part that together beat a name of the whole.
_SURE_PART = 0.85


class Cascade:
    """Says what texts mean, and remembers it.

    Parameters
    ----------
    lookup
        What the vocabularies know.
    thresholds
        From which score on a candidate is linked.
    """

    def __init__(self, lookup: ConceptLookup, thresholds: Thresholds) -> None:
        self._lookup = lookup
        self._of = lookup.of
        self._thresholds = thresholds
        self.find = lru_cache(maxsize=CACHE_SIZE)(self._find)
        self._remembered = lru_cache(maxsize=CACHE_SIZE)(self._listed)

    def _find(self, text: str, kind: str, taxa: tuple[int, ...]) -> Link:
        """Return what a text of a type means; genes may be of these taxa."""
        if not self._of(kind):
            return UNLINKED
        listed = self.listed(text, kind, taxa)
        if listed.concepts:
            return listed
        link = self._steps(Query(text, kind, taxa))._replace(taxa=taxa)
        told = None
        if kind == "Disease":
            told = self._disease(text, link)
        elif kind == "Chemical":
            told = self._formula(text, link)
        elif kind in TAXON_TYPES:
            told = self._gene(text, kind, link)
        elif kind == "Anatomy":
            told = self._organ(text)
        if told is not None:
            return told
        if not link.concepts or link.composite or self._is_at_home(link, kind):
            return link
        if _is_agreed_on(link.candidates[0]):
            return link
        return self._in_preferred_name_space(link, text, kind)

    def listed(self, text: str, kind: str, taxa: tuple[int, ...]) -> Link:
        """Return what a list of the user's says of a text that is a name of it.

        No rewrite and no other vocabulary goes before it. A gene may be of any of the
        taxa, and not of the likeliest alone.
        """
        lists = self._lookup.has_lists
        return self._remembered(text, kind, taxa) if lists else UNLINKED

    def _listed(self, text: str, kind: str, taxa: tuple[int, ...]) -> Link:
        vocabularies = self._of(kind)
        if not any(v.layer == "list" for v in vocabularies):
            return UNLINKED
        query = Query(text, kind, taxa, listed=True)
        candidates = look_up(query, vocabularies)
        if kind in TAXON_TYPES:
            candidates = as_in_people(query, candidates, vocabularies)
            candidates = of_likeliest_species(query, candidates, vocabularies)
        if not candidates:
            return UNLINKED
        facts = candidates[0].facts
        sure = score(facts._replace(taxon_rank=None))
        # "IL-1/6" has the letters of IL16, and is not its name.
        several = facts.difference == "punctuation" and CONJUNCTION.search(text)
        if several or sure < self._thresholds.of(kind):
            return UNLINKED
        return link_of(candidates)._replace(taxa=taxa)

    def _is_at_home(self, link: Link, kind: str) -> bool:
        """Whether a link is in its type's preferred name space, or the user's list."""
        return _is_preferred(link, kind) or any(
            v.layer == "list" and v.concept(link.concepts[0]) for v in self._of(kind)
        )

    def _disease(self, text: str, link: Link) -> Link | None:
        """Return what a disease's text means that no name says, or ``None``."""
        if only_qualifies(text) and not is_own_name(link):
            return UNLINKED
        if link.method not in _NAMED and (number := catalogued(text)) is not None:
            return self._numbered(number)
        heading = self._under_its_heading(text, link)
        if heading is not None:
            return heading
        germ = germ_of(text)
        named = link.concepts and link.method != "rule"
        if germ is None or (named and self._is_at_home(link, "Disease")):
            return None if link.concepts else self._in_general(text)
        if "." in germ or self.find(germ, "Species", ()).method in _NAMED:
            return self._infection(germ)
        return None

    def _numbered(self, number: str) -> Link | None:
        """Return the disease of a catalogue's number in a paper, or ``None``."""
        concept, name, *_ = identity(number, self._of("Disease"))
        asked = Query(name, "Disease", (), "number", _NUMBER_GIVEN)
        found = look_up(asked, self._of("Disease"))
        return self._sure([c for c in found if c.concept == concept])

    def _in_general(self, text: str) -> Link | None:
        """Return what diseases of a place, or inherited ones, are called."""
        name = general_name(text)
        if name is None:
            return None
        asked = Query(name, "Disease", (), "general", _GENERAL)
        return self._sure(look_up(asked, self._of("Disease")))

    def _sure(self, candidates: Sequence[Candidate]) -> Link | None:
        """Return a link to the first of a disease's candidates if it reaches enough."""
        reached = _reaches(candidates, self._thresholds.of("Disease"))
        return link_of(tuple(candidates)) if reached else None

    def _formula(self, text: str, link: Link) -> Link | None:
        """Return what an element's or an ion's symbol means, or ``None``."""
        symbol = meaning_of_symbol(text)
        if symbol is None:
            return None
        meant = self._steps(Query(symbol, "Chemical"))
        # O2 is oxygen, although a paper wrote it for superoxide.
        known = meant.concepts not in {(), link.concepts}
        return meant._replace(method="rule") if known else None

    def _organ(self, text: str) -> Link | None:
        """Return what everybody means by an organ's name, if a vocabulary has it."""
        usual: dict[str, str] = rule_data()["anatomy"]["usual"]
        lowered = text.lower()
        name = usual.get(lowered) or usual.get(lowered.removesuffix("s"))
        link = self._steps(Query(name, "Anatomy")) if name else UNLINKED
        return link._replace(method="rule") if link.method in _NAMED else None

    def _gene(self, text: str, kind: str, link: Link) -> Link | None:
        """Return what everybody means by a gene's short form, or ``None``."""
        if is_no_gene(without_species(text)):
            return UNLINKED
        # It needs no definition: LH is no lysyl hydroxylase.
        usual = usual_meaning(text)
        taxa = link.taxa
        if usual is None:
            if not link.concepts or link.composite:
                return None
            found = self._of_its_number(Query(text, kind, taxa), link.candidates)
            same = found is link.candidates
            return None if same else link_of(found)._replace(taxa=taxa)
        long = self._steps(Query(usual, kind, taxa))._replace(taxa=taxa)
        return self.as_defined(link, long, expanded=usual, whole=True)

    def _of_its_number(
        self, query: Query, candidates: tuple[Candidate, ...]
    ) -> tuple[Candidate, ...]:
        """Put the gene of a text's number before one of another that has the alias.

        IL-23 is an alias of IL37, which is interleukin 37; interleukin 23 has a subunit
        that is called so. Where no gene has the number, the alias counts.
        """
        asked = _NUMBERED.fullmatch(query.text)
        best = candidates[0] if candidates else None
        if best is None or asked is None or best.facts.status not in _ALIASES:
            return candidates
        own = _NUMBERED_SYMBOL.fullmatch(best.name)
        if own is None or own["number"] == asked["number"]:
            return candidates
        if not self._lookup.is_called(best.concept, asked["stem"] + own["number"]):
            return candidates
        for end in ("A", " subunit alpha"):
            named = query._replace(
                text=query.text + end, rule=_FIRST_PART, penalty=0.95
            )
            layers = self._of(query.type)
            for found in of_likeliest_species(named, look_up(named, layers), layers):
                symbol = _NUMBERED_SYMBOL.fullmatch(found.name)
                if symbol and symbol["number"] == asked["number"]:
                    return (
                        found,
                        *(c for c in candidates if c.concept != found.concept),
                    )
        return candidates

    def as_defined(self, own: Link, long: Link, *, expanded: str, whole: bool) -> Link:
        """Choose between a mention with short forms and its spelled-out text.

        What the document defines counts, not what the letters mean elsewhere: in
        "acute dermatitis (AD)" no AD is Alzheimer's disease. The letters' own meaning
        is kept where its names share a word with the long form.

        Parameters
        ----------
        own, long
            What the two are linked to.
        expanded
            The mention spelled out.
        whole
            Whether the mention is nothing but a short form.
        """
        if not self._lookup.shares_words(own.concepts, expanded):
            # Of worm and cress only symbols are listed, which share no word; protein
            # kinase N (PKN) is the first of its name.
            known = self._lookup
            kept = not long.concepts and own.concepts and (
                (all(map(known.is_symbol_alone, own.concepts))
                and not self._is_other_in_people(own, expanded))
                or known.is_numbered(own.concepts, expanded)
            )  # fmt: skip
            return own if kept else by_abbreviation(long)
        if not long.concepts:
            return own
        # A name beats what only a rewrite of the long form has brought up.
        if long.method == "rule" and own.method != "rule":
            return own
        better = not whole and (own.score or 0) >= (long.score or 0)
        return own if better else by_abbreviation(long)

    def _is_other_in_people(self, link: Link, expanded: str) -> bool:
        """Whether a rat's gene, by what it is called in people, is not what is defined.

        "Platelet activating factor (PAF)" is no gene, though a rat gene of which only
        symbols are listed has the letters.
        """
        best = link.candidates[0]
        if best.taxon not in VERTEBRATES:
            return False
        query = Query(best.name.upper(), "Gene", (HUMAN,))
        people = [c.concept for c in look_up(query, self._of("Gene"))[:1]]
        return not self._lookup.shares_words(people, expanded)

    def _infection(self, germ: str) -> Link:
        """Return what the infection with a germ is called, or with its genus."""
        name = self.find(germ, "Species", ()).name or germ
        named = [f"{name} infections", f"{name.split()[0]} infections"]
        found = [self._steps(Query(text, "Disease")) for text in named]
        found = [f for f in found if f.concepts and f.method != "rule"]
        if not found:
            return UNLINKED
        # The first of MeSH's, else the first.
        best = min(found, key=lambda link: not _is_preferred(link, "Disease"))
        return best._replace(method="rule")

    def _steps(self, query: Query) -> Link:
        """Run the steps on one text, in their order."""
        kind, taxa = query.type, query.taxa
        vocabularies = self._of(kind)
        threshold = self._thresholds.of(kind)
        candidates = look_up(query, vocabularies)
        if kind in TAXON_TYPES:
            candidates = as_in_people(query, candidates, vocabularies)
            candidates = of_likeliest_species(query, candidates, vocabularies)
        if _reaches(candidates, threshold):
            return self._whole_or_parts(query, candidates)
        weak = candidates
        composite = self._composite(query, threshold)
        if composite is not None:
            return composite
        if taxa and kind in TAXON_TYPES:
            candidates = orthologs(query, vocabularies)
            if _reaches(candidates, threshold):
                return link_of(candidates)
        link = self._rewritten(query)
        if link.concepts:
            return self._parts_of_loose(query, link) or link
        known = self._known_parts(query, threshold) if kind == "Disease" else None
        return known or link._replace(candidates=ranked([*weak, *link.candidates]))

    def rewritten(self, text: str, kind: str, taxa: tuple[int, ...]) -> Link:
        """Return what rewrites of a text mean, whatever it means itself."""
        return self._rewritten(Query(text, kind, taxa))._replace(taxa=taxa)

    def _rewritten(self, query: Query) -> Link:
        kind, taxa = query.type, query.taxa
        vocabularies = self._of(kind)
        threshold = self._thresholds.of(kind)
        weak: list[Candidate] = []
        for rewrite in rewrites(query.text, kind):
            allowed = taxa
            if rewrite.taxon is not None and taxa:
                if rewrite.taxon not in taxa:
                    continue
                allowed = (rewrite.taxon,)
            again = Query(rewrite.text, kind, allowed, rewrite.rule, rewrite.penalty)
            candidates = look_up(again, vocabularies)
            candidates = still_receptors(again, candidates, query, vocabularies)
            if kind == "Disease":
                candidates = _telling_more(candidates, query.text)
            elif kind in TAXON_TYPES:
                candidates = self._with_ground(again, candidates, query.text)
            loose = rewrite.rule == "head" and kind in PREFERENCE
            if _reaches(candidates, threshold):
                found = link_of(candidates)
                # What a piece of the text is called elsewhere is too far from it.
                if not loose or self._leads_to_preferred(found, kind):
                    return found
            weak.extend(candidates)
            if taxa and rewrite.rule in _SAME_NAME:
                candidates = orthologs(again, vocabularies)
                if _reaches(candidates, threshold):
                    return link_of(candidates)
        return UNLINKED._replace(candidates=ranked(weak))

    def _with_ground(
        self, again: Query, candidates: tuple[Candidate, ...], text: str
    ) -> tuple[Candidate, ...]:
        """Leave out genes that the rest of a name, of which a word led here, denies.

        The ABC of chondroitinase ABC is no ABCB6. A symbol of a gene's own, a long one
        and one in brackets need no other word. Nor is a tumor ("insulinoma") the
        protein that some list calls after it.
        """
        if again.rule == "completed" and text.isalpha() and text.islower():
            return tuple(c for c in candidates if c.facts.status != "related")
        if again.rule != "symbol inside":
            return candidates
        symbol = again.text
        tells = f"({symbol})" in text or _LONG_SYMBOL.match(symbol) is not None
        rest = text.replace(symbol, " ")
        return tuple(
            c
            for c in candidates
            if tells
            or c.facts.status == "preferred"
            or self._lookup.shares_words((c.concept,), rest)
        )

    def _leads_to_preferred(self, link: Link, kind: str) -> bool:
        """Whether a link, or what is broader, is in its type's preferred name space."""
        if self._is_at_home(link, kind):
            return True
        return self._lookup.broader(link.concepts[0], kind) is not None

    def _whole_or_parts(self, query: Query, candidates: tuple[Candidate, ...]) -> Link:
        """Choose between a name of the whole text and those of its parts."""
        whole = link_of(candidates)
        if CONJUNCTION.search(query.text) is None and not is_range(query.text):
            return whole
        several = self._composite(query, _SURE_PART)
        if several is None:
            return whole
        severally = is_name_of_each(candidates, several) or may_be_several(
            query.text, candidates[0], foreign=not _is_preferred(whole, query.type)
        )
        return several if severally else whole

    def _in_preferred_name_space(self, link: Link, text: str, kind: str) -> Link:
        """Take the preferred name space's concept where a safe rewrite names one.

        Without this, one thing is two: "sildenafil" a ChEBI entity and "sildenafil
        citrate" a MeSH one. Where none does, the next broader concept of that space is
        taken, if its name shares a word ("bipolar I disorder" is bipolar disorder): so
        do those who annotate with MeSH.
        """
        vocabularies = self._of(kind)
        for rewrite in rewrites(text, kind):
            if rewrite.rule not in _SAFE or rewrite.penalty < _SAFE_PENALTY:
                continue
            again = Query(rewrite.text, kind, (), rewrite.rule, rewrite.penalty)
            candidates = look_up(again, vocabularies)
            if kind == "Disease":
                candidates = _telling_more(candidates, text)
            if candidates and _is_preferred(link_of(candidates), kind):
                return link_of(candidates)
        best = link.candidates[0]
        if kind == "Disease" and (tumor := self._kind_of_tumor(best, text)) is not None:
            return tumor
        if kind == "Disease":
            # MeSH has "Trichorhinophalangeal Syndrome, Type I", none without a number.
            name = f"{best.facts.query} type 1"
            first = look_up(
                Query(name, kind, (), "first of its name", _FIRST), vocabularies
            )
            if first and _is_preferred(link_of(first), kind):
                return link_of(first)
        broader = self._lookup.broader(best.concept, kind)
        if kind == "Disease":
            plainer = self._plainer(text, broader[1] if broader else "")
            if plainer is not None:
                return plainer
        numbered = kind == "Disease" and broader and _is_numbered_kind(best, broader[1])
        if broader is None or numbered:
            return link
        return link_of((_broadened(best, *broader), *link.candidates))

    def _kind_of_tumor(self, best: Candidate, text: str) -> Link | None:
        """Return what a text's last word is called, where a synonym denies that word.

        "Large cell lymphoma" is a synonym of an ontology's reticulosarcoma, and no
        sarcoma.
        """
        *before, last = text.split()
        if not before or not last.lower().removesuffix("s").endswith("oma"):
            return None
        if best.facts.status == "preferred" or last.lower().rstrip("s") in best.name:
            return None
        found = look_up(Query(last, "Disease", (), "head", _HEAD), self._of("Disease"))
        broader = self._lookup.broader(best.concept, "Disease")
        if not found or not in_preferred_space(found[0].concept, "Disease"):
            return None
        shares = broader and not frozenset(words(broader[1])).isdisjoint(words(text))
        return None if shares else link_of(found)

    def _plainer(self, text: str, broader: str) -> Link | None:
        """Return what a disease is called without its first words, or ``None``.

        Benign colorectal tumors are colorectal before they are intestinal. A word that
        only the broader concept's name keeps is not lost: ovarian serous carcinoma.
        """
        kept = frozenset(words(broader))
        for rewrite in rewrites(text, "Disease"):
            if rewrite.rule not in {"modifier", "head"} or " " not in rewrite.text:
                continue
            lost = frozenset(words(text)).difference(words(rewrite.text))
            query = Query(rewrite.text, "Disease", (), rewrite.rule, rewrite.penalty)
            found = look_up(query, self._of("Disease"))
            if found and in_preferred_space(found[0].concept, "Disease"):
                return link_of(found) if kept.isdisjoint(lost) else None
        return None

    def _under_its_heading(self, text: str, link: Link) -> Link | None:
        """Return the heading whose words a text has, or ``None`` where it has one.

        Lists file paroxysmal supraventricular tachycardia under the ventricular one;
        what has just that name lies below the supraventricular one.
        """
        if not link.concepts or link.candidates[0].facts.status != "related":
            return None
        best, *others = link.candidates
        asked = frozenset(words(text))
        if asked.issuperset(words(best.name)):
            return None
        for other in others:
            if other.facts.status == "preferred" and other.score > best.score:
                broader = self._lookup.broader(other.concept, "Disease")
                if broader and asked.issuperset(words(broader[1])):
                    return link_of((_broadened(other, *broader), *link.candidates))
        return None

    def _composite(self, query: Query, least: float) -> Link | None:
        """Link every part of a mention that names several things."""
        texts = [query.text, without_brackets(query.text)]
        if query.type in TAXON_TYPES:
            texts.append(without_prefix(query.text))
        for parts in (parts for text in texts if text for parts in splits(text)):
            asked = (self._part(part, query, least) for part in parts)
            found = list(takewhile(bool, asked))
            if len(found) == len(parts):
                return link_of_parts(of_one_species(found, least))
        return None

    def _parts_of_loose(self, query: Query, link: Link) -> Link | None:
        """Return known parts of a mention of which a rewrite has kept the head alone.

        Of "ovarian, gastric and thymic carcinomas" two are more than "carcinomas".
        """
        rule = link.candidates[0].facts.rule
        if query.type != "Disease" or rule not in _PIECES:
            return None
        known = self._known_parts(query, self._thresholds.of(query.type))
        return known if known is not None and len(known.concepts) > 1 else None

    def _known_parts(self, query: Query, least: float) -> Link | None:
        """Link the parts of a mention that are known, where others are not."""
        for parts in splits(query.text):
            known = [p for part in parts if (p := self._part(part, query, least))]
            if known:
                return link_of_parts(known)
        return None

    def _part(self, text: str, whole: Query, least: float) -> tuple[Candidate, ...]:
        """Look a part of a composite up, and what safe rewrites make of it.

        What scores less than ``least`` does not count: a pseudogene's name is no
        answer where a rewrite finds the gene.
        """
        vocabularies = self._of(whole.type)
        if whole.type in TAXON_TYPES:
            text = usual_meaning(text) or text
        piece = Query(text, whole.type, whole.taxa, "composite", 0.95)
        candidates = look_up(piece, vocabularies)
        if whole.type in TAXON_TYPES:
            candidates = candidates or orthologs(piece, vocabularies)
            candidates = self._of_its_number(piece, candidates)
        if _reaches(candidates, least):
            return candidates
        for rewrite in rewrites(text, whole.type):
            if rewrite.rule in _SAFE and rewrite.taxon is None:
                penalty = piece.penalty * rewrite.penalty
                again = piece._replace(text=rewrite.text, penalty=penalty)
                candidates = look_up(again, vocabularies)
                if _reaches(candidates, least):
                    return candidates
        return ()


def _broadened(candidate: Candidate, concept: str, name: str) -> Candidate:
    """Return a candidate's broader concept, with the evidence for the narrower one."""
    penalty = _BROADER * candidate.facts.penalty
    evidence = candidate.facts._replace(rule="broader", penalty=penalty)
    return candidate._replace(
        concept=concept, name=name, method="rule", facts=evidence, score=score(evidence)
    )


def _is_numbered_kind(best: Candidate, broader: str) -> bool:
    """Whether a text and its concept have a number that a broader name has not.

    C2 deficiency is a kind of complement deficiency, as is C4 deficiency.
    """
    numbers = set(_NUMBER.findall(best.name)) & set(_NUMBER.findall(best.facts.query))
    return bool(numbers.difference(_NUMBER.findall(broader)))


def _is_agreed_on(best: Candidate) -> bool:
    """Whether most annotators of several documents meant it by a name that lists have.

    CETP deficiency has a number of OMIM's, and nobody gave it the broader heading.
    """
    facts = best.facts
    return facts.status != "observed" and (facts.observed or 0) >= MAJORITY


def _telling_more(
    candidates: tuple[Candidate, ...], text: str
) -> tuple[Candidate, ...]:
    """Leave out what a rewrite has no ground for.

    Those are roots of ontologies, and what is completed to the name of a disease whose
    own name has none of the text's words: dreams are no Brugada syndrome.
    """
    if not candidates:
        return candidates
    roots = word_set("disease", "roots")
    single = text[1:].islower() and (" " not in text or CONJUNCTION.search(text))
    asked = frozenset(words(text)) if single else None
    return tuple(
        c
        for c in candidates
        if c.name.lower() not in roots
        and not (
            c.facts.rule == "completed"
            and asked is not None
            and c.facts.query.rpartition(" ")[2] in _KINDS
            and c.facts.status != "preferred"
            and asked.isdisjoint(words(c.name))
        )
    )


def _reaches(candidates: Sequence[Candidate], least: float) -> bool:
    return bool(candidates) and candidates[0].score >= least


def _is_preferred(link: Link, kind: str) -> bool:
    """Whether a link is in the name space that its type prefers, if it has one."""
    return in_preferred_space(link.concepts[0], kind)
