"""Which watchlists a signal concerns, and what its alert says."""

from typing import Any

import pytest

from giants.domain.watch import CompanyContext, Watch, alert_for
from schemas.base import AuthorityCode
from schemas.changes import Alert, SignalChange
from schemas.codes import ChangeKind, SignalKind
from schemas.facts import Watchlist
from schemas.signals import ElevationCandidate, ReviewDue
from tests.domain.watchlists import AT

CONTEXT = CompanyContext("c-1", "宁波甲机械有限公司", "Ningbo Jia", AuthorityCode.NB, (4, 7))
DUE = ReviewDue(signal=SignalKind.REVIEW_DUE, review_year=2027, year=2026)
STRONG = ElevationCandidate(
    signal=SignalKind.ELEVATION_CANDIDATE,
    families=90,
    instances=100,
    matching=60,
    alignment=0.6,
    score=77.4,
    band="strong",
    taxonomy_version=2,
)


def change(kind: str = "signal-raised", technology: str | None = None, **overrides: Any) -> SignalChange:
    evidence = STRONG if technology else DUE
    raised = kind == "signal-raised"
    values = {
        "id": "x-1",
        "seq": 1 if raised else 2,
        "company_id": "c-1",
        "kind": kind,
        "signal": evidence.signal,
        "technology": technology,
        "previous": None if raised else evidence,
        "current": evidence if raised else None,
        "text": "The review year 2027 begins within twelve months.",
        "cause": {"kind": "day", "ref": "2026-01-01"},
        "methodology": "signals-1+exposure-2",
        "at": AT,
        "backfill": False,
        "replayed": False,
        "epoch": 1,
        "caveats": ("signal_not_finding",),
    }
    return SignalChange.model_validate(values | overrides)


def hears(wanted: dict[str, Any], told: SignalChange) -> bool:
    watch = Watch()
    watch.put(Watchlist(watchlist_id="w", owner="desk", **wanted))
    return watch.match(told, CONTEXT) == ["w"]


@pytest.mark.parametrize(
    ("wanted", "of_none", "of_radar"),
    [
        ({}, True, True),
        ({"events": [ChangeKind.SIGNAL_RAISED]}, True, True),
        ({"events": [ChangeKind.SIGNAL_CLEARED]}, False, False),
        ({"events": [ChangeKind.RATING_CHANGED]}, False, False),
        ({"technologies": ["radar"]}, False, True),
        ({"technologies": ["drones"]}, False, False),
        ({"technologies": ["radar"], "events": [ChangeKind.SIGNAL_RAISED]}, False, True),
        ({"min_band": "very_strong"}, True, True),
        ({"companies": ["宁波甲机械有限公司"]}, False, False),
        ({"companies": ["c-1"], "authorities": ["NB"], "batches": [7]}, True, True),
        ({"authorities": ["ZJ"]}, False, False),
    ],
)
def test_a_signal_concerns_watchlists_by_kind_company_and_technology(
    wanted: dict[str, Any], of_none: bool, of_radar: bool
) -> None:
    assert hears(wanted, change()) is of_none
    assert hears(wanted, change(technology="radar")) is of_radar


def test_signals_of_a_backfill_are_silent_unless_asked_for_and_replayed_ones_concern_nobody() -> None:
    assert not hears({}, change(backfill=True))
    assert hears({"include_backfill": True}, change(backfill=True))
    assert not hears({"include_backfill": True}, change(replayed=True))


def test_the_alert_of_a_signal_says_who_shows_what_why_and_that_it_is_no_finding() -> None:
    wanted = Watchlist(watchlist_id="w", owner="desk")
    raised = alert_for(wanted, change(), CONTEXT, "https://giants.example")
    assert raised.kind is ChangeKind.SIGNAL_RAISED
    assert raised.text == (
        "宁波甲机械有限公司 (Ningbo Jia) shows the signal of a review due (The review year 2027 begins "
        "within twelve months), because of the calendar reaching 2026-01-01; note that a signal tells "
        "where to look and is no finding; see https://giants.example/companies/c-1"
    )
    cleared = alert_for(wanted, change("signal-cleared", "radar"), CONTEXT, "")
    assert "no longer shows the signal of a candidate for elevation in radar" in cleared.text
    assert cleared.link == "/companies/c-1#radar"
    assert Alert.model_validate_json(cleared.model_dump_json()) == cleared
