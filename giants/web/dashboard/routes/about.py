"""About the programme: what it is for, who is judged by what, and when."""

from fastapi import APIRouter, Request, Response

from giants.domain.authorities import AUTHORITIES
from giants.domain.frameworks import Criterion
from giants.domain.programme import PROGRAMME, cycle_known_in
from giants.store.queries.dashboard_programme import newest_day, reviews_due
from giants.web.answers_programme import programme_answer
from giants.web.context import InContext
from giants.web.dashboard.rendering import render

router = APIRouter()


@router.get("/about")
def about(request: Request, context: InContext) -> Response:
    """What is known of the programme itself, each statement with its sources."""
    newest = newest_day(context.database)
    cycle = cycle_known_in(newest.year if newest else None)
    return render(
        request,
        "about.html",
        programme=programme_answer(cycle, reviews_due(context.database)),
        numbers={source.id: number for number, source in enumerate(PROGRAMME.sources, 1)},
        criteria=tuple(Criterion),
        sensitive=[authority for authority in AUTHORITIES if authority.sensitive],
        authorities=AUTHORITIES,
        until=newest,
    )
