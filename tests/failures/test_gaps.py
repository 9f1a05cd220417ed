"""Records that were deleted before they were read: an error with its offsets, never silence."""

from giants.kafka import topics
from giants.kafka.lag import STREAM
from giants.settings import Settings
from giants.store.client import connect
from tests.failures import stream
from tests.failures.roles import Roles


def test_a_programme_log_whose_first_records_are_deleted_is_refused(settings: Settings, roles: Roles) -> None:
    roles.start("worker")
    roles.wait_until_ready("worker")
    for number in range(4):
        stream.designate(settings, f"b7-{number}", f"杭州第{number}银河光电科技有限公司")
    stream.through(settings, *STREAM)
    roles.group.leave("worker")
    stream.delete_records(settings, topics.PROGRAMME_LOG, before=2)
    roles.start("worker")
    last = roles.wait_until_ended("worker")
    name = topics.PROGRAMME_LOG.full_name(settings)
    assert f"{name}/0 begins at offset 2, but is to be read from 0" in last
    assert "giants rebuild" in last
    assert "LogGapError" not in roles.log("worker"), "it is said once, by its last line"


def test_inputs_that_are_deleted_while_the_store_is_down_are_an_error_until_they_are_accepted(
    settings: Settings, roles: Roles
) -> None:
    roles.start("worker", "store")
    roles.wait_until_ready("worker", "store")
    keys = [f"b7-{number}" for number in range(8)]
    for key in keys:
        stream.designate(settings, key, f"杭州{key}银河光电科技有限公司")
    stream.through(settings)
    roles.group.leave("store")
    for key in keys:
        stream.designate(settings, f"{key}-late", f"宁波{key}银河光电科技有限公司")
    stream.through(settings, *STREAM)
    for partition in range(settings.partitions):
        last = stream.end(settings, topics.ANNOUNCEMENTS, partition)
        stream.delete_records(settings, topics.ANNOUNCEMENTS, before=last, partition=partition)
    roles.start("store")
    told = roles.wait_until_ended("store")
    assert "were deleted before they were read" in told
    assert "giants topics accept-gaps" in told

    # What waits for the store says why it never ends, too.
    backup = stream.command(settings, "backup", "-o", str(settings.data_dir / "backup.zip"))
    assert backup.status == 1
    assert "were deleted before they were read" in backup.err

    accepted = stream.command(settings, "topics", "accept-gaps")
    assert accepted.status == 0, accepted
    assert f"{settings.topic_prefix}store goes on without" in accepted.err
    roles.start("store")
    roles.wait_until_ready("store")
    stream.designate(settings, "b7-after", "温州银河光电科技有限公司")
    stream.through(settings)
    with connect(settings.clickhouse_dsn()) as database:
        stored = {row["key"] for row in database.rows("SELECT key FROM facts")}
    assert "b7-after" in stored
