"""Members of consumer groups that do not wait for a leader who has gone.

On the embedded broker (Tansu 0.6) a leader that leaves its group while others join stays the leader: it is no
member any more, so nobody misses it, and whoever joins is given the same generation and the same leader again
and waits in vain for what that one should hand out. Where that happens a member joins once in the leader's
name. Then the leader is a member that says nothing, which the broker gives up after the time of its session.

To a leader that is there this does nothing, and Apache Kafka gives each round a new generation.
The names that are overridden are private to aiokafka, which is pinned; tests hold them.
"""

from collections.abc import Iterable
from copy import copy
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import JoinGroupRequest, SyncGroupRequest

from giants.kafka.kafka_log import connection
from giants.kafka.poller import PROMPT_FETCH_MS
from giants.kafka.topics import RECORD_BYTES_MAX
from giants.settings import Settings

GONE: Final = "the leader of a group hands out nothing, and is given up"
_SESSION_MS: Final = 6_000
_POLL_INTERVAL_MS_MAX: Final = 600_000
_FIRST_GENERATION: Final = 0
_NO_ERROR: Final = 0

_logger = structlog.get_logger(__name__)


def worker_member(settings: Settings, group: str, topics: Iterable[str]) -> AIOKafkaConsumer:
    """Make a consumer of a worker beside its agents, one of a group; who reads commits."""
    return without_gone_leaders(
        AIOKafkaConsumer(
            *topics,
            **connection(settings),
            group_id=f"{settings.topic_prefix}{group}",
            group_instance_id=settings.worker_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=_SESSION_MS,
            max_poll_interval_ms=_POLL_INTERVAL_MS_MAX,
            fetch_max_wait_ms=PROMPT_FETCH_MS,
            max_partition_fetch_bytes=RECORD_BYTES_MAX,
        )
    )


def without_gone_leaders(consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    """Let a consumer that has not been started see to it that leaders who have gone are given up."""
    client = consumer._client
    client.send = _Member(client.send, consumer._group_id).send
    return consumer


async def leave(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer and leave its group, from the embedded broker's first generation too.

    That broker counts generations from 0, and aiokafka takes leave of those from 1 alone: others would wait
    for a member that is gone.
    """
    coordinator = consumer._coordinator
    if coordinator is not None and coordinator.generation == _FIRST_GENERATION:
        coordinator.generation += 1
    await consumer.stop()


class _Member:
    """Sends the requests of one consumer, and looks at what its group answers."""

    def __init__(self, send: Any, group_id: str) -> None:
        self._send, self._group_id = send, group_id
        self._fruitless: tuple[int, str] | None = None  # generation and leader that nothing was got from yet

    async def send(self, node_id: int, request: Any, **options: Any) -> Any:
        """Send a request; a leader that leads two rounds and hands out nothing is given up.

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
            _logger.warning("the leader of a group cannot be given up yet", error=repr(error))
