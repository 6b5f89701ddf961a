"""Layers of vocabularies: which ones are in force, and what they say together.

From the top:

1. lists of one's own (``gene.tsv``, or compiled of such lists alone): a name that a
   list has means what the list says, whatever lies beneath;
2. official vocabularies that the user compiled and named;
3. what ``kgbuild vocab install`` put into the user's data folder;
4. the starter vocabulary that comes with kgbuild;
5. the lexicon that comes with kgbuild: what annotators called what.

The last three lie beneath whatever is named. The words ``installed``, ``starter`` and
``lexicon``, where one of them is named, say which of the three do; ``none`` says that
none does.
"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.curies import parse_curie
from kgbuild.entity_types import canonical_type, entity_types
from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize._bloom import probe_of
from kgbuild.normalize.building import build_vocabulary
from kgbuild.normalize.joining import PREFERENCE
from kgbuild.normalize.keys import simplified_key, token_key, words
from kgbuild.normalize.lexicon import lexicon_path, open_lexicon
from kgbuild.normalize.shipped import compiled_once
from kgbuild.normalize.sources import STATUSES
from kgbuild.normalize.vocabulary import (
    PRECEDENCE_OF_FILE,
    SUFFIX,
    NameRow,
    Vocabulary,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kgbuild.normalize.vocabulary import Layer

#: Words that stand for a layer in the place of a path.
WORDS = ("installed", "starter", "lexicon", "none")

#: The variants' table, which stands beside vocabularies or alone; no stage of this
#: package reads it.
_VARIANTS = "variants.table"

#: Types whose concepts belong to a species.
_OF_TAXA = frozenset({"Gene", "CellLine"})

#: What a concept's weight gains by its vocabulary, for each one behind it. On a tie the
#: starter's choice stands before an official one: it was made for everyday words, where
#: a taxonomy knows a genus of that name ("mice", "rats").
PRECEDENCE_OF_VOCABULARY = 1_000_000


def starter_vocabulary() -> Path:
    """Return the folder of the vocabulary that comes with kgbuild."""
    from kgbuild._io.paths import data_path

    return data_path("vocabulary")


def installed_vocabulary() -> Path | None:
    """Return the folder that ``kgbuild vocab install`` filled, or ``None``."""
    from kgbuild._io.paths import user_data

    folder = user_data() / "vocabulary"
    return folder if any(folder.glob(f"*{SUFFIX}")) else None


def more_names(layers: Collection[str]) -> str | None:
    """Return what gives more names than the layers in force, where something does."""
    if installed_vocabulary() is None:
        return "'kgbuild vocab install' gives more names"
    if "installed" not in layers:
        return "what is installed was left out: name 'installed' too"
    return None


def places(
    named: Path | str | Sequence[Path | str] | None = None,
) -> list[tuple[Layer | None, Path]]:
    """Return the folders and files that are in force, from the top.

    Parameters
    ----------
    named
        Folders or files of the user's, from the top, and words of :data:`WORDS`.

    Returns
    -------
    list of (layer, path)
        The layer of what the user named is ``None``: its files tell.
    """
    given = [] if named is None else named
    given = [given] if isinstance(given, (str, Path)) else list(given)
    installed, starter = installed_vocabulary(), starter_vocabulary()
    spelled = {str(starter): "starter", str(installed): "installed"}
    given = [spelled.get(str(place), _word(place) or place) for place in given]
    words = {str(place) for place in given} & set(WORDS)
    own: list[tuple[Layer | None, Path]] = [
        (None, Path(place)) for place in given if str(place) not in WORDS
    ]
    if installed is not None and (not words or "installed" in words):
        own.append(("installed", installed))
    if not words or "starter" in words:
        own.append(("starter", starter))
    if not words or "lexicon" in words:
        own.append(("lexicon", lexicon_path()))
    if "installed" in words and installed is None:
        msg = (
            "No vocabulary is installed: install them with 'kgbuild vocab install', "
            "or name 'starter'."
        )
        raise ResourceMissingError(msg)
    if not own:
        msg = "'none' leaves no vocabulary: name a folder or a list beside it."
        raise ResourceMissingError(msg)
    return own


def _word(place: Path | str) -> str | None:
    """Return the word that a path is of which a TOML's folder became the first part."""
    path = Path(place)
    return path.name if path.name in WORDS and not path.exists() else None


