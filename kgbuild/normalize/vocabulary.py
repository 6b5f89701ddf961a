"""Compiled vocabularies: names → concepts and concepts → names, on disk.

A vocabulary is one SQLite file per entity type, read through a memory map, never
written after it was built. SQLite answers 0.4 M look-ups a second from a file of any
size, loads in a millisecond and shares its pages between processes.

``meta``     name → JSON value: format, entity type, keys, sources, counts
``concept``  number, CURIE, preferred name, taxon, weight
``name``     simplified key, concept, text, status, count: one row per name of a concept
``tokens``   token key → simplified keys, where the two differ
``alias``    other identifiers of the same concept
``xref``     corresponding concepts elsewhere
``parent``   broader concepts
``filter``   a Bloom filter of the keys of ``name``, and one of those of ``tokens``
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kgbuild._io.sqlite import Database, new_database
from kgbuild.curies import parse_curie
from kgbuild.entity_types import canonical_type
from kgbuild.errors import ConfigError, InputError, ResourceMissingError
from kgbuild.normalize._bloom import FilterBuilder, KeyFilter
from kgbuild.normalize.keys import (
    KEYS_VERSION,
    MAX_NAME_LENGTH,
    simplified_key,
    token_key,
)
from kgbuild.normalize.sources import (
    STATUSES,
    Status,
    read_entries,
    sha256_of,
    stated_release,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from kgbuild.normalize.sources import Entry

Layer = Literal["list", "official", "installed", "starter", "lexicon"]

SUFFIX = ".vocab"
FORMAT_VERSION = 1
#: "kgvo", in the header of the file: tells our files from other SQLite files.
APPLICATION_ID = 0x6B67766F

#: What a concept's weight gains for each file that comes later than its own; above any
#: weight that a file gives.
PRECEDENCE_OF_FILE = 1_000

#: Rows read at a time where all are read.
_PORTION = 20_000

#: How many concepts an open vocabulary remembers.
_REMEMBERED = 100_000

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE concept (
    id INTEGER PRIMARY KEY, curie TEXT NOT NULL, name TEXT NOT NULL,
    taxon INTEGER, weight INTEGER NOT NULL);
CREATE TABLE name (
    key TEXT NOT NULL, concept INTEGER NOT NULL, text TEXT NOT NULL,
    status INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (key, concept, text, status)) WITHOUT ROWID;
CREATE TABLE tokens (
    tokens TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (tokens, key)) WITHOUT ROWID;
CREATE TABLE alias (
    curie TEXT PRIMARY KEY, concept INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE xref (
    concept INTEGER NOT NULL, curie TEXT NOT NULL,
    PRIMARY KEY (concept, curie)) WITHOUT ROWID;
CREATE TABLE filter (key TEXT PRIMARY KEY, bits BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE parent (
    concept INTEGER NOT NULL, curie TEXT NOT NULL,
    PRIMARY KEY (concept, curie)) WITHOUT ROWID;
"""

_STAGING = """
CREATE TEMP TABLE raw_name (
    key TEXT, concept INTEGER, text TEXT, status INTEGER, count INTEGER);
CREATE TEMP TABLE raw_tokens (tokens TEXT, key TEXT);
"""

_LOOKUP = """
SELECT n.text, n.status, n.count, c.curie, c.name, c.taxon, c.weight
FROM name n JOIN concept c ON c.id = n.concept WHERE n.key = ?
"""

_LOOKUP_TOKENS = """
SELECT n.text, n.status, n.count, c.curie, c.name, c.taxon, c.weight
FROM tokens t JOIN name n ON n.key = t.key JOIN concept c ON c.id = n.concept
WHERE t.tokens = ?
"""


@dataclass(frozen=True, slots=True)
class NameRow:
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
    count: int
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


