"""What screening knows of companies: the names they are found by, and what an answer shows of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from giants.store.client import Database
from giants.store.epochs import shown_epoch
from giants.store.queries.asked_ratings import BANDS
from giants.store.queries.rows import from_row
from schemas.notes import CompanyOwnership

# Companies read at once, so that a whole programme is never held twice.
COMPANIES_READ_MAX: Final = 2_000
TECHNOLOGIES_SHOWN: Final = 3

_VERSIONS: Final = """
SELECT company_id, precedence FROM companies_rows FINAL WHERE epoch = {epoch:UInt32}
"""
_COMPANIES: Final = """
SELECT company_id, name, name_en, names.name AS known_names, names_en, uscc, status, sub_state, since,
       next_review_year, authority, tier, batches, merged_from, provisional, caveats, updated_at,
       toJSONString(ownership) AS ownership_json
FROM companies_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
"""
_OWNERSHIP: Final = TypeAdapter(tuple[CompanyOwnership, ...])
_RATED: Final = """
SELECT company_id, families, rated, rated_score, rated_level
FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
"""


@dataclass(frozen=True, slots=True)
class ScreenedCompany:
    """A company as an answer of screening shows it; `names` begin with the one in use."""

    company_id: str
    names: tuple[str, ...]
    name_en: str | None
    names_en: tuple[str, ...]
    uscc: str | None
    status: str
    sub_state: str
    since: date
    next_review_year: int | None
    authority: str | None
    tier: str | None
    batches: tuple[int, ...]
    merged_from: tuple[str, ...]
    provisional: bool
    caveats: tuple[str, ...]
    updated_at: datetime
    ownership: tuple[CompanyOwnership, ...] = ()


@dataclass(frozen=True, slots=True)
class TopRating:
    """A technology that a company is rated in."""

    technology: str
    score: float
    band: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """How many families a company has, and all its ratings, highest first."""

    families: int
    rated: tuple[TopRating, ...]

    @property
    def ratings(self) -> tuple[TopRating, ...]:
        """The highest ratings, as many as an answer shows."""
        return self.rated[:TECHNOLOGIES_SHOWN]


def company_versions(database: Database, epoch: int) -> dict[str, int]:
    """Every company of an epoch with the number of its version: whatever changes gets another one."""
    return {row["company_id"]: row["precedence"] for row in database.rows(_VERSIONS, {"epoch": epoch})}


def screened_companies(database: Database, epoch: int, ids: Sequence[str]) -> Iterator[ScreenedCompany]:
    """Companies of an epoch by id, some thousands at a time; those that are gone meanwhile are left out."""
    for first in range(0, len(ids), COMPANIES_READ_MAX):
        wanted = list(ids[first : first + COMPANIES_READ_MAX])
        yield from map(_company, database.rows(_COMPANIES, {"epoch": epoch, "ids": wanted}))


def _company(row: Mapping[str, Any]) -> ScreenedCompany:
    return from_row(
        ScreenedCompany,
        row,
        names=tuple(dict.fromkeys((row["name"], *row["known_names"]))),
        names_en=tuple(dict.fromkeys((*([row["name_en"]] if row["name_en"] else []), *row["names_en"]))),
        batches=tuple(row["batches"]),
        merged_from=tuple(row["merged_from"]),
        caveats=tuple(row["caveats"]),
        updated_at=row["updated_at"],
        ownership=_OWNERSHIP.validate_json(row["ownership_json"]),
    )


def exposures_of(database: Database, ids: Sequence[str]) -> dict[str, Exposure]:
    """Families and ratings of some companies; those without families are left out."""
    if not ids:
        return {}
    rows = database.rows(_RATED, {"epoch": shown_epoch(database), "ids": sorted(set(ids))})
    return {row["company_id"]: Exposure(row["families"], _ratings(row)) for row in rows}


def _ratings(row: Mapping[str, Any]) -> tuple[TopRating, ...]:
    rated = zip(row["rated"], row["rated_score"], row["rated_level"], strict=True)
    best = sorted(rated, key=lambda one: (-one[1], one[0]))
    return tuple(TopRating(technology, score, BANDS[level - 1]) for technology, score, level in best)
