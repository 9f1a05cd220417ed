"""Record batches as the broker has them: read and appended as bytes, never decoded.

For copying the topics of the embedded broker. What is appended is what was read, so keys, values, headers and
timestamps are the same, and so are offsets where a partition is copied from its beginning.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.produce import ProduceRequest

from giants.kafka.connection import client_options, connected
from giants.kafka.errors import OffsetMismatchError
from giants.kafka.topics import BATCH_BYTES_MAX
from giants.settings import Settings

FETCH_BYTES_MAX: Final = 2 * BATCH_BYTES_MAX
_FETCH_WAIT_MS: Final = 1
_PRODUCE_MS_MAX: Final = 30_000
_ALL_REPLICAS: Final = -1
_READ_UNCOMMITTED: Final = 0
_NO_ERROR: Final = 0
# A batch begins with its base offset and the length of what follows; further on stands how far the last
# record is from the base offset (format 2 of record batches).
_HEAD: Final = struct.Struct(">qi")
_LAST_OFFSET_DELTA: Final = struct.Struct(">i")
_LAST_OFFSET_DELTA_AT: Final = 23
_HEADER_BYTES: Final = 61


@dataclass(frozen=True, slots=True)
class RawBatch:
    """One batch: offset of the first record, offset after the last, and all its bytes."""

    base_offset: int
    next_offset: int
    data: bytes


def batches_in(data: bytes) -> Iterator[RawBatch]:
    """The batches of some bytes; one that is cut off at the end is left out."""
    start = 0
    while start + _HEADER_BYTES <= len(data):
        base_offset, length = _HEAD.unpack_from(data, start)
        end = start + _HEAD.size + length
        if length < _HEADER_BYTES - _HEAD.size or end > len(data):
            return
        (delta,) = _LAST_OFFSET_DELTA.unpack_from(data, start + _LAST_OFFSET_DELTA_AT)
        yield RawBatch(base_offset, base_offset + delta + 1, data[start:end])
        start = end


class RawBatches:
    """Reads and appends batches; an asynchronous context manager. One broker leads all partitions."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = None

    async def __aenter__(self) -> Self:
        self._client = await connected(lambda: _Client(**client_options(self._settings)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.close()

    async def read(self, partition: TopicPartition, start: int) -> tuple[list[RawBatch], int]:
        """Read batches from an offset at which one begins; returns them and where the partition ends.

        Raises `KafkaError`, and `OffsetMismatchError` where the next batch begins elsewhere.
        """
        wanted = [(partition.topic, [(partition.partition, start, FETCH_BYTES_MAX)])]
        request = FetchRequest(_FETCH_WAIT_MS, 1, FETCH_BYTES_MAX, _READ_UNCOMMITTED, wanted)
        answer = await self._send(request)
        error_code, end, data = answer[1], answer[2], answer[-1]
        _check(error_code)
        batches = list(batches_in(data or b""))
        if batches and batches[0].base_offset != start:
            raise OffsetMismatchError(partition, start, batches[0].base_offset)
        return batches, end

    async def append(self, partition: TopicPartition, batches: list[RawBatch]) -> None:
        """Append batches that follow each other.

        Raises `KafkaError`, and `OffsetMismatchError` where they land at another offset than theirs.
        """
        data = b"".join(batch.data for batch in batches)
        answer = await self._send(
            ProduceRequest(
                transactional_id=None,
                required_acks=_ALL_REPLICAS,
                timeout=_PRODUCE_MS_MAX,
                topics=[(partition.topic, [(partition.partition, data)])],
            )
        )
        error_code, got = answer[1], answer[2]
        _check(error_code)
        if got != batches[0].base_offset:
            raise OffsetMismatchError(partition, batches[0].base_offset, got)

    async def _send(self, request: Any) -> Any:
        """Send a request that names one partition; returns what is answered about it."""
        answer = await self._client.send(self._client.get_random_node(), request)
        return answer.topics[0][1][0]


class _Client(AIOKafkaClient):  # type: ignore[misc]
    """A bare client with the names that consumers and producers have for start and stop."""

    async def start(self) -> None:
        await self.bootstrap()

    async def stop(self) -> None:
        await self.close()


def _check(error_code: int) -> None:
    if error_code != _NO_ERROR:
        raise for_code(error_code)()
