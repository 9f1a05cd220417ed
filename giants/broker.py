"""Waiting for the broker before a client is made."""

import socket
import time
from collections.abc import Callable

import structlog

from streams.settings import Settings

CONNECT_SECONDS_MAX = 2.0
RETRY_SECONDS = 1.0

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


def _takes_connections(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS_MAX).close()
    except OSError:
        return False
    return True
