"""The largest record that an input topic takes, through a real broker and worker: the stream goes on."""

import orjson
from pydantic import BaseModel

from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka import topics
from giants.kafka.publisher import Publisher
from giants.kafka.topics import RECORD_BYTES_MAX
from giants.settings import Settings
from schemas.base import FAMILY_ASSIGNEES_MAX, FAMILY_SYMBOLS_MAX, NAME_CHARACTERS_MAX
from schemas.facts import Announcement, Family
from tests.pipeline.running import held, publish, settle, worker

COMPANIES = [
    f"第{number}号".ljust(NAME_CHARACTERS_MAX - 4, "甲") + "有限公司"
    for number in range(FAMILY_ASSIGNEES_MAX)
]


def designation() -> Announcement:
    entries = [{"seq": number, "name": name} for number, name in enumerate(COMPANIES, 1)]
    body = {
        "list_id": "2025-b7-zj-final",
        "revision": 1,
        "kind": "designation",
        "batch": 7,
        "stage": "final",
        "published_on": "2025-10-20",
        "authority": "ZJ",
        "complete": True,
        "source": {"class": "authority"},
        "entries": entries,
    }
    return Announcement.model_validate(body)


def large_family(version: int, subclass: str) -> bytes:
    """As many companies and symbols as a family may have, and a field that nobody knows up to the limit."""
    symbols = [f"{subclass}{group}/{number:02}" for group in range(1, 21) for number in range(100)]
    assert len(symbols) == FAMILY_SYMBOLS_MAX
    body = {"family_id": "large", "version": version, "assignees": COMPANIES, "cpc": symbols, "abstract": ""}
    room = RECORD_BYTES_MAX - len(orjson.dumps(body))
    return orjson.dumps(body | {"abstract": "x" * room})


def test_a_family_as_large_as_a_record_may_be_is_counted_and_the_stream_goes_on(
    broker_settings: Settings,
) -> None:
    small = Family(family_id="small", version=1, assignees=(COMPANIES[0],), cpc=("H04B10/2519",))
    facts: list[BaseModel] = [shipped_taxonomy(), designation()]
    topic = topics.FAMILIES.full_name(broker_settings)
    with worker(broker_settings):
        publish(broker_settings, facts)
        settle(broker_settings)
        with Publisher(broker_settings) as publisher:
            for version, subclass in ((1, "H04B"), (2, "H01S")):
                value = large_family(version, subclass)
                assert len(value) == RECORD_BYTES_MAX
                publisher.send(topic, "large", value)
        publish(broker_settings, [small])
        settle(broker_settings)
        result = held(broker_settings)
    assert result.dead_letters == []
    counted = sorted(
        (exposure["families"], exposure["instances"])
        for exposure in map(orjson.loads, result.exposures.values())
    )
    both = (2, FAMILY_SYMBOLS_MAX + 1)
    assert counted == [*[(1, FAMILY_SYMBOLS_MAX)] * (FAMILY_ASSIGNEES_MAX - 1), both]
