"""Which document ids a file has had already, in little memory."""

from __future__ import annotations

from hashlib import blake2b


class SeenIds:
    """Makes the ids of one file unique: ``x``, then ``x#2``, then ``x#3``.

    Ids are kept as 64-bit digests. Two different ids of a file of 10 million are taken
    for the same with a chance of one in 400 thousand; the later one is then called
    ``x#2``, nothing else happens.
    """

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
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
        data = identifier.encode("utf-8", "surrogatepass")
        before = len(self._seen)
        self._seen.add(blake2b(data, digest_size=8).digest())
        return len(self._seen) > before
