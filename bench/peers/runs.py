"""One run of one program: laid out, started, warmed, frozen, loaded, thawed, timed, checked.

The clock begins when the whole backlog is on the broker and the program, which is up and has worked off a
warm-up, is let go; it ends when all results are durable.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from time import time
from typing import Final
from uuid import uuid4

from bench.load import Load, family_load
from bench.peers.completion import through_of
from bench.peers.kit import Order
from bench.peers.launch import PATHWAY_COMMIT_MS, command_of, environment_of, prepare
from bench.peers.offsets import Offsets
from bench.peers.oracle import Oracle, read_snapshots
from bench.peers.program import Program
from bench.processes import Measured, processor_seconds
from bench.tracker import WORKER, agent_frames, designate, tracker_environment
from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.lag import EXPOSURE, INTAKE, PORTFOLIO, LagMonitor
from giants.settings import Settings
from schemas.facts import Family

WAIT_SECONDS_MAX: Final = 600.0
START_SECONDS_MAX: Final = 60.0


class Loads:
    """What is laid out for the programs, built once for all runs."""

    def __init__(self, partitions: int, warm_up: Sequence[Family], backlog: Sequence[Family]) -> None:
        self.partitions, self.warm_up, self.backlog = partitions, warm_up, backlog

    @cached_property
    def families(self) -> tuple[Load, Load]:
        """The input records, of the warm-up and of the backlog."""
        warm_up, backlog = (family_load("", self.partitions, some) for some in (self.warm_up, self.backlog))
        return warm_up, backlog

    @cached_property
    def frames(self) -> tuple[Load, Load]:
        """The delta log that follows from them, for one agent alone."""
        return agent_frames(self.partitions, self.warm_up, self.backlog)


@dataclass(frozen=True, slots=True)
class Task:
    """What a run is about: where, what is laid out, and what it leads to."""

    broker: str
    broker_pid: int
    folder: Path
    loads: Loads
    oracle: Oracle
    oracle_of_warm_up: Oracle

    @property
    def partitions(self) -> int:
        """Partitions of every topic."""
        return self.loads.partitions

    def inside(self, folder: Path) -> "Task":
        """The same in a folder of its own, which is made."""
        folder.mkdir(parents=True)
        return replace(self, folder=folder)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run took: seconds by the clock, processor seconds and memory of its processes.

    `broker_seconds` are those of the broker's processor meanwhile.
    """

    records: int
    seconds: float
    processor_seconds: float
    memory_mb: int
    broker_seconds: float = 0.0

    @property
    def records_a_second(self) -> float:
        """The rate."""
        return self.records / self.seconds

    @property
    def share_of_broker(self) -> float:
        """Of the processor time of the program and its broker, that of the broker."""
        return self.broker_seconds / (self.broker_seconds + self.processor_seconds)


def run_peer(program: Program, task: Task) -> Outcome:
    """Run one of the peers over the whole path."""
    order = Order(task.broker, f"{program}-{uuid4().hex[:8]}.", task.partitions, str(task.folder))
    with Offsets(task.broker) as offsets, ExitStack() as stack:
        offsets.create((order.families, order.deltas), task.partitions)
        offsets.create((order.exposures, order.changes), task.partitions, stamped_by_broker=True)
        if program is Program.FAUST:
            offsets.create(order.faust_changelogs, task.partitions)
        stack.callback(offsets.delete, order.prefix)
        prepare(program, order)
        command = command_of(program, order)
        process = stack.enter_context(Measured(program, command, environment_of(order), task.folder))
        through = through_of(program, order, offsets, process)

        def tell() -> str:
            sent = f"{offsets.count(order.exposures):,} snapshots of {task.oracle.deltas:,}"
            return f"{sent}; the end of its log:\n{process.log_tail}"

        def finish(oracle: Oracle, seconds_max: float) -> None:
            offsets.wait(program, lambda: through(oracle), process.check, seconds_max, tell)

        warm_up, backlog = task.loads.families
        warm_up.on(order.families).publish(task.broker)
        finish(task.oracle_of_warm_up, START_SECONDS_MAX)
        load = backlog.on(order.families)

        def last_sent_at() -> float:
            return max(map(offsets.newest_at, (order.exposures, order.changes)))

        ended_at = last_sent_at if program in PATHWAY_COMMIT_MS else time
        outcome = _timed([process], load, task, lambda: finish(task.oracle, WAIT_SECONDS_MAX), ended_at)
        task.oracle.check(program, read_snapshots(task.broker, order.exposures))
        return outcome


