"""Histories of records: what intake lets in, no agent may choke on.

Records are separated by the byte 0x1E; the first byte of each chooses its topic.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from agents.exposure import ExposureProcessor
from agents.intake import Input, Packer
from agents.portfolio import PortfolioProcessor
from agents.registry import RegistryProcessor
from agents.watch_directory import Directory
from giants.decoding import facts
from giants.kafka import topics
from giants.kafka.topics import Topic
from giants.settings import Settings
from tests.agents.hostile import EXAMPLES, KINDS, as_json

SEPARATOR = b"\x1e"
RECORDS_MAX = 12
_SETTINGS = Settings(partitions=1, topic_prefix="")
_PACKER = Packer(_SETTINGS)
_AGENTS: dict[Topic, Any] = {
    topics.PROGRAMME_LOG: lambda: RegistryProcessor(_SETTINGS),
    topics.FAMILY_LOG: lambda: PortfolioProcessor(0, _SETTINGS),
    topics.DELTA_LOG: lambda: ExposureProcessor(0, _SETTINGS),
}


def seeds() -> Iterator[bytes]:
    """All examples as one history, and forwards and backwards in pairs."""
    records = [bytes((number,)) + as_json(EXAMPLES[kind]) for number, kind in enumerate(KINDS)]
    yield SEPARATOR.join(records)
    yield SEPARATOR.join(reversed(records))
    for before, after in pairwise(records):
        yield before + SEPARATOR + after


def one_input(data: bytes) -> None:
    """Pack the records, and let the agents fold what came through, each record a frame of its own."""
    folds = {topic: make() for topic, make in _AGENTS.items()}
    watching = Directory(Settings())
    offsets = dict.fromkeys(folds, 0)
    waiting = []
    for offset, record in enumerate(data.split(SEPARATOR)[:RECORDS_MAX]):
        kind = KINDS[record[0] % len(KINDS)] if record else facts.DAYS
        waiting += _PACKER.pack([Input(kind, f"{kind}.v1", 0, offset, None, record[1:], offset, ())])
        if kind == facts.WATCHLISTS:
            watching.take_watchlist(b"w", record[1:])
        if kind == facts.PORTFOLIOS:
            watching.counterparties.take_portfolio(b"p", record[1:], (), offset)
    names = {topic.name: topic for topic in folds}
    while waiting:
        packed = waiting.pop(0)
        topic = names.get(packed.topic)
        if topic is None:
            continue
        fold, offset = folds[topic], offsets[topic]
        step = fold.apply(offset, fold.decode(packed.value))
        if step.touched and fold.entries(step.touched).keys() != step.touched.keys():
            raise RuntimeError(f"{topic.name}: keeps other entries than it touched")
        list(fold.snapshots(step.touched))
        offsets[topic] += 1
        # What one agent sends to the log of the next is folded there.
        waiting += [sent for sent in step.outputs if sent.topic in names]
