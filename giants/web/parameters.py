"""What requests may say: path parts, and the query of each route as a model, so that a slip is told."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StringConstraints,
    model_validator,
)

from giants.delivery.batches import State
from giants.domain.registry.findings import FindingCode
from giants.store.queries.companies import CompanyFilter
from giants.store.queries.movements import MOVERS_MAX
from giants.store.queries.pages import CURSOR_CHARACTERS_MAX, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from giants.store.search import QUERY_CHARACTERS_MAX
from schemas.base import (
    BATCH_MAX,
    ID_CHARACTERS_MAX,
    TECHNOLOGIES_MAX,
    WATCHLIST_ITEMS_MAX,
    WATCHLIST_TARGETS_MAX,
    AuthorityCode,
    Batch,
    Id,
    Name,
    ReviewYear,
    Slug,
    Text,
)
from schemas.codes import (
    Band,
    Category,
    ChangeKind,
    Grouping,
    Profile,
    SignalKind,
    Status,
    Tier,
    WebhookFormat,
)
from schemas.facts import Email

VALUES_MAX = 100
MASKED_SECRET = "whsec_***"  # noqa: S105
DELIVERY_ID_MAX = 2**63 - 1
# Cursors are base64 for addresses; `start` and `now` are words of it as well.
CURSOR_PATTERN = "^[A-Za-z0-9_-]*$"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

CompanyId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=ID_CHARACTERS_MAX,
        description="Id of a company; that of one that was merged leads to the one it became part of",
        examples=["lg-2f7a0c1d9e4b5a66"],
    ),
]
WatchlistId = Annotated[
    str, Path(min_length=1, max_length=ID_CHARACTERS_MAX, description="Id of a watchlist", examples=["w-1"])
]
TechnologyId = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$", description="Id of a technology", examples=["radar"])
]
DeliveryId = Annotated[int, Path(ge=1, le=DELIVERY_ID_MAX, description="Id of a delivery", examples=[1])]


def _day_as_written(value: object) -> object:
    """A date is written as one: pydantic would take a number for seconds since 1970."""
    if isinstance(value, str) and _DAY.fullmatch(value) is None:
        raise ValueError("a date is written as in 2023-06-30")
    return value


# Days that the store can hold, with room for the day after.
DAY_MIN, DAY_MAX = date(1970, 1, 1), date(2299, 12, 30)
Day = Annotated[Annotated[date, Field(ge=DAY_MIN, le=DAY_MAX)] | None, BeforeValidator(_day_as_written)]
AsOf = Annotated[
    date | None,
    BeforeValidator(_day_as_written),
    Field(
        default=None,
        description="As things stood at the end of this day, from what is known today",
        examples=["2023-06-30"],
    ),
]
Cursor = Annotated[
    str | None,
    Field(
        default=None,
        max_length=CURSOR_CHARACTERS_MAX,
        pattern=CURSOR_PATTERN,
        description="`next` of the page before",
    ),
]
Limit = Annotated[int, Field(default=PAGE_ROWS_DEFAULT, ge=1, le=PAGE_ROWS_MAX, description="Rows of a page")]
MinBand = Annotated[
    Band | None, Field(default=None, description="This band or a higher one (bands are assumed)")
]


class _Query(BaseModel):
    """Parameters that are not known are refused: a misspelt filter would otherwise take everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AsOfQuery(_Query):
    """A day in the past, or none."""

    as_of: AsOf


class ExposuresQuery(AsOfQuery):
    """Which ratings of a company: by what had been announced, or by filing date."""

    basis: Literal["arrival", "filed"] = Field(
        default="arrival",
        description="What `as_of` means: announced by that day, or filed by that day",
    )


class AsFiledQuery(_Query):
    """Which technologies of a company over the years."""

    technology: Slug | None = Field(default=None, description="Only this technology")


class PageQuery(_Query):
    """Which page."""

    cursor: Cursor
    limit: Limit


