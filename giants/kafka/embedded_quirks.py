"""What the embedded broker (Tansu 0.6) does other than Apache Kafka, and how clients live with it.

The supervisor of `giants up` says to its processes that they talk to that broker (`Settings.broker_quirks`);
with any other broker nothing of this module runs.

- A leader that leaves its group while others join stays the leader: it is no member any more, so nobody
  misses it, and whoever joins is given the same generation and the same leader again and waits in vain for
  its assignment. A member that sees this twice joins once in the leader's name. Then the leader is a member
  that says nothing, which the broker removes after the time of its session.
- Generations count from 0, and aiokafka leaves those from 1 on alone: others would wait for a member that is
  gone.
- ListOffsets understates the end of a partition: ends come from fetches.
- A fetch that waits for records is answered late: of several partitions once its whole wait is over, whatever
  has come meanwhile. Each fetch costs it two milliseconds of a processor and more for many partitions. So the
  longer nothing has come to a consumer, the longer its fetches wait: an idle stack is quiet, and the first
  record after a silence is handed on later by a tenth of the silence at most.
- There is no idempotent producer: a batch may land twice, which is harmless here.
- An offset behind the end is not refused.

The names that are overridden are private to aiokafka, which is pinned; tests/contracts holds them.
"""

from collections.abc import Collection, Mapping
from copy import copy
from time import monotonic
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest, SyncGroupRequest

from giants.kafka.connection import stop_consumer
from giants.settings import Settings

GONE: Final = "the leader of a group hands out nothing, and is removed"
# How long the broker may hold a fetch of the internal logs: most of what is on them needs none, since it was
# put ahead (`streams.record_queue`).
LOGS_FETCH_MS: Final = 150
LONG_POLL_MS: Final = 500  # the default of aiokafka; other brokers answer as soon as there is a record
# The part of its silence that a consumer's fetch may wait, and the most.
SILENCE_SHARE: Final = 0.1
SILENT_FETCH_MS_MAX: Final = 2_000
_LOOK_SECONDS: Final = 0.2  # of aiokafka
_FIRST_GENERATION: Final = 0
_NO_ERROR: Final = 0

_logger = structlog.get_logger(__name__)


def has_quirks(settings: Settings) -> bool:
    """Whether the broker is the embedded one."""
    return settings.broker_quirks == "embedded"


def fetch_wait_ms(settings: Settings, embedded_ms: int) -> int:
    """How long a fetch may wait: any other broker answers as soon as there is a record."""
    return embedded_ms if has_quirks(settings) else LONG_POLL_MS


def patient_in_silence(settings: Settings, consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    """Let a consumer that was not started yet fetch less often while nothing comes, on this broker."""
    if has_quirks(settings):
        consumer._client.send = _Patience(consumer).send
    return consumer


def group_member(settings: Settings, consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    """Let a consumer of a group that was not started yet remove leaders who have gone, on this broker."""
    if has_quirks(settings):
        client = consumer._client
        client.send = _Member(client.send, consumer._group_id).send
    return consumer


async def leave(settings: Settings, consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer and leave its group, also a generation of number 0."""
    coordinator = consumer._coordinator if has_quirks(settings) else None
    if coordinator is not None and coordinator.generation == _FIRST_GENERATION:
        coordinator.generation += 1
    await stop_consumer(consumer)


async def end_offsets(
    settings: Settings, consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """Where partitions end now, as far as that is known; from fetches so far on the embedded broker."""
    if has_quirks(settings):
        ends = {partition: consumer.highwater(partition) for partition in partitions}
        return {partition: end for partition, end in ends.items() if end is not None}
    found: Mapping[TopicPartition, int] = await consumer.end_offsets(list(partitions))
    return found


class _Patience:
    """Sends the requests of one consumer, and says how long its next fetch may wait."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer, self._send = consumer, consumer._client.send
        self._prompt_ms: int = consumer._fetch_max_wait_ms
        self._heard = monotonic()

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        """Send a request, and look whether a fetch brought records."""
        answer = await self._send(node_id, request, **options)
        if isinstance(request, FetchRequest):
            now = monotonic()
            if any(partition[-1] for _, partitions in answer.topics for partition in partitions):
                self._heard = now
            silent_ms = int(1_000 * SILENCE_SHARE * (now - self._heard))
            wait_ms = max(self._prompt_ms, min(silent_ms, SILENT_FETCH_MS_MAX))
            fetcher = self._consumer._fetcher
            fetcher._fetch_max_wait_ms = wait_ms
            # How often it looks at its partitions though nothing happened.
            fetcher._fetcher_timeout = max(wait_ms / 1_000, _LOOK_SECONDS)
        return answer


class _Member:
    """Sends the requests of one consumer, and looks at what its group answers."""

    def __init__(self, send: Any, group_id: str) -> None:
        self._send, self._group_id = send, group_id
        self._fruitless: tuple[int, str] | None = None  # generation and leader that assigned nothing yet

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        """Send a request; a leader that leads two rounds and hands out nothing is removed.

        A round takes the embedded broker eight seconds.
        """
        answer = await self._send(node_id, request, **options)
        if isinstance(request, JoinGroupRequest) and answer.error_code == _NO_ERROR:
            before, this_round = self._fruitless, (answer.generation_id, answer.leader_id)
            is_follower = answer.leader_id != answer.member_id
            self._fruitless = this_round if is_follower and this_round != before else None
            if is_follower and this_round == before:
                await self._join_as(answer.leader_id, node_id, request, options)
        elif isinstance(request, SyncGroupRequest) and answer.error_code == _NO_ERROR:
            self._fruitless = None
        return answer

    async def _join_as(
        self, leader_id: str, node_id: int, request: JoinGroupRequest, options: dict[str, Any]
    ) -> None:
        _logger.warning(GONE, group=self._group_id)
        in_its_name = copy(request)
        in_its_name._member_id = leader_id
        try:
            await self._send(node_id, in_its_name, **options)
        except KafkaError as error:
            _logger.warning("the leader of a group cannot be removed yet", error=repr(error))
