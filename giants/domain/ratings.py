"""From deltas to ratings: one partition's fold over the portfolios of its companies (X-*, design §5).

Per company the state holds the tallies by CPC symbol, the matching instances by technology, and what was last
announced of each technology. An update touches the symbols of one family and the technologies of one company,
whose number is bounded by the taxonomy, never the portfolio: its cost is flat (design invariant 3).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from sys import intern

from giants.domain.events import CauseKind, Delta, Origin
from giants.domain.exposure import Rating, confidence, rate
from giants.domain.taxonomy import Taxonomy

# Version of a taxonomy, then a digest that orders two different contents of one version.
Rank = tuple[int, int]


@dataclass(slots=True)
class Announced:
    """The last link of the chain of one (company, technology)."""

    seq: int
    rating: Rating | None


@dataclass(slots=True)
class Company:
    """A portfolio in numbers."""

    families: int = 0
    instances: int = 0
    counted_under: Rank = (0, 0)  # taxonomy of `matching`
    tallies: dict[str, int] = field(default_factory=dict)  # CPC symbol -> families that carry it
    matching: dict[str, int] = field(default_factory=dict)  # technology -> instances
    announced: dict[str, Announced] = field(default_factory=dict)  # technology -> last link


@dataclass(frozen=True, slots=True)
class Change:
    """A pair was rated, stopped being rated, or moved to another band or profile."""

    company_id: str
    technology: str
    seq: int
    previous: Rating | None
    current: Rating | None
    families: int
    instances: int
    matching: int
    taxonomy_version: int
    cause_kind: CauseKind
    cause_ref: str
    origin: Origin


@dataclass(slots=True)
class Ratings:
    """State of one partition. Without a taxonomy it counts, and rates once one is there."""

    taxonomy: Taxonomy | None = None
    rank: Rank = (0, 0)
    companies: dict[str, Company] = field(default_factory=dict)

    def apply_delta(self, delta: Delta) -> list[Change]:
        """Count a family in or out and say which ratings changed."""
        company = self.companies.get(delta.company_id)
        if company is None:
            company = self.companies[delta.company_id] = Company()
        company.families += (delta.after is not None) - (delta.before is not None)
        before, after = delta.before or (), delta.after or ()
        if before and after:
            self._count(company, tuple(set(before).difference(after)), -1)
            self._count(company, tuple(set(after).difference(before)), +1)
        else:
            self._count(company, before, -1)
            self._count(company, after, +1)
        return list(
            self._announce(delta.company_id, company, delta.cause_kind, delta.cause_ref, delta.origin)
        )

    def adopt(self, taxonomy: Taxonomy, rank: Rank) -> list[str]:
        """Put a newer taxonomy in force; returns the companies to recount, sorted; none for an older one.

        A company that already counts under it is not returned: after a crash in the middle of a recount only
        the rest is done.
        """
        if self.rank >= rank:
            return []
        self.taxonomy, self.rank = taxonomy, rank
        return sorted(id_ for id_, company in self.companies.items() if company.counted_under < rank)

    def recount(self, company_id: str, cause_ref: str, origin: Origin) -> list[Change]:
        """Rate one company anew under the taxonomy in force, from its tallies (T-08)."""
        taxonomy, company = self.taxonomy, self.companies[company_id]
        if taxonomy is None:
            return []
        company.matching = {}
        for symbol, families in company.tallies.items():
            for technology in taxonomy.technologies_of(symbol):
                company.matching[technology] = company.matching.get(technology, 0) + families
        return list(self._announce(company_id, company, "taxonomy", cause_ref, origin))

    def _count(self, company: Company, symbols: tuple[str, ...], sign: int) -> None:
        tallies, matching, taxonomy = company.tallies, company.matching, self.taxonomy
        company.instances += sign * len(symbols)
        for symbol in symbols:
            known = tallies.get(symbol, 0)
            if known + sign:
                # A new symbol is held once for all companies.
                tallies[symbol if known else intern(symbol)] = known + sign
            else:
                del tallies[symbol]
            if taxonomy is not None:
                for technology in taxonomy.technologies_of(symbol):
                    count = matching.get(technology, 0) + sign
                    if count:
                        matching[technology] = count
                    else:
                        del matching[technology]

    def _announce(
        self, company_id: str, company: Company, cause_kind: CauseKind, cause_ref: str, origin: Origin
    ) -> Iterator[Change]:
        company.counted_under = self.rank
        families, instances, announced = company.families, company.instances, company.announced
        weight = confidence(families)
        gone = [technology for technology in announced if technology not in company.matching]
        for technology in sorted((*company.matching, *gone)):
            matching = company.matching.get(technology, 0)
            current = rate(matching, instances, weight)
            last = announced.get(technology)
            previous = last.rating if last is not None else None
            if _same(previous, current):
                continue
            seq = last.seq + 1 if last is not None else 1
            announced[technology] = Announced(seq, current)
            yield Change(
                company_id,
                technology,
                seq,
                previous,
                current,
                families,
                instances,
                matching,
                company.counted_under[0],
                cause_kind,
                cause_ref,
                origin,
            )


def _same(previous: Rating | None, current: Rating | None) -> bool:
    if previous is None or current is None:
        return previous is current
    return previous.band is current.band and previous.profile is current.profile
