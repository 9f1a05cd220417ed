"""Lists as lists: their summaries kept up to date with the companies, and the news of each (list-changes).

A summary is a function of the facts in force, as the companies are. News follows the order of arrival: a list
is published, confirms its notice or is revised; the last list of a batch or review year completes it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from giants.domain.registry.chain import Trigger
from giants.domain.registry.ledger import Ledger
from giants.domain.registry.list_summary import (
    AppliedList,
    Surroundings,
    caveats_of_list,
    list_snapshot,
    named_companies,
    sentence_of_list,
    summary_of,
)
from giants.domain.registry.lists import ProgrammeList
from giants.domain.registry.proof import Act, Period, Question, period_of
from giants.domain.registry.roles import CompanyParts, ListRef, Role
from schemas.base import Stage
from schemas.changes import ListChange, ListSnapshot, RoundSummary
from schemas.codes import ListChangeKind
from schemas.facts import Review

CHANGE_ID_DIGITS: Final = 32


class _Comparison(NamedTuple):
    """What a piece of news compares a list with, and the round that it completes."""

    previous: str | None = None
    added: int = 0
    dropped: int = 0
    round: RoundSummary | None = None


@dataclass(frozen=True, slots=True)
class _Replaced:
    """A list that took the place of another, whose companies are noted as they were."""

    new: AppliedList | None
    old: AppliedList | None
    companies: frozenset[str]


@dataclass(frozen=True, slots=True)
class ListNews:
    """Summaries that differ now, by list id; None is one that is gone. And what happened."""

    snapshots: dict[str, ListSnapshot | None]
    changes: tuple[ListChange, ...]


def notice_of(one: ProgrammeList, others: Mapping[str, ProgrammeList]) -> ProgrammeList | None:
    """The newest public notice that a final list of the same period and authority follows."""
    period = period_of(one)
    if period is None or not one.is_final:
        return None
    notices = (
        other
        for other in others.values()
        if other.evidence.stage is Stage.PUBLIC_NOTICE
        and other.authority == one.authority
        and period_of(other) == period
    )
    return max(notices, key=lambda other: (other.evidence.on, other.evidence.ref), default=None)


class ListBook:
    """The lists that count, what they are to companies, and what was announced of them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lists: dict[str, AppliedList] = {}  # by the key of the list
        self._of_period: dict[Period, dict[str, ProgrammeList]] = {}
        self._keys: dict[str, set[str]] = {}  # by list id: an announcement and a review may share one
        self._key_of: dict[ListRef, str] = {}
        self._companies: dict[str, CompanyParts] = {}
        self._roles: dict[ListRef, dict[Role, set[str]]] = {}
        self._designated: Counter[int] = Counter()
        self._outcomes: Counter[tuple[int, str]] = Counter()
        self._complete: set[Period] = set()
        self._touched: set[str] = set()  # keys
        self._replaced: list[_Replaced] = []
        self._announced: dict[str, ListSnapshot | None] = {}
        self._seq: Counter[str] = Counter()

    def replace(self, old: AppliedList | None, new: AppliedList | None) -> None:
        """Put a list in place of the one of its key."""
        before = named_companies(self._roles.get(old.ref, {})) if old else frozenset[str]()
        if old is not None:
            key = old.programme_list.key
            del self._lists[key], self._key_of[old.ref]
            if (period := period_of(old.programme_list)) is not None:
                del self._of_period[period][key]
        if new is not None:
            key = new.programme_list.key
            self._lists[key], self._key_of[new.ref] = new, key
            self._keys.setdefault(new.fact.list_id, set()).add(key)
            if (period := period_of(new.programme_list)) is not None:
                self._of_period.setdefault(period, {})[key] = new.programme_list
        for one in (old, new):
            if one is not None:
                self._touched.add(one.programme_list.key)
                if (period := period_of(one.programme_list)) is not None:
                    self._touched |= self._of_period[period].keys()
        self._replaced.append(_Replaced(new, old, before))

    def count(self, company_id: str, now: CompanyParts) -> None:
        """Let the lists be to a company what they are now."""
        was = self._companies.get(company_id, CompanyParts())
        for ref, role in was.parts - now.parts:
            self._roles[ref][role].discard(company_id)
            self._touch(ref)
        for ref, role in now.parts - was.parts:
            self._roles.setdefault(ref, {}).setdefault(role, set()).add(company_id)
            self._touch(ref)
        self._designated.subtract(was.batches)
        self._designated.update(now.batches)
        self._outcomes.subtract(was.outcomes.items())
        self._outcomes.update(now.outcomes.items())
        if now.parts:
            self._companies[company_id] = now
        else:
            self._companies.pop(company_id, None)

    def resume(self, list_id: str, seq: int) -> None:
        """Go on numbering the news of a list after what was said in an epoch before."""
        self._seq[list_id] = max(self._seq[list_id], seq)

    def settle(self, trigger: Trigger, *, is_quiet: bool = False) -> ListNews:
        """Say what differs since this was asked last; where it `is_quiet` there is no news of it."""
        list_ids = sorted({key.partition("/")[2] for key in self._touched})
        snapshots: dict[str, ListSnapshot | None] = {}
        for list_id in list_ids:
            snapshot = self._snapshot_of(list_id)
            if snapshot != self._announced.get(list_id):
                self._announced[list_id] = snapshots[list_id] = snapshot
        numbers = self._seq.copy()
        changes = [*self._news(trigger), *self._completions(trigger)]
        if is_quiet:
            self._seq, changes = numbers, []
        self._touched.clear()
        self._replaced.clear()
        return ListNews(snapshots, tuple(changes))

    def snapshot(self, list_id: str) -> ListSnapshot | None:
        """A list as it was last announced."""
        return self._announced.get(list_id)

    def has_had(self, list_id: str) -> bool:
        """Whether there is or was such a list."""
        return list_id in self._announced

    def snapshots(self) -> dict[str, ListSnapshot]:
        """All lists that count, by id, sorted."""
        return {id_: one for id_, one in sorted(self._announced.items()) if one is not None}

    def _touch(self, ref: ListRef) -> None:
        if (key := self._key_of.get(ref)) is not None:
            self._touched.add(key)

    def _snapshot_of(self, list_id: str) -> ListSnapshot | None:
        """The announcement of an id, else the review: keys sort so."""
        keys = sorted(key for key in self._keys.get(list_id, ()) if key in self._lists)
        return self._snapshot(self._lists[keys[0]]) if keys else None

    def _snapshot(self, one: AppliedList) -> ListSnapshot:
        period = period_of(one.programme_list)
        if period is None:
            around = Surroundings()
        else:
            notice = notice_of(one.programme_list, self._of_period[period])
            confirms = notice.list_id if notice else None
            around = Surroundings(self._ledger.proof(period), self._ledger.total(period), confirms)
        return list_snapshot(one, self._roles.get(one.ref, {}), around)

    def _news(self, trigger: Trigger) -> Iterator[ListChange]:
        for one in self._replaced:
            if one.new is None:
                continue
            now = named_companies(self._roles.get(one.new.ref, {}))
            period = period_of(one.new.programme_list)
            notice = notice_of(one.new.programme_list, self._of_period[period]) if period else None
            kind, before, previous = ListChangeKind.PUBLISHED, frozenset[str](), None
            if one.old is not None:
                kind, before = ListChangeKind.REVISED, one.companies
                previous = one.old.programme_list.evidence.ref
            elif notice is not None:
                kind, previous = ListChangeKind.CONFIRMED, notice.evidence.ref
                of_notice = ListRef(isinstance(one.new.fact, Review), notice.evidence.ref)
                before = named_companies(self._roles.get(of_notice, {}))
            compared = _Comparison(previous, len(now - before), len(before - now))
            yield self._change(kind, one.new, trigger, compared)

    def _completions(self, trigger: Trigger) -> Iterator[ListChange]:
        lists = [one.programme_list for two in self._replaced for one in (two.old, two.new) if one]
        for period in sorted({period for one in lists if (period := period_of(one))}):
            proof = self._ledger.ask(Question(period, None)).proof
            was_complete = period in self._complete
            if proof is None:
                self._complete.discard(period)
            elif not was_complete:
                self._complete.add(period)
                key = self._key_of.get(ListRef(period.act is Act.REVIEW, proof.ref))
                if key is not None:
                    yield from self._completion(period, self._lists[key], trigger)

    def _completion(self, period: Period, last: AppliedList, trigger: Trigger) -> Iterator[ListChange]:
        if period.act is Act.DESIGNATION:
            of_batch = RoundSummary(
                batch=period.number,
                review_year=None,
                companies=self._designated[period.number],
                passed=0,
                removed=0,
                absent_after_elevation=0,
                removal_rate=None,
            )
            yield self._change(ListChangeKind.BATCH_COMPLETE, last, trigger, _Comparison(round=of_batch))
            return
        passed, removed, elevated = (
            self._outcomes[period.number, outcome]
            for outcome in ("passed", "removed", Role.ABSENT_AFTER_ELEVATION.value)
        )
        settled = passed + removed
        of_year = RoundSummary(
            batch=None,
            review_year=period.number,
            companies=settled + elevated,
            passed=passed,
            removed=removed,
            absent_after_elevation=elevated,
            removal_rate=removed / settled if settled else None,
        )
        for kind in (ListChangeKind.BATCH_COMPLETE, ListChangeKind.ATTRITION):
            yield self._change(kind, last, trigger, _Comparison(round=of_year))

    def _change(
        self, kind: ListChangeKind, one: AppliedList, trigger: Trigger, compared: _Comparison
    ) -> ListChange:
        list_id, place = one.fact.list_id, trigger.place
        self._seq[list_id] += 1
        seq = self._seq[list_id]
        summary = summary_of(self._snapshot(one))
        digest = sha256(f"{place.epoch}/list/{list_id}/{seq}".encode()).hexdigest()
        return ListChange(
            id=digest[:CHANGE_ID_DIGITS],
            seq=seq,
            list_id=list_id,
            kind=kind,
            summary=summary,
            previous=compared.previous,
            added=compared.added,
            dropped=compared.dropped,
            round=compared.round,
            text=sentence_of_list(kind, summary, (compared.added, compared.dropped), compared.round),
            effective_on=one.fact.published_on,
            cause=trigger.cause,
            at=place.at,
            backfill=place.backfill,
            replayed=place.replayed,
            epoch=place.epoch,
            caveats=caveats_of_list(summary),
        )
