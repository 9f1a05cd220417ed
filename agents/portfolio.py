"""Portfolio agent: families and name assignments in, deltas by company out.

Each partition also holds the claims to its share of the publications. What a family claims goes through the
family log to the partitions of its publications, and claims to shared ones to the agent of inventions, which
answers through the family log too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from agents import holds, messages
from agents.claims_state import CLAIM, PUBLICATION, ClaimsState
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
    InventionFrame,
    Position,
    claims_by_shard,
    decode_family_frame,
    encode,
    split,
)
from giants.domain.events import (
    Assignments,
    CauseEnd,
    Claims,
    CountedUnder,
    Delta,
    DeltaLogEvent,
    Family,
    FamilyLogEvent,
    SharedClaim,
)
from giants.domain.portfolio import Portfolio
from giants.domain.publications import apply_claims
from giants.kafka import topics
from giants.kafka.log import Headers, Log, Record
from giants.kafka.partitioner import partition_of
from giants.settings import Settings
from streams.deduplication import PREFIX as SOURCE
from streams.deduplication import DeduplicationOffsets
from streams.local_state import LocalStateStore, StateDirectory
from streams.processor import Agent, ProcessingResult
from streams.task_manager import TaskManager

_CLAIMS: Final = frozenset({PUBLICATION, CLAIM})


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
        self._claims: Final = ClaimsState(self._families.entries)
        self._deduplication: Final = DeduplicationOffsets()
        self._partition: Final = partition
        self._source: Final = f"portfolio/{partition}"
        self._delta_log: Final = topics.DELTA_LOG.full_name(settings)
        self._family_log: Final = topics.FAMILY_LOG.full_name(settings)
        self._invention_log: Final = topics.INVENTION_LOG.full_name(settings)
        self._partitions: Final = topics.DELTA_LOG.partition_count(settings)
        self._shards: Final = topics.FAMILY_LOG.partition_count(settings)
        self._headers: Final[Headers] = ((messages.EPOCH_HEADER, str(settings.epoch).encode()),)

    def decode(self, value: bytes) -> FamilyFrame:
        """The frame in a record of the family log."""
        return decode_family_frame(value)

    def resumable(self, frame: FamilyFrame) -> bool:
        """No: deltas follow from the state before the frame."""
        return False

    def apply(self, offset: int, frame: FamilyFrame) -> ProcessingResult:
        """Apply a frame of families, assignments of names to companies, claims, or what counts under what."""
        result = ProcessingResult()
        touched = result.touched
        if not self._deduplication.take(frame.source, frame.position, touched):
            return result
        deltas: list[Delta] = []
        claims: list[Claims] = []
        shared: list[SharedClaim] = []
        ends: dict[int, CauseEnd] = {}
        for event in frame.events:
            at_ms = event.origin.at_ms
            if isinstance(event, Family):
                deltas += self.portfolio.apply_family(event, claims)
                touched[FAMILY + event.family_id.encode()] = at_ms
            elif isinstance(event, Claims):
                self._claims.touch(touched, at_ms)
                shared += apply_claims(self._claims, event)
            elif isinstance(event, CountedUnder):
                deltas += self.portfolio.apply_counted_under(event)
                touched[FAMILY + event.family_id.encode()] = at_ms
            else:
                deltas += self._assign(event, frame.position, ends)
                for key in event.companies:
                    touched[ASSIGNMENT + key.encode()] = at_ms
        result.outputs.extend(self._delta_frames(offset, deltas, ends))
        if claims:
            result.outputs.extend(self._claim_frames(offset, claims))
        result.outputs.extend(self._shared_frames(offset, shared))
        return result

    def _assign(
        self, event: Assignments, position: Position | None, ends: dict[int, CauseEnd]
    ) -> list[Delta]:
        """Let names change hands; notes in `ends` which partitions of the delta log are told that it is done.

        Those are the partitions of the companies concerned, or all of them where the fact led to several
        frames, since what was in those before is not known any more. A family may also leave a company
        that no key is taken from, when a more specific one of its keys is given away: what other partitions
        have of that is not known here, so that company does not wait.
        """
        if position is None:
            return self.portfolio.apply_assignments(event)
        several_frames = position.chunk > 0 or not event.is_last
        concerned = self.portfolio.companies_between(event)
        if event.is_last:
            companies = Counter(self._partition_of(company_id) for company_id in concerned)
            for partition in range(self._partitions) if several_frames else sorted(companies):
                is_large = several_frames or companies[partition] > holds.RELEASED_PER_FRAME_MAX
                ends[partition] = CauseEnd(position.offset, self._partition, is_large, event.origin)
        return [
            delta
            if several_frames or delta.company_id in concerned
            else msgspec.structs.replace(delta, part_of=-1)
            for delta in self.portfolio.apply_assignments(event, position.offset)
        ]

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """None: readers follow the portfolio by its deltas."""
        return ()

    def restore(self, key: bytes, value: bytes) -> None:
        """Set an entry of the changelog."""
        if self._deduplication.restore(key, value):
            return
        kind = key[:1]
        if kind in _CLAIMS:
            self._claims.restore(key, value)
        elif kind == ASSIGNMENT:
            self.portfolio.assign(key[1:].decode(), value.decode() or None)
        elif kind == FAMILY and self._assignee_index.is_made:
            self.portfolio.keep_family(key[1:].decode(), decoded(value))
        elif kind == FAMILY:
            self._families.entries.put(key, value)

    def load(self, store: LocalStateStore) -> None:
        """Read the deduplication offsets; families, names and claims stay on the disk."""
        for key, value in store.scan(SOURCE):
            self.restore(key, value)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """The present entries of the changelog."""
        entry = self._families.entry
        return {key: entry(key) if key[:1] == FAMILY else self._entry(key) for key in keys}

    def _entry(self, key: bytes) -> bytes:
        """An entry that is not of a family."""
        if key[:1] in _CLAIMS:
            return self._claims.entry(key)
        found = self._deduplication.entry(key)
        return self.portfolio.companies.get(key[1:].decode(), "").encode() if found is None else found

    def _partition_of(self, company_id: str) -> int:
        return partition_of(company_id, self._partitions)

    def _delta_frames(
        self, offset: int, deltas: list[Delta], ends: Mapping[int, CauseEnd]
    ) -> Iterator[Record]:
        """Frames of deltas by partition of their company, with positions that identify repetitions."""
        by_partition: dict[int, list[Delta]] = {}
        for delta in deltas:
            by_partition.setdefault(self._partition_of(delta.company_id), []).append(delta)
        for partition in {**by_partition, **ends}:
            frames: list[list[DeltaLogEvent]] = [[*one] for one in split(by_partition.get(partition, ()))]
            end = ends.get(partition)
            if end is not None and not end.is_large:
                frames = frames or [[]]
                frames[-1].append(end)
            for chunk, events in enumerate(frames):
                frame = DeltaFrame(events, self._source, Position(offset, chunk))
                yield self._record(self._delta_log, partition, frame, events)
            if end is not None and end.is_large:
                # Without a position: what it leads to may be written in parts, and it may come twice.
                yield self._record(self._delta_log, partition, DeltaFrame([end]), [end])

    def _claim_frames(self, offset: int, claims: list[Claims]) -> Iterator[Record]:
        """Frames of claims by partition of the publication."""
        by_shard: dict[int, list[Claims]] = {}
        for claim in claims:
            for partition, piece in claims_by_shard(claim, self._shards):
                by_shard.setdefault(partition, []).append(piece)
        for partition, group in by_shard.items():
            for chunk, events in enumerate(split(group)):
                frame = FamilyFrame([*events], self._source, Position(offset, chunk))
                yield self._record(self._family_log, partition, frame, events)

    def _shared_frames(self, offset: int, shared: list[SharedClaim]) -> Iterator[Record]:
        """Frames of claims to shared publications."""
        for chunk, events in enumerate(split(shared)):
            frame = InventionFrame(events, self._source, Position(offset, chunk))
            yield self._record(self._invention_log, 0, frame, events)

    def _record(
        self,
        topic: str,
        partition: int,
        frame: DeltaFrame | FamilyFrame | InventionFrame,
        events: Sequence[DeltaLogEvent | FamilyLogEvent | SharedClaim],
    ) -> Record:
        is_backfill = all(event.origin.backfill for event in events)
        headers = (*self._headers, BACKFILL_HEADER) if is_backfill else self._headers
        return Record(topic, partition, None, encode(frame), events[-1].origin.at_ms, headers)
