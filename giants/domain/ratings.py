"""From deltas to ratings: one partition's fold over the portfolios of its companies (X-*, design §5).

Per company the state holds the tallies by CPC symbol, the matching instances by technology, and what was last
announced of each technology. An update touches the symbols of one family and the technologies of one company,
whose number is bounded by the taxonomy, never the portfolio: its cost is flat (design invariant 3).
"""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from sys import intern
from typing import NamedTuple

from giants.domain.cpc import SYMBOL_CACHE_ENTRIES_MAX
from giants.domain.events import CauseKind, Delta, Origin, RatingHead
from giants.domain.exposure import METHODOLOGY, Methodology, rate, stands
from giants.domain.rating_changes import NEVER, Announced, Change
from giants.domain.sensitivity import PairCounts, is_additional
from giants.domain.taxonomy import Taxonomy

# Version of a taxonomy, then a digest that orders two different contents of one version.
Rank = tuple[int, int]


@dataclass(slots=True)
class CompanyTallies:
    """A portfolio in numbers."""

    families: int = 0
    classified: int = 0  # families with at least one symbol
    instances: int = 0
    counted_under: Rank = (0, 0)  # taxonomy of `matching`
    tallies: dict[str, int] = field(default_factory=dict)  # CPC symbol -> families that carry it
    matching: dict[str, int] = field(default_factory=dict)  # technology -> instances
    indexing: int = 0  # instances of indexing codes and Y tags
    indexing_matching: dict[str, int] = field(default_factory=dict)  # of those, by technology
    children_matching: dict[str, int] = field(default_factory=dict)  # matched by children of entries alone
    announced: dict[str, Announced] = field(default_factory=dict)  # technology -> last link

    def counts(self, technology: str) -> PairCounts:
        """What the rating of a technology and its sensitivity rest on."""
        return PairCounts(
            self.matching.get(technology, 0),
            self.instances,
            self.indexing_matching.get(technology, 0),
            self.indexing,
            self.children_matching.get(technology, 0),
        )


class _Symbol(NamedTuple):
    """What a symbol counts for under the taxonomy in force."""

    technologies: tuple[str, ...]
    by_children: tuple[str, ...]
    is_additional: bool


