"""Screening a list of one's own: paste or upload it, see what each name is, take it away, keep it."""

import io
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from giants.screening.entries import portfolio_rows
from giants.screening.errors import ScreeningError
from giants.screening.writing import ListFormat, method_of, writer_of
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.screening_runs import runs
from giants.web.answers_portfolios import PortfolioBody
from giants.web.callers import InCaller, caller_of
from giants.web.context import Context, InContext
from giants.web.dashboard.forms import InForm, text_of
from giants.web.dashboard.rendering import render, segment
from giants.web.dashboard.screening import (
    MEANINGS,
    ROWS_MAX,
    ScreenedList,
    SentList,
    list_text,
    screened_list,
    sent_list,
)
from giants.web.errors import ApiError
from giants.web.routers.portfolios import create_portfolio
from schemas.base import ID_CHARACTERS_MAX

RUNS_SHOWN: Final = 10
MEDIA_TYPES: Final = {
    ListFormat.CSV: "text/csv; charset=utf-8",
    ListFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ListFormat.JSONL: "application/jsonl",
}

router = APIRouter()


@router.get("/screen")
def empty_form(request: Request, context: InContext) -> Response:
    """The form, and the latest runs."""
    return _page(request, context)


@router.post("/screen")
async def answer(request: Request, context: InContext, caller: InCaller, fields: InForm) -> Response:
    """Screen a list; the answer is the page."""

    def made() -> Response:
        try:
            sent = sent_list(fields)
        except ScreeningError as error:
            return _page(request, context, fields, str(error))
        return _page(request, context, answered=(sent, screened_list(context, caller, sent)))

    return await run_in_threadpool(made)


@router.post("/screen/file")
async def answer_as_file(
    request: Request,
    context: InContext,
    caller: InCaller,
    fields: InForm,
    list_format: Annotated[ListFormat, Query(alias="format")] = ListFormat.CSV,
) -> Response:
    """The list with its answers as a file: screened as it is asked for, and written down as a run."""

    def made() -> Response:
        try:
            sent = sent_list(fields)
            content = _written(sent, screened_list(context, caller, sent), list_format)
        except ScreeningError as error:
            return _page(request, context, fields, str(error))
        name = f"screened-{datetime.now(UTC).date().isoformat()}.{list_format}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(content, media_type=MEDIA_TYPES[list_format], headers=headers)

    return await run_in_threadpool(made)


@router.post("/screen/portfolio")
async def save(request: Request, context: InContext, caller: InCaller, fields: InForm) -> Response:
    """Keep the list as a portfolio, by the rules of the API."""
    name = text_of(fields, "portfolio_name", 200)
    owner = text_of(fields, "portfolio_owner", ID_CHARACTERS_MAX)
    if not name:
        fault = "the portfolio needs a name, by which alerts and the inbox call it"
        return await run_in_threadpool(_page, request, context, fields, fault)
    try:
        sent = await run_in_threadpool(sent_list, fields)
        kept, _ = portfolio_rows(sent.rows, sent.columns)
        body = PortfolioBody(name=name, owner=owner or None, entries=[entry for _, entry in kept])
        made = await create_portfolio(context, caller, body, Response())
    except (ScreeningError, ApiError) as error:
        return await run_in_threadpool(_page, request, context, fields, str(error))
    left_out = len(sent.rows) - made.entries
    address = f"/inbox?portfolio={segment(made.portfolio_id)}&saved={made.entries}&left_out={left_out}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    context: Context,
    fields: FormData | None = None,
    fault: str = "",
    answered: tuple[SentList, ScreenedList] | None = None,
) -> Response:
    sent, screened = answered or (None, None)
    sent_text = list_text(fields) if fields is not None else ""
    caller = caller_of(request)
    return render(
        request,
        "screen.html",
        status_code=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        headers={"Cache-Control": "no-store"},
        text=sent_text if sent is None else sent.text,
        fault=fault,
        sent=sent,
        screened=screened,
        meanings=MEANINGS,
        rows_max=ROWS_MAX,
        caller=caller,
        technologies=technology_names(context.database, context.settings.taxonomy),
        runs=runs(context.database, caller.owner, None, RUNS_SHOWN).items,
    )


def _written(sent: SentList, screened: ScreenedList, list_format: ListFormat) -> bytes:
    file = io.BytesIO()
    writer = writer_of(list_format, file, sent.columns.headings)
    for row in screened.rows:
        writer.write(row)
    writer.close(method_of(dict(screened.counts), dict(screened.answer), datetime.now(UTC).date()))
    return file.getvalue()
