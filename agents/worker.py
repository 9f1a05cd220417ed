"""The worker: composes agents, intake, watch and clock into one Faust app, and runs it as a process.

Faust does group membership, fetches of the internal logs, commits and the lifecycle of services. State,
changelogs and what follows from a rebalance are those of `streams.task_manager`.
"""

import asyncio
import sys
from collections.abc import Iterable, Sequence, Set
from functools import partial
from typing import Any, Final

import faust
import structlog
import uvloop
from aiokafka import TopicPartition
from faust.types import TP
from mode import Service

from agents.clock import Clock
from agents.exposure import exposure_tasks
from agents.intake import Intake
from agents.inventions import inventions_tasks
from agents.portfolio import portfolio_tasks
from agents.registry import registry_tasks
from agents.signals import signals_tasks
from agents.watch import WatchService
from giants.decoding.frames import BACKFILL_HEADER
from giants.errors import GiantsError
from giants.kafka import topics
from giants.kafka.connection import tls_context
from giants.kafka.kafka_log import KafkaLog
from giants.kafka.log import Headers, Record
from giants.kafka.topic_monitor import monitor_topics
from giants.kafka.tracing import trace_of
from giants.logs import configure_logs
from giants.settings import Settings
from streams.health import WorkerHealth
from streams.local_state import StateDirectory
from streams.processor import StoredFrame
from streams.rocksdb_backend import RocksDisk
from streams.shutdown_deadline import end_within
from streams.task_manager import TaskManager
from streams.transport import FrameApp

_logger = structlog.get_logger(__name__)

GROUP: Final = "worker"
_COMMIT_INTERVAL_SECONDS: Final = 0.25
# How often tasks look for foreign writes, and for frames that were committed but never processed. Far below
# the compaction lag of the changelogs (giants.kafka.admin).
_CHECK_INTERVAL_SECONDS: Final = 30.0
# How long the event loop waits for a thread that processes a slow frame, each time that it wakes up.
_SWITCH_SECONDS: Final = 0.001
# Below the 30 s that Kubernetes waits by default before it kills a process.
_STOP_SECONDS_MAX: Final = 20.0


