"""Kafka through aiokafka: the log of the agents, and the one place that knows how to connect."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence, Set
from contextlib import aclosing
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from kafka.errors import KafkaError as AdminError

from giants.kafka.admin import internal_topic_ids
from giants.kafka.log import (
    BatchTooLargeError,
    Entry,
    Log,
    LogError,
    LogLostError,
    Place,
    Record,
    Stored,
    by_partition,
)
from giants.kafka.outbox import Outbox
from giants.kafka.topics import BATCH_BYTES_MAX
from giants.settings import Settings

_logger = structlog.get_logger(__name__)

_RETRY_SECONDS_MIN: Final = 0.1
_RETRY_SECONDS_MAX: Final = 10.0
_POLL_TIMEOUT_MS: Final = 60
_READ_RECORDS_MAX: Final = 5_000
# Most reads find that there is nothing new, and a worker that starts makes two for each partition.
_FETCH_WAIT_MS: Final = 10


def connection(settings: Settings) -> dict[str, Any]:
    """Arguments for any aiokafka client: servers, TLS and SASL."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.require_broker(),
        "security_protocol": settings.broker_security,
    }
    if "SSL" in settings.broker_security:
        arguments["ssl_context"] = tls_context(settings)
    if settings.broker_security.startswith("SASL"):
        password = settings.broker_password
        arguments["sasl_mechanism"] = settings.broker_sasl_mechanism
        arguments["sasl_plain_username"] = settings.broker_username
        arguments["sasl_plain_password"] = password.get_secret_value() if password is not None else None
    return arguments


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS that checks the broker's certificate and name."""
    context = ssl.create_default_context(cafile=settings.broker_ca_file)
    if settings.broker_cert_file is not None:
        context.load_cert_chain(settings.broker_cert_file, settings.broker_key_file)
    return context


class NotStartedError(LogError):
    """The log was used before it was started."""

    def __str__(self) -> str:
        return "the log has no connection: call start() first"


