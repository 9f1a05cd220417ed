"""Publish the journal again, for a rebuild and for an embedded broker that ended without saving its topics.

Facts are published in the order in which they first arrived, with their first instants, marked as replayed:
nobody is alerted again, and the instants of changes are those of the facts (design invariant 8). Refused
inputs are published to the dead letters again, unchanged.
"""

from typing import Final

from giants.kafka import topics
from giants.kafka.publisher import REPLAYED_HEADER, Publisher
from giants.settings import Settings
from giants.store.client import Database
from schemas.facts import TaxonomyVersion

_JOURNAL: Final = (
    "SELECT topic, key, value, tombstone, received_at FROM facts "
    "ORDER BY received_at, topic, `partition`, `offset`"
)
_DEAD_LETTERS: Final = "SELECT key, value, headers, received_at FROM dead_letters ORDER BY received_at"
_FACTS_IN_JOURNAL: Final = "SELECT count() AS facts FROM facts"
_NEWEST_TAXONOMY: Final = (
    "SELECT max(taxonomy_version) AS version FROM technologies WHERE taxonomy = {taxonomy:String}"
)


def journal_facts(database: Database) -> int:
    """How many facts the journal holds."""
    return int(database.rows(_FACTS_IN_JOURNAL)[0]["facts"])


def publish_journal(database: Database, settings: Settings) -> int:
    """Publish every fact of the journal to its input topic; returns how many.

    The journal is streamed, in bounded memory. Published twice it changes nothing.
    Raises `PublishError` and the errors of the store.
    """
    full_names = {topic.name: topic.full_name(settings) for topic in topics.INPUTS}
    with Publisher(settings) as publisher:
        for block in database.blocks(_JOURNAL, raw=("key", "value")):
            for topic, key, value, tombstone, received_at in block:
                publisher.send(
                    full_names[topic],
                    bytes(key),
                    None if tombstone else bytes(value),
                    timestamp_ms=int(received_at.timestamp() * 1000),
                    headers=(REPLAYED_HEADER,),
                )
        publisher.flush()
        return publisher.confirmed


def publish_dead_letters(database: Database, settings: Settings) -> int:
    """Publish the refused inputs to the dead-letter topic again; returns how many."""
    topic = topics.DEAD_LETTERS.full_name(settings)
    with Publisher(settings) as publisher:
        for block in database.blocks(_DEAD_LETTERS, raw=("key", "value")):
            for key, value, headers, received_at in block:
                publisher.send(
                    topic,
                    bytes(key),
                    bytes(value),
                    timestamp_ms=int(received_at.timestamp() * 1000),
                    headers=[(name, text.encode()) for name, text in headers.items()],
                )
        publisher.flush()
        return publisher.confirmed


def publish_taxonomy(database: Database, settings: Settings, shipped: TaxonomyVersion) -> bool:
    """Publish the taxonomy of the program where its version is not known; returns whether it did."""
    newest = database.rows(_NEWEST_TAXONOMY, {"taxonomy": shipped.taxonomy})[0]["version"]
    if shipped.taxonomy != settings.taxonomy or (newest is not None and int(newest) >= shipped.version):
        return False
    with Publisher(settings) as publisher:
        value = shipped.model_dump_json(by_alias=True).encode()
        publisher.send(topics.TAXONOMIES.full_name(settings), shipped.taxonomy, value)
    return True
