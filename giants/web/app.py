"""The composition of the application: routes, errors, metrics."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from prometheus_client import ProcessCollector
from starlette.middleware.cors import CORSMiddleware

from giants.domain.editions import EDITIONS_FOLDER
from giants.health import Dependencies
from giants.kafka.metrics import KAFKA_METRICS
from giants.kafka.topic_monitor import BROKER
from giants.keys import KeyRing, key_file
from giants.screening.screener import Screener
from giants.settings import Settings
from giants.store.client import Database
from giants.store.epochs import unfinished_seconds
from giants.store.errors import StoreError
from giants.store.writer import WriterState
from giants.web.conditional import ConditionalGet
from giants.web.context import Context
from giants.web.dashboard import SignIn, mount_dashboard
from giants.web.dashboard.signin_settings import SignInSettings
from giants.web.facts import FactSender
from giants.web.gate import Gate
from giants.web.hub import Hub
from giants.web.inbox_tail import InboxTail
from giants.web.methods import HeadAsGet, OptionsAsAllow
from giants.web.metrics import Measured, Metrics
from giants.web.openapi import install_openapi
from giants.web.problems import install_problem_handlers
from giants.web.routers import (
    backup,
    changes,
    companies,
    deliveries,
    exports,
    families,
    feeds,
    health,
    lists,
    matching,
    movements,
    portfolios,
    prediction,
    programme,
    quality,
    reconcile,
    screenings,
    signals,
    technologies,
    watchlists,
)
from giants.web.shared_state import SHARED_STATE, SharedState
from giants.web.unknown_symbols import UnknownSymbolsWatch

PREFIX: Final = "/api/v1"
CORS_SECONDS_MAX: Final = 600
ROUTERS: Final = (
    companies.router,
    matching.router,
    reconcile.router,
    signals.router,
    prediction.router,
    technologies.router,
    families.router,
    movements.router,
    programme.router,
    lists.router,
    changes.router,
    feeds.router,
    watchlists.router,
    portfolios.router,
    screenings.router,
    deliveries.router,
    quality.router,
    exports.router,
    backup.router,
)
_ABOUT: Final = (
    "Who China's Little Giants are, what became of them, and how their patents expose them to critical "
    "technologies. Scores are derived and bands are assumed: every answer carries its caveats."
)


def create_app(
    database: Database,
    settings: Settings,
    *,
    writer_state: Callable[[], WriterState | None] = lambda: None,
    stop: threading.Event | None = None,
) -> FastAPI:
    """The API over a database.

    `writer_state` returns the state of the store where it runs in this process; event streams end when
    `stop` is set.
    """
    stop = stop or threading.Event()
    sign_in = SignInSettings()
    shares = settings.api_shared_state is not None
    dependencies = Dependencies(BROKER, *([SHARED_STATE] if shares else []))
    shared = SharedState(settings.api_shared_state, sign_in.sign_in_seconds, dependencies)
    hub, inbox = Hub(database, settings, stop, dependencies), InboxTail(settings, stop)
    facts = FactSender(settings)
    screener = Screener(database)
    app = FastAPI(
        title="Little Giants stream",
        description=_ABOUT,
        version=version("little-giants-stream"),
        docs_url=None,  # it would load scripts from elsewhere; the dashboard has the page
        redoc_url=None,
        lifespan=partial(_lifespan, hub, facts, screener, shared),
    )
    unknown_symbols = UnknownSymbolsWatch(database, settings.taxonomy, settings.data_dir / EDITIONS_FOLDER)
    app.state.context = Context(
        database, settings, writer_state, hub, inbox, facts, screener, unknown_symbols, shared
    )
    app.state.metrics = Metrics(
        writer_state,
        lambda: hub.streams,
        unknown_symbols.latest,
        partial(unfinished_seconds, database),
        lambda: hub.reads_topics,
    )
    app.state.metrics.registry.register(dependencies)
    app.state.metrics.registry.register(KAFKA_METRICS.registry)
    ProcessCollector(registry=app.state.metrics.registry)
    install_problem_handlers(app)
    app.include_router(health.router)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    mount_dashboard(app, app.state.context)
    app.add_middleware(ConditionalGet)
    app.add_middleware(HeadAsGet)
    keys = KeyRing(key_file(settings))
    app.add_middleware(
        Gate,
        keys,
        shared,
        settings,
        has_others=sign_in.oidc_issuer is not None,
    )
    app.add_middleware(SignIn, keys, settings, sign_in, shared)
    app.add_middleware(OptionsAsAllow)
    if settings.api_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.api_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", "Last-Event-ID"],
            expose_headers=["ETag", "Location", "Retry-After"],
            max_age=CORS_SECONDS_MAX,
        )
    app.add_middleware(Measured, app.state.metrics)
    install_openapi(app)
    return app


@asynccontextmanager
async def _lifespan(
    hub: Hub, facts: FactSender, screener: Screener, shared: SharedState, _: FastAPI
) -> AsyncIterator[None]:
    ending = threading.Event()
    warming = threading.Thread(target=_warm, args=(screener, ending), name="match index")
    warming.start()
    reading = asyncio.create_task(hub.run())
    try:
        yield
    finally:
        ending.set()
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await shared.close()
        await asyncio.to_thread(warming.join)
        facts.close()


def _warm(screener: Screener, ending: threading.Event) -> None:
    """Make the index of names while nobody waits for it; without a store the first question makes it."""
    with suppress(StoreError):
        screener.warm(ending.is_set)
