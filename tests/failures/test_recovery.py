"""Recoveries of docs/operations.md: what is lost comes back, what is broken off goes on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from giants.kafka import topics
from giants.kafka.topics import Topic
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.epochs import begin_next_epoch, unfinished_epochs, visible_epoch
from tests.clickhouse.standin import Fault, StandIn
from tests.failures import stream
from tests.failures.command import Command
from tests.failures.roles import Roles
from tests.waiting import wait_for

PUBLISHING = "facts of the journal"
WORKERS_TURN = "now start the workers"
CARRYING = "carrying over what was said"
_INSERT_OF_FACTS = re.compile(rb"INSERT INTO \S*FACTS_ROWS")


@contextmanager
def beside(settings: Settings, *words: str) -> Iterator[Command]:
    command = Command(settings, settings.data_dir.with_name("command.log"), *words)
    try:
        yield command
    finally:
        command.process.kill()
        command.process.wait()


def companies(database: Database) -> set[str]:
    return {row["name"] for row in database.rows("SELECT name FROM companies")}


def said(database: Database) -> list[dict[str, Any]]:
    """Every change that readers see, with its id, cause and instant."""
    return database.rows(
        "SELECT company_id, seq, id, cause_ref, at, replayed FROM status_changes ORDER BY id"
    )


def facts(database: Database) -> set[bytes]:
    return {bytes(row["key"]) for row in database.rows("SELECT key FROM facts", raw=("key",))}


def building(database: Database) -> list[int]:
    return [int(row["epoch"]) for row in unfinished_epochs(database)]


def rebuild(settings: Settings, roles: Roles, epoch: int, *words: str) -> None:
    """Run a rebuild to its end, starting the worker when it is asked for."""
    with beside(settings, "rebuild", *words) as command:
        command.wait_until_printed(f"{WORKERS_TURN} with GIANTS_EPOCH={epoch}")
        roles.start("worker", GIANTS_EPOCH=str(epoch))
        command.wait_until_ended_well()


def lose_tables(database: Database) -> None:
    """Drop everything that a database holds."""
    tables = database.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY engine != 'View'"
    )
    for table in tables:
        database.execute(f"DROP TABLE `{table['name']}`")


@pytest.fixture
def stored(settings: Settings, roles: Roles) -> Settings:
    """A company that went through worker and store, which run."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    roles.start("worker", "store")
    roles.wait_until_ready("worker", "store")
    stream.designate(settings, "b7")
    stream.through(settings)
    return settings


@pytest.fixture
def database(stored: Settings) -> Iterator[Database]:
    with connect(stored.clickhouse_dsn()) as database:
        assert companies(database) == {stream.NAME}
        yield database


@pytest.mark.parametrize(
    "lost",
    [topics.ALL, (topics.PROGRAMME_LOG,), (topics.COMPANIES,)],
    ids=["all topics", "a log", "an output"],
)
def test_topics_that_are_lost_are_made_by_a_rebuild(
    stored: Settings, roles: Roles, database: Database, lost: tuple[Topic, ...]
) -> None:
    roles.group.leave_all()
    stream.delete_topic(stored, *lost)
    roles.start("store")
    before = said(database)
    rebuild(stored, roles, 2)
    assert visible_epoch(database) == 2
    assert companies(database) == {stream.NAME}
    assert said(database) == before
    late = "温州银河光电科技有限公司"
    stream.designate(stored, "b7-late", late)
    stream.through(stored)
    assert companies(database) == {stream.NAME, late}


def test_clickhouse_is_lost_and_the_store_reads_all_again(
    stored: Settings, roles: Roles, database: Database
) -> None:
    roles.group.leave("store")
    lose_tables(database)
    roles.start("store")
    roles.wait_until_ready("store")
    wait_for("the company", lambda: companies(database) == {stream.NAME})
    assert b"b7" in facts(database)


