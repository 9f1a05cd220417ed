"""Errors as pages: what was asked, why there is no answer, and where to go on."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from giants.errors import plain_fault
from giants.store.errors import BusyError, CursorError, StoreError, UnavailableError
from giants.web.dashboard.rendering import render
from giants.web.errors import RETRY_SECONDS, ApiError
from giants.web.problems import problem_response

FAULTS_SHOWN_MAX: Final = 20
API_PATH: Final = "/api/"

_logger = structlog.get_logger(__name__)

_SAID: Final = {
    HTTPStatus.BAD_REQUEST: "This address cannot be understood",
    HTTPStatus.UNAUTHORIZED: "A key is needed",
    HTTPStatus.FORBIDDEN: "This is not allowed",
    HTTPStatus.NOT_FOUND: "Nothing is here",
    HTTPStatus.METHOD_NOT_ALLOWED: "This cannot be done here",
    HTTPStatus.UNPROCESSABLE_ENTITY: "This address asks for something that cannot be",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not ready yet",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here",
}


def install_error_pages(app: FastAPI) -> None:
    """Let every error of the pages be a page."""
    for kind in (ApiError, StoreError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _answer)


def error_page(request: Request, status: int, detail: str, faults: Sequence[str] = ()) -> Response:
    """The page of an error, or a problem document for a program that asks for no page."""
    if "text/html" not in request.headers.get("accept", ""):
        return problem_response(request, status, detail)
    known = HTTPStatus(status)
    headers = {"Retry-After": str(RETRY_SECONDS)} if known is HTTPStatus.SERVICE_UNAVAILABLE else None
    return render(
        request,
        "error.html",
        status_code=status,
        headers=headers,
        status=status,
        said=_SAID.get(known, known.phrase),
        detail=detail,
        faults=faults[:FAULTS_SHOWN_MAX],
    )


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        faults = [f"{'.'.join(map(str, fault['loc'][1:]))}: {plain_fault(fault)}" for fault in error.errors()]
        return error_page(
            request, HTTPStatus.UNPROCESSABLE_ENTITY, "Some part of the address is not valid.", faults
        )
    status, detail = _status_and_text(request, error)
    return error_page(request, status, detail)


def _status_and_text(request: Request, error: Exception) -> tuple[int, str]:
    """The status of an error and what a reader is told of it."""
    match error:
        case ApiError():
            text = str(error)
            return error.status, f"{text[:1].upper()}{text[1:]}."
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            return error.status_code, f"Nothing is served at {request.url.path[:200]}."
        case HTTPException():
            return error.status_code, str(error.detail)
        case CursorError():
            return HTTPStatus.BAD_REQUEST, "This page of a list is not one that an earlier page led to."
        case UnavailableError() | BusyError():
            return HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer for the moment; try again."
        case _:
            _log(request, error)
            return HTTPStatus.INTERNAL_SERVER_ERROR, "The page could not be made; the log says more."


def _log(request: Request, error: Exception) -> None:
    known: dict[str, Any] = {"path": request.url.path, "error": str(error)}
    if isinstance(error, StoreError):
        _logger.error("the store refused a statement", **known)
    else:
        _logger.error("a page failed", exc_info=error, **known)
