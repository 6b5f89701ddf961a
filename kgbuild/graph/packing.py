"""Integers in words of 64 bits: pairs as keys, stable sorting, runs, hashes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIFT = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)


def stable_hash(text: str) -> int:
    """Return 64 bits that are the same in every process and version."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


def mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64 bits (the finaliser of splitmix64, Steele et al. 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def stable_order(key: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the order that sorts keys, equal ones as they stand.

    Key and place share one word where they fit, and are sorted as numbers: several
    times as fast as a stable argsort.
    """
    n = len(key)
    if n < 2 or (key[1:] >= key[:-1]).all():
        return np.arange(n)
    bits = n.bit_length()
    if int(key.max()).bit_length() + bits > 64:
        return np.argsort(key, kind="stable")
    shift = np.uint64(bits)
    packed = key << shift
    packed |= np.arange(n, dtype=np.uint64)
    packed.sort()
    packed &= np.uint64((1 << bits) - 1)
    return packed.view(np.int64)


def pair_order(key: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return :func:`stable_order` of pair keys, packed closer before."""
    if len(key) < 2:
        return np.arange(len(key))
    low = key & LOW
    bits = int(low.max()).bit_length()
    return stable_order(closer(key, low, bits))


def closer(
    key: NDArray[np.uint64], low: NDArray[np.uint64], bits: int
) -> NDArray[np.uint64]:
    """Return ``high << bits | low``, which sorts as the key does."""
    packed: NDArray[np.uint64] = key >> SHIFT
    packed <<= np.uint64(bits)
    packed |= low
    return packed


def pack(high: NDArray[Any], low: NDArray[Any]) -> NDArray[np.uint64]:
    """Put two numbers below 2**32 into one word, as keys of pairs have them."""
    key: NDArray[np.uint64] = high.astype(np.uint64)
    key <<= SHIFT
    np.bitwise_or(key, low, out=key, dtype=np.uint64, casting="unsafe")
    return key


def unpack(key: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two numbers of :func:`pack`, to index by."""
    return (key >> SHIFT).astype(np.int64), (key & LOW).astype(np.int64)


def is_range(order: NDArray[np.int64]) -> bool:
    """Whether an order, or a selection, leaves things in their places."""
    return bool((order[1:] > order[:-1]).all())


def changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where a value differs from the one before; the first one does."""
    out = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=out[1:])
    return out


def ordinals(repeats: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count 0 … r - 1 for every r: ``[2, 3]`` gives ``[0, 1, 0, 1, 2]``."""
    total = int(repeats.sum())
    return np.arange(total) - np.repeat(np.cumsum(repeats) - repeats, repeats)
