"""Publish the journal again, for a rebuild and for an embedded broker that ended without saving its topics.

Facts are published in the order in which they first arrived, with their first instants, marked as replayed:
nobody is alerted again, and the instants of changes are those of the facts (design invariant 8). Topics have
no order among each other, so facts of the programme go to its log as well, each before intake reads it: the
registry gets them in the order of arrival across topics, and knows those that intake sends. Refused inputs
are published to the dead letters again, unchanged.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

from giants.decoding import facts
from giants.decoding.frames import ProgrammeFrame, encode
from giants.decoding.programme import has_begun, programme_frame
from giants.kafka import topics
from giants.kafka.publisher import REPLAYED_HEADER, Publisher
from giants.settings import Settings
from giants.store.client import Database
from schemas.facts import Day, TaxonomyVersion

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


def publish_journal(
    database: Database, settings: Settings, report: Callable[[int], None] = lambda _: None
) -> int:
    """Publish every fact of the journal to its input topic; returns how many.

    The journal is streamed, in bounded memory; `report` is told how many so far. Published twice it changes
    nothing.
    Raises `PublishError` and the errors of the store.
    """
    full_names = {topic.name: topic.full_name(settings) for topic in topics.INPUTS}
    programme_log = topics.PROGRAMME_LOG.full_name(settings)
    with Publisher(settings) as publisher:
        published = 0
        for block in database.blocks(_JOURNAL, raw=("key", "value")):
            for topic, key, value, tombstone, received_at in block:
                at_ms = int(received_at.timestamp() * 1000)
                frame = _programme_frame(settings, topic, bytes(value), at_ms)
                if frame is not None:
                    publisher.send(programme_log, None, encode(frame), timestamp_ms=at_ms)
                publisher.send(
                    full_names[topic],
                    bytes(key),
                    None if tombstone else bytes(value),
                    timestamp_ms=at_ms,
                    headers=(REPLAYED_HEADER,),
                )
                published += 1
            report(published)
        publisher.flush()
        return published


def _programme_frame(settings: Settings, topic: str, value: bytes, at_ms: int) -> ProgrammeFrame | None:
    """What intake makes of a fact of the programme; None for all others, and for what it refuses."""
    kind = topic.removesuffix(".v1")
    if kind not in facts.PROGRAMME:
        return None
    try:
        fact = facts.read_fact(kind, value)
    except facts.FactError:
        return None
    is_to_come = isinstance(fact, Day) and not fact.withdrawn and not has_begun(fact.day, at_ms, _today())
    return None if is_to_come and settings.clock else programme_frame(kind, fact, at_ms, replayed=True)


def _today() -> date:
    return datetime.now(UTC).date()


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
