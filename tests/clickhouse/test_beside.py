"""A second taxonomy is built beside the first while facts come in, and readers are switched over to it.

Real workers, stores and commands, on one broker and a stand-in for a ClickHouse server.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.lag import FLOW, LagMonitor
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.store.client import Database
from giants.store.migrations import migrate
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.cli.facts import WORKED_EXAMPLE, designation, families
from tests.clickhouse.standin import StandIn
from tests.store.builders import TAXONOMY_DOCUMENT
from tests.waiting import wait_for

NAME = "杭州银河光电科技有限公司"
NEXT = "next-"
THROUGH_SECONDS_MAX = 120.0
# Laser light alone, under another name.
OTHER_TAXONOMY = {
    "taxonomy": "ctt90",
    "version": 1,
    "technologies": [{"id": "lasers", "name": "Lasers", "cpc": ["H01S5/00"]}],
}
_RATED = "SELECT technology, families, taxonomy FROM exposures ORDER BY technology"


@pytest.fixture
def settings(broker_settings: Settings, server: StandIn) -> Settings:
    return Settings(
        **{
            **broker_settings.model_dump(include={"broker", "broker_quirks", "topic_prefix", "data_dir"}),
            "partitions": 2,
            "clock": False,
            "clickhouse": server.dsn,
        }
    )


def ran(settings: Settings, *words: str, **more: str) -> "subprocess.Popen[str]":
    """A command that runs beside the test."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIANTS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "giants.cli", *words],
        env=own | environment(settings) | more,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit status of a command and what it wrote to standard error, once it has ended."""
    _, told = process.communicate(timeout=THROUGH_SECONDS_MAX)
    return process.returncode, told


def publish(settings: Settings, topic: topics.Topic, documents: Mapping[str, Any]) -> None:
    with Publisher(settings) as publisher:
        for key, document in documents.items():
            publisher.send(topic.full_name(settings), key, orjson.dumps(document))


def through(settings: Settings) -> None:
    with LagMonitor(settings) as progress:
        progress.wait(FLOW, THROUGH_SECONDS_MAX)


@pytest.fixture
def first(settings: Settings, tmp_path: Path) -> Iterator[ProcessGroup]:
    """A worker and a store that follow the first taxonomy, with a rated company."""
    create_topics(settings)
    with ProcessGroup(tmp_path, environment(settings)) as process_group:
        process_group.add("worker", "worker")
        process_group.add("store", "store")
        publish(settings, topics.TAXONOMIES, {"ctt74": TAXONOMY_DOCUMENT, "ctt90": OTHER_TAXONOMY})
        publish(settings, topics.ANNOUNCEMENTS, {"b7": designation("b7", [NAME])})
        publish(
            settings, topics.FAMILIES, {one["family_id"]: one for one in families("EX", NAME, WORKED_EXAMPLE)}
        )
        publish(settings, topics.WATCHLISTS, {"w-1": {"watchlist_id": "w-1", "owner": "desk-a"}})
        through(settings)
        yield process_group


def rated(database: Database) -> set[tuple[str, int, str]]:
    return {(row["technology"], row["families"], row["taxonomy"]) for row in database.rows(_RATED)}


def test_another_taxonomy_is_built_beside_and_switched_over(
    settings: Settings, database: Database, first: ProcessGroup, tmp_path: Path
) -> None:
    migrate(database)
    of_first = {
        ("advanced-optical-communication", 5, "ctt74"),
        ("gravitational-force-sensors", 5, "ctt74"),
    }
    assert rated(database) == of_first
    alerts = database.rows("SELECT id FROM alerts ORDER BY id")

    beside = settings.topic_prefix + NEXT
    there = settings.model_copy(update={"topic_prefix": beside, "taxonomy": "ctt90"})
    following = {"GIANTS_TAXONOMY": "ctt90"}
    building = ran(settings, "rebuild", "--beside", beside, **following)
    epoch = wait_for("the second epoch", lambda: _newest(database, 1))
    with ProcessGroup(tmp_path / "beside", environment(there) | following) as second:
        second.add("worker", "worker", GIANTS_EPOCH=str(epoch))
        second.add("store", "store")
        assert ended(building)[0] == 0
        assert rated(database) == of_first, "readers stay with the first"

        # What comes in meanwhile goes to the first system alone.
        publish(settings, topics.FAMILIES, {"EX6": families("EX6", NAME, [["H01S5/02"]])[0]})
        through(settings)
        assert {families_ for _, families_, _ in rated(database)} == {6}
        switching = ran(there, "epochs", "switch", str(epoch), **following)
        assert ended(switching)[0] == 0
        assert rated(database) == {("lasers", 6, "ctt90")}
        again = ran(there, "epochs", "switch", str(epoch), **following)
        status, told_again = ended(again)
        assert status == 1
        assert f"readers see epoch {epoch} already" in told_again
        second.leave_all()
    first.leave_all()
    told = database.rows("SELECT id FROM alerts ORDER BY id")
    assert [one for one in told if one in alerts] == alerts
    assert len(told) - len(alerts) == len(_changes_of(database, "EX61@1")), "one for what was new, none again"


def _newest(database: Database, before: int) -> int:
    newest = int(database.rows("SELECT max(epoch) AS epoch FROM epochs")[0]["epoch"])
    return newest if newest > before else 0


def _changes_of(database: Database, ref: str) -> list[dict[str, Any]]:
    return database.rows(
        "SELECT DISTINCT id FROM rating_changes_rows WHERE cause_ref = {ref:String} AND NOT replayed",
        {"ref": ref},
    )


def test_an_epoch_beside_needs_topics_of_its_own_and_one_that_is_not_known_is_not_switched_to(
    settings: Settings, database: Database, first: ProcessGroup
) -> None:
    same = ran(settings, "rebuild", "--beside", settings.topic_prefix)
    assert same.wait(THROUGH_SECONDS_MAX) == 1
    assert "give another prefix" in same.communicate()[1]
    unknown = ran(settings, "epochs", "switch", "9")
    assert unknown.wait(THROUGH_SECONDS_MAX) == 1
    assert "there is no epoch 9, there is 1" in unknown.communicate()[1]
    assert database.rows("SELECT epoch FROM visible_epoch") == [{"epoch": 1}]
    first.leave_all()
