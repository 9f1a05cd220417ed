"""The world of one seed: a broker, producers, intake, workers that crash, stall and take over.

A run has three parts. In the *turbulence* all goes wrong that can. Then faults end, one worker gets all
partitions, and everything settles. Then the facts that were held back arrive, and all settles again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from random import Random
from typing import Literal
from zlib import crc32

import msgspec

from agents.exposure import exposure_tasks
from agents.intake import Input, Packer
from agents.portfolio import portfolio_tasks
from agents.registry import registry_tasks
from agents.signals import signals_tasks
from giants.domain.signals import rules
from giants.kafka import topics
from giants.kafka.log import Log, Place, Record
from giants.kafka.partitioner import partition_of
from giants.settings import Settings
from streams.local_state import StateDirectory
from streams.task_manager import Processor, StoredFrame, TaskManager
from tests.simulation.broker import Broker, Crash, Faults, SimulatedLog
from tests.simulation.disk import SimulatedDisk, of_another_cluster
from tests.simulation.history import Sent, random_history
from tests.simulation.limits import small_limits
from tests.simulation.loop import RandomLoop
from tests.simulation.store import SimulatedStore

StageMaker = Callable[[Log, Settings, StateDirectory | None], tuple[TaskManager, ...]]
Work = Coroutine[object, None, None]
Lane = tuple[int, int]  # index of the stage, partition

_WORKERS = 2
_STEPS_MAX = 400_000
_CHECKS_AFTER_SETTLING = 3
_INSTANT_MS = 1_700_000_000_000
_STATES = (topics.REGISTRY_STATE, topics.PORTFOLIO_STATE, topics.EXPOSURE_STATE, topics.SIGNALS_STATE)
_KINDS = {topic.name.removesuffix(".v1"): topic for topic in topics.INPUTS}


def real_stages(
    log: Log, settings: Settings, state_directory: StateDirectory | None
) -> tuple[TaskManager, ...]:
    """Give the stages of the product."""
    return (
        registry_tasks(log, settings),
        portfolio_tasks(log, settings, state_directory),
        exposure_tasks(log, settings, state_directory),
        signals_tasks(log, settings, state_directory),
    )


def settings_with(partitions: int, seed: int) -> Settings:
    """Give the settings of a world; one in three rates by the methodology before."""
    methodology: Literal["exposure-1", "exposure-2"] = "exposure-2" if seed % 3 else "exposure-1"
    return Settings(partitions=partitions, topic_prefix="", methodology=methodology)


class Worker:
    """A worker process: one connection, the stages, and a lane for each partition that it thinks it owns.

    `on_disk` is what it finds on its disk; None where it has none, and keeps all state in memory.
    """

    def __init__(self, world: "World", on_disk: Mapping[bytes, bytes] | None = None) -> None:
        self._world = world
        self.log = SimulatedLog(world.broker, world.random, world.faults)
        self.disk = SimulatedDisk(world.random, self.log, on_disk) if on_disk is not None else None
        state_directory = StateDirectory(self.disk) if self.disk is not None else None
        self.stages = world.make_stages(self.log, world.settings, state_directory)
        self._lanes: dict[Lane, asyncio.Task[None]] = {}

    def assign(self, lanes: Iterable[Lane]) -> None:
        """Do what a rebalance tells. What is in hand of a lane that goes elsewhere may still be finished."""
        assigned = sorted(lanes)
        for lane in [lane for lane in self._lanes if lane not in assigned]:
            task = self._lanes.pop(lane)
            if self._world.random.random() < 0.5:
                task.cancel()
        for index, stage in enumerate(self.stages):
            stage.reassigned({partition for of_stage, partition in assigned if of_stage == index})
        for lane in assigned:
            if lane not in self._lanes:
                self._lanes[lane] = self._world.start(self._run(lane), self.log)

    def check(self) -> None:
        """Let every stage look at what others did."""
        for stage in self.stages:
            self._world.start(stage.check(), self.log)

    def fold_of(self, lane: Lane) -> Processor | None:
        """The state of a partition, where it is in memory."""
        index, partition = lane
        return self.stages[index].fold_of(partition)

    async def _run(self, lane: Lane) -> None:
        random, broker = self._world.random, self._world.broker
        index, partition = lane
        stage = self.stages[index]
        place = (stage.source, partition)
        processed_offset = broker.committed.get(place, 0)
        me = asyncio.current_task()
        while True:
            await broker.grows(place, processed_offset)
            if self._lanes.get(lane) is not me:
                return
            stored = broker[place].after(processed_offset, random.randint(1, 5))
            if random.random() < 0.03:
                stored = sorted(
                    random.sample(stored, random.randint(1, len(stored))), key=lambda one: one.offset
                )
            # Some are delivered while others have their turn.
            frames = [StoredFrame(one.offset, one.value or b"") for one in stored]
            cut = random.randint(1, len(frames))
            first, later = frames[:cut], deque(frames[cut:])
            await stage.handle(partition, first, partial(_following, later))
            processed_offset = later[0].offset if later else stored[-1].offset + 1
            chance = random.random()
            if chance < 0.5:
                await self.log.commit(place, processed_offset)
            elif chance < 0.55:  # Faust commits past a frame that nobody folded yet
                await self.log.commit(place, min(processed_offset + 2, broker[place].end))


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, make_stages: StageMaker = real_stages) -> None:
        self.random = Random(seed)
        self.make_stages = make_stages
        self.settings = settings_with(self.random.choice((1, 2, 3)), seed)
        self.faults = _random_faults(self.random)
        self.broker = Broker()
        self.store = SimulatedStore(self.broker, self.random)
        self.rules = rules.RULES
        self.failures: list[str] = []
        self._loop = RandomLoop(self.random, _STEPS_MAX)
        self._packer = Packer(self.settings)
        self._workers: list[Worker] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._rebalances = 0
        self._to_come: list[Sent] = []

    def run(self) -> None:
        """Play the whole history."""
        try:
            with small_limits(self.random):
                self.rules = rules.RULES
                try:
                    self._play()
                finally:
                    self._end()
        finally:
            self._loop.close()
        self.failures += [str(problem) for problem in self._loop.problems]

    def _play(self) -> None:
        history = random_history(self.random)
        kept_back = self.random.randint(0, len(history) // 4)
        at_once = self.random.choice((kept_back, len(history) // 2))
        self._publish(history[at_once:])
        self._to_come = history[kept_back:at_once]
        has_disks = self.random.random() < 0.6
        self._workers = [Worker(self, {} if has_disks else None) for _ in range(_WORKERS)]
        self.start(self._turbulence())
        self._loop.run_until_idle()
        self._publish(self._to_come)
        self._settle()
        self._publish(history[:kept_back])
        self._settle()
        self.store.recover()
        self._compare_memory()

    def start(self, work: Work, log: SimulatedLog | None = None) -> "asyncio.Task[None]":
        """Run something beside everything else; a crash ends the worker that it belongs to."""
        task = self._loop.create_task(self._surviving(work, log))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # where it was cancelled before it began
        return task

    async def _surviving(self, work: Work, log: SimulatedLog | None) -> None:
        try:
            await work
        except Crash:
            if log is None or not log.is_dead:
                raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the run has failed
            self.failures.append(f"a worker failed: {error!r}")

    # -- producers and intake

    def _publish(self, history: Iterable[Sent]) -> None:
        """Put facts on the input topics as well-behaved and other producers would."""
        for number, sent in enumerate(history):
            topic = _KINDS[sent.kind]
            partitions = topic.partition_count(self.settings)
            key = self.random.choice((sent.key, sent.key, None, "wrong"))
            partition = self.random.choice(
                (
                    partition_of(sent.key, partitions),
                    crc32(sent.key.encode()) % partitions,
                    self.random.randrange(partitions),
                )
            )
            name = topic.full_name(self.settings)
            record = Record(
                name,
                partition,
                None if key is None else key.encode(),
                sent.value,
                _INSTANT_MS + number,
                sent.headers,
            )
            self.broker.append((name, partition), [record])

    @property
    def inputs(self) -> dict[Place, str]:
        """Every partition of the input topics, with its kind."""
        return {
            (topic.full_name(self.settings), partition): kind
            for kind, topic in _KINDS.items()
            for partition in range(topic.partition_count(self.settings))
        }

    async def _read_batch(self, log: SimulatedLog) -> None:
        """Do what intake does, until nothing is left: read, pack, send, wait, commit."""
        kinds = self.inputs
        positions = {place: self.broker.committed.get(place, 0) for place in kinds}
        while ready := [place for place in kinds if self.broker[place].end > positions[place]]:
            places = self.random.sample(ready, self.random.randint(1, len(ready)))
            batch: list[Input] = []
            for place in places:
                for one in self.broker[place].after(positions[place], self.random.randint(1, 12)):
                    batch.append(
                        Input(
                            kinds[place],
                            *place,
                            one.offset,
                            one.key,
                            one.value,
                            one.timestamp_ms,
                            one.headers,
                        )
                    )
                    positions[place] = one.offset + 1
            await log.send(self._packer.pack(batch))
            for place in places:
                await log.commit(place, positions[place])

    def _publish_some(self) -> None:
        """Let some more facts arrive while everything is going on."""
        count = self.random.randint(1, 9)
        self._publish(self._to_come[:count])
        del self._to_come[:count]
        self._start_intake()

    def _start_intake(self) -> None:
        log = SimulatedLog(self.broker, self.random, self.faults)
        self.start(self._read_batch(log), log)

    # -- turbulence

    async def _turbulence(self) -> None:
        self._start_intake()
        self._rebalance()
        events: tuple[Callable[[], None], ...] = (
            self._rebalance,
            self._rebalance,
            self._restart_the_dead,
            self._restart_the_dead,
            self._forget_a_worker,
            self._check,
            self._compact,
            self._start_intake,
            self._publish_some,
            self._publish_some,
            self.store.step,
        )
        for _ in range(self.random.randint(3, 25)):
            for _ in range(self.random.choice((1, 10, 60, 150))):
                await asyncio.sleep(0)
            self.random.choice(events)()

    def _lanes(self) -> list[Lane]:
        counts = (1, *[self.settings.partitions] * (len(_STATES) - 1))
        return [(index, partition) for index, count in enumerate(counts) for partition in range(count)]

    def _rebalance(self) -> None:
        """Share the partitions out among the living; each hears of it in its own time."""
        living = [worker for worker in self._workers if not worker.log.is_dead]
        if not living:
            return
        owners = {lane: self.random.choice(living) for lane in self._lanes()}
        self._rebalances += 1
        for worker in living:
            lanes = [lane for lane, owner in owners.items() if owner is worker]
            self.start(self._tell(worker, lanes, self._rebalances))

    async def _tell(self, worker: Worker, lanes: list[Lane], rebalance: int) -> None:
        for _ in range(self.random.choice((0, 0, 1, 20))):
            await asyncio.sleep(0)
        if rebalance == self._rebalances and not worker.log.is_dead:
            worker.assign(lanes)

    def _restart_the_dead(self) -> None:
        self._workers = [self._in_place_of(one) if one.log.is_dead else one for one in self._workers]
        self._rebalance()

    def _forget_a_worker(self) -> None:
        """Believe a worker dead that is not: it goes on with all it has."""
        number = self.random.randrange(_WORKERS)
        self._workers[number] = self._in_place_of(self._workers[number])
        self._rebalance()

    def _in_place_of(self, gone: Worker) -> Worker:
        """Another worker, and what it finds on its disk. A few workers change from disk to memory or back."""
        if self.random.random() < 0.05:
            return Worker(self, None if gone.disk is not None else {})
        if gone.disk is None:
            return Worker(self)
        others = [worker.disk for worker in self._workers if worker.disk is not None] or [gone.disk]
        return Worker(
            self,
            self.random.choice(
                (
                    gone.disk.contents,
                    gone.disk.contents,
                    gone.disk.earlier(),
                    self.random.choice(others).earlier(),
                    of_another_cluster(gone.disk.contents, self.random),
                    {},
                )
            ),
        )

    def _check(self) -> None:
        self.random.choice(self._workers).check()

    def _compact(self) -> None:
        compacted = [
            (topic.full_name(self.settings), partition)
            for topic in topics.ALL
            if topic.compacted
            for partition in range(topic.partition_count(self.settings))
        ]
        self.broker.compact(self.random.choice(compacted), self.random)

    # -- settling

    def _settle(self) -> None:
        """End all faults and let one worker, old or new, bring everything to an end."""
        self.faults = Faults(stall=self.faults.stall)
        living = [worker for worker in self._workers if not worker.log.is_dead]
        survivor = self.random.choice([*living, self._in_place_of(self._workers[0])])
        for worker in {*living, survivor}:
            worker.log.faults = self.faults
        self._workers = [survivor]
        self._rebalances += 1
        for worker in living:
            if worker is not survivor:
                worker.assign(())
        self._loop.run_until_idle()
        if self.random.random() < 0.3:
            self._commit_too_far()
        self._start_intake()
        survivor.assign(self._lanes())
        self._loop.run_until_idle()
        for _ in range(_CHECKS_AFTER_SETTLING):
            survivor.check()
            self._loop.run_until_idle()

    def _commit_too_far(self) -> None:
        """Let Faust have committed frames that nobody folded."""
        for index, partition in self._lanes():
            place = (self._workers[0].stages[index].source, partition)
            self.broker.committed[place] = self.broker[place].end

    def _compare_memory(self) -> None:
        """What the survivor has is what a newcomer would restore from the changelogs, or from its disk."""
        survivor = self._workers[0]
        self._compare_with(Worker(self), "the changelog")
        if survivor.disk is not None:
            self._compare_with(Worker(self, survivor.disk.contents), "the copy")

    def _compare_with(self, newcomer: Worker, where: str) -> None:
        for index, stage in enumerate(newcomer.stages):
            stage.reassigned({partition for of_stage, partition in self._lanes() if of_stage == index})
        newcomer.check()
        self._loop.run_until_idle()
        for lane in self._lanes():
            mine, restored = (worker.fold_of(lane) for worker in (self._workers[0], newcomer))
            for key in self._kept_keys(lane):
                here, there = (_entry(fold, key) for fold in (mine, restored))
                if here != there:
                    self.failures.append(f"{lane}, {key!r}: {here} in memory, but {there} in {where}")

    def _kept_keys(self, lane: Lane) -> set[bytes]:
        index, partition = lane
        changelog = self.broker[_STATES[index].full_name(self.settings), partition]
        return {stored.key for stored in changelog.records if stored.key and stored.key[0]}

    def _end(self) -> None:
        """Cancel what still runs, after a run that failed too: left to the garbage it would warn there."""
        self._loop.steps_left = _STEPS_MAX
        for task in list(self._tasks):
            task.cancel()
        self._loop.run_until_idle()


def _entry(fold: Processor | None, key: bytes) -> object:
    """An entry of a state, whatever order its mappings were filled in."""
    try:
        entry = fold.entries([key])[key] if fold is not None else None
    except KeyError:
        return None
    try:
        return msgspec.msgpack.decode(entry or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return entry


def _random_faults(random: Random) -> Faults:
    return Faults(
        crash=random.choice((0.0, 0.002, 0.01, 0.03)),
        stall=random.choice((0.0, 0.05, 0.3)),
        twice=random.choice((0.0, 0.02, 0.2)),
        ghost=random.choice((0.0, 0.02, 0.1)),
    )


def _following(waiting: deque[StoredFrame], offset: int, size_bytes: int) -> list[StoredFrame]:
    """Take off what follows an offset, as a lane does."""
    taken: list[StoredFrame] = []
    while waiting and waiting[0].offset == offset + 1 and len(waiting[0].value) <= size_bytes:
        taken.append(waiting.popleft())
        offset += 1
        size_bytes -= len(taken[-1].value)
    return taken
