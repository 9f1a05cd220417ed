"""What a rebuild writes into the logs of the agents beside the journal (docs/decisions/0008).

First that it begins, so that nothing is announced. When the journal is through, the heads of all chains that
were said in the epoch before, and the end. All of it may be written again: an epoch begins and ends once, and
heads that are known change nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from giants.decoding.frames import (
    REBUILD_BEGIN,
    REBUILD_END,
    REBUILD_HEADS,
    CompanyHead,
    DeltaFrame,
    ListHead,
    ProgrammeFrame,
    ProgrammeHeads,
    encode,
)
from giants.domain.events import ChainHeads, Origin, RebuildBegin, RebuildEnd
from giants.kafka import topics
from giants.kafka.log import Record
from giants.kafka.partitioner import partition_of
from giants.settings import Settings

# Companies in a frame: a kilobyte or two each, where all technologies are rated.
COMPANIES_PER_FRAME: Final = 100
HEADS_PER_FRAME: Final = 1_000


def begin_records(settings: Settings, epoch: int, at_ms: int) -> Iterator[Record]:
    """The beginning, for the log of the registry and every partition of that of deltas."""
    yield _to_programme(settings, REBUILD_BEGIN, str(epoch).encode(), at_ms)
    yield from _to_all_deltas(settings, RebuildBegin(epoch, Origin(at_ms, replayed=True)))


def company_head_records(settings: Settings, heads: Iterable[ChainHeads], at_ms: int) -> Iterator[Record]:
    """Heads of ratings and signals, for the partitions of their companies."""
    partitions = topics.DELTA_LOG.partition_count(settings)
    waiting: list[list[ChainHeads]] = [[] for _ in range(partitions)]
    for one in heads:
        partition = partition_of(one.company_id, partitions)
        waiting[partition].append(one)
        if len(waiting[partition]) == COMPANIES_PER_FRAME:
            yield _to_deltas(settings, partition, DeltaFrame(list(waiting[partition])), at_ms)
            waiting[partition].clear()
    for partition, left in enumerate(waiting):
        if left:
            yield _to_deltas(settings, partition, DeltaFrame(list(left)), at_ms)


def company_end_records(settings: Settings, epoch: int, at_ms: int) -> Iterator[Record]:
    """The end, for every partition of the log of deltas."""
    yield from _to_all_deltas(settings, RebuildEnd(epoch, Origin(at_ms)))


def programme_head_records(
    settings: Settings, companies: Sequence[CompanyHead], lists: Sequence[ListHead], at_ms: int
) -> Iterator[Record]:
    """Heads of status changes and of news of lists, for the registry."""
    for start in range(0, max(len(companies), len(lists)), HEADS_PER_FRAME):
        some = slice(start, start + HEADS_PER_FRAME)
        heads = ProgrammeHeads(list(companies[some]), list(lists[some]))
        yield _to_programme(settings, REBUILD_HEADS, encode(heads), at_ms)


def programme_end_records(settings: Settings, epoch: int, at_ms: int) -> Iterator[Record]:
    """The end, for the registry."""
    yield _to_programme(settings, REBUILD_END, str(epoch).encode(), at_ms)


def _to_programme(settings: Settings, kind: str, document: bytes, at_ms: int) -> Record:
    frame = ProgrammeFrame(kind, document, at_ms, replayed=True)
    return Record(topics.PROGRAMME_LOG.full_name(settings), 0, None, encode(frame), at_ms)


def _to_all_deltas(settings: Settings, event: RebuildBegin | RebuildEnd) -> Iterator[Record]:
    for partition in range(topics.DELTA_LOG.partition_count(settings)):
        yield _to_deltas(settings, partition, DeltaFrame([event]), event.origin.at_ms)


def _to_deltas(settings: Settings, partition: int, frame: DeltaFrame, at_ms: int) -> Record:
    return Record(topics.DELTA_LOG.full_name(settings), partition, None, encode(frame), at_ms)
