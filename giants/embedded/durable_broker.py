"""`python -m giants.embedded.durable_broker`: the embedded broker behind a log on disk.

Clients connect to this process, which passes their requests on to the broker. Batches of a produce request
are appended to the log (`giants.embedded.record_log`) before the broker gets them, so nobody reads or is
confirmed a record that a crash would take back. Inputs are synced to the disk as well, requests that have
come meanwhile together; all else is synced every second, since it can be made again from them. A log that
cannot be written (a full disk) refuses the request, and nothing of it is kept.

Started again, it gives the broker what the log holds before anybody else may connect.
"""

import asyncio
import os
import signal
import sys
from collections import deque
from pathlib import Path
from typing import Final

import structlog
import uvloop
from aiokafka import TopicPartition
from kafka.protocol.producer import ProduceRequest, ProduceResponse

from giants.embedded.broker import DAMAGED, LOOPBACK, free_port, start_tansu
from giants.embedded.broker_connection import BrokerConnection, read_frame
from giants.embedded.errors import TopicFilesError
from giants.embedded.group_offsets import GroupOffsetsFile
from giants.embedded.record_log import Entry, RecordLog, placed
from giants.embedded.restore_records import restore
from giants.embedded.topic_files import DERIVED_RECORDS, INPUT_RECORDS, OFFSETS
from giants.kafka import topics
from giants.logs import configure_logs
from giants.settings import Settings, settings

SYNC_SECONDS: Final = 1.0
GROUP_BYTES_MAX: Final = 32_000_000
WAITING_MAX: Final = 200  # requests of one connection
REQUEST_BYTES_MAX: Final = 110_000_000
_STREAM_BYTES: Final = 4_000_000
_PRODUCE, _OFFSET_COMMIT = 0, 8
_NO_ERROR: Final = 0
# The client is to say so at once: it would try again for long where the error were KAFKA_STORAGE_ERROR.
_NOT_KEPT: Final = -1
_NOT_KEPT_TEXT: Final = "the disk of the embedded broker cannot be written, nothing was kept: {}"

_logger = structlog.get_logger(__name__)


class _Ends:
    """Where each partition of the log ends, the topics of which are those of the program."""

    def __init__(self, current: Settings, ends: dict[TopicPartition, int]) -> None:
        self._inputs: Final = frozenset(topic.full_name(current) for topic in topics.INPUTS)
        self._ends: Final = ends

    def get(self, partition: TopicPartition) -> int | None:
        """Where the partition ends; None where it is none of the log."""
        return self._ends.get(partition)

    def move(self, partition: TopicPartition, end: int) -> None:
        """Note that the partition was appended to."""
        self._ends[partition] = end

    def is_input(self, partition: TopicPartition) -> bool:
        """Whether its records are inputs."""
        return partition.topic in self._inputs


class _LoggedQueue:
    """The partitions of one log, in one order: appended, then sent to the broker, group by group."""

    def __init__(self, log: RecordLog, broker: BrokerConnection, ends: _Ends, *, synced: bool) -> None:
        self.log, self.broker, self.synced = log, broker, synced
        self._ends = ends
        self.turn: Final = asyncio.Lock()
        self._waiting: Final[deque[_Produce]] = deque()
        self._has_waiting: Final = asyncio.Event()

    async def produce(self, request: "_Produce") -> bytes:
        """The answer to a request, after all before it."""
        self._waiting.append(request)
        self._has_waiting.set()
        return await request.answer

    async def run(self) -> None:
        """Work until cancelled; a failure ends the process."""
        while True:
            await self._has_waiting.wait()
            async with self.turn:
                await _take(self._next_group(), (self,), self._ends)

    def _next_group(self) -> list["_Produce"]:
        """What waits, as far as no partition comes twice: the second begins where the first will end."""
        group: list[_Produce] = []
        partitions: set[TopicPartition] = set()
        size = 0
        while self._waiting and size < GROUP_BYTES_MAX and partitions.isdisjoint(self._waiting[0].partitions):
            group.append(self._waiting.popleft())
            partitions |= group[-1].partitions
            size += group[-1].size
        if not self._waiting:
            self._has_waiting.clear()
        return group


