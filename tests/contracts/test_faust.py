"""Faust: what it commits of events that failed or are missing, and what it would serve to anybody."""

import asyncio
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.transport.consumer import Consumer
from faust.types import TP
from intervaltree import IntervalTree
from kafka import KafkaAdminClient, TopicPartition

from agents.worker import Worker
from giants.settings import Settings
from tests.contracts.test_tansu import append, make_topic
from tests.waiting import wait_for

PLACE = TP("t", 0)
EVENTS = 3


@pytest.mark.parametrize(("mode", "expected"), [("ack", True), ("noack", False)])
def test_an_event_whose_handler_raised_is_committed_unless_the_stream_acknowledges_nothing(
    settings: Settings, tmp_path: Path, mode: str, expected: bool
) -> None:
    """Why nothing is acknowledged to Faust (`streams.transport`)."""
    broker, topic = settings.require_broker(), f"{settings.topic_prefix}failing"
    make_topic(broker, topic)
    asyncio.run(append(broker, topic, EVENTS))
    command = [sys.executable, "-m", "tests.contracts.faust_program", broker, topic, mode, str(tmp_path)]
    log = tmp_path / f"{mode}.log"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as program:
        try:
            wait_for("an event to fail", lambda: "failed at" in log.read_text())
            if expected:
                wait_for("the commit", lambda: committed(broker, f"{topic}-{mode}", topic))
        finally:
            program.kill()
    assert bool(committed(broker, f"{topic}-{mode}", topic)) == expected, log.read_text()


def committed(broker: str, group: str, topic: str) -> int | None:
    """Where a group stands; None where it has committed nothing."""
    admin = KafkaAdminClient(bootstrap_servers=broker)
    place = TopicPartition(topic, 0)
    try:
        found = admin.list_group_offsets({group: [place]})[group]
    finally:
        admin.close()
    return found[place].offset if place in found and found[place].offset >= 0 else None


def consumer(acked: list[int], committed_offset: int | None, gap: IntervalTree | None = None) -> Any:
    """As much of Faust's consumer as its counting of offsets looks at."""
    return SimpleNamespace(
        _acked={PLACE: acked},
        _acked_index=defaultdict(set),
        _gap={PLACE: gap if gap is not None else IntervalTree()},
        _committed_offset={PLACE: committed_offset},
    )


def test_one_unacknowledged_event_is_committed_past() -> None:
    """Why the position in the state decides, not what is committed (`streams.task`)."""
    assert Consumer._new_offset(consumer([12, 13], 10), PLACE) is None, "10 and 11 are waited for"
    assert Consumer._new_offset(consumer([11, 12], 10), PLACE) == 13, "10 is not"


def test_a_gap_takes_the_live_offset_in() -> None:
    """Why commits of compacted topics cannot be relied on: the range is to end before 7."""
    one = consumer([], 3)
    asyncio.run(Consumer._add_gap(one, PLACE, 5, 7))
    (interval,) = one._gap[PLACE]
    assert (interval.begin, interval.end) == (5, 8)


def test_its_web_server_and_tables_are_off_here_though_they_are_on_by_default(tmp_path: Path) -> None:
    """Faust serves the state of every table at /table, to anybody who reaches its port."""
    assert faust.App("contracts-default", datadir=str(tmp_path)).conf.web_enabled
    app = Worker(Settings(broker="127.0.0.1:1", data_dir=tmp_path)).app
    assert not app.conf.web_enabled
    assert not app.tables
