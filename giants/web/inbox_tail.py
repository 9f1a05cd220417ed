"""What is new in inboxes, as it comes on its topics: alerts, and pairs that wait for a person.

An inbox shows what ClickHouse has; here it learns that there is more. The topics are followed while an inbox
is open. Nothing is given again: a page that was away, or fell behind, looks at what is stored.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from giants.health import Dependencies
from giants.kafka import topics
from giants.kafka.topic_monitor import BROKER
from giants.settings import Settings
from giants.store.records import Incoming
from giants.web.output_tail import OutputTail

NEWS_HELD_MAX: Final = 1_000
INBOXES_MAX: Final = 500
# How often it is looked whether the topics are read; news come at once.
LOOK_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class InboxNews:
    """An alert, or a pair to review; alerts of one group are one piece of news."""

    kind: Literal["alert", "pair"]
    id: str
    owner: str
    portfolio_id: str


@dataclass(frozen=True, slots=True)
class InboxState:
    """Whether news are told as they come from here on; what came before is to be looked up."""

    is_live: bool


class _Alert(msgspec.Struct, frozen=True):
    id: str
    owner: str
    group_id: str = ""
    portfolio_id: str | None = None


class _Pair(msgspec.Struct, frozen=True):
    id: str
    owner: str
    portfolio_id: str
    to_review: bool


_decode_alert: Final = msgspec.json.Decoder(_Alert).decode
_decode_pair: Final = msgspec.json.Decoder(_Pair).decode


class InboxTail:
    """Follows alerts and pairs while somebody listens, until `stop` is set."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._stop: Final = stop
        self._news: Final[deque[InboxNews]] = deque(maxlen=NEWS_HELD_MAX)
        self._next = 0  # the number after the newest
        self._arrived: Final = asyncio.Condition()
        self._dependencies: Final = Dependencies(BROKER)
        self._tail: Final = (
            OutputTail(settings, (topics.ALERTS, topics.PORTFOLIO_MATCHES), self._take, self._dependencies)
            if settings.broker
            else None
        )
        self._turn: Final = asyncio.Lock()  # of those who start and stop the tail
        self._listeners = 0

    @property
    def is_full(self) -> bool:
        """Whether no further inbox can be served."""
        return self._listeners >= INBOXES_MAX

    async def follow(self) -> AsyncIterator[InboxNews | InboxState]:
        """What comes, and first and after each change whether it is told at all. Ends with `stop`."""
        await self._join()
        try:
            number, was_live = self._next, None
            while not self._stop.is_set():
                is_live = self._tail is not None and self._tail.reads
                if number < self._next - len(self._news):  # too slow: what was dropped is looked up
                    number, was_live = self._next, None
                if is_live is not was_live:
                    was_live = is_live
                    yield InboxState(is_live)
                for one in [self._news[index - self._next] for index in range(number, self._next)]:
                    number += 1
                    yield one
                await self._wait(number)
        finally:
            await self._leave()

    async def _wait(self, number: int) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._arrived:
                await self._arrived.wait_for(lambda: self._next > number)
        except TimeoutError:
            return

    async def _join(self) -> None:
        self._listeners += 1
        async with self._turn:
            if self._tail is not None and not self._tail.is_started:
                self._tail.start(None)

    async def _leave(self) -> None:
        self._listeners -= 1
        async with self._turn:
            if self._tail is not None and not self._listeners:
                await self._tail.stop()

    async def _take(self, records: Sequence[Incoming]) -> None:
        found = [news for record in records if (news := _news_of(record)) is not None]
        async with self._arrived:
            self._news.extend(found)
            self._next += len(found)
            self._arrived.notify_all()


def _news_of(record: Incoming) -> InboxNews | None:
    """What a record is in an inbox; None where it is nothing there, or cannot be read."""
    try:
        if record.topic == topics.ALERTS.name:
            alert = _decode_alert(record.value or b"")
            return InboxNews("alert", alert.group_id or alert.id, alert.owner, alert.portfolio_id or "")
        pair = _decode_pair(record.value or b"")
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return InboxNews("pair", pair.id, pair.owner, pair.portfolio_id) if pair.to_review else None
