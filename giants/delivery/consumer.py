"""The delivery process: alerts from their topic into the queue, and from the queue to their receivers.

An alert is acknowledged to the broker once it is in the queue, on disk. The process waits for a broker
that is away and for a queue that is full, and ends where waiting does not help.
"""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from giants.delivery.addresses import Guard
from giants.delivery.clock import Clock, SystemClock
from giants.delivery.database import QUEUE_FILE
from giants.delivery.dispatcher import Dispatcher, Post
from giants.delivery.errors import AlertTooLargeError, QueueFullError
from giants.delivery.mail import MailSender
from giants.delivery.metrics import Counted, DeliveryMetrics
from giants.delivery.queue import DeliveryQueue
from giants.delivery.settings import DeliverySettings
from giants.delivery.standby import active_alone
from giants.delivery.targets import TargetFollower
from giants.delivery.webhook import WebhookSender
from giants.health import READY, Dependencies, health_served
from giants.kafka import topics
from giants.kafka.admin import described_topics
from giants.kafka.connection import broker_listens
from giants.kafka.consumer import GroupConsumer, Membership, RebalanceHooks
from giants.kafka.embedded_quirks import has_quirks
from giants.kafka.errors import is_retriable, named_refusals
from giants.kafka.metrics import KAFKA_METRICS
from giants.kafka.poller import Polled, Polling
from giants.kafka.topic_monitor import BROKER, monitor_topics, with_monitor
from giants.kafka.tracing import trace_of
from giants.retry import retrying
from giants.settings import Settings
from schemas.changes import Alert

GROUP = "delivery"
POLL_RECORDS_MAX = 500
POLL_MS = 200
# A delivery without any memory, neither its own nor the broker's, begins with alerts of this age: it may have
# been started a little after the first worker, and must not send again what was delivered long ago.
FIRST_ALERTS_SECONDS_MAX = 3_600.0
# How long no alert is read while the queue is full; the consumer stays in its group meanwhile.
FULL_QUEUE_PAUSE_SECONDS = 1.0

Received = tuple[Alert, bytes, str | None]  # an alert, its bytes, the trace that led to it

_logger = structlog.get_logger(__name__)


def run_delivery(settings: Settings, stop: threading.Event, delivery: DeliverySettings | None = None) -> None:
    """Deliver alerts until `stop` is set, once no other process of the data folder does.

    A process that stands by is ready, and says so in `/readyz` (`role`). The queue is `delivery.sqlite` in
    the data folder; settings of delivery come from the environment where none are given. `stop` is set when
    the dispatcher ends by itself. Raises what waiting does not help (`FatalError`, such as
    `QueueVersionError`), and what ended the dispatcher.
    """
    dependencies, active = Dependencies(BROKER), threading.Event()

    def readiness() -> dict[str, object]:
        waiting_for = dependencies.reasons
        status = "ended" if stop.is_set() else "waiting" if waiting_for else READY
        role = "active" if active.is_set() else "standby"
        return {"status": status, "role": role, "waiting_for": waiting_for}

    registry = CollectorRegistry()
    registry.register(dependencies)
    registry.register(KAFKA_METRICS.registry)
    with (
        health_served(settings.worker_host, settings.delivery_port, registry, readiness),
        active_alone(settings.data_dir, stop) as is_active,
    ):
        if is_active:
            active.set()
            _deliver(settings, stop, delivery or DeliverySettings(), dependencies, registry)


def _deliver(
    settings: Settings,
    stop: threading.Event,
    chosen: DeliverySettings,
    dependencies: Dependencies,
    registry: CollectorRegistry,
) -> None:
    """Deliver, as the one process that has the queue."""
    clock = SystemClock()
    with (
        DeliveryQueue(settings.data_dir / QUEUE_FILE, chosen.digest_hour_utc) as queue,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="dispatcher") as threads,
    ):
        guard, base = Guard(chosen.webhook_allow_private), settings.public_url
        webhooks = WebhookSender(guard, _tls(chosen), link_base=base)
        metrics = DeliveryMetrics(lambda: queue.waiting(clock.now()))
        post = Counted(Post(webhooks, MailSender(chosen, base)), metrics)
        dispatcher = Dispatcher(queue, clock, post)
        dispatching = threads.submit(asyncio.run, _dispatch(dispatcher, webhooks, stop))
        try:
            registry.register(metrics.registry)
            AlertConsumer(settings, queue, clock, dispatcher.wake, dependencies).run(stop)
        finally:
            stop.set()
        dispatching.result()


