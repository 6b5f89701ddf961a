"""Compiled vocabularies: names → concepts and concepts → names, on disk.

A vocabulary is one SQLite file per entity type, read through a memory map and never
written after :mod:`kgbuild.normalize.compiler` made it. Its rows are packed in blocks,
each with a dictionary that the blocks of its table share, which makes the NCBI taxonomy
a tenth of what plain tables take:

``meta``     name → JSON value: format, entity type, keys, sources, counts
``concept``  lines in the order of CURIEs, whose places are the concepts' numbers:
             CURIE, preferred name, taxon, weight, aliases, cross-references, parents,
             names; these are status, text and, where observed, count
``name``     lines in the order of keys: simplified key, concept, place of its name
``tokens``   lines in the order of tokens: token key, simplified key, where they differ
``alias``    lines in the order of aliases: other CURIE, concept
``part``     of each table the dictionary and the first key of each block; Bloom filters
             of the keys of ``name`` and of ``tokens``
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import threading
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import zstandard

from kgbuild._io.sqlite import Database
from kgbuild.curies import parse_curie
from kgbuild.entity_types import canonical_type
from kgbuild.errors import InputError, ResourceMissingError, at_least
from kgbuild.normalize._bloom import KeyFilter, probe_of
from kgbuild.normalize.keys import KEYS_VERSION, simplified_key
from kgbuild.normalize.sources import STATUSES, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

A = TypeVar("A")
R = TypeVar("R")

Layer = Literal["list", "official", "installed", "starter", "lexicon"]

SUFFIX = ".vocab"
FORMAT_VERSION = 2
#: "kgvo", in the header of the file: tells our files from other SQLite files.
APPLICATION_ID = 0x6B67766F

#: What a concept's weight gains for each file that comes later than its own; above any
#: weight that a file gives.
PRECEDENCE_OF_FILE = 1_000

#: Lines in a block; one that holds a key's last line has more.
IN_BLOCK = {"concept": 32, "name": 64, "tokens": 64, "alias": 64}

#: Between the items of a column, and between the parts of an item: characters that no
#: tidy name has.
BETWEEN, WITHIN = "\x1f", "\x1e"

#: Largest block that is believed.
_MAX_BLOCK = 1 << 26

#: What reading a damaged file raises.
_DAMAGE = (sqlite3.Error, zstandard.ZstdError, ValueError, IndexError, TypeError)

#: How many concepts an open vocabulary remembers.
_REMEMBERED = 50_000

#: How many blocks of a table stay unpacked: all of the starter's and the lexicon's, of
#: others those that were read last.
_UNPACKED = 512

#: Blocks of names that a search by the beginning of a name looks through.
_SEARCHED = 500


class NameRow(NamedTuple):
    """One name of one concept, as a look-up returns it.

    Attributes
    ----------
    text
        The name as the source writes it.
    status
        How it belongs to the concept.
    count
        How often it was observed in annotated text; 0 for names of a vocabulary.
    concept, name, taxon, weight
        Of the concept: CURIE, preferred name, taxon number, prior.
    """

    text: str
    status: Status
    count: int  # type: ignore[assignment]  # no method of tuples here
    concept: str
    name: str
    taxon: int | None
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a vocabulary comes from.

    Attributes
    ----------
    file
        Name of the file, without its folder.
    format
        See :data:`kgbuild.normalize.sources.FORMATS`.
    sha256
        Of the file as it lay on disk.
    bytes
        Its size.
    date
        ISO date of its last change.
    release
        Version or date that the file states of itself, or empty.
    concepts, names
        How many it gave.
    licence
        The publisher's terms in a word, where known.
    package
        Data package that it was part of, with version and licence, or empty.
    excluded
        SHA-256 of what limited the choice (ids of documents that were left out, roots
        of a subset), or empty.
    """

    file: str
    format: str
    sha256: str
    bytes: int
    date: str
    concepts: int = 0
    names: int = 0
    release: str = ""
    excluded: str = ""
    licence: str = ""
    package: str = ""


