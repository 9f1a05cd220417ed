"""The rows of each table; a test compares their columns with the DDL.

Where most columns follow from a model of the contract, `ModelRows` makes the rows; all others are classes.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import msgspec
from pydantic import BaseModel

from giants.decoding.families import DIGEST_BITS, digest_of
from giants.store import counterparty_rows as counterparties
from giants.store.model_rows import BODY, CHANGE, SNAPSHOT, ModelRows
from giants.store.records import Incoming
from giants.store.search import search_text
from schemas.changes import (
    Alert,
    CompanySnapshot,
    CompanyState,
    ExposureSnapshot,
    Finding,
    ListChange,
    ListSnapshot,
    Rating,
    RatingChange,
    SignalChange,
    StatusChange,
    TechnologyExposure,
)
from schemas.facts import Family
from schemas.signals import SignalsSnapshot


class FactRow(NamedTuple):
    """An accepted input as received."""

    topic: str
    identity: str
    digest: bytes
    key: bytes
    value: bytes
    tombstone: bool
    partition: int
    offset: int
    received_at: datetime
    precedence: int


class TaxonomyRow(NamedTuple):
    """A taxonomy version; of each technology its id, name, category and CPC entries."""

    taxonomy: str
    taxonomy_version: int
    technologies: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    effective_on: date | None
    note: str | None
    body: bytes
    received_at: datetime
    precedence: int


class WatchlistRow(NamedTuple):
    """A watchlist, or that there is none any more."""

    watchlist_id: str
    owner: str
    name: str | None
    body: bytes
    received_at: datetime
    precedence: int
    deleted: int


class DeadLetterRow(NamedTuple):
    """An input that was refused, with where it stood."""

    topic: str
    partition: int
    offset: int
    digest: bytes
    key: bytes
    value: bytes
    reason: str
    headers: Mapping[str, str]
    received_at: datetime
    precedence: int


class RejectRow(NamedTuple):
    """A record that the store could not read."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    reason: str
    received_at: datetime
    precedence: int


class RatingMoveRow(NamedTuple):
    """The same change by time: levels are those of the bands from 1, and 0 with a score of 0 is unrated."""

    epoch: int
    at: datetime
    company_id: str
    technology: str
    seq: int
    from_level: int
    from_score: float
    to_level: int
    to_score: float
    cause_kind: str
    cause_ref: str
    backfill: bool


class FeedRow(NamedTuple):
    """A change in the order of storing; the writer sets `stored_at` when it inserts."""

    epoch: int
    stored_at: datetime
    topic: str
    partition: int
    offset: int
    id: str
    kind: str
    company_id: str
    technology: str
    authority: str | None
    batches: tuple[int, ...]
    at: datetime
    backfill: bool
    replayed: bool
    body: bytes


class PortfolioRow(NamedTuple):
    """The symbols that a family brings into the portfolio of a company."""

    epoch: int
    company_id: str
    family_id: str
    version: int
    symbols: tuple[str, ...]
    updated_at: datetime
    precedence: int
    deleted: int


def _search(company: CompanySnapshot, _: Incoming) -> str:
    names = [company.name, *(use.name for use in company.names)]
    return search_text(names, [*company.names_en, *([company.name_en] if company.name_en else [])])


def _each(field: str, part: str) -> Callable[[Any, Incoming], tuple[object, ...]]:
    """A column that is an array: one part of each element of a field."""
    return lambda message, _: tuple([getattr(one, part) for one in getattr(message, field)])


def _sensitivities(exposure: ExposureSnapshot, _: Incoming) -> tuple[str, ...]:
    """A column that is an array of JSON, empty where there is none."""
    found = [one.sensitivity for one in exposure.technologies]
    return tuple([_as_json(one) if one is not None else "" for one in found])


def _as_json(message: Any) -> str:
    """A part of a message, which is a model or what the compiled decoder makes in its place."""
    if isinstance(message, BaseModel):
        return message.model_dump_json()
    return msgspec.json.encode(message).decode()


def _state(side: str) -> Callable[[Any, Incoming], tuple[tuple[str, str | None, str], ...]]:
    """A column that is an array of one state or none."""

    def state(change: StatusChange, _: Incoming) -> tuple[tuple[str, str | None, str], ...]:
        found: CompanyState | None = getattr(change, side)
        return () if found is None else ((found.status, found.tier, found.name),)

    return state


def _rated(side: str, part: str) -> Callable[[Any, Incoming], object]:
    """A column that is a part of the rating before or after a change, null where the pair is not rated."""

    def rated(change: RatingChange, _: Incoming) -> object:
        rating = getattr(change, side)
        return None if rating is None else getattr(rating, part)

    return rated