def layers_of(
    named: Path | str | Sequence[Path | str] | None = None,
) -> list[str]:
    """Return the names of the layers in force, and the places that the user named."""
    return [layer or str(place) for layer, place in places(named)]


def open_layers(
    named: Path | str | Sequence[Path | str] | None = None,
) -> dict[str, list[Vocabulary]]:
    """Open all vocabularies that are in force, per entity type from the top.

    Parameters
    ----------
    named
        See :func:`places`.

    Raises
    ------
    ResourceMissingError
        A folder or file is not there, or holds no vocabulary.
    InputError
        A vocabulary cannot be read.
    """
    layers: dict[str, list[Vocabulary]] = {}
    for layer, place in places(named):
        if holds_variants_alone(place):
            continue
        for opened in _OPENED.get(layer or "", partial(open_vocabularies, place))():
            opened.layer = layer or opened.layer
            layers.setdefault(opened.type, []).append(opened)
    return {
        kind: sorted(given, key=lambda v: v.layer != "list")
        for kind, given in layers.items()
    }


def open_starter() -> list[Vocabulary]:
    """Open the starter vocabulary, compiled once into the user's cache folder."""
    files = sorted(starter_vocabulary().glob("*.tsv"))
    return compiled_once(
        "starter",
        files,
        lambda folder: [
            build_vocabulary(file.stem, [file], format="tsv", output=folder)
            for file in files
        ],
    )


#: What ships is opened in a way of its own.
_OPENED = {"starter": open_starter, "lexicon": open_lexicon}


def holds_variants_alone(place: Path) -> bool:
    """Whether a folder or file is the variants' table and no vocabulary."""
    files = list(place.iterdir()) if place.is_dir() else [place]
    return any(file.name == _VARIANTS and file.exists() for file in files) and not any(
        file.suffix in {SUFFIX, ".tsv"} for file in files
    )


def open_vocabularies(place: Path | str) -> list[Vocabulary]:
    """Open all vocabularies of a folder, or one file.

    Parameters
    ----------
    place
        A folder of ``<type>.vocab`` files or, for types that have none, ``<type>.tsv``
        lists, which are compiled in memory; or one such file.

    Raises
    ------
    ResourceMissingError
        There is nothing of the kind.
    InputError
        A vocabulary cannot be read.
    """
    place = Path(place)
    if not place.exists():
        msg = (
            f"There is no vocabulary folder {place}: check the path, or make one with "
            "'kgbuild vocab build'."
        )
        raise ResourceMissingError(msg)
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    chosen: dict[str, Path] = {}
    for file in files:
        if file.suffix not in {SUFFIX, ".tsv"} or file.name.startswith("."):
            continue
        # A compiled vocabulary stands before a list of the same name.
        if file.stem not in chosen or file.suffix == SUFFIX:
            chosen[file.stem] = file
    if not chosen:
        msg = (
            f"{place} holds no vocabulary: expected files such as gene{SUFFIX} or "
            "gene.tsv; make them with 'kgbuild vocab build'."
        )
        raise ResourceMissingError(msg)
    unknown = [
        file
        for stem, file in chosen.items()
        if file.suffix == ".tsv" and not _is_type(canonical_type(stem))
    ]
    if unknown:
        msg = (
            f"The list {unknown[0]} is named after no entity type: name it after the "
            "type of its concepts, for example disease.tsv or gene.tsv (a type of your "
            "own begins with a capital: Plasmid.tsv)."
        )
        raise InputError(msg)
    vocabularies = [
        Vocabulary.open(file)
        if file.suffix == SUFFIX
        else build_vocabulary(canonical_type(stem), [file], format="tsv")
        for stem, file in chosen.items()
    ]
    for opened in vocabularies:
        own = all(source.format == "tsv" for source in opened.sources)
        opened.layer = "list" if own else "official"
    return vocabularies


