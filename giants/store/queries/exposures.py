"""Exposures: of one company, of one technology, and the taxonomy behind them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from giants.store.client import Database, Row
from giants.store.epochs import shown_rows
from giants.store.queries.asked_ratings import BANDS
from giants.store.queries.companies import level_of
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor
from giants.store.queries.rows import from_row
from schemas.changes import Sensitivity
from schemas.codes import Band
from schemas.facts import TaxonomyVersion

TAXONOMIES_CACHED: Final = 4
# Reads the short columns of rated pairs alone: the long ones hold every technology of a portfolio. Names are
# joined here, which is faster than a second query by the ids of a long page.
_RATED_IN: Final = """
SELECT r.*, c.name AS name, c.name_en AS name_en, c.status AS status, c.authority AS authority,
       c.batches AS batches
FROM (
    SELECT company_id, families, classified, instances, confidence,
           indexOf(rated, {technology:String}) AS rank,
           rated_score[rank] AS score_of, rated_level[rank] AS level_of,
           rated_matching[rank] AS matching_of, rated_alignment[rank] AS alignment_of,
           rated_profile[rank] AS profile_of
    FROM exposures_rows FINAL
    WHERE epoch = {epoch:UInt32} AND level_of >= {level:UInt8}
      AND (score_of < {score:Float64} OR (score_of = {score:Float64} AND company_id > {after:String}))
    ORDER BY score_of DESC, company_id
    LIMIT {limit:UInt32}
) AS r
LEFT JOIN (
    SELECT company_id, name, name_en, status, authority, batches
    FROM companies_rows FINAL WHERE epoch = {epoch:UInt32}
) AS c ON c.company_id = r.company_id
ORDER BY r.score_of DESC, r.company_id
"""
_OF_COMPANY: Final = """
SELECT company_id, families, classified, instances, confidence, taxonomy, taxonomy_version, methodology,
       technology, matching, alignment, score, band, profile, sensitivity, updated_at
FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id = {id:String}
"""
_ON_DAY: Final = """
SELECT technology, argMax(tuple(current_score, current_band, current_profile, families, classified, instances,
                                matching, taxonomy_version, methodology, at), seq) AS last
FROM rating_changes_rows
WHERE epoch = {epoch:UInt32} AND company_id = {id:String} AND at < {until:DateTime64(3, 'UTC')}
GROUP BY technology ORDER BY technology
"""
_BANDS: Final = """
SELECT technology, band, count() AS companies
FROM (SELECT technology, band FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32})
ARRAY JOIN technology, band
GROUP BY technology, band
"""


@dataclass(frozen=True, slots=True)
class TechnologyRow:
    """A technology of the taxonomy in force, and how many companies are rated in it by band."""

    technology: str
    name: str
    category: str
    cpc: tuple[str, ...]
    companies: int
    rated: int
    bands: dict[str, int]


@dataclass(frozen=True, slots=True)
class PairRow:
    """One technology of a company; score, band and profile are None below the floor (X-13)."""

    technology: str
    matching: int
    alignment: float
    score: float | None
    band: str | None
    profile: str | None
    sensitivity: Sensitivity | None


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """What the exposure of a company rests on, best pairs first."""

    company_id: str
    families: int
    classified: int | None
    instances: int
    confidence: float
    taxonomy: str
    taxonomy_version: int
    methodology: str
    pairs: tuple[PairRow, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RatedCompany:
    """A company in the list of a technology."""

    company_id: str
    name: str
    name_en: str | None
    status: str
    authority: str | None
    batches: tuple[int, ...]
    families: int
    classified: int | None
    instances: int
    confidence: float
    matching: int
    alignment: float
    score: float
    band: str
    profile: str


@dataclass(frozen=True, slots=True)
class PastRating:
    """What was announced of a technology last on or before a date."""

    technology: str
    score: float
    band: str
    profile: str
    families: int
    classified: int | None
    instances: int
    matching: int
    taxonomy_version: int
    methodology: str
    at: datetime


def portfolio(database: Database, company_id: str) -> PortfolioRow | None:
    """The exposure of a company; None where no patent family is known (X-21)."""
    rows = shown_rows(database, _OF_COMPANY, {"id": company_id})
    if not rows:
        return None
    row = rows[0]
    columns = ("technology", "matching", "alignment", "score", "band", "profile")
    sensitivities = [Sensitivity.model_validate_json(text) if text else None for text in row["sensitivity"]]
    pairs = [
        PairRow(*values) for values in zip(*(row[column] for column in columns), sensitivities, strict=True)
    ]
    pairs.sort(key=lambda pair: (-(pair.score or 0.0), -pair.matching, pair.technology))
    return from_row(PortfolioRow, row, pairs=tuple(pairs))


def ratings_on(database: Database, company_id: str, day: date) -> list[PastRating]:
    """What had been announced of a company's technologies by the end of a day, UTC."""
    until = datetime.combine(day, time(), UTC) + timedelta(days=1)
    rows = shown_rows(database, _ON_DAY, {"id": company_id, "until": until})
    return [PastRating(row["technology"], *row["last"]) for row in rows if row["last"][1] is not None]


