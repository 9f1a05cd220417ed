"""Facts that come in over HTTP go the same way as all others: through their topic."""

import threading
from typing import Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from giants.kafka.broker_probe import broker_listens
from giants.kafka.clients import client_options
from giants.kafka.topics import RECORD_BYTES_MAX, Topic
from giants.settings import MissingBrokerError, Settings
from giants.web.errors import NotReadyError

CONNECT_MILLISECONDS_MAX: Final = 5_000
CONFIRM_SECONDS_MAX: Final = 10.0
CLOSE_SECONDS_MAX: Final = 2.0


class FactSender:
    """Publishes single facts, each confirmed; connects with the first, and anew after a failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings
        self._lock: Final = threading.Lock()
        self._producer: KafkaProducer | None = None

    def send(self, topic: Topic, key: str, value: bytes | None) -> None:
        """Return once the broker has the fact. Raises `NotReadyError`."""
        with self._lock:
            try:
                if self._producer is None:
                    self._producer = self._connected()
                sent = self._producer.send(topic.full_name(self._settings), value, key.encode())
                sent.get(CONFIRM_SECONDS_MAX)
            except (KafkaError, MissingBrokerError, OSError) as error:
                self._forget()
                raise NotReadyError(f"the broker does not take the fact: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._forget()

    def _connected(self) -> KafkaProducer:
        if not broker_listens(self._settings):
            raise ConnectionError(f"nothing listens at {self._settings.require_broker()}")
        return KafkaProducer(
            **client_options(self._settings),
            acks="all",
            # A fact is the same however often it lands.
            enable_idempotence=False,
            allow_auto_create_topics=False,
            max_request_size=RECORD_BYTES_MAX + 100_000,
            bootstrap_timeout_ms=CONNECT_MILLISECONDS_MAX,
            max_block_ms=CONNECT_MILLISECONDS_MAX,
        )

    def _forget(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=CLOSE_SECONDS_MAX)
