"""The made-up load of the benchmarks: companies, and families of skewed portfolios in random order."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Final

from giants.domain.names import identity_key, lookup_keys
from giants.domain.registry.identity import company_id
from giants.domain.taxonomy import shipped_taxonomy
from schemas.base import Source, SourceClass
from schemas.facts import Announcement, AnnouncementKind, Entry, Family

SEED: Final = 7
COMPANIES: Final = 20_000
SYMBOLS_A_FAMILY: Final = 5
# Portfolios are skewed: a company's share falls with a power of its rank.
SKEW: Final = 2.5
# One record in so many is sent again, and one in so many is followed by another version of its family.
AGAIN_EVERY: Final = 50
NEXT_VERSION_EVERY: Final = 50
_LIST_ENTRIES: Final = 4_000
_DAYS: Final = 3_000
_COUNTRIES: Final = ("CN", "EP", "JP", "US", "WO")
OUTSIDE: Final = tuple(
    f"{section}{group:02d}B{main}/{sub:02d}"
    for section in "ABCDEFG"
    for group in (1, 21, 60)
    for main in (1, 3, 7, 9)
    for sub in (0, 2, 10, 40)
)


def name_of(number: int) -> str:
    """Name of one company."""
    return f"测试{number:06d}科技有限公司"


def id_of(number: int) -> str:
    """The id that the registry gives the company."""
    return company_id(f"~{identity_key(name_of(number))}")


def directory(companies: int = COMPANIES) -> dict[str, str]:
    """Companies by lookup key, as the registry assigns them."""
    return {key: id_of(number) for number in range(companies) for key in lookup_keys(name_of(number))}


def designations(companies: int = COMPANIES) -> Iterator[Announcement]:
    """The lists that designate the companies."""
    for first in range(0, companies, _LIST_ENTRIES):
        last = min(first + _LIST_ENTRIES, companies)
        yield Announcement(
            list_id=f"bench-{first}",
            kind=AnnouncementKind.DESIGNATION,
            batch=7,
            published_on=date(2025, 10, 20),
            source=Source(source_class=SourceClass.SUPPLEMENTARY),
            entries=tuple(Entry(name=name_of(number)) for number in range(first, last)),
        )


def families(count: int, companies: int = COMPANIES, prefix: str = "b") -> Iterator[Family]:
    """Families of one assignee and five symbols each; the same count always gives the same ones."""
    source = random.Random(SEED)
    inside = [symbol for technology in shipped_taxonomy().technologies for symbol in technology.cpc]
    # Loads of different prefixes share no publications: they would be records of one invention.
    first = int.from_bytes(prefix.encode()[:2], "big") * 1_000_000_000
    for number in range(count):
        company = int(companies * source.random() ** SKEW)
        yield Family(
            family_id=f"{prefix}{number:09d}",
            version=1,
            assignees=(name_of(company),),
            cpc=_symbols(source, company, inside),
            filed_on=date.fromordinal(date(2017, 1, 1).toordinal() + source.randrange(_DAYS)),
            publications=tuple(f"{country}{first + number}A" for country in _COUNTRIES),
        )


def records(count: int, companies: int = COMPANIES, prefix: str = "b") -> list[Family]:
    """As many records to publish: some families come again, some get another version, in random order."""
    source = random.Random(SEED + 1)
    distinct = count - count // AGAIN_EVERY - count // NEXT_VERSION_EVERY
    first = list(families(distinct, companies, prefix))
    again = source.sample(first, count // AGAIN_EVERY)
    changed = source.sample(first, count // NEXT_VERSION_EVERY)
    later = [family.model_copy(update={"version": 2, "cpc": family.cpc[1:]}) for family in changed]
    everything = [*first, *again, *later]
    source.shuffle(everything)
    return everything


def _symbols(source: random.Random, company: int, inside: list[str]) -> tuple[str, ...]:
    """A company works in one field: two symbols from a stretch of the taxonomy, the others from outside."""
    field = company * 31 % (len(inside) - 12)
    return (*source.sample(inside[field : field + 12], 2), *source.sample(OUTSIDE, SYMBOLS_A_FAMILY - 2))