def _is_type(name: str) -> bool:
    """Whether a file's stem is an entity type; types of one's own have a capital."""
    return name in entity_types() or name[:1].isupper()


def merged_rows(
    vocabularies: Sequence[Vocabulary],
    key: str,
    *,
    by_words: bool = False,
    listed: bool = False,
) -> list[NameRow]:
    """Return the names of a key, each concept called what the layers agree on.

    Parameters
    ----------
    vocabularies
        Of one type, from the top.
    key
        A simplified key, or, ``by_words``, a token key.
    listed
        Whether the user's lists alone are asked.

    Returns
    -------
    list of NameRow
        What a list of the user's says of a name hides what lies beneath, other lists
        too, in the same species where genes are looked up. So hides a name of the
        starter, or a preferred one, what annotators meant by it.
    """
    probe = probe_of(key)
    # Most keys are in no vocabulary: every rewrite of a mention is asked for.
    having = [
        (place, vocabulary.lookup_tokens(key) if by_words else vocabulary.lookup(key))
        for place, vocabulary in enumerate(vocabularies)
        if probe in (vocabulary.token_filter if by_words else vocabulary.name_filter)
        and (not listed or vocabulary.layer == "list")
    ]
    if not having:
        return []
    if len(vocabularies) < 2:
        return [row for _, asked in having for row in asked]
    layers = tuple(vocabularies)
    rows: list[NameRow] = []
    claimed: set[int | None] = set()
    chosen: dict[int | None, set[str]] = {}
    order = PREFERENCE.get(layers[0].type, ())
    for place, asked in having:
        layer = layers[place].layer
        own = layer == "list"
        if claimed:
            asked = tuple(
                row for row in asked if None not in claimed and row.taxon not in claimed
            )
        taxa: set[int | None] = set()
        for row in asked:
            concept, name, taxon, home = identity(row.concept, layers)
            if own:
                taxa.add(taxon)
            if layer == "lexicon":
                if concept not in chosen.get(taxon, {concept}):
                    continue
            elif layer == "starter" or (
                row.status == "preferred" and _rank(concept, order) == 0
            ):
                chosen.setdefault(taxon, set()).add(concept)
            bonus = _bonus(layers, place if layer == "starter" else home)
            rows.append(
                NameRow(
                    row.text, row.status, row.count, concept, name, taxon,
                    row.weight + bonus,
                )
            )  # fmt: skip
        claimed |= taxa
    return rows


def _bonus(layers: tuple[Vocabulary, ...], place: int) -> int:
    """Return what a concept gains where names are equal."""
    level, layer = len(layers) - place, layers[place].layer
    if layer not in {"starter", "list"}:
        return PRECEDENCE_OF_VOCABULARY * level
    level += len(layers) * (2 if layer == "list" else 1)
    return PRECEDENCE_OF_VOCABULARY * level + PRECEDENCE_OF_FILE


def _rank(curie: str, order: tuple[str, ...]) -> int:
    prefix = curie.partition(":")[0]
    return order.index(prefix) if prefix in order else len(order)