@dataclass(slots=True)
class Ratings:
    """State of one partition. Without a taxonomy it counts, and rates once one is there."""

    taxonomy: Taxonomy | None = None
    rank: Rank = (0, 0)
    companies: MutableMapping[str, CompanyTallies] = field(default_factory=dict)
    methodology: Methodology = METHODOLOGY
    _symbols: dict[str, _Symbol] = field(default_factory=dict)

    def apply_delta(self, delta: Delta, *, is_held: bool = False) -> list[Change]:
        """Count a family in or out and say which ratings changed; of a company that is held, later."""
        company = self.companies.get(delta.company_id)
        if company is None:
            company = self.companies[delta.company_id] = CompanyTallies()
        company.families += (delta.after is not None) - (delta.before is not None)
        company.classified += bool(delta.after) - bool(delta.before)
        before, after = delta.before or (), delta.after or ()
        if before and after:
            # In their order: that in which a process happens to hash them must not show in what is kept.
            same = set(before).intersection(after)
            before, after = (
                tuple([symbol for symbol in some if symbol not in same]) for some in (before, after)
            )
        if before:
            self._count(company, before, -1)
        if after:
            self._count(company, after, +1)
        if is_held:
            company.counted_under = self.rank
            return []
        # Only where something is taken away a technology can be matched no more.
        gone = _gone(company) if before else ()
        return self._announce(delta.company_id, gone, delta.cause_kind, delta.cause_ref, delta.origin)

    def adopt(self, taxonomy: Taxonomy, rank: Rank) -> list[str]:
        """Put a newer taxonomy in force; returns the companies to recount, sorted; none for an older one.

        A company that already counts under it is not returned: after a crash in the middle of a recount only
        the rest is done.
        """
        if self.rank >= rank:
            return []
        self.put_in_force(taxonomy, rank)
        return sorted(id_ for id_, company in self.companies.items() if company.counted_under < rank)

    def put_in_force(self, taxonomy: Taxonomy, rank: Rank) -> None:
        """Count and rate by a taxonomy from here on."""
        self.taxonomy, self.rank = taxonomy, rank
        self._symbols.clear()

    def announce(
        self, company_id: str, cause_kind: CauseKind, cause_ref: str, origin: Origin
    ) -> list[Change]:
        """Say which ratings of a company that was held changed since they were last announced."""
        gone = _gone(self.companies[company_id])
        return self._announce(company_id, gone, cause_kind, cause_ref, origin)

    def resume(self, company_id: str, heads: Iterable[RatingHead]) -> None:
        """Let the chains of a company go on after links that were said in an epoch before."""
        company = self.companies.get(company_id)
        if company is None:
            company = self.companies[company_id] = CompanyTallies(counted_under=self.rank)
        for head in heads:
            if head.seq > company.announced.get(head.technology, NEVER).seq:
                company.announced[intern(head.technology)] = Announced(head.seq, head.rating)

    def recount(
        self, company_id: str, cause_ref: str, origin: Origin, *, is_held: bool = False
    ) -> list[Change]:
        """Rate one company anew under the taxonomy in force, from its tallies (T-08)."""
        company = self.companies[company_id]
        if self.taxonomy is None:
            return []
        company.matching, company.indexing_matching, company.children_matching = {}, {}, {}
        for symbol, families in company.tallies.items():
            self._match(company, self._symbol(symbol), families)
        if is_held:
            company.counted_under = self.rank
            return []
        return self._announce(company_id, _gone(company), "taxonomy", cause_ref, origin)

    def _count(self, company: CompanyTallies, symbols: tuple[str, ...], sign: int) -> None:
        tallies, known_symbols = company.tallies, self._symbols
        company.instances += sign * len(symbols)
        for symbol in symbols:
            known = tallies.get(symbol, 0)
            if known + sign:
                # A new symbol is held once for all companies.
                tallies[symbol if known else intern(symbol)] = known + sign
            else:
                del tallies[symbol]
            counted = known_symbols.get(symbol) or self._symbol(symbol)
            if counted.is_additional:
                company.indexing += sign
            if counted.technologies:
                self._match(company, counted, sign)

    @staticmethod
    def _match(company: CompanyTallies, symbol: _Symbol, families: int) -> None:
        """Count a symbol in so many families in, or out where they are negative."""
        _add(company.matching, symbol.technologies, families)
        if symbol.is_additional:
            _add(company.indexing_matching, symbol.technologies, families)
        if symbol.by_children:
            _add(company.children_matching, symbol.by_children, families)

    def _symbol(self, symbol: str) -> _Symbol:
        """What a symbol counts for, remembered for the symbols that the partition counts."""
        found = self._symbols.get(symbol)
        if found is None:
            if len(self._symbols) == SYMBOL_CACHE_ENTRIES_MAX:
                self._symbols.clear()
            taxonomy = self.taxonomy
            found = self._symbols[symbol] = _Symbol(
                () if taxonomy is None else taxonomy.technologies_of(symbol),
                () if taxonomy is None else taxonomy.by_children_alone(symbol),
                is_additional(symbol),
            )
        return found

    def _announce(
        self, company_id: str, gone: Iterable[str], cause_kind: CauseKind, cause_ref: str, origin: Origin
    ) -> list[Change]:
        """The links of the pairs that do not stand any more; `gone` are those that match nothing."""
        company = self.companies[company_id]
        company.counted_under = self.rank
        instances, announced = company.instances, company.announced
        evidence = self.methodology.evidence(company.families, company.classified)
        moved = [
            technology
            for technology, matching in company.matching.items()
            if not stands(announced.get(technology, NEVER).rating, matching, instances, evidence)
        ]
        moved += [technology for technology in gone if announced[technology].rating is not None]
        changes = []
        for technology in sorted(moved):
            matching = company.matching.get(technology, 0)
            last, current = announced.get(technology, NEVER), rate(matching, instances, evidence)
            announced[technology] = Announced(last.seq + 1, current)
            changes.append(
                Change(
                    company_id,
                    technology,
                    last.seq + 1,
                    last.rating,
                    current,
                    company.families,
                    company.classified,
                    instances,
                    matching,
                    company.counted_under[0],
                    cause_kind,
                    cause_ref,
                    origin,
                )
            )
        return changes


def _add(counts: dict[str, int], technologies: tuple[str, ...], families: int) -> None:
    for technology in technologies:
        count = counts.get(technology, 0) + families
        if count:
            counts[technology] = count
        else:
            del counts[technology]


def _gone(company: CompanyTallies) -> list[str]:
    return [technology for technology in company.announced if technology not in company.matching]
