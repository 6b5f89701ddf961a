"""Which records of baseline and update files count: the newest that nobody deleted."""

from __future__ import annotations

import re
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kgbuild._io.xml import RawRecord

T = TypeVar("T")

#: Elements that delete records.
DELETIONS: Final = ("DeleteCitation", "DeleteDocument")

_PMID: Final = re.compile(rb"<PMID\b([^>]*)>\s*(\d{1,10})\s*</PMID>")
_VERSION: Final = re.compile(rb"""\bVersion\s*=\s*["'](\d{1,4})["']""")

#: How NLM calls its files: by the year of the baseline, and in order since.
_FILE: Final = re.compile(r"pubmed(\d\d)n(\d+)")


def oldest_first(sources: Sequence[T]) -> list[T]:
    """Return files in the order of their numbers, whatever folders they lie in.

    Those whose names tell none keep their places.

    Examples
    --------
    >>> oldest_first(["new/pubmed26n0003.xml", "my.xml", "old/pubmed26n0001.xml.gz"])
    ['old/pubmed26n0001.xml.gz', 'my.xml', 'new/pubmed26n0003.xml']
    """
    names = [Path(str(getattr(source, "name", source))).name for source in sources]
    numbers = {
        place: (int(found[1]), int(found[2]))
        for place, name in enumerate(names)
        if (found := _FILE.match(name))
    }
    order = dict(zip(numbers, sorted(numbers, key=numbers.__getitem__), strict=True))
    return [sources[order.get(place, place)] for place in range(len(sources))]


def pubmed_files(folder: Path) -> list[Path]:
    """Return the files of PubMed in a folder, sorted by name.

    Beside each lies its checksum, and what a download has not finished.
    """
    endings = (".xml", ".xml.gz", ".xml.zst")
    return sorted(f for ending in endings for f in folder.glob(f"pubmed*{ending}"))


def record_key(data: bytes) -> tuple[int, int] | None:
    """Return ``(PMID, version)`` of a record's bytes, or ``None`` without a PMID."""
    return next(record_keys(data, most=1), None)


def record_keys(data: bytes, *, most: int = 0) -> Iterator[tuple[int, int]]:
    """Yield ``(PMID, version)`` of all PMIDs in bytes, or of the first ``most``."""
    for count, found in enumerate(_PMID.finditer(data), start=1):
        if int(found.group(2)) < 2**32:
            version = _VERSION.search(found.group(1))
            yield int(found.group(2)), int(version.group(1)) if version else 1
        if count == most:
            return


class PmidSet:
    """A set of PMIDs as bits in pages, of 8 KiB for 65,536 of them.

    Examples
    --------
    >>> known = PmidSet()
    >>> known.add(41000000)
    >>> 41000000 in known, 7 in known
    (True, False)
    """

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, pmid: int) -> None:
        """Add one."""
        page = self._pages.get(pmid >> 16)
        if page is None:
            page = self._pages[pmid >> 16] = bytearray(8192)
        page[(pmid & 0xFFFF) >> 3] |= 1 << (pmid & 7)

    def __contains__(self, pmid: int) -> bool:
        page = self._pages.get(pmid >> 16)
        return page is not None and bool(page[(pmid & 0xFFFF) >> 3] & (1 << (pmid & 7)))


class Contents(NamedTuple):
    """PMID and version of a file's records, in order, and of those that it deletes.

    Six bytes each; a record without a PMID has 0.
    """

    pmids: array[int]
    versions: array[int]
    deleted: array[int]
    deleted_versions: array[int]

    @classmethod
    def of(cls, columns: Iterable[Iterable[int]] = ((), (), (), ())) -> Contents:
        """Return contents of such columns."""
        return cls(*map(array, "IHIH", columns))


def contents_of(records: Iterable[RawRecord]) -> Contents:
    """Scan the records of a file; those that are damaged do not count."""
    found = Contents.of()
    for raw in records:
        if raw.tag in DELETIONS:
            for pmid, version in record_keys(raw.data):
                found.deleted.append(pmid)
                found.deleted_versions.append(version)
        elif raw.problem is None:
            pmid, version = record_key(raw.data) or (0, 1)
            found.pmids.append(pmid)
            found.versions.append(version)
    return found


def which_count(files: Sequence[Contents]) -> list[bytearray]:
    """Say of each record of each file whether it is the one to give, as 1 and 0.

    Parameters
    ----------
    files
        From the oldest to the newest. The deletions of a file hold for it and all older
        ones.
    """
    # Newest version of a PMID that has versions and is not deleted.
    newest: dict[int, int] = {}
    deleted = _Versions()
    for file in reversed(files):
        deleted.add(file)
        for pmid, version in zip(file.pmids, file.versions, strict=True):
            if version > 1 and (pmid, version) not in deleted:
                newest[pmid] = max(version, newest.get(pmid, 1))
    given, deleted = PmidSet(), _Versions()
    out = []
    for file in reversed(files):
        deleted.add(file)
        counts = bytearray(len(file.pmids))
        # A record that a file has twice is given as it is there last.
        for place in reversed(range(len(counts))):
            pmid, version = file.pmids[place], file.versions[place]
            counts[place] = not pmid or not (
                pmid in given
                or (pmid, version) in deleted
                or version < newest.get(pmid, version)
            )
            if counts[place]:
                given.add(pmid)
        out.append(counts)
    return out[::-1]


class _Versions:
    """A set of (PMID, version); nearly all versions are 1."""

    def __init__(self) -> None:
        self._first = PmidSet()
        self._later: set[tuple[int, int]] = set()

    def add(self, file: Contents) -> None:
        """Add what a file deletes."""
        for key in zip(file.deleted, file.deleted_versions, strict=True):
            if key[1] == 1:
                self._first.add(key[0])
            else:
                self._later.add(key)

    def __contains__(self, key: tuple[int, int]) -> bool:
        return key[0] in self._first if key[1] == 1 else key in self._later
