"""Signals agent: deltas, programme statuses, days and taxonomies in; signals in force and changes out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from aiokafka import TopicPartition

from agents import messages
from agents.holds import HELD, THROUGH, Holds
from agents.quiet_rebuild import CAUSE, REBUILD, SAME_SNAPSHOT, QuietRebuild
from agents.signal_messages import SignalMessages
from agents.signals_state import (
    SIGNALS,
    STATUS,
    companies_on_disk,
    company_of,
    entry_of,
    family_key,
    restore,
)
from giants.decoding.frames import DeltaFrame, decode_delta_frame, encode
from giants.domain.events import (
    CauseEnd,
    ChainHeads,
    Delta,
    NewDay,
    NewProgrammeStatus,
    NewTaxonomy,
    RebuildBegin,
    RebuildEnd,
)
from giants.domain.exposure import METHODOLOGIES
from giants.domain.signals import Trajectories
from giants.domain.taxonomy import Taxonomy
from giants.kafka import topics
from giants.kafka.log import Log, Record, Stored
from giants.settings import Settings
from schemas.facts import TaxonomyVersion
from streams.deduplication import PREFIX as SOURCE
from streams.deduplication import DeduplicationOffsets
from streams.local_state import LocalStateStore, StateDirectory
from streams.processor import Agent, ProcessingResult
from streams.task_manager import TaskManager

_TAXONOMY: Final = b"x"
_YEAR: Final = b"y"
_YEAR_BYTES: Final = 2
_ORDER_BYTES: Final = 8
_decode_taxonomy: Final = msgspec.msgpack.Decoder(NewTaxonomy).decode


def signals_tasks(log: Log, settings: Settings, state_directory: StateDirectory | None = None) -> TaskManager:
    """The tasks that read the delta log and write signals."""
    source = topics.DELTA_LOG.full_name(settings)
    state = topics.SIGNALS_STATE.full_name(settings)
    agent = Agent(
        f"{source}.signals",
        source,
        state,
        lambda partition, store: SignalsProcessor(partition, settings, store),
    )
    return TaskManager(log, agent, state_directory)


class SignalsProcessor:
    """One partition of the signals: see `giants.domain.signals`. Companies stay in the store."""

    def __init__(self, partition: int, settings: Settings, store: LocalStateStore | None = None) -> None:
        self.trajectories = Trajectories(methodology=METHODOLOGIES[settings.methodology])
        self._on_disk: Final = None if store is None else companies_on_disk(store)
        if self._on_disk is not None:
            self.trajectories.companies = self._on_disk
        self.places: Final[Sequence[TopicPartition]] = ((topics.SIGNALS.full_name(settings), partition),)
        self._epoch: Final = settings.epoch
        self._messages: Final = SignalMessages(partition, settings)
        self._deduplication: Final = DeduplicationOffsets()
        self._holds: Final = Holds(topics.FAMILY_LOG.partition_count(settings))
        self._rebuild: Final = QuietRebuild()
        self._taxonomy: NewTaxonomy | None = None

    def decode(self, value: bytes) -> DeltaFrame:
        """The frame in a record of the delta log."""
        return decode_delta_frame(value)

    def resumable(self, frame: DeltaFrame) -> bool:
        """Yes for a day, a taxonomy, the end of a large cause, and the heads and the end of a rebuild.

        A company that was judged has no more changes.
        """
        first = frame.events[0]
        return isinstance(first, NewDay | NewTaxonomy | ChainHeads | RebuildEnd) or (
            isinstance(first, CauseEnd) and first.is_large
        )

    def apply(self, offset: int, frame: DeltaFrame) -> ProcessingResult:
        """Apply a frame of deltas or statuses, or a day, or a taxonomy version."""
        result = ProcessingResult()
        touched = result.touched
        if not self._deduplication.take(frame.source, frame.position, touched):
            return result
        is_bounded = True
        for event in frame.events:
            if isinstance(event, Delta):
                self._holds.note(event, touched)
                self.trajectories.take_delta(event)
                touched[family_key(event.company_id, event.family_id)] = event.origin.at_ms
            elif isinstance(event, NewProgrammeStatus):
                self.trajectories.take_standing(event)
                if event.company_id in self.trajectories.companies:
                    touched[STATUS + event.company_id.encode()] = event.origin.at_ms
            elif isinstance(event, CauseEnd):
                self._holds.end(event, touched)
                is_bounded = not event.is_large
            elif isinstance(event, NewDay):
                self._holds.end_all(event.origin.at_ms, touched)
                if self.trajectories.take_day(event):
                    touched[_YEAR] = event.origin.at_ms
            elif isinstance(event, RebuildBegin):
                self._rebuild.begin(event, touched)
            elif isinstance(event, ChainHeads):
                self._resume(event, touched)
            elif isinstance(event, RebuildEnd):
                self._end_rebuild(event, result)
            elif self.trajectories.adopt(_compiled(event), event):
                self._taxonomy = event
                touched[_TAXONOMY] = event.origin.at_ms
        self._settle(result, is_bounded=is_bounded)
        return result

    def _settle(self, result: ProcessingResult, *, is_bounded: bool) -> None:
        """Judge those that moved and those that need not wait any more, and announce what differs."""
        touched, is_quiet = result.touched, self._rebuild.is_running
        if is_quiet:
            for company_id, kind, ref, origin in self.trajectories.causes():
                self._rebuild.note(company_id, kind, ref, origin, touched)
        for company_id, hold in self._holds.release(touched, is_bounded=is_bounded):
            touched[SIGNALS + company_id.encode()] = hold.origin.at_ms
            if is_quiet:
                self.trajectories.rejudge(company_id)
                continue
            changes = self.trajectories.judge_released(
                company_id, hold.cause_kind, hold.cause_ref, hold.origin
            )
            result.outputs.extend(map(self._messages.change, changes))
        for company_id, at_ms, changes in self.trajectories.settle(self._holds, is_quiet=is_quiet):
            touched[SIGNALS + company_id.encode()] = at_ms
            result.outputs.extend(map(self._messages.change, changes))

    def _resume(self, event: ChainHeads, touched: dict[bytes, int]) -> None:
        """Let chains go on after what was said of a company in an epoch before."""
        if self._rebuild.is_running and event.signals:
            self.trajectories.resume(event.company_id, event.signals)
            touched[SIGNALS + event.company_id.encode()] = SAME_SNAPSHOT

    def _end_rebuild(self, event: RebuildEnd, result: ProcessingResult) -> None:
        """Announce where signals differ from what was said last; companies that are held wait as ever."""
        if not self._rebuild.is_end(event):
            return
        for company_id in sorted(self.trajectories.companies):
            if company_id in self._holds:
                continue
            cause = self._rebuild.cause_of(company_id, event)
            changes = self.trajectories.judge_released(
                company_id, cause.cause_kind, cause.cause_ref, cause.origin
            )
            if changes:
                result.touched[SIGNALS + company_id.encode()] = cause.origin.at_ms
                result.outputs.extend(map(self._messages.change, changes))
        self._rebuild.end(event, result.touched)

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterator[Record]:
        """The signals in force for each company whose signals were touched."""
        for key, at_ms in touched.items():
            if at_ms == SAME_SNAPSHOT:
                continue
            if key[:1] == SIGNALS and key[1:].decode() not in self._holds:
                yield self._snapshot(key[1:].decode(), at_ms)

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """Compare the latest signals of a company with what they are now; see `streams.snapshot_verifier`."""
        company_id = (latest.key or b"").decode(errors="replace")
        if company_id not in self.trajectories.companies or company_id in self._holds:
            return None
        return messages.correction(latest, self._snapshot(company_id, latest.timestamp_ms), self._epoch)

    def restore(self, key: bytes, value: bytes) -> None:
        """Set an entry of the changelog."""
        shared = (self._deduplication, self._holds, self._rebuild)
        if any(one.restore(key, value) for one in shared):
            return
        kind = key[:1]
        if kind == _YEAR:
            year, order = value[:_YEAR_BYTES], value[_YEAR_BYTES:]  # the order came later
            self.trajectories.year = int.from_bytes(year, "big")
            self.trajectories.day_order = int.from_bytes(order, "big")
            self._forget_verdicts()
        elif kind == _TAXONOMY:
            self._taxonomy = _decode_taxonomy(value)
            self.trajectories.taxonomy = _compiled(self._taxonomy)
            self.trajectories.rank = (self._taxonomy.version, self._taxonomy.digest)
            self._forget_verdicts()
        elif self._on_disk is not None:
            self._on_disk.drop(company_of(key))  # the object in memory is out of date
        else:
            restore(self.trajectories.company(company_of(key)), key, value)

    def load(self, store: LocalStateStore) -> None:
        """Read all but companies, which stay on the disk."""
        for kind in (SOURCE, HELD, THROUGH, CAUSE, REBUILD, _YEAR, _TAXONOMY):
            for key, value in store.scan(kind):
                self.restore(key, value)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """The present entries; those last that say that all companies were judged, or released."""
        shared = self._holds.entries(keys) | self._rebuild.entries(keys)
        return {
            key: shared[key] if key in shared else self._deduplication.entry(key) or self._entry(key)
            for key in sorted(keys)
        }

    def _entry(self, key: bytes) -> bytes:
        if key[:1] == _YEAR:
            year, order = self.trajectories.year, self.trajectories.day_order
            return year.to_bytes(_YEAR_BYTES, "big") + order.to_bytes(_ORDER_BYTES, "big")
        if key[:1] == _TAXONOMY:
            return encode(self._taxonomy)
        return entry_of(self.trajectories.companies[company_of(key)], key)

    def _forget_verdicts(self) -> None:
        if self._on_disk is not None:
            self._on_disk.clear()
            return
        for company in self.trajectories.companies.values():
            company.portfolio = company.in_force = None

    def _snapshot(self, company_id: str, at_ms: int) -> Record:
        company = self.trajectories.companies[company_id]
        if company.in_force is None:
            company.in_force = self.trajectories.judge(company)
        return self._messages.snapshot(company_id, company.in_force, at_ms)


def _compiled(event: NewTaxonomy) -> Taxonomy:
    return Taxonomy.compile(TaxonomyVersion.model_validate_json(event.document))
