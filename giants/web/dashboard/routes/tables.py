"""Tables as files: one as it stands on a page, and the whole list of companies that a filter finds."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from giants.store.queries.companies import CompanyRow, find_companies
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.pages import PAGE_ROWS_MAX
from giants.web.context import Context, InContext
from giants.web.dashboard.parameters import CompaniesQuery
from giants.web.dashboard.rendering import pinyin
from giants.web.dashboard.sheets import SheetFormat, sheet
from giants.web.dashboard.words import spoken

COLUMNS_MAX: Final = 60
ROWS_MAX: Final = 50_000
TITLE_CHARACTERS_MAX: Final = 200
CELL_CHARACTERS_MAX: Final = 10_000
Cell = Annotated[str, Field(max_length=CELL_CHARACTERS_MAX)]

_COMPANY_HEADINGS: Final = (
    "Company",
    "English name or reading",
    "Technology",
    "Score (derived)",
    "Band (assumed)",
    "Profile",
    "Status",
    "Sub-state",
    "Since",
    "Authority",
    "Batches",
    "Families",
    "Next review",
    "Id",
)

router = APIRouter()


class Table(BaseModel):
    """A table as its reader has sorted and filtered it."""

    model_config = ConfigDict(frozen=True)

    title: str = Field(max_length=TITLE_CHARACTERS_MAX)
    headings: list[Cell] = Field(min_length=1, max_length=COLUMNS_MAX)
    rows: list[Annotated[list[Cell], Field(max_length=COLUMNS_MAX)]] = Field(max_length=ROWS_MAX)


@router.post("/tables/{form}")
def table(form: SheetFormat, body: Table) -> Response:
    """The table of a page as a file."""
    return _file(form, body.title, sheet(form, body.title, body.headings, body.rows))


@router.get("/tables/companies/{form}")
def all_companies(
    form: SheetFormat, context: InContext, query: Annotated[CompaniesQuery, Query()]
) -> Response:
    """Every company that a filter finds, in the order of the page."""
    return _file(form, "Companies", sheet(form, "Companies", _COMPANY_HEADINGS, _companies(context, query)))


def _companies(context: Context, query: CompaniesQuery) -> Iterator[list[str]]:
    names = technology_names(context.database, context.settings.taxonomy)
    wanted, cursor = query.as_filter(), None
    for _ in range(ROWS_MAX // PAGE_ROWS_MAX):
        page = find_companies(context.database, wanted, cursor, PAGE_ROWS_MAX)
        for one in page.items:
            technology = names.get(one.rating.technology) if one.rating else None
            yield _company(one, technology.name if technology else "")
        cursor = page.next_cursor
        if cursor is None:
            return


def _company(one: CompanyRow, technology: str) -> list[str]:
    rating = one.rating
    return [
        one.name,
        one.name_en or pinyin(one.name),
        technology,
        f"{rating.score:.2f}" if rating else "",
        spoken(rating.band) if rating else "",
        rating.profile if rating else "",
        one.status,
        spoken(one.sub_state),
        one.since.isoformat(),
        one.authority or "not known",
        ", ".join(map(str, one.batches)),
        str(one.families),
        str(one.next_review_year or ""),
        one.company_id,
    ]


def _file(form: SheetFormat, title: str, content: bytes) -> Response:
    name = quote(f"{title} {datetime.now(UTC):%Y-%m-%d}.{form}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Response(content, media_type=form.media_type, headers=headers)
