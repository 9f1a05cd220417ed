"""Facts that come while state is built beside on topics of another prefix: none is lost, none has to wait.

Those that came since the journal was published there are forwarded as replayed, since what they lead to is
announced by the workers that are served. At the switch intake of these stops, and everything after its last
offset is forwarded as it came: producers may go on writing to the old topics for as long as they want. How
far it is are the offsets of two groups, so a command that was killed goes on where it was:

    forwarding   what came before the switch, from where the journal ends
    intake       what comes after it, from where intake has stopped
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Final

from aiokafka import TopicPartition

from giants.kafka import topics
from giants.kafka.admin import has_members, set_offsets
from giants.kafka.connection import EventLoopThread
from giants.kafka.errors import IntakeRunningError
from giants.kafka.lag import (
    DELIVERY,
    EXPOSURE,
    INTAKE,
    INVENTIONS,
    PORTFOLIO,
    REGISTRY,
    STORE,
    WATCH,
    ConsumerGroup,
    LagMonitor,
    ends_of,
)
from giants.kafka.poller import Polled
from giants.kafka.publisher import REPLAYED_HEADER, Header, Publisher
from giants.kafka.stream_state import Forwarded, note_forwarded
from giants.kafka.topic_reader import TopicReader
from giants.settings import Settings

FORWARDING: Final = ConsumerGroup("forwarding", topics.INPUTS)
FIRST_SCREENING: Final = ConsumerGroup("first-screening", (topics.PORTFOLIOS,))
# Everything that follows from facts that were taken in.
BEHIND_INTAKE: Final = (
    *(REGISTRY, PORTFOLIO, PORTFOLIO, INVENTIONS, PORTFOLIO, EXPOSURE),
    *(FIRST_SCREENING, WATCH, STORE),
)
_LOOK_SECONDS: Final = 0.5

Offsets = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Route:
    """The topics that are served, and those that state is built on: settings with the prefix of each."""

    served: Settings
    target: Settings


def begin_at_stored(served: Settings) -> None:
    """Let forwarding begin where the store is: what is before is in the journal."""
    _begin(served, _committed(served, STORE))


def begin_at_end(settings: Settings) -> None:
    """Let forwarding begin behind everything that is on the input topics now."""
    _begin(settings, ends_of(settings, _committed(settings, FORWARDING)))


def begin_at_intake(settings: Settings) -> None:
    """Let forwarding begin where intake is: what is before was forwarded here and taken in there."""
    _begin(settings, _committed(settings, INTAKE))


def forward_known(route: Route) -> int:
    """Forward what was taken in since the journal was published, as replayed; returns how many records."""
    return _forward(route, FORWARDING, _committed(route.served, INTAKE), (REPLAYED_HEADER,))


def forward_new(route: Route) -> int:
    """Forward what came since intake has stopped, as it came; returns how many records."""
    ends = ends_of(route.served, _committed(route.served, INTAKE))
    return _forward(route, INTAKE, ends, ())


def stop_intake(served: Settings, to: Forwarded, seconds_max: float) -> None:
    """Stop intake in all workers, and return once it has stopped.

    Raises `IntakeRunningError` where it goes on: workers of an older version know nothing of it.
    """
    note_forwarded(served, to)
    group = served.topic_prefix + INTAKE.group
    deadline = monotonic() + seconds_max
    while has_members(served, group):
        if monotonic() > deadline:
            raise IntakeRunningError(group, seconds_max)
        sleep(_LOOK_SECONDS)


def wait_for_delivery(served: Settings, seconds_max: float) -> None:
    """Return once delivery has all alerts of the topics that were served; at once where none runs on them."""
    if has_members(served, served.topic_prefix + DELIVERY.group):
        with LagMonitor(served) as monitor:
            monitor.wait((DELIVERY,), seconds_max)


def keep_alerts(settings: Settings) -> None:
    """Let delivery begin with the first alert of these topics, however late it is started on them."""
    group = settings.topic_prefix + DELIVERY.group
    with LagMonitor(settings) as monitor:
        offsets = monitor.committed(DELIVERY)
    if not any(offsets.values()) and not has_members(settings, group):
        set_offsets(settings, group, offsets)


def _begin(settings: Settings, offsets: Offsets) -> None:
    _set(settings, FORWARDING, offsets)


def _forward(route: Route, group: ConsumerGroup, until: Offsets, headers: Sequence[Header]) -> int:
    """Publish the records of a group from its offsets up to others, and commit these."""
    served, target = route.served, route.target
    starts = _committed(served, group)
    ends = {place: end for place, end in until.items() if end > starts[place]}
    if not ends:
        return 0
    names = {topic.full_name(served): topic.full_name(target) for topic in topics.INPUTS}
    forwarded = 0
    with Publisher(target) as publisher, _Reading(served, starts) as reading:
        while (polled := reading.next()) is not None:
            for place, records in polled.items():
                for record in records:
                    if record.offset < ends.get(place, 0):
                        publisher.send(
                            names[place.topic],
                            record.key,
                            record.value,
                            timestamp_ms=record.timestamp,
                            headers=_with(record.headers, headers),
                        )
                        forwarded += 1
    _set(served, group, {**starts, **ends})
    return forwarded


def _with(given: Sequence[tuple[str, bytes | None]], more: Sequence[Header]) -> list[Header]:
    names = {name for name, _ in more}
    return [*((name, value or b"") for name, value in given if name not in names), *more]


class _Reading:
    """The input topics from some offsets to their end as it is now. A context manager."""

    def __init__(self, settings: Settings, starts: Offsets) -> None:
        self._thread: Final = EventLoopThread("forwarding")
        self._settings, self._starts = settings, starts

    def __enter__(self) -> "_Reading":
        self._reader: TopicReader = self._thread.call(_started(self._settings, self._starts))
        self._batches = self._reader.to_end()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.call(self._reader.stop())
        self._thread.close()

    def next(self) -> Mapping[TopicPartition, Any] | None:
        """Some more records by partition; None at the end."""
        polled: Polled | None = self._thread.call(_next(self._batches))
        if polled is None:
            return None
        polled.log_unreadable()
        return polled.batches


async def _started(settings: Settings, starts: Offsets) -> TopicReader:
    reader = TopicReader(settings, topics.INPUTS)
    await reader.start(starts)
    return reader


async def _next(batches: AsyncIterator[Polled]) -> Polled | None:
    return await anext(batches, None)


def _committed(settings: Settings, group: ConsumerGroup) -> dict[TopicPartition, int]:
    """Where a group is in each partition of the input topics; 0 where it has committed nothing."""
    with LagMonitor(settings) as monitor:
        return monitor.committed(ConsumerGroup(group.group, topics.INPUTS))


def _set(settings: Settings, group: ConsumerGroup, offsets: Offsets) -> None:
    set_offsets(settings, settings.topic_prefix + group.group, offsets)
