"""Files of one entity type in, a vocabulary out: what they are is checked first."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.curies import parse_curie
from kgbuild.entity_types import canonical_type, entity_types, served_by
from kgbuild.errors import ConfigError, InputError
from kgbuild.normalize.joining import PREFERENCE
from kgbuild.normalize.lexicon import open_lexicon
from kgbuild.normalize.sources import detect_format, read_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from kgbuild.normalize.sources import Entry
    from kgbuild.normalize.vocabulary import Source, Vocabulary

#: Formats in which people write what is their own.
_OWN = frozenset({"tsv", "obo"})

#: How many entries are looked up in the lexicon, and how many that are known as
#: another type tell a file's.
_LOOKED_UP, _TELLING = 20_000, 10


def build_vocabulary(
    entity_type: str,
    files: Sequence[Path | str],
    *,
    output: Path | str | None = None,
    format: str | None = None,  # noqa: A002 - the word users know
    exclude: Collection[str] = (),
    under: Collection[str] = (),
) -> Vocabulary:
    """Compile vocabulary files into one vocabulary.

    Parameters
    ----------
    entity_type
        For example ``"Gene"``.
    files
        In order of precedence: the first that has a concept gives its preferred name.
        Files of observed names (annotated corpora) are read after all others.
    output
        Folder to write ``<type>.vocab`` to; in memory by default.
    format
        Of all files; each file's own is detected by default.
    exclude
        Ids of documents of annotated corpora to leave out.
    under
        Identifiers as :func:`~kgbuild.curies.parse_curie` reads them: only these
        concepts and those below them are taken.

    Returns
    -------
    Vocabulary
        Opened for reading.

    Raises
    ------
    InputError
        A file cannot be read, is of another type, or has no usable entry. Nothing is
        left behind.
    """
    from kgbuild.normalize.compiler import compile_entries, describe

    entity_type = canonical_type(entity_type)
    if not files:
        msg = "A vocabulary is made of at least one file. Got none."
        raise ConfigError(msg)
    parts: list[tuple[Source, Iterable[Entry]]] = []
    for path in map(Path, files):
        name = format or detect_format(path)
        source = describe(path, format=name)
        if name == "corpus" and exclude:
            left_out = hashlib.sha256("\n".join(sorted(exclude)).encode()).hexdigest()
            source = replace(source, excluded=left_out)
        entries: Iterable[Entry] = read_entries(
            path, entity_type=entity_type, format=name, exclude=exclude
        )
        if name != "corpus":
            entries = _of_type(entity_type, entries, path, own=name in _OWN)
        parts.append((source, entries))
    if under:
        roots = {parse_curie(r, entity_type=entity_type) or r.strip() for r in under}
        parts = _subset(parts, frozenset(roots))
    return compile_entries(entity_type, parts, output=output)


def _of_type(
    entity_type: str, entries: Iterable[Entry], path: Path, *, own: bool = False
) -> Iterator[Entry]:
    """Yield the entries, or say that most of the first are of another type.

    What one may have written oneself (``own``) may have any name space but those of
    other types alone.
    """
    types = entity_types()
    known = types.get(entity_type)
    stream = iter(entries)
    first = list(islice(stream, 1_000))
    if known is not None and first:
        prefixes = {*known.prefixes, *PREFERENCE.get(entity_type, ())}
        others = Counter(entry.concept.partition(":")[0] for entry in first)
        fitting = sum(others[prefix] for prefix in prefixes)
        if own:
            listed = [kind.prefixes for kind in types.values()]
            foreign = {p for one in (*listed, *PREFERENCE.values()) for p in one}
            foreign -= prefixes
            fitting = len(first) - sum(others[prefix] for prefix in foreign)
        if 2 * fitting < len(first):
            most = others.most_common(1)[0][0]
            reason = (
                f"This file is not of the type {entity_type}: its identifiers are of "
                f"{most!r}, expected is one of {', '.join(sorted(prefixes))}; name "
                "another type."
            )
            raise InputError(reason, path=path)
    seen = chain(first, stream)
    if known is not None:
        yield from _checked_by_lexicon(islice(seen, _LOOKED_UP), entity_type, path)
    yield from seen


def _checked_by_lexicon(
    entries: Iterable[Entry], entity_type: str, path: Path
) -> Iterator[Entry]:
    """Yield entries; refuse those that annotators know as another type.

    MeSH numbers diseases and chemicals alike: prefixes do not tell them apart.
    """
    served = {entity_type, served_by(entity_type)}
    layers = {vocabulary.type: vocabulary for vocabulary in open_lexicon()}
    met: Counter[str] = Counter()
    example: dict[str, str] = {}
    for entry in entries:
        kinds = [k for k, layer in layers.items() if layer.concept(entry.concept)]
        for kind in kinds if served.isdisjoint(kinds) else ["own"] * bool(kinds):
            met[kind] += 1
            example.setdefault(kind, f"{entry.concept} ({entry.name})")
        yield entry
    kind, times = max(met.items(), key=lambda item: item[1], default=("own", 0))
    if kind != "own" and times >= _TELLING and times > 2 * met["own"]:
        reason = (
            f"This file is not of the type {entity_type}: {times} of its concepts, "
            f"such as {example[kind]}, are known as {kind} and {met['own']} as "
            f"{entity_type}; name another type."
        )
        raise InputError(reason, path=path)


def _subset(
    parts: Sequence[tuple[Source, Iterable[Entry]]], roots: frozenset[str]
) -> list[tuple[Source, Iterable[Entry]]]:
    """Keep the roots and what is below them; reads everything into memory."""
    from kgbuild.normalize.compiler import below

    read = [(source, list(entries)) for source, entries in parts]
    kept = below(roots, (entry for _, entries in read for entry in entries))
    subset: list[tuple[Source, Iterable[Entry]]] = []
    for source, entries in read:
        chosen = [e for e in entries if not kept.isdisjoint((e.concept, *e.aliases))]
        if chosen:
            facts = "\n".join((source.sha256, *sorted(roots)))
            digest = hashlib.sha256(facts.encode()).hexdigest()
            subset.append((replace(source, excluded=digest), chosen))
    if not subset:
        msg = (
            f"No concept is or lies below {', '.join(sorted(roots))}: check the CURIE, "
            "and whether the files state parents."
        )
        raise ConfigError(msg)
    return subset
