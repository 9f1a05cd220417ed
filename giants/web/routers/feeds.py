"""What feed readers and calendars take: changes as Atom, reviews to come as iCalendar."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from giants.store.queries.companies import companies_by_id
from giants.store.queries.feed import latest_changes
from giants.store.queries.reviews import reviews_to_come
from giants.web import atom, calendar
from giants.web.atom import atom_feed
from giants.web.calendar import review_calendar
from giants.web.callers import InCaller
from giants.web.context import InContext
from giants.web.near import recognised_names
from giants.web.parameters import AtomQuery, ReviewsQuery
from giants.web.problems import problems
from giants.web.routers.changes import filter_of
from giants.web.routers.watchlists import own_watchlist
from schemas.changes import ListChange

_PATH: Final = "/api/v1/changes.atom"

router = APIRouter(tags=["changes"])


def _file(media_type: str, what: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": what, "content": {media_type: {"schema": {"type": "string"}}}}}


@router.get(
    "/changes.atom",
    response_class=Response,
    responses=_file(atom.MEDIA_TYPE, "The feed") | problems(),
)
def changes_atom(context: InContext, query: Annotated[AtomQuery, Query()]) -> Response:
    """The latest changes as an Atom feed, with the filters of `/changes` and the sentences of alerts."""
    page = latest_changes(context.database, filter_of(query), None, query.limit)
    changes = [item.change for item in page.items]
    ids = [change.company_id for change in changes if not isinstance(change, ListChange)]
    asked = urlencode(query.model_dump(mode="json", exclude_defaults=True), doseq=True)
    link_base = context.settings.public_url
    self_link = f"{link_base.rstrip('/')}{_PATH}{f'?{asked}' if asked else ''}"
    body = atom_feed(changes, companies_by_id(context.database, ids), self_link, link_base, asked)
    return Response(body, media_type=f"{atom.MEDIA_TYPE}; charset=utf-8")


@router.get(
    "/reviews.ics",
    response_class=Response,
    responses=_file(calendar.MEDIA_TYPE, "The calendar") | problems(HTTPStatus.NOT_FOUND),
)
def reviews_ics(context: InContext, caller: InCaller, query: Annotated[ReviewsQuery, Query()]) -> Response:
    """The next reviews by year and authority as a calendar: of all companies, or of those of a watchlist.

    A name of a watchlist counts where it means one company; the first thousand names are looked up.
    """
    wanted, ids = None, []
    if query.watchlist is not None:
        wanted = own_watchlist(context, caller, query.watchlist)
        found = recognised_names(context, wanted.companies) if wanted.companies else ()
        ids = [name.near[0].company_id for name in found if name.watched and name.near]
    title = f"Little Giants: reviews{f' of {wanted.name or wanted.watchlist_id}' if wanted else ''}"
    due = reviews_to_come(context.database, wanted, ids)
    body = review_calendar(due, title, context.settings.public_url)
    headers = {"Content-Disposition": 'inline; filename="reviews.ics"'}
    return Response(body, media_type=f"{calendar.MEDIA_TYPE}; charset=utf-8", headers=headers)
