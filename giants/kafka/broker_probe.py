"""Whether a broker listens at all, asked before a Kafka client is made.

A client of kafka-python that finds no broker takes long to say so, and leaves its sockets to the garbage
collector.
"""

import socket
from contextlib import suppress
from typing import Final

from giants.settings import Settings

CONNECT_SECONDS_MAX: Final = 2.0


def broker_listens(settings: Settings) -> bool:
    """Whether one of the bootstrap servers takes a connection. Raises `MissingBrokerError` without any."""
    for server in settings.require_broker().split(","):
        host, _, port = server.strip().rpartition(":")
        with (
            suppress(OSError),
            socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS_MAX),
        ):
            return True
    return False
