"""Families that are read the short way: whatever is accepted there, the contract's model reads the same."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from giants.decoding import facts
from giants.decoding.families import digest_of, family_event
from giants.decoding.plain_family import plain_family
from giants.domain.events import Family as FamilyEvent
from giants.domain.events import Origin
from schemas import base
from schemas.facts import Family
from tests.agents.hostile import EXAMPLES, as_json, values_of

AT_MS = 1_700_000_000_000
PLAIN: dict[str, Any] = {
    "family_id": "2025123456",
    "version": 3,
    "assignees": ["上海闻泰电子科技有限公司", "Wingtech Co., Ltd."],
    "cpc": ["H04B10/2519", "h01s 5/02", "H04B  10/2519 (2013.01)"],
    "filed_on": "2024-05-01",
    "publications": ["CN118000000A", "EP1"],
    "withdrawn": False,
    "backfill": True,
}
# Limits of the model, each as a field that is just inside of it.
WIDEST: dict[str, Any] = {
    "family_id": "f" * base.ID_CHARACTERS_MAX,
    "version": base.VERSION_MAX,
    "assignees": ["甲" * base.NAME_CHARACTERS_MAX] * base.FAMILY_ASSIGNEES_MAX,
    "cpc": ["H04B10/2519" + " " * 100 + "(2013.01)"] * base.FAMILY_SYMBOLS_MAX,
    "publications": ["p" * base.ID_CHARACTERS_MAX] * base.FAMILY_PUBLICATIONS_MAX,
}
TOO_WIDE: dict[str, Any] = {
    "family_id": "f" * (base.ID_CHARACTERS_MAX + 1),
    "version": base.VERSION_MAX + 1,
    "assignees": ["甲"] * (base.FAMILY_ASSIGNEES_MAX + 1),
    "cpc": ["H04B10/2519"] * (base.FAMILY_SYMBOLS_MAX + 1),
    "publications": ["p"] * (base.FAMILY_PUBLICATIONS_MAX + 1),
}

texts = st.one_of(
    st.text(alphabet="aB1/甲 \t\n\x00\x85\xa0\u200b\u2028\u202e\u3000\ufeff\U0001f600", max_size=4),
    st.sampled_from([*PLAIN["assignees"], *PLAIN["cpc"], "", "H04B 10/00", " G01S13/88", "2024-05-01"]),
)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**64),
    st.floats(),
    texts,
    st.lists(texts, max_size=3),
    st.sampled_from(["2024-02-30", "2024-05-01T00:00:00", "0001-01-01", 1_700_000_000, 3.0, "3", "true"]),
)
documents = st.dictionaries(st.sampled_from([*PLAIN, "other"]), values, max_size=3).map(
    lambda changed: as_json(PLAIN | changed)
)


def by_the_model(value: bytes) -> FamilyEvent:
    fact = facts.read_fact(facts.FAMILIES, value)
    assert isinstance(fact, Family)
    return family_event(fact, Origin(AT_MS, fact.backfill), digest_of(value))


def the_short_way(value: bytes) -> FamilyEvent | None:
    plain = plain_family(value)
    return None if plain is None else family_event(plain, Origin(AT_MS, plain.backfill), digest_of(value))


@given(documents | values_of(facts.FAMILIES))
@example(b'{"family_id": "a", "family_id": "b", "version": 1}')
@example(b'{"family_id": "a", "version": 1, "other": "\xff"}')
@example(b'{"family_id": "a", "version": 1, "other": NaN}')
@example(b'{"family_id": "a\xff", "version": 1}')
@example(b'{"family_id": "\\ud83d\\ude00", "version": -0}')
@example(b'{"family_id": "\\ud800", "version": 1}')
@example(b'{"family_id": "a", "version": 007}')
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_read_the_short_way_the_model_reads_the_same(value: bytes | None) -> None:
    event = the_short_way(value or b"")
    assert event is None or event == by_the_model(value or b"")


@given(documents)
@settings(max_examples=200, deadline=None)
def test_both_ways_together_refuse_what_the_model_refuses_and_say_the_same(value: bytes) -> None:
    def told(read: Any) -> object:
        try:
            return read(value)
        except facts.FactError as error:
            return error.refusal, str(error)

    assert told(lambda one: facts.read_family_event(one, AT_MS)) == told(by_the_model)


@pytest.mark.parametrize(
    "document",
    [PLAIN, EXAMPLES[facts.FAMILIES], *({**PLAIN, field: value} for field, value in WIDEST.items())],
)
def test_what_producers_write_is_read_the_short_way(document: dict[str, Any]) -> None:
    assert plain_family(as_json(document)) is not None
    event = facts.read_family_event(as_json(document), AT_MS, replayed=True)
    assert (event.family_id, event.version) == (document["family_id"], document["version"])
    assert event.origin == Origin(AT_MS, document.get("backfill", False), replayed=True)


@pytest.mark.parametrize("field", TOO_WIDE)
def test_a_field_that_is_too_wide_is_left_to_the_model_which_refuses_it(field: str) -> None:
    value = json.dumps({**PLAIN, field: TOO_WIDE[field]}).encode()
    assert plain_family(value) is None
    with pytest.raises(facts.FactError, match=field):
        facts.read_family_event(value, AT_MS)


def test_all_fields_of_the_model_can_be_read_the_short_way() -> None:
    assert set(PLAIN) == set(Family.model_fields)


def test_a_record_by_a_later_contract_is_kept_for_later_however_plain_it_is() -> None:
    with pytest.raises(facts.NewerSchemaError):
        facts.read_family_event(as_json(PLAIN), AT_MS, schema_version=b"2")
