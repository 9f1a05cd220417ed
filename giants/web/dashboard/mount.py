"""The dashboard behind the other routes of an application."""

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from giants.web.context import Context
from giants.web.dashboard.errors import API_PATH, install_error_pages
from giants.web.dashboard.headers import SafeHeaders
from giants.web.dashboard.rendering import STATIC
from giants.web.dashboard.routes import (
    changes,
    companies,
    documents,
    home,
    movements,
    programme,
    quality,
    technologies,
    watchlists,
)

ROUTERS: Final = (
    home.router,
    companies.router,
    technologies.router,
    programme.router,
    changes.router,
    movements.router,
    watchlists.router,
    quality.router,
    documents.router,
)
# A file that is asked for by the address that names its content never changes.
_FOREVER: Final = "public, max-age=31536000, immutable"


def mount_dashboard(app: FastAPI, context: Context) -> None:
    """Serve the pages at every address that `app` does not serve itself: call it after adding its routes."""
    pages = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    pages.state.context = context
    for router in ROUTERS:
        pages.include_router(router)
    install_error_pages(pages)
    pages.mount("/static", _Files(directory=STATIC))
    pages.add_middleware(SafeHeaders)
    app.router.routes.append(_Pages(pages, app.routes))


class _Pages(Mount):
    """Takes what no other route of the application knows.

    A plain mount takes every path: it would answer a wrong method at an address of the API with a page.
    """

    def __init__(self, pages: FastAPI, others: Sequence[BaseRoute]) -> None:
        super().__init__("/", pages, name="dashboard")
        self._others: Final = tuple(others)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the pages answer a request."""
        path = scope.get("path", "")
        if path.startswith(API_PATH) or any(one.matches(scope)[0] is not Match.NONE for one in self._others):
            return Match.NONE, {}
        return super().matches(scope)


class _Files(StaticFiles):
    """Files of our own; those asked for by their digest are kept by browsers, modules are asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file with how long it may be kept."""
        response = await super().get_response(path, scope)
        named_by_digest = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = _FOREVER if named_by_digest else "no-cache"
        return response
