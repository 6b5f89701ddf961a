"""A Bloom filter: tells at once that a key is not in a vocabulary.

Most look-ups of the rules miss, and asking SQLite costs twenty times as much as two
probes of a bitmap.
"""

from __future__ import annotations

from zlib import crc32

#: Bits per key; with two probes about one miss in forty is not recognised as such.
_BITS_PER_KEY = 12
_SEED = 0x9E3779B9


class KeyFilter:
    """Which keys may be there; never denies one that is.

    Parameters
    ----------
    bits
        As :attr:`bits` gave them; empty for a filter that lets everything pass.
    """

    def __init__(self, bits: bytes) -> None:
        self._bits = bits
        self._size = 8 * len(bits)

    @property
    def bits(self) -> bytes:
        """The filter as bytes, to be stored."""
        return self._bits

    def __contains__(self, key: str) -> bool:
        if not self._size:
            return True
        data = key.encode("utf-8", "surrogatepass")
        first = crc32(data) % self._size
        if not self._bits[first >> 3] >> (first & 7) & 1:
            return False
        second = crc32(data, _SEED) % self._size
        return bool(self._bits[second >> 3] >> (second & 7) & 1)


class FilterBuilder:
    """Collects the keys of a filter.

    Parameters
    ----------
    count
        How many keys will come, about.
    """

    def __init__(self, count: int) -> None:
        self._bits = bytearray(max(8, (count * _BITS_PER_KEY + 7) // 8))
        self._size = 8 * len(self._bits)

    def add(self, key: str) -> None:
        """Add one key."""
        data = key.encode("utf-8", "surrogatepass")
        for place in (crc32(data) % self._size, crc32(data, _SEED) % self._size):
            self._bits[place >> 3] |= 1 << (place & 7)

    def finish(self) -> KeyFilter:
        """Return the filter."""
        return KeyFilter(bytes(self._bits))