@lru_cache(maxsize=200_000)
def identity(
    curie: str, layers: tuple[Vocabulary, ...]
) -> tuple[str, str, int | None, int]:
    """Return what the layers together call a concept.

    Alternative identifiers join what layers call differently. A list of the user's
    decides; else the best prefix of :data:`PREFERENCE`, then the topmost layer.

    Parameters
    ----------
    curie
        Of a concept of any of the layers, or of an alias of it.
    layers
        Of one type, from the top.

    Returns
    -------
    tuple
        CURIE, preferred name, taxon, and the place of the layer that says so.
    """
    order = PREFERENCE.get(layers[0].type, ())
    if (numbered := _numbered(curie, layers)) is not None:
        return numbered
    topmost = layers[0].concept(curie)
    if topmost is not None and _rank(topmost[0], order) == 0:
        taxon = topmost[2]
        if taxon is not None or layers[0].type not in _OF_TAXA:
            return *topmost, 0  # nothing beneath can say better
    same = {curie}
    # Per layer what it resolves already, so that it is not asked twice.
    resolved: list[dict[str, tuple[str, str, int | None]]] = []
    for layer in layers:
        known = layer.concept(curie)
        resolved.append({})
        if known is not None:
            own = (curie, known[0], *layer.aliases(known[0]))
            resolved[-1] = dict.fromkeys(own, known)
            same.update(own)
    best: tuple[tuple[bool, int, int, bool], tuple[str, str, int | None, int]] | None
    best = None
    taxon = None
    ordered = sorted(same, key=lambda other: (_rank(other, order), other))
    for place, (layer, sure) in enumerate(zip(layers, resolved, strict=True)):
        for other in ordered:
            known = sure.get(other) or layer.concept(other)
            if known is None:
                continue
            taxon = known[2] if taxon is None else taxon
            rank = _rank(known[0], order)
            key = (layer.layer != "list", rank, place, known[0] != curie)
            if best is None or key < best[0]:
                best = (key, (known[0], known[1], known[2], place))
            # The others are of prefixes that are no better.
            break
    if best is None:
        return curie, curie, None, len(layers) - 1
    concept, name, stated, place = best[1]
    if layers[place].layer == "lexicon":
        # A number of former years: today's concept has the same preferred name.
        for other_place, layer in enumerate(layers[:place]):
            for row in layer.lookup(simplified_key(name)):
                same_space = row.concept.split(":")[0] == concept.split(":")[0]
                if row.status == "preferred" and same_space and row.taxon == taxon:
                    return row.concept, row.name, row.taxon, other_place
    return concept, name, taxon if stated is None else stated, place


def _numbered(
    curie: str, layers: tuple[Vocabulary, ...]
) -> tuple[str, str, int | None, int] | None:
    """Return the rat gene of the same names that has a number of NCBI's, or ``None``.

    What is installed knows RGD's identifiers of rat genes; the starter, the lexicon and
    lists of one's own know NCBI's numbers of those that papers name most. One that has
    the symbol is the same gene, or else the only one that has a synonym.
    """
    if not curie.startswith("rgd:"):
        return None
    known = next((one for v in layers if (one := v.concept(curie))), None)
    if known is None or not known[0].startswith("rgd:"):
        return None
    concept, symbol, taxon = known
    synonyms = [text for v in layers for text, _ in v.names(concept) if text != symbol]
    for texts in ([symbol], synonyms):
        found = {
            row.concept: place
            for text in texts
            for place, layer in enumerate(layers)
            for row in layer.lookup(simplified_key(text))
            if row.concept.startswith("ncbigene:") and row.taxon == taxon
        }
        if len(found) == 1:
            ((other, place),) = found.items()
            return other, symbol, taxon, place
    return None


def search_layers(
    layers: Sequence[Vocabulary], text: str, *, limit: int = 10
) -> list[NameRow]:
    """Return names that equal a text or start like it, each concept once.

    Names that equal it, but for plurals and the order of words, come first, in the
    order that links them: the starter's everyday meaning before a genus of that name.

    Parameters
    ----------
    layers
        Vocabularies of one type, from the top.
    text
        See :meth:`~kgbuild.normalize.vocabulary.Vocabulary.search`.
    limit
        How many concepts are returned at most.
    """
    given = tuple(layers)
    found: dict[str, NameRow] = {}
    curie = parse_curie(text, entity_type=given[0].type) if given else None
    if curie is None or not any(layer.concept(curie) for layer in given):
        whole = simplified_key(text), "".join(words(text))
        for rows in (
            *(merged_rows(given, key) for key in dict.fromkeys(filter(None, whole))),
            merged_rows(given, token_key(text), by_words=True),
        ):
            for row in sorted(rows, key=_as_linked):
                found.setdefault(row.concept, row)
    for layer in given:
        for row in layer.search(text, limit=limit):
            concept, name, taxon, _ = identity(row.concept, given)
            same = row._replace(concept=concept, name=name, taxon=taxon)
            found.setdefault(concept, same)
    return list(found.values())[:limit]


def _as_linked(row: NameRow) -> tuple[int, int, int, str]:
    status = STATUSES.index(row.status)
    return status, -row.weight, len(row.concept), row.concept
