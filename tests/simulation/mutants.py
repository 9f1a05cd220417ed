"""Mistakes that the simulation must find: each puts one wrong piece in the place of a right one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from agents import exposure_state, messages
from agents.exposure_state import CompaniesState
from giants.domain.events import Delta, Family, NewDay
from giants.domain.portfolio import Portfolio
from giants.domain.signals import Trajectories
from giants.kafka.log import Entry, Place, Record
from streams import changelog
from streams.changelog import Changelog
from streams.deduplication import DeduplicationOffsets
from streams.local_state import Checkpoint, LocalStateStore
from streams.lru_state_cache import LruStateCache
from streams.snapshot_verifier import SnapshotVerifier
from streams.task_manager import TaskManager


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is replaced, by what, and how many seeds it may take to notice."""

    name: str
    owner: Any
    attribute: str
    replacement: Callable[..., Any]
    seeds_max: int = 150


async def _nothing(*_: Any) -> None:
    """Leave out."""


async def _keep_then_send(self: Any, part: Any, group: Any) -> None:
    records, touched = _folded(part, group)
    checkpoint_metadata = b"" if part.latest is None else part.latest.checkpoint_metadata()
    await part.changelog.write(
        part.folded, part.fold.entries(touched), checkpoint_metadata, resumable=group.resumable
    )
    await self._log.send(records)
    await self._reconcile_foreign_writes(part)


async def _send_and_forget(self: Any, part: Any, group: Any) -> None:
    records, _ = _folded(part, group)
    await self._log.send(records)
    await part.changelog.write(part.folded, {})


def _folded(part: Any, group: Any) -> tuple[list[Record], dict[bytes, int]]:
    records: list[Record] = []
    touched: dict[bytes, int] = {}
    for taken, frame in zip(group.taken, group.frames, strict=True):
        step = part.fold.apply(taken.offset, frame)
        records.extend(step.outputs)
        touched.update(step.touched)
        part.folded = taken.offset
    records.extend(part.fold.snapshots(touched))
    return records, touched


async def _check_without_reading_the_log(self: Any, part: Any) -> None:
    await part.changelog.recover()
    await self._reconcile_foreign_writes(part)
    if part.latest is not None:
        await part.latest.verify()


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
    self._held.pop(id_, None)
    return _GET_HELD(self, id_)


_GET_HELD = LruStateCache.__getitem__


def _take_everything(self: Any, *_: Any) -> bool:
    return True


def _sent_alone(self: Any, records: Iterable[Record], ends: Mapping[Place, int]) -> bool:
    self._known.update({place: end for place, end in ends.items() if place in self._known})
    return True


def _spread_without_tallies(self: Any, delta: Delta, touched: dict[bytes, int]) -> None:
    company = self.companies[delta.company_id]
    if len(company.tallies) > exposure_state.WHOLE_SYMBOLS_MAX:
        self._spread.add(delta.company_id)
    _TOUCH(self, delta, touched)


_TOUCH = CompaniesState.touch


def _first_of_a_version_wins(self: Any, event: Family) -> list[Delta]:
    known = self.families.get(event.family_id)
    return [] if known is not None and known.version >= event.version else _APPLY_FAMILY(self, event)


_APPLY_FAMILY = Portfolio.apply_family


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


def _numbered_as_they_come() -> Callable[..., str]:
    numbers: Iterator[int] = count()
    return lambda *_: str(next(numbers))


MUTANTS = (
    Mutant("state is kept before its outputs are sent", TaskManager, "_advance", _keep_then_send),
    Mutant("frames are acknowledged without their state", TaskManager, "_advance", _send_and_forget),
    Mutant("frames that were skipped are not read", TaskManager, "_fold_missed", _nothing),
    Mutant(
        "a fold that keeps nothing does not follow its position",
        TaskManager,
        "_reconcile_foreign_writes",
        _nothing,
    ),
    Mutant(
        "an idle partition is not brought to its end", TaskManager, "_check", _check_without_reading_the_log
    ),
    Mutant("the changelog ignores rank", Changelog, "_note_records", _take_whatever_comes),
    Mutant("late records are never written over", Changelog, "rewrite_stale_entries", _nothing),
    Mutant("nobody notices that another wrote", Changelog, "_append", _append_unaware),
    Mutant("a frame's state is not one batch", Changelog, "write", _write_in_pieces),
    Mutant("a taxonomy is in force before the recount", Changelog, "write", _write_backwards, 500),
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
    Mutant("signals of the year before stay", Trajectories, "take_day", _a_day_without_companies),
    Mutant("a new taxonomy leaves counts as they were", Trajectories, "adopt", _adopt_without_counting, 400),
    Mutant("ids are given out as changes come", messages, "change_id", _numbered_as_they_come()),
    Mutant("instants are those of sending", messages, "instant", _numbered_as_they_come()),
)
