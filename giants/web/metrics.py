"""Metrics of requests and of the store, for Prometheus."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from giants.domain.taxonomy_live import UnknownSymbols
from giants.store.errors import StoreError
from giants.store.metrics import StoreCollector
from giants.store.writer import WriterState

SECONDS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class UnknownSymbolsCollector(Collector):
    """Symbols of portfolios that no imported edition of CPC has; nothing where none is imported."""

    def __init__(self, latest: Callable[[], UnknownSymbols | None]) -> None:
        self._latest = latest

    def collect(self) -> Iterator[Metric]:
        """The counts as they were taken last."""
        found = self._latest()
        if found is None:
            return
        numbers = (
            (
                "giants_cpc_unknown_symbols",
                "Symbols of portfolios that no imported edition has",
                len(found.symbols),
            ),
            (
                "giants_cpc_unknown_instances",
                "Instances of symbols that no imported edition has",
                found.unknown_instances,
            ),
            (
                "giants_cpc_untaken_instances",
                "Instances of symbols that no imported edition has and no technology takes",
                found.untaken_instances,
            ),
        )
        for name, about, value in numbers:
            yield GaugeMetricFamily(name, about, value)


class EpochCollector(Collector):
    """How long an epoch is being built, while readers see the one before."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds

    def collect(self) -> Iterator[Metric]:
        """The time as it is now; nothing where the database does not answer."""
        with suppress(StoreError):
            yield GaugeMetricFamily(
                "giants_epoch_unfinished_seconds",
                "How long the oldest epoch that is not complete has been built; 0 where there is none",
                self._seconds(),
            )


class Metrics:
    """Counts of one application, in a registry of its own."""

    def __init__(
        self,
        writer_state: Callable[[], WriterState | None],
        streams: Callable[[], int],
        unknown_symbols: Callable[[], UnknownSymbols | None],
        unfinished_seconds: Callable[[], float] = lambda: 0.0,
        is_live: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "giants_api_requests",
            "Requests by route, method and status",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "giants_api_request_seconds",
            "Time to answer by route, seconds",
            ("route",),
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        Gauge("giants_api_event_streams", "Open event streams", registry=self.registry).set_function(streams)
        Gauge(
            "giants_api_live",
            "Whether event streams read the topics: 1 while there are streams and the broker answers",
            registry=self.registry,
        ).set_function(is_live)
        self.registry.register(StoreCollector(writer_state))
        self.registry.register(UnknownSymbolsCollector(unknown_symbols))
        self.registry.register(EpochCollector(unfinished_seconds))


class Measured:
    """ASGI middleware that counts requests and their time."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count it, whatever comes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, watched)
        finally:
            # The route's pattern, never the path itself: a label must not grow with what callers write.
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.requests.labels(route, method, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - began)
