"""aiokafka as the agents use it: a thousand records a batch, batches of all partitions side by side."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.clients.kit import RECORDS_AT_ONCE, VALUE, Clock, Order, given_order


async def work(order: Order) -> None:
    """Send, then read."""
    producer = AIOKafkaProducer(
        bootstrap_servers=order.broker, acks="all", enable_idempotence=True, max_batch_size=1_000_000
    )
    await producer.start()
    clock = Clock(order.records)
    for first in range(0, order.records, RECORDS_AT_ONCE * order.partitions):
        sent = [
            await producer.send_batch(_batch(producer, start), order.topic, partition=partition)
            for partition in range(order.partitions)
            if (start := first + partition * RECORDS_AT_ONCE) < order.records
        ]
        await asyncio.gather(*sent)
    clock.lap("send_us")
    await producer.stop()
    consumer = AIOKafkaConsumer(
        order.topic,
        bootstrap_servers=order.broker,
        group_id=order.topic,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    while not consumer.assignment():
        await consumer.getmany(timeout_ms=100, max_records=1)
    clock.lap("join_us")
    read = 0
    await consumer.seek_to_beginning()
    while read < order.records:
        batches = await consumer.getmany(timeout_ms=100, max_records=RECORDS_AT_ONCE)
        read += sum(len(one.value) > 0 for records in batches.values() for one in records)
    clock.lap("read_us")
    await consumer.stop()
    clock.tell()


def _batch(producer: AIOKafkaProducer, start: int) -> object:
    batch = producer.create_batch()
    for number in range(start, start + RECORDS_AT_ONCE):
        batch.append(key=b"%d" % number, value=VALUE, timestamp=None)
    batch.close()
    return batch


if __name__ == "__main__":
    asyncio.run(work(given_order()))
