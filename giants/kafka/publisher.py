"""Publishing facts: each awaited, so that what is reported as taken is on the broker."""

from collections.abc import Sequence
from random import randrange
from types import TracebackType
from typing import Final, Self

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from pydantic import BaseModel

from giants.errors import GiantsError
from giants.kafka import topics
from giants.kafka.partitioner import murmur2
from giants.kafka.producing import Producing
from giants.kafka.topics import INPUT_BATCH_BYTES_MAX, Topic
from giants.kafka.tracing import TRACEPARENT, TRACING
from giants.settings import Settings
from schemas.facts import Correction, EnglishIdentity, LinkRecord, Rename, TagRecord

REPLAYED_HEADER: Final = ("giants-replayed", b"1")
# The largest is a dead letter that is put back: an input, with the reason and place in headers.
RECORD_BYTES_MAX: Final = INPUT_BATCH_BYTES_MAX + 50_000

_TOPICS: Final[dict[type[BaseModel], Topic]] = {
    **{topic.model: topic for topic in topics.INPUTS if topic.model is not None},
    **dict.fromkeys((Rename, Correction, EnglishIdentity), topics.NAMES),
    **dict.fromkeys((TagRecord, LinkRecord), topics.RECORDS),
}

Header = tuple[str, bytes]


class PublishError(GiantsError):
    """A record did not reach the broker."""

    def __init__(self, topic: str, key: str | bytes | None, got: Exception) -> None:
        super().__init__(f"the record {key!r} could not be published to {topic}: {got}")


class UnreachableBrokerError(GiantsError):
    """The broker did not answer when the publisher wanted to connect."""

    def __init__(self, servers: str, got: Exception) -> None:
        super().__init__(
            f"the broker does not answer: {servers}: {got}; check GIANTS_BROKER with `giants doctor`"
        )


class Publisher:
    """Sends records and confirms each; `confirmed` counts those that the broker has.

    A context manager: leaving it without an error confirms all that is pending. Made, it raises
    `UnreachableBrokerError`; used, `PublishError`, also for records that were sent before: of those that the
    broker did not take the first is named.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._partitions: dict[str, int] = {}
        try:
            self._producing = Producing(settings)
        except KafkaError as error:
            raise UnreachableBrokerError(settings.require_broker(), error) from error

    @property
    def confirmed(self) -> int:
        """Records that the broker has."""
        return self._producing.confirmed

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
        if TRACING.on:
            headers = [*headers, (TRACEPARENT, TRACING.root("publish", topic=topic))]
        key_bytes = key.encode() if isinstance(key, str) else key
        size_bytes = len(key_bytes or b"") + len(value or b"")
        if headers:
            size_bytes += sum(len(name) + len(content) for name, content in headers)
        if size_bytes > RECORD_BYTES_MAX:
            reason = f"expected a record of at most {RECORD_BYTES_MAX} bytes, got {size_bytes}"
            raise PublishError(topic, key, MessageSizeTooLargeError(reason))
        partition = self._partition(topic, key_bytes)
        self._producing.append((topic, partition), key_bytes, value, timestamp_ms, list(headers))
        self._raise_failure()

    def send_fact(self, fact: BaseModel) -> None:
        """Send a fact to its input topic, keyed as the contract says (design §3.1)."""
        topic = _TOPICS[type(fact)]
        value = fact.model_dump_json(by_alias=True).encode()
        self.send(topic.full_name(self._settings), str(getattr(fact, topic.key)), value)

    def flush(self) -> None:
        """Return once the broker has everything that was sent."""
        self._producing.flush()
        self._raise_failure()

    def close(self) -> None:
        """Close the connection; what is not confirmed may be lost."""
        self._producing.close()

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

    def _partition(self, topic: str, key: bytes | None) -> int:
        """The partition that Java's default partitioner chooses."""
        partitions = self._partitions.get(topic)
        if partitions is None:
            try:
                partitions = self._partitions[topic] = self._producing.partitions(topic)
            except KafkaError as error:
                raise PublishError(topic, key, error) from error
        if key is None:
            return randrange(partitions)  # noqa: S311 - any will do
        return (murmur2(key) & 0x7FFFFFFF) % partitions

    def _raise_failure(self) -> None:
        if self._producing.has_failed and (failure := self._producing.take_failure()) is not None:
            raise PublishError(failure.topic, failure.key, failure.error) from failure.error
