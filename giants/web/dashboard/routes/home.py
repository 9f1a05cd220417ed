"""The front page, and what is to be known about the numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from giants.domain.authorities import AUTHORITIES
from giants.domain.caveats import CAVEAT_TEXTS
from giants.domain.rules import catalogue
from giants.store.queries import programme
from giants.store.queries.dashboard_programme import newest_day, reviews_due
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.exposures import TechnologyRow, technologies
from giants.store.queries.feed import FeedFilter, encode_position, head, latest_changes, newest_change_at
from giants.store.queries.lists import latest_news
from giants.web.context import Context, InContext
from giants.web.dashboard.charts.bars import band_bar, status_bar
from giants.web.dashboard.feed import entries
from giants.web.dashboard.feed_groups import CHANGES_OF_A_PAGE_MAX, grouped
from giants.web.dashboard.rendering import render
from giants.web.dashboard.words import band_limits

FEED_ENTRIES: Final = 12
NEWS_ENTRIES: Final = 6
TECHNOLOGIES_SHOWN: Final = 8

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new everything here is; `behind` counts records that wait, None where the store runs elsewhere."""

    newest_change_at: datetime | None
    behind: int | None
    waiting_for: str | None


@router.get("/")
def home(request: Request, context: InContext) -> Response:
    """Everything at a glance, and changes as they happen."""
    database = context.database
    names = technology_names(database, context.settings.taxonomy)
    position = head(database)
    page = latest_changes(database, FeedFilter(), None, CHANGES_OF_A_PAGE_MAX)
    batches = programme.batches(database)
    totals = programme.totals(database)
    due = reviews_due(database)
    return render(
        request,
        "home.html",
        totals=totals,
        totals_bar=status_bar(totals.active, totals.unknown, totals.inactive),
        feed=grouped(entries(database, (item.change for item in page.items), names), FEED_ENTRIES)[0],
        news=entries(database, latest_news(database, NEWS_ENTRIES), names),
        cursor=encode_position(position),
        batches=batches,
        largest=max((batch.companies for batch in batches), default=0),
        status_bar=status_bar,
        strongest=strongest(technologies(database, context.settings.taxonomy)),
        band_bar=band_bar,
        next_year=min((row.review_year for row in due), default=None),
        due=due,
        until=newest_day(database),
        fresh=_freshness(context),
    )


@router.get("/rules")
def rules(request: Request) -> Response:
    """The catalogue of rules, each under its code."""
    return render(request, "rules.html", sections=catalogue())


@router.get("/method")
def method(request: Request) -> Response:
    """What the numbers mean, and what of them is assumed, derived or our own."""
    return render(
        request,
        "method.html",
        limits=band_limits(),
        caveats=CAVEAT_TEXTS,
        authorities=AUTHORITIES,
    )


def strongest(rows: list[TechnologyRow]) -> list[TechnologyRow]:
    """Technologies with the most companies rated strong or higher; those without a rated company are none."""
    rated = [row for row in rows if row.rated]
    return sorted(rated, key=lambda row: (-strong_companies(row), -row.rated, row.name))[:TECHNOLOGIES_SHOWN]


def strong_companies(row: TechnologyRow) -> int:
    """Companies rated strong or higher."""
    return row.bands["strong"] + row.bands["very_strong"]


def _freshness(context: Context) -> Freshness:
    state = context.writer_state()
    return Freshness(
        newest_change_at=newest_change_at(context.database),
        behind=state.behind if state else None,
        waiting_for=state.waiting_for if state else None,
    )
