"""The topics of the embedded broker go to files and come back as they were, or not at all."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from kafka import OffsetAndMetadata

from giants.embedded.broker import start_broker
from giants.embedded.errors import TopicFilesError
from giants.embedded.topic_files import MANIFEST, discard_topics, restore_topics, save_topics
from giants.kafka import topics
from giants.kafka.admin import admin_client, create_topics
from giants.kafka.lag import partitions_of
from giants.kafka.publisher import Publisher
from giants.kafka.raw_batches import RawBatches
from giants.settings import Settings
from tests.broker import embedded

EPOCH_ID = "3@2026-11-30T06:00:00+00:00"
PARTITIONS = 2


@pytest.fixture(name="source")
def _source(broker: str, topic_prefix: str) -> Settings:
    settings = embedded(broker, topic_prefix=topic_prefix, partitions=PARTITIONS)
    create_topics(settings)
    for part in range(3):  # several batches a partition
        with Publisher(settings) as publisher:
            for number in range(40):
                publisher.send(
                    topics.FAMILIES.full_name(settings),
                    f"family {part} {number}".encode(),
                    b"x" * number * 50 if number % 7 else None,
                    timestamp_ms=1_700_000_000_000 + number,
                    headers=[("giants-replayed", b"1")],
                )
    with admin_client(settings) as admin:
        partition = TopicPartition(topics.FAMILIES.full_name(settings), 1)
        admin.alter_group_offsets(f"{topic_prefix}intake", {partition: OffsetAndMetadata(5, "", -1)})
    return settings


@pytest.fixture(name="target")
def _target(source: Settings, tmp_path: Path) -> Iterator[Settings]:
    other = start_broker(tmp_path / "other.log")
    try:
        settings = source.model_copy(update={"broker": other.address})
        create_topics(settings)
        yield settings
    finally:
        other.stop()


def contents(settings: Settings) -> dict[TopicPartition, bytes]:
    """All bytes of all partitions that hold any."""

    async def read() -> dict[TopicPartition, bytes]:
        found: dict[TopicPartition, bytes] = {}
        async with RawBatches(settings) as source:
            for partition in partitions_of(settings, topics.ALL):
                offset, end = 0, 1
                while offset < end:
                    batches, end = await source.read(partition, offset)
                    for batch in batches:
                        found[partition] = found.get(partition, b"") + batch.data
                        offset = batch.next_offset
        return found

    return asyncio.run(read())


def committed(settings: Settings, group: str) -> dict[TopicPartition, int]:
    name = settings.topic_prefix + group
    partitions = partitions_of(settings, (topics.FAMILIES,))
    with admin_client(settings) as admin:
        found = admin.list_group_offsets({name: partitions})[name]
    return {partition: found[partition].offset for partition in partitions}


def test_topics_and_group_offsets_come_back_byte_for_byte(
    source: Settings, target: Settings, tmp_path: Path
) -> None:
    folder, before = tmp_path / "topics", contents(source)
    size_bytes = save_topics(source, folder, EPOCH_ID)
    assert sorted(one.partition for one in before) == [0, 1]
    assert size_bytes == sum(len(data) for data in before.values())
    assert restore_topics(target, folder) == EPOCH_ID
    assert contents(target) == before
    assert sorted(committed(target, "intake").values()) == [-1, 5]
    # What comes next is appended behind it.
    with Publisher(target) as publisher:
        publisher.send(topics.FAMILIES.full_name(target), b"another", b"one")
    after = contents(target)
    assert all(after[one].startswith(data) for one, data in before.items())
    assert after != before


def test_files_that_are_not_whole_are_refused(source: Settings, target: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "topics"
    save_topics(source, folder, EPOCH_ID)
    largest = max(folder.glob("*.batches"), key=lambda file: file.stat().st_size)
    whole = largest.read_bytes()
    largest.write_bytes(whole[:-20])
    with pytest.raises(TopicFilesError, match="damaged"):
        restore_topics(target, folder)


def test_records_behind_those_of_others_are_refused(source: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "topics"
    save_topics(source, folder, EPOCH_ID)
    with pytest.raises(TopicFilesError, match="could not be restored"):
        restore_topics(source, folder)  # the broker holds these records already


def test_topics_of_another_taxonomy_are_refused(source: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "topics"
    save_topics(source, folder, EPOCH_ID)
    with pytest.raises(TopicFilesError, match="taxonomy='other'"):
        restore_topics(source.model_copy(update={"taxonomy": "other"}), folder)


def test_without_a_manifest_there_is_nothing_to_restore(source: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "topics"
    assert restore_topics(source, folder) is None
    save_topics(source, folder, EPOCH_ID)
    (folder / MANIFEST).unlink()  # as a save that was interrupted leaves it
    assert restore_topics(source, folder) is None
    discard_topics(folder)
    assert not folder.exists()


def test_a_save_that_fails_leaves_nothing_behind(source: Settings, tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("no folder")
    with pytest.raises(TopicFilesError, match="could not be saved"):
        save_topics(source, occupied / "topics", EPOCH_ID)
    assert not (occupied / "topics").exists()
