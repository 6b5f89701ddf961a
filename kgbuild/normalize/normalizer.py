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

import copy
import hashlib
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from kgbuild.document import NAME_SEPARATOR
from kgbuild.entity_types import canonical_type, served_by
from kgbuild.errors import ConfigError
from kgbuild.normalize.candidates import UNLINKED, by_abbreviation
from kgbuild.normalize.cascade import Cascade
from kgbuild.normalize.concepts import ConceptLookup
from kgbuild.normalize.disambiguation import (
    EARLY_TYPES,
    DocumentContext,
    induced,
    is_of_drugs,
    is_short_form,
    is_stray,
    settle,
    with_support,
)
from kgbuild.normalize.layers import identity, open_layers
from kgbuild.normalize.nearest import Question, by_nearest, may_be_nearer
from kgbuild.normalize.rules import TAXON_TYPES, VERTEBRATES, in_preferred_space
from kgbuild.normalize.thresholds import Thresholds
from kgbuild.normalize.whole_names import with_whole_names
from kgbuild.stage import require_document

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from kgbuild.document import Document, Mention
    from kgbuild.normalize.candidates import Candidate, Link
    from kgbuild.normalize.nearest import NeighbourIndex
    from kgbuild.normalize.vocabulary import Vocabulary

#: Types that bring their own identifiers: recognition and normalization are one.
SELF_LINKED = frozenset({"Variant"})

#: Letters that may be the first ones of a disease's words.
#: Rules that leave all words of a text.
_WHOLE = frozenset({None, "same meaning", "plural"})
_INITIALS = re.compile(r"[A-Z]{3,6}")

#: Below which score a rewrite has kept but a piece of the text.
_LOOSE = 0.7

