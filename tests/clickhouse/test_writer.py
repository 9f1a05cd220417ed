"""The writer before a server that fails: what it was given is stored once, whatever went wrong meanwhile."""

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import orjson
import pytest

from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.store.client import Database
from giants.store.migrations import migrate
from giants.store.writer import Writer
from tests.clickhouse.standin import SORTS, Fault, StandIn
from tests.store.builders import announcement, company, exposure, family, rating_change, status_change
from tests.store.waiting import running, wait_until

COMPANIES = 20
VIEWS = {
    "facts": 2 * COMPANIES,
    "families": COMPANIES,
    "companies": COMPANIES,
    "status_changes": 2 * COMPANIES,
    "exposures": COMPANIES,
    "rating_changes": 2 * COMPANIES,
    "feed_rows": 4 * COMPANIES,  # a table, not a view: nothing but its tokens keeps rows from coming twice
}
RECORDS = 8 * COMPANIES
WORST_SHARE = 0.3


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    return broker_settings.model_copy(update={"store_flush_seconds": 0.05})


@pytest.fixture
def patient(impatient: Database, server: StandIn) -> Database:
    """A database that gives one answer up soon, with its tables."""
    migrate(impatient)
    server.faults.done.clear()
    return impatient


def records() -> Iterator[tuple[topics.Topic, str, Any]]:
    """Records of every kind, some of them latest values that are replaced."""
    for number in range(COMPANIES):
        one = f"C{number}"
        yield topics.ANNOUNCEMENTS, f"L{number}", announcement(f"L{number}")
        yield topics.FAMILIES, f"F{number}", family(f"F{number}")
        yield topics.COMPANIES, one, company(one)
        yield topics.EXPOSURES, one, exposure(one, {"radar": 7}, families=5, instances=12)
        for seq in (1, 2):
            yield topics.STATUS_CHANGES, one, status_change(one, seq)
            yield topics.RATING_CHANGES, one, rating_change(one, seq)


def publish(settings: Settings, sent: Iterable[tuple[topics.Topic, str, Any]]) -> None:
    with Publisher(settings) as publisher:
        for topic, key, value in sent:
            publisher.send(
                topic.full_name(settings), key, orjson.dumps(value), headers=[("giants-epoch", b"1")]
            )


def counts(database: Database) -> dict[str, int]:
    return {
        view: int(database.rows("SELECT count() AS n FROM {view:Identifier}", {"view": view})[0]["n"])
        for view in VIEWS
    }


def stored(writer: Writer, number: int) -> Callable[[], bool]:
    return lambda: writer.state.records == number and writer.state.ready


def test_an_outage_is_waited_out_and_all_that_came_meanwhile_is_caught_up(
    settings: Settings, server: StandIn, patient: Database
) -> None:
    writer = Writer(settings, patient)
    with running(writer.run):
        publish(settings, [(topics.COMPANIES, "first", company("first"))])
        wait_until(stored(writer, 1), "the first record")
        server.down()
        publish(settings, records())
        wait_until(lambda: writer.state.waiting_for is not None, "the writer to notice")
        assert "does not answer" in str(writer.state.waiting_for)
        assert not writer.state.ready
        assert server.password not in str(writer.state.waiting_for)
        server.up()
        wait_until(stored(writer, 1 + RECORDS), "everything to be caught up")
    assert counts(patient) == VIEWS | {"companies": COMPANIES + 1}


def test_what_is_held_while_partitions_move_between_writers_is_not_lost(
    settings: Settings, server: StandIn, patient: Database
) -> None:
    one, two = Writer(settings, patient), Writer(settings, patient)
    with running(one.run):
        publish(settings, [(topics.COMPANIES, "first", company("first"))])
        wait_until(stored(one, 1), "the first record")
        server.faults.plan(Fault.READ_ONLY, "INSERT", times=None)
        publish(settings, records())
        wait_until(lambda: one.state.waiting_for is not None, "the first writer to hold what it read")
        with running(two.run):
            wait_until(lambda: two.state.partitions > 0, "the second writer to get partitions")
            server.faults.lift()
            wait_until(lambda: one.state.ready and two.state.ready, "both to store again")
        wait_until(lambda: one.state.behind == 0 and one.state.ready, "the first to take the rest")
        wait_until(lambda: counts(patient)["facts"] == VIEWS["facts"], "everything to be stored")
    found = counts(patient)
    assert found.pop("feed_rows") >= VIEWS["feed_rows"]  # a partition that moves may come again
    assert found == {view: number for view, number in VIEWS.items() if view != "feed_rows"} | {
        "companies": COMPANIES + 1
    }
    assert patient.rows("SELECT uniqExact(id) AS n FROM feed_rows") == [{"n": VIEWS["feed_rows"]}]


def test_a_server_that_is_away_at_the_start_is_waited_for(
    settings: Settings, server: StandIn, patient: Database
) -> None:
    server.down()
    publish(settings, records())
    writer = Writer(settings, patient)
    with running(writer.run):
        wait_until(lambda: writer.state.waiting_for is not None, "the writer to notice")
        server.up()
        wait_until(stored(writer, RECORDS), "everything to be stored")
    assert counts(patient) == VIEWS


@pytest.mark.parametrize("fault", SORTS, ids=lambda fault: fault.name)
def test_nothing_is_lost_or_doubled_where_an_insert_fails_again_and_again(
    settings: Settings, server: StandIn, patient: Database, fault: Fault
) -> None:
    server.faults.plan(fault, "INSERT", times=3)
    publish(settings, records())
    writer = Writer(settings, patient)
    with running(writer.run):
        wait_until(stored(writer, RECORDS), "everything to be stored")
    assert server.faults.done[fault] == 3
    assert counts(patient) == VIEWS


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_lost_or_doubled_in_any_weather(
    settings: Settings, server: StandIn, patient: Database, seed: int
) -> None:
    random = Random(seed)
    weather = [fault for fault in Fault if "STALL" not in fault.name]

    def draw(statement: bytes) -> Fault | None:
        share = WORST_SHARE if statement.startswith(b"INSERT") else WORST_SHARE / 4
        return random.choice(weather) if random.random() < share else None

    server.faults.draw(draw)
    writer = Writer(settings, patient)
    with running(writer.run):
        sent = list(records())
        for begin in range(0, len(sent), 20):
            publish(settings, sent[begin : begin + 20])
        wait_until(stored(writer, RECORDS), f"everything to be stored under seed {seed}")
    server.faults.lift()
    assert server.faults.done.total() > 0
    assert counts(patient) == VIEWS
