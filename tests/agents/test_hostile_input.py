"""Whatever comes on a topic becomes a fact or a dead letter with its reason; nothing else is raised."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agents.exposure import ExposureProcessor
from agents.intake import Input, Packer
from agents.portfolio import PortfolioProcessor
from agents.registry import RegistryProcessor
from giants.decoding import facts
from giants.decoding.facts import FactError, read_fact
from giants.kafka import topics
from giants.kafka.log import Record
from giants.kafka.topics import BATCH_BYTES_MAX, INPUT_BATCH_BYTES_MAX, RECORD_BYTES_MAX, Topic
from giants.settings import Settings
from tests.agents.hostile import EXAMPLES, as_json, records

SETTINGS = Settings(partitions=3, topic_prefix="")
PACKER = Packer(SETTINGS)


def input_of(kind: str, value: bytes | None, key: bytes | None = b"k", **other: Any) -> Input:
    return Input(kind, f"{kind}.v1", 0, 7, key, value, other.pop("timestamp_ms", 1_000), **other)


def pack(kind: str, value: bytes | None, **other: Any) -> list[Record]:
    return PACKER.pack([input_of(kind, value, **other)])


def letters(packed: list[Record]) -> list[Record]:
    return [record for record in packed if record.topic == topics.DEAD_LETTERS.name]


def reason(packed: list[Record]) -> str:
    """The reason of the only thing that came out: a dead letter."""
    (letter,) = packed
    assert letter.topic == topics.DEAD_LETTERS.name
    return dict(letter.headers)["giants-error"].decode()


def fold(packed: list[Record]) -> None:
    """Let the agents fold what intake let in: it must not surprise them either."""
    folds: dict[Topic, Any] = {
        topics.PROGRAMME_LOG: RegistryProcessor(SETTINGS),
        topics.FAMILY_LOG: PortfolioProcessor(0, SETTINGS),
        topics.DELTA_LOG: ExposureProcessor(0, SETTINGS),
    }
    for topic, one in folds.items():
        for offset, record in enumerate(record for record in packed if record.topic == topic.name):
            step = one.apply(offset, one.decode(record.value))
            assert one.entries(step.touched).keys() == step.touched.keys() or not step.touched


@given(records(), st.integers(), st.none() | st.binary(max_size=20), st.none() | st.binary(max_size=8))
@example((facts.FAMILIES, b'{"family_id": "\\ud800", "version": 1}'), 0, None, None)
@example((facts.FAMILIES, b'{"family_id": "f", "version": 1e400}'), 0, b"\xff", None)
@example((facts.FAMILIES, b'{"family_id": "f", "version": 1, "cpc": ["\xff"]}'), 0, None, None)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_record_becomes_facts_or_one_dead_letter(
    record: tuple[str, bytes | None], timestamp_ms: int, key: bytes | None, version: bytes | None
) -> None:
    kind, value = record
    headers = () if version is None else ((facts.SCHEMA_VERSION_HEADER, version),)
    packed = pack(kind, value, key=key, timestamp_ms=timestamp_ms, headers=headers)
    refused = letters(packed)
    if refused:
        (letter,) = packed
        assert (letter.key, letter.value) == (key, value)
        assert dict(letter.headers)["giants-error"]
        assert dict(letter.headers)["giants-offset"] == b"7"
    else:
        fold(packed)


@given(st.binary(max_size=300), st.sampled_from(sorted(EXAMPLES)))
@settings(max_examples=300, deadline=None)
def test_bytes_are_read_as_a_fact_or_refused_with_a_reason(value: bytes, kind: str) -> None:
    try:
        outcome: object = read_fact(kind, value)
    except FactError as error:
        outcome = str(error)
    assert outcome


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_the_examples_that_are_mutated_are_facts(kind: str) -> None:
    assert letters(pack(kind, as_json(EXAMPLES[kind]))) == []


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (facts.FAMILIES, b'{"family_id": "f\xff", "version": 1}', "JSON"),
        (facts.FAMILIES, b'{"family_id": "f", "version": ' + b"9" * 400 + b"}", "version"),
        (facts.FAMILIES, b'{"family_id": "f", "version": ' + b"9" * 9_000 + b"}", "out of range"),
        (facts.FAMILIES, b'{"family_id": "f", "version": 1e999}', "version"),
        (facts.FAMILIES, b'{"family_id": "f", "version": -1}', "version"),
        (facts.FAMILIES, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "recursion"),
        (facts.FAMILIES, b"[" * 100_000, "recursion"),
        (facts.FAMILIES, b"", "JSON"),
        (facts.FAMILIES, None, "must have a value"),
        (facts.FAMILIES, b'{"family_id": "a\\u202eb", "version": 1}', "U+202E at 2"),
        (facts.FAMILIES, b'{"family_id": "a\\u0000b", "version": 1}', "U+0000 at 2"),
        (facts.FAMILIES, b'{"family_id": "f", "version": 1, "assignees": ["\\u200b"]}', "nobody sees"),
        (facts.TAXONOMIES, as_json({**EXAMPLES[facts.TAXONOMIES], "taxonomy": "other"}), "GIANTS_TAXONOMY"),
    ],
)
def test_a_refusal_says_why(kind: str, value: bytes | None, expected: str) -> None:
    assert expected in reason(pack(kind, value))


def test_of_duplicate_keys_the_last_one_counts() -> None:
    fact = read_fact(facts.FAMILIES, b'{"family_id": "a", "family_id": "b", "version": 1}')
    assert facts.fact_identity(fact) == ("b", 1)


def test_names_lose_what_nobody_sees() -> None:
    value = as_json({**EXAMPLES[facts.FAMILIES], "assignees": ["上海\u202e闻泰\n电子\u200b科技有限公司"]})
    fact = read_fact(facts.FAMILIES, value)
    assert fact.model_dump()["assignees"] == ("上海闻泰 电子科技有限公司",)


def test_a_list_of_a_million_entries_is_refused_in_bounded_memory() -> None:
    entry = b'{"name":"x"},'
    entries = entry * (RECORD_BYTES_MAX // len(entry) - 100)
    head = json.dumps({**EXAMPLES[facts.REVIEWS], "passed": "@"}).encode().split(b'"@"')
    value = head[0] + b"[" + entries[:-1] + b"]" + head[1]
    assert len(value) <= RECORD_BYTES_MAX
    tracemalloc.start()
    packed = pack(facts.REVIEWS, value)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "has more than 20000 entries" in reason(packed)
    assert peak_bytes < 200_000_000


def test_a_record_that_is_too_large_is_refused_and_its_dead_letter_fits() -> None:
    packed = pack(facts.FAMILIES, b" " * (INPUT_BATCH_BYTES_MAX - 1_000), key=b"k" * 900)
    assert f"at most {RECORD_BYTES_MAX} bytes" in reason(packed)
    (letter,) = packed
    assert letter.value is not None
    assert len(letter.value) + sum(len(name) + len(value) for name, value in letter.headers) < BATCH_BYTES_MAX


def largest(kind: str, field: str, item: Any, count: int, **other: Any) -> bytes:
    value = as_json({**EXAMPLES[kind], **other, field: [item] * count})
    assert len(value) <= RECORD_BYTES_MAX
    return value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        # Names as long as they may be, of a character that the normal form makes eighteen of.
        (facts.FAMILIES, largest(facts.FAMILIES, "assignees", "甲" + "ﷺ" * 299, 200)),
        (facts.FAMILIES, largest(facts.FAMILIES, "cpc", "H04B10/2519", 2_000)),
        (facts.ANNOUNCEMENTS, largest(facts.ANNOUNCEMENTS, "entries", {"name": "甲" + "ﷺ" * 120}, 20_000)),
        (facts.REVIEWS, largest(facts.REVIEWS, "passed", {"name": "甲" * 120}, 20_000)),
    ],
)
def test_what_the_largest_facts_lead_to_fits_its_batches(kind: str, value: bytes) -> None:
    packed = PACKER.pack([input_of(kind, value)] * (8 if kind == facts.FAMILIES else 1))
    assert letters(packed) == []
    assert all(len(record.value or b"") < BATCH_BYTES_MAX for record in packed)


def test_a_fact_of_the_programme_does_not_outgrow_its_record() -> None:
    value = largest(facts.ANNOUNCEMENTS, "entries", {"name": "甲"}, 20_000)
    (record,) = pack(facts.ANNOUNCEMENTS, value)
    assert len(record.value or b"") < len(value) + 500


def test_ids_of_a_hostile_taxonomy_are_bounded_in_number_and_length() -> None:
    def taxonomy(count: int, length: int) -> bytes:
        technologies = [
            {"id": f"t{number}".ljust(length, "x"), "name": "T", "cpc": ["G01S13/00"]}
            for number in range(count)
        ]
        return as_json({**EXAMPLES[facts.TAXONOMIES], "technologies": technologies})

    assert "at most 120 technologies, got 121" in reason(pack(facts.TAXONOMIES, taxonomy(121, 5)))
    assert "5000 characters" in reason(pack(facts.TAXONOMIES, taxonomy(120, 60)))
    assert letters(pack(facts.TAXONOMIES, taxonomy(120, 40))) == []
