"""What validators find is said in plain words."""

import re
from datetime import date, datetime
from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from giants.errors import plain_fault


class Sample(BaseModel, extra="forbid"):
    count: int = Field(default=1, ge=1, le=9)
    day: date = date(2026, 1, 1)
    at: datetime = datetime(2026, 1, 1)  # noqa: DTZ001
    name: str = Field(default="x", min_length=1, max_length=3)
    kind: Literal["a", "b"] = "a"
    names: list[str] = Field(default=[], max_length=1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"count": "x"}, "is not a whole number"),
        ({"count": 0}, "must be 1 or more"),
        ({"count": 10}, "must be 9 or less"),
        ({"day": "soon"}, "is not a day such as 2025-10-20"),
        ({"at": "soon"}, "is not an instant such as 2025-10-20T08:00:00Z"),
        ({"name": ""}, "is shorter than 1 characters"),
        ({"name": "abcd"}, "is longer than 3 characters"),
        ({"name": 1}, "is not a text"),
        ({"kind": "c"}, "must be 'a' or 'b'"),
        ({"names": ["a", "b"]}, "has more than 1 entries"),
        ({"names": "a"}, "is not a list"),
        ({"other": 1}, "is not a known field"),
    ],
)
def test_a_fault_is_a_sentence_about_its_field(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate(given)
    (fault,) = refused.value.errors()
    assert plain_fault(dict(fault)) == said
    without_context = {key: value for key, value in fault.items() if key != "ctx"}
    assert not re.search(r"Input should|Value error|\{", plain_fault(without_context))
