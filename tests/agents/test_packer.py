"""The packer of intake: the right partition whatever a producer did, frames, replayable dead letters."""

from datetime import date
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.intake import Input, Packer
from giants.decoding import facts
from giants.decoding.frames import decode_delta_frame, decode_family_frame, decode_programme_frame, shard_of
from giants.domain.events import Family, NewTaxonomy
from giants.kafka import topics
from giants.kafka.log import Headers, Record
from giants.kafka.poller import Unreadable
from giants.settings import Settings
from streams.metrics import METRICS
from tests.agents.hostile import EXAMPLES, as_json

SETTINGS = Settings(partitions=4, topic_prefix="p.")
PACKER = Packer(SETTINGS)


def one(
    kind: str, value: bytes | None, *, key: bytes | None = b"k", partition: int = 0, headers: Headers = ()
) -> Input:
    return Input(kind, f"p.{kind}.v1", partition, 9, key, value, 1_700_000_000_000, headers)


def family(family_id: str, version: int = 1) -> bytes:
    return as_json({**EXAMPLES[facts.FAMILIES], "family_id": family_id, "version": version})


def families_of(packed: list[Record]) -> dict[str, int]:
    """Families by id with the partition that they went to."""
    return {
        event.family_id: record.partition
        for record in packed
        if record.topic == "p.log.families.v1"
        for event in decode_family_frame(record.value or b"").events
        if isinstance(event, Family)
    }


@given(
    st.text(alphabet="0123456789CN甲", min_size=1, max_size=12),
    st.none() | st.binary(max_size=8),
    st.integers(0, 3),
)
def test_a_family_goes_to_the_partition_of_its_id_whatever_the_producer_did(
    family_id: str, key: bytes | None, partition: int
) -> None:
    packed = PACKER.pack([one(facts.FAMILIES, family(family_id), key=key, partition=partition)])
    assert families_of(packed) == {family_id: shard_of(family_id, 4)}


def test_other_clients_partitioners_make_no_difference() -> None:
    ids = [f"f{number}" for number in range(50)]
    theirs = [one(facts.FAMILIES, family(id_), partition=crc32(id_.encode()) % 4) for id_ in ids]
    assert families_of(PACKER.pack(theirs)) == {id_: shard_of(id_, 4) for id_ in ids}


def test_families_of_one_partition_are_packed_together_in_their_order() -> None:
    packed = PACKER.pack([one(facts.FAMILIES, family("f1", version)) for version in (3, 1, 2)])
    (record,) = packed
    events = decode_family_frame(record.value or b"").events
    assert [event.version for event in events if isinstance(event, Family)] == [3, 1, 2]


def test_facts_of_the_programme_go_one_by_one_to_its_log() -> None:
    kinds = (facts.ANNOUNCEMENTS, facts.REVIEWS, facts.NAMES, facts.RECORDS, facts.DAYS)
    packed = PACKER.pack([one(kind, as_json(EXAMPLES[kind])) for kind in kinds])
    assert {(record.topic, record.partition) for record in packed} == {("p.log.programme.v1", 0)}
    frames = [decode_programme_frame(record.value or b"") for record in packed]
    assert [frame.kind for frame in frames] == list(kinds)
    assert [facts.read_fact(frame.kind, frame.document) for frame in frames] == [
        facts.read_fact(kind, as_json(EXAMPLES[kind])) for kind in kinds
    ]


def test_a_taxonomy_goes_to_every_partition_in_a_frame_of_its_own() -> None:
    packed = PACKER.pack([one(facts.TAXONOMIES, as_json(EXAMPLES[facts.TAXONOMIES]))])
    assert [(record.topic, record.partition) for record in packed] == [
        ("p.log.deltas.v1", partition) for partition in range(4)
    ]
    for record in packed:
        (event,) = decode_delta_frame(record.value or b"").events
        assert isinstance(event, NewTaxonomy)


def test_watchlists_are_read_elsewhere_but_bad_ones_are_dead_letters() -> None:
    good, gone = as_json(EXAMPLES[facts.WATCHLISTS]), None
    assert PACKER.pack([one(facts.WATCHLISTS, good), one(facts.WATCHLISTS, gone)]) == []
    assert PACKER.pack([one(facts.WATCHLISTS, b"{}")])[0].topic == "p.dead-letters.v1"


@pytest.mark.parametrize(
    ("kind", "value", "headers", "refusal"),
    [
        (facts.FAMILIES, b"{", (), facts.Refusal.MALFORMED),
        (facts.FAMILIES, b"{}", (), facts.Refusal.INVALID),
        (facts.FAMILIES, None, (), facts.Refusal.INVALID),
        (facts.FAMILIES, b"{}", ((facts.SCHEMA_VERSION_HEADER, b"2"),), facts.Refusal.NEWER_SCHEMA),
        (facts.FAMILIES, b" " * 8_000_001, (), facts.Refusal.TOO_LARGE),
        (
            facts.TAXONOMIES,
            as_json({**EXAMPLES[facts.TAXONOMIES], "taxonomy": "other"}),
            (),
            facts.Refusal.OTHER_TAXONOMY,
        ),
        (
            facts.ANNOUNCEMENTS,
            as_json(
                {**EXAMPLES[facts.ANNOUNCEMENTS], "source": {"class": "miit", "title": "绿色工厂公示名单"}}
            ),
            (),
            facts.Refusal.OUT_OF_SCOPE,
        ),
    ],
)
def test_what_is_refused_is_counted_by_class_never_by_its_text(
    kind: str, value: bytes | None, headers: Headers, refusal: facts.Refusal
) -> None:
    counter = METRICS.dead_letters.labels(f"p.{kind}.v1", refusal)
    before = counter._value.get()
    PACKER.pack([one(kind, value, headers=headers)])
    assert counter._value.get() == before + 1


