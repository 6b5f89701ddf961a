"""Compiling vocabularies: entries in, one file per entity type out.

Keys, order and blocks are worked out on whole columns. What is in the file:
:mod:`kgbuild.normalize.vocabulary`.
"""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import zstandard

from kgbuild._io.files import kept_if_used, sha256_of
from kgbuild._io.sqlite import Database, new_database
from kgbuild._io.streams import is_stream, open_input
from kgbuild.errors import InputError
from kgbuild.normalize._bloom import filter_of
from kgbuild.normalize.keys import (
    KEYS_VERSION,
    MAX_NAME_LENGTH,
    ROMAN,
    STOP_WORDS,
    simplified_key,
    stem,
    token_key,
)
from kgbuild.normalize.sources import (
    STATUSES,
    stated_release,
)
from kgbuild.normalize.vocabulary import (
    APPLICATION_ID,
    BETWEEN,
    FORMAT_VERSION,
    IN_BLOCK,
    PRECEDENCE_OF_FILE,
    SUFFIX,
    WITHIN,
    Source,
    Vocabulary,
    file_stem,
    version_of,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

    from kgbuild.normalize.sources import Entry

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE part (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE concept (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE name (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE tokens (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE alias (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""

#: Blocks are packed with a dictionary that is made of so many of them.
_SAMPLES, _DICTIONARY = 2_000, 65_536
_LEVEL = 9

#: Columns of names.
_ROW = {
    "concept": pl.UInt32, "text": pl.String, "status": pl.UInt8, "count": pl.UInt32,
}  # fmt: skip

#: Names are moved into columns in portions, so that they take less memory.
_PORTION = 100_000


def below(roots: Collection[str], entries: Iterable[Entry]) -> set[str]:
    """Return the CURIEs of the roots and of all that is below them."""
    children: dict[str, list[str]] = {}
    for entry in entries:
        for parent in entry.parents:
            children.setdefault(parent, []).append(entry.concept)
    kept, waiting = set(roots), list(roots)
    while waiting:
        new = [c for c in children.get(waiting.pop(), ()) if c not in kept]
        kept.update(new)
        waiting.extend(new)
    return kept


def describe(path: Path, *, format: str, licence: str = "") -> Source:  # noqa: A002
    """Return what goes on record of a file, or of a folder whose files are one source.

    It is dated by what its publisher says: the release it states of itself, the server
    it was fetched from, or gzip's header; never by when it was copied.
    """
    from kgbuild._io.files import check_readable

    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file())
        digests = "".join(f"{file.name}:{sha256_of(file)}\n" for file in files)
        return Source(
            file=path.name, format=format, licence=licence, date="",
            sha256=hashlib.sha256(digests.encode()).hexdigest(),
            bytes=sum(file.stat().st_size for file in files),
        )  # fmt: skip
    check_readable(path)
    return Source(
        file=path.name,
        format=format,
        sha256=sha256_of(path),
        bytes=0 if is_stream(path) else path.stat().st_size,
        date=_date(path),
        release=stated_release(path),
        licence=licence,
    )


def _date(path: Path) -> str:
    """Return the ISO date of a file's last change by its publisher, or nothing."""
    note = path.with_name(f"{path.name}.source.json")
    try:
        stated = json.loads(note.read_text("utf-8")).get("last_modified")
        return parsedate_to_datetime(stated).date().isoformat()
    except (OSError, ValueError, TypeError, AttributeError):
        pass
    with open_input(path) as stream:
        head = stream.read(8)
    seconds = int.from_bytes(head[4:8], "little") if head[:2] == b"\x1f\x8b" else 0
    return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat() if seconds else ""


def compile_entries(
    entity_type: str,
    parts: Iterable[tuple[Source, Iterable[Entry]]],
    *,
    output: Path | str | None = None,
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

    Raises
    ------
    InputError
        A source has no usable entry. Nothing is left behind.
    """
    if output is None:
        database = Database(None, writable=True)
        _fill(database.connection, entity_type, parts)
        return Vocabulary(database)
    folder = Path(output)
    target = folder / f"{file_stem(entity_type)}{SUFFIX}"
    with kept_if_used(folder), new_database(target) as connection:
        _fill(connection, entity_type, parts)
    return Vocabulary.open(target)


def _fill(
    connection: sqlite3.Connection,
    entity_type: str,
    parts: Iterable[tuple[Source, Iterable[Entry]]],
) -> None:
    """Write all of it, without journal or syncs: the file counts once it is renamed."""
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(_SCHEMA)
    connection.execute("BEGIN")
    columns = _Columns()
    # What annotators observed is attached to concepts, so these must be there first.
    ordered = sorted(parts, key=lambda part: part[0].format == "corpus")
    last = len(ordered) - 1
    sources = [
        columns.add(source, entries, precedence=last - place)
        for place, (source, entries) in enumerate(ordered)
    ]
    concepts, names = columns.finish()
    taxa = (
        concepts.filter(pl.col("taxon").is_not_null())
        .group_by("taxon").len()
        .sort("len", "taxon", descending=[True, False])["taxon"].head(100)
    )  # fmt: skip
    meta: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "keys": KEYS_VERSION,
        "type": entity_type,
        "concepts": concepts.height,
        "names": names.height,
        "taxa": taxa.to_list(),
        "sources": [asdict(source) for source in sources],
        "version": version_of(entity_type, sources),
    }
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [(key, json.dumps(value, ensure_ascii=False)) for key, value in meta.items()],
    )
    _write(connection, concepts, names, aliases=columns.aliases_of(concepts))
    connection.execute("COMMIT")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")


class _Columns:
    """Collects entries as columns: one row a concept, one row a name.

    Columns of texts and numbers, not rows: millions of small objects would keep the
    garbage collector busy.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._preferred: list[str] = []
        self._taxa: list[int | None] = []
        self._weights: list[int] = []
        self._links: dict[str, list[str]] = {"xrefs": [], "parents": []}
        self._aliases: dict[str, int] = {}
        self._rows: dict[str, list[Any]] = {name: [] for name in _ROW}
        self._frames: list[pl.DataFrame] = []
        self._bonus = 0

    def add(
        self, source: Source, entries: Iterable[Entry], *, precedence: int
    ) -> Source:
        """Take all entries of one source and return it with its counts.

        Of concepts with the same name, the one that an earlier file has wins a tie.
        """
        concepts = names = 0
        self._bonus = PRECEDENCE_OF_FILE * precedence
        for entry in entries:
            concepts += 1
            names += self._add(entry)
            if len(self._rows["text"]) >= _PORTION:
                self._flush()
        if not names:
            reason = (
                f"This file gave no name (format {source.format}): check that it is "
                "the right file, and name its format."
            )
            raise InputError(reason, path=source.file)
        return replace(source, concepts=concepts, names=names)

    def _add(self, entry: Entry) -> int:
        number = self._numbers.get(entry.concept)
        if number is None and entry.count:
            number = self._aliases.get(entry.concept)
        if number is None:
            number = len(self._numbers)
            self._numbers[entry.concept] = number
            self._preferred.append(_tidy(entry.name)[:MAX_NAME_LENGTH])
            self._taxa.append(entry.taxon)
            self._weights.append(entry.weight + self._bonus)
            self._links["xrefs"].append("")
            self._links["parents"].append("")
        elif self._taxa[number] is None and not entry.count:
            # The first file may be a list of names that knows less of the concept.
            self._taxa[number] = entry.taxon
        for alias in entry.aliases:
            self._aliases.setdefault(alias, number)
        for column, curies in (("xrefs", entry.xrefs), ("parents", entry.parents)):
            if curies:
                given = self._links[column]
                if given[number]:
                    curies = (*given[number].split(WITHIN), *curies)
                single = len(curies) == 1
                joined = curies[0] if single else WITHIN.join(sorted(set(curies)))
                given[number] = joined
        added = 0
        if not entry.count:
            added += self._name(number, entry.name, 0, 0)
        for text, status in entry.names:
            added += self._name(number, text, STATUSES.index(status), entry.count)
        return added

    def _name(self, number: int, text: str, status: int, count: int) -> bool:
        text = _tidy(text)
        if len(text) > MAX_NAME_LENGTH or not any(map(str.isalnum, text)):
            return False
        rows = self._rows
        rows["concept"].append(number)
        rows["text"].append(text)
        rows["status"].append(status)
        rows["count"].append(count)
        return True

    def _flush(self) -> None:
        """Give the names of one portion their keys."""
        frame = pl.DataFrame(self._rows, schema=_ROW)
        key, tokens = key_columns(frame["text"])
        frame = frame.with_columns(key=key, tokens=tokens)
        self._frames.append(frame.filter(pl.col("key") != ""))
        self._rows = {name: [] for name in _ROW}

    def finish(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return concepts by CURIE, and their names with keys, both numbered."""
        self._flush()
        concepts = pl.DataFrame(
            {
                "curie": list(self._numbers), "name": self._preferred,
                "taxon": self._taxa, "weight": self._weights, **self._links,
            },
            schema_overrides={"taxon": pl.UInt32},
        )  # fmt: skip
        # Millions of texts of Python's own are no longer needed.
        self._preferred, self._taxa, self._weights, self._links = [], [], [], {}
        if not self._aliases:
            self._numbers = {}
        order = concepts.with_row_index("given").sort("curie").with_row_index("number")
        names = pl.concat(self._frames)
        self._frames.clear()
        renumbered = order.select("number", "given").sort("given")["number"]
        names = (
            names.with_columns(concept=renumbered.gather(names["concept"]))
            .group_by("concept", "status", "text")
            .agg(pl.col("count").sum(), pl.col("key", "tokens").first())
            .sort("concept", "status", "text")
            .with_columns(place=pl.int_range(pl.len()).over("concept"))
        )
        return order, names

    def aliases_of(self, concepts: pl.DataFrame) -> pl.DataFrame:
        """Return other identifiers and the numbers of their concepts."""
        given = [i for i in self._aliases.items() if i[0] not in self._numbers]
        schema = {"alias": pl.String, "given": pl.UInt32}
        frame = pl.DataFrame(given, schema=schema, orient="row")
        numbers = concepts.select("given", "number")
        return frame.join(numbers, on="given", how="inner").sort("alias")


def _write(
    connection: sqlite3.Connection,
    concepts: pl.DataFrame,
    names: pl.DataFrame,
    *,
    aliases: pl.DataFrame,
) -> None:
    """Write the four tables of blocks, and the filters of the keys."""
    listed = aliases.group_by("number").agg(pl.col("alias").sort().str.join(WITHIN))
    item = pl.concat_str(
        pl.col("status").cast(pl.String),
        "text",
        pl.when(pl.col("count") > 0)
        .then(pl.concat_str(pl.lit(WITHIN), pl.col("count").cast(pl.String)))
        .otherwise(pl.lit("")),
    )
    texts = names.group_by("concept", maintain_order=True).agg(
        item.str.join(BETWEEN).alias("names")
    )
    records = (
        concepts.join(texts, left_on="number", right_on="concept", how="left")
        .join(listed, on="number", how="left")
        .sort("number")
        .select(
            "curie",
            line=pl.concat_str(
                "curie", "name",
                pl.col("taxon").cast(pl.String).fill_null(""),
                pl.col("weight").cast(pl.String),
                pl.col("alias").fill_null(""), "xrefs", "parents",
                pl.col("names").fill_null(""),
                separator="\t",
            ),
        )
    )  # fmt: skip
    _blocks(connection, "concept", records["curie"], records["line"])
    del records, texts
    rows = names.sort("key", "concept", "place").select(
        "key", line=pl.concat_str("key", "concept", "place", separator="\t")
    )
    _blocks(connection, "name", rows["key"], rows["line"])
    pairs = (
        names.filter((pl.col("tokens") != "") & (pl.col("tokens") != pl.col("key")))
        .select("tokens", "key").unique().sort("tokens", "key")
    )  # fmt: skip
    lines = pairs.select(pl.concat_str("tokens", "key", separator="\t")).to_series()
    _blocks(connection, "tokens", pairs["tokens"], lines)
    lines = aliases.select(pl.concat_str("alias", "number", separator="\t")).to_series()
    _blocks(connection, "alias", aliases["alias"], lines)
    for table, keys in (("name", rows["key"]), ("tokens", pairs["tokens"])):
        bits = filter_of(keys.unique(maintain_order=True))
        connection.execute("INSERT INTO part VALUES (?, ?)", (f"{table} filter", bits))


def _blocks(
    connection: sqlite3.Connection, table: str, keys: pl.Series, lines: pl.Series
) -> None:
    """Write sorted lines in packed blocks; lines of one key are never parted."""
    frame = pl.DataFrame({"key": keys, "line": lines}).with_row_index("row")
    frame = frame.with_columns(block=pl.col("row").min().over("key") // IN_BLOCK[table])
    blocks = frame.group_by("block", maintain_order=True).agg(
        pl.col("key").first(), pl.col("line").str.join("\n")
    )
    del frame
    texts = [line.encode() for line in blocks["line"]]
    dictionary = _dictionary(texts)
    packer = zstandard.ZstdCompressor(level=_LEVEL, dict_data=dictionary)
    connection.executemany(
        f"INSERT INTO {table} VALUES (?, ?)",  # noqa: S608 - the table is ours
        ((number, packer.compress(text)) for number, text in enumerate(texts)),
    )
    index = zstandard.ZstdCompressor(level=_LEVEL).compress(
        "\n".join(blocks["key"]).encode()
    )
    words = b"" if dictionary is None else dictionary.as_bytes()
    connection.executemany(
        "INSERT INTO part VALUES (?, ?)",
        [(f"{table} first", index), (f"{table} dictionary", words)],
    )


def _dictionary(texts: list[bytes]) -> zstandard.ZstdCompressionDict | None:
    """Return what the blocks have in common, where that is worth its space."""
    if sum(map(len, texts)) < 20 * _DICTIONARY:
        return None
    step = max(1, len(texts) // _SAMPLES)
    samples: list[bytes | bytearray | memoryview] = [*texts[::step]]
    return zstandard.train_dictionary(_DICTIONARY, samples)


def key_columns(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the simplified keys and the token keys of names, as the functions give.

    Plain letters are folded on the whole column, and each word is stemmed once.

    Parameters
    ----------
    texts
        Names.

    Returns
    -------
    tuple of Series
        See :func:`~kgbuild.normalize.keys.simplified_key` and
        :func:`~kgbuild.normalize.keys.token_key`.
    """
    frame = pl.DataFrame({"text": texts}).with_row_index("row")
    is_plain = pl.col("text").str.len_bytes() == pl.col("text").str.len_chars()
    plain, others = frame.filter(is_plain), frame.filter(~is_plain)
    lowered = pl.col("text").str.to_lowercase()
    words = (
        plain.select(
            "row", word=lowered.str.replace_all("[^a-z0-9]+", " ").str.split(" ")
        )
        .explode("word", empty_as_null=False)
        .filter((pl.col("word") != "") & ~pl.col("word").is_in(list(STOP_WORDS)))
    )  # fmt: skip
    several = pl.len().over("row") > 1
    words = words.with_columns(
        pl.when(several).then(pl.col("word").replace(ROMAN)).otherwise("word")
    )
    distinct = words["word"].unique()
    stems = pl.Series([stem(w) for w in distinct], dtype=pl.String)
    tokens = (
        words.join(pl.DataFrame({"word": distinct, "stem": stems}), on="word")
        .unique(["row", "stem"])
        .sort("row", "stem")
        .group_by("row", maintain_order=True)
        .agg(pl.col("stem").str.join(" ").alias("tokens"))
    )
    plain = plain.select("row", key=lowered.str.replace_all("[^a-z0-9]+", "")).join(
        tokens, on="row", how="left"
    )
    rest = pl.DataFrame(
        {
            "row": others["row"],
            "key": [simplified_key.__wrapped__(text) for text in others["text"]],
            "tokens": [token_key.__wrapped__(text) for text in others["text"]],
        },
        schema={"row": pl.UInt32, "key": pl.String, "tokens": pl.String},
    )
    keys = pl.concat([plain, rest]).sort("row")
    return keys["key"], keys["tokens"].fill_null("")


def _tidy(text: str) -> str:
    """Return a name with single blanks and without HTML's ``&apos;`` and the like."""
    if "&" in text and ";" in text:
        text = html.unescape(text)
    return " ".join(text.split())
