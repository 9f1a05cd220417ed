"""Publishing facts: each awaited, so that what is reported as taken is on the broker."""

from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError
from pydantic import BaseModel

from schemas.facts import Correction, EnglishIdentity, LinkRecord, Rename, TagRecord
from streams import topics
from streams.clients import client_options
from streams.settings import Settings
from streams.topics import INPUT_BATCH_BYTES_MAX, Topic
from streams.tracing import TRACEPARENT, TRACING

PENDING_MAX: Final = 20_000  # records sent but not yet confirmed
CONFIRM_SECONDS_MAX: Final = 120.0
REPLAYED_HEADER: Final = ("giants-replayed", b"1")
# Facts are the same however often they land, so the producer need not be idempotent.
_PRODUCER: Final[dict[str, Any]] = {
    "acks": "all",
    "enable_idempotence": False,
    "linger_ms": 10,
    "batch_size": 500_000,
    # The largest is a dead letter that is put back: an input, with the reason and place in headers.
    "max_request_size": INPUT_BATCH_BYTES_MAX + 50_000,
    "allow_auto_create_topics": False,
}

_TOPICS: Final[dict[type[BaseModel], Topic]] = {
    **{topic.model: topic for topic in topics.INPUTS if topic.model is not None},
    **dict.fromkeys((Rename, Correction, EnglishIdentity), topics.NAMES),
    **dict.fromkeys((TagRecord, LinkRecord), topics.RECORDS),
}

Header = tuple[str, bytes]


class PublishError(Exception):
    """A record did not reach the broker."""

    def __init__(self, topic: str, key: str | bytes | None, got: Exception) -> None:
        super().__init__(f"the record {key!r} could not be published to {topic}: {got}")


class Publisher:
    """Sends records and confirms each; `confirmed` counts those that the broker has.

    A context manager: leaving it without an error confirms all that is pending. Raises `PublishError`.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer = KafkaProducer(**client_options(settings), **_PRODUCER)
        self._pending: deque[tuple[str, str | bytes | None, Any]] = deque()
        self.confirmed = 0

    def send(
        self,
        topic: str,
        key: str | bytes | None,
        value: bytes | None,
        *,
        timestamp_ms: int | None = None,
        headers: Sequence[Header] = (),
    ) -> None:
        """Send one record, waiting where too many are on their way; `topic` is the full name."""
        if len(self._pending) >= PENDING_MAX:
            self._confirm_oldest()
        if TRACING.on:
            headers = [*headers, (TRACEPARENT, TRACING.root("publish", topic=topic))]
        try:
            key_bytes = key.encode() if isinstance(key, str) else key
            future = self._producer.send(
                topic, value, key_bytes, headers=list(headers), timestamp_ms=timestamp_ms
            )
        except KafkaError as error:
            raise PublishError(topic, key, error) from error
        self._pending.append((topic, key, future))
        while self._pending and self._pending[0][2].is_done:
            self._confirm_oldest()

    def send_fact(self, fact: BaseModel) -> None:
        """Send a fact to its input topic, keyed as the contract says (design §3.1)."""
        topic = _TOPICS[type(fact)]
        value = fact.model_dump_json(by_alias=True).encode()
        self.send(topic.full_name(self._settings), str(getattr(fact, topic.key)), value)

    def flush(self) -> None:
        """Return once the broker has everything that was sent."""
        self._producer.flush(timeout=CONFIRM_SECONDS_MAX)
        while self._pending:
            self._confirm_oldest()

    def close(self) -> None:
        """Close the connection; what is not confirmed may be lost."""
        self._producer.close(timeout=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self.close()

    def _confirm_oldest(self) -> None:
        topic, key, future = self._pending.popleft()
        try:
            future.get(CONFIRM_SECONDS_MAX)
        except KafkaError as error:
            raise PublishError(topic, key, error) from error
        self.confirmed += 1