async def _take(group: list["_Produce"], queues: tuple[_LoggedQueue, ...], ends: _Ends) -> None:
    """Append the batches of requests to the logs of their queues, then let the broker have them."""
    entries = [entry for request in group for entry in request.entries(ends)]
    try:
        for queue in queues:
            queue.log.append([entry for entry in entries if ends.is_input(entry.partition) == queue.synced])
            if queue.synced:
                await asyncio.to_thread(queue.log.sync)
    except OSError as error:
        _logger.warning("the log cannot be written: records are refused", error=str(error))
        for request in group:
            request.refuse(_NOT_KEPT_TEXT.format(error.strerror))
        return
    answers = [queues[0].broker.send(request.forwarded) for request in group]
    for request, answer in zip(group, answers, strict=True):
        request.check(await answer, ends)


class _Produce:
    """A produce request of a client."""

    def __init__(self, frame: bytes, version: int) -> None:
        self.size = len(frame)
        self._version = version
        message = ProduceRequest.decode(frame, version=version, header=True)
        self.is_silent = message.acks == 0
        self._correlation_id = message.header.correlation_id
        self._message = message
        self.partitions = {
            TopicPartition(topic.name, one.index)
            for topic in message.topic_data
            for one in topic.partition_data
        }
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._expected: dict[TopicPartition, Entry] = {}
        if self.is_silent:
            message.acks = -1  # the broker answers then, and in order
            self.forwarded = bytes(message.encode(version=version, header=True))
        else:
            self.forwarded = frame

    def entries(self, ends: "_Ends") -> list[Entry]:
        """What the broker will have to append. What is no batch is left to the broker to refuse."""
        for topic in self._message.topic_data:
            for one in topic.partition_data:
                partition = TopicPartition(topic.name, one.index)
                if one.records and (offset := ends.get(partition)) is not None:
                    entry = placed(partition, offset, one.records)
                    if entry is not None:
                        self._expected[partition] = entry
        return list(self._expected.values())

    def check(self, answer: bytes, ends: "_Ends") -> None:
        """Give the client the answer; raises where the broker has a batch at another offset than the log."""
        response = ProduceResponse.decode(answer, version=self._version, header=True)
        for topic in response.responses:
            for one in topic.partition_responses:
                entry = self._expected.get(TopicPartition(topic.name, one.index))
                if entry is None or one.error_code != _NO_ERROR:
                    continue
                if one.base_offset != entry.offset:
                    got = f"the broker has it at offset {one.base_offset}, the log at {entry.offset}"
                    raise TopicFilesError(Path(str(entry.partition)), got)
                ends.move(entry.partition, entry.end)
        self._give(answer)

    def refuse(self, reason: str) -> None:
        """Answer that nothing was kept."""
        response = ProduceResponse(
            responses=[
                (topic.name, [(one.index, _NOT_KEPT, -1, -1, -1, [], reason) for one in topic.partition_data])
                for topic in self._message.topic_data
            ],
            throttle_time_ms=0,
            version=self._version,
        )
        response.with_header(self._correlation_id)
        self._give(bytes(response.encode(header=True)))

    def _give(self, answer: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)