def test_clickhouse_is_lost_after_a_rebuild_and_the_newest_epoch_is_built_again(
    stored: Settings, roles: Roles, database: Database
) -> None:
    roles.group.leave("worker")
    rebuild(stored, roles, 2)
    roles.group.leave_all()
    lose_tables(database)
    roles.start("store")
    roles.wait_until_ready("store")
    wait_for("the epoch that topics tell of", lambda: building(database) == [2])
    rebuild(stored, roles, 2, "--resume")
    assert visible_epoch(database) == 2
    assert companies(database) == {stream.NAME}


def test_both_are_lost_and_come_back_from_a_backup(
    stored: Settings, roles: Roles, database: Database, tmp_path: Path
) -> None:
    archive = str(tmp_path / "backup.zip")
    backup = stream.command(stored, "backup", "-o", archive)
    assert backup.status == 0, backup.err
    kept, before = facts(database), said(database)
    assert before
    roles.group.leave_all()
    lose_tables(database)
    stream.delete_topic(stored, *topics.ALL)
    restore = stream.command(stored, "restore", archive)
    assert restore.status == 0, restore.err
    roles.start("store")
    rebuild(stored, roles, 2)
    assert companies(database) == {stream.NAME}
    assert facts(database) == kept
    assert said(database) == before


def test_a_restore_that_is_killed_is_refused_again_unless_it_replaces(
    stored: Settings, roles: Roles, database: Database, server: StandIn, tmp_path: Path
) -> None:
    archive = str(tmp_path / "backup.zip")
    backup = stream.command(stored, "backup", "-o", archive)
    assert backup.status == 0, backup.err
    kept = facts(database)
    roles.group.leave_all()
    lose_tables(database)
    server.faults.draw(lambda statement: Fault.STALL_AFTER if _INSERT_OF_FACTS.match(statement) else None)
    with beside(stored, "restore", archive) as command:
        command.wait_until("facts to be restored", lambda: server.faults.done[Fault.STALL_AFTER])
        command.wait_until("facts to be there", lambda: facts(database))
    server.faults.lift()
    again = stream.command(stored, "restore", archive)
    assert again.status == 1
    assert "--replace" in again.err
    replaced = stream.command(stored, "restore", archive, "--replace")
    assert replaced.status == 0, replaced.err
    assert facts(database) == kept


@pytest.mark.parametrize("printed", [PUBLISHING, WORKERS_TURN, CARRYING])
def test_a_rebuild_that_is_killed_is_told_resumed_and_complete(
    stored: Settings, roles: Roles, database: Database, printed: str
) -> None:
    roles.group.leave("worker")
    before = said(database)
    with beside(stored, "rebuild") as command:
        if printed == CARRYING:
            command.wait_until_printed(WORKERS_TURN)
            roles.start("worker", GIANTS_EPOCH="2")
        command.wait_until_printed(printed)
    if printed == CARRYING:
        roles.group.leave("worker")
    assert building(database) == [2]
    roles.start("api")
    roles.wait_until_ready("api")
    _, body = roles.readiness("api")
    (told,) = [check for check in body["checks"] if check["name"] == "epoch"]
    assert told["detail"].startswith("epoch 2 is being built since")
    wait_for("the metric", lambda: roles.metric("api", "giants_epoch_unfinished_seconds"))
    assert visible_epoch(database) == 1
    assert companies(database) == {stream.NAME}, "readers stay with the epoch before"
    rebuild(stored, roles, 2, "--resume")
    assert visible_epoch(database) == 2
    assert companies(database) == {stream.NAME}
    assert said(database) == before
    wait_for("the metric to fall", lambda: roles.metric("api", "giants_epoch_unfinished_seconds") == 0)


def test_an_epoch_that_is_taken_back_is_seen_no_more_and_its_number_stays_used(
    stored: Settings, database: Database
) -> None:
    epoch = begin_next_epoch(database)
    assert building(database) == [epoch]
    assert stream.command(stored, "epochs", "abandon", str(epoch)).status == 0
    assert building(database) == []
    assert visible_epoch(database) == 1
    assert stream.command(stored, "epochs", "abandon", str(epoch)).status == 1
    assert begin_next_epoch(database) == epoch + 1
