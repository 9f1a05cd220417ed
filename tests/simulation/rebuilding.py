"""A rebuild in the middle of a run: workers end, what follows from the facts is deleted and computed again.

Some facts arrive while it goes on. Output topics stay, so that the chains of both epochs are one.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from agents.intake import Packer
from giants.decoding.frames import CompanyHead, ListHead
from giants.domain.events import ChainHeads, Origin, RatingHead, SignalHead
from giants.domain.rating import Rating
from giants.kafka import topics
from giants.kafka.log import Record
from giants.kafka.publisher import REPLAYED_HEADER
from giants.kafka.rebuild_log import (
    begin_records,
    company_end_records,
    company_head_records,
    programme_end_records,
    programme_head_records,
)
from giants.kafka.topics import Topic
from schemas.codes import Band, Profile, SignalKind, Status, Tier
from tests.simulation.history import Sent
from tests.simulation.oracle import understood

if TYPE_CHECKING:
    from tests.simulation.world import World

_AT_MS = 1_800_000_000_000


def is_rebuilt(seed: int) -> bool:
    """Whether the run of a seed has a rebuild: one in three."""
    return seed % 3 == 0


def is_alone(seed: int) -> bool:
    """Whether no facts arrive while the rebuild of a seed goes on."""
    return seed % 2 == 0


def as_live(sent: Sent) -> Sent:
    """A fact without the mark of a replay: during a rebuild it would be a part of that."""
    return replace(sent, headers=tuple(one for one in sent.headers if one != REPLAYED_HEADER))


def begin(world: "World") -> None:
    """Forget what was derived, and publish the journal behind the inputs."""
    broker, settings, random = world.broker, world.settings, world.random
    derived = {topic.full_name(settings) for topic in topics.DERIVED}
    for place in [place for place in broker.partitions if place[0] in derived]:
        del broker.partitions[place]
        broker.committed.pop(place, None)
    broker.generation += 1
    journal = list(_journal(world))
    for place in world.inputs:
        broker.committed[place] = broker[place].end
    world.settings = settings.model_copy(update={"epoch": settings.epoch + 1})
    world.packer = Packer(world.settings)
    _append(world, begin_records(world.settings, world.settings.epoch, _AT_MS))
    random.shuffle(journal)
    for record in journal:
        broker.append((record.topic, record.partition), [record])


def end_companies(world: "World") -> None:
    """Let ratings and signals go on where their chains ended."""
    _append(world, company_head_records(world.settings, _company_heads(world), _AT_MS))
    _append(world, company_end_records(world.settings, world.settings.epoch, _AT_MS))


def end_programme(world: "World") -> None:
    """Let the chains of the registry go on where they ended."""
    companies = [
        CompanyHead(key, body["seq"], _state(body["current"]))
        for (key, *_), body in _newest(world, topics.STATUS_CHANGES).items()
    ]
    lists = [ListHead(key, body["seq"]) for (key, *_), body in _newest(world, topics.LIST_CHANGES).items()]
    _append(world, programme_head_records(world.settings, companies, lists, _AT_MS))
    _append(world, programme_end_records(world.settings, world.settings.epoch, _AT_MS))


def violations(world: "World") -> Iterator[str]:
    """Nothing is said because of a rebuild, and nothing that was said is said again.

    A family that arrives meanwhile may wait for a company whose list is replayed after it: then that is what
    moves it, and the difference has no cause of its own.
    """
    for topic in _CHANGES:
        for body in _bodies(world, topic):
            if is_alone(world.seed) and body["cause"]["kind"] == "recalculation":
                yield f"a rebuild by the same rules said {body}"
            if body["epoch"] > 1 and body["replayed"]:
                yield f"a rebuild said again {body}"


_CHANGES = (topics.STATUS_CHANGES, topics.RATING_CHANGES, topics.SIGNAL_CHANGES, topics.LIST_CHANGES)


def _journal(world: "World") -> Iterator[Record]:
    for place, kind in world.inputs.items():
        topic, partition = place
        for one in world.broker[place].records:
            if understood(kind, one.value, one.headers) is not None:
                yield Record(topic, partition, one.key, one.value, one.timestamp_ms, (REPLAYED_HEADER,))


def _company_heads(world: "World") -> Iterator[ChainHeads]:
    heads: dict[str, tuple[list[RatingHead], list[SignalHead]]] = {}
    for (key, technology, *_), body in _newest(world, topics.RATING_CHANGES).items():
        head = RatingHead(technology, body["seq"], _rating(body["current"]))
        heads.setdefault(key, ([], []))[0].append(head)
    for (key, technology, signal), body in _newest(world, topics.SIGNAL_CHANGES).items():
        evidence = None if body["current"] is None else orjson.dumps(body["current"])
        of_signal = SignalHead(SignalKind(signal), technology, body["seq"], evidence)
        heads.setdefault(key, ([], []))[1].append(of_signal)
    for partition in range(topics.EXPOSURES.partition_count(world.settings)):
        for one in world.broker[topics.EXPOSURES.full_name(world.settings), partition].records:
            yield ChainHeads((one.key or b"").decode(), (), (), Origin(_AT_MS, replayed=True))
    for key, (ratings, signals) in heads.items():
        yield ChainHeads(key, tuple(ratings), tuple(signals), Origin(_AT_MS, replayed=True))


def _newest(world: "World", topic: Topic) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The last link of each chain, by its key, technology and signal."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for body in _bodies(world, topic):
        key = body.get("company_id") or body["list_id"], body.get("technology") or "", body.get("signal", "")
        if key not in found or body["seq"] > found[key]["seq"]:
            found[key] = body
    return found


def _bodies(world: "World", topic: Topic) -> Iterator[dict[str, Any]]:
    for partition in range(topic.partition_count(world.settings)):
        for one in world.broker[topic.full_name(world.settings), partition].records:
            yield orjson.loads(one.value or b"")


def _state(state: dict[str, Any] | None) -> tuple[Status, Tier | None, str] | None:
    if state is None:
        return None
    return Status(state["status"]), Tier(state["tier"]) if state["tier"] else None, state["name"]


def _rating(rating: dict[str, Any] | None) -> Rating | None:
    if rating is None:
        return None
    return Rating(rating["score"], Band(rating["band"]), Profile(rating["profile"]))


def _append(world: "World", records: Iterator[Record]) -> None:
    for record in records:
        world.broker.append((record.topic, record.partition), [record])
