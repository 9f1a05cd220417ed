"""Mistakes that the simulation must find: each puts one wrong piece in the place of a right one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from aiokafka import TopicPartition

from agents import exposure_state, messages
from agents.exposure_state import CompaniesState
from agents.holds import HELD, Holds
from agents.quiet_rebuild import CAUSE, REBUILD, QuietRebuild
from giants.domain.events import Claims, CountedUnder, Delta, Family, NewDay, RebuildEnd
from giants.domain.inventions import Inventions
from giants.domain.portfolio import Portfolio
from giants.domain.ratings import Ratings
from giants.domain.registry import Registry
from giants.domain.signals import Trajectories
from giants.kafka.log import Entry, Record
from streams import changelog
from streams.changelog import Changelog
from streams.deduplication import DeduplicationOffsets
from streams.local_state import Checkpoint, LocalStateStore
from streams.lru_state_cache import LruStateCache
from streams.snapshot_verifier import SnapshotVerifier
from streams.task import PartitionTask


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is replaced, by what, and how many seeds it may take to notice, from which on."""

    name: str
    owner: Any
    attribute: str
    replacement: Callable[..., Any]
    seeds_max: int = 150
    first_seed: int = 0  # for what only some seeds in a thousand come to


async def _nothing(*_: Any) -> None:
    """Leave out."""


async def _changelog_then_outputs(self: Any, group: Any) -> None:
    metadata = b"" if self.verifier is None else self.verifier.checkpoint_metadata()
    entries = self.processor.entries(group.touched)
    await self.changelog.write(group.last_offset, entries, metadata, resumable=group.is_resumable)
    self.changelog.write_checkpoint()
    await self._log.send(group.outputs)
    self._offer_offset()
    await self._reconcile_foreign_writes()


async def _outputs_without_entries(self: Any, group: Any) -> None:
    await self._log.send(group.outputs)
    await self.changelog.write(group.last_offset, {})
    self.changelog.write_checkpoint()
    self._offer_offset()


async def _check_without_reading_the_log(self: Any) -> None:
    await self.changelog.recover()
    await self._reconcile_foreign_writes()
    if self.verifier is not None:
        await self.verifier.verify()


def _take_whatever_comes(self: Any, records: Sequence[Entry]) -> None:
    for record in records:
        self._source_offset = changelog.BEFORE_ALL
        _TAKE(self, [record])


_TAKE = Changelog._note_records


async def _append_unaware(self: Any, records: list[Record]) -> None:
    first = await self._log.append(self._topic, self._partition, records)
    self.next_offset = first + len(records)
    last = records[-1]
    if last.key == changelog._PROCESSED_OFFSET_KEY:
        self._note_records([(self.next_offset - 1, last.key, last.value)])
        await self._restore_entries()


async def _write_in_pieces(
    self: Any,
    processed_offset: int,
    entries: Mapping[bytes, bytes],
    checkpoint_metadata: bytes = b"",
    *,
    resumable: bool = False,
) -> None:
    for key, value in entries.items():
        await self._append(self._records(processed_offset, {key: value}))
    await self._append([self._processed_offset_record(processed_offset, checkpoint_metadata)])


async def _write_backwards(
    self: Any,
    processed_offset: int,
    entries: Mapping[bytes, bytes],
    checkpoint_metadata: bytes = b"",
    *,
    resumable: bool = False,
) -> None:
    await _WRITE(
        self,
        processed_offset,
        dict(reversed(list(entries.items()))),
        checkpoint_metadata,
        resumable=resumable,
    )


_WRITE = Changelog.write


def _believe(self: Any, checkpoint: Checkpoint, first: Sequence[Entry]) -> bool:
    return True


def _write_nothing_but_the_standing(self: Any, checkpoint: Checkpoint) -> None:
    self._put.clear()
    _WRITE_COPY(self, checkpoint)


_WRITE_COPY = LocalStateStore.write


def _load_whenever_asked(self: Any, id_: str) -> Any:
    self._objects.pop(id_, None)
    return _GET_OBJECT(self, id_)


_GET_OBJECT = LruStateCache.__getitem__


def _take_everything(self: Any, *_: Any) -> bool:
    return True


def _sent_alone(self: Any, records: Iterable[Record], ends: Mapping[TopicPartition, int]) -> bool:
    self._known.update({place: end for place, end in ends.items() if place in self._known})
    return True


def _spread_without_tallies(self: Any, delta: Delta, touched: dict[bytes, int]) -> None:
    company = self.companies[delta.company_id]
    if len(company.tallies) > exposure_state.WHOLE_SYMBOLS_MAX:
        self._spread.add(delta.company_id)
    _TOUCH(self, delta, touched)


_TOUCH = CompaniesState.touch


def _first_of_a_version_wins(self: Any, event: Family, claims: list[Claims]) -> list[Delta]:
    known = self.families.get(event.family_id)
    return [] if known is not None and known.version >= event.version else _APPLY_FAMILY(self, event, claims)


_APPLY_FAMILY = Portfolio.apply_family


