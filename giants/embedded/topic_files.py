"""The topics of the embedded broker on disk, from the end of a stack to its next start.

The broker keeps everything in memory. When the stack ends, each partition is copied to a file, batch by batch
as it stands in the broker, with the offsets of the consumer groups; the manifest is written last. The next
start appends the batches to a new broker before anybody else connects: workers, store and delivery find the
logs and changelogs that they left, at the same offsets, and nothing is replayed.

The manifest is removed before the stack runs on: a stack that is killed leaves no files that are older than
what ClickHouse has, and the start after that publishes the journal again.
"""

import asyncio
import os
import shutil
import zlib
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

from aiokafka import TopicPartition
from kafka import OffsetAndMetadata
from kafka.errors import NoError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from giants.embedded.errors import TopicFilesError
from giants.kafka.admin import admin_client
from giants.kafka.errors import KafkaFailure, OffsetMismatchError
from giants.kafka.lag import DELIVERY, FLOW, WATCH, partitions_of
from giants.kafka.raw_batches import FETCH_BYTES_MAX, RawBatch, RawBatches, batches_in
from giants.kafka.topics import ALL
from giants.settings import Settings

FOLDER: Final = "topics"
MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
# The broker never compacts, so the files hold every record since the journal was last published. Above this
# size it is published again, which leaves one state for each key behind.
BYTES_MAX: Final = 4_000_000_000
# Passes over all partitions until none has anything new.
_PASSES_MAX: Final = 20
# Reads in a row that give nothing although the partition goes on.
_EMPTY_READS_MAX: Final = 100
_FAILURES: Final[tuple[type[Exception], ...]] = (*KafkaFailure, OffsetMismatchError, OSError)

Count = Annotated[int, Field(ge=0)]


class PartitionFile(BaseModel):
    """One partition: its end offset, and size and CRC-32 of its file, which holds all its batches."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: Count
    end: Count
    bytes: Count
    crc32: Count

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.topic}-{self.partition}.batches"


class GroupOffset(BaseModel):
    """The committed offset of a consumer group in one partition."""

    model_config = ConfigDict(frozen=True)

    group: str
    topic: str
    partition: Count
    offset: Count


class Origin(BaseModel):
    """What the records depend on: where any of it differs, the journal is published again."""

    model_config = ConfigDict(frozen=True)

    format: int
    program: str
    topic_prefix: str
    partitions: int
    taxonomy: str
    methodology: str


class Manifest(BaseModel):
    """The files of one stack; `epoch_id` names the epoch in ClickHouse that the records belong to."""

    model_config = ConfigDict(frozen=True)

    origin: Origin
    epoch_id: str
    files: tuple[PartitionFile, ...]
    offsets: tuple[GroupOffset, ...]


def save_topics(settings: Settings, folder: Path, epoch_id: str) -> int:
    """Copy all partitions and group offsets to files, replacing older ones; returns their size in bytes.

    Nobody of the stack may write any more. Raises `TopicFilesError`, and leaves no manifest behind then.
    """
    discard_topics(folder)
    try:
        folder.mkdir(parents=True)
        files = asyncio.run(_save(settings, folder))
        manifest = Manifest(
            origin=_origin(settings), epoch_id=epoch_id, files=files, offsets=_group_offsets(settings)
        )
        draft = folder / f"{MANIFEST}.draft"
        _write_durably(draft, manifest.model_dump_json().encode())
        draft.replace(folder / MANIFEST)
        _sync_folder(folder)
    except _FAILURES as error:
        discard_topics(folder)
        raise TopicFilesError(folder, f"the topics could not be saved: {error!r}") from error
    except BaseException:
        discard_topics(folder)
        raise
    return sum(file.bytes for file in files)


def restore_topics(settings: Settings, folder: Path) -> str | None:
    """Append what was saved to the empty topics of a new broker; returns the id of the epoch.

    None where nothing was saved. Raises `TopicFilesError`; the broker is to be replaced then.
    """
    manifest = _read_manifest(folder)
    if manifest is None:
        return None
    expected = _origin(settings)
    if manifest.origin != expected:
        raise TopicFilesError(folder, f"the topics were saved by {manifest.origin}, this is {expected}")
    try:
        asyncio.run(_restore(settings, folder, manifest.files))
        _commit(settings, manifest.offsets)
    except _FAILURES as error:
        raise TopicFilesError(folder, f"the topics could not be restored: {error!r}") from error
    return manifest.epoch_id


def discard_topics(folder: Path) -> None:
    """Remove the files, the manifest first."""
    if not folder.exists():
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    _sync_folder(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _read_manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise TopicFilesError(folder, f"its manifest cannot be read: {error}") from error


def _origin(settings: Settings) -> Origin:
    return Origin(
        format=FORMAT,
        program=version("little-giants-stream"),
        topic_prefix=settings.topic_prefix,
        partitions=settings.partitions,
        taxonomy=settings.taxonomy,
        methodology=settings.methodology,
    )


async def _save(settings: Settings, folder: Path) -> tuple[PartitionFile, ...]:
    """Copy until a pass over all partitions finds nothing new: somebody outside may still publish."""
    files = [
        PartitionFile(topic=one.topic, partition=one.partition, end=0, bytes=0, crc32=0)
        for one in partitions_of(settings, ALL)
    ]
    async with RawBatches(settings) as source:
        for _ in range(_PASSES_MAX):
            before, files = files, []
            for file in before:
                files.append(await _save_partition(source, folder, file))
                if sum(one.bytes for one in files) > BYTES_MAX:
                    raise TopicFilesError(folder, f"the topics are larger than {BYTES_MAX:,} bytes")
            if files == before:
                return tuple(files)
    raise TopicFilesError(folder, f"records still came in after {_PASSES_MAX} passes over all partitions")


async def _save_partition(source: RawBatches, folder: Path, file: PartitionFile) -> PartitionFile:
    """Append to the file what the partition has behind the file's end."""
    partition = TopicPartition(file.topic, file.partition)
    offset, size, crc32, empty_reads = file.end, file.bytes, file.crc32, 0
    with (folder / file.name).open("ab") as out:
        while True:
            batches, end = await source.read(partition, offset)
            for batch in batches:
                out.write(batch.data)
                size += len(batch.data)
                crc32 = zlib.crc32(batch.data, crc32)
                offset = batch.next_offset
            if offset >= end or size > BYTES_MAX:
                break
            empty_reads = 0 if batches else empty_reads + 1
            if empty_reads > _EMPTY_READS_MAX:
                raise OffsetMismatchError(partition, end, offset)
        out.flush()
        os.fsync(out.fileno())
    return file.model_copy(update={"end": offset, "bytes": size, "crc32": crc32})


