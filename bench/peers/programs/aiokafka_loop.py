"""One agent's work in a bare aiokafka loop: the exposure fold, its outputs and its changelog, without Faust.

It reads the tracker's log of deltas and writes the very records that the tracker's exposure agent writes. It
takes no care of restarts, rebalances or late writers: that is what the agent does beyond it.
"""

import asyncio
from itertools import groupby
from typing import Any

from aiokafka import AIOKafkaConsumer

from agents.exposure import ExposureProcessor
from bench.peers.kit import COMMIT_SECONDS
from giants.kafka import topics
from giants.kafka.connection import client_options
from giants.kafka.kafka_log import KafkaLog
from giants.kafka.log import Record
from giants.settings import Settings
from streams.record_queue import GROUP_BYTES_MAX


async def run(settings: Settings) -> None:
    """Work until cancelled."""
    log = KafkaLog(settings)
    await log.start()
    source = topics.DELTA_LOG.full_name(settings)
    consumer = AIOKafkaConsumer(
        source,
        **client_options(settings),
        group_id=f"{settings.topic_prefix}worker",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=topics.RECORD_BYTES_MAX,
    )
    await consumer.start()
    folds: dict[int, ExposureProcessor] = {}
    loop = asyncio.get_running_loop()
    committed_at = loop.time()
    while True:
        polled = await consumer.getmany(timeout_ms=100)
        for place, messages in polled.items():
            fold = folds.setdefault(place.partition, ExposureProcessor(place.partition, settings))
            for group in _groups(messages):
                await _advance(log, settings, place.partition, fold, group)
        if loop.time() - committed_at > COMMIT_SECONDS:
            await consumer.commit()
            committed_at = loop.time()


async def _advance(
    log: KafkaLog, settings: Settings, partition: int, fold: ExposureProcessor, group: list[Any]
) -> None:
    """Fold frames, send what they lead to, write what changed."""
    records: list[Record] = []
    touched: dict[bytes, int] = {}
    for message in group:
        step = fold.apply(message.offset, fold.decode(message.value))
        records.extend(step.outputs)
        touched.update(step.touched)
    records.extend(fold.snapshots(touched))
    await log.send(records)
    state = topics.EXPOSURE_STATE.full_name(settings)
    entries = [Record(state, partition, key, value) for key, value in fold.entries(touched).items()]
    if entries:
        await log.append(state, partition, entries)


def _groups(messages: list[Any]) -> list[list[Any]]:
    """Frames that are folded together, as many bytes at once as the agent takes."""
    sizes = iter(messages)
    total = 0

    def number(message: Any) -> int:
        nonlocal total
        total += len(message.value)
        return total // GROUP_BYTES_MAX

    return [list(group) for _, group in groupby(sizes, number)]


if __name__ == "__main__":
    asyncio.run(run(Settings()))
