"""The short form of `make chaos`: a handful of kills, the same verdict."""

import os
from pathlib import Path

import pytest

from tests.chaos.run import BrokerKind, Plan, Result, Run
from tests.chaos.up import UpRun

# Real crashes under a deadline need the machine to themselves; two workers of pytest do not leave it that.
pytestmark = pytest.mark.skipif(
    "CHAOS" not in os.environ, reason="needs the machine to itself: `make chaos-short` runs it"
)


def play(folder: Path, broker: BrokerKind) -> Result:
    plan = Plan(
        seed=6,
        seconds=30.0,
        kills=4,
        others=1,
        broker=broker,
        folder=folder,
        facts_per_second=40.0,
        brokers=1,
    )
    messages: list[str] = []
    return Run(plan, messages.append).play()


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_said_twice_where_workers_and_the_store_are_killed(tmp_path: Path) -> None:
    result = play(tmp_path, BrokerKind.EMBEDDED)
    assert result.violations == []
    assert result.kills == 4
    assert result.changes > 0


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("apache_kafka")
def test_nothing_is_lost_or_said_twice_on_apache_kafka_with_a_failing_clickhouse(tmp_path: Path) -> None:
    result = play(tmp_path, BrokerKind.KAFKA)
    assert result.violations == []
    assert result.kills == 4
    assert result.changes > 0


@pytest.mark.timeout(600)
def test_nothing_that_was_through_is_lost_where_the_supervisor_is_killed_again_and_again(
    tmp_path: Path,
) -> None:
    messages: list[str] = []
    result = UpRun(tmp_path, seed=1, kills=3, report=messages.append).play()
    assert result.violations == [], messages
    assert result.kills == 3
    assert result.changes > 0
    # The topics on disk go on where they were: a kill begins no epoch.
    assert {epoch.epoch for epoch in result.epochs} == {1}
