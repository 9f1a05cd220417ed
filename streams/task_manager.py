"""Rebalance: which partitions an agent has, and what happens when that changes.

1. *Revoked*: every task is suspended. It finishes the group in hand and begins no other.
2. *Assigned*: tasks of partitions that went elsewhere are closed: their work is cancelled and awaited, so
   that nothing here writes to a local store which a later task of the partition opens. Tasks that stay read
   what their changelogs got meanwhile (RESTORING) and go on; tasks of new partitions restore from the
   beginning, or from their local store.
3. A worker that was thought dead may still write (Kafka would fence it by transactions, which not every
   broker has). So every task recognises foreign writes and repairs them: `PartitionTask` after each group,
   and `request_check`, which the worker calls from time to time, for partitions that have nothing to do. The
   check has to come much more often than the compaction lag of the changelogs, which keeps both the stale
   record and what it would replace until then.
"""

import asyncio
from collections.abc import Iterable, Set
from typing import Final

from giants.kafka.log import Log
from streams.local_state import StateDirectory
from streams.processor import Agent, Processor, StoredFrame
from streams.task import Fail, PartitionTask, TaskState


class TaskManager:
    """The tasks of one agent: one for each partition of its source topic that this worker has."""

    def __init__(self, log: Log, agent: Agent, state_directory: StateDirectory | None = None) -> None:
        """State is copied to local stores where there is a directory of them."""
        self._log, self._agent, self._state_directory = log, agent, state_directory
        self._tasks: dict[int, PartitionTask] = {}
        self._turn: Final = asyncio.Lock()
        self._fail: Fail | None = None

    @property
    def name(self) -> str:
        """Name of the agent."""
        return self._agent.name

    @property
    def source(self) -> str:
        """Full name of the topic that the tasks read."""
        return self._agent.source_topic

    def start(self, fail: Fail) -> None:
        """Let tasks work from now on; `fail` is given what one raised."""
        self._fail = fail
        for task in self._tasks.values():
            task.start(fail)

    async def stop(self) -> None:
        """Close all tasks."""
        closing = list(self._tasks.values())
        self._tasks.clear()
        await _close(closing)

    # -- rebalance

    def revoked(self) -> None:
        """Begin a rebalance: nobody knows yet which partitions stay."""
        for task in self._tasks.values():
            if task.state in {TaskState.RESTORING, TaskState.RUNNING}:
                task.suspend()

    async def assigned(self, partitions: Set[int]) -> None:
        """End a rebalance: `partitions` are all that this worker has from now on."""
        self.revoked()  # where a client reports an assignment alone
        # Tasks are there before this waits: from here on frames of their partitions may be delivered.
        gone = [self._tasks.pop(number) for number in sorted(self._tasks.keys() - partitions)]
        for partition in sorted(partitions):
            task = self._tasks.get(partition)
            if task is None:
                task = self._tasks[partition] = PartitionTask(
                    self._log, self._agent, partition, self._turn, self._state_directory
                )
                if self._fail is not None:
                    task.start(self._fail)
            elif task.state is TaskState.SUSPENDED:
                task.restore()
        await _close(gone)

    def request_check(self) -> None:
        """Let every task look at what others wrote."""
        for task in self._tasks.values():
            task.request_check()

    # -- records and offsets

    def put(self, partition: int, frame: StoredFrame) -> None:
        """Queue a frame; one of a partition that went elsewhere is dropped, for its owner reads it too."""
        task = self._tasks.get(partition)
        if task is not None:
            task.queue.put(frame)

    def put_ahead(self, partition: int, frame: StoredFrame) -> None:
        """Queue a frame that this worker has appended, if it is the next one; else it will be fetched."""
        task = self._tasks.get(partition)
        if task is not None:
            task.queue.put_ahead(frame)

    def is_full(self, partition: int) -> bool:
        """Whether the consumer should fetch no more of a partition for now."""
        task = self._tasks.get(partition)
        return task is not None and task.queue.is_full

    def committable_offset(self, partition: int) -> int | None:
        """The offset up to which a partition is processed and durable; None where that is not known (yet)."""
        task = self._tasks.get(partition)
        return task.committable_offset if task is not None else None

    @property
    def recovering(self) -> Set[int]:
        """Partitions that are assigned here and whose state is not read, or not checked, yet."""
        tasks = list(self._tasks.items())  # asked from the thread that serves metrics, too
        return {number for number, task in tasks if task.state is not TaskState.RUNNING}

    def processor_of(self, partition: int) -> Processor | None:
        """The state of a partition, where it is here: for tests."""
        task = self._tasks.get(partition)
        return task.processor if task is not None else None


async def _close(tasks: Iterable[PartitionTask]) -> None:
    await asyncio.gather(*(task.close() for task in tasks))
