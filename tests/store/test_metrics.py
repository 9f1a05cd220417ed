"""What the store measures: counters that only grow, how far behind it is, and how fresh what it has is."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.store.client import Database
from giants.store.metrics import StoreCollector
from giants.store.writer import Writer, WriterState
from tests.store.builders import family, status_change
from tests.store.waiting import running, wait_until


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    return broker_settings.model_copy(update={"store_flush_seconds": 0.05})


def samples(state: WriterState | None) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(StoreCollector(lambda: state))
    return {sample.name: sample.value for metric in registry.collect() for sample in metric.samples}


def test_nothing_is_told_of_a_store_that_runs_elsewhere() -> None:
    assert samples(None) == {}


def test_newest_instants_are_left_out_until_there_are_some() -> None:
    told = samples(WriterState(records=5, rows=7, behind=2))
    assert (told["giants_store_records_total"], told["giants_store_rows_total"]) == (5.0, 7.0)
    assert told["giants_store_consumer_lag_records"] == 2.0
    assert told["giants_store_ready"] == 0.0
    assert not any("newest" in name for name in told)


def test_the_newest_fact_and_the_newest_change_are_told_apart(settings: Settings, database: Database) -> None:
    old, new = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    with Publisher(settings) as publisher:
        for topic, at in ((topics.FAMILIES, new), (topics.DEAD_LETTERS, old), (topics.DELTA_LOG, new)):
            publisher.send(
                topic.full_name(settings),
                "F1",
                orjson.dumps(family("F1")),
                timestamp_ms=int(at.timestamp() * 1000),
            )
    writer = Writer(settings, database)
    before = samples(WriterState())["giants_store_batch_rows_count"]
    with running(writer.run):
        wait_until(lambda: writer.state.records == 3, "all records")
    told = samples(writer.state)
    assert told["giants_store_newest_fact_timestamp_seconds"] == new.timestamp()
    assert told["giants_store_newest_change_timestamp_seconds"] == old.timestamp()
    assert told["giants_store_newest_record_timestamp_seconds"] == new.timestamp()
    assert told["giants_store_batch_rows_count"] > before
    assert told["giants_store_batch_duration_seconds_sum"] > 0


def test_it_is_told_how_soon_a_live_change_is_in_clickhouse(settings: Settings, database: Database) -> None:
    def seen() -> tuple[float, float]:
        told = samples(WriterState())
        name = "giants_store_freshness_seconds"
        return told[f"{name}_count"], told[f"{name}_sum"]

    before = seen()
    topic = topics.STATUS_CHANGES.full_name(settings)
    minute_ago_ms = int(1000 * (datetime.now(UTC).timestamp() - 60))
    writer = Writer(settings, database)
    with Publisher(settings) as publisher:
        cases: dict[str, dict[str, Any]] = {"C1": {}, "C2": {"backfill": True}, "C3": {"replayed": True}}
        for company, more in cases.items():
            value = orjson.dumps(status_change(company, 1, **more))
            publisher.send(topic, company, value, timestamp_ms=minute_ago_ms)
    with running(writer.run):
        wait_until(lambda: writer.state.records == 3, "the changes to be stored")
    count, seconds = (after - earlier for after, earlier in zip(seen(), before, strict=True))
    assert count == 1
    assert 60 <= seconds < 180
