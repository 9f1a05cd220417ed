"""What the buffer says of what it holds: whether somebody may wait for it."""

import pytest

from giants.decoding.frames import DeltaFrame, encode
from giants.kafka import topics
from giants.kafka.publisher import REPLAYED_HEADER
from giants.store.buffer import Buffer
from giants.store.records import Incoming
from tests.store.builders import (
    LONG_AGO,
    announcement,
    delta,
    exposure,
    family,
    finding,
    incoming,
    rating_change,
)

REPLAYED = dict([REPLAYED_HEADER])
LOADED_FAMILY = incoming(topics.FAMILIES, family("F", backfill=True))
FAMILY = incoming(topics.FAMILIES, family("F"))
SNAPSHOT = incoming(topics.EXPOSURES, exposure("C", {"radar": 7}, families=5, instances=12))
DELTA = incoming(topics.DELTA_LOG, encode(DeltaFrame([delta("C", "F", ("H04B10/2519",))])))
LOADS = {
    "a family of a backfill": [LOADED_FAMILY],
    "a fact that is read again": [incoming(topics.ANNOUNCEMENTS, announcement(), headers=REPLAYED)],
    "a change of a backfill": [incoming(topics.RATING_CHANGES, rating_change("C", 1, backfill=True))],
    "a change of a rebuild": [incoming(topics.RATING_CHANGES, rating_change("C", 1, replayed=True))],
    "what follows from a backfill": [LOADED_FAMILY, DELTA, SNAPSHOT],
}
NEWS = {
    "nothing": [],
    "a family": [FAMILY],
    "a list": [incoming(topics.ANNOUNCEMENTS, announcement())],
    "a change": [incoming(topics.RATING_CHANGES, rating_change("C", 1))],
    "what follows from something": [DELTA, SNAPSHOT],
    "what cannot be read": [incoming(topics.RATING_CHANGES, b"{")],
    "a finding": [incoming(topics.FINDINGS, finding(1))],
    "news after a load": [LOADED_FAMILY, FAMILY],
    "news before a load": [FAMILY, LOADED_FAMILY],
}


@pytest.mark.parametrize(
    ("records", "is_load"),
    [*((records, True) for records in LOADS.values()), *((records, False) for records in NEWS.values())],
    ids=[*LOADS, *NEWS],
)
def test_a_load_is_what_nobody_is_told_of(records: list[Incoming], is_load: bool) -> None:
    buffer = Buffer(LONG_AGO)
    for record in records:
        buffer.add(record)
    assert buffer.is_load is is_load


def test_what_follows_later_is_taken_for_what_came_last() -> None:
    buffer = Buffer(LONG_AGO)
    for came, is_load in ((LOADED_FAMILY, True), (FAMILY, False)):
        buffer.add(came)
        buffer.discard()
        buffer.add(SNAPSHOT)
        assert buffer.is_load is is_load
        buffer.discard()