def test_a_bad_record_does_not_hold_up_the_others() -> None:
    packed = PACKER.pack([one(facts.FAMILIES, value) for value in (family("a"), b"{", family("b"))])
    assert families_of(packed).keys() == {"a", "b"}
    assert len([record for record in packed if record.topic == "p.dead-letters.v1"]) == 1


def test_a_dead_letter_holds_the_input_its_place_and_the_reason() -> None:
    (dead_letter,) = PACKER.pack([one(facts.FAMILIES, b"{", key=b"\xff", partition=3)])
    assert (dead_letter.key, dead_letter.value) == (b"\xff", b"{")
    sent = dict(dead_letter.headers)
    assert sent.pop("giants-error").startswith(b"record: is not JSON")
    assert sent == {
        "giants-topic": b"p.families.v1",
        "giants-partition": b"3",
        "giants-offset": b"9",
        "giants-timestamp": b"1700000000000",
    }


def test_a_record_of_a_newer_schema_is_a_dead_letter_for_later() -> None:
    headers: Headers = ((facts.SCHEMA_VERSION_HEADER, b"2"), ("other", b"x"), ("giants-replayed", b"1"))
    (dead_letter,) = PACKER.pack([one(facts.FAMILIES, family("f"), headers=headers)])
    sent = dict(dead_letter.headers)
    assert b"newer than 1" in sent["giants-error"]
    assert sent[facts.SCHEMA_VERSION_HEADER] == b"2", "published again it is still what it was"
    assert sent["giants-replayed"] == b"1"
    assert "other" not in sent
    assert dead_letter.value == family("f")


@pytest.mark.parametrize("version", [b"1", b"0", b"000001"])
def test_a_record_of_a_known_schema_is_taken(version: bytes) -> None:
    headers: Headers = ((facts.SCHEMA_VERSION_HEADER, version),)
    assert families_of(PACKER.pack([one(facts.FAMILIES, family("f"), headers=headers)])) == {
        "f": shard_of("f", 4)
    }


@pytest.mark.parametrize("version", [b"", b"x", b"-1", b"1.0", b"1" * 50, b"\xff", "２".encode()])
def test_a_schema_version_that_is_no_number_is_refused(version: bytes) -> None:
    headers: Headers = ((facts.SCHEMA_VERSION_HEADER, version),)
    (dead_letter,) = PACKER.pack([one(facts.FAMILIES, family("f"), headers=headers)])
    assert b"expected a number in the header" in dict(dead_letter.headers)["giants-error"]


def test_a_replay_and_a_backfill_are_passed_on() -> None:
    value = as_json({**EXAMPLES[facts.FAMILIES], "backfill": True})
    (record,) = PACKER.pack([one(facts.FAMILIES, value, headers=(("giants-replayed", b"1"),))])
    (event,) = decode_family_frame(record.value or b"").events
    assert (event.origin.backfill, event.origin.replayed) == (True, True)


@pytest.mark.parametrize("timestamp_ms", [-(2**63), -1, 0, 2**63 - 1])
def test_any_timestamp_becomes_an_instant_that_can_be_printed(timestamp_ms: int) -> None:
    record = Input(facts.FAMILIES, "p.families.v1", 0, 0, None, family("f"), timestamp_ms)
    (packed,) = PACKER.pack([record])
    assert packed.timestamp_ms is not None
    assert 0 <= packed.timestamp_ms <= 253_402_300_799_000


def test_a_record_that_the_client_cannot_read_is_a_dead_letter_with_its_offset() -> None:
    dead_letter = PACKER.unreadable(Unreadable("p.names.v1", 2, 17, "no UTF-8"))
    sent = dict(dead_letter.headers)
    assert (dead_letter.topic, dead_letter.value) == (topics.DEAD_LETTERS.full_name(SETTINGS), None)
    assert (sent["giants-topic"], sent["giants-partition"], sent["giants-offset"]) == (
        b"p.names.v1",
        b"2",
        b"17",
    )
    assert sent["giants-error"] == b"no UTF-8"


@pytest.mark.parametrize(
    ("day", "today", "is_refused"),
    [
        ("2023-11-15", date(2023, 11, 14), False),  # tomorrow: a day begins earlier elsewhere
        ("2023-11-16", date(2023, 11, 14), True),
        ("2024-11-14", date(2024, 11, 14), True),  # by the timestamp of the record, of 14 November 2023
        ("2013-01-01", date(2023, 11, 14), False),
    ],
)
def test_a_day_that_has_not_begun_by_both_clocks_is_refused(day: str, today: date, is_refused: bool) -> None:
    packed = Packer(SETTINGS, lambda: today).pack([one(facts.DAYS, as_json({"day": day}))])
    assert [record.topic for record in packed] == [
        "p.dead-letters.v1" if is_refused else "p.log.programme.v1"
    ]


def test_a_day_that_is_withdrawn_or_given_as_a_fact_may_be_any() -> None:
    withdrawn = one(facts.DAYS, as_json({"day": "2099-01-01", "withdrawn": True}))
    for packer in (Packer(SETTINGS, lambda: date(2023, 11, 14)), PACKER):
        assert packer.pack([withdrawn])[0].topic == "p.log.programme.v1"
    assert PACKER.pack([one(facts.DAYS, as_json({"day": "2099-01-01"}))])[0].topic == "p.log.programme.v1"
