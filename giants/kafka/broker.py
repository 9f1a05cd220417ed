"""Consumers of the broker, as kafka-python needs them to be handled."""

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition

from giants.kafka import reading
from giants.settings import Settings

CONNECT_SECONDS_MAX = 2.0
RETRY_SECONDS = 1.0
# The embedded broker lets a group wait for half of this before it begins.
SESSION_MILLISECONDS_MAX = 6_000
HEARTBEAT_MILLISECONDS = 1_500
# What a consumer says goodbye to may be gone already.
CLOSE_MILLISECONDS_MAX = 5_000
JOIN_POLL_MILLISECONDS_MAX = SESSION_MILLISECONDS_MAX // 2 + 1_000

_logger = structlog.get_logger(__name__)


def wait_for_broker(settings: Settings, is_over: Callable[[], bool]) -> bool:
    """Return True once a server of the broker takes connections; False where `is_over` comes first.

    A kafka-python client that cannot reach the broker leaves a thread and sockets behind when it gives up, so
    none is made before there is something to reach.
    """
    servers = [server.strip().rpartition(":") for server in settings.require_broker().split(",")]
    warned = False
    while not is_over():
        if any(_takes_connections(host.strip("[]"), int(port)) for host, _, port in servers):
            return True
        if not warned:
            _logger.warning("waiting for the broker", servers=settings.broker)
            warned = True
        time.sleep(RETRY_SECONDS)
    return False


def poll(consumer: KafkaConsumer, milliseconds_max: int) -> Mapping[TopicPartition, Sequence[Any]]:
    """Records that have come, by partition; waits so long for some, and longer to join a group.

    kafka-python throws a join away that ends between two polls, so a poll has to outlast it.
    """
    joined = bool(consumer.assignment())
    return reading.poll(consumer, milliseconds_max if joined else JOIN_POLL_MILLISECONDS_MAX)


def is_at_end(consumer: KafkaConsumer, place: TopicPartition) -> bool:
    """Whether all of a partition was read.

    The end is that of a fetch: the embedded broker's list of offsets understates it.
    """
    end = consumer.highwater(place)
    return end is not None and consumer.position(place) >= end


def _takes_connections(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS_MAX).close()
    except OSError:
        return False
    return True