def technologies(database: Database, taxonomy: str) -> list[TechnologyRow]:
    """The technologies of the version in force, in its order."""
    listed = database.rows(
        "SELECT technology, name, category, cpc FROM technologies "
        "WHERE taxonomy = {t:String} ORDER BY listed_as",
        {"t": taxonomy},
    )
    counted = shown_rows(database, _BANDS)
    bands: dict[str, dict[str | None, int]] = {}
    for row in counted:
        bands.setdefault(row["technology"], {})[row["band"]] = row["companies"]
    return [_technology(row, bands.get(row["technology"], {})) for row in listed]


def taxonomy_in_force(database: Database, taxonomy: str) -> TaxonomyVersion | None:
    """The version of a taxonomy that ratings follow; None where none is known yet."""
    rows = database.rows(
        "SELECT body FROM taxonomies WHERE taxonomy = {t:String}", {"t": taxonomy}, raw=("body",)
    )
    return _taxonomy(bytes(rows[0]["body"])) if rows else None


@lru_cache(maxsize=TAXONOMIES_CACHED)
def _taxonomy(body: bytes) -> TaxonomyVersion:
    return TaxonomyVersion.model_validate_json(body)


def companies_of_technology(
    database: Database,
    technology: str,
    min_band: Band | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[RatedCompany]:
    """Companies rated in a technology, highest score first."""
    score, after = decode_cursor("technology", cursor, (float, str)) if cursor else (float("inf"), "")
    limit = bounded(limit)
    rows = shown_rows(
        database,
        _RATED_IN,
        {
            "technology": technology,
            "level": level_of(min_band),
            "score": score,
            "after": after,
            "limit": limit + 1,
        },
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("technology", (float(last["score_of"]), last["company_id"])) if last else None
    return Page(tuple(map(_rated, rows[:limit])), more)


def _rated(row: Row) -> RatedCompany:
    """A row of the list; the id stands for the name of a company that is not stored yet."""
    return from_row(
        RatedCompany,
        row,
        name=row["name"] or row["company_id"],
        status=row["status"] or "unknown",
        batches=tuple(row["batches"]),
        matching=row["matching_of"],
        alignment=row["alignment_of"],
        score=row["score_of"],
        band=BANDS[row["level_of"] - 1],
        profile=row["profile_of"],
    )


def _technology(row: Row, bands: dict[str | None, int]) -> TechnologyRow:
    rated = {band: count for band, count in bands.items() if band is not None}
    return TechnologyRow(
        technology=row["technology"],
        name=row["name"],
        category=row["category"],
        cpc=tuple(row["cpc"]),
        companies=sum(bands.values()),
        rated=sum(rated.values()),
        bands={str(band): rated.get(band, 0) for band in Band},
    )
