"""Trajectory signals in the store: a snapshot replaces the one before, and the chains keep the first copy."""

from giants.kafka import topics
from giants.store.client import Database
from giants.store.queries.feed import (
    FeedFilter,
    changes_after,
    decode_position,
    encode_position,
    latest_changes,
)
from giants.store.queries.feed import Position as FeedPosition
from giants.store.queries.signals import SignalFilter, signal_changes, signal_counts, signals_in_force
from schemas.changes import SignalChange
from tests.store.builders import focus_drift, incoming, review_due, signal_change, signals, store

EVERYTHING = SignalFilter()


def shown(database: Database) -> list[tuple[str, str]]:
    return [(row.company_id, row.signal) for row in signals_in_force(database, EVERYTHING, None, 50).items]


def test_a_snapshot_replaces_the_one_before_as_a_whole_and_null_leaves_nothing(database: Database) -> None:
    both = signals("C", ("radar", focus_drift()), (None, review_due()))
    store(database, incoming(topics.SIGNALS, signals("C", (None, review_due())), key="C", offset=8))
    store(database, incoming(topics.SIGNALS, both, key="C", offset=7))
    assert shown(database) == [("C", "review-due")]
    store(database, incoming(topics.SIGNALS, both, key="C", offset=9))
    assert shown(database) == [("C", "focus-drift"), ("C", "review-due")]
    assert signal_counts(database) == {"focus-drift": 1, "review-due": 1}
    store(database, incoming(topics.SIGNALS, None, key="C", offset=10))
    assert (shown(database), signal_counts(database)) == ([], {})


def test_a_change_that_is_sent_again_is_one_change_and_the_feed_gives_it_as_it_was_sent(
    database: Database,
) -> None:
    raised, cleared = (signal_change("C", seq, "radar", focus_drift()) for seq in (1, 2))
    store(database, incoming(topics.SIGNAL_CHANGES, raised, key="C", offset=0))
    store(database, incoming(topics.SIGNAL_CHANGES, raised, key="C", offset=1))
    store(database, incoming(topics.SIGNAL_CHANGES, cleared, key="C", offset=2))
    expected = [SignalChange.model_validate(one) for one in (cleared, raised)]
    assert signal_changes(database, "C") == expected
    of_company = FeedFilter(company_id="C", technology="radar", kinds=("signal-raised",))
    assert [item.change for item in latest_changes(database, of_company, None, 9).items] == expected[1:]
    start = decode_position(encode_position(FeedPosition(1, 0, {})))
    items, _ = changes_after(database, start, FeedFilter(kinds=("signal-cleared",)), 9)
    assert [item.change for item in items] == expected[:1]


def test_what_is_no_signal_is_kept_as_a_reject(database: Database) -> None:
    store(
        database,
        incoming(topics.SIGNALS, {"company_id": "C", "signals": [{"signal": "guilt"}]}, key="C"),
        incoming(topics.SIGNAL_CHANGES, signal_change("C", 1, None, review_due(), epoch=0), key="C"),
        incoming(topics.SIGNAL_CHANGES, None, key="C", offset=1),
    )
    rejects = database.rows("SELECT topic, reason FROM store_rejects ORDER BY topic, `offset`")
    assert [row["topic"] for row in rejects] == ["signal-changes.v1", "signal-changes.v1", "signals.v1"]
    assert "got epoch 0" in rejects[0]["reason"]
