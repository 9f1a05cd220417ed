"""Give a new broker what the log on disk holds: topics, records at their offsets, offsets of groups."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka import TopicPartition
from kafka.protocol.admin import CreateTopicsRequest
from kafka.protocol.consumer import OffsetCommitRequest
from kafka.protocol.producer import ProduceRequest

from giants.embedded.broker_connection import BrokerConnection
from giants.embedded.errors import TopicFilesError
from giants.embedded.record_log import Entry, read_entries, without_producer
from giants.embedded.topic_files import DERIVED_RECORDS, INPUT_RECORDS, GroupOffset
from giants.kafka.admin import topic_configuration
from giants.kafka.lag import partitions_of
from giants.kafka.topics import ALL
from giants.settings import Settings

_CREATE_VERSION: Final = 4
_PRODUCE_VERSION: Final = 7
_COMMIT_VERSION: Final = 2
_REQUEST_MS_MAX: Final = 60_000
_NO_ERROR: Final = 0
_STREAM_BYTES: Final = 1_000_000
# Batches of a partition go to the broker together up to about this size.
APPEND_BYTES: Final = 4_000_000


async def restore(
    settings: Settings, folder: Path, port: int, offsets: Iterable[GroupOffset]
) -> dict[TopicPartition, int]:
    """Restore everything into an empty broker; returns where each partition of the program ends.

    Raises `TopicFilesError` where a file is damaged or the broker takes a record elsewhere.
    """
    broker = await BrokerConnection.open(port, _STREAM_BYTES)
    try:
        await _create_topics(broker, settings, folder)
        target = _Target(broker, dict.fromkeys(partitions_of(settings, ALL), 0), folder)
        for file in (INPUT_RECORDS, DERIVED_RECORDS):
            for entry in read_entries(folder / file):
                await target.take(entry)
        await target.finish()
        await _commit(broker, folder, offsets)
        return target.ends
    finally:
        broker.close()


@dataclass(slots=True)
class _Pending:
    entries: list[Entry] = field(default_factory=list)
    size_bytes: int = 0


class _Target:
    """Appends entries to their partitions, many at once; the last of each may still be replaced."""

    def __init__(self, broker: BrokerConnection, ends: dict[TopicPartition, int], folder: Path) -> None:
        self.ends, self._broker, self._folder = ends, broker, folder
        self._pending: defaultdict[TopicPartition, _Pending] = defaultdict(_Pending)

    async def take(self, entry: Entry) -> None:
        """Append an entry, now or later."""
        if entry.partition not in self.ends:
            raise TopicFilesError(self._folder, f"{entry.partition} is no partition of the program")
        pending = self._pending[entry.partition]
        if pending.entries and entry.offset == pending.entries[-1].offset:
            pending.size_bytes -= len(pending.entries.pop().data)
        if pending.size_bytes > APPEND_BYTES:
            await self._append(entry.partition, pending.entries)
            pending.entries, pending.size_bytes = [], 0
        pending.entries.append(entry)
        pending.size_bytes += len(entry.data)

    async def finish(self) -> None:
        """Append what is left."""
        for partition, pending in self._pending.items():
            await self._append(partition, pending.entries)

    async def _append(self, partition: TopicPartition, entries: list[Entry]) -> None:
        offset = self.ends[partition]
        for entry in entries:
            if entry.offset != offset:
                got = f"{partition} goes on at offset {entry.offset}, expected {offset}"
                raise TopicFilesError(self._folder, got)
            offset = entry.end
        data = b"".join([without_producer(entry.data) for entry in entries])
        response = await self._broker.ask(
            ProduceRequest(
                transactional_id=None,
                acks=-1,
                timeout_ms=_REQUEST_MS_MAX,
                topic_data=[(partition.topic, [(partition.partition, data)])],
            ),
            _PRODUCE_VERSION,
        )
        (answer,) = response.responses[0].partition_responses
        if answer.error_code != _NO_ERROR or answer.base_offset != self.ends[partition]:
            got = f"the broker answers {answer.error_code}, offset {answer.base_offset}, for {partition}"
            raise TopicFilesError(self._folder, f"{got}, expected offset {self.ends[partition]}")
        self.ends[partition] = offset


async def _create_topics(broker: BrokerConnection, settings: Settings, folder: Path) -> None:
    wanted: list[Any] = [
        (
            topic.full_name(settings),
            topic.partition_count(settings),
            settings.replication_factor,
            [],
            list(topic_configuration(topic, settings.replication_factor).items()),
        )
        for topic in ALL
    ]
    request = CreateTopicsRequest(topics=wanted, timeout_ms=_REQUEST_MS_MAX, validate_only=False)
    response = await broker.ask(request, _CREATE_VERSION)
    for one in response.topics:
        if one.error_code != _NO_ERROR:
            raise TopicFilesError(folder, f"the broker does not create {one.name}: error {one.error_code}")


async def _commit(broker: BrokerConnection, folder: Path, offsets: Iterable[GroupOffset]) -> None:
    groups: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for one in offsets:
        groups[one.group][one.topic].append((one.partition, one.offset, ""))
    for group, by_topic in groups.items():
        request = OffsetCommitRequest(
            group_id=group,
            generation_id_or_member_epoch=-1,
            member_id="",
            retention_time_ms=-1,
            topics=list(by_topic.items()),
        )
        response = await broker.ask(request, _COMMIT_VERSION)
        for topic in response.topics:
            for one in topic.partitions:
                if one.error_code != _NO_ERROR:
                    got = f"the broker takes no offset of {group} in {topic.name}: error {one.error_code}"
                    raise TopicFilesError(folder, got)
