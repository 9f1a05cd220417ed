"""The compiled reader of families: what it takes the model takes too, reads the same, and writes the same."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from giants.decoding.facts import FAMILIES, FactError, read_fact
from giants.decoding.plain_family import plain_family, written
from schemas.base import FAMILY_SYMBOLS_MAX, NAME_CHARACTERS_MAX, VERSION_MAX
from schemas.facts import Family

FULL = {
    "family_id": "2025123456",
    "version": 3,
    "assignees": ["宁波佳尔灵气动机械有限公司", 'Quote " and \\ GmbH'],
    "cpc": ["H04B10/2519", "h01s 5/02 (2013.01)"],
    "filed_on": "2024-05-01",
    "publications": ["CN118000000A"],
    "withdrawn": False,
    "backfill": True,
}
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.0,
        1.5,
        1e3,
        VERSION_MAX,
        VERSION_MAX + 1,
        "",
        " ",
        "3",
        "2024-05-01",
        "1714521600",
        "x\u200b",
        "\u3000有限公司",
        "a\u2028b",
        " spaced",
        "spaced ",
        "x" * (NAME_CHARACTERS_MAX + 1),
        [],
        ["H04B"],
        {},
        [None],
    ]
)
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["H04B10/2519", "有限公司", "|", "a |", "| a", "\x7f", "\ufeff", "\ufffd"]
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "family_id": TEXTS | ODD,
        "version": st.integers(0, 9) | ODD,
        "assignees": st.lists(TEXTS, max_size=3) | ODD,
        "cpc": st.lists(st.sampled_from(["H04B10/2519", "G01S13/88", "nonsense", " H01S5/02"]), max_size=3)
        | ODD,
        "filed_on": st.dates().map(str) | ODD,
        "publications": st.lists(TEXTS, max_size=3) | ODD,
        "withdrawn": st.booleans() | ODD,
        "backfill": st.booleans() | ODD,
        "more": ODD,
    },
)


@given(st.just(FULL) | DOCUMENTS | DOCUMENTS.map(lambda changed: FULL | changed))
@example(FULL | {"version": 1.0})
@example({"family_id": "f", "version": 1})
def test_what_is_plain_is_read_and_written_as_the_model_does(document: dict[str, object]) -> None:
    raw = json.dumps(document, ensure_ascii=False).encode(errors="surrogatepass")
    plain = plain_family(raw)
    if plain is None:
        return
    model = read_fact(FAMILIES, raw)
    assert isinstance(model, Family)
    assert {name: getattr(plain, name) for name in Family.model_fields} == model.model_dump()
    assert written(plain) == model.model_dump_json(by_alias=True).encode()


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_what_is_no_fact_is_not_plain(raw: bytes) -> None:
    try:
        read_fact(FAMILIES, raw)
    except FactError:
        assert plain_family(raw) is None


def test_what_real_files_hold_is_plain() -> None:
    assert plain_family(json.dumps(FULL)) is not None
    assert plain_family(json.dumps(FULL, ensure_ascii=False).encode()) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"family_id": ""},
        {"version": -1},
        {"version": VERSION_MAX + 1},
        {"assignees": ["x" * (NAME_CHARACTERS_MAX + 1)]},
        {"assignees": ["a\u200bb"]},
        {"cpc": ["H04B"]},
        {"cpc": ["H04B10/2519"] * (FAMILY_SYMBOLS_MAX + 1)},
        {"publications": [" CN1A"]},
        {"family_id": "f "},
        {"filed_on": "2024-13-01"},
        {"backfill": "yes"},
        {"owner": "somebody"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_has_anything_odd_is_left_to_the_model(change: dict[str, object]) -> None:
    assert plain_family(json.dumps(FULL | change)) is None
