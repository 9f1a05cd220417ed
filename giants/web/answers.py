"""The answers of the API, each with the caveats that go with it, as codes and sentences (catalogue §11)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from giants.domain.caveats import caveat_text
from giants.matching.model import Verdict
from giants.store.queries.explain import SymbolItem
from giants.store.queries.programme import BatchItem, CohortItem
from giants.web.reading import Named, Nominated, OfCompany
from schemas.base import AuthorityCode
from schemas.changes import (
    Alert,
    AlertGroup,
    Cause,
    CompanySnapshot,
    ExposureSnapshot,
    ListChange,
    RatingChange,
    Sensitivity,
    SignalChange,
    StatusChange,
)
from schemas.codes import Band, Caveat, ChangeKind, Grouping, Profile, Status, SubState, Tier, WebhookFormat
from schemas.notes import CompanyOwnership

COMPANY_CAVEATS: Final = (
    Caveat.STANDALONE_ENTITY,
    Caveat.NOT_MALIGN,
    Caveat.STARTING_POINT,
    Caveat.ONE_INPUT,
)
RATING_CAVEATS: Final = (
    Caveat.NOT_A_VERDICT,
    Caveat.FLOOR_NOT_CEILING,
    Caveat.TAXONOMY_SCOPE,
    Caveat.PATENT_COVERAGE,
    Caveat.CONFIDENCE_NOT_PROBABILITY,
    Caveat.SCORE_DERIVED,
    Caveat.BANDS_ASSUMED,
    Caveat.MAPPING_OWN_WORK,
)


class Answer(BaseModel):
    """The base of all answers: frozen, and validated from the attributes of what the store returns."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class CaveatNote(Answer):
    """What a reader must be told."""

    code: Caveat
    text: str


class AskedRatingItem(Answer):
    """The rating that a list was asked for: in its technology, or the best that meets band and profile."""

    technology: str
    score: float
    band: Band
    profile: Profile


class CompanyItem(Named, Nominated):
    """A company in a list. With `as_of`, status, sub_state, since and batches are those of that day.

    `first_designated`, `held_since` (without interruption) and `term_since` are those of now, and null with
    `as_of`. `rating` is there where `technology`, `min_band` or `profile` is asked for; without `q` the list
    then goes by its score, highest first.
    """

    company_id: str
    status: Status
    sub_state: SubState
    since: date
    first_designated: date | None
    held_since: date | None
    term_since: date | None
    next_review_year: int | None
    authority: AuthorityCode | None
    tier: Tier | None
    batches: tuple[int, ...]
    provisional: bool
    families: int
    rating: AskedRatingItem | None = None


class OwnershipItem(CompanyOwnership):
    """What a source names a company as, also in words: with source and day, in English and Chinese.

    It is context: nothing is matched, merged or rated by it.
    """

    text: str
    text_zh: str


class NearCompany(Named):
    """A company that a name may mean: its score, whether it is a match, and why not more."""

    company_id: str
    status: Status
    score: float
    match: bool
    why: str
    ownership: tuple[OwnershipItem, ...] = ()


class CompanyList(Answer):
    """A page of companies; `next` is the cursor of the next page.

    `near` are companies whose names come near the query where no name holds it, with scores of the matcher.
    """

    items: tuple[CompanyItem, ...]
    near: tuple[NearCompany, ...] = ()
    total: int
    as_of: date | None
    next: str | None
    caveats: tuple[CaveatNote, ...]


class StatusThen(Answer):
    """Status on a day in the past; None before the first designation."""

    as_of: date
    status: Status | None
    sub_state: SubState | None
    since: date | None
    cause: Cause | None


class ExposureSummary(Answer):
    """How much the exposure of a company rests on."""

    families: int
    classified: int | None
    instances: int
    confidence: float
    rated: int


class CompanyAnswer(CompanySnapshot, Named, Nominated):
    """A company with everything that lists say of it."""

    ownership: tuple[OwnershipItem, ...] = ()

    resolved_from: str | None
    then: StatusThen | None
    exposure: ExposureSummary | None
    notes: tuple[CaveatNote, ...]