class _Concept(NamedTuple):
    """A line of ``concept``."""

    curie: str
    name: str
    taxon: int | None
    weight: int
    aliases: tuple[str, ...]
    xrefs: tuple[str, ...]
    parents: tuple[str, ...]
    joined: str

    @classmethod
    def of(cls, line: str) -> _Concept:
        """Read a line."""
        curie, name, taxon, weight, *lists, joined_names = line.split("\t")
        aliases, xrefs, parents = (
            tuple(joined.split(WITHIN)) if joined else () for joined in lists
        )
        return cls(
            curie=curie,
            name=name,
            taxon=int(taxon) if taxon else None,
            weight=int(weight),
            aliases=aliases,
            xrefs=xrefs,
            parents=parents,
            joined=joined_names,
        )

    def name_at(self, place: int) -> tuple[int, str, int]:
        """Return status, text and count of a name."""
        return _name_of(self.joined.split(BETWEEN)[place])

    def names(self) -> Iterator[tuple[int, str, int]]:
        """Yield status, text and count of each name."""
        return map(_name_of, self.joined.split(BETWEEN) if self.joined else ())


def _name_of(item: str) -> tuple[int, str, int]:
    text, _, count = item[1:].partition(WITHIN)
    return int(item[0]), text, int(count) if count else 0


class _Table:
    """One table of blocks."""

    def __init__(self, name: str, database: Database, parts: dict[str, bytes]) -> None:
        self._query = f"SELECT data FROM {name} WHERE id = ?"  # noqa: S608 - ours
        self._database = database
        self._lock = threading.Lock()
        self._unpacked: dict[int, str] = {}
        words = parts[f"{name} dictionary"]
        self._unpacker = zstandard.ZstdDecompressor(
            dict_data=zstandard.ZstdCompressionDict(words) if words else None
        )
        first = _unpack(zstandard.ZstdDecompressor(), parts[f"{name} first"]).decode()
        self.first = first.split("\n") if first else []

    def __len__(self) -> int:
        return len(self.first)

    def place(self, key: str) -> int:
        """Return the number of the block that has a key, if any has it."""
        return bisect_right(self.first, key) - 1

    def block(self, number: int) -> str:
        """Return the lines of a block."""
        known = self._unpacked.get(number)
        if known is not None:
            return known
        row = self._database.connection.execute(self._query, (number,)).fetchone()
        if row is None:
            msg = f"block {number} is missing"
            raise ValueError(msg)
        with self._lock:
            lines = _unpack(self._unpacker, row[0]).decode()
            if len(self._unpacked) >= _UNPACKED:
                del self._unpacked[next(iter(self._unpacked))]
            self._unpacked[number] = lines
        return lines

    def values(self, key: str) -> list[str]:
        """Return what stands behind a key in its lines."""
        number = self.place(key)
        if number < 0:
            return []
        text, wanted, found = "\n" + self.block(number), f"\n{key}\t", []
        at = text.find(wanted)
        while at >= 0:
            start = at + len(wanted)
            at = text.find("\n", start)
            found.append(text[start : at if at >= 0 else None])
            # Lines of one key stand together.
            at = at if at >= 0 and text.startswith(wanted, at) else -1
        return found


def _unpack(unpacker: zstandard.ZstdDecompressor, data: bytes) -> bytes:
    size = zstandard.get_frame_parameters(data).content_size
    if size > _MAX_BLOCK:
        msg = f"a block of {size:,} bytes"
        raise ValueError(msg)
    return unpacker.decompress(data)


