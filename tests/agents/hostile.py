"""Input records as nobody should send them: arbitrary bytes, and JSON that is almost a fact."""

import json
from typing import Any

from hypothesis import strategies as st

from giants.decoding import facts

KINDS = (
    facts.ANNOUNCEMENTS,
    facts.REVIEWS,
    facts.NAMES,
    facts.RECORDS,
    facts.FAMILIES,
    facts.TAXONOMIES,
    facts.WATCHLISTS,
    facts.PORTFOLIOS,
    facts.SCREENINGS,
    facts.DAYS,
)

EXAMPLES: dict[str, dict[str, Any]] = {
    facts.ANNOUNCEMENTS: {
        "list_id": "l",
        "revision": 1,
        "kind": "designation",
        "batch": 7,
        "published_on": "2025-10-20",
        "authority": "ZJ",
        "source": {"class": "authority", "title": "名单"},
        "entries": [{"seq": 1, "name": "上海闻泰电子科技有限公司", "name_en": "Wingtech"}],
    },
    facts.REVIEWS: {
        "list_id": "l",
        "review_year": 2025,
        "published_on": "2025-10-20",
        "source": {"class": "miit"},
        "passed": [{"name": "上海闻泰电子科技有限公司"}],
        "failed": [{"name": "甲", "reason": "other"}],
    },
    facts.NAMES: {
        "record_id": "r",
        "kind": "rename",
        "old_name": "甲科技有限公司",
        "new_name": "乙科技有限公司",
        "effective_on": "2025-03-01",
        "source": {"class": "miit"},
    },
    facts.RECORDS: {
        "record_id": "a",
        "kind": "link",
        "company": "甲科技有限公司",
        "record": "registry",
        "title": "an entry",
        "url": "https://records.example/1",
        "source": {"class": "supplementary"},
        "on": "2025-03-01",
    },
    facts.FAMILIES: {
        "family_id": "f",
        "version": 3,
        "assignees": ["上海闻泰电子科技有限公司"],
        "cpc": ["H04B10/2519"],
        "withdrawn": False,
    },
    facts.TAXONOMIES: {
        "taxonomy": "ctt74",
        "version": 2,
        "technologies": [
            {"id": "radar", "name": "Radar", "cpc": ["G01S13/00"], "retired": {"G01S1/00": None}}
        ],
    },
    facts.WATCHLISTS: {"watchlist_id": "w", "owner": "desk", "companies": ["甲"], "min_band": "strong"},
    facts.PORTFOLIOS: {
        "kind": "entries",
        "portfolio_id": "p",
        "owner": "desk",
        "revision": 1,
        "part": 1,
        "parts": 2,
        "entries": [{"entry_id": "e", "name": "上海闻泰电子科技有限公司", "uscc": "91310000MA1FL00000"}],
        "deliver": [{"kind": "email", "to": "desk@example.org"}],
    },
    facts.SCREENINGS: {
        "run_id": "r",
        "origin": "api",
        "owner": "desk",
        "by": "key",
        "at": "2025-10-20T00:00:00Z",
        "basis": {
            "epoch": 1,
            "companies": 2,
            "algorithm": "a",
            "taxonomy": "ctt74",
            "methodology": "exposure-2",
            "match_min": 0.9,
            "review_min": 0.7,
        },
        "names": [{"key": "1", "name": "甲", "verdict": "none", "candidates": []}],
    },
    facts.DAYS: {"day": "2025-01-01"},
}

_hostile_text = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="\x00\x1b\x7f\u200b\u202e\u2066\ufeff\u2028\n\r\t a甲", max_size=20),
    st.sampled_from(
        ["", " ", "a" * 5_000, "ﷺ" * 300, "\ud7ff", "0" * 400, "-0", "NaN", "2025-02-30", "H04B10/00"]
    ),
)
_hostile_numbers = st.one_of(
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    st.sampled_from([2**63, 2**63 - 1, -1, 1e308, 10**4_000]),
)
_scalars = st.one_of(st.none(), st.booleans(), _hostile_numbers, _hostile_text)
_json = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(_hostile_text, inner, max_size=5)),
    max_leaves=15,
)


def as_json(value: Any) -> bytes:
    """As JSON, with infinities and lone surrogates as a careless producer would write them."""
    return json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")


@st.composite
def _mutated(draw: st.DrawFn, kind: str) -> bytes:
    """A fact with some fields replaced, at any depth, left out, or added."""
    document: Any = json.loads(json.dumps(EXAMPLES[kind]))
    for _ in range(draw(st.integers(1, 3))):
        place = document
        while isinstance(place, dict | list) and len(place):
            keys = sorted(place) if isinstance(place, dict) else range(len(place))
            key = draw(st.sampled_from(list(keys)))
            inner = place[key]
            if isinstance(inner, dict | list) and len(inner) and draw(st.booleans()):
                place = inner
                continue
            if isinstance(place, dict) and draw(st.booleans()) and draw(st.booleans()):
                del place[key]
            else:
                place[key] = draw(_json)
            break
    return as_json(document)


@st.composite
def _cut(draw: st.DrawFn, kind: str) -> bytes:
    """A fact with some bytes replaced or cut off."""
    raw = bytearray(as_json(EXAMPLES[kind]))
    for _ in range(draw(st.integers(1, 4))):
        raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) else raw)


def values_of(kind: str) -> st.SearchStrategy[bytes | None]:
    """What came under one kind of input."""
    return st.one_of(
        st.none(), st.binary(max_size=200), _json.map(as_json), _mutated(kind), _mutated(kind), _cut(kind)
    )


@st.composite
def records(draw: st.DrawFn) -> tuple[str, bytes | None]:
    """A kind of input and what came under it."""
    kind = draw(st.sampled_from(KINDS))
    return kind, draw(values_of(kind))
