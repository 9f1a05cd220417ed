"""Facts: the messages of the input topics (design §3.1)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, field_validator, model_validator

from schemas.base import (
    BATCH_COMPANIES_MAX,
    COMPANIONS_MAX,
    ENGLISH_NAMES_MAX,
    FAMILY_ASSIGNEES_MAX,
    FAMILY_PUBLICATIONS_MAX,
    FAMILY_SYMBOLS_MAX,
    LIST_ENTRIES_MAX,
    TECHNOLOGIES_MAX,
    TECHNOLOGY_SYMBOLS_MAX,
    VERSION_MAX,
    WATCHLIST_ITEMS_MAX,
    WATCHLIST_TARGETS_MAX,
    AuthorityCode,
    Batch,
    HttpsUrl,
    Id,
    Message,
    Name,
    ReviewYear,
    Slug,
    Source,
    Stage,
    Statement,
    Text,
    Version,
)
from schemas.codes import Band, Category, ChangeKind, Grouping, OutsideRecord, OwnershipRole, WebhookFormat


class Entry(Message):
    """One company of an announcement list; `note` is what stood beside the name: a mark, a former name."""

    seq: int | None = Field(default=None, ge=0, le=LIST_ENTRIES_MAX)
    name: Name
    name_en: Name | None = None
    uscc: Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")] | None = None
    reason: Text | None = None
    note: Text | None = None


class AnnouncementKind(StrEnum):
    """What a list does to the companies on it."""

    DESIGNATION = "designation"
    REVOCATION = "revocation"
    ELEVATION = "elevation"


class Announcement(Message):
    """A designation, revocation or elevation list; `complete` with no entries is a confirmed zero (P-13).

    `unread_rows` counts rows of the document that are not among `entries` because they were rejected or
    could not be read with certainty: a list with such rows proves no absence. `batch_total` is what the
    document or its publisher says of the whole batch, over all authorities. `backfill` marks old news: the
    changes that follow carry it and alert nobody unless asked for. A `withdrawn` revision takes the list
    back: it names nobody and proves nothing.
    """

    list_id: Id
    revision: Version = 1
    kind: AnnouncementKind
    batch: Batch | None = None
    stage: Stage = Stage.FINAL
    published_on: date
    authority: AuthorityCode | None = None
    complete: bool = False
    expected_count: int | None = Field(default=None, ge=0, le=LIST_ENTRIES_MAX)
    unread_rows: int = Field(default=0, ge=0, le=LIST_ENTRIES_MAX)
    batch_total: int | None = Field(default=None, ge=0, le=BATCH_COMPANIES_MAX)
    backfill: bool = False
    withdrawn: bool = False
    source: Source
    entries: tuple[Entry, ...] = Field(default=(), max_length=LIST_ENTRIES_MAX)

    @model_validator(mode="after")
    def _designation_has_batch(self) -> "Announcement":
        if self.kind is AnnouncementKind.DESIGNATION and self.batch is None:
            raise ValueError("a designation list needs its batch")
        return self

    @model_validator(mode="after")
    def _withdrawn_is_empty(self) -> "Announcement":
        _check_withdrawn(self.withdrawn, self.complete, self.entries)
        return self


def _check_withdrawn(withdrawn: bool, complete: bool, named: tuple[object, ...]) -> None:
    if withdrawn and (complete or named):
        raise ValueError("a withdrawn list names nobody and is not complete")


class FailureReason(StrEnum):
    """Why a company failed its review (S-09 and the notices)."""

    FOCUS_MISMATCH = "focus_mismatch"
    WEAK_COMPETITIVENESS = "weak_competitiveness"
    PATENT_MISALIGNMENT = "patent_misalignment"
    NOT_APPLIED = "not_applied"
    VIOLATION = "violation"
    OTHER = "other"


class Passed(Message):
    """A company that passed its review; `note` as on an announcement."""

    name: Name
    note: Text | None = None


class Failed(Message):
    """A company that failed its review; `note` as on an announcement."""

    name: Name
    reason: FailureReason | None = None
    note: Text | None = None


class Review(Message):
    """A review-outcome list of one authority, or national where `authority` is null.

    `unread_rows` and `backfill` as in an announcement; `round_total` is how many passed in the whole review
    year, over all authorities. A `withdrawn` revision takes the list back.
    """

    list_id: Id
    revision: Version = 1
    review_year: ReviewYear
    stage: Stage = Stage.FINAL
    published_on: date
    authority: AuthorityCode | None = None
    complete: bool = False
    expected_count: int | None = Field(default=None, ge=0, le=LIST_ENTRIES_MAX)
    unread_rows: int = Field(default=0, ge=0, le=LIST_ENTRIES_MAX)
    round_total: int | None = Field(default=None, ge=0, le=BATCH_COMPANIES_MAX)
    backfill: bool = False
    withdrawn: bool = False
    source: Source
    passed: tuple[Passed, ...] = Field(default=(), max_length=LIST_ENTRIES_MAX)
    failed: tuple[Failed, ...] = Field(default=(), max_length=LIST_ENTRIES_MAX)

    @model_validator(mode="after")
    def _withdrawn_is_empty(self) -> "Review":
        _check_withdrawn(self.withdrawn, self.complete, (*self.passed, *self.failed))
        return self


class Rename(Message):
    """A genuine change of name (N-07, N-08)."""

    kind: Literal["rename"]
    record_id: Id
    revision: Version = 1
    old_name: Name
    new_name: Name
    effective_on: date
    backfill: bool = False
    source: Source


class CorrectionEvidence(Message):
    """The two conditions of a transcription correction that nobody can compute (N-02a, N-02b)."""

    not_found_under_original: bool = False
    confirmed_little_giant: bool = False


class Correction(Message):
    """A transcription correction (N-02); accepted only where all four conditions hold."""

    kind: Literal["correction"]
    record_id: Id
    revision: Version = 1
    old_name: Name
    new_name: Name
    evidence: CorrectionEvidence = CorrectionEvidence()
    backfill: bool = False
    source: Source


class EnglishIdentity(Message):
    """English names of a company (D-07)."""

    kind: Literal["english"]
    record_id: Id
    revision: Version = 1
    name: Name
    english_names: tuple[Name, ...] = Field(min_length=1, max_length=ENGLISH_NAMES_MAX)
    backfill: bool = False
    source: Source


NameRecord = Annotated[Rename | Correction | EnglishIdentity, Field(discriminator="kind")]


class TagRecord(Message):
    """A category that an analyst puts a company in, with the evidence; nothing sets one by itself (A-07).

    `company` is the id of a company or any of its names; `withdrawn` takes the tag back.
    """

    kind: Literal["tag"]
    record_id: Id
    revision: Version = 1
    company: Name
    category: Category
    evidence: Statement
    url: HttpsUrl | None = None
    author: Name
    on: date
    withdrawn: bool = False


class LinkRecord(Message):
    """A record of others about a company: where it is and who says that it is this company's (K-01, K-03).

    `company` is the id of a company or any of its names; `withdrawn` takes the link back.
    """

    kind: Literal["link"]
    record_id: Id
    revision: Version = 1
    company: Name
    record: OutsideRecord
    title: Statement
    url: HttpsUrl
    source: Source
    on: date
    withdrawn: bool = False


class OwnershipRecord(Message):
    """A source names a company as parent, subsidiary or affiliate of another one: context, and no rating.

    `company` is the `role` of `other`; each is the id of a company or any name, and only one of them has to
    be of the programme. `share_percent` is the part of the capital that the owner holds, where the source
    says it. `url` is where the source says so. Companies are never merged by this (N-14).
    """

    kind: Literal["ownership"]
    record_id: Id
    revision: Version = 1
    company: Name
    role: OwnershipRole
    other: Name
    share_percent: Annotated[float, Field(gt=0, le=100)] | None = None
    title: Statement | None = None
    url: HttpsUrl
    source: Source
    on: date
    withdrawn: bool = False

    @model_validator(mode="after")
    def _is_about_two(self) -> "OwnershipRecord":
        if self.company == self.other:
            raise ValueError("a company owns no part of itself: company and other are the same")
        if self.share_percent is not None and self.role is OwnershipRole.AFFILIATE:
            raise ValueError("a share has an owner: an affiliate has none, use investee or shareholder")
        return self


AnalystRecord = Annotated[TagRecord | LinkRecord | OwnershipRecord, Field(discriminator="kind")]


class Family(Message):
    """A patent-family update; its symbols are a set over members and offices (C-03)."""

    family_id: Id
    version: Version
    assignees: tuple[Name, ...] = Field(default=(), max_length=FAMILY_ASSIGNEES_MAX)
    cpc: tuple[Id, ...] = Field(default=(), max_length=FAMILY_SYMBOLS_MAX)
    filed_on: date | None = None
    publications: tuple[Id, ...] = Field(default=(), max_length=FAMILY_PUBLICATIONS_MAX)
    withdrawn: bool = False
    backfill: bool = False


Edition = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}\.(0[1-9]|1[0-2])$")]
Children = Annotated[tuple[Id, ...], Field(max_length=TECHNOLOGY_SYMBOLS_MAX)]


class Companion(Message):
    """The same technology in a tracker of others, such as the Critical Technology Tracker (K-03)."""

    tracker: Slug
    id: Id | None = None
    url: HttpsUrl | None = None


class Technology(Message):
    """One technology of a taxonomy and the CPC entries that it takes (C-08, C-10)."""

    id: Slug
    name: Name
    category: Name = "uncategorised"
    note: Text | None = None
    cpc: tuple[Id, ...] = Field(min_length=1, max_length=TECHNOLOGY_SYMBOLS_MAX)
    # Listed entries that take more than the published rule says: their dot-indented children, compiled.
    children: dict[Id, Children] = Field(default={}, max_length=TECHNOLOGY_SYMBOLS_MAX)
    # Symbols that CPC has moved elsewhere, each with its successor where there is one.
    retired: dict[Id, Id | None] = Field(default={}, max_length=TECHNOLOGY_SYMBOLS_MAX)
    # Symbols of later editions, each with the listed entry that it was split from.
    successors: dict[Id, Id] = Field(default={}, max_length=TECHNOLOGY_SYMBOLS_MAX)
    # The last edition of a retired symbol and the first of a successor, where the version does not say it.
    editions: dict[Id, Edition] = Field(default={}, max_length=TECHNOLOGY_SYMBOLS_MAX)
    # The technology in trackers of others, where their ids or addresses are known.
    companions: tuple[Companion, ...] = Field(default=(), max_length=COMPANIONS_MAX)


class TaxonomyVersion(Message):
    """A whole version of a taxonomy (T-02, T-08); the highest version is in force."""

    taxonomy: Slug
    version: Annotated[int, Field(ge=1, le=VERSION_MAX)]
    effective_on: date | None = None
    note: Text | None = None
    edition: Edition | None = None  # of CPC, for listed entries and their children
    retired_edition: Edition | None = None  # of CPC, for retired symbols
    technologies: tuple[Technology, ...] = Field(min_length=1, max_length=TECHNOLOGIES_MAX)

    @field_validator("technologies")
    @classmethod
    def _ids_are_unique(cls, technologies: tuple[Technology, ...]) -> tuple[Technology, ...]:
        ids = [technology.id for technology in technologies]
        twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
        if twice:
            raise ValueError(f"technologies listed twice: {', '.join(twice)}")
        return technologies


class Webhook(Message):
    """Deliver by HTTP POST, signed as Standard Webhooks says.

    `format` is the shape of the body: the alert's own JSON, or a message as incoming webhooks of Slack or
    Microsoft Teams take it. Neither of these checks the signature; it does no harm there.
    """

    kind: Literal["webhook"]
    url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=2_000)]
    secret: Annotated[str, StringConstraints(pattern=r"^whsec_[A-Za-z0-9+/=]{16,200}$"), Field(repr=False)]
    format: WebhookFormat = WebhookFormat.STANDARD


class Email(Message):
    """Deliver by e-mail, at once or as a daily digest."""

    kind: Literal["email"]
    to: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    digest: Literal["immediate", "daily"] = "daily"


Target = Annotated[Webhook | Email, Field(discriminator="kind")]


class Watchlist(Message):
    """What a desk wants to hear of; an empty condition matches everything.

    With `technologies`, kinds of status change that `events` names are wanted of companies that are rated in
    one of them, `min_band` or higher, when the change comes. `grouping` says which alerts are one piece of
    news, sent as one message: all of one cause, or single ones.
    """

    watchlist_id: Id
    owner: Id
    name: Text | None = None
    companies: tuple[Name, ...] = Field(default=(), max_length=WATCHLIST_ITEMS_MAX)
    technologies: tuple[Slug, ...] = Field(default=(), max_length=TECHNOLOGIES_MAX)
    authorities: tuple[AuthorityCode, ...] = ()
    batches: tuple[Batch, ...] = Field(default=(), max_length=60)
    min_band: Band | None = None
    events: tuple[ChangeKind, ...] = ()
    include_backfill: bool = False
    grouping: Grouping = Grouping.CAUSE
    deliver: tuple[Target, ...] = Field(default=(), max_length=WATCHLIST_TARGETS_MAX)


class Day(Message):
    """A day that has begun. Time is a fact: no fold reads a clock (design invariant 5).

    `withdrawn` takes a day back that was published by a wrong clock; it stays withdrawn.
    """

    day: date
    withdrawn: bool = False


ProgrammeFact = (
    Announcement
    | Review
    | Rename
    | Correction
    | EnglishIdentity
    | TagRecord
    | LinkRecord
    | OwnershipRecord
    | Day
)
NAME_RECORD: TypeAdapter[Rename | Correction | EnglishIdentity] = TypeAdapter(NameRecord)
ANALYST_RECORD: TypeAdapter[TagRecord | LinkRecord | OwnershipRecord] = TypeAdapter(AnalystRecord)
