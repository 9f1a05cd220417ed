"""What the embedded broker confirmed is there after a kill; what it cannot keep it does not confirm."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka import KafkaProducer, OffsetAndMetadata

from giants.embedded.broker import EmbeddedBroker, start_durable_broker
from giants.embedded.errors import TopicFilesError
from giants.embedded.record_log import RecordLog, placed
from giants.embedded.topic_files import (
    DERIVED_RECORDS,
    INPUT_RECORDS,
    OFFSETS,
    begin_epoch_on_disk,
    epoch_on_disk,
    note_epoch_on_disk,
    read_offsets,
)
from giants.kafka import topics
from giants.kafka.admin import admin_client
from giants.kafka.connection import client_options
from giants.kafka.errors import PublishError
from giants.kafka.lag import partitions_of
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from tests.broker import embedded
from tests.disk import filled, small_disk
from tests.embedded.test_record_log import batch
from tests.waiting import wait_for

EPOCH_ID = "3@2026-11-30T06:00:00+00:00"
FAMILIES = topics.FAMILIES.full_name(Settings())
DELTAS = topics.DELTA_LOG.full_name(Settings())

Record = tuple[int, bytes | None, bytes | None, int, tuple[Any, ...]]


@contextmanager
def durable(folder: Path) -> Iterator[tuple[EmbeddedBroker, Settings]]:
    broker = start_durable_broker(folder, folder.with_suffix(".log"))
    try:
        yield broker, embedded(broker.address)
    finally:
        broker.stop()


def kill(broker: EmbeddedBroker) -> None:
    os.kill(broker.process.pid, SIGKILL)
    broker.process.wait()


def contents(settings: Settings) -> dict[TopicPartition, list[Record]]:
    """All records of all partitions that hold any."""

    async def read() -> dict[TopicPartition, list[Record]]:
        found: dict[TopicPartition, list[Record]] = {}
        consumer = AIOKafkaConsumer(**client_options(settings), auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign(partitions_of(settings, topics.ALL))
            while batch := await consumer.getmany(timeout_ms=1_500):
                for partition, records in batch.items():
                    found.setdefault(partition, []).extend(
                        (one.offset, one.key, one.value, one.timestamp, one.headers) for one in records
                    )
        finally:
            await consumer.stop()
        return found

    return asyncio.run(read())


def publish(settings: Settings, part: int) -> None:
    with Publisher(settings) as publisher:
        for number in range(40):
            publisher.send(
                FAMILIES,
                f"family {part} {number}".encode(),
                b"x" * number * 50 if number % 7 else None,
                timestamp_ms=1_700_000_000_000 + number,
                headers=[("giants-replayed", b"1")],
            )


def test_records_and_group_offsets_come_back_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "topics"
    with durable(folder) as (broker, settings):
        for part in range(3):  # several batches a partition
            publish(settings, part)
        partition = TopicPartition(FAMILIES, 1)
        with admin_client(settings) as admin:
            admin.alter_group_offsets("giants.intake", {partition: OffsetAndMetadata(5, "", -1)})
        wait_for("the offset on disk", lambda: read_offsets(folder / OFFSETS).offsets)
        before = contents(settings)
        kill(broker)
    assert sum(len(records) for records in before.values()) == 120
    with durable(folder) as (_, settings):
        assert contents(settings) == before
        with admin_client(settings) as admin:
            found = admin.list_group_offsets({"giants.intake": [partition]})["giants.intake"]
        assert found[partition].offset == 5
        publish(settings, 3)
        after = contents(settings)
    assert all(after[one][: len(records)] == records for one, records in before.items())
    assert sum(len(records) for records in after.values()) == 160


def test_other_clients_and_requests_for_inputs_and_others_at_once_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "topics"

    async def both(settings: Settings) -> None:
        producer = AIOKafkaProducer(**client_options(settings), linger_ms=50)
        await producer.start()
        sent = [await producer.send(topic, b"value", partition=0) for topic in (FAMILIES, DELTAS) * 3]
        await asyncio.gather(*sent)
        await producer.stop()

    with durable(folder) as (broker, settings):
        asyncio.run(both(settings))
        for acks in (0, 1, "all"):
            other = KafkaProducer(bootstrap_servers=broker.address, acks=acks, enable_idempotence=False)
            other.send(DELTAS, b"another", partition=0)
            other.flush()
            other.close()
        before = wait_for("all records", lambda: _if_complete(contents(settings), 9))
        kill(broker)
    with durable(folder) as (_, settings):
        assert contents(settings) == before


def _if_complete(
    found: dict[TopicPartition, list[Record]], expected: int
) -> dict[TopicPartition, list[Record]] | None:
    return found if sum(len(records) for records in found.values()) == expected else None


def test_a_full_disk_confirms_nothing_and_room_on_it_does(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2_000_000) as disk, durable(disk / "topics") as (broker, settings):
        publish(settings, 0)
        before = contents(settings)
        with filled(disk):
            with (
                pytest.raises(PublishError, match="cannot write to its disk"),
                Publisher(settings) as publisher,
            ):
                publisher.send(FAMILIES, "refused", b"y" * 50_000)
            assert contents(settings) == before, "what was refused is nowhere"
        with Publisher(settings) as publisher:
            publisher.send(FAMILIES, "taken", b"y" * 50_000)
        after = contents(settings)
        kill(broker)
        with durable(disk / "topics") as (_, again):
            assert contents(again) == after
    keys = {record[1] for records in after.values() for record in records}
    assert b"taken" in keys
    assert b"refused" not in keys


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "topics"
    with durable(folder) as (_, settings):
        publish(settings, 0)
    file = folder / INPUT_RECORDS
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(TopicFilesError, match="cannot be restored"):
        start_durable_broker(folder, tmp_path / "broker.log")


def test_a_new_epoch_keeps_the_inputs_and_where_the_journal_ends_in_them(tmp_path: Path) -> None:
    folder, settings = tmp_path / "topics", Settings()
    assert epoch_on_disk(settings, folder) is None
    folder.mkdir()
    (folder / DERIVED_RECORDS).write_bytes(b"")
    log = RecordLog(folder / INPUT_RECORDS)
    # Ten records in each partition: intake has not taken the last of them.
    for partition in (0, 1):
        whole = placed(TopicPartition(FAMILIES, partition), 0, batch([b"x"] * 10))
        assert whole is not None
        log.append([whole])
    log.close()
    offsets = [
        {"group": "giants.intake", "topic": FAMILIES, "partition": 0, "offset": 9},
        {"group": "giants.intake", "topic": FAMILIES, "partition": 1, "offset": 4},
        {"group": "giants.store", "topic": FAMILIES, "partition": 0, "offset": 7},
        {"group": "giants.store", "topic": FAMILIES, "partition": 1, "offset": 8},
        {"group": "giants.store", "topic": DELTAS, "partition": 1, "offset": 8},
    ]
    (folder / OFFSETS).write_text(json.dumps({"offsets": offsets}))
    note_epoch_on_disk(settings, folder, EPOCH_ID)
    assert epoch_on_disk(settings, folder) == EPOCH_ID
    with pytest.raises(TopicFilesError, match="taxonomy='other'"):
        epoch_on_disk(settings.model_copy(update={"taxonomy": "other"}), folder)
    for _ in range(2):  # also where the new epoch is interrupted
        begin_epoch_on_disk(settings, folder)
        assert epoch_on_disk(settings, folder) is None
        assert (folder / INPUT_RECORDS).exists()
        assert not (folder / DERIVED_RECORDS).exists()
        found = {
            (one.group, one.topic, one.partition): one.offset
            for one in read_offsets(folder / OFFSETS).offsets
        }
        assert found == {
            ("giants.intake", FAMILIES, 0): 7,
            ("giants.intake", FAMILIES, 1): 4,
            ("giants.store", FAMILIES, 0): 7,
            ("giants.store", FAMILIES, 1): 8,
        }
    note_epoch_on_disk(settings, folder, EPOCH_ID)
    begin_epoch_on_disk(settings.model_copy(update={"partitions": 99}), folder)
    assert not folder.exists(), "inputs in other partitions"


def test_a_new_epoch_leaves_inputs_behind_that_are_in_the_journal(tmp_path: Path) -> None:
    folder, settings = tmp_path / "topics", Settings()
    folder.mkdir()
    log = RecordLog(folder / INPUT_RECORDS)
    whole = placed(TopicPartition(FAMILIES, 0), 0, batch([b"x"] * 10))
    assert whole is not None
    log.append([whole])
    log.close()
    for stored, is_left in ((9, True), (10, False)):
        offsets = [
            {"group": f"giants.{group}", "topic": FAMILIES, "partition": 0, "offset": offset}
            for group, offset in (("intake", 10), ("store", stored))
        ]
        (folder / OFFSETS).write_text(json.dumps({"offsets": offsets}))
        note_epoch_on_disk(settings, folder, EPOCH_ID)
        begin_epoch_on_disk(settings, folder)
        assert (folder / INPUT_RECORDS).exists() is is_left
