"""A connection to the embedded broker that passes whole requests and answers on, in order."""

import asyncio
from collections import deque
from typing import Any, Final, Self

from giants.embedded.broker import LOOPBACK

ANSWER_BYTES_MAX: Final = 2_000_000_000
_LENGTH_BYTES: Final = 4


async def read_frame(reader: asyncio.StreamReader, bytes_max: int = ANSWER_BYTES_MAX) -> bytes:
    """One request or answer, without its length. Raises `ConnectionError` where it is too long."""
    size = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")
    if size > bytes_max:
        raise ConnectionError(f"a message of {size:,} bytes, at most {bytes_max:,}")
    return await reader.readexactly(size)


class BrokerConnection:
    """Requests are answered in their order; `run` has to run meanwhile."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._expected: deque[asyncio.Future[bytes]] = deque()

    @classmethod
    async def open(cls, port: int, buffer_bytes: int) -> Self:
        """Connect to the port of this machine."""
        return cls(*await asyncio.open_connection(LOOPBACK, port, limit=buffer_bytes))

    def send(self, frame: bytes) -> asyncio.Future[bytes]:
        """Send a request; the answer comes later."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._expected.append(answer)
        self._writer.write(len(frame).to_bytes(_LENGTH_BYTES, "big"))
        self._writer.write(frame)
        return answer

    async def ask(self, message: Any, version: int) -> Any:
        """Send a message of kafka-python's protocol and return the answer, reading it here: without `run`."""
        message.API_VERSION = version
        message.with_header(0, "giants")
        self.send(bytes(message.encode(header=True)))
        self._expected.clear()
        kind = message.header.get_response_class()
        return kind.decode(await read_frame(self._reader), header=True)

    async def run(self) -> None:
        """Read answers until the connection ends, which raises."""
        try:
            while True:
                frame = await read_frame(self._reader)
                answer = self._expected.popleft()
                if not answer.done():
                    answer.set_result(frame)
        except (asyncio.IncompleteReadError, OSError) as error:
            for answer in self._expected:
                if not answer.done():
                    answer.set_exception(ConnectionError(f"the broker closed the connection: {error}"))
            raise

    def close(self) -> None:
        """Disconnect."""
        self._writer.close()
