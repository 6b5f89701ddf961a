"""Which files a run has read: one that was killed goes on with the file it was at.

Of PubMed's baseline and updates alone: they are many and large, and each is cut into
shards of its own.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import open_binary, write_atomically
from kgbuild._version import __version__
from kgbuild.corpus.pubmed_xml import Contents, PubmedFiles
from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from kgbuild.document import Document
    from kgbuild.errors import DocumentFailure


class Group:
    """Documents that are cut into shards by themselves.

    Parameters
    ----------
    documents
        To be read once.
    name
        What progress says of them.
    place
        How the places of their shards begin.
    shards
        The names of their shards, where an earlier run has read them all.
    """

    def __init__(
        self,
        documents: Iterator[Document],
        *,
        name: str = "documents",
        place: str = "",
        shards: Sequence[str] | None = None,
    ) -> None:
        self.documents, self.name = documents, name
        self.place, self.shards = place, shards

    def keep(self, shards: Sequence[str]) -> None:
        """Note, when all were read, what their shards are called."""


class FileGroups:
    """A group a file of PubMed, with notes in a folder of what was read of each.

    There is a note of what a file holds, and one of what its shards are called, which
    is good as long as the same of its records count: of an update, those files are read
    of which it replaces or deletes something.

    Parameters
    ----------
    files
        From the oldest to the newest, each with its SHA-256.
    folder
        For the notes; written only by :meth:`Group.keep`.
    shard_size
        How the files are cut.
    on_failure
        Called for each record that cannot be read. A file with such a one is read
        again.
    """

    def __init__(
        self,
        files: Mapping[Path, str],
        *,
        folder: Path,
        shard_size: int,
        on_failure: Callable[[DocumentFailure], None],
    ) -> None:
        self._digests, self._folder = files, folder
        self._shard_size, self._on_failure = shard_size, on_failure
        #: What was scanned and is not noted yet.
        self._fresh: dict[str, Contents] = {}

    def __iter__(self) -> Iterator[Group]:
        """Yield the groups, the newest file first."""
        noted = {digest: self._read(digest, "") for digest in self._digests.values()}
        known = {d: Contents.of(note) for d, note in noted.items() if note is not None}
        files = PubmedFiles(
            list(self._digests), contents=map(known.get, self._digests.values())
        )
        for digest, contents in zip(
            self._digests.values(), files.contents, strict=True
        ):
            if digest not in known:
                self._fresh[digest] = contents
        each = list(self._digests.items())
        for number in files.order:
            path, digest = each[number]
            counted = hashlib.sha256(files.counts[number]).hexdigest()
            key = f"{digest} {counted} {self._shard_size}"
            yield _File(
                files, number, self, key, path.name, self._read(f"{number:05d}", key)
            )

    def failed(self, failure: DocumentFailure) -> None:
        """Hand over what cannot be read."""
        self._on_failure(failure)

    def note(self, number: int, key: str, shards: Sequence[str]) -> None:
        """Note what the shards of a file are called."""
        if self._fresh:
            present = {*self._digests.values()}
            present |= {f"{place:05d}" for place in range(len(self._digests))}
            for file in self._folder.glob("*.json.zst"):
                if file.name.partition(".")[0] not in present:
                    file.unlink()
        for digest, contents in self._fresh.items():
            self._write(digest, "", [list(column) for column in contents])
        self._fresh = {}
        self._write(f"{number:05d}", key, list(shards))

    def _read(self, name: str, key: str) -> Any:
        try:
            with open_binary(self._folder / f"{name}.json.zst") as stream:
                version, noted, value = json.load(stream)
        except (InputError, ValueError):  # there is none, or it is damaged
            return None
        return value if (version, noted) == (__version__, key) else None

    def _write(self, name: str, key: str, value: Any) -> None:
        with write_atomically(self._folder / f"{name}.json.zst") as stream:
            stream.write(json.dumps([__version__, key, value]).encode())


class _File(Group):
    """The documents of one file."""

    def __init__(
        self,
        files: PubmedFiles,
        number: int,
        groups: FileGroups,
        key: str,
        name: str,
        shards: Sequence[str] | None,
    ) -> None:
        self._groups, self._number, self._key = groups, number, key
        self._sound = True
        super().__init__(
            files.read(number, on_failure=self._failed),
            name=name,
            place=f"{number:05d}-",
            shards=shards,
        )

    def _failed(self, failure: DocumentFailure) -> None:
        self._sound = False
        self._groups.failed(failure)

    def keep(self, shards: Sequence[str]) -> None:
        if self._sound:
            self._groups.note(self._number, self._key, shards)
