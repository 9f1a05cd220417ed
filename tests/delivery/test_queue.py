"""The queue: nothing is lost by a restart, nothing is taken twice, everything has an end."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from giants.delivery.batches import DeliveryBatch, DeliveryFilter, State
from giants.delivery.due import DIGEST_GROUPS_MAX, WEBHOOK_PARALLEL_MAX
from giants.delivery.errors import AlertTooLargeError, NoQueueError, QueueFullError, QueueVersionError
from giants.delivery.queue import ALERT_BYTES_MAX, DeliveryQueue, open_queue
from giants.delivery.schedule import ATTEMPTS_MAX, IMMEDIATE_WINDOW_SECONDS
from giants.delivery.upkeep import DELIVERED_DAYS_KEPT, FAILED_DAYS_KEPT, page_statement
from tests.delivery.samples import NOON, OTHER_SECRET, SECRET, alert, daily, immediate, webhook

LATER = NOON + timedelta(days=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "delivery.sqlite"


@pytest.fixture
def queue(path: Path) -> Iterator[DeliveryQueue]:
    with DeliveryQueue(path) as queue:
        yield queue


def stored(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()


def only(batches: list[DeliveryBatch]) -> DeliveryBatch:
    (batch,) = batches
    return batch


def alert_ids(batches: list[DeliveryBatch]) -> list[str]:
    return [delivery.alert_id for batch in batches for delivery in batch.deliveries]


def test_an_alert_is_due_at_once_with_the_bytes_it_came_with(queue: DeliveryQueue) -> None:
    assert queue.enqueue(alert(), webhook(), NOON, b'{"as": "sent"}')
    batch = only(queue.due(NOON))
    assert (batch.kind, batch.address, batch.secret) == ("webhook", webhook().url, SECRET)
    assert [delivery.body for delivery in batch.deliveries] == [b'{"as": "sent"}']


def test_an_alert_is_taken_once_for_each_target(queue: DeliveryQueue) -> None:
    other = webhook("https://other.example/")
    taken = [queue.enqueue(alert(), target, NOON) for target in (webhook(), other, webhook(), other)]
    assert taken == [True, True, False, False]
    queue.succeed(queue.due(NOON)[0], NOON)
    assert not queue.enqueue(alert(), webhook(), LATER)
    assert queue.counts()[State.PENDING] == 1


def test_a_restart_forgets_nothing(queue: DeliveryQueue, path: Path) -> None:
    queue.enqueue(alert(1), webhook(), NOON)
    queue.enqueue(alert(2), webhook(), NOON)
    queue.succeed(queue.due(NOON)[0], NOON)
    queue.fail(queue.due(NOON)[0], NOON, "answered 500")
    queue.close()
    with DeliveryQueue(path) as again:
        assert again.counts() == {State.PENDING: 1, State.DELIVERED: 1, State.FAILED: 0, State.CANCELLED: 0}
        assert again.due(NOON) == []
        due_at = again.next_due_at()
        assert due_at is not None
        batch = only(again.due(due_at))
        assert batch.deliveries[0].alert_id == alert(2).id
        assert batch.deliveries[0].attempts == 1


def test_a_transaction_that_ends_in_an_error_leaves_nothing(queue: DeliveryQueue) -> None:
    def take_both() -> None:
        with queue.transaction():
            queue.enqueue(alert(1), webhook(), NOON)
            queue.enqueue(alert(2), webhook(), NOON, b"x" * (ALERT_BYTES_MAX + 1))

    with pytest.raises(AlertTooLargeError, match="has 256,001 bytes, expected at most 256,000"):
        take_both()
    assert queue.due(LATER) == []
    assert queue.enqueue(alert(1), webhook(), NOON)


def test_a_delivery_fails_after_its_last_attempt_and_can_be_sent_again(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    now, attempts = NOON, 0
    while (due_at := queue.next_due_at()) is not None:
        now = max(now, due_at)
        queue.fail(only(queue.due(now)), now, f"answered 50{attempts}")
        attempts += 1
    assert attempts == ATTEMPTS_MAX
    assert timedelta(days=2) < now - NOON < timedelta(days=5)
    (failed,) = queue.list_deliveries(State.FAILED)
    assert (failed.watchlist_id, failed.attempts, failed.reason) == ("w-1", ATTEMPTS_MAX, "answered 509")
    assert (failed.settled_at, failed.due_at, failed.can_resend) == (now, None, True)
    assert queue.resend(failed.delivery_id, now)
    assert not queue.resend(failed.delivery_id, now)
    assert only(queue.due(now)).deliveries[0].attempts == 0
    assert queue.list_deliveries(State.FAILED) == []


def test_failed_deliveries_are_listed_page_by_page_without_what_is_secret(queue: DeliveryQueue) -> None:
    for number in range(3):
        queue.enqueue(alert(number), webhook(), NOON)
        queue.refuse(queue.due(NOON)[0], NOON, "no")
    first = queue.list_deliveries(State.FAILED, limit=2)
    second = queue.list_deliveries(State.FAILED, before=first[-1].delivery_id, limit=2)
    assert [failed.alert_id for failed in first + second] == [alert(number).id for number in (2, 1, 0)]
    assert {failed.target for failed in first} == {"https://hooks.example/…"}


def test_deliveries_are_listed_by_state_and_watchlist(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), webhook(), NOON)
    queue.refuse(only(queue.due(NOON)), NOON, "no")
    queue.enqueue(alert(2), webhook(), NOON)
    queue.enqueue(alert(1, "w-2"), daily(), NOON)
    assert [listed.delivery_id for listed in queue.list_deliveries()] == [3, 2, 1]
    assert [listed.delivery_id for listed in queue.list_deliveries(State.PENDING)] == [3, 2]
    assert [listed.delivery_id for listed in queue.list_deliveries(watchlist_id="w-1")] == [2, 1]
    (waiting,) = queue.list_deliveries(State.PENDING, "w-1")
    assert (waiting.due_at, waiting.settled_at, waiting.can_resend) == (NOON, None, False)
    assert queue.delivery(2) == waiting
    assert queue.delivery(4) is None
    assert queue.list_deliveries(watchlist_id="nobody") == []


@pytest.mark.parametrize("state", [None, State.FAILED])
@pytest.mark.parametrize("watchlist_id", ["", "w-1"])
def test_a_page_of_deliveries_is_found_by_an_index(
    queue: DeliveryQueue, path: Path, state: State | None, watchlist_id: str
) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    given = [value for value in (2**63 - 1, state, watchlist_id or None) if value is not None]
    statement = page_statement(DeliveryFilter(state, watchlist_id))
    plan = stored(path, f"EXPLAIN QUERY PLAN {statement}", *given, 50)
    steps = " ".join(str(row[-1]) for row in plan)
    assert "SCAN" not in steps, steps
    assert watchlist_id or "TEMP B-TREE" not in steps, steps


def test_a_receiver_that_is_gone_gets_nothing_more(queue: DeliveryQueue) -> None:
    other = webhook("https://other.example/")
    for number in (1, 2):
        queue.enqueue(alert(number), webhook(), NOON)
    queue.enqueue(alert(1), other, NOON)
    queue.disable(queue.due(NOON)[0], NOON, "answered 410 Gone")
    assert [batch.address for batch in queue.due(NOON)] == [other.url]
    assert queue.enqueue(alert(3), webhook(), NOON)
    assert [failed.reason for failed in queue.list_deliveries(State.FAILED)] == ["answered 410 Gone"] * 3


def test_a_new_secret_enables_a_receiver_and_the_same_one_does_not(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), webhook(), NOON)
    queue.disable(only(queue.due(NOON)), NOON, "answered 410 Gone")
    queue.set_targets("w-1", [webhook()], NOON)
    queue.enqueue(alert(2), webhook(), NOON)
    assert queue.due(NOON) == []
    queue.set_targets("w-1", [webhook(secret=OTHER_SECRET)], NOON)
    queue.enqueue(alert(3), webhook(secret=OTHER_SECRET), NOON)
    assert only(queue.due(NOON)).secret == OTHER_SECRET


def test_sending_again_enables_the_receiver(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), webhook(), NOON)
    queue.disable(only(queue.due(NOON)), NOON, "answered 410 Gone")
    (failed,) = queue.list_deliveries(State.FAILED)
    assert queue.resend(failed.delivery_id, NOON)
    assert queue.enqueue(alert(2), webhook(), NOON)
    assert alert_ids(queue.due(NOON)) == [alert(1).id, alert(2).id]


def test_what_waits_is_signed_with_the_newest_secret(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    queue.set_targets("w-1", [webhook(secret=OTHER_SECRET)], NOON)
    assert only(queue.due(NOON)).secret == OTHER_SECRET


def test_a_target_that_is_taken_off_gets_nothing_more_and_its_secret_is_forgotten(
    queue: DeliveryQueue, path: Path
) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    queue.enqueue(alert(), daily(), NOON)
    queue.enqueue(alert(1, "w-2"), webhook(secret=OTHER_SECRET), NOON)
    queue.set_targets("w-1", [daily()], NOON)
    assert queue.counts()[State.CANCELLED] == 1
    assert queue.targets("w-1") == [daily()]
    assert [batch.secret for batch in queue.due(NOON)] == [OTHER_SECRET]
    assert stored(path, "SELECT secret FROM targets WHERE secret = ?", SECRET) == []


def test_a_failed_delivery_to_a_target_that_was_taken_off_is_not_sent_again(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    queue.refuse(only(queue.due(NOON)), NOON, "no")
    queue.set_targets("w-1", [], NOON)
    (failed,) = queue.list_deliveries(State.FAILED)
    assert not failed.can_resend
    assert not queue.resend(failed.delivery_id, NOON)


def test_the_outcome_of_a_delivery_that_was_cancelled_meanwhile_changes_nothing(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    batch = only(queue.due(NOON))
    queue.set_targets("w-1", [], NOON)
    queue.fail(batch, NOON, "answered 500")
    queue.succeed(batch, NOON)
    assert queue.counts()[State.CANCELLED] == 1


def test_one_slow_receiver_does_not_stand_in_the_way_of_others(queue: DeliveryQueue) -> None:
    for number in range(20):
        queue.enqueue(alert(number), webhook("https://slow.example/"), NOON)
    queue.enqueue(alert(99, "w-2"), webhook("https://quick.example/"), NOON + timedelta(seconds=1))
    batches = queue.due(NOON + timedelta(seconds=1))
    assert [batch.address for batch in batches].count("https://slow.example/") == WEBHOOK_PARALLEL_MAX
    assert batches[-1].address == "https://quick.example/"
    in_flight = {delivery.id for batch in batches for delivery in batch.deliveries}
    assert queue.due(NOON + timedelta(seconds=1), in_flight=in_flight) == []


def test_no_more_batches_are_handed_out_than_asked_for(queue: DeliveryQueue) -> None:
    for number in range(5):
        queue.enqueue(alert(number), webhook(f"https://receiver-{number}.example/"), NOON)
    assert alert_ids(queue.due(NOON, limit=2)) == [alert(0).id, alert(1).id]


def test_a_daily_digest_gathers_what_came_since_the_last_across_watchlists(queue: DeliveryQueue) -> None:
    six = datetime(2026, 3, 11, 6, 0, tzinfo=UTC)
    queue.enqueue(alert(1), daily(), NOON)
    queue.enqueue(alert(1, "w-2"), daily(), NOON + timedelta(hours=3))
    queue.enqueue(alert(2), daily("other@mail.example"), NOON)
    assert queue.due(six - timedelta(milliseconds=1)) == []
    queue.enqueue(alert(3), daily(), six)
    batches = {batch.address: alert_ids([batch]) for batch in queue.due(six)}
    assert batches == {
        "desk@mail.example": [alert(1).id, alert(1, "w-2").id],
        "other@mail.example": [alert(2).id],
    }


def test_a_digest_that_failed_leaves_again_with_the_same_alerts(queue: DeliveryQueue) -> None:
    for number in range(3):
        queue.enqueue(alert(number), daily(), NOON)
    first = only(queue.due(LATER))
    queue.fail(first, LATER, "no answer")
    queue.enqueue(alert(7), daily(), LATER)
    due_at = queue.next_due_at()
    assert due_at is not None
    assert alert_ids(queue.due(due_at)) == alert_ids([first])


def test_a_digest_is_bounded_and_the_rest_follows(queue: DeliveryQueue) -> None:
    with queue.transaction():
        for number in range(DIGEST_GROUPS_MAX + 1):
            queue.enqueue(alert(number), daily(), NOON)
    first = only(queue.due(LATER))
    assert len(first.deliveries) == DIGEST_GROUPS_MAX
    in_flight = {delivery.id for delivery in first.deliveries}
    assert queue.due(LATER, in_flight=in_flight) == []
    queue.succeed(first, LATER)
    assert alert_ids(queue.due(LATER)) == [alert(DIGEST_GROUPS_MAX).id]


def test_immediate_mail_waits_a_moment_for_company(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), immediate(), NOON)
    queue.enqueue(alert(2), immediate(), NOON + timedelta(seconds=IMMEDIATE_WINDOW_SECONDS - 1))
    queue.enqueue(alert(3), immediate(), NOON + timedelta(seconds=IMMEDIATE_WINDOW_SECONDS))
    assert queue.due(NOON) == []
    batch = only(queue.due(NOON + timedelta(seconds=IMMEDIATE_WINDOW_SECONDS)))
    assert alert_ids([batch]) == [alert(1).id, alert(2).id]


def test_the_next_due_time_leaves_out_what_is_on_its_way(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(1), webhook(), NOON)
    queue.enqueue(alert(2), webhook(), LATER)
    in_flight = {delivery.id for batch in queue.due(NOON) for delivery in batch.deliveries}
    assert queue.next_due_at() == NOON
    assert queue.next_due_at(in_flight) == LATER


def test_a_full_queue_refuses_until_something_is_settled(path: Path) -> None:
    with DeliveryQueue(path, pending_max=2) as queue:
        queue.enqueue(alert(1), webhook(), NOON)
        queue.enqueue(alert(2), webhook(), NOON)
        with pytest.raises(QueueFullError, match="2 deliveries are waiting, expected at most 2"):
            queue.enqueue(alert(3), webhook(), NOON)
        queue.succeed(queue.due(NOON)[0], NOON)
        assert queue.enqueue(alert(3), webhook(), NOON)


def test_what_was_settled_is_kept_for_a_while_and_then_forgotten(queue: DeliveryQueue, path: Path) -> None:
    for number in (1, 2, 3):
        queue.enqueue(alert(number), webhook(), NOON)
    first, second, _ = queue.due(NOON)
    queue.succeed(first, NOON)
    queue.refuse(second, NOON, "no")
    assert queue.prune(NOON + timedelta(days=DELIVERED_DAYS_KEPT)) == 0
    assert queue.prune(NOON + timedelta(days=DELIVERED_DAYS_KEPT, seconds=1)) == 1
    assert queue.prune(NOON + timedelta(days=FAILED_DAYS_KEPT, seconds=1)) == 1
    assert queue.counts()[State.PENDING] == 1
    assert stored(path, "SELECT count(*) FROM alerts") == [(1,)]


def test_the_oldest_go_first_where_too_much_was_settled(queue: DeliveryQueue) -> None:
    for number in range(4):
        queue.enqueue(alert(number), webhook(f"https://receiver-{number}.example/"), NOON)
    for seconds, batch in enumerate(queue.due(NOON)):
        queue.refuse(batch, NOON + timedelta(seconds=seconds), "no")
    assert queue.prune(NOON, settled_rows_max=3) == 1
    kept = [failed.alert_id for failed in queue.list_deliveries(State.FAILED)]
    assert kept == [alert(number).id for number in (3, 2, 1)]


def test_only_the_owner_may_read_the_file(queue: DeliveryQueue, path: Path) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_file_of_a_newer_program_is_refused(queue: DeliveryQueue, path: Path) -> None:
    queue.close()
    stored(path, "PRAGMA user_version = 99")
    with pytest.raises(QueueVersionError, match="got schema version 99, expected at most 7"):
        DeliveryQueue(path)


def test_the_trace_that_led_to_an_alert_is_kept_with_it(queue: DeliveryQueue) -> None:
    trace = f"00-{'a1' * 16}-{'b2' * 8}-01"
    queue.enqueue(alert(1), webhook(), NOON, traceparent=trace)
    queue.enqueue(alert(2), daily(), NOON, traceparent=trace)
    queue.enqueue(alert(3), webhook(), NOON)
    kept = {
        delivery.alert_id: delivery.traceparent for one in queue.due(LATER) for delivery in one.deliveries
    }
    assert kept == {alert(1).id: trace, alert(2).id: trace, alert(3).id: None}


def test_what_waits_in_a_file_of_the_schema_before_traces_is_delivered(
    queue: DeliveryQueue, path: Path
) -> None:
    body = b'{"owner":"desk-a"}'
    queue.enqueue(alert(1), webhook(), NOON, body)
    queue.enqueue(alert(2), daily(), NOON, b"no JSON")
    queue.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for change in (
            "DROP INDEX deliveries_by_group",
            "DROP INDEX deliveries_by_message",
            "ALTER TABLE deliveries DROP COLUMN group_id",
            "ALTER TABLE deliveries DROP COLUMN message_id",
            "DROP TABLE messages",
            "ALTER TABLE alerts DROP COLUMN traceparent",
            "DROP TABLE positions",
            "ALTER TABLE targets DROP COLUMN format",
            "DROP INDEX deliveries_by_owner",
            "ALTER TABLE deliveries DROP COLUMN owner",
        ):
            connection.execute(change)
        connection.execute("PRAGMA user_version = 2")
    with DeliveryQueue(path) as reopened:
        (delivery,) = only(reopened.due(NOON)).deliveries
        assert (delivery.alert_id, delivery.body, delivery.traceparent) == (alert(1).id, body, None)
        assert [one.alert_id for one in reopened.list_deliveries(owner="desk-a")] == [alert(1).id]
        assert len(reopened.list_deliveries()) == 2


def test_a_queue_is_opened_only_where_one_is(path: Path) -> None:
    with pytest.raises(NoQueueError, match="where `giants delivery` runs"):
        open_queue(path.parent)
    DeliveryQueue(path).close()
    with open_queue(path.parent) as queue:
        assert queue.list_deliveries() == []


def test_nothing_secret_is_printed(queue: DeliveryQueue) -> None:
    queue.enqueue(alert(), webhook(), NOON)
    printed = repr(queue.due(NOON)) + repr(queue.targets("w-1"))
    assert SECRET not in printed
    assert "token-in-path" not in repr(queue.due(NOON))
