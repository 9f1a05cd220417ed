"""confluent-kafka with its interface for asyncio, or blocking. It makes the batches by itself."""

import asyncio

from confluent_kafka import Consumer, Producer
from confluent_kafka.aio import AIOConsumer, AIOProducer

from bench.clients.kit import RECORDS_AT_ONCE, VALUE, Clock, Order, given_order


async def work(order: Order) -> None:
    """Send, then read, by the interface for asyncio."""
    producer = AIOProducer(_sending(order), batch_size=RECORDS_AT_ONCE)
    clock = Clock(order.records)
    at_once = RECORDS_AT_ONCE * order.partitions
    for first in range(0, order.records, at_once):
        sent = [
            await producer.produce(order.topic, VALUE, b"%d" % number)
            for number in range(first, min(first + at_once, order.records))
        ]
        await producer.flush()
        await asyncio.gather(*sent)
    clock.lap("send_us")
    await producer.close()
    consumer = AIOConsumer(_reading(order))
    await consumer.subscribe([order.topic])
    read = 0
    while not read:
        read += len(await consumer.consume(1, 0.1))
    clock.lap("join_us")
    while read < order.records:
        read += sum(len(one.value()) > 0 for one in await consumer.consume(RECORDS_AT_ONCE, 0.1))
    clock.lap("read_us")
    await consumer.close()
    clock.tell()


def work_blocking(order: Order) -> None:
    """The same without an event loop: the least that the library takes."""
    producer = Producer(_sending(order))
    clock = Clock(order.records)
    at_once = RECORDS_AT_ONCE * order.partitions
    for first in range(0, order.records, at_once):
        for number in range(first, min(first + at_once, order.records)):
            producer.produce(order.topic, VALUE, b"%d" % number)
        producer.flush()
    clock.lap("send_us")
    consumer = Consumer(_reading(order))
    consumer.subscribe([order.topic])
    read = 0
    while not read:
        read += len(consumer.consume(1, 0.1))
    clock.lap("join_us")
    while read < order.records:
        read += sum(len(one.value()) > 0 for one in consumer.consume(RECORDS_AT_ONCE, 0.1))
    clock.lap("read_us")
    consumer.close()
    clock.tell()


def _sending(order: Order) -> dict[str, object]:
    return {
        "bootstrap.servers": order.broker,
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 5,
        "queue.buffering.max.messages": 1_000_000,
    }


def _reading(order: Order) -> dict[str, object]:
    return {
        "bootstrap.servers": order.broker,
        "group.id": order.topic,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }


if __name__ == "__main__":
    given = given_order()
    if given.interface == "asyncio":
        asyncio.run(work(given))
    else:
        work_blocking(given)
