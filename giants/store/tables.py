"""The rows of each table, in the order of its columns; a test holds them against the DDL."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, NamedTuple


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


class FamilyRow(NamedTuple):
    """A patent family as its newest version says."""

    family_id: str
    version: int
    assignees: tuple[str, ...]
    cpc: tuple[str, ...]
    filed_on: date | None
    publications: tuple[str, ...]
    withdrawn: bool
    backfill: bool
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


class CompanyRow(NamedTuple):
    """A company as its latest snapshot says."""

    epoch: int
    company_id: str
    name: str
    name_en: str | None
    names: tuple[tuple[str, str, str, date | None], ...]
    names_en: tuple[str, ...]
    status: str
    sub_state: str
    since: date
    next_review_year: int | None
    authority: str | None
    tier: str | None
    batches: tuple[int, ...]
    framework: str | None
    designations: tuple[tuple[int, str, str | None, date, str, bool | None], ...]
    reviews: tuple[tuple[int, str, str | None, date | None, str | None, str | None], ...]
    timeline: tuple[tuple[date, str, str, str, str, str | None], ...]
    merged_from: tuple[str, ...]
    uscc: str | None
    reason: str | None
    provisional: bool
    caveats: tuple[str, ...]
    tags: tuple[tuple[str, str, str, str, str | None, str, date], ...]
    links: tuple[tuple[str, str, str, str, str, tuple[str, str | None, str | None, str | None], date], ...]
    search: str
    body: bytes
    updated_at: datetime
    precedence: int
    deleted: int


class StatusChangeRow(NamedTuple):
    """A change of status, tier or name; `previous` and `current` hold one state or none."""

    epoch: int
    company_id: str
    seq: int
    id: str
    kind: str
    name: str
    name_en: str | None
    previous: tuple[tuple[str, str | None, str], ...]
    current: tuple[tuple[str, str | None, str], ...]
    effective_on: date
    cause_kind: str
    cause_ref: str
    reason: str | None
    stage: str | None
    authority: str | None
    batches: tuple[int, ...]
    merged_into: str | None
    at: datetime
    backfill: bool
    replayed: bool
    caveats: tuple[str, ...]
    body: bytes
    precedence: int


class ExposureRow(NamedTuple):
    """All technologies of a company, as its latest exposure says."""

    epoch: int
    company_id: str
    families: int
    classified: int | None
    instances: int
    confidence: float
    taxonomy: str
    taxonomy_version: int
    methodology: str
    technology: tuple[str, ...]
    matching: tuple[int, ...]
    alignment: tuple[float, ...]
    score: tuple[float | None, ...]
    band: tuple[str | None, ...]
    profile: tuple[str | None, ...]
    caveats: tuple[str, ...]
    updated_at: datetime
    precedence: int
    deleted: int


class RatingChangeRow(NamedTuple):
    """A change of one pair."""

    epoch: int
    company_id: str
    technology: str
    seq: int
    id: str
    previous_band: str | None
    previous_profile: str | None
    previous_score: float | None
    current_band: str | None
    current_profile: str | None
    current_score: float | None
    cause_kind: str
    cause_ref: str
    families: int
    classified: int | None
    instances: int
    matching: int
    taxonomy: str
    taxonomy_version: int
    methodology: str
    at: datetime
    backfill: bool
    replayed: bool
    caveats: tuple[str, ...]
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


class SignalsRow(NamedTuple):
    """All signals in force for a company; `evidence` holds the numbers of each as JSON."""

    epoch: int
    company_id: str
    signal: tuple[str, ...]
    technology: tuple[str, ...]  # "" where a signal is about none
    evidence: tuple[str, ...]
    text: tuple[str, ...]
    methodology: str
    caveats: tuple[str, ...]
    updated_at: datetime
    precedence: int
    deleted: int


class SignalChangeRow(NamedTuple):
    """A signal that was raised or cleared; `technology` is "" where it is about none."""

    epoch: int
    company_id: str
    signal: str
    technology: str
    seq: int
    id: str
    kind: str
    text: str
    cause_kind: str
    cause_ref: str
    at: datetime
    backfill: bool
    replayed: bool
    body: bytes
    precedence: int


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


class AlertRow(NamedTuple):
    """An alert that was raised."""

    watchlist_id: str
    id: str
    owner: str
    kind: str
    company_id: str
    name: str
    name_en: str | None
    technology: str | None
    text: str
    link: str
    at: datetime
    caveats: tuple[str, ...]
    body: bytes
    precedence: int


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


class FindingRow(NamedTuple):
    """A data-quality finding, or that it is settled (`deleted`)."""

    epoch: int
    finding_id: str
    code: str
    severity: str
    subject: str
    detail: str
    ref: str
    at: datetime
    precedence: int
    deleted: int


StoreRow = (
    FactRow
    | FamilyRow
    | TaxonomyRow
    | WatchlistRow
    | DeadLetterRow
    | RejectRow
    | CompanyRow
    | StatusChangeRow
    | ExposureRow
    | RatingChangeRow
    | RatingMoveRow
    | SignalsRow
    | SignalChangeRow
    | FeedRow
    | AlertRow
    | PortfolioRow
    | FindingRow
)

# In the order of inserting: who reads a change in the feed finds the state that it led to.
TABLES: Final[Mapping[type[StoreRow], str]] = {
    FactRow: "facts_rows",
    FamilyRow: "families_rows",
    TaxonomyRow: "taxonomies_rows",
    WatchlistRow: "watchlists_rows",
    CompanyRow: "companies_rows",
    PortfolioRow: "portfolio_rows",
    ExposureRow: "exposures_rows",
    SignalsRow: "signals_rows",
    StatusChangeRow: "status_changes_rows",
    RatingChangeRow: "rating_changes_rows",
    RatingMoveRow: "moves_rows",
    SignalChangeRow: "signal_changes_rows",
    FeedRow: "feed_rows",
    AlertRow: "alerts_rows",
    FindingRow: "findings_rows",
    DeadLetterRow: "dead_letters_rows",
    RejectRow: "store_rejects_rows",
}