class Worker:
    """One worker process: the agents and what they share."""

    def __init__(self, settings: Settings, health: WorkerHealth | None = None) -> None:
        self.settings: Final = settings
        self._health: Final = health or WorkerHealth()
        self.log: Final = KafkaLog(settings)
        self._disk = RocksDisk(settings.state_directory_path()) if settings.state_store == "rocksdb" else None
        state_directory = StateDirectory(self._disk) if self._disk is not None else None
        # In the order in which they restore: the registry replays its whole log, and families need not wait.
        self.agents: Final = (
            portfolio_tasks(self.log, settings, state_directory),
            exposure_tasks(self.log, settings, state_directory),
            *((signals_tasks(self.log, settings, state_directory),) if settings.signals else ()),
            inventions_tasks(self.log, settings, state_directory),
            registry_tasks(self.log, settings),
        )
        self.log.on_sent = partial(put_ahead, self.agents)
        self._has_joined = False
        self.app: Final = _faust_app(
            settings,
            committable_offset=self._committable_offset,
            is_full=self._is_full,
            deliver=self._deliver,
        )
        for source in {agent.source for agent in self.agents}:
            self.app.topics.add(self.app.topic(source))
        self.app.on_partitions_revoked.connect(self._on_revoked, weak=False)
        self.app.on_partitions_assigned.connect(self._on_assigned, weak=False)
        self.app.service(self._service())

    def _readers(self, place: TP) -> list[TaskManager]:
        return [agent for agent in self.agents if agent.source == place.topic]

    def _committable_offset(self, place: TP) -> int | None:
        """The offset up to which every agent that reads a partition has processed it."""
        readers = self._readers(place)
        ends = [end for one in readers if (end := one.committable_offset(place.partition)) is not None]
        return min(ends) if ends and len(ends) == len(readers) else None

    def _is_full(self, place: TP) -> bool:
        return any(agent.is_full(place.partition) for agent in self._readers(place))

    def _deliver(self, place: TP, messages: Sequence[Any]) -> None:
        frames = [frame_of(message) for message in messages]
        for agent in self._readers(place):
            for frame in frames:
                agent.put(place.partition, frame)

    async def _crash(self, error: BaseException) -> None:
        """End the worker, so that another try begins from what is durable."""
        if not isinstance(error, GiantsError):
            _logger.error("a frame cannot be processed", exc_info=error)
        await self.app.crash(error)

    async def _on_revoked(self, *_: Any, **__: Any) -> None:
        for agent in self.agents:
            agent.revoked()

    async def _on_assigned(self, *arguments: Any, **_: Any) -> None:
        assigned: Set[TP] = arguments[-1]
        await asyncio.gather(
            *(
                agent.assigned({place.partition for place in assigned if place.topic == agent.source})
                for agent in self.agents
            )
        )
        self._has_joined = True

    def _service(self) -> type[Service]:
        log, settings, disk, agents, crash = self.log, self.settings, self._disk, self.agents, self._crash
        health, has_joined = self._health, lambda: self._has_joined

        class Plumbing(Service):
            """Everything of the worker but the agents."""

            async def on_start(self) -> None:
                health.begin(agents, has_joined)
                await log.start()
                for agent in agents:
                    agent.start(crash)

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
            async def _monitor(self) -> None:
                await monitor_topics(settings, topics.ALL, health.dependencies)

            @Service.task
            async def _check(self) -> None:
                while True:
                    await asyncio.sleep(_CHECK_INTERVAL_SECONDS)
                    for agent in agents:
                        agent.request_check()

            async def on_stop(self) -> None:
                end_within(_STOP_SECONDS_MAX)
                for agent in agents:
                    await agent.stop()

            async def on_shutdown(self) -> None:
                # Only now have the tasks ended that read and write.
                await log.stop()
                health.end()
                if disk is not None:
                    disk.close()

        return Plumbing


def run_worker(settings: Settings, health: WorkerHealth) -> None:
    """Run a worker until it is signalled to end. Raises the `GiantsError` that ended it."""
    configure_logs(settings)
    sys.setswitchinterval(_SWITCH_SECONDS)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # the faster one
    (settings.data_dir / "faust").mkdir(parents=True, exist_ok=True)
    app = Worker(settings, health).app
    worker = faust.Worker(
        app,
        override_logging=False,
        quiet=True,
        redirect_stdouts=False,
        loglevel=None,
    )
    try:
        worker.execute_from_commandline()
    except SystemExit:
        reason = worker.crash_reason or app.crash_reason
        if isinstance(reason, GiantsError):
            raise reason from None
        raise


def put_ahead(
    agents: Iterable[TaskManager], place: TopicPartition, first: int, records: Sequence[Record]
) -> None:
    """Give frames that this worker has appended, and that are durable, to its own tasks.

    They need not wait until they are fetched. The fetch brings them too, and they are known by their offsets.
    """
    topic, partition = place
    for agent in agents:
        if agent.source == topic:
            for offset, record in enumerate(records, first):
                agent.put_ahead(partition, _frame(offset, record.value or b"", record.headers))


def frame_of(message: Any) -> StoredFrame:
    """The frame in a message of aiokafka."""
    return _frame(message.offset, message.value, message.headers)


def _frame(offset: int, value: bytes, headers: Headers) -> StoredFrame:
    if not headers:
        return StoredFrame(offset, value)
    return StoredFrame(offset, value, trace_of(headers), BACKFILL_HEADER in headers)


def _faust_app(settings: Settings, **tasks: Any) -> FrameApp:
    credentials = _credentials(settings)
    return FrameApp(
        f"{settings.topic_prefix}{GROUP}",
        settings=settings,
        **tasks,
        broker=[f"kafka://{server.strip()}" for server in settings.require_broker().split(",")],
        broker_credentials=credentials,
        autodiscover=False,
        # The embedded web server would show internals to anybody who can reach it.
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        store="memory://",
        datadir=str(settings.data_dir / "faust"),
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
