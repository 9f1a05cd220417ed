"""Changes and companies for tests of watchlists, with only what matters spelt out."""

from datetime import UTC, date, datetime
from typing import Any

from giants.domain.watch import CompanyContext
from schemas.changes import Cause, CompanyState, Rating, RatingChange, SignalChange, StatusChange
from schemas.codes import Band, Profile, SignalChangeKind, SignalKind, Status, StatusChangeKind
from schemas.signals import ReviewDue

AT = datetime(2025, 10, 20, 8, 30, tzinfo=UTC)
ACTIVE = CompanyState(status=Status.ACTIVE, tier=None, name="甲公司")
INACTIVE = CompanyState(status=Status.INACTIVE, tier=None, name="甲公司")


def rating(band: Band, score: float = 50.0, profile: Profile = Profile.SPARSE) -> Rating:
    return Rating(band=band, profile=profile, score=score)


def status_change(**overrides: Any) -> StatusChange:
    values: dict[str, Any] = {
        "id": "s-1",
        "seq": 1,
        "company_id": "c-1",
        "name": "甲公司",
        "name_en": None,
        "kind": StatusChangeKind.DESIGNATED,
        "previous": None,
        "current": ACTIVE,
        "effective_on": date(2025, 10, 20),
        "cause": Cause(kind="designation", ref="2025-b7-zj-final@1"),
        "reason": None,
        "at": AT,
        "backfill": False,
        "replayed": False,
        "epoch": 1,
        "caveats": (),
    }
    return StatusChange(**(values | overrides))


def rating_change(**overrides: Any) -> RatingChange:
    values: dict[str, Any] = {
        "id": "r-1",
        "seq": 1,
        "company_id": "c-1",
        "technology": "radar",
        "previous": None,
        "current": rating(Band.WEAK),
        "cause": Cause(kind="family", ref="2025123456@3"),
        "families": 5,
        "instances": 12,
        "matching": 7,
        "taxonomy": "ctt74",
        "taxonomy_version": 1,
        "methodology": "1",
        "at": AT,
        "backfill": False,
        "replayed": False,
        "epoch": 1,
        "caveats": (),
    }
    return RatingChange(**(values | overrides))


def signal_change(**overrides: Any) -> SignalChange:
    values: dict[str, Any] = {
        "id": "g-1",
        "seq": 2,
        "company_id": "c-1",
        "kind": SignalChangeKind.CLEARED,
        "signal": SignalKind.REVIEW_DUE,
        "technology": None,
        "previous": ReviewDue(signal=SignalKind.REVIEW_DUE, review_year=2025, year=2025),
        "current": None,
        "text": "No longer in force.",
        "cause": Cause(kind="review", ref="2025-review-zj@1"),
        "methodology": "signals-1",
        "at": AT,
        "backfill": False,
        "replayed": False,
        "epoch": 1,
        "caveats": (),
    }
    return SignalChange(**(values | overrides))


def company(**overrides: Any) -> CompanyContext:
    values: dict[str, Any] = {"company_id": "c-1", "name": "甲公司"}
    return CompanyContext(**(values | overrides))
