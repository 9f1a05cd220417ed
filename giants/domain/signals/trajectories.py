"""From deltas, standings, days and taxonomies to signals: one partition's fold over its companies.

What is kept of a company is its families, its standing and what was last announced. Counts by year are made
from the families when a company is first looked at, and then follow each delta, so that an update touches the
symbols of one family and the technologies of one company (design invariant 3).

Companies are judged once after all events of a frame, not after each: a frame's boundaries stand in the log,
so the same changes come out of it whenever it is folded.
"""

from collections.abc import Container, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from sys import intern

import msgspec

from giants.domain.events import (
    CauseKind,
    Delta,
    NewDay,
    NewProgrammeStatus,
    NewTaxonomy,
    Origin,
    ProgrammeStatus,
    SignalHead,
)
from giants.domain.exposure import METHODOLOGY, Methodology
from giants.domain.ratings import Rank
from giants.domain.signals.counts import PortfolioByYear
from giants.domain.signals.filed_family import FiledFamily
from giants.domain.signals.rules import Evidence, Subject, hints_of, signals_of
from giants.domain.taxonomy import Taxonomy

_decode_evidence = msgspec.json.Decoder(Evidence).decode


@dataclass(frozen=True, slots=True)
class Announced:
    """The last link of the chain of one signal; `evidence` is None once it was cleared."""

    seq: int
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class SignalChange:
    """A signal was raised (`current` is there) or cleared (`previous` is)."""

    company_id: str
    subject: Subject
    seq: int
    previous: Evidence | None
    current: Evidence | None
    cause_kind: CauseKind
    cause_ref: str
    origin: Origin


@dataclass(slots=True)
class CompanyTrajectory:
    """A company's families, standing and signals."""

    families: dict[str, FiledFamily] = field(default_factory=dict)
    standing: ProgrammeStatus | None = None
    announced: dict[Subject, Announced] = field(default_factory=dict)
    portfolio: PortfolioByYear | None = None  # None: to be counted from the families
    in_force: dict[Subject, Evidence] | None = None  # None: not judged since it was restored


@dataclass(frozen=True, slots=True)
class _Cause:
    kind: CauseKind
    ref: str
    origin: Origin

    def after(self, earlier: "_Cause | None") -> "_Cause":
        """The cause of what several events of a frame led to: the last of them.

        It is of a backfill, or replayed, only where all of them are: what is new has to be alerted.
        """
        if earlier is None:
            return self
        was, now = earlier.origin, self.origin
        origin = Origin(now.at_ms, now.backfill and was.backfill, now.replayed and was.replayed)
        return _Cause(self.kind, self.ref, origin)


