"""Whether intake takes facts in: not while they are forwarded to the topics of another prefix.

`giants epochs switch` says so in the state of the stream. Every worker follows it, so that none has to be
started again, and one that is started by mistake takes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from giants.kafka.embedded_quirks import has_quirks
from giants.kafka.errors import named_refusals
from giants.kafka.poller import Polled, Polling
from giants.kafka.stream_state import FORWARDED, decode_forwarded
from giants.kafka.topic_reader import TopicReader
from giants.kafka.topics import STREAM_STATE
from giants.retry import retrying_async
from giants.settings import Settings

_POLLING: Final = Polling(records_max=500, wait_ms=500)
_logger = structlog.get_logger(__name__)


class IntakeGate:
    """Open while facts are to be taken in. The embedded broker has one stack alone: there it stays open."""

    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings
        self._opened: Final = asyncio.Event()

    async def run(self, take_in: Callable[[Callable[[], bool]], Awaitable[None]]) -> None:
        """Call `take_in` whenever the gate is open, until cancelled; it has to end when its argument says so.

        Raises what `take_in` raises, and what keeps the gate from being followed.
        """
        if has_quirks(self._settings):
            await take_in(lambda: False)
            return
        following = asyncio.create_task(self._follow())
        try:
            while True:
                await self._until_open(following)
                await take_in(lambda: following.done() or not self._opened.is_set())
                if following.done():
                    following.result()
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _until_open(self, following: "asyncio.Task[None]") -> None:
        opening = asyncio.create_task(self._opened.wait())
        try:
            await asyncio.wait({following, opening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            opening.cancel()
        if following.done():
            following.result()

    async def _follow(self) -> None:
        async for attempt in retrying_async((KafkaError, TimeoutError), "the broker"):
            with attempt, named_refusals("to let a worker read"):
                await self._read()

    async def _read(self) -> None:
        reader = TopicReader(self._settings, [STREAM_STATE], _POLLING)
        try:
            await reader.start()
            latest: bytes | None = None
            async for polled in reader.to_end():
                latest = _latest(polled, latest)
            self._set(latest)
            while True:
                before = latest
                latest = _latest(await reader.poll(), latest)
                if latest != before:
                    self._set(latest)
        finally:
            await reader.stop()

    def _set(self, value: bytes | None) -> None:
        to = decode_forwarded(value)
        if to is None:
            self._opened.set()
            return
        self._opened.clear()
        _logger.info("intake has stopped: facts are forwarded", prefix=to.prefix)


def _latest(polled: Polled, before: bytes | None) -> bytes | None:
    """The newest record of the gate, or what was known before."""
    found = [
        record.value for records in polled.batches.values() for record in records if record.key == FORWARDED
    ]
    return found[-1] if found else before
