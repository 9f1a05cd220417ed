"""Bytewax: two keyed stateful steps in memory, snapshots of what changed in its SQLite recovery store.

Run by `python -m bytewax.run bench.peers.programs.bytewax_flow:flow -r FOLDER -s SECONDS -b 0`.
"""

from typing import Any

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow

from bench.peers.kit import (
    Counted,
    Delta,
    Order,
    Tally,
    count_family,
    given_order,
    rate_company,
    read_family,
    warm_up,
)
from giants.domain.events import Family


def keyed_by_family(message: Any) -> tuple[str, Family]:
    """Read a record."""
    family = read_family(message.value)
    return family.family_id, family


def take_family(known: Counted | None, family: Family) -> tuple[Counted | None, list[Delta]]:
    """Count a family, and give its deltas."""
    step = count_family(known, family)
    return step if step is not None else (known, [])


def keyed_by_company(keyed: tuple[str, Delta]) -> tuple[str, Delta]:
    """Key a delta by its company."""
    return keyed[1].company_id, keyed[1]


def build(order: Order) -> Dataflow:
    """The dataflow."""
    warm_up()

    def take_delta(known: Tally | None, delta: Delta) -> tuple[Tally, list[Any]]:
        tally = known if known is not None else Tally()
        result = rate_company(tally, delta)
        key = result.company_id.encode()
        messages = [KafkaSinkMessage(key, result.snapshot, topic=order.exposures)]
        messages += [KafkaSinkMessage(key, change, topic=order.changes) for change in result.changes]
        return tally, messages

    flow = Dataflow("families")
    records = op.input("records", flow, KafkaSource([order.broker], [order.families]))
    families = op.map("read", records, keyed_by_family)
    deltas = op.stateful_flat_map("count", families, take_family)
    by_company = op.map("key", deltas, keyed_by_company)
    results = op.stateful_flat_map("rate", by_company, take_delta)
    partitioner = {"partitioner": "murmur2_random"}
    op.output(
        "send", op.map("value", results, lambda keyed: keyed[1]), KafkaSink([order.broker], None, partitioner)
    )
    return flow


flow = build(given_order())
