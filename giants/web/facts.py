"""Facts that come in over HTTP go the same way as all others: through their topic."""

import threading
from contextlib import suppress
from typing import Final

from kafka.errors import KafkaError

from giants.web.problems import NotReadyError
from streams.publisher import Publisher, PublishError
from streams.settings import MissingBrokerError, Settings
from streams.topics import Topic


class FactSender:
    """Publishes single facts, each confirmed; connects with the first, and anew after a failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings
        self._lock: Final = threading.Lock()
        self._publisher: Publisher | None = None

    def send(self, topic: Topic, key: str, value: bytes | None) -> None:
        """Return once the broker has the fact. Raises `NotReadyError`."""
        with self._lock:
            try:
                if self._publisher is None:
                    self._publisher = Publisher(self._settings)
                self._publisher.send(topic.full_name(self._settings), key, value)
                self._publisher.flush()
            except (PublishError, KafkaError, MissingBrokerError, OSError) as error:
                self._forget()
                raise NotReadyError(f"the broker does not take the fact: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            with suppress(KafkaError, OSError):
                publisher.close()
