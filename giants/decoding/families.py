"""Family updates as the portfolio takes them."""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from giants.decoding.plain_family import PlainFamily
from giants.domain.cpc import normalize_symbol
from giants.domain.events import Family, Origin
from giants.domain.filed import plausible
from giants.domain.names import lookup_keys
from giants.domain.publications import identifying_numbers
from schemas.facts import Family as FamilyFact

# Assignees kept with their lookup keys: some times as many as there are companies.
_NAMES_CACHED: Final = 65_536
_DIGEST_BYTES: Final = 7
DIGEST_BITS: Final = 8 * _DIGEST_BYTES

_keys_of: Final = lru_cache(maxsize=_NAMES_CACHED)(lookup_keys)


def family_event(fact: FamilyFact | PlainFamily, origin: Origin, digest: int) -> Family:
    """A family with the lookup keys of each assignee and the normal forms of its symbols, as sets (C-03).

    Its filing year is 0 where no date is given or the year is out of bounds. `digest` is that of the record.
    """
    assignees = tuple(sorted(set(map(_keys_of, fact.assignees))))
    symbols = tuple(sorted(set(map(normalize_symbol, fact.cpc))))
    filed_on = plausible(fact.filed_on)
    year = filed_on.year if filed_on is not None else 0
    return Family(
        fact.family_id,
        fact.version,
        digest,
        assignees,
        symbols,
        fact.withdrawn,
        origin,
        year,
        identifying_numbers(fact.publications),
    )


def digest_of(content: bytes) -> int:
    """A number that orders two records of one version that differ, so that the outcome has no order."""
    return int.from_bytes(blake2b(content, digest_size=_DIGEST_BYTES).digest(), "big")
