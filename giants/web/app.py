"""The application: routes, errors, metrics, wired in one place."""

import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from giants.store.client import Database
from giants.store.writer import WriterState
from giants.web.context import Context
from giants.web.metrics import Metrics
from giants.web.problems import Problem, install_problem_handlers
from giants.web.routers import changes, companies, health, programme, technologies
from streams.settings import Settings

PREFIX: Final = "/api/v1"
BODY_BYTES_MAX: Final = 2_000_000
_ABOUT: Final = (
    "Who China's Little Giants are, what became of them, and how their patents expose them to critical "
    "technologies. Scores are derived and bands are assumed: every answer carries its caveats."
)


def create_app(
    database: Database,
    settings: Settings,
    writer_state: Callable[[], WriterState | None] = lambda: None,
) -> FastAPI:
    """The API over a database. `writer_state` tells what the store does where it runs in this process."""
    app = FastAPI(
        title="Little Giants stream",
        description=_ABOUT,
        version=version("little-giants-stream"),
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        max_body_size=BODY_BYTES_MAX,
    )
    app.state.context = Context(database, settings, writer_state)
    app.state.metrics = Metrics(writer_state)
    install_problem_handlers(app)
    app.include_router(health.router)
    for router in (companies.router, technologies.router, programme.router, changes.router):
        app.include_router(router, prefix=PREFIX)
    app.middleware("http")(_measured)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


async def _measured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    metrics: Metrics = request.app.state.metrics
    began = time.perf_counter()
    status = 500
    try:
        response = await call_next(request)
        status = response.status_code
        return response
    finally:
        # The route's pattern, never the path itself: a label must not grow with what callers write.
        route = getattr(request.scope.get("route"), "path", "none")
        metrics.requests.labels(route, request.method, str(status)).inc()
        metrics.seconds.labels(route).observe(time.perf_counter() - began)


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document with the problem document among its schemas."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = schema
        app.openapi_schema = document
    return app.openapi_schema
