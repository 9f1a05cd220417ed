"""The topics of the embedded broker on disk: what was appended to them, and how far their groups are.

The broker keeps everything in memory. `giants.embedded.durable_broker` appends each batch to a file before
the broker gets it, inputs to one file, all that follows from them to another, and gives both to the next
broker: so after a restart or a crash workers, store and delivery find the logs and changelogs that they left,
at the same offsets, and nothing is replayed.

The manifest says to which epoch of the database the records belong. It is written when the topics hold all
that the epoch is made of; without it what follows from the inputs is made again from the journal. Inputs that
the journal does not hold yet stay, and intake goes on where it was when the epoch was begun, so that nothing
that was accepted is lost.
"""

import os
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from giants.embedded.errors import TopicFilesError
from giants.embedded.record_log import read_entries
from giants.kafka import topics
from giants.kafka.lag import INTAKE, STORE
from giants.settings import Settings

FOLDER: Final = "topics"
MANIFEST: Final = "manifest.json"
INPUT_RECORDS: Final = "inputs.records"
DERIVED_RECORDS: Final = "derived.records"
OFFSETS: Final = "offsets.json"
# How far groups were in the inputs when the epoch was begun.
BASE_OFFSETS: Final = "offsets.base.json"
FORMAT: Final = 2
_DRAFT: Final = ".draft"

Count = Annotated[int, Field(ge=0)]


class GroupOffset(BaseModel):
    """The committed offset of a consumer group in one partition."""

    model_config = ConfigDict(frozen=True)

    group: str
    topic: str
    partition: Count
    offset: Count


class GroupOffsets(BaseModel):
    """The committed offsets of all groups."""

    model_config = ConfigDict(frozen=True)

    offsets: tuple[GroupOffset, ...] = ()


class Origin(BaseModel):
    """What the records depend on: where any of it differs, they are made again from the journal."""

    model_config = ConfigDict(frozen=True)

    format: int
    program: str
    topic_prefix: str
    partitions: int
    taxonomy: str
    methodology: str


class Manifest(BaseModel):
    """`epoch_id` names the epoch in ClickHouse that the records belong to."""

    model_config = ConfigDict(frozen=True)

    origin: Origin
    epoch_id: str


def origin_of(settings: Settings) -> Origin:
    """What records depend on that are made now."""
    return Origin(
        format=FORMAT,
        program=version("little-giants-stream"),
        topic_prefix=settings.topic_prefix,
        partitions=settings.partitions,
        taxonomy=settings.taxonomy,
        methodology=settings.methodology,
    )


def epoch_on_disk(settings: Settings, folder: Path) -> str | None:
    """The id of the epoch whose topics are there; None where there are none.

    Raises `TopicFilesError` where they cannot be used.
    """
    manifest = _read_manifest(folder)
    if manifest is None:
        return None
    expected = origin_of(settings)
    if manifest.origin != expected:
        raise TopicFilesError(folder, f"the topics were made by {manifest.origin}, this is {expected}")
    return manifest.epoch_id


def _read_manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise TopicFilesError(folder, f"its manifest cannot be read: {error}") from error


def note_epoch_on_disk(settings: Settings, folder: Path, epoch_id: str) -> None:
    """Say that the topics hold everything of an epoch. Raises `OSError`."""
    manifest = Manifest(origin=origin_of(settings), epoch_id=epoch_id)
    write_durably(folder / MANIFEST, manifest.model_dump_json().encode())


def begin_epoch_on_disk(settings: Settings, folder: Path) -> None:
    """Remove what follows from the inputs, the manifest first, and put the groups back into the inputs.

    Inputs that are all in the journal are removed too, and those of other topics or numbers of partitions.
    """
    try:
        manifest = _read_manifest(folder)
        if manifest is not None:
            _check_inputs(settings, folder, manifest.origin)
            base = _input_offsets(settings, read_offsets(folder / OFFSETS))
            if _are_in_journal(settings, folder, base):
                discard_topics(folder)
                return
            write_durably(folder / BASE_OFFSETS, base.model_dump_json().encode())
    except TopicFilesError:
        discard_topics(folder)
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    if folder.exists():
        _sync_folder(folder)
    (folder / DERIVED_RECORDS).unlink(missing_ok=True)
    (folder / OFFSETS).unlink(missing_ok=True)
    if (folder / BASE_OFFSETS).exists():
        write_durably(folder / OFFSETS, (folder / BASE_OFFSETS).read_bytes())


def _check_inputs(settings: Settings, folder: Path, found: Origin) -> None:
    expected = origin_of(settings)
    for field in ("format", "topic_prefix", "partitions"):
        if getattr(found, field) != getattr(expected, field):
            raise TopicFilesError(folder, f"the inputs are those of {found}, this is {expected}")


def _are_in_journal(settings: Settings, folder: Path, offsets: GroupOffsets) -> bool:
    """Whether the store and intake have all inputs, so that the journal is enough."""
    intake = f"{settings.topic_prefix}{INTAKE.group}"
    known = {(one.topic, one.partition): one.offset for one in offsets.offsets if one.group == intake}
    ends = {entry.partition: entry.end for entry in read_entries(folder / INPUT_RECORDS)}
    return all(known.get(partition, 0) >= end for partition, end in ends.items())


def _input_offsets(settings: Settings, found: GroupOffsets) -> GroupOffsets:
    """How far the groups are in the inputs; intake no further than the store, which writes the journal."""
    inputs = {topic.full_name(settings) for topic in topics.INPUTS}
    intake, store = (f"{settings.topic_prefix}{group.group}" for group in (INTAKE, STORE))
    stored = {(one.topic, one.partition): one.offset for one in found.offsets if one.group == store}
    return GroupOffsets(
        offsets=tuple(
            one.model_copy(update={"offset": min(one.offset, stored.get((one.topic, one.partition), 0))})
            if one.group == intake
            else one
            for one in found.offsets
            if one.topic in inputs
        )
    )


def discard_topics(folder: Path) -> None:
    """Remove all files, the manifest first."""
    if not folder.exists():
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    _sync_folder(folder)
    shutil.rmtree(folder, ignore_errors=True)


def read_offsets(file: Path) -> GroupOffsets:
    """The offsets of a file. Raises `TopicFilesError`."""
    try:
        return GroupOffsets.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return GroupOffsets()
    except (OSError, ValidationError) as error:
        raise TopicFilesError(file, f"the offsets cannot be read: {error}") from error


def write_durably(file: Path, content: bytes) -> None:
    """Replace a file; readers see the old one or the new one. Raises `OSError`."""
    draft = file.with_name(file.name + _DRAFT)
    with draft.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
