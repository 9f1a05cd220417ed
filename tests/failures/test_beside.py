"""A second taxonomy is built beside the first while facts come in, and readers are switched over to it.

Real workers, stores and commands, on Apache Kafka and a stand-in for a ClickHouse server.
"""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from giants.kafka import topics
from giants.kafka.stream_state import Forwarded, forwarded, note_forwarded
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.epochs import begin_next_epoch
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.cli.facts import WORKED_EXAMPLE, families
from tests.failures import stream
from tests.failures.command import COMMAND_SECONDS_MAX, Command
from tests.failures.roles import Roles
from tests.store.builders import TAXONOMY_DOCUMENT
from tests.waiting import wait_for

# Laser light alone, under another name.
OTHER_TAXONOMY = {
    "taxonomy": "ctt90",
    "version": 1,
    "technologies": [{"id": "lasers", "name": "Lasers", "cpc": ["H01S5/00"]}],
}
_RATED = "SELECT technology, families, taxonomy FROM exposures ORDER BY technology"


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with connect(settings.clickhouse_dsn()) as opened:
        yield opened


@pytest.fixture
def first(settings: Settings, roles: Roles) -> Roles:
    """A worker and a store that follow the first taxonomy, with a rated company."""
    roles.start("worker", "store")
    stream.publish(settings, topics.TAXONOMIES, {"ctt74": TAXONOMY_DOCUMENT, "ctt90": OTHER_TAXONOMY})
    stream.designate(settings, "b7")
    stream.publish(settings, topics.FAMILIES, rated_families("EX", WORKED_EXAMPLE))
    stream.watch_all(settings, "w-1")
    stream.through(settings)
    return roles


def rated_families(prefix: str, symbols: Any) -> dict[str, Any]:
    return {one["family_id"]: one for one in families(prefix, stream.NAME, symbols)}


def rated(database: Database) -> set[tuple[str, int, str]]:
    return {(row["technology"], row["families"], row["taxonomy"]) for row in database.rows(_RATED)}


def test_another_taxonomy_is_built_beside_and_switched_over(
    settings: Settings, database: Database, first: Roles
) -> None:
    of_first = {
        ("advanced-optical-communication", 5, "ctt74"),
        ("gravitational-force-sensors", 5, "ctt74"),
    }
    assert rated(database) == of_first
    alerts = database.rows("SELECT id FROM alerts ORDER BY id")

    prefix = f"{settings.topic_prefix}next-"
    there = settings.model_copy(update={"topic_prefix": prefix})
    following = {"GIANTS_TAXONOMY": "ctt90"}
    folder = settings.data_dir.parent
    building = Command(settings, folder / "b.log", "rebuild", "--beside", prefix, **following)
    building.wait_until_printed("now start a store and workers")
    assert "GIANTS_TAXONOMY=ctt90" in building.log
    epoch = _newest(database, 1)
    with ProcessGroup(folder / "beside", environment(there) | following) as second:
        second.add("worker", "worker", GIANTS_EPOCH=str(epoch))
        second.add("store", "store")
        building.wait_until_ended_well()
        assert rated(database) == of_first, "readers stay with the first"

        # What comes in meanwhile goes to the first system alone.
        stream.publish(settings, topics.FAMILIES, rated_families("EX6", [["H01S5/02"]]))
        stream.through(settings)
        assert {families_ for _, families_, _ in rated(database)} == {6}
        words = "epochs", "switch", str(epoch), "--beside", prefix
        switching = Command(settings, folder / "s.log", *words)
        switching.wait_until_printed(f"readers see epoch {epoch} now")
        assert rated(database) == {("lasers", 6, "ctt90")}
        switching.process.send_signal(signal.SIGINT)
        switching.wait_until_ended_well()

        # What comes to the first topics after it is forwarded by the same command.
        stream.publish(settings, topics.FAMILIES, rated_families("EX7", [["H01S5/02"]]))
        again = Command(settings, folder / "a.log", *words)
        wait_for(
            "the family to be rated", lambda: rated(database) == {("lasers", 7, "ctt90")}, COMMAND_SECONDS_MAX
        )
        again.process.send_signal(signal.SIGINT)
        again.wait_until_ended_well()
        assert "1 records were forwarded" in again.log
        stream.through(there)
        second.leave_all()
    first.group.leave_all()
    told = database.rows("SELECT id FROM alerts ORDER BY id")
    assert [one for one in told if one in alerts] == alerts
    since = len(_changes_of(database, "EX61@1")) + len(_changes_of(database, "EX71@1"))
    assert len(told) - len(alerts) == since, "one for what was new, none again"


def _newest(database: Database, before: int) -> int:
    newest = int(database.rows("SELECT max(epoch) AS epoch FROM epochs")[0]["epoch"])
    return newest if newest > before else 0


def _changes_of(database: Database, ref: str) -> list[dict[str, Any]]:
    return database.rows(
        "SELECT DISTINCT id FROM rating_changes_rows WHERE cause_ref = {ref:String} AND NOT replayed",
        {"ref": ref},
    )


def test_where_state_cannot_be_built_or_switched_to_is_told(
    settings: Settings, database: Database, first: Roles
) -> None:
    same = stream.command(settings, "rebuild", "--beside", settings.topic_prefix)
    assert same.status == 1
    assert "give another prefix" in same.err
    elsewhere = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}served."})
    held = stream.command(elsewhere, "rebuild", "--beside", settings.topic_prefix)
    assert held.status == 1
    assert "hold state already" in held.err
    unknown = stream.command(settings, "epochs", "switch", "9", "--beside", "next.")
    assert unknown.status == 1
    assert "there is no epoch 9, there is 1" in unknown.err
    assert database.rows("SELECT epoch FROM visible_epoch") == [{"epoch": 1}]


def test_intake_stops_while_facts_are_forwarded_and_goes_on_where_the_epoch_is_abandoned(
    settings: Settings, database: Database, first: Roles
) -> None:
    epoch = begin_next_epoch(database)
    note_forwarded(settings, Forwarded("next.", 1))
    wait_for("intake to stop", lambda: "intake has stopped" in first.log("worker"))
    first.group.leave("worker")
    first.start("worker")
    wait_for("the next worker to know it", lambda: first.log("worker").count("intake has stopped") == 2)
    late = "温州银河光电科技有限公司"
    stream.designate(settings, "b7-late", late)
    assert stream.command(settings, "epochs", "abandon", str(epoch)).status == 0
    assert forwarded(settings) is None
    stream.through(settings)
    assert {row["name"] for row in database.rows("SELECT name FROM companies")} == {stream.NAME, late}
