"""Latest values: what others wrote over them is found, compared, and written over."""

from aiokafka import TopicPartition

from giants.kafka.log import Record, Stored
from streams.snapshot_verifier import SnapshotVerifier
from tests.streams.memory import LATEST, MemoryLog, run

PLACES: tuple[TopicPartition, ...] = ((LATEST, 0), (LATEST, 1))


class Says:
    """An author that says the same of every key, and nothing of keys that begin with `?`."""

    places = PLACES

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.asked: list[int] = []

    def correction(self, topic: str, latest: Stored) -> Record | None:
        self.asked.append(latest.offset)
        if latest.value == self.value or (latest.key or b"").startswith(b"?"):
            return None
        return Record(topic, 0, latest.key, self.value)


def record(key: bytes, value: bytes | None, partition: int = 0) -> Record:
    return Record(LATEST, partition, key, value)


def send(log: MemoryLog, latest: SnapshotVerifier, *records: Record) -> bool:
    return latest.sent(records, run(log.send(records)))


def test_who_is_alone_has_nothing_to_look_at() -> None:
    log, author = MemoryLog(), Says(b"1")
    latest = SnapshotVerifier(log, author)
    assert send(log, latest, record(b"a", b"1"), record(b"b", b"1", 1))
    assert send(log, latest, record(b"a", b"1"))
    run(latest.verify())
    assert author.asked == []
    assert latest.known == {PLACES[0]: 2, PLACES[1]: 1}


def test_what_another_wrote_is_noticed_and_written_over_where_it_is_wrong() -> None:
    log, author = MemoryLog(), Says(b"1")
    latest = SnapshotVerifier(log, author)
    send(log, latest, record(b"a", b"1"))
    run(log.send([record(b"a", b"0"), record(b"b", b"1"), record(b"?", b"0"), record(b"c", None)]))
    assert not send(log, latest, record(b"d", b"1"))
    run(latest.verify())
    assert log.latest(LATEST) == {b"a": b"1", b"b": b"1", b"?": b"0", b"c": b"1", b"d": b"1"}
    assert 0 not in author.asked, "what was known to be right is not asked again"


def test_only_the_latest_of_a_key_is_compared() -> None:
    log, author = MemoryLog(), Says(b"1")
    run(log.send([record(b"a", b"0"), record(b"a", b"1")]))
    run(SnapshotVerifier(log, author).verify())
    assert author.asked == [1]


def test_a_mark_lets_the_next_owner_go_on() -> None:
    log, author = MemoryLog(), Says(b"1")
    first = SnapshotVerifier(log, author)
    send(log, first, record(b"a", b"1"), record(b"b", b"1", 1))
    second = SnapshotVerifier(log, author)
    second.restore(first.checkpoint_metadata())
    assert second.known == first.known
    second.restore(b"")
    assert second.known == dict.fromkeys(PLACES, 0), "where nothing was kept, all is looked at"


def test_a_mark_for_another_number_of_partitions_is_not_believed() -> None:
    class OnePlace(Says):
        places = PLACES[:1]

    one = SnapshotVerifier(MemoryLog(), OnePlace(b""))
    one.sent([record(b"a", b"1")], {PLACES[0]: 1})
    two = SnapshotVerifier(MemoryLog(), Says(b""))
    two.sent([record(b"a", b"1")], {PLACES[0]: 1})
    two.restore(one.checkpoint_metadata())
    assert two.known == dict.fromkeys(PLACES, 0)


def test_records_for_other_topics_are_none_of_its_business() -> None:
    latest = SnapshotVerifier(MemoryLog(), Says(b""))
    assert latest.sent([Record("elsewhere", 0, b"a", b"1")], {("elsewhere", 0): 17})
    assert latest.known == dict.fromkeys(PLACES, 0)
