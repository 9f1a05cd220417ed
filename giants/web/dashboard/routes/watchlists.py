"""Watchlists: what people want to hear of, and the alerts that came of it.

Pages show; changing goes through the API, from the page's own script.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from giants.domain.authorities import AUTHORITIES, Authority
from giants.store.queries.dashboard_technologies import TechnologyName, technology_names
from giants.store.queries.programme import batches
from giants.store.queries.watchlists import AlertFilter, alert_groups, alerts, watchlists
from giants.web.alert_groups import group_item
from giants.web.answers import EmailItem, WebhookItem
from giants.web.callers import InCaller, caller_of
from giants.web.context import Context, InContext
from giants.web.dashboard.alert_targets import alert_targets
from giants.web.dashboard.parameters import CursorQuery, GroupId, WatchlistId, WatchlistQuery
from giants.web.dashboard.rendering import render
from giants.web.errors import NotFoundError
from giants.web.near import recognised_names
from giants.web.routers.watchlists import own_watchlist
from giants.web.targets import shown_targets
from schemas.facts import Watchlist

WATCHLISTS_OF_A_PAGE: Final = 50
GROUPS_SHOWN: Final = 30
ALERTS_OF_A_PAGE: Final = 50
_NO_ALERTS: Final[dict[str, Any]] = {"alerts": (), "targets": {}}

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Choices:
    """What a watchlist can name."""

    technologies: dict[str, TechnologyName]
    categories: dict[str, list[tuple[str, str]]]
    authorities: tuple[Authority, ...]
    batches: list[int]


@router.get("/watchlists")
def all_watchlists(
    request: Request, context: InContext, caller: InCaller, query: Annotated[CursorQuery, Query()]
) -> Response:
    """Every watchlist of the caller, and the latest alerts of all."""
    page = watchlists(context.database, caller.owner, query.cursor, WATCHLISTS_OF_A_PAGE)
    return render(
        request,
        "watchlists.html",
        page=page,
        **_groups(request, context, ""),
        choices=_choices(context),
    )


@router.get("/watchlists/new")
def new_watchlist(
    request: Request, context: InContext, caller: InCaller, query: Annotated[WatchlistQuery, Query()]
) -> Response:
    """The editor, empty or with what a link brought."""
    begun = Watchlist(
        watchlist_id="new",
        owner=caller.owner or "desk",
        companies=(query.company,) if query.company else (),
        technologies=(query.technology,) if query.technology else (),
        authorities=(query.authority,) if query.authority else (),
        batches=(query.batch,) if query.batch else (),
    )
    return _editor(request, context, begun, is_new=True)


@router.get("/watchlists/{watchlist_id}")
def one_watchlist(
    request: Request, context: InContext, caller: InCaller, watchlist_id: WatchlistId
) -> Response:
    """One watchlist in the editor, with its alerts as they arrive."""
    found = own_watchlist(context, caller, watchlist_id)
    return _editor(request, context, found, is_new=False)


@router.get("/parts/alerts")
def latest_alerts(request: Request, context: InContext, watchlist: str = "") -> Response:
    """The latest alerts: a part of the page that is put in again while it is open."""
    return render(request, "parts/alerts.html", **_groups(request, context, watchlist[:200]))


@router.get("/alerts/{watchlist_id}/{group_id}")
def one_group(
    request: Request,
    context: InContext,
    watchlist_id: WatchlistId,
    group_id: GroupId,
    query: Annotated[CursorQuery, Query()],
) -> Response:
    """All alerts of one cause: what links in messages of a group lead to."""
    owner = caller_of(request).owner
    wanted = AlertFilter(watchlist_id, group_id, owner)
    found = alert_groups(context.database, wanted, None, 1).items
    if not found:
        raise NotFoundError("group of alerts", group_id)
    page = alerts(context.database, wanted, query.cursor, ALERTS_OF_A_PAGE)
    return render(
        request,
        "alert_group.html",
        target=alert_targets(context.database, (watchlist_id,), owner)[watchlist_id],
        watchlist_id=watchlist_id,
        group=group_item(found[0], ""),
        page=page,
        is_later=query.cursor is not None,
    )


def _editor(request: Request, context: Context, edited: Watchlist, *, is_new: bool) -> Response:
    shown = shown_targets(edited.deliver)
    return render(
        request,
        "watchlist.html",
        watchlist=edited,
        is_new=is_new,
        caller=caller_of(request),
        mail=next((target for target in shown if isinstance(target, EmailItem)), None),
        hook=next((target for target in shown if isinstance(target, WebhookItem)), None),
        recognised=() if is_new else recognised_names(context, edited.companies),
        **(_NO_ALERTS if is_new else _groups(request, context, edited.watchlist_id)),
        choices=_choices(context),
    )


def _groups(request: Request, context: Context, watchlist_id: str) -> dict[str, Any]:
    """The latest alerts by cause, and what they are of."""
    owner = caller_of(request).owner
    page = alert_groups(context.database, AlertFilter(watchlist_id, owner=owner), None, GROUPS_SHOWN)
    return {
        "alerts": tuple(group_item(row, "") for row in page.items),
        "targets": alert_targets(context.database, (row.watchlist_id for row in page.items), owner),
    }


def _choices(context: Context) -> Choices:
    names = technology_names(context.database, context.settings.taxonomy)
    listed = [row.batch for row in batches(context.database)]
    return Choices(names, _by_category(names), AUTHORITIES, listed)


def _by_category(names: dict[str, TechnologyName]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for id_, name in names.items():
        found.setdefault(name.category, []).append((id_, name.name))
    return found
