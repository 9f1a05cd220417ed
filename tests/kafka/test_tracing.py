"""Traces: one fact is followed to its alert; what is no trace is dropped; nothing is made where it is off."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from giants.kafka import topics
from giants.kafka.log import Record
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from giants.kafka.tracing import (
    SPANS_PER_BATCH_MAX,
    TRACEPARENT,
    TRACING,
    TracingMissingError,
    trace_of,
    traced,
)
from giants.settings import Settings
from tests.agents.hostile import EXAMPLES, as_json
from tests.pipeline.running import settle, worker
from tests.streams.collector import Collector, collecting
from tests.waiting import wait_for

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOTHING_OUTSIDE = {name: "" for name in os.environ if name.startswith("OTEL_")}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running
        TRACING.stop()


def test_a_trace_is_what_the_standard_says_and_no_more() -> None:
    assert trace_of([("other", b""), (TRACEPARENT, TRACE)]) == TRACE
    for wrong in (
        b"",
        TRACE + b"\n",
        TRACE.upper(),
        b"01" + TRACE[2:],
        b"00-" + b"0" * 32 + TRACE[35:],
        None,
    ):
        assert trace_of([(TRACEPARENT, wrong)]) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_a_trace_of_fixed_length_or_none(value: bytes) -> None:
    found = trace_of([(TRACEPARENT, value)])
    assert found is None or len(found) == len(TRACE)


def test_records_carry_the_trace_with_their_headers() -> None:
    record = Record("t", 0, b"k", b"v", None, (("ce_id", b"1"),))
    assert traced([record], TRACE) == [replace(record, headers=(("ce_id", b"1"), (TRACEPARENT, TRACE)))]


def test_nothing_is_started_without_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NOTHING_OUTSIDE:
        monkeypatch.delenv(name)
    TRACING.start(Settings(), "test")
    assert not TRACING.on


def test_an_endpoint_without_the_extra_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(TracingMissingError, match="install the extra `otel`"):
        TRACING.start(Settings(otel_endpoint="http://127.0.0.1:4318"), "test")
    assert not TRACING.on


def test_spans_of_one_step_are_bounded(collector: Collector) -> None:
    TRACING.start(Settings(otel_endpoint=collector.endpoint), "test")
    TRACING.note("fold", [TRACE] * (SPANS_PER_BATCH_MAX + 5), 0, log="l")
    TRACING.stop()
    assert len(collector.spans) == SPANS_PER_BATCH_MAX
    assert {(span.trace, span.parent) for span in collector.spans} == {
        ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    }


def test_a_fact_is_followed_from_its_producer_to_its_alert(
    broker_settings: Settings, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = broker_settings.model_copy(update={"otel_endpoint": collector.endpoint})
    monkeypatch.setenv("GIANTS_OTEL_ENDPOINT", collector.endpoint)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    watchlist = as_json({"watchlist_id": "w", "owner": "desk"})
    family = as_json({**EXAMPLES["families"], "cpc": ["G01S13/88"]})
    with worker(settings):
        TRACING.start(settings, "ingest")
        with Publisher(settings) as publisher:
            publisher.send(topics.WATCHLISTS.full_name(settings), "w", watchlist)
            publisher.send(topics.TAXONOMIES.full_name(settings), "t", as_json(EXAMPLES["taxonomies"]))
            publisher.send(topics.ANNOUNCEMENTS.full_name(settings), "l", as_json(EXAMPLES["announcements"]))
            publisher.flush()
            settle(settings)
            publisher.send(topics.FAMILIES.full_name(settings), "f", family)
        TRACING.stop()
        settle(settings)
        with Follower(settings, [topics.FAMILIES]) as follower:
            (fact,) = follower.to_end()
        trace = fact.headers[TRACEPARENT].decode().split("-")[1]
        wait_for("its alert", lambda: trace in of_alerts(settings))
        wait_for("its spans", lambda: {"publish", "intake", "fold", "watch"} <= names_of(collector, trace))
    spans = [span for span in collector.spans if span.trace == trace]
    (root,) = (span for span in spans if not span.parent)
    assert (root.service, root.name) == ("giants-ingest", "publish")
    assert {span.parent for span in spans if span is not root} == {root.span}
    assert {span.service for span in spans if span is not root} == {"giants-worker"}


def of_alerts(settings: Settings) -> set[str]:
    with Follower(settings, [topics.ALERTS]) as follower:
        return {message.headers[TRACEPARENT].decode().split("-")[1] for message in follower.to_end()}


def names_of(collector: Collector, trace: str) -> set[str]:
    return {span.name for span in list(collector.spans) if span.trace == trace}
