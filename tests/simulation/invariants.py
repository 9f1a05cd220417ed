"""What must hold after every run (design §4): convergence, whole chains, bad input refused, nothing left."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from giants.domain.registry import Finding, FindingCode, Severity
from giants.kafka import topics
from giants.kafka.log import Stored
from giants.kafka.topics import Topic
from schemas import changes
from schemas.changes import (
    CompanySnapshot,
    CompanyState,
    ExposureSnapshot,
    ListChange,
    RatingChange,
    SignalChange,
    StatusChange,
)
from schemas.signals import SignalsSnapshot
from tests.simulation import rebuilding
from tests.simulation.broker import late_keys
from tests.simulation.oracle import Truth, truth, understood
from tests.simulation.world import World

Chains = dict[tuple[bytes, str], list[Stored]]  # by key, and technology or signal where there is one


class Link(NamedTuple):
    """What chains are made of."""

    seq: int
    previous: object
    current: object


def violations(world: World) -> list[str]:
    """Tell everything that does not hold, one sentence each; empty where all is well."""
    return list(_violations(world))


def _violations(world: World) -> Iterator[str]:
    yield from world.failures
    expected, refused = _expected(world)
    yield from _convergence(world, topics.COMPANIES, expected.companies)
    yield from _convergence(world, topics.EXPOSURES, expected.exposures)
    yield from _convergence(world, topics.SIGNALS, expected.signals)
    yield from _convergence(world, topics.LISTS, expected.lists)
    yield from _list_chains(world)
    yield from _findings(world, expected.findings)
    yield from _status_chains(world, expected.companies)
    yield from _rating_chains(world, expected.exposures)
    yield from _signal_chains(world, expected.signals)
    yield from _dead_letters(world, refused)
    yield from _nothing_left_to_mend(world)
    yield from rebuilding.violations(world)


def latest(world: World, topic: Topic) -> dict[bytes, bytes]:
    """Give the latest value of each key of a compacted topic, without those that are gone."""
    values: dict[bytes, bytes | None] = {}
    for stored in _records(world, topic):
        values[stored.key or b""] = stored.value
    return {key: value for key, value in values.items() if value is not None}


def _expected(world: World) -> tuple[Truth, set[tuple[str, int, int]]]:
    known, refused = [], set()
    for place, kind in world.inputs.items():
        for stored in world.broker[place].records:
            fact = understood(kind, stored.value, stored.headers)
            if fact is None:
                refused.add((*place, stored.offset))
            else:
                known.append(fact)
    return truth(known, world.rules, world.settings.methodology, world.most_together), refused


def _convergence(world: World, topic: Topic, expected: Mapping[bytes, bytes]) -> Iterator[str]:
    found = latest(world, topic)
    shown = world.store.latest(topic.name)
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            yield f"{topic.name} {key!r}: expected {expected.get(key)!r}, got {found.get(key)!r}"
    if shown != found:
        yield f"the store's view of {topic.name} differs from the topic"


def _findings(world: World, expected: Collection[Finding]) -> Iterator[str]:
    """The findings in force, whenever they were found."""
    found = sorted(
        Finding(FindingCode(one.code), Severity(one.severity), one.subject, one.detail, one.ref)
        for value in latest(world, topics.FINDINGS).values()
        if (one := changes.Finding.model_validate_json(value))
    )
    if found != sorted(expected):
        yield f"findings: expected {expected}, got {found}"
    if world.store.latest(topics.FINDINGS.name) != latest(world, topics.FINDINGS):
        yield "the store's view of findings differs from the topic"


def _status_chains(world: World, companies: Mapping[bytes, bytes]) -> Iterator[str]:
    chains: Chains = {}
    yield from _distinct(world, topics.STATUS_CHANGES, chains)
    ends: dict[bytes, CompanyState | None] = {}
    for (key, _), records in chains.items():
        changes = [StatusChange.model_validate_json(stored.value or b"") for stored in records]
        yield from _linked(key, [Link(change.seq, change.previous, change.current) for change in changes])
        ends[key] = changes[-1].current
    snapshots = {key: CompanySnapshot.model_validate_json(value) for key, value in companies.items()}
    states = {
        key: CompanyState(status=snapshot.status, tier=snapshot.tier, name=snapshot.name)
        for key, snapshot in snapshots.items()
    }
    for key in sorted(ends.keys() | states.keys()):
        if ends.get(key) != states.get(key):
            yield f"status chain of {key!r} ends in {ends.get(key)}, but the snapshot says {states.get(key)}"


def _list_chains(world: World) -> Iterator[str]:
    """News of each list is numbered without a gap."""
    chains: Chains = {}
    yield from _distinct(world, topics.LIST_CHANGES, chains)
    for (key, _), records in chains.items():
        seqs = [ListChange.model_validate_json(stored.value or b"").seq for stored in records]
        if seqs != list(range(1, len(seqs) + 1)):
            yield f"news of list {key!r} is numbered {seqs}"


def _rating_chains(world: World, exposures: Mapping[bytes, bytes]) -> Iterator[str]:
    chains: Chains = {}
    yield from _distinct(world, topics.RATING_CHANGES, chains)
    rated = {
        (key, one.technology): (one.band, one.profile)
        for key, value in exposures.items()
        for one in ExposureSnapshot.model_validate_json(value).technologies
        if one.band is not None
    }
    ends = {}
    for pair, records in chains.items():
        changes = [RatingChange.model_validate_json(stored.value or b"") for stored in records]
        yield from _linked(pair, [Link(change.seq, change.previous, change.current) for change in changes])
        last = changes[-1].current
        if last is not None:
            ends[pair] = (last.band, last.profile)
    for pair in sorted(ends.keys() | rated.keys()):
        if ends.get(pair) != rated.get(pair):
            yield f"rating chain of {pair} ends in {ends.get(pair)}, but the snapshot says {rated.get(pair)}"


def _signal_chains(world: World, signals: Mapping[bytes, bytes]) -> Iterator[str]:
    chains: Chains = {}
    yield from _distinct(world, topics.SIGNAL_CHANGES, chains)
    in_force = {
        (key, _subject(one.signal, one.technology))
        for key, value in signals.items()
        for one in SignalsSnapshot.model_validate_json(value).signals
    }
    ends = set()
    for pair, records in chains.items():
        changes = [SignalChange.model_validate_json(stored.value or b"") for stored in records]
        yield from _linked(pair, [Link(change.seq, change.previous, change.current) for change in changes])
        if changes[-1].current is not None:
            ends.add(pair)
    if ends != in_force:
        yield f"signal chains end with {sorted(ends)} in force, but the snapshots say {sorted(in_force)}"


def _subject(signal: str, technology: str | None) -> str:
    return f"{signal} {technology or ''}"


def _chain_of(stored: Stored, body: Mapping[str, Any]) -> tuple[bytes, str]:
    """The company, and the technology or signal where chains are about one."""
    signal, technology = body.get("signal"), body.get("technology")
    return stored.key or b"", _subject(signal, technology) if signal else technology or ""


def _distinct(world: World, topic: Topic, chains: Chains) -> Iterator[str]:
    """Sort changes into chains, each once; the same id must always come with the same bytes."""
    by_id: dict[str, Stored] = {}
    for stored in _records(world, topic):
        body = orjson.loads(stored.value or b"")
        known = by_id.setdefault(body["id"], stored)
        if known is stored:
            chains.setdefault(_chain_of(stored, body), []).append(stored)
        elif (known.key, known.value, known.headers, known.timestamp_ms) != (
            stored.key,
            stored.value,
            stored.headers,
            stored.timestamp_ms,
        ):
            yield f"change {body['id']} came twice with other bytes: {known} and {stored}"
    shown = world.store.change_ids(topic.name)
    if shown != {id_.encode() for id_ in by_id}:
        yield f"the store's view of {topic.name} differs from the topic"


def _linked(place: object, links: list[Link]) -> Iterator[str]:
    before: object = None
    for number, link in enumerate(links, 1):
        if link.seq != number:
            yield f"chain of {place}: expected seq {number}, got {link.seq}"
        if link.previous != before:
            yield f"chain of {place}: {before} comes before seq {link.seq}, which says {link.previous}"
        before = link.current


def _dead_letters(world: World, refused: set[tuple[str, int, int]]) -> Iterator[str]:
    sent = set()
    for stored in _records(world, topics.DEAD_LETTERS):
        headers = dict(stored.headers)
        place = (headers["giants-topic"].decode(), int(headers["giants-partition"]))
        offset = int(headers["giants-offset"])
        sent.add((*place, offset))
        original = next(one for one in world.broker[place].records if one.offset == offset)
        if (original.key, original.value) != (stored.key, stored.value) or not headers["giants-error"]:
            yield f"dead letter of {place} at {offset} is not what was sent, or has no reason"
    if sent != refused:
        yield f"dead letters: expected {sorted(refused)}, got {sorted(sent)}"


def _nothing_left_to_mend(world: World) -> Iterator[str]:
    for place, partition in world.broker.partitions.items():
        if place[0].startswith("state.") and (late := late_keys(partition.records)):
            yield f"{place}: late records of {sorted(late)} were never written over"


def _records(world: World, topic: Topic) -> Iterator[Stored]:
    name = topic.full_name(world.settings)
    for partition in range(topic.partition_count(world.settings)):
        yield from world.broker[name, partition].records
