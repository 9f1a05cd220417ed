"""Registry agent: programme facts in; companies, status changes and name assignments out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from aiokafka import TopicPartition

from agents import messages
from giants.decoding.facts import FactError, read_fact
from giants.decoding.frames import (
    REBUILD_BEGIN,
    REBUILD_END,
    REBUILD_HEADS,
    DeltaFrame,
    FamilyFrame,
    Position,
    ProgrammeFrame,
    cut_assignments,
    decode_programme_frame,
    decode_programme_heads,
    encode,
    split,
)
from giants.domain.events import Assignments, CauseKind, NewDay, NewProgrammeStatus, Origin, ProgrammeStatus
from giants.domain.names.hints import name_hints
from giants.domain.registry import Outcome, Place, Registry
from giants.domain.registry.chain import State, Trigger
from giants.kafka import topics
from giants.kafka.log import Log, Record, Stored
from giants.kafka.partitioner import partition_of
from giants.settings import Settings
from schemas.changes import Cause, CompanySnapshot
from schemas.facts import (
    Announcement,
    Correction,
    Day,
    EnglishIdentity,
    LinkRecord,
    OwnershipRecord,
    ProgrammeFact,
    Rename,
    Review,
    TagRecord,
)
from streams.local_state import LocalStateStore
from streams.processor import Agent, ProcessingResult
from streams.task_manager import TaskManager

SOURCE: Final = "registry"
_REBUILD: Final = frozenset({REBUILD_BEGIN, REBUILD_HEADS, REBUILD_END})


def registry_tasks(log: Log, settings: Settings) -> TaskManager:
    """The task that reads the programme log, and replays it when a worker takes it over."""
    source = topics.PROGRAMME_LOG.full_name(settings)
    state = topics.REGISTRY_STATE.full_name(settings)
    return TaskManager(
        log, Agent(source, source, state, lambda *_: RegistryProcessor(settings), is_slow=True)
    )


class RegistryProcessor:
    """The programme: see `giants.domain.registry`."""

    def __init__(self, settings: Settings) -> None:
        self.registry = Registry()
        self.places: Final[Sequence[TopicPartition]] = tuple(
            (topic.full_name(settings), partition)
            for topic in (topics.COMPANIES, topics.LISTS, topics.FINDINGS)
            for partition in range(topic.partition_count(settings))
        )
        self._settings: Final = settings
        self._findings_topic: Final = topics.FINDINGS.full_name(settings)
        self._lists_topic: Final = topics.LISTS.full_name(settings)
        self._findings: dict[bytes, Record] = {}
        self._rebuild_epoch = 0
        self._deferred: list[ProgrammeFrame] = []

    def decode(self, value: bytes) -> ProgrammeFrame:
        """The frame in a record of the programme log."""
        return decode_programme_frame(value)

    def resumable(self, frame: ProgrammeFrame) -> bool:
        """No: no entries are written, so there is nothing to resume."""
        return False

    def apply(self, offset: int, frame: ProgrammeFrame) -> ProcessingResult:
        """Apply one programme fact, or what a rebuild tells."""
        if self._is_deferred(frame):
            return ProcessingResult()
        if frame.kind in _REBUILD:
            return ProcessingResult(list(self._rebuild(offset, frame)))
        fact = _fact(frame)
        outcome = self.registry.apply(fact, self._place(frame))
        return ProcessingResult(
            list(self._outputs(offset, fact, outcome, frame.at_ms, replayed=frame.replayed))
        )

    def replay(self, frame: ProgrammeFrame) -> None:
        """Apply one programme fact whose outputs are durable already, or what a rebuild told."""
        if self._is_deferred(frame):
            return
        if frame.kind in _REBUILD:
            self._note_rebuild(frame)
            return
        outcome = self.registry.replay(_fact(frame), self._place(frame))
        self._findings_of(outcome, frame.at_ms)

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """None here: they are sent with each fact."""
        return ()

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """Compare the latest of a company, list or finding with it now; see `streams.snapshot_verifier`."""
        key, at_ms = latest.key or b"", latest.timestamp_ms
        id_ = key.decode(errors="replace")
        right = None
        if topic == self._findings_topic:
            right = self._findings.get(key)
        elif topic == self._lists_topic:
            if self.registry.has_had_list(id_):
                right = messages.list_snapshot(id_, self.registry.list_snapshot(id_), at_ms, self._settings)
        elif self.registry.has_had(id_):
            right = messages.company_snapshot(id_, self.registry.snapshot(id_), at_ms, self._settings)
        return None if right is None else messages.correction(latest, right, self._settings.epoch)

    def restore(self, key: bytes, value: bytes) -> None:
        """Nothing: the state follows from the log, and the changelog has its processed offset alone."""

    def load(self, store: LocalStateStore) -> None:
        """Nothing: the state follows from the log, and the changelog has its processed offset alone."""

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Nothing: the state follows from the log, and the changelog has its processed offset alone."""
        return {}

    def _place(self, frame: ProgrammeFrame) -> Place:
        return Place(messages.at(frame.at_ms), replayed=frame.replayed, epoch=self._settings.epoch)

    def _is_deferred(self, frame: ProgrammeFrame) -> bool:
        """Live facts that come during a rebuild are news, and wait until news is told again."""
        if frame.kind in _REBUILD or frame.replayed or not self.registry.is_quiet:
            return False
        self._deferred.append(frame)
        return True

    def _rebuild(self, offset: int, frame: ProgrammeFrame) -> Iterator[Record]:
        """What differs at the end of a rebuild; facts that waited are sent again behind it."""
        deferred = tuple(self._deferred)
        outcome = self._note_rebuild(frame)
        if outcome is None:
            return
        ref = _epoch_ref(frame)
        yield from self._messages_of(outcome, frame.at_ms)
        origin = Origin(frame.at_ms, outcome.backfill)
        yield from self._statuses(offset, outcome, "recalculation", ref, origin)
        topic = topics.PROGRAMME_LOG.full_name(self._settings)
        for one in deferred:
            yield Record(topic, 0, None, encode(one), one.at_ms)

    def _note_rebuild(self, frame: ProgrammeFrame) -> Outcome | None:
        """Begin or end a rebuild, or take in heads; what differs where one ends. An epoch begins once."""
        registry = self.registry
        if frame.kind == REBUILD_HEADS:
            if registry.is_quiet:
                heads = decode_programme_heads(frame.document)
                for one in heads.companies:
                    registry.resume_chain(one.company_id, one.seq, State(*one.state) if one.state else None)
                for of_list in heads.lists:
                    registry.resume_list(of_list.list_id, of_list.seq)
            return None
        epoch = int(frame.document)
        if frame.kind == REBUILD_BEGIN:
            registry.is_quiet = registry.is_quiet or epoch > self._rebuild_epoch
            self._rebuild_epoch = max(epoch, self._rebuild_epoch)
            return None
        if not registry.is_quiet or epoch != self._rebuild_epoch:
            return None
        self._deferred.clear()
        place = Place(messages.at(frame.at_ms), backfill=True, epoch=self._settings.epoch)
        cause = Cause(kind="recalculation", ref=_epoch_ref(frame))
        return registry.end_rebuild(Trigger(cause, place.at.date(), place))

    def _messages_of(self, outcome: Outcome, at_ms: int) -> Iterator[Record]:
        """Changes, and after them the snapshots that they lead to."""
        for change in outcome.changes:
            yield messages.status_change(change, at_ms, self._settings)
        yield from self._findings_of(outcome, at_ms)
        for company_id, snapshot in outcome.snapshots.items():
            yield messages.company_snapshot(company_id, snapshot, at_ms, self._settings)

    def _findings_of(self, outcome: Outcome, at_ms: int) -> list[Record]:
        """Messages about findings; they stay in memory, since they say when each was first found."""
        records = [messages.finding(one, at_ms, self._settings, settled=True) for one in outcome.settled]
        records += [messages.finding(one, at_ms, self._settings) for one in outcome.findings]
        self._findings.update({record.key: record for record in records if record.key})
        return records

    def _outputs(
        self, offset: int, fact: ProgrammeFact, outcome: Outcome, at_ms: int, *, replayed: bool
    ) -> Iterator[Record]:
        yield from self._messages_of(outcome, at_ms)
        for news in outcome.list_changes:
            yield messages.list_change(news, at_ms, self._settings)
        for list_id, summary in outcome.lists.items():
            yield messages.list_snapshot(list_id, summary, at_ms, self._settings)
        kind, ref = _cause(fact)
        origin = Origin(at_ms, outcome.backfill, replayed)
        yield from self._statuses(offset, outcome, kind, ref, origin)
        if outcome.day_moved:
            yield from self._days(offset, outcome.today, ref, origin)
        pieces = list(cut_assignments(outcome.assignments))
        for chunk, companies in enumerate(pieces):
            event = Assignments(companies, kind, ref, origin, chunk == len(pieces) - 1)
            value = encode(FamilyFrame([event], SOURCE, Position(offset, chunk)))
            for partition in range(topics.FAMILY_LOG.partition_count(self._settings)):
                yield Record(topics.FAMILY_LOG.full_name(self._settings), partition, None, value, at_ms)

    def _statuses(
        self, offset: int, outcome: Outcome, kind: CauseKind, ref: str, origin: Origin
    ) -> Iterator[Record]:
        """Frames for the delta log with the programme status of each company that changed."""
        groups: dict[int, list[NewProgrammeStatus]] = {}
        for company_id, snapshot in outcome.snapshots.items():
            partition = partition_of(company_id, topics.DELTA_LOG.partition_count(self._settings))
            status = NewProgrammeStatus(company_id, _status(snapshot), kind, ref, origin)
            groups.setdefault(partition, []).append(status)
        for partition, group in groups.items():
            for chunk, events in enumerate(split(group)):
                frame = DeltaFrame(list(events), SOURCE, Position(offset, chunk))
                yield self._to_deltas(partition, frame, origin)

    def _days(self, offset: int, today: date | None, ref: str, origin: Origin) -> Iterator[Record]:
        """A frame with the day for each partition of the delta log.

        It has no position: readers take the last order. And what it leads to may be written in parts, where
        a position that is written first would make the reader skip the rest.
        """
        day, year = (today.isoformat(), today.year) if today else (ref, 0)
        frame = DeltaFrame([NewDay(day, year, origin, offset)])
        for partition in range(topics.DELTA_LOG.partition_count(self._settings)):
            yield self._to_deltas(partition, frame, origin)

    def _to_deltas(self, partition: int, frame: DeltaFrame, origin: Origin) -> Record:
        topic = topics.DELTA_LOG.full_name(self._settings)
        headers = messages.epoch_header(self._settings.epoch)
        return Record(topic, partition, None, encode(frame), origin.at_ms, headers)


def _epoch_ref(frame: ProgrammeFrame) -> str:
    return f"epoch@{frame.document.decode()}"


def _fact(frame: ProgrammeFrame) -> ProgrammeFact:
    fact = read_fact(frame.kind, frame.document)
    if not isinstance(fact, ProgrammeFact):
        raise FactError(f"expected a programme fact, got {type(fact).__name__}")
    return fact


def _status(snapshot: CompanySnapshot | None) -> ProgrammeStatus | None:
    if snapshot is None:
        return None
    return ProgrammeStatus(
        snapshot.status,
        snapshot.sub_state,
        snapshot.tier,
        snapshot.next_review_year,
        name_hints(snapshot.name, snapshot.names),
    )


def _cause(fact: ProgrammeFact) -> tuple[CauseKind, str]:
    match fact:
        case Announcement():
            return fact.kind.value, f"{fact.list_id}@{fact.revision}"
        case Review():
            return "review", f"{fact.list_id}@{fact.revision}"
        case Rename() | Correction() | EnglishIdentity() | TagRecord() | LinkRecord() | OwnershipRecord():
            return fact.kind, f"{fact.record_id}@{fact.revision}"
        case Day():
            return "day", fact.day.isoformat()
