"""The contract as documents: a JSON Schema for each topic, and an AsyncAPI 3 description of all of them.

Both are generated from the models, so that they cannot say anything else. Inputs are described as what is
accepted, outputs as what is sent.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

Document = dict[str, Any]

JSON_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
ASYNCAPI_VERSION = "3.0.0"
JSON_MEDIA_TYPE = "application/json"
BYTES_MEDIA_TYPE = "application/octet-stream"
# `discriminator` is another thing there than in OpenAPI, whose form the models give.
_NOT_OF_ASYNCAPI = {"$schema", "$id", "discriminator"}


class Role(StrEnum):
    """Which side of the tracker a topic is on."""

    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic of the contract, without prefix.

    `payload` is None where the record is not ours to describe (dead letters carry the input's own bytes);
    `headers` gives the meaning of each Kafka header; `nullable` says that a null value deletes the key.
    `examples` are values.
    """

    name: str
    role: Role
    key: str
    about: str
    payload: TypeAdapter[Any] | None
    headers: Mapping[str, str]
    compacted: bool = False
    nullable: bool = False
    examples: tuple[Document, ...] = ()

    @property
    def title(self) -> str:
        """The name as a single word: `rating-changes.v1` is `rating_changes_v1`."""
        return self.name.replace("-", "_").replace(".", "_")


def adapter(model: type[BaseModel]) -> TypeAdapter[Any]:
    """The type adapter of a model."""
    return TypeAdapter(model)


def read_examples(name: str) -> tuple[Document, ...]:
    """The values that are shown for a channel; none for one without."""
    file = files("schemas").joinpath("examples", f"{name}.json")
    return tuple(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else ()


def json_schema(channel: Channel) -> Document:
    """JSON Schema (2020-12) of a channel's value; raises ValueError where its value is not JSON."""
    if channel.payload is None:
        raise ValueError(f"{channel.name} carries records that have no schema")
    mode: Literal["validation", "serialization"]
    mode = "validation" if channel.role is Role.INPUT else "serialization"
    schema = channel.payload.json_schema(mode=mode, by_alias=True)
    return {"$schema": JSON_SCHEMA_DIALECT, "$id": f"{channel.name}.schema.json"} | schema


def asyncapi(channels: Iterable[Channel], *, prefix: str, version: str) -> Document:
    """AsyncAPI 3 document of the topics; `prefix` stands before each name on the broker."""
    channels = tuple(channels)
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "Little Giants stream",
            "version": version,
            "description": (
                "Facts about China's Little Giants go in, changes of status and of technology exposure come "
                "out. Consumers ignore fields that they don't know; within a version fields are only added."
            ),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": JSON_MEDIA_TYPE,
        "channels": {channel.title: _channel(channel, prefix) for channel in channels},
        "operations": {_operation_id(channel): _operation(channel) for channel in channels},
        "components": {"messages": {channel.title: _message(channel) for channel in channels}},
    }


def _channel(channel: Channel, prefix: str) -> Document:
    policy = ["compact"] if channel.compacted else ["delete"]
    return {
        "address": prefix + channel.name,
        "description": channel.about,
        "messages": {channel.title: {"$ref": f"#/components/messages/{channel.title}"}},
        "bindings": {"kafka": {"topicConfiguration": {"cleanup.policy": policy}, "bindingVersion": "0.5.0"}},
    }


def _operation_id(channel: Channel) -> str:
    return f"{'receive' if channel.role is Role.INPUT else 'send'}_{channel.title}"


def _operation(channel: Channel) -> Document:
    reference = f"#/channels/{channel.title}"
    return {
        "action": "receive" if channel.role is Role.INPUT else "send",
        "channel": {"$ref": reference},
        "summary": channel.about,
        "messages": [{"$ref": f"{reference}/messages/{channel.title}"}],
    }


def _message(channel: Channel) -> Document:
    message: Document = {
        "name": channel.name,
        "title": channel.about,
        "contentType": JSON_MEDIA_TYPE if channel.payload else BYTES_MEDIA_TYPE,
        "bindings": {
            "kafka": {"key": {"type": "string", "description": channel.key}, "bindingVersion": "0.5.0"}
        },
    }
    if channel.headers:
        properties = {
            name: {"type": "string", "description": about} for name, about in channel.headers.items()
        }
        message["headers"] = {"type": "object", "properties": properties}
    if channel.payload:
        schema = _local(json_schema(channel), channel.title)
        message["payload"] = _nullable(schema) if channel.nullable else schema
    if channel.examples:
        message["examples"] = [{"payload": value} for value in channel.examples]
    return message


def _nullable(schema: Document) -> Document:
    definitions = schema.pop("$defs", {})
    return {"$defs": definitions, "oneOf": [schema, {"type": "null"}]}


def _local(node: Any, title: str) -> Any:
    """The schema with its references pointing to where it stands in the AsyncAPI document."""
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if key not in _NOT_OF_ASYNCAPI}
        return {
            key: _reference(value, title) if key == "$ref" else _local(value, title)
            for key, value in kept.items()
        }
    if isinstance(node, list):
        return [_local(item, title) for item in node]
    return node


def _reference(value: str, title: str) -> str:
    return value.replace("#/$defs/", f"#/components/messages/{title}/payload/$defs/")
