"""Raw records of topics whose records belong to an owner: they are shown without secrets."""

from typing import Final

from giants.kafka.topics import PRIVATE_TOPICS
from giants.masking import masked_text

# With the prefix of the settings, or without.
_PRIVATE: Final = tuple(topic.name for topic in PRIVATE_TOPICS)


def is_private(topic: str) -> bool:
    """Whether the records of a topic belong to somebody."""
    return topic.endswith(_PRIVATE)


def shown_raw(topic: str, text: str) -> str:
    """A text of a record, or about one: of what belongs to somebody without secrets."""
    return masked_text(text) if is_private(topic) else text
