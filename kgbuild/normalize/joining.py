"""Joining sources that call the same thing differently: one thing, one concept.

Sources come in order of preference (MeSH, Mondo, DOID, …). A later source's entry is an
earlier concept where cross-references of either side say so one to one, where their
preferred names are the same, where only that concept has the entry's preferred name, or
where the concept's preferred name is a synonym of this entry alone and nothing else of
the source is that concept. Its identifier and its alternative ones become aliases, its
names synonyms. What refers to several concepts, or shares one with
other entries of its source, is broader or narrower and stays itself.

Cross-references err, or lead to something wider. So a preferred name that both sides
have counts for more than a reference elsewhere; a table of mappings gives a concept no
name that another one has, nor one that shares no word with it and that no second source
gives it (EFO's "uterine corpus cancer" refers to Dientamoebiasis); and what makes
another disease likelier is that disease only where they share a word.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from kgbuild.normalize.keys import simplified_key, token_key, words
from kgbuild.normalize.rewriting import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgbuild.normalize.sources import Entry

#: Entity type → prefixes of identifiers, best first: what joined vocabularies call a
#: thing. Other types have one name space each.
PREFERENCE: dict[str, tuple[str, ...]] = {
    "Disease": ("mesh", "mondo", "doid", "omim", "hp"),
    "Chemical": ("mesh", "chebi", "drugbank"),
}

#: Cross-references to what no source has become aliases themselves, where they are one
#: to one: other name spaces, and concepts that MeSH has given up.
_ALIASES = ("omim:", "drugbank:", "umls:", "cas:", "mesh:")


class Joiner:
    """Knows the concepts of all sources so far; one for each vocabulary.

    Parameters
    ----------
    joins
        Whether names and cross-references make two entries one; otherwise identifiers
        do, and the official symbols of one species in two name spaces, today's or a
        former one that no other entry of the source has.
    """

    def __init__(self, *, joins: bool = True) -> None:
        self.joins = joins
        self._names: dict[str, str] = {}
        self._concepts: dict[str, str] = {}
        self._referred: dict[str, set[str]] = {}
        #: Key of a name → number of the first source that has it, and whose it is
        #: there; ``None`` where several have it.
        self._keys: dict[str, tuple[int, str | None]] = {}
        self._symbols: dict[tuple[str, int | None], str] = {}
        #: Key of a preferred name → its concept; ``None`` where there are several.
        self._preferred: dict[str, str | None] = {}
        self._texts: dict[str, list[str]] = {}
        #: Concept → number of the source that has it first.
        self._ranks: dict[str, int] = {}
        self._n_sources = 0
        #: Concept and key of a name → who says that it is called so.
        self._witnesses: dict[tuple[str, str], set[tuple[int, str]]] = {}

    def expect(self, sources: Iterable[Iterable[Entry]]) -> None:
        """Note what sources that are still to come call the concepts known so far.

        Parameters
        ----------
        sources
            Their entries. One that refers to several concepts of a name space has
            broader ones among them, and tells nothing.
        """
        if self._witnesses:
            return
        for number, source in enumerate(sources):
            for entry in source:
                spaces = Counter(map(_space, entry.xrefs))
                told = [(entry.concept, x) for x in entry.xrefs]
                told += [
                    (x, entry.concept) for x in entry.xrefs if spaces[_space(x)] == 1
                ]
                for concept, other in told:
                    if concept not in self._ranks:
                        continue
                    for text in (entry.name, *(text for text, _ in entry.names)):
                        key = (concept, simplified_key(text))
                        witness = (number, _space(other))
                        self._witnesses.setdefault(key, set()).add(witness)

    def join(
        self, entries: Iterable[Entry], *, only_known: bool = False
    ) -> list[Entry]:
        """Return the entries of the next source, under the names of earlier concepts.

        Parameters
        ----------
        entries
            Of one source.
        only_known
            Leave out entries that are no earlier concept.
        """
        given = list(entries)
        self._n_sources += 1
        if self.joins and only_known:
            given = [self._credible(entry) for entry in given]
        official = frozenset((entry.name, entry.taxon) for entry in given)
        here = {entry.concept for entry in given}
        # What only makes another entry of the source likelier is joined with it, once
        # it is known what that one is.
        inner = [e for e in given if not here.isdisjoint(e.xrefs)]
        given = [e for e in given if here.isdisjoint(e.xrefs)]
        targets = [self._targets(entry) for entry in given]
        shared = Counter(target for found in targets for target in found)
        references = Counter(
            xref
            for entry in (*given, *inner)
            for xref in set(entry.xrefs)
            if _is_alias(xref)
        )
        chosen = [
            self._choose(entry, found, shared, official)
            for entry, found in zip(given, targets, strict=True)
        ]
        if self.joins:
            self._choose_by_synonyms(given, targets, chosen)
        joined = []
        for entry, target in zip(given, chosen, strict=True):
            if target is None and (only_known or not entry.concept):
                continue
            joined.append(self._renamed(entry, target, references))
        for entry in joined:
            self._remember(entry)
        for entry in inner:
            outer = next(xref for xref in entry.xrefs if xref in here)
            target = self._concepts.get(outer)
            if target and self.joins and not self._share_a_word(entry, target):
                target = None
            if target is not None or not only_known:
                joined.append(self._renamed(entry, target, references))
                self._remember(joined[-1])
        return joined

    def _targets(self, entry: Entry) -> set[str]:
        own = (entry.concept, *entry.aliases)
        known = {self._concepts[c] for c in own if c in self._concepts}
        if known or not self.joins:
            return known
        found = {self._concepts[x] for x in entry.xrefs if x in self._concepts}
        return found.union(*(self._referred.get(c, ()) for c in own))

    def _choose(
        self,
        entry: Entry,
        found: set[str],
        shared: Counter[str],
        official: frozenset[tuple[str, int | None]],
    ) -> str | None:
        if entry.concept in self._concepts:
            return self._concepts[entry.concept]
        if not self.joins:
            return next(iter(found), None) or self._same_symbol(entry, official)
        same = self._preferred.get(simplified_key(entry.name))
        called = [target for target in found if self._is_called(target, entry.name)]
        if same is not None and (same in found or not called):
            return same
        if len(called) == 1:
            return called[0]
        if len(found) == 1:
            (target,) = found
            return target if shared[target] == 1 else None
        return None if found else self._owner(entry.name)[1]

    def _credible(self, entry: Entry) -> Entry:
        """Return an entry of a table of mappings without the names that err."""
        concept = entry.concept
        if concept not in self._ranks or not entry.xrefs:
            return entry
        names = tuple(pair for pair in entry.names if self._is_credible(entry, pair[0]))
        if names or not entry.names:
            return replace(entry, names=names)
        return replace(entry, names=(), xrefs=())

    def _is_credible(self, entry: Entry, text: str) -> bool:
        concept, key = entry.concept, simplified_key(text)
        if self._owner(text)[1] == concept:
            return True
        if self._is_of_another(text, concept):
            return False
        named = replace(entry, name=text, names=())
        if self._is_called(concept, text) or self._share_a_word(named, concept):
            return True
        return len(self._witnesses.get((concept, key), ())) > 1

    def _is_of_another(self, text: str, concept: str) -> bool:
        """Whether another concept has the name in this one's source, or before."""
        source, owner = self._owner(text)
        return owner not in {concept, None} and source <= self._ranks[concept]

    def _owner(self, text: str) -> tuple[int, str | None]:
        return self._keys.get(simplified_key(text), (0, None))

    def _is_called(self, concept: str, text: str) -> bool:
        key = token_key(text)
        return any(token_key(name) == key for name in self._texts[concept])

    def _share_a_word(self, entry: Entry, concept: str) -> bool:
        """Whether a word is in names of both that says more than "disease"."""
        own = {
            w
            for text in (entry.name, *(t for t, _ in entry.names))
            for w in words(text)
        }
        own -= _general_words()
        return any(not own.isdisjoint(words(text)) for text in self._texts[concept])

    def _same_symbol(
        self, entry: Entry, official: frozenset[tuple[str, int | None]]
    ) -> str | None:
        """Return the gene of the same official symbol in another name space.

        A list of former years calls Phb what is Phb1 today, and has Phb for a synonym.
        """
        taxon = entry.taxon
        if taxon is None:
            return None
        former = (text for text, _ in entry.names if (text, taxon) not in official)
        own = {self._symbols.get((entry.name, taxon))} - {None}
        known = own or {self._symbols.get((text, taxon)) for text in former} - {None}
        if len(known) != 1:
            return None
        (concept,) = known
        return concept if _space(str(concept)) != _space(entry.concept) else None

    def _choose_by_synonyms(
        self,
        given: list[Entry],
        targets: list[set[str]],
        chosen: list[str | None],
    ) -> None:
        """Join what is left with concepts whose preferred name it has as a synonym."""
        taken = set(chosen)
        wanted = {}
        for place, entry in enumerate(given):
            if chosen[place] is not None or targets[place]:
                continue
            keys = {simplified_key(text) for text, _ in entry.names}
            same = {self._preferred.get(key) for key in keys} - {None}
            if len(same) == 1 and not same & taken:
                (wanted[place],) = same
        counts = Counter(wanted.values())
        for place, target in wanted.items():
            if counts[target] == 1:
                chosen[place] = target

    def _renamed(
        self, entry: Entry, target: str | None, references: Counter[str]
    ) -> Entry:
        once = tuple(
            xref
            for xref in entry.xrefs
            if self.joins and _is_alias(xref) and references[xref] == 1
            and sum(other.startswith(_space(xref)) for other in entry.xrefs) == 1
            and xref not in self._concepts
        )  # fmt: skip
        if target is None:
            return replace(entry, aliases=(*entry.aliases, *once))
        own = () if entry.concept in {target, ""} else (entry.concept,)
        name = self._names[target]
        others = ((entry.name, "synonym"),) if entry.name not in {name, ""} else ()
        return replace(
            entry,
            concept=target,
            name=name,
            names=tuple(
                pair
                for pair in (*others, *entry.names)
                if pair[0] != name
                and not (self.joins and self._is_of_another(pair[0], target))
            ),
            aliases=tuple(dict.fromkeys((*own, *entry.aliases, *once))),
        )

    def _remember(self, entry: Entry) -> None:
        concept = entry.concept
        self._names.setdefault(concept, entry.name)
        self._ranks.setdefault(concept, self._n_sources)
        if self.joins:
            texts = self._texts.setdefault(concept, [])
            texts.extend((entry.name, *(text for text, _ in entry.names)))
        for curie in (concept, *entry.aliases):
            self._concepts.setdefault(curie, concept)
        if not self.joins:
            self._symbols.setdefault((entry.name, entry.taxon), concept)
        if self._names[concept] == entry.name:
            own = simplified_key(entry.name)
            if self._preferred.setdefault(own, concept) != concept:
                self._preferred[own] = None
        for xref in entry.xrefs:
            self._referred.setdefault(xref, set()).add(concept)
        for text in (entry.name, *(name for name, _ in entry.names)):
            key = simplified_key(text)
            source, owner = self._keys.setdefault(key, (self._n_sources, concept))
            if source == self._n_sources and owner != concept:
                self._keys[key] = (source, None)


@cache
def _general_words() -> frozenset[str]:
    """Return stemmed words that do not tell one thing from another."""
    lists = ("generic", "modifiers", "qualifiers", "inheritance", "heredity")
    numbers = map(str, range(1, 100))
    return frozenset(
        (
            *(part for word in word_set("disease", *lists) for part in words(word)),
            *numbers,
        )
    )


def _space(curie: str) -> str:
    return curie.partition(":")[0] + ":"


def _is_alias(xref: str) -> bool:
    return xref.startswith(_ALIASES)
