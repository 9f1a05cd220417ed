"""The index of the companies that ClickHouse holds, brought up to date while it is used."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from giants.domain.names import lookup_keys
from giants.matching import Answer, Company, CompanyIndex, Matcher, Query, Thresholds
from giants.store.client import Database
from giants.store.epochs import shown_epoch
from giants.store.queries.screening import ScreenedCompany, company_versions, screened_companies
from schemas.base import AuthorityCode
from schemas.notes import CompanyOwnership

# What changed in the store is seen within this time; looking for it takes some milliseconds.
REFRESH_SECONDS: Final = 2.0
# Companies taken in at once while the index is made in the background; others are answered in between.
COMPANIES_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Screened:
    """The answers of some queries, from one state of the programme: its epoch, and companies by id."""

    answers: tuple[Answer, ...]
    companies: dict[str, ScreenedCompany]
    epoch: int
    companies_known: int


class Screener:
    """One index for all callers; it is made when it is first asked, and only what changed is read again."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database: Final = database
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._index = CompanyIndex()
        self._companies: dict[str, ScreenedCompany] = {}
        self._merged: dict[str, str] = {}  # ids of companies that another one took over
        # By lookup key of a name that is of no company here: companies that a source ties to it.
        self._outsiders: dict[str, dict[str, tuple[CompanyOwnership, ...]]] = {}
        self._versions: dict[str, int] = {}
        self._epoch = 0
        self._fresh_until = float("-inf")

    def screen(self, queries: Sequence[Query], thresholds: Thresholds, shown_max: int) -> Screened:
        """Match queries; others wait for one query at a time only, never for a whole list."""
        self._refresh()
        answers = tuple(self._answers(queries, thresholds, shown_max))
        ids = {candidate.company_id for answer in answers for candidate in answer.candidates}
        with self._lock:
            found = {id_: self._companies[id_] for id_ in ids if id_ in self._companies}
            return Screened(answers, found, self._epoch, len(self._companies))

    def _answers(self, queries: Sequence[Query], thresholds: Thresholds, shown_max: int) -> Iterator[Answer]:
        for query in queries:
            with self._lock:
                answer = Matcher(self._index, thresholds).match(query, shown_max)
            yield answer

    def company(self, company_id: str) -> ScreenedCompany | None:
        """The company of an id, as of the last question."""
        with self._lock:
            return self._companies.get(company_id)

    def names_of(self, company_ids: Iterable[str]) -> dict[str, str]:
        """The names in use of some companies, as of the last question."""
        with self._lock:
            return {id_: self._companies[id_].names[0] for id_ in company_ids if id_ in self._companies}

    def tied_to(self, names: Iterable[str]) -> tuple[CompanyOwnership, ...]:
        """What sources say of names that are of no company here, as their bearers would see it."""
        keys = {key for name in names for key in lookup_keys(name)}
        with self._lock:
            found = {
                (id_, one.record_id): one.model_copy(
                    update={
                        "role": one.role.seen_from_the_other,
                        "other": self._companies[id_].names[0],
                        "other_id": id_,
                    }
                )
                for key in sorted(keys)
                for id_, said in self._outsiders.get(key, {}).items()
                for one in said
            }
        return tuple(sorted(found.values(), key=lambda one: (-one.on.toordinal(), one.record_id)))

    def companies(self, company_ids: Sequence[str]) -> dict[str, ScreenedCompany]:
        """The companies of some ids, by the id asked for; one that was merged is found as what it became."""
        self._refresh()
        with self._lock:
            found = {asked: self._companies.get(self._merged.get(asked, asked)) for asked in company_ids}
        return {asked: company for asked, company in found.items() if company is not None}

    def warm(self, is_stopped: Callable[[], bool]) -> None:
        """Make the index ahead of the first question, a little at a time, until made or told to stop."""
        while not is_stopped() and not self._refresh(COMPANIES_AT_ONCE):
            pass

    def _refresh(self, at_once: int | None = None) -> bool:
        """Take in what changed, at most so many companies; whether the index is up to date."""
        with self._lock:
            if self._clock() < self._fresh_until:
                return True
            epoch = shown_epoch(self._database)
            versions = company_versions(self._database, epoch)
            if epoch != self._epoch:
                # Ids stay the same over a rebuild; versions need not.
                self._versions, self._epoch = {}, epoch
            for company_id in self._companies.keys() - versions.keys():
                self._index.remove(company_id)
                self._tie(self._companies.pop(company_id), is_there=False)
            changed = [id_ for id_, version in versions.items() if self._versions.get(id_) != version]
            taken = changed[:at_once]
            for company in screened_companies(self._database, epoch, taken):
                if (known := self._companies.get(company.company_id)) is not None:
                    self._tie(known, is_there=False)
                self._companies[company.company_id] = company
                self._tie(company, is_there=True)
                self._merged.update(dict.fromkeys(company.merged_from, company.company_id))
                self._index.put(_indexed(company))
            self._versions.update((id_, versions[id_]) for id_ in taken)
            if len(taken) < len(changed):
                return False
            self._versions = versions
            self._fresh_until = self._clock() + REFRESH_SECONDS
            return True

    def _tie(self, company: ScreenedCompany, *, is_there: bool) -> None:
        """Find a company, or no longer, under the names of others that are not of the programme."""
        by_key: dict[str, list[CompanyOwnership]] = {}
        for one in company.ownership:
            for key in () if one.other_id is not None else lookup_keys(one.other):
                by_key.setdefault(key, []).append(one)
        for key, said in by_key.items():
            tied = self._outsiders.setdefault(key, {})
            if is_there:
                tied[company.company_id] = tuple(said)
            else:
                tied.pop(company.company_id, None)
            if not tied:
                del self._outsiders[key]


def _indexed(company: ScreenedCompany) -> Company:
    authority = AuthorityCode(company.authority) if company.authority else None
    return Company(company.company_id, company.names, company.names_en, company.uscc, authority)
