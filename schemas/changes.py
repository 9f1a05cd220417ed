"""Changes and snapshots: the messages of the output topics (design §3.2)."""

from datetime import date, datetime

from schemas.base import AuthorityCode, Message, Source, Stage
from schemas.codes import (
    Band,
    Caveat,
    ChangeKind,
    ListChangeKind,
    ListKind,
    Profile,
    SignalChangeKind,
    SignalKind,
    Status,
    StatusChangeKind,
    SubState,
    Tier,
)
from schemas.notes import CompanyLink, CompanyOwnership, CompanyTag
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
    ownership: tuple[CompanyOwnership, ...] = ()


class CompanyState(Message):
    """One link of the chain of a company's status changes (design invariant 2).

    The sub-state is left out: it follows the calendar (a review becomes pending) without a change.
    """

    status: Status
    tier: Tier | None
    name: str


class StatusChange(Message):
    """A change of status, tier or name, or of what analysts add (`giants.status-changes.v1`).

    `tag` is set where `kind` is tagged or untagged, `link` or `ownership` where it is linked or unlinked.
    `first_designated`, `held_since`, `term_since` and `next_review_year` are those of the company after it.
    `name_reading` is the name in pinyin, in words, where no English one is on record: no name that the firm
    gave itself.
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
    ownership: CompanyOwnership | None = None
    name_reading: str | None = None


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


class ListCounts(Message):
    """Companies by what a list says of them, or proves by leaving them out.

    `new` and `again` are designations: the first of a company, or a later one. `withdrawn` are named by a
    list that a better one overrules. `absent` and `absent_after_elevation` are not on it and lose the title
    by that, `struck_out` were in the notice alone. `unknown` are names that no list designates.
    """

    new: int = 0
    again: int = 0
    withdrawn: int = 0
    passed: int = 0
    failed: int = 0
    absent: int = 0
    absent_after_elevation: int = 0
    struck_out: int = 0
    revoked: int = 0
    elevated: int = 0
    unknown: int = 0


class ListSummary(Message):
    """What a list is and what it came to; `names` counts its different names, those that failed aside.

    `doubt` says why it proves no absence although it says that it is complete. `confirms` is the public
    notice that a final list follows. `total` is what the best list says of the whole batch or review year.
    """

    list_id: str
    revision: int
    kind: ListKind
    batch: int | None
    review_year: int | None
    stage: Stage
    authority: AuthorityCode | None
    published_on: date
    source: Source
    complete: bool
    proves_absence: bool
    doubt: str | None
    expected_count: int | None
    unread_rows: int
    names: int
    total: int | None
    confirms: str | None
    counts: ListCounts


class ListSnapshot(ListSummary):
    """Latest state of a list (`giants.lists.v1`, compacted); null where no revision of it is in force.

    Ids of companies, sorted, of each the first 5,000: `came` by designation, `passed` a review, `left` by
    failure, absence, revocation or because only the notice had named them.
    """

    came: tuple[str, ...]
    passed: tuple[str, ...]
    left: tuple[str, ...]


class RoundSummary(Message):
    """A batch or a review year whose lists are all there and fit each other.

    `removal_rate` is removed / (passed + removed), null for a batch and where nobody was due; who is absent
    after an elevation counts in neither (S-11, S-13).
    """

    batch: int | None
    review_year: int | None
    companies: int
    passed: int
    removed: int
    absent_after_elevation: int
    removal_rate: float | None


class ListChange(Message):
    """News of a list (`giants.list-changes.v1`); `seq` counts those of one list.

    `summary` is that of the list after the fact, `previous` the revision or the notice that it is compared
    with: `added` and `dropped` count companies named by one of the two alone. `round` goes with
    batch-complete and attrition.
    """

    id: str
    seq: int
    list_id: str
    kind: ListChangeKind
    summary: ListSummary
    previous: str | None
    added: int
    dropped: int
    round: RoundSummary | None
    text: str
    effective_on: date
    cause: Cause
    at: datetime
    backfill: bool
    replayed: bool
    epoch: int
    caveats: tuple[Caveat, ...]


class Alert(Message):
    """A change that matched a watchlist (`giants.alerts.v1`).

    News of a list is about no company: then `company_id` is empty, and `name` is the title of the list.
    `sensitive` says that `authority`, which nominated the company or published the list, administers
    Xinjiang (P-22); alerts from before have neither. `name_reading` is the name in pinyin, in words, where
    no English one is on record. Alerts of one `group_id` are one piece of news of a watchlist, by its
    `grouping`; it is empty in alerts from before, each of which stands alone.
    """

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
    change: StatusChange | RatingChange | SignalChange | ListChange
    at: datetime
    caveats: tuple[Caveat, ...]
    authority: AuthorityCode | None = None
    sensitive: bool = False
    name_reading: str | None = None
    group_id: str = ""
    # Of an alert about a counterparty: its portfolio and entry, and the score of a pair nobody has confirmed.
    portfolio_id: str | None = None
    entry_id: str | None = None
    entry_name: str | None = None
    match_score: float | None = None


class AlertMember(Message):
    """One alert of a group, as far as a message of the group shows it."""

    alert_id: str
    kind: ChangeKind
    company_id: str
    name: str
    name_en: str | None
    name_reading: str | None
    technology: str | None
    sensitive: bool


class AlertGroup(Message):
    """Alerts of one cause: `members` in this message, after `earlier` ones that were sent before.

    `kinds` counts the members by what happened, `companies` those that are concerned, `sensitive` those with
    a sensitive nominator. `sample` holds the first members; `link` leads to all.
    """

    group_id: str
    cause: Cause
    members: int
    earlier: int
    companies: int
    sensitive: int
    kinds: dict[ChangeKind, int]
    sample: tuple[AlertMember, ...]
    link: str


class GroupedAlert(Alert):
    """The message of a webhook for several alerts of one cause.

    `text` and `link` are those of the group. Where it is about more than one company, `company_id` is empty
    and `name` is the cause. The other fields are those of the first member.
    """

    group: AlertGroup
