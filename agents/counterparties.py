"""Which watched names and entries of portfolios a change concerns: the matcher, the other way round.

Names are found by an index of entries, so that a change meets only those that may mean its company, and each
of these is then asked of an index of all companies: what it comes to there is what screening says too. Where
nobody watches a name neither index is made.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, cast

import msgspec
import structlog

from agents import messages
from giants.counterparties.book import GROUP_PREFIX, PortfolioBook, PortfolioInForce
from giants.counterparties.errors import PortfoliosFullError
from giants.counterparties.outcomes import (
    Change,
    Found,
    ListedEntry,
    Outcome,
    Pair,
    alert_of_entry,
    match_of,
    outcome_of,
    verdict_for,
    wants,
)
from giants.counterparties.watched_names import CANDIDATES_MAX, WatchedNames
from giants.decoding.facts import PORTFOLIOS, SCHEMA_VERSION_HEADER, FactError, read_fact
from giants.domain.names import lookup_keys
from giants.domain.watch import CompanyContext
from giants.kafka.log import Headers, Record
from giants.matching import Answer, Company, CompanyIndex, EntryIndex, Matcher, Query, Thresholds
from giants.matching.near import near_names
from giants.settings import Settings
from schemas.base import AuthorityCode
from schemas.changes import StatusChange
from schemas.codes import StatusChangeKind
from schemas.facts import Watchlist
from schemas.portfolios import Judgement, JudgementVerdict, PortfolioEntries
from streams.metrics import METRICS

_logger = structlog.get_logger(__name__)

# Of some tenths of a millisecond each: a start takes seconds of the event loop in all.
_STEPS_A_TURN: Final = 4


class _Name(msgspec.Struct):
    name: str


class _Snapshot(msgspec.Struct):
    """The part of a company's snapshot that matching needs."""

    company_id: str
    name: str
    name_en: str | None = None
    names: tuple[_Name, ...] = ()
    names_en: tuple[str, ...] = ()
    uscc: str | None = None
    authority: str | None = None
    merged_from: tuple[str, ...] = ()


_decode_snapshot: Final = msgspec.json.Decoder(_Snapshot).decode


