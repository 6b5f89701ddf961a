"""A teacher's soft labels over documents: written once, learnt from by many students.

A tagger's probabilities say more than its best label: which other types a word might
be, and how sure it is of nothing. A file holds one task's, word by word, beside the
texts themselves, so that a student with other word pieces, or another length of text,
can learn from it.
"""

from __future__ import annotations

import json
import sqlite3
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

from kgbuild._io.paths import checked_place
from kgbuild._io.progress import track
from kgbuild._io.sqlite import Database, unpacked
from kgbuild._io.threads import in_order
from kgbuild.document import Document
from kgbuild.errors import ConfigError, InputError, one_of
from kgbuild.ner.windows import units_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from kgbuild.ner.tagger import Tagger
    from kgbuild.ner.windows import Unit

#: ``PRAGMA application_id`` and ``user_version`` of such a file.
_KIND, _FORMAT = 0x6B67_736C, 1
#: Documents of one transaction: what a killed run does again at most.
_TOGETHER = 64
#: Steps of a byte per unit of the logarithm: to 3 %, down to probabilities of 1e-7.
_STEPS = 16


class SoftLabels:
    """A file that :func:`label` has written to the end.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    task
        What the teacher was asked for.
    labels
        What it may have answered, in the order of :meth:`.LabelScheme.allowed`.
    teacher
        Version of its weights.

    Raises
    ------
    InputError
        It is no such file, of another release, or not written to its end.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = checked_place("path", path, what="a file of labels")
        self._database = _open(self.path, writable=False)
        about = _about(self._database)
        if "documents" not in about:
            msg = "The labelling has not ended: start `kgbuild label` again."
            raise InputError(msg, path=self.path)
        self.task, self.teacher = str(about["task"]), str(about["teacher"])
        self.labels = tuple(map(str, about["labels"]))
        self._documents = int(about["documents"])

    def __len__(self) -> int:
        """Return the number of documents."""
        return self._documents

    def __iter__(self) -> Iterator[tuple[Document, LabelledWords]]:
        """Yield every document with its words.

        Raises
        ------
        InputError
            A row is damaged.
        """
        rows = self._database.connection.execute(
            "SELECT number, document, words, losses FROM documents ORDER BY number"
        )
        for number, *packed in rows:
            try:
                text, words, losses = (unpacked(part) or b"" for part in packed)
                offsets = np.frombuffer(words, "<i4").reshape(-1, 2).astype(np.int64)
                of_words = np.frombuffer(losses, "u1")
                of_words = of_words.reshape(len(offsets), len(self.labels))
                document = Document.from_json(text.decode("utf-8", "surrogatepass"))
            except (ValueError, TypeError) as error:
                msg = f"The labels of document {number} are damaged: label it again."
                raise InputError(msg, path=self.path) from error
            yield document, LabelledWords(offsets, of_words)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class LabelledWords:
    """The words of a document and what a teacher says of each.

    Parameters
    ----------
    offsets
        ``(n_words, 2) int64``: half-open, sorted.
    losses
        ``(n_words, n_labels) uint8``: negative logarithms of probabilities, in
        sixteenths, of :attr:`SoftLabels.labels`.
    """

    def __init__(self, offsets: NDArray[np.int64], losses: NDArray[np.uint8]) -> None:
        self.offsets, self.losses = offsets, losses

    def of_unit(self, unit: Unit) -> NDArray[np.uint8]:
        """Return the rows of the words whose labels count in a unit.

        Raises
        ------
        ConfigError
            The student cuts text into other words than the teacher.
        """
        wanted = unit.words[unit.own]
        rows = np.searchsorted(self.offsets[:, 0], wanted[:, 0])
        rows = np.minimum(rows, max(0, len(self.offsets) - 1))
        if not len(self.offsets) or (self.offsets[rows] != wanted).any():
            msg = (
                "The student cuts text into other words than its teacher: give it a "
                "tokenizer that splits words alike, or label by another teacher."
            )
            raise ConfigError(msg)
        return self.losses[rows]


def log_probabilities(losses: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the logarithms that the bytes of a file stand for."""
    return losses.astype(np.float32) / np.float32(-_STEPS)


