"""Errors as problem documents (RFC 9457): every answer that is not a success says what was wrong."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match

from giants.errors import plain_fault
from giants.store.errors import (
    BusyError,
    CursorError,
    StoreError,
    TableOfFormatError,
    UnavailableError,
    UnknownTableError,
)
from giants.web.errors import RETRY_SECONDS, ApiError

MEDIA_TYPE: Final = "application/problem+json"
DETAIL_CHARACTERS_MAX: Final = 1_000
FAULTS_SHOWN_MAX: Final = 20
METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_logger = structlog.get_logger(__name__)


class Problem(BaseModel):
    """A problem document; `errors` names the parts of a request that are not valid."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[dict[str, Any], ...] = ()


_STATUS_OF_STORE_ERRORS: Final = (
    (CursorError, HTTPStatus.BAD_REQUEST),
    (UnknownTableError, HTTPStatus.NOT_FOUND),
    (TableOfFormatError, HTTPStatus.BAD_REQUEST),
    (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (StoreError, HTTPStatus.INTERNAL_SERVER_ERROR),
)


def install_problem_handlers(app: FastAPI) -> None:
    """Let every error of an application be answered by a problem document."""
    app.exception_handler(ApiError)(_api_error)
    app.exception_handler(StoreError)(_store_error)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(Exception)(_unexpected)


def problem_response(
    request: Request,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: tuple[dict[str, Any], ...] = (),
) -> JSONResponse:
    """A problem document as a response."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail[:DETAIL_CHARACTERS_MAX],
        instance=request.url.path,
        errors=errors,
    )
    body = problem.model_dump(exclude_defaults=True) | {"type": problem.type}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


async def _api_error(request: Request, error: ApiError) -> JSONResponse:
    return problem_response(request, error.status, str(error), headers=error.headers)


async def _store_error(request: Request, error: StoreError) -> JSONResponse:
    status = next(status for kind, status in _STATUS_OF_STORE_ERRORS if isinstance(error, kind))
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        _logger.error("the store refused a statement", path=request.url.path, error=str(error))
        return problem_response(request, status, "the store could not answer; the log says why")
    headers = {"Retry-After": str(RETRY_SECONDS)} if status is HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem_response(request, status, str(error), headers=headers)


async def _invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    faults = [
        {
            "in": str(fault["loc"][0]),
            "at": ".".join(map(str, fault["loc"][1:])),
            "message": plain_fault(fault),
        }
        for fault in error.errors()[:FAULTS_SHOWN_MAX]
    ]
    detail = "; ".join(f"{fault['at'] or fault['in']}: {fault['message']}" for fault in faults)
    errors = tuple(jsonable_encoder(faults))
    return problem_response(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


async def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    detail = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"nothing is served at {request.url.path[:200]}"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not allowed at {request.url.path[:200]}"
        return problem_response(request, error.status_code, detail, headers={"Allow": _allowed(request)})
    return problem_response(request, error.status_code, detail, headers=error.headers)


def _allowed(request: Request) -> str:
    """Every method that an address takes; each of its routes knows its own alone."""
    return ", ".join(
        method
        for method in METHODS
        if any(
            route.matches(dict(request.scope) | {"method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    _logger.error("a request failed", path=request.url.path, exc_info=error)
    return problem_response(
        request, HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error; the log says more"
    )


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of the errors of a route."""
    return _described(*statuses, *COMMON_PROBLEMS)


def open_problems() -> dict[int | str, dict[str, Any]]:
    """The errors of a route that asks for no key and has no parameters."""
    return _described(HTTPStatus.INTERNAL_SERVER_ERROR)


def _described(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        int(status): {"description": status.phrase, "content": {MEDIA_TYPE: schema}}
        for status in sorted(set(statuses))
    }


COMMON_PROBLEMS: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
