"""The dashboard behind the other routes of an application."""

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Scope

from giants.web.context import Context
from giants.web.dashboard.errors import API_PATH, install_error_pages
from giants.web.dashboard.headers import SafeHeaders
from giants.web.dashboard.routes import (
    about,
    changes,
    companies,
    documents,
    home,
    inbox,
    inbox_stream,
    movements,
    prediction,
    programme,
    quality,
    screening,
    service,
    tables,
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
    screening.router,
    inbox.router,
    inbox_stream.router,
    watchlists.router,
    prediction.router,
    quality.router,
    documents.router,
    about.router,
    service.router,
    tables.router,
)


def mount_dashboard(app: FastAPI, context: Context) -> None:
    """Serve the pages at every address that `app` does not serve itself: call it after adding its routes.

    `SignIn` has to stand before whatever asks for keys: it serves the files of the pages.
    """
    pages = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    pages.state.context = context
    for router in ROUTERS:
        pages.include_router(router)
    install_error_pages(pages)
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
