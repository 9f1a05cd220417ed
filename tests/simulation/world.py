"""The world of one seed: a broker, producers, intake, workers that crash, stall and take over.

A run has three parts. In the *turbulence* all goes wrong that can. Then faults end, one worker gets all
partitions, and everything settles. Then the facts that were held back arrive, and all settles again. Some
runs have a fourth: a rebuild, as turbulent as the beginning, while more facts arrive.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from random import Random
from typing import Literal
from zlib import crc32

import msgspec
from aiokafka import TopicPartition

from agents.exposure import exposure_tasks
from agents.intake import Input, Packer
from agents.inventions import inventions_tasks
from agents.portfolio import portfolio_tasks
from agents.registry import registry_tasks
from agents.signals import signals_tasks
from agents.worker import put_ahead
from giants.domain import inventions
from giants.domain.signals import rules
from giants.kafka import topics
from giants.kafka.log import Log, Record
from giants.kafka.partitioner import partition_of
from giants.settings import Settings
from streams.local_state import StateDirectory
from streams.processor import Processor, StoredFrame
from streams.task_manager import TaskManager
from tests.simulation import rebuilding
from tests.simulation.broker import Broker, Crash, Faults, SimulatedLog
from tests.simulation.disk import SimulatedDisk, of_another_cluster
from tests.simulation.history import Sent, random_history
from tests.simulation.limits import small_limits
from tests.simulation.loop import RandomLoop
from tests.simulation.store import SimulatedStore

AgentMaker = Callable[[Log, Settings, StateDirectory | None], tuple[TaskManager, ...]]
Work = Coroutine[object, None, None]
Owned = tuple[int, int]  # index of the agent, partition

_WORKERS = 2
_STEPS_MAX = 400_000
_CHECKS_AFTER_SETTLING = 3
_INSTANT_MS = 1_700_000_000_000
_STATES = (
    topics.REGISTRY_STATE,
    topics.PORTFOLIO_STATE,
    topics.EXPOSURE_STATE,
    topics.SIGNALS_STATE,
    topics.INVENTIONS_STATE,
)
_KINDS = {topic.name.removesuffix(".v1"): topic for topic in topics.INPUTS}


def real_agents(
    log: Log, settings: Settings, state_directory: StateDirectory | None
) -> tuple[TaskManager, ...]:
    """Give the agents of the product."""
    return (
        registry_tasks(log, settings),
        portfolio_tasks(log, settings, state_directory),
        exposure_tasks(log, settings, state_directory),
        signals_tasks(log, settings, state_directory),
        inventions_tasks(log, settings, state_directory),
    )


def settings_with(partitions: int, seed: int) -> Settings:
    """Give the settings of a world; one in three rates by the methodology before."""
    methodology: Literal["exposure-1", "exposure-2"] = "exposure-2" if seed % 3 else "exposure-1"
    return Settings(partitions=partitions, topic_prefix="", methodology=methodology)


class Worker:
    """A worker process: one connection, the tasks of all agents, and a consumer of what it thinks it owns.

    `on_disk` is what it finds on its disk; None where it has none, and keeps all state in memory.
    """

    def __init__(self, world: "World", on_disk: Mapping[bytes, bytes] | None = None) -> None:
        self._world = world
        world.started.append(self)
        self.log = SimulatedLog(world.broker, world.random, world.faults)
        self.disk = SimulatedDisk(world.random, self.log, on_disk) if on_disk is not None else None
        state_directory = StateDirectory(self.disk) if self.disk is not None else None
        self.agents = world.make_agents(self.log, world.settings, state_directory)
        self.log.on_sent = partial(put_ahead, self.agents)
        for agent in self.agents:
            agent.start(self._failed)
        self._consumers: dict[Owned, asyncio.Task[None]] = {}

    async def _failed(self, error: BaseException) -> None:
        """Note what a task raised, unless the worker was to end there."""
        if not (isinstance(error, Crash) and self.log.is_dead):
            self._world.failures.append(f"a worker failed: {error!r}")

    async def assign(self, owned: Iterable[Owned]) -> None:
        """Do what a rebalance tells. What was sent from a partition that goes elsewhere may still land."""
        assigned = sorted(owned)
        for agent in self.agents:
            agent.revoked()
        for one in [one for one in self._consumers if one not in assigned]:
            self._consumers.pop(one).cancel()
        for index, agent in enumerate(self.agents):
            await agent.assigned({partition for of_agent, partition in assigned if of_agent == index})
        for one in assigned:
            if one not in self._consumers:
                self._consumers[one] = self._world.start(self._deliver(one), self.log)

    def check(self) -> None:
        """Let every task look at what others did."""
        for agent in self.agents:
            agent.request_check()

    def processor_of(self, owned: Owned) -> Processor | None:
        """The state of a partition, where it is in memory."""
        index, partition = owned
        return self.agents[index].processor_of(partition)

    async def _deliver(self, owned: Owned) -> None:
        """Do what a consumer does: hand over what comes, some of it never, and commit what is offered."""
        random, broker = self._world.random, self._world.broker
        index, partition = owned
        agent = self.agents[index]
        place = (agent.source, partition)
        next_offset = broker.committed.get(place, 0)
        while True:
            await broker.grows(place, next_offset)
            if self.log.is_dead:
                return
            stored = broker[place].after(next_offset, random.randint(1, 5))
            next_offset = stored[-1].offset + 1
            if random.random() < 0.03:
                stored = sorted(
                    random.sample(stored, random.randint(1, len(stored))), key=lambda one: one.offset
                )
            for one in stored:
                is_backfill = random.random() < 0.1
                agent.put(partition, StoredFrame(one.offset, one.value or b"", is_backfill=is_backfill))
            for _ in range(random.choice((0, 1, 5, 30, 90))):
                await asyncio.sleep(0)
            offered = agent.committable_offset(partition)
            chance = random.random()
            if chance < 0.5 and offered is not None:
                await self.log.commit(place, offered)
            elif chance < 0.55:  # Faust commits past a frame that nobody processed yet
                await self.log.commit(place, min(next_offset + 2, broker[place].end))


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, make_agents: AgentMaker = real_agents) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.make_agents = make_agents
        self.settings = settings_with(self.random.choice((1, 2, 3)), seed)
        self.faults = _random_faults(self.random)
        self.broker = Broker()
        self.store = SimulatedStore(self.broker, self.random)
        self.rules = rules.RULES
        self.most_together = inventions.INVENTION_FAMILIES_MAX
        self.failures: list[str] = []
        self._loop = RandomLoop(self.random, _STEPS_MAX)
        self.packer = Packer(self.settings)
        self._workers: list[Worker] = []
        self.started: list[Worker] = []  # ever: those that are believed dead go on
        self._tasks: set[asyncio.Task[None]] = set()
        self._rebalances = 0
        self._to_come: list[Sent] = []

    def run(self) -> None:
        """Play the whole history."""
        try:
            with small_limits(self.random):
                self.rules = rules.RULES
                self.most_together = inventions.INVENTION_FAMILIES_MAX
                try:
                    self._play()
                finally:
                    self._end()
        finally:
            self._loop.close()
        self.failures += [str(problem) for problem in self._loop.problems]

    def _play(self) -> None:
        history = random_history(self.random)
        withheld = self.random.randint(0, len(history) // 4)
        at_once = self.random.choice((withheld, len(history) // 2))
        self._publish(history[at_once:])
        self._to_come = history[withheld:at_once]
        has_disks = self.random.random() < 0.6
        self._workers = [Worker(self, {} if has_disks else None) for _ in range(_WORKERS)]
        self.start(self._turbulence())
        self._loop.run_until_idle()
        self._publish(self._to_come)
        self._settle()
        self._publish(history[:withheld])
        self._settle()
        if rebuilding.is_rebuilt(self.seed):
            self._rebuild()
        self.store.recover()
        self._compare_memory()

    def _rebuild(self) -> None:
        """Compute everything again from the journal under another epoch, and go on."""
        for worker in self.started:
            worker.log.is_dead = True
        self._loop.run_until_idle()
        to_come = [rebuilding.as_live(one) for one in random_history(self.random)]
        rebuilding.begin(self)
        self._to_come = [] if rebuilding.is_alone(self.seed) else to_come[::2]
        has_disks = self.random.random() < 0.6
        self._workers = [self._in_place_of(one) if has_disks else Worker(self) for one in self._workers * 2]
        self._be_turbulent()
        rebuilding.end_companies(self)
        self._be_turbulent()
        rebuilding.end_programme(self)
        self._be_turbulent()
        self._publish(to_come[1::2] + self._to_come)
        self._settle()

    def _be_turbulent(self) -> None:
        self.faults = _random_faults(self.random)
        self._workers = [self._in_place_of(one) for one in (*self._workers, self._workers[0])[:_WORKERS]]
        self.start(self._turbulence())
        self._loop.run_until_idle()
        self._publish(self._to_come[:2])
        del self._to_come[:2]
        self._settle()

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
    def inputs(self) -> dict[TopicPartition, str]:
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
                topic, partition = place
                for one in self.broker[place].after(positions[place], self.random.randint(1, 12)):
                    batch.append(
                        Input(
                            kinds[place],
                            topic,
                            partition,
                            one.offset,
                            one.key,
                            one.value,
                            one.timestamp_ms,
                            one.headers,
                        )
                    )
                    positions[place] = one.offset + 1
            await log.send(self.packer.pack(batch))
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

    def _all_partitions(self) -> list[Owned]:
        counts = [topic.partition_count(self.settings) for topic in _STATES]
        return [(index, partition) for index, count in enumerate(counts) for partition in range(count)]

    def _rebalance(self) -> None:
        """Share the partitions out among the living; each hears of it in its own time."""
        living = [worker for worker in self._workers if not worker.log.is_dead]
        if not living:
            return
        owners = {owned: self.random.choice(living) for owned in self._all_partitions()}
        self._rebalances += 1
        for worker in living:
            assigned = [owned for owned, owner in owners.items() if owner is worker]
            self.start(self._assign(worker, assigned, self._rebalances))

    async def _assign(self, worker: Worker, assigned: list[Owned], rebalance: int) -> None:
        for _ in range(self.random.choice((0, 0, 1, 20))):
            await asyncio.sleep(0)
        if rebalance == self._rebalances and not worker.log.is_dead:
            await worker.assign(assigned)

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
                self.start(worker.assign(()))
        self._loop.run_until_idle()
        if self.random.random() < 0.3:
            self._commit_too_far()
        self._start_intake()
        self.start(survivor.assign(self._all_partitions()))
        self._loop.run_until_idle()
        for _ in range(_CHECKS_AFTER_SETTLING):
            survivor.check()
            self._loop.run_until_idle()

    def _commit_too_far(self) -> None:
        """Let Faust have committed frames that nobody folded."""
        for index, partition in self._all_partitions():
            place = (self._workers[0].agents[index].source, partition)
            self.broker.committed[place] = self.broker[place].end

    def _compare_memory(self) -> None:
        """What the survivor has is what a newcomer would restore from the changelogs, or from its disk."""
        survivor = self._workers[0]
        self._compare_with(Worker(self), "the changelog")
        if survivor.disk is not None:
            self._compare_with(Worker(self, survivor.disk.contents), "the copy")

    def _compare_with(self, newcomer: Worker, where: str) -> None:
        for index, agent in enumerate(newcomer.agents):
            partitions = {partition for of_agent, partition in self._all_partitions() if of_agent == index}
            self.start(agent.assigned(partitions))
        self._loop.run_until_idle()
        for owned in self._all_partitions():
            mine, restored = (worker.processor_of(owned) for worker in (self._workers[0], newcomer))
            for key in self._stored_keys(owned):
                here, there = (_entry(processor, key) for processor in (mine, restored))
                if here != there:
                    self.failures.append(f"{owned}, {key!r}: {here} in memory, but {there} in {where}")

    def _stored_keys(self, owned: Owned) -> set[bytes]:
        index, partition = owned
        changelog = self.broker[_STATES[index].full_name(self.settings), partition]
        return {stored.key for stored in changelog.records if stored.key and stored.key[0]}

    def _end(self) -> None:
        """Cancel what still runs, after a run that failed too: left to the garbage it would warn there."""
        self._loop.steps_left = _STEPS_MAX
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_idle()


def _entry(processor: Processor | None, key: bytes) -> object:
    """An entry of a state, whatever order its mappings were filled in."""
    try:
        entry = processor.entries([key])[key] if processor is not None else None
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
