"""Joining sources that call the same thing differently: one thing, one concept.

Sources come in order of preference (MeSH, Mondo, DOID, …). A later source's entry is an
earlier concept where cross-references of either side say so one to one, where their
preferred names are the same, where only that concept has the entry's preferred name, or
where the concept's preferred name is a synonym of this entry alone and nothing else of
the source is that concept. Its identifier and its alternative ones become aliases, its
names synonyms. What refers to several concepts, or shares one with
other entries of its source, is broader or narrower and stays itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.normalize.keys import simplified_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgbuild.normalize.sources import Entry

#: Entity type → prefixes of identifiers, best first: what joined vocabularies call a
#: thing. Other types have one name space each.
PREFERENCE: dict[str, tuple[str, ...]] = {
    "Disease": ("mesh", "mondo", "doid", "omim", "hp"),
    "Chemical": ("mesh", "chebi", "drugbank"),
}

#: Cross-references to name spaces that no source is read of become aliases themselves,
#: where they are one to one.
_ALIASES = ("omim:", "drugbank:", "umls:", "cas:")


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
        self._joins = joins
        self._names: dict[str, str] = {}
        self._concepts: dict[str, str] = {}
        self._referred: dict[str, set[str]] = {}
        self._keys: dict[str, str | None] = {}
        self._symbols: dict[tuple[str, int | None], str] = {}
        #: Key of a preferred name → its concept; ``None`` where there are several.
        self._preferred: dict[str, str | None] = {}

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
        if self._joins:
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
            if target is not None or not only_known:
                joined.append(self._renamed(entry, target, references))
                self._remember(joined[-1])
        return joined

    def _targets(self, entry: Entry) -> set[str]:
        own = (entry.concept, *entry.aliases)
        known = {self._concepts[c] for c in own if c in self._concepts}
        if known or not self._joins:
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
        if not self._joins:
            return next(iter(found), None) or self._same_symbol(entry, official)
        same = self._preferred.get(simplified_key(entry.name))
        if same is not None and (not found or same in found):
            return same
        named = self._keys.get(simplified_key(entry.name))
        if len(found) == 1:
            (target,) = found
            return target if shared[target] == 1 or named == target else None
        return named if not found or named in found else None

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
            if self._joins and _is_alias(xref) and references[xref] == 1
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
            names=(*others, *(pair for pair in entry.names if pair[0] != name)),
            aliases=tuple(dict.fromkeys((*own, *entry.aliases, *once))),
        )

    def _remember(self, entry: Entry) -> None:
        concept = entry.concept
        self._names.setdefault(concept, entry.name)
        for curie in (concept, *entry.aliases):
            self._concepts.setdefault(curie, concept)
        if not self._joins:
            self._symbols.setdefault((entry.name, entry.taxon), concept)
        if self._names[concept] == entry.name:
            own = simplified_key(entry.name)
            if self._preferred.setdefault(own, concept) != concept:
                self._preferred[own] = None
        for xref in entry.xrefs:
            self._referred.setdefault(xref, set()).add(concept)
        for text in (entry.name, *(name for name, _ in entry.names)):
            key = simplified_key(text)
            if self._keys.setdefault(key, concept) != concept:
                self._keys[key] = None


def _space(curie: str) -> str:
    return curie.partition(":")[0] + ":"


def _is_alias(xref: str) -> bool:
    return xref.startswith(_ALIASES)
