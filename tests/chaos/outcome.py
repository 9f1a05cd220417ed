"""What the topics hold in the end, and what the oracle makes of what went in.

What went in is read back from the input topics, so that the oracle knows every copy that was really sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from giants.kafka import topics
from giants.kafka.topic_reader import Follower, Message
from giants.kafka.topics import Topic
from giants.settings import Settings
from tests.simulation.oracle import Fact, Truth, truth, understood

Coordinates = tuple[str, int, int]  # full name of a topic, partition, offset


@dataclass
class Outcome:
    """Every record of the input and output topics, in order within a partition."""

    settings: Settings
    messages: Mapping[str, list[Message]]

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Read all inputs and outputs to their ends."""
        read: dict[str, list[Message]] = {topic.name: [] for topic in topics.INPUTS + topics.OUTPUTS}
        with Follower(settings, topics.INPUTS + topics.OUTPUTS) as follower:
            for message in follower.to_end():
                read[message.topic].append(message)
        return cls(settings, read)

    def of(self, topic: Topic) -> list[Message]:
        """The records of a topic."""
        return self.messages[topic.name]

    def latest(self, topic: Topic) -> dict[bytes, bytes]:
        """The latest value of each key, without those that are gone."""
        values = {message.key or b"": message.value for message in self.of(topic)}
        return {key: value for key, value in values.items() if value is not None}

    @cached_property
    def inputs(self) -> list[tuple[str, Message, Fact | None]]:
        """Every input with its kind and the fact in it; None where it has to be refused."""
        return [
            (kind, message, understood(kind, message.value, tuple(message.headers.items())))
            for topic in topics.INPUTS
            for kind in [topic.name.removesuffix(".v1")]
            for message in self.of(topic)
        ]

    @cached_property
    def expected(self) -> Truth:
        """What the compacted topics have to hold."""
        return truth(fact for _, _, fact in self.inputs if fact is not None)

    @cached_property
    def refused(self) -> dict[Coordinates, Message]:
        """The inputs that have to be in the dead letters."""
        return {
            (self.settings.topic_prefix + message.topic, message.partition, message.offset): message
            for _, message, fact in self.inputs
            if fact is None
        }

    def stale(self) -> Iterator[str]:
        """Latest values that are not, byte for byte, what the oracle says."""
        for topic, expected in (
            (topics.COMPANIES, self.expected.companies),
            (topics.EXPOSURES, self.expected.exposures),
        ):
            found = self.latest(topic)
            for key in sorted(expected.keys() | found.keys()):
                if expected.get(key) != found.get(key):
                    yield f"{topic.name} {key!r}: expected {expected.get(key)!r}, got {found.get(key)!r}"