@dataclass(slots=True)
class Trajectories:
    """State of one partition. Without a day there are no signals, without a taxonomy none on technologies."""

    taxonomy: Taxonomy | None = None
    rank: Rank = (0, 0)
    year: int = 0
    day_order: int = 0  # of the event that moved the year
    companies: MutableMapping[str, CompanyTrajectory] = field(default_factory=dict)
    methodology: Methodology = METHODOLOGY
    _moved: dict[str, _Cause] = field(default_factory=dict)  # companies to be judged, and why

    def company(self, company_id: str) -> CompanyTrajectory:
        """The company of an id, empty where nothing is known of it."""
        company = self.companies.get(company_id)
        if company is None:
            company = self.companies[company_id] = CompanyTrajectory()
        return company

    def take_delta(self, delta: Delta) -> None:
        """Put a family in, or take it out. What counts is what was kept of it, whatever the delta says."""
        company = self._about_to_move(
            delta.company_id, _Cause(delta.cause_kind, delta.cause_ref, delta.origin)
        )
        known = company.families.pop(delta.family_id, None)
        if known is not None and company.portfolio is not None:
            company.portfolio.count(known, -1)
        if delta.after is not None:
            self.keep_family(company, delta.family_id, FiledFamily(delta.after_year, delta.after))
            if company.portfolio is not None:
                company.portfolio.count(company.families[delta.family_id], +1)

    @staticmethod
    def keep_family(company: CompanyTrajectory, family_id: str, family: FiledFamily) -> None:
        """Put a family in without counting it. Symbols repeat by the thousand, so each is kept once."""
        company.families[family_id] = FiledFamily(family.year, tuple([intern(one) for one in family.symbols]))

    def take_standing(self, event: NewProgrammeStatus) -> None:
        """Note where a company stands."""
        if event.standing is None and event.company_id not in self.companies:
            return
        cause = _Cause(event.cause_kind, event.cause_ref, event.origin)
        self._about_to_move(event.company_id, cause).standing = event.standing

    def take_day(self, event: NewDay) -> bool:
        """Let a year begin, or go back to one; says whether the year is another one now."""
        if (event.order, event.year) <= (self.day_order, self.year) or event.year == self.year:
            return False
        self.day_order = event.order
        self._all_about_to_move(_Cause("day", event.day, event.origin))
        self.year = event.year
        return True

    def adopt(self, taxonomy: Taxonomy, event: NewTaxonomy) -> bool:
        """Put a newer taxonomy in force, compiled from its event; says whether it is newer."""
        rank = (event.version, event.digest)
        if rank <= self.rank:
            return False
        cause_ref = f"{event.taxonomy}@{event.version}"
        self._all_about_to_move(_Cause("taxonomy", cause_ref, event.origin))
        self.taxonomy, self.rank = taxonomy, rank
        for company in self.companies.values():
            company.portfolio = None
        return True

    def settle(
        self, held: Container[str] = (), *, is_quiet: bool = False
    ) -> Iterator[tuple[str, int, list[SignalChange]]]:
        """Judge what moved: each company whose signals differ, with the instant and the changes to announce.

        The changes may be none: then the numbers behind a signal moved, or nothing `is_quiet` now. Those that
        are held are judged when they are released.
        """
        for company_id, cause in sorted(self._moved.items()):
            if company_id in held:
                continue
            company = self.companies[company_id]
            before, company.in_force = company.in_force, self.judge(company)
            changes = [] if is_quiet else list(_announce(company_id, company, company.in_force, cause))
            if changes or before != company.in_force:
                yield company_id, cause.origin.at_ms, changes
        self._moved.clear()

    def judge_released(
        self, company_id: str, cause_kind: CauseKind, cause_ref: str, origin: Origin
    ) -> list[SignalChange]:
        """Judge a company that was held, and say what changed since it was last announced."""
        company = self.companies[company_id]
        company.in_force = self.judge(company)
        self._moved.pop(company_id, None)
        return list(_announce(company_id, company, company.in_force, _Cause(cause_kind, cause_ref, origin)))

    def causes(self) -> Iterator[tuple[str, CauseKind, str, Origin]]:
        """Companies that moved since they were judged, and because of what."""
        for company_id, cause in self._moved.items():
            yield company_id, cause.kind, cause.ref, cause.origin

    def rejudge(self, company_id: str) -> None:
        """Judge a company that was held, and announce nothing."""
        company = self.companies[company_id]
        company.in_force = self.judge(company)
        self._moved.pop(company_id, None)

    def resume(self, company_id: str, heads: Iterable[SignalHead]) -> None:
        """Let the chains of a company go on after links that were said in an epoch before."""
        announced = self.company(company_id).announced
        for head in heads:
            subject = Subject(head.kind, head.technology)
            if subject not in announced or head.seq > announced[subject].seq:
                evidence = None if head.evidence is None else _decode_evidence(head.evidence)
                announced[subject] = Announced(head.seq, evidence)

    def judge(self, company: CompanyTrajectory) -> dict[Subject, Evidence]:
        """The signals in force for a company as it is now."""
        if company.standing is None or not self.year:
            return hints_of(company.standing)
        if company.portfolio is None:
            company.portfolio = PortfolioByYear(self.taxonomy, company.families.values())
        return signals_of(company.portfolio, company.standing, self.year, self.rank[0], self.methodology)

    def _about_to_move(self, company_id: str, cause: _Cause) -> CompanyTrajectory:
        """Note a company that an event moves, and what was in force before it."""
        company = self.company(company_id)
        if company.in_force is None:
            company.in_force = self.judge(company)
        self._moved[company_id] = cause.after(self._moved.get(company_id))
        return company

    def _all_about_to_move(self, cause: _Cause) -> None:
        for company_id in self.companies:
            self._about_to_move(company_id, cause)


def _announce(
    company_id: str, company: CompanyTrajectory, in_force: dict[Subject, Evidence], cause: _Cause
) -> Iterable[SignalChange]:
    """Links for the signals that were raised or cleared since they were last announced."""
    gone = [subject for subject, last in company.announced.items() if last.evidence is not None]
    for subject in sorted({*in_force, *gone}):
        last = company.announced.get(subject)
        previous = last.evidence if last is not None else None
        current = in_force.get(subject)
        if (previous is None) is (current is None):
            continue
        seq = last.seq + 1 if last is not None else 1
        company.announced[subject] = Announced(seq, current)
        yield SignalChange(company_id, subject, seq, previous, current, cause.kind, cause.ref, cause.origin)
