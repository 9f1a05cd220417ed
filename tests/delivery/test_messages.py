"""One cause, one message: to a webhook and in a mail, with the same members however often it is sent."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from giants.delivery.batches import DeliveryBatch, Result
from giants.delivery.due import DIGEST_GROUPS_MAX
from giants.delivery.email_message import compose
from giants.delivery.news import NewsContext, headline
from giants.delivery.queue import DeliveryQueue
from giants.delivery.schedule import MANY_WINDOW_SECONDS, UPDATE_WINDOW_SECONDS
from giants.domain.watch import alert_for
from schemas.changes import Alert, Cause, GroupedAlert
from schemas.codes import Grouping, SignalKind, StatusChangeKind
from schemas.facts import Watchlist
from tests.delivery.receivers import receiving
from tests.delivery.samples import BASE, NOON, SECRET, alert, daily, listed, webhook
from tests.delivery.test_webhook import attempt
from tests.domain.watchlists import company, signal_change, status_change

AFTER_WINDOW = NOON + timedelta(seconds=MANY_WINDOW_SECONDS)
FROM, TO = "giants@tracker.example", "desk@mail.example"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "delivery.sqlite"


@pytest.fixture
def queue(path: Path) -> Iterator[DeliveryQueue]:
    with DeliveryQueue(path) as queue:
        yield queue


def only(batches: list[DeliveryBatch]) -> DeliveryBatch:
    (batch,) = batches
    return batch


def ids(batch: DeliveryBatch) -> list[str]:
    return [delivery.alert_id for delivery in batch.deliveries]


def sent(batch: DeliveryBatch) -> tuple[str, dict[str, object]]:
    """The id and the body that a receiver gets."""
    with receiving() as receiver:
        to_receiver = DeliveryBatch("webhook", receiver.url, SECRET, batch.deliveries, batch.earlier)
        assert attempt(to_receiver).result is Result.DELIVERED
    (request,) = receiver.received
    assert request.is_signed
    return request.headers["webhook-id"], json.loads(request.body)


def test_a_list_of_many_is_one_message_once_its_window_has_passed(queue: DeliveryQueue) -> None:
    alerts = [listed(number) for number in range(384)]
    for one in alerts:
        queue.enqueue(one, webhook(), NOON)
    assert queue.due(NOON) == []
    batch = only(queue.due(AFTER_WINDOW))
    assert ids(batch) == [one.id for one in alerts]
    _, body = sent(batch)
    message = GroupedAlert.model_validate(body)
    assert Alert.model_validate(body).text == message.text
    assert (message.group.members, message.group.companies, message.group.earlier) == (384, 384, 0)
    assert message.group.kinds == {"designated": 384}
    assert len(message.group.sample) == 20
    assert message.company_id == ""
    assert message.link == f"{BASE}/alerts/w-1/{alerts[0].group_id}"
    assert message.text.startswith(
        "384 companies (384 designated): such as 浙江星辰0000科技有限公司 (reading: "
    )
    assert "because of designation list 2026-b8-zj@1" in message.text
    assert message.text.endswith(f"; see {message.link}")


def test_one_of_a_list_is_sent_as_its_record_was(queue: DeliveryQueue) -> None:
    queue.enqueue(listed(1), webhook(), NOON, b'{"as": "sent"}')
    assert sent(only(queue.due(AFTER_WINDOW))) == (listed(1).id, {"as": "sent"})


def test_a_message_that_is_sent_again_holds_the_same_and_what_came_later_is_an_update(
    queue: DeliveryQueue, path: Path
) -> None:
    first_alerts = [listed(number) for number in range(3)]
    for one in first_alerts:
        queue.enqueue(one, webhook(), NOON)
    first = only(queue.due(AFTER_WINDOW))
    # The process dies before it notes what came of the attempt; the broker brings some alerts again.
    queue.close()
    with DeliveryQueue(path) as again:
        for one in [*first_alerts, listed(7), listed(8)]:
            again.enqueue(one, webhook(), AFTER_WINDOW)
        repeated = only(again.due(AFTER_WINDOW))
        assert ids(repeated) == ids(first)
        assert sent(repeated) == sent(first)
        again.succeed(repeated, AFTER_WINDOW)
        assert again.due(AFTER_WINDOW) == []
        update = only(again.due(AFTER_WINDOW + timedelta(seconds=UPDATE_WINDOW_SECONDS)))
        assert ids(update) == [listed(7).id, listed(8).id]
        _, body = sent(update)
        message = GroupedAlert.model_validate(body)
        assert (message.group.members, message.group.earlier) == (2, 3)
        assert "after 3 of the same cause that were sent before" in message.text


def test_a_failed_message_is_tried_again_as_a_whole(queue: DeliveryQueue) -> None:
    for number in range(3):
        queue.enqueue(listed(number), webhook(), NOON)
    first = only(queue.due(AFTER_WINDOW))
    queue.fail(first, AFTER_WINDOW, "answered 500")
    due_at = queue.next_due_at()
    assert due_at is not None
    assert ids(only(queue.due(due_at))) == ids(first)


def test_what_an_operator_sends_again_together_is_one_message(queue: DeliveryQueue) -> None:
    for number in range(3):
        queue.enqueue(listed(number), webhook(), NOON)
    first = only(queue.due(AFTER_WINDOW))
    queue.refuse(first, AFTER_WINDOW, "no")
    assert all(queue.resend(delivery.id, AFTER_WINDOW) for delivery in first.deliveries)
    assert ids(only(queue.due(AFTER_WINDOW))) == ids(first)


def test_each_target_and_each_cause_has_its_message(queue: DeliveryQueue) -> None:
    for number in range(3):
        for url in ("https://one.example/", "https://two.example/"):
            queue.enqueue(listed(number), webhook(url), NOON)
            queue.enqueue(listed(number, "2026-b8-nb@1"), webhook(url), NOON)
    batches = queue.due(AFTER_WINDOW)
    assert sorted((batch.address, len(batch.deliveries)) for batch in batches) == [
        ("https://one.example/", 3),
        ("https://one.example/", 3),
        ("https://two.example/", 3),
        ("https://two.example/", 3),
    ]


def test_a_watchlist_may_ask_for_single_alerts(queue: DeliveryQueue) -> None:
    single = Watchlist(watchlist_id="w-1", owner="desk-a", grouping=Grouping.SINGLE)
    for number in range(3):
        queue.enqueue(listed(number, watchlist=single), webhook(f"https://{number}.example/"), NOON)
    assert [len(batch.deliveries) for batch in queue.due(AFTER_WINDOW)] == [1, 1, 1]


@pytest.mark.parametrize("grouping", list(Grouping))
def test_a_signal_that_goes_with_a_lost_title_is_one_message_with_it(
    queue: DeliveryQueue, grouping: Grouping
) -> None:
    watchlist = Watchlist(watchlist_id="w-1", owner="desk-a", grouping=grouping)
    cause = Cause(kind="review", ref="2025-review-zj@1")
    lost = status_change(kind=StatusChangeKind.DECERTIFIED, cause=cause)
    cleared = signal_change(signal=SignalKind.REVIEW_DUE, cause=cause)
    for change in (cleared, lost):
        queue.enqueue(alert_for(watchlist, change, company(), BASE), webhook(), NOON)
    _, body = sent(only(queue.due(AFTER_WINDOW)))
    message = GroupedAlert.model_validate(body)
    assert (message.kind, message.company_id) == ("decertified", "c-1")
    assert "lost its Little Giant title" in message.text
    assert "; it also no longer shows the signal of a review due" in message.text


def test_a_mail_says_each_cause_once_with_its_first_members() -> None:
    alerts = [*(listed(number) for number in range(30)), alert(1)]
    message = compose(alerts, FROM, TO, NOON, NewsContext(BASE, {listed(1).group_id: 12}))
    part = message.get_body(("plain",))
    assert part is not None
    text = str(part.get_content())
    assert message["Subject"] == "Little Giants: 2 changes"
    assert len(re.findall(r"(?m)^\* ", text)) == 2
    assert len(re.findall(r"(?m)^  - ", text)) == 21
    assert "  - and 10 more" in text
    assert "after 12 of the same cause that were sent before" in text
    assert headline(alerts[:30]) == "Little Giants: 30 companies, designation list 2026-b8-zj@1"


def test_a_digest_is_bounded_by_causes_and_an_update_says_what_went_before(queue: DeliveryQueue) -> None:
    later = NOON + timedelta(days=2)
    with queue.transaction():
        for number in range(DIGEST_GROUPS_MAX + 1):
            queue.enqueue(alert(number), daily(), NOON)
        queue.enqueue(alert(3, "w-2"), daily(), NOON)
    first = only(queue.due(later))
    assert len(first.deliveries) == DIGEST_GROUPS_MAX
    queue.succeed(first, later)
    assert len(only(queue.due(later)).deliveries) == 2
    queue.succeed(only(queue.due(later)), later)
    for number in range(2):
        queue.enqueue(listed(number), daily(), NOON)
    queue.succeed(only(queue.due(later)), later)
    queue.enqueue(listed(9), daily(), later)
    batch = only(queue.due(later + timedelta(days=1)))
    assert batch.earlier == {listed(9).group_id: 2}