class FamilyItem(Answer):
    """The newest version of a family."""

    family_id: str
    version: int
    assignees: tuple[str, ...]
    cpc: tuple[str, ...]
    filed_on: date | None
    publications: tuple[str, ...]
    withdrawn: bool
    counted_under: str | None = Field(
        default=None, description="Newest record of the same invention, where this family counts under it"
    )


class FamilyList(Answer):
    """Families that were asked for and are known."""

    items: tuple[FamilyItem, ...]


class PairItem(Answer):
    """One technology of a company; score, band and profile are null where alignment is below 2 % (X-13).

    `sensitivity` is the rating by other choices, and `depends` says where the band depends on one of them.
    """

    technology: str
    name: str | None
    category: str | None
    matching: int
    alignment: float
    score: float | None
    band: Band | None
    profile: Profile | None
    sensitivity: Sensitivity | None = None
    depends: str | None = None


class ExposureAnswer(OfCompany):
    """All technologies of a company, now or with `as_of` at the end of a day.

    With the basis `arrival` it is what had been announced by then, with `filed` what the families that were
    filed by then amount to, as they are known today; `undated` of the families have no filing date and are
    not in it.
    """

    as_of: date | None
    basis: Literal["arrival", "filed"] = "arrival"
    undated: int | None = None
    families: int
    classified: int | None
    instances: int
    confidence: float
    taxonomy: str
    taxonomy_version: int
    methodology: str
    score_basis: Literal["derived"] = "derived"
    band_basis: Literal["assumed"] = "assumed"
    technologies: tuple[PairItem, ...]
    caveats: tuple[CaveatNote, ...]


class ExplainAnswer(OfCompany, Nominated):
    """How a rating is made, number by number, beside the status of the company and the reason for it."""

    status: Status
    sub_state: SubState
    since: date
    reason: str | None

    technology: str
    technology_name: str
    category: str
    families: int
    classified: int | None
    instances: int
    matching: int
    symbols: tuple[SymbolItem, ...]
    alignment: float | None
    confidence: float
    rated: bool
    score: float | None
    band: Band | None
    profile: Profile | None
    sensitivity: Sensitivity | None
    depends: str | None
    formula: str
    score_basis: Literal["derived"] = "derived"
    band_basis: Literal["assumed"] = "assumed"
    taxonomy: str
    taxonomy_version: int
    methodology: str
    last_cause: Cause | None
    caveats: tuple[CaveatNote, ...]


