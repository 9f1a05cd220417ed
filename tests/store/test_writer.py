"""The writer against a real broker and engine: nothing lost, nothing twice, nothing acknowledged early."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from giants.decoding.frames import DeltaFrame, encode
from giants.embedded.broker import free_port, start_broker
from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.consumer import GroupConsumer
from giants.kafka.poller import Polled
from giants.settings import Settings
from giants.store import writer as store_writer
from giants.store.client import Database, connect
from giants.store.errors import MigrationError, UnavailableError
from giants.store.migrations import migrate, migrations
from giants.store.writer import Writer
from tests.broker import embedded
from tests.kafka.test_poller import send_unreadable
from tests.store.builders import announcement, company, delta, exposure, family, rating_change, status_change
from tests.store.waiting import running, wait_until


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    return broker_settings.model_copy(update={"store_flush_seconds": 0.05})


def publish(settings: Settings, records: Iterable[tuple[topics.Topic, str, Any]], epoch: int = 1) -> None:
    producer = KafkaProducer(**client_options(settings), enable_idempotence=False)
    try:
        for topic, key, value in records:
            raw = value if isinstance(value, bytes) or value is None else orjson.dumps(value)
            headers = [("giants-epoch", str(epoch).encode())]
            producer.send(topic.full_name(settings), raw, key.encode(), headers=headers)
        producer.flush()
    finally:
        producer.close()


def count(database: Database, view: str) -> int:
    return int(database.rows("SELECT count() AS n FROM {view:Identifier}", {"view": view})[0]["n"])


def committed(settings: Settings, topic: topics.Topic) -> int:
    consumer = KafkaConsumer(**client_options(settings), group_id=f"{settings.topic_prefix}store")
    try:
        partitions = range(topic.partition_count(settings))
        places = [TopicPartition(topic.full_name(settings), partition) for partition in partitions]
        return sum(consumer.committed(place) or 0 for place in places)
    finally:
        consumer.close()


def test_records_of_every_topic_arrive_in_their_views(settings: Settings, database: Database) -> None:
    publish(
        settings,
        [
            (topics.ANNOUNCEMENTS, "2025-b7-zj-final", announcement()),
            *((topics.FAMILIES, f"F{n}", family(f"F{n}")) for n in range(40)),
            *((topics.FAMILIES, f"F{n}", family(f"F{n}")) for n in range(40)),
            (topics.COMPANIES, "C", company("C")),
            (topics.STATUS_CHANGES, "C", status_change("C", 1)),
            (topics.EXPOSURES, "C", exposure("C", {"radar": 7}, families=5, instances=12)),
            (topics.RATING_CHANGES, "C", rating_change("C", 1)),
            (topics.DELTA_LOG, "", encode(DeltaFrame([delta("C", "F1", ("H04B10/2519",))]))),
        ],
    )
    writer = Writer(settings, database)
    with running(writer.run):
        wait_until(lambda: writer.state.records == 86, "all records")
        assert count(database, "facts") == 41
        assert count(database, "families") == 40
        for view in ("companies", "status_changes", "exposures", "rating_changes", "portfolio"):
            assert count(database, view) == 1, view
        assert count(database, "feed_rows") == 2
        wait_until(lambda: writer.state.behind == 0 and writer.state.ready, "the writer to have caught up")
    assert not writer.state.running


def test_a_record_that_cannot_be_read_is_passed_over_and_does_not_stop_the_store(
    settings: Settings, database: Database
) -> None:
    topic = topics.FAMILIES.full_name(settings)

    async def send() -> None:
        producer = AIOKafkaProducer(**client_options(settings))
        await producer.start()
        await send_unreadable(producer, topic, 0)
        for partition in range(settings.partitions):
            value = orjson.dumps(family(f"F{partition}"))
            await producer.send_and_wait(topic, value, key=b"F", partition=partition)
        await producer.stop()

    asyncio.run(send())
    with running(Writer(settings, database).run):
        wait_until(lambda: count(database, "families") == settings.partitions, "the other families")
        wait_until(lambda: committed(settings, topics.FAMILIES) == settings.partitions + 1, "the commit")


def test_what_was_not_committed_is_read_again_and_changes_nothing(
    settings: Settings, database: Database
) -> None:
    records = [(topics.STATUS_CHANGES, f"C{n}", status_change(f"C{n}", 1)) for n in range(50)]
    publish(settings, records)
    first = Writer(settings, database)
    with running(first.run):
        wait_until(lambda: first.state.records == 50, "the first reading")
    # The commits are lost, as if the writer had been killed between its inserts and its commit.
    consumer = KafkaConsumer(
        **client_options(settings), group_id=f"{settings.topic_prefix}store", enable_auto_commit=False
    )
    partitions = topics.STATUS_CHANGES.partition_count(settings)
    places = [TopicPartition(topics.STATUS_CHANGES.full_name(settings), n) for n in range(partitions)]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    for place in places:
        consumer.position(place)
    consumer.commit()  # which the broker allows because the first writer has left the group
    consumer.close()
    second = Writer(settings, database)
    with running(second.run):
        wait_until(lambda: second.state.records == 50, "the second reading")
    assert count(database, "status_changes") == 50
    assert database.rows("SELECT uniqExact(id) AS n FROM feed_rows")[0]["n"] == 50


class Unreachable(Database):
    """The real database behind a line that is cut after so many inserts, and mended on demand."""

    def __init__(self, real: Database, inserts: int) -> None:
        self._real, self._left = real, inserts
        self.mended = threading.Event()
        self.refused = 0

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], token: str = ""
    ) -> None:
        if self._left == 0 and not self.mended.is_set():
            self.refused += 1
            raise UnavailableError("nowhere", "the line is cut")
        self._left = max(self._left - 1, 0)
        self._real.insert(table, columns, rows, token)

    def __getattribute__(self, name: str) -> Any:
        if name in {"insert", "mended", "refused", "_real", "_left"}:
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_real"), name)


@pytest.mark.parametrize("inserts", [0, 1, 2, 3])
def test_a_missing_clickhouse_is_waited_for_and_nothing_is_acknowledged_meanwhile(
    settings: Settings, database: Database, inserts: int
) -> None:
    views = {
        "facts": topics.ANNOUNCEMENTS,
        "companies": topics.COMPANIES,
        "status_changes": topics.STATUS_CHANGES,
    }
    publish(
        settings,
        [
            (topics.ANNOUNCEMENTS, "L", announcement("L")),
            (topics.COMPANIES, "C", company("C")),
            (topics.STATUS_CHANGES, "C", status_change("C", 1)),
        ],
    )
    cut = Unreachable(database, inserts)
    writer = Writer(settings, cut)
    with running(writer.run):
        wait_until(lambda: cut.refused >= 2, "inserts to be refused")
        assert not writer.state.ready
        assert "the line is cut" in str(writer.state.waiting_for)
        acknowledged = {view: committed(settings, topic) for view, topic in views.items()}
        assert sum(acknowledged.values()) < len(views)  # what was polled first may be stored before the cut
        assert all(records <= count(database, view) for view, records in acknowledged.items())
        cut.mended.set()
        wait_until(lambda: writer.state.records == 3, "everything to be stored")
        wait_until(lambda: writer.state.ready, "the writer to be ready")
        assert all(committed(settings, topic) == 1 for topic in views.values())
    for view in (*views, "feed_rows"):
        assert count(database, view) == 1, view


def test_a_new_database_takes_what_the_topics_hold_whatever_was_committed_before(
    settings: Settings, tmp_path: Path
) -> None:
    publish(settings, [(topics.COMPANIES, f"C{n}", company(f"C{n}")) for n in range(20)])
    for folder in ("first", "second"):
        with connect(f"chdb://{tmp_path / folder}") as database:
            migrate(database)
            writer = Writer(settings, database)
            with running(writer.run):
                wait_until(partial(_has_stored, writer, 20), folder)
            assert count(database, "companies") == 20


def _has_stored(writer: Writer, records: int) -> bool:
    return writer.state.records == records


class Counting(Unreachable):
    """The real database, with the size of each block of families that it was given."""

    def __init__(self, real: Database) -> None:
        super().__init__(real, inserts=-1)
        self.sizes: list[int] = []

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], token: str = ""
    ) -> None:
        if table == "families_rows":
            self.sizes.append(len(rows))
        self._real.insert(table, columns, rows, token)

    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(self, name) if name == "sizes" else super().__getattribute__(name)


def test_a_writer_that_is_behind_waits_for_full_blocks(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"FLUSH_RECORDS_MAX": 1_000, "BACKLOG_RECORDS_MIN": 100}
    for name, limit in limits.items():
        monkeypatch.setattr(store_writer, name, limit)
    monkeypatch.setattr(store_writer, "LOAD_FLUSH_SECONDS", 60.0)
    monkeypatch.setattr(store_writer, "POLL_RECORDS_MAX", 50)
    publish(settings, [(topics.FAMILIES, f"F{n}", family(f"F{n}")) for n in range(4_000)])
    counting = Counting(database)
    # Nobody waits: without a backlog each poll is a block.
    writer = Writer(settings.model_copy(update={"store_flush_seconds": 0.0}), counting)
    with running(writer.run):
        wait_until(lambda: writer.state.records == 4_000, "all records")
    assert max(counting.sizes) > 500  # of what is on the broker a consumer knows a part
    assert count(database, "families") == 4_000


def test_a_load_waits_for_full_blocks_and_news_does_not(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOAD_FLUSH_SECONDS", "LOAD_PAUSE_SECONDS_MAX"):
        monkeypatch.setattr(store_writer, name, 3_600.0)
    counting = Counting(database)
    writer = Writer(settings.model_copy(update={"store_flush_seconds": 0.0}), counting)
    old = [family(f"F{number}", backfill=True) for number in range(200)]
    with running(writer.run):
        wait_until(lambda: writer.state.ready, "the writer to have its partitions")
        for begin in range(0, 200, 20):
            publish(settings, [(topics.FAMILIES, one["family_id"], one) for one in old[begin : begin + 20]])
        wait_until(lambda: writer.state.newest_fact_at is not None, "the load to come in")
        assert counting.sizes == []
        publish(settings, [(topics.FAMILIES, "F", family("F"))])
        wait_until(lambda: writer.state.records > 0, "the news to be stored")
    assert counting.sizes[0] > 1
    monkeypatch.undo()
    with running(Writer(settings, database).run):  # the news may have come before all of the load did
        wait_until(lambda: count(database, "families") == 201, "the rest to be stored")


def test_a_load_is_stored_once_it_pauses(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_writer, "LOAD_FLUSH_SECONDS", 3_600.0)
    writer = Writer(settings, database)
    with running(writer.run):
        publish(settings, [(topics.FAMILIES, "F", family("F", backfill=True))])
        wait_until(lambda: writer.state.records == 1, "the load to be stored")


def test_records_as_large_as_a_batch_may_be_are_stored(settings: Settings, database: Database) -> None:
    topic = topics.DEAD_LETTERS.full_name(settings)

    async def send() -> None:
        producer = AIOKafkaProducer(**client_options(settings), max_request_size=topics.BATCH_BYTES_MAX)
        await producer.start()
        for size in (topics.RECORD_BYTES_MAX + 50_000, 10):
            await producer.send_and_wait(topic, bytes(size), partition=0)
        await producer.stop()

    asyncio.run(send())
    with running(Writer(settings, database).run):
        wait_until(lambda: count(database, "dead_letters_rows") == 2, "both")


def test_two_writers_share_the_partitions(settings: Settings, database: Database) -> None:
    one, two = Writer(settings, database), Writer(settings, database)
    with running(one.run):
        wait_until(lambda: one.state.partitions > 0, "the first writer")
        with running(two.run):
            wait_until(lambda: two.state.partitions > 0, "the second writer")
            publish(
                settings, [(topics.STATUS_CHANGES, f"C{n}", status_change(f"C{n}", 1)) for n in range(60)]
            )
            wait_until(lambda: count(database, "status_changes") == 60, "all changes")
        publish(settings, [(topics.STATUS_CHANGES, f"D{n}", status_change(f"D{n}", 1)) for n in range(60)])
        wait_until(lambda: count(database, "status_changes") == 120, "the rest after the second went")
    assert database.rows("SELECT uniqExact(id) AS n FROM feed_rows")[0]["n"] == 120


def test_a_missing_broker_is_waited_for(tmp_path: Path, database: Database) -> None:
    port = free_port()
    settings = embedded(f"127.0.0.1:{port}", partitions=1, data_dir=tmp_path, store_flush_seconds=0.05)
    writer = Writer(settings, database)
    broker = None
    try:
        with running(writer.run):
            wait_until(lambda: "the broker" in str(writer.state.waiting_for), "the writer to miss the broker")
            assert not writer.state.ready
            broker = start_broker(tmp_path / "broker.log", port)
            create_topics(settings)
            publish(settings, [(topics.COMPANIES, "C", company("C"))])
            wait_until(lambda: writer.state.records == 1, "the record")
            wait_until(lambda: writer.state.ready, "the writer to be ready")
    finally:
        if broker is not None:
            broker.stop()


class Held(Unreachable):
    """The real database, which holds the insert of changes up until it is let through."""

    def __init__(self, real: Database) -> None:
        super().__init__(real, inserts=-1)
        self.began, self.let_through = threading.Event(), threading.Event()

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], token: str = ""
    ) -> None:
        if table == "feed_rows":
            self.began.set()
            assert self.let_through.wait(60)
        self._real.insert(table, columns, rows, token)

    def __getattribute__(self, name: str) -> Any:
        own = {"began", "let_through"}
        return object.__getattribute__(self, name) if name in own else super().__getattribute__(name)


class Moving(GroupConsumer):
    """Its partitions go when it read its second batch, and come back after it went on for a while."""

    def __init__(self, database: Held, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._database = database
        self._going: asyncio.Task[None] | None = None
        self.batches = self.polls_since = 0

    async def poll(self) -> Polled:
        polled = await super().poll()
        self.batches += bool(polled.batches)
        if self._going is not None:
            self.polls_since += 1
        elif self.batches == 2:
            self._going = asyncio.create_task(self.partitions_go())
            await asyncio.to_thread(self._database.began.wait, 60)
            asyncio.get_running_loop().call_later(0.1, self._database.let_through.set)
        return polled

    def come_back(self) -> None:
        self._consumer._coordinator.request_rejoin()


def test_what_was_polled_before_partitions_moved_is_read_again(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, readers = Held(database), list[Moving]()

    def reader(*arguments: Any, **options: Any) -> Moving:
        readers.append(Moving(slow, *arguments, **options))
        return readers[-1]

    def send(*numbers: int) -> None:
        publish(settings, [(topics.FAMILIES, "F", family(f"F{number}")) for number in numbers])

    monkeypatch.setattr(store_writer, "GroupConsumer", reader)
    monkeypatch.setattr(store_writer, "FLUSH_RECORDS_MAX", 3)
    writer = Writer(settings.model_copy(update={"store_flush_seconds": 60}), slow)
    publish(settings, [(topics.RATING_CHANGES, "C", rating_change("C", 1))])
    with running(writer.run):
        wait_until(lambda: bool(readers) and readers[0].batches == 1, "the first record")
        send(1)
        wait_until(slow.let_through.is_set, "the insert of what was held when the partitions went")
        send(2, 3, 4)
        begun = readers[0].polls_since
        wait_until(lambda: readers[0].polls_since > begun + 8, "some more polls")
        readers[0].come_back()
        wait_until(lambda: count(database, "families") == 4, "every family")


def test_every_migration_has_a_number_of_its_own() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


def test_the_schema_of_a_newer_program_ends_the_writer(tmp_path: Path, database: Database) -> None:
    newer = migrations()[-1].number + 1
    migrate(database)
    database.execute(
        "INSERT INTO schema_migrations (number, name) VALUES ({n:UInt32}, 'later')", {"n": newer}
    )
    writer = Writer(Settings(broker="127.0.0.1:9", data_dir=tmp_path), database)
    with pytest.raises(MigrationError, match=str(newer)):
        writer.run(threading.Event())
    assert not writer.state.running
