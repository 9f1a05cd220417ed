"""Prepare a Kafka cluster: make the topics, and let each process do what it has to and nothing else.

`GIANTS_BROKER=… GIANTS_BROKER_USERNAME=admin … python -m deploy.kafka.prepare` with the settings of an
administrator; run again it changes nothing. The rules are in acls.toml beside this file.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType
from kafka.admin import ACLResourcePatternType as PatternType

from giants.kafka.admin import create_topics
from giants.kafka.connection import client_options
from giants.kafka.topics import ALL
from giants.settings import Settings

RULES_FILE: Final = Path(__file__).with_name("acls.toml")
_ROLE: Final = "role:"
_OPERATIONS: Final = {
    "read": ACLOperation.READ,
    "write": ACLOperation.WRITE,
    "describe": ACLOperation.DESCRIBE,
    "describe_settings": ACLOperation.DESCRIBE_CONFIGS,
}


class RulesError(Exception):
    """The rules say something that cannot be understood."""


def rules(settings: Settings, file: Path = RULES_FILE) -> list[ACL]:
    """The rules of a file for one topic prefix. Raises `RulesError`."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return [rule for name, may in document.items() for rule in _rules_of(name, may, settings)]


def _rules_of(name: str, may: Mapping[str, Sequence[str]], settings: Settings) -> Iterator[ACL]:
    unknown = may.keys() - _OPERATIONS.keys() - {"groups"}
    if unknown:
        raise RulesError(f"{name}: got {sorted(unknown)}, expected any of {[*_OPERATIONS, 'groups']}")
    for verb, operation in _OPERATIONS.items():
        for topic in _topics(name, may.get(verb, ())):
            yield _rule(name, operation, ResourceType.TOPIC, settings.topic_prefix + topic)
    for group in may.get("groups", ()):
        yield _rule(name, ACLOperation.READ, ResourceType.GROUP, settings.topic_prefix + group)


def _topics(name: str, wanted: Sequence[str]) -> Iterator[str]:
    known = {topic.name for topic in ALL}
    for one in wanted:
        if one.startswith(_ROLE):
            found = [topic.name for topic in ALL if topic.role.value == one.removeprefix(_ROLE)]
        else:
            found = [one] if one in known else []
        if not found:
            raise RulesError(f"{name}: got {one!r}, expected a topic or a role of giants/kafka/topics.py")
        yield from found


def _rule(name: str, operation: Any, kind: Any, resource: str) -> ACL:
    pattern = PatternType.PREFIXED if resource.endswith("*") else PatternType.LITERAL
    where = ResourcePattern(kind, resource.removesuffix("*"), pattern)
    return ACL(f"User:{name}", "*", operation, ACLPermissionType.ALLOW, where)


def main() -> None:
    """Make what is missing, and say what there is."""
    settings = Settings()
    made = create_topics(settings)
    wanted = rules(settings)
    admin = KafkaAdminClient(**client_options(settings))
    try:
        refused = admin.create_acls(wanted)["failed"]
    finally:
        admin.close()
    if refused:
        sys.exit(f"{len(refused)} of {len(wanted)} rules were refused: {refused[0]}")
    sys.stdout.write(f"{len(made)} topics made, {len(wanted)} rules in force\n")


if __name__ == "__main__":
    main()
