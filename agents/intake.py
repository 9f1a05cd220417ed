"""Intake: input topics in, frames of the internal logs out; what is not valid goes to the dead letters.

It has no state. After a crash it may send the same facts again, in other frames: the agents know a fact by
its identity and version. Faust is too slow for single records, so this is a plain consumer in the same
process.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from time import time_ns
from typing import Any, Final

import msgspec
from aiokafka.errors import KafkaError

from agents.background_commit import BackgroundCommit
from agents.intake_gate import IntakeGate
from giants.decoding import facts
from giants.decoding.facts import SCHEMA_VERSION_HEADER
from giants.decoding.frames import DeltaFrame, FamilyFrame, encode, shard_of, split
from giants.decoding.programme import has_begun, programme_frame
from giants.domain.events import Family as FamilyEvent
from giants.domain.events import Origin
from giants.kafka import topics
from giants.kafka.connection import started
from giants.kafka.consumer import GroupConsumer, Membership
from giants.kafka.errors import named_refusals
from giants.kafka.log import Headers, Log, Record
from giants.kafka.partitioner import partition_of
from giants.kafka.poller import Polling, Unreadable
from giants.kafka.tracing import TRACEPARENT, TRACING, trace_of, traced
from giants.retry import retrying_async
from giants.settings import Settings
from schemas.facts import Day, TaxonomyVersion
from streams.metrics import METRICS

GROUP: Final = "intake"
REPLAYED_HEADER: Final = "giants-replayed"
_HEADER_BYTES_MAX: Final = 100
_REASON_BYTES_MAX: Final = 4_000
_POLLING: Final = Polling(records_max=4_000, wait_ms=500)
# Instants outside years 1970 … 9999 cannot be printed; a producer may write any number.
_INSTANT_MS_MAX: Final = 253_402_300_799_000
_NO_HEADERS: Final = (None, False, None)


class Input(msgspec.Struct, frozen=True, gc=False):
    """An input record, as far as intake looks at it."""

    kind: str  # topic of the contract without prefix and version
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Headers = ()


@dataclass(slots=True)
class _Taken:
    """What a batch of inputs leads to, before it is packed."""

    families: dict[int, list[FamilyEvent]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    traces: dict[int, bytes] = field(default_factory=dict)  # by the identity of the event in memory


class Packer:
    """From inputs to records of the internal logs and dead letters: a pure function, but for its settings."""

    def __init__(self, settings: Settings, today: Callable[[], date] | None = None) -> None:
        """Days that have not begun by `today` are refused; without it any day is taken."""
        self._settings: Final = settings
        self._today: Final = today
        self._partitions: Final = settings.partitions
        self._programme_log: Final = topics.PROGRAMME_LOG.full_name(settings)
        self._family_log: Final = topics.FAMILY_LOG.full_name(settings)
        self._delta_log: Final = topics.DELTA_LOG.full_name(settings)
        self._dead_letters: Final = topics.DEAD_LETTERS.full_name(settings)

    def pack(self, inputs: Iterable[Input]) -> list[Record]:
        """Records to send, in the order of the inputs within each log partition."""
        taken = _Taken()
        for record in inputs:
            try:
                self._take(record, taken)
            except facts.FactError as error:
                METRICS.dead_letters.labels(record.topic, error.refusal).inc()
                taken.records.append(self._dead_letter(record, str(error)))
        return [*taken.records, *self._family_frames(taken)]

    def unreadable(self, one: Unreadable) -> Record:
        """The dead letter of a record that the client cannot read: its bytes stay where they are."""
        METRICS.dead_letters.labels(one.topic, facts.Refusal.UNREADABLE).inc()
        return self._dead_letter(Input("", one.topic, one.partition, one.offset, None, None, 0), one.reason)

    def _take(self, record: Input, taken: _Taken) -> None:
        if record.kind in facts.DELETABLE and record.value is None:
            return
        if record.value is not None and len(record.value) > topics.RECORD_BYTES_MAX:
            raise facts.FactError(
                f"expected a record of at most {topics.RECORD_BYTES_MAX} bytes, got {len(record.value)}",
                facts.Refusal.TOO_LARGE,
            )
        schema_version, replayed, trace = _read_headers(record.headers) if record.headers else _NO_HEADERS
        at_ms = min(max(record.timestamp_ms, 0), _INSTANT_MS_MAX)
        if record.kind == facts.FAMILIES:
            event = facts.read_family_event(
                record.value, at_ms, replayed=replayed, schema_version=schema_version
            )
            partition = shard_of(event.family_id, self._partitions)
            taken.families.setdefault(partition, []).append(event)
            if trace is not None:
                taken.traces[id(event)] = trace
            return
        fact = facts.read_fact(record.kind, record.value, schema_version)
        if isinstance(fact, Day) and not fact.withdrawn:
            self._check_day(fact.day, at_ms)
        if isinstance(fact, TaxonomyVersion):
            frames = list(self._taxonomy(fact, Origin(at_ms, replayed=replayed)))
            taken.records.extend(frames if trace is None else traced(frames, trace))
        elif record.kind in facts.PROGRAMME:
            frame = programme_frame(record.kind, fact, at_ms, replayed=replayed)
            headers_on: Headers = () if trace is None else ((TRACEPARENT, trace),)
            taken.records.append(Record(self._programme_log, 0, None, encode(frame), at_ms, headers_on))

    def _check_day(self, day: date, at_ms: int) -> None:
        """Refuse a day that has not begun: later than tomorrow by the clock of intake, or of the record.

        Brokers take no record whose timestamp is far ahead of their own clock.
        """
        if self._today is None:
            return
        if not has_begun(day, at_ms, self._today()):
            today = min(self._today(), datetime.fromtimestamp(at_ms / 1000, UTC).date())
            raise facts.FactError(
                f"expected a day that has begun, got {day} on {today}: correct the clock of who published it "
                "(GIANTS_CLOCK=false takes any day)",
                facts.Refusal.DAY_TO_COME,
            )

    def _taxonomy(self, taxonomy: TaxonomyVersion, origin: Origin) -> Iterator[Record]:
        wanted, got = self._settings.taxonomy, taxonomy.taxonomy
        if got != wanted:
            raise facts.FactError(
                f"expected taxonomy {wanted!r}, got {got!r}: set GIANTS_TAXONOMY to follow it",
                facts.Refusal.OTHER_TAXONOMY,
            )
        frame = encode(DeltaFrame([facts.taxonomy_event(taxonomy, origin)]))
        for partition in range(self._settings.partitions):
            yield Record(self._delta_log, partition, None, frame, origin.at_ms)

    def _family_frames(self, taken: _Taken) -> Iterator[Record]:
        for partition, events in taken.families.items():
            for frame in split(events):
                value = encode(FamilyFrame(list(frame)))
                headers = _trace_of_frame(frame, taken.traces) if taken.traces else ()
                yield Record(self._family_log, partition, None, value, frame[-1].origin.at_ms, headers)

    def _dead_letter(self, record: Input, reason: str) -> Record:
        headers: Headers = (
            ("giants-error", reason.encode(errors="backslashreplace")[:_REASON_BYTES_MAX]),
            ("giants-topic", record.topic.encode()),
            ("giants-partition", str(record.partition).encode()),
            ("giants-offset", str(record.offset).encode()),
            ("giants-timestamp", str(record.timestamp_ms).encode()),
            *(
                (name, value[:_HEADER_BYTES_MAX])
                for name, value in record.headers
                if name in topics.KEPT_INPUT_HEADERS
            ),
        )
        key = record.key.decode(errors="replace") if record.key is not None else ""
        partition = partition_of(key, topics.DEAD_LETTERS.partition_count(self._settings))
        return Record(self._dead_letters, partition, record.key, record.value, None, headers)


def _read_headers(headers: Headers) -> tuple[bytes | None, bool, bytes | None]:
    """What headers say: version of the schema, whether the record comes again, and the trace."""
    found = dict(headers)
    return found.get(SCHEMA_VERSION_HEADER), REPLAYED_HEADER in found, trace_of(headers)


def _trace_of_frame(frame: Iterable[FamilyEvent], traces: Mapping[int, bytes]) -> Headers:
    """The trace of the first traced event of a frame."""
    found = next((traces[id(event)] for event in frame if id(event) in traces), None)
    return () if found is None else ((TRACEPARENT, found),)


class Intake:
    """The consumer around the packer: read, pack, send, wait, commit."""

    def __init__(self, log: Log, settings: Settings) -> None:
        self._log, self._settings = log, settings
        self._packer = Packer(settings, _today if settings.clock else None)
        self._kinds = {topic.full_name(settings): topic.name.removesuffix(".v1") for topic in topics.INPUTS}

    async def run(self) -> None:
        """Work until cancelled, while facts are not forwarded to other topics."""
        await IntakeGate(self._settings).run(self._take_in)

    async def _take_in(self, is_over: Callable[[], bool]) -> None:
        """Read until `is_over`; then what was sent is committed, and the group left."""
        consumer = await started(self._consumer)
        commit = BackgroundCommit(consumer.commit)
        try:
            if not await consumer.join_when_topics_are_there(is_over):
                return
            async for attempt in retrying_async((KafkaError, TimeoutError), "the broker"):
                with attempt, named_refusals("to let a worker read"):
                    while not is_over():
                        await self._process_next(consumer, commit)
                    await commit.end()
                    return
        finally:
            await commit.cancel()
            await consumer.stop()

    def _consumer(self) -> GroupConsumer:
        return GroupConsumer(
            self._settings,
            Membership(f"{self._settings.topic_prefix}{GROUP}", self._kinds, self._settings.worker_id),
            _POLLING,
        )

    async def _process_next(self, consumer: GroupConsumer, commit: BackgroundCommit) -> None:
        """Process what has come since the last acknowledgement: batches grow only under load."""
        polled = await consumer.poll()
        if not polled.ends():
            await commit.end()
            return
        began_ns = time_ns()
        records = self._packer.pack(self._inputs(polled.batches.values()))
        records += [self._packer.unreadable(one) for one in polled.unreadable]
        await self._log.send(records)
        _measure(polled.batches)
        if TRACING.on:
            traces = (value for one in records for name, value in one.headers if name == TRACEPARENT)
            TRACING.note("intake", traces, began_ns)
        # What was sent and is not committed is read again, and known by its identity.
        await commit.begin(polled.ends())

    def _inputs(self, batches: Iterable[Sequence[Any]]) -> Iterator[Input]:
        for batch in batches:
            for message in batch:
                yield Input(
                    self._kinds[message.topic],
                    message.topic,
                    message.partition,
                    message.offset,
                    message.key,
                    message.value,
                    message.timestamp,
                    tuple([(name, value or b"") for name, value in message.headers])
                    if message.headers
                    else (),
                )


def _today() -> date:
    return datetime.now(UTC).date()


def _measure(batches: Mapping[Any, Sequence[Any]]) -> None:
    for place, batch in batches.items():
        METRICS.inputs.labels(place.topic).inc(len(batch))
        METRICS.newest_input.labels(place.topic).set(batch[-1].timestamp / 1000)