class CompanyConditions(BaseModel):
    """What companies have to meet, of the API and of pages alike."""

    q: str = Field(
        default="",
        max_length=QUERY_CHARACTERS_MAX,
        description="Any name, or a part of one: Chinese, pinyin (also its first letters) or English",
        examples=["佳尔灵"],
    )
    status: list[Status] = Field(default=[], max_length=VALUES_MAX)
    authority: list[AuthorityCode] = Field(default=[], max_length=VALUES_MAX)
    batch: list[Batch] = Field(default=[], max_length=VALUES_MAX)
    technology: Slug | None = Field(default=None, description="Rated in this technology")
    min_band: MinBand
    tag: list[Category] = Field(
        default=[], max_length=VALUES_MAX, description="Put in this category by an analyst, as of today"
    )
    profile: list[Profile] = Field(
        default=[],
        max_length=VALUES_MAX,
        description="Rated with this profile, in the technology and band asked for or in any",
    )
    tier: list[Tier] = Field(default=[], max_length=VALUES_MAX, description="Holds this title, as of today")
    provisional: bool | None = Field(
        default=None, description="Whether a final list has yet to confirm the status, as of today"
    )
    as_of: AsOf

    def as_filter(self) -> CompanyFilter:
        """The same as the store takes it."""
        return CompanyFilter(
            query=self.q,
            statuses=tuple(self.status),
            authorities=tuple(self.authority),
            batches=tuple(self.batch),
            technology=self.technology,
            min_band=self.min_band,
            as_of=self.as_of,
            categories=tuple(self.tag),
            profiles=tuple(self.profile),
            tiers=tuple(self.tier),
            provisional=self.provisional,
        )


class CompaniesQuery(CompanyConditions, PageQuery):
    """Which companies; values of one parameter are alternatives, parameters are all to be met."""


FamilyId = Annotated[str, Field(min_length=1, max_length=ID_CHARACTERS_MAX)]


class FamiliesQuery(_Query):
    """Which families."""

    id: list[FamilyId] = Field(min_length=1, max_length=VALUES_MAX, description="Ids of families")


class HistoryQuery(PageQuery):
    """Which rating changes."""

    technology: Slug | None = Field(default=None, description="Only of this technology")


class CohortsQuery(_Query):
    """Whose cohorts."""

    authority: AuthorityCode | None = Field(default=None, description="Only companies of this authority")


class PeriodQuery(_Query):
    """Which days; by default the thirty up to the newest change."""

    since: Day = Field(default=None, description="From this day", examples=["2025-10-01"])
    until: Day = Field(default=None, description="Up to and including this day", examples=["2025-12-31"])
    authority: AuthorityCode | None = Field(default=None, description="Only companies of this authority")
    backfill: bool = Field(default=False, description="Whether changes from backfilled facts count too")

    @model_validator(mode="after")
    def _the_days_are_in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"until: expected a day not before {self.since}, got {self.until}")
        return self


class MoversQuery(PeriodQuery):
    """Which pairs moved, and how many are told of each direction."""

    technology: Slug | None = Field(default=None, description="Only in this technology")
    limit: int = Field(default=20, ge=1, le=MOVERS_MAX)


class RatedQuery(PageQuery):
    """Which companies of a technology."""

    min_band: MinBand


class ChangeFilterQuery(_Query):
    """Which changes."""

    kind: list[ChangeKind] = Field(default=[], max_length=VALUES_MAX)
    company: str = Field(default="", max_length=ID_CHARACTERS_MAX, description="Id of a company")
    technology: Slug | None = Field(default=None, description="Only rating changes of this technology")
    backfill: bool = Field(default=True, description="Whether changes from backfilled facts are given")


class StreamQuery(ChangeFilterQuery):
    """Which changes, and from where on; the header Last-Event-ID says it again after a break."""

    since: str | None = Field(
        default=None,
        max_length=CURSOR_CHARACTERS_MAX,
        pattern=CURSOR_PATTERN,
        description="`next` of an answer of /changes, or the id of an event; from now on without it",
    )
    group: Literal["cause"] | None = Field(
        default=None,
        description="Send changes of one cause that follow each other within a second as one event `group`",
    )


class ChangesQuery(ChangeFilterQuery):
    """Which changes, and from where on."""

    since: str | None = Field(
        default=None,
        max_length=CURSOR_CHARACTERS_MAX,
        pattern=CURSOR_PATTERN,
        description=(
            "`next` of the answer before: changes after it, oldest first. `start`: a snapshot of everything, "
            "then changes. `now`: only what comes from now on. Without it: the latest changes, newest first"
        ),
        examples=["start"],
    )
    cursor: Cursor
    limit: Limit


class AtomQuery(ChangeFilterQuery):
    """Which changes, and how many of the latest."""

    limit: Limit


