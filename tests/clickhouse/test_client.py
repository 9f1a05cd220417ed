"""The client of the store against a server that speaks HTTP and fails: nothing doubled, no secret told."""

import threading
from collections.abc import Callable

import pytest
from clickhouse_connect import get_client
from clickhouse_connect.driver.exceptions import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from giants.embedded.broker import LOOPBACK, free_port
from giants.store.client import Database, connect, connect_when_there
from giants.store.errors import AccessError, StoreError, UnavailableError
from giants.store.migrations import migrate, migrations, schema_is_current
from tests.clickhouse.standin import SORTS, Fault, StandIn
from tests.waiting import wait_for

ATTEMPTS_MAX = 5
ROWS = [(f"company-{number}", "active", number if number % 2 else None) for number in range(3_000)]
SECRETS = (StandIn.password, "p%40ss%2Fw%C3%B6rd")


@pytest.fixture
def table(database: Database) -> Database:
    database.execute(
        "CREATE TABLE t (id String, status LowCardinality(String), n Nullable(UInt64)) ENGINE = MergeTree "
        "ORDER BY id SETTINGS non_replicated_deduplication_window = 10"
    )
    assert database.column_types("t") == {
        "id": "String",
        "status": "LowCardinality(String)",
        "n": "Nullable(UInt64)",
    }
    return database


def insert(database: Database) -> None:
    database.insert("t", ("id", "status", "n"), ROWS, "the token of this block")


def count(database: Database) -> int:
    return int(database.rows("SELECT count() AS n FROM t")[0]["n"])


def attempts(call: Callable[[], object]) -> int:
    """Try a call until it goes through; tells how often it was tried."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            call()
        except StoreError:
            continue
        return attempt
    raise AssertionError(f"it failed {ATTEMPTS_MAX} times")


def test_rows_come_back_as_they_went_in(table: Database) -> None:
    insert(table)
    found = table.rows("SELECT id, status, n FROM t ORDER BY toUInt64(substring(id, 9))")
    assert [tuple(row.values()) for row in found] == ROWS


def test_rows_that_take_several_blocks_come_back_whole_and_once(table: Database) -> None:
    rows = [(f"{number} {'x' * 2_000}", "active", number) for number in range(2_500)]
    for _ in range(2):
        table.insert("t", ("id", "status", "n"), rows, "the token of these blocks")
    found = table.rows("SELECT id, status, n FROM t ORDER BY n")
    assert [tuple(row.values()) for row in found] == rows


def test_the_schema_is_made_once(database: Database) -> None:
    assert migrate(database) == [migration.name for migration in migrations()]
    assert schema_is_current(database)
    assert migrate(database) == []


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_an_insert_that_is_tried_until_it_goes_through_counts_once(
    server: StandIn, table: Database, impatient: Database, fault: Fault
) -> None:
    server.faults.plan(fault, "INSERT", times=2)
    attempts(lambda: insert(impatient))
    assert server.faults.done[fault] > 0
    assert count(table) == len(ROWS)


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_a_query_that_fails_says_so_and_can_be_asked_again(
    server: StandIn, table: Database, impatient: Database, fault: Fault
) -> None:
    insert(table)
    server.faults.plan(fault, "SELECT", times=1)
    assert attempts(lambda: count(impatient)) <= 2
    assert server.faults.done[fault] == 1
    assert count(table) == len(ROWS)


@pytest.mark.parametrize("fault", SORTS, ids=lambda fault: fault.name)
def test_the_schema_can_be_made_through_any_trouble(
    server: StandIn, database: Database, impatient: Database, fault: Fault
) -> None:
    server.faults.plan(fault, "CREATE", times=2)
    server.faults.plan(fault, "INSERT", times=2)
    attempts(lambda: migrate(impatient))
    assert schema_is_current(database)
    numbers = [row["number"] for row in database.rows("SELECT number FROM schema_migrations FINAL")]
    assert sorted(numbers) == [migration.number for migration in migrations()]


def test_a_server_that_is_down_is_told_with_its_address_and_without_the_password(
    server: StandIn, table: Database
) -> None:
    server.down()
    with pytest.raises(UnavailableError) as told:
        count(table)
    assert f"{LOOPBACK}:{server.port}" in str(told.value)
    assert not any(secret in str(told.value) for secret in SECRETS)
    server.up()
    assert count(table) == 0


def test_a_wrong_password_is_told_with_the_user_and_without_either_password(server: StandIn) -> None:
    with pytest.raises(AccessError) as told:
        connect(server.dsn.replace("p%40ss", "guess"))
    assert StandIn.user in str(told.value)
    assert not any(secret in str(told.value) for secret in (*SECRETS, "guess", "guess%2Fw"))


def test_a_server_that_starts_later_is_waited_for_and_the_wait_ends_when_told(server: StandIn) -> None:
    server.down()
    found: list[Database | None] = []
    stop = threading.Event()
    waiting = threading.Thread(target=lambda: found.append(connect_when_there(server.dsn, stop)))
    waiting.start()
    server.up()
    waiting.join()
    assert found[0] is not None
    found[0].close()
    nowhere = f"clickhouse://giants@{LOOPBACK}:{free_port()}/giants"
    giving_up = threading.Thread(target=lambda: found.append(connect_when_there(nowhere, stop)))
    giving_up.start()
    stop.set()
    giving_up.join()
    assert found[1] is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_a_parameter_is_bound_by_the_server_whatever_it_holds(database: Database, text: str) -> None:
    [row] = database.rows("SELECT {text:String} AS text, length({text:String}) AS bytes", {"text": text})
    assert row == {"text": text, "bytes": len(text.encode())}


def test_a_session_takes_one_statement_at_a_time(server: StandIn) -> None:
    """Why the store opens no sessions: its threads share the clients."""
    one, two = (
        get_client(
            host=LOOPBACK,
            port=server.port,
            username=server.user,
            password=server.password,
            session_id="shared",
        )
        for _ in range(2)
    )
    slow = threading.Thread(target=one.query, args=("SELECT sleep(1)",))
    slow.start()
    wait_for("the session to be taken", lambda: server.engine.is_busy("shared"))
    with pytest.raises(DatabaseError, match="SESSION_IS_LOCKED"):
        two.query("SELECT 1")
    slow.join()
