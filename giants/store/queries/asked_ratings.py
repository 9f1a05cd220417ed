"""Ratings in a list of companies: the one that was asked for, else the best that meets what was asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from giants.store.client import Database
from giants.store.epochs import shown_rows
from schemas.codes import Band, Profile

BANDS: Final = tuple(Band)

# Of each company that has a rating as asked the score of its best one; bound are those of `CompanyFilter`.
ASKED_SCORES: Final = """(
    SELECT company_id, arrayMax(arrayMap(
        (score, at, of, id) -> if(at >= {level:UInt8} AND ({technology:String} IN ('', id))
            AND (empty({profiles:Array(String)}) OR has({profiles:Array(String)}, toString(of))), score, 0),
        rated_score, rated_level, rated_profile, rated)) AS asked_score
    FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32} AND best >= {level:UInt8}) AS asked"""
_RATINGS: Final = """
SELECT company_id, rated, rated_score, rated_level, rated_profile
FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
"""


@dataclass(frozen=True, slots=True)
class AskedRating:
    """One rating of a company in a list."""

    technology: str
    score: float
    band: str
    profile: str


def asked_ratings(
    database: Database,
    company_ids: Sequence[str],
    technology: str | None,
    level: int,
    profiles: Collection[Profile],
) -> dict[str, AskedRating]:
    """Of each company the rating in a technology, or the best of at least a band's level and a profile."""
    found: dict[str, AskedRating] = {}
    for row in shown_rows(database, _RATINGS, {"ids": list(company_ids)}):
        ratings = [one for one in _ratings(row, level) if technology in {None, one.technology}]
        asked = [one for one in ratings if not profiles or one.profile in set(profiles)]
        if asked:
            found[row["company_id"]] = max(asked, key=lambda one: (one.score, one.technology))
    return found


def _ratings(row: dict[str, Any], level: int) -> list[AskedRating]:
    """The ratings of a company from a level on; a band that this version does not know has level 0."""
    columns = (row["rated"], row["rated_score"], row["rated_level"], row["rated_profile"])
    return [
        AskedRating(technology, score, BANDS[at - 1].value, str(profile))
        for technology, score, at, profile in zip(*columns, strict=True)
        if at >= level
    ]
