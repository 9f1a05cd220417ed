"""Portfolios in numbers from patent families, without streams: what a taxonomy is tried on (C-03, C-06)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from giants.domain.cpc import SymbolError, normalize_symbol
from giants.domain.inventions import counted_under
from giants.domain.publications import identifying_numbers
from giants.domain.taxonomy_diff import Portfolio
from schemas.facts import Family


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest version of one family."""

    version: int
    companies: frozenset[str] = frozenset()
    symbols: frozenset[str] = frozenset()
    publications: tuple[str, ...] = ()


@dataclass(slots=True)
class _Count:
    families: int = 0
    classified: int = 0
    tallies: Counter[str] = field(default_factory=Counter)


def portfolios_of(families: Iterable[Family], company_of: Callable[[str], str | None]) -> Iterator[Portfolio]:
    """Tally families by company, by id of company.

    `company_of` gives the company of an assignee, None where it is nobody's. The newest version of a family
    counts; a withdrawn one for none; one with several assignees fully for each. A text that is no symbol is
    left out. Families that share publications count once (`giants.domain.inventions`). Keeps the companies,
    symbols and publications of every family in memory.
    """
    newest: dict[str, _Newest] = {}
    for family in families:
        known = newest.get(family.family_id)
        if known is None or family.version >= known.version:
            newest[family.family_id] = _counted(family, company_of)
    counts: dict[str, _Count] = {}
    elsewhere = counted_under({id_: (one.version, one.publications) for id_, one in newest.items()})
    for family_id, counted in newest.items():
        for company in counted.companies if family_id not in elsewhere else ():
            count = counts.setdefault(company, _Count())
            count.families += 1
            count.classified += bool(counted.symbols)
            count.tallies.update(counted.symbols)
    for company in sorted(counts):
        count = counts[company]
        yield Portfolio(company, count.families, count.classified, count.tallies)


def _counted(family: Family, company_of: Callable[[str], str | None]) -> _Newest:
    if family.withdrawn:
        return _Newest(family.version)
    companies = {company_of(assignee) for assignee in family.assignees}
    return _Newest(
        family.version,
        frozenset(company for company in companies if company is not None),
        frozenset(_symbols(family.cpc)),
        identifying_numbers(family.publications),
    )


def _symbols(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        try:
            yield normalize_symbol(text)
        except SymbolError:
            continue
