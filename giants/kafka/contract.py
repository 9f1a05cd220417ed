"""The topics of the contract as the documents describe them."""

from typing import Any

from pydantic import TypeAdapter

from giants.kafka import topics
from giants.kafka.topics import Topic, TopicRole
from schemas.documents import Channel, Document, Role, adapter, asyncapi, json_schema, read_examples
from schemas.facts import ANALYST_RECORD, NAME_RECORD
from schemas.portfolios import PORTFOLIO_RECORD

ASYNCAPI_FILE = "asyncapi.json"

_OF_INPUTS = {
    "giants-replayed": "1 where the journal was published again: nobody is alerted a second time",
    "giants-schema-version": "Version of the contract that the record is written by; 1 without it. "
    "A record of a newer one waits in the dead letters",
}
_CLOUDEVENTS = {
    "ce_specversion": "Version of the CloudEvents specification: 1.0",
    "ce_id": "Id of the change; the same change always has the same one",
    "ce_type": "Kind of the change",
    "ce_source": "Where it came from",
    "ce_time": "Instant of the fact that caused it, RFC 3339, UTC",
}
_REFUSAL = {
    "giants-error": "Why the record was refused",
    "giants-topic": "Topic that it was read from",
    "giants-partition": "Its partition there",
    "giants-offset": "Its offset there",
    "giants-timestamp": "Its timestamp there, milliseconds since the epoch",
    "giants-replayed": "As it was in the input",
    "giants-schema-version": "As it was in the input",
}
_CHANGES = {
    topics.STATUS_CHANGES,
    topics.RATING_CHANGES,
    topics.SIGNAL_CHANGES,
    topics.LIST_CHANGES,
    topics.ALERTS,
    topics.PORTFOLIO_MATCHES,
}


def channels() -> tuple[Channel, ...]:
    """Inputs, then outputs, in the order of the contract."""
    return tuple(_channel(topic) for topic in topics.INPUTS + topics.OUTPUTS)


def documents(prefix: str, version: str) -> dict[str, Document]:
    """Every generated document by file name: one JSON Schema a topic, and the AsyncAPI document."""
    described = channels()
    schemas = {
        f"{channel.name}.schema.json": json_schema(channel) for channel in described if channel.payload
    }
    return schemas | {ASYNCAPI_FILE: asyncapi(described, prefix=prefix, version=version)}


def _channel(topic: Topic) -> Channel:
    return Channel(
        name=topic.name,
        role=Role.INPUT if topic.role is TopicRole.INPUT else Role.OUTPUT,
        key=topic.key,
        about=topic.about,
        payload=_payload(topic),
        headers=_headers(topic),
        compacted=topic.compacted,
        nullable=topic in {topics.WATCHLISTS, topics.PORTFOLIOS},
        examples=read_examples(topic.name),
    )


def _payload(topic: Topic) -> TypeAdapter[Any] | None:
    if topic is topics.NAMES:
        return NAME_RECORD
    if topic is topics.RECORDS:
        return ANALYST_RECORD
    if topic is topics.PORTFOLIOS:
        return PORTFOLIO_RECORD
    return None if topic.model is None else adapter(topic.model)


def _headers(topic: Topic) -> dict[str, str]:
    if topic.role is TopicRole.INPUT:
        return _OF_INPUTS
    if topic is topics.DEAD_LETTERS:
        return _REFUSAL
    return _CLOUDEVENTS if topic in _CHANGES else {}