class Vocabulary:
    """A compiled vocabulary of one entity type.

    Open one with :meth:`open`, make one with :func:`build_vocabulary`. It may be used
    from several threads and crosses process borders by its path.

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
    """

    path: Path | None
    layer: Layer = "official"
    type: str
    version: str

    def __init__(
        self,
        database: Database,
        *,
        path: Path | None,
        rebuild: Mapping[str, Any] | None = None,
    ) -> None:
        self._database = database
        self._rebuild = rebuild
        self._concepts: dict[str, tuple[str, str, int | None] | None] = {}
        self.path = path
        self._meta: dict[str, Any] = {
            key: json.loads(value)
            for key, value in database.rows("SELECT key, value FROM meta")
        }
        filters = dict(database.rows("SELECT key, bits FROM filter"))
        self._name_filter = KeyFilter(bytes(filters["name"]))
        self._token_filter = KeyFilter(bytes(filters["tokens"]))
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
        if not path.is_file():
            msg = (
                f"There is no vocabulary {path}: check the path, or make it with "
                "'kgbuild vocab build'."
            )
            raise ResourceMissingError(msg)
        try:
            database = Database(path, prepare=_tune)
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
                    f"{FORMAT_VERSION}: build it again with 'kgbuild vocab build'."
                )
                raise InputError(reason, path=path)
            opened = cls(database, path=path)
        except (sqlite3.Error, KeyError, ValueError) as error:
            reason = (
                f"This vocabulary cannot be read ({error}): build it again with "
                "'kgbuild vocab build'."
            )
            raise InputError(reason, path=path) from error
        if opened._meta.get("keys") != KEYS_VERSION:
            reason = (
                f"This vocabulary was made with version {opened._meta.get('keys')!r} "
                f"of the look-up keys, this kgbuild has {KEYS_VERSION}: build it "
                "again with 'kgbuild vocab build'."
            )
            raise InputError(reason, path=path)
        return opened

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is not None:
            return (_open_again, (str(self.path), self.layer))
        if self._rebuild is not None:
            return (_build_again, (dict(self._rebuild),))
        msg = "A vocabulary made in memory from entries cannot cross a process border."
        raise TypeError(msg)

    def __repr__(self) -> str:
        return (
            f"Vocabulary({self.type}, {len(self):,} concepts, "
            f"{self._meta['names']:,} names, version {self.version})"
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
        return key in self._name_filter

    def lookup(self, key: str) -> tuple[NameRow, ...]:
        """Return the names that have this simplified key.

        Parameters
        ----------
        key
            See :func:`kgbuild.normalize.keys.simplified_key`.
        """
        return self._names(_LOOKUP, key) if key in self._name_filter else ()

    def lookup_tokens(self, tokens: str) -> tuple[NameRow, ...]:
        """Return the names of several words that have this token key.

        Parameters
        ----------
        tokens
            See :func:`kgbuild.normalize.keys.token_key`.
        """
        if tokens not in self._token_filter:
            return ()
        return self._names(_LOOKUP_TOKENS, tokens)

    def concept(self, curie: str) -> tuple[str, str, int | None] | None:
        """Return CURIE, preferred name and taxon of a concept or of its alias."""
        try:
            return self._concepts[curie]
        except KeyError:
            if len(self._concepts) >= _REMEMBERED:
                self._concepts.clear()
            found = self._concepts[curie] = self._concept(curie)
            return found

    def _concept(self, curie: str) -> tuple[str, str, int | None] | None:
        rows = self._all(
            "SELECT curie, name, taxon FROM concept WHERE curie = ? UNION ALL "
            "SELECT c.curie, c.name, c.taxon FROM alias a JOIN concept c "
            "ON c.id = a.concept WHERE a.curie = ? LIMIT 1",
            (curie, curie),
        )
        return rows[0] if rows else None

    def name_of(self, curie: str) -> str | None:
        """Return the preferred name of a concept, or ``None``."""
        found = self.concept(curie)
        return found[1] if found else None

    def names(self, curie: str) -> tuple[tuple[str, Status], ...]:
        """Return all names of a concept with their statuses, strongest first."""
        rows = self._all(
            "SELECT DISTINCT n.status, n.text FROM name n JOIN concept c "
            "ON c.id = n.concept WHERE c.curie = ? ORDER BY n.status, n.text",
            (curie,),
        )
        return tuple((text, STATUSES[status]) for status, text in rows)

    def aliases(self, curie: str) -> tuple[str, ...]:
        """Return the other identifiers of the same concept."""
        rows = self._all(
            "SELECT a.curie FROM alias a JOIN concept c ON c.id = a.concept "
            "WHERE c.curie = ? ORDER BY a.curie",
            (curie,),
        )
        return tuple(row[0] for row in rows)

    def xrefs(self, curie: str) -> tuple[str, ...]:
        """Return the corresponding concepts elsewhere."""
        return self._linked("xref", curie)

    def parents(self, curie: str) -> tuple[str, ...]:
        """Return the broader concepts."""
        return self._linked("parent", curie)

    def ancestors(self, curie: str, *, limit: int = 1_000) -> tuple[str, ...]:
        """Return all broader concepts, nearest first; a cycle ends nothing.

        Parameters
        ----------
        curie
            Of a concept.
        limit
            How many are returned at most.
        """
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
        exact = self.concept(parse_curie(text, entity_type=self.type) or text)
        if exact is not None:
            curie, name, taxon = exact
            return (NameRow(name, "preferred", 0, curie, name, taxon, 0),)
        key = simplified_key(text)
        if not key:
            return ()
        rows = self._all(
            "SELECT n.text, n.status, n.count, c.curie, c.name, c.taxon, c.weight "
            "FROM name n JOIN concept c ON c.id = n.concept "
            "WHERE n.key >= ? AND n.key < ? "
            "ORDER BY length(n.key), n.status, c.weight DESC, c.id LIMIT ?",
            (key, key + "\U0010ffff", limit * 20),
        )
        best: dict[str, NameRow] = {}
        for row in map(_name_row, rows):
            best.setdefault(row.concept, row)
        return tuple(best.values())[:limit]

    def concepts(self) -> Iterator[tuple[str, str, int | None]]:
        """Yield CURIE, preferred name and taxon of every concept, as built."""
        last = 0
        while True:
            rows = self._all(
                "SELECT id, curie, name, taxon FROM concept WHERE id > ? "
                "ORDER BY id LIMIT 10000",
                (last,),
            )
            if not rows:
                return
            last = rows[-1][0]
            yield from (row[1:] for row in rows)

    def all_names(self) -> Iterator[tuple[str, str]]:
        """Yield CURIE and text of every name, by concept; a name may come again."""
        ((last,),) = self._all("SELECT max(id) FROM concept", ())
        for first in range(0, (last or 0) + 1, 5_000):
            yield from self._all(
                "SELECT c.curie, n.text FROM concept c JOIN name n "
                "ON c.id = n.concept WHERE c.id >= ? AND c.id < ? "
                "ORDER BY c.id, n.status, n.text",
                (first, first + 5_000),
            )

    def names_by_key(self) -> Iterator[tuple[str, str]]:
        """Yield every simplified key with its best name, in the order of the keys.

        Of names that share a key: the strongest status, then the longest, for blanks
        and dashes tell the words apart.
        """
        last = ""
        while True:
            rows = self._all(
                "SELECT key, text FROM name WHERE key > ? "
                "ORDER BY key, status, length(text) DESC, text LIMIT ?",
                (last, _PORTION),
            )
            # The names of a portion's last key may go on in the next portion.
            cut = rows[-1][0] if len(rows) == _PORTION else None
            best: dict[str, str] = {}
            for key, text in rows:
                best.setdefault(key, text)
            if cut is None or len(best) == 1:
                yield from best.items()
            else:
                del best[cut]
                yield from best.items()
            if cut is None:
                return
            last = max(best)

    def taxa(self) -> tuple[int, ...]:
        """Return the taxa its concepts belong to, those of most concepts first."""
        return tuple(self._meta["taxa"])

    def _linked(self, table: str, curie: str) -> tuple[str, ...]:
        rows = self._all(
            f"SELECT t.curie FROM {table} t JOIN concept c ON c.id = t.concept "  # noqa: S608 - the table is ours
            "WHERE c.curie = ? ORDER BY t.curie",
            (curie,),
        )
        return tuple(row[0] for row in rows)

    def _names(self, query: str, key: str) -> tuple[NameRow, ...]:
        return tuple(map(_name_row, self._all(query, (key,))))

    def _all(self, query: str, values: Sequence[object]) -> list[Any]:
        try:
            return self._database.rows(query, values)
        except sqlite3.DatabaseError as error:
            reason = f"This vocabulary is damaged ({error}): build it again."
            raise InputError(reason, path=self.path) from error


def _name_row(row: tuple[Any, ...]) -> NameRow:
    text, status, count, curie, name, taxon, weight = row
    return NameRow(text, STATUSES[status], count, curie, name, taxon, weight)


def file_stem(entity_type: str) -> str:
    """Return how files of a type are called.

    Examples
    --------
    >>> file_stem("CellLine"), file_stem("Gene")
    ('cell_line', 'gene')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", canonical_type(entity_type)).lower()


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
        CURIEs: only these concepts and those below them are taken.

    Returns
    -------
    Vocabulary
        Opened for reading.

    Raises
    ------
    InputError
        A file cannot be read, or has no usable entry. Nothing is left behind.
    """
    from kgbuild.normalize.sources import detect_format

    entity_type = canonical_type(entity_type)
    if not files:
        msg = "A vocabulary is made of at least one file. Got none."
        raise ConfigError(msg)
    paths = [Path(file) for file in files]
    parts: list[tuple[Source, Iterable[Entry]]] = []
    for path in paths:
        name = format or detect_format(path)
        source = describe(path, format=name)
        if name == "corpus" and exclude:
            left_out = hashlib.sha256("\n".join(sorted(exclude)).encode()).hexdigest()
            source = replace(source, excluded=left_out)
        entries: Iterable[Entry] = read_entries(
            path, entity_type=entity_type, format=name, exclude=exclude
        )
        parts.append((source, entries))
    if under:
        parts = _subset(parts, frozenset(under))
    rebuild = {
        "entity_type": entity_type,
        "files": [str(path.absolute()) for path in paths],
        "format": format,
        "exclude": sorted(exclude),
        "under": sorted(under),
    }
    return compile_entries(entity_type, parts, output=output, rebuild=rebuild)


def _subset(
    parts: Sequence[tuple[Source, Iterable[Entry]]], roots: frozenset[str]
) -> list[tuple[Source, Iterable[Entry]]]:
    """Keep the roots and what is below them; reads everything into memory."""
    read = [(source, list(entries)) for source, entries in parts]
    children: dict[str, list[str]] = {}
    for _, entries in read:
        for entry in entries:
            for parent in entry.parents:
                children.setdefault(parent, []).append(entry.concept)
    kept, waiting = set(roots), list(roots)
    while waiting:
        new = [c for c in children.get(waiting.pop(), ()) if c not in kept]
        kept.update(new)
        waiting.extend(new)
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


def compile_entries(
    entity_type: str,
    parts: Iterable[tuple[Source, Iterable[Entry]]],
    *,
    output: Path | str | None = None,
    rebuild: Mapping[str, Any] | None = None,
) -> Vocabulary:
    """Compile entries that are already parsed; see :func:`build_vocabulary`.

    Parameters
    ----------
    entity_type
        For example ``"Gene"``.
    parts
        Each source with its entries.
    output
        Folder to write ``<type>.vocab`` to; in memory by default.
    rebuild
        Arguments of :func:`build_vocabulary`, so that a vocabulary in memory can be
        pickled.

    Raises
    ------
    InputError
        A source has no usable entry. Nothing is left behind.
    """
    if output is None:
        database = Database(None, writable=True)
        _fill(database.connection, entity_type, parts)
        return Vocabulary(database, path=None, rebuild=rebuild)
    folder = Path(output)
    target = folder / f"{file_stem(entity_type)}{SUFFIX}"
    with new_database(target) as connection:
        _fill(connection, entity_type, parts)
    return Vocabulary.open(target)


def _open_again(path: str, layer: Layer) -> Vocabulary:
    opened = Vocabulary.open(path)
    opened.layer = layer
    return opened


def _tune(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA mmap_size = {1 << 36}")
    connection.execute("PRAGMA cache_size = -8192")


def _build_again(arguments: dict[str, Any]) -> Vocabulary:
    return build_vocabulary(**arguments)


def describe(path: Path, *, format: str, licence: str = "") -> Source:  # noqa: A002
    """Return what goes on record of a file or folder; it is read once for its hash."""
    from kgbuild._io.files import check_readable

    if path.is_dir():
        return _describe_folder(path, format=format)
    check_readable(path)
    stat = path.stat()
    changed = datetime.fromtimestamp(stat.st_mtime, tz=UTC)
    return Source(
        file=path.name,
        format=format,
        sha256=sha256_of(path),
        bytes=stat.st_size,
        date=changed.date().isoformat(),
        release=stated_release(path),
        licence=licence,
    )


def _describe_folder(path: Path, *, format: str) -> Source:  # noqa: A002
    """Describe several files that are one source by the hash of their hashes."""
    digest, size, changed = hashlib.sha256(), 0, 0.0
    for file in sorted(path.iterdir()):
        if file.is_file() and file.suffix in {".marisa", ".zstd"}:
            digest.update(f"{file.name}:{sha256_of(file)}\n".encode())
            size += file.stat().st_size
            changed = max(changed, file.stat().st_mtime)
    date = datetime.fromtimestamp(changed, tz=UTC).date().isoformat()
    return Source(
        file=path.name, format=format, sha256=digest.hexdigest(), bytes=size, date=date
    )


def _fill(
    connection: sqlite3.Connection,
    entity_type: str,
    parts: Iterable[tuple[Source, Iterable[Entry]]],
) -> None:
    """Write everything: stage, then insert in key order, which is several times faster.

    Journal and syncs are off: the file is worthless until it is renamed.
    """
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = FILE")
    connection.executescript(_SCHEMA + _STAGING)
    connection.execute("BEGIN")
    builder = _Builder(connection)
    # What annotators observed is attached to concepts, so these must be there first.
    ordered = sorted(parts, key=lambda part: part[0].format == "corpus")
    last = len(ordered) - 1
    sources = [
        builder.add(source, entries, precedence=last - place)
        for place, (source, entries) in enumerate(ordered)
    ]
    builder.finish()
    taxa = connection.execute(
        "SELECT taxon FROM concept WHERE taxon IS NOT NULL "
        "GROUP BY taxon ORDER BY count(*) DESC, taxon LIMIT 100"
    ).fetchall()
    (names,) = connection.execute("SELECT count(*) FROM name").fetchone()
    meta: Mapping[str, Any] = {
        "format": FORMAT_VERSION,
        "keys": KEYS_VERSION,
        "type": entity_type,
        "concepts": len(builder.numbers),
        "names": names,
        "taxa": [taxon for (taxon,) in taxa],
        "sources": [asdict(source) for source in sources],
        "version": version_of(entity_type, sources),
    }
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [(key, json.dumps(value, ensure_ascii=False)) for key, value in meta.items()],
    )
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
    connection.commit()
    connection.execute("DROP TABLE temp.raw_name")
    connection.execute("DROP TABLE temp.raw_tokens")
    connection.execute("ANALYZE")


class _Builder:
    """Adds entries to the staging tables in batches."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._names: list[tuple[str, int, str, int, int]] = []
        self._tokens: list[tuple[str, str]] = []
        self._links: dict[str, list[tuple[int, str]]] = {"xref": [], "parent": []}
        self._aliases: dict[str, int] = {}
        self._bonus = 0
        self.numbers: dict[str, int] = {}

    def add(
        self, source: Source, entries: Iterable[Entry], *, precedence: int
    ) -> Source:
        """Stage all entries of one source and return it with its counts.

        Of concepts with the same name, the one that an earlier file has wins a tie.
        """
        concepts = names = 0
        self._bonus = PRECEDENCE_OF_FILE * precedence
        for entry in entries:
            concepts += 1
            names += self._add(entry)
            if len(self._names) >= 50_000:
                self._flush()
        self._flush()
        if not names:
            reason = (
                f"This file gave no name (format {source.format}): check that it is "
                "the right file, and name its format."
            )
            raise InputError(reason, path=source.file)
        return replace(source, concepts=concepts, names=names)

    def finish(self) -> None:
        """Insert names and token keys in the order of their keys."""
        self._connection.executemany(
            "INSERT INTO alias VALUES (?, ?)",
            sorted(i for i in self._aliases.items() if i[0] not in self.numbers),
        )
        self._connection.execute("CREATE UNIQUE INDEX concept_curie ON concept(curie)")
        self._connection.execute(
            "INSERT INTO name SELECT key, concept, text, status, sum(count) "
            "FROM raw_name GROUP BY key, concept, text, status "
            "ORDER BY key, concept, text, status"
        )
        self._connection.execute(
            "INSERT INTO tokens SELECT DISTINCT tokens, key FROM raw_tokens "
            "ORDER BY tokens, key"
        )
        self._connection.execute("CREATE INDEX name_concept ON name(concept)")
        for table, column in (("name", "key"), ("tokens", "tokens")):
            self._filter(table, column)

    def _filter(self, table: str, column: str) -> None:
        """Store the Bloom filter of a table's keys."""
        run = self._connection.execute
        (count,) = run(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - ours
        bits = FilterBuilder(count)
        for (key,) in run(f"SELECT DISTINCT {column} FROM {table}"):  # noqa: S608 - ours
            bits.add(key)
        run("INSERT INTO filter VALUES (?, ?)", (table, bits.finish().bits))

    def _add(self, entry: Entry) -> int:
        name = _tidy(entry.name)[:MAX_NAME_LENGTH]
        number = self.numbers.get(entry.concept)
        if number is None and entry.count:
            number = self._aliases.get(entry.concept)
        if number is None:
            number = len(self.numbers) + 1
            self.numbers[entry.concept] = number
            self._connection.execute(
                "INSERT INTO concept VALUES (?, ?, ?, ?, ?)",
                (number, entry.concept, name, entry.taxon, entry.weight + self._bonus),
            )
        elif entry.taxon is not None and not entry.count:
            # The first file may be a list of names that knows less of the concept.
            self._connection.execute(
                "UPDATE concept SET taxon = coalesce(taxon, ?) WHERE id = ?",
                (entry.taxon, number),
            )
        for alias in entry.aliases:
            self._aliases.setdefault(alias, number)
        for table, curies in (("xref", entry.xrefs), ("parent", entry.parents)):
            self._links[table].extend((number, curie) for curie in curies)
        added = 0
        preferred = () if entry.count else ((entry.name, "preferred"),)
        for text, status in (*preferred, *entry.names):
            added += self._name(number, text, STATUSES.index(status), entry.count)
        return added

    def _name(self, number: int, text: str, status: int, count: int) -> int:
        text = _tidy(text)
        if not text or len(text) > MAX_NAME_LENGTH:
            return 0
        key = simplified_key(text)
        if not key:
            return 0
        self._names.append((key, number, text, status, count))
        tokens = token_key(text)
        if tokens and tokens != key:
            self._tokens.append((tokens, key))
        return 1

    def _flush(self) -> None:
        run = self._connection.executemany
        run("INSERT INTO raw_name VALUES (?, ?, ?, ?, ?)", self._names)
        run("INSERT INTO raw_tokens VALUES (?, ?)", self._tokens)
        for table, rows in self._links.items():
            run(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", rows)  # noqa: S608 - the table is ours
            rows.clear()
        self._names.clear()
        self._tokens.clear()


def _tidy(text: str) -> str:
    """Return a name with single blanks and without HTML's ``&apos;`` and the like."""
    if "&" in text and ";" in text:
        text = html.unescape(text)
    return " ".join(text.split())


def version_of(entity_type: str, sources: Sequence[Source]) -> str:
    """Return the version that a vocabulary of these sources has, in this order."""
    facts = [FORMAT_VERSION, KEYS_VERSION, entity_type]
    facts += [
        f"{source.format}:{source.sha256}:{source.excluded}" for source in sources
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
