"""Which document ids a file has had already, in little memory."""

from __future__ import annotations

from array import array
from hashlib import blake2b


class SeenIds:
    """Makes the ids of one file unique: ``x``, then ``x#2``, then ``x#3``.

    Ids are kept as 64-bit digests in an open hash table: 16 to 32 bytes each, where a
    set of strings takes over 100. Two different ids of a file of 10 million are taken
    for the same with a chance of one in 400 thousand; the later one is then called
    ``x#2``, nothing else happens.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._used = 0
        self._times: dict[str, int] = {}

    def unique(self, identifier: str) -> str:
        """Return the id, or the id with the first free number behind it."""
        if self._add(identifier):
            return identifier
        number = self._times.get(identifier, 1) + 1
        while not self._add(f"{identifier}#{number}"):
            number += 1
        self._times[identifier] = number
        return f"{identifier}#{number}"

    def _add(self, identifier: str) -> bool:
        digest = blake2b(identifier.encode("utf-8", "surrogatepass"), digest_size=8)
        # Zero marks a free slot.
        key = int.from_bytes(digest.digest(), "big") or 1
        if not self._insert(key):
            return False
        self._used += 1
        if 2 * self._used > len(self._slots):
            old, self._slots = self._slots, array("Q", bytes(16 * len(self._slots)))
            for kept in old:
                if kept:
                    self._insert(kept)
        return True

    def _insert(self, key: int) -> bool:
        mask = len(self._slots) - 1
        at = key & mask
        while self._slots[at]:
            if self._slots[at] == key:
                return False
            at = (at + 1) & mask
        self._slots[at] = key
        return True
