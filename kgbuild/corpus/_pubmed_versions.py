"""Which records of baseline and update files count: the newest that nobody deleted."""

from __future__ import annotations

import re
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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


class Plan:
    """Knows, after one scan of all files from the newest on, which records count."""

    def __init__(self) -> None:
        #: Per file, the deleted (PMID, version) as two columns: 6 bytes each.
        self._deletions: dict[int, tuple[array[int], array[int]]] = {}
        #: Ordinal of the last record of a (PMID, version) that a file has twice.
        self._last: dict[tuple[int, int, int], int] = {}
        #: Newest version of a PMID that has versions and is not deleted.
        self._newest: dict[int, int] = {}
        self._deleted: _Versions = _Versions()
        self._given = PmidSet()
        self._file = -1

    def scan(self, file: int, records: Iterable[RawRecord]) -> None:
        """Note what a file holds; files come from the newest to the oldest."""
        pmids, versions = array("I"), array("H")
        seen = _Versions()
        repeated: dict[tuple[int, int], int] = {}
        versioned: dict[int, int] = {}
        ordinal = -1
        for raw in records:
            if raw.tag in DELETIONS:
                for pmid, version in record_keys(raw.data):
                    pmids.append(pmid)
                    versions.append(version)
                continue
            if raw.problem is not None:
                continue
            ordinal += 1
            key = record_key(raw.data)
            if key is None:
                continue
            if key in seen:
                repeated[key] = ordinal
            seen.add(*key)
            if key[1] > 1:
                versioned[key[0]] = max(key[1], versioned.get(key[0], 1))
        self._deletions[file] = pmids, versions
        for pmid, version in zip(pmids, versions, strict=True):
            self._deleted.add(pmid, version)
        for (pmid, version), last in repeated.items():
            self._last[file, pmid, version] = last
        for pmid, version in versioned.items():
            if (pmid, version) not in self._deleted:
                self._newest[pmid] = max(version, self._newest.get(pmid, 1))

    def state(self) -> dict[str, Any]:
        """Return what the scan found, as JSON holds it."""
        return {
            "deletions": [
                [file, list(pmids), list(versions)]
                for file, (pmids, versions) in self._deletions.items()
            ],
            "last": [[*key, ordinal] for key, ordinal in self._last.items()],
            "newest": [[*each] for each in self._newest.items()],
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Plan:
        """Return the plan of a :meth:`state`."""
        plan = cls()
        for file, pmids, versions in state["deletions"]:
            plan._deletions[file] = array("I", pmids), array("H", versions)
        plan._last = {(f, p, v): ordinal for f, p, v, ordinal in state["last"]}
        plan._newest = dict(state["newest"])
        return plan

    def give(self, pmids: Iterable[int]) -> None:
        """Note what was given before."""
        for pmid in pmids:
            self._given.add(pmid)

    def begin(self, file: int) -> None:
        """Turn to a file; its deletions hold for it and all older ones."""
        if file == self._file:
            return
        if self._file < 0:
            self._deleted = _Versions()
        self._file = file
        for pmid, version in zip(*self._deletions.pop(file), strict=True):
            self._deleted.add(pmid, version)

    def wants(self, ordinal: int, pmid: int, version: int) -> bool:
        """Whether this record of the present file is the one to give."""
        if (
            pmid in self._given
            or (pmid, version) in self._deleted
            or version < self._newest.get(pmid, version)
            or self._last.get((self._file, pmid, version), ordinal) != ordinal
        ):
            return False
        self._given.add(pmid)
        return True


class _Versions:
    """A set of (PMID, version); nearly all versions are 1."""

    def __init__(self) -> None:
        self._first = PmidSet()
        self._later: set[tuple[int, int]] = set()

    def add(self, pmid: int, version: int) -> None:
        if version == 1:
            self._first.add(pmid)
        else:
            self._later.add((pmid, version))

    def __contains__(self, key: tuple[int, int]) -> bool:
        return key[0] in self._first if key[1] == 1 else key in self._later
