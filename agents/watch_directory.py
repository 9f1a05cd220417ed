"""What watch knows: watchlists, companies and their ratings, as their newest records say."""

from dataclasses import replace
from sys import intern
from typing import Final, NamedTuple

import msgspec
import structlog
from pydantic import ValidationError

from agents.counterparties import Counterparties
from giants.decoding.facts import SCHEMA_VERSION_HEADER, WATCHLISTS, FactError, read_fact
from giants.domain.names import lookup_keys
from giants.domain.watch import CompanyContext, Watch, WatchFullError, rated_token
from giants.kafka.log import Headers
from giants.settings import Settings
from schemas.changes import CompanySnapshot, ListChange, RatingChange, SignalChange, StatusChange
from schemas.facts import Watchlist

_logger = structlog.get_logger(__name__)

# How much later than the watchlist the clock of who published a fact may lag.
_CLOCK_SKEW_MS: Final = 60_000

Change = StatusChange | RatingChange | SignalChange | ListChange

CompanyChange = StatusChange | RatingChange | SignalChange


class _Rated(msgspec.Struct):
    """A technology of an exposure, as far as watchlists ask for it."""

    technology: str
    band: str | None = None


class _Exposure(msgspec.Struct):
    technologies: tuple[_Rated, ...] = ()


_decode_exposure: Final = msgspec.json.Decoder(_Exposure).decode


class _Version(NamedTuple):
    """Where the newest record of a watchlist is from, and when its first one came."""

    since_ms: int
    at_ms: int
    partition: int


class Directory:
    """Watchlists, companies and their ratings as they are now: the latest values of three topics."""

    def __init__(self, settings: Settings) -> None:
        self.watch: Final = Watch()
        self.counterparties: Final = Counterparties(settings)
        self._versions: dict[str, _Version] = {}
        self._companies: dict[str, CompanyContext] = {}
        self._snapshots: dict[str, bytes] = {}  # that nobody asked for yet: few companies change, many exist
        self._rated: dict[str, frozenset[str]] = {}

    def take_watchlist(
        self,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        at_ms: int = 0,
        partition: int = 0,
    ) -> None:
        """Put a watchlist in, or take it out.

        One that is refused, or written by a later version of the contract, is told in the dead letters by
        intake; what was there before stays in force.
        """
        try:
            if value is None:
                watchlist_id = (key or b"").decode()
                if not self._is_outdated(watchlist_id, at_ms, partition):
                    self._versions.pop(watchlist_id, None)
                    self.watch.delete(watchlist_id)
                    self.counterparties.watch(watchlist_id, None)
                return
            watchlist = read_fact(WATCHLISTS, value, dict(headers).get(SCHEMA_VERSION_HEADER))
            if isinstance(watchlist, Watchlist):
                self._put(watchlist, at_ms, partition)
        except (FactError, UnicodeDecodeError) as error:
            _logger.info("watchlist refused", key=key, reason=str(error))
        except WatchFullError as error:
            _logger.warning("watchlist refused", key=key, reason=str(error))

    def _put(self, watchlist: Watchlist, at_ms: int, partition: int) -> None:
        known = self._versions.get(watchlist.watchlist_id)
        since_ms = at_ms if known is None else min(known.since_ms, at_ms)
        if known is not None and self._is_outdated(watchlist.watchlist_id, at_ms, partition):
            self._versions[watchlist.watchlist_id] = known._replace(since_ms=since_ms)
            return
        self.watch.put(watchlist)
        self.counterparties.watch(watchlist.watchlist_id, watchlist)
        self._versions[watchlist.watchlist_id] = _Version(since_ms, at_ms, partition)

    def _is_outdated(self, watchlist_id: str, at_ms: int, partition: int) -> bool:
        """Whether a later version is known: where the topic got more partitions it is in another one."""
        known = self._versions.get(watchlist_id)
        return known is not None and partition != known.partition and at_ms < known.at_ms

    def is_older(self, change: Change, watchlist_id: str) -> bool:
        """Whether a change came before its watchlist."""
        known = self._versions.get(watchlist_id)
        at_ms = change.at.timestamp() * 1000
        return known is not None and at_ms + _CLOCK_SKEW_MS < known.since_ms

    def take_company(self, key: bytes | None, value: bytes | None, *_: object) -> None:
        """Put a company's latest snapshot in; a company that was merged away stays findable by its id."""
        self.counterparties.take_company(key, value)
        if value is not None and key is not None:
            self._snapshots[key.decode(errors="replace")] = value

    def take_exposure(self, key: bytes | None, value: bytes | None, *_: object) -> None:
        """Note in which technologies a company is rated, and in which bands."""
        if key is None:
            return
        company_id = key.decode(errors="replace")
        try:
            pairs = _decode_exposure(value).technologies if value is not None else ()
        except msgspec.MsgspecError:
            # Only somebody else's record can be unreadable here: what was known before stays.
            _logger.exception("exposure cannot be read", company_id=company_id)
            return
        rated = frozenset(intern(rated_token(one.technology, one.band)) for one in pairs if one.band)
        if rated:
            self._rated[company_id] = rated
        else:
            self._rated.pop(company_id, None)

    def context_of(self, change: Change) -> CompanyContext | None:
        """What is known of the company of a change; a status change itself says enough.

        News of a list is about no company.
        """
        if isinstance(change, ListChange):
            return CompanyContext("", change.list_id)
        context = self._context_of(change)
        rated = self._rated.get(change.company_id) if isinstance(change, StatusChange) else None
        return context if context is None or rated is None else replace(context, rated=rated)

    def is_known(self, change: Change) -> bool:
        """Whether the company of a change is there, with its names where anybody watches names."""
        if self.context_of(change) is None:
            return False
        return isinstance(change, ListChange) or self.counterparties.knows(change.company_id)

    def _context_of(self, change: CompanyChange) -> CompanyContext | None:
        known = self._known(change.company_id)
        if known is not None or not isinstance(change, StatusChange):
            return known
        names = [change.name, *([change.name_en] if change.name_en else [])]
        return CompanyContext(
            change.company_id,
            change.name,
            change.name_en,
            change.authority,
            change.batches,
            keys=frozenset(key for name in names for key in lookup_keys(name)),
        )

    def _known(self, company_id: str) -> CompanyContext | None:
        value = self._snapshots.pop(company_id, None)
        if value is not None:
            try:
                snapshot = CompanySnapshot.model_validate_json(value)
            except ValidationError:
                # Only somebody else's record can be unreadable here: what was known before stays.
                _logger.exception("company cannot be read", company_id=company_id)
            else:
                self._companies[company_id] = CompanyContext.from_snapshot(snapshot)
        return self._companies.get(company_id)
