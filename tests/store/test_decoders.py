"""Compiled twins of models: what a twin takes the model takes too, and reads the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.store.decoders import decoder_of
from giants.store.errors import UnreadableError
from giants.store.records import parsed
from schemas.base import Message
from schemas.changes import ExposureSnapshot, Finding, RatingChange, StatusChange
from schemas.facts import Announcement
from tests.store.builders import exposure, rating_change

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.0,
        1.5,
        2**70,
        1e300,
        "",
        "3",
        "weak",
        "2025-10-20T08:00:00+08:00",
        "2025-10-20",
        [],
        {},
    ]
)


def as_model(model: type[Message], twin: Any) -> Message:
    return model.model_validate(twin, from_attributes=True, strict=False)


@pytest.mark.parametrize("model", [RatingChange, ExposureSnapshot, Finding])
def test_the_messages_that_come_by_the_million_have_a_twin(model: type[Message]) -> None:
    twin = decoder_of(model)
    assert twin is not None
    assert twin.__struct_fields__ == tuple(model.model_fields)


def test_a_model_with_rules_of_its_own_has_none() -> None:
    assert decoder_of(Announcement) is None


@given(st.data())
def test_what_a_twin_takes_the_model_takes_and_reads_the_same(data: st.DataObject) -> None:
    model, document = data.draw(
        st.sampled_from(
            [
                (RatingChange, rating_change("C", 1)),
                (ExposureSnapshot, exposure("C", {"radar": 7}, families=5, instances=12)),
            ]
        )
    )
    changed = json.loads(json.dumps(document))
    inside = data.draw(
        st.sampled_from([changed, *(one for one in changed.values() if isinstance(one, dict))])
    )
    for name in data.draw(st.lists(st.sampled_from(sorted(inside)), max_size=2)):
        inside[name] = data.draw(ODD)
    raw = json.dumps(changed).encode()
    try:
        read: Any = parsed(model, raw)
    except UnreadableError:
        return
    expected = model.model_validate_json(raw)
    assert as_model(model, read) == expected


def test_what_a_twin_refuses_the_model_still_judges() -> None:
    document = rating_change("C", 1)
    assert parsed(RatingChange, json.dumps(document | {"seq": "1"}).encode()).seq == 1
    with pytest.raises(
        UnreadableError, match=r"not a RatingChange: 1 validation error for RatingChange\nseq"
    ):
        parsed(RatingChange, json.dumps(document | {"seq": "one"}).encode())


def test_a_message_with_a_model_alone_is_read_by_it() -> None:
    with pytest.raises(UnreadableError, match="not a StatusChange"):
        parsed(StatusChange, b"{}")
