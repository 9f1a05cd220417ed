"""Answers about movements: the history of a pair, movers of a period, technologies gaining companies."""

from datetime import datetime
from typing import Literal

from giants.web.answers import Answer, CaveatNote
from giants.web.reading import Nominated, OfCompany
from schemas.base import AuthorityCode
from schemas.changes import Cause
from schemas.codes import Band, Profile


class HistoryPoint(Answer):
    """What was announced of a pair at an instant, and why; no band where it ceased to be rated."""

    seq: int
    at: datetime
    band: Band | None
    profile: Profile | None
    score: float | None
    families: int
    classified: int | None
    instances: int
    matching: int
    taxonomy_version: int
    methodology: str
    backfill: bool
    cause: Cause


class PairHistoryAnswer(OfCompany):
    """The rating history of a pair, newest first.

    A score is announced when a band or a profile changes; in between it may move within its band.
    """

    technology: str
    name: str
    category: str
    score_basis: Literal["derived"] = "derived"
    band_basis: Literal["assumed"] = "assumed"
    points: tuple[HistoryPoint, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class MoverItem(OfCompany, Nominated):
    """How far a pair moved in a period, in points of the score; null bands and scores are unrated."""

    technology: str
    step: float
    from_band: Band | None
    from_score: float | None
    to_band: Band | None
    to_score: float | None
    at: datetime
    cause: Cause


class MoversAnswer(Answer):
    """The pairs that rose and fell furthest in a period, each from the furthest on.

    The period is empty (`since` is null) while nothing has ever changed.
    """

    since: datetime | None
    until: datetime | None
    technology: str | None
    authority: AuthorityCode | None
    score_basis: Literal["derived"] = "derived"
    band_basis: Literal["assumed"] = "assumed"
    rose: tuple[MoverItem, ...]
    fell: tuple[MoverItem, ...]
    caveats: tuple[CaveatNote, ...]


class BandMovement(Answer):
    """Companies that came to be in a band in a period, those that no longer are, and the difference."""

    entered: int
    left: int
    net: int


class TechnologyMovement(Answer):
    """What moved in a technology in a period: newly rated, no longer rated, up and down by band."""

    technology: str
    name: str | None
    entered: int
    left: int
    net: int
    rose: int
    fell: int
    bands: dict[Band, BandMovement]


class TechnologyMovements(Answer):
    """The technologies in which anything moved in a period, the one that gained most companies first."""

    since: datetime | None
    until: datetime | None
    authority: AuthorityCode | None
    band_basis: Literal["assumed"] = "assumed"
    items: tuple[TechnologyMovement, ...]
    caveats: tuple[CaveatNote, ...]
