"""The floor: a confluent-kafka loop with dictionaries. Nothing but its outputs and offsets is durable."""

from time import monotonic

from confluent_kafka import Consumer, Producer

from bench.peers.kit import (
    COMMIT_SECONDS,
    Counted,
    Tally,
    count_family,
    given_order,
    rate_company,
    read_family,
    warm_up,
)

_RECORDS_AT_ONCE = 1_000


def main() -> None:
    """Work until terminated."""
    order = given_order()
    warm_up()
    consumer = Consumer(
        {
            "bootstrap.servers": order.broker,
            "group.id": order.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer({"bootstrap.servers": order.broker, "linger.ms": 20, "partitioner": "murmur2_random"})
    consumer.subscribe([order.families])
    counted: dict[str, Counted] = {}
    tallies: dict[str, Tally] = {}
    committed_at = monotonic()
    while True:
        for message in consumer.consume(_RECORDS_AT_ONCE, 0.1):
            value = message.value()
            if message.error() is not None or value is None:
                raise RuntimeError(f"expected a record, got {message.error()}")
            family = read_family(value)
            step = count_family(counted.get(family.family_id), family)
            if step is None:
                continue
            counted[family.family_id], deltas = step
            for delta in deltas:
                tally = tallies.get(delta.company_id)
                if tally is None:
                    tally = tallies[delta.company_id] = Tally()
                result = rate_company(tally, delta)
                producer.produce(order.exposures, result.snapshot, result.company_id)
                for change in result.changes:
                    producer.produce(order.changes, change, result.company_id)
            producer.poll(0)
        if monotonic() - committed_at > COMMIT_SECONDS:
            producer.flush()
            if consumer.position(consumer.assignment()):
                consumer.commit(asynchronous=False)
            committed_at = monotonic()


if __name__ == "__main__":
    main()
