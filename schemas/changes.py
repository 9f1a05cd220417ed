"""Changes and snapshots: the messages of the output topics (design §3.2)."""

from datetime import date, datetime

from schemas.base import AuthorityCode, Message, Source, Stage
from schemas.codes import (
    Band,
    Category,
    Caveat,
    ChangeKind,
    OutsideRecord,
    Profile,
    SignalChangeKind,
    SignalKind,
    Status,
    StatusChangeKind,
    SubState,
    Tier,
)
from schemas.signals import SignalEvidence


class Cause(Message):
    """The fact that brought a change about: its kind and `identity@version`."""

    kind: str
    ref: str


class NameUse(Message):
    """One name of a company: why it is one of its names, from which fact, since when."""

    name: str
    cause: str
    ref: str
    since: date | None


class Designation(Message):
    """One designation of a company; `confirmed` is null while only a public notice names it."""

    batch: int
    stage: Stage
    authority: AuthorityCode | None
    on: date
    ref: str
    confirmed: bool | None = None


class ReviewOutcome(Message):
    """What one review year brought for a company."""

    review_year: int
    outcome: str  # passed | failed | absent | unknown | pending
    authority: AuthorityCode | None
    on: date | None
    ref: str | None
    reason: str | None = None


class StatusSpell(Message):
    """One stretch of a company's status, from `since` to the next one: status on any past date (G-01)."""

    since: date
    status: Status
    sub_state: SubState
    cause: Cause
    reason: str | None = None


class CompanyTag(Message):
    """A category that an analyst put the company in; never inferred from anything (A-00, A-07)."""

    record_id: str
    ref: str
    category: Category
    evidence: str
    url: str | None
    author: str
    on: date


class CompanyLink(Message):
    """A record of others about the company, as a fact says; never inferred from anything (K-01)."""

    record_id: str
    ref: str
    record: OutsideRecord
    title: str
    url: str
    source: Source
    on: date


class CompanySnapshot(Message):
    """Latest state of a company (`giants.companies.v1`, compacted).

    `since` is when the status began that it has now. `first_designated` is the first designation that was
    not withdrawn, `held_since` since when the title is held without interruption, `term_since` since when
    the current term runs: the last designation or review passed. The latter two are null where the title is
    not held.
    """

    company_id: str
    name: str
    name_en: str | None
    names: tuple[NameUse, ...]
    names_en: tuple[str, ...] = ()
    status: Status
    sub_state: SubState
    since: date
    first_designated: date | None = None
    held_since: date | None = None
    term_since: date | None = None
    next_review_year: int | None
    authority: AuthorityCode | None
    tier: Tier | None
    batches: tuple[int, ...]
    framework: str | None = None
    designations: tuple[Designation, ...]
    reviews: tuple[ReviewOutcome, ...]
    timeline: tuple[StatusSpell, ...] = ()
    merged_from: tuple[str, ...] = ()
    uscc: str | None = None
    reason: str | None = None
    provisional: bool = False
    caveats: tuple[Caveat, ...] = ()
    tags: tuple[CompanyTag, ...] = ()
    links: tuple[CompanyLink, ...] = ()


class CompanyState(Message):
    """One link of the chain of a company's status changes (design invariant 2).

    The sub-state is left out: it follows the calendar (a review becomes pending) without a change.
    """

    status: Status
    tier: Tier | None
    name: str


class StatusChange(Message):
    """A change of status, tier or name, or of what analysts add (`giants.status-changes.v1`).

    `tag` is set where `kind` is tagged or untagged, `link` where it is linked or unlinked.
    `first_designated`, `held_since`, `term_since` and `next_review_year` are those of the company after it.
    """

    id: str
    seq: int
    company_id: str
    name: str
    name_en: str | None
    kind: StatusChangeKind
    previous: CompanyState | None
    current: CompanyState | None
    effective_on: date
    cause: Cause
    reason: str | None
    stage: Stage | None = None
    authority: AuthorityCode | None = None
    batches: tuple[int, ...] = ()
    first_designated: date | None = None
    held_since: date | None = None
    term_since: date | None = None
    next_review_year: int | None = None
    merged_into: str | None = None
    at: datetime
    backfill: bool
    replayed: bool
    epoch: int
    caveats: tuple[Caveat, ...]
    tag: CompanyTag | None = None
    link: CompanyLink | None = None


class ScoredBand(Message):
    """A score and its band."""

    score: float
    band: Band


class Sensitivity(Message):
    """What a rating would be by other choices; null where the pair would not be rated.

    `without_indexing` leaves out symbols of the 2000-series and of section Y, `without_children` those that
    an entry takes only as its children; the bands are those at limits five points lower and higher.
    """

    without_indexing: ScoredBand | None
    without_children: ScoredBand | None
    limits_lower: Band
    limits_higher: Band


class TechnologyExposure(Message):
    """Exposure to one technology; score, band and profile are null below the 2 % floor (X-13).

    `sensitivity` is null below the floor, and in what a release wrote that did not compute it.
    """

    technology: str
    matching: int
    alignment: float
    score: float | None
    band: Band | None
    profile: Profile | None
    sensitivity: Sensitivity | None = None


class ExposureSnapshot(Message):
    """Latest exposure of a company with families (`giants.exposures.v1`, compacted).

    `classified` of the `families` carry a CPC symbol; null in what a release wrote that did not count them.
    """

    company_id: str
    families: int
    classified: int | None = None
    instances: int
    confidence: float
    taxonomy: str
    taxonomy_version: int
    methodology: str
    technologies: tuple[TechnologyExposure, ...]
    caveats: tuple[Caveat, ...]


class Rating(Message):
    """What was announced of one pair."""

    band: Band
    profile: Profile
    score: float


class RatingChange(Message):
    """A band, a profile or being rated at all changed (`giants.rating-changes.v1`).

    `previous` is what the change before it announced: the score inside may have moved since
    without crossing a band.
    """

    id: str
    seq: int
    company_id: str
    technology: str
    previous: Rating | None
    current: Rating | None
    cause: Cause
    families: int
    classified: int | None = None
    instances: int
    matching: int
    taxonomy: str
    taxonomy_version: int
    methodology: str
    at: datetime
    backfill: bool
    replayed: bool
    epoch: int
    caveats: tuple[Caveat, ...]


class SignalChange(Message):
    """A signal was raised or cleared (`giants.signal-changes.v1`).

    `current` holds the numbers of a signal that is raised, `previous` those with which one that is cleared
    had been raised; the other is null. There is one chain for each company, signal and technology.
    """

    id: str
    seq: int
    company_id: str
    kind: SignalChangeKind
    signal: SignalKind
    technology: str | None
    previous: SignalEvidence | None
    current: SignalEvidence | None
    text: str
    cause: Cause
    methodology: str
    at: datetime
    backfill: bool
    replayed: bool
    epoch: int
    caveats: tuple[Caveat, ...]


class Finding(Message):
    """Something odd in the facts that a person may look into; it blocks nothing (D-05).

    Findings in force are kept in `giants.findings.v1`, compacted; a null value settles one.
    """

    finding_id: str
    code: str
    severity: str
    subject: str
    detail: str
    ref: str
    at: datetime


class Alert(Message):
    """A change that matched a watchlist (`giants.alerts.v1`)."""

    id: str
    watchlist_id: str
    owner: str
    kind: ChangeKind
    company_id: str
    name: str
    name_en: str | None
    technology: str | None
    text: str
    link: str
    change: StatusChange | RatingChange | SignalChange
    at: datetime
    caveats: tuple[Caveat, ...]
