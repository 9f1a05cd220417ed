"""Whether a worker is ready, or waits for its broker, joins its group, or restores state."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from giants.health import READY, Dependencies, health_served
from giants.kafka.metrics import KAFKA_METRICS
from giants.kafka.topic_monitor import BROKER
from giants.settings import Settings
from streams.metrics import METRICS
from streams.task_manager import TaskManager

# A loop that answers later than this is stuck.
ANSWER_SECONDS_MAX: Final = 4.0


class WorkerHealth:
    """What the probes of a worker answer: from before it has a broker until it ends."""

    def __init__(self) -> None:
        self.dependencies: Final = Dependencies(BROKER)
        self._agents: Sequence[TaskManager] = ()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_joined: Callable[[], bool] = lambda: False
        self.port: int | None = None

    def begin(self, agents: Sequence[TaskManager], has_joined: Callable[[], bool]) -> None:
        """Answer for these agents from now on; called in the event loop that runs them."""
        self._agents, self._has_joined = agents, has_joined
        self._loop = asyncio.get_running_loop()
        for agent in agents:
            METRICS.recovering.labels(agent.name).set_function(partial(_recovering, agent))

    def end(self) -> None:
        """The event loop ends: nobody waits for its answer any more."""
        self._loop = None

    def readiness(self) -> dict[str, object]:
        """What `/readyz` answers; before a worker has joined nobody knows which partitions it will have."""
        recovering = {agent.name: len(agent.recovering) for agent in self._agents if agent.recovering}
        waiting_for = self.dependencies.reasons
        if waiting_for:
            status = "waiting"
        elif recovering:
            status = "recovering"
        else:
            status = READY if self._has_joined() else "joining"
        return {"status": status, "waiting_for": waiting_for, "recovering_partitions": recovering}

    def is_alive(self) -> bool:
        """Whether the event loop, where there is one, still runs what it is given."""
        return self._loop is None or answers(self._loop)


@contextmanager
def worker_health(settings: Settings) -> Iterator[WorkerHealth]:
    """Serve health and metrics of the worker of this process until the block ends."""
    health = WorkerHealth()
    for collector in (health.dependencies, KAFKA_METRICS.registry):
        METRICS.registry.register(collector)
    served = health_served(
        settings.worker_host, settings.worker_port, METRICS.registry, health.readiness, health.is_alive
    )
    try:
        with served as health.port:
            yield health
    finally:
        for collector in (health.dependencies, KAFKA_METRICS.registry):
            METRICS.registry.unregister(collector)


def _recovering(agent: TaskManager) -> float:
    return len(agent.recovering)


def answers(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether an event loop still runs what it is given, asked from another thread."""
    asked = asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop)
    try:
        asked.result(ANSWER_SECONDS_MAX)
    except TimeoutError:
        asked.cancel()
        return False
    return True
