"""Records that were deleted before they were read: an error with its offsets, never silence."""

from giants.kafka import topics
from giants.kafka.lag import STREAM
from giants.settings import Settings
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
