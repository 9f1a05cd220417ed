"""Reading with kafka-python from topics that anybody may write to: no record stops a consumer.

A header of Kafka has a name of any bytes, but kafka-python reads it as UTF-8 and raises at a record where it
is not; the next poll of the same consumer never returns (kafka-python 3.0.12). So such a record is stepped
over. Nothing is lost by that: intake tells of it in the dead letters, and its bytes stay where they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CorruptRecordError

_logger = structlog.get_logger(__name__)


def poll(consumer: KafkaConsumer, timeout_ms: int) -> Mapping[TopicPartition, Sequence[Any]]:
    """Records that have come, by partition, or none after a while. Raises `KafkaError`."""
    try:
        batches: Mapping[TopicPartition, Sequence[Any]] = consumer.poll(timeout_ms=timeout_ms)
    except CorruptRecordError as error:
        if not isinstance(error.__context__, UnicodeDecodeError):
            raise  # broken on its way: another try may read it
        _step_over(consumer, error)
        return {}
    return batches


def ends_of(consumer: KafkaConsumer, timeout_ms: int) -> dict[TopicPartition, int]:
    """Where the partitions of a consumer end, told by fetches: the embedded broker's list understates it.

    To be asked of a consumer that was made for it: one that fetched before may answer with what it was told
    then. It has to stand somewhere in each partition. Raises `KafkaError`.
    """
    places = consumer.assignment()
    ends: dict[TopicPartition, int] = {}
    while len(ends) < len(places):
        poll(consumer, timeout_ms)
        ends |= {place: end for place in places if (end := consumer.highwater(place)) is not None}
    return ends


def _step_over(consumer: KafkaConsumer, error: CorruptRecordError) -> None:
    """Go behind the record that the consumer came to. Only the client's inside knows which one that is."""
    records = consumer._fetcher._next_partition_records
    place, offset = records.topic_partition, records.next_fetch_offset
    consumer.seek(place, offset + 1)
    _logger.warning(
        "a record that cannot be read is passed over",
        topic=place.topic,
        partition=place.partition,
        offset=offset,
        reason=str(error),
    )
