"""Lists as lists: what each is, what it came to, and its news."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from giants.domain.coverage import coverage
from giants.store.queries.lists import (
    NO_STRENGTH,
    ListFilter,
    find_lists,
    latest_news,
    list_by_id,
    strength_of_lists,
    summaries,
)
from giants.store.queries.pages import PAGE_ROWS_MAX
from giants.web.answers import notes
from giants.web.answers_lists import (
    CoverageAnswer,
    CoverageColumn,
    ListAnswer,
    ListList,
    StrongCompanies,
    StrongTechnology,
)
from giants.web.context import InContext
from giants.web.errors import NotFoundError
from giants.web.parameters import ListsQuery
from giants.web.problems import problems
from schemas.base import ID_CHARACTERS_MAX
from schemas.changes import ListSummary
from schemas.codes import Caveat

router = APIRouter(tags=["programme"])
_NOTES = notes((Caveat.NOT_MALIGN,))


@router.get("/lists", responses=problems(HTTPStatus.BAD_REQUEST))
def list_lists(context: InContext, query: Annotated[ListsQuery, Query()]) -> ListList:
    """Lists in force, newest first: companies, expected count, and why a list does not prove absence."""
    wanted = ListFilter(query.batch, query.review_year, query.authority or "")
    page = find_lists(context.database, wanted, query.cursor, query.limit)
    items = tuple(ListSummary.model_validate(one.model_dump(by_alias=True)) for one in page.items)
    return ListList(items=items, next=page.next_cursor, caveats=_NOTES)


@router.get("/coverage", responses=problems())
def get_coverage(context: InContext) -> CoverageAnswer:
    """Lists that were ingested, by authority, batch and review year, and those that are outstanding."""
    columns = coverage(summaries(context.database))
    return CoverageAnswer(
        columns=tuple(CoverageColumn.model_validate(column) for column in columns), caveats=_NOTES
    )


@router.get("/lists/{list_id:path}", responses=problems(HTTPStatus.NOT_FOUND))
def get_list(
    context: InContext, list_id: Annotated[str, Path(min_length=1, max_length=ID_CHARACTERS_MAX)]
) -> ListAnswer:
    """One list, the companies that it designated, passed or removed, and its changes, newest first."""
    found = list_by_id(context.database, list_id)
    if found is None:
        raise NotFoundError("list", list_id)
    news = tuple(latest_news(context.database, PAGE_ROWS_MAX, list_id))
    strength = strength_of_lists(context.database, [list_id]).get(list_id, NO_STRENGTH)
    strong = StrongCompanies(
        companies=strength.companies,
        technologies=tuple(
            StrongTechnology(technology=id_, companies=number) for id_, number in strength.technologies
        ),
    )
    return ListAnswer(list=found, news=news, strong=strong, caveats=_NOTES)
