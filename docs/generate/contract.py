"""The page of the contract: every topic, its messages and headers."""

import json
from collections.abc import Iterable
from typing import Any

from docs.generate.markdown import code, one_line, page, table
from docs.generate.schema import fields, part, type_name
from giants.kafka.contract import channels
from giants.kafka.topics import ALL, TopicRole
from schemas.documents import Channel, Role, json_schema

_ABOUT = """\
JSON in UTF-8; dates are ISO 8601, instants are UTC. Every topic carries the prefix of `GIANTS_TOPIC_PREFIX`
(`giants.` by default), which is left out here. Within a version fields are added, never renamed or removed:
consumers ignore what they don't know. `giants schema NAME` prints the JSON Schema of a topic,
`giants schema asyncapi` the AsyncAPI document."""


def contract_page() -> str:
    """Topics, then each message, then the parts that messages share."""
    described = channels()
    sections = ["## Topics", _topics()]
    for role, title in ((Role.INPUT, "Inputs"), (Role.OUTPUT, "Outputs")):
        mine = [channel for channel in described if channel.role is role]
        sections += [f"## {title}", *map(_channel, mine), f"## Parts of {title.lower()}", *_parts(mine)]
    return page("Contract", _ABOUT, sections)


def _topics() -> str:
    rows = (
        (
            code(topic.name),
            topic.role.value,
            _key(topic.key) if topic.role is not TopicRole.INTERNAL else "-",
            str(topic.partitions or "as set"),
            "latest of a key" if topic.compacted else "everything",
            topic.about,
        )
        for topic in ALL
    )
    return table(("topic", "role", "key", "partitions", "keeps", "what it carries"), rows)


def _key(key: str) -> str:
    """The field that keys a topic, or where the key comes from."""
    return code(key) if " " not in key else key


def _channel(channel: Channel) -> str:
    lines = [f"### {channel.name}", f"{channel.about}. Keyed by {_key(channel.key)}."]
    if channel.nullable:
        lines.append("A null value deletes the key.")
    if channel.payload is None:
        lines.append("The value is that of the record that was refused, byte for byte.")
    else:
        lines += _message(json_schema(channel))
    lines += map(_example, channel.examples)
    if channel.headers:
        rows = ((code(name), about) for name, about in channel.headers.items())
        lines.append(table(("header", "meaning"), rows))
    return "\n\n".join(lines)


def _example(value: dict[str, Any]) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


def _message(schema: dict[str, Any]) -> list[str]:
    if "oneOf" in schema:
        return [f"One of {', '.join(type_name(option) for option in schema['oneOf'])}, told apart by `kind`."]
    about = one_line(schema.get("description", ""))
    return [about, fields(schema)] if about else [fields(schema)]


def _parts(mine: Iterable[Channel]) -> list[str]:
    found: dict[str, Any] = {}
    for channel in mine:
        if channel.payload is not None:
            found |= json_schema(channel).get("$defs", {})
    return [part(name, schema) for name, schema in sorted(found.items())]
