"""Stores roll over a migration and back, one by one, and each change is stored once whoever stores it."""

from collections import Counter
from pathlib import Path

import httpx

from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import connect
from tests.drills import drill
from tests.failures.next_program import BEFORE, NEXT, NUMBER, next_program
from tests.failures.roles import Roles
from tests.failures.stream import command, designate, through, values
from tests.waiting import wait_for

pytestmark = drill

STORES = ("store-1", "store-2")
NAMES = [f"杭州银河光电{number}科技有限公司" for number in "甲乙丙丁戊"]
CHANGES = (topics.STATUS_CHANGES, topics.RATING_CHANGES, topics.SIGNAL_CHANGES, topics.LIST_CHANGES)
BESIDE = "a newer program has added to the schema, and this one goes on beside it"


def sent(settings: Settings) -> Counter[str]:
    """Ids of all changes, and how often each was sent."""
    return Counter(one["id"] for topic in CHANGES for one in values(settings, topic))


def storing(settings: Settings) -> dict[str, str]:
    """Which program stored each change of the feed; each is there once."""
    with connect(settings.clickhouse_dsn()) as database:
        rows = database.rows("SELECT id, stored_by FROM storing")
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row["stored_by"] for row in rows}


def applied(settings: Settings) -> int:
    """The newest migration of the database."""
    with connect(settings.clickhouse_dsn()) as database:
        return int(database.rows("SELECT max(number) AS newest FROM schema_migrations")[0]["newest"])


def test_two_stores_roll_over_a_migration_and_back_and_store_each_change_once(
    settings: Settings, roles: Roles, tmp_path: Path
) -> None:
    newer = next_program(tmp_path / "next", rolling=True)
    roles.start("worker", "api", *STORES)
    roles.wait_until_ready("worker", "api", *STORES)
    known: set[str] = set()
    stored_by = []
    # One store after the other is asked to end, and comes back as the next version; then as this one again.
    turns = [(store, program) for program in (newer, {}) for store in STORES]
    for number, (store, program) in enumerate(turns):
        roles.group.leave(store)
        roles.start(store, **program)
        # Facts do not wait for the one that comes: the other stores them, or it does.
        designate(settings, f"b7-{number}", NAMES[number])
        roles.wait_until_ready(store)
        through(settings)
        found = storing(settings)
        assert Counter(found.keys()) == sent(settings)
        stored_by.append({found[one] for one in found.keys() - known})
        known = set(found)
    assert stored_by[1] == {NEXT}
    assert stored_by[3] == {BEFORE}
    assert all(BESIDE in roles.log(store) for store in STORES)
    assert applied(settings) == NUMBER
    with connect(settings.clickhouse_dsn()) as database:
        facts = database.rows("SELECT identity, count() AS copies FROM facts GROUP BY identity")
        assert sorted(row["copies"] for row in facts) == [1] * len(turns)
    # The API of this version reads the newer schema.
    assert roles.is_ready("api")
    answer = httpx.get(f"{roles.address('api')}/api/v1/companies", timeout=60).json()
    assert {company["name"] for company in answer["items"]} == set(NAMES[: len(turns)])


def test_a_migration_that_old_stores_cannot_go_on_beside_waits_until_they_have_ended(
    settings: Settings, roles: Roles, tmp_path: Path
) -> None:
    newer = next_program(tmp_path / "next", rolling=False)
    roles.start("worker", "store-1")
    roles.wait_until_ready("worker", "store-1")
    roles.start("store-2", **newer)
    wait_for("the new store to wait", lambda: "older stores run" in str(roles.readiness("store-2")))
    refused = command(settings, "rebuild", **newer)
    assert refused.status == 1
    assert "older stores run" in refused.err
    designate(settings, "b7-0", NAMES[0])
    through(settings)
    assert applied(settings) == NUMBER - 1
    roles.group.leave("store-1")
    roles.wait_until_ready("store-2")
    assert applied(settings) == NUMBER
    designate(settings, "b7-1", NAMES[1])
    through(settings)
    assert storing(settings).keys() == sent(settings).keys()
    # The older program says so, and leaves the rows alone.
    roles.group.start("store-1")
    assert "older programs cannot go on beside" in roles.wait_until_ended("store-1")
