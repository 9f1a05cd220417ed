"""What a worker answers over HTTP: is it alive, is it ready or still joining or recovering, and its metrics.

Nothing of the state is served. It listens only where a port is set.
"""

from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from giants.settings import Settings
from streams.metrics import METRICS, Metrics
from streams.task_manager import TaskManager

_CONTENT_TYPE: Final = {"Content-Type": CONTENT_TYPE_LATEST}


class Health:
    """A small HTTP server beside the agents."""

    def __init__(
        self,
        settings: Settings,
        agents: Sequence[TaskManager],
        metrics: Metrics = METRICS,
        has_joined: Callable[[], bool] = lambda: True,
    ) -> None:
        """Serve about the agents; before `has_joined` nobody knows which partitions they will have."""
        self._settings, self._agents, self._metrics = settings, agents, metrics
        self._has_joined = has_joined
        self._runner: web.AppRunner | None = None
        self.port: int | None = None

    async def start(self) -> None:
        """Listen, where a port is set."""
        if self._settings.worker_port is None:
            return
        app = web.Application()
        app.add_routes(
            [
                web.get("/healthz", self._alive),
                web.get("/readyz", self._ready),
                web.get("/metrics", self._measured),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.worker_host, self._settings.worker_port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _alive(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def _ready(self, _: web.Request) -> web.Response:
        recovering = {agent.name: len(agent.recovering) for agent in self._agents if agent.recovering}
        status = "recovering" if recovering else "ready" if self._has_joined() else "joining"
        body = {"status": status, "recovering_partitions": recovering}
        return web.json_response(body, status=200 if status == "ready" else 503)

    async def _measured(self, _: web.Request) -> web.Response:
        for agent in self._agents:
            self._metrics.recovering.labels(agent.name).set(len(agent.recovering))
        return web.Response(body=generate_latest(self._metrics.registry), headers=_CONTENT_TYPE)
