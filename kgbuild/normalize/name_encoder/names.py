"""The names that a name encoder learns from, as classes that mean the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kgbuild.normalize.keys import simplified_key
from kgbuild.normalize.sources import read_entries
from kgbuild.normalize.sources.corpus import observe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from kgbuild.document import Document
    from kgbuild.normalize.name_encoder.recipe import NameRecipe, VocabularyUse

#: Characters; what is longer is a systematic formula, not a name.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class NameSet:
    """All names of one entity type.

    Attributes
    ----------
    kind
        Entity type.
    texts
        Names; those of one concept stand together.
    concepts
        ``(n,) int32``: the class of each name.
    keys
        ``(n,) int32``: number of each name's simplified key; equal names share one.
    observed
        ``(n,) bool``: whether annotators used the name in a text.
    classes
        CURIE → class.
    classes_of_key
        Per key, ``(k,) int32``: the classes that have a name with this key. They are
        never negatives of each other: the name alone cannot tell them apart.
    """

    kind: str
    texts: list[str]
    concepts: NDArray[np.int32]
    keys: NDArray[np.int32]
    observed: NDArray[np.bool_]
    classes: dict[str, int]
    classes_of_key: list[NDArray[np.int32]]


def collect(
    recipe: NameRecipe, documents: Sequence[Document], *, without: frozenset[str]
) -> list[NameSet]:
    """Read the vocabularies and observed names of a recipe.

    Parameters
    ----------
    recipe
        Names the files.
    documents
        Annotated; their mentions are names too.
    without
        Ids of documents that nothing is learnt from.
    """
    return [
        _collect(use, recipe.folder, documents, without=without)
        for use in recipe.vocabularies
    ]


def _collect(
    use: VocabularyUse,
    folder: Path,
    documents: Sequence[Document],
    *,
    without: frozenset[str],
) -> NameSet:
    classes: dict[str, int] = {}
    by_name: dict[str, int] = {}
    names: dict[int, dict[str, bool]] = {}
    for file in use.files:
        for entry in read_entries(folder / file, entity_type=use.type):
            joined = by_name.get(entry.name.upper()) if use.join_by_name else None
            number = classes.get(entry.concept, joined)
            if number is None:
                number = len(names)
                names[number] = {}
            classes.setdefault(entry.concept, number)
            by_name.setdefault(entry.name.upper(), number)
            for alias in entry.aliases:
                classes.setdefault(alias, number)
            for text in (entry.name, *(name for name, _ in entry.names)):
                names[number].setdefault(" ".join(text.split()), False)
    for entry in observe(documents, entity_type=use.type, exclude=without):
        known = classes.get(entry.concept)
        if known is not None:
            for text, _ in entry.names:
                names[known][" ".join(text.split())] = True
    return _name_set(use.type, names, classes)


def _name_set(
    kind: str, names: dict[int, dict[str, bool]], classes: dict[str, int]
) -> NameSet:
    texts: list[str] = []
    concepts: list[int] = []
    keys: list[int] = []
    observed: list[bool] = []
    numbers: dict[str, int] = {}
    having: list[set[int]] = []
    for concept, its_names in names.items():
        for text, seen in its_names.items():
            key = simplified_key(text)
            if not key or len(text) > _LONGEST:
                continue
            number = numbers.setdefault(key, len(numbers))
            if number == len(having):
                having.append(set())
            having[number].add(concept)
            texts.append(text)
            concepts.append(concept)
            keys.append(number)
            observed.append(seen)
    return NameSet(
        kind=kind,
        texts=texts,
        concepts=np.array(concepts, dtype=np.int32),
        keys=np.array(keys, dtype=np.int32),
        observed=np.array(observed, dtype=np.bool_),
        classes=classes,
        classes_of_key=[np.array(sorted(own), dtype=np.int32) for own in having],
    )


def questions(
    documents: Iterable[Document], names: NameSet, *, among: frozenset[str]
) -> list[tuple[str, frozenset[int]]]:
    """Return distinct gold mentions of some documents with their classes.

    Parameters
    ----------
    documents
        Annotated.
    names
        Of the type that is asked for; mentions of concepts it lacks are left out.
    among
        Ids of the documents.
    """
    asked: Counter[tuple[str, frozenset[int]]] = Counter()
    for document in documents:
        if document.id.partition("#")[0] not in among:
            continue
        for mention in document.mentions:
            if mention.type != names.kind or mention.composite:
                continue
            gold = frozenset(
                names.classes[c] for c in mention.concepts if c in names.classes
            )
            if gold:
                asked[" ".join(mention.text.split()), gold] += 1
    return sorted(asked, key=lambda pair: (pair[0], sorted(pair[1])))
