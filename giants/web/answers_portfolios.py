"""What the routes of portfolios and of runs of screening take and answer."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from giants.matching.model import Verdict
from giants.store.queries.screening_runs import RunHead
from giants.web.answers import CaveatNote, EmailItem, NearCompany, WebhookItem
from giants.web.parameters import PageQuery, TargetBody
from schemas.base import VERSION_MAX, WATCHLIST_TARGETS_MAX, Id, Text
from schemas.codes import ChangeKind
from schemas.portfolios import (
    PARTS_MAX,
    Counterparty,
    Judgement,
    JudgementVerdict,
    PortfolioMatch,
    ScreeningRun,
)

JUDGEMENTS_MAX: Final = 500
ROWS_MAX: Final = 2_000_001


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class PortfolioBody(_Body):
    """A list of counterparties; an entry is a name or an object, and one that cannot be kept is told.

    A list that does not fit one request is sent in `parts` of one `revision`.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Suppliers",
                    "entries": [
                        {"name": "寧波星野氣動機械有限公司", "place": "浙江", "reference": "V-1001"},
                        "上海星野光电科技有限公司",
                    ],
                    "deliver": [{"kind": "email", "to": "desk-a@example.org", "digest": "daily"}],
                }
            ]
        },
    )

    owner: Id | None = None
    name: Text | None = None
    entries: list[Any] = Field(max_length=ROWS_MAX)
    events: tuple[ChangeKind, ...] = Field(default=(), max_length=len(ChangeKind))
    deliver: tuple[TargetBody, ...] = Field(default=(), max_length=WATCHLIST_TARGETS_MAX)
    revision: int | None = Field(default=None, ge=1, le=VERSION_MAX)
    part: int = Field(default=1, ge=1, le=PARTS_MAX)
    parts: int = Field(default=1, ge=1, le=PARTS_MAX)


class EntryProblem(_Answer):
    """What is wrong with a row of what was sent, from 1; an entry with a fault is left out."""

    row: int
    detail: str


class RecognisedEntry(_Answer):
    """What an entry means today: a match, several, near companies, or not a Little Giant."""

    entry: Counterparty
    verdict: Verdict
    near: tuple[NearCompany, ...]
    judgements: tuple[Judgement, ...] = ()


class PortfolioAnswer(_Answer):
    """A portfolio. `stored` is false while it is on its way.

    `problems` are those of what was just sent, `recognised` the first of its entries with what they mean
    today; both are null where a portfolio is looked at.
    """

    portfolio_id: str
    owner: str
    name: str | None
    revision: int
    entries: int
    events: tuple[ChangeKind, ...]
    deliver: tuple[WebhookItem | EmailItem, ...]
    received_at: datetime | None
    stored: bool = True
    problems: tuple[EntryProblem, ...] | None = None
    problems_left_out: int = 0
    recognised: tuple[RecognisedEntry, ...] | None = None
    warnings: tuple[str, ...] = ()


class PortfolioList(_Answer):
    """A page of portfolios by id."""

    items: tuple[PortfolioAnswer, ...]
    next: str | None


class EntryList(_Answer):
    """A page of entries by id, each with what it means today and what was judged of it."""

    items: tuple[RecognisedEntry, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class MatchesQuery(PageQuery):
    """Which pairs of a portfolio."""

    to_review: bool = Field(default=False, description="Only pairs that wait for a person")


class MatchItem(_Answer):
    """A pair as it was found last, and its latest judgement."""

    match: PortfolioMatch
    judgement: Judgement | None


class MatchList(_Answer):
    """A page of pairs, by entry and company."""

    items: tuple[MatchItem, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class JudgementBody(_Body):
    """What is decided about one pair."""

    entry_id: Id
    company_id: Id
    verdict: JudgementVerdict
    why: Text | None = None


class JudgementsBody(_Body):
    """What is decided about some pairs."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "judgements": [
                        {
                            "entry_id": "e-5f1c0a9b",
                            "company_id": "lg-1f0e",
                            "verdict": "rejected",
                            "why": "another firm of the same trade name",
                        }
                    ]
                }
            ]
        },
    )

    judgements: tuple[JudgementBody, ...] = Field(min_length=1, max_length=JUDGEMENTS_MAX)


class JudgementsAnswer(_Answer):
    """What was written down, and which pairs could not be judged."""

    judgements: tuple[Judgement, ...]
    problems: tuple[EntryProblem, ...]
    stored: bool


class JudgementList(_Answer):
    """A page of judgements, the newest first."""

    items: tuple[Judgement, ...]
    next: str | None


class RunList(_Answer):
    """A page of runs of screening, the newest first."""

    items: tuple[RunHead, ...]
    next: str | None


class RunAnswer(_Answer):
    """A run of screening with a page of its parts, what was asked and found, and what was judged of these."""

    run: RunHead
    parts: tuple[ScreeningRun, ...]
    decided: tuple[Judgement, ...]
    next: str | None
