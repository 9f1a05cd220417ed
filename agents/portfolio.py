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
        source,
        source,
        state,
        lambda partition, store: PortfolioProcessor(partition, settings, store),
    )
    return TaskManager(log, agent, state_directory)


class PortfolioProcessor:
    """One partition of the portfolio: see `giants.domain.portfolio`. Everything stays in the store."""

    def __init__(self, partition: int, settings: Settings, store: LocalStateStore | None = None) -> None:
        self._families: Final = FamiliesState(EntriesInMemory() if store is None else store)
        self._assignee_index: Final = (
            AssigneeIndexInMemory(self._families) if store is None else AssigneeIndexOnDisk(store)
        )
        self.portfolio = Portfolio(
            self._families, self._assignee_index, {} if store is None else NamesOnDisk(store)
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
        """No: deltas follow from the state before the frame."""
        return False

    def apply(self, offset: int, frame: FamilyFrame) -> ProcessingResult:
        """Apply a frame of families, or of assignments of names to companies."""
        result = ProcessingResult()
        touched = result.touched
        if not self._deduplication.take(frame.source, frame.position, touched):
            return result
        deltas: list[Delta] = []
        for event in frame.events:
            if isinstance(event, Family):
                deltas += self.portfolio.apply_family(event)
                touched[FAMILY + event.family_id.encode()] = event.origin.at_ms
            else:
                deltas += self.portfolio.apply_assignments(event)
                for key in event.companies:
                    touched[ASSIGNMENT + key.encode()] = event.origin.at_ms
        result.outputs.extend(self._frames(offset, deltas))
        return result

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """None: readers follow the portfolio by its deltas."""
        return ()

    def restore(self, key: bytes, value: bytes) -> None:
        """Set an entry of the changelog."""
        if self._deduplication.restore(key, value):
            return
        kind = key[:1]
        if kind == ASSIGNMENT:
            self.portfolio.assign(key[1:].decode(), value.decode() or None)
        elif kind == FAMILY and self._assignee_index.is_made:
            self.portfolio.keep_family(key[1:].decode(), decoded(value))
        elif kind == FAMILY:
            self._families.entries.put(key, value)

    def load(self, store: LocalStateStore) -> None:
        """Read the deduplication offsets; families and names stay on the disk."""
        for key, value in store.scan(SOURCE):
            self.restore(key, value)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """The present entries of the changelog."""
        entry = self._families.entry
        return {key: entry(key) if key[:1] == FAMILY else self._entry(key) for key in keys}

    def _entry(self, key: bytes) -> bytes:
        """An entry that is not of a family."""
        found = self._deduplication.entry(key)
        return self.portfolio.companies.get(key[1:].decode(), "").encode() if found is None else found

    def _frames(self, offset: int, deltas: list[Delta]) -> Iterator[Record]:
        """Frames of deltas by partition of their company, with positions that identify repetitions."""
        by_partition: dict[int, list[Delta]] = {}
        for delta in deltas:
            by_partition.setdefault(partition_of(delta.company_id, self._partitions), []).append(delta)
        for partition, group in by_partition.items():
            for chunk, events in enumerate(split(group)):
                frame = encode(DeltaFrame(list(events), self._source, Position(offset, chunk)))
                is_backfill = all(delta.origin.backfill for delta in events)
                headers = (*self._headers, BACKFILL_HEADER) if is_backfill else self._headers
                yield Record(self._topic, partition, None, frame, events[-1].origin.at_ms, headers)
