"""Versions of families whose source has none: an older file must not overwrite a newer one (design §3.1).

A version is a number of 63 bits, most significant part first:

    20 bits   the newest day that the source knows of the family (publication, exchange or export),
              counted from the first of January of the year 1
    12 bits   how many publications it lists, at most 4,095
    31 bits   a digest of the content

The same content always has the same version. A family that was published again, or in more places, has a
higher one. Where only the classification changed between two exports the newest day is the same, and the
digest would decide by chance: give the day of the export (`Options.exported_on`), which then counts as the
newest day.
"""

from datetime import date
from hashlib import blake2b

import msgspec

DAY_BITS, PUBLICATIONS_BITS, DIGEST_BITS = 20, 12, 31
PUBLICATIONS_COUNTED_MAX = (1 << PUBLICATIONS_BITS) - 1


def family_version(newest: date | None, publications: int, content: object) -> int:
    """The version of a family from its newest day, its number of publications and what it holds."""
    day = newest.toordinal() if newest is not None else 0
    digest = int.from_bytes(blake2b(msgspec.msgpack.encode(content), digest_size=4).digest(), "big")
    counted = min(publications, PUBLICATIONS_COUNTED_MAX)
    return ((day << PUBLICATIONS_BITS | counted) << DIGEST_BITS) | (digest >> (32 - DIGEST_BITS))
