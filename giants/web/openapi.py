"""The OpenAPI document: what FastAPI finds in the routes, with problem documents, keys, and an example of
every answer.

Examples are answers of a real server over a made-up programme, kept in `examples.json`;
`python -m tests.web.examples` records them again.
"""

from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from giants.domain.rules import parted_by_rules
from giants.web.gate import OPEN_PATHS
from giants.web.problems import MEDIA_TYPE, Problem

EXAMPLES_FILE: Final = "examples.json"
KEY_SCHEME: Final = "key"
_COMPONENT: Final = "#/components/schemas/{model}"
_KEY: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": (
        "A key made by `giants keys create`, with the scopes that its routes need. What belongs to others is "
        "not there for it. An API that has no keys answers its own machine only, and asks for none."
    ),
}
_DETAILS: Final = {
    HTTPStatus.BAD_REQUEST: "the cursor 'x' was not given out by this API",
    HTTPStatus.UNAUTHORIZED: "this API has keys and asks everybody for one: send it as …",
    HTTPStatus.FORBIDDEN: "this needs the scope write, and 'desk-a' has read, screen",
    HTTPStatus.NOT_FOUND: "there is no company 'lg-nobody'",
    HTTPStatus.CONFLICT: "delivery 17 is delivered: only one that failed … can be sent again",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the body of the request must not have more than 8000000 bytes",
    HTTPStatus.UNPROCESSABLE_ENTITY: "limit: must be 1 or more",
    HTTPStatus.TOO_MANY_REQUESTS: "more than 6000 requests a minute: try again in 12 s",
    HTTPStatus.INTERNAL_SERVER_ERROR: "an unexpected error; the log says more",
    HTTPStatus.SERVICE_UNAVAILABLE: "ClickHouse at db:8123 does not answer",
}
_ERRORS: Final = [{"in": "query", "at": "limit", "message": "must be 1 or more"}]


def install_openapi(app: FastAPI) -> None:
    """Let an application describe itself by `openapi_document`."""
    app.openapi = lambda: openapi_document(app)  # type: ignore[method-assign]


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document of an application, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        link_rules(document)
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema(ref_template=_COMPONENT)
        components["securitySchemes"] = {KEY_SCHEME: _KEY}
        for method, path, operation in operations(document):
            operation["security"] = [] if path in OPEN_PATHS else [{KEY_SCHEME: []}]
            _give_examples(method, path, operation)
        app.openapi_schema = document
    return app.openapi_schema


def link_rules(part: Any) -> None:
    """Let codes of rules in descriptions lead to the catalogue that this server shows."""
    if isinstance(part, list):
        for one in part:
            link_rules(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "description" and isinstance(value, str):
                part[name] = "".join(
                    f"[{piece}](/rules#{rule.anchor})" if rule is not None else piece
                    for piece, rule in parted_by_rules(value)
                )
            else:
                link_rules(value)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each route."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


@lru_cache(maxsize=1)
def examples() -> dict[str, dict[str, Any]]:
    """Of each `METHOD path` an answer by content type."""
    raw = files("giants.web").joinpath(EXAMPLES_FILE).read_bytes()
    found: dict[str, dict[str, Any]] = orjson.loads(raw)
    return found


def _give_examples(method: str, path: str, operation: dict[str, Any]) -> None:
    known = examples().get(f"{method} {path}", {})
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            if media_type == MEDIA_TYPE:
                content["example"] = _problem(HTTPStatus(int(status)), path)
            elif media_type in known:
                content["example"] = known[media_type]


def _problem(status: HTTPStatus, path: str) -> dict[str, Any]:
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": _DETAILS[status],
        "instance": path,
    }
    return problem | ({"errors": _ERRORS} if status is HTTPStatus.UNPROCESSABLE_ENTITY else {})