class Vocabulary:
    """A compiled vocabulary of one entity type.

    Open one with :meth:`open`, make one with
    :func:`kgbuild.normalize.building.build_vocabulary`. It may be used from several
    threads and crosses process borders.

    Attributes
    ----------
    path
        The file, or ``None`` where it lives in memory.
    layer
        See :mod:`kgbuild.normalize.layers`.
    type
        Canonical entity type.
    version
        Sixteen hexadecimal digits that depend on sources and format alone.
    name_filter, token_filter
        Which simplified keys, and which token keys, names may have.
    """

    path: Path | None
    layer: Layer = "official"
    type: str
    version: str
    name_filter: KeyFilter
    token_filter: KeyFilter

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[int, _Concept] = {}
        #: CURIE → number of its concept, -1 where there is none.
        self._places: dict[str, int] = {}
        self.path = database.path
        self._meta: dict[str, Any] = {
            key: json.loads(value)
            for key, value in database.rows("SELECT key, value FROM meta")
        }
        parts = {
            name: bytes(data) for name, data in database.rows("SELECT * FROM part")
        }
        self.name_filter = KeyFilter(parts["name filter"])
        self.token_filter = KeyFilter(parts["tokens filter"])
        self._concepts, self._names, self._tokens, self._aliases = (
            _Table(name, database, parts) for name in IN_BLOCK
        )
        self.type = self._meta["type"]
        self.version = self._meta["version"]

    @classmethod
    def open(cls, path: Path | str) -> Vocabulary:
        """Open a compiled vocabulary for reading.

        Raises
        ------
        ResourceMissingError
            There is no such file.
        InputError
            The file is no compiled vocabulary, damaged, or of another version.
        """
        path = Path(path).absolute()
        again = "build it again with 'kgbuild vocab build' or 'kgbuild vocab install'."
        if not path.is_file():
            msg = (
                f"There is no vocabulary {path}: check the path, or make it with "
                "'kgbuild vocab build'."
            )
            raise ResourceMissingError(msg)
        try:
            database = Database(path, prepare=_prepare)
            ((application,),) = database.rows("PRAGMA application_id")
            ((version,),) = database.rows("PRAGMA user_version")
            if application != APPLICATION_ID:
                reason = (
                    "This is no compiled vocabulary of kgbuild: make one with "
                    "'kgbuild vocab build'."
                )
                raise InputError(reason, path=path)
            if version != FORMAT_VERSION:
                reason = (
                    f"This vocabulary has format {version}, this kgbuild reads format "
                    f"{FORMAT_VERSION}: {again}"
                )
                raise InputError(reason, path=path)
            opened = cls(database)
        except (*_DAMAGE, KeyError) as error:
            reason = f"This vocabulary cannot be read ({error}): {again}"
            raise InputError(reason, path=path) from error
        if opened._meta.get("keys") != KEYS_VERSION:
            reason = (
                f"This vocabulary was made with version {opened._meta.get('keys')!r} "
                f"of the look-up keys, this kgbuild has {KEYS_VERSION}: {again}"
            )
            raise InputError(reason, path=path)
        return opened

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is not None:
            return (_open_again, (str(self.path), self.layer))
        data = self._database.connection.serialize()
        return (_load_again, (data, self.layer))

    def __repr__(self) -> str:
        return (
            f"Vocabulary({self.type}, {len(self):,} concepts, "
            f"{self.n_names:,} names, version {self.version})"
        )

    def __len__(self) -> int:
        return int(self._meta["concepts"])

    def close(self) -> None:
        """Close the file; look-ups fail from then on."""
        self._database.close()

    @property
    def n_names(self) -> int:
        """Number of names."""
        return int(self._meta["names"])

    @property
    def n_sources(self) -> int:
        """Number of files it was made of."""
        return len(self._meta["sources"])

    @property
    def sources(self) -> tuple[Source, ...]:
        """The files it was made of."""
        return tuple(Source(**source) for source in self._meta["sources"])

    def info(self) -> dict[str, Any]:
        """Return type, version, counts and sources as plain data."""
        return {"path": None if self.path is None else str(self.path), **self._meta}

    def may_have(self, key: str) -> bool:
        """Whether a name may have this simplified key; asks no file, never denies."""
        return probe_of(key) in self.name_filter

    def lookup(self, key: str) -> tuple[NameRow, ...]:
        """Return the names that have this simplified key.

        Parameters
        ----------
        key
            See :func:`kgbuild.normalize.keys.simplified_key`.
        """
        return self._rows(key) if self.may_have(key) else ()

    def lookup_tokens(self, tokens: str) -> tuple[NameRow, ...]:
        """Return the names of several words that have this token key.

        Parameters
        ----------
        tokens
            See :func:`kgbuild.normalize.keys.token_key`.
        """
        if probe_of(tokens) not in self.token_filter:
            return ()
        keys = self._guarded(self._tokens.values, tokens)
        return tuple(row for key in keys for row in self._rows(key))

    def concept(self, curie: str) -> tuple[str, str, int | None] | None:
        """Return CURIE, preferred name and taxon of a concept or of its alias."""
        found = self._concept(curie)
        return None if found is None else (found.curie, found.name, found.taxon)

    def name_of(self, curie: str) -> str | None:
        """Return the preferred name of a concept, or ``None``."""
        found = self._concept(curie)
        return None if found is None else found.name

    def names(self, curie: str) -> tuple[tuple[str, Status], ...]:
        """Return all names of a concept with their statuses, strongest first."""
        found = self._own(curie)
        if found is None:
            return ()
        return tuple((text, STATUSES[status]) for status, text, _ in found.names())

    def aliases(self, curie: str) -> tuple[str, ...]:
        """Return the other identifiers of the same concept."""
        found = self._own(curie)
        return () if found is None else found.aliases

    def xrefs(self, curie: str) -> tuple[str, ...]:
        """Return the corresponding concepts elsewhere."""
        found = self._own(curie)
        return () if found is None else found.xrefs

    def parents(self, curie: str) -> tuple[str, ...]:
        """Return the broader concepts."""
        found = self._own(curie)
        return () if found is None else found.parents

    def ancestors(self, curie: str, *, limit: int = 1_000) -> tuple[str, ...]:
        """Return all broader concepts, nearest first; a cycle ends nothing.

        Parameters
        ----------
        curie
            Of a concept.
        limit
            How many are returned at most.
        """
        at_least(1, limit=limit)
        found: dict[str, None] = {}
        level = [curie]
        while level and len(found) < limit:
            above = [p for child in level for p in self.parents(child)]
            level = [p for p in dict.fromkeys(above) if p not in found and p != curie]
            found.update(dict.fromkeys(level))
        return tuple(found)[:limit]

    def search(self, text: str, *, limit: int = 20) -> tuple[NameRow, ...]:
        """Return names that equal the text or start like it, best first.

        Parameters
        ----------
        text
            Part of a name, or an identifier as :func:`~kgbuild.curies.parse_curie`
            reads it.
        limit
            How many concepts are returned at most.
        """
        at_least(1, limit=limit)
        exact = self._concept(parse_curie(text, entity_type=self.type) or text)
        if exact is not None:
            row = NameRow(
                exact.name, "preferred", 0, exact.curie, exact.name, exact.taxon, 0
            )
            return (row,)
        key = simplified_key(text)
        if not key:
            return ()
        keys: dict[str, None] = {}
        first = max(self._names.place(key), 0)
        for number in range(first, min(first + _SEARCHED, len(self._names))):
            if self._names.first[number] > key + "\U0010ffff":
                break
            lines = self._guarded(self._names.block, number).split("\n")
            found = (line.partition("\t")[0] for line in lines)
            keys.update(dict.fromkeys(k for k in found if k.startswith(key)))
        best: dict[str, NameRow] = {}
        for near in sorted(keys, key=lambda k: (len(k), k)):
            rows = self._rows(near)
            for row in sorted(
                rows, key=lambda r: (STATUSES.index(r.status), -r.weight)
            ):
                best.setdefault(row.concept, row)
            if len(best) >= limit:
                break
        return tuple(best.values())[:limit]

    def concepts(self) -> Iterator[tuple[str, str, int | None]]:
        """Yield CURIE, preferred name and taxon of every concept, by CURIE."""
        for found in self._all():
            yield found.curie, found.name, found.taxon

    def all_names(self) -> Iterator[tuple[str, str]]:
        """Yield CURIE and text of every name, by concept; a name may come again."""
        for found in self._all():
            yield from ((found.curie, text) for _, text, _ in found.names())

    def names_by_key(self) -> Iterator[tuple[str, str]]:
        """Yield every simplified key with its best name, in the order of the keys.

        Of names that share a key: the strongest status, then the longest, for blanks
        and dashes tell the words apart.
        """
        best: dict[str, tuple[int, int, str]] = {}
        for found in self._all():
            for status, text, _ in found.names():
                key, rank = simplified_key(text), (status, -len(text), text)
                best[key] = min(best.get(key, rank), rank)
        for key in sorted(best):
            yield key, best[key][2]

    def taxa(self) -> tuple[int, ...]:
        """Return the taxa its concepts belong to, those of most concepts first."""
        return tuple(self._meta["taxa"])

    def _rows(self, key: str) -> tuple[NameRow, ...]:
        return self._guarded(self._read_rows, key)

    def _read_rows(self, key: str) -> tuple[NameRow, ...]:
        rows = []
        for value in self._names.values(key):
            number, _, place = value.partition("\t")
            found = self._numbered(int(number))
            status, text, count = found.name_at(int(place))
            row = NameRow(
                text, STATUSES[status], count, found.curie, found.name, found.taxon,
                found.weight,
            )  # fmt: skip
            rows.append(row)
        return tuple(rows)

    def _concept(self, curie: str) -> _Concept | None:
        own = self._own(curie)
        if own is not None:
            return own
        numbers = self._guarded(self._aliases.values, curie)
        return self._numbered(int(numbers[0])) if numbers else None

    def _own(self, curie: str) -> _Concept | None:
        """Return the concept that has this very CURIE."""
        number = self._places.get(curie)
        if number is None:
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            number = self._places[curie] = self._place(curie)
        return self._numbered(number) if number >= 0 else None

    def _place(self, curie: str) -> int:
        block = self._concepts.place(curie)
        if block < 0:
            return -1
        lines = "\n" + self._guarded(self._concepts.block, block)
        at = lines.find(f"\n{curie}\t")
        return -1 if at < 0 else block * IN_BLOCK["concept"] + lines.count("\n", 0, at)

    def _numbered(self, number: int) -> _Concept:
        try:
            return self._remembered[number]
        except KeyError:
            found = self._guarded(self._read_concept, number)
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[number] = found
            return found

    def _read_concept(self, number: int) -> _Concept:
        block, place = divmod(number, IN_BLOCK["concept"])
        return _Concept.of(self._concepts.block(block).split("\n")[place])

    def _all(self) -> Iterator[_Concept]:
        for block in range(len(self._concepts)):
            for line in self._guarded(self._concepts.block, block).split("\n"):
                yield self._guarded(_Concept.of, line)

    def _guarded(self, read: Callable[[A], R], argument: A) -> R:
        """Read something of the file, or say that it is damaged."""
        try:
            return read(argument)
        except _DAMAGE as error:
            reason = f"This vocabulary is damaged ({error}): build it again."
            raise InputError(reason, path=self.path) from error


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA mmap_size = {1 << 36}")
    connection.execute("PRAGMA cache_size = -2048")


def _open_again(path: str, layer: Layer) -> Vocabulary:
    opened = Vocabulary.open(path)
    opened.layer = layer
    return opened


def _load_again(data: bytes, layer: Layer) -> Vocabulary:
    database = Database(None)
    database.connection.deserialize(data)
    opened = Vocabulary(database)
    opened.layer = layer
    return opened


def file_stem(entity_type: str) -> str:
    """Return how files of a type are called.

    Examples
    --------
    >>> file_stem("CellLine"), file_stem("Gene")
    ('cell_line', 'gene')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", canonical_type(entity_type)).lower()


def version_of(entity_type: str, sources: Sequence[Source]) -> str:
    """Return the version that a vocabulary of these sources has, in this order."""
    facts = [FORMAT_VERSION, KEYS_VERSION, entity_type]
    facts += [
        f"{source.format}:{source.sha256}:{source.excluded}" for source in sources
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
