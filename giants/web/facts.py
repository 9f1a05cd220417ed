"""Facts that are received over HTTP are published to their topic, as all others are."""

import threading
from typing import Final

from giants.kafka.connection import broker_listens
from giants.kafka.errors import BrokerError
from giants.kafka.publisher import Publisher
from giants.kafka.topics import Topic
from giants.settings import MissingBrokerError, Settings
from giants.web.errors import NotReadyError

CONFIRM_SECONDS_MAX: Final = 10.0


class FactSender:
    """Publishes facts, confirmed before it returns; connects with the first, and anew after a failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings
        self._lock: Final = threading.Lock()
        self._publisher: Publisher | None = None

    def send(self, topic: Topic, key: str, *values: bytes | None) -> None:
        """Return once the broker has all facts, which are of one key. Raises `NotReadyError`."""
        with self._lock:
            try:
                if self._publisher is None:
                    self._publisher = self._connected()
                for value in values:
                    self._publisher.send(topic.full_name(self._settings), key, value)
                self._publisher.flush()
            except (BrokerError, MissingBrokerError, OSError) as error:
                self._forget()
                raise NotReadyError(f"the broker does not take the fact: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._forget()

    def _connected(self) -> Publisher:
        if not broker_listens(self._settings):
            raise ConnectionError(f"nothing listens at {self._settings.require_broker()}")
        return Publisher(self._settings, CONFIRM_SECONDS_MAX)

    def _forget(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.close()
