"""Answers of ratings as filed: what a portfolio said at the end of a year."""

from datetime import date
from typing import Literal

from giants.web.answers import Answer, CaveatNote
from giants.web.reading import OfCompany
from schemas.codes import Band, Profile


class FiledPair(Answer):
    """One technology at the end of a year; score, band and profile are null where alignment is below 2 %."""

    technology: str
    matching: int
    alignment: float
    score: float | None
    band: Band | None
    profile: Profile | None


class FiledYear(Answer):
    """The families that were filed by `on`, the end of a year or the newest day that is known."""

    year: int
    on: date
    families: int
    classified: int
    instances: int
    confidence: float
    technologies: tuple[FiledPair, ...]


class AsFiledAnswer(OfCompany):
    """Ratings over the years by filing date; `undated` families have none and are in no year."""

    basis: Literal["filed"] = "filed"
    undated: int
    taxonomy: str
    taxonomy_version: int
    methodology: str
    score_basis: Literal["derived"] = "derived"
    band_basis: Literal["assumed"] = "assumed"
    names: dict[str, str]
    years: tuple[FiledYear, ...]
    caveats: tuple[CaveatNote, ...]
