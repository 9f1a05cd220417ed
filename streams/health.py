"""Whether a worker is ready, or still joining its group or restoring state."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from giants.health import health_served
from giants.settings import Settings
from streams.metrics import METRICS
from streams.task_manager import TaskManager

# A loop that answers later than this is stuck.
ANSWER_SECONDS_MAX: Final = 4.0


@contextmanager
def worker_health(
    settings: Settings, agents: Sequence[TaskManager], has_joined: Callable[[], bool]
) -> Iterator[int | None]:
    """Serve health and metrics of the worker whose event loop runs this; gives the port, None where unset."""
    for agent in agents:
        METRICS.recovering.labels(agent.name).set_function(partial(_recovering, agent))
    loop = asyncio.get_running_loop()
    with health_served(
        settings.worker_host,
        settings.worker_port,
        METRICS.registry,
        lambda: readiness(agents, has_joined=has_joined()),
        lambda: answers(loop),
    ) as port:
        yield port


def readiness(agents: Sequence[TaskManager], *, has_joined: bool) -> dict[str, object]:
    """What `/readyz` answers; before a worker has joined nobody knows which partitions it will have."""
    recovering = {agent.name: len(agent.recovering) for agent in agents if agent.recovering}
    status = "recovering" if recovering else "ready" if has_joined else "joining"
    return {"status": status, "recovering_partitions": recovering}


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