async def _restore(settings: Settings, folder: Path, files: Iterable[PartitionFile]) -> None:
    async with RawBatches(settings) as target:
        for file in files:
            await _restore_partition(target, folder, file)


async def _restore_partition(target: RawBatches, folder: Path, file: PartitionFile) -> None:
    """Append the batches of a file in pieces, then check that the file was whole."""
    partition = TopicPartition(file.topic, file.partition)
    crc32, offset, rest = 0, 0, b""
    with (folder / file.name).open("rb") as source:
        while data := source.read(FETCH_BYTES_MAX):
            crc32 = zlib.crc32(data, crc32)
            rest += data
            batches = list(batches_in(rest))
            if batches:
                _check_chain(partition, offset, batches)
                await target.append(partition, batches)
                offset = batches[-1].next_offset
                rest = rest[sum(len(batch.data) for batch in batches) :]
    if crc32 != file.crc32 or rest:
        raise TopicFilesError(folder, f"{file.name} is damaged: CRC-32 {crc32}, expected {file.crc32}")
    if offset != file.end:
        raise OffsetMismatchError(partition, file.end, offset)


def _check_chain(partition: TopicPartition, offset: int, batches: Iterable[RawBatch]) -> None:
    for batch in batches:
        if batch.base_offset != offset:
            raise OffsetMismatchError(partition, offset, batch.base_offset)
        offset = batch.next_offset


def _group_offsets(settings: Settings) -> tuple[GroupOffset, ...]:
    """The committed offsets of all groups of the flow."""
    found: list[GroupOffset] = []
    with admin_client(settings) as admin:
        for group, partitions in _partitions_by_group(settings).items():
            offsets = admin.list_group_offsets({group: partitions})[group]
            found += [
                GroupOffset(group=group, topic=one.topic, partition=one.partition, offset=committed.offset)
                for one, committed in offsets.items()
                if committed.offset >= 0
            ]
    return tuple(found)


def _partitions_by_group(settings: Settings) -> Mapping[str, list[TopicPartition]]:
    groups: dict[str, list[TopicPartition]] = {}
    for group in dict.fromkeys((*FLOW, WATCH, DELIVERY)):
        name = f"{settings.topic_prefix}{group.group}"
        groups.setdefault(name, []).extend(partitions_of(settings, group.topics))
    return groups


def _commit(settings: Settings, offsets: Iterable[GroupOffset]) -> None:
    groups: dict[str, dict[TopicPartition, OffsetAndMetadata]] = {}
    for one in offsets:
        partition = TopicPartition(one.topic, one.partition)
        groups.setdefault(one.group, {})[partition] = OffsetAndMetadata(one.offset, "", -1)
    with admin_client(settings) as admin:
        for group, committed in groups.items():
            for partition, error in admin.alter_group_offsets(group, committed).items():
                if error is not NoError:
                    raise error(f"offset of {group} in {partition}")


def _write_durably(file: Path, content: bytes) -> None:
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