def label(
    documents: Iterable[Document], path: Path | str, *, tagger: Tagger, task: str
) -> int:
    """Write a tagger's soft labels of documents; return how many there are.

    Killed and started again with the same documents, it goes on.

    Parameters
    ----------
    documents
        Streamed; their mentions are left out.
    path
        File to write.
    tagger
        The teacher. Its thresholds and agreement within documents take no part.
    task
        Of its tasks, the one whose labels are written.

    Raises
    ------
    ConfigError
        The tagger has no such task, or its framework no such labels; or the file was
        begun with another teacher, task or other documents.
    InputError
        The file is there, and something else.
    """
    one_of("task", task, tagger.reader.tasks)
    if not hasattr(tagger.reader, "log_probabilities"):
        msg = (
            f"The tagger {tagger.recognizer!r} has no probability of every label: "
            "teachers are taggers of the framework 'aio' with the head softmax or crf."
        )
        raise ConfigError(msg)
    reader: Any = tagger.reader
    about = {
        "teacher": tagger.weights, "task": task, "labels": reader.labels(task)
    }  # fmt: skip
    source = iter(documents)
    # What cannot be read leaves no file behind.
    source = chain(list(islice(source, 1)), source)
    database = _open(Path(path), writable=True)
    try:
        done = _begin(database, about)
        _skip(source, database, done)

        def labelled(document: Document) -> tuple[Document, bytes, bytes]:
            bare = document.with_mentions(())
            return (bare, *_words(bare, tagger, task))

        rows: list[tuple[int, bytes, bytes, bytes]] = []
        packer = zstandard.ZstdCompressor(level=9)
        work = in_order(
            labelled, source, workers=getattr(tagger.scorer, "workers", 0) or 1,
            ahead=_TOGETHER,
        )  # fmt: skip
        for document, *arrays in track(work, description="label"):
            text, words, losses = map(packer.compress, (_line(document), *arrays))
            rows.append((done, text, words, losses))
            done += 1
            if len(rows) == _TOGETHER:
                _write(database, rows)
                rows = []
        _write(database, rows)
        with database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO about VALUES ('documents', ?)", (str(done),)
            )
    finally:
        database.close()
    return done


def _line(document: Document) -> bytes:
    # Half surrogate pairs of broken texts come back as they were.
    return document.to_json().encode("utf-8", "surrogatepass")


def _words(document: Document, tagger: Tagger, task: str) -> tuple[bytes, bytes]:
    """Return the offsets of a document's words and their losses, as bytes."""
    reader: Any = tagger.reader
    units = units_for(reader, document, budget=tagger.budget, limit=tagger.limit)
    inputs = [reader.wrap(unit, task) for unit in units]
    scores = tagger.scorer([ids for ids, _ in inputs], [kinds for _, kinds in inputs])
    offsets, losses = [], []
    for unit, of_tokens in zip(units, scores, strict=True):
        offsets.append(unit.words[unit.own].astype("<i4"))
        logarithms = reader.log_probabilities(of_tokens, unit, task)
        losses.append(np.rint(logarithms * -_STEPS).clip(0, 255).astype("u1"))
    if not units:
        return b"", b""
    return np.concatenate(offsets).tobytes(), np.concatenate(losses).tobytes()


def _open(path: Path, *, writable: bool) -> Database:
    def prepare(connection: sqlite3.Connection) -> None:
        kind, version, tables = (
            connection.execute(query).fetchone()[0]
            for query in (
                "PRAGMA application_id", "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_schema",
            )
        )  # fmt: skip
        if writable and not tables:
            connection.executescript(
                f"PRAGMA application_id = {_KIND}; PRAGMA user_version = {_FORMAT};"
                "BEGIN; CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT);"
                "CREATE TABLE documents (number INTEGER PRIMARY KEY,"
                " document BLOB, words BLOB, losses BLOB); COMMIT;"
            )
        elif kind != _KIND or version != _FORMAT:
            raise sqlite3.DatabaseError

    try:
        return Database(path, writable=writable, prepare=prepare)
    except sqlite3.Error as error:
        msg = (
            f"This is no file of soft labels that this kgbuild reads (format {_FORMAT})"
            ": expected one that `kgbuild label` wrote."
        )
        raise InputError(msg, path=path) from error


def _about(database: Database) -> dict[str, Any]:
    rows = database.rows("SELECT key, value FROM about")
    return {key: json.loads(value) for key, value in rows}


def _teaching(about: dict[str, Any]) -> str:
    return f"the teacher {about.get('teacher')} for the task {about.get('task')}"


def _begin(database: Database, about: dict[str, Any]) -> int:
    """Write what a file is about, or compare; return how many documents it has."""
    had = _about(database)
    had.pop("documents", None)
    if had and had != about:
        msg = (
            f"{database.path} was begun by {_teaching(had)}, and this is "
            f"{_teaching(about)}: delete it, or give another file to write."
        )
        raise ConfigError(msg)
    with database.transaction() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO about VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in about.items()],
        )
    count: int = database.rows("SELECT count(*) FROM documents")[0][0]
    return count


def _skip(source: Iterator[Document], database: Database, done: int) -> None:
    """Pass over the documents that are labelled; the last must be the file's last."""
    last = None
    for _ in range(done):
        last = next(source, None)
    if not done:
        return
    row = database.rows("SELECT document FROM documents WHERE number = ?", (done - 1,))
    text = unpacked(row[0][0]) or b""
    if last is None or _line(last.with_mentions(())) != text:
        msg = (
            f"{database.path} has {done:,} documents, and they are not the first ones "
            "here: delete it, or give another file to write."
        )
        raise ConfigError(msg)


def _write(database: Database, rows: list[tuple[int, bytes, bytes, bytes]]) -> None:
    with database.transaction() as connection:
        connection.executemany("INSERT INTO documents VALUES (?, ?, ?, ?)", rows)
