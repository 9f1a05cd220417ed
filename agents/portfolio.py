"""Portfolio agent: families and name assignments in, deltas by company out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from agents import messages
from agents.portfolio_state import (
    ASSIGNMENT,
    FAMILY,
    AssigneeIndexInMemory,
    AssigneeIndexOnDisk,
    EntriesInMemory,
    FamiliesState,
    NamesOnDisk,
    decoded,
)
from giants.decoding.frames import (
    BACKFILL_HEADER,
    DeltaFrame,
    FamilyFrame,
    Position,
    decode_family_frame,
    encode,
    split,
)
from giants.domain.events import Delta, Family
from giants.domain.portfolio import Portfolio
from giants.kafka import topics
from giants.kafka.log import Headers, Log, Record
from giants.kafka.partitioner import partition_of
from giants.settings import Settings
from streams.deduplication import PREFIX as SOURCE
from streams.deduplication import DeduplicationOffsets
from streams.local_state import LocalStateStore, StateDirectory
from streams.processor import Agent, ProcessingResult
from streams.task_manager import TaskManager


def portfolio_tasks(
    log: Log, settings: Settings, state_directory: StateDirectory | None = None
) -> TaskManager:
    """The tasks that read the family log and write the delta log."""
    source = topics.FAMILY_LOG.full_name(settings)
    state = topics.PORTFOLIO_STATE.full_name(settings)
    agent = Agent(
        source, source, state, lambda partition, copy: PortfolioProcessor(partition, settings, copy)
    )
    return TaskManager(log, agent, state_directory)


class PortfolioProcessor:
    """One partition of the portfolio: see `giants.domain.portfolio`. All stays in a local copy."""

    def __init__(self, partition: int, settings: Settings, copy: LocalStateStore | None = None) -> None:
        self._families: Final = FamiliesState(EntriesInMemory() if copy is None else copy)
        self._assignee_index: Final = (
            AssigneeIndexInMemory(self._families) if copy is None else AssigneeIndexOnDisk(copy)
        )
        self.portfolio = Portfolio(
            self._families, self._assignee_index, {} if copy is None else NamesOnDisk(copy)
        )
        self._deduplication: Final = DeduplicationOffsets()
        self._source: Final = f"portfolio/{partition}"
        self._topic: Final = topics.DELTA_LOG.full_name(settings)
        self._partitions: Final = topics.DELTA_LOG.partition_count(settings)
        self._headers: Final[Headers] = ((messages.EPOCH_HEADER, str(settings.epoch).encode()),)

    def decode(self, value: bytes) -> FamilyFrame:
        """The frame in a record of the family log."""
        return decode_family_frame(value)

    def resumable(self, frame: FamilyFrame) -> bool:
        """No: deltas follow from what was there before."""
        return False

    def apply(self, offset: int, frame: FamilyFrame) -> ProcessingResult:
        """Fold a frame of families or of assignments."""
        step = ProcessingResult()
        touched = step.touched
        if not self._deduplication.take(frame.source, frame.position, touched):
            return step
        deltas: list[Delta] = []
        for event in frame.events:
            if isinstance(event, Family):
                deltas += self.portfolio.apply_family(event)
                touched[FAMILY + event.family_id.encode()] = event.origin.at_ms
            else:
                deltas += self.portfolio.apply_assignments(event)
                for key in event.companies:
                    touched[ASSIGNMENT + key.encode()] = event.origin.at_ms
        step.outputs.extend(self._frames(offset, deltas))
        return step

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """None: the portfolio is told by its deltas."""
        return ()

    def restore(self, key: bytes, value: bytes) -> None:
        """Take an entry of the changelog."""
        if self._deduplication.restore(key, value):
            return
        kind = key[:1]
        if kind == ASSIGNMENT:
            self.portfolio.assign(key[1:].decode(), value.decode() or None)
        elif kind == FAMILY and self._assignee_index.is_made:
            self.portfolio.keep_family(key[1:].decode(), decoded(value))
        elif kind == FAMILY:
            self._families.entries.put(key, value)

    def load(self, copy: LocalStateStore) -> None:
        """Take in how far the sources are; families and names stay on the disk."""
        for key, value in copy.scan(SOURCE):
            self.restore(key, value)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Entries of the changelog as they are now."""
        entry = self._families.entry
        return {key: entry(key) if key[:1] == FAMILY else self._entry(key) for key in keys}

    def _entry(self, key: bytes) -> bytes:
        """An entry that is not of a family."""
        found = self._deduplication.entry(key)
        return self.portfolio.companies.get(key[1:].decode(), "").encode() if found is None else found

    def _frames(self, offset: int, deltas: list[Delta]) -> Iterator[Record]:
        """Pack deltas by partition of their company, numbered so that a frame that comes twice is known."""
        by_partition: dict[int, list[Delta]] = {}
        for delta in deltas:
            by_partition.setdefault(partition_of(delta.company_id, self._partitions), []).append(delta)
        for partition, group in by_partition.items():
            for chunk, events in enumerate(split(group)):
                frame = encode(DeltaFrame(list(events), self._source, Position(offset, chunk)))
                is_load = all(delta.origin.backfill for delta in events)
                headers = (*self._headers, BACKFILL_HEADER) if is_load else self._headers
                yield Record(self._topic, partition, None, frame, events[-1].origin.at_ms, headers)
