"""A whole installation for a benchmark: broker, workers and, where it is asked for, the store or the API."""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench.brokers import Broker, Kind, running_broker
from bench.processes import Measured, memory_mb, processor_seconds
from bench.tracker import WORKER, tracker_environment
from giants.embedded.broker import LOOPBACK, free_port
from giants.kafka.admin import create_topics
from giants.kafka.lag import LagMonitor
from giants.settings import Settings


@dataclass(frozen=True, slots=True)
class Rig:
    """What runs. `beside` is the process of store or API, where there is one."""

    settings: Settings
    broker: Broker
    workers: Sequence[Measured]
    beside: Measured | None
    progress: LagMonitor
    folder: Path

    @property
    def api(self) -> str:
        """Address of the API."""
        return f"http://{LOOPBACK}:{self.settings.api_port}/api/v1"

    def memory(self) -> dict[str, int]:
        """The most memory that each process held so far, in megabytes."""
        held = {worker.name: worker.memory_mb for worker in self.workers}
        if self.beside is not None:
            held[self.beside.name] = self.beside.memory_mb
        return held | {"broker": memory_mb(self.broker.pid)}

    def processor(self) -> dict[str, float]:
        """The processor seconds of each process so far."""
        spent = {worker.name: worker.processor_seconds for worker in self.workers}
        if self.beside is not None:
            spent[self.beside.name] = self.beside.processor_seconds
        return spent | {"broker": processor_seconds(self.broker.pid)}


@contextmanager
def running_rig(
    kind: Kind,
    workers: int = 1,
    beside: str | None = None,
    partitions: int = 8,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Rig]:
    """Run an installation in a temporary folder until the block ends.

    `beside` is `store` or `api`; `environment` is added to that of all processes.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(running_broker(kind, folder))
        settings = Settings(
            broker=broker.address,
            broker_quirks="embedded" if kind is Kind.EMBEDDED else "none",
            clock=False,
            data_dir=folder / "data",
            partitions=partitions,
            api_port=free_port(),
        )
        settings.data_dir.mkdir()
        create_topics(settings)
        environment = {
            **tracker_environment(settings),
            "GIANTS_API_PORT": str(settings.api_port),
            **environment,
        }
        other = None
        if beside is not None:
            command = [sys.executable, "-m", "giants.cli", beside]
            other = stack.enter_context(Measured(beside, command, environment, folder))
        processes = [
            stack.enter_context(Measured(f"worker-{number}", WORKER, environment, folder))
            for number in range(1, workers + 1)
        ]
        yield Rig(settings, broker, processes, other, stack.enter_context(LagMonitor(settings)), folder)