def run_tracker(program: Program, task: Task) -> Outcome:
    """Run this project's workers over the whole path."""
    count = 2 if program is Program.TRACKER_TWO else 1
    with _workers(program, task, [WORKER] * count) as (settings, processes, progress):
        designate(settings)
        family_topic = topics.FAMILIES.full_name(settings)
        flow = (INTAKE, PORTFOLIO, EXPOSURE)
        warm_up, backlog = task.loads.families
        warm_up.on(family_topic).publish(task.broker)
        progress.wait(flow, WAIT_SECONDS_MAX)
        load = backlog.on(family_topic)
        outcome = _timed(processes, load, task, lambda: progress.wait(flow, WAIT_SECONDS_MAX))
        task.oracle.check(program, read_snapshots(task.broker, topics.EXPOSURES.full_name(settings)))
        return outcome


def run_agent(program: Program, task: Task) -> Outcome:
    """Run the exposure agent alone, or the bare loop that does its work, from a log of deltas."""
    module = "bench.peers.programs.aiokafka_loop"
    command = [sys.executable, "-m", module] if program is Program.AIOKAFKA else WORKER
    with _workers(program, task, [command]) as (settings, processes, progress):
        log = topics.DELTA_LOG.full_name(settings)
        warm_up, load = (some.on(log) for some in task.loads.frames)
        warm_up.publish(task.broker)
        progress.wait((EXPOSURE,), WAIT_SECONDS_MAX)
        outcome = _timed(processes, load, task, lambda: progress.wait((EXPOSURE,), WAIT_SECONDS_MAX))
        task.oracle.check(program, read_snapshots(task.broker, topics.EXPOSURES.full_name(settings)))
        return outcome


@contextmanager
def _workers(
    program: Program, task: Task, commands: Sequence[Sequence[str]]
) -> Iterator[tuple[Settings, list[Measured], LagMonitor]]:
    settings = Settings(
        broker=task.broker,
        clock=False,
        data_dir=task.folder,
        topic_prefix=f"{program}-{uuid4().hex[:8]}.",
        partitions=task.partitions,
    )
    create_topics(settings)
    with Offsets(task.broker) as offsets, ExitStack() as stack:
        stack.callback(offsets.delete, settings.topic_prefix)
        environment = tracker_environment(settings)
        processes = [
            stack.enter_context(Measured(f"{program}-{number}", command, environment, task.folder))
            for number, command in enumerate(commands, 1)
        ]
        yield settings, processes, stack.enter_context(LagMonitor(settings))


def _timed(
    processes: Sequence[Measured],
    load: Load,
    task: Task,
    finish: Callable[[], None],
    ended_at: Callable[[], float] = time,
) -> Outcome:
    """Lay out the load while the processes stand still, then let them go and wait for the end.

    `ended_at` says, once it is seen that all is done, when it was, in seconds since the epoch.
    """
    used = -sum(process.processor_seconds for process in processes)
    for process in processes:
        process.freeze()
    try:
        load.publish(task.broker)
    finally:
        began, of_broker = time(), processor_seconds(task.broker_pid)
        for process in processes:
            process.thaw()
    finish()
    of_broker = processor_seconds(task.broker_pid) - of_broker
    used += sum(process.processor_seconds for process in processes)
    memory = sum(process.memory_mb for process in processes)
    return Outcome(len(task.loads.backlog), ended_at() - began, used, memory, of_broker)
