"""The plain Faust idiom: an agent for each step, one event at a time, tables with changelogs."""

import logging
import os
import sys
from collections.abc import AsyncIterable
from typing import Any

import faust

from bench.peers.kit import (
    COMMIT_SECONDS,
    Tally,
    count_family,
    decode_counted,
    decode_delta,
    decode_tally,
    encode,
    given_order,
    rate_company,
    read_family,
    warm_up,
)

_BATCH_BYTES = 512 * 1024


def build() -> faust.App:
    """The app."""
    order = given_order()
    warm_up()
    app = faust.App(
        order.group,
        broker=f"kafka://{order.broker}",
        store="memory://",
        datadir=order.folder,
        topic_partitions=order.partitions,
        topic_disable_leader=True,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=COMMIT_SECONDS,
        producer_linger=0.02,
        producer_max_batch_size=_BATCH_BYTES,
        stream_wait_empty=False,
    )
    raw: dict[str, Any] = {"key_serializer": "raw", "value_serializer": "raw"}
    families, deltas = app.topic(order.families, **raw), app.topic(order.deltas, **raw)
    exposures, changes = app.topic(order.exposures, **raw), app.topic(order.changes, **raw)
    counted = app.Table("counted", partitions=order.partitions, key_type=bytes, value_type=bytes)
    tallies = app.Table("tallies", partitions=order.partitions, key_type=bytes, value_type=bytes)

    @app.agent(families)
    async def count(records: AsyncIterable[bytes]) -> None:
        async for record in records:
            family = read_family(record)
            key = family.family_id.encode()
            known = counted.get(key)
            step = count_family(decode_counted(known) if known is not None else None, family)
            if step is None:
                continue
            for delta in step[1]:
                await deltas.send(key=delta.company_id.encode(), value=encode(delta))
            counted[key] = encode(step[0])

    @app.agent(deltas)
    async def rate(records: AsyncIterable[bytes]) -> None:
        async for record in records:
            delta = decode_delta(record)
            key = delta.company_id.encode()
            known = tallies.get(key)
            tally = decode_tally(known) if known is not None else Tally()
            result = rate_company(tally, delta)
            await exposures.send(key=key, value=result.snapshot)
            for change in result.changes:
                await changes.send(key=key, value=change)
            tallies[key] = encode(tally)

    return app


def main() -> None:
    """Work until terminated."""
    # Debug lines are built even where nobody prints them, unless the root logger says so.
    logging.getLogger().setLevel(logging.WARNING)
    sys.argv = [sys.argv[0]]
    os.environ["NO_COLOR"] = "1"
    faust.Worker(
        build(), override_logging=False, quiet=True, redirect_stdouts=False, loglevel=None
    ).execute_from_commandline()


if __name__ == "__main__":
    main()