class AlertConsumer:
    """Takes alerts from their topic into the queue, and calls `wake` after each commit."""

    def __init__(
        self,
        settings: Settings,
        queue: DeliveryQueue,
        clock: Clock,
        wake: Callable[[], None],
        dependencies: Dependencies | None = None,
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._clock = clock
        self._wake = wake
        self._dependencies = dependencies or Dependencies(BROKER)
        self._topic_id = ""

    def run(self, stop: threading.Event) -> None:
        """Take alerts in until `stop` is set, waiting for a broker that is away.

        Raises `FatalError` where waiting does not help, such as a login or a right that is refused.
        """
        notify = self._dependencies.notify(BROKER)
        for attempt in retrying(is_retriable, BROKER, stop=stop, notify=notify):
            with attempt, named_refusals("to let delivery read"):
                if not broker_listens(self._settings):
                    raise KafkaConnectionError("nothing listens there")
                asyncio.run(with_monitor(self._consume(stop.is_set), self._monitor()))

    def _monitor(self) -> Coroutine[Any, Any, None]:
        return monitor_topics(self._settings, (topics.ALERTS, topics.WATCHLISTS), self._dependencies)

    async def _consume(self, is_over: Callable[[], bool]) -> None:
        follower = TargetFollower(self._settings, self._queue, self._clock)
        name = topics.ALERTS.full_name(self._settings)
        hooks = _Memory(self._queue, self._clock)
        consumer = GroupConsumer(
            self._settings,
            Membership(f"{self._settings.topic_prefix}{GROUP}", [name]),
            Polling(POLL_RECORDS_MAX, POLL_MS),
            hooks,
        )
        hooks.consumer = consumer
        try:
            await follower.read_all(is_over)
            await consumer.start()
            if await consumer.topics_are_there(is_over):
                if not has_quirks(self._settings):
                    described = await asyncio.to_thread(described_topics, self._settings, [name])
                    hooks.topic_id = self._topic_id = described[name].topic_id
                await consumer.join_when_topics_are_there(is_over)
                while not is_over():
                    await self._poll_and_enqueue(consumer, follower, is_over)
        finally:
            await follower.close()
            await consumer.stop()

    async def _poll_and_enqueue(
        self, consumer: GroupConsumer, follower: TargetFollower, is_over: Callable[[], bool]
    ) -> None:
        polled = await consumer.poll()
        # Watchlists are read after the alerts, so that they are not older than these.
        await follower.follow()
        if not polled.ends():
            return
        polled.log_unreadable()
        alerts = list(_read(polled))
        await follower.wait_for({alert.watchlist_id for alert, _, _ in alerts}, is_over)
        if is_over():
            return
        try:
            self._enqueue(alerts, {one.partition: end for one, end in polled.ends().items()})
        except QueueFullError as error:
            _logger.warning("delivery waits: its queue is full", reason=str(error))
            consumer.rewind(polled)
            await asyncio.sleep(FULL_QUEUE_PAUSE_SECONDS)
            return
        _measure(polled)
        # Alerts of partitions that were revoked meanwhile are read again, and are in the queue already.
        await consumer.commit(polled.ends())
        self._wake()

    def _enqueue(self, alerts: Iterable[Received], ends: Mapping[int, int]) -> None:
        now = self._clock.now()
        with self._queue.transaction():
            for alert, body, traceparent in alerts:
                for target in self._queue.targets(alert.watchlist_id):
                    try:
                        self._queue.enqueue(alert, target, now, body, traceparent)
                    except AlertTooLargeError as error:
                        _logger.warning("alert skipped", reason=str(error))
            if self._topic_id:
                self._queue.note_positions(self._topic_id, ends)


class _Memory(RebalanceHooks):
    """Where to read on: what the queue remembers goes before what the broker does.

    The embedded broker gives topics no ids, and keeps the offsets of groups as long as their records.
    """

    def __init__(self, queue: DeliveryQueue, clock: Clock) -> None:
        self._queue, self._clock = queue, clock
        self.topic_id = ""
        self.consumer: GroupConsumer | None = None

    def starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        if not self.topic_id:
            return {}
        known = self._queue.positions(self.topic_id)
        return {one: known[one.partition] for one in partitions if one.partition in known}

    async def start_without_offset(self, partition: TopicPartition, first: int) -> int:
        if self.consumer is None or not self.topic_id:
            return first
        oldest_ms = int((self._clock.now().timestamp() - FIRST_ALERTS_SECONDS_MAX) * 1000)
        return max(first, await self.consumer.offset_at(partition, oldest_ms))


def _measure(polled: Polled) -> None:
    """Observe how long alerts were on their topic that are in the queue now."""
    now = time.time()
    for records in polled.batches.values():
        for record in records:
            KAFKA_METRICS.alert_stages.labels("queue").observe(max(now - record.timestamp / 1000, 0.0))


def _read(polled: Polled) -> Iterator[Received]:
    """Alerts with their bytes and traces; any other record is logged and skipped."""
    for records in polled.batches.values():
        for record in records:
            try:
                alert = Alert.model_validate_json(record.value or b"")
            except ValidationError as error:
                place = {"partition": record.partition, "offset": record.offset}
                _logger.warning("a record is no alert", problems=error.error_count(), **place)
                continue
            trace = trace_of(record.headers)
            yield alert, record.value, None if trace is None else trace.decode("ascii")


async def _dispatch(dispatcher: Dispatcher, webhooks: WebhookSender, stop: threading.Event) -> None:
    """Run the dispatcher until `stop` is set; sets it where the dispatcher ends by itself."""
    stopping = asyncio.Event()

    async def relay() -> None:
        await asyncio.to_thread(stop.wait)
        stopping.set()

    relaying = asyncio.create_task(relay())
    try:
        await dispatcher.run(stopping)
    finally:
        stop.set()
        await relaying
        await webhooks.close()


def _tls(settings: DeliverySettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.webhook_ca_file)