class Counterparties:
    """Portfolios, names of watchlists, and the companies that they may mean."""

    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings
        self.thresholds: Final = Thresholds(settings.match_min, min(settings.review_min, settings.match_min))
        self._names = EntryIndex()
        self.book: Final = PortfolioBook(self._names)
        self._companies: dict[str, Company] = {}
        self._companies_changed: dict[str, None] = {}
        self._index = CompanyIndex()
        self._matcher: Final = Matcher(self._index, self.thresholds)
        self._watched: Final = WatchedNames(self._index, self.thresholds)
        self._settling: Final = asyncio.Lock()

    @property
    def is_used(self) -> bool:
        """Whether anybody watches a name."""
        return bool(self._watched) or len(self.book) > 0

    def knows(self, company_id: str) -> bool:
        """Whether the company of a change is here, as far as anybody asks for it."""
        return not self.is_used or company_id in self._companies

    def take_portfolio(self, key: bytes | None, value: bytes | None, headers: Headers, at_ms: int) -> None:
        """Take in a record of a portfolio; one that is refused stands in the dead letters."""
        try:
            if value is None:
                self.book.take_deletion((key or b"").decode(), at_ms)
                return
            record = read_fact(PORTFOLIOS, value, dict(headers).get(SCHEMA_VERSION_HEADER))
            if isinstance(record, PortfolioEntries):
                self.book.take_entries(record, at_ms)
            else:
                self.book.take_judgement(cast(Judgement, record), at_ms)
        except (FactError, UnicodeDecodeError) as error:
            _logger.info("portfolio refused", key=key, reason=str(error))
        except PortfoliosFullError as error:
            _logger.warning("portfolio refused", key=key, reason=str(error))
        finally:
            METRICS.counterparties.set(self.book.entries)

    def watch(self, watchlist_id: str, watchlist: Watchlist | None) -> None:
        """Follow the names of a watchlist, or of one that is gone no longer."""
        self._watched.watch(watchlist_id, watchlist.companies if watchlist is not None else ())

    def take_company(self, key: bytes | None, value: bytes | None) -> None:
        """Take in the latest names of a company."""
        try:
            company_id = (key or b"").decode()
            snapshot = None if value is None else _decode_snapshot(value)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return  # somebody else's record; what was known before stays
        if snapshot is None:
            self._companies.pop(company_id, None)
            self._companies_changed[company_id] = None
            return
        company = _company(snapshot)
        if self._companies.get(company.company_id) != company:
            self._companies[company.company_id] = company
            self._companies_changed[company.company_id] = None
        for merged in snapshot.merged_from:
            if self._companies.pop(merged, None) is not None:
                self._companies_changed[merged] = None

    async def settle(self) -> None:
        """Bring the indexes up to date, letting others run in between."""
        async with self._settling:
            for number, _ in enumerate(self._steps()):
                if number % _STEPS_A_TURN == 0:
                    await asyncio.sleep(0)

    def _steps(self) -> Iterator[None]:
        yield from self.book.settle()
        while self.is_used and self._companies_changed:
            company_id = next(iter(self._companies_changed))
            del self._companies_changed[company_id]
            company = self._companies.get(company_id)
            if company is None:
                self._index.remove(company_id)
            else:
                self._index.put(company)
            self._watched.company_changed(company_id)
            yield
        yield from self._watched.settle()

    def context_for(self, change: Change, context: CompanyContext) -> CompanyContext:
        """The context with the keys of watched names that mean the company, by the rule of the matcher."""
        if not self._watched:
            return context
        self._company_of(change)
        keys = (key for name in self._watched.names_of(change.company_id) for key in lookup_keys(name))
        return replace(context, keys=context.keys.union(keys))

    def records_for(self, change: Change, context: CompanyContext) -> Iterator[Record]:
        """Alerts of portfolios and pairs to review that follow from a change."""
        if change.replayed or not len(self.book):
            return
        ids = (change.company_id, context.company_id, *context.merged_from)
        confirmed: set[tuple[str, str]] = set()
        for portfolio_id in self.book.portfolios_of(ids):
            portfolio = cast(PortfolioInForce, self.book.get(portfolio_id))
            for entry_id in self.book.memory(portfolio_id).confirmed(ids):
                place = portfolio.entries.place_of(entry_id)
                if place is None:
                    continue
                confirmed.add((portfolio_id, entry_id))
                listed = ListedEntry.at(portfolio, place)
                if wants(listed, change, is_confirmed=True):
                    yield self._alert(listed, None, change, context)
        if isinstance(change, StatusChange) and change.kind is not StatusChangeKind.MERGED:
            for found in self._found_by_name(change, ids):
                listed = found.pair.listed
                if (listed.portfolio.portfolio_id, listed.entry.entry_id) in confirmed:
                    continue
                yield messages.portfolio_match(match_of(found, change.id, change.at), self._settings)
                if found.outcome is Outcome.MATCH and wants(listed, change, is_confirmed=False):
                    yield self._alert(listed, found.pair.candidate.score, change, context)

    def screened(self, portfolio_id: str, revision: int) -> Iterator[list[Record]]:
        """Pairs of the entries that are new in a revision: its first screening, an entry at a time."""
        portfolio = self.book.get(portfolio_id)
        if portfolio is None or portfolio.revision != revision:
            return
        at = datetime.fromtimestamp(portfolio.seen_ms / 1000, UTC)
        for place in range(len(portfolio.entries)):
            if portfolio.entries.first_seen_ms(place) != portfolio.seen_ms:
                continue
            listed = ListedEntry.at(portfolio, place)
            answer = self._matcher.match(listed.entry.query)
            companies = [self._index.company(one.company_id) for one in answer.candidates]
            pairs = [
                self._found(listed, answer, company, (company.company_id,))
                for company in companies
                if company is not None
            ]
            yield [
                messages.portfolio_match(match_of(found, None, at), self._settings)
                for found in pairs
                if found is not None
            ]

    def _found_by_name(self, change: StatusChange, ids: tuple[str, ...]) -> Iterator[Found]:
        company = self._company_of(change)
        if company is None:
            return
        for listed, answer in self._answers(company):
            found = self._found(listed, answer, company, ids)
            if found is not None:
                yield found

    def _found(
        self, listed: ListedEntry, answer: Answer, company: Company, ids: tuple[str, ...]
    ) -> Found | None:
        """What the answer of an entry means for a company; None where it means nothing."""
        memory, entry_id = self.book.memory(listed.portfolio.portfolio_id), listed.entry.entry_id
        rejected = {
            one.company_id
            for one in answer.candidates
            if (judged := memory.find(entry_id, (one.company_id,))) is not None
            and judged.verdict is JudgementVerdict.REJECTED
        }
        said = verdict_for(company.company_id, answer.candidates, rejected, self.thresholds)
        if said is None:
            return None
        verdict, candidate = said
        pair = Pair(listed, company, candidate, verdict)
        found = outcome_of(pair, memory.find(entry_id, ids), self.thresholds)
        return None if found.outcome is Outcome.NOTHING else found

    def _alert(
        self, listed: ListedEntry, score: float | None, change: Change, context: CompanyContext
    ) -> Record:
        base = self._settings.public_url
        return messages.alert(alert_of_entry(listed, score, change, context, base), self._settings)

    def _answers(self, company: Company) -> Iterator[tuple[ListedEntry, Answer]]:
        """Entries of portfolios that may mean a company, each with what it comes to among all companies."""
        answers: dict[Query, Answer] = {}
        alone = self._index.alone(company)
        for group, place, query in near_names(self._names, alone, self.thresholds, self._query_at):
            if query not in answers:
                answers[query] = self._matcher.match(query, CANDIDATES_MAX)
            portfolio = cast(PortfolioInForce, self._portfolio_of(group))
            yield ListedEntry.at(portfolio, place), answers[query]

    def _query_at(self, group: str, place: int) -> Query | None:
        """The name at a place of a portfolio; the index may lag behind the portfolios."""
        portfolio = self._portfolio_of(group)
        if portfolio is None or place >= len(portfolio.entries):
            return None
        return portfolio.entries[place].query

    def _portfolio_of(self, group: str) -> PortfolioInForce | None:
        return self.book.get(group.removeprefix(GROUP_PREFIX))

    def _company_of(self, change: Change) -> Company | None:
        """The company of a change under all its names; a change may be newer than the snapshot."""
        known = self._companies.get(change.company_id)
        if not isinstance(change, StatusChange):
            return known
        if known is None:
            english = (change.name_en,) if change.name_en else ()
            known = Company(change.company_id, (change.name,), english, None, change.authority)
        elif change.name not in known.names:
            known = replace(known, names=(change.name, *known.names))
        if self._index.company(known.company_id) != known:
            self._index.put(known)
            self._watched.company_changed(known.company_id)
            for _ in self._watched.settle():
                pass
        return known


def _company(snapshot: _Snapshot) -> Company:
    names = dict.fromkeys((snapshot.name, *(one.name for one in snapshot.names)))
    english = dict.fromkeys((*((snapshot.name_en,) if snapshot.name_en else ()), *snapshot.names_en))
    known = {code.value: code for code in AuthorityCode}
    authority = known.get(snapshot.authority or "")
    return Company(snapshot.company_id, tuple(names), tuple(english), snapshot.uscc, authority)
