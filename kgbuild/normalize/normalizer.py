"""The normalizer: mentions in, concept identifiers out.

The cascade, in its fixed order; a step runs only where those before found nothing good
enough:

1. **abbreviation**: a short form that the document defines takes its long form's id;
2. **exact** and **simplified**: a name equals the mention, letter by letter or but for
   case, dashes, blanks and Greek letters (both are asked, so that candidates are ranked
   together);
3. **words**: a name of the same words in any order, number or spelling;
4. **composite**: every part of "breast and ovarian cancer" has an id;
5. **rule**: a type-specific rewrite of the mention has a name;
6. **neural**: nearest names in a learned space, where there is an index of them, also
   in place of what a rewrite found, if they are likelier;
7. otherwise, or below the type's threshold, the mention is **unlinked**.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal, Protocol

from kgbuild.document import NAME_SEPARATOR
from kgbuild.entity_types import canonical_type
from kgbuild.errors import ConfigError
from kgbuild.normalize.calibration import N_NEAREST, is_askable, weigh
from kgbuild.normalize.calibration import candidates as neural_candidates
from kgbuild.normalize.candidates import (
    UNLINKED,
    Candidate,
    Link,
    by_abbreviation,
    is_own_name,
    link_of,
    ranked,
    score,
)
from kgbuild.normalize.composites import (
    CONJUNCTION,
    is_name_of_each,
    may_be_several,
    of_one_species,
    splits,
)
from kgbuild.normalize.disambiguation import (
    CACHE_SIZE,
    EARLY_TYPES,
    ConceptLookup,
    DocumentContext,
    induced,
    is_short_form,
    settle,
    with_support,
)
from kgbuild.normalize.gene_rewrites import without_prefix
from kgbuild.normalize.keys import simplified_key
from kgbuild.normalize.layers import open_layers
from kgbuild.normalize.rewrites import (
    is_no_disease,
    is_no_gene,
    meaning_of_symbol,
    only_qualifies,
    rewrites,
    shortened_germ,
    turns_round,
    usual_meaning,
    without_brackets,
)
from kgbuild.normalize.rules import (
    TAXON_TYPES,
    Query,
    as_in_people,
    in_preferred_space,
    look_up,
    orthologs,
    still_receptors,
)
from kgbuild.normalize.sources import STATUSES
from kgbuild.normalize.thresholds import (
    DEFAULT_THRESHOLD,
    NEURAL_THRESHOLDS,
    chosen_thresholds,
)
from kgbuild.stage import require_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kgbuild.document import Document, Mention
    from kgbuild.normalize.calibration import Calibration
    from kgbuild.normalize.name_index import Neighbour
    from kgbuild.normalize.vocabulary import Vocabulary

#: Types that bring their own identifiers: recognition and normalization are one.
SELF_LINKED = frozenset({"Variant"})

#: Rules that spell a gene's whole name in another way.
_SAME_NAME = frozenset({"same meaning", "type", "plural", "Greek letter", "receptor"})

#: Rules that leave the meaning, the least they may cost, and what a broader one costs.
_SAFE = frozenset((
    "same meaning", "ending", "salt", "completed", "stereo", "first of its name",
    "P450",
))  # fmt: skip
_SAFE_PENALTY = 0.8
_BROADER = 0.9

#: The least score of each part that together beat a name of the whole.
_SURE_PART = 0.85

_VERSION = "rules-5"


class NeighbourIndex(Protocol):
    """Nearest names in a learned space; see :class:`kgbuild.normalize.name_index`."""

    version: str
    #: Types that are not listed are not asked for.
    calibration: Mapping[str, Calibration]

    def nearest(
        self, texts: Sequence[str], *, entity_type: str, limit: int
    ) -> Sequence[Sequence[Neighbour]]:
        """Return, for each text, the keys of near names, nearest first."""
        ...


class Normalizer:
    """Gives mentions the identifiers of what they mean, or honestly none.

    Parameters
    ----------
    vocabularies
        Per entity type, in order of precedence.
    taxa
        NCBI taxon numbers that genes may belong to, likeliest first; it replaces what
        the document says. ``None`` reads the species off the document.
    existing
        ``"keep"`` leaves mentions that have concepts as they are; ``"replace"`` links
        them anew (variants excepted).
    thresholds
        Lowest score that links, per entity type (others keep their default), or the
        name of a set of :data:`~kgbuild.normalize.thresholds.THRESHOLDS`.
    index
        Nearest names, for what the rules leave.

    Attributes
    ----------
    name
        ``"normalize"``.
    version
        Of rules and vocabularies.
    """

    name = "normalize"
    requires = ("recognize",)
    version: str

    def __init__(
        self,
        vocabularies: Mapping[str, Sequence[Vocabulary]],
        *,
        taxa: Sequence[int] | None = None,
        existing: Literal["keep", "replace"] = "keep",
        thresholds: Mapping[str, float] | Literal["balanced", "precise"] = "balanced",
        index: NeighbourIndex | None = None,
    ) -> None:
        if existing not in {"keep", "replace"}:
            msg = f"existing must be 'keep' or 'replace'. Got {existing!r} instead."
            raise ConfigError(msg)
        if taxa is not None and not all(isinstance(t, int) and t > 0 for t in taxa):
            msg = f"taxa must be NCBI taxon numbers such as 9606. Got {taxa!r} instead."
            raise ConfigError(msg)
        self.vocabularies = {
            canonical_type(kind): tuple(given) for kind, given in vocabularies.items()
        }
        self.taxa = None if taxa is None else tuple(taxa)
        self.existing = existing
        self.thresholds = chosen_thresholds(thresholds)
        self._given_thresholds = thresholds
        self.index = index
        self.version = self._version()
        self._find = lru_cache(maxsize=CACHE_SIZE)(self._find_uncached)
        self._lookup = ConceptLookup(self.vocabularies)
        self._of = self._lookup.of

    @classmethod
    def load(
        cls,
        vocabulary: Path | str | Sequence[Path | str] | None = None,
        *,
        taxa: Sequence[int] | None = None,
        existing: Literal["keep", "replace"] = "keep",
        thresholds: Mapping[str, float] | Literal["balanced", "precise"] = "balanced",
        index: NeighbourIndex | Literal["auto"] | None = "auto",
    ) -> Normalizer:
        """Make a normalizer of vocabularies on disk.

        Parameters
        ----------
        vocabulary
            A folder of compiled vocabularies (``gene.vocab``, …) or of lists
            (``gene.tsv``, …), such a file, or several of these in order of precedence;
            see :mod:`kgbuild.normalize.layers` for what lies beneath them.
        taxa, existing, thresholds
            See :class:`Normalizer`.
        index
            Nearest names: ``"auto"`` takes the indexes that lie beside compiled
            vocabularies, ``None`` links by rules alone.

        Raises
        ------
        ResourceMissingError
            A folder or file is not there, or holds no vocabulary.
        InputError
            A vocabulary cannot be read.
        """
        found = open_layers(vocabulary)
        if index == "auto":
            from kgbuild.normalize.name_index import Neighbours

            index = Neighbours.of(found)
        return cls(
            found, taxa=taxa, existing=existing, thresholds=thresholds, index=index
        )

    def __reduce__(self) -> tuple[Any, ...]:
        options = {
            "taxa": self.taxa, "existing": self.existing,
            "thresholds": self._given_thresholds, "index": self.index,
        }  # fmt: skip
        return (_make, (self.vocabularies, options))

    def __repr__(self) -> str:
        kinds = ", ".join(
            f"{kind}: {sum(map(len, given)):,}"
            for kind, given in self.vocabularies.items()
        )
        return f"Normalizer({kinds}; version {self.version})"

    def candidates(
        self, text: str, entity_type: str, *, taxa: Sequence[int] | None = None
    ) -> tuple[Candidate, ...]:
        """Return what a text may mean, best first, with facts and scores.

        Parameters
        ----------
        text
            A mention out of context.
        entity_type
            For example ``"Disease"``.
        taxa
            Taxa that a gene may belong to, likeliest first; by default the
            normalizer's own, or any where it has none.

        Returns
        -------
        tuple of Candidate
            Those below the threshold included; empty where nothing resembles the text.
        """
        return self.link(text, entity_type, taxa=taxa).candidates

    def link(
        self, text: str, entity_type: str, *, taxa: Sequence[int] | None = None
    ) -> Link:
        """Link one text out of context; parameters as for :meth:`candidates`."""
        kind = canonical_type(entity_type)
        allowed = tuple(taxa if taxa is not None else self.taxa or ())
        taxa = allowed if kind in TAXON_TYPES else ()
        found = self._find(text, kind, taxa)
        if not _may_be_nearer(found):
            return found
        (nearest,) = self._nearest([(text, kind, taxa, found)])
        return nearest

    def __call__(self, document: Document) -> Document:
        """Return the document with an id on every mention that can have one."""
        require_document(document)
        links = self.links(document)
        return document.with_mentions(
            links[i].on(m) if i in links else self._named(m)
            for i, m in enumerate(document.mentions)
        )

    def links(self, document: Document) -> dict[int, Link]:
        """Return what mentions mean, by their place, but for those that keep ids."""
        mentions = document.mentions
        links: dict[int, Link] = {}
        todo = [i for i, m in enumerate(mentions) if self._is_open(m)]
        if todo:
            context = DocumentContext(self._lookup, document, links)
            # Species and cell lines first: they tell the species of the genes.
            for index in sorted(
                todo, key=lambda i: mentions[i].type not in EARLY_TYPES
            ):
                links[index] = self._link(mentions[index], context)
            settle(links, context)
            induced(links, context, partial(self._find, kind="Disease", taxa=()))
            self._link_by_neighbours(links, mentions, context)
        return links

    def name_of(self, curie: str) -> str | None:
        """Return the preferred name of a concept in any vocabulary, or ``None``."""
        for given in self.vocabularies.values():
            for vocabulary in given:
                name = vocabulary.name_of(curie)
                if name is not None:
                    return name
        return None

    def types_of(self, curie: str) -> frozenset[str]:
        """Return the entity types whose vocabularies have a concept."""
        return frozenset(
            kind
            for kind, given in self.vocabularies.items()
            if any(vocabulary.name_of(curie) is not None for vocabulary in given)
        )

    def _is_open(self, mention: Mention) -> bool:
        if mention.type in SELF_LINKED and mention.concepts:
            return False
        return self.existing == "replace" or not mention.concepts

    def _named(self, mention: Mention) -> Mention:
        """Give a mention that keeps its ids the preferred name, where known."""
        if not mention.concepts or mention.attribute("name") is not None:
            return mention
        names = []
        for concept in mention.concepts:
            asked = (v.name_of(concept) for v in self._of(mention.type))
            if (name := next(filter(None, asked), None)) is None:
                return mention
            names.append(name)
        return mention.with_attributes(name=NAME_SEPARATOR.join(names))

    def _link(self, mention: Mention, context: DocumentContext) -> Link:
        """Run the cascade on a mention in its document."""
        kind = mention.type
        taxa: tuple[int, ...] = ()
        if kind in TAXON_TYPES:
            taxa = self.taxa if self.taxa is not None else context.taxa_of(mention)
        if context.has_other_meaning(mention):
            return UNLINKED
        own = self._find(mention.text, kind, taxa)
        expanded = context.expand(mention.text, mention.start)
        if expanded is not None:
            long = self._find(expanded, kind, taxa)
            whole = context.long_form(mention.text, mention.start) is not None
            if whole and kind not in TAXON_TYPES:
                known = self._lookup
                same = known.is_named(own.concepts, expanded)
                near = not long.concepts and known.is_alike(own.concepts, expanded)
                return own if same or near else by_abbreviation(long)
            return self._as_defined(own, long, expanded=expanded, whole=whole)
        receptor = context.receptor(mention)
        if receptor is not None and not self._is_listed(mention.text, kind):
            found = self._find(receptor, kind, taxa)
            named = found.method in {"exact", "simplified"}
            if named and found.concepts != own.concepts:
                return by_abbreviation(found)
        if own.concepts:
            return with_support(own, mention, context)
        other = context.other_name(mention.text)
        if other is not None and not is_short_form(other):
            return by_abbreviation(self._find(other, kind, taxa))
        short = other or context.short_form(mention.text)
        if short is None:
            return own
        link = self._find(short, kind, taxa)
        fits = self._lookup.may_be(link.concepts, mention.text, kind)
        return by_abbreviation(link) if fits else own

    def _as_defined(self, own: Link, long: Link, *, expanded: str, whole: bool) -> Link:
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
            return by_abbreviation(long)
        if not long.concepts:
            return own
        # A name beats what only a rewrite of the long form has brought up.
        if long.method == "rule" and own.method != "rule":
            return own
        better = not whole and (own.score or 0) >= (long.score or 0)
        return own if better else by_abbreviation(long)

    def _find_uncached(self, text: str, kind: str, taxa: tuple[int, ...]) -> Link:
        if not self._of(kind):
            return UNLINKED
        link = replace(self._cascade(Query(text, kind, taxa)), taxa=taxa)
        if kind == "Chemical" and not self._is_listed(text, kind):
            symbol = meaning_of_symbol(text)
            meant = UNLINKED if symbol is None else self._cascade(Query(symbol, kind))
            # O2 is oxygen, although a paper wrote it for superoxide.
            if meant.concepts not in {(), link.concepts}:
                return replace(meant, method="rule")
        if kind == "Disease" and only_qualifies(text) and not is_own_name(link):
            return UNLINKED
        germ = shortened_germ(text) if kind == "Disease" else None
        if germ and (not link.concepts or link.method == "rule"):
            return self._infection(germ)
        if kind in TAXON_TYPES and not self._is_listed(text, kind):
            if is_no_gene(text):
                return UNLINKED
            # What everybody calls so needs no definition: LH is no lysyl hydroxylase.
            usual = usual_meaning(text)
            if usual is not None:
                long = replace(self._cascade(Query(usual, kind, taxa)), taxa=taxa)
                return self._as_defined(link, long, expanded=usual, whole=True)
        if link.concepts and not link.composite and not _is_preferred(link, kind):
            return self._in_preferred_name_space(link, text, kind)
        return link

    def _infection(self, germ: str) -> Link:
        """Return what the infection with a germ is called, or with its genus."""
        name = self._find(germ, "Species", ()).name or germ
        named = [f"{name} infections", f"{name.split()[0]} infections"]
        found = [self._cascade(Query(text, "Disease")) for text in named]
        found = [f for f in found if f.concepts and f.method != "rule"]
        preferred = (link for link in found if _is_preferred(link, "Disease"))
        best = next(preferred, found[0] if found else UNLINKED)
        return replace(best, method="rule") if found else UNLINKED

    def _is_listed(self, text: str, kind: str) -> bool:
        """Whether a list of the user's has the name."""
        key = simplified_key(text)
        return any(v.layer == "list" and v.lookup(key) for v in self._of(kind))

    def _cascade(self, query: Query) -> Link:
        """Run the steps on one text; see the head of this module."""
        kind, taxa = query.type, query.taxa
        vocabularies = self._of(kind)
        threshold = self.thresholds.get(kind, DEFAULT_THRESHOLD)
        weak: list[Candidate] = []
        candidates = look_up(query, vocabularies)
        if kind in TAXON_TYPES:
            candidates = as_in_people(query, candidates, vocabularies)
        if candidates and candidates[0].score >= threshold:
            whole = link_of(candidates)
            if CONJUNCTION.search(query.text) is None:
                return whole
            several = self._composite(query, vocabularies, _SURE_PART)
            if several is None:
                return whole
            foreign = not _is_preferred(whole, kind)
            severally = is_name_of_each(candidates, several) or may_be_several(
                query.text, candidates[0], foreign=foreign
            )
            return several if severally else whole
        weak.extend(candidates)
        composite = self._composite(query, vocabularies, threshold)
        if composite is not None:
            return composite
        if taxa and kind in TAXON_TYPES:
            candidates = orthologs(query, vocabularies)
            if candidates and candidates[0].score >= threshold:
                return link_of(candidates)
        for rewrite in rewrites(query.text, kind):
            allowed = taxa
            if rewrite.taxon is not None and taxa:
                if rewrite.taxon not in taxa:
                    continue
                allowed = (rewrite.taxon,)
            again = Query(rewrite.text, kind, allowed, rewrite.rule, rewrite.penalty)
            candidates = look_up(again, vocabularies)
            candidates = still_receptors(again, candidates, query, vocabularies)
            if candidates and candidates[0].score >= threshold:
                return link_of(candidates)
            weak.extend(candidates)
            if taxa and rewrite.rule in _SAME_NAME:
                candidates = orthologs(again, vocabularies)
                if candidates and candidates[0].score >= threshold:
                    return link_of(candidates)
        return replace(UNLINKED, candidates=ranked(weak))

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
            if candidates and _is_preferred(link_of(candidates), kind):
                return link_of(candidates)
        best = link.candidates[0]
        broader = self._lookup.broader(best.concept, kind)
        if broader is None:
            return link
        evidence = replace(
            best.facts, rule="broader", penalty=_BROADER * best.facts.penalty
        )
        broad = replace(
            best, concept=broader[0], name=broader[1], method="rule", facts=evidence,
            score=score(evidence),
        )  # fmt: skip
        return link_of((broad, *link.candidates))

    def _composite(
        self, query: Query, vocabularies: Sequence[Vocabulary], threshold: float
    ) -> Link | None:
        """Link every part of a mention that names several things."""
        texts = [query.text, without_brackets(query.text)]
        if query.type in TAXON_TYPES:
            texts.append(without_prefix(query.text))
        for parts in (parts for text in texts if text for parts in splits(text)):
            found = []
            for part in parts:
                candidates = self._part(part, query, vocabularies, least=threshold)
                if not candidates:
                    break
                found.append(candidates)
            else:
                found = of_one_species(found, threshold)
                unique = {of_part[0].concept: of_part[0] for of_part in found}
                best = unique.values()
                return Link(
                    concepts=tuple(unique),
                    name=NAME_SEPARATOR.join(c.name for c in best),
                    method="composite",
                    score=min(c.score for c in best),
                    composite=len(unique) > 1,
                    candidates=tuple(c for of_part in found for c in of_part),
                )
        return None

    @staticmethod
    def _part(
        text: str, whole: Query, vocabularies: Sequence[Vocabulary], *, least: float
    ) -> tuple[Candidate, ...]:
        """Look a part of a composite up, and what safe rewrites make of it.

        What scores less than ``least`` does not count: a pseudogene's name is no
        answer where a rewrite finds the gene.
        """
        if whole.type in TAXON_TYPES:
            text = usual_meaning(text) or text
        piece = Query(text, whole.type, whole.taxa, "composite", 0.95)
        candidates = look_up(piece, vocabularies)
        if not candidates and whole.type in TAXON_TYPES:
            candidates = orthologs(piece, vocabularies)
        if candidates and candidates[0].score >= least:
            return candidates
        for rewrite in rewrites(text, whole.type):
            if rewrite.rule in _SAFE and rewrite.taxon is None:
                again = replace(
                    piece, text=rewrite.text, penalty=0.95 * rewrite.penalty
                )
                candidates = look_up(again, vocabularies)
                if candidates and candidates[0].score >= least:
                    return candidates
        return ()

    def _link_by_neighbours(
        self,
        links: dict[int, Link],
        mentions: Sequence[Mention],
        context: DocumentContext,
    ) -> None:
        """Ask for the nearest names of all mentions that are unsure, at once."""
        if self.index is None:
            return
        left = [i for i, link in links.items() if _may_be_nearer(link)]
        asked = []
        for i in left:
            mention = mentions[i]
            text = context.expand(mention.text, mention.start) or mention.text
            taxa: tuple[int, ...] = ()
            if mention.type in TAXON_TYPES:
                taxa = self.taxa if self.taxa is not None else context.taxa_of(mention)
            asked.append((text, mention.type, taxa, links[i]))
        links.update(zip(left, self._nearest(asked), strict=True))

    def _nearest(
        self, asked: Sequence[tuple[str, str, tuple[int, ...], Link]]
    ) -> list[Link]:
        """Return what the nearest names of texts mean.

        Parameters
        ----------
        asked
            Text, type and taxa, and what the rules left it with.
        """
        found = [link for *_, link in asked]
        if self.index is None:
            return found
        for kind in sorted(
            {kind for _, kind, *_ in asked} & set(self.index.calibration)
        ):
            rows = [
                row
                for row, (text, given, *_) in enumerate(asked)
                if given == kind
                and is_askable(text)
                and not (kind == "Disease" and is_no_disease(text))
            ]
            texts = [" ".join(asked[row][0].split()) for row in rows]
            near = self.index.nearest(texts, entity_type=kind, limit=N_NEAREST)
            for row, text, neighbours in zip(rows, texts, near, strict=True):
                _, _, taxa, link = asked[row]
                weighed = weigh(
                    text,
                    neighbours,
                    look_up=partial(self._of_key, kind=kind, taxa=taxa),
                )
                candidates = neural_candidates(
                    text, weighed, calibration=self.index.calibration[kind]
                )
                candidates = tuple(
                    candidate
                    for candidate in candidates
                    if not turns_round(text, candidate.facts.matched)
                    and not turns_round(text, candidate.name)
                )
                if not candidates or candidates[0].concept in link.concepts:
                    continue
                least = max(self._least_chance(kind), link.score or 0.0)
                if candidates[0].score >= least:
                    found[row] = link_of(candidates)
                elif not link.concepts:
                    weak = ranked([*link.candidates, *candidates])
                    found[row] = replace(link, candidates=weak)
        return found

    def _of_key(
        self, key: str, *, kind: str, taxa: tuple[int, ...]
    ) -> tuple[Candidate, ...]:
        """Return what the name with a simplified key means."""
        vocabularies = self._of(kind)
        for vocabulary in vocabularies:
            rows = vocabulary.lookup(key)
            if rows:
                best = min(rows, key=lambda row: (STATUSES.index(row.status), row.text))
                query = Query(best.text, kind, taxa, "nearest name")
                return look_up(query, vocabularies)
        return ()

    def _least_chance(self, kind: str) -> float:
        if isinstance(self._given_thresholds, str):
            return NEURAL_THRESHOLDS[self._given_thresholds]
        return self.thresholds.get(kind, NEURAL_THRESHOLDS["balanced"])

    def _version(self) -> str:
        digest = hashlib.sha256(_VERSION.encode())
        for kind in sorted(self.vocabularies):
            for vocabulary in self.vocabularies[kind]:
                digest.update(f"{kind}:{vocabulary.version}".encode())
        neural = "" if self.index is None else f"+{self.index.version}"
        return f"{_VERSION}{neural}+vocabulary-{digest.hexdigest()[:12]}"


def _make(
    vocabularies: Mapping[str, Sequence[Vocabulary]], options: dict[str, Any]
) -> Normalizer:
    return Normalizer(vocabularies, **options)


def _is_preferred(link: Link, kind: str) -> bool:
    """Whether a link is in the name space that its type prefers, if it has one."""
    return in_preferred_space(link.concepts[0], kind)


def _may_be_nearer(link: Link) -> bool:
    """Tell whether a nearest name may say more than the rules do.

    A rewrite drops or changes words ("fever" for "yellow fever"); a name of the whole
    that lies near is the better answer where it is at least as sure.
    """
    return not link.concepts or link.method == "rule"
