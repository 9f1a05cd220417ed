"""The Faust app: wires settings, log, stages, intake and clock together, and runs them as one worker."""

import asyncio
from collections.abc import Set
from contextlib import suppress
from typing import Any, Final

import faust
import structlog
import uvloop
from faust.types import TP
from mode import Service

from agents.clock import Clock
from agents.exposure import exposure_tasks
from agents.intake import Intake
from agents.portfolio import portfolio_tasks
from agents.registry import registry_tasks
from agents.signals import signals_tasks
from agents.watch import WatchService
from giants.kafka import topics
from giants.kafka.kafka_log import KafkaLog, tls_context
from giants.logs import configure_logs
from giants.settings import Settings
from streams.health import Health
from streams.local_state import StateDirectory
from streams.partition_buffer import PartitionBuffer
from streams.rocksdb_backend import RocksDisk
from streams.shutdown_deadline import end_within
from streams.task_manager import TaskManager
from streams.transport import Folded, FrameApp

_logger = structlog.get_logger(__name__)

GROUP: Final = "worker"
# Frames that wait in an agent: each holds some hundred events already.
_BUFFERED_FRAMES: Final = 16
_COMMIT_INTERVAL_SECONDS: Final = 0.25
# How often a worker looks for what zombies wrote and for frames that were committed but not folded. Far below
# the compaction lag of the state (giants.kafka.admin).
_CHECK_INTERVAL_SECONDS: Final = 30.0
# A worker is told to end before its place is needed: Kubernetes waits for 30 s by default.
_STOP_SECONDS_MAX: Final = 20.0


class Worker:
    """One worker process: the agents and what they share."""

    def __init__(self, settings: Settings) -> None:
        self.settings: Final = settings
        self.log: Final = KafkaLog(settings)
        self._disk = RocksDisk(settings.state_directory_path()) if settings.state_store == "rocksdb" else None
        state_directory = StateDirectory(self._disk) if self._disk is not None else None
        # In the order in which they are made ready: the registry folds its whole log again, and families need
        # not wait for it.
        self.stages: Final = (
            portfolio_tasks(self.log, settings, state_directory),
            exposure_tasks(self.log, settings, state_directory),
            *((signals_tasks(self.log, settings, state_directory),) if settings.signals else ()),
            registry_tasks(self.log, settings),
        )
        self._started = asyncio.Event()
        self._has_joined = False
        self._reassigned = asyncio.Event()
        self._lanes: dict[str, PartitionBuffer] = {}
        self.app: Final = _faust_app(settings, self._folded)
        for stage in self.stages:
            self._add_agent(stage)
        self.app.on_partitions_assigned.connect(self._on_assigned, weak=False)
        self.app.service(self._service())

    def _add_agent(self, stage: TaskManager) -> None:
        topic = self.app.topic(stage.source, key_serializer="raw", value_serializer="raw", allow_empty=True)
        lanes = self._lanes[stage.name] = PartitionBuffer(stage, self._crash)

        async def agent(stream: Any) -> None:
            async for event in stream.noack().events():
                await self._started.wait()
                await lanes.put(event)

        self.app.agent(topic, name=f"agents.{stage.name}")(agent)

    def _folded(self, place: TP) -> int | None:
        """The offset up to which every stage that reads a partition has folded it."""
        readers = [stage for stage in self.stages if stage.source == place.topic]
        ends = [end for stage in readers if (end := stage.folded(place.partition)) is not None]
        return min(ends) if ends and len(ends) == len(readers) else None

    async def _crash(self, error: BaseException) -> None:
        """End the worker, so that another try begins from what is durable."""
        _logger.error("a frame cannot be folded", exc_info=error)
        await self.app.crash(error)

    async def _on_assigned(self, *arguments: Any, **_: Any) -> None:
        assigned: Set[TP] = arguments[-1]
        for stage in self.stages:
            mine = {place.partition for place in assigned if place.topic == stage.source}
            await self._lanes[stage.name].close(keep=mine)
            stage.reassigned(mine)
        self._has_joined = True
        self._reassigned.set()

    def _service(self) -> type[Service]:
        log, settings, started, lanes = self.log, self.settings, self._started, self._lanes
        disk = self._disk
        stages, reassigned = self.stages, self._reassigned
        health = Health(settings, stages, has_joined=lambda: self._has_joined)

        class Plumbing(Service):
            """What runs beside the agents."""

            async def on_start(self) -> None:
                await health.start()
                await log.start()
                started.set()

            @Service.task
            async def _intake(self) -> None:
                await Intake(log, settings).run()

            @Service.task
            async def _watch(self) -> None:
                await WatchService(log, settings).run()

            @Service.task
            async def _clock(self) -> None:
                if settings.clock:
                    await Clock(log, settings).run()

            @Service.task
            async def _check(self) -> None:
                while True:
                    # What is new here is read at once, so that a worker is ready though nothing comes in.
                    with suppress(TimeoutError):
                        await asyncio.wait_for(reassigned.wait(), _CHECK_INTERVAL_SECONDS)
                    reassigned.clear()
                    for stage in stages:
                        await stage.check()

            async def on_stop(self) -> None:
                end_within(_STOP_SECONDS_MAX)
                for stage_lanes in lanes.values():
                    await stage_lanes.close()

            async def on_shutdown(self) -> None:
                # Only now have the tasks ended that read and write.
                await log.stop()
                await health.stop()
                if disk is not None:
                    disk.close()

        return Plumbing


def run_worker(settings: Settings) -> None:
    """Run a worker until it is told to end."""
    configure_logs(settings)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # the faster one
    (settings.data_dir / "faust").mkdir(parents=True, exist_ok=True)
    worker = faust.Worker(
        Worker(settings).app,
        override_logging=False,
        quiet=True,
        redirect_stdouts=False,
        loglevel=None,
    )
    worker.execute_from_commandline()


def _faust_app(settings: Settings, folded: Folded) -> FrameApp:
    credentials = _credentials(settings)
    return FrameApp(
        f"{settings.topic_prefix}{GROUP}",
        folded=folded,
        broker=[f"kafka://{server.strip()}" for server in settings.require_broker().split(",")],
        broker_credentials=credentials,
        autodiscover=False,
        # The embedded web server would show internals to anybody who can reach it.
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        store="memory://",
        datadir=str(settings.data_dir / "faust"),
        stream_buffer_maxsize=_BUFFERED_FRAMES,
        stream_wait_empty=False,
        broker_commit_interval=_COMMIT_INTERVAL_SECONDS,
        broker_session_timeout=6,
        broker_heartbeat_interval=1,
        broker_rebalance_timeout=12,
        consumer_auto_offset_reset="earliest",
        # With a name that stays the broker gives a worker that is back what it had, and nobody waits until
        # the one that was killed is given up.
        consumer_group_instance_id=settings.worker_id,
        consumer_max_fetch_size=topics.RECORD_BYTES_MAX,
        producer_linger=0.0,
    )


def _credentials(settings: Settings) -> Any:
    if settings.broker_security == "PLAINTEXT":
        return None
    context = tls_context(settings) if "SSL" in settings.broker_security else None
    if not settings.broker_security.startswith("SASL"):
        return faust.SSLCredentials(context=context)
    password = settings.broker_password
    return faust.SASLCredentials(
        username=settings.broker_username,
        password=password.get_secret_value() if password is not None else None,
        mechanism=settings.broker_sasl_mechanism,
        ssl_context=context,
    )
