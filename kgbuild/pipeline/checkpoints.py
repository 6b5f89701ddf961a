"""Which files a run has read: one that was killed goes on with the file it was at.

Of PubMed's baseline and updates alone: they are many and large, and each is cut into
shards of its own.
"""

from __future__ import annotations

import json
import shutil
from array import array
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import open_binary, write_atomically
from kgbuild.corpus.pubmed_xml import PubmedFiles
from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
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
    shards
        The names of their shards, where an earlier run has read them all.
    """

    def __init__(
        self,
        documents: Iterator[Document],
        *,
        name: str = "documents",
        shards: Sequence[str] | None = None,
    ) -> None:
        self.documents, self.name, self.shards = documents, name, shards

    def skip(self) -> None:
        """Stand for having read them."""

    def keep(self, shards: Sequence[str]) -> None:
        """Note, when all were read, what their shards are called."""


class FileGroups:
    """A group a file of PubMed, with notes in a folder of what was read of each.

    Parameters
    ----------
    files
        From the oldest to the newest.
    folder
        For the notes; written only by :meth:`Group.keep`.
    key
        Of all that decides what the files give, and how it is cut.
    on_failure
        Called for each record that cannot be read. A file with such a one is read
        again.
    """

    def __init__(
        self,
        files: Sequence[Path],
        *,
        folder: Path,
        key: str,
        on_failure: Callable[[DocumentFailure], None],
    ) -> None:
        self._paths, self._folder, self._key = files, folder, key
        self._on_failure = on_failure

    def __iter__(self) -> Iterator[Group]:
        """Yield the groups, the newest file first."""
        scanned = self._read("scanned")
        files = PubmedFiles(self._paths, scanned=scanned)
        self._fresh = None if scanned else files.scanned
        for number in files.order:
            yield _File(self, files, number, self._on_failure)

    def path(self, number: int) -> Path:
        """Return the path of a file."""
        return self._paths[number]

    def note(self, number: int) -> dict[str, Any] | None:
        """Return what was noted of a file."""
        return self._read(f"{number:05d}")

    def write(self, number: int, note: dict[str, Any]) -> None:
        """Note something of a file."""
        if self._fresh is not None:  # notes of other files go
            shutil.rmtree(self._folder, ignore_errors=True)
            self._write("scanned", self._fresh)
            self._fresh = None
        self._write(f"{number:05d}", note)

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            with open_binary(self._folder / f"{name}.json.zst") as stream:
                key, value = json.load(stream)
        except (InputError, ValueError):  # there is none, or it is damaged
            return None
        return value if key == self._key else None

    def _write(self, name: str, value: dict[str, Any]) -> None:
        with write_atomically(self._folder / f"{name}.json.zst") as stream:
            stream.write(json.dumps([self._key, value]).encode())


class _File(Group):
    """The documents of one file."""

    def __init__(
        self,
        groups: FileGroups,
        files: PubmedFiles,
        number: int,
        on_failure: Callable[[DocumentFailure], None],
    ) -> None:
        self._groups, self._files, self._number = groups, files, number
        self._on_failure, self._sound = on_failure, True
        self._pmids = array("I")
        self._note = groups.note(number)
        super().__init__(
            self._documents(),
            name=groups.path(number).name,
            shards=None if self._note is None else self._note["shards"],
        )

    def _documents(self) -> Iterator[Document]:
        for document in self._files.read(self._number, on_failure=self._failed):
            self._pmids.append(int(document.id))
            yield document

    def _failed(self, failure: DocumentFailure) -> None:
        self._sound = False
        self._on_failure(failure)

    def skip(self) -> None:
        assert self._note is not None  # noqa: S101 - shards are known
        self._files.skip(self._number, self._note["pmids"])

    def keep(self, shards: Sequence[str]) -> None:
        if self._sound:
            note = {"shards": list(shards), "pmids": list(self._pmids)}
            self._groups.write(self._number, note)