class ReviewsQuery(_Query):
    """Whose reviews."""

    watchlist: str | None = Field(
        default=None,
        min_length=1,
        max_length=ID_CHARACTERS_MAX,
        description="Of the companies of this watchlist; of all without it",
    )


class WatchlistsQuery(PageQuery):
    """Whose watchlists."""

    owner: str = Field(default="", max_length=ID_CHARACTERS_MAX)


class AlertsQuery(PageQuery):
    """Alerts of which watchlist."""

    watchlist: str = Field(default="", max_length=ID_CHARACTERS_MAX)
    group: str = Field(
        default="", max_length=ID_CHARACTERS_MAX, description="Those of one cause: a `group_id` of an alert"
    )


class AlertGroupsQuery(PageQuery):
    """Groups of alerts of which watchlist."""

    watchlist: str = Field(default="", max_length=ID_CHARACTERS_MAX)


class DeliveriesQuery(PageQuery):
    """Which deliveries."""

    state: State | None = Field(default=None, description="Where a delivery stands")
    watchlist: str = Field(default="", max_length=ID_CHARACTERS_MAX, description="Id of a watchlist")


class FindingsQuery(PageQuery):
    """Which findings."""

    code: list[FindingCode] = Field(default=[], max_length=VALUES_MAX, description="Kinds of findings")


class SignalsQuery(PageQuery):
    """Which signals; values of one parameter are alternatives, parameters are all to be met."""

    kind: list[SignalKind] = Field(default=[], max_length=VALUES_MAX, description="Kinds of signals")
    authority: list[AuthorityCode] = Field(
        default=[], max_length=VALUES_MAX, description="Nominating authorities"
    )
    technology: Slug | None = Field(default=None, description="Only signals about this technology")


class ListsQuery(PageQuery):
    """Which lists; parameters are all to be met."""

    batch: Batch | None = Field(default=None, description="Designations of this batch")
    review_year: ReviewYear | None = Field(default=None, description="Reviews of this year")
    authority: AuthorityCode | None = Field(default=None, description="Of this nominating authority")


def _unless_masked(value: object) -> object:
    return None if value == MASKED_SECRET else value


TargetId = Annotated[
    str | None,
    Field(
        default=None,
        max_length=ID_CHARACTERS_MAX,
        description="`id` of an answer, where its address is sent back as it was shown",
    ),
]


class WebhookBody(BaseModel):
    """A webhook; without a secret that of the same URL is kept. A URL as it was shown stays what it was.

    Slack and Teams check no signature, so that a webhook of theirs needs no secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["webhook"]
    id: TargetId
    url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=2_000)]
    secret: Annotated[
        Annotated[str, StringConstraints(pattern=r"^whsec_[A-Za-z0-9+/=]{16,200}$")] | None,
        BeforeValidator(_unless_masked),
    ] = Field(default=None, repr=False)
    format: WebhookFormat = Field(
        default=WebhookFormat.STANDARD, description="The alert's own JSON, or a message for Slack or Teams"
    )


class EmailBody(Email):
    """An address; one as it was shown stays what it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: TargetId


TargetBody = Annotated[WebhookBody | EmailBody, Field(discriminator="kind")]


class WatchlistBody(BaseModel):
    """What to watch for and whom to tell; an empty condition matches everything."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "owner": "desk-a",
                    "technologies": ["radar"],
                    "authorities": ["XJ"],
                    "min_band": "strong",
                    "events": ["designated", "decertified", "rating-changed"],
                    "deliver": [{"kind": "email", "to": "desk-a@example.org", "digest": "daily"}],
                }
            ]
        },
    )

    owner: Id | None = Field(
        default=None, description="Whose it is; without it the caller's, or whose it was before"
    )
    name: Text | None = None
    companies: tuple[Name, ...] = Field(default=(), max_length=WATCHLIST_ITEMS_MAX)
    technologies: tuple[Slug, ...] = Field(default=(), max_length=TECHNOLOGIES_MAX)
    authorities: tuple[AuthorityCode, ...] = Field(default=(), max_length=len(AuthorityCode))
    batches: tuple[Annotated[Batch, Strict()], ...] = Field(default=(), max_length=BATCH_MAX)
    min_band: Band | None = None
    events: tuple[ChangeKind, ...] = Field(default=(), max_length=len(ChangeKind))
    include_backfill: StrictBool = False
    grouping: Grouping = Grouping.CAUSE
    deliver: tuple[TargetBody, ...] = Field(default=(), max_length=WATCHLIST_TARGETS_MAX)