class DurableBroker:
    """The listener in front of the broker."""

    def __init__(
        self, inputs: _LoggedQueue, derived: _LoggedQueue, ends: "_Ends", offsets: GroupOffsetsFile, port: int
    ) -> None:
        self._inputs, self._derived, self._ends = inputs, derived, ends
        self._offsets, self._broker_port = offsets, port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it disconnects."""
        answers: asyncio.Queue[asyncio.Future[bytes]] = asyncio.Queue(WAITING_MAX)
        broker = await BrokerConnection.open(self._broker_port, _STREAM_BYTES)
        tasks = [asyncio.create_task(broker.run()), asyncio.create_task(_answer(answers, writer))]
        try:
            reading = asyncio.create_task(self._read(reader, broker, answers))
            tasks.append(reading)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            broker.close()
            writer.close()

    async def _read(
        self,
        reader: asyncio.StreamReader,
        broker: BrokerConnection,
        answers: "asyncio.Queue[asyncio.Future[bytes]]",
    ) -> None:
        while True:
            frame = await read_frame(reader, REQUEST_BYTES_MAX)
            kind, version = int.from_bytes(frame[:2], "big"), int.from_bytes(frame[2:4], "big")
            if kind == _PRODUCE:
                request = _Produce(frame, version)
                answer: asyncio.Future[bytes] = asyncio.ensure_future(self._produce(request))
                if not request.is_silent:
                    await answers.put(answer)
                continue
            if kind == _OFFSET_COMMIT:
                self._offsets.note(frame, version)
            await answers.put(broker.send(frame))

    async def _produce(self, request: _Produce) -> bytes:
        """Inputs go one way, all else another, so that what is derived does not wait for the disk."""
        are_inputs = {self._ends.is_input(partition) for partition in request.partitions}
        if len(are_inputs) == 1:
            return await (self._inputs if True in are_inputs else self._derived).produce(request)
        async with self._inputs.turn, self._derived.turn:
            await _take([request], (self._inputs, self._derived), self._ends)
        return await request.answer


async def _answer(answers: "asyncio.Queue[asyncio.Future[bytes]]", writer: asyncio.StreamWriter) -> None:
    """Answer in the order of the requests."""
    while True:
        answer = await (await answers.get())
        writer.write(len(answer).to_bytes(4, "big"))
        writer.write(answer)
        await writer.drain()


async def _sync(log: RecordLog, offsets: GroupOffsetsFile) -> None:
    while True:
        await asyncio.sleep(SYNC_SECONDS)
        try:
            await asyncio.to_thread(log.sync)
            offsets.write()
        except OSError as error:
            _logger.warning("the log cannot be synced", error=str(error))


async def _run(current: Settings, folder: Path, port: int, tansu_port: int, stop: asyncio.Event) -> None:
    offsets = GroupOffsetsFile(folder / OFFSETS)
    ends = _Ends(current, await restore(current, folder, tansu_port, offsets.all()))
    connections = [await BrokerConnection.open(tansu_port, _STREAM_BYTES) for _ in range(2)]
    inputs = _LoggedQueue(RecordLog(folder / INPUT_RECORDS), connections[0], ends, synced=True)
    derived = _LoggedQueue(RecordLog(folder / DERIVED_RECORDS), connections[1], ends, synced=False)
    broker = DurableBroker(inputs, derived, ends, offsets, tansu_port)
    work = [
        asyncio.create_task(task)
        for task in (
            inputs.run(),
            derived.run(),
            *(connection.run() for connection in connections),
            _sync(derived.log, offsets),
        )
    ]
    stopped = asyncio.create_task(stop.wait())
    server = await asyncio.start_server(broker.serve, LOOPBACK, port, limit=_STREAM_BYTES)
    try:
        done, _ = await asyncio.wait([*work, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()
    finally:
        server.close()
        for task in (*work, stopped):
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        offsets.write()
        for queue in (inputs, derived):
            queue.log.close()


async def _main(folder: Path, port: int, log_file: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    tansu = await asyncio.to_thread(start_tansu, log_file, free_port(), f"{LOOPBACK}:{port}")
    try:
        tansu_port = int(tansu.address.rpartition(":")[2])
        await _run(settings(), folder, port, tansu_port, stop)
    finally:
        tansu.stop()


def main(arguments: list[str]) -> None:
    """Run until SIGTERM. Ends with `DAMAGED` where the files cannot be given to a broker."""
    folder, port, log_file = Path(arguments[0]), int(arguments[1]), Path(arguments[2])
    configure_logs(settings())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_main(folder, port, log_file))
    except TopicFilesError as error:
        _logger.warning("the topics on disk cannot be used", error=str(error))
        os._exit(DAMAGED)


if __name__ == "__main__":
    main(sys.argv[1:])
