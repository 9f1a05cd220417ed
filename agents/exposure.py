"""Exposure agent: deltas and taxonomy versions in, exposures and rating changes out."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from aiokafka import TopicPartition

from agents import messages
from agents.exposure_state import COMPANY, CompaniesState
from agents.holds import HELD, THROUGH, Holds
from agents.quiet_rebuild import CAUSE, REBUILD, SAME_SNAPSHOT, QuietRebuild
from giants.decoding.frames import DeltaFrame, decode_delta_frame, encode
from giants.domain.events import (
    CauseEnd,
    ChainHeads,
    Delta,
    DeltaLogEvent,
    NewDay,
    NewTaxonomy,
    RebuildBegin,
    RebuildEnd,
)
from giants.domain.exposure import METHODOLOGIES
from giants.domain.rating_changes import Change
from giants.domain.ratings import Ratings
from giants.domain.taxonomy import Taxonomy
from giants.kafka import topics
from giants.kafka.log import Log, Record, Stored
from giants.settings import Settings
from schemas.facts import TaxonomyVersion
from streams.deduplication import PREFIX as SOURCE
from streams.deduplication import DeduplicationOffsets
from streams.errors import StateFormatError
from streams.local_state import LocalStateStore, StateDirectory
from streams.processor import Agent, ProcessingResult
from streams.task_manager import TaskManager

_TAXONOMY: Final = b"x"
_METHODOLOGY: Final = b"m"  # of what was announced; written with the taxonomy
_COMPANY_CODE: Final = COMPANY[0]

_decode_taxonomy: Final = msgspec.msgpack.Decoder(NewTaxonomy).decode


def exposure_tasks(
    log: Log, settings: Settings, state_directory: StateDirectory | None = None
) -> TaskManager:
    """The tasks that read the delta log and write exposures."""
    source = topics.DELTA_LOG.full_name(settings)
    state = topics.EXPOSURE_STATE.full_name(settings)
    agent = Agent(
        source,
        source,
        state,
        lambda partition, store: ExposureProcessor(partition, settings, store),
    )
    return TaskManager(log, agent, state_directory)


class ExposureProcessor:
    """One partition of the exposures: see `giants.domain.ratings`. Companies stay in the store."""

    def __init__(self, partition: int, settings: Settings, store: LocalStateStore | None = None) -> None:
        self._state: Final = CompaniesState(store)
        self._methodology: Final = METHODOLOGIES[settings.methodology]
        self.ratings = Ratings(companies=self._state.companies, methodology=self._methodology)
        self.places: Final[Sequence[TopicPartition]] = ((topics.EXPOSURES.full_name(settings), partition),)
        self._epoch: Final = settings.epoch
        self._messages: Final = messages.ExposureMessages(partition, settings)
        self._deduplication: Final = DeduplicationOffsets()
        self._holds: Final = Holds(topics.FAMILY_LOG.partition_count(settings))
        self._rebuild: Final = QuietRebuild()
        self._taxonomy: NewTaxonomy | None = None

    def decode(self, value: bytes) -> DeltaFrame:
        """The frame in a record of the delta log."""
        return decode_delta_frame(value)

    def resumable(self, frame: DeltaFrame) -> bool:
        """Yes for a taxonomy version, the end of a large cause, and the heads and the end of a rebuild.

        Entries say whether their company is recounted, or waits, and what was announced of it.
        """
        first = frame.events[0]
        return isinstance(first, NewTaxonomy | ChainHeads | RebuildEnd) or (
            isinstance(first, CauseEnd) and first.is_large
        )

    def apply(self, offset: int, frame: DeltaFrame) -> ProcessingResult:
        """Count a frame of deltas, or recount all companies under a taxonomy version."""
        result = ProcessingResult()
        touched = result.touched
        if not self._deduplication.take(frame.source, frame.position, touched):
            return result
        is_bounded = True
        is_quiet = self._rebuild.is_running
        for event in frame.events:
            if isinstance(event, Delta):
                is_held = self._holds.note(event, touched)
                changes = self.ratings.apply_delta(event, is_held=is_held or is_quiet)
                if changes:
                    self._announce(changes, result)
                if is_quiet:
                    self._rebuild.note(
                        event.company_id, event.cause_kind, event.cause_ref, event.origin, touched
                    )
                self._state.touch(event, touched)
            elif isinstance(event, CauseEnd):
                self._holds.end(event, touched)
                is_bounded = not event.is_large
            elif isinstance(event, NewDay):
                self._holds.end_all(event.origin.at_ms, touched)
            elif isinstance(event, NewTaxonomy):
                self._adopt(event, result)
            else:
                self._follow_rebuild(event, result)
        for company_id, hold in self._holds.release(touched, is_bounded=is_bounded):
            if not self._rebuild.is_running:
                changes = self.ratings.announce(company_id, hold.cause_kind, hold.cause_ref, hold.origin)
                self._announce(changes, result)
            touched[COMPANY + company_id.encode()] = hold.origin.at_ms
        return result

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterator[Record]:
        """The latest exposure of each touched company, but of those that are held."""
        taxonomy = self.ratings.taxonomy
        if taxonomy is None:
            return
        for key, at_ms in touched.items():
            if key[0] == _COMPANY_CODE:  # a slice takes twice as long, and a large company has many keys
                if at_ms == SAME_SNAPSHOT:
                    continue
                company_id = key[1:].decode()
                if company_id in self._holds:
                    continue
                company = self.ratings.companies[company_id]
                yield self._messages.exposure(company_id, company, taxonomy, at_ms)

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """Compare the latest exposure of a company with what it is now; see `streams.snapshot_verifier`."""
        company_id = (latest.key or b"").decode(errors="replace")
        company, taxonomy = self.ratings.companies.get(company_id), self.ratings.taxonomy
        if company is None or taxonomy is None or company_id in self._holds:
            return None
        right = self._messages.exposure(company_id, company, taxonomy, latest.timestamp_ms)
        return messages.correction(latest, right, self._epoch)

    def restore(self, key: bytes, value: bytes) -> None:
        """Set an entry of the changelog."""
        if self._state.restore(key, value):  # first, since most entries are of companies
            return
        if key[:1] == _TAXONOMY:
            self._taxonomy = _decode_taxonomy(value)
            rank = (self._taxonomy.version, self._taxonomy.digest)
            self.ratings.put_in_force(_compiled(self._taxonomy), rank)
        elif key[:1] == _METHODOLOGY:
            if value.decode() != self._methodology.id:
                raise StateFormatError(f"methodology {self._methodology.id}", value.decode())
        elif not (self._holds.restore(key, value) or self._rebuild.restore(key, value)):
            self._deduplication.restore(key, value)

    def load(self, store: LocalStateStore) -> None:
        """Read all but companies, which stay on the disk."""
        for kind in (SOURCE, HELD, THROUGH, CAUSE, REBUILD, _METHODOLOGY, _TAXONOMY):
            for key, value in store.scan(kind):
                self.restore(key, value)

    def entries(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """The present entries, those last that say that all companies are recounted, or released."""
        entries = self._state.entries(keys)
        if len(entries) == len(keys):  # mostly so; looking for others takes a look at each key
            return entries
        others = [key for key in keys if key not in entries]
        for key in others:
            if (found := self._deduplication.entry(key)) is not None:
                entries[key] = found
        entries |= self._holds.entries(others)
        entries |= self._rebuild.entries(others)
        if _METHODOLOGY in others:
            entries[_METHODOLOGY] = self._methodology.id.encode()
        return entries | {_TAXONOMY: encode(self._taxonomy)} if _TAXONOMY in others else entries

    def _adopt(self, event: NewTaxonomy, result: ProcessingResult) -> None:
        rank = (event.version, event.digest)
        to_recount = self.ratings.adopt(_compiled(event), rank)
        if self.ratings.rank != rank:
            return
        self._taxonomy = event
        for company_id in to_recount:
            cause_ref = f"{event.taxonomy}@{event.version}"
            is_held = company_id in self._holds
            if self._rebuild.is_running:
                is_held = True
                self._rebuild.note(company_id, "taxonomy", cause_ref, event.origin, result.touched)
            changes = self.ratings.recount(company_id, cause_ref, event.origin, is_held=is_held)
            self._announce(changes, result)
            result.touched[COMPANY + company_id.encode()] = event.origin.at_ms
        result.touched[_METHODOLOGY] = event.origin.at_ms
        result.touched[_TAXONOMY] = event.origin.at_ms

    def _follow_rebuild(self, event: DeltaLogEvent, result: ProcessingResult) -> None:
        """Begin or end a rebuild, or let chains go on after what was said in an epoch before."""
        if isinstance(event, RebuildBegin):
            self._rebuild.begin(event, result.touched)
        elif isinstance(event, RebuildEnd):
            self._end_rebuild(event, result)
        elif isinstance(event, ChainHeads) and self._rebuild.is_running:
            self._resume(event, result)

    def _resume(self, event: ChainHeads, result: ProcessingResult) -> None:
        """Let ratings go on; a company that has no family any more gets a tombstone for its old exposure."""
        is_known = event.company_id in self.ratings.companies
        if event.ratings or not (is_known or event.signals):
            self.ratings.resume(event.company_id, event.ratings)
            has_families = self.ratings.companies[event.company_id].families > 0
            at_ms = SAME_SNAPSHOT if has_families else event.origin.at_ms
            result.touched[COMPANY + event.company_id.encode()] = at_ms

    def _end_rebuild(self, event: RebuildEnd, result: ProcessingResult) -> None:
        """Announce where a rating differs from what was said last; those that are held wait as ever."""
        if not self._rebuild.is_end(event):
            return
        ids = [] if self.ratings.taxonomy is None else sorted(self.ratings.companies)
        for company_id in ids:
            if company_id in self._holds:
                continue
            cause = self._rebuild.cause_of(company_id, event)
            changes = self.ratings.announce(company_id, cause.cause_kind, cause.cause_ref, cause.origin)
            if changes:
                self._announce(changes, result)
                result.touched[COMPANY + company_id.encode()] = cause.origin.at_ms
        self._rebuild.end(event, result.touched)

    def _announce(self, changes: Iterable[Change], result: ProcessingResult) -> None:
        if self.ratings.taxonomy is not None:
            taxonomy = self.ratings.taxonomy
            result.outputs.extend(self._messages.rating_change(change, taxonomy) for change in changes)


def _compiled(event: NewTaxonomy) -> Taxonomy:
    return Taxonomy.compile(TaxonomyVersion.model_validate_json(event.document))