class HistoryAnswer(OfCompany):
    """The chain of status changes of a company, and a page of its rating changes, both newest first."""

    status_changes: tuple[StatusChange, ...]
    rating_changes: tuple[RatingChange, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class BatchList(Answer):
    """All batches with designations."""

    as_of: date | None
    items: tuple[BatchItem, ...]
    caveats: tuple[CaveatNote, ...]


class AuthorityItem(Answer):
    """A nominating authority and its companies; `code` is null for those whose authority is not known."""

    code: AuthorityCode | None = None
    name: str | None = None
    name_en: str | None = None
    type: str | None = None
    sensitive: bool = False
    companies: int
    active: int
    inactive: int
    unknown: int


class AuthorityList(Answer):
    """The 37 authorities (P-20), the largest first."""

    as_of: date | None
    items: tuple[AuthorityItem, ...]
    caveats: tuple[CaveatNote, ...]


class StrengthItem(Answer):
    """What an authority designated in a batch, and how much of it is rated strong or higher today.

    `authority` is null where no list says which it was (P-12).
    """

    batch: int
    authority: AuthorityCode | None
    companies: int
    with_families: int
    rated: int
    strong: int
    strong_share: float


class CohortList(Answer):
    """All cohorts that were due for review, and how strong each batch is by nominating authority."""

    band_basis: Literal["assumed"] = "assumed"
    items: tuple[CohortItem, ...]
    strength: tuple[StrengthItem, ...]
    caveats: tuple[CaveatNote, ...]


class TotalsAnswer(Answer):
    """Everything at a glance; `newest_change_at` tells how fresh the answers are."""

    companies: int
    active: int
    inactive: int
    unknown: int
    companies_with_families: int
    families: int
    rated_pairs: int
    epoch: int
    newest_change_at: datetime | None
    caveats: tuple[CaveatNote, ...]


class WholeItem(Answer):
    """A company with its exposure, as a reader needs it to begin with."""

    company: CompanySnapshot
    exposure: ExposureSnapshot | None


class ChangesAnswer(Answer):
    """A piece of the feed.

    `mode` says what it is: the `latest` changes, newest first; part of a `snapshot` of everything; or
    `changes` after a cursor, oldest first. Pass `next` as `since` to go on, at once while `more` is true.
    With `reset` the cursor was too old, and the snapshot begins anew: forget what you had. `older` is the
    `cursor` of the next page of the latest changes.
    """

    mode: Literal["latest", "snapshot", "changes"]
    reset: bool = False
    snapshot: tuple[WholeItem, ...] = ()
    items: tuple[StatusChange | RatingChange | SignalChange | ListChange, ...] = ()
    next: str
    more: bool = False
    older: str | None = None
    caveats: tuple[CaveatNote, ...]


class WebhookItem(Answer):
    """Where alerts are sent to, without secret and path. Sent back as it is it stays as it was."""

    kind: Literal["webhook"] = "webhook"
    id: str
    url: str
    secret: Literal["whsec_***"] = "whsec_***"  # noqa: S105
    format: WebhookFormat = WebhookFormat.STANDARD


class EmailItem(Answer):
    """Where alerts are sent to, the address in part. Sent back as it is it stays as it was."""

    kind: Literal["email"] = "email"
    id: str
    to: str
    digest: Literal["immediate", "daily"]


class RecognisedName(Answer):
    """What a name of a watchlist means today.

    `watched` says whether changes of a company raise alerts under this spelling: it bears the name by rule,
    or has that id. `near` are the companies that the matcher takes it for, best first.
    """

    asked: str
    verdict: Verdict
    watched: bool
    near: tuple[NearCompany, ...]


class WatchlistAnswer(Answer):
    """A watchlist; an empty condition matches everything. `stored` is false while it is on its way.

    `recognised` says what each of its names means today; null in a list of watchlists. `warnings` say what to
    beware of, when it is saved or checked.
    """

    watchlist_id: str
    owner: str
    name: str | None
    companies: tuple[str, ...]
    technologies: tuple[str, ...]
    authorities: tuple[AuthorityCode, ...]
    batches: tuple[int, ...]
    min_band: Band | None
    events: tuple[ChangeKind, ...]
    include_backfill: bool
    grouping: Grouping
    deliver: tuple[WebhookItem | EmailItem, ...]
    recognised: tuple[RecognisedName, ...] | None = None
    stored: bool = True
    warnings: tuple[str, ...] = ()


class WatchlistList(Answer):
    """A page of watchlists by id."""

    items: tuple[WatchlistAnswer, ...]
    next: str | None


class AlertList(Answer):
    """A page of alerts, newest first."""

    items: tuple[Alert, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class AlertGroupItem(Answer):
    """Alerts of one cause for one watchlist: how many, of what, the first of them, and all in a sentence.

    `oldest` and `newest` are the instants of the first and the last of its alerts so far.
    """

    watchlist_id: str
    owner: str
    group: AlertGroup
    text: str
    oldest: datetime
    newest: datetime


class AlertGroupList(Answer):
    """A page of groups of alerts, the one with the newest alert first."""

    items: tuple[AlertGroupItem, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class DeadLetterItem(Answer):
    """An input that was refused; `value` is the beginning of it, with what is no text replaced."""

    topic: str
    partition: int
    offset: int
    digest: str
    reason: str
    value: str
    value_bytes: int
    received_at: datetime


class DeadLetterList(Answer):
    """A page of refused inputs, newest first."""

    items: tuple[DeadLetterItem, ...]
    next: str | None


def notes(*groups: Iterable[Caveat]) -> tuple[CaveatNote, ...]:
    """Caveats as codes with their sentences, each once."""
    codes = dict.fromkeys(caveat for group in groups for caveat in group)
    return tuple(CaveatNote(code=code, text=caveat_text(code)) for code in codes)
