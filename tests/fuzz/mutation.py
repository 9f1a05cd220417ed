"""Changes to inputs that hold JSON: a fuzzer of bytes breaks its form before it finds a hostile value."""

import json
from copy import deepcopy
from random import Random
from typing import Any, Final

from tests.agents.hostile import as_json

_TEXTS: Final = (
    "",
    " ",
    "甲",
    "a" * 400,
    "ﷺ" * 50,
    "\u202e\u2066",
    "\x00\x1f",
    "\u200b",
    "=1+1",
    "..",
    "2025-02-30",
    "9999-12-31",
    "0001-01-01",
    "H04B10/00",
    "h04b 10/2519 ",
    "http://[::1]/",
    "上海闻泰电子科技有限公司",
    "甲科技有限公司",
    "乙科技股份有限公司",
)
_VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**63 - 1,
    2**63,
    2**64,
    10**30,
    0.5,
    1e308,
    [],
    {},
    [[]],
)


def mutated(data: bytes, seed: int) -> bytes | None:
    """The input with some values of its JSON changed, left out or repeated; None where it has no JSON."""
    draw = Random(seed)
    begin = data.rfind(b"{") if draw.random() < 0.3 else data.find(b"{")
    if begin < 0:
        return None
    try:
        document, length = json.JSONDecoder().raw_decode(data[begin:].decode(errors="surrogateescape"))
    except (ValueError, RecursionError):
        return None
    end = begin + len(data[begin:].decode(errors="surrogateescape")[:length].encode(errors="surrogateescape"))
    for _ in range(draw.randrange(1, 4)):
        _change(document, draw)
    return data[:begin] + as_json(document) + data[end:]


def _change(document: Any, draw: Random) -> None:
    """Change one place of a document."""
    place = document
    while True:
        if not isinstance(place, dict | list) or not place:
            return
        keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw.choice(keys)
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw.random() < 0.7:
            place = inner
            continue
        break
    match draw.randrange(5):
        case 0:
            del place[key]
        case 1 if isinstance(place, list):
            place.extend(deepcopy(inner) for _ in range(draw.choice((1, 2, 50))))
        case 2 if isinstance(inner, str):
            at = draw.randrange(len(inner) + 1)
            place[key] = inner[:at] + draw.choice(_TEXTS) + inner[at + draw.randrange(3) :]
        case 3:
            place[key] = deepcopy(place[draw.choice(keys)])
        case _:
            place[key] = deepcopy(draw.choice(_TEXTS if draw.random() < 0.5 else _VALUES))
