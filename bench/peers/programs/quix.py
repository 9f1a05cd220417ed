"""Quix Streams: two stateful steps in RocksDB with changelog topics, and a group-by between them."""

from typing import Any

from quixstreams import Application, State

from bench.peers.kit import (
    COMMIT_SECONDS,
    Delta,
    Result,
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

_STATE_KEY = "s"


def take_family(value: bytes, state: State) -> list[bytes]:
    """Count a family, and give its deltas."""
    known = state.get_bytes(_STATE_KEY)
    step = count_family(decode_counted(known) if known is not None else None, read_family(value))
    if step is None:
        return []
    counted, deltas = step
    state.set_bytes(_STATE_KEY, encode(counted))
    return [encode(delta) for delta in deltas]


def take_delta(value: bytes, state: State) -> Result:
    """Count a delta into its company."""
    known = state.get_bytes(_STATE_KEY)
    tally = decode_tally(known) if known is not None else Tally()
    result = rate_company(tally, decode_delta(value))
    state.set_bytes(_STATE_KEY, encode(tally))
    return result


def company_of(value: bytes) -> str:
    """The company of a delta."""
    delta: Delta = decode_delta(value)
    return delta.company_id


def main() -> None:
    """Work until terminated."""
    order = given_order()
    warm_up()
    app = Application(
        broker_address=order.broker,
        consumer_group=order.group,
        auto_offset_reset="earliest",
        commit_interval=COMMIT_SECONDS,
        state_dir=order.state,
        loglevel="WARNING",
        producer_extra_config={"linger.ms": 20},
    )
    raw: dict[str, Any] = {"key_serializer": "str", "value_serializer": "bytes"}
    families = app.topic(order.families, key_deserializer="str", value_deserializer="bytes", **raw)
    exposures, changes = app.topic(order.exposures, **raw), app.topic(order.changes, **raw)
    deltas = app.dataframe(families).apply(take_family, stateful=True, expand=True)
    by_company = deltas.group_by(
        company_of, name="company", key_deserializer="str", value_deserializer="bytes", **raw
    )
    results = by_company.apply(take_delta, stateful=True)
    results.apply(lambda result: result.snapshot).to_topic(exposures)
    results.apply(lambda result: result.changes, expand=True).to_topic(changes)
    app.run()


if __name__ == "__main__":
    main()
