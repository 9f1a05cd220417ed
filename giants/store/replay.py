"""Publish the journal again: the embedded broker forgets, and a rebuild starts from nothing.

Facts go out in the order in which they first arrived, with their first instants, marked as replayed: nobody
is alerted a second time, and the instants of changes stay those of the facts (design invariant 8).
"""

from typing import Final

from giants.store.client import Database
from streams import topics
from streams.publisher import REPLAYED_HEADER, Publisher
from streams.settings import Settings

_JOURNAL: Final = (
    "SELECT topic, key, value, tombstone, received_at FROM facts "
    "ORDER BY received_at, topic, `partition`, `offset`"
)
_FACTS_IN_JOURNAL: Final = "SELECT count() AS facts FROM facts"


def journal_facts(database: Database) -> int:
    """How many facts the journal holds."""
    return int(database.rows(_FACTS_IN_JOURNAL)[0]["facts"])


def publish_journal(database: Database, settings: Settings) -> int:
    """Publish every fact of the journal to its input topic; returns how many.

    Read and sent as a stream: memory does not grow with the journal. Published twice it changes nothing.
    Raises `PublishError` and the errors of the store.
    """
    full_names = {topic.name: topic.full_name(settings) for topic in topics.INPUTS}
    with Publisher(settings) as publisher:
        for block in database.blocks(_JOURNAL, raw=("value",)):
            for topic, key, value, tombstone, received_at in block:
                publisher.send(
                    full_names[topic],
                    key,
                    None if tombstone else bytes(value),
                    timestamp_ms=int(received_at.timestamp() * 1000),
                    headers=(REPLAYED_HEADER,),
                )
        publisher.flush()
        return publisher.confirmed
