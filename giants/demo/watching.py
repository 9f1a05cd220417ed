"""Seeing what the stack says while it says it: latest states, changes, and lines for the terminal."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from rich.console import Console

from giants.demo.stack import DemoError
from giants.kafka import topics
from giants.kafka.topic_reader import Follower, Message
from giants.kafka.topics import Topic
from giants.settings import Settings
from giants.terminal.change_line import line

SEEN_SECONDS_MAX: Final = 60.0
_FOLLOWED: Final = (topics.COMPANIES, topics.EXPOSURES, topics.STATUS_CHANGES, topics.RATING_CHANGES)
_CHANGES: Final = {topics.STATUS_CHANGES.name, topics.RATING_CHANGES.name}

Change = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A change and when it was seen, on the monotonic clock."""

    topic: str
    change: Change
    at: float


@dataclass(slots=True)
class Watcher:
    """Follows the output topics in a thread. A context manager; printing is on where `loud` is set."""

    settings: Settings
    console: Console
    loud: bool = False
    companies: dict[str, dict[str, Any]] = field(default_factory=dict)
    exposures: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    _seen: list[Seen] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Watcher":
        self._thread = threading.Thread(target=self._follow, name="watcher", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def mark(self) -> int:
        """Where the changes are now."""
        with self._news:
            return len(self._seen)

    def latest(self, topic: Topic) -> list[dict[str, Any]]:
        """The latest states of a compacted topic."""
        with self._news:
            return list((self.companies if topic is topics.COMPANIES else self.exposures).values())

    def count(self, topic: Topic) -> int:
        """Records of a topic that were seen."""
        with self._news:
            return self.counts.get(topic.name, 0)

    def since(self, mark: int) -> list[Seen]:
        """Changes seen after a mark."""
        with self._news:
            return self._seen[mark:]

    def wait(self, what: str, look: Callable[[], bool]) -> None:
        """Wait until what was seen satisfies `look`; raises `DemoError` naming what it waited for."""
        with self._news:
            if not self._news.wait_for(look, SEEN_SECONDS_MAX):
                raise DemoError(f"after {SEEN_SECONDS_MAX:.0f} s still waiting for {what}")

    def names(self, company_id: str) -> tuple[str, str | None]:
        """Chinese and English name of a company; its id while it is unknown."""
        company = self.companies.get(company_id)
        return (company["name"], company["name_en"]) if company else (company_id, None)

    def _follow(self) -> None:
        with Follower(self.settings, _FOLLOWED) as follower:
            for message in follower.onwards(self._stop):
                self._take(message)

    def _take(self, message: Message) -> None:
        value = orjson.loads(message.value) if message.value is not None else {}
        with self._news:
            self.counts[message.topic] = self.counts.get(message.topic, 0) + 1
            if message.topic in _CHANGES:
                self._seen.append(Seen(message.topic, value, time.monotonic()))
                if self.loud:
                    self.console.print(line(message.topic, value, self.names), soft_wrap=True)
            else:
                latest = self.companies if message.topic == topics.COMPANIES.name else self.exposures
                _keep(latest, (message.key or b"").decode(), value)
            self._news.notify_all()


def _keep(latest: dict[str, dict[str, Any]], key: str, value: dict[str, Any]) -> None:
    """Take the latest state of a key; nothing is left of one that was deleted."""
    if value:
        latest[key] = value
    else:
        latest.pop(key, None)
