"""A ClickHouse that answers and stores nothing: its disk is full, or its tables are read-only."""

import pytest

from giants.settings import Settings
from giants.store.client import connect
from tests.clickhouse.standin import Fault, StandIn
from tests.failures import stream
from tests.failures.roles import Roles
from tests.waiting import wait_for

LISTS = 5
FAULTS = {Fault.DISK_FULL: "NOT_ENOUGH_SPACE", Fault.READ_ONLY: "TABLE_IS_READ_ONLY"}


def names(settings: Settings) -> set[str]:
    with connect(settings.clickhouse_dsn()) as database:
        return {row["name"] for row in database.rows("SELECT name FROM companies")}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_store_whose_inserts_are_refused_waits_says_so_and_loses_nothing(
    settings: Settings, roles: Roles, server: StandIn, fault: Fault
) -> None:
    roles.start("worker", "store", "api")
    roles.wait_until_ready("worker", "store", "api")
    stream.designate(settings, "b7-first")
    stream.through(settings)
    assert roles.metric("store", "giants_waiting") == 0

    server.faults.plan(fault, "INSERT", times=None)
    late = [f"宁波第{number}银河光电科技有限公司" for number in range(LISTS)]
    for number, name in enumerate(late):
        stream.designate(settings, f"b7-late-{number}", name)
    wait_for("the store to wait", lambda: roles.metric("store", "giants_waiting") == 1)
    status, body = roles.readiness("store")
    assert (status, body["status"]) == (503, "waiting")
    assert FAULTS[fault] in str(body)
    assert roles.metric("store", "giants_store_ready") == 0
    alive = roles.answer("store", "/livez")
    assert alive is not None
    assert alive.status_code == 200
    # Refused again and again, it is logged once a minute, and what was stored before can be read.
    refused = server.faults.done[fault]
    wait_for("more attempts", lambda: server.faults.done[fault] >= refused + 3)
    assert roles.log("store").count("waiting for ClickHouse") <= 3
    assert roles.is_ready("api")
    assert names(settings) == {stream.NAME}

    server.faults.lift()
    stream.through(settings)
    roles.wait_until_ready("store")
    assert roles.metric("store", "giants_waiting") == 0
    assert names(settings) == {stream.NAME, *late}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_store_that_cannot_make_its_tables_waits_until_it_can(
    settings: Settings, roles: Roles, server: StandIn, fault: Fault
) -> None:
    server.faults.plan(fault, "CREATE TABLE", times=None)
    roles.start("worker", "store")
    wait_for("the store to wait", lambda: FAULTS[fault] in str(roles.readiness("store")))
    status, body = roles.readiness("store")
    assert (status, body["status"]) == (503, "waiting")
    assert roles.metric("store", "giants_waiting") == 1
    server.faults.lift()
    roles.wait_until_ready("worker", "store")
    assert roles.metric("store", "giants_waiting") == 0
    stream.designate(settings, "b7-first")
    stream.through(settings)
    assert names(settings) == {stream.NAME}