class KafkaLog(Log):
    """The log of the agents. Errors of the broker are waited out, whatever their number."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._reader: AIOKafkaConsumer | None = None
        self._reading = asyncio.Lock()
        # One batch at a time for each partition: aiokafka would let the others wait for a place until
        # they time out.
        self._turns: defaultdict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._outboxes: dict[Place, Outbox] = {}
        self._describing = asyncio.Lock()
        self._topic_ids: Mapping[str, str] | None = None

    async def start(self) -> None:
        """Connect; waits for the broker."""
        # Linger is 0 since whole batches are handed over; no idempotence, since the embedded broker has none
        # and every batch may land twice without harm.
        self._producer = await started(
            lambda: AIOKafkaProducer(
                **connection(self._settings),
                acks="all",
                linger_ms=0,
                max_batch_size=BATCH_BYTES_MAX,
                max_request_size=BATCH_BYTES_MAX,
            )
        )
        self._reader = await started(
            lambda: AIOKafkaConsumer(
                **connection(self._settings),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=_FETCH_WAIT_MS,
                fetch_max_bytes=4 * BATCH_BYTES_MAX,
                max_partition_fetch_bytes=BATCH_BYTES_MAX,
            )
        )

    async def stop(self) -> None:
        """Disconnect; what still waits to be sent is not."""
        for outbox in self._outboxes.values():
            await outbox.stop()
        if self._producer is not None:
            await self._producer.stop()
        if self._reader is not None:
            await self._reader.stop()

    async def append(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        """Append as one batch; see `Log.append`."""
        batch, rest = self._batch(records)
        if rest:
            raise BatchTooLargeError(topic, partition, len(records))
        return await self._deliver(topic, partition, batch)

    async def send(self, records: Iterable[Record]) -> Mapping[Place, int]:
        """Append anywhere; see `Log.send`. Partitions go side by side, the batches of one in order."""
        groups = by_partition(records)
        ends = await asyncio.gather(*(self._outbox(place).send(group) for place, group in groups.items()))
        return dict(zip(groups, ends, strict=True))

    async def read(
        self, topic: str, partition: int, start: int, stop: int | None = None
    ) -> AsyncGenerator[Stored]:
        """Read a partition; see `Log.read`."""
        async with aclosing(self._read(topic, partition, start, stop)) as batches:
            async for batch in batches:
                for message in batch:
                    if stop is not None and message.offset >= stop:
                        return
                    yield Stored(
                        message.offset, message.key, message.value, message.timestamp, tuple(message.headers)
                    )

    async def read_entries(self, topic: str, partition: int, start: int) -> AsyncGenerator[list[Entry]]:
        """Read a partition in polls; see `Log.read_entries`."""
        async with aclosing(self._read(topic, partition, start)) as batches:
            async for batch in batches:
                yield [(message.offset, message.key, message.value) for message in batch]

    async def _read(
        self, topic: str, partition: int, start: int, stop: int | None = None
    ) -> AsyncGenerator[list[Any]]:
        """Poll a partition up to `stop` or its end.

        The end is taken from a fetch: the embedded broker's list of offsets understates it.
        """
        if stop is not None and start >= stop:
            return
        reader = self._there(self._reader)
        async with self._reading:
            place = TopicPartition(topic, partition)
            reader.assign([place])
            reader.seek(place, start)
            while True:
                batch = await self._fetch(place)
                end = reader.highwater(place)
                if end is not None and end < start:
                    raise LogLostError(topic, partition, start, end)
                if batch:
                    yield batch
                position = await reader.position(place)
                last = end if stop is None else stop
                if last is not None and position >= last:
                    return
                if not batch and end is not None and position >= end:
                    return

    async def has_new_records(self, places: Mapping[Place, int]) -> Set[Place]:
        """Ask for the ends of partitions; see `Log.has_new_records`.

        The embedded broker answers with the offset after the *first* record of the last batch: less than the
        end, but more than any offset at or before which the last batch begins, and that is all that is asked.
        """
        reader = self._there(self._reader)
        while True:
            try:
                ends = await reader.end_offsets([TopicPartition(*place) for place in places])
            except KafkaError as error:
                _logger.warning("broker is not answering, trying again", error=repr(error))
                await asyncio.sleep(_RETRY_SECONDS_MIN)
            else:
                return {place for place, offset in places.items() if ends[TopicPartition(*place)] > offset}

    async def topic_id(self, topic: str) -> str:
        """Ask for the ids of all topics of the inside, once; see `Log.topic_id`."""
        async with self._describing:
            while self._topic_ids is None:
                try:
                    self._topic_ids = await asyncio.to_thread(internal_topic_ids, self._settings)
                except AdminError as error:
                    _logger.warning("broker is not answering, trying again", error=repr(error))
                    await asyncio.sleep(_RETRY_SECONDS_MIN)
        return self._topic_ids.get(topic, "")

    @staticmethod
    def _there(client: Any) -> Any:
        if client is None:
            raise NotStartedError
        return client

    async def _fetch(self, place: TopicPartition) -> list[Any]:
        reader = self._there(self._reader)
        try:
            batches = await reader.getmany(place, timeout_ms=_POLL_TIMEOUT_MS, max_records=_READ_RECORDS_MAX)
        except KafkaError as error:
            _logger.warning("broker is not answering, trying again", topic=place.topic, error=repr(error))
            await asyncio.sleep(_RETRY_SECONDS_MIN)
            return []
        return list(batches.get(place, ()))

    def _outbox(self, place: Place) -> Outbox:
        outbox = self._outboxes.get(place)
        if outbox is None:
            outbox = self._outboxes[place] = Outbox(partial(self._append_some, *place))
        return outbox

    async def _append_some(self, topic: str, partition: int, records: Sequence[Record]) -> tuple[int, int]:
        """Append what fits one batch; gives the offset of the first record and how many were taken."""
        batch, rest = self._batch(records)
        taken = len(records) - len(rest)
        if not taken:
            raise BatchTooLargeError(topic, partition, 1)
        return await self._deliver(topic, partition, batch), taken

    def _batch(self, records: Sequence[Record]) -> tuple[Any, Sequence[Record]]:
        """Build one batch of as many records as fit; returns it and the rest."""
        producer = self._there(self._producer)
        batch = producer.create_batch()
        append = batch.append
        for number, one in enumerate(records):
            headers = list(one.headers)
            if append(key=one.key, value=one.value, timestamp=one.timestamp_ms, headers=headers) is None:
                return batch, records[number:]
        return batch, ()

    async def _deliver(self, topic: str, partition: int, batch: Any) -> int:
        producer = self._there(self._producer)
        wait_seconds = _RETRY_SECONDS_MIN
        while True:
            try:
                async with self._turns[topic, partition]:
                    future = await producer.send_batch(batch, topic, partition=partition)
                    return int((await future).offset)
            except MessageSizeTooLargeError as error:
                raise BatchTooLargeError(topic, partition, batch.record_count()) from error
            except KafkaError as error:
                _logger.warning("broker is not taking records, trying again", topic=topic, error=repr(error))
                await asyncio.sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, _RETRY_SECONDS_MAX)


async def started(make: Any) -> Any:
    """Start a client, waiting for a broker that is not there yet."""
    wait_seconds = _RETRY_SECONDS_MIN
    while True:
        client = make()
        try:
            await client.start()
        except KafkaError as error:
            await client.stop()
            _logger.warning("broker cannot be reached, trying again", error=repr(error))
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, _RETRY_SECONDS_MAX)
        except BaseException:
            # It may be a member of its group by now, and would keep partitions that nobody reads.
            await client.stop()
            raise
        else:
            return client
