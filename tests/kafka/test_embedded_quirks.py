"""Groups go on without the members that are gone."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import MemberIdRequired
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest, LeaveGroupRequest, SyncGroupRequest
from structlog.testing import capture_logs

from giants.kafka import embedded_quirks
from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options, started
from giants.kafka.embedded_quirks import GONE, group_member, leave, patient_in_silence
from giants.kafka.poller import Polling
from giants.kafka.topic_reader import TopicReader
from giants.kafka.topics import FAMILIES
from giants.settings import Settings

GROUP = "members"
SESSION_MS = 6_000
HEARTBEAT_MS = 500


def consumer_of(settings: Settings) -> AIOKafkaConsumer:
    return group_member(
        settings,
        AIOKafkaConsumer(
            FAMILIES.full_name(settings),
            **client_options(settings),
            group_id=f"{settings.topic_prefix}{GROUP}",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
        ),
    )


async def lead_and_leave_at_once(settings: Settings) -> None:
    """Come to lead the group, and leave it before anything is handed out."""
    client = AIOKafkaClient(**client_options(settings))
    await client.bootstrap()
    group = f"{settings.topic_prefix}{GROUP}"
    broker = await client.coordinator_lookup(CoordinationType.GROUP, group)
    metadata = RoundRobinPartitionAssignor.metadata([FAMILIES.full_name(settings)]).encode()
    protocols = [(RoundRobinPartitionAssignor.name, metadata)]
    member = ""
    while True:
        join = JoinGroupRequest(group, SESSION_MS, SESSION_MS, member, None, "consumer", protocols)
        answer = await client.send(broker, join)
        member = answer.member_id
        if answer.error_code != MemberIdRequired.errno:
            break
    assert answer.leader_id == member
    await client.send(broker, LeaveGroupRequest(group, member))
    await client.close()


def everything(settings: Settings) -> set[TopicPartition]:
    name = FAMILIES.full_name(settings)
    return {TopicPartition(name, number) for number in range(settings.partitions)}


async def read_until_all_is_assigned(consumer: AIOKafkaConsumer, settings: Settings) -> None:
    while consumer.assignment() != everything(settings):
        await consumer.getmany(timeout_ms=200)


def test_a_leader_that_left_while_others_join_is_given_up(broker_settings: Settings) -> None:
    create_topics(broker_settings)

    async def play() -> None:
        await lead_and_leave_at_once(broker_settings)
        member = await started(lambda: consumer_of(broker_settings))
        try:
            await read_until_all_is_assigned(member, broker_settings)
        finally:
            await leave(broker_settings, member)

    with capture_logs() as logs:
        asyncio.run(play())
    assert [one["event"] for one in logs].count(GONE) == 1


@pytest.mark.parametrize("members", [1, 2])
def test_who_leaves_is_not_waited_for(broker_settings: Settings, members: int) -> None:
    """In the first generation as in later ones: who comes next is handed partitions in its first round."""
    create_topics(broker_settings)

    async def play() -> int:
        those = [await started(lambda: consumer_of(broker_settings)) for _ in range(members)]
        for one in those:
            await leave(broker_settings, one)
        last = consumer_of(broker_settings)
        send, rounds = last._client.send, 0

        async def count(node_id: int, request: object, **options: object) -> object:
            nonlocal rounds
            rounds += isinstance(request, SyncGroupRequest)
            return await send(node_id, request, **options)

        last._client.send = count
        await last.start()
        try:
            await read_until_all_is_assigned(last, broker_settings)
        finally:
            await leave(broker_settings, last)
        return rounds

    assert asyncio.run(play()) == 1


def test_fetches_wait_longer_while_nothing_comes_and_are_prompt_again_once_something_does(
    broker_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest wait is short here, and reached at once."""
    monkeypatch.setattr(embedded_quirks, "SILENCE_SHARE", 100)
    monkeypatch.setattr(embedded_quirks, "SILENT_FETCH_MS_MAX", 300)
    create_topics(broker_settings)
    place = TopicPartition(FAMILIES.full_name(broker_settings), 0)

    async def play() -> None:
        polling = Polling(records_max=10, wait_ms=100)
        prompt = polling.embedded_fetch_ms
        reader = TopicReader(broker_settings, [FAMILIES], polling)
        await reader.start()
        fetcher: Any = reader._consumer._fetcher
        try:
            assert fetcher._fetch_max_wait_ms == prompt
            while fetcher._fetch_max_wait_ms < 300:
                await reader.poll()
            async with AIOKafkaProducer(**client_options(broker_settings)) as producer:
                await producer.send_and_wait(place.topic, b"v", partition=place.partition)
            # What a fetch brings is seen before the next one is sent.
            waits = list[int]()
            while not (polled := await reader.poll()).batches:
                waits.append(fetcher._fetch_max_wait_ms)
            assert set(waits) <= {300, prompt}
            assert [record.value for record in polled.batches[place]] == [b"v"]
        finally:
            await reader.stop()

    asyncio.run(play())


def test_how_long_a_fetch_waits_follows_the_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(embedded_quirks, "monotonic", lambda: now)
    request = FetchRequest(50, 1, 1, 0, [])
    answer = SimpleNamespace(topics=[("t", [(0, 0, 5, b"")])])

    async def send(*_: object) -> object:
        return answer

    consumer = SimpleNamespace(
        _client=SimpleNamespace(send=send), _fetch_max_wait_ms=50, _fetcher=SimpleNamespace()
    )
    settings = Settings(broker="b:1", broker_quirks="embedded")
    waits = list[int]()
    client: Any = patient_in_silence(settings, consumer)._client
    for seconds, records in ((0.1, b""), (0.9, b""), (9, b""), (90, b""), (0.1, b"r"), (2, b"")):
        now += seconds
        answer.topics = [("t", [(0, 0, 5, b""), (1, 0, 5, records)])]
        assert asyncio.run(client.send(0, request)) is answer
        waits.append(consumer._fetcher._fetch_max_wait_ms)
    assert waits == [50, 100, 1_000, 2_000, 50, 200]
    assert patient_in_silence(Settings(broker="b:1"), client) is client, "other brokers answer at once"
