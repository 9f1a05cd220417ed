"""`giants deliveries` beside the queue of a delivery process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.delivery.batches import State
from giants.delivery.database import QUEUE_FILE
from giants.delivery.queue import DeliveryQueue
from tests.delivery.samples import NOON, alert, webhook
from tests.stack import giants

HOSTS = ("one", "two", "three")


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[DeliveryQueue]:
    """Three failed deliveries, two of them of watchlist w-1, and one that waits."""
    with DeliveryQueue(tmp_path / QUEUE_FILE) as opened:
        for number, host in enumerate(HOSTS, 1):
            opened.enqueue(alert(1, f"w-{number % 2}"), webhook(f"https://{host}.example/token"), NOON)
        for batch in opened.due(NOON):
            opened.refuse(batch, NOON, "answered 400 Bad Request")
        opened.enqueue(alert(2), webhook(f"https://{HOSTS[0]}.example/token"), NOON)
        yield opened


def test_deliveries_are_listed_for_people_and_for_programs(tmp_path: Path, queue: DeliveryQueue) -> None:
    ran = giants("deliveries", "list", data_dir=tmp_path)
    assert ran.status == 0
    assert "https://two.example/…" in ran.out
    assert "answered 400 Bad Request" in ran.out
    assert "token" not in ran.out
    assert ran.err == "1 pending, 0 delivered, 3 failed, 0 cancelled\n"
    failed = giants("deliveries", "list", "--state", "failed", "--json", data_dir=tmp_path).lines
    assert [line["delivery_id"] for line in failed] == [3, 2, 1]
    mine = giants("deliveries", "list", "--watchlist", "w-0", "--json", data_dir=tmp_path).lines
    assert [(line["delivery_id"], line["can_resend"]) for line in mine] == [(2, True)]
    assert len(giants("deliveries", "list", "--limit", "2", "--json", data_dir=tmp_path).lines) == 2


def test_failed_deliveries_are_sent_again_by_id_or_all_of_a_watchlist(
    tmp_path: Path, queue: DeliveryQueue
) -> None:
    assert giants("deliveries", "resend", "2", data_dir=tmp_path).err == "1 are sent again\n"
    assert [left.delivery_id for left in queue.list_deliveries(State.FAILED)] == [3, 1]
    ran = giants("deliveries", "resend", "--all", "--watchlist", "w-1", data_dir=tmp_path)
    assert (ran.status, ran.err) == (0, "2 are sent again\n")
    assert queue.counts()[State.PENDING] == 4


def test_what_cannot_be_sent_again_is_named(tmp_path: Path, queue: DeliveryQueue) -> None:
    ran = giants("deliveries", "resend", "1", "99", data_dir=tmp_path)
    assert ran.status == 1
    assert "error: 99: no failed delivery" in ran.err
    assert queue.list_deliveries(State.FAILED)[-1].delivery_id == 2
    for wrong in ([], ["1", "--all"], ["1", "--watchlist", "w-1"]):
        assert giants("deliveries", "resend", *wrong, data_dir=tmp_path).status == 1


def test_where_no_delivery_process_ran_the_command_says_where_to_ask(tmp_path: Path) -> None:
    ran = giants("deliveries", "list", data_dir=tmp_path)
    assert ran.status == 1
    assert f"no queue of deliveries at {tmp_path / QUEUE_FILE}" in ran.err
