"""The audit trail: runs of screening and judgements, listed and as files."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from itertools import chain
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from giants.screening.trail import (
    TrailFormat,
    judgements_as_csv,
    judgements_as_json,
    run_as_csv,
    run_as_json,
)
from giants.screening.trail_pdf import ROWS_MAX, judgements_as_pdf, run_as_pdf
from giants.store.queries import screening_runs as stored
from giants.store.queries.pages import PAGE_ROWS_MAX
from giants.store.queries.portfolios import judgements
from giants.web.answers_portfolios import RunAnswer, RunList
from giants.web.callers import Caller, InCaller
from giants.web.context import Context, InContext
from giants.web.errors import NotFoundError
from giants.web.parameters import Cursor, PageQuery
from giants.web.problems import problems
from giants.web.routers.portfolios import PortfolioId
from schemas.base import ID_CHARACTERS_MAX
from schemas.portfolios import Judgement, MatchVerdict, ScreenedName, ScreeningRun

router = APIRouter(tags=["screening"])
RunId = Annotated[
    str,
    Path(
        min_length=1, max_length=ID_CHARACTERS_MAX, description="Id of a run of screening", examples=["r-1"]
    ),
]
Format = Annotated[TrailFormat, Query(alias="format", description="Format of the file")]
MEDIA_TYPES: Final = {
    TrailFormat.CSV: "text/csv; charset=utf-8",
    TrailFormat.JSON: "application/json",
    TrailFormat.PDF: "application/pdf",
}
_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file",
        "content": {
            media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for media_type in MEDIA_TYPES.values()
        },
    }
}
_PROBLEMS: Final = problems(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)


@router.get("/screenings", responses=problems(HTTPStatus.BAD_REQUEST))
def list_screenings(context: InContext, caller: InCaller, query: Annotated[PageQuery, Query()]) -> RunList:
    """Runs of screening of the caller, the newest first."""
    page = stored.runs(context.database, caller.owner, query.cursor, query.limit)
    return RunList(items=page.items, next=page.next_cursor)


@router.get("/screenings/{run_id}", responses=_PROBLEMS)
def get_screening(context: InContext, caller: InCaller, run_id: RunId, cursor: Cursor = None) -> RunAnswer:
    """A run: what was asked and found, from which data, and what was judged of it since."""
    head = _found(context, caller, run_id)
    page = stored.run_parts(context.database, run_id, caller.owner, cursor)
    names = [name.name for part in page.items for name in part.names]
    decided = tuple(stored.decided(context.database, head.owner, names))
    return RunAnswer(run=head, parts=page.items, decided=decided, next=page.next_cursor)


@router.get("/screenings/{run_id}/export", response_class=StreamingResponse, responses=_FILES | _PROBLEMS)
def export_screening(
    context: InContext, caller: InCaller, run_id: RunId, trail_format: Format = TrailFormat.CSV
) -> StreamingResponse:
    """A run as a file: all of it as CSV or JSON, or its summary on one page of PDF."""
    head = _found(context, caller, run_id)
    parts = stored.all_parts(context.database, run_id, caller.owner)

    def decided(names: Sequence[str]) -> list[Judgement]:
        return stored.decided(context.database, head.owner, names)

    match trail_format:
        case TrailFormat.CSV:
            pieces: Iterable[bytes] = run_as_csv(parts, decided)
        case TrailFormat.JSON:
            pieces = run_as_json(head, parts, decided)
        case TrailFormat.PDF:
            first = next(parts)
            names = _foremost(chain([first], parts))
            pieces = [run_as_pdf(head, first.basis, names, decided([one.name for one in names]))]
    return _file(pieces, trail_format, f"screening-{run_id}")


@router.get(
    "/portfolios/{portfolio_id}/judgements/export",
    response_class=StreamingResponse,
    responses=_FILES | _PROBLEMS,
)
def export_judgements(
    context: InContext, caller: InCaller, portfolio_id: PortfolioId, trail_format: Format = TrailFormat.CSV
) -> StreamingResponse:
    """All judgements of a portfolio as CSV or JSON, or the newest on one page of PDF."""
    found = _judgements(context, caller, portfolio_id)
    first = next(found, None)
    if first is None:
        raise NotFoundError("judgement of portfolio", portfolio_id)
    everything = chain([first], found)
    match trail_format:
        case TrailFormat.CSV:
            pieces: Iterable[bytes] = judgements_as_csv(everything)
        case TrailFormat.JSON:
            pieces = judgements_as_json(everything)
        case TrailFormat.PDF:
            newest, total = [], 0
            for one in everything:
                total += 1
                if total <= ROWS_MAX:
                    newest.append(one)
            pieces = [judgements_as_pdf(portfolio_id, newest, total)]
    return _file(pieces, trail_format, f"judgements-{portfolio_id}")


def _found(context: Context, caller: Caller, run_id: str) -> stored.RunHead:
    head = stored.run(context.database, caller.owner, run_id)
    if head is None:
        raise NotFoundError("screening", run_id)
    return head


def _foremost(parts: Iterable[ScreeningRun]) -> list[ScreenedName]:
    """The names that a page shows: those that came to something, and a few of the others."""
    kept: list[ScreenedName] = []
    rest: list[ScreenedName] = []
    for part in parts:
        for name in part.names:
            of_note = name.verdict is not MatchVerdict.NONE
            chosen = kept if of_note else rest
            if len(chosen) < ROWS_MAX * (10 if of_note else 1):
                chosen.append(name)
    return kept + rest


def _judgements(context: Context, caller: Caller, portfolio_id: str) -> Iterator[Judgement]:
    cursor = None
    while True:
        page = judgements(context.database, portfolio_id, caller.owner, cursor, PAGE_ROWS_MAX)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _file(pieces: Iterable[bytes], trail_format: TrailFormat, name: str) -> StreamingResponse:
    safe = "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in name)
    return StreamingResponse(
        iter(pieces),
        media_type=MEDIA_TYPES[trail_format],
        headers={"Content-Disposition": f'attachment; filename="{safe}.{trail_format}"'},
    )
