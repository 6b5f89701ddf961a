"""The store: what is asked of it, whatever it lies in."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

import zstandard

from kgbuild import corpus
from kgbuild._io.files import check_readable
from kgbuild._io.sqlite import MAX_VALUE_BYTES, unpacked
from kgbuild.document import Document
from kgbuild.errors import InputError, NotFoundError, ValidationError
from kgbuild.store.rows import AT_ONCE, LONGEST_ID, Row
from kgbuild.store.sqlite import SqliteBackend
from kgbuild.tables import documents_from_tables, read_table

if TYPE_CHECKING:
    from kgbuild.store.rows import Backend

T = TypeVar("T")

#: What a document may be annotated by, apart from versions. ``None`` where any will do.
Settings = Mapping[str, Any]


class AnnotationStore:
    """Annotated documents by id, with the versions and settings that made them.

    Use :func:`open_store` to get one, and close it or use it as a context manager.
    Threads and processes may share it. A document that was annotated with two settings
    is kept twice; where a question names none, the one stored last is meant.

    Parameters
    ----------
    backend
        What it lies in.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._versions: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file or of the connections."""
        self._backend.close()

    # -- looking -----------------------------------------------------------------------

    def __len__(self) -> int:
        """Return the number of documents."""
        return self.stamp()[0]

    def __contains__(self, document_id: str) -> bool:
        return not self.missing([document_id])

    def __iter__(self) -> Iterator[Document]:
        """Yield all documents in the order of their ids, as texts; flat memory."""
        for some in self._pages():
            found = self.get(some)
            yield from (found[name] for name in some if name in found)

    def ids(self) -> Iterator[str]:
        """Yield the ids of all documents, in order."""
        return chain.from_iterable(self._pages())

    def stamp(self) -> tuple[int, float]:
        """Return how many documents there are, and when the latest was stored.

        The time is in seconds since 1970, 0 for an empty store.
        """
        return self._backend.stamp()

    def tally(self) -> list[tuple[dict[str, str], int]]:
        """Return the versions that made documents, with how many, most first."""
        tally = sorted(self._backend.tally().items(), key=lambda item: -item[1])
        return [(dict(self._text_of(digest)), number) for digest, number in tally]

    @overload
    def get(  # type: ignore[overload-overlap] # a text is one id, not its letters
        self, ids: str, *, settings: Settings | None = ...
    ) -> Document: ...
    @overload
    def get(
        self, ids: Iterable[str], *, settings: Settings | None = ...
    ) -> dict[str, Document]: ...
    def get(
        self, ids: str | Iterable[str], *, settings: Settings | None = None
    ) -> Document | dict[str, Document]:
        """Return a document, or those of several ids that are there, by id.

        Raises
        ------
        NotFoundError
            There is no document of the one id asked for.
        InputError
            What is kept of one is damaged.
        """
        if isinstance(ids, str):
            found = self.get([ids], settings=settings)
            if ids not in found:
                msg = f"The store has no document with the id {ids!r}: annotate it."
                raise NotFoundError(msg)
            return found[ids]
        key = _digest_of(settings)
        return {
            row.document_id: _document(row)
            for some in batches(ids, AT_ONCE)
            for row in self._backend.read(some, key)
        }

    def missing(
        self, ids: Iterable[str], *, settings: Settings | None = None
    ) -> list[str]:
        """Return the ids that are not there, in the order given."""
        key = _digest_of(settings)
        return [
            name
            for some in batches(ids, AT_ONCE)
            for known in [dict(self._backend.known(some, key))]
            for name in some
            if name not in known
        ]

    def outdated(
        self,
        versions: Mapping[str, str],
        *,
        ids: Iterable[str] | None = None,
        settings: Settings | None = None,
    ) -> list[str]:
        """Return the ids of documents that other versions made.

        Parameters
        ----------
        versions
            Stage → version, as ``Pipeline.versions`` has them; a document is outdated
            where one of these differs or never met it.
        ids
            Look at these alone, as far as they are there; by default at all.
        settings
            Look at what these made alone.
        """
        key, out = _digest_of(settings), []
        pages = self._pages() if ids is None else batches(ids, AT_ONCE)
        for some in pages:
            known = dict(self._backend.known(some, key))
            for name in some:
                if name in known:
                    made_by = self._text_of(known[name])
                    if any(made_by.get(stage) != v for stage, v in versions.items()):
                        out.append(name)
        return out

    def versions_of(
        self, document_id: str, *, settings: Settings | None = None
    ) -> dict[str, str]:
        """Return the versions that made a document, and its ``settings`` as JSON.

        Raises
        ------
        NotFoundError
            There is no document of that id.
        """
        found = self.made_by([document_id], settings=settings)
        if document_id not in found:
            msg = f"The store has no document with the id {document_id!r}: annotate it."
            raise NotFoundError(msg)
        return found[document_id]

    def made_by(
        self, ids: Iterable[str], *, settings: Settings | None = None
    ) -> dict[str, dict[str, str]]:
        """Return what :meth:`versions_of` does, of those ids that are there."""
        key = _digest_of(settings)
        return {
            name: dict(self._text_of(digest))
            for some in batches(ids, AT_ONCE)
            for name, digest in self._backend.known(some, key)
        }

    # -- keeping -----------------------------------------------------------------------

    def put(
        self,
        documents: Iterable[Document],
        *,
        versions: Mapping[str, str],
        settings: Settings | None = None,
    ) -> int:
        """Keep annotated documents, in the place of older ones of their ids.

        They are written in parts, each whole or not at all; what this returned from
        outlives the process.

        Parameters
        ----------
        documents
            Streamed; of two with one id the later stays.
        versions
            Stage → version of what annotated them.
        settings
            What else they were annotated by, as plain values.

        Returns
        -------
        int
            How many were written.

        Raises
        ------
        ValidationError
            An id cannot be a key.
        """
        text = _plain({**versions, "settings": _plain(settings or {})})
        digest, key, count = _digest(text), _digest_of(settings or {}), 0
        packer = zstandard.ZstdCompressor(level=6)
        for some in batches(documents, AT_ONCE):
            now = time.time()
            rows = {
                document.id: Row(
                    _checked_id(document.id), key or "", digest, now,
                    packer.compress(_encoded(document)),
                )
                for document in some
            }  # fmt: skip
            self._backend.write(list(rows.values()), (digest, text))
            count += len(rows)
        return count

    def import_run(self, folder: Path | str) -> int:
        """Keep what a run annotated; documents on which a stage failed are left out.

        Parameters
        ----------
        folder
            Output of ``kgbuild run``.

        Returns
        -------
        int
            How many documents were taken.

        Raises
        ------
        InputError
            It is no folder of a finished run.
        """
        folder = Path(folder)
        record = folder / "run.json"
        check_readable(record)
        try:
            said = json.loads(record.read_text("utf-8"))
            versions = {str(k): str(v) for k, v in said["versions"].items()}
            settings = annotation_settings(said["settings"]["annotation"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = "This is not what kgbuild run leaves: name its output folder."
            raise InputError(reason, path=record) from error
        versions.pop("python", None)
        count = 0
        for number in sorted(p.name for p in (folder / "documents").glob("*.parquet")):
            frames = [
                read_table(folder / name / number, name=name)
                for name in ("documents", "mentions", "statements")
            ]
            sound = (
                document
                for document in documents_from_tables(*frames)
                if all(s.state != "failed" for s in document.status)
            )
            count += self.put(sound, versions=versions, settings=settings)
        return count

    def export(
        self,
        path: Path | str,
        *,
        ids: Iterable[str] | None = None,
        to_format: str | None = None,
    ) -> int:
        """Write documents to a file of any format, in the order of their ids.

        Parameters
        ----------
        path
            Its suffix tells the format, unless ``to_format`` does.
        ids
            These alone, in this order; by default all.

        Returns
        -------
        int
            How many were written.

        Raises
        ------
        NotFoundError
            One of the ids is not there.
        """
        documents: Iterable[Document] = self
        if ids is not None:
            documents = map(self.get, ids)
        return corpus.write(documents, Path(path), format=to_format)

    # -- within ------------------------------------------------------------------------

    def _pages(self) -> Iterator[list[str]]:
        after = ""
        while some := self._backend.page(after, AT_ONCE):
            yield some
            after = some[-1]

    def _text_of(self, digest: str) -> dict[str, str]:
        if digest not in self._versions:
            for known, text in self._backend.versions().items():
                self._versions[known] = json.loads(text)
        return self._versions[digest]


def open_store(
    place: AnnotationStore | Path | str, *, make: bool = True
) -> AnnotationStore:
    """Open a store.

    Parameters
    ----------
    place
        A file (SQLite); or the URL of a database, such as
        ``postgresql://user:password@host/database`` (extra ``sql``); or a store.
    make
        Whether a file that is not there is made.

    Raises
    ------
    InputError
        There is no such file, and none is to be made.
    ConfigError
        It cannot be opened or made.
    MissingExtraError
        A URL without the extra ``sql``.

    Examples
    --------
    >>> from kgbuild import Document
    >>> with open_store("annotations.db") as store:  # doctest: +SKIP
    ...     store.put([Document.from_text("ACE", id="7")], versions={"recognize": "1"})
    ...     store.missing(["7", "8"])
    1
    ['8']
    """
    if isinstance(place, AnnotationStore):
        return place
    if isinstance(place, str) and "://" in place:
        from kgbuild.store.sql import SqlBackend

        return AnnotationStore(SqlBackend(place))
    if not make:
        check_readable(Path(place))
    return AnnotationStore(SqliteBackend(place))


def annotation_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those settings of an annotation that change what is found.

    Tagger, rules and vocabularies are told apart by their versions.
    """
    chosen = {
        name: values.get(name) for name in ("stages", "threshold", "linking", "species")
    }
    types = values.get("types")
    chosen["types"] = sorted(types) if types else None
    if values.get("corrections"):
        chosen["corrected"] = True
    if values.get("relation_threshold") is not None:
        chosen["relation_threshold"] = values["relation_threshold"]
    return chosen


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of a size."""
    source = iter(items)
    while some := list(islice(source, size)):
        yield some


def _plain(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, default=list)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _digest_of(settings: Settings | None) -> str | None:
    return None if settings is None else _digest(_plain(settings))


def _checked_id(name: str) -> str:
    sound = len(name) <= LONGEST_ID and "\0" not in name
    if not sound or any("\ud800" <= c <= "\udfff" for c in name):
        msg = (
            f"The id {name!r:.60} cannot be a key of a store: it must have at most "
            f"{LONGEST_ID} characters, no NUL and no half of a surrogate pair."
        )
        raise ValidationError(msg)
    return name


def _encoded(document: Document) -> bytes:
    # Half surrogate pairs of broken texts come back as they were.
    data = document.to_json().encode("utf-8", "surrogatepass")
    if len(data) > MAX_VALUE_BYTES:
        msg = (
            f"The document {document.id!r} has {len(data):,} bytes as JSON; a store "
            f"keeps up to {MAX_VALUE_BYTES:,}: cut it into parts."
        )
        raise ValidationError(msg)
    return data


def _document(row: Row) -> Document:
    data = unpacked(row.body)
    try:
        if data is not None:
            return Document.from_json(data.decode("utf-8", "surrogatepass"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise _damaged(row) from error
    raise _damaged(row)


def _damaged(row: Row) -> InputError:
    return InputError(
        f"What the store keeps of the document {row.document_id!r} is damaged: "
        "annotate it anew and put it there again."
    )