def _restore_nobody_who_waits(self: Any, key: bytes, value: bytes) -> bool:
    return key[:1] == HELD or _RESTORE_HOLD(self, key, value)


_RESTORE_HOLD = Holds.restore


def _put_but_take_nothing_away(self: Any, family_id: str, publication: str, version: int | None) -> None:
    if version is not None or family_id not in self.records:
        _PUT_CLAIM(self, family_id, publication, version)


_PUT_CLAIM = Inventions._put


def _directly(self: Any, family_id: str) -> set[str]:
    publications = self.records[family_id].claims if family_id in self.records else ()
    return {family_id}.union(*(self._claimed_by[one] for one in publications))


def _count_all_the_same(self: Any, event: CountedUnder) -> list[Delta]:
    return []


def _a_day_without_companies(self: Any, event: NewDay) -> bool:
    is_later: bool = event.year > self.year
    self.year = max(self.year, event.year)
    return is_later


def _adopt_without_counting(self: Any, taxonomy: Any, event: Any) -> bool:
    counted = {id_: company.portfolio for id_, company in self.companies.items()}
    is_newer: bool = _ADOPT(self, taxonomy, event)
    for id_, portfolio in counted.items():
        self.companies[id_].portfolio = portfolio
    return is_newer


_ADOPT = Trajectories.adopt


def _resume_nothing(self: Any, *_: Any) -> None:
    """Begin chains anew."""


def _quiet_for_ever(self: Any, event: RebuildEnd) -> bool:
    return False


def _restore_as_if_nothing_began(self: Any, key: bytes, value: bytes) -> bool:
    return key[:1] in (CAUSE, REBUILD)


def _numbered_as_they_come() -> Callable[..., str]:
    numbers: Iterator[int] = count()
    return lambda *_: str(next(numbers))


MUTANTS = (
    Mutant("the changelog is written before the outputs", PartitionTask, "_commit", _changelog_then_outputs),
    Mutant("frames are processed without their entries", PartitionTask, "_commit", _outputs_without_entries),
    Mutant("frames that were skipped are not read", PartitionTask, "_process_skipped", _nothing),
    Mutant("foreign writes are not reconciled", PartitionTask, "_reconcile_foreign_writes", _nothing),
    Mutant(
        "an idle partition is not brought to its end", PartitionTask, "_check", _check_without_reading_the_log
    ),
    Mutant("the changelog ignores rank", Changelog, "_note_records", _take_whatever_comes),
    Mutant("late records are never written over", Changelog, "rewrite_stale_entries", _nothing),
    Mutant("nobody notices that another wrote", Changelog, "_append", _append_unaware),
    Mutant("a frame's state is not one batch", Changelog, "write", _write_in_pieces),
    Mutant("a taxonomy is in force before the recount", Changelog, "write", _write_backwards, 300, 1_400),
    Mutant("a local copy is believed whatever it is of", Changelog, "_is_checkpoint_of", _believe),
    Mutant(
        "a local copy stands for what it has not", LocalStateStore, "write", _write_nothing_but_the_standing
    ),
    Mutant(
        "what changed is let go before the disk has it", LruStateCache, "__getitem__", _load_whenever_asked
    ),
    Mutant("folds ignore where their sources stand", DeduplicationOffsets, "take", _take_everything),
    Mutant("stale latest values are left", SnapshotVerifier, "verify", _nothing),
    Mutant("stale latest values are not noticed", SnapshotVerifier, "sent", _sent_alone),
    Mutant("a company is spread without its tallies", CompaniesState, "touch", _spread_without_tallies),
    Mutant("of two contents the first one wins", Portfolio, "apply_family", _first_of_a_version_wins),
    Mutant("who waits is forgotten by a restart", Holds, "restore", _restore_nobody_who_waits),
    Mutant("a claim that went stays", Inventions, "_put", _put_but_take_nothing_away),
    Mutant("an invention is only who shares directly", Inventions, "_together", _directly),
    Mutant("what counts elsewhere counts", Portfolio, "apply_counted_under", _count_all_the_same),
    Mutant("signals of the year before stay", Trajectories, "take_day", _a_day_without_companies),
    Mutant("a new taxonomy leaves counts as they were", Trajectories, "adopt", _adopt_without_counting, 400),
    Mutant("ratings begin anew after a rebuild", Ratings, "resume", _resume_nothing),
    Mutant("signals begin anew after a rebuild", Trajectories, "resume", _resume_nothing),
    Mutant("statuses begin anew after a rebuild", Registry, "resume_chain", _resume_nothing),
    Mutant("news of lists is numbered anew after a rebuild", Registry, "resume_list", _resume_nothing),
    Mutant("nothing is said any more after a rebuild", QuietRebuild, "is_end", _quiet_for_ever),
    Mutant("a restart forgets a rebuild", QuietRebuild, "restore", _restore_as_if_nothing_began),
    Mutant("ids are given out as changes come", messages, "change_id", _numbered_as_they_come()),
    Mutant("instants are those of sending", messages, "instant", _numbered_as_they_come()),
)
