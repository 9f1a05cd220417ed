"""The partition of a key, as Java's default partitioner chooses it."""

from functools import lru_cache
from struct import unpack_from
from typing import Final

_PARTITIONS_CACHED: Final = 65_536
_MURMUR_SEED: Final = 0x9747B28C
_MURMUR_FACTOR: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF


@lru_cache(maxsize=_PARTITIONS_CACHED)
def partition_of(key: str, partitions: int) -> int:
    """The partition that Java's default partitioner chooses: for topics of the contract.

    Kept for as many keys as there are companies, since the hash is slow in Python.
    """
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """MurmurHash2 as Java's client computes it; by words: aiokafka's own, by bytes, takes twice as long."""
    length = len(data)
    whole = length & ~3
    hashed = _MURMUR_SEED ^ length
    for word in unpack_from(f"<{whole // 4}I", data):
        mixed = word * _MURMUR_FACTOR & _MASK
        mixed = (mixed ^ mixed >> 24) * _MURMUR_FACTOR & _MASK
        hashed = hashed * _MURMUR_FACTOR & _MASK ^ mixed
    if whole != length:
        hashed = (hashed ^ int.from_bytes(data[whole:], "little")) * _MURMUR_FACTOR & _MASK
    hashed = (hashed ^ hashed >> 13) * _MURMUR_FACTOR & _MASK
    return hashed ^ hashed >> 15