def _technology(change: SignalChange, _: Incoming) -> str:
    return change.technology or ""


FAMILIES: Final = ModelRows(
    "FamilyRow",
    Family,
    computed={
        "received_at": lambda _, record: record.at,
        # Of two records of one version the one counts that the portfolio takes, in any order of arrival.
        "precedence": lambda family, record: family.version << DIGEST_BITS | digest_of(record.value or b""),
    },
)
COMPANIES: Final = ModelRows("CompanyRow", CompanySnapshot, computed={"search": _search, **BODY, **SNAPSHOT})
EXPOSURES: Final = ModelRows(
    "ExposureRow",
    ExposureSnapshot,
    leave_out=("technologies",),
    computed={
        **{part: _each("technologies", part) for part in TechnologyExposure.model_fields},
        "sensitivity": _sensitivities,
        **SNAPSHOT,
    },
)
SIGNALS: Final = ModelRows(
    "SignalsRow",
    SignalsSnapshot,
    leave_out=("signals",),
    computed={
        "signal": _each("signals", "signal"),
        "technology": lambda snapshot, _: tuple(one.technology or "" for one in snapshot.signals),
        "evidence": lambda snapshot, _: tuple(one.evidence.model_dump_json() for one in snapshot.signals),
        "text": _each("signals", "text"),
        **SNAPSHOT,
    },
)
FINDINGS: Final = ModelRows(
    "FindingRow",
    Finding,
    computed={name: column for name, column in SNAPSHOT.items() if name != "updated_at"},
)
STATUS_CHANGES: Final = ModelRows(
    "StatusChangeRow",
    StatusChange,
    leave_out=("tag", "link", "ownership", "name_reading"),
    computed={"previous": _state("previous"), "current": _state("current"), **BODY, **CHANGE},
)
RATING_CHANGES: Final = ModelRows(
    "RatingChangeRow",
    RatingChange,
    leave_out=("previous", "current"),
    computed={
        **{
            f"{side}_{part}": _rated(side, part)
            for side in ("previous", "current")
            for part in Rating.model_fields
        },
        **CHANGE,
    },
)
SIGNAL_CHANGES: Final = ModelRows(
    "SignalChangeRow",
    SignalChange,
    leave_out=("previous", "current", "methodology", "caveats"),
    computed={"technology": _technology, **BODY, **CHANGE},
)
LISTS: Final = ModelRows("ListRow", ListSnapshot, computed={**BODY, **SNAPSHOT})
LIST_CHANGES: Final = ModelRows(
    "ListChangeRow",
    ListChange,
    leave_out=("summary", "round", "caveats"),
    computed={**BODY, **CHANGE},
)
ALERTS: Final = ModelRows(
    "AlertRow",
    Alert,
    leave_out=(
        *("change", "authority", "sensitive", "name_reading"),
        *("portfolio_id", "entry_id", "entry_name", "match_score"),
    ),
    computed={**BODY, "precedence": CHANGE["precedence"]},
)

# A named tuple; `_fields` are its columns.
StoreRow = Any
# In the order of inserting: state before the feed, so that a reader of a change finds the state after it.
TABLES: Final[Mapping[type[Any], str]] = {
    FactRow: "facts_rows",
    FAMILIES.Row: "families_rows",
    TaxonomyRow: "taxonomies_rows",
    WatchlistRow: "watchlists_rows",
    counterparties.PortfolioPartRow: "portfolio_parts_rows",
    counterparties.PortfolioDeletionRow: "portfolio_deletions_rows",
    counterparties.JUDGEMENTS.Row: "judgements_rows",
    counterparties.ScreeningRow: "screenings_rows",
    counterparties.MATCHES.Row: "portfolio_matches_rows",
    COMPANIES.Row: "companies_rows",
    PortfolioRow: "portfolio_rows",
    EXPOSURES.Row: "exposures_rows",
    SIGNALS.Row: "signals_rows",
    STATUS_CHANGES.Row: "status_changes_rows",
    RATING_CHANGES.Row: "rating_changes_rows",
    RatingMoveRow: "moves_rows",
    SIGNAL_CHANGES.Row: "signal_changes_rows",
    LISTS.Row: "lists_rows",
    LIST_CHANGES.Row: "list_changes_rows",
    FeedRow: "feed_rows",
    ALERTS.Row: "alerts_rows",
    FINDINGS.Row: "findings_rows",
    DeadLetterRow: "dead_letters_rows",
    RejectRow: "store_rejects_rows",
}