_VERSION = "rules-14"


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
    new_types
        Entity types that a recognizer's mention may become where it is none of its own
        (:mod:`~kgbuild.normalize.whole_names`); ``None`` for any.

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
        new_types: Collection[str] | None = None,
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
        self.thresholds = Thresholds(thresholds)
        self.index = index
        self.new_types = (
            None if new_types is None else frozenset(map(canonical_type, new_types))
        )
        self.version = self._version()
        self._lookup = ConceptLookup(self.vocabularies)
        self._cascade = Cascade(self._lookup, self.thresholds)
        self._find = self._cascade.find

    @classmethod
    def load(
        cls,
        vocabulary: Path | str | Sequence[Path | str] | None = None,
        *,
        taxa: Sequence[int] | None = None,
        existing: Literal["keep", "replace"] = "keep",
        thresholds: Mapping[str, float] | Literal["balanced", "precise"] = "balanced",
        index: NeighbourIndex | Literal["auto"] | None = "auto",
        new_types: Collection[str] | None = None,
    ) -> Normalizer:
        """Make a normalizer of vocabularies on disk.

        Parameters
        ----------
        vocabulary
            A folder of compiled vocabularies (``gene.vocab``, …) or of lists
            (``gene.tsv``, …), such a file, or several of these in order of precedence;
            see :mod:`kgbuild.normalize.layers` for what lies beneath them.
        taxa, existing, thresholds, new_types
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
            found, taxa=taxa, existing=existing, thresholds=thresholds, index=index,
            new_types=new_types,
        )  # fmt: skip

    def __reduce__(self) -> tuple[Any, ...]:
        options = {
            "taxa": self.taxa, "existing": self.existing,
            "thresholds": self.thresholds.given, "index": self.index,
            "new_types": self.new_types,
        }  # fmt: skip
        return (_make, (self.vocabularies, options))

    def __repr__(self) -> str:
        kinds = ", ".join(
            f"{kind}: {sum(map(len, given)):,}"
            for kind, given in self.vocabularies.items()
        )
        return f"Normalizer({kinds}; version {self.version})"

    def restricted(self, types: Collection[str]) -> Normalizer:
        """Return one that makes mentions of these types alone; it shares all else."""
        narrowed = copy.copy(self)
        narrowed.new_types = frozenset(map(canonical_type, types))
        return narrowed

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
        kind = self.ruled_as(entity_type)
        allowed = tuple(taxa if taxa is not None else self.taxa or ())
        taxa = allowed if kind in TAXON_TYPES else ()
        found = self._find(text, kind, taxa)
        if self.index is None or not may_be_nearer(found):
            return found
        question = Question(text=text, type=kind, taxa=taxa, link=found)
        (nearest,) = self._nearest([question], self.index)
        return nearest

    def __call__(self, document: Document) -> Document:
        """Return the document with an id on every mention that can have one."""
        require_document(document)
        links = self.links(document)
        whole = with_whole_names(
            document, links, find=self._finder(document, links), types=self.new_types
        )
        if whole is not document:
            document, links = whole, self.links(whole)
        return document.with_mentions(
            links[i].on(m) if i in links else self._named(m)
            for i, m in enumerate(document.mentions)
        )

    def _finder(
        self, document: Document, links: dict[int, Link]
    ) -> Callable[[str, str, Mention], Link]:
        """Return what says what texts mean where mentions of a document stand."""
        context: DocumentContext | None = None

        def find(text: str, kind: str, mention: Mention) -> Link:
            nonlocal context
            if not self._lookup.has_name(text, kind):
                return UNLINKED
            taxa: tuple[int, ...] = ()
            if kind in TAXON_TYPES:
                context = context or DocumentContext(self._lookup, document, links)
                taxa = self._taxa_of(replace(mention, type=kind), context)
            return self._find(text, kind, taxa)

        return find

    def links(self, document: Document) -> dict[int, Link]:
        """Return what mentions mean, by their place, but for those that keep ids."""
        document = self.as_ruled(document)
        mentions = document.mentions
        todo = [i for i, m in enumerate(mentions) if self._is_open(m)]
        if not todo:
            return {}
        links: dict[int, Link] = {}
        context = DocumentContext(self._lookup, document, links)
        # Most names stand in a document several times: what says the same means the
        # same, and is linked once. Species and cell lines come first: they tell the
        # species of the genes.
        firsts: dict[tuple[object, ...], int] = {}
        same: dict[int, int] = {}
        for index in sorted(todo, key=lambda i: mentions[i].type not in EARLY_TYPES):
            mention = mentions[index]
            taxa = self._taxa_of(mention, context)
            said = (mention.text, mention.type, taxa, context.place_of(mention))
            first = same[index] = firsts.setdefault(said, index)
            links[index] = (
                links[first] if first != index else self._link(mention, taxa, context)
            )
        once = {first: links[first] for first in firsts.values()}
        settle(once, context)
        listed = {
            i: link
            for i, link in once.items()
            if self._listed(mentions[i], context, link.taxa).concepts
        }
        induced(once, context, partial(self._find, kind="Disease", taxa=()))
        self._link_by_neighbours(once, mentions, context)
        once.update(listed)
        return {index: once[first] for index, first in same.items()}

    def name_of(self, curie: str) -> str | None:
        """Return the preferred name of a concept in any vocabulary, or ``None``."""
        for given in self.vocabularies.values():
            for vocabulary in given:
                name = vocabulary.name_of(curie)
                if name is not None:
                    return name
        return None

    def known_as(self, curie: str, entity_type: str) -> str:
        """Return the CURIE that the vocabularies of a type give a concept.

        That is the one given where none of them has it.
        """
        layers = tuple(self.vocabularies.get(self.ruled_as(entity_type), ()))
        return identity(curie, layers)[0] if layers else curie

    def types_of(self, curie: str) -> frozenset[str]:
        """Return the entity types whose vocabularies have a concept."""
        return frozenset(
            kind
            for kind, given in self.vocabularies.items()
            if any(vocabulary.name_of(curie) is not None for vocabulary in given)
        )

    def ruled_as(self, entity_type: str) -> str:
        """Return the type whose vocabularies and rules are those of a type.

        That is the type itself where it has vocabularies of its own, or rules.
        """
        kind = canonical_type(entity_type)
        own = self.vocabularies.get(kind) or kind in TAXON_TYPES
        return kind if own else served_by(kind)

    def as_ruled(self, document: Document) -> Document:
        """Return a document whose mentions are of the types that rules know."""
        ruled = {
            kind: self.ruled_as(kind) for kind in {m.type for m in document.mentions}
        }
        if all(kind == own for own, kind in ruled.items()):
            return document
        return document.with_mentions(
            replace(m, type=ruled[m.type]) for m in document.mentions
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
            asked = (v.name_of(concept) for v in self._lookup.of(mention.type))
            if (name := next(filter(None, asked), None)) is None:
                return mention
            names.append(name)
        return mention.with_attributes(name=NAME_SEPARATOR.join(names))

    def _link(
        self, mention: Mention, taxa: tuple[int, ...], context: DocumentContext
    ) -> Link:
        """Run the cascade on a mention in its document.

        What its place says of it is in :meth:`DocumentContext.place_of`, and nowhere
        else.
        """
        if animals := context.whole_animal(mention):
            return self._first_named(animals, mention.type)
        drug = context.drug_beside(mention)
        if drug is not None:
            return by_abbreviation(self._find(drug, mention.type, ()))
        link = self._told(mention, taxa, context)
        if (
            link.concepts
            or mention.type != "Disease"
            or not _INITIALS.fullmatch(mention.text)
        ):
            return link
        long = context.of_initials(mention.text)
        return (
            link if long is None else by_abbreviation(self._find(long, "Disease", ()))
        )

    def _told(
        self, mention: Mention, taxa: tuple[int, ...], context: DocumentContext
    ) -> Link:
        kind = mention.type
        if context.has_other_meaning(mention):
            return self._of_no_host(mention, taxa)
        listed = self._listed(mention, context, taxa)
        if listed.concepts:
            return listed
        drug_class = context.drug_class(mention)
        if drug_class is not None:
            return by_abbreviation(self._find(drug_class, kind, ()))
        narrower = context.kind_of(mention)
        if narrower is not None:
            found = self._find(narrower, kind, taxa)
            if found.method in {"exact", "simplified", "words"}:
                return by_abbreviation(found)
        own = self._find(mention.text, kind, taxa)
        expanded = context.expand(mention.text, mention.start)
        if expanded is not None:
            long = self._find(expanded, kind, taxa)
            whole = context.long_form(mention.text, mention.start) is not None
            if whole and kind not in TAXON_TYPES:
                known = self._lookup
                same = known.is_named(own.concepts, expanded)
                near = not long.concepts and known.is_alike(own.concepts, expanded)
                named = long.concepts and long.method != "rule"
                if same and named and long.concepts != own.concepts:
                    # It is a kind of what has the name, or another thing so called.
                    return by_abbreviation(long)
                return own if same or near else by_abbreviation(long)
            return self._cascade.as_defined(own, long, expanded=expanded, whole=whole)
        receptor = context.receptor(mention)
        if receptor is not None:
            found = self._find(receptor, kind, taxa)
            named = found.method in {"exact", "simplified"}
            if named and found.concepts != own.concepts:
                return by_abbreviation(found)
        elsewhere = self._but_for_annotators(own, mention, context)
        if elsewhere is not None:
            return elsewhere
        if own.concepts:
            own_short = self._as_short_form(own, mention, context, taxa)
            return own_short or with_support(own, mention, context)
        other = context.other_name(mention.text)
        if other is not None and not is_short_form(other):
            return by_abbreviation(self._find(other, kind, taxa))
        short = other or context.short_form(mention.text)
        if short is None:
            return own
        link = self._find(short, kind, taxa)
        # What ends both says whose letters these are: "mammalian TOR (mTOR)",
        # "phytochrome B (PHYB)".
        end = mention.text.rpartition(" ")[2]
        fits = (
            kind in TAXON_TYPES and is_short_form(end) and short.endswith(end)
        ) or self._lookup.may_be(link.concepts, mention.text, kind)
        return by_abbreviation(link) if fits else own

    def _first_named(self, names: Sequence[str], kind: str) -> Link:
        """Return the first of some names that is one, all of its words counting."""
        for name in names:
            link = self._find(name, kind, ())
            if link.concepts and link.candidates[0].facts.rule in _WHOLE:
                return link
        return UNLINKED

    def _but_for_annotators(
        self, own: Link, mention: Mention, context: DocumentContext
    ) -> Link | None:
        """Return what a disease means where annotators' documents were not like this.

        ``None`` where they were, or where nothing else is meant.
        """
        if is_of_drugs(own, mention, context):
            other = self._cascade.rewritten(mention.text, mention.type, ())
            if other.concepts and in_preferred_space(other.concepts[0], mention.type):
                return other
        if is_stray(own, mention, context):
            return self._cascade.rewritten(mention.text, mention.type, ())
        return None

    def _as_short_form(
        self,
        own: Link,
        mention: Mention,
        context: DocumentContext,
        taxa: tuple[int, ...],
    ) -> Link | None:
        """Return what a gene's short form means where a rewrite found its long form.

        "Mammalian TOR (mTOR)" is no TOR, and both are one gene.
        """
        if mention.type not in TAXON_TYPES or own.method != "rule":
            return None
        short = context.short_form(mention.text)
        link = self._find(short, mention.type, taxa) if short else UNLINKED
        if link.method not in {"exact", "simplified"} or link.concepts == own.concepts:
            return None
        if own.candidates[0].taxon != link.candidates[0].taxon:
            return None
        loose = (own.score or 0) < _LOOSE
        fits = loose or self._lookup.may_be(link.concepts, mention.text, mention.type)
        return by_abbreviation(link) if fits else None

    def _of_no_host(self, mention: Mention, taxa: tuple[int, ...]) -> Link:
        """Link what is no gene of a host where a vocabulary has the germ's own."""
        if mention.type not in TAXON_TYPES:
            return UNLINKED
        listed = self._cascade.listed(mention.text, mention.type, ())
        own = self._find(mention.text, mention.type, taxa)
        link = listed if listed.concepts else own
        taxon = link.candidates[0].taxon if link.concepts else None
        return UNLINKED if taxon is None or taxon in VERTEBRATES else link

    def _listed(
        self, mention: Mention, context: DocumentContext, taxa: tuple[int, ...]
    ) -> Link:
        """Return what a list of the user's says of a mention, if it has its text.

        What the document defines a short form as goes before, but for a row that has
        nothing but letters, or a word of the definition.
        """
        listed = self._cascade.listed(mention.text, mention.type, taxa)
        if not listed.concepts:  # as without lists, where no mention has cost more
            return listed
        long = context.long_form(mention.text, mention.start)
        if long is None:
            return listed
        if self._cascade.listed(long, mention.type, taxa).concepts not in (
            (),
            listed.concepts,
        ):
            return UNLINKED
        if self._lookup.shares_words(listed.concepts, long):
            return listed
        alone = all(map(self._lookup.is_symbol_alone, listed.concepts))
        return listed if alone else UNLINKED

    def _taxa_of(self, mention: Mention, context: DocumentContext) -> tuple[int, ...]:
        """Return the taxa that a mention of a gene may belong to, likeliest first."""
        if mention.type not in TAXON_TYPES:
            return ()
        return self.taxa if self.taxa is not None else context.taxa_of(mention)

    def _link_by_neighbours(
        self,
        links: dict[int, Link],
        mentions: Sequence[Mention],
        context: DocumentContext,
    ) -> None:
        """Ask for the nearest names of all mentions that are unsure, at once."""
        unsure = [
            i
            for i, link in links.items()
            if may_be_nearer(link) and not context.has_other_meaning(mentions[i])
        ]
        if self.index is None or not unsure:
            return
        questions = [
            Question(
                text=context.expand(mentions[i].text, mentions[i].start)
                or mentions[i].text,
                type=mentions[i].type,
                taxa=self._taxa_of(mentions[i], context),
                link=links[i],
            )
            for i in unsure
        ]
        links.update(zip(unsure, self._nearest(questions, self.index), strict=True))

    def _nearest(
        self, questions: Sequence[Question], index: NeighbourIndex
    ) -> list[Link]:
        return by_nearest(questions, index, self._lookup, thresholds=self.thresholds)

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
